"""Means over people who change: where they do is drawn and said, and the matched set draws the same people throughout."""

import numpy as np
import pandas as pd
import pytest
from immunoassay.figures import figure_2, figure_4, figure_5, figure_6, figure_courses, series
from immunoassay.statistics.pairs import with_all, with_both
from immunoassay.words import figure_notes, series_notes
from matplotlib.collections import LineCollection
from tests.statistic_frames import visit_summaries

from .judged_pages import faults
from .test_figures_all import _group_courses
from .test_figures_left_out import PAIR, SETTINGS, said

LEFT = ["P05", "P06"]  # began retreatment on days 430 and 420


@pytest.fixture(scope="module")
def followed(study):
    """The study with a visit at day 450 at which nobody is who began retreatment, and with P03 away at M6."""
    visits = pd.concat([study.visits, study.visits.tail(1).assign(visit="M15", label="M15", order=7, day=450)])
    last = study.observations[(study.observations["visit"] == "M12") & ~study.observations["participant"].isin(LEFT)]
    last = last[last["course"] == "first"].assign(visit="M15", visit_order=7, day=450.0)
    observations = pd.concat([study.observations, last], ignore_index=True)
    return observations, visits, study.courses, study.events


def scores(study, followed, **options):
    observations, *sheets = followed
    own = with_all(observations[observations["course"] == "first"]) if options.get("matched") else observations
    summaries = visit_summaries(own, SETTINGS)
    return figure_2.table(summaries, observations, *sheets, study.scales, ["MGC", "QMG"], **options)


def segments(figure, title):
    """(solid, dashed) pieces of the line of a panel, as pairs of places of visits."""
    axes = next(axes for axes in figure.axes if axes.get_title() == title)
    lines = [each for each in axes.collections if isinstance(each, LineCollection) and each.get_zorder() == 5]
    found = {False: [], True: []}
    for each in lines:
        dashed = each.get_linestyle()[0][1] is not None
        found[dashed] += [(round(a[0]), round(b[0])) for a, b in each.get_segments()]
    return sorted(found[False]), sorted(found[True])


def test_the_line_is_dashed_up_to_a_visit_with_other_people_and_the_footer_says_who_left(study, followed):
    table = scores(study, followed)
    changed = table[(table["layer"] == "summary") & (table["variable"] == "MGC")].set_index("visit")["changed"]
    assert changed.dropna().to_dict() == {"M2": False, "M3": False, "M6": False, "M9": False, "M12": False, "M15": True}
    figure = figure_2.draw(table)
    assert segments(figure, "MGC") == ([(1, 2), (2, 3), (3, 4), (4, 5), (5, 6)], [(6, 7)])
    words = "Thin dashes: up to a visit with other participants than before (M15 \N{EN DASH} P05, P06: retreated)."
    assert words in said(figure) and faults(figure) == []


def test_the_course_of_a_group_is_dashed_where_its_own_participants_change(study):
    table = _group_courses(study)
    who = table[(table["variable"] == "TNF") & (table["level"] == "placebo")].set_index("visit")["changed"]
    assert who.dropna().to_dict() == {"M3": False, "M6": True, "M9": True, "M12": False}  # P03 has nothing at M6
    others = table[(table["variable"] == "TNF") & (table["level"] != "placebo")]
    assert not others["changed"].fillna(False).any()
    figure = figure_courses.draw(table)
    solid, dashed = segments(figure, "TNF")
    assert dashed == [(3, 4), (4, 5)] and len(solid) == 3 * 5 - 2
    assert "thin dashes: up to a visit with other participants of the group" in said(figure)


def test_where_participants_are_not_shown_they_are_counted(study, followed):
    table = scores(study, followed, individuals=False)
    assert "M15 \N{EN DASH} 2 retreated" in said(figure_2.draw(table))
    text = " ".join(table["words"].dropna())
    assert not any(person in text for person in study.members)


