"""The workbook: what a lab sees, text that stays text, the limits of Excel, the proof of the ledger, equal bytes."""

import io
import zipfile
from datetime import datetime
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.deliver import columns, raw_records, workbook, worksheet, xml_cells
from immunoassay.files import workbooks
from immunoassay.problems import Problem, to_frame
from immunoassay.problems.codes import LEVELS
from immunoassay.readers.wells import DISPOSITIONS
from immunoassay.results.ledger import tallied
from immunoassay.tables.statistic_tables import STATISTICS
from immunoassay.words import corrections, glossary
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from tests.statistic_frames import (
    associations,
    biomarker_changes,
    longitudinal,
    observed,
    pca,
    prediction,
    sample_accounting,
    score_changes,
    substitution,
    visit_summaries,
)

SETTINGS = {"primary_visit": "M1", "permutations": 100}
EVIL = ("=1+1", "+SUM(A1)", "-2", '@x("y")')


def table(name, rows):
    """Rows with the columns that matter; the others are missing."""
    frame = pd.DataFrame(rows).reindex(columns=list(tables.TABLES[name].columns))
    return tables.conform(frame, name)


def measured(person, visit, analyte, status, value=np.nan, lloq=0.5159):
    """lower and upper of a result, as the results table has them."""
    bounds = {"quantified": (value, value), "below_lloq": (0, lloq), "above_uloq": (900.0, np.inf)}
    lower, upper = bounds.get(status, (0, np.inf))
    return {
        "person": person, "visit": visit, "sample_id": f"{person}-{visit}", "analyte": analyte, "status": status,
        "value": value, "lower": lower, "upper": upper, "lloq": lloq,
    }  # fmt: skip


MEASURED = [
    measured("A", "D1", "IL-6", "quantified", 3.41492),
    measured("A", "M1", "IL-6", "below_lloq"),
    measured("B", "D1", "IL-6", "quantified", 1234.56),
    measured("B", "M1", "IL-6", "above_uloq"),
    measured("C", "D1", "IL-6", "not_reportable"),
    measured("C", "M1", "IL-6", "quantified", 0.9),
    measured("A", "D1", "IL-4", "missing"),
]


