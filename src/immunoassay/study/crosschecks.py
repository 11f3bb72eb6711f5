"""Checks between the sheets: references, units, paths, windows. Each gives problems; none stops at the first."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from immunoassay.problems import Problem
from immunoassay.study import (
    analysis_plan,
    comparisons,
    courses,
    delivery_columns,
    identity,
    kit_lots,
    name_rows,
    people,
    plausibility,
    scale_rules,
    sheet_contradictions,
    spelling,
)
from immunoassay.study.context import Context
from immunoassay.study.paths import leads_out
from immunoassay.study.similar_names import suggestion
from immunoassay.tables import is_log2

AMENDMENT_NEEDS = {
    "sample_id": ("plate", "from", "to"),
    "exclude_well": ("plate", "well"),
    "exclude_analyte": ("plate", "analyte"),
    "exclude_plate": ("plate",),
    "replace_by_rerun": ("plate", "to"),
    "re_export": ("plate", "from", "to"),
    "exclude_result": ("sample_id", "analyte"),
    "standard_strength": ("plate", "to"),
    "expected_concentration": ("plate", "analyte", "level", "to"),
    "bridge_shift": ("plate", "to"),
}


def check(context: Context) -> list[Problem]:
    """All problems between the sheets."""
    checks: tuple[Callable[[Context], Iterable[Problem]], ...] = (
        *(_panels, _analytes, kit_lots.check, _plates, name_rows.check, people.check),
        *(courses.check, _visits, scale_rules.check, _scores, _amendments, _approvals, _choices),
        *(delivery_columns.check, plausibility.check, sheet_contradictions.check, identity.check, spelling.check),
        *(comparisons.check, analysis_plan.check),
    )
    return [problem for each in checks for problem in each(context)]


def _panels(c):
    for row in c.sheets["panels"]:
        if row["criteria_set"] and row["criteria_set"] not in c.criteria_sets:
            yield c.problem(
                "panels", row, "criteria_set", "E-REF-004",
                f'"{row["criteria_set"]}" is no criteria set{suggestion(row["criteria_set"], c.criteria_sets)}',
                "the plates cannot be judged", f"use one of {', '.join(sorted(c.criteria_sets))}",
            )  # fmt: skip
        elif row["platform"] != "laboratory" and "calibration" not in c.criteria_sets.get(row["criteria_set"], {}):
            curves = [name for name, each in sorted(c.criteria_sets.items()) if "calibration" in each]
            yield c.problem(
                "panels", row, "criteria_set", "E-REF-004",
                f'"{row["criteria_set"]}" has no rules for curves, and {row["panel"]} is read on plates ({row["platform"]})',
                "its curves cannot be judged", f"use one of {', '.join(curves)}",
            )  # fmt: skip
        visits = c.names("visits", "visit")
        for name in row["visits"] or []:
            if name not in visits:
                yield c.problem(
                    "panels", row, "visits", "E-REF-006", f'"{name}" is not in the visits sheet{suggestion(name, visits)}',
                    "what was planned would not be known", f"correct the spelling, or add it to {c.files['visits']}",
                )  # fmt: skip
        if (row["min_dilution"] or 0) > (row["max_dilution"] or 0):
            yield c.problem(
                "panels", row, "min_dilution", "E-VAL-085", "min_dilution is above max_dilution",
                "no dilution would be valid", "correct one of the two",
            )  # fmt: skip


def _analytes(c):
    yield from c.unknown("analytes", "panel", "panels", "panel", "E-REF-001")
    yield from _wanted(c)
    names = defaultdict(dict)
    for row in c.sheets["analytes"]:
        for column in ("unit", "standard_unit"):
            again = column == "standard_unit" and row[column] == row["unit"]  # its default
            if row[column] and row[column] not in c.units and not again:
                yield c.unknown_unit("analytes", row, column)
        if _convertible(c, row["standard_unit"], row["unit"]) is False:
            yield c.problem(
                "analytes", row, "standard_unit", "E-UNIT-002",
                f"{row['standard_unit']} cannot be converted to {row['unit']}",
                "results could not be reported", "use units of one kind",
            )  # fmt: skip
        if row["unit"] in c.units and row["quantity"] and row["quantity"] not in c.units.quantities(row["unit"]):
            kinds = " or ".join(sorted(c.units.quantities(row["unit"])))
            yield c.problem(
                "analytes", row, "quantity", "E-LIM-091", f"quantity {row['quantity']} in {row['unit']}",
                f"{row['unit']} is a unit of {kinds}: the results would be called what they are not",
                f"write {kinds}, or correct the unit",
            )  # fmt: skip
        for name in row["names_in_export"] or []:
            other = names[row["panel"]].setdefault(name.casefold(), row)
            if other is not row:
                yield c.problem(
                    "analytes", row, "names_in_export", "E-ID-087",
                    f'"{name}" also names {other["analyte"]} (row {other["_row"]})',
                    "an export column would belong to two analytes", "give each its own name",
                )  # fmt: skip
        low, high = row["lloq_validated"], row["uloq_validated"]
        if row["limit_rule"] == "validated" and low is None:
            yield c.problem(
                "analytes", row, "limit_rule", "E-LIM-001", "limit_rule is validated but lloq_validated is empty",
                "the limit is not known", "fill lloq_validated",
            )  # fmt: skip
        if low is not None and high is not None and low >= high:
            yield c.problem(
                "analytes", row, "lloq_validated", "E-LIM-089", f"LLOQ {low:g} is not below ULOQ {high:g}",
                "nothing could be quantified", "correct the limits",
            )  # fmt: skip


def _wanted(c):
    """Unit and group of the analytes that are wanted; a column that nobody filled is said once."""
    wanted = [row for row in c.sheets["analytes"] if row["use"] is not False]
    for column in ("unit", "group"):
        empty = [row for row in wanted if row[column] == ""]
        for row in empty[:1] if len(empty) == len(wanted) else empty:
            yield c.problem(
                "analytes", row, column, "E-ID-048", "the cell is empty" + f" ({len(empty)} rows)" * (len(empty) > 1),
                "this column is required of analytes that are wanted", "fill the cell, or write no into the column use",
            )  # fmt: skip


def _plates(c):
    yield from c.unknown("plates", "panel", "panels", "panel", "E-REF-001")
    platform = {row["panel"]: row["platform"] for row in c.sheets["panels"]}
    expiry = {}
    for row in c.sheets["materials"]:
        if row["expiry"]:
            lot = (row["panel"], row["kit_lot"])
            expiry[lot] = min(row["expiry"], expiry.get(lot, row["expiry"]))
    claimed = {}
    for row in c.sheets["plates"]:
        for column in ("file", "layout"):
            if row[column]:
                yield from _path(c, row, column)
        if row["file"]:
            place = (str(PurePosixPath(row["file"])), row["plate_in_file"])
            if place in claimed:
                first = claimed[place]
                source = f"{row['file']} {row['plate_in_file']}".strip()
                yield c.problem(
                    "plates", row, "file", "E-WELL-069",
                    f"{source} is already plate {first['plate']} (row {first['_row']})",
                    "its samples would count twice", "delete one of the rows, or name plate_in_file",
                )  # fmt: skip
            claimed.setdefault(place, row)
        if row["include"] is False and not row["reason"]:
            yield c.problem(
                "plates", row, "reason", "E-PLT-001", "the plate is set aside without a reason",
                "a reader must be able to see why", "write the reason",
            )  # fmt: skip
        if platform.get(row["panel"]) == "laboratory" and row["format"] not in ("", "result_table"):
            yield c.problem(
                "plates", row, "format", "E-PLT-002", f'format "{row["format"]}" for a panel of platform laboratory',
                "a laboratory delivers result tables", "leave format empty or write result_table",
            )  # fmt: skip
        lot = (row["panel"], row["kit_lot"])
        if row["run_date"] and lot in expiry and row["run_date"] > expiry[lot]:
            yield c.problem(
                "plates", row, "run_date", "W-LOT-072",
                f"lot {row['kit_lot'] or 'without a name'} expired on {expiry[lot]}, the plate was run on {row['run_date']}",
                "the standards may have lost strength", "check with the laboratory", "FLAG",
            )  # fmt: skip


def _leading_out(c, sheet, row, column):
    """The problem of a path that leaves the study folder and the raw folders, if it does."""
    if row[column] and (found := leads_out(c.base, row[column], c.raw_folders)):
        why = "a study must hold all it needs"
        fix = "copy the file into the study and name it from there; only a folder of raw_folders may be a link"
        if "\\" in row[column]:
            why, fix = "other systems know no such path", f"write {row[column].replace(chr(92), '/')}"
        yield c.problem(sheet, row, column, "E-FILE-016", found, why, fix)


def _path(c, row, column):
    path, found = PurePosixPath(row[column]), list(_leading_out(c, "plates", row, column))
    yield from found
    if not found and not (c.base / path).is_file():
        folder = c.base / path.parent
        near = [(path.parent / name.name).as_posix() for name in sorted(folder.iterdir())] if folder.is_dir() else []
        yield c.problem(
            "plates", row, column, "E-FILE-001", f'no such file "{row[column]}"{suggestion(row[column], near)}',
            "the plate would silently be missing", "correct the path, or add the file",
        )  # fmt: skip


def _visits(c):
    visits = [row for row in c.sheets["visits"] if row["visit"] is not None]
    baselines = [row for row in visits if row["baseline"]]
    if len(visits) > 1 and len(baselines) != 1 and None not in [row["baseline"] for row in visits]:
        named = ", ".join(f"{row['visit']} in row {row['_row']}" for row in baselines)
        yield c.problem(
            "visits", None, "baseline", "E-VIS-104", f"{len(baselines)} baseline visits" + f" ({named})" * bool(named),
            "change from baseline needs exactly one", "write yes in one row, no in the others",
        )  # fmt: skip
    visits = sorted((row for row in visits if row["day"] is not None), key=lambda row: row["day"])
    for before, after in zip(visits, visits[1:], strict=False):
        end, start = before["day"] + (before["window_after"] or 0), after["day"] - (after["window_before"] or 0)
        if start <= end:
            yield c.problem(
                "visits", after, "window_before", "E-VIS-102",
                f"the windows of {before['visit']} (to day {end}) and {after['visit']} (from day {start}) overlap",
                "a date would belong to two visits", "narrow one of them",
            )  # fmt: skip


def _scores(c):
    used = [scale for scale in c.scales if any(row.get(scale) is not None for row in c.sheets["scores"])]
    settled = all(row["scale"] in c.scales for row in c.sheets["scales"])  # else a line says what is wrong with one
    if c.sheets["scores"] and not used and settled:
        yield c.problem(
            "scores", {"_row": 1}, "", "E-SCR-110", "no column of a known scale holds a value",
            f"known scales are {', '.join(c.scales)}", f"name the columns as the scales, or add theirs to {c.files['scales']}",
        )  # fmt: skip


def _amendments(c):
    yield from c.unknown("amendments", "plate", "plates", "plate", "E-AMD-120")
    yield from c.unknown("amendments", "analyte", "analytes", "analyte", "E-AMD-120")
    for row in c.sheets["amendments"]:
        if not row["when"]:
            yield c.problem(
                "amendments", row, "when", "E-AMD-121", f"{row['what']} without when", f"{row['who']} signed without a date",
                "fill when (year-month-day), or empty who: then it is not applied",
            )  # fmt: skip
        for column in AMENDMENT_NEEDS.get(row["what"], ()):
            if not row[column]:
                yield c.problem(
                    "amendments", row, column, "E-AMD-121", f"{row['what']} without {column}",
                    "it is not clear what to amend", f"fill {column}",
                )  # fmt: skip
        for column in ("from", "to") if row["what"] == "re_export" else ():
            yield from _leading_out(c, "amendments", row, column)
        if row["what"] == "replace_by_rerun" and row["to"] and row["to"] not in c.names("plates", "plate"):
            yield c.problem(
                "amendments", row, "to", "E-AMD-120",
                f'"{row["to"]}" is not in the plates sheet{suggestion(row["to"], c.names("plates", "plate"))}',
                "the re-run is not known", "write the name of its plate",
            )  # fmt: skip
        if row["what"] == "bridge_shift":
            yield from _bridge_shift(c, row)
        if row["what"] in ("standard_strength", "expected_concentration") and row["to"]:
            try:
                positive = float(row["to"]) > 0
            except ValueError:
                positive = False
            if not positive:
                yield c.problem(
                    "amendments", row, "to", "E-AMD-121", f'"{row["to"]}" is not a positive number',
                    "a strength or concentration must be one", "write a number such as 0.75",
                )  # fmt: skip
            elif row["what"] == "standard_strength" and not 0.01 <= float(row["to"]) <= 100:
                yield c.problem(
                    "amendments", row, "to", "E-AMD-121", f"a standard {row['to']} times as strong as stated",
                    "no slip of the pipette is that large", "write the strength over the one stated, such as 0.75",
                )  # fmt: skip


def _approvals(c):
    yield from c.unknown("approvals", "batch", "plates", "batch", "E-APV-001")


def _bridge_shift(c, row):
    """Problems of a shift: what is no number, or no factor of amounts, and analytes that would be adjusted twice."""
    panels = {plate["panel"] for plate in c.sheets["plates"] if plate["plate"] == row["plate"]}
    own = [each for each in c.sheets["analytes"] if each["panel"] in panels and row["analyte"] in ("", each["analyte"])]
    amounts = [each["analyte"] for each in own if not is_log2(each["unit"])]
    for column in ("from", "to"):
        number = _number(row[column]) if row[column] else None
        if row[column] and (number is None or (amounts and number <= 0)):
            said = "positive number" if amounts else "number"
            yield c.problem(
                "amendments", row, column, "E-AMD-121", f'"{row[column]}" is not a {said}',
                "values are shifted by it", "write the medians of the samples that both plates measured",
            )  # fmt: skip
    twice = sorted({each["analyte"] for each in own} & set(c.written.get("bridging", {}).get("normalise", [])))
    if twice:
        yield c.problem(
            "amendments", row, "what", "E-AMD-121", f"{', '.join(twice)} would be shifted and normalised to a pool",
            "values would be adjusted twice", "delete the row, or the analyte in bridging.normalise",
        )  # fmt: skip


def _number(text):
    """A plain finite number, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _choices(c):
    """Names the user wrote in the config must exist in the sheets."""
    visits, groups = c.names("visits", "visit"), c.names("analytes", "group")
    known = {
        "analysed_schedules": c.names("participants", "schedule"),
        "primary_visit": visits,
        "figures.scores": set(c.scales),
        "figures.relapse_score": set(c.scales),
        "figures.cytokine_visits": visits,
        **{f"figures.{name}_groups": groups for name in ("cytokine", "autoantibody", "antigen", "class", "axis")},
    }
    for key in ("criteria_overrides", "bridging.normalise", "thresholds"):
        known[key] = c.names("analytes", "analyte")
    bridging = c.written.get("bridging", {})
    if bridging.get("normalise") and not bridging.get("pools"):
        yield Problem(
            "E-CFG-005", "STOP", "config/config.yaml", "analytes to normalise, but no pool", "there is nothing to normalise to",
            "name the pool in bridging.pools", column="bridging.normalise",
        )  # fmt: skip
    release = c.written.get("compare_with")
    if release and not (c.base / "releases" / release / "SHA256SUMS").is_file():
        folder = c.base / "releases"
        there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        yield Problem(
            "E-CFG-006", "STOP", "config/config.yaml", f'no frozen release "{release}"{suggestion(release, there)}',
            "there is nothing to compare with", "correct the name, or freeze one (make freeze NAME=…)", column="compare_with",
        )  # fmt: skip
    written = {
        **c.written,
        "bridging.normalise": bridging.get("normalise", []),
        **{f"figures.{key}": value for key, value in c.written.get("figures", {}).items()},
    }
    for key, names in known.items():
        value = written.get(key, [])
        for name in [value] if isinstance(value, str) else value:
            if name and name not in names:
                yield Problem(
                    "E-CFG-004", "STOP", "config/config.yaml", f'"{name}" is not in the sheets{suggestion(name, names)}',
                    "nothing would be shown", "correct the name", column=key,
                )  # fmt: skip


def _convertible(c, written, target):
    if written not in c.units or target not in c.units:
        return None
    return c.units.factor(written, target) is not None
