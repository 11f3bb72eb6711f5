"""Simulated studies of known truth for `benchmarks/statistics.py`: one function per kind of statement.

The modules named *_cells beside this one have more.

Each returns counts of one cell: {"tests": {name: (rejected, printed)}, "intervals": {name: (covered, printed)}} over
`repetitions` data sets. Names that begin with "rival: " are methods that the library does not use.
"""

from collections import Counter
from functools import lru_cache
from itertools import product

import numpy as np
from benchmarks.statistics_data import observe
from immunoassay.statistics import correlation, multiplicity, trajectories
from immunoassay.statistics.correlation import interval_ranks, participant_permutations, permutation_p, permuted_tau
from immunoassay.statistics.intervals import t_interval
from immunoassay.statistics.repeated_measures import combination, fit_repeated
from immunoassay.statistics.visit_summaries import visit_summaries
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, stdtr

ALPHA = 0.05
VISITS = 6
PERMUTATIONS = 199  # drawn above eight participants: with the observed order 5 % of 200, so the level is exact
SIZES, BELOW = (5, 7, 12, 20, 50), (0.0, 0.3, 0.6, 0.8)
SCENARIOS = {  # autocorrelation, shared fall in SD, share of visits missed
    "independent visits": (0.0, 0.0, 0.0),
    "AR(1) 0.5": (0.5, 0.0, 0.0),
    "AR(1) 0.8": (0.8, 0.0, 0.0),
    "AR(1) 0.5, shared fall": (0.5, 2.0, 0.0),
    "AR(1) 0.5, shared fall, gaps": (0.5, 2.0, 0.15),
}
TINY = -1e3  # a log LLOQ that nothing falls below


class Tally:
    """Counts of rejections of what is true (tests), where there is an `effect` of what is not (power); of covered intervals."""

    def __init__(self, effect=0):
        self.effect, self.tests, self.power, self.intervals = bool(effect), {}, {}, {}

    def test(self, name, p):
        if not np.isnan(p):
            part = self.power if self.effect else self.tests
            part.setdefault(name, Counter())[bool(p <= ALPHA)] += 1

    def detect(self, name, p):
        """Of all data sets: one without a p detects nothing."""
        self.power.setdefault(name, Counter())[bool(p <= ALPHA)] += 1

    def interval(self, name, low, high, truth):
        if not np.isnan(low) and (np.isfinite(low) or np.isfinite(high)):
            self.intervals.setdefault(name, Counter())[bool(low <= truth <= high)] += 1

    def counts(self):
        return {
            kind: {name: (found[True], found.total()) for name, found in part.items()}
            for kind, part in (("tests", self.tests), ("power", self.power), ("intervals", self.intervals))
            if part
        }


def cells():
    """(function, its arguments, labels) of every cell."""
    for n, below in product(SIZES, BELOW):
        for name, facts in SCENARIOS.items():
            for r in (0.0, 0.5):
                label = f"{name}, r = {r}"
                yield trajectory, (n, below, *facts, r), {"n": n, "below": below, "scenario": label}
    for n in SIZES:
        yield associations, (n,), {"n": n, "scenario": "AR(1) 0.5, shared fall, gaps"}
        for below, name in product((0.0, 0.3), ("geometric mean, log-normal", "mean, log-normal", "mean, normal")):
            if not (below and name == "mean, normal"):
                yield centre, (n, below, name), {"n": n, "below": below, "scenario": name}
    for n, effect in product((20, 50), (0.0, -0.5)):
        yield mixed_model, (n, effect), {"n": n, "scenario": f"change {effect}"}


def trajectory(random, repetitions, n, below, autocorrelation, trend, missing, r):
    """A biomarker (ln) and a score at six visits; `r` is their correlation between and within participants.

    `trend`: how many SD both fall from the first to the last visit; `missing`: share of visits missed.
    """
    tally = Tally()
    fall = -trend * np.arange(VISITS) / (VISITS - 1)
    limit = _limit(below, tuple(fall))
    truth_within = _population(below, autocorrelation, trend, r, "within")
    truth_rho = _population(below, autocorrelation, trend, r, "rho")
    for _ in range(repetitions):
        x, y = _series(random, n, autocorrelation, fall, r)
        gone = random.random((n, VISITS)) < missing
        x[gone] = y[gone] = np.nan
        censored = x < limit
        half = np.where(censored, limit - np.log(2), x)
        orders = participant_permutations(n, PERMUTATIONS, int(random.integers(2**31)))
        _within(tally, half, y, censored, gone, orders, truth_within, r)
        low = np.where(censored, -np.inf, x)
        _at_one_visit(tally, low, np.maximum(x, limit), y, orders, truth_rho, r)
        if r == 0:
            _changes(tally, low, np.maximum(x, limit), y, orders)
            _rivals(tally, half, y)
    return tally.counts()


