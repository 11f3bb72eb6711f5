"""What each figure selects and how it draws what is not a plain number."""

import numpy as np
import pandas as pd
import pytest
from immunoassay.calibration import models
from immunoassay.figures import (
    figure_1a,
    figure_1b,
    figure_2,
    figure_3,
    figure_4,
    figure_5,
    figure_6,
    figure_associations,
    figure_curves,
    figure_profile,
)
from immunoassay.statistics.pairs import with_both
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.text import Text
from tests.statistic_frames import visit_summaries

from .conftest import curve_table

PAIR = ["D1", "M3"]


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text().strip()]


def axes_of(figure, title):
    return next(axes for axes in figure.axes if axes.get_title() == title)


def of_scores(study, **options):
    return figure_2.table(
        study.summaries,
        study.observations,
        study.visits,
        study.courses,
        study.events,
        study.scales,
        study.scores,
        **options,
    )


def of_cytokines(study, observations, **options):
    cytokines = observations[observations["group"] == "cytokine"]
    paired = visit_summaries(with_both(cytokines, "first", PAIR), {"primary_course": "first"})
    frames = observations, study.visits, study.courses, study.analytes
    return figure_4.table(paired, *frames, ["cytokine"], PAIR, **options)


def of_antibodies(study, **options):
    frames = study.summaries, study.observations, study.visits, study.courses, study.events, study.analytes
    return figure_5.table(*frames, ["autoantibody"], ["vaccine"], ["immunoglobulin"], **options)


# Figure 2


def test_scores_hold_the_means_of_the_statistics_and_the_mcid_where_settled(study):
    table = of_scores(study)
    means = table[table["layer"] == "summary"].set_index(["variable", "visit"])
    given = study.summaries[(study.summaries["quantity"] == "change") & (study.summaries["course"] == "first")]
    given = given.set_index(["variable", "visit"])["centre"]
    assert len(means) == 24
    assert all(means.loc[key, "y"] == given[key] for key in means.index)
    mcid = table[table["layer"] == "mcid"].set_index("variable")["y"].to_dict()
    assert mcid == {"MGC": -3.0, "MG-ADL": -2.0, "QMG": -3.0}  # none is settled for MG-QoL15r


def test_a_scale_where_lower_is_worse_has_its_mcid_above_zero(study):
    study_scales = {"MGC": {"mcid": 3.0, "worse": "lower"}}
    frames = study.summaries, study.observations, study.visits, study.courses, study.events
    table = figure_2.table(*frames, study_scales, ["MGC"])
    assert table.loc[table["layer"] == "mcid", "y"].tolist() == [3.0]


def test_scores_themselves_have_no_line_of_change(study):
    table = of_scores(study, quantity="value")
    assert set(table["layer"]) == {"summary", "participant"}
    baseline = table[(table["layer"] == "participant") & (table["variable"] == "MGC") & (table["visit"] == "D1")]
    assert (baseline["y"] > 0).all() and len(baseline) == 7


@pytest.mark.parametrize("make", [of_scores, of_antibodies])
def test_without_individuals_no_row_names_a_person(make, study):
    table = make(study, individuals=False)
    assert table["participant"].isna().all()
    assert not set(table["words"].dropna().str.cat(sep=" ").split()) & set(study.members)


def test_n_stands_under_every_visit(study):
    figure = figure_2.draw(of_scores(study))
    grey = [text.get_text() for text in axes_of(figure, "MGC").texts]
    assert grey.count("7") == 6 and "n" in grey


# Figure 3


