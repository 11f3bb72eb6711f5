"""Delivered tables: what could change a result is read, or asked with the row that answers it; nothing is passed over."""

import csv

import pytest
from immunoassay import tables
from immunoassay.acceptance.assess import assess_batch
from immunoassay.files.house import RESOURCES
from immunoassay.readers import recognition
from immunoassay.readers.batch_reader import read_batch
from immunoassay.readers.deliveries.result_columns import Answers, replaced
from immunoassay.readers.deliveries.states import StateWords
from immunoassay.readers.deliveries.written import parse
from immunoassay.readers.export import NotReadable
from immunoassay.study import crosschecks, delivery_columns, vocabulary

WORDS, UNITS = vocabulary.state_words(RESOURCES["state_words"]), vocabulary.units(RESOURCES["units"])
LONG = ["Sample ID", "Analyte", "Result", "Unit"]


def row(column, meaning, word="", analyte="", unit="", scope="D1", number=2):
    """A row of the columns sheet."""
    return {
        "row": number, "scope": scope, "column": column, "meaning": meaning, "word": word, "analyte": analyte, "unit": unit,
    }  # fmt: skip


def write(path, rows, delimiter=",", end="\n"):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)
    if not end:
        path.write_text(path.read_text(encoding="utf-8").rstrip("\n"), encoding="utf-8")
    return path


def read(path, *sheet):
    return recognition.read(path, "result_table", Answers("D1", sheet, WORDS, UNITS))


def table(tmp_path, rows, *sheet, **more):
    return read(write(tmp_path / "a.csv", rows, **more), *sheet)


def asked(tmp_path, rows, *sheet):
    """Problems with which a table is refused."""
    with pytest.raises(NotReadable) as error:
        table(tmp_path, rows, *sheet)
    return [error.value.problem, *error.value.others]


def codes(problems):
    return [(problem.code, problem.level) for problem in problems]


# --- how a result is written --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("< 0.2 pg/mL", (None, "below_range", 0.2, "pg/mL")),
        ("≤0.2", (None, "below_range", 0.2, "")),
        ("<= 0.2", (None, "below_range", 0.2, "")),
        ("BLQ (<0.2)", (None, "below_range", 0.2, "")),
        ("<0.2 (BLQ)", (None, "below_range", 0.2, "")),
        ("BLQ: <0.2", (None, "below_range", 0.2, "")),
        ("<LLOQ [0.2 pg/mL]", (None, "below_range", 0.2, "pg/mL")),
        ("below 0.2", (None, "below_range", 0.2, "")),
        ("less than 0.2 ng/mL", (None, "below_range", 0.2, "ng/mL")),
        (">5,000", (None, "above_range", 5000.0, "")),
        ("> 12 500 pg/mL", (None, "above_range", 12500.0, "pg/mL")),
        ("> ULOQ (5000)", (None, "above_range", 5000.0, "")),
        ("<LLOQ", (None, "below_range", None, "")),
        ("3.3 pg/mL", (3.3, "none", None, "pg/mL")),
        ("3.3", (3.3, "none", None, "")),
        ("NaN", (None, "not_computed", None, "")),
        # what could mean two things is not understood
        ("n.d.", (None, None, None, "")),
        ("BLQ (>0.2)", (None, None, None, "")),
        ("BLQ 0.2 0.3", (None, None, None, "")),
        (">5,00", (None, None, None, "")),
        ("<0", (None, None, None, "")),
        ("1,234", (None, None, None, "")),
        ("3.3*", (None, None, None, "")),
    ],
)
def test_how_a_result_is_written(cell, expected):
    found = parse(cell)
    assert (found.value, found.flag, found.limit, found.unit) == expected


def test_the_same_with_a_decimal_comma():
    assert parse(">5.000,5", ",").limit == 5000.5 and parse("< 0,2 pg/mL", ",").limit == 0.2
    assert parse("<0,2").flag is None


