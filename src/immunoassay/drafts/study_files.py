"""A draft as files of a study: its sheets written or added to, and the record of where each row comes from.

Existing rows are never touched: a row is added behind the last one, a column that it needs behind the last column.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from immunoassay.drafts.draft import KEYS, Draft, Known
from immunoassay.files.house import schema_file
from immunoassay.study.config import read_config
from immunoassay.study.members import Cells, Rows
from immunoassay.study.schema import load_schema, load_sheet

CONFIG, DRAFTED, ANSWERS = "config/config.yaml", "config/drafted.tsv", "config/answers.yaml"
LAYOUT = ("well", "role", "sample_id", "level", "dilution")
CRITERIA = "config/criteria"


def known(study: Path, only: Iterable[str] = KEYS) -> Known:
    """The Known of a study folder: rows of the sheets it has, with the problems of none (these are for `check`)."""
    sheets = {}
    for name in only:
        path = study / sheet_path(study, name)
        if path.is_file():
            schema = load_schema(schema_file(name))
            sheets[name] = load_sheet(path, str(path), schema, _extra(path, schema)).rows
    return Known(sheets)


def sheet_path(study: Path, sheet: str) -> str:
    """Where a sheet of a study lies, relative to its folder."""
    config = study / CONFIG
    written = read_config(config)[0].get("sheets") if config.is_file() else None
    return str((written if isinstance(written, dict) else {}).get(sheet, f"config/{sheet}.tsv"))


def remembered(study: Path) -> dict[str, str]:
    """The answers an earlier draft of a study rests on."""
    path = study / ANSWERS
    found = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {str(key): str(value) for key, value in (found or {}).items()}


def write(study: Path, draft: Draft, answers: Mapping[str, str]) -> dict[str, list[str]]:
    """Write or extend the sheets of a study; {file: lines that were added}."""
    added = {}
    for sheet, rows in draft.sheets.items():
        if rows:
            path = sheet_path(study, sheet)
            added[path] = _extend(study / path, rows, load_schema(schema_file(sheet)))
    layouts = {path: _lines(rows, LAYOUT) for path, rows in draft.layouts.items()} | draft.grids
    for path, lines in layouts.items():
        if not (study / path).exists():
            _put(study / path, "\n".join(lines) + "\n")
            added[path] = lines[1:]
    _extend(
        study / DRAFTED,
        draft.sources,
        {"properties": dict.fromkeys(("sheet", "row", "source")), "required": ["sheet", "row", "source"]},
    )
    text = yaml.safe_dump(dict(answers), sort_keys=True, allow_unicode=True)
    _put(
        study / ANSWERS, f"# Answers the drafted rows rest on; a later draft of this study takes them as said.\n{text}"
    )
    return added


def write_config(study: Path, title: str, raw_folders: Sequence[str]) -> None:
    """The config of a new study: its title, and where its exports lie when that is not raw/."""
    own = {"study": {"title": title}} | ({} if list(raw_folders) == ["raw"] else {"raw_folders": list(raw_folders)})
    text = yaml.safe_dump(own, sort_keys=False, allow_unicode=True)
    _put(
        study / CONFIG,
        f"# Every key is explained in config/README.md of the workflow; what is left out takes its default.\n{text}",
    )


def as_text(value: Any) -> str:
    """A value as a sheet has it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return "; ".join(map(str, value))
    if isinstance(value, float):
        return "" if value != value else f"{value:.10g}"
    return "" if value is None else str(value)


# --- details ---------------------------------------------------------------------------------------------------------


def _extra(path, schema):
    """Columns of scores beside those of the schema: the scales."""
    if not schema.get("x-scales"):
        return {}
    header = path.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0].strip("\r").split("\t")
    return {name: {"type": "number"} for name in header if name not in schema["properties"]}


def _extend(path: Path, rows: Rows, schema: Mapping[str, Any]) -> list[str]:
    """Add rows behind those of a sheet; the lines that were added."""
    filled = {column for row in rows for column, value in row.items() if as_text(value) != ""}
    known = [*schema["properties"], *(column for row in rows for column in row if column not in schema["properties"])]
    needed = [column for column in dict.fromkeys(known) if column in filled or column in schema["required"]]
    if not path.is_file():
        lines = _lines(rows, needed)
        _put(path, "\n".join(lines) + "\n")
        return lines[1:]
    before = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    header = before[0].split("\t")
    more = [column for column in needed if column not in header]
    old = ["\t".join([before[0], *more]), *(line + "\t" * len(more) for line in before[1:])]
    new = _lines(rows, [*header, *more])[1:]
    _put(path, "\n".join([*old, *new]) + "\n")
    return new


def _lines(rows: Iterable[Cells], columns: Sequence[str]) -> list[str]:
    """The header and the rows of a tab-separated sheet."""
    handle = io.StringIO()
    writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([as_text(row.get(column)) for column in columns] for row in rows)
    return handle.getvalue().removesuffix("\n").split("\n")


def _put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
