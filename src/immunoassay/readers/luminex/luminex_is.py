"""Luminex 100 IS 2.3 CSV, the predecessor of xPONENT: the same blocks, but a Result cell holds sign, number and unit
in one text (`<15.67 pg/mL`), and standards have no stated concentrations.
"""

import re

from immunoassay.readers import sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export
from immunoassay.readers.luminex import luminex_blocks, xponent
from immunoassay.readers.written_cells import key

FAMILY = "luminex_is"
DECLARED = (
    Declared(
        "Luminex 100 IS",
        "2.3",
        "csv, blocks DataType with units and signs in the results",
        "real",
        "Median, bead counts, results with unit and <",
        "the table of kit lots, which holds no plate",
        "export the batch as csv",
    ),
)

_WITH_UNIT = re.compile(r"([<>]?\s*[0-9.,eE+-]*[0-9])\s*([^\W\d_].*)")


def recognise(source: sources.Source) -> bool:
    """DataType blocks under a header that names Luminex 100 IS."""
    found = luminex_blocks.program(source)
    return found is not None and "luminex100is" in key(found[2])


def read(source: sources.Source) -> Export:
    """As xponent.read, with units taken from the Result cells."""
    found = luminex_blocks.program(source)
    sheet, rows = found[:2] if found else next(iter(sources.grids(source)), ("", []))
    document = luminex_blocks.split(source, sheet, rows, xponent.NEED_HEADS)
    result = document.blocks.get("result")
    if result is not None:
        document.blocks["units"] = _units(document, result)
    return xponent.assemble(document, FAMILY, _vendor_value, plate_name="Session")


def _vendor_value(cell, decimal):
    number, flag, _, limit = written_cells.vendor_value(_split(cell)[0], decimal)
    return number, flag, None if flag == "none" else written_cells.text(cell) or None, limit


def _split(cell):
    match = _WITH_UNIT.fullmatch(written_cells.text(cell))
    return (match[1], match[2]) if match else (cell, "")


def _units(document, result):
    """A Units block of the unit of each analyte; an analyte whose cells disagree has none, and a FLAG says so."""
    columns = result.columns
    units = []
    for analyte, at in columns.items():
        written = {_split(written_cells.at(line, at))[1] for _, line in result.rows} - {""}
        if len(written) > 1:
            document.flag(
                "E-READ-010", f"units {', '.join(sorted(written))} of {analyte}", "no unit is taken from the export",
                row=result.row, column=analyte,
            )  # fmt: skip
        units.append(written.pop() if len(written) == 1 else "")
    return luminex_blocks.Block(
        "Units", result.row, ["Analyte:", *columns], [(result.row, ["Units:", *units])], result.row
    )
