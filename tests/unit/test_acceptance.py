"""Acceptance rules on hand-made facts, with the golden vectors of 2/3 and of percentages at the limit."""

import re
from itertools import product
from math import erf
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from immunoassay.acceptance import assess, gate, plate_checks, rules, sample_checks
from immunoassay.acceptance.facts import Facts, Rows, table
from immunoassay.acceptance.rule_names import RULES
from immunoassay.problems import Problem, StudyError, to_frame
from immunoassay.readers.deliveries import delivered
from immunoassay.readers.wells import ASIDE
from immunoassay.study import amendments, vocabulary
from immunoassay.study.config import check_config
from immunoassay.study.schema import load_schema
from jsonschema import Draft202012Validator

CRITERIA = yaml.safe_load((Path(__file__).parents[2] / "resources/criteria/ich_m10_lba.yaml").read_text())
CURVE = pd.Series(
    {"status": "converged", "status_reason": "", "lloq": 1.0, "uloq": 100.0, "limit_reason": "", "at_bound": ""}
)


def controls(pattern):
    """Control wells from a pattern such as "L:10 M:11": 1 = on target, 0 = 40 % off."""
    rows = [
        {"level": level, "expected": 10.0, "concentration_well": 10.0 if one == "1" else 14.0, "status": "quantified"}
        for level, ones in (part.split(":") for part in pattern.split())
        for one in ones
    ]
    return pd.DataFrame(rows)


def facts(curve=CURVE, dropped=(), **parts):
    """The facts of one place; `dropped` levels."""
    empty = pd.DataFrame({"expected": [], "level": [], "signal": [], "concentration_well": [], "status": []})
    wells = pd.DataFrame({"role": [], "sample_id": [], "bead_count": [], "signal_kind": []})
    frames = {"standards": empty, "controls": empty, "blanks": empty, "wells": wells}
    frames |= {name: part for name, part in parts.items() if isinstance(part, pd.DataFrame)}
    rows = {name: Rows.of(frame, place=np.zeros(len(frame), int)) for name, frame in frames.items()}
    gone = frozenset((0, level) for level in dropped)
    return Facts(**{"curves": Rows.of(pd.DataFrame([curve])), "platform": "", "dropped": gone, **parts, **rows})


def said(rule, *given):
    """What a rule says, a row per judgement."""
    return list(table(rule(*given)).itertuples())


def verdict(rule, given):
    return {each.rule: each.verdict for each in said(rule, given, CRITERIA)}[rule.__name__]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("L:10 M:10 H:11", "PASS"),  # 4 of 6 is 2/3
        ("L:00 M:11 H:11", "FAIL"),  # a level below one half
        ("L:10 M:10 H:10", "FAIL"),  # 3 of 6
        ("L:110 M:110 H:110", "PASS"),  # 6 of 9
        ("L:100 M:111 H:111", "FAIL"),  # 7 of 9, but a level at 1/3
        ("L:111111", "NOT_EVALUABLE"),
    ],
)
def test_controls_two_thirds_and_one_half_exactly(pattern, expected):
    assert verdict(rules.controls, facts(controls=controls(pattern))) == expected


@pytest.mark.parametrize(("nominal", "measured"), [(100, 120), (3, 3.6), (0.7, 0.84), (7, 8.4), (30, 24)])
def test_twenty_percent_is_twenty_percent_whatever_the_last_bit_says(nominal, measured):
    frame = pd.DataFrame(
        [
            {"level": level, "expected": nominal, "concentration_well": measured, "status": "quantified"}
            for level in "LLMMHH"
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
        ([0.1] * 5 + [0.4], "FAIL"),  # 5 of 6 is more than 3/4, but six levels are needed
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
    level = {each.subject: each.verdict for each in said(rules.calibration_recovery, given, CRITERIA) if each.subject}
    assert level["S1"] == "PASS"  # 100 is the ULOQ
    assert level["S2"] == "FAIL"


def test_six_levels_are_needed():
    assert verdict(rules.calibration_levels, facts(standards=standards([0] * 6))) == "PASS"
    assert verdict(rules.calibration_levels, facts(standards=standards([0] * 5))) == "FAIL"


def test_a_blank_above_the_lloq_fails_and_no_blank_is_not_a_pass():
    high = pd.DataFrame({"concentration_well": [1.5, np.nan], "status": ["quantified", "below_lloq"]})
    low = pd.DataFrame({"concentration_well": [np.nan, np.nan], "status": "below_lloq"})
    over = pd.DataFrame({"concentration_well": [np.nan, np.nan], "status": ["below_lloq", "above_uloq"]})
    assert verdict(rules.blanks, facts(blanks=high)) == "FAIL"
    assert verdict(rules.blanks, facts(blanks=over)) == "FAIL"
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
            "unit": "pg/mL",
            **parts,
        }
    )


