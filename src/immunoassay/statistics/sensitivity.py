"""What substitution would have said, beside the censored estimate: for comparison only, never an estimate."""

import numpy as np
from immunoassay.statistics import settings as choices
from immunoassay.statistics.censored import fit_normal, normal_interval, ros
from immunoassay.statistics.frames import blocks, limits, prepare, status_counts, table

FACTORS = {"lloq": 1.0, "half_lloq": 0.5, "sqrt2_lloq": 1 / np.sqrt(2)}
COLUMNS = {
    **dict.fromkeys(("variable", "kind", "panel", "group", "unit", "course", "visit"), "str"),
    "visit_order": "Int64",
    **dict.fromkeys(
        ("n_expected", "n", "n_quantified", "n_below", "n_above", "n_missing", "n_not_reportable"), "Int64"
    ),
    "share_below": "float64",
    "lloq_min": "float64",
    "lloq_max": "float64",
    **dict.fromkeys(FACTORS, "float64"),
    "ros": "float64",
    "censored": "float64",
    "censored_low": "float64",
    "censored_high": "float64",
    "method": "str",
    "reason": "str",
}


def substitution(observations, settings):
    """One row per biomarker, course and visit: geometric means, columns as COLUMNS, in the unit of the row.

    `lloq`, `half_lloq` and `sqrt2_lloq` replace values below LLOQ by LLOQ, LLOQ / 2 and LLOQ / sqrt 2 (above ULOQ by
    the ULOQ); `ros` models them by regression on order statistics; `censored` is the log-normal maximum likelihood.
    """
    settings = choices.complete(settings)
    rows = []
    frame = prepare(observations)
    for labels, block in blocks(frame[frame["kind"] == "biomarker"]):
        counts = status_counts(block["status"].to_numpy(object))
        used = block[block["reported"]]
        low, high = limits(used["lloq"].to_numpy(float, na_value=np.nan))
        lower, upper = (used[name].to_numpy(float, na_value=np.nan) for name in ("lower", "upper"))
        rows.append({**labels, **counts, "lloq_min": low, "lloq_max": high, **_estimates(lower, upper, settings)})
    return table(rows, COLUMNS)


def _estimates(lower, upper, settings):
    empty = dict.fromkeys([*FACTORS, "ros", "censored", "censored_low", "censored_high"], np.nan)
    if lower.size == 0:
        return {**empty, "method": "none", "reason": "no result"}
    below, above = lower == 0, np.isinf(upper)
    value = np.where(below, upper, lower)
    columns = {**empty, "method": "geometric means", "reason": ""}
    for name, factor in FACTORS.items():
        columns[name] = float(np.exp(np.mean(np.log(np.where(below, factor * value, value)))))
    reasons = []
    if above.any():
        reasons.append("ROS: results above the ULOQ")
    else:
        modelled, why = ros(value, below)
        reasons += [f"ROS: {why}"] if why else []
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
        reasons.append(f"censored: {fit.reason}")
    return {**columns, "reason": "; ".join(reasons)}
