"""Bivariate normal maximum likelihood of pairs known as points or intervals; on logs, the ratio of two visits.

The mean difference has a profile-likelihood interval and a likelihood-ratio test, both calibrated by t; when nothing is
censored they are the paired t interval and test. Lyles, Williams and Chuachoowong, Correlating two viral load assays with
known detection limits, 2001; the bivariate normal probability is by T function of Owen, Tables for computing bivariate
normal probabilities, 1956.
"""

from typing import NamedTuple

import numpy as np
from immunoassay.statistics.censored import LOG_ROOT_2PI, cutoff, hazard, log_interval_probability, profile_limits
from immunoassay.statistics.intervals import Interval
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import ndtr, owens_t, stdtr

DELTA = 1  # place of the mean difference among the parameters of the likelihood


class BivariateFit(NamedTuple):
    """Means, standard deviations and correlation of the pair, delta = mean of y - mean of x; `reason`: the code why not."""

    mu: tuple[float, float] = (np.nan, np.nan)
    sigma: tuple[float, float] = (np.nan, np.nan)
    rho: float = np.nan
    delta: float = np.nan
    log_likelihood: float = np.nan
    reason: str = ""

    @property
    def converged(self) -> bool:
        return not self.reason


def fit_bivariate(x_lower: ArrayLike, x_upper: ArrayLike, y_lower: ArrayLike, y_upper: ArrayLike) -> BivariateFit:
    """Fit by BFGS with the analytic gradient. Needs two different quantified values on each side."""
    likelihood, start, centre, scale, reason = _prepare(x_lower, x_upper, y_lower, y_upper)
    if reason:
        return BivariateFit(reason=reason)
    parameters, value, converged = _maximise(likelihood, start)
    if not converged:
        return BivariateFit(reason="not_converged")
    mu_x, delta, log_x, log_y, z = parameters
    sigma = (float(scale * np.exp(log_x)), float(scale * np.exp(log_y)))
    mu_x = float(centre + scale * mu_x)
    delta = float(scale * delta)
    value = value - np.log(scale) * likelihood.n_points
    return BivariateFit((mu_x, mu_x + delta), sigma, float(np.tanh(z)), delta, float(value))


def delta_interval(
    x_lower: ArrayLike,
    x_upper: ArrayLike,
    y_lower: ArrayLike,
    y_upper: ArrayLike,
    fit: BivariateFit,
    confidence: float,
    degrees: int,
) -> Interval:
    """Profile-likelihood interval of the mean difference y - x; infinite on a side the data do not bound.

    `degrees` of freedom of the t that calibrates it.
    """
    likelihood, _, centre, scale, _ = _prepare(x_lower, x_upper, y_lower, y_upper)
    best = _scaled(fit, centre, scale)
    step = np.sqrt(max(np.exp(2 * best[2]) + np.exp(2 * best[3]), 1e-12) / likelihood.n)
    warm = {side: (np.delete(best, DELTA), None) for side in (-1, 1)}

    def profile(value):
        # The last fit on the same side is a good start, and its curvature too.
        side = 1 if value > best[DELTA] else -1
        start, curvature = warm[side]
        found = _search(lambda free: likelihood.fixed(free, value), start, curvature)
        warm[side] = found.x, found.hess_inv
        return -float(found.fun)

    limit = cutoff(likelihood.n, confidence, degrees)
    low, high = profile_limits(profile, best[DELTA], likelihood(best)[0], limit, step)
    return Interval(fit.delta, low * scale, high * scale)


def delta_error(
    x_lower: ArrayLike, x_upper: ArrayLike, y_lower: ArrayLike, y_upper: ArrayLike, fit: BivariateFit
) -> float:
    """Standard error of the mean difference from the observed information, with divisor n - 1 as of a sample's mean; NaN
    where the information is singular."""
    likelihood, _, centre, scale, _ = _prepare(x_lower, x_upper, y_lower, y_upper)
    row = _inverse_information(likelihood, _scaled(fit, centre, scale))
    return float(scale * np.sqrt(row[DELTA] * likelihood.n / (likelihood.n - 1)))


