"""What rows of summary_measures say: one number per participant for the whole follow-up."""

import math

from immunoassay.statistics.summary_measures import FEWEST_EXACT, MOST_RECENSORED
from immunoassay.tables import is_log2
from immunoassay.words.code_words import ESTIMATES, INTERVALS, called
from immunoassay.words.number_words import between, counted, lower_limit, number, probability, scale, sentences, stated
from immunoassay.words.table_words import reasons

MEASURES = {
    "mean_follow_up": "mean of the visits after baseline",
    "time_weighted_average": "time-weighted average from baseline to the last visit (area by study day / days)",
}
REASONS = {
    "nobody_measured": "no participant has a result at baseline and later{undated}",
    "few_measures": "no interval is given ({n} participants; at least {fewest} are required)",
    "equal_measures": "no interval: all participants have the same value",
    "measure_open": "no estimate: results outside the limits leave the value of {n_open} of {n} participants open",
    "measure_spread_would_reject": f"no p: with more than {MOST_RECENSORED} participants the test of re-censored results would "
    "also reject a change of spread",
    "measure_unbounded": "they leave open both how low and how high it may be",
}


def texts(row: dict, settings: dict) -> dict[str, str]:
    """words and reason of a row of `summary_measures`."""
    undated = " and a day for every visit" if row["measure"] == "time_weighted_average" else ""
    why = reasons(REASONS, row, fewest=settings["min_n_interval"], undated=undated)
    return {"words": _words(row, why, settings), "reason": why}


def _words(row, why, settings):
    if row["n"] == 0:
        return sentences(why)
    return sentences(
        f"{MEASURES[row['measure']]}: {_estimate(row, settings['confidence'])}",
        f"n = {counted(row['n'], 'participant')}, each to the own last visit{_left_out(row)}",
        _below(row),
        why,
        *_tests(row, settings),
        "descriptive: not adjusted for other tests",
    )


def _estimate(row, confidence):
    what = {"ratio": "ratio to baseline", "change": "points from baseline"}.get(
        row["quantity"], f"difference from baseline in {scale(row['unit'])}"
    )
    low, high, level = row["low"], row["high"], f"{100 * confidence:g} %"
    if not math.isnan(row["estimate"]):
        mean = "geometric mean" if row["quantity"] == "ratio" else "mean"
        numbers = f"{mean} {what} {stated(row['estimate'], low, high, confidence)}"
        if row["estimate_method_code"] == "changes_of_visits":
            how = f"{ESTIMATES[row['estimate_method_code']]}; {INTERVALS[row['interval_method_code']]}"
            return f"{numbers} of the mean participant ({how})"
        return numbers
    if math.isnan(low):
        return f"{what} not known"
    how = f"({level}, {INTERVALS[row['interval_method_code']]})"
    if low == (-math.inf if is_log2(row["unit"]) else 0):
        return f"only an upper bound is supported: {what} at most {number(high)} {how}"
    if math.isinf(high):
        return f"only a lower bound is supported: {what} at least {number(low)} {how}"
    return f"{what} between {number(low)} and {number(high)} {how}"


def _left_out(row):
    return f"; {row['n_undated']} left out, with a visit that has no day of its own" if row["n_undated"] else ""


def _below(row):
    if not row["share_below"] > 0:
        return ""
    limits = between(row["_lloq_min"], row["_lloq_max"])
    return f"{100 * row['share_below']:.0f} % of results below the {lower_limit(row['unit'])} ({limits} {row['unit'] or ''})"


def _tests(row, settings):
    if math.isnan(row["p"]):
        return
    how, code = called("p_method", row, settings), row["p_method_code"]
    floor = f"; with signs alone the smallest attainable two-sided p is {number(row['p_floor'])}"
    yield f"{probability(row['p'])} ({how}{'' if math.isnan(row['p_floor']) else floor})"
    if code.endswith("_recensored"):
        yield "the p tests that the distributions are equal"
    if row["p_method_code"] == "t_measure" and row["n"] < FEWEST_EXACT:
        logarithms = "the logarithms" if row["kind"] == "biomarker" else "the changes"
        yield f"with {row['n']} participants the claim rests on {logarithms} being normally distributed"
    if not math.isnan(row["p_beside"]):
        yield f"beside it {probability(row['p_beside'])} ({called('p_beside_method', row, settings)})"
        if (row["p"] <= 1 - settings["confidence"]) != (row["p_beside"] <= 1 - settings["confidence"]):
            yield "the two disagree; the first carries the claim"
