"""Fonts in a PDF hold the characters it has and no more. A font is cut for its common characters once, and for a PDF from
what that left: cutting the whole font for each takes longer than drawing it.
"""

import functools
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from fontTools.subset import Options
from matplotlib.backends import _backend_pdf_ps as backend
from matplotlib.font_manager import FontPath, get_font

SETTING = ("GSUB", "GPOS", "GDEF", "MATH")  # tables of a font that text is set by: in a PDF it is
COMMON = "".join(map(chr, range(32, 127))) + "°±²³µ·×αβγδκλρτχ–—‘’“”…⁰⁴⁵⁶⁷⁸⁹⁻→−≈≠≤≥ﬀﬁﬂﬃﬄ"
Cutting = Callable[[Any, set[Any]], AbstractContextManager[Any]]


class _File(io.BytesIO):
    face_index = 0  # as that of a path of a font


@contextmanager
def cut_once() -> Iterator[None]:
    """Within, fonts of PDFs are cut from their common characters, where those are all that is needed."""
    tables, whole = Options._drop_tables_default, backend.get_glyphs_subset
    Options._drop_tables_default = [*tables, *SETTING]
    backend.get_glyphs_subset = functools.partial(_cut, whole)
    try:
        yield
    finally:
        Options._drop_tables_default, backend.get_glyphs_subset = tables, whole


@contextmanager
def _cut(whole: Cutting, path: FontPath, glyphs: Iterable[int]) -> Iterator[Any]:
    """As `whole`, matplotlib's own: the font of these glyphs, and the number of each in it."""
    wanted = set(glyphs)
    data, places = _common(whole, path)
    if not wanted <= places.keys():
        with whole(path, wanted) as cut:
            yield cut
        return
    with whole(_File(data), {places[glyph] for glyph in wanted}) as cut:
        yield cut._replace(glyph_index_map={glyph: cut.glyph_index_map[places[glyph]] for glyph in wanted})


@functools.cache
def _common(whole: Cutting, path: FontPath) -> tuple[bytes, dict[int, int]]:
    """(the font of its common characters, the number in it of every glyph of these)."""
    known = get_font(path).get_charmap()
    glyphs = {known[ord(each)] for each in COMMON if ord(each) in known}
    with whole(path, glyphs) as cut:
        file = io.BytesIO()
        cut.font.save(file, reorderTables=False)
        return file.getvalue(), dict(cut.glyph_index_map)
