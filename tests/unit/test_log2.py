"""Results in log2 units (NPX, NPQ), from a delivery to every table of the statistics: worked by hand, and beside amounts."""

import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.acceptance import bridging, repeats, shared_samples
from immunoassay.readers import export, written_names
from immunoassay.readers.deliveries import delivered
from immunoassay.readers.deliveries import delivery as delivery_rows
from immunoassay.results import collection, ledger
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
    assert row[["centre_method", "interval_method", "unit", "n_below", "n_below_lod"]].tolist() == [
        "mean",
        "t",
        "NPX",
        1,
        1,
    ]
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
    assert found["p"] == pytest.approx(stats.ttest_1samp(differences, 0).pvalue)
    assert found["p_method_code"] == "t" and "which rests on normally distributed logarithms" in found["words"]
    assert found["p_beside"] == exact_signed_rank(differences).p == 0.125  # 2 / 2**4
    assert found[["percent_change", "percent_low", "percent_high"]].isna().all()
    assert found["bound_text"] == "1.25 (0.223 to 2.28)"
    assert found["words"].startswith("Mean difference from baseline in NPX (log2) 1.25 (95 % CI 0.223 to 2.28), t.")


def test_a_difference_of_zero_is_no_open_end():
    values = {
        person: [(0.0, -5.0), (difference, -5.0)] for person, difference in zip(PEOPLE, (0, 1, 2, -1), strict=True)
    }
    found = one(statistics.biomarker_changes(observed(delivery(values)), SETTINGS))
    assert found["ratio"] == 0.5 and np.isfinite(found["low"]) and found["low"] < 0 < found["high"]


def test_both_answers_stand_side_by_side():
    censored, kept = (statistics.substitution(observed(delivery(), how), SETTINGS) for how in ("censored", "kept"))
    pd.testing.assert_frame_equal(censored, kept)
    row = one(censored, visit="D1")
    # the mean of 1, -0.5, 3 and, for D, its -2, the limit -1, the limit less 1, or less 0.5
    assert np.allclose(
        row[["as_delivered", "lloq", "half_lloq", "sqrt2_lloq"]].astype(float), [0.375, 0.625, 0.375, 0.5]
    )
    assert row["censored"] < 0.625 and row["method"] == "means" and row["lloq_max"] == -1
    assert one(censored, visit="M1")["as_delivered"] == one(censored, visit="M1")["censored"] == 1.625


OWN = choices.complete({"primary_visit": "M3", "permutations": 100})


@cache
def frames():
    """Observations of one study in log2 units and in amounts, and of the delivery in both ways of what is below."""
    of_delivery = {how: observed(delivery(), how) for how in ("kept", "censored")}
    return log2_study.both() | of_delivery


@cache
def components(name):
    return statistics.pca(frames()[name], OWN)


@cache
def made(table, name):
    """A table of the statistics of the frame of that name."""
    return TABLES[table](name)


def of(function):
    return lambda name: function(frames()[name], OWN)


TABLES = {
    "visit_summaries": of(statistics.visit_summaries),
    "biomarker_changes": of(statistics.biomarker_changes),
    "score_changes": of(statistics.score_changes),
    "associations": of(statistics.associations),
    "sensitivity": of(statistics.substitution),
    "accounting": lambda name: statistics.sample_accounting(frames()[name]),
    "longitudinal": of(statistics.longitudinal),
    "prediction": of(statistics.prediction),
    "pca_scores": lambda name: components(name).scores,
    "pca_loadings": lambda name: components(name).loadings,
    "pca_variance": lambda name: components(name).variance,
}


