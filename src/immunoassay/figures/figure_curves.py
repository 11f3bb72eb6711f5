"""Standard curves of one panel: every standard well, the fitted curve of each plate, and its limits."""

import numpy as np
import pandas as pd
from immunoassay.calibration import models
from immunoassay.figures import lettering, marks, pages, series, style
from immunoassay.figures.paging import Panels
from immunoassay.figures.tidy import tidy
from immunoassay.tables.notation import table as declared
from immunoassay.words import figure_notes, quality_notes
from matplotlib.figure import Figure

TABLE = declared(
    "figure_curves",
    "one standard well, one point of a drawn curve, one limit, or why a plate has no curve",
    "layer analyte plate well x",
    """
layer | str | | well, fit (a point of the curve), lloq, uloq or no_curve
panel | str | | kit
analyte | str | | analyte
label | str | | its name as it is printed
plate | str | | plate
well | str | | well
role | str | | standard or control
level | str | | level of a standard or control
x | float64 | <unit> | concentration in the well
y | float64 | signal | signal
use | str | | of a well: used, dropped (by the editing rule), set_aside or control
unit | str | | unit of the standards
model | str | | model of the curve
status | str | | status of the curve, or of the concentration of a well
words | str | | why there is no curve
""",
)
POINTS = 60  # of a drawn curve


def table(
    curves: pd.DataFrame,
    concentrations: pd.DataFrame,
    dropped_standards: pd.DataFrame,
    analytes: pd.DataFrame,
    panel: str,
) -> pd.DataFrame:
    """Every number of the figure of `panel`; x in the well (`unit`: of the standards), y is signal.

    Layers: `well` (standards and controls with a concentration above zero; `use` is used, dropped by the editing rule,
    set aside, or control), `fit` (points of the plate's own curve), `lloq` and `uloq` (x), `no_curve` (why in words).
    """
    curves = curves[curves["panel"] == panel].sort_values(["analyte", "plate"]).reset_index(drop=True)
    wells = _wells(concentrations[concentrations["panel"] == panel], curves, dropped_standards)
    layers = [wells, _fits(curves, wells)]
    of_curves = curves.assign(unit=curves["standard_unit"])
    for name in ("lloq", "uloq"):
        limits = of_curves[np.isfinite(curves[name].to_numpy(float, na_value=np.nan))]
        layers.append(limits.assign(layer=name, x=limits[name]))
    failed = of_curves[of_curves["status"] != "converged"]
    layers.append(failed.assign(layer="no_curve", words=failed["status_reason"]))
    rows = pd.concat(layers, ignore_index=True)
    names = series.variables_of(analytes, list(dict.fromkeys(analytes["group"]))).rename(
        columns={"variable": "analyte"}
    )
    rows = rows.merge(names[["analyte", "label", "place"]], on="analyte")
    return tidy(TABLE, rows.sort_values(["place", "layer", "plate", "x", "well"], kind="stable").assign(panel=panel))


