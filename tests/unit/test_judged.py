"""What judging a batch brings up: rules that fail everywhere, acceptance failures, and the software's own values."""

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.acceptance import judged, vendor_values

PLATES = [{"plate": "P1", "file": "raw/p1.csv"}]
CRITERIA = {"compare_decimals": 6}


def checks_of(*rows):
    """Rows of `checks`: (rule, analyte, verdicts such as "FFP", scope, required)."""
    records = [
        {
            **{"batch": "B1", "plate": "P1", "panel": "K", "analyte": analyte, "rule": rule, "scope": scope},
            **{"subject": f"T{i} 1:10" if scope == "sample" else "", "observed": 1.0, "limit": "1:2 to 1:5"},
            **{"verdict": {"F": "FAIL", "P": "PASS", "N": "NOT_EVALUABLE"}[letter], "required": required},
            **{"criteria_set": "any", "criteria_version": "1", "words": f"T{i}: dilution 1:10"},
        }
        for rule, analyte, letters, scope, required in rows
        for i, letter in enumerate(letters)
    ]
    return pd.DataFrame(records, columns=list(tables.TABLES["checks"].columns))


def lines(checks, analytes=("IL-6", "TNF"), unproven=(), disposition="usable"):
    wells = pd.DataFrame({"batch": "B1", "plate": "P1", "analyte": list(analytes), "disposition": disposition})
    attempts = pd.DataFrame({"plate": "P1", "analyte": [name for name in analytes for _ in range(12)]})
    found = judged.everywhere(checks)
    extra = [
        {**checks.iloc[0].to_dict(), "analyte": each.analyte, **each.judgement.__dict__, "required": True}
        for each in found
        if each.sets_aside
    ]
    checks = pd.concat([checks, pd.DataFrame(extra, columns=checks.columns)] if extra else [checks])
    return list(judged.problems(checks, found, wells, attempts, PLATES, set(unproven)))


@pytest.mark.parametrize("rule", ["dilution_range", "hook", "parallelism"])
def test_a_rule_about_dilution_that_fails_everywhere_sets_the_plate_aside(rule):
    both = checks_of((rule, "IL-6", "F" * 12, "sample", False), (rule, "TNF", "F" * 11 + "P", "sample", False))
    (problem,) = lines(both)  # one line for all analytes
    assert (problem.code, problem.level, problem.plate, problem.analyte) == ("E-ACC-003", "QUARANTINE", "P1", "")
    assert "fails in 12 of 12 samples" in problem.message and "1:2 to 1:5" in problem.message
    (problem,) = lines(checks_of((rule, "IL-6", "F" * 6, "sample", False), (rule, "TNF", "FFFFFP", "sample", False)))
    assert (problem.level, problem.analyte) == ("QUARANTINE", "IL-6")  # 5 of 6 is below nine in ten


@pytest.mark.parametrize(
    ("rule", "verdicts", "code"),
    [
        ("dilution_range", "FFFFF", "W-ACC-005"),  # fewer than six samples
        ("replicate_cv", "F" * 20, "W-ACC-005"),
        ("replicate_agreement", "F" * 9 + "P", "W-ACC-005"),
        ("replicate_cv", "F" * 8 + "PP", None),
        ("dilution_range", "F" * 17 + "PP", None),
        ("dilution_range", "F", None),  # the sample's own flag says it
        ("hook", "NNNNNNN", None),
        ("hook", "NNNNNNNF", None),
    ],
)
def test_other_soft_rules_and_few_samples_are_one_flag(rule, verdicts, code):
    found = lines(checks_of((rule, "IL-6", verdicts, "sample", False), (rule, "TNF", verdicts, "sample", False)))
    assert [(each.code, each.level) for each in found] == ([(code, "FLAG")] if code else [])
    assert all("2 of 2 analytes (IL-6, TNF)" in each.message for each in found)


def test_an_acceptance_failure_is_one_line_per_plate_and_cause():
    (first, second) = lines(
        checks_of(
            ("calibration_fit", "IL-6", "F", "plate", True),
            ("limits", "IL-6", "F", "plate", True),  # follows from the first
            ("controls", "TNF", "F", "plate", True),
            ("controls", "IL-8", "F", "plate", True),
            ("blanks", "IL-8", "F", "plate", False),
            ("controls", "IL-10", "P", "plate", True),
        ),
        ("IL-10", "IL-6", "IL-8", "TNF"),
    )
    assert {first.code, second.code} == {"E-ACC-001"} and {first.level, second.level} == {"EXCLUDE"}
    assert "calibration fit fails for 1 of 4 analytes (IL-6)" in first.message and "12 results" in first.message
    assert "controls fails for 2 of 4 analytes (TNF, IL-8)" in second.message and "24 results" in second.message
    assert first.file == "raw/p1.csv" and first.batch == "B1"


