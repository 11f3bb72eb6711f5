"""Figures drawn in one process: their files, which of them failed; ticks and fonts that are drawn once."""

import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.figures import drawing, fonts, marks, pages, style
from immunoassay.tables.notation import table as declared
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontPath, findfont, get_font
from matplotlib.markers import TICKDOWN, TICKLEFT
from matplotlib.text import Text
from PIL import Image

TABLE = declared("figure_9", "one point", "part x", "part | str | | part\nx | Int64 | number | place\n")


@pytest.fixture
def drawer(monkeypatch):
    """A figure of parts A and B, drawn of what it is given; `drawn` holds (its parts, page)."""
    found = SimpleNamespace(TABLE=TABLE, drawn=[], OF_GROUPS=("kept",))
    found.table = lambda whole, kept, visits, times: pd.DataFrame(
        {"part": [*"ABB"], "x": [len(whole) * times, len(kept), len(visits)]}
    ).astype(TABLE.types)

    def draw(table, page, remark):
        found.drawn.append(("".join(table["part"]), page, remark))
        return Figure(figsize=(1, 1), label="Said.")

    found.draw = draw
    monkeypatch.setitem(sys.modules, "immunoassay.figures.figure_9", found)
    return found


def figure(**files):
    return {
        "drawer": "figure_9", "files": files, "inputs": {"whole": "summaries", "kept": "changes"}, "sheets": ["visits"],
        "choices": {"times": 10}, "look": {"remark": "Why."},
    }  # fmt: skip


GROUPED = pd.DataFrame({"participant_group": ["patients", "all"]})
READ, SHEETS = {"summaries": GROUPED, "changes": GROUPED}, {"visits": pd.DataFrame({"visit": ["D1", "M1", "M3"]})}


def test_a_figure_of_parts_has_their_numbers_its_own_pages_and_no_table_of_the_whole(drawer, tmp_path):
    drawing.draw(figure(figure_9a=1, figure_9b=2, figure_9=1), READ, SHEETS, tmp_path, ["png"])
    assert drawer.drawn == [("A", 1, "Why."), ("BB", 1, "Why."), ("BB", 2, "Why."), ("ABB", 1, "Why.")]
    stems = ("figure_9a", "figure_9b", "figure_9b.page2", "figure_9")
    pictures = {f"{stem}.{kind}" for stem in stems for kind in ("svg", "png", "md")}
    assert {path.name for path in tmp_path.iterdir()} == pictures | {"figure_9a.tsv", "figure_9b.tsv"}
    # of all participants together is one row; a figure that keeps groups apart has both
    assert tables.read_text(tmp_path / "figure_9a.tsv", TABLE)["x"].tolist() == [10]
    assert tables.read_text(tmp_path / "figure_9b.tsv", TABLE)["x"].tolist() == [2, 3]


def test_a_figure_without_parts_has_all_its_numbers(drawer, tmp_path):
    drawing.draw(figure(figure_9=1), READ, SHEETS, tmp_path, [])
    assert tables.read_text(tmp_path / "figure_9.tsv", TABLE)["x"].tolist() == [10, 2, 3]


@pytest.mark.parametrize("step", ["table", "draw"])
def test_a_figure_that_fails_says_which_one_it_is(drawer, tmp_path, step):
    setattr(drawer, step, lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError) as caught:
        drawing.draw(figure(figure_9=1), READ, SHEETS, tmp_path, [])
    (note,) = caught.value.__notes__
    assert note.startswith("in the ") and note.endswith("figure_9")


@pytest.mark.parametrize("which", ["x", "y"])
def test_minor_ticks_of_a_log_axis_are_one_artist_beside_the_labelled_places(which):
    with style.in_style():
        axes = pages.page(80, 60).subplots()
        getattr(axes, f"set_{which}lim")(0.5, 300)
        marks.log_axis(axes, which)
        labelled = getattr(axes, f"{which}axis").get_majorticklocs()
        pages._settled(axes.figure)
    (line,) = [each for each in axes.lines if each.get_marker() == {"x": TICKDOWN, "y": TICKLEFT}[which]]
    places = line.get_xdata() if which == "x" else line.get_ydata()
    wanted = [*np.arange(5, 10) / 10, *range(2, 10), *range(20, 100, 10), 200, 300]
    assert places == pytest.approx(sorted(set(wanted) - set(labelled)))
    assert labelled.tolist() == [1, 10, 100]
    assert getattr(axes, f"{which}axis").get_minorticklocs().size == 0


