"""Association of every biomarker with every score with one pair of values per participant.

Where every value of both is a number the correlation of logarithms is permuted, which is the most powerful; where any
biomarker is censored Kendall's tau-b of the pairs of participants whose order is certain. The censoring alone decides.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from immunoassay.statistics.association_data import Data, Measured
from immunoassay.statistics.association_rows import Pair, Test, adjusted, empty, tested, why_not
from immunoassay.statistics.concordance import Classes, limit_classes, recensored
from immunoassay.statistics.correlation import (
    bonett_wright,
    interval_ranks,
    permuted_r,
    permuted_tau,
    spearman,
    tau_b,
)
from immunoassay.statistics.substitutes import limits_agree
from immunoassay.statistics.thresholds import FEWEST_OF_RHO

# of the lower and upper bounds (participants, k) of results: those (participants,) of what is compared
Combine = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


class _Asked(NamedTuple):
    """A question at one visit. `logs` (variables, participants): the logarithms correlated, NaN where not determinate.

    `scale` (variables, 1 or k): what bounds are divided by. `within`: whether limits that differ restrict the permutations.
    Of values themselves they need not: a pair of people is decided if the higher of both values is above the higher of
    both limits, whoever has it, so that no limit favours a side. Of ratios and means one does: with the LLOQ tenfold where
    the score rose, the free permutation rejects 10 to 12 % of 100 participants without association.
    """

    question: str
    visit: str
    order: int | None
    results: Measured
    combine: Combine
    logs: np.ndarray
    y: np.ndarray
    scale: np.ndarray = np.ones((1, 1))
    within: bool = True

    def bounds(self, v: int, people: np.ndarray, classes: Classes | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Bounds (people,) of what is compared of a variable, its results seen through the limits of their classes."""
        lower, upper = self.results.lower[v, people], self.results.upper[v, people]
        if classes is not None:
            lower, upper = recensored(lower, upper, classes.limits)
        scale = self.scale[v % len(self.scale)]
        lower, upper = self.combine(lower / scale, upper / scale)
        return np.where(lower == 0, -np.inf, lower), upper  # zero is a bound of the logarithms, not a value

    def restricted(self, v: int, people: np.ndarray) -> bool:
        """Whether participants cannot change places freely: results below limits enter, which differ among participants."""
        limits = self.results.limit[v, people]
        below = bool((self.results.below[v, people] > 0).any())
        return self.within and below and not all(limits_agree(column) for column in limits.T)


