"""Cells of a workbook: text from data stays text, numbers show their significant digits, what a cell cannot hold is cut.

A long table is written as the text of its XML, column by column: cell objects took eight times as long.
"""

import math
import re
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.workbook.workbook import WriteOnlyWorksheet

MAX_CHARACTERS = 32_767
CUT = " (cut: a cell holds no more)"
# What XML cannot hold: control characters, halves of surrogate pairs, two non-characters.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
FORMULA = ("=", "+", "-", "@")
EPOCH = date(1899, 12, 30)  # day 0 of Excel
SMALLEST, LARGEST = 1e-6, 1e9  # outside of these a power of ten is easier to read

# Tones: how a cell is marked. A tone may have a fill, a font or both.
GREY, INK = "595959", "1F3A5F"
FILLS = {"rejected": "F8D7DA", "warned": "FFF0CC", "chosen": "DCEFDC", "header": "E4EAF2"}
FONTS = {
    "below": {"italic": True, "color": GREY},
    "title": {"bold": True, "size": 14, "color": INK},
    "heading": {"bold": True, "color": INK},
    "alarm": {"bold": True, "color": "B00020"},
    "header": {"bold": True, "color": INK},
    "name": {"size": 8, "color": GREY},
    "link": {"underline": "single", "color": "0B57A4"},
}


class Shown(NamedTuple):
    """A value with the tone it is shown in ("": none)."""

    value: object
    tone: str


class Cells:
    """The cells of one workbook and the styles they share."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._styles: dict = {}  # (tone, form, wrapped) -> style of a cell
        self._numbers: dict = {}  # (tone, form) -> XML before a number

    def cell(self, sheet: WriteOnlyWorksheet, value: object, tone: str = "", wrap: bool = False) -> WriteOnlyCell:
        """A cell object."""
        cell = WriteOnlyCell(sheet)
        value, kind, form = _settled(value, tone, "")
        if value is not None:
            cell.value = value
            cell.data_type = kind
        if value is not None or tone:
            cell._style = self._style(sheet, tone, form, wrap and kind == "s")
        return cell

    def column(
        self,
        sheet: WriteOnlyWorksheet,
        letter: str,
        first: int,
        series: pd.Series,
        tones: Iterable[str],
        form: str = "",
        wrap: bool = False,
    ) -> list[str]:
        """The XML of the cells of one column from row `first` down, "" where there is none to write."""
        values = series.astype(object).where(series.notna(), None).tolist()
        parts: list[str] = []
        known: dict[tuple, str] = {}
        for value, tone in zip(values, tones, strict=True):
            if value.__class__ is float and not math.isinf(value):
                parts.append(self._number(sheet, value, tone, form))
                continue
            key = (value.__class__, value, tone)  # 1, 1.0 and True are the same key without their class
            part = known.get(key)
            if part is None:
                part = known[key] = self._part(sheet, value, tone, form, wrap)
            parts.append(part)
        return [f'<c r="{letter}{row}"{part}' if part else "" for row, part in enumerate(parts, start=first)]

    def _number(self, sheet, value, tone, form):
        """What follows the place of a number in the XML."""
        form = form or number_format(value)
        start = self._numbers.get((tone, form))
        if start is None:
            start = self._numbers[tone, form] = f' s="{self._style_id(sheet, tone, form, False)}" t="n"><v>'
        return f"{start}{repr(value).removesuffix('.0')}</v></c>"

    def _part(self, sheet, value, tone, form, wrap):
        """What follows the place of any cell in the XML."""
        if value is None and not tone:
            return ""
        value, kind, form = _settled(value, tone, form)
        style = f' s="{self._style_id(sheet, tone, form, wrap and kind == "s")}"'
        if value is None or value == "":
            return f"{style}/>"
        if kind == "n":
            return f'{style} t="n"><v>{value!r}</v></c>'
        space = ' xml:space="preserve"' if value != value.strip() else ""
        return f'{style} t="inlineStr"><is><t{space}>{escape(value)}</t></is></c>'

    def _style_id(self, sheet, tone, form, wrap):
        style = self._style(sheet, tone, form, wrap)
        return self._workbook._cell_styles.add(style) if style is not None else 0

    def _style(self, sheet, tone, form, wrap):
        key = (tone, form, wrap)
        if key not in self._styles:
            model = WriteOnlyCell(sheet)
            if tone in FONTS:
                model.font = Font(**{"name": "Calibri", "size": 11, **FONTS[tone]})
            if tone in FILLS:
                model.fill = PatternFill("solid", start_color=FILLS[tone])
            if tone == "name":
                model.border = Border(bottom=Side("thin", color=INK))
            place = {"vertical": "top"}
            if form == "quoted":
                model.quotePrefix = True  # keeps a formula from being made of it when the cell is edited
            if form in ("quoted", "text"):
                place |= {"horizontal": "left", "indent": 1}  # does not touch a number to its left
            elif form == "limit":
                place["horizontal"] = "right"  # under the numbers it stands for
            elif form:
                model.number_format = form
            model.alignment = Alignment(**place, wrap_text=wrap)
            self._styles[key] = model._style
        return self._styles[key]


def _settled(value, tone, form):
    """(value, its kind in Excel, form): text is text whatever it begins with; infinity is no number to Excel."""
    if isinstance(value, bool | np.bool_):
        value = "yes" if value else "no"
    elif isinstance(value, float) and math.isinf(value):
        value = "inf" if value > 0 else "-inf"
    if isinstance(value, str):
        value = plain(value)
        if tone == "below" and value.startswith(("<", ">")):
            return value, "s", "limit"
        return value, "s", "quoted" if value.startswith(FORMULA) else "text"
    if value is None:
        return None, "n", form
    if isinstance(value, date):
        return (value - EPOCH).days, "n", "yyyy-mm-dd"
    value = value.item() if isinstance(value, np.generic) else value
    return value, "n", form or number_format(value)


def plain(text: object) -> str:
    """Text without control characters, no longer than a cell holds."""
    text = UNPRINTABLE.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - len(CUT)] + CUT


def number_format(value: float) -> str:
    """Excel's number format for three significant digits; digits before the decimal point are never rounded away."""
    if isinstance(value, int) or value == 0:
        return "0"
    if not SMALLEST <= abs(value) < LARGEST:
        return "0.00E+00"
    places = 2 - int(f"{abs(value):.2e}"[5:])  # "1.23e-04"
    return "0." + "0" * places if places > 0 else "0"


def column_format(series: pd.Series) -> str:
    """A column of whole numbers shows no decimals; any other is formatted cell by cell."""
    if not pd.api.types.is_float_dtype(series.dtype):
        return ""
    known = series[np.isfinite(series.to_numpy(float, na_value=np.nan))]
    return "0" if (known == known.round()).all() else ""
