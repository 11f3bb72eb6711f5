"""The data of the report page as one block: frames by columns, JSON, gzip, base64; the same frames give the same block.

A column is one of:
- {"codes": [...], "levels": [...]}: texts, the code -1 is missing;
- {"values": [...]}: numbers and truths;
- {"like": column, "at": [rows], "values": [...]}: equal to another column but in some rows; with "table" and "by" that column
  is of another table, in the row that the column `by` numbers;
- {"product": [columns]}: the product of others, in which a missing factor but the first is 1.
Missing is null, infinity a text that JavaScript's Number() reads.
"""

import base64
import gzip
import json
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

DIGITS = 6  # significant, of numbers from which nothing is computed anew
FEW = 4  # of those that are only looked at:
COARSE = (
    *("low", "high", "cv_percent", "observed", "over_lloq_lower", "over_lloq_upper"),
    *("change", "change_lower", "change_upper", "fold_lower", "fold_upper"),
)
LIKE = 0.5  # share of equal rows from which a column is written as a difference

Written = dict[tuple[str, str], np.ndarray]  # {(table, column): the numbers as they are written}


def block(
    facts: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    charts: Mapping[str, Any],
    scripts: Mapping[str, str],
    exact: Mapping[str, Collection[str]],
    joins: Mapping[str, tuple[str, str]],
    products: Mapping[str, Mapping[str, Collection[str]]],
) -> str:
    """The text of the block: {facts, tables, charts, scripts}.

    `exact`: {table: columns written with all their digits}; `joins`: {table: (a table before it, the column that numbers its
    rows)}; `products`: {table: {column that is not in its frame: the columns it is the product of}}.
    """
    written: Written = {}
    encoded = {}
    for name, frame in tables.items():
        encoded[name] = encode(name, frame, exact.get(name, ()), written, joins.get(name))
        own = products.get(name, {})
        encoded[name]["columns"] |= {column: {"product": list(factors)} for column, factors in own.items()}
    document = {"facts": facts, "tables": encoded, "charts": charts, "scripts": scripts}
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode("utf-8"), mtime=0)).decode("ascii")


def encode(
    table: str,
    frame: pd.DataFrame,
    exact: Collection[str] = (),
    written: Written | None = None,
    join: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """{"rows": number of rows, "columns": {name: column as above}}.

    Floats have DIGITS digits, those in COARSE some FEW, those of `exact` all. `written` has the numbers of the tables before,
    to which those of this one are added; `join` as in `block`.
    """
    written = {} if written is None else written
    others = _joined(frame, written, join)
    columns: dict[str, dict[str, Any]] = {}
    for name in frame.columns:
        series = frame[name]
        if pd.api.types.is_bool_dtype(series.dtype) or pd.api.types.is_integer_dtype(series.dtype):
            columns[name] = {"values": [None if value is pd.NA else value for value in series.astype(object).tolist()]}
        elif pd.api.types.is_float_dtype(series.dtype):
            values = series.to_numpy(float, na_value=np.nan)
            values = values if name in exact else _rounded(values, FEW if name in COARSE else DIGITS)
            columns[name] = _floats(values, others)
            others[json.dumps({"like": name})] = written[(table, name)] = values
        else:
            codes, levels = pd.factorize(series.astype(object))
            columns[name] = {"codes": codes.tolist(), "levels": [str(level) for level in levels]}
    if join:
        columns[join[1]]["join"] = True  # no column for a person
    return {"rows": len(frame), "columns": columns}


def _joined(frame, written, join):
    """{where it is, as JSON: numbers} of the columns of another table, one for each row of the frame."""
    if join is None:
        return {}
    table, by = join
    rows = frame[by].to_numpy(float, na_value=np.nan)
    known = np.isfinite(rows)
    found = {}
    for (of, name), values in written.items():
        if of == table:
            own = np.full(len(frame), np.nan)
            own[known] = values[rows[known].astype(int)]
            found[json.dumps({"like": name, "table": table, "by": by})] = own
    return found


def _rounded(values, digits):
    """Values with some significant digits."""
    return np.array([float(f"{value:.{digits}g}") if np.isfinite(value) else value for value in values.tolist()])


def _floats(values, others):
    """The column of some numbers, perhaps as a difference from one of the `others`."""
    best, differ = "", np.arange(len(values))
    for place, other in others.items() if len(values) else ():
        unequal = (values != other) & ~(np.isnan(values) & np.isnan(other))
        if unequal.mean() <= 1 - LIKE and unequal.sum() < len(differ):
            best, differ = place, np.flatnonzero(unequal)
    if not best:
        return {"values": [_number(value) for value in values.tolist()]}
    return json.loads(best) | {"at": differ.tolist(), "values": [_number(value) for value in values[differ].tolist()]}


def _number(value):
    if value != value:
        return None
    if value in (np.inf, -np.inf):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if value.is_integer() and abs(value) < 1e15 else value
