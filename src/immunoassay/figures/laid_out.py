"""Texts laid out once: of every pass of a layout and of every drawing matplotlib looks for the font and measures all anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from matplotlib.text import Text

KNOWN: WeakKeyDictionary[Any, dict[tuple, Any]] = WeakKeyDictionary()  # by renderer: each measures in its own way


@contextmanager
def once() -> Iterator[None]:
    """Within, a renderer lays out texts that are alike once."""
    whole: Any = Text._get_layout  # type: ignore[attr-defined]

    def known(text, renderer):
        layouts = KNOWN.setdefault(renderer, {})
        font, dpi = hash(text.get_fontproperties()), text.get_figure(root=True).dpi
        alignment = text.get_horizontalalignment(), text.get_verticalalignment(), text._get_multialignment()
        turned, lines = (text.get_rotation(), text.get_rotation_mode()), (text._linespacing, text.get_parse_math())
        key = (text._get_wrapped_text(), font, dpi, *alignment, *turned, *lines, text.get_usetex())
        if key not in layouts:
            layouts[key] = whole(text, renderer)
        return layouts[key]

    Text._get_layout = known  # type: ignore[attr-defined]
    try:
        yield
    finally:
        Text._get_layout = whole  # type: ignore[attr-defined]
