"""Waterfall, Kaplan-Meier, reverse cumulative and ROC curves: of few and many people, groups, events and results below LLOQ."""

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.figures import figure_roc, figure_survival, figure_titres, figure_waterfall, pages, style
from immunoassay.statistics.diagnostics import diagnostics
from immunoassay.statistics.serology import serology
from immunoassay.statistics.time_to_event import time_to_event
from immunoassay.words import figure_notes
from matplotlib.colors import to_hex
from matplotlib.text import Text
from tests.statistic_frames import worded

from ..test_statistics_tables import observe
from .judged_pages import faults

SCALES = {
    "MGC": {"label": "Myasthenia Gravis Composite", "mcid": 3.0, "worse": "higher"},
    "MG-ADL": {"label": "MG Activities of Daily Living", "mcid": None, "worse": "higher"},
}
ANALYTES = pd.DataFrame(
    [
        ("IL-6", "IL-6", "cytokine", 1, "pg/mL"),
        ("Tetanus", "Tetanus toxoid", "vaccine", 1, "titre"),
        ("Measles", "Measles", "vaccine", 2, "mIU/mL"),
    ],
    columns=["analyte", "label", "group", "order", "unit"],
)
VISITS = pd.DataFrame(
    [("D1", "Baseline", 1, 1), ("M3", "Month 3", 2, 85), ("M6", "Month 6", 3, 183)],
    columns=["visit", "label", "order", "day"],
)
ARMS = ("placebo", "active 5 mg/kg", "active 10 mg/kg weekly", "rescue", "observation")
MODULES = {"waterfall": figure_waterfall, "survival": figure_survival, "titres": figure_titres, "roc": figure_roc}
# arms, people in each, events (share, or their number), whether all of the first arm lie below the LLOQ
CASES = {
    "one group of 7": (1, 7, 0.3, False),
    "two of 4": (2, 4, 0.3, False),
    "three of 15": (3, 15, 0.3, False),
    "five of 15": (5, 15, 0.3, False),
    "two of 100": (2, 100, 0.3, False),
    "one arm below the LLOQ": (2, 15, 0.3, True),
    "one event": (2, 15, 1, False),
    "no event": (2, 15, 0, False),
}


def sheets(arms, n, events, below):
    random = np.random.default_rng(3)
    people = arms * n
    arm = np.repeat(np.arange(arms), n)
    drop = np.array([0, -5, -3]) + 3 * random.normal(size=(people, 3)) * np.array([0, 1, 1])
    values = {
        "MGC": np.round(18 + 3 * random.normal(size=(people, 1))) + np.round(drop),
        "MG-ADL": np.round(9 + 2 * random.normal(size=(people, 3))),
        "IL-6": np.exp(random.normal(size=(people, 3)) + 3),
        "Tetanus": 10 * 2.0 ** np.round(np.clip(random.normal(size=(people, 3)) + np.array([1, 3, 3]), 0, 9)),
        "Measles": np.exp(random.normal(size=(people, 3)) + 3),
    }
    if below:
        values["Tetanus"][arm == 0] = values["Measles"][arm == 0] = 0.1
    observations = observe(values, lloq=5.0)
    for name, unit, group in zip(ANALYTES["analyte"], ANALYTES["unit"], ANALYTES["group"], strict=True):
        observations.loc[observations["variable"] == name, ["unit", "group"]] = [unit, group]
    names = [f"P{i + 1}" for i in range(people)]
    start = pd.Timestamp("2021-01-04")
    hit = names[:events] if isinstance(events, int) else [name for name in names if random.random() < events]
    dates = [f"{(start + pd.Timedelta(days=int(random.integers(20, 170)))).date()}" for _ in hit]
    happened = pd.DataFrame({"participant": hit, "course": "first", "event": "relapse", "date": dates})
    courses = pd.DataFrame({"participant": names, "course": "first", "order": 1, "day1_date": f"{start.date()}"})
    return observations, pd.DataFrame({"participant": names, "arm": [ARMS[i] for i in arm]}), courses, happened


