"""What the checks of a study look at, and how they name a place in its sheets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from immunoassay.problems import Problem
from immunoassay.study.members import Sheets
from immunoassay.study.similar_names import suggestion
from immunoassay.study.vocabulary import Units


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
        """A problem for every value of sheet.column that target.target_column does not hold."""
        known = self.names(target, target_column)
        for row in self.sheets[sheet]:
            value = row[column]
            if value and value not in known:
                yield self.problem(
                    sheet, row, column, code, f'"{value}" is not in the {target} sheet{suggestion(value, known)}',
                    "the row cannot be used", f"correct the spelling, or add it to {self.files[target]}",
                )  # fmt: skip
