"""BMG LABTECH: MARS text and SMART Control workbooks."""

import pytest
from immunoassay.readers import recognition

LETTERS = "ABCDEFGH"


def head(mode="Absorbance"):
    return [
        ["User: USER", r"Path: C:\Labs\Data", "Test run no.: 4"],
        ["Test name: IgG", "Date: 29/02/2016", "Time: 14:34:46"],
        [""],
        ["ID1: 472-0016", "ID2: 20 ul", "ID3: "],
        [mode],
        [""],
    ]


def grid(title, value, indent=0, columns=12, letters=LETTERS):
    header = ["", *range(1, columns + 1)]
    rows = [[x, *[value(i, k) for k in range(columns)]] for i, x in enumerate(letters)]
    return [[*[""] * indent, title], [""] if not indent else None, header, *rows, [""]]


def mars(mode="Absorbance", title="Raw Data (450)", **more):
    rows = [*head(mode), *grid(title, lambda i, k: f"{0.0625 + i / 4 + k / 64:.6f}", **more)]
    return rows


def test_mars(same_in_every_spelling):
    plate = same_in_every_spelling(mars(), ",").plates[0]
    assert (plate.signal_kind, plate.read_time) == ("absorbance", "29/02/2016 14:34:46")
    assert plate.metadata["ID1"] == "472-0016" and plate.metadata["Test run no."] == "4"
    wells = plate.wells.set_index("well")
    assert len(wells) == 96 and wells["analyte"].unique() == ["450"] and wells["role"].isna().all()
    assert wells.loc["B03", "signal"] == 0.34375


LIST = [
    ["Well", "Content", "Standard Concentrations [pg/mL]", "Raw Data (450)", "Blank corrected based on Raw Data (450)"],
    ["A01", "Standard S1", "1000", "2.5", "2.45"],
    ["A02", "Blank B", "", "0.05", "0"],
    ["B01", "Sample X1", "", "0.75", "0.7"],
    ["B02", "Sample X1", "", "OVRFLW", ""],
]


@pytest.mark.parametrize(
    "rows", [LIST, [["Well Row", "Well Col", *LIST[0][1:]], *([r[0][0], r[0][1:], *r[1:]] for r in LIST[1:])]]
)
def test_a_list_of_wells(same_in_every_spelling, rows):
    (plate,) = same_in_every_spelling([*head(), *rows], ",").plates
    wells = plate.wells.set_index("well")
    assert wells["analyte"].unique() == ["450"] and plate.signal_kind == "absorbance"
    assert wells["role"].to_dict() == {"A01": "standard", "A02": "blank", "B01": "sample", "B02": "sample"}
    assert wells.loc["A01", ["signal", "net_signal", "expected", "unit", "level"]].tolist() == [
        2.5,
        2.45,
        1000,
        "pg/mL",
        "S1",
    ]
    assert wells.loc["B02", ["vendor_flag", "vendor_flag_text"]].tolist() == ["overflow", "OVRFLW"]


def test_a_list_with_several_times_is_refused(refused):
    rows = [["Well", "Content", "Raw Data (450)"], ["A01", "Sample X1", "0.5"], ["A01", "Sample X1", "0.6"]]
    assert "no endpoint read" in refused([*head(), *rows], ",").found


@pytest.mark.parametrize(
    "title, label",
    [("Raw Data (450 1)", "450 1"), ("Raw Data (580/620)", "580/620"), ("Raw Data (No filter)", "No filter")],
)
def test_labels(export_file, title, label):
    plate = recognition.read(export_file(mars("Fluorescence (FI)", title), ",")).plates[0]
    assert plate.signal_kind == "fluorescence" and plate.wells["analyte"].unique() == [label]


def test_several_sets_and_blanked_values(export_file):
    blanked = grid("Blank corrected based on Raw Data (450)", lambda i, k: "0.5")
    other = grid("Raw Data (620)", lambda i, k: "0.0625")
    unknown = grid("Average of replicates", lambda i, k: "1.5")
    export = recognition.read(export_file([*mars(), *other, *blanked, *unknown], ","))
    wells = export.plates[0].wells
    assert wells.groupby("analyte")["net_signal"].count().to_dict() == {"450": 96, "620": 0}
    assert export.ignored == ["Average of replicates"]


def test_1536_wells_and_unread_cells(export_file):
    rows = mars(columns=48, letters=["A", "Z", "a", "f"])
    rows[9][3] = ""
    wells = recognition.read(export_file(rows, ",")).plates[0].wells
    assert len(wells) == 4 * 48 - 1 and set(wells["well"].str[:-2]) == {"A", "Z", "AA", "AF"}


def test_kinetic_reads_are_refused(refused):
    cycle = grid("Raw Data (450)", lambda i, k: "0.5")
    assert "several times" in refused([*mars(), *cycle], ",").found
    assert "Cycle" in refused(mars(title="Raw Data (450) - Cycle 1 (0 s)"), ",").found


