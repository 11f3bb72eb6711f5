"""Tables on disk: every frame is checked against its contract before it is written, as Parquet or as TSV.

A table is named, where it is of a batch or of the study, or given as its `Table`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from immunoassay.problems import Problem, StudyError
from immunoassay.tables import batch_tables, study_tables
from immunoassay.tables.notation import Table
from pyarrow import compute

TABLES = {**batch_tables.TABLES, **study_tables.TABLES}
FORMULA = re.compile(r"[=@]|[+-].*(?:[A-Za-z]\(|[|!])")  # what a spreadsheet computes; `-0.5 (n = 3)` is not
COPIED = 20_000  # rows at a time
MARK, TAB, NOTHING = (pa.scalar(sign, pa.large_string()) for sign in ('"', "\t", ""))


class ContractError(ValueError):
    """A table does not keep its contract; this is a fault of the software, not of the user."""


def contract(table: str | Table) -> Table:
    """The Table of this name, of a batch or of the study; a Table is its own. Raises KeyError for an unknown name."""
    return table if isinstance(table, Table) else TABLES[table]


def conform(frame: pd.DataFrame, table: str | Table) -> pd.DataFrame:
    """The frame as its contract asks (`checked`), sorted by key."""
    frame, order = _checked(frame, contract(table))
    return frame.iloc[order].reset_index(drop=True)


def checked(frame: pd.DataFrame, table: str | Table) -> pd.DataFrame:
    """The frame with exactly the columns of its contract, in order and typed; its rows as they are.

    Raises ContractError for an unknown or missing column, a value that does not fit its type, or a repeated key.
    """
    return _checked(frame, contract(table))[0]


def _checked(frame, table):
    """(the frame as `checked` gives it, the positions of its rows sorted by key)."""
    unknown = [column for column in frame.columns if column not in table.columns]
    absent = [column for column in table.columns if column not in frame.columns]
    if unknown or absent:
        raise ContractError(f"{table.name}: unknown columns {unknown}, missing columns {absent}")
    try:
        frame = plain(frame[list(table.columns)])
        other = [name for name, kind in frame.dtypes.items() if kind != table.types[name]]
        frame = frame.astype({name: table.types[name] for name in other}).reset_index(drop=True)
    except (TypeError, ValueError) as error:
        raise ContractError(f"{table.name}: {error}") from error
    order, repeated = _order(frame, table.key)
    if repeated is not None:
        raise ContractError(f"{table.name}: repeated key {frame[list(table.key)].iloc[repeated].to_dict()}")
    return frame, order


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with texts that were read as categories (read, `coded`) as plain texts again."""
    coded = {name: frame[name].cat for name, kind in frame.dtypes.items() if kind == "category"}
    return frame.assign(
        **{
            name: column.categories.astype("str").array.take(column.codes.to_numpy(), allow_fill=True)
            for name, column in coded.items()
        }
    )


def _order(frame, key):
    """(positions of the rows sorted by key, position of the first row whose key stands before, or None)."""
    if not key:
        return slice(None), None
    codes = [frame[name].factorize(sort=True, use_na_sentinel=False)[0] for name in key]
    order = np.lexsort(codes[::-1])
    same = np.ones(max(len(frame) - 1, 0), dtype=bool)
    for each in codes:
        same &= np.diff(each[order]) == 0
    repeated = order[1:][same]
    return (
        slice(None) if (order == np.arange(len(frame))).all() else order,
        repeated.min() if len(repeated) else None,
    )


def empty(table: str | Table) -> pd.DataFrame:
    """An empty frame that keeps its contract."""
    types = contract(table).types
    nothing = {kind: pd.array([], dtype=kind) for kind in set(types.values())}
    return pd.DataFrame({column: nothing[kind] for column, kind in types.items()})


def write(frame: pd.DataFrame, table: str | Table, path: str | Path) -> None:
    """Check the frame against its contract and write it as Parquet, sorted by key."""
    conform(frame, table).to_parquet(path, index=False, compression="zstd")


