"""A draft as files of a study: its sheets written or added to, and the record of where each row comes from.

Existing rows are never touched: a row is added behind the last one, a column that it needs behind the last column.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from immunoassay.drafts import study_workbook
from immunoassay.drafts.draft import KEYS, Draft, Known
from immunoassay.drafts.sheets_as_tsv import columns, text
from immunoassay.files.house import schema_file
from immunoassay.study import scale_rules, sheet_places
from immunoassay.study.config import check_config, read_config
from immunoassay.study.members import Cells, Rows
from immunoassay.study.paths import WORKBOOK
from immunoassay.study.schema import load_schema

CONFIG, DRAFTED, ANSWERS = "config/config.yaml", "config/drafted.tsv", "config/answers.yaml"
LAYOUT = ("well", "role", "sample_id", "level", "dilution")
CRITERIA = "config/criteria"
# Columns a person fills, which are there though nothing is known of them yet.
TO_FILL = {
    "panels": ("specimen",),
    "plates": ("run_date", "kit_lot"),
    "materials": ("expected",),
    "samples": ("participant", "visit", "collection_date"),
    "participants": ("group",),
    "visits": ("day",),
}
DRAFTED_COLUMNS = ("sheet", "row", "source")
EMPTY_TABS = (
    "names",
    "materials",
    "samples",
    "participants",
    "visits",
    "courses",
    "events",
    "amendments",
)  # of a new workbook


def known(study: Path, only: Iterable[str] = KEYS) -> Known:
    """The Known of a study folder: rows of the sheets it has, without their problems (these are for `check`)."""
    places = _places(study)
    sheets: dict[str, Rows] = {}
    scales: dict[str, Cells] = {}
    for name in only:
        if places.has(name):
            schema = load_schema(schema_file(name))
            more = scale_rules.columns(scales, sheets.get("scales", [])) if "x-scales" in schema else {}
            sheets[name] = places.read(name, schema, more).rows
            if name == "scales":
                scales = scale_rules.by_name(sheets[name])
    return Known(sheets)


def remembered(study: Path) -> dict[str, str]:
    """The answers an earlier draft of a study rests on."""
    path = study / ANSWERS
    found = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {str(key): str(value) for key, value in (found or {}).items()}


def write(study: Path, draft: Draft, answers: Mapping[str, str], workbook: bool = False) -> dict[str, list[str]]:
    """Write or extend the sheets of a study; {file, or workbook and tab: lines that were added}.

    `workbook` is whether a new study has its sheets in one workbook; a study that has one is extended there.
    """
    schemas = {name: load_schema(schema_file(name)) for name in KEYS} | {
        name: load_schema(schema_file(name)) for name in EMPTY_TABS
    }
    sheets = {name: rows for name, rows in draft.sheets.items() if rows}
    added: dict[str, list[str]] = {}
    if workbook:
        everything = {name: sheets.get(name, []) for name in schemas if name in sheets or name in EMPTY_TABS}
        study_workbook.write(study / WORKBOOK, everything, schemas)
        added |= {
            f"{WORKBOOK} › {name}": _lines(rows, _needed(rows, schemas[name]))[1:] for name, rows in sheets.items()
        }
    else:
        places = _places(study)
        for name, rows in sheets.items():
            added[places.name(name)] = _extend(places, study, name, rows, schemas[name])
    layouts = {path: _lines(rows, LAYOUT) for path, rows in draft.layouts.items()} | draft.grids
    for path, lines in layouts.items():
        if not (study / path).exists():
            _put(study / path, "\n".join(lines) + "\n")
            added[path] = lines[1:]
    _extend_tsv(study / DRAFTED, draft.sources, DRAFTED_COLUMNS)
    said = yaml.safe_dump(dict(answers), sort_keys=True, allow_unicode=True)
    _put(
        study / ANSWERS,
        f"# What the drafted rows rest on; a later draft of this study takes these answers as given.\n{said}",
    )
    return added


def write_config(study: Path, title: str, raw_folders: Sequence[str]) -> None:
    """The config of a new study: its title, and where its exports lie when that is not raw/."""
    own = {"study": {"title": title}} | ({} if list(raw_folders) == ["raw"] else {"raw_folders": list(raw_folders)})
    said = yaml.safe_dump(own, sort_keys=False, allow_unicode=True)
    _put(
        study / CONFIG,
        f"# Every key is explained in config/README.md of the workflow; what is left out has its default.\n{said}",
    )


# --- details ---------------------------------------------------------------------------------------------------------


def _places(study):
    written, _ = read_config(study / CONFIG) if (study / CONFIG).is_file() else ({}, [])
    config, _ = check_config({"study": {"title": "draft"}} | written, load_schema(schema_file("config")))
    return sheet_places.find(config["sheets"], written.get("sheets", {}), study)


def _extend(places, study, name, rows, schema):
    """Add rows to a sheet where it lies; the lines that were added."""
    if name in places.tabs or (places.tabs and not places.has(name)):
        study_workbook.extend(study / WORKBOOK, name, rows, schema)
        return _lines(rows, _needed(rows, schema))[1:]
    path = study / places.paths[name]
    if path.suffix != ".tsv" and path.is_file():
        study_workbook.extend(path, None, rows, schema)
        return _lines(rows, _needed(rows, schema))[1:]
    return _extend_tsv(path, rows, _needed(rows, schema))


def _needed(rows: Rows, schema: Mapping[str, Any]) -> list[str]:
    """The columns that must be there and those that any row fills, in the order of the schema."""
    filled = {column for row in rows for column, value in row.items() if text(value, {}) != ""}
    kept = {*filled, *schema["required"], *TO_FILL.get(schema["title"], ())}
    return [column for column in columns(rows, schema) if column in kept]


def _extend_tsv(path: Path, rows: Iterable[Cells], needed: Sequence[str]) -> list[str]:
    """Add rows behind those of a tab-separated file; the lines that were added."""
    rows = list(rows)
    if not path.is_file():
        lines = _lines(rows, needed)
        _put(path, "\n".join(lines) + "\n")
        return lines[1:]
    before = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    header = before[0].rstrip("\r").split("\t")
    more = [column for column in needed if column not in header]
    if more:
        before = [
            "\t".join([before[0].rstrip("\r"), *more]),
            *(line.rstrip("\r") + "\t" * len(more) for line in before[1:]),
        ]
    new = _lines(rows, [*header, *more])[1:]
    _put(path, "\n".join([*before, *new]) + "\n")
    return new


def _lines(rows: Iterable[Cells], named: Sequence[str]) -> list[str]:
    """The header and the rows of a tab-separated sheet."""
    handle = io.StringIO()
    writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
    writer.writerow(named)
    writer.writerows([text(row.get(column), {}) for column in named] for row in rows)
    return handle.getvalue().removesuffix("\n").split("\n")


def _put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_name(f".{path.name}")  # a file is there whole, or as it was
    whole.write_text(content, encoding="utf-8")
    whole.replace(path)