@lru_cache
def made(case):
    """Every figure of a case, as {name: (its module, its table)}."""
    arms, n, events, below = CASES[case]
    observations, people, courses, happened = sheets(arms, n, events, below)
    factor = "arm" if arms > 1 else None
    settings = {"mcid": {"MGC": 3}, "compare": {"arm": "placebo"} if factor else {}, "primary_course": "first"}
    settings |= {"primary_visit": "M3", "permutations": 200}
    found = {
        **time_to_event(observations, people, settings, VISITS, courses, happened)._asdict(),
        **serology(observations, people, settings, ["Tetanus", "Measles"])._asdict(),
        **diagnostics(observations, settings)._asdict(),
    }
    texts = {name: worded(name, frame, settings) for name, frame in found.items()}
    scores = ["MGC", "MG-ADL"]
    return {
        "waterfall": figure_waterfall.table(observations, people, VISITS, courses, SCALES, scores, "M3", factor),
        "survival": figure_survival.table(
            texts["event_curves"], texts["time_to_event"], courses, ANALYTES, ("relapse", "response"), ("IL-6",)
        ),
        "titres": figure_titres.table(
            texts["serology"], texts["titre_curves"], VISITS, courses, ANALYTES, ["vaccine"], ["D1", "M3"], factor
        ),
        "roc": figure_roc.table(texts["roc"], texts["roc_points"], ANALYTES, ["MGC"]),
    }


def said(figure):
    return " ".join(text.get_text() for text in figure.findobj(Text)).replace("\n", " ")


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("case", CASES)
def test_nothing_is_clipped_or_covered(case, name):
    figure = MODULES[name].draw(made(case)[name], simulated=True, remark="A remark.")
    assert faults(figure) == []
    assert style.SIMULATED in said(figure) and "A remark." in said(figure)


@pytest.mark.parametrize("name", MODULES)
def test_the_bytes_are_the_same_from_the_table_and_from_its_file(name, svg_alone, tmp_path):
    table = made("three of 15")[name]
    tables.write_tsv(table, tmp_path / "table.tsv")
    figures = [MODULES[name].draw(each) for each in (table, tables.read_tsv(tmp_path / "table.tsv"))]
    first, second = (pages.save(figure, tmp_path / str(i))[0] for i, figure in enumerate(figures))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("name", MODULES)
def test_a_table_is_as_declared_and_one_without_rows_says_why(name):
    module, table = MODULES[name], made("two of 4")[name]
    assert list(table.columns) == list(module.TABLE.columns)
    with pytest.raises(tables.ContractError, match=f"{module.TABLE.name}: unknown columns"):
        module.draw(table.assign(other=1))
    assert figure_notes.nothing(module.TABLE.name) in said(module.draw(table.iloc[:0], remark="A remark."))


def test_the_waterfall_is_sorted_and_names_nobody_unless_asked():
    table = made("two of 4")["waterfall"]
    bars = table[(table["layer"] == "bar") & (table["score"] == "MGC")]
    assert bars["y"].is_monotonic_decreasing and bars["better"].tolist() == (bars["y"] <= -3).tolist()
    counts = table[(table["layer"] == "level") & (table["score"] == "MGC")]
    assert counts["n"].tolist() == [4, 4] and counts["responders"].sum() == bars["better"].sum()
    assert table.loc[table["layer"] == "mcid", "y"].tolist() == [-3]
    figure = figure_waterfall.draw(table)
    drawn = sorted(patch.get_height() for patch in figure.axes[0].patches if patch.get_width())
    assert drawn == sorted(bars["y"]) and "P1" in said(figure)
    observations, people, courses, _ = sheets(2, 4, 0, False)
    scores = ["MGC", "MG-ADL"]
    quiet = figure_waterfall.table(
        observations, people, VISITS, courses, SCALES, scores, "M3", "arm", individuals=False
    )
    assert quiet["participant"].isna().all() and len(quiet) == len(table)
    assert not {"P1", "P2"} & set(said(figure_waterfall.draw(quiet)).split())
    nobody = figure_waterfall.table(observations, people, VISITS, courses, SCALES, scores, "M9", "arm")
    assert nobody["layer"].tolist() == ["left_out", "left_out"]
    assert "Nobody has a change" in said(figure_waterfall.draw(nobody))


def test_a_level_has_one_colour_in_every_figure():
    figures = {name: module.draw(made("two of 4")[name]) for name, module in MODULES.items() if name != "roc"}
    waterfall, survival, titres = (figures[name].axes[0].get_legend() for name in ("waterfall", "survival", "titres"))
    colours = []
    for legend in (waterfall, survival, titres):
        own = {}
        for handle, text in zip(legend.legend_handles, legend.get_texts(), strict=True):
            colour = handle.get_facecolor() if hasattr(handle, "get_facecolor") else handle.get_color()
            own.setdefault("active" if "active" in text.get_text() else "placebo", set()).add(to_hex(colour))
        colours.append(own)
    assert colours[0] == colours[1] == colours[2] and colours[0]["active"] != colours[0]["placebo"]


