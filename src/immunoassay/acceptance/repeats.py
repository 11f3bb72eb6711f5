"""Samples measured again on another day: does the method give the same value twice (incurred sample reanalysis).

Difference in percent of the mean of both (in log2 units of amounts, 2**value); at least 2 of 3 within WITHIN_PERCENT.
Needed are 10 % of the first 1000 samples and 5 % of the rest. A repeat never replaces a result.
Source: ICH M10 (2022) section 5.
"""

import numpy as np
import pandas as pd
from immunoassay import tables

WITHIN_PERCENT, DECIMALS = 30.0, 6
COLUMNS = ["panel", "analyte", "sample_id", "plate", "attempt", "run_date", "status", "verdict", "value", "unit"]


def compare(attempts: pd.DataFrame) -> pd.DataFrame:
    """The `repeats` table: one row per panel and analyte, from all accepted, quantified attempts.

    `attempts` with COLUMNS, of which texts may be categories.
    """
    rows = attempts[(attempts["status"] == "quantified") & attempts["verdict"].isin(tables.ACCEPTED)]
    records = []
    for (panel, analyte), group in rows.groupby(["panel", "analyte"], sort=True, observed=True):
        group = tables.plain(group)
        group = group.assign(value=tables.linear(group["value"], group["unit"]))
        group = group.sort_values(["run_date", "plate", "attempt"], kind="stable", key=tables.attempt_order)
        differences = _differences(group)
        n, within = len(differences), int(sum(round(each, DECIMALS) <= WITHIN_PERCENT for each in differences))
        samples = group["sample_id"].nunique()
        records.append(
            {
                "panel": panel,
                "analyte": analyte,
                "n_samples": samples,
                "n_needed": needed(samples),
                "n_pairs": n,
                "n_within": within,
                "median_difference_percent": float(np.median(differences)) if n else np.nan,
                **_verdict(n, within, needed(samples)),
            }
        )
    return tables.conform(pd.DataFrame(records, columns=list(tables.TABLES["repeats"].columns)), "repeats")


def needed(samples: int) -> int:
    """Samples to measure again: 10 % of the first 1000 and 5 % of the rest, rounded up."""
    return -(-(2 * min(samples, 1000) + max(samples - 1000, 0)) // 20)


def difference_percent(one: float | pd.Series, other: float | pd.Series) -> float | pd.Series:
    """Size of the difference of two values in percent of their mean."""
    return 200 * abs(other - one) / (one + other)


def _differences(rows):
    """The differences, by sample, of its first attempt and its first one on another plate and day; rows of one analyte."""
    rows = rows[rows["run_date"].notna()]
    each = rows.groupby("sample_id", sort=False)
    first = {column: each[column].transform("first") for column in ("plate", "run_date", "value")}
    later = (rows["plate"] != first["plate"]) & (rows["run_date"] > first["run_date"])
    pairs = rows[later].assign(first=first["value"][later]).drop_duplicates("sample_id")
    pairs = pairs.sort_values("sample_id", kind="stable")
    return difference_percent(pairs["first"], pairs["value"]).tolist()


def _verdict(n, within, least):
    words = f"{within} of {n} repeats within {WITHIN_PERCENT:g} % of their mean, {least} repeats needed"
    if n < least or not n:
        return {"verdict": "NOT_EVALUABLE", "words": words}
    return {"verdict": "PASS" if 3 * within >= 2 * n else "FAIL", "words": words}
