"""Figure 4: two visits side by side per analyte; thick line median, box quartiles, bars minimum to maximum."""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.figures import lettering, marks, pages, series, style
from immunoassay.figures.paging import Panels
from immunoassay.figures.tidy import tidy
from immunoassay.statistics.pairs import with_both
from immunoassay.study.course_names import first_course
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes
from matplotlib.figure import Figure

FEWEST = 5  # values from which a box is drawn; of fewer quartiles say nothing
FILLS = {1: "#A6D3F0", 2: "#F5C266"}  # of the first and the second visit
QUANTILES = ("minimum", "q1", "median", "q3", "maximum")
TABLE = declared(
    "figure_4",
    "the quantiles, or the value of one participant, of a cytokine at one of two visits",
    "layer variable participant visit",
    f"""
layer | str | | box (quantiles), point (a participant) or left_out (nobody has a result at both visits)
variable | str | | analyte
label | str | | its name as it is printed
unit | str | | unit
{series.VISIT}
n | Int64 | number | results of the visit
n_below | Int64 | number | of these, below the LLOQ
n_above | Int64 | number | of these, above the ULOQ
n_across_plates | Int64 | number | of the participants, those whose two results are of different plates
n_across_lots | Int64 | number | of the participants, those whose two results are of different kit lots
x | float64 | number | place on the axis: 1 and 2 are the visits
share_below | float64 | share | n_below / n
minimum | float64 | <unit> | minimum; as every quantile the limit it lies beyond, if it does
q1 | float64 | <unit> | lower quartile
median | float64 | <unit> | median
q3 | float64 | <unit> | upper quartile
maximum | float64 | <unit> | maximum
minimum_status | str | | value, or the limit the minimum lies beyond
q1_status | str | | value, or the limit the lower quartile lies beyond
median_status | str | | value, or the limit the median lies beyond
q3_status | str | | value, or the limit the upper quartile lies beyond
maximum_status | str | | value, or the limit the maximum lies beyond
y | float64 | <unit> | value of the participant, or the limit it lies beyond
lloq_min | float64 | <unit> | lowest LLOQ among the results
lloq_max | float64 | <unit> | highest LLOQ among the results
y_status | str | | status of the value of the participant
quantile_method | str | | how quantiles were computed
quantile_method_code | str | | code of quantile_method
words | str | | the row in words
""",
)


def table(
    summaries: pd.DataFrame,
    observations: pd.DataFrame,
    visits: pd.DataFrame,
    courses: pd.DataFrame,
    analytes: pd.DataFrame,
    groups: list[str],
    pair: list[str],
    individuals: bool = True,
) -> pd.DataFrame:
    """Every number of Figure 4: per analyte and visit a `box` (quantiles) and per participant a `point`.

    `summaries` are the visit summaries of `statistics.pairs.with_both` on the first course. A quantile below the LLOQ
    holds the highest LLOQ, one above the ULOQ the highest ULOQ, and its status says so; a point outside the limits
    holds its own limit. An analyte without any is a row of layer `left_out`. Raises ValueError when the summaries count
    other participants than those with both visits.
    """
    variables = series.variables_of(analytes, groups)
    paired = with_both(observations, first_course(courses.to_dict("records")), pair)
    paired = paired[paired["variable"].isin(variables["variable"])]
    boxes = summaries[
        (summaries["course"] == first_course(courses.to_dict("records")))
        & (summaries["quantity"] == "value")
        & summaries["visit"].isin(pair)
        & summaries["variable"].isin(paired["variable"])
    ].copy()
    _check(boxes, paired)
    uloq = paired.groupby(["variable", "visit"])["uloq"].max()
    top = boxes.set_index(["variable", "visit"]).index.map(uloq).to_numpy(float)
    for name in QUANTILES:
        status = boxes[f"{name}_status"]
        value = boxes[name].mask(status == "below_lloq", boxes["lloq_max"])
        boxes[name] = value.mask(status == "above_uloq", pd.Series(top, index=boxes.index))
    place = {visit: i + 1 for i, visit in enumerate(pair)}
    boxes = boxes.assign(layer="box", x=boxes["visit"].map(place))
    boxes["words"] = [figure_notes.box(row) for row in boxes.to_dict("records")]
    for name, column in (("n_across_plates", "plate"), ("n_across_lots", "kit_lot")):
        boxes[name] = boxes["variable"].map(_across(paired, column))
    level = paired["value"].fillna(paired["upper"]).where(paired["status"] != "above_uloq", paired["lower"])
    limit = {"lloq_min": paired["lloq"], "lloq_max": paired["lloq"]}
    points = paired.assign(layer="point", x=paired["visit"].map(place).astype(float), y=level, **limit)
    points["y_status"] = points["status"]
    points["x"] = points["x"] + np.where(points["visit"] == pair[0], 0.36, -0.36) + _aside(points)
    rows = pd.concat([boxes, points if individuals else points.iloc[:0]], ignore_index=True)
    rows = rows.drop(columns=["label", "group", "unit"], errors="ignore").merge(variables, on="variable")
    rows = rows.merge(series.plan(visits)[["visit", "visit_label"]], on="visit")
    rows["turn"] = rows["visit"].map(place)
    absent = variables[~variables["variable"].isin(rows["variable"])].assign(layer="left_out")
    rows = pd.concat([rows, absent], ignore_index=True) if len(absent) else rows
    return tidy(TABLE, rows.sort_values(["place", "layer", "turn", "participant"], kind="stable"))