def test_courses_place_values_and_relapses_on_the_clock_of_their_course(study):
    table = figure_3.table(
        study.observations, study.visits, study.courses, study.events, study.scales, "MGC", study.members
    )
    relapses = table[table["layer"] == "relapse"].set_index("participant")
    assert relapses["day"].to_dict() == {"P05": 350, "P06": 340, "$x^2$": 545}
    assert relapses.loc["P05", "weeks"] == pytest.approx(349 / 7)
    values = table[table["layer"] == "value"]
    assert set(values["participant"]) == {"P05", "P06", "$x^2$"}
    assert values.groupby(["participant", "course"]).size().eq(6).all()
    assert values.loc[values["course"] == "retreatment", "baseline"].eq("first").all()
    note = " ".join(texts(figure_3.draw(table))).replace("\n", " ")
    assert "are not drawn" not in note
    assert "3 of 7 participants of the analysed set relapsed" in note
    assert "Baseline of retreatment: that of the first course" in note


def test_a_relapsed_participant_without_scores_is_counted(study):
    observations = study.observations[study.observations["participant"] != "P05"]
    frames = study.visits, study.courses, study.events, study.scales
    note = " ".join(texts(figure_3.draw(figure_3.table(observations, *frames, "MGC", study.members))))
    assert "1 of them have no change of MGC and are not drawn" in note.replace("\n", " ")


def test_no_relapse_is_said_and_a_sheet_of_events_without_rows_is_no_fault(study):
    empty = pd.DataFrame()
    table = figure_3.table(study.observations, study.visits, study.courses, empty, study.scales, "MGC", study.members)
    assert "No participant of the analysis set (n = 7) relapsed." in " ".join(texts(figure_3.draw(table))).replace(
        "\n", " "
    )


# Figure 4


def test_cytokines_draw_only_participants_with_both_visits(study):
    lost = (study.observations["participant"] == "P01") & (study.observations["visit"] == "M3")
    observations = study.observations[~lost]
    table = of_cytokines(study, observations)
    assert (table.loc[table["layer"] == "box", "n"] == 6).all()
    assert "P01" not in set(table["participant"].dropna())
    with pytest.raises(ValueError, match="IL-6 D1"):
        frames = observations, study.visits, study.courses, study.analytes
        figure_4.table(study.paired, *frames, ["cytokine"], PAIR)


def test_a_cytokine_never_quantified_is_drawn_as_such(study):
    figure = figure_4.draw(of_cytokines(study, study.observations))
    axes = axes_of(figure, "IL-4")
    assert "all 14 < LLOQ" in [text.get_text() for text in axes.texts]
    assert not [patch for patch in axes.patches if isinstance(patch, PathPatch)]  # no box
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "white" and line.get_linestyle() == "None"]
    assert sum(len(line.get_xdata()) for line in hollow) == 14
    assert all((np.asarray(line.get_ydata()) == 0.2).all() for line in hollow)


def test_a_box_of_which_the_lower_part_is_below_the_lloq_ends_there_with_an_arrow(study):
    own = study.observations["variable"].eq("IL-10") & study.observations["visit"].eq("M3")
    observations = study.observations.copy()
    order = observations.loc[own, "lower"].sort_values().index
    for index in order[:4]:  # 4 of 7: the median is below, the upper quartile is not
        observations.loc[index, ["status", "value", "lower", "upper"]] = ["below_lloq", np.nan, 0.0, 0.3]
    table = of_cytokines(study, observations)
    box = table[(table["layer"] == "box") & (table["variable"] == "IL-10") & (table["visit"] == "M3")].iloc[0]
    assert box["median_status"] == box["minimum_status"] == "below_lloq" and box["median"] == 0.3
    assert box["q3_status"] == "value" and box["n_below"] == 4
    axes = axes_of(figure_4.draw(table), "IL-10")
    arrows = [line for line in axes.lines if line.get_marker() == 11]
    assert [(list(line.get_xdata()), list(line.get_ydata())) for line in arrows] == [([2.0], [0.3])]
    thick = [line for line in axes.lines if line.get_linewidth() == 1.8]
    assert len(thick) == 1 and np.mean(thick[0].get_xdata()) == 1  # the median of the first visit only


# Figure 5