@pytest.fixture(scope="module")
def frames():
    own = {"panel": "kit", "plate": "P1", "batch": "B1", "unit": "pg/mL"}
    results, attempts, observations, ledger = [], [], [], []
    for number, row in enumerate(MEASURED):
        bounds = {name: row[name] for name in ("sample_id", "analyte", "status", "value", "lower", "upper")}
        reason = {"not_reportable": "plate_rejected", "missing": "not_tested", "below_lloq": "below_limit"}
        common = {**bounds, "reason": reason.get(row["status"]), "wells": f"A0{number + 1}", **own}
        missing = row["status"] == "missing"
        place = {"plate": None, "batch": None} if missing else {}
        results.append(
            {
                **common,
                **place,
                "lloq_applied": row["lloq"],
                "dilution": 2.0,
                "n_attempts": 1,
                "flags": "W-BEAD",
                "amendments": "A1;A7" if row["sample_id"] in ("A-D1", "B-M1") and row["analyte"] == "IL-6" else None,
            }
        )
        if not missing:
            attempts.append({**common, "attempt": "P1 1:2", "n_wells": 1, "verdict": "PASS", "verdict_reason": EVIL[0],
                             "selected": row["person"] != "B", "selection": "only attempt", "cv_percent": 4.2})  # fmt: skip
            common_ledger = {
                "record": f"A0{number + 1}",
                "analyte": row["analyte"],
                "disposition": f"result_{row['status']}",
            }
            place = {"batch": "B1", "plate": "P1", "panel": "kit", "sample_id": row["sample_id"]}
            ledger.append({**place, "role": "sample", **common_ledger})
        observations.append(
            {**bounds, **own, "participant": row["person"], "course": "first", "visit": row["visit"],
             "visit_order": 1 + (row["visit"] == "M1"), "variable": row["analyte"], "kind": "biomarker",
              "group": "cytokine",
             "lloq": row["lloq"], "baseline": row["visit"] == "D1"}
        )  # fmt: skip
        if row["analyte"] == "IL-6":
            observations.append(
                {**observations[-1], "variable": "MGC", "kind": "score", "group": "score", "unit": "points",
                 "lloq": np.nan,
                 "status": "quantified", "value": 9.0 + number, "lower": 9.0 + number, "upper": 9.0 + number}
            )  # fmt: skip
    wanted = tables.TABLES["observations"].columns
    observations = pd.DataFrame(observations).drop(columns=["analyte", "plate", "batch"])
    observations = observed(observations.reindex(columns=list(wanted)), ())
    curves = table("curves", [
        {"plate": "P1", "analyte": name, "panel": "kit", "batch": "B1", "model": "4pl", "status": "converged",
         "limit_rule": rule, "lloq_recovery_cv": 0.25, "lloq_precision_profile": 0.3, "lloq": 0.25}
        for name, rule in (("IL-6", "recovery_cv"), ("IL-4", "precision_profile"))
    ])  # fmt: skip
    dropped = table("dropped_standards", [
        {"plate": "P1", "analyte": "IL-6", "order": 1, "level": "S7", "recovery_percent": 131.2, "dropped": True},
        {"plate": "P1", "analyte": "IL-6", "order": 2, "level": "S1", "dropped": False},
    ])  # fmt: skip
    checks = table("checks", [
        {"plate": "P1", "analyte": "IL-6", "panel": "kit", "batch": "B1", "rule": rule, "subject": "",
         "verdict": verdict,
         "required": required, "observed": 0.75, "criteria_set": "ich_m10_lba", "criteria_version": "2"}
        for rule, verdict, required in (("controls", "PASS", True), ("limits", "FAIL", True), ("replicate_cv", "FAIL", False))
    ])  # fmt: skip
    followed = {
        "controls": [{**own, "analyte": "IL-6", "control": "QC1", "run": 1, "z": -2.5, "verdict": "WARN"}],
        "lloq_proposals": [{"panel": "kit", "analyte": "IL-6", "kit_lot": EVIL[3], "verdict": "PASS", "to_write": "IL-6"}],
        "control_lots": [{"panel": "kit", "analyte": "IL-6", "kit_lot": EVIL[3], "control": "QC1", "verdict": "PASS"}],
        "bridging": [{"panel": "kit", "analyte": "IL-6", "lot_old": "1", "lot_new": "2", "ratio": 1.9,
                      "verdict": "FAIL"}],
        "repeats": [],
        "shared_samples": [],
    }  # fmt: skip
    problem = Problem("V-083", "FLAG", "raw/a.csv", EVIL[1], "why", "fix")
    ledger, study_attempts = table("ledger", ledger), table("study_attempts", attempts)
    return {
        **{  # most are filled below
            name: tables.empty(STATISTICS[columns.CONTRACTS.get(name, name)]) for name in workbook.STATISTICS.values()
        },
        "results": table("results", results).sample(frac=1, random_state=1),
        "attempts": study_attempts,
        "observations": observations,
        "outside_analysis": tables.empty("outside_analysis"),
        "ledger": tallied(ledger),
        "records": {"wells": ledger["panel"].value_counts().to_dict(), "delivered": {}},
        "raw_records": raw_records.raw_records(ledger, *measured_wells(ledger), study_attempts),
        "curves": curves,
        "dropped_standards": dropped,
        "checks": checks,
        "verdicts": {("controls", "PASS"): 3, ("limits", "FAIL"): 1, ("limits", "PASS"): 1},
        **{name: table(name, rows) for name, rows in followed.items()},
        "problems": to_frame([problem]),
        "visit_problems": to_frame([]),
        "spread_problems": to_frame([]),
        "account_problems": to_frame([]),
        "amendments": table("amendments", [AMENDMENT]),
        "approvals": table(
            "approvals",
            [
                {
                    "batch": "B1",
                    "sha256": "5" * 64,
                    "state": "changed",
                    "who": "AB",
                    "when": "2025-02-01",
                    "approved_sha256": "4" * 64,
                }
            ],
        ),
        "completeness": tables.empty("completeness"),
        "plates": pd.DataFrame(PLATES, columns=list(corrections.PLATES)),
        "visit_summaries": visit_summaries(observations, SETTINGS),
        "biomarker_changes": biomarker_changes(observations, SETTINGS),
        "score_changes": score_changes(observations, SETTINGS),
        "associations": associations(observations, SETTINGS),
        "sensitivity": substitution(observations, SETTINGS),
        "accounting": sample_accounting(observations),
        "longitudinal": longitudinal(observations, SETTINGS),
        "prediction": prediction(observations, SETTINGS),
        "pca_variance": pca(observations, SETTINGS).variance,
    }


