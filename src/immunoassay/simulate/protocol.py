"""The demonstration's people and calendar: who was screened, treated, seen and sampled, and when. All invented."""

from collections.abc import Collection
from datetime import date, timedelta

import pandas as pd
from immunoassay.simulate.generators import generator

# visit, label, planned day (months of four weeks), days before and after that still count
VISITS = (
    ("D1", "Baseline", 1, 14, 0),
    ("M2", "Month 2", 57, 7, 7),
    ("M3", "Month 3", 85, 7, 7),
    ("M6", "Month 6", 169, 14, 14),
    ("M9", "Month 9", 253, 14, 14),
    ("M12", "Month 12", 337, 14, 14),
    ("M15", "Month 15", 421, 21, 21),
    ("M18", "Month 18", 505, 21, 21),
)
_DAY = {visit: day for visit, _, day, _, _ in VISITS}
_INFUSION_DAYS = {
    "six_weekly": (1, 8, 15, 22, 29, 36),
    "dose_escalation": (1, 8, 15),
    "twice_weekly": (1, 4, 8, 11, 15, 18),
    "monthly": (1, 29, 57, 85, 113, 141),
}

# participant, schedule (or reason of exclusion), sex, age, antibody, day 1
_ENROLLED = (
    ("P01", "six_weekly", "female", 46, "AChR", "2023-02-06"),
    ("P02", "six_weekly", "female", 58, "seronegative", "2023-02-20"),
    ("P03", "six_weekly", "male", 63, "AChR", "2023-03-06"),
    ("P04", "six_weekly", "female", 39, "MuSK", "2023-03-27"),
    ("P05", "six_weekly", "female", 52, "seronegative", "2023-04-17"),
    ("P06", "six_weekly", "male", 67, "AChR", "2023-05-08"),
    ("P07", "six_weekly", "female", 34, "LRP4", "2023-06-05"),
    ("P08", "dose_escalation", "female", 55, "AChR", "2022-08-15"),
    ("P09", "dose_escalation", "male", 49, "AChR", "2022-09-12"),
    ("P10", "dose_escalation", "female", 61, "MuSK", "2022-10-10"),
    ("P11", "twice_weekly", "female", 44, "AChR", "2022-11-07"),
    ("P12", "twice_weekly", "male", 70, "seronegative", "2022-12-05"),
    ("P13", "monthly", "female", 37, "AChR", "2023-01-09"),
    ("P14", "monthly", "female", 48, "AChR", "2023-01-23"),
)
_EXCLUDED = (
    ("P15", "MG-ADL below 6", "female", 50, "AChR"),
    ("P16", "no generalised disease", "male", 41, "AChR"),
)
_RETREATED = (("P05", "2024-05-06"), ("P06", "2024-06-03"), ("P07", "2024-11-11"))

ANALYSED = tuple(row[0] for row in _ENROLLED if row[1] == "six_weekly")
RETREATED = tuple(name for name, _ in _RETREATED)
CARRIERS = tuple(row[0] for row in _ENROLLED if row[1] == "six_weekly" and row[4] == "AChR")

SAMPLED = {"first": ("D1", "M2", "M3", "M6", "M9", "M12"), "retreatment": ("D1", "M2", "M3", "M6")}
_SCORED = {"first": tuple(_DAY), "retreatment": ("D1", "M2", "M3", "M6", "M9", "M12")}
# Pattern of the scores by participant and course; everybody else responds and goes on responding.
PATTERNS = {
    ("P05", "first"): "relapse_M12",
    ("P06", "first"): "relapse_M12",
    ("P07", "first"): "relapse_M18",
    ("P05", "retreatment"): "remission",
    ("P07", "retreatment"): "remission",
}
_RELAPSE_VISIT = {"relapse_M12": "M12", "relapse_M18": "M18"}

MISSING_SAMPLE = ("P04", "first", "M6")
LATE_VISIT = ("P06", "first", "M9", 19)  # days after the planned day


def participants() -> pd.DataFrame:
    """The participants sheet."""
    rows = [(name, "enrolled", "", schedule, *rest) for name, schedule, *rest in _ENROLLED]
    rows += [(name, "excluded", reason, "", *rest, "") for name, reason, *rest in _EXCLUDED]
    names = ["participant", "status", "reason", "schedule", "sex", "age", "antibody"]
    return pd.DataFrame([row[:-1] for row in rows], columns=names)


