"""Grids that people type: several side by side on a sheet, with or without row letters and column numbers.

A grid without headings counts only where one of numbers and one of names have the same shape; its wells are counted from
its first row and column, or are those of a grid with headings of that shape on the sheet.
"""

import itertools
import re
from dataclasses import replace

from immunoassay.readers import matrices, matrix, sources, written_cells

Placed = tuple[int, matrices.Matrix]  # 0-based column at which the band of a grid begins, and the grid

COUNTED = "wells counted"  # the corner of a grid without headings that fills no plate

NAMES = re.compile(
    r"\b(layout|samples?|names?|plate ?map|template|sample ids?|patients?|subjects?|proben?|belegung)\b", re.I
)

_FEWEST, _MOST = (2, 3), (16, 24)  # rows and columns of a grid without headings
_PLATES = {(8, 12), (4, 6), (6, 8), (16, 24)}
PLATE = re.compile(r"\b(?:plate|platte)\s*[:#]?\s*(?:[A-Za-z]{0,3}[-_]?[0-9]+[A-Za-z]?|[A-Za-z])\b", re.I)


def find(source: sources.Source, rows: written_cells.Rows) -> list[Placed]:
    """Every grid of a sheet in reading order."""
    return source.once((__name__, id(rows)), lambda: _found(source, rows))


def _found(source, rows):
    found, free = [], [list(row) for row in rows]
    for start, band in _bands(rows):
        for part in matrices.find(band):
            found.append((start, part))
            position, numbers = matrices.runs(band[part.start])[0]
            for row in free[part.start : part.end]:
                last = min(len(row), start + position + len(numbers))
                row[start:last] = [""] * max(0, last - start)
    found += _without_headings(source, free, [part for _, part in found])
    return sorted(found, key=lambda each: (each[1].start, each[0]))


def plate_names(rows: written_cells.Rows, placed: list[Placed]) -> list[str]:
    """The plate each grid of a sheet is of (`Plate 1`), "" where no heading says it.

    It is named in its corner or above it; else as the grid at its left, or as the one above.
    """
    own = [_named(rows, placed, each) for each in placed]
    found: list[str] = []
    for at, (start, part) in enumerate(placed):
        left = [i for i in range(at) if placed[i][1].start == part.start]
        above = [i for i in range(at) if placed[i][0] == start and placed[i][1].end <= part.start]
        names = [own[at], *(own[i] for i in reversed(left)), *(found[i] for i in reversed(above))]
        found.append(next(filter(None, [*names, *(found[i] for i in reversed(left))]), ""))
    return found


def _named(rows, placed, each):
    start, part = each
    above = max((other.end for column, other in placed if column == start and other.end <= part.start), default=0)
    last = min((column for column, _ in placed if column > start), default=None)
    texts = [written_cells.text(cell) for row in reversed(rows[above : part.start]) for cell in row[start:last]]
    texts = [part.corner, *(text for text in texts if not text.startswith("["))]
    return next((match[0] for text in texts if (match := PLATE.search(text))), "")


# --- side by side ----------------------------------------------------------------------------------------------------


def _bands(rows):
    """(0-based first column, rows) of every band of columns with grids of its own; letters may stand left of the first
    band only."""
    headers = [(at, matrices.runs(row)) for at, row in enumerate(rows) if matrices.is_header(row)]
    starts, letters = {0}, {}
    for at, found in headers:
        (first, numbers), below = found[0], rows[at + 1 : at + 4]
        if not any(_is_letter(written_cells.at(row, first - 1)) for row in below):
            continue
        for position, other in found[1:]:
            own = any(_is_letter(written_cells.at(row, position - 1)) for row in below)
            blank = all(written_cells.at(row, position - 1) == "" for row in below)
            if other[0] == numbers[0] and (own or blank):
                starts.add(position - 1)
                letters |= {} if own else {position - 1: first - 1}
    spans = [range(position, position + len(numbers)) for _, found in headers for position, numbers in found]
    starts = sorted(start for start in starts if not any(start in span for span in spans))
    return [(start, _band(rows, start, end, letters)) for start, end in itertools.pairwise([*starts, None])]


def _band(rows, start, end, letters):
    """The cells of the rows from column `start` on, with the row letters that the band shares with the first."""
    cut = [sources.trimmed(row[start:end]) for row in rows]
    if start not in letters:
        return cut
    shared = [written_cells.at(row, letters[start]) for row in rows]
    return [
        [letter, *row[1:]] if _is_letter(letter) and len(row) > 1 and row[0] == "" else row
        for letter, row in zip(shared, cut, strict=True)
    ]


def _is_letter(cell):
    return cell in matrices.LETTERS[:16]


# --- without headings ------------------------------------------------------------------------------------------------


