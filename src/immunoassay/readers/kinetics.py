"""Reads at several times: headings that are points in time or cycles, and tables of wells by time.

An endpoint read has one value per well and wavelength. Where a well has a value at each of several times none of them is
the signal of the assay, and the first must not become it. One single time is an endpoint read like any other.
"""

import itertools
import re
from collections import Counter
from collections.abc import Sequence

from immunoassay.readers import matrices, sources, written_cells

_UNITS = r"(?:ms|s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?)"
_TIME = re.compile(
    rf"(?:[0-9]+(?:[.,][0-9]+)?\s*{_UNITS}\.?(?:\s*[0-9]+(?:[.,][0-9]+)?\s*{_UNITS}\.?)*"  # 0 h 3 min
    r"|[0-9]+:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]+)?"  # 0:05:00
    r"|(?:cycle|reading|iteration|time\s?point|time)(?:\s*n(?:o|r|umber)\.?)?\s*[#:=]?\s*[0-9]+(?:[.,][0-9]+)?"
    rf"|t\s*=\s*[0-9]+(?:[.,][0-9]+)?\s*{_UNITS}?)",
    re.I,
)
_AT_END = re.compile(rf"(?:(?P<stem>.*)[\s(\[,;@_-])?(?P<time>{_TIME.pattern})\s*[)\]]?", re.I | re.S)
_AXIS = re.compile(r"(?:measurement)?(?:time|times|cycle|cycles|cyclenr|cycleno|cyclenumber|reading|iteration|timepoint)"
                   r"(?:s|sec|seconds|min|minutes|h|hours|ms|hhmmss)?", re.I)  # fmt: skip # of a heading's key
_WELL_HEADINGS = {"well", "wells", "wellid", "wellposition", "wellpositions", "position"}
_LINE = re.compile(r"(?:iteration|cycle|reading|time point)\s*[:#]?\s*[0-9]+", re.I)
_SPECTRUM = range(200, 1101)
_MANY = 6  # evenly spaced wavelengths that are a spectrum


def timed(headings: Sequence[written_cells.Cell]) -> list[written_cells.Cell]:
    """The headings that name one thing at several times, or numbers that are an axis of times or wavelengths; []."""
    series: dict[str, dict[str, written_cells.Cell]] = {}
    for heading in headings:
        match = _AT_END.fullmatch(written_cells.text(heading))
        if match:
            series.setdefault((match["stem"] or "").strip().casefold(), {})[match["time"].casefold()] = heading
    found = next((list(each.values()) for each in series.values() if len(each) > 1), [])
    numbers = [written_cells.number(written_cells.text(heading)) for heading in headings]
    plain = [number for number in numbers if number is not None]
    plain = plain if len(plain) == len(numbers) > 2 else []
    steps = [after - one for one, after in itertools.pairwise(plain)]
    rising = bool(steps) and min(steps) > 0 and plain[0] >= 0
    waves = rising and all(number in _SPECTRUM for number in plain)
    spaced = rising and max(steps) - min(steps) < 1e-6 * max(steps) and len(numbers) >= _MANY
    return found or (list(headings) if rising and (spaced or not waves) else [])


def is_axis(heading: written_cells.Cell) -> bool:
    """Whether a heading is that of times or cycles (`Time [s]`, `Cycle Nr.`), not of values."""
    return _AXIS.fullmatch(written_cells.key(heading)) is not None


def found(source: sources.Source) -> tuple[str, int, str] | None:
    """(sheet, 1-based row, words) of the first table of wells by time in a source, or None."""
    for sheet, rows in sources.grids(source):
        lines: dict[str, int] = {}
        for at, row in enumerate(rows):
            alone = [cell for cell in row if cell != ""] if len(row) < 4 else []
            text = written_cells.text(alone[0]) if len(alone) == 1 else ""
            if _LINE.fullmatch(text) or _TIME.fullmatch(text) and any(map(matrices.is_header, rows[at + 1 : at + 3])):
                lines.setdefault(text.casefold(), at)
        if len(lines) > 1:
            return sheet, min(lines.values()) + 1, f"{len(lines)} reads, the first below this line"
        for at, row in enumerate(rows):
            words = _wells_by_time(rows, at) if any(map(is_axis, row)) else ""
            if words:
                return sheet, at + 1, words
    return None


def _wells_by_time(rows, at):
    """Words for a table whose headings, one of them of a time, stand in row `at`; "" where it is no kinetic read."""
    row = rows[at]
    axis = next(i for i, cell in enumerate(row) if is_axis(cell))
    behind = [cell for cell in row[axis + 1 :] if cell != ""]
    wells = [i for i, cell in enumerate(row) if _well(cell)]
    if len(wells) > 1 and axis < wells[0]:  # a column per well, a row per time
        times = list(itertools.takewhile(lambda line: len(line) > axis and line[axis] != "", rows[at + 1 :]))
        return f"{len(times)} times in rows, wells in columns" if len(times) > 1 else ""
    if len(behind) > 1 and all(_is_time(cell) for cell in behind) and len(set(map(written_cells.text, behind))) > 1:
        return f"{len(behind)} times in columns" if _names_wells(rows, at) else ""
    place = next((i for i, cell in enumerate(row) if written_cells.key(cell) in _WELL_HEADINGS), None)
    if place is None:
        return ""
    width = max(place, axis)
    below = [(_well(line[place]), written_cells.text(line[axis])) for line in rows[at + 1 :] if len(line) > width]
    below = [(well, time) for well, time in below if well]
    most = max(Counter(well for well, _ in set(below)).values(), default=0)
    return f"{most} times of a well, in rows" if most > 1 else ""


def _names_wells(rows, at):
    """Whether wells head the rows near below row `at`."""
    return any(line and _well(line[0]) for line in rows[at + 1 : at + 6])


def _is_time(cell):
    text = written_cells.text(cell)
    return written_cells.number(text) is not None or _TIME.fullmatch(text) is not None


def _well(cell):
    """The one well a cell names, `A 2` too, or None."""
    return written_cells.well(written_cells.text(cell).replace(" ", "")) if isinstance(cell, str) else None
