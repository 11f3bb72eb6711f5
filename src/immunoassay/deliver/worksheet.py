"""Formatted worksheets: tables of any length and pages of free rows, within the limits of Excel.

The workbook is write-only, so that its size in memory does not grow with the study.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path

import pandas as pd
from immunoassay.deliver.xml_cells import Cells, Shown, column_format, plain
from immunoassay.words.number_words import number as as_text
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter

MAX_ROWS = 100_001  # with the header; Excel holds ten times as many, but nobody can work with them
WIDEST, NARROWEST, SAMPLED = 60, 7, 500
LONGEST_BANNER = 200  # a page header holds 255 characters
CHUNK = 5000  # rows whose cells are held at once


class Book:
    """A write-only openpyxl workbook and the styles its cells share. `banner` is printed atop every page."""

    def __init__(self, title: str, banner: str = "") -> None:
        self.workbook = Workbook(write_only=True)
        self.workbook.properties.title = plain(title)
        self._banner = plain(banner).replace("\n", " ").replace("&", "&&")[:LONGEST_BANNER].rstrip("&")
        self._cells = Cells(self.workbook)

    def table(
        self,
        title: str,
        frame: pd.DataFrame,
        notes: Mapping[str, str] | None = None,
        tones: Mapping[str, pd.Series] | None = None,
        wrapped: bool = False,
        whole: str = "",
        rows: int | None = None,
    ) -> None:
        """A sheet with one row per row of `frame`, its header frozen, filtered and explained by `notes` (column: text).

        `tones` maps a column to a tone per row; `wrapped` breaks long text into lines. Of a frame longer than a sheet
        the first note and the last row say how many rows are not shown and that all are in the files `whole`; `rows` is
        how many there are, if the frame holds only the first of them.
        """
        names, tones, notes = list(frame.columns), tones or {}, dict(notes or {})
        short, words = shown_rows(frame), left_out(frame, whole, rows)
        if words:
            notes[names[0]] = f"{words}. {notes.get(names[0], '')}".strip()
        sheet = self._sheet(title, [_width(name, short[name]) for name in names])
        sheet.freeze_panes = "B2" if len(names) > 6 else "A2"
        if len(short):
            sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{len(short) + 1}"
        sheet.append([self._header(sheet, name, notes.get(name, "")) for name in names])
        letters = [get_column_letter(number) for number in range(1, len(names) + 1)]
        forms = [column_format(short[name]) for name in names]
        marks = [list(tones[name]) if name in tones else None for name in names]
        with _rows(sheet) as write:
            for start in range(0, len(short), CHUNK):
                part = short.iloc[start : start + CHUNK]
                columns = [
                    self._cells.column(
                        sheet,
                        letter,
                        start + 2,
                        part[name],
                        repeat("", len(part)) if mark is None else mark[start : start + len(part)],
                        form,
                        wrapped,
                    )
                    for letter, name, form, mark in zip(letters, names, forms, marks, strict=True)
                ]
                write(
                    "".join(
                        f'<row r="{row}">{"".join(cells)}</row>'
                        for row, cells in enumerate(zip(*columns, strict=True), start=start + 2)
                    )
                )
            if words:
                row = len(short) + 2
                (cell,) = self._cells.column(sheet, "A", row, pd.Series([words]), ["alarm"])
                write(f'<row r="{row}">{cell}</row>')

    def page(
        self,
        title: str,
        rows: Iterable[Sequence],
        widths: Sequence[float],
        freeze: str | None = None,
        wrapped: bool = False,
    ) -> None:
        """A sheet of free rows: lists of values or Shown. `wrapped` breaks the last of several cells into lines."""
        sheet = self._sheet(title, widths)
        sheet.freeze_panes = freeze
        for number, row in enumerate(rows, start=1):
            if number == MAX_ROWS:
                sheet.append([self._cells.cell(sheet, "more rows do not fit in a worksheet", "alarm")])
                break
            shown = [cell if isinstance(cell, Shown) else Shown(cell, "") for cell in row]
            last = len(shown) - 1 if wrapped and len(shown) > 1 else None
            sheet.append([self._cells.cell(sheet, *cell, wrap=place == last) for place, cell in enumerate(shown)])

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
        cell = self._cells.cell(sheet, name, "header", wrap=True)
        if note:
            height = 24 + 18 * math.ceil(len(note) / 36)
            cell.comment = Comment(plain(note), "immunoassay-workflow", height=height, width=260)
        return cell


def shown_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of a frame that fit in a sheet below its header and, if some do not, above the row that says so."""
    return frame if len(frame) < MAX_ROWS else frame.iloc[: MAX_ROWS - 2]


def left_out(frame: pd.DataFrame, whole: str, rows: int | None = None) -> str:
    """In words, how many of the `rows` rows (default: of the frame) do not fit and where they are; "" when all fit."""
    short, rows = shown_rows(frame), len(frame) if rows is None else rows
    return (
        f"{rows - len(short)} of {rows} rows do not fit in a worksheet; all are in {whole}" if len(short) < rows else ""
    )


@contextmanager
def _rows(sheet):
    """A function that adds the XML of rows to a sheet whose header is written; nothing can be added afterwards."""
    sheet.close()
    path = Path(sheet._writer.out)
    head, end, tail = path.read_text(encoding="utf-8").partition("</sheetData>")
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(head)
        yield out.write
        out.write(end + tail)


def _width(name, series):
    """Width from the header's longest word and the first rows, between narrow and wide."""
    some = series.head(SAMPLED).dropna().tolist()
    shown = [as_text(value) if isinstance(value, float) else str(value) for value in some]
    longest = max(
        [len(text.split("\n")[0]) for text in shown] + [len(word) + 3 for word in re.split(r"[ ]", str(name))]
    )
    return min(WIDEST, max(NARROWEST, longest + 2))
