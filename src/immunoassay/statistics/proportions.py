"""Proportions of two groups: the interval of their difference and an exact test that they are equal.

Fisher's test holds the number of successes of both groups together fixed and is therefore too careful: with 7 and 7 its
true level is below 2 %. Boschloo's takes Fisher's p as its statistic and the largest probability of one as small over every
common proportion: exact as well, and never less powerful.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from immunoassay.statistics.intervals import Interval
from scipy.optimize import minimize_scalar
from scipy.special import gammaln, ndtri

SAME = 1 + 1e-7  # two probabilities closer than this are one
PLACES = 401  # common proportions tried before the largest is searched for
SEARCHED = 3  # of these, the places round which it is searched for


class ExactProportions(NamedTuple):
    """A two-sided p, and the smallest that groups of these sizes can attain."""

    p: float
    floor: float


def wilson(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Proportion with the score interval. Wilson, Probable inference, the law of succession, 1927."""
    if n == 0:
        return Interval(np.nan, np.nan, np.nan)
    share, z = successes / n, ndtri((1 + confidence) / 2)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(share, max(0.0, float(middle - half)), min(1.0, float(middle + half)))


def newcombe(first: int, n_first: int, second: int, n_second: int, confidence: float = 0.95) -> Interval:
    """First proportion minus the second with the hybrid score interval (method 10); NaN where a group has nobody.

    Newcombe, Interval estimation for the difference between independent proportions: comparison of eleven methods, 1998.
    """
    a, a_low, a_high = wilson(first, n_first, confidence)
    b, b_low, b_high = wilson(second, n_second, confidence)
    low, high = np.hypot(a - a_low, b_high - b), np.hypot(a_high - a, b - b_low)
    return Interval(float(a - b), float(a - b - low), float(a - b + high))


def fisher(first: int, n_first: int, second: int, n_second: int) -> float:
    """Two-sided p of Fisher's exact test: the tables with the same totals that are at most as probable."""
    if not n_first or not n_second:
        return np.nan
    return float(_fisher(n_first, n_second)[first, second])


def boschloo(first: int, n_first: int, second: int, n_second: int) -> ExactProportions:
    """Boschloo's exact unconditional test of two proportions. Without anybody in a group NaN.

    Boschloo, Raised conditional level of significance for the 2 x 2 table when testing the equality of two
    probabilities, 1970. The common proportion runs over all from 0 to 1.
    """
    if not n_first or not n_second:
        return ExactProportions(np.nan, np.nan)
    table = _fisher(n_first, n_second)
    floor = min(_largest(n_first, n_second, float(table[ends])) for ends in ((n_first, 0), (0, n_second)))
    return ExactProportions(_largest(n_first, n_second, float(table[first, second])), floor)


@lru_cache(maxsize=64)
def _fisher(n_first, n_second):
    """Fisher's two-sided p of every table of two groups: (n_first + 1, n_second + 1)."""
    log_first, log_second = _log_choose(n_first), _log_choose(n_second)
    table = np.empty((n_first + 1, n_second + 1))
    for total in range(n_first + n_second + 1):
        first = np.arange(max(0, total - n_second), min(n_first, total) + 1)
        logs = log_first[first] + log_second[total - first]
        probability = np.exp(logs - logs.max())
        probability /= probability.sum()
        order = np.argsort(probability, kind="stable")
        summed = np.append(0.0, np.cumsum(probability[order]))
        table[first, total - first] = summed[np.searchsorted(probability[order], probability * SAME, side="right")]
    return np.minimum(table, 1.0)


@lru_cache(maxsize=4096)
def _largest(n_first, n_second, p):
    """The largest probability, over a common proportion, of a table whose p of Fisher is at most this."""
    region = (_fisher(n_first, n_second) <= p * SAME).astype(float)
    if region.all():
        return 1.0
    logs = _log_choose(n_first), _log_choose(n_second)

    def probability(angle):
        share = np.sin(np.atleast_1d(angle)) ** 2
        first, second = (_binomial(log, share) for log in logs)
        return ((first @ region) * second).sum(axis=1)

    angles = np.linspace(0, np.pi / 2, PLACES)
    found = probability(angles)
    best = float(found.max())
    for place in np.argsort(found)[-SEARCHED:]:
        near = angles[max(place - 1, 0)], angles[min(place + 1, PLACES - 1)]
        best = max(best, -minimize_scalar(lambda x: -probability(x)[0], bounds=near, method="bounded").fun)
    return min(1.0, best)


def _log_choose(n):
    known = np.arange(n + 1)
    return gammaln(n + 1) - gammaln(known + 1) - gammaln(n - known + 1)


def _binomial(log_choose, share):
    """(shares, n + 1) probabilities of 0 to n successes."""
    n = len(log_choose) - 1
    known = np.arange(n + 1)
    share = share[:, None]
    return np.exp(log_choose) * share**known * (1 - share) ** (n - known)
