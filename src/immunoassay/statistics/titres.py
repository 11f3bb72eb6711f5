"""Titres of a dilution series: a titre t means that the true one lies from t up to the next step, 2 t."""

from typing import NamedTuple

import numpy as np
from immunoassay.statistics.censored import NormalFit, fit_intervals, fit_normal, normal_interval, reverse_kaplan_meier
from immunoassay.statistics.intervals import clopper_pearson, log_t_interval
from numpy.typing import ArrayLike

UNIT = "titre"
STEP = 2.0


class Centre(NamedTuple):
    """A geometric mean with its limits, the codes of both methods, and the codes why there is not more."""

    value: float
    low: float
    high: float
    method: str
    interval_method: str
    reason: str


class Share(NamedTuple):
    """Of `n` people so many certainly reached something, so many may have; the limits hold for both readings."""

    certain: int
    undetermined: int
    n: int
    share: float
    low: float
    high: float


class Steps(NamedTuple):
    """Share of a sample at or above each of its distinct values, ascending, with limits where nothing is censored."""

    value: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray


def geometric_mean(
    lower: ArrayLike, upper: ArrayLike, dilution: bool, confidence: float = 0.95, min_n: int = 4
) -> Centre:
    """Geometric mean of values, or with `dilution` of titres, of which some lie beyond a limit (`lower` and `upper` bounds).

    Nothing censored: t interval of the logarithms. Else the log-normal maximum likelihood of what is known, with its profile
    interval. It lies about a factor of the root of 2 above the geometric mean of the titres as they are written.
    """
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    n, censored = lower.size, lower != upper
    if n == 0:
        return _none("no_result")
    if not dilution and not censored.any():
        value, low, high = log_t_interval(lower, confidence)
        reason = "few_results" if n < min_n else "equal_values" if np.isnan(low) else ""
        return _stated(value, low, high, "geometric_mean", "log_t", reason)
    if 2 * censored.sum() > n:
        return _none("mostly_outside")
    method = "geometric_mean_titre" if dilution else "geometric_mean_censored"
    with np.errstate(divide="ignore"):
        ends = np.log(lower), np.log(np.where(dilution & ~censored, STEP * lower, upper))
    fit = _fit(*ends, dilution)
    if not fit.converged:
        return _none(f"titres_{fit.reason}" if dilution else f"censored_{fit.reason}")
    if n < min_n:
        return _stated(np.exp(fit.mu), np.nan, np.nan, method, "none", "few_results")
    value, low, high = (float(np.exp(part)) for part in normal_interval(*ends, fit, confidence))
    return _stated(value, low, high, method, "profile_t", "")


def share_of(certain: ArrayLike, undetermined: ArrayLike, confidence: float = 0.95) -> Share:
    """Share of people who reached something; with `undetermined` ones no share, and limits from none of them to all of them.

    Each end is that of Clopper and Pearson of its reading.
    """
    certain, undetermined = np.asarray(certain, bool), np.asarray(undetermined, bool)
    n, hits, open_ = certain.size, int(certain.sum()), int(undetermined.sum())
    share = hits / n if n and not open_ else np.nan
    low, high = clopper_pearson(hits, n, confidence).low, clopper_pearson(hits + open_, n, confidence).high
    return Share(hits, open_, n, share, low, high)


def reverse_cumulative(lower: ArrayLike, upper: ArrayLike, confidence: float = 0.95) -> Steps:
    """Share at or above each distinct value by reverse Kaplan-Meier, which is the plain share where nothing is censored.

    Values above the upper limit count as above everything; limits of Clopper and Pearson only where nothing is censored.
    """
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    if not (lower == upper).any():
        return Steps(*(np.empty(0),) * 4)
    values, cumulative, below = reverse_kaplan_meier(lower, upper)
    finite = np.isfinite(values)
    share = 1 - np.append(below, cumulative)[: values.size][finite]
    if (lower != upper).any():
        return Steps(values[finite], share, *(np.full(int(finite.sum()), np.nan),) * 2)
    ends = [clopper_pearson(int((lower >= value).sum()), lower.size, confidence) for value in values]
    return Steps(values, share, *(np.array([end[side] for end in ends]) for side in (1, 2)))


def _fit(lower, upper, dilution):
    """Titres of one step, or of two that touch, bound no spread from below: the likelihood has no maximum."""
    if not dilution:
        return fit_normal(lower, upper)
    apart = lower[np.isfinite(lower)].max(initial=-np.inf) > upper[np.isfinite(upper)].min(initial=np.inf)
    return fit_intervals(lower, upper) if apart else NormalFit(reason="few_steps")


def _stated(value, low, high, method, interval_method, reason):
    if reason:
        low, high = np.nan, np.nan
    return Centre(float(value), low, high, method, "none" if np.isnan(low) else interval_method, reason)


def _none(reason):
    return Centre(np.nan, np.nan, np.nan, "none", "none", reason)
