"""Proposed LLOQs of one panel: recovery and CV of every level over the runs of a kit lot, with the limit they propose."""

import numpy as np
import pandas as pd
from immunoassay.figures import marks, pages, series, style
from immunoassay.figures.paging import Panels
from immunoassay.figures.tidy import tidy
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes, quality_notes
from matplotlib.figure import Figure

TABLE = declared(
    "figure_limits",
    "one level of a standard or control over the accepted runs of a kit lot, for one analyte",
    "analyte kit_lot kind level expected",
    """
analyte | str | | analyte
label | str | | its name as it is printed
kit_lot | str | | kit lot
lot | Int64 | number | number of the lot in the figure
kind | str | | standard or control
level | str | | level
expected | float64 | <standard_unit> | expected concentration in the well
standard_unit | str | | unit of the standards
n_runs | Int64 | number | accepted runs of the level
recovery_percent | float64 | % | mean recovery over the runs
cv_percent | float64 | % | CV between runs
recovery_minus_cv | float64 | % | recovery less CV, of the expected concentration
recovery_plus_cv | float64 | % | recovery and CV, of the expected concentration
tolerance_percent | float64 | % | deviation of the recovery that is allowed
within | boolean | | recovery, CV and standard error are within
lloq_proposed | float64 | <standard_unit> | LLOQ proposed from the runs of the lot
lloq_high | float64 | <standard_unit> | upper end of its interval
plate_median | float64 | <standard_unit> | median LLOQ of the lot's plates by their own rule
verdict | str | | PASS (proposed), FAIL or NOT_EVALUABLE
""",
)
LOWEST, HIGHEST = 0.0, 220.0  # % between which recoveries are drawn; those beyond lie at the edge
ROOM = 1.5  # tolerances around 100 % that are always seen
DASHES = {"lloq_proposed": (5, 0), "lloq_high": (1, 1.65)}  # and gaps of a line, in its widths
BESIDE = 0.022  # of the axis from one lot to the next at the same level, less of many lots
SHAPES = {"standard": "o^s", "control": "DPX"}  # of the first lots, and of those for which the colours begin again
LOWER = 0.06  # of the axis from the mark of one lot at its limit to that of the next
WIDTHS = {1: style.SINGLE, 2: style.DOUBLE * 0.75, 3: style.DOUBLE}


def table(levels: pd.DataFrame, proposals: pd.DataFrame, analytes: pd.DataFrame, panel: str) -> pd.DataFrame:
    """Every number of the figure of `panel`, from the tables lloq_levels and lloq_proposals."""
    lot = ["panel", "analyte", "kit_lot"]
    given = [*lot, "lloq_proposed", "lloq_high", "plate_median", "verdict"]
    rows = levels[levels["panel"] == panel].merge(proposals[given], on=lot, validate="many_to_one")
    lots = sorted(rows["kit_lot"].unique())
    spread = rows["recovery_percent"] * rows["cv_percent"] / 100
    rows = rows.assign(
        lot=rows["kit_lot"].map({name: i + 1 for i, name in enumerate(lots)}),
        recovery_minus_cv=rows["recovery_percent"] - spread,
        recovery_plus_cv=rows["recovery_percent"] + spread,
    )
    names = series.variables_of(analytes, list(dict.fromkeys(analytes["group"]))).rename(
        columns={"variable": "analyte", "place": "order"}
    )
    rows = rows.merge(names[["analyte", "label", "order"]], on="analyte")
    return tidy(TABLE, rows.sort_values(["order", "kit_lot", "expected", "kind"], kind="stable"))


