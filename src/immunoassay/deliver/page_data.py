"""The data of the report page as one block: frames by columns, JSON, gzip, base64; the same frames give the same block.

A column is one of: {"values": [...]}; {"codes": [...], "levels": [...]} of texts, the code -1 is missing; {"like": name,
"at": [rows], "values": [...]}, equal to another column but in some rows. Missing is null, infinity a text that JavaScript's
Number() reads.
"""

import base64
import gzip
import json
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

DIGITS = 8  # significant, of numbers from which nothing is computed anew
LIKE = 0.5  # share of equal rows from which a column is written as a difference


def block(
    facts: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    exact: Mapping[str, Collection[str]],
    charts: Mapping[str, Any],
    scripts: Mapping[str, str],
) -> str:
    """The text of the block: {facts, tables, charts, scripts}. `exact`: {table: columns written with all their digits}."""
    encoded = {name: encode(frame, exact.get(name, ())) for name, frame in tables.items()}
    document = {"facts": facts, "tables": encoded, "charts": charts, "scripts": scripts}
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode("utf-8"), mtime=0)).decode("ascii")


def encode(frame: pd.DataFrame, exact: Collection[str] = ()) -> dict[str, Any]:
    """{"rows": number of rows, "columns": {name: column as above}}; floats have DIGITS digits, those of `exact` all."""
    numbers: dict[str, np.ndarray] = {}
    columns = {}
    for name in frame.columns:
        series = frame[name]
        if pd.api.types.is_bool_dtype(series.dtype) or pd.api.types.is_integer_dtype(series.dtype):
            columns[name] = {"values": [None if value is pd.NA else value for value in series.astype(object).tolist()]}
        elif pd.api.types.is_float_dtype(series.dtype):
            values = series.to_numpy(float, na_value=np.nan)
            numbers[name] = values if name in exact else _rounded(values)
            columns[name] = _floats(name, numbers)
        else:
            codes, levels = pd.factorize(series.astype(object))
            columns[name] = {"codes": codes.tolist(), "levels": [str(level) for level in levels]}
    return {"rows": len(frame), "columns": columns}


def _rounded(values):
    """Values with DIGITS significant digits."""
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.floor(np.log10(np.abs(values)))
    plain = np.isfinite(values) & np.isfinite(exponent)
    return np.array(
        [float(f"{value:.{DIGITS}g}") if fine else value for value, fine in zip(values, plain, strict=True)]
    )


def _floats(name, numbers):
    """The column `name` of `numbers` ({name: values as they are written}), perhaps as a difference from one before it."""
    values = numbers[name]
    best, differ = "", np.arange(len(values))
    for other in [other for other in numbers if other != name and len(values)]:
        unequal = (values != numbers[other]) & ~(np.isnan(values) & np.isnan(numbers[other]))
        if unequal.mean() <= 1 - LIKE and unequal.sum() < len(differ):
            best, differ = other, np.flatnonzero(unequal)
    if not best:
        return {"values": [_number(value) for value in values.tolist()]}
    return {"like": best, "at": differ.tolist(), "values": [_number(value) for value in values[differ].tolist()]}


def _number(value):
    if value != value:
        return None
    if value in (np.inf, -np.inf):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if value.is_integer() and abs(value) < 1e15 else value
