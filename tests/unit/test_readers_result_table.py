"""A laboratory's long table of results: columns by name, flags kept, nothing turned into a number."""

import csv

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay.files.house import RESOURCES
from immunoassay.readers import recognition
from immunoassay.readers.deliveries.result_columns import Answers
from immunoassay.readers.export import FLAGS, RESULTS, NotReadable
from immunoassay.study import vocabulary
from tests.examples import examples

HEADER = ["Subject", "Sample ID", "Test Name", "Result", "Units", "LLOQ", "ULOQ", "Run Date", "Comments"]
ROWS = [
    ["S1", "0012", "IL-6", "12.50", "pg/mL", "1.5", "500", "2026-03-04", ""],
    ["S1", "0012", "TNF", "<0.25", "pg/mL", "0.25", "", "2026-03-04", "repeat"],
    ["S2", "0013", "IL-6", "> 500", "pg/mL", "1.5", "500", "2026-03-05", ""],
    ["S2", "0013", "TNF", "BLQ", "pg/mL", "0.25", "100", "2026-03-05", ""],
    ["S3", "0014", "IL-6", "QNS", "pg/mL", "1.5", "500", "", "clotted"],
    ["S3", "0014", "TNF", "n.b.", "pg/mL", "0.25", "100", "", ""],
    ["S3", "0014", "CRP", "", "mg/L", "", "", "", ""],
]


WORDS, UNITS = vocabulary.state_words(RESOURCES["state_words"]), vocabulary.units(RESOURCES["units"])


def reading(path, *sheet):
    """The table read with the vocabularies; `sheet` are rows of the columns sheet as (column, meaning, word, more)."""
    rows = [
        {
            "row": number,
            "scope": "D1",
            "column": column,
            "meaning": meaning,
            "word": "",
            "analyte": "",
            "unit": "",
            **more,
        }
        for number, (column, meaning, more) in enumerate(sheet, 2)
    ]
    return recognition.read(path, "result_table", Answers("D1", tuple(rows), WORDS, UNITS))


