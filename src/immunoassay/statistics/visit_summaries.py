"""What each variable looked like at each visit: one centre with its interval, quantiles, and how much was censored."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from immunoassay.statistics import number_words
from immunoassay.statistics import settings as choices
from immunoassay.statistics.censored import Quantile, bounded_quantiles, extreme, fit_normal, normal_interval, quantiles
from immunoassay.statistics.frames import blocks, limits, prepare, status_counts, table
from immunoassay.statistics.intervals import log_t_interval, t_interval
from immunoassay.tables import CENSORED, REPORTED

COLUMNS = {
    **dict.fromkeys(("variable", "kind", "panel", "group", "unit", "course", "visit"), "str"),
    "visit_order": "Int64",
    "quantity": "str",
    **dict.fromkeys(
        ("n_expected", "n", "n_quantified", "n_below", "n_below_lod", "n_above", "n_missing", "n_not_reportable"),
        "Int64",
    ),
    "share_below": "float64",
    "centre_method": "str",
    "centre": "float64",
    "centre_status": "str",
    "low": "float64",
    "high": "float64",
    "interval_method": "str",
    "centre_text": "str",
    "median": "float64",
    "median_status": "str",
    "q1": "float64",
    "q1_status": "str",
    "q3": "float64",
    "q3_status": "str",
    "minimum": "float64",
    "minimum_status": "str",
    "maximum": "float64",
    "maximum_status": "str",
    "quantile_method": "str",
    "lloq_min": "float64",
    "lloq_max": "float64",
    "words": "str",
    "reason": "str",
}
LINEAR = "linear between order statistics"
KAPLAN_MEIER = "reverse Kaplan\N{EN DASH}Meier"
BOUNDS = "linear between order statistics, where the bounds agree"
NAMES = {"mean": "mean", "geometric_mean": "geometric mean"}
DIFFERENCES = "differences of skewed values; the ratio to baseline has one"


class Centre(NamedTuple):
    """A centre with its interval; `text` is what a figure or table prints, `reason` why something is missing."""

    method: str
    value: float
    status: str
    low: float
    high: float
    interval_method: str
    text: str
    reason: str


def visit_summaries(observations, settings):
    """One row per variable, course, visit and quantity, columns as COLUMNS.

    Quantities: value and change (scores, in points; biomarkers, in their unit), and for biomarkers
    relative_change_percent and over_lloq (value / LLOQ applied, no unit; its lloq_min and lloq_max are 1). A
    biomarker has one centre over all its visits: the mean or geometric mean (settings) of a log-normal, as censored
    estimate when any of its results is outside the limits. A visit with more than half outside shows its median, or
    how many were below, without interval; the mean change of a biomarker in its unit has none either. Counts of change
    and relative change are of pairs: one with either result below LLOQ counts as below.
    """
    settings = choices.complete(settings)
    frame = prepare(observations)
    outside = frame["reported"] & (frame["status"] != "quantified")
    censored = set(frame.loc[outside, "variable"])
    rows = []
    for labels, block in blocks(frame):
        quantities = ["value", "change"]
        if labels["kind"] == "biomarker":
            quantities += ["relative_change_percent", "over_lloq"]
        for quantity in quantities:
            rows.append({**labels, **_summary(labels, block, quantity, labels["variable"] in censored, settings)})
    return table(rows, COLUMNS)


def _summary(labels, block, quantity, censored, settings):
    score = labels["kind"] == "score"
    unit = {"relative_change_percent": "%", "over_lloq": "x LLOQ"}.get(quantity, labels["unit"] or "")
    paired = quantity in ("change", "relative_change_percent")
    lower, upper = (part.to_numpy(float, na_value=np.nan) for part in _bounds(block, quantity))
    status = _pair_status(block) if paired else block["status"].to_numpy(object)
    # A result whose LLOQ is unknown cannot be divided by it.
    status = np.where(np.isin(status, ("missing", "not_reportable")) | ~np.isnan(lower), status, "not_reportable")
    counts = status_counts(status)
    used = np.isin(status, REPORTED)
    lower, upper = lower[used], upper[used]
    low_limit, high_limit = limits(block["lloq"].to_numpy(float, na_value=np.nan)[used])
    if quantity == "over_lloq" and used.any():
        low_limit = high_limit = 1.0
    if paired:
        centre = _paired_centre(block, lower, upper, quantity, counts, score, settings)
    elif score:
        centre = _plain(lower, "mean", settings)
    else:
        centre = _biomarker_centre(lower, upper, counts, censored, low_limit, high_limit, settings)
    summary = {"quantity": quantity, "unit": unit, **counts}
    summary.update(
        centre_method=centre.method,
        centre=centre.value,
        centre_status=centre.status,
        low=centre.low,
        high=centre.high,
        interval_method=centre.interval_method,
        centre_text=centre.text,
        lloq_min=low_limit,
        lloq_max=high_limit,
        reason=centre.reason,
    )
    summary.update(_quantile_columns(lower, upper, paired))
    if quantity == "over_lloq":
        low_limit = np.nan  # to say that the LLOQ is one LLOQ helps nobody
    summary["words"] = _words(counts, centre, unit, low_limit, high_limit, paired, settings)
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
        return _nothing("no result")
    method = NAMES[name]
    compute = t_interval if name == "mean" else log_t_interval
    estimate, low, high = compute(values, settings["confidence"])
    if n < settings["min_n_interval"]:
        return _without_interval(method, estimate, f"n = {n}, fewer than {settings['min_n_interval']}")
    if np.isnan(low):
        return _without_interval(method, estimate, "all values are equal")
    interval = "t" if name == "mean" else "t on the log scale"
    return Centre(method, estimate, "value", low, high, interval, number_words.with_interval(estimate, low, high), "")


def _paired_centre(block, lower, upper, quantity, counts, score, settings):
    if block["baseline"].all() and counts["n"]:
        return Centre("baseline by definition", 0.0, "value", np.nan, np.nan, "none", "0 (baseline)", "")
    if counts["n_below"] + counts["n_above"]:
        outside = counts["n_below"] + counts["n_above"]
        reason = f"{outside} of {counts['n']} pairs hold a result outside the limits; see the ratio to baseline"
        return _nothing(reason, "not estimable")
    if score:
        return _plain(lower, "mean", settings)
    if quantity == "change":
        # Its t interval covers 80 to 93 % when the values are log-normal.
        return _without_interval("mean", lower.mean(), DIFFERENCES) if len(lower) else _nothing("no result")
    centre = _uncensored(1 + lower / 100, settings)
    value, low, high = (100 * (part - 1) for part in (centre.value, centre.low, centre.high))
    text = number_words.with_interval(value, low, high) if centre.status == "value" else centre.text
    method = {"mean": "mean ratio - 1", "geometric_mean": "geometric mean ratio - 1"}[settings["centre"]]
    method = method if centre.status == "value" else centre.method
    return centre._replace(method=method, value=value, low=low, high=high, text=text)


def _biomarker_centre(lower, upper, counts, censored, low_limit, high_limit, settings):
    if counts["n"] == 0:
        return _nothing("no result")
    if not censored:
        return _uncensored(lower, settings)
    if 2 * (counts["n_below"] + counts["n_above"]) > counts["n"]:
        return _mostly_censored(lower, upper, counts, low_limit, high_limit)
    centre = _log_normal(lower, upper, f"{NAMES[settings['centre']]}, censored log-normal", settings)
    if centre.status == "value":
        return centre
    median = quantiles(lower, upper, [0.5])[0]
    return _median(median, counts, high_limit, centre.reason)


def _uncensored(values, settings):
    """The centre of quantified values of a biomarker; `_plain` is the same for the geometric mean, and exact."""
    if settings["centre"] == "geometric_mean" or len(values) == 0:
        return _plain(values, "geometric_mean", settings)
    return _log_normal(values, values, "mean, log-normal", settings)


def _log_normal(lower, upper, method, settings):
    """The mean or geometric mean of a log-normal by maximum likelihood, with its profile interval.

    The t interval of the arithmetic mean covers 86 to 92 % at a standard deviation of the logs of 0.8, and 77 to 87 %
    at 1.2 (n = 5 to 50); the profile interval of the log-normal mean covers 93 to 97 %.
    """
    n = len(lower)
    if np.ptp(lower) == 0 and np.array_equal(lower, upper):
        return _without_interval(method, float(lower[0]), "one value" if n == 1 else "all values are equal")
    with np.errstate(divide="ignore"):
        log_lower, log_upper = np.log(lower), np.log(upper)
    fit = fit_normal(log_lower, log_upper)
    if not fit.converged:
        return _nothing(f"no {method} estimate: {fit.reason}", "not estimable")
    log_mean = settings["centre"] == "mean"
    if n < settings["min_n_interval"]:
        estimate = float(np.exp(fit.mu + (fit.sigma**2 / 2 if log_mean else 0)))
        return _without_interval(method, estimate, f"n = {n}, fewer than {settings['min_n_interval']}")
    interval = normal_interval(log_lower, log_upper, fit, settings["confidence"], log_mean)
    estimate, low, high = (
        float(np.exp(min(part, 700.0))) if np.isfinite(part) else float(np.exp(part)) for part in interval
    )
    if low == 0 and np.isinf(high):
        return _without_interval(method, estimate, "the likelihood bounds neither side")
    text = number_words.with_interval(estimate, low, high)
    return Centre(method, estimate, "value", low, high, "profile likelihood, t-calibrated", text, "")


def _mostly_censored(lower, upper, counts, low_limit, high_limit):
    outside = counts["n_below"] + counts["n_above"]
    reason = f"no interval: {outside} of {counts['n']} results outside the limits, more than half"
    return _median(quantiles(lower, upper, [0.5])[0], counts, high_limit, reason)


def _median(median, counts, high_limit, reason):
    method = f"median, {KAPLAN_MEIER}"
    if median.status == "value":
        text = f"median {number_words.number(median.value)}, {counts['n_below']} of {counts['n']} < LLOQ"
    elif median.status == "below_lloq":
        text = f"< {number_words.number(high_limit)}, {counts['n_below']} of {counts['n']}"
    else:
        text = f"> ULOQ, {counts['n_above']} of {counts['n']}"
    return Centre(method, median.value, median.status, np.nan, np.nan, "none", text, reason)


def _without_interval(method, estimate, why):
    text = f"{number_words.number(estimate)} (no interval)"
    return Centre(method, float(estimate), "value", np.nan, np.nan, "none", text, f"no interval: {why}")


def _nothing(reason, text="no result"):
    return Centre("none", np.nan, "not_estimable", np.nan, np.nan, "none", text, reason)


def _quantile_columns(lower, upper, paired):
    points = (0.5, 0.25, 0.75)
    exact = np.array_equal(lower, upper)
    if paired and not exact:
        method = BOUNDS
        found = bounded_quantiles(lower, upper, [*points, 0.0, 1.0])
    else:
        method = LINEAR if exact else KAPLAN_MEIER
        found = [*quantiles(lower, upper, points), extreme(lower, upper, "minimum"), extreme(lower, upper, "maximum")]
    columns = {"quantile_method": method if len(lower) else "none"}
    for name, quantile in zip(("median", "q1", "q3", "minimum", "maximum"), found, strict=True):
        quantile = Quantile(*quantile)
        columns[name], columns[f"{name}_status"] = quantile
    return columns


def _words(counts, centre, unit, low_limit, high_limit, paired, settings):
    n = counts["n"]
    if n == 0:
        return number_words.sentences(f"no result of {counts['n_expected']} expected")
    below = ""
    if counts["n_below"]:
        below = number_words.share_below(counts["n_below"], n, low_limit, high_limit, unit)
        if paired:
            below = f"in {counts['n_below']} of {n} pairs a result is below the LLOQ"
        elif "censored" in centre.method:
            below += ", analysed as left-censored; no value was substituted"
    above = f"in {counts['n_above']} of {n} pairs a result is" if paired else f"results: {counts['n_above']} of {n}"
    said = ""
    if centre.status == "value" and centre.method != "baseline by definition":
        stated = number_words.stated(centre.value, centre.low, centre.high, settings["confidence"])
        said = f"{'change from baseline, ' if paired else ''}{centre.method}: {stated} {unit}"
        said += f", {centre.interval_method}" if centre.interval_method != "none" else ""
    return number_words.sentences(
        said.rstrip(),
        centre.reason,
        below,
        f"{above} above the ULOQ" if counts["n_above"] else "",
        f"n = {n} of {counts['n_expected']} expected",
    )