def test_autoantibodies_start_from_a_quantified_baseline_and_end_in_bounds(study):
    table = of_antibodies(study)
    part = table[(table["part"] == "A") & (table["layer"] == "participant")]
    assert set(part["participant"]) == {"P02", "P05", "$x^2$"}
    bound = part[part["y_status"] == "below_lloq"]
    assert len(bound) and set(bound["participant"]) == {"$x^2$"}
    baseline = study.observations.set_index(["participant", "variable", "visit", "course"])["value"]
    expected = 100 * (0.3 / baseline["$x^2$", "AChR-binding", "D1", "first"] - 1)
    assert np.allclose(bound["y"], expected)
    assert (
        "3 of 7 participants quantified at baseline (4 below LLOQ)"
        in table.loc[table["layer"] == "words", "words"].iloc[0]
    )
    ticks = table[(table["part"] == "A") & (table["layer"] == "ticks")]
    assert ticks["n"].tolist() == [3] * 6 and ticks["n_below"].sum() == len(bound)


def of_many(study, count, below=0, bound=-50.0):
    """Part A of Figure 5 of `count` people, whose change of antibody at M2 is -1, -2, ... %; the last are below the LLOQ
    there and known to have changed by at most `bound` %, and the first is not seen at M3.
    """
    rows = study.observations[study.observations["variable"] == "AChR-binding"]
    rows = rows[(rows["participant"] == "P05") & rows["visit"].isin(["D1", "M2", "M3"]) & (rows["course"] == "first")]
    people = []
    for i in range(1, count + 1):
        change = np.where(rows["visit"] == "D1", 0.0, -float(i))
        own = rows.assign(participant=f"X{i:02d}", status="quantified", relative_change_percent=change)
        if i > count - below:
            gone = own["visit"] == "M2"
            own.loc[gone, ["status", "relative_change_percent", "change_lower", "change_upper"]] = [
                *("below_lloq", np.nan, -4.0, -0.04),
            ]
            own.loc[gone, "fold_upper"] = 1 + bound / 100
        people.append(own[own["visit"] != "M3"] if i == 1 else own)
    frames = study.summaries, pd.concat(people), study.visits, study.courses, study.events, study.analytes
    table = figure_5.table(*frames, ["autoantibody"], [], [])
    return table[table["part"] == "A"]


@pytest.mark.parametrize(
    ("below", "bound", "middle", "status"),
    [
        (0, -50.0, -8.0, "value"),
        (6, -50.0, -8.0, "value"),  # whatever they are, they are below it
        (8, -50.0, -50.0, "below_lloq"),
        (6, -1.5, -2.0, "below_lloq"),  # from -8 % on, if they are below it, to -2 %, if they are at their bound
    ],
)
def test_of_many_people_part_a_of_figure_5_has_their_median_or_its_bound(study, below, bound, middle, status):
    table = of_many(study, 15, below, bound)
    rows = table[table["layer"] == "summary"].set_index("visit")
    assert rows["n"].tolist() == [15, 15, 14] and rows.loc["M2", "n_below"] == below
    assert rows["changed"].tolist()[1:] == [False, True] and not (table["layer"] == "ticks").any()
    assert rows["y"].tolist()[::2] == [0.0, -8.5]  # at M3 of -2 to -15 %
    assert rows.loc["M2", "y"] == pytest.approx(middle) and rows.loc["M2", "y_status"] == status
    note = " ".join(texts(figure_5.draw(table))).replace("\n", " ")
    assert "thick line: their median at each visit" in note and "thin dashes" in note
    assert ("only bounded" in note) == (status == "below_lloq")


def test_of_few_people_part_a_of_figure_5_has_no_median(study):
    table = of_many(study, figure_5.NAMED)
    assert not (table["layer"] == "summary").any() and table.loc[table["layer"] == "ticks", "y"].isna().all()
    assert "median" not in " ".join(texts(figure_5.draw(table)))


