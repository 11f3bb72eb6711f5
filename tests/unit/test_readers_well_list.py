"""A generic list of wells: one row per well, or per well and analyte."""

import pytest
from immunoassay.readers import recognition

LIST = [
    ["Absorbance of 12 wells", "read by KM"],
    [""],
    ["Well", "Content", "Sample ID", "Dilution", "Plate", "OD 450", "OD 570", "Replicate"],
    ["A1", "Standard S1", "", "", "P1", "2.512", "0.051", "1"],
    ["A2", "Standard S2", "", "", "P1", "1.25", "0.05", "1"],
    ["B1", "Blank B", "", "", "P1", "0.0625", "0.049", "1"],
    ["B2", "Control C1", "QC high", "2", "P1", "1.125", "0.048", "1"],
    ["C01", "Sample X1", "P01-D1", "1:50", "P1", "OVRFLW", "0.052", "1"],
    ["C02", "Sample X1", "P01-D1", "50", "P1", "0.75", "0.05", "2"],
    ["C03", "Empty", "", "", "P1", "", "", ""],
]


def check(export):
    assert export.family == "well_list" and export.ignored == []
    (plate,) = export.plates
    assert (plate.name, plate.signal_kind) == ("P1", "absorbance")
    wells = plate.wells.set_index(["analyte", "well"])
    assert set(plate.wells["analyte"]) == {"OD 450", "OD 570"} and len(wells) == 14
    first = wells.loc["OD 450"]
    assert first.loc[["A01", "A02", "B01", "B02", "C02", "C03"], "role"].tolist() == [
        "standard", "standard", "blank", "control", "sample", "empty",
    ]  # fmt: skip
    assert first.loc[["A01", "A02", "B02"], "level"].tolist() == ["S1", "S2", "QC high"]
    assert first.loc["C01", ["sample", "dilution", "vendor_flag", "vendor_flag_text"]].tolist() == [
        "P01-D1", 50, "overflow", "OVRFLW",
    ]  # fmt: skip
    assert first["signal"].isna().tolist() == [False, False, False, False, True, False, True]
    assert wells.loc[("OD 570", "C01"), "signal"] == 0.052 and first["region"].unique() == ["450"]
    return export


def test_a_list(same_in_every_spelling):
    check(same_in_every_spelling(LIST))
    check(same_in_every_spelling(LIST, ","))


def test_a_workbook(workbook_file):
    check(recognition.read(workbook_file({"Sheet1": LIST})))


def test_row_and_column_of_a_well(export_file):
    rows = [["Well Row", "Well Col", "Raw Data (450)"], *([row, k, f"0.{k}5"] for row in "AB" for k in range(1, 13))]
    (plate,) = recognition.read(export_file(rows, ",")).plates
    assert plate.wells["well"].tolist() == [f"{row}{k:02d}" for row in "AB" for k in range(1, 13)]
    assert plate.wells["analyte"].unique() == ["Raw Data (450)"] and plate.wells["region"].unique() == ["450"]


def test_one_row_per_well_and_analyte_with_concentrations(export_file):
    rows = [
        ["Well", "Sample", "Analyte", "MFI", "Conc (pg/mL)"],
        ["A1", "S1", "IL-6", "1200.5", "12.5"],
        ["A1", "S1", "TNF", "80", "<0.5"],
    ]
    (plate,) = recognition.read(export_file(rows, ",")).plates
    wells = plate.wells.set_index("analyte")
    assert wells["signal"].to_dict() == {"IL-6": 1200.5, "TNF": 80} and set(wells["unit"]) == {"pg/mL"}
    assert wells.loc["IL-6", "vendor_concentration"] == 12.5
    assert wells.loc["TNF", ["vendor_flag", "vendor_limit"]].tolist() == ["below_range", 0.5]


def test_several_plates_and_384_wells(export_file):
    wells = [f"{row}{k}" for row in "ABCDEFGHIJKLMNOP" for k in range(1, 25)]
    rows = [["Plate", "Well", "Signal"], *([name, well, "1.5"] for name in ("One", "Two") for well in wells)]
    export = recognition.read(export_file(rows, ","))
    assert [(plate.name, len(plate.wells)) for plate in export.plates] == [("One", 384), ("Two", 384)]


