"""ELISA read at 450 nm and at 570 nm: from export to wells, subtracted by the software or, where it did not, by us."""

import importlib.util
from pathlib import Path

import openpyxl
import pytest
from immunoassay.files.house import schema_file
from immunoassay.readers import open_export, recognition, references, sources
from immunoassay.readers.batch_reader import read_batch
from immunoassay.readers.export import wells_frame
from immunoassay.study import vocabulary
from immunoassay.study.schema import load_schema

ROOT = Path(__file__).parents[2]
LETTERS = "ABCDEFGH"
LAYOUT = [["", *range(1, 13)], *([letter, "S1", "S2", "blank", *["P01@5"] * 9] for letter in LETTERS)]


def first(i, k):
    return round(1.5 + i / 8 - k / 16, 4)


def second(i, k):
    return round(0.05 + (i + k) / 128, 4)


def difference(i, k):
    return round(first(i, k) - second(i, k), 4)


def grid(value, label=None):
    tail = [] if label is None else [label]
    return [
        ["", *range(1, 13)],
        *([letter, *(value(i, k) for k in range(12)), *tail] for i, letter in enumerate(LETTERS)),
    ]


def gen5(*sets):
    head = [["Software Version", "3.12.08"], [""], ["Plate Number", "Plate 1"], ["Reading Type", "Reader"], [""],
            ["Procedure Details"], ["Read", "Absorbance Endpoint"], ["", "Wavelengths:  450, 570"], [""], ["Results"],
            ["", *range(1, 13)]]  # fmt: skip
    for i, letter in enumerate(LETTERS):
        head += [[letter if not at else "", *(value(i, k) for k in range(12)), name]
                 for at, (name, value) in enumerate(sets)]  # fmt: skip
    return text(head)


def mars(*sets):
    head = [
        ["User: U", "Path: C:", "Test run no.: 4"],
        ["Test name: E", "Date: 29/02/2016", "Time: 14:34"],
        ["ID1: "],
        ["Absorbance"],
        [""],
    ]
    return text([*head, *(row for name, value in sets for row in [[name], [""], *grid(value), [""]])], ",")


def softmax(*sets):
    """PlateFormat with two wavelengths; a third set is the Reduced matrix."""
    made = _softmax()
    waves = [value for _, value in sets[:2]]
    rows = [made.head(waves="450 570 "), ["", "Temperature(°C)", *range(1, 13), "", *range(1, 13)]]
    rows += [["", "24.5" if i == 0 else "", *(waves[0](i, k) for k in range(12)), "", *(waves[1](i, k) for k in range(12))]
             for i in range(8)]  # fmt: skip
    rows += [[""]]
    for _, value in sets[2:]:
        rows += [["", "", *range(1, 13)], *(["", "", *(value(i, k) for k in range(12))] for i in range(8))]
    return text([["##BLOCKS= 1"], *rows, ["~End"], *made.END])


