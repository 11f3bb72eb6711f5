"""The tables a reader sees, from observations with known answers."""

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.statistics import intervals
from immunoassay.statistics.frames import ordered
from immunoassay.statistics.substitutes import through_one_limit
from immunoassay.words.family_words import in_family
from tests.statistic_frames import (
    associations,
    biomarker_changes,
    observed,
    pca,
    sample_accounting,
    score_changes,
    substitution,
    visit_summaries,
)

pytestmark = pytest.mark.filterwarnings("error")
VISITS = ("D1", "M3", "M6")
SETTINGS = {"mcid": {"MGC": 3}, "minimal_symptom_expression": {"MG-ADL": 1}}
SCORES = ("MGC", "MG-ADL")


def observe(values, lloq=1.0, uloq=1000.0, course="first", baselines=None, visits=VISITS):
    """Observations from {variable: rows of participants x visits}; NaN = missing, outside the limits = censored.

    `baselines` {variable: one value per participant} takes the baseline from elsewhere.
    """
    rows = []
    for variable, matrix in values.items():
        score = variable in SCORES
        for person, series in enumerate(np.asarray(matrix, float)):
            first = series[0] if baselines is None else baselines[variable][person]
            base = _bounds(first, score, lloq, uloq)
            for order, (visit, value) in enumerate(zip(visits, series, strict=True)):
                lower, upper, status = _bounds(value, score, lloq, uloq)
                pair = {base[2], status}.isdisjoint({"missing"})
                both = base[2] == status == "quantified"
                with np.errstate(divide="ignore", invalid="ignore"):
                    fold = np.divide(lower, base[1]), np.divide(upper, base[0])
                row = dict.fromkeys(tables.TABLES["observations"].columns)
                row.update(
                    participant=f"P{person + 1}", course=course, visit=visit, visit_order=order, variable=variable
                )
                row.update(kind="score" if score else "biomarker", group="score" if score else "cytokine")
                row.update(panel=None if score else "kit", unit="points" if score else "pg/mL", status=status)
                row.update(lower=lower, upper=upper, value=value if status == "quantified" else np.nan)
                row.update(baseline=order == 0, baseline_lower=base[0], baseline_upper=base[1], baseline_status=base[2])
                row.update(
                    change_lower=lower - base[1] if pair else np.nan, change_upper=upper - base[0] if pair else np.nan
                )
                row.update(change=value - first if both else np.nan)
                if not score:
                    row.update(
                        lloq=np.nan if status == "missing" else lloq, uloq=np.nan if status == "missing" else uloq
                    )
                    row.update(sample_id=None if status == "missing" else f"{variable}{person}{visit}")
                    row.update(over_lloq_lower=lower / row["lloq"], over_lloq_upper=upper / row["lloq"])
                    row.update(fold_lower=fold[0] if pair else np.nan, fold_upper=fold[1] if pair else np.nan)
                    row.update(relative_change_percent=100 * (value / first - 1) if both else np.nan)
                row["reason"] = {"missing": "no_visit", "below_lloq": "below_limit"}.get(status)
                rows.append(row)
    return observed(pd.DataFrame(rows), (course,) if baselines else ())


def _bounds(value, score, lloq, uloq):
    if np.isnan(value):
        return (-np.inf if score else 0.0), np.inf, "missing"
    if score or lloq <= value <= uloq:
        return value, value, "quantified"
    return (0.0, lloq, "below_lloq") if value < lloq else (uloq, np.inf, "above_uloq")


def one(frame, **where):
    """The one row with these values."""
    for column, value in where.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1, where
    return frame.iloc[0]


def matrix(*columns):
    return np.array(columns, float).T


CLEAN = matrix([2, 4, 8, 16, 32, 64, 128], [1, 2, 4, 8, 16, 32, 64], [4, 4, 8, 16, 16, 64, 256])
SOME = matrix([2, 4, 8, 0.5, 32, 64, 128], [1.5, 2, 4, 8, 0.5, 32, 64], [0.5, 0.5, 0.5, 0.5, 16, 0.5, 9])
NONE = np.full((7, 3), 0.1)
FALLING = matrix([14, 16, 18, 12, 20, 15, 17], [10, 9, 16, 5, 8, 12, 9], [9, 10, 12, 6, 7, np.nan, 8])


@pytest.fixture(scope="module")
def study():
    values = {"clean": CLEAN, "some": SOME, "none": NONE, "MGC": FALLING, "MG-ADL": np.maximum(FALLING - 8, 0)}
    return observe(values)


def test_summary_of_an_analyte_never_censored(study):
    found = visit_summaries(study, SETTINGS)
    row = one(found, variable="clean", visit="M3", quantity="value")
    assert row[["centre", "low", "high"]].tolist() == pytest.approx(list(intervals.log_t_interval(CLEAN[:, 1])))
    assert row["centre"] == pytest.approx(8)
    assert (row["centre_method"], row["interval_method"]) == ("geometric mean", "t on the log scale")
    assert row["centre_status"] == "value"
    assert row[["n_expected", "n", "n_quantified", "n_below", "n_missing"]].tolist() == [7, 7, 7, 0, 0]
    assert row[["median", "q1", "q3", "minimum", "maximum"]].tolist() == [8, 3, 24, 1, 64]
    assert row["quantile_method"] == "linear between order statistics"
    assert pd.isna(row["reason"])


