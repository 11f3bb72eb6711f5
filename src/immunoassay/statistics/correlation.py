"""Association of intervals with scores: Kendall's tau-b on determinate pairs, rho, r of numbers, permutation tests.

Permutations move participants, never samples; all variables and scores share them, so that their statistics come from
matrix products and their maximum gives a family-wise p.
"""

from itertools import permutations

import numpy as np
from immunoassay.statistics.intervals import Interval
from numpy.typing import ArrayLike
from scipy.special import ndtri

ENUMERATED = 8  # participants up to which every permutation is used
CHUNK = 1_000_000  # numbers held at once while permuting


def participant_permutations(n: int, draws: int, seed: int) -> np.ndarray:
    """Permutations of n participants (rows, n), the identity first: all n! up to 8, else `draws` random ones."""
    if n <= ENUMERATED:
        return np.array(list(permutations(range(n)))).reshape(-1, n)
    random = np.random.default_rng(seed)
    return np.vstack([np.arange(n), random.permuted(np.tile(np.arange(n), (draws, 1)), axis=1)])


def pair_signs(lower: ArrayLike, upper: ArrayLike) -> np.ndarray:
    """Signs of value_i - value_j (..., n, n) where the intervals decide it, else 0; NaN bounds (missing) give 0."""
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    above = lower[..., :, None] >= upper[..., None, :]
    below = np.swapaxes(above, -1, -2)
    # Both hold only for two equal points: a tie.
    return above.astype(float) - below.astype(float)


def tau_b(x_lower: ArrayLike, x_upper: ArrayLike, y_lower: ArrayLike, y_upper: ArrayLike) -> tuple[float, float, float]:
    """Kendall's (S, tau-a, tau-b) of two series of intervals; an undecided pair counts as a tie.

    Oakes, A concordance test for independence in the presence of censoring, 1982. tau-b is NaN when one series has no
    decided pair.
    """
    a, b = pair_signs(x_lower, x_upper), pair_signs(y_lower, y_upper)
    n = a.shape[-1]
    s = float((a * b).sum() / 2)
    product = np.abs(a).sum() / 2 * np.abs(b).sum() / 2
    return s, s / (n * (n - 1) / 2) if n > 1 else np.nan, s / np.sqrt(product) if product else np.nan


def interval_ranks(lower: ArrayLike, upper: ArrayLike) -> np.ndarray | None:
    """Mid-ranks with values below the largest LLOQ tied lowest and those above the smallest ULOQ tied highest.

    For ratios: all that may lie below the largest "<= bound" are tied, and likewise above. None when an interval is
    open on both sides or the two ends overlap: then ranks say nothing.
    """
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    below, above = np.isneginf(lower), np.isposinf(upper)
    if (below & above).any() or ((lower != upper) & ~below & ~above).any():
        return None
    floor = upper[below].max() if below.any() else -np.inf
    ceiling = lower[above].min() if above.any() else np.inf
    if floor > ceiling:
        return None
    value = np.where(below, floor, np.where(above, ceiling, lower))
    # A quantified value equal to the limit is not beyond it.
    order = np.where(below | (value < floor), -1, np.where(above | (value > ceiling), 1, 0))
    value = np.where(order == 0, value, 0.0)
    less = (order[:, None] > order) | ((order[:, None] == order) & (value[:, None] > value))
    same = (order[:, None] == order) & (value[:, None] == value)
    return less.sum(axis=1) + (same.sum(axis=1) + 1) / 2


def spearman(x_ranks: np.ndarray | None, y_ranks: np.ndarray | None) -> float:
    """Spearman's rho of two series of mid-ranks; NaN when either is constant or not rankable."""
    if x_ranks is None or y_ranks is None or len(x_ranks) < 2 or np.ptp(x_ranks) == 0 or np.ptp(y_ranks) == 0:
        return np.nan
    x, y = x_ranks - np.mean(x_ranks), y_ranks - np.mean(y_ranks)
    return float(np.clip(x @ y / np.sqrt((x @ x) * (y @ y)), -1, 1))


def bonett_wright(rho: float, n: int, confidence: float = 0.95) -> Interval:
    """Interval of Spearman's rho on Fisher's z with standard error sqrt((1 + rho^2 / 2) / (n - 3)).

    Bonett and Wright, Sample size requirements for estimating Pearson, Kendall and Spearman correlations, 2000. From
    n = 6 and |rho| < 1; otherwise no limits.
    """
    if n < 6 or not abs(rho) < 1:
        return Interval(rho, np.nan, np.nan)
    half = ndtri((1 + confidence) / 2) * np.sqrt((1 + rho * rho / 2) / (n - 3))
    z = np.arctanh(rho)
    return Interval(rho, float(np.tanh(z - half)), float(np.tanh(z + half)))