def test_the_median_of_participants_of_several_groups_says_so(study):
    table = of_many(study, 15)
    table["participant_group"] = np.where(table["layer"] == "participant", "active", None)
    assert "their median, of all groups together, at each visit" in " ".join(texts(figure_5.draw(table))).replace(
        "\n", " "
    )


def test_part_a_of_figure_5_without_a_quantified_baseline_says_so(study):
    observations = study.observations.assign(baseline_status="below_lloq")
    frames = study.summaries, observations, study.visits, study.courses, study.events, study.analytes
    table = figure_5.table(*frames, ["autoantibody"], [], [])
    assert set(table.loc[table["part"] == "A", "layer"]) == {"words"}


def test_a_class_never_quantified_is_a_dotted_line_at_its_lloq(study):
    figure = figure_5.draw(of_antibodies(study))
    axes = axes_of(figure, "Immunoglobulins")
    assert "IgE: < LLOQ, all 41" in [text.get_text() for text in axes.texts]
    dashed = [line for line in axes.lines if line.get_linestyle() == ":" and set(line.get_ydata()) == {0.001}]
    assert len(dashed) == 1
    note = " ".join(texts(figure)).replace("\n", " ")
    assert (
        "Dotted: LLOQ of a class of which every result is below it." in note and "reverse" not in note
    )  # no median is drawn


def test_classes_of_another_unit_have_their_own_panel_unless_none_was_quantified(study):
    unit = study.analytes["unit"].mask(study.analytes["analyte"] == "IgM", "ug/mL")
    analytes = study.analytes.assign(unit=unit.mask(study.analytes["analyte"] == "IgE", "IU/mL"))
    frames = study.summaries, study.observations, study.visits, study.courses, study.events, analytes
    table = figure_5.table(*frames, [], [], ["immunoglobulin"])
    figure = figure_5.draw(table)
    named = [axes.get_ylabel() for axes in figure.axes if axes.axison]
    assert named == ["Concentration, g/L", "Concentration, µg/mL"]
    assert "Not drawn: IgE, all 41 results below the LLOQ (0.001 IU/mL)." in " ".join(texts(figure)).replace("\n", " ")


def test_parts_of_figure_5_can_be_drawn_alone(study):
    table = of_antibodies(study)
    for part in "ABC":
        assert part in texts(figure_5.draw(table[table["part"] == part]))


# panels of a variable over the visits


def test_a_centre_without_a_place_is_written_and_an_open_interval_has_an_arrow(study):
    table = figure_6.table(
        study.summaries, study.observations, study.visits, study.courses, study.events, study.analytes, ["bcma_axis"]
    )
    row = table[(table["variable"] == "BAFF") & (table["layer"] == "summary")].index
    table.loc[row[1], ["y", "y_status", "low", "high"]] = [np.nan, "not_estimable", np.nan, np.nan]
    table.loc[row[2], ["y", "y_status", "low", "high"]] = [np.nan, "above_uloq", np.nan, np.nan]
    table.loc[row[3], "high"] = np.inf
    axes = axes_of(figure_6.draw(table), "BAFF")
    assert {"n.e.", "> ULOQ"} <= {text.get_text() for text in axes.texts}
    assert [line.get_marker() for line in axes.lines].count("^") == 1


def test_a_visit_mostly_below_the_lloq_is_an_open_triangle_at_the_lloq(study):
    frames = study.summaries, study.observations, study.visits, study.courses, study.events, study.analytes
    table = figure_6.table(*frames, ["cytokine"])
    own = table[(table["variable"] == "IL-2") & (table["layer"] == "summary")]
    assert (own["y_status"] == "below_lloq").all() and (own["y"] == 0.9).all()
    axes = axes_of(figure_6.draw(table), "IL-2")
    triangles = [line for line in axes.lines if line.get_marker() == "v"]
    assert [list(line.get_ydata()) for line in triangles] == [[0.9] * 6]


