"""Reverse cumulative curves of antibodies: the share of participants at or above each value, by visit or by level."""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.figures import lettering, marks, pages, series, style
from immunoassay.figures.paging import Panels
from immunoassay.figures.tidy import tidy
from immunoassay.statistics.groups import whole
from immunoassay.study.courses import first_course
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes, response_notes
from immunoassay.words.code_words import plain
from matplotlib.figure import Figure

TABLE = declared(
    "figure_titres",
    "a step of one curve, or what is said of the curve",
    "layer variable visit level step",
    """
layer | str | | step (of the curve), line (counts of the curve) or left_out (no result)
variable | str | | analyte
label | str | | its name as it is printed
unit | str | | unit
course | str | | treatment course
visit | str | | visit
visit_label | str | | visit as it is labelled
x | Int64 | number | order of the visit, from 1
factor | str | | factor whose levels have curves
level | str | | level; empty: everybody
step | Int64 | number | number of the step, from the lowest value
value | float64 | <unit> | value
share | float64 | share | share of participants at or above the value
low | float64 | share | lower Clopper-Pearson limit, where nothing is censored
high | float64 | share | upper Clopper-Pearson limit
n | Int64 | number | results
n_below | Int64 | number | of these, below LLOQ or LOD
lloq_max | float64 | <unit> | highest LLOQ among the results
""",
)
EDGE = 14  # what a panel needs beside its axis, in mm
LINES = ("-", "--", ":")  # of visits, where colours are levels


def table(
    serology: pd.DataFrame,
    titre_curves: pd.DataFrame,
    visits: pd.DataFrame,
    courses: pd.DataFrame,
    analytes: pd.DataFrame,
    groups: list[str],
    shown: list[str],
    factor: str | None = None,
) -> pd.DataFrame:
    """Every number of the curves of the first course at the visits `shown` (TABLE): of everybody, or with `factor` of its
    levels. `groups`: groups of analytes, one panel an analyte. Nobody is named in it.
    """
    first = first_course(courses.to_dict("records"))
    variables = series.variables_of(analytes, groups)
    factor = factor if (serology["factor"] == factor).any() else None  # the arm of a study that is blinded still
    layers = []
    for frame, layer in ((serology, "line"), (titre_curves, "step")):
        rows = whole(frame)
        rows = rows[(rows["course"] == first) & rows["visit"].isin(shown)]
        rows = rows[rows["factor"] == factor] if factor else rows[rows["factor"].isna()]
        layers.append(rows.drop(columns=["group", "unit"]).assign(layer=layer))
    rows = pd.concat([layers[0][layers[0]["n"] > 0], layers[1]], ignore_index=True)
    rows = rows.merge(variables, on="variable").merge(series.plan(visits), on="visit")
    rows = rows.assign(**{name: rows[name].where(rows["layer"] == "step") for name in ("low", "high")})
    absent = variables[~variables["variable"].isin(rows["variable"])].assign(layer="left_out")
    rows = pd.concat([rows, absent], ignore_index=True) if len(absent) else rows
    return tidy(TABLE, rows.sort_values(["place", "x", "level", "layer", "step"], kind="stable"))


@pages.drawing(TABLE, Panels("variable"))
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """The curves from their table; one panel per antibody, log axis (of logarithms a linear one)."""
    lines = table[table["layer"] == "line"]
    analytes = list(dict.fromkeys(lines["variable"]))
    if not analytes:
        lacking = ", ".join(table["label"].dropna())
        return pages.notice(f"{figure_notes.nothing('figure_titres')} {lacking} {remark}", simulated)
    places = sorted(lines["x"].unique())
    empty = lines["n_below"] == lines["n"]
    named = [_named(row, len(places), gone) for row, gone in zip(lines.to_dict("records"), empty, strict=True)]
    longest = max(lettering.text_width(name, style.SMALL) for name in named) + marks.KEY + EDGE
    columns = next((count for count in (3, 2) if count <= len(analytes) and longest <= style.DOUBLE / count), 1)
    width = style.DOUBLE if columns > 1 else style.SINGLE if longest <= style.SINGLE else style.DOUBLE * 2 / 3
    most = int(lines.groupby("variable").size().max())
    levels = sorted(lines["level"].dropna().unique())
    names = levels or places
    colours = {name: look["color"] for name, look in style.looks(names).items()}
    height = (48 + 3.4 * most) * -(-len(analytes) // columns)
    figure = pages.page(width, height, simulated, f"{response_notes.titres(table)} {remark}")
    for axes, analyte in zip(pages.grid(figure, len(analytes), columns), analytes, strict=True):
        _panel(axes, table[table["variable"] == analyte], colours, width / columns - EDGE)
    return figure


def _panel(axes, own, colours, width):
    lines, steps = (own[own["layer"] == layer] for layer in ("line", "step"))
    unit = lines["unit"].iloc[0]
    logarithms, limit = tables.is_log2(unit), lines.loc[lines["n_below"] > 0, "lloq_max"].max()
    low, high = _ends(steps, limit, logarithms)
    if not logarithms:
        axes.set_xscale("log")
    axes.set_xlim(low, high)
    if np.isfinite(limit):
        axes.axvspan(low, limit, color=style.GREY, alpha=0.15, lw=0, zorder=0)
    handles = []
    places = sorted(lines["x"].unique())
    for row in lines.to_dict("records"):
        level = None if pd.isna(row["level"]) else row["level"]
        look = {"color": colours[level or row["x"]], "ls": LINES[places.index(row["x"]) % 3] if level else "-"}
        curve = steps[(steps["x"] == row["x"]) & (steps["level"].isna() if level is None else steps["level"] == level)]
        _draw(axes, curve, row, (low, high), look)
        handles.append(axes.plot([], [], label=_named(row, len(places), curve.empty), **look)[0])
    axes.set_ylim(-3, 103)
    axes.set_ylabel("At or above, %")
    axes.set_xlabel(style.unit(unit))
    (marks.linear_axis if logarithms else marks.log_axis)(axes, "x")
    axes.set_yticks([0, 25, 50, 75, 100])
    marks.legend_above(axes, handles, lines["label"].iloc[0], width)


def _draw(axes, curve, row, ends, look):
    """From the limit, or from the left where nothing is censored, down to the highest value and to 0 behind it."""
    if curve.empty:
        return
    curve = curve.sort_values("step")
    start = row["lloq_max"] if row["n_below"] > 0 else ends[0]
    value = np.array([min(start, curve["value"].iloc[0]), *curve["value"], curve["value"].iloc[-1], ends[1]])
    share = 100 * np.array([curve["share"].iloc[0], *curve["share"], 0, 0])
    axes.plot(value, share, drawstyle="steps-pre", zorder=3, **look)


def _ends(steps, limit, logarithms):
    known = np.array([*steps["value"].dropna(), *([limit] if np.isfinite(limit) else [])], float)
    known = known if known.size else np.array([1.0])
    if logarithms:
        pad = max(0.08 * np.ptp(known), 0.5)
        return known.min() - pad, known.max() + pad
    factor = max((known.max() / known.min()) ** 0.08, 1.5)
    return known.min() / factor, known.max() * factor


def _named(row, visits, absent):
    level = None if pd.isna(row["level"]) else row["level"]
    name = plain(level) if level else row["visit_label"]
    name = f"{name}, {row['visit_label']}" if level and visits > 1 else name
    limit = style.lower_limit([row["unit"]])
    gone = f", {response_notes.all_below(limit)}" if absent and row["n_below"] == row["n"] else ""
    return f"{name}, n = {int(row['n'])}{gone}"
