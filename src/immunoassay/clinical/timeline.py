"""Days of events within a course, and the plan of the study with what happened on it.

Day 1 is the day of the first dose of a course; days before it count 0, -1, ...
"""

from collections.abc import Sequence

import pandas as pd
from immunoassay.study.course_names import NO_COURSE
from immunoassay.study.days import study_days


def recorded(events: pd.DataFrame) -> pd.DataFrame:
    """The events sheet; one without rows has its columns all the same."""
    return events.reindex(columns=["participant", "course", "event", "date"])


def event_days(courses: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The events with `course_order` and `day`, the day within the course the event was written for."""
    starts = courses.rename(columns={"order": "course_order"})
    days = recorded(events).merge(
        starts[["participant", "course", "course_order", "day1_date"]], on=["participant", "course"]
    )
    days["day"] = study_days(days["date"], days["day1_date"])
    columns = ["participant", "course_order", "day", "event"]
    return days.drop(columns="day1_date").sort_values(columns, kind="stable").reset_index(drop=True)


def timeline(members: Sequence[str], visits: pd.DataFrame, courses: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The plan and the events of the participants `members`, one row per thing to draw, without naming anyone.

    Columns are those of the table of Figure 1A; days are within that course.
    Kinds: `visit` (planned day, window), `infusion` (median, first and last day of the k-th infusion), `relapse` (one
    row per relapse), `start` (first dose of a later course, in days of the first course: median, earliest, latest). A visit
    without a day has no row; where nobody is treated `course` is empty.
    """
    courses = courses[courses["participant"].isin(members)]
    events = event_days(courses, recorded(events)[lambda rows: rows["participant"].isin(members)])
    rows = []
    for order, lane in courses.groupby("order", sort=True):
        name = " / ".join(sorted(set(lane["course"]) - {NO_COURSE}))
        of_lane = events[events["course_order"] == order]
        rows += [(order, name, *row) for row in _visits(visits, len(lane))]
        rows += [(order, name, *row) for row in _infusions(of_lane)]
        relapses = of_lane.loc[of_lane["event"] == "relapse", "day"]
        rows += [(order, name, "relapse", "relapse", day, day, day, 1) for day in sorted(relapses)]
        if order > 1:
            first = courses[courses["order"] == 1].set_index("participant")["day1_date"]
            start = study_days(lane["day1_date"], lane["participant"].map(first))
            rows.append((order, name, "start", name, start.median(), start.min(), start.max(), len(lane)))
    return pd.DataFrame(rows, columns=["course_order", "course", "kind", "label", "day", "day_low", "day_high", "n"])


def _visits(visits, n):
    for visit in visits.dropna(subset=["day"]).sort_values(["order", "visit"]).to_dict("records"):
        low, high = visit["day"] - visit["window_before"], visit["day"] + visit["window_after"]
        yield "visit", visit["label"] or visit["visit"], visit["day"], low, high, n


def _infusions(events):
    doses = events[events["event"] == "infusion"].copy()
    doses["number"] = doses.groupby("participant").cumcount() + 1
    for number, same in doses.groupby("number", sort=True):
        yield "infusion", str(number), same["day"].median(), same["day"].min(), same["day"].max(), len(same)
