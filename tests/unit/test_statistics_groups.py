"""Groups and arms compared: what the methods do at their edges, and what the table says."""

import numpy as np
import pandas as pd
import pytest
from benchmarks.statistics_data import observe
from immunoassay.statistics import (
    bivariate,
    censored_ranks,
    censored_regression,
    comparison_data,
    comparison_families,
    comparison_rows,
    freedman_lane,
    linear_model,
    two_samples,
)
from immunoassay.statistics import settings as choices
from immunoassay.statistics.changes_between_groups import difference_of_changes
from immunoassay.statistics.group_centres import group_centres
from immunoassay.words import comparison_words
from scipy import stats
from tests.statistic_frames import group_comparisons

pytestmark = pytest.mark.filterwarnings("error")
SETTINGS = {"primary_visit": "V1", "compare": {"arm": "placebo"}, "permutations": 2000}


def study(sizes=(6, 7), names=3, visits=2, effect=1.0, below=0.0, seed=1, scores=1):
    """Observations and people of groups of these sizes: placebo first; later visits of the others lower by `effect`."""
    random = np.random.default_rng(seed)
    n = sum(sizes)
    group = np.repeat(range(len(sizes)), sizes)
    later = (np.arange(visits) > 0)[None, None, :]
    x = 0.8 * random.normal(size=(names, n, 1)) + 0.6 * random.normal(size=(names, n, visits))
    x = x - effect * (group > 0)[None, :, None] * later
    points = np.round(20 + 4 * random.normal(size=(scores, n, 1)) + random.normal(size=(scores, n, visits)))
    points = points - 5 * (group > 0)[None, :, None] * later
    lloq = float(np.exp(np.quantile(x, below))) if below else 1e-9
    observations = observe(np.exp(x), points, lloq, 1e9)
    arms = np.array(["placebo", "active", "high", "low"])[group]
    people = pd.DataFrame({"participant": [f"P{i + 1:03d}" for i in range(n)], "arm": arms})
    people["age"], people["sex"] = random.normal(50, 9, n), np.where(random.random(n) < 0.5, "F", "M")
    return observations, people, x, points


def line(frame, variable="biomarker 001", quantity="value", visit="V1", level="active", factor="arm"):
    """The one row of these names."""
    names = {"variable": variable, "quantity": quantity, "visit": visit, "level": level, "factor": factor}
    found = frame[np.all([frame[key] == value for key, value in names.items()], axis=0)]
    assert len(found) == 1
    return found.iloc[0]


# --- methods


def test_the_rank_sum_test_is_that_of_scipy_with_and_without_ties_and_when_splits_are_drawn():
    random = np.random.default_rng(3)
    for m, n in ((4, 4), (3, 9), (9, 3), (12, 15)):
        x, y = random.normal(size=m), random.normal(1, size=n)
        found = two_samples.exact_wilcoxon(x, y)
        assert found.p == pytest.approx(stats.mannwhitneyu(x, y, method="exact").pvalue, abs=1e-12)
        assert found.exact and two_samples.exact_wilcoxon(y, x).p == pytest.approx(found.p, abs=1e-12)
    assert two_samples.exact_wilcoxon([1, 2, 3, 4], [5, 6, 7, 8]).floor == pytest.approx(2 / 70)
    x, y = np.round(random.normal(size=7)), np.round(random.normal(1, size=6))
    method = stats.PermutationMethod(n_resamples=np.inf)
    ranks = stats.rankdata(np.concatenate([x, y]))
    distance = stats.permutation_test(
        (ranks[:7], ranks[7:]), lambda a, b: abs(a.sum() - 7 * 7), permutation_type="independent", alternative="greater",
        n_resamples=method.n_resamples, vectorized=False,
    ).pvalue  # fmt: skip
    assert two_samples.exact_wilcoxon(x, y).p == pytest.approx(distance, abs=1e-12)
    x, y = random.normal(size=250), random.normal(0.2, size=120)
    drawn = two_samples.exact_wilcoxon(x, y)
    assert not drawn.exact and drawn.p == pytest.approx(stats.mannwhitneyu(x, y).pvalue, abs=0.02)