@pages.drawing(TABLE, Panels("variable"))
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """Figure 4 from its table; one panel per analyte, log axis (of logarithms a linear one), its own unit."""
    absent = table["layer"] == "left_out"
    lacking = figure_notes.without_pairs(table.loc[absent, "label"].tolist())
    table = table[~absent]
    analytes = list(dict.fromkeys(table["variable"]))
    if not analytes:
        return pages.notice(f"{lacking} {remark}", simulated)
    labels = (
        table.dropna(subset=["x"]).assign(x=table["x"].round()).drop_duplicates("x").sort_values("x")["visit_label"]
    )
    columns, width, ticks = lettering.shape(labels.tolist(), len(analytes), 4, _edge(table))
    width = style.DOUBLE * 2 / 3 if columns == len(analytes) == 2 else width
    note = f"{figure_notes.cytokines(table, FEWEST)} {lacking} {remark}"
    figure = pages.page(width, 50 * -(-len(analytes) // columns), simulated, note)
    alike = table["unit"].nunique() == 1
    for index, (axes, analyte) in enumerate(zip(pages.grid(figure, len(analytes), columns), analytes, strict=True)):
        own = table[table["variable"] == analyte]
        _panel(axes, own[own["layer"] == "box"], own[own["layer"] == "point"], ticks)
        if not alike or index % columns == 0:
            axes.set_ylabel(marks.value_label(own["unit"].iloc[0]))
        marks.title(axes, own["label"].iloc[0], width / columns - 10)
    return figure


def _edge(table):
    """What a panel needs beside its axis in mm: for the numbers of its ticks, and of an LLOQ far below them."""
    heights = table[["minimum", "maximum", "lloq_max"]].to_numpy(float).ravel()
    numbers = {style.number(float(f"{height:.1g}")) for height in heights[np.isfinite(heights)]}
    return max(20, 6 + 2 * max((lettering.text_width(text, style.SMALL) for text in numbers), default=0))


def _panel(axes, boxes, points, ticks):
    unit, limit = boxes["unit"].iloc[0], boxes["lloq_max"].max()
    name, logarithms = style.lower_limit([unit]), tables.is_log2(unit)
    scale, back = (np.asarray, np.asarray) if logarithms else (np.log2, np.exp2)
    heights = scale(pd.concat([*(boxes[name] for name in QUANTILES), points["y"]]).dropna())
    low, high = heights.min(), heights.max()
    near = scale(limit) >= low - 2  # a far lower limit would flatten the boxes: it is written, not drawn
    low = min(low, float(scale(limit))) if near else low
    pad = max(0.12 * (high - low), np.log2(1.3), (np.log2(5) - (high - low)) / 2)
    axes.set_ylim(*back([low - pad, high + pad]))
    if near:
        marks.lloq_line(axes, boxes["lloq_min"].min(), limit, name)
    elif np.isfinite(limit):
        marks.say(axes, f"{name}\n{style.number(limit)} ↓", (1, 0), offset=(2, 0), ha="left", va="bottom")
    _points(axes, points)
    for box in boxes.to_dict("records"):
        if box["n"] >= FEWEST or points.empty:
            _box(axes, box)
    _all_below(axes, boxes, name, scale)
    (marks.linear_axis if logarithms else marks.log_axis)(axes)
    marks.visit_axis(axes, boxes["x"].tolist(), boxes["visit_label"].tolist(), marks.counts(boxes), ticks)


def _box(axes, box):
    """One box from its own quantiles. What lies below the LLOQ ends at the LLOQ with an arrow."""
    known = {name: box[f"{name}_status"] == "value" for name in QUANTILES}
    if not known["maximum"] and box["n_below"] == box["n"]:
        return
    stats = {"med": box["median"], "q1": box["q1"], "q3": box["q3"], "whislo": box["minimum"], "whishi": box["maximum"]}
    dark = {"color": style.BLACK, "lw": 0.7}
    look = {"whiskerprops": dark, "capprops": dark, "patch_artist": True, "showfliers": False, "manage_ticks": False}
    few = box["n"] < FEWEST
    look["boxprops"] = {"facecolor": FILLS[box["x"]], "edgecolor": style.BLACK, "lw": 0.7 if known["q3"] else 0}
    look["medianprops"] = {"color": style.BLACK, "lw": 1.8 if known["median"] else 0, "solid_capstyle": "butt"}
    if few:  # minimum, median and maximum alone
        stats |= {"q1": box["median"], "q3": box["median"]}
    axes.bxp([stats], positions=[box["x"]], widths=0.42, zorder=3, **look)
    if not known["minimum"]:
        axes.plot(box["x"], box["minimum"], marker=11, ms=4, color=style.BLACK, ls="none", zorder=4)
    if box["maximum_status"] == "above_uloq":
        axes.plot(box["x"], box["maximum"], marker=10, ms=4, color=style.BLACK, ls="none", zorder=4)


def _points(axes, points):
    many = points["participant"].nunique() > 40
    marks.ways(axes, points, color=style.PALE, lw=0.5, alpha=0.3 if many else 1, zorder=1.5)
    inside = points[points["y_status"] == "quantified"]
    axes.plot(inside["x"], inside["y"], "o", ms=1.6 if many else 2.4, color=style.GREY, mew=0, zorder=2)
    outside = points[points["y_status"] != "quantified"]
    marks.open_marker(axes, outside["x"], outside["y"], style.GREY, size=2.8, zorder=2)


def _all_below(axes, boxes, name, scale):
    """Say it where every result is below its limit: once for both visits, or at the visit, from its edge inwards."""
    empty = boxes[(boxes["n_below"] == boxes["n"]) & (boxes["maximum_status"] != "value")]
    limit = boxes["lloq_max"].max()
    look = {
        "fontsize": style.SMALL,
        "color": style.BLACK,
        "bbox": {"fc": "white", "ec": "none", "pad": 0.4},
        "zorder": 6,
    }
    coords = "axes fraction", "data"
    if len(empty) == len(boxes):
        marks.say(axes, f"all {int(empty['n'].sum())} < {name}", (0.5, limit), coords, (0, 5), va="bottom", **look)
        return
    low, high = scale(axes.get_ylim())
    up, side = (5, "bottom") if scale(limit) < (low + 2 * high) / 3 else (-5, "top")  # below the line near the title
    for row in empty.to_dict("records"):
        edge, aside, align = (0, 2, "left") if row["x"] < 1.5 else (1, -2, "right")
        words = f"all {row['n']}\n< {name}"
        marks.say(axes, words, (edge, limit), coords, (aside, up), ha=align, va=side, **look)


def _across(paired, column):
    """By variable, the participants whose two results differ in this column; missing where it is stated of nobody."""
    people = paired.groupby(["variable", "participant"])[column].agg(["count", "nunique"])
    people = people[people["count"] == 2]
    return (people["nunique"] == 2).groupby("variable").sum()


def _aside(points):
    """Points of one cytokine and visit at the same height stand side by side."""
    groups = points.groupby(["variable", "visit", "y"])["participant"]
    rank, size = groups.rank(method="first"), groups.transform("size")
    return (rank - (size + 1) / 2) * np.minimum(0.045, 0.22 / size)


def _check(boxes, paired):
    drawn = boxes.set_index(["variable", "visit"])["n"].sort_index()
    counted = paired.groupby(["variable", "visit"])["participant"].nunique().sort_index()
    if drawn.to_dict() != counted.to_dict():
        off = [f"{v} {t}" for v, t in counted.index if drawn.get((v, t)) != counted[v, t]] + sorted(
            f"{v} {t}" for v, t in set(drawn.index) - set(counted.index)
        )
        raise ValueError(f"the summaries of Figure 4 are not those of participants with both visits: {', '.join(off)}")
