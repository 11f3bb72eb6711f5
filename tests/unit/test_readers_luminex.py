"""Luminex exports: xPONENT in every dress, Luminex 100 IS, Intelliflex. Fixtures are written here from the layouts."""

import csv
import random
import tempfile
import zlib
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay.readers import export as exports
from immunoassay.readers import recognition, sources
from immunoassay.readers.export import FLAGS, NotReadable
from immunoassay.readers.luminex import standards
from tests.examples import examples

ANALYTES = ["IFN-g", "IL-6 (25)", "TNF"]
WELLS = [
    ("1(1,A1)", "Background0"), ("2(1,B1)", "Standard1"), ("3(1,C1)", "Standard2"), ("4(1,D1)", "Standard3"),
    ("5(1,E1)", "Standard4"), ("6(1,F1)", "Control1"), ("7(1,G1)", "P01 V1"), ("8(1,H1)", "P01 V2"),
    ("9(1,A2)", "62195"), ("10(1,B2)", "Unknown7"),
]  # fmt: skip
HEADER = [
    ["Program", "xPONENT", "", "MAGPIX"], ["Build", "4.2.1324.0"], ["Date", "3/23/2024", "5:36 AM"], [],
    ["SN", "MAGPX1"], ["Batch", "Plate µ1"], ["ProtocolDescription", "one, two; three"], ["DDGate", "7500 to 15000"],
    ["BatchStartTime", "3/23/2024 10:43:37 AM"], ["ProtocolPlate", "Name", "P", "Type", "96", "Plates", "1"], [],
    ["Most Recent Calibration and Verification Results:"], ["Last VER Verification", "Passed 3/23/2024 3:06:41 AM"],
    ["CALInfo:"], ["Lot", "ExpirationDate"], ["C03633", "8/29/2025"], ["Samples", "7", "Min Events", "50", "Per Bead"],
    [], ["Results"],
]  # fmt: skip
MEDIAN = [
    [11.5, 20, 7.25], [9000, 8000.5, 7000], [2300.25, 2100, 1900.75], [600, 580.5, 500], [160.5, 150, 140],
    [1234.5, 1200, 900], [25, 4000.5, 7], ["NaN", 30.5, 8.5], [210, "", 15.5], [13.5, 21.5, ">30000"],
]  # fmt: skip
RESULT = [
    ["NaN", "NaN", "NaN"], [1000.5, 2000, 512], [249.25, 501.5, 127.5], [64.5, 122.75, 33.5], [15.25, 31.5, 8.125],
    [198.5, 402.25, 97], ["< 15.625", 555.5, "< 8"], ["NaN", "< 31.25", 9.5], [20.125, "", "> 512"],
    [3.5, "n.b.", "NaN"],
]  # fmt: skip
COMMENTS = {(1, 1): "Extrapolated", (5, 0): "Control Failed.", (9, 0): "Extrapolated"}
STANDARDS = [[1000, 2000, 512], [250, 500, 128], [62.5, 125, 32], [15.625, 31.25, 8]]


def well_block(values, last="Total Events"):
    head = ["Location", "Sample", *ANALYTES] + ([last] if last else [])
    rows = [[place, name, *cells] + ([321] if last else []) for (place, name), cells in zip(WELLS, values, strict=True)]
    return [head, *rows]