@pytest.mark.parametrize("name", TABLES)
def test_every_number_is_that_of_amounts_or_its_logarithm(name):
    npx, amounts = (made(name, unit) for unit in ("NPX", "AU"))
    if "quantity" in npx and name == "visit_summaries":
        npx, amounts = (frame[frame["quantity"] == "value"].reset_index(drop=True) for frame in (npx, amounts))
    assert len(npx) == len(amounts) > 0
    rows = npx["kind"].eq("biomarker") if "kind" in npx else pd.Series(True, index=npx.index)
    for column, declared in STATISTICS[name].columns.items():
        if (
            column not in npx
            or declared.type == "str"
            or column in ("percent_change", "percent_low", "percent_high", "as_delivered")
        ):
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
def test_no_row_in_log2_units_speaks_of_a_mass_a_ratio_or_a_fold(name):
    for of_frame in ("NPX", "kept", "censored"):
        frame = made(name, of_frame)
        rows = frame[frame["unit"] == "NPX"] if "unit" in frame else frame
        said = [text for column in rows for text in rows[column].dropna().astype(str).unique()]
        others = "pg/mL|(?<!likelihood.)ratio|fold|geometric|log-normal|log_t|log scale" + (
            "|LLOQ" if "unit" in frame else ""
        )
        wrong = [text for text in said if re.search(others, text)]
        assert not [text for text in wrong if not text.startswith(("censored: ", "ROS: "))], wrong


def test_the_median_is_of_the_values():
    found, frame = made("visit_summaries", "NPX"), frames()["NPX"]
    values = frame[(frame["variable"] == "N1") & (frame["visit"] == "D1")]["value"]
    row = one(found, variable="N1", visit="D1", quantity="value")
    assert np.allclose(row[["q1", "median", "q3"]].astype(float), np.quantile(values, [0.25, 0.5, 0.75]))


def attempt_rows(values, plate, date, lot="L1", batch="B", unit="NPX", **given):
    """Attempts {sample: value} on one plate."""
    fixed = {
        **dict.fromkeys(tables.TABLES["attempts"].columns), "batch": batch, "plate": plate, "panel": "lab", "analyte": "X",
        "attempt": f"{plate} row 1", "dilution": 1.0, "wells": "row 1", "status": "quantified", "kit_lot": lot, "run_date": date,
        "verdict": "PASS", "unit": unit, "lod": -1.0, "lloq_rule": "laboratory", **given,
    }  # fmt: skip
    frame = pd.DataFrame({"sample_id": list(values), "value": list(values.values())})
    frame = frame.assign(**{name: value for name, value in fixed.items() if name not in frame})
    return tables.conform(frame.assign(lower=frame["value"], upper=frame["value"], point=frame["value"]), "attempts")


def collected(parts, amendments=(), **bridges):
    analytes = [{"analyte": "X", "panel": "lab", "unit": "NPX", "unit_factor": 1.0, "lloq_validated": None,
                 "uloq_validated": None}]  # fmt: skip
    samples = [{"sample_id": name} for name in "abc"]
    found, problems = collection.collect(
        parts, samples, analytes, "plate", list(amendments), {"pools": ["POOL"], "normalise": [], **bridges}
    )
    return (tables.conform(found, "results").set_index("sample_id") if not problems else found), problems


THREE = [
    attempt_rows({"POOL": 1.0, "a": -0.5}, "P1", "2024-01-01", batch="B1"),
    attempt_rows({"POOL": 1.4, "b": 0.0}, "P2", "2024-02-01", batch="B2"),
    attempt_rows({"POOL": 0.2, "c": 2.0}, "P3", "2024-03-01", batch="B3"),
]


def test_a_pool_is_a_difference_that_is_subtracted():
    found, _ = collected(THREE, normalise=["X"])
    assert np.allclose(found["pool_factor"], [0, 0.4, -0.8])
    assert np.allclose(found["value"], [-0.5, -0.4, 2.8]) and found["value_raw"].tolist() == [-0.5, 0, 2]
    assert np.allclose(found["lod"], [-1, -1.4, -0.2])


def shift(amendment="A1", plate="P2", analyte="X", of="", to="-0.4"):
    return {"amendment": amendment, "what": "bridge_shift", "plate": plate, "well": "", "analyte": analyte, "sample_id": "",
            "level": "", "from": of, "to": to, "reason": "shared samples", "who": "AB", "when": "2024-05-01"}  # fmt: skip


