"""Linear model with a random intercept per participant for values known as points or intervals, by maximum likelihood.

Vaida and Liu, Fast implementation for normal mixed effects models with censored response, 2009; here the likelihood
is integrated over the intercept by Gauss-Hermite quadrature centred at each participant's mode (Liu and Pierce, A note
on Gauss-Hermite quadrature, 1994).
"""

from typing import NamedTuple

import numpy as np
from immunoassay.statistics.censored import LOG_ROOT_2PI, hazard, log_interval_probability
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import logsumexp

NODES = 20


class InterceptFit(NamedTuple):
    """Coefficients, standard deviation within and between participants, log-likelihood; `reason`: the code why not."""

    coefficients: np.ndarray = np.full(0, np.nan)
    within: float = np.nan
    between: float = np.nan
    log_likelihood: float = np.nan
    reason: str = ""

    @property
    def converged(self) -> bool:
        return not self.reason


def fit_random_intercept(lower: ArrayLike, upper: ArrayLike, x: ArrayLike) -> InterceptFit:
    """Fit bounds (participants, visits; NaN = missing) by `x` (participants, visits, coefficients)."""
    lower, upper, x = (np.asarray(part, float) for part in (lower, upper, x))
    seen = ~np.isnan(lower) & ~np.isnan(upper)
    points = seen & (lower == upper)
    if np.unique(lower[points]).size < 2 or not (points.sum(axis=1) >= 2).any():
        return InterceptFit(reason="no_two_quantified")
    if np.linalg.matrix_rank(x[points]) < x.shape[2]:
        return InterceptFit(reason="not_determined")
    centre, scale = lower[points].mean(), lower[points].std()
    likelihood = _Likelihood((lower - centre) / scale, (upper - centre) / scale, x, seen)
    known = np.where(np.isfinite(lower), lower, upper)
    start = np.linalg.lstsq(x[seen], (known[seen] - centre) / scale, rcond=None)[0]
    found = minimize(
        likelihood.negative,
        np.concatenate([start, np.log([0.7, 0.7])]),
        jac=True,
        method="BFGS",
        options={"gtol": 1e-6, "maxiter": 500},
    )
    if not np.isfinite(found.fun) or np.abs(found.jac).max() > 1e-3:
        return InterceptFit(reason="not_converged")
    if np.linalg.matrix_rank(x[seen]) < x.shape[2] or abs(found.x[-2]) > likelihood.WALL:
        return InterceptFit(reason="within_not_determined")
    # The model knows of the centre only through its coefficients.
    shift = np.linalg.lstsq(x[seen], np.full(int(seen.sum()), centre), rcond=None)[0]
    within, between = scale * np.exp(found.x[-2:])
    value = -float(found.fun) - int(points.sum()) * np.log(scale)
    return InterceptFit(scale * found.x[:-2] + shift, float(within), float(between), float(value))


class _Likelihood:
    """Negative log-likelihood and gradient in (coefficients, log sd within, log sd between)."""

    WALL = 8.0

    def __init__(self, lower, upper, x, seen):
        self.x = np.where(seen[..., None], x, 0.0)
        self.points = (seen & (lower == upper))[..., None]
        self.censored = (seen & (lower != upper))[..., None]
        self.value = np.where(self.points[..., 0], lower, 0.0)[..., None]
        self.low = np.where(self.censored[..., 0], lower, -np.inf)[..., None]
        self.high = np.where(self.censored[..., 0], upper, np.inf)[..., None]
        nodes, weights = np.polynomial.hermite.hermgauss(NODES)
        self.nodes, self.log_weights = np.sqrt(2) * nodes, np.log(weights) + nodes**2
        self.mode = np.zeros((len(lower), 1))

    def negative(self, parameters):
        beta, log_within, log_between = parameters[:-2], parameters[-2], parameters[-1]
        if max(abs(log_within), abs(log_between)) > self.WALL + 1 or np.abs(beta).max() > 1e4:
            return 1e10, np.zeros_like(parameters)
        within, between = np.exp(log_within), np.exp(log_between)
        fixed = (self.x @ beta)[..., None]
        width = self._centre(fixed, within, between)
        intercept = self.mode + width * self.nodes
        value, slope, _, stretch = self._terms(fixed + intercept[:, None, :], within)
        joint = value.sum(axis=1) - 0.5 * (intercept / between) ** 2 - LOG_ROOT_2PI - log_between
        terms = joint + self.log_weights
        integral = logsumexp(terms, axis=1)
        total = (integral + np.log(np.sqrt(2) * width[:, 0])).sum()
        # The slope of a marginal likelihood is the mean slope of the joint one.
        share = np.exp(terms - integral[:, None])
        by_beta = np.einsum("itk,ik,itp->p", slope, share, self.x)
        by_within = np.einsum("itk,ik->", stretch, share)
        by_between = np.sum(share * ((intercept / between) ** 2 - 1))
        return -float(total), -np.concatenate([by_beta, [by_within, by_between]])

    def _centre(self, fixed, within, between):
        """Move `mode` to each participant's most likely intercept by Newton steps; returns the width there."""
        for _ in range(30):
            _, slope, curvature, _ = self._terms(fixed + self.mode[:, None, :], within)
            first = slope.sum(axis=1) - self.mode / between**2
            second = curvature.sum(axis=1) - 1 / between**2
            step = np.clip(-first / second, -3, 3)
            self.mode = self.mode + step
            if np.abs(step).max() < 1e-6:
                break
        return 1 / np.sqrt(-second)

    def _terms(self, mean, within):
        """Log density, its slope and curvature in the mean, its slope in log sd within: (participants, visits, k)."""
        z = (self.value - mean) / within
        a, b = (self.low - mean) / within, (self.high - mean) / within
        log_p = np.where(self.censored, log_interval_probability(a, b), 0.0)
        ha, hb, ha1, hb1 = (hazard(end, log_p, power) for power in (0, 1) for end in (a, b))
        point = -0.5 * z * z - LOG_ROOT_2PI - np.log(within)
        value = np.where(self.points, point, np.where(self.censored, log_p, 0.0))
        slope = np.where(self.points, z, np.where(self.censored, ha - hb, 0.0)) / within
        bend = (hb - ha) ** 2 + hb1 - ha1
        curvature = -np.where(self.points, 1.0, np.where(self.censored, bend, 0.0)) / within**2
        stretch = np.where(self.points, z * z - 1, np.where(self.censored, ha1 - hb1, 0.0))
        return value, slope, curvature, stretch