def blocks():
    """Blocks by name, in the order of the software."""
    net = [
        [v - b if isinstance(v, (int, float)) else "NaN" for v, b in zip(row, MEDIAN[0], strict=True)] for row in MEDIAN
    ]
    counts = [[60 + 3 * i + j for j in range(3)] for i in range(10)]
    comments = [[COMMENTS.get((i, j), "") for j in range(3)] for i in range(10)]
    dilution = [["Location", "Sample", "Dilution Factor"]]
    dilution += [[place, name, "" if i < 5 else (2 if i == 5 else 100)] for i, (place, name) in enumerate(WELLS)]
    return {
        "Median": well_block(MEDIAN),
        "Net MFI": well_block(net),
        "Count": well_block(counts),
        "Result": well_block(RESULT),
        "Comments": well_block(comments, last=None),
        "Avg Net MFI": [["Sample", *ANALYTES], ["P01 V1", 1.5, 2.5, 3.5]],
        "Units": [["Analyte:", *ANALYTES], ["BeadID:", 12, 25, 33], ["Units:", "pg/mL", "pg/mL", "Bead"]],
        "Standard Expected Concentration": [["Reagent", *ANALYTES]]
        + [[f"Standard{n}", *row] for n, row in enumerate(STANDARDS, 1)],
        "Control Expected Concentration": [["Reagent", *ANALYTES], ["Control1", 200, 400.5, 0]],
        "Dilution Factor": dilution,
        "Analysis Types": [["Analyte:", *ANALYTES], ["AnalysisType", "Logistic 5P", "Logistic 5P", "None"]],
        "Analysis Coefficients": [
            ["Analyte:", *ANALYTES],
            *([f"Coefficient {letter}", 1.5 + n, 2.5 + n, ""] for n, letter in enumerate("ABCDF")),
        ],
        "R^2": [["Analyte:", *ANALYTES], ["Value", 0.9995, 0.875, ""]],
        "Warnings/Errors": [["Location", "Status", "Message"], ["1,H1", "Warning", "too few beads (0x4FF010AB)"]],
        "Audit Logs": [["UserId", "Date", "Message"]],
        "Colour of the Beads": [["Location", "Sample"], ["1(1,A1)", "Background0"]],
    }


def written(cell, decimal):
    if isinstance(cell, (int, float)):
        return repr(cell).removesuffix(".0").replace(".", decimal)
    return cell.replace(".", decimal) if cell[:1] in ("<", ">") else cell


def text(parts=None, order=None, delimiter=",", decimal=".", end="\n", blank=1, pad=False, quote=False, header=HEADER):
    """An xPONENT export in the given dress."""
    parts = parts or blocks()
    rows = list(header)
    for name in order or parts:
        rows += [["DataType:", name], *parts[name], *([[]] * blank)]
    rows = [row for row in rows if row or blank]
    width = max(map(len, rows)) + 2
    lines = []
    for row in [*rows, ["-- CRC --"], ["CRC32: 00000000"]]:
        cells = [written(cell, decimal) for cell in row] + [""] * (width - len(row)) * pad
        quoted = [f'"{cell}"' if quote or delimiter in cell or '"' in cell else cell for cell in cells]
        lines.append(delimiter.join(quoted))
    return end.join(lines) + end


def read(content, encoding="utf-8", name="a.csv", format=None):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return recognition.read(path, format)


def cell(wells, well, analyte):
    return wells[(wells["well"] == well) & (wells["analyte"] == analyte)].iloc[0]


REFERENCE = read(text()).plates[0].wells


