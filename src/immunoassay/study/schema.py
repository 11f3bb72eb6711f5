"""One schema per sheet: the only source of its columns, defaults, checks and documentation."""

import difflib
import re
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path

import yaml
from immunoassay.files import texts
from immunoassay.problems import Problem
from immunoassay.study.sheet_cells import FAULTY, Cells, read_cells

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MISSING_WORDS = ("na", "n/a", "nan", "none", "null")
# Columns that hold names beside those with a pattern: what a spreadsheet does to names is looked for in them.
NAMES = ("panel", "analyte", "participant", "course", "visit", "plate", "kit_lot", "level", "sample_id", "well")
FLOAT_FORM = re.compile(r"\d+\.0+|\d+(\.\d+)?[eE][+-]\d+|\d\.\d+[eE]\d+")
MONTH = "jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez"
DATE_FORM = re.compile(
    rf"\d{{1,4}}[-. ]({MONTH})\.?([-. ]\d{{2,4}})?|({MONTH})[- ]\d{{2,4}}|\d{{4}}-\d\d-\d\d( \d\d:\d\d:\d\d)?|"
    r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4}",
    re.IGNORECASE,
)
FOOTNOTE = re.compile(
    r"(total|sum|mean|median|average|summe|gesamt|count|note|legend|footnote)\b.*|n ?= ?\d+.*|[*†‡].*", re.I
)
FIRST_YEAR = 1990  # no date of a study lies before; 0024 and 1924 are slips of the pen
LARGEST_INTEGER = 10**9


@dataclass
class Sheet:
    """Rows of one sheet, converted: each a dict with every column of the schema and `_row`."""

    name: str
    file: str
    rows: list
    problems: list
    readable: bool = True  # it has rows, and every column that must be there


def load_schema(path):
    """The schema as a dict."""
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def load_sheet(path, name, schema, extra_columns=None):
    """Read and check one sheet against its schema; every problem is in `.problems`, nothing is raised.

    `extra_columns` adds properties known only at run time (the scales of the scores sheet).
    """
    properties = {**schema["properties"], **(extra_columns or {})}
    cells = read_cells(path, name, frozenset(properties))
    if cells.header:
        _check_header(cells, properties, schema["required"])
    rows, keys = [], {}
    for number, values in cells.rows:
        if _footnote(cells, number, values, schema["required"]):
            continue
        written = dict(zip(cells.header, values, strict=True))
        kinds = {column: cells.kinds.get((number, place), "") for place, column in enumerate(cells.header)}
        row = {"_row": number}
        for column, rule in properties.items():
            required = column in schema["required"] and column in written  # a column that lacks is said once
            place = _Place(cells, number, column, required, kinds.get(column, ""))
            row[column] = _convert(place, written.get(column, ""), rule)
        key = tuple(row[column] for column in schema["x-key"])
        if key in keys and all(part is not None for part in key):
            first, before = keys[key]
            differ = [column for column in written if written[column] != before[column]]
            cells.problem(
                "E-ID-040",
                f"{', '.join(map(str, key))} appears already in row {first} ("
                + (f"with another {', '.join(differ)})" if differ else "all cells are the same)"),
                "a row must be named once",
                "delete or rename one of the two",
                row=number,
                column=schema["x-key"][-1],
            )
        keys.setdefault(key, (number, written))
        rows.append(row)
    if len(schema["x-key"]) == 1:
        cells.problems += near_duplicates(cells.file, cells.sheet, rows, schema["x-key"][0])
    readable = bool(rows) and set(schema["required"]) <= set(cells.header)
    return Sheet(schema["title"], name, rows, cells.problems, readable)


def suggestion(word, known):
    """` (did you mean X?)`, or nothing when no known word is near.

    A word with other numbers names another thing, such as another participant: it is never suggested.
    """
    word, folded = str(word), {}
    for item in map(str, known):
        if _numbers(item) == _numbers(word):
            folded.setdefault(item.casefold(), item)
    close = [folded[each] for each in difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)]
    return f" (did you mean {close[0]}?)" if close else ""


def _numbers(text):
    return [part.lstrip("0") for part in re.findall(r"\d+", text)]


def pattern_words(pattern):
    """A name's pattern in words, signs in backticks; other patterns are shown by their example."""
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


