"""The changes of two groups compared when results lie outside the limits.

A change from a baseline to a visit is known the less the lower the baseline is: its bounds say something of it, and a
regression on them is biased (with 50 and 50 participants, 30 to 80 % below the LLOQ, its 95 % intervals cover 83 to 91 %).
Each group's change is therefore estimated from both visits together (paired.mean_change), and the two are compared as
Welch compares two means; where every result is quantified that is Welch's test of the log ratios.
"""

from typing import NamedTuple

import numpy as np
from immunoassay.statistics.intervals import Interval
from immunoassay.statistics.paired import LogPairs, MeanChange, mean_change
from scipy.special import stdtr, stdtrit

Bounds = tuple[np.ndarray, np.ndarray]  # lower, upper; logarithms


class Difference(NamedTuple):
    """Change of the second group less that of the first with its limits, the change of each, and p by t (NaN: none)."""

    interval: Interval
    first: float
    second: float
    p: float


def difference_of_changes(baseline: Bounds, visit: Bounds, second: np.ndarray, confidence: float) -> Difference:
    """Compare the participants marked by `second` (n,) with the others; bounds are (n,), infinite where open."""
    one, other = (_change(baseline, visit, rows) for rows in (~second, second))
    squares = np.square([one.error, other.error])
    estimate, error = other.log_ratio - one.log_ratio, float(np.sqrt(squares.sum()))
    if not error > 0:
        return Difference(Interval(np.nan, np.nan, np.nan), np.nan, np.nan, np.nan)
    free = float(squares.sum() ** 2 / (squares**2 / [one.degrees, other.degrees]).sum())
    half = stdtrit(free, (1 + confidence) / 2) * error
    p = float(2 * stdtr(free, -abs(estimate) / error))
    return Difference(Interval(estimate, estimate - half, estimate + half), one.log_ratio, other.log_ratio, p)


def _change(baseline: Bounds, visit: Bounds, rows: np.ndarray) -> MeanChange:
    x_lower, x_upper, y_lower, y_upper = (part[rows] for part in (*baseline, *visit))
    unknown = np.full(int(rows.sum()), np.inf)  # limits of quantified results; a censored one has its own in its bounds
    return mean_change(LogPairs(x_lower, x_upper, y_lower, y_upper, -unknown, unknown, -unknown, unknown))
