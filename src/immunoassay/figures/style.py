"""One style for every figure: sizes, colours, settings, and numbers as they are printed.

Sizes are for print: 85 mm (one column) or 178 mm (two columns), 8 pt. Colours are those of Okabe and Ito (Color
Universal Design, 2008), told apart with every common colour vision. Text that comes from data is only ever text: a
participant called "$x^2$" is drawn with its dollar signs.
"""

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

import matplotlib
from immunoassay.figures import laid_out
from immunoassay.tables import is_log2
from immunoassay.words.terms import unit as unit
from matplotlib.font_manager import findSystemFonts, fontManager, get_font_names

P = ParamSpec("P")
R = TypeVar("R")
SINGLE, DOUBLE = 85, 178  # widths in mm
MM = 25.4  # in an inch
BASE, SMALL, TINY = 8, 7, 6  # text sizes in points
MARGIN = 0.4  # of an axis of visits at both ends, in visits
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
GREY, PALE = "#6E6E6E", "#BDBDBD"
INK = "0.15"  # of text and axes
CYCLE = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK)
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SIMULATED = "SIMULATED DATA"
DEFAULT_FONT = "DejaVu Sans"

RC: dict[Any, Any] = {
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.axisbelow": True,
    "grid.color": "0.8",
    "lines.solid_capstyle": "round",
    "patch.edgecolor": "white",
    "patch.force_edgecolor": True,
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
    "text.hinting": "none",  # text is as wide in every format and at every resolution as it was measured
    "figure.dpi": 300,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "immunoassay-workflow",
    "svg.fonttype": "none",  # text stays text: it can be searched and edited
    "pdf.fonttype": 42,
    "pdf.compression": 6,
}


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` in the style of the project, whatever the caller's settings are."""

    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        with in_style():
            return function(*args, **kwargs)

    return wrapped


@contextmanager
def in_style(font: str = DEFAULT_FONT) -> Iterator[None]:
    """The style of the project, text in `font`; what it lacks in DejaVu Sans. Raises ValueError where it is not installed."""
    if font not in get_font_names():  # the remembered list may be older than the font
        known = {entry.fname for entry in fontManager.ttflist}
        for path in sorted(set(findSystemFonts()) - known):
            fontManager.addfont(path)
    if font not in get_font_names():
        raise ValueError(f"figures.font: the font {font!r} is not installed here; install it or leave the setting out.")
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(RC)
        matplotlib.rcParams["font.family"] = list(dict.fromkeys([font, DEFAULT_FONT]))
        with laid_out.once():
            yield


def number(value: float) -> str:
    """A tick's number: three significant digits, true minus sign, thousands parted, powers of ten at the extremes."""
    if value == 0:
        return "0"
    size = abs(value)
    text = f"{value:.3g}" if size < 1000 or size >= 1e6 else f"{value:,.0f}"
    digits, _, power = text.partition("e")
    if power:
        ten = f"10{str(int(power)).translate(RAISED)}"
        text = ten if digits == "1" else f"-{ten}" if digits == "-1" else f"{digits} × {ten}"
    return text.replace("-", "−")


def signed(value: float) -> str:
    """An estimate of an association: two decimals, true minus sign, no minus zero."""
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def lower_limit(units: Iterable) -> str:
    """What lower limits of results in these units are called on figures."""
    names = {"LOD" if is_log2(unit) else "LLOQ" for unit in units}
    return " or ".join(sorted(names, reverse=True)) or "LLOQ"


def looks(names: Iterable) -> dict[Any, dict[str, str]]:
    """A colour, marker and line style per name, in the order given; they repeat only after all were combined."""
    styles = ("-", "--", ":")
    return {
        name: {"color": CYCLE[i % 7], "marker": MARKERS[i % 7], "ls": styles[i // 7 % 3]}
        for i, name in enumerate(names)
    }