def delta_influence(
    x_lower: ArrayLike, x_upper: ArrayLike, y_lower: ArrayLike, y_upper: ArrayLike, fit: BivariateFit
) -> np.ndarray:
    """What each pair moves the mean difference by: the inverse of the observed information times the pair's own slope of the
    log-likelihood. Of complete pairs it is (difference - mean) / n; NaN where the information is singular."""
    bounds = [np.asarray(part, float) for part in (x_lower, x_upper, y_lower, y_upper)]
    likelihood, _, centre, scale, _ = _prepare(*bounds)
    best = _scaled(fit, centre, scale)
    row = _inverse_information(likelihood, best)
    pairs = np.column_stack([(part - centre) / scale for part in bounds])
    return np.array([scale * row @ _Likelihood(*pair[:, None])(best)[1] for pair in pairs])


def likelihood_ratio(
    x_lower: ArrayLike,
    x_upper: ArrayLike,
    y_lower: ArrayLike,
    y_upper: ArrayLike,
    fit: BivariateFit,
    delta: float = 0.0,
) -> float:
    """Twice the drop of the log-likelihood from its maximum when the mean difference y - x is `delta`."""
    likelihood, _, centre, scale, _ = _prepare(x_lower, x_upper, y_lower, y_upper)
    best = _scaled(fit, centre, scale)
    _, reached, _ = _maximise(lambda free: likelihood.fixed(free, delta / scale), np.delete(best, DELTA))
    return max(0.0, 2 * (likelihood(best)[0] - reached))


def likelihood_ratio_p(ratio: float, n: int, degrees: int) -> float:
    """Two-sided p of a `likelihood_ratio` of n pairs, calibrated as `delta_interval` is: by t with `degrees` of freedom.

    It is 1 - confidence where the interval ends at the difference tested.
    """
    return float(2 * stdtr(degrees, -np.sqrt((n - 1) * np.expm1(ratio / n))))


def _prepare(x_lower, x_upper, y_lower, y_upper):
    bounds = [np.asarray(part, float) for part in (x_lower, x_upper, y_lower, y_upper)]
    x, y = bounds[0][bounds[0] == bounds[1]], bounds[2][bounds[2] == bounds[3]]
    if np.unique(x).size < 2 or np.unique(y).size < 2:
        return None, None, np.nan, np.nan, "few_quantified_at_a_visit"
    known = [np.where(np.isfinite(low), low, high) for low, high in (bounds[:2], bounds[2:])]
    both = np.concatenate(known)
    centre, scale = both.mean(), both.std()
    known = [(part - centre) / scale for part in known]
    spread = [max(part.std(), 0.1) for part in known]
    rho = np.mean((known[0] - known[0].mean()) * (known[1] - known[1].mean())) / (spread[0] * spread[1])
    start = np.array(
        [known[0].mean(), known[1].mean() - known[0].mean(), *np.log(spread), np.arctanh(np.clip(rho, -0.8, 0.8))]
    )
    return _Likelihood(*((part - centre) / scale for part in bounds)), start, centre, scale, ""


def _inverse_information(likelihood, best):
    """The row of the mean difference; NaN where the information is singular."""
    steps = 1e-4 * np.eye(best.size)
    information = -np.array([likelihood(best + step)[1] - likelihood(best - step)[1] for step in steps]) / 2e-4
    information = (information + information.T) / 2
    if not np.linalg.eigvalsh(information)[0] > 1e-8:
        return np.full(best.size, np.nan)
    return np.linalg.inv(information)[DELTA]


def _scaled(fit, centre, scale):
    return np.array(
        [(fit.mu[0] - centre) / scale, fit.delta / scale, *np.log(np.array(fit.sigma) / scale), np.arctanh(fit.rho)]
    )


