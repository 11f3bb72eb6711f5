"""Variance functions: variance of a signal = residual variance * (constant + signal^exponent).

none (exponent 0), 1/y (1), 1/y2 (2), power (the sheet's exponent), estimated (exponent by pseudo-likelihood),
two_component (exponent 2, constant by pseudo-likelihood: additive noise plus constant CV). Estimates are pooled over
the plates of one group, because one plate's 16 points cannot carry them; every plate keeps its own residual variance.

Source: Davidian & Carroll, Variance function estimation (1987); Rocke & Lorenzato, A two-component model for
measurement error in analytical chemistry (1995).
"""

import numpy as np

EXPONENTS = {"none": 0.0, "1/y": 1.0, "1/y2": 2.0, "estimated": 2.0, "two_component": 2.0}
WEIGHTS = (*EXPONENTS, "power")
EXPONENT_RANGE = (0.0, 4.0)
ADDITIVE_RANGE = (1e-6, 1.0)  # additive SD over CV, as a share of the largest signal of the group
GRID, ZOOMS, ALTERNATIONS = 41, 2, 25


def exponent_of(weights, given):
    """Exponent of a variance function by name; `given` is the sheet's exponent (power only). Raises ValueError."""
    if weights not in WEIGHTS:
        raise ValueError(f"unknown weights {weights!r}; known: {', '.join(WEIGHTS)}")
    if weights == "power" and not np.isfinite(given):
        raise ValueError("weights 'power' need a variance_exponent")
    return float(given) if weights == "power" else EXPONENTS[weights]


def estimate(points, weights, group, exponent, fit_rows):
    """Estimate exponents (estimated) and constants (two_component), alternating with the curves.

    points: Points of n curves; weights (n,) names; group (n,) integers, curves pooled together; exponent (n,) start;
    fit_rows(rows, exponent, constant) fits these curves and returns a Fit. Returns exponent and constant, (n,).
    A group without one converged curve keeps exponent 2 and constant 0.
    """
    exponent, constant = exponent.copy(), np.zeros(len(exponent))
    rows = np.flatnonzero((weights == "estimated") | (weights == "two_component"))
    for _ in range(ALTERNATIONS):
        if not len(rows):
            break
        fitted = fit_rows(rows, exponent[rows], constant[rows])
        signal = fitted.curves.predict(points.u[rows])[0]
        usable = points.used[rows] & (fitted.curves.kind > 0)[:, None]
        residual = np.where(usable, points.signal[rows] - signal, 0.0)
        signal = np.where(usable, np.maximum(signal, fitted.curves.floor[:, None]), 1.0)
        moved = np.zeros(len(rows), bool)
        for name in ("estimated", "two_component"):
            mine = weights[rows] == name
            for member in np.unique(group[rows][mine]):
                some = np.flatnonzero(mine & (group[rows] == member) & usable.any(axis=1))
                if not len(some):
                    continue
                value = pooled(name, residual[some], signal[some], usable[some])
                target, old = (
                    (exponent, exponent[rows[some]]) if name == "estimated" else (constant, constant[rows[some]])
                )
                # an exponent settles absolutely, a constant relative to itself
                moved[some] = np.abs(value - old) > 1e-4 * (1.0 if name == "estimated" else value)
                target[rows[mine & (group[rows] == member)]] = value
        changed = set(group[rows[moved]])
        rows = rows[np.array([member in changed for member in group[rows]], bool)]
    return exponent, constant


def pooled(name, residual, signal, used):
    """The exponent (estimated) or the constant (two_component) with the least pseudo-likelihood deviance of one group.

    residual, signal (fitted, positive), used: (n, k).
    """
    if name == "estimated":
        low, high = EXPONENT_RANGE
        scale = 1.0
    else:
        low, high = np.log(ADDITIVE_RANGE)
        scale = np.where(used, signal, 0.0).max()
    for _ in range(ZOOMS):
        grid = np.linspace(low, high, GRID)
        if name == "estimated":
            variance = signal[:, :, None] ** grid
        else:
            variance = signal[:, :, None] ** 2 + (np.exp(grid) * scale) ** 2
        deviance = _deviance(residual, variance, used)
        at = int(np.argmin(deviance))
        low, high = grid[max(at - 1, 0)], grid[min(at + 1, GRID - 1)]
    best = grid[at]
    if 0 < at < GRID - 1:
        # the vertex of the parabola through three points: a finer grid would only compare rounding errors
        left, middle, right = deviance[at - 1 : at + 2]
        bend = left - 2 * middle + right
        best += 0.5 * (left - right) / bend * (grid[1] - grid[0]) if bend > 0 else 0.0
    return float(best) if name == "estimated" else float((np.exp(best) * scale) ** 2)


def _deviance(residual, variance, used):
    """-2 ln pseudo-likelihood (grid,), residual variance profiled per curve; residual (n, k), variance (n, k, grid)."""
    count = used.sum(axis=1)
    weighted = (np.where(used, residual, 0.0)[:, :, None] ** 2 / variance).sum(axis=1)
    spread = np.where(used[:, :, None], np.log(variance), 0.0).sum(axis=1)
    return (count[:, None] * np.log(np.maximum(weighted / count[:, None], 1e-300)) + spread).sum(axis=0)
