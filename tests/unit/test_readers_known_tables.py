"""Tables of results whose software is known by its columns, and wide tables whose headings say what they hold."""

import csv
import hashlib

import openpyxl
import pytest
from immunoassay.drafts import scanned
from immunoassay.files.house import RESOURCES
from immunoassay.readers import recognition
from immunoassay.readers.declared import BASES
from immunoassay.readers.deliveries import known_tables, result_table, wide_columns
from immunoassay.readers.deliveries.column_questions import NotSaid
from immunoassay.readers.deliveries.result_columns import Answers
from immunoassay.readers.export import NotReadable
from immunoassay.readers.written_cells import number
from immunoassay.study import delivery_columns, vocabulary

WORDS, UNITS = vocabulary.state_words(RESOURCES["state_words"]), vocabulary.units(RESOURCES["units"])

BELOW, ABOVE = (
    "DataReduction.L2.AebOutOfCalibrationRangeBelow",
    "DataReduction.L2.ConcentrationOutOfCalibrationRangeAbove",
)
IN, OUT = "Automatically Included", "Automatically Excluded"
HALF = "AEB Automatically Included; Concentration Automatically Excluded"
SIMOA = [
    ["Sample Barcode", "Assay", "Plex", "Location", "Replicate AEB", "Mean AEB", "Replicate Conc.", "Mean Conc.", "SD Conc.",
     "Unit", "Completion Date", "Job Status", "Job ID", "Flags", "Errors", "Batch Name", "Result Status", "Sample Type",
     "Total Dilution"],
    ["Cal A", "2-plex", "488 NfL", "Plate 1 - Well A1", "0.02", "", "0", "", "", "pg/mL", "4/4/2024", "Finished", "11", "0", "",
     "Run 9", IN, "Calibrator", "1"],
    ["Cal B", "2-plex", "488 NfL", "Plate 1 - Well B1", "0.31", "", "1.28", "", "", "pg/mL", "4/4/2024", "Finished", "12", "1",
     BELOW, "Run 9", OUT, "Calibrator", "1"],
    ["P7", "2-plex", "488 NfL", "Plate 1 - Well C1", "0.11", "", "3.5", "", "", "pg/mL", "4/4/2024", "Finished", "13", "0", "",
     "Run 9", IN, "Specimen", "1"],
    ["P7", "2-plex", "488 NfL", "Plate 1 - Well C1", "0.12", "", "4.5", "", "", "pg/mL", "4/4/2024", "Finished", "14", "1",
     "DataReduction.L2.ISingleValueIsMissingException", "Run 9", IN, "Specimen", "1"],
    ["P7", "2-plex", "488 NfL", "Plate 1 - Well C1", "", "0.115", "", "4", "0.7", "pg/mL", "4/4/2024", "", "", "", "", "Run 9",
     "", "Specimen", "1"],
    ["P7", "2-plex", "647 Tau", "Plate 1 - Well C1", "0.01", "", "NaN", "", "", "pg/mL", "4/4/2024", "Finished", "13", "2",
     f"DataReduction.L2.ISingleValueIsMissingException;{BELOW}", "Run 9", HALF, "Specimen", "1"],
    ["P7", "2-plex", "647 Tau", "Plate 1 - Well C1", "9.1", "", "833", "", "", "pg/mL", "4/4/2024", "Finished", "14", "1", ABOVE,
     "Run 9", HALF, "Specimen", "1"],
    ["P8", "2-plex", "488 NfL", "Plate 1 - Well D1", "NaN", "", "NaN", "", "", "pg/mL", "4/4/2024", "Finished", "15", "5",
     f"DataReduction.L1.ClassificationException;{BELOW}", "Run 9", OUT, "Specimen", "1"],
    ["P8", "2-plex", "488 NfL", "Plate 1 - Well D1", "0.2", "", "7.25", "", "", "pg/mL", "4/4/2024", "Finished", "16", "0", "",
     "Run 9", HALF, "Specimen", "1"],
    ["QC1", "2-plex", "488 NfL", "Plate 1 - Well E1", "0.2", "", "6", "", "", "pg/mL", "4/4/2024", "Finished", "17", "0", "",
     "Run 9", IN, "Control", "1"],
]  # fmt: skip
SAMPLE_RESULTS = [
    ["Sample Results Report"], [], ["Instrument", "HD-X"], [], [],
    ["Sample Barcode", "Assay", "Plex", "AEB", "Concentration", "Mean Concentration", "SD Concentration", "CV Concentration",
     "Unit", "Sample Type", "Errors"],
    ["P1", "NfL", "", "0.10", "12.5", "12.75", "0.35", "0.03", "pg/mL", "Specimen", ""],
    ["P3", "NfL", "", "0.11", "13", "12.75", "0.35", "0.03", "pg/mL", "Specimen", ""],
    ["P2", "NfL", "", "0.01", "NaN", "NaN", "", "", "pg/mL", "Specimen", BELOW],
]  # fmt: skip
BIOPLEX = [
    ["Analyte", "Type", "Well", "Outlier", "FI", "FI...Bkgd", "Conc.in.Range", "Obs.Conc", "Sample ID", "batch", "final_conc",
     "unit"],
    ["IL-6", "X1", "A1", "0", "90", "80", "12.5", "12.5", "K1", "1", "25", "pg/mL"],
    ["IL-6", "X2", "B1", "0", "5", "-2", "OOR <", "0", "K2", "1", "0", "pg/mL"],
    ["IL-6", "X3", "C1", "0", "5", "-2", "OOR <", "NA", "K3", "1", "0", "pg/mL"],
    ["IL-6", "X1", "A1", "0", "40000", "39990", "OOR >", "9999", "K1", "2", "9999", "pg/mL"],
    ["IL-6", "X2", "B1", "0", "7", "1", "***", "1.1", "K2", "2", "1.1", "pg/mL"],
    ["IL-6", "X3", "C1", "1", "70", "60", "9.5", "9.5", "K3", "2", "19", "pg/mL"],
    ["IL-6", "S1", "D1", "0", "30000", "29990", "3200", "3190", "Std 1", "1", "3200", "pg/mL"],
    ["IL-6", "B", "E1", "0", "10", "0", "", "", "Blank", "1", "", "pg/mL"],
]  # fmt: skip
ELLA = [
    ["Sample Name", "Sample Type", "Analyte Name", "Mean Conc.", "Conc. CV", "Units"],
    ["A-1", "Sample", "IL-6", "2.5", "3.1", "pg/mL"], ["A-1", "Sample", "TNF-a", "< 0.3", "", "pg/mL"],
    ["A-2", "Sample", "IL-6", "4.75", "2.0", "pg/mL"], ["A-2", "Sample", "TNF-a", "11", "9.9", "pg/mL"],
    ["High QC", "Control", "IL-6", "250", "1.0", "pg/mL"], ["High QC", "Control", "TNF-a", "199", "1.2", "pg/mL"],
]  # fmt: skip
THREE = [
    ["plate", "Sample", "Sample ID", "Age", "Duplicate", "VEGF Calc. Concentration (pg/mL)", "VEGF Calc. Conc. Mean (pg/mL)",
     "VEGF Calc. Conc. CV", "GM-CSFCalc. Concentration (pg/mL)", "GM-CSF Calc. Conc. Mean (pg/mL)", "GM-CSF Calc. Conc. CV"],
    ["p1", "U001", "A-1", "61", "1", "40.85", "39.73", "3.97", "NaN", "NaN", "NaN"],
    ["p1", "U001", "A-1", "61", "2", "38.61", "39.73", "3.97", "0.12", "NaN", "NaN"],
    ["p2", "U001", "A-2", "55", "1", "41", "40.5", "1.7", "0.5", "0.6", "20"],
    ["p2", "U001", "A-2", "55", "2", "40", "40.5", "1.7", "0.7", "0.6", "20"],
]  # fmt: skip
WIDE = [
    ["Sample ID", "Visit", "IL-6 (pg/mL)", "TNF [ng/mL]", "CRP_mg_L", "IL-6 Flag", "LLOQ CRP", "Plate"],
    ["LLOQ", "", "0.5", "0.1", "", "", "", ""],
    ["A", "1", "<0.5", "2", "3.5", "", "0.4", "P1"], ["B", "1", "3", "0.05", "0.3", "", "0.4", "P1"],
    ["C", "2", "7", "4", "9", "Above ULOQ", "0.4", "P2"], ["ULOQ", "", "6.5", "100", "", "", "", ""],
]  # fmt: skip
LIMITS = [
    ["Sample ID", "cytokine", "value", "LOD", "Units", "Plate ID", "Replicate"],
    *[[f"S{n}", name, repr(value), "0.5", "pg/mL", "P1", str(n % 2 + 1)]
      for n in range(5) for name, value in (("IL-6", 0.5 if n < 4 else 4.25), ("TNF", 1.5 + n))],
]  # fmt: skip
SYSTEM = [
    ["Accession", "Sample type", "Test", "Result", "Units", "Run ID", "Replicate"],
    ["L1", "Serum", "IL-6", "12,5", "pg/mL", "R1", "1"], ["L1", "Serum", "IL-6", "13,5", "pg/mL", "R1", "2"],
    ["L2", "Serum", "IL-6", "<0,8", "pg/mL", "R1", "1"], ["L2", "Serum", "IL-6", ">500", "pg/mL", "R2", "1"],
    ["C1", "QC", "IL-6", "99,5", "pg/mL", "R1", "1"], ["CAL 2", "Calibrator", "IL-6", "250", "pg/mL", "R1", ""],
]  # fmt: skip
LAYOUTS = {
    "simoa": (SIMOA, ","),
    "simoa_samples": (SAMPLE_RESULTS, "\t"),
    "bioplex_stacked": (BIOPLEX, ","),
    "ella": (ELLA, ","),
    "wide_three": (THREE, ","),
    "wide_units": (WIDE[:1] + WIDE[2:5], ","),
    "long_limits": (LIMITS, ","),
    "laboratory_system": (SYSTEM, ";"),
}


