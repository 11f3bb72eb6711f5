"""SkanIt: steps as sheets, roles in names, layout sheet, flags, curves, notes beside the matrices."""

import openpyxl
import pytest
from immunoassay.readers import recognition

LETTERS = "ABCDEFGH"


def head(step, wave="Wavelength: 450 nm", plate="Plate 1"):
    return [["Measurement results"], ["x.skax"], ["6/5/2023 6:09:56 PM"], [" "], [step], [wave], [" "], [plate], [" "]]


def grid(corner, value):
    return [[corner, *range(1, 13)], *[[x, *[value(i, k) for k in range(12)]] for i, x in enumerate(LETTERS)], [""]]


def name(i, k):
    return f"Std{i + 1:04d}" if k < 2 and i < 7 else "Blank1" if k < 2 else "Ctrl0001" if k == 2 else f"Un{k:04d}"


FLAGGED = [" > Max", 0.5, " < Min", "NaN", None, "OVER"]


def concentration(i, k):
    return FLAGGED[k] if i == 0 and k < 6 else i + k / 4


def book(raw="Absorbance 1", unit="ng/ml"):
    layout = [["Name", "Plate 1"], ["Plate template", "96-well"], [""], ["", *range(1, 13)]]
    for i, letter in enumerate(LETTERS):
        amounts = [f"{8 / 2**i:g} {unit}"] * 2 if i < 7 else ["", ""]
        layout += [[letter, *[name(i, k) for k in range(12)]], ["", *["Group 1"] * 12]]
        layout += [["", *amounts, f"4 {unit}", *["1:25"] * 9]]
    steps = {
        f"{raw}_01": [*head(raw), *grid("Abs", lambda i, k: 0.1 + i + k / 16), *grid("Sample", name)],
        "Blank Subtraction 1_02": [*head("Blank Subtraction 1"), *grid("Blank subtracted", lambda i, k: i + k / 16)],
        "Standard Curve 1_03": [
            *head("Standard Curve 1")[:5],
            ["Fit type: 4PL"],
            ["Wavelength: 450 nm"],
            [" "],
            ["y = 2.9 + ( (-0.07 - 2.9) / ( 1 + (x/0.75)^0.79) )"],
            ["Where:"],
            ["a =", -0.07],
            ["d =", 2.9],
            ["R²: 0.998"],
            ["Well", "Sample", f"Conc. [{unit}]"],
            ["Average", "Std0001", 8],
            ["Plate 1"],
            *grid("Signal", lambda i, k: i + k / 16),
            *grid(f"Conc. [{unit}]", concentration),
        ],
        "Dilution Factor 1_04": [
            *head("Dilution Factor 1"),
            *grid("Value", lambda i, k: 99),
            *grid("Dilution factor", lambda i, k: "NaN" if k < 2 else 25),
            ["Autoloading range A1 - M28"],
        ],
    }
    for row in steps["Dilution Factor 1_04"]:
        if len(row) > 12:
            row += ["", "", "mean of mine", 123.5]
    information = {
        "General information": [["General information"], ["", "Report generated with SW version", "", "7.0"]]
    }
    return {**steps, **information, "Run log": [["Run log"]], "Layout definitions": layout, "My notes": [["x", 1]]}


