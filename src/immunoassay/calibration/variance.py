"""Variance functions: variance of a signal = residual variance * (constant + signal^exponent).

none (exponent 0), 1/y (1), 1/y2 (2), power (the sheet's exponent), estimated (exponent by pseudo-likelihood),
two_component (exponent 2, constant by pseudo-likelihood: additive noise plus constant CV). Estimates are pooled over
the plates of one group; every plate keeps its own residual variance. The scatter of the blanks enters that of a constant
beside the residuals of the standards, so that a plate that is alone in its group has what says most of its additive
noise: blanks and low duplicates.

The fit is weighted by the inverse of that variance at the fitted signals. Two kinds of weights, only for reproducing
software, are frozen from the observed signals instead; a signal of exactly 0 counts as 1. `..._observed`: every well by
its own signal, 1/|y|^p, which is what xPONENT minimises. `..._level_means`: every level once, by its mean signal, as
Bio-Plex Manager (exponent 1.8 of the raw signal) and MSD Discovery Workbench do. The variance of a signal is then the
two-component function. Fitted weights are the default because observed ones give the wells that happened to read low
the greatest say and so bend the curve down, most of all at the bottom.

Source: Davidian & Carroll, Variance function estimation (1987); Rocke & Lorenzato, A two-component model for
measurement error in analytical chemistry (1995).
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from immunoassay.calibration.fit import Fit, Points
from immunoassay.calibration.models import Curves

EXPONENTS = {"none": 0.0, "1/y": 1.0, "1/y2": 2.0, "estimated": 2.0, "two_component": 2.0}
OBSERVED = {"1/y_observed": 1.0, "1/y2_observed": 2.0, "1/y2_level_means": 2.0, "power_level_means": None}
WEIGHTS = (*EXPONENTS, "power", *OBSERVED)
DEFAULT = "two_component"
ESTIMATES = {"estimated": "exponent"} | dict.fromkeys(("two_component", *OBSERVED), "constant")
EXPONENT_RANGE = (0.0, 4.0)
ADDITIVE_RANGE = (1e-6, 1.0)  # additive SD over CV, as a share of the largest signal of the group
GRID, ZOOMS, ALTERNATIONS = 41, 2, 25
LARGEST_LEVERAGE = 0.9  # a well that is fitted exactly says nothing


def of(weights: str, given: float) -> tuple[float, float, bool]:
    """(exponent of the variance function, exponent of frozen weights or NaN, whether those are of level means).

    weights: a name of WEIGHTS; given: the sheet's exponent (power, power_level_means). Raises ValueError.
    """
    if weights not in WEIGHTS:
        raise ValueError(f"unknown weights {weights!r}; known: {', '.join(WEIGHTS)}")
    if weights.startswith("power") and not np.isfinite(given):
        raise ValueError(f"weights {weights!r} need a variance_exponent")
    if weights in OBSERVED:
        return 2.0, float(OBSERVED[weights] or given), weights.endswith("_level_means")
    return float(EXPONENTS.get(weights, given)), np.nan, False


def estimate(
    points: Points,
    weights: np.ndarray,
    group: np.ndarray,
    exponent: np.ndarray,
    fit_rows: Callable[[np.ndarray, np.ndarray, np.ndarray], Fit],
    blanks: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Estimate exponents (estimated) and constants (two_component and observed weights), alternating with the curves.

    points: Points of n curves; weights (n,) names; group (n,) integers, curves pooled together; exponent (n,) start;
    fit_rows(rows, exponent, constant) fits these curves and returns a Fit; blanks (n, k): signals of blanks that are not
    among the points, NaN for padding. Returns exponent and constant, (n,).
    A group without one converged curve keeps exponent 2 and constant 0.
    """
    exponent, constant = exponent.copy(), np.zeros(len(exponent))
    estimates = np.array([ESTIMATES.get(name, "") for name in weights], object)
    scatter = _scatter(np.full((len(exponent), 0), np.nan) if blanks is None else blanks)
    rows = np.flatnonzero(estimates != "")
    for _ in range(ALTERNATIONS):
        if not len(rows):
            break
        fitted = fit_rows(rows, exponent[rows], constant[rows])
        residual, signal, usable = residuals(points.take(rows), fitted)
        moved = np.zeros(len(rows), bool)
        for name in ("exponent", "constant"):
            mine = estimates[rows] == name
            for member in np.unique(group[rows][mine]):
                some = np.flatnonzero(mine & (group[rows] == member) & usable.any(axis=1))
                if not len(some):
                    continue
                parts = [residual[some], signal[some], usable[some]]
                if name == "constant":
                    parts = [np.hstack([part, of[rows[some]]]) for part, of in zip(parts, scatter, strict=True)]
                value = pooled(name, *parts)
                target = exponent if name == "exponent" else constant
                # an exponent settles absolutely, a constant relative to itself
                moved[some] = np.abs(value - target[rows[some]]) > 1e-4 * (1.0 if name == "exponent" else value)
                target[rows[mine & (group[rows] == member)]] = value
        changed = set(group[rows[moved]])
        rows = rows[np.array([member in changed for member in group[rows]], bool)]
    return exponent, constant


