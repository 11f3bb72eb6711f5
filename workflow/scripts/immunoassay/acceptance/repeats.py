"""Samples measured again on another day: does the method give the same value twice (incurred sample reanalysis).

Difference in percent of the mean of both; at least 2 of 3 within WITHIN_PERCENT. Needed are 10 % of the first 1000 samples
and 5 % of the rest. A repeat never replaces a result. Source: ICH M10 (2022) section 5.
"""

import numpy as np
import pandas as pd
from immunoassay import tables

WITHIN_PERCENT, DECIMALS = 30.0, 6
USED = ("PASS", "WARN")


def compare(attempts):
    """The `repeats` table: one row per panel and analyte, from all accepted, quantified attempts."""
    rows = attempts[(attempts["status"] == "quantified") & attempts["verdict"].isin(USED)]
    rows = rows.sort_values(["run_date", "plate", "attempt"], kind="stable")
    records = []
    for (panel, analyte), group in rows.groupby(["panel", "analyte"], sort=True):
        differences = [each for _, sample in group.groupby("sample_id", sort=True) for each in _difference(sample)]
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


def needed(samples):
    """Samples to measure again: 10 % of the first 1000 and 5 % of the rest, rounded up."""
    return -(-(2 * min(samples, 1000) + max(samples - 1000, 0)) // 20)


def difference_percent(one, other):
    """Size of the difference of two values in percent of their mean."""
    return 200 * abs(other - one) / (one + other)


def _difference(sample):
    """That of the first attempt and the first one on another plate and another day; none if there is no such."""
    sample = sample[sample["run_date"].notna()]
    if sample.empty:
        return []
    first = sample.iloc[0]
    later = sample[(sample["plate"] != first["plate"]) & (sample["run_date"] > first["run_date"])]
    return [difference_percent(first["value"], later["value"].iloc[0])] if len(later) else []


def _verdict(n, within, least):
    words = f"{within} of {n} repeats within {WITHIN_PERCENT:g} % of their mean, {least} repeats needed"
    if n < least or not n:
        return {"verdict": "NOT_EVALUABLE", "words": words}
    return {"verdict": "PASS" if 3 * within >= 2 * n else "FAIL", "words": words}
