"""The text of a cell converted as its schema wants it: a name, a number, a date, a list, yes or no; or a problem."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite
from typing import Any

from immunoassay.files import texts
from immunoassay.study import spreadsheet_damage
from immunoassay.study.sheet_cells import FAULTY, Cells
from immunoassay.study.similar_names import suggestion

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MISSING_WORDS = ("na", "n/a", "nan", "none", "null")
# Columns that hold names beside those with a pattern: what a spreadsheet does to names is looked for in them.
NAMES = ("panel", "analyte", "participant", "course", "visit", "plate", "kit_lot", "level", "sample_id", "well")
PLACING = ("participant", "course", "visit")  # what may be left empty, and is not called NA
DAY_0 = date(1899, 12, 30)  # of spreadsheets
FIRST_YEAR = 1990  # no date of a study lies before; 0024 and 1924 are slips of the pen
LARGEST_INTEGER = 10**9


@dataclass
class Place:
    """One cell of a sheet: where it is, whether it must be filled, what a workbook made its text from."""

    cells: Cells
    number: int
    column: str
    required: bool
    kind: str

    def problem(self, code: str, found: str, why: str, fix: str) -> None:
        self.cells.problem(code, found, why, fix, row=self.number, column=self.column)


def convert(place: Place, text: str, rule: Mapping[str, Any]) -> Any:
    """The value of a cell as `rule`, its part of the schema, wants it; None, and a problem, when it cannot be."""
    if text == FAULTY:
        return None
    if text == "":
        if not place.required:
            return default(rule)
        fill = f"write {' or '.join(rule['enum'])}" if "enum" in rule else "fill the cell"
        place.problem("E-ID-048", "the cell is empty", "this column is required", fill)
        return None
    if damage := spreadsheet_damage.of_cell(text, place.kind, rule):
        place.problem(*damage)
        return None
    if rule.get("x-list"):
        return _parts(text, rule)
    if rule.get("x-date"):
        return _date(place, text)
    if rule["type"] in ("number", "integer"):
        return _number(place, text, rule)
    if rule.get("x-boolean"):
        return _yes_or_no(place, text)
    return _one_of(place, text, rule["enum"]) if "enum" in rule else _text(place, text, rule)


def default(rule: Mapping[str, Any]) -> Any:
    """The value of an empty cell."""
    text = rule.get("default")
    if text is not None and rule.get("x-list"):
        return _parts(text, rule)
    return {"yes": True, "no": False}[text] if text is not None and rule.get("x-boolean") else text


def _parts(text, rule):
    return [part.strip() for part in text.split(rule["x-list"]) if part.strip()]


def _yes_or_no(place, text):
    folded = text.casefold()
    if folded not in ("yes", "no"):
        place.problem("E-VAL-001", f'"{text}"', "only yes or no is understood", "write yes or no")
        return None
    return folded == "yes"


def _one_of(place, text, words):
    if text in words:
        return text
    place.problem(
        "E-VAL-002", f'"{text}"{suggestion(text, words)}', f"known are {', '.join(words)}", "write one of them"
    )
    return None


def _text(place, text, rule):
    """A text as it is written; None, and a problem, when it cannot be what was meant."""
    what = texts.personal(text, place.column == "participant")
    if what:
        place.problem(
            "E-ID-053", f"the text looks like {what}", "names, birth dates and record numbers must not enter the study",
            "use the study code, or delete the remark",
        )  # fmt: skip
    elif _is_missing(place, text, rule):
        fix = "write the value" if place.required else "write the value, or leave the cell empty"
        place.problem("E-ID-048", f'"{text}"', "a missing word is not a name", fix)
    elif "pattern" in rule or place.column in NAMES:
        return _name(place, text, rule)
    elif len(text) < rule.get("minLength", 0):
        place.problem("E-VAL-003", f'"{text}"', "too short to be understood later", "write a sentence")
    else:
        return text
    return None


def _is_missing(place, text, rule):
    """Whether a text is a word for nothing where a name belongs; a text as an export writes it may be one."""
    names = (place.required or place.column in PLACING) and not rule.get("x-as-written")
    return names and text.casefold() in MISSING_WORDS


def _name(place, text, rule):
    if damage := spreadsheet_damage.of_name(text, place.kind):
        place.problem(*damage)
    elif foreign := texts.foreign_letter(text):
        place.problem(
            "E-ID-046", f'"{text}" holds the letter {foreign}', "it looks like a plain letter and is another one",
            "type the name again with plain letters",
        )  # fmt: skip
    elif "pattern" in rule and not re.fullmatch(rule["pattern"].strip("^$"), text):
        odd = [character for character in text if not character.isascii()]
        named = f" (the character {odd[0]!r} is not a plain letter)" if odd else ""
        place.problem(
            "E-ID-047", f'"{text}"{named}',
            f"it does not fit the form of {place.column}" + (f", such as {rule['example']}" if "example" in rule else ""),
            f"use only {pattern_words(rule['pattern']).replace('`', '').replace('; begins', '; it begins')}",
        )  # fmt: skip
    else:
        return text
    return None


def pattern_words(pattern: str) -> str:
    """A name's pattern in words, other characters than letters and digits in backticks; patterns of another form are
    shown by their example."""
    name = re.fullmatch(r"\^\[([^]]+)\]\[([^]]+)\]\*\$", pattern)
    if not name:
        return "text like the example"
    first, rest = (_characters(part) for part in name.groups())
    return f"{', '.join(rest)}; begins with a {' or '.join(word.rstrip('s') for word in first)}"


def _characters(described):
    words = []
    for letters, word in (("A-Za-z", "letters"), ("a-z", "small letters"), ("0-9", "digits")):
        if letters in described:
            words.append(word)
            described = described.replace(letters, "")
    return [*words, *(f"`{character}`" for character in described)]


def _number(place, text, rule):
    """A number within the limits of its rule; a whole one as int."""
    whole = rule["type"] == "integer"
    if not NUMBER.fullmatch(text) or not isfinite(float(text)):
        place.problem(*_no_number(text, place.cells.delimiter, whole))
        return None
    value = float(text)
    if whole and not value.is_integer():
        place.problem("E-VAL-083", f"{text} is not a whole number", "only whole numbers are possible", "correct it")
        return None
    if why := (
        "no such whole number is possible here" if whole and abs(value) > LARGEST_INTEGER else _beyond(value, rule)
    ):
        place.problem("E-VAL-084", f"{text} is out of range", why, "correct the value")
        return None
    if "x-step" in rule and abs((steps := (value - rule["minimum"]) / rule["x-step"]) - round(steps)) > 1e-6:
        place.problem(
            "E-VAL-086", f"{text} is no step of the scale",
            f"scores are {rule['minimum']:g} and steps of {rule['x-step']:g} above it", "correct the score, or the step",
        )  # fmt: skip
        return None
    return int(value) if whole else value


def _no_number(text, delimiter, whole):
    """(code, found, why, fix) of a text that is no number."""
    comma = re.fullmatch(r"[+-]?\d+,(\d+)", text)
    if comma and delimiter == ";":
        found, why = f'"{text}" in a sheet separated by semicolons', "it was saved with decimal commas"
        return "E-FILE-014", found, why, "save it with decimal points, as TSV or as .xlsx"
    fraction = re.fullmatch(r"1[:/](\d+)", text)
    point = f"write {text.replace(',', '.')}" if comma and not whole and len(comma[1]) != 3 else ""
    plain = "write a whole number in digits" if whole else "write digits with a decimal point and no thousands sign"
    return (
        "E-VAL-081" if comma else "E-VAL-082",
        f'"{text}" is not a number' + (" (decimal comma?)" if comma else ""),
        "it could be misread",
        f"write {fraction[1]}" if fraction else point or plain,
    )


def _beyond(value, rule):
    """Where a number must lie, when it does not; else ""."""
    low, high, above = rule.get("minimum"), rule.get("maximum"), rule.get("exclusiveMinimum")
    within = (low is None or value >= low) and (high is None or value <= high) and (above is None or value > above)
    if within:
        return ""
    lowest = low if above is None else above
    if high is not None:
        return f"it must lie between {lowest} and {high}"
    return f"it must be {'at least' if above is None else 'above'} {lowest}"


def _day(number):
    """The day that a spreadsheet keeps as a number."""
    return DAY_0 + timedelta(int(number)) if len(number) == 5 else "a day"


def _date(place, text):
    iso = ISO_DATE.fullmatch(text)
    try:
        day = date.fromisoformat(text) if iso else None
    except ValueError:
        day = None
    if day is None:
        why = "no such day" if iso else "day and month, or the century, could be confused"
        why = "it has a time of day" if ISO_DATE.match(text) and not iso else why
        place.problem(
            "E-DATE-100", f'"{text}" is not a date of the form 2025-03-31',
            f"it is the number a spreadsheet keeps for {_day(text)}" if text.isdigit() else why, "write year-month-day",
        )  # fmt: skip
    elif day.year < FIRST_YEAR:
        place.problem("E-DATE-102", f'"{text}"', f"no date of a study lies before {FIRST_YEAR}", "correct the year")
    else:
        return text
    return None
