"""The centre of every variable in each group at a visit, as the summaries of visits give it, for drawings of groups."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.comparison_data import factors, first_courses
from immunoassay.statistics.frames import ordered
from immunoassay.statistics.visit_summaries import visit_summaries


def group_centres(
    observations: pd.DataFrame, people: pd.DataFrame, settings: Mapping[str, Any], factor: str, visit: str
) -> tuple[pd.DataFrame, dict[str, str]]:
    """(rows of visit_summaries at the visit with their `level`, the reference first; level of each participant).

    The observations are those that group_comparisons compares; no rows where the factor has fewer than two levels.
    """
    settings = choices.complete({**settings, "compare": {factor: settings["compare"][factor]}})
    frame = first_courses(observations, settings["primary_course"])
    found = factors(ordered(frame), people, settings)
    if not found:
        return visit_summaries(frame.iloc[:0], settings).assign(level=pd.Series(dtype="str")), {}
    at = frame[frame["visit"] == visit]
    level = at["participant"].map(found[0].of)
    parts = [visit_summaries(at[level == name], settings).assign(level=name) for name in found[0].levels]
    rows = pd.concat(parts, ignore_index=True)
    return rows[rows["quantity"] == "value"].reset_index(drop=True), dict(found[0].of)
