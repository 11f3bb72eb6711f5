"""Generic matrices: titles, templates, concentrations with flags, several plates; and what all matrices share."""

import pandas as pd
import pytest
from immunoassay.readers import matrices, matrix, recognition
from immunoassay.readers.export import NotReadable

LETTERS = "ABCDEFGH"
HEADER = ["", *range(1, 13)]


def grid(value, header=HEADER):
    return [header, *[[x, *[value(i, k) for k in range(len(header) - 1)]] for i, x in enumerate(LETTERS)]]


def od(i, k):
    return f"{0.0625 + i / 4 + k / 64:.6f}"


def code(i, k):
    return f"STD{i + 1}:{100 / 2**i}" if k < 2 and i < 7 else "BLK" if k < 2 else f"SPL{i * 10 + k}"


def test_a_bare_grid_asks_and_is_read_as_the_format_named(export_file):
    path = export_file(grid(od), ",")
    assert recognition.recognise(path) == []
    with pytest.raises(NotReadable) as caught:
        recognition.read(path)
    problem = caught.value.problem
    assert (
        (problem.code, problem.row) == ("E-READ-012", "1") and "96 numbers" in problem.found and "grid" in problem.fix
    )
    export = recognition.read(path, "grid")
    (plate,) = export.plates
    assert export.family == "grid" and plate.name == "" and plate.signal_kind == ""
    assert len(plate.wells) == 96 and plate.wells["analyte"].unique() == ["signal"]


@pytest.mark.parametrize("title", ["Volume (µL)", "Tube ID", "Volumes to transfer", "Barcode", "Matrix position"])
def test_a_map_of_volumes_or_tubes_is_no_export(title, export_file):
    path = export_file([[title], *grid(lambda i, k: str(20 + i * k))], ",")
    with pytest.raises(NotReadable, match="E-READ-012"):
        recognition.read(path)
    head = [["Plate reader, absorbance 450 nm"], [""], [""], [""], ["OD 450"], *grid(od), [""], [title]]
    export = recognition.read(export_file([*head, *grid(lambda i, k: str(20 + i * k))], ","))
    assert export.plates[0].wells["analyte"].unique() == ["OD 450"] and export.ignored == [title]


@pytest.mark.parametrize("word", ["OD 450", "450 nm", "Raw data", "MFI", "Fluorescence", "[Plate: M#1 450]", "Reads"])
def test_a_word_for_a_signal_is_enough(word, export_file):
    assert recognition.recognise(export_file([["Plate 7"], [word], *grid(od)], ",")) == ["grid"]


def test_grid_in_every_spelling(same_in_every_spelling):
    (plate,) = same_in_every_spelling([["OD"], *grid(od)], ",").plates
    assert len(plate.wells) == 96 and plate.wells["analyte"].unique() == ["OD"]
    assert plate.wells.set_index("well").loc["C04", ["signal", "row"]].tolist() == [0.0625 + 0.5 + 3 / 64, 5]
    assert plate.wells["role"].isna().all() and (plate.wells["vendor_flag"] == "none").all()


def test_titled_blocks_with_template_and_concentrations(same_in_every_spelling):
    concentrations = {(0, 0): ">105.00", (0, 1): "< 0.5", (0, 2): "OVRFLW", (0, 3): "", (0, 4): "*0.356*"}
    rows = [
        ["[Plate: Template]   Plate format for samples"],
        *grid(code),
        [""],
        ["[Plate: M#1 450]   readout at 450nm"],
        *grid(od),
        [""],
        ["[Plate: Blank corrected M#1 450]"],
        *grid(lambda i, k: "0.5"),
        [""],
        ["[Plate: Concentrations]   Calculated concentration in ng/mL"],
        *grid(lambda i, k: concentrations.get((i, k), f"{i + k}.25")),
        [""],
        ["[Plate: Dilutions]"],
        *grid(lambda i, k: "" if k < 2 else "1:50"),
    ]
    export = same_in_every_spelling(rows)
    wells = export.plates[0].wells.set_index("well")
    assert len(export.plates) == 1 and len(wells) == 96 and export.ignored == []
    assert wells["analyte"].unique() == ["M#1 450"] and wells["region"].unique() == ["450"]
    assert wells.loc["B02", ["role", "level", "expected", "net_signal"]].tolist() == ["standard", "S2", 50, 0.5]
    assert wells.loc["H01", "role"] == "blank" and wells.loc["C04", ["role", "sample"]].tolist() == ["sample", "SPL23"]
    row = wells.loc["A01":"A06"]
    assert row["vendor_flag"].tolist() == ["above_range", "below_range", "overflow", "not_computed", "masked", "none"]
    assert row["vendor_limit"].tolist()[:2] == [105, 0.5] and row["vendor_concentration"].tolist()[5] == 5.25
    assert row["vendor_concentration"].isna().sum() == 5
    assert wells["dilution"].value_counts().to_dict() == {50: 80}


