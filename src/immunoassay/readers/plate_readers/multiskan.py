"""Thermo Multiskan Spectrum text: lines `Plate:1 - Wavelength:340` and `Iteration: n` above matrices without headings.

Rows are A, B ... and columns 1, 2 ... of a plate whose shape the lines give, empty ones included. Every wavelength is an
analyte, and every iteration a plate of its own: it is a read of the same wells again, at a time the file does not tell,
and only a person can say which one counts.
"""

import re
from collections import Counter
from collections.abc import Iterator

from immunoassay.readers import matrices, matrix, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export
from immunoassay.readers.plates import Plates

FAMILY = "multiskan"
DECLARED = (
    Declared(
        "Thermo Multiskan Spectrum (1500)",
        "",
        "text, Results of Photometric, a matrix without headings per wavelength and iteration",
        "real",
        "absorbance of every well; an analyte per wavelength, a plate per iteration",
        "kinetic and spectrum results; lines that do not fill a plate",
        "export the photometric results of one iteration",
    ),
)

_TITLE = re.compile(r"Results of (.+)")
_PLATE = re.compile(r"Plate:\s*(.+?)\s*-\s*Wavelength:\s*([0-9]+(?:\.[0-9]+)?)")
_ITERATION = re.compile(r"Iteration:\s*([0-9]+)")
_NOT_ENDPOINT = re.compile(r"kinetic|spectr|scan", re.I)
_COLUMNS = {2: 3, 3: 4, 4: 6, 6: 8, 8: 12, 16: 24, 32: 48}  # of the plates there are, by their rows


def recognise(source: sources.Source) -> bool:
    """A text whose first line is `Results of ...`, with a line `Plate:n - Wavelength:n` below it."""
    return isinstance(source, sources.Text) and _is_own(source.rows)


def read(source: sources.Source) -> Export:
    """One Plate per plate and iteration. Raises NotReadable for a kinetic read and for lines that do not fit a plate."""
    if not isinstance(source, sources.Text):
        raise matrix.no_signals(source, "a Multiskan text", "its lines of text")
    title = _TITLE.fullmatch(matrix.first(next(row for row in source.rows if row)))
    if title and _NOT_ENDPOINT.search(title[1]):
        raise matrix.not_endpoint(source, f'a Multiskan read "{title[1]}"', row=1)
    reads = list(_reads(source))
    if not reads:
        raise matrix.no_signals(source, "a Multiskan text", "a line Plate - Wavelength and a matrix below it")
    sets: dict[tuple[str, str], dict[str, written_cells.CellsByWell]] = {}
    for plate, wave, iteration, row, cells in reads:
        if wave in sets.setdefault((plate, iteration), {}):
            raise _refusal(source, f"plate {plate} at {wave} nm, iteration {iteration}, twice", row)
        sets[plate, iteration][wave] = cells
    iterations = {plate: [each for other, each in sets if other == plate] for plate, _ in sets}
    several = {plate: each for plate, each in iterations.items() if len(each) > 1}
    for plate, each in several.items():
        source.flag(
            "E-READ-007", f"{len(each)} iterations of plate {plate}", "they are reads of the same wells again, without "
            "times; each is a plate of its own, and none is taken for the signal of the assay",
            "name the one that counts in plate_in_file, such as Plate 1, iteration 1", row=reads[0][3],
        )  # fmt: skip
    plates, waves = Plates(), {wave for _, wave, _, _, _ in reads}
    for (plate, iteration), found in sets.items():
        name = f"Plate {plate}, iteration {iteration}" if plate in several else f"Plate {plate}"
        for wave in sorted(waves - found.keys()):
            source.flag("E-READ-006", f"{name} without {wave} nm", "it was not read at it, or its lines are lost")
        with plates.one(name):
            records = [entry for _, entry in matrix.entries(source, found, {}) if entry["row"]]
            plates.read.append(matrix.plate(source, name, records, "absorbance"))
    return plates.export(FAMILY, source)


def _is_own(rows):
    filled = [matrix.first(row) or written_cells.text_at(row, 1) for row in rows if row]
    return bool(filled) and _TITLE.fullmatch(filled[0]) is not None and any(map(_PLATE.fullmatch, filled[1:4]))


