"""A list a laboratory keeps, opened: any tab of a workbook, or delimited text, with titles above its header and empty rows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import pandas as pd
from immunoassay.files import delimited, excel, opening, texts
from immunoassay.problems import UNSEEN
from immunoassay.readers import open_export
from immunoassay.readers.sources import refusal

_WIDE = 0.6  # of the widest row: what a header is at least, and a title above it is not
_FIRST = 40  # rows with anything in them among which the header is
_CODE = re.compile(r"[^\W\d_]{0,6}[-_. /]?\d{1,5}(?:[-_./][\w]{1,8})*")  # P01, S-003, 101, Pat 7; no record number
_NAMED = re.compile(
    r"(?=.*\d)(?!\d{6,}$)(?!.*\b(?:19|20)\d\d\b)\S+(?: \S+)?"
)  # Sample 1, B_sid_13_CSP; no name with a year
_NO_VALUE = re.compile(r"#N/A|#NV|#REF!|#VALUE!|#WERT!|#DIV/0!|#NAME\?", re.I)
_ALLOWED = {"patient": _CODE, "patients": _CODE, **dict.fromkeys(("name", "names", "nom", "nombre"), _NAMED)}

Row = tuple[int, list[str]]  # number in the file from 1, cells


@dataclass(frozen=True)
class ListTable:
    """A table of a list.

    `frame`: its columns by their headings as written (made unique), every cell a text, "" where it is empty; dates and numbers
    of a workbook are `2024-01-31` and `12` or `0.5`. Its index is the number of each row in the file, from 1.
    `refused`: headings of columns that hold personal data; they are not in the frame.
    `hidden`, `struck`: numbers of rows that are hidden or struck through; they are in the frame.
    """

    file: str  # name of the file, without its folder
    tab: str  # "" for delimited text
    frame: pd.DataFrame
    refused: tuple[str, ...] = ()
    hidden: tuple[int, ...] = ()
    struck: tuple[int, ...] = ()


def read_list(path: str | Path) -> list[ListTable]:
    """The ListTables of a file, one for each visible tab that holds a table, in their order.

    Raises NotReadable (readers.export) where the file cannot be opened or holds no table.
    """
    name = Path(path).name
    data = open_export.contents(path, name)
    found = opening.look_at(data)
    if found.kind == opening.TEXT and not found.broken_at:
        delimiter = delimited.delimiter_of(found.text)
        rows = [(at, cells) for at, _, cells in delimited.records(delimited.lines_of(found.text), delimiter)]
        tables = [_table(name, "", rows)]
    else:
        open_export.open_bytes(name, data)  # refuses what is no workbook
        sheets = excel.open_xlsx(data) if found.kind == opening.XLSX else excel.open_xls(data)
        tables = [_of_sheet(name, sheet) for sheet in sheets if sheet.visible]
    kept = [table for table in tables if table is not None]
    if not kept:
        raise refusal(
            name, "E-READ-001", "no table with a header and rows", "there is nothing in it to match with the plates",
            "name the file of the list, with one heading a column",
        )  # fmt: skip
    return kept


def table_of(name: str, tab: str, rows: Iterable[Row]) -> ListTable | None:
    """The ListTable of rows of cells, None where they are no table."""
    return _table(name, tab, rows)


def _of_sheet(name, sheet):
    if isinstance(sheet, excel.XlsxSheet):
        rows = [[_shown(cell.value, cell.form) for cell in row] for row in sheet.cells()]
    else:
        rows = [[_shown(value, "") for value in row] for row in sheet.values()]
    _fill_merged(rows, sheet.marks.merged)
    return _table(name, sheet.title, list(enumerate(rows, 1)), sheet.marks)


def _shown(value, form):
    """A cell as text: whole numbers without a point and with the zeros that their format puts before them."""
    if value is None or isinstance(value, bool):
        return "" if value is None else "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        if float(value).is_integer() and abs(value) < 1e15:
            return f"{int(value):0{len(form)}d}" if form and set(form) == {"0"} else str(int(value))
        return repr(float(value))
    return str(value)


def _fill_merged(rows, ranges):
    from openpyxl.utils import range_boundaries

    for written in ranges:
        left, top, right, bottom = range_boundaries(written)
        if left == right:  # down a column; a title over columns is no value of each of them
            for row in rows[top:bottom]:
                row[left - 1] = rows[top - 1][left - 1] if left <= len(row) else ""


def _table(name, tab, rows, marks=None):
    rows = [(number, [_clean(cell) for cell in cells]) for number, cells in rows]
    rows = [(number, cells) for number, cells in rows if any(cells)]
    at = _header(rows)
    if at is None:
        return None
    width = max(len(cells) for _, cells in rows)
    whole = [(number, cells + [""] * (width - len(cells))) for number, cells in rows[at:]]
    headless = _is_headless(whole)
    names = _headings([""] * width if headless else whole[0][1], headless)
    body = [(number, cells) for number, cells in (whole if headless else whole[1:]) if cells != whole[0][1] or headless]
    frame = pd.DataFrame(
        [cells for _, cells in body], index=[number for number, _ in body], columns=names, dtype=object
    )
    frame = frame[[column for column in names if (frame[column] != "").any()]]
    refused = tuple(column for column in frame if _is_private(column, frame[column]))
    kept = frame.drop(columns=list(refused))
    inside = set(kept.index)
    hidden, struck = (
        tuple(number for number in (getattr(marks, what) if marks else ()) if number in inside)
        for what in ("unseen", "struck")
    )
    return ListTable(name, tab, kept, refused, hidden, struck) if len(kept) and len(kept.columns) else None


def _clean(cell):
    text = " ".join(UNSEEN.sub(" ", texts.SPACES.sub(" ", str(cell))).split())
    return "" if _NO_VALUE.fullmatch(text) else text


def _header(rows):
    """The place of the header among the rows: the first that is nearly as wide as the widest, best one of texts alone."""
    filled = [sum(map(bool, cells)) for _, cells in rows[:_FIRST]]
    widest = max((sum(map(bool, cells)) for _, cells in rows), default=0)
    wide = [
        at for at, count in enumerate(filled) if count >= max(_WIDE * widest, min(2, widest)) and at + 1 < len(rows)
    ]
    return wide[0] if wide else None


def _is_headless(rows):
    """Whether the first row is one of the others: in most columns its cell has the form of nearly all below it."""
    if len(rows) < 4:
        return False
    alike = []
    for at, first in enumerate(rows[0][1]):
        below = [cells[at] for _, cells in rows[1:] if cells[at]]
        if first and len(below) > 2:
            alike.append(
                sum(_form(cell) == _form(first) for cell in below) > 0.8 * len(below) and bool(re.search(r"\d", first))
            )
    return bool(alike) and sum(alike) > len(alike) / 2


def _form(text):
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d+", "9", text))


def _headings(written, headless):
    """Headings that differ: `column 3` where there is none, `Date (2)` for a second `Date`."""
    names: list[str] = []
    for at, text in enumerate(written, 1):
        bare = text if text and not headless else f"column {at}"
        again = sum(each == bare or re.fullmatch(rf"{re.escape(bare)} \(\d+\)", each) is not None for each in names)
        names.append(f"{bare} ({again + 1})" if again else bare)
    return names


def _is_private(heading, column):
    """Whether a column holds personal data: by its heading, but not where every value under `Patient` is a study code, or under
    `Name` a name of a sample; or because it holds e-mail addresses, record numbers or the like."""
    values = [value for value in column if value]
    if texts.private_column(heading):
        form = _ALLOWED.get(re.sub(r"[^a-z]", "", heading.casefold()))
        return form is None or not all(form.fullmatch(value) for value in values)
    named = sum(bool(texts.personal(value)) for value in values)
    return bool(values) and named > len(values) / 2
