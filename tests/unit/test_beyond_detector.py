"""A well beyond the detector: in replicates, dilutions, standards, controls and blanks; on rising and falling curves."""

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.acceptance import assess, control_charts, rules, sample_checks, series_checks
from immunoassay.acceptance.facts import Facts, Rows, table
from immunoassay.calibration import quantify
from immunoassay.calibration.calibrate import calibrate
from immunoassay.readers import references, wells
from immunoassay.readers.export import wells_frame
from immunoassay.results import ledger

LEVELS = 10000 / 3.0 ** np.arange(8)
RISING, FALLING = {"a": 25.0, "d": 20000.0}, {"a": 20000.0, "d": 25.0}
OVER = "over"  # a well beyond the detector, in place of a concentration


def signal(x, ends):
    return ends["d"] + (ends["a"] - ends["d"]) / (1 + (x / 3000.0) ** 1.1)


def batch(samples, ends=RISING, role="sample", dilution=1.0):
    """(curves, concentrations, wells): an exact curve with limits 10 and 1000; `samples`: name -> wells."""
    rows = [("standard", f"S{i + 1}", x, x, 1.0) for i, x in enumerate(LEVELS) for _ in range(2)]
    rows += [("blank", None, None, 0.0, 1.0)] * 2
    rows += [(role, name, None, x, dilution) for name, each in samples.items() for x in each]
    over = [x is OVER for *_, x, _ in rows]
    frame = pd.DataFrame(
        {
            "well": [f"{'ABCDEFGH'[i % 8]}{i // 8 + 1:02d}" for i in range(len(rows))],
            "role": [row[0] for row in rows],
            "level": [row[1] if row[0] in ("standard", "control") else None for row in rows],
            "sample_id": [row[1] if row[0] == "sample" else None for row in rows],
            "expected": [row[2] for row in rows],
            "signal": [np.nan if row[3] is OVER else signal(row[3], ends) for row in rows],
            "dilution": [row[4] for row in rows],
            "vendor_flag": ["overflow" if each else "none" for each in over],
        }
    )
    fixed = {"batch": "B1", "plate": "P1", "panel": "K", "analyte": "IL-6", "disposition": "usable", "file": "a.csv"}
    frame = frame.assign(**fixed, standard_unit="pg/mL", unit="pg/mL", unit_factor=1.0, signal_kind="median")
    frame = frame.reindex(columns=list(tables.TABLES["wells"].columns)).astype({"disposition_reason": object})
    frame = tables.conform(wells.choose_signal(frame, "raw"), "wells")
    settings = {"panel": ["K"], "analyte": ["IL-6"], "curve_model": "4pl", "limit_rule": "validated"}
    curves, found, _ = calibrate(frame, pd.DataFrame({**settings, "lloq_validated": 10.0, "uloq_validated": 1000.0}))
    return curves, found, frame


def combined(samples, **more):
    curves, found, _ = batch(samples, **more)
    return quantify.combine_replicates(found, curves, "mean_of_concentrations", {"IL-6": 20.0}).set_index("sample_id")


@pytest.mark.parametrize(
    ("replicates", "status", "reason", "flags"),
    [
        ((OVER, 5000.0), "above_uloq", "beyond_detector", ""),
        ((OVER, 800.0), "above_uloq", "beyond_detector", ""),  # CV of 800 and the ULOQ of 1000: 15.7 %
        ((OVER, 700.0), "not_reportable", "replicates_contradict", "replicates_contradict:700|beyond_detector"),
        ((OVER, OVER), "above_uloq", "beyond_detector", ""),
        ((OVER,), "above_uloq", "beyond_detector", "W-FEWER-WELLS"),
        (
            (300.0, OVER, 310.0),
            "not_reportable",
            "replicates_contradict",
            "replicates_contradict:300|310|beyond_detector",
        ),
        ((OVER, 900.0, 2000.0), "above_uloq", "beyond_detector", ""),
        ((OVER, 0.0), "not_reportable", "replicates_contradict", None),
    ],
)
def test_a_replicate_beyond_the_detector_is_the_highest_signal_there_is(replicates, status, reason, flags):
    row = combined({"T1": replicates, "T2": (300.0, 310.0), "T3": (30.0, 31.0)}).loc["T1"]
    assert (row["status"], row["reason"]) == (status, reason)
    assert (row["lower"], row["upper"]) == ((1000.0, np.inf) if status == "above_uloq" else (0.0, np.inf))
    assert row["n_wells"] == len(replicates) == len(row["wells"].split(","))
    assert np.isnan(row["value"]) and np.isnan(row["point"]) and np.isnan(row["cv_percent"])
    assert flags is None or row["flags"] == flags


