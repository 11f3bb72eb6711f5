"""Linear regression with an outcome known only within bounds: normal maximum likelihood, profile interval, ratio test.

On logarithms it is the censored log-normal regression. A value is `lower == upper` when quantified, (-inf, upper] below
the LLOQ, [lower, inf) above the ULOQ. Groups may have a standard deviation each: with a common one, and standard
deviations that are 1.5 times apart, intervals of 10 beside 40 values cover 81 to 90 %.
"""

from typing import NamedTuple

import numpy as np
from immunoassay.statistics.censored import LOG_ROOT_2PI, hazard, log_interval_probability, profile_limits
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import fdtrc, stdtr, stdtrit

STEPS, ENOUGH = 80, 1e-11  # of Newton's method, and the gain of the log-likelihood with which it ends
FARTHEST = 40.0  # a coefficient of the standardised outcome, or the log of a spread, beyond this is not finite
FEWEST_BEYOND = 2  # quantified values beyond the coefficients: with one the interval covers 80 %
FEWEST_OF_SPREAD = 2  # different quantified values for a standard deviation


class Regression(NamedTuple):
    """Coefficients, standard deviations (one, or one per group; divisor n), log-likelihood, covariance of the coefficients.

    `reason` is the code why there is none: censored_few_quantified or censored_not_converged.
    """

    beta: np.ndarray
    sigma: np.ndarray
    log_likelihood: float = np.nan
    covariance: np.ndarray = np.full((0, 0), np.nan)
    reason: str = ""

    @property
    def converged(self) -> bool:
        return not self.reason


class Effect(NamedTuple):
    """A coefficient (NaN: none), its profile interval (infinite: unbounded), the likelihood ratio (twice the gain), its
    degrees of freedom and p by t, the regression, and the code why there is no estimate: that of the regression, or
    one_side (a bound only).
    """

    estimate: float
    low: float
    high: float
    ratio: float
    df: float
    p: float
    regression: Regression
    reason: str = ""


def fit_regression(
    design: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    spread: ArrayLike | None = None,
    start: Regression | None = None,
) -> Regression:
    """Maximum likelihood of lower..upper = design @ beta + normal error, by Newton's method.

    `design` (n, coefficients) is of full rank and holds 1 in its span; `spread` (n, groups) marks whose standard deviation
    a value has (None: all have one). At least two different values must be quantified, and more than they can explain.
    """
    design, lower, upper = (np.asarray(part, float) for part in (design, lower, upper))
    spread = np.ones((len(design), 1)) if spread is None else np.asarray(spread, float)
    q, k = design.shape[1], spread.shape[1]
    none = np.full(q, np.nan), np.full(k, np.nan)
    point = lower == upper
    if np.unique(lower[point]).size < FEWEST_OF_SPREAD or point.sum() <= np.linalg.matrix_rank(design[point]):
        return Regression(*none, reason="censored_few_quantified")
    centre, scale = lower[point].mean(), lower[point].std()
    parts = _Parts(design, spread, (lower - centre) / scale, (upper - centre) / scale, point)
    free = np.zeros(q + k)
    if start is not None and start.converged:
        free[:q] = (start.beta - centre * _unit(design)) / scale
        free[q:] = np.log(start.sigma / scale)
    value, gradient, hessian = parts.likelihood(free)
    for _ in range(STEPS):
        curvature, vectors = np.linalg.eigh(-hessian)
        step = vectors @ ((vectors.T @ gradient) / np.maximum(np.abs(curvature), 1e-8))
        if gradient @ step < ENOUGH:
            break
        step *= min(1.0, 2.0 / np.abs(step).max())
        trial = parts.likelihood(free + step)
        while not trial[0] >= value - 1e-12 * abs(value) and np.abs(step).max() > 1e-13:
            step = step / 2
            trial = parts.likelihood(free + step)
        free = free + step
        value, gradient, hessian = trial
        if not np.abs(free).max() < FARTHEST:
            return Regression(*none, reason="censored_not_converged")
    else:
        return Regression(*none, reason="censored_not_converged")
    beta = free[:q] * scale + centre * _unit(design)
    covariance = np.linalg.pinv(-hessian)[:q, :q] * scale**2
    return Regression(beta, np.exp(free[q:]) * scale, float(value - point.sum() * np.log(scale)), covariance)


