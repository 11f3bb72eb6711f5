"""Excel workbooks, .xlsx and .xls: their cells, or a refusal that says what is wrong with the file."""

import io
import os
import re
import zipfile

from immunoassay.files.workbooks import MAX_RATIO, MAX_UNPACKED, out_of_proportion
from immunoassay.problems import Problem
from immunoassay.readers import hidden
from immunoassay.readers.export import NotReadable
from immunoassay.readers.sources import Workbook, decimal_sign, refusal, trimmed

XLSX = b"PK\x03\x04"  # how the files begin
XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_WITHOUT_RESULT = re.compile(rb"<f(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>\s*|<v>\s*</v>\s*)?</c>")


def xlsx(name, data):
    """A Workbook of .xlsx bytes. Raises NotReadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            _refuse_bomb(name, data, members)
            if "xl/workbook.bin" in names:
                why, fix = "only .xlsx and .xls workbooks are read", "save it as .xlsx"
                raise refusal(name, "E-FILE-009", "a binary workbook (.xlsb)", why, fix)
            if not any(member.startswith("xl/") for member in names):
                why, fix = "it is an archive or another kind of document", "unpack it, or save it as .xlsx or CSV"
                raise refusal(name, "E-FILE-009", "a ZIP file that is no Excel workbook", why, fix)
            rows, places = _openpyxl_rows(data)
            sheets = {title: (state, archive.read(path)) for title, (state, path) in places.items()}
            styles = archive.read("xl/styles.xml") if "xl/styles.xml" in names else None
            unseen = hidden.in_xlsx(name, sheets, styles)
    except NotReadable:
        raise
    except Exception as error:  # every way a damaged archive or sheet can break the libraries
        raise _damaged(name, data, error) from error
    book = workbook(name, rows, "xlsx")
    book.problems += unseen
    uncached = sum(len(_WITHOUT_RESULT.findall(xml)) for _, xml in sheets.values())
    if uncached:
        found = f"{uncached} formula cells without a stored result"
        why = "the file was written by a program and never calculated; these cells are read as empty"
        fix = "open it in Excel, save, or paste values"
        book.problems.append(Problem("E-XLS-026", "FLAG", name, found, why, fix))
    return book


def _refuse_bomb(name, data, members):
    unpacked = out_of_proportion(len(data), members)
    if unpacked is not None:
        found = f"a workbook of {len(data):,} bytes that unpacks to {unpacked:,} bytes"
        why = f"more than {MAX_UNPACKED // 1024**2} MB or {MAX_RATIO} times its size is refused to protect the server"
        raise refusal(name, "E-FILE-019", found, why, "export only the sheets of results, or export CSV")


def _openpyxl_rows(data):
    """(title -> rows of cells, title -> (state, member of the archive))."""
    import warnings

    import openpyxl

    with warnings.catch_warnings():  # of styles and extensions, which are not read
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets, places = {}, {}
        for sheet in book.worksheets:
            places[sheet.title] = (sheet.sheet_state, sheet._worksheet_path)
            sheet.reset_dimensions()  # some writers state a wrong extent, which would cut the sheet
            sheets[sheet.title] = [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        book.close()
    return sheets, places


def xls(name, data):
    """A Workbook of .xls bytes. Raises NotReadable."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise _encrypted(name)
    import xlrd

    try:
        with open(os.devnull, "w") as log:
            book = xlrd.open_workbook(file_contents=data, logfile=log, formatting_info=True)
        rows = {
            sheet.name: [
                [_xls_cell(sheet.cell(row, column), book.datemode) for column in range(sheet.row_len(row))]
                for row in range(sheet.nrows)
            ]
            for sheet in book.sheets()
        }
        unseen = hidden.in_xls(name, book)
    except Exception as error:  # every way a damaged file can break the library
        if "encrypted" in str(error).lower():
            raise _encrypted(name) from error
        raise _damaged(name, data, error) from error
    found = workbook(name, rows, "xls")
    found.problems += unseen
    return found


def workbook(name, sheets, encoding):
    """A Workbook of sheet name -> rows of cells, trimmed. Raises NotReadable when it holds no values."""
    sheets = {sheet: _at_the_left(_without_tail([trimmed(row) for row in rows])) for sheet, rows in sheets.items()}
    rows = [row for grid in sheets.values() for row in grid]
    if not any(rows):
        raise refusal(name, "E-FILE-002", "the workbook holds no values", "nothing was exported", "export again")
    decimal = decimal_sign(rows, codes_are_lists=True) or "."  # numbers proper are not text in a workbook
    return Workbook(name, encoding, "", decimal, sheets=sheets)


def _without_tail(rows):
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _at_the_left(rows):
    """Rows without the columns at the left in which no row has anything."""
    blank = min((next(at for at, cell in enumerate(row) if cell != "") for row in rows if row), default=0)
    return [row[blank:] for row in rows] if blank else rows


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return value if isinstance(value, (str, int, float)) else str(value)


def _xls_cell(cell, datemode):
    import xlrd

    if cell.ctype == xlrd.XL_CELL_NUMBER or cell.ctype == xlrd.XL_CELL_TEXT:
        return cell.value
    if cell.ctype == xlrd.XL_CELL_DATE:
        return str(xlrd.xldate_as_datetime(cell.value, datemode))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    return xlrd.error_text_from_code.get(cell.value, "") if cell.ctype == xlrd.XL_CELL_ERROR else ""


def _encrypted(name):
    why, fix = "its cells cannot be read", "remove the password and send it again"
    return refusal(name, "E-FILE-005", "the workbook is encrypted", why, fix)


def _damaged(name, data, error):
    found = f"not a readable Excel file ({len(data):,} bytes)"
    why = "the upload is damaged or incomplete, or it is not a workbook"
    return refusal(name, "E-FILE-003", found, why, "copy the file again; check its size with the sender")
