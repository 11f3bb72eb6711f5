"""Results in log2 units (NPX, NPQ), from a delivery to every table of the statistics: worked by hand, and beside amounts."""

import re

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.readers.deliveries import delivered
from immunoassay.statistics import settings as choices
from immunoassay.statistics.signed_rank import exact_signed_rank
from immunoassay.study import vocabulary
from immunoassay.tables.statistic_tables import STATISTICS
from scipy import stats
from tests import log2_study
from tests import statistic_frames as statistics
from tests.log2_study import PEOPLE, attempts, delivery, observed, results

SETTINGS = choices.complete({"primary_visit": "M1", "centre": "mean"})


def one(frame, **where):
    for column, value in where.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1, where
    return frame.iloc[0]


def test_the_units_are_those_of_the_list():
    units = vocabulary.units("resources/units.tsv")
    assert sorted(tables.log2_units.LOG2_UNITS) == sorted(
        {row["unit"] for row in units.rows if row["dimension"].startswith("log2_")}
    )


def test_bounds_lie_on_the_log2_scale_from_attempt_to_result():
    frame = delivery()
    assert delivered.questions(frame, {"X": "log2_relative"}) == []
    found = attempts(frame).set_index("sample_id")
    assert found.loc["A-D1", ["status", "lower", "upper", "value"]].tolist() == ["quantified", 1, 1, 1]
    assert found.loc["B-D1", ["status", "lower", "upper", "value"]].tolist() == ["quantified", -0.5, -0.5, -0.5]
    assert found.loc["D-M1", ["status", "lower", "upper", "value"]].tolist() == ["quantified", 0, 0, 0]
    below = found.loc["D-D1"]
    assert below[["status", "reason", "lower", "upper", "lod", "point"]].tolist() == [
        "below_lod", "below_detection", -np.inf, -1, -1, -2,
    ]  # fmt: skip
    assert np.isnan(below["value"])
    same = results(frame).set_index("sample_id")
    for name in ("status", "lower", "upper", "point", "lod"):
        assert same[name].tolist() == found.loc[same.index, name].tolist()


def test_changes_are_differences_and_folds_their_powers():
    found = observed(delivery()).set_index(["participant", "visit"])
    row = found.loc["A", "M1"]
    assert row[["change", "change_lower", "change_upper"]].tolist() == [1.5, 1.5, 1.5]
    assert row[["fold_lower", "fold_upper"]].tolist() == [2**1.5, 2**1.5]
    assert np.isnan(row["relative_change_percent"]) and found["relative_change_percent"].isna().all()
    row = found.loc["D", "M1"]  # from somewhere below -1 to 0: a rise of at least 1
    assert row[["change_lower", "change_upper", "fold_lower", "fold_upper"]].tolist() == [1, np.inf, 2, np.inf]
    assert found.loc["D", "D1"][["lower", "upper", "lower_limit", "point"]].tolist() == [-np.inf, -1, -1, -2]


def test_below_lod_is_censored_or_kept_as_it_was_delivered_and_the_status_stays():
    found = observed(delivery(), "kept").set_index(["participant", "visit"])
    assert found.loc["D", "D1"][["status", "value", "lower", "upper", "lod"]].tolist() == ["below_lod", -2, -2, -2, -1]
    assert found.loc["D", "M1"][["change", "change_lower", "fold_lower"]].tolist() == [2, 2, 4]
    assert found["lower_limit"].isna().all()
    unknown = delivery()
    unknown.loc[unknown["sample_id"] == "D-D1", ["value", "flag"]] = [np.nan, "below_range"]
    left = observed(unknown, "kept").set_index(["participant", "visit"]).loc["D", "D1"]
    assert left[["status", "lower", "upper", "lower_limit"]].tolist() == ["below_lod", -np.inf, -1, -1]


def test_what_was_never_measured_has_no_lower_bound():
    frame = delivery()
    found = observed(frame[frame["sample_id"] != "A-M1"]).set_index(["participant", "visit"]).loc["A", "M1"]
    assert found[["status", "lower", "upper"]].tolist() == ["missing", -np.inf, np.inf]


def test_summaries_of_kept_values_are_mean_and_t_interval():
    found = statistics.visit_summaries(observed(delivery(), "kept"), SETTINGS)
    row = one(found, visit="D1", quantity="value")
    values = [1.0, -0.5, 3.0, -2.0]  # mean 0.375, standard deviation 2.1360, standard error 1.0680, t(3) 3.1824
    half = 3.182446 * np.std(values, ddof=1) / 2
    assert np.allclose([row["centre"], row["low"], row["high"]], [0.375, 0.375 - half, 0.375 + half])
    assert np.allclose(row[["median", "q1", "q3", "minimum", "maximum"]].astype(float), [0.25, -0.875, 1.5, -2, 3])
    assert row[["centre_method", "interval_method", "unit", "n_below", "n_below_lod"]].tolist() == ["mean", "t", "NPX", 1, 1]
    assert "1 of 4 results (25 %) was below the limit of detection, kept as they were delivered" in row["words"]
    change = one(found, visit="M1", quantity="change")
    differences = [1.5, 1.0, 0.5, 2.0]  # mean 1.25, standard deviation 0.6455
    low, high = stats.t.interval(0.95, 3, 1.25, stats.sem(differences))
    assert np.allclose([change["centre"], change["low"], change["high"]], [1.25, low, high])
    assert change["words"].startswith("Difference from baseline in NPX (log2), mean: 1.25 (95 % CI 0.223 to 2.28)")
    zero = one(found, visit="D1", quantity="change")
    assert (zero["centre"], zero["centre_text"]) == (0, "0 (baseline)")
    assert "relative_change_percent" not in set(found["quantity"])