def measured_wells(ledger):
    """wells, concentrations and delivered of the records of a ledger: well A06 has the signal 106 and the concentration 6."""
    number = ledger["record"].str[1:].astype(float)
    place = ledger.assign(well=ledger["record"], signal=100 + number, concentration=number, status="quantified")
    return [
        table(name, place[[each for each in place if each in tables.TABLES[name].columns]].to_dict("records"))[
            list(held)
        ]
        if name != "delivered"
        else tables.empty(name)[held]
        for name, held in raw_records.READ.items()
    ]


PLATES = [{"plate": "P1", "used": "yes"}, {"plate": "P9", "used": "no", "reason": "splash"}]
AMENDMENT = {"amendment": "A1", "what": "exclude_well", "plate": "P9", "from": EVIL[3], "to": "a\x00b\x1bc",
             "reason": "x" * 40_000, "who": "KM", "when": "2025-01-01", "n_records": 1}  # fmt: skip
META = {
    "study": {"title": "Three people", "simulated": True, "note": EVIL[2]},
    "lloq_across_plates": "plate",
    "below_lod_log2": "censored",
    "samples": [
        {"sample_id": f"{person}-{visit}", "participant": person, "course": "first", "visit": visit}
        for person in "ABC"
        for visit in ("D1", "M1")
    ],
    "panels": [{"panel": "kit", "label": "Two-plex kit"}, {"panel": "other", "label": "Not measured"}],
    "analytes": [
        {"analyte": "IL-6", "label": "IL-6", "group": "cytokine", "order": 2},
        {"analyte": "IL-4", "label": "Interleukin 4", "group": "cytokine", "order": 1},
    ],
    "visits": [{"visit": "M1", "label": "Month 1", "order": 2}, {"visit": "D1", "label": "Baseline", "order": 1}],
}  # fmt: skip


def saved(frames, meta=META):
    buffer = io.BytesIO()
    workbooks.save(workbook.build(frames, meta, len(frames["attempts"])), buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def content(frames):
    return saved(frames)


@pytest.fixture(scope="module")
def book(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def rows_of(sheet, heading=2):
    """The rows of a table by the name of their column; `heading` 1: by what it is called."""
    rows = list(sheet.iter_rows())
    return [dict(zip([cell.value for cell in rows[heading - 1]], row, strict=True)) for row in rows[2:]]


def result_of(book, sample, analyte="IL-6"):
    return next(
        row for row in rows_of(book["Results"], 1) if (row["Sample"].value, row["Analyte"].value) == (sample, analyte)
    )


def test_the_sheets_are_those_the_first_one_lists(book):
    named = {*workbook.SHEETS, "Matrix kit"}
    listed = [row[0] for row in book["Read me"].iter_rows(values_only=True) if row[0] in named]
    assert book.sheetnames == ["Read me", *listed] and set(listed) == named
    assert [name for name in listed if name != "Matrix kit"] == list(workbook.SHEETS)


def test_simulated_data_say_so_on_the_first_sheet_and_on_every_printed_page(book, frames):
    assert workbook.SIMULATED in [row[0] for row in book["Read me"].iter_rows(values_only=True)]
    assert all("SIMULATED" in sheet.oddHeader.center.text for sheet in book)
    real = {**META, "study": {**META["study"], "simulated": False}}
    plain = openpyxl.load_workbook(io.BytesIO(saved(frames, real)))
    assert not any(
        "SIMULATED" in str(cell) for sheet in plain for row in sheet.iter_rows(values_only=True) for cell in row
    )


@pytest.mark.parametrize(
    ("sample", "shown", "form"),
    [("A-D1", 3.41, "0.00"), ("B-D1", 1235, "0"), ("C-M1", 0.9, "0.000")],
)
def test_a_quantified_result_is_a_number_with_three_significant_digits(book, sample, shown, form):
    row = result_of(book, sample)
    assert (row["Result"].value, row["Result"].number_format) == (shown, form)
    assert row["Value"].value == next(m["value"] for m in MEASURED if m["sample_id"] == sample)


def test_below_lloq_is_text_in_grey_italics_and_its_value_is_empty(book):
    row = result_of(book, "A-M1")
    assert (row["Result"].value, row["Value"].value) == ("<0.516", None)
    assert row["Result"].font.italic
    assert row["Result"].font.color.rgb.endswith(xml_cells.FONTS["below"]["color"])
    assert result_of(book, "B-M1")["Result"].value == ">900"


def test_not_reportable_is_light_red_and_missing_is_said(book):
    row = result_of(book, "C-D1")
    assert (row["Result"].value, row["Reason"].value) == ("not reportable", "plate_rejected")
    assert row["Result"].fill.fgColor.rgb.endswith(xml_cells.FILLS["rejected"])
    assert result_of(book, "A-D1", "IL-4")["Result"].value == "missing"
    assert result_of(book, "A-D1", "IL-4")["High"].value is None


def test_results_are_sorted_by_participant_visit_and_analyte_whatever_the_order_of_the_input(book):
    order = [(row["participant"].value, row["visit"].value, row["analyte"].value) for row in rows_of(book["Results"])]
    assert order[:3] == [("A", "D1", "IL-4"), ("A", "D1", "IL-6"), ("A", "M1", "IL-6")]


def test_no_text_becomes_a_formula(book, content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) == len(book.sheetnames)
        assert not [name for name in sheets if b"<f>" in archive.read(name) or b"<f " in archive.read(name)]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value in EVIL]
    assert {cell.value for cell in cells} == set(EVIL)
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells)


