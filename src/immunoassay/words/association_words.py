"""What a row of associations says."""

import math

from immunoassay.statistics.association_rows import FEWEST_QUANTIFIED, MOST_BELOW_TESTED
from immunoassay.statistics.cross_sectional import FEWEST_OF_RHO
from immunoassay.statistics.within_participants import MOST_BELOW_ESTIMATED, UNADJUSTED
from immunoassay.words.code_words import called
from immunoassay.words.family_words import in_family
from immunoassay.words.number_words import Symbol, number, probability, sentences, stated
from immunoassay.words.table_words import reasons

DIFFERS = "lloq_differs"
REASONS = {
    DIFFERS: "lloq_differs",
    "nobody_with_both": "no participants with both",
    "nobody_seen_twice": "no participants with two visits or more",
    "too_few_quantified": f"fewer than {FEWEST_QUANTIFIED} quantified",
    "mostly_below": f"more than {100 * MOST_BELOW_TESTED:.0f} % below the LLOQ",
    "constant": "biomarker or score is constant, or no order between participants is certain",
    "ranks_not_defined": "no Spearman's rho: open intervals overlap, ranks are not defined",
    "rho_few_participants": f"no interval of rho below {FEWEST_OF_RHO} participants",
    "rho_perfect": "no interval of rho: rho is +-1",
    "statistic_not_defined": "the statistic is not defined",
    "constant_within": "biomarker or score does not vary within participants",
    "nothing_beyond_visits": "nothing varies within participants beyond the visit effects",
    "mostly_below_within": f"no estimate: more than {100 * MOST_BELOW_ESTIMATED:.0f} % below the LLOQ",
    "few_participants": "no interval: fewer than {fewest} participants",
    "jackknife_not_defined": "no interval: the correlation cannot be computed without some participant",
}
WHOLE = {
    DIFFERS: "not computed: results below the LLOQ enter and the LLOQs differ, so that a change of the limit would pass for a "
    "change of the biomarker"
}
SHORT = {DIFFERS: "LLOQ differs", "mostly_below_within": f"more than {100 * MOST_BELOW_ESTIMATED:.0f} % below the LLOQ"}


def texts(row: dict, settings: dict) -> dict[str, str]:
    """words and reason of a row of `associations`."""
    why = reasons(REASONS, row, fewest=settings["min_n_interval"])
    said = WHOLE.get(row["reason_code"], why)
    return {
        "words": _described(row, said) if row["question"] == UNADJUSTED else _tested(row, said, settings),
        "reason": why,
    }


def short(code: str) -> str:
    """Why there is no estimate, in few words."""
    return SHORT.get(code, REASONS[code])


def _described(row, why):
    """The common time course is still in it."""
    text = "includes the time course shared by all participants: description, not a test"
    estimate = "" if math.isnan(row["estimate"]) else f"r = {number(row['estimate'])}"
    return sentences(
        f"n = {row['n_participants']} participants, {row['n_observations']} observations", estimate, text, why
    )


def _tested(row, why, settings):
    within, confidence = row["question"] == "within_participant", settings["confidence"]
    parts = [f"n = {row['n_participants']} participants"]
    if within:
        parts[0] += f", {row['n_observations']} observations (participants count, not samples)"
    if row["share_below"] > 0:
        parts.append(_below(row))
    if not math.isnan(row["estimate"]):
        parts.append(_within(row, confidence) if within else _ranked(row, confidence))
    parts.append(why)
    if not math.isnan(row["p"]):
        test = called("p_method", row, settings)
        found = f"{probability(row['p'])} ({test}; smallest attainable {number(row['p_floor'])})"
        parts.append(found if within else Symbol(f"tau-b: {found}"))
        low, high = (row[end if within else f"rho_{end}"] for end in ("low", "high"))
        if (low > 0 or high < 0) != (row["p"] <= 1 - confidence) and not math.isnan(low):
            parts.append("interval and p are of different methods and disagree here; the claim rests on the p")
        parts.append(in_family(row))
    return sentences(*parts)


def _below(row):
    share = f"{100 * row['share_below']:.0f} %"
    if row["question"] == "between_participants":
        return f"{share} of the results behind the means are below the LLOQ (half the LLOQ stands for them)"
    below = round(row["share_below"] * row["n_observations"])
    return (
        f"{below} of {row['n_observations']} ({share}) {'rests' if below == 1 else 'rest'} on a result below the LLOQ"
    )


def _within(row, confidence):
    half = ", half the LLOQ standing for values below it" if row["share_below"] > 0 else ""
    return (
        f"r = {stated(row['estimate'], row['low'], row['high'], confidence)}, adjusted for the common time course{half}"
    )


def _ranked(row, confidence):
    text = Symbol(f"tau-b = {number(row['tau_b'])}")
    if math.isnan(row["rho"]):
        return text
    return Symbol(f"{text}, Spearman's rho = {stated(row['rho'], row['rho_low'], row['rho_high'], confidence)}")