def _without_headings(source, rows, placed):
    """Blocks of cells outside the grids `placed`, where numbers and names have one shape."""
    blocks = [each for each in _blocks([sources.trimmed(row) for row in rows]) if _values(source, each[1]) is not None]
    shapes = {True: set(), False: set()}  # of numbers, of names
    for _, part in blocks:
        shapes[_values(source, part)].add(_shape(part))
    for part in placed:
        values = _values(source, part)
        if values is not None:
            shapes[values].add(_shape(part))
    both = shapes[True] & shapes[False]
    named = {_shape(part): part for part in placed}
    kept = [(start, part) for start, part in blocks if _shape(part) in both]
    return [(start, _as(part, named[_shape(part)]) if _shape(part) in named else part) for start, part in kept]


def _blocks(rows):
    """(0-based column, Matrix) of every rectangle of cells; a row of one text alone parts those above and below it."""
    found, begin = [], 0
    for at in range(len(rows) + 1):
        if at < len(rows) and rows[at] and not _is_title(rows[at]):
            continue
        if at > begin:
            found += _side_by_side(rows, begin, at)
        begin = at + 1
    return found


def _side_by_side(rows, begin, end):
    width = max(len(row) for row in rows[begin:end])
    filled = [any(written_cells.at(row, at) != "" for row in rows[begin:end]) for at in range(width)]
    edges = [at for at in range(width + 1) if (at < width and filled[at]) != (at > 0 and filled[at - 1])]
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        top = begin
        while top < end and _is_title(rows[top][first:last]):
            top += 1
        if block := _block(rows, top, end, first, last):
            yield first, block


def _block(rows, top, end, first, last):
    """The Matrix of one rectangle, its row letters and column numbers taken off where it has either; None for no plate."""
    if not _FEWEST[0] <= end - top <= _MOST[0] + 1 or not _FEWEST[1] <= last - first <= _MOST[1] + 1:
        return None
    cells = [[written_cells.at(row, at) for at in range(first, last)] for row in rows[top:end]]
    letters = [written_cells.text(row[0]).upper() for row in cells]
    headed = letters[0] == ""
    letters = letters[1:] if headed else letters
    if _follow(letters, matrices.LETTERS):
        cells = [row[1:] for row in cells]
    else:
        letters = matrices.LETTERS
    numbers = [written_cells.number(cell) for cell in cells[0]]
    over = [text for cell in cells[0] if (text := written_cells.text(cell).upper())]
    if _follow(over, matrices.LETTERS):
        return None  # a plate turned round, its letters over the columns
    if _follow(numbers, range(1, 49)):
        top, cells = top + 1, cells[1:]
    elif headed and letters is not matrices.LETTERS:
        return None  # headings that are no column numbers in order: which column is which is not known
    else:
        numbers = list(range(1, len(numbers) + 1))
    shape = (len(cells), len(numbers))
    if not all(low <= size <= high for low, size, high in zip(_FEWEST, shape, _MOST, strict=True)):
        return None
    lines = tuple(
        matrices.Line(
            letter,
            "",
            {f"{letter}{int(number):02d}": cell for number, cell in zip(numbers, row, strict=True)},
            top + at,
        )
        for at, (letter, row) in enumerate(zip(letters, cells, strict=False), 1)
    )
    texts = [sources.trimmed(row[max(0, first - 1) : last]) for row in rows[max(0, top - 3) : top]]
    above = tuple(next(str(cell) for cell in row if cell != "") for row in reversed(texts) if _is_title(row))
    told = (
        letters is not matrices.LETTERS and top > 0 and rows[top - 1] and numbers and _is_headed(rows[top - 1], numbers)
    )
    return matrices.Matrix(top, end, "" if shape in _PLATES or told else COUNTED, above, lines)


def _is_headed(row, numbers):
    """Whether a row has the column numbers."""
    return [number for cell in row if (number := written_cells.number(cell)) is not None] == numbers


def _follow(found, series):
    """Whether values follow one another in a series, wherever they begin."""
    series = list(series)
    at = series.index(found[0]) if found and found[0] in series else None
    return at is not None and len(found) > 1 and found == series[at : at + len(found)]


def _is_title(row):
    """Whether the only cell of a row is a text."""
    filled = [cell for cell in row if cell != ""]
    return len(filled) == 1 and written_cells.number(filled[0]) is None and written_cells.number(filled[0], ",") is None


def _values(source, part):
    """Whether a grid is of numbers (True) or of names (False), as its title says or its cells; None for anything else."""
    if NAMES.search(" ".join(part.above[:1])) and not matrix.SIGNAL_WORD.search(" ".join(part.above[:1])):
        return False
    written = [cell for line in part.lines for cell in line.cells.values() if cell != ""]
    numbers = sum(source.number(cell) is not None for cell in written)
    if written and 10 * numbers >= 9 * len(written):
        return True
    return False if written and 2 * numbers <= len(written) else None


def _shape(part):
    return len(part.lines), len(part.lines[0].cells) if part.lines else 0


def _as(part, other):
    """A grid without headings with the wells of another of its shape."""
    lines = tuple(
        replace(line, letter=like.letter, cells=dict(zip(like.cells, line.cells.values(), strict=True)))
        for line, like in zip(part.lines, other.lines, strict=True)
    )
    return replace(part, lines=lines, corner="")
