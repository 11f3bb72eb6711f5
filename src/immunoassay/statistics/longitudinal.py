"""All visits of a course in one model, where there are participants enough: change at each visit.

The per-visit paired analysis (`changes`, `score_changes`) stays the main one: with 15 or more participants the model
narrows its intervals by a few per cent, with fewer an unstructured covariance rarely converges.
"""

import numpy as np
from immunoassay.statistics import number_words
from immunoassay.statistics import settings as choices
from immunoassay.statistics.censored_mixed import fit_random_intercept
from immunoassay.statistics.frames import cube, limits, prepare, status_counts, table
from immunoassay.statistics.repeated_measures import STRUCTURES, combination, fit_repeated

FEWEST_PARTICIPANTS = 15
MOST_CENSORED = 0.10
PAIRED = "see the paired analysis of each visit"
COLUMNS = {
    **dict.fromkeys(("variable", "kind", "panel", "group", "unit", "course", "visit"), "str"),
    "visit_order": "Int64",
    "quantity": "str",
    **dict.fromkeys(("n_participants", "n", "n_missing"), "Int64"),
    **dict.fromkeys(("share_censored", "share_below"), "float64"),
    **dict.fromkeys(("estimate", "low", "high", "standard_error", "degrees_of_freedom", "p"), "float64"),
    **dict.fromkeys(("estimate_method", "interval_method", "p_method"), "str"),
    "sensitivity": "float64",
    "sensitivity_method": "str",
    "words": "str",
    "reason": "str",
}


def longitudinal(observations, settings):
    """One row per variable and visit after baseline in the primary course, columns as COLUMNS.

    `estimate` is the geometric mean ratio to baseline (biomarkers) or the mean change in points (scores) at the mean
    baseline, from a model of all visits: ln ratio (change) by visit and baseline, restricted maximum likelihood,
    unstructured covariance, else heterogeneous Toeplitz. It needs n >= 15 and n >= 2 x visits + 5 participants, and
    for a biomarker at most 10 % of results outside the limits (below LLOQ they then stand as LLOQ / 2). Above 10 %
    there is a `sensitivity` ratio instead: maximum likelihood with a random intercept per participant and censored
    results, an estimate without interval because visits are rarely equally correlated. `standard_error` is on the
    scale of the model (natural log of a ratio, points). The p is of no change, not adjusted. Otherwise NA and why.
    """
    settings = choices.complete(settings)
    frame = prepare(observations)
    frame = frame[frame["course"] == settings["primary_course"]]
    rows = []
    for _, block in frame.groupby("variable", sort=False):
        rows += _one_variable(block, settings)
    return table(rows, COLUMNS)


def _one_variable(block, settings):
    later = block[~block["baseline"]].sort_values(["visit_order", "visit"], kind="stable")
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
        row.update(dict.fromkeys(("estimate_method", "interval_method", "p_method"), "none"))
        row.update(sensitivity=np.nan, sensitivity_method="none", reason="")
        rows.append(row)
    visits = [row["visit"] for row in rows if row["n"]]
    reason = _why_not(len(people), len(visits), share)
    if not reason:
        reason = _model(rows, used, people, visits, facts["kind"], settings)
    elif facts["kind"] == "biomarker" and share > MOST_CENSORED and len(people) >= FEWEST_PARTICIPANTS:
        _sensitivity(rows, block, visits)
    for row in rows:
        row["reason"] = row["reason"] or reason or ("" if row["n"] else "no participant has a result at both visits")
        row["words"] = _words(row, used)
    return rows


def _censored(used):
    """Shares of results outside the limits, and below the LLOQ, among both members of all pairs."""
    status = np.concatenate([used["baseline_status"].to_numpy(object), used["status"].to_numpy(object)])
    if not status.size:
        return np.nan, np.nan
    counts = status_counts(status)
    return (counts["n_below"] + counts["n_above"]) / status.size, counts["n_below"] / status.size


