"""Figures of one participant and of hundreds, of one analyte and of a page of them: what a journal would send back."""

import numpy as np
import pandas as pd
import pytest
from immunoassay.figures import (
    figure_1a,
    figure_1b,
    figure_3,
    figure_controls,
    figure_limits,
    figure_roc,
    figure_titres,
    lettering,
    marks,
    pages,
    planned,
    style,
)
from immunoassay.words import figure_notes, response_notes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from .judged_pages import returned
from .test_figures_response import said

MONTHS = (1, 2, 3, 6, 9, 12, 15, 18, 24)
VISITS = pd.DataFrame(
    [("D1", "Baseline", 1, 1, 7, 7, True)]
    + [(f"M{m}", f"Month {m}", i + 2, round(m * 30.4) + 1, 7, 7, False) for i, m in enumerate(MONTHS)],
    columns=["visit", "label", "order", "day", "window_before", "window_after", "baseline"],
)
SCALES = {"MGC": {"label": "Myasthenia Gravis Composite", "mcid": 3.0, "worse": "higher"}}


def frame(module, rows):
    return pd.DataFrame(rows).reindex(columns=list(module.TABLE.columns))


def sheets(people, visits, relapses):
    """(members, visits, courses, events) with six weekly infusions, and as many relapses, each followed by retreatment."""
    random = np.random.default_rng(1)
    members, start = [f"P{i + 1:03d}" for i in range(people)], pd.Timestamp("2021-01-04")
    courses, events = [], []
    for i, name in enumerate(members):
        began = [start]
        if i < relapses:
            again = start + pd.Timedelta(days=int(random.integers(150, 540)))
            events.append((name, "first", "relapse", again))
            began.append(again + pd.Timedelta(days=40))
        for order, (course, day1) in enumerate(zip(("first", "retreatment"), began, strict=False), 1):
            courses.append((name, course, order, day1, "first" if order > 1 else "own"))
            events += [(name, course, "infusion", day1 + pd.Timedelta(days=7 * k)) for k in range(6)]
    courses = pd.DataFrame(courses, columns=["participant", "course", "order", "day1_date", "score_baseline"])
    events = pd.DataFrame(events, columns=["participant", "course", "event", "date"])
    courses["day1_date"] = courses["day1_date"].dt.strftime("%Y-%m-%d")
    events["date"] = events["date"].dt.strftime("%Y-%m-%d")
    return members, VISITS.head(visits), courses, events


@pytest.mark.parametrize(
    ("people", "visits", "relapses"), [(1, 1, 0), (1, 6, 1), (3, 10, 1), (30, 10, 9), (300, 10, 80)]
)
def test_a_schema_has_its_words_on_the_page_and_its_labels_near_their_visits(people, visits, relapses):
    table = figure_1a.table(*sheets(people, visits, relapses))
    figure = figure_1a.draw(table, simulated=True)
    assert returned(figure) == []
    first = table[(table["kind"] == "visit") & (table["course_order"] == 1)]
    labels = {text.get_text(): text.get_position()[0] for text in figure.axes[0].texts}
    low, high = table["day_low"].min(), table["day_high"].max()
    across = (figure_1a.WIDTH - figure_1a.LEFT - figure_1a.RIGHT) / max(high - low, 1)
    for row in first.to_dict("records"):
        assert abs(labels[row["label"]] - figure_1a.LEFT - (row["day"] - low) * across) <= figure_1a.ASIDE
    assert ("cross: relapse" in said(figure)) == bool(relapses) == ("orange bar" in said(figure))


def test_relapses_that_would_not_fit_side_by_side_are_strokes_on_their_days():
    table = figure_1a.table(*sheets(300, 10, 80))
    figure = figure_1a.draw(table)
    strokes = next(line for line in figure.axes[0].lines if line.get_marker() == "|")
    days = np.sort(table.loc[table["kind"] == "relapse", "day"].to_numpy(float))
    x = np.sort(strokes.get_xdata())
    assert np.allclose((x - x[0]) / np.ptp(x), (days - days[0]) / np.ptp(days)) and "Strokes:" in said(figure)


