"""Groups side by side at one visit, one panel per variable: participants, centre with interval, counts, p with its test."""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.figures import lettering, marks, pages, style
from immunoassay.figures.paging import Panels
from immunoassay.figures.tidy import tidy
from immunoassay.tables import CENSORED
from immunoassay.tables.notation import table as declared
from immunoassay.words import comparison_notes, figure_notes
from matplotlib.figure import Figure

ALL = "all"
TABLE = declared(
    "figure_groups",
    "the centre of a group, the value of one participant, or the test of a group beside the reference, at a visit",
    "layer variable level participant",
    """
layer | str | | group (centre of a group), participant, test (a group beside the reference; all: any of several) or left_out
variable | str | | analyte or score
label | str | | its name as it is printed
group | str | | group of analytes, or score
unit | str | | unit
factor | str | | factor whose levels are compared
level | str | | level of the factor
reference | str | | level the others are compared with
participant | str | | participant, of what is drawn for one
visit | str | | visit
x | float64 | number | place on the axis: 1, 2, ... are the levels
n | Int64 | number | results of the group
n_below | Int64 | number | of these, below the LLOQ
n_above | Int64 | number | of these, above the ULOQ
share_below | float64 | share | n_below / n
y | float64 | <unit> | height; of what lies beyond a limit that limit
low | float64 | <unit> | lower end of the 95 % confidence interval of the centre
high | float64 | <unit> | upper end of the 95 % confidence interval of the centre
y_status | str | | what y is: value, quantified, or the limit it lies beyond; not_estimable
lloq_min | float64 | <unit> | lowest LLOQ among the results
lloq_max | float64 | <unit> | highest LLOQ among the results
centre_method | str | | what the centre is
centre_method_code | str | | code of centre_method
interval_method | str | | how the interval was computed; none if there is none
interval_method_code | str | | code of interval_method
p | float64 | probability | two-sided p value
p_method | str | | the test
p_method_code | str | | code of p_method
words | str | | the row in words
""",
)
WIDTH = 0.26  # how far points spread to each side of their group
ASIDE = 0.3  # of the centre from the middle of its group


def table(
    comparisons: pd.DataFrame,
    centres: pd.DataFrame,
    levels: dict[str, str],
    observations: pd.DataFrame,
    variables: pd.DataFrame,
    factor: str,
    visit: str,
    individuals: bool = True,
) -> pd.DataFrame:
    """Every number of the panels: per variable and level a `group`, per participant a point, per comparison a `test`.

    `comparisons` are the group comparisons as they were written, `centres` and `levels` are of `group_centres` at the visit
    (with their words), `variables` a frame (variable, label, group, unit, place) as of series.variables_of, scores likewise.
    """
    names = list(dict.fromkeys(centres["level"]))
    place = {level: index + 1.0 for index, level in enumerate(names)}
    summary = centres[centres["visit"] == visit].copy()
    uloq = observations[observations["visit"] == visit].groupby("variable")["uloq"].max()
    height = summary["centre"].mask(summary["centre_status"] == "below_lloq", summary["lloq_max"])
    height = height.mask(summary["centre_status"] == "above_uloq", summary["variable"].map(uloq))
    summary = summary.assign(layer="group", x=summary["level"].map(place), y=height, y_status=summary["centre_status"])
    tests = comparisons[
        (comparisons["factor"] == factor) & (comparisons["visit"] == visit) & (comparisons["quantity"] == "value")
    ].assign(layer="test")
    tests = tests.drop(columns=["low", "high", "interval_method", "interval_method_code"], errors="ignore")
    points = _points(observations, levels, visit, place)
    layers = [summary, points if individuals else points.iloc[:0], tests]
    kept = set(TABLE.columns) - {"label", "group", "unit"}
    rows = pd.concat([layer[[name for name in layer if name in kept]] for layer in layers], ignore_index=True)
    rows = rows.merge(variables, on="variable").assign(factor=factor, visit=visit)
    rows["reference"] = names[0] if names else None
    drawn = rows.loc[rows["y"].notna() | (rows["n"].fillna(0) > 0), "variable"]
    absent = variables[~variables["variable"].isin(drawn)].assign(layer="left_out", factor=factor)
    rows = pd.concat([rows[rows["variable"].isin(drawn)], absent], ignore_index=True)
    rows["turn"] = rows["layer"].map({"group": 0, "participant": 1, "test": 2, "left_out": 3})
    rows["order"] = rows["level"].map(place).fillna(0)
    return tidy(TABLE, rows.sort_values(["place", "turn", "order", "participant"], kind="stable"))