def test_order_of_rows_and_columns_of_the_sheets_changes_no_table(study):
    mixed = [frame.sample(frac=1, random_state=3) for frame in (study.summaries, study.observations, study.visits)]
    first = figure_6.table(
        study.summaries, study.observations, study.visits, study.courses, study.events, study.analytes, ["bcma_axis"]
    )
    second = figure_6.table(*mixed, study.courses, study.events, study.analytes.iloc[::-1], ["bcma_axis"])
    pd.testing.assert_frame_equal(first, second)


# associations, profile, curves, schema


def test_associations_hold_one_cell_per_question_biomarker_and_score(study):
    table = figure_associations.table(study.associations, study.analytes, study.scores, "M3")
    assert len(table) == 3 * 20 * 4
    assert table.loc[table["question"] == "change_change", "visit"].unique().tolist() == ["M3"]
    assert table["estimate"].isna().equals(table["reason"].notna())
    tested = table[table["adjusted"].notna()]
    assert set(tested["question"]) == {"within_participant"}


def test_a_cell_without_an_estimate_is_hatched_and_an_adjusted_p_below_the_level_framed(study):
    table = figure_associations.table(study.associations, study.analytes, study.scores, "M3")
    table["adjusted"] = np.where((table["variable"] == "BAFF") & (table["score"] == "MGC"), 0.01, 0.5)
    figure = figure_associations.draw(table)
    blocks = figure.axes[:3]
    for axes in blocks:
        frames = [patch for patch in axes.patches if isinstance(patch, Rectangle) and not patch.get_fill()]
        assert [(patch.get_x(), patch.get_y()) for patch in frames] == [(0, 18)]
        assert any(patch.get_hatch() for patch in axes.patches)
        assert sum(text.get_text().startswith("NA (") for text in axes.texts) >= 8  # IL-4 and IgE with four scores
    assert "*" not in "".join(texts(figure))


def test_a_block_of_several_statistics_says_which_each_cell_is(study):
    table = figure_associations.table(study.associations, study.analytes, study.scores, "M3")
    within = table["question"] == "within_participant"
    hit = within & (table["variable"] == "BAFF") & (table["score"] == "MGC") & table["estimate"].notna()
    assert hit.sum() == 1
    table.loc[hit, ["estimate_method_code", "estimate"]] = ["concordance_adjusted", 0.25]
    table["lower_limit_code"] = table["lower_limit_code"].replace("lloq", "lod")
    figure = figure_associations.draw(table)
    drawn = texts(figure)
    assert [text for text in drawn if text.startswith("C 0")] == ["C 0.25\nn 7"]
    note = " ".join(" ".join(drawn).split())
    assert "C: concordance C of visits" in note and "below the LOD (%)" in note and "LLOQ" not in note
    assert any("correlation r or concordance C" in axes.get_title("left") for axes in figure.axes)


def test_the_profile_names_what_was_left_out_and_shows_the_noise(study):
    table = figure_profile.table(*study.components, study.visits, study.courses, study.analytes)
    assert {"IL-4", "IgE"} <= set(table.loc[table["layer"] == "left_out", "variable"])
    note = figure_profile.draw(table).get_label()
    assert note.count("more than 50 % below the LLOQ") == 1 and "IL-4 (100 %)" in note and "IgE (100 %)" in note
    noise = table[table["layer"] == "variance"]
    assert noise["noise_95"].notna().all() and (noise["noise_95"] >= noise["noise_median"]).all()
    anonymous = figure_profile.table(*study.components, study.visits, study.courses, study.analytes, individuals=False)
    assert anonymous["participant"].isna().all()
    assert [axes.get_title() for axes in figure_profile.draw(anonymous).axes] == ["Loadings", "Against noise"]


