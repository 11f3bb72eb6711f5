"""One style for every figure, and saving that gives the same bytes for the same numbers.

Sizes are for print: 85 mm (one column) or 178 mm (two columns), 8 pt. Colours are those of Okabe and Ito (Color
Universal Design, 2008), told apart with every common colour vision. Text that comes from data is only ever text: a
participant called "$x^2$" is drawn with its dollar signs.
"""

import functools
import re
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
import seaborn
from immunoassay.tables import checked
from immunoassay.words.code_words import plain as plain
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from scipy.optimize import isotonic_regression

SINGLE, DOUBLE = 85, 178  # widths in mm
MM = 25.4  # in an inch
BASE, SMALL, TINY = 8, 7, 6  # text sizes in points
MARGIN = 0.4  # of an axis of visits at both ends, in visits
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
GREY, PALE = "#6E6E6E", "#BDBDBD"
CYCLE = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK)
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
LOG_STEPS = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), tuple(np.arange(10, 100, 5) / 10))
SIMULATED = "SIMULATED DATA"

RC = {
    **seaborn.axes_style("ticks"),
    "font.family": ["DejaVu Sans"],
    "font.size": BASE,
    "axes.titlesize": BASE,
    "axes.labelsize": BASE,
    "axes.titlepad": 4,
    "axes.labelpad": 3,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "axes.formatter.use_mathtext": False,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.minor.size": 1.8,
    "ytick.minor.size": 1.8,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "hatch.linewidth": 0.4,
    "text.parse_math": False,
    "text.usetex": False,
    "figure.dpi": 300,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "immunoassay-workflow",
    "svg.fonttype": "path",  # outlines: the same picture wherever it is opened
    "pdf.fonttype": 42,
    "pdf.compression": 6,
}


def styled(function):
    """Run `function` in the style of the project, whatever the caller's settings are."""

    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(RC)
            return function(*args, **kwargs)

    return wrapped


def drawing(contract):
    """For draw(table, ...): the table in the types of its contract (it may come from its file), the project's style, and
    the layout settled once for all formats. Raises ContractError for a wrong or missing column.
    """

    def decorate(function):
        @functools.wraps(function)
        def wrapped(table, *args, **kwargs):
            return _settled(function(checked(table, contract), *args, **kwargs))

        return styled(wrapped)

    return decorate


def _settled(figure):
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


@styled
def save(figure, stem):
    """Write `stem`.svg, .png (300 dpi) and .pdf without dates or random names; returns the three paths."""
    formats = {"svg": {"Date": None}, "png": {}, "pdf": {"CreationDate": None}}
    paths = []
    for suffix, metadata in formats.items():
        path = Path(f"{stem}.{suffix}")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=300, metadata=metadata)
        paths.append(path)
    return paths


def page(width, height, simulated=False, note=""):
    """An empty figure of `width` x `height` mm plus room for the note below and, if simulated, the mark above."""
    figure, _ = _sheet(width, height, simulated, note)
    figure.set_layout_engine("constrained", w_pad=0.04, h_pad=0.04, wspace=0.03, hspace=0.04)
    return figure


def canvas(width, height, simulated=False, note=""):
    """A figure to draw on in mm, (figure, axes): x to the right, y down from the top, note and mark outside of it."""
    figure, below = _sheet(width, height, simulated, note)
    total = figure.get_figheight() * MM
    axes = figure.add_axes((0, below / total, 1, height / total))
    axes.set_axis_off()
    axes.set(xlim=(0, width), ylim=(height, 0))
    return figure, axes


def _sheet(width, height, simulated, note):
    """The figure with its mark and note, and the height of the note in mm."""
    lines = wrap(note, width - 4, TINY)
    above, below = (4 if simulated else 0), (1.5 + 3.1 * len(lines) if lines else 0)
    figure = Figure(figsize=(width / MM, (above + height + below) / MM))
    if simulated:
        figure.suptitle(SIMULATED, x=0.995, ha="right", fontsize=SMALL, fontweight="bold", color=VERMILION)
    if lines:
        figure.supxlabel("\n".join(lines), x=2 / width, ha="left", fontsize=TINY, color="#333333", linespacing=1.25)
    return figure, below


@styled
def notice(words, simulated=False, width=SINGLE):
    """A figure that says in words why there is nothing to draw."""
    lines = wrap(words, width - 10, BASE)
    figure = page(width, 14 + 4 * len(lines), simulated)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.text(0.5, 0.5, "\n".join(lines), ha="center", va="center", transform=axes.transAxes)
    return _settled(figure)


