"""When each participant had an event, or until when it is known that there was none: relapse, response, loss of response.

Days of relapse count from day 1 of the course (the first dose), as do those of response; those of loss of response from the
visit of the response. A response is seen at visits only: its day is that of the first visit with it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.clinical.timeline import event_days
from immunoassay.statistics.responders import improved
from immunoassay.study.days import study_days

DAY_1 = 1
NO_DAY = pd.Series(dtype=float)


def relapses(
    observations: pd.DataFrame, visits: pd.DataFrame, courses: pd.DataFrame, events: pd.DataFrame
) -> list[dict]:
    """One row per participant and course with anything known after day 1 (columns of the table event_times).

    The first relapse after day 1, else the end of what is known: the last visit with a result, or completion when that is
    later. What is written after a withdrawal, after day 1 of the next course, or after the day to which anybody of the course
    was followed is known of those who relapse only: the time ends there without the event. A relapse without a date has no
    time.
    """
    known = observations[observations["reported"].fillna(False).astype(bool)]
    seen = _days(known, visits).groupby(["participant", "course"])["day"].max()
    written = dict(list(event_days(courses, events).groupby(["participant", "course"])))
    planned = set(zip(courses["participant"], courses["course"], strict=True))
    people = observations.drop_duplicates(["participant", "course"])
    people = people.sort_values(["course_order", "course", "participant"], kind="stable")
    keys = [key for key in zip(people["participant"], people["course"], strict=True) if key in planned]
    followed = {key: _followed(seen.get(key, np.nan), written.get(key)) for key in keys}
    longest = {course: max(followed[key] for key in keys if key[1] == course)[0] for _, course in keys}
    next_day = _next_course(courses)
    rows = []
    for key in keys:
        stops = [(_on(written.get(key), "withdrawal").min(), "withdrawn"), (next_day.get(key, np.nan), "next_course")]
        stop = min([each for each in stops if not np.isnan(each[0])] + [(longest[key[1]], "later")])
        day, end = _relapse(_on(written.get(key), "relapse"), followed[key], stop)
        if np.isfinite(day) or end == "undated":
            rows.append(_row("relapse", None, *key, day - DAY_1, end))
    return rows


def responses(observations: pd.DataFrame, visits: pd.DataFrame, settings: Mapping[str, Any]) -> list[dict]:
    """Rows of `response` (everybody with scores after baseline) and of `loss_of_response` (those who responded)."""
    answers = _days(improved(observations, settings), visits)
    answers = answers.sort_values(["variable", "course_order", "course", "participant", "day", "visit_order"])
    first, later = [], []
    for (score, course, participant), own in answers.groupby(["variable", "course", "participant"], sort=False):
        own = own.dropna(subset=["day"])
        if own.empty:
            continue
        last = own["day"].iloc[-1]
        hits = own.loc[own["improved"], "day"]
        key = score, participant, course
        if hits.empty:
            first.append(_row("response", *key, last - DAY_1, "last_visit"))
            continue
        day = hits.iloc[0]
        first.append(_row("response", *key, day - DAY_1, "event"))
        lost = own.loc[(own["day"] > day) & ~own["improved"], "day"]
        ends = (lost.iloc[0], "event") if len(lost) else (last, "last_visit")
        later.append(_row("loss_of_response", *key, ends[0] - day, ends[1]))
    return first + later


def _row(endpoint, score, participant, course, time, end):
    return {
        "endpoint_code": endpoint,
        "variable": score,
        "course": course,
        "participant": participant,
        "time": float(time),
        "event": end in ("event", "undated"),
        "end_code": end,
    }


def _on(written, event):
    """Days of the events of one name."""
    return NO_DAY if written is None else written.loc[written["event"] == event, "day"].astype(float)


def _followed(seen, written):
    """(the last day on which a participant is known to have been followed, its code); minus infinity where there is none."""
    days = [(seen, "last_visit"), (_on(written, "completion").max(), "completed")]
    return max([each for each in days if not np.isnan(each[0])], default=(-np.inf, "last_visit"))


def _relapse(found, followed, stop):
    """(day, code of its end) of one participant and course; the day is not finite where nothing is known after day 1."""
    if found.isna().any():
        return np.nan, "undated"
    found = found[found > DAY_1]
    if (found <= stop[0]).any():
        return float(found.min()), "event"
    if len(found) and stop[1] == "later":  # free of it to the end of everybody's follow-up
        return stop
    day, end = followed if -np.inf < followed[0] <= stop[0] else stop
    return (day, end) if day > DAY_1 else (np.nan, end)


def _days(rows, visits):
    """Rows with the planned day of their visit where they have no day of their own."""
    planned = visits.drop_duplicates("visit").set_index("visit")["day"].astype(float)
    return rows.assign(day=rows["day"].astype(float).fillna(rows["visit"].map(planned)))


def _next_course(courses):
    """By (participant, course): the day, within that course, on which the next one began."""
    ordered = courses.sort_values(["participant", "order"])
    later = ordered.groupby("participant")["day1_date"].shift(-1)
    known = later.notna()
    days = study_days(later[known], ordered.loc[known, "day1_date"]).astype(float)
    keys = zip(ordered.loc[known, "participant"], ordered.loc[known, "course"], strict=True)
    return dict(zip(keys, days, strict=True))