def test_fifty_beside_fifty_is_exact():
    random = np.random.default_rng(4)
    x, y = random.normal(size=50), random.normal(0.3, size=50)
    found = two_samples.exact_wilcoxon(x, y)
    assert found.exact and found.p == pytest.approx(stats.mannwhitneyu(x, y, method="exact").pvalue, rel=1e-9)


def test_nothing_is_said_of_an_empty_sample_and_no_interval_of_too_few():
    assert np.isnan(two_samples.exact_wilcoxon([], [1.0]).p) and np.isnan(two_samples.welch([], [1.0]).estimate)
    assert two_samples.hodges_lehmann_shift([1, 2], [3, 4]) == (-2.0, -np.inf, np.inf)
    alone = two_samples.welch([1.0], [1.0, 2.0])
    assert alone.estimate == -0.5 and np.isnan(alone.low) and np.isnan(alone.p)


def test_the_error_of_a_contrast_is_that_of_welch_without_covariates():
    random = np.random.default_rng(5)
    x, y = random.normal(size=7), 3 * random.normal(size=21)
    design = np.column_stack([np.ones(28), np.repeat([1.0, 0.0], [7, 21])])
    found, welch = linear_model.contrast(design, [0, 1], np.concatenate([x, y])), two_samples.welch(x, y)
    assert found.error == pytest.approx(welch.error, rel=1e-12) and found.estimate == pytest.approx(welch.estimate)
    # with equal variances both have the same degrees of freedom
    z = np.concatenate([[-1.0, 0, 1], [-1.0, 0, 1]])
    design = np.column_stack([np.ones(6), np.repeat([1.0, 0.0], 3)])
    assert linear_model.contrast(design, [0, 1], z).df == pytest.approx(4)


def test_one_who_alone_determines_a_coefficient_leaves_no_error():
    design = np.column_stack([np.ones(5), [1, 0, 0, 0, 0]])
    assert np.isnan(linear_model.contrast(design, [0, 1], [3, 1, 2, 1, 2]).low)


def test_a_permuted_statistic_of_two_groups_is_welch_s_t_in_every_split():
    random = np.random.default_rng(6)
    values = random.normal(size=7)
    orders = freedman_lane.group_orders((3, 4), 100)
    design = np.column_stack([np.ones(7), np.repeat([0.0, 1.0], [3, 4])])
    found = freedman_lane.permuted_t(values - values.mean(), design, 1, orders)
    assert len(orders) == 35 and len({tuple(sorted(order[:3])) for order in orders}) == 35
    for statistic, order in zip(found, orders, strict=True):
        t = stats.ttest_ind(values[order[:3]], values[order[3:]], equal_var=False).statistic
        assert statistic == pytest.approx(abs(t), rel=1e-9)
    assert list(orders[0]) == list(range(7))


def test_an_order_of_several_groups_is_every_split_once():
    orders = freedman_lane.group_orders((2, 1, 2), 1000)
    assert len(orders) == 30 == freedman_lane.arrangements((2, 1, 2))
    assert len({(frozenset(o[:2]), o[2], frozenset(o[3:])) for o in orders.tolist()}) == 30
    assert freedman_lane.group_orders((10, 10), 1000) is None


def test_a_regression_without_censoring_is_least_squares():
    random = np.random.default_rng(7)
    x, group = random.normal(size=20), np.repeat([0.0, 1.0], 10)
    y = 1 + 0.5 * x - 0.7 * group + random.normal(size=20)
    design = np.column_stack([np.ones(20), group, x])
    found, fit = censored_regression.effect(design, 1, y, y), linear_model.fit_linear(design, y)
    half = stats.t.ppf(0.975, fit.df) * np.sqrt(fit.covariance[1, 1])
    assert found.estimate == pytest.approx(fit.beta[1], abs=1e-7)
    assert (found.low, found.high) == pytest.approx((fit.beta[1] - half, fit.beta[1] + half), abs=1e-5)
    assert found.p == pytest.approx(2 * stats.t.sf(abs(fit.beta[1]) / np.sqrt(fit.covariance[1, 1]), fit.df), rel=1e-6)
    assert censored_regression.expected_residuals(design, y, y) == pytest.approx(
        fit.residuals / np.sqrt(np.mean(fit.residuals**2)), abs=1e-6
    )