def of_attempt(rule, *given, statuses=(), rise=np.nan, **parts):
    """What a rule says of one attempt."""
    rows = Rows.of(pd.DataFrame([attempt(**parts)]), place=np.zeros(1, int), rise=np.array([rise]))
    more = {"statuses": np.fromiter([statuses], object, 1), "subject": np.array(["A 1:2"], object)}
    return said(rule, Rows(rows.columns | more), *given)


@pytest.mark.parametrize(
    ("cv", "value", "expected"), [(20, 50, "PASS"), (20.1, 50, "FAIL"), (24, 5, "PASS"), (26, 5, "FAIL")]
)
def test_replicate_cv_is_wider_near_the_lloq(cv, value, expected):
    (found,) = of_attempt(rules.replicate_cv, CRITERIA, cv_percent=cv, value=value)
    assert found.verdict == expected


def test_standards_too_few_for_the_model_are_one_flag_per_plate_and_cause():
    curves = pd.DataFrame(
        [
            ("P1", "IL-6", "converged", "5pl", "4pl", 5, 5),
            ("P1", "TNF", "converged", "5pl", "4pl", 5, 5),
            ("P1", "IL-8", "converged", "5pl", "log_log", 3, 3),
            ("P1", "IL-4", "not_fitted", "5pl", "log_log", 2, 1),  # the plate is rejected for it
            ("P1", "IL-2", "converged", None, "5pl", 16, 8),
        ],
        columns=["plate", "analyte", "status", "model_refused", "model", "n_wells_offered", "n_levels_offered"],
    )
    found = assess.fewer_parameters(curves, [{"plate": "P1", "file": "raw/p1.csv"}])
    assert [(problem.code, problem.level, problem.plate, problem.found) for problem in found] == [
        ("W-LIM-094", "FLAG", "P1", "IL-8: 3 wells of 3 levels are too few for model 5pl; log_log fitted"),
        ("W-LIM-094", "FLAG", "P1", "IL-6, TNF: 5 wells of 5 levels are too few for model 5pl; 4pl fitted"),
    ]


def test_a_verdict_says_its_rules_by_the_names_a_person_knows_and_every_rule_has_one():
    row = {"plate": "P", "analyte": "X", "scope": "plate", "required": True}
    checks = pd.DataFrame(
        [
            row | {"rule": "controls", "verdict": "FAIL", "words": "3 of 6 control wells within 25 %"},
            row | {"rule": "calibration_levels", "verdict": "FAIL", "words": "5 standard levels, 6 needed"},
            row
            | {"rule": "bead_counts", "verdict": "WARN", "words": "left out, as it does not reject", "required": False},
        ]
    )
    found = assess.verdicts(checks, pd.DataFrame({"plate": ["P"], "analyte": ["X"]}))
    assert found.iloc[0]["verdict_reason"] == (
        "recovery of the controls: 3 of 6 control wells within 25 %; "
        "number of standard levels: 5 standard levels, 6 needed"
    )
    sources = [path.read_text(encoding="utf-8") for path in Path(assess.__file__).parent.glob("*.py")]
    coded = {code for text in sources for code in re.findall(r"(?:Judgement|not_evaluable)\(\s*\"(\w+)\"", text)}
    assert {"controls", "samples_everywhere", "hook"} < coded
    assert coded | {*ASIDE, amendments.EXCLUDED} | {*CRITERIA["required"]} <= set(RULES)


PANELS = {"kit": {"criteria_set": "set", "min_dilution": 1, "max_dilution": 10, "accept_unproven": ""}}


