"""What a row of biomarker_changes says."""

import math

from immunoassay.statistics import paired
from immunoassay.statistics.intervals import clopper_pearson
from immunoassay.tables import is_log2
from immunoassay.words.change_test_words import tests
from immunoassay.words.code_words import INTERVALS
from immunoassay.words.family_words import in_family
from immunoassay.words.number_words import (
    counted,
    lower_limit,
    number,
    scale,
    sentences,
    share_below,
    stated,
    with_interval,
)
from immunoassay.words.table_words import reasons

AT_LEAST, AT_MOST = "\N{GREATER-THAN OR EQUAL TO}", "\N{LESS-THAN OR EQUAL TO}"
REASONS = {
    "no_pairs": "no participant has a result at both visits",
    "few_pairs": "no interval is given ({n_pairs} pairs; at least {fewest} are required)",
    "equal_ratios": "no interval: all ratios are equal",
    "equal_differences": "no interval: all differences are equal",
    "few_pairs_censored": f"{{n_pairs}} pairs with censored results ({paired.FEWEST_PAIRS} are needed)",
    "few_pairs_quantified": "{quantified_baseline} and {quantified_visit} quantified at the two visits "
    f"({paired.FEWEST_QUANTIFIED} are needed at each)",
    "mostly_censored": "{censored} % of results censored (at most {most} % with {n_pairs} pairs)",
    "pairs_few_quantified_at_a_visit": "fewer than two different quantified values at one of the visits",
    "pairs_not_converged": "the likelihood did not converge",
    "pairs_correlation_at_bound": "the fitted correlation of the two visits is at its bound",
    "pairs_spreads_apart": f"one fitted standard deviation is more than {paired.MOST_APART} times the other",
}


def texts(row: dict, settings: dict) -> dict[str, str]:
    """bound_text, words and reason of a row of `biomarker_changes`."""
    why = _reason(row, settings)
    return {"bound_text": _bound(row), "words": _words(row, why, settings["confidence"]), "reason": why}


def _reason(row, settings):
    n, at_baseline = row["n_pairs"], row["quantified_baseline"]
    share = (2 * n - at_baseline - row["quantified_visit"]) / (2 * n) if n else 0
    numbers = {"censored": f"{100 * share:.0f}", "most": f"{100 * paired.most_censored(n):.0f}"}
    why = reasons(REASONS, row, fewest=settings["min_n_interval"], **numbers)
    if row["tier"] == "C" and math.isnan(row["low"]):
        return f"not estimable: {why}; the exact test bounds neither side"
    if row["tier"] == "D" and paired.can_be_ranked(n) and at_baseline < paired.FEWEST_QUANTIFIED:
        why += f"; no bound: {at_baseline} quantified at baseline ({paired.FEWEST_QUANTIFIED} are needed)"
    return f"no estimate: {why}" if row["tier"] in ("C", "D") else why


def _bound(row):
    """What a figure or table prints for the ratio."""
    tier, ratio, low, high, n = (row[name] for name in ("tier", "ratio", "low", "high", "n_pairs"))
    if n == 0:
        return "NA"
    if tier == "D":
        limit = "LOD" if is_log2(row["unit"]) else "LLOQ"
        return f"{row['below_baseline']}/{n} to {row['below_visit']}/{n} below {limit}"
    if tier in ("A", "B"):
        if math.isinf(high):
            return f"{number(ratio)} ({AT_LEAST} {number(low)})"
        return f"{number(ratio)} ({AT_MOST} {number(high)})" if low == _open(row) else with_interval(ratio, low, high)
    if math.isnan(low):
        return "not estimable"
    if low == _open(row):
        return f"{AT_MOST} {number(high)}"
    return f"{AT_LEAST} {number(low)}" if math.isinf(high) else f"between {number(low)} and {number(high)}"


def _open(row):
    """The lower limit that says there is none: of a ratio 0."""
    return -math.inf if is_log2(row["unit"]) else 0


def _what(row):
    """What the estimate is."""
    return f"difference from baseline in {scale(row['unit'])}" if is_log2(row["unit"]) else "ratio to baseline"


def _words(row, why, confidence):
    n, tier, logarithms = row["n_pairs"], row["tier"], is_log2(row["unit"])
    if n == 0:
        return sentences(why)
    parts = []
    below = row["below_baseline"] + row["below_visit"]
    if below:
        text = share_below(below, 2 * n, row["_lloq_min"], row["_lloq_max"], row["unit"] or "")
        if tier == "B":
            text += f", analysed as left-censored (bivariate {'' if logarithms else 'log-'}normal ML); none was substituted in "
            text += "the estimate"
        parts.append(text)
    if not math.isnan(row["ratio"]):
        mean = "mean" if logarithms else "geometric mean"
        text = f"{mean} {_what(row)} {stated(row['ratio'], row['low'], row['high'], confidence)}"
        interval = row["interval_method_code"]
        parts.append(f"{text}, {INTERVALS[interval]}" if interval != "none" else text)
    counts = f"{row['quantified_baseline']} and {row['quantified_visit']} quantified"
    parts.append(f"n = {counted(n, 'pair')}, {counts} at baseline and at the visit")
    parts.append(_across(row))
    if tier == "C" and not math.isnan(row["low"]):
        parts.append(_supported(row, confidence))
    if tier == "D":
        shares = [clopper_pearson(row[name], n, confidence) for name in ("below_baseline", "below_visit")]
        first, second = (f"{100 * part.low:.0f}\N{EN DASH}{100 * part.high:.0f} %" for part in shares)
        parts.append(
            f"below the {lower_limit(row['unit'])} at baseline {row['below_baseline']} of {n} ({first}), "
            f"at the visit {row['below_visit']} of {n} ({second}), Clopper-Pearson"
        )
    parts.append(why)
    parts += tests(row, "informative_pairs", "informative pair", confidence)
    if tier == "B" and row["p_method_code"] == "signed_rank_recensored":
        parts.append(
            "the first p tests that the two distributions are equal; the interval is for the "
            + ("difference of means" if logarithms else "ratio of geometric means")
        )
    parts.append(in_family(row))
    return sentences(*parts)


def _across(row):
    """How many pairs are of two plates or kit lots, and what is known of the lots; "" where none is."""
    if not row["n_across_plates"] and not row["n_across_lots"]:
        return ""
    text = f"of {counted(row['n_pairs'], 'pair')} {row['n_across_plates'] or 0} are of two plates"
    if not row["n_across_lots"]:
        return text
    text += f", {row['n_across_lots']} of two kit lots ({row['lot_baseline']} to {row['lot_visit']})"
    if row["change_is_also_a_lot_change"]:
        text += ", so that the change is also a lot change"
    if math.isnan(row["lot_shift"]):
        return f"{text}; no comparison tells what the lot alone does"
    shift = with_interval(row["lot_shift"], row["lot_shift_low"], row["lot_shift_high"])
    how = f"{shift} {row['unit']} more" if is_log2(row["unit"]) else f"{shift} times as much"
    return f"{text}; of samples measured with both lots the latter reads {how} (90 % interval)"


def _supported(row, confidence):
    low, high = number(row["low"]), number(row["high"])
    level = f"{100 * confidence:g} %, {INTERVALS[row['interval_method_code']]}"
    if row["low"] == _open(row):
        return f"only an upper bound is supported: {_what(row)} at most {high} ({level})"
    if math.isinf(row["high"]):
        return f"only a lower bound is supported: {_what(row)} at least {low} ({level})"
    return f"{_what(row)} between {low} and {high} ({level})"
