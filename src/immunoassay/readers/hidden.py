"""What a spreadsheet hides from the person who looks at it: hidden, filtered or struck-through rows, values in a format
that shows nothing or in white on white. A reader reads them all the same; one FLAG per sheet names their rows."""

from immunoassay.files.excel import XlsSheet, XlsxSheet
from immunoassay.problems import Problem

_MOST_ROWS = 20


def flags(name: str, sheet: XlsxSheet | XlsSheet) -> list[Problem]:
    """[] or [FLAG] of a worksheet (files.excel) of the workbook `name`."""
    rows = {
        "hidden": sheet.marks.unseen,
        "struck through": sheet.marks.struck,
        "shown as nothing": sheet.marks.blanked,
    }
    if sheet.visible and not any(rows.values()):
        return []
    words = [f"rows {_listed(numbers)} {what}" for what, numbers in rows.items() if numbers]
    found = "; ".join(([] if sheet.visible else ["the whole sheet hidden"]) + words)
    why = "a person who opens the file does not see these values, or has crossed them out; they are read"
    fix = "compare with the instrument; exclude them by an amendment if they do not count"
    first = min((numbers[0] for numbers in rows.values() if numbers), default="")
    return [Problem("W-READ-012", "FLAG", name, found, why, fix, sheet=sheet.title, row=str(first))]


def _listed(numbers):
    """`3, 5 to 9`, at most 20 parts."""
    runs = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    parts = [str(first) if first == last else f"{first} to {last}" for first, last in runs]
    more = [f"and {len(parts) - _MOST_ROWS} more"] if len(parts) > _MOST_ROWS else []
    return ", ".join(parts[:_MOST_ROWS] + more)
