"""What figures put beside and on their axes: words, letters, ticks, limits, open markers, plain numbers."""

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from immunoassay.figures import lettering, style
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.markers import TICKDOWN, TICKLEFT
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator
from matplotlib.transforms import Bbox, blended_transform_factory

DECADES = {"x": 5, "y": 6}  # labelled at most along the axis of a panel: of more every second or third is
KEY = 8  # what the line of an entry of a legend needs, in mm
APART = 0.5  # least distance of two labels of an axis, in mm
HEIGHT = 38  # about that of axes, in mm
LOG_STEPS = (
    (1,),
    (1, 3),
    (1, 2, 5),
    (1, 1.5, 2, 3, 5, 7),
)  # of less than half a decade the ticks are as of a linear axis


def say(
    axes: Axes,
    text: str,
    place: tuple[float, float],
    coords: Any = "axes fraction",
    offset: tuple[float, float] = (0, 0),
    **look: Any,
) -> None:
    """Small grey text at `place`, moved by `offset` points, never clipped; `look` overrides."""
    look = {"fontsize": style.TINY, "color": style.GREY, "ha": "center", "va": "center", **look}
    axes.annotate(text, place, offset, coords, "offset points", annotation_clip=False, **look)


def edge_label(axes: Axes, y: float, text: str, colour: str = style.GREY) -> None:
    """The name of a horizontal line, at its right end."""
    say(axes, text, (1, y), ("axes fraction", "data"), (2, 0), ha="left", color=colour)


def letter(axes: Axes, text: str) -> None:
    """Letter of a panel, bold, left of its title or of the first line of its legend."""

    def head(renderer):
        above = [each for each in (axes.title, axes.get_legend()) if each]
        tops = [axes.bbox.y1 + renderer.points_to_pixels(17), *(each.get_window_extent(renderer).y1 for each in above)]
        return Bbox([[axes.bbox.x0, max(tops)], [axes.bbox.x1, max(tops)]])

    look: dict = {"fontsize": style.BASE + 2, "fontweight": "bold", "color": style.BLACK, "ha": "left", "va": "top"}
    say(axes, text, (0, 0), head, (-22, 0), **look)


def title(axes: Axes, text: str, width: float, pad: float = 4) -> None:
    """Bold title of a panel that has no ticks above, wrapped to `width` mm."""
    lines = lettering.wrap(text, width, style.BASE, "bold")
    look: dict[str, Any] = {"fontsize": style.BASE, "fontweight": "bold"}
    axes.set_title("\n".join(lines), pad=pad, y=1, **look)  # without y the ticks are measured for it, again and again


def legend_above(axes: Axes, handles: Sequence[Artist], heading: str, width: float) -> None:
    """A legend above the panel under its bold heading, an entry per handle; both are wrapped to `width` mm."""
    for handle in handles:
        handle.set_label("\n".join(lettering.wrap(str(handle.get_label()), width - KEY, style.SMALL)))
    title = "\n".join(lettering.wrap(heading, width, style.BASE, "bold")) or None
    bold = {"size": style.BASE, "weight": "bold"}
    look: dict = {"handlelength": 1.4, "borderaxespad": 0.3, "borderpad": 0, "labelspacing": 0.2, "alignment": "left"}
    axes.legend(
        handles=list(handles), loc="lower left", bbox_to_anchor=(0, 1), title=title, title_fontproperties=bold, **look
    )


