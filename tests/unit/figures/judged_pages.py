"""What a journal would send a figure back for: text that is small, clipped, covered or touches another, a page too high."""

import numpy as np
from immunoassay.figures import lettering, pages, style
from matplotlib.axis import Tick
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

LEAST = 5  # pt


@style.styled
def faults(figure):
    """Texts outside the page, and pairs of level texts that cover each other by more than a pixel, line by line."""
    return _faults(figure, _all_lines(figure))


@style.styled
def returned(figure):
    """What a journal would send a figure back for."""
    shown = _all_lines(figure)
    found: list = _faults(figure, shown)
    if figure.get_figheight() * style.MM > pages.TALLEST + 0.01:
        found.append(("too high", figure.get_figheight() * style.MM))
    found += [("small", line) for text, line, _ in shown if text.get_fontsize() < LEAST]
    boxes = _boxes(shown)
    height = boxes[:, 3] - boxes[:, 1]
    level = _common(boxes, 1) > 0.5 * np.minimum(height[:, None], height)
    near = _common(boxes, 0) > -0.3 / style.MM * figure.dpi
    return found + _pairs("touches", shown, level & near)


def _all_lines(figure):
    """(text, line, its x0, y0, x1, y1) of every line that is drawn, as dots would be; no dot is needed to measure it."""
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    return [(text, line, box) for text in _texts(figure) for line, box in _lines(figure, text)]


def _faults(figure, shown):
    width, height = figure.bbox.width, figure.bbox.height
    clipped = [line for _, line, (x0, y0, x1, y1) in shown if min(x0, y0, width - x1, height - y1) < -1]
    boxes = _boxes(shown)
    covered = (_common(boxes, 0) > 1) & (_common(boxes, 1) > 1)
    return [("clipped", line) for line in clipped] + _pairs("covered", shown, covered)


def _boxes(shown):
    return np.array([box for _, _, box in shown]).reshape(-1, 4)


def _common(boxes, side):
    """How far each two boxes share the x (0) or y (1) of the page; negative: how far they are apart."""
    low, high = boxes[:, side], boxes[:, side + 2]
    return np.minimum(high[:, None], high) - np.maximum(low[:, None], low)


def _pairs(fault, shown, found):
    """(fault, line, line) of different texts where `found` is true."""
    pairs = zip(*np.nonzero(np.triu(found, 1)), strict=True)
    return [(fault, shown[k][1], shown[j][1]) for k, j in pairs if shown[k][0] is not shown[j][0]]


def _texts(figure):
    """Every text that is drawn; labels of ticks only where the tick is."""
    of_ticks = {id(text) for tick in figure.findobj(Tick) for text in tick.findobj(Text)}
    texts = [text for text in figure.findobj(Text) if id(text) not in of_ticks]
    for axes in figure.axes:
        if axes.axison:
            ticks = [tick for axis in (axes.xaxis, axes.yaxis) for tick in axis._update_ticks()]
            texts += [label for tick in ticks for label in (tick.label1, tick.label2)]
    return [text for text in texts if text.get_visible() and text.get_text().strip() and text.get_rotation() % 90 == 0]


def _lines(figure, text):
    """(line, its box) of a text; of one that is turned all at once."""
    box = text.get_window_extent(figure.canvas.get_renderer())
    x0, y0, x1, y1 = box.extents
    lines = text.get_text().split("\n")
    if text.get_rotation() or len(lines) == 1:
        yield text.get_text(), (x0, y0, x1, y1)
        return
    height = (y1 - y0) / len(lines)
    for k, line in enumerate(lines):
        width = lettering.text_width(line, text.get_fontsize(), text.get_weight()) / style.MM * figure.dpi
        left = {"left": x0, "center": (x0 + x1 - width) / 2, "right": x1 - width}[text.get_ha()]
        if width:
            yield line, (left, y1 - (k + 1) * height, left + width, y1 - k * height)