def judged(verdict, panels=PANELS, criteria=CRITERIA, **parts):
    frame = pd.DataFrame([attempt(**parts)])
    frame["reason"] = frame["reason"].astype("object")
    frame["flags"] = frame["flags"].astype("object")
    verdicts = pd.DataFrame([("P", "X", verdict, "words")], columns=["plate", "analyte", "verdict", "verdict_reason"])
    attempts, _ = assess.judge_attempts(frame, verdicts, panels, {"set": criteria}, {}, {}, {})
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
            "role": "sample",
            "run": None,
            "replicate": None,
            "file": "f",
            "file_sha256": "s",
            "sample_id": ["a", "b", "c", "d", "e"],
            "value": [1.5, np.nan, np.nan, np.nan, 0.01],
            "value_text": ["1.5", "<0.02", ">50", "QNS", "0.01"],
            "flag": ["none", "below_range", "above_range", "not_computed", "none"],
            "limit": [np.nan, 0.02, 50, np.nan, np.nan],
            "lod": np.nan,
            "lloq_validated": np.nan,
            "uloq_validated": np.nan,
            "lloq": [0.02, np.nan, 0.02, 0.02, 0.02],
            "uloq": np.nan,
            "record": [f"row {i}" for i in range(5)],
            "file_row": range(5),
            "disposition": "usable",
            "amendments": None,
        }
    )
    found = delivered.attempts(rows, [{"plate": "D", "run_date": None, "kit_lot": ""}]).set_index("sample_id")
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


def test_the_gate_closes_on_a_stop_only():
    found = [
        Problem("V-083", "FLAG", "f", "x", "y", "z"),
        Problem("E-WELL-066", "QUARANTINE", "f", "x", "y", "z", plate="P"),
        Problem("E-REF-001", "STOP", "f", "x", "y", "z"),
    ]
    gate.close(to_frame(found[:2]))
    with pytest.raises(StudyError) as caught:
        gate.close(to_frame(found))
    assert [problem.code for problem in caught.value.problems] == ["E-REF-001"]


def test_unknown_samples_are_excluded_and_many_of_them_stop():
    wells = pd.DataFrame(
        {
            "batch": "B",
            "plate": "P",
            "file": "f",
            "role": "sample",
            "analyte": "X",
            "file_row": "2",
            "sample_id": [f"S{i}" for i in range(40)],
        },
        dtype="str",
    ).assign(header=None, sample_written=lambda frame: frame["sample_id"])
    samples = [{"sample_id": f"S{i}"} for i in range(39)]
    found = gate.of_reading(to_frame([]), [wells], [], [], samples)
    assert found[["code", "level"]].values.tolist() == [["E-ID-049", "EXCLUDE"]]
    found = gate.of_reading(to_frame([]), [wells], [], [], samples[:19])
    assert set(found["level"]) == {"STOP"}
    assert (
        len(found) == 1 and '21 names on plate P are in neither samples nor names: "S19", "S20", ' in found["found"][0]
    )
    assert gate.of_reading(to_frame([]), [wells], [], [], None).empty  # without a samples sheet nothing is unknown
    aside = to_frame([Problem("E-WELL-062", "QUARANTINE", "f", "x", "y", "z", plate="P")])
    assert set(gate.of_reading(aside, [wells], [], [], samples[:30])["level"]) == {
        "QUARANTINE"
    }  # its names may be wrong


@pytest.mark.parametrize(("factor", "told"), [(1, 0), (150, 0), (1000, 1), (0.001, 1)])
def test_a_batch_in_another_unit_is_told_from_the_others(factor, told):
    parts = [
        pd.DataFrame(
            {"batch": batch, "plate": f"P{batch}", "file": f"{batch}.csv", "run_date": "2024-01-01", "analyte": "IL-6",
             "unit": "pg/mL", "sample_id": [f"S{i}" for i in range(6)], "point": [np.nan, *np.arange(2.0, 7.0) * scale]}
        )
        for batch, scale in (("A", 1), ("B", 1.2), ("C", factor))
    ]  # fmt: skip
    found = gate.of_judging(to_frame([]), [], parts)
    assert found[["code", "level", "batch", "plate"]].values.tolist() == [["W-UNIT-088", "FLAG", "C", "PC"]] * told
    if told:
        assert f"is {4 * factor:.3g} pg/mL, in the other batches 4.38" in found.loc[0, "found"]


LEVELS = [f"S{i + 1}" for i in range(7)]
NOMINAL = [100 / 2**step for step in range(7)]


