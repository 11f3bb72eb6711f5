"""The batched curve fitter: Levenberg-Marquardt over all curves at once on log parameters, weights from fitted values.

Every curve is scaled by its own largest signal and centred on its own mean ln concentration before fitting, so a change
of units changes nothing but the units. Points are padded and masked; each curve has its own points, bounds, weights
and damping, so no curve sees another.

Start: a fixed grid of slope, midpoint and asymmetry with the asymptotes solved by weighted least squares (variable
projection, Golub & Pereyra 1973). Weights: iterated from fitted values (Carroll & Ruppert 1988). Asymmetry: normal
prior on ln g with the given standard deviation, because eight levels in duplicate do not identify it; the bounds alone
when the prior is off.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from immunoassay.calibration import models
from immunoassay.calibration.models import LINEAR, LOG_LOG, LOGISTIC, NONE, Curves
from immunoassay.calibration.solver import levenberg_marquardt

ASYMMETRY_PRIOR_SD = 0.35
SLOPE_BOUNDS = (0.1, 10.0)
ASYMMETRY_BOUNDS = (0.1, 10.0)
MIDPOINT_MARGIN = 20.0  # in ln concentration beyond the standards; a 5PL midpoint may lie far outside them
ZERO_MARGIN, INFINITY_MARGIN = 1.0, 10.0  # asymptotes may leave the range of signals by so many ranges
SMALLEST_SIGNAL = 1e-4  # of the largest: smaller fitted signals get no more weight than this one
FLAT_PROBABILITY = 0.01  # a curve no better than a constant at this level is flat
GRID_SLOPES, GRID_MIDPOINTS, GRID_ASYMMETRIES = (0.5, 0.9, 1.5, 2.6), 12, (1.0, 0.3, 3.0)
LARGEST_PASSES = 40
WIDTH = 16  # points are padded to a multiple, so that sums do not depend on the other curves of the batch


@dataclass(frozen=True)
class Points:
    """Standards of n curves, padded to (n, k): u = ln concentration (-inf = zero), signal, used (False for padding)."""

    u: np.ndarray
    signal: np.ndarray
    used: np.ndarray

    def take(self, rows):
        """The points of the given curves."""
        return Points(self.u[rows], self.signal[rows], self.used[rows])


@dataclass(frozen=True)
class Request:
    """What to fit, per curve (n,): kind, side, whether the asymmetry is free; fixed asymptotes (n, 2), NaN = free;
    variance exponent and constant (in signal units)."""

    kind: np.ndarray
    side: np.ndarray
    asymmetric: np.ndarray
    fixed: np.ndarray
    exponent: np.ndarray
    constant: np.ndarray

    def take(self, rows):
        """The requests of the given curves."""
        return Request(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Fit:
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


def pad(lists, fill):
    """Ragged lists as one array (n, k), k a multiple of WIDTH, padded with `fill`."""
    width = max([len(values) for values in lists], default=0)
    width = max(WIDTH, -(-width // WIDTH) * WIDTH)
    array = np.full((len(lists), width), fill, dtype=type(fill))
    for row, values in enumerate(lists):
        array[row, : len(values)] = values
    return array


def fit(points, request, prior_sd=ASYMMETRY_PRIOR_SD):
    """Fit every curve. `prior_sd` None switches the prior on ln g off. Never raises or warns for a bad curve."""
    signal = np.where(points.used, points.signal, 0.0)
    used = points.used & np.where(request.kind == LOG_LOG, 1, 0)[:, None].astype(bool) & (signal > 0)
    used |= points.used & (request.kind != LOG_LOG)[:, None]
    scale = np.abs(signal).max(axis=1)
    finite = used & np.isfinite(points.u)
    shift = np.where(finite, points.u, 0).sum(axis=1) / np.maximum(finite.sum(axis=1), 1)
    parameters = np.where(request.kind == LOGISTIC, 4 + request.asymmetric, 2)
    parameters = parameters - np.where(request.kind == LOGISTIC, np.isfinite(request.fixed).sum(axis=1), 0)
    n_wells = used.sum(axis=1)
    reason = _unfit(points.u, signal, used, parameters, scale)
    good = np.flatnonzero(reason == "")
    state = _State(len(scale))
    safe = np.where(scale > 0, scale, 1.0)
    normal = _Normal(
        u=np.where(used, points.u - shift[:, None], 0.0),
        y=signal / safe[:, None],
        used=used,
        kind=request.kind,
        side=request.side,
        asymmetric=request.asymmetric,
        fixed=request.fixed / safe[:, None],
        exponent=request.exponent,
        constant=request.constant / safe**request.exponent,
    )
    for family in (LOGISTIC, LINEAR, LOG_LOG):
        rows = good[request.kind[good] == family]
        if len(rows) == 1:
            # NumPy adds up an array of one row in another order; beside its own copy a lone curve gets the same bits
            rows = np.repeat(rows, 2)
        if len(rows):
            _fit_family(normal.take(rows), family, parameters[rows], prior_sd, state, rows)
    return _finish(normal, state, reason, good, scale, shift, parameters, n_wells)


@dataclass(frozen=True)
class _Normal:
    """Points and requests in scaled units (largest signal 1, mean ln concentration 0)."""

    u: np.ndarray
    y: np.ndarray
    used: np.ndarray
    kind: np.ndarray
    side: np.ndarray
    asymmetric: np.ndarray
    fixed: np.ndarray
    exponent: np.ndarray
    constant: np.ndarray

    def take(self, rows):
        return _Normal(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def variance(self, signal):
        """Variance function (n, k), up to the residual variance."""
        return self.constant[:, None] + np.maximum(signal, SMALLEST_SIGNAL) ** self.exponent[:, None]


class _State:
    """Where the families write their results (scaled units)."""

    def __init__(self, n):
        self.theta, self.covariance = np.full((n, 5), np.nan), np.zeros((n, 5, 5))
        self.objective, self.deviance = np.full(n, np.nan), np.full(n, np.inf)
        self.penalty, self.iterations = np.zeros(n), np.zeros(n, int)
        self.at_bound, self.converged = np.zeros((n, 5), bool), np.zeros(n, bool)
        self.flat = np.zeros(n, bool)


def _unfit(u, signal, used, parameters, scale):
    """Why a curve cannot be fitted, '' if it can: (n,) of str."""
    finite = used & np.isfinite(u)
    ordered = np.sort(np.where(used, u, np.inf), axis=1)
    n_levels = used.any(axis=1) + ((ordered[:, 1:] > ordered[:, :-1]) & np.isfinite(ordered[:, 1:])).sum(axis=1)
    spread = np.where(used, signal, -np.inf).max(axis=1) - np.where(used, signal, np.inf).min(axis=1)
    n_wells = used.sum(axis=1)
    reason = np.full(len(scale), "", object)
    for row in range(len(scale)):
        if not finite[row].any():
            reason[row] = "no_standards: no usable standard"
        elif n_levels[row] < parameters[row]:
            reason[row] = f"too_few_levels: {n_levels[row]} levels for {parameters[row]} parameters"
        elif n_wells[row] <= parameters[row]:
            reason[row] = f"too_few_wells: {n_wells[row]} wells for {parameters[row]} parameters"
        elif not spread[row] > 1e-12 * scale[row]:
            reason[row] = "flat: every standard has the same signal"
    return reason


def _fit_family(normal, family, parameters, prior_sd, state, rows):
    n = len(rows)
    u, y, used = normal.u, normal.y, normal.used
    target = np.where(used, np.log(np.where(used, y, 1.0)), 0.0) if family == LOG_LOG else y

    def evaluate(theta, some):
        if family == LOGISTIC:
            return models.logistic(theta, normal.side[some], u[some])[:2]
        if family == LINEAR:
            return models.linear(theta, u[some])[:2]
        line = theta[:, :1] + theta[:, 1:2] * u[some]
        return line, np.stack([np.ones_like(line), u[some]], axis=-1)

    def weights(variance, fitted):
        # on the log scale the variance of a signal is divided by its square
        base = np.maximum(fitted, SMALLEST_SIGNAL) ** 2 if family == LOG_LOG else 1.0
        return np.where(used, base / variance, 0.0)

    smooth = _level_means(u, y, used)
    variance = normal.variance(smooth)
    weight = weights(variance, smooth)
    lower, upper, free = _bounds(normal, family)
    theta = _start(normal, family, weight, lower, upper, free) if family == LOGISTIC else np.zeros((n, 2))
    penalty = np.zeros_like(theta)
    freedom = np.maximum(used.sum(axis=1) - parameters, 1)
    iterations, fine, settled = np.zeros(n, int), np.zeros(n, bool), np.zeros(n, bool)
    for number in range(LARGEST_PASSES):
        active = np.flatnonzero(~settled)
        if not len(active):
            break
        root = np.sqrt(weight[active])

        def residuals(some_theta, some, active=active, root=root):
            fitted, jacobian = evaluate(some_theta, active[some])
            return root[some] * (fitted - target[active[some]]), root[some][:, :, None] * jacobian

        floor = 1e-27 * (weight[active] * target[active] ** 2).sum(axis=1)
        theta[active], _, steps, fine[active] = levenberg_marquardt(
            residuals, theta[active], lower[active], upper[active], free[active], penalty[active], floor
        )
        iterations[active] += steps
        fitted = evaluate(theta, np.arange(n))[0]
        residual_variance = (weight * (fitted - target) ** 2).sum(axis=1) / freedom
        response = np.exp(np.clip(fitted, -700, 700)) if family == LOG_LOG else fitted
        new = normal.variance(response)
        if number >= 8:  # a pair of weight sets may alternate; their middle does not
            new = np.sqrt(new * variance)
        change = np.where(used, np.abs(np.log(new / variance)), 0.0).max(axis=1)
        variance = np.where(settled[:, None], variance, new)
        if family == LOGISTIC and prior_sd is not None:
            strength = np.where(normal.asymmetric, residual_variance / prior_sd**2, 0.0)
            old = penalty[:, 4]
            relative = np.abs(strength - old) / np.maximum(np.maximum(strength, old), 1e-300)
            # a penalty this far below rounding of the objective no longer moves the curve
            tiny = strength < 1e-14 * (weight * target**2).sum(axis=1)
            change = np.maximum(change, np.where(tiny, 0.0, relative))
            penalty[:, 4] = np.where(settled, old, strength)
        weight = np.where(settled[:, None], weight, weights(variance, response))
        settled = settled | (change < 1e-10)
        last = np.where(settled, 0.0, change)
    settled = settled | (last < 1e-5)
    _record(normal, family, evaluate, target, weight, theta, penalty, lower, upper, free, freedom, state, rows)
    state.iterations[rows] = iterations
    state.converged[rows] = fine & settled


def _record(normal, family, evaluate, target, weight, theta, penalty, lower, upper, free, freedom, state, rows):
    """Covariance, likelihood, bounds reached and the test against a constant, from the last fit."""
    n, p = theta.shape
    used = normal.used
    fitted, jacobian = evaluate(theta, np.arange(n))
    objective = (weight * (fitted - target) ** 2).sum(axis=1)
    residual_variance = objective / freedom
    span = np.where(np.isfinite(upper - lower), upper - lower, 1.0)
    at_bound = free & ((theta - lower < 1e-8 * span) | (upper - theta < 1e-8 * span))
    hold = ~free | at_bound
    matrix = np.einsum("nki,nk,nkj->nij", jacobian, weight, jacobian)
    index = np.arange(p)
    matrix[:, index, index] += penalty
    root = np.sqrt(np.maximum(matrix[:, index, index], 1e-300))
    scaled = np.where(hold[:, :, None] | hold[:, None, :], 0.0, matrix / (root[:, :, None] * root[:, None, :]))
    scaled[:, index, index] = 1.0
    values, vectors = np.linalg.eigh(scaled)
    inverse = (vectors / np.maximum(values, 1e-13)[:, None, :]) @ vectors.transpose(0, 2, 1)
    inverse = np.where(hold[:, :, None] | hold[:, None, :], 0.0, inverse / (root[:, :, None] * root[:, None, :]))
    count = used.sum(axis=1)
    spread = np.where(used, -np.log(np.where(used, weight, 1.0)), 0.0).sum(axis=1)
    with np.errstate(divide="ignore"):
        deviance = count * np.log(np.maximum(objective / count, 1e-300)) + spread
    mean = (weight * target).sum(axis=1) / weight.sum(axis=1)
    constant = (weight * (target - mean[:, None]) ** 2).sum(axis=1)
    number = np.maximum(free.sum(axis=1) - 1, 1)
    ratio = (constant - objective) / number / np.maximum(residual_variance, 1e-300)
    state.theta[rows, :p] = theta
    state.theta[rows, p:] = 0.0
    state.covariance[np.ix_(rows, index, index)] = residual_variance[:, None, None] * inverse
    state.objective[rows] = objective
    state.deviance[rows] = deviance
    if family == LOGISTIC:
        state.penalty[rows] = penalty[:, 4] * theta[:, 4] ** 2 / np.maximum(residual_variance, 1e-300)
    state.at_bound[np.ix_(rows, index)] = at_bound
    state.flat[rows] = fdtrc(number, freedom, np.maximum(ratio, 0.0)) > FLAT_PROBABILITY


def _level_means(u, y, used):
    """The mean signal of each point's own level, (n, k)."""
    same = (u[:, :, None] == u[:, None, :]) & used[:, None, :]
    return (same * y[:, None, :]).sum(axis=2) / np.maximum(same.sum(axis=2), 1)


