"""Simulated studies for the associations whose limits, visits or numbers are not as they should be: part of `statistics.py`.

One function per kind of cell, as in statistics_cells: {"tests" or "power": {name: (rejected, printed)}}. With a correlation
of 0 the rejections are of tests ("tests"), else of what is there to be found ("power"), beside rivals that assume no more.
"""

from itertools import product

import numpy as np
from benchmarks.statistics_cells import Tally, _limit, _series
from immunoassay.statistics.concordance import (
    limit_classes,
    orders_within,
    permuted_concordance,
    recensored,
    visit_changes,
    visit_signs,
)
from immunoassay.statistics.correlation import interval_ranks, permutation_p, permuted_r, permuted_tau
from immunoassay.statistics.trajectories import permuted_trajectories

ORDERS = 199  # with the observed one 5 % of 200, so that the level is exact
CHANGING = 5000  # repetitions, at least, of cells without association whose LLOQ changes
COURSE = np.log(0.3) * np.array([0, 0.8, 1, 1, 0.7, 0])  # everybody falls by 70 % and recovers
RELAPSE = 1.5  # standard deviations that a score rises above its best before samples are read with another LLOQ
BELOW = 0.6
PRINTED = {
    "lloq": "within participants, as printed",
    "visits": "within participants, visits missed",
    "one": "one visit, as printed",
}
FOLDS, MISSED = (1.0, 3.0, 10.0), (0.0, 0.15, 0.3)


def cells():
    """(function, its arguments, labels) of every cell, as statistics.cells."""
    for n, fold, shared, r in product((7, 12, 30), FOLDS, (False, True), (0.0, 0.5)):
        course = ", shared fall and recovery" if shared else ""
        labels = {"n": n, "below": BELOW, "scenario": f"LLOQ x {fold:g} after relapse{course}, r = {r}"}
        yield changing_lloq, (n, fold, shared, r), labels
    for n, missed, r in product((7, 12, 20), MISSED, (0.0, 0.5)):
        yield missing_visits, (n, missed, r), {"n": n, "scenario": f"{100 * missed:.0f} % of visits missed, r = {r}"}
    for n in (7, 12, 20):
        yield (
            missing_visits,
            (n, 0.3, 0.0, 10.0),
            {"n": n, "below": BELOW, "scenario": "30 % of visits missed, LLOQ x 10"},
        )
    for n, below, r in product((7, 12, 20), (0.0, 0.3), (0.0, 0.5, 0.8)):
        yield one_visit, (n, below, r), {"n": n, "below": below, "scenario": f"one visit, r = {r}"}


def changing_lloq(random, repetitions, n, fold, shared, r):
    """Six visits, AR(1) 0.5; 60 % below the LLOQ, which is `fold` times as high from a relapse on; a course all share."""
    tally = Tally(r)
    for _ in range(repetitions if r else max(repetitions, CHANGING)):
        x, y, limit = _relapsing(random, n, fold, COURSE * shared, r)
        censored = x < limit
        if censored.mean() > 0.8 or (~censored).sum() < 4:
            continue
        orders = _orders(random, n)
        own = _trajectories(np.where(censored, limit - np.log(2), x), y, orders)
        concordant = _concordance(random, x, y, limit)
        tally.test(PRINTED["lloq"], own if fold == 1 else concordant)
        if fold > 1:
            highest = limit.max(axis=0)
            recensored_r = _trajectories(np.where(x < highest, highest - np.log(2), x), y, orders)
            tally.test("rival: re-censored at the highest LLOQ, correlation", recensored_r)
        if fold == 1:
            tally.test("rival: pairs of visits", concordant)
        elif not r:
            tally.test("rival: LLOQ/2 of each result's own LLOQ", own)
    return tally.counts()


