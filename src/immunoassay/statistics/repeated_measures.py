"""Normal linear model of several visits per participant by restricted maximum likelihood (REML).

Residuals of a participant are correlated as one of covariance_structures says. Those with one variance for all visits
reject a true null hypothesis in one study of ten at every size when variances differ between visits. Participants of
several groups may vary each by an own factor of the standard deviation; without it, a small group that varies 1.5 times as
much as a large one beside it is found different in one study of eight.

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
    covariance of the variance parameters, `residual` is of the first group and `factors` are of the standard deviation in
    every group, 1 in the first. `reason` is the code (known_codes.REPEATED_FITS) why there is no fit.
    """

    coefficients: np.ndarray = np.full(0, np.nan)
    covariance: np.ndarray = NOTHING
    adjusted: np.ndarray = NOTHING
    slopes: np.ndarray = NOTHING
    spread: np.ndarray = NOTHING
    residual: np.ndarray = NOTHING
    factors: np.ndarray = np.full(0, np.nan)
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


def fit_repeated(y: np.ndarray, x: np.ndarray, structure: str, group: ArrayLike | None = None) -> RepeatedFit:
    """Fit `y` (participants, visits; NaN = missing) by `x` (participants, visits, coefficients).

    `structure` is a key of COVARIANCES. `group`: the place of every participant's group, 0 for the first; their covariances
    are the same but for a factor of each group. The log-likelihood has the constant of SAS and of nlme: (N - p) log 2 pi, without
    the determinant of X'X.
    """
    keep = (~np.isnan(y)).any(axis=1)
    y, x = y[keep], x[keep]
    seen = ~np.isnan(y)
    group = np.zeros(len(y), int) if group is None else np.asarray(group, int)[keep]
    covariance = COVARIANCES[structure]
    reason = _why_not(seen, x, covariance.shared)
    if reason:
        return RepeatedFit(reason=reason)
    groups = int(group.max()) + 1
    shape = _of_groups(covariance.shape, groups, y.shape[1])
    return _fit(y, x, seen, group, shape, np.zeros(covariance.parameters(y.shape[1]) + groups - 1))


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


def _of_groups(shape: Shape, groups, visits):
    """From parameters, those of `shape` and then a logarithm of each further group's factor, to the covariances (groups,
    visits, visits) and their derivatives (parameters, groups, visits, visits)."""

    def covariances(theta):
        matrix, slopes = shape(theta[: theta.size - groups + 1], visits)
        square = np.exp(2 * np.concatenate([[0.0], theta[theta.size - groups + 1 :]]))[:, None, None]
        residuals = square * matrix
        own = 2 * residuals * np.eye(groups)[1:, :, None, None]
        return residuals, np.concatenate([square * slopes[:, None], own])

    return covariances


def _fit(y, x, seen, group, shape, start):
    """Fit the covariances that `shape` makes of parameters."""
    scale = _residual_scale(y, x, seen)
    if not scale > 0:
        return RepeatedFit(reason="all_explained")
    model = _Model(np.where(seen, y / scale, 0.0), np.where(seen[..., None], x, 0.0), seen, group)
    found = minimize(
        lambda theta: _negative(model, shape, theta),
        start,
        jac=True,
        method="BFGS",
        options={"gtol": 1e-6, "maxiter": 500},
    )
    if not np.isfinite(found.fun) or np.abs(found.jac).max() > 1e-3:
        return RepeatedFit(reason="not_converged")
    return _finish(model, shape, found.x, scale)


class _Model:
    """The restricted likelihood of zero-filled data; one inverse per group and pattern of missing visits."""

    def __init__(self, y, x, seen, group):
        self.y, self.x = y, x
        patterns, pattern = np.unique(np.column_stack([group, seen]), axis=0, return_inverse=True)
        self.patterns, self.pattern = [(own[0], own[1:] > 0) for own in patterns], pattern.ravel()
        self.seen, self.group = seen, group
        self.member = np.eye(int(group.max()) + 1)[:, group]  # (groups, participants)
        self.free = int(seen.sum()) - x.shape[2]

    def weights(self, residuals):
        """(inverse covariances per participant, zero where a visit is missing; sum of log determinants)."""
        inverses = np.zeros((len(self.patterns), *residuals.shape[1:]))
        logs = np.empty(len(self.patterns))
        for index, (group, pattern) in enumerate(self.patterns):
            cells = np.ix_(pattern, pattern)
            inverses[index][cells] = np.linalg.inv(residuals[group][cells])
            logs[index] = np.linalg.slogdet(residuals[group][cells])[1]
        return inverses[self.pattern], logs[self.pattern].sum()

    def parts(self, residuals):
        """Everything that the likelihood and its derivatives need."""
        weight, log_determinant = self.weights(residuals)
        weighted = weight @ self.x
        information = np.einsum("itp,itq->pq", self.x, weighted)
        covariance = np.linalg.inv(information)
        coefficients = covariance @ np.einsum("itp,it->p", weighted, self.y)
        left = np.where(self.seen, self.y - self.x @ coefficients, 0.0)
        pulled = np.einsum("ist,it->is", weight, left)
        value = log_determinant + np.linalg.slogdet(information)[1] + (left * pulled).sum() + self.free * LOG_2PI
        # The derivative with respect to every element of the residual covariance of each group.
        each = pulled[:, :, None] * pulled[:, None] - weight + weighted @ covariance @ np.swapaxes(weighted, 1, 2)
        slope = np.einsum("gi,ist->gst", self.member, each)
        return -0.5 * value, 0.5 * slope, coefficients, covariance, weight, weighted


def _negative(model, shape, theta):
    # Outside this box nothing is identified; the wall keeps the search finite.
    if np.abs(theta).max() > 12:
        return 1e10, np.zeros_like(theta)
    residuals, derivatives = shape(theta)
    if np.linalg.eigvalsh(residuals).min() < 1e-10:
        return 1e10, np.zeros_like(theta)
    value, slope = model.parts(residuals)[:2]
    return -value, -np.einsum("kgst,gst->k", derivatives, slope)


def _finish(model, shape, theta, scale):
    hessian = np.empty((theta.size, theta.size))
    step = 1e-4
    for index in range(theta.size):
        move = np.zeros_like(theta)
        move[index] = step
        ahead, behind = (_negative(model, shape, theta + sign * move)[1] for sign in (1, -1))
        hessian[index] = (ahead - behind) / (2 * step)
    hessian = (hessian + hessian.T) / 2
    residuals, derivatives = shape(theta)
    residual = residuals[0]
    deviation = np.sqrt(np.diag(residual))
    if np.linalg.eigvalsh(residual / np.outer(deviation, deviation))[0] < SMALLEST_EIGENVALUE:
        return RepeatedFit(reason="singular")
    if np.linalg.eigvalsh(hessian)[0] <= 1e-8:
        return RepeatedFit(reason="flat")
    spread = np.linalg.inv(hessian)
    value, _, coefficients, covariance, weight, weighted = model.parts(residuals)
    moved = np.einsum("kist,itp->kisp", derivatives[:, model.group], weighted)
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
        np.sqrt(residuals[:, 0, 0] / residual[0, 0]),
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
