"""Plates turned, shifted, swapped, copied or dead are found; a sound plate raises nothing."""

import numpy as np
import pandas as pd
import pytest
from immunoassay.readers import plausible

LEVELS = [1000 / 3**step for step in range(7)]


def plate(analytes=("IL-6",), move=lambda row, column: (row, column), sign=1, seed=0):
    """Standards in columns 1 and 2, blanks in H1 and H2, 16 samples in duplicate below each other in columns 3 to 6.

    `move` says where the pipette really put what the layout calls (row, column).
    """
    random = np.random.default_rng(seed)
    rows = []
    values = {}
    for row in range(8):
        for column in range(12):
            role, name, level, expected, amount = "empty", None, None, np.nan, 0.0
            if column < 2:
                role, level = ("standard", f"S{row + 1}") if row < 7 else ("blank", None)
                expected = amount = LEVELS[row] if row < 7 else 0.0
                expected = expected if row < 7 else np.nan
            elif column < 6:
                role, name = "sample", f"P{row // 2 * 4 + column - 2:02d}"
                amount = 3.0 * (1 + row // 2 * 4 + column - 2)
            rows.append((row, column, role, name, level, expected))
            values[move(row, column)] = amount
    frame = []
    for number, analyte in enumerate(analytes):
        for row, column, role, name, level, expected in rows:
            amount = values.get((row, column), 0.0) * (1 + number)
            signal = 50 + 20 * amount * np.exp(random.normal(0, 0.03))
            frame.append(
                {
                    "plate": "P1",
                    "panel": "kit",
                    "file": "raw/p1.csv",
                    "well": f"{'ABCDEFGH'[row]}{column + 1:02d}",
                    "analyte": analyte,
                    "role": role,
                    "sample_id": name,
                    "level": level,
                    "expected": expected,
                    "dilution": 1.0,
                    "signal": signal if sign > 0 else 1e6 / signal,
                    "disposition": "empty" if role == "empty" else "usable",
                }
            )
    return pd.DataFrame(frame)


def codes(wells):
    return [problem.code for problem in plausible.check(wells)]


@pytest.mark.parametrize("analytes", [("IL-6",), ("IL-6", "TNF", "IL-10")])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("seed", range(5))
def test_a_sound_plate_raises_nothing(analytes, sign, seed):
    assert codes(plate(analytes, sign=sign, seed=seed)) == []


@pytest.mark.parametrize("sign", [1, -1])
def test_a_turned_plate_is_named(sign):
    found = plausible.check(plate(("IL-6", "TNF"), lambda row, column: (7 - row, 11 - column), sign))
    assert [(problem.code, problem.level) for problem in found if problem.code == "E-WELL-065"] == [
        ("E-WELL-065", "QUARANTINE")
    ]
    assert "turned by 180 degrees" in found[0].found


def test_a_plate_shifted_by_a_column_is_named():
    wells = plate(("IL-6", "TNF"), lambda row, column: (row, (column + 1) % 12))
    lost = wells["well"].str.endswith("02") & (wells["role"] == "standard")
    wells.loc[lost, "disposition"] = "excluded_by_amendment"  # what is left of the series stands in an empty column
    found = [problem for problem in plausible.check(wells) if problem.code == "E-WELL-065"]
    assert "shifted right by one column" in found[0].found


def exchange(wells, one, other):
    wells = wells.copy()
    for analyte in wells["analyte"].unique():
        places = [wells.index[(wells["well"] == well) & (wells["analyte"] == analyte)][0] for well in (one, other)]
        wells.loc[places, "signal"] = wells.loc[places[::-1], "signal"].to_numpy()
    return wells


def test_exchanged_wells_are_named_with_both_samples():
    wells = exchange(plate(("IL-6", "TNF", "IL-10")), "A03", "C05")
    found = [problem for problem in plausible.check(wells) if problem.code == "W-WELL-064"]
    assert len(found) == 1
    assert "P00 (A03, B03) and P06 (C05, D05)" in found[0].found


def test_with_one_analyte_only_wells_that_touch_are_compared():
    assert codes(exchange(plate(), "A03", "C05")) == []
    assert codes(exchange(plate(), "B03", "C03")) == ["W-WELL-064"]


def test_a_sample_with_one_well_more_is_named():
    wells = plate()
    wells.loc[wells["well"] == "A03", "sample_id"] = "P01"
    found = [problem for problem in plausible.check(wells) if problem.code == "W-WELL-066"]
    assert found[0].found == "nearly all samples are in 2 wells, but P00 at 1:1 in 1, P01 at 1:1 in 3"


def test_a_copied_plate_stops():
    wells = plate()
    both = pd.concat([wells, wells.assign(plate="P2", file="raw/p2.csv")])
    found = [problem for problem in plausible.check(both) if problem.code == "E-WELL-069"]
    assert [(problem.level, problem.plate, problem.file) for problem in found] == [("STOP", "P2", "raw/p2.csv")]


def test_a_dead_analyte_and_negative_signals_are_named():
    wells = plate(("IL-6", "TNF"))
    wells.loc[wells["analyte"] == "TNF", "signal"] = 7.0
    wells.loc[0, "signal"] = -1.0
    found = {problem.code: problem for problem in plausible.check(wells)}
    assert found["V-084"].found == "all 48 wells of TNF read 7"
    assert found["V-083"].found == "1 signal below zero: A01 IL-6"


def test_a_well_outside_the_plate_of_all_others_is_a_damaged_name():
    wells = plate()
    wells.loc[wells["well"] == "F02", "well"] = "S01"
    (problem,) = [problem for problem in plausible.check(wells) if problem.code == "E-WELL-060"]
    assert (problem.code, problem.level, problem.row) == ("E-WELL-060", "QUARANTINE", "S01")
    assert "S01 beside 95 wells of a plate of 96" in problem.message


def test_a_larger_plate_is_no_slip():
    wells = plate()
    wells["well"] = [f"{'ABCDEFGHIJKLMNOP'[n % 16]}{n // 16 + 1:02d}" for n in range(len(wells))]
    assert "E-WELL-060" not in codes(wells)


def lacking(wells):
    return [problem.found for problem in plausible.check(wells) if problem.code == "W-CMP-004"]


def test_an_export_cut_within_an_analyte_is_named_with_its_wells():
    wells = plate(("IL-6", "TNF", "IL-10"))
    wells = wells[wells["role"] != "empty"]
    cut = wells[~((wells["analyte"] == "TNF") & wells["well"].isin(["G06", "H06"]))]
    assert lacking(cut) == ["TNF without a row for 2 of the wells of the other analytes: G06, H06"]
    cut = wells[~(wells["analyte"].isin(["TNF", "IL-10"]) & (wells["well"] == "H06"))]
    assert lacking(cut) == ["IL-10, TNF without a row for 1 of the wells of the other analytes: H06"]
    assert lacking(wells) == []


def test_two_kits_of_one_plate_in_wells_of_their_own_lack_nothing():
    wells = plate(("IL-6", "TNF"))
    left = wells["well"].str[1:].astype(int) <= 6
    assert lacking(wells[left == (wells["analyte"] == "IL-6")]) == []
    few = (wells["analyte"] == "TNF") & wells["well"].isin(["A07", "B07"])  # one analyte in two wells beside 48
    assert lacking(wells[(left & (wells["analyte"] == "IL-6")) | few]) == []


def test_replicates_are_counted_for_every_analyte():
    wells = plate(("IL-6", "TNF"))
    odd = wells[~((wells["analyte"] == "TNF") & (wells["well"] == "H06"))]
    found = [problem.found for problem in plausible.check(odd) if problem.code == "W-WELL-066"]
    assert len(found) == 1 and found[0].endswith("at 1:1 in 1 for TNF")
    odd = wells[wells["well"] != "H06"]
    found = [problem.found for problem in plausible.check(odd) if problem.code == "W-WELL-066"]
    assert len(found) == 1 and found[0].endswith("at 1:1 in 1")
