"""Change from baseline within every level of a factor, such as each arm: what the figure of their courses draws.

It compares nobody: levels are compared in arm_courses and at each visit.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.arm_courses import factor_levels
from immunoassay.statistics.biomarker_changes import PAIR_COLUMNS
from immunoassay.statistics.frames import blocks, ordered, table
from immunoassay.statistics.intervals import Interval, t_interval
from immunoassay.statistics.paired import estimate_change, log_pairs
from immunoassay.tables import BELOW


def level_changes(observations: pd.DataFrame, people: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """One row per factor, level, variable and visit after baseline of the primary course, as frames.table("level_changes").

    `estimate` is the geometric mean ratio to baseline in participants of the level with both results, as
    biomarker_changes has it of everybody (with its tiers), or the mean change of a score in points with its t interval.
    """
    settings = choices.complete(settings)
    frame = ordered(observations)
    frame = frame[frame["course"] == settings["primary_course"]]
    later = frame[~frame["own_baseline"]]
    rows: list[dict] = []
    before: dict[tuple, set] = {}  # the participants of a level at the visit before
    for factor in settings["compare"]:
        level, names = factor_levels(frame, people, factor, settings)
        for labels, block in blocks(later) if names else ():
            for name in names:
                own = block[block["participant"].isin(level.index[level == name])]
                pairs = own[own["reported"] & own["baseline_reported"]]
                people, key = set(pairs["participant"]), (factor, name, labels["variable"])
                facts = {"factor": factor, "level": name, "level_order": names.index(name) + 1, **labels}
                facts["changed"] = people != before[key] if key in before else None
                before[key] = people
                rows.append({**facts, **_change(pairs, labels["kind"], settings)})
    return table(rows, "level_changes")


def _change(pairs, kind, settings):
    row = {"quantity": "change" if kind == "score" else "ratio", "n": len(pairs)}
    row["n_below"] = int(pairs["status"].isin(BELOW).sum())
    row["n_below_baseline"] = int(pairs["baseline_status"].isin(BELOW).sum())
    row["n_above"] = int((pairs["status"] == "above_uloq").sum())
    if kind == "score":
        interval = t_interval(pairs["change_lower"].to_numpy(float), settings["confidence"])
        known = len(pairs) >= settings["min_n_interval"] and not np.isnan(interval.low)
        ends = interval if known else Interval(interval.estimate, np.nan, np.nan)
        return row | {**ends._asdict(), "tier": None, "interval_method_code": "t" if known else "none"}
    arrays = [pairs[name].to_numpy(float, na_value=np.nan) for name in PAIR_COLUMNS]
    change = estimate_change(log_pairs(*arrays), settings["confidence"], settings["min_n_interval"])
    with np.errstate(over="ignore"):
        estimate, low, high = (float(np.exp(part)) for part in (change.log_ratio, change.low, change.high))
    if low == 0 and np.isinf(high):
        low = high = np.nan
    method = "none" if np.isnan(low) else change.method
    return row | {
        "estimate": estimate,
        "low": low,
        "high": high,
        "tier": change.tier or None,
        "interval_method_code": method,
    }