def test_a_group_that_is_all_below_has_a_bound_and_a_test_on_the_right_side():
    y = np.array([1.0, 2.0, 0.5, 1.5, np.nan, np.nan, np.nan, np.nan])
    lower, upper = np.where(np.isnan(y), -np.inf, y), np.where(np.isnan(y), 0.3, y)
    mark = np.isnan(y).astype(float)
    down = censored_regression.effect(np.column_stack([np.ones(8), mark]), 1, lower, upper)
    up = censored_regression.effect(np.column_stack([np.ones(8), 1 - mark]), 1, lower, upper)
    assert np.isnan(down.estimate) and down.low == -np.inf and down.high < 0 and down.reason == "one_side"
    assert (up.low, up.high) == pytest.approx((-down.high, np.inf)) and up.p == pytest.approx(down.p) and down.p < 0.05
    # at the bound the likelihood has fallen as far as the interval allows
    fit = censored_regression.fit_regression
    rest = np.ones((8, 1))
    far = fit(rest, lower - mark * -50, upper - mark * -50).log_likelihood
    at = fit(rest, lower - mark * down.high, upper - mark * down.high).log_likelihood
    assert 2 * (far - at) == pytest.approx(censored_regression.drop(8, 0.95, 6, 6), rel=1e-5)


def test_a_likelihood_needs_two_quantified_values_beyond_its_coefficients():
    """With one the interval covers 80 % (7 beside 7, 80 % below)."""
    y = np.array([0.4, 1.1, 0.9, 1.6, np.nan, np.nan, np.nan, np.nan])
    design = np.column_stack([np.ones(8), [0, 1, 0, 1, 0, 1, 0, 1]])
    for quantified, answered in ((4, True), (3, False)):
        known = np.where(np.arange(8) < quantified, y, np.nan)
        lower, upper = np.where(np.isnan(known), -np.inf, known), np.where(np.isnan(known), 0.3, known)
        found = censored_regression.effect(design, 1, lower, upper)
        assert np.isfinite(found.p) == answered and (found.reason == "") == answered
    assert found.reason == "censored_few_quantified"


def test_values_are_recensored_at_the_highest_limit():
    low, high = censored_ranks.recensored([-np.inf, 0.5, 2.0, 1.0, 5.0, 9.0], [1.0, 0.5, 2.0, 1.0, np.inf, 9.0])
    assert list(low) == [-np.inf, -np.inf, 2.0, 1.0, 5.0, 5.0] and list(high) == [1.0, 1.0, 2.0, 1.0, np.inf, np.inf]
    assert list(censored_ranks.order_scores(low, high)) == [-4, -4, 2, 0, 4, 4][:2] + [1, -1, 4, 4]


def test_a_limit_that_follows_the_groups_makes_no_difference():
    """One group read at ten times the LLOQ, nothing different: substitution finds a rise, the comparison does not."""
    random = np.random.default_rng(8)
    rejected, rival = 0, 0
    for _ in range(60):
        x, group = random.normal(size=24), np.repeat([0, 1], 12)
        lloq = np.where(group == 1, np.log(10) - 0.5, -0.5)
        lower, upper = np.where(x < lloq, -np.inf, x), np.maximum(x, lloq)
        people = np.array([f"P{i:02d}" for i in range(24)], object)
        sample = comparison_data.Sample(people, group, ((lower, upper),), x < lloq, np.empty((24, 0)), (), 0, 0, 0)
        row, _ = comparison_rows.two_groups(sample, 1, False, {"confidence": 0.95, "permutations": 199, "seed": 1})
        rejected += row["p"] <= 0.05
        half = np.where(x < lloq, lloq - np.log(2), x)
        rival += two_samples.welch(half[group == 1], half[group == 0]).p <= 0.05
    assert rejected <= 3 and rival >= 40