def effect(
    design: ArrayLike,
    column: int,
    lower: ArrayLike,
    upper: ArrayLike,
    confidence: float = 0.95,
    spread: ArrayLike | None = None,
) -> Effect:
    """The coefficient of one 0/1 column, of a group, with its profile interval and likelihood-ratio p.

    Both are calibrated by t: twice the log-likelihood may drop by n ln(1 + t^2 / (n - coefficients)). With one standard
    deviation t has n - coefficients degrees of freedom, and nothing censored gives the t interval of the regression; with
    one per group those of Satterthwaite, a group counting its quantified values. `spread` is used where every group has
    more different quantified values than its coefficients explain; where one has not, all have one standard deviation and
    t counts only quantified values (with all, intervals of 15 and 15, 80 % below the LLOQ, cover 89 %). Where all that the
    column marks, or all of the reference (rows without a mark), lie below the LLOQ, or all above the ULOQ, there is a bound in
    the place of an estimate. With fewer than two quantified values beyond the coefficients nothing is said.
    """
    design, lower, upper = (np.asarray(part, float) for part in (design, lower, upper))
    n, room = len(design), len(design) - design.shape[1]
    rest, moved = np.delete(design, column, axis=1), design[:, column]
    known = int((lower == upper).sum()) - design.shape[1]
    df = room if spread is None else known
    spread = spread if spread is not None and _spreads(np.asarray(spread), design, lower, upper) else None
    null = fit_regression(rest, lower, upper, spread)
    if known < FEWEST_BEYOND or not null.converged:
        return _no_effect(null, null.reason or "censored_few_quantified")
    fits = [null]

    def profile(delta):
        shifted = lower - delta * moved, upper - delta * moved
        for start in (fits[0], None):
            fit = fit_regression(rest, *shifted, spread, start)
            if fit.converged:
                fits[0] = fit
                return fit.log_likelihood
        return -np.inf

    side = _side(lower, upper, moved == 1) - _side(lower, upper, _reference(design))
    if side:
        df = min(df + 1, room)  # nothing quantified tells where the group lies
        top, low, high = _bound(profile, side, float(null.sigma.max()), drop(n, confidence, df, room))
        ratio = max(0.0, 2 * (top - null.log_likelihood))
        return Effect(np.nan, low, high, ratio, df, ratio_p(ratio, n, df, room), null, "one_side")
    whole = fit_regression(design, lower, upper, spread)
    if not whole.converged:
        return _no_effect(null, whole.reason)
    if spread is not None:
        df = min(df, _satterthwaite(np.asarray(spread), whole.sigma, lower == upper))
    estimate, step = float(whole.beta[column]), float(np.sqrt(whole.covariance[column, column]))
    low, high = profile_limits(profile, estimate, whole.log_likelihood, drop(n, confidence, df, room), step)
    ratio = max(0.0, 2 * (whole.log_likelihood - null.log_likelihood))
    return Effect(estimate, low, high, ratio, df, ratio_p(ratio, n, df, room), whole)


def drop(n: int, confidence: float, df: float, room: int) -> float:
    """How far twice the log-likelihood may drop within the interval; `room` is n - coefficients."""
    return float(n * np.log1p(stdtrit(df, (1 + confidence) / 2) ** 2 / room))


def ratio_p(ratio: float, n: int, df: float, room: int) -> float:
    """Two-sided p of a likelihood ratio (twice the gain) by t: of a regression without censoring that of its t test."""
    return float(2 * stdtr(df, -np.sqrt(room * np.expm1(min(ratio / n, 700)))))


def joint_ratio(design: ArrayLike, columns: list[int], lower: ArrayLike, upper: ArrayLike) -> tuple[float, float]:
    """Likelihood ratio that all coefficients of `columns` are zero, one standard deviation; p by F. NaN without a fit."""
    design = np.asarray(design, float)
    n, q = design.shape
    whole, null = (fit_regression(part, lower, upper) for part in (design, np.delete(design, columns, axis=1)))
    if n <= q or not (whole.converged and null.converged):
        return np.nan, np.nan
    ratio = max(0.0, 2 * (whole.log_likelihood - null.log_likelihood))
    f = np.expm1(min(ratio / n, 700)) * (n - q) / len(columns)
    return ratio, float(fdtrc(len(columns), n - q, f))


