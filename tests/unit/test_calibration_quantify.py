"""From wells to the value of a sample: replicates, dilutions, and their intervals."""

import numpy as np
import pandas as pd
import pytest
from immunoassay.calibration import quantify

from .plates import TRUTH, curve, frame_of, plate, run


def combined(pairs, rule="mean_of_concentrations", dilution=1.0, factor=1.0):
    """combine_replicates for samples with given true concentrations on an exact curve with limits 10 and 1000."""
    rows = plate(noise=0.0, samples=(), unit_factor=factor)
    position = len(rows)
    for number, pair in enumerate(pairs):
        for x in pair:
            well = f"{'ABCDEFGH'[position % 8]}{position // 8 + 1:02d}"
            position += 1
            rows.append(
                {
                    "plate": "P1",
                    "analyte": "IL-6",
                    "well": well,
                    "role": "sample",
                    "sample_id": f"T{number}",
                    "signal": curve(x, **TRUTH),
                    "dilution": dilution,
                    "unit_factor": factor,
                }
            )
    curves, values = run(
        frame_of(rows), curve_model="4pl", limit_rule="validated", lloq_validated=10.0, uloq_validated=1000.0
    )
    return quantify.combine_replicates(values, curves, rule).set_index("sample_id")


def test_replicates_by_hand():
    found = combined([(90.0, 110.0), (2.0, 3.0), (5000.0, 6000.0), (8.0, 16.0), (8.0, 9.0, 10.5)], dilution=4.0)
    row = found.loc["T0"]
    assert row["value"] == pytest.approx(400.0, rel=1e-5)
    assert (row["lower"], row["upper"]) == (row["value"], row["value"])
    assert row["cv_percent"] == pytest.approx(100 * np.sqrt(200) / 100, rel=1e-5)
    assert (row["lloq_plate"], row["uloq_plate"], row["lloq_rule"]) == (40.0, 4000.0, "validated")
    assert (row["n_wells"], row["wells"]) == (2, "C03,D03")
    row = found.loc["T1"]
    assert (row["status"], row["lower"], row["upper"]) == ("below_lloq", 0.0, 40.0)
    assert np.isnan(row["value"])
    assert row["point"] == pytest.approx(10.0, rel=1e-2)
    row = found.loc["T2"]
    assert (row["status"], row["lower"], row["upper"]) == ("above_uloq", 4000.0, np.inf)
    # one replicate in range, one not: the mean signal decides, for and against
    row = found.loc["T3"]
    signal = (curve(8.0, **TRUTH) + curve(16.0, **TRUTH)) / 2
    x = TRUTH["c"] * ((signal - TRUTH["a"]) / (TRUTH["d"] - signal)) ** (1 / TRUTH["b"])
    assert row["status"] == "quantified"
    assert row["value"] == pytest.approx(4 * x, rel=1e-5)
    assert found.loc["T4", "status"] == "below_lloq"


def test_mean_of_responses_differs_from_mean_of_concentrations():
    pairs = [(100.0, 400.0)]
    by_response = combined(pairs, "mean_of_responses").iloc[0]
    by_value = combined(pairs).iloc[0]
    assert by_value["value"] == pytest.approx(250.0, rel=1e-5)
    signal = (curve(100.0, **TRUTH) + curve(400.0, **TRUTH)) / 2
    x = TRUTH["c"] * ((signal - TRUTH["a"]) / (TRUTH["d"] - signal)) ** (1 / TRUTH["b"])
    assert by_response["value"] == pytest.approx(x, rel=1e-5)
    assert by_response["value"] < by_value["value"]
    with pytest.raises(ValueError, match="unknown replicate rule"):
        combined(pairs, "median")


def test_replicates_without_a_usable_well_keep_the_reason():
    wells = frame_of(plate())
    wells.loc[wells["sample_id"] == "T1", "disposition"] = "low_beads"
    first = wells[wells["sample_id"] == "T2"]["well"].min()
    wells.loc[wells["well"] == first, "disposition"] = "low_beads"
    curves, values = run(wells, curve_model="4pl")
    found = quantify.combine_replicates(values, curves, "mean_of_concentrations").set_index("sample_id")
    row = found.loc["T1"]
    assert (row["status"], row["reason"], row["n_wells"]) == ("not_reportable", "excluded", 0)
    assert (row["lower"], row["upper"]) == (0.0, np.inf)
    assert found.loc["T2", "n_wells"] == 1
    assert first not in found.loc["T2", "wells"]
    assert np.isnan(found.loc["T2", "cv_percent"])


def test_more_replicates_narrow_the_interval():
    curves, values = run(frame_of(plate(noise=0.06)), curve_model="4pl")
    found = quantify.combine_replicates(values, curves, "mean_of_responses").set_index("sample_id")
    single = values[values["sample_id"] == "T2"].iloc[0]
    ratio = np.log(found.loc["T2", "high"] / found.loc["T2", "low"]) / np.log(single["high"] / single["low"])
    assert np.sqrt(0.5) < ratio < 0.9


def dilutions(*rows):
    """Rows of one sample at several dilutions: (dilution, status, value)."""
    frame = pd.DataFrame(
        [
            {
                **dict.fromkeys(quantify.COMBINED, ""),
                "plate": "P1",
                "sample_id": "T1",
                "analyte": "IL-6",
                "dilution": float(dilution),
                "status": status,
                "value": value,
                "point": value,
                "lower": value,
                "upper": value,
                "low": value * 0.9,
                "high": value * 1.1,
                "lloq_plate": 10.0 * dilution,
                "uloq_plate": 1000.0 * dilution,
                "cv_percent": 5.0,
                "wells": f"A{dilution:02d}",
                "n_wells": 2,
            }
            for dilution, status, value in rows
        ]
    )
    return quantify.choose_dilution(frame).iloc[0]


def test_dilutions_by_hand():
    row = dilutions((10, "above_uloq", np.nan), (50, "quantified", 20000.0))
    assert (row["dilution"], row["value"], row["flags"]) == (50, 20000.0, "")
    row = dilutions((10, "quantified", 900.0), (50, "quantified", 1100.0))
    assert (row["value"], row["lower"], row["upper"], row["dilution"]) == (1000.0, 1000.0, 1000.0, 10)
    assert row["flags"] == "dilutions_combined:10|50"
    assert row["cv_percent"] == pytest.approx(100 * np.sqrt(2) * 100 / 1000)
    assert (row["lloq_plate"], row["uloq_plate"], row["wells"], row["n_wells"]) == (100.0, 50000.0, "A10,A50", 4)
    row = dilutions((10, "quantified", 500.0), (50, "quantified", 1500.0))
    assert row["flags"] == "dilutions_combined:10|50;dilutions_disagree"
    row = dilutions((10, "below_lloq", np.nan), (50, "below_lloq", np.nan))
    assert (row["dilution"], row["status"]) == (10, "below_lloq")
    row = dilutions((10, "above_uloq", np.nan), (50, "above_uloq", np.nan))
    assert (row["dilution"], row["status"]) == (50, "above_uloq")
    row = dilutions((10, "above_uloq", np.nan), (50, "below_lloq", np.nan))
    assert (row["status"], row["reason"]) == ("not_reportable", "dilutions_disagree")
    row = dilutions((10, "not_reportable", np.nan), (50, "below_lloq", np.nan))
    assert (row["dilution"], row["status"]) == (50, "below_lloq")
