"""A variable over the visits: the selection and the panel that Figures 2, 5 and 6 share.

Rows of `summary` carry the centre and interval as the statistics gave them, rows of `participant` one measurement. A
value below the LLOQ has `y` = its LLOQ and says so in `y_status`; it is drawn open, at that limit.
"""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.figures import lettering, marks, pages, present, style
from immunoassay.figures.tidy import tidy
from immunoassay.statistics.groups import ALL
from immunoassay.study.course_names import first_course
from immunoassay.study.legal_names import legal_ids
from immunoassay.tables import BELOW, CENSORED
from immunoassay.tables.notation import table as declared
from immunoassay.words.code_words import plain
from immunoassay.words.series_notes import BEYOND
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

VISIT = """
participant | str | | participant, of what is drawn for one
course | str | | treatment course
visit | str | | visit
visit_label | str | | visit as it is labelled
"""
SERIES = f"""
part | str | | part of Figure 5: A, B or C
variable | str | | analyte or score
label | str | | its name as it is printed
group | str | | group of analytes, or score
unit | str | | unit of the analyte or score
quantity | str | | what is drawn: value, change (from baseline) or relative_change_percent
layer | str | | summary, participant, mcid, absent or unmatched (who has no result), ticks, words or left_out (no result)
scale | str | | scale of the axis of values: log or linear
participant_group | str | | group of participants that the row is of; empty where there are no groups
{VISIT}
x | Int64 | number | place of the visit on the axis, from 1
n | Int64 | number | results of the visit; of absent and unmatched participants
changed | boolean | | of a summary: its participants are others than those of the visit before
n_below | Int64 | number | of these, below the LLOQ
n_above | Int64 | number | of these, above the ULOQ
n_missing | Int64 | number | missing results
share_below | float64 | share | n_below / n
y | float64 | <unit>, or % | height; of what lies beyond a limit that limit
low | float64 | <unit>, or % | lower end of the 95 % confidence interval
high | float64 | <unit>, or % | upper end of the 95 % confidence interval
lloq_min | float64 | <unit> | lowest LLOQ among the results
lloq_max | float64 | <unit> | highest LLOQ among the results
y_status | str | | what y is: value, quantified, or the limit it lies beyond; not_estimable
centre_method | str | | what the centre is
centre_method_code | str | | code of centre_method
interval_method | str | | how the interval was computed; none if there is none
interval_method_code | str | | code of interval_method
words | str | | the row in words
"""
TABLE = declared(
    "series",
    "the summary, or the value of one participant, at a visit",
    "part variable layer participant_group participant visit",
    SERIES,
)
LAYERS = {"summary": 0, "participant": 1, "absent": 2, "unmatched": 2, "left_out": 2}  # order of the rows
WIDE = 100  # the ratio of the highest to the lowest of values and intervals from which an axis of values is logarithmic
UNPLACED = {"not_estimable": "n.e.", "below_lloq": "< LLOQ", "above_uloq": "> ULOQ"}
QUANTITIES = {"value": "", "change": "change from baseline", "relative_change_percent": "change from baseline, %"}


def table(
    summaries: pd.DataFrame,
    observations: pd.DataFrame,
    visits: pd.DataFrame,
    courses: pd.DataFrame,
    events: pd.DataFrame,
    variables: pd.DataFrame,
    quantity: str,
    part: str = "",
    individuals: bool = True,
    named: bool = True,
    matched: bool = False,
    log: bool = True,
) -> pd.DataFrame:
    """Rows (columns of TABLE) of the `variables` (as of `variables_of`) over the first course.

    `summaries` gives the centres; `observations` the participants' values, left out when `individuals` is false, and who is
    behind each centre, by name when `named`. The visits are numbered in order (x = 1, 2, ...). A variable that has neither is
    a row of layer `left_out`. Groups of participants have rows of their own, each over its own first course. `matched`: the
    summaries are of those with a result at every visit, and nobody else is drawn. `log`: a logarithmic axis where the centres
    are geometric means.
    """
    own = _of_groups(observations, courses)
    own = own[own["variable"].isin(variables["variable"])]
    there = present.seen(own, quantity).merge(plan(visits)[["visit", "x"]], on="visit")
    parts = [_summaries(_of_groups(summaries, courses), quantity)]
    parts[0]["changed"] = present.changed(present.matched(there) if matched else there, parts[0])
    if individuals:
        parts.append(_participants(present.matched(own) if matched else own, quantity))
    parts.append(present.absent(there, visits, courses, events, named, together=matched))
    rows = pd.concat(parts, ignore_index=True).drop(columns=["label", "group", "unit"], errors="ignore")
    rows = rows.merge(variables, on="variable").merge(plan(visits), on="visit", how="left")
    rows = rows[rows["x"].notna() | (rows["layer"] == "unmatched")]
    absent = variables[~variables["variable"].isin(rows["variable"])].assign(layer="left_out")
    rows = pd.concat([rows, absent], ignore_index=True) if len(absent) else rows
    rows = rows.assign(part=part, quantity=quantity, later=rows["layer"].map(LAYERS))
    rows["scale"] = rows["variable"].map({name: _axis(own, log) for name, own in rows.groupby("variable")})
    return tidy(TABLE, rows.sort_values(["place", "later", "participant_group", "participant", "x"], kind="stable"))