def test_a_shift_is_added_to_logarithms_and_named():
    for row in (shift(), shift(of="1.4", to="1")):
        found, problems = collected(THREE, [row])
        assert (
            problems == []
            and np.allclose(found["value"], [-0.5, -0.4, 2])
            and np.allclose(found["lod"], [-1, -1.4, -1])
        )
        assert found["value_raw"].tolist() == [-0.5, 0, 2]
        assert found["amendments"].fillna("").tolist() == ["", "A1", ""]
    amounts = [frame.assign(unit="pg/mL", value=4.0, lower=4.0, upper=4.0, point=4.0) for frame in THREE]
    found, _ = collected(amounts, [shift(of="2", to="3")])
    assert found["value"].tolist() == [4, 6, 4]
    table = collection.amendments_applied([shift()], THREE, [{"sample_id": name} for name in "abc"], [], collected(
        THREE, [shift()])[0])  # fmt: skip
    assert table[["n_records", "n_results"]].to_numpy().tolist() == [[2, 1]]  # the pool is an attempt of the plate too
    marks = collection.mark_selected(
        THREE[1], collected(THREE, [shift()])[0].reset_index(), [{"sample_id": "b"}], (), [shift()]
    )
    assert set(marks["amendments"]) == {"A1"}


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        ([shift(plate="P9")], ["E-AMD-120"]),
        ([shift(analyte="Y")], ["E-AMD-120"]),
        ([shift(), shift("A2", analyte="")], ["E-AMD-122"]),
    ],
)
def test_a_shift_of_nothing_or_of_the_same_twice_stops(rows, codes):
    assert [problem.code for problem in collected(THREE, rows)[1]] == codes


def test_plates_are_compared_on_the_samples_they_share():
    old = attempt_rows({"a": 1.0, "b": 2.0, "c": -1.0, "d": 0.5, "z": 9.0}, "P1", "2024-01-01")
    new = attempt_rows({"a": 1.1, "b": 2.3, "c": -0.8, "d": 0.9}, "P2", "2024-02-01")
    last = attempt_rows({"z": 9.5, "d": 0.0}, "P3", "2024-03-01")
    found = shared_samples.compare(pd.concat([last, new, old]))
    row = one(found, plate_new="P2")
    assert row[["plate_old", "n_samples", "n_pairs", "unit", "quantity"]].tolist() == ["P1", 4, 4, "NPX", "difference"]
    assert np.allclose(row[["q1", "median", "q3"]].astype(float), [0.175, 0.25, 0.325])  # of 0.1, 0.2, 0.3, 0.4
    assert one(found, plate_new="P3")[["plate_old", "n_pairs", "median"]].tolist() == ["P1", 2, 0]  # 0.5 and -0.5
    amounts = pd.concat([each.assign(unit="pg/mL", value=np.exp2(each["value"])) for each in (old, new)])
    ratio = one(shared_samples.compare(amounts))
    assert ratio["quantity"] == "ratio" and np.isclose(ratio["median"], 2**0.25)


def test_runs_of_one_delivery_are_compared_too():
    runs = [attempt_rows({"a": value, "b": value}, "D", "2024-01-01", attempt=name, run=name) for name, value in
            (("run 1", 1.0), ("run 2", 1.5))]  # fmt: skip
    row = one(shared_samples.compare(pd.concat(runs)))
    assert row[["plate_old", "run_old", "plate_new", "run_new", "median"]].tolist() == ["D", "run 1", "D", "run 2", 0.5]


def test_lots_are_compared_without_logarithms_of_logarithms():
    rng = np.random.default_rng(1)
    truth = {f"S{number}": value for number, value in enumerate(np.linspace(-3, 6, 24))}
    noise = {name: value + 0.1 + rng.normal(0, 0.02) for name, value in truth.items()}
    old, new = attempt_rows(truth, "P1", "2024-01-01"), attempt_rows(noise, "P2", "2024-06-01", lot="L2")
    found = one(bridging.compare_lots(pd.concat([old, new])))
    shifts = np.array(list(noise.values())) - np.array(list(truth.values()))
    assert np.isclose(found["ratio"], 2 ** shifts.mean()) and found["verdict"] == "PASS" and found["unit"] == "NPX"
    assert np.isclose(found["deming_slope"], 1, atol=0.02) and np.isclose(
        found["passing_bablok_intercept"], 0.1, atol=0.03
    )
    assert found["words"].startswith(f"new - old {shifts.mean():.3f} NPX (90 % interval")