def test_small_groups_of_any_kind_are_never_a_crash():
    """Ties, all below, above the ULOQ, covariates, groups of one: every answer is in order or there is none."""
    random = np.random.default_rng(1)
    for _ in range(120):
        sizes = random.integers(1, 7, size=random.integers(2, 4))
        group, n = np.repeat(range(len(sizes)), sizes), sizes.sum()
        x = random.normal(size=(2, n)) + 8 * (group == 1) * random.choice([-1, 0, 0, 0, 1])
        x = np.round(x) if random.random() < 0.3 else x
        limit = random.normal(size=n) * random.choice([0, 0.5]) + random.normal(0, 1.2)
        roof = limit + random.choice([1.5, 50])
        parts = [
            (np.where(v < limit, -np.inf, np.minimum(v, roof)), np.where(v > roof, np.inf, np.maximum(v, limit)))
            for v in x
        ]
        kind = random.integers(3)
        covariates = random.normal(size=(n, random.integers(1, 3) if kind == 2 else 0))
        names = ("a", "b")[: covariates.shape[1]]
        used = tuple(parts if kind == 1 else parts[1:])
        people = np.array([f"P{i:02d}" for i in range(n)], object)
        sample = comparison_data.Sample(people, group, used, x[1] < limit, covariates, names, 0, 0, 0)
        chosen = {"confidence": 0.95, "permutations": 150, "seed": 1}
        for level in range(1, len(sizes)):
            row, _ = comparison_rows.two_groups(sample, level, kind == 2, chosen)
            if not np.isnan(row["estimate"]) and not np.isnan(row["low"]):
                assert row["low"] - 1e-9 <= row["estimate"] <= row["high"] + 1e-9
            assert np.isnan(row["p"]) or 0 <= row["p"] <= 1 + 1e-9
            assert not np.isnan(row["p"]) or row["reason_code"]
        if len(sizes) > 2:
            row = comparison_rows.several_groups(sample, kind == 2, chosen)
            assert not np.isnan(row["p"]) or row["reason_code"]


def test_values_that_a_regression_explains_entirely_give_no_likelihood():
    """Two quantified values of a group lie on any line of intercept and slope: its spread would shrink to nothing."""
    x = np.array([0.0, 1, 2, 3, 0.5, 1.5, 2.5])
    y = np.array([0.1, 1.2, 2.0, 2.9, 0.7, np.nan, 1.9])
    lower, upper = np.where(np.isnan(y), -np.inf, y), np.where(np.isnan(y), 3.0, y)
    group = np.repeat([0.0, 1.0], [4, 3])
    design, spread = np.column_stack([np.ones(7), group, x]), np.column_stack([1 - group, group])
    found = censored_regression.effect(design, 1, lower, upper, spread=spread)
    assert found.regression.sigma.size == 1 and np.isfinite(found.estimate)
    few = censored_regression.fit_regression(
        design[:, [0, 2]], np.where(np.arange(7) > 1, -np.inf, y), np.where(np.isnan(y), 3, y)
    )
    assert few.reason == "censored_few_quantified"


# --- the table


def test_the_rows_of_a_study_are_there_and_say_what_the_methods_say():
    observations, people, x, points = study()
    frame = group_comparisons(observations, people, SETTINGS)
    at_baseline, later = frame["visit"] == "V0", frame["visit"] == "V1"
    assert set(frame.loc[at_baseline, "quantity"]) == {"value"}
    assert set(frame.loc[later, "quantity"]) == {"value", "change", "adjusted"}
    row = line(frame)
    welch = two_samples.welch(x[0, 6:, 1], x[0, :6, 1])
    assert (row["estimate"], row["low"], row["high"]) == pytest.approx(tuple(np.exp(welch[:3])))
    assert (row["n_level"], row["n_reference"], row["measure"], row["reference"]) == (7, 6, "ratio", "placebo")
    assert row["p_method_code"] == "welch_permuted_all" and row["p_beside_method_code"] == "rank_sum_all"
    assert row["p_beside"] == pytest.approx(two_samples.exact_wilcoxon(x[0, 6:, 1], x[0, :6, 1]).p)
    assert row["centre_level"] == pytest.approx(np.exp(x[0, 6:, 1].mean()))
    change = line(frame, "score 001", "change")
    gain = points[0, :, 1] - points[0, :, 0]
    assert change["estimate"] == pytest.approx(gain[6:].mean() - gain[:6].mean()) and change["measure"] == "difference"
    adjusted = line(frame, quantity="adjusted")
    design = np.column_stack([np.ones(13), np.repeat([0.0, 1.0], [6, 7]), x[0, :, 0]])
    fit = linear_model.fit_linear(design, x[0, :, 1])
    assert adjusted["estimate"] == pytest.approx(np.exp(fit.beta[1])) and adjusted["covariates"] == "baseline"
    assert adjusted["p_method_code"] == "freedman_lane_drawn" and adjusted["p_beside_method_code"] == "hc2_t"


