"""Lists of wells: the records below a header, one per row, with the notes and empty rows that people leave in them."""

import re
from collections.abc import Callable, Sequence

from immunoassay.problems import Problem
from immunoassay.readers import sources, written_cells

OTHER_KIND = re.compile("standard|calibrat|blank|background|(?:positive|negative|plate|sample|kit|assay|qc)control")


def records(
    source: sources.Source,
    sheet: str,
    rows: written_cells.Rows,
    start: int,
    width: int,
    is_record: Callable[[written_cells.Row], bool],
    is_header: Callable[[written_cells.Row], bool],
) -> tuple[written_cells.Numbered, int]:
    """([(1-based row, cells)], 0-based row after the last) of the list whose first row is `start`.

    width: columns of its header. is_record, is_header: what a row is; a header begins another list. Blank rows are
    passed over, short rows between records become FLAGs. Raises NotReadable for a row that has the cells of a record
    but names no well: its values belong to no one.
    """
    found: written_cells.Numbered = []
    notes: list[Problem] = []
    end, gap = start, False
    for at in range(start, len(rows)):
        row = rows[at]
        filled = sum(cell != "" for cell in row)
        if is_record(row):
            if found:
                source.problems += notes
            found.append((at + 1, row))
            notes, end, gap = [], at + 1, False
        elif is_header(row):
            break
        elif not filled:
            gap = True
        elif filled > 2 and (not gap or found and _goes_on(rows, at, is_record, is_header)):
            raise source.refusal(
                "E-READ-013", f'a row without a well: "{" ".join(map(written_cells.text, row[:4]))[:60]}"',
                "its values belong to no well", "export again", sheet=sheet, row=at + 1,
            )  # fmt: skip
        elif filled > 2 and found:
            break
        elif not gap and any(source.number(cell) is not None for cell in row):
            source.problems.append(_note(source, sheet, at + 1, row))  # perhaps what is left of a record
        else:
            notes.append(_note(source, sheet, at + 1, row))
    check_widths(source, sheet, start, found)
    check_beyond(source, sheet, found, width)
    return found, end


def table(
    source: sources.Source,
    sheet: str,
    rows: written_cells.Rows,
    at: int,
    is_record: Callable[[written_cells.Row], bool],
    is_end: Callable[[written_cells.Row], bool],
    start: int | None = None,
    first: bool = True,
) -> tuple[written_cells.Numbered, int]:
    """As `records`, of the list whose headings stand in row `at` (0-based), which are checked too.

    start: its first row, where that is not the one below. first: whether a record above the headings would be lost.
    """
    begin = at + 1 if start is None else start
    found, end = records(source, sheet, rows, begin, len(rows[at]), is_record, is_end)
    check_headings(source, sheet, rows, at, found, is_record=is_record if first else None)
    return found, end


def check_beyond(source: sources.Source, sheet: str, lines: written_cells.Numbered, width: int) -> None:
    """A FLAG for cells behind the last heading; `lines` are records as (row, cells), `width` is that of the header."""
    beyond = [(number, row[width:]) for number, row in lines if len(row) > width]
    if beyond:
        source.problems.append(_beyond(source, sheet, *beyond[0], len(beyond)))


def check_widths(source: sources.Source, sheet: str, start: int, found: written_cells.Numbered) -> None:
    """A FLAG for the one record of a text that has not the number of cells that the header and all others have."""
    widths = getattr(source, "widths", [])
    odd = [number for number, _ in found if widths and start and widths[number - 1] != widths[start - 1]]
    if len(odd) == 1 < len(found):
        source.flag(
            "E-FILE-013", f"{widths[odd[0] - 1]} cells where the header and the other rows have {widths[start - 1]}",
            "its values may stand in the wrong columns", "compare the row with the instrument; export again", sheet=sheet,
            row=odd[0],
        )  # fmt: skip


def cut_line(source: sources.Source, sheet: str, header: int, lines: written_cells.Numbered) -> int | None:
    """Number of the last record when it was cut in the middle: fewer cells than the header and all others, no line end."""
    widths, text = getattr(source, "widths", []), getattr(source, "text", "\n")
    records = [number for number, line in lines if sum(cell != "" for cell in line) > 1]
    if sheet or len(records) < 2 or text.endswith("\n") or not widths:
        return None
    *others, last = [widths[number - 1] for number in records]
    return records[-1] if records[-1] == len(widths) and last < widths[header] and last < min(others) else None


def is_other_kind(cell: written_cells.Cell, heading: str) -> bool:
    """Whether a cell of a column of kinds (`Sample type`, ImmPort's `Source Type`) is no sample but a standard, a control
    or a blank; in a column of sources all but samples are."""
    kind = written_cells.key(cell)
    if written_cells.key(heading).startswith("source"):
        return kind != "" and "sample" not in kind.replace("controlsample", "")
    return bool(OTHER_KIND.search(kind)) or kind in ("qc", "std", "cal", "nc", "pc", "ipc")


def check_headings(
    source: sources.Source,
    sheet: str,
    rows: written_cells.Rows,
    at: int,
    lines: written_cells.Numbered,
    names: Sequence[written_cells.Cell] | None = None,
    is_record: Callable[[written_cells.Row], bool] | None = None,
) -> None:
    """FLAGs for the headings of a list, in row `at` (0-based): values without a heading, headings that appear twice.

    `lines` are its records as (row, cells); `names` are the headings where they stand in several rows. With `is_record`
    (for the first list of a sheet) raises NotReadable for a record right above the header.
    """
    names = [written_cells.text(name) for name in names or rows[at]]
    if at and is_record and is_record(rows[at - 1]):
        raise source.refusal(
            "E-READ-013", f'a row above its headings: "{" ".join(map(written_cells.text, rows[at - 1][:4]))[:60]}"',
            "it would be lost", "export again; do not sort or edit the export", sheet=sheet, row=at,
        )  # fmt: skip
    for column, name in enumerate(names):
        if written_cells.key(name) == "":
            value = next((cell for _, line in lines if (cell := written_cells.at(line, column)) != ""), None)
            found = (
                value is not None
                and f'column {column + 1} has values ("{written_cells.text(value)[:30]}") and no heading'
            )
            why = "what they are is not known, and they are not read"
        else:
            found = name in names[:column] and f'two columns headed "{name}"'
            why = "one of them may be another column, and only the first is read"
        if found:
            source.flag("V-087", found, why, sheet=sheet, row=at + 1)


def _goes_on(rows, at, is_record, is_header):
    """Whether records of the same list stand behind a row."""
    for row in rows[at + 1 :]:
        if is_record(row):
            return True
        if is_header(row):
            return False
    return False


def _beyond(source, sheet, number, beyond, count):
    words = f'"{" ".join(written_cells.text(cell) for cell in beyond if cell != "")[:60]}" behind the last heading'
    return Problem(
        "W-READ-009", "FLAG", source.name, f"{words}, in {count} rows" if count > 1 else words,
        "it is not read; a heading may be lost", "nothing if it is a note; otherwise export again", sheet=sheet,
        row=str(number),
    )  # fmt: skip


def _note(source, sheet, number, row):
    return Problem(
        "W-READ-003", "FLAG", source.name, f'"{" ".join(written_cells.text(cell) for cell in row if cell != "")[:60]}"',
        "a row of one or two cells is read as a note", "check that it is none of the values", sheet=sheet,
        row=str(number),
    )  # fmt: skip
