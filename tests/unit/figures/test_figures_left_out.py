"""What has nothing to draw has no panel and is named below; where nothing is left the figure says so in a sentence."""

import numpy as np
import pandas as pd
from immunoassay.figures import (
    figure_1a,
    figure_1b,
    figure_2,
    figure_3,
    figure_4,
    figure_5,
    figure_6,
    figure_associations,
    figure_controls,
    figure_curves,
    figure_groups,
    series,
)
from immunoassay.statistics import groups
from immunoassay.statistics.pairs import with_both
from immunoassay.words import figure_notes
from matplotlib.text import Text
from tests.statistic_frames import visit_summaries

from .conftest import curve_table
from .judged_pages import faults
from .test_figures_controls import runs

PAIR = ["D1", "M3"]
SETTINGS = {"primary_course": "first"}
NUMBERS = (
    *("value", "lower", "upper", "over_lloq_lower", "over_lloq_upper", "change", "change_lower", "change_upper"),
    *("fold_lower", "fold_upper", "relative_change_percent", "baseline_lower", "baseline_upper"),
)


def said(figure):
    return " ".join(text.get_text() for text in figure.findobj(Text) if text.get_text().strip()).replace("\n", " ")


def titles(figure):
    return [axes.get_title() for axes in figure.axes if axes.get_title()]


def of_group(study, observations, group):
    """The observations of the analytes of a group."""
    return observations[observations["variable"].isin(study.analytes.loc[study.analytes["group"] == group, "analyte"])]


def rejected(observations, names, visits=None):
    """The observations with every result of these variables not reportable."""
    rows = observations.copy()
    hit = rows["variable"].isin(names) & (rows["visit"].isin(visits) if visits else True)
    rows.loc[hit, list(NUMBERS)] = np.nan
    rows.loc[hit, ["status", "reason", "baseline_status"]] = ["not_reportable", "plate_rejected", "not_reportable"]
    return rows


def draw(study, observations, wanted="2456"):
    """The wanted of figures 2, 4, 5 and 6 of changed observations."""
    summaries = visit_summaries(observations, SETTINGS)
    frames = observations, study.visits, study.courses
    followed = *frames, study.events
    antibodies = ["autoantibody"], ["vaccine"], ["immunoglobulin"]

    def four():
        pairs = visit_summaries(with_both(of_group(study, observations, "cytokine"), "first", PAIR), SETTINGS)
        return figure_4.draw(figure_4.table(pairs, *frames, study.analytes, ["cytokine"], PAIR))

    made = {
        "2": lambda: figure_2.draw(figure_2.table(summaries, *followed, study.scales, study.scores)),
        "4": four,
        "5": lambda: figure_5.draw(figure_5.table(summaries, *followed, study.analytes, *antibodies)),
        "6": lambda: figure_6.draw(figure_6.table(summaries, *followed, study.analytes, ["bcma_axis"])),
    }
    return {name: made[name]() for name in wanted}


def test_rejected_analytes_and_scores_have_no_panel_and_are_named(study):
    found = draw(study, rejected(study.observations, ["QMG", "MG-ADL", "TNF", "Measles", "IgM", "BAFF"]))
    assert titles(found["2"]) == ["MGC", "MG-QoL15r"] and titles(found["6"]) == ["sBCMA", "APRIL"]
    assert "TNF" not in titles(found["4"]) and "Measles" not in titles(found["5"])
    for figure, names in {"2": "MG-ADL, QMG", "5": "Measles, IgM", "6": "BAFF"}.items():
        assert f"No usable result, not drawn: {names}." in said(found[figure])
    assert "Nobody has a result at both visits, not drawn: TNF." in said(found["4"])
    assert "all 0" not in said(found["5"])  # IgM is no class below its LLOQ
    assert [fault for figure in found.values() for fault in faults(figure)] == []


def test_where_nothing_is_left_a_sentence_stands_in_the_place_of_axes(study):
    every = [*study.analytes["analyte"], *study.scores]
    found = draw(study, rejected(study.observations, every))
    for figure, name in {"2": "figure_2", "5": "figure_5", "6": "figure_6"}.items():
        assert figure_notes.nothing(name) in said(found[figure]), figure
    assert said(found["4"]).startswith("Nobody has a result at both visits, not drawn: IL-6, TNF,")
    assert not any(axes.axison for figure in found.values() for axes in figure.axes)
    assert "anti-AChR: 0 of 7 participants quantified at baseline" in said(found["5"])


