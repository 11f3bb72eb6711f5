"""A raw file, read once: text with its encoding, delimiter and decimal sign, a workbook's cells, or an XML tree.

The kind is decided by content, never by the file name. Whatever cannot be read safely is refused with `NotReadable`:
empty, HTML saved as Excel, damaged, encrypted, unpacking out of proportion, or XML that declares entities.
"""

import codecs
import csv
import io
import os
import re
import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from immunoassay.problems import Problem
from immunoassay.readers.cells import number
from immunoassay.readers.cells import text as cell_text
from immunoassay.readers.export import NotReadable

MAX_UNPACKED = 512 * 1024**2
MAX_RATIO = 200

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WITHOUT_RESULT = re.compile(rb"<f(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>\s*|<v>\s*</v>\s*)?</c>")
_DECIMAL_COMMA = re.compile(r"[*<>]*\s*[+-]?[0-9]+,[0-9]+(?:[eE][+-]?[0-9]+)?")
_DECIMAL_POINT = re.compile(r"[*<>]*\s*[+-]?[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?")
_THOUSANDS = re.compile(r"[*<>]*\s*[+-]?[1-9][0-9]{0,2},[0-9]{3}")

csv.field_size_limit(16 * 1024**2)  # audit trails fill one cell


@dataclass
class Text:
    """A delimited text file; `rows` are its records as a spreadsheet shows them, blank ones too (row 1 is rows[0])."""

    name: str  # the path as given, for messages
    text: str  # decoded, line ends as "\n"
    encoding: str
    delimiter: str
    rows: list  # lists of cells: outer blanks and trailing empty cells removed
    decimal: str
    raw: bytes = b""  # the file as it is, for checksums
    problems: list = field(default_factory=list)

    @cached_property
    def lines(self):
        """Physical lines."""
        return self.text.split("\n")

    def number(self, cell):
        """The cell as a float in this file's decimal sign, or None."""
        return number(cell, self.decimal)


@dataclass
class Workbook:
    """An .xlsx or .xls workbook: sheet name -> rows of cells (text, int or float; "" when empty; dates as text)."""

    name: str
    sheets: dict
    encoding: str  # xlsx or xls
    decimal: str  # of numbers written as text
    delimiter: str = ""
    problems: list = field(default_factory=list)

    def number(self, cell):
        """The cell as a float, or None."""
        return number(cell, self.decimal)


@dataclass
class Xml:
    """An XML document, parsed without entities or external references."""

    name: str
    root: object  # xml.etree Element
    encoding: str
    delimiter: str = ""
    decimal: str = "."
    problems: list = field(default_factory=list)


def open_file(path):
    """Read a raw file as Text, Workbook or Xml. Raises NotReadable; OSError when the file cannot be opened at all."""
    name = str(path)
    data = Path(path).read_bytes()
    if not data.strip():
        raise refusal(name, "E-FILE-002", "the file is empty", "nothing was exported", "export again")
    if data.startswith(b"PK\x03\x04"):
        return _xlsx(name, data)
    if data.startswith(_OLE):
        return _xls(name, data)
    return _text_or_xml(name, data)


def grids(source):
    """(sheet name, rows) of a workbook, one ("", rows) of a text, none of an XML document."""
    if isinstance(source, Workbook):
        return list(source.sheets.items())
    return [("", source.rows)] if isinstance(source, Text) else []


def refusal(name, code, found, why, fix, **place):
    """A NotReadable for the whole file (QUARANTINE)."""
    return NotReadable(Problem(code, "QUARANTINE", name, found, why, fix, **place))


def first_line(source):
    """The first line with content, cut to 80 characters, for messages."""
    if isinstance(source, Xml):
        return f"<{source.root.tag}>"[:80]
    lines = (" ".join(cell_text(cell) for cell in row if cell != "") for _, rows in grids(source) for row in rows)
    return next((line[:80] for line in lines if line), "")


# --- text ------------------------------------------------------------------------------------------------------------


