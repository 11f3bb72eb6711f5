"""Cells of a sheet as text, with the place of every row: TSV and CSV here, Excel workbooks in `sheet_workbooks`."""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from immunoassay.files import delimited, excel, opening, texts
from immunoassay.problems import Problem

LAST_HEADER = 10  # a header below this row is not looked for
FAULTY = "\0"  # in the place of a text that was refused, so that no second problem is made of it
MAX_BYTES = 64 * 1024**2


@dataclass
class Cells:
    """Header and rows of one sheet.

    `rows` holds (row number as the user sees it, list of cell texts). `kinds` says of a cell of a workbook, by (row,
    place in the row), what its text was made from when that is no text: number, date or boolean.
    """

    file: str
    header: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    sheet: str = ""
    delimiter: str = ""
    kinds: dict = field(default_factory=dict)
    width: int = 0  # cells of the header as written, those without a name too
    written: list = field(default_factory=list)  # (row number, cell texts) of every row that is not empty
    spaced: Counter = field(default_factory=Counter)  # cells whose outer spaces were removed, by place in the row

    def problem(
        self, code: str, found: str, why: str, fix: str, row: int | str = "", column: str = "", level: str = "STOP"
    ) -> None:
        self.problems.append(
            Problem(code, level, self.file, found, why, fix, sheet=self.sheet, row=str(row), column=column)
        )

    def add(self, number: int, values: Iterable[str]) -> None:
        """One row of the sheet as written."""
        kept = [value.strip(" \t\r\n") for value in values]
        if any(kept):
            self.written.append((number, kept))
            self.spaced.update(place for place, value in enumerate(values) if value != kept[place])

    def finish(self, known: frozenset[str]) -> None:
        """Header and rows of what was added: the first row is the header, and must name the columns.

        `known` are the names of the columns; none where a sheet has no fixed ones.
        """
        if not self.written:
            return
        for at, (number, values) in enumerate(self.written[:LAST_HEADER]):
            if at and len(known.intersection(values)) > 1 and not known.intersection(self.written[0][1]):
                self.problem(
                    "E-XLS-028", f"the column names are in row {number}", "the first row must be the header",
                    "delete the rows above them", row=self.written[0][0],
                )  # fmt: skip
                return
        _set_header(self, *self.written[0])
        for place, count in sorted(self.spaced.items()):
            self.problem(
                "W-ID-045", f"{count} cell{'s' if count > 1 else ''} with spaces before or after the text",
                "the spaces are removed, as they would make equal names differ", "nothing, or remove them",
                column=self.name(place), level="FLAG",
            )  # fmt: skip
        for number, values in self.written:
            for place, value in enumerate(values):
                if fault := texts.fault(value):
                    self.problem(*fault, number, self.name(place))
                    values[place] = FAULTY
            if number == self.written[0][0]:
                continue
            if len(values) == self.width:
                self._add_row(number, values)
                continue
            self.problem(
                "E-FILE-015", f"{len(values)} values for {self.width} columns", "values may stand in the wrong columns",
                "add or remove the separators of this row, or export the sheet again", row=number,
            )  # fmt: skip

    def name(self, place: int) -> str:
        """Name of a column for messages."""
        return self.header[place] if place < len(self.header) else ""

    def _add_row(self, number, values):
        beyond = values[len(self.header) :]
        if any(beyond):
            self.problem(
                "E-XLS-030", f'"{next(filter(None, beyond))}" is in a column without a name', "it would be ignored",
                "name the column, or empty it", row=number,
            )  # fmt: skip
        self.rows.append((number, values[: len(self.header)]))


def read_cells(path: str | Path, name: str, known: frozenset[str] = frozenset()) -> Cells:
    """Read a sheet from `path`; `name` is how messages call it, `known` the names its columns can have.

    Every problem of form is in `.problems`.
    """
    cells = Cells(name)
    if (content := contents(Path(path), cells)) is not None:
        read_content(content, Path(path).suffix.lower(), cells)
        finish(cells, known)
    return cells


def finish(cells: Cells, known: frozenset[str]) -> None:
    """Settle the header and rows of a sheet that was read; one that holds nothing is a problem."""
    if not cells.written and not cells.problems:
        cells.problem("E-FILE-002", "the sheet is empty", "it must at least hold its header", "add the header row")
    cells.finish(known)


