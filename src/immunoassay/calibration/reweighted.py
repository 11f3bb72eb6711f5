"""One family of curves fitted by iterated weights: the weighted least squares of scaled points, and its errors.

Weights are taken from the fitted values and the fit repeated until neither moves (Carroll & Ruppert, Transformation and
weighting in regression, 1988), or frozen from the observed signals. The asymmetry of a 5PL has a normal prior on ln g.
A robust fit weights a well farther from the curve than usual less (Huber, Robust statistics, 1981).
Arrays have the curves as their last axis (see solver).
"""

from dataclasses import dataclass

import numpy as np
from immunoassay.calibration import start
from immunoassay.calibration.models import LARGEST_Z, ByCurve, fall
from immunoassay.calibration.solver import STOP, levenberg_marquardt, normal_equations, two_at_least
from scipy.special import fdtrc

FOUR, FIVE, LINE, LOG_LINE = "4pl", "5pl", "linear", "log_log"
FLAT_PROBABILITY = 0.01  # a curve no better than a constant at this level is flat
CLEARLY, NEARLY_SETTLED = 0.015, 1e-3  # the level, and the change of the weights, at which the iteration ends for it
FEW_SPARE = 4  # residual degrees of freedom up to which the F test of a whole curve misses what is plain to see
ORDERED_LEVELS = 6  # of levels that do not differ all orders are equal; two of 720 rise or fall throughout
STEEP_LEVELS, STEEP = 4, 5.0  # fewer levels in perfect order, and a ratio of signals that no noise of wells spans
HUBER = 1.345  # robust standard deviations from where a well counts less: 95 % efficient with normal noise
HUBER_PASSES = 6  # after which the scale that the distances are measured in stays
ALTERNATING = 8  # passes after which a pair of weight sets may alternate; their middle does not
LARGEST_PASSES, SETTLED = 150, 1e-10  # of the iterated weights; their relative change that ends the iteration


@dataclass(frozen=True)
class Scaled(ByCurve):
    """Points and requests of n curves in scaled units: largest signal 1, mean ln concentration 0, orientation `upper`.

    u, y, used (k, n); seen (k, n): the variance that frozen weights are the inverse of, NaN where weights follow from
    the variance function; mirrored (n,): whether the curve is its mirror image; parameters, prior_sd,
    exponent, constant, floor, robust (n,) as in fit.Request.
    """

    u: np.ndarray
    y: np.ndarray
    used: np.ndarray
    seen: np.ndarray
    mirrored: np.ndarray
    parameters: np.ndarray
    prior_sd: np.ndarray
    exponent: np.ndarray
    constant: np.ndarray
    floor: np.ndarray
    robust: np.ndarray

    def variance(self, signal: np.ndarray) -> np.ndarray:
        """Variance function (k, n), up to the residual variance."""
        return self.constant + raised(np.maximum(signal, self.floor), self.exponent)

    def frozen(self) -> np.ndarray:
        """Whether the weights are those of the observed signals, (n,)."""
        return np.isfinite(self.seen).any(axis=0)

    def assumed(self, fitted: np.ndarray) -> np.ndarray:
        """The variance (k, n) whose inverse weights the fit: of the observed signals where frozen, else the fitted."""
        return np.where(np.isfinite(self.seen), self.seen, self.variance(fitted))


class Solution:
    """Where the families write their results (scaled units); theta (5, n), covariance (n, 5, 5), at_bound (5, n)."""

    def __init__(self, n: int) -> None:
        self.theta, self.covariance = np.full((5, n), np.nan), np.zeros((n, 5, 5))
        self.objective, self.residual_variance = np.full(n, np.nan), np.full(n, np.nan)
        self.deviance, self.penalty, self.iterations = np.full(n, np.inf), np.zeros(n), np.zeros(n, int)
        self.at_bound, self.converged = np.zeros((5, n), bool), np.zeros(n, bool)
        self.flat = np.zeros(n, bool)