@pages.drawing(TABLE, Panels("variable"))
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """The panels from their table; log axes of biomarkers, linear ones of scores and logarithms."""
    absent = table["layer"] == "left_out"
    lacking = figure_notes.without_values(table.loc[absent, "label"].tolist())
    table = table[~absent]
    variables = list(dict.fromkeys(table["variable"]))
    if not variables:
        return pages.notice(f"{figure_notes.nothing(TABLE.name)} {lacking} {remark}", simulated)
    levels = table[table["layer"] == "group"].drop_duplicates("x").sort_values("x")["level"].tolist()
    columns, width, ticks = lettering.shape(levels, len(variables), 4, 21)
    note = f"{comparison_notes.panels(table)} {lacking} {remark}"
    figure = pages.page(width, 56 * -(-len(variables) // columns), simulated, note)
    for axes, variable in zip(pages.grid(figure, len(variables), columns), variables, strict=True):
        own = table[table["variable"] == variable]
        _panel(axes, own, levels, ticks)
        axes.set_ylabel(style.unit(own["unit"].iloc[0]))
        marks.title(axes, own["label"].iloc[0], width / columns - 12, pad=11)
    return figure


def _panel(axes, rows, levels, ticks):
    groups, points, tests = (rows[rows["layer"] == name] for name in ("group", "participant", "test"))
    groups = groups.set_index("level").reindex(levels).reset_index()
    groups["x"] = np.arange(1.0, len(levels) + 1)
    groups["n"] = pd.to_numeric(groups["n"]).fillna(0)  # a level of whom nobody has a value
    unit, score = rows["unit"].iloc[0], (rows["group"] == "score").all()
    logarithmic = not score and not tables.is_log2(unit)
    _limits(axes, groups, points, logarithmic)
    if groups["n_below"].fillna(0).sum():
        marks.lloq_line(axes, groups["lloq_min"].min(), groups["lloq_max"].max(), style.lower_limit([unit]))
    _draw_points(axes, points)
    for index, row in enumerate(groups.to_dict("records")):
        _centre(axes, row, style.CYCLE[index % len(style.CYCLE)])
    (marks.log_axis if logarithmic else marks.linear_axis)(axes)
    lines = marks.counts(groups.fillna({"n": 0}).assign(unit=unit))
    if len(levels) > 2:
        found = tests.set_index("level")["p"]
        lines.append(("p", ["", *(comparison_notes.p_value(found.get(level, np.nan)) for level in levels[1:])]))
    marks.visit_axis(axes, groups["x"].tolist(), levels, lines, ticks)
    chosen = tests[tests["level"] == (ALL if len(levels) > 2 else levels[-1])]
    for row in chosen.to_dict("records"):
        text = comparison_notes.p_line(row["p"], row["p_method_code"])
        marks.say(axes, text, (0.5, 1), offset=(0, 6), color=style.BLACK)


def _limits(axes, groups, points, logarithmic):
    """The axis holds every point, and intervals as far as they do not flatten the points."""
    forward, back = (np.log2, np.exp2) if logarithmic else (np.asarray, np.asarray)
    heights = pd.concat([points["y"], groups["y"]]).dropna().to_numpy(float)
    if logarithmic:
        heights = heights[heights > 0]
    heights = forward(heights) if heights.size else np.array([0.0, 1.0])
    low, high = heights.min(), heights.max()
    room = max(high - low, 1.0)
    ends = groups[["low", "high"]].to_numpy(float).ravel()
    ends = forward(ends[np.isfinite(ends) & ((ends > 0) | (not logarithmic))])
    ends = ends[(ends > low - room / 2) & (ends < high + room / 2)]
    low, high = min([low, *ends]), max([high, *ends])
    pad = max(0.08 * (high - low), (np.log2(5) - (high - low)) / 2 if logarithmic else 0.5)
    axes.set_ylim(*back([low - pad, high + pad]))


def _draw_points(axes, points):
    many = len(points) > 80
    beyond = points["y_status"].isin(CENSORED)
    inside, outside = points[~beyond], points[beyond]
    axes.plot(inside["x"], inside["y"], "o", ms=1.6 if many else 2.6, color=style.GREY, mew=0, alpha=0.7, zorder=2)
    marks.open_marker(axes, outside["x"], outside["y"], style.GREY, size=1.9 if many else 2.8, zorder=2)


def _centre(axes, row, colour):
    """Centre and interval of one group, beside its points; what leaves the axis ends in an arrow."""
    x = row["x"] + ASIDE
    floor, roof = axes.get_ylim()
    if not row["n"] > 0:
        return
    if row["y_status"] == "not_estimable" or pd.isna(row["y"]):
        marks.say(axes, "n.e.", (x, 0), ("data", "axes fraction"), (0, 2), va="bottom", color=colour)
        return
    if row["y_status"] != "value":
        shape = "v" if row["y_status"] == "below_lloq" else "^"
        marks.open_marker(axes, [x], [row["y"]], colour, size=4.4, marker=shape, zorder=5)
        return
    axes.plot([x], [row["y"]], "o", ms=4, color=colour, clip_on=False, zorder=5)
    if pd.isna(row["low"]) or pd.isna(row["high"]):
        return
    low, high = max(row["low"], floor), min(row["high"], roof)
    axes.plot([x, x], [low, high], color=colour, lw=1, clip_on=False, zorder=4)
    for end, edge, mark in ((row["low"], floor, "v"), (row["high"], roof, "^")):
        inside = floor <= end <= roof
        look = {"marker": "_", "ms": 4, "mew": 1} if inside else {"marker": mark, "ms": 3}
        axes.plot([x], [end if inside else edge], color=colour, ls="none", clip_on=False, zorder=4, **look)


def _points(observations, levels, visit, place):
    """The participants of the groups, side by side where they are at the same height."""
    rows = observations[(observations["visit"] == visit) & observations["reported"].fillna(False).astype(bool)]
    rows = rows.assign(level=rows["participant"].map(levels)).dropna(subset=["level"])
    order = rows["course_order"].fillna(1)
    rows = rows[order == order.groupby(rows["participant"]).transform("min")]
    level = rows["value"].fillna(rows["upper"]).where(rows["status"] != "above_uloq", rows["lower"]).astype(float)
    rows = rows.assign(layer="participant", y=level, y_status=rows["status"], x=rows["level"].map(place).astype(float))
    rows["x"] = rows["x"] + _aside(rows)
    return rows.drop(columns=["low", "high"], errors="ignore")


def _aside(points):
    """Points of one group that stand within a 24th of the height of their variable spread around the middle."""
    linear = (points["kind"] == "score") | tables.in_log2(points["unit"])
    with np.errstate(divide="ignore"):
        height = pd.Series(np.where(linear, points["y"], np.log(points["y"].clip(lower=1e-300))), index=points.index)
    of = points.assign(_h=height).groupby("variable")["_h"]
    span = (of.transform("max") - of.transform("min")).replace(0, 1.0)
    band = ((height - of.transform("min")) / span * 24).round()
    groups = points.assign(_band=band).groupby(["variable", "level", "_band"])["participant"]
    rank, size = groups.rank(method="first"), groups.transform("size")
    return (rank - (size + 1) / 2) * np.minimum(0.09, 2 * WIDTH / size) - 0.06
