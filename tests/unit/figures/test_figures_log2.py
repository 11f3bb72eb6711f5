"""Figures of results in log2 units: a linear axis that says so, the limit of detection as limits are, differences."""

import numpy as np
import pandas as pd
import pytest
from immunoassay.figures import figure_4, figure_5, figure_6
from immunoassay.statistics import settings as choices
from immunoassay.statistics.pairs import with_both
from immunoassay.words import figure_notes
from tests import log2_study
from tests.statistic_frames import visit_summaries

SETTINGS = choices.complete({"primary_visit": "M3"})


@pytest.fixture(scope="module")
def frames():
    """Observations of N1 to N6 in NPX and of A1 to A6, the same in pg/mL, as the figures read them."""
    both = log2_study.both()
    amounts = both["AU"][both["AU"]["kind"] == "biomarker"]
    amounts = amounts.assign(variable=amounts["variable"].str.replace("N", "A"), unit="pg/mL")
    observations = pd.concat([both["NPX"], amounts], ignore_index=True)
    names = [*log2_study.LABELS, *(name.replace("N", "A") for name in log2_study.LABELS)]
    analytes = pd.DataFrame({"analyte": names, "label": names, "group": "cytokine", "order": range(len(names))})
    analytes["unit"] = np.where(analytes["analyte"].str.startswith("N"), "NPX", "pg/mL")
    people = sorted(observations["participant"].unique())
    courses = pd.DataFrame({"participant": people, "course": "first", "order": 1, "day1_date": "2024-01-01"})
    return {
        "observations": observations,
        "visits": pd.DataFrame(log2_study.MANY),
        "courses": courses,
        "events": pd.DataFrame(),
        "analytes": analytes,
    }


@pytest.fixture(scope="module")
def summaries(frames):
    return visit_summaries(frames["observations"], SETTINGS)


def without(frames):
    """The frames of a figure that asks for no events."""
    return {name: frame for name, frame in frames.items() if name != "events"}


def panels(figure):
    return {axes.get_title(): axes for axes in figure.axes if axes.get_title()}


def said(figure):
    words = [text.get_text() for axes in figure.axes for text in axes.texts] + [
        text.get_text() for text in figure.texts
    ]
    return " ".join(" ".join(words).split())


def test_two_visits_side_by_side(frames):
    pair = ["D1", "M3"]
    summaries = visit_summaries(with_both(frames["observations"], "first", pair), SETTINGS)
    table = figure_4.table(summaries, **without(frames), groups=["cytokine"], pair=pair)
    drawn = panels(figure_4.draw(table))
    for name, axes in drawn.items():
        log2 = name.startswith("N")
        assert axes.get_yscale() == ("linear" if log2 else "log")
        assert axes.get_ylabel() == ("NPX (log2)" if log2 else "Concentration, pg/mL")
    # the same box: heights of the axis are logarithms of the other's
    for one, other in (("N1", "A1"), ("N4", "A4"), ("N6", "A6")):
        assert np.allclose(drawn[one].get_ylim(), np.log2(drawn[other].get_ylim()), atol=1e-6)
    line = [each.get_text() for each in drawn["N4"].texts]
    assert "LOD" in line and "< LOD" in " ".join(line) and not [text for text in line if "LLOQ" in text]


def test_over_the_visits(frames, summaries):
    table = figure_6.table(summaries, **frames, groups=["cytokine"])
    drawn = panels(figure_6.draw(table))
    assert {axes.get_ylabel() for name, axes in drawn.items() if name.startswith("N")} == {"NPX (log2)"}
    assert {axes.get_yscale() for name, axes in drawn.items() if name.startswith("N")} == {"linear"}
    rows = table[(table["variable"] == "N4") & (table["layer"] == "summary")]
    assert (rows["lloq_max"] == -1.5).all()  # drawn as the dotted line
    assert [line for line in drawn["N4"].lines if line.get_linestyle() == ":" and set(line.get_ydata()) == {-1.5}]


def test_changes_are_differences(frames, summaries):
    table = figure_5.table(summaries, **frames, groups_a=["cytokine"], groups_b=[], groups_c=["cytokine"])
    part = table[(table["part"] == "A") & (table["layer"] == "participant")]
    for log2, quantity in (("N1", "change"), ("A1", "relative_change_percent")):
        assert set(part.loc[part["variable"] == log2, "quantity"]) == {quantity}
    npx, amounts = (part[part["variable"] == name]["y"].to_numpy(float) for name in ("N1", "A1"))
    assert np.allclose(100 * (2**npx - 1), amounts)
    drawn = figure_5.draw(table)
    labels = {name: axes.get_ylabel().replace("\n", " ") for name, axes in panels(drawn).items()}
    assert labels["N1"] == "Change from baseline, NPX (log2)" and labels["A1"] == "Change from baseline, %"
    # part C has a panel for every unit: a logarithm stands beside no concentration
    of_classes = figure_5.draw(table[table["part"] == "C"])
    classes = [axes for axes in of_classes.axes if axes.get_title() == "Cytokines"]
    assert {(axes.get_ylabel(), axes.get_yscale()) for axes in classes} == {
        ("NPX (log2)", "linear"),
        ("Concentration, pg/mL", "log"),
    }


def test_values_that_are_kept_are_drawn_where_they_were_delivered(frames):
    npx = frames["observations"][frames["observations"]["unit"] == "NPX"]
    kept = log2_study.both("kept")["NPX"]
    assert len(kept[kept["kind"] == "biomarker"]) == len(npx)
    frames = {**frames, "observations": kept}
    summaries = visit_summaries(kept, SETTINGS)
    table = figure_6.table(summaries, **frames, groups=["cytokine"])
    people = table[(table["variable"] == "N6") & (table["layer"] == "participant")]
    assert (people.loc[people["y_status"] == "below_lod", "y"] < 1).all()
    figure = figure_6.draw(table)
    assert not [text for axes in figure.axes for text in axes.texts if text.get_text() == "LOD"]
    rows = table[table["layer"] == "summary"]
    assert "Below the LOD" in figure_notes.axis(table) and "drawn open as they were delivered" in figure_notes.axis(
        table
    )
    assert rows["y"].notna().all()
    figure_4.draw(
        figure_4.table(
            visit_summaries(with_both(kept, "first", ["D1", "M3"]), SETTINGS),
            **without(frames),
            groups=["cytokine"],
            pair=["D1", "M3"],
        )
    )
    part = figure_5.table(summaries, **frames, groups_a=["cytokine"], groups_b=[], groups_c=["cytokine"])
    assert set(part.loc[(part["part"] == "A") & (part["layer"] == "participant"), "y_status"]) == {"quantified"}
    figure_5.draw(part)