def series(found=NOMINAL, signal=None, wells=2, spread=0.02):
    """Seven standards in duplicate that read back as `found`, with the signals given (default: as concentrations)."""
    return pd.DataFrame(
        [
            {"level": level, "expected": x, "concentration_well": y * (1 + spread * side), "signal": z, "status": "quantified"}
            for level, x, y, z in zip(LEVELS, NOMINAL, found, signal or NOMINAL, strict=True)
            for side in ((-1, 1) if wells == 2 else (0,))
        ]
    )  # fmt: skip


def one(rule, given, criteria=CRITERIA):
    return {each.subject: each for each in said(rule, given, criteria)}[""]


def test_cv_of_levels_is_that_of_n_minus_one():
    frame = series()
    frame.loc[frame["level"] == "S3", "concentration_well"] = [100, 130]
    level = {each.subject: each for each in said(plate_checks.calibration_cv, facts(standards=frame), CRITERIA)}["S3"]
    assert (round(level.observed, 1), level.verdict) == (18.4, "PASS")  # 13.0 with n
    assert one(plate_checks.calibration_cv, facts(standards=series(spread=0.2))).verdict == "FAIL"
    assert one(plate_checks.calibration_cv, facts(standards=series(wells=1))).verdict == "NOT_EVALUABLE"


def test_dropped_levels_do_not_count_as_levels_and_fail_the_recovery():
    given = facts(standards=series(), dropped={"S7"})
    assert one(rules.calibration_levels, given).observed == 6
    assert one(rules.calibration_recovery, given).words == "6 of 7 levels within tolerance"
    assert one(plate_checks.calibration_editing, given).verdict == "PASS"  # 1 of 7 is at most 1/4
    given = facts(standards=series(), dropped={"S7", "S1"})
    assert one(plate_checks.calibration_editing, given).verdict == "FAIL"
    assert one(rules.calibration_levels, given).verdict == "FAIL"


def test_a_new_end_keeps_the_inner_tolerance():
    curve = {**CURVE, "uloq": 50.0}
    found = [100, 50 * 1.24, *NOMINAL[2:]]
    level = {
        each.subject: each.verdict
        for each in said(rules.calibration_recovery, facts(curve, {"S1"}, standards=series(found)), CRITERIA)
    }
    assert level["S2"] == "FAIL"


def test_a_parameter_on_its_bound_is_a_warning():
    curve = CURVE.copy()
    curve["at_bound"] = "asymmetry"
    assert one(rules.calibration_fit, facts(curve=curve)).verdict == "WARN"


def test_standards_turn_and_the_hook_is_named():
    assert one(plate_checks.standards_monotony, facts(standards=series())).verdict == "PASS"
    hook = [40, *NOMINAL[1:]]
    found = one(plate_checks.standards_monotony, facts(standards=series(signal=hook)))
    assert (found.verdict, found.words) == ("FAIL", "the signal turns at 100, the highest standard (hook)")
    falling = [1 / x for x in NOMINAL]
    assert one(plate_checks.standards_monotony, facts(standards=series(signal=falling))).verdict == "PASS"
    flat = [*NOMINAL[:5], 7, 7]  # the flat end below the LLOQ may turn
    below = CURVE.copy()
    below["lloq"] = 6.25
    assert one(plate_checks.standards_monotony, facts(standards=series(signal=flat), curve=below)).verdict == "PASS"


def test_a_standard_pipetted_twice_or_skipped_shows_in_the_steps():
    assert one(plate_checks.standards_steps, facts(standards=series())).verdict == "PASS"
    twice = [100, 50, 50, 25, 12.5, 6.25, 3.125]
    found = one(plate_checks.standards_steps, facts(standards=series(twice)))
    assert (found.verdict, round(found.observed, 6)) == ("FAIL", 0)
    skipped = [100, 50, 12.5, 6.25, 3.125, 1.5625, 0.78125]
    found = one(plate_checks.standards_steps, facts(standards=series(skipped)))
    assert (found.verdict, round(found.observed, 6)) == ("FAIL", 2)


def plate_wells(beads, kind="median"):
    return pd.DataFrame({"role": "sample", "sample_id": "a", "bead_count": beads, "signal_kind": kind})