def test_four_beside_four_rests_on_t_and_says_so():
    observations, people, *_ = study((4, 4))
    row = line(group_comparisons(observations, people, SETTINGS))
    assert row["p_method_code"] == "welch_t" and row["p_beside_method_code"] == "rank_sum_all"
    assert "it rests on normally distributed logarithms" in row["words"]
    observations, people, *_ = study((5, 5))
    assert line(group_comparisons(observations, people, SETTINGS))["p_method_code"] == "welch_permuted_all"


def test_above_sixty_participants_ranks_or_the_model_carry_the_claim_and_holm_adjusts():
    observations, people, *_ = study((31, 30), names=3, below=0.2)
    frame = group_comparisons(observations, people, SETTINGS)
    assert set(frame["p_method_code"]) == {"welch_t", "rank_sum_recensored_all", "likelihood_ratio_t", "hc2_t"}
    censored = frame[frame["p_method_code"] == "rank_sum_recensored_all"]
    assert set(censored["p_beside_method_code"]) == {"likelihood_ratio_t", "changes_t"}
    family = frame[frame["family_code"].notna() & (frame["kind"] == "biomarker")]
    assert set(family["adjusted_method_code"]) == {"holm"} and len(family) == 3
    assert "The first p tests that the two distributions are equal" in line(frame)["words"]


def test_changes_of_two_groups_are_compared_by_welch():
    random = np.random.default_rng(7)
    second = np.repeat([False, True], [9, 12])
    before, after = random.normal(size=(2, 21))
    whole = difference_of_changes((before, before), (after, after), second, 0.95)
    known = stats.ttest_ind((after - before)[second], (after - before)[~second], equal_var=False)
    assert whole.p == pytest.approx(known.pvalue)
    assert whole.interval[1:] == pytest.approx(tuple(known.confidence_interval()))
    # values below a limit: the sign follows the groups
    lower = [np.where(part < -0.5, -np.inf, part) for part in (before, after)]
    upper = [np.maximum(part, -0.5) for part in (before, after)]
    pairs = (lower[0], upper[0]), (lower[1], upper[1])
    one, other = (difference_of_changes(*pairs, rows, 0.95) for rows in (second, ~second))
    assert one.interval == pytest.approx((-other.interval[0], -other.interval[2], -other.interval[1]), abs=1e-4)
    assert one.p == pytest.approx(other.p) and one.first == pytest.approx(other.second)
    few = np.where(np.arange(21) < 6, after, -np.inf)
    assert np.isnan(difference_of_changes(pairs[0], (few, np.maximum(few, -0.5)), second, 0.95).p)


def test_the_standard_error_of_a_change_is_that_of_its_likelihood():
    """Half of the fall of twice the log-likelihood one standard error away is a half, where the curve is near a parabola."""
    random = np.random.default_rng(3)
    x, e = random.normal(size=(2, 300))
    y = 0.6 * x + 0.8 * e
    bounds = [np.where(x < -0.5, -np.inf, x), np.maximum(x, -0.5), np.where(y < -0.5, -np.inf, y), np.maximum(y, -0.5)]
    fit = bivariate.fit_bivariate(*bounds)
    error = bivariate.delta_error(*bounds, fit)
    influence = bivariate.delta_influence(*bounds, fit)
    assert influence.sum() == pytest.approx(0, abs=1e-4)
    without = bivariate.fit_bivariate(*(np.delete(part, 3) for part in bounds))
    assert without.delta - fit.delta == pytest.approx(-influence[3], rel=0.3)
    for side in (-1, 1):
        assert bivariate.likelihood_ratio(*bounds, fit, fit.delta + side * error) == pytest.approx(1, rel=0.03)