def wrap(text, width, size=BASE, weight="normal"):
    """The text broken into lines no wider than `width` mm at `size` pt; a word wider than a line is broken too."""
    lines = []
    for paragraph in str(text).splitlines():
        line = ""
        for word in paragraph.split():
            while text_width(word, size, weight) > width and len(word) > 1:
                keep = next(
                    i for i in range(len(word) - 1, 0, -1) if i == 1 or text_width(word[:i], size, weight) <= width
                )
                lines += [line, word[:keep]]
                line, word = "", word[keep:]
            longer = f"{line} {word}".strip()
            if line and text_width(longer, size, weight) > width:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return [line for line in lines if line]


@functools.lru_cache(maxsize=4096)
def text_width(text, size=BASE, weight="normal"):
    """Width of one line of text in mm."""
    if not text.strip():
        return 0.0
    font = FontProperties(family="DejaVu Sans", weight=weight, size=size)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] / 72 * MM


def say(axes, text, place, coords="axes fraction", offset=(0, 0), **look):
    """Small grey text at `place`, moved by `offset` points, never clipped; `look` overrides."""
    look = {"fontsize": TINY, "color": GREY, "ha": "center", "va": "center", **look}
    axes.annotate(text, place, offset, coords, "offset points", annotation_clip=False, **look)


def edge_label(axes, y, text, colour=GREY):
    """The name of a horizontal line, at its right end."""
    say(axes, text, (1, y), ("axes fraction", "data"), (2, 0), ha="left", color=colour)


def letter(axes, text):
    """Panel letter, bold, above the upper left corner."""
    look = {"fontsize": BASE + 2, "fontweight": "bold", "color": BLACK, "ha": "left", "va": "bottom"}
    say(axes, text, (0, 1), offset=(-22, 5), **look)


def title(axes, text, width, size=BASE, pad=4):
    """Bold title of a panel, wrapped to `width` mm."""
    axes.set_title("\n".join(wrap(text, width, size, "bold")), fontsize=size, fontweight="bold", pad=pad)


class Ticks(NamedTuple):
    """Size in pt of the labels of visits, and the width in mm beyond which one is broken between its words."""

    size: float = SMALL
    wide: float = 16


def shape(labels, panels, most=3, edge=14):
    """(columns, width of the page in mm, Ticks) of panels whose labelled visits do not touch.

    `edge` is what a panel needs beside its axis, in mm. Labels are broken, then made smaller, before a column is lost.
    """
    for columns in range(min(most, panels), 0, -1):
        for width in (SINGLE, DOUBLE) if panels == 1 else (DOUBLE,):
            for ticks in (Ticks(), Ticks(SMALL, 0), Ticks(TINY, 0)):
                if _needed(labels, ticks) + edge <= width / columns:
                    return columns, width, ticks
    return 1, DOUBLE, Ticks(TINY, 0)


def visit_axis(axes, positions, labels, rows=(), ticks=Ticks()):  # noqa: B008
    """Ticks at `positions`; under each label, in grey, one line per row of `rows`: (name, values)."""
    wrapped = [_tick_lines(label, ticks) for label in labels]
    deep = max(len(lines) for lines in wrapped)
    level = ["\n".join([*lines, *[" "] * (deep - len(lines))]) for lines in wrapped]
    axes.set_xticks(positions, level, fontsize=ticks.size)
    axes.set_xlim(min(positions) - MARGIN, max(positions) + MARGIN)
    if not rows:
        return
    down = -7 - 1.2 * ticks.size * deep
    look = {"fontsize": ticks.size, "linespacing": 1.15, "va": "top"}
    for position, values in zip(positions, zip(*(texts for _, texts in rows), strict=True), strict=True):
        say(axes, "\n".join(values), (position, 0), ("data", "axes fraction"), (0, down), **look)
    say(axes, "\n".join(name for name, _ in rows), (0, 0), offset=(-2, down), ha="right", **look)


def _tick_lines(label, ticks):
    longest = max((text_width(word, ticks.size) for word in label.split()), default=0)
    return wrap(label, max(ticks.wide, longest + 0.1), ticks.size) or [" "]


def _needed(labels, ticks):
    """Least width of an axis in mm."""
    widths = [max(text_width(line, ticks.size) for line in _tick_lines(label, ticks)) for label in labels]
    apart = max([(a + b) / 2 + 0.8 for a, b in zip(widths, widths[1:], strict=False)], default=8)
    return apart * (len(widths) - 1 + 2 * MARGIN)


def counts(rows):
    """The lines of counts under the visits: n, and where any is outside the limits how many are."""
    lines = [("n", [str(int(n)) for n in rows["n"]])]
    for column, name in (("n_below", "< LLOQ"), ("n_above", "> ULOQ")):
        if rows[column].fillna(0).sum():
            lines.append((name, [str(int(n)) for n in rows[column].fillna(0)]))
    return lines