def test_control_characters_are_stripped_and_long_text_is_cut(book):
    row = rows_of(book["Amendments"])[0]
    assert row["to"].value == "abc"
    assert len(row["reason"].value) == xml_cells.MAX_CHARACTERS
    assert row["reason"].value.endswith(xml_cells.CUT)
    assert row["well"].value is None


def test_a_table_longer_than_a_sheet_ends_with_a_row_that_says_so(monkeypatch):
    monkeypatch.setattr(worksheet, "MAX_ROWS", 5)
    book = worksheet.Book("x")
    book.table("exact", pd.DataFrame({"n": range(4)}))
    book.table("long", pd.DataFrame({"n": range(10)}), {"n": "a count"}, whole="results/study/long.tsv")
    book.page("page", [[n] for n in range(10)], [10])
    buffer = io.BytesIO()
    workbooks.save(book.workbook, buffer)
    sheets = openpyxl.load_workbook(buffer)
    assert [row[0] for row in sheets["exact"].iter_rows(values_only=True)] == ["n", "n", 0, 1, 2, 3]
    *shown, last = [row[0] for row in sheets["long"].iter_rows(values_only=True)]
    assert shown == ["n", "n", 0, 1, 2]
    assert last == "7 of 10 rows do not fit in a worksheet; all are in results/study/long.tsv"
    assert sheets["long"]["A1"].comment.text == f"{last}. a count"
    assert sheets["exact"]["A1"].comment is None
    assert sheets["page"].max_row == 5


def test_rows_are_written_in_chunks_without_losing_a_tone_or_a_row(monkeypatch):
    monkeypatch.setattr(worksheet, "CHUNK", 2)
    book = worksheet.Book("x")
    tones = {"n": pd.Series(["", "", "", "rejected", ""])}
    book.table("s", pd.DataFrame({"n": range(5), "t": list("abcde")}), tones=tones)
    buffer = io.BytesIO()
    workbooks.save(book.workbook, buffer)
    rows = list(openpyxl.load_workbook(buffer)["s"].iter_rows(min_row=3))
    assert [tuple(cell.value for cell in row) for row in rows] == list(enumerate("abcde"))
    assert [row[0].fill.fgColor.rgb[-6:] == xml_cells.FILLS["rejected"] for row in rows] == [False] * 3 + [True, False]


