"""What a row of the associations says."""

import numpy as np
from immunoassay.statistics import number_words
from immunoassay.statistics.biomarker_changes import family_words

REASONS = {
    "lloq_differs": "not computed: results below the LLOQ enter and the LLOQs differ, so that a change of the limit would pass "
    "for a change of the biomarker"
}


def in_words(row, unadjusted, confidence):
    """The sentences of one row of `associations`; `unadjusted`: the common time course is still in it."""
    n, reason = row["n_participants"], REASONS.get(row["reason"], row["reason"])
    if unadjusted:
        text = "includes the time course shared by all participants: description, not a test"
        estimate = "" if np.isnan(row["estimate"]) else f"r = {number_words.number(row['estimate'])}"
        return number_words.sentences(
            f"n = {n} participants, {row['n_observations']} observations", estimate, text, reason
        )
    parts = [f"n = {n} participants"]
    if row["question"] == "within_participant":
        parts[0] += f", {row['n_observations']} observations (participants count, not samples)"
    if row["share_below"] > 0:
        share = f"{100 * row['share_below']:.0f} %"
        below = round(row["share_below"] * row["n_observations"])
        if row["question"] == "between_participants":
            parts.append(f"{share} of the results behind the means are below the LLOQ (half the LLOQ stands for them)")
        else:
            rest = "rests" if below == 1 else "rest"
            parts.append(f"{below} of {row['n_observations']} ({share}) {rest} on a result below the LLOQ")
    if not np.isnan(row["estimate"]):
        if row["question"] == "within_participant":
            text = f"r = {number_words.stated(row['estimate'], row['low'], row['high'], confidence)}"
            half = ", half the LLOQ standing for values below it" if row["share_below"] > 0 else ""
            parts.append(f"{text}, adjusted for the common time course{half}")
        else:
            text = f"tau-b = {number_words.number(row['tau_b'])}"
            if not np.isnan(row["rho"]):
                stated = number_words.stated(row["rho"], row["rho_low"], row["rho_high"], confidence)
                text += f", Spearman's rho = {stated}"
            parts.append(text)
    parts.append(reason)
    if not np.isnan(row["p"]):
        what = "" if row["question"] == "within_participant" else "tau-b: "
        parts.append(
            f"{what}{number_words.probability(row['p'])} ({row['p_method']}; smallest attainable "
            f"{number_words.number(row['p_floor'])})"
        )
        low, high = (row[f"rho_{end}"] if what else row[end] for end in ("low", "high"))
        if (low > 0 or high < 0) != (row["p"] <= 1 - confidence) and not np.isnan(low):
            parts.append("interval and p are of different methods and disagree here; the claim rests on the p")
        parts.append(family_words(row))
    return number_words.sentences(*parts)
