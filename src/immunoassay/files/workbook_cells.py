"""Excel workbooks read cell by cell: what a spreadsheet hides, merges, formats or computes is said, never guessed."""

import io
import warnings
import zipfile
from collections import defaultdict
from datetime import date, datetime, time, timedelta

from immunoassay.files.workbooks import out_of_proportion
from openpyxl import load_workbook
from openpyxl.styles.numbers import is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904

MAX_CELLS = 2_000_000


def read_workbook(content, cells):
    """Put the one visible worksheet of an .xlsx into `cells`; every problem of form into `cells.problems`."""
    books = _open(content, cells)
    if books is None:
        return
    workbook, formulas = books
    sheet = _only_visible(workbook, cells)
    if sheet is None:
        return
    cells.sheet = sheet.title
    if sheet.max_row * sheet.max_column > MAX_CELLS:
        found = f"the worksheet reaches to row {sheet.max_row:,} and column {sheet.max_column:,}"
        why, fix = (
            "a sheet of a study is smaller; it would take hours to read",
            "delete rows and columns beyond the table",
        )
        cells.problem("E-XLS-035", found, why, fix)
        return
    if workbook.epoch == CALENDAR_MAC_1904:
        why = "dates pasted between such a workbook and another one move by four years"
        fix = "check one date against its source"
        cells.problem("W-XLS-034", "the workbook counts its days from 1904", why, fix, level="FLAG")
    _check_structure(sheet, cells)
    _read_rows(sheet, formulas[sheet.title], cells)


def _open(content, cells):
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = out_of_proportion(len(content), archive.infolist())
        if unpacked is not None:
            found = f"a workbook of {len(content):,} bytes that unpacks to {unpacked:,} bytes"
            why, fix = "it is refused to protect the server", "save the sheet as CSV UTF-8"
            cells.problem("E-FILE-019", found, why, fix)
            return None
        with warnings.catch_warnings():  # of styles and extensions, which are not read
            warnings.simplefilter("ignore")
            return [load_workbook(io.BytesIO(content), data_only=value, keep_links=False) for value in (True, False)]
    except Exception:  # every way a damaged archive or sheet can break the library
        found = f"not a readable Excel workbook ({len(content):,} bytes)"
        cells.problem("E-FILE-003", found, "it is damaged or only partly copied", "copy the file again")
        return None


def _only_visible(workbook, cells):
    visible = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    hidden = [sheet.title for sheet in workbook.worksheets if sheet.sheet_state != "visible"]
    if not visible:
        found = f"no visible worksheet (hidden: {', '.join(hidden) or 'none'})"
        cells.problem("E-XLS-020", found, "there is nothing to read", "unhide the worksheet that counts")
        return None
    if len(visible) > 1:
        found = f"{len(visible)} visible worksheets ({', '.join(sheet.title for sheet in visible)})"
        fix = "keep one worksheet in the file"
        cells.problem("E-XLS-021", found, "it is not clear which one counts", fix)
        return None
    if hidden:
        found, why = f"hidden worksheets: {', '.join(hidden)}", "they are not read"
        cells.problem("W-XLS-022", found, why, "delete them, if they hold old data", level="FLAG")
    return visible[0]


def _check_structure(sheet, cells):
    rows = [number for number, each in sorted(sheet.row_dimensions.items()) if each.hidden and number <= sheet.max_row]
    filtered = bool(sheet.auto_filter.filterColumn)
    for number in rows:
        cells.problem(
            "E-XLS-023" if filtered else "E-XLS-022",
            "the row is hidden" + (" by a filter" if filtered else ""),
            "it would be read, and nobody sees it",
            "clear the filter" if filtered else "unhide it if it is valid, or delete it",
            row=number,
        )
    for letter, dimension in sorted(sheet.column_dimensions.items()):
        if dimension.hidden and (dimension.min or 1) <= sheet.max_column:
            cells.problem(
                "E-XLS-022",
                f"column {letter} is hidden",
                "it would be read, and nobody sees it",
                "unhide it, or delete it",
                column=letter,
            )
    for merged in sorted(map(str, sheet.merged_cells.ranges)):
        cells.problem(
            "E-XLS-024",
            f"cells {merged} are merged",
            "only the first of them holds a value",
            "unmerge them and fill every row",
            row=merged,
        )


def _read_rows(sheet, formulas, cells):
    computed, struck = defaultdict(list), []
    for number, row in enumerate(sheet.iter_rows(), start=1):
        values = []
        for place, cell in enumerate(row):
            formula = formulas.cell(number, place + 1).value
            formula = getattr(formula, "text", formula)  # of an array formula
            is_formula = isinstance(formula, str) and formula.startswith("=") and formula != cell.value
            kind, text = _kind_and_text(cell, is_formula, cells)
            if kind:
                cells.kinds[(number, place)] = kind
            if is_formula and text:
                computed[place].append((cell.coordinate, formula))
            values.append(text)
        if any(cell.value is not None and cell.font and cell.font.strike for cell in row):
            struck.append(number)
        cells.add(number, values)
    for place, found in sorted(computed.items()):
        first, formula = found[0]
        cells.problem(
            "W-XLS-027",
            f"{len(found)} formula{'s' if len(found) > 1 else ''}, the first in {first}: {formula}",
            "the results Excel stored are used; they can be out of date",
            "nothing, or paste values",
            column=cells.name(place),
            level="FLAG",
        )
    for number in struck:
        why, fix = "formats carry no meaning here: the row is used", "delete the row, or amend it with a reason"
        cells.problem("W-XLS-033", "the row is struck through", why, fix, row=number, level="FLAG")


def _kind_and_text(cell, is_formula, cells):
    """("", text) of a cell, or the kind of a cell that holds no text: number, date, boolean."""
    value = cell.value
    if value is None or (is_formula and value == ""):
        if is_formula:
            cells.problem(
                "E-XLS-026",
                "a formula with no stored result",
                "its value is unknown",
                "open the file in Excel and save it, or paste values",
                row=cell.coordinate,
            )
        return "", ""
    if isinstance(value, str):
        return "", value
    if isinstance(value, bool):
        return "boolean", "yes" if value else "no"
    if isinstance(value, datetime):
        return "date", value.date().isoformat() if value.time() == time(0) else value.isoformat(sep=" ")
    if isinstance(value, date | time | timedelta) or is_date_format(cell.number_format):
        return "date", str(value)
    if isinstance(value, int | float):
        return _number(cell, float(value), cells)
    return "", str(value)


def _number(cell, value, cells):
    """A number as text; one whose format shows other signs than its digits is told apart from what it looks like."""
    shown = "".join(sign for sign in cell.number_format.split(";")[0] if sign not in '"\\')
    zeros = len(shown) > 1 and set(shown) == {"0"}
    letters = any(sign.isalpha() for sign in shown) and shown.lower() != "general" and "E" not in shown
    if (zeros and abs(value) < 10 ** (len(shown) - 1)) or (letters and "[" not in shown):
        looks = f"{value:0{len(shown)}.0f}" if zeros else f"in the format {cell.number_format}"
        cells.problem(
            "E-ID-042",
            f'the number {value:g} is shown as "{looks}"' if zeros else f"the number {value:g} is shown {looks}",
            "the leading zeros or letters are only display",
            "format the column as text and type the value again",
            row=cell.coordinate,
        )
    whole = value.is_integer() and abs(value) < 1e15
    return "number", str(int(value)) if whole else repr(value)