def test_a_cell_of_a_long_table_is_the_cell_of_a_page():
    """Tables are written as text of XML, pages as cells of openpyxl: one must read back as the other."""
    values = [
        *(True, False, 1, 0, 1.0, 0.0, -0.0, 3.41492, -52.3, 1e-9, 1e300, 123456789.125, np.inf, -np.inf, 7, 2**53),
        *(" x ", "a\nb", "a\tb\rc", '<b> & "c"', "]]>", "µ γ 漢 😀", "x" * 40_000, "a\x00\x1b\ud800", None),
        *("=1+1", "+SUM(A1)", "-2", "@x", "1.5", "TRUE", "_x0041_", "&amp;", *EVIL),
    ]
    for tone in ("", "below", "rejected"):
        for wrapped in (False, True):
            book = worksheet.Book("x")
            frame = pd.DataFrame({"v": pd.Series(values, dtype="object")})
            book.table("table", frame, tones={"v": pd.Series([tone] * len(values))}, wrapped=wrapped)
            book.page(
                "page",
                [["v", "v"], [], *([None, xml_cells.Shown(value, tone)] for value in values)],
                [9, 9],
                wrapped=wrapped,
            )
            buffer = io.BytesIO()
            workbooks.save(book.workbook, buffer)
            sheets = openpyxl.load_workbook(buffer)
            for row, value in enumerate(values, start=3):
                one, other = sheets["table"].cell(row, 1), sheets["page"].cell(row, 2)
                looks = ("value", "data_type", "number_format", "quotePrefix", "style_id")
                assert [getattr(one, look) for look in looks] == [getattr(other, look) for look in looks], (value, tone)