def row(column, meaning, word="", unit=""):
    return {"row": 2, "scope": "D1", "column": column, "meaning": meaning, "word": word, "analyte": "", "unit": unit}


def write(path, rows, delimiter=","):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return path


def read(path, *sheet, format="result_table"):
    return recognition.read(path, format, Answers("D1", sheet, WORDS, UNITS))


def table(tmp_path, rows, *sheet, delimiter=",", format=None):
    return read(write(tmp_path / "a.csv", rows, delimiter), *sheet, format=format)


def of_samples(frame):
    return frame[frame["role"].isna() | (frame["role"] == "sample")]


def codes(problems):
    return sorted((problem.code, problem.row) for problem in problems)


def changed(rows, at, column, cell):
    """The rows with another cell, in row `at` of the list below the heading `column`."""
    header = next(line for line in rows if column in line)
    place = header.index(column)
    return [line if n != at else [*line[:place], cell, *line[place + 1 :]] for n, line in enumerate(rows)]


def without(rows, column):
    place = rows[0].index(column)
    return [line[:place] + line[place + 1 :] for line in rows]


# --- the shipped sheet --------------------------------------------------------------------------------------------------


def test_the_shipped_rows_are_as_a_laboratory_would_write_them():
    rows = known_tables.shipped()
    meanings = {
        *delivery_columns.OF_WORDS,
        *delivery_columns.ONE_COLUMN,
        "sample",
        "analyte",
        "value",
        "state",
        "comment",
    }
    assert {row["meaning"] for row in rows} <= meanings and {row["tells"] for row in rows} == {"yes", ""}
    assert all(not row["word"] or row["meaning"] in delivery_columns.OF_WORDS for row in rows)
    assert {row["basis"] for row in rows} <= BASES.keys() and all(row["source"] for row in rows)
    assert len({(row["software"], row["column"], row["word"]) for row in rows}) == len(rows)


