"""Tecan i-control and SparkControl workbooks: endpoint matrices of every label are read, other reads refused by name."""

import pytest
from immunoassay.readers import open_export, recognition, sources
from immunoassay.readers.export import NotReadable

LETTERS = "ABCDEFGH"


def infinite(*body):
    return [
        ["Application: Tecan i-control", "", "", "", "Tecan i-control , 2.0.10.0"],
        ["Device: infinite 200Pro", "", "", "", "Serial number: 1234567890"],
        ["Firmware: V_3.40_07/12_Infinite", "", "", "", "MAI, V_3.40_07/12_Infinite"],
        [],
        ["Date:", "2024-03-05"],
        ["Time:", "10:11:12"],
        [],
        ["System", "", "", "", "LABPC7"],
        ["User", "", "", "", "LAB\\kmeyer"],
        ["Plate", "", "", "", "Greiner 96 Flat Bottom Transparent Polystyrol  [GRE96ft.pdfx]"],
        ["Plate-ID (Stacker)"],
        [],
        ["List of actions in this measurement script:"],
        ["Absorbance", "", "", "", "Label: Label1"],
        [],
        *body,
    ]


def label(name, wave, value, letters=LETTERS, columns=range(1, 13), mode="Absorbance"):
    return [
        [f"Label: {name}"],
        ["Mode", "", "", "", mode],
        ["Wavelength", "", "", "", wave, "nm"],
        ["Bandwidth", "", "", "", 9, "nm"],
        ["Number of Flashes", "", "", "", 25],
        ["Settle Time", "", "", "", 0, "ms"],
        ["Part of Plate", "", "", "", f"{letters[0]}{columns[0]}-{letters[-1]}{columns[-1]}"],
        ["Start Time:", "2024-03-05 10:11:15"],
        [],
        ["", "Temperature: 24.1 °C"],
        ["<>", *columns],
        *([letter, *(value(letter, column) for column in columns)] for letter in letters),
        [],
        [],
        ["End Time:", "2024-03-05 10:12:15"],
        [],
    ]


def spark(*body):
    return [
        ["Method name: ELISA_450"],
        ["Application: SparkControl", "", "", "", "V3.1"],
        ["Device: Spark", "", "", "", "Serial number: 1234567890"],
        [],
        ["Date:", "", "", "", "2024-03-05"],
        ["System", "", "", "", "LABPC7"],
        ["User", "", "", "", "LAB\\kmeyer"],
        ["Plate", "", "", "", "[GRE96ft] - Greiner 96 Flat Transparent"],
        [],
        ["List of actions in this measurement script:"],
        ["Plate"],
        ["", "Absorbance", "", "", "", "", "Label 1"],
        [],
        ["Name", "", "", "", "GRE96ft"],
        ["Plate layout"],
        ["Plate area", "", "", "", "A1-H12"],
        [],
        *body,
    ]


def spark_label(name, wave, value, letters=LETTERS):
    return [
        ["Mode", "Absorbance"],
        ["Name", name],
        ["Measurement wavelength", "", "", "", wave, "nm"],
        ["Number of flashes", "", "", "", 10],
        ["Settle time", "", "", "", 50, "ms"],
        ["Part of Plate", "", "", "", "A1-H12"],
        [],
        ["Start Time", "", "", "", "2024-03-05 10:11:15"],
        [],
        ["", "Temperature: 24.1 °C"],
        ["<>", *range(1, 13)],
        *([letter, *(value(letter, column) for column in range(1, 13))] for letter in letters),
        [],
        ["End Time", "", "", "", "2024-03-05 10:12:15"],
        [],
    ]


def od(letter, column):
    return (ord(letter) - 64) / 8 + column / 64


def low(letter, column):
    return od(letter, column) / 16


def read(sheets):
    return recognition.read_source(sources.workbook("made.xlsx", sheets, "xlsx"))


@pytest.mark.parametrize(
    "rows",
    [
        infinite(*label("Label1", 450, od), *label("Label2", 620, low)),
        spark(*spark_label("Label 1", 450, od), *spark_label("Label 2", 620, low)),
    ],
)
def test_every_label_is_an_analyte(rows):
    export = read({"Sheet2": rows, "Sheet1": []})
    (plate,) = export.plates
    wells = plate.wells.set_index(["analyte", "well"])
    assert (export.family, plate.signal_kind, len(wells)) == ("magellan", "absorbance", 192) and not export.problems
    assert wells.loc[("450", "C05"), ["signal", "region"]].tolist() == [od("C", 5), "450"]
    assert wells.loc[("620", "H12"), "signal"] == low("H", 12)
    assert plate.read_time == "2024-03-05 10:11:15"
    assert not any("kmeyer" in value or "LABPC7" in value for value in plate.metadata.values())