def test_curves_show_the_use_of_every_well_and_the_fitted_signal(study):
    table = curve_table(study.curves, study.concentrations, study.dropped, study.analytes)
    uses = table[table["layer"] == "well"].groupby(["analyte", "plate", "use"]).size().to_dict()
    assert uses["TNF", "K-1", "set_aside"] == 1 and uses["TNF", "K-1", "used"] == 13
    assert uses["IP-10", "K-1", "dropped"] == 2 and uses["IP-10", "K-2", "control"] == 1
    fit = table[(table["layer"] == "fit") & (table["plate"] == "K-1") & (table["analyte"] == "TNF")]
    assert fit["x"].iloc[[0, -1]].to_numpy() == pytest.approx([1000 / 4**6, 1000])
    assert np.allclose(fit["y"], 20000 - 19970 / (1 + fit["x"] / 200))
    assert fit["y"].to_numpy() == pytest.approx(
        models.from_frame(study.curves.iloc[[0]]).predict(np.log([fit["x"]]))[0][0]
    )
    failed = table[table["layer"] == "no_curve"]
    assert failed[["plate", "analyte"]].to_numpy().tolist() == [["K-2", "IP-10"]]
    assert "No curve: K-2, IP-10 (flat" in " ".join(texts(figure_curves.draw(table))).replace("\n", " ")


def test_the_schema_counts_infusions_and_retreatments_without_names(study):
    table = figure_1a.table(study.members, study.visits, study.courses, study.events)
    doses = table[(table["kind"] == "infusion") & (table["course_order"] == 1)]
    assert doses["day"].tolist() == [1, 8, 15, 22, 29, 36] and (doses["n"] == 7).all()
    start = table[table["kind"] == "start"].iloc[0]
    assert (start["day_low"], start["day"], start["day_high"], start["n"]) == (420, 430, 600, 3)
    assert table.loc[table["kind"] == "relapse", "day"].tolist() == [340, 350, 545]
    words = texts(figure_1a.draw(table))
    assert "Retreatment (n = 3), begun on day 420 to 600 of the first course" in words
    assert not set(words) & set(study.members)


def test_a_figure_without_anything_to_draw_says_so(study):
    none = study.analytes.iloc[:0]
    frames = study.summaries, study.observations, study.visits, study.courses, study.events, none
    empty = [
        figure_6.draw(figure_6.table(*frames, ["bcma_axis"])),
        figure_5.draw(figure_5.table(*frames, ["a"], ["b"], ["c"])),
        figure_4.draw(figure_4.table(study.paired.iloc[:0], *frames[1:4], none, ["cytokine"], PAIR)),
        figure_associations.draw(
            figure_associations.table(study.associations.iloc[:0], study.analytes, study.scores, "M3")
        ),
        figure_curves.draw(curve_table(study.curves, study.concentrations, study.dropped, study.analytes, "other")),
    ]
    for figure in empty:
        assert len("".join(texts(figure))) > 20


def test_the_flow_is_drawn_box_by_box(study):
    boxes = [
        ("assessed", "Assessed", "", 5, ""),
        ("excluded", "Excluded", "assessed", 2, ""),
        ("excluded:a very long reason that goes on", "a very long reason that goes on", "excluded", 2, ""),
        ("enrolled", "Enrolled", "assessed", 3, ""),
        ("schedule:x", "x", "enrolled", 3, "analysed"),
        ("analysed", "Analysed set", "enrolled", 3, "x"),
        ("relapsed", "Relapsed", "analysed", 1, ""),
        ("retreated", "Retreated", "relapsed", 0, ""),
        ("retreated_without_relapse", "Retreated without a relapse", "analysed", 1, ""),
    ]
    flow = pd.DataFrame(boxes, columns=["box", "label", "parent", "n", "detail"]).assign(order=range(9))
    flow["analysed"] = pd.array([True if box == "schedule:x" else None for box in flow["box"]], dtype="boolean")
    words = " ".join(texts(figure_1b.draw(flow)))
    for text in ("Assessed (n = 5)", "Excluded (n = 2)", "Relapsed (n = 1)", "Retreated (n = 0)", "without a relapse"):
        assert text in words
