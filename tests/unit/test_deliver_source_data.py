"""Source data: a sheet for each panel of each figure, the numbers as drawn, a first sheet that leads to them."""

import io

import openpyxl
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.deliver import source_data
from immunoassay.files import workbooks

STUDY = {"title": "Two people", "simulated": True}


def figure(name, rows):
    table = source_data.contract(name)
    return tables.checked(pd.DataFrame(rows).reindex(columns=list(table.columns)), table)


def level(label, layer, person, y, n=None):
    return {"variable": label, "label": label, "layer": layer, "participant": person, "visit": "D1", "y": y, "n": n}


FIGURES = {
    "figure_1a": figure("figure_1a", [{"course": "first", "label": "Baseline", "day": 1.0, "n": 7}]),
    "figure_6": figure(
        "figure_6",
        [
            level("IL-6/IL-8 [a]", "summary", None, 3.25, 7),
            level("IL-6/IL-8 [a]", "participant", "P01", 2.5),
            level("IL-6:IL-8 (a)", "summary", None, 9.0, 5),
            {**level("IL-6:IL-8 (a)", "summary", None, 8.0, 6), "visit": "M1"},
            {**level("X", "left_out", None, None), "words": "=not drawn"},
        ],
    ),
    "figure_5c": figure("figure_5c", [{**level("IgE", "participant", "P02", 1.0), "unit": "ug/mL"}]),
    "controls_kit": figure(
        "controls_kit", [{"analyte": "IL-6", "control": "QC1", "plate": "P1", "recovery_percent": 99.0}]
    ),
    "controls_other": figure("controls_other", []),
}


def saved():
    buffer = io.BytesIO()
    workbooks.save(source_data.build(FIGURES, STUDY), buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def book():
    return openpyxl.load_workbook(io.BytesIO(saved()))


def rows_of(sheet):
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_every_panel_is_a_sheet_and_the_first_sheet_lists_them_with_their_n(book):
    listed = [(row["figure"], row["panel"], row["n"], row["rows"]) for row in rows_of(book["Figures"])]
    assert listed == [
        ("Figure 1A", None, None, 1),  # its n is of events
        ("Figure 6", "IL-6/IL-8 [a]", 7, 2),
        ("Figure 6", "IL-6:IL-8 (a)", "5\N{EN DASH}6", 2),
        ("Figure 6", "not drawn", None, 1),
        ("Figure 5C", "\N{MICRO SIGN}g/mL", 1, 1),
        ("Controls kit", None, None, 1),
    ]
    titles = [row["sheet"] for row in rows_of(book["Figures"])]
    assert book.sheetnames == ["Figures", *titles] and len({title.casefold() for title in titles}) == len(titles)
    links = [row[2].hyperlink.location for row in book["Figures"].iter_rows(min_row=3)]
    assert links == [f"'{title}'!A1" for title in titles]


def test_a_sheet_holds_the_rows_of_its_panel_and_no_empty_column(book):
    first = rows_of(book.worksheets[2])
    assert [(row["layer"], row["participant"], row["y"]) for row in first] == [
        ("summary", None, 3.25),
        ("participant", "P01", 2.5),
    ]
    assert "low" not in first[0]
    assert rows_of(book["Figure 6 not drawn"])[0]["words"] == "=not drawn"
    assert book["Figure 6 not drawn"]["A1"].comment.text


def test_long_and_like_names_make_sheets_of_different_names():
    panels = [("figure_6", name, None) for name in ("a" * 40, "a" * 41, "A" * 42, "b")]
    found = source_data._titles(panels)
    assert len({title.casefold() for title in found}) == 4 and max(map(len, found)) == 31


def test_every_figure_has_its_table_by_the_name_of_its_files():
    names = {"figure_5a": "figure_5", "figure_1b": "figure_1b", "curves_kit": "figure_curves", "groups_arm": "figure_groups",
             "associations": "figure_associations", "controls_a_b": "figure_controls"}  # fmt: skip
    assert {name: source_data.contract(name).name for name in names} == names


def test_the_same_figures_give_the_same_bytes():
    assert saved() == saved()
