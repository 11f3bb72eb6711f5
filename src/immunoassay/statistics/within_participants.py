"""Association of every biomarker with every score within participants over the visits, with and without visit effects.

Where the limits of a biomarker agree, and where everything is quantified, the correlation of repeated measures; where
results below limits that differ enter, the concordance of visits whose order is certain.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from immunoassay.statistics.association_data import Data
from immunoassay.statistics.association_rows import Pair, Test, adjusted, empty, tested, why_not
from immunoassay.statistics.concordance import (
    Classes,
    association_of_visits,
    limit_classes,
    permuted_concordance,
    recensored,
    visit_changes,
    visit_signs,
    without_course,
)
from immunoassay.statistics.substitutes import log_substituted, substitute
from immunoassay.statistics.thresholds import MOST_BELOW_ESTIMATED
from immunoassay.statistics.trajectories import jackknife_interval, permuted_trajectories, repeated_correlation


def within_participants(data: Data, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the questions `within_participant` and, behind them, `within_participant_unadjusted`."""
    results, y = data.over_visits()
    x = log_substituted(results.lower, results.limit, results.below == 1)
    changes = visit_changes(y)
    quantified = np.where(np.isnan(results.lower), np.nan, results.lower == results.upper)
    described, rows = [], {}
    tests: dict[Pair, Test] = {}
    through: dict[tuple[int, bytes], Classes] = {}
    for v, variable in enumerate(data.variables):
        for s, score in enumerate(data.scores):
            both = ~np.isnan(results.lower[v]) & ~np.isnan(y[s])
            both &= both.sum(axis=1, keepdims=True) >= 2
            people = both.any(axis=1)
            n, observed = int(people.sum()), int(both.sum())
            share = float(results.below[v][both].mean()) if observed else np.nan
            count = int(quantified[v][both].sum())
            facts = (variable, score, data, "all", None, n, observed, count, share)
            row, plain = empty("within_participant", *facts), empty("within_participant_unadjusted", *facts)
            rows[v, s] = row
            described.append(plain)
            row["reason_code"] = plain["reason_code"] = why_not(n, count, share, "nobody_seen_twice")
            if row["reason_code"]:
                continue
            key = (v, people.tobytes())
            if results.differ(v, both):
                classes = through.setdefault(key, limit_classes(results.limit[v, people]))
                bounds = results.lower[v, people], results.upper[v, people]
                if _concordant(row, plain, bounds, changes[s, people], classes):
                    tests[v, s] = Test("concordance", key[1], classes.labels.tobytes())
            else:
                above = ((quantified[v] == 0) & (results.below[v] == 0))[both].any()
                if _repeated(row, plain, x[v], y[s], substitute(share > 0, above), settings):
                    tests[v, s] = Test("repeated", key[1])
    x_seen, y_seen = ((~np.isnan(part)).sum(axis=2) >= 2 for part in (results.lower, y))

    def permuted(test, vs, ss, people, orders):
        if test.statistic == "repeated":
            return permuted_trajectories(x[np.ix_(vs, people)], y[np.ix_(ss, people)], orders)
        moved, found = changes[np.ix_(ss, people)], []
        for v in vs:
            classes = through[v, test.participants]
            signs = visit_signs(*recensored(results.lower[v, people], results.upper[v, people], classes.limits))
            found.append(permuted_concordance(signs, moved, classes.labels, orders))
        return np.stack(found, axis=1)

    tested(rows, tests, x_seen.any(axis=0) & y_seen.any(axis=0), permuted, "trajectories", settings)
    if settings["association_question"] == "within_participant":
        adjusted(rows, tests, data, "within_participant", permuted, x_seen, y_seen, settings)
    return [*rows.values(), *described]


def _concordant(row, plain, bounds, changes, classes):
    """Fill the estimates of a pair whose limits differ, without a number for a result below; whether there is a test."""
    found = association_of_visits(visit_signs(*bounds), changes)
    if np.isnan(found):
        row["reason_code"] = plain["reason_code"] = "constant_within"
        return False
    plain.update(estimate=found, estimate_method_code="concordance")
    signs = visit_signs(*recensored(*bounds, classes.limits))
    parts = (without_course(part, classes.labels) for part in (signs, changes))
    adjusted_for_course = association_of_visits(*parts)
    if np.isnan(adjusted_for_course):
        row["reason_code"] = "lloq_follows_people"
        return False
    row.update(estimate=adjusted_for_course, estimate_method_code="concordance_adjusted")
    row["reason_code"] = "no_interval_of_concordance"
    return True


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