def test_units_of_cells_are_checked_and_converted(tmp_path):
    rows = [[*LONG, "LLOQ (ng/mL)"], ["A", "X", "<0.2 ng/mL", "pg/mL", "0.2"], ["B", "X", "3.3 ng/mL", "pg/mL", "<0.2"],
            ["C", "X", "3 h", "pg/mL", "0.2"], ["D", "X", "3 IU/mL", "pg/mL", "0.2 ng/mL"],
            ["E", "X", "7", "pg/mL", "?"]]  # fmt: skip
    found = table(tmp_path, rows)
    assert list(found.frame["limit"].dropna()) == [200.0] and list(found.frame["value"].dropna()) == [3300.0, 7.0]
    assert list(found.frame["lloq"].dropna()) == [200.0] * 4
    assert list(found.frame["aside"].fillna("")) == ["", "", "row_quarantined", "row_quarantined", ""]
    assert {(p.code, p.row, p.column) for p in found.problems} == {
        ("E-DLV-005", "4", "Result"),
        ("E-DLV-005", "6", "LLOQ (ng/mL)"),
    }


# --- words beside a result ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Below LLOQ", "below"),
        ("below detection limit", "below"),
        ("LOW", "below"),
        ("Above highest calibrator", "above"),
        ("Below Fit Curve Range/Below Detection Range", "below"),
        ("Complete; Below LLOQ", "below"),
        ("haemolysed – do not report", "rejected"),
        ("Cancelled", "rejected"),
        ("Result pending repeat", None),
        ("Repeat pending", "pending"),
        ("PASS", "reportable"),
        ("second tube", None),
        ("not below LLOQ", None),
        ("below LLOQ, above ULOQ", None),
        ("", ""),
    ],
)
def test_words_of_states(text, expected):
    found = StateWords(WORDS).read(text)
    assert (found[0] if found else None) == expected


@pytest.mark.parametrize("heading", ["Flags", "Detection Range", "Remark code", "Kolumne 7"])
def test_words_of_a_range_decide_whatever_their_heading(tmp_path, heading):
    rows = [[*LONG, heading], ["A", "X", "0.08", "pg/mL", "Below LLOQ"], ["B", "X", "4012", "pg/mL", "Above ULOQ"],
            ["C", "X", "21", "pg/mL", ""], ["D", "X", "20", "pg/mL", "Cancelled"]]  # fmt: skip
    found = table(tmp_path, rows)
    assert list(found.frame["flag"]) == ["below_range", "above_range", "none", "none"]
    assert list(found.frame["value"].dropna()) == [21.0, 20.0] and found.frame["value_text"][0] == "0.08"
    assert list(found.frame["aside"].fillna("")) == ["", "", "", "rejected_by_laboratory"]
    assert sorted(codes(found.problems)) == [("W-DLV-001", "FLAG"), ("W-DLV-002", "EXCLUDE")]


@pytest.mark.parametrize("heading", ["Average conc. (pg/mL)", "Result 2"])
def test_concentrations_that_are_not_reported_are_no_words_of_states(tmp_path, heading):
    rows = [[*LONG, heading], ["A", "X", "10", "pg/mL", "11"], ["B", "X", "< LLOQ", "pg/mL", "< LLOQ"],
            ["C", "X", "12", "pg/mL", "< LLOQ"]]  # fmt: skip
    found = table(tmp_path, rows, row("Result", "value"))
    assert found.frame["aside"].isna().all() and list(found.frame["flag"]) == ["none", "below_range", "none"]
    assert found.ignored == [heading] and found.problems == []


def test_unknown_words_set_only_their_rows_aside_until_the_sheet_says_what_they_mean(tmp_path):
    rows = [
        [*LONG, "Status"],
        ["A", "X", "1", "pg/mL", "Final"],
        ["B", "X", "2", "pg/mL", "Q7"],
        ["C", "X", "n.d.", "pg/mL", ""],
    ]
    found = table(tmp_path, rows)
    assert list(found.frame["aside"].fillna("")) == ["", "row_quarantined", "row_quarantined"]
    assert [(p.code, p.row, p.column) for p in found.problems] == [
        ("E-DLV-005", "3", "Status"),
        ("E-DLV-005", "4", "Result"),
    ]
    assert "D1 <TAB> Status <TAB> MEANING <TAB> Q7" in found.problems[0].fix
    found = table(tmp_path, rows, row("Status", "above", "Q7"), row("Result", "below", "N.D."))
    assert list(found.frame["flag"]) == ["none", "above_range", "below_range"] and found.frame["aside"].isna().all()
    assert codes(found.problems) == [("W-DLV-001", "FLAG")]
    found = table(tmp_path, rows, row("Status", "rejected", "Q7"), row("Result", "pending", "n.d."))
    assert list(found.frame["aside"].fillna("")) == ["", "rejected_by_laboratory", "result_pending"]


