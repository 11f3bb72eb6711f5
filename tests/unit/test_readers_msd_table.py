"""MSD results tables: title styles, headers over several rows, several plates, flags of the detection range, roles."""

import csv

import pytest
from immunoassay.readers import recognition

HEADER = [
    "Sample",
    "Assay",
    "Well",
    "Spot",
    "Dilution",
    "Concentration",
    "Signal",
    "Adjusted Signal",
    "Mean",
    "CV",
    "Calc. Concentration",
    "Calc. Conc. Mean",
]
DATA = [
    ["S001", "IL-6", "A01", "1", "", "100.5", "21332.5", "21300.5", "21000", "1.5", "98.25", "99.1"],
    ["S001", "IL-6", "A02", "1", "", "100.5", "20332.5", "20300.5", "21000", "1.5", "", ""],
    ["CAL8", "IL-6", "B01", "1", "", "0", "80.5", "", "80", "0.5", "NaN", ""],
    ["STD-02", "IL-6", "B02", "1", "", "25.5", "5000.5", "", "80", "0.5", "25.25", ""],
    ["Blank (Diluent)", "IL-6", "C01", "1", "", "", "70.5", "", "70", "0.5", "", ""],
    ["U001", "IL-6", "C02", "1", "2.5", "", "500.5", "", "500", "0.5", "4.47E-04", ""],
    ["Control 1", "IL-6", "D01", "1", "1", "12.5", "900.5", "", "900", "0.5", "12.25", ""],
    ["Patient S1", "IL-6", "D02", "1", "1093500", "", "901.5", "", "900", "0.5", "-0.5", ""],
    ["S001", "IL-8", "A01", "2", "", "200.5", "11332.5", "", "21000", "1.5", "198.25", "99.1"],
    ["S009", "IL-8", "A02", "2", "", "", "11332.5", "", "21000", "1.5", "198.25", "99.1"],
]


def table(title=("Plate_ABC123",), rows=DATA):
    return [list(title), HEADER, *rows]


def check(export, name="Plate_ABC123"):
    (plate,) = export.plates
    assert (export.family, plate.name, plate.signal_kind) == ("msd_table", name, "ecl")
    wells = plate.wells
    assert len(wells) == 10 and wells["analyte"].tolist() == ["IL-6"] * 8 + ["IL-8"] * 2
    assert wells["region"].tolist() == ["1"] * 8 + ["2"] * 2
    known = wells["role"].fillna("?").tolist()
    assert known[:7] == ["standard", "standard", "standard", "standard", "blank", "sample", "control"]
    assert known[7:] == ["?", "standard", "?"]  # S009 has no concentration: a name like a standard is not enough
    assert wells["level"].tolist()[:4] == ["S1", "S1", "S8", "S2"] and wells["level"][6] == "Control 1"
    assert wells["expected"].tolist()[:4] == [100.5, 100.5, 0, 25.5]
    assert wells["dilution"].tolist()[5:8] == [2.5, 1, 1093500]
    assert wells["vendor_flag"].tolist()[:6] == ["none", "not_computed", "not_computed", "none", "not_computed", "none"]
    assert wells["vendor_flag_text"][2] == "NaN" and wells["vendor_concentration"][5] == 4.47e-4
    assert wells["vendor_concentration"][7] == -0.5 and wells["net_signal"].notna().sum() == 2


@pytest.mark.parametrize(
    "title, name",
    [
        ([["Plate_ABC123"]], "Plate_ABC123"),
        ([["# Experiment_2020-09-01-085942: Experiment Data Table"]], ""),
        ([["Experiment Data Table"], [""], [""], [""]], ""),
        ([], ""),
    ],
)
def test_titles(export_file, title, name):
    check(recognition.read(export_file([*title, HEADER, *DATA], ",")), name)


def test_every_spelling_reads_alike(same_in_every_spelling):
    check(same_in_every_spelling(table()))
    check(same_in_every_spelling(table(), ","))


def test_workbook_with_numbers(workbook_file):
    rows = [[float(cell) if cell.replace(".", "").isdigit() else cell for cell in row] for row in DATA]
    check(recognition.read(workbook_file({"Sheet1": table(rows=rows)})))


