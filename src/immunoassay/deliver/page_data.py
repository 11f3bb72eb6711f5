"""The data of the report page as one block: lines of JSON, gzip, base64; the same frames give the same block.

The first line is {facts, charts, tables: {name: {rows, hidden, columns: {name: its line}}}, scripts: {name: its line}}, so that
the page reads a column when it first needs it. The line of a column is one of:
- {"codes": [...], "levels": [...]}: texts, the code -1 is missing;
- {"steps": [...]}: whole numbers, each as its difference from the one before;
- {"values": [...]}: other numbers, and truths;
- {"same" | "ratio" | "difference": [places], "at": [steps of rows], "values": [...]}: made of other columns, but in some rows;
- {"product": [places]}: the product of others, in which a missing factor but the first is 1.
A place is {"column": name}, with "by" in the row that the column `by` numbers, with "table" in that table.
Missing is null, infinity a text that JavaScript's Number() reads.
"""

import base64
import gzip
import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.tables.significant import significant

DIGITS = 6  # significant, of numbers from which nothing is computed anew
FEW = 3  # of those that are only looked at, with as many digits: rounded once, not twice
OPEN = 10 ** (1 - DIGITS)  # what two numbers of so many digits leave open, as a share of what is made of them
LEVEL = 6  # of gzip: half the time of 9 for one percent more
LONGEST = 1e15  # below it a whole number has every digit
MADE = 0.5  # share of rows that must follow from other columns for a column to be written so
MAKING: dict[str, Callable[..., np.ndarray]] = {"ratio": np.divide, "difference": np.subtract}

Written = dict[tuple[str, str], np.ndarray]  # {(table, column): the numbers as they are written}
Formula = tuple[
    str, ...
]  # what is made, and of what: columns, or "column of column", in the row that the second numbers


def block(
    facts: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    charts: Mapping[str, Any],
    scripts: Mapping[str, str],
    exact: Mapping[str, Collection[str]],
    coarse: Mapping[str, Collection[str]],
    joins: Mapping[str, tuple[str, str]],
    formulas: Mapping[str, Mapping[str, Formula]],
) -> str:
    """The text of the block.

    `exact`, `coarse`: {table: columns written with all their digits, or FEW}; `joins`: {table: (a table before it, the
    column that numbers its rows)}; `formulas`: {table: {column: what it is made of}}, of columns written before it; a
    product is no column of the frame.
    """
    written: Written = {}
    encoded = {}
    for name, frame in tables.items():
        given = (exact.get(name, ()), coarse.get(name, ()), written, joins.get(name), formulas.get(name, {}))
        encoded[name] = encode(name, frame, *given)
    return packed({"facts": facts, "tables": encoded, "charts": charts, "scripts": scripts})


def packed(document: Mapping[str, Any]) -> str:
    """The block of a document whose columns and scripts stand in their places."""
    lines: list[str] = []

    def line(value):
        lines.append(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))
        return len(lines)

    tables = {
        name: {**table, "columns": {column: line(own) for column, own in table["columns"].items()}}
        for name, table in document["tables"].items()
    }
    scripts = {name: line(script) for name, script in document["scripts"].items()}
    line({**document, "tables": tables, "scripts": scripts})
    text = "\n".join([lines.pop(), *lines])
    return base64.b64encode(gzip.compress(text.encode("utf-8"), LEVEL, mtime=0)).decode("ascii")