def boxes(groups):
    """The flow of as many schedules over ten visits and seven groups of biomarkers."""
    rows = []

    def box(name, label, n, detail="", analysed=None):
        row = {"box": name, "label": label, "n": n, "detail": detail, "analysed": analysed, "order": len(rows)}
        rows.append(row)

    names = [f"active_{5 * (i + 1)}_mg_every_two_weeks" for i in range(groups)]
    box("assessed", "Assessed for eligibility", 30 * groups + 9)
    box("excluded", "Excluded", 9)
    for i in range(4):
        box(f"excluded:{i}", f"declined to participate before the first dose {i}", 2)
    box("enrolled", "Enrolled", 30 * groups)
    for name in names:
        box(f"schedule:{name}", name, 30, analysed=True)
    box("analysed", "Analysis set", 30 * groups, "; ".join(names))
    for label in VISITS["label"]:
        box(f"completed:{label}", label, 20, "5 retreated, 3 withdrawn, 12 without data")
    for i in range(7):
        box(f"group:{i}", f"group_of_biomarkers_{i}", 20, "150 samples")
    box("relapsed", "Relapsed", 20)
    box("retreated", "Retreated after relapse", 14)
    box("retreated_without_relapse", "Retreated without relapse", 3)
    return frame(figure_1b, rows)


@pytest.mark.parametrize("groups", [1, 5, 8])
def test_a_flow_fits_on_a_page_and_its_words_in_their_boxes(groups):
    figure = figure_1b.draw(boxes(groups), simulated=True)
    assert returned(figure) == []
    renderer = figure.canvas.get_renderer()
    around = [
        patch.get_window_extent(renderer) for patch in figure.axes[0].patches if isinstance(patch, FancyBboxPatch)
    ]
    for text in figure.axes[0].texts:
        box = text.get_window_extent(renderer)
        if text.get_text():
            assert any(a.x0 < box.x0 and box.x1 < a.x1 and a.y0 < box.y0 and box.y1 < a.y1 for a in around), text
    lines = [text.get_text() for text in figure.axes[0].texts]
    assert not any(line.startswith(("=", "2)", "3)")) for line in lines) and "(n = 3)" in " ".join(lines)


@pytest.mark.parametrize(("people", "relapses"), [(1, 1), (3, 2), (30, 9), (300, 80)])
def test_the_participants_who_relapsed_fit_on_their_page(people, relapses):
    members, visits, courses, events = sheets(people, 10, relapses)
    random = np.random.default_rng(2)
    rows = [
        {
            **{"participant": row["participant"], "course": row["course"], "course_order": row["order"]},
            **{"visit": at["visit"], "day": at["day"], "variable": "MGC", "status": "quantified"},
            "change": float(np.round(random.normal(-8, 4))) if not at["baseline"] else 0.0,
        }
        for row in courses.to_dict("records")
        for at in visits.to_dict("records")
    ]
    table = figure_3.table(pd.DataFrame(rows), visits, courses, events, SCALES, "MGC", members)
    figure = figure_3.draw(table, simulated=True)
    assert returned(figure) == [] and len(figure.axes) >= min(relapses, 12)
    assert figure.get_figwidth() * style.MM == pytest.approx(
        style.SINGLE if relapses == 1 else figure.get_figwidth() * style.MM
    )


@style.styled
def legend_of(names, width):
    figure = pages.page(width, 60, simulated=True)
    axes = figure.subplots()
    pages.legend(figure, [axes.plot([], [], label=name)[0] for name in names])
    figure.draw_without_rendering()
    return figure


@pytest.mark.parametrize(
    "names", [["a"], [f"lot {i}" for i in range(20)], [f"active {i} mg/kg, weekly" for i in range(5)]]
)
@pytest.mark.parametrize("width", [style.SINGLE, style.DOUBLE])
def test_a_legend_keeps_to_its_page_and_off_the_mark(names, width):
    figure = legend_of(names, width)
    assert returned(figure) == [] and min(axes.get_position().height for axes in figure.axes) > 0.4


def test_a_name_longer_than_the_page_is_broken():
    assert (
        returned(
            legend_of(["a schedule of infusions whose name is far longer than one column of a page"] * 2, style.SINGLE)
        )
        == []
    )


def levels(analytes, lots):
    rows = []
    for i in range(analytes):
        own = {"analyte": f"IL-{i}", "label": f"IL-{i}", "standard_unit": "pg/mL", "tolerance_percent": 25.0}
        own |= {"lloq_proposed": 4.0, "lloq_high": 9.0, "verdict": "PASS", "n_runs": 6}
        for lot in range(1, lots + 1):
            for k in range(7):
                one = {
                    "kit_lot": f"L{lot}",
                    "lot": lot,
                    "kind": "standard",
                    "level": f"S{k}",
                    "expected": 4096.0 / 4**k,
                }
                low = {"recovery_percent": 100.0 + k, "cv_percent": 10.0, "within": k < 5}
                rows.append({**own, **one, **low, "recovery_minus_cv": 90.0, "recovery_plus_cv": 110.0})
    return frame(figure_limits, rows)


