"""What a row of roc says, and its methods text."""

import math

import pandas as pd
from immunoassay.statistics.thresholds import FEWEST_OF_EACH, FEWEST_OF_ROC
from immunoassay.words.code_words import called
from immunoassay.words.event_words import SUBSTITUTES, apart
from immunoassay.words.family_words import in_family
from immunoassay.words.number_words import number, probability, sentences, share_below, stated
from immunoassay.words.table_words import reasons

REASONS = {
    "few_for_roc": "no ROC curve: {n} participants, fewer than {fewest}",
    "one_kind": "no ROC curve: {responders} of {n} responded",
    "constant_baseline": "no ROC curve: all values at baseline are equal or below the highest LLOQ",
    "few_of_one_kind": "no interval of the area: {responders} of {n} responded, fewer than {fewest_of_each} of one kind",
    "separated": "no interval of the area: responders and others are completely separated",
    "mostly_below": "no odds ratio: {n_below} of {n} values at baseline are below the LLOQ, more than half",
    "lloq_differs": "no odds ratio: values at baseline are below the LLOQ and the LLOQs differ",
}


def texts(row: dict, settings: dict) -> dict[str, str]:
    """words and reason of a row of `roc`."""
    why = reasons(REASONS, row, fewest=FEWEST_OF_ROC, fewest_of_each=FEWEST_OF_EACH)
    return {"words": _words(row, why, settings), "reason": why}


def points(row: dict, settings: dict) -> dict[str, str]:
    """A row of `roc_points`, or of `titre_curves`, says nothing more."""
    return {}


def _words(row, why, settings):
    if math.isnan(row["area"]):
        return sentences(why)
    confidence = settings["confidence"]
    side = "higher" if row["area"] >= 0.5 else "lower"
    interval = ", DeLong, logit" if row["interval_method_code"] == "logit_delong" else ""
    area = stated(row["area"], row["low"], row["high"], confidence)
    parts = [
        f"area under the ROC curve {area}{interval}; responders ({row['responders']} of {row['n']}) are {side} at baseline",
        f"{probability(row['p'])} ({called('p_method', row, settings)}; smallest attainable {number(row['p_floor'])}), which "
        "carries the claim",
        apart(row["low"], row["high"], 0.5, row["p"]),
        in_family(row),
    ]
    if not math.isnan(row["odds_ratio"]):
        odds = stated(row["odds_ratio"], row["odds_low"], row["odds_high"], confidence)
        parts.append(f"odds of response at twice the value: {odds}, Firth, profile likelihood")
    if row["n_below"]:
        below = share_below(row["n_below"], row["n"], row["lloq_min"], row["lloq_max"], row["unit"] or "")
        stands = SUBSTITUTES.get(row["substituted_code"])
        parts.append(f"{below}, tied at the highest" + (f"; for the odds ratio {stands}" if stands else ""))
    return sentences(*parts, why)


def methods(frame: pd.DataFrame, settings: dict) -> str:
    """The methods text of ROC curves (frame: roc), from what ran."""
    used = frame.dropna(subset=["area"])
    if used.empty:
        return (
            f"ROC curves were not drawn for fewer than {FEWEST_OF_ROC} participants."
            if (frame["reason_code"] == "few_for_roc").any()
            else ""
        )
    text = (
        f"From {FEWEST_OF_ROC} participants on, the area under the ROC curve was computed for biomarkers at baseline as "
        "predictors of response; values below the LLOQ were tied at the highest."
    )
    if (used["interval_method_code"] == "logit_delong").any():
        text += (
            f" Its interval was DeLong's on the logit scale, from {FEWEST_OF_EACH} responders and {FEWEST_OF_EACH} others on; "
            "none where they are completely separated."
        )
    text += " Inference was based on the exact rank-sum test."
    if used["odds_ratio"].notna().any():
        text += (
            " Odds ratios per doubling were estimated by logistic regression with Firth's penalty and profile-likelihood "
            "limits."
        )
    return text