def test_the_family_is_the_adjusted_value_at_the_primary_visit_and_holds_its_level():
    observations, people, *_ = study((8, 8), names=4, visits=3)
    frame = group_comparisons(observations, people, SETTINGS)
    family = frame[frame["family_code"].notna()]
    assert set(family["quantity"]) == {"adjusted"} and set(family["visit"]) == {"V1"}
    biomarkers = family[family["kind"] == "biomarker"]
    assert list(biomarkers["family_size"]) == [4] * 4 and set(biomarkers["adjusted_method_code"]) == {"min_p_groups"}
    assert (family["p_adjusted"] >= family["p"]).all() and (
        biomarkers["p_adjusted"] <= 4 * biomarkers["p"] + 0.01
    ).all()
    alone = family[family["kind"] == "score"].iloc[0]
    assert alone["p_adjusted"] == alone["p"]


def test_tests_of_both_kinds_are_adjusted_by_their_p_values():
    observations, people, x, _ = study((8, 8), names=2, below=0.3)
    complete = observations["variable"] == "biomarker 001"
    full = observe(np.exp(x), np.empty((0, 16, 2)), 1e-9, 1e9)
    mixed = pd.concat([full[full["variable"] == "biomarker 001"], observations[~complete]], ignore_index=True)
    frame = group_comparisons(mixed, people, SETTINGS)
    family = frame[frame["family_code"].notna() & (frame["kind"] == "biomarker")]
    assert set(family["adjusted_method_code"]) == {"min_p_groups"} and len(family) == 2
    assert (family["p_adjusted"] <= 2 * family["p"] + 0.02).all()


def test_max_t_of_equal_variables_is_the_raw_p():
    """Variables that say the same are one test; Holm would count them all."""
    random = np.random.default_rng(9)
    values = random.normal(size=14) + np.repeat([0, 1.5], 7)
    design = np.column_stack([np.ones(14), np.repeat([0.0, 1.0], 7)])
    people = np.array([f"P{i:02d}" for i in range(14)], object)
    own = comparison_rows.Permutable(people, values - values.mean(), design, [1], False)
    orders = freedman_lane.orders_of(14, 5000, 1)
    p, _ = freedman_lane.p_of(own.statistics(orders))
    rows = [{"p": p} for _ in range(6)]
    comparison_families.adjust_family(rows, [own] * 6, {"permutations": 5000, "seed": 1})
    assert [row["p_adjusted"] for row in rows] == pytest.approx([p] * 6, abs=1e-9)
    comparison_families.adjust_family(rows, [None] * 6, {})
    assert rows[0]["adjusted_method_code"] == "holm" and rows[0]["p_adjusted"] == pytest.approx(min(1, 6 * p))


def test_permutations_are_shared_by_variables_that_miss_different_participants():
    random = np.random.default_rng(10)
    everyone = [f"P{i:02d}" for i in range(12)]
    members = []
    for gone in (0, 5):
        people = np.array([who for i, who in enumerate(everyone) if i != gone], object)[::-1]
        design = np.column_stack([np.ones(11), np.arange(11) < 5]).astype(float)
        values = random.normal(size=11)
        members.append(comparison_rows.Permutable(people, values - values.mean(), design, [1], False))
    found = comparison_families._shared(members, everyone, {"permutations": 300, "seed": 1})
    for column, own in enumerate(members):
        identity = own.statistics(np.arange(11)[None, :])
        assert found[0, column] == pytest.approx(identity[0])


def test_all_results_of_one_arm_below_are_a_bound_and_a_test():
    observations, people, *_ = study((6, 7), names=1, effect=9.0, below=0.45, seed=2)
    frame = group_comparisons(observations, people, SETTINGS)
    row = line(frame)
    assert row["below_level"] == 7 and row["below_reference"] < 6
    assert np.isnan(row["estimate"]) and row["low"] == 0 and row["high"] < 1 and row["reason_code"] == "one_side"
    assert row["p"] < 0.05 and "at most" in row["words"] and "nan" not in row["words"]
    hidden = (observations["status"] == "below_lloq") & (observations["visit"] == "V0")
    adjusted = line(frame, quantity="adjusted")
    assert adjusted["baseline_below"] == hidden.sum() and adjusted["high"] < 1 and adjusted["p"] < 0.05


def test_nothing_quantified_anywhere_is_said():
    observations, people, *_ = study((5, 5), names=1, below=0.999)
    observations = observations[~((observations["status"] == "quantified") & (observations["kind"] == "biomarker"))]
    row = line(group_comparisons(observations, people, SETTINGS))
    assert row["reason_code"] == "nothing_quantified" and np.isnan(row["estimate"])
    assert row["p"] == 1 and "No estimate: no result lies within the limits." in row["words"]


