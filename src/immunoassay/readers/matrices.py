"""Matrices of wells in rows of cells: a header row of consecutive column numbers with row letters below.

Whatever is to the right of a matrix is not data, except one label per line. The rows of a matrix are together; an empty
row or a note between them is passed over. A row or column that lost its heading, or has it twice, breaks the matrix: its
wells, or those behind it, could be taken for others.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from immunoassay.readers import sources, written_cells

LETTERS = [*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "AA", "AB", "AC", "AD", "AE", "AF"]

_MOST_COLUMNS = 48
_ROW_LETTERS = set(LETTERS[:16])
_WIDTHS = (3, 4, 6, 8, 12, 24, 48)  # columns of the plates there are
_PASSED_OVER = 2  # empty rows or notes between two rows of one matrix, at most
_NUMBERS = {form: n for n in range(1, _MOST_COLUMNS + 1) for form in (n, str(n), f"{n:02d}", f"{n}.0")}


@dataclass(frozen=True)
class Line:
    """One line of a matrix: a plate row, or one of several data sets of it."""

    letter: str
    label: str  # text in the column after the last plate column
    cells: dict  # A01 -> cell as written
    row: int  # 1-based row of the file or sheet


@dataclass(frozen=True)
class Matrix:
    """A matrix of wells. `start` and `end` are 0-based rows of its header and after its last line."""

    start: int
    end: int
    corner: str  # text left of the column numbers
    above: tuple  # texts above it, within three rows, the nearest first
    lines: tuple
    broken: tuple = ()  # (1-based row, what is wrong) of a heading that is lost or repeated

    @property
    def title(self) -> str:
        """The nearest text above it, or ""."""
        return self.above[0] if self.above else ""

    @cached_property
    def cells(self) -> written_cells.CellsByWell:
        """A01 -> (cell, 1-based row), of a matrix with one line per plate row; empty cells left out."""
        return {well: (cell, line.row) for line in self.lines for well, cell in line.cells.items() if cell != ""}


def find(rows: written_cells.Rows, stacked: bool = False) -> list[Matrix]:
    """Every matrix of wells in the rows, in order. Stacked: a plate row may run over several lines, the first with
    its letter. Row letters are A–P, or A–Z and AA–AF (also written a–f) on a plate of 48 columns."""
    found, index = [], 0
    while index < len(rows):
        matrix = _matrix(rows, index, stacked)
        if matrix:
            found.append(matrix)
        index = matrix.end if matrix else index + 1
    return found


def whole(source: sources.Source, sheet: str, rows: written_cells.Rows, stacked: bool = False) -> list[Matrix]:
    """As `find`; raises NotReadable for a matrix that lost a heading of a row or column, or has one twice."""
    found = outside(source, sheet, rows, find(rows, stacked))
    for matrix in found:
        check(source, sheet, matrix)
    return found


def check(source: sources.Source, sheet: str, matrix: Matrix) -> None:
    """Raises NotReadable for a matrix that lost a heading of a row or column, or has one twice."""
    if matrix.broken:
        raise _broken(source, sheet, *matrix.broken)


def outside(source: sources.Source, sheet: str, rows: written_cells.Rows, found: list[Matrix]) -> list[Matrix]:
    """The matrices `found`; raises NotReadable for values of plate rows outside all of them.

    Rows below a matrix that breaks off are its own: `check` refuses it.
    """
    for row, words in _orphans(rows, found):
        raise _broken(source, sheet, row, words)
    return found


def _broken(source, sheet, row, words):
    return source.refusal(
        "V-087", words, "its wells, or those behind it, would be taken for others", sheet=sheet, row=row
    )


def _orphans(rows, found):
    """(1-based row, words) of rows with a row letter and values outside the matrices: their column numbers were lost."""
    ends = [matrix.start for matrix in found[1:]] + [len(rows)]
    inside = {
        at
        for matrix, end in zip(found, ends, strict=False)
        for at in range(matrix.start, end if matrix.broken else matrix.end)
    }
    return [
        (at + 1, f'a row "{row[0]}" without column numbers')
        for at, row in enumerate(rows)
        if len(row) > 4 and row[0] in _ROW_LETTERS and at not in inside and sum(cell != "" for cell in row) > 4
    ]


def runs(row: written_cells.Row) -> list[tuple[int, range]]:
    """(position, numbers) of every run of consecutive column numbers in a row that has a cell before it."""
    return list(_runs(row))


def is_header(row: written_cells.Row) -> bool:
    """Whether a row has consecutive column numbers behind another cell."""
    return bool(_columns(row)[1])


# --- details ---------------------------------------------------------------------------------------------------------


def _matrix(rows, index, stacked):
    header = rows[index]
    position, numbers = _columns(header)
    if not numbers or index + 1 >= len(rows):
        return None
    lines, broken, end = _lines(rows, index + 1, position, numbers, stacked)
    if not lines:
        lost = _first_columns_lost(rows[index + 1], position, numbers)
        return Matrix(index, index + 1, "", _above(rows, index), (), (index + 1, lost)) if lost else None
    broken = _lost_column(header, position, numbers, [rows[line.row - 1] for line in lines], stacked) or broken
    broken = (broken[0] or index + 1, broken[1]) if broken else ()
    return Matrix(index, end, written_cells.text(header[position - 1]), _above(rows, index), tuple(lines), broken)


def _lines(rows, start, position, numbers, stacked):
    """(lines, (row, what is wrong) or (), row after the last line) of the matrix whose header is the row above `start`."""
    lines, seen, passed, last = [], [], 0, position + len(numbers)
    broken, end = (), start
    for at in range(start, len(rows)):
        row = rows[at]
        written = row[position - 1] if len(row) >= position else ""
        letter = _letter(written, numbers)
        filled = sum(cell != "" for cell in row[position:last])
        if letter is not None and letter not in seen and (not passed or filled > 1):
            seen.append(letter)
        elif letter is not None and letter in seen and filled > 1:
            broken = (at + 1, f'row letter "{LETTERS[letter]}" again, without column numbers above it')
            break
        elif letter is None and 2 * len(_columns(row)[1]) >= len(numbers):
            break  # the header of another matrix
        elif stacked and seen and written == "" and filled:
            letter = seen[-1]
        elif letter is None and not passed and _is_plate_row(row[position:last], rows[at + 1 : at + 2]):
            broken = (at + 1, f'row heading "{written_cells.text(written)}" in a plate matrix')
            if seen:
                break
            passed += 1  # below the header: broken if rows with letters follow, else no matrix at all
            continue
        else:
            passed += 1
            if passed > _PASSED_OVER:
                break
            continue
        padded = [*row, *[""] * (last + 1 - len(row))]
        values = {f"{LETTERS[letter]}{number:02d}": padded[position + i] for i, number in enumerate(numbers)}
        lines.append(Line(LETTERS[letter], written_cells.text(padded[last]), values, at + 1))
        passed, end = 0, at + 1
    return lines, broken if lines else (), end


def _is_plate_row(values, after):
    """Whether a row without a row letter holds values of the plate: not one text alone, not the title of a matrix."""
    filled = [cell for cell in values if cell != ""]
    alone = (
        len(filled) == 1 and written_cells.number(filled[0]) is None and written_cells.number(filled[0], ",") is None
    )
    return bool(filled) and not alone and not any(map(is_header, after))


def _columns(row):
    """Position and numbers of the first run of consecutive column numbers that has a cell before it."""
    return next(_runs(row), (0, ()))


def _runs(row):
    values = [_NUMBERS.get(cell) for cell in row] if len(row) > 2 else []
    position = 1
    while position < len(values) - 1:
        start, count = values[position], 1
        while start is not None and position + count < len(values) and values[position + count] == start + count:
            count += 1
        if start is not None and count > 1:
            yield position, range(start, start + count)
        position += count


def _lost_column(header, position, numbers, rows, stacked):
    """What is wrong with the column numbers behind the run, as (0, words), or ()."""
    last, after = position + len(numbers), numbers[-1] + 1
    lost = (0, f'column heading "{written_cells.text(header[last]) if last < len(header) else ""}" in place of {after}')
    if last < len(header) and header[last] in _NUMBERS:
        return lost
    one_more = len(numbers) + 1 in _WIDTHS and (not stacked or last < len(header) and header[last] != "")
    if one_more and 2 * sum(len(row) > last and row[last] != "" for row in rows) > len(rows):
        return lost
    if any(_NUMBERS.get(header[at]) in (numbers[0] + at - position, after) for at in range(last + 1, len(header))):
        return lost
    beyond = [[cell for cell in row[last:] if cell != ""] for row in rows]
    if numbers[-1] in _WIDTHS:
        values = sum(len(each) > 2 and row[last] != "" for each, row in zip(beyond, rows, strict=True))
    elif stacked:
        values = sum(len(each) > 1 for each in beyond)
    else:
        values = sum(len(each) > 0 and written_cells.number(each[0]) is not None for each in beyond)
    return lost if 2 * values > len(rows) else ()


def _first_columns_lost(row, position, numbers):
    """Words for a header whose first column numbers are gone, by the row letter further left; "" when there is none."""
    start = position - numbers[0]
    if numbers[0] > 1 and start >= 0 and len(row) > start and _letter(row[start], numbers) is not None:
        return f"no column headings before {numbers[0]}"
    return ""


def _letter(written, numbers):
    written = str(written)
    if len(numbers) == _MOST_COLUMNS and re.fullmatch("[a-f]", written):
        written = f"A{written.upper()}"
    return LETTERS.index(written) if written in LETTERS else None


def _above(rows, index):
    found = []
    for row in reversed(rows[max(0, index - 3) : index]):
        if row and row[0] in _ROW_LETTERS and len(row) > 2:
            break  # of the matrix above
        if row and not is_header(row):
            found.append(next((written_cells.text(cell) for cell in row if cell != ""), ""))
    return tuple(found)
