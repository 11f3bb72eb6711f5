"""Vendor numbers survive: in every real export with concentrations each kind of cell is counted by the plainest parse."""

import csv
import io
import re
from collections import Counter
from xml.etree import ElementTree

import openpyxl
import pytest
import xlrd
from immunoassay.readers import recognition

XPONENT = {"luminex_xponent/pone.0187901.s001.csv": "", "luminex_100_IS/Example_run.csv": " pg/mL"}
BIOPLEX = [
    "01-11A12-IgA-Biotin.xls",
    "01-11A12-IgA-Biotin_reimport.xls",
    "Guide Set plate 1.xls",
    "Guide Set plate 2.xls",
    "Guide Set plate 3.xls",
    "PositivityThreshold.xls",
    "PositivityWithBaseline.xls",
    "PositivityWithoutBaseline.xls",
    "RawAndSummary.xlsx",
    "WithAltNegativeBead.xls",
    "plate 1_IgA-Biot (Standard2).xls",
    "plate 1_IgA-Biot (Standard2).xlsx",
    "plate 2_IgA-Biot (Standard2).xls",
    "pnLINCO20070302A.xls",
    "pnLINCO20070302A.xlsx",
]
SOFTMAX = {  # file: columns of interpolated concentrations of wells
    "Assay_2.txt": {"BackCalcConc", "Result", "Results"},
    "Assay_11_and_12.txt": {"BackCalcConc", "Result", "Results"},
    "softmaxpro_example_reduced.txt": {"BackCalcConc", "Result", "Results"},
    "group_cols_with_int_sample_names.txt": {"Result"},  # BackCalcConc is of the mean there
}
GEN5 = {
    "010307_114129_BNCH654563_stdcurve_singleplate01.txt": "[Concentration]",
    "endpoint_stdcurve_singleplate.txt": "[Concentration]",
    "Fluorescamine_Protein_Quantitation_no_results_matrix.txt": "Conc",
    "endpoint_pathlength_correct_singleplate.txt": "DNA concentration ng/uL",
    "endpoint_pathlength_correct_singleplate_no_pm_in_time.txt": "DNA concentration ng/uL",
}
WORDS = {"": "not_computed", "NaN": "not_computed", "N/A": "not_computed", "***": "not_computed"}
WORDS |= {"Range?": "not_computed", "Masked": "masked", "---": "outlier"}


def kind(cell):
    """The kind of one concentration cell."""
    text = "" if cell is None else str(cell).strip()
    if re.fullmatch(r"-?[0-9]*\.?[0-9]+(e[+-]?[0-9]+)?", text, re.I):
        return "numeric"
    if text in WORDS:
        return WORDS[text]
    for sign, name in (("OOR <", "below"), ("<", "below"), ("OOR >", "above"), (">", "above"), ("*", "extrapolated")):
        if text.startswith(sign):
            return name
    raise AssertionError(f"what is {text!r}?")


def read(path):
    """The same kinds, counted in the tables of the readers."""
    found = Counter()
    for plate in recognition.read(path).plates:
        wells = plate.wells
        found["numeric"] += int(wells["vendor_concentration"].notna().sum())
        for name, flags in (
            ("below", ["below_range", "extrapolated_low"]),
            ("above", ["above_range", "extrapolated_high"]),
            ("extrapolated", ["extrapolated"]),
            ("not_computed", ["not_computed"]),
            ("masked", ["masked"]),
            ("outlier", ["outlier"]),
        ):
            found[name] += int(wells["vendor_flag"].isin(flags).sum())
        assert not (
            wells["vendor_concentration"].notna() & wells["vendor_flag"].isin(["below_range", "above_range"])
        ).any()
    return +found


def text_of(path):
    data = path.read_bytes()
    return data.decode("utf-16" if data[:2] == b"\xff\xfe" else "latin-1").replace("\r\n", "\n")


def sheets(path):
    if path.suffix == ".xlsx":
        return [list(sheet.values) for sheet in openpyxl.load_workbook(path, data_only=True)]
    return [[sheet.row_values(at) for at in range(sheet.nrows)] for sheet in xlrd.open_workbook(path).sheets()]


@pytest.mark.parametrize("name", XPONENT)
def test_luminex(shared, name):
    path, unit = shared / "real_exports" / name, XPONENT[name]
    blocks, rows = {}, []
    for line in csv.reader(io.StringIO(text_of(path))):
        if line and line[0] == "DataType:":
            rows = blocks[line[1]] = []
        elif any(line):
            rows.append(line)
    head = blocks["Result"][0]
    columns = [at for at, cell in enumerate(head) if at > 1 and cell not in ("", "Total Events", "Notes")]
    cells = [line[at].removesuffix(unit) for line in blocks["Result"][1:] for at in columns]
    wanted = Counter(map(kind, cells))
    comments = [line[at] for line in blocks.get("Comments", [[]])[1:] for at in columns if at < len(line)]
    wanted["extrapolated"] += sum(comment == "Extrapolated" for comment in comments)
    assert read(path) == +wanted and wanted["numeric"]