def near_duplicates(file, sheet, rows, column):
    """A STOP for names of a column that differ only by case, spaces, dashes, underscores or zero-padding."""
    seen, problems = {}, []
    for row in rows:
        name = row[column]
        if not name:
            continue
        folded = re.sub(r"[\s_.‐-―−-]+", "-", name).casefold()
        folded = re.sub(r"(?<!\d)-|-(?!\d)", "", folded)  # between two numbers it keeps 1-12 and 11-2 apart
        folded = re.sub(r"(?<!\d)0+(?=\d)", "", folded)
        first, number = seen.setdefault(folded, (name, row["_row"]))
        if first != name:
            found = f'"{name}" and "{first}" (row {number}) differ only in case, dashes or zeros'
            why, fix = "they are probably the same", "use one spelling, or two names that differ"
            place = {"sheet": sheet, "row": str(row["_row"]), "column": column}
            problems.append(Problem("E-ID-041", "STOP", file, found, why, fix, **place))
    return problems


def _check_header(cells, properties, required):
    row = cells.written[0][0]
    for column in cells.header:
        if column in properties or column == FAULTY:
            continue
        if column == "":
            cells.problem(
                "E-XLS-030", "a column without a name", "it would be ignored", "name or delete the column", row=row
            )
        elif texts.private_column(column):
            cells.problem(
                "E-ID-053",
                f'column "{column}"',
                "names, birth dates and record numbers must not enter the study",
                "delete the column and use the study code",
                column=column,
            )
        else:
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


def _footnote(cells, number, values, required):
    """Whether a row is no row of the table but a total or a footnote; it is then a problem."""
    filled = [value for value in values if value]
    short = len(filled) == 1 and len(required) > 2
    total = FOOTNOTE.fullmatch(filled[0]) and len(filled) < len(required)
    if FAULTY in filled or not (short or total):
        return False
    found = f'"{filled[0]}" looks like a total or a footnote'
    why, fix = "it is no row of the table", "delete the row, or fill its cells"
    cells.problem("E-XLS-032", found, why, fix, row=number)
    return True


@dataclass
class _Place:
    """One cell of a sheet: where it stands, whether it must be filled, what a workbook made its text from."""

    cells: Cells
    number: int
    column: str
    required: bool
    kind: str

    def problem(self, code, found, why, fix):
        self.cells.problem(code, found, why, fix, row=self.number, column=self.column)


def _convert(place, text, rule):
    """The value of a cell as its schema wants it; None, and a problem, when it cannot be."""
    if text == FAULTY:
        return None
    if text == "":
        if place.required:
            place.problem("E-ID-048", "the cell is empty", "this column is required", "fill the cell")
        return _default(rule) if not place.required else None
    changed = (place.kind == "date" and not rule.get("x-date")) or (
        place.kind == "boolean" and not rule.get("x-boolean")
    )
    if changed:
        made = f'a date ("{text}")' if place.kind == "date" else "TRUE or FALSE"
        why, fix = "spreadsheets change texts such as MAR1 or 1:10", "format the column as text and type it again"
        place.problem("E-ID-044", f"the cell holds {made}, not a text or number", why, fix)
        return None
    if rule.get("x-list"):
        return [part.strip() for part in text.split(rule["x-list"]) if part.strip()]
    if rule.get("x-date"):
        return _date(text, place.problem)
    if rule["type"] in ("number", "integer"):
        return _number(text, rule, place)
    if rule.get("x-boolean"):
        folded = text.casefold()
        if folded not in ("yes", "no"):
            place.problem("E-VAL-001", f'"{text}"', "only yes or no is understood", "write yes or no")
            return None
        return folded == "yes"
    if "enum" in rule:
        if text in rule["enum"]:
            return text
        known = ", ".join(rule["enum"])
        place.problem(
            "E-VAL-002", f'"{text}"{suggestion(text, rule["enum"])}', f"known are {known}", "write one of them"
        )
        return None
    return _text(place, text, rule)


def _default(rule):
    if "default" not in rule:
        return None
    text = rule["default"]
    if rule.get("x-list"):
        return [part.strip() for part in text.split(rule["x-list"]) if part.strip()]
    return {"yes": True, "no": False}[text] if rule.get("x-boolean") else text


