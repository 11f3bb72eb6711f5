"""The exact signed-rank test with ties and zeros, the Hodges-Lehmann estimate, and the test for censored pairs.

Censored pairs are re-censored at the higher LLOQ (lower ULOQ) of the pair, so that both members are seen through the
same window; without that, a higher LLOQ at follow-up alone looks like a rise.
"""

from typing import NamedTuple

import numpy as np
from immunoassay.statistics.intervals import Interval
from numpy.typing import ArrayLike

DECIMALS = 10  # differences that agree to this many decimals are ties


class SignedRank(NamedTuple):
    """Signed rank sum, exact two-sided p, informative (non-zero) differences, smallest attainable p."""

    statistic: float
    p: float
    informative: int
    floor: float


class Pairs(NamedTuple):
    """Pairs of logarithms: first (x) and second (y) value and the window each was seen through.

    A value below its LLOQ is stated as the LLOQ, one above its ULOQ as the ULOQ; an unknown limit is infinite.
    """

    x: np.ndarray
    y: np.ndarray
    x_low: np.ndarray
    x_high: np.ndarray
    y_low: np.ndarray
    y_high: np.ndarray


def exact_signed_rank(differences: ArrayLike) -> SignedRank:
    """Wilcoxon's signed-rank test by the exact distribution over all sign changes, given the absolute differences.

    The non-zero differences are ranked (Wilcoxon 1945), ties share the mean rank. No non-zero difference: p = 1, statistic
    0; no difference at all: NaN.
    """
    differences = np.asarray(differences, float)
    if differences.size == 0:
        return SignedRank(np.nan, np.nan, 0, np.nan)
    statistic, p, informative = _signed_rank_rows(differences[None, :])
    floor = min(1.0, 2.0 ** (1 - int(informative[0])))
    return SignedRank(float(statistic[0]), float(p[0]), int(informative[0]), floor)


def hodges_lehmann(differences: ArrayLike, confidence: float = 0.95) -> Interval:
    """Median of the Walsh averages with the exact interval (Hodges and Lehmann 1963).

    The limits are order statistics of the Walsh averages under the distribution without ties; as a closed interval it
    keeps its confidence with ties (Noether, Wilcoxon confidence intervals for location parameters in the discrete case,
    1967). Too few differences for the confidence: infinite limits.
    """
    differences = np.asarray(differences, float)
    n = differences.size
    if n == 0:
        return Interval(np.nan, np.nan, np.nan)
    i, j = np.triu_indices(n)
    walsh = np.sort((differences[i] + differences[j]) / 2)
    # P(W <= k) of the rank sum of positive differences.
    below = np.cumsum(_rank_sum_distribution(2 * np.arange(1, n + 1)[None, :])[0][::2])
    rank = int(np.searchsorted(below, (1 - confidence) / 2 + 1e-12, side="right"))
    if rank == 0:
        return Interval(float(np.median(walsh)), -np.inf, np.inf)
    return Interval(float(np.median(walsh)), float(walsh[rank - 1]), float(walsh[-rank]))


def recensored_differences(pairs: Pairs, shift: float | np.ndarray = 0.0) -> np.ndarray:
    """y - shift - x after both are re-censored to the window they share; 0 when the pair says nothing.

    `shift` is one number or an array (rows); returns (n,) or (rows, n).
    """
    shift = np.asarray(shift, float)[..., None] if np.ndim(shift) else shift
    low = np.maximum(pairs.x_low, pairs.y_low - shift)
    high = np.minimum(pairs.x_high, pairs.y_high - shift)
    seen = low < high
    high = np.where(seen, high, low)
    with np.errstate(invalid="ignore"):
        difference = np.clip(pairs.y - shift, low, high) - np.clip(pairs.x, low, high)
    return np.where(seen, difference, 0.0)