def fit_family(scaled: Scaled, family: str, solution: Solution, rows: np.ndarray) -> None:
    """Fit curves of one family (FOUR, FIVE, LINE, LOG_LINE) into the given rows of the solution."""
    n, y, used = len(rows), scaled.y, scaled.used
    target = np.where(used, np.log(np.where(used, y, 1.0)), 0.0) if family == LOG_LINE else y
    smooth = y if scaled.frozen().all() else level_means(scaled.u, y, used)[0]
    variance = scaled.assumed(smooth)
    weight = _weights(scaled, family, variance, smooth)
    if family in (FOUR, FIVE):
        lower, upper = start.bounds(scaled.u, y, used, scaled.mirrored, family == FIVE)
        theta = start.best_of_grid(scaled.u, y, used, weight, lower, upper)
    else:
        theta = np.zeros((2, n))
        lower, upper = np.full((2, n), -np.inf), np.full((2, n), np.inf)
    penalty, trust, scale = np.zeros_like(theta), np.ones_like(weight), np.ones(n)
    freedom = np.maximum(used.sum(axis=0) - scaled.parameters, 1)
    iterations, fine, change = np.zeros(n, int), np.zeros(n, bool), np.full(n, np.inf)
    for number in range(LARGEST_PASSES):
        some = two_at_least(np.flatnonzero(change >= SETTLED))
        if not len(some):
            break
        part, goal, w = scaled.take(some, -1), target.take(some, axis=1), (weight * trust).take(some, axis=1)
        problems = _problems(family, part.u, goal, np.sqrt(w))
        floor = 1e-27 * (w * goal**2).sum(axis=0)
        # while weights or prior still move, a fit more exact than they are is wasted; the last one is exact
        fixed = part.frozen() & ~part.robust & ((family != FIVE) | (part.prior_sd == np.inf))
        stop = np.where(fixed, STOP, np.clip(1e-4 * change[some] ** 2, STOP, 1e-6))
        now, low, high, pull = (array.take(some, axis=1) for array in (theta, lower, upper, penalty))
        theta[:, some], steps, fine[some] = levenberg_marquardt(problems, now, low, high, pull, floor, stop)
        iterations[some] += steps
        fitted = _evaluate(family, theta.take(some, axis=1), part.u)[0]
        response = _response(family, fitted)
        new = part.assumed(response)
        before = variance.take(some, axis=1)
        if number >= ALTERNATING:
            new = np.sqrt(new * before)
        moved = np.where(part.used, np.abs(np.log(new / before)), 0.0).max(axis=0)
        variance[:, some] = new
        if family == FIVE:
            strength, old = (w * (fitted - goal) ** 2).sum(axis=0) / freedom[some] / part.prior_sd**2, penalty[4, some]
            relative = np.abs(strength - old) / np.maximum(np.maximum(strength, old), 1e-300)
            # a penalty this far below rounding of the objective no longer moves the curve
            tiny = strength < 1e-14 * (w * goal**2).sum(axis=0)
            moved = np.maximum(moved, np.where(tiny, 0.0, relative))
            penalty[4, some] = strength
        weight[:, some] = _weights(part, family, new, response)
        if part.robust.any():
            away = np.where(part.used, np.sqrt(weight[:, some]) * np.abs(fitted - goal), np.nan)
            if number < HUBER_PASSES:
                scale[some] = 1.4826 * np.nanmedian(away, axis=0)
            away = np.where(part.used, away, 0.0) / np.maximum(scale[some], 1e-150)
            trusted = np.where(part.robust, np.minimum(1.0, HUBER / np.maximum(away, 1e-150)), 1.0)
            old = trust.take(some, axis=1)
            if number >= ALTERNATING:
                trusted = np.sqrt(trusted * old)
            moved = np.maximum(moved, np.abs(np.log(trusted / old)).max(axis=0))
            trust[:, some] = trusted
        change[some] = np.where(stop > STOP, np.maximum(moved, SETTLED), moved)
        # what is no better than a constant, and clearly so, need not be found to ten digits
        hopeless = _flat(
            part, fitted, goal, weight.take(some, axis=1), trust.take(some, axis=1), freedom[some], CLEARLY
        )
        change[some[hopeless & (moved < NEARLY_SETTLED)]] = 0.0
    span = np.where(np.isfinite(upper - lower), upper - lower, 1.0)
    at_bound = (theta - lower < 1e-8 * span) | (upper - theta < 1e-8 * span)
    _record(scaled, family, target, weight, trust, theta, penalty, at_bound, freedom, solution, rows)
    solution.iterations[rows] = iterations
    solution.converged[rows] = fine & (change < 1e-5)


def _problems(family, u, goal, root):
    """The least squares of points (k, n) for the solver, `root` the square roots of their weights."""
    weighted = root * goal

    def problems(which):
        here, wanted, by = (array.take(which, axis=1) for array in (u, weighted, root))

        def residuals(theta):
            fitted, jacobian = _evaluate(family, theta, here, by)
            return fitted - wanted, jacobian

        return residuals

    return problems


