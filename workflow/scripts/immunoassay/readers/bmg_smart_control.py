"""BMG LABTECH SMART Control workbook: titled matrices (sheet Microplate End point), or wells in columns (Table End
point) where the matrices were not exported."""

from immunoassay.readers import bmg_mars, cells, files, matrix
from immunoassay.readers.export import Export

FAMILY = "bmg_smart_control"

_HEADER_ROWS = 15


def recognise(source):
    """A workbook sheet that begins with `User:` and has `Test ID:` or `Test name:` below."""
    return isinstance(source, files.Workbook) and any(_is_sheet(rows) for _, rows in files.grids(source))


def read(source):
    """Read the plate. Raises NotReadable for kinetic and spectral reads and a workbook without raw data."""
    sheets = {name: rows for name, rows in files.grids(source) if _is_sheet(rows)}
    matrices = {name: rows for name, rows in sheets.items() if matrix.matrices(rows)}
    tables = {name: rows for name, rows in sheets.items() if name not in matrices and _well_row(rows) is not None}
    if not matrices and not tables:
        raise matrix.no_signals(source, "a SMART Control workbook", "matrices or a table of wells")
    name, rows = next(iter((matrices or tables).items()))
    lines = [text for row in rows[:_HEADER_ROWS] for text in matrix.texts(row)]
    if matrices:
        plate, problems, ignored = bmg_mars.blocks(source, name, rows, lines)
    else:
        plate, problems, ignored = bmg_mars.plate_of(source, name, _table(rows), lines, [])
    ignored += [f"sheet {other}" for other, _ in files.grids(source) if other != name]
    return Export(FAMILY, [plate], source.encoding, source.delimiter, source.decimal, ignored, problems)


def _is_sheet(rows):
    firsts = [matrix.first(row) for row in rows[:_HEADER_ROWS]]
    begins = next((first for first in firsts if first), "").startswith("User:")
    return begins and any(first.startswith(("Test ID:", "Test Name:", "Test name:")) for first in firsts)


def _well_row(rows):
    return next((i for i, row in enumerate(rows) if matrix.first(row) == "Well" and cells.well(row[1])), None)


def _table(rows):
    """Title -> A01 -> (cell, row) of the table with one column per well."""
    start = _well_row(rows)
    wells = [cells.well(cell) for cell in rows[start]]
    sets = {}
    for number, row in enumerate(rows[start + 1 :], start + 2):
        if not row:
            break
        values = zip(wells[1:], row[1:], strict=False)
        sets[matrix.first(row)] = {well: (cell, number) for well, cell in values if well and cell != ""}
    return sets
