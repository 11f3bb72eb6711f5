"""Controls over time of one panel: every control of every plate as recovery, its guide set, and the rules it breaks."""

import numpy as np
import pandas as pd
from immunoassay.acceptance.control_charts import LEAST_RUNS
from immunoassay.figures import lettering, marks, pages, series, style
from immunoassay.figures.paging import Panels
from immunoassay.figures.tidy import tidy
from immunoassay.study.days import UNDATED
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes, quality_notes
from matplotlib.figure import Figure

TABLE = declared(
    "figure_controls",
    "one control on one plate, for one analyte",
    "analyte control plate",
    """
analyte | str | | analyte
label | str | | its name as it is printed
control | str | | control
kit_lot | str | | kit lot
plate | str | | plate
run_date | str | | run date
x | Int64 | number | number of the run over all lots, from 1
lot_run | Int64 | number | number of the run in its lot
guide_runs | Int64 | number | accepted runs of the lot before this one that make its guide set
accepted | boolean | | the plate x analyte passed its acceptance
provisional | boolean | | too few guide runs to fail the run
recovery_percent | float64 | % | 100 x concentration / expected
guide_mean | float64 | % | geometric mean of the guide set, of the expected concentration
guide_low | float64 | % | guide mean - 3 SD (of logarithms)
guide_high | float64 | % | guide mean + 3 SD (of logarithms)
tolerance_percent | float64 | % | deviation from the expected concentration that the acceptance allows
z | float64 | number | deviation from the guide mean, in SD
rules | str | | Westgard rules the run breaks, semicolon-separated
verdict | str | | PASS, WARN, FAIL or NOT_EVALUABLE
words | str | | the judgement in words
""",
)
FAR = 5.0  # z beyond is drawn at the edge
NAMED = 12  # as many plates are named under the axis; of more, the runs are numbered
LONGEST = 45  # mm of a plate's name under the axis
NEWEST = 100  # runs one chart can show
WIDTHS = {1: style.SINGLE, 2: style.DOUBLE * 0.75, 3: style.DOUBLE}


def table(controls: pd.DataFrame, analytes: pd.DataFrame, panel: str, tolerances: dict[str, float]) -> pd.DataFrame:
    """Every number of the figure of `panel`: rows of the `controls` table in run order over all lots (x = 1, 2, ...), those
    of the NEWEST last runs.

    Recovery, guide mean and guide_low, guide_high (mean -/+ 3 SD, empty below 3 guide runs) in % of the expected
    concentration; `tolerances` the percentage the acceptance allows, by analyte.
    """
    rows = controls[controls["panel"] == panel].copy()
    rows["place"] = rows["run_date"].fillna(UNDATED)
    runs = rows[["place", "plate"]].drop_duplicates().sort_values(["place", "plate"], kind="stable")
    rows["x"] = rows["plate"].map({plate: i + 1 for i, plate in enumerate(runs["plate"])})
    rows = rows[rows["x"] > len(runs) - NEWEST]
    scale = 100 / rows["expected"]
    known = (rows["guide_runs"] >= LEAST_RUNS) & rows["guide_sd_log"].notna()
    spread = np.exp(3 * rows["guide_sd_log"].where(known))
    rows["guide_mean"] = (rows["guide_mean"] * scale).where(known)
    rows["guide_low"], rows["guide_high"] = rows["guide_mean"] / spread, rows["guide_mean"] * spread
    rows["tolerance_percent"] = rows["analyte"].map(tolerances)
    names = series.variables_of(analytes, list(dict.fromkeys(analytes["group"]))).rename(
        columns={"variable": "analyte", "place": "order"}
    )
    rows = rows.rename(columns={"run": "lot_run"}).merge(names[["analyte", "label", "order"]], on="analyte")
    return tidy(TABLE, rows.sort_values(["order", "control", "x"], kind="stable"))