def expected_residuals(design: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> np.ndarray | None:
    """Residual of each value, where it is known only within bounds the one expected there, in standard deviations.

    None where the regression (one standard deviation) has no maximum.
    """
    design, lower, upper = (np.asarray(part, float) for part in (design, lower, upper))
    fit = fit_regression(design, lower, upper)
    if not fit.converged:
        return None
    low, high = ((part - design @ fit.beta) / fit.sigma[0] for part in (lower, upper))
    point = lower == upper
    found = np.where(point, low, 0.0)
    if not point.all():
        log_p = log_interval_probability(low[~point], high[~point])
        found[~point] = hazard(low[~point], log_p, 0) - hazard(high[~point], log_p, 0)
    return found


class _Parts:
    """The standardised data, points and intervals apart."""

    def __init__(self, design, spread, low, high, point):
        self.design, self.spread, self.point = design, spread, point
        self.value, self.low, self.high = low[point], low[~point], high[~point]

    def likelihood(self, free):
        """Log-likelihood, gradient and Hessian in (coefficients, logs of the standard deviations)."""
        q, point, rest = self.design.shape[1], self.point, ~self.point
        line, log_sigma = self.design @ free[:q], self.spread @ free[q:]
        scale = np.exp(-log_sigma)
        terms = np.empty((5, len(line)))  # derivatives: of the line, the log sigma, and the three second ones
        z = (self.value - line[point]) * scale[point]
        value = -log_sigma[point].sum() - z.size * LOG_ROOT_2PI - 0.5 * z @ z
        terms[:, point] = z, z * z - 1, -np.ones(z.size), -2 * z, -2 * z * z
        if self.low.size:
            a, b = (self.low - line[rest]) * scale[rest], (self.high - line[rest]) * scale[rest]
            log_p = log_interval_probability(a, b)
            value += log_p.sum()
            above, under = hazard(b, log_p, 0), hazard(a, log_p, 0)
            b, a = np.where(np.isfinite(b), b, 0.0), np.where(np.isfinite(a), a, 0.0)
            h0, h1, h2, h3 = (b**power * above - a**power * under for power in range(4))
            terms[:, rest] = -h0, -h1, -(h1 + h0 * h0), h0 - h2 - h0 * h1, h1 - h3 - h1 * h1
        x, s = self.design * scale[:, None], self.spread
        gradient = np.concatenate([terms[0] @ x, terms[1] @ s])
        cross = (x.T * terms[3]) @ s
        return value, gradient, np.block([[(x.T * terms[2]) @ x, cross], [cross.T, (s.T * terms[4]) @ s]])


def _unit(design):
    """The combination of columns that is 1 everywhere: along it the outcome may be shifted."""
    if (design[:, 0] == 1).all():
        return np.eye(design.shape[1])[0]
    return np.linalg.lstsq(design, np.ones(len(design)), rcond=None)[0]


def _no_effect(regression, reason):
    return Effect(*[np.nan] * 6, regression, reason)


def _spreads(spread, design, lower, upper):
    """Whether every group has more different quantified values than its coefficients explain."""
    point = lower == upper
    groups = [point & (column == 1) for column in spread.T]
    return all(own.any() and np.unique(lower[own]).size > np.linalg.matrix_rank(design[own]) for own in groups)


def _satterthwaite(spread, sigma, point):
    """Degrees of freedom of a sum of variances of groups, each of its quantified values - 1."""
    parts = sigma**2 / spread.sum(axis=0)
    return float(parts.sum() ** 2 / (parts**2 / (point @ spread - 1)).sum())


def _reference(design):
    """Rows without a mark in any column of marks (0 and 1)."""
    marks = [column for column in design.T if set(np.unique(column)) == {0.0, 1.0}]
    return ~np.any(marks, axis=0)


def _side(lower, upper, rows):
    """-1 where all these values lie below a limit, 1 above, else 0."""
    return int(np.isposinf(upper[rows]).all()) - int(np.isneginf(lower[rows]).all()) if rows.any() else 0


def _bound(profile, side, step, limit):
    """The likelihood to which the profile of a one-sided effect rises for ever, and the limits of the effect."""
    far = side * step
    top = profile(far)
    while abs(far) < 1e3 * step and profile(2 * far) - top > 1e-9:
        far, top = 2 * far, profile(2 * far)

    def excess(delta):
        return 2 * (top - profile(delta)) - limit

    near = 0.0
    while excess(near) < 0 and abs(near) < 50 * step:
        near -= side * step
    edge = -side * np.inf
    if excess(near) >= 0 >= excess(far):
        edge = float(brentq(excess, near, far, xtol=1e-7 * step))
    return (top, edge, np.inf) if side > 0 else (top, -np.inf, edge)