def _text_or_xml(name, data):
    text, encoding = _decode(name, data)
    head = text.lstrip()[:2000].lower()
    if "urn:schemas-microsoft-com:office:spreadsheet" in head:
        raise _disguised(name, "an XML spreadsheet of 2003")
    if re.match(r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|table|meta|style)\b", head, re.S):
        raise _disguised(name, "HTML")
    if re.match(r"<(\?xml|!doctype|[a-z_][\w.:-]*[\s>/])", head):
        return _xml(name, data, encoding)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    delimiter = _delimiter(text)
    rows = _rows(text, delimiter)
    if not any(rows):
        raise refusal(name, "E-FILE-002", "the file holds no values", "nothing was exported", "export again")
    decimal = _decimal(rows)
    if decimal is None:
        found = "numbers like 1,234 and none with another decimal sign"
        why = "the comma may be a decimal sign or may group thousands, and the numbers differ by 1000"
        raise refusal(name, "V-081", found, why, "export with more decimals or without grouping")
    source = Text(name, text, encoding, delimiter, rows, decimal, data)
    if "\ufffd" in text:
        source.problems.append(_damaged_letters(name, rows))
    return source


def _decode(name, data):
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _decoded(name, data, encoding), encoding
    if b"\x00" in data:
        encoding = _utf16_without_bom(data)
        if encoding is None:
            why = "it holds zero bytes and is neither text nor a workbook"
            raise refusal(name, "E-FILE-009", "a binary file", why, "export as text or Excel")
        return _decoded(name, data, encoding), encoding
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), "latin-1"  # the five bytes cp1252 leaves undefined


def _decoded(name, data, encoding):
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        found = f"not {encoding.upper()} text from byte {error.start + 1} on"
        raise refusal(name, "E-FILE-003", found, "the file is damaged or incomplete", "copy the file again") from error


def _utf16_without_bom(data):
    """UTF-16 of Western text has a zero in nearly every second byte."""
    sample = data[:4096]
    half = len(sample) // 2
    first, second = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if second > 0.5 and first < 0.05:
        return "utf-16-le"
    return "utf-16-be" if first > 0.5 and second < 0.05 else None


def _delimiter(text):
    """The separator that occurs in most lines; of equals the most frequent. Quoted text does not count."""
    bare = re.sub(r'"[^"\n]*"', "", text)
    lines = bare.split("\n")
    score = {sign: (sum(sign in line for line in lines), bare.count(sign)) for sign in "\t;,"}
    best = max(score, key=score.get)
    return best if score[best][0] else ","


def _rows(text, delimiter):
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    try:
        records = list(csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True))
    except csv.Error:  # a stray quote: no cell may run over a line end, or it would swallow the rest of the file
        records = [next(csv.reader([line], delimiter=delimiter), []) for line in lines]
    return [_trimmed(record) for record in records]


def _trimmed(cells):
    cells = [cell.strip() if isinstance(cell, str) else cell for cell in cells]
    while cells and cells[-1] == "":
        cells.pop()
    return cells


def _decimal(rows):
    """The decimal sign by majority of the cells that show one; None when every one is like 1,234."""
    points, commas, thousands = 0, 0, 0
    for row in rows:
        for cell in row:
            if not isinstance(cell, str):
                continue
            if "," in cell:
                if _DECIMAL_COMMA.fullmatch(cell):
                    commas += 1
                    thousands += bool(_THOUSANDS.fullmatch(cell))
            elif "." in cell and _DECIMAL_POINT.fullmatch(cell):
                points += 1
    if commas and commas == thousands and not points:
        return None
    return "," if commas > points else "."


def _damaged_letters(name, rows):
    row = next((index for index, cells in enumerate(rows, 1) if any("\ufffd" in str(cell) for cell in cells)), None)
    return Problem(
        "E-FILE-012",
        "FLAG",
        name,
        "the sign \ufffd stands where a letter was lost",
        "an earlier program saved the file in the wrong encoding; a unit or name may be incomplete",
        "nothing, if the names and units in the sheets are right; otherwise export again",
        row="" if row is None else str(row),
    )


