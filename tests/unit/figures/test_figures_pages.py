"""Figures of many panels: pages no higher than a printed page, which panels are on which, and how many the sheets plan."""

import numpy as np
import pandas as pd
import pytest
from immunoassay.figures import figure_6, figure_ratios, lettering, pages, paging, style
from immunoassay.figures.paging import Panels, on_page
from immunoassay.words import drawing_words, figure_legends
from matplotlib.text import Text

from .judged_pages import faults
from .test_figures_left_out import said

VISITS = [
    "Baseline",
    "Month 1",
    "Month 2",
    "Month 3",
    "Month 6",
    "Month 9",
    "Month 12",
    "Month 15",
    "Month 18",
    "Month 24",
]


def levels(analytes, visits, people):
    """The table of Figure 6 of that many, a value of every participant at every visit."""
    rows = []
    for name in [f"IL-{i + 1}" for i in range(analytes)]:
        own = {"part": "", "variable": name, "label": name, "group": "cytokine", "unit": "pg/mL", "quantity": "value"}
        own |= {"scale": "log", "y_status": "value", "n_below": 0, "n_above": 0, "n": people}
        for x, visit in enumerate(VISITS[:visits], 1):
            at = {"visit": visit, "visit_label": visit, "x": x, "centre_method_code": "geometric_mean"}
            rows.append({**own, **at, "layer": "summary", "y": 10.0 + x, "low": 8.0, "high": 30.0, "changed": False})
            one = {**own, **at, "layer": "participant", "n": None}
            rows += [
                {**one, "participant": f"P{i:03d}", "y": 5.0 + i + x, "y_status": "quantified"} for i in range(people)
            ]
    return pd.DataFrame(rows).reindex(columns=list(figure_6.TABLE.columns))


def test_panels_keep_their_order_are_shared_evenly_and_rows_of_none_are_on_every_page():
    rows = pd.DataFrame({"name": [*"dbac", "b", None], "x": range(6)})
    found = [on_page(rows, Panels("name", 3), page) for page in (1, 2, 3)]
    assert [part["x"].tolist() for part, _ in found] == [[0, 1, 4, 5], [2, 3, 5], [5]]
    assert {count for _, count in found} == {2}
    assert [paging.number(count) for count in (0, 1, 12, 13, 60)] == [1, 1, 1, 2, 5]


def test_of_thirteen_analytes_at_ten_visits_each_is_on_one_page_that_can_be_printed():
    table = levels(13, 10, 2)
    figures = [figure_6.draw(table, page=page, simulated=True) for page in (1, 2)]
    titles = [[axes.get_title() for axes in figure.axes if axes.get_title()] for figure in figures]
    assert titles == [[f"IL-{i + 1}" for i in range(7)], [f"IL-{i + 1}" for i in range(7, 13)]]
    assert max(figure.get_figheight() for figure in figures) * style.MM <= pages.TALLEST + 0.01
    assert [faults(figure) for figure in figures] == [[], []]
    letters = [text.get_text() for axes in figures[0].axes for text in axes.texts if text.get_fontsize() > style.BASE]
    assert letters == list("ABCDEFG")
    assert all(f"Page {page} of 2." in said(figure) for page, figure in enumerate(figures, 1))
    assert {round(text.get_fontsize()) for text in figures[0].findobj(Text) if text.get_text()} >= {style.TINY}


def test_a_planned_page_of_which_nothing_has_a_row_says_so_and_one_page_has_no_number():
    figure = figure_6.draw(levels(1, 1, 1), page=2)
    assert not figure.axes[0].lines and "Nothing is left for page 2: all there is to draw is on page 1." in said(figure)
    assert "Page" not in said(figure_6.draw(levels(1, 1, 1)))


def test_labels_are_turned_before_a_page_has_more_than_four_rows():
    upright, turned = (lettering.shape(VISITS, panels) for panels in (2, 12))
    assert upright[0] == 1 and not upright[2].turned and turned[0] == 3 and turned[2].turned
    assert lettering.shape(["D1", "M3"], 12)[2] == lettering.Ticks()


def test_lines_of_a_forest_are_numbered_on_their_page_and_a_level_alone_is_named():
    row = {
        "factor": "arm",
        "reference": "placebo",
        "quantity": "value",
        "visit": "M3",
        "measure": "ratio",
        "unit": "pg/mL",
    }
    row |= {
        "estimate": 1.2,
        "low": 0.8,
        "high": 1.8,
        "low_open": False,
        "high_open": False,
        "n_level": 9,
        "n_reference": 9,
    }
    rows = [
        {**row, "variable": f"V{i}", "label": f"V{i}", "group": "g", "block": 0, "line": i, "level": "active"}
        for i in range(40)
    ]
    table = pd.DataFrame(rows).reindex(columns=list(figure_ratios.TABLE.columns))
    first, second = (figure_ratios.draw(table, page=page) for page in (1, 2))
    names = [text.get_text() for text in second.axes[0].texts]
    assert "V20" in names and "V39" in names and "V19" not in names
    assert first.get_figheight() < pages.TALLEST / style.MM
    assert "active beside placebo" in said(second)
    assert np.ptp([text.get_position()[1] for text in second.axes[0].texts if text.get_text() in ("V20", "V23")]) < 14


@pytest.mark.parametrize(("name", "called"), [("figure_6.page2", "Figure 6, page 2"), ("curves_kit.page12", None)])
def test_a_page_is_called_by_its_figure_and_number(name, called):
    called = called or "standard curves of kit, page 12"
    assert drawing_words.name_of(name) == called
    assert figure_legends.titled(name, "Note.").startswith(f"**{called[0].upper()}{called[1:]}.")
