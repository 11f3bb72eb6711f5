"""What a row of serology says, and its methods text."""

import math

import pandas as pd
from immunoassay.tables import is_log2
from immunoassay.words.code_words import CENTRES, INTERVALS
from immunoassay.words.number_words import counted, number, scale, sentences, share_below, stated
from immunoassay.words.table_words import reasons

REASONS = {
    "no_result": "no result",
    "few_results": "no interval is given (n = {n}; at least {fewest} are required)",
    "equal_values": "no interval: all values are equal",
    "mostly_outside": "no geometric mean: {outside} of {n} results outside the limits, more than half",
    "censored_few_quantified": "no geometric mean: too few different quantified values",
    "censored_not_converged": "no geometric mean: the likelihood did not converge",
    "logarithms_few_quantified": "no mean: too few different quantified values",
    "logarithms_not_converged": "no mean: the likelihood did not converge",
    "titres_few_steps": "no geometric mean: all titres are of one dilution step, or of two that touch",
    "titres_not_converged": "no geometric mean: the likelihood did not converge",
    "no_pairs": "no rise: nobody has a result at both visits",
    "few_pairs": "rise without interval: fewer than {fewest} pairs",
    "equal_ratios": "rise without interval: all ratios are equal",
    "equal_differences": "rise without interval: all differences are equal",
    "few_pairs_censored": "no mean rise: too few pairs where results are below the LLOQ",
    "few_pairs_quantified": "no mean rise: too few quantified at one of the visits",
    "mostly_censored": "no mean rise: too large a share outside the limits",
    "pairs_few_quantified_at_a_visit": "no mean rise: too few different quantified values at one of the visits",
    "pairs_not_converged": "no mean rise: the likelihood did not converge",
    "pairs_correlation_at_bound": "no mean rise: the fitted correlation is at its bound",
    "pairs_spreads_apart": "no mean rise: the fitted standard deviations differ too much",
}


def texts(row: dict, settings: dict) -> dict[str, str]:
    """words and reason of a row of `serology`."""
    why = reasons(REASONS, row, fewest=settings["min_n_interval"], outside=row["n_below"] + row["n_above"])
    return {"words": _words(row, why, settings), "reason": why}


def _words(row, why, settings):
    confidence, unit = settings["confidence"], row["unit"] or ""
    parts = [f"{row['level']}:" if row["level"] else ""]
    if not math.isnan(row["geometric_mean"]):
        interval = row["interval_method_code"]
        method = f", {INTERVALS[interval]}" if interval != "none" else ""
        centre = CENTRES[row["centre_method_code"]]
        parts[0] += (
            f" {centre} {stated(row['geometric_mean'], row['low'], row['high'], confidence)} {scale(unit)}{method}"
        )
    parts[0] = parts[0].strip().rstrip(":")
    parts += [_rise(row, confidence), why]
    if row["risen_of"]:
        parts.append(f"{_share(row, 'risen')} rose fourfold or more")
    if row["reached_of"]:
        least = f"{number(row['threshold'])} {scale(unit)}"
        parts.append(f"{_share(row, 'reached')} at {least} or more")
    if row["n_below"]:
        parts.append(share_below(row["n_below"], row["n"], row["lloq_min"], row["lloq_max"], unit))
    return sentences(*parts, f"n = {row['n']} of {row['n_expected']} expected")


def _rise(row, confidence):
    if math.isnan(row["fold_rise"]) and math.isnan(row["fold_low"]):
        return ""
    what = "mean difference from baseline" if is_log2(row["unit"]) else "geometric mean fold rise"
    if math.isnan(row["fold_rise"]):
        return f"{what} between {number(row['fold_low'])} and {number(row['fold_high'])}, {INTERVALS[row['fold_method_code']]}"
    found = stated(row["fold_rise"], row["fold_low"], row["fold_high"], confidence)
    return f"{what} {found}, {counted(row['n_pairs'], 'pair')}"


def _share(row, name):
    """ "8 of 14 (29 to 82 %)"; where some are undetermined the limits hold for every reading."""
    low, high = (100 * row[f"{name}_{end}"] for end in ("low", "high"))
    open_ = row[f"{name}_undetermined"]
    text = f"{row[name]} of {row[f'{name}_of']}"
    return (
        f"{text} for certain, {open_} undetermined ({low:.0f} to {high:.0f} %)"
        if open_
        else f"{text} ({low:.0f} to {high:.0f} %)"
    )


def methods(frame: pd.DataFrame, settings: dict) -> str:
    """The methods text of antibodies (frame: serology), from what ran."""
    rows = frame[frame["n"].fillna(0) > 0]
    if rows.empty:
        return ""
    codes = [code for code in CENTRES if (rows["centre_method_code"] == code).any() and code != "none"]
    centres = "; ".join(CENTRES[code] for code in codes)
    text = f"Antibodies were summarised as {centres}." if centres else ""
    if "geometric_mean_titre" in codes:
        text += (
            " A titre was taken as the interval from it up to the next dilution step, so this mean lies about a factor of the "
            "root of 2 above that of the titres as they are written."
        )
    if rows["fold_rise"].notna().any():
        text += " The rise was the geometric mean ratio to baseline in participants with both results."
    if rows["risen_of"].fillna(0).gt(0).any():
        text += (
            " Where a result was outside the limits, a fourfold rise was certain, impossible or undetermined; Clopper-Pearson "
            "limits then hold for every reading."
        )
    return text.strip()