@pytest.mark.parametrize(
    "rows, code",
    [
        ([["Well", "OD"], ["A1", "0.5"], ["A1", "0.6"]], "E-WELL-061"),  # several reads of a well
        ([["Well", "OD", "Note"], ["A1", "0.5", "x"], ["Z99", "0.6", "y"], ["A3", "0.7", "z"]], "E-FILE-009"),
        ([["Well", "Group"], ["A1", "1"], ["A2", "2"]], "E-FILE-009"),  # no signals
        ([["Well", "OD"], ["A1", "0.5"], [""], ["Kit", "Lot", "Expiry"], ["BAFF", "7", "2026"]], "E-FILE-009"),
    ],
)
def test_what_is_no_list_of_signals(refused, rows, code):
    assert refused(rows, ",").code == code


def odd(rows, export_file):
    problems = recognition.read(export_file(rows, ",")).problems
    return [(each.code, each.row, each.column) for each in problems if each.found.startswith("a column headed")]


@pytest.mark.parametrize("heading", ["<0.105", "25.0", "A1", "Sample", "abc"])
def test_a_heading_that_replaced_another_is_named_by_row_and_column(export_file, heading):
    rows = [list(row) for row in LIST]
    rows[2][3] = heading  # was Dilution
    assert odd(rows, export_file) == [("V-087", "3", heading)]


def test_analytes_as_headings_are_no_odd_headings(export_file):
    head, *lines = ["Well", "Sample", "IL-6", "TNF"], ["A1", "P1", "5", "6"], ["A2", "P2", "7", "8"]
    assert odd([head, *lines], export_file) == []
    assert odd([["Well", "Sample", "IL-6", "CD200"], *lines], export_file) == []
    assert odd([[*head[:3], "MFI TNF"], *lines], export_file) == [("V-087", "1", "IL-6")]
    for heading in ("<0.105", "12.5", "B2", "Specimen"):  # what was lost is told even where no heading says signal
        assert odd([["Well", "Sample", "IL-6", heading], *lines], export_file) == [("V-087", "1", heading)]


def test_the_usual_headings_of_signals_are_not_odd(export_file):
    for heading in (
        "OD450",
        "450",
        "Abs 450/570",
        "MFI",
        "RLU",
        "Raw Data (450)",
        "Signal",
        "Net OD",
        "A450",
        "Delta OD",
    ):
        rows = [["Well", "Sample", "Absorbance", heading], ["A1", "P1", "5", "6"], ["A2", "P2", "7", "8"]]
        assert odd(rows, export_file) == []


def test_a_luminex_export_that_lost_its_head_is_not_taken_for_a_list(refused):
    rows = [["DataType:", "Median"], ["Location", "Sample", "IL-6"], ["1(1,A1)", "P1", "50"], ["2(1,B1)", "P2", "60"],
            ["DataType:", "Count"], ["Location", "Sample", "IL-6"], ["1(1,A1)", "P1", "90"], ["2(1,B1)", "P2", "91"]]  # fmt: skip
    assert refused(rows, ",").code == "E-FILE-009"


@pytest.mark.parametrize("above", [["", "", "", "", "", "Readout", "Readout", ""], ["Study", "Run", "Operator"]])
def test_words_over_the_headings_are_no_part_of_them(export_file, above):
    check(recognition.read(export_file([*LIST[:1], above, *LIST[2:]])))


def test_a_table_of_results_by_well_with_several_signals_is_said_to_be_one(refused):
    rows = [["Sample ID", "Well", "Assay", "AEB", "Mean AEB", "Concentration (pg/mL)", "Mean Concentration (pg/mL)"]]
    rows += [[f"X{at}", f"A{at}", "NfL", "0.1", "0.12", "10.5", "10.7"] for at in (1, 2, 3)]
    assert refused(rows, ",").code == "E-READ-011"
