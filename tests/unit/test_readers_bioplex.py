"""Bio-Plex Manager exports: one sheet per analyte, tables of several analytes, XML. Fixtures are written here."""

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay.readers import export as exports
from immunoassay.readers import recognition, sources
from immunoassay.readers.export import FLAGS, NotReadable
from immunoassay.readers.luminex import bioplex, bioplex_table, bioplex_workbook
from tests.examples import examples

HEAD = ["Analyte", "Type", "Well", "Description", "FI", "FI - Bkgd", "Std Dev", "%CV", "Obs Conc", "Exp Conc",
        "(Obs/Exp) * 100", "Group", "Ratio", "Dilution", "Bead Count", "Sampling Errors"]  # fmt: skip
OUTLIER_HEAD = [*HEAD[:3], "Outlier", *HEAD[3:], "Hue"]
TOP = [["File Name: plate 7.rbx"], ["Analyte: {}"], ["Acquisition Date: 11-Jan-2007, 01:20 PM"],
       ["Reader Serial Number:LX1"], ["Plate ID: P7"], ["RP1 PMT (Volts): 555.80"], []]  # fmt: skip
FOOT = [[], ["Sampling Errors: 1 - Low bead #, 2 - Agg beads"], ["*** = Value not available"], [],
        ["Regression Type: Logistic - 5PL"],
        ["Std. Curve: FI = -0.25 + (2.16699E+007 + 0.25) / ((1 + (Conc / 335.8)^-0.5))^1.5"],
        ["FitProb. = 0.4606, ResVar. = 0.9291"]]  # fmt: skip
RAW = [
    ["B", "A1", "", 12, 12, "", "", "", "", "", "", "", 1, 90, ""],
    ["S1", "B1", "Std", 9000, 8988, "", "", "OOR >", 500, "***", "", "", 1, 80, ""],
    ["S1", "C1", "Std", 9010, 8998, "", "", 498.5, 500, 99.7, "", "", 1, 81, ""],
    ["S2", "D1", "Std", 2000, 1988, "", "", 101, 100, 101, "", "", 1, 82, ""],
    ["S3", "E1", "Std", 500, 488, "", "", "*19.5", 20, 97, "", "", 1, 83, ""],
    ["S4", "F1", "Std", 100, 88, "", "", "OOR <", 4, "***", "", "", 1, 84, ""],
    ["ES1", "G1", "Other", 700, 688, "", "", 33, 50, 66, "", "", 1, 85, ""],
    ["C1", "H1", "QC low", 300, 288, "", "", 44, 40, 110, "", "", 2, 86, ""],
    ["C2", "A2", "", 305, 293, "", "", 45, 0, "***", "", "", 2, 87, ""],
    ["X1", "B2", 275001, 150, 138, "", "", "***", "", "", "", "", 200, 12, "1,4"],
    ["X2", "C2", "P02 V1", "---", "---", "", "", "---", "", "", "", "", 200, 13, ""],
    ["N1", "D2", "neg", 13, 1, "", "", "", "", "", "", "", 1, 14, ""],
]


def sheet(analyte, *tables, top=TOP, foot=FOOT):
    rows = [[cell.format(analyte) for cell in row] for row in top]
    for head, lines in tables:
        rows += [head, *([analyte, *line] for line in lines), []]
    return rows + list(foot)