def test_header_over_three_rows(workbook_file):
    upper = ["", "", "", "", "", "", "", "", "", "", "", "", "", "Algorithm", "Algorithm", "Fit Statistic:"]
    middle = ["", "", "", "", "", "Standard", "", "", "", "", "", "", "Detection", "Parameter:", "", ""]
    lower = [*HEADER, "Range", "Calc. Bottom", "", "RSquared"]
    lower[5] = "Conc"
    rows = [[*row, "In Detection Range", "12.5", "FourPL", "0.999"] for row in DATA]
    export = recognition.read(workbook_file({"Sheet1": [["Experiment Data Table"], [""], upper, middle, lower, *rows]}))
    check(export, "")
    curves = export.plates[0].curves
    assert curves["analyte"].tolist() == ["IL-6", "IL-8"]
    assert curves.loc[0, "Algorithm Parameter: Calc. Bottom"] == "12.5"
    assert curves.loc[0, ["Algorithm", "Fit Statistic: RSquared"]].tolist() == ["FourPL", "0.999"]


def test_detection_range_and_exclusion(export_file):
    header = [*HEADER, "Detection Range", "Excluded", "Units", "Note of ours"]
    cases = [
        ("12.5", "In Detection Range", "", "none", None),
        ("12.5", "Below Detection Range", "", "extrapolated_low", "Below Detection Range"),
        ("12.5", "Above Detection Range", "", "extrapolated_high", "Above Detection Range"),
        ("NaN", "Below Fit Curve Range", "", "below_range", "NaN; Below Fit Curve Range"),
        ("", "Above Fit Curve Range", "", "above_range", "Above Fit Curve Range"),
        ("", "Below Fit Curve Range/Below Detection Range", "", "below_range", None),
        ("", "Below Fit Curve Range/Above Detection Range", "", "not_computed", None),
        ("< 0.5", "", "", "below_range", "< 0.5"),
        ("12.5", "In Detection Range", "Yes", "masked", None),
    ]
    rows = []
    for i, (value, range_, excluded, _, _) in enumerate(cases):
        row = list(DATA[5])
        row[2], row[10] = f"A{i + 1:02d}", value
        rows.append([*row, range_, excluded, "pg/mL", "x"])
    export = recognition.read(export_file([["Plate_1"], header, *rows], ","))
    wells = export.plates[0].wells
    assert wells["vendor_flag"].tolist() == [case[3] for case in cases]
    for found, case in zip(wells["vendor_flag_text"], cases, strict=True):
        assert case[4] is None or found == case[4]
    assert wells["vendor_concentration"].notna().tolist() == [case[0] == "12.5" for case in cases]
    assert wells["vendor_limit"].tolist()[7] == 0.5 and wells["unit"].unique() == ["pg/mL"]
    assert export.ignored == ["Note of ours"]


def test_several_plates_in_one_table(export_file):
    rows = [[name, *row] for name in ("Plate_1", "Plate_2") for row in DATA]
    export = recognition.read(export_file([["# E: Experiment Data Table"], ["Plate Name", *HEADER], *rows], ","))
    assert [plate.name for plate in export.plates] == ["Plate_1", "Plate_2"]
    assert all(len(plate.wells) == 10 for plate in export.plates)


def test_several_titled_tables_are_several_plates(export_file, refused):
    export = recognition.read(export_file([*table(("Plate_1",)), [""], *table(("Plate_2",))], ","))
    assert [(plate.name, len(plate.wells)) for plate in export.plates] == [("Plate_1", 10), ("Plate_2", 10)]
    problem = refused([*table(("Experiment Data Table",)), [""], *table(("Experiment Data Table",))], ",")
    assert problem.code == "E-WELL-061" and "twice" in problem.found


def test_older_tables_one_per_assay(export_file):
    header = ["Sample", "Well", "Signal", "Mean", "CV", "Calc. Concentration", "Detection Range", ""]
    rows = [
        ["Standard: IL-6 (Human)"],
        header,
        ["S1", "A01", "21332.5", "21000", "1.5", "98.25", "In Detection Range", ""],
        ["", "A02", "20332.5", "21000", "1.5", "97.25", "In Detection Range", ""],
        [""],
        ["Unknown: IL-6 (Human)"],
        header,
        ["P-007", "B01", "500.5", "500", "0.5", "", "Below Fit Curve Range", ""],
    ]
    wells = recognition.read(export_file(rows, ",")).plates[0].wells
    assert wells["analyte"].unique() == ["IL-6 (Human)"]
    assert wells[["sample", "role"]].values.tolist() == [["S1", "standard"], ["S1", "standard"], ["P-007", "sample"]]
    assert wells["vendor_flag"].tolist() == ["none", "none", "below_range"]


