"""The few different rows behind the many of a plate: what holds of a well is said once, not once per analyte."""

import numpy as np
import pandas as pd


def distinct(rows: pd.DataFrame, *columns: str, within: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """(for every row the number of its like (n,), the position of the first of each), numbered in the order they come in.

    `within`: a number of each row, whose likes have the same.
    """
    key = np.zeros(len(rows), np.int64) if within is None else within.astype(np.int64)
    for name in columns:
        codes, known = rows[name].factorize()
        key = key * (len(known) + 1) + codes
    at, _ = pd.factorize(key)
    return at, np.flatnonzero(np.diff(np.maximum.accumulate(at), prepend=-1))


def repeated(rows: pd.DataFrame, at: np.ndarray, like: pd.DataFrame) -> pd.DataFrame:
    """The rows with the columns of the `distinct` rows that are theirs."""
    columns = {name: column.array.take(at) for name, column in like.items()}
    return rows.assign(**columns)
