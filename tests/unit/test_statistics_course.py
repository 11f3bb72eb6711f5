"""Whole courses: any visit, summary measures, groups beside each other, cell counts."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from immunoassay.statistics import (
    any_visit,
    arm_courses,
    cell_kinetics,
    censored_mixed,
    repeated_measures,
    settings,
    summary_measures,
)
from immunoassay.statistics.covariance_structures import COVARIANCES
from immunoassay.statistics.intervals import t_interval
from scipy import stats
from tests.reference_values import rows_of, statistics
from tests.statistic_frames import arm_longitudinal, kinetics, kinetics_summaries, longitudinal
from tests.statistic_frames import summary_measures as measures

from .test_statistics_degenerate import study

pytestmark = pytest.mark.filterwarnings("error")
INF = np.inf
DAYS = np.array([1.0, 15.0, 92.0, 183.0])


def dated(frame, days=DAYS):
    return frame.assign(day=[days[int(visit[1:])] for visit in frame["visit"]])


def biomarker(logs, lloq=1e-9):
    """Observations of one biomarker from logarithms (participants, visits)."""
    return dated(study(np.exp(logs)[None], [], lloq=lloq))


def people(**columns):
    size = len(next(iter(columns.values())))
    return pd.DataFrame({"participant": [f"P{number:02d}" for number in range(size)], **columns})


@pytest.mark.parametrize("structure", COVARIANCES)
def test_derivatives_of_every_covariance(structure):
    shape, size, _ = COVARIANCES[structure]
    theta = 0.3 * np.random.default_rng(1).normal(size=size(4))
    residual, found = shape(theta, 4)
    assert np.linalg.eigvalsh(residual)[0] > 0
    for place, step in enumerate(1e-6 * np.eye(theta.size)):
        slope = (shape(theta + step, 4)[0] - shape(theta - step, 4)[0]) / 2e-6
        assert found[place] == pytest.approx(slope, abs=1e-7)


def test_the_f_of_one_row_is_the_squared_t():
    y = np.random.default_rng(2).normal(size=(9, 4)) * [1, 2, 1, 3]
    y[0, 3] = y[4, 1] = np.nan
    fit = repeated_measures.fit_repeated(y, np.broadcast_to(np.eye(4), (9, 4, 4)), "heterogeneous_compound_symmetry")
    row = np.array([-1.0, 0, 0, 1])
    one, f = repeated_measures.combination(fit, row), repeated_measures.together(fit, [row])
    assert f.statistic == pytest.approx((one.interval.estimate / one.error) ** 2)
    assert f.denominator == pytest.approx(one.degrees_of_freedom)
    assert f.p == pytest.approx(one.p)


def analysis_of_variance(y):
    """F of equal visits in complete data."""
    left = y - y.mean(axis=1, keepdims=True)
    between = len(y) * (left.mean(axis=0) ** 2).sum()
    return between / ((left**2).sum() - between)


def test_sign_changes_of_courses_are_all_counted():
    """The smaller p of the analysis of variance and of the sum of squared t, itself over all sign changes."""
    y = np.random.default_rng(3).normal(size=(7, 4)) + [0, -0.5, -1, -0.5]
    flipped = []
    for signs in product((1, -1), repeat=7):
        turned = y.copy()
        turned[:, 1:] = y[:, :1] + np.array(signs)[:, None] * (y[:, 1:] - y[:, :1])
        t = stats.ttest_1samp(turned[:, 1:] - turned[:, :1], 0).statistic
        flipped.append([analysis_of_variance(turned), (t**2).sum()])
    found = np.array(flipped)
    p = np.array([(found >= row * (1 - 1e-9)).mean(axis=0) for row in found]).min(axis=1)
    wanted = np.mean(p <= p[0] * (1 + 1e-9))
    assert any_visit.course_p(y) == (pytest.approx(wanted), "courses_all")
    gaps = y.copy()
    gaps[2, 1:] = np.nan  # somebody who was never seen again says nothing
    assert any_visit.course_p(gaps)[0] == any_visit.course_p(np.delete(y, 2, axis=0))[0]


def test_sign_changes_keep_their_level_where_the_random_intercept_does_not():
    """Fault 8, and why no model with one variance answers it: SDs 1 to 3, AR(1), nothing changes."""
    random = np.random.default_rng(4)
    lag = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    root = np.linalg.cholesky(0.8**lag * np.outer(np.linspace(1, 3, 5), np.linspace(1, 3, 5)))
    rejected = np.zeros(2)
    for _ in range(600):
        y = random.normal(size=(8, 5)) @ root.T
        rejected += any_visit.course_p(y)[0] <= 0.05, stats.f.sf(7 * analysis_of_variance(y), 4, 28) <= 0.05
    assert rejected[0] / 600 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)
    assert rejected[1] / 600 > 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)


@pytest.mark.parametrize("size", [3, 5, 7, 12, 20])
def test_every_variable_has_an_answer_at_any_size(size):
    random = np.random.default_rng(5)
    logs = random.normal(size=(size, 1)) + 0.4 * random.normal(size=(size, 4)) - [0, 1, 1, 1]
    row = longitudinal(biomarker(logs), {}).iloc[0]
    exact, f = (
        ("courses_drawn", "kenward_roger_f") if size == 20 else ("courses_all", "kenward_roger_f_one_correlation")
    )
    if size < 6:
        assert row["any_visit_method_code"] == (f if size > 3 else exact)
        assert row["any_visit_beside_method_code"] == (exact if size > 3 else "none")
    else:
        claimed = f if size == 20 else exact
        assert row["any_visit_method_code"] == claimed
        assert row["any_visit_p"] < 0.05
        assert "No change at any visit: p" in row["words"]
    assert not np.isnan(row["any_visit_p"])
    assert (row["estimate"] > 0) == (size == 20)


def test_censored_courses_are_seen_through_one_window():
    """The same values, later read at ten times the LLOQ: no change."""
    random = np.random.default_rng(6)
    logs = random.normal(size=(9, 1)) + 0.3 * random.normal(size=(9, 4))
    frame = biomarker(logs, lloq=float(np.exp(np.quantile(logs, 0.2))))
    row = longitudinal(frame, {}).iloc[0]
    assert row["any_visit_method_code"] == "courses_all_recensored"
    assert np.isnan(row["any_visit_f"])
    found = summary_measures.Trajectories(
        np.where(logs < [-9, 0, 0, 0], -INF, logs),
        np.where(logs < [-9, 0, 0, 0], 0.0, logs),
        np.tile([-9.0, 0, 0, 0], (9, 1)),
        np.full((9, 4), INF),
        np.tile(DAYS, (9, 1)),
        np.zeros((9, 4)),
    )
    assert (summary_measures.recensored(found) >= 0).all()


@pytest.mark.parametrize("size", [1, 4, 9, 13])
def test_all_sign_changes_are_counted(size):
    values = np.round(np.random.default_rng(size).normal(size=size), 1)
    sums = np.array(list(product((1, -1), repeat=size))) @ values
    wanted = np.mean(np.abs(sums) >= abs(values.sum()) - 1e-9)
    assert summary_measures.sign_change_p(values) == (wanted, "sign_changes_all")
    many = np.concatenate([np.full(40, 0.1), values])
    assert summary_measures.sign_change_p(many, 500, 1)[1] == "sign_changes_drawn"


def test_a_summary_measure_by_hand():
    logs = np.log([[8, 4, 2, np.nan], [4, 4, 1, 2], [2, 1, np.nan, 1], [6, 3, 3, 3.0]])
    with np.errstate(invalid="ignore"):
        frame = biomarker(logs)
    mean, timed = (row for _, row in measures(frame, {}).iterrows())
    changes = logs - logs[:, :1]
    each = np.nanmean(changes[:, 1:], axis=1)
    assert (mean["estimate"], mean["low"], mean["high"]) == pytest.approx(np.exp(t_interval(each)))
    areas = [np.trapezoid(own[~np.isnan(own)], DAYS[~np.isnan(own)]) / np.ptp(DAYS[~np.isnan(own)]) for own in changes]
    assert timed["estimate"] == pytest.approx(np.exp(np.mean(areas)))
    # Four participants: the t p carries the claim and says on what it rests.
    assert mean["p_method_code"] == "t_measure"
    assert mean["p"] == pytest.approx(stats.ttest_1samp(each, 0).pvalue)
    assert mean["p_beside"] == summary_measures.sign_change_p(each)[0] == 0.125
    assert "rests on the logarithms being normally distributed" in mean["words"]
    assert "The two disagree; the first carries the claim" in mean["words"]


def test_a_measure_that_is_open_has_bounds_and_no_estimate():
    random = np.random.default_rng(7)
    logs = 3 + random.normal(size=(6, 4)) - [0, 1, 1, 1]
    frame = biomarker(logs)
    whole = measures(frame, {}).iloc[0]
    lloq = float(np.exp(np.sort(logs[:, 1:].ravel())[2] + 0.01))
    if logs[:, 0].min() < np.log(lloq):
        logs[:, 0] += 3
        whole = measures(biomarker(logs), {}).iloc[0]
    row = measures(biomarker(logs, lloq), {}).iloc[0]
    assert np.isnan(row["estimate"])
    assert row["low"] == 0
    assert row["high"] >= whole["high"]
    assert row["n_open"] in (1, 2, 3)
    assert row["p_method_code"] == "sign_changes_all_recensored"
    assert "only an upper bound is supported: ratio to baseline at most" in row["words"]
    assert "No estimate: results outside the limits leave" in row["words"]


def test_an_undated_visit_leaves_the_participant_out_of_the_time_weighted_average():
    frame = biomarker(np.random.default_rng(8).normal(size=(6, 4)))
    frame.loc[(frame["participant"] == "P02") & (frame["visit"] == "V2"), "day"] = np.nan
    found = measures(frame, {}).set_index("measure")
    assert found.loc["mean_follow_up", "n"] == 6
    assert found.loc["time_weighted_average", ["n", "n_undated"]].tolist() == [5, 1]
    assert "1 left out" in found.loc["time_weighted_average", "words"]


def test_scores_are_in_points_and_logarithms_are_differences():
    scores = np.array([[10.0, 8, 6, 7], [12, 12, 9, 6], [9, 10, 8, 8], [15, 9, 9, 9], [14, 10, 8, 7], [11, 9, 9, 9]])
    found = measures(dated(study([], scores[None])), {}).iloc[0]
    assert found["estimate"] == pytest.approx((scores[:, 1:].mean(axis=1) - scores[:, 0]).mean())
    assert found["quantity"] == "change"
    frame = biomarker(np.log(2) * scores)
    ratio = measures(frame, {}).iloc[0]
    frame["unit"] = "NPX"
    for name in ("lower", "upper", "value", "baseline_lower", "baseline_upper", "lloq", "uloq"):
        frame[name] = np.log2(frame[name])
    difference = measures(frame, {}).iloc[0]
    assert difference["quantity"] == "difference"
    for name in ("estimate", "low", "high"):
        assert difference[name] == pytest.approx(np.log2(ratio[name]))
        assert difference[name] == pytest.approx(found[name])
    assert difference["p"] == ratio["p"]


def two_arms(sizes, effect=-1.0, seed=9, visits=4, factor="arm"):
    random = np.random.default_rng(seed)
    arm = np.repeat([0, 1], sizes)
    logs = random.normal(size=(arm.size, 1)) + 0.5 * random.normal(size=(arm.size, visits))
    logs[:, 1:] += effect * arm[:, None]
    return logs, people(**{factor: np.where(arm, "active", "placebo"), "age": random.normal(50, 9, arm.size)}), arm


COMPARE = {"compare": {"arm": "placebo"}}


def test_complete_arms_with_equal_baselines_differ_as_their_means_do():
    logs, who, arm = two_arms((11, 12))
    logs[:, 0] = 1.0
    found = arm_longitudinal(biomarker(logs), who, COMPARE)
    assert found["estimate_method_code"].eq("reml_unstructured").all()
    for visit, row in enumerate(found.itertuples(), start=1):
        assert row.estimate == pytest.approx(np.exp(logs[arm == 1, visit].mean() - logs[arm == 0, visit].mean()))
        assert (row.level, row.reference, row.n, row.n_reference) == ("active", "placebo", 12, 11)
    assert "Active to placebo: geometric mean ratio at the same baseline" in found["words"].iloc[0]


def test_complete_visits_of_two_arms_in_one_group_are_hotelling():
    logs, _, arm = two_arms((11, 12))
    x = arm_courses.design(arm_courses.Courses(logs, logs, arm, ["a", "b"], np.zeros((23, 0)), []), 1)
    fit = repeated_measures.fit_repeated(logs[:, 1:], x, "unstructured")
    left = logs[:, 1:] - np.array([logs[arm == each, 1:].mean(axis=0) for each in (0, 1)])[arm]
    difference = logs[arm == 1, 1:].mean(axis=0) - logs[arm == 0, 1:].mean(axis=0)
    t2 = difference @ np.linalg.solve(left.T @ left / 21, difference) * 11 * 12 / 23
    found = repeated_measures.together(fit, arm_courses.contrasts(2, 3, 6)[0])
    assert found.p == pytest.approx(stats.f.sf(t2 * 19 / (3 * 21), 3, 19), rel=2e-3)


@pytest.mark.parametrize("name", ["longitudinal_arms_n24_complete", "longitudinal_arms_n24_missing"])
@pytest.mark.parametrize("structure", ["unstructured", "heterogeneous_compound_symmetry"])
def test_arms_with_their_own_spread_as_nlme_fits_them(name, structure):
    rows = pd.DataFrame(rows_of(name)).replace({"value": {"": None}})
    wide = np.log(
        rows.assign(value=rows["value"].astype(float)).pivot(index="participant", columns="visit_order", values="value")
    )
    y = wide.to_numpy()
    arm = (
        rows.drop_duplicates("participant")
        .set_index("participant")["arm"]
        .reindex(wide.index)
        .eq("active")
        .to_numpy(int)
    )
    baseline = y[:, :1] - y[:, :1].mean()
    x = arm_courses.design(arm_courses.Courses(y, y, arm, ["placebo", "active"], baseline, []), 1)
    fit = repeated_measures.fit_repeated(y[:, 1:], x, structure, arm)
    differences = arm_courses.contrasts(2, 4, x.shape[2])[0]
    known = statistics("arms_own_spread")[name][structure]
    assert fit.log_likelihood == pytest.approx(known["log_likelihood"], abs=1e-7)
    assert differences @ fit.coefficients == pytest.approx(known["differences"], abs=1e-5)
    errors = np.sqrt(np.diag(differences @ fit.covariance @ differences.T))
    assert errors == pytest.approx(known["standard_errors"], abs=1e-5)
    assert 1 / fit.factors[1] == pytest.approx(known["placebo_to_active"], rel=1e-4)


def test_three_levels_covariates_and_who_is_left_out():
    logs, who, _ = two_arms((12, 12))
    who["dose"] = np.resize(["none", "low", "high"], 24)
    who["sex"] = np.resize(["f", "m", "m", "f"], 24)
    who.loc[0, "age"] = np.nan
    who.loc[1, "dose"] = None
    found = arm_longitudinal(biomarker(logs), who, {"compare": {"dose": "none"}, "covariates": ["age", "sex"]})
    assert set(zip(found["level"], found["reference"], strict=True)) == {("high", "none"), ("low", "none")}
    assert found["n_participants"].eq(22).all()
    assert found["any_visit_df1"].eq(6).all()
    assert found["by_visit_df1"].eq(4).all()
    assert found["words"].str.contains("adjusted for age, sex").all()
    assert found["estimate"].notna().all()


def test_without_the_factor_there_is_no_row_and_without_participants_a_reason():
    logs, who, _ = two_arms((7, 7))
    assert arm_longitudinal(biomarker(logs), who.drop(columns="arm"), COMPARE).empty
    assert arm_longitudinal(biomarker(logs), who.assign(arm="active"), COMPARE).empty
    found = arm_longitudinal(biomarker(logs), who, COMPARE)
    assert found["reason"].str.contains("14 participants, 20 are needed").all()
    logs, who, _ = two_arms((3, 20))
    assert arm_longitudinal(biomarker(logs), who, COMPARE)["reason"].str.contains("fewer than 4 participants").all()
    logs, who, arm = two_arms((10, 12))
    logs[arm == 0, 2] = np.nan
    found = arm_longitudinal(biomarker(logs), who, COMPARE).set_index("visit")
    assert found.loc["V2", "reason_code"] == "arms_visit_of_one_level"
    assert found.loc[["V1", "V3"], "estimate"].notna().all()


def test_responders_are_a_factor_of_their_own():
    logs, who, arm = two_arms((10, 12))
    scores = np.column_stack([np.full(22, 12.0), *[np.where(arm, 6.0, 11.0)] * 3])
    frame = dated(study(np.exp(logs)[None], scores[None], lloq=1e-9))
    settings = {
        "compare": {"responder": ""},
        "responder_score": "score 0",
        "mcid": {"score 0": 3},
        "primary_visit": "V2",
    }
    found = arm_longitudinal(frame, who, settings)
    rows = found[found["kind"] == "biomarker"]
    assert rows["reason"].isna().all(), rows["reason"].iloc[0]
    assert rows["level"].eq("responder").all() and rows["reference"].eq("non-responder").all()
    same = arm_longitudinal(biomarker(logs), who, COMPARE)
    assert rows["estimate"].tolist() == pytest.approx(same["estimate"].tolist())


def test_censored_arms_have_an_estimate_with_an_error_that_asks_nothing_of_correlations():
    logs, who, arm = two_arms((10, 11), seed=10)
    x = arm_courses.design(arm_courses.Courses(logs, logs, arm, ["a", "b"], np.zeros((21, 0)), []), 0)
    fit = censored_mixed.fit_random_intercept(logs, logs, x, each_visit=True)
    rows = arm_courses.contrasts(2, 4, x.shape[2])[0]
    found = censored_mixed.robust(fit, rows[3] - rows[0], arm)
    changes = logs[:, 3] - logs[:, 0]
    test = stats.ttest_ind(changes[arm == 1], changes[arm == 0], equal_var=False)
    assert found.interval.estimate == pytest.approx(changes[arm == 1].mean() - changes[arm == 0].mean(), abs=1e-4)
    assert found.interval.estimate / found.error == pytest.approx(test.statistic, rel=1e-3)
    assert found.degrees_of_freedom == pytest.approx(test.df, rel=1e-3)
    lloq = float(np.exp(np.quantile(logs, 0.25)))
    rows = arm_longitudinal(biomarker(logs, lloq), who, COMPARE)
    assert rows["estimate_method_code"].str.startswith("censored_random_intercept").all()
    assert (rows["low"] < rows["estimate"]).all() and (rows["estimate"] < rows["high"]).all()
    assert rows["words"].str.contains("were analysed as censored").all()


def whole(lower, upper):
    """Trajectories of these bounds, below a limit where the lower is infinite."""
    wide = np.full(lower.shape, INF)
    return summary_measures.Trajectories(
        lower, upper, -wide, wide, np.full(lower.shape, np.nan), np.isneginf(lower) * 1.0
    )


def test_many_censored_participants_are_tested_by_the_changes_of_the_visits():
    logs, _, _ = two_arms((9, 9), effect=0.0, seed=11)
    logs[:, 1:] -= 1.0
    f = censored_mixed.robust_together(summary_measures.visit_changes(whole(logs, logs)), np.eye(3))
    changes = logs[:, 1:] - logs[:, :1]
    mean, spread = changes.mean(axis=0), np.cov(changes.T)
    assert f.statistic == pytest.approx(18 * mean @ np.linalg.solve(spread, mean) * 15 / (3 * 17), rel=1e-3)
    frame = biomarker(logs, float(np.exp(np.quantile(logs, 0.3))))
    row = longitudinal(frame, {}).iloc[0]
    assert row["any_visit_method_code"] == "sandwich_f" and row["any_visit_df2"] == 15
    assert row["any_visit_p"] < 0.05
    found = measures(frame, {}).iloc[0]
    assert found["p_method_code"] == found["interval_method_code"] == "sandwich_t"
    assert found["low"] < np.exp(changes.mean()) < found["high"]
    assert "of the mean participant" in found["words"]


def test_a_measure_from_the_changes_of_the_visits_is_that_of_students_t_where_nothing_is_censored():
    logs, _, _ = two_arms((9, 9), seed=12)
    changes = summary_measures.visit_changes(whole(logs, logs))
    found = censored_mixed.robust(changes, np.full(3, 1 / 3), np.zeros(18), 0.95, changes.degrees)
    each = logs[:, 1:].mean(axis=1) - logs[:, 0]
    assert found.interval == pytest.approx(t_interval(each, 0.95))
    assert found.p == pytest.approx(stats.ttest_1samp(each, 0).pvalue)


def test_a_mean_of_visits_is_not_biased_where_the_spread_rises_and_half_is_below_the_lloq():
    # 50 people, nothing changes on average, the standard deviation doubles: one spread or one correlation of all visits makes
    # a ratio of 1 into 1.2 to 1.35.
    random = np.random.default_rng(7)
    root = (
        np.linalg.cholesky(0.7 ** np.abs(np.subtract.outer(np.arange(5), np.arange(5)))) * np.linspace(1, 2, 5)[:, None]
    )
    rows = []
    for _ in range(20):
        y = random.normal(size=(50, 5)) @ root.T
        found = whole(np.where(y < 0, -INF, y), np.maximum(y, 0))
        rows.append(summary_measures.summarised(found, "biomarker", "mean_follow_up", settings.complete({})))
    estimates = np.log([row["estimate"] for row in rows])
    assert abs(estimates.mean()) < 0.12
    assert sum(row["low"] <= 1 <= row["high"] for row in rows) >= 17
    assert {row["estimate_method_code"] for row in rows} == {"changes_of_visits"}


def test_few_participants_have_a_mean_with_censored_results_and_its_p_beside_the_exact_one():
    logs, _, _ = two_arms((5, 5), seed=13)
    frame = biomarker(logs, float(np.exp(np.quantile(logs, 0.2))))
    row = measures(frame, {}).iloc[0]
    assert row["n_open"] > 0 and row["low"] < row["estimate"] < row["high"]
    assert row["p_method_code"] == "sign_changes_all_recensored" and row["p_beside_method_code"] == "sandwich_t"
    assert (row["p_beside"] <= 0.05) == (not row["low"] <= 1 <= row["high"])


def counts(days, values, lloq=10.0):
    """Observations of cell counts (participants, visits) on these days."""
    values = np.asarray(values, float)
    return dated(study(values[None], [], lloq=lloq), np.asarray(days, float)).assign(group="cell_count")


def test_kinetics_by_hand():
    days = [1, 8, 15, 29, 60]
    frame = counts(days, [[0, 100, 400, 50, 0], [0, 20, 80, 40, 20]])
    found = kinetics(frame, {}).set_index("participant")
    first = found.loc["P00"]
    assert (first["cmax"], first["tmax"], first["day_last_quantified"]) == (400, 15, 29)
    rest = 7 * (100 + 400) / 2 + 14 * (400 - 50) / np.log(8)
    assert (first["auc_0_28_low"], first["auc_0_28_high"]) == pytest.approx((7 * 50 + rest, 7 * 55 + rest))
    assert np.isnan(first["auc_0_28"])
    assert first["words"].startswith("Highest count 400 u on day 15. Area under the counts of day 1 to 29 between ")
    summary = kinetics_summaries(frame, {"min_n_interval": 2}).set_index("quantity")
    assert summary.loc["cmax", "centre"] == pytest.approx(np.sqrt(400 * 80))
    assert summary.loc["tmax", ["centre", "low", "high"]].tolist() == [15, 15, 15]
    assert np.isnan(summary.loc["auc_0_28", "centre"]) and summary.loc["auc_0_28", "n_open"] == 2


def test_kinetics_say_what_they_do_not_know():
    days = [8, 15, 22, 40, 60]
    row = kinetics(counts(days, [[100, 400, 50, 30, 0]]), {}).iloc[0]
    assert (row["reason_code"], row["cmax"]) == ("no_sample_before", 400)
    assert np.isnan(row["auc_0_28_low"])
    row = kinetics(counts([-3, 8, 15, 20, 22], [[0, 100, 400, 50, 30]]), {}).iloc[0]
    assert row["reason_code"] == "no_sample_after"
    row = kinetics(counts([1, 8, 15, 28, 30], [[0, 0, 0, 0, 0]]), {}).iloc[0]
    assert row["reason_code"] == "peak_not_certain"
    assert (row["cmax_low"], row["cmax_high"]) == (0, 10)
    # Day 29 lies between samples: the decline is exponential.
    found = cell_kinetics.windowed(np.array([1.0, 27, 31]), *[np.array([16.0, 16, 4])] * 2)[0]
    assert found[0].tolist() == [1, 27, 29] and found[1].tolist() == pytest.approx([16, 16, 8])
    assert kinetics(biomarker(np.zeros((2, 4))), {}).empty and kinetics_summaries(biomarker(np.zeros((2, 4))), {}).empty