def test_what_is_declared_of_software_is_what_its_rows_rest_on():
    rests = {row["software"]: row["basis"] for row in known_tables.shipped()}
    declared = [(each.software, each.form, each.basis) for each in result_table.DECLARED]
    of_software = [basis for software, _, basis in declared if not software.startswith(("Laboratory", "ImmPort"))]
    assert sorted(rests.values()) == sorted(of_software)
    assert all(each.source for each in result_table.DECLARED if each.basis == "columns")


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_is_recognised_as_a_table_of_results_alone(tmp_path, name):
    rows, delimiter = LAYOUTS[name]
    assert recognition.recognise(write(tmp_path / "a.csv", rows, delimiter)) == ["result_table"]


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_workbook_says_the_same(tmp_path, name):
    rows, delimiter = LAYOUTS[name]
    rows = (
        without(rows, "Type") if "Type" in rows[0] else rows
    )  # a sheet with types and wells is a plate of Bio-Plex Manager
    decimal = "," if delimiter == ";" else "."
    book = openpyxl.Workbook()
    for line in rows:
        cells = [number(cell, decimal) for cell in line]
        book.active.append([cell if value is None else value for cell, value in zip(line, cells, strict=True)])
    book.save(tmp_path / "a.xlsx")
    one, two = table(tmp_path, rows, delimiter=delimiter).frame, read(tmp_path / "a.xlsx", format=None).frame
    same = ["sample", "role", "analyte", "value", "flag", "limit", "lod", "lloq", "uloq", "unit", "aside"]
    assert one[same].astype(object).fillna("").values.tolist() == two[same].astype(object).fillna("").values.tolist()