def _search(function, start, curvature=None, tolerance=1e-6):
    """The maximum of `function`, which returns value and gradient, as scipy's minimum of its negative."""

    def negative(parameters):
        value, gradient = function(parameters)
        return -value, -gradient

    options = {"gtol": tolerance, "maxiter": 200}
    if curvature is not None:
        options["hess_inv0"] = (curvature + curvature.T) / 2
    with np.errstate(over="ignore", invalid="ignore"):  # of a step far beyond the wall
        return minimize(negative, start, jac=True, method="BFGS", options=options)


def _maximise(function, start):
    """(parameters, value, converged) of the maximum."""
    found = _search(function, start, tolerance=1e-7)
    # The search often stops on lost precision a little above gtol; the gradient decides.
    converged = bool(np.isfinite(found.fun) and np.abs(found.jac).max() < 1e-4)
    return found.x, -float(found.fun), converged


class _Likelihood:
    """Log-likelihood and gradient in (mu_x, delta, log sigma_x, log sigma_y, atanh rho)."""

    def __init__(self, x_lower, x_upper, y_lower, y_upper):
        x_point, y_point = x_lower == x_upper, y_lower == y_upper
        self.bounds = (x_lower, x_upper, y_lower, y_upper)
        self.n = x_lower.size
        self.n_points = int(x_point.sum() + y_point.sum())
        self.points = x_point & y_point
        self.x_only = x_point & ~y_point
        self.y_only = ~x_point & y_point
        self.neither = ~x_point & ~y_point

    def fixed(self, free, delta):
        """The same with the mean difference fixed: value and gradient in the four others."""
        value, gradient = self(np.insert(free, DELTA, delta))
        return value, np.delete(gradient, DELTA)

    def __call__(self, parameters):
        mu_x, delta, log_x, log_y, z = parameters
        # Outside this box nothing is identified; the wall keeps exp and tanh finite.
        if np.abs(parameters).max() > 30 or abs(z) > 8:
            return -1e10, np.zeros(5)
        sx, sy, rho = np.exp(log_x), np.exp(log_y), np.tanh(z)
        a, b = ((self.bounds[k] - mu_x) / sx for k in (0, 1))
        c, d = ((self.bounds[k] - mu_x - delta) / sy for k in (2, 3))
        root = np.sqrt(1 - rho * rho)
        value = 0.0
        # Gradient with respect to the standardised bounds, collected per side, then by the chain rule.
        g_u = g_v = g_uu = g_vv = 0.0
        g_rho = 0.0
        g_log = np.zeros(2)
        if self.points.any():
            u, v = a[self.points], c[self.points]
            q = (u * u - 2 * rho * u * v + v * v) / root**2
            value += np.sum(-2 * LOG_ROOT_2PI - log_x - log_y - np.log(root) - q / 2)
            du, dv = -(u - rho * v) / root**2, -(v - rho * u) / root**2
            g_u, g_v, g_uu, g_vv = du.sum(), dv.sum(), (du * u).sum(), (dv * v).sum()
            g_rho += np.sum(rho / root**2 + u * v / root**2 - q * rho / root**2)
            g_log -= u.size
        for mask, point, low, high, first in ((self.x_only, a, c, d, True), (self.y_only, c, a, b, False)):
            if mask.any():
                part = _half_censored(point[mask], low[mask], high[mask], rho, root)
                value += part[0] - (log_x if first else log_y) * mask.sum()
                g_log[0 if first else 1] -= mask.sum()
                g_rho += part[5]
                mine, other = part[1:3], part[3:5]
                if first:
                    g_u, g_uu, g_v, g_vv = g_u + mine[0], g_uu + mine[1], g_v + other[0], g_vv + other[1]
                else:
                    g_v, g_vv, g_u, g_uu = g_v + mine[0], g_vv + mine[1], g_u + other[0], g_uu + other[1]
        if self.neither.any():
            part = _rectangle(*(bound[self.neither] for bound in (a, b, c, d)), rho, root)
            value += part[0]
            g_u, g_uu, g_v, g_vv, g_rho = (x + y for x, y in zip((g_u, g_uu, g_v, g_vv, g_rho), part[1:], strict=True))
        gradient = np.array(
            [-g_u / sx - g_v / sy, -g_v / sy, g_log[0] - g_uu, g_log[1] - g_vv, g_rho * root**2],
        )
        return (value, gradient) if np.isfinite(value) else (-1e10, np.zeros(5))


