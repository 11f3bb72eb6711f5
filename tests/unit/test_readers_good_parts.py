"""One bad part of an export never refuses the good ones: they are read, and the bad part is a problem with its name."""

import csv
import importlib.util
from pathlib import Path

import pandas as pd
import pytest
from immunoassay.files.house import RESOURCES, schema_file
from immunoassay.problems import Problem
from immunoassay.readers import export as exports
from immunoassay.readers import named_plates, recognition
from immunoassay.readers.batch_reader import read_batch
from immunoassay.readers.plates import Plates
from immunoassay.study import vocabulary
from immunoassay.study.schema import load_schema


def made(name):
    """The test module of a family: it holds the builders of its exports."""
    path = Path(__file__).with_name(f"test_readers_{name}.py")
    spec = importlib.util.spec_from_file_location(f"parts_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def gen5(damage):
    first, second = (made("gen5").matrix_rows() for _ in range(2))
    at = next(at for at, row in enumerate(second) if str(row[0]).startswith("Plate Number"))
    second[at][1] = "Plate 2"
    if damage:
        (letter,) = [row for row in second if row and row[0] == "C" and len(row) > 6][-1:]
        letter[0] = "?"
    return [*first, [""], *second], "\t", "Plate 2"


def envision(damage):
    of = made("envision")
    second = of.block(2)
    if damage:
        second[-4][0] = ""
    return [*of.block(1), *second, *of.tail()], ",", "BC2"


def kaleido(damage):
    rows = made("kaleido").version3(barcodes=("V-1", "V-2"))
    if damage:
        at = [at for at, row in enumerate(rows) if row[0] == "C"][1]
        rows[at][0] = ""
    return rows, ",", "V-2"


def mars(damage):
    of = made("bmg")
    second = [[cell.replace("472-0016", "472-0017") for cell in row] for row in of.head()]
    grid = of.grid("Raw Data (450)", lambda i, k: "0.5")
    if damage:
        grid[5][0] = ""
    first = [[cell.replace("472-0016", "472-0015") for cell in row] for row in of.head()]
    return [*first, *of.grid("Raw Data (450)", lambda i, k: "0.25"), *second, *grid], ",", "472-0017"


def xponent(damage):
    of = made("luminex")
    rows = list(csv.reader(of.text().splitlines()))
    both = []
    for row in rows:
        both.append(row)
        if row and row[0].startswith(tuple(f"{n}(1," for n in range(1, 11))):
            number, well = row[0].split("(1,")
            both.append([f"{int(number) + 10}(2,{well}", *row[1:]])
    at = next(at for at, row in enumerate(both) if row and row[0] == "12(2,B1)")
    both = [["Program", "xPONENT", "", "MAGPIX"], *both[1:]]
    if damage:
        both[at][0] = "12(2,A1)"
    return both, "\t", "2"


def msd_table(damage):
    of = made("msd_table")
    rows = [["Plate Name", *of.HEADER], *([name, *row] for name in ("P", "Q") for row in of.DATA)]
    if damage:
        rows[-1] = list(rows[-2])
    return [["# E: Experiment Data Table"], *rows], ",", "Q"


def msd_plate(damage):
    of = made("msd_plate")
    second = of.plate(barcode="<PLATE8>")
    if damage:
        del second[14]
    return [*of.plate(), *second], "\t", "PLATE8"


def well_list(damage):
    rows = [["Plate", "Well", "OD 450"], *([name, f"A{k}", f"0.{k}5"] for name in ("One", "Two") for k in range(1, 9))]
    if damage:
        rows[-1][1] = "A1"
    return rows, ",", "Two"


def magellan_list(damage):
    rows = [["Well positions", "Plate", "Label1"]]
    rows += [[f"A{k}", name, f"0.{k}5"] for name in ("One", "Two") for k in range(1, 9)]
    if damage:
        rows[-1][0] = "A1"
    return rows, "\t", "Two"


FAMILIES = [gen5, envision, kaleido, mars, xponent, msd_table, msd_plate, well_list, magellan_list]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_a_damaged_plate_leaves_the_other(export_file, family):
    rows, delimiter, name = family(False)
    whole = recognition.read(export_file(rows, delimiter))
    assert len(whole.plates) == 2 and whole.plates[1].name == name and whole.unread == []
    rows, delimiter, _ = family(True)
    export = recognition.read(export_file(rows, delimiter))
    assert [plate.name for plate in export.plates] == [whole.plates[0].name]
    pd.testing.assert_frame_equal(export.plates[0].wells, whole.plates[0].wells)
    (unread,) = export.unread
    assert (unread.name, unread.before, unread.problem.level) == (name, 1, "QUARANTINE") and unread.problem.row
    assert name in unread.problem.found


def test_two_sheets_of_bmg_are_two_plates(workbook_file):
    of = made("bmg")
    one, two = (of.smart()["Microplate End point"] for _ in range(2))
    export = recognition.read(workbook_file({"One": one, "Two": two}))
    assert [plate.name for plate in export.plates] == ["One", "Two"]
    at = next(at for at, row in enumerate(two) if row[0] == "D")
    two[at][0] = ""
    export = recognition.read(workbook_file({"One": one, "Two": two}))
    assert [plate.name for plate in export.plates] == ["One"] and [each.name for each in export.unread] == ["Two"]


def test_a_damaged_sheet_of_bioplex_leaves_other_plates(workbook_file):
    of = made("bioplex")

    def sheets(well):
        found = {}
        for plate in ("P1", "P2"):
            top = [[cell.replace("Plate ID: ", f"Plate ID: {plate} ") for cell in row] for row in of.TOP]
            raw = [list(row) for row in of.RAW]
            raw[2][1] = well if plate == "P2" else raw[2][1]
            for analyte in ("TNF", "IL-6"):
                found[f"{analyte} {plate}"] = of.sheet(analyte, (of.HEAD, raw if analyte == "TNF" else of.RAW), top=top)
        return found

    whole = recognition.read(workbook_file(sheets(of.RAW[2][1])))
    export = recognition.read(workbook_file(sheets("Z99Z")))
    assert len(whole.plates) == 2 and [plate.name for plate in export.plates] == [whole.plates[0].name]
    pd.testing.assert_frame_equal(export.plates[0].wells, whole.plates[0].wells)
    assert [each.name for each in export.unread] == [whole.plates[1].name]


def test_where_no_plate_is_read_the_file_is_refused(refused):
    rows, delimiter, _ = well_list(True)
    rows = [row for row in rows if row[0] != "One"]
    problem = refused(rows, delimiter)
    assert problem.code == "E-WELL-061" and problem.level == "QUARANTINE"


# --- tables of one plate, one per spot --------------------------------------------------------------------------------


def spot(number, start, barcode="<*BC1*>"):
    rows = [["FileName :", "x.txt"], ["Stack ID :", "0.1"], ["Plate #  :", "1"], ["Barcode1 :", barcode]]
    rows += [["Type     :", "96"], ["Spots Per Well:", "1"], ["Read Time:", "09/08/2023"], ["SpotID   :", number]]
    rows += [["==========Data=========="], ["", "1", "2"], ["A", str(start), "11"], ["B", "13", "14"]]
    return [*rows, ["==========Processing===="], ["Radius :", "4.0"], [""]]


def test_a_table_per_spot_is_one_plate(export_file):
    export = recognition.read(export_file([*spot("3", 100), *spot("8", 999)]))
    (plate,) = export.plates
    assert plate.name == "BC1" and export.problems == []
    wells = plate.wells[plate.wells["well"] == "A01"]
    assert wells[["analyte", "region", "signal"]].values.tolist() == [["Spot 3", "3", 100], ["Spot 8", "8", 999]]


@pytest.mark.parametrize(
    ("second", "names"),
    [
        (spot("3", 999), ["BC1", "BC1"]),  # the same spot again is another read
        (spot("8", 999, "<*BC2*>"), ["BC1", "BC2"]),
        (spot("all", 999), ["BC1", "BC1"]),
    ],
)
def test_tables_of_other_plates_stay_apart(export_file, second, names):
    export = recognition.read(export_file([*spot("3", 100), *second]))
    assert [plate.name for plate in export.plates] == names


# --- long tables of two signals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("net", ["Net MFI", "FI - Bkgd", "MFI blank corrected"])
def test_a_long_bead_table_of_a_signal_and_its_net(export_file, net):
    raw = "FI" if net.startswith("FI") else "MFI"
    rows = [["Well", "Sample", "Analyte", net, raw, "Bead Count"]]
    rows += [["A1", "S", "IL-6", "95", "100", "60"], ["A1", "S", "TNF", "-2", "10", "61"]]
    wells = recognition.read(export_file(rows, ",")).plates[0].wells
    assert wells[["analyte", "signal", "net_signal", "bead_count"]].values.tolist() == [
        ["IL-6", 100, 95, 60],
        ["TNF", 10, -2, 61],
    ]


def test_several_signals_of_an_analyte_ask(refused):
    rows = [["Well", "Analyte", "MFI", "Median FI"], ["A1", "IL-6", "100", "101"], ["A1", "TNF", "10", "11"]]
    problem = refused(rows, ",")
    assert problem.code == "E-READ-003" and "MFI, Median FI" in problem.found and problem.row == "1"


# --- lines of times and notes in a list -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        [["0s", "", "0s"], ["24.8 °C", "96 well", "25.1 °C"]],
        [["0s", "", "0s", "Label2=620"], ["24.8 °C", "", "25.1 °C"]],
        [["", "", "", "read twice"], ["0s", "", "0s"]],
    ],
)
def test_a_list_with_lines_of_times_and_notes(export_file, lines):
    rows = [["Label1", "Well positions", "Label2", "Label1=450"], *lines]
    rows += [["0.5", f"A{k}", "0.25"] for k in range(1, 9)]
    export = recognition.read(export_file(rows))
    wells = export.plates[0].wells
    assert wells.groupby("analyte")["signal"].unique().map(list).to_dict() == {"Label1": [0.5], "Label2": [0.25]}
    assert wells.loc[wells["analyte"] == "Label1", "region"].unique() == ["450"]
    assert {problem.code for problem in export.problems} <= {"W-READ-003"}


