"""Problems as data: each says what was found, why it matters and how to fix it, in one line a technician can act on.

Levels: STOP (nothing is computed), QUARANTINE (a delivery, a plate, or one analyte of it is set aside and the rest of the
study goes on), EXCLUDE (the value is set aside, kept and counted), FLAG (the value is used and marked).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields

import pandas as pd
from immunoassay.problems.codes import CODES

# What a screen would obey or hide instead of showing it: control characters, directions of writing, signs of no width.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
LONGEST = 1000  # characters of one part of a message


@dataclass(frozen=True, order=True)
class Problem:
    """One problem of a file, sheet or value. `row` is as the user sees it (1-based, header counted) or a well.

    A QUARANTINE sets `plate` aside; where `analyte` is named too, only that analyte of the plate.
    """

    code: str
    level: str
    file: str
    found: str
    why: str
    fix: str
    sheet: str = ""
    row: str = ""
    column: str = ""
    batch: str = ""
    plate: str = ""
    analyte: str = ""

    def __post_init__(self) -> None:
        # A plate that is set aside stops nothing: there every problem is but a FLAG.
        if self.code not in CODES or self.level not in (*CODES[self.code].levels, "FLAG"):
            raise ValueError(f"the registry of codes has no {self.code} of level {self.level}")
        for part in fields(self):  # the text of a file is only ever shown, whatever it holds
            object.__setattr__(self, part.name, visible(getattr(self, part.name)))
        file, _, sheet = self.file.partition(".xlsx › ")  # a tab of a workbook, named as a sheet of the study is
        if sheet and not self.sheet:
            object.__setattr__(self, "file", f"{file}.xlsx")
            object.__setattr__(self, "sheet", sheet)

    @property
    def message(self) -> str:
        """`CODE file › sheet › row/well › column: found – why – fix.`"""
        row = f"row {self.row}" if self.row.isdigit() else self.row
        place = " › ".join(part for part in (self.file, self.sheet, row, self.column) if part)
        return f"{self.code} {place}: {self.found} – {self.why} – {self.fix.rstrip('.')}."


class StudyError(Exception):
    """Every problem found in one stage; its text is what the user reads."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        lines = [f"  {problem.level} {problem.message}" for problem in self.problems]
        count = len(lines)
        super().__init__(
            f"{count} problem{'s' if count != 1 else ''} found; nothing was computed.\n" + "\n".join(lines)
        )


class NotUsable(SystemExit):
    """A command was given what it cannot work on, such as a folder that is no study; its text says so, and what to do."""


def visible(text: object) -> str:
    """One line of text: signs that a screen obeys or hides are shown by their codes, and what is too long is cut."""
    text = UNSEEN.sub(lambda sign: sign[0].encode("unicode_escape").decode(), str(text))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def few(names: Sequence[str], shown: int = 8) -> str:
    """Names for a message: the first ones, and how many more there are."""
    return ", ".join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")


def of_frame(table: pd.DataFrame) -> list[Problem]:
    """The Problems in a `problems` table."""
    names = [field.name for field in fields(Problem)]
    return [Problem(**row) for row in table[names].fillna("").to_dict("records")]


def to_frame(problems: Iterable[Problem]) -> pd.DataFrame:
    """Problems as the `problems` table (one row each, with the message), sorted and without repeats."""
    names = [field.name for field in fields(Problem)]
    rows = [{**asdict(problem), "message": problem.message} for problem in sorted(set(problems))]
    return pd.DataFrame(rows, columns=[*names, "message"], dtype="str")
