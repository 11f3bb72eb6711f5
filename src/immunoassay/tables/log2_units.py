"""Units whose values are logarithms to base 2: a difference of 1 is a doubling, and zero or less is a value like any other."""

import numpy as np
import pandas as pd

LOG2_UNITS = ("NPX", "NPQ")  # the units of resources/units.tsv of a dimension log2_*


def is_log2(unit: str | None) -> bool:
    """Whether values in the unit are logarithms to base 2."""
    return isinstance(unit, str) and unit.upper() in LOG2_UNITS


def in_log2(units: pd.Series) -> np.ndarray:
    """(n,) of units, one a row: whether the values of the row are logarithms to base 2."""
    return units.astype("str").str.upper().isin(LOG2_UNITS).to_numpy(bool)


def lowest(units: pd.Series) -> np.ndarray:
    """(n,) of units, one a row: what no value of the row lies below, 0 or, of logarithms, minus infinity."""
    return np.where(in_log2(units), -np.inf, 0.0)


def linear(value: np.ndarray | pd.Series, units: pd.Series) -> np.ndarray:
    """(n,) values, those in log2 units as 2**value (minus infinity is 0), so that ratios mean the same in every unit."""
    value = np.asarray(value, float)
    return np.where(in_log2(units), np.exp2(np.where(in_log2(units), value, 0.0)), value)
