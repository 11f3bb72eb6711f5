"""What a spreadsheet does to the names and texts of a sheet: they become dates, decimal numbers or TRUE."""

import re
from collections.abc import Mapping
from typing import Any

_DECIMAL = re.compile(r"\d+\.0+|\d+(\.\d+)?[eE][+-]\d+|\d\.\d+[eE]\d+")
_MONTH = "jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez"
_DATE = re.compile(
    rf"\d{{1,4}}[-. ]({_MONTH})\.?([-. ]\d{{2,4}})?|({_MONTH})[- ]\d{{2,4}}|\d{{4}}-\d\d-\d\d( \d\d:\d\d:\d\d)?|"
    r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4}",
    re.IGNORECASE,
)


def of_cell(text: str, kind: str, rule: Mapping[str, Any]) -> tuple[str, str, str, str] | None:
    """(code, found, why, fix) of a cell that holds a date or TRUE where its schema wants neither, or None.

    `kind` is what a workbook made the text from: number, date, boolean or "".
    """
    date, boolean = kind == "date" and not rule.get("x-date"), kind == "boolean" and not rule.get("x-boolean")
    if not date and not boolean:
        return None
    made = f'a date ("{text}")' if date else "TRUE or FALSE"
    why, fix = "spreadsheets change texts such as MAR1 or 1:10", "format the column as text and type it again"
    return "E-ID-044", f"the cell holds {made}, not a text or number", why, fix


def of_name(text: str, kind: str) -> tuple[str, str, str, str] | None:
    """(code, found, why, fix) of a name that has the form of a decimal number or a date, or None."""
    fix = "format the column as text and type the name again"
    if _DECIMAL.fullmatch(text) or (kind == "number" and not text.isdigit()):
        found, why = f'"{text}" has the form of a decimal number', "a spreadsheet changed the name; digits may be lost"
        return "E-ID-043", found, why, fix
    if _DATE.fullmatch(text):
        found, why = f'"{text}" has the form of a date', "spreadsheets change names such as MAR1 or SEPT2 into dates"
        return "E-ID-044", found, why, fix
    return None
