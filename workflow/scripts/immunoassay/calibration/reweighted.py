"""One family of curves fitted by iterated weights: the weighted least squares of scaled points, and its errors.

Weights are taken from the fitted values and the fit repeated until neither moves (Carroll & Ruppert, Transformation and
weighting in regression, 1988), or frozen from the observed signals. The asymmetry of a 5PL has a normal prior on ln g.
"""

from dataclasses import dataclass

import numpy as np
from immunoassay.calibration import models, start
from immunoassay.calibration.models import LINEAR, LOG_LOG, LOGISTIC
from immunoassay.calibration.solver import levenberg_marquardt
from scipy.special import fdtrc

FLAT_PROBABILITY = 0.01  # a curve no better than a constant at this level is flat
LARGEST_PASSES = 40


@dataclass(frozen=True)
class Scaled:
    """Points and requests of n curves in scaled units: largest signal 1, mean ln concentration 0.

    seen (n, k): the variance that frozen weights are the inverse of, NaN where weights follow from the variance
    function; the rest as in fit.Points and fit.Request.
    """

    u: np.ndarray
    y: np.ndarray
    used: np.ndarray
    kind: np.ndarray
    side: np.ndarray
    asymmetric: np.ndarray
    prior_sd: np.ndarray
    fixed: np.ndarray
    exponent: np.ndarray
    constant: np.ndarray
    floor: np.ndarray
    seen: np.ndarray

    def take(self, rows):
        return Scaled(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def variance(self, signal):
        """Variance function (n, k), up to the residual variance."""
        return self.constant[:, None] + np.maximum(signal, self.floor[:, None]) ** self.exponent[:, None]

    def frozen(self):
        """Whether the weights are those of the observed signals, (n,)."""
        return np.isfinite(self.seen).any(axis=1)

    def assumed(self, fitted):
        """The variance (n, k) whose inverse weights the fit: of the observed signals where frozen, else the fitted."""
        return np.where(np.isfinite(self.seen), self.seen, self.variance(fitted))


class Solution:
    """Where the families write their results (scaled units)."""

    def __init__(self, n):
        self.theta, self.covariance = np.full((n, 5), np.nan), np.zeros((n, 5, 5))
        self.objective, self.residual_variance = np.full(n, np.nan), np.full(n, np.nan)
        self.deviance, self.penalty, self.iterations = np.full(n, np.inf), np.zeros(n), np.zeros(n, int)
        self.at_bound, self.converged = np.zeros((n, 5), bool), np.zeros(n, bool)
        self.flat = np.zeros(n, bool)


def fit_family(scaled, family, parameters, solution, rows):
    """Fit curves of one family, with `parameters` (n,) parameters each, into the given rows of the solution."""
    n, y, used = len(rows), scaled.y, scaled.used
    target = np.where(used, np.log(np.where(used, y, 1.0)), 0.0) if family == LOG_LOG else y
    smooth, _ = level_means(scaled.u, y, used)
    variance = scaled.assumed(smooth)
    weight = _weights(scaled, family, variance, smooth)
    if family == LOGISTIC:
        lower, upper, free = start.bounds(scaled)
        theta = start.best_of_grid(scaled, weight, lower, upper, free)
    else:
        theta, free = np.zeros((n, 2)), np.ones((n, 2), bool)
        lower, upper = np.full((n, 2), -np.inf), np.full((n, 2), np.inf)
    penalty = np.zeros_like(theta)
    freedom = np.maximum(used.sum(axis=1) - parameters, 1)
    iterations, fine, settled = np.zeros(n, int), np.zeros(n, bool), np.zeros(n, bool)
    for number in range(LARGEST_PASSES):
        active = np.flatnonzero(~settled)
        if not len(active):
            break
        root = np.sqrt(weight[active])

        def residuals(some_theta, some, active=active, root=root):
            fitted, jacobian = _evaluate(scaled, family, some_theta, active[some])
            return root[some] * (fitted - target[active[some]]), root[some][:, :, None] * jacobian

        floor = 1e-27 * (weight[active] * target[active] ** 2).sum(axis=1)
        theta[active], _, steps, fine[active] = levenberg_marquardt(
            residuals, theta[active], lower[active], upper[active], free[active], penalty[active], floor
        )
        iterations[active] += steps
        fitted = _evaluate(scaled, family, theta, np.arange(n))[0]
        residual_variance = (weight * (fitted - target) ** 2).sum(axis=1) / freedom
        response = _response(family, fitted)
        new = scaled.assumed(response)
        if number >= 8:  # a pair of weight sets may alternate; their middle does not
            new = np.sqrt(new * variance)
        change = np.where(used, np.abs(np.log(new / variance)), 0.0).max(axis=1)
        variance = np.where(settled[:, None], variance, new)
        if family == LOGISTIC:
            strength = np.where(scaled.asymmetric, residual_variance / scaled.prior_sd**2, 0.0)
            old = penalty[:, 4]
            relative = np.abs(strength - old) / np.maximum(np.maximum(strength, old), 1e-300)
            # a penalty this far below rounding of the objective no longer moves the curve
            tiny = strength < 1e-14 * (weight * target**2).sum(axis=1)
            change = np.maximum(change, np.where(tiny, 0.0, relative))
            penalty[:, 4] = np.where(settled, old, strength)
        weight = np.where(settled[:, None], weight, _weights(scaled, family, variance, response))
        settled = settled | (change < 1e-10)
        last = np.where(settled, 0.0, change)
    settled = settled | (last < 1e-5)
    span = np.where(np.isfinite(upper - lower), upper - lower, 1.0)
    at_bound = free & ((theta - lower < 1e-8 * span) | (upper - theta < 1e-8 * span))
    _record(scaled, family, target, weight, theta, penalty, free, at_bound, freedom, solution, rows)
    solution.iterations[rows] = iterations
    solution.converged[rows] = fine & settled


def _evaluate(scaled, family, theta, some):
    """Fitted values of the curves `some` on the scale of the target, and their derivatives by the parameters."""
    if family == LOGISTIC:
        return models.logistic(theta, scaled.side[some], scaled.u[some])[:2]
    if family == LINEAR:
        return models.linear(theta, scaled.u[some])[:2]
    line = theta[:, :1] + theta[:, 1:2] * scaled.u[some]
    return line, np.stack([np.ones_like(line), scaled.u[some]], axis=-1)


def _response(family, fitted):
    """Fitted values as signals."""
    return np.exp(np.clip(fitted, -700, 700)) if family == LOG_LOG else fitted


def _weights(scaled, family, variance, response):
    """Weights (n, k) of the target from the variance of the signal; ln y has the variance of y over its square."""
    square = np.where(scaled.frozen()[:, None], scaled.y, np.maximum(response, scaled.floor[:, None])) ** 2
    return np.where(scaled.used, (square if family == LOG_LOG else 1.0) / variance, 0.0)


def _record(scaled, family, target, weight, theta, penalty, free, at_bound, freedom, solution, rows):
    """Covariance, likelihood and the test against a constant, from the last fit."""
    n, p = theta.shape
    used, count, index = scaled.used, scaled.used.sum(axis=1), np.arange(p)
    fitted, jacobian = _evaluate(scaled, family, theta, np.arange(n))
    objective = (weight * (fitted - target) ** 2).sum(axis=1)
    inverse = _inverse(np.einsum("nki,nk,nkj->nij", jacobian, weight, jacobian), penalty, ~free | at_bound)
    # weights frozen from the observed signals are not the inverse of the variance, which is that of the fitted signals
    response = _response(family, fitted)
    honest = _weights(scaled, family, scaled.variance(response), response)
    frozen = scaled.frozen()
    residual_variance = np.where(frozen, (honest * (fitted - target) ** 2).sum(axis=1), objective) / freedom
    covariance = inverse
    if frozen.any():
        middle = weight**2 / np.where(used, honest, 1.0)
        sandwich = inverse @ np.einsum("nki,nk,nkj->nij", jacobian, middle, jacobian) @ inverse
        covariance = np.where(frozen[:, None, None], sandwich, inverse)
    spread = np.where(used, -np.log(np.where(used, weight, 1.0)), 0.0).sum(axis=1)
    with np.errstate(divide="ignore"):
        solution.deviance[rows] = count * np.log(np.maximum(objective / count, 1e-300)) + spread
    solution.theta[rows, :p] = theta
    solution.theta[rows, p:] = 0.0
    solution.covariance[np.ix_(rows, index, index)] = residual_variance[:, None, None] * covariance
    solution.objective[rows], solution.residual_variance[rows] = objective, residual_variance
    if family == LOGISTIC:
        solution.penalty[rows] = penalty[:, 4] * theta[:, 4] ** 2 / np.maximum(objective / freedom, 1e-300)
    solution.at_bound[np.ix_(rows, index)] = at_bound
    number = np.maximum(free.sum(axis=1) - 1, 1)
    # with weights near 1/y^2 one well near zero can speak for a constant against all others, hence the plain test too
    solution.flat[rows] = _flat(fitted, target, weight, number, freedom) & _flat(
        fitted, target, used.astype(float), number, freedom
    )


def _inverse(matrix, penalty, hold):
    """Inverse (n, p, p) of matrix + diag(penalty), zero in the rows and columns of parameters held."""
    index = np.arange(matrix.shape[1])
    matrix[:, index, index] += penalty
    root = np.sqrt(np.maximum(matrix[:, index, index], 1e-300))
    out, scale = hold[:, :, None] | hold[:, None, :], root[:, :, None] * root[:, None, :]
    correlation = np.where(out, 0.0, matrix / scale)
    correlation[:, index, index] = 1.0
    values, vectors = np.linalg.eigh(correlation)
    inverse = (vectors / np.maximum(values, 1e-13)[:, None, :]) @ vectors.transpose(0, 2, 1)
    return np.where(out, 0.0, inverse / scale)


def _flat(fitted, target, weight, number, freedom):
    """Whether the curve is no better than a constant by the F test with these weights, (n,)."""
    mean = (weight * target).sum(axis=1) / weight.sum(axis=1)
    constant = (weight * (target - mean[:, None]) ** 2).sum(axis=1)
    residual = (weight * (target - fitted) ** 2).sum(axis=1)
    ratio = (constant - residual) / number / np.maximum(residual / freedom, 1e-300)
    return fdtrc(number, freedom, np.maximum(ratio, 0.0)) > FLAT_PROBABILITY


def level_means(u, y, used):
    """The mean signal of each point's own level and the number of its points, (n, k)."""
    same = (u[:, :, None] == u[:, None, :]) & used[:, None, :]
    size = np.maximum(same.sum(axis=2), 1)
    return (same * y[:, None, :]).sum(axis=2) / size, size
