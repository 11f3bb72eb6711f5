"""Groups of participants, such as patients and controls: every statistic within each, and over all of them by that name.

Groups are kept apart and not compared. Without groups there is one set of rows whose `participant_group` is missing.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

ALL = "all"  # rows over the participants of all groups, and those of none


def within_groups(
    observations: pd.DataFrame,
    settings: Mapping[str, Any],
    statistic: Callable[[pd.DataFrame, Mapping[str, Any]], pd.DataFrame],
) -> pd.DataFrame:
    """The table `statistic` makes of observations and settings, with `participant_group`: of every group, then of ALL."""
    return stacked({name: statistic(rows, own) for name, rows, own in parts(observations, settings)})


def parts(
    observations: pd.DataFrame, settings: Mapping[str, Any]
) -> Iterator[tuple[str | None, pd.DataFrame, Mapping[str, Any]]]:
    """(group, its observations, its settings) of every group, then of ALL; one part without a name where there are no groups.

    The primary course of a group that has none of that name is its own first course.
    """
    names = sorted(observations["participant_group"].dropna().unique())
    for name in names:
        rows = observations[observations["participant_group"] == name].reset_index(drop=True)
        firsts = set(rows.loc[rows["course_order"] == 1, "course"])
        own = settings["primary_course"] if settings["primary_course"] in firsts else min(firsts, default="")
        yield name, rows, {**settings, "primary_course": own}
    yield ALL if names else None, observations, settings


def stacked(found: Mapping[str | None, pd.DataFrame]) -> pd.DataFrame:
    """Tables by group as one, each row with its `participant_group`."""
    named = [
        frame.assign(participant_group=pd.array([name] * len(frame), dtype="str")) for name, frame in found.items()
    ]
    return pd.concat(named, ignore_index=True)


def whole(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table of statistics over all participants: those of ALL, or all where there are no groups."""
    group = frame["participant_group"]
    return frame[group.isna() | (group == ALL)].reset_index(drop=True)
