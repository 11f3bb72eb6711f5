"""Parquet files opened: the names of their columns, their rows, and the texts the writer left about the whole."""

from dataclasses import dataclass
from itertools import islice
from typing import Any

from immunoassay.files.opening import UnreadableError

DAMAGED_PARQUET = "damaged_parquet"
NESTED = "nested"  # a column of lists or records: no table
TOO_MANY = "too_many"  # cells; the number is their count
MAX_CELLS = 100_000_000


@dataclass(frozen=True)
class Table:
    """A table with one row per record; values are None, text, number, boolean, date or time."""

    names: list[str]
    rows: list[tuple[Any, ...]]
    metadata: dict[str, str]  # such as Product, FileVersion


def open_parquet(data: bytes) -> Table:
    """The Table in the bytes of a parquet file. Raises UnreadableError."""
    import pyarrow
    from pyarrow import parquet  # a batch without such files need not load it

    try:
        file = parquet.ParquetFile(pyarrow.BufferReader(data))
        cells = file.metadata.num_rows * len(file.schema_arrow)
        if cells > MAX_CELLS:
            raise UnreadableError(TOO_MANY, cells)
        if any(pyarrow.types.is_nested(each.type) for each in file.schema_arrow):
            raise UnreadableError(NESTED)
        table = file.read()
        columns = [_values(column) for column in table.columns]
        metadata = {
            key.decode(): value.decode()
            for key, value in islice((table.schema.metadata or {}).items(), 100)
            if key not in (b"pandas", b"ARROW:schema", b"r")
        }
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(DAMAGED_PARQUET) from error
    return Table(list(table.column_names), list(zip(*columns, strict=True)), metadata)


def _values(column):
    """The values of a column; equal texts are one object, as a long table repeats them."""
    import pyarrow

    if pyarrow.types.is_string(column.type) or pyarrow.types.is_large_string(column.type):
        column = column.dictionary_encode()
    if pyarrow.types.is_dictionary(column.type):
        found = []
        for chunk in column.chunks:
            texts = [*chunk.dictionary.to_pylist(), None]
            found += [texts[-1 if at is None else at] for at in chunk.indices.to_pylist()]
        return found
    return column.to_pylist()