def test_the_mean_is_that_of_a_log_normal(study):
    settings = {**SETTINGS, "centre": "mean"}
    row = one(visit_summaries(study, settings), variable="clean", visit="M3", quantity="value")
    # ln values are 0 to 6 ln 2: their variance by maximum likelihood is 4 (ln 2)^2.
    assert row["centre"] == pytest.approx(8 * np.exp(4 * np.log(2) ** 2 / 2))
    assert (row["centre_method"], row["interval_method"]) == ("mean, log-normal", "profile likelihood, t-calibrated")
    row = one(visit_summaries(study, settings), variable="clean", visit="M6", quantity="relative_change_percent")
    ratios = CLEAN[:, 2] / CLEAN[:, 0]
    assert row["centre"] == pytest.approx(100 * (np.exp(np.log(ratios).mean() + np.log(ratios).var() / 2) - 1))
    assert row["low"] < row["centre"] < row["high"]
    # Where nothing is skewed it is the mean with its t interval.
    close = 100 + np.array([-2.0, -1, -0.5, 0, 0.5, 1, 2])
    row = one(visit_summaries(observe({"close": close[:, None]}, visits=("D1",)), settings), quantity="value")
    assert row[["centre", "low", "high"]].tolist() == pytest.approx(list(intervals.t_interval(close)), rel=2e-4)


def test_one_centre_over_all_visits_of_a_censored_analyte(study):
    found = visit_summaries(study, SETTINGS)
    rows = found[(found["variable"] == "some") & (found["quantity"] == "value")].set_index("visit")
    assert rows.loc[["D1", "M3"], "centre_method"].eq("geometric mean, censored log-normal").all()
    row = rows.loc["M3"]
    assert row["low"] < row["centre"] < row["high"]
    # Six results of 1.5 to 64 and one below 1: the estimate lies below the mean of the quantified.
    assert 1 < row["centre"] < np.exp(np.mean(np.log([1.5, 2, 4, 8, 32, 64])))
    assert "1 of 7 results (14 %) was below the LLOQ (1 pg/mL), analysed as left-censored" in row["words"]
    assert "no value was substituted" in row["words"]
    assert (row["minimum_status"], row["maximum_status"]) == ("below_lloq", "value")
    assert np.isnan(row["minimum"])


def test_a_visit_with_more_than_half_censored_has_no_interval(study):
    found = visit_summaries(study, SETTINGS)
    row = one(found, variable="some", visit="M6", quantity="value")
    assert (row["centre_status"], row["centre_text"]) == ("below_lloq", "< 1, 5 of 7")
    assert row[["centre", "low", "high", "median"]].isna().all()
    assert "more than half" in row["reason"]
    row = one(found, variable="none", visit="D1", quantity="over_lloq")
    assert row["centre_text"] == "< 1, 7 of 7"
    assert row[["lloq_min", "lloq_max"]].tolist() == [1, 1]
    assert row["unit"] == "x LLOQ"


def test_changes_in_the_summaries(study):
    found = visit_summaries(study, SETTINGS)
    row = one(found, variable="clean", visit="M3", quantity="relative_change_percent")
    assert row["centre"] == pytest.approx(-50)
    assert "all values are equal" in row["reason"]
    assert one(found, variable="clean", visit="D1", quantity="change")["centre"] == 0
    row = one(found, variable="clean", visit="M6", quantity="change")
    assert row["centre"] == pytest.approx((CLEAN[:, 2] - CLEAN[:, 0]).mean())
    assert row[["low", "high"]].isna().all()
    assert "differences of skewed values" in row["reason"]
    row = one(found, variable="some", visit="M3", quantity="change")
    assert row["centre_status"] == "not_estimable"
    assert "2 of 7 pairs" in row["reason"]
    assert row[["n_quantified", "n_below"]].tolist() == [5, 2]
    row = one(found, variable="MGC", visit="M6", quantity="change")
    changes = (FALLING[:, 2] - FALLING[:, 0])[[0, 1, 2, 3, 4, 6]]
    assert row[["centre", "low", "high"]].tolist() == pytest.approx(list(intervals.t_interval(changes)))
    assert row[["n", "n_missing"]].tolist() == [6, 1]


def test_few_participants_have_no_interval():
    found = visit_summaries(observe({"clean": CLEAN[:3], "MGC": FALLING[:3]}), SETTINGS)
    rows = found[(found["visit"] == "M3") & (found["quantity"] == "value")]
    assert rows["low"].isna().all()
    assert rows["reason"].str.contains("n = 3; at least 4 are required").all()
    assert rows["centre"].notna().all()


