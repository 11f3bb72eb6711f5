"""What each variable looked like at each visit: one centre with its interval, quantiles, and how much was censored."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.censored import Quantile, bounded_quantiles, extreme, fit_normal, normal_interval, quantiles
from immunoassay.statistics.frames import blocks, limits, ordered, status_counts, table
from immunoassay.statistics.intervals import log_t_interval, t_interval
from immunoassay.tables import CENSORED, REPORTED, is_log2


class Centre(NamedTuple):
    """A centre with its interval; method, status, interval and the reason why something is missing as known_codes."""

    method: str
    value: float
    status: str
    low: float
    high: float
    interval: str
    reason: str


def visit_summaries(observations: pd.DataFrame, settings: Mapping[str, Any], alike: bool = False) -> pd.DataFrame:
    """One row per variable, course, visit and quantity, as frames.table("visit_summaries").

    Quantities: value and change (scores, in points; biomarkers, in their unit), and for biomarkers
    relative_change_percent and over_lloq (value / one LLOQ per analyte; its lloq_min and lloq_max are 1). In log2 units a
    change and a value over the LLOQ are differences, nothing is relative, and the centre is the mean. Another
    biomarker has one centre over all its visits: the mean or geometric mean (settings) of a log-normal, as censored
    estimate when any of its results is outside the limits. A visit with more than half outside shows its median, or
    how many were below, without interval; the mean change of a biomarker in its unit has none either. Counts of change
    and relative change are of pairs: one with either result below LLOQ counts as below. `alike`: where any result is outside
    the limits all quantiles of values are of reverse Kaplan-Meier, so that boxes side by side are of one definition.
    """
    settings = choices.complete(settings)
    frame = ordered(observations)
    outside = frame["reported"] & (frame["status"] != "quantified")
    censored = set(frame.loc[outside, "variable"])
    step = alike and bool(censored)
    rows = []
    for labels, block in blocks(frame):
        quantities, own = ["value", "change"], settings
        if labels["kind"] == "biomarker":
            quantities += ["relative_change_percent", "over_lloq"]
        if is_log2(labels["unit"]):
            quantities.remove("relative_change_percent")
            own = {**settings, "centre": "geometric_mean"}  # of amounts, which is the mean of their logarithms
        for quantity in quantities:
            rows.append({**labels, **_summary(labels, block, quantity, labels["variable"] in censored, own, step)})
    return table(rows, "visit_summaries")


def _summary(labels, block, quantity, censored, settings, step):
    score, log2 = labels["kind"] == "score", is_log2(labels["unit"])
    unit = labels["unit"] or ""
    if not log2:
        unit = {"relative_change_percent": "%", "over_lloq": "x LLOQ"}.get(quantity, unit)
    paired = quantity in ("change", "relative_change_percent")
    lower, upper = (part.to_numpy(float, na_value=np.nan) for part in _bounds(block, quantity))
    status = _pair_status(block) if paired else block["stated"].to_numpy(object)
    # A result whose LLOQ is unknown cannot be divided by it.
    status = np.where(np.isin(status, ("missing", "not_reportable")) | ~np.isnan(lower), status, "not_reportable")
    counts = status_counts(status)
    used = np.isin(status, REPORTED)
    lower, upper = lower[used], upper[used]
    low_limit, high_limit = limits(block["lower_limit"].to_numpy(float, na_value=np.nan)[used])
    if quantity == "over_lloq" and used.any():
        low_limit = high_limit = 1.0
    if paired:
        centre = _paired_centre(block, lower, upper, quantity, counts, labels, settings)
    elif score:
        centre = _plain(lower, "mean", settings)
    else:
        centre = _biomarker_centre(lower, upper, counts, censored, settings)
    summary = {"quantity": quantity, "unit": unit, **counts}
    summary.update(
        centre_method_code=centre.method,
        centre=centre.value,
        centre_status=centre.status,
        low=centre.low,
        high=centre.high,
        interval_method_code=centre.interval,
        lloq_min=low_limit,
        lloq_max=high_limit,
        reason_code=centre.reason,
    )
    summary.update(_quantile_columns(lower, upper, paired, log2, step))
    return summary


def _bounds(block, quantity):
    if quantity == "value":
        return block["lower"], block["upper"]
    if quantity == "change":
        return block["change_lower"], block["change_upper"]
    if quantity == "over_lloq":
        return block["over_lloq_lower"], block["over_lloq_upper"]
    return 100 * (block["fold_lower"] - 1), 100 * (block["fold_upper"] - 1)


def _pair_status(block):
    """Status of the pair of a result and its baseline: the worse of the two, missing first."""
    first, second = block["baseline_status"].to_numpy(object), block["status"].to_numpy(object)
    first = np.where(pd.isna(first), "missing", first)
    pair = np.full(len(block), "quantified", dtype=object)
    for name in (*reversed(CENSORED), "not_reportable", "missing"):
        pair[(first == name) | (second == name)] = name
    return pair


def _plain(values, name, settings):
    """Mean or geometric mean of quantified values with its t interval."""
    n = len(values)
    if n == 0:
        return _nothing("no_result")
    compute = t_interval if name == "mean" else log_t_interval
    estimate, low, high = compute(values, settings["confidence"])
    if n < settings["min_n_interval"]:
        return _without_interval(name, estimate, "few_results")
    if np.isnan(low):
        return _without_interval(name, estimate, "equal_values")
    return Centre(name, estimate, "value", low, high, "t" if name == "mean" else "log_t", "")


def _paired_centre(block, lower, upper, quantity, counts, labels, settings):
    log2 = is_log2(labels["unit"])
    if block["own_baseline"].all() and counts["n"]:
        return Centre("baseline", 1.0 if log2 else 0.0, "value", np.nan, np.nan, "none", "")
    if (lower != upper).any():
        return _nothing("pairs_outside")
    if labels["kind"] == "score":
        return _plain(lower, "mean", settings)
    if log2:
        return _uncensored(lower, settings)
    if quantity == "change":
        # Its t interval covers 80 to 93 % when the values are log-normal.
        return _without_interval("mean", lower.mean(), "skewed_differences") if len(lower) else _nothing("no_result")
    centre = _uncensored(1 + lower / 100, settings)
    value, low, high = (100 * (part - 1) for part in (centre.value, centre.low, centre.high))
    method = f"{settings['centre']}_ratio" if centre.status == "value" else centre.method
    return centre._replace(method=method, value=value, low=low, high=high)


def _biomarker_centre(lower, upper, counts, censored, settings):
    if counts["n"] == 0:
        return _nothing("no_result")
    if not censored:
        return _uncensored(lower, settings)
    if 2 * (lower != upper).sum() > counts["n"]:
        return _median(lower, upper, "mostly_outside")
    centre = _log_normal(lower, upper, f"{settings['centre']}_censored", "censored", settings)
    return centre if centre.status == "value" else _median(lower, upper, centre.reason)


def _uncensored(values, settings):
    """The centre of quantified values of a biomarker; `_plain` is the same for the geometric mean, and exact."""
    if settings["centre"] == "geometric_mean" or len(values) == 0:
        return _plain(values, "geometric_mean", settings)
    return _log_normal(values, values, "mean_log_normal", "log_normal", settings)


def _log_normal(lower, upper, method, fitted, settings):
    """The mean or geometric mean of a log-normal by maximum likelihood, with its profile interval.

    The t interval of the arithmetic mean covers 86 to 92 % at a standard deviation of the logs of 0.8, and 77 to 87 %
    at 1.2 (n = 5 to 50); the profile interval of the log-normal mean covers 93 to 97 %. `fitted` begins the code of a
    reason why there is no fit.
    """
    n = len(lower)
    if np.ptp(lower) == 0 and np.array_equal(lower, upper):
        return _without_interval(method, lower[0], "one_value" if n == 1 else "equal_values")
    with np.errstate(divide="ignore"):
        log_lower, log_upper = np.log(lower), np.log(upper)
    fit = fit_normal(log_lower, log_upper)
    if not fit.converged:
        return _nothing(f"{fitted}_{fit.reason}")
    log_mean = settings["centre"] == "mean"
    if n < settings["min_n_interval"]:
        estimate = np.exp(fit.mu + (fit.sigma**2 / 2 if log_mean else 0))
        return _without_interval(method, estimate, "few_results")
    interval = normal_interval(log_lower, log_upper, fit, settings["confidence"], log_mean)
    estimate, low, high = (
        float(np.exp(min(part, 700.0))) if np.isfinite(part) else float(np.exp(part)) for part in interval
    )
    if low == 0 and np.isinf(high):
        return _without_interval(method, estimate, "unbounded")
    return Centre(method, estimate, "value", low, high, "profile_t", "")


def _median(lower, upper, reason):
    median = quantiles(lower, upper, [0.5])[0]
    return Centre("median_kaplan_meier", median.value, median.status, np.nan, np.nan, "none", reason)


def _without_interval(method, estimate, reason):
    return Centre(method, float(estimate), "value", np.nan, np.nan, "none", reason)


def _nothing(reason):
    return Centre("none", np.nan, "not_estimable", np.nan, np.nan, "none", reason)


def _quantile_columns(lower, upper, paired, log2, step):
    points = (0.5, 0.25, 0.75)
    if log2:  # between two order statistics lies the mean of the values, not of the amounts
        with np.errstate(divide="ignore"):
            lower, upper = np.log2(lower), np.log2(upper)
    exact = np.array_equal(lower, upper)
    if paired and not exact:
        method = "bounds"
        found = bounded_quantiles(lower, upper, [*points, 0.0, 1.0])
    else:
        method = "linear" if exact and not step else "kaplan_meier"
        found = [
            *quantiles(lower, upper, points, step),
            extreme(lower, upper, "minimum"),
            extreme(lower, upper, "maximum"),
        ]
    columns = {"quantile_method_code": method if len(lower) else "none"}
    for name, quantile in zip(("median", "q1", "q3", "minimum", "maximum"), found, strict=True):
        quantile = Quantile(*quantile)
        columns[name], columns[f"{name}_status"] = (np.exp2(quantile.value), quantile.status) if log2 else quantile
    return columns