def count(paths: Iterable[str | Path], *columns: str) -> dict[Any, int]:
    """{values of the columns: rows} over the tables of several batches; the key is a tuple, or one value of one column."""
    counts: Counter[Any] = Counter()
    for path in paths:
        found = read(path, list(columns)).value_counts(sort=False)
        counts.update(found.to_dict())
    return {key[0] if len(columns) == 1 else key: number for key, number in sorted(counts.items())}


def head(path: str | Path, rows: int) -> tuple[pd.DataFrame, int]:
    """(the first `rows` rows of a table, how many it has); memory holds little more than those."""
    with _whole(path):
        source = pq.ParquetFile(path)
        parts: list[pd.DataFrame] = []
        for part in range(source.num_row_groups):
            if sum(map(len, parts)) < rows:
                parts.append(source.read_row_group(part).to_pandas())
    frame = pd.concat(parts, ignore_index=True) if parts else read(path)
    return frame.iloc[:rows], source.metadata.num_rows


@contextmanager
def writer(name: str, path: str | Path) -> Iterator[Callable[[pd.DataFrame], None]]:
    """A function that writes a frame as the next part of a table, checked against its contract.

    A part is written while the next one is made; memory holds both.
    """
    schema, writing = pa.Schema.from_pandas(empty(name), preserve_index=False), []
    with pq.ParquetWriter(path, schema, compression="zstd") as table, ThreadPoolExecutor(1) as pen:

        def add(frame):
            frame = conform(frame, name)
            if len(frame):
                part = pa.Table.from_pandas(frame, schema, preserve_index=False)
                finish()
                writing.append(pen.submit(table.write_table, part))

        def finish():
            while writing:
                writing.pop().result()

        yield add
        finish()


def copy_as_tsv(parquet: str | Path, tsv: str | Path) -> None:
    """Write a Parquet table as TSV, as `write_tsv` does but part by part and column by column: many times as fast."""
    with _whole(parquet):
        source = pq.ParquetFile(parquet)
    with _whole(parquet), open(tsv, "w", encoding="utf-8", newline="") as text:
        text.write("\t".join(source.schema_arrow.names) + "\n")
        for part in source.iter_batches(COPIED):
            text.writelines(_lines(part.to_pandas()))


