"""Standard curves of one panel: every standard well, the fitted curve of each plate with its verdict and limits, and under it
how far every well reads from what was expected.
"""

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.calibration import models
from immunoassay.figures import lettering, marks, pages, series, style
from immunoassay.figures.paging import Panels
from immunoassay.figures.tidy import tidy
from immunoassay.readers.wells import ASIDE
from immunoassay.tables import ACCEPTED
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes, quality_notes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

TABLE = declared(
    "figure_curves",
    "one standard well, one point of a drawn curve, one limit, the verdict of a plate, or why it has no curve",
    "layer analyte plate well x",
    """
layer | str | | well, fit (a point of the curve), lloq, uloq, plate (its verdict) or no_curve
panel | str | | kit
analyte | str | | analyte
label | str | | its name as it is printed
plate | str | | plate
place | Int64 | number | of a plate: its place by run date among the newest, which are drawn in colours; missing of earlier ones
lot | Int64 | number | of a plate in colour: its kit lot by first run
kit_lot | str | | of a plate: kit lot
well | str | | well
role | str | | standard or control
level | str | | level of a standard or control
x | float64 | <unit> | concentration in the well
y | float64 | signal | signal
use | str | | of a well: used, dropped (by the editing rule), set_aside or control
recovery_percent | float64 | % | of a well: back-calculated concentration, of the expected one
tolerance_percent | float64 | % | of a well: deviation of the recovery from 100 that the criteria set allows its level
unit | str | | unit of the standards
model | str | | model of the curve
status | str | | status of the curve, or of the concentration of a well
verdict | str | | of a plate: PASS, WARN, FAIL or NOT_EVALUABLE
rules | str | | of a plate: the acceptance rules behind its verdict, semicolon-separated
words | str | | of a plate: these rules in words; else why there is no curve
""",
)
NOT_DRAWN = ["panel", "lot", "kit_lot", "well", "level", "model", "status", "words"]  # in panels; the note has some
POINTS = 60  # of a drawn curve
PLACE = ["plate", "analyte"]
LOTS = ("o", "s", ">", "P", "<", "*", "h")  # marks of kit lots; triangles up and down are for what is beyond the strip
REACH = 1.6  # of the strip of recoveries, in tolerances
ROW = 51  # mm, of a panel with its strip, without the lines of words below
LINE = 3  # mm, of these
WORDS = 3  # lines on verdicts under a panel, at most


def table(
    curves: pd.DataFrame,
    concentrations: pd.DataFrame,
    dropped_standards: pd.DataFrame,
    checks: pd.DataFrame,
    verdicts: pd.DataFrame,
    criteria: Mapping[str, Mapping[str, Any]],
    analytes: pd.DataFrame,
    panel: str,
    plates: Sequence[str],
) -> pd.DataFrame:
    """Every number of the figure of `panel` and its `plates`, which are in the order of their runs; x in the well (`unit`: of
    the standards), y is signal.

    `verdicts`: plate, analyte, verdict, verdict_reason; `criteria` the criteria set of each analyte. Layers: `well` (standards
    and controls with a concentration above zero; `use` is used, dropped by the editing rule, set aside, or control), `fit`
    (points of the plate's own curve), `lloq` and `uloq` (x), `plate` (its verdict), `no_curve` (why in words).
    """
    curves = curves[(curves["panel"] == panel) & curves["plate"].isin(plates)]
    curves = curves.sort_values(["analyte", "plate"]).reset_index(drop=True)
    wells = _wells(concentrations[concentrations["panel"] == panel], curves, dropped_standards, criteria)
    judged = _plates(curves, checks, verdicts, plates)
    layers = [wells, _fits(curves, wells), judged]
    of_curves = curves.drop(columns="kit_lot").assign(unit=curves["standard_unit"])
    for name in ("lloq", "uloq"):
        limits = of_curves[np.isfinite(curves[name].to_numpy(float, na_value=np.nan))]
        layers.append(limits.assign(layer=name, x=limits[name]))
    failed = of_curves[of_curves["status"] != "converged"].merge(judged[[*PLACE, "rules", "words"]], on=PLACE)
    why = failed["words"].where(
        failed["rules"].isin(ASIDE), failed["status_reason"]
    )  # who sets aside leaves no standard
    layers.append(failed.drop(columns="rules").assign(layer="no_curve", words=why))
    rows = pd.concat(layers, ignore_index=True)
    names = series.variables_of(analytes, list(dict.fromkeys(analytes["group"]))).rename(
        columns={"variable": "analyte", "place": "order"}
    )
    rows = rows.merge(names[["analyte", "label", "order"]], on="analyte")
    return tidy(TABLE, rows.sort_values(["order", "layer", "plate", "x", "well"], kind="stable").assign(panel=panel))