def test_low_and_high_mean_a_limit_only_where_one_is_stated(tmp_path):
    header = [*LONG, "LLOQ", "ULOQ", "Flag"]
    rows = [header, ["A", "X", "0.1", "pg/mL", "0.2", "", "L"], ["B", "X", "3", "pg/mL", "0.2", "", "LOW"],
            ["C", "X", "9", "pg/mL", "", "", "H"], ["D", "X", "9", "pg/mL", "", "8", "H"],
            ["E", "X", "3", "pg/mL", "0.2", "", "Below LLOQ"]]  # fmt: skip
    found = table(tmp_path, rows)
    assert list(found.frame["flag"]) == ["below_range", "none", "none", "above_range", "none"]
    assert list(found.frame["aside"].fillna("")) == ["", *["row_quarantined"] * 2, "", "row_quarantined"]
    assert sorted((p.code, p.row) for p in found.problems) == [
        ("E-DLV-005", "3"),
        ("E-DLV-006", "6"),
        ("W-DLV-001", "2"),
    ]


def test_yes_below_a_heading_that_is_itself_such_a_word(tmp_path):
    rows = [[*LONG, "Below LOD", "Flag"], ["A", "X", "0.1", "pg/mL", "Yes", ""], ["B", "X", "3", "pg/mL", "no", "yes"]]
    found = table(tmp_path, rows, row("Below LOD", "state"))
    assert list(found.frame["flag"]) == ["below_range", "none"] and found.frame["aside"][1] == "row_quarantined"


def test_comments_flag_and_decide_nothing(tmp_path):
    rows = [[*LONG, "Comment", "Visit"], ["A", "X", "1", "pg/mL", "haemolysed – do not report", "low dose"],
            ["B", "X", "2", "pg/mL", "second tube", "high dose"]]  # fmt: skip
    found = table(tmp_path, rows)
    assert list(found.frame["value"]) == [1.0, 2.0] and found.frame["aside"].isna().all()
    assert [(p.code, p.row) for p in found.problems] == [("W-DLV-004", "2")] and found.ignored == ["Visit"]
    found = table(tmp_path, rows, row("Comment", "rejected", "haemolysed – do not report"))
    assert list(found.frame["aside"].fillna("")) == ["rejected_by_laboratory", ""]


def test_results_that_are_the_limit_itself_are_below_it(tmp_path):
    values = ["0.5", "0.5", "0.5", "0.5", *map(str, range(1, 17))]
    rows = [[*LONG, "LOD"], *([f"s{n}", "X", value, "pg/mL", "0.5"] for n, value in enumerate(values))]
    found = table(tmp_path, rows)
    assert (found.frame["flag"] == "below_range").sum() == 4 and list(found.frame["limit"].dropna()) == [0.5] * 4
    assert codes(found.problems) == [("W-DLV-001", "FLAG")]
    rows[2][2] = rows[3][2] = "0.7"  # two of twenty: chance
    assert (table(tmp_path, rows).frame["flag"] == "none").all()


# --- columns that could change a result ---------------------------------------------------------------------------------

TWO = [["Sample ID", "Analyte", "Concentration", "Dilution Factor", "Adjusted Concentration", "Unit", "LLOQ"],
       ["A", "X", "1.0", "50", "50.0", "pg/mL", "10"], ["B", "X", "2.0", "50", "100.0", "pg/mL", "10"]]  # fmt: skip