def test_a_mean_that_turns_only_because_people_left_does_not_turn_in_the_matched_set(study, followed):
    """Two relapse at M12 and leave: the mean of all falls from M12 to M15 although nobody who stayed changed."""
    own = {matched: scores(study, followed, matched=matched) for matched in (False, True)}
    line = {
        matched: table[(table["layer"] == "summary") & (table["variable"] == "MGC")].set_index("visit")
        for matched, table in own.items()
    }
    assert line[False].loc["M15", "y"] < line[False].loc["M12", "y"] - 1
    assert line[True].loc["M15", "y"] == pytest.approx(line[True].loc["M12", "y"])
    assert set(line[True]["n"]) == {5} and not line[True]["changed"].fillna(False).any()
    people = own[True].loc[own[True]["layer"] == "participant", "participant"]
    assert not set(people) & set(LEFT) and people.nunique() == 5
    figure = figure_2.draw(own[True])
    note = said(figure)
    assert "Only participants with a result at every visit of a panel; not drawn: P05, P06: retreated." in note
    assert "Thin dashes" not in note and segments(figure, "MGC")[1] == []


def test_who_has_no_sample_is_named_with_the_panels_it_is_true_of(study):
    """P03 has no sample at M6: the lines before and after it are dashed, of BAFF as well as of the others."""
    frames = study.summaries, study.observations, study.visits, study.courses, study.events, study.analytes
    figure = figure_6.draw(figure_6.table(*frames, ["bcma_axis"]))
    assert segments(figure, "BAFF")[1] == [(3, 4), (4, 5)]
    assert "(M6 \N{EN DASH} P03: no result)" in said(figure)
    seen = study.observations[(study.observations["variable"] != "BAFF") | (study.observations["participant"] != "P03")]
    other = visit_summaries(seen, SETTINGS)
    figure = figure_6.draw(figure_6.table(other, seen, *frames[2:], ["bcma_axis"]))
    assert segments(figure, "BAFF")[1] == [] and "(M6, sBCMA, APRIL \N{EN DASH} P03: no result)" in said(figure)


def test_many_who_left_are_counted():
    codes = {f"P{i:02d}": "retreated" for i in range(12)} | {"X": "withdrawn"}
    assert series_notes.absent(codes, True) == "X: withdrawn; 12 retreated"
    assert series_notes.absent(codes, False) == "1 withdrawn; 12 retreated"


# Footers


def test_a_footer_speaks_of_an_interval_only_where_one_is_drawn(study):
    few = study.observations[study.observations["participant"].isin(["P01", "P02", "P04"])]
    frames = visit_summaries(few, SETTINGS), few, study.visits, study.courses, study.events
    notes = {
        2: said(figure_2.draw(figure_2.table(*frames, study.scales, study.scores))),
        5: said(figure_5.draw(figure_5.table(*frames, study.analytes, [], ["vaccine"], ["immunoglobulin"]))),
        6: said(figure_6.draw(figure_6.table(*frames, study.analytes, ["bcma_axis"]))),
    }
    for name, note in notes.items():
        assert "onfidence interval" not in note, name
    many = figure_6.table(study.summaries, study.observations, *frames[2:], study.analytes, ["bcma_axis"])
    assert "bars: 95 % confidence interval (t on the log scale" in said(figure_6.draw(many))


def test_methods_that_differ_are_named_with_their_panels_and_visits():
    rows = pd.DataFrame({
        "label": ["A", "A", "B", "B", "C", "C"], "x": [1, 2] * 3, "visit_label": ["D1", "M3"] * 3,
        "code": ["mean", "mean", "geometric_mean", "mean", "geometric_mean", "geometric_mean"],
    })  # fmt: skip
    names = {"mean": "mean", "geometric_mean": "geometric mean"}
    # as many cells each: the first named is the one that comes first
    assert series_notes.methods(rows, "code", names) == "mean; geometric mean: B (D1), C"
    assert series_notes.methods(rows[rows["label"] == "A"], "code", names) == "mean"


def test_open_symbols_dotted_lines_and_bands_are_explained_where_they_are_drawn(study):
    frames = study.summaries, study.observations, study.visits, study.courses, study.events, study.analytes
    table = figure_6.table(*frames, ["cytokine"])
    note = figure_notes.axis(table)
    assert (
        "drawn open at the LLOQ" in note
        and "Dotted: LLOQ." in note
        and "Open triangle: the centre is below it." in note
    )
    summary = table["layer"] == "summary"
    band = table.assign(lloq_max=table["lloq_max"].where(~summary, table["lloq_max"] * 1.2))
    assert "Dotted: the highest LLOQ; grey band: from the lowest to the highest." in figure_notes.axis(band)
    alone = figure_6.table(*frames, ["cytokine"], individuals=False)
    alone = alone[alone["y_status"] != "below_lloq"]
    assert "results (" in figure_notes.axis(alone) and "drawn open" not in figure_notes.axis(alone)
    assert "LLOQ" not in figure_notes.axis(
        figure_6.table(*frames, ["bcma_axis"])[lambda rows: rows["variable"] == "sBCMA"]
    )


