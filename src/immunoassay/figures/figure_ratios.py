"""Forest of the comparisons of a factor at one visit: ratios of biomarkers, differences of scores, with their intervals."""

import numpy as np
import pandas as pd
from immunoassay.figures import lettering, marks, pages, style
from immunoassay.figures.paging import LINES, Panels
from immunoassay.figures.tidy import tidy
from immunoassay.tables.notation import table as declared
from immunoassay.words import comparison_notes, figure_notes
from matplotlib.figure import Figure

TABLE = declared(
    "figure_ratios",
    "one line of the forest: a variable, a level beside the reference",
    "block variable level",
    """
factor | str | | factor whose levels are compared
level | str | | level of the factor
reference | str | | level it is compared with
quantity | str | | value, change (from baseline) or adjusted (for the baseline and the covariates)
visit | str | | visit
variable | str | | analyte or score
label | str | | its name as it is printed
group | str | | group of analytes, or score
unit | str | | unit
measure | str | | ratio (of geometric means) or difference (scores; in log2 units)
block | Int64 | number | block of the forest, from 0: a group of variables
line | Int64 | number | line in its block, from 0 at the top
n_level | Int64 | number | participants of the level
n_reference | Int64 | number | participants of the reference
share_below | float64 | share | results below LLOQ / results
estimate | float64 | ratio, or <unit> | the estimate
low | float64 | ratio, or <unit> | lower end of the 95 % confidence interval, or the lower bound
high | float64 | ratio, or <unit> | upper end of the 95 % confidence interval, or the upper bound
low_open | boolean | | there is no lower end
high_open | boolean | | there is no upper end
interval_method | str | | how the interval was computed; none if there is none
interval_method_code | str | | code of interval_method
p | float64 | probability | two-sided p value
p_method | str | | the test
p_method_code | str | | code of p_method
p_adjusted | float64 | probability | p adjusted within its family
adjusted_method | str | | method of the adjustment
adjusted_method_code | str | | code of adjusted_method
family_size | Int64 | number | tests in the family
covariates | str | | what the estimate is adjusted for
reason | str | | why something is missing
reason_code | str | | codes of reason, semicolon-separated
words | str | | the row in words
""",
)
LINE, HEAD = 4.4, 5.2  # heights in mm
LEVEL = 0.05
WIDEST = 100.0  # how far a ratio axis goes beyond the estimates on each side


def table(comparisons: pd.DataFrame, variables: pd.DataFrame, factor: str, quantity: str, visit: str) -> pd.DataFrame:
    """Every number of the forest: the comparisons of a factor, as they were written, by group and sheet order.

    `variables` is a frame (variable, label, group, unit, place) as of series.variables_of, scores likewise. A low of 0 (of
    differences of minus infinity) and a high of infinity are open ends; `low` and `high` are then missing.
    """
    asked = (comparisons["factor"] == factor) & (comparisons["quantity"] == quantity)
    asked &= (comparisons["visit"] == visit) & (comparisons["level"] != "all")
    rows = comparisons[asked].drop(columns=["group", "unit"]).merge(variables, on="variable")
    rows["turn"] = rows.groupby("variable").cumcount()
    rows = rows.sort_values(["place", "turn"], kind="stable")
    nothing = np.where(rows["measure"] == "ratio", 0.0, -np.inf)
    rows["low_open"] = rows["low"] == nothing
    rows["high_open"] = np.isposinf(rows["high"].astype(float))
    rows["low"], rows["high"] = rows["low"].mask(rows["low_open"]), rows["high"].mask(rows["high_open"])
    rows["block"] = pd.factorize(pd.Series(list(zip(rows["group"], rows["measure"], _unit(rows), strict=True))))[0]
    rows["line"] = rows.groupby("block").cumcount()
    return tidy(TABLE, rows.sort_values(["block", "line"], kind="stable"))


def _lines(table):
    """What a line is of: a variable and a level."""
    return table["variable"] + "\n" + table["level"]


@pages.drawing(TABLE, Panels(_lines, LINES["ratios"]))
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """The forest from its table: one block per group of variables, ratios on log axes that blocks share."""
    if table[["estimate", "low", "high"]].isna().all(axis=None):
        return pages.notice(f"{figure_notes.nothing(TABLE.name)} {remark}", simulated)
    several = table["level"].nunique() > 1
    table = table.assign(
        line=table.groupby("block").cumcount(),
        name=table["label"] + (" – " + table["level"] if several else ""),
        said=[comparison_notes.ratio_text(row) for row in table.to_dict("records")],
        tested=[_tested(row) for row in table.to_dict("records")],
        counted=table["n_level"].astype(str) + " / " + table["n_reference"].astype(str) + _below(table),
    )
    heads = {"said": "Estimate (95 % CI)", "tested": "p (adjusted)", "counted": "n (below)"}
    widths = [
        max([lettering.text_width(text, style.SMALL) for text in (*table[name], heads.get(name, ""))]) + 3
        for name in ("name", "said", "tested", "counted")
    ]
    width = max(style.DOUBLE, sum(widths) + 50)
    blocks = list(dict.fromkeys(table["block"]))
    axes_at = [_scale_of(table[table["block"] == block]) for block in blocks]
    scaled = [index + 1 == len(blocks) or axes_at[index] != axes_at[index + 1] for index in range(len(blocks))]
    sizes = [len(table[table["block"] == block]) for block in blocks]
    height = 8 + sum(HEAD + LINE * size + (11 if own else 0) for size, own in zip(sizes, scaled, strict=True))
    figure, page = pages.canvas(width, height, simulated, f"{comparison_notes.ratios(table)} {remark}")
    left, right = widths[0] + 3, width - sum(widths[1:]) - 2
    places = [right + 3, right + 3 + widths[1], right + 3 + widths[1] + widths[2]]
    for name, place in zip(heads, places, strict=True):
        page.text(place, 4, heads[name], fontsize=style.SMALL, va="center", color=style.GREY)
    top = 8.0
    limits = {kind: _limits(table[[_scale_of(row) == kind for row in _singly(table)]]) for kind in set(axes_at)}
    for block, kind, own_axis in zip(blocks, axes_at, scaled, strict=True):
        own = table[table["block"] == block]
        head = comparison_notes.family(own["group"].iloc[0], own["family_size"].dropna().max())
        page.text(2, top + HEAD / 2, head, fontsize=style.SMALL, fontweight="bold", va="center")
        low, high = limits[kind]
        across = _across(kind, low, high, left, right)
        bottom = top + HEAD + LINE * len(own)
        zero = across(1.0 if kind[0] == "ratio" else 0.0)
        page.plot([zero, zero], [top + HEAD, bottom], color=style.GREY, lw=0.7, zorder=1)
        for row in own.to_dict("records"):
            y = top + HEAD + LINE * (row["line"] + 0.5)
            page.text(4, y, row["name"], fontsize=style.SMALL, va="center")
            _line(page, row, y, across, left, right)
            for name, place in zip(heads, places, strict=True):
                page.text(place, y, row[name], fontsize=style.SMALL, va="center")
        top = bottom
        if own_axis:
            _axis(page, kind, low, high, across, top, (left, right), own["reference"].iloc[0])
            top += 11
    return figure