def test_a_score_known_at_baseline_alone_has_no_change_to_draw(study):
    later = [visit for visit in study.visits["visit"] if visit != "D1"]
    found = draw(study, rejected(study.observations, ["QMG"], later), "2")["2"]
    assert "QMG" not in titles(found) and "No usable result, not drawn: QMG." in said(found)


def test_what_nobody_measured_is_named_too(study):
    seen = study.observations[~study.observations["variable"].isin(["sBCMA", "IL-2", "MGC"])]
    found = draw(study, seen, "246")
    assert "not drawn: sBCMA." in said(found["6"]) and "not drawn: IL-2." in said(found["4"])
    assert "not drawn: MGC." in said(found["2"])


def test_an_analyte_without_controls_or_standards_has_no_axes(study):
    controls = runs(3)
    analytes = pd.DataFrame({"analyte": ["X", "Y"], "label": "", "group": "g", "order": [1, 2], "unit": "pg/mL"})
    table = figure_controls.table(
        pd.concat([controls, controls.assign(analyte="Y")]), analytes, "kit", {"X": 20.0, "Y": 20.0}
    )
    table.loc[table["analyte"] == "Y", ["recovery_percent", "z"]] = np.nan
    figure = figure_controls.draw(table)
    assert titles(figure) == ["X"] and "No control with a value, not drawn: Y." in said(figure)
    none = figure_controls.draw(table[table["analyte"] == "Y"])
    assert figure_notes.nothing("figure_controls") in said(none) and not any(axes.axison for axes in none.axes)

    wells = study.concentrations[study.concentrations["analyte"] != "IP-10"]
    curves = study.curves.copy()
    curves.loc[curves["analyte"] == "IP-10", ["status", "status_reason", "lloq", "uloq"]] = [
        "not_fitted",
        "no standards",
        None,
        None,
    ]
    table = curve_table(curves, wells, study.dropped, study.analytes)
    figure = figure_curves.draw(table)
    assert titles(figure) == ["TNF"]
    assert "No standard with a signal and a concentration, not drawn: IP-10." in said(figure)
    assert "No curve: K-1, IP-10 (no standards)." in said(figure)
    assert figure_notes.nothing("figure_curves") in said(figure_curves.draw(table[table["analyte"] == "IP-10"]))


def test_no_association_is_only_said_where_no_cell_has_an_estimate(study):
    table = figure_associations.table(study.associations, study.analytes[:7], study.scores, "M3")
    words = figure_notes.nothing("figure_associations")
    assert table["estimate"].notna().any() and words not in said(figure_associations.draw(table))
    none = table.assign(estimate=np.nan, reason_code="nobody_with_both")
    text = said(figure_associations.draw(none))
    assert words in text and f"no participants with both ({len(none)} of {len(none)})" in text
    one = none.copy()
    one.loc[one.index[3], "estimate"] = 0.5
    assert words not in said(figure_associations.draw(one))


def test_words_below_the_limit_leave_the_unit_and_labels_of_visits_alone(study):
    seen = study.observations.copy()
    for name, limit in (("TNF", 9.0), ("IL-10", 30.0)):  # the second is higher than every value
        hit = (seen["variable"] == name) & (seen["visit"] == "D1")
        seen.loc[hit, ["value", "lower", "upper", "status"]] = [np.nan, 0.0, limit, "below_lloq"]
        seen.loc[seen["variable"] == name, "lloq"] = limit
    seen.loc[seen["variable"] == "IP-10", ["value", "lower", "upper", "lloq"]] *= 1e5
    visits = study.visits.assign(label=["Screening and baseline visit", "", "Month 3 after infusion", "", "", ""])
    analytes = study.analytes.assign(unit="ng per mL serum")
    pairs = visit_summaries(with_both(of_group(study, seen, "cytokine"), "first", PAIR), SETTINGS)
    table = figure_4.table(pairs, seen, visits, study.courses, analytes, ["cytokine"], PAIR)
    figure = figure_4.draw(table)
    assert faults(figure) == []
    for name in ("TNF", "IL-10"):
        axes = next(axes for axes in figure.axes if axes.get_title() == name)
        words = next(text for text in axes.texts if text.get_text() == "all 7\n< LLOQ").get_window_extent()
        frame = axes.get_window_extent()
        assert words.x0 >= frame.x0 and words.y1 <= frame.y1


