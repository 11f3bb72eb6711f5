"""One schema per sheet: the only source of its columns, defaults, checks and documentation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from immunoassay.files import texts
from immunoassay.files.excel import XlsxSheet
from immunoassay.study.cell_values import Place, convert
from immunoassay.study.sheet_cells import FAULTY, Cells, finish, read_cells
from immunoassay.study.similar_names import near_duplicates, suggestion

FOOTNOTE = re.compile(
    r"(total|sum|mean|median|average|summe|gesamt|count|note|legend|footnote)\b.*|n ?= ?\d+.*|[*†‡].+", re.I
)
# What may be done with a column that is not known, by the mark of a schema that takes others.
BEYOND = {
    "x-scales": ", or add it to the scales sheet",
    "x-named": ", or name it under compare, include or covariates in config/config.yaml",
}


@dataclass
class Sheet:
    """Rows of one sheet, converted: each a dict with every column of the schema and `_row`."""

    name: str
    file: str
    rows: list
    problems: list
    readable: bool = True  # it has rows, and every column that must be there


def load_schema(path: str | Path) -> dict[str, Any]:
    """The schema in a file."""
    return yaml.load(Path(path).read_text(encoding="utf-8"), yaml.CSafeLoader)


def load_sheet(path: Path, name: str, schema: Mapping[str, Any], extra_columns: dict | None = None) -> Sheet:
    """Read and check one sheet against its schema; every problem is in `.problems`, nothing is raised.

    `extra_columns` adds properties known only at run time (the scales of the scores sheet).
    """
    properties = {**schema["properties"], **(extra_columns or {})}
    return _checked(read_cells(path, name, frozenset(properties)), name, schema, properties)


def load_tab(tab: XlsxSheet, name: str, schema: Mapping[str, Any], extra_columns: dict | None = None) -> Sheet:
    """As load_sheet, of a worksheet; `name` is "FILE › WORKSHEET"."""
    from immunoassay.study.sheet_workbooks import read_worksheet  # a study without workbooks need not load openpyxl

    properties = {**schema["properties"], **(extra_columns or {})}
    cells = Cells(name.partition(" › ")[0])
    read_worksheet(tab, cells)
    finish(cells, frozenset(properties))
    return _checked(cells, name, schema, properties)


def _checked(cells, name, schema, properties):
    if cells.header:
        beyond = next((words for mark, words in BEYOND.items() if mark in schema), "")
        _check_header(cells, properties, schema["required"], beyond)
    rows: list[dict[str, Any]] = []
    keys: dict[tuple, tuple] = {}
    for number, values in cells.rows:
        if _footnote(cells, number, values, schema["required"]):
            continue
        written = dict(zip(cells.header, values, strict=True))
        row = _converted(cells, number, written, properties, schema["required"])
        _check_key(cells, row, written, schema["x-key"], keys)
        rows.append(row)
    if len(schema["x-key"]) == 1:
        cells.problems += near_duplicates(cells.file, cells.sheet, rows, schema["x-key"][0])
    readable = bool(rows) and set(schema["required"]) <= set(cells.header)
    return Sheet(schema["title"], name, rows, _once(cells.problems, "E-FILE-014"), readable)


def _once(problems, code):
    """The problems, where those of a code, of how the whole sheet was saved, are one."""
    same = [problem for problem in problems if problem.code == code]
    first = [replace(same[0], found=f"{same[0].found} (in {len(same)} cells)")] if len(same) > 1 else same
    return [problem for problem in problems if problem.code != code] + first


def _converted(cells, number, written, properties, required):
    """The row of a sheet whose cells are `written` by column, as a dict with every column of the schema."""
    kinds = {column: cells.kinds.get((number, place), "") for place, column in enumerate(cells.header)}
    row = {"_row": number}
    for column, rule in properties.items():
        needed = column in required and column in written  # of a column that is missing there is one problem, not many
        place = Place(cells, number, column, needed, kinds.get(column, ""))
        row[column] = convert(place, written.get(column, ""), rule)
    return row


def _check_key(cells, row, written, columns, keys):
    """A STOP for a row whose key is that of an earlier one; `keys` maps a key to (number, cells) of its first row."""
    key = tuple(row[column] for column in columns)
    first, before = keys.setdefault(key, (row["_row"], written))
    if first == row["_row"] or None in key:
        return
    differ = [column for column in written if written[column] != before[column]]
    cells.problem(
        "E-ID-040",
        f"{', '.join(map(str, key))} appears already in row {first} ("
        + (f"with another {', '.join(differ)})" if differ else "all cells are the same)"),
        "a row must be named once",
        "delete or rename one of the two",
        row=row["_row"],
        column=columns[-1],
    )


def _check_header(cells, properties, required, beyond):
    row = cells.written[0][0]
    for column in cells.header:
        if column in properties or column == FAULTY:
            continue
        if column == "":
            cells.problem(
                "E-XLS-030", "a column without a name", "it would be ignored", "name or delete the column", row=row
            )
        elif texts.private_column(column):
            cells.problem(
                "E-ID-053", f'column "{column}"', "names, birth dates and record numbers must not enter the study",
                "delete the column and use the study code", column=column,
            )  # fmt: skip
        else:
            cells.problem(
                "E-XLS-030", f'unknown column "{column}"{suggestion(column, properties)}', "it would be ignored",
                f"rename or delete the column{beyond}", column=column,
            )  # fmt: skip
    for column in required:
        if column not in cells.header:
            cells.problem(
                "E-XLS-030", f'column "{column}" is missing{suggestion(column, cells.header)}',
                "the sheet cannot be read without it", "add the column", column=column,
            )  # fmt: skip


def _footnote(cells, number, values, required):
    """Whether a row is no row of the table but a total or a footnote; it is then a problem."""
    filled = [value for value in values if value]
    if not filled or FAULTY in filled:
        return False
    short = len(filled) == 1 and len(required) > 2
    few = max(len(required), min(3, len(cells.header)))  # a tube of which only the name is known has fewer
    total = FOOTNOTE.fullmatch(filled[0]) and len(filled) < few
    if not short and not total:
        return False
    cells.problem(
        "E-XLS-032", f'"{filled[0]}" looks like a total or a footnote', "it is no row of the table",
        "delete the row, or fill its cells", row=number,
    )  # fmt: skip
    return True