def _softmax():
    spec = importlib.util.spec_from_file_location("softmax_builders", ROOT / "tests/unit/test_readers_softmax.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def i_control(*sets):
    """Tecan i-control workbook: the lines above each matrix say label and wavelength."""
    rows = [["Application: Tecan i-control", "", "", "", "Tecan i-control , 2.0.10.0"], ["Plate-ID (Stacker)"], [""]]
    for at, (name, value) in enumerate(sets, 1):
        rows += [[f"Label: Label{at}"], ["Mode", "", "", "", "Absorbance"], ["Wavelength", "", "", "", int(name), "nm"],
                 ["Start Time:", "13.03.2024 14:15:10"], ["", "Temperature: 24.8 °C"], *grid(value), [""]]  # fmt: skip
        rows[-10][0] = "<>"
    return {"Sheet1": rows}


def text(rows, delimiter="\t"):
    return "\n".join(delimiter.join(map(str, row)) for row in rows).encode()


CORRECTED = {
    "gen5 Delta": gen5(("450", first), ("570", second), ("Delta 450-570", difference)),
    "gen5 name of one's own": gen5(("450", first), ("570", second), ("Corrected OD", difference)),
    "softmax Reduced": softmax(("450", first), ("570", second), ("Reduced", difference)),
    "mars": mars(("Raw Data (450)", first), ("Raw Data (570)", second), ("Corrected values", difference)),
}
RAW = {
    "gen5": gen5(("450", first), ("570", second)),
    "softmax": softmax(("450", first), ("570", second)),
    "mars": mars(("Raw Data (450)", first), ("Raw Data (570)", second)),
    "i-control": i_control(("450", first), ("570", second)),
}


def batch(tmp_path, content, name, signal, unwanted=()):
    """(wells, problems) of a batch of one plate of one analyte, called `name` in the export."""
    file = tmp_path / ("plate.xlsx" if isinstance(content, dict) else "plate.txt")
    if isinstance(content, dict):
        book = openpyxl.Workbook()
        for row in content["Sheet1"]:
            book.active.append(row)
        book.save(file)
    else:
        file.write_bytes(content)
    (tmp_path / "layout.tsv").write_bytes(text(LAYOUT))
    plate = {"plate": "P1", "batch": "B1", "panel": "baff", "file": file.name, "plate_in_file": "", "format": "",
             "layout": "layout.tsv", "run_date": None, "kit_lot": "L1", "operator": "", "include": True,
             "reason": ""}  # fmt: skip
    analyte = {"analyte": "BAFF", "panel": "baff", "names_in_export": [name], "unit": "pg/mL", "standard_unit": "pg/mL"}
    panel = {"panel": "baff", "platform": "elisa", "signal": signal, "criteria_set": "c"}
    units = vocabulary.units(ROOT / "resources/units.tsv")
    schema = load_schema(schema_file("layout"))
    wells, _, problems = read_batch([plate], [analyte], [panel], [], [], units.rows, {"c": {}}, schema, tmp_path,
                                    unwanted=[{"panel": "baff", "names_in_export": list(unwanted)}])  # fmt: skip
    return wells, problems


def signals(wells):
    return wells.set_index("well")["signal"].round(4).to_dict()


WANTED = {f"{letter}{k + 1:02d}": difference(i, k) for i, letter in enumerate(LETTERS) for k in range(12)}


@pytest.mark.parametrize("export", CORRECTED)
def test_the_difference_of_the_software_is_the_signal(tmp_path, export):
    wells, problems = batch(tmp_path, CORRECTED[export], "450", "corrected_in_export")
    assert signals(wells) == WANTED and set(wells["signal_kind"]) == {"net_absorbance"}
    assert set(problems.loc[problems["code"] == "W-READ-005", "column"]) == {"570"}  # the reference is named, not lost
    raw, _ = batch(tmp_path, CORRECTED[export], "450", "raw")
    assert signals(raw) == {f"{r}{k + 1:02d}": first(i, k) for i, r in enumerate(LETTERS) for k in range(12)}


@pytest.mark.parametrize("export", CORRECTED)
def test_a_reference_nobody_wants_is_not_named(tmp_path, export):
    wells, problems = batch(tmp_path, CORRECTED[export], "450", "corrected_in_export", unwanted=["570"])
    assert signals(wells) == WANTED and set(wells["analyte"]) == {"BAFF"}
    assert "W-READ-005" not in set(problems["code"])


@pytest.mark.parametrize("export", RAW)
def test_a_reference_nobody_wants_is_still_subtracted(tmp_path, export):
    wells, _ = batch(tmp_path, RAW[export], "450-570", "raw", unwanted=["570"])
    assert signals(wells) == WANTED


@pytest.mark.parametrize("export", RAW)
def test_a_difference_the_sheets_name_is_computed(tmp_path, export):
    wells, problems = batch(tmp_path, RAW[export], "450-570", "raw")
    assert signals(wells) == WANTED and "no_signal" not in set(wells["disposition"])
    told = problems[problems["code"] == "W-READ-011"]
    assert told["found"].tolist() == ["450-570 is the signal at 450 less that at 570"]
    assert "W-READ-005" not in set(problems["code"])


def test_the_blank_is_subtracted_from_the_difference(tmp_path):
    wells, _ = batch(tmp_path, RAW["mars"], "450-570", "background_subtracted")
    blank = sum(difference(i, 2) for i in range(8)) / 8
    assert signals(wells)["A01"] == round(difference(0, 0) - blank, 4)


def test_a_signal_missing_at_either_wavelength_is_missing_with_its_flag():
    rows = [
        {"well": "A01", "analyte": "450", "signal": 1.0, "net_signal": 5.0},
        {"well": "A01", "analyte": "570", "signal": 0.25},
        {"well": "A02", "analyte": "450", "vendor_flag": "overflow", "vendor_flag_text": "OVRFLW"},
        {"well": "A02", "analyte": "570", "signal": 0.25},
        {"well": "A03", "analyte": "450", "signal": 1.0},
        {"well": "A03", "analyte": "570", "vendor_flag": "masked", "vendor_flag_text": "Masked"},
        {"well": "A04", "analyte": "450", "signal": 1.0},
    ]
    frame, found = references.subtract(wells_frame(rows), ["450-570"])
    assert found == {"450-570": ("450", "570")} and frame["analyte"].tolist() == ["450-570"] * 4
    assert frame["signal"].tolist()[0] == 0.75 and frame["signal"].isna().tolist() == [False, True, True, True]
    assert frame["vendor_flag"].tolist() == ["none", "overflow", "masked", "not_read"]
    assert frame["net_signal"].isna().all()


@pytest.mark.parametrize("names", [["450"], ["IL-6"], ["450-620"], ["BAFF", "450", "570"]])
def test_other_names_change_nothing(names):
    frame = wells_frame([{"well": "A01", "analyte": name, "signal": 1.0} for name in ("450", "570", "IL-6")])
    same, found = references.subtract(frame, names)
    assert found == {} and same is frame


def test_both_wavelengths_stay_where_a_name_wants_them():
    frame = wells_frame([{"well": "A01", "analyte": name, "signal": 1.0} for name in ("450", "570")])
    left, _ = references.subtract(frame, ["450-570", "450"])
    assert left["analyte"].tolist() == ["450", "450-570"]


def test_i_control_labels_are_wavelengths():
    export = recognition.read_source(sources.workbook("a.xlsx", i_control(("450", first), ("570", second)), "xlsx"))
    (plate,) = export.plates
    assert (export.family, plate.signal_kind, plate.read_time) == ("magellan", "absorbance", "13.03.2024 14:15:10")
    assert plate.wells["analyte"].unique().tolist() == ["450", "570"] == plate.wells["region"].unique().tolist()


def test_a_data_set_that_is_no_difference_is_not_taken_for_one():
    content = gen5(("450", first), ("570", second), ("Ratio", lambda i, k: round(first(i, k) / second(i, k), 4)))
    export = recognition.read_source(open_export.open_bytes("a.txt", content))
    assert export.plates[0].wells["net_signal"].isna().all() and export.ignored == ["Ratio"]
