"""Vocabularies shipped with the workflow: units, state words and acceptance criteria sets."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml
from immunoassay.files.delimited import named_rows


class Units:
    """The allow-list of units: spellings, what they mean, and exact factors between units of one dimension.

    Case, spaces and the two characters for micro make no other unit.
    """

    def __init__(self, rows: Sequence[Mapping[str, str]]) -> None:
        self.rows = rows
        self.spellings = [row["written"] for row in rows]
        self._rows = {_folded(row["written"]): row for row in rows}
        if len(self._rows) < len(rows):
            raise ValueError("a spelling of a unit is listed twice")

    def __contains__(self, written: object) -> bool:
        return _folded(written) in self._rows

    def same(self, one: str | None, other: str | None) -> bool:
        """Whether two spellings name the same unit. Unknown spellings are never the same as anything."""
        return one in self and other in self and self._of(one, "unit") == self._of(other, "unit")

    def factor(self, written: str | None, target: str | None) -> float | None:
        """A value in `written` times this factor is the value in `target`; None when the two cannot be converted."""
        if written not in self or target not in self:
            return None
        if self._of(written, "dimension") != self._of(target, "dimension"):
            return None
        return float(Fraction(self._of(written, "factor")) / Fraction(self._of(target, "factor")))

    def written(self, unit: str) -> str:
        """The unit as tables write it, of any of its spellings."""
        return self._of(unit, "unit")

    def dimension(self, written: str) -> str:
        """The kind of unit, within which values can be converted."""
        return self._of(written, "dimension")

    def quantities(self, written: str) -> set[str]:
        """What a result in this unit can be: log2_relative, concentration, relative, or (arbitrary units per volume) both."""
        dimension = self._of(written, "dimension")
        if dimension == "arbitrary_units":
            return {"concentration", "relative"}
        if dimension.startswith("log2_"):
            return {"log2_relative"}
        return {"relative" if dimension.startswith("relative_") else "concentration"}

    def _of(self, written, column):
        return self._rows[_folded(written)][column]


def _folded(written):
    return (
        "".join(str(written).split())
        .replace("\N{MICRO SIGN}", "u")
        .replace("\N{GREEK SMALL LETTER MU}", "u")
        .casefold()
    )


def units(path: str | Path) -> Units:
    """The Units of a file."""
    return Units(named_rows(path)[1])


def state_words(path: str | Path) -> dict[str, tuple[str, bool]]:
    """Words that say whether a result counts: {word: (state, whether it speaks of a limit only where one is stated)}.

    States: reportable, below, above, rejected, pending. A word such as LOW may mean a reference range.
    """
    return {row["word"]: (row["state"], row["needs_limit"] == "yes") for row in named_rows(path)[1]}


def delivered_tables(path: str | Path) -> list[dict[str, str]]:
    """What the columns of delivered tables of known software are: rows of software, column, tells, meaning, word, analyte,
    unit, basis and source, in the words of the columns sheet."""
    return named_rows(path)[1]


def criteria(path: str | Path) -> dict[str, Any]:
    """One acceptance criteria set; fractions stay text ("2/3") and are read exactly where they are used."""
    return yaml.load(Path(path).read_text(encoding="utf-8"), yaml.CSafeLoader)


def amended_criteria(criterion: Mapping[str, Any], analyte: str, override: Mapping[str, Any]) -> dict[str, Any]:
    """The criteria set with the numbers one analyte overrides; `override` holds the parts and a `reason`."""
    parts = {key: {**criterion.get(key, {}), **value} for key, value in override.items() if isinstance(value, dict)}
    numbers = {key: value for key, value in override.items() if not isinstance(value, dict) and key != "reason"}
    words = {
        "id": amended_name(criterion["id"], analyte),
        "basis": f"{criterion['basis']}; for {analyte} changed: {override['reason']}",
    }
    return {**criterion, **numbers, **parts, **words}


def amended_name(name: str, analyte: str) -> str:
    """Name of the criteria set that one analyte has for itself."""
    return f"{name} for {analyte}"


def criteria_for(criteria: Mapping[str, dict[str, Any]], name: str, analyte: str) -> dict[str, Any]:
    """The criteria set of one analyte: its own where the study overrides numbers, else that of its panel."""
    return criteria.get(amended_name(name, analyte)) or criteria[name]
