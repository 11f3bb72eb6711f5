"""Pages to draw on, with their note and mark, and saving that gives the same bytes for the same numbers."""

import functools
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import numpy as np
from immunoassay.figures import fonts, lettering, marks, style
from immunoassay.figures.paging import Panels, on_page
from immunoassay.tables import checked
from immunoassay.tables.notation import Table
from immunoassay.words import figure_legends, figure_notes
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

FOOTER: ContextVar[bool] = ContextVar("FOOTER", default=True)  # whether pages show their note
TALLEST = 240  # mm, of a printed page
ROW = 4  # mm, of a legend
METADATA = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
DOTS = 300  # an inch, of pictures of dots
DOTTED: dict[str, dict[str, Any]] = {
    "png": {"compress_level": 3},
    "tiff": {"compression": "tiff_lzw"},
}  # higher levels take longer than drawing


def drawing(contract: Table, panels: Panels | None = None) -> Callable[[Callable[..., Figure]], Callable[..., Figure]]:
    """For draw(table, ...): the table in the types of its contract (it may come from its file), the project's style, and
    the layout settled once for all formats; of a table without rows, why there is nothing to draw. The figure's label is its
    legend. `footer`: whether the note is drawn below the figure. Of a figure of `panels` one `page` is drawn, the first if
    none is asked for. Raises ContractError for a wrong or missing column.
    """

    def decorate(function):
        @functools.wraps(function)
        def wrapped(table, *args, simulated=False, remark="", footer=True, font=style.DEFAULT_FONT, page=1, **own):
            table, count = checked(table, contract), 1
            if panels:
                table, count = on_page(table, panels, page)
                remark = f"{figure_notes.page(page, count)} {remark}".strip()
            shown = FOOTER.set(footer)
            try:
                with style.in_style(font):
                    if page > count:
                        return notice(figure_notes.no_page(page, count), simulated)
                    if table.empty:
                        return notice(f"{figure_notes.nothing(contract.name)} {remark}", simulated)
                    figure = _settled(function(table, *args, simulated=simulated, remark=remark, **own))
            finally:
                FOOTER.reset(shown)
            figure.set_label(figure_legends.legend(table, figure.get_label(), simulated))
            return figure

        return wrapped

    return decorate


def _settled(figure):
    """The figure with its layout and its labels where they are: no format measures the ticks for them again."""
    FigureCanvasAgg(figure)  # measures texts for the layout, and draws them in dots with the same measures
    if engine := figure.get_layout_engine():
        engine.execute(figure)
    figure.set_layout_engine(None)  # "none" would have every format drawn twice
    for axes in figure.axes:
        axes.apply_aspect()
        for which, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
            marks.thin(axis)
            marks.minor_ticks(axes, which)
            marks.fix_label(axes, which)
    return figure


@style.styled
def save(figure: Figure, stem: str | Path, formats: Sequence[str] = ("png", "pdf")) -> list[Path]:
    """Write `stem`.svg, the other `formats` (png and tiff of 300 dpi) and the legend `stem`.md, without dates or random names.

    Returns the paths of the pictures.
    """
    paths, picture = [], None
    Path(stem).parent.mkdir(parents=True, exist_ok=True)
    with fonts.cut_once():
        for suffix in ("svg", *formats):
            path = Path(f"{stem}.{suffix}")
            if suffix in METADATA:
                figure.savefig(path, metadata=METADATA[suffix])
            else:
                picture = picture or _dots(figure)
                picture.save(path, dpi=(DOTS, DOTS), **DOTTED[suffix])
            paths.append(path)
    text = figure_legends.titled(Path(stem).name, str(figure.get_label()))
    Path(f"{stem}.md").write_text(text, encoding="utf-8")
    return paths


def _dots(figure):
    """The page in dots, without transparency, which journals do not take."""
    canvas = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    figure.dpi = DOTS
    canvas.draw()
    return Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()).convert("RGB")