@pytest.mark.parametrize(("analytes", "lots"), [(1, 1), (1, 20), (2, 7), (12, 2), (60, 2)])
def test_limits_of_lots_do_not_hide_each_other(analytes, lots):
    figure = figure_limits.draw(levels(analytes, lots), simulated=True)
    assert returned(figure) == []
    axes = figure.axes[0]
    marked = [line for line in axes.lines if str(line.get_marker()) in figure_limits.SHAPES["standard"]]
    drawn = [line for line in marked if len(line.get_xdata()) > 1]
    assert len({round(float(x), 9) for line in drawn for x in line.get_xdata()}) == 7 * lots
    looks = {(line.get_marker(), line.get_markeredgecolor()) for line in drawn}
    assert len(looks) == lots  # also of more lots than colours
    at_limit = {(line.get_marker(), line.get_color()) for line in marked if list(line.get_xdata()) == [4.0]}
    assert at_limit == (looks if lots > 7 else set())
    turns = [line._unscaled_dash_pattern for line in axes.lines if list(line.get_xdata()) == [4.0, 4.0]]
    assert len(turns) == lots == len({offset for offset, _ in turns})
    assert ("side by side" in said(figure)) == (lots > 1)


def titres(analytes, arms, below=()):
    rows = []
    for i in range(analytes):
        own = {"variable": f"Serotype {i + 1}", "label": f"Pneumococcal serotype {i + 1}", "unit": "mg/L"}
        for arm in range(arms):
            for x, visit in enumerate(("Baseline", "Month 3"), 1):
                one = {**own, "visit": visit, "visit_label": visit, "x": x, "lloq_max": 0.1}
                one |= {"factor": "arm", "level": f"active {arm} mg/kg"} if arms > 1 else {}
                gone = (arm, x) in below
                rows.append({**one, "layer": "line", "n": 15 + arm, "n_below": 15 + arm if gone else 1})
                steps = [] if gone else range(6)
                rows += [
                    {**one, "layer": "step", "step": k, "value": 0.2 * 2**k * x, "share": 0.9 - k / 7} for k in steps
                ]
    return frame(figure_titres, rows)


@pytest.mark.parametrize(("analytes", "arms"), [(1, 1), (12, 1), (60, 1), (2, 3), (12, 2), (60, 5)])
def test_curves_of_antibodies_keep_their_panels_high_whatever_their_legend_needs(analytes, arms):
    figure = figure_titres.draw(titres(analytes, arms), simulated=True)
    assert returned(figure) == []
    tall = [axes.get_position().height * figure.get_figheight() * style.MM for axes in figure.axes if axes.axison]
    assert min(tall) > 24  # mm
    assert bool(figure.legends) == (analytes >= 12 and arms > 1)  # else every panel has its own


def test_panels_that_share_a_legend_have_their_counts_and_say_what_is_not_there():
    figure = figure_titres.draw(titres(12, 2, below=[(1, 1)]))
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert any("n = 15 to 16; active 1 mg/kg, Baseline: all < LLOQ" in text.replace("\n", " ") for text in texts)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == [f"active {arm} mg/kg, {visit}" for arm in (0, 1) for visit in ("Baseline", "Month 3")]


@pytest.mark.parametrize("biomarkers", [1, 2, 3, 12, 60])
def test_what_is_written_above_roc_curves_stays_above_them(biomarkers):
    rows = []
    for i in range(biomarkers):
        own = {"score": "MGC", "variable": f"IL-{i}", "label": f"IL-{i}", "unit": "pg/mL"}
        numbers = {
            "n": 300,
            "responders": 233,
            "area": 0.47,
            "low": 0.395,
            "high": 0.546,
            "p": 0.47,
            "confidence": 0.95,
        }
        rows.append({**own, "layer": "area", **numbers})
        rows += [{**own, "layer": "point", "point": k, "sensitivity": k / 4, "false_positive": k / 4} for k in range(5)]
    figure = figure_roc.draw(frame(figure_roc, rows), simulated=True)
    assert returned(figure) == [] and "(95 % CI 0.395 to 0.546)" in said(figure)


