"""What was planned, run, and looked at afterwards, and what the record of a blinded study says of the plan."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from immunoassay.words.code_words import plain
from immunoassay.words.number_words import counted, probability, sentences
from immunoassay.words.sentences import several
from immunoassay.words.table_words import rows_of

ASKED = {
    "group_comparison": "comparison of {variable} by {factor} at {visit}",
    "change": "change of {variable} to {visit}",
    "association": "association of {variable} with {score}",
    "responders": "responders by {variable} at {visit}",
    "time_to_event": "time to event",
    "summary": "summary measure of {variable}",
}
REASONS = {
    "plan_blinded": "the factor is blinded",
    "plan_not_computed": "the study has no such table",
    "plan_without_row": "no row of the table is of it",
    "plan_without_answer": "its row has no number",
}
STATES = {
    "same_plan": "the plan is the one that the last blinded run recorded",
    "another_plan": "the plan was changed after unblinding: it is not the one that the last blinded run recorded",
    "no_plan_recorded": "no run before recorded a plan, so that nothing shows that it is older",
    "log_not_whole": "the log of the runs is not whole, so that nothing shows that the plan is older",
}
SHOWN = 12  # characters of the checksum
NO_PLAN = "No analysis plan was stated: all analyses are exploratory"


def texts(row: dict, settings: dict) -> dict[str, str]:
    """words and reason of a row of `analysis_plan`."""
    if row["item"] is None:
        text = f"{counted(row['n_rows'], 'row')} with {counted(row['n_tests'], 'p value')}"
        return {"words": sentences(f"not planned, looked at afterwards: {text}"), "reason": ""}
    asked = f"planned ({row['role']}): {question(row)}"
    if not row["reason_code"]:
        p = "" if math.isnan(row["p"]) else f", {probability(row['p'])}"
        many = (
            f"{counted(row['n_rows'], 'row')} with {counted(row['n_tests'], 'p value')}, " if row["n_rows"] > 1 else ""
        )
        return {"words": sentences(asked, f"{many}n = {row['n']}{p}"), "reason": ""}
    why = REASONS[row["reason_code"]]
    why += f": {row['_reason']}" if row.get("_reason") else ""
    return {"words": sentences(asked, f"not run: {why}"), "reason": why}


def question(row: Mapping[str, Any]) -> str:
    """A question of the plan in words."""
    text = ASKED[row["asked"]].format(**row) + (f" ({row['quantity']})" if row["quantity"] else "")
    by_factor = row["factor"] and row["asked"] != "group_comparison"
    of = row["variable"] and row["asked"] == "time_to_event"
    return text + (f" by {row['variable']} at baseline" if of else "") + (f" by {row['factor']}" if by_factor else "")


def plan(rows: pd.DataFrame, checksum: str) -> str:
    """Sentences of the methods text on the `analysis_plan` table: planned, run, looked at afterwards.

    `checksum` is that of the plan.
    """
    planned, others = rows[rows["item"].notna()], rows[rows["item"].isna()]
    text = _planned(planned, checksum[:SHOWN]) if len(planned) else NO_PLAN
    beside = [
        f"{plain(name)} ({tests})" for name, tests in zip(others["table"], others["n_tests"], strict=True) if tests
    ]
    looked = f"looked at afterwards, without a plan, with the number of p values: {several(beside)}" if beside else ""
    return sentences(text, looked if len(planned) else "")


def _planned(planned, checksum):
    items = planned.drop_duplicates("item")
    counts = {role: int((items["role"] == role).sum()) for role in ("primary", "secondary")}
    stated = several([f"{count} {role}" for role, count in counts.items() if count])
    ran = planned["ran"].astype(bool)
    text = f"the analysis plan (checksum {checksum}) stated {counted(len(items), 'question')} ({stated}); "
    text += f"{int(ran.sum())} of its {len(planned)} analyses ran"
    if ran.all():
        return text
    lacking = [f"{question(row)} ({row['reason']})" for row in rows_of(planned[~ran])]
    return f"{text}, not {several(lacking)}"


def population(found: Mapping[str, Any], members: int) -> str:
    """A sentence of the methods text on an analyte with a population of its own (study/rule_rows.populations)."""
    wanted = several([f"{column} is {' or '.join(values)}" for column, values in found["wanted"].items()])
    return sentences(f"{found['analyte']} was analysed in participants whose {wanted} ({found['n']} of {members})")


def blinding(record: Mapping[str, Any]) -> str:
    """A sentence of the methods text on the record of a blinded study (deliver/blinding)."""
    names = several(record["factors"])
    if record["opened"] is None:
        return sentences(f"the allocation ({names}) is blinded, and nothing was compared by it")
    sealed = " The sheet has since been taken away." if record["blinded"] else ""
    return sentences(f"the blinding ({names}) ended on {record['opened']}; {STATES[record['plan_state']]}") + sealed
