"""Days: the study day of a date, and the place in time of a plate without a run date."""

from datetime import date

import pandas as pd

UNDATED = "9999-12-31"  # stands for a run date that is not written: such a plate comes after all others


def between(start: str, end: str) -> int:
    """Days from one date to another, both year-month-day."""
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


def study_day(day: str, day1: str) -> int:
    """Study day of a date, both year-month-day: the date of the first dose is day 1, the day before it day 0."""
    return between(day1, day) + 1


def study_days(days: pd.Series, day1: pd.Series) -> pd.Series:
    """Study day of every date, as `study_day`; missing where either date is."""
    return (pd.to_datetime(days) - pd.to_datetime(day1)).dt.days + 1
