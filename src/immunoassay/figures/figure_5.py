"""Figure 5: antibodies. A, autoantibodies relative to baseline by participant; B, vaccine antigens; C, classes."""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.figures import lettering, marks, pages, present, series, style
from immunoassay.figures.paging import Panels
from immunoassay.figures.tidy import tidy
from immunoassay.statistics.groups import whole
from immunoassay.study.course_names import first_course
from immunoassay.tables import BELOW, REPORTED
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes, terms
from matplotlib.figure import Figure

OF_GROUPS = ("summaries",)  # frames of which the rows of every group of participants are drawn
TABLE = declared(
    "figure_5",
    "the summary, or the value of one participant, of an antibody at a visit, or what is printed below",
    "part variable layer participant_group participant visit",
    series.SERIES,
)
NAMED = 14  # participants told apart by colour, marker and line; more are drawn grey, without names, with their median


def table(
    summaries: pd.DataFrame,
    observations: pd.DataFrame,
    visits: pd.DataFrame,
    courses: pd.DataFrame,
    events: pd.DataFrame,
    analytes: pd.DataFrame,
    groups_a: list[str],
    groups_b: list[str],
    groups_c: list[str],
    individuals: bool = True,
    matched: bool = False,
    log: bool = True,
) -> pd.DataFrame:
    """Every number of Figure 5 (TABLE), part A, B or C.

    A: one row per visit of each participant with a quantified baseline: y is the relative change from baseline in
    percent (in log2 units the difference); where a value is outside the limits y is the bound of that change (the ratio
    `fold` minus one) and y_status says which. Of more than NAMED of them the row of a visit (`ticks`) is their median
    (`summary`), or its bound. Layer `words` counts those with and without a detectable baseline. B and C: centres of the
    level. `individuals` false leaves out every row of a person; `matched` and `log` as series.table.
    """
    parts = _relative(observations, visits, courses, series.variables_of(analytes, groups_a), individuals, matched)
    pooled = [
        frame.assign(participant_group=None) for frame in (whole(summaries), observations)
    ]  # colours of C are classes
    for part, groups in (("B", groups_b), ("C", groups_c)):
        own = series.variables_of(analytes, groups)
        centres, seen = (summaries, observations) if part == "B" else pooled
        drawn = individuals and part == "B"
        parts.append(
            series.table(centres, seen, visits, courses, events, own, "value", part, drawn, individuals, matched, log)
        )
    return tidy(TABLE, *parts)


def _panels(table):
    """What the panels are of: an antibody, of part C a unit."""
    return table["unit"].where(table["part"] == "C", table["variable"])


