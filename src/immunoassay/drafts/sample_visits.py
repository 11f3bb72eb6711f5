"""Participant and visit of the rows of a list that has no column for them: inside its names, or by its dates."""

from collections.abc import Mapping
from datetime import date

import pandas as pd
from immunoassay.drafts.list_dates import DAY_FIRST, ORDERS, read_dates
from immunoassay.drafts.questions import CLOSED, Question
from immunoassay.drafts.visit_patterns import NONE, draft_pattern

GAP = 14  # days without a tube of a participant that part two visits
_SHOWN = 3


def with_dates(
    rows: pd.DataFrame, answers: Mapping[str, str], sheet: str = "samples"
) -> tuple[pd.DataFrame, int, list[Question]]:
    """(the rows with dates as year-month-day, number of texts that are no date, [Question] where day and month are unclear)."""
    given = answers.get(f"{sheet}.date_order", "")
    if given and given not in ORDERS:
        raise ValueError(f'{sheet}.date_order: "{given}" is none of {", ".join(ORDERS)}')
    dates = read_dates(rows["date"], given)
    unread = int((rows["date"].isin(dates.unread)).sum())
    written = [
        text for text in dict.fromkeys(rows["date"]) if text and text not in dates.iso and text not in dates.unread
    ]
    rows = rows.assign(date=[dates.iso.get(text, "") for text in rows["date"]])
    if not dates.open:
        return rows, unread, []
    default = DAY_FIRST if all("." in text for text in written) else None
    shown = ", ".join(written[:_SHOWN])
    why = f"{shown}: every date of the column can be read both ways, or some only one way and others only the other"
    return rows, unread, [Question(f"{sheet}.date_order", "How are the dates written?", ORDERS, default, why)]


def with_participants_and_visits(rows: pd.DataFrame, answers: Mapping[str, str]) -> tuple[pd.DataFrame, list[Question]]:
    """(the rows with the participants and visits that their names hold or their dates show, [Question])."""
    asked: list[Question] = []
    if not (rows["participant"] != "").any() or not (rows["visit"] != "").any():
        rows, asked = _by_pattern(rows, answers)
    if (
        not asked
        and (rows["participant"] != "").any()
        and not (rows["visit"] != "").any()
        and (rows["date"] != "").any()
    ):
        return _by_date(rows, answers)
    return rows, asked


def _by_pattern(rows, answers):
    """Participant and visit out of the column, of those of names, that the pattern fits best."""
    tried = [(role, *draft_pattern(rows[role], answers)) for role in ("participant", "visit", "tube", "label")]
    asked = [question for _, _, questions in tried for question in questions]
    fitting = [(found.matched / found.names, role, found) for role, found, _ in tried if found and found.matched]
    if not fitting:
        return rows, sorted(asked, key=lambda each: each.default == NONE)[:1]
    _, chosen, found = max(fitting, key=lambda each: each[0])
    splits = [found.pattern.split(text) or ("", "") for text in rows[chosen]]
    filled = {}
    for at, role in enumerate(("participant", "visit")):
        parts = [split[at] for split in splits]
        whole = zip(rows[role], parts, strict=True)
        filled[role] = [new or old if role == chosen else old or new for old, new in whole]
    return rows.assign(**filled), []


def _by_date(rows, answers):
    """Visits numbered by each participant's dates, where that is answered with `order`."""
    numbers = _numbered(rows)
    most = {person: max(n for (who, _), n in numbers.items() if who == person) for person, _ in numbers}
    given = answers.get("samples.visits_from_dates")
    if given == "order":
        visits = [
            f"Visit {numbers[pair]}" if (pair := (p, d)) in numbers else ""
            for p, d in zip(rows["participant"], rows["date"], strict=True)
        ]
        return rows.assign(visit=visits), []
    if given:
        return rows, []
    counts = sorted(set(most.values()))
    equal = len(counts) == 1
    shown = str(counts[0]) if equal else f"{counts[0]} to {counts[-1]}"
    why = f"{len(most)} participants have {shown} visits, {GAP} days or more apart"
    return rows, [Question(
        "samples.visits_from_dates", "No column holds visits: number them by each participant's dates?",
        CLOSED["samples.visits_from_dates"],
        "order" if equal and counts[0] > 1 else "none", why,
    )]  # fmt: skip


def _numbered(rows):
    """{(participant, date): number of the visit}."""
    people: dict[str, set[str]] = {}
    for person, day in zip(rows["participant"], rows["date"], strict=True):
        if person and day:
            people.setdefault(person, set()).add(day)
    numbers = {}
    for person, days in people.items():
        number, before = 0, None
        for day in sorted(days):
            if before is None or (date.fromisoformat(day) - date.fromisoformat(before)).days >= GAP:
                number += 1
            numbers[(person, day)], before = number, day
    return numbers
