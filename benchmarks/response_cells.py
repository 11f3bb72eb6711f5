"""Simulated studies of known truth for responders, times to events, antibodies and ROC curves: one function per statement.

Each takes (random, repetitions, *arguments) and returns counts as those of statistics_cells. Names that begin with
"rival: " are methods that the library does not use.
"""

from itertools import product

import numpy as np
from benchmarks.statistics_cells import Tally
from immunoassay.statistics import intervals, proportions, responders, roc, survival, titres
from immunoassay.statistics.correlation import participant_permutations
from immunoassay.statistics.multiplicity import max_t
from immunoassay.statistics.split_tests import split_test
from immunoassay.statistics.two_samples import exact_wilcoxon
from scipy.special import chdtrc, ndtr, ndtri

PERMUTATIONS = 199  # with the observed one 5 % of 200, so the level is exact
VISITS = 12  # events are seen at one of so many visits of a follow-up of length 1
SIZES = (4, 7, 15, 50)


def shares(random, repetitions, n_first, n_second, first, second):
    """Responders of two arms, whose true shares are `first` and `second`; ten studies for one, as none costs anything."""
    tally = Tally(first != second)
    repetitions *= 10
    for a, b in zip(
        random.binomial(n_first, first, repetitions), random.binomial(n_second, second, repetitions), strict=True
    ):
        groups = int(a), n_first, int(b), n_second
        tally.interval("share, Clopper-Pearson", *intervals.clopper_pearson(*groups[:2])[1:], first)
        if min(n_first, n_second) >= responders.FEWEST_OF_A_DIFFERENCE:
            tally.interval("difference, Newcombe", *proportions.newcombe(*groups)[1:], first - second)
        tally.test("Boschloo", proportions.boschloo(*groups).p)
        tally.test("rival: Fisher", proportions.fisher(*groups))
        tally.test("rival: score test of Miettinen and Nurminen (no level)", _score_p(*groups))
    return tally.counts()


def relapses(random, repetitions, n_first, n_second, log_hazard, dropout):
    """Times to relapse of two arms, exponential; `dropout`: share of the second arm that leaves at a random time."""
    tally = Tally(log_hazard)
    first = np.arange(n_first + n_second) < n_first
    truth = np.log(2) / 1.5
    for _ in range(repetitions):
        time, event = _times(random, 1.5 * np.exp(log_hazard * first), np.where(first, 0, dropout))
        scores = survival.log_rank_scores(time, event)
        tally.test("log-rank, splits permuted", split_test(scores, first, PERMUTATIONS, int(random.integers(2**31))).p)
        tally.test("rival: log-rank by chi-squared (no level)", _chi_squared(time, event, first))
        if event[~first].any():
            low, high = survival.median_time(survival.kaplan_meier(time[~first], event[~first]))[1:]
            if n_second >= 4:  # a visit late by up to 1 / VISITS is that of the true time
                tally.interval("median time, log-minus-log", low, high, np.ceil(truth * VISITS))
    return tally.counts()


def biomarker(random, repetitions, n, log_hazard, below):
    """Time to relapse against the logarithm of a biomarker at baseline; `log_hazard` of one SD, `below`: share below LLOQ."""
    tally = Tally(log_hazard)
    limit = ndtri(below) if below else -1e3
    for _ in range(repetitions):
        x = random.normal(size=n)
        time, event = _times(random, 1.5 * np.exp(log_hazard * x), np.zeros(n))
        seen = np.where(x < limit, limit - np.log(2), x)
        if event.sum() < 2 or np.ptp(seen) == 0:
            continue
        scores = survival.log_rank_scores(time, event)
        orders = participant_permutations(n, PERMUTATIONS, int(random.integers(2**31)))
        tally.test(
            "score of log values, participants permuted",
            max_t(np.abs(survival.permuted_score(seen, scores, orders))[:, None])[0],
        )
        above = seen > np.median(seen)
        halves = split_test(scores, above, PERMUTATIONS, int(random.integers(2**31)))
        tally.test("rival: log-rank of the halves, splits permuted", halves.p)
        found = survival.firth_cox(seen, time, event)
        tally.test("rival: likelihood ratio of Firth's model", found.p)
        if not below:
            tally.interval("hazard ratio, Firth, profile", found.low, found.high, log_hazard)
    return tally.counts()


def area(random, repetitions, n_first, n_second, truth, below):
    """A biomarker at baseline of responders and others, both log-normal; `below`: share of all below the LLOQ."""
    tally = Tally(truth - 0.5)
    first = np.arange(n_first + n_second) < n_first
    shift = np.sqrt(2) * ndtri(truth)
    limit = _mixed_limit(below, shift, n_first / len(first)) if below else -1e3
    for _ in range(repetitions):
        values = np.maximum(random.normal(size=len(first)) + shift * first, limit)
        found = roc.area_under_curve(values, first)
        aimed = truth if not below else _tied_area(limit, shift)
        tally.interval("area, logit of DeLong", found.low, found.high, aimed)
        half = ndtri(0.975) * np.sqrt(found.variance)
        tally.interval("rival: area, DeLong", found.area - half, min(1.0, found.area + half), aimed)
        tally.test(
            "rank sum", exact_wilcoxon(values[first], values[~first], PERMUTATIONS, int(random.integers(2**31))).p
        )
        z = (found.area - 0.5) / np.sqrt(found.variance) if found.variance > 0 else np.inf
        tally.test("rival: DeLong against one half (no level)", float(2 * ndtr(-abs(z))))
        if not below:
            odds = roc.firth_logistic(values, first)
            tally.interval("odds ratio, Firth, profile", odds.low, odds.high, shift)
    return tally.counts()


