"""Exact tests of two groups by a sum of scores: over every way to divide the same people into groups of these sizes.

With log-rank scores it is the exact log-rank test. Scores that are whole numbers, such as ranks, have one in two_samples.
"""

from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

COUNTED = 32  # people up to which every split is counted
CLOSE = 1e-9  # sums closer than this, in spreads of the scores, are one


class SplitTest(NamedTuple):
    """A two-sided p, the smallest attainable one, and whether every split was counted (else they were drawn)."""

    p: float
    floor: float
    every: bool


def split_test(scores: ArrayLike, first: ArrayLike, draws: int = 10000, seed: int = 1) -> SplitTest:
    """p of the sum of `scores` (n,) over the people of the `first` group (n, booleans), by its distance from its mean.

    Up to 32 people every split is counted, by the sums of both halves of the people; above, `draws` are drawn beside the
    observed one. NaN where a group has nobody; 1 where all scores are equal.
    """
    values, members = np.asarray(scores, float), np.asarray(first, bool)
    n, k = values.size, int(members.sum())
    if k in (0, n):
        return SplitTest(np.nan, np.nan, True)
    values = values - values.mean()
    spread = np.abs(values).max()
    if spread < 1e-12:
        return SplitTest(1.0, 1.0, True)
    observed = abs(float(values[members].sum()))
    ordered = np.sort(values)
    farthest = max(abs(ordered[:k].sum()), abs(ordered[n - k :].sum()))
    if n > COUNTED:
        random = np.random.default_rng(seed)
        chosen = random.permuted(np.tile(np.arange(n) < k, (draws, 1)), axis=1)
        sums = np.abs(chosen @ values)
        p, floor = ((1 + (sums >= limit - CLOSE * spread).sum()) / (draws + 1) for limit in (observed, farthest))
        return SplitTest(float(p), float(floor), False)
    halves = _sums(ordered[: n // 2]), _sums(ordered[n // 2 :])
    p, floor = (_beyond(*halves, k, limit - CLOSE * spread) / comb(n, k) for limit in (observed, farthest))
    return SplitTest(p, floor, True)


def _sums(scores):
    """By how many are chosen: the sorted sums of every choice among the scores."""
    sums = [np.zeros(1)]
    for score in scores:
        with_score = [part + score for part in sums]
        sums = [
            np.concatenate([part for part in pair if part is not None])
            for pair in zip([*sums, None], [None, *with_score], strict=True)
        ]
    return [np.sort(part) for part in sums]


def _beyond(one, other, k, limit):
    """How many choices of k among both halves sum to at least `limit` in size."""
    if limit <= 0:
        return comb(len(one) + len(other) - 2, k)
    hits = 0
    for chosen in range(max(0, k - len(other) + 1), min(k, len(one) - 1) + 1):
        left, right = one[chosen], other[k - chosen]
        above = right.size - np.searchsorted(right, limit - left, side="left")
        below = np.searchsorted(right, -limit - left, side="right")
        hits += int(above.sum() + below.sum())
    return hits