def _disguised(name, kind):
    why = "a browser or report tool gave it the name of a table"
    fix = "open it and save as .xlsx, or export CSV"
    return refusal(name, "E-FILE-004", f"the file is {kind}, not an Excel workbook or text table", why, fix)


# --- XML -------------------------------------------------------------------------------------------------------------


def _xml(name, data, encoding):
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        return Xml(name, fromstring(data), encoding)
    except DefusedXmlException as error:
        found = "XML that declares entities or outside references"
        why = "they can make a reader open other files or exhaust its memory; no instrument writes them"
        raise refusal(name, "E-FILE-003", found, why, "export again from the instrument software") from error
    except ParseError as error:
        found = f"XML that ends or breaks at line {error.position[0]}"
        raise refusal(name, "E-FILE-003", found, "the file is damaged or incomplete", "copy the file again") from error


# --- workbooks -------------------------------------------------------------------------------------------------------


def _xlsx(name, data):
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
            sheets = {member: archive.read(member) for member in names if member.startswith("xl/worksheets/sheet")}
        rows = _openpyxl_rows(data)
    except NotReadable:
        raise
    except Exception as error:  # every way a damaged archive or sheet can break the libraries
        raise _damaged(name, data, error) from error
    book = _workbook(name, rows, "xlsx")
    uncached = sum(len(_WITHOUT_RESULT.findall(xml)) for xml in sheets.values())
    if uncached:
        found = f"{uncached} formula cells without a stored result"
        why = "the file was written by a program and never calculated; these cells are read as empty"
        fix = "open it in Excel, save, or paste values"
        book.problems.append(Problem("E-XLS-026", "FLAG", name, found, why, fix))
    return book


def _refuse_bomb(name, data, members):
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * len(data):
        found = f"a workbook of {len(data):,} bytes that unpacks to {unpacked:,} bytes"
        why = f"more than {MAX_UNPACKED // 1024**2} MB or {MAX_RATIO} times its size is refused to protect the server"
        raise refusal(name, "E-FILE-003", found, why, "export only the sheets of results, or export CSV")


def _openpyxl_rows(data):
    import warnings

    import openpyxl

    with warnings.catch_warnings():  # of styles and extensions, which are not read
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = {}
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # some writers state a wrong extent, which would cut the sheet
            sheets[sheet.title] = [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        book.close()
    return sheets


def _xls(name, data):
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise _encrypted(name)
    import xlrd

    try:
        with open(os.devnull, "w") as log:
            book = xlrd.open_workbook(file_contents=data, logfile=log)
        rows = {
            sheet.name: [
                [_xls_cell(sheet.cell(row, column), book.datemode) for column in range(sheet.row_len(row))]
                for row in range(sheet.nrows)
            ]
            for sheet in book.sheets()
        }
    except Exception as error:  # every way a damaged file can break the library
        if "encrypted" in str(error).lower():
            raise _encrypted(name) from error
        raise _damaged(name, data, error) from error
    return _workbook(name, rows, "xls")


def _workbook(name, sheets, encoding):
    sheets = {sheet: _without_tail([_trimmed(row) for row in rows]) for sheet, rows in sheets.items()}
    rows = [row for grid in sheets.values() for row in grid]
    if not any(rows):
        raise refusal(name, "E-FILE-002", "the workbook holds no values", "nothing was exported", "export again")
    return Workbook(name, sheets, encoding, _decimal(rows) or ".")  # numbers proper are not text in a workbook


def _without_tail(rows):
    while rows and not rows[-1]:
        rows.pop()
    return rows


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
    found = f"not a readable Excel file ({len(data):,} bytes; {type(error).__name__})"
    why = "the upload is damaged or incomplete, or it is not a workbook"
    return refusal(name, "E-FILE-003", found, why, "copy the file again; check its size with the sender")