@pytest.mark.parametrize(
    "codes, levels, expected",
    [
        (["STD1000", "STD500", "STD62.5"], ["S1", "S2", "S3"], [1000, 500, 62.5]),
        (["STD1", "STD2", "STD3"], ["S1", "S2", "S3"], [None, None, None]),
        (["STD1", "STD2", "STD4"], ["S3", "S2", "S1"], [1, 2, 4]),
        (["STD1:0", "STD2:0.5", "Std 3: 2"], ["S1", "S2", "S3"], [0, 0.5, 2]),
    ],
)
def test_numbers_of_standards(codes, levels, expected):
    found = matrix.template({f"A{i:02d}": code for i, code in enumerate(codes, 1)}, ".")
    assert [entry["level"] for entry in found.values()] == levels
    assert [entry["expected"] for entry in found.values()] == expected
    assert {entry["role"] for entry in found.values()} == {"standard"}


@pytest.mark.parametrize(
    "written, role, level",
    [
        ("BLANK", "blank", None),
        ("Blank1", "blank", None),
        ("CTL1", "control", "CTL1"),
        ("QC high", "control", "QC high"),
        ("Un0012", "sample", None),
        ("Std0007", "standard", "S7"),
        ("Empty", "empty", None),
        ("M1A", None, None),
        ("Stdev", None, None),
        ("Sample", None, None),
        ("Blanka", None, None),
    ],
)
def test_codes_say_a_role_or_none(written, role, level):
    found = matrix.coded(written)
    assert (found["role"], found["level"]) == (role, level)
    assert found["sample"] == (None if role == "empty" else written)


def test_several_plates_and_several_reads(export_file, workbook_file):
    one = [["OD 450"], *grid(od), [""], ["OD 570"], *grid(lambda i, k: "0.05"), [""]]
    export = recognition.read(export_file([*one, *one], ","))
    assert [plate.wells["analyte"].unique().tolist() for plate in export.plates] == [["OD 450", "OD 570"]] * 2
    sheets = {"IgG OD 1": grid(lambda i, k: 0.25), "IgG OD 2": grid(lambda i, k: 0.75), "Notes": [["x"]]}
    export = recognition.read(workbook_file(sheets))
    assert [plate.name for plate in export.plates] == ["IgG OD 1", "IgG OD 2"]
    assert export.plates[1].wells["signal"].unique() == [0.75] and export.ignored == ["sheet Notes"]


def test_title_in_the_corner_and_notes_beside(export_file):
    rows = grid(od, ["Absorbance 450", *range(1, 13)])
    rows[3] += ["", "", "repeat this one", "9.99"]
    rows[5] += ["17.5"]
    plate = recognition.read(export_file(rows, ",")).plates[0]
    assert plate.wells["analyte"].unique() == ["Absorbance 450"] and plate.signal_kind == "absorbance"
    assert plate.wells["signal"].max() < 3


def test_part_of_a_plate(export_file):
    rows = [["", 3, 4, 5], ["C", "0.5", "", "0.7"], ["F", "0.25", "0.35", "OVER"]]
    wells = recognition.read(export_file(rows, ",")).plates[0].wells
    assert wells["well"].tolist() == ["C03", "C05", "F03", "F04", "F05"]
    assert wells["vendor_flag"].tolist() == ["none"] * 4 + ["overflow"]