@pages.drawing(TABLE, Panels("analyte"))
def draw(table: pd.DataFrame, simulated: bool = False, remark: str = "") -> Figure:
    """Levey-Jennings charts from their table; one panel of the figure per analyte, controls by colour and shape.

    Where most runs have a guide set z scores are drawn, before that recoveries.
    """
    guided = bool(table["z"].notna().mean() > 0.5)
    valued = table["analyte"].isin(table.loc[table["z" if guided else "recovery_percent"].notna(), "analyte"])
    lacking = quality_notes.without_values(list(dict.fromkeys(table.loc[~valued, "label"])))
    table = table[valued]
    analytes = list(dict.fromkeys(table["analyte"]))
    if not analytes:
        return pages.notice(f"{figure_notes.nothing('figure_controls')} {lacking} {remark}", simulated)
    columns_ = min(3, len(analytes))
    looks = style.looks(sorted(set(table["control"])))
    runs = table.drop_duplicates("x").sort_values("x")
    deep = max(lettering.text_width(plate, style.TINY) for plate in runs["plate"])
    named = len(runs) <= NAMED and deep <= LONGEST
    width = WIDTHS[columns_] if len(runs) <= NAMED else style.DOUBLE
    deep = deep if named else 4
    note = f"{quality_notes.controls(table, guided, FAR)} {lacking} {remark}"
    rows = -(-len(analytes) // columns_)
    figure = pages.page(width, 7 + 44 * rows + deep * (1 if named else rows), simulated, note)
    axes = pages.grid(figure, len(analytes), columns_)
    for index, (axis, analyte) in enumerate(zip(axes, analytes, strict=True)):
        own = table[table["analyte"] == analyte]
        (_scores if guided else _recoveries)(axis, own, looks)
        _runs(axis, own, runs, named, lowest=index // columns_ == rows - 1)
        marks.title(axis, own["label"].iloc[0], width / columns_ - 12, pad=9)
        if axis in axes[::columns_]:
            axis.set_ylabel("z score" if guided else "Recovery, %")
    handles = [
        axes[0].plot([], [], ls="none", marker=look["marker"], color=look["color"], ms=4, label=name)[0]
        for name, look in looks.items()
    ]
    pages.legend(figure, handles, short=True)
    return figure


def _scores(axes, own, looks):
    for z, colour in ((0, style.GREY), (2, style.ORANGE), (3, style.VERMILION)):
        for side in (z, -z):
            axes.axhline(side, color=colour, lw=0.6, ls="-" if not z else "--", zorder=1)
    for x, rows, look in _each(own, looks):
        shown = rows["z"].clip(-FAR, FAR).to_numpy(float)
        _dots(axes, x, shown, rows, look)
    axes.set_ylim(-FAR - 0.9, FAR + 0.3)
    marked = own[own["verdict"].isin(["WARN", "FAIL"]) & own["rules"].notna()].drop_duplicates("x")
    for verdict, colour in (("WARN", style.ORANGE), ("FAIL", style.VERMILION)):
        rows = own[(own["verdict"] == verdict) & own["x"].isin(marked["x"])].drop_duplicates("x")
        if len(rows):  # an empty line that is not clipped would claim the corner of the page
            axes.plot(rows["x"], [-FAR - 0.6] * len(rows), "s", ms=2.2, color=colour, mew=0, zorder=4, clip_on=False)
    axes.set_yticks([-4, -2, 0, 2, 4], ["−4", "−2", "0", "2", "4"])


def _recoveries(axes, own, looks):
    tolerance = own["tolerance_percent"].iloc[0]
    if np.isfinite(tolerance):
        axes.axhspan(100 - tolerance, 100 + tolerance, color=style.GREY, alpha=0.12, lw=0, zorder=0)
    axes.axhline(100, color=style.GREY, lw=0.6, zorder=1)
    for x, rows, look in _each(own, looks):
        y = rows["recovery_percent"].to_numpy(float)
        _dots(axes, x, y, rows, look)
        hit = (rows["verdict"] == "WARN").to_numpy(bool)
        axes.plot(x[hit], y[hit], "o", ms=7, mfc="none", mec=style.ORANGE, mew=1, zorder=4)
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 65), max(high, 135))
    marks.linear_axis(axes)


def _each(own, looks):
    """(x, rows, look) of each control, moved apart a little."""
    apart = min(0.16, 0.5 / max(1, len(looks)))
    for i, (name, look) in enumerate(looks.items()):
        rows = own[own["control"] == name]
        yield rows["x"].to_numpy(float) + apart * (i - (len(looks) - 1) / 2), rows, look


def _dots(axes, x, y, rows, look):
    shape = {"ls": "none", "marker": look["marker"], "ms": 3.2, "mec": look["color"], "mew": 0.8, "zorder": 3}
    for accepted in (True, False):
        chosen = (rows["accepted"] == accepted).to_numpy(bool)
        axes.plot(x[chosen], y[chosen], mfc=look["color"] if accepted else "white", **shape)


def _runs(axes, own, runs, named, lowest):
    """The axis of runs, named below the `lowest` panels, and a line where the lot changes with the number of each
    lot (named in the note).
    """
    lots = own.sort_values("x", kind="stable").drop_duplicates("kit_lot")
    for i, (x, lot) in enumerate(lots[["x", "kit_lot"]].itertuples(index=False)):
        if i:
            axes.axvline(x - 0.5, color=style.GREY, lw=0.6, ls="--", zorder=1)
        if pd.notna(lot):
            look = {"ha": "left", "va": "bottom", "fontsize": 5.5}
            marks.say(axes, f"lot {i + 1}", (x - 0.5, 1), ("data", "axes fraction"), (2, 1), **look)
    axes.set_xlim(runs["x"].min() - 0.6, runs["x"].max() + 0.6)
    if named:
        axes.set_xticks(runs["x"], runs["plate"] if lowest else [""] * len(runs), rotation=90, fontsize=style.TINY)
    else:
        marks.linear_axis(axes, "x")
        axes.set_xlabel("Run")