def lloq_line(axes, low, high):
    """Dotted line at the LLOQ; where plates differ a band from the lowest to the highest."""
    if not np.isfinite(high):
        return
    if low < high:
        axes.axhspan(low, high, color=GREY, alpha=0.15, lw=0, zorder=0)
    axes.axhline(high, color=GREY, lw=0.8, ls=":", zorder=1)
    edge_label(axes, high, "LLOQ")


def end_labels(axes, ends, height=38):
    """Labels (y, text, colour) at the right edge, moved apart where they would touch; `height` of the axes in mm."""
    low, high = axes.transData.inverted().transform(axes.transAxes.transform([(0, 0), (0, 1)]))[:, 1]
    scale = np.log if axes.get_yscale() == "log" else np.asarray
    low, high = scale(low), scale(high)
    places = [float((scale(y) - low) / (high - low)) for y, _, _ in ends]
    for place, moved, (_, text, colour) in zip(places, spread(places, 3.1 / height, 0), ends, strict=True):
        axes.plot([1, 1.03], [place, moved], transform=axes.transAxes, color=colour, lw=0.6, clip_on=False)
        axes.text(1.04, moved, text, transform=axes.transAxes, fontsize=SMALL, color=colour, va="center", ha="left")


def open_marker(axes, x, y, colour=GREY, size=3.2, marker="o", **kwargs):
    """Open markers: values below the LLOQ, drawn at the LLOQ."""
    return axes.plot(
        x, y, ls="none", marker=marker, ms=size, mfc="white", mec=colour, mew=0.8, **{"zorder": 3, **kwargs}
    )


def log_axis(axes, which="y"):
    """A log axis labelled with plain numbers: every decade, and steps between where there are few decades."""
    axis = getattr(axes, f"{which}axis")
    getattr(axes, f"set_{which}scale")("log")
    low, high = sorted(getattr(axes, f"get_{which}lim")())
    exponents = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for between in LOG_STEPS:  # the sparsest that gives three ticks
        ticks = [float(f"{b * 10.0**e:.3g}") for e in exponents for b in between]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) >= 3:
            break
    else:
        ticks = [tick for tick in MaxNLocator(4).tick_values(low, high) if low <= tick <= high]
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter([number(tick) for tick in ticks]))
    axis.set_minor_locator(LogLocator(subs=range(2, 10), numticks=50))
    axis.set_minor_formatter(NullFormatter())
    getattr(axes, f"set_{which}lim")(low, high)


def linear_axis(axes, which="y"):
    """Few round ticks and plain numbers with a true minus sign on a linear axis."""
    axis = getattr(axes, f"{which}axis")
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))


def number(value):
    """A tick's number: three significant digits, true minus sign, thousands parted, powers of ten at the extremes."""
    if value == 0:
        return "0"
    size = abs(value)
    text = f"{value:.3g}" if size < 1000 or size >= 1e6 else f"{value:,.0f}"
    return text.replace("-", "−")


def signed(value):
    """An estimate of an association: two decimals, true minus sign, no minus zero."""
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def unit(text):
    """A unit as printed: ug/mL becomes µg/mL."""
    return re.sub(r"\bu(?=[gLMm])", "µ", str(text))


def looks(names):
    """A colour, marker and line style per name, in the order given; they repeat only after all were combined."""
    styles = ("-", "--", ":")
    return {
        name: {"color": CYCLE[i % 7], "marker": MARKERS[i % 7], "ls": styles[i // 7 % 3]}
        for i, name in enumerate(names)
    }


def spread(places, sizes, gap, low=-np.inf, high=np.inf):
    """Middles of labels of the given sizes, moved as little as keeps their order, `gap` between them and the bounds."""
    places, sizes = np.asarray(places, float), np.broadcast_to(np.asarray(sizes, float), len(places))
    if not len(places):
        return places
    order = np.argsort(places, kind="stable")
    half = sizes[order] / 2
    offsets = np.concatenate([[0.0], np.cumsum(half[1:] + half[:-1] + gap)])
    free = isotonic_regression(places[order] - offsets).x  # how far each is from where the first would push it
    moved = np.empty(len(places))
    first, last = low + half[0], high - half[-1] - offsets[-1]
    moved[order] = np.clip(free, first, max(first, last)) + offsets
    return moved


def grid(figure, n, columns):
    """`n` axes in rows of `columns`; the unused places of the last row stay empty."""
    rows = -(-n // columns)
    axes = figure.subplots(rows, columns, squeeze=False)
    for spare in axes.ravel()[n:]:
        spare.set_axis_off()
    return list(axes.ravel()[:n])