def test_who_has_no_level_or_no_covariate_is_counted():
    observations, people, *_ = study((6, 7))
    people.loc[[0, 12], "arm"] = None
    people["age"] = people["age"].round().astype("Int64")
    people.loc[3, "age"] = pd.NA
    frame = group_comparisons(observations, people, {**SETTINGS, "covariates": ["age", "sex"]})
    row = line(frame)
    assert (row["n_level"], row["n_reference"], row["n_unknown"]) == (6, 5, 2)
    assert "2 with a result are of no known level" in row["words"]
    adjusted = line(frame, quantity="adjusted")
    assert (adjusted["n_reference"], adjusted["n_lacking"]) == (4, 1) and adjusted["covariates"] == "baseline, age, sex"
    # at baseline too: adjusted for the covariates alone
    assert line(frame, quantity="adjusted", visit="V0")["covariates"] == "age, sex"


def test_a_group_of_one_or_none_is_no_crash():
    observations, people, *_ = study((6, 1))
    row = line(group_comparisons(observations, people, SETTINGS))
    assert row["reason_code"] == "one_in_a_group" and np.isnan(row["low"]) and row["p"] > 0
    observations, people, *_ = study((6, 3))
    gone = observations["participant"].isin(people.loc[people["arm"] == "active", "participant"])
    gone &= (observations["visit"] == "V1") & (observations["kind"] == "biomarker")
    row = line(group_comparisons(observations[~gone], people, SETTINGS))
    assert row["reason_code"] == "nobody_in_a_group" and row["n_level"] == 0 and np.isnan(row["p"])
    people["arm"] = "placebo"
    assert group_comparisons(observations, people, SETTINGS).empty


def test_equal_scores_have_no_interval_and_a_p_of_one():
    observations, people, *_ = study((6, 7), names=1)
    score = (observations["kind"] == "score") & (observations["visit"] == "V1")
    for name in ("value", "lower", "upper"):
        observations.loc[score, name] = 4.0
    row = line(group_comparisons(observations, people, SETTINGS), "score 001")
    assert row["reason_code"] == "no_variation" and np.isnan(row["low"]) and row["p"] == 1 and row["estimate"] == 0


def test_three_levels_have_a_row_for_all_of_them():
    observations, people, x, _ = study((5, 5, 5), names=2)
    frame = group_comparisons(observations, people, SETTINGS)
    row = line(frame, level="all")
    assert (row["n_level"], row["n_reference"]) == (10, 5) and np.isnan(row["estimate"])
    expected = stats.kruskal(*np.split(x[0, :, 1], 3)).pvalue
    assert row["p_method_code"] == "kruskal_wallis_drawn" and row["p"] == pytest.approx(expected, abs=0.03)
    adjusted = line(frame, level="all", quantity="adjusted")
    assert adjusted["p_method_code"] == "freedman_lane_f_drawn" and adjusted["p_beside_method_code"] == "f"
    assert adjusted["p"] == pytest.approx(adjusted["p_beside"], abs=0.05)
    pairs = frame[(frame["family_code"].notna()) & (frame["level"] != "all") & (frame["kind"] == "biomarker")]
    assert list(pairs["family_size"]) == [4] * 4
    assert {line(frame, level=level)["reference"] for level in ("active", "high")} == {"placebo"}


def test_responders_are_made_from_the_score_and_compared_at_baseline():
    observations, people, _, points = study((6, 7), names=2)
    chosen = {**SETTINGS, "compare": {"responder": ""}, "responder_score": "score 001", "mcid": {"score 001": 3.0}}
    frame = group_comparisons(observations, people[["participant"]], chosen)
    improved = (points[0, :, 0] - points[0, :, 1]) >= 3
    row = line(frame, visit="V0", level="responder", factor="responder")
    assert row["reference"] == "non-responder" and row["n_level"] == improved.sum()
    assert set(frame.loc[frame["family_code"].notna(), "visit"]) == {"V0"}
    own = frame[(frame["variable"] == "score 001") & (frame["visit"] == "V1")]
    assert set(own["reason_code"]) == {"makes_the_groups"} and own["p"].isna().all() and own["estimate"].isna().all()
    worse_is_lower = {**chosen, "worse": {"score 001": "lower"}}
    assert group_comparisons(observations, people[["participant"]], worse_is_lower).empty
    assert group_comparisons(observations, people[["participant"]], {**chosen, "mcid": {}}).empty


