"""One sample with values known only as intervals: normal maximum likelihood (on logs: log-normal), quantiles, ROS.

A value is `lower == upper` when quantified, (-inf, upper] below the LLOQ and [lower, inf) above the ULOQ.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from immunoassay.statistics.intervals import Interval
from numpy.typing import ArrayLike
from scipy.optimize import brentq, minimize_scalar
from scipy.special import log_ndtr, stdtrit

LOG_ROOT_2PI = 0.5 * np.log(2 * np.pi)


class NormalFit(NamedTuple):
    """Maximum likelihood of a normal sample; `covariance` is of (mu, log sigma). `reason` is the code why there is none."""

    mu: float = np.nan
    sigma: float = np.nan
    log_likelihood: float = np.nan
    covariance: np.ndarray = np.full((2, 2), np.nan)
    reason: str = ""

    @property
    def converged(self) -> bool:
        return not self.reason


def fit_normal(lower: ArrayLike, upper: ArrayLike) -> NormalFit:
    """Fit a normal distribution to points and intervals by Newton's method on (mu, log sigma).

    Tobin, Estimation of relationships for limited dependent variables, 1958. Needs two different quantified values:
    otherwise the likelihood has no maximum with a positive standard deviation that the data could support.
    """
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    if np.unique(lower[lower == upper]).size < 2:
        return NormalFit(reason="few_quantified")
    return fit_intervals(lower, upper)


def fit_intervals(lower: np.ndarray, upper: np.ndarray) -> NormalFit:
    """As `fit_normal`, of bounds that may all be intervals, such as titres; two of them must lie apart, else nothing bounds
    the standard deviation from below."""
    known = np.where(np.isfinite(lower), lower, upper)
    centre, scale = known.mean(), known.std()
    low, high = (lower - centre) / scale, (upper - centre) / scale
    parameters = np.zeros(2)
    value, gradient, hessian = _normal_log_likelihood(parameters, low, high)
    for _ in range(100):
        curvature, vectors = np.linalg.eigh(-hessian)
        step = vectors @ ((vectors.T @ gradient) / np.maximum(np.abs(curvature), 1e-8))
        step *= min(1.0, 2.0 / np.abs(step).max()) if step.any() else 1.0
        while True:
            trial = _normal_log_likelihood(parameters + step, low, high)
            if trial[0] >= value - 1e-12 * abs(value) - 1e-13 or np.abs(step).max() < 1e-14:
                break
            step = step / 2
        parameters = parameters + step
        value, gradient, hessian = trial
        if np.abs(gradient).max() < 1e-9:
            break
    else:
        return NormalFit(reason="not_converged")
    to_units = np.diag([scale, 1.0])
    covariance = to_units @ np.linalg.inv(-hessian) @ to_units
    mu, sigma = centre + scale * parameters[0], scale * np.exp(parameters[1])
    return NormalFit(float(mu), float(sigma), float(value - (lower == upper).sum() * np.log(scale)), covariance)


def normal_interval(
    lower: ArrayLike, upper: ArrayLike, fit: NormalFit, confidence: float = 0.95, log_mean: bool = False
) -> Interval:
    """Profile-likelihood interval of mu, or with `log_mean` of mu + sigma^2 / 2 (log of the mean of a log-normal).

    It holds what drops twice the log-likelihood by at most `cutoff`, which is the t interval when nothing is censored.
    Returns Interval on the scale of `lower` and `upper`; a side where the likelihood never drops enough is infinite.
    """
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    point = lower == upper
    points, from_low, from_high = lower[point], lower[~point], upper[~point]
    weight = 0.5 if log_mean else 0.0
    estimate = fit.mu + weight * fit.sigma**2

    def profile(theta):
        def negative(log_sigma):
            mu = theta - weight * np.exp(2 * log_sigma)
            return -_normal_value(mu, log_sigma, points, from_low, from_high)

        middle = np.log(fit.sigma)
        found = minimize_scalar(negative, bounds=(middle - 3, middle + 3), method="bounded", options={"xatol": 1e-7})
        return -found.fun

    step = np.sqrt(fit.covariance[0, 0])
    limit = cutoff(lower.size, confidence, lower.size - 1)
    low, high = profile_limits(profile, estimate, fit.log_likelihood, limit, step)
    return Interval(float(estimate), low, high)


def cutoff(n: int, confidence: float, degrees: int) -> float:
    """The drop of twice the log-likelihood that an interval accepts: n ln(1 + t^2 / (n - 1)), t with these degrees."""
    t = stdtrit(degrees, (1 + confidence) / 2)
    return float(n * np.log1p(t**2 / (n - 1)))


def profile_limits(
    profile: Callable[[float], float], estimate: float, maximum: float, limit: float, step: float
) -> tuple[float, float]:
    """Where twice the drop of `profile` from `maximum` crosses `limit` on both sides of `estimate`; inf if nowhere."""

    def limit_on(side):
        seen = {0.0: -np.sqrt(limit)}

        def excess(distance):
            # The root of the drop is nearly linear in the distance, so the search takes few evaluations.
            if distance not in seen:
                drop = 2 * (maximum - profile(estimate + side * distance))
                seen[distance] = np.sqrt(max(0.0, drop)) - np.sqrt(limit)
            return seen[distance]

        near, far = 0.0, 2.0 * step
        while excess(far) < 0 and far < 100 * step:
            near, far = far, 1.7 * far
        if far >= 100 * step:
            return side * np.inf
        return float(estimate + side * brentq(excess, near, far, xtol=1e-6 * step, rtol=1e-9))

    return limit_on(-1), limit_on(1)


class Quantile(NamedTuple):
    """A quantile and its status: value, below_lloq, above_uloq or not_estimable (then the number is NaN)."""

    value: float
    status: str


def reverse_kaplan_meier(lower: ArrayLike, upper: ArrayLike) -> tuple[np.ndarray, np.ndarray, float]:
    """Distribution of a left-censored sample: distinct quantified values, ascending, and P(X <= value) at each.

    Ware and DeMets, Reanalysis of some baboon descent data, 1976. A value above the ULOQ is an event at infinity.
    """
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    quantified = lower == upper
    above = np.isinf(upper) & (upper > 0)
    values = np.unique(np.concatenate([lower[quantified], [np.inf] if above.any() else []]))
    cumulative = np.empty(values.size)
    probability = 1.0
    for index in range(values.size - 1, -1, -1):
        value = values[index]
        cumulative[index] = probability
        events = above.sum() if np.isinf(value) else (quantified & (lower == value)).sum()
        # At risk: everything that may lie at or below the value; a result below an LLOQ equal to it does.
        at_risk = (quantified & (lower <= value)).sum() + (~quantified & ~above & (upper <= value)).sum()
        at_risk += above.sum() if np.isinf(value) else 0
        probability *= 1 - events / at_risk
    return values, cumulative, probability


def quantiles(lower: ArrayLike, upper: ArrayLike, probabilities: Sequence[float], step: bool = False) -> list[Quantile]:
    """Quantiles, one `Quantile` per probability.

    Nothing censored, unless `step`: linear interpolation between order statistics. Otherwise reverse Kaplan-Meier: the
    smallest value whose cumulative probability reaches the probability; one that falls in the mass below the smallest
    quantified value is below the LLOQ.
    """
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    if lower.size == 0:
        return [Quantile(np.nan, "not_estimable") for _ in probabilities]
    if (lower == upper).all() and not step:
        return [Quantile(float(value), "value") for value in np.quantile(lower, probabilities)]
    values, cumulative, mass_below = reverse_kaplan_meier(lower, upper)
    return [_step_quantile(values, cumulative, mass_below, probability) for probability in probabilities]


def extreme(lower: ArrayLike, upper: ArrayLike, which: str) -> Quantile:
    """Smallest or largest value (`which` is "minimum" or "maximum"), with the status when a bound decides it."""
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    if lower.size == 0:
        return Quantile(np.nan, "not_estimable")
    pick = np.min if which == "minimum" else np.max
    least, most = pick(lower), pick(upper)
    if least == most:
        return Quantile(float(least), "value")
    return Quantile(np.nan, "above_uloq" if np.isinf(most) and most > 0 else "below_lloq")


def bounded_quantiles(lower: np.ndarray, upper: np.ndarray, probabilities: Sequence[float]) -> list[Quantile]:
    """Quantiles of values known within finite or infinite bounds: stated where those of both bounds agree."""
    if len(lower) == 0:
        return [Quantile(np.nan, "not_estimable") for _ in probabilities]
    ends = [np.quantile(np.clip(part, -1e300, 1e300), probabilities) for part in (lower, upper)]
    pairs = zip(*ends, strict=True)
    return [Quantile(float(a), "value") if a == b else Quantile(np.nan, "not_estimable") for a, b in pairs]


def ros(values: ArrayLike, censored: ArrayLike) -> tuple[np.ndarray | None, str]:
    """Regression on order statistics (Helsel and Cohn 1988): the sample with censored values replaced by modelled ones.

    `values` holds the value or its LLOQ. Returns (sorted modelled values, reason): a NaN-free array, or None and the code why:
    `few_quantified` (fewer than 3 different quantified values, or more than 80 % below the LLOQ) or `high_lloq` (an LLOQ
    above every quantified value).
    The library falls back to half the LLOQ without a word when too little is quantified; that is refused here.
    """
    import pandas as pd
    from statsmodels.imputation.ros import impute_ros

    values, censored = np.asarray(values, float), np.asarray(censored, bool)
    quantified = values[~censored]
    if not censored.any():
        return np.sort(values), ""
    if np.unique(quantified).size < 3 or censored.mean() > 0.8:
        return None, "few_quantified"
    if values[censored].max() > quantified.max():
        return None, "high_lloq"
    frame = pd.DataFrame({"value": values, "censored": censored})
    return np.sort(np.asarray(impute_ros("value", "censored", df=frame), float)), ""


def _step_quantile(values, cumulative, mass_below, probability):
    if mass_below > 1e-12 and probability <= mass_below + 1e-12:
        return Quantile(np.nan, "below_lloq")
    index = min(int(np.searchsorted(cumulative, probability - 1e-12)), values.size - 1)
    value = values[index]
    return Quantile(np.nan, "above_uloq") if np.isinf(value) else Quantile(float(value), "value")


def log_interval_probability(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """log(Phi(b) - Phi(a)) for a < b, exact in both tails."""
    flip = a > 0
    low, high = np.where(flip, -b, a), np.where(flip, -a, b)
    top, bottom = log_ndtr(high), log_ndtr(low)
    return top + np.log1p(-np.exp(np.minimum(bottom - top, -1e-300)))


def _normal_value(mu, log_sigma, points, from_low, from_high):
    """The log-likelihood alone."""
    scale = np.exp(-log_sigma)
    z = (points - mu) * scale
    value = -points.size * (log_sigma + LOG_ROOT_2PI) - 0.5 * (z @ z)
    if from_low.size:
        value += log_interval_probability((from_low - mu) * scale, (from_high - mu) * scale).sum()
    return float(value)


def _normal_log_likelihood(parameters, lower, upper):
    """Value, gradient and Hessian in (mu, log sigma)."""
    mu, log_sigma = parameters
    sigma = np.exp(log_sigma)
    point = lower == upper
    z = (lower[point] - mu) / sigma
    value = np.sum(-log_sigma - LOG_ROOT_2PI - 0.5 * z * z)
    g_mu, g_log = np.sum(z) / sigma, np.sum(z * z - 1)
    h_mu, h_cross, h_log = -z.size / sigma**2, -2 * np.sum(z) / sigma, -2 * np.sum(z * z)
    if not point.all():
        a, b = (lower[~point] - mu) / sigma, (upper[~point] - mu) / sigma
        log_p = log_interval_probability(a, b)
        terms = []
        for power in range(4):
            terms.append(hazard(b, log_p, power) - hazard(a, log_p, power))
        h0, h1, h2, h3 = terms
        value += log_p.sum()
        g_mu -= h0.sum() / sigma
        g_log -= h1.sum()
        h_mu -= np.sum(h1 + h0 * h0) / sigma**2
        h_cross += np.sum(h0 - h2 - h0 * h1) / sigma
        h_log += np.sum(h1 - h3 - h1 * h1)
    return value, np.array([g_mu, g_log]), np.array([[h_mu, h_cross], [h_cross, h_log]])


def hazard(z: np.ndarray, log_p: np.ndarray, power: int) -> np.ndarray:
    """z^power phi(z) / P, 0 at infinite z."""
    known = np.isfinite(z)
    finite = np.where(known, z, 0.0)
    return finite**power * np.exp(
        np.where(known, np.minimum(-0.5 * finite * finite - LOG_ROOT_2PI - log_p, 700), -np.inf)
    )
