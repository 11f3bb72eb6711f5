"""Plate blocks of a SoftMax Pro export: the line of the plate, raw values of each wavelength, reduced values."""

from dataclasses import dataclass
from typing import Any

from immunoassay.readers import matrices, matrix, sources, written_cells
from immunoassay.readers.export import NotReadable

FORMATS = {"PlateFormat", "TimeFormat"}
_CONTENTS = ("Raw", "Reduced", "Both")
_ROWS = {6: 2, 12: 3, 24: 4, 48: 6, 96: 8, 384: 16, 1536: 32}  # of the plates there are, by their wells


@dataclass
class Block:
    """Rows of a block, from its first line to the one before its ~End."""

    rows: list
    start: int  # 0-based row of the first


class PlateBlock:
    """A plate block: raw values per wavelength, the reduced values, and what groups say of its wells.

    `raw` has one A01 -> (cell, row) per wavelength, `reduced` is one such; `members` are wells of softmax_groups by A01,
    `units` those in the headings of the groups. Raises NotReadable.
    """

    def __init__(self, source: sources.Source, block: Block) -> None:
        head = [written_cells.text(cell) for cell in block.rows[0]]
        self.head = head
        self.name = head[1] if len(head) > 1 else ""
        self.format, self.read_type, self.mode = [*head[3:6], "", "", ""][:3]
        self.source, self.row = source, block.start + 1
        position = next((i for i in range(6, min(9, len(head))) if head[i] in _CONTENTS), 6)
        self.contents, times, count, written, wells = ([*head, *[""] * 20][position + i] for i in (0, 2, 8, 9, 12))
        waves = written.split()
        self.wells_of_plate = written_cells.number(wells)
        if isinstance(source, sources.Workbook) and position == 6 and not any((count, written, wells)):
            count, waves = "0", []
            source.flag(
                "E-READ-009", f'plate "{self.name}": the line of the plate ends behind its contents',
                f"the wavelength is not named; the signal is called {self.mode}",
                "nothing, if it was read at one wavelength; otherwise export as text", row=self.row,
            )  # fmt: skip
        self.written = " ".join(waves)
        self.labels = _labels(waves or [""], self.mode)
        self.members: dict[str, list[dict[str, Any]]] = {}
        self.units: set[str] = set()
        self.raw: list[written_cells.CellsByWell] = []
        self.reduced: written_cells.CellsByWell = {}
        self.temperature = ""
        self._check_head(block, times, count, waves)
        self._read(block)

    def _check_head(self, block, times, count, waves):
        if self.format not in FORMATS or not self.read_type or not self.mode:
            raise self.refusal("no PlateFormat or TimeFormat, or no kind of read, in the line of the plate")
        if self.read_type != "Endpoint" and not (self.read_type == "Kinetic" and times == "1"):
            raise matrix.not_endpoint(self.source, f'a SoftMax Pro plate "{self.name}", {self.read_type}', row=self.row)
        below = [row for row in block.rows[1:] if not _is_header(row, self.format)]
        if not any(cell != "" for row in below for cell in row[2:]):
            raise self.source.refusal(
                "E-READ-031", "no signals", "nothing was measured on it",
                "read the plate and export again; nothing, if it is not needed", row=self.row,
            )  # fmt: skip
        odd = self.mode == "Absorbance" and any(written_cells.number(wave) is None for wave in waves)
        if odd or written_cells.number(count) != len(waves) or self.contents not in _CONTENTS:
            raise self.refusal("a line of the plate whose contents and wavelengths do not fit")

    def refusal(self, found: str, row: int | None = None) -> NotReadable:
        """NotReadable for a block whose lines do not fit together: its wells would be taken for others."""
        return self.source.refusal(
            "E-READ-008", found, "wells or wavelengths would be taken for others", row=row or self.row
        )

    def flag(self, found: str, row: int) -> None:
        """Note a FLAG for a row of the block."""
        self.source.flag(
            "E-FILE-013", found, "wells may stand in the wrong place", "compare with the instrument; export again",
            row=row,
        )  # fmt: skip

    def _read(self, block):
        rows, first = block.rows, block.start + 1  # 1-based row of rows[0]
        heads = [i for i, row in enumerate(rows) if i and _is_header(row, self.format)]
        between = rows[1 : heads[0]] if heads else []
        if self.format == "TimeFormat" and _is_repeated(rows, heads):
            self.temperature = written_cells.text([*rows[heads.pop(0) + 1], "", ""][1])
        if len(heads) not in (1, 2) or any(len(rows[i + 1 : i + 2]) == 0 or i + 1 in heads for i in heads):
            raise self.refusal(f"{len(heads)} rows of columns or wells in a plate block")
        for count, index in enumerate(heads):
            end = heads[count + 1] if count + 1 < len(heads) else len(rows)
            only_reduced = count == 0 and self.contents == "Reduced"
            if count == 0 and not only_reduced and len(rows[index + 1]) > 1:
                self.temperature = written_cells.text(rows[index + 1][1]) or self.temperature
            read = self._plate_format if self.format == "PlateFormat" else self._time_format
            sets = read(rows, index, end, first)
            if not count and not only_reduced and len(sets) != len(self.labels):
                raise self.refusal(f"{len(sets)} data sets for {len(self.labels)} wavelengths", first + index)
            if count or only_reduced:
                self.reduced = sets[0] if sets else {}
            else:
                self.raw = sets
        if any(len(row) > 2 for row in between):
            raise self.refusal("a row above the columns or wells of a plate block", first + 1)

    def _plate_format(self, rows, index, end, first):
        """The matrices side by side below one header, separated by an empty column; empty plate rows may be empty rows.

        The rows have no letters, so a row too few or too many would shift the others.
        """
        starts, columns = self._column_numbers(rows[index], first + index)
        count = _ROWS.get(int(self.wells_of_plate or 0)) or {12: 8, 24: 16, 48: 32}.get(columns, 8)
        last = index + 1 + count
        if any(len(row) > starts[-1] + columns for row in rows[index + 1 : last]):
            raise self.refusal("values behind the last column", first + index)
        if last > len(rows) or any(len(row) > 2 for row in rows[last:end]):
            raise self.refusal(f"more or fewer than {count} rows of a plate", first + index)
        self._flag_shifted(rows, index, last, first)
        return [_matrix(rows[index + 1 : last], start, columns, first + index + 1) for start in starts]

    def _column_numbers(self, header, row):
        """(position of the 1 of each matrix, number of columns). Raises NotReadable for a header of anything else."""
        starts = [i for i, cell in enumerate(header) if written_cells.number(cell) == 1]
        columns = next((n for n in range(len(header) - starts[0], 0, -1) if _run(header, starts[0], n)), 0)
        numbered = [written_cells.number(cell) for cell in header[2:] if cell != ""]
        if numbered != list(range(1, columns + 1)) * len(starts) or any(start % (columns + 1) != 2 for start in starts):
            raise self.refusal("column numbers that are not 1, 2, 3 ...", row)
        return starts, columns

    def _flag_shifted(self, rows, index, last, first):
        """FLAGs for rows of a matrix whose cells may be shifted, and where one of its rows may be lost."""
        for at in range(index + 1, last):
            if self._is_uneven(first + at, first + index):
                self.flag("another number of cells than in the row of columns", first + at)
            elif at > index + 1 and len(rows[at]) > 1 and rows[at][1] != "":
                self.flag(f'"{rows[at][1]}" in the place of the temperature', first + at)
        if last == len(rows) and index < 3 and any(not _holds(row) for row in rows[index + 1 : last]):
            top, bottom = first + index + 1, first + last - 1
            self.flag(f"no empty row behind the rows {top} to {bottom} of the plate: one may be lost", bottom)

    def _is_uneven(self, row, header):
        """Whether a row of a text file has more or fewer cells than the header above it; both are 1-based."""
        widths = getattr(self.source, "widths", None)
        return bool(widths) and widths[row - 1] != widths[header - 1]

    def _time_format(self, rows, index, end, first):
        """One line per wavelength below a line of well names."""
        wells, sets = [written_cells.well(name) for name in rows[index][2:]], []
        if None in wells or len(set(wells)) < len(wells):
            raise self.refusal("a line of wells with a name that is no well, or twice", first + index)
        for at, row in enumerate(rows[index + 1 : end], first + index + 1):
            if len(row) > len(wells) + 2:
                raise self.refusal("values behind the last well", at)
            values = {well: (cell, at) for well, cell in zip(wells, row[2:], strict=False) if cell != ""}
            if values:
                sets.append(values)
                if self._is_uneven(at, first + index):
                    self.flag("another number of cells than wells", at)
        return sets