def test_repeats_within_thirty_percent_are_those_of_amounts():
    first = attempt_rows({"a": 0.0, "b": -0.1, "c": 5.0}, "P1", "2024-01-01")
    again = attempt_rows({"a": 0.2, "b": 0.1, "c": 6.0}, "P2", "2024-02-01")
    row = one(repeats.compare(pd.concat([first, again])))
    assert row[["n_pairs", "n_within"]].tolist() == [3, 2]  # 2**0.2 is 1.15 times as much, 2**1 twice


def replicated(*records, unit="NPX", **other):
    """Delivered replicates (value, flag, limit, lod) of one sample in one run."""
    frame = delivery({"A": [(1.0, -1.0)] * 2}, unit).iloc[[0] * len(records)].reset_index(drop=True)
    for name, values in zip(("value", "flag", "limit", "lod"), zip(*records, strict=True), strict=True):
        frame[name] = pd.Series(values).astype(frame[name].dtype)
    frame["value_text"] = [f"<{limit}" if flag == "below_range" else str(value) for value, flag, limit, _ in records]
    number = [str(k + 1) for k in range(len(records))]
    texts = {"record": [f"row {k}" for k in number], "replicate": number, "file_row": range(2, len(records) + 2)}
    return tables.conform(frame.assign(**{**texts, "run": "R1", **other}), "delivered")


NAN = np.nan


def test_replicates_are_one_attempt_with_the_mean_of_the_values():
    row = one(attempts(replicated((1.0, "none", NAN, -1.0), (2.0, "none", NAN, -0.8))))
    assert row[["value", "n_wells", "wells", "status", "lod", "run"]].tolist() == [
        1.5,
        2,
        "row 1,row 2",
        "quantified",
        -0.8,
        "R1",
    ]
    assert np.isclose(row["cv_percent"], 100 * np.std([2, 4], ddof=1) / 3)  # of amounts
    amounts = one(attempts(replicated((1.0, "none", NAN, 0.1), (2.0, "none", NAN, 0.1), unit="pg/mL")))
    assert amounts["value"] == 1.5 and np.isclose(amounts["cv_percent"], 100 * np.sqrt(0.5) / 1.5)


def test_values_printed_below_their_limit_are_judged_by_their_mean():
    row = one(attempts(replicated((-1.75, "none", NAN, -1.0), (-1.25, "none", NAN, -1.0))))
    assert row[["status", "point", "lower", "upper"]].tolist() == ["below_lod", -1.5, -np.inf, -1]
    row = one(attempts(replicated((-1.5, "none", NAN, -1.0), (0.5, "none", NAN, -1.0))))
    assert row[["status", "value"]].tolist() == ["quantified", -0.5]


def test_a_replicate_below_without_a_number_decides_where_the_others_agree():
    for other in (-1.1, -0.95):  # below the limit, or as near to it as replicates are to each other
        row = one(attempts(replicated((NAN, "below_range", -1.0, NAN), (other, "none", NAN, NAN))))
        assert row[["status", "upper", "n_wells", "flags"]].fillna("").tolist() == ["below_lloq", -1, 2, ""]
    row = one(attempts(replicated((NAN, "below_range", -1.0, NAN), (2.0, "none", NAN, NAN))))
    assert row[["status", "reason", "lower", "upper"]].tolist() == [
        "not_reportable",
        "replicates_contradict",
        -np.inf,
        np.inf,
    ]
    assert row["flags"] == "replicates_contradict:<-1.0|2.0"
    row = one(attempts(replicated((NAN, "below_range", -1.0, NAN), (NAN, "below_range", -0.5, NAN))))
    assert row[["status", "upper"]].tolist() == ["below_lloq", -0.5]  # the wider bound is certain
    row = one(attempts(replicated((NAN, "below_range", -1.0, NAN), (NAN, "above_range", 9.0, NAN))))
    assert row["reason"] == "replicates_contradict"


