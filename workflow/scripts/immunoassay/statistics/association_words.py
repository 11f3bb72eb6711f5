"""What a row of the associations says."""

import numpy as np
from immunoassay.statistics import words
from immunoassay.statistics.changes import family_words


def in_words(row, unadjusted):
    """The sentences of one row of `associations`; `unadjusted`: the common time course is still in it."""
    n = row["n_participants"]
    if unadjusted:
        text = "includes the time course shared by all participants: description, not a test"
        estimate = "" if np.isnan(row["estimate"]) else f"r = {words.number(row['estimate'])}"
        return words.sentences(
            f"n = {n} participants, {row['n_observations']} observations", estimate, text, row["reason"]
        )
    parts = [f"n = {n} participants"]
    if row["question"] == "within_participant":
        parts[0] += f", {row['n_observations']} observations (participants count, not samples)"
    if row["share_below"] > 0:
        below = round(row["share_below"] * row["n_observations"])
        parts.append(
            f"{below} of {row['n_observations']} ({100 * row['share_below']:.0f} %) rest on a result below the LLOQ"
        )
    if not np.isnan(row["estimate"]):
        if row["question"] == "within_participant":
            text = f"r = {words.with_interval(row['estimate'], row['low'], row['high'])}"
            parts.append(f"{text}, adjusted for the common time course")
        else:
            rho = words.with_interval(row["rho"], row["rho_low"], row["rho_high"])
            parts.append(f"tau-b = {words.number(row['tau_b'])}, Spearman's rho = {rho}")
    parts.append(row["reason"])
    if not np.isnan(row["p"]):
        parts.append(
            f"{words.probability(row['p'])} ({row['p_method']}; smallest attainable {words.number(row['p_floor'])})"
        )
        parts.append(family_words(row))
    return words.sentences(*parts)
