"""The courses of groups (the arms of a trial) beside each other: mean change from baseline of each at every visit."""

import numpy as np
import pandas as pd
from immunoassay.figures import lettering, marks, pages, series, style
from immunoassay.figures.paging import Panels
from immunoassay.figures.tidy import tidy
from immunoassay.tables import is_log2
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes
from matplotlib.figure import Figure

TABLE = declared(
    "figure_courses",
    "the mean change of a variable from baseline in a group at a visit",
    "factor variable level visit",
    """
factor | str | | what distinguishes the groups
level | str | | the group
level_order | Int64 | number | place of the group; the reference is the first
variable | str | | analyte or score
label | str | | its name as it is printed
group | str | | group of analytes, or score
unit | str | | unit of the analyte or score
quantity | str | | ratio (to baseline), difference (of logarithms) or change (in points)
visit | str | | visit
visit_label | str | | visit as it is labelled
x | Int64 | number | place of the visit on the axis; the baseline is at the place of the first
n | Int64 | number | participants of the group with both results
changed | boolean | | these are others than those of the visit before
n_below | Int64 | number | of these, below the LLOQ at the visit
n_above | Int64 | number | of these, above the ULOQ at the visit
y | float64 | ratio, <unit> or points | geometric mean ratio to baseline or mean change; without one the end of its bound
low | float64 | ratio, <unit> or points | lower end of the 95 % confidence interval
high | float64 | ratio, <unit> or points | upper end of the 95 % confidence interval
y_status | str | | value, at_most or at_least (y is a bound), not_estimable, or baseline
words | str | | the row in words
""",
)
BOUNDS = {"at_most": "v", "at_least": "^"}


def table(changes: pd.DataFrame, visits: pd.DataFrame, variables: pd.DataFrame, factor: str) -> pd.DataFrame:
    """Every number of the figure: the rows of `changes` (statistics level_changes) of one factor, with the baseline.

    `variables`: variable, label and place of what is drawn (series.variables_of, or scores). The baseline of a group is
    1 (0 of differences and changes) by definition, with as many participants as its fullest visit.
    """
    rows = changes[changes["factor"] == factor].merge(variables[["variable", "label", "place"]], on="variable")
    rows = rows.merge(series.plan(visits), on="visit")
    rows["y"], rows["y_status"] = _heights(rows)
    keys = ["variable", "level"]
    first = rows.sort_values("n", kind="stable").drop_duplicates(keys, keep="last").copy()
    before = series.plan(visits)[lambda plan: plan["x"] < (rows["x"].min() if len(rows) else 0)].tail(1)
    if len(before):
        first = first.drop(columns=before.columns).assign(**{name: before[name].iloc[0] for name in before})
        first = first.assign(y=np.where(first["quantity"] == "ratio", 1.0, 0.0), low=np.nan, high=np.nan)
        first = first.assign(y_status="baseline", n_below=first["n_below_baseline"], n_above=None, words=None)
        first = first.assign(changed=None)
        rows = pd.concat([first, rows], ignore_index=True)
    return tidy(TABLE, rows.sort_values(["place", "variable", "level_order", "x"], kind="stable"))


