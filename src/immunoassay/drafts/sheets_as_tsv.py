"""Sheets drafted as text: one file per sheet, config/NAME.tsv, in the form in which the loader reads them."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]
Drafts = Mapping[str, Sequence[Row]]  # rows by sheet; a value is a text, number, list, True, False or None


def write(folder: Path, sheets: Drafts, schemas: Mapping[str, Mapping[str, Any]]) -> list[Path]:
    """Write every sheet to its file in `folder` and return the files.

    Columns are those that the schema requires or any row names, in the order of the schema; others follow. A sheet without
    a schema has the columns of its rows. Raises FileExistsError rather than overwrite a file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, rows in sheets.items():
        schema = schemas.get(name, {})
        rules, named = schema.get("properties", {}), columns(rows, schema)
        needed = set(schema.get("required", ())).union(*rows)
        kept = [column for column in named if column in needed]
        with (folder / f"{name}.tsv").open("x", newline="", encoding="utf-8") as handle:
            lines = csv.writer(handle, delimiter="\t", lineterminator="\n")
            lines.writerow(kept)
            lines.writerows([text(row.get(column), rules.get(column, {})) for column in kept] for row in rows)
        paths.append(folder / f"{name}.tsv")
    return paths


def columns(rows: Sequence[Row], schema: Mapping[str, Any]) -> list[str]:
    """Columns of the schema, and behind them those that only rows name."""
    return list(dict.fromkeys([*schema.get("properties", {}), *(column for row in rows for column in row)]))


def text(value: object, rule: Mapping[str, Any]) -> str:
    """A value as a cell of a sheet is written; `rule` is its part of the schema."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return f"{rule.get('x-list', ';')} ".join(map(str, value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