@pages.drawing(TABLE, Panels(_panels))
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """Figure 5 from its table: the panels of the parts it holds, one after the other."""
    drawn = table[table["layer"] != "words"]
    words = " ".join(table.loc[table["layer"] == "words", "words"])
    with_summary, without = series.with_values(drawn[drawn["part"] != "A"])
    words = f"{words} {figure_notes.without_values(without)}".strip()
    with_summary, below = _drawable(with_summary)
    words = f"{words} {figure_notes.all_below(below)}".strip()
    drawn = pd.concat([drawn[drawn["part"] == "A"], with_summary])
    panels = list(dict.fromkeys(zip(drawn["part"], _panels(drawn), strict=True)))
    if not panels:
        return pages.notice(f"{figure_notes.nothing('figure_5')} {words} {remark}", simulated)
    edge = 14 if set(drawn["part"]) == {"B"} else 32  # names beside the axes
    columns, width, ticks = lettering.shape(series.labels(drawn), len(panels), 2 if len(panels) <= 6 else 3, edge)
    classes = style.looks(list(dict.fromkeys(drawn.loc[drawn["part"] == "C", "variable"])))
    note = f"{figure_notes.antibodies(drawn)} {words} {remark}"
    figure = pages.page(width, 56 * -(-len(panels) // columns), simulated, note)
    lettered = set()
    for axes, (part, key) in zip(pages.grid(figure, len(panels), columns, letters=False), panels, strict=True):
        own = drawn[(drawn["part"] == part) & (_panels(drawn) == key)]
        {"A": _draw_a, "B": _draw_b, "C": _draw_c}[part](axes, own, ticks, width / columns - edge, classes)
        if part not in lettered:
            marks.letter(axes, part)
        lettered.add(part)
    series.legend(figure, drawn[drawn["part"] == "B"])
    return figure


def _drawable(drawn):
    """(the rows of `drawn` without panels of part C of which every result is below its limit, the summaries of those).

    Such panels stay where part C has no other.
    """
    classes = drawn[(drawn["part"] == "C") & (drawn["layer"] == "summary")]
    counts = classes.groupby("unit")[["n", "n_below"]].sum()
    empty = counts.index[counts["n"] == counts["n_below"]]
    gone = (drawn["part"] == "C") & drawn["unit"].isin(empty if len(empty) < len(counts) else [])
    return drawn[~gone], drawn[gone & (drawn["layer"] == "summary")]


def _draw_a(axes, own, ticks, width, _):
    people = own.dropna(subset=["participant"])
    axes.axhline(0, color=style.BLACK, lw=0.5, zorder=1)
    names = list(dict.fromkeys(people["participant"]))
    few = len(names) <= NAMED
    looks = style.looks(names) if few else {None: {"color": style.GREY, "ls": "-", "marker": "."}}
    for person, look in looks.items():
        line = people[people["participant"] == person] if few else people
        inside = line[line["y_status"] == "quantified"]
        dots = {"ls": "none", "marker": look["marker"], "ms": 3.6 if few else 1, "label": person}
        alpha = 1 if few else 0.4
        marks.ways(axes, line, color=look["color"], ls=look["ls"], lw=1.2 if few else 0.3, alpha=alpha, zorder=2)
        axes.plot(inside["x"], inside["y"], color=look["color"], **dots)
        for states, marker in ((BELOW, "v"), (("above_uloq",), "^")):
            bound = line[line["y_status"].isin(states)]
            marks.open_marker(axes, bound["x"], bound["y"], look["color"], size=5 if few else 3, marker=marker)
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.05 * (high - low), high)
    marks.linear_axis(axes)
    if len(middle := own[own["layer"] == "summary"]):
        series.centre(axes, middle, style.BLUE)
        series.open_ends(axes, middle, style.BLUE)
    visits = own[own["layer"].isin(["ticks", "summary"])]
    marks.visit_axis(axes, visits["x"].tolist(), visits["visit_label"].tolist(), marks.counts(visits), ticks)
    axes.set_ylabel(series.axis_label(own.iloc[0].where(own.columns != "participant_group"), 42))
    marks.title(axes, own["label"].iloc[0], width)
    if few:
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), handlelength=1.2, borderaxespad=0.2)


def _draw_b(axes, own, ticks, width, _):
    series.panel(axes, own, ticks)
    axes.set_ylabel(series.axis_label(own.iloc[0], 40))
    marks.title(axes, own["label"].iloc[0], width)


def _draw_c(axes, own, ticks, width, classes):
    unit = own["unit"].iloc[0]
    limit, log = style.lower_limit([unit]), not tables.is_log2(unit)
    axes.set_yscale("log" if log else "linear")
    own = own[own["layer"] == "summary"]
    names = list(dict.fromkeys(own["variable"]))
    shifts = [0.05 * (i - (len(names) - 1) / 2) for i in range(len(names))]
    ends = []
    for name, shift in zip(names, shifts, strict=True):
        look = classes[name]
        line = own[own["variable"] == name]
        label, last = line["label"].iloc[0], line.loc[line["y"].notna(), "y"]
        if (line["n_below"] == line["n"]).all() and line["lloq_max"].notna().any():
            height = line["lloq_max"].max()
            axes.axhline(height, color=look["color"], ls=":", lw=1)
            ends.append((height, f"{label}: < {limit}, all {int(line['n'].sum())}", look["color"]))
            continue
        series.centre(axes, line, look["color"], shift=shift, marker=look["marker"], ls=look["ls"])
        if len(last):
            ends.append((last.iloc[-1], label, look["color"]))
    axes.margins(y=0.08)
    low, high = axes.get_ylim()
    if (own["n_below"] == own["n"]).all() and own["lloq_max"].notna().any():
        low, high = own["lloq_max"].min(), own["lloq_max"].max()
        low, high = (low / 4, high * 4) if log else (low - 2, high + 2)
    axes.set_ylim(low, high)
    (marks.log_axis if log else marks.linear_axis)(axes)
    for name, shift in zip(names, shifts, strict=True):
        series.open_ends(axes, own[own["variable"] == name], classes[name]["color"], log=log, shift=shift)
    visits = own.drop_duplicates("x").sort_values("x")
    marks.visit_axis(axes, visits["x"].tolist(), visits["visit_label"].tolist(), [_n(own)], ticks)
    marks.end_labels(axes, ends)
    axes.set_ylabel(marks.value_label(unit))
    marks.title(axes, terms.capital(", ".join(terms.group(name) for name in dict.fromkeys(own["group"]))), width)


