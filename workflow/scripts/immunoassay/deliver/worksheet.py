"""Formatted worksheets: text from data stays text, numbers show their significant digits, the limits of Excel hold.

The workbook is write-only, so that its size in memory does not grow with the study.
"""

import math
import re
from typing import NamedTuple

import numpy as np
import pandas as pd
from immunoassay.statistics.words import number as as_text
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

MAX_ROWS, MAX_CHARACTERS = 1_048_576, 32_767
CUT = " (cut: a cell holds no more)"
# What XML cannot hold: control characters, halves of surrogate pairs, two non-characters.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
FORMULA = ("=", "+", "-", "@")
SMALLEST, LARGEST = 1e-6, 1e9  # outside of these a power of ten is easier to read
WIDEST, NARROWEST, SAMPLED = 60, 7, 500
LONGEST_BANNER = 200  # a page header holds 255 characters
CHUNK = 5000  # rows whose cells are held at once

# Tones: how a cell is marked. A tone may have a fill, a font or both.
GREY, INK = "595959", "1F3A5F"
FILLS = {"rejected": "F8D7DA", "warned": "FFF0CC", "chosen": "DCEFDC", "header": "E4EAF2"}
FONTS = {
    "below": {"italic": True, "color": GREY},
    "title": {"bold": True, "size": 14, "color": INK},
    "heading": {"bold": True, "color": INK},
    "alarm": {"bold": True, "color": "B00020"},
    "header": {"bold": True, "color": INK},
}


class Shown(NamedTuple):
    """A value with the tone it is shown in ("": none)."""

    value: object
    tone: str


