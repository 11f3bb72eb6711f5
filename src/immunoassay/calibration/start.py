"""Where the fit of a logistic curve begins, and the bounds it stays in.

Start: a fixed grid of slope, midpoint and asymmetry with the asymptotes solved by weighted least squares (variable
projection; Golub & Pereyra, The differentiation of pseudo-inverses and nonlinear least squares problems whose variables
separate, 1973). Everything is in scaled units (largest signal 1, mean ln concentration 0) and in the orientation
`upper`; arrays have the curves as their last axis, parameters are a, d, ln b, ln c and, if asymmetric, ln g.
"""

from collections.abc import Callable

import numpy as np

SLOPE_BOUNDS = (0.1, 10.0)
ASYMMETRY_BOUNDS = (0.1, 10.0)
MIDPOINT_MARGIN = 20.0  # in ln concentration beyond the standards; a 5PL midpoint may lie far outside them
ZERO_MARGIN, INFINITY_MARGIN = 1.0, 100.0  # asymptotes may leave the range of signals by so many ranges
GRID_SLOPES, GRID_MIDPOINTS = (0.5, 0.9, 1.5, 2.6), 12
# g of the grid, with h = r^g of r = 1/(1 + e^z) by multiplication or square roots alone
GRID_ASYMMETRIES: dict[float, Callable[[np.ndarray], np.ndarray]] = {1.0: lambda r: r, 0.5: np.sqrt, 2.0: np.square}
LARGEST_Z = 300.0


def bounds(
    u: np.ndarray, y: np.ndarray, used: np.ndarray, mirrored: np.ndarray, asymmetric: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper bounds of the parameters (p, n).

    u, y, used (k, n): ln concentration, signal, whether the point counts; mirrored (n,): curves whose first asymptote is
    that at infinite concentration.
    """
    n, p = y.shape[1], 5 if asymmetric else 4
    smallest, largest = np.where(used, y, np.inf).min(axis=0), np.where(used, y, -np.inf).max(axis=0)
    first, last = _ends(u, used)
    lower, upper = np.zeros((p, n)), np.zeros((p, n))
    margins = np.where(mirrored, [[INFINITY_MARGIN], [ZERO_MARGIN]], [[ZERO_MARGIN], [INFINITY_MARGIN]])
    margins = margins * (largest - smallest)
    lower[:2], upper[:2] = smallest - margins, largest + margins
    lower[2], upper[2] = np.log(SLOPE_BOUNDS)
    lower[3], upper[3] = first - MIDPOINT_MARGIN, last + MIDPOINT_MARGIN
    if asymmetric:
        lower[4], upper[4] = np.log(ASYMMETRY_BOUNDS)
    return lower, upper


def _ends(u, used):
    finite = used & np.isfinite(u)
    return np.where(finite, u, np.inf).min(axis=0), np.where(finite, u, -np.inf).max(axis=0)


def best_of_grid(
    u: np.ndarray, y: np.ndarray, used: np.ndarray, weight: np.ndarray, lower: np.ndarray, upper: np.ndarray
) -> np.ndarray:
    """Best point (p, n) of the grid, asymptotes by weighted least squares; u, y, used, weight (k, n)."""
    first, last = _ends(u, used)
    n, asymmetric = y.shape[1], len(lower) == 5
    by_weight = weight.sum(axis=0), (weight * y).sum(axis=0), (weight * y * y).sum(axis=0)
    weighted = weight * y
    best, theta = np.full(n, np.inf), np.zeros((len(lower), n))
    for slope in GRID_SLOPES:
        power = np.exp(np.clip(slope * (u - first), -LARGEST_Z, LARGEST_Z))
        for share in np.linspace(0.0, 1.0, GRID_MIDPOINTS):
            for asymmetry, rise in list(GRID_ASYMMETRIES.items())[: None if asymmetric else 1]:
                # the share is of the inflection, which a 5PL midpoint is not
                midpoint = share * (last - first) + np.log(asymmetry) / slope
                h = rise(1 / (1 + power * np.exp(np.maximum(-slope * midpoint, -LARGEST_Z))))
                a, d, cost = _asymptotes(h, weight, weighted, by_weight, lower, upper)
                better = cost < best
                best = np.where(better, cost, best)
                point = (a, d, np.log(slope), first + midpoint, np.log(asymmetry))
                for row, value in zip(theta, point, strict=False):
                    np.copyto(row, value, where=better)
    return np.clip(theta, lower, upper)


def _asymptotes(h, weight, weighted, by_weight, lower, upper):
    """a, d and the weighted sum of squares (n,) of y = d + (a - d) h."""
    w, y, yy = by_weight
    wh = weight * h
    low, aa, ay = wh.sum(axis=0), (wh * h).sum(axis=0), (weighted * h).sum(axis=0)
    ad, dd, dy = low - aa, w - 2 * low + aa, y - ay
    determinant = np.maximum(aa * dd - ad * ad, 1e-12 * aa * np.abs(dd) + 1e-300)
    a = np.clip((dd * ay - ad * dy) / determinant, lower[0], upper[0])
    d = np.clip((dy - ad * a) / np.maximum(dd, 1e-300), lower[1], upper[1])
    return a, d, yy + a * (a * aa - 2 * ay) + d * (d * dd - 2 * dy) + 2 * a * d * ad
