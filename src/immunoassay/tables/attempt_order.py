"""The order of attempts within a plate or delivery: by the numbers in their names, so that row 5 comes before row 29."""

import re

import pandas as pd

_NUMBER = re.compile("[0-9]+")


def attempt_order(column: pd.Series) -> pd.Series:
    """The key of `sort_values` for columns of which one is `attempt`; the others stay as they are."""
    if column.name != "attempt":
        return column
    codes, names = column.factorize()
    padded = [_NUMBER.sub(lambda number: number[0].zfill(12), name) for name in names]
    return pd.Series(padded, dtype="object").reindex(codes).set_axis(column.index)