@contextmanager
def _whole(path):
    """Raise StudyError where a table that an earlier step made cannot be read."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # of the disk, not of the content
            raise
        found, why = "the table is damaged", "an earlier step wrote it whole; something changed it since"
        raise StudyError([Problem("E-RUN-004", "STOP", str(path), found, why, "delete it and run again")]) from error


def read(
    path: str | Path, columns: list[str] | None = None, filters: Any = None, coded: Iterable[str] = ()
) -> pd.DataFrame:
    """Read a Parquet table: all columns or some, all rows or those that meet `filters` (of pyarrow).

    Texts named in `coded` become categories (not with `filters`): many times as quick where few different ones fill a
    column; `plain` makes texts of them.
    """
    if filters is not None:
        with _whole(path):
            return pd.read_parquet(path, columns=columns, filters=filters)
    with (
        _whole(path),
        pq.ParquetFile(path, read_dictionary=list(coded)) as file,
    ):  # a third of the time where no rows are sought
        return file.read(columns).to_pandas()


def read_all(
    paths: Iterable[str | Path],
    name: str,
    columns: list[str] | None = None,
    filters: Any = None,
    coded: Sequence[str] = (),
) -> pd.DataFrame:
    """Read and stack the tables of several batches, as `read` does; an empty list gives an empty table.

    Texts named in `coded` are categories in the order of the texts: a tenth of the memory.
    """
    frames = [read(path, columns, filters, coded) for path in paths]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return empty(name) if columns is None else empty(name)[columns]
    for text in coded:
        known = sorted(set().union(*(frame[text].cat.categories for frame in frames)))
        for frame in frames:
            frame[text] = frame[text].cat.set_categories(known)
    return pd.concat(frames, ignore_index=True)


class Parts:
    """The tables of several batches, one after the other and read anew every time.

    `change` is applied to each; `coded` as for `read`. A table is read while the one before is worked on; memory holds
    both. Without batches there is one empty table.
    """

    def __init__(
        self,
        paths: Iterable[str | Path],
        name: str,
        columns: list[str] | None = None,
        change: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
        coded: Iterable[str] = (),
    ) -> None:
        self.paths, self.name, self.columns, self.coded = paths, name, columns, coded
        self.change = change or (lambda frame: frame)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        with ThreadPoolExecutor(1) as reader:
            coming = None
            for path in self.paths:
                after = reader.submit(read, path, self.columns, coded=self.coded)
                if coming:
                    yield self.change(coming.result())
                coming = after
            yield self.change(coming.result() if coming else empty(self.name))


def read_any(path: str | Path) -> pd.DataFrame:
    """A whole table, by the ending of its file: Parquet or TSV."""
    return read(path) if Path(path).suffix == ".parquet" else read_tsv(path)


def write_text(frame: pd.DataFrame, table: str | Table, path: str | Path) -> None:
    """Check the frame against its contract and write it as TSV, its rows as they are."""
    write_tsv(checked(frame, table), path)


def read_text(path: str | Path, table: str | Table) -> pd.DataFrame:
    """Read a table from the TSV it was written as; a text stays a text (a visit may be called 1)."""
    texts = {column: kind for column, kind in contract(table).types.items() if kind == "str"}
    return checked(read_tsv(path, dtype=texts), table)


def write_tsv(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a tidy table as TSV: UTF-8, line feeds, floats that read back to the same number, empty = missing.

    A text that a spreadsheet would compute (`=HYPERLINK(...)`) gets an apostrophe before it, so that it stays a text.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    texts = {name: _inert(frame[name]) for name in frame.columns if frame[name].dtype in ("str", "object")}
    frame.assign(**texts).to_csv(path, sep="\t", index=False, lineterminator="\n", encoding="utf-8")


def _inert(series):
    if series.dtype == "str":
        hit = series.str.match(FORMULA.pattern).fillna(False).to_numpy(bool)
    else:
        hit = np.array([isinstance(text, str) and bool(FORMULA.match(text)) for text in series], dtype=bool)
    return series.where(~hit, "'" + series.astype("str")) if hit.any() else series


def _lines(frame):
    """The lines of a TSV of the frame."""
    columns = []
    for name in frame.columns:
        series = frame[name]
        if series.dtype == "boolean":
            series = series.map({True: "True", False: "False"}).astype("str")
        cells = pa.array(series.array, from_pandas=True)
        if series.dtype == "str":
            cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
            texts = cells.dictionary_encode()  # most texts stand in many rows
            columns.append(_cells(texts.dictionary.cast(pa.large_string())).take(texts.indices))
        else:
            columns.append(cells.cast(pa.large_string()))
    lines = compute.binary_join_element_wise(*columns, TAB, null_handling="replace", null_replacement="")
    return [f"{line}\n" for line in lines.to_pylist()]


def _cells(texts):
    """Texts as cells of a TSV: inert, and in quotation marks where a sign would end the cell."""
    texts = pa.array(_inert(pd.Series(texts, dtype="str")), pa.large_string(), from_pandas=True)
    quoted = compute.replace_substring(texts, '"', '""')
    quoted = compute.binary_join_element_wise(MARK, quoted, MARK, NOTHING)
    return compute.if_else(compute.match_substring_regex(texts, r'["\t\r\n]'), quoted, texts)


def read_tsv(path: str | Path, **kwargs: Any) -> pd.DataFrame:
    """Read a table written by `write_tsv`; only the empty cell is missing (a participant may be called NA)."""
    return pd.read_csv(path, sep="\t", keep_default_na=False, na_values=[""], **kwargs)