@pages.drawing(TABLE, Panels("analyte"))
def draw(table: pd.DataFrame, older: int = 0, simulated: bool = False, remark: str = "") -> Figure:
    """Standard curves from their table; one panel of the figure per analyte, the newest plates in colours, their lots by marks.

    `older`: plates of the panel that are not in the table, because it holds only the newest.
    """
    note = quality_notes.curves(table, older)
    placed = table["layer"].isin(["well", "fit"]) & table["x"].notna() & (table["y"] > 0)
    shown = table["analyte"].isin(table.loc[placed, "analyte"])
    lacking = quality_notes.without_standards(list(dict.fromkeys(table.loc[~shown, "label"])))
    table = table[shown]
    analytes = list(dict.fromkeys(table["analyte"]))
    if not analytes:
        return pages.notice(f"{figure_notes.nothing('figure_curves')} {remark}", simulated)
    plates = table[table["layer"] == "plate"].sort_values("place", kind="stable").drop_duplicates("plate")
    table, handles = _looks(table, plates)
    columns = min(3, len(analytes))
    rows = -(-len(analytes) // columns)
    width = (style.SINGLE, style.DOUBLE * 2 / 3, style.DOUBLE)[columns - 1]
    panels = [own for _, own in table.drop(columns=NOT_DRAWN).groupby("analyte", sort=False)]
    strips = [_strip(own) for own in panels]
    beyond = sum(
        int(((wells["recovery_percent"] - 100).abs() > REACH * tolerance).sum()) for wells, tolerance in strips
    )
    note = f"{note} {quality_notes.recoveries(pd.concat([wells for wells, _ in strips]), beyond)} {lacking} {remark}"
    below = [_below(own, width / columns - 16) for own in panels]
    deep = sum(max(map(len, below[i : i + columns])) for i in range(0, len(below), columns))
    figure = pages.page(width, 5 + ROW * rows + LINE * deep, simulated, note)
    grid = figure.add_gridspec(2 * rows, columns, height_ratios=[5, 2] * rows)
    for i, (own, (wells, tolerance)) in enumerate(zip(panels, strips, strict=True)):
        row, column = divmod(i, columns)
        upper, lower = (figure.add_subplot(grid[2 * row + k, column]) for k in (0, 1))
        _curves(upper, own)
        marks.title(upper, own["label"].iloc[0], width / columns - 14, pad=9)
        if len(panels) > 1:
            marks.letter(upper, ascii_uppercase[i])
        _recoveries(lower, wells, tolerance, upper.get_xlim())
        lower.set_xlabel("\n".join(below[i]), fontsize=style.SMALL)
        if not column:
            upper.set_ylabel("Signal")
            lower.set_ylabel("Recovery\n%", fontsize=style.TINY)
    pages.legend(figure, handles)
    return figure


def _looks(table, plates):
    """(the table with `place`, `colour`, `mark` and `verdict` of the plate in every row, the entries of the legend)."""
    several, grey = plates["lot"].nunique() > 1, int(plates["place"].isna().sum())
    look = plates.set_index("plate")[["place"]].assign(
        colour=[style.PALE if pd.isna(place) else style.CYCLE[place - 1] for place in plates["place"]],
        mark=[LOTS[0 if pd.isna(lot) else lot - 1] for lot in plates["lot"]],
    )
    names = [quality_notes.plate(*row, several) for row in plates[["plate", "kit_lot"]].itertuples(index=False)]
    handles = [
        Line2D([], [], color=row.colour, marker=row.mark, ms=3, lw=0.9, label=name)
        for row, name in zip(look.itertuples(), names, strict=True)
        if pd.notna(row.place)
    ]
    if grey:
        handles.append(Line2D([], [], color=style.PALE, lw=0.6, label=quality_notes.earlier(grey)))
    verdicts = table.loc[table["layer"] == "plate", [*PLACE, "verdict"]]
    table = table.drop(columns=["place", "verdict"]).join(look, on="plate").merge(verdicts, on=PLACE, how="left")
    return table, handles


def _below(own, width):
    """The lines under the panel of an analyte: its unit, how much is drawn, and what plates were judged to be."""
    wells = ((own["layer"] == "well") & own["place"].notna()).sum()
    fits = own.loc[own["layer"] == "fit", "plate"].nunique()
    count = f"{wells} wells, {fits} curve" + "s" * (fits != 1)
    if lost := int((own["layer"] == "no_curve").sum()):
        count += f", {lost} plate{'s' * (lost > 1)} without"
    plates = own[own["layer"] == "plate"]
    for short in (False, True):
        said = "\n".join(quality_notes.judged(plates, short))
        lines = lettering.wrap(said, width, style.SMALL)
        if len(lines) <= WORDS:
            break
    return [f"In the well, {style.unit(own['unit'].iloc[0])}", *lettering.wrap(count, width, style.SMALL), *lines]


def _curves(axes, own):
    wells = own["layer"] == "well"
    curves = (own["layer"] == "fit") & (own["y"] > 0)
    heights, wide = own.loc[(wells | curves) & (own["y"] > 0), "y"], own.loc[wells | curves, "x"].dropna()
    axes.set(ylim=(heights.min() / 1.5, heights.max() * 1.8), xlim=(wide.min() / 1.4, wide.max() * 1.4))
    fits = own.loc[curves, ["plate", "place", "x", "y", "colour", "verdict"]]
    lines = [
        rows for _, rows in fits.sort_values("place", kind="stable", na_position="first").groupby("plate", sort=False)
    ]
    first = pd.concat([rows.head(1) for rows in lines]) if lines else fits
    axes.add_collection(
        LineCollection(
            [rows[["x", "y"]].to_numpy(float) for rows in lines],
            colors=first["colour"].tolist(),
            linewidths=np.where(first["place"].isna(), 0.5, 0.9),
            linestyles=["-" if verdict in ACCEPTED else (0, (3, 1.5)) for verdict in first["verdict"]],
            zorder=2,
        )
    )
    floor = axes.get_ylim()[0]
    shown = own[wells & own["place"].notna()]
    _dots(axes, shown, shown["y"].where(shown["y"] > 0, floor))
    for layer in ("lloq", "uloq"):
        limits = own[(own["layer"] == layer) & own["place"].notna()]
        if len(limits):
            places = limits["x"].to_numpy(float)
            ends = [[(x, 0), (x, 1)] for x in places]
            look = {"colors": limits["colour"].tolist(), "linewidths": 0.7, "linestyles": ":", "zorder": 1}
            axes.add_collection(LineCollection(ends, transform=axes.get_xaxis_transform(), **look))
            middle = np.sqrt(places.min() * places.max())
            marks.say(axes, layer.upper(), (middle, 1), ("data", "axes fraction"), (0, 1), va="bottom", fontsize=5.5)
    axes.set_xscale("log")
    for minor in (False, True):
        axes.set_xticks([], minor=minor)  # they are under the strip
    marks.log_axis(axes, "y")


def _strip(own):
    """(the wells of plates in colour of an analyte, the tolerance of its inner standards in %)."""
    wells = own[own["layer"] == "well"]
    allowed = wells.groupby("role")["tolerance_percent"].min()
    return wells[wells["place"].notna()], allowed.get("standard", allowed.min())


def _recoveries(axes, wells, tolerance, limits):
    """The strip under a panel: recovery of every well, those beyond its reach as triangles at its edge."""
    low, high = 100 - REACH * tolerance, 100 + REACH * tolerance
    axes.axhspan(100 - tolerance, 100 + tolerance, color=style.GREY, alpha=0.15, lw=0, zorder=0)
    axes.axhline(100, color=style.GREY, lw=0.6, zorder=1)
    recovery = wells["recovery_percent"]
    inside = recovery.between(low, high)
    _dots(axes, wells[inside], recovery[inside])
    for beyond, edge, marker in ((recovery < low, 0.06, "v"), (recovery > high, 0.94, "^")):
        if len(far := wells[beyond]):
            look = {"transform": axes.get_xaxis_transform(), "linewidths": 0, "zorder": 4, "clip_on": False}
            axes.scatter(far["x"], [edge] * len(far), 12, far["colour"].tolist(), marker=marker, **look)
    axes.set(xlim=limits, ylim=(low, high))
    axes.set_yticks(ticks := [100 - tolerance, 100, 100 + tolerance], [style.number(each) for each in ticks])
    axes.yaxis.set_tick_params(labelsize=style.TINY)
    marks.log_axis(axes, "x")


def _dots(axes, wells, y):
    """The wells at the heights `y`, an artist for every shape."""
    shape = wells["mark"].mask(wells["use"] == "control", "D").mask(wells["use"] == "set_aside", "x")
    look = {"linewidths": 0.7, "zorder": 3, "clip_on": False}
    dots = pd.DataFrame(
        {"x": wells["x"], "y": y, "colour": wells["colour"], "mark": shape, "used": wells["use"] == "used"}
    )
    for (marker, filled), rows in dots.groupby(["mark", "used"], sort=True):
        colour, size = rows["colour"].tolist(), {"x": 11, "*": 16}.get(marker, 8)
        face = {"c": colour} if filled or marker == "x" else {"facecolors": "white", "edgecolors": colour}
        axes.scatter(rows["x"], rows["y"], size, marker=marker, **face, **look)


def _wells(concentrations, curves, dropped_standards, criteria):
    wells = concentrations[concentrations["role"].isin(["standard", "control"]) & (concentrations["expected"] > 0)]
    wells = wells[wells["signal"].notna()]
    key = ["plate", "analyte", "expected"]
    dropped = pd.MultiIndex.from_frame(dropped_standards.loc[dropped_standards["dropped"], key])
    use = np.where(pd.MultiIndex.from_frame(wells[key]).isin(dropped), "dropped", "used")
    use = np.where(wells["disposition"] != "usable", "set_aside", use)
    use = np.where(wells["role"] == "control", "control", use)
    units = curves[["plate", "analyte", "standard_unit", "model"]].rename(columns={"standard_unit": "unit"})
    rows = wells.assign(layer="well", x=wells["expected"], y=wells["signal"], use=use)
    rows = rows.drop(columns=["unit"]).merge(units, on=PLACE)
    return rows.assign(tolerance_percent=_tolerances(rows, criteria))


def _tolerances(wells, criteria):
    """What the criteria set of its analyte allows the level of each well: the ends of the standards have their own."""
    control = (wells["role"] == "control").to_numpy()
    levels = wells["x"].mask(control).groupby([wells[name] for name in PLACE])
    ends = np.isclose(wells["x"], levels.transform("min")) | np.isclose(wells["x"], levels.transform("max"))
    inner, outer, controls = (
        wells["analyte"].map({name: rules[part][key] for name, rules in criteria.items()})
        for part, key in (
            ("calibration", "tolerance_percent"),
            ("calibration", "tolerance_percent_ends"),
            ("controls", "tolerance_percent"),
        )
    )
    return np.select([control, ends], [controls, outer], inner)


def _plates(curves, checks, verdicts, plates):
    """A row per plate and analyte: its verdict with the rules behind it, its lot, and its place among those in colours."""
    rows = curves[[*PLACE, "standard_unit", "model", "status", "kit_lot"]].merge(verdicts, on=PLACE)
    failed = checks[(checks["scope"] == "plate") & (checks["verdict"] != "PASS")]
    failed = failed[failed["required"] | (failed["verdict"] != "NOT_EVALUABLE")]
    failed = failed.assign(verdict=failed["verdict"].where(failed["required"], "WARN"))  # an advisory rule only warns
    rules = failed.groupby([*PLACE, "verdict"])["rule"].agg(";".join).rename("rules")
    rows = rows.rename(columns={"standard_unit": "unit", "verdict_reason": "words"}).join(rules, on=[*PLACE, "verdict"])
    coloured = plates[-len(style.CYCLE) :]
    place = rows["plate"].map({plate: i for i, plate in enumerate(coloured, 1)}).astype("Int64")
    lots = rows["kit_lot"][place.notna()].loc[place.dropna().sort_values(kind="stable").index].dropna().unique()
    lot = rows["kit_lot"].where(place.notna()).map({name: i for i, name in enumerate(lots, 1)}).astype("Int64")
    return rows.assign(layer="plate", place=place, lot=lot)


def _fits(curves, wells):
    """Points of every fitted curve from the lowest to the highest standard of its plate."""
    span = wells[wells["role"] == "standard"].groupby(["plate", "analyte"])["x"].agg(["min", "max"]).reset_index()
    rows = curves[curves["status"] == "converged"].merge(span, on=["plate", "analyte"]).reset_index(drop=True)
    low, high = np.log(rows["min"].to_numpy(float)), np.log(rows["max"].to_numpy(float))
    u = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, POINTS)
    signal, _, _ = models.from_frame(rows).predict(u)
    long = rows.loc[rows.index.repeat(POINTS), ["plate", "analyte", "standard_unit", "model", "status"]]
    long = long.rename(columns={"standard_unit": "unit"})
    return long.assign(layer="fit", x=np.exp(u).ravel(), y=signal.ravel())
