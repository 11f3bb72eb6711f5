"""Linear model with a random intercept per participant for values known as points or intervals, by maximum likelihood.

Vaida and Liu, Fast implementation for normal mixed effects models with censored response, 2009; here the likelihood
is integrated over the intercept by Gauss-Hermite quadrature centred at each participant's mode (Liu and Pierce, A note
on Gauss-Hermite quadrature, 1994).
"""

from typing import NamedTuple, Protocol

import numpy as np
from immunoassay.statistics.censored import LOG_ROOT_2PI, hazard, log_interval_probability
from immunoassay.statistics.intervals import Interval
from immunoassay.statistics.repeated_measures import Ftest
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import fdtrc, logsumexp, stdtr, stdtrit

NODES = 20


class InterceptFit(NamedTuple):
    """Coefficients, standard deviations within (one, or of each visit) and between participants, log-likelihood.

    `influence` (participants, coefficients) holds what each participant moves the coefficients by: the inverse of the
    observed information times the own slope of the log-likelihood. `reason` is the code why there is no fit.
    """

    coefficients: np.ndarray = np.full(0, np.nan)
    within: np.ndarray = np.full(0, np.nan)
    between: float = np.nan
    log_likelihood: float = np.nan
    influence: np.ndarray = np.full((0, 0), np.nan)
    reason: str = ""

    @property
    def converged(self) -> bool:
        return not self.reason


def fit_random_intercept(lower: ArrayLike, upper: ArrayLike, x: ArrayLike, each_visit: bool = False) -> InterceptFit:
    """Fit bounds (participants, visits; NaN = missing) by `x` (participants, visits, coefficients).

    `each_visit`: the standard deviation within participants differs between visits.
    """
    lower, upper, x = (np.asarray(part, float) for part in (lower, upper, x))
    seen = ~np.isnan(lower) & ~np.isnan(upper)
    points = seen & (lower == upper)
    if np.unique(lower[points]).size < 2 or not (points.sum(axis=1) >= 2).any():
        return InterceptFit(reason="no_two_quantified")
    if np.linalg.matrix_rank(x[points]) < x.shape[2]:
        return InterceptFit(reason="not_determined")
    centre, scale = lower[points].mean(), lower[points].std()
    spreads = x.shape[1] if each_visit else 1
    likelihood = _Likelihood((lower - centre) / scale, (upper - centre) / scale, x, seen, spreads)
    known = np.where(np.isfinite(lower), lower, upper)
    start = np.linalg.lstsq(x[seen], (known[seen] - centre) / scale, rcond=None)[0]
    found = minimize(
        likelihood.negative,
        np.concatenate([start, np.full(spreads + 1, np.log(0.7))]),
        jac=True,
        method="BFGS",
        options={"gtol": 1e-6, "maxiter": 500},
    )
    if not np.isfinite(found.fun) or np.abs(found.jac).max() > 1e-3:
        return InterceptFit(reason="not_converged")
    size = x.shape[2]
    if np.abs(found.x[size:-1]).max() > likelihood.WALL:
        return InterceptFit(reason="within_not_determined")
    # The model knows of the centre only through its coefficients.
    shift = np.linalg.lstsq(x[seen], np.full(int(seen.sum()), centre), rcond=None)[0]
    within, between = scale * np.exp(found.x[size:-1]), scale * np.exp(found.x[-1])
    value = -float(found.fun) - int(points.sum()) * np.log(scale)
    influence = scale * likelihood.influence(found.x)[:, :size]
    return InterceptFit(scale * found.x[:size] + shift, within, float(between), float(value), influence)


def fit_censored(lower: ArrayLike, upper: ArrayLike, x: ArrayLike) -> tuple[InterceptFit, str]:
    """(fit, code of the estimate): a standard deviation of each visit, or one of all where the results do not give them.

    Where visits differ in spread the model with one is biased (a true ratio of 0.61 of two arms of 15 is estimated as
    0.69, with one of each visit as 0.65), but that with one of each visit is found in half of the studies of 15 only.
    """
    fit = fit_random_intercept(lower, upper, x, each_visit=True)
    if fit.converged:
        return fit, "censored_random_intercept_by_visit"
    return fit_random_intercept(lower, upper, x), "censored_random_intercept"


class Estimated(Protocol):
    """Coefficients, and (participants, coefficients) what each participant moves them by."""

    @property
    def coefficients(self) -> np.ndarray: ...

    @property
    def influence(self) -> np.ndarray: ...


class Robust(NamedTuple):
    """Estimate with its interval, two-sided p, standard error and degrees of freedom."""

    interval: Interval
    p: float
    error: float
    degrees_of_freedom: float


def robust(
    fit: Estimated, weights: ArrayLike, groups: ArrayLike, confidence: float = 0.95, most: float = np.inf
) -> Robust:
    """`weights` @ coefficients with a standard error that asks nothing of the correlation which the model assumes.

    The sandwich of the participants' influences (White, Maximum likelihood estimation of misspecified models, 1982),
    each of the `groups` (of every participant) with its own spread and n - 1, and the degrees of freedom of Welch: of
    complete results without censoring it is Welch's t of the participants' own contrasts; `most` of them where fewer
    results are quantified. Only the estimate where the information is singular.
    """
    weights, groups = np.asarray(weights, float), np.asarray(groups)
    value = float(weights @ fit.coefficients)
    parts = [fit.influence[groups == each] @ weights for each in np.unique(groups)]
    sizes = np.array([part.size for part in parts])
    variances = np.array([part.size**2 * np.var(part) for part in parts]) / np.maximum(sizes - 1, 1)
    variance = float(variances.sum())
    if not (variance > 0 and sizes.min() > 1):
        return Robust(Interval(value, np.nan, np.nan), np.nan, np.nan, np.nan)
    error, free = float(np.sqrt(variance)), min(most, variance**2 / float((variances**2 / (sizes - 1)).sum()))
    half = stdtrit(free, (1 + confidence) / 2) * error
    p = float(2 * stdtr(free, -abs(value) / error))
    return Robust(Interval(value, value - half, value + half), p, error, free)


