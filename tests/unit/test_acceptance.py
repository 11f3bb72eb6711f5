"""Acceptance rules on hand-made facts, with the golden vectors of 2/3 and of percentages at the limit."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from immunoassay.acceptance import assess, gate, rules
from immunoassay.problems import Problem, StudyError, to_frame

CRITERIA = yaml.safe_load((Path(__file__).parents[2] / "resources/criteria/ich_m10_lba.yaml").read_text())
CURVE = pd.Series({"status": "converged", "status_reason": "", "lloq": 1.0, "uloq": 100.0, "limit_reason": ""})


def controls(pattern):
    """Control wells from a pattern such as "L:10 M:11": 1 = on target, 0 = 40 % off."""
    rows = [
        {"level": level, "expected": 10.0, "concentration_well": 10.0 if one == "1" else 14.0, "status": "quantified"}
        for level, ones in (part.split(":") for part in pattern.split())
        for one in ones
    ]
    return pd.DataFrame(rows)


def facts(**parts):
    empty = pd.DataFrame({"expected": [], "level": [], "concentration_well": [], "status": []})
    return rules.Facts(**{"curve": CURVE, "standards": empty, "controls": empty, "blanks": empty, **parts})


def verdict(rule, given):
    return {each.rule: each.verdict for each in rule(given, CRITERIA)}[rule.__name__]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("L:10 M:10 H:11", "PASS"),  # 4 of 6 is 2/3
        ("L:00 M:11 H:11", "FAIL"),  # a level below one half
        ("L:10 M:10 H:10", "FAIL"),  # 3 of 6
        ("L:110 M:110 H:110", "PASS"),
        ("L:100 M:111 H:111", "FAIL"),  # 7 of 9, but a level at 1/3
        ("L:11", "NOT_EVALUABLE"),
    ],
)
def test_controls_two_thirds_and_one_half_exactly(pattern, expected):
    assert verdict(rules.controls, facts(controls=controls(pattern))) == expected


@pytest.mark.parametrize(("nominal", "measured"), [(100, 120), (3, 3.6), (0.7, 0.84), (7, 8.4), (30, 24)])
def test_twenty_percent_is_twenty_percent_whatever_the_last_bit_says(nominal, measured):
    frame = pd.DataFrame(
        [
            {"level": level, "expected": nominal, "concentration_well": measured, "status": "quantified"}
            for level in ("L", "M", "H")
        ]
    )
    assert verdict(rules.controls, facts(controls=frame)) == "PASS"


def test_a_control_out_of_range_is_a_failed_control_not_a_missing_one():
    frame = controls("L:11 M:11 H:11")
    frame.loc[frame["level"] == "H", "status"] = "above_uloq"
    assert verdict(rules.controls, facts(controls=frame)) == "FAIL"


def standards(errors):
    """Eight levels in duplicate with the given relative errors per level; None = not on the curve."""
    nominal = [100 / 2**step for step in range(len(errors))]
    return pd.DataFrame(
        [
            {"level": f"S{i + 1}", "expected": x, "concentration_well": np.nan if e is None else x * (1 + e)}
            for i, (x, e) in enumerate(zip(nominal, errors, strict=True))
            for _ in range(2)
        ]
    )


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([0.1] * 8, "PASS"),
        ([0.1] * 6 + [0.3, 0.4], "PASS"),  # 6 of 8 is 3/4
        ([0.1] * 5 + [0.3, 0.4, 0.5], "FAIL"),
        ([0.1] * 6 + [None, None], "PASS"),
        ([0.1] * 5 + [None, None, None], "FAIL"),
    ],
)
def test_three_quarters_of_the_levels(errors, expected):
    assert verdict(rules.calibration_recovery, facts(standards=standards(errors))) == expected


def test_the_ends_of_the_range_have_the_wider_tolerance():
    given = facts(
        standards=standards([0.24, 0.24, 0, 0, 0, 0, 0, 0]),
        curve=CURVE.copy().replace({"lloq": 1.0}),
    )
    level = {each.subject: each.verdict for each in rules.calibration_recovery(given, CRITERIA) if each.subject}
    assert level["S1"] == "PASS"  # 100 is the ULOQ
    assert level["S2"] == "FAIL"


def test_six_levels_are_needed():
    assert verdict(rules.calibration_levels, facts(standards=standards([0] * 6))) == "PASS"
    assert verdict(rules.calibration_levels, facts(standards=standards([0] * 5))) == "FAIL"


def test_a_blank_above_the_lloq_fails_and_no_blank_is_not_a_pass():
    high = pd.DataFrame({"concentration_well": [1.5, np.nan]})
    low = pd.DataFrame({"concentration_well": [np.nan, np.nan]})
    assert verdict(rules.blanks, facts(blanks=high)) == "FAIL"
    assert verdict(rules.blanks, facts(blanks=low)) == "PASS"
    assert verdict(rules.blanks, facts()) == "NOT_EVALUABLE"


def attempt(**parts):
    return pd.Series(
        {
            "batch": "B",
            "plate": "P",
            "panel": "kit",
            "sample_id": "A",
            "analyte": "X",
            "attempt": "P 1:2",
            "dilution": 2.0,
            "n_wells": 2,
            "value": 50.0,
            "lower": 50.0,
            "upper": 50.0,
            "low": 45.0,
            "high": 55.0,
            "status": "quantified",
            "reason": None,
            "lloq_plate": 2.0,
            "cv_percent": 10.0,
            "flags": None,
            "point": 50.0,
            **parts,
        }
    )


@pytest.mark.parametrize(
    ("cv", "value", "expected"), [(20, 50, "PASS"), (20.1, 50, "FAIL"), (24, 5, "PASS"), (26, 5, "FAIL")]
)
def test_replicate_cv_is_wider_near_the_lloq(cv, value, expected):
    assert rules.replicate_cv(attempt(cv_percent=cv, value=value), CRITERIA).verdict == expected


PANELS = {"kit": {"criteria_set": "set", "min_dilution": 1, "max_dilution": 10, "accept_unproven": ""}}


def judged(verdict, panels=PANELS, criteria=CRITERIA, **parts):
    frame = pd.DataFrame([attempt(**parts)])
    frame["reason"] = frame["reason"].astype("object")
    frame["flags"] = frame["flags"].astype("object")
    verdicts = pd.DataFrame([("P", "X", verdict, "words")], columns=["plate", "analyte", "verdict", "verdict_reason"])
    attempts, _ = assess.judge_attempts(frame, verdicts, panels, {"set": criteria})
    return attempts.iloc[0]


def test_a_rejected_plate_makes_its_values_not_reportable_and_keeps_the_point():
    row = judged("FAIL")
    assert (row["status"], row["reason"], row["point"]) == ("not_reportable", "plate_rejected", 50.0)
    assert (row["lower"], row["upper"]) == (0.0, np.inf)
    assert np.isnan(row["value"])


def test_not_evaluable_is_never_a_pass_unless_the_panel_says_why():
    assert judged("NOT_EVALUABLE")["reason"] == "plate_not_evaluable"
    accepted = {"kit": {**PANELS["kit"], "accept_unproven": "kit without controls, exploratory"}}
    assert judged("NOT_EVALUABLE", accepted)["status"] == "quantified"


def test_a_failed_required_sample_rule_rejects_and_an_advisory_one_flags():
    strict = {**CRITERIA, "required": [*CRITERIA["required"], "replicate_cv"]}
    lenient = {**CRITERIA, "required": [rule for rule in CRITERIA["required"] if rule != "replicate_cv"]}
    assert judged("PASS", criteria=strict, cv_percent=60.0)["reason"] == "replicate_cv"
    row = judged("PASS", criteria=lenient, cv_percent=60.0)
    assert (row["status"], row["flags"]) == ("quantified", "W-REPLICATE-CV")


def test_delivered_results_become_intervals_and_never_numbers_from_flags():
    rows = pd.DataFrame(
        {
            "batch": "B",
            "plate": "D",
            "panel": "lab",
            "analyte": "X",
            "unit": "nmol/L",
            "file": "f",
            "file_sha256": "s",
            "sample_id": ["a", "b", "c", "d", "e"],
            "value": [1.5, np.nan, np.nan, np.nan, 0.01],
            "value_text": ["1.5", "<0.02", ">50", "QNS", "0.01"],
            "flag": ["none", "below_range", "above_range", "not_computed", "none"],
            "limit": [np.nan, 0.02, 50, np.nan, np.nan],
            "lloq": [0.02, np.nan, 0.02, 0.02, 0.02],
            "uloq": np.nan,
            "record": [f"row {i}" for i in range(5)],
            "file_row": range(5),
            "disposition": "usable",
        }
    )
    found = assess.delivered_attempts(rows, [{"plate": "D", "run_date": None, "kit_lot": ""}]).set_index("sample_id")
    assert found["status"].to_dict() == {
        "a": "quantified",
        "b": "below_lloq",
        "c": "above_uloq",
        "d": "not_reportable",
        "e": "below_lloq",
    }
    assert found.loc["d", "reason"] == "reported as QNS"
    bounds = found[["lower", "upper"]].apply(tuple, axis=1).to_dict()
    assert bounds == {"a": (1.5, 1.5), "b": (0, 0.02), "c": (50, np.inf), "d": (0, np.inf), "e": (0, 0.02)}


def test_the_gate_closes_on_stop_and_quarantine_and_prints_all():
    found = [
        Problem("A-1", "FLAG", "f", "x", "y", "z"),
        Problem("B-1", "QUARANTINE", "f", "x", "y", "z", plate="P"),
        Problem("C-1", "STOP", "f", "x", "y", "z"),
    ]
    gate.close(to_frame(found[:1]))
    with pytest.raises(StudyError) as caught:
        gate.close(to_frame(found))
    assert [problem.code for problem in caught.value.problems] == ["B-1", "C-1"]


def test_unknown_samples_are_excluded_and_many_of_them_stop():
    attempts = pd.DataFrame(
        {"batch": "B", "plate": "P", "file": "f", "sample_id": [f"S{i}" for i in range(40)]}, dtype="str"
    )
    samples = [{"sample_id": f"S{i}"} for i in range(39)]
    found = gate.gather(to_frame([]), attempts, samples)
    assert found[["code", "level"]].values.tolist() == [["E-ID-049", "EXCLUDE"]]
    found = gate.gather(to_frame([]), attempts, samples[:30])
    assert set(found["level"]) == {"STOP"}