def page(width: float, height: float, simulated: bool = False, note: str = "", wspace: float = 0.03) -> Figure:
    """An empty figure of `width` x `height` mm plus room for the note below and, if simulated, the mark above; never higher
    than TALLEST.

    `wspace` is the room between columns, as a share of their width.
    """
    figure, _ = _sheet(width, height, simulated, note)
    figure.set_figheight(min(figure.get_figheight(), TALLEST / style.MM))
    figure.set_layout_engine("constrained", w_pad=0.04, h_pad=0.04, wspace=wspace, hspace=0.04)
    return figure


def canvas(width: float, height: float, simulated: bool = False, note: str = "") -> tuple[Figure, Axes]:
    """A figure to draw on in mm, (figure, axes): x to the right, y down from the top, note and mark outside of it."""
    figure, below = _sheet(width, height, simulated, note)
    total = figure.get_figheight() * style.MM
    axes = figure.add_axes((0, below / total, 1, height / total))
    axes.set_axis_off()
    axes.set(xlim=(0, width), ylim=(height, 0))
    return figure, axes


def room(width: float, simulated: bool, note: str) -> float:
    """Height in mm that a page of that width and of TALLEST has beside its mark and note."""
    _, above, below = _around(width, simulated, note)
    return TALLEST - above - below


def _around(width, simulated, note):
    """The lines of the note, and the heights of the mark above and of the note below in mm."""
    lines = lettering.wrap(note, width - 4, style.TINY) if FOOTER.get() else []
    return lines, (4 if simulated else 0), (1.5 + 3.1 * len(lines) if lines else 0)


def _sheet(width, height, simulated, note):
    """The figure with its mark and note, and the height of the note in mm."""
    lines, above, below = _around(width, simulated, note)
    figure = Figure(figsize=(width / style.MM, (above + height + below) / style.MM))
    figure.set_label(note)
    if simulated:
        figure.suptitle(
            style.SIMULATED, x=0.995, ha="right", fontsize=style.SMALL, fontweight="bold", color=style.VERMILION
        )
    if lines:
        figure.supxlabel(
            "\n".join(lines), x=2 / width, ha="left", fontsize=style.TINY, color="#333333", linespacing=1.25
        )
    return figure, below


def legend(figure: Figure, handles: Sequence[Artist], short: bool = False) -> None:
    """A legend above the panels, in as many columns as fit on the page beside its mark; more rows make the page higher.
    `short`: its entries have a mark and no line.
    """
    names, (key, gap) = [str(handle.get_label()) for handle in handles], (5, 3) if short else (marks.KEY, 5)
    mark = lettering.text_width(style.SIMULATED, style.SMALL, "bold") + 2 if figure.get_suptitle() else 0
    room = figure.get_figwidth() * style.MM - 4 - mark
    entry = key + max(lettering.text_width(name, style.SMALL) for name in names)
    columns = int(np.clip((room + gap) // (entry + gap), 1, len(names)))
    rows = -(-len(names) // columns)
    for handle, name in zip(handles, names, strict=True):
        handle.set_label("\n".join(lettering.wrap(name, room - key, style.SMALL)))
    figure.set_figheight(min(figure.get_figheight() + ROW * (rows - 1) / style.MM, TALLEST / style.MM))
    look: dict[str, Any] = {"handlelength": 1, "columnspacing": 1.2} if short else {}
    figure.legend(handles=list(handles), loc="outside upper left", ncols=columns, **look)


def notice(words: str, simulated: bool = False) -> Figure:
    """A figure that says in words why there is nothing to draw."""
    lines = lettering.wrap(words, style.SINGLE - 10, style.BASE)
    figure = page(style.SINGLE, 14 + 4 * len(lines), simulated)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.text(0.5, 0.5, "\n".join(lines), ha="center", va="center", transform=axes.transAxes)
    figure.set_label(words)
    return _settled(figure)


def grid(figure: Figure, n: int, columns: int, letters: bool = True) -> list[Axes]:
    """`n` axes in rows of `columns`, with `letters` where they are several; the unused places of the last row stay empty."""
    rows = -(-n // columns)
    axes = figure.subplots(rows, columns, squeeze=False)
    for spare in axes.ravel()[n:]:
        spare.set_axis_off()
    for index, own in enumerate(axes.ravel()[: n if letters and n > 1 else 0]):
        marks.letter(own, ascii_uppercase[index])
    return list(axes.ravel()[:n])