def _scatter(blanks):
    """Residuals, signals and which of them count, (n, k) each, of blanks (n, k) around their mean on the plate.

    A single blank says nothing of its scatter; residuals are larger by what the mean took, as in `residuals`.
    """
    known = np.isfinite(blanks)
    count = known.sum(axis=1, keepdims=True)
    mean = np.where(known, blanks, 0.0).sum(axis=1, keepdims=True) / np.maximum(count, 1)
    usable = known & (count > 1)
    residual = np.where(usable, blanks - mean, 0.0) * np.sqrt(count / np.maximum(count - 1, 1))
    return residual, np.where(usable, np.maximum(mean, 0.0), 1.0), usable


def residuals(points: Points, fitted: Fit) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Residuals, fitted signals and which of them count, (n, k) each, of Points and their Fit.

    Residuals are divided by sqrt(1 - leverage): a curve runs closer to the wells at its ends, which would seem precise.
    """
    curves = fitted.curves
    signal, jacobian, _ = curves.predict(points.u)
    usable = points.used & (curves.kind > 0)[:, None]
    uncertainty = ((jacobian @ curves.covariance) * jacobian).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        leverage = np.clip(uncertainty / curves.signal_variance(signal), 0.0, LARGEST_LEVERAGE)
    residual = np.where(usable, (points.signal - signal) / np.sqrt(1 - np.where(usable, leverage, 0.0)), 0.0)
    return residual, np.where(usable, np.maximum(signal, curves.floor[:, None]), 1.0), usable


def paid(curves: Curves, weights: np.ndarray, group: np.ndarray) -> Curves:
    """`curves` with the degree of freedom that an estimated variance function costs a plate that is alone in its group.

    Without it the intervals of a plate of sixteen standard wells cover 91 to 92 % in the middle of its curve.
    """
    sizes = np.bincount(group, minlength=1)[group] if len(group) else np.zeros(0, int)
    freedom = curves.degrees_of_freedom
    alone = np.array([name in ESTIMATES for name in weights], bool) & (sizes == 1) & (freedom > 1)
    share = np.where(alone, freedom / np.maximum(freedom - 1, 1), 1.0)
    return replace(
        curves,
        covariance=curves.covariance * share[:, None, None],
        residual_variance=curves.residual_variance * share,
        degrees_of_freedom=freedom - alone,
    )


def pooled(name: str, residual: np.ndarray, signal: np.ndarray, used: np.ndarray) -> float:
    """The `exponent`, or the `constant` beside an exponent of 2, with the least pseudo-likelihood deviance of one group.

    residual, signal (fitted, positive), used: (n, k).
    """
    if name == "exponent":
        low, high = EXPONENT_RANGE
        scale = 1.0
    else:
        low, high = np.log(ADDITIVE_RANGE)
        scale = np.where(used, signal, 0.0).max()
    for _ in range(ZOOMS):
        grid = np.linspace(low, high, GRID)
        powers = signal[:, :, None] ** (grid if name == "exponent" else 2.0)
        variance = powers if name == "exponent" else powers + (np.exp(grid) * scale) ** 2
        deviance = _deviance(residual, variance, used)
        at = int(np.argmin(deviance))
        low, high = grid[max(at - 1, 0)], grid[min(at + 1, GRID - 1)]
    best = grid[at]
    if 0 < at < GRID - 1:
        # the vertex of the parabola through three points: a finer grid would only compare rounding errors
        left, middle, right = deviance[at - 1 : at + 2]
        bend = left - 2 * middle + right
        best += 0.5 * (left - right) / bend * (grid[1] - grid[0]) if bend > 0 else 0.0
    return float(best) if name == "exponent" else float((np.exp(best) * scale) ** 2)


def interval(residual: np.ndarray, signal: np.ndarray, used: np.ndarray, excess: float) -> tuple[float, float]:
    """Ends of the exponents (of EXPONENT_RANGE) whose deviance exceeds the least by at most `excess`."""
    grid = np.linspace(*EXPONENT_RANGE, 10 * GRID)
    deviance = _deviance(residual, signal[:, :, None] ** grid, used)
    inside = np.flatnonzero(deviance <= deviance.min() + excess)
    return float(grid[inside[0]]), float(grid[inside[-1]])


def _deviance(residual, variance, used):
    """-2 ln pseudo-likelihood (grid,), residual variance profiled per curve; residual (n, k), variance (n, k, grid)."""
    count = used.sum(axis=1)
    weighted = (np.where(used, residual, 0.0)[:, :, None] ** 2 / variance).sum(axis=1)
    spread = np.where(used[:, :, None], np.log(variance), 0.0).sum(axis=1)
    return (count[:, None] * np.log(np.maximum(weighted / count[:, None], 1e-300)) + spread).sum(axis=0)