# --- which plate a row of the sheet means -----------------------------------------------------------------------------


def reading(*names, unread=()):
    problem = Problem("E-READ-031", "QUARANTINE", "f", "x", "y", "z")
    plates = Plates()
    for name in names:
        wells = exports.wells_frame(
            [{"well": "A01", "analyte": "a", "signal": 1.0, "row": 10 * (len(plates.read) + 1)}]
        )
        if name in unread:
            plates.refuse(name, problem)
        else:
            plates.read.append(exports.Plate(name, wells, ""))
    return exports.Export("x", plates.read, unread=plates.unread)


@pytest.mark.parametrize(
    ("names", "unread", "wanted", "at"),
    [
        (("P1", "P2"), ("P1",), "P2", 1),
        (("P1", "P2"), ("P1",), "P1", 0),
        (("P1", "P2"), ("P1",), "2", 1),  # numbers are those of the file
        (("P1", "P2"), ("P1",), "", 1),  # the only one that can be read
        (("P1", "P2"), (), "", None),
        (("P1",), (), "", 0),
        (("", ""), (), "", None),
        (("P1", "P1"), (), "P1", None),
        (("P1", "P2"), (), "3", None),
    ],
)
def test_the_plate_a_row_means(names, unread, wanted, at):
    export = reading(*names, unread=unread)
    assert named_plates.position(export, wanted) == at
    assert [plate.name for plate in export.in_file()] == list(names)