# --- real files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, plates, wells, rows",
    [("3plateMSD.csv", 3, 1152, 4536), ("msd_workbench_test_2.csv", 1, 48, 48)],  # BSA is absent in 72 wells
)
def test_real_tables(real, shared, name, plates, wells, rows):
    export = real("msd_table", f"msd_workbench/{name}")
    assert len(export.plates) == plates and sum(p.wells["well"].nunique() for p in export.plates) == wells
    assert sum(len(p.wells) for p in export.plates) == rows
    with open(shared / "real_exports/msd_workbench" / name, newline="") as handle:
        next(handle)
        plain = list(csv.DictReader(handle))
    for column, field in (
        ("Calc. Concentration", "vendor_concentration"),
        ("Signal", "signal"),
        ("Adjusted Signal", "net_signal"),
        ("Concentration", "expected"),
    ):
        wanted = sorted(float(row[column]) for row in plain if row[column] not in ("", "NaN"))
        found = sorted(value for p in export.plates for value in p.wells[field].dropna())
        assert found == wanted, column
    empty = sum(row["Calc. Concentration"] in ("", "NaN") for row in plain)
    assert sum((p.wells["vendor_flag"] == "not_computed").sum() for p in export.plates) == empty
    standards = sum(row["Sample"].startswith("CAL") or row["Sample"][:2] == "S0" for row in plain)
    assert sum((p.wells["role"] == "standard").sum() for p in export.plates) == standards
    assert export.ignored == []


# --- lines above a complete header ------------------------------------------------------------------------------------

WORDS = ["", "", "", "", "Preparation", "", "Readout", "", "", "", "", "", ""]


@pytest.mark.parametrize(
    "above",
    [
        [WORDS],  # group words over Dilution and Signal
        [["Study run", "", "Place", "Place"]],
        [["Plate_9", "Analyst: KM"]],
        [["Operator", "KM"], ["Instrument", "1200"]],
        [["Plate_9", "Batch 3"], WORDS],
        [["Plate_9"], WORDS, ["", "Curve", "Curve", "Curve", "Curve", "Curve", "Curve", "Curve"]],
        [["", "", "Experiment Data Table"]],
        [["Plate_9"], [""], ["Recovery", "in percent"]],
    ],
)
def test_a_line_above_a_complete_header_takes_nothing_away(export_file, above):
    check(recognition.read(export_file([*above, HEADER, *DATA], ",")), "Plate_9" if above[0][0] == "Plate_9" else "")


def test_words_above_that_would_change_a_column_are_refused(refused):
    over_signal = [["" if name != "Signal" else "Adjusted" for name in HEADER], HEADER]
    lone = [[cell for at, cell in enumerate(row) if HEADER[at] != "Adjusted Signal"] for row in [*over_signal, *DATA]]
    problem = refused(lone, ",")
    assert (problem.code, problem.row) == ("E-READ-030", "2") and '"Adjusted Signal" over two lines' in problem.found
    twice = [name.replace("Adjusted Signal", "Signal") for name in HEADER]
    words = [
        "Raw" if at == HEADER.index("Signal") else "Mean" if name == "Signal" else "" for at, name in enumerate(twice)
    ]
    problem = refused([["T"], words, twice, *DATA], ",")
    assert (problem.code, problem.row) == ("E-READ-030", "3") and '"Raw Signal" and "Mean Signal"' in problem.found


def test_words_above_one_of_two_columns_leave_the_other(export_file):
    twice = [name.replace("Adjusted Signal", "Signal") for name in HEADER]
    words = ["Mean" if name == "Signal" and at != HEADER.index("Signal") else "" for at, name in enumerate(twice)]
    wells = recognition.read(export_file([words, twice, *DATA], ",")).plates[0].wells
    known = recognition.read(export_file([HEADER, *DATA], ",")).plates[0].wells
    assert wells["signal"].equals(known["signal"])
