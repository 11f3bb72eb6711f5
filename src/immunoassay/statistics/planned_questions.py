"""What was planned, what of it was run, and what was looked at afterwards: the `analysis_plan` table."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd
from immunoassay.statistics.frames import table
from immunoassay.statistics.groups import whole

BY = {"factor": "factor", "variable": "variable"}
# question -> tables that may answer it, each with the column that holds what the plan names
ANSWERED_IN: dict[str, dict[str, dict[str, str]]] = {
    "group_comparison": {"group_comparisons": {**BY, "visit": "visit", "quantity": "quantity"}},
    "change": {
        "biomarker_changes": {"variable": "variable", "visit": "visit"},
        "score_changes": {"variable": "variable", "visit": "visit"},
    },
    "association": {"associations": {"variable": "variable", "score": "score"}},
    "responders": {"responders": {**BY, "visit": "visit"}},
    "time_to_event": {"time_to_event": {"factor": "factor", "variable": "biomarker"}},
    "summary": {"summary_measures": {"variable": "variable"}},
}
ESTIMATES = (
    "p",
    "ratio",
    "estimate",
    "mean_change",
    "difference",
    "responder_share",
    "median",
)  # an answer holds one of them
COUNTS = (("n_participants",), ("n_pairs",), ("n",), ("n_level", "n_reference"))


def planned_questions(
    frames: Mapping[str, pd.DataFrame],
    questions: Sequence[Mapping[str, Any]],
    blinded: Collection[str],
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """The `analysis_plan` table without its texts: a row for every question and variable, then one for every table.

    `frames`: the tables of the statistics by name, as they were written; `questions` of study/analysis_plan.questions;
    `blinded`: factors of which nobody knows the levels; `settings`: primary_course, association_question, responder_score.
    """
    used: dict[str, set] = {name: set() for name in frames}
    rows = []
    for question in questions:
        for variable in _variables(question, settings):
            rows.append(_planned(frames, {**question, "variable": variable}, blinded, settings, used))
    for name, frame in frames.items():
        others = frame.drop(index=list(used[name]))
        if len(others):
            rows.append({"table": name, "n_rows": len(others), "n_tests": _tests(others)})
    return table(rows, "analysis_plan")


def _variables(question, settings):
    """The variables a question has a row for; of responders without any the score, of an event a row without a variable."""
    score = question["score"] or settings["responder_score"]
    return question["variables"] or [score if question["asked"] == "responders" else ""]


def _planned(frames, question, blinded, settings, used):
    shown = ("item", "role", "asked", "factor", "variable", "quantity", "score", "visit")
    row = {name: question[name] for name in shown} | {"ran": False, "n_rows": 0, "n_tests": 0}
    if question["factor"] in blinded:
        return {**row, "reason_code": "plan_blinded"}
    there = {name: columns for name, columns in ANSWERED_IN[question["asked"]].items() if name in frames}
    if not there:
        return {**row, "reason_code": "plan_not_computed"}
    for name, columns in there.items():
        found = _answering(frames[name], columns, question, settings)
        if found.empty:
            continue
        used[name].update(found.index)
        answers = found[found[[each for each in ESTIMATES if each in found]].notna().any(axis=1)]
        row |= {"table": name, "n_rows": len(answers), "n_tests": _tests(answers), "ran": len(answers) > 0}
        if answers.empty:
            return {**row, "reason_code": "plan_without_answer", "_reason": _first(found["reason"])}
        row["n"] = next(int(answers[list(each)].sum(axis=1).max()) for each in COUNTS if {*each} <= {*answers})
        tested = answers[answers["p"].notna()] if "p" in answers else answers.iloc[:0]
        if len(tested) == 1:
            row |= {each: tested[each].iloc[0] for each in ("p", "p_adjusted") if each in tested}
        return row
    return {**row, "reason_code": "plan_without_row"}


def _answering(frame, columns, question, settings):
    """The rows of a table, of all participants in the primary course, that answer a question; with the index of the table."""
    rows = frame.assign(_place=frame.index)
    rows = whole(rows)
    for name, column in columns.items():
        rows = rows[rows[column] == question[name]] if question[name] else rows[rows[column].isna()]
    if "course" in rows and settings["primary_course"]:
        rows = rows[rows["course"] == settings["primary_course"]]
    if question["asked"] == "association":
        rows = rows[rows["question"] == settings["association_question"]]
    return rows.set_index("_place")


def _tests(rows):
    return int(rows["p"].notna().sum()) if "p" in rows else 0


def _first(texts):
    known = texts.dropna()
    return known.iloc[0] if len(known) else ""
