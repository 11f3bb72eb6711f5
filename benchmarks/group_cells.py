"""Simulated comparisons of two groups with known truth, as benchmarks/statistics_cells for other statements.

Cells: 4, 7, 15 and 50 in each of two
groups, 7 beside 21 and 10 beside 40; 0, 30, 60 and 80 % of the reference below the LLOQ; no difference, a halving (of 7 or
fewer a third), a standard deviation 1.5 times that of the reference, an LLOQ 2.5 times that of the reference; the value,
the change, and the value adjusted for the baseline. Logarithms are normal with SD 1 in the reference, visits of one person
correlate by 0.6. Names that begin with "rival: " are methods that the library does not print.
"""

from itertools import product
from unittest.mock import patch

import numpy as np
from benchmarks.statistics_cells import PERMUTATIONS, Tally
from immunoassay.statistics import censored_regression, correlation
from immunoassay.statistics.censored_ranks import order_test
from immunoassay.statistics.comparison_data import Sample, entered_baseline
from immunoassay.statistics.comparison_rows import two_groups
from immunoassay.statistics.two_samples import rank_sum_test, welch
from scipy.special import ndtri

SIZES = ((7, 7), (15, 15), (7, 21), (10, 40), (4, 4), (50, 50))
BELOW = (0.0, 0.3, 0.6, 0.8)
SCENARIOS = {  # spread of the level, its LLOQ
    "no difference": (1.0, 1.0),
    "difference": (1.0, 1.0),
    "SD ratio 1.5": (1.5, 1.0),
    "LLOQ x 2.5": (1.0, 2.5),
}
EVERY = 14  # participants up to which every split is used


def groups(random, repetitions, n, m, below, ratio, spread, lloq_factor, quantity):
    """`n` of the level beside `m` of the reference; `quantity` value, change or adjusted."""
    delta = float(np.log(ratio))
    tally = Tally(delta)
    limit = ndtri(below) if below else -1e3
    group = np.repeat([0, 1], [m, n])
    lloq = np.where(group == 1, limit + np.log(lloq_factor), limit)
    for _ in range(repetitions):
        first, error = random.normal(size=(2, n + m))
        second = np.where(group == 1, delta + spread * (0.6 * first + 0.8 * error), 0.6 * first + 0.8 * error)
        found = _sample(group, first, second, lloq, quantity)
        drawn = 3500 if n + m <= EVERY and quantity != "adjusted" else PERMUTATIONS
        settings = {"confidence": 0.95, "permutations": drawn, "seed": int(random.integers(2**31))}
        narrowed = patch.object(censored_regression, "profile_limits", _accepts(delta))
        with narrowed, patch.object(correlation, "ENUMERATED", 7):  # of 40,320 orders of eight some are enough
            row, _ = two_groups(found, 1, quantity == "adjusted", settings)
        for name, column in (("p", "p"), ("p beside", "p_beside")):
            if delta or spread == 1 or _of_the_ratio(row[f"{column}_method_code"], below):
                tally.test(name, row[column])
        tally.interval("interval", row["low"], row["high"], delta)
        if not np.isnan(row["estimate"]):
            tally.interval("interval, with an estimate", row["low"], row["high"], delta)
        # The interval of ranks is of groups that differ in level alone; with 10 + 40 and an SD ratio of 1.5 it covers 91 %.
        if spread == 1 and not np.isnan(row["hodges_lehmann_low"]):
            tally.interval("Hodges-Lehmann", row["hodges_lehmann_low"], row["hodges_lehmann_high"], delta)
        if quantity == "value":
            _rivals(tally, found, group, second, lloq)
    return tally.counts()


def _of_the_ratio(method, below):
    """Whether a test keeps its level where spreads alone differ; the others are tests of equal distributions."""
    if method.startswith("rank_sum"):
        return False
    return not below or method in ("likelihood_ratio_t", "changes_t")


def _sample(group, first, second, lloq, quantity):
    parts = [(np.where(x < lloq, -np.inf, x), np.maximum(x, lloq)) for x in (first, second)]
    used = parts if quantity == "change" else parts[1:]
    covariates, names = np.empty((len(group), 0)), ()
    if quantity == "adjusted":
        covariates, names = entered_baseline(parts[0])[0][:, None], ("baseline",)
        if np.ptp(covariates) == 0:
            covariates, names = np.empty((len(group), 0)), ()
    people = np.array([f"P{index:03d}" for index in range(len(group))], object)
    return Sample(people, group, tuple(used), second < lloq, covariates, names, 0, 0, 0)


def _accepts(truth):
    """Profile limits narrowed to the truth: they hold it if the likelihood ratio accepts it, one fit instead of a dozen."""

    def limits(profile, _estimate, maximum, limit, _step):
        accepted = 2 * (maximum - profile(truth)) <= limit
        return (truth, truth) if accepted else (truth + 1, truth + 2)

    return limits


def _rivals(tally, found, group, x, lloq):
    """What else could be done with the same values."""
    lower, upper = found.parts[0]
    below = np.isneginf(lower)
    m = int((group == 0).sum())
    half = np.where(below, lloq - np.log(2), x)
    tally.test("rival: LLOQ/2, Welch", welch(half[m:], half[:m]).p)
    if not below.any():
        return
    tally.test("rival: Gehan, not re-censored", order_test(lower, upper, m, PERMUTATIONS, 1).p)
    low, high = found.recensored
    scores = np.round(1e3 * _log_rank_scores(np.where(np.isneginf(low), high, low), np.isneginf(low))).astype(int)
    tally.test("rival: log-rank, permuted", _permuted(scores, m))
    design = np.column_stack([np.ones(len(group)), group == 1]).astype(float)
    marks = np.column_stack([group == 0, group == 1]).astype(float)
    for name, spread in (("rival: likelihood, one SD", None), ("rival: likelihood, two SD", marks)):
        with patch.object(censored_regression, "profile_limits", lambda *_: (0.0, 0.0)):
            p = censored_regression.effect(design, 1, lower, upper, spread=spread).p if (~below).any() else np.nan
        tally.test(name, p)


def _log_rank_scores(value, below):
    """Scores of the log-rank test of values reversed: the largest are the first events."""
    hazard = np.zeros(len(value))
    for event in np.unique(value[~below]):
        hazard[value <= event] += ((value == event) & ~below).sum() / (value <= event).sum()
    return (~below) - hazard


def _permuted(scores, m):
    if len(scores) <= 16:
        return rank_sum_test(scores, m).p
    random = np.random.default_rng(1)
    sums = np.array([random.permutation(scores)[:m].sum() for _ in range(PERMUTATIONS)])
    middle = m * scores.mean()
    return (1 + (np.abs(sums - middle) >= abs(scores[:m].sum() - middle) - 1).sum()) / (PERMUTATIONS + 1)


def cells():
    """(function, its arguments, labels) of every cell."""
    for (n, m), below, (name, (spread, factor)) in product(SIZES, BELOW, SCENARIOS.items()):
        if factor > 1 and not below:
            continue
        ratio = 1.0 if name != "difference" else 1 / 3 if max(n, m) <= 7 else 1 / 2
        for quantity in ("value", "change", "adjusted"):
            labels = {"n": n, "m": m, "below": below, "scenario": name, "ratio": round(ratio, 2), "quantity": quantity}
            yield groups, (n, m, below, ratio, spread, factor, quantity), labels
