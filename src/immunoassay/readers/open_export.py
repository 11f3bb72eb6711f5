"""A raw file, opened: as text with its encoding and delimiter, as a workbook's cells, or as an XML tree.

The kind is decided by content, never by the file name. Whatever cannot be read safely is refused with `NotReadable`:
empty, HTML saved as Excel, damaged, encrypted, unpacking out of proportion, or XML that declares entities.
"""

import codecs
import csv
import os
import re
import stat
from collections import Counter
from pathlib import Path

from immunoassay.problems import Problem
from immunoassay.readers import excel
from immunoassay.readers.sources import Text, Xml, decimal_sign, guarded, refusal, trimmed
from immunoassay.readers.written_cells import number

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

LONGEST_CELL = 16 * 1024**2  # audit trails fill one cell
csv.field_size_limit(LONGEST_CELL)


def open_file(path):
    """Read a raw file as Text, Workbook or Xml. Raises NotReadable."""
    return open_bytes(str(path), contents(path, str(path)))


def contents(path, name):
    """The bytes of a raw file, called `name` in messages. Raises NotReadable where it cannot be opened."""
    try:
        if stat.S_ISREG(os.stat(path).st_mode):  # a pipe would wait for ever
            return Path(path).read_bytes()
        found = "a folder" if os.path.isdir(path) else "a pipe or device, not a file"
    except OSError as error:
        found = error.strerror or str(error)
    why, fix = "nothing in it can be read", "put the export itself there, and allow reading it"
    raise refusal(name, "E-READ-001", found, why, fix)


def open_bytes(name, data):
    """The bytes of a raw file as Text, Workbook or Xml; `name` is for messages. Raises NotReadable."""
    with guarded(name):
        return _opened(name, data)


def _opened(name, data):
    if not data.strip():
        raise refusal(name, "E-FILE-002", "the file is empty", "nothing was exported", "export again")
    if data.startswith(excel.XLSX):
        return excel.xlsx(name, data)
    if data.startswith(excel.XLS):
        return excel.xls(name, data)
    return _text_or_xml(name, data)


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
    records = _records(name, text, delimiter)
    rows = [trimmed(record) for record in records]
    if not any(rows):
        raise refusal(name, "E-FILE-002", "the file holds no values", "nothing was exported", "export again")
    decimal = decimal_sign(rows)
    if decimal is None:
        found = "numbers like 1,234 and none with another decimal sign"
        why = "the comma may be a decimal sign or may group thousands, and the numbers differ by 1000"
        raise refusal(name, "V-081", found, why, "export with more decimals or without grouping")
    source = Text(name, encoding, delimiter, decimal, text=text, rows=rows, widths=list(map(len, records)), raw=data)
    source.problems += _uneven(name, records) + _cut(name, text, records)
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


def _records(name, text, delimiter):
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    long = next((row for row, line in enumerate(lines, 1) if len(line) > LONGEST_CELL), None)
    if long:
        found, why = f"a line of {len(lines[long - 1]):,} characters", "no instrument writes such a table"
        raise refusal(name, "E-FILE-019", found, why, "export again, in rows", row=str(long))
    try:
        records = list(csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True))
        stray = len(records) < len(lines) and any(_swallowed(cell, delimiter) for row in records for cell in row)
    except csv.Error:
        stray = True
    if stray:  # a stray quote: no cell may run over a line end, or it would swallow rows
        records = [_cells(line, delimiter) for line in lines]
    return records


def _cells(line, delimiter):
    odd = line.count('"') % 2
    return line.split(delimiter) if odd else next(csv.reader([line], delimiter=delimiter), [])


def _swallowed(cell, delimiter):
    """Whether a cell of several lines holds a line of a table: three or more cells, two of them numbers."""
    if "\n" not in cell:
        return False
    lines = (line.split(delimiter) for line in cell.split("\n"))
    return any(len(line) > 2 and sum(number(each) is not None for each in line) > 1 for line in lines)


def _uneven(name, records):
    """A FLAG for a row with one or two cells more or fewer than the table around it: a delimiter was lost or added.

    Three of the four rows around, before or after it agree in their number of cells, and no other row between two blank
    ones has this one's. A row of column numbers is left out: the rows of a matrix may have a label more.
    """
    problems, start = [], 0
    widths = [len(record) if any(cell.strip() for cell in record) else 0 for record in records]
    for end in [*(at for at, width in enumerate(widths) if not width), len(widths)]:
        run = widths[start:end]
        if len(run) > 3 and len(set(run)) > 1:
            counts = Counter(width for at, width in enumerate(run) if not _numbered(records[start + at]))
            for at, width in enumerate(run):
                common = _common(run, at) if counts[width] == 1 else 0
                if common > 4 and 0 < abs(width - common) < (3 if at else 2) and not _numbered(records[start + at]):
                    problems.append(_shifted(name, start + at + 1, width, common))
        start = end + 1
    return problems


def _cut(name, text, records):
    """A problem of a table that ends without a line end: in a row with fewer cells than the one above, or in a number.

    A row that was cut quarantines the plate; one cell may be a note, and a whole row may only lack its line end: FLAG.
    """
    if text.endswith("\n") or len(records) < 3:
        return []
    width, above, last = len(records[-1]), len(records[-2]), records[-1][-1].strip()
    if above < 3 or not any(cell.strip() for cell in records[-2]):
        return []
    if width < above:
        found = f"the file ends in the middle of a row: {width} cells where the row above has {above}, and no line end"
        why = "the rest of the row, and what stood below it, are missing"
    elif width == above and last[-1:].isdigit():
        found, why = f'the file ends with "{last}" and no line end', "the number may be cut, and rows below it missing"
    else:
        return []
    fix = "compare the end with the instrument; copy or export it again"
    level = "QUARANTINE" if 1 < width < above else "FLAG"
    return [Problem("E-READ-015", level, name, found, why, fix, row=str(len(records)))]


def _common(run, at):
    """The width of at least three of the four rows around, before or after one; 0 when they do not agree."""
    before, after = run[max(0, at - 4) : at], run[at + 1 : at + 5]
    for near in (before[-2:] + after[:2], before, after):
        width, agreeing = Counter(near).most_common(1)[0] if near else (0, 0)
        if agreeing > 2:
            return width
    return 0


def _numbered(record):
    """Whether a row is one of column numbers 1, 2, 3 ..."""
    return [cell.strip().lstrip("0") for cell in record[1:4]] == ["1", "2", "3"]


def _shifted(name, row, width, common):
    found, why = f"{width} cells where the rows around it have {common}", "its values may stand in the wrong columns"
    fix = "compare the row with the instrument; export again"
    return Problem("E-FILE-013", "FLAG", name, found, why, fix, row=str(row))


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
        return Xml(name, encoding, root=fromstring(data))
    except DefusedXmlException as error:
        found = "XML that declares entities or outside references"
        why = "they can make a reader open other files or exhaust its memory; no instrument writes them"
        raise refusal(name, "E-READ-002", found, why, "export again from the instrument software") from error
    except ParseError as error:
        found = f"XML that ends or breaks at line {error.position[0]}"
        raise refusal(name, "E-FILE-003", found, "the file is damaged or incomplete", "copy the file again") from error
