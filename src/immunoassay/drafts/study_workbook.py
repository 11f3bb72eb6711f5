"""Sheets drafted as one workbook, config/study.xlsx: a tab per sheet that helps the person who fills it.

Headers are frozen and explained by comments, words and names are chosen from lists, what must be filled is coloured.
Codes and dates are text cells, also the empty ones below, so that no spreadsheet changes what is typed there.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from immunoassay.drafts.sheets_as_tsv import Drafts, Row, columns, text
from immunoassay.files import workbooks
from immunoassay.problems import visible
from immunoassay.study.cell_values import NUMBER
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

LAST = 10_000  # row to which lists and colours reach
WIDEST, NARROWEST = 40, 9
REQUIRED, OPTIONAL, LACKING = "F6C760", "E4EAF2", "FFE9B3"
ABOUT = (
    "The sheets of a study, a tab each; config/README.md explains every column, and so do the comments at the headings.",
    "Write one row per item, without empty rows, totals or formulas. Choose from the lists where there are some.",
    "Dates are written year-month-day (2025-03-31), decimals with the sign of your spreadsheet program.",
    "A tab may be deleted where its sheet lies in a file of its own. Tabs and columns of other names stop the study.",
    "`immunoassay check` reports every problem by tab, row and column.",
)


def write(path: Path, sheets: Drafts, schemas: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the workbook: a tab `Read me`, and one for every sheet with all columns of its schema.

    A sheet without a schema (`drafted`) is a plain tab with the columns of its rows. Equal content gives equal bytes.
    Raises FileExistsError rather than overwrite a file.
    """
    if path.exists():
        raise FileExistsError(path)
    book = Workbook()
    named = {name: columns(rows, schemas.get(name, {})) for name, rows in sheets.items()}
    _read_me(book.active, {name: schemas[name] for name in sheets if name in schemas})
    for name, rows in sheets.items():
        tab = book.create_sheet(name)
        schema = schemas.get(name, {"properties": {}, "required": ()})
        rules = {column: schema["properties"].get(column) or _beyond(schema) for column in named[name]}
        _head(tab, rules, schema["required"])
        _rows(tab, rows, rules)
        _lists(tab, rules, named)
        _colour_lacking(tab, list(rules), schema["required"])
    path.parent.mkdir(parents=True, exist_ok=True)
    workbooks.save(book, path)


def extend(
    path: Path,
    target: Path,
    sheets: Mapping[str | None, Sequence[Row]],
    schemas: Mapping[str | None, Mapping[str, Any]],
) -> None:
    """Save a workbook as `target` with rows behind those of tabs (the first one for None), begun where they are not there.

    A column that a tab has not is added behind its last one.
    """
    book = workbooks.to_extend(path)
    for name, rows in sheets.items():
        _extend_tab(book[name] if name in book.sheetnames else _begun(book, name), rows, schemas[name])
    workbooks.save(book, target)


def _begun(book, name):
    return book.worksheets[0] if name is None else book.create_sheet(name)


def _extend_tab(tab: Worksheet, rows: Sequence[Row], schema: Mapping[str, Any]) -> None:
    used = [row[0].row for row in tab.iter_rows() if any(cell.value not in (None, "") for cell in row)]
    first = used[0] if used else 1
    header = [str(cell.value or "").strip() for cell in tab[first]] if used else []
    while header and not header[-1]:
        header.pop()
    filled = {column for row in rows for column, value in row.items() if text(value, {}) != ""}
    rules = {column: schema["properties"].get(column) or _beyond(schema) for column in columns(rows, schema)}
    more = [column for column in rules if column not in header and (column in filled or column in schema["required"])]
    for place, column in enumerate(more, len(header) + 1):
        _as_text(tab.cell(first, place), column)
    header += more
    for number, row in enumerate(rows, max(used, default=1) + 1):
        for place, column in enumerate(header, 1):
            rule = rules.get(column, {"type": "string"})
            _fill(tab.cell(number, place), text(row.get(column), rule), rule)


def _beyond(schema):
    """The rule of a column that the schema does not name: a score, or text."""
    return {"type": "number", "description": "Score"} if schema.get("x-scales") else {"type": "string"}


def _is_number(rule):
    return rule["type"] in ("number", "integer")