# --- Simoa ----------------------------------------------------------------------------------------------------------------


def test_a_run_history_has_its_replicates_and_no_means(tmp_path):
    found = table(tmp_path, SIMOA)
    frame = found.frame
    assert list(frame["role"]) == ["standard"] * 2 + ["sample"] * 6 + ["control"]
    assert list(frame["value"].fillna(-1)) == [0.0, 1.28, 3.5, 4.5, -1, -1, -1, -1, 6.0]
    assert list(frame["flag"]) == [
        *["none"] * 4, "below_range", "above_range", "below_range", "not_computed", "none",
    ]  # fmt: skip
    assert frame["value_text"][5] == "833" and frame["value_text"][7] == "7.25"
    assert list(frame["aside"].fillna("")) == [*[""] * 6, "rejected_by_laboratory", "", ""]
    assert set(frame["run"]) == {"Run 9"} and list(frame["replicate"]) == [
        str(n) for n in (11, 12, 13, 14, 13, 14, 15, 16, 17)
    ]
    assert set(frame["analyte"]) == {"488 NfL", "647 Tau"} and set(frame["unit"]) == {"pg/mL"}
    assert "Mean Conc." in found.ignored
    assert codes(found.problems) == [
        ("W-DLV-001", "7"), ("W-DLV-002", "9"), ("W-READ-004", "11"), ("W-READ-004", "2"), ("W-READ-004", "6"),
    ]  # fmt: skip


def test_a_replicate_without_a_result_status_does_not_count(tmp_path):
    found = table(tmp_path, changed(SIMOA, 9, "Result Status", ""))
    assert found.frame["aside"][7] == "result_pending" and ("W-DLV-002", "10") in codes(found.problems)
    assert table(tmp_path, without(SIMOA, "Result Status")).frame["aside"].isna().all()  # older software states none


def test_a_nominal_value_in_a_unit_that_is_none_is_no_number(tmp_path):
    found = table(tmp_path, changed(SIMOA, 1, "Replicate Conc.", "488 NfL")).frame.iloc[0]
    assert (found["role"], found["flag"], found["value_text"]) == ("standard", "not_computed", "488 NfL")
    assert found["value"] != found["value"]


def test_without_a_plex_the_assay_is_the_analyte(tmp_path):
    assert set(table(tmp_path, without(SIMOA, "Plex")).frame["analyte"]) == {"2-plex"}
    assert set(table(tmp_path, SAMPLE_RESULTS, delimiter="\t").frame["analyte"]) == {"NfL"}
    single = [[*line[:2], "Plex 1" if n else "Plex", *line[3:]] for n, line in enumerate(SIMOA)]
    assert set(table(tmp_path, single).frame["analyte"]) == {"2-plex"}
    lost = table(tmp_path, changed(SIMOA, 3, "Plex", ""))  # but not where others of the assay have one
    assert set(lost.frame["analyte"].dropna()) == {"488 NfL", "647 Tau"} and lost.frame["analyte"].isna().sum() == 1
    assert [each.row for each in lost.problems if each.found.startswith("results without an analyte")] == ["4"]