def test_texts_only_are_no_export(export_file):
    assert recognition.recognise(export_file(grid(code), ",")) == []
    assert recognition.recognise(export_file([["", 1, 2, 3], ["x", 1, 2, 3]], ",")) == []


def test_several_lines_per_plate_row_are_refused(refused):
    rows = [["", 1, 2, 3]]
    for letter in "ABC":
        rows += [[letter, "0.5", "0.6", "0.7"], ["", "1.5", "1.6", "1.7"]]
    problem = refused(rows, ",")
    assert problem.code == "E-READ-003" and "several lines" in problem.found and problem.row == "3"


@pytest.mark.parametrize(
    "text, unit",
    [
        ("Concentration ng/mL", "ng/mL"),
        ("Conc. [microg/ml]", "microg/ml"),
        ("Standard Concentrations in µg/L", "µg/L"),
        ("Conc (pM)", "pM"),
        ("[Concentration]", None),
        ("Conc/Dil", None),
        ("IU/mL found", "IU/mL"),
    ],
)
def test_units_in_headings(text, unit):
    assert matrix.unit_in(text) == unit


def test_a_matrix_of_48_columns_goes_on_after_z():
    rows = [["", *range(1, 49)]] + [[x, *range(48)] for x in ["A", "Z", "a", "f"]]
    (found,) = matrices.find(rows)
    assert [line.letter for line in found.lines] == ["A", "Z", "AA", "AF"]


# --- real files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["biotek_03.xls", "biotek_03.xlsx"])
def test_real_template_and_signals(real, name):
    export = real("grid", f"plate_grid_xls/{name}")
    wells = export.plates[0].wells
    assert len(wells) == 96 and wells["analyte"].unique() == ["M#2 595"]
    assert wells["role"].value_counts().to_dict() == {"sample": 84, "standard": 12}
    levels = wells.dropna(subset="expected").groupby("level")["expected"].first().to_dict()
    assert levels == {"S1": 100, "S2": 50, "S3": 25, "S4": 12.5, "S5": 6.25, "S6": 0}
    assert export.ignored == ["sheet Cathepsin-D.Concentrations"]


def test_real_concentrations(real):
    wells = real("grid", "plate_grid_xls/biotek_01.xlsx").plates[0].wells.set_index("well")
    assert len(wells) == 96 and wells["vendor_concentration"].notna().sum() == 94
    above = wells[wells["vendor_flag"] == "above_range"]
    assert above.index.tolist() == ["B07", "B08"] and above["vendor_limit"].tolist() == [105, 105]
    assert wells.loc["H12", ["signal", "vendor_concentration"]].tolist() == [0.146, 3.2696]


# --- notes between a title and its matrix -----------------------------------------------------------------------------


@pytest.mark.parametrize("note", [["checked by KM"], ["checked", "by", "KM"], ["Reader", "3"]])
def test_a_note_below_a_title_does_not_take_its_place(export_file, note):
    def rows(between):
        signals = [["OD 450"], *between, *grid(od), [""]]
        return [*signals, ["Concentrations in ng/mL"], *between, *grid(lambda i, k: f"{i + k}.25")]

    plain, noted = (recognition.read(export_file(rows(between))) for between in ([], [note]))
    assert len(noted.plates) == 1 and noted.plates[0].wells["analyte"].unique() == ["OD 450"]
    columns = [name for name in plain.plates[0].wells if name != "row"]
    pd.testing.assert_frame_equal(noted.plates[0].wells[columns], plain.plates[0].wells[columns])


def test_a_title_of_concentrations_further_up_does_not_reach_a_titled_matrix(export_file):
    (plate,) = recognition.read(export_file([["Concentration series"], ["OD 450"], *grid(od)])).plates
    assert plate.wells["signal"].notna().all() and plate.wells["analyte"].unique() == ["OD 450"]