def robust_together(fit: Estimated, rows: ArrayLike) -> Ftest:
    """Test that every one of `rows` (combinations, coefficients) @ coefficients is 0, with the error of `robust`.

    Hotelling's T-squared of the participants' influences, which without censoring are their own values. It needs more
    participants than rows; NaN without.
    """
    rows = np.asarray(rows, float)
    values, influence = rows @ fit.coefficients, fit.influence @ rows.T
    n, q = influence.shape
    if n <= q or np.isnan(influence).any():
        return Ftest(np.nan, q, np.nan, np.nan)
    covariance = n / (n - 1) * (influence.T @ influence)
    statistic = float(values @ np.linalg.solve(covariance, values)) * (n - q) / (q * (n - 1))
    return Ftest(statistic, q, float(n - q), float(fdtrc(q, n - q, statistic)))


class _Likelihood:
    """Negative log-likelihood and gradient in (coefficients, log sd within of each spread, log sd between)."""

    WALL = 8.0
    STEP = 1e-4
    NONE_BETWEEN = -4.0  # log sd between participants below which the likelihood does not depend on it

    def __init__(self, lower, upper, x, seen, spreads=1):
        self.x, self.spreads = np.where(seen[..., None], x, 0.0), spreads
        self.points = (seen & (lower == upper))[..., None]
        self.censored = (seen & (lower != upper))[..., None]
        self.value = np.where(self.points[..., 0], lower, 0.0)[..., None]
        self.low = np.where(self.censored[..., 0], lower, -np.inf)[..., None]
        self.high = np.where(self.censored[..., 0], upper, np.inf)[..., None]
        nodes, weights = np.polynomial.hermite.hermgauss(NODES)
        self.nodes, self.log_weights = np.sqrt(2) * nodes, np.log(weights) + nodes**2
        self.mode = np.zeros((len(lower), 1))

    def negative(self, parameters):
        size = self.x.shape[2]
        if np.abs(parameters[size:]).max() > self.WALL + 1 or np.abs(parameters[:size]).max() > 1e4:
            return 1e10, np.zeros_like(parameters)
        values, slopes = self.each(parameters)
        return -float(values.sum()), -slopes.sum(axis=0)

    def each(self, parameters):
        """The log-likelihood (participants) and its slope (participants, parameters)."""
        size = self.x.shape[2]
        beta, within, between = parameters[:size], np.exp(parameters[size:-1])[:, None], np.exp(parameters[-1])
        fixed = (self.x @ beta)[..., None]
        width = self._centre(fixed, within, between)
        intercept = self.mode + width * self.nodes
        value, slope, _, stretch = self._terms(fixed + intercept[:, None, :], within)
        joint = value.sum(axis=1) - 0.5 * (intercept / between) ** 2 - LOG_ROOT_2PI - parameters[-1]
        terms = joint + self.log_weights
        integral = logsumexp(terms, axis=1)
        total = integral + np.log(np.sqrt(2) * width[:, 0])
        # The slope of a marginal likelihood is the mean slope of the joint one.
        share = np.exp(terms - integral[:, None])
        by_beta = np.einsum("itk,ik,itp->ip", slope, share, self.x, optimize=True)
        by_within = np.einsum("itk,ik->it", stretch, share)
        by_within = by_within if self.spreads > 1 else by_within.sum(axis=1, keepdims=True)
        by_between = np.sum(share * ((intercept / between) ** 2 - 1), axis=1, keepdims=True)
        return total, np.hstack([by_beta, by_within, by_between])

    def influence(self, parameters):
        """The inverse of the observed information times the slope of each participant; NaN where it is singular."""
        free = np.arange(parameters.size) < parameters.size - (parameters[-1] < self.NONE_BETWEEN)
        steps = self.STEP * np.eye(parameters.size)[free]
        moved = [self.negative(parameters + step)[1] - self.negative(parameters - step)[1] for step in steps]
        information = np.array(moved)[:, free] / (2 * self.STEP)
        information = (information + information.T) / 2
        found = np.full((len(self.x), parameters.size), np.nan)
        if np.linalg.eigvalsh(information)[0] > 1e-8:
            found[:, free] = np.linalg.solve(information, self.each(parameters)[1][:, free].T).T
        return found

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
        value = np.where(self.points, -0.5 * z * z - LOG_ROOT_2PI - np.log(within), 0.0)
        slope, bend = np.where(self.points, z, 0.0), np.where(self.points, 1.0, np.zeros_like(z))
        stretch = np.where(self.points, z * z - 1, 0.0)
        at = self.censored[..., 0]  # the dear part, of no more than it is needed for
        spread = np.broadcast_to(within, self.value.shape)[at]
        a, b = ((end[at] - mean[at]) / spread for end in (self.low, self.high))
        log_p = log_interval_probability(a, b)
        ha, hb = hazard(a, log_p, 0), hazard(b, log_p, 0)
        ha1, hb1 = (np.where(np.isfinite(end), end, 0.0) * own for end, own in ((a, ha), (b, hb)))
        value[at], slope[at], bend[at], stretch[at] = log_p, ha - hb, (hb - ha) ** 2 + hb1 - ha1, ha1 - hb1
        return value, slope / within, -bend / within**2, stretch