def test_part_of_a_plate_and_overflow():
    def value(letter, column):
        return "OVER" if (letter, column) == ("C", 4) else od(letter, column)

    (plate,) = read({"Sheet2": infinite(*label("Label1", 450, value, "CD", range(4, 7)))}).plates
    wells = plate.wells.set_index("well")
    assert wells.index.tolist() == ["C04", "C05", "C06", "D04", "D05", "D06"]
    assert wells.loc["C04", ["vendor_flag", "vendor_flag_text"]].tolist() == ["overflow", "OVER"]


def test_a_reference_wavelength_is_told():
    rows = infinite(*label("Label1", 450, od))
    at = next(at for at, row in enumerate(rows) if row[:1] == ["Wavelength"])
    rows[at : at + 1] = [
        ["Measurement Wavelength", "", "", "", 450, "nm"],
        ["Reference Wavelength", "", "", "", 620, "nm"],
    ]
    export = read({"Sheet2": rows})
    assert export.plates[0].wells["analyte"].unique().tolist() == ["450"]
    assert [problem.code for problem in export.problems] == ["W-READ-011"]


@pytest.mark.parametrize("decimal, delimiter", [(".", "\t"), (",", ";"), (".", ",")])
def test_the_same_saved_as_text(decimal, delimiter):
    rows = infinite(*label("Label1", 450, od), *label("Label2", 620, low))
    cells = [
        [str(cell).replace(".", decimal) if isinstance(cell, float) else str(cell) for cell in row] for row in rows
    ]
    text = "\n".join(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row) for row in cells)
    export = recognition.read_source(open_export.open_bytes("made.csv", text.encode()))
    wells = export.plates[0].wells.set_index(["analyte", "well"])
    assert len(wells) == 192 and wells.loc[("620", "H12"), "signal"] == low("H", 12)


def test_a_sheet_per_plate():
    sheets = {name: infinite(*label("Label1", 450, od)) for name in ("P1", "P2")}
    assert [plate.name for plate in read(sheets).plates] == ["P1", "P2"]


KINETIC = [
    ["Cycle Nr.", 1, 2, 3],
    ["Time [s]", 0, 60, 120],
    ["Temp. [°C]", 37, 37, 37],
    *([f"{letter}1", 0.1, 0.2, 0.3] for letter in LETTERS),
]


@pytest.mark.parametrize(
    "rows, words",
    [
        (infinite(["Kinetic Measurement"], ["Kinetic Cycles", "", "", "", 3], [], ["OD"], *KINETIC), "Kinetic"),
        (spark(["Mode", "Kinetic"], ["Kinetic duration", "", "", "", "00:30:30"], [], *KINETIC), "Kinetic"),
        (infinite(["OD"], *KINETIC), "kinetic"),
        (spark(["Cycle 1"], *spark_label("L", 450, od), ["Cycle 2"], *spark_label("L", 450, low)), "kinetic"),
        (infinite(*label("Label1", 450, od), ["Scan Number", "", "", "", 20]), "Scan Number"),
        (infinite(*label("Label1", 450, od), ["Multiple Reads per Well (Square)", "", "", "", "2 x 2"]), "Multiple Reads"),
    ],
)  # fmt: skip
def test_other_reads_are_refused_by_name(rows, words):
    with pytest.raises(NotReadable, match="E-READ-007") as caught:
        read({"Sheet2": rows})
    assert words in caught.value.problem.found and "kmeyer" not in caught.value.problem.message


@pytest.mark.parametrize("file", ["tecan_spark_kinetic.xlsx", "icontrol_kinetic.xlsx", "clariostar_mars_kinetic.xlsx",
                                  "multiskan_sky_kinetic.xlsx"])  # fmt: skip
def test_real_kinetic_reads_are_refused_as_kinetic(shared, file):
    with pytest.raises(NotReadable, match="E-READ-007") as caught:
        recognition.read(shared / "real_deliveries/readers" / file)
    assert "kinetic" in caught.value.problem.found.lower()