# Studies without treatment, relapse or schedule


def test_nothing_is_said_of_treatment_where_nobody_is_treated(study):
    courses = study.courses[study.courses["order"] == 1].assign(course="none")
    events = study.events.iloc[:0]
    figure = figure_1a.draw(figure_1a.table(study.members, study.visits, courses, events))
    assert "Planned visits (n = 7)" in said(figure) and "dose" not in said(figure) and "none" not in said(figure)
    assert "Days count from the baseline visit" in said(figure) and faults(figure) == []

    people = study.participants.assign(schedule="")
    seen = study.observations[study.observations["course"] == "first"].assign(course="none")
    table = figure_1b.table(people, courses, events, study.visits, seen, study.results, [])
    text = said(figure_1b.draw(table))
    assert "With data at the visit" in text and "Analysed by group of biomarkers" in text
    assert not any(word in text for word in ("first course", "schedule", "elapse", "etreat", "none"))

    summaries = visit_summaries(of_group(study, seen, "bcma_axis"), {"primary_course": "none"})
    table = figure_6.table(summaries, seen, study.visits, courses, events, study.analytes, ["bcma_axis"])
    assert "Course" not in said(figure_6.draw(table))


def test_relapses_without_treatment_count_from_the_baseline(study):
    courses = study.courses[study.courses["order"] == 1].assign(course="none", score_baseline="own")
    events = study.events[study.events["event"] == "relapse"].assign(course="none")
    seen = study.observations[study.observations["course"] == "first"].assign(course="none")
    table = figure_3.table(seen, study.visits, courses, events, study.scales, "MGC", study.members)
    text = said(figure_3.draw(table))
    assert "Weeks since baseline" in text and "from the baseline visit" in text and "dose" not in text
    schema = said(figure_1a.draw(figure_1a.table(study.members, study.visits, courses, events)))
    assert "cross: relapse." in schema and "3 relapses" in schema


# Groups of participants


def test_long_names_of_groups_and_wide_intervals_leave_figure_6_legible(study):
    seen = study.observations[study.observations["course"] == "first"].copy()
    seen["participant_group"] = seen["participant"].map(lambda name: "Kontrollgruppe" if name < "P04" else "Patient")
    top = seen["variable"].eq("BAFF") & seen["visit"].eq("M3") & seen["participant"].eq("P05")
    seen.loc[top, ["value", "lower", "upper", "status"]] = [np.nan, 900.0, np.inf, "above_uloq"]
    seen = of_group(study, seen, "bcma_axis")
    summaries = groups.within_groups(seen, SETTINGS, visit_summaries)
    visits = study.visits.assign(label=["Baseline", "Monat 2", "Monat 3", "Monat 6", "Monat 9", "Monat 12"])
    table = figure_6.table(summaries, seen, visits, study.courses, study.events, study.analytes, ["bcma_axis"])
    wide = (table["variable"] == "APRIL") & (table["layer"] == "summary") & (table["visit"] == "M3")
    table.loc[wide, ["low", "high"]] = [1e-9, 4e9]
    figure = figure_6.draw(table)
    assert faults(figure) == []
    panels = {axes.get_title(): axes for axes in figure.axes if axes.get_title()}
    assert {axes.get_yscale() for axes in panels.values()} == {"log"} and len(panels) == 3
    low, high = panels["APRIL"].get_ylim()
    heights = table.loc[table["variable"] == "APRIL", "y"]
    assert low < heights.min() and heights.max() < high and high / low < 1e5 and "the interval goes on" in said(figure)
    assert (
        f"Above the ULOQ: 1 of {table.loc[table['layer'] == 'summary', 'n'].sum()} results, drawn open at the ULOQ."
        in said(figure)
    )


def test_a_score_is_called_by_its_label_where_a_name_cannot_hold_it():
    assert series.score_label("Mudigkeit", {"label": "Müdigkeit"}) == "Müdigkeit"
    assert series.score_label("QMG", {"label": "Quantitative Myasthenia Gravis"}) == "QMG"
    assert series.score_label("EDSS", {"label": ""}) == "EDSS"