class Book:
    """A write-only openpyxl workbook and the styles its cells share. `banner` is printed atop every page."""

    def __init__(self, title, banner=""):
        self.workbook = Workbook(write_only=True)
        self.workbook.properties.title = plain(title)
        self._banner = plain(banner).replace("\n", " ").replace("&", "&&")[:LONGEST_BANNER].rstrip("&")
        self._styles = {}

    def table(self, title, frame, notes=None, tones=None, wrapped=False):
        """A sheet with one row per row of `frame`, its header frozen, filtered and explained by `notes` (column: text).

        `tones` maps a column to a tone per row; `wrapped` breaks long text into lines. A frame longer than a sheet ends
        with a row that says so.
        """
        fit = MAX_ROWS - 1
        short = frame if len(frame) <= fit else frame.iloc[: fit - 1]
        names, tones = list(frame.columns), {name: list(series) for name, series in (tones or {}).items()}
        sheet = self._sheet(title, [_width(name, short[name]) for name in names])
        sheet.freeze_panes = "B2" if len(names) > 6 else "A2"
        if len(short):
            sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{len(short) + 1}"
        sheet.append([self._header(sheet, name, (notes or {}).get(name, "")) for name in names])
        forms = [_form(short[name]) for name in names]
        for start in range(0, len(short), CHUNK):
            part = short.iloc[start : start + CHUNK]
            columns = [
                self._column(
                    sheet, part[name], tones[name][start:] if name in tones else [""] * len(part), form, wrapped
                )
                for name, form in zip(names, forms, strict=True)
            ]
            for row in zip(*columns, strict=True):
                sheet.append(list(row))
        if len(frame) > fit:
            words = f"{len(frame) - len(short)} more rows do not fit in a worksheet; the tables in results/ hold all"
            sheet.append([self._cell(sheet, words, "alarm")])

    def page(self, title, rows, widths, freeze=None, wrapped=False):
        """A sheet of free rows: lists of values or Shown. `wrapped` breaks the last of several cells into lines."""
        sheet = self._sheet(title, widths)
        sheet.freeze_panes = freeze
        for number, row in enumerate(rows, start=1):
            if number == MAX_ROWS:
                sheet.append([self._cell(sheet, "more rows do not fit in a worksheet", "alarm")])
                break
            shown = [cell if isinstance(cell, Shown) else Shown(cell, "") for cell in row]
            last = len(shown) - 1 if wrapped and len(shown) > 1 else None
            sheet.append([self._cell(sheet, *cell, wrap=place == last) for place, cell in enumerate(shown)])

    def _sheet(self, title, widths):
        sheet = self.workbook.create_sheet(title)
        for number, width in enumerate(widths, start=1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.oddFooter.center.text = "&A, page &P of &N"
        if self._banner:
            sheet.oddHeader.center.text = self._banner
        return sheet

    def _header(self, sheet, name, note):
        cell = self._cell(sheet, name, "header", wrap=True)
        if note:
            height = 24 + 18 * math.ceil(len(note) / 36)
            cell.comment = Comment(plain(note), "immunoassay-workflow", height=height, width=260)
        return cell

    def _column(self, sheet, series, tones, form, wrap):
        values = series.astype(object).where(series.notna(), None).tolist()
        return [
            None if value is None and not tone else self._cell(sheet, value, tone, form, wrap)
            for value, tone in zip(values, tones, strict=False)
        ]

    def _cell(self, sheet, value, tone="", form="", wrap=False):
        """One cell. Text is written as text whatever it begins with; infinity is no number to Excel."""
        if isinstance(value, bool):
            value = "yes" if value else "no"
        elif isinstance(value, float) and math.isinf(value):
            value = "inf" if value > 0 else "-inf"
        cell = WriteOnlyCell(sheet)
        if isinstance(value, str):
            cell.value = value = plain(value)
            cell.data_type = "s"
            form = "quoted" if value.startswith(FORMULA) else ""
            if tone == "below" and value.startswith(("<", ">")):
                form = "limit"
        elif value is not None:
            cell.value = value
            form = form or number_format(value)
        cell._style = self._style(sheet, tone, form, wrap and isinstance(value, str))
        return cell

    def _style(self, sheet, tone, form, wrap):
        key = (tone, form, wrap)
        if key not in self._styles:
            model = WriteOnlyCell(sheet)
            if tone in FONTS:
                model.font = Font(**FONTS[tone])
            if tone in FILLS:
                model.fill = PatternFill("solid", start_color=FILLS[tone])
            if tone == "header":
                model.border = Border(bottom=Side("thin", color=INK))
            if form == "quoted":
                model.quotePrefix = True  # keeps a formula from being made of it when the cell is edited
            elif form == "limit":
                model.alignment = Alignment(horizontal="right")  # under the numbers it stands for
            elif form:
                model.number_format = form
            if wrap:
                model.alignment = Alignment(vertical="top", wrap_text=True)
            self._styles[key] = model._style
        return self._styles[key]


def plain(text):
    """Text without control characters, no longer than a cell holds."""
    text = UNPRINTABLE.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - len(CUT)] + CUT


def number_format(value):
    """Excel's number format for three significant digits; digits before the decimal point are never rounded away."""
    if isinstance(value, int) or value == 0:
        return "0"
    if not SMALLEST <= abs(value) < LARGEST:
        return "0.00E+00"
    places = 2 - int(f"{abs(value):.2e}".split("e")[1])
    return "0." + "0" * places if places > 0 else "0"


def _form(series):
    """A column of whole numbers shows no decimals; any other is formatted cell by cell."""
    if not pd.api.types.is_float_dtype(series.dtype):
        return ""
    known = series[np.isfinite(series.to_numpy(float, na_value=np.nan))]
    return "0" if (known == known.round()).all() else ""


def _width(name, series):
    """Width from the header's longest word and the first rows, between narrow and wide."""
    some = series.head(SAMPLED).dropna().tolist()
    shown = [as_text(value) if isinstance(value, float) else str(value) for value in some]
    longest = max(
        [len(text.split("\n")[0]) for text in shown] + [len(word) + 3 for word in re.split(r"[ ]", str(name))]
    )
    return min(WIDEST, max(NARROWEST, longest + 2))