def test_the_limits_of_the_rule_are_those_of_the_criteria_set():
    curves, found, _ = batch({"T1": (OVER, 700.0)})
    row = quantify.combine_replicates(found, curves, "mean_of_responses", {"IL-6": 30.0}).iloc[0]
    assert row["status"] == "above_uloq"


def test_on_a_falling_curve_the_highest_signal_is_the_lowest_concentration():
    found = combined({"T1": (OVER, 3.0), "T2": (OVER, OVER), "T3": (OVER, 300.0), "T4": (300.0, 301.0)}, ends=FALLING)
    assert found["status"].tolist() == ["below_lloq", "below_lloq", "not_reportable", "quantified"]
    assert found.loc["T1", ["lower", "upper"]].tolist() == [0.0, 10.0]


def test_another_dilution_speaks_for_replicates_that_contradict():
    curves, low, _ = batch({"T1": (OVER, 300.0)}, dilution=2.0)
    _, high, _ = batch({"T1": (150.0, 150.0)}, dilution=4.0)
    high = high[high["role"] == "sample"].assign(well=["H11", "H12"])
    rows = quantify.combine_replicates(pd.concat([low, high]), curves, "mean_of_concentrations")
    row = quantify.choose_dilution(rows).iloc[0]
    assert (row["status"], row["dilution"], row["value"]) == ("quantified", 4.0, pytest.approx(600.0, rel=1e-4))


def test_fewer_wells_than_the_plate_usually_has_are_flagged():
    found = combined({"T1": (30.0,), "T2": (30.0, 31.0), "T3": (40.0, 41.0), "T4": (1.0,), "T5": (9, 9)})
    assert found["flags"].tolist() == ["W-FEWER-WELLS", "", "", "W-FEWER-WELLS", ""]
    assert set(combined({"T1": (30.0,), "T2": (31.0,)})["flags"]) == {""}  # single wells are the rule here
    assert set(combined({"T1": (30.0,), "T2": (30.0, 31.0)})["flags"]) == {""}  # no usual number


def test_without_a_curve_nothing_is_known_of_a_well_beyond_the_detector():
    curves, found, frame = batch({"T1": (OVER, OVER)})
    curves = curves.assign(status="not_fitted")
    row = quantify.combine_replicates(found, curves, "mean_of_concentrations").iloc[0]
    assert (row["status"], row["lower"]) == ("not_reportable", 0.0)


def of_sample(name, statuses):
    """One attempt for the rules of samples."""
    columns = {"place": 0, "sample_id": name, "subject": name, "statuses": statuses}
    return Rows({key: np.fromiter([value], object, 1) for key, value in columns.items()})


def test_the_agreement_of_replicates_counts_the_well_and_passes_are_recorded():
    _, found, _ = batch({"T1": (OVER, 900.0), "T2": (30.0, 31.0), "T3": (30.0,)})
    statuses = sample_checks.well_statuses(found)
    verdicts = {
        key[1]: next(table(sample_checks.replicate_agreement(of_sample(key[1], each))).itertuples(), None)
        for key, each in statuses.items()
    }
    assert verdicts["T1"].verdict == "FAIL" and "above uloq and quantified" in verdicts["T1"].words
    assert verdicts["T2"].verdict == "PASS" and verdicts["T3"] is None


def test_the_ledger_counts_the_well_with_its_result():
    curves, found, frame = batch({"T1": (OVER, 2000.0)})
    row = quantify.combine_replicates(found, curves, "mean_of_concentrations")
    used = ledger.used_records(row.assign(plate="P1"))
    others = tables.empty("delivered"), curves, tables.empty("dropped_standards")
    rows = ledger.ledger(frame, *others, used, [{"sample_id": "T1"}])
    assert set(rows.loc[rows["role"] == "sample", "disposition"]) == {"result_above_uloq"}


