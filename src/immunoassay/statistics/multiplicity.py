"""Adjustment of p values for several tests, and what adjustment can reach at all."""

import functools
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

# Participants up to which a family is adjusted by max-T: with seven and 60 analytes the false discovery rate of exact
# p values has no power at all, since none can fall below 2 / 128.
MAX_T_LIMIT = 12
ALL_FLIPS = 12  # participants up to which all sign changes are enumerated


def false_discovery_rate(p: ArrayLike) -> np.ndarray:
    """p values adjusted by Benjamini and Hochberg (1995); NaN stays NaN and does not count as a test."""
    p = np.asarray(p, float)
    adjusted = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    m = known.size
    if m == 0:
        return adjusted
    order = known[np.argsort(p[known], kind="stable")]
    ranks = np.arange(1, m + 1)
    ordered = np.minimum.accumulate((p[order] * m / ranks)[::-1])[::-1]
    adjusted[order] = np.minimum(ordered, 1.0)
    return adjusted


def holm(p: ArrayLike) -> np.ndarray:
    """p values adjusted by Holm, A simple sequentially rejective multiple test procedure (1979); NaN is no test."""
    p = np.asarray(p, float)
    adjusted = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(known.size, 0, -1)), 1.0)
    return adjusted


@functools.lru_cache(maxsize=2)  # as large as they are: one variable after the other needs the same
def sign_flips(n: int, draws: int, seed: int) -> np.ndarray:
    """Sign changes (rows, n) of n participants: all 2^n up to 12, else the identity and `draws` random ones; read-only."""
    if n <= ALL_FLIPS:
        flips = np.array(list(product((1.0, -1.0), repeat=n))).reshape(-1, n)
    else:
        random = np.random.default_rng(seed).integers(0, 2, size=(draws, n)) * 2.0 - 1.0
        flips = np.vstack([np.ones(n), random])
    flips.flags.writeable = False
    return flips


def max_t_sign_flip(differences: ArrayLike, draws: int = 10000, seed: int = 1) -> np.ndarray:
    """Westfall-Young single-step max-T p values of the mean of each column (participants x tests, NaN = missing).

    The t statistic of every column under sign changes shared by all columns (Westfall and Young 1993). It controls the
    family-wise error when each participant's changes are symmetric about zero under no change. A column without a
    non-zero difference has no statistic and stays NaN.
    """
    differences = np.asarray(differences, float)
    statistics = flipped_t(differences, sign_flips(differences.shape[0], draws, seed))
    tested = ~np.isnan(statistics[0])
    adjusted = np.full(differences.shape[1], np.nan)
    if tested.any():
        adjusted[tested] = max_t(np.abs(statistics[:, tested]))
    return adjusted


def global_sign_flip(differences: ArrayLike, draws: int = 10000, seed: int = 1) -> float:
    """One p of no change in any column: the sum of squared t statistics under sign changes shared by all columns.

    NaN when no column has a non-zero difference.
    """
    differences = np.asarray(differences, float)
    statistics = flipped_t(differences, sign_flips(differences.shape[0], draws, seed))
    statistics = statistics[:, ~np.isnan(statistics[0])]
    if not statistics.size:
        return np.nan
    total = (statistics**2).sum(axis=1)
    return float(np.mean(total >= total[0] * (1 - 1e-9)))


def max_t(statistics: np.ndarray) -> np.ndarray:
    """Single-step p values from |statistics| (resamples x tests), the first row observed and itself a resample."""
    largest = statistics.max(axis=1)
    observed = statistics[0]
    return np.array([np.mean(largest >= value * (1 - 1e-9) - 1e-12) for value in observed])


def shares_as_large(statistics: np.ndarray) -> np.ndarray:
    """p of every resample from |statistics| (resamples, tests): the share of resamples with as large a statistic."""
    ordered = np.sort(statistics, axis=0)
    first = [np.searchsorted(own, column - 1e-9) for own, column in zip(ordered.T, statistics.T, strict=True)]
    return 1 - np.stack(first, axis=1) / len(statistics)


def flipped_t(differences: np.ndarray, flips: np.ndarray) -> np.ndarray:
    """t statistics of each column under each sign change; NaN where a column has no non-zero difference."""
    present = ~np.isnan(differences)
    known = np.where(present, differences, 0.0)
    n = present.sum(axis=0)
    squares = (known**2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        # The sum of squares does not change with the signs: t follows from the mean alone.
        r2 = (flips @ known) ** 2 / (n * squares)
        r2 = np.where(r2 > 1 - 1e-12, 1.0, r2)
        t = np.sqrt((n - 1) * r2 / (1 - r2))
    return np.where((n > 1) & (squares > 0), t, np.nan)


def tests_needed(family_size: int, floor: float, alpha: float = 0.05) -> int:
    """How many tests must reach the smallest attainable p before any adjusted by Benjamini-Hochberg can be <= alpha."""
    return int(np.ceil(family_size * floor / alpha - 1e-9))
