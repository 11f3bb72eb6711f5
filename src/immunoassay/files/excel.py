"""Excel workbooks, .xlsx and .xls, opened: worksheets with their values, the kinds of their cells, and what they hide."""

import io
import os
import warnings
import zipfile
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from immunoassay.files import worksheet_marks
from immunoassay.files.opening import UnreadableError

MAX_UNPACKED = 512 * 1024**2
MAX_RATIO = 200

ENCRYPTED = "encrypted"
TOO_LARGE = "too_large"  # it unpacks out of proportion; the number is the size
XLSB = "xlsb"  # a binary workbook
NO_WORKBOOK = "no_workbook"  # a zip archive of something else
DAMAGED = "damaged"


@dataclass(frozen=True)
class StoredCell:
    """A cell as the workbook stores it: `kind` is "" when it is empty, else text, number, date or boolean."""

    value: object
    kind: str
    form: str  # number format
    formula: str  # with its "=", "" for a cell that is none


class XlsxSheet:
    """A worksheet of an .xlsx. Its cells are read when they are asked for: UnreadableError where they are damaged."""

    def __init__(self, data: bytes, number: int, sheet: Any, xml: bytes, styles: dict[str, set[int]]) -> None:
        self.title, self.visible = sheet.title, sheet.sheet_state == "visible"
        self.marks = worksheet_marks.of_xml(xml, styles)
        self.file_size = len(data)
        self.counts_from_1904 = sheet.parent.epoch.year == 1904
        self._data, self._number, self._sheet, self._xml = data, number, sheet, xml

    def extent(self) -> tuple[int, int]:
        """(last row, last column) that holds a cell or is merged, both counted from 1."""
        with _damage_named():
            return worksheet_marks.extent(self._xml, self.marks.merged)

    def values(self) -> list[Sequence[Any]]:
        """Rows of values: None, text, number, boolean, date or time. Rows may differ in length."""
        with _damage_named():
            return list(_rows(self._sheet, values_only=True))

    def cells(self) -> list[list[StoredCell]]:
        """Rows of StoredCell, all of one length."""
        with _damage_named():
            formulas = self._formulas()
            rows = [
                [
                    StoredCell(cell.value, _kind(cell), cell.number_format or "", formulas.get((at, place), ""))
                    for place, cell in enumerate(row)
                ]
                for at, row in enumerate(_rows(self._sheet))
            ]
        width = max(map(len, rows), default=0)
        return [row + [StoredCell(None, "", "", "")] * (width - len(row)) for row in rows]

    def _formulas(self):
        """{(0-based row, place): formula}."""
        if not self.marks.formulas:
            return {}
        written = {
            (at, place): getattr(cell.value, "text", cell.value)  # of an array formula
            for at, row in enumerate(_rows(_load(self._data, data_only=False).worksheets[self._number]))
            for place, cell in enumerate(row)
            if cell.data_type == "f"
        }
        return {place: formula for place, formula in written.items() if isinstance(formula, str)}


@dataclass
class XlsSheet:
    """A worksheet of an .xls, read."""

    title: str
    visible: bool
    marks: worksheet_marks.Marks
    rows: list[Sequence[Any]]

    def values(self) -> list[Sequence[Any]]:
        """As of an XlsxSheet."""
        return self.rows


def open_xlsx(data: bytes) -> list[XlsxSheet]:
    """The XlsxSheets in the bytes of an .xlsx. Raises UnreadableError."""
    with _damage_named():
        archive = zipfile.ZipFile(io.BytesIO(data))
    unpacked = sum(member.file_size for member in archive.infolist())  # zipfile stops where a member holds more
    names = archive.namelist()
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * len(data):
        raise UnreadableError(TOO_LARGE, unpacked)
    if "xl/workbook.bin" in names:
        raise UnreadableError(XLSB)
    if not any(name.startswith("xl/") for name in names):
        raise UnreadableError(NO_WORKBOOK)
    with _damage_named():
        styles = worksheet_marks.marked_styles(archive.read("xl/styles.xml")) if "xl/styles.xml" in names else {}
        return [
            XlsxSheet(data, number, sheet, archive.read(sheet._worksheet_path), styles)
            for number, sheet in enumerate(_load(data, data_only=True).worksheets)
        ]


def open_xls(data: bytes) -> list[XlsSheet]:
    """The XlsSheets in the bytes of an .xls. Raises UnreadableError."""
    import xlrd

    if is_encrypted(data):
        raise UnreadableError(ENCRYPTED)
    with _damage_named(), open(os.devnull, "w") as log:
        book = xlrd.open_workbook(file_contents=data, logfile=log, formatting_info=True)
        return [
            XlsSheet(
                sheet.name,
                sheet.visibility == 0,
                worksheet_marks.of_xls(book, sheet),
                [[_xls_value(cell, book.datemode) for cell in sheet.row(row)] for row in range(sheet.nrows)],
            )
            for sheet in book.sheets()
        ]


def is_encrypted(data: bytes) -> bool:
    """Whether the bytes of an .xls are an .xlsx behind a password."""
    return "EncryptedPackage".encode("utf-16-le") in data


@contextmanager
def _damage_named():
    """Whatever a damaged file makes the libraries raise becomes UnreadableError; what they warn of is not read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        raise UnreadableError(ENCRYPTED if str(error) == "Workbook is encrypted" else DAMAGED) from error  # by xlrd


def _load(data, data_only):
    import openpyxl  # a study without workbooks need not load it

    return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=data_only)


def _rows(sheet, values_only=False):
    sheet.reset_dimensions()  # some writers state a wrong extent, which would cut the sheet
    return sheet.iter_rows(values_only=values_only)


def _kind(cell):
    from openpyxl.styles.numbers import is_date_format

    value = cell.value
    if value is None or isinstance(value, str):
        return "" if value is None else "text"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, datetime | date | time | timedelta) or is_date_format(cell.number_format):
        return "date"
    return "number" if isinstance(value, int | float) else "text"


def _xls_value(cell, datemode):
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        return xlrd.xldate_as_datetime(cell.value, datemode)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(cell.value)
    return cell.value