def test_two_columns_of_concentrations_are_asked_about_and_answered(tmp_path):
    (problem,) = asked(tmp_path, TWO)
    assert (problem.code, problem.level, problem.row) == ("E-DLV-001", "QUARANTINE", "1")
    assert "Concentration (1.0, 2.0), Adjusted Concentration (50.0, 100.0)" in problem.found
    assert "D1 <TAB> Adjusted Concentration <TAB> value" in problem.fix
    found = table(tmp_path, TWO, row("Adjusted Concentration", "value"))
    assert list(found.frame["value"]) == [50.0, 100.0] and list(found.frame["lloq"]) == [10.0, 10.0]
    assert codes(asked(tmp_path, TWO, row("Concentration", "value"))) == [("E-DLV-002", "QUARANTINE")]
    answered = [row("Concentration", "value"), row("Dilution Factor", "dilution_not_applied")]
    found = table(tmp_path, TWO, *answered)
    assert list(found.frame["value"]) == [50.0, 100.0] and list(found.frame["lloq"]) == [500.0, 500.0]
    answered[1] = row("Dilution Factor", "dilution_applied")
    assert list(table(tmp_path, TWO, *answered).frame["value"]) == [1.0, 2.0]


def without(rows, *names):
    keep = [at for at, name in enumerate(rows[0]) if name not in names]
    return [[line[at] for at in keep] for line in rows]


def test_a_dilution_beside_one_column_of_results(tmp_path):
    rows = without(TWO, "Adjusted Concentration")
    assert codes(asked(tmp_path, rows)) == [("E-DLV-002", "QUARANTINE")]
    plain = [rows[0], *([*line[:3], "1", *line[4:]] for line in rows[1:])]
    assert table(tmp_path, plain).problems == []
    named = [[name.replace("Concentration", "Final Concentration") for name in rows[0]], *rows[1:]]
    assert list(table(tmp_path, named).frame["value"]) == [1.0, 2.0]


def test_what_cannot_change_a_result_is_not_asked_about(tmp_path):
    same = [["Sample ID", "Analyte", "Result", "Concentration", "Unit", "CV", "Expected conc.", "Result date", "Visit"],
            ["A", "X", "1.0", "1", "pg/mL", "3", "", "2026-01-01", "low"],
            ["B", "X", "2", "2.00", "pg/mL", "4", "", "", "high"]]  # fmt: skip
    found = table(tmp_path, same)
    assert list(found.frame["value"]) == [1.0, 2.0] and found.problems == []
    final = [["Sample ID", "Analyte", "Result", "Final Result", "Unit"], ["A", "X", "1", "5", "pg/mL"]]
    assert list(table(tmp_path, final).frame["value"]) == [5.0]


def test_limits_that_are_not_known_are_asked_about(tmp_path):
    rows = [[*LONG, "Lower limit of the run"], ["A", "X", "1", "pg/mL", "0.5"]]
    assert codes(asked(tmp_path, rows)) == [("E-DLV-001", "QUARANTINE")]
    assert list(table(tmp_path, rows, row("Lower limit of the run", "lod")).frame["lod"]) == [0.5]
    assert table(tmp_path, rows, row("Lower limit of the run", "ignore")).frame["lod"].isna().all()


def test_two_columns_are_joined_to_an_analyte(tmp_path):
    rows = [["specimen_id", "isotype", "antigen", "MFI", "Result", "unit"]]
    rows += [[s, i, a, "5", "7", "MFI"] for s in "AB" for i in ("IgG", "IgE") for a in ("PT", "FHA")]
    (problem,) = asked(tmp_path, rows)
    assert problem.code == "E-DLV-001" and "isotype (IgG, IgE)" in problem.found
    found = table(tmp_path, rows, row("isotype", "analyte"), row("antigen", "analyte"), row("MFI", "value"))
    assert list(found.frame["analyte"][:4]) == ["IgG PT", "IgG FHA", "IgE PT", "IgE FHA"] and set(
        found.frame["value"]
    ) == {5.0}


WIDE = [["Tube", "IL-6 (pg/mL)", "TNF [ng/mL]", "Visit", "LLOQ IL-6"], ["LLOQ", "0.5", "0.1", "", ""],
        ["A", "<0.5", "2", "D1", "0.4"], ["B", "3", "0.05", "M3", "0.4"]]  # fmt: skip