def _text(place, text, rule):
    """A text as it stands; None, and a problem, when it cannot be what was meant."""
    what = texts.personal(text, place.column == "participant")
    if what:
        why = "names, birth dates and record numbers must not enter the study"
        place.problem("E-ID-053", f"the text looks like {what}", why, "use the study code, or delete the remark")
    elif place.required and text.casefold() in MISSING_WORDS:
        place.problem("E-ID-048", f'"{text}"', "a missing word is not a name", "write the value")
    elif "pattern" in rule or place.column in NAMES:
        return _name(place, text, rule)
    elif len(text) < rule.get("minLength", 0):
        place.problem("E-VAL-003", f'"{text}"', "too short to be understood later", "write a sentence")
    else:
        return text
    return None


def _name(place, text, rule):
    if FLOAT_FORM.fullmatch(text) or (place.kind == "number" and not text.isdigit()):
        found, why = f'"{text}" has the form of a decimal number', "a spreadsheet changed the name; digits may be lost"
        place.problem("E-ID-043", found, why, "format the column as text and type the name again")
    elif DATE_FORM.fullmatch(text):
        found, why = f'"{text}" has the form of a date', "spreadsheets change names such as MAR1 or SEPT2 into dates"
        place.problem("E-ID-044", found, why, "format the column as text and type the name again")
    elif foreign := texts.foreign_letter(text):
        found, why = f'"{text}" holds the letter {foreign}', "it looks like a plain letter and is another one"
        place.problem("E-ID-046", found, why, "type the name again with plain letters")
    elif "pattern" in rule and not re.fullmatch(rule["pattern"].strip("^$"), text):
        odd = [sign for sign in text if not sign.isascii()]
        named = f" (the character {odd[0]!r} is not a plain letter)" if odd else ""
        place.problem(
            "E-ID-047",
            f'"{text}"{named}',
            f"it does not fit the form of {place.column}"
            + (f", such as {rule['example']}" if "example" in rule else ""),
            f"use only {pattern_words(rule['pattern']).replace('`', '').replace('; begins', '; it begins')}",
        )
    else:
        return text
    return None


def _number(text, rule, place):
    problem = place.problem
    if not NUMBER.fullmatch(text) or not isfinite(float(text)):
        comma = re.fullmatch(r"[+-]?\d+,\d+", text)
        if comma and place.cells.delimiter == ";":
            found, why = f'"{text}" in a sheet separated by semicolons', "it was saved with decimal commas"
            problem("E-FILE-014", found, why, "save it with decimal points, as TSV or as .xlsx")
            return None
        fraction = re.fullmatch(r"1[:/](\d+)", text)
        problem(
            "E-VAL-081" if comma else "E-VAL-082",
            f'"{text}" is not a number' + (" (decimal comma?)" if comma else ""),
            "it could be misread",
            f"write {fraction[1]}" if fraction else "write digits with a decimal point and no thousands sign",
        )
        return None
    value = float(text)
    if rule["type"] == "integer":
        if not value.is_integer():
            problem("E-VAL-083", f"{text} is not a whole number", "only whole numbers are possible", "correct it")
            return None
        if abs(value) > LARGEST_INTEGER:
            problem(
                "E-VAL-084", f"{text} is out of range", "no such whole number is possible here", "correct the value"
            )
            return None
        value = int(value)
    low, high = rule.get("minimum"), rule.get("maximum")
    beyond = (low is not None and value < low) or (high is not None and value > high)
    if beyond or ("exclusiveMinimum" in rule and value <= rule["exclusiveMinimum"]):
        low = rule.get("exclusiveMinimum", low)
        words = f"be {'above' if 'exclusiveMinimum' in rule else 'at least'} {low}"
        words = f"lie between {low} and {high}" if high is not None else words
        problem("E-VAL-084", f"{text} is out of range", f"it must {words}", "correct the value")
        return None
    return value


def _date(text, problem):
    try:
        day = date.fromisoformat(text) if ISO_DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        why = "no such day" if ISO_DATE.fullmatch(text) else "day and month, or the century, could be confused"
        why = "it is the number a spreadsheet keeps for a day" if text.isdigit() else why
        problem("E-DATE-100", f'"{text}" is not a date of the form 2025-03-31', why, "write year-month-day")
    elif day.year < FIRST_YEAR:
        problem("E-DATE-102", f'"{text}"', f"no date of a study lies before {FIRST_YEAR}", "correct the year")
    else:
        return text
    return None
