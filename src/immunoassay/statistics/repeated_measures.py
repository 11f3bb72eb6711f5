"""Normal linear model of several visits per participant by restricted maximum likelihood (REML).

Residuals of a participant are correlated as one of covariance_structures says. Those with one variance for all visits
reject a true null hypothesis in one study of ten at every size when variances differ between visits.

Standard errors and degrees of freedom follow Kenward and Roger, Small sample inference for fixed effects from
restricted maximum likelihood, 1997, without second derivatives of the covariance (their linear form, which does not
depend on how the covariance is parameterised) and with the observed information.
"""

from typing import NamedTuple

import numpy as np
from immunoassay.statistics.covariance_structures import COVARIANCES, Shape
from immunoassay.statistics.intervals import Interval
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import fdtrc, stdtr, stdtrit

LOG_2PI = np.log(2 * np.pi)
NOTHING = np.full((0, 0), np.nan)
SMALLEST_EIGENVALUE = 1e-5  # of the correlation matrix: below it the fit is singular


class RepeatedFit(NamedTuple):
    """Coefficients with their covariance (plain and small-sample), residual covariance of the visits, log-likelihood.

    `slopes` (parameters, coefficients, coefficients) are the derivatives of the plain covariance, `spread` is the
    covariance of the variance parameters. `reason` is the code (known_codes.REPEATED_FITS) why there is no fit.
    """

    coefficients: np.ndarray = np.full(0, np.nan)
    covariance: np.ndarray = NOTHING
    adjusted: np.ndarray = NOTHING
    slopes: np.ndarray = NOTHING
    spread: np.ndarray = NOTHING
    residual: np.ndarray = NOTHING
    log_likelihood: float = np.nan
    reason: str = ""

    @property
    def converged(self) -> bool:
        return not self.reason


class Ftest(NamedTuple):
    """Wald F scaled to its F distribution, numerator and denominator degrees of freedom, and p."""

    statistic: float
    numerator: int
    denominator: float
    p: float


class Estimate(NamedTuple):
    """A combination of coefficients: estimate with standard error, degrees of freedom, interval and two-sided p."""

    interval: Interval
    error: float
    degrees_of_freedom: float
    p: float


def fit_repeated(y: np.ndarray, x: np.ndarray, structure: str) -> RepeatedFit:
    """Fit `y` (participants, visits; NaN = missing) by `x` (participants, visits, coefficients).

    `structure` is a key of COVARIANCES. The log-likelihood has the constant of SAS and of nlme: (N - p) log 2 pi, without
    the determinant of X'X.
    """
    keep = (~np.isnan(y)).any(axis=1)
    y, x = y[keep], x[keep]
    seen = ~np.isnan(y)
    covariance = COVARIANCES[structure]
    reason = _why_not(seen, x, covariance.shared)
    if reason:
        return RepeatedFit(reason=reason)
    return _fit(y, x, seen, covariance.shape, np.zeros(covariance.parameters(y.shape[1])))