def test_above_the_uloq(study):
    values = CLEAN.copy()
    values[0, 1] = 5000
    row = one(visit_summaries(observe({"clean": values}), SETTINGS), visit="M3", quantity="value")
    assert (row["n_above"], row["maximum_status"]) == (1, "above_uloq")
    assert row["centre_method"] == "geometric mean, censored log-normal"
    values[1:5, 1] = 5000
    row = one(visit_summaries(observe({"clean": values}), SETTINGS), visit="M3", quantity="value")
    assert (row["centre_status"], row["centre_text"]) == ("above_uloq", "> ULOQ, 5 of 7")


def test_ratio_without_censoring(study):
    row = one(biomarker_changes(study, SETTINGS), variable="clean", visit="M6")
    ratio = intervals.log_t_interval(CLEAN[:, 2] / CLEAN[:, 0])
    assert (row["tier"], row["n_pairs"]) == ("A", 7)
    assert row[["ratio", "low", "high"]].tolist() == pytest.approx(list(ratio))
    assert row["percent_change"] == pytest.approx(100 * (ratio.estimate - 1))
    for name in ("sensitivity_lloq", "sensitivity_half_lloq", "sensitivity_sqrt2"):
        assert row[name] == pytest.approx(ratio.estimate)
    assert not row["sensitivity_flips"]


def test_ratio_with_censoring(study):
    found = biomarker_changes(study, SETTINGS)
    row = one(found, variable="some", visit="M3")
    assert (row["tier"], row["quantified_baseline"], row["quantified_visit"]) == ("B", 6, 6)
    assert row["low"] < row["ratio"] < row["high"]
    assert "left-censored (bivariate log-normal ML)" in row["words"]
    row = one(found, variable="some", visit="M6")
    assert (row["tier"], row["quantified_visit"]) == ("C", 2)
    assert np.isnan(row["ratio"])
    assert row["bound_text"].startswith("≤") or row["bound_text"] == "not estimable"
    row = one(found, variable="none", visit="M3")
    assert (row["tier"], row["p"], row["bound_text"]) == ("D", 1, "7/7 to 7/7 below LLOQ")
    assert "Clopper-Pearson" in row["words"]
    assert row[["ratio", "low", "high"]].isna().all()
    assert row["reason"]


def test_only_the_primary_visit_is_adjusted(study):
    found = biomarker_changes(study, SETTINGS)
    at_m3 = found[found["visit"] == "M3"].set_index("variable")
    assert at_m3.loc[["clean", "some"], "family"].eq("change to M3, cytokine").all()
    assert at_m3.loc[["clean", "some"], "family_size"].eq(2).all()
    assert (at_m3.loc[["clean", "some"], "p_adjusted"] >= 2 / 128).all()
    assert at_m3.loc["clean", ["p", "p_floor"]].tolist() == [2 / 128, 2 / 128]
    assert (at_m3["p_adjusted"].dropna() >= at_m3["p"].loc[at_m3["p_adjusted"].notna()]).all()
    others = found[found["visit"] != "M3"]
    assert others["p_adjusted"].isna().all()
    assert others["family"].isna().all()
    assert others["words"].str.contains("Descriptive: not adjusted").all()


def test_up_to_twelve_participants_a_large_family_is_adjusted_by_max_t_above_by_the_false_discovery_rate():
    random = np.random.default_rng(8)
    for people, method in ((7, "Westfall-Young max-T"), (12, "Westfall-Young max-T"), (13, "Benjamini-Hochberg q")):
        values = {f"a{k:02d}": 20 * np.exp(random.normal(0, 0.3, (people, 2))) for k in range(14)}
        values["a00"][:, 1] = values["a00"][:, 0] * np.exp(-1 - 0.05 * np.arange(people))
        found = biomarker_changes(observe(values, visits=VISITS[:2]), SETTINGS)
        row = one(found, variable="a00")
        assert row["adjusted_method"].startswith(method)
        assert row["family_size"] == 14
        # One clear change among fourteen: max-T finds it at n = 7, where no q could have.
        assert row["p_adjusted"] <= 0.05
        assert found["family_p"].nunique() == 1
        assert row["family_p"] <= 0.05


def test_what_a_family_could_not_reach_is_said():
    row = {
        "p": 0.015625,
        "p_adjusted": 0.2,
        "p_floor": 0.015625,
        "family_code": "scores",
        "visit": "M3",
        "family_size": 14,
    }
    said = in_family({**row, "adjusted_method_code": "false_discovery_rate"})
    assert "no q below 0.05 was attainable unless 5 tests" in said
    assert "attainable unless" not in in_family({**row, "adjusted_method_code": "max_t"})