def _density(z):
    finite = np.where(np.isfinite(z), z, 0.0)
    return np.where(np.isfinite(z), np.exp(-0.5 * finite * finite - LOG_ROOT_2PI), 0.0)


def _zero_infinite(z):
    return np.where(np.isfinite(z), z, 0.0)


def _half_censored(u, low, high, rho, root):
    """A point u and an interval of the other: value, sums of d/du, u d/du, d/dbound, bound d/dbound, d/drho."""
    a, b = (low - rho * u) / root, (high - rho * u) / root
    log_p = log_interval_probability(a, b)
    ha, hb = hazard(a, log_p, 0), hazard(b, log_p, 0)
    value = np.sum(-LOG_ROOT_2PI - u * u / 2 + log_p)
    d_u = -u - (hb - ha) * rho / root
    low, high = _zero_infinite(low), _zero_infinite(high)
    d_other = (hb - ha) / root
    d_other_times = (hb * high - ha * low) / root
    # d a / d rho = (rho low - u) / root^3
    d_rho = (hb * (rho * high - u) - ha * (rho * low - u)) / root**3
    return value, d_u.sum(), (d_u * u).sum(), d_other.sum(), d_other_times.sum(), d_rho.sum()


def _rectangle(a, b, c, d, rho, root):
    """Both intervals: value, sums of d/dx-bound, bound d/dx-bound, the same for y, d/drho."""
    probability = 0.0
    gradient = np.zeros(5)
    sums = np.zeros((5, a.size))
    for h, sign_h in ((b, 1), (a, -1)):
        for k, sign_k in ((d, 1), (c, -1)):
            if np.isneginf(h).all() or np.isneginf(k).all():
                continue
            sign = sign_h * sign_k
            probability = probability + sign * bivariate_cdf(h, k, rho)
            hf, kf = _zero_infinite(h), _zero_infinite(k)
            # At an infinite bound the derivative with respect to the other is the marginal one.
            with np.errstate(invalid="ignore", over="ignore"):
                by_h = _density(h) * np.where(np.isfinite(k), ndtr((kf - rho * hf) / root), k > 0)
                by_k = _density(k) * np.where(np.isfinite(h), ndtr((hf - rho * kf) / root), h > 0)
            both = np.isfinite(h) & np.isfinite(k)
            quadratic = (hf * hf - 2 * rho * hf * kf + kf * kf) / (2 * root**2)
            by_rho = np.where(both, np.exp(-quadratic) / (2 * np.pi * root), 0.0)
            sums += sign * np.stack([by_h, by_h * hf, by_k, by_k * kf, by_rho])
    probability = np.maximum(probability, 1e-300)
    gradient = (sums / probability).sum(axis=1)
    return np.log(probability).sum(), *gradient


def bivariate_cdf(h: ArrayLike, k: ArrayLike, rho: float) -> np.ndarray:
    """P(X <= h, Y <= k) of a standard bivariate normal pair with |rho| < 1; bounds may be infinite."""
    h, k = np.broadcast_arrays(np.asarray(h, float), np.asarray(k, float))
    finite = np.isfinite(h) & np.isfinite(k)
    result = np.where((h == -np.inf) | (k == -np.inf), 0.0, np.where(h == np.inf, ndtr(k), ndtr(h)))
    if finite.any():
        result = result.copy()
        result[finite] = _finite_cdf(h[finite], k[finite], rho)
    return result


def _finite_cdf(h, k, rho):
    h, k = (np.where(np.abs(z) < 1e-12, 1e-12, z) for z in (h, k))
    root = np.sqrt(1 - rho * rho)
    t = owens_t(h, (k / h - rho) / root) + owens_t(k, (h / k - rho) / root)
    return np.maximum((ndtr(h) + ndtr(k)) / 2 - t - np.where(h * k < 0, 0.5, 0.0), 0.0)