def test_the_private_parts_of_openpyxl_that_tables_are_written_through_are_there():
    """Where a newer openpyxl lacks them, `worksheet._rows` and `xml_cells.Cells` must change with it."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("s")
    sheet.append(["header"])
    sheet.close()
    text = Path(sheet._writer.out).read_text(encoding="utf-8")
    assert text.count("</sheetData>") == 1 and text.index("header") < text.index("</sheetData>")
    cell = WriteOnlyCell(sheet)
    cell.font = Font(bold=True)
    number = book._cell_styles.add(cell._style)
    assert number > 0 and book._cell_styles.add(cell._style) == number


def test_numbers_keep_every_digit():
    generator = np.random.default_rng(3)
    numbers = np.concatenate(
        [generator.normal(size=300) * 10.0 ** generator.integers(-300, 300, 300), [5e-324, 1.7e308]]
    )
    book = worksheet.Book("x")
    book.table("s", pd.DataFrame({"x": numbers, "n": np.arange(len(numbers))}))
    buffer = io.BytesIO()
    workbooks.save(book.workbook, buffer)
    read = list(openpyxl.load_workbook(buffer)["s"].iter_rows(min_row=3, values_only=True))
    assert [row[0] for row in read] == numbers.tolist()
    assert [row[1] for row in read] == list(range(len(numbers)))


def test_infinity_and_missing_values_are_never_broken_numbers(frames):
    book = worksheet.Book("x")
    frame = pd.DataFrame(
        {"x": [np.inf, -np.inf, np.nan, 2.5], "b": pd.array([True, False, None, True], dtype="boolean")}
    )
    book.table("s", frame)
    buffer = io.BytesIO()
    workbooks.save(book.workbook, buffer)
    rows = list(openpyxl.load_workbook(buffer)["s"].iter_rows(min_row=3, values_only=True))
    assert rows == [("inf", "yes"), ("-inf", "no"), (None, None), (2.5, "yes")]


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (0.0, "0"),
        (3.41492, "0.00"),
        (9.999, "0.0"),
        (0.0156, "0.0000"),
        (1234.5, "0"),
        (-52.3, "0.0"),
        (2e-9, "0.00E+00"),
        (7, "0"),
    ],
)
def test_number_formats_show_three_significant_digits(value, form):
    assert xml_cells.number_format(value) == form


def test_a_column_has_the_number_formats_of_its_numbers():
    powers = 10.0 ** np.arange(-9, 13)
    values = np.concatenate(
        [[0.0], *(sign * factor * powers for sign in (1, -1) for factor in (1, 9.994, 9.995, 9.9951))]
    )
    found = [xml_cells.FORMS[place] for place in xml_cells.number_formats(values)]
    assert found == [xml_cells.number_format(value) for value in values.tolist()]
    assert set(found) == set(xml_cells.FORMS)


@pytest.mark.parametrize(
    ("name", "frozen"),
    [("Results", "C3"), ("Summaries", "E3"), ("Curves and limits", "C3"), ("Attempts", "D3"), ("Wells", "E3")],
)
def test_what_names_a_row_stays_on_the_screen_below_two_headings(book, name, frozen):
    sheet = book[name]
    assert sheet.freeze_panes == frozen
    assert sheet.auto_filter.ref == f"A2:{sheet.dimensions.split(':')[1]}"
    assert sheet.print_title_rows == "$1:$2"
    assert all(cell.comment is not None and cell.comment.text for cell in sheet[1])
    assert all(cell.font.bold for cell in sheet[1])


def test_the_two_headings_are_for_a_reader_and_for_a_program(book):
    heads = dict(zip(*([cell.value for cell in book["Attempts"][row]] for row in (2, 1)), strict=True))
    assert (heads["cv_percent"], heads["lloq_plate"], heads["low"]) == ("CV, %", "LLOQ plate", "Interval, low")
    assert {name for name in heads if name} == set(tables.TABLES["study_attempts"].columns)


def test_a_date_is_a_date_and_what_is_none_stays_text(book):
    (row,) = rows_of(book["Amendments"])
    assert row["when"].is_date and row["when"].value == datetime(2025, 1, 1)
    other = worksheet.Book("x")
    other.table("s", pd.DataFrame({"run_date": ["2024-06-11", "June"]}))
    buffer = io.BytesIO()
    workbooks.save(other.workbook, buffer)
    cells = [row[0].value for row in openpyxl.load_workbook(buffer)["s"].iter_rows(min_row=3)]
    assert cells == [datetime(2024, 6, 11), "June"]


def test_an_amendment_names_the_results_it_touched(book):
    (row,) = rows_of(book["Amendments"])
    assert row["results_touched"].value == "A-D1 (1), B-M1 (1)"
    assert {row["sample_id"].value for row in rows_of(book["Results"]) if row["amendments"].value} == {"A-D1", "B-M1"}


def target(book, cell):
    """The first cell that a link leads to, as the row of its sheet."""
    sheet, place = cell.hyperlink.location.split("!")
    sheet = book[sheet.strip("'")]
    return dict(zip([each.value for each in sheet[2]], sheet[int(place.split(":")[0][1:])], strict=True))


def test_links_lead_from_a_result_to_its_attempt_its_wells_their_curve_and_plate(book):
    row = result_of(book, "C-M1")
    attempt = target(book, row["Attempts"])
    assert (attempt["sample_id"].value, attempt["analyte"].value) == ("C-M1", "IL-6")
    for cell in (row["Wells"], attempt["wells"]):
        well = target(book, cell)
        assert (well["well"].value, well["sample_id"].value, well["signal"].value) == ("A06", "C-M1", 106.0)
        assert (well["concentration"].value, well["cv_percent"].value) == (6.0, 4.2)
    curve = target(book, well["analyte"])
    assert (curve["plate"].value, curve["analyte"].value) == ("P1", "IL-6")
    assert target(book, row["Plate"])["plate"].value == "P1"
    assert result_of(book, "A-D1", "IL-4")["Wells"].hyperlink is None  # never measured


def test_links_are_cut_where_a_sheet_holds_no_more(monkeypatch):
    monkeypatch.setattr(worksheet, "MOST_LINKS", 3)
    book = worksheet.Book("x")
    links = [worksheet.Link("n", place, place, "'s'!A1") for place in range(5)]
    book.table("s", pd.DataFrame({"n": range(5)}), links=links)
    buffer = io.BytesIO()
    workbooks.save(book.workbook, buffer)
    found = [row[0].hyperlink is not None for row in openpyxl.load_workbook(buffer)["s"].iter_rows(min_row=3)]
    assert found == [True, True, True, False, False]


def test_the_matrix_of_a_panel_has_samples_down_and_analytes_across(book):
    sheet = book["Matrix kit"]
    assert [cell.value for cell in sheet[1]][-2:] == ["Interleukin 4, pg/mL", "IL-6, pg/mL"]
    rows = {row["sample_id"].value: row for row in rows_of(sheet)}
    assert len(rows) == 6
    assert rows["A-D1"]["IL-6"].value == 3.41492 and rows["A-D1"]["IL-4"].value == "missing"
    assert rows["A-M1"]["IL-6"].value == "<0.516" and rows["A-M1"]["IL-6"].font.italic
    assert rows["C-D1"]["IL-6"].fill.fgColor.rgb.endswith(xml_cells.FILLS["rejected"])
    assert sheet.freeze_panes == "E3"


def test_checks_that_decide_stand_apart_from_those_that_advise(book):
    assert {row["rule"].value for row in rows_of(book["Checks"])} == {"controls", "limits"}
    (advised,) = rows_of(book["Advisory checks"])
    assert (advised["rule"].value, advised["required"].value) == ("replicate_cv", "no")


def test_the_chosen_limit_rule_is_green_and_dropped_standards_are_in_words(book):
    rows = {row["analyte"].value: row for row in rows_of(book["Curves and limits"])}
    green = {
        analyte: {name for name, cell in row.items() if cell.fill.fgColor.rgb.endswith(xml_cells.FILLS["chosen"])}
        for analyte, row in rows.items()
    }
    assert green == {
        "IL-6": {"lloq_recovery_cv", "uloq_recovery_cv"},
        "IL-4": {"lloq_precision_profile", "uloq_precision_profile"},
    }
    said = "S7 dropped (recovery 131 %); S1 kept, the refit failed (not on the curve)"
    assert (rows["IL-6"]["dropped_standards"].value, rows["IL-4"]["dropped_standards"].value) == (said, None)


def test_a_failed_check_is_light_red(book):
    fills = {row["rule"].value: row["verdict"].fill.fgColor.rgb[-6:] for row in rows_of(book["Checks"])}
    assert fills["limits"] == xml_cells.FILLS["rejected"] != fills["controls"]


def test_evaluations_are_counted_by_rule_and_verdict(book):
    rows = list(book["Check counts"].iter_rows(values_only=True))
    assert rows[0][:5] == ("rule", "PASS", "WARN", "NOT_EVALUABLE", "FAIL")
    assert {row[0]: row[1:6] for row in rows[1:]} == {"controls": (3, 0, 0, 0, 3), "limits": (1, 0, 0, 1, 2)}


def test_attempts_say_which_one_is_reported_and_why(book):
    rows = rows_of(book["Attempts"])
    assert {(row["sample_id"].value[0], row["selected"].value) for row in rows} == {
        ("A", "yes"),
        ("B", "no"),
        ("C", "yes"),
    }
    assert {row["selection"].value for row in rows} == {"only attempt"}


def test_controls_over_time_and_the_comparison_of_lots_are_there(book):
    (control,) = rows_of(book["Controls"])
    assert (control["z"].value, control["run"].value) == (-2.5, 1)
    assert control["verdict"].fill.fgColor.rgb.endswith(xml_cells.FILLS["warned"])
    (lot,) = rows_of(book["Control lots"])
    assert (lot["kit_lot"].value, lot["kit_lot"].data_type) == (EVIL[3], "s")
    (bridge,) = rows_of(book["Lot bridging"])
    assert bridge["verdict"].fill.fgColor.rgb.endswith(xml_cells.FILLS["rejected"])
    assert bridge["ratio"].comment is None
    assert book["Lot bridging"]["H1"].comment is not None
    assert rows_of(book["Repeats"]) == []


@pytest.mark.parametrize(
    ("most", "plates"), [(1, ["A"]), (3, ["A"]), (4, ["A", "B"]), (5, ["A", "B"]), (6, ["A", "B", "C"])]
)
def test_wells_are_read_of_as_many_plates_as_fill_the_sheet(most, plates):
    assert raw_records.first_plates({"C": 4, "A": 3, "B": 2}, most) == plates


def test_a_study_longer_than_a_sheet_says_in_read_me_what_is_not_shown(frames, monkeypatch):
    pages = {}
    monkeypatch.setattr(worksheet, "MAX_ROWS", 6)
    monkeypatch.setattr(worksheet.Book, "page", lambda self, title, rows, *_, **__: pages.update({title: rows}))
    workbook.build(frames, META, 8)
    rows = {row[0].value: row[1] for row in pages["Read me"] if len(row) == 2 and isinstance(row[0], xml_cells.Shown)}
    assert rows["Attempts"].endswith("4 of 8 rows do not fit in a worksheet; all are in results/study/attempts.tsv")
    assert "2 of 6 rows do not fit in a worksheet" in rows["Wells"]
    assert "do not fit" not in rows["Checks"]


def test_of_wells_the_first_plates_are_enough_for_the_sheet(frames, monkeypatch):
    """Read me counts the records of all plates, whatever the frame holds of them."""
    pages = {}
    monkeypatch.setattr(worksheet, "MAX_ROWS", 4)
    monkeypatch.setattr(worksheet.Book, "page", lambda self, title, rows, *_, **__: pages.update({title: rows}))
    workbook.build(frames | {"raw_records": frames["raw_records"].iloc[:4]}, META, 6)
    (words,) = [row[1] for row in pages["Read me"] if row and getattr(row[0], "value", "") == "Wells"]
    assert "4 of 6 rows do not fit in a worksheet" in words


def test_the_ledger_sums_to_the_records_read(book):
    rows = {row[0]: row for row in book["Ledger counts"].iter_rows(values_only=True)}
    assert rows["sum"][1:3] == (6, 6)
    assert rows["raw records read"][1:3] == (6, 6)
    assert rows["difference"][1:3] == (0, 0)
    assert rows["result_quantified"][2] == 3


def test_a_lost_record_is_never_delivered(frames):
    with pytest.raises(tables.ContractError, match="read were"):
        workbook.build({**frames, "ledger": frames["ledger"].iloc[1:]}, META, 6)


def test_the_same_study_gives_the_same_bytes(frames, content):
    assert saved(frames) == content


def test_the_data_dictionary_holds_every_column_of_every_table_with_a_unit_for_every_number(book):
    rows = [tuple(cell.value for cell in row) for row in book["Data dictionary"].iter_rows(min_row=3)]
    heads = [cell.value for cell in book["Data dictionary"][2]]
    assert heads == ["table", "column", "one row is", "key", "type", "unit", "meaning"]
    contracts = columns.contracts()
    assert {"curves", "results", "associations", "figure_4"} <= set(contracts)
    assert [(row[0], row[1]) for row in rows] == [
        (name, column) for name, table in contracts.items() for column in table.columns
    ]
    assert {row[1] for row in rows if row[0] == "results" and row[3] == "yes"} == {"sample_id", "analyte"}
    assert not [row for row in rows if row[4] in ("float64", "Int64") and not row[5]]
    assert not [row for row in rows if not row[2] or not row[6]]


def test_the_codes_explained_are_the_codes_in_use():
    from immunoassay.calibration import quantify

    assert tuple(glossary.STATUSES) == tables.STATUSES
    assert tuple(glossary.VERDICTS) == tables.VERDICTS
    assert tuple(glossary.LEVELS) == LEVELS
    assert set(DISPOSITIONS) - {"usable"} <= set(glossary.DISPOSITIONS)
    named = quantify.__doc__.split("Reason codes:")[1].split(".")[0]
    assert {word.strip() for word in named.split(",")} <= set(glossary.REASONS)


def test_a_statistics_table_reads_back_with_text_as_text(tmp_path, frames):
    frame = frames["accounting"].assign(visit="001")
    tables.write_tsv(frame, tmp_path / "accounting.tsv")
    back = columns.read_statistics("accounting", tmp_path / "accounting.tsv")
    assert set(back["visit"]) == {"001"}
    assert back["n_expected"].tolist() == frame["n_expected"].tolist()


def test_an_empty_study_still_makes_a_workbook():
    none = {name: tables.empty(name) for name in ("results", "observations", "curves", "dropped_standards", "checks")}
    none |= {"attempts": tables.empty("study_attempts"), "outside_analysis": tables.empty("outside_analysis")}
    none |= {
        name: tables.empty(name)
        for name in ("controls", "control_lots", "lloq_proposals", "bridging", "repeats", "shared_samples")
    }
    none |= {"verdicts": {}, "ledger": tables.empty("ledger_counts"), "records": {"wells": {}, "delivered": {}}}
    none |= {name: tables.empty(table) for name, table in STATISTICS.items()}
    none |= {"raw_records": pd.DataFrame(columns=list(raw_records.COLUMNS))}
    none |= {name: to_frame([]) for name in workbook.PROBLEMS}
    none |= {name: tables.empty(name) for name in ("amendments", "approvals", "completeness")}
    judged = pd.DataFrame(columns=["plate", "analyte", "verdict", "verdict_reason"])
    none |= {"plates": corrections.plates([], judged, tables.empty("checks"))}
    meta = {**META, "samples": [], "panels": [], "analytes": [], "visits": []}
    sheets = openpyxl.load_workbook(io.BytesIO(saved(none, meta)))
    assert sheets["Results"].max_row == 2
    assert sheets["Results"]["A1"].value == "Sample"