def _evaluate(family, theta, u, root=1.0):
    """Fitted values (k, n) on the scale of the target and their derivatives (p, k, n), both times `root`."""
    jacobian = np.empty((len(theta), *u.shape))
    if family in (LINE, LOG_LINE):
        jacobian[0] = root
        np.multiply(np.exp(u) if family == LINE else u, root, out=jacobian[1])
        return theta[0] * jacobian[0] + theta[1] * jacobian[1], jacobian
    a, d, ln_b, m = theta[:4]
    b, g = np.exp(ln_b), np.exp(theta[4]) if family == FIVE else None
    z = np.clip(b * (u - m), -LARGEST_Z, LARGEST_Z)
    h, rest, by_z, s = fall(z, g)
    np.multiply(h, root, out=jacobian[0])
    np.multiply(rest, root, out=jacobian[1])
    by_z *= root
    by_z *= d - a
    np.multiply(by_z, z, out=jacobian[2])
    np.multiply(by_z, -b, out=jacobian[3])
    if family == FIVE:
        np.multiply(jacobian[0], s, out=jacobian[4])
        jacobian[4] *= (d - a) * g
    # a weighted mean of the asymptotes keeps the digits of a small signal; d + (a - d) h would not
    return a * jacobian[0] + d * jacobian[1], jacobian


def _response(family, fitted):
    """Fitted values as signals."""
    return np.exp(np.clip(fitted, -700, 700)) if family == LOG_LINE else fitted


def _weights(scaled, family, variance, response):
    """Weights (k, n) of the target from the variance of the signal; ln y has the variance of y over its square."""
    if family != LOG_LINE:
        return np.where(scaled.used, 1.0 / variance, 0.0)
    square = np.where(scaled.frozen(), scaled.y, np.maximum(response, scaled.floor)) ** 2
    return np.where(scaled.used, square / variance, 0.0)


def _record(scaled, family, target, weight, trust, theta, penalty, at_bound, freedom, solution, rows):
    """Covariance, likelihood and the test against a constant, from the last fit."""
    used, count, p = scaled.used, scaled.used.sum(axis=0), len(theta)
    fitted, jacobian = _evaluate(family, theta, scaled.u)
    objective = (weight * trust * (fitted - target) ** 2).sum(axis=0)
    root = np.sqrt(weight)
    inverse = _inverse(normal_equations(jacobian * root), penalty, at_bound)
    residual_variance, covariance = objective / freedom, inverse
    if scaled.robust.any():
        # the noise of the wells that are trusted: Huber's estimate of the variance of a robust fit
        squares = (weight * (trust * (fitted - target)) ** 2).sum(axis=0)
        whole = np.maximum(np.where(used, trust >= 1, False).sum(axis=0) / count, 0.5)
        residual_variance = np.where(scaled.robust, squares / freedom / whole**2, residual_variance)
    frozen = scaled.frozen()
    if frozen.any():
        # weights frozen from the observed signals are not the inverse of the variance, which is that of the fitted ones
        response = _response(family, fitted)
        honest = _weights(scaled, family, scaled.variance(response), response)
        squares = (honest * (trust * (fitted - target)) ** 2).sum(axis=0)
        residual_variance = np.where(frozen & ~scaled.robust, squares / freedom, residual_variance)
        middle = normal_equations(jacobian * (weight / np.sqrt(np.where(used, honest, 1.0)))).transpose(2, 0, 1)
        covariance = np.where(frozen[:, None, None], inverse @ middle @ inverse, inverse)
    spread = np.where(used, -np.log(np.where(used, weight, 1.0)), 0.0).sum(axis=0)
    with np.errstate(divide="ignore"):
        solution.deviance[rows] = count * np.log(np.maximum(objective / count, 1e-300)) + spread
    solution.theta[:, rows] = 0.0
    solution.theta[:p, rows], solution.at_bound[:p, rows] = theta, at_bound
    solution.covariance[rows, :p, :p] = residual_variance[:, None, None] * covariance
    solution.objective[rows], solution.residual_variance[rows] = objective, residual_variance
    if family == FIVE:
        solution.penalty[rows] = penalty[4] * theta[4] ** 2 / np.maximum(objective / freedom, 1e-300)
    solution.flat[rows] = _flat(scaled, fitted, target, weight, trust, freedom, FLAT_PROBABILITY)


