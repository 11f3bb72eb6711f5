"""Parallelism of dilutions and recovery of spikes, by hand; and the way a spiked well takes from the layout."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.acceptance import assess, series_checks
from immunoassay.calibration.calibrate import calibrate
from immunoassay.readers import wells
from immunoassay.study import vocabulary
from immunoassay.study.layouts import load_layout

from .plates import curve as signal_of
from .plates import frame_of
from .plates import plate as plate_of_wells

ROOT = Path(__file__).parents[2]

CRITERIA = {"parallelism_cv_percent": 30, "spike_tolerance_percent": 20, "compare_decimals": 6}
PLACE = ("P1", "A", "IL-6")


def dilutions(*values, status="quantified"):
    return pd.DataFrame(
        {
            "plate": "P1",
            "sample_id": "A",
            "analyte": "IL-6",
            "panel": "K",
            "dilution": [10.0**i for i in range(len(values))],
            "value": values,
            "status": status,
        }
    )


@pytest.mark.parametrize(
    ("values", "verdict", "cv", "words"),
    [
        ((100.0, 100.0), "PASS", 0.0, "A: CV 0.0 % over 2 dilutions"),
        ((100.0, 200.0), "FAIL", 100 * np.sqrt(5000) / 150, "A: CV 47.1 % over 2 dilutions"),
        # doubling with every ten-fold dilution: slope log10(2)
        ((100.0, 200.0, 400.0), "FAIL", 100 * np.std([1, 2, 4], ddof=1) / (7 / 3), "slope +0.30"),
    ],
)
def test_parallelism_by_hand(values, verdict, cv, words):
    (judgement,) = series_checks.parallelism(dilutions(*values), CRITERIA)[PLACE]
    assert (judgement.rule, judgement.subject, judgement.verdict) == ("parallelism", "A", verdict)
    assert judgement.observed == pytest.approx(cv)
    assert words in judgement.words


def test_only_quantified_dilutions_are_compared():
    rows = dilutions(100.0, 500.0)
    rows.loc[1, "status"] = "above_uloq"
    assert series_checks.parallelism(rows, CRITERIA) == {}


def plate(own, spiked, own_status="quantified", spiked_status="quantified", added=100.0, dilution=2.0):
    """A sample and its spiked wells, concentrations in the well."""
    rows = [("sample", None, x, own_status, np.nan) for x in own]
    rows += [("spike", "SP1", x, spiked_status, added) for x in spiked]
    frame = pd.DataFrame(rows, columns=["role", "level", "concentration_well", "status", "expected"])
    fixed = {"plate": "P1", "sample_id": "A", "analyte": "IL-6", "panel": "K", "disposition": "usable"}
    return frame.assign(**fixed, dilution=dilution)


def recovery(*arguments, lloq=10.0, **more):
    curves = pd.DataFrame({"plate": ["P1"], "analyte": ["IL-6"], "lloq": [lloq]})
    (judgement,) = series_checks.spike_recovery(plate(*arguments, **more), curves, CRITERIA)[PLACE]
    assert judgement.subject == "A + SP1 1:2"
    return judgement.verdict, judgement.observed, judgement.words


@pytest.mark.parametrize(
    ("own", "spiked", "verdict", "observed"),
    [
        ((40.0, 60.0), (140.0, 150.0), "PASS", 95.0),
        ((40.0, 60.0), (130.0, 130.0), "PASS", 80.0),
        ((40.0, 60.0), (129.0, 130.0), "FAIL", 79.5),
        ((40.0, 60.0), (180.0, 180.0), "FAIL", 130.0),
    ],
)
def test_spike_recovery_by_hand(own, spiked, verdict, observed):
    found = recovery(own, spiked)
    assert found[:2] == (verdict, pytest.approx(observed))


def test_a_sample_below_lloq_gives_an_interval():
    below = {"own_status": "below_lloq"}
    # 10 below LLOQ at most: 100 - 10 = 90 % to 100 %
    assert recovery((3.0, np.nan), (100.0, 100.0), **below)[:2] == ("PASS", pytest.approx(95))
    # 75 to 85 %: the truth may lie on either side of 80 %
    assert recovery((3.0, np.nan), (85.0, 85.0), **below)[0] == "NOT_EVALUABLE"
    assert recovery((3.0, np.nan), (79.0, 79.0), **below)[0] == "FAIL"
    assert "below LLOQ" in recovery((3.0, np.nan), (79.0, 79.0), **below)[2]
    assert recovery((3.0, 4.0), (100.0, 100.0), lloq=np.nan, **below)[0] == "NOT_EVALUABLE"


def test_what_cannot_be_evaluated_says_why():
    assert "not all in range" in recovery((40.0,), (900.0,), spiked_status="above_uloq")[2]
    assert "materials sheet" in recovery((40.0,), (140.0,), added=np.nan)[2]
    assert "missing or not in range" in recovery((), (140.0,))[2]
    assert "missing or not in range" in recovery((400.0,), (140.0,), own_status="above_uloq")[2]
    assert recovery((), (140.0,))[0] == "NOT_EVALUABLE"


def test_a_dilution_is_compared_with_itself_only():
    frame = pd.concat([plate((40.0,), (140.0,)), plate((999.0,), (), dilution=4.0)], ignore_index=True)
    curves = pd.DataFrame({"plate": ["P1"], "analyte": ["IL-6"], "lloq": [1.0]})
    (judgement,) = series_checks.spike_recovery(frame, curves, CRITERIA)[PLACE]
    assert judgement.observed == pytest.approx(100.0)


@pytest.fixture
def schema():
    from immunoassay.files.house import schema_file
    from immunoassay.study.schema import load_schema

    return load_schema(schema_file("layout"))


def test_a_layout_names_spikes_as_a_grid_and_as_a_list(tmp_path, schema):
    grid = tmp_path / "grid.tsv"
    grid.write_text("\t" + "\t".join(str(i) for i in range(1, 7)) + "\nA\tS1\tP01-D1\tP01-D1+SP1@10\tblank\t\t\n")
    rows, problems = load_layout(grid, "grid.tsv", schema)
    assert problems == []
    spike = next(row for row in rows if row["well"] == "A03")
    assert (spike["role"], spike["sample_id"], spike["level"], spike["dilution"]) == ("spike", "P01-D1", "SP1", 10.0)
    long = tmp_path / "long.tsv"
    long.write_text("well\trole\tsample_id\tlevel\tdilution\nA1\tspike\tP01-D1\tSP1\t10\nA2\tspike\tP01-D1\t\t10\n")
    rows, problems = load_layout(long, "long.tsv", schema)
    assert rows[0]["role"] == "spike"
    assert [problem.code for problem in problems] == ["E-WELL-062"]
    assert "spike without level" in str(problems[0])


def test_the_amount_added_comes_from_the_materials_sheet():
    frame = pd.DataFrame(
        {
            "plate": "P1",
            "panel": "K",
            "kit_lot": "L1",
            "role": ["standard", "spike", "sample"],
            "level": ["S1", "SP1", None],
            "analyte": "IL-6",
            "expected": np.nan,
            "file": "x.csv",
        }
    )
    names = ("material", "level", "expected")
    materials = [
        {"panel": "K", "kit_lot": "L1", "analyte": "IL-6", **dict(zip(names, row, strict=True))}
        for row in (("standard", "S1", 1000.0), ("spike", "SP1", 100.0))
    ]
    found, problems = wells.expected_concentrations(frame, materials)
    assert found["expected"].tolist()[:2] == [1000.0, 100.0]
    assert np.isnan(found["expected"].iloc[2])
    assert problems == []


def test_spikes_and_dilutions_are_checks_of_the_batch():
    """Two dilutions of T1 that agree, of T2 that do not; T1 spiked and recovered, T2 spiked and half lost."""
    rows = plate_of_wells(noise=0.003, samples=())
    curve_of = {"a": 25.0, "d": 20000.0, "b": 1.1, "c": 3000.0}

    def add(role, sample, concentration, dilution, **more):
        for _ in range(2):
            well = f"{'ABCDEFGH'[len(rows) % 8]}{len(rows) // 8 + 1:02d}"
            signal = float(signal_of(concentration, **curve_of))
            place = {"plate": "P1", "analyte": "IL-6", "well": well, "role": role, "sample_id": sample}
            rows.append({**place, "signal": signal, "dilution": dilution, **more})

    for sample, second, lost in (("T1", 200.0, 1.0), ("T2", 500.0, 0.5)):
        add("sample", sample, 1000.0, 2.0)
        add("sample", sample, second, 10.0)
        add("spike", sample, 1000.0 + 400 * lost, 2.0, level="SP1", expected=400.0)
    wells_table = frame_of(rows)
    settings = pd.DataFrame({"panel": ["K"], "analyte": ["IL-6"], "curve_model": ["4pl"]})
    curves, concentrations, dropped = calibrate(wells_table, settings)
    spiked = concentrations[concentrations["role"] == "spike"]
    assert spiked["recovery_percent"].isna().all()
    criterion = vocabulary.criteria(ROOT / "resources/criteria/ich_m10_lba.yaml") | {"required": ["spike_recovery"]}
    panel = {"panel": "K", "platform": "elisa", "criteria_set": "c", "replicate_rule": "mean_of_concentrations"}
    panel |= {"min_dilution": 1, "max_dilution": 100, "accept_unproven": ""}
    place = {"plate": "P1", "run_date": "2024-01-01", "kit_lot": "L", "file": "x.csv"}
    checks, attempts, _ = assess.assess_batch(
        wells_table, tables.empty("delivered"), curves, concentrations, dropped, [place], [panel], {"c": criterion}
    )
    tables.conform(checks, "checks")
    found = checks.set_index(["rule", "subject"])["verdict"]
    assert (found["parallelism", "T1"], found["parallelism", "T2"]) == ("PASS", "FAIL")
    assert (found["spike_recovery", "T1 + SP1 1:2"], found["spike_recovery", "T2 + SP1 1:2"]) == ("PASS", "FAIL")
    attempts = attempts.set_index("sample_id")
    assert attempts.index.tolist() == ["T1", "T2"]
    assert (attempts.at["T1", "status"], attempts.at["T2", "status"]) == ("quantified", "not_reportable")
    assert attempts.at["T2", "reason"] == "spike_recovery"
    assert "W-PARALLELISM" in attempts.at["T2", "flags"]