def titre(random, repetitions, n, below):
    """Titres by twofold steps from a start that everybody shares, SD 1.2 of ln; `below`: share below the first dilution."""
    tally = Tally()
    limit = float(np.exp(1.2 * ndtri(below))) if below else 2.0**-12
    for _ in range(repetitions):
        true = np.exp(1.2 * random.normal(size=n))
        step = limit * 2 ** np.floor(np.log2(true / limit))
        lower, upper = np.where(true < limit, 0.0, step), np.where(true < limit, limit, step)
        found = titres.geometric_mean(lower, upper, True)
        tally.interval("geometric mean titre, profile", found.low, found.high, 1.0)
        half = intervals.log_t_interval(np.where(lower == 0, limit / 2, step))
        tally.interval("rival: titres as written, LLOQ/2, t", *half[1:], 1.0)
        reached = titres.share_of(lower >= 1, (lower < 1) & (upper > 1))
        truth = float(ndtr(-np.log(limit * 2 ** np.ceil(-np.log2(limit))) / 1.2))
        tally.interval("share at a threshold, Clopper-Pearson of both readings", reached.low, reached.high, truth)
    return tally.counts()


def cells():
    """(function, its arguments, labels) of every cell."""
    sizes = [*((n, n) for n in SIZES), (4, 8), (7, 14), (15, 30)]
    for n, (first, second) in product(sizes, ((0.1, 0.1), (0.3, 0.3), (0.5, 0.5), (0.7, 0.3), (0.9, 0.4))):
        yield shares, (*n, first, second), {"n": f"{n[0]}+{n[1]}", "scenario": f"shares {first} and {second}"}
    for n, (effect, dropout) in product(sizes, ((0.0, 0.0), (0.0, 0.5), (-1.2, 0.0))):
        yield (
            relapses,
            (*n, effect, dropout),
            {"n": f"{n[0]}+{n[1]}", "scenario": f"log hazard {effect}, dropout {dropout}"},
        )
    for n, effect, below in product((7, 12, 30), (0.0, 0.8), (0.0, 0.4)):
        yield biomarker, (n, effect, below), {"n": n, "scenario": f"log hazard {effect}, {below} below"}
    for n, truth, below in product(((10, 10), (15, 15), (50, 50), (7, 13), (7, 43)), (0.5, 0.7, 0.9), (0.0, 0.4)):
        if n[0] == n[1] or not below:
            yield area, (*n, truth, below), {"n": f"{n[0]}+{n[1]}", "scenario": f"area {truth}, {below} below"}
    for n, below in product((7, 15, 50), (0.0, 0.2, 0.4)):
        yield titre, (n, below), {"n": n, "scenario": f"{below} below"}


def _times(random, hazard, dropout):
    """Times (in visits) and events of people with these hazards, followed for a length of 1 unless they leave before."""
    n = len(hazard)
    true = random.exponential(size=n) / hazard
    end = np.where(random.random(n) < dropout, random.random(n), 1.0)
    return np.ceil(np.minimum(true, end) * VISITS), true <= end


def _chi_squared(time, event, first):
    scores = survival.log_rank_scores(time, event)
    times, events = np.unique(time[event], return_counts=True)
    risk = time[None, :] >= times[:, None]
    n, k = risk.sum(axis=1), risk[:, first].sum(axis=1)
    variance = float((events * (k / n) * (1 - k / n) * (n - events) / np.maximum(n - 1, 1)).sum())
    return float(chdtrc(1, scores[first].sum() ** 2 / variance)) if variance > 0 else 1.0


def _score_p(first, n_first, second, n_second):
    pooled, n = (first + second) / (n_first + n_second), n_first + n_second
    variance = pooled * (1 - pooled) * (1 / n_first + 1 / n_second) * n / (n - 1)
    return float(2 * ndtr(-abs(first / n_first - second / n_second) / np.sqrt(variance))) if variance > 0 else 1.0


def _mixed_limit(below, shift, share):
    """The LLOQ below which this share of responders and others together lies."""
    low, high = -8.0, 8.0 + shift
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if share * ndtr(middle - shift) + (1 - share) * ndtr(middle) < below else (low, middle)
        )
    return (low + high) / 2


def _tied_area(limit, shift):
    """The area when values below the limit are ties."""
    grid = np.linspace(limit, 9 + shift, 20001)
    density = np.exp(-((grid - shift) ** 2) / 2) / np.sqrt(2 * np.pi)
    return float(np.trapezoid(density * ndtr(grid), grid) + ndtr(limit - shift) * ndtr(limit) / 2)