def test_a_flow_without_exclusions_does_not_say_who_was_assessed():
    boxes = [
        ("assessed", "Assessed for eligibility", "", 6, ""), ("excluded", "Excluded", "assessed", 0, ""),
        ("enrolled", "Enrolled", "assessed", 6, ""), ("analysed", "Analysed set", "enrolled", 6, "all enrolled"),
    ]  # fmt: skip
    table = pd.DataFrame(boxes, columns=["box", "label", "parent", "n", "detail"]).assign(analysed=None, order=range(4))
    text = said(figure_1b.draw(table))
    assert "Enrolled (n = 6)" in text and "Assessed" not in text and "Excluded" not in text
    some = table.assign(n=[7, 1, 6, 6])
    assert "Assessed for eligibility (n = 7)" in said(figure_1b.draw(some))


def test_every_group_of_participants_is_a_series_of_its_own_with_its_counts(study):
    control = {"P01", "P02", "P03"}
    seen = study.observations[study.observations["course"] == "first"].copy()
    seen["participant_group"] = seen["participant"].map(lambda name: "control" if name in control else "patient")
    seen = seen[(seen["participant_group"] == "patient") | (seen["visit"] == "D1")]  # controls come once, untreated
    seen.loc[seen["participant_group"] == "control", "course"] = "none"
    courses = study.courses.assign(
        course=study.courses["course"].where(~study.courses["participant"].isin(control), "none")
    )
    seen = seen[~seen["group"].isin(["cytokine", "autoantibody"])]
    summaries = groups.within_groups(seen, SETTINGS, visit_summaries)
    frames = summaries, seen, study.visits, courses, study.events
    table = figure_6.table(*frames, study.analytes, ["bcma_axis"])
    drawn = table[(table["layer"] == "summary") & (table["variable"] == "BAFF")]
    n = drawn.set_index(["participant_group", "visit"])["n"]
    assert n["control", "D1"] == 3 and n["patient", "D1"] == 4 and n["patient", "M12"] == 4 and len(n) == 7
    given = summaries[(summaries["variable"] == "BAFF") & (summaries["quantity"] == "value")]
    given = given.set_index(["participant_group", "course", "visit"])["centre"]
    assert drawn.set_index(["participant_group", "visit"])["y"]["control", "D1"] == given["control", "none", "D1"]
    figure = figure_6.draw(table)
    text = said(figure)
    assert (
        "n control" in text and "n patient" in text and "in the colour of their group" in text and faults(figure) == []
    )
    dots = [line for line in figure.axes[1].lines if line.get_marker() == "."]
    once = table[
        (table["layer"] == "participant") & (table["variable"] == "BAFF") & (table["participant_group"] == "control")
    ]
    assert [sorted(line.get_ydata()) for line in dots] == [sorted(once["y"])] and len(once) == 3
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["control", "patient"]
    five = figure_5.table(*frames, study.analytes, [], ["vaccine"], ["immunoglobulin"])
    assert set(five.loc[five["part"] == "B", "participant_group"]) == {"control", "patient"}
    assert five.loc[five["part"] == "C", "participant_group"].isna().all()
    assert "C: participants of all groups together." in said(figure_5.draw(five))
    two = figure_2.table(*frames, study.scales, study.scores, "value")
    assert faults(figure_2.draw(two)) == [] and set(two["participant_group"].dropna()) == {"control", "patient"}


def test_a_level_of_whom_nobody_has_a_value_has_its_place_and_a_count_of_zero(study):
    """Scores of patients alone, beside biomarkers of patients and controls."""
    analytes = series.variables_of(study.analytes, ["cytokine"]).assign(place=lambda rows: range(len(rows)))
    given = (study.comparisons, study.centres, study.levels, study.observations, analytes, "arm", "M3")
    table = figure_groups.table(*given, individuals=True)
    whole = table.loc[table["layer"] == "group"]
    variable, level = whole.iloc[-1][["variable", "level"]]
    gone = (table["variable"] == variable) & (table["level"] == level) & (table["layer"] == "group")
    figure = figure_groups.draw(table[~gone])
    assert "0" in said(figure).split() and level in said(figure)
