"""A limit of detection is a class of its own: never an LLOQ, and what lies below it is not detected."""

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.calibration import limits
from immunoassay.calibration.quantify import choose_dilution, combine_replicates
from immunoassay.results.collection import apply_lloq

from .plates import frame_of, plate, run

RULES = [rule for rule in limits.DETECTION if rule != "none"]
SAMPLES = (0.0, 3.0, 300.0)  # nothing, between LOD and LLOQ, quantified


def wells(noise=0.05, **more):
    return frame_of(plate(noise=noise, samples=SAMPLES, **more))


@pytest.mark.parametrize("rule", RULES)
def test_a_limit_of_detection_is_its_own_column_and_never_the_lloq(rule):
    plain = run(wells(), curve_model="4pl")[0].iloc[0]
    row = run(wells(), curve_model="4pl", detection_rule=rule)[0].iloc[0]
    assert row["lod"] == row[limits.DETECTION[rule]] > 0
    assert (row["lloq"], row["uloq"], row["limit_rule"]) == (plain["lloq"], plain["uloq"], "recovery_cv")
    assert row["lod"] < row["lloq"]
    assert np.isnan(plain["lod"]) and plain["lod_reason"] == ""


def test_no_rule_of_quantification_reads_a_limit_of_detection():
    columns = {column for pair in limits.RULES.values() for column in pair}
    assert columns.isdisjoint(set(limits.DETECTION.values()) | {"lod"})
    assert all("lloq" in low for low, _ in limits.RULES.values())


def attempts(dilutions=(1.0,), **settings):
    frame = pd.concat([wells(dilution=dilution) for dilution in dilutions], ignore_index=True)
    frame["well"] = [f"{'ABCDEFGH'[i % 8]}{i // 8 + 1:02d}" for i in range(len(frame))]
    curves, values = run(frame, curve_model="4pl", detection_rule="blank_ksd", **settings)
    combined = combine_replicates(values, curves, "mean_of_responses")
    return choose_dilution(combined).set_index("sample_id"), curves.iloc[0]


def test_three_classes_not_detected_detected_and_quantified():
    found, curve = attempts()
    assert found["status"].to_dict() == {"T1": "below_lod", "T2": "below_lloq", "T3": "quantified"}
    assert curve["lod"] < found.loc["T2", "point"] < curve["lloq"]
    assert found.loc["T1", ["lower", "upper"]].tolist() == [0, curve["lod"]]
    assert found.loc["T2", ["lower", "upper"]].tolist() == [0, curve["lloq"]]
    assert found["lod"].eq(curve["lod"]).all()
    assert found.loc["T1", "reason"] in ("below_curve", "below_detection")


def test_the_limit_of_detection_follows_the_dilution_and_the_least_diluted_says_most():
    found, curve = attempts((1.0, 10.0))
    assert found.loc["T1", ["status", "dilution", "lod"]].tolist() == ["below_lod", 1.0, curve["lod"]]
    found, curve = attempts((10.0,))
    assert found.loc["T1", "upper"] == pytest.approx(10 * curve["lod"])


def test_a_value_that_is_not_detected_is_not_quantified():
    # blanks that scatter widely: the LOD lies above the lowest standards that recover well
    frame = frame_of(plate(noise=0.01, samples=SAMPLES))
    blanks = frame.index[frame["role"] == "blank"]
    frame.loc[blanks, "signal"] = [60.0, 250.0]
    row = run(frame, curve_model="4pl", weights="1/y2", detection_rule="blank_ksd")[0].iloc[0]
    assert row["lloq_recovery_cv"] < row["lod_blank_ksd"] == row["lod"] == row["lloq"] < row["uloq"]


def test_a_missing_limit_of_detection_has_its_reason_and_leaves_the_lloq():
    frame = wells()
    frame = frame[(frame["role"] != "blank") | ~frame.duplicated(["role"])].reset_index(drop=True)
    curves, values = run(frame, curve_model="4pl", detection_rule="blank_ksd")
    row = curves.iloc[0]
    assert np.isnan(row["lod"]) and row["lod_reason"].startswith("too_few_blanks: 1")
    assert row["lloq"] > 0
    assert not values["status"].eq("below_lod").any()


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match="unknown detection rule"):
        run(wells(), detection_rule="lod_ep17")
    with pytest.raises(ValueError, match="unknown limit rule"):
        run(wells(), limit_rule="blank_ksd")


def test_the_limit_of_the_study_leaves_what_is_not_detected_as_it_is():
    found, curve = attempts()
    chosen = found.reset_index().reindex(columns=tables.TABLES["attempts"].columns)
    applied = apply_lloq(chosen, {"IL-6": 10 * curve["lloq"]}, [], "max").set_index("sample_id")
    assert applied["status"].to_dict() == {"T1": "below_lod", "T2": "below_lloq", "T3": "below_lloq"} or (
        applied.loc["T3", "status"] == "quantified" and 10 * curve["lloq"] < 300
    )
    assert applied.loc["T1", "upper"] == curve["lod"]
    assert applied.loc["T2", "upper"] == 10 * curve["lloq"]