def test_all_steps(workbook_file):
    path = workbook_file(book())
    assert recognition.recognise(path) == ["skanit"]
    export = recognition.read(path)
    (plate,) = export.plates
    assert (plate.name, plate.signal_kind, plate.read_time) == ("Plate 1", "absorbance", "6/5/2023 6:09:56 PM")
    assert plate.metadata == {"Report generated with SW version": "7.0"}
    wells = plate.wells.set_index("well")
    assert len(wells) == 96 and wells["analyte"].unique() == ["450"] and wells["unit"].unique() == ["ng/ml"]
    assert wells.loc["B03", ["signal", "net_signal", "row"]].tolist() == [1.225, 1.125, 12]
    assert wells.loc["B01", ["role", "level", "expected"]].tolist() == ["standard", "S2", 4]
    assert wells.loc["C03", ["role", "level", "expected"]].tolist() == ["control", "Ctrl0001", 4]
    assert wells.loc["H01", "role"] == "blank"
    assert wells.loc["D12", ["role", "sample", "dilution"]].tolist() == ["sample", "Un0011", 25]
    assert export.ignored == ["Standard Curve 1: Signal", "Dilution Factor 1: Value", "sheet My notes"]
    curve = plate.curves.iloc[0]
    assert curve[["analyte", "Fit type", "a", "d", "R²"]].tolist() == ["450", "4PL", "-0.07", "2.9", "0.998"]
    assert curve["equation"].startswith("y = 2.9 + (")


def test_flags(workbook_file):
    wells = recognition.read(workbook_file(book())).plates[0].wells.set_index("well")
    row = wells.loc["A01":"A06"]
    flags = ["above_range", "none", "below_range", "not_computed", "not_computed", "overflow"]
    assert row["vendor_flag"].tolist() == flags
    assert row["vendor_flag_text"].tolist()[::2][:2] == ["> Max", "< Min"]
    assert row["vendor_concentration"].notna().tolist() == [False, True, False, False, False, False]
    assert wells["vendor_concentration"].notna().sum() == 96 - 5


def test_wavelengths_and_plates(workbook_file):
    first = [*head("Absorbance 1"), *grid("Abs", lambda i, k: 1.5)]
    second = [["Wavelength: 570 nm"], ["Plate 1"], *grid("Abs", lambda i, k: 0.5)]
    third = [["Wavelength: 450 nm"], ["Plate 2"], *grid("Abs", lambda i, k: 2.5)]
    again = [*head("Absorbance 2"), *grid("Abs", lambda i, k: 1.75)]
    export = recognition.read(workbook_file({"Absorbance 1_01": first + second + third, "Absorbance 2_02": again}))
    assert [plate.name for plate in export.plates] == ["Plate 1", "Plate 2"]
    means = export.plates[0].wells.groupby("analyte")["signal"].mean().to_dict()
    assert means == {"450": 1.5, "570": 0.5, "Absorbance 2 450": 1.75}
    assert export.plates[1].wells["signal"].unique() == [2.5]


def test_without_layout_sheet_and_with_luminescence(workbook_file):
    sheets = {"Luminescence 1_01": [*head("Luminescence 1", "Wavelength: 0 nm"), *grid("RLU", lambda i, k: 100.5 + k)]}
    plate = recognition.read(workbook_file(sheets)).plates[0]
    assert plate.signal_kind == "luminescence" and plate.wells["analyte"].unique() == ["Luminescence 1"]
    assert plate.wells["role"].isna().all() and plate.curves is None


def test_decimal_commas_in_texts(workbook_file):
    sheets = book()
    sheets["Layout definitions"] = [
        [cell.replace(".", ",") if isinstance(cell, str) else cell for cell in row]
        for row in sheets["Layout definitions"]
    ]
    sheets["Notes"] = [["0,5", "1,25"]]
    wells = recognition.read(workbook_file(sheets)).plates[0].wells.set_index("well")
    assert wells.loc["G01", "expected"] == 0.125


def two_plates(first, second, layouts=True, step="Absorbance 1"):
    rows = head(step, plate=first)
    for at, plate in enumerate((first, second)):
        rows = rows if not at else [*rows, ["Wavelength: 450 nm"], [" "], [plate], [" "]]
        rows += [*grid("Abs", lambda i, k, at=at: 1.5 + at), *grid("Sample", lambda i, k, at=at: f"Un{at}{k:03d}")]
    sheets = {f"{step}_01": rows}
    if layouts:
        blank = [["Plate template", "96-well"], [""], ["", *range(1, 13)], *([x, "", "", ""] for x in LETTERS)]
        sheets["Layout definitions"] = [row for plate in (first, second) for row in [["Name", plate], *blank, [""]]]
    return sheets