def test_a_summary_row_is_never_a_result(tmp_path):
    """Not where the job status is filled, and a replicate whose status is lost is asked about."""
    filled = table(tmp_path, changed(SIMOA, 5, "Job Status", "Finished")).frame
    assert of_samples(filled)["value"].sum() == 8.0 and len(filled) == 10
    lost = table(tmp_path, changed(SIMOA, 3, "Job Status", ""))
    assert ("E-DLV-006", "4") in codes(lost.problems) and 3.5 not in set(lost.frame["value"])


def test_a_dilution_of_a_run_history_is_asked_about_once(tmp_path):
    rows = [line if n < 1 else [*line[:-1], "4"] for n, line in enumerate(SIMOA)]
    rows = [[*line, "System Dilution" if n == 0 else "4"] for n, line in enumerate(rows)]
    with pytest.raises(NotSaid) as error:
        table(tmp_path, rows)
    assert [each.key for each in error.value.asked] == ["totaldilution"] and error.value.problem.code == "E-DLV-002"
    kept = of_samples(table(tmp_path, rows, row("Total Dilution", "dilution_applied")).frame)
    times = table(tmp_path, rows, row("Total Dilution", "dilution_not_applied")).frame
    assert kept["value"].sum() == 8.0 and of_samples(times)["value"].sum() == 32.0
    assert list(times.loc[times["role"] == "standard", "value"]) == [0.0, 1.28]  # a nominal value is not diluted


@pytest.mark.parametrize(("factor", "applied"), [(4, True), (1, False)])
def test_the_curve_of_the_file_says_whether_a_dilution_is_applied(tmp_path, factor, applied):
    """AEB = D + (A - D) / (1 + (x / C)^B) with A 0.02, B 1, C 50, D 2.02: x = 50 (AEB - 0.02) / (2.02 - AEB)."""
    aebs = {"0.52": 50 / 3, "1.02": 50.0, "1.52": 150.0}
    rows = [[*SIMOA[0], "Fit Coefficients"]]
    place = {name: rows[0].index(name) for name in ("Replicate AEB", "Replicate Conc.", "Total Dilution", "Job ID")}
    for number_, (aeb, x) in enumerate(aebs.items()):
        line = [*SIMOA[3], "0.02, 1, 50, 2.02"]
        cells = {
            "Replicate AEB": aeb,
            "Replicate Conc.": f"{x * factor:.6g}",
            "Total Dilution": "4",
            "Job ID": str(number_),
        }
        for name, cell in cells.items():
            line[place[name]] = cell
        rows.append(line)
    found = table(tmp_path, rows)
    assert list(found.frame["value"]) == pytest.approx([4 * x for x in aebs.values()], rel=1e-5)
    assert [(each.code, each.found) for each in found.problems] == [
        ("W-DLV-006", f"Total Dilution: the results are {'' if applied else 'not '}multiplied by it")
    ]
    said = table(tmp_path, rows, row("Total Dilution", "dilution_applied")).frame
    assert list(said["value"]) == pytest.approx([factor * x for x in aebs.values()], rel=1e-5)
    odd = changed(rows, 2, "Replicate Conc.", "77")  # a row that fits neither says nothing, and two are too few
    with pytest.raises(NotSaid):
        table(tmp_path, odd)


def test_a_laboratory_says_otherwise(tmp_path):
    frame = table(tmp_path, SIMOA, row("Result Status", "reportable", OUT), row("Assay", "analyte")).frame
    assert set(frame["analyte"]) == {"2-plex"} and frame["aside"].isna().all()
    means = table(tmp_path, SIMOA, row("Mean Conc.", "value"), row("Job Status", "state", "")).frame
    assert of_samples(means)["value"].sum() == 0.0  # the rows of means are still left out
    means = table(tmp_path, SIMOA, row("Mean Conc.", "value"), row("Job Status", "ignore", "Finished"),
                  row("Job Status", "reportable", "(empty)"))  # fmt: skip
    assert list(means.frame["value"]) == [4.0]


