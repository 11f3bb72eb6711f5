"""One schema per sheet: the only source of its columns, defaults, checks and documentation."""

import difflib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml
from immunoassay.sheets.cells import read_cells

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
MISSING_WORDS = ("na", "n/a", "nan", "none", "null")
# Look-alike and invisible characters that make two equal-looking names different.
INVISIBLE = re.compile("[\u00a0\u2000-\u200f\u2028-\u202f\u2060\ufeff]")
PRIVATE = re.compile(
    r"^(patient|subject|first|last|family|given|sur)[ _-]*name$|^name$|birth|^dob$|^mrn$|record[ _-]*(no|number)|"
    r"social[ _-]*security|^ssn$|^address$|^phone$|e-?mail",
    re.IGNORECASE,
)


@dataclass
class Sheet:
    """Rows of one sheet, converted: each a dict with every column of the schema and `_row`."""

    name: str
    file: str
    rows: list
    problems: list


def load_schema(path):
    """The schema as a dict."""
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def load_sheet(path, name, schema, extra_columns=None):
    """Read and check one sheet against its schema; every problem is in `.problems`, nothing is raised.

    `extra_columns` adds properties known only at run time (the scales of the scores sheet).
    """
    cells = read_cells(path, name)
    properties = {**schema["properties"], **(extra_columns or {})}
    if cells.header:
        _check_header(cells, properties, schema["required"])
    rows, keys = [], {}
    for number, values in cells.rows:
        written = dict(zip(cells.header, values, strict=True))
        row = {"_row": number}
        for column, rule in properties.items():
            row[column] = _convert(cells, number, column, written.get(column, ""), rule, column in schema["required"])
        key = tuple(row[column] for column in schema["x-key"])
        if key in keys and all(part is not None for part in key):
            cells.problem(
                "E-ID-040",
                f"{', '.join(map(str, key))} stands already in row {keys[key]}",
                "a row must be named once",
                "delete or rename one of the two",
                row=number,
                column=schema["x-key"][-1],
            )
        keys.setdefault(key, number)
        rows.append(row)
    _near_duplicates(cells, rows, schema["x-key"])
    return Sheet(schema["title"], name, rows, cells.problems)


def suggestion(word, known):
    """` (did you mean X?)`, or nothing when no known word is near."""
    close = difflib.get_close_matches(str(word), [str(item) for item in known], n=1, cutoff=0.6)
    if not close:
        folded = {str(item).casefold(): str(item) for item in known}
        close = [folded[str(word).casefold()]] if str(word).casefold() in folded else []
    return f" (did you mean {close[0]}?)" if close else ""


def _check_header(cells, properties, required):
    for column in cells.header:
        if PRIVATE.search(column):
            cells.problem(
                "E-ID-053",
                f'column "{column}"',
                "names, birth dates and record numbers must not enter the study",
                "delete the column and use the study code",
                column=column,
            )
        elif column not in properties:
            cells.problem(
                "E-XLS-030",
                f'unknown column "{column}"{suggestion(column, properties)}',
                "it would be ignored",
                "rename or delete the column",
                column=column,
            )
    for column in required:
        if column not in cells.header:
            cells.problem(
                "E-XLS-030",
                f'column "{column}" is missing{suggestion(column, cells.header)}',
                "the sheet cannot be read without it",
                "add the column",
                column=column,
            )


def _convert(cells, number, column, text, rule, required):
    def problem(code, found, why, fix):
        cells.problem(code, found, why, fix, row=number, column=column)

    if INVISIBLE.search(text):
        problem("E-ID-045", f"{text!r} holds an invisible character", "equal-looking names would differ", "retype it")
        return None
    if text == "":
        if required:
            problem("E-ID-048", "the cell is empty", "this column is required", "fill the cell")
            return None
        if "default" not in rule:
            return None
        text = rule["default"]
        if rule.get("x-list"):
            return [part.strip() for part in text.split(rule["x-list"]) if part.strip()]
        return {"yes": True, "no": False}[text] if rule.get("x-boolean") else text
    if rule.get("x-list"):
        return [part.strip() for part in text.split(rule["x-list"]) if part.strip()]
    if rule.get("x-date"):
        return _date(text, problem)
    if rule["type"] in ("number", "integer"):
        return _number(text, rule, problem)
    if rule.get("x-boolean"):
        folded = text.casefold()
        if folded not in ("yes", "no"):
            problem("E-VAL-001", f'"{text}"', "only yes or no is understood", "write yes or no")
            return None
        return folded == "yes"
    if required and text.casefold() in MISSING_WORDS:
        problem("E-ID-048", f'"{text}"', "a missing word is not a name", "write the value")
        return None
    if "enum" in rule and text not in rule["enum"]:
        known = ", ".join(rule["enum"])
        problem("E-VAL-002", f'"{text}"{suggestion(text, rule["enum"])}', f"known are {known}", "write one of them")
        return None
    if "pattern" in rule and not re.fullmatch(rule["pattern"].strip("^$"), text):
        odd = [char for char in text if not char.isascii()]
        named = f" (the character {odd[0]!r} is not a plain letter)" if odd else ""
        problem(
            "E-ID-047",
            f'"{text}"{named}',
            f"it does not fit the form of a {column}" + (f", such as {rule['example']}" if "example" in rule else ""),
            "correct the spelling",
        )
        return None
    if len(text) < rule.get("minLength", 0):
        problem("E-VAL-003", f'"{text}"', "too short to be understood later", "write a sentence")
    return text


def _number(text, rule, problem):
    if not NUMBER.fullmatch(text):
        comma = re.fullmatch(r"[+-]?\d+,\d+", text)
        problem(
            "E-VAL-081" if comma else "E-VAL-082",
            f'"{text}" is not a number' + (" (decimal comma?)" if comma else ""),
            "it could be misread",
            "write digits with a decimal point and no thousands sign",
        )
        return None
    value = float(text)
    if rule["type"] == "integer":
        if not value.is_integer():
            problem("E-VAL-083", f"{text} is not a whole number", "only whole numbers are possible", "correct it")
            return None
        value = int(value)
    low, high = rule.get("minimum"), rule.get("maximum")
    beyond = (low is not None and value < low) or (high is not None and value > high)
    if beyond or ("exclusiveMinimum" in rule and value <= rule["exclusiveMinimum"]):
        lowest = low if low is not None else f"above {rule['exclusiveMinimum']}" if "exclusiveMinimum" in rule else "−∞"
        limits = f"{lowest} to {high if high is not None else '∞'}"
        problem("E-VAL-084", f"{text} is out of range", f"possible is {limits}", "correct the value")
        return None
    return value


def _date(text, problem):
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        problem(
            "E-DATE-100", f'"{text}" is not a date of the form 2025-03-31', "day and month could be swapped",
            "write year-month-day",
        )  # fmt: skip
        return None


def _near_duplicates(cells, rows, key):
    """Names of one-column keys that differ only by case, blanks, dashes or zero-padding."""
    if len(key) != 1:
        return
    seen = {}
    for row in rows:
        name = row[key[0]]
        if name is None:
            continue
        folded = re.sub(r"[\s_.–—-]+", "-", name).casefold().strip("-")
        folded = re.sub(r"(?<!\d)0+(?=\d)", "", folded)
        if folded in seen and seen[folded][0] != name:
            cells.problem(
                "E-ID-041",
                f'"{name}" and "{seen[folded][0]}" (row {seen[folded][1]}) differ only in case, dashes or zeros',
                "they are probably the same",
                "use one spelling, or two names that differ",
                row=row["_row"],
                column=key[0],
            )
        seen.setdefault(folded, (name, row["_row"]))