@pytest.mark.parametrize("layouts", [True, False])
@pytest.mark.parametrize("names", [("Plate 1", "Plate 2"), ("IL-6 run A", "IL-6 run B"), ("Baseline", "Plate 2")])
def test_plates_named_by_the_user(workbook_file, names, layouts):
    export = recognition.read(workbook_file(two_plates(*names, layouts)))
    assert [plate.name for plate in export.plates] == list(names) and export.ignored == []
    for at, plate in enumerate(export.plates):
        assert plate.wells["signal"].unique() == [1.5 + at] and plate.wells["sample"][0] == f"Un{at}000"


def test_two_plates_of_one_name_are_not_made_one(workbook_file):
    with pytest.raises(Exception, match='E-WELL-061 .*two plates called "Baseline"'):
        recognition.read(workbook_file(two_plates("Baseline", "Baseline")))


def test_a_plate_that_lost_a_heading_leaves_the_other(workbook_file):
    sheets = two_plates("Run A", "Run B")
    rows = sheets["Absorbance 1_01"]
    at = next(at for at, row in enumerate(rows) if row[0] == "Run B")
    rows[at + 5][0] = ""
    export = recognition.read(workbook_file(sheets))
    assert [plate.name for plate in export.plates] == ["Run A"]
    assert [(each.name, each.problem.code) for each in export.unread] == [("Run B", "V-087")]


def test_a_kinetic_of_a_single_read_is_an_endpoint_read(workbook_file):
    step = "Kinetic absorbance 1"
    (plate,) = recognition.read(workbook_file({f"{step}_01": [*head(step), *grid("Abs", lambda i, k: 1.5)]})).plates
    assert plate.wells["signal"].unique() == [1.5]


@pytest.mark.parametrize("step", ["Kinetic 1", "Absorbance Spectrum 1", "Fluorescence well scan 1"])
def test_other_reads_are_refused(workbook_file, step):
    reads = 2 if step == "Kinetic 1" else 1
    sheets = {f"{step}_01": [*head(step), *grid("Abs", lambda i, k: 1.5) * reads]}
    with pytest.raises(Exception, match="E-READ-007 .*no endpoint read"):
        recognition.read(workbook_file(sheets))


# --- real files -------------------------------------------------------------------------------------------------------


def test_real_assay(real, shared):
    export = real("skanit", "skanit/skanit_data.xlsx")
    wells = export.plates[0].wells
    assert len(wells) == 96
    assert wells["role"].value_counts().to_dict() == {"sample": 80, "standard": 14, "blank": 2}
    assert wells.loc[wells["role"] == "standard"].groupby("level")["expected"].first().tolist() == [
        1,
        0.5,
        0.25,
        0.125,
        0.063,
        0.031,
        0.016,
    ]
    sheet = openpyxl.load_workbook(shared / "real_exports/skanit/skanit_data.xlsx")["Standard Curve 1_03"]
    written = [cell.value for row in sheet["B84:M91"] for cell in row]
    assert wells["vendor_concentration"].dropna().tolist() == [v for v in written if isinstance(v, (int, float))]
    flags = wells["vendor_flag"].value_counts().to_dict()
    assert flags["below_range"] == written.count(" < Min") and flags["above_range"] == written.count(" > Max")
    assert flags["not_computed"] == written.count(None)
    assert export.plates[0].curves.loc[0, ["a", "b", "c", "d"]].tolist() == [
        "-0.0678141",
        "0.78981",
        "0.748878",
        "2.89758",
    ]


def test_real_luminescence(real):
    plate = real("skanit", "skanit/luciferase_assay_example.xlsx").plates[0]
    assert len(plate.wells) == 96 and plate.wells.set_index("well").loc["H12", "signal"] == 1043