def test_a_censored_change_of_more_than_fifteen_pairs_has_a_p_and_a_family():
    random = np.random.default_rng(5)
    x = np.exp(random.normal(1, 1, (16, 1)))
    values = {
        "a": np.concatenate([x, x * np.exp(random.normal(-0.5, 0.5, (16, 1)))], axis=1),
        "b": np.concatenate([x + 4, (x + 4) * np.exp(random.normal(-0.2, 0.5, (16, 1)))], axis=1),
    }
    assert (values["a"] < 1).any() and (values["b"] > 1).all()
    found = biomarker_changes(observe(values, visits=VISITS[:2]), {**SETTINGS, "primary_visit": "M3"})
    row, other = one(found, variable="a"), one(found, variable="b")
    assert (row["tier"], row["p_method_code"], row["p_beside_method_code"]) == (
        "B",
        "signed_rank_recensored",
        "likelihood_ratio_t",
    )
    assert (other["p_method_code"], other["p_beside_method_code"]) == ("signed_rank_recensored", "log_ratio_t")
    assert found["adjusted_method_code"].eq("false_discovery_rate").all() and found["family_size"].eq(2).all()
    assert row["p"] <= row["p_adjusted"] <= 2 * row["p"] and pd.isna(row["reason"])
    assert (
        "first p tests that the two distributions are equal; the interval is for the ratio of geometric means"
        in row["words"]
    )


FEW = matrix(
    [9, 4, 7, 2, 3], [9 * np.exp(-0.9), 4 * np.exp(-0.4), 7 * np.exp(-0.7), 2 * np.exp(-0.2), 3 * np.exp(-0.5)]
)


def test_with_five_pairs_or_fewer_t_carries_the_claim_and_the_sentence_says_what_it_rests_on():
    found = biomarker_changes(observe({"a": FEW[:4], "b": FEW[:4]}, lloq=0.1, visits=VISITS[:2]), SETTINGS)
    row = one(found, variable="a")
    # Reference values (few_pairs n4): t with 3 degrees of freedom, the signed rank cannot go below 2 / 16.
    assert (row["p"], row["p_beside"]) == pytest.approx((0.0384193972639982, 0.125))
    assert (row["p_method_code"], row["p_beside_method_code"]) == ("log_ratio_t", "signed_rank_recensored")
    assert row["low"] < row["high"] < 1
    assert (row["adjusted_method_code"], row["p_adjusted"]) == ("holm", pytest.approx(2 * row["p"]))
    assert "p = 0.038 (t of the mean log ratio), which rests on normally distributed logarithms." in row["words"]
    assert "the smallest attainable two-sided p is 0.125, so that no exact p can reach 0.05." in row["words"]
    assert "The two disagree across 0.05: the first carries the claim" in row["words"]
    score = one(score_changes(observe({"MGC": matrix([14, 16, 18, 12], [10, 9, 16, 5])}, visits=VISITS[:2]), SETTINGS))
    assert (score["p_method_code"], score["p_beside_method_code"]) == ("t", "signed_rank")
    assert score["p"] == pytest.approx(intervals.t_probability([-4, -7, -2, -7]))
    assert "which rests on normally distributed changes" in score["words"]


def test_with_six_pairs_the_exact_p_carries_the_claim():
    ratios = np.exp([-0.31, -0.12, -0.44, -0.25, 0.05, -0.52])
    row = one(biomarker_changes(observe({"a": matrix([9] * 6, 9 * ratios)}, visits=VISITS[:2]), SETTINGS))
    assert (row["p"], row["p_beside"]) == pytest.approx((0.0625, 0.0266222047151186))  # few_pairs n6
    assert row["adjusted_method_code"] == "max_t"
    said = "The two disagree across 0.05: the first carries the claim, as the other rests on normally distributed logarithms."
    assert said in row["words"]
    row = one(biomarker_changes(observe({"a": CLEAN}), SETTINGS), visit="M6")
    assert "disagree" not in row["words"] and "Beside it p = " in row["words"]


def test_five_pairs_with_a_result_below_the_lloq_cannot_reach_a_conclusion_and_say_so():
    row = one(biomarker_changes(observe({"a": FEW}, lloq=2.5, visits=VISITS[:2]), SETTINGS))
    assert row["below_visit"] > 0 and row["p_floor"] > 0.05
    assert "so that no exact p can reach 0.05" in row["words"]


def test_an_analyte_of_five_pairs_takes_no_power_from_those_of_seven():
    values = {f"a{k}": np.concatenate([CLEAN[:, :1], CLEAN[:, :1] * (0.3 + 0.01 * k + 0.02 * CLEAN[:, 2:] ** 0.3)], axis=1)
              for k in range(9)}  # fmt: skip
    alone = biomarker_changes(observe(values, lloq=0.01, visits=VISITS[:2]), SETTINGS)
    assert alone["adjusted_method_code"].eq("max_t").all() and (alone["p_adjusted"] < 0.02).all()
    values["few"] = np.where(np.arange(7)[:, None] < 5, CLEAN[:, :2], np.nan) * [1, 0.5]
    values["few"][0, 1] *= 1.2
    found = biomarker_changes(observe(values, lloq=0.01, visits=VISITS[:2]), SETTINGS).set_index("variable")
    assert found["adjusted_method_code"].eq("max_t_in_part").all() and found["family_size"].eq(10).all()
    wanted = alone.set_index("variable")["p_adjusted"] * 10 / 9
    assert found.loc[wanted.index, "p_adjusted"].to_numpy() == pytest.approx(wanted.to_numpy())
    assert found.loc["few", "p_adjusted"] == pytest.approx(min(1, 10 * found.loc["few", "p"]))