def test_patients_and_controls_seen_once_are_compared_at_baseline():
    observations, people, *_ = study((6, 7), names=2)
    controls = observations["participant"].isin(people.loc[people["arm"] == "placebo", "participant"])
    observations = observations[~controls | (observations["visit"] == "V0")].reset_index(drop=True)
    is_control = observations["participant"].isin(people.loc[people["arm"] == "placebo", "participant"])
    observations["course_order"] = 1
    observations.loc[is_control, "course"] = "none"
    frame = group_comparisons(observations, people, SETTINGS)
    row = line(frame, visit="V0")
    assert (row["n_level"], row["n_reference"]) == (7, 6) and row["family_size"] == 2
    assert line(frame, visit="V1")["reason_code"] == "nobody_in_a_group"
    centres, levels = group_centres(observations, people, SETTINGS, "arm", "V0")
    assert list(dict.fromkeys(centres["level"])) == ["placebo", "active"] and len(levels) == 13


def test_values_in_log2_units_differ_where_amounts_have_a_ratio():
    observations, people, x, _ = study((6, 7), names=2, below=0.2)
    amounts = group_comparisons(observations, people, SETTINGS)
    values = [
        "value",
        "lower",
        "upper",
        "baseline_lower",
        "baseline_upper",
        "lloq",
        "lower_limit",
        "baseline_lower_limit",
    ]
    biomarker = observations["kind"] == "biomarker"
    log2 = observations.copy()
    with np.errstate(divide="ignore"):
        for name in values:
            log2.loc[biomarker, name] = np.log2(log2.loc[biomarker, name].astype(float))
    log2.loc[biomarker, "unit"] = "NPX"
    log2.loc[biomarker, ["uloq", "baseline_uloq"]] = np.nan
    found = group_comparisons(log2, people, SETTINGS)
    one, two = line(amounts), line(found)
    assert two["measure"] == "difference" and two["estimate"] == pytest.approx(np.log2(one["estimate"]), abs=1e-6)
    assert two["centre_level"] == pytest.approx(np.log2(one["centre_level"]), abs=1e-6) and two["p"] == one["p"]
    assert "NPX (log2)" in two["words"] and "geometric" not in two["words"]


def test_a_covariate_that_says_the_same_as_the_arm_is_refused_with_its_reason():
    observations, people, *_ = study((6, 7), names=1)
    people["age"] = (people["arm"] == "active").astype(float)
    row = line(group_comparisons(observations, people, {**SETTINGS, "covariates": ["age"]}), quantity="adjusted")
    assert row["reason_code"] == "not_determined" and np.isnan(row["p"])


def test_a_score_is_a_covariate_by_its_baseline_and_never_of_itself():
    observations, people, *_ = study((6, 7), names=1, scores=2)
    frame = group_comparisons(observations, people, {**SETTINGS, "covariates": ["score 001"]})
    assert line(frame, quantity="adjusted")["covariates"] == "baseline, score 001"
    assert line(frame, "score 001", "adjusted")["covariates"] == "baseline"
    assert "adjusted for baseline and score 001" in line(frame, quantity="adjusted")["words"]


def test_the_methods_paragraph_says_what_ran():
    observations, people, *_ = study((6, 7), below=0.3)
    settings = choices.complete({**SETTINGS, "covariates": ["age"]})
    frame = group_comparisons(observations, people, settings)
    text = comparison_words.methods(frame, settings)
    for part in ("arm (reference placebo)", "censored regression", "age and baseline", "adjusted value at V1"):
        assert part in text, part
    censored = frame[frame["p_method_code"].str.startswith("residuals") & frame["low"].notna()]
    assert (
        len(censored)
        and censored["words"].str.contains("the two distributions are equal; the interval is for the ratio").all()
    )
    assert "Kruskal" not in text and "nan" not in text and comparison_words.methods(frame.iloc[:0], settings) == ""