def visit_axis(
    axes: Axes,
    positions: list[float],
    labels: list[str],
    rows: Sequence[tuple[str, list[str]]] = (),
    ticks: lettering.Ticks = lettering.Ticks(),  # noqa: B008
) -> None:
    """Ticks at `positions`; under each label, in grey, one line per row of `rows`: (name, values)."""
    wrapped = [lettering.tick_lines(label, ticks) for label in labels]
    deep = max(len(lines) for lines in wrapped)
    level = ["\n".join([*lines, *[" "] * (deep - len(lines))]) for lines in wrapped]
    axes.set_xticks(positions, level, fontsize=ticks.size, rotation=90 if ticks.turned else 0)
    axes.set_xlim(min(positions) - style.MARGIN, max(positions) + style.MARGIN)
    if not rows:
        return
    longest = max(lettering.text_width(label, ticks.size) for label in labels) / style.MM * 72
    down = -7 - (longest if ticks.turned else 1.2 * ticks.size * deep)
    look: dict = {"fontsize": ticks.size, "linespacing": 1.15, "va": "top"}
    for position, values in zip(positions, zip(*(texts for _, texts in rows), strict=True), strict=True):
        say(axes, "\n".join(values), (position, 0), ("data", "axes fraction"), (0, down), **look)
    say(axes, "\n".join(name for name, _ in rows), (0, 0), offset=(-2, down), ha="right", **look)


def value_label(unit: str) -> str:
    """Label of an axis of values: the unit, and of amounts in a volume that they are concentrations."""
    return f"Concentration, {style.unit(unit)}" if "/" in unit else style.unit(unit)


