"""Rules on the wells and dilutions behind one attempt; like all rules they judge and change no value."""

import numpy as np
import pandas as pd
from immunoassay.acceptance.facts import Judgement
from immunoassay.acceptance.rules import subject
from immunoassay.readers.wells import READ

KEY = ["plate", "sample_id", "analyte", "dilution"]


def replicate_agreement(attempt: dict, statuses: list[str]) -> Judgement | None:
    """The replicate wells of an attempt lie on one side of every limit.

    `statuses`: those of its wells that were read. ICH M10 (2022) 4.3.4 lists replicates on both sides of the LLOQ among the
    reasons for a repeat.
    """
    if len(statuses) < 2:
        return None
    names = sorted(set(statuses))
    words = f"{attempt['sample_id']}: its wells are {' and '.join(names)}".replace("_", " ")
    verdict = "PASS" if len(names) == 1 else "FAIL"
    return Judgement("replicate_agreement", "sample", subject(attempt), len(names), "one status", verdict, words)


def hook(attempt: dict, rises: float | None, criteria: dict) -> Judgement | None:
    """The concentration of the sample does not rise with dilution by more than `hook_percent`.

    `rises`: the largest rise in percent between a dilution and any higher one, both quantified; None when the sample
    has no two such dilutions, which is never a pass where the rule is required.
    """
    limit = f"rises by at most {criteria['hook_percent']} %"
    if rises is None:
        if "hook" not in criteria["required"]:
            return None
        words = f"{attempt['sample_id']}: no two quantified dilutions"
        return Judgement("hook", "sample", subject(attempt), np.nan, limit, "NOT_EVALUABLE", words)
    fine = round(rises, criteria["compare_decimals"]) <= criteria["hook_percent"]
    words = f"{attempt['sample_id']}: {'rises' if rises > 0 else 'moves'} by {rises:.1f} % with dilution"
    return Judgement("hook", "sample", subject(attempt), rises, limit, "PASS" if fine else "FAIL", words)


def well_statuses(concentrations: pd.DataFrame) -> dict[tuple, list[str]]:
    """{(plate, sample_id, analyte, dilution): statuses of the sample wells that were read}."""
    wells = concentrations[(concentrations["role"] == "sample") & concentrations["disposition"].isin(READ)]
    wells = wells.assign(sample_id=wells["sample_id"].fillna(""), dilution=wells["dilution"].fillna(1.0))
    found: dict[tuple, list[str]] = {}
    for *key, status in zip(*(wells[name].tolist() for name in (*KEY, "status")), strict=True):
        found.setdefault(tuple(key), []).append(status)
    return found


def rises_with_dilution(combined: pd.DataFrame) -> dict[tuple, float]:
    """{(plate, sample_id, analyte): largest rise in percent} of samples with two or more quantified dilutions.

    `combined` has one row per plate x sample x analyte x dilution (calibration.quantify.combine_replicates).
    """
    rows = combined[combined["status"] == "quantified"].sort_values("dilution", kind="stable")
    rows = rows[rows.duplicated(KEY[:3], keep=False)]
    found = {}
    for key, series in rows.groupby(KEY[:3], sort=False)["value"]:
        values = series.to_numpy(float)
        lowest_before = np.minimum.accumulate(values)[:-1]
        found[key] = float(100 * (values[1:] / lowest_before - 1).max())
    return found
