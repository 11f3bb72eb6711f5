"""Times to an event of which some are only known to be longer: their distribution, and what is associated with them.

A time is `event` when the event was seen at it, else the event lies somewhere later (censored). Everything is conditional
on censoring that does not depend on when the event would have come.
"""

from typing import NamedTuple

import numpy as np
from immunoassay.statistics.censored import profile_limits
from immunoassay.statistics.intervals import Interval
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import chdtrc, chdtri, ndtri

FARTHEST = 40.0  # log hazard ratio of one standard deviation within which the estimate is searched for


class Curve(NamedTuple):
    """Kaplan-Meier estimate at the distinct times of events: at risk, events, share without an event, its limits."""

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    survival: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Hazard(NamedTuple):
    """Log hazard ratio of one unit with its profile limits, and the p of its likelihood ratio."""

    log_ratio: float
    low: float
    high: float
    p: float


def kaplan_meier(time: ArrayLike, event: ArrayLike, confidence: float = 0.95) -> Curve:
    """Kaplan and Meier, Nonparametric estimation from incomplete observations, 1958, with log-minus-log limits.

    The limits are NaN where nobody is left without an event, and 1 where nobody had one.
    """
    time, event = np.asarray(time, float), np.asarray(event, bool)
    times, events = np.unique(time[event], return_counts=True)
    at_risk = (time[None, :] >= times[:, None]).sum(axis=1)
    survival = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events))))
        middle = np.log(-np.log(survival))
        half = ndtri((1 + confidence) / 2) * spread / np.abs(np.log(survival))
        low, high = (np.exp(-np.exp(middle + side * half)) for side in (1, -1))
    gone = survival <= 0
    return Curve(times, at_risk, events, survival, np.where(gone, np.nan, low), np.where(gone, np.nan, high))


def median_time(curve: Curve) -> Interval:
    """The time by which half have had the event, with limits from those of the curve; infinite where it is not reached.

    Brookmeyer and Crowley, A confidence interval for the median survival time, 1982. Where the curve runs at exactly one
    half, the middle of that piece. Where nobody is left, the curve has no limits: only the lower one of the median is reached.
    """
    low, high = (np.nan_to_num(part, nan=unknown) for part, unknown in ((curve.low, 0.0), (curve.high, 1.0)))
    return Interval(*(_half(curve.time, part) for part in (curve.survival, low, high)))


def _half(times, survival):
    reached = np.flatnonzero(survival <= 0.5 + 1e-12)
    if not reached.size:
        return np.inf
    first = reached[0]
    later = reached[survival[reached] < 0.5 - 1e-12]
    if abs(survival[first] - 0.5) <= 1e-12 and later.size:
        return float((times[first] + times[later[0]]) / 2)
    return float(times[first])


def log_rank_scores(time: ArrayLike, event: ArrayLike) -> np.ndarray:
    """(n,) scores whose sum over a group is its observed less its expected events; they sum to 0.

    Of the log-rank test, ties by mid-ranks: the event (1 or 0) less the cumulative hazard of all people at the time. Peto
    and Peto, Asymptotically efficient rank invariant test procedures, 1972.
    """
    time, event = np.asarray(time, float), np.asarray(event, bool)
    times, events = np.unique(time[event], return_counts=True)
    at_risk = (time[None, :] >= times[:, None]).sum(axis=1)
    hazard = np.append(0.0, np.cumsum(events / at_risk))
    return event - hazard[np.searchsorted(times, time, side="right")]


def permuted_score(x: ArrayLike, scores: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Sum of x, centred, times the log-rank `scores` under every order of the participants (orders, n), in its permutation
    spread: the score statistic of proportional hazards, of which the first order is the observed one. 0 where x is constant."""
    values = np.asarray(x, float)
    values = values - values.mean()
    spread = np.sqrt((values @ values) * (scores @ scores) / (values.size - 1))
    return scores[orders] @ values / spread if spread > 0 else np.zeros(len(orders))


def firth_cox(x: ArrayLike, time: ArrayLike, event: ArrayLike, confidence: float = 0.95) -> Hazard:
    """Proportional hazards of one covariate with Firth's penalty, which has an estimate even where x separates the events.

    Heinze and Schemper, A solution to the problem of monotone likelihood in Cox regression, 2001; ties by Breslow. All NaN
    without an event while x varies among those at risk.
    """
    x, time, event = np.asarray(x, float), np.asarray(time, float), np.asarray(event, bool)
    times = np.unique(time[event])
    at_risk = time[None, :] >= times[:, None]
    if not any(np.ptp(x[risk]) > 0 for risk in at_risk):
        return Hazard(np.nan, np.nan, np.nan, np.nan)
    scale = x.std()
    u = (x - x.mean()) / scale
    counts = np.array([(time[event] == each).sum() for each in times])
    total = u[event].sum()

    def penalised(b):
        weights = np.where(at_risk, b * u, -np.inf)
        top = weights.max(axis=1, keepdims=True)
        weights = np.exp(weights - top)
        norm = weights.sum(axis=1)
        mean = weights @ u / norm
        information = counts @ ((weights * (u - mean[:, None]) ** 2).sum(axis=1) / norm)
        with np.errstate(divide="ignore"):
            return b * total - counts @ (np.log(norm) + top[:, 0]) + 0.5 * np.log(information)

    found = minimize_scalar(
        lambda b: -penalised(b), bounds=(-FARTHEST, FARTHEST), method="bounded", options={"xatol": 1e-9}
    )
    best, value = float(found.x), -float(found.fun)
    low, high = profile_limits(penalised, best, value, float(chdtri(1, 1 - confidence)), 1.0)
    p = float(chdtrc(1, max(0.0, 2 * (value - penalised(0.0)))))
    return Hazard(best / scale, low / scale, high / scale, p)