def test_the_second_course_is_described_with_the_first_baseline():
    first = observe({"clean": CLEAN}, course="first")
    second = observe({"clean": CLEAN / 2}, course="second", baselines={"clean": CLEAN[:, 0]}, lloq=0.25)
    found = biomarker_changes(pd.concat([first, second]), {**SETTINGS, "primary_course": "first"})
    # The visit before retreatment is a visit like any other against the first baseline.
    row = one(found, course="second", visit="D1")
    assert row["ratio"] == pytest.approx(0.5)
    assert found.loc[found["course"] == "second", "family"].isna().all()
    assert not (found[(found["course"] == "first")]["visit"] == "D1").any()
    own = observe({"clean": CLEAN / 2}, course="second", lloq=0.25)
    found = biomarker_changes(pd.concat([first, own]), {**SETTINGS, "primary_course": "first"})
    assert not (found["visit"] == "D1").any()


def test_the_limits_of_the_first_baseline_serve_the_second_course():
    """A baseline of 8 seen with LLOQ 1 against a later 2 seen with LLOQ 4: both are compared from 4 upwards."""
    baseline = np.full((7, 3), 8.0)
    first = observe({"a": baseline})
    second = observe({"a": np.full((7, 3), 2.0)}, course="second", baselines={"a": baseline[:, 0]}, lloq=4.0)
    row = one(biomarker_changes(pd.concat([first, second]), SETTINGS), course="second", visit="M3")
    assert (row["informative_pairs"], row["p"]) == (7, 2 / 128)


def test_score_changes(study):
    found = score_changes(study, SETTINGS)
    row = one(found, variable="MGC", visit="M3")
    change = FALLING[:, 1] - FALLING[:, 0]
    assert row[["mean_change", "low", "high"]].tolist() == pytest.approx(list(intervals.t_interval(change)))
    assert (row["p"], row["p_floor"]) == (2 / 128, 2 / 128)
    # -4 -7 -2 -7 -12 -3 -8: six of seven by 3 points or more.
    assert (row["responders"], row["responders_of"]) == (6, 7)
    assert row[["responder_low", "responder_high"]].tolist() == pytest.approx(list(intervals.clopper_pearson(6, 7)[1:]))
    assert row["hodges_lehmann_low"] <= row["hodges_lehmann"] <= row["hodges_lehmann_high"]
    assert row["family"] == "change to M3, scores"
    assert row["family_size"] == 2
    row = one(found, variable="MG-ADL", visit="M3")
    # max(score - 8, 0): 2 1 8 0 0 4 1, at most 1 in four.
    assert (row["minimal_symptom"], row["minimal_symptom_of"]) == (4, 7)
    assert pd.isna(row["responders"])
    assert pd.isna(row["mcid"])


def test_a_lost_response_is_counted_among_earlier_responders():
    # MCID 3: P1 responds and stays, P2 responds and relapses, P3 never responds, P4 responds and is then missing.
    scores = np.array([[20.0, 15, 14], [20, 12, 18], [20, 19, 21], [20, 10, np.nan]])
    found = score_changes(observe({"MGC": scores}), SETTINGS)
    first, second = (one(found, visit=visit) for visit in ("M3", "M6"))
    assert first[["responders", "lost_response", "lost_response_of"]].tolist() == [3, 0, 0]
    assert second[["responders", "lost_response", "lost_response_of"]].tolist() == [1, 1, 2]
    assert second["lost_response_share"] == 0.5
    assert "1 of 2 (1 to 99 %) who had responded earlier no longer did" in second["words"]


def test_a_score_that_should_rise():
    rising = observe({"MGC": 20 - FALLING})
    row = one(score_changes(rising, {**SETTINGS, "worse": {"MGC": "lower"}}), visit="M3")
    assert (row["responders"], row["responders_of"]) == (6, 7)


def test_accounting_adds_up(study):
    values = SOME.copy()
    values[2, 1] = np.nan
    found = sample_accounting(observe({"some": values, "MGC": FALLING}))
    assert set(found["kind"]) == {"biomarker"}
    row = one(found, visit="M3")
    names = ["n_expected", "n_received", "n_quantified", "n_below", "n_above", "n_missing", "n_not_reportable"]
    assert row[names].tolist() == [7, 6, 5, 1, 0, 1, 0]
    assert row["reasons"] == "no_visit: 1"
    assert (row["lloq_min"], row["lloq_max"]) == (1, 1)


def test_substitution_beside_the_estimate(study):
    found = substitution(study, SETTINGS)
    row = one(found, variable="some", visit="M3")
    logs = np.log([1.5, 2, 4, 8, 32, 64]).sum()
    for name, value in (("lloq", 1), ("half_lloq", 0.5), ("sqrt2_lloq", 1 / np.sqrt(2))):
        assert row[name] == pytest.approx(np.exp((logs + np.log(value)) / 7))
    assert row["censored_low"] < row["censored"] < row["censored_high"]
    assert row["ros"] < row["lloq"]
    row = one(found, variable="none", visit="M3")
    assert row[["ros", "censored"]].isna().all()
    assert "ROS" in row["reason"]
    assert "censored" in row["reason"]