def _reads(source) -> Iterator[tuple[str, str, str, int, written_cells.CellsByWell]]:
    """(plate, wavelength, iteration, 1-based row of its line, cells by well) of every matrix."""
    padded = len(set(source.widths)) == 1  # as a spreadsheet saves it: empty lines are as wide as others
    blocks = _blocks(source, padded)
    if padded:
        _without_separators(source, blocks)
    filled = Counter(_filled(cells) for *_, own in blocks for _, cells, _ in own if cells).most_common(1)
    common = Counter(width for *_, own in blocks for _, _, width in own).most_common(1)
    surplus: list[int] = []
    gapped: list[int] = []
    for plate, wave, iteration, line, own in blocks:
        if len(own) not in _COLUMNS or (not padded and common[0][0] != _COLUMNS[len(own)] + 1):
            raise _refusal(source, f"{len(own)} rows of {common[0][0] if common else 0} cells", line)
        cells = _cells(source, own, common[0][0], filled[0][0] if filled else (), padded, surplus, gapped)
        yield plate, wave, iteration, line, cells
    if surplus and gapped:
        raise _refusal(source, "an empty cell between values, where other rows have one too many", gapped[0])
    _tell_surplus(source, surplus)


def _blocks(source, padded):
    """[(plate, wavelength, iteration, 1-based row of its line, [(1-based row, cells, width)])] of every matrix."""
    plate, wave, iteration = "", "", ""
    own: list[tuple[int, written_cells.Row, int]] = []
    blocks = []
    for at, (row, width) in enumerate(zip(source.rows, source.widths, strict=True)):
        text = " ".join(matrix.texts(row)) if len(matrix.texts(row)) == 1 else ""
        if match := _PLATE.fullmatch(text):
            plate, wave, iteration = match[1], match[2], ""
        elif match := _ITERATION.fullmatch(text):
            if not plate:
                raise _refusal(source, "an iteration without a line Plate - Wavelength", at + 1)
            iteration, own = match[1], []
            blocks.append((plate, wave, iteration, at + 1, own))
        elif iteration and (len(row) > 2 or not row and (padded or width > 2)):
            if own and at != own[-1][0]:
                raise _refusal(source, "a row of values apart from its matrix", at + 1)
            if row and row[0] != "":
                raise _refusal(source, f'"{row[0]}" before the values of a row', at + 1)
            own.append((at + 1, row[1:], width))
        elif row and not (not blocks and not plate and _TITLE.fullmatch(text)):
            raise _refusal(source, f'a line "{" ".join(matrix.texts(row))[:40]}"', at + 1)
    return blocks


def _without_separators(source, blocks):
    """Take the empty line behind each matrix off its lines, of the last one all that no plate has."""
    rows = {len(own) - 1 for *_, own in blocks[:-1]} or {
        max((n for n in _COLUMNS if n <= len(blocks[-1][-1])), default=0)
    }
    for *_, line, own in blocks:
        count = min(rows)
        if len(rows) > 1 or any(cells for _, cells, _ in own[count:]):
            raise _refusal(source, f"{len(own)} lines below an iteration, other than below the others", line)
        del own[count:]


def _cells(source, own, common, filled, padded, surplus, gapped):
    """A01 -> (cell, row) of one matrix; rows of which empty cells were passed over go to `surplus`, others with an empty
    cell between values to `gapped`."""
    found, columns = {}, _COLUMNS[len(own)]
    for letter, (number, cells, width) in zip(matrices.LETTERS, own, strict=False):
        kept = [cell for cell in cells if cell != ""]
        gaps = len(cells) - len(kept)
        if gaps and _filled(kept) == filled and (padded or width > common):
            cells, gaps = kept, 0
            surplus.append(number)
        gapped += [number] if gaps else []
        if width < common or len(cells) > columns or (gaps and width > common):
            raise _refusal(source, f"{width - 1} cells in a row of a plate of {columns} columns", number)
        found |= {f"{letter}{at:02d}": (cell, number) for at, cell in enumerate(cells, 1) if cell != ""}
    return found


def _filled(cells):
    """Which cells of a row are filled."""
    return tuple(cell != "" for cell in cells)


def _tell_surplus(source, rows):
    """One FLAG for rows with an empty cell too many between their values, in place of those that call them shifted."""
    if rows:
        source.problems = [
            each for each in source.problems if each.code != "E-FILE-013" or each.row not in map(str, rows)
        ]
        source.flag(
            "E-READ-010", f"{len(rows)} rows with more cells than the plate has columns: {', '.join(map(str, rows[:20]))}"
            f"{' ...' if len(rows) > 20 else ''}", "empty cells between their values are passed over, so that they fill "
            "the columns that every other row fills", "compare with the instrument", row=rows[0],
        )  # fmt: skip


def _refusal(source, found, row):
    return source.refusal("E-READ-008", found, "wells or wavelengths would be taken for others", row=row)