def _read_me(tab: Worksheet, schemas: Mapping[str, Mapping[str, Any]]) -> None:
    tab.title = "Read me"
    tab.column_dimensions["A"].width, tab.column_dimensions["B"].width = 18, 110
    tab.append(["Study"])
    tab["A1"].font = Font(bold=True, size=14)
    for line in (*ABOUT, ""):
        tab.append([None, line])
    for fill, words in ((REQUIRED, "must be filled in every row"), (OPTIONAL, "may be left empty")):
        tab.append([None, words])
        tab.cell(tab.max_row, 1, "heading").fill = _filled(fill)
    tab.append([None, "must be filled, and is empty"])
    tab.cell(tab.max_row, 1).fill = _filled(LACKING)
    tab.append([])
    for name, schema in schemas.items():
        tab.append([name, schema["description"]])
        tab.cell(tab.max_row, 1).hyperlink = f"#'{name}'!A1"
        tab.cell(tab.max_row, 1).font = Font(bold=True, underline="single")
    for row in tab.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(vertical="top", wrap_text=True)


def _head(tab: Worksheet, rules: Mapping[str, Any], required: Sequence[str]) -> None:
    tab.freeze_panes = "B2"
    for place, (column, rule) in enumerate(rules.items(), 1):
        cell = _as_text(tab.cell(1, place), column)
        cell.font, cell.fill = Font(bold=True), _filled(REQUIRED if column in required else OPTIONAL)
        if words := _explained(rule, column in required):
            height = 20 * (len(words) // 40 + words.count("\n") + 2)
            cell.comment = Comment(words, "immunoassay-workflow", height=height, width=280)
        if not _is_number(rule):
            tab.column_dimensions[get_column_letter(place)].number_format = "@"


def _explained(rule, required):
    """The comment at a heading: what the column means, an example, and what an empty cell means."""
    if "description" not in rule:
        return ""
    lines = [rule["description"]]
    lines += [f"Example: {rule['example']}"] if "example" in rule else []
    if required:
        lines.append("Must be filled.")
    elif rule.get("default", "") != "":
        lines.append(f"Empty: {rule['default']}")
    return "\n".join(lines)


def _rows(tab: Worksheet, rows: Sequence[Row], rules: Mapping[str, Any]) -> None:
    widths = {column: len(column) + 2 for column in rules}
    for number, row in enumerate(rows, 2):
        for place, (column, rule) in enumerate(rules.items(), 1):
            written = visible(text(row.get(column), rule))
            widths[column] = max(widths[column], len(written) + 1)
            _fill(tab.cell(number, place), written, rule)
    for place, column in enumerate(rules, 1):
        tab.column_dimensions[get_column_letter(place)].width = min(max(widths[column], NARROWEST), WIDEST)


def _fill(cell, written, rule):
    """The cell filled with what a sheet says, as a number where its column holds numbers."""
    if _is_number(rule) and NUMBER.fullmatch(written):
        cell.value = int(written) if written.isdigit() else float(written)
    else:
        _as_text(cell, written)


def _as_text(cell: Cell, written: str) -> Cell:
    """The cell filled with a text that stays one, whatever it begins with; an empty one keeps the format alone."""
    cell.number_format = "@"
    if written:
        cell.value, cell.data_type = written, "s"
    return cell


def _lists(tab: Worksheet, rules: Mapping[str, Any], named: Mapping[str, Sequence[str]]) -> None:
    """Lists to choose from: the words of the schema, and names of other tabs, beside which others may be typed."""
    for place, rule in enumerate(rules.values(), 1):
        if "enum" in rule:
            choice = DataValidation("list", f'"{",".join(rule["enum"])}"', allow_blank=True, errorStyle="stop")
            choice.error = "Only the words of the list are understood."
        elif rule.get("x-reference", ".").split(".")[1] in named.get(rule.get("x-reference", ".").split(".")[0], ()):
            choice = DataValidation("list", _names(rule["x-reference"], named), allow_blank=True, errorStyle="warning")
            choice.error = f"This is not in the tab {rule['x-reference'].split('.')[0]}. Keep it?"
        else:
            continue
        choice.showErrorMessage = True
        letter = get_column_letter(place)
        choice.add(f"{letter}2:{letter}{LAST}")
        tab.add_data_validation(choice)


def _names(reference, named):
    """A formula for the filled cells of a column of another tab."""
    sheet, column = reference.split(".")
    letter = get_column_letter(named[sheet].index(column) + 1)
    cells = f"{sheet}!${letter}$2"
    return f"OFFSET({cells},0,0,MAX(1,COUNTA({cells}:${letter}${LAST})),1)"


def _colour_lacking(tab: Worksheet, named: Sequence[str], required: Sequence[str]) -> None:
    """Empty cells that must be filled are coloured in every row that holds anything."""
    last = get_column_letter(max(len(named), 1))
    for place, column in enumerate(named, 1):
        if column in required:
            letter = get_column_letter(place)
            formula = f"AND(COUNTA($A2:${last}2)>0,LEN({letter}2)=0)"
            tab.conditional_formatting.add(
                f"{letter}2:{letter}{LAST}", FormulaRule([formula], fill=PatternFill(bgColor=LACKING))
            )


def _filled(colour):
    return PatternFill("solid", start_color=colour)
