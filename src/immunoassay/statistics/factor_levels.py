"""The people by the levels of the factors that a study compares."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from immunoassay.statistics.multiplicity import holm

# the factor derived from a score: improved by the least difference that matters at the primary visit
RESPONDER = "responder"
LEVELS = {True: "responder", False: "non-responder"}


class Level(NamedTuple):
    """The participants of one level of a factor, and the level it is compared with; without a factor everybody."""

    factor: str | None
    level: str | None
    reference: str | None
    participants: frozenset[str]

    @property
    def compared(self) -> bool:
        return self.reference is not None and self.level != self.reference


def named(people: pd.DataFrame, factor: str) -> dict[str, str]:
    """{participant: level} of whom has one; nobody where there is no such column (the arm of a study that is blinded still)."""
    if factor not in people:
        return {}
    known = people.dropna(subset=[factor])
    levels = zip(known["participant"].astype(str), known[factor].astype(str), strict=True)
    return {who: level for who, level in levels if level.strip()}


def responding(frame: pd.DataFrame, settings: Mapping[str, Any]) -> dict[str, str]:
    """{participant: level} of the factor "responder"; `frame`: observations of frames.ordered, of one course.

    Participants without the score at baseline and at the primary visit are not in it; nobody without a settled difference.
    """
    score = settings["responder_score"]
    rows = frame[(frame["variable"] == score) & (frame["visit"] == settings["primary_visit"])]
    rows = rows[(rows["status"] == "quantified") & (rows["baseline_status"] == "quantified")]
    if score not in settings["mcid"]:
        return {}
    change = rows["change_lower"].to_numpy(float, na_value=np.nan)
    better = -change if settings["worse"].get(score, "higher") == "higher" else change
    known = zip(rows["participant"], better, strict=True)
    return {who: LEVELS[bool(gain >= settings["mcid"][score])] for who, gain in known if not np.isnan(gain)}


def with_reference(levels: Iterable[str], reference: str) -> tuple[str, ...]:
    """The levels, the reference first and the others by name; none where there are fewer than two.

    Without the reference among them, it is who did not respond, else the first by name.
    """
    names = sorted(set(levels))
    first = next((name for name in (reference, LEVELS[False]) if name in names), min(names, default=""))
    return (first, *(name for name in names if name != first)) if len(names) > 1 else ()


def factors(
    people: pd.DataFrame,
    settings: Mapping[str, Any],
    everyone: Iterable[str],
    responders: Mapping[str, bool] | None = None,
) -> Iterator[list[Level]]:
    """Everybody, then the levels of every factor of settings["compare"], the reference first, the others by name.

    A factor that `people` has no column of is left out (the arm of a study that is blinded still), as is one with fewer than
    two levels. `responders` gives the levels of the factor "responder", who of the participants is one.
    """
    everyone = frozenset(everyone)
    yield [Level(None, None, None, everyone)]
    for factor, reference in settings["compare"].items():
        derived = {name: LEVELS[bool(is_one)] for name, is_one in (responders or {}).items()}
        of = derived if factor == RESPONDER else named(people, factor)
        of = {name: level for name, level in of.items() if name in everyone}
        if names := with_reference(of.values(), reference):
            members = {level: frozenset(name for name in of if of[name] == level) for level in names}
            yield [Level(factor, level, names[0], members[level]) for level in names]


def adjust_holm(rows: list[dict], family: str) -> None:
    """Holm over the rows that have a p; they get the code of their `family` and its size."""
    adjusted = holm([row["p"] for row in rows])
    size = int((~np.isnan(adjusted)).sum())
    for row, value in zip(rows, adjusted, strict=True):
        if not np.isnan(value):
            row.update(p_adjusted=float(value), adjusted_method_code="holm", family_code=family, family_size=size)


def unadjusted() -> dict[str, Any]:
    """The columns of the adjustment of a row that is in no family."""
    return {"p_adjusted": np.nan, **dict.fromkeys(("adjusted_method_code", "family_code", "family_size"))}
