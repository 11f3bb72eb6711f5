"""Rows of a text export whose number of cells shows that they were cut, or that a delimiter was lost or added."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from immunoassay.problems import Problem


def problems(name: str, text: str, records: Sequence[list[str]]) -> list[Problem]:
    """Problems of the records (lists of cells as written) of a text."""
    return _uneven(name, records) + _cut(name, text, records)


def _uneven(name, records):
    """A FLAG for a row with one or two cells more or fewer than the table around it: a delimiter was lost or added.

    Three of the four rows around, before or after it agree in their number of cells, and no other row between two empty
    ones has this one's. A row of column numbers is left out: the rows of a matrix may have a label more.
    """
    problems, start = [], 0
    widths = [len(record) if any(map(str.strip, record)) else 0 for record in records]
    for end in [*(at for at, width in enumerate(widths) if not width), len(widths)]:
        run = widths[start:end]
        if len(run) > 3 and len(set(run)) > 1:
            for at in _alone(run, records[start:end]):
                width, common = run[at], _common(run, at)
                if common > 4 and 0 < abs(width - common) < (3 if at else 2):
                    problems.append(_shifted(name, start + at + 1, width, common))
        start = end + 1
    return problems


def _alone(run, records):
    """The rows of a width that no other one has; rows of column numbers are left out and do not count."""
    rows = {}
    for at, width in enumerate(run):
        rows.setdefault(width, []).append(at)
    plain = ((at for at in own if not _numbered(records[at])) for own in rows.values())
    firsts = (list(islice(own, 2)) for own in plain)
    return sorted(own[0] for own in firsts if len(own) == 1)


def _cut(name, text, records):
    """A problem of a table that ends without a line end: in a row with fewer cells than the one above, or in a number.

    A row that was cut quarantines the plate; one cell may be a note, and a whole row may only lack its line end: FLAG.
    """
    if text.endswith("\n") or len(records) < 3:
        return []
    width, above, last = len(records[-1]), len(records[-2]), records[-1][-1].strip()
    if above < 3 or not any(cell.strip() for cell in records[-2]):
        return []
    if width < above:
        found = f"the file ends in the middle of a row: {width} cells where the row above has {above}, and no line end"
        why = "the rest of the row, and what stood below it, are missing"
    elif width == above and last[-1:].isdigit():
        found, why = f'the file ends with "{last}" and no line end', "the number may be cut, and rows below it missing"
    else:
        return []
    return [Problem(
        "E-READ-015", "QUARANTINE" if 1 < width < above else "FLAG", name, found, why,
        "compare the end with the instrument; copy or export it again", row=str(len(records)),
    )]  # fmt: skip


def _common(run, at):
    """The width of at least three of the four rows around, before or after one; 0 when they do not agree."""
    before, after = run[max(0, at - 4) : at], run[at + 1 : at + 5]
    for near in (before[-2:] + after[:2], before, after):
        width, agreeing = Counter(near).most_common(1)[0] if near else (0, 0)
        if agreeing > 2:
            return width
    return 0


def _numbered(record):
    """Whether a row is one of column numbers 1, 2, 3 ..."""
    return [cell.strip().lstrip("0") for cell in record[1:4]] == ["1", "2", "3"]


def _shifted(name, row, width, common):
    return Problem(
        "E-FILE-013", "FLAG", name, f"{width} cells where the rows around it have {common}",
        "its values may stand in the wrong columns", "compare the row with the instrument; export again", row=str(row),
    )  # fmt: skip
