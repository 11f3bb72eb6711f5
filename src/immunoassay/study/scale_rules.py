"""Clinical scales: those of the workflow and those of the study's own sheet, and what a score of each may be."""

from collections.abc import Iterator, Mapping
from typing import Any

from immunoassay.files.house import RESOURCES, schema_file
from immunoassay.problems import Problem
from immunoassay.study.context import Context
from immunoassay.study.members import Cells, Rows
from immunoassay.study.schema import load_schema, load_sheet

NUMBERS = ("minimum", "maximum", "step", "mcid", "minimal_symptom_max")


def by_name(own: Rows) -> dict[str, Cells]:
    """{scale: label, minimum, maximum, step, worse, mcid and minimal_symptom_max (None if not settled)}.

    Scales of the workflow come first; rows of the study's own sheet add to them and replace none.
    """
    known = _shipped()
    whole = [
        row for row in own if None not in (row["scale"], row["minimum"], row["maximum"], row["step"], row["worse"])
    ]
    usable = [row for row in whole if row["minimum"] < row["maximum"]]
    rules = {row["scale"]: _rule(row) for row in [*usable, *known]}
    return {row["scale"]: rules[row["scale"]] for row in [*known, *usable]}


def columns(scales: Mapping[str, Mapping[str, Any]], own: Rows) -> dict[str, Cells]:
    """{scale: its column of the scores sheet, as a part of its schema}; one whose row is not settled holds any number."""
    unsettled = {row["scale"]: {"type": "number"} for row in own if row["scale"] and row["scale"] not in scales}
    return unsettled | {name: column(rule) for name, rule in scales.items()}


def column(rule: Mapping[str, Any]) -> Cells:
    """The column of a scale in the scores sheet, as a part of its schema."""
    whole = all(float(rule[name]).is_integer() for name in ("minimum", "step"))
    form = {"type": "integer" if whole else "number", "minimum": rule["minimum"], "maximum": rule["maximum"]}
    return form if whole and rule["step"] == 1 else form | {"x-step": rule["step"]}


def check(c: Context) -> Iterator[Problem]:
    """Scales that no score could be judged by; `c` is what is looked at."""
    shipped = {row["scale"] for row in _shipped()}
    columns = load_schema(schema_file("scores"))["properties"]
    for row in c.sheets["scales"]:
        if row["scale"] in shipped or row["scale"] in columns:
            what = "the scores sheet has a column" if row["scale"] in columns else "the workflow has a scale"
            yield c.problem(
                "scales", row, "scale", "E-RUN-001", f'{what} "{row["scale"]}" already',
                "one name must not mean two things", "give it another name, and write that one in the scores sheet",
            )  # fmt: skip
        low, high = row["minimum"], row["maximum"]
        if None in (low, high):
            continue
        if low >= high:
            yield c.problem(
                "scales", row, "minimum", "E-VAL-085", f"the minimum {low:g} is not below the maximum {high:g}",
                "no score would be possible", "correct one of the two",
            )  # fmt: skip
        elif row["minimal_symptom_max"] is not None and not low <= row["minimal_symptom_max"] <= high:
            yield c.problem(
                "scales", row, "minimal_symptom_max", "E-VAL-084", f"{row['minimal_symptom_max']:g} is out of range",
                f"scores lie between {low:g} and {high:g}", "correct the value",
            )  # fmt: skip


def _shipped():
    """Rows of the scales of the workflow."""
    path = RESOURCES["scales"]
    return load_sheet(path, path.name, load_schema(schema_file("scales"))).rows


def _rule(row):
    """The rule of a scale from its row; whole numbers as int."""
    numbers = {name: row[name] for name in NUMBERS}
    numbers = {
        name: int(value) if value is not None and float(value).is_integer() else value
        for name, value in numbers.items()
    }
    return {"label": row["label"] or row["scale"], **numbers, "worse": row["worse"]}
