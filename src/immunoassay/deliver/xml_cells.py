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
from immunoassay.tables.significant import significant
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
LEAST, MOST = 6, 9  # below 1e-6 and from 1e9 on a power of ten is easier to read
POWERS = np.array([float(f"1e{power}") for power in range(-LEAST, MOST + 1)])
SMALLEST, LARGEST = POWERS[[0, -1]]
FORMS = ("0", *("0." + "0" * places for places in range(1, LEAST + 3)), "0.00E+00")  # by decimal places, then the power

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
        tones = list(tones)
        if pd.api.types.is_float_dtype(series.dtype):
            parts = self._numbers(sheet, series.to_numpy(float, na_value=np.nan), tones, form, wrap)
        else:
            known: dict[tuple, str] = {}
            parts = []
            for value, tone in zip(_objects(series), tones, strict=True):
                key = (value.__class__, value, tone)  # 1, 1.0 and True are the same key without their class
                part = known.get(key)
                if part is None:
                    part = known[key] = self._part(sheet, value, tone, form, wrap)
                parts.append(part)
        return [f'<c r="{letter}{row}"{part}' if part else "" for row, part in enumerate(parts, start=first)]

    def _numbers(self, sheet, values, tones, form, wrap):
        """What follows the place of numbers in the XML: only the few styles among them are looked up."""
        at, kinds = pd.factorize(np.array(tones, dtype=object), use_na_sentinel=False)
        at = at * len(FORMS) + number_formats(values)
        starts = {
            key: f' s="{self._style_id(sheet, kinds[key // len(FORMS)], form or FORMS[key % len(FORMS)], False)}" t="n"><v>'
            for key in pd.unique(at[np.isfinite(values)]).tolist()
        }
        parts = [
            f"{starts.get(key)}{repr(value).removesuffix('.0')}</v></c>"
            for key, value in zip(at.tolist(), values.tolist(), strict=True)
        ]
        for other in np.flatnonzero(~np.isfinite(values)).tolist():
            value = None if np.isnan(values[other]) else float(values[other])
            parts[other] = self._part(sheet, value, tones[other], form, wrap)
        return parts

    def _part(self, sheet, value, tone, form, wrap):
        """What follows the place of any cell in the XML."""
        if value is None and not tone:
            return ""
        value, kind, form = _settled(value, tone, form)
        style = f' s="{self._style_id(sheet, tone, form, wrap and kind == "s")}"'
        if value is None or value == "":
            return f"{style}/>"
        if kind == "n":
            return f'{style} t="n"><v>{repr(value).removesuffix(".0")}</v></c>'
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


def _objects(series):
    """The values of a column as a list, None for missing; a text is taken from the column once, however many rows hold it."""
    if series.dtype != "str":
        return series.astype(object).where(series.notna(), None).tolist()
    codes, known = series.factorize()
    return np.array([*known, None], dtype=object)[codes].tolist()


def plain(text: object) -> str:
    """Text without control characters, no longer than a cell holds."""
    text = UNPRINTABLE.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - len(CUT)] + CUT


def number_format(value: float) -> str:
    """Excel's number format for three significant digits; digits before the decimal point are never rounded away."""
    if isinstance(value, int) or value == 0:
        return FORMS[0]
    if not SMALLEST <= abs(value) < LARGEST:
        return FORMS[-1]
    return FORMS[max(2 - int(f"{abs(value):.2e}"[5:]), 0)]  # "1.23e-04"


def number_formats(values: np.ndarray) -> np.ndarray:
    """The position in FORMS of the `number_format` of each float of a column (n,)."""
    size = np.abs(values)
    power = np.searchsorted(POWERS, significant(size, 3), side="right") - 1  # of the digits that are shown
    places = np.maximum(LEAST + 2 - power, 0)
    return np.where(size == 0, 0, np.where((size >= SMALLEST) & (size < LARGEST), places, len(FORMS) - 1))


def column_format(series: pd.Series) -> str:
    """A column of whole numbers shows no decimals; any other is formatted cell by cell."""
    if not pd.api.types.is_float_dtype(series.dtype):
        return ""
    known = series[np.isfinite(series.to_numpy(float, na_value=np.nan))]
    return "0" if (known == known.round()).all() else ""
