"""The concentrations the instrument's own software printed, beside those of our curves.

A software prints what is in the well or what is in the sample, and rarely says which; both are compared, in one unit. Where
neither agrees, a dilution, a unit or a material is wrong by a factor.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from immunoassay.acceptance.facts import Judgement
from immunoassay.tables.distinct import distinct

LEAST_SAMPLES, FOLD = 5, 2.0
NEAR = np.log(1.2)  # of a power of ten or of a dilution, to be named
KEY = ["plate", "well", "analyte"]


def agreement(
    wells: pd.DataFrame, concentrations: pd.DataFrame, criteria_of: Callable[[str, str], dict]
) -> dict[tuple, Judgement]:
    """{(plate, analyte): Judgement} where the software printed concentrations of samples that we quantify.

    The median over samples of software / ours, in the well and in the sample: PASS when either is within `vendor_fold`
    of 1, and the words say which; FAIL when neither is. NOT_EVALUABLE below LEAST_SAMPLES samples. `criteria_of` gives
    the criteria of (panel, analyte).
    """
    printed = (wells["role"] == "sample") & (wells["vendor_concentration"] > 0) & (wells["vendor_flag"] == "none")
    if not printed.any():
        return {}
    ours = concentrations.loc[concentrations["status"] == "quantified", [*KEY, "concentration_well"]]
    rows = wells.loc[printed, [*KEY, "panel", "sample_id", "dilution", "vendor_concentration", "vendor_factor"]]
    rows = rows.merge(ours, on=KEY)
    factor = rows["vendor_factor"].fillna(1.0)
    rows["well_ratio"] = np.log(rows["vendor_concentration"] * factor / rows["concentration_well"])
    rows["dilution"] = rows["dilution"].fillna(1.0)
    rows["sample_ratio"] = rows["well_ratio"] - np.log(rows["dilution"])
    at, first = distinct(rows, "plate", "analyte")
    places = list(rows[["plate", "analyte"]].take(first).itertuples(index=False, name=None))
    panels = rows["panel"].take(first).tolist()
    dilutions: list[list[float]] = [[] for _ in places]
    _, one_each = distinct(rows, "dilution", within=at)
    for number, dilution in zip(at[one_each], rows["dilution"].take(one_each), strict=True):
        dilutions[number].append(dilution)
    named = rows["sample_id"].notna().to_numpy()
    rows, at = rows[named], at[named]
    tube, one_each = distinct(rows, "sample_id", within=at)
    samples = rows[["well_ratio", "sample_ratio"]].groupby(tube).median().groupby(at[one_each])
    medians, count = samples.median().reindex(range(len(places))), np.bincount(at[one_each], minlength=len(places))
    found = {}
    for number, (well, sample) in enumerate(medians.itertuples(index=False)):
        place, several = places[number], sorted(dilutions[number])
        found[place] = _judged(int(count[number]), well, sample, several, criteria_of(panels[number], place[1]))
    return dict(sorted(found.items()))


def _judged(n, well, sample, dilutions, criteria):
    """The Judgement of one plate x analyte from the number of samples and the logarithms of software / ours."""
    fold, places = criteria.get("vendor_fold", FOLD), criteria["compare_decimals"]
    limit = f"within {fold:g}-fold, in the well or in the sample"
    if n < LEAST_SAMPLES:
        words = f"the software printed {n} of the quantified samples, {LEAST_SAMPLES} needed"
        return Judgement("vendor_agreement", "plate", "", np.nan, limit, "NOT_EVALUABLE", words)
    nearer = min(well, sample, key=abs)
    fine = round(np.exp(abs(nearer)), places) <= fold
    if fine:
        where = "in the well" if nearer == well else "in the sample"
        where = "in the well and in the sample" if well == sample else where
        words = f"the concentrations of the software are those {where}: {np.exp(nearer):.3g} times ours"
    else:
        words = f"the concentrations of the software are {_said(well, dilutions)} times ours in the well, "
        words += f"{_said(sample, dilutions)} times ours in the sample"
    words += f", median of {n} samples"
    return Judgement("vendor_agreement", "plate", "", float(np.exp(nearer)), limit, "PASS" if fine else "FAIL", words)


def _said(ratio, dilutions):
    """A ratio in words, with its name when it is a power of ten or a dilution of the plate."""
    power = round(ratio / np.log(10))
    if power and abs(ratio - power * np.log(10)) < NEAR:
        return f"{np.exp(ratio):.3g} (a power of ten)"
    for dilution in dilutions:
        if dilution > 1 and abs(abs(ratio) - np.log(dilution)) < NEAR:
            return f"{np.exp(ratio):.3g} (the dilution 1:{dilution:g})"
    return f"{np.exp(ratio):.3g}"