def standards_with(over, role="standard"):
    names = ["S1", "S1", "S2", "S2"] if role == "standard" else ["Q1", "Q1", "Q2", "Q2"]
    frame = pd.DataFrame({"level": names, "role": role, "signal": [9.0, 8.0, 4.0, 4.1]})
    frame = frame.assign(
        plate="P1", analyte="IL-6", well=["A01", "B01", "C01", "D01"], vendor_flag="none", file="a.csv"
    )
    frame = frame.assign(disposition="usable", disposition_reason=None, net_signal=np.nan, signal_kind="absorbance")
    frame.loc[list(over), ["signal", "vendor_flag"]] = [np.nan, "overflow"]
    return wells.beyond_detector(wells.choose_signal(frame, "raw"))


def test_a_level_of_the_standards_never_keeps_its_lower_half():
    found, (problem,) = standards_with([0])
    assert found["disposition"].tolist() == ["beyond_detector", "level_beyond_detector", "usable", "usable"]
    assert problem.code == "W-ACC-001" and "A01 IL-6" in problem.message and problem.plate == "P1"
    found, (problem,) = standards_with([0, 1])
    assert found["disposition"].tolist() == ["beyond_detector"] * 2 + ["usable"] * 2
    found, (problem,) = standards_with([2], role="control")
    assert found["disposition"].tolist() == ["usable"] * 2 + ["beyond_detector", "usable"]
    assert "C01 IL-6" in problem.message
    assert standards_with([])[1] == [] and standards_with([0], role="sample")[1] == []


def test_a_control_beyond_the_detector_has_failed_and_a_blank_is_too_high():
    curves, found, _ = batch({"Q1": (OVER, 500.0)}, role="control")
    found["expected"] = found["expected"].where(found["role"] != "control", 500.0)
    plates = [{"plate": "P1", "run_date": "2024-01-01", "kit_lot": "L"}]
    verdict = pd.DataFrame({"plate": ["P1"], "analyte": ["IL-6"], "verdict": ["PASS"], "verdict_reason": [None]})
    (run,) = control_charts._runs([found], verdict, plates, [], {}).to_dict("records")
    assert run["n_wells"] == 2 and np.isnan(run["value"])  # not the value of the other well
    _, found, frame = batch({"": (OVER,)}, role="blank")
    blank = found.loc[found["role"] == "blank", ["level", "expected", "signal", "concentration_well", "status"]]
    blank = Rows.of(blank, place=np.zeros(len(blank), int))
    (judged,) = table(rules.blanks(Facts(Rows({"lloq": np.array([10.0])}), *[blank] * 4, ""), {})).itertuples()
    assert judged.verdict == "FAIL" and "above the curve" in judged.words


def test_plates_are_judged_with_their_controls_and_blanks_beyond_the_detector(monkeypatch):
    curves, found, frame = batch({"Q1": (OVER, 500.0)}, role="control")
    seen = []
    monkeypatch.setattr(assess, "PLATE_RULES", [lambda facts, criteria: seen.append(facts) or ()])
    panel, any_set = {"K": {"platform": "luminex", "criteria_set": "any"}}, {"id": "any", "version": 1, "required": []}
    assess.assess_plates(frame, curves, found, tables.empty("dropped_standards"), panel, {"any": any_set})
    assert sorted(seen[0].controls["status"]) == ["above_uloq", "quantified"] and len(seen[0].standards) == 16


def test_a_spike_beyond_the_detector_is_not_judged_by_its_other_well():
    curves, found, _ = batch({"T1": (300.0, 300.0), "spiked": (OVER, 500.0)})
    spiked = found["sample_id"] == "spiked"
    found.loc[spiked, ["role", "sample_id", "level", "expected"]] = ["spike", "T1", "SP1", 200.0]
    criteria = {"spike_tolerance_percent": 20, "compare_decimals": 6}
    ((judged,),) = series_checks.spike_recovery(found, curves, criteria).values()
    assert judged.verdict == "NOT_EVALUABLE" and "not all in range" in judged.words


def test_a_reference_beyond_the_detector_does_not_make_the_difference_higher():
    rows = [
        {"well": "A01", "analyte": "450", "signal": 1.0},
        {"well": "A01", "analyte": "570", "vendor_flag": "overflow", "vendor_flag_text": "OVRFLW"},
        {"well": "A02", "analyte": "450", "vendor_flag": "overflow", "vendor_flag_text": "OVRFLW"},
        {"well": "A02", "analyte": "570", "signal": 0.25},
    ]
    frame, _ = references.subtract(wells_frame(rows), ["450-570"])
    assert frame["vendor_flag"].tolist() == ["not_read", "overflow"]
    assert frame["vendor_flag_text"].tolist() == ["OVRFLW", "OVRFLW"]
