"""Change between two visits of the same participants when some results are below the LLOQ.

Tier A: nothing censored, t interval of the mean log ratio. B: enough quantified, bivariate censored log-normal
maximum likelihood. C: up to 15 pairs of which four or more are quantified at baseline, shifts the exact re-censored
signed-rank test does not reject, often one bound only. D: neither; the share below the LLOQ at both visits.

Two tests of no change stand side by side where both can be had: an exact one, of no change in distribution, and that of the
model of the interval, which agrees with it. Up to 5 pairs, where no exact p can reach 0.05, the model's carries the claim, else
the exact one. With results censored a change of spread alone makes the exact one reject (more than 15 pairs, a standard
deviation 1.5 times as large later: in 10 to 40 % of studies, as more results then rise above the LLOQ); the model, whose
spreads are free, finds a halving in 54 % where the exact test finds it in 90 % (50 pairs, 60 % below).
"""

from typing import NamedTuple

import numpy as np
from immunoassay.statistics.bivariate import (
    delta_error,
    delta_influence,
    delta_interval,
    fit_bivariate,
    likelihood_ratio,
    likelihood_ratio_p,
)
from immunoassay.statistics.intervals import Interval, t_interval, t_probability
from immunoassay.statistics.signed_rank import Pairs, exact_signed_rank, inversion_interval, recensored_differences
from numpy.typing import ArrayLike

FEWEST_RANKED, MOST_RANKED = (
    6,
    15,
)  # pairs with which the signed-rank test bounds a change; from the first on it claims one
FEWEST_PAIRS = 7  # for the likelihood
FEWEST_QUANTIFIED = 4  # at each visit for the likelihood, at baseline for a bound
MOST_APART = 8  # one fitted standard deviation to the other


class LogPairs(NamedTuple):
    """Log bounds of both visits of each pair and the log limits of quantification each result was measured with."""

    x_lower: np.ndarray
    x_upper: np.ndarray
    y_lower: np.ndarray
    y_upper: np.ndarray
    x_lloq: np.ndarray
    x_uloq: np.ndarray
    y_lloq: np.ndarray
    y_uloq: np.ndarray

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        return self[:4]

    @property
    def n(self) -> int:
        return len(self.x_lower)


class Change(NamedTuple):
    """Log ratio of y to x with its limits (NaN: none, infinite: unbounded), its tier, the codes of the interval's method
    (INTERVALS) and of why there is not more (REASONS of known_codes), and the p of the interval's model with the code of its
    test (TESTS): at most 1 - confidence exactly when the limits exclude 0.
    """

    tier: str
    log_ratio: float
    low: float
    high: float
    method: str
    reason: str
    p: float = np.nan
    test: str = "none"


class MeanChange(NamedTuple):
    """Log ratio of y to x, its standard error, the degrees of freedom of that, and what each pair moves the ratio by."""

    log_ratio: float
    error: float
    degrees: int
    influence: np.ndarray


class PairTest(NamedTuple):
    """A p value, the code of its method (known_codes.TESTS), the informative pairs and the smallest p they can attain.

    The smallest p is NaN of a test that is not exact.
    """

    p: float
    method: str
    informative: int
    floor: float


def log_pairs(
    x_lower: ArrayLike,
    x_upper: ArrayLike,
    y_lower: ArrayLike,
    y_upper: ArrayLike,
    x_lloq: ArrayLike,
    x_uloq: ArrayLike,
    y_lloq: ArrayLike,
    y_uloq: ArrayLike,
) -> LogPairs:
    """LogPairs from concentrations; bounds 0 and infinity and unknown (NaN) limits become infinite logs."""
    parts = [np.asarray(part, float) for part in (x_lower, x_upper, y_lower, y_upper, x_lloq, x_uloq, y_lloq, y_uloq)]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = [np.log(part) for part in parts]
    for index, unknown in ((4, -np.inf), (5, np.inf), (6, -np.inf), (7, np.inf)):
        logs[index] = np.where(np.isnan(logs[index]), unknown, logs[index])
    return LogPairs(*logs)


