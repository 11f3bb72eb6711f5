"""All visits of a course in one model: change at each visit where there are participants enough, and at any visit always.

The per-visit paired analysis (`changes`, `score_changes`) stays the main one: with 15 or more participants the model
narrows its intervals by a few per cent, with fewer an unstructured covariance rarely converges.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.any_visit import any_visit
from immunoassay.statistics.censored_mixed import fit_censored
from immunoassay.statistics.frames import cube, limits, ordered, status_counts, table
from immunoassay.statistics.known_codes import STRUCTURES, joined
from immunoassay.statistics.repeated_measures import combination, fit_repeated, together
from immunoassay.statistics.substitutes import log_substituted, substitute, through_one_limit
from immunoassay.statistics.summary_measures import trajectories
from immunoassay.statistics.thresholds import MOST_CENSORED

FEWEST_PARTICIPANTS = 15


def longitudinal(observations: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """One row per variable and visit after baseline in the primary course, as frames.table("longitudinal").

    `estimate` is the geometric mean ratio to baseline (biomarkers) or the mean change in points (scores) at the mean
    baseline, from a model of all visits: ln ratio (change) by visit and baseline, restricted maximum likelihood,
    unstructured covariance, else heterogeneous Toeplitz. It needs n >= 15 and n >= 2 x visits + 5 participants, and
    for a biomarker at most 10 % of results outside the limits (below LLOQ they then stand as LLOQ / 2, and where the LLOQs
    differ all is seen through the highest). Above 10 %, from 15 participants, the ratio by maximum likelihood with a random
    intercept per participant and censored results is `sensitivity` only: where visits differ in spread it is biased
    (a ratio of 1 of 50 participants, half below the LLOQ, the spread doubling, as 1.2). `standard_error` is on the scale of
    the model (natural log of a ratio, points). The p is of no change, not adjusted. Otherwise NA and why.

    The columns any_visit_* are of the whole variable, the same in each of its rows: the test of no change at any visit,
    as any_visit.any_visit chooses it.
    """
    settings = choices.complete(settings)
    frame = ordered(observations)
    frame = frame[frame["course"] == settings["primary_course"]]
    rows = []
    for _, block in frame.groupby("variable", sort=False):
        rows += _one_variable(block, settings)
    return table(rows, "longitudinal")


def _one_variable(block, settings):
    seen = through_one_limit(block)
    later = seen[~seen["own_baseline"]].sort_values(["visit_order", "visit"], kind="stable")
    used = later[later["reported"] & later["baseline_reported"]]
    first = block.iloc[0]
    facts = {name: first[name] for name in ("variable", "kind", "panel", "group", "unit", "course")}
    facts["quantity"] = "ratio" if facts["kind"] == "biomarker" else "change"
    people = sorted(set(used["participant"]))
    share, below = _censored(used)
    rows = []
    for visit, part in later.groupby("visit", sort=False):
        n = int((used["visit"] == visit).sum())
        row = {**facts, "visit": visit, "visit_order": part["visit_order"].iloc[0], "n_participants": len(people)}
        row.update(n=n, n_missing=len(part) - n, share_censored=share, share_below=below)
        row.update(dict.fromkeys(("estimate", "low", "high", "standard_error", "degrees_of_freedom", "p"), np.nan))
        row.update(dict.fromkeys(("estimate_method_code", "interval_method_code", "p_method_code"), "none"))
        row.update(sensitivity=np.nan, sensitivity_method_code="none", substituted_code="none")
        rows.append(row)
    visits = [row["visit"] for row in rows if row["n"]]
    reason = _why_not(len(people), len(visits), share)
    test, course = None, trajectories(block)
    if not reason:
        reason, test = _model(rows, used, people, visits, facts["kind"], settings)
    elif facts["kind"] == "biomarker" and share > MOST_CENSORED and len(people) >= FEWEST_PARTICIPANTS:
        _for_comparison(rows, course, visits)
    lloq_min, lloq_max = limits(used["lower_limit"].to_numpy(float, na_value=np.nan))
    draws = settings["permutations"], settings["seed"]
    censored = facts["kind"] == "biomarker" and share > MOST_CENSORED
    whole = any_visit(course, censored, test, *draws).columns() if course else {}
    for row in rows:
        row.update(whole)
        row["reason_code"] = reason or ("" if row["n"] else "no_pairs")
        row.update(_lloq_min=lloq_min, _lloq_max=lloq_max)
    return rows


def _censored(used):
    """Shares of results outside the limits, and below the LLOQ, among both members of all pairs."""
    status = np.concatenate([used["baseline_status"].to_numpy(object), used["status"].to_numpy(object)])
    if not status.size:
        return np.nan, np.nan
    counts = status_counts(status)
    return (counts["n_below"] + counts["n_above"]) / status.size, counts["n_below"] / status.size


def needed(visits: int) -> int:
    """The fewest participants with which so many visits are modelled."""
    return max(FEWEST_PARTICIPANTS, 2 * visits + 5)


def _why_not(n, visits, share):
    if n == 0:
        return "nobody_followed"
    if n < needed(visits):
        return "model_few_participants"
    return "model_outside_limits" if share > MOST_CENSORED else ""


def _model(rows, used, people, visits, kind, settings):
    """Fill the rows from the first structure that can be fitted; (codes of the reasons when none can, F of any visit)."""
    names = ("lower", "upper", "baseline_lower", "baseline_upper")
    parts = [part[0] for part in cube(used, [used["variable"].iloc[0]], people, visits, names)]
    now, before = (_point(parts[k], parts[k + 1], kind) for k in (0, 2))
    y = now - before
    with np.errstate(invalid="ignore"):
        baseline = np.nanmax(before, axis=1)
    x = np.zeros((*y.shape, len(visits) + 1))
    x[:, np.arange(len(visits)), np.arange(len(visits))] = 1
    x[:, :, -1] = (baseline - baseline.mean())[:, None]
    if np.ptp(baseline) == 0:
        x = x[:, :, :-1]
    chosen = [row for row in rows if row["visit"] in visits]
    below = any((parts[k] == 0).any() for k in (0, 2)) and kind == "biomarker"
    above = any(np.isinf(parts[k]).any() for k in (1, 3))
    why = []
    for structure in STRUCTURES:
        fit = fit_repeated(y, x, structure)
        if fit.converged:
            back = np.exp if kind == "biomarker" else float
            for row, weights in zip(chosen, np.eye(x.shape[2]), strict=False):
                found = combination(fit, weights, settings["confidence"])
                estimate, low, high = (float(back(part)) for part in found.interval)
                row.update(estimate=estimate, low=low, high=high, p=found.p, standard_error=found.error)
                row.update(degrees_of_freedom=found.degrees_of_freedom, estimate_method_code=f"reml_{structure}")
                row.update(interval_method_code="kenward_roger_t", p_method_code="kenward_roger_t")
                row.update(substituted_code=substitute(below, above))
            return "", together(fit, np.eye(x.shape[2])[: len(visits)])
        why.append(f"{structure}_{fit.reason}")
    return joined(why), None


def _for_comparison(rows, found, visits):
    """Fill `sensitivity` of the rows from the model with censored results, where it can be fitted."""
    if found is None or found.lower.shape[1] != len(visits) + 1:  # a visit before the baseline
        return
    x = np.broadcast_to(np.eye(len(visits) + 1), (*found.lower.shape, len(visits) + 1))
    fit, code = fit_censored(found.lower, found.upper, x)
    if not fit.converged:
        return
    for row in rows:
        if row["visit"] in visits:
            change = fit.coefficients[1 + visits.index(row["visit"])] - fit.coefficients[0]
            row.update(sensitivity=float(np.exp(change)), sensitivity_method_code=code)


def _point(lower, upper, kind):
    """Scores as they are; biomarkers on the log scale, below LLOQ as LLOQ / 2, above ULOQ as the ULOQ."""
    return lower if kind == "score" else log_substituted(lower, upper, lower == 0)