@pytest.mark.parametrize("limits", [(700, 3100), (1200, 19000), (0.002, 400000), (90, 1100)])
@style.styled
def test_labels_of_a_narrow_log_axis_do_not_touch(limits):
    figure = Figure(figsize=(30 / style.MM, 30 / style.MM), layout="constrained")
    axes = figure.subplots()
    for which in "xy":
        getattr(axes, f"set_{which}lim")(*limits)
        marks.log_axis(axes, which)
    figure.draw_without_rendering()
    ticks = axes.get_xticks()
    for axis in (axes.xaxis, axes.yaxis):
        marks.thin(axis)
    assert returned(figure) == [] and list(axes.get_xticks()) == list(ticks)
    named = [tick for tick, label in zip(ticks, axes.get_xticklabels(), strict=True) if label.get_text()]
    assert len(named) >= 2 and ({1000.0} & set(ticks)) <= set(named)


def controls(analytes, plate):
    rows = [
        {
            **{"analyte": f"IL-{a:02d}", "label": f"IL-{a:02d}", "control": f"Level {c}, recombinant", "kit_lot": "L1"},
            **{"plate": plate.format(x), "x": x, "lot_run": x, "guide_runs": 0, "accepted": True, "verdict": "PASS"},
            **{"recovery_percent": 95.0 + 3 * c, "tolerance_percent": 25.0},
        }
        for a in range(analytes)
        for c in range(3)
        for x in range(1, 13)
    ]
    return frame(figure_controls, rows)


@pytest.mark.parametrize("analytes", [1, 5, 12])
def test_long_names_of_plates_stand_below_the_lowest_panels_alone(analytes):
    figure = figure_controls.draw(controls(analytes, "Cytokine 30-plex, run of 2024-05-{:02d}"), simulated=True)
    assert returned(figure) == []
    shown = [axes for axes in figure.axes if axes.axison]
    named = [axes for axes in shown if axes.get_xticklabels()[0].get_text()]
    assert named == shown[-{1: 1, 5: 2, 12: 3}[analytes] :]
    assert min(axes.get_position().height * figure.get_figheight() * style.MM for axes in shown) > 20  # mm


def test_names_of_plates_that_would_be_longer_than_a_panel_are_the_numbers_of_their_runs():
    figure = figure_controls.draw(controls(3, "The thirty cytokines of the second shipment, run of 2024-05-{:02d}"))
    assert returned(figure) == [] and {axes.get_xlabel() for axes in figure.axes} == {"Run"}


def test_the_line_under_survival_curves_says_only_what_is_drawn():
    step = {"layer": "step", "shaded": True, "low": 1.0, "high": 1.0, "censored": 0, "biomarker": None, "p": np.nan}
    alone = response_notes.survival(pd.DataFrame([step]))
    assert "tick" not in alone and "Shaded" not in alone
    more = response_notes.survival(pd.DataFrame([step, {**step, "low": 0.3, "censored": 2}]))
    assert "tick: censored" in more and "Shaded: 95 % limits" in more


def test_estimates_without_a_symbol_are_called_so():
    cell = {"question": "baseline", "adjusted": np.nan, "lower_limit_code": "none", "share_below": 0.0}
    cells = [{**cell, "estimate_method_code": code} for code in ("tau_b", "repeated_measures_adjusted")]
    text = figure_notes.associations(pd.DataFrame(cells).assign(reason_code=None), {})
    assert "τ: Kendall tau-b. Estimates without a symbol: correlation r." in text


def test_a_line_never_ends_at_a_no_break_space():
    text = "declined to take part (n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}2)"
    for width in range(12, 60, 2):
        lines = lettering.wrap(text, width, style.SMALL)
        assert any("(n = 2)" in line for line in lines) and " ".join(lines) == text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("dpi", [72, 110, 300])
@style.styled
def test_text_is_as_wide_on_a_picture_as_it_was_measured(dpi):
    note = "Share of participants at or above each value. Grey: below the highest LLOQ, where the share is not known."
    figure = Figure(figsize=(7, 1), dpi=dpi)
    text = figure.text(0, 0.5, note, fontsize=style.TINY)
    canvas = FigureCanvasAgg(figure)
    drawn = text.get_window_extent(canvas.get_renderer()).width / dpi * style.MM
    assert drawn == pytest.approx(lettering.text_width(note, style.TINY), rel=0.005)


def test_a_figure_of_parts_and_each_of_its_parts_know_them_all():
    assert planned.parts("figure_5") == planned.parts("figure_5b") == ("figure_5a", "figure_5b", "figure_5c")
    assert planned.parts("figure_6") == () and planned.module("figure_5c") == "figure_5"
