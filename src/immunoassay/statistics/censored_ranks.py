"""Ranks of groups whose values are known only within bounds: re-censored alike, scored by the orders that are certain."""

import numpy as np
from immunoassay.statistics.correlation import pair_signs
from immunoassay.statistics.two_samples import RankTest, rank_sum_test
from numpy.typing import ArrayLike


def recensored(lower: ArrayLike, upper: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Bounds as if all had been measured with the highest LLOQ and the lowest ULOQ of those below and above: whose limit is
    whose then tells nothing about groups.
    """
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    below, above = np.isneginf(lower) & np.isfinite(upper), np.isposinf(upper) & np.isfinite(lower)
    floor = upper[below].max() if below.any() else -np.inf
    ceiling = lower[above].min() if above.any() else np.inf
    if floor > ceiling:  # one limit above the other: nothing is left to compare
        return np.full(lower.shape, -np.inf), np.full(upper.shape, np.inf)
    hidden = below | (lower == upper) & (upper < floor)
    beyond = above | (lower == upper) & (lower > ceiling)
    low, high = np.where(hidden, -np.inf, lower), np.where(beyond, np.inf, upper)
    return np.where(beyond, ceiling, low), np.where(hidden, floor, high)


def order_scores(lower: ArrayLike, upper: ArrayLike) -> np.ndarray:
    """Of each value how many others are certainly smaller, less how many are certainly larger.

    Gehan, A generalized Wilcoxon test for comparing arbitrarily singly-censored samples, 1965. Of one limit, or without
    censoring, it is twice the midrank less a constant.
    """
    return pair_signs(lower, upper).sum(axis=1).astype(np.int64)


def order_test(lower: ArrayLike, upper: ArrayLike, m: int, draws: int, seed: int) -> RankTest:
    """The sum of the order scores of the first `m` values by all splits (two_samples.rank_sum_test)."""
    return rank_sum_test(order_scores(lower, upper), m, draws, seed)
