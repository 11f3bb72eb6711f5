"""What one comparison of two groups says: the estimate with its interval, the p that carries the claim, the p beside it.

Up to 60 participants a permutation test carries the claim: whole participants are permuted, and the statistic is studentised
with a variance of each group, so that it keeps its level where spreads differ too. With fewer than 100 arrangements, such as
4 beside 4, no permutation can reach much below 0.05: there, and above 60 participants, Student's t (or the likelihood
ratio calibrated by t) carries it, but above 60 with results outside the limits the ranks of the re-censored results: with a
standard deviation of its own for each group the likelihood finds half as much (50 and 50, 60 % below the LLOQ, a halving: 36
against 75 %). With results outside the limits permutations and ranks are tests of equal distributions: of 15 and 15, 80 %
below the LLOQ, spreads 1.5 times apart alone make them reject in one study of ten. What does not carry the claim stands beside.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from immunoassay.statistics.censored_ranks import order_scores, order_test
from immunoassay.statistics.censored_regression import effect, expected_residuals, fit_regression, joint_ratio
from immunoassay.statistics.changes_between_groups import difference_of_changes
from immunoassay.statistics.comparison_data import Sample
from immunoassay.statistics.correlation import ENUMERATED
from immunoassay.statistics.freedman_lane import group_orders, orders_of, p_of, permuted_f, permuted_t
from immunoassay.statistics.linear_model import adjusted_means, contrast, fit_linear, full_rank, joint_f
from immunoassay.statistics.two_samples import hodges_lehmann_shift, welch

PERMUTED = 60  # participants up to which they are permuted
FEWEST_ARRANGEMENTS = 100


class Permutable(NamedTuple):
    """What a permutation needs: residuals without the factor, the design with its `columns`, whose rows these are."""

    participants: np.ndarray
    residuals: np.ndarray
    design: np.ndarray
    columns: list[int]
    censored: bool

    def statistics(self, orders: np.ndarray) -> np.ndarray:
        """The statistic in every order of the rows."""
        if len(self.columns) == 1:
            return permuted_t(self.residuals, self.design, self.columns[0], orders)
        return permuted_f(self.residuals, self.design, self.columns, orders)


class P(NamedTuple):
    """A p value (NaN: none), the code of its test, the smallest p attainable."""

    value: float = np.nan
    method: str = "none"
    floor: float = np.nan


NOTHING = P()


def two_groups(
    sample: Sample, level: int, adjusted: bool, settings: Mapping[str, Any]
) -> tuple[dict[str, Any], Permutable | None]:
    """Columns of the row that compares group `level` with group 0, and what permutes it.

    Estimate, limits and centres are differences and means of the bounds of the sample (of logarithms: not yet ratios).
    """
    if not adjusted:
        sample = sample.of((sample.group == 0) | (sample.group == level))
    row = _counted(sample, level)
    present = [each for each in np.unique(sample.group) if each]
    if not row["n_level"] or not row["n_reference"]:
        return {**row, "reason_code": "nobody_in_a_group"}, None
    marks = np.column_stack([sample.group == each for each in present]).astype(float)
    design = np.column_stack([np.ones(len(marks)), marks, sample.covariates])
    column = 1 + present.index(level)
    spread = np.column_stack([(sample.group == each).astype(float) for each in (0, *present)])
    if not full_rank(design):
        return {**row, "reason_code": "not_determined"}, None
    lower, upper = sample.bounds
    columns = list(range(1, 1 + len(present)))
    if (lower == upper).all():
        found, by_t, residuals = _complete(row, sample, design, column, columns, level, settings["confidence"])
    else:
        found, by_t, residuals = _censored(row, sample, design, column, columns, spread, level, settings["confidence"])
    own = Permutable(sample.participants, residuals, design, [column], bool((lower != upper).any()))
    carried, beside = _claim(own, sample, by_t, level, settings)
    found.update(p=carried.value, p_method_code=carried.method, p_floor=carried.floor)
    found.update(p_beside=beside.value, p_beside_method_code=beside.method)
    return found, own


def several_groups(sample: Sample, adjusted: bool, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of the row that asks whether the groups, more than two, differ at all: Kruskal and Wallis by permutation;
    adjusted for covariates the F of the model (of censored outcomes its likelihood ratio).
    """
    row = _counted(sample, None)
    present = list(np.unique(sample.group))
    if len(present) < 2:
        return {**row, "reason_code": "nobody_in_a_group"}
    marks = np.column_stack([sample.group == each for each in present[1:]]).astype(float)
    design = np.column_stack([np.ones(len(marks)), marks, sample.covariates])
    columns = list(range(1, len(present)))
    if not full_rank(design):
        return {**row, "reason_code": "not_determined"}
    lower, upper = sample.bounds
    complete = bool((lower == upper).all())
    if not (lower == upper).any():
        return {**row, "reason_code": "nothing_quantified"}
    by_model = NOTHING
    if not adjusted:
        scores = order_scores(*sample.recensored).astype(float)
        residuals, name = scores - scores.mean(), "kruskal_wallis"
    else:
        residuals = _residuals(sample, np.delete(design, columns, axis=1))
        name = "freedman_lane_f" if complete else "residuals_permuted_f"
        p = joint_f(design, columns, lower)[1] if complete else joint_ratio(design, columns, lower, upper)[1]
        by_model = NOTHING if np.isnan(p) else P(p, "f" if complete else "likelihood_ratio_f")
    carried = by_model
    if not adjusted or len(sample.group) <= PERMUTED:
        own = Permutable(sample.participants, residuals, design, columns, not complete)
        orders, how = _orders(sample, settings)
        p, floor = p_of(own.statistics(orders))
        carried = P(p, f"{name}_{how}", floor)
    beside = by_model if carried is not by_model else NOTHING
    row.update(p=carried.value, p_method_code=carried.method, p_floor=carried.floor)
    return {**row, "p_beside": beside.value, "p_beside_method_code": beside.method}