def test_the_paired_test_is_that_of_the_differences():
    found = one(statistics.biomarker_changes(observed(delivery(), "kept"), SETTINGS))
    differences = [1.5, 1.0, 0.5, 2.0]
    low, high = stats.t.interval(0.95, 3, 1.25, stats.sem(differences))
    assert (found["tier"], found["quantity"], found["unit"]) == ("A", "difference", "NPX")
    assert np.allclose([found["ratio"], found["low"], found["high"]], [1.25, low, high])
    assert found["p"] == exact_signed_rank(differences).p == 0.125  # 2 / 2**4
    assert found[["percent_change", "percent_low", "percent_high"]].isna().all()
    assert found["bound_text"] == "1.25 (0.223 to 2.28)"
    assert found["words"].startswith("Mean difference from baseline in NPX (log2) 1.25 (95 % CI 0.223 to 2.28), t.")


def test_a_difference_of_zero_is_no_open_end():
    values = {person: [(0.0, -5.0), (difference, -5.0)] for person, difference in zip(PEOPLE, (0, 1, 2, -1), strict=True)}
    found = one(statistics.biomarker_changes(observed(delivery(values)), SETTINGS))
    assert found["ratio"] == 0.5 and np.isfinite(found["low"]) and found["low"] < 0 < found["high"]


def test_both_answers_stand_side_by_side():
    censored, kept = (statistics.substitution(observed(delivery(), how), SETTINGS) for how in ("censored", "kept"))
    pd.testing.assert_frame_equal(censored, kept)
    row = one(censored, visit="D1")
    # the mean of 1, -0.5, 3 and, for D, its -2, the limit -1, the limit less 1, or less 0.5
    assert np.allclose(row[["as_delivered", "lloq", "half_lloq", "sqrt2_lloq"]].astype(float), [0.375, 0.625, 0.375, 0.5])
    assert row["censored"] < 0.625 and row["method"] == "means" and row["lloq_max"] == -1
    assert one(censored, visit="M1")["as_delivered"] == one(censored, visit="M1")["censored"] == 1.625




@pytest.fixture(scope="module")
def both():
    return log2_study.both()


OWN = choices.complete({"primary_visit": "M3", "permutations": 100})
TABLES = {
    "visit_summaries": statistics.visit_summaries,
    "biomarker_changes": statistics.biomarker_changes,
    "score_changes": statistics.score_changes,
    "associations": statistics.associations,
    "sensitivity": statistics.substitution,
    "accounting": lambda frame, _: statistics.sample_accounting(frame),
    "longitudinal": statistics.longitudinal,
    "prediction": statistics.prediction,
    "pca_scores": lambda frame, own: statistics.pca(frame, own).scores,
    "pca_loadings": lambda frame, own: statistics.pca(frame, own).loadings,
    "pca_variance": lambda frame, own: statistics.pca(frame, own).variance,
}


@pytest.mark.parametrize("name", TABLES)
def test_every_number_is_that_of_amounts_or_its_logarithm(both, name):
    npx, amounts = (TABLES[name](both[unit], OWN) for unit in ("NPX", "AU"))
    if "quantity" in npx and name == "visit_summaries":
        npx, amounts = (frame[frame["quantity"] == "value"].reset_index(drop=True) for frame in (npx, amounts))
    assert len(npx) == len(amounts) > 0
    rows = npx["kind"].eq("biomarker") if "kind" in npx else pd.Series(True, index=npx.index)
    for column, declared in STATISTICS[name].columns.items():
        if column not in npx or declared.type == "str" or column in ("percent_change", "percent_low", "percent_high", "as_delivered"):
            continue
        if column in ("median", "q1", "q3"):  # between two values lies their mean on their own scale
            continue
        found, expected = (frame.loc[rows, column].astype(float) for frame in (npx, amounts))
        if "ln" in declared.unit.split():
            expected = expected / np.log(2)
        elif "<unit>" in declared.unit or "ratio" in declared.unit:
            expected = np.log2(expected)
        assert np.allclose(found, expected, rtol=1e-6, atol=1e-6, equal_nan=True), column


@pytest.mark.parametrize("name", TABLES)
def test_no_row_in_log2_units_speaks_of_a_mass_a_ratio_or_a_fold(both, name):
    for observations_of in (both["NPX"], observed(delivery(), "kept"), observed(delivery())):
        frame = TABLES[name](observations_of, OWN)
        rows = frame[frame["unit"] == "NPX"] if "unit" in frame else frame
        said = [text for column in rows for text in rows[column].dropna().astype(str).unique()]
        others = "pg/mL|ratio|fold|geometric|log-normal|log_t|log scale" + ("|LLOQ" if "unit" in frame else "")
        wrong = [text for text in said if re.search(others, text)]
        assert not [text for text in wrong if not text.startswith(("censored: ", "ROS: "))], wrong


def test_the_median_is_of_the_values(both):
    found = statistics.visit_summaries(both["NPX"], OWN)
    frame = both["NPX"]
    values = frame[(frame["variable"] == "N1") & (frame["visit"] == "D1")]["value"]
    row = one(found, variable="N1", visit="D1", quantity="value")
    assert np.allclose(row[["q1", "median", "q3"]].astype(float), np.quantile(values, [0.25, 0.5, 0.75]))