def visits() -> pd.DataFrame:
    """The visits sheet."""
    rows = [
        (visit, label, order, day, before, after, "yes" if order == 1 else "no")
        for order, (visit, label, day, before, after) in enumerate(VISITS, 1)
    ]
    names = ["visit", "label", "order", "day", "window_before", "window_after", "baseline"]
    return pd.DataFrame(rows, columns=names)


def courses() -> pd.DataFrame:
    """The courses sheet."""
    rows = [(row[0], "first", 1, row[-1], "own", "first") for row in _ENROLLED]
    rows += [(name, "retreatment", 2, start, "own", "first") for name, start in _RETREATED]
    names = ["participant", "course", "order", "day1_date", "biomarker_baseline", "score_baseline"]
    return pd.DataFrame(rows, columns=names)


def calendar(seed: int) -> pd.DataFrame:
    """Visits that took place (analysed participants): participant, course, visit, date, scored, sampled."""
    start = {(row.participant, row.course): date.fromisoformat(row.day1_date) for row in courses().itertuples()}
    rows = []
    for (participant, course), day1 in start.items():
        if participant not in ANALYSED:
            continue
        last = _RELAPSE_VISIT.get(PATTERNS.get((participant, course), ""))
        for visit in _SCORED[course]:
            days = _DAY[visit] - 1
            if visit != "D1":
                days += int(generator(seed, "date", participant, course, visit).integers(-3, 4))
            if (participant, course, visit) == LATE_VISIT[:3]:
                days = _DAY[visit] - 1 + LATE_VISIT[3]
            sampled = visit in SAMPLED[course] and (participant, course, visit) != MISSING_SAMPLE
            rows.append((participant, course, visit, (day1 + timedelta(days)).isoformat(), True, sampled))
            if visit == last:
                break
    return pd.DataFrame(rows, columns=["participant", "course", "visit", "date", "scored", "sampled"])


def sample_id(participant: str, course: str, visit: str) -> str:
    """P01-D1 in the first course, P05-R-M2 in the retreatment."""
    return f"{participant}-R-{visit}" if course == "retreatment" else f"{participant}-{visit}"


def sample_names(seen: pd.DataFrame, course: str, people: Collection[str]) -> list[str]:
    """Names of the samples of one course of some people, in the order of `seen`."""
    rows = seen[seen["sampled"] & (seen["course"] == course) & seen["participant"].isin(people)]
    return [sample_id(*row) for row in zip(rows["participant"], rows["course"], rows["visit"], strict=True)]


def samples(seen: pd.DataFrame) -> pd.DataFrame:
    """The samples sheet of the visits in `seen`."""
    taken = seen[seen["sampled"]]
    names = [sample_id(*row) for row in zip(taken["participant"], taken["course"], taken["visit"], strict=True)]
    return pd.DataFrame(
        {
            "sample_id": names,
            "participant": taken["participant"].to_list(),
            "course": taken["course"].to_list(),
            "visit": taken["visit"].to_list(),
            "collection_date": taken["date"].to_list(),
            "specimen": "serum",
            "freeze_thaw": 1,
            "comment": "simulated",
        }
    )


def events(seen: pd.DataFrame) -> pd.DataFrame:
    """The events sheet: infusions of everybody, relapses and ends of study of the analysed."""
    schedule = {row[0]: row[1] for row in _ENROLLED}
    rows = []
    for row in courses().itertuples():
        day1 = date.fromisoformat(row.day1_date)
        for number, day in enumerate(_INFUSION_DAYS[schedule[row.participant]], 1):
            given = (day1 + timedelta(day - 1)).isoformat()
            rows.append((row.participant, row.course, "infusion", given, f"infusion {number}"))
        own = seen[(seen["participant"] == row.participant) & (seen["course"] == row.course)]
        if own.empty:
            end = (day1 + timedelta(_DAY["M6"] - 1)).isoformat()
            rows.append((row.participant, row.course, "completion", end, "end of follow-up on this schedule"))
            continue
        relapse = _RELAPSE_VISIT.get(PATTERNS.get((row.participant, row.course), ""))
        what, note = ("relapse", f"relapse at {relapse}") if relapse else ("completion", "end of follow-up")
        rows.append((row.participant, row.course, what, own["date"].iloc[-1], note))
    return pd.DataFrame(rows, columns=["participant", "course", "event", "date", "note"])
