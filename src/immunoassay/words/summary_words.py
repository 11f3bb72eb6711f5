"""What a row of visit_summaries says."""

from immunoassay.tables import is_log2
from immunoassay.words.code_words import CENTRES, INTERVALS
from immunoassay.words.number_words import lower_limit, number, scale, sentences, share_below, stated, with_interval
from immunoassay.words.table_words import reasons

FEW_DIFFERENT = "{n_quantified} quantified, or all quantified values equal"
NOT_CONVERGED = "the likelihood did not converge"
REASONS = {
    "no_result": "no result",
    "few_results": "no interval is given (n = {n}; at least {fewest} are required)",
    "one_value": "no interval: one value",
    "equal_values": "no interval: all values are equal",
    "pairs_outside": "{outside} of {n} pairs hold a result outside the limits; see the ratio to baseline",
    "pairs_of_logarithms": "{outside} of {n} pairs hold a result outside the limits; see the table of changes",
    "skewed_differences": "no interval: differences of skewed values; the ratio to baseline has one",
    "censored_few_quantified": f"no {{method}} estimate: {FEW_DIFFERENT}",
    "censored_not_converged": f"no {{method}} estimate: {NOT_CONVERGED}",
    "logarithms_few_quantified": f"no {CENTRES['mean_censored_normal']} estimate: {FEW_DIFFERENT}",
    "logarithms_not_converged": f"no {CENTRES['mean_censored_normal']} estimate: {NOT_CONVERGED}",
    "log_normal_not_converged": f"no {CENTRES['mean_log_normal']} estimate: {NOT_CONVERGED}",
    "unbounded": "no interval: the likelihood bounds neither side",
    "mostly_outside": "no interval: {outside} of {n} results outside the limits, more than half",
}
RELATIVE = {
    "mean_ratio": "mean change from baseline",
    "geometric_mean_ratio": "geometric mean change from baseline",
}
CENSORED = ("mean_censored", "geometric_mean_censored", "mean_censored_normal")
PAIRED = ("change", "relative_change_percent")


def texts(row: dict, settings: dict) -> dict[str, str]:
    """centre_text, words and reason of a row of `visit_summaries`."""
    why = reasons(
        REASONS,
        row,
        fewest=settings["min_n_interval"],
        outside=row["n_below"] + row["n_above"],
        method=CENTRES[f"{settings['centre']}_censored"],
    )
    return {"centre_text": _centre(row), "words": _words(row, why, settings), "reason": why}


def _centre(row):
    """What a figure or table prints for the centre."""
    method, status = row["centre_method_code"], row["centre_status"]
    if method == "baseline":
        return "0 (baseline)"
    if method == "none":
        return "no result" if row["reason_code"] == "no_result" else "not estimable"
    if method == "median_kaplan_meier":
        below = f"{row['n_below']} of {row['n']}"
        if status == "value":
            return f"median {number(row['centre'])}, {below} < {'LOD' if is_log2(row['unit']) else 'LLOQ'}"
        return (
            f"< {number(row['lloq_max'])}, {below}"
            if status == "below_lloq"
            else f"> ULOQ, {row['n_above']} of {row['n']}"
        )
    text = with_interval(row["centre"], row["low"], row["high"])
    without = row["interval_method_code"] == "none" and row["quantity"] != "relative_change_percent"
    return f"{text} (no interval)" if without else text


def _words(row, why, settings):
    n, paired, unit = row["n"], row["quantity"] in PAIRED, row["unit"] or ""
    if n == 0:
        return sentences(f"no result of {row['n_expected']} expected")
    below = ""
    if row["n_below"]:
        # Divided by the LLOQ, the LLOQ is 1 by definition.
        limits = (row["lloq_min"], row["lloq_max"]) if row["quantity"] != "over_lloq" else (float("nan"),) * 2
        below = share_below(row["n_below"], n, *limits, unit)
        if paired:
            below = f"in {row['n_below']} of {n} pairs a result is below the {lower_limit(unit)}"
        elif row["centre_method_code"] in CENSORED:
            below += ", analysed as left-censored; no value was substituted"
        elif is_log2(unit) and row["centre_method_code"] == "mean":
            below += ", kept as they were delivered"
    above = f"in {row['n_above']} of {n} pairs a result is" if paired else f"results: {row['n_above']} of {n}"
    centre = ""
    if row["centre_status"] == "value" and row["centre_method_code"] != "baseline":
        found = stated(row["centre"], row["low"], row["high"], settings["confidence"])
        change = f"difference from baseline in {scale(unit)}, " if is_log2(unit) else "change from baseline, "
        method = row["centre_method_code"]
        centre = f"{RELATIVE.get(method) or (change if paired else '') + CENTRES[method]}: {found}"
        centre += f" {unit if paired else scale(unit)}" if unit else ""
        interval = row["interval_method_code"]
        centre += f", {INTERVALS[interval]}" if interval != "none" else ""
    return sentences(
        centre,
        why,
        below,
        f"{above} above the ULOQ" if row["n_above"] else "",
        f"n = {n} of {row['n_expected']} expected",
    )
