"""Observations of the same people at every visit: of those who have a result at both of two visits, or at all."""

from collections.abc import Sequence

import pandas as pd
from immunoassay.tables import REPORTED


def with_both(observations: pd.DataFrame, course: str, pair: Sequence[str]) -> pd.DataFrame:
    """Observations of one course at the two visits of `pair`, of those who have a result at both (per variable)."""
    rows = observations[(observations["course"] == course) & observations["visit"].isin(pair)]
    rows = rows[rows["status"].isin(REPORTED)]
    both = rows.groupby(["participant", "variable"])["visit"].transform("nunique") == 2
    return rows[both].reset_index(drop=True)


def with_all(observations: pd.DataFrame) -> pd.DataFrame:
    """Observations of one course, per variable of those who have a result at every visit at which anybody has one."""
    rows = observations[observations["status"].isin(REPORTED)]
    own = rows.groupby(["participant", "variable"])["visit"].transform("nunique")
    return rows[own == rows.groupby("variable")["visit"].transform("nunique")].reset_index(drop=True)