def test_the_numbers_at_risk_are_those_of_the_curve():
    table = made("three of 15")["survival"]
    own = table[(table["panel"] == 1) & (table["level"] == "placebo")]
    steps, risk = own[own["layer"] == "step"], own[own["layer"] == "risk"]
    assert risk["at_risk"].iloc[0] == 15 == steps["at_risk"].iloc[0] and steps["share"].iloc[0] == 1
    for row in risk.to_dict("records"):
        gone = steps[steps["time"] < row["time"]]
        assert row["at_risk"] == 15 - gone["events"].sum() - gone["censored"].sum()
    texts = said(figure_survival.draw(table))
    assert "Weeks since first dose" in texts and "log-rank p" in texts and "above" in texts
    assert table["panel"].max() == 3 and set(table["label"]) == {"arm", "IL-6"}
    axes = figure_survival.draw(table).axes[0]
    heights = {float(y) for line in axes.lines for y in line.get_ydata()}
    assert heights <= {float(y) for y in table["share"].dropna()}
    censored = [line for line in axes.lines if line.get_marker() == "|"]
    assert (
        sum(len(line.get_xdata()) for line in censored)
        == (table[(table["panel"] == 1) & (table["layer"] == "step")]["censored"] > 0).sum()
    )


def test_a_study_without_events_has_flat_curves():
    table = made("no event")["survival"]
    relapse = table[(table["endpoint_code"] == "relapse") & (table["layer"] == "step")]
    assert (relapse["share"] == 1).all()
    assert made("one event")["survival"].query("layer == 'curve' and endpoint_code == 'relapse'")["n_events"].max() == 1


def test_an_arm_that_is_all_below_is_said_and_the_range_below_is_shaded():
    table = made("one arm below the LLOQ")["titres"]
    figure = figure_titres.draw(table)
    assert "all < LLOQ" in said(figure) and "Grey: below the highest LLOQ" in said(figure)
    shaded = [patch for axes in figure.axes for patch in axes.patches]
    assert len(shaded) == 2 and all(patch.get_x() + patch.get_width() == pytest.approx(5) for patch in shaded)
    lines = [line for axes in figure.axes for line in axes.lines if len(line.get_xdata())]
    known = {round(100 * float(share), 9) for share in table["share"].dropna()} | {0.0}
    assert lines and all({round(float(y), 9) for y in line.get_ydata()} <= known for line in lines)


def test_titres_of_everybody_by_visit_and_an_antibody_without_results():
    observations, _, courses, _ = sheets(1, 7, 0, False)
    gone = observations[observations["variable"] != "Measles"]
    found = serology(gone, pd.DataFrame({"participant": []}), {"primary_course": "first"}, ["Tetanus", "Measles"])
    table = figure_titres.table(*found, VISITS, courses, ANALYTES, ["vaccine"], ["D1", "M3"])
    texts = said(figure_titres.draw(table))
    assert "Baseline, n = 7" in texts and "not drawn: Measles" in texts
    assert table["level"].isna().all()


def test_logarithms_have_a_linear_axis():
    observations, _, courses, _ = sheets(1, 15, 0, False)
    rows = observations["variable"] == "Measles"
    observations.loc[rows, "unit"] = "NPX"
    found = serology(observations, pd.DataFrame({"participant": []}), {"primary_course": "first"}, ["Measles"])
    table = figure_titres.table(*found, VISITS, courses, ANALYTES.assign(unit="NPX"), ["vaccine"], ["D1"])
    axes = figure_titres.draw(table).axes[0]
    assert axes.get_xscale() == "linear" and axes.get_xlabel() == "NPX (log2)"


def test_a_roc_curve_runs_from_corner_to_corner_and_says_what_is_missing():
    table = made("three of 15")["roc"]
    figure = figure_roc.draw(table)
    areas = table[table["layer"] == "area"]
    assert len(areas) == 3
    for axes in figure.axes:
        x, y = axes.lines[1].get_data()
        assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
        name = axes.get_title()
        own = table[(table["label"] == name) & (table["layer"] == "point")]
        assert own["sensitivity"].tolist() == list(y)
        area = areas.loc[areas["label"] == name, "area"].iloc[0]
        assert np.trapezoid(y, x) == pytest.approx(area)
    assert "fewer than 20 participants: IL-6" in said(figure_roc.draw(made("two of 4")["roc"]))


def test_a_study_that_is_blinded_still_shows_everybody():
    observations, people, courses, _ = sheets(2, 4, 0, False)
    hidden = people[["participant"]]
    bars = figure_waterfall.table(observations, hidden, VISITS, courses, SCALES, ["MGC"], "M3", "arm")
    found = serology(observations, hidden, {"primary_course": "first", "compare": {"arm": ""}}, ["Tetanus"])
    curves = figure_titres.table(*found, VISITS, courses, ANALYTES, ["vaccine"], ["D1", "M3"], "arm")
    assert bars["level"].isna().all() and (bars["layer"] == "bar").sum() == 8
    assert curves["level"].isna().all() and (curves["layer"] == "line").sum() == 2