@pages.drawing(TABLE, Panels("analyte"))
def draw(table: pd.DataFrame, older: int = 0, simulated: bool = False, remark: str = "") -> Figure:
    """Standard curves from their table; one panel of the figure per analyte, plates in colours (grey above seven).

    `older`: plates of the panel that are not in the table, because it holds only the newest.
    """
    note = quality_notes.curves(table, older)
    placed = table["layer"].isin(["well", "fit"]) & table["x"].notna() & (table["y"] > 0)
    shown = table["analyte"].isin(table.loc[placed, "analyte"])
    note = f"{note} {quality_notes.without_standards(list(dict.fromkeys(table.loc[~shown, 'label'])))} {remark}"
    table = table[shown]
    analytes = list(dict.fromkeys(table["analyte"]))
    if not analytes:
        return pages.notice(f"{figure_notes.nothing('figure_curves')} {remark}", simulated)
    plates = sorted(set(table["plate"]))
    colours = {plate: style.CYCLE[i] if len(plates) <= 7 else style.GREY for i, plate in enumerate(plates)}
    columns = min(3, len(analytes))
    width = (style.SINGLE, style.DOUBLE * 2 / 3, style.DOUBLE)[columns - 1]
    legend = 5 if len(plates) <= 7 else 0
    figure = pages.page(width, legend + 52 * -(-len(analytes) // columns), simulated, note)
    axes = pages.grid(figure, len(analytes), columns)
    for axis, analyte in zip(axes, analytes, strict=True):
        own = table[table["analyte"] == analyte]
        _panel(axis, own, colours, width / columns - 18)
        marks.title(axis, own["label"].iloc[0], width / columns - 14, pad=9)
    if legend:
        handles = [
            axes[0].plot([], [], color=colours[plate], marker="o", ms=3, lw=0.9, label=plate)[0] for plate in plates
        ]
        pages.legend(figure, handles)
    return figure


def _panel(axes, own, colours, width):
    wells, fits = own[own["layer"] == "well"], own[own["layer"] == "fit"]
    drawn = pd.concat([wells, fits])
    heights = drawn.loc[drawn["y"] > 0, "y"]
    wide = drawn["x"].dropna()
    thin = 1 if len(set(colours.values())) > 1 or len(colours) == 1 else 0.5
    if len(heights) and len(wide):
        axes.set_ylim(heights.min() / 1.5, heights.max() * 1.8)
        axes.set_xlim(wide.min() / 1.4, wide.max() * 1.4)
    for plate, line in fits.groupby("plate", sort=True):
        axes.plot(line["x"], line["y"].where(line["y"] > 0), color=colours[plate], lw=0.9 * thin, alpha=thin, zorder=2)
    floor = axes.get_ylim()[0]
    for (plate, use), dots in wells.groupby(["plate", "use"], sort=True):
        look = {"ls": "none", "color": colours[plate], "zorder": 3, "mew": 0.7 * thin, "clip_on": False}
        shape = {"used": ("o", 2.8, colours[plate]), "control": ("D", 2.8, "white"), "set_aside": ("x", 3.4, None)}
        marker, size, face = shape.get(use, ("o", 3, "white"))
        axes.plot(dots["x"], dots["y"].where(dots["y"] > 0, floor), marker=marker, ms=size * thin, mfc=face, **look)
    for layer in ("lloq", "uloq"):
        places = own.loc[own["layer"] == layer, ["plate", "x"]]
        for plate, x in places.itertuples(index=False):
            axes.axvline(x, color=colours[plate], lw=0.7 * thin, ls=":", zorder=1)
        if len(places):
            middle = np.sqrt(places["x"].min() * places["x"].max())
            marks.say(axes, layer.upper(), (middle, 1), ("data", "axes fraction"), (0, 1), va="bottom", fontsize=5.5)
    marks.log_axis(axes, "x")
    marks.log_axis(axes, "y")
    fitted, lost = fits["plate"].nunique(), int((own["layer"] == "no_curve").sum())
    count = f"{len(wells)} wells, {fitted} curve" + ("s" if fitted != 1 else "")
    if lost:
        count += f", {lost} plate{'s' if lost > 1 else ''} without"
    lines = [f"In the well, {style.unit(own['unit'].iloc[0])}", *lettering.wrap(count, width)]
    axes.set(xlabel="\n".join(lines), ylabel="Signal")


def _wells(concentrations, curves, dropped_standards):
    wells = concentrations[concentrations["role"].isin(["standard", "control"]) & (concentrations["expected"] > 0)]
    wells = wells[wells["signal"].notna()]
    key = ["plate", "analyte", "expected"]
    dropped = pd.MultiIndex.from_frame(dropped_standards.loc[dropped_standards["dropped"], key])
    use = np.where(pd.MultiIndex.from_frame(wells[key]).isin(dropped), "dropped", "used")
    use = np.where(wells["disposition"] != "usable", "set_aside", use)
    use = np.where(wells["role"] == "control", "control", use)
    units = curves[["plate", "analyte", "standard_unit", "model"]].rename(columns={"standard_unit": "unit"})
    rows = wells.assign(layer="well", x=wells["expected"], y=wells["signal"], use=use)
    return rows.drop(columns=["unit"]).merge(units, on=["plate", "analyte"])


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