def test_the_sample_results_report(tmp_path):
    frame = table(tmp_path, SAMPLE_RESULTS, delimiter="\t").frame
    assert list(frame["value"].dropna()) == [12.5, 13.0] and list(frame["flag"]) == ["none", "none", "below_range"]


# --- others ---------------------------------------------------------------------------------------------------------------


def test_results_of_bioplex_manager_stacked_by_their_authors(tmp_path):
    found = table(tmp_path, BIOPLEX)
    frame = found.frame
    assert list(frame["role"]) == [*["sample"] * 6, "standard", "blank"]
    assert list(frame["flag"][:6]) == ["none", "below_range", "below_range", "above_range", "not_computed", "none"]
    assert list(frame["value"].dropna()) == [12.5, 9.5, 3200.0] and frame["aside"][5] == "rejected_by_laboratory"
    assert list(frame["run"][:4]) == ["1", "1", "1", "2"] and list(frame["replicate"][:4]) == ["A1", "B1", "C1", "A1"]
    assert {"final_conc", "FI...Bkgd"} <= set(found.ignored)
    assert not [each for each in found.problems if each.code == "W-READ-008"]  # wells repeat in other runs
    twice = table(tmp_path, [*BIOPLEX, BIOPLEX[1]])
    assert [each.row for each in twice.problems if each.code == "W-READ-008"] == ["10"]


def test_headings_with_dots_or_spaces_are_the_same_software(tmp_path):
    spaced = [[name.replace(".", " ") for name in BIOPLEX[0]], *BIOPLEX[1:]]
    assert table(tmp_path, spaced).frame.equals(table(tmp_path, BIOPLEX).frame)


def test_means_of_an_ella(tmp_path):
    frame = table(tmp_path, ELLA).frame
    assert list(of_samples(frame)["value"].dropna()) == [2.5, 4.75, 11.0] and list(frame["limit"].dropna()) == [0.3]
    assert list(frame["role"][-2:]) == ["control", "control"]


def test_a_laboratory_system_with_runs_replicates_and_roles(tmp_path):
    found = table(tmp_path, SYSTEM, delimiter=";")
    frame = found.frame
    assert list(frame["role"]) == [*["sample"] * 4, "control", "standard"] and list(frame["run"][:4]) == [
        "R1",
        "R1",
        "R1",
        "R2",
    ]
    assert list(frame["value"].dropna()) == [12.5, 13.5, 99.5, 250.0] and list(frame["limit"].dropna()) == [0.8, 500.0]
    assert codes(found.problems) == [("W-READ-004", "6"), ("W-READ-004", "7")]
    again = table(tmp_path, [*SYSTEM, SYSTEM[2]], delimiter=";")
    assert ("W-READ-008", "8") in codes(again.problems)


def test_nothing_is_asked_about_rows_of_controls(tmp_path):
    odd = table(tmp_path, changed(SYSTEM, 5, "Result", "see note"), delimiter=";")
    assert odd.frame["aside"].isna().all() and odd.frame["flag"][4] == "not_computed"


def test_a_limit_printed_as_the_result(tmp_path):
    frame = table(tmp_path, LIMITS).frame
    below = frame[frame["flag"] == "below_range"]
    assert len(below) == 4 and set(below["limit"]) == {0.5} and set(below["analyte"]) == {"IL-6"}
    assert sorted(frame["value"].dropna()) == [1.5, 2.5, 3.5, 4.25, 4.5, 5.5] and list(frame["replicate"][:2]) == [
        "1",
        "1",
    ]


