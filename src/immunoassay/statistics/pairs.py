"""Observations of two visits side by side: only participants who have a result at both."""

from collections.abc import Sequence

import pandas as pd
from immunoassay.tables import REPORTED


def with_both(observations: pd.DataFrame, course: str, pair: Sequence[str]) -> pd.DataFrame:
    """Observations of one course at the two visits of `pair`, of those who have a result at both (per variable)."""
    rows = observations[(observations["course"] == course) & observations["visit"].isin(pair)]
    rows = rows[rows["status"].isin(REPORTED)]
    both = rows.groupby(["participant", "variable"])["visit"].transform("nunique") == 2
    return rows[both].reset_index(drop=True)