@pytest.mark.parametrize(
    ("beads", "expected"), [([50, 60], "PASS"), ([49, 60], "WARN"), ([34, 60], "WARN"), ([np.nan, 60], "NOT_EVALUABLE")]
)
def test_bead_counts(beads, expected):
    assert one(plate_checks.bead_counts, facts(wells=plate_wells(beads), platform="luminex")).verdict == expected


def test_bead_counts_concern_bead_instruments_only_and_the_signal_its_platform():
    assert said(plate_checks.bead_counts, facts(wells=plate_wells([50, 60]), platform="elisa"), CRITERIA) == []
    assert one(plate_checks.read_mode, facts(wells=plate_wells([50]), platform="luminex")).verdict == "PASS"
    assert one(plate_checks.read_mode, facts(wells=plate_wells([50]), platform="msd")).verdict == "FAIL"
    mixed = plate_wells([50, 50], ["median", "net_median"])
    assert one(plate_checks.read_mode, facts(wells=mixed, platform="luminex")).verdict == "FAIL"


def test_controls_need_their_number_and_an_expected_value():
    assert verdict(rules.controls, facts(controls=controls("L:1 M:1 H:1"))) == "NOT_EVALUABLE"  # three of six wells
    many = pd.DataFrame({"role": "sample", "sample_id": [f"s{i}" for i in range(121)]})
    assert verdict(rules.controls, facts(controls=controls("L:11 M:11 H:11"), wells=many)) == "NOT_EVALUABLE"
    assert verdict(rules.controls, facts(controls=controls("L:11 M:11 H:11"), wells=many[:120])) == "PASS"
    unknown = controls("L:11 M:11 H:11")
    unknown.loc[unknown["level"] == "H", "expected"] = np.nan
    found = {each.subject: each.verdict for each in said(rules.controls, facts(controls=unknown), CRITERIA)}
    assert found == {"H": "NOT_EVALUABLE", "": "NOT_EVALUABLE"}


def test_a_control_level_beyond_its_cv_is_advised():
    frame = controls("L:11 M:11 H:11")
    assert one(plate_checks.control_cv, facts(controls=frame)).verdict == "PASS"
    frame.loc[0, "concentration_well"] = 14.0
    assert one(plate_checks.control_cv, facts(controls=frame)).verdict == "FAIL"


def test_one_well_has_no_cv_and_that_is_never_a_pass():
    (found,) = of_attempt(rules.replicate_cv, CRITERIA, cv_percent=np.nan, n_wells=1)
    assert found.verdict == "NOT_EVALUABLE"
    assert of_attempt(rules.replicate_cv, CRITERIA, cv_percent=np.nan, status="below_lloq") == []
    strict = {**CRITERIA, "required": [*CRITERIA["required"], "replicate_cv"]}
    assert judged("PASS", criteria=strict, cv_percent=np.nan)["reason"] == "replicate_cv_not_evaluable"
    assert judged("PASS", cv_percent=np.nan)["status"] == "quantified"


@pytest.mark.parametrize("status", ["below_lod", "below_lloq", "above_uloq"])
def test_replicates_beyond_a_limit_have_no_cv_to_judge(status):
    assert of_attempt(rules.replicate_cv, CRITERIA, cv_percent=85.5, status=status) == []
    assert of_attempt(rules.replicate_cv, CRITERIA, cv_percent=85.5)[0].verdict == "FAIL"


def test_wells_on_both_sides_of_a_limit_are_flagged():
    (found,) = of_attempt(sample_checks.replicate_agreement, statuses=["quantified", "quantified"])
    assert found.verdict == "PASS"
    assert of_attempt(sample_checks.replicate_agreement, statuses=["quantified"]) == []
    (found,) = of_attempt(sample_checks.replicate_agreement, statuses=["quantified", "below_lloq"])
    assert (found.verdict, found.words) == ("FAIL", "A: its wells are below lloq and quantified")


