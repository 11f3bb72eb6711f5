"""The batched curve fitter: Levenberg-Marquardt over all curves at once on log parameters, weights from fitted values.

Every curve is scaled by its own largest signal and centred on its own mean ln concentration before fitting, so a change
of units changes nothing but the units. Points are padded and masked; each curve has its own points, bounds, weights
and damping, so no curve sees another. `start` gives start values and bounds, `reweighted` fits the scaled points.

Weights: iterated from fitted values, or frozen from the observed signals (see variance). Asymmetry: normal prior on
ln g, because eight levels in duplicate do not identify it; the bounds alone where its standard deviation is infinite.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from immunoassay.calibration.models import LINEAR, LOG_LOG, LOGISTIC, NONE, ByCurve, Curves
from immunoassay.calibration.reweighted import (
    FIVE,
    FOUR,
    LINE,
    LOG_LINE,
    Scaled,
    Solution,
    fit_family,
    level_means,
    raised,
)
from immunoassay.calibration.solver import two_at_least

ASYMMETRY_PRIOR_SD = 0.35
SMALLEST_SIGNAL = 1e-4  # of the largest: smaller fitted signals get no more weight than this one (see _floor)
MIRRORED = np.array([1.0, 1.0, 1.0, -1.0, 1.0])  # the midpoint of a mirrored curve changes its sign
WIDTH = 16  # points are padded to a multiple, so that sums do not depend on the other curves of the batch


@dataclass(frozen=True)
class Points(ByCurve):
    """Standards of n curves, padded to (n, k): u = ln concentration (-inf = zero), signal, used (False for padding)."""

    u: np.ndarray
    signal: np.ndarray
    used: np.ndarray


@dataclass(frozen=True)
class Request(ByCurve):
    """What to fit, per curve (n,): kind, side, whether the asymmetry is free and the SD of the prior on its logarithm
    (inf = none); variance exponent and constant (in signal units); exponent of
    weights frozen from the observed signals (NaN: weights follow from the variance function) and whether those are
    the mean signals of the levels, every level counting once; whether the fit is robust."""

    kind: np.ndarray
    side: np.ndarray
    asymmetric: np.ndarray
    prior_sd: np.ndarray
    exponent: np.ndarray
    constant: np.ndarray
    observed: np.ndarray
    of_levels: np.ndarray
    robust: np.ndarray


@dataclass(frozen=True)
class Fit(ByCurve):
    """Fitted curves and how the fit went, per curve. `deviance` is -2 ln likelihood (profiled over the residual
    variance), `penalty` the share of the prior; `status` is converged, not_converged or not_fitted."""

    curves: Curves
    status: np.ndarray
    reason: np.ndarray
    objective: np.ndarray
    parameters: np.ndarray
    n_wells: np.ndarray
    iterations: np.ndarray
    at_bound: np.ndarray
    deviance: np.ndarray
    penalty: np.ndarray


def pad(lists: Sequence[Sequence[Any]], fill: float | bool) -> np.ndarray:
    """Ragged lists as one array (n, k), k a multiple of WIDTH, padded with `fill`."""
    width = max([len(values) for values in lists], default=0)
    width = max(WIDTH, -(-width // WIDTH) * WIDTH)
    array = np.full((len(lists), width), fill, dtype=type(fill))
    for row, values in enumerate(lists):
        array[row, : len(values)] = values
    return array


def fit(points: Points, request: Request) -> Fit:
    """Fit every curve. Never raises or warns for a bad curve."""
    signal = np.where(points.used, points.signal, 0.0)
    logistic = request.kind == LOGISTIC
    used = points.used & ((request.kind != LOG_LOG)[:, None] | (signal > 0))
    scale = np.abs(signal).max(axis=1)
    finite = used & np.isfinite(points.u)
    shift = np.where(finite, points.u, 0).sum(axis=1) / np.maximum(finite.sum(axis=1), 1)
    parameters = np.where(logistic, 4 + request.asymmetric, 2)
    n_wells = used.sum(axis=1)
    reason = _unfit(points.u, signal, used, parameters, scale)
    good = np.flatnonzero(reason == "")
    solution = Solution(len(scale))
    safe = np.where(scale > 0, scale, 1.0)
    u, y = np.where(used, points.u - shift[:, None], 0.0), signal / safe[:, None]
    mirrored = _mirrored(request)
    scaled = Scaled(
        u=np.ascontiguousarray(np.where(mirrored[:, None], -u, u).T),
        y=np.ascontiguousarray(y.T),
        used=np.ascontiguousarray(used.T),
        seen=_seen(u.T, y.T, used.T, request, 1 / safe),
        mirrored=mirrored,
        parameters=parameters,
        prior_sd=request.prior_sd,
        exponent=request.exponent,
        constant=request.constant / safe**request.exponent,
        floor=_floor(signal, used) / safe,
        robust=request.robust,
    )
    families = np.select(
        [logistic & request.asymmetric, logistic, request.kind == LINEAR], [FIVE, FOUR, LINE], LOG_LINE
    )
    for family in (FOUR, FIVE, LINE, LOG_LINE):
        rows = two_at_least(good[families[good] == family])
        if len(rows):
            fit_family(scaled.take(rows, -1), family, solution, rows)
    return _finish(scaled, request, solution, reason, good, scale, shift, n_wells)


def _mirrored(request):
    """Whether a curve is fitted as its mirror image (u -> -u, asymptotes exchanged), so that one form serves both."""
    return (request.kind == LOGISTIC) & request.asymmetric & (request.side < 0)


def _floor(signal, used):
    """The signal (n,) below which the variance falls no further.

    Net signals scatter around zero at the bottom of a curve; a well read at -2 says that a signal of 0.1 is not known
    to a few percent. Without a negative well only a small share of the largest signal guards against division by zero.
    """
    return np.maximum(SMALLEST_SIGNAL * np.abs(signal).max(axis=1), np.where(used, -signal, 0.0).max(axis=1))


def _seen(u, y, used, request, unit):
    """The variance (k, n) of frozen weights, NaN for curves weighted by fitted values; unit (n,): one unit, scaled."""
    seen = np.full(y.shape, np.nan)
    frozen = np.flatnonzero(np.isfinite(request.observed))
    if len(frozen):
        y, size = y[:, frozen], 1
        if request.of_levels[frozen].any():
            of_levels = request.of_levels[frozen]
            mean, size = level_means(u[:, frozen], y, used[:, frozen])
            y, size = np.where(of_levels, mean, y), np.where(of_levels, size, 1)
        # a signal of exactly zero would outweigh all others; it counts as one unit
        signal = np.where(y == 0, unit[frozen], np.abs(y))
        seen[:, frozen] = np.where(used[:, frozen], raised(signal, request.observed[frozen]) * size, np.nan)
    return seen


def _unfit(u, signal, used, parameters, scale):
    """Why a curve cannot be fitted, '' if it can: (n,) of str."""
    finite = used & np.isfinite(u)
    ordered = np.sort(np.where(used, u, np.inf), axis=1)
    n_levels = used.any(axis=1) + ((ordered[:, 1:] > ordered[:, :-1]) & np.isfinite(ordered[:, 1:])).sum(axis=1)
    spread = np.where(used, signal, -np.inf).max(axis=1) - np.where(used, signal, np.inf).min(axis=1)
    n_wells = used.sum(axis=1)
    empty, flat = ~finite.any(axis=1), ~(spread > 1e-12 * scale)
    reason = np.full(len(scale), "", object)
    for row in np.flatnonzero(empty | flat | (n_levels < parameters) | (n_wells <= parameters)):
        if empty[row]:
            reason[row] = "no_standards: no usable standard"
        elif n_levels[row] < parameters[row]:
            reason[row] = f"too_few_levels: {n_levels[row]} levels for {parameters[row]} parameters"
        elif n_wells[row] <= parameters[row]:
            reason[row] = f"too_few_wells: {n_wells[row]} wells for {parameters[row]} parameters"
        else:
            reason[row] = "flat: every standard has the same signal"
    return reason


def _finish(scaled, request, solution, reason, good, scale, shift, n_wells):
    """Back to the orientation and the units of the signals and standards."""
    kind, parameters = request.kind, scaled.parameters
    status, reason = np.full(len(kind), "not_fitted", object), reason.copy()
    status[good] = "converged"
    flat, lost = good[solution.flat[good]], good[~solution.flat[good] & ~solution.converged[good]]
    status[flat], reason[flat] = "not_fitted", "flat: the signal does not change with concentration"
    status[lost], reason[lost] = "not_converged", "not_converged: no stable optimum was reached"
    fitted = status != "not_fitted"
    exponent = scaled.exponent
    safe = np.where(fitted, scale, 1.0)
    weighted_by = np.where(np.isfinite(request.observed), request.observed, exponent)
    theta, covariance, at_bound = solution.theta.T.copy(), solution.covariance, solution.at_bound.T
    rows, mirror = np.flatnonzero(scaled.mirrored), [1, 0, 2, 3, 4]
    theta[rows] = theta[rows][:, mirror] * MIRRORED
    covariance[rows] = covariance[rows][:, mirror][:, :, mirror] * np.outer(MIRRORED, MIRRORED)
    at_bound[rows] = at_bound[rows][:, mirror]
    rows = kind == LOGISTIC
    theta[rows, :2] *= scale[rows, None]
    theta[rows, 3] += shift[rows]
    change = np.tile(np.eye(5), (len(kind), 1, 1))
    change[rows, 0, 0] = change[rows, 1, 1] = scale[rows]
    rows = kind == LINEAR
    change[rows, 0, 0], change[rows, 1, 1] = scale[rows], scale[rows] * np.exp(-shift[rows])
    theta[rows, :2] *= np.stack([change[rows, 0, 0], change[rows, 1, 1]], axis=1)
    rows = kind == LOG_LOG
    change[rows, 0, 1] = -shift[rows]
    theta[rows, 0] += np.log(np.where(scale[rows] > 0, scale[rows], 1.0)) - theta[rows, 1] * shift[rows]
    covariance = change @ covariance @ change.transpose(0, 2, 1)
    theta[~fitted], covariance[~fitted] = np.nan, 0.0
    freedom = np.where(fitted, n_wells - parameters, 0)
    curves = Curves(
        kind=np.where(status == "converged", kind, NONE),
        side=request.side,
        theta=theta,
        covariance=covariance,
        residual_variance=np.where(fitted, solution.residual_variance * safe ** (2 - exponent), np.nan),
        exponent=exponent,
        constant=scaled.constant * np.where(scale > 0, scale, 1.0) ** exponent,
        floor=scaled.floor * np.where(scale > 0, scale, 1.0),
        degrees_of_freedom=freedom.astype(float),
    )
    return Fit(
        curves=curves,
        status=status,
        reason=reason,
        objective=np.where(fitted, solution.objective * safe ** (2 - weighted_by), np.nan),
        parameters=parameters,
        n_wells=n_wells,
        iterations=solution.iterations,
        at_bound=at_bound & fitted[:, None],
        deviance=solution.deviance,
        penalty=solution.penalty,
    )
