"""Plate layouts: one file per plate, as a grid or as a long list, read into rows of well, role, sample, level, dilution."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from immunoassay.problems import Problem, few
from immunoassay.study.cell_values import NUMBER
from immunoassay.study.schema import load_sheet
from immunoassay.study.sheet_cells import FAULTY, read_cells

Layout = tuple[list[dict[str, Any]], list[Problem]]  # rows of well, role, sample_id, level and dilution; problems

UNFILLED = "?"  # a well of a drafted layout that nobody has named yet
LAST_ROW, LAST_COLUMN = "P", 24  # of 384 wells
CELL = re.compile(r"(?P<name>[^@]+?)\s*(?:@\s*(?P<dilution>.+))?")
STANDARD = re.compile(r"(?:S|STD|standard)[ _-]?0*(\d+)", re.IGNORECASE)
SPIKE = re.compile(r"(\S+)\s*\+\s*(\S+)")  # a sample and what was added to it
FRACTION = re.compile(r"1 ?[:/] ?([1-9]\d*)")
NEEDS = {"standard": ("level",), "control": ("level",), "spike": ("level",)}
CONTROL = re.compile(r"(?:QC|C|CTRL|control)[ _-]?0*(\d+)", re.IGNORECASE)


def load_layout(path: Path, name: str, schema: dict[str, Any]) -> Layout:
    """(rows, problems) of one layout; each row has well (A01), role, sample_id, level and dilution (None where not stated)."""
    rows, problems = _rows(path, name, schema)
    unfilled = [row["well"] for row in rows if row["sample_id"] == UNFILLED]
    rows = [row if row["sample_id"] != UNFILLED else {**row, "role": "empty", "sample_id": ""} for row in rows]
    if unfilled:
        several = f"{len(unfilled)} wells are" if len(unfilled) > 1 else "a well is"
        problems.append(_problem(
            name, "E-WELL-062", "", "", f"{several} {UNFILLED} still: {few(unfilled, 6)}",
            "nobody has said what is in it" if len(unfilled) == 1 else "nobody has said what is in them",
            "write a standard (S1, S2 …), blank, a control (QC1 …), a sample or empty",
        ))  # fmt: skip
    return rows, problems


def _rows(path, name, schema):
    cells = read_cells(path, name)
    if cells.header[:1] in ([""], ["<>"]) or (cells.header and re.fullmatch(r"0?1", cells.header[-1])):
        return _grid(cells)
    sheet = load_sheet(path, name, schema)
    problems = [replace(each, level=_level(each)) for each in sheet.problems if each.code != "E-ID-040"]  # E-WELL-061
    rows: dict[str, dict[str, Any]] = {}
    large = any(re.match("[A-Z]{2}", row["well"] or "") for row in sheet.rows)  # 1536 wells: rows A to AF, 48 columns
    for row in sheet.rows:
        if row["well"] is None or row["role"] is None:
            continue
        letters = row["well"].rstrip("0123456789")
        number = int(row["well"].removeprefix(letters))
        if (not large and letters > LAST_ROW) or not 0 < number <= LAST_COLUMN * (1 + large):
            problems.append(
                _problem(name, "E-WELL-060", row["_row"], "well", f'well "{row["well"]}"', "no plate has such a well")
            )
        row["well"] = f"{letters}{number:02d}"
        for need in (each for each in NEEDS.get(row["role"], ()) if not row[each]):
            problems.append(
                _problem(
                    name, "E-WELL-062", row["_row"], need, f"{row['role']} without {need}", "the well has no meaning"
                )
            )
        first = rows.setdefault(row["well"], row)
        if first is not row:
            problems.append(_twice(name, row["_row"], row["well"], first["_row"], _same(first, row), "well"))
    return list(rows.values()), problems


def _grid(cells):
    problems, rows = [replace(problem, level=_level(problem)) for problem in cells.problems], []
    columns = [int(text) if text.isdigit() else None for text in cells.header[1:]]
    if columns != list(range(1, len(columns) + 1)) or len(columns) not in (6, 12, 24):
        problems.append(
            _problem(cells.file, "E-WELL-062", 1, "", "the columns are not 1 to 12 (or 24)", "wells cannot be named")
        )
        return [], problems
    seen = {}
    for number, (letter, *values) in cells.rows:
        first, before = seen.setdefault(letter, (number, values))
        if first != number:
            problems.append(_twice(cells.file, number, f"row {letter}", first, values == before))
            continue
        if not re.fullmatch(f"[A-{LAST_ROW}]", letter):
            problems.append(
                _problem(cells.file, "E-WELL-060", number, "", f'row letter "{letter}"', "no plate has such a row")
            )
            continue
        for column, text in enumerate(values, start=1):
            if cells.kinds.get((number, column)) in ("date", "boolean"):
                problems.append(_problem(
                    cells.file, "E-ID-044", f"{letter}{column:02d}", "", f'the cell holds a date or TRUE ("{text}")',
                    "spreadsheets change texts such as MAR1",
                ))  # fmt: skip
            text = text.replace(FAULTY, "")
            row, problem, fix = _content(text)
            rows.append({"well": f"{letter}{column:02d}", **row, "_row": number})
            if problem:
                problems.append(_problem(
                    cells.file, "E-WELL-068", f"{letter}{column:02d}", "", problem, "the factor is not known", fix,
                ))  # fmt: skip
    return rows, problems


def _same(one, other):
    """Whether two rows of a layout say the same."""
    return {**one, "_row": None} == {**other, "_row": None}


def _twice(file, row, what, first, same, column=""):
    """The problem of a well, or a row of wells, that appears again; where the two differ it stops the study."""
    found = f"{what} appears already in row {first} ({'all cells are the same' if same else 'with other cells'})"
    return _problem(
        file, "E-WELL-061", row, column, found, "it is not clear what is in it", level=None if same else "STOP"
    )


def _level(problem):
    """A layout concerns one plate: what would stop the study sets that plate aside."""
    return "QUARANTINE" if problem.level == "STOP" else problem.level


def _content(text):
    """What one cell of a grid says, what is wrong with it, and how it is corrected."""
    row = {"role": "empty", "sample_id": "", "level": "", "dilution": None}
    if text.casefold() in ("", "empty", "-"):
        return row, None, ""
    match = CELL.fullmatch(text)
    name, dilution = (match["name"], match["dilution"]) if match else (text, None)
    problem, fix = None, ""
    if dilution is not None:
        if NUMBER.fullmatch(dilution) and float(dilution) > 0:
            row["dilution"] = float(dilution)
        else:
            problem, fraction = f'dilution "{dilution}" in "{text}"', FRACTION.fullmatch(dilution)
            fix = f"write {name}@{fraction[1]}" if fraction else "write @100 for 1:100"
    if name.casefold() in ("b", "blk", "blank"):
        row["role"] = "blank"
    elif found := STANDARD.fullmatch(name):
        row["role"], row["level"] = "standard", f"S{int(found[1])}"
    elif found := CONTROL.fullmatch(name):
        row["role"], row["level"] = "control", f"QC{int(found[1])}"
    elif found := SPIKE.fullmatch(name):
        row["role"], row["sample_id"], row["level"] = "spike", found[1], found[2]
    else:
        row["role"], row["sample_id"] = "sample", name
    return row, problem, fix


def _problem(file, code, row, column, found, why, fix="correct the layout", level=None):
    return Problem(code, level or "QUARANTINE", file, found, why, fix, row=str(row), column=column)