def write(path, rows, delimiter=",", encoding="utf-8", end="\n"):
    with open(path, "w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter, lineterminator=end).writerows(rows)
    return path


def test_by_hand(tmp_path):
    table = reading(write(tmp_path / "a.csv", [["Acme Labs"], [], HEADER, *ROWS, [], ["* repeated at 1:10"]]))
    frame = table.frame
    assert table.family == "result_table" and table.ignored == ["Subject"]
    assert list(frame.columns) == list(RESULTS.columns) and list(frame["row"]) == [4, 5, 6, 7, 8, 9, 10]
    assert list(frame["sample"][:2]) == ["0012", "0012"]
    assert list(frame["flag"]) == ["none", "below_range", "above_range", "below_range"] + ["not_computed"] * 3
    assert list(frame["value"].dropna()) == [12.5] and frame["value"].isna().sum() == 6
    assert list(frame["value_text"].fillna("")) == ["12.50", "<0.25", "> 500", "BLQ", "QNS", "n.b.", ""]
    assert list(frame["limit"].dropna()) == [0.25, 500.0]
    assert list(frame["lloq"][:2]) == [1.5, 0.25] and np.isnan(frame["uloq"][1])
    assert frame["comment"][4] == "clotted" and frame["date"][2] == "2026-03-05" and frame["unit"][6] == "mg/L"
    codes = {(problem.code, problem.level, problem.row) for problem in table.problems}
    assert codes == {("E-DLV-005", "QUARANTINE", "9"), ("W-READ-003", "FLAG", "12"), ("W-DLV-004", "FLAG", "8")}


@pytest.mark.parametrize("names", [
    ["Specimen", "Analyte", "Concentration", "Unit of Measure", "Reporting Limit", "Upper limit", "Date", "Remarks"],
    ["SAMPLE_NAME", "Assay", "Final Result", "uom", "LOQ", "ULOQ", "Analysis Date", "Comment"],
    ["Aliquot ID", "Biomarker", "Value", "unit", "Lower Limit of Quantitation", "Upper Limit of Quantitation",
     "Assay Date", "Note"],
])  # fmt: skip
def test_synonyms(tmp_path, names):
    frame = reading(write(tmp_path / "a.csv", [HEADER, *ROWS])).frame.drop(columns="aside_reason")
    other = reading(write(tmp_path / "b.csv", [["Subject", *names], *ROWS])).frame.drop(columns="aside_reason")
    pd.testing.assert_frame_equal(frame, other)


@examples(40)
@given(
    order=st.permutations(range(len(HEADER))),
    signs=st.sampled_from([(",", "."), (";", ","), ("\t", "."), ("\t", ",")]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    end=st.sampled_from(["\n", "\r\n"]),
    above=st.integers(0, 4),
)
def test_dress_and_column_order_do_not_matter(tmp_path_factory, order, signs, encoding, end, above):
    folder = tmp_path_factory.mktemp("tables")
    reference = recognition.read(write(folder / "a.csv", [HEADER, *ROWS])).frame.drop(columns=["row", "value_text"])
    rows = [[line[at] for at in order] for line in [HEADER, *ROWS]]
    if signs[1] == ",":
        at = {name: rows[0].index(name) for name in ("Result", "LLOQ")}
        rows = [
            [cell.replace(".", ",") if i in at.values() and cell != "n.b." else cell for i, cell in enumerate(row)]
            for row in rows
        ]
    write(folder / "b.csv", [["Report"]] * above + rows, signs[0], encoding, end)
    frame = recognition.read(folder / "b.csv").frame.drop(columns=["row", "value_text"])
    pd.testing.assert_frame_equal(frame, reference)


def test_workbook_with_numbers_as_numbers(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    book.active.append(["Delivered by", "Acme"])
    sheet = book.create_sheet("Data")
    for line in [
        ["Sample ID", "Analyte", "Result (pg/mL)", "LLOQ (pg/mL)"],
        [62195, "IL-6", 3.5, 0.5],
        ["A", "IL-6", "<0.5", 0.5],
    ]:
        sheet.append(line)
    book.save(tmp_path / "a.xlsx")
    frame = recognition.read(tmp_path / "a.xlsx").frame
    assert list(frame["sample"]) == ["62195", "A"] and list(frame["unit"]) == ["pg/mL", "pg/mL"]
    assert list(frame["flag"]) == ["none", "below_range"] and list(frame["lloq"]) == [0.5, 0.5]
    sheet = book.create_sheet("More")
    sheet.append(["Sample ID", "Analyte", "Result"])
    sheet.append(["B", "TNF", 1])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(NotReadable, match="2 tables of results.*Data, More"):
        recognition.read(tmp_path / "a.xlsx")


def test_qualifier_in_its_own_column(tmp_path):
    rows = [["Sample", "Analyte", "Qualifier", "Result"], ["A", "X", "<", "2.5"], ["A", "Y", "", "3.5"],
            ["B", "X", "BLQ", "1.25"], ["B", "Y", ">", "100"],
            ["C", "X", "H", "7"], ["C", "Y", "=", "8"], ["D", "X", ">", ""]]  # fmt: skip
    table = reading(write(tmp_path / "a.csv", rows))
    frame, flags = table.frame, ["below_range", "none", "below_range", "above_range", "none", "none", "above_range"]
    assert list(frame["flag"]) == flags
    assert list(frame["value"].dropna()) == [3.5, 7.0, 8.0]
    assert list(frame["limit"].dropna()) == [2.5, 100.0]
    assert frame["value_text"][2] == "1.25" and frame["comment"][4] == "H"
    assert list(frame["aside"].dropna()) == ["row_quarantined"] and frame["aside"][4] == "row_quarantined"
    assert [(p.code, p.row, p.column) for p in table.problems] == [
        ("E-DLV-005", "6", "Qualifier"),
        ("W-DLV-001", "4", "Qualifier"),
    ]


def test_immport_template(tmp_path):
    rows = [["mbaa_results", "Schema Version 3.36"], ["Please do not delete or edit this column"],
            ["Column Name", "Source ID", "Source Type", "Assay ID", "Assay Group ID", "Analyte Reported", "MFI",
             "Concentration Value Reported", "Concentration Unit Reported", "MFI Coordinate", "Comments"],
            ["", "ES1", "EXPSAMPLE", "P1", "G", "IL-6", "120", "3.25", "pg/ml", "A1", ""],
            ["", "ES2", "Experiment Sample", "P1", "G", "IL-6", "5", "<LLOQ", "pg/ml", "A2", "low"],
            ["", "SC1", "STANDARD CURVE", "P1", "G", "IL-6", "900", "100", "pg/ml", "B1", ""],
            ["", "CS1", "CONTROL SAMPLE", "P1", "G", "IL-6", "90", "10", "pg/ml", "B2", ""]]  # fmt: skip
    table = recognition.read(write(tmp_path / "a.txt", rows, "\t"))
    assert list(table.frame["sample"]) == ["ES1", "ES2", "SC1", "CS1"]
    assert list(table.frame["role"]) == ["sample", "sample", "standard", "control"]
    assert list(table.frame["flag"]) == ["none", "below_range", "none", "none"] and table.frame["value"][2] == 100.0
    assert table.ignored == []
    assert sorted(problem.found for problem in table.problems) == [
        "1 rows of the kind CONTROL SAMPLE",
        "1 rows of the kind STANDARD CURVE",
    ]


def test_what_is_no_result_table(tmp_path):
    path = write(
        tmp_path / "a.csv", [["Sample", "Assay", "Well", "Signal", "Calc. Concentration"], ["A", "IL-6", "A1", 1, 2]]
    )
    assert "result_table" not in recognition.recognise(path)
    with pytest.raises(NotReadable, match="table of wells \\(Well, Signal\\)"):
        recognition.read(path, format="result_table")
    with pytest.raises(NotReadable, match="E-FILE-002.*header without rows"):
        recognition.read(write(tmp_path / "a.csv", [HEADER]))


@examples(60)
@given(st.lists(st.text(st.characters(blacklist_categories=("Cs",)), max_size=8), min_size=1, max_size=6))
def test_any_text_in_the_value_column_is_kept(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("tables")
    rows = [
        ["Sample ID", "Analyte", "Result"],
        *([f"s{n}", "IL-6", text] for n, text in enumerate(texts)),
        ["last", "TNF", "1.5"],
    ]
    try:
        frame = recognition.read(write(folder / "a.csv", rows, "\t"), format="result_table").frame
    except NotReadable:
        return
    assert set(frame["flag"]) <= set(FLAGS)
    assert ((frame["flag"] == "none") == frame["value"].notna()).all()
    assert frame["sample"].iloc[-1] == "last" and frame["value"].iloc[-1] == 1.5


def test_a_real_delivery_of_thousands_of_rows(shared, tmp_path):
    source = shared / "datasets" / "cmipb" / "2021LD_plasma_cytokine_concentration.tsv"
    lines = list(csv.reader(source.open(), delimiter="\t"))
    names = {"protein_id": "Analyte", "specimen_id": "Specimen", "protein_expression": "Result", "unit": "Units",
             "lower_limit_of_quantitation": "LLOQ", "upper_limit_of_quantitation": "ULOQ"}  # fmt: skip
    renamed = [[names.get(name, name) for name in lines[0]], *lines[1:]]
    table = reading(write(tmp_path / "a.tsv", renamed, "\t"))
    assert table.ignored == [] and table.problems == []
    assert len(table.frame) == len(lines) - 1
    at = lines[0].index("protein_expression")
    numbers = [float(line[at]) for line in lines[1:] if line[at] != "nan"]
    assert (table.frame["flag"] == "not_computed").sum() == len(lines) - 1 - len(numbers) == 56
    assert list(table.frame["value"].dropna()) == numbers


SIGNS_LONG = [["0012", "IL-6", "<", "1.5"], ["0013", "IL-6", "", "2.5"], ["0014", "IL-6", ">", "500"]]


@pytest.mark.parametrize("headed", ["Sign", "Vz.", ""])
def test_a_column_of_signs_decides_whatever_its_heading(tmp_path, headed):
    table = reading(write(tmp_path / "a.csv", [["Sample ID", "Test", headed, "Result"], *SIGNS_LONG]))
    assert list(table.frame["flag"]) == ["below_range", "none", "above_range"]
    assert list(table.frame["limit"].fillna(0)) == [1.5, 0, 500] and list(table.frame["value"].fillna(0)) == [0, 2.5, 0]
    assert not any(problem.code == "V-087" for problem in table.problems)


def test_signs_of_a_wide_table_belong_to_the_analyte_they_name(tmp_path):
    rows = [["0012", "<", "1.5", "", "3.5"], ["0013", "", "2.5", ">", "80"]]
    head = ["Sample ID", "IL-6 sign", "IL-6 (pg/mL)", "TNF sign", "TNF (pg/mL)"]
    frame = reading(write(tmp_path / "a.csv", [head, *rows])).frame
    flags = {(row.sample, row.analyte): row.flag for row in frame.itertuples()}
    assert flags == {
        ("0012", "IL-6"): "below_range", ("0012", "TNF"): "none", ("0013", "IL-6"): "none", ("0013", "TNF"): "above_range",
    }  # fmt: skip
    for other in ("s1", ""):
        with pytest.raises(NotReadable, match="column 2 holds signs"):
            reading(write(tmp_path / "b.csv", [["Sample ID", other, *head[2:]], *rows]))


def test_thousands_beside_decimals_of_the_other_sign_are_refused(tmp_path):
    rows = [["0012", "1.234", "0,5"], ["0013", "2.500", "1,5"], ["0014", "3.100", "2"]]
    head = ["Sample ID", "IL-6 (pg/mL)", "TNF (pg/mL)"]
    with pytest.raises(NotReadable, match="V-081.*1.234 may be a decimal number or grouped thousands"):
        reading(write(tmp_path / "a.csv", [head, *rows], ";"))
    rows[0][1] = "0.234"  # a decimal number
    frame = reading(write(tmp_path / "b.csv", [head, *rows], ";")).frame
    assert list(frame[frame["analyte"] == "IL-6"]["value"]) == [0.234, 2.5, 3.1]
    assert list(frame[frame["analyte"] == "TNF"]["aside"])[:2] == ["row_quarantined"] * 2


@pytest.mark.parametrize("units", [["pg/mL", "ng/mL"], ["(pg/mL)", "[ng/mL]"]])
def test_a_row_of_units_below_the_headings(tmp_path, units):
    rows = [["Sample ID", "IL-6", "TNF"], ["", *units], ["0012", "1.5", "2.5"], ["0013", "3.5", "4.5"]]
    frame = reading(write(tmp_path / "a.csv", rows)).frame
    assert {(row.analyte, row.unit) for row in frame.itertuples()} == {("IL-6", "pg/mL"), ("TNF", "ng/mL")}
    assert list(frame["value"]) == [1.5, 2.5, 3.5, 4.5]


@pytest.mark.parametrize("headed", ["log10 IL-8 (pg/mL)", "IL-8 (log10 pg/mL)", "IL8_log2_pg_mL", "ln(IL-8) [pg/mL]"])
def test_logarithms_are_no_concentrations(tmp_path, headed):
    path = write(tmp_path / "a.csv", [["Sample ID", headed, "TNF (pg/mL)"], ["0012", "1.5", "2.5"], ["0013", "3", "4"]])
    with pytest.raises(NotReadable, match="candidates for value"):
        recognition.read(path, None, Answers("D1", (), WORDS, UNITS))
    frame = reading(path, ("*", "value", {})).frame
    assert all(unit not in UNITS for unit in frame[frame["column"] == headed]["unit"])


def test_two_columns_of_one_analyte_are_told(tmp_path):
    path = write(tmp_path / "a.csv", [["Sample ID", "IL-6 (pg/mL)", "IL6 (ng/mL)"], ["0012", "1.5", "2.5"]])
    with pytest.raises(NotReadable, match=r'"IL6 \(ng/mL\)" is another column of an analyte'):
        recognition.read(path, None, Answers("D1", (), WORDS, UNITS))


def test_replicates_at_two_dilutions_are_two_attempts(tmp_path):
    head = ["Sample ID", "Test", "Result", "Replicate", "Run", "Dilution"]
    rows = [
        ["0012", "NfL", value, at, "B1", factor]
        for at, (value, factor) in enumerate(zip("1234", ["4", "4", "40", "40"], strict=True))
    ]
    rows += [["0013", "NfL", value, at, "B1", "4"] for at, value in enumerate("56")]
    table = reading(write(tmp_path / "a.csv", [head, *rows]), ("Dilution", "dilution_applied", {}))
    runs = ["B1 dilution 4"] * 2 + ["B1 dilution 40"] * 2 + ["B1"] * 2
    assert list(table.frame["run"]) == runs and list(table.frame["value"]) == [1, 2, 3, 4, 5, 6]
    (told,) = [problem for problem in table.problems if problem.code == "W-READ-008"]
    assert told.found == 'NfL of sample "0012" at dilutions 4, 40' and told.row == "2"


def test_headings_again_and_rows_that_sum_up_are_notes(tmp_path):
    head = ["Sample ID", "IL-6 (pg/mL)", "TNF (pg/mL)"]
    rows = [
        head,
        ["0012", "1", "2"],
        ["Mean", "1", "2"],
        [],
        head,
        ["0013", "3", "4"],
        ["SD ", "0", "0"],
        ["n", "1", "1"],
    ]
    table = reading(write(tmp_path / "a.csv", rows))
    assert list(table.frame["sample"]) == ["0012"] * 2 + ["0013"] * 2
    notes = {(each.row, each.found) for each in table.problems if each.code == "W-READ-003"}
    assert notes == {("3", '"Mean"'), ("5", '"Sample ID"'), ("7", '"SD"'), ("8", '"n"')}
    assert not [each for each in table.problems if each.level == "QUARANTINE"]


def test_a_column_that_may_name_persons_is_said_to_be_left_out(tmp_path):
    rows = [["Patient", "Date", "Test", "Result"], ["P1", "2024-01-02", "IL-6", "1.5"]]
    with pytest.raises(
        NotReadable, match=r"not Patient, which may name persons.*give the table the columns that are missing"
    ):
        reading(write(tmp_path / "a.csv", rows))


def test_limits_in_a_column_beside_the_results_are_read_and_a_range_is_none(tmp_path):
    head = ["Sample ID", "Test", "Result", "Result text", "Unit"]
    rows = [
        ["0012", "IL-6", "0.4", "<0.4", "pg/mL"],
        ["0013", "IL-6", "", "<0.4", "pg/mL"],
        ["0014", "IL-6", "2", "", "pg/mL"],
    ]
    frame = reading(write(tmp_path / "a.csv", [head, *rows])).frame
    assert list(frame["flag"]) == ["below_range", "below_range", "none"]
    assert list(frame["limit"])[:2] == [0.4, 0.4] and list(frame["value"].fillna(0)) == [0, 0, 2]
    rows = [[*row[:2], value, "<7", "pg/mL"] for row, value in zip(rows, ["0.4", "", "2"], strict=True)]
    table = reading(write(tmp_path / "b.csv", [[*head[:3], "Reference", "Unit"], *rows]))
    assert list(table.frame["flag"]) == ["none", "not_computed", "none"] and table.ignored == ["Reference"]
