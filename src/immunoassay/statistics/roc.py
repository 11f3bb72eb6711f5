"""How well one marker tells two groups apart: the area under its ROC curve, and Firth's logistic regression."""

from typing import NamedTuple

import numpy as np
from immunoassay.statistics.censored import profile_limits
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import chdtrc, chdtri, expit, log_expit, ndtri

FARTHEST = 40.0  # log odds ratio of one standard deviation within which the estimate is searched for


class Roc(NamedTuple):
    """Thresholds from above every value downwards, and the shares of the group and of the others at or above them."""

    threshold: np.ndarray
    sensitivity: np.ndarray
    specificity: np.ndarray


class Area(NamedTuple):
    """Area under the curve, DeLong's variance, and the interval on the logit scale (NaN where the variance is 0)."""

    area: float
    variance: float
    low: float
    high: float


class Odds(NamedTuple):
    """Intercept, log odds ratio of one unit with its profile limits, and the p of its likelihood ratio."""

    intercept: float
    log_ratio: float
    low: float
    high: float
    p: float


def roc_curve(values: ArrayLike, positive: ArrayLike) -> Roc:
    """Of the rule "at or above the threshold", for every distinct value; the first threshold is infinite: nobody."""
    values, positive = np.asarray(values, float), np.asarray(positive, bool)
    thresholds = np.append(np.inf, np.unique(values)[::-1])
    above = values[None, :] >= thresholds[:, None]
    return Roc(thresholds, above[:, positive].mean(axis=1), 1 - above[:, ~positive].mean(axis=1))


def area_under_curve(values: ArrayLike, positive: ArrayLike, confidence: float = 0.95) -> Area:
    """Probability that a value of the group is higher than one of the others, ties half, with the logit interval.

    DeLong, DeLong and Clarke-Pearson, Comparing the areas under two or more correlated ROC curves, 1988; Pepe, The
    statistical evaluation of medical tests, 2003, for the logit. Two of each at least, else no variance.
    """
    values, positive = np.asarray(values, float), np.asarray(positive, bool)
    wins = values[positive][:, None] - values[~positive][None, :]
    wins = (np.sign(wins) + 1) / 2
    if not wins.size:
        return Area(*(np.nan,) * 4)
    area = float(wins.mean())
    if min(wins.shape) < 2:
        return Area(area, np.nan, np.nan, np.nan)
    variance = float(sum(wins.mean(axis=1 - side).var(ddof=1) / wins.shape[side] for side in (0, 1)))
    if variance <= 1e-15 or not 0 < area < 1:
        return Area(area, variance, np.nan, np.nan)
    middle, half = np.log(area / (1 - area)), ndtri((1 + confidence) / 2) * np.sqrt(variance) / (area * (1 - area))
    return Area(area, variance, float(expit(middle - half)), float(expit(middle + half)))


def firth_logistic(x: ArrayLike, positive: ArrayLike, confidence: float = 0.95) -> Odds:
    """Logistic regression on one covariate with Firth's penalty: finite also where x separates the groups.

    Firth, Bias reduction of maximum likelihood estimates, 1993; Heinze and Schemper, A solution to the problem of separation
    in logistic regression, 2002, for the profile interval. All NaN where x or the group does not vary.
    """
    x, y = np.asarray(x, float), np.asarray(positive, float)
    if x.size < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Odds(*(np.nan,) * 5)
    centre, scale = x.mean(), x.std()
    u = (x - centre) / scale
    design = np.column_stack([np.ones_like(u), u])

    def penalised(a, b):
        eta = a + b * u
        weight = expit(eta) * expit(-eta)
        information = design.T @ (weight[:, None] * design)
        sign, log_det = np.linalg.slogdet(information)
        return -np.inf if sign <= 0 else float((y * log_expit(eta) + (1 - y) * log_expit(-eta)).sum() + log_det / 2)

    def best_at(b):
        middle, reach = -b * float(u.mean()), 5 + abs(b) * float(np.abs(u).max())
        return minimize_scalar(
            lambda a: -penalised(a, b),
            bounds=(middle - reach, middle + reach),
            method="bounded",
            options={"xatol": 1e-10},
        )

    found = minimize_scalar(
        lambda b: best_at(b).fun, bounds=(-FARTHEST, FARTHEST), method="bounded", options={"xatol": 1e-9}
    )
    b, value = float(found.x), -float(found.fun)
    low, high = profile_limits(lambda at: -best_at(at).fun, b, value, float(chdtri(1, 1 - confidence)), 1.0)
    p = float(chdtrc(1, max(0.0, 2 * (value + best_at(0.0).fun))))
    return Odds(float(best_at(b).x - b * centre / scale), b / scale, low / scale, high / scale, p)