def test_a_wide_table_is_read_through_the_sheet(tmp_path):
    (problem,) = asked(tmp_path, WIDE)
    assert problem.code == "E-DLV-001" and "a wide table" in problem.found
    assert "D1 <TAB> IL-6 (pg/mL) <TAB> value and D1 <TAB> TNF [ng/mL] <TAB> value" in problem.fix
    sheet = [row("Tube", "sample"), row("IL-6 (pg/mL)", "value", analyte="IL-6"), row("*", "value"), row("Tube", "lloq", "LLOQ"),
             row("LLOQ IL-6", "lod", analyte="IL-6", unit="pg/mL"), row("Visit", "ignore")]  # fmt: skip
    frame = table(tmp_path, WIDE, *sheet).frame
    assert list(frame["row"]) == [3, 3, 4, 4] and list(frame["column"]) == ["IL-6 (pg/mL)", "TNF [ng/mL]"] * 2
    assert list(frame["analyte"]) == ["IL-6", "TNF"] * 2 and list(frame["unit"]) == ["pg/mL", "ng/mL"] * 2
    assert list(frame["lloq"]) == [0.5, 0.1] * 2 and list(frame["lod"].dropna()) == [0.4, 0.4]
    assert list(frame["flag"]) == ["below_range", "none", "none", "none"] and list(frame["value"].dropna()) == [
        2.0,
        3.0,
        0.05,
    ]


def test_a_long_table_is_never_called_wide(tmp_path):
    rows = [["Sample", "Analyte", "Dose (mg/kg)", "Calc. (ng/mL)", "Mean calc. (ng/mL)"], ["A", "X", "1", "2", "3"]]
    (problem,) = asked(tmp_path, rows)
    assert "wide" not in problem.message and "sample = Sample, analyte = Analyte; no column of value" in problem.found


def test_names_of_persons_are_no_candidates(tmp_path):
    rows = [["Patient name", "Tube code", "Marker", "pg"], ["Ann Other", "T1", "X", "5"]]
    (problem,) = asked(tmp_path, rows)
    assert "Tube code (T1)" in problem.why and "Ann" not in problem.message


def test_the_sheet_names_a_column_that_is_not_there(tmp_path):
    (problem,) = asked(tmp_path, TWO, row("Adjusted conc", "value", number=7))
    assert (problem.code, problem.level, problem.file, problem.row) == ("E-DLV-003", "STOP", "config/columns.tsv", "7")
    found = table(tmp_path, without(TWO, "Dilution Factor", "Concentration"), row("Adjusted conc", "ignore", scope="lab"),
                  row("Adjusted Concentration", "value"))  # fmt: skip
    assert codes(found.problems) == [("W-DLV-003", "FLAG")]


def test_rows_of_a_delivery_replace_those_of_its_panel():
    rows = [row("A", "value", scope="lab"), row("B", "value"), row("C", "state", scope="lab"), row("D", "state"),
            row("E", "sample", scope="other"), row("F", "below", "x", scope="lab"), row("F", "above", "x")]  # fmt: skip
    kept = replaced(rows, {"plate": "D1", "panel": "lab"})
    assert [(each["column"], each["meaning"]) for each in kept] == [
        ("B", "value"),
        ("D", "state"),
        ("F", "above"),
        ("C", "state"),
    ]


def test_rows_left_out_by_a_word(tmp_path):
    rows = [LONG, ["A", "X", "1", "pg/mL"], ["QC 1", "X", "50", "pg/mL"], ["A", "CRP", "3", "mg/L"]]
    found = table(tmp_path, rows, row("Sample ID", "ignore", "QC 1"), row("Analyte", "ignore", "crp"))
    assert list(found.frame["sample"]) == ["A"] and codes(found.problems) == [("W-READ-004", "FLAG")] * 2


# --- what is missing of a delivery --------------------------------------------------------------------------------------


def test_a_last_line_that_is_cut_is_named_and_set_aside(tmp_path):
    rows = [[*LONG, "LLOQ"], ["A", "X", "15", "pg/mL", "1"], ["B", "X", "16", "pg/mL", "1"], ["C", "X", "1"]]
    found = table(tmp_path, rows, end="")
    assert [(p.code, p.level, p.row) for p in found.problems] == [("E-DLV-008", "QUARANTINE", "4")]
    assert list(found.frame["aside"].fillna("")) == ["", "", "row_quarantined"]
    assert set(codes(table(tmp_path, rows).problems)) == {("E-FILE-013", "FLAG")}  # with a line end it is a short row
    short = [*rows[:2], ["B", "X", "16", "pg/mL"], ["C", "X", "1", "pg/mL"]]
    assert table(tmp_path, short, end="").problems == []  # a laboratory that leaves empty cells away
    assert codes(table(tmp_path, rows[:3], end="").problems) == [("E-READ-015", "FLAG")]  # perhaps a digit is lost


