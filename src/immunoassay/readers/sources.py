"""What a raw file is once it is open: text with encoding, delimiter and decimal sign, a workbook's cells, an XML tree.

`value` and `dilution` read cells where a number belongs; a text there that is not one of the words for "no value" is
remembered, and `unread` gives one message per text, so that nothing is missing in silence.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress
from typing import Any

import numpy as np
from immunoassay.problems import Problem
from immunoassay.readers import written_cells
from immunoassay.readers.export import NotReadable

Place = int | str  # of a cell: its row, or its well

_DECIMAL_COMMA = re.compile(r"[*<>]*\s*[+-]?[0-9]+,[0-9]+(?:[eE][+-]?[0-9]+)?")
_DECIMAL_POINT = re.compile(r"[*<>]*\s*[+-]?[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?")
_THOUSANDS = re.compile(r"[*<>]*\s*[+-]?[1-9][0-9]{0,2},[0-9]{3}")
UNEDITED = "export again; do not edit the export"
_LOG = logging.getLogger(__name__)
_CODES = re.compile(r"[1-5],[1-5]")  # sampling errors of Bio-Plex are listed like this


@dataclass
class Source:
    """What every kind of file has; `delimiter` is "" for a workbook and XML."""

    name: str  # the path as given, for messages
    encoding: str
    delimiter: str = ""
    decimal: str = "."
    problems: list[Problem] = field(default_factory=list)
    texts: dict[tuple[str, str], list] = field(
        default_factory=dict
    )  # (what, text) -> [count, sheet, place] of texts where a number belongs
    looked_at: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, what: Any, look: Callable[[], Any]) -> Any:
        """What `look` finds in this file, looked for once: a reader recognises a file before it reads it."""
        if what not in self.looked_at:
            self.looked_at[what] = look()
        return self.looked_at[what]

    def number(self, cell: written_cells.Cell | None) -> float | None:
        """The cell as a float in this file's decimal sign, or None."""
        return written_cells.number(cell, self.decimal)

    def value(self, cell: written_cells.Cell | None, what: str, place: Place = "", sheet: str = "") -> float | None:
        """The cell of a `what` (bead count, expected concentration ...) as a float; None, and remembered, for text."""
        found = written_cells.number(cell, self.decimal)
        if found is None:
            self.remember(cell, what, place, sheet)
        return found

    def values(
        self, cells: Iterable[written_cells.Cell | None], what: str, places: Iterable[Place], sheet: str = ""
    ) -> np.ndarray:
        """The cells of a column as floats, as `value` reads each; NaN where there is no number."""
        cells = list(cells)
        found = written_cells.numbers(cells, self.decimal)
        self._remember_each(cells, np.isnan(found), what, places, sheet)
        return found

    def signals(
        self, cells: Iterable[written_cells.Cell | None], what: str, places: Iterable[Place], sheet: str = ""
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(numbers, flags, verbatim texts) of the cells of a column, as `signal` reads each; NaN for no number."""
        cells = list(cells)
        values = written_cells.numbers(cells, self.decimal)
        flags, texts = np.full(len(cells), "none", object), np.full(len(cells), None, object)
        others = np.flatnonzero(np.isnan(values))
        found = written_cells.each(
            lambda cell: written_cells.signal_value(cell, self.decimal), (cells[at] for at in others)
        )
        for at, (_, flag, written) in zip(others, found, strict=True):
            flags[at], texts[at] = flag, written
        self._remember_each(cells, flags == "not_read", what, places, sheet)
        return values, flags, texts

    def signal(
        self, cell: written_cells.Cell | None, what: str, place: Place = "", sheet: str = ""
    ) -> tuple[float | None, str, str | None]:
        """A signal cell as `cells.signal_value`; text that is no known code is remembered."""
        value, flag, written = written_cells.signal_value(cell, self.decimal)
        if flag == "not_read":
            self.remember(cell, what, place, sheet)
        return value, flag, written

    def dilution(self, cell: written_cells.Cell | None, place: Place = "", sheet: str = "") -> float | None:
        """The cell of a dilution (`100`, `1:100`) as its factor; None, and remembered, for anything else."""
        found = written_cells.dilution(cell, self.decimal)
        if found is None:
            self.remember(cell, "dilution factor", place, sheet)
        return found

    def unread(self) -> list[Problem]:
        """One FLAG per text in the place of a number."""
        return [
            Problem(
                "V-082",
                "FLAG",
                self.name,
                f'{what} "{text[:60]}"' + (f" in {count} cells" if count > 1 else ""),
                "it is no number of this kind, so the value is missing",
                "nothing if that is right; otherwise export again, or state the value in the sheets",
                sheet=sheet,
                row=str(place),
            )
            for (what, text), (count, sheet, place) in sorted(self.texts.items())
        ]

    def flag(
        self,
        code: str,
        found: str,
        why: str,
        fix: str = UNEDITED,
        row: int | str = "",
        sheet: str = "",
        column: str = "",
    ) -> None:
        """Note a FLAG for a place of this file."""
        self.problems.append(Problem(code, "FLAG", self.name, found, why, fix, sheet, str(row), column))

    def refusal(
        self, code: str, found: str, why: str, fix: str = UNEDITED, row: int | str = "", sheet: str = ""
    ) -> NotReadable:
        """A NotReadable for the whole file, or for the plate that is read, with the place in it (QUARANTINE)."""
        return refusal(self.name, code, found, why, fix, sheet=sheet, row=str(row))

    def _remember_each(self, cells, hit, what, places, sheet):
        if any(map(_is_text, set(compress(cells, hit)))):
            for cell, place in compress(zip(cells, places, strict=True), hit):
                self.remember(cell, what, place, sheet)

    def remember(self, cell: written_cells.Cell | None, what: str, place: Place = "", sheet: str = "") -> None:
        """Note a cell that was not understood; words for "no value" are no text."""
        if _is_text(cell):
            self.texts.setdefault((what, written_cells.text(cell)), [0, sheet, place])[0] += 1


@dataclass
class Text(Source):
    """A delimited text file; `rows` are its records as a spreadsheet shows them, empty ones too (row 1 is rows[0])."""

    text: str = ""  # decoded, line ends as "\n"
    rows: written_cells.Rows = field(
        default_factory=list
    )  # lists of cells: outer spaces and trailing empty cells removed
    widths: list[int] = field(default_factory=list)  # cells of each row as written, empty ones at its end too
    raw: bytes = b""  # the file as it is, for checksums

    @cached_property
    def lines(self) -> list[str]:
        """Physical lines."""
        return self.text.split("\n")


@dataclass
class Workbook(Source):
    """An .xlsx or .xls workbook: sheet name -> rows of cells (text, int or float; "" when empty; dates as text).

    A parquet table is one of a single sheet without a name, and with `metadata`.
    """

    sheets: dict[str, written_cells.Rows] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)  # texts about the whole file


@dataclass
class Xml(Source):
    """An XML document, parsed without entities or external references."""

    root: Any = None  # xml.etree Element


def _is_text(cell):
    return written_cells.text(cell).lower() not in written_cells.NO_VALUE


def grids(source: Source) -> list[tuple[str, written_cells.Rows]]:
    """(sheet name, rows) of a workbook, one ("", rows) of a text, none of an XML document."""
    if isinstance(source, Workbook):
        return list(source.sheets.items())
    return [("", source.rows)] if isinstance(source, Text) else []


def refusal(name: str, code: str, found: str, why: str, fix: str, **place: str) -> NotReadable:
    """A NotReadable for the whole file (QUARANTINE)."""
    return NotReadable(Problem(code, "QUARANTINE", name, found, why, fix, **place))


@contextmanager
def guarded(name: str, family: str = "") -> Iterator[None]:
    """Whatever goes wrong inside, in the file `name` read as `family`, is raised as NotReadable: E-INTERNAL.

    One file never ends the reading of the others. The traceback goes to the log of the job.
    """
    try:
        yield
    except NotReadable:
        raise
    except Exception as error:
        _LOG.info("%s could not be read", name, exc_info=True)
        words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise refusal(
            name,
            "E-INTERNAL",
            (f"{words[:200]}, while it was read as {family}" if family else f"{words[:200]}, while it was opened"),
            "this is a fault of the program, and none of its values is used",
            "send the file to whoever looks after the software; meanwhile export it again, or name the format",
            row=_row_of(error),
        ) from error


def _row_of(error):
    """The row of the file that was being read when an error came up, "" where no reader says."""
    rows, step = [], error.__traceback__
    while step is not None:
        rows.append(step.tb_frame.f_locals.get("row"))
        step = step.tb_next
    return next((str(row) for row in reversed(rows) if isinstance(row, int) and row > 0), "")


def first_line(source: Source) -> str:
    """The first line with content, cut to 80 characters, for messages."""
    if isinstance(source, Xml):
        return f"<{source.root.tag}>"[:80]
    lines = (
        " ".join(written_cells.text(cell) for cell in row if cell != "") for _, rows in grids(source) for row in rows
    )
    return next((line[:80] for line in lines if line), "")


def trimmed(row: Iterable[written_cells.Cell]) -> written_cells.Row:
    """A row without outer spaces in its cells and without empty cells at its end."""
    return without_empty_end([cell.strip() if isinstance(cell, str) else cell for cell in row])


def without_empty_end(row: written_cells.Row) -> written_cells.Row:
    """The row, which is changed, without empty cells at its end."""
    while row and row[-1] == "":
        row.pop()
    return row


def workbook(name: str, sheets: Mapping[str, Iterable[Sequence[object]]], encoding: str) -> Workbook:
    """A Workbook of sheet name -> rows of values (None, text, number, boolean, date), trimmed.

    Raises NotReadable when it holds no values.
    """
    own = {
        sheet: _at_the_left(_without_tail([trimmed(map(_written, row)) for row in rows]))
        for sheet, rows in sheets.items()
    }
    rows = [row for grid in own.values() for row in grid]
    if not any(rows):
        raise refusal(name, "E-FILE-002", "the workbook holds no values", "nothing was exported", "export again")
    decimal = decimal_sign(rows, codes_are_lists=True) or "."  # numbers proper are not text in a workbook
    return Workbook(name, encoding, "", decimal, sheets=own)


def _without_tail(rows):
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _at_the_left(rows):
    """Rows without the columns at the left in which no row has anything."""
    empty = min((next(at for at, cell in enumerate(row) if cell != "") for row in rows if row), default=0)
    return [row[empty:] for row in rows] if empty else rows


def _written(value):
    """A value of a workbook as a cell: text, int or float; "" when it is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return value if isinstance(value, str | int | float) else str(value)


def decimal_sign(rows: written_cells.Rows, codes_are_lists: bool = False) -> str | None:
    """The decimal sign by majority of the cells that show one; None when every one is like 1,234.

    In a workbook numbers are seldom text, and `1,4` may be a list of sampling errors: it then counts only alone.
    """
    commas, thousands, codes = 0, 0, 0
    with_comma = (cell for cell in set().union(*rows) if isinstance(cell, str) and "," in cell)
    telling = {cell for cell in with_comma if _DECIMAL_COMMA.fullmatch(cell)}
    if not telling:  # as in most files
        return "."
    for cell in [cell for row in rows for cell in row if cell in telling]:
        if codes_are_lists and _CODES.fullmatch(cell):
            codes += 1
        else:
            commas += 1
            thousands += bool(_THOUSANDS.fullmatch(cell))
    texts = (cell for row in rows for cell in row if isinstance(cell, str) and "," not in cell)
    points = sum(bool(_DECIMAL_POINT.fullmatch(cell)) for cell in texts)
    if commas and commas == thousands and not points:
        return None
    return "," if commas > points or (codes and not commas + points) else "."