def test_what_cannot_be_evaluated_is_named_unless_the_panel_accepts_it():
    checks = checks_of(("controls", "IL-6", "N", "plate", True), ("calibration_cv", "TNF", "N", "plate", False))
    (problem,) = lines(checks)
    assert problem.code == "E-ACC-002" and "controls cannot be evaluated" in problem.message
    assert lines(checks, unproven=["K"]) == []
    both = checks_of(("controls", "IL-6", "N", "plate", True), ("limits", "IL-6", "F", "plate", True))
    assert [each.code for each in lines(both)] == ["E-ACC-001"]


@pytest.mark.parametrize("disposition", ["plate_set_aside", "plate_quarantined"])
def test_a_plate_set_aside_before_is_not_named_again(disposition):
    checks = checks_of(("limits", "IL-6", "F", "plate", True), ("dilution_range", "TNF", "F" * 9, "sample", False))
    assert lines(checks, disposition=disposition) == []


def agreement(
    ratio, dilution=10.0, samples=6, noise=0.0, factor=1.0, criteria=CRITERIA, flag="none", status="quantified"
):
    """The judgement of samples in duplicate whose software values are `ratio` times ours in the well."""
    rng = np.random.default_rng(3)
    ours = np.repeat(np.geomspace(5, 500, samples), 2)
    names = [f"T{i // 2}" for i in range(2 * samples)]
    place = pd.DataFrame({"plate": "P1", "well": [f"A{i:02d}" for i in range(2 * samples)], "analyte": "IL-6"})
    vendor = ours * ratio * np.exp(noise * rng.normal(size=2 * samples))
    more = {"vendor_concentration": vendor, "vendor_factor": factor, "vendor_flag": flag, "role": "sample"}
    wells = place.assign(panel="K", sample_id=names, dilution=dilution, **more)
    found = place.assign(concentration_well=ours, status=status)
    return vendor_values.agreement(wells, found, lambda panel, analyte: criteria).get(("P1", "IL-6"))


@pytest.mark.parametrize(
    ("ratio", "more", "verdict", "words"),
    [
        (1.0, {}, "PASS", "in the well: 1 times"),
        (12.0, {"dilution": 12.0}, "PASS", "in the sample: 1 times"),  # printed for the sample
        (25.0, {"dilution": 25.0, "noise": 0.3}, "PASS", "in the sample"),
        (1.9, {}, "PASS", "in the well"),
        (0.5, {}, "PASS", "in the well"),  # the limit itself is within
        (1.0, {"dilution": 1.0}, "PASS", "in the well and in the sample"),
        (1000.0, {"dilution": 10.0, "factor": 1e-3}, "PASS", "in the well"),  # the same in another unit
        (1.0, {"dilution": 10.0, "factor": 1e-3}, "FAIL", "0.001 (a power of ten) times ours in the well"),
        (100.0, {"dilution": 50.0}, "PASS", "in the sample: 2 times"),
        (
            100.0,
            {},
            "FAIL",
            "100 (a power of ten) times ours in the well, 10 (a power of ten) times ours in the sample",
        ),
        (1 / 4, {"dilution": 4.0}, "FAIL", "0.25 (the dilution 1:4) times ours in the well"),
        (3.0, {"dilution": 1.0}, "FAIL", "3 times ours in the well"),
        (3.0, {"dilution": 1.0, "criteria": {**CRITERIA, "vendor_fold": 4}}, "PASS", "in the well"),
        (100.0, {"samples": 4}, "NOT_EVALUABLE", "4 of the quantified samples"),
    ],
)
def test_the_softwares_own_values_fit_in_the_well_or_in_the_sample(ratio, more, verdict, words):
    found = agreement(ratio, **more)
    assert found.verdict == verdict and words in found.words


def test_values_outside_the_range_are_not_compared():
    assert agreement(100.0, flag="extrapolated") is None
    assert agreement(100.0, status="below_lloq") is None


def test_values_far_off_are_one_quarantine_of_each_analyte():
    found = agreement(100.0)
    row = {
        "rule": found.rule,
        "analyte": "IL-6",
        "scope": "plate",
        "required": True,
        "verdict": "FAIL",
        "words": found.words,
    }
    checks = pd.DataFrame(
        [{**checks_of(("limits", "TNF", "P", "plate", True)).iloc[0].to_dict(), **row, "subject": ""}]
    )
    (problem,) = lines(checks)
    assert (problem.code, problem.level, problem.analyte) == ("E-ACC-004", "QUARANTINE", "IL-6")
    assert "power of ten" in problem.message and "vendor_fold" in problem.message
