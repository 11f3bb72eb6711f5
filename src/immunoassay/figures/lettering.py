"""Text measured in mm, so that no label touches another: wrapped, spread, and panels as wide as their labels need."""

import functools
import re
from collections.abc import Sequence
from typing import NamedTuple

import matplotlib
import numpy as np
from immunoassay.figures import style
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

BREAKS = re.compile(r"[^\S\N{NO-BREAK SPACE}]+")  # where a line may end
CLOSE = 0.05  # share of the width of a line within which it is measured, not added up from its words


def text_width(text: str, size: float = style.BASE, weight: str = "normal") -> float:
    """Width of one line of text in mm, in the font of the figure that is drawn."""
    return _width(text, size, weight, tuple(matplotlib.rcParams["font.family"])) if text.strip() else 0.0


@functools.lru_cache(maxsize=4096)
def _width(text, size, weight, family):
    font = FontProperties(family=list(family), weight=weight, size=size)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] / 72 * style.MM


def wrap(text: str, width: float, size: float = style.BASE, weight: str = "normal") -> list[str]:
    """The text broken into lines no wider than `width` mm at `size` pt, never at a no-break space; a word wider than a line is
    broken too.
    """
    lines = []
    space = text_width("n n", size, weight) - text_width("nn", size, weight)
    for paragraph in str(text).splitlines():
        line, long = "", 0.0
        for word in BREAKS.split(paragraph):
            while text_width(word, size, weight) > width and len(word) > 1:
                keep = next(
                    i for i in range(len(word) - 1, 0, -1) if i == 1 or text_width(word[:i], size, weight) <= width
                )
                lines += [line, word[:keep]]
                line, long, word = "", 0.0, word[keep:]
            longer = f"{line} {word}".strip()
            rough = long + space * bool(line) + text_width(word, size, weight)
            if line and (text_width(longer, size, weight) if abs(rough / width - 1) < CLOSE else rough) > width:
                lines.append(line)
                longer, rough = word, text_width(word, size, weight)
            line, long = longer, rough
        lines.append(line)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines if line.strip()]


def spread(
    places: Sequence[float] | np.ndarray,
    sizes: float | Sequence[float] | np.ndarray,
    gap: float,
    low: float = -np.inf,
    high: float = np.inf,
) -> np.ndarray:
    """Middles of labels of the given sizes, moved as little as keeps their order, `gap` between them and the bounds."""
    from scipy.optimize import (
        isotonic_regression,  # loading it takes longer than most figures, which have no such labels
    )

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


ROWS = 4  # of panels, at most on a page
TURNED = 3.6  # mm from one turned label to the next: there is room for a count of three digits


class Ticks(NamedTuple):
    """Size in pt of the labels of visits, the width in mm beyond which one is broken between its words, and whether they are
    turned, to read from below.
    """

    size: float = style.SMALL
    wide: float = 16
    turned: bool = False


def shape(labels: list[str], panels: int, most: int = 3, edge: float = 14) -> tuple[int, float, Ticks]:
    """(columns, width of the page in mm, Ticks) of panels whose labelled visits do not touch.

    `edge` is what a panel needs beside its axis, in mm. Labels are broken, then made smaller, before a column is lost, and
    turned before there are more than ROWS rows.
    """
    fewest = -(-panels // ROWS)
    turned = Ticks(style.TINY, np.inf, turned=True)
    widths = (style.SINGLE, style.DOUBLE) if panels == 1 else (style.DOUBLE,)
    for looks in ((Ticks(), Ticks(style.SMALL, 0), Ticks(style.TINY, 0)), (turned,)):
        for columns in range(max(min(most, panels), fewest), fewest - 1, -1):
            for width in widths:
                for ticks in looks:
                    if _needed(labels, ticks) + edge <= width / columns:
                        return columns, width, ticks
    return fewest, style.DOUBLE, turned


def tick_lines(label: str, ticks: Ticks) -> list[str]:
    """The lines of the label of a visit; no word is broken."""
    longest = max((text_width(word, ticks.size) for word in label.split()), default=0)
    return wrap(label, max(ticks.wide, longest + 0.1), ticks.size) or [" "]


def _needed(labels, ticks):
    """Least width of an axis in mm."""
    if ticks.turned:
        return TURNED * (len(labels) - 1 + 2 * style.MARGIN)
    widths = [max(text_width(line, ticks.size) for line in tick_lines(label, ticks)) for label in labels]
    apart = max([(a + b) / 2 + 0.8 for a, b in zip(widths, widths[1:], strict=False)], default=8)
    return apart * (len(widths) - 1 + 2 * style.MARGIN)