def test_associations_at_one_visit(study):
    found = associations(study, SETTINGS)
    row = one(found, question="baseline", variable="clean", score="MGC")
    # 2 4 8 16 32 64 128 against 14 16 18 12 20 15 17: 13 of 21 pairs agree, 8 do not.
    assert row["tau_b"] == pytest.approx(5 / 21)
    # Nothing is censored: the correlation of logarithms (1 to 7 times ln 2) is tested, tau-b and rho stand beside it.
    assert row["estimate"] == pytest.approx(np.corrcoef(np.arange(7), [14, 16, 18, 12, 20, 15, 17])[0, 1])
    assert row["estimate_method_code"] == "correlation_of_logarithms"
    censored = one(found, question="baseline", variable="some", score="MGC")
    assert censored["estimate"] == censored["tau_b"] and censored["estimate_method_code"] == "tau_b"
    assert (row["n_participants"], row["visit"]) == (7, "D1")
    assert row["rho_low"] < row["rho"] < row["rho_high"]
    assert "all 5040" in row["p_method"]
    assert row["q_value"] != row["q_value"]
    row = one(found, question="change_change", visit="M6", variable="some", score="MGC")
    assert row[["tau_b", "p"]].isna().all()
    assert row["reason"] == "fewer than 4 quantified"
    row = one(found, question="baseline", variable="none", score="MGC")
    assert row[["tau_b", "rho", "p"]].isna().all()
    assert (row["share_below"], row["reason"]) == (1, "fewer than 4 quantified")


def test_associations_within_participants(study):
    found = associations(study, SETTINGS)
    row = one(found, question="within_participant", variable="clean", score="MGC")
    assert row["n_observations"] == 20
    assert row["family"] == "within participant, cytokine"
    assert row["q_value"] >= row["p"]
    assert row["p_adjusted"] >= row["p"]
    assert "adjusted for the common time course" in row["words"]
    plain = one(found, question="within_participant_unadjusted", variable="clean", score="MGC")
    assert plain[["p", "low", "high", "q_value"]].isna().all()
    assert "not a test" in plain["words"]
    size = one(found, question="within_participant", variable="some", score="MG-ADL")["family_size"]
    tested = found[(found["question"] == "within_participant") & found["p"].notna()]
    assert size == len(tested) == 4


def test_another_question_can_be_the_tested_one(study):
    found = associations(study, {**SETTINGS, "association_question": "change_change"})
    tested = found[found["q_value"].notna()]
    assert set(tested["question"]) == {"change_change"}
    assert set(tested["visit"]) == {"M3"}


def test_components(study):
    random = np.random.default_rng(3)
    common = random.normal(size=(7, 3))
    values = {f"a{k}": 20 * np.exp(common + 0.2 * random.normal(size=(7, 3))) for k in range(6)}
    values["a0"][0, 1] = np.nan
    found = pca(observe({**values, "none": NONE, "MGC": FALLING}), SETTINGS)
    scores, loadings, variance = (part[part["quantity"] == "value"] for part in found)
    out = loadings[loadings["included"].eq(False)]
    assert out["variable"].tolist() == ["none"]
    assert "100 % below" in out["reason"].iloc[0]
    assert variance["n"].iloc[0] == 20
    assert variance["rows_left_out"].iloc[0] == 1
    first = variance.iloc[0]
    assert first["explained"] > first["noise_95"] >= first["noise_median"]
    assert len(scores[scores["component"] == 1]) == 20
    ratio = found.variance[found.variance["quantity"] == "change"]
    assert ratio["n"].iloc[0] == 13


@pytest.mark.parametrize("people", [0, 1, 2])
@pytest.mark.parametrize("values", ["clean", "none", "constant", "missing"])
def test_almost_nothing_gives_reasons_not_warnings(people, values):
    data = {"clean": CLEAN, "none": NONE, "constant": np.full((7, 3), 5.0), "missing": np.full((7, 3), np.nan)}[values]
    frame = observe({"a": data[:people], "MGC": FALLING[:people]}) if people else tables.empty("observations")
    summaries = visit_summaries(frame, SETTINGS)
    assert summaries["low"].isna().all()
    assert summaries.loc[summaries["centre"].isna(), "reason"].notna().all()
    changes = biomarker_changes(frame, SETTINGS)
    assert changes.loc[changes["ratio"].isna() | changes["low"].isna(), "reason"].notna().all()
    scores = score_changes(frame, SETTINGS)
    assert scores["low"].isna().all()
    found = associations(frame, SETTINGS)
    tested = found.dropna(subset=["p"])
    assert (tested["p"] == 1).all()
    found = found[found["question"] != "within_participant_unadjusted"]
    assert found.loc[found["low"].isna(), "reason"].notna().all()
    assert len(substitution(frame, SETTINGS)) == 3 * bool(people)
    assert len(sample_accounting(frame)) == 3 * bool(people)
    assert pca(frame, SETTINGS).variance["reason"].notna().all()