def test_wells_by_hand():
    export = read(text())
    (plate,) = export.plates
    wells = plate.wells
    assert export.family == "xponent" and (export.delimiter, export.decimal) == (",", ".")
    assert (plate.name, plate.read_time, plate.signal_kind) == ("Plate µ1", "3/23/2024 10:43:37 AM", "median")
    assert plate.metadata["ProtocolDescription"] == "one, two; three"
    assert export.ignored == ["Colour of the Beads"]
    assert list(wells.columns) == list(exports.WELLS.columns) and len(wells) == 30
    assert list(dict.fromkeys(wells["analyte"])) == ["IFN-g", "IL-6", "TNF"]
    assert list(dict.fromkeys(wells["region"])) == ["12", "25", "33"]

    standard = cell(wells, "C01", "IL-6")
    assert (standard.role, standard.level, standard["sample"]) == ("standard", "S2", "Standard2")
    assert (standard.signal, standard.net_signal, standard.bead_count) == (2100.0, 2080.0, 67.0)
    assert standard.expected == 500.0 and np.isnan(standard.dilution) and standard.unit == "pg/mL"
    assert cell(wells, "B01", "IL-6").vendor_flag == "extrapolated"
    assert cell(wells, "B01", "IL-6").vendor_concentration == 2000.0

    control = cell(wells, "F01", "IFN-g")
    assert (control.role, control.level, control.dilution, control.expected) == ("control", "Control1", 2.0, 100.0)
    assert (control.vendor_flag, control.vendor_comment) == ("none", "Control Failed.")
    assert np.isnan(cell(wells, "F01", "TNF").expected)  # zero: none entered

    blank = cell(wells, "A01", "TNF")
    assert (blank.role, blank.vendor_flag, blank.vendor_flag_text) == ("blank", "not_computed", "NaN")
    assert pd.isna(blank.level) and pd.isna(blank.unit)

    below = cell(wells, "G01", "IFN-g")
    assert (below.vendor_flag, below.vendor_flag_text, below.vendor_limit) == ("below_range", "< 15.625", 15.625)
    assert np.isnan(below.vendor_concentration) and pd.isna(below.role) and below.dilution == 100.0
    above = cell(wells, "A02", "TNF")
    assert (above["sample"], above.vendor_flag, above.vendor_limit) == ("62195", "above_range", 512.0)
    assert cell(wells, "B02", "IL-6").vendor_flag_text == "n.b."
    assert cell(wells, "B02", "IL-6").vendor_flag == "not_computed"

    unread = cell(wells, "H01", "IFN-g")
    assert (unread.vendor_flag, unread.vendor_flag_text) == ("not_read", "NaN") and np.isnan(unread.signal)
    assert unread.vendor_comment == "too few beads (0x4FF010AB)"
    saturated = cell(wells, "B02", "TNF")
    assert (saturated.vendor_flag, saturated.vendor_flag_text) == ("overflow", ">30000") and np.isnan(saturated.signal)
    assert pd.isna(cell(wells, "B02", "TNF").role)  # Unknown7 is also the name in a plate without layout
    assert cell(wells, "A02", "IL-6").vendor_flag == "not_read" and cell(wells, "A02", "IL-6").row == 30


def test_curves_are_kept_as_printed():
    curves = read(text()).plates[0].curves.set_index("analyte")
    assert list(curves.columns) == ["region", "model", "A", "B", "C", "D", "F", "R^2"]
    assert list(curves.loc["IL-6", ["A", "B", "C", "D", "F", "R^2"]]) == [2.5, 3.5, 4.5, 5.5, 6.5, 0.875]
    assert curves.loc["IFN-g", "model"] == "Logistic 5P" and np.isnan(curves.loc["TNF", "A"])


def test_unknown_codes_checksum_and_calibration_are_flagged_not_fatal():
    header = [[line[0], "Failed 3/23/2024"] if line[:1] == ["Last VER Verification"] else line for line in HEADER]
    problems = read(text(header=header)).problems
    assert {problem.level for problem in problems} == {"FLAG"}
    assert sorted(problem.code for problem in problems) == ["E-FILE-010", "V-080", "W-RUN-001"]
    assert any('1 concentrations read "n.b."' in problem.found for problem in problems)


def test_checksum():
    body = text().partition("-- CRC --")[0]
    whole = body + f"-- CRC --\nCRC32: {zlib.crc32(body.encode()):08X}\n"
    assert not [problem for problem in read(whole).problems if problem.code == "E-FILE-010"]
    edited = whole.replace("8000.5", "8000.6")
    assert [problem for problem in read(edited).problems if "does not fit" in problem.found]
    assert [problem for problem in read(body).problems if "absent" in problem.found]


@examples(60)
@given(
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]),
    signs=st.sampled_from([(",", "."), (",", ","), (";", ","), (";", "."), ("\t", "."), ("\t", ",")]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    blank=st.integers(0, 3),
    pad=st.booleans(),
    quote=st.booleans(),
    seed=st.integers(0, 10_000),
)
def test_the_same_plate_in_every_dress(encoding, signs, end, blank, pad, quote, seed):
    order = list(blocks())
    random.Random(seed).shuffle(order)
    content = text(order=order, delimiter=signs[0], decimal=signs[1], end=end, blank=blank, pad=pad, quote=quote)
    export = read(content, encoding)
    assert (export.delimiter, export.decimal) == signs
    verbatim = [written(cell, signs[1]) if isinstance(cell, str) else cell for cell in REFERENCE["vendor_flag_text"]]
    expected = REFERENCE.assign(vendor_flag_text=pd.Series(verbatim, dtype="str"))
    pd.testing.assert_frame_equal(export.plates[0].wells.drop(columns="row"), expected.drop(columns="row"))


