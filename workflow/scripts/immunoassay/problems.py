"""Problems as data: each says what was found, why it matters and how to fix it, in one line a technician can act on.

Levels: STOP (nothing is computed), QUARANTINE (the plate is set aside), EXCLUDE (the value is set aside, kept and
counted), FLAG (the value is used and marked).
"""

from dataclasses import asdict, dataclass, fields

import pandas as pd

LEVELS = ("STOP", "QUARANTINE", "EXCLUDE", "FLAG")


@dataclass(frozen=True, order=True)
class Problem:
    """One problem of a file, sheet or value. `row` is as the user sees it (1-based, header counted) or a well."""

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

    def __post_init__(self):
        if self.level not in LEVELS:
            raise ValueError(f"unknown problem level {self.level!r}")

    @property
    def message(self):
        """`CODE file › sheet › row/well › column: found – why – fix.`"""
        row = f"row {self.row}" if self.row.isdigit() else self.row
        place = " › ".join(part for part in (self.file, self.sheet, row, self.column) if part)
        return f"{self.code} {place}: {self.found} – {self.why} – {self.fix.rstrip('.')}."


class StudyError(Exception):
    """Every problem found in one stage; its text is what the user reads."""

    def __init__(self, problems):
        self.problems = list(problems)
        lines = [f"  {problem.level} {problem.message}" for problem in self.problems]
        count = len(lines)
        super().__init__(
            f"{count} problem{'s' if count != 1 else ''} found; nothing was computed.\n" + "\n".join(lines)
        )


def to_frame(problems):
    """Problems as the `problems` table (one row each, with the message), sorted and without repeats."""
    names = [field.name for field in fields(Problem)]
    rows = [{**asdict(problem), "message": problem.message} for problem in sorted(set(problems))]
    return pd.DataFrame(rows, columns=[*names, "message"], dtype="str")