def missing_visits(random, repetitions, n, missed, r, fold=0.0):
    """Six visits, AR(1) 0.5, a course all share; a share of the visits missed by biomarker and score.

    Nothing censored, or, with a `fold`, 60 % as in changing_lloq.
    """
    tally = Tally(r)
    for _ in range(repetitions):
        x, y, limit = _relapsing(random, n, max(fold, 1.0), COURSE, r)
        gone = random.random((n, 6)) < missed
        x[gone] = y[gone] = limit[gone] = np.nan
        people = (~gone).sum(axis=1) >= 2
        x, y, limit = x[people], y[people], limit[people]
        if people.sum() < 3 or (fold and ((x >= limit).sum() < 4 or (x < limit).sum() > 0.8 * (~np.isnan(x)).sum())):
            continue
        p = _concordance(random, x, y, limit) if fold else _trajectories(x, y, _orders(random, len(x)))
        tally.test(PRINTED["visits"], p)
    return tally.counts()


def one_visit(random, repetitions, n, below, r):
    """A biomarker (ln) and a score with correlation `r`, one value per participant."""
    tally = Tally(r)
    limit = _limit(below, (0.0,))
    for _ in range(repetitions):
        x, y = random.normal(size=(2, n))
        y = r * x + np.sqrt(1 - r * r) * y
        lower, upper = np.where(x < limit, -np.inf, x), np.maximum(x, limit)
        if (lower == upper).sum() < 4 or (lower < upper).mean() > 0.8:
            continue
        orders = _orders(random, n)
        tau = _p(permuted_tau(lower[None], upper[None], y[None], y[None], orders))
        ranks = interval_ranks(lower, upper)
        rho = _p(permuted_r(ranks[None], interval_ranks(y, y)[None], orders))
        determinate = (lower == upper).all()
        tally.test(PRINTED["one"], _p(permuted_r(x[None], y[None], orders)) if determinate else tau)
        if not below:
            tally.test("rival: tau-b", tau)
        tally.test("rival: Spearman's rho", rho)
    return tally.counts()


def promises(table):
    """The figures promised of these cells: the largest and the smallest rejection rate without association."""
    rows = table[table["kind"] == "tests"]
    changing = rows[(rows["study"] == "changing_lloq") & (rows["method"] == PRINTED["lloq"])]
    missing = rows[rows["study"] == "missing_visits"]
    return {
        "type_one_changing_lloq_max": float(changing["rate"].max()),
        "type_one_missing_visits_min": float(missing["rate"].min()),
    }


def _orders(random, n):
    return np.vstack([np.arange(n), random.permuted(np.tile(np.arange(n), (ORDERS, 1)), axis=1)])


def _p(statistics):
    return permutation_p(statistics)[0].item()


def _trajectories(x, y, orders):
    return _p(permuted_trajectories(x[None], y[None], orders))


def _relapsing(random, n, fold, course, r):
    """ln biomarker, score and ln LLOQ (n, visits); the LLOQ is `fold` times as high from a relapse of the score on."""
    x, y = _series(random, n, 0.5, np.zeros(6), r)
    worse = y[:, 1:] - np.minimum.accumulate(y[:, :-1], axis=1) > RELAPSE
    relapsed = np.hstack([np.zeros((n, 1), bool), np.maximum.accumulate(worse, axis=1)])
    return x + course, y + course, _limit(BELOW, tuple(course)) + np.log(fold) * relapsed


def _concordance(random, x, y, limit):
    """p of the concordance of visits, NaN where nothing is left to permute."""
    bounds = np.exp(np.where(x < limit, -np.inf, x)), np.exp(np.maximum(x, limit))
    classes = limit_classes(np.exp(limit))
    orders = orders_within(classes.labels, ORDERS, int(random.integers(2**31)))
    if len(orders) > 2 * ORDERS:
        orders = np.vstack([orders[:1], orders[random.integers(len(orders), size=ORDERS)]])
    signs = visit_signs(*recensored(*bounds, classes.limits))
    p, floor = permutation_p(permuted_concordance(signs, visit_changes(y)[None], classes.labels, orders))
    return p.item() if floor.item() < 1 else np.nan
