"""Reverse cumulative curves of antibodies: the share of participants at or above each value, by visit or by level."""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.figures import lettering, marks, pages, series, style
from immunoassay.figures.paging import Panels
from immunoassay.figures.tidy import tidy
from immunoassay.statistics.groups import whole
from immunoassay.study.course_names import first_course
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
    lines = lines.assign(name=[_named(row, len(places)) for row in lines.to_dict("records")])
    lines["counted"] = lines["name"] + [_counted(row) for row in lines.to_dict("records")]
    longest = max(lettering.text_width(name, style.SMALL) for name in lines["counted"]) + marks.KEY + EDGE
    columns = next((count for count in (3, 2) if count <= len(analytes) and longest <= style.DOUBLE / count), 1)
    width = style.DOUBLE if columns > 1 else style.SINGLE if longest <= style.SINGLE else style.DOUBLE * 2 / 3
    note = f"{response_notes.titres(table)} {remark}"
    height = (48 + 3.4 * int(lines.groupby("variable").size().max())) * -(-len(analytes) // columns)
    shared = height > pages.room(width, simulated, note)  # one legend for all panels
    if shared:
        columns, width, height = 3, style.DOUBLE, 50 * -(-len(analytes) // 3)
    figure = pages.page(width, height, simulated, note)
    looks = _looks(lines, places)
    for axes, analyte in zip(pages.grid(figure, len(analytes), columns), analytes, strict=True):
        own = lines[lines["variable"] == analyte]
        _panel(axes, own, table[(table["variable"] == analyte) & (table["layer"] == "step")], looks)
        if shared:
            _heading(axes, own, width / columns - EDGE)
        else:
            marks.legend_above(
                axes, _handles(axes, own, looks, "counted"), own["label"].iloc[0], width / columns - EDGE
            )
    if shared:
        pages.legend(figure, _handles(figure.axes[0], lines.drop_duplicates("name"), looks, "name"))
    return figure


def _looks(lines, places):
    """{name of a line: how it is drawn}: colours are levels and dashes visits, or colours visits where there are no levels."""
    levels = sorted(lines["level"].dropna().unique())
    colours = {name: look["color"] for name, look in style.looks(levels or places).items()}
    return {
        row["name"]: {
            "color": colours[row["level"] if levels else row["x"]],
            "ls": LINES[places.index(row["x"]) % 3] if levels else "-",
        }
        for row in lines.to_dict("records")
    }


def _handles(axes, lines, looks, named):
    return [axes.plot([], [], label=row[named], **looks[row["name"]])[0] for row in lines.to_dict("records")]


def _heading(axes, lines, width):
    """Title of a panel that shares its legend, with its counts and the lines that are not there."""
    low, high = int(lines["n"].min()), int(lines["n"].max())
    gone = [f"{row['name']}: {_gone(row)}" for row in lines.to_dict("records") if _gone(row)]
    counts = f"n = {low}" if low == high else f"n = {low} to {high}"
    said = lettering.wrap("; ".join([counts, *gone]), width, style.TINY)
    marks.say(axes, "\n".join(said), (0.5, 1), offset=(0, 3), va="bottom", linespacing=1.2)
    marks.title(axes, lines["label"].iloc[0], width, 5 + 1.45 * style.TINY * len(said))


def _panel(axes, lines, steps, looks):
    unit = lines["unit"].iloc[0]
    logarithms, limit = tables.is_log2(unit), lines.loc[lines["n_below"] > 0, "lloq_max"].max()
    low, high = _ends(steps, limit, logarithms)
    if not logarithms:
        axes.set_xscale("log")
    axes.set_xlim(low, high)
    if np.isfinite(limit):
        axes.axvspan(low, limit, color=style.GREY, alpha=0.15, lw=0, zorder=0)
    for row in lines.to_dict("records"):
        at_level = steps["level"].isna() if pd.isna(row["level"]) else steps["level"] == row["level"]
        _draw(axes, steps[(steps["x"] == row["x"]) & at_level], row, (low, high), looks[row["name"]])
    axes.set_ylim(-3, 103)
    axes.set_ylabel("At or above, %")
    axes.set_xlabel(style.unit(unit))
    (marks.linear_axis if logarithms else marks.log_axis)(axes, "x")
    axes.set_yticks([0, 25, 50, 75, 100])


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


def _named(row, visits):
    if pd.isna(row["level"]):
        return row["visit_label"]
    return f"{plain(row['level'])}, {row['visit_label']}" if visits > 1 else plain(row["level"])


def _gone(row):
    """Why a line is not there; "" of one that is."""
    return response_notes.all_below(style.lower_limit([row["unit"]])) if row["n_below"] == row["n"] else ""


def _counted(row):
    """What a legend says behind the name of a line."""
    return ", ".join(filter(None, [f", n = {int(row['n'])}", _gone(row)]))