def test_a_quarantine_by_row_or_name_concerns_its_own_plate():
    export = reading("P1", "P2")
    shifted = Problem("E-FILE-013", "QUARANTINE", "f", "x", "y", "z", row="20")
    commas = Problem("V-081", "QUARANTINE", "f", "x", "y", "z", row="A01", column="P1")
    whole = Problem("E-FILE-003", "QUARANTINE", "f", "x", "y", "z")
    told = Problem("E-FILE-013", "FLAG", "f", "x", "y", "z", row="20")
    found = [
        [named_plates.concerns(each, plate, export) for plate in export.plates]
        for each in (shifted, commas, whole, told)
    ]
    assert found == [[False, True], [True, False], [True, True], [True, True]]


# --- in a batch -------------------------------------------------------------------------------------------------------


def batch(tmp_path, wanted):
    """(wells, problems) of a batch of a SoftMax file whose plate P2 was never read; `wanted` are plates of its rows."""
    of = made("softmax")
    rows = [["##BLOCKS= 2"], *of.plate_format(name="P1"), *of.UNREAD, *of.END]
    (tmp_path / "plate.txt").write_text("\n".join("\t".join(map(str, row)) for row in rows) + "\n")
    shared = {"batch": "B1", "panel": "baff", "file": "plate.txt", "format": "", "layout": "", "run_date": None}
    shared |= {"kit_lot": "L1", "operator": "", "include": True, "reason": ""}
    plates = [{**shared, "plate": name, "plate_in_file": name} for name in wanted]
    analyte = {
        "analyte": "BAFF",
        "panel": "baff",
        "names_in_export": ["450"],
        "unit": "pg/mL",
        "standard_unit": "pg/mL",
    }
    panel = {"panel": "baff", "platform": "elisa", "signal": "raw", "criteria_set": "c"}
    units = vocabulary.units(RESOURCES["units"])
    schema = load_schema(schema_file("layout"))
    wells, _, problems = read_batch(plates, [analyte], [panel], [], [], units.rows, {"c": {}}, schema, tmp_path)
    return wells, problems


def test_a_row_that_names_an_unread_plate_quarantines_that_plate_alone(tmp_path):
    wells, problems = batch(tmp_path, ["P1", "P2"])
    told = problems[problems["code"] == "E-READ-031"]
    assert told[["plate", "level"]].values.tolist() == [["P2", "QUARANTINE"]]
    assert wells.loc[wells["plate"] == "P1", "signal"].notna().sum() == 96
    assert set(wells.loc[wells["plate"] == "P2", "disposition"]) == {"plate_quarantined"}
    assert "plate_quarantined" not in set(wells.loc[wells["plate"] == "P1", "disposition"])


def test_an_unread_plate_that_no_row_names_is_told_once(tmp_path):
    _, problems = batch(tmp_path, ["P1"])
    assert problems.loc[problems["code"] == "E-READ-031", ["plate", "level"]].values.tolist() == [["P1", "FLAG"]]
    assert "E-PLT-004" not in set(problems["code"])