@pages.drawing(TABLE, Panels("variable"))
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """The figure from its table: one panel per variable, log axis of ratios, one colour and marker per group."""
    seen = table["y_status"].isin(["value", *BOUNDS])
    left_out = sorted(set(table["label"]) - set(table.loc[seen, "label"]))
    table = table[~table["label"].isin(left_out)]
    variables = list(dict.fromkeys(table["variable"]))
    if not variables:
        return pages.notice(f"{figure_notes.without_pairs(left_out)} {remark}", simulated)
    levels = list(dict.fromkeys(table.sort_values("level_order", kind="stable")["level"]))
    looks = style.looks(levels)
    names = [f"n {level}" for level in levels]
    edge = max(20, *(lettering.text_width(name, style.SMALL) + 12 for name in names))
    columns, width, ticks = lettering.shape(series.labels(table), len(variables), edge=edge)
    note = f"{figure_notes.group_courses(table, left_out)} {remark}"
    height = 52 + 6 * len(levels)
    figure = pages.page(width, height * -(-len(variables) // columns), simulated, note)
    for axes, variable in zip(pages.grid(figure, len(variables), columns), variables, strict=True):
        own = table[table["variable"] == variable]
        _panel(axes, own, looks, ticks)
        marks.title(axes, own["label"].iloc[0], width / columns - 16)
    handles = [
        figure.axes[0].plot([], [], color=look["color"], marker=look["marker"], ls=look["ls"], ms=3.6, label=level)[0]
        for level, look in looks.items()
    ]
    pages.legend(figure, handles)
    return figure


def _heights(rows):
    """(y, y_status): the estimate, else the end of the bound."""
    logarithms = rows["unit"].map(is_log2).to_numpy(bool)
    low, high = (rows[name].to_numpy(float) for name in ("low", "high"))
    known = rows["estimate"].notna().to_numpy()
    floor = np.where(logarithms | (rows["quantity"] == "change"), -np.inf, 0.0)
    at_most = ~known & np.isfinite(high) & ~(low > floor)
    at_least = ~known & (low > floor) & ~np.isfinite(high)
    y = np.select([known, at_most, at_least], [rows["estimate"], high, low], np.nan)
    status = np.select([known, at_most, at_least], ["value", "at_most", "at_least"], "not_estimable")
    return y, status


def _panel(axes, rows, looks, ticks):
    ratio = (rows["quantity"] == "ratio").all()
    axes.axhline(1 if ratio else 0, color=style.BLACK, lw=0.5, zorder=1)
    levels = [level for level in looks if (rows["level"] == level).any()]
    counts, places = [], sorted(rows["x"].unique())
    for order, level in enumerate(levels):
        own = rows[rows["level"] == level].sort_values("x")
        _course(axes, own, looks[level], order, 0.08 * (order - (len(levels) - 1) / 2))
        at = own.set_index("x").reindex(places).fillna({"n": 0, "n_below": 0})
        counts.append((f"n {level}", [f"{int(n)}" for n in at["n"]]))
        if own["n_below"].sum():
            limit = style.lower_limit(own["unit"].dropna())
            counts.append((f"< {limit}", [f"{int(n)}" for n in at["n_below"]]))
    if ratio:
        _span(axes, rows)
        marks.log_axis(axes)
    else:
        marks.linear_axis(axes)
    visits = rows.drop_duplicates("x").sort_values("x")
    marks.visit_axis(axes, visits["x"].tolist(), visits["visit_label"].tolist(), counts, ticks)
    quantity = rows["quantity"].iloc[0]
    words = {"ratio": "Ratio to baseline", "change": "Change from baseline, points"}
    label = words.get(quantity, f"Difference from baseline, {style.unit(rows['unit'].iloc[0])}")
    axes.set_ylabel("\n".join(lettering.wrap(label, 38)))


def _span(axes, rows):
    """A log axis of the estimates; an interval that goes on far beyond them leaves it."""
    y = rows["y"].astype(float)
    ends = rows[["y", "low", "high"]].astype(float).clip(y.min() / 4, y.max() * 4)
    axes.set_ylim(float(ends.min().min()) / 1.15, float(ends.max().max()) * 1.15)


def _course(axes, rows, look, order, shift):
    x, y = rows["x"].to_numpy(float) + shift, rows["y"].to_numpy(float)
    low, high = rows["low"].to_numpy(float), rows["high"].to_numpy(float)
    known = rows["y_status"].isin(["value", "baseline"]).to_numpy()
    interval = known & np.isfinite(low) & np.isfinite(high)
    axes.errorbar(
        x[interval], y[interval], [(y - low)[interval], (high - y)[interval]],
        fmt="none", ecolor=look["color"], elinewidth=0.9, capsize=1.8, capthick=0.9, zorder=4,
    )  # fmt: skip
    series.line(axes, x, np.where(known, y, np.nan), rows["changed"], look)
    for status, marker in BOUNDS.items():
        bound = (rows["y_status"] == status).to_numpy()
        marks.open_marker(axes, x[bound], y[bound], look["color"], size=4.2, marker=marker, zorder=5)
    for row in rows[rows["y_status"] == "not_estimable"].itertuples():
        place, look_of = (row.x, 0), {"va": "bottom", "color": look["color"]}
        marks.say(axes, "n.e.", place, ("data", "axes fraction"), (0, 2 + 1.2 * style.TINY * order), **look_of)
