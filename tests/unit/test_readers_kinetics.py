"""Reads at several times are refused as such in every family; one time is an endpoint read."""

import pytest
from immunoassay.readers import kinetics, recognition

WELLS = [f"{letter}{column}" for letter in "ABCDEFGH" for column in range(1, 13)]


@pytest.mark.parametrize(
    "headings",
    [
        ["0 min", "5 min"],
        ["0s", "30s", "60s"],
        ["0 h", "0 h 3 min", "0 h 6 min"],
        ["0:00:00", "0:05:00"],
        ["Cycle 1", "Cycle 2"],
        ["Reading 1", "Reading 2"],
        ["t=0", "t=5"],
        ["Raw Data (450) 0 min", "Raw Data (450) 5 min"],
        ["450 (Cycle 1)", "450 (Cycle 2)"],
        ["OD450_0 min", "OD450_10 min", "OD620_0 min", "OD620_10 min"],
        [0, 60, 120],
        ["0", "60", "120"],
        ["400", "410", "420", "430", "440", "450"],  # a spectrum
    ],
)
def test_headings_of_several_times(headings):
    assert kinetics.timed(headings)


@pytest.mark.parametrize(
    "headings",
    [
        ["0s"],
        ["450 (0 s)", "620 (0 s)"],  # two wavelengths at one time
        ["OD 450", "OD 570"],
        ["450", "570"],
        ["405", "450", "620"],
        ["450", "570", "630"],
        ["IL-6", "IL-10", "TNF"],
        ["CD4", "CD8", "CD19"],
        ["T1", "T2"],
        ["Label1", "Label2"],
        ["Spot 1", "Spot 2"],
        ["Raw Data (450 1)", "Raw Data (620 2)"],
        ["Aβ40", "Aβ42"],
    ],
)
def test_headings_of_signals_are_no_times(headings):
    assert not kinetics.timed(headings)


def in_columns(times):
    return [["Well", "Sample", *times], *([well, "S", *["0.5"] * len(times)] for well in WELLS)]


def in_rows(times, heading="Time [s]"):
    return [["Well", "Sample", heading, "OD 450"], *([well, "S", t, "0.5"] for t in times for well in WELLS)]


def wells_across(times, heading="Cycle Nr."):
    return [["Method", "A"], [""], [heading, *WELLS], *([t, *["0.5"] * 96] for t in times)]


def grids(times):
    grid = [["", *range(1, 13)], *([letter, *["0.5"] * 12] for letter in "ABCDEFGH")]
    return [row for t in times for row in ([f"{t}"], *grid, [""])]


def tecan(times):
    rows = [["Application: Tecan i-control"], ["Cycle Nr.", *range(1, len(times) + 1)], ["Time [s]", *times]]
    return [*rows, *([well, *["0.5"] * len(times)] for well in WELLS)]


@pytest.mark.parametrize(
    "rows",
    [
        in_columns(["0 min", "5 min", "10 min"]),
        in_columns(["0", "60", "120"]),
        in_columns(["0:00:00", "0:01:00"]),
        in_columns(["OD 450 0 min", "OD 450 5 min"]),
        in_rows(["0", "60"]),
        in_rows(["1", "2"], "Cycle"),
        wells_across(["1", "2", "3"]),
        wells_across(["0:00:00", "0:01:00"], "Time"),
        grids(["0 min", "5 min"]),
        grids(["Cycle 1", "Cycle 2"]),
        grids(["Iteration: 1", "Iteration: 2"]),
        tecan([0, 60, 120]),
    ],
)
def test_a_kinetic_read_of_no_known_instrument_is_refused_by_name(refused, rows):
    problem = refused(rows)
    assert problem.code == "E-READ-007" and "kinetic" in problem.found and problem.level == "QUARANTINE"


@pytest.mark.parametrize(
    "rows",
    [
        in_columns(["0 min"]),
        in_columns(["OD 450 (0 s)", "OD 620 (0 s)"]),
        in_rows(["0"]),
        [["Well", "Time", "OD 450"], *([well, f"14:{at:02d}:30", "0.5"] for at, well in enumerate(WELLS[:60]))],
        grids(["450 nm"]),
    ],
)
def test_a_single_time_is_an_endpoint_read(export_file, rows):
    (plate,) = recognition.read(export_file(rows)).plates
    assert plate.wells["signal"].eq(0.5).all() and plate.wells["well"].nunique() in (60, 96)


MARS = [["User: USER", "Path: C:", "Test run no.: 4"], ["Test name: A", "Date: 1/2/2025", "Time: 14:34:46"], [""]]


@pytest.mark.parametrize("times", [["0 h", "0 h 3 min"], ["0 h"]])
@pytest.mark.parametrize("book", [False, True])
def test_a_list_of_mars_with_a_line_of_times(export_file, workbook_file, times, book):
    head = [[text] for row in MARS for text in row] if book else MARS
    rows = [*head, ["Well", "Content", *["Raw Data (600)"] * len(times)], ["", "Time", *times]]
    rows += [[well, f"Sample X{at}", *[0.25] * len(times)] for at, well in enumerate(WELLS, 1)]
    path = workbook_file({"Table Range 1": rows}) if book else export_file(rows, ",")
    if len(times) > 1:
        with pytest.raises(Exception, match="E-READ-007 .*BMG"):
            recognition.read(path)
    else:
        (plate,) = recognition.read(path).plates
        assert plate.wells["signal"].eq(0.25).all() and plate.wells["analyte"].unique() == ["600"]


def test_a_list_of_gen5_without_its_procedure(refused):
    rows = [["Well ID", "Name", "Well", "Conc/Dil", "0:00:00", "0:01:00"], ["STD1", "", "A1", "100", "0.5", "0.6"]]
    problem = refused(rows)
    assert problem.code == "E-READ-007" and "Gen5" in problem.found


def test_a_list_of_magellan_headed_by_times(refused):
    rows = [["Well positions", "0s", "60s"], ["A1", "0.5", "0.6"], ["A2", "0.5", "0.6"]]
    assert refused(rows).code == "E-READ-007"