def _counted(sample, level):
    """The columns of every row, without an estimate."""
    first = sample.group == 0
    second = sample.group == level if level is not None else ~first
    n, m = int(second.sum()), int(first.sum())
    below = [int(sample.below[rows].sum()) for rows in (second, first)]
    numbers = ("centre_level", "centre_reference", "estimate", "low", "high", "p", "p_floor", "p_beside")
    return {
        "n_level": n,
        "n_reference": m,
        "n_unknown": sample.unknown,
        "n_lacking": sample.lacking,
        "below_level": below[0],
        "below_reference": below[1],
        "share_below": sum(below) / (n + m) if n + m else np.nan,
        "covariates": ", ".join(sample.names),
        "baseline_below": sample.baseline_below,
        **dict.fromkeys((*numbers, "hodges_lehmann", "hodges_lehmann_low", "hodges_lehmann_high"), np.nan),
        **dict.fromkeys(("interval_method_code", "p_method_code", "p_beside_method_code"), "none"),
        "hodges_lehmann_method_code": "none",
        "reason_code": "",
    }


def _complete(row, sample, design, column, columns, level, confidence):
    """With every value quantified: (row, t, residuals without the factor)."""
    value = sample.bounds[0]
    fit = fit_linear(design, value)
    weights = np.eye(design.shape[1])[column]
    if sample.names or len(columns) > 1:
        found, name = contrast(design, weights, value, confidence), "hc2_t"
        means = adjusted_means(design, fit.beta, columns)
        centres = means[column], means[0]
    else:
        groups = value[sample.group == level], value[sample.group == 0]
        found, name = welch(*groups, confidence), "welch_t"
        centres = tuple(float(part.mean()) for part in groups)
        shift = hodges_lehmann_shift(*groups, confidence)
        bounded = np.isfinite(shift.low)
        row.update(hodges_lehmann=shift.estimate)
        if bounded:
            row.update(hodges_lehmann_low=shift.low, hodges_lehmann_high=shift.high)
            row.update(hodges_lehmann_method_code="pairwise_differences")
    row.update(centre_level=centres[0], centre_reference=centres[1], estimate=found.estimate)
    residuals = fit_linear(np.delete(design, column, axis=1), value).residuals
    if np.isnan(found.low):
        alone = min(row["n_level"], row["n_reference"]) < 2
        row["reason_code"] = "one_in_a_group" if alone else "no_variation"
        return row, NOTHING, residuals
    row.update(low=found.low, high=found.high, interval_method_code=name)
    return row, P(found.p, name), residuals