def smart(sheet="Microplate End point"):
    top = [["User: user"], [r"Path: C:\x"], ["Test ID: 11"], ["Test Name: PicoGreen"], ["Date: 11/12/2024"]]
    top += [["Time: 1:06:28 PM"], ["ID1: x"], ["Fluorescence (FI)"], [""], [""]]

    def content(i, k):
        return f"S{i + 1}" if k < 2 and i < 7 else "B" if k < 2 else "C1" if k == 2 else f"X{i * 10 + k}"

    def raw(i, k):
        return 1000.5 + i * 100 + k

    if sheet.startswith("Microplate"):
        rows = [
            *grid("1. Layout", content, 1),
            *grid("2. Standard Concentrations in ng/mL", lambda i, k: 1000 / 4**i if k < 2 and i < 7 else "", 1),
            *grid("3. Dilutions", lambda i, k: 1 if k < 3 else 500, 1),
            *grid("4. Raw Data (480-14/520-30)", raw, 1),
            *grid("5. Blank corrected based on Raw Data (480-14/520-30)", lambda i, k: 0.5, 1),
        ]
        rows = [row for row in rows if row is not None]
        rows[1] += ["", "Plate: NUNC 96"]
        return {sheet: [*top, *rows]}
    places = [(i, k) for i in range(8) for k in range(12)]
    words = {"S": "Standard", "B": "Blank", "C": "Control", "X": "Sample"}
    return {
        sheet: [
            *top,
            ["Well", *[f"{LETTERS[i]}{k + 1:02d}" for i, k in places]],
            ["Content", *[f"{words[content(i, k)[0]]} {content(i, k)}" for i, k in places]],
            ["Standard Concentrations [ng/mL]", *[1000 / 4**i if k < 2 and i < 7 else "" for i, k in places]],
            ["Dilutions", *[1 if k < 3 else 500 for i, k in places]],
            [" Raw Data (480-14/520-30)", *[raw(i, k) for i, k in places]],
            [" Blank corrected based on Raw Data (480-14/520-30)", *[0.5] * 96],
        ]
    }


@pytest.mark.parametrize("sheet", ["Microplate End point", "Table End point"])
def test_smart_control(workbook_file, sheet):
    export = recognition.read(workbook_file({**smart(sheet), "Protocol Information": [["User: user"], ["x", 1]]}))
    assert export.family == "bmg_smart_control" and export.ignored == ["sheet Protocol Information"]
    plate = export.plates[0]
    assert (plate.signal_kind, plate.read_time) == ("fluorescence", "11/12/2024 1:06:28 PM")
    wells = plate.wells.set_index("well")
    assert len(wells) == 96 and wells["analyte"].unique() == ["480-14/520-30"]
    assert wells["unit"].unique() == ["ng/mL"] and (wells["net_signal"] == 0.5).all()
    assert wells.loc["B02", ["role", "level", "expected", "dilution"]].tolist() == ["standard", "S2", 250, 1]
    assert wells.loc["C04", ["role", "sample", "dilution"]].tolist() == ["sample", "X23", 500]
    assert wells.loc["H01", "role"] == "blank" and wells.loc["D03", ["role", "level"]].tolist() == ["control", "C1"]
    assert wells.loc["C04", "signal"] == 1203.5


# --- real files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, wells, kind",
    [
        ("16-02-29 14-34-46 Transcreener ADP2 FI.csv", 302, "fluorescence"),
        ("16-03-03 13-25-45 472 QC 384 FI.csv", 68, "fluorescence"),
        ("16-03-03 16-54-03 472 ABS 384 QC.csv", 99, "absorbance"),
        ("24-10-16 15-09-52 Luminescence 1536.csv", 288, "luminescence"),  # six of 32 plate rows
        ("BMG Labtech format.CSV", 96, "absorbance"),
    ],
)
def test_real_mars_files(real, cells_of, name, wells, kind):
    plate = real("bmg_mars", f"bmg_mars/{name}").plates[0]
    assert len(plate.wells) == wells and plate.signal_kind == kind
    written = [cell for row in cells_of(f"bmg_mars/{name}", ",") if len(row[0]) == 1 for cell in row[1:] if cell]
    assert sorted(plate.wells["signal"]) == sorted(map(float, written))


def test_real_1536_rows(real):
    wells = real("bmg_mars", "bmg_mars/24-10-16 15-09-52 Luminescence 1536.csv").plates[0].wells
    assert set(wells["well"].str.replace("[0-9]", "", regex=True)) == {"A", "G", "M", "S", "Y", "AE"}


def test_real_smart_control(real):
    plate = real("bmg_smart_control", "bmg_smart_control/fluorescence_endpoint_example2.xlsx").plates[0]
    wells = plate.wells.set_index("well")
    assert len(wells) == 96 and wells["role"].value_counts().to_dict() == {"sample": 69, "standard": 24, "blank": 3}
    assert wells.loc["C02", ["signal", "net_signal", "expected"]].tolist() == [549916, 534461, 62.5]
    assert wells.loc["H10", "role"] == "blank" and wells["net_signal"].isna().sum() == 3
    assert wells.loc["B04", "dilution"] == 1000