def test_no_replicate_is_dropped_in_silence():
    row = one(attempts(replicated((1.0, "none", NAN, NAN), (NAN, "not_computed", NAN, NAN))))
    assert row[["value", "n_wells", "flags", "wells"]].tolist() == [1.0, 1, "W-FEWER-WELLS", "row 1,row 2"]
    frame = replicated((1.0, "none", NAN, NAN), (3.0, "none", NAN, NAN))
    frame.loc[1, "disposition"] = "rejected_by_laboratory"
    row = one(attempts(frame))
    assert row[["value", "n_wells", "flags", "wells"]].tolist() == [1.0, 1, "W-FEWER-WELLS", "row 1"]
    row = one(attempts(replicated((NAN, "not_computed", NAN, NAN), (NAN, "not_computed", NAN, NAN))))
    assert row[["status", "n_wells"]].tolist() == ["not_reportable", 2]


def test_runs_and_rows_without_a_replicate_stay_attempts_of_their_own():
    two = ((1.0, "none", NAN, NAN), (2.0, "none", NAN, NAN))
    for other in ({"run": ["R1", "R2"]}, {"replicate": None}, {"replicate": "1"}):
        found = attempts(replicated(*two, **other))
        assert found["value"].tolist() == [1, 2] and found["flags"].fillna("").tolist() == ["", "repeat"]


def test_controls_are_no_attempts_and_every_record_has_one_end():
    frame = pd.concat([replicated((1.0, "none", NAN, NAN), (2.0, "none", NAN, NAN)), delivery(analyte="Y")])
    control = delivery({"QC": [(1.0, -1.0), (2.0, -1.0)]}, analyte="Z")
    control = control.assign(role="control", disposition="control_kept", sample_id=None)
    frame = tables.conform(pd.concat([frame, control]), "delivered")
    found = results(frame)
    assert set(attempts(frame)["analyte"]) == {"X", "Y"}
    wells, curves, dropped = (tables.empty(name) for name in ("wells", "curves", "dropped_standards"))
    samples = [{"sample_id": name} for name in set(found["sample_id"])]
    ended = ledger.ledger(wells, frame, curves, dropped, ledger.used_records(found), samples)
    assert len(ended) == len(frame)
    assert ended["disposition"].value_counts().to_dict() == {
        "result_quantified": 9, "control_kept": 2, "result_below_lod": 1,
    }  # fmt: skip


def test_a_control_of_a_delivery_is_kept_and_names_say_which_is_a_sample():
    table = pd.DataFrame({"sample": ["QC", "POOL", "A-D1"], "role": ["control", "control", None], "analyte": "X", "value": 1.0,
                          "unit": "NPX", "row": [2, 3, 4]})  # fmt: skip
    table = export.ResultTable(
        "npx", tables.checked(table.reindex(columns=list(export.RESULTS.columns)), export.RESULTS)
    )
    units = vocabulary.units("resources/units.tsv")
    analyte = {"analyte": "X", "names_in_export": ["X"], "unit": "NPX", "standard_unit": "NPX", "lloq_validated": None,
               "uloq_validated": None}  # fmt: skip
    frame, problems = delivery_rows.study_rows(table, {"plate": "D", "panel": "lab", "file": "f.csv"}, [analyte], units)
    pool = {"name": "POOL", "sample_id": "POOL", "role": "sample", "level": "", "dilution": np.nan, "scope": "*"}
    frame, more = written_names.of_delivery(frame, {"POOL": pool}, "f.csv")
    assert problems == more == []
    assert frame["disposition"].tolist() == ["control_kept", "usable", "usable"]
    assert frame["role"].tolist() == ["control", "sample", "sample"]
    assert frame["sample_id"].fillna("").tolist() == ["", "POOL", "A-D1"]


def test_a_heading_with_a_comma_is_one_record():
    frame = replicated((1.0, "none", NAN, NAN), (2.0, "none", NAN, NAN))
    frame["record"] = ["row 1 X, NPX", "row 2 X, NPX"]
    used = ledger.used_records(results(frame))
    assert used["record"].tolist() == ["row 1 X, NPX", "row 2 X, NPX"]
