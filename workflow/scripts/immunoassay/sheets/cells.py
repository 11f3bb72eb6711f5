"""Cells of a sheet as text, with the place of every row: TSV, CSV and Excel workbooks read cell by cell."""

import csv
import io
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from immunoassay.problems import Problem
from openpyxl import load_workbook

ERROR_CELLS = ("#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#VALUE!")


@dataclass
class Cells:
    """Header and rows of one sheet. `rows` holds (row number as the user sees it, list of cell texts)."""

    file: str
    header: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    sheet: str = ""

    def problem(self, code, found, why, fix, row="", column="", level="STOP"):
        self.problems.append(
            Problem(code, level, self.file, found, why, fix, sheet=self.sheet, row=str(row), column=column)
        )


def read_cells(path, name):
    """Read a sheet from `path`; `name` is how messages call it. Every problem of form is in `.problems`."""
    cells = Cells(name)
    path = Path(path)
    if not path.is_file():
        cells.problem(
            "E-FILE-001", "no such file", "the study cannot be read without it", "correct the path, or add the file"
        )
        return cells
    content = path.read_bytes()
    if content[:2] == b"PK" or path.suffix.lower() in (".xlsx", ".xlsm"):
        _read_workbook(content, cells)
    else:
        _read_text(content, cells)
    if not cells.header and not cells.problems:
        cells.problem("E-FILE-002", "the sheet is empty", "it must at least hold its header", "add the header row")
    return cells


def _read_text(content, cells):
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        cells.problem(
            "E-FILE-012",
            f"byte 0x{content[error.start]:02X} is not UTF-8",
            "a letter such as µ would be misread",
            "save the sheet as UTF-8",
            row=row,
        )
        return
    first = text.split("\n", 1)[0]
    delimiter = "\t" if "\t" in first else ";" if first.count(";") > first.count(",") else ","
    for number, values in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1):
        _add(cells, number, [value.strip() for value in values])


def _read_workbook(content, cells):
    try:
        formulas = load_workbook(io.BytesIO(content), data_only=False)
        workbook = load_workbook(io.BytesIO(content), data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        cells.problem(
            "E-FILE-003",
            f"not a readable Excel workbook ({type(error).__name__}, {len(content)} bytes)",
            "it is damaged or only partly copied",
            "copy the file again",
        )
        return
    visible = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    if len(visible) != 1:
        cells.problem(
            "E-XLS-021",
            f"{len(visible)} visible worksheets ({', '.join(sheet.title for sheet in visible)})",
            "it is not clear which one counts",
            "keep one worksheet in the file",
        )
        return
    sheet, formula_sheet = visible[0], formulas[visible[0].title]
    cells.sheet = sheet.title
    _check_structure(sheet, cells)
    for number, row in enumerate(sheet.iter_rows(), start=1):
        _add(cells, number, [_cell_text(cell, formula_sheet[cell.coordinate], cells) for cell in row])


def _check_structure(sheet, cells):
    for number, dimension in sorted(sheet.row_dimensions.items()):
        if dimension.hidden:
            cells.problem(
                "E-XLS-022",
                "the row is hidden",
                "hidden rows are not ignored silently",
                "unhide it if it is valid, or delete it",
                row=number,
            )
    for letter, dimension in sorted(sheet.column_dimensions.items()):
        if dimension.hidden:
            cells.problem(
                "E-XLS-022",
                f"column {letter} is hidden",
                "hidden columns are not ignored silently",
                "unhide it, or delete it",
                column=letter,
            )
    for merged in sorted(map(str, sheet.merged_cells.ranges)):
        cells.problem(
            "E-XLS-024",
            f"cells {merged} are merged",
            "only the first of them holds a value",
            "unmerge them and fill every row",
            row=merged,
        )


def _cell_text(cell, formula, cells):
    value = cell.value
    if value is None:
        if isinstance(formula.value, str) and formula.value.startswith("="):
            cells.problem(
                "E-XLS-026",
                "a formula with no stored result",
                "its value is unknown",
                "open the file in Excel and save it, or paste values",
                row=cell.coordinate,
            )
        return ""
    if isinstance(value, str):
        if value in ERROR_CELLS:
            cells.problem(
                "E-XLS-025",
                f'the cell shows "{value}"',
                "a formula failed here",
                "repair the formula, or type the value",
                row=cell.coordinate,
            )
        return value.strip()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        code = cell.number_format
        if code and set(code) == {"0"} and len(code) > 1:
            cells.problem(
                "E-ID-042",
                f'the number {value} is shown as "{value:0{len(code)}.0f}"',
                "the leading zeros are only display",
                "format the column as text and type the value again",
                row=cell.coordinate,
            )
        return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _add(cells, number, values):
    if not any(values):
        return
    if values[0].startswith("#"):
        return
    if not cells.header:
        _set_header(cells, number, values)
        return
    width = len(cells.header)
    if any(values[width:]):
        cells.problem(
            "E-FILE-015",
            f"{len(values)} values for {width} columns",
            "columns would shift",
            "remove the extra separator, or export the sheet again",
            row=number,
        )
        return
    cells.rows.append((number, (values + [""] * width)[:width]))


def _set_header(cells, number, values):
    while values and not values[-1]:
        values = values[:-1]
    cells.header = values
    seen = {}
    for position, value in enumerate(values, start=1):
        folded = " ".join(value.replace("\u00a0", " ").split()).casefold()
        if folded in seen and folded:
            cells.problem(
                "E-XLS-029",
                f'column "{value}" stands twice (columns {seen[folded]} and {position})',
                "it is not clear which one counts",
                "rename or delete one",
                row=number,
            )
        seen[folded] = position