def _matrix(rows, start, columns, first):
    """A01 -> (cell, 1-based row) of the matrix whose first column is at `start`; `first` is the number of rows[0]."""
    return {
        f"{matrices.LETTERS[offset]}{column + 1:02d}": (cell, first + offset)
        for offset, row in enumerate(rows)
        for column, cell in enumerate(row[start : start + columns])
        if cell != ""
    }


def _is_header(row, layout):
    if layout == "PlateFormat":
        return len(row) > 3 and written_cells.number(row[2]) == 1 and written_cells.number(row[3]) == 2
    return len(row) > 2 and written_cells.well(row[2]) is not None


def _holds(row):
    return any(cell != "" for cell in row[2:])


def _is_repeated(rows, heads):
    """Whether a plate has its line of wells twice, with the temperature alone between them."""
    if len(heads) < 2 or rows[heads[0]][2:] != rows[heads[1]][2:]:
        return False
    return not any(cell != "" for row in rows[heads[0] + 1 : heads[1]] for cell in row[2:])


def _run(row, start, count):
    return [written_cells.number(cell) for cell in row[start : start + count]] == list(range(1, count + 1))


def _labels(waves, mode):
    """Unique labels; wavelength 0 (luminescence without filter) is the read mode."""
    names = [wave if wave not in ("", "0") else mode for wave in waves]
    seen = [names[:i].count(name) for i, name in enumerate(names)]
    return [f"{name} ({before + 1})" if before else name for name, before in zip(names, seen, strict=True)]
