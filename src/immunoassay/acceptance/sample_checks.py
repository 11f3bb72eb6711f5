"""Rules on the wells and dilutions behind attempts; like all rules they judge and change no value."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from immunoassay.acceptance.facts import Judged, Judgement, Rows, verdict
from immunoassay.readers.wells import READ
from immunoassay.tables.distinct import distinct

KEY = ["plate", "sample_id", "analyte", "dilution"]


def replicate_agreement(attempts: Rows) -> Iterator[Judged]:
    """The replicate wells of an attempt lie on one side of every limit.

    `statuses` of an attempt: those of its wells that were read, as `well_statuses` gives them. ICH M10 (2022) 4.3.4 lists
    replicates on both sides of the LLOQ among the reasons for a repeat.
    """
    at = np.array([len(each) > 1 for each in attempts["statuses"]], bool).nonzero()[0]
    found = [tuple(each) for each in attempts["statuses"][at]]
    names = {each: sorted(set(each)) for each in set(found)}  # many wells have the same
    said = {each: f": its wells are {' and '.join(own)}" for each, own in names.items()}
    words = [
        (sample + said[each]).replace("_", " ") for sample, each in zip(attempts["sample_id"][at], found, strict=True)
    ]
    count, subject = np.array([len(names[each]) for each in found], int), attempts["subject"][at]
    yield at, Judgement("replicate_agreement", "sample", subject, count, "one status", verdict(count == 1), words)


def hook(attempts: Rows, criteria: dict) -> Iterator[Judged]:
    """The concentration of the sample does not rise with dilution by more than `hook_percent`.

    `rise` of an attempt: the largest rise in percent between a dilution and any higher one, both quantified; missing when
    the sample has no two such dilutions, which is never a pass where the rule is required.
    """
    limit, rise = f"rises by at most {criteria['hook_percent']} %", attempts["rise"]
    sample, subject = attempts["sample_id"], attempts["subject"]
    one = np.flatnonzero(np.isnan(rise)) if "hook" in criteria["required"] else np.zeros(0, int)
    words = [f"{name}: no two quantified dilutions" for name in sample[one]]
    yield one, Judgement("hook", "sample", subject[one], np.nan, limit, "NOT_EVALUABLE", words)
    at = np.flatnonzero(~np.isnan(rise))
    fine = np.round(rise[at], criteria["compare_decimals"]) <= criteria["hook_percent"]
    words = [
        f"{name}: {'rises' if each > 0 else 'moves'} by {each:.1f} % with dilution"
        for name, each in zip(sample[at], rise[at], strict=True)
    ]
    yield at, Judgement("hook", "sample", subject[at], rise[at], limit, verdict(fine), words)


def well_statuses(concentrations: pd.DataFrame) -> dict[tuple, list[str]]:
    """{(plate, sample_id, analyte, dilution): statuses of the sample wells that were read}."""
    read = (concentrations["role"] == "sample") & concentrations["disposition"].isin(READ)
    wells = concentrations.loc[read, [*KEY, "status"]]
    wells = wells.assign(sample_id=wells["sample_id"].fillna(""), dilution=wells["dilution"].fillna(1.0))
    at, first = distinct(wells, *KEY)
    keys, statuses = wells[KEY].take(first), wells["status"].take(np.argsort(at, kind="stable")).tolist()
    ends = np.cumsum(np.bincount(at, minlength=len(first))).tolist()
    parts = [statuses[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return dict(zip(zip(*(keys[name].tolist() for name in KEY), strict=True), parts, strict=True))


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
