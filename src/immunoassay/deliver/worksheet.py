"""Formatted worksheets: tables of any length and pages of free rows, within the limits of Excel.

The workbook is write-only, so that its size in memory does not grow with the study.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import accumulate, repeat
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

import pandas as pd
from immunoassay.deliver.xml_cells import Cells, Shown, column_format, plain
from immunoassay.words.headings import heading
from immunoassay.words.language import said
from immunoassay.words.number_words import printed, rounded
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink

MAX_ROWS = 100_001  # with a header; Excel holds ten times as many, but nobody can work with them
MOST_LINKS = 65_530  # of one sheet, more are refused by Excel
TOP, LINE, TALLEST = 2, 15, 27  # rows of headings, points of a line, lines of the highest row
WIDEST, NARROWEST, SAMPLED = 60, 7, 500
HELD, PRINTED = 60, 160  # characters that stay on the screen, and that a printed page holds
UNITS = ("unit", "standard_unit")
DATES, DATE = ("run_date", "when"), re.compile(r"\d{4}-\d\d-\d\d")
LONGEST_BANNER = 200  # a page header holds 255 characters
CHUNK = 5000  # rows whose cells are held at once


class Link(NamedTuple):
    """Cells of one column, rows `first` to `last` of its frame (from 0), that lead to the cells `target` of another sheet."""

    column: str
    first: int
    last: int
    target: str


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
        first: Sequence[str] = (),
        headings: Mapping[str, str] | None = None,
        links: Sequence[Link] = (),
    ) -> None:
        """A sheet with one row per row of `frame` below two headings: what a column is called, and its name in the tables.

        The columns `first` come first and stay on the screen, as many of them as leave room for others. `headings` are those
        that differ from headings.heading, `notes` (column: text) explain them; the lower one filters. `tones` maps a column to
        a tone per row; `wrapped` breaks long text into lines. Of a frame longer than a sheet the first note and the last row
        say how many rows are not shown and that all are in the files `whole`; `rows` is how many there are, if the frame
        holds only the first of them. `links` lead from cells to other sheets.
        """
        first = [name for name in first if name in frame.columns and frame[name].notna().any()]
        names = [*first, *(name for name in frame.columns if name not in first)]
        tones, notes, headings = dict(tones or {}), dict(notes or {}), dict(headings or {})
        short, words = shown_rows(frame), left_out(frame, whole, rows)
        if words:
            notes[names[0]] = f"{words}. {notes.get(names[0], '')}".strip()
        short = short.assign(
            **{name: _dates(short[name]) for name in DATES if name in names},
            **{name: short[name].map(printed, na_action="ignore") for name in UNITS if name in names},
        )
        shown = [said(headings.get(name) or heading(name)) for name in names]
        widths = [_width(top, name, short[name]) for top, name in zip(shown, names, strict=True)]
        sheet = self._sheet(title, widths)
        held = _held(widths[: len(first)])
        sheet.freeze_panes = f"{get_column_letter(held + 1)}{TOP + 1}"
        sheet.print_title_rows = f"1:{TOP}"
        if held:
            sheet.print_title_cols = f"A:{get_column_letter(held)}"
        last = get_column_letter(max(len(names), 1))
        if len(short):
            sheet.auto_filter.ref = f"A{TOP}:{last}{len(short) + TOP}"
        sheet.row_dimensions[1].height = LINE * max(map(_lines, shown, widths), default=1) + 3
        pairs = zip(names, shown, strict=True)
        sheet.append([self._header(sheet, top, notes.get(name, "")) for name, top in pairs])
        sheet.append([self._cells.cell(sheet, name, "name") for name in names])
        letters = dict(zip(names, map(get_column_letter, range(1, len(names) + 1)), strict=True))
        sheet._hyperlinks = [
            Hyperlink(ref=f"{letters[link.column]}{low}:{letters[link.column]}{high}", location=link.target)
            if low < high
            else Hyperlink(ref=f"{letters[link.column]}{low}", location=link.target)
            for link in links
            if (low := link.first + TOP + 1) <= (high := min(link.last, len(short) - 1) + TOP + 1)
        ][:MOST_LINKS]
        for column in {link.column for link in links} - tones.keys():
            tones[column] = pd.Series("link", index=short.index)
        forms = {name: column_format(short[name]) for name in names}
        marks = {name: tones[name].tolist()[: len(short)] for name in names if name in tones}
        with _rows(sheet) as write:
            for start in range(0, len(short), CHUNK):
                part = short.iloc[start : start + CHUNK]
                columns = [
                    self._cells.column(
                        sheet,
                        letters[name],
                        start + TOP + 1,
                        part[name],
                        marks[name][start : start + len(part)] if name in marks else repeat("", len(part)),
                        forms[name],
                        wrapped,
                    )
                    for name in names
                ]
                heights = _heights(part, names, widths) if wrapped else repeat("", len(part))
                write(
                    "".join(
                        f'<row r="{row}"{height}>{"".join(cells)}</row>'
                        for row, (height, *cells) in enumerate(
                            zip(heights, *columns, strict=True), start=start + TOP + 1
                        )
                    )
                )
            if words:
                row = len(short) + TOP + 1
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
        """A sheet of free rows: lists of values or Shown. `wrapped` breaks the last cell of whole rows into lines."""
        sheet = self._sheet(title, widths)
        sheet.freeze_panes = freeze
        for number, row in enumerate(rows, start=1):
            if number == MAX_ROWS:
                sheet.append([self._cells.cell(sheet, "more rows do not fit in a worksheet", "alarm")])
                break
            shown = [cell if isinstance(cell, Shown) else Shown(cell, "") for cell in row]
            last = len(shown) - 1 if wrapped and len(shown) == len(widths) else None
            if last is not None and (lines := _lines(shown[last].value, widths[last])) > 1:
                sheet.row_dimensions[number].height = LINE * lines
            sheet.append([self._cells.cell(sheet, *cell, wrap=place == last) for place, cell in enumerate(shown)])

    def _sheet(self, title, widths):
        sheet = self.workbook.create_sheet(title)
        for number, width in enumerate(widths, start=1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
        sheet.page_setup.fitToWidth = max(1, round(sum(widths) / PRINTED))
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


def _width(top, name, series):
    """Width from the longest word of the heading, the name and the first rows, between narrow and wide."""
    some = series.head(SAMPLED).dropna().tolist()
    shown = [rounded(value) if isinstance(value, float) else str(value) for value in some]
    longest = max([len(text.split("\n")[0]) for text in shown] + [len(word) + 3 for word in [*top.split(), name]])
    return min(WIDEST, max(NARROWEST, longest + 2))


def _held(widths):
    """How many of the first columns stay on the screen."""
    ends = list(accumulate(widths))
    return sum(end <= HELD for end in ends) or min(len(ends), 1)


def _lines(text, width):
    """Lines that a text takes in a cell of this width, roughly; no more than a row can show."""
    lines = sum(max(1, len(wrap(line, max(width - 2, 1)))) for line in str(text or "").split("\n"))
    return min(lines, TALLEST)


def _heights(part, names, widths):
    """The attribute of every row that holds its longest wrapped text."""
    texts = [(part[name].tolist(), width) for name, width in zip(names, widths, strict=True) if width == WIDEST]
    for place in range(len(part)):
        lines = max(
            (_lines(values[place], width) for values, width in texts if isinstance(values[place], str)), default=1
        )
        yield f' ht="{LINE * lines}" customHeight="1"' if lines > 1 else ""


def _dates(series):
    """Dates of a column of texts; what is no date stays as it is written."""
    known = {text: date.fromisoformat(text) if DATE.fullmatch(text) else text for text in series.dropna().unique()}
    return series.astype(object).map(known)
