"""What a row of longitudinal says: change in one model of all visits, or why there is none."""

import math
from collections.abc import Iterator

import pandas as pd
from immunoassay.statistics.longitudinal import needed
from immunoassay.statistics.thresholds import MOST_CENSORED
from immunoassay.tables import is_log2
from immunoassay.words.code_words import COMPARISONS, ESTIMATES, STRUCTURES, called
from immunoassay.words.number_words import between, number, probability, scale, sentences, with_interval
from immunoassay.words.table_words import reasons

HALF = {False: "half the LLOQ", True: "the LOD less 1 (half of it on the linear scale)"}
FITS = {
    "no_result": "no result",
    "not_determined": "the coefficients are not determined",
    "no_more_results": "no more results than coefficients",
    "few_in_common": "two of the visits have fewer than 3 participants in common",
    "all_explained": "the coefficients explain every value",
    "not_converged": "the likelihood did not converge",
    "singular": "the covariance of the visits is singular",
    "flat": "the likelihood is flat: the covariance of the visits is not determined",
}
ONE_CORRELATION = "kenward_roger_f_one_correlation"
F = ("kenward_roger_f", "sandwich_f")
NOBODY = {
    "nobody_followed": "no participant has a result at baseline and later",
    "no_pairs": "no participant has a result at both visits",
}
NO_MODEL = {
    "model_few_participants": "{n_participants} participants, {needed} are needed for {_visits} visits",
    "model_outside_limits": f"{{outside}} % of results outside the limits, more than {100 * MOST_CENSORED:.0f} %",
    **{f"{code}_{fit}": f"{name}: {text}" for code, name in STRUCTURES.items() for fit, text in FITS.items()},
}


def with_visits(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with `_visits`, at how many visits its variable has results, which the reasons tell."""
    place = [frame["participant_group"], frame["variable"]]
    return frame.assign(_visits=frame["n"].gt(0).groupby(place, dropna=False).transform("sum").astype("Int64"))


def texts(row: dict, settings: dict) -> dict[str, str]:
    """words and reason of a row of `longitudinal` (with_visits)."""
    model = no_model(row)
    why = f"mixed model not fitted: {model}" if model else reasons(NOBODY, row)
    return {"words": sentences(*_parts(row, why), *any_visit(row, settings)), "reason": why}


def no_model(row: dict) -> str:
    """Why there is no model although participants were followed; "" where there is another reason or none."""
    if row["reason_code"] is None or row["reason_code"] in NOBODY:
        return ""
    outside = f"{100 * row['share_censored']:.0f}"
    why = reasons(NO_MODEL, row, needed=needed(row["_visits"]), outside=outside)
    return f"{why}; see the paired analysis of each visit"


def _what(row):
    """What the estimate of a row is, as it follows its number."""
    if row["quantity"] == "difference":
        return f"difference from baseline in {scale(row['unit'])}"
    return "ratio" if row["quantity"] == "ratio" else "points"


def _parts(row, why):
    if math.isnan(row["estimate"]):
        text = ""
        if not math.isnan(row["sensitivity"]):
            how = COMPARISONS[row["sensitivity_method_code"]]
            text = f"{_what(row)} {number(row['sensitivity'])} by {how}, for comparison only"
        return [why, text]
    unit = f"{_what(row)}{' to baseline' if row['quantity'] == 'ratio' else ''}"
    estimate = with_interval(row["estimate"], row["low"], row["high"])
    parts = [
        f"{estimate} {unit} at the mean baseline, {row['n_participants']} participants",
        f"{row['n']} at this visit; visits that are missing are assumed missing at random given the others",
        f"{ESTIMATES[row['estimate_method_code']]}, Kenward-Roger-Linear, {number(row['degrees_of_freedom'])} degrees of freedom",
    ]
    if row["share_censored"] > 0:
        parts.append(
            f"{100 * row['share_censored']:.0f} % of results outside the limits ({'LOD' if is_log2(row['unit']) else 'LLOQ'} "
            f"{between(row['_lloq_min'], row['_lloq_max'])}) stand as {HALF[is_log2(row['unit'])]}, or the ULOQ"
        )
    parts.append(f"{probability(row['p'])}; descriptive: not adjusted for other tests")
    return parts


def any_visit(row: dict, settings: dict) -> Iterator[str]:
    """The test of no change at any visit, with the one beside it."""
    if math.isnan(row["any_visit_p"]):
        return
    code = row["any_visit_method_code"]
    how = called("any_visit_method", row, settings)
    f = f", F({row['any_visit_df1']}, {number(row['any_visit_df2'])}) = {number(row['any_visit_f'])}"
    first = f"{probability(row['any_visit_p'])} ({how}{f if code.startswith(F) else ''})"
    yield f"no change at any visit: {first}"
    if code.endswith("_recensored"):
        yield "the p tests that the distributions are equal"
    if code == ONE_CORRELATION:
        yield "this asks for one correlation of any two visits and for normally distributed values"
    if not math.isnan(row["any_visit_p_beside"]):
        beside = called("any_visit_beside_method", row, settings)
        yield f"beside it {probability(row['any_visit_p_beside'])} ({beside}{'' if code.startswith(F) else f})"
        alpha = 1 - settings["confidence"]
        if (row["any_visit_p"] <= alpha) != (row["any_visit_p_beside"] <= alpha):
            yield "the two disagree; the first carries the claim"