def permuted_tau(
    x_lower: np.ndarray, x_upper: np.ndarray, y_lower: np.ndarray, y_upper: np.ndarray, orders: np.ndarray
) -> np.ndarray:
    """tau-b of every variable with every score under every order of participants, as (orders, variables, scores).

    Bounds are (variables, n) and (scores, n), NaN where missing; only pairs of participants seen on both sides count.
    NaN where no pair is decided.
    """
    n = np.shape(x_lower)[1]
    i, j = np.triu_indices(n, 1)
    # Signs and their sums are small whole numbers, which single precision holds exactly.
    x, y = (pair_signs(*bounds).astype(np.float32) for bounds in ((x_lower, x_upper), (y_lower, y_upper)))
    x_seen, y_seen = _both_seen(x_lower), _both_seen(y_lower)
    x, x_seen = x[:, i, j], x_seen[:, i, j]
    # Pairs of participants as rows: an order then takes whole rows, one for all scores.
    y, y_seen = (np.ascontiguousarray(part.reshape(len(part), -1).T) for part in (y, y_seen))
    decided = np.abs(x)
    all_x, all_y = decided.sum(axis=1, dtype=float)[:, None, None], np.abs(y).sum(axis=0, dtype=float) / 2
    x_complete, y_complete = x_seen.all(), (y_seen == 1).all()
    scores = y.shape[1]
    result = np.empty((len(x), len(orders), scores))
    step = max(1, CHUNK // max(1, scores * i.size))

    def summed(left, right):  # one product for many orders: (variables, orders, scores)
        return (left @ right.reshape(i.size, -1)).reshape(len(left), -1, scores).astype(float)

    for start in range(0, len(orders), step):
        order = orders[start : start + step].T
        cells = order[i] * n + order[j]
        moved = np.take(y, cells, axis=0)
        s = summed(x, moved)
        first = all_x if y_complete else summed(decided, np.take(y_seen, cells, axis=0))
        second = all_y if x_complete else summed(x_seen, np.abs(moved))
        pairs = first * second
        with np.errstate(divide="ignore", invalid="ignore"):
            result[:, start : start + step] = np.where(pairs > 0, s / np.sqrt(pairs), np.nan)
    return np.swapaxes(result, 0, 1)


def permuted_r(x: np.ndarray, y: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Pearson's r of every variable with every score under every order of participants, as (orders, variables, scores).

    Values are (variables, n) and (scores, n), NaN where missing; only participants seen on both sides count, and r is
    multiplied by the root of their number, less 1, over that of the first order: r of fewer varies more. NaN where a
    series is constant.
    """
    seen = [(~np.isnan(part)).astype(float) for part in (x, y)]
    x, y = (np.nan_to_num(part - np.nanmean(part, axis=1, keepdims=True)) for part in (x, y))
    size = 1e-12 * np.outer((x * x).sum(axis=1), (y * y).sum(axis=1))
    result = np.empty((len(orders), len(x), len(y)))
    for s, (score, present) in enumerate(zip(y, seen[1], strict=True)):
        # of each order, over the participants seen on both sides
        moved, there = score[orders], present[orders]
        n = there @ seen[0].T
        share = 1 / np.maximum(n, 1)
        sums = there @ x.T, moved @ seen[0].T
        squares = (there @ (x * x).T - sums[0] ** 2 * share, (moved * moved) @ seen[0].T - sums[1] ** 2 * share)
        product = squares[0] * squares[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            r = (moved @ x.T - sums[0] * sums[1] * share) / np.sqrt(product)
            weight = np.sqrt(np.maximum(n - 1, 0) / np.maximum(n[0] - 1, 1))
        result[:, :, s] = np.where(product > size[:, s], r * weight, np.nan)
    return result


def permutation_p(statistics: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(p, floor) two-sided per test from statistics (resamples, ...), the observed first and itself a resample.

    The floor is the share of resamples that reach the largest |statistic|: the smallest p this data set could give.
    """
    size = np.abs(np.nan_to_num(statistics))
    p = (size >= size[0] - 1e-9).mean(axis=0)
    floor = (size >= size.max(axis=0) - 1e-9).mean(axis=0)
    undefined = np.isnan(statistics[0])
    return np.where(undefined, np.nan, p), np.where(undefined, np.nan, floor)


def _both_seen(lower):
    seen = ~np.isnan(np.asarray(lower, float))
    return (seen[..., :, None] & seen[..., None, :]).astype(np.float32)
