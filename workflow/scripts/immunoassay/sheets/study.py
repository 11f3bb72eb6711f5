"""The whole study as its sheets tell it: loaded, cross-checked, every problem reported at once."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd
from immunoassay import vocabulary
from immunoassay.problems import Problem, StudyError
from immunoassay.sheets import crosschecks
from immunoassay.sheets.config import check_config
from immunoassay.sheets.schema import load_schema, load_sheet

SHEETS = (
    "panels",
    "analytes",
    "materials",
    "plates",
    "samples",
    "participants",
    "visits",
    "courses",
    "events",
    "scores",
    "amendments",
)
OPTIONAL = ("materials", "events", "scores", "amendments")  # a study without them is still a study
IGNORED_NAMES = (".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass
class Study:
    """Config, sheets (lists of dict rows, each with `_row`), vocabularies and the flags found while loading."""

    config: dict
    sheets: dict
    scales: dict
    units: vocabulary.Units
    flags: list
    base: Path

    def rows(self, sheet, columns=None, **where):
        """Plain rows of a sheet that match `where`, without row numbers; only `columns` if given."""
        chosen = [row for row in self.sheets[sheet] if all(row[key] == value for key, value in where.items())]
        return [{key: row[key] for key in (columns or row) if key != "_row"} for row in chosen]

    def frame(self, sheet):
        """A sheet as a data frame."""
        return pd.DataFrame(self.rows(sheet))


def load_study(config, base, schemas, resources):
    """Load and check a study.

    `schemas` maps "config" and every sheet to its schema file; `resources` maps "units", "scales" and
    "criteria/NAME" to files. Raises StudyError with every STOP problem of config, sheets and paths.
    """
    base, written = Path(base), config
    config, problems = check_config(config, load_schema(schemas["config"]))
    if problems:
        raise StudyError(problems)
    scales = vocabulary.scales(resources["scales"])
    units = vocabulary.Units(resources["units"])
    sheets, known = {}, {}
    for name in SHEETS:
        path = config["sheets"][name]
        schema = load_schema(schemas[name])
        if name in OPTIONAL and name not in written.get("sheets", {}) and not (base / path).is_file():
            sheets[name], known[name] = [], path
            continue
        extra = None
        if schema.get("x-scales"):
            extra = {
                scale: {"type": "integer", "minimum": rule["minimum"], "maximum": rule["maximum"]}
                for scale, rule in scales.items()
            }
        sheet = load_sheet(base / path, path, schema, extra)
        sheets[name], known[name] = sheet.rows, sheet.file
        problems += sheet.problems
    _fill_names(sheets)
    criteria_sets = {name.split("/", 1)[1] for name in resources if name.startswith("criteria/")}
    context = crosschecks.Context(written, sheets, known, scales, units, criteria_sets, base)
    problems += crosschecks.check(context)
    problems += unclaimed_exports(config, sheets["plates"], base)
    stops = [problem for problem in problems if problem.level == "STOP"]
    if stops:
        raise StudyError(stops)
    return Study(config, sheets, scales, units, [problem for problem in problems if problem.level != "STOP"], base)


def unclaimed_exports(config, plates, base):
    """Files in the raw folders that no row names: one FLAG (STOP with strict_raw) each, with a ready-made row."""
    claimed = {str(PurePosixPath(row["file"])) for row in plates if row["file"]}
    problems = []
    for folder in config["raw_folders"]:
        for path in sorted((base / folder).rglob("*")):
            name = path.relative_to(base).as_posix()
            if not path.is_file() or name in claimed or path.name in IGNORED_NAMES or path.name.startswith(("~$", ".")):
                continue
            level = "STOP" if config["strict_raw"] else "FLAG"
            stem = "".join(char if char.isalnum() else "-" for char in path.stem)
            problems.append(
                Problem(
                    "W-RAW-001",
                    level,
                    name,
                    "no row of the plates sheet names this export",
                    "it is not part of the study",
                    f"add a row such as: {stem} <TAB> BATCH <TAB> PANEL <TAB> {name}, or move the file away",
                )
            )
    return problems


def _fill_names(sheets):
    """Defaults that repeat another column: labels, names in exports and the unit of the standards."""
    for row in sheets["analytes"]:
        row["label"] = row["label"] or row["analyte"]
        row["names_in_export"] = row["names_in_export"] or [row["analyte"]]
        row["standard_unit"] = row["standard_unit"] or row["unit"]
    for row in sheets["visits"]:
        row["label"] = row["label"] or row["visit"]
