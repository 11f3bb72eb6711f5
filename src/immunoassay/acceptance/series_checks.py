"""Rules on several wells of one sample: a dilution series (parallelism) and wells with a known amount added (spikes).

Like all rules they judge and change no value. Sources: ICH M10, Bioanalytical Method Validation and Study Sample Analysis
(2022), section 4.2 on parallelism and dilution; for spikes its tolerance of accuracy.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from immunoassay.acceptance.facts import Judgement
from immunoassay.readers.wells import READ
from immunoassay.tables import BELOW

KEY = ["plate", "sample_id", "analyte"]
BOTH = [*KEY, "dilution"]


def parallelism(combined: pd.DataFrame, criteria: dict) -> dict[tuple, list[Judgement]]:
    """{(plate, sample_id, analyte): [Judgement]} of samples with two or more quantified dilutions.

    `combined` has one row per plate x sample x analyte x dilution (calibration.quantify.combine_replicates). The CV
    (n - 1) of the concentrations, which are corrected for dilution, stays within `parallelism_cv_percent`; from three
    dilutions on the words give the slope of ln concentration over ln dilution, which is 0 for a parallel sample.
    """
    limit, found = criteria["parallelism_cv_percent"], {}
    rows = combined[combined["status"] == "quantified"].sort_values(BOTH, kind="stable")
    for key, series in rows[rows.duplicated(KEY, keep=False)].groupby(KEY, sort=True):
        value, dilution = series["value"].to_numpy(float), series["dilution"].to_numpy(float)
        cv = 100 * value.std(ddof=1) / value.mean()
        words = f"{key[1]}: CV {cv:.1f} % over {len(series)} dilutions"
        if len(series) > 2:
            words += f", slope {np.polyfit(np.log(dilution), np.log(value), 1)[0]:+.2f}"
        verdict = "PASS" if round(cv, criteria["compare_decimals"]) <= limit else "FAIL"
        found[key] = [Judgement("parallelism", "sample", key[1], cv, f"CV at most {limit} %", verdict, words)]
    return found


def spike_recovery(concentrations: pd.DataFrame, curves: pd.DataFrame, criteria: dict) -> dict[tuple, list[Judgement]]:
    """{(plate, sample_id, analyte): [Judgement]} of the spiked wells, one per spike and dilution.

    Recovery: 100 x (mean of the spiked wells - mean of the sample's own wells at that dilution) / amount added, all in
    the well. Where the sample itself is below LLOQ it lies between 0 and the LLOQ, and the recovery is an interval:
    PASS when all of it is within 100 % +- `spike_tolerance_percent`, FAIL when none of it is, else NOT_EVALUABLE.
    """
    usable = concentrations[concentrations["disposition"].isin(READ)]
    usable = usable.assign(sample_id=usable["sample_id"].fillna(""), dilution=usable["dilution"].fillna(1.0))
    spiked, own = usable[usable["role"] == "spike"], usable[usable["role"] == "sample"]
    if spiked.empty:
        return {}
    own = dict(iter(own.groupby(BOTH, sort=False)))
    lloq = curves.set_index(["plate", "analyte"])["lloq"]
    found: dict[tuple, list[Judgement]] = {}
    for (*place, dilution, level), wells in spiked.groupby([*BOTH, "level"], sort=True, dropna=False):
        key = tuple(place)
        judgement = _recovery(
            f"{key[1]} + {level} 1:{dilution:g}",
            wells,
            own.get((*key, dilution), usable.iloc[:0]),
            float(lloq.get((key[0], key[2]), np.nan)),
            criteria,
        )
        found.setdefault(key, []).append(judgement)
    return found


def _recovery(subject, wells, own, lloq, criteria):
    """The Judgement of one spike: its wells beside the sample's own."""
    tolerance, places = criteria["spike_tolerance_percent"], criteria["compare_decimals"]
    limit, added = f"within 100 +- {tolerance} %", wells["expected"].iloc[0]
    why = ""
    if not added > 0:
        why = "the amount added is not in the materials sheet"
    elif not wells["status"].eq("quantified").all():
        why = "the spiked wells are not all in range"
    elif own.empty or not own["status"].isin(["quantified", *BELOW]).all():
        why = "the sample's own wells at this dilution are missing or not in range"
    elif not own["status"].eq("quantified").all() and not np.isfinite(lloq):
        why = "the sample is below an LLOQ that is not known"
    if why:
        return Judgement("spike_recovery", "sample", subject, np.nan, limit, "NOT_EVALUABLE", f"{subject}: {why}")
    # one of the sample's wells in range and one below is below, as when replicates are combined
    exact = own["status"].eq("quantified").all()
    base = np.full(2, own["concentration_well"].mean()) if exact else np.array([lloq, 0.0])
    low, high = 100 * (wells["concentration_well"].mean() - base) / added
    inside = [round(abs(end - 100), places) <= tolerance for end in (low, high)]
    apart = round(low, places) > 100 + tolerance or round(high, places) < 100 - tolerance
    verdict = "PASS" if all(inside) else "FAIL" if apart else "NOT_EVALUABLE"
    recovery = f"{low:.1f} %" if exact else f"{low:.1f} to {high:.1f} %, the sample itself is below LLOQ"
    return Judgement(
        "spike_recovery", "sample", subject, (low + high) / 2, limit, verdict, f"{subject}: recovery {recovery}"
    )


def judged(
    combined: pd.DataFrame,
    concentrations: pd.DataFrame,
    curves: pd.DataFrame,
    criteria_of: Callable[[str, str], dict],
) -> dict[tuple, list[Judgement]]:
    """{(plate, sample_id, analyte): [Judgement]} of both rules; `criteria_of(panel, analyte)` gives the criteria."""
    found: dict[tuple, list[Judgement]] = {}
    spiked = concentrations.loc[concentrations["role"] == "spike", "analyte"].unique()
    several = combined.duplicated(KEY, keep=False) | combined["analyte"].isin(spiked)  # most have neither
    for (panel, analyte), rows in combined[several].groupby(["panel", "analyte"], sort=True):
        criteria = criteria_of(panel, analyte)
        wells = concentrations[(concentrations["panel"] == panel) & (concentrations["analyte"] == analyte)]
        for part in (parallelism(rows, criteria), spike_recovery(wells, curves, criteria)):
            for key, judgements in part.items():
                found.setdefault(key, []).extend(judgements)
    return found
