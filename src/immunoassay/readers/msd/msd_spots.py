"""MSD plate of several spots without the instrument's head, as people cut it out: several lines per plate row.

Column numbers 1, 2 ... above (also one cell too far to the left), then for every plate row as many lines as the plate has
spots, the first with the row letter. Only whole counts in 4, 7 or 10 lines per row, the spots of MSD plates, with nothing
beside them, are read so: fewer lines, decimals or words may be data sets. Nothing names the spots: a FLAG says so.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from immunoassay.readers import matrices, matrix, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export
from immunoassay.readers.plates import Plates

FAMILY = "msd_spots"
DECLARED = (
    Declared(
        "Meso Scale Discovery, any software",
        "",
        "text or workbook, plate matrix with 4, 7 or 10 lines per plate row and no instrument head",
        "real",
        "the signal of every spot, called Spot 1, Spot 2 ... by its line",
        "another number of lines, one that differs between plate rows, decimals, words beside the lines: perhaps data sets",
        "export the plate with its head (barcode, spots per well, assays), or the table of results",
    ),
)

_SPOTS = (4, 7, 10)  # per well of a 96-well Multi-Spot plate


@dataclass(frozen=True)
class _Spots:
    """One matrix: its title, column numbers, and plate row -> lines as (1-based row, cells without the letter)."""

    title: str
    row: int
    columns: range
    lines: dict


def recognise(source: sources.Source) -> bool:
    """Nothing but matrices of whole numbers with 4, 7 or 10 lines per plate row, each perhaps with a title."""
    grids = [rows for _, rows in sources.grids(source) if any(rows)]
    return len(grids) == 1 and bool(_of(source, grids[0]))


def read(source: sources.Source) -> Export:
    """One Plate per matrix. Raises NotReadable when there is none."""
    sheet, rows = matrix.own_sheet(source, lambda rows: bool(_of(source, rows)), "an MSD plate without its head")
    plates = Plates()
    for found in _of(source, rows):
        count = len(next(iter(found.lines.values())))
        source.flag(
            "E-READ-006", f"{count} lines per plate row and no head of the instrument", "nothing names the spots: they "
            f"are called Spot 1 to Spot {count} by the order of their lines", "compare the order with the spot map of the "
            "kit; write the spot of each analyte into names_in_export, the samples into a layout", row=found.row, sheet=sheet,
        )  # fmt: skip
        _flag_shifted(source, found)
        with plates.one(found.title):
            plates.read.append(matrix.plate(source, found.title, list(_records(source, found)), "ecl", sheet))
    return plates.export(FAMILY, source)


def _records(source, found) -> Iterator[matrix.Record]:
    for letter, lines in found.lines.items():
        for spot, (number, cells) in enumerate(lines, 1):
            for column, cell in zip(found.columns, cells, strict=False):
                if cell != "":
                    well = f"{letter}{column:02d}"
                    yield matrix.record(well, f"Spot {spot}", cell, source.decimal, number, region=str(spot))


def _flag_shifted(source, found):
    """FLAGs for lines of a text with another number of cells than most: their values may stand in the wrong columns."""
    numbers = [number for lines in found.lines.values() for number, _ in lines]
    widths = {number: source.widths[number - 1] for number in numbers} if isinstance(source, sources.Text) else {}
    common = Counter(widths.values()).most_common(1)
    for number, width in widths.items():
        if width != common[0][0]:
            source.flag(
                "E-FILE-013", f"{width} cells in a line, {common[0][0]} in most", "its values may stand in the wrong columns",
                "compare with the instrument; export again", row=number,
            )  # fmt: skip


def _of(source, rows):
    """The matrices of a sheet, looked for once."""
    return source.once((__name__, id(rows)), lambda: _matrices(rows, source.decimal))


def _matrices(rows, decimal):
    """Every matrix; [] where anything else stands in the rows, or lines do not fit."""
    found, at, title = [], 0, ""
    while at < len(rows):
        columns = _columns(rows[at])
        if columns:
            lines, end = _lines(rows, at + 1, len(columns), decimal)
            if not lines:
                return []
            found.append(_Spots(title, at + 1, columns, lines))
            at, title = end, ""
        elif len(rows[at]) > 1 or rows[at] and (title or written_cells.number(rows[at][0], decimal) is not None):
            return []
        else:
            title = written_cells.text(rows[at][0]) if rows[at] else title
            at += 1
    return [] if title else found


def _columns(row):
    """1, 2 ... of a row of nothing but column numbers, of which the first cell may be empty."""
    numbers = [written_cells.number(cell) for cell in (row[1:] if row and row[0] == "" else row)]
    return range(1, len(numbers) + 1) if len(numbers) > 1 and numbers == list(range(1, len(numbers) + 1)) else None


def _lines(rows, start, width, decimal):
    """(plate row -> lines, row after the last) of the matrix below; ({}, 0) where the lines do not fit."""
    found: dict[str, list] = {}
    at = start
    while at < len(rows) and not _columns(rows[at]):
        row = rows[at]
        if row and (not _is_line(row, width, decimal) or not found and row[0] == ""):
            if len(row) == 1 and found:
                break  # the title of the next matrix
            return {}, 0
        if row and row[0] != "":
            if found and matrices.LETTERS.index(row[0]) <= matrices.LETTERS.index(next(reversed(found))):
                return {}, 0
            found[str(row[0])] = []
        if row:
            found[next(reversed(found))].append((at + 1, row[1:]))
        at += 1
    counts = {len(lines) for lines in found.values()}
    return (found, at) if len(counts) == 1 and counts <= set(_SPOTS) else ({}, 0)


def _is_line(row, width, decimal):
    """Whether a row is a row letter or nothing, and then at most `width` cells, whole counts or words for no signal."""
    if (row[0] != "" and row[0] not in matrices.LETTERS) or not 1 < len(row) <= width + 1:
        return False
    signals = [matrix.signal(cell, decimal) for cell in row[1:] if cell != ""]
    return any(value is not None for value, _, _ in signals) and all(
        value.is_integer() and value >= 0 if value is not None else flag != matrix.UNKNOWN for value, flag, _ in signals
    )
