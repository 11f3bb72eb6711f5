"""Excel workbooks, .xlsx and .xls, opened: worksheets with their values, the kinds of their cells, and what they hide."""

import io
import os
import re
import warnings
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from immunoassay.files import worksheet_marks
from immunoassay.files.opening import UnreadableError

MAX_UNPACKED = 512 * 1024**2
MAX_RATIO = 200

ENCRYPTED = "encrypted"
TOO_LARGE = "too_large"  # it unpacks out of proportion; the number is the size
XLSB = "xlsb"  # a binary workbook
NO_WORKBOOK = "no_workbook"  # a zip archive of something else
DAMAGED = "damaged"

_WITHOUT_RESULT = re.compile(rb"<f(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>\s*|<v>\s*</v>\s*)?</c>")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_PLACE = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+)([0-9]+)"')


@dataclass(frozen=True)
class StoredCell:
    """A cell as the workbook stores it: `kind` is "" when it is empty, else text, number, date or boolean."""

    value: object
    kind: str
    form: str  # number format
    formula: str  # with its "=", "" for a cell that is none


class XlsxSheet:
    """A worksheet of an .xlsx, read when it is asked for. What cannot be read raises UnreadableError."""

    def __init__(self, workbook, sheet, number):
        self.title, self.visible = sheet.title, sheet.sheet_state == "visible"
        self._workbook, self._sheet, self._number = workbook, sheet, number
        sheet.reset_dimensions()  # some writers state a wrong extent, which would cut the sheet

    @cached_property
    def _xml(self):
        with _damage_named():
            return self._workbook.archive.read(self._sheet._worksheet_path)

    @cached_property
    def marks(self) -> worksheet_marks.Marks:
        with _damage_named():
            return worksheet_marks.of_xml(self._xml, self._workbook.styles)

    @property
    def formulas_without_result(self) -> int:
        """Formula cells that no program has calculated."""
        return len(_WITHOUT_RESULT.findall(self._xml))

    def extent(self) -> tuple:
        """(last row, last column) that holds a cell or is merged, both counted from 1."""
        from openpyxl.utils import column_index_from_string, range_boundaries

        with _damage_named():
            places = set(_PLACE.findall(self._xml))
            columns = {letters: column_index_from_string(letters.decode()) for letters in {each for each, _ in places}}
            ends = [(int(row), columns[letters]) for letters, row in places]
            ranges = [range_boundaries(each) for each in self.marks.merged]
            ends += [(last_row, last_column) for _, _, last_column, last_row in ranges]
            return max((row for row, _ in ends), default=0), max((column for _, column in ends), default=0)

    def values(self) -> list:
        """Rows of values: None, text, number, boolean, date or time. Rows may differ in length."""
        with _damage_named():
            return list(self._sheet.iter_rows(values_only=True))

    def cells(self) -> list:
        """Rows of StoredCell, all of one length."""
        with _damage_named():
            formulas = self._formulas()
            rows = [
                [
                    StoredCell(cell.value, _kind(cell), cell.number_format or "", formulas.get((at, place), ""))
                    for place, cell in enumerate(row)
                ]
                for at, row in enumerate(self._sheet.iter_rows())
            ]
        width = max(map(len, rows), default=0)
        return [row + [StoredCell(None, "", "", "")] * (width - len(row)) for row in rows]

    def _formulas(self):
        """{(0-based row, place): formula}."""
        if not _FORMULA.search(self._xml):
            return {}
        sheet = _load(self._workbook.data, data_only=False).worksheets[self._number]
        sheet.reset_dimensions()
        written = {
            (at, place): getattr(cell.value, "text", cell.value)  # of an array formula
            for at, row in enumerate(sheet.iter_rows())
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
    rows: list
    formulas_without_result: int = 0

    def values(self) -> list:
        """As of an XlsxSheet."""
        return self.rows


class XlsxBook:
    """An .xlsx, opened."""

    def __init__(self, data, archive):
        self.data, self.archive = data, archive
        self._book = _load(data, data_only=True)
        self.sheets = [XlsxSheet(self, sheet, number) for number, sheet in enumerate(self._book.worksheets)]

    @cached_property
    def styles(self):
        there = "xl/styles.xml" in self.archive.namelist()
        return worksheet_marks.marked_styles(self.archive.read("xl/styles.xml") if there else None)

    @property
    def counts_from_1904(self) -> bool:
        """Whether its days are counted from 1904."""
        from openpyxl.utils.datetime import CALENDAR_MAC_1904

        return self._book.epoch == CALENDAR_MAC_1904


def open_xlsx(data: bytes) -> XlsxBook:
    """The workbook in the bytes of an .xlsx. Raises UnreadableError."""
    with _damage_named():
        archive = zipfile.ZipFile(io.BytesIO(data))
    unpacked = sum(member.file_size for member in archive.infolist())  # zipfile stops where a member holds more
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * len(data):
        raise UnreadableError(TOO_LARGE, unpacked)
    if "xl/workbook.bin" in archive.namelist():
        raise UnreadableError(XLSB)
    if not any(name.startswith("xl/") for name in archive.namelist()):
        raise UnreadableError(NO_WORKBOOK)
    with _damage_named():
        return XlsxBook(data, archive)


def open_xls(data: bytes) -> list:
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


def _kind(cell):
    from openpyxl.styles.numbers import is_date_format

    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, datetime | date | time | timedelta) or is_date_format(cell.number_format):
        return "date"
    return "number" if isinstance(value, int | float) else "text"


def _xls_value(cell, datemode):
    import xlrd

    if cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_TEXT):
        return cell.value
    if cell.ctype == xlrd.XL_CELL_DATE:
        return xlrd.xldate_as_datetime(cell.value, datemode)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    return xlrd.error_text_from_code.get(cell.value) if cell.ctype == xlrd.XL_CELL_ERROR else None