def _why_not(n, visits, share):
    if n == 0:
        return "no participant has a result at baseline and later"
    needed = max(FEWEST_PARTICIPANTS, 2 * visits + 5)
    if n < needed:
        return f"mixed model not fitted: {n} participants, {needed} are needed for {visits} visits; {PAIRED}"
    if share > MOST_CENSORED:
        outside = f"{100 * share:.0f} % of results outside the limits, more than {100 * MOST_CENSORED:.0f} %"
        return f"mixed model not fitted: {outside}; {PAIRED}"
    return ""


def _model(rows, used, people, visits, kind, settings):
    """Fill the rows from the first structure that can be fitted; the reason when none can."""
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
    why = []
    for structure, name in STRUCTURES.items():
        fit = fit_repeated(y, x, structure)
        if fit.converged:
            back = np.exp if kind == "biomarker" else float
            chosen = [row for row in rows if row["visit"] in visits]
            for row, weights in zip(chosen, np.eye(x.shape[2]), strict=False):
                found = combination(fit, weights, settings["confidence"])
                estimate, low, high = (float(back(part)) for part in found.interval)
                row.update(estimate=estimate, low=low, high=high, p=found.p, standard_error=found.error)
                row.update(degrees_of_freedom=found.degrees_of_freedom, estimate_method=f"REML, {name} covariance")
                row.update(interval_method="t, Kenward-Roger-Linear", p_method="t, Kenward-Roger-Linear")
            return ""
        why.append(f"{name}: {fit.reason}")
    return f"mixed model not fitted: {'; '.join(why)}; {PAIRED}"


def _sensitivity(rows, block, visits):
    known = block[block["reported"] & (block["baseline"] | block["baseline_reported"])]
    order = [*known.loc[known["baseline"], "visit"].unique(), *visits]
    if len(set(order)) < len(order) or len(order) != len(visits) + 1:
        return
    people = sorted(set(known["participant"]))
    lower, upper = (part[0] for part in cube(known, [block["variable"].iloc[0]], people, order, ["lower", "upper"]))
    with np.errstate(divide="ignore"):
        lower, upper = np.log(lower), np.log(upper)
    x = np.broadcast_to(np.eye(len(order)), (len(people), len(order), len(order)))
    fit = fit_random_intercept(lower, upper, x)
    if not fit.converged:
        return
    for row in rows:
        if row["visit"] in visits:
            change = fit.coefficients[1 + visits.index(row["visit"])] - fit.coefficients[0]
            row["sensitivity"] = float(np.exp(change))
            row["sensitivity_method"] = "censored random intercept, maximum likelihood"


def _point(lower, upper, kind):
    """Scores as they are; biomarkers on the log scale, below LLOQ as LLOQ / 2, above ULOQ as the ULOQ."""
    if kind == "score":
        return lower
    return np.log(np.where(lower == 0, upper / 2, lower))


def _words(row, used):
    n = row["n_participants"]
    if np.isnan(row["estimate"]):
        text = ""
        if not np.isnan(row["sensitivity"]):
            text = (
                f"ratio {number_words.number(row['sensitivity'])} by {row['sensitivity_method']}, for comparison only"
            )
        return number_words.sentences(row["reason"], text)
    unit = "ratio to baseline" if row["quantity"] == "ratio" else "points"
    parts = [
        f"{number_words.with_interval(row['estimate'], row['low'], row['high'])} {unit} at the mean baseline, {n} participants"
    ]
    parts.append(f"{row['n']} at this visit; visits that are missing are assumed missing at random given the others")
    parts.append(
        f"{row['estimate_method']}, Kenward-Roger-Linear, {number_words.number(row['degrees_of_freedom'])} degrees of freedom"
    )
    if row["share_censored"] > 0:
        low, high = limits(used["lloq"].to_numpy(float, na_value=np.nan))
        parts.append(
            f"{100 * row['share_censored']:.0f} % of results outside the limits (LLOQ {number_words.between(low, high)}) "
            "stand as half the LLOQ, or the ULOQ"
        )
    parts.append(f"{number_words.probability(row['p'])}; descriptive: not adjusted for other tests")
    return number_words.sentences(*parts)