ANALYTE = {"panel": "lab", "unit": "pg/mL", "standard_unit": "pg/mL", "quantity": "concentration", "lloq_validated": None,
           "uloq_validated": None}  # fmt: skip


def batch(tmp_path, rows, *sheet, analytes=("X",), include=True):
    """(delivered, problems, attempts) of one delivery as a batch."""
    write(tmp_path / "a.csv", rows)
    plate = {"plate": "D1", "batch": "B1", "panel": "lab", "file": "a.csv", "format": "", "layout": "", "kit_lot": "",
             "plate_in_file": "", "include": include, "reason": "repeated" * (not include), "run_date": "2026-01-01"}  # fmt: skip
    panel = {"panel": "lab", "platform": "laboratory", "signal": "raw", "criteria_set": "c", "replicate_rule": ""}
    analytes = [{**ANALYTE, "analyte": name, "names_in_export": [name]} for name in analytes]
    given = ([plate], analytes, [panel], [], [], UNITS.rows, {"c": {}}, {}, tmp_path)
    wells, delivered, problems = read_batch(*given, columns=sheet, state_words=WORDS)
    curved = [tables.empty(name) for name in ("curves", "concentrations", "dropped_standards")]
    frames = (wells, tables.conform(delivered, "delivered"), *curved)
    attempts = assess_batch(*frames, [plate], [panel], {"c": {}})[1] if len(delivered) else None
    return delivered, problems, attempts


def test_analytes_the_panel_has_not_are_one_line_and_only_their_rows_are_set_aside(tmp_path):
    rows = [LONG, *([f"s{n}", name, "1", "pg/mL"] for n in range(3) for name in ("X", "CRP", "IL-8"))]
    delivered, problems, attempts = batch(tmp_path, rows, analytes=("X", "Y"))
    assert sorted(zip(problems["code"], problems["level"], strict=True)) == [
        ("E-ID-086", "QUARANTINE"),
        ("W-DLV-005", "FLAG"),
    ]
    assert '"CRP" 3, "IL-8" 3' in problems["found"].iloc[0] and "1 of 2 analytes" in problems["found"].iloc[1]
    assert list(delivered["disposition"].value_counts()) == [6, 3] and len(delivered) == 9
    assert set(attempts["analyte"]) == {"X"} and (attempts["status"] == "quantified").all()


@pytest.mark.parametrize("cell", ["cancelled", "pending", "what is this", "", "1"])
@pytest.mark.parametrize("name", ["CRP", ""])
def test_a_row_of_no_analyte_is_no_attempt_whatever_else_is_wrong_with_it(tmp_path, cell, name):
    rows = [LONG, ["A", "X", "1", "pg/mL"], ["B", name, cell, "pg/mL"]]
    delivered, _, attempts = batch(tmp_path, rows)
    assert list(delivered["disposition"]) == ["usable", "analyte_unknown"]
    assert list(attempts["analyte"]) == ["X"]


def test_units_that_are_missing_or_another_set_their_rows_aside(tmp_path):
    rows = [LONG, ["A", "X", "1", "pg/mL"], ["B", "X", "2", ""], ["C", "X", "3", "IU/mL"]]
    delivered, problems, attempts = batch(tmp_path, rows)
    assert sorted(zip(problems["code"], problems["level"], problems["row"], strict=True)) == [
        ("E-DLV-007", "QUARANTINE", "3"),
        ("E-DLV-007", "QUARANTINE", "4"),
    ]
    assert list(delivered["disposition"]) == ["usable", "row_quarantined", "row_quarantined"]
    assert list(attempts["status"]) == ["quantified", "not_reportable", "not_reportable"]
    delivered, problems, _ = batch(tmp_path, rows[:3], row("Result", "value", unit="pg/mL"))
    assert problems.empty and list(delivered["value"]) == [1.0, 2.0]
    _, problems, _ = batch(tmp_path, rows[:2], row("Result", "value", unit="ng/mL"))
    assert list(problems["code"]) == ["E-DLV-006"]