@pytest.mark.parametrize("values", [NONE, np.full((7, 3), 5.0), np.full((7, 3), 5000.0), np.full((7, 3), np.nan)])
def test_seven_of_the_same_give_reasons_not_warnings(values):
    frame = observe({"a": values, "MGC": FALLING, "MG-ADL": np.full((7, 3), 4.0)})
    summaries = visit_summaries(frame, SETTINGS)
    assert summaries.loc[summaries["centre"].isna() | summaries["low"].isna(), "words"].notna().all()
    changes = biomarker_changes(frame, SETTINGS)
    assert not (changes["p"] < 1).any()
    found = associations(frame, SETTINGS)
    assert found["estimate"].isna().all()
    assert found["reason"].notna().all()
    row = one(score_changes(frame, SETTINGS), variable="MG-ADL", visit="M3")
    assert (row["mean_change"], row["p"]) == (0, 1)
    assert "all changes are equal" in row["reason"]
    pca(frame, SETTINGS)
    substitution(frame, SETTINGS)


def test_one_visit_only():
    frame = observe({"clean": CLEAN[:, :1], "MGC": FALLING[:, :1]}, visits=VISITS[:1])
    assert len(biomarker_changes(frame, SETTINGS)) == len(score_changes(frame, SETTINGS)) == 0
    found = associations(frame, SETTINGS)
    assert one(found, question="baseline")["tau_b"] == pytest.approx(5 / 21)
    assert one(found, question="within_participant")["reason"] == "no participants with two visits or more"


def test_the_order_of_rows_does_not_matter(study):
    shuffled = study.sample(frac=1, random_state=4).reset_index(drop=True)
    for build in (visit_summaries, biomarker_changes, score_changes, associations, substitution):
        pd.testing.assert_frame_equal(build(study, SETTINGS), build(shuffled, SETTINGS))


def test_a_quantified_zero_is_counted_not_dropped():
    frame = observe({"clean": CLEAN})
    zero = (frame["participant"] == "P1") & (frame["visit"] == "M3")
    frame.loc[zero, ["value", "lower", "upper"]] = 0.0
    row = one(visit_summaries(frame, SETTINGS), visit="M3", quantity="value")
    assert row[["n", "n_not_reportable"]].tolist() == [6, 1]
    assert one(biomarker_changes(frame, SETTINGS), visit="M3")["n_pairs"] == 6


def censored_by(frame, **limits):
    """Observations with another LLOQ at some visits; what lies below it is censored there."""
    frame = frame.copy()
    for visit, lloq in limits.items():
        hit = (frame["visit"] == visit) & (frame["kind"] == "biomarker") & (frame["status"] != "missing")
        frame.loc[hit, "lloq"] = lloq
        low = hit & (frame["status"].isin(tables.BELOW) | (frame["upper"] < lloq))
        frame.loc[low, ["status", "lower", "upper", "value"]] = ["below_lloq", 0.0, lloq, np.nan]
    return frame


def test_an_association_whose_lloqs_differ_puts_no_number_for_what_is_below(study):
    key = ["question", "visit", "variable", "score"]
    same = associations(study, SETTINGS).set_index(key)
    found = associations(censored_by(study, M6=1.9), SETTINGS).set_index(key)
    row, plain = (
        found.loc[(name, "all", "some", "MGC")] for name in ("within_participant", "within_participant_unadjusted")
    )
    assert (row["estimate_method_code"], plain["estimate_method_code"]) == ("concordance_adjusted", "concordance")
    assert row["substituted_code"] == plain["substituted_code"] == "none"
    assert "no number stands for a result below it" in row["words"] and "half the" not in row["words"]
    assert "seen through the same limits" in row["p_method"] and 0 < row["p_floor"] <= row["p"] <= 1
    before = same.loc[("within_participant", "all", "some", "MGC")]
    assert before["substituted_code"] == "half_lloq" and "half the LLOQ" in before["words"]
    # where every result is quantified, another limit changes nothing
    names = ["p", "estimate", "tau_b", "rho", "low", "high", "reason"]
    pd.testing.assert_frame_equal(*(each.xs("clean", level="variable")[names] for each in (found, same)))
    # nor does a limit that differs by a rounding
    rounded = associations(censored_by(study, M6=1.0005), SETTINGS)
    assert not rounded["estimate_method_code"].str.startswith("concordance").any()


def test_methods_that_need_numbers_see_a_biomarker_through_its_highest_limit(study):
    same, found = (ordered(observed(frame)) for frame in (study, censored_by(study, M6=3.0)))
    pd.testing.assert_frame_equal(through_one_limit(same), same)
    seen = through_one_limit(found)
    rows = seen[(seen["variable"] == "some") & seen["reported"]]
    before = found.loc[rows.index]
    assert ((rows["lower"] == 0) == (before["lower"] < 3)).all() and (rows.loc[rows["lower"] == 0, "upper"] == 3).all()
    assert ((before["status"] == "quantified") & (rows["status"] == "below_lloq")).any()
    assert (rows["baseline_lower"][rows["baseline_reported"]].isin([0.0]) == (before["baseline_lower"] < 3)).all()
    scores = seen["kind"] == "score"
    pd.testing.assert_frame_equal(seen[scores], found[scores])


