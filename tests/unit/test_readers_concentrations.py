"""Concentrations by well are never taken for signals: a unit or the word in the heading, or a value below a limit."""

import pytest
from immunoassay.readers import recognition
from immunoassay.readers.export import NotReadable


def listed(heads, *values):
    """A list of wells: two columns under `heads`, the rows of values given."""
    rows = [["Plate", "Well", "Sample Name", "Dilution", *heads]]
    return [*rows, *(["1", f"{'ABCDEFGH'[at]}1", f"T{at:02d}", "2", *each] for at, each in enumerate(values))]


def gridded(title, *values):
    rows = [[title], ["", *map(str, range(1, 13))]]
    return [*rows, *([letter, *each] for letter, each in zip("ABCDEFGH", values, strict=True))]


NUMBERS = [("10.1", "8.2"), ("20.2", "4.1"), ("5.5", "3.3")]
GRID = [[f"{row + column / 10:.1f}" for column in range(12)] for row in range(8)]


def refused(path):
    with pytest.raises(NotReadable) as caught:
        recognition.read(path)
    assert caught.value.problem.code == "E-READ-011", caught.value
    return caught.value.problem


@pytest.mark.parametrize(
    ("heads", "values"),
    [
        (("IL-6 (pg/mL)", "TNF (pg/mL)"), NUMBERS),
        (("IL-6 [IU/ml]", "IgG mg/dL"), NUMBERS),
        (("IL-6 Conc.", "TNF Conc."), NUMBERS),
        (("Concentration", "Remark"), [("10.1", ""), ("2.2", ""), ("<1.2", "")]),
        (("IL-6", "TNF"), [("<1.2", "<0.3"), *NUMBERS]),
        (("IL-6", "TNF"), [*NUMBERS, ("OOR <", "BLQ")]),
        (("IL-6 (pg/mL)", "TNF (pg/mL)"), [("<1.2", ">5000"), *NUMBERS]),
    ],
)
def test_a_list_of_concentrations_is_refused(heads, values, export_file):
    problem = refused(export_file(listed(heads, *values), ","))
    assert problem.row == "1"
    assert heads[0] in problem.found


@pytest.mark.parametrize("title", ["IL-6 (pg/mL)", "Concentration", "Conc. of IL-6"])
def test_a_matrix_of_concentrations_is_refused(title, export_file):
    problem = refused(export_file(gridded(title, *GRID), ","))
    assert title in problem.found


def test_a_matrix_with_a_value_below_a_limit_is_refused(export_file):
    grid = [list(row) for row in GRID]
    grid[2][3] = "<0.4"
    refused(export_file(gridded("IL-6", *grid), ","))


@pytest.mark.parametrize(
    "heads",
    [
        ("OD", "450"),
        ("IL-6", "TNF"),
        ("IL-6 MFI", "TNF MFI"),
        ("OD 450 (curve to 500 pg/mL)", "OD 570"),
        ("CONCA", "TNF"),
    ],
)
def test_signals_stay_signals(heads, export_file):
    (plate,) = recognition.read(export_file(listed(heads, *NUMBERS), ",")).plates
    assert plate.wells["signal"].notna().sum() == 6


def test_a_signal_above_the_detector_stays_one(export_file):
    (plate,) = recognition.read(export_file(listed(("IL-6", "TNF"), ("10", ">5000"), *NUMBERS), ",")).plates
    assert list(plate.wells["vendor_flag"]).count("overflow") == 1


def test_concentrations_beside_signals_are_named_as_not_read(export_file):
    export = recognition.read(export_file(listed(("IL-6 MFI", "IL-6 Conc (pg/mL)"), *NUMBERS), ","))
    assert set(export.plates[0].wells["analyte"]) == {"IL-6 MFI"}
    assert export.ignored == ["IL-6 Conc (pg/mL)"]


def test_a_matrix_of_signals_with_its_concentrations_is_read(export_file):
    rows = [*gridded("OD 450", *GRID), [""], *gridded("Concentration pg/mL", *GRID)]
    (plate,) = recognition.read(export_file(rows, ",")).plates
    assert plate.wells["vendor_concentration"].notna().sum() == 96