def windows(pairs: LogPairs) -> Pairs:
    """The pairs as `signed_rank.Pairs`: each value inside the window it was seen through."""
    x, x_low, x_high = _window(pairs.x_lower, pairs.x_upper, pairs.x_lloq, pairs.x_uloq)
    y, y_low, y_high = _window(pairs.y_lower, pairs.y_upper, pairs.y_lloq, pairs.y_uloq)
    return Pairs(x, y, x_low, x_high, y_low, y_high)


def estimate_change(pairs: LogPairs, confidence: float = 0.95, min_n: int = 4) -> Change:
    """The estimate of the log ratio by the first tier whose conditions hold."""
    x_quantified = pairs.x_lower == pairs.x_upper
    y_quantified = pairs.y_lower == pairs.y_upper
    n, at_x, at_y = pairs.n, int(x_quantified.sum()), int(y_quantified.sum())
    censored = 2 * n - at_x - at_y
    if n == 0:
        return Change("", np.nan, np.nan, np.nan, "none", "no_pairs")
    if censored == 0:
        return _uncensored(pairs, confidence, min_n)
    reason = _why_not_likelihood(n, at_x, at_y, censored / (2 * n))
    if not reason:
        fit = fit_bivariate(*pairs.bounds)
        reason = _why_not_fit(fit)
        if not reason:
            degrees = _degrees(pairs, at_x, at_y)
            interval = delta_interval(*pairs.bounds, fit, confidence, degrees)
            p = likelihood_ratio_p(likelihood_ratio(*pairs.bounds, fit), n, degrees)
            return Change("B", *interval, "bivariate_profile_t", "", p, "likelihood_ratio_t")
    if can_be_ranked(n) and at_x >= FEWEST_QUANTIFIED:
        low, high = inversion_interval(windows(pairs), confidence)
        return Change("C", np.nan, low, high, "inverted_signed_rank", reason)
    return Change("D", np.nan, np.nan, np.nan, "none", reason)


def mean_change(pairs: LogPairs) -> MeanChange:
    """The log ratio as tiers A and B estimate it, with its standard error; NaN where neither has it."""
    at_x, at_y = (int((low == high).sum()) for low, high in (pairs.bounds[:2], pairs.bounds[2:]))
    n = pairs.n
    if n > 1 and at_x == at_y == n:
        ratios = pairs.y_lower - pairs.x_lower
        mean = float(ratios.mean())
        return MeanChange(mean, float(ratios.std(ddof=1) / np.sqrt(n)), n - 1, (ratios - mean) / n)
    if n and not _why_not_likelihood(n, at_x, at_y, 1 - (at_x + at_y) / (2 * n)):
        fit = fit_bivariate(*pairs.bounds)
        if not _why_not_fit(fit):
            error, influence = delta_error(*pairs.bounds, fit), delta_influence(*pairs.bounds, fit)
            return MeanChange(fit.delta, error, _degrees(pairs, at_x, at_y), influence)
    return MeanChange(np.nan, np.nan, 0, np.full(n, np.nan))


def _degrees(pairs, at_x, at_y):
    """Degrees of freedom of the t that calibrates the likelihood, from the results quantified at the visits.

    Those of the visit with more of them, both seen through the same window. With n - 1 intervals cover 90 %, with a higher
    LLOQ later 83 %; with those of the visit with fewer they cover all where most is below, and cost 10 points of power.
    """
    seen = windows(pairs)
    low, high = np.maximum(seen.x_low, seen.y_low), np.minimum(seen.x_high, seen.y_high)
    inside = [
        int(((lower == upper) & (low <= lower) & (upper <= high)).sum())
        for lower, upper in (pairs.bounds[:2], pairs.bounds[2:])
    ]
    return max(*inside, min(at_x, at_y)) - 1


def can_be_ranked(n: int) -> bool:
    """Whether so many pairs can be bounded by the exact test."""
    return FEWEST_RANKED <= n <= MOST_RANKED


