"""The few different rows behind the many of a plate: what holds of a well is said once, not once per analyte."""

import numpy as np
import pandas as pd


def ranks(rows: pd.DataFrame, *columns: str) -> np.ndarray:
    """A number (n,) of each row that is equal where the columns are, and rises as they do; missing comes first."""
    found = np.zeros(len(rows), np.int64)
    for name in columns:
        codes, known = rows[name].factorize(sort=True)
        found = found * (len(known) + 1) + codes
    return found


def distinct(rows: pd.DataFrame, *columns: str) -> tuple[np.ndarray, pd.DataFrame]:
    """(for every row the position of its like (n,), the different rows of the columns in the order they come in)."""
    at, _ = pd.factorize(ranks(rows, *columns))
    first = np.unique(at, return_index=True)[1]
    return at, rows[list(columns)].take(first).reset_index(drop=True)


def repeated(rows: pd.DataFrame, at: np.ndarray, like: pd.DataFrame) -> pd.DataFrame:
    """The rows with the columns of the `distinct` rows that are theirs."""
    columns = {name: column.array.take(at) for name, column in like.items()}
    return rows.assign(**columns)