def test_means_of_all_visits_are_compared_as_intervals(study):
    """No number stands for a result below: a mean is known between its bounds, whether or not the limits agree."""
    for frame in (study, censored_by(study, M6=1.9)):
        row = one(associations(frame, SETTINGS), question="between_participants", variable="some", score="MGC")
        assert (row["estimate_method_code"], row["substituted_code"]) == ("tau_b", "none")
        assert "between its bounds" in row["words"]


def test_limits_are_called_what_they_are(study):
    lod = study.copy()
    hit = lod["kind"] == "biomarker"
    lod.loc[hit, "lod"], lod.loc[hit, "lloq"] = lod.loc[hit, "lloq"], np.nan
    lod["status"] = lod["status"].replace("below_lloq", "below_lod")
    found, usual = (associations(frame, SETTINGS) for frame in (lod, study))
    assert set(found["lower_limit_code"]) == {"lod", "none"} and set(usual["lower_limit_code"]) == {"lloq", "none"}
    said = found.loc[found["share_below"] > 0, "words"]
    assert said.str.contains("below the LOD").any() and not said.str.contains("LLOQ").any()
    names = ["p", "estimate", "tau_b", "rho", "low", "high"]
    pd.testing.assert_frame_equal(found[names], usual[names])


def test_no_statistic_drops_a_result_that_is_reported(study):
    """Every reported result is in the n of its row, or the row names why it is not."""
    frame = censored_by(study, M6=2.5)
    lod = (frame["variable"] == "some") & (frame["status"] == "below_lloq") & (frame["visit"] != "D1")
    frame.loc[lod, ["status", "lod", "upper", "lower"]] = ["below_lod", 0.3, 0.3, 0.0]
    for prefix in ("", "baseline_"):
        assert not (frame.loc[frame["kind"] == "biomarker", f"{prefix}status"] == "not_reportable").any()
    reported = frame[frame["status"].isin(tables.REPORTED)]
    counts = reported.groupby(["variable", "visit"]).size()
    undetected = reported[reported["status"] == "below_lod"].groupby(["variable", "visit"]).size()
    summaries = visit_summaries(frame, SETTINGS)
    for _, row in summaries[summaries["quantity"].isin(["value", "over_lloq"])].iterrows():
        assert row["n"] == counts[row["variable"], row["visit"]]
        assert row["n"] == row["n_quantified"] + row["n_below"] + row["n_above"]
        assert row["n_below_lod"] == undetected.get((row["variable"], row["visit"]), 0) <= row["n_below"]
    for _, row in sample_accounting(frame).iterrows():
        assert row["n_quantified"] + row["n_below"] + row["n_above"] == counts[row["variable"], row["visit"]]
    for _, row in substitution(frame, SETTINGS).iterrows():
        assert row["n"] == counts[row["variable"], row["visit"]]
    both = reported[reported["baseline_status"].isin(tables.REPORTED)]
    pairs = both.groupby(["variable", "visit"]).size()
    for _, row in biomarker_changes(frame, SETTINGS).iterrows():
        assert row["n_pairs"] == pairs[row["variable"], row["visit"]]
    seen = reported[reported["baseline"]].groupby("variable")["participant"].agg(set)
    found = associations(frame, SETTINGS)
    for _, row in found[found["question"] == "baseline"].iterrows():
        assert row["n_participants"] == len(seen[row["variable"]] & seen[row["score"]])


def test_sensitivity_shows_detected_values_censored_and_as_measured_whatever_the_config_says(study):
    frame = study.copy()
    below = (frame["variable"] == "some") & (frame["status"] == "below_lloq")
    frame["lod"] = np.nan
    frame.loc[frame["variable"] == "some", "lod"] = 0.1 * frame["lloq"]
    frame.loc[below, "point"] = 0.5 * frame["lloq"]
    kept = frame.copy()
    for name in ("lower", "upper", "value"):
        kept.loc[below, name] = kept["point"]
    kept.loc[below, "lower_limit"] = kept["lod"]
    key = ["variable", "visit"]
    first, second = (substitution(each, SETTINGS).set_index(key) for each in (frame, kept))
    names = ["lloq", "half_lloq", "ros", "censored", "censored_low", "censored_high", "detected", "lloq_min", "n_below"]
    pd.testing.assert_frame_equal(first[names], second[names])
    some = first[(first.index.get_level_values("variable") == "some") & (first["n_below"] > 0)]
    assert len(some) and some["detected"].notna().any()
    for (variable, visit), row in some.iterrows():
        own = kept[(kept["variable"] == variable) & (kept["visit"] == visit) & kept["reported"]]
        if (own["status"] != "above_uloq").all():
            assert row["detected"] == pytest.approx(np.exp(np.log(own["lower"]).mean()), rel=1e-6)
    assert first.loc[first.index.get_level_values("variable") != "some", "detected"].isna().all()
