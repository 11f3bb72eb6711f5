"""Where the fit of a logistic curve begins, and the bounds it stays in.

Start: a fixed grid of slope, midpoint and asymmetry with the asymptotes solved by weighted least squares (variable
projection; Golub & Pereyra, The differentiation of pseudo-inverses and nonlinear least squares problems whose variables
separate, 1973). Everything is in scaled units: largest signal 1, mean ln concentration 0.
"""

import numpy as np
from immunoassay.calibration import models

SLOPE_BOUNDS = (0.1, 10.0)
ASYMMETRY_BOUNDS = (0.1, 10.0)
MIDPOINT_MARGIN = 20.0  # in ln concentration beyond the standards; a 5PL midpoint may lie far outside them
ZERO_MARGIN, INFINITY_MARGIN = 1.0, 100.0  # asymptotes may leave the range of signals by so many ranges
GRID_SLOPES, GRID_MIDPOINTS, GRID_ASYMMETRIES = (0.5, 0.9, 1.5, 2.6), 12, (1.0, 0.3, 3.0)


def bounds(normal):
    """Lower and upper bounds of a, d, ln b, ln c, ln g and which are free, each (n, 5), of scaled points."""
    n = len(normal.side)
    smallest = np.where(normal.used, normal.y, np.inf).min(axis=1)
    largest = np.where(normal.used, normal.y, -np.inf).max(axis=1)
    first, last = _ends(normal)
    lower, upper = np.zeros((n, 5)), np.zeros((n, 5))
    for column, margin in ((0, ZERO_MARGIN), (1, INFINITY_MARGIN)):
        lower[:, column] = smallest - margin * (largest - smallest)
        upper[:, column] = largest + margin * (largest - smallest)
    lower[:, 2], upper[:, 2] = np.log(SLOPE_BOUNDS)
    lower[:, 3], upper[:, 3] = first - MIDPOINT_MARGIN, last + MIDPOINT_MARGIN
    free = np.ones((n, 5), bool)
    free[:, 4] = normal.asymmetric
    lower[:, 4] = np.where(normal.asymmetric, np.log(ASYMMETRY_BOUNDS[0]), 0.0)
    upper[:, 4] = np.where(normal.asymmetric, np.log(ASYMMETRY_BOUNDS[1]), 0.0)
    held = np.isfinite(normal.fixed)
    lower[:, :2] = np.where(held, normal.fixed, lower[:, :2])
    upper[:, :2] = np.where(held, normal.fixed, upper[:, :2])
    free[:, :2] = ~held
    return lower, upper, free


def _ends(normal):
    finite = normal.used & np.isfinite(normal.u)
    return np.where(finite, normal.u, np.inf).min(axis=1), np.where(finite, normal.u, -np.inf).max(axis=1)


def best_of_grid(normal, weight, lower, upper, free):
    """Best point of the grid, asymptotes by weighted least squares: (n, 5)."""
    n = len(normal.side)
    first, last = _ends(normal)
    best, theta = np.full(n, np.inf), np.zeros((n, 5))
    for asymmetry in GRID_ASYMMETRIES:
        rows = np.arange(n) if asymmetry == 1.0 else np.flatnonzero(normal.asymmetric)
        if not len(rows):
            continue
        w, y, side = weight[rows], normal.y[rows], normal.side[rows]
        for slope in GRID_SLOPES:
            for share in np.linspace(0.0, 1.0, GRID_MIDPOINTS):
                trial = np.zeros((len(rows), 5))
                trial[:, 2], trial[:, 4] = np.log(slope), np.log(asymmetry)
                # the share is of the inflection, which a 5PL midpoint is not
                trial[:, 3] = first[rows] + share * (last - first)[rows] + side * np.log(asymmetry) / slope
                high = models.rise(side, np.log(slope), trial[:, 3], np.log(asymmetry), normal.u[rows])
                _solve_asymptotes(trial, high, w, y, lower[rows], upper[rows], free[rows])
                fitted = trial[:, :1] + (trial[:, 1:2] - trial[:, :1]) * high
                cost = (w * (fitted - y) ** 2).sum(axis=1)
                better = cost < best[rows]
                best[rows[better]], theta[rows[better]] = cost[better], trial[better]
    return np.clip(theta, lower, upper)


def _solve_asymptotes(trial, high, w, y, lower, upper, free):
    """Weighted least squares of y on (1 - high, high), fixed asymptotes held, into columns 0 and 1 of `trial`."""
    low = 1 - high
    ll, lh, hh = (w * low * low).sum(axis=1), (w * low * high).sum(axis=1), (w * high * high).sum(axis=1)
    ly, hy = (w * low * y).sum(axis=1), (w * high * y).sum(axis=1)
    determinant = np.maximum(ll * hh - lh * lh, 1e-12 * ll * hh + 1e-300)
    a, d = (hh * ly - lh * hy) / determinant, (ll * hy - lh * ly) / determinant
    a = np.clip(np.where(free[:, 1], a, (ly - lh * upper[:, 1]) / np.maximum(ll, 1e-300)), lower[:, 0], upper[:, 0])
    d = np.where(free[:, 0], d, (hy - lh * a) / np.maximum(hh, 1e-300))
    trial[:, 0], trial[:, 1] = a, np.clip(d, lower[:, 1], upper[:, 1])
