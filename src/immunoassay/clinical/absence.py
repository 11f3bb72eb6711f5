"""Why a participant has no result at a visit of the first course, so that a smaller n is never taken for a loss."""

import pandas as pd
from immunoassay.clinical import timeline
from immunoassay.study.days import study_days


def reasons(visits: pd.DataFrame, courses: pd.DataFrame, events: pd.DataFrame) -> pd.Series:
    """Code by (participant, visit) for everyone with a course and every visit: why there would be no result.

    `withdrawn` or `retreated` (a later course began) by the end of the window of the visit, else `no_result`. Days count
    from the first dose of the first course; of a visit without a planned day nothing is known.
    """
    began = courses.sort_values(["participant", "order"], kind="stable")
    first = began[began["order"] == 1].set_index("participant")["day1_date"]
    later = began[began["order"] > 1].drop_duplicates("participant").set_index("participant")["day1_date"]
    again = study_days(later, first.reindex(later.index))
    days = timeline.event_days(courses, events)
    ended = days[(days["event"] == "withdrawal") & (days["course_order"] == 1)].groupby("participant")["day"].min()
    found = {}
    ends = pd.to_numeric(visits["day"]) + pd.to_numeric(visits["window_after"])  # missing without a day: before nothing
    for visit, by in zip(visits["visit"], ends.astype(float), strict=True):
        for person in first.index:
            gone = {"withdrawn": ended.get(person), "retreated": again.get(person)}
            found[person, visit] = next((code for code, at in gone.items() if at is not None and at <= by), "no_result")
    return pd.Series(found, dtype="object")