def contents(path: Path, cells: Cells) -> bytes | None:
    """The bytes of a file; None, and a problem of `cells`, where it cannot be read or is too large."""
    if not path.is_file():
        cells.problem(
            "E-FILE-001", "no such file", "the study cannot be read without it", "correct the path, or add the file"
        )
        return None
    size = path.stat().st_size
    if size > MAX_BYTES:
        cells.problem(
            "E-FILE-019", f"a sheet of {size:,} bytes",
            f"more than {MAX_BYTES // 1024**2} MB are refused to protect the server", "keep only the rows needed",
        )  # fmt: skip
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        cells.problem(
            "E-READ-001", error.strerror or str(error), "the study cannot be read without it", "allow reading it"
        )
        return None


def read_content(content: bytes, suffix: str, cells: Cells) -> None:
    """Put the rows of a file into `cells`; `suffix` is the end of its name, such as .xlsx."""
    found = opening.look_at(content)
    if found.kind == opening.XLSX:
        from immunoassay.study.sheet_workbooks import read_workbook  # a study without workbooks need not load openpyxl

        read_workbook(content, cells)
    elif found.kind == opening.XLS and excel.is_encrypted(content):
        cells.problem(
            "E-FILE-005", "the workbook is encrypted", "its cells cannot be read",
            "remove the password and save it again",
        )  # fmt: skip
    elif found.kind == opening.XLS:
        cells.problem(
            "E-FILE-009", "an Excel workbook of the old kind (.xls)", "its formats and hidden cells cannot be checked",
            "save it as .xlsx",
        )  # fmt: skip
    elif found.kind in (opening.HTML, opening.SPREADSHEET_2003, opening.XML):
        cells.problem(
            "E-FILE-004", "the file is HTML or XML, not a table", "a browser or report tool gave it the name of a table",
            "open it and save it as .xlsx or CSV",
        )  # fmt: skip
    elif suffix in (".xlsx", ".xlsm") and content:
        cells.problem(*not_a_workbook(len(content)))
    elif _is_utf8(content, found, cells):
        _read_text(found.text, cells)


def not_a_workbook(size: int) -> tuple[str, str, str, str]:
    """(code, found, why, fix) of so many bytes that are no workbook, or no whole one."""
    found = f"not a readable Excel workbook ({size:,} bytes)"
    return "E-FILE-003", found, "it is damaged or only partly copied", "copy the file again"


def _is_utf8(content, found, cells):
    """Whether a sheet is UTF-8, the only encoding that is taken of a person: of an instrument more are (open_export)."""
    if found.encoding.startswith(("utf-16", "utf-32")):
        cells.problem(
            "E-FILE-012", "the sheet is saved as UTF-16 (Unicode text)", "this workflow reads sheets as UTF-8 only",
            'save the sheet as "CSV UTF-8"',
        )  # fmt: skip
        return False
    if found.encoding == "utf-8-sig":
        cells.problem(
            "W-FILE-013", "the sheet begins with a byte order mark", "it is read as if it were not there", "nothing",
            level="FLAG",
        )  # fmt: skip
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = content[error.start : error.start + 1]
        cells.problem(
            "E-FILE-012",
            f'byte 0x{byte[0]:02X} is not UTF-8 (in Windows-1252 it is "{byte.decode("cp1252", "replace")}")',
            "a letter such as µ would be misread", "save the sheet as UTF-8", row=content[: error.start].count(b"\n") + 1,
        )  # fmt: skip
        return False
    return True


def _read_text(text, cells):
    """Rows of a delimited sheet. A cell over several lines is refused: an open quote would swallow rows."""
    cells.delimiter = delimited.delimiter_of(text)
    last = 0
    try:
        for first, last, values in delimited.records(delimited.lines_of(text), cells.delimiter):
            if last > first:
                cells.problem(
                    "E-FILE-018", f"a cell runs over {last - first + 1} lines",
                    "an open quote swallows the rows after it", "remove the quote or the line break in the cell",
                    row=first,
                )  # fmt: skip
            else:
                cells.add(first, values)
    except csv.Error as error:
        cells.problem(
            "E-FILE-018", f"the row cannot be read ({error})", "the rows after it cannot be told apart",
            "look for a lost quote", row=last + 1,
        )  # fmt: skip


def _set_header(cells, number, values):
    cells.width = len(values)
    while values and not values[-1]:
        values = values[:-1]
    cells.header = values
    seen = {}
    for position, value in enumerate(values, start=1):
        folded = " ".join(value.split()).casefold()
        if folded in seen and folded:
            cells.problem(
                "E-XLS-029", f'column "{value}" appears twice (columns {seen[folded]} and {position})',
                "it is not clear which one counts", "rename or delete one", row=number,
            )  # fmt: skip
        seen[folded] = position
