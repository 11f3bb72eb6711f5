"""The workbook for Prism: grouped tables of numbers only, one for each policy on values beyond a limit."""

import io

import numpy as np
import openpyxl
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.deliver import prism
from immunoassay.files import workbooks

META = {
    "study": {"title": "Two people", "simulated": True},
    "analytes": [
        {"analyte": "IL-6", "label": "Interleukin 6", "group": "cytokine", "order": 1},
        {"analyte": "NPX1", "label": "NPX1", "group": "cytokine", "order": 2},
    ],
    "visits": [{"visit": "D1", "label": "Baseline", "order": 1}, {"visit": "M1", "label": "Month 1", "order": 2}],
}
BOUNDS = {"below_lloq": (0.0, 0.5), "above_uloq": (900.0, np.inf), "not_reportable": (0.0, np.inf)}


def observed(person, visit, status, value=np.nan, **changed):
    lower, upper = BOUNDS.get(status, (value, value))
    return {"participant": person, "course": "first", "course_order": 1, "visit": visit, "visit_order": 1 + (visit == "M1"),
            "variable": "IL-6", "kind": "biomarker", "unit": "pg/mL", "status": status, "value": value, "lower": lower,
            "upper": upper, "lloq": 0.5, **changed}  # fmt: skip


ROWS = [
    observed("A", "D1", "quantified", 3.41492),
    observed("A", "M1", "below_lloq"),
    observed("B", "D1", "above_uloq"),
    observed("B", "M1", "not_reportable"),
    observed("A", "D1", "quantified", 2.5, course="second", course_order=2),
    observed("A", "D1", "quantified", 19.0, variable="MGC", kind="score", unit="points", lloq=np.nan),
    observed("B", "D1", "quantified", 7.5, variable="MGC", kind="score", unit="points", lloq=np.nan),
    observed("A", "D1", "below_lod", variable="NPX1", unit="NPX", lower=-np.inf, upper=1.25, lloq=np.nan),
]


@pytest.fixture(scope="module")
def book():
    frame = pd.DataFrame(ROWS).reindex(columns=list(tables.TABLES["observations"].columns))
    buffer = io.BytesIO()
    workbooks.save(prism.build(frame, META), buffer)
    return openpyxl.load_workbook(buffer)


def blocks(sheet):
    """{title: rows below it} of every table of a sheet."""
    found = {}
    for row in sheet.iter_rows(values_only=True):
        if row[0] and not any(row[1:]) and row[0] not in ("Baseline", "Month 1"):
            own = found[row[0]] = []
        elif any(cell is not None for cell in row):
            own.append(row)
    return found


def test_a_sheet_has_a_table_for_each_policy_named_in_its_title(book):
    assert book.sheetnames == ["Read me", "IL-6", "NPX1", "MGC"]  # the order of the analytes sheet, scores last
    found = blocks(book["IL-6"])
    head = "Interleukin 6, pg/mL; LLOQ 0.500; "
    assert list(found) == [
        head + "values beyond a limit left blank",
        head + "values below the LLOQ = LLOQ, above the ULOQ = ULOQ",
        head + "values below the LLOQ = LLOQ/2, above the ULOQ = ULOQ",
    ]
    for table, stands in zip(found.values(), ((None, None), (0.5, 900), (0.25, 900)), strict=True):
        assert table[:2] == [(None, "first", None, "second"), (None, "A", "B", "A")]
        assert table[2] == ("Baseline", 3.41492, stands[1], 2.5)
        assert table[3:] == [("Month 1", stands[0], None, None)]


def test_the_cells_are_numbers_and_whole_scores_show_no_decimals(book):
    (table,) = blocks(book["MGC"]).values()
    assert table[2] == ("Baseline", 19, 7.5)
    assert book["MGC"]["B4"].number_format == "0"
    cells = [cell for sheet in book.worksheets[1:] for row in sheet.iter_rows(min_row=4, min_col=2) for cell in row]
    assert not [cell.value for cell in cells if isinstance(cell.value, str) and cell.value[0] in "<>"]


def test_half_a_limit_in_log2_units_is_one_unit_less(book):
    found = list(blocks(book["NPX1"]).items())
    assert [rows[-1] for _, rows in found[1:]] == [("Baseline", 1.25), ("Baseline", 0.25)]
    assert "LLOQ \N{MINUS SIGN} 1 (half of it)" in found[2][0]


def test_nothing_censored_needs_no_policy(book):
    assert list(blocks(book["MGC"])) == ["MGC, points"]


def test_the_first_sheet_breaks_its_sentences_into_lines(book):
    sheet = book["Read me"]
    longest = max(sheet["A"], key=lambda cell: len(str(cell.value)))
    lines = len(longest.value) / sheet.column_dimensions["A"].width
    assert lines > 1 and longest.alignment.wrap_text
    assert sheet.row_dimensions[longest.row].height >= 13 * lines


def test_simulated_data_say_so(book):
    assert any("SIMULATED" in str(row[0]) for row in book["Read me"].iter_rows(values_only=True))