def _bounds(normal, family):
    n = len(normal.side)
    if family != LOGISTIC:
        return np.full((n, 2), -np.inf), np.full((n, 2), np.inf), np.ones((n, 2), bool)
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


def _start(normal, family, weight, lower, upper, free):
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


def _finish(normal, state, reason, good, scale, shift, parameters, n_wells):
    """Back to the units of the signals and standards."""
    kind = normal.kind
    reason = reason.copy()
    status = np.full(len(kind), "not_fitted", object)
    status[good] = np.where(state.converged[good], "converged", "not_converged")
    for row in good:
        if state.flat[row]:
            status[row], reason[row] = "not_fitted", "flat: the signal does not change with concentration"
        elif not state.converged[row]:
            reason[row] = "not_converged: no stable optimum was reached"
    fitted = status != "not_fitted"
    exponent = normal.exponent
    factor = np.where(fitted, scale, 1.0) ** (2 - exponent)
    theta, covariance = state.theta.copy(), state.covariance.copy()
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
    objective = np.where(fitted, state.objective * factor, np.nan)
    curves = Curves(
        kind=np.where(status == "converged", kind, NONE),
        side=normal.side,
        theta=theta,
        covariance=covariance,
        residual_variance=objective / np.where(freedom > 0, freedom, 1),
        exponent=exponent,
        constant=normal.constant * np.where(scale > 0, scale, 1.0) ** exponent,
        floor=SMALLEST_SIGNAL * scale,
        degrees_of_freedom=freedom.astype(float),
    )
    return Fit(
        curves=curves,
        status=status,
        reason=reason,
        objective=objective,
        parameters=parameters,
        n_wells=n_wells,
        iterations=state.iterations,
        at_bound=state.at_bound & fitted[:, None],
        deviance=state.deviance,
        penalty=state.penalty,
    )