def test_texts_that_are_alike_are_laid_out_once_and_as_matplotlib_does(monkeypatch):
    calls, own = [], Text._get_layout
    monkeypatch.setattr(Text, "_get_layout", lambda text, renderer: (calls.append(text), own(text, renderer))[1])
    with style.in_style():
        figure = pages.page(80, 60)
        looks = [{}, {}, {"ha": "right"}, {"va": "top"}, {"rotation": 90}, {"fontsize": 5}, {"linespacing": 2}]
        texts = [figure.text(0.5, 0.5, "two\nlines", **look) for look in looks]
        renderer = FigureCanvasAgg(figure).get_renderer()
        found = [text._get_layout(renderer) for text in texts]
        once = len(calls)
        wanted = [own(text, renderer) for text in texts]
    assert once == len(looks) - 1
    assert [(box.bounds, *rest) for box, *rest in found] == [(box.bounds, *rest) for box, *rest in wanted]


def test_no_format_lays_the_page_out_again(monkeypatch, tmp_path):
    with style.in_style():
        whole = pages.notice("Nothing.")
    drawn, own = [], Figure.draw
    monkeypatch.setattr(Figure, "draw", lambda self, renderer: (drawn.append(renderer), own(self, renderer)))
    pages.save(whole, tmp_path / "figure", ["png", "pdf"])
    assert len(drawn) == 3


@pytest.mark.parametrize("text", ["Bounds: 5 µg/mL − 10 µg/mL, ﬁne", "Ångström ≙ 1"])  # common, and one that is not
def test_a_font_cut_from_its_common_characters_draws_them_as_the_whole_one(text):
    from fontTools.pens.recordingPen import DecomposingRecordingPen
    from matplotlib.backends import _backend_pdf_ps as backend

    path = FontPath(findfont(style.DEFAULT_FONT), 0)
    known = get_font(path).get_charmap()
    glyphs = {known[ord(each)] for each in text}

    def shapes():
        with backend.get_glyphs_subset(path, glyphs) as cut:
            names, glyph_set, found = cut.font.getGlyphOrder(), cut.font.getGlyphSet(), {}
            for glyph in glyphs:
                name = names[cut.glyph_index_map[glyph]]
                pen = DecomposingRecordingPen(glyph_set)
                glyph_set[name].draw(pen)
                found[glyph] = name, glyph_set[name].width, pen.value
            return found, len(names)

    whole, count = shapes()
    with fonts.cut_once():
        cut, least = shapes()
    assert cut == whole and least == count


def test_fonts_in_a_pdf_lack_only_what_sets_text(tmp_path):
    from fontTools.subset import Options

    before = Options().drop_tables
    with style.in_style():
        whole = pages.notice("Bounds: 5 µg/mL − 10 µg/mL")
    pages.save(whole, tmp_path / "figure", ["pdf"])
    data = (tmp_path / "figure.pdf").read_bytes()
    assert b"/FontFile2" in data and b"/ToUnicode" in data  # TrueType, whose text can be searched
    assert Options().drop_tables == before


def test_dots_are_as_the_page_is_seen(tmp_path):
    with style.in_style():
        whole = pages.notice("Nothing.")
        whole.savefig(tmp_path / "whole.png", dpi=pages.DOTS)
    pages.save(whole, tmp_path / "figure", ["png", "tiff"])
    with Image.open(tmp_path / "whole.png") as drawn:
        wanted = np.asarray(drawn.convert("RGB"))
    for suffix in ("png", "tiff"):
        with Image.open(tmp_path / f"figure.{suffix}") as drawn:
            assert drawn.mode == "RGB" and (np.asarray(drawn) == wanted).all()
            assert drawn.info["dpi"] == pytest.approx((300, 300), abs=0.01)


def test_labels_of_axes_stay_where_the_layout_put_them():
    with style.in_style():
        figure = pages.page(80, 60)
        axes = figure.subplots()
        axes.set(xlabel="Day", ylabel="Signal", xlim=(0, 100), ylim=(0, 1e6))
        marks.linear_axis(axes)
        pages._settled(figure)
        boxes = {}
        for dpi in (300, 72):
            figure.dpi = dpi
            figure.draw_without_rendering()
            for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
                label, ticks = axis.label.get_window_extent(), axis.get_ticklabels()
                assert not any(label.overlaps(tick.get_window_extent()) for tick in ticks)
                boxes[name, dpi] = np.asarray(label.get_points()) / dpi
        for name in "xy":
            assert boxes[name, 300] == pytest.approx(boxes[name, 72], abs=0.02)