def _inverse(matrix, penalty, hold):
    """Inverse (n, p, p) of matrix (p, p, n) + diag(penalty), zero in the rows and columns of parameters held."""
    index = np.arange(len(matrix))
    matrix[index, index] += penalty
    matrix, hold = matrix.transpose(2, 0, 1), hold.T
    root = np.sqrt(np.maximum(matrix[:, index, index], 1e-300))
    out, scale = hold[:, :, None] | hold[:, None, :], root[:, :, None] * root[:, None, :]
    correlation = np.where(out, 0.0, matrix / scale)
    correlation[:, index, index] = 1.0
    values, vectors = np.linalg.eigh(correlation)
    inverse = (vectors / np.maximum(values, 1e-13)[:, None, :]) @ vectors.transpose(0, 2, 1)
    return np.where(out, 0.0, inverse / scale)


def _flat(scaled, fitted, target, weight, trust, freedom, probability):
    """Whether a curve is no better than a constant and, where wells are few, the signals show no trend either, (n,).

    fitted, target, weight, trust (k, n), freedom (n,); `probability`: of so good a curve without any change, at least.
    """
    number = np.maximum(scaled.parameters - 1, 1)
    # with weights near 1/y^2 one well near zero can speak for a constant against all others, hence the plain test too
    weighted, plain = (
        _by_chance(fitted, target, each * trust, number, freedom) > probability for each in (weight, scaled.used)
    )
    flat = weighted & plain
    doubtful = np.flatnonzero(flat & (freedom <= FEW_SPARE))
    flat[doubtful] = ~_trend(*(array.take(doubtful, axis=1) for array in (scaled.u, scaled.y, scaled.used)))
    return flat


def _by_chance(fitted, target, weight, number, freedom):
    """The probability of a curve so much better than a constant by the F test with these weights, (n,)."""
    mean = (weight * target).sum(axis=0) / weight.sum(axis=0)
    constant = (weight * (target - mean) ** 2).sum(axis=0)
    residual = (weight * (target - fitted) ** 2).sum(axis=0)
    ratio = (constant - residual) / number / np.maximum(residual / freedom, 1e-300)
    return fdtrc(number, freedom, np.maximum(ratio, 0.0))


def _trend(u, y, used):
    """Whether the signals follow the concentrations, (n,): on a straight line by its F test (ln signal where all are
    positive), or with the means of many levels, or of few that span a wide range, in perfect order.
    """
    seen = used & np.isfinite(u)
    count = seen.sum(axis=0)
    positive = (y > 0) | ~seen
    signal = np.where(positive.all(axis=0), np.log(np.where(seen & (y > 0), y, 1.0)), y)
    x, z = (np.where(seen, each, 0.0) for each in (u, signal))
    x, z = (np.where(seen, each - each.sum(axis=0) / np.maximum(count, 1), 0.0) for each in (x, z))
    explained = (x * z).sum(axis=0) ** 2 / np.maximum((x**2).sum(axis=0), 1e-300)
    ratio = explained / np.maximum((z**2).sum(axis=0) - explained, 1e-300) * (count - 2)
    line = (count > 2) & (fdtrc(1, np.maximum(count - 2, 1), np.maximum(ratio, 0.0)) <= FLAT_PROBABILITY)
    place = np.argsort(np.where(seen, u, np.inf), axis=0, kind="stable")
    seen, u, mean = (np.take_along_axis(each, place, axis=0) for each in (seen, u, level_means(u, y, used)[0]))
    step = seen[1:] & (u[1:] > np.where(seen, u, np.inf)[:-1])
    rise = np.diff(mean, axis=0)
    ordered = (~step | (rise > 0)).all(axis=0) | (~step | (rise < 0)).all(axis=0)
    levels = step.sum(axis=0) + 1
    low, high = np.where(seen, mean, np.inf).min(axis=0), np.where(seen, mean, -np.inf).max(axis=0)
    steep = (low > 0) & (high >= STEEP * low) & (levels >= STEEP_LEVELS)
    return line | (ordered & (steep | (levels >= ORDERED_LEVELS)))


def raised(base: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    """base (k, n) > 0 to the power (n,): NumPy's own depends in its last bit on where the arrays lie."""
    return np.exp(exponent * np.log(base))


def level_means(u: np.ndarray, y: np.ndarray, used: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean signal of each point's own level and the number of its points, (k, n)."""
    total, size = np.zeros_like(y), np.zeros(y.shape, int)
    for u_one, y_one, used_one in zip(u, y, used, strict=True):
        same = (u == u_one) & used_one
        total += np.where(same, y_one, 0.0)
        size += same
    size = np.maximum(size, 1)
    return total / size, size
