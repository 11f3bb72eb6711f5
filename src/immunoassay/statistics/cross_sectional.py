"""Association of every biomarker with every score with one pair of values per participant: tau-b of what is certain."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from immunoassay.statistics.association_data import Data
from immunoassay.statistics.association_rows import adjusted, differing, empty, tested, why_not
from immunoassay.statistics.correlation import bonett_wright, interval_ranks, permuted_tau, spearman, tau_b
from immunoassay.statistics.substitutes import substitute
from immunoassay.tables import BELOW

FEWEST_OF_RHO = 6  # participants for an interval of rho


def at_baseline(data: Data, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the question `baseline`."""
    visits, x, y, below, limits = data.at_baseline()
    order = data.order[visits[0]] if visits else None
    return _rows("baseline", ", ".join(visits), order, x, y, below, limits, data, settings, True)


def of_changes(data: Data, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the questions `change_change`, at each visit, and `baseline_change`, at the primary one."""
    later = data.frame[~data.frame["own_baseline"] & data.frame["baseline_reported"]]
    rows = []
    folds = data.cube(later, data.variables, ["fold_lower", "fold_upper"])
    changes = data.cube(later, data.scores, ["change_lower", "change_upper"])
    censored = data.flag(later, later["status"].isin(BELOW) | later["baseline_status"].isin(BELOW))
    limits = data.limits(later, ["lower_limit", "baseline_lower_limit"])
    for index, visit in enumerate(data.visits):
        # A visit at which only scores or only biomarkers were taken has nothing to compare.
        if set(later.loc[later["visit"] == visit, "kind"]) >= {"biomarker", "score"}:
            x, y = ([part[:, :, index] for part in parts] for parts in (folds, changes))
            chosen = visit == settings["primary_visit"]
            order, below = data.order[visit], censored[:, :, index]
            here = [part[:, :, index] for part in limits]
            rows += _rows("change_change", visit, order, x, y, below, here, data, settings, chosen)
            if chosen:
                _, first, _, low, here = data.at_baseline()
                rows += _rows("baseline_change", visit, order, first, y, low, here, data, settings, False)
    return rows


def of_means(data: Data, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the question `between_participants`: means over the visits, visit means subtracted."""
    x, y, below, quantified = data.over_visits()
    centred = []
    for values in (x, y):
        seen = ~np.isnan(values)
        mean = np.nansum(values, axis=1, keepdims=True) / np.maximum(seen.sum(axis=1, keepdims=True), 1)
        count = seen.sum(axis=2)
        own = np.nansum(np.where(seen, values - mean, 0.0), axis=2) / np.maximum(count, 1)
        centred.append(np.where(count >= 2, own, np.nan))
    # Biomarkers back on their own scale, where zero means a bound.
    x, y = np.exp(centred[0]), centred[1]
    share = np.nansum(below, axis=2) / np.maximum((~np.isnan(below)).sum(axis=2), 1)
    above = ((quantified == 0) & (below == 0)).any(axis=2)
    limits = data.limits(data.frame, ["lower_limit"], over_visits=True)
    facts = ("between_participants", "all", None, (x, x), (y, y), share, limits, data, settings, False)
    return _rows(*facts, above=above)


def _rows(question, visit, order, x, y, below, limits, data, settings, chosen, above=None):
    """Rows of one question at one visit; `x` and `y` are (lower, upper) of (names, participants), `limits` as Data.limits.

    `above`, where means rest on numbers that stand for results outside the limits: who has one above the ULOQ.
    """
    x_lower, x_upper = (np.where(x[0] == 0, -np.inf, x[0]), x[1])
    y_lower, y_upper = y
    rows, masks = {}, {}
    for v, variable in enumerate(data.variables):
        for s, score in enumerate(data.scores):
            both = ~np.isnan(x_lower[v]) & ~np.isnan(y_lower[s])
            bounds = (x_lower[v, both], x_upper[v, both], y_lower[s, both], y_upper[s, both])
            n, quantified = int(both.sum()), int((bounds[0] == bounds[1]).sum())
            share = float(below[v, both].mean()) if n else np.nan
            row = empty(question, variable, score, data, visit, order, n, n, quantified, share)
            reason = why_not(n, quantified, share, "nobody_with_both")
            reason = reason or differing(below[v, both], *(part[v, both] for part in limits)) or _constant(*bounds)
            if reason:
                row["reason_code"] = reason
            else:
                _describe(row, bounds, settings)
                if above is not None:
                    row["substituted_code"] = substitute(share > 0, above[v, both].any())
                masks.setdefault(both.tobytes(), []).append((v, s))
            rows[v, s] = row
    x_seen, y_seen = ~np.isnan(x_lower), ~np.isnan(y_lower)

    def permuted(vs, ss, people, orders):
        x, y = np.ix_(vs, people), np.ix_(ss, people)
        return permuted_tau(x_lower[x], x_upper[x], y_lower[y], y_upper[y], orders)

    tested(rows, masks, x_seen.any(axis=0) & y_seen.any(axis=0), permuted, "participants", settings)
    if chosen and settings["association_question"] == question:
        adjusted(rows, data, question, permuted, x_seen, y_seen, settings)
    return list(rows.values())


def _describe(row, bounds, settings):
    row["tau_b"] = row["estimate"] = tau_b(*bounds)[2]
    row["estimate_method_code"] = "tau_b"
    row["rho"] = spearman(interval_ranks(*bounds[:2]), interval_ranks(*bounds[2:]))
    if np.isnan(row["rho"]):
        row["reason_code"] = "ranks_not_defined"
        return
    n = row["n_participants"]
    interval = bonett_wright(row["rho"], n, settings["confidence"])
    row.update(rho_low=interval.low, rho_high=interval.high)
    if np.isnan(interval.low):
        row["reason_code"] = "rho_few_participants" if n < FEWEST_OF_RHO else "rho_perfect"
    else:
        row["interval_method_code"] = "fisher_z"


def _constant(x_lower, x_upper, y_lower, y_upper):
    return "constant" if np.isnan(tau_b(x_lower, x_upper, y_lower, y_upper)[2]) else ""