# --- wide tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "analyte", "unit"),
    [
        ("IL-6 (pg/mL)", "IL-6", "pg/mL"),
        ("GM-CSFCalc. Concentration (pg/mL)", "GM-CSF", "pg/mL"),
        ("IL-12p70 Calc. Conc. (pg/mL)", "IL-12p70", "pg/mL"),
        ("TNF [ng/mL]", "TNF", "ng/mL"),
        ("CRP_mg_L", "CRP", "mg/L"),
        ("IL-6 pg/ml", "IL-6", "pg/ml"),
        ("Insulin, IU/mL", "Insulin", "IU/mL"),
        ("CD3/CD28", "CD3/CD28", ""),
        ("Concentration (pg/mL) IL-6", "IL-6", "pg/mL"),
        ("IL-8 mean conc (pg/ml)", "IL-8", "pg/ml"),
        ("Dose (mg/kg)", "Dose", "mg/kg"),
        ("IL-6", "IL-6", ""),
        ("Abeta(42)", "Abeta(42)", ""),
    ],
)
def test_what_headings_of_wide_tables_say(heading, analyte, unit):
    assert wide_columns.unit_of(heading) == unit
    if unit:
        assert wide_columns.analyte(heading) == analyte


def test_single_results_go_before_their_means(tmp_path):
    found = table(tmp_path, THREE)
    frame = found.frame
    assert set(frame["analyte"]) == {"VEGF", "GM-CSF"} and set(frame["unit"]) == {"pg/mL"} and len(frame) == 8
    assert list(frame["value"].dropna()) == [40.85, 38.61, 0.12, 41.0, 0.5, 40.0, 0.7]
    assert list(frame["run"]) == ["p1"] * 4 + ["p2"] * 4 and list(frame["replicate"]) == ["1", "1", "2", "2"] * 2
    assert set(frame["sample"]) == {"A-1", "A-2"} and "VEGF Calc. Conc. Mean (pg/mL)" in found.ignored
    assert found.problems == []
    means = [[cell for at, cell in enumerate(line) if at not in (4, 5, 8)] for line in THREE[:2] + THREE[3:4]]
    assert list(table(tmp_path, means).frame["value"].dropna()) == [39.73, 40.5, 0.6]
    again = table(tmp_path, [*THREE, THREE[1]])
    assert [(p.code, p.row) for p in again.problems] == [("W-READ-008", "6")]


def test_limits_words_and_units_of_a_wide_table(tmp_path):
    frame = table(tmp_path, WIDE).frame
    rows = {(each["sample"], each["analyte"]): each for each in frame.to_dict("records")}
    assert len(rows) == 9 and {each[0] for each in rows} == {"A", "B", "C"}
    assert rows["A", "IL-6"]["flag"] == "below_range" and rows["A", "IL-6"]["limit"] == 0.5
    assert (
        rows["C", "IL-6"]["flag"] == "above_range" and rows["C", "TNF"]["flag"] == "none"
    )  # its flag is of IL-6 alone
    assert rows["C", "TNF"]["value"] == 4.0 and rows["C", "TNF"]["uloq"] == 100.0 and rows["A", "TNF"]["lloq"] == 0.1
    assert rows["B", "CRP"]["value"] == 0.3 and rows["B", "CRP"]["lloq"] == 0.4 and rows["B", "CRP"]["unit"] == "mg/L"
    assert {each["unit"] for each in rows.values()} == {"pg/mL", "ng/mL", "mg/L"}


def test_a_row_of_units(tmp_path):
    rows = [
        ["Sample ID", "IL-6", "TNF", "CRP"],
        ["", "pg/mL", "pg/mL", "mg/L"],
        ["A", "1.5", "2", "3"],
        ["B", "4", "5", "6"],
    ]
    frame = table(tmp_path, rows).frame
    assert frame.equals(table(tmp_path, rows, row("*", "value"), format="result_table").frame)
    assert list(frame["unit"]) == ["pg/mL", "pg/mL", "mg/L"] * 2 and list(frame["value"]) == [1.5, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "rows",
    [
        [["Sample ID", "Dose (ng/mL)", "IL-6", "TNF"], ["A", "10", "1.5", "2"], ["B", "20", "4", "5"]],
        [["Sample ID", "IL-6 (pg/mL)", "IL-8", "TNF"], ["A", "10", "1.5", "2"], ["B", "20", "4", "5"]],
        [["Sample ID", "IL-6 (pg/mL)", "IL-6 (ng/mL)"], ["A", "10", "0.01"], ["B", "20", "0.02"]],
    ],
)
def test_headings_that_leave_it_open_are_asked_about(tmp_path, rows):
    with pytest.raises(NotReadable):
        table(tmp_path, rows, format="result_table")