def test_saved_as_workbook(tmp_path):
    book = openpyxl.Workbook()
    for line in text().splitlines():
        book.active.append(
            [float(cell) if cell.replace(".", "", 1).isdigit() else cell for cell in next(csv.reader([line]), [])]
        )
    book.save(tmp_path / "a.xlsx")
    wells = recognition.read(tmp_path / "a.xlsx").plates[0].wells
    pd.testing.assert_frame_equal(wells, REFERENCE)


def test_optional_blocks_may_be_absent():
    parts = {name: block for name, block in blocks().items() if name in ("Median",)}
    wells = read(text(parts)).plates[0].wells
    assert wells["signal"].notna().sum() == 27
    assert wells[["bead_count", "net_signal", "expected", "dilution", "vendor_concentration"]].isna().all().all()
    assert set(wells["vendor_flag"]) == {"none", "not_read", "overflow"}
    wells = read(text({"Net MFI": blocks()["Net MFI"]})).plates[0].wells
    assert wells["signal"].isna().all() and wells["net_signal"].notna().sum() == 27
    assert (wells["vendor_flag"] == "not_read").sum() == 3


def test_two_plates_in_one_file():
    parts = blocks()
    for name in ("Median", "Net MFI", "Count", "Result", "Comments", "Dilution Factor"):
        more = [[place.replace("(1,", "(2,"), *rest] for place, *rest in parts[name][1:]]
        parts[name] = parts[name] + more
    export = read(text(parts))
    assert [plate.name for plate in export.plates] == ["1", "2"]
    for plate in export.plates:
        same = [column for column in exports.WELLS.columns if column not in ("row", "vendor_comment")]
        pd.testing.assert_frame_equal(plate.wells[same], REFERENCE[same])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda parts: parts.pop("Median") and parts.pop("Net MFI"), "E-READ-006"),
        (lambda parts: parts["Median"].append(["11(1,C13x)", "X", 1, 2, 3]), "E-READ-013"),
        (lambda parts: parts["Median"].append(["11(1,A1)", "X", 1, 2, 3]), "E-WELL-061"),
        (lambda parts: parts["Median"].__setitem__(slice(1, None), []), "E-FILE-002"),
        (lambda parts: parts["Median"][0].__setitem__(2, "TNF"), "V-087"),
    ],
)
def test_refusals_name_the_place(change, code):
    parts = blocks()
    change(parts)
    with pytest.raises(NotReadable) as error:
        read(text(parts))
    assert error.value.problem.code == code and error.value.problem.level == "QUARANTINE"


def test_the_same_block_twice():
    with pytest.raises(NotReadable, match="two blocks named Median"):
        read(text() + "DataType:,Median\nLocation,Sample,TNF\n")


def test_a_note_below_a_block_is_flagged_and_a_repeated_header_ignored():
    parts = blocks()
    parts["Median"].append(["repeat of last week"])
    parts["Dilution Factor"].insert(1, ["Location", "Sample", "1"])
    export = read(text(parts))
    assert [problem for problem in export.problems if "repeat of last week" in problem.found]
    pd.testing.assert_frame_equal(export.plates[0].wells.drop(columns="row"), REFERENCE.drop(columns="row"))


def test_a_lost_decimal_point_is_offered_never_applied():
    parts = blocks()
    levels = {level: 1000 / 2**level for level in range(8)}
    parts["Standard Expected Concentration"] = [["Reagent", *ANALYTES]] + [
        [f"Standard{level + 1}", value, value * 2, value / 2] for level, value in levels.items()
    ]
    parts["Standard Expected Concentration"][4][1] = 125000  # 125.000 read as a hundred thousand
    export = read(text(parts))
    (problem,) = [problem for problem in export.problems if problem.code == "W-STD-003"]
    assert (problem.level, problem.column) == ("FLAG", "IFN-g")
    assert "what expected_concentration, analyte IFN-g, level S4, from 125000, to 125" in problem.fix
    wells = export.plates[0].wells
    assert cell(wells, "E01", "IFN-g").expected == 125000 and cell(wells, "E01", "IL-6").expected == 250