def test_a_delivery_that_asks_is_set_aside_and_its_ledger_rows_say_so(tmp_path):
    delivered, problems, _ = batch(tmp_path, TWO)
    assert delivered.empty and list(problems["level"]) == ["QUARANTINE"] and problems["plate"].iloc[0] == "D1"
    _, problems, _ = batch(tmp_path, TWO, include=False)
    assert list(problems["level"]) == ["FLAG"]
    delivered, problems, attempts = batch(tmp_path, TWO, row("Adjusted Concentration", "value", scope="lab"))
    assert list(problems["code"]) == ["W-READ-010"] and list(attempts["value"]) == [50.0, 100.0]


# --- the sheet itself ---------------------------------------------------------------------------------------------------


def checked(*rows):
    """(code, row, column) of the problems of a columns sheet, in a study of a laboratory panel and a plate."""
    sheets = {
        "panels": [{"panel": "lab", "platform": "laboratory"}, {"panel": "kit", "platform": "luminex"}],
        "plates": [{"plate": "D1", "panel": "lab", "format": ""}, {"plate": "P1", "panel": "kit", "format": ""}],
        "analytes": [{"analyte": "IL-6", "panel": "lab", "names_in_export": ["IL6"]}],
        "columns": [{**each, "_row": number} for number, each in enumerate(rows, 2)],
    }
    context = crosschecks.Context({}, {}, sheets, {"columns": "config/columns.tsv"}, {}, UNITS, {}, None, [])
    return [(each.code, each.level, each.row, each.column) for each in delivery_columns.check(context)]


@pytest.mark.parametrize(
    ("rows", "row_and_column"),
    [
        ([row("A", "value", scope="D2")], ("2", "scope")),
        ([row("A", "value", scope="P1")], ("2", "scope")),
        ([row("A", "value", scope="kit")], ("2", "scope")),
        ([row("A", "unit", "word")], ("2", "meaning")),
        ([row("A", "below")], ("2", "word")),
        ([row("*", "sample")], ("2", "column")),
        ([row("A", "unit", unit="pg/mL")], ("2", "unit")),
        ([row("A", "value", unit="pg/pint")], ("2", "unit")),
        ([row("A", "value", analyte="IL-60")], ("2", "analyte")),
        ([row("A", "run"), row("B", "run")], ("3", "meaning")),
        ([row("A", "lloq"), row("B", "lloq")], ("3", "meaning")),
        ([row("A", "value"), row("B", "value"), row("C", "analyte")], ("3", "meaning")),
        ([row("A", "value", analyte="IL-6"), row("C", "analyte")], ("2", "analyte")),
        ([row("A", "dilution_applied"), row("B", "dilution_not_applied")], ("3", "meaning")),
        ([row("A", "standard")], ("2", "word")),
        ([row("A", "not_computed")], ("2", "word")),
        ([row("A", "role", "word")], ("2", "meaning")),
        ([row("A", "value", unit="?")], ("2", "unit")),
    ],
)
def test_rows_that_cannot_be_used_stop(rows, row_and_column):
    assert checked(*rows) == [("E-DLV-004", "STOP", *row_and_column)]


def test_rows_that_can_be_used_are_quiet():
    assert checked(row("A", "value", analyte="il6", unit="ng/mL"), row("*", "value"), row("B", "lod", "LOD"), row("C", "state"),
                   row("D", "state"), row("A", "value", scope="lab"), row("E", "below", "x"), row("F", "lloq", analyte="IL-6"),
                   row("G", "lloq")) == []  # fmt: skip
    assert checked(row("i", "analyte"), row("a", "analyte"), row("MFI", "value")) == []
    assert checked(row("p", "sample"), row("v", "sample"), row("T", "role"), row("T", "standard", "Cal"), row("T", "sample", "U"),
                   row("S", "ignore", "(empty)"), row("E", "below", "*Below*"), row("P", "run"),
                   row("D", "replicate")) == []  # fmt: skip