def inversion_interval(pairs: Pairs, confidence: float = 0.95) -> tuple[float, float]:
    """Shifts that the exact re-censored signed-rank test does not reject: (low, high), infinite where unbounded.

    The p value is a step function of the shift; it is evaluated at every step and between all of them.
    """
    start = float(np.max(pairs.y_low - pairs.x_high))
    end = float(np.min(pairs.y_high - pairs.x_low))
    if not start < end:
        return -np.inf, np.inf
    steps = _steps(pairs, start, end)
    if steps.size == 0:
        return -np.inf, np.inf
    before = (steps[0] + start) / 2 if np.isfinite(start) else steps[0] - 1.0
    after = (steps[-1] + end) / 2 if np.isfinite(end) else steps[-1] + 1.0
    between = np.concatenate([[before], (steps[1:] + steps[:-1]) / 2, [after]])
    probes = np.empty(2 * steps.size + 1)
    probes[0::2], probes[1::2] = between, steps
    _, p, _ = _signed_rank_rows(recensored_differences(pairs, probes))
    accepted = np.flatnonzero(p > 1 - confidence + 1e-12)
    if accepted.size == 0:
        return np.nan, np.nan
    first, last = accepted[0], accepted[-1]
    # Odd probes are steps; an accepted cell (even) reaches to the steps on its sides.
    low = -np.inf if first == 0 else steps[(first - 1) // 2]
    high = np.inf if last == probes.size - 1 else steps[last // 2]
    return float(low), float(high)


def _steps(pairs, start, end):
    """Shifts at which some |difference| meets zero or another, inside (start, end)."""
    with np.errstate(invalid="ignore"):
        corners = [pairs.y - pairs.x_low, pairs.y - pairs.x_high, pairs.y_low - pairs.x, pairs.y_high - pairs.x]
    corners = np.concatenate([*corners, pairs.y - pairs.x])
    corners = _distinct(corners[np.isfinite(corners) & (corners > start) & (corners < end)])
    if corners.size < 2:
        return corners
    left, right = corners[:-1], corners[1:]
    # Between corners every difference is linear in the shift; two points give the line.
    one, two = left + (right - left) / 3, right - (right - left) / 3
    at_one, at_two = recensored_differences(pairs, one), recensored_differences(pairs, two)
    slope = (at_two - at_one) / (two - one)[:, None]
    level = at_one - slope * one[:, None]
    crossings = []
    for sign in (-1, 1):
        rise = slope[:, :, None] + sign * slope[:, None, :]
        gap = level[:, :, None] + sign * level[:, None, :]
        with np.errstate(divide="ignore", invalid="ignore"):
            meet = np.where(np.abs(rise) > 1e-6, -gap / rise, np.nan)
        crossings.append(meet[(meet > left[:, None, None]) & (meet < right[:, None, None])])
    return _distinct(np.concatenate([corners, *crossings]))


def _distinct(values):
    """Sorted, without those that differ by rounding only."""
    values = np.sort(values)
    return values[np.diff(values, prepend=-np.inf) > 1e-9]


def _signed_rank_rows(differences):
    """Signed rank sum, exact p and informative count of each row."""
    differences = np.round(differences, DECIMALS)
    absolute = np.abs(differences)
    nonzero = absolute > 0
    other = nonzero[:, None, :]
    less = (other & (absolute[:, None, :] < absolute[:, :, None])).sum(axis=2)
    equal = (other & (absolute[:, None, :] == absolute[:, :, None])).sum(axis=2)
    doubled = np.where(nonzero, 2 * less + equal + 1, 0)  # twice the mean rank, an integer
    statistic = (np.sign(differences).astype(int) * doubled).sum(axis=1)
    total = doubled.sum(axis=1)
    distribution = _rank_sum_distribution(doubled)
    sums = 2 * np.arange(distribution.shape[1])[None, :] - total[:, None]
    p = (distribution * (np.abs(sums) >= np.abs(statistic)[:, None])).sum(axis=1)
    return statistic / 2, np.minimum(p, 1.0), nonzero.sum(axis=1)


def _rank_sum_distribution(ranks):
    """P(sum of the ranks that get a plus sign = s), s = 0, 1, ...; ranks are integers (rows, n)."""
    rows, n = ranks.shape
    size = int(ranks.sum(axis=1).max()) + 1
    probability = np.zeros((rows, size))
    probability[:, 0] = 1.0
    columns = np.arange(size)[None, :]
    for index in range(n):
        source = columns - ranks[:, index, None]
        shifted = np.take_along_axis(probability, np.maximum(source, 0), axis=1)
        probability = (probability + np.where(source >= 0, shifted, 0.0)) / 2
    return probability