def flags_of_series(*values):
    source = sources.Source("a.csv", "utf-8")
    standards.check(source, {"A": [(f"S{n}", n, value, n) for n, value in enumerate(values, 1)]})
    return source.problems


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ((3450, 1725, 862.5, 431.25, 215625, 107.8125), [("S5", 215.625)]),
        ((8062500, 4031.25, 2015.625, 1007.8125, 503.90625), [("S1", 8062.5)]),
        ((1000, 250, 62500, 15.625, 3.90625, 976.5625, 0.24414), [("S3", 62.5), ("S6", 0.9765625)]),
        ((1490, 668, 289, 116, 52, 36, 112), [("S7", 11.2)]),
        ((0.13, 0.64, 3.2, 16, 80, 400, 2000), []),
        ((1803, 857, 431, 208, 95, 61, 20.33), []),
        ((500, 83.33333, 13.88889, 2.31481, 0.3858, 0.0643, 0.01072, 0.00179, 0.0003, 5e-05), []),
        ((1000, 300, 100, 30, 10, 3, 1), []),
        ((100, 50, 50, 25, 12.5), [("S3", None)]),
        ((100, 1, 1000), []),
    ],
)
def test_standards_that_break_their_series(values, found):
    problems = flags_of_series(*values)
    assert len(problems) == len(found)
    for problem, (level, repaired) in zip(problems, found, strict=True):
        assert f"at {level}" in problem.found
        assert (f"to {repaired:.17g}" in problem.fix) if repaired else ("certificate" in problem.fix)


@examples(150)
@given(
    top=st.floats(1, 1e6),
    factor=st.floats(1.5, 10),
    n=st.integers(5, 16),
    data=st.data(),
)
def test_any_even_series_passes_and_any_one_shifted_point_is_found(top, factor, n, data):
    values = [top / factor**level for level in range(n)]
    assert flags_of_series(*values) == []
    at, power = data.draw(st.integers(0, n - 1)), data.draw(st.sampled_from([1, 2, 3, -1, -3]))
    damaged = [value * 10.0**power if position == at else value for position, value in enumerate(values)]
    (problem,) = flags_of_series(*damaged)
    assert f"at S{at + 1}" in problem.found
    assert float(problem.fix.rpartition("to ")[2]) == pytest.approx(values[at], rel=1e-9)


# --- Luminex 100 IS ---------------------------------------------------------------------------------------------------

IS_TEXT = """"Program","Luminex 100 IS"
"Build","2.3"
"Session","CSF plate"
"TemplateID","1"
"BatchStartTime","10/29/2010 10:31:56 AM"
"Samples","3","Min Events","0"

"Results"

"DataType:","Median"
"Location","Sample","Abeta1-42","tau","Total Events","Notes"
"1 (A1)","Background","11","3","365",""
"2 (B1)","St1","1500.5","900","322","pipetted twice"
"9 (A2)","45-1","300","12.5","322",""

"DataType:","Result"
"Location","Sample","Abeta1-42","tau","Total Events","Notes"
"1 (A1)","Background","N/A","N/A","365",""
"2 (B1)","St1","1907.79 pg/mL","1325.90 ng/L","322",""
"9 (A2)","45-1","<15.67 pg/mL","> 1400 ng/L","322",""

"DataType:","Count"
"Location","Sample","Abeta1-42","tau","Total Events","Notes"
"1 (A1)","Background","100","132","365",""
"2 (B1)","St1","100","117","322",""
"9 (A2)","45-1","105","139","322",""
"""


