"""What judgements do to attempts: the one place where an attempt becomes not reportable, or gets the flag of a rule.

A required rule that fails, or that cannot be evaluated where the panel does not accept that, takes the result: status, value
and bounds go, the `point` stays, and the first reason counts. An advisory rule that fails sets a flag and changes no value.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd
from immunoassay import tables

OF_PLATES = {"FAIL": "plate_rejected", "NOT_EVALUABLE": "plate_not_evaluable"}  # verdict of plate x analyte -> reason


def takes(verdict: str | pd.Series, required: bool | pd.Series, excused: bool | pd.Series) -> bool | pd.Series:
    """Whether a judgement takes the result, of one or of many; `excused`: the panel accepts what cannot be evaluated."""
    return required & ((verdict == "FAIL") | ((verdict == "NOT_EVALUABLE") & np.logical_not(excused)))


def of_plates(attempts: pd.DataFrame, unproven: Collection[str]) -> pd.DataFrame:
    """The attempts with the consequences of their `verdict`; `unproven` are the panels that accept what cannot be evaluated."""
    attempts, excused = attempts.copy(), attempts["panel"].isin(unproven)
    for verdict, reason in OF_PLATES.items():
        reject(attempts, (attempts["verdict"] == verdict) & takes(attempts["verdict"], True, excused), reason)
    return attempts


def of_samples(attempts: pd.DataFrame, judged: pd.DataFrame, unproven: Collection[str]) -> pd.DataFrame:
    """The attempts with the consequences of the judgements of sample rules.

    `judged` has a row per judgement, in the order in which they count: at (position of the attempt), panel, rule, verdict,
    required; `unproven` as for `of_plates`.
    """
    attempts, places = attempts.copy(), range(len(attempts))
    rule, failed = judged["rule"].astype("str"), judged["verdict"] == "FAIL"
    taken = takes(judged["verdict"], judged["required"].astype(bool), judged["panel"].isin(unproven))
    reasons = rule[taken].where(failed[taken], rule[taken] + "_not_evaluable")
    reasons = reasons.groupby(judged["at"]).first().reindex(places)
    reject(attempts, reasons.notna(), reasons)
    flags = ("W-" + rule[failed & ~taken].str.upper().str.replace("_", "-")).groupby(judged["at"]).agg(";".join)
    more = pd.Series(flags.reindex(places).array, index=attempts.index, dtype="str")
    before = attempts["flags"].astype("str")
    attempts["flags"] = before.where(more.isna(), (before.fillna("") + ";" + more).str.removeprefix(";"))
    return attempts


def reject(attempts: pd.DataFrame, hit: pd.Series | np.ndarray, reason: str | pd.Series) -> None:
    """Make the attempts of a mask not reportable, unless they are already; their `point` stays. Changes the frame.

    `reason` is one for all, or one for each attempt.
    """
    hit = np.asarray(hit, bool) & (attempts["status"] != "not_reportable").to_numpy(bool)
    if not hit.any():
        return
    reasons = np.broadcast_to(np.asarray(reason, object), len(attempts))
    attempts.loc[hit, "status"], attempts.loc[hit, "reason"] = "not_reportable", reasons[hit]
    attempts.loc[hit, ["value", "low", "high"]] = np.nan
    attempts.loc[hit, "lower"], attempts.loc[hit, "upper"] = tables.lowest(attempts["unit"])[hit], np.inf
