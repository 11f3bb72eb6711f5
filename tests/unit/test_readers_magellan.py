"""Magellan: lists with columns in any order, `<>` matrices with a user's layout, lines under the data."""

import pytest
from immunoassay.readers import recognition

LETTERS = "ABCDEFGH"
FOOTER = [
    [""],
    ["Date of measurement: 2021-07-08/Time of measurement: 14:34:46"],
    ["Unknown user"],
    ["Instrument serial number: 12901000069"],
    ["Measurement 1:"],
    ["Measurement mode: Absorbance"],
    ["Measurement wavelength: 450 nm"],
    ["Measurement 2:"],
    ["Measurement wavelength: 620 nm"],
]
LIST = [
    ["Label1", "Well positions", "Plate", "Label2", "Layout", "Remark"],
    ["0s", "", "", "0s"],
    ["24.8 °C", "", "", "25.1 °C"],
    ["1.25", "A1", "P7", "0.05", "STD1", "good"],
    ["OVER", "A2", "P7", "0.06", "SPL1"],
    ["0.75", "B1", "", "0.07", "BLK"],
    *FOOTER,
]


def check_list(export):
    (plate,) = export.plates
    assert (export.family, plate.name, plate.signal_kind) == ("magellan", "P7", "absorbance")
    assert plate.read_time == "2021-07-08 14:34:46" and export.ignored == ["Remark"]
    wells = plate.wells.set_index(["analyte", "well"])
    assert len(wells) == 6 and wells.loc["Label1", "region"].unique() == ["450"]
    assert wells.loc[("Label2", "B01"), "signal"] == 0.07
    assert wells.loc[("Label1", "A02"), ["vendor_flag", "vendor_flag_text"]].tolist() == ["overflow", "OVER"]
    assert wells.loc["Label1", "role"].tolist() == ["standard", "sample", "blank"]
    assert plate.metadata["Instrument serial number"] == "12901000069"
    assert "Unknown user" not in plate.metadata.values()


def test_list(same_in_every_spelling, workbook_file):
    check_list(same_in_every_spelling(LIST))
    rows = [[float(c) if c.replace(".", "").isdigit() else c for c in row] for row in LIST]
    check_list(recognition.read(workbook_file({"Magellan Sheet 1": rows})))


def test_several_plates_in_one_list(export_file):
    rows = [["Raw data", "Well positions", "Plate"], ["0.5", "A1", "P1"], ["0.6", "B1", ""], ["0.7", "A1", "P2"]]
    plates = recognition.read(export_file(rows)).plates
    assert [(plate.name, plate.wells["signal"].tolist()) for plate in plates] == [("P1", [0.5, 0.6]), ("P2", [0.7])]


def matrix_rows(value):
    return [["<>", *range(1, 13)], *[[x, *[value(i, k) for k in range(12)]] for i, x in enumerate(LETTERS)]]


def code(i, k):
    return (f"STD{1000 / 2**i}" if i < 7 else "BLANK") if k > 9 else "Empty" if k == 9 else f"M{i}{k}"


def check_matrix(export):
    wells = export.plates[0].wells.set_index("well")
    assert len(export.plates) == 1 and len(wells) == 96
    assert wells.loc["A11", ["role", "level", "expected"]].tolist() == ["standard", "S1", 1000]
    assert wells.loc["G12", ["role", "level", "expected"]].tolist() == ["standard", "S7", 15.625]
    assert wells.loc["H12", "role"] == "blank" and wells.loc["H10", "role"] == "empty"
    assert wells.loc["C04", "sample"] == "M23" and wells["role"].isna().sum() == 72
    assert wells["signal"].notna().all()


def test_matrix_with_layout(workbook_file):
    data, layout = matrix_rows(lambda i, k: 0.0625 + i + k / 16), matrix_rows(code)
    notes = [["", "id", "description"], ["", "M1A", "x"]]
    check_matrix(recognition.read(workbook_file({"Magellan Sheet 1": [*data, [""], *layout, [""], *notes]})))
    export = recognition.read(workbook_file({"Magellan Sheet 1": [*data, *FOOTER], "id": [*layout, [""], *notes]}))
    check_matrix(export)
    assert export.plates[0].signal_kind == "absorbance" and export.plates[0].read_time == "2021-07-08 14:34:46"


def test_kinetic_lists_are_refused(refused):
    rows = [["Well positions", "Label1", "Label1"], ["", "0s", "60s"], ["A1", "0.5", "0.6"]]
    assert "several times" in refused(rows).found


# --- real files -------------------------------------------------------------------------------------------------------


def test_real_lists(real):
    export = real("magellan", "magellan/SLA01P01_ELISA.xlsx")
    wells = export.plates[0].wells
    assert len(wells) == 2 * 384 and wells["signal"].notna().all() and export.ignored == []
    assert wells.groupby("analyte")["region"].first().to_dict() == {"Label1": "485", "Label2": "560"}
    assert wells.set_index(["analyte", "well"]).loc[("Label1", "B01"), "signal"] == 0.4544
    plate = real("magellan", "magellan/SLA01P01_OD.xlsx").plates[0]
    assert (plate.name, plate.read_time, len(plate.wells)) == ("96WEL008", "2021-07-06 09:43:07", 96)


@pytest.mark.parametrize("name", ["example.xls", "example_full.xls"])
def test_real_matrices(real, name):
    wells = real("magellan", f"magellan_matrix/{name}").plates[0].wells.set_index("well")
    assert len(wells) == 96 and wells["signal"].notna().all()
    assert (wells["role"] == "standard").sum() == 14 and (wells["role"] == "blank").sum() == 2
    expected = wells.dropna(subset="expected").groupby("level")["expected"].first().tolist()
    assert expected == [1000, 500, 250, 125, 62.5, 31.25, 15.625]
    assert wells.loc["G01", "sample"] == "M1A" and wells.loc["H12", "signal"] == 0.067