def test_an_analyte_heading_that_stands_twice_in_a_block_is_named():
    parts = blocks()
    parts["Result"][0][-1] = parts["Result"][0][-2]
    (problem,) = [each for each in read(text(parts)).problems if each.found.startswith("two columns")]
    assert problem.found == f'two columns "{parts["Result"][0][-2]}" in block Result' and problem.row


def test_luminex_is():
    export = read(IS_TEXT)
    wells = export.plates[0].wells
    assert export.family == "luminex_is" and export.problems == [] and export.plates[0].name == "CSF plate"
    assert list(dict.fromkeys(wells["well"])) == ["A01", "B01", "A02"]
    assert list(wells["unit"]) == ["pg/mL", "ng/L"] * 3
    standard = cell(wells, "B01", "Abeta1-42")
    assert (standard.vendor_concentration, standard.vendor_flag, standard.bead_count) == (1907.79, "none", 100.0)
    assert pd.isna(standard.role) and standard.vendor_comment == "pipetted twice"
    assert cell(wells, "A01", "tau").role == "blank"
    low, high = cell(wells, "A02", "Abeta1-42"), cell(wells, "A02", "tau")
    assert (low.vendor_flag, low.vendor_flag_text, low.vendor_limit) == ("below_range", "<15.67 pg/mL", 15.67)
    assert (high.vendor_flag, high.vendor_limit) == ("above_range", 1400.0)


# --- Intelliflex ------------------------------------------------------------------------------------------------------

INTELLIFLEX = """INSTRUMENT TYPE,SERIAL NUMBER,PLATE NAME,PLATE START,WELL LOCATION,WELL TYPE,WELL STATUS,\
SAMPLE ID,DILUTION,HUMIDITY,\
R25: RP1 ANALYTE NAME,R25: RP1 MEDIAN,R25: RP1 NET MEDIAN,R25: RP1 COUNT,\
R25: RP2 ANALYTE NAME,R25: RP2 MEDIAN,R25: RP2 COUNT,\
R27: RP1 MEDIAN,R27: RP1 COUNT,R27: RP1 GLOW
INTELLIFLEX,SN1,P 1,2026-02-25 04:42:08 PM,A1,B1,Completed,buffer,,40,RBD,30.5,0,60,RBD,2.25,60,12.5,70,1
INTELLIFLEX,SN1,P 1,2026-02-25 04:42:08 PM,B1,S1,Completed,mix,1,40,RBD,2616118.5,2616088,93,RBD,1.5,93,NaN,0,1
INTELLIFLEX,SN1,P 1,2026-02-25 04:42:08 PM,A2,U1,Warning,62195,200,40,RBD,77.75,47.25,51,RBD,3.5,51,15.5,71,1
INTELLIFLEX,SN1,P 2,2026-02-25 06:42:08 PM,A1,U1,Completed,Control1,50,40,RBD,99,1,52,RBD,4,52,16.5,72,1

--DOCUMENT SIGNATURE--
SN1
0A1B2C
"""


def test_intelliflex():
    export = read(INTELLIFLEX)
    assert export.family == "intelliflex" and [plate.name for plate in export.plates] == ["P 1", "P 2"]
    assert export.ignored == ["HUMIDITY", "R27: RP1 GLOW"]
    wells = export.plates[0].wells
    assert list(dict.fromkeys(wells["analyte"])) == ["RBD RP1", "RBD RP2", "R27"] and len(wells) == 9
    standard = cell(wells, "B01", "RBD RP1")
    assert (standard.role, standard.level, standard.signal, standard.net_signal) == (
        "standard",
        "S1",
        2616118.5,
        2616088.0,
    )
    assert cell(wells, "A01", "R27").role == "blank" and cell(wells, "A01", "R27").bead_count == 70
    sample = cell(wells, "A02", "RBD RP2")
    assert pd.isna(sample.role) and (sample["sample"], sample.dilution, sample.region) == ("62195", 200.0, "25")
    assert (sample.vendor_comment, sample.signal, sample.row) == ("Warning", 3.5, 4)
    unread = cell(wells, "B01", "R27")
    assert (unread.vendor_flag, unread.vendor_flag_text) == ("not_read", "NaN") and np.isnan(unread.signal)
    control = cell(export.plates[1].wells, "A01", "R27")
    assert (control.role, control.level) == ("control", "Control1")