def encode(
    table: str,
    frame: pd.DataFrame,
    exact: Collection[str] = (),
    coarse: Collection[str] = (),
    written: Written | None = None,
    join: tuple[str, str] | None = None,
    formulas: Mapping[str, Formula] | None = None,
) -> dict[str, Any]:
    """{"rows": number of rows, "hidden": columns for no person, "columns": {name: column as above}}.

    Floats have DIGITS digits, those of `coarse` FEW, those of `exact` all. `written` has the numbers of the tables before,
    to which those of this one are added; `join` and `formulas` as in `block`.
    """
    written, formulas = {} if written is None else written, formulas or {}
    others = _joined(frame, written, join)
    columns: dict[str, dict[str, Any]] = {}
    for name in frame.columns:
        series = frame[name]
        if pd.api.types.is_bool_dtype(series.dtype):
            columns[name] = {"values": [None if value is pd.NA else value for value in series.astype(object).tolist()]}
        elif pd.api.types.is_integer_dtype(series.dtype):
            columns[name] = {"steps": _steps(series)}
        elif pd.api.types.is_float_dtype(series.dtype):
            values = series.to_numpy(float, na_value=np.nan)
            rounded = values if name in exact else significant(values, FEW if name in coarse else DIGITS)
            made = _made(formulas[name], table, frame, written) if name in formulas else {}
            columns[name] = _floats(rounded, others, values, made)
            others[json.dumps({"same": [{"column": name}]})] = written[(table, name)] = rounded
        else:
            codes, levels = pd.factorize(series.astype(object))
            columns[name] = {"codes": codes.tolist(), "levels": [str(level) for level in levels]}
    for name, (what, *of) in formulas.items():
        if what == "product":
            columns[name] = {what: [{"column": each} for each in of]}
    numbering = {part for _, *of in formulas.values() for operand in of for part in operand.split(" of ")[1:]}
    return {"rows": len(frame), "hidden": sorted(numbering | {*(join or ())[1:]}), "columns": columns}


def _joined(frame, written, join):
    """{what is made, as JSON: numbers} of the columns of another table, one for each row of the frame."""
    if join is None:
        return {}
    table, by = join
    return {
        json.dumps({"same": [{"column": name, "by": by, "table": table}]}): _of_rows(values, frame[by])
        for (of, name), values in written.items()
        if of == table
    }


def _of_rows(values, numbers):
    """The values in the rows of these numbers, missing without one."""
    rows = numbers.to_numpy(float, na_value=np.nan)
    known = np.isfinite(rows)
    found = np.full(len(rows), np.nan)
    found[known] = values[rows[known].astype(int)]
    return found


def _made(formula, table, frame, written):
    """{what is made, as JSON: numbers} of a formula, from the numbers as they are written."""
    what, *operands = formula
    places, values = [], []
    for operand in operands:
        column, _, by = operand.partition(" of ")
        own = written[(table, column)]
        places.append({"column": column, **({"by": by} if by else {})})
        values.append(_of_rows(own, frame[by]) if by else own)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {json.dumps({what: places}): MAKING[what](*values)}


def _steps(numbers):
    """Whole numbers as differences from the one before; what is missing moves nothing."""
    steps, last = [], 0
    for number in numbers.astype(object).tolist():
        missing = number is pd.NA or number is None
        steps.append(None if missing else int(number) - last)
        last = last if missing else int(number)
    return steps


def _floats(rounded, others, values, made):
    """The column of some numbers, perhaps as equal to one of the `others`, or as `made` (within OPEN), with exceptions."""
    best, differ = "", np.arange(len(rounded))
    candidates = [*((place, other, rounded, 0) for place, other in others.items())]
    candidates += [(place, other, values, OPEN) for place, other in made.items()]
    for place, other, own, within in candidates if len(rounded) else ():
        with np.errstate(invalid="ignore"):
            unequal = np.flatnonzero(~np.isclose(other, own, rtol=within, atol=0, equal_nan=True))
        if len(unequal) <= (1 - MADE) * len(rounded) and len(unequal) < len(differ):
            best, differ = place, unequal
    numbers = _numbers(rounded[differ])
    return json.loads(best) | {"at": _steps(pd.Series(differ)), "values": numbers} if best else {"values": numbers}


def _numbers(values):
    """Numbers as JSON has them shortest: whole ones without a point, None for missing, a text for an infinity."""
    found = values.astype(object)
    whole = (np.abs(values) < LONGEST) & (np.floor(values) == values)
    found[whole] = values[whole].astype(np.int64)
    found[np.isnan(values)] = None
    found[values == np.inf], found[values == -np.inf] = "Infinity", "-Infinity"
    return found.tolist()