@pytest.mark.parametrize("name", BIOPLEX)
def test_bioplex(shared, name):
    path, wanted = shared / "real_exports/bioplex_xls" / name, Counter()
    for rows in sheets(path):
        heads = [at for at, row in enumerate(rows) if list(row[:3]) == ["Analyte", "Type", "Well"]]
        for row in rows[heads[-1] + 1 :] if heads else []:  # the last table is the raw one
            line = dict(zip(rows[heads[-1]], row, strict=False))
            if not line["Analyte"] or not line["Well"]:
                break
            if line.get("Outlier") == 1 or line["FI"] == "---":
                wanted["outlier"] += 1
                wanted["numeric"] += kind(line["Obs Conc"]) == "numeric"
            elif line["Type"] != "B" or line["Obs Conc"] not in ("", None):
                wanted[kind(line["Obs Conc"])] += 1
    assert read(path) == +wanted


def test_bioplex_xml(shared):
    path = shared / "real_exports/bioplex_xml/bio-rad_bio-plex_manager_example_01.xml"
    cells = list(ElementTree.parse(path).getroot().iter("MWObsConc"))
    assert {each.get("ReadingOK") for each in cells} == {"false"} and {float(each.text) for each in cells} == {0.0}
    assert read(path) == {"not_computed": len(cells)}  # the zeros are no concentrations


@pytest.mark.parametrize("name", ["3plateMSD.csv", "msd_workbench_test_2.csv"])
def test_msd(shared, name):
    path = shared / "real_exports/msd_workbench" / name
    lines = csv.DictReader(io.StringIO(text_of(path).partition("\n")[2]))
    assert read(path) == Counter(kind(line["Calc. Concentration"]) for line in lines)


@pytest.mark.parametrize("name", SOFTMAX)
def test_softmax(shared, name):
    path, wanted = shared / "real_exports/softmax_pro" / name, Counter()
    column = outside = None
    for row in ([cell.strip() for cell in line.split("\t")] for line in text_of(path).split("\n")):
        if row[0] == "Sample":
            column = next((at for at, cell in enumerate(row) if cell in SOFTMAX[name]), None)
            outside = row.index("R") if "R" in row else None
        elif row[0].startswith(("Group", "~End")):
            column = None
        elif column is not None and any(re.fullmatch("[A-H][0-9]+", cell) for cell in row[1:]):
            wanted[kind(row[column])] += 1
            if outside is not None and row[outside] == "R" and kind(row[column]) == "numeric":
                wanted["extrapolated"] += 1
    found = read(path)
    if name.startswith("group_cols"):  # F2 reads "Range?" as its own signal, in a group without results of wells
        found["not_computed"] -= 1
    assert found == +wanted and wanted["numeric"]


@pytest.mark.parametrize("name", GEN5)
def test_gen5(shared, name):
    path = shared / "real_exports/gen5" / name
    rows = [line.split("\t") for line in text_of(path).split("\n")]
    cells = [cell for row in rows if row[-1] == GEN5[name] for cell in row[1:-1]]
    wanted = Counter(map(kind, cells))
    assert read(path) == wanted and sum(wanted.values()) == 96


def test_skanit(shared):
    path = shared / "real_exports/skanit/skanit_data.xlsx"
    sheet = openpyxl.load_workbook(path)["Standard Curve 1_03"]
    assert read(path) == Counter(kind(cell.value) for row in sheet["B84:M91"] for cell in row)


def test_grid(shared):
    path = shared / "real_exports/plate_grid_xls/biotek_01.xlsx"
    rows = sheets(path)[0]
    start = next(at for at, row in enumerate(rows) if str(row[0]).startswith("[Plate: Concentrations]"))
    assert read(path) == Counter(kind(cell) for row in rows[start + 2 : start + 10] for cell in row[1:13])


def test_concentrations_that_name_no_wells_are_listed_as_not_read(shared):
    """A sheet of sample names and mean concentrations, typed in by hand beside the plate."""
    for name in ("biotek_03.xls", "biotek_03.xlsx"):
        export = recognition.read(shared / "real_exports/plate_grid_xls" / name)
        assert export.ignored == ["sheet Cathepsin-D.Concentrations"]
        assert export.plates[0].wells["vendor_concentration"].isna().all()
