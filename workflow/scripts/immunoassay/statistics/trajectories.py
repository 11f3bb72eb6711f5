"""Association within participants over visits, with the time course that all share taken out.

When every participant improves and a biomarker falls in everyone, any correlation over visits is large whether or not
the two belong together. Hence: participant and visit effects are removed, whole trajectories are permuted among
participants, and the interval is a jackknife over participants. Arrays are participants x visits, NaN = missing.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from immunoassay.statistics.intervals import Interval
from scipy.special import ndtri, stdtr, stdtrit


class RepeatedCorrelation(NamedTuple):
    """Correlation of what is left, its degrees of freedom, and the rows and participants it rests on."""

    r: float
    degrees_of_freedom: int
    rows: int
    participants: int


def repeated_correlation(x, y, visit_effects):
    """Correlation after removing participant effects (Bland and Altman 1995), with `visit_effects` also visit effects.

    NaN when nothing is left to correlate.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    both = ~np.isnan(x) & ~np.isnan(y)
    both &= both.sum(axis=1, keepdims=True) >= 2
    rows, participants = int(both.sum()), int(both.any(axis=1).sum())
    if rows == 0:
        return RepeatedCorrelation(np.nan, 0, 0, 0)
    basis = _effects(both.tobytes(), both.shape, visit_effects)
    free = rows - basis.shape[1] - 1
    values = np.stack([x[both], y[both]], axis=1)
    values = values - values.mean(axis=0)
    left = values - basis @ (basis.T @ values)
    left_over = np.sqrt((left**2).sum(axis=0))
    # What is left of a series that the effects explain is rounding, not signal.
    if free < 1 or (left_over <= 1e-9 * np.sqrt((values**2).sum(axis=0))).any():
        return RepeatedCorrelation(np.nan, max(free, 0), rows, participants)
    r = float(np.clip(left[:, 0] @ left[:, 1] / left_over.prod(), -1, 1))
    return RepeatedCorrelation(r, free, rows, participants)


def textbook_p(correlation):
    """p of the F test of repeated-measures correlation; it ignores autocorrelation and shared trends."""
    r, free = correlation.r, correlation.degrees_of_freedom
    if not abs(r) < 1:
        return np.nan
    return float(2 * stdtr(free, -abs(r) * np.sqrt(free / (1 - r * r))))


def textbook_interval(correlation, confidence=0.95):
    """Fisher's z interval with n = degrees of freedom + 2, as printed with repeated-measures correlation."""
    r, free = correlation.r, correlation.degrees_of_freedom
    if not abs(r) < 1 or free < 2:
        return Interval(r, np.nan, np.nan)
    half = ndtri((1 + confidence) / 2) / np.sqrt(free - 1)
    return Interval(r, float(np.tanh(np.arctanh(r) - half)), float(np.tanh(np.arctanh(r) + half)))


def jackknife_interval(x, y, confidence=0.95):
    """Visit-adjusted correlation with the t interval of its participant jackknife on Fisher's z.

    Miller, The jackknife - a review, 1974. No limits below 4 participants or when a correlation reaches +-1.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    whole = repeated_correlation(x, y, visit_effects=True)
    both = ~np.isnan(x) & ~np.isnan(y)
    members = np.flatnonzero(both.sum(axis=1) >= 2)
    n = members.size
    if n < 4 or not abs(whole.r) < 1:
        return Interval(whole.r, np.nan, np.nan)
    without = np.array(
        [repeated_correlation(x[rest], y[rest], True).r for rest in (members[members != i] for i in members)]
    )
    if not (np.abs(without) < 1).all():
        return Interval(whole.r, np.nan, np.nan)
    z, parts = np.arctanh(whole.r), np.arctanh(without)
    error = np.sqrt((n - 1) / n * np.sum((parts - parts.mean()) ** 2))
    half = stdtrit(n - 1, (1 + confidence) / 2) * error
    return Interval(whole.r, float(np.tanh(z - half)), float(np.tanh(z + half)))


def permuted_trajectories(x, y, orders):
    """Visit-adjusted correlation when participant i's biomarkers meet the scores of participant order[i].

    `x` (variables, n, visits), `y` (scores, n, visits); returns (orders, variables, scores). Visit means are
    subtracted, and each pair of trajectories is re-centred on the visits both have: filling gaps with zeros after
    centring would favour the observed pairing. Complete data: the permutation test of the visit-adjusted correlation.
    """
    (x, x_seen), (y, y_seen) = _without_visit_means(x), _without_visit_means(y)
    common = np.einsum("vit,sjt->vsij", x_seen, y_seen, optimize=True)
    per_visit = np.where(common >= 2, 1 / np.maximum(common, 1), 0.0)
    x_sum = np.einsum("vit,sjt->vsij", x, y_seen, optimize=True)
    y_sum = np.einsum("vit,sjt->vsij", x_seen, y, optimize=True)
    used = common >= 2
    xy = np.where(used, np.einsum("vit,sjt->vsij", x, y, optimize=True) - x_sum * y_sum * per_visit, 0.0)
    xx = np.where(used, np.einsum("vit,sjt->vsij", x * x, y_seen, optimize=True) - x_sum**2 * per_visit, 0.0)
    yy = np.where(used, np.einsum("vit,sjt->vsij", x_seen, y * y, optimize=True) - y_sum**2 * per_visit, 0.0)
    n = x.shape[1]
    cells = np.arange(n) * n + orders
    result = np.empty((len(orders), len(x), len(y)))
    step = max(1, 4_000_000 // (n * len(x) * len(y)))
    flat = [part.reshape(len(x), len(y), n * n) for part in (xy, xx, yy)]
    for start in range(0, len(orders), step):
        chosen = cells[start : start + step]
        sxy, sxx, syy = (part[:, :, chosen].sum(axis=-1) for part in flat)
        scale = np.sqrt(np.maximum(sxx, 0) * np.maximum(syy, 0))
        with np.errstate(divide="ignore", invalid="ignore"):
            r = np.where(scale > 1e-12, sxy / scale, np.nan)
        result[start : start + step] = np.moveaxis(r, 2, 0)
    return result


def _without_visit_means(values):
    values = np.asarray(values, float)
    seen = ~np.isnan(values)
    known = np.where(seen, values, 0.0)
    mean = known.sum(axis=1, keepdims=True) / np.maximum(seen.sum(axis=1, keepdims=True), 1)
    return np.where(seen, known - mean, 0.0), seen.astype(float)


@lru_cache(maxsize=4096)
def _effects(mask, shape, visit_effects):
    """Orthonormal basis of the participant (and visit) effects over the rows of a mask."""
    participant, visit = np.nonzero(np.frombuffer(mask, bool).reshape(shape))
    columns = [participant[:, None] == np.unique(participant)]
    if visit_effects:
        columns.append(visit[:, None] == np.unique(visit))
    left, sizes, _ = np.linalg.svd(np.concatenate(columns, axis=1).astype(float), full_matrices=False)
    return left[:, sizes > 1e-9 * sizes[0]]
