"""Sheets that are Excel workbooks: what a spreadsheet hides, merges, formats or computes is said, never guessed."""

from collections import defaultdict
from datetime import datetime, time

from immunoassay.files import excel
from immunoassay.files.opening import UnreadableError
from immunoassay.study.sheet_cells import Cells, not_a_workbook
from openpyxl.utils import get_column_letter

MAX_CELLS = 2_000_000


def read_workbook(content: bytes, cells: Cells) -> None:
    """Put the one visible worksheet of an .xlsx into `cells`; every problem of form into `cells.problems`."""
    sheets = worksheets(content, cells)
    visible = [sheet for sheet in sheets if sheet.visible]
    if sheets and _is_clear(sheets, visible, cells):
        read_worksheet(visible[0], cells)


def worksheets(content: bytes, cells: Cells) -> list[excel.XlsxSheet]:
    """The worksheets of an .xlsx; none, and a problem of `cells`, where it cannot be opened."""
    try:
        sheets = excel.open_xlsx(content)
    except UnreadableError as error:
        cells.problem(*_unreadable(len(content), error))
        return []
    if sheets and sheets[0].counts_from_1904:
        cells.problem(
            "W-XLS-034", "the workbook counts its days from 1904",
            "dates pasted between such a workbook and another one move by four years",
            "check one date against its source", level="FLAG",
        )  # fmt: skip
    return sheets


def read_worksheet(sheet: excel.XlsxSheet, cells: Cells) -> None:
    """Put a worksheet into `cells`, which take its name; every problem of form into `cells.problems`."""
    cells.sheet = sheet.title
    try:
        extent = sheet.extent()
        small = extent[0] * extent[1] <= MAX_CELLS
        rows = sheet.cells() if small else []
    except UnreadableError as error:
        cells.problem(*_unreadable(sheet.file_size, error))
        return
    if not small:
        found = "the worksheet reaches to row {:,} and column {:,}".format(*extent)
        cells.problem(
            "E-XLS-035", found, "a sheet of a study is smaller; it would take hours to read",
            "delete rows and columns beyond the table",
        )  # fmt: skip
        return
    _check_structure(sheet.marks, *extent, cells)
    _add_rows(rows, cells)
    for number in sheet.marks.struck:
        cells.problem(
            "W-XLS-033", "the row is struck through", "formats carry no meaning here: the row is used",
            "delete the row, or amend it with a reason", row=number, level="FLAG",
        )  # fmt: skip


def _unreadable(size, error):
    if error.fact != excel.TOO_LARGE:
        return not_a_workbook(size)
    found = f"a workbook of {size:,} bytes that unpacks to {error.number:,} bytes"
    return "E-FILE-019", found, "it is refused to protect the server", "save the sheet as CSV UTF-8"


def _is_clear(sheets, visible, cells):
    """Whether one worksheet is visible; hidden ones beside it are named."""
    hidden = ", ".join(sheet.title for sheet in sheets if not sheet.visible)
    if not visible:
        cells.problem(
            "E-XLS-020", f"no visible worksheet (hidden: {hidden or 'none'})", "there is nothing to read",
            "unhide the worksheet that counts",
        )  # fmt: skip
    elif len(visible) > 1:
        cells.problem(
            "E-XLS-021", f"{len(visible)} visible worksheets ({', '.join(sheet.title for sheet in visible)})",
            "it is not clear which one counts", "keep one worksheet in the file",
        )  # fmt: skip
    elif hidden:
        cells.problem(
            "W-XLS-022", f"hidden worksheets: {hidden}", "they are not read", "delete them, if they hold old data",
            level="FLAG",
        )  # fmt: skip
    return len(visible) == 1


def _check_structure(marks, last_row, last_column, cells):
    why = "it would be read, and nobody sees it"
    for number in (each for each in marks.hidden_rows if each <= last_row):
        if marks.filtered:
            cells.problem("E-XLS-023", "the row is hidden by a filter", why, "clear the filter", row=number)
        else:
            cells.problem("E-XLS-022", "the row is hidden", why, "unhide it if it is valid, or delete it", row=number)
    for letter in sorted(get_column_letter(each) for each in marks.hidden_columns if each <= last_column):
        cells.problem("E-XLS-022", f"column {letter} is hidden", why, "unhide it, or delete it", column=letter)
    for merged in sorted(marks.merged):
        cells.problem(
            "E-XLS-024", f"cells {merged} are merged", "only the first of them holds a value",
            "unmerge them and fill every row", row=merged,
        )  # fmt: skip


def _add_rows(rows, cells):
    computed = defaultdict(list)
    for number, row in enumerate(rows, start=1):
        values = []
        for place, cell in enumerate(row):
            at = f"{get_column_letter(place + 1)}{number}"
            text = _text(cell, at, cells)
            if cell.kind not in ("", "text"):
                cells.kinds[(number, place)] = cell.kind
            if cell.formula and text:
                computed[place].append((at, cell.formula))
            values.append(text)
        cells.add(number, values)
    for _, found in sorted(computed.items()):
        first, formula = found[0]
        cells.problem(
            "W-XLS-027", f"{len(found)} formula{'s' if len(found) > 1 else ''}, the first in {first}: {formula}",
            "the results Excel stored are used; they can be out of date", "nothing, or paste values", level="FLAG",
        )  # fmt: skip


def _text(cell, at, cells):
    """The text of a cell, made of its value where that is a number, date or boolean."""
    if cell.formula and cell.value in (None, ""):
        cells.problem(
            "E-XLS-026", "a formula with no stored result", "its value is unknown",
            "open the file in Excel and save it, or paste values", row=at,
        )  # fmt: skip
        return ""
    if cell.kind == "boolean":
        return "yes" if cell.value else "no"
    if cell.kind == "number":
        _check_digits(cell, at, cells)
        return _digits(float(cell.value))
    if isinstance(cell.value, datetime):
        return cell.value.date().isoformat() if cell.value.time() == time(0) else cell.value.isoformat(sep=" ")
    return "" if cell.value is None else str(cell.value)


def _digits(value):
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _check_digits(cell, at, cells):
    """A STOP for a number whose format shows other characters than its digits."""
    shown = "".join(character for character in cell.form.split(";")[0] if character not in '"\\')
    zeros = len(shown) > 1 and set(shown) == {"0"}
    letters = any(each.isalpha() for each in shown) and shown.lower() != "general" and "E" not in shown
    if (zeros and abs(cell.value) < 10 ** (len(shown) - 1)) or (letters and "[" not in shown):
        looks = f'as "{cell.value:0{len(shown)}.0f}"' if zeros else f"in the format {cell.form}"
        cells.problem(
            "E-ID-042", f"the number {cell.value:g} is shown {looks}", "the leading zeros or letters are only display",
            "format the column as text and type the value again", row=at,
        )  # fmt: skip
