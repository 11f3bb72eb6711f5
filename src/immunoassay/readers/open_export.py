"""A raw file, opened: as text with its encoding and delimiter, as the cells of a workbook or parquet table, or as an XML tree.

The kind is decided by content, never by the file name. Whatever cannot be read safely is refused with `NotReadable`:
empty, HTML saved as Excel, damaged, encrypted, unpacking out of proportion, or XML that declares entities.
"""

import csv
import os
import stat
from pathlib import Path

from immunoassay.files import delimited, excel, opening, parquet, xml_trees
from immunoassay.problems import Problem
from immunoassay.readers import hidden, row_widths, sources
from immunoassay.readers.sources import Source, Text, Xml, guarded, refusal
from immunoassay.readers.written_cells import number

_REFUSALS = {  # fact: (code, "found | why | fix")
    excel.ENCRYPTED: (
        "E-FILE-005",
        "the workbook is encrypted | its cells cannot be read | remove the password and send it again",
    ),
    excel.TOO_LARGE: (
        "E-FILE-019",
        "a workbook of {size:,} bytes that unpacks to {number:,} bytes | more than {limits} is refused to protect the server | "
        "export only the sheets of results, or export CSV",
    ),
    excel.XLSB: (
        "E-FILE-009",
        "a binary workbook (.xlsb) | only .xlsx and .xls workbooks are read | save it as .xlsx",
    ),
    excel.NO_WORKBOOK: (
        "E-FILE-009",
        "a ZIP file that is no Excel workbook | it is an archive or another kind of document | "
        "unpack it, or save it as .xlsx or CSV",
    ),
    excel.DAMAGED: (
        "E-FILE-003",
        "not a readable Excel file ({size:,} bytes) | the upload is damaged or incomplete, or it is not a workbook | "
        "copy the file again; check its size with the sender",
    ),
    parquet.DAMAGED_PARQUET: (
        "E-FILE-003",
        "not a readable parquet file ({size:,} bytes) | the upload is damaged or incomplete | "
        "copy the file again; check its size with the sender",
    ),
    parquet.NESTED: (
        "E-FILE-009",
        "a parquet file with lists or records in its columns | it is no table of plain cells | export a plain table",
    ),
    parquet.TOO_MANY: (
        "E-FILE-019",
        "a parquet file of {number:,} cells | so many are refused to protect the server | export it in parts",
    ),
    xml_trees.ENTITIES: (
        "E-READ-002",
        "XML that declares entities or outside references | they can make a reader open other files or exhaust its memory; "
        "no instrument writes them | export again from the instrument software",
    ),
    xml_trees.BROKEN_XML: (
        "E-FILE-003",
        "XML that ends or breaks at line {number} | the file is damaged or incomplete | copy the file again",
    ),
}


def open_file(path: str | Path) -> Source:
    """Read a raw file as Text, Workbook or Xml. Raises NotReadable."""
    return open_bytes(str(path), contents(path, str(path)))


def contents(path: str | Path, name: str) -> bytes:
    """The bytes of a raw file, called `name` in messages. Raises NotReadable where it cannot be opened."""
    try:
        if stat.S_ISREG(os.stat(path).st_mode):  # a pipe would wait for ever
            return Path(path).read_bytes()
        found = "a folder" if os.path.isdir(path) else "a pipe or device, not a file"
    except OSError as error:
        found = error.strerror or str(error)
    raise refusal(
        name, "E-READ-001", found, "nothing in it can be read", "put the export itself there, and allow reading it"
    )


def open_bytes(name: str, data: bytes) -> Source:
    """The bytes of a raw file as Text, Workbook or Xml; `name` is for messages. Raises NotReadable."""
    with guarded(name):
        return _opened(name, data)


def _opened(name, data):
    found = opening.look_at(data)
    if found.kind == opening.EMPTY:
        raise refusal(name, "E-FILE-002", "the file is empty", "nothing was exported", "export again")
    try:
        if found.kind == opening.XLSX:
            return _workbook(name, excel.open_xlsx(data), "xlsx")
        if found.kind == opening.XLS:
            return _workbook(name, excel.open_xls(data), "xls")
        if found.kind == opening.PARQUET:
            return _parquet(name, parquet.open_parquet(data))
        if found.kind in (opening.XML, opening.TAG):
            return Xml(name, found.encoding, root=xml_trees.tree(data))
    except opening.UnreadableError as error:
        raise _refused(name, data, error) from error
    if found.kind in (opening.HTML, opening.SPREADSHEET_2003):
        what, why = f"the file is {found.kind}, not an Excel workbook or text table", "a browser or report tool gave it"
        raise refusal(
            name, "E-FILE-004", what, f"{why} the name of a table", "open it and save as .xlsx, or export CSV"
        )
    if found.kind == opening.BINARY:
        raise refusal(
            name, "E-FILE-009", "a binary file", "it holds zero bytes and is neither text nor a workbook",
            "export as text or Excel",
        )  # fmt: skip
    if found.broken_at:
        raise refusal(
            name, "E-FILE-003", f"not {found.encoding.upper()} text from byte {found.broken_at} on",
            "the file is damaged or incomplete", "copy the file again",
        )  # fmt: skip
    return _text(name, data, found)


