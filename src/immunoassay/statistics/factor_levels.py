"""The people by the levels of the factors that a study compares."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from immunoassay.statistics.multiplicity import holm

RESPONDER = (
    "responder"  # the factor derived from a score: improved by the least difference that matters at the primary visit
)
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
        if factor == RESPONDER:
            named = {name: LEVELS[bool(is_one)] for name, is_one in (responders or {}).items()}
        elif factor in people:
            known = people.dropna(subset=[factor])
            named = dict(zip(known["participant"], known[factor].astype(str), strict=True))
        else:
            continue
        members = {level: frozenset(name for name in everyone if named.get(name) == level) for level in named.values()}
        names = sorted(level for level, own in members.items() if level and own)
        if len(names) < 2:
            continue
        first = reference if reference in names else LEVELS[False] if factor == RESPONDER else names[0]
        yield [
            Level(factor, name, first, members[name]) for name in sorted(names, key=lambda name: (name != first, name))
        ]


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
