"""Biomarkers at baseline as numbers: what may stand for a value beyond a limit where a method needs one."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from immunoassay.statistics.frames import NAMES, limits
from immunoassay.statistics.substitutes import log_substituted, substitute
from immunoassay.tables import BELOW

MOST_BELOW = 0.5  # share below the LLOQ up to which LLOQ/2 may stand for them in a ratio per doubling
ROUNDING = 1e-6  # LLOQs that differ by less, relatively, are one


class Baseline(NamedTuple):
    """A biomarker at baseline by participant, and what is said of it.

    `recensored`: every value, those below the highest LLOQ that any value lies below tied at it, those above the lowest ULOQ
    at that: their order is certain. `below`: who lies below the LLOQ. `doubling`: log2 with LLOQ/2 below, None where `reason`
    says why there is none.
    """

    labels: dict
    recensored: pd.Series
    doubling: pd.Series | None
    below: pd.Series
    substituted: str
    reason: str
    facts: dict


def baselines(frame: pd.DataFrame, course: str) -> list[Baseline]:
    """Every biomarker of a course at its own baseline (`frame`: observations of frames.ordered)."""
    rows = frame[
        (frame["kind"] == "biomarker") & (frame["course"] == course) & frame["own_baseline"] & frame["reported"]
    ]
    return [_baseline(name, own) for name, own in rows.groupby("variable", sort=False)]


def _baseline(name, rows):
    lower, upper = rows["lower"].to_numpy(float), rows["upper"].to_numpy(float)
    limit = rows["lower_limit"].to_numpy(float, na_value=np.nan)
    below, above = rows["status"].isin(BELOW).to_numpy(), np.isposinf(upper)
    lloq_min, lloq_max = limits(limit)
    people = pd.Index(rows["participant"])
    number = np.where(above, lower, upper)
    floor, ceiling = number[below].max(initial=0.0), number[above].min(initial=np.inf)
    reason = ""
    if below.any() and lloq_max - lloq_min > ROUNDING * lloq_max:
        reason = "lloq_differs"
    elif below.mean() > MOST_BELOW:
        reason = "mostly_below"
    logs = log_substituted(number, np.where(below, number, np.nan), below) / np.log(2)
    facts = {
        "n": len(rows),
        "n_below": int(below.sum()),
        "share_below": float(below.mean()),
        "lloq_min": lloq_min,
        "lloq_max": lloq_max,
    }
    labels = {"variable": name, **{column: rows[column].iloc[0] for column in NAMES}}
    return Baseline(
        labels,
        pd.Series(np.clip(number, floor, max(floor, ceiling)), people),
        None if reason else pd.Series(logs, people),
        pd.Series(below, people),
        substitute(below.any() and not reason, above.any() and not reason),
        reason,
        facts,
    )
