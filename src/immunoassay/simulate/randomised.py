"""People, arms, calendar and planted effects of the demonstration's second, randomised part. All invented.

Thirty people are allocated to placebo and active in blocks of ten, so that every ten of them hold five of each arm. The
scores of each follow a pattern (`truth.PATTERNS`): who responds, who relapses and who does not respond is known.
"""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from immunoassay.simulate.generators import generator

ARMS = ("placebo", "active")
# visit, label, planned day (months of four weeks), days before and after that still count
VISITS = (("D1", "Baseline", 1, 14, 0), ("M3", "Month 3", 85, 7, 7), ("M6", "Month 6", 169, 14, 14))
NAMES = tuple(f"B{number:02d}" for number in range(1, 31))
_BLOCK = 10
_INFUSION_DAYS = (1, 8, 15, 22, 29, 36)

# Ratio to baseline at M3 and M6. What is not named changes in nobody.
IN_EVERYBODY = {"MCP-1": (0.82, 0.80)}
IN_ACTIVE = {
    "IgG1": (0.82, 0.84), "IgG2": (0.88, 0.90), "IgG3": (0.86, 0.88), "IgG4": (0.88, 0.90), "IgA": (0.80, 0.84),
    "IgM": (0.74, 0.78), "sBCMA": (0.62, 0.70), "BAFF": (1.30, 1.25), "anti-AChR": (0.80, 0.65),
}  # fmt: skip
STEROID_EFFECT = {"BAFF": 0.93}  # ratio per 10 mg of prednisone a day, at every visit

# How many of an arm follow which course of scores.
_COURSES = {
    "placebo": {"response": 2, "relapse_M6": 1, "no_response": 12},
    "active": {"response": 9, "relapse_M6": 2, "no_response": 4},
}
_ANTIBODIES = {"AChR": 10, "MuSK": 2, "seronegative": 3}  # of an arm
_STEROID_DOSES = (0, 0, 5, 5, 10, 10, 10, 15, 15, 20, 20, 25, 30, 40, 40)  # mg a day, of an arm
_SCREENED = (("B31", "MG-ADL below 6", "female", 44, "AChR", 10), ("B32", "thymoma", "male", 59, "AChR", 20))
NOT_SAMPLED = (("B07", "M3"), ("B24", "M6"))  # a tube lost, and a visit after withdrawal
WITHDRAWN = "B24"  # after M3


def people(seed: int) -> pd.DataFrame:
    """Everyone randomised: participant, arm, pattern (of the scores), sex, age, antibody, steroid_dose, day1_date."""
    arms = np.concatenate(
        [generator(seed, "block", block).permutation(np.repeat(ARMS, _BLOCK // 2)) for block in NAMES[::_BLOCK]]
    )
    frame = pd.DataFrame({"participant": NAMES, "arm": arms})
    for name, quota in (
        ("pattern", {arm: np.repeat(list(each), list(each.values())) for arm, each in _COURSES.items()}),
        ("antibody", dict.fromkeys(ARMS, np.repeat(list(_ANTIBODIES), list(_ANTIBODIES.values())))),
        ("steroid_dose", dict.fromkeys(ARMS, np.array(_STEROID_DOSES))),
    ):
        for arm, values in quota.items():
            frame.loc[frame["arm"] == arm, name] = generator(seed, name, arm).permutation(values)
    drawn = [generator(seed, "person", name) for name in NAMES]
    frame["sex"] = ["female" if rng.random() < 0.67 else "male" for rng in drawn]
    frame["age"] = [int(np.clip(round(52 + 14 * rng.standard_normal()), 20, 82)) for rng in drawn]
    frame["steroid_dose"] = frame["steroid_dose"].astype(int)
    start = date(2024, 9, 2)
    frame["day1_date"] = [(start + timedelta(7 * number)).isoformat() for number in range(len(NAMES))]
    return frame


def effects() -> pd.DataFrame:
    """True geometric mean ratios to baseline: analyte, arm, visit, ratio (analytes that change in nobody are left out)."""
    later = [visit for visit, *_ in VISITS[1:]]
    rows = []
    for arm in ARMS:
        changing = {**IN_EVERYBODY, **(IN_ACTIVE if arm == "active" else {})}
        rows += [(name, arm, *pair) for name, ratios in changing.items() for pair in zip(later, ratios, strict=True)]
    return pd.DataFrame(rows, columns=["analyte", "arm", "visit", "ratio"])


def calendar(seed: int, randomised: pd.DataFrame) -> pd.DataFrame:
    """Visits that took place: participant, course, visit, date, scored, sampled."""
    rows = []
    for row in randomised.itertuples():
        day1 = date.fromisoformat(row.day1_date)
        for visit, _, day, _, _ in VISITS:
            if (row.participant, visit) == (WITHDRAWN, "M6"):
                continue
            late = 0 if visit == "D1" else int(generator(seed, "date", row.participant, visit).integers(-3, 4))
            seen = (day1 + timedelta(day - 1 + late)).isoformat()
            rows.append((row.participant, "first", visit, seen, True, (row.participant, visit) not in NOT_SAMPLED))
    return pd.DataFrame(rows, columns=["participant", "course", "visit", "date", "scored", "sampled"])


def participants(randomised: pd.DataFrame) -> pd.DataFrame:
    """The participants sheet; it says nothing of the arms."""
    names = ["participant", "sex", "age", "antibody", "steroid_dose"]
    enrolled = randomised[names].assign(status="enrolled", reason="")
    excluded = pd.DataFrame(_SCREENED, columns=["participant", "reason", *names[1:]]).assign(status="excluded")
    return pd.concat([enrolled, excluded], ignore_index=True)[["participant", "status", "reason", *names[1:]]]


def visits() -> pd.DataFrame:
    """The visits sheet."""
    rows = [(*row[:2], order, *row[2:], "yes" if order == 1 else "no") for order, row in enumerate(VISITS, 1)]
    names = ["visit", "label", "order", "day", "window_before", "window_after", "baseline"]
    return pd.DataFrame(rows, columns=names)


def courses(randomised: pd.DataFrame) -> pd.DataFrame:
    """The courses sheet."""
    frame = randomised[["participant", "day1_date"]].assign(course="first", order=1)
    return frame[["participant", "course", "order", "day1_date"]]


def events(randomised: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """The events sheet: blinded infusions of everybody, relapses, a withdrawal, ends of study."""
    rows = []
    last = seen.groupby("participant")["date"].max()
    for row in randomised.itertuples():
        day1 = date.fromisoformat(row.day1_date)
        for number, day in enumerate(_INFUSION_DAYS, 1):
            given = (day1 + timedelta(day - 1)).isoformat()
            rows.append((row.participant, "first", "infusion", given, f"infusion {number}"))
        what, note = "completion", "end of follow-up"
        if row.participant == WITHDRAWN:
            what, note = "withdrawal", "moved away"
        elif row.pattern == "relapse_M6":
            what, note = "relapse", "relapse at M6"
        rows.append((row.participant, "first", what, last[row.participant], note))
    return pd.DataFrame(rows, columns=["participant", "course", "event", "date", "note"])
