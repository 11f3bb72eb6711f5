"""Two independent samples without censoring: Welch's t, the exact Wilcoxon test, the Hodges-Lehmann shift."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from immunoassay.statistics.intervals import Interval
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtr, stdtrit

DECIMALS = 10  # values that agree to this many decimals are ties
EXACT_CELLS = 4e7  # additions up to which the distribution of a rank sum is computed
DRAWN, SEED = 10_000, 1  # splits drawn above it, where nothing else is said


class Difference(NamedTuple):
    """A difference (NaN: none), its limits (NaN: none), standard error, degrees of freedom and two-sided p."""

    estimate: float
    low: float
    high: float
    error: float
    df: float
    p: float


class RankTest(NamedTuple):
    """Rank sum of the first sample, two-sided p, the smallest p these ranks can attain, whether every split counted."""

    statistic: float
    p: float
    floor: float
    exact: bool


def welch(first: ArrayLike, other: ArrayLike, confidence: float = 0.95) -> Difference:
    """Mean of `first` - mean of `other` with Welch's t (The generalization of Student's problem, 1947).

    No interval and no p where a sample holds fewer than two values, or neither varies.
    """
    x, y = np.asarray(first, float), np.asarray(other, float)
    if not x.size or not y.size:
        return Difference(*[np.nan] * 6)
    estimate = float(x.mean() - y.mean())
    if min(x.size, y.size) < 2 or (np.ptp(x) == 0 and np.ptp(y) == 0):
        return Difference(estimate, *[np.nan] * 5)
    parts = x.var(ddof=1) / x.size, y.var(ddof=1) / y.size
    error = np.sqrt(sum(parts))
    df = sum(parts) ** 2 / (parts[0] ** 2 / (x.size - 1) + parts[1] ** 2 / (y.size - 1))
    half = stdtrit(df, (1 + confidence) / 2) * error
    p = 2 * stdtr(df, -abs(estimate) / error)
    return Difference(estimate, estimate - half, estimate + half, *map(float, (error, df, p)))


def exact_wilcoxon(first: ArrayLike, other: ArrayLike, draws: int = DRAWN, seed: int = SEED) -> RankTest:
    """Wilcoxon's rank-sum test of two samples by all splits of their midranks (Individual comparisons by ranking methods,
    1945); `draws` and `seed` as for rank_sum_test. An empty sample: NaN.
    """
    x, y = np.asarray(first, float), np.asarray(other, float)
    ranks = doubled_midranks(np.concatenate([x, y]))
    return rank_sum_test(ranks, x.size, draws, seed)._replace(statistic=float(ranks[: x.size].sum() / 2))


def rank_sum_test(scores: np.ndarray, m: int, draws: int = DRAWN, seed: int = SEED) -> RankTest:
    """The sum of the first `m` whole-number scores by all splits, two-sided by distance from its mean.

    Where the distribution would take long (above about 50 beside 50) splits are drawn.
    """
    scores = np.asarray(scores, np.int64)
    n = scores.size
    if not 0 < m < n:
        return RankTest(np.nan, np.nan, np.nan, True)
    observed = int(scores[:m].sum())
    middle = m * scores.sum() / n
    small = min(m, n - m)
    shifted = scores - scores.min()
    shifted //= max(1, int(np.gcd.reduce(shifted)))
    if small * n * int(np.sort(shifted)[n - small :].sum()) > EXACT_CELLS:
        sums = _drawn_splits(n, m, draws, seed) @ scores.astype(np.float32)
        hits = 1 + int((np.abs(sums - middle) >= abs(observed - middle) - 1e-3).sum())
        return RankTest(float(observed), hits / (draws + 1), 1 / (draws + 1), False)
    unique = np.array_equal(np.sort(shifted), np.arange(n))
    probability = _of_distinct(n, small) if unique else rank_sum_distribution(shifted, small)
    distance = np.abs(np.arange(probability.size) - small * shifted.sum() / n)
    # the sums of both samples add up to a constant: one is as far from its mean as the other
    own = abs((shifted[:m] if m == small else shifted[m:]).sum() - small * shifted.sum() / n)
    p = probability[distance >= own - 1e-9].sum()
    floor = probability[distance >= distance[probability > 0].max() - 1e-9].sum()
    return RankTest(float(observed), min(1.0, float(p)), min(1.0, float(floor)), True)


@lru_cache(maxsize=8)
def _drawn_splits(n: int, m: int, draws: int, seed: int) -> np.ndarray:
    """Who is in the first sample, 1 or 0, in drawn splits (draws, n)."""
    marks = np.zeros((draws, n), np.float32)
    marks[:, :m] = 1
    return np.random.default_rng(seed).permuted(marks, axis=1)


@lru_cache(maxsize=64)
def _of_distinct(n: int, m: int) -> np.ndarray:
    return rank_sum_distribution(np.arange(n), m)


def doubled_midranks(values: ArrayLike) -> np.ndarray:
    """Twice the midrank of each value: whole numbers."""
    values = np.round(np.asarray(values, float), DECIMALS)
    ordered = np.sort(values)
    return np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right") + 1


def rank_sum_distribution(ranks: np.ndarray, m: int) -> np.ndarray:
    """P(sum of m of the whole numbers `ranks`, from 0 on, drawn without replacement = s), s = 0, 1, ..."""
    ranks = np.sort(ranks)
    size = int(ranks[len(ranks) - m :].sum()) + 1
    ways = np.zeros((m + 1, size))
    ways[0, 0] = 1.0
    for rank in ranks:
        ways[1:, rank:] += ways[:-1, : size - rank].copy()
    return ways[m] / ways[m].sum()


def hodges_lehmann_shift(first: ArrayLike, other: ArrayLike, confidence: float = 0.95) -> Interval:
    """Median of all differences first - other, with the interval that inverts the rank-sum test.

    Hodges and Lehmann, Estimates of location based on rank tests, 1963. The limits are order statistics of the differences
    under the distribution without ties; as a closed interval it keeps its confidence with ties. Too few values for the
    confidence: infinite limits.
    """
    x, y = np.asarray(first, float), np.asarray(other, float)
    if not x.size or not y.size:
        return Interval(np.nan, np.nan, np.nan)
    differences = np.sort(np.subtract.outer(x, y).ravel())
    estimate = float(np.median(differences))
    rank = _order_statistic(min(x.size, y.size), max(x.size, y.size), round(1 - confidence, 12))
    if rank == 0:
        return Interval(estimate, -np.inf, np.inf)
    return Interval(estimate, float(differences[rank - 1]), float(differences[-rank]))


@lru_cache(maxsize=512)
def _order_statistic(m: int, n: int, alpha: float) -> int:
    """How many of the smallest differences lie outside a closed interval, and one more; 0: no interval."""
    if m * (m + n) * m * n > EXACT_CELLS:
        spread = np.sqrt(m * n * (m + n + 1) / 12)
        return max(0, int(np.floor(m * n / 2 + ndtri(alpha / 2) * spread)))
    below = np.cumsum(_of_distinct(m + n, m)[m * (m - 1) // 2 :])
    return int(np.searchsorted(below, alpha / 2 + 1e-12, side="right"))
