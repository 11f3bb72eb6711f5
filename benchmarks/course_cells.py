"""Simulated courses of known truth: did anything change at any visit, summary measures, arms beside each other.

Each function returns counts of one cell as those of `statistics_cells`. `cells` lists them.

Truths: SDs of the visits that are the same, or rise to twice the first, or are three times it at one visit; correlation
the same for any two visits (0.6) or AR(1) 0.7. Missing visits: 0, 15, 30 % after baseline, at random. Rejections where
there is an effect are of kind `power`.
"""

from itertools import product

import numpy as np
from benchmarks.statistics_cells import Tally
from immunoassay.statistics import any_visit as course_tests
from immunoassay.statistics import arm_courses, settings
from immunoassay.statistics.censored_mixed import fit_censored, robust
from immunoassay.statistics.intervals import t_interval
from immunoassay.statistics.repeated_measures import combination, fit_repeated, together
from immunoassay.statistics.summary_measures import (
    FEWEST_EXACT,
    MOST_RECENSORED,
    Trajectories,
    measured,
    summarised,
    t_test,
    weights,
)
from scipy.special import fdtrc, ndtri, stdtr

SELDOM = 5  # models that need a search are fitted to every fifth data set
DRAWS = 199  # with the observed order 5 % of 200, so the level is exact
SPREADS = {
    "same": lambda visits: np.ones(visits),
    "rising": lambda visits: np.linspace(1, 2, visits),
    "one visit": lambda visits: np.where(np.arange(visits) == visits // 2, 3.0, 1.0),
}
CORRELATIONS = {
    "exchangeable": lambda lag: np.where(lag > 0, 0.6, 1.0),
    "AR(1)": lambda lag: 0.7**lag,
}
SETTINGS = settings.complete({"permutations": DRAWS})
LAST = "mixed model, last visit"


def any_visit(random, repetitions, n, visits, truth, missing, effect):
    """No change, or a fall of `effect` SD reached linearly at the last visit; what is printed, and its rivals."""
    tally = Tally(effect)
    root = _root(visits, *truth)
    shift = -effect * np.arange(visits) / (visits - 1)
    means = np.broadcast_to(np.eye(visits), (n, visits, visits))
    rows = np.eye(visits)[1:] - np.eye(visits)[0]
    for place in range(repetitions):
        y = _missed(random, random.normal(size=(n, visits)) @ root.T + shift, missing)
        found = _trajectories(y)
        exact = course_tests.course_p(y, DRAWS, int(random.integers(2**31)))[0]
        tally.test("sign changes of courses", exact)
        changes = y[:, 1:] - y[:, :1]
        each = [t_test(part[~np.isnan(part)])[0] for part in changes.T]
        tally.test("rival: t at each visit, Bonferroni", min(1.0, (visits - 1) * np.nanmin(each)))
        mean = measured(found.lower, found.upper, weights(found, "mean_follow_up"))[0]
        tally.test("mean follow-up, t", t_test(mean[found.seen[:, 1:].any(axis=1)])[0])
        if not missing:
            tally.test("rival: analysis of variance, Greenhouse-Geisser", _greenhouse_geisser(y))
        few = n < FEWEST_EXACT
        slow = place < repetitions / (2 if few else SELDOM)
        tally.test("whole procedure", exact if not few else np.nan)
        if not slow:
            continue
        f = course_tests.one_correlation(y).p
        tally.test("F, own variances, one correlation", f)
        if few:
            tally.test("whole procedure", course_tests.any_visit(found, False, None, DRAWS, 1).p)
        for name, structure in (("random intercept", "compound_symmetry"), ("AR(1)", "autoregressive")):
            fit = fit_repeated(y, means, structure)
            tally.test(f"rival: {name}, Kenward-Roger F", together(fit, rows).p if fit.converged else np.nan)
    return tally.counts()


def summary(random, repetitions, n, below, spread, missing, effect):
    """Mean follow-up ln ratio with results below an LLOQ: what is printed, and LLOQ/2 in their place."""
    tally = Tally(effect)
    visits = 5
    root = _root(visits, spread, "AR(1)")
    limit = ndtri(below) if below else -1e3
    shift = np.where(np.arange(visits) > 0, effect, 0.0)
    for _ in range(repetitions):
        y = _missed(random, random.normal(size=(n, visits)) @ root.T + shift, missing)
        y = y[~np.isnan(y[:, 1:]).all(axis=1)]
        low = np.where(np.isnan(y) | (y >= limit), y, -np.inf)
        found = _trajectories(low, np.maximum(y, limit), limit)
        row = summarised(found, "score", "mean_follow_up", SETTINGS)
        name = {"t_measure": "t", "sandwich_t": "censored, sandwich"}.get(row["interval_method_code"], "bounds")
        tally.interval(f"whole procedure, {name}", row["low"], row["high"], effect)
        half = np.where(np.isneginf(low), limit - np.log(2), y)
        values = measured(half, half, weights(_trajectories(half), "mean_follow_up"))[0]
        tally.interval("rival: LLOQ/2, t", *t_interval(values)[1:], effect)
        # The re-censored test is of no change in distribution: a rising spread is one.
        if spread == "same" or not row["p_method_code"].endswith("_recensored"):
            tally.test("whole procedure", row["p"])
        tally.test("the p beside it", row["p_beside"])
        if below and n > MOST_RECENSORED:
            tally.test("any visit, censored", course_tests.any_visit(found, True, None, DRAWS, 1).p)
        tally.test("rival: LLOQ/2, t", t_test(values)[0])
    return tally.counts()


def arms(random, repetitions, sizes, truth, missing, effect, spread):
    """Two arms of `sizes`, five visits, the second `effect` SD lower at all later ones and `spread` times as variable."""
    tally = Tally(effect)
    visits = 5
    root, level = _root(visits, *truth), np.repeat([0, 1], sizes)
    shift = np.where(np.arange(visits) > 0, effect, 0.0)
    for _ in range(repetitions):
        y = random.normal(size=(level.size, visits)) @ root.T * np.where(level, spread, 1.0)[:, None]
        y = _missed(random, y + level[:, None] * shift, missing)
        keep = ~np.isnan(y[:, 1:]).all(axis=1)
        y, own = y[keep], level[keep]
        baseline = y[:, :1] - y[:, :1].mean()
        courses = arm_courses.Courses(y, y, own, ["a", "b"], baseline, list("1234"))
        x = arm_courses.design(courses, 1)
        fit, _ = arm_courses.fit_arms(y[:, 1:], x, own)
        if fit.converged:
            rows = arm_courses.contrasts(2, visits - 1, x.shape[2])[0]
            found = combination(fit, rows[-1])
            tally.interval(LAST, *found.interval[1:], effect)
            tally.test(LAST, found.p)
            tally.test("mixed model, any visit", together(fit, rows).p)
            tally.test("mixed model, arm by visit", together(fit, rows[1:] - rows[0]).p)
        there = ~np.isnan(y[:, -1])
        design = np.column_stack([np.ones(there.sum()), own[there], baseline[there, 0]])
        if np.linalg.matrix_rank(design) == 3:  # somebody of both arms was seen last
            tally.test("rival: analysis of covariance of the last visit", _least_squares(y[there, -1], design, 1))
    return tally.counts()


def censored_arms(random, repetitions, sizes, below, truth, missing, effect):
    """Two arms of `sizes`, four visits, `below` of the baseline below the LLOQ: ratio of the changes at the last visit."""
    tally = Tally(effect)
    visits = 4
    root, level = _root(visits, *truth), np.repeat([0, 1], sizes)
    shift = np.where(np.arange(visits) > 0, effect, 0.0)
    limit = ndtri(below)
    for _ in range(repetitions):
        y = _missed(random, random.normal(size=(level.size, visits)) @ root.T + level[:, None] * shift, missing)
        low = np.where(np.isnan(y) | (y >= limit), y, -np.inf)
        courses = arm_courses.Courses(low, np.maximum(y, limit), level, ["a", "b"], np.zeros((level.size, 0)), [])
        x = arm_courses.design(courses, 0)
        rows = arm_courses.contrasts(2, visits, x.shape[2])[0]
        fit, _ = fit_censored(courses.lower, courses.upper, x)
        if fit.converged:
            found = robust(fit, rows[-1] - rows[0], level)
            tally.interval("censored random intercept, sandwich", *found.interval[1:], effect)
            tally.test("censored random intercept, sandwich", found.p)
        half = np.where(np.isneginf(low), limit - np.log(2), y)
        changes = half[:, -1] - half[:, 0]
        there = ~np.isnan(changes)
        design = np.column_stack([np.ones(there.sum()), level[there]])
        tally.test(
            "rival: LLOQ/2, t of the changes", _least_squares(changes[there], design, 1) if not effect else np.nan
        )
    return tally.counts()


def cells():
    """(function, its arguments, labels) of every cell."""
    for (n, visits), truth, missing in product(
        ((5, 4), (7, 6), (12, 4), (12, 8)),
        (("same", "exchangeable"), ("rising", "AR(1)"), ("one visit", "exchangeable")),
        (0.0, 0.3),
    ):
        label = f"{visits} visits, SD {truth[0]}, {truth[1]}, {100 * missing:.0f} % missing"
        yield any_visit, (n, visits, truth, missing, 0.0), {"n": n, "scenario": f"{label}, no change"}
        if not missing:
            effect = 1.2 * np.sqrt(7 / n) * (1.6 if truth[0] != "same" else 1.0)
            yield any_visit, (n, visits, truth, missing, effect), {"n": n, "scenario": f"{label}, fall"}
    for n, below, effect, spread in product(
        (5, 7, 12, 15, 20, 30, 50), (0.0, 0.3, 0.5), (0.0, -0.7), ("same", "rising")
    ):
        label = f"mean follow-up, SD {spread}, AR(1), 15 % missing, effect {effect}"
        yield summary, (n, below, spread, 0.15, effect), {"n": n, "below": below, "scenario": label}
    for sizes, truth, missing in product(
        ((10, 10), (15, 15), (50, 50), (4, 16), (7, 15), (15, 50)),
        (("same", "exchangeable"), ("rising", "AR(1)")),
        (0.0, 0.15, 0.3),
    ):
        if missing != 0.15 and truth[0] == "same":
            continue
        for effect in (0.0, -0.7) if missing == 0.15 else (0.0,):
            label = (
                f"{sizes[0]} + {sizes[1]}, SD {truth[0]}, {truth[1]}, {100 * missing:.0f} % missing, effect {effect}"
            )
            yield arms, (sizes, truth, missing, effect, 1.0), {"n": sum(sizes), "scenario": label}
    for sizes in ((15, 15), (7, 15), (15, 50), (50, 15)):
        label = f"{sizes[0]} + {sizes[1]}, SD of the second arm x 1.5"
        yield arms, (sizes, ("rising", "AR(1)"), 0.15, 0.0, 1.5), {"n": sum(sizes), "scenario": label}
    for sizes, below, effect in product(((7, 8), (15, 15), (7, 15), (15, 50)), (0.3, 0.6), (0.0, -0.7)):
        label = f"{sizes[0]} + {sizes[1]}, effect {effect}"
        arguments = sizes, below, ("rising", "AR(1)"), 0.15, effect
        yield censored_arms, arguments, {"n": sum(sizes), "below": below, "scenario": label}


def _root(visits, spread, correlation):
    lag = np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
    deviation = SPREADS[spread](visits)
    return np.linalg.cholesky(CORRELATIONS[correlation](lag) * np.outer(deviation, deviation))


def _missed(random, y, share):
    gone = random.random(y.shape) < share
    gone[:, 0] = False
    return np.where(gone, np.nan, y)


def _trajectories(lower, upper=None, limit=-np.inf):
    upper = lower if upper is None else upper
    whole = np.full(lower.shape, 1.0)
    return Trajectories(lower, upper, whole * limit, whole * np.inf, whole * np.nan, np.isneginf(lower) * 1.0)


def _greenhouse_geisser(y):
    n, visits = y.shape
    basis = np.linalg.svd(np.eye(visits) - 1 / visits)[0][:, : visits - 1]
    turned = y @ basis
    covariance, mean = np.cov(turned.T), turned.mean(axis=0)
    epsilon = np.trace(covariance) ** 2 / ((visits - 1) * (covariance**2).sum())
    f = n * (mean @ mean) / np.trace(covariance)
    return float(fdtrc((visits - 1) * epsilon, (visits - 1) * (n - 1) * epsilon, f))


def _least_squares(y, design, column):
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ y
    free = len(y) - design.shape[1]
    error = np.sqrt(((y - design @ beta) ** 2).sum() / free * inverse[column, column])
    return float(2 * stdtr(free, -abs(beta[column]) / error))