def combination(fit: RepeatedFit, weights: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Estimate of `weights` @ coefficients."""
    weights = np.asarray(weights, float)
    plain = weights @ fit.covariance @ weights
    slope = np.einsum("p,kpq,q->k", weights, fit.slopes, weights)
    free = float(2 * plain**2 / (slope @ fit.spread @ slope))
    value, error = float(weights @ fit.coefficients), float(np.sqrt(weights @ fit.adjusted @ weights))
    half = stdtrit(free, (1 + confidence) / 2) * error
    p = float(2 * stdtr(free, -abs(value) / error))
    return Estimate(Interval(value, value - half, value + half), error, free, p)


def together(fit: RepeatedFit, rows: ArrayLike) -> Ftest:
    """Test that every one of `rows` (combinations, coefficients; independent) @ coefficients is 0.

    Kenward and Roger, 1997, section 3: the Wald statistic is scaled, and its denominator degrees of freedom chosen, so
    that mean and variance are those of the F distribution. With one row it is the t test of `combination`. Fewer than
    about two degrees of freedom have no such F: NaN.
    """
    rows = np.asarray(rows, float)
    q = len(rows)
    values = rows @ fit.coefficients
    wald = float(values @ np.linalg.solve(rows @ fit.adjusted @ rows.T, values)) / q
    inverse = rows.T @ np.linalg.solve(rows @ fit.covariance @ rows.T, rows)
    moved = inverse @ fit.slopes
    traces = np.trace(moved, axis1=1, axis2=2)
    first = float(traces @ fit.spread @ traces)
    second = float(np.einsum("kl,kpq,lqp->", fit.spread, moved, moved))
    b = (first + 6 * second) / (2 * q)
    g = ((q + 1) * first - (q + 4) * second) / ((q + 2) * second)
    below = 3 * q + 2 * (1 - g)
    one, two, three = (part / below for part in (g, q - g, q + 2 - g))
    mean = 1 / (1 - second / q)
    variance = 2 / q * (1 + one * b) / ((1 - two * b) ** 2 * (1 - three * b))
    excess = q * variance / (2 * mean**2) - 1
    if not (second < q and excess > 0):
        return Ftest(np.nan, q, np.nan, np.nan)
    free = 4 + (q + 2) / excess
    statistic = free / (mean * (free - 2)) * wald
    return Ftest(statistic, q, free, float(fdtrc(q, free, statistic)))


def _fit(y, x, seen, shape: Shape, start):
    """Fit a covariance given as `shape`: (parameters, visits) to the matrix and its derivatives."""
    scale = _residual_scale(y, x, seen)
    if not scale > 0:
        return RepeatedFit(reason="all_explained")
    model = _Model(np.where(seen, y / scale, 0.0), np.where(seen[..., None], x, 0.0), seen)
    found = minimize(
        lambda theta: _negative(model, shape, theta, y.shape[1]),
        start,
        jac=True,
        method="BFGS",
        options={"gtol": 1e-6, "maxiter": 500},
    )
    if not np.isfinite(found.fun) or np.abs(found.jac).max() > 1e-3:
        return RepeatedFit(reason="not_converged")
    return _finish(model, shape, found.x, scale)


class _Model:
    """The restricted likelihood of zero-filled data; one inverse per pattern of missing visits."""

    def __init__(self, y, x, seen):
        self.y, self.x = y, x
        self.patterns, self.pattern = np.unique(seen, axis=0, return_inverse=True)
        self.pattern = self.pattern.ravel()
        self.seen = seen
        self.free = int(seen.sum()) - x.shape[2]

    def weights(self, residual):
        """(inverse covariances per participant, zero where a visit is missing; sum of log determinants)."""
        inverses = np.zeros((len(self.patterns), *residual.shape))
        logs = np.empty(len(self.patterns))
        for index, pattern in enumerate(self.patterns):
            cells = np.ix_(pattern, pattern)
            inverses[index][cells] = np.linalg.inv(residual[cells])
            logs[index] = np.linalg.slogdet(residual[cells])[1]
        return inverses[self.pattern], logs[self.pattern].sum()

    def parts(self, residual):
        """Everything that the likelihood and its derivatives need."""
        weight, log_determinant = self.weights(residual)
        weighted = weight @ self.x
        information = np.einsum("itp,itq->pq", self.x, weighted)
        covariance = np.linalg.inv(information)
        coefficients = covariance @ np.einsum("itp,it->p", weighted, self.y)
        left = np.where(self.seen, self.y - self.x @ coefficients, 0.0)
        pulled = np.einsum("ist,it->is", weight, left)
        value = log_determinant + np.linalg.slogdet(information)[1] + (left * pulled).sum() + self.free * LOG_2PI
        # The derivative with respect to every element of the residual covariance.
        slope = pulled.T @ pulled - weight.sum(axis=0)
        slope += np.einsum("isp,pq,itq->st", weighted, covariance, weighted)
        return -0.5 * value, 0.5 * slope, coefficients, covariance, weight, weighted


def _negative(model, shape, theta, visits):
    residual, derivatives = shape(theta, visits)
    # Outside this box nothing is identified; the wall keeps the search finite.
    if np.abs(theta).max() > 12 or np.linalg.eigvalsh(residual)[0] < 1e-10:
        return 1e10, np.zeros_like(theta)
    value, slope = model.parts(residual)[:2]
    return -value, -np.einsum("kst,st->k", derivatives, slope)


def _finish(model, shape, theta, scale):
    visits = model.y.shape[1]
    hessian = np.empty((theta.size, theta.size))
    step = 1e-4
    for index in range(theta.size):
        move = np.zeros_like(theta)
        move[index] = step
        ahead, behind = (_negative(model, shape, theta + sign * move, visits)[1] for sign in (1, -1))
        hessian[index] = (ahead - behind) / (2 * step)
    hessian = (hessian + hessian.T) / 2
    residual, derivatives = shape(theta, visits)
    deviation = np.sqrt(np.diag(residual))
    if np.linalg.eigvalsh(residual / np.outer(deviation, deviation))[0] < SMALLEST_EIGENVALUE:
        return RepeatedFit(reason="singular")
    if np.linalg.eigvalsh(hessian)[0] <= 1e-8:
        return RepeatedFit(reason="flat")
    spread = np.linalg.inv(hessian)
    value, _, coefficients, covariance, weight, weighted = model.parts(residual)
    moved = np.einsum("kst,itp->kisp", derivatives, weighted)
    first = np.einsum("isp,kisq->kpq", weighted, moved)
    second = np.einsum("kisp,ist,litq->klpq", moved, weight, moved, optimize=True)
    second = second - np.einsum("kpq,qr,lrs->klps", first, covariance, first)
    adjusted = covariance + 2 * covariance @ np.einsum("kl,klpq->pq", spread, second) @ covariance
    slopes = covariance @ first @ covariance
    return RepeatedFit(
        scale * coefficients,
        scale**2 * covariance,
        scale**2 * (adjusted + adjusted.T) / 2,
        scale**2 * slopes,
        spread,
        scale**2 * residual,
        float(value - model.free * np.log(scale)),
    )


def _why_not(seen, x, shared):
    if not seen.any():
        return "no_result"
    coefficients = x.shape[2]
    if np.linalg.matrix_rank(x[seen]) < coefficients:
        return "not_determined"
    if int(seen.sum()) <= coefficients:
        return "no_more_results"
    both = seen.T.astype(int) @ seen.astype(int)
    if both.min() < shared or (both - np.diag(np.diag(both))).max() < 2:
        return "few_in_common"
    return ""


def _residual_scale(y, x, seen):
    values, design = y[seen], x[seen]
    left = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    spread = float(np.sqrt(np.mean(left**2)))
    return spread if spread > 1e-9 * max(1e-300, np.abs(values).max()) else 0.0