def test_axes_are_logarithmic_where_the_centres_are_geometric_unless_the_study_wants_linear_ones(study):
    frames = study.summaries, study.observations, study.visits, study.courses, study.events, study.analytes
    scale = {log: figure_6.table(*frames, ["bcma_axis"], log=log) for log in (True, False)}
    assert {each.get_yscale() for each in figure_6.draw(scale[True]).axes if each.axison} == {"log"}
    assert {each.get_yscale() for each in figure_6.draw(scale[False]).axes if each.axison} == {"linear"}
    mean = study.summaries.assign(centre_method_code="mean")
    assert set(figure_6.table(mean, *frames[1:], ["bcma_axis"])["scale"]) == {"linear"}
    wide = study.observations.copy()
    hit = (wide["variable"] == "BAFF") & (wide["participant"] == "P01") & (wide["status"] == "quantified")
    wide.loc[hit, ["value", "lower", "upper"]] *= series.WIDE
    table = figure_6.table(visit_summaries(wide, SETTINGS), wide, *frames[2:], ["bcma_axis"], log=False)
    assert table.groupby("variable")["scale"].first().to_dict() == {"APRIL": "linear", "BAFF": "log", "sBCMA": "linear"}


# Figure 4


def of_pairs(study, observations, **options):
    cytokines = observations[observations["group"] == "cytokine"]
    paired = visit_summaries(with_both(cytokines, "first", PAIR), SETTINGS, alike=True)
    return figure_4.table(
        paired, observations, study.visits, study.courses, study.analytes, ["cytokine"], PAIR, **options
    )


def test_boxes_side_by_side_have_quartiles_of_one_definition(study):
    """IP-10 is never below its LLOQ: its quartiles are order statistics all the same, as those of IL-6 are."""
    table = of_pairs(study, study.observations)
    boxes = table[table["layer"] == "box"]
    assert set(boxes["quantile_method_code"]) == {"kaplan_meier"}
    points = table[(table["layer"] == "point") & (table["variable"] == "IP-10") & (table["visit"] == "D1")]
    ordered = np.sort(points["y"].to_numpy(float))
    box = boxes[(boxes["variable"] == "IP-10") & (boxes["visit"] == "D1")].iloc[0]
    assert box[["q1", "median", "q3"]].tolist() == [ordered[1], ordered[3], ordered[5]]
    assert "box: quartiles (reverse Kaplan\N{EN DASH}Meier); bars" in said(figure_4.draw(table))
    whole = study.observations[study.observations["variable"] == "IP-10"]  # nothing censored: as everywhere
    assert set(of_pairs(study, whole).loc[lambda rows: rows["layer"] == "box", "quantile_method_code"]) == {"linear"}


def test_words_of_a_box_say_what_the_box_shows(study):
    table = of_pairs(study, study.observations)
    words = table[(table["layer"] == "box") & (table["visit"] == "D1")].set_index("variable")["words"]
    assert words["TNF"].startswith("Median ") and "pg/mL; n = 7." in words["TNF"] and "mean" not in " ".join(words)
    assert words["IL-4"] == (
        "Median < LLOQ 0.200, quartiles < LLOQ 0.200 to < LLOQ 0.200, range < LLOQ 0.200 to < LLOQ 0.200 pg/mL; n = 7."
    )


def test_fewer_than_five_values_have_no_box(study):
    few = study.observations[study.observations["participant"].isin(["P01", "P02", "P03", "P04"])]
    figure = figure_4.draw(of_pairs(study, few))
    assert not [patch for axes in figure.axes for patch in axes.patches] and faults(figure) == []
    assert "No box of fewer than 5 results." in said(figure) and "quartiles" not in said(figure)
    hidden = figure_4.draw(of_pairs(study, few, individuals=False))  # no points: the median and the range
    assert "No box of fewer than 5 results: line: median; bars: minimum and maximum." in said(hidden)
    assert [line for axes in hidden.axes for line in axes.lines if line.get_linewidth() == 1.8]