def variables_of(analytes: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    """The analytes of the groups as frame (variable, label, group, unit, place), by group as given, then sheet order."""
    chosen = analytes[analytes["group"].isin(groups)].copy()
    chosen["place"] = chosen["group"].map({group: i for i, group in enumerate(groups)})
    chosen = chosen.sort_values(["place", "order", "analyte"], kind="stable").rename(columns={"analyte": "variable"})
    chosen["label"] = chosen["label"].where(chosen["label"].fillna("") != "", chosen["variable"])
    chosen = chosen[["variable", "label", "group", "unit"]].reset_index(drop=True)
    return chosen.assign(place=range(len(chosen)))


def plan(visits: pd.DataFrame) -> pd.DataFrame:
    """visit, visit_label and x (1, 2, ... in the order of the visits)."""
    ordered = visits.sort_values(["order", "visit"], kind="stable")
    label = ordered["label"].where(ordered["label"].fillna("") != "", ordered["visit"])
    return pd.DataFrame({"visit": ordered["visit"], "visit_label": label, "x": range(1, len(ordered) + 1)})


def with_values(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """(the rows of `table` whose variable has anything to draw, labels of the variables that have nothing).

    The zero of a baseline, which a change is measured from, is nothing.
    """
    baseline = table[table["centre_method_code"] == "baseline"]
    zero = pd.MultiIndex.from_frame(table[["variable", "x"]]).isin(
        pd.MultiIndex.from_frame(baseline[["variable", "x"]])
    )
    heights = table["y"].notna() & ~zero & table["layer"].isin(["summary", "participant"])
    drawn = table["variable"].isin(table.loc[heights, "variable"])
    return table[drawn], list(dict.fromkeys(table.loc[~drawn, "label"]))


def panel(axes: Axes, rows: pd.DataFrame, ticks: lettering.Ticks, band: bool = False, zero: bool = False) -> None:
    """Draw one variable: grey lines of participants, the centre as line and points, its interval as band or bars."""
    summary = rows[rows["layer"] == "summary"]
    people = rows[rows["layer"] == "participant"].dropna(subset=["y"])
    log = (rows["scale"] == "log").any()
    if zero:
        axes.axhline(0, color=style.BLACK, lw=0.5, zorder=1)
    limits = rows[["lloq_min", "lloq_max"]].astype(float)
    if (summary["quantity"] == "value").all() and limits["lloq_max"].notna().any() and summary["n_below"].sum():
        limit = style.lower_limit(summary["unit"].head(1))
        marks.lloq_line(axes, limits["lloq_min"].min(), limits["lloq_max"].max(), limit)
    own = looks(summary)
    for name, look in own.items():
        _lines(axes, _group(people, name), look["color"] if name else "")
        centre(axes, _group(summary, name), look["color"], band, look["shift"], look["marker"])
    if log:
        _near(axes, rows)
    (marks.log_axis if log else marks.linear_axis)(axes)
    visits = summary.drop_duplicates("x").sort_values("x")
    marks.visit_axis(axes, visits["x"].tolist(), visits["visit_label"].tolist(), _counts(summary, visits["x"]), ticks)
    for name, look in own.items():
        rows = _cut(axes, _group(summary, name)) if log else _group(summary, name)
        open_ends(axes, rows[rows["n"] > 0] if name else rows, look["color"], log, look["shift"])


def _axis(rows, log):
    """Whether the axis of one variable is "log" or "linear".

    Logarithmic where centres are geometric means, if `log`, or where values and their intervals span more than WIDE, of
    which a linear axis shows an interval and nothing else. What is a logarithm itself never is.
    """
    heights = rows[["y", "low", "high"]].astype(float).to_numpy().ravel()
    heights = heights[np.isfinite(heights) & (heights > 0)]
    values = (rows["quantity"] == "value").all() and not (rows["y"].dropna() <= 0).any()
    if not values or not len(heights) or tables.in_log2(rows["unit"]).any():
        return "linear"
    geometric = rows["centre_method_code"].fillna("").str.startswith("geometric").any()
    return "log" if (log and geometric) or heights.max() / heights.min() > WIDE else "linear"


def _near(axes, rows):
    """A logarithmic axis of the values and their intervals; it ends where an interval leaves the values by more than BEYOND."""
    heights = rows["y"].astype(float)
    drawn = rows[["y", "low", "high"]].astype(float).clip(heights.min() / BEYOND, heights.max() * BEYOND)
    low, high = drawn.min().min(), drawn.max().max()
    room = max((high / low) ** 0.07, 1.05)
    axes.set_ylim(low / room, high * room)


def _cut(axes, rows):
    """The rows with intervals that leave the axis as such without an end."""
    low, high = axes.get_ylim()
    return rows.assign(low=rows["low"].mask(rows["low"] < low, 0), high=rows["high"].mask(rows["high"] > high, np.inf))


def edge(rows: pd.DataFrame, least: float = 14) -> float:
    """What a panel needs beside its axis, in mm: `least`, or the names of the counts of groups of participants."""
    groups = {name: _group(rows[rows["layer"] == "summary"], name).fillna({"n": 0}) for name in _groups(rows)}
    names = [f"{what} {plain(name)}" for name, own in groups.items() for what, _ in marks.counts(own)]
    return max([least, *(lettering.text_width(name, style.SMALL) + 10 for name in names)])


def looks(rows: pd.DataFrame) -> dict[str | None, dict]:
    """Colour, marker and shift along the axis of every group of participants; of None where there are no groups."""
    names = _groups(rows)
    if not names:
        return {None: {"color": style.BLUE, "marker": "o", "shift": 0.0}}
    middle = (len(names) - 1) / 2
    return {name: {**look, "shift": 0.08 * (i - middle)} for i, (name, look) in enumerate(style.looks(names).items())}


def legend(figure: Figure, rows: pd.DataFrame) -> None:
    """Names of the groups of participants above the panels, where there are any."""
    axes = figure.axes[0]
    handles = [
        axes.plot([], [], color=look["color"], marker=look["marker"], ms=3.6, label=plain(name))[0]
        for name, look in looks(rows).items()
        if name
    ]
    if handles:
        pages.legend(figure, handles)


def _groups(rows):
    return sorted(rows["participant_group"].dropna().unique())


def _group(rows, name):
    return rows if name is None else rows[rows["participant_group"] == name]


def _counts(summary, places):
    """Counts under the visits at `places`, of each group of participants its own."""
    names = _groups(summary)
    if not names:
        return marks.counts(summary)
    lines = []
    for name in names:
        at = _group(summary, name).set_index("x").reindex(places).fillna({"n": 0})
        lines += [(f"{what} {plain(name)}", values) for what, values in marks.counts(at)]
    return lines


def centre(
    axes: Axes,
    summary: pd.DataFrame,
    colour: str,
    band: bool = False,
    shift: float = 0.0,
    marker: str = "o",
    ls: str = "-",
) -> None:
    """The centres that are values as a line with points, the others as open triangles at the LLOQ or as "n.e."."""
    x = summary["x"].to_numpy(float) + shift
    y = summary["y"].to_numpy(float)
    known = (summary["y_status"] == "value").to_numpy()
    low, high = summary["low"].to_numpy(float), summary["high"].to_numpy(float)
    interval = known & np.isfinite(low) & np.isfinite(high)
    if band:
        axes.fill_between(x, low, high, where=interval, color=colour, alpha=0.22, lw=0, zorder=2)
    else:
        axes.errorbar(
            x[interval], y[interval], [(y - low)[interval], (high - y)[interval]],
            fmt="none", ecolor=colour, elinewidth=0.9, capsize=1.8, capthick=0.9, zorder=4,
        )  # fmt: skip
    line(axes, x, np.where(known, y, np.nan), summary["changed"], {"color": colour, "marker": marker, "ls": ls})
    for status, shape in (("below_lloq", "v"), ("above_uloq", "^")):
        outside = (summary["y_status"] == status).to_numpy() & np.isfinite(y)
        if outside.any():
            marks.open_marker(axes, x[outside], y[outside], colour, size=4.2, marker=shape, zorder=5)


def line(axes: Axes, x: np.ndarray, y: np.ndarray, changed: pd.Series, look: dict) -> None:
    """Points joined by a line; it is thin and dashed up to a point whose participants are others than those before it."""
    others = changed.fillna(False).to_numpy(bool)
    joined = np.flatnonzero(np.isfinite(y[1:]) & np.isfinite(y[:-1]))
    for dashed, own in ((False, joined[~others[joined + 1]]), (True, joined[others[joined + 1]])):
        pieces = [[(x[i], y[i]), (x[i + 1], y[i + 1])] for i in own]
        drawn = {"lw": 0.8, "ls": (0, (3, 2))} if dashed else {"lw": 1.2, "ls": look["ls"]}
        axes.add_collection(LineCollection(pieces, colors=look["color"], zorder=5, capstyle="butt", **drawn))
    axes.plot(x, y, color=look["color"], marker=look["marker"], ms=3.6, ls="none", zorder=5)


def open_ends(axes: Axes, summary: pd.DataFrame, colour: str, log: bool = False, shift: float = 0.0) -> None:
    """What has no place or no length: words for a centre without a number, arrows for an interval without an end."""
    floor, roof = axes.get_ylim()
    for row in summary.to_dict("records"):
        x = row["x"] + shift
        if row["y_status"] in UNPLACED and pd.isna(row["y"]):
            marks.say(
                axes, UNPLACED[row["y_status"]], (x, 0), ("data", "axes fraction"), (0, 2), va="bottom", color=colour
            )
        for end, edge, marker in ((row["low"], floor, "v"), (row["high"], roof, "^")):
            unbounded = np.isinf(end) if pd.notna(end) else False
            if row["y_status"] == "value" and (unbounded or (log and pd.notna(end) and end <= 0)):
                axes.plot([x, x], [row["y"], edge], color=colour, lw=0.9, zorder=4)
                axes.plot([x], [edge], color=colour, marker=marker, ms=3, clip_on=False, zorder=4)
    axes.set_ylim(floor, roof)


def mcid(scale: dict) -> float:
    """The smallest change of a score that matters to patients, as change for the better."""
    return -scale["mcid"] if scale["worse"] == "higher" else scale["mcid"]


def score_label(name: str, scale: dict) -> str:
    """What a score is called on figures: its label where the name is only the label without what names may not hold."""
    label = scale.get("label") or name
    return label if legal_ids([label]).ids.get(label) == name else name


def labels(table: pd.DataFrame) -> list[str]:
    """Labels of the visits drawn, in order."""
    return table.dropna(subset=["x"]).drop_duplicates("x").sort_values("x")["visit_label"].tolist()


def axis_label(row: pd.Series, width: float) -> str:
    """Label of the y axis: quantity and unit, in `width` mm; of groups, whose counts leave an axis less height, in three
    quarters of it."""
    width *= 1 if pd.isna(row["participant_group"]) else 0.75
    what = QUANTITIES[row["quantity"]]
    unit = style.unit(row["unit"])
    text = marks.value_label(row["unit"]) if not what else what if "%" in what else f"{what}, {unit}"
    return "\n".join(lettering.wrap(text[0].upper() + text[1:] if what else text, width))


def _of_groups(rows, courses):
    """Rows of the first course, and of groups of participants: of each the first course of the study, else its own."""
    first, firsts = first_course(courses.to_dict("records")), set(courses.loc[courses["order"] == 1, "course"])
    group = rows["participant_group"]
    if group.isna().all():
        return rows[rows["course"] == first]
    own = rows[rows["course"].isin(firsts) & group.notna() & (group != ALL)]
    given = own.loc[own["course"] == first, "participant_group"]
    return own[(own["course"] == first) | ~own["participant_group"].isin(given)]


def _summaries(rows, quantity):
    rows = rows[rows["quantity"] == quantity].copy()
    rows["y_status"] = rows["centre_status"]
    rows["y"] = rows["centre"].where(rows["centre_status"] != "below_lloq", rows["lloq_max"])
    return rows.assign(layer="summary", participant=pd.NA)


def _participants(rows, quantity):
    rows = rows.copy()
    if quantity == "value":
        below, above = rows["status"].isin(BELOW), rows["status"] == "above_uloq"
        rows["y"] = rows["value"].mask(below, rows["upper"]).mask(above, rows["lower"])
        rows["y_status"] = rows["status"]
    else:
        rows["y"] = rows[quantity]
        rows["y_status"] = "quantified"
    rows = rows.dropna(subset=["y"])
    return rows.assign(layer="participant", lloq_min=rows["lloq"], lloq_max=rows["lloq"])


def _lines(axes, people, colour):
    """Lines of participants: grey, or of the `colour` of their group."""
    if not len(people):
        return
    few = people["participant"].nunique() <= 20
    alpha = (0.9 if few else 0.5) / (3 if colour else 1)
    look = {"color": colour or style.PALE, "lw": 0.6 if few else 0.3, "alpha": alpha, "zorder": 1.5}
    marks.ways(axes, people, **look)
    once = people[people.groupby("participant")["x"].transform("size") == 1]  # a line of one point is none
    if len(once):
        axes.plot(once["x"], once["y"], ls="none", marker=".", ms=3, color=look["color"], alpha=alpha, zorder=1.5)
    outside = people[people["y_status"].isin(CENSORED)]
    marks.open_marker(axes, outside["x"], outside["y"], style.GREY, size=2.6, zorder=2)
