"""Cell kinetics after an infusion: highest count, its day, and the area under the counts of the first 28 days.

An analyte is a cell count where its `group` in the analytes sheet is `cell_count` (CAR T cells per volume, transgene
copies per mass of DNA); one in log2 units is no count and has no area. Day 1 of a course is the day of the first dose,
so the area is of the days 1 to 29.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.frames import limits, ordered, table
from immunoassay.statistics.known_codes import joined
from immunoassay.statistics.summary_measures import mean_of_bounds
from immunoassay.tables import BELOW, in_log2
from numpy.typing import ArrayLike

CELL_COUNT = "cell_count"
FIRST_DAY, DAYS = 1.0, 28.0
NAMES = ("kind", "panel", "group", "unit")
QUANTITIES = ("cmax", "auc_0_28", "tmax")


class Between(NamedTuple):
    """What a number lies between; both the same where it is known."""

    low: float
    high: float


def kinetics(observations: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """One row per cell count, course and participant with a dated result, as frames.table("kinetics").

    `cmax` and `auc_0_28` are known where nothing outside the limits matters; otherwise NaN, and `*_low`, `*_high` are what
    they lie between, because a count below its LLOQ lies between 0 and the LLOQ. `tmax` is the day of the highest count,
    NaN where that is not certain. The area is that of `area`, from the last sample up to day 1 to day 29, where it is
    interpolated between the samples around; without a sample at one of the ends there is none, and `reason_code` says
    which is missing. `day_last_quantified` is the last day on which cells could be counted.
    """
    choices.complete(settings)
    return table(list(_participants(observations)), "kinetics")


def kinetics_summaries(observations: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """One row per cell count, course and quantity (QUANTITIES), as frames.table("kinetics_summaries").

    Of `cmax` and `auc_0_28` the geometric mean with Student's t interval of the logarithms; with values that are known as
    bounds only there is no estimate, and the ends are the t limits of the lower and of the upper bounds. Of `tmax` the
    median with the smallest and largest day.
    """
    settings = choices.complete(settings)
    rows = []
    found = pd.DataFrame(_participants(observations))
    for (variable, course), block in found.groupby(["variable", "course"], sort=False) if len(found) else ():
        labels = {"variable": variable, "course": course, **{name: block[name].iloc[0] for name in NAMES}}
        labels["_lloq_min"], labels["_lloq_max"] = limits(block[["_lloq_min", "_lloq_max"]].to_numpy(float))
        rows += [{**labels, "quantity": name, **_summary(block, name, settings)} for name in QUANTITIES]
    return table(rows, "kinetics_summaries")


def area(day: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> Between:
    """The area under values known as bounds, by days in ascending order: linear up, logarithmic down.

    Where two known values fall, the area between them is that of an exponential decline; elsewhere, and where a value is
    only known as bounds, the trapezoid (Gabrielsson and Weiner, Non-compartmental analysis, 2012).
    """
    day, lower, upper = (np.asarray(part, float) for part in (day, lower, upper))
    gaps, known = np.diff(day), lower == upper
    falls = known[:-1] & known[1:] & (lower[1:] < lower[:-1]) & (lower[1:] > 0)
    a, b = np.where(falls, lower[:-1], 2.0), np.where(falls, lower[1:], 1.0)
    decline = (a - b) / np.log(a / b)
    ends = [np.where(falls, decline, (part[:-1] + part[1:]) / 2) for part in (lower, upper)]
    return Between(*(float((gaps * end).sum()) for end in ends))


def highest(day: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> tuple[Between, float]:
    """What the highest value lies between, and its day: the first of equal ones, NaN where bounds leave it open."""
    day, lower, upper = (np.asarray(part, float) for part in (day, lower, upper))
    top = Between(float(lower.max()), float(upper.max()))
    first = int(np.argmax(lower))
    certain = np.delete(upper, first).max(initial=-np.inf) <= lower[first] and lower[first] > 0
    return top, float(day[first]) if certain else np.nan


def windowed(day: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> tuple[list[np.ndarray], list[str]]:
    """The days and bounds from day 1 to day 29, an end of the window at which there is no sample filled in.

    Before the first dose counts stay what the last sample before says; at day 29 they are interpolated. Also the codes
    of the ends at which nothing is known.
    """
    last = FIRST_DAY + DAYS
    codes = ["no_sample_before"] if day[0] > FIRST_DAY else []
    codes += ["no_sample_after"] if day[-1] < last else []
    if codes:
        return [day, lower, upper], codes
    start = int(np.searchsorted(day, FIRST_DAY, side="right")) - 1
    stop = int(np.searchsorted(day, last))
    days, ends = [*np.maximum(day[start:stop], FIRST_DAY), last], []
    known = lower[stop] == upper[stop] and lower[stop - 1] == upper[stop - 1]
    for part in (lower, upper):
        ends.append(np.append(part[start:stop], _between(day, part, stop, last, known)))
    return [np.array(days), *ends], []


def _between(day, value, stop, at, known):
    """The value at a day up to that of `stop`: exponential where known values fall, else linear."""
    if day[stop] == at:
        return value[stop]
    share = (at - day[stop - 1]) / (day[stop] - day[stop - 1])
    before, after = value[stop - 1], value[stop]
    if known and 0 < after < before:
        return before ** (1 - share) * after**share
    return before + share * (after - before)


def _participants(observations):
    """The row of every cell count, course and participant with a dated result."""
    frame = ordered(observations)
    counts = (frame["group"] == CELL_COUNT) & ~in_log2(frame["unit"])
    frame = frame[counts & frame["reported"] & frame["day"].notna()]
    for (variable, course, participant), block in frame.groupby(["variable", "course", "participant"], sort=False):
        labels = {name: block[name].iloc[0] for name in NAMES}
        yield {"variable": variable, "course": course, **labels, "participant": participant, **_one(block)}


def _one(block):
    block = block.sort_values("day", kind="stable").drop_duplicates("day", keep="last")
    day, lower, upper = (block[name].to_numpy(float) for name in ("day", "lower", "upper"))
    top, when = highest(day, lower, upper)
    (days, *bounds), codes = windowed(day, lower, upper)
    whole = Between(np.nan, np.nan) if codes else area(days, *bounds)
    quantified = day[block["status"] == "quantified"]
    row = {"n": day.size, "n_below": int(block["status"].isin(BELOW).sum()), "tmax": when}
    for name, between in (("cmax", top), ("auc_0_28", whole)):
        row[name] = between.low if between.low == between.high else np.nan
        row[f"{name}_low"], row[f"{name}_high"] = between
    row.update(first_day=day[0], last_day=day[-1], day_last_quantified=quantified.max(initial=-np.inf))
    row["day_last_quantified"] = row["day_last_quantified"] if quantified.size else np.nan
    codes += ["peak_not_certain"] if np.isnan(when) else []
    lloq_min, lloq_max = limits(block["lower_limit"].to_numpy(float, na_value=np.nan))
    return {**row, "reason_code": joined(codes), "_lloq_min": lloq_min, "_lloq_max": lloq_max}


def _summary(block, name, settings):
    if name == "tmax":
        days = block["tmax"].dropna().to_numpy()
        centre = float(np.median(days)) if days.size else np.nan
        low, high = limits(days)
        reason = "" if days.size else "nobody_measured"
        row = {"n": days.size, "n_open": int(block["tmax"].isna().sum()), "centre": centre, "low": low, "high": high}
        return row | {"interval_method_code": "range" if days.size else "none", "reason_code": reason}
    known = block[block[f"{name}_high"].notna()]
    with np.errstate(divide="ignore"):
        lower, upper = (np.log(known[f"{name}_{end}"].to_numpy(float)) for end in ("low", "high"))
    interval, method, reasons = mean_of_bounds(lower, upper, settings)
    centre, low, high = (float(np.exp(part)) for part in interval)
    row = {"n": lower.size, "n_open": int((lower != upper).sum()), "centre": centre, "low": low, "high": high}
    return row | {"interval_method_code": method, "reason_code": joined(reasons)}