@pytest.mark.parametrize(("new", "code"), [(",B99,S1", "E-READ-013"), (",A1,S1", "E-WELL-061"), (",,S1", "E-READ-013")])
def test_a_bad_well_refuses_its_plate_and_no_other(new, code):
    whole = read(INTELLIFLEX)
    if new == ",,S1":  # without a location it is no row of a plate
        with pytest.raises(NotReadable, match=code):
            read(INTELLIFLEX.replace(",B1,S1", new))
        return
    export = read(INTELLIFLEX.replace(",B1,S1", new))
    (unread,) = export.unread
    assert (unread.name, unread.problem.code, unread.before) == (whole.plates[0].name, code, 0)
    (plate,) = export.plates
    pd.testing.assert_frame_equal(plate.wells, whole.plates[1].wells)


def test_names_of_a_plate_whose_first_well_failed():
    named = read(INTELLIFLEX).plates[0].wells
    lines = INTELLIFLEX.splitlines()
    header, first = next(csv.reader(lines[:1])), next(csv.reader(lines[1:2]))
    dry = ["NaN" if name.startswith("R") and ": RP" in name else cell for name, cell in zip(header, first, strict=True)]
    export = read("\n".join([lines[0], ",".join(dry), *lines[2:]]) + "\n")
    wells = export.plates[0].wells
    assert wells["analyte"].tolist() == named["analyte"].tolist() and export.problems == []
    assert wells.loc[wells["well"] == wells["well"][0], "vendor_flag"].unique() == ["not_read"]


def test_names_of_each_plate_are_its_own():
    lines = [line.replace("RBD", "Spike") if at > 3 else line for at, line in enumerate(INTELLIFLEX.splitlines())]
    plates = read("\n".join(lines) + "\n").plates
    assert any("RBD" in name for name in plates[0].wells["analyte"])
    assert not any("RBD" in name for name in plates[1].wells["analyte"])


# --- damaged files ----------------------------------------------------------------------------------------------------


def damaged(lines, data):
    """The lines with a few of them dropped, repeated, cut or changed in one cell, or with the end missing."""
    lines = list(lines)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        kind = data.draw(st.sampled_from(["drop", "repeat", "cut", "cell", "stop"]))
        if kind == "drop" and len(lines) > 1:
            del lines[at]
        elif kind == "repeat":
            lines.insert(at, lines[at])
        elif kind == "cut":
            lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
        elif kind == "cell":
            parts = lines[at].split(",")
            parts[data.draw(st.integers(0, len(parts) - 1))] = data.draw(st.text(max_size=6))
            lines[at] = ",".join(parts)
        else:
            lines = lines[: max(at, 1)]
    return lines


@pytest.mark.parametrize("whole", [text(), IS_TEXT, INTELLIFLEX], ids=["xponent", "luminex_is", "intelliflex"])
@examples(100)
@given(data=st.data())
def test_a_damaged_export_reads_or_is_refused_never_breaks(whole, data):
    try:
        export = read("\n".join(damaged(whole.splitlines(), data)))
    except NotReadable as error:
        assert error.problem.level == "QUARANTINE"
        return
    for plate in getattr(export, "plates", []):
        assert set(plate.wells["vendor_flag"]) <= set(FLAGS)
        assert not plate.wells.duplicated(["well", "analyte"]).any()
        unflagged = plate.wells["vendor_flag"] == "none"
        assert plate.wells.loc[unflagged, "vendor_flag_text"].isna().all()


@pytest.mark.parametrize("family", [*recognition.families()])
@pytest.mark.parametrize("content", [text(), IS_TEXT, INTELLIFLEX, "a,b\n1.5,2\n", "<a><b/></a>"])
def test_a_wrongly_named_format_is_refused_or_reads_never_breaks(family, content):
    try:
        read(content, format=family)
    except NotReadable as error:
        assert error.problem.code and error.problem.fix