def _censored(row, sample, design, column, columns, spread, level, confidence):
    """With values outside the limits: (row, likelihood ratio, residuals without the factor)."""
    lower, upper = sample.bounds
    residuals = _residuals(sample, np.delete(design, column, axis=1))
    if not (lower == upper).any():
        row["reason_code"] = "nothing_quantified"
        return row, NOTHING, residuals
    if len(sample.parts) > 1:
        return _changes(row, sample, level, confidence, residuals)
    groups = sample.group == level, sample.group == 0
    found = effect(design, column, lower, upper, confidence, spread)
    row["reason_code"] = found.reason
    if np.isnan(found.p):
        return row, NOTHING, residuals
    bounded = np.isfinite(found.low) or np.isfinite(found.high)
    if not np.isnan(found.estimate) and bounded:
        means = adjusted_means(design, found.regression.beta, columns)
        row.update(centre_level=means[column], centre_reference=means[0], estimate=found.estimate)
    elif bounded:
        alone = [float(fit_regression(design[rows][:, :1], lower[rows], upper[rows]).beta[0]) for rows in groups]
        row.update(centre_level=alone[0], centre_reference=alone[1])
    if bounded:
        row.update(low=found.low, high=found.high, interval_method_code="regression_profile_t")
    else:
        row["reason_code"] = row["reason_code"] or "unbounded"
    return row, P(found.p, "likelihood_ratio_t"), residuals


def _changes(row, sample, level, confidence, residuals):
    """The change of a group less that of the reference, from both visits together."""
    pair = sample.of((sample.group == 0) | (sample.group == level))
    found = difference_of_changes(*pair.parts, pair.group == level, confidence)
    if np.isnan(found.p):
        row["reason_code"] = "few_changes_in_a_group"
        return row, NOTHING, residuals
    estimate, low, high = found.interval
    row.update(centre_level=found.second, centre_reference=found.first, estimate=estimate, low=low, high=high)
    row["interval_method_code"] = "changes_t"
    return row, P(found.p, "changes_t"), residuals


def _residuals(sample, design):
    """Residuals of the re-censored outcome without the factor; ranks where the regression has no maximum."""
    lower, upper = sample.recensored
    if (lower == upper).all():
        return fit_linear(design, lower).residuals
    found = expected_residuals(design, lower, upper)
    return order_scores(lower, upper).astype(float) if found is None else found


def _claim(own, sample, by_t, level, settings):
    """(the p that carries the claim, the p beside it)."""
    n, plain = len(own.residuals), not sample.names and own.design.shape[1] == 2
    permuted, ways = NOTHING, 0
    if n <= PERMUTED:
        orders, how = _orders(sample, settings)
        name = "residuals_permuted" if own.censored else "welch_permuted" if plain else "freedman_lane"
        p, floor = p_of(own.statistics(orders))
        permuted, ways = P(p, f"{name}_{how}", floor), len(orders)
    ranked = NOTHING
    if plain:
        lower, upper = sample.recensored
        # the scores are of the smaller group or the larger: the distance from the mean is the same
        found = order_test(lower, upper, int((sample.group == 0).sum()), settings["permutations"], settings["seed"])
        name = "rank_sum_recensored" if own.censored else "rank_sum"
        ranked = P(found.p, f"{name}_{'all' if found.exact else 'drawn'}", found.floor)
    others = [ranked, by_t] if plain else [by_t, permuted]
    carried = permuted if ways >= FEWEST_ARRANGEMENTS else ranked if own.censored and n > PERMUTED else by_t
    carried = next((each for each in (carried, by_t, ranked, permuted) if not np.isnan(each.value)), NOTHING)
    beside = next((each for each in others if each is not carried and not np.isnan(each.value)), NOTHING)
    return carried, beside


def _orders(sample, settings):
    """Orders of the rows, the present one first, and whether they are all or drawn."""
    n = len(sample.group)
    if not sample.names:
        every = group_orders(tuple(np.unique(sample.group, return_counts=True)[1].tolist()), settings["permutations"])
        if every is not None:
            return every, "all"
    return orders_of(n, settings["permutations"], settings["seed"]), "all" if n <= ENUMERATED else "drawn"