@pages.drawing(TABLE, Panels("analyte"))
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """Recovery with one CV to either side against the expected concentration, lots by colour; one panel per analyte."""
    analytes = list(dict.fromkeys(table["analyte"]))
    if not analytes:
        return pages.notice(f"{figure_notes.nothing('figure_limits')} {remark}", simulated)
    columns_ = min(3, len(analytes))
    width = WIDTHS[columns_]
    looks = style.looks(sorted(table["lot"].unique()))
    turns = {lot: at // len(style.CYCLE) % 3 for at, lot in enumerate(looks)}
    note = f"{quality_notes.limits(table)} {remark}"
    figure = pages.page(width, 10 + 48 * -(-len(analytes) // columns_), simulated, note)
    axes = pages.grid(figure, len(analytes), columns_)
    for axis, analyte in zip(axes, analytes, strict=True):
        own = table[table["analyte"] == analyte]
        _levels(axis, own, looks, turns)
        if any(turns.values()):
            _limits_of_lots(axis, own, looks, turns)
        marks.title(axis, own["label"].iloc[0], width / columns_ - 12)
        axis.set_xlabel(f"Expected in the well, {style.unit(own['standard_unit'].iloc[0])}")
        if axis in axes[::columns_]:
            axis.set_ylabel("Recovery ± CV, %")
    if len(looks) > 1:
        handles = [
            axes[0].plot([], [], SHAPES["standard"][turns[number]], ms=4, color=look["color"], label=f"lot {number}")[0]
            for number, look in looks.items()
        ]
        pages.legend(figure, handles, short=True)
    return figure


def _aside(own):
    """{lot: the factor that moves its marks beside those of the others}."""
    lots = sorted(own["lot"].unique())
    decades = max(np.log10(own["expected"].max() / own["expected"].min()), 1)
    step = decades * min(BESIDE, 0.07 / len(lots))
    return {lot: 10 ** (step * (i - (len(lots) - 1) / 2)) for i, lot in enumerate(lots)}


def _limits_of_lots(axes, own, looks, turns):
    """The mark of every lot at its proposed limit, one below the other, where colours alone would not tell lots apart."""
    for limit, alike in own.groupby("lloq_proposed")["lot"]:
        for place, lot in enumerate(sorted(set(alike)), 1):
            look = {"marker": SHAPES["standard"][turns[lot]], "color": looks[lot]["color"], "ms": 3, "mew": 0}
            axes.plot(limit, 1 - LOWER * place, transform=axes.get_xaxis_transform(), zorder=4, **look)


def _levels(axes, own, looks, turns):
    tolerance = own["tolerance_percent"].iloc[0]
    axes.axhspan(100 - tolerance, 100 + tolerance, color=style.GREY, alpha=0.12, lw=0, zorder=0)
    axes.axhline(100, color=style.GREY, lw=0.6, zorder=1)
    aside = _aside(own)
    for number, rows in own.groupby("lot", sort=True):
        colour = looks[number]["color"]
        for kind, some in rows.groupby("kind", sort=False):
            low, mid, high = (
                some[name].to_numpy(float).clip(LOWEST, HIGHEST)
                for name in ("recovery_minus_cv", "recovery_percent", "recovery_plus_cv")
            )
            x = some["expected"].to_numpy(float) * aside[number]
            axes.vlines(x, low, high, color=colour, lw=0.8, ls=looks[number]["ls"], zorder=2)
            for within in (True, False):
                hit = (some["within"] == within).to_numpy(bool)
                shape = {
                    "ls": "none",
                    "marker": SHAPES[kind][turns[number]],
                    "ms": 3,
                    "mec": colour,
                    "mew": 0.8,
                    "zorder": 3,
                }
                axes.plot(x[hit], mid[hit], mfc=colour if within else "white", **shape)
    for name, (on, off) in DASHES.items():
        for limit, alike in own.groupby(name)["lot"]:
            lots = sorted(set(alike))  # of one limit they take turns in its line
            for i, number in enumerate(lots):
                dashes = (i * (on + off), (on, len(lots) * (on + off) - on))
                look = {"color": looks[number]["color"], "ls": dashes if dashes[1][1] else "-"}
                axes.axvline(limit, lw=0.9, zorder=1, **look)
    marks.log_axis(axes, "x")
    ends = own[["recovery_minus_cv", "recovery_plus_cv", "recovery_percent"]].to_numpy(float)
    ends = ends[np.isfinite(ends)].clip(LOWEST, HIGHEST)
    reach = max(ROOM * tolerance, *(1.08 * np.abs(ends - 100)), 0)
    axes.set_ylim(max(LOWEST, 100 - reach), min(HIGHEST, 100 + reach))
    marks.linear_axis(axes)