def _refused(name, data, error):
    """The refusal of a workbook or an XML document, by the fact that makes it unreadable."""
    limits = f"{excel.MAX_UNPACKED // 1024**2} MB or {excel.MAX_RATIO} times its size"
    code, words = _REFUSALS[error.fact]
    return refusal(name, code, *words.format(size=len(data), number=error.number, limits=limits).split(" | "))


def _workbook(name, sheets, encoding):
    """A Workbook of worksheets, with FLAGs for what they hide and for formulas that were never calculated."""
    book = sources.workbook(name, {sheet.title: sheet.values() for sheet in sheets}, encoding)
    for sheet in sheets:
        book.problems += hidden.flags(name, sheet)
    uncached = sum(sheet.marks.without_result for sheet in sheets)
    if uncached:
        book.problems.append(Problem(
            "E-XLS-026", "FLAG", name, f"{uncached} formula cells without a stored result",
            "the file was written by a program and never calculated; these cells are read as empty",
            "open it in Excel, save, or paste values",
        ))  # fmt: skip
    return book


def _parquet(name, table):
    """A Workbook of the one sheet "", its names the first row."""
    book = sources.workbook(name, {"": [table.names, *table.rows]}, "parquet")
    book.metadata = table.metadata
    return book


# --- text ------------------------------------------------------------------------------------------------------------


def _text(name, data, found):
    delimiter = delimited.delimiter_of(found.text)
    records = _records(name, found.text, delimiter)
    rows = [sources.without_empty_end(list(map(str.strip, record))) for record in records]
    if not any(rows):
        raise refusal(name, "E-FILE-002", "the file holds no values", "nothing was exported", "export again")
    decimal = sources.decimal_sign(rows)
    if decimal is None:
        raise refusal(
            name, "V-081", "numbers like 1,234 and none with another decimal sign",
            "the comma may be a decimal sign or may group thousands, and the numbers differ by 1000",
            "export with more decimals or without grouping",
        )  # fmt: skip
    widths = list(map(len, records))
    source = Text(name, found.encoding, delimiter, decimal, text=found.text, rows=rows, widths=widths, raw=data)
    source.problems += row_widths.problems(name, found.text, records)
    if "\ufffd" in found.text:
        source.problems.append(_damaged_letters(name, rows))
    return source


def _records(name, text, delimiter):
    """The cells of every row. A stray quote swallows nothing: unlike in a sheet it is read, each line by itself."""
    lines = delimited.lines_of(text)
    long = next((row for row, line in enumerate(lines, 1) if len(line) > delimited.LONGEST_CELL), None)
    if long:
        raise refusal(
            name, "E-FILE-019", f"a line of {len(lines[long - 1]):,} characters", "no instrument writes such a table",
            "export again, in rows", row=str(long),
        )  # fmt: skip
    try:
        records = [cells for _, _, cells in delimited.records(lines, delimiter, strict=True)]
        stray = len(records) < len(lines) and any(_swallowed(cell, delimiter) for row in records for cell in row)
    except csv.Error:
        stray = True
    return [_cells(line, delimiter) for line in lines] if stray else records


def _cells(line, delimiter):
    odd = line.count('"') % 2
    return line.split(delimiter) if odd else next(delimited.records([line], delimiter))[2]


def _swallowed(cell, delimiter):
    """Whether a cell of several lines holds a line of a table: three or more cells, two of them numbers."""
    if "\n" not in cell:
        return False
    lines = (line.split(delimiter) for line in cell.split("\n"))
    return any(len(line) > 2 and sum(number(each) is not None for each in line) > 1 for line in lines)


def _damaged_letters(name, rows):
    row = next((index for index, cells in enumerate(rows, 1) if any("\ufffd" in str(cell) for cell in cells)), None)
    return Problem(
        "E-FILE-012", "FLAG", name, "the character \ufffd is where a letter was lost",
        "an earlier program saved the file in the wrong encoding; a unit or name may be incomplete",
        "nothing, if the names and units in the sheets are right; otherwise export again",
        row="" if row is None else str(row),
    )  # fmt: skip
