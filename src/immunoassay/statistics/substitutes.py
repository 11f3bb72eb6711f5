"""A number for a value below the LLOQ: the one place where LLOQ/2 (or, for comparison, another share of it) stands for one.

Half of limits that differ is no number for a value: it moves with the limit. Hence limits_agree and through_one_limit.
"""

import numpy as np
import pandas as pd
from immunoassay.tables import BELOW

HALF = 0.5
ROUNDING = 0.01  # limits that differ by less are the same


def substituted(value: np.ndarray, limit: np.ndarray, below: np.ndarray, factor: float = HALF) -> np.ndarray:
    """`value`, and `factor` times the `limit` where it is `below`; all of one shape and unit."""
    return np.where(below, factor * np.asarray(limit, float), value)


def log_substituted(value: np.ndarray, limit: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Natural logarithms of `substituted`; NaN where a value is missing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(substituted(value, limit, below))


def limits_agree(limits: np.ndarray) -> bool:
    """Whether limits (NaN where there is none) are the same but for a rounding: only then a number may stand for a value."""
    known = np.asarray(limits, float)
    known = known[~np.isnan(known)]
    return not known.size or bool(known.max() <= known.min() * (1 + ROUNDING))


def through_one_limit(frame: pd.DataFrame) -> pd.DataFrame:
    """Observations (frames.ordered) as methods that need numbers see them: the results of a biomarker through one limit.

    Where results of a biomarker are below limits that differ, every result of it below the highest of them is known to be
    below that; otherwise a change of the limit would pass for one of the biomarker.
    """
    frame = frame.copy()
    known = frame[(frame["kind"] == "biomarker") & frame["reported"]]
    for _, rows in known.groupby("variable", sort=False):
        limits = []
        for prefix in ("", "baseline_"):
            below = rows[f"{prefix}status"].isin(BELOW)
            limits.append(rows[f"{prefix}lower_limit"].fillna(rows[f"{prefix}upper"].where(below)).to_numpy(float))
        low = rows["status"].isin(BELOW) | rows["baseline_status"].isin(BELOW)
        if not low.any() or limits_agree(np.concatenate(limits)):
            continue
        highest = np.nanmax(np.concatenate(limits))
        for prefix in ("", "baseline_"):
            hidden = rows.index[rows[f"{prefix}lower"] < highest]
            frame.loc[hidden, f"{prefix}lower"], frame.loc[hidden, f"{prefix}status"] = 0.0, "below_lloq"
            frame.loc[hidden, f"{prefix}upper"] = frame.loc[rows.index, f"{prefix}lower_limit"] = highest
    return frame


def substitute(below: bool, above: bool) -> str:
    """The code (known_codes.SUBSTITUTED) of what stands for values of a row: LLOQ/2 where any is below, the ULOQ above."""
    return {(False, False): "none", (True, False): "half_lloq", (False, True): "uloq"}.get(
        (bool(below), bool(above)), "both"
    )