def counts(rows: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """The lines of counts under the visits: n, and where any is outside the limits how many are."""
    lines = [("n", [str(int(n)) for n in rows["n"]])]
    limit = style.lower_limit(rows["unit"].dropna() if "unit" in rows else ())
    for column, name in (("n_below", f"< {limit}"), ("n_above", "> ULOQ")):
        if rows[column].fillna(0).sum():
            lines.append((name, [str(int(n)) for n in rows[column].fillna(0)]))
    return lines


def lloq_line(axes: Axes, low: float, high: float, name: str = "LLOQ") -> None:
    """Dotted line at the lower limit, with its `name`; where plates differ a band from the lowest to the highest."""
    if not np.isfinite(high):
        return
    if low < high:
        axes.axhspan(low, high, color=style.GREY, alpha=0.15, lw=0, zorder=0)
    axes.axhline(high, color=style.GREY, lw=0.8, ls=":", zorder=1)
    edge_label(axes, high, name)


def end_labels(axes: Axes, ends: list[tuple[float, str, str]]) -> None:
    """Labels (y, text, colour) at the right edge, moved apart where they would touch."""
    low, high = axes.transData.inverted().transform(axes.transAxes.transform([(0, 0), (0, 1)]))[:, 1]
    scale = np.log if axes.get_yscale() == "log" else np.asarray
    low, high = scale(low), scale(high)
    places = [float((scale(y) - low) / (high - low)) for y, _, _ in ends]
    for place, moved, (_, text, colour) in zip(places, lettering.spread(places, 3.1 / HEIGHT, 0), ends, strict=True):
        axes.plot([1, 1.03], [place, moved], transform=axes.transAxes, color=colour, lw=0.6, clip_on=False)
        axes.text(
            1.04, moved, text, transform=axes.transAxes, fontsize=style.SMALL, color=colour, va="center", ha="left"
        )


def open_marker(
    axes: Axes,
    x: pd.Series | np.ndarray,
    y: pd.Series | np.ndarray,
    colour: str = style.GREY,
    size: float = 3.2,
    marker: str = "o",
    **kwargs: Any,
) -> None:
    """Open markers: values below the LLOQ, drawn at the LLOQ."""
    axes.plot(x, y, ls="none", marker=marker, ms=size, mfc="white", mec=colour, mew=0.8, **{"zorder": 3, **kwargs})


def ways(axes: Axes, rows: pd.DataFrame, **look: Any) -> None:
    """A line through the points (x, y) of each participant, in the order of the rows; all lines are one artist."""
    person = pd.factorize(rows["participant"])[0]
    order = np.argsort(person, kind="stable")
    points = rows[["x", "y"]].to_numpy(float)[order]
    pieces = np.split(points, np.flatnonzero(np.diff(person[order])) + 1)
    axes.add_collection(LineCollection(pieces, capstyle="projecting", joinstyle="round", **look))


def log_axis(axes: Axes, which: str = "y") -> None:
    """A log axis labelled with plain numbers: every decade, and steps between where there are few decades."""
    axis = getattr(axes, f"{which}axis")
    getattr(axes, f"set_{which}scale")("log")
    low, high = sorted(getattr(axes, f"get_{which}lim")())
    exponents = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for between in LOG_STEPS:  # the sparsest that gives three ticks
        ticks = [float(f"{b * 10.0**e:.3g}") for e in exponents for b in between]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) >= 3:
            ticks = ticks[:: -(-len(ticks) // DECADES[which]) if len(between) == 1 else 1]
            break
    else:
        ticks = [tick for tick in MaxNLocator(4).tick_values(low, high) if low <= tick <= high]
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter([style.number(tick) for tick in ticks]))
    axis.set_minor_locator(NullLocator())  # `minor_ticks` draws them
    getattr(axes, f"set_{which}lim")(low, high)


def thin(axis: Axis) -> None:
    """Leave out the labels of a log axis that would touch, powers of ten last; its layout is settled."""
    if not _labelled_log(axis):
        return
    labels, places = axis.get_majorticklabels(), axis.get_majorticklocs()
    half = APART / 2 / style.MM * axis.figure.dpi
    boxes = [label.get_window_extent().padded(half) for label in labels]
    kept: list[int] = []
    for i in sorted(range(len(places)), key=lambda i: (not np.isclose(np.log10(places[i]) % 1, [0, 1]).any(), i)):
        if not any(boxes[i].overlaps(boxes[j]) for j in kept):
            kept.append(i)
    axis.set_major_formatter(FixedFormatter([each.get_text() if i in kept else "" for i, each in enumerate(labels)]))


def minor_ticks(axes: Axes, which: str) -> None:
    """The minor ticks of a log axis as one artist, once its limits are settled: one by one they take longer than all else."""
    axis = getattr(axes, f"{which}axis")
    if not _labelled_log(axis) or not axes.axison or not axis.get_visible():
        return
    low, high = sorted(axis.get_view_interval())
    places = np.asarray(LogLocator(subs=range(2, 10), numticks=50).tick_values(low, high))
    places = places[(places >= low) & (places <= high)]
    places = places[~np.isclose(places[:, None], axis.get_majorticklocs(), rtol=1e-6, atol=0).any(axis=1)]
    across, mark = np.zeros(len(places)), {"x": TICKDOWN, "y": TICKLEFT}[which]
    rc: dict[str, Any] = matplotlib.rcParams  # type: ignore[assignment]
    size, width, colour = (rc[f"{which}tick.{name}"] for name in ("minor.size", "minor.width", "color"))
    line = Line2D(
        places if which == "x" else across,
        across if which == "x" else places,
        transform=getattr(axes, f"get_{which}axis_transform")("tick1"),
        **{"ls": "none", "marker": mark, "ms": size, "mew": width, "color": colour},
        **{"clip_on": False, "zorder": axis.zorder},
    )
    axes.add_artist(line)


def fix_label(axes: Axes, which: str) -> None:
    """Keep the label of an axis where it is, in inches: else its ticks are measured for it whenever it is drawn."""
    axis, inches = getattr(axes, f"{which}axis"), axes.figure.dpi_scale_trans
    if axis.label.get_text():
        axis.get_tightbbox()  # places it
    (x, y), dpi = axis.label.get_position(), axes.figure.dpi
    if which == "x":
        axis.set_label_coords(x, y / dpi, blended_transform_factory(axes.transAxes, inches))
    else:
        axis.set_label_coords(x / dpi, y, blended_transform_factory(inches, axes.transAxes))


def _labelled_log(axis):
    """Whether `log_axis` made it."""
    return axis.get_scale() == "log" and isinstance(axis.get_major_formatter(), FixedFormatter)


def linear_axis(axes: Axes, which: str = "y") -> None:
    """Few round ticks and plain numbers with a true minus sign on a linear axis."""
    axis = getattr(axes, f"{which}axis")
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: style.number(value)))