def associations(random, repetitions, n):
    """Ten biomarkers and two scores with autocorrelation, a common fall and gaps, nothing associated: max-T and BH."""
    tally = Tally()
    fall = -2 * np.arange(VISITS) / (VISITS - 1)
    for _ in range(repetitions):
        x = np.stack([_series(random, n, 0.5, fall, 0)[0] for _ in range(10)])
        y = np.stack([_series(random, n, 0.5, fall, 0)[1] for _ in range(2)])
        gone = random.random((n, VISITS)) < 0.15
        x[:, gone] = y[:, gone] = np.nan
        # The smallest of 20 p values must be able to reach 0.05 / 20.
        orders = participant_permutations(n, 5 * PERMUTATIONS + 4, int(random.integers(2**31)))
        found = trajectories.permuted_trajectories(x, y, orders).reshape(len(orders), -1)
        tally.test("max-T, any of 20", multiplicity.max_t(np.abs(found)).min())
        p = permutation_p(found)[0]
        tally.test("Benjamini-Hochberg, any of 20", multiplicity.false_discovery_rate(p).min())
    return tally.counts()


def centre(random, repetitions, n, below, name):
    """Centre of one visit: geometric mean or mean of log-normal values (SD 0.8 of ln), mean of normal ones (CV 20 %)."""
    tally = Tally()
    settings = {"centre": "mean" if name.startswith("mean") else "geometric_mean"}
    sigma = 0.8
    limit = np.exp(sigma * ndtri(below)) if below else 1e-12
    for start in range(0, repetitions, 50):
        count = min(50, repetitions - start)
        z = random.normal(size=(count, n, 1))
        values = np.exp(sigma * z) if "log-normal" in name else 10 + 2 * z
        truth = {"geometric mean, log-normal": 1.0, "mean, log-normal": np.exp(sigma**2 / 2), "mean, normal": 10.0}[
            name
        ]
        summaries = visit_summaries(observe(values, {}, lloq=limit, uloq=1e12), settings)
        rows = summaries[(summaries["quantity"] == "value") & (summaries["centre_status"] == "value")]
        for low, high in zip(rows["low"], rows["high"], strict=True):
            tally.interval(name, low, high, truth)
        if name.startswith("mean"):
            for sample in values[:, :, 0]:
                usual = t_interval(np.where(sample < limit, limit / 2, sample))
                tally.interval(f"rival: arithmetic mean with LLOQ/2, t ({name.partition(', ')[2]})", *usual[1:], truth)
    return tally.counts()


def mixed_model(random, repetitions, n, effect):
    """Three visits, SDs 1, 1.5 and 2, AR(1) 0.5, 10 % missed: change at the last visit by the mixed model's chain."""
    tally = Tally()
    deviation = np.array([0.8, 1.0, 1.5, 2.0])
    lag = np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    root = np.linalg.cholesky(0.5**lag * np.outer(deviation, deviation))
    for _ in range(repetitions):
        values = random.normal(size=(n, 4)) @ root.T
        y = values[:, 1:] - values[:, :1] + effect
        y[random.random((n, 3)) < 0.1] = np.nan
        baseline = values[~np.isnan(y).all(axis=1), 0]
        y = y[~np.isnan(y).all(axis=1)]
        x = np.concatenate([np.broadcast_to(np.eye(3), (len(y), 3, 3)), np.zeros((len(y), 3, 1))], axis=2)
        x[:, :, 3] = (baseline - baseline.mean())[:, None]
        fits = (fit_repeated(y, x, structure) for structure in ("unstructured", "toeplitz"))
        fit = next((found for found in fits if found.converged), None)
        if fit is None:
            continue
        found = combination(fit, [0, 0, 1, 0])
        tally.interval("mixed model, Kenward-Roger-Linear", *found.interval[1:], effect)
        if effect == 0:
            tally.test("mixed model, Kenward-Roger-Linear", found.p)
    return tally.counts()


def _series(random, n, autocorrelation, fall, r):
    """Two series (n, visits): person effect and AR(1) residual, each of SD sqrt(1/2), correlated `r`, plus the fall."""
    parts = []
    for size in (1, VISITS):
        e = random.normal(size=(2, n, size))
        e[1] = r * e[0] + np.sqrt(1 - r * r) * e[1]
        for visit in range(1, size):
            e[:, :, visit] *= np.sqrt(1 - autocorrelation**2)
            e[:, :, visit] += autocorrelation * e[:, :, visit - 1]
        parts.append(e)
    return np.sqrt(0.5) * (parts[0] + parts[1]) + fall


@lru_cache
def _limit(below, fall):
    """The log LLOQ below which this share of the values of all visits lies."""
    if not below:
        return TINY
    return brentq(lambda limit: ndtr(limit - np.array(fall)).mean() - below, -9, 9)