def _unit(rows):
    """The unit of differences; ratios have none."""
    return rows["unit"].where(rows["measure"] != "ratio", "")


def _singly(table):
    return (table.iloc[[index]] for index in range(len(table)))


def _scale_of(rows):
    """(measure, unit) of rows that share an axis."""
    return rows["measure"].iloc[0], _unit(rows).iloc[0]


def _below(table):
    share = table["share_below"].fillna(0)
    return [f" ({100 * each:.0f} %)" if each > 0 else "" for each in share]


def _tested(row):
    text = comparison_notes.p_value(row["p"])
    return text if pd.isna(row["p_adjusted"]) else f"{text} ({comparison_notes.p_value(row['p_adjusted'])})"


def _limits(rows):
    """Ends of an axis: all estimates and bounds, and of intervals what lies within WIDEST times that."""
    ratio = rows["measure"].iloc[0] == "ratio"
    ends = rows[["low", "high"]].to_numpy(float)
    inner = rows["estimate"].fillna(rows["low"]).fillna(rows["high"]).to_numpy(float)
    inner = np.append(inner[np.isfinite(inner)], 1.0 if ratio else 0.0)
    if ratio:
        inner, ends = np.log(np.maximum(inner, 1e-12)), np.log(np.maximum(ends, 1e-12))
    reach = np.log(WIDEST) / 4 if ratio else 2.0 * max(np.ptp(inner), 1.0)
    low, high = inner.min() - reach, inner.max() + reach
    known = ends[np.isfinite(ends)]
    low, high = max(low, min([*known, *inner])), min(high, max([*known, *inner]))
    pad = max(0.06 * (high - low), 0.08 if ratio else 0.2)
    return (float(np.exp(low - pad)), float(np.exp(high + pad))) if ratio else (low - pad, high + pad)


def _across(kind, low, high, left, right):
    """mm of a value on the axis."""
    forward = np.log if kind[0] == "ratio" else float
    start, end = forward(low), forward(high)
    return lambda value: left + (right - left) * (forward(value) - start) / (end - start)


def _line(page, row, y, across, left, right):
    """Interval with its ends or arrows, and the estimate; nothing of a row that has neither."""
    low = left if row["low_open"] else across(row["low"]) if pd.notna(row["low"]) else np.nan
    high = right if row["high_open"] else across(row["high"]) if pd.notna(row["high"]) else np.nan
    place = across(row["estimate"]) if pd.notna(row["estimate"]) else np.nan
    colour = style.BLUE
    if not np.isnan(low) and not np.isnan(high):
        page.plot([max(low, left), min(high, right)], [y, y], color=colour, lw=1, zorder=2, solid_capstyle="butt")
        for end, edge, arrow, inside in ((low, left, "<", low > left), (high, right, ">", high < right)):
            mark, size = ("|", 4) if inside else (arrow, 3.4)
            page.plot([end if inside else edge], [y], marker=mark, ms=size, color=colour, ls="none", zorder=3)
    if not np.isnan(place):
        filled = row["p_adjusted"] < LEVEL
        page.plot([place], [y], "s", ms=4, mfc=colour if filled else "white", mec=colour, mew=1, zorder=4)


def _axis(page, kind, low, high, across, top, ends, reference):
    """The axis under blocks that share it: ticks with numbers, and what it shows."""
    hidden = Figure().subplots()
    hidden.set_xlim(low, high)
    (marks.log_axis if kind[0] == "ratio" else marks.linear_axis)(hidden, "x")
    ticks = [tick for tick in hidden.get_xticks() if low <= tick <= high]
    y = top + 0.6
    page.plot(ends, [y, y], color=style.BLACK, lw=0.6)
    last = -np.inf
    for tick in ticks:
        text, x = style.number(tick), across(tick)
        half = lettering.text_width(text, style.SMALL) / 2
        page.plot([x, x], [y, y + 1], color=style.BLACK, lw=0.6)
        if x - half > last + 1:
            page.text(x, y + 3, text, fontsize=style.SMALL, ha="center", va="center")
            last = x + half
    label = comparison_notes.scale(kind[0], style.unit(kind[1]) if kind[1] else "", reference)
    page.text(sum(ends) / 2, y + 6.6, label, fontsize=style.SMALL, ha="center", va="center")
