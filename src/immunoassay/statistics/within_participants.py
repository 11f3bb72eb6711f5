"""Association of every biomarker with every score within participants over the visits, with and without visit effects."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from immunoassay.statistics.association_data import Data
from immunoassay.statistics.association_rows import adjusted, differing, empty, tested, why_not
from immunoassay.statistics.substitutes import substitute
from immunoassay.statistics.trajectories import jackknife_interval, permuted_trajectories, repeated_correlation

MOST_BELOW_ESTIMATED = 0.50
UNADJUSTED = "within_participant_unadjusted"


def within_participants(data: Data, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the questions `within_participant` and, behind them, `within_participant_unadjusted`."""
    x, y, below, quantified = data.over_visits()
    described, rows = [], {}
    masks: dict[bytes, list[tuple[int, int]]] = {}
    limits = data.limits(data.frame, ["lower_limit"])
    for v, variable in enumerate(data.variables):
        for s, score in enumerate(data.scores):
            both = ~np.isnan(x[v]) & ~np.isnan(y[s])
            both &= both.sum(axis=1, keepdims=True) >= 2
            people = both.any(axis=1)
            n, observed = int(people.sum()), int(both.sum())
            share = float(below[v][both].mean()) if observed else np.nan
            count = int(quantified[v][both].sum())
            facts = (variable, score, data, "all", None, n, observed, count, share)
            row, plain = empty("within_participant", *facts), empty(UNADJUSTED, *facts)
            reason = why_not(n, count, share, "nobody_seen_twice")
            reason = reason or differing(below[v][both], *(part[v][both] for part in limits))
            if reason:
                row["reason_code"] = plain["reason_code"] = reason
            else:
                above = ((quantified[v] == 0) & (below[v] == 0))[both].any()
                if _repeated(row, plain, x[v], y[s], substitute(share > 0, above), settings):
                    masks.setdefault(people.tobytes(), []).append((v, s))
            rows[v, s] = row
            described.append(plain)
    x_seen, y_seen = ((~np.isnan(part)).sum(axis=2) >= 2 for part in (x, y))

    def permuted(vs, ss, people, orders):
        return permuted_trajectories(x[np.ix_(vs, people)], y[np.ix_(ss, people)], orders)

    tested(rows, masks, x_seen.any(axis=0) & y_seen.any(axis=0), permuted, "trajectories", settings)
    if settings["association_question"] == "within_participant":
        adjusted(rows, data, "within_participant", permuted, x_seen, y_seen, settings)
    return [*rows.values(), *described]


def _repeated(row, plain, x, y, stands, settings):
    """Fill the estimates of a pair within participants; whether there is anything to test.

    `stands`: the code of what stands for results outside the limits.
    """
    unadjusted = repeated_correlation(x, y, visit_effects=False)
    adjusted = repeated_correlation(x, y, visit_effects=True)
    plain["reason_code"] = "constant_within" if np.isnan(unadjusted.r) else ""
    row["reason_code"] = "nothing_beyond_visits" if np.isnan(adjusted.r) else ""
    if row["share_below"] > MOST_BELOW_ESTIMATED:
        for each in (row, plain):
            each["reason_code"] = each["reason_code"] or "mostly_below_within"
        row["substituted_code"] = "none" if np.isnan(adjusted.r) else stands
        return not np.isnan(adjusted.r)
    for each, found, method in ((plain, unadjusted, ""), (row, adjusted, "_adjusted")):
        each.update(estimate=found.r, estimate_method_code=f"repeated_measures{method}")
        each["substituted_code"] = "none" if np.isnan(found.r) else stands
    if np.isnan(adjusted.r):
        return False
    if row["n_participants"] < settings["min_n_interval"]:
        row["reason_code"] = "few_participants"
        return True
    interval = jackknife_interval(x, y, settings["confidence"])
    row.update(low=interval.low, high=interval.high)
    if np.isnan(interval.low):
        row["reason_code"] = "jackknife_not_defined"
    else:
        row["interval_method_code"] = "jackknife_t"
    return True