def test_a_rise_with_dilution_is_a_hook_and_one_dilution_proves_nothing():
    series = pd.DataFrame(
        [("P", "A", "X", 2, 100), ("P", "A", "X", 4, 140), ("P", "A", "X", 8, 120), ("P", "B", "X", 2, 5)],
        columns=["plate", "sample_id", "analyte", "dilution", "value"],
    ).assign(status="quantified")
    rises = sample_checks.rises_with_dilution(series)
    assert rises.keys() == {("P", "A", "X")} and round(rises[("P", "A", "X")], 6) == 40
    assert of_attempt(sample_checks.hook, CRITERIA, rise=40.0)[0].verdict == "FAIL"
    assert of_attempt(sample_checks.hook, CRITERIA, rise=30.000000000000004)[0].verdict == "PASS"
    assert of_attempt(sample_checks.hook, CRITERIA) == []
    required = {**CRITERIA, "required": ["hook"]}
    assert of_attempt(sample_checks.hook, required)[0].verdict == "NOT_EVALUABLE"


def test_an_analyte_may_change_numbers_with_a_reason_and_nothing_else_changes():
    own = vocabulary.amended_criteria(
        CRITERIA, "IL-6", {"reason": "validation report 12", "controls": {"tolerance_percent": 25}}
    )
    assert own["controls"] == {**CRITERIA["controls"], "tolerance_percent": 25}
    assert own["calibration"] == CRITERIA["calibration"] and own["required"] == CRITERIA["required"]
    assert own["id"] == "ich_m10_lba for IL-6" and "validation report 12" in own["basis"]
    sets = {"ich_m10_lba": CRITERIA, own["id"]: own}
    assert vocabulary.criteria_for(sets, "ich_m10_lba", "IL-6") is own
    assert vocabulary.criteria_for(sets, "ich_m10_lba", "TNF") is CRITERIA


SETS = sorted((Path(__file__).parents[2] / "resources/criteria").glob("*.yaml"))
SCHEMA = load_schema(Path(__file__).parents[2] / "workflow/schemas/config.schema.yaml")
OVERRIDE = SCHEMA["properties"]["criteria_overrides"]["additionalProperties"]["properties"]


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_a_shipped_set_is_versioned_whole_and_its_numbers_are_valid(path):
    criteria = vocabulary.criteria(path)
    assert criteria["id"] == path.stem and criteria["version"] >= 1 and criteria["basis"]
    if "calibration" not in criteria:
        return
    for part in ("calibration", "controls", "replicates"):
        assert set(OVERRIDE[part]["properties"]) - {"max_dropped_fraction"} <= set(criteria[part])
        assert list(Draft202012Validator(OVERRIDE[part]).iter_errors(criteria[part])) == []
    known = {rule.__name__ for rule in assess.PLATE_RULES} | {
        "replicate_cv",
        "replicate_agreement",
        "dilution_range",
        "hook",
    }
    assert set(criteria["required"]) <= known


def test_healthy_plates_are_rejected_as_often_as_theory_says():
    """Three controls in duplicate with a CV of 15 %: the rule applied to all 64 patterns against the binomial sum."""
    inside = erf(0.20 / 0.15 / np.sqrt(2))  # a well within 20 % of nominal
    found = 0.0
    for bits in product("01", repeat=6):
        text = "".join(bits)
        if verdict(rules.controls, facts(controls=controls(f"L:{text[:2]} M:{text[2:4]} H:{text[4:]}"))) == "PASS":
            found += inside ** text.count("1") * (1 - inside) ** text.count("0")
    # accepted: at most two wells out, and not both of one level
    p, q = inside, 1 - inside
    expected = p**6 + 6 * p**5 * q + (15 - 3) * p**4 * q**2
    assert np.isclose(found, expected)
    assert round(1 - found, 2) == 0.12


@pytest.mark.parametrize(
    ("override", "place"),
    [
        ({"controls": {"tolerance_percent": 25}}, "criteria_overrides.IL-6"),  # no reason
        ({"reason": "report 12", "controls": {"tolerance": 25}}, "criteria_overrides.IL-6.controls.tolerance"),
        ({"reason": "report 12", "calibration": {"pass_fraction": 0.67}}, "calibration.pass_fraction"),
        ({"reason": "report 12", "calibration": {"pass_fraction": "0.67"}}, "calibration.pass_fraction"),
        ({"reason": "report 12", "beads": {"exclude_below": 1}}, "criteria_overrides.IL-6.beads"),
    ],
)
def test_an_override_without_reason_of_an_unknown_number_or_a_decimal_fraction_stops(override, place):
    _, problems = check_config({"study": {"title": "T"}, "criteria_overrides": {"IL-6": override}}, SCHEMA)
    assert [each.level for each in problems] == ["STOP"] and place in problems[0].column
