"""Amendments `bridge_shift`: the values of a plate as another one would have read them, by a number that somebody signed.

In log2 units a value is shifted by `to` - `from` (0 where it is empty), in others multiplied by `to` / `from` (1).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.problems import Problem
from immunoassay.study import amendments as amend
from immunoassay.study.amended import conflict, matches_nothing

MOVED = ("value", "lower", "upper", "low", "high", "point", "lod", "lloq_plate", "uloq_plate")
KIND = "bridge_shift"

Amendments = Sequence[Mapping[str, Any]]  # rows of the sheet


def named(attempts: pd.DataFrame, amendments: Amendments) -> pd.DataFrame:
    """The attempts with the names of the amendments that shift them."""
    for row in _shifts(amendments):
        attempts = attempts.assign(
            amendments=amend.marked(attempts["amendments"], _hit(attempts, row), row["amendment"])
        )
    return attempts


def shifted(attempts: pd.DataFrame, amendments: Amendments) -> pd.DataFrame:
    """The attempts with value, bounds, limits and point shifted."""
    attempts = attempts.copy()
    for row in _shifts(amendments):
        hit, log2 = _hit(attempts, row), tables.in_log2(attempts["unit"])
        to, of = float(row["to"]), row["from"]
        for column in MOVED:
            values = attempts[column].astype(float)
            moved = np.where(log2, values + to - float(of or 0), values * to / float(of or 1))
            attempts[column] = values.mask(hit, moved)
    return attempts


def counted(parts: Iterable[pd.DataFrame], amendments: Amendments) -> dict[str, int]:
    """The number of attempts that every amendment shifts."""
    shifts = _shifts(amendments)
    parts = parts if shifts else []
    found = dict.fromkeys((row["amendment"] for row in shifts), 0)
    for part in parts:
        for row in shifts:
            found[row["amendment"]] += int(_hit(part, row).sum())
    return found


def problems(parts: Iterable[pd.DataFrame], amendments: Amendments, unread: Collection[str] = ()) -> list[Problem]:
    """A STOP for every one that shifts nothing, unless its plate is `unread`, and for two that shift the same."""
    shifts, counts, found = _shifts(amendments), counted(parts, amendments), []
    for number, row in enumerate(shifts):
        if not counts[row["amendment"]]:
            found += [] if row["plate"] in unread else [matches_nothing(row)]
        same = [other for other in shifts[:number] if other["plate"] == row["plate"]]
        others = {
            other["amendment"]
            for other in same
            if not other["analyte"] or other["analyte"] == row["analyte"] or not row["analyte"]
        }
        found += [conflict(row, others)] if others else []
    return found


def _shifts(amendments):
    return [row for row in amendments if row["what"] == KIND]


def _hit(attempts, row):
    hit = attempts["plate"] == row["plate"]
    return hit & (attempts["analyte"] == row["analyte"]) if row["analyte"] else hit
