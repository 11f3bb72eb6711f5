"""The whole course of two or more groups of participants beside each other, such as the arms of a randomised trial.

Participants are compared with those of a reference level at every visit in one model of all visits, and at any visit at
once. Nothing is said of the cause of a difference between groups that nobody randomised.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.censored_mixed import fit_censored, robust
from immunoassay.statistics.factor_levels import RESPONDER, named, responding, with_reference
from immunoassay.statistics.frames import cube, limits, ordered, table
from immunoassay.statistics.known_codes import STRUCTURES, joined
from immunoassay.statistics.repeated_measures import Ftest, RepeatedFit, combination, fit_repeated, together
from immunoassay.statistics.substitutes import log_substituted, substitute, through_one_limit
from immunoassay.statistics.thresholds import MOST_CENSORED
from immunoassay.tables import BELOW

FEWEST_PARTICIPANTS = 20
FEWEST_CENSORED = 15  # participants from which the censored model is fitted
FEWEST_OF_A_LEVEL = 4
MOST_CENSORED_INTERVAL = 0.6  # beyond, the interval of the censored model covers less than 92 %
NAMES = ("variable", "kind", "panel", "group", "unit", "course")
NO_TEST = Ftest(np.nan, 0, np.nan, np.nan)


class Courses(NamedTuple):
    """Bounds of participants at baseline (column 0) and the visits after it, NaN = missing; logarithms of a biomarker.

    `level` is the place of each participant's level among `levels`, the reference first; `covariates` (participants,
    columns) have mean 0.
    """

    lower: np.ndarray
    upper: np.ndarray
    level: np.ndarray
    levels: list[str]
    covariates: np.ndarray
    visits: list[str]


def arm_longitudinal(observations: pd.DataFrame, people: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """One row per factor, level, variable and visit after baseline of the primary course, as frames.table("arm_courses").

    `estimate` is the geometric mean ratio of the level to the reference at that visit, in participants of the same
    baseline (biomarkers), or the difference in points (scores): restricted maximum likelihood of the value by visit x
    level, baseline and covariates, unstructured covariance, else heterogeneous Toeplitz, with a factor of the standard
    deviation for every level, Kenward-Roger. `by_visit_*`
    tests that the difference of the levels is the same at all visits, `any_visit_*` that there is none at any; both are
    of all levels together and the same in all rows of a factor and variable. It needs FEWEST_PARTICIPANTS, of every
    level FEWEST_OF_A_LEVEL, and at most 10 % of results outside the limits (below LLOQ they stand as LLOQ / 2).

    Above 10 %, and from FEWEST_CENSORED participants: the ratio of the levels' changes from baseline by maximum
    likelihood of a random intercept with censored results (censored_mixed.fit_censored), its interval by
    the sandwich over participants, which does not rest on the correlation that the model assumes; beyond
    MOST_CENSORED_INTERVAL the estimate alone.

    No p is adjusted. `people`: a row per participant with the columns of `compare` and `covariates`.
    """
    settings = choices.complete(settings)
    frame = ordered(observations)
    covariates = _covariates(frame, people, settings)
    frame = frame[frame["course"] == settings["primary_course"]]
    rows = []
    for factor in settings["compare"]:
        level, names = factor_levels(frame, people, factor, settings)
        for _, block in frame.groupby("variable", sort=False) if names else ():
            rows += _one_variable(factor, block, level, names, covariates, settings)
    return table(rows, "arm_courses")


def design(courses: Courses, first: int) -> np.ndarray:
    """Coefficients (participants, visits, coefficients) of the visits from column `first`: a mean of each level and visit,
    level by level, then the covariates."""
    n, visits = courses.lower[:, first:].shape
    means = np.zeros((n, visits, len(courses.levels), visits))
    means[np.arange(n)[:, None], np.arange(visits), courses.level[:, None], np.arange(visits)] = 1
    added = np.broadcast_to(courses.covariates[:, None], (n, visits, courses.covariates.shape[1]))
    return np.concatenate([means.reshape(n, visits, -1), added], axis=2)


def fit_arms(values: np.ndarray, x: np.ndarray, level: np.ndarray) -> tuple[RepeatedFit, str]:
    """(fit, structure) of the first of STRUCTURES that can be fitted; without one the codes of the reasons stand there."""
    why = []
    for structure in STRUCTURES:
        fit = fit_repeated(values, x, structure, level)
        if fit.converged:
            return fit, structure
        why.append(f"{structure}_{fit.reason}")
    return fit, joined(why)


def contrasts(levels: int, visits: int, size: int) -> np.ndarray:
    """Rows (levels - 1, visits, coefficients): the mean of every further level less that of the first, by visit."""
    rows = np.zeros((levels - 1, visits, size))
    for level in range(1, levels):
        rows[level - 1, np.arange(visits), level * visits + np.arange(visits)] = 1
        rows[level - 1, np.arange(visits), np.arange(visits)] = -1
    return rows


def _covariates(frame, people, settings):
    """Numbers by participant: columns of `people` (a text as its levels), or a score at baseline in the primary course."""
    made = []
    for name in settings["covariates"]:
        if name in people:
            values = people.set_index("participant")[name]
            if not pd.api.types.is_numeric_dtype(values):
                values = pd.get_dummies(values.astype("str"), dtype=float).where(values.notna(), np.nan).iloc[:, 1:]
        else:
            rows = frame[(frame["variable"] == name) & (frame["course"] == settings["primary_course"])]
            rows = rows[rows["own_baseline"] & rows["reported"]]
            values = rows.set_index("participant")["lower"].rename(name)
        made.append(values.astype(float).to_frame() if isinstance(values, pd.Series) else values)
    names = [str(name) for name in people["participant"]]
    return pd.concat([part.reindex(names) for part in made], axis=1) if made else pd.DataFrame(index=names)


def factor_levels(
    frame: pd.DataFrame, people: pd.DataFrame, factor: str, settings: Mapping[str, Any]
) -> tuple[pd.Series, list[str]]:
    """(level by participant, the levels with the reference first); no levels where there are not two.

    `frame`: observations of frames.ordered.
    """
    of = responding(frame, settings) if factor == RESPONDER else named(people, factor)
    present = set(frame["participant"])
    level = pd.Series({who: own for who, own in of.items() if who in present}, dtype="str")
    return level, list(with_reference(level, settings["compare"][factor]))


def _one_variable(factor, block, level, names, covariates, settings):
    first = block.iloc[0]
    facts = {name: first[name] for name in NAMES} | {"factor": factor, "reference": names[0]}
    facts["quantity"] = "change" if facts["kind"] == "score" else "ratio"
    start = block.loc[block["own_baseline"], "visit_order"].max() if block["own_baseline"].any() else -np.inf
    later = block[~block["own_baseline"] & (block["visit_order"] > start)].sort_values(["visit_order", "visit"])
    own = covariates.drop(columns=facts["variable"], errors="ignore")  # its own baseline is in the model anyway
    complete = own.index[own.notna().all(axis=1)]
    used = later[later["reported"] & later["baseline_reported"]]
    used = used[used["participant"].isin(level.index) & used["participant"].isin(complete)]
    used = used.assign(level=used["participant"].map(level))
    outside = pd.concat([used["status"], used["baseline_status"]])
    share = (outside != "quantified").mean() if len(outside) else np.nan
    below = outside.isin(BELOW).mean() if len(outside) else np.nan
    if share <= MOST_CENSORED:  # a number will stand for what is below
        used = through_one_limit(used)
    lloq_min, lloq_max = limits(used["lower_limit"].to_numpy(float, na_value=np.nan))
    facts.update(n_participants=used["participant"].nunique(), share_censored=share, share_below=below)
    facts.update(_lloq_min=lloq_min, _lloq_max=lloq_max)
    counts = used.groupby(["level", "visit"])["participant"].nunique()
    rows = [
        {**facts, "level": name, **_at(visit, part, counts, name, names[0])}
        for name in names[1:]
        for visit, part in later.groupby("visit", sort=False)
    ]
    _fill(rows, used, own, names, settings)
    return rows


def _at(visit, part, counts, level, reference):
    row = {"visit": visit, "visit_order": part["visit_order"].iloc[0]}
    row.update(n=int(counts.get((level, visit), 0)), n_reference=int(counts.get((reference, visit), 0)))
    row.update(dict.fromkeys(("estimate", "low", "high", "standard_error", "degrees_of_freedom", "p"), np.nan))
    row.update(dict.fromkeys(("estimate_method_code", "interval_method_code", "p_method_code"), "none"))
    return row | {"substituted_code": "none", **_tested("by_visit", NO_TEST), **_tested("any_visit", NO_TEST)}


def _tested(name, found):
    return {
        f"{name}_f": found.statistic,
        f"{name}_df1": found.numerator or None,
        f"{name}_df2": found.denominator,
        f"{name}_p": found.p,
        f"{name}_method_code": "none" if np.isnan(found.p) else "kenward_roger_f",
    }


def _fill(rows, used, covariates, names, settings):
    """Write the estimates, or why there are none, into the rows of one variable."""
    people = used.groupby("level")["participant"].nunique()
    fewest = min(int(people.get(name, 0)) for name in names)
    n, censored = used["participant"].nunique(), len(used) and rows[0]["share_censored"] > MOST_CENSORED
    censored = censored and rows[0]["kind"] == "biomarker"
    reason = ""
    if n == 0:
        reason = "nobody_followed"
    elif n < (FEWEST_CENSORED if censored else FEWEST_PARTICIPANTS):
        reason = "arms_few_participants_censored" if censored else "arms_few_participants"
    elif fewest < FEWEST_OF_A_LEVEL:
        reason = "arms_few_of_a_level"
    else:
        # A visit is modelled where every level has results of two participants or more.
        seen = used.groupby(["visit", "level"])["participant"].nunique().unstack(fill_value=0)
        visits = [row["visit"] for row in rows if row["level"] == names[1] and row["visit"] in seen.index]
        visits = [visit for visit in visits if seen.loc[visit].min() >= 2]
        courses = _courses(used[used["visit"].isin(visits)], covariates, names, visits)
        reason = (_censored_model if censored else _model)(rows, courses, settings)
    for row in rows:
        row["reason_code"] = reason or ("" if not np.isnan(row["estimate"]) else "arms_visit_of_one_level")


def _courses(used, covariates, names, visits):
    people = sorted(set(used["participant"]))
    first = used.drop_duplicates("participant").set_index("participant").loc[people]
    after = cube(used, [used["variable"].iloc[0]], people, visits, ["lower", "upper"])
    lower, upper = (
        np.column_stack([first[f"baseline_{name}"].to_numpy(float), part[0]])
        for name, part in zip(("lower", "upper"), after, strict=True)
    )
    if used["kind"].iloc[0] == "biomarker":
        with np.errstate(divide="ignore"):
            lower, upper = np.log(lower), np.log(upper)
    own = covariates.reindex(people).to_numpy(float).reshape(len(people), -1)
    own = own[:, np.ptp(own, axis=0) > 0] if own.size else own
    level = first["level"].map({name: place for place, name in enumerate(names)}).to_numpy(int)
    return Courses(lower, upper, level, names, own - own.mean(axis=0), visits)


def _model(rows, courses, settings):
    kind = rows[0]["kind"]
    below, above = np.isneginf(courses.lower), np.isposinf(courses.upper)
    values = np.where(above, courses.lower, courses.upper)
    if kind == "biomarker":
        values = log_substituted(np.exp(values), np.exp(values), below)
    baseline = values[:, :1] - values[:, :1].mean()
    if np.ptp(baseline) > 0:
        courses = courses._replace(covariates=np.hstack([baseline, courses.covariates]))
    x = design(courses, 1)
    fit, structure = fit_arms(values[:, 1:], x, courses.level)
    if not fit.converged:
        return structure
    differences = contrasts(len(courses.levels), len(courses.visits), x.shape[2])
    changes = (differences[:, 1:] - differences[:, :1]).reshape(-1, x.shape[2])
    whole = _tested("any_visit", together(fit, differences.reshape(-1, x.shape[2])))
    whole.update(_tested("by_visit", together(fit, changes) if len(changes) else NO_TEST))
    for row, weights in _placed(rows, courses, differences):
        found = combination(fit, weights, settings["confidence"])
        row.update(_numbers(found.interval, kind), p=found.p, standard_error=found.error)
        row.update(degrees_of_freedom=found.degrees_of_freedom, estimate_method_code=f"reml_{structure}")
        row.update(interval_method_code="kenward_roger_t", p_method_code="kenward_roger_t")
    for row in rows:
        row.update(whole, substituted_code=substitute(below.any(), above.any()))
    return ""


def _censored_model(rows, courses, settings):
    x = design(courses, 0)
    fit, code = fit_censored(courses.lower, courses.upper, x)
    if not fit.converged:
        return f"arms_censored_{fit.reason}"
    by_visit = contrasts(len(courses.levels), len(courses.visits) + 1, x.shape[2])
    mostly = rows[0]["share_censored"] > MOST_CENSORED_INTERVAL
    for row, weights in _placed(rows, courses, by_visit[:, 1:] - by_visit[:, :1]):
        interval, p, error, free = robust(fit, weights, courses.level, settings["confidence"])
        row["estimate_method_code"] = code
        if mostly or np.isnan(error):
            row["estimate"] = float(np.exp(interval.estimate))
            continue
        row.update(_numbers(interval, "biomarker"), p=p, standard_error=error, degrees_of_freedom=free)
        row.update(interval_method_code="sandwich_t", p_method_code="sandwich_t")
    return "arms_mostly_censored" if mostly else ""


def _placed(rows, courses, differences) -> Iterator[tuple[dict, np.ndarray]]:
    """Every row that is of a modelled visit, with the weights of its difference."""
    for row in rows:
        if row["visit"] in courses.visits:
            yield row, differences[courses.levels.index(row["level"]) - 1, courses.visits.index(row["visit"])]


def _numbers(interval, kind):
    back = np.exp if kind == "biomarker" else float
    with np.errstate(over="ignore"):
        return dict(zip(("estimate", "low", "high"), (float(back(part)) for part in interval), strict=True))