def _relative(observations, visits, courses, variables, individuals, matched):
    course = first_course(courses.to_dict("records"))
    rows = observations[(observations["course"] == course) & observations["variable"].isin(variables["variable"])]
    rows = present.matched(rows) if matched else rows
    rows = rows.merge(variables[["variable", "label", "place"]], on="variable").merge(series.plan(visits), on="visit")
    known = rows["status"].isin(REPORTED)
    detected = rows["baseline_status"] == "quantified"
    kept = rows["change_lower"] == rows["change_upper"]  # a value below its limit of detection, as it was delivered
    status = rows["status"].mask(kept & known, "quantified")
    below, above = status.isin(BELOW), status == "above_uloq"
    # at the limit the change is only bounded: the ratio's bound, written as change in percent
    bound = 100 * (rows["fold_upper"].where(below, rows["fold_lower"]) - 1)
    y = rows["relative_change_percent"].where(~(below | above), bound)
    log2 = tables.in_log2(rows["unit"])  # of logarithms the change is the difference
    y = y.mask(log2, rows["change"].where(~(below | above), rows["change_upper"].where(below, rows["change_lower"])))
    quantity = np.where(log2, "change", "relative_change_percent")
    rows = rows.assign(part="A", layer="participant", quantity=quantity, y=y, y_status=status)
    rows = rows.assign(lloq_min=rows["lloq"], lloq_max=rows["lloq"], below=below, above=above)
    drawn = rows[known & detected].sort_values(["place", "participant", "x"], kind="stable")
    visit = drawn.groupby(["place", "x"], sort=True)
    ticks = visit.first().reset_index().assign(layer="ticks", participant=None, y=None, y_status=None)
    ticks = ticks.assign(lloq_min=None, lloq_max=None, participant_group=None, n=visit.size().to_numpy())
    ticks = ticks.assign(n_below=visit["below"].sum().to_numpy(), n_above=visit["above"].sum().to_numpy())
    ticks = _medians(drawn, ticks)
    words = [
        {
            "part": "A",
            "layer": "words",
            "variable": own["variable"].iloc[0],
            "words": figure_notes.detectable(own["label"].iloc[0], own["status"]),
        }
        for _, own in rows[rows["baseline"]].sort_values("place").groupby("place", sort=True)
    ]
    return [*([drawn, ticks] if individuals else []), words]


def _medians(drawn, ticks):
    """The rows of visits, of variables of more than NAMED participants with their median as summary.

    Of changes that are only bounded the median may be so too: with them at the one end and at the other it differs.
    """
    bounds = drawn.assign(low=drawn["y"].mask(drawn["below"], -np.inf), high=drawn["y"].mask(drawn["above"], np.inf))
    bounds = bounds.groupby(["place", "x"], sort=True)[["low", "high"]].median()
    low, high = (bounds[name].to_numpy(float) for name in ("low", "high"))
    at_most, at_least = np.isfinite(high) & (ticks["n_below"] > 0), np.isfinite(low) & (ticks["n_above"] > 0)
    status = np.select([low == high, at_most, at_least], ["value", "below_lloq", "above_uloq"], "not_estimable")
    y = np.select([low == high, at_most, at_least], [low, high, low], np.nan)
    many = ticks["place"].map(drawn.groupby("place")["participant"].nunique()) > NAMED
    others = pd.Series(present.changed(drawn.assign(participant_group=None), ticks), index=ticks.index, dtype="boolean")
    return ticks.assign(
        layer=ticks["layer"].mask(many, "summary"),
        **{"y": pd.Series(y).where(many), "y_status": pd.Series(status).where(many), "changed": others.where(many)},
    )


def _n(rows):
    """The counts under part C: one number where all classes have the same n, else the range."""
    by_visit = rows.groupby("x", sort=True)["n"]
    ranges = zip(by_visit.min(), by_visit.max(), strict=True)
    return "n", [f"{low}" if low == high else f"{low}–{high}" for low, high in ranges]
