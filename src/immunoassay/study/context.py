"""What the checks of a study look at, and how they name a place in its sheets."""

from collections.abc import Iterator, Mapping, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from immunoassay.problems import Problem
from immunoassay.study.members import Sheets
from immunoassay.study.similar_names import suggestion
from immunoassay.study.vocabulary import Units

FEW = 8  # names that a message can list


def in_rows(rows: Sized) -> str:
    """` (in 3 rows)`; nothing for one row."""
    return f" (in {len(rows)} rows)" if len(rows) > 1 else ""


def _among(known):
    """The names there are, where they are few enough to choose from."""
    return f" (there are {', '.join(sorted(known))})" if 0 < len(known) <= FEW else ""


@dataclass
class Context:
    """What the checks look at. `written` is the config as the user wrote it, without the defaults of `config`."""

    written: dict[str, Any]
    config: dict[str, Any]
    sheets: Sheets
    files: dict[str, str]
    scales: dict[str, Any]
    units: Units
    criteria_sets: dict[str, Any]
    base: Path
    raw_folders: list[str]

    def names(self, sheet: str, column: str) -> set[Any]:
        return {row[column] for row in self.sheets[sheet] if row[column] is not None}

    def problem(
        self,
        sheet: str,
        row: Mapping[str, Any] | None,
        column: str,
        code: str,
        found: str,
        why: str,
        fix: str,
        level: str = "STOP",
    ) -> Problem:
        number = str(row["_row"]) if row and row["_row"] else ""  # 0: the row is implicit
        return Problem(code, level, self.files[sheet], found, why, fix, row=number, column=column)

    def unknown_unit(self, sheet: str, row: Mapping[str, Any], column: str) -> Problem:
        """The problem of a unit that no list of units holds."""
        return self.problem(
            sheet, row, column, "E-UNIT-001",
            f'unit "{row[column]}" is not known{suggestion(row[column], self.units.spellings)}',
            "a guess could be wrong by a factor of 1000", "use a unit of resources/units.tsv",
        )  # fmt: skip

    def unknown(self, sheet: str, column: str, target: str, target_column: str, code: str) -> Iterator[Problem]:
        """A problem for every value of sheet.column that target.target_column does not hold, at the first of its rows."""
        if self.unsure(target, target_column):
            return
        known = self.names(target, target_column)
        rows: dict[Any, list[Mapping[str, Any]]] = {}
        for row in self.sheets[sheet]:
            if row[column] and row[column] not in known:
                rows.setdefault(row[column], []).append(row)
        for value, own in rows.items():
            yield self.problem(
                sheet, own[0], column, code,
                f'"{value}"{in_rows(own)} is not in the {target} sheet{suggestion(value, known) or _among(known)}',
                f"the row{'s' * (len(own) > 1)} cannot be used", f"correct the spelling, or add it to {self.files[target]}",
            )  # fmt: skip

    def unsure(self, sheet: str, column: str) -> bool:
        """Whether a name of a column could not be read, or the sheet has no rows: that has a line of its own."""
        return not self.sheets[sheet] or any(row[column] is None for row in self.sheets[sheet])
