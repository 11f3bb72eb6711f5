"""BMG LABTECH SMART Control workbook: titled matrices (sheet Microplate End point), or wells in columns (Table End
point) where the matrices were not exported."""

import itertools

from immunoassay.readers import matrices, matrix, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export
from immunoassay.readers.plate_readers import bmg_mars
from immunoassay.readers.plates import Plates

FAMILY = "bmg_smart_control"
DECLARED = (
    Declared(
        "BMG LABTECH SMART Control",
        "",
        "workbook, Microplate End point and Table End point",
        "real",
        "raw and blank corrected data, contents, stated concentrations, dilutions",
        "kinetic tables, such as those of MARS and CLARIOstar",
        "export the endpoint tables to Excel",
    ),
)

_HEADER_ROWS = 15


def recognise(source: sources.Source) -> bool:
    """A workbook sheet with two of `User:`, `Path:` and `Test ID (name):` in its first rows."""
    return isinstance(source, sources.Workbook) and any(_is_sheet(rows) for _, rows in sources.grids(source))


def read(source: sources.Source) -> Export:
    """One Plate per sheet that holds one. Raises NotReadable for kinetic and spectral reads and a workbook without raw data."""
    sheets = {name: rows for name, rows in sources.grids(source) if _is_sheet(rows)}
    plates = {name: rows for name, rows in sheets.items() if matrices.find(rows)}
    tables = {name: rows for name, rows in sheets.items() if name not in plates and _is_table(rows)}
    if not plates and not tables:
        raise matrix.no_signals(source, "a SMART Control workbook", "matrices or a table of wells")
    used, found, ignored = plates or tables, Plates(), []
    for name, rows in used.items():
        lines = [text for row in rows[:_HEADER_ROWS] for text in matrix.texts(row)]
        with found.one(name if len(used) > 1 else ""):
            if plates:
                plate, unused = bmg_mars.blocks(source, name, rows, lines)
            else:
                sets = _table(source, name, rows)
                plate, unused = bmg_mars.plate_of(source, name, sets, lines)
            plate.name = name if len(used) > 1 else ""
            found.read.append(plate)
            ignored += unused
    ignored += [f"sheet {other}" for other, _ in sources.grids(source) if other not in used]
    return found.export(FAMILY, source, ignored)


def _is_sheet(rows):
    return bmg_mars.has_head([row[:1] for row in rows[:_HEADER_ROWS]])


def _is_table(rows):
    return _well_row(rows) is not None or bmg_mars.list_header(rows) is not None


def _well_row(rows):
    return next(
        (i for i, row in enumerate(rows) if matrix.first(row) == "Well" and any(map(written_cells.well, row[1:]))), None
    )


def _table(source, sheet, rows):
    """Title -> A01 -> (cell, row) of the table with one column per well. Raises NotReadable for a lost or doubled well."""
    if _well_row(rows) is None:  # a row per well, as MARS writes it
        return bmg_mars.read_list(source, sheet, rows, bmg_mars.list_header(rows))
    start = _well_row(rows)
    wells = [written_cells.well(cell) for cell in rows[start][1:]]
    data = list(itertools.takewhile(lambda numbered: bool(numbered[1]), enumerate(rows[start + 1 :], start + 2)))
    widest = max((len(row) - 1 for _, row in data), default=0)
    above = rows[start - 1] if start else []
    if len(above) > 2 or None in wells or len(set(wells)) < len(wells) or widest > len(wells):
        raise source.refusal(
            "V-087", "a row of wells with one that is lost or appears twice", "values would be taken for others",
            sheet=sheet, row=start + 1,
        )  # fmt: skip
    return {
        matrix.first(row): {well: (cell, number) for well, cell in zip(wells, row[1:], strict=False) if cell != ""}
        for number, row in data
    }