def change_tests(pairs: LogPairs, change: Change) -> tuple[PairTest, PairTest]:
    """(the test of no change that carries the claim, the one beside it); one that cannot be had is "none"."""
    exact = exact_test(pairs, change.tier)
    nothing = PairTest(np.nan, "none", exact.informative, np.nan)
    model = nothing if np.isnan(change.p) else PairTest(change.p, change.test, exact.informative, np.nan)
    return (model, exact) if model.method != "none" and pairs.n < FEWEST_RANKED else (exact, model)


def exact_test(pairs: LogPairs, tier: str) -> PairTest:
    """The exact test of no change: signed rank of re-censored pairs; McNemar in tier D below 6 informative pairs."""
    ranked = exact_signed_rank(recensored_differences(windows(pairs)))
    if pairs.n == 0:
        return PairTest(np.nan, "none", 0, np.nan)
    if tier == "D" and ranked.informative < FEWEST_RANKED:
        gained, lost = discordant(pairs)
        floor = min(1.0, 2.0 ** (1 - gained - lost))
        return PairTest(mcnemar(gained, lost), "mcnemar", gained + lost, floor)
    return PairTest(ranked.p, "signed_rank_recensored", ranked.informative, ranked.floor)


def discordant(pairs: LogPairs) -> tuple[int, int]:
    """(gained, lost): pairs above the higher LLOQ of the pair at the second visit only, and at the first only."""
    low = np.maximum(*(windows(pairs)[index] for index in (2, 4)))
    x_above, y_above = pairs.x_lower >= low, pairs.y_lower >= low
    return int((y_above & ~x_above).sum()), int((x_above & ~y_above).sum())


def mcnemar(gained: int, lost: int) -> float:
    """Exact two-sided p of McNemar's test: the binomial test of the discordant pairs; 1 without any."""
    n = gained + lost
    if n == 0:
        return 1.0
    probability = np.zeros(n + 1)
    probability[0] = 1.0
    for _ in range(n):
        probability[1:], probability[0] = (probability[1:] + probability[:-1]) / 2, probability[0] / 2
    return min(1.0, float(2 * probability[: min(gained, lost) + 1].sum()))


def compared(pairs: LogPairs, factor: float, confidence: float = 0.95) -> Interval:
    """For comparison: t interval of the log ratio with values below LLOQ replaced by factor x LLOQ (above: by the ULOQ)."""
    sides = []
    for lower, upper in (pairs.x_lower, pairs.x_upper), (pairs.y_lower, pairs.y_upper):
        sides.append(np.where(np.isfinite(lower), lower, upper + np.log(factor)))
    return t_interval(sides[1] - sides[0], confidence)


def _window(lower, upper, lloq, uloq):
    below, above = np.isneginf(lower), np.isposinf(upper)
    value = np.where(below, upper, lower)
    # The bound of a censored result is its limit; a quantified value lies inside its window by definition.
    low = np.where(below, upper, np.minimum(lloq, value))
    high = np.where(above, lower, np.maximum(uloq, value))
    return value, low, high


def _uncensored(pairs, confidence, min_n):
    ratios = pairs.y_lower - pairs.x_lower
    interval = t_interval(ratios, confidence)
    if pairs.n < min_n or np.isnan(interval.low):
        reason = "few_pairs" if pairs.n < min_n else "equal_ratios"
        return Change("A", interval.estimate, np.nan, np.nan, "none", reason)
    return Change("A", *interval, "log_ratio_t", "", t_probability(ratios), "log_ratio_t")


def _why_not_likelihood(n, at_x, at_y, share):
    if n < FEWEST_PAIRS:
        return "few_pairs_censored"
    if min(at_x, at_y) < FEWEST_QUANTIFIED:
        return "few_pairs_quantified"
    return "mostly_censored" if share > most_censored(n) else ""


def most_censored(n: int) -> float:
    """The largest share of censored results with which so many pairs have a likelihood."""
    return 0.60 if n < 12 else 0.80


def _why_not_fit(fit):
    if not fit.converged:
        return f"pairs_{fit.reason}"
    if abs(fit.rho) >= 0.999:
        return "pairs_correlation_at_bound"
    return "" if 1 / MOST_APART <= fit.sigma[1] / fit.sigma[0] <= MOST_APART else "pairs_spreads_apart"