def save(path, sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        target = book.create_sheet(name)
        for row in rows:
            target.append([None if cell == "" else cell for cell in row])
    book.save(path)
    return path


def cell(wells, well, analyte="Hu IL-1b"):
    return wells[(wells["well"] == well) & (wells["analyte"] == analyte)].iloc[0]


@pytest.fixture
def raw(tmp_path):
    sheets = {"Notes": [["Field", "VALUE"], ["Species", "H"]]}
    sheets |= {name: sheet(name, (HEAD, RAW)) for name in ("Hu IL-1b (32)", "TNF")}
    return recognition.read(save(tmp_path / "a.xlsx", sheets))


def test_raw_workbook_by_hand(raw):
    (plate,) = raw.plates
    wells = plate.wells
    assert raw.family == "bioplex_workbook" and raw.ignored == ["sheet Notes"] and raw.problems == []
    assert (plate.name, plate.read_time) == ("P7", "11-Jan-2007, 01:20 PM")
    assert plate.metadata["Reader Serial Number"] == "LX1" and "Analyte" not in plate.metadata
    assert list(wells.columns) == list(exports.WELLS.columns) and len(wells) == 24
    assert [(row.analyte, row.region) for row in wells.iloc[[0, 12]].itertuples()][0] == ("Hu IL-1b", "32")
    assert pd.isna(cell(wells, "A01", "TNF").region)

    blank = cell(wells, "A01")
    assert (blank.role, blank.vendor_flag, blank["sample"], blank.row) == ("blank", "none", "B", 9)
    top = cell(wells, "B01")
    assert (top.role, top.level, top.signal, top.net_signal, top.bead_count) == ("standard", "S1", 9000.0, 8988.0, 80.0)
    assert (top.vendor_flag, top.vendor_flag_text, top.expected) == ("above_range", "OOR >", 500.0)
    assert cell(wells, "C01").vendor_concentration == 498.5
    extrapolated = cell(wells, "E01")
    assert (extrapolated.vendor_flag, extrapolated.vendor_flag_text) == ("extrapolated", "*19.5")
    assert np.isnan(extrapolated.vendor_concentration)
    assert cell(wells, "F01").vendor_flag == "below_range"
    assert (cell(wells, "G01").role, cell(wells, "G01").level) == ("standard", "ES1")

    control = cell(wells, "H01")
    assert (control.role, control.level, control.dilution, control.expected) == ("control", "QC low", 2.0, 20.0)
    assert cell(wells, "A02").level == "C2" and np.isnan(cell(wells, "A02").expected)
    sample = cell(wells, "B02")
    assert (sample.role, sample["sample"], sample.dilution) == ("sample", "275001", 200.0)
    assert (sample.vendor_flag, sample.vendor_comment) == ("not_computed", "Sampling Errors: 1,4")
    outlier = cell(wells, "C02")
    assert (outlier.vendor_flag, outlier.vendor_flag_text) == ("outlier", "---") and np.isnan(outlier.signal)
    assert pd.isna(cell(wells, "D02").role)


def test_curve_as_printed(raw):
    curves = raw.plates[0].curves
    assert list(curves["analyte"]) == ["Hu IL-1b", "TNF"]
    first = curves.iloc[0]
    assert first.model == "Logistic - 5PL" and first.formula.startswith("FI = -0.25 + (2.16699E+007")
    assert [first.a, first.d, first.c, first.b, first.g] == [-0.25, 2.16699e7, 335.8, -0.5, 1.5]
    assert [first.FitProb, first.ResVar] == [0.4606, 0.9291]


def test_four_parameter_curve_and_other_forms():
    four = bioplex.curve([["Std. Curve: FI = 36.9 + (16123.9 - 36.9) / (1 + (Conc / 247.786)^-1.05775)"]])
    assert [four[name] for name in "adcbg"] == [36.9, 16123.9, 247.786, -1.05775, 1.0]
    linear = bioplex.curve([["Std. Curve: FI = 1.5 * Conc + 2"]])
    assert linear["formula"] == "FI = 1.5 * Conc + 2" and "a" not in linear
    assert bioplex.curve([["Regression Type: None"]]) is None


def test_summary_table_gives_way_to_raw(tmp_path, raw):
    summary = [["B", "A1", "", 12, 12, 0, 0, "", "", "", "", "", 1, "", ""],
               ["S1", "B1,C1", "Std", 9005, 8993, 7, 0.1, 499, 500, 99.8, "", "", 1, "", ""]]  # fmt: skip
    sheets = {name: sheet(name, (HEAD, summary), (HEAD, RAW)) for name in ("Hu IL-1b (32)", "TNF")}
    export = recognition.read(save(tmp_path / "b.xlsx", sheets))
    assert export.problems == []
    pd.testing.assert_frame_equal(export.plates[0].wells.drop(columns="row"), raw.plates[0].wells.drop(columns="row"))


def test_only_means(tmp_path):
    summary = [[*line[:2], 0, *line[2:], "red"] for line in RAW[:1]]
    summary += [["S1", "B1,C1", 0, "Std", 9005, 8993, 7, 0.1, 499, 500, 99.8, "", "", 1, 80, "", "red"],
                ["X1", "D1,E1", 1, "P1", 905, 893, 7, 0.1, 49, "", "", "", "", 4, 80, "", "red"]]  # fmt: skip
    export = recognition.read(save(tmp_path / "a.xlsx", {"TNF": sheet("TNF", (OUTLIER_HEAD, summary))}))
    wells = export.plates[0].wells
    assert list(wells["well"]) == ["A01", "B01", "C01", "D01", "E01"] and export.ignored == ["Hue"]
    (problem,) = export.problems
    assert problem.code == "W-READ-002" and "2 rows hold only the mean" in problem.found
    first, second = cell(wells, "B01", "TNF"), cell(wells, "C01", "TNF")
    assert (first.signal, first.vendor_comment) == (9005.0, "mean of B01, C01")
    assert np.isnan(second.signal) and second.vendor_flag == "not_read" and second.expected == 500.0
    assert second.vendor_comment == "in the mean at B01"
    assert cell(wells, "D01", "TNF").vendor_flag == "outlier" and cell(wells, "D01", "TNF").vendor_concentration == 49.0


def test_a_raw_table_that_lacks_a_well_of_the_summary(tmp_path):
    summary = [["X1", "B1,C1", "P1", 905, 893, 7, 0.1, 49, "", "", "", "", 4, 80, ""]]
    raw = [["X1", "B1", "P1", 900, 888, "", "", 48, "", "", "", "", 4, 81, ""]]
    sheets = {"TNF": sheet("TNF", (HEAD, summary), (HEAD, raw)), "Empty": sheet("Empty", (HEAD, []))}
    export = recognition.read(save(tmp_path / "a.xlsx", sheets))
    wells = export.plates[0].wells
    assert list(zip(wells["well"], wells["signal"].fillna(0), wells["vendor_flag"], strict=True)) == [
        ("C01", 0, "not_read"),
        ("B01", 900, "none"),
    ]
    assert cell(wells, "C01", "TNF").vendor_comment == "in the mean at B01" and export.ignored == ["sheet Empty"]


def test_plates_by_plate_id_and_names_that_only_differ_in_the_region(tmp_path):
    other = [[cell.replace("P7", "P8") for cell in row] for row in TOP]
    sheets = {f"{name} {n}": sheet(name, (HEAD, RAW[:3]), top=top) for n, top in enumerate((TOP, other))
              for name in ("Abeta (40)", "Abeta (42)")}  # fmt: skip
    export = recognition.read(save(tmp_path / "a.xlsx", sheets))
    assert [plate.name for plate in export.plates] == ["P7", "P8"]
    for plate in export.plates:
        assert list(dict.fromkeys(plate.wells["analyte"])) == ["Abeta (40)", "Abeta (42)"]


def test_lost_decimal_point_in_a_workbook(tmp_path):
    lines = [[f"S{n}", f"{'ABCDEFGH'[n]}3", "Std", 10**n, 10**n, "", "", 1, value, 1, "", "", 1, 80, ""]
             for n, value in enumerate([8000, 2000, 500, 125, 31250, 7.8125], 1)]  # fmt: skip
    export = recognition.read(save(tmp_path / "a.xlsx", {"TNF": sheet("TNF", (HEAD, lines))}))
    (problem,) = export.problems
    assert (problem.code, problem.sheet, problem.row) == ("W-STD-003", "TNF", "13")
    assert "level S5, from 31250, to 31.25" in problem.fix


@pytest.mark.parametrize(
    ("lines", "code", "wells"),
    [
        ([["X9", "A0", "", 3, 3]], "E-WELL-060", {"A01": 12, "B01": 9000, "A0": 3}),
        ([["X9", "A1", "", 3, 3], ["X9", "A1", "", 4, 4]], "E-WELL-061", {"A01": 12, "B01": 9000, "A01 (2)": 3, "A01 (3)": 4}),
        ([["X9", "A1,H9", "", 3, 3]], "E-WELL-061", {"A01": 12, "B01": 9000, "H09": 3}),
        ([["X9", "H9,H10", "", 3, 3], ["X9", "H9,H11", "", 4, 4]], "E-WELL-061", {"A01": 12, "B01": 9000, "H09": 3, "H11": 4}),
    ],
)  # fmt: skip
def test_impossible_and_repeated_wells_are_kept_apart_and_flagged(tmp_path, lines, code, wells):
    path = save(tmp_path / "a.xlsx", {"TNF": sheet("TNF", (HEAD, [*RAW[:2], *lines]))})
    export = recognition.read(path)
    (problem,) = [problem for problem in export.problems if problem.code.startswith("E-")]
    row = "12" if lines[-1][1] == "H9,H11" or len(lines) > 1 and lines[0][1] != "A1" else "11"
    assert (problem.code, problem.level, problem.sheet, problem.row) == (code, "FLAG", "TNF", row)
    frame = export.plates[0].wells
    assert dict(frame.loc[frame["signal"].notna(), ["well", "signal"]].to_numpy()) == wells
    assert not frame.duplicated(["well", "analyte"]).any()


def test_wells_that_appear_again_are_named_in_the_order_of_the_row(tmp_path):
    wells = [f"H{number}" for number in range(9, 1, -1)]
    lines = [["X9", ",".join(wells), "", 3, 3], ["X9", ",".join([*wells, "H1"]), "", 4, 4]]
    export = recognition.read(save(tmp_path / "a.xlsx", {"TNF": sheet("TNF", (HEAD, [*RAW[:2], *lines]))}))
    again = [problem.found.split()[1] for problem in export.problems if problem.code == "E-WELL-061"]
    assert again == [f"H{number:02d}" for number in range(9, 1, -1)]


@pytest.mark.parametrize("well", ["", "plate 1", "mean", 12.5])
def test_a_row_that_names_no_well_is_refused_with_sheet_and_row(tmp_path, well):
    line = ["X9", well, "P9", 1, 1, "", "", "", "", "", "", "", 1, 90, ""]
    path = save(tmp_path / "a.xlsx", {"TNF": sheet("TNF", (HEAD, [*RAW[:2], line, *RAW[3:]]))})
    with pytest.raises(NotReadable) as error:
        recognition.read(path)
    problem = error.value.problem
    assert (problem.code, problem.sheet, problem.row) == ("E-READ-013", "TNF", "11")


def test_control_names_shared_by_several_codes_are_no_names():
    pairs = [("C1", "Titration"), ("C2", "Titration"), ("C3", "QC high"), ("C3", "QC high"), ("X1", "s"), ("C4", "")]
    assert bioplex.control_names(pairs) == {"C3": "QC high"}
    assert bioplex.role("C1", bioplex.control_names(pairs)) == ("control", "C1")


# --- tables of several analytes ---------------------------------------------------------------------------------------

TABLE = [["File Name: t.rbx"], ["Plate ID: T1"], ["Acquisition Date: 21-Jan-2024, 06:00 PM"], []]
WELLS = [("B", "A1", ""), ("S1", "A2", "1/50"), ("C1", "A3", "QC"), ("X1", "A4", 62195), ("N1", "A5", "")]
VALUES = {"FI": [(15.5, 16.5), (5833.5, 6433), (700, 800), (300.25, "NaN"), (12, 13)],
          "Bead Count": [(90, 91), (61, 74), (70, 71), (80, 8), (60, 61)],
          "Obs Conc": [("", ""), (50.5, "OOR >"), (20, 21), ("*3.5", "OOR <"), ("***", 1)],
          "Exp Conc": [("", ""), (50, 60), (19, 0), ("", ""), ("", "")],
          "Dilution": [(1, 1), (1, 1), (2, 2), (10, 10), (1, 1)]}  # fmt: skip


def table_rows():
    rows = list(TABLE)
    for statistic, values in VALUES.items():
        rows += [["", "", "", "AN1 (33)", "AN2 (44)"], ["Type", "Well", "Description", statistic, statistic]]
        rows += [[*place, *each] for place, each in zip(WELLS, values, strict=True)] + [[]]
    return rows


def test_table_of_several_analytes(tmp_path):
    export = recognition.read(save(tmp_path / "a.xlsx", {"Test": table_rows()}))
    wells = export.plates[0].wells
    assert export.family == "bioplex_table" and export.plates[0].name == "T1" and len(wells) == 10
    assert set(zip(wells["analyte"], wells["region"], strict=True)) == {("AN1", "33"), ("AN2", "44")}
    standard = cell(wells, "A02", "AN2")
    assert (standard.role, standard.level, standard.signal, standard.bead_count) == ("standard", "S1", 6433.0, 74.0)
    assert (standard.expected, standard.vendor_flag) == (60.0, "above_range")
    assert cell(wells, "A03", "AN1").expected == 9.5 and cell(wells, "A03", "AN1").level == "QC"
    sample = cell(wells, "A04", "AN2")
    assert (sample["sample"], sample.vendor_flag, sample.dilution) == ("62195", "not_read", 10.0)
    assert cell(wells, "A04", "AN1").vendor_flag_text == "*3.5"
    assert pd.isna(cell(wells, "A05", "AN1").role) and cell(wells, "A01", "AN1").vendor_flag == "none"


@pytest.mark.parametrize(("delimiter", "decimal"), [("\t", "."), (";", ","), (",", ".")])
def test_the_same_table_as_text(tmp_path, delimiter, decimal):
    reference = recognition.read(save(tmp_path / "a.xlsx", {"Test": table_rows()})).plates[0].wells
    lines = []
    for row in table_rows():
        cells = [
            str(each).replace(".", decimal) if isinstance(each, float) or str(each)[:1] == "*" else str(each)
            for each in row
        ]
        lines.append(delimiter.join(f'"{each}"' if delimiter in each else each for each in cells))
    path = tmp_path / "a.txt"
    path.write_bytes("\r\n".join(lines).encode("utf-16"))
    wells = recognition.read(path).plates[0].wells
    reference["vendor_flag_text"] = reference["vendor_flag_text"].str.replace(".", decimal)
    pd.testing.assert_frame_equal(wells, reference)


def test_text_form_with_analytes_in_the_header(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(
        "File Name: x.rbx\nPlate ID: T2\n\nFI\nWell\tType\tDescription\tIL-6 (12)\tTNF (40)\tSampling Errors\n"
        "A1\tB\t\t12.5\t13.5\t\nB1\tX1\tP1\t200\t210.5\t1\n\nBead Count\n"
        "Well\tType\tDescription\tIL-6 (12)\tTNF (40)\tSampling Errors\nA1\tB\t\t90\t91\t\nB1\tX1\tP1\t80\t81\t1\n"
    )
    export = recognition.read(path)
    wells = export.plates[0].wells
    assert export.family == "bioplex_table" and export.plates[0].name == "T2"
    sample = cell(wells, "B01", "TNF")
    assert (sample.signal, sample.bead_count, sample.region) == (210.5, 81.0, "40")
    assert sample.vendor_comment == "Sampling Errors: 1" and sample.role == "sample"


def text_form(statistic, *between):
    lines = [[statistic], *between, ["Well", "Type", "Description", "IL-6 (12)", "TNF (40)"]]
    lines += [["A1", "B", "", "12.5", "13.5"], ["B1", "X1", "P1", "200", "210.5"]]
    return "\n".join("\t".join(line) for line in [["File Name: x.rbx"], ["Plate ID: T2"], [], *lines]) + "\n"


@pytest.mark.parametrize(
    "between", [[], [["checked by KM"]], [["", "", "", "Cytokines", "Cytokines"]], [["unit", "pg/mL"]]]
)
def test_the_statistic_above_the_headings_stays_the_statistic(tmp_path, between):
    path = tmp_path / "a.txt"
    path.write_text(text_form("FI", *between))
    assert recognition.read(path).plates[0].wells["signal"].tolist() == [12.5, 13.5, 200, 210.5]
    path.write_text(text_form("Obs Conc", *between))  # concentrations are no signals, whatever stands between
    wells = recognition.read(path).plates[0].wells
    assert wells["signal"].isna().all() and wells["vendor_concentration"].tolist() == [12.5, 13.5, 200, 210.5]


def test_the_statistic_may_have_a_unit_beside_it(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(text_form("FI").replace("FI\n", "Obs Conc\tpg/mL\n"))
    assert recognition.read(path).plates[0].wells["signal"].isna().all()


def test_table_refuses_bad_wells(tmp_path):
    rows = table_rows()
    rows.insert(8, ["X3", "A1", "again", 1, 2])
    with pytest.raises(NotReadable, match="E-WELL-061"):
        recognition.read(save(tmp_path / "a.xlsx", {"Test": rows}))


# --- XML --------------------------------------------------------------------------------------------------------------


def xml(samples):
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<bpm:BioPlexManager xmlns:bpm="http://www.Bio-Rad.com/XMLschema/2010/Bio-Plex_5" BioPlexManagerVersion="6.2">
<NativeDocumentName>doc</NativeDocumentName>
<Wells><Well RowNo="2" ColNo="1" WellNo="13"><PlateID>P9</PlateID>
<AcquisitionTime>2023-05-09T18:55:02Z</AcquisitionTime>
<BeadRegions><BeadRegion RegionNumber="12"><RegionCount>61</RegionCount></BeadRegion></BeadRegions>
</Well></Wells>
<StandardCurves><Interpolators><Interpolator RegionNumber="12"><AnalyteName>IL-6</AnalyteName>
<ConcentrationUnits>pg/mL</ConcentrationUnits><Regression Type="10">Logistic - 5PL</Regression>
<LogisticWeighting><LogisticWeightingModel>Power Law Variance</LogisticWeightingModel></LogisticWeighting>
<EquationErr>Unable</EquationErr></Interpolator></Interpolators></StandardCurves>
<Samples>{samples}</Samples></bpm:BioPlexManager>"""


def member(row, column, reading, observed="", attributes=""):
    observed = f"<MWObsConc {attributes}>{observed}</MWObsConc>" if attributes else ""
    return f"""<MemberWell RowNo="{row}" ColNo="{column}"><MWAnalytes><MWAnalyte RegionNumber="12">
<AnalyteName>IL-6</AnalyteName>
<Reading Valid="true" OutlierType="None">{reading}</Reading>{observed}</MWAnalyte></MWAnalytes></MemberWell>"""


def sample(kind, label, members, dilution=1.0, expected=None, description=""):
    stated = f"<ExpectedConc>{expected:.17E}</ExpectedConc>" if expected is not None else ""
    return f"""<{kind}s><{kind}><Description>{description}</Description><Label>{label}</Label>
<Dilution>{dilution:E}</Dilution>
<Analytes><Analyte RegionNumber="12"><AnalyteName>IL-6</AnalyteName>{stated}</Analyte></Analytes>
<MemberWells>{members}</MemberWells></{kind}></{kind}s>"""


def test_xml(tmp_path):
    samples = sample("Blank", "B", member(1, 1, "6.2E+001"))
    samples += sample("Standard", "S1", member(2, 1, "9.0E+002", "1.0E+002", 'ReadingOK="true"'), expected=100.0)
    samples += sample(
        "Control", "C1", member(3, 1, "5E+002", 0, 'ReadingOK="false" ReadError="Out of range above"'), 4, 20.0, "QC"
    )
    unset = member(4, 1, "3E+002", "0.0E+000", 'ReadingOK="false" ReadError="Data field has not been set"')
    samples += sample(
        "Unknown", "X1", unset + member(27, 13, "2E+002", 0, 'ReadingOK="false" ReadError="OOR &lt;"'), 200, 0
    )
    path = tmp_path / "a.xml"
    path.write_text(xml(samples), encoding="utf-8")
    export = recognition.read(path)
    (plate,) = export.plates
    wells = plate.wells
    assert (export.family, plate.name, plate.read_time) == ("bioplex_xml", "P9", "2023-05-09T18:55:02Z")
    assert list(wells["well"]) == ["A01", "B01", "C01", "D01", "AA13"] and set(wells["region"]) == {"12"}
    assert list(wells["role"]) == ["blank", "standard", "control", "sample", "sample"] and set(wells["unit"]) == {
        "pg/mL"
    }
    standard, control = cell(wells, "B01", "IL-6"), cell(wells, "C01", "IL-6")
    assert (standard.bead_count, standard.expected, standard.vendor_concentration) == (61.0, 100.0, 100.0)
    assert (control.level, control.expected, control.vendor_flag) == ("QC", 5.0, "above_range")
    unset = cell(wells, "D01", "IL-6")
    assert (unset.vendor_flag, unset.vendor_flag_text) == ("not_computed", "Data field has not been set")
    assert np.isnan(unset.vendor_concentration) and unset.dilution == 200.0 and unset["sample"] == "X1"
    assert cell(wells, "AA13", "IL-6").vendor_flag == "below_range" and wells["row"].isna().all()
    assert plate.curves.iloc[0].to_dict() == {
        "analyte": "IL-6",
        "region": "12",
        "model": "Logistic - 5PL",
        "weighting": "Power Law Variance",
        "formula": "Unable",
    }


def test_xml_refusals(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(xml(sample("Unknown", "X1", member(1, 1, 5) + member(1, 1, 6))))
    with pytest.raises(NotReadable, match="E-WELL-061"):
        recognition.read(path)
    path.write_text(xml("").replace("Samples>", "Plates>"))
    with pytest.raises(NotReadable, match="no Samples section"):
        recognition.read(path)


# --- damaged files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", [bioplex_workbook, bioplex_table])
@examples(100)
@given(data=st.data())
def test_a_damaged_workbook_reads_or_is_refused_never_breaks(family, data):
    whole = sheet("TNF", (HEAD, RAW[:2]), (HEAD, RAW)) if family is bioplex_workbook else table_rows()
    rows = [list(row) for row in whole]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(rows) - 1))
        kind = data.draw(st.sampled_from(["drop", "repeat", "cut", "cell"]))
        if kind == "drop":
            del rows[at]
        elif kind == "repeat":
            rows.insert(at, list(rows[at]))
        elif kind == "cut":
            rows[at] = rows[at][: data.draw(st.integers(0, len(rows[at])))]
        elif rows[at]:
            value = data.draw(st.one_of(st.text(max_size=5), st.integers(-5, 10**6), st.floats(allow_nan=False)))
            rows[at][data.draw(st.integers(0, len(rows[at]) - 1))] = value
    source = sources.Workbook("a.xlsx", "xlsx", sheets={"TNF": rows})
    try:
        export = family.read(source)
    except NotReadable as error:
        assert error.problem.level == "QUARANTINE"
        return
    for plate in export.plates:
        assert set(plate.wells["vendor_flag"]) <= set(FLAGS)
        assert not plate.wells.duplicated(["well", "analyte"]).any()
