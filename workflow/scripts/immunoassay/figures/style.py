"""One style for every figure, and saving that gives the same bytes for the same numbers.

Sizes are for print: 85 mm (one column) or 178 mm (two columns), 8 pt. Colours are those of Okabe and Ito (Color
Universal Design, 2008), told apart with every common colour vision. Text that comes from data is only ever text: a
participant called "$x^2$" is drawn with its dollar signs.
"""

import functools
from pathlib import Path

import matplotlib
import numpy as np
import seaborn
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter

SINGLE, DOUBLE = 85, 178  # widths in mm
BASE, SMALL, TINY = 8, 7, 6  # text sizes in points
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
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
    lines = wrap(note, width - 4, TINY)
    height += 3.1 * len(lines) + (4 if simulated else 0)
    figure = Figure(figsize=(width / 25.4, height / 25.4), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.04, h_pad=0.04, wspace=0.03, hspace=0.04)
    if simulated:
        figure.suptitle(SIMULATED, x=0.995, ha="right", fontsize=SMALL, fontweight="bold", color=VERMILION)
    if lines:
        figure.supxlabel("\n".join(lines), x=2 / width, ha="left", fontsize=TINY, color="#333333", linespacing=1.25)
    return figure


@styled
def notice(words, simulated=False, width=SINGLE):
    """A figure that says in words why there is nothing to draw."""
    lines = wrap(words, width - 10, BASE)
    figure = page(width, 14 + 4 * len(lines), simulated)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.text(0.5, 0.5, "\n".join(lines), ha="center", va="center", transform=axes.transAxes)
    return figure


def wrap(text, width, size=BASE, weight="normal"):
    """The text broken into lines no wider than `width` mm at `size` pt; a word wider than a line is broken too."""
    lines = []
    for paragraph in str(text).splitlines():
        line = ""
        for word in paragraph.split():
            while text_width(word, size, weight) > width and len(word) > 1:
                keep = next(i for i in range(len(word) - 1, 0, -1) if i == 1 or text_width(word[:i], size, weight) <= width)
                lines += [line] * bool(line) + [word[:keep]]
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
    outline = TextPath((0, 0), text, size=size, prop=FontProperties(family="DejaVu Sans", weight=weight))
    return outline.get_extents().width / 72 * 25.4


def letter(axes, text):
    """Panel letter, bold, above the upper left corner."""
    axes.annotate(
        text, (0, 1), xycoords="axes fraction", xytext=(-22, 5), textcoords="offset points",
        fontsize=BASE + 2, fontweight="bold", ha="left", va="bottom",
    )  # fmt: skip


def title(axes, text, width, size=BASE):
    """Bold title of a panel, wrapped to `width` mm."""
    axes.set_title("\n".join(wrap(text, width, size, "bold")), fontsize=size, fontweight="bold")


def visit_axis(axes, positions, labels, rows=(), size=SMALL):
    """Ticks at `positions`; under each label one line per row of `rows`, (name, values), the name at the left edge.

    Labels too wide for their neighbours stand upright and the rows of counts stay level.
    """
    lines = ["\n".join(str(part) for part in parts) for parts in zip(labels, *(values for _, values in rows), strict=True)]
    axes.set_xticks(positions, lines, fontsize=size)
    axes.margins(x=0.06)
    if rows:
        axes.annotate(
            "\n".join(["", *(name for name, _ in rows)]), (0, 0), xycoords="axes fraction",
            xytext=(-2, -6.5), textcoords="offset points", ha="right", va="top", fontsize=size, color=GREY,
        )  # fmt: skip


def counts(rows):
    """The lines of counts under the visits: n, and where any is outside the limits how many are."""
    lines = [("n", [str(int(n)) for n in rows["n"]])]
    for column, name in (("n_below", "< LLOQ"), ("n_above", "> ULOQ")):
        if rows[column].fillna(0).sum():
            lines.append((name, [str(int(n)) for n in rows[column].fillna(0)]))
    return lines


def lloq_line(axes, low, high, label=True):
    """Dotted line at the LLOQ; where plates differ a band from the lowest to the highest."""
    if not np.isfinite(high):
        return
    if low < high:
        axes.axhspan(low, high, color=GREY, alpha=0.15, lw=0, zorder=0)
    axes.axhline(high, color=GREY, lw=0.8, ls=":", zorder=1)
    if label:
        axes.annotate(
            "LLOQ", (1, high), xycoords=("axes fraction", "data"), xytext=(2, 0), textcoords="offset points",
            ha="left", va="center", fontsize=TINY, color=GREY, annotation_clip=False,
        )  # fmt: skip


def end_labels(axes, ends, height=38):
    """Labels (y, text, colour) at the right edge, moved apart where they would touch; `height` of the axes in mm."""
    low, high = axes.transData.inverted().transform(axes.transAxes.transform([(0, 0), (0, 1)]))[:, 1]
    scale = np.log if axes.get_yscale() == "log" else np.asarray
    low, high = scale(low), scale(high)
    places = [float((scale(y) - low) / (high - low)) for y, _, _ in ends]
    for place, moved, (_, text, colour) in zip(places, spread(places, 3.1 / height), ends, strict=True):
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
    """A tick's number: three significant digits, true minus sign, thousands parted, no powers between 1e-4 and 1e6."""
    if value == 0:
        return "0"
    text = f"{value:,.3g}" if 1e-4 <= abs(value) < 1000 else f"{value:,.0f}" if abs(value) < 1e6 else f"{value:.2g}"
    if 1e-4 <= abs(value) < 1:
        text = f"{value:.7f}".rstrip("0") if "e" in text else text
    return text.replace("-", "−")


def looks(names):
    """A colour, marker and line style per name, in the order given; they repeat only after all were combined."""
    styles = ("-", "--", ":")
    return {
        name: {"color": CYCLE[i % 7], "marker": MARKERS[i % 7], "ls": styles[i // 7 % 3]} for i, name in enumerate(names)
    }


def spread(places, gap):
    """The places moved apart, order kept, so that neighbours are at least `gap` apart, and as near as that allows."""
    places = np.asarray(places, float)
    order = np.argsort(places, kind="stable")
    groups = []  # runs of touching labels: [sum of (place - offset), count]
    for place in places[order]:
        groups.append([place, 1])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] + groups[-2][1] * gap > groups[-1][0] / groups[-1][1]:
            total, count = groups.pop()
            groups[-1][0] += total - count * groups[-1][1] * gap
            groups[-1][1] += count
    moved = np.concatenate([total / count + gap * np.arange(count) for total, count in groups]) if groups else places
    result = np.empty_like(places)
    result[order] = moved
    return result


def grid(figure, n, columns):
    """`n` axes in rows of `columns`; the unused places of the last row stay empty."""
    rows = -(-n // columns)
    axes = figure.subplots(rows, columns, squeeze=False)
    for spare in axes.ravel()[n:]:
        spare.set_axis_off()
    return list(axes.ravel()[:n])