def test_one_analyte_with_its_unit_in_the_heading(tmp_path):
    rows = [["Sample ID", "Visit", "Spike IgG (AU/mL)", "Group"], ["A", "1", "150.5", "x"], ["B", "2", "<0.8", "y"]]
    found = table(tmp_path, rows)
    assert list(found.frame["analyte"]) == ["Spike IgG"] * 2 and list(found.frame["limit"].dropna()) == [0.8]
    assert found.ignored == ["Visit", "Group"]


def test_a_table_turned_round_is_refused_as_such(tmp_path):
    rows = [["Analyte", "S1", "S2", "S3"], ["IL-6", "1", "2", "3"], ["TNF", "4", "5", "6"]]
    with pytest.raises(NotReadable, match="turned round.*one row per sample"):
        table(tmp_path, rows)


def test_shifted_headings_are_told(tmp_path):
    shifted = [WIDE[0][:2] + [""] + WIDE[0][2:], *WIDE[1:]]
    found = table(tmp_path, shifted)
    assert "V-087" in {each.code for each in found.problems}


# --- real files -----------------------------------------------------------------------------------------------------------

REAL = {  # file: rows of the sheet that a person gives; values, below, above, not computed, set aside, samples, analytes
    "simoa/hdx_run_history_4plex.csv": ((), (158, 80, 2, 0, 52, 27, 4)),
    "wide_tables/msd_saliva_wide_units.csv": ((), (8483, 0, 0, 577, 0, 302, 15)),
    "wide_tables/monkey_cytokines_long_lod.csv": (
        (row("ID", "sample"), row("day", "sample"), row("value", "value", unit="pg/mL")),
        (650, 974, 0, 0, 0, 56, 29),
    ),
    "bead_and_elisa_tables/bioplex_long_oor.csv": (
        (row("PTID", "sample"), row("stimulation", "sample"), row("timepoint", "sample"), row("df_exp", "dilution_applied"),
         row("Conc.in.Range", "value", unit="pg/mL")),
        (7191, 4795, 321, 5, 0, 456, 27),
    ),
}  # fmt: skip


@pytest.mark.parametrize("file", REAL)
def test_real_deliveries_have_the_right_counts(shared, file):
    folder = shared / "real_deliveries"
    with (folder / "COUNTS.tsv").open(encoding="utf-8") as handle:
        right = next(each for each in csv.DictReader(handle, delimiter="\t") if each["file"] == file)
    sheet, counts = REAL[file]
    frame = of_samples(read(folder / file, *sheet).frame)
    flags = [(frame["flag"] == flag).sum() for flag in ("none", "below_range", "above_range", "not_computed")]
    assert (*flags, frame["aside"].notna().sum(), frame["sample"].nunique(), frame["analyte"].nunique()) == counts
    printed = [value for text in frame["value_text"].dropna() if (value := number(text)) is not None]
    assert len(printed) == int(right["numbers"]) and sum(printed) == pytest.approx(float(right["sum"]), rel=1e-9)
    assert (f"{min(printed):g}", f"{max(printed):g}") == (f"{float(right['min']):g}", f"{float(right['max']):g}")
    digest = hashlib.md5("\n".join(sorted(f"{value:.6g}" for value in printed)).encode()).hexdigest()
    assert digest == right["md5_sorted_6g"] and set(frame["unit"]) == {"pg/mL"}
    assert frame.loc[frame["flag"] == "none", "value"].tolist() == [
        number(text) for text in frame.loc[frame["flag"] == "none", "value_text"]
    ]


def test_a_real_table_without_a_column_of_samples_is_refused(shared):
    found = scanned.scan(shared / "real_deliveries/wide_tables/th_cytokines_wide.csv", "t.csv")
    assert found.export is None and "no column of sample" in found.problems[0].found and not found.sure