@lru_cache
def _population(below, autocorrelation, trend, r, what):
    """What the estimate aims at: 0 without association, else its value in 40,000 participants."""
    if r == 0:
        return 0.0
    fall = -trend * np.arange(VISITS) / (VISITS - 1)
    limit = _limit(below, tuple(fall))
    x, y = _series(np.random.default_rng(7), 40_000, autocorrelation, fall, r)
    if what == "rho":
        return float(_quick_spearman(np.maximum(x[:, 2], limit), y[:, 2]))
    x = np.where(x < limit, limit - np.log(2), x)
    x, y = (part - part.mean(axis=0) for part in (x, y))
    x, y = (part - part.mean(axis=1, keepdims=True) for part in (x, y))
    return float((x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum()))


def _quick_spearman(x, y):
    ranks = []
    for values in (x, y):
        ordered = np.sort(values)
        ranks.append(np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right"))
    return np.corrcoef(*ranks)[0, 1]


def _within(tally, half, y, censored, gone, orders, truth, r):
    """The visit-adjusted repeated-measures correlation as `associations` prints it."""
    used = ~gone & ((~gone).sum(axis=1, keepdims=True) >= 2)
    share = censored[used].mean() if used.any() else 1.0
    people = used.any(axis=1)
    if share > 0.8 or (~censored[used]).sum() < 4 or people.sum() < 3:
        return
    found = trajectories.repeated_correlation(half, y, visit_effects=True)
    if np.isnan(found.r):
        return
    if r == 0:
        if not people.all():
            orders = participant_permutations(int(people.sum()), PERMUTATIONS, int(orders.sum()))
        p = permutation_p(trajectories.permuted_trajectories(half[people][None], y[people][None], orders))[0]
        tally.test("within participants, trajectories permuted", p.item())
    if share <= 0.5:
        found = trajectories.jackknife_interval(half, y)
        tally.interval("within participants, jackknife", found.low, found.high, truth)


def _at_one_visit(tally, lower, upper, y, orders, truth, r):
    """r (tau-b where anything is censored) with permuted participants, and rho with its interval, at the third visit."""
    seen = ~np.isnan(lower[:, 2])
    lower, upper, y = lower[seen, 2], upper[seen, 2], y[seen, 2]
    if not _testable(lower, upper):
        return
    if r == 0:
        _permuted_test(tally, "one visit, permuted", lower, upper, y, orders)
    ranks = interval_ranks(lower, upper)
    rho = correlation.spearman(ranks, interval_ranks(y, y))
    if not np.isnan(rho):
        found = correlation.bonett_wright(rho, len(y))
        tally.interval("one visit, Spearman's rho", found.low, found.high, truth)


def _changes(tally, lower, upper, y, orders):
    """r or, where anything is censored, tau-b of the changes from the first to the third visit."""
    seen = ~np.isnan(lower[:, 2] + lower[:, 0])
    with np.errstate(invalid="ignore"):
        low, high = (lower[:, 2] - upper[:, 0])[seen], (upper[:, 2] - lower[:, 0])[seen]
    change = (y[:, 2] - y[:, 0])[seen]
    if _testable(low, high):
        _permuted_test(tally, "changes, permuted", low, high, change, orders)


def _testable(lower, upper):
    n = len(lower)
    return n > 2 and (lower == upper).sum() >= 4 and (lower != upper).sum() <= 0.8 * n


def _permuted_test(tally, name, lower, upper, y, orders):
    if orders.shape[1] != len(lower):
        orders = participant_permutations(len(lower), PERMUTATIONS, int(orders.sum()))
    if (lower == upper).all():  # the logarithms are numbers: their correlation
        found = correlation.permuted_r(lower[None], y[None], orders)
    else:
        found = permuted_tau(lower[None], upper[None], y[None], y[None], orders)
    tally.test(name, permutation_p(found)[0].item())


def _rivals(tally, half, y):
    """What is usual: the visits of all participants pooled, and plain repeated-measures correlation with its F test."""
    both = ~np.isnan(half)
    n = int(both.sum())
    if n > 3 and np.ptp(half[both]) > 0:
        rho = _quick_spearman(half[both], y[both])
        p = 2 * stdtr(n - 2, -abs(rho) * np.sqrt((n - 2) / (1 - rho * rho))) if abs(rho) < 1 else 0.0
        tally.test("rival: pooled Spearman", p)
    plain = trajectories.repeated_correlation(half, y, visit_effects=False)
    r, free = plain.r, plain.degrees_of_freedom
    p = 2 * stdtr(free, -abs(r) * np.sqrt(free / (1 - r * r))) if abs(r) < 1 else np.nan
    tally.test("rival: plain repeated-measures correlation, F", p)
