"""The analysis plan as data: the questions a study states, the settings that define their analyses, and one checksum of both.

The checksum is in the provenance and in the log of every run, so that a plan that was changed later shows.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from immunoassay.problems import Problem
from immunoassay.study.comparisons import of_config
from immunoassay.study.context import Context
from immunoassay.study.members import Analyte, Cells, Rows
from immunoassay.study.similar_names import suggestion

# Settings of the config that say who is compared, by what, and which questions are confirmatory.
DEFINING = ("compare", "include", "covariates", "responder", "thresholds", "analysed_schedules", "association_question")
BY_FACTOR = ("group_comparison",)  # questions that need a factor
WITHOUT_VARIABLES = ("responders", "time_to_event")  # of one score or event


def plan(config: Mapping[str, Any], primary_visit: str) -> Cells:
    """What the checksum is of: the questions as written, and the settings that define their analyses."""
    return {
        "plan": config["plan"],
        "primary_visit": primary_visit,
        **{name: config[name] for name in DEFINING},
    }


def checksum(plan: Mapping[str, Any]) -> str:
    """The sha256 of a plan, whatever the order of its keys."""
    text = json.dumps(plan, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def questions(plan: Rows, analytes: Sequence[Analyte], primary_visit: str, baseline: str | None) -> Rows:
    """The planned questions with `item` (1, 2, ...), every variable named (those of its groups too), visit and quantity."""
    found = []
    for item, row in enumerate(plan, 1):
        grouped = [each.analyte for each in analytes if each.group in row["groups"]]
        named = list(dict.fromkeys([*row["variables"], *grouped]))
        visit = row["visit"] or primary_visit
        usual = "" if row["question"] not in BY_FACTOR else "value" if visit == baseline else "adjusted"
        asked = {name: value for name, value in row.items() if name not in ("question", "groups")}
        settled = {"item": item, "asked": row["question"], "variables": named, "visit": visit}
        found.append({**asked, **settled, "quantity": row["quantity"] or usual})
    return found


def check(c: Context) -> Iterator[Problem]:
    """Names in the plan that the study has not, and questions that lack what they are about; `c` is what is looked at."""
    analytes, groups = c.names("analytes", "analyte"), c.names("analytes", "group")
    known = {
        "variables": analytes | set(c.scales),
        "groups": groups,
        "visit": c.names("visits", "visit"),
        "score": set(c.scales),
        "factor": set(c.config["compare"]),
    }
    for item, row in enumerate(c.config["plan"], 1):
        for name, names in known.items():
            for value in row[name] if isinstance(row[name], list) else [row[name]]:
                if value and value not in names:
                    yield of_config(
                        "E-CFG-004", f"plan.{item}.{name}", f'"{value}" is not in the study{suggestion(value, names)}',
                        "the question could not be asked", "correct the name" + ", or add it to compare" * (name == "factor"),
                    )  # fmt: skip
        for name in _lacking(row):
            yield of_config(
                "E-CFG-002",
                f"plan.{item}",
                f'the key "{name}" is missing',
                f"a {row['question']} needs it",
                "add the key",
            )


def _lacking(row):
    if row["question"] in BY_FACTOR and not row["factor"]:
        yield "factor"
    if row["question"] not in WITHOUT_VARIABLES and not row["variables"] and not row["groups"]:
        yield "variables"
    if row["question"] == "association" and not row["score"]:
        yield "score"