def at_baseline(data: Data, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the question `baseline`."""
    visits, results, y = data.at_baseline()
    order = data.order[visits[0]] if visits else None
    return _rows(_at_one_visit("baseline", ", ".join(visits), order, results, y), data, settings, True)


def of_changes(data: Data, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the questions `change_change`, at each visit, and `baseline_change`, at the primary one."""
    later = data.frame[~data.frame["own_baseline"] & data.frame["baseline_reported"]]
    rows = []
    first, now = data.measured(later, "baseline_"), data.measured(later)
    (changes,) = data.cube(later, data.scores, ["change_lower"])
    for index, visit in enumerate(data.visits):
        # A visit at which only scores or only biomarkers were taken has nothing to compare.
        if set(later.loc[later["visit"] == visit, "kind"]) >= {"biomarker", "score"}:
            parts = (np.stack([a[:, :, index], b[:, :, index]], axis=2) for a, b in zip(first, now, strict=True))
            results, y = Measured(*parts), changes[:, :, index]
            chosen, order = visit == settings["primary_visit"], data.order[visit]
            logs = np.diff(_logs(results), axis=2)[:, :, 0]
            rows += _rows(_Asked("change_change", visit, order, results, _ratio, logs, y), data, settings, chosen)
            if chosen:
                asked = _at_one_visit("baseline_change", visit, order, data.at_baseline()[1], y)
                rows += _rows(asked, data, settings, False)
    return rows


def of_means(data: Data, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the question `between_participants`: means over the visits of those seen twice or more, visit effects removed.

    Of numbers the mean of the logarithms; of intervals the bounds of the mean of the values, each over the geometric
    mean of its visit (of bounds where a value is not a number), which only sets the weights of the visits.
    """
    results, y = data.over_visits()
    parts = [np.where((~np.isnan(part)).sum(axis=2, keepdims=True) >= 2, part, np.nan) for part in results]
    results = Measured(*parts)
    level = _mean(np.log(np.where(np.isinf(results.upper), results.lower, results.upper)), axis=1)

    def combine(lower, upper):
        return _mean(lower, 1)[:, 0], _mean(upper, 1)[:, 0]

    logs = _mean(_logs(results) - level, axis=2)[:, :, 0]
    logs[((results.lower != results.upper) & ~np.isnan(results.lower)).any(axis=2)] = np.nan
    y = np.where((~np.isnan(y)).sum(axis=2) >= 2, _mean(y - _mean(y, axis=1), axis=2)[:, :, 0], np.nan)
    asked = _Asked("between_participants", "all", None, results, combine, logs, y, np.exp(level[:, 0]))
    return _rows(asked, data, settings, False)


def _at_one_visit(question, visit, order, results, y):
    def combine(lower, upper):
        return lower[:, 0], upper[:, 0]

    return _Asked(question, visit, order, results, combine, _logs(results)[:, :, 0], y, within=False)


def _ratio(lower, upper):
    """Bounds of the ratio of the second result to the first."""
    with np.errstate(divide="ignore"):
        return lower[:, 1] / upper[:, 0], upper[:, 1] / lower[:, 0]


def _logs(results):
    """Logarithms of results that are numbers, else NaN."""
    known = (results.lower == results.upper) & (results.lower > 0)
    return np.log(results.lower, out=np.full(results.lower.shape, np.nan), where=known)


def _mean(values, axis):
    """Means of what is there along an axis, which is kept; NaN where nothing is."""
    seen = ~np.isnan(values)
    count = seen.sum(axis=axis, keepdims=True)
    return np.divide(
        np.where(seen, values, 0).sum(axis=axis, keepdims=True),
        count,
        where=count > 0,
        out=np.full(count.shape, np.nan),
    )


def _rows(asked, data, settings, chosen):
    """Rows of one question at one visit."""
    everybody = np.arange(len(data.participants))
    lower = np.stack([asked.bounds(v, everybody)[0] for v in range(len(data.variables))])
    rows: dict[Pair, dict[str, Any]] = {}
    tests: dict[Pair, Test] = {}
    through: dict[tuple[int, bytes], Classes] = {}
    for v, variable in enumerate(data.variables):
        for s, score in enumerate(data.scores):
            both = ~np.isnan(lower[v]) & ~np.isnan(asked.y[s])
            n, share, quantified = int(both.sum()), np.nan, 0
            if n:
                share, quantified = _counts(asked, v, both)
            row = empty(asked.question, variable, score, data, asked.visit, asked.order, n, n, quantified, share)
            rows[v, s] = row
            row["reason_code"] = why_not(n, quantified, share, "nobody_with_both")
            if row["reason_code"]:
                continue
            key = (v, both.tobytes())
            if asked.restricted(v, both):
                through.setdefault(key, limit_classes(asked.results.limit[v, both]))
            bounds = asked.bounds(v, both, through.get(key))
            found = _describe(row, bounds, asked.logs[v, both], asked.y[s, both], settings)
            if found:
                labels = through[key].labels.tobytes() if key in through else b""
                tests[v, s] = Test(found, both.tobytes(), labels)
    x_seen, y_seen = ~np.isnan(lower), ~np.isnan(asked.y)

    def permuted(test, vs, ss, people, orders):
        y = asked.y[np.ix_(ss, people)]
        if test.statistic == "r":
            return permuted_r(asked.logs[np.ix_(vs, people)], y, orders)
        bounds = [asked.bounds(v, people, through.get((v, test.participants)) if test.classes else None) for v in vs]
        tau = permuted_tau(*(np.stack(part) for part in zip(*bounds, strict=True)), y, y, orders)
        # Within classes, pairs of people of two classes keep their part of tau in every order.
        return tau - tau.mean(axis=0) if test.classes else tau

    tested(rows, tests, x_seen.any(axis=0) & y_seen.any(axis=0), permuted, "participants", settings)
    if chosen and settings["association_question"] == asked.question:
        adjusted(rows, tests, data, asked.question, permuted, x_seen, y_seen, settings)
    return list(rows.values())


def _counts(asked, v, both):
    """Share of participants with, or of results that are, below the limit; participants who have a number."""
    below, lower, upper = asked.results.below[v, both], asked.results.lower[v, both], asked.results.upper[v, both]
    if asked.question == "between_participants":
        return float(np.nanmean(below)), int((lower == upper).any(axis=1).sum())
    return float((below > 0).any(axis=1).mean()), int((lower == upper).all(axis=1).sum())


def _describe(row, bounds, logs, y, settings):
    """Fill the estimates of a pair; the statistic that is tested, "" where there is none."""
    determinate = not np.isnan(logs).any()
    bounds = (logs, logs) if determinate else bounds
    row["tau_b"] = tau_b(*bounds, y, y)[2]
    if np.isnan(row["tau_b"]):
        row["reason_code"] = "constant"
        return ""
    row["estimate"], row["estimate_method_code"] = row["tau_b"], "tau_b"
    if determinate:
        identity = np.arange(len(y))[None]
        row["estimate"] = float(np.clip(permuted_r(logs[None], y[None], identity)[0, 0, 0], -1, 1))
        row["estimate_method_code"] = "correlation_of_logarithms"
    _rank(row, bounds, y, settings)
    return "r" if determinate else "tau_b"


def _rank(row, bounds, y, settings):
    """Spearman's rho and its interval, or why there is none."""
    row["rho"] = spearman(interval_ranks(*bounds), interval_ranks(y, y))
    if np.isnan(row["rho"]):
        row["reason_code"] = "ranks_not_defined"
        return
    n = row["n_participants"]
    interval = bonett_wright(row["rho"], n, settings["confidence"])
    row.update(rho_low=interval.low, rho_high=interval.high)
    if np.isnan(interval.low):
        row["reason_code"] = "rho_few_participants" if n < FEWEST_OF_RHO else "rho_perfect"
    else:
        row["interval_method_code"] = "fisher_z"
