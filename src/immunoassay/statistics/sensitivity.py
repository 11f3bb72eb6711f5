"""What substitution would have said, beside the censored estimate: for comparison only, never an estimate."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.censored import fit_normal, normal_interval, ros
from immunoassay.statistics.frames import blocks, limits, ordered, status_counts, table
from immunoassay.statistics.known_codes import joined
from immunoassay.statistics.substitutes import HALF, substituted
from immunoassay.tables import BELOW, is_log2

FACTORS = {"lloq": 1.0, "half_lloq": HALF, "sqrt2_lloq": 1 / np.sqrt(2)}


def substitution(observations: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """One row per biomarker, course and visit: geometric means in the unit of the row, as frames.table("sensitivity").

    `lloq`, `half_lloq` and `sqrt2_lloq` replace values below LLOQ by LLOQ, LLOQ / 2 and LLOQ / sqrt 2 (above ULOQ by
    the ULOQ); `ros` models them by regression on order statistics; `censored` is the log-normal maximum likelihood.
    Whatever the config says, values below the limits are censored here at the LLOQ, or the LOD where there is none.
    `detected` is the same likelihood with values between LOD and LLOQ as they were measured and what is below the LOD
    censored there. In log2 units all are means, and `as_delivered` is the mean with values below LOD as delivered.
    """
    settings = choices.complete(settings)
    rows = []
    frame = ordered(observations)
    for labels, block in blocks(_bounded(frame[frame["kind"] == "biomarker"])):
        counts = status_counts(block["stated"].to_numpy(object))
        used = block[block["reported"]]
        low, high = limits(used["limit"].to_numpy(float, na_value=np.nan))
        lower, upper = _numbers(used, "lower", "upper")
        rows.append({**labels, **counts, "lloq_min": low, "lloq_max": high, **_estimates(lower, upper, settings)})
        rows[-1]["detected"] = _detected(used)
        rows[-1]["as_delivered"] = _as_delivered(used) if is_log2(labels["unit"]) else np.nan
    return table(rows, "sensitivity")


def _bounded(frame):
    """The frame with its `limit` and the bounds of values censored there: at it, or at their own upper bound where that is
    known to lie higher; in `detected_lower` and `detected_upper` those between LOD and LLOQ are as they were measured."""
    limit, lod, point = frame["lloq"].fillna(frame["lod"]).fillna(frame["lower_limit"]), frame["lod"], frame["point"]
    below, kept = frame["stated"].isin(BELOW), frame["lower"] == frame["upper"]
    lower = frame["lower"].mask(below, 0.0)
    upper = frame["upper"].mask(below, np.fmax(limit, frame["upper"].mask(kept)).fillna(frame["upper"]))
    hit = (frame["stated"] == "below_lloq") & (point >= lod)
    return frame.assign(
        limit=limit,
        lower=lower,
        upper=upper,
        detected_lower=lower.mask(hit, point),
        detected_upper=upper.mask(hit, point).mask(frame["stated"] == "below_lod", lod),
    )


def _numbers(used, *names):
    return (used[name].to_numpy(float, na_value=np.nan) for name in names)


def _detected(used):
    """The geometric mean with values between LOD and LLOQ as they were measured; NaN where no LOD is known."""
    if not used["lod"].notna().any():
        return np.nan
    lower, upper = _numbers(used, "detected_lower", "detected_upper")
    with np.errstate(divide="ignore"):
        fit = fit_normal(np.log(lower), np.log(upper))
    return float(np.exp(fit.mu)) if fit.converged else np.nan


def _as_delivered(used):
    """The geometric mean with the values below LOD as they were delivered; NaN where one was delivered without a number."""
    value = used["point"].where(used["stated"] == "below_lod", used["lower"]).to_numpy(float, na_value=np.nan)
    return float(np.exp(np.mean(np.log(value)))) if len(value) and (value > 0).all() else np.nan


def _estimates(lower, upper, settings):
    empty = dict.fromkeys([*FACTORS, "ros", "censored", "censored_low", "censored_high"], np.nan)
    if lower.size == 0:
        return {**empty, "method_code": "none", "reason_code": "no_result"}
    below, above = lower == 0, np.isinf(upper)
    value = np.where(below, upper, lower)
    columns = {**empty, "method_code": "geometric_means"}
    for name, factor in FACTORS.items():
        columns[name] = float(np.exp(np.mean(np.log(substituted(lower, upper, below, factor)))))
    reasons = []
    if above.any():
        reasons.append("ros_above_uloq")
    else:
        modelled, why = ros(value, below)
        reasons += [f"ros_{why}"] if why else []
        columns["ros"] = np.nan if modelled is None else float(np.exp(np.mean(np.log(modelled))))
    with np.errstate(divide="ignore"):
        log_lower, log_upper = np.log(lower), np.log(upper)
    fit = fit_normal(log_lower, log_upper)
    if fit.converged:
        columns["censored"] = float(np.exp(fit.mu))
        if lower.size >= settings["min_n_interval"]:
            interval = normal_interval(log_lower, log_upper, fit, settings["confidence"])
            columns["censored_low"], columns["censored_high"] = (
                float(np.exp(part)) if np.isfinite(part) else np.nan for part in interval[1:]
            )
    else:
        reasons.append(f"likelihood_{fit.reason}")
    return {**columns, "reason_code": joined(reasons)}
