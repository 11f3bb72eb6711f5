"""A draft as files of a study: its sheets written or added to, and the record of where each row comes from.

Existing rows are never touched: a row is added behind the last one, a column that it needs behind the last column.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from immunoassay.drafts import study_workbook
from immunoassay.drafts.draft import KEYS, Draft, Known
from immunoassay.drafts.sheets_as_tsv import columns, text
from immunoassay.files import opening
from immunoassay.files.house import schema_file
from immunoassay.problems import Problem, StudyError
from immunoassay.study import scale_rules, sheet_places
from immunoassay.study.config import check_config, read_config
from immunoassay.study.layouts import load_layout
from immunoassay.study.members import Cells, Rows
from immunoassay.study.paths import WORKBOOK
from immunoassay.study.schema import load_schema
from immunoassay.study.sheet_cells import read_cells

CONFIG, DRAFTED, ANSWERS = "config/config.yaml", "config/drafted.tsv", "config/answers.yaml"
LAYOUT = ("well", "role", "sample_id", "level", "dilution")
ANSWERED_ONCE = ("amendments.", "layout.")  # who signed what, and a file of a delivery
FORMULA = "W-XLS-027"  # code of a formula with a result
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
    "approvals",
)  # of a new workbook

# Of sheets that name one another the named one first: a draft that is stopped leaves what can be loaded.
ORDER = (
    *("panels", "analytes", "materials", "participants", "visits", "samples", "scales", "scores"),
    *("plates", "columns", "names", "amendments"),
)


def known(study: Path, only: Iterable[str] = KEYS, to_extend: bool = False) -> Known:
    """The Known of a study folder: rows of the sheets and layouts it has.

    Raises StudyError where a sheet cannot be read as it is, or, where it is to be extended, holds formulas: a workbook
    loses their results when rows are added to it.
    """
    config, places = _places(study)
    sheets: dict[str, Rows] = {}
    problems = list(places.problems)
    for name in only:
        if places.has(name):
            schema = load_schema(schema_file(name))
            own = sheets.get("scales", [])
            more = scale_rules.columns(scale_rules.by_name(own), own) if "x-scales" in schema else {}
            sheet = places.read(name, schema, more)
            sheets[name] = sheet.rows
            problems += sheet.problems
    if to_extend:
        why, fix = "its result is lost when rows are added", "paste values instead of formulas"
        for each in [each for each in problems if each.code == FORMULA]:
            problems.append(replace(each, code="E-XLS-026", level="STOP", why=why, fix=fix))
    if stops := [problem for problem in problems if problem.level == "STOP"]:
        raise StudyError(stops)
    return Known(sheets, _layouts(study, sheets.get("plates", [])), frozenset(config["bridging"]["pools"]))


def remembered(study: Path) -> dict[str, str]:
    """The answers an earlier draft of a study rests on, less those that were of its delivery alone (ANSWERED_ONCE).

    Raises StudyError where the file cannot be read.
    """
    path = study / ANSWERS
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader) if path.is_file() else {}
        answers = {str(key): str(value) for key, value in dict(found or {}).items()}
    except (UnicodeDecodeError, yaml.YAMLError, TypeError, ValueError):
        why, fix = "a later draft takes its answers as given", "correct the file, or delete it"
        raise StudyError([Problem("E-CFG-005", "STOP", ANSWERS, "no lines `key: answer`", why, fix)]) from None
    return {key: value for key, value in answers.items() if not key.startswith(ANSWERED_ONCE)}


def write(study: Path, draft: Draft, answers: Mapping[str, str], workbook: bool = False) -> dict[str, list[str]]:
    """Write or extend the sheets of a study; {file, or workbook and tab: lines that were added}.

    `workbook` is whether a new study has its sheets in one workbook; a study that has one is extended there. All files are
    written beside those that are there, and take their places together at the end: what is interrupted changes nothing.
    """
    written = _Written(study)
    schemas = {name: load_schema(schema_file(name)) for name in (*KEYS, *EMPTY_TABS)}
    sheets = {name: draft.sheets[name] for name in ORDER if draft.sheets[name]}
    for path, lines in ({path: _lines(rows, LAYOUT) for path, rows in draft.layouts.items()} | draft.grids).items():
        if not (study / path).exists():
            written.put(path, "\n".join(lines) + "\n")
            written.added[path] = lines[1:]
    if workbook:
        everything = {name: sheets.get(name, []) for name in schemas if name in sheets or name in EMPTY_TABS}
        study_workbook.write(written.path(WORKBOOK), everything, schemas)
        for name, rows in sheets.items():
            written.added[f"{WORKBOOK} › {name}"] = _lines(rows, _needed(rows, schemas[name]))[1:]
    elif sheets:
        _extend(_places(study)[1], written, sheets, schemas)
    written.extend(DRAFTED, draft.sources, DRAFTED_COLUMNS)
    said = yaml.safe_dump(dict(answers), sort_keys=True, allow_unicode=True)
    written.put(
        ANSWERS, f"# What the drafted rows rest on; a later draft of this study takes these answers as given.\n{said}"
    )
    written.settle()
    return written.added


def write_config(study: Path, title: str, raw_folders: Sequence[str]) -> None:
    """The config of a new study: its title, and where its exports lie when that is not raw/."""
    own = {"study": {"title": title}} | ({} if list(raw_folders) == ["raw"] else {"raw_folders": list(raw_folders)})
    said = yaml.safe_dump(own, sort_keys=False, allow_unicode=True)
    written = _Written(study)
    about = "# Every key is explained in config/README.md of the workflow; what is left out has its default.\n"
    written.put(CONFIG, f"{about}{said}")
    written.settle()


def written(sheet: str, rows: Rows) -> list[list[str]]:
    """The header and the rows of a sheet as they would be written, cell by cell."""
    needed = _needed(rows, load_schema(schema_file(sheet)))
    return [needed, *([text(row.get(column), {}) for column in needed] for row in rows)]


# --- details ---------------------------------------------------------------------------------------------------------


class _Written:
    """Files of a study that are written beside those that are there; `settle` puts them into their places."""

    def __init__(self, study: Path) -> None:
        self.study = study
        self.added: dict[str, list[str]] = {}
        self._paths: dict[Path, Path] = {}

    def path(self, name: str) -> Path:
        """Where to write a file."""
        path = self.study / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return self._paths.setdefault(path, path.with_name(f".new-{path.name}"))

    def put(self, name: str, content: str) -> None:
        """Write a text."""
        self.path(name).write_bytes(content.encode("utf-8"))

    def extend(self, name: str, rows: Rows, needed: Sequence[str]) -> list[str]:
        """Add rows behind those of a delimited file; the lines that were added."""
        if not (self.study / name).is_file():
            lines = _lines(rows, needed)
            self.put(name, "\n".join(lines) + "\n")
            return lines[1:]
        content, lines = _extended(self.study / name, rows, needed)
        self.path(name).write_bytes(content)
        return lines

    def settle(self) -> None:
        """Put the files into their places, in the order in which they were written."""
        for path, beside in self._paths.items():
            beside.replace(path)


def _layouts(study, plates):
    """{plate: rows of its layout, where it has one}; what is wrong in a layout is for `check`."""
    schema, named = load_schema(schema_file("layout")), {row["plate"]: row["layout"] for row in plates if row["layout"]}
    return {
        plate: load_layout(study / path, path, schema)[0] for plate, path in named.items() if (study / path).is_file()
    }


def _places(study):
    written, problems = read_config(study / CONFIG) if (study / CONFIG).is_file() else ({}, [])
    config, more = check_config({"study": {"title": "draft"}} | written, load_schema(schema_file("config")))
    if problems or more:
        raise StudyError([*problems, *more])
    return config, sheet_places.find(config["sheets"], written.get("sheets", {}), study)


def _extend(places, written, sheets, schemas):
    """Add rows to sheets where they lie."""
    tabs = {
        name: rows for name, rows in sheets.items() if name in places.tabs or (places.tabs and not places.has(name))
    }
    if tabs:
        study_workbook.extend(places.base / WORKBOOK, written.path(WORKBOOK), tabs, schemas)
    for name, rows in sheets.items():
        file, needed = places.paths[name], _needed(rows, schemas[name], new=not places.has(name))
        lines = _lines(rows, needed)[1:]
        if name not in tabs and (places.base / file).is_file() and _is_workbook(places.base / file):
            study_workbook.extend(places.base / file, written.path(file), {None: rows}, {None: schemas[name]})
        elif name not in tabs:
            lines = written.extend(file, rows, needed)
        written.added[places.name(name)] = lines


def _is_workbook(path):
    return opening.look_at(path.read_bytes()).kind == opening.XLSX


def _needed(rows: Rows, schema: Mapping[str, Any], new: bool = True) -> list[str]:
    """The columns that must be there and those that any row fills, in the order of the schema; TO_FILL in a new sheet."""
    filled = {column for row in rows for column, value in row.items() if text(value, {}) != ""}
    kept = {*filled, *schema["required"], *(TO_FILL.get(schema["title"], ()) if new else ())}
    return [column for column in columns(rows, schema) if column in kept]


def _extended(path: Path, rows: Rows, needed: Sequence[str]) -> tuple[bytes, list[str]]:
    """(the content of a delimited file with rows behind its own, the lines that were added).

    Its own bytes stay, whatever its line ends, quotes and separators are; a column that it has not goes behind its last one.
    """
    cells = read_cells(path, path.name)
    between = cells.delimiter if len(cells.header) > 1 else "\t"
    more = [column for column in needed if column not in cells.header]
    parts = re.split("(\r\n|\n|\r)", path.read_bytes().decode("utf-8"))  # line, its end, line ...
    filled = [at for at in range(0, len(parts), 2) if parts[at].strip("\ufeff \t")]
    for at in filled:
        parts[at] += "".join(between + (column if at == filled[0] else "") for column in more)
    end = parts[1] if len(parts) > 1 else "\n"
    beyond = between * (cells.width - len(cells.header) if not more else 0)  # columns without a name
    new = [line + beyond for line in _lines(rows, [*cells.header, *more], between)[1:]]
    own = "".join(parts) + ("" if not parts[-1] else end)
    return (own + "".join(line + end for line in new)).encode("utf-8"), new


def _lines(rows: Iterable[Cells], named: Sequence[str], between: str = "\t") -> list[str]:
    """The header and the rows of a delimited sheet."""
    handle = io.StringIO()
    writer = csv.writer(handle, delimiter=between, lineterminator="\n")
    writer.writerow(named)
    writer.writerows([text(row.get(column), {}) for column in named] for row in rows)
    return handle.getvalue().removesuffix("\n").split("\n")
