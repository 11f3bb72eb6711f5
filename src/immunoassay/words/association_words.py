"""What a row of associations says."""

import math

from immunoassay.statistics.thresholds import FEWEST_OF_RHO, FEWEST_QUANTIFIED, MOST_BELOW_ESTIMATED, MOST_BELOW_TESTED
from immunoassay.words.code_words import called
from immunoassay.words.family_words import in_family
from immunoassay.words.number_words import Symbol, number, probability, sentences, stated
from immunoassay.words.table_words import reasons

# what the limit is called below which the results of a row lie (known_codes.LOWER_LIMITS)
LOWER_LIMITS = {"none": "LLOQ", "lloq": "LLOQ", "lod": "LOD", "both": "LLOQ or LOD"}
FOLLOWS = "lloq_follows_people"
REASONS = {
    FOLLOWS: "lloq_follows_people",
    "no_interval_of_concordance": "no interval of the concordance of visits",
    "nobody_with_both": "no participants with both",
    "nobody_seen_twice": "no participants with two visits or more",
    "too_few_quantified": f"fewer than {FEWEST_QUANTIFIED} quantified",
    "mostly_below": f"more than {100 * MOST_BELOW_TESTED:.0f} % below the {{limit}}",
    "constant": "biomarker or score is constant, or no order between participants is certain",
    "ranks_not_defined": "no Spearman's rho: open intervals overlap, ranks are not defined",
    "rho_few_participants": f"no interval of rho below {FEWEST_OF_RHO} participants",
    "rho_perfect": "no interval of rho: rho is +-1",
    "statistic_not_defined": "the statistic is not defined",
    "constant_within": "biomarker or score does not vary within participants",
    "nothing_beyond_visits": "nothing varies within participants beyond the visit effects",
    "mostly_below_within": f"no estimate: more than {100 * MOST_BELOW_ESTIMATED:.0f} % below the {{limit}}",
    "few_participants": "no interval is given (at least {fewest} participants are required)",
    "jackknife_not_defined": "no interval: the correlation cannot be computed without some participant",
}
WHOLE = {
    FOLLOWS: "not tested: the {limit} differs so among the participants that no two who are seen through the same one can "
    "change places and make a difference"
}
SHORT = {
    FOLLOWS: "limits follow the participants",
    "mostly_below": f"more than {100 * MOST_BELOW_TESTED:.0f} % below the limit",
    "mostly_below_within": f"more than {100 * MOST_BELOW_ESTIMATED:.0f} % below the limit",
}


def texts(row: dict, settings: dict) -> dict[str, str]:
    """words and reason of a row of `associations`."""
    limit = LOWER_LIMITS[row["lower_limit_code"]]
    why = reasons(REASONS, row, fewest=settings["min_n_interval"], limit=limit)
    said = WHOLE.get(row["reason_code"], why).format(limit=limit)
    tested = row["question"] != "within_participant_unadjusted"
    return {
        "words": _tested(row, said, settings) if tested else _described(row, said),
        "reason": why,
    }


def short(code: str) -> str:
    """Why there is no estimate, in few words."""
    return SHORT.get(code, REASONS[code])


def _described(row, why):
    """The common time course is still in it."""
    text = "includes the time course shared by all participants: description, not a test"
    estimate = "" if math.isnan(row["estimate"]) else f"{_symbol(row)} = {number(row['estimate'])}"
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
        parts.append(found if within else Symbol(f"{_symbol(row)}: {found}"))
        low, high = (row[end if within else f"rho_{end}"] for end in ("low", "high"))
        if (low > 0 or high < 0) != (row["p"] <= 1 - confidence) and not math.isnan(low):
            parts.append("interval and p are of different methods and disagree here; the claim rests on the p")
        parts.append(in_family(row))
    return sentences(*parts)


def _symbol(row):
    """What the estimate is called before its number."""
    return {"tau_b": "tau-b", "correlation_of_logarithms": "r of logarithms"}.get(
        row["estimate_method_code"], "concordance" if _concordant(row) else "r"
    )


def _concordant(row):
    return row["estimate_method_code"] in ("concordance", "concordance_adjusted")


def _below(row):
    share, limit = f"{100 * row['share_below']:.0f} %", LOWER_LIMITS[row["lower_limit_code"]]
    if row["question"] == "between_participants":
        text = f"{share} of the results behind the means are below the {limit}"
        return text + ("" if math.isnan(row["estimate"]) else "; a mean is known between its bounds")
    below = round(row["share_below"] * row["n_observations"])
    return f"{below} of {row['n_observations']} ({share}) {'rests' if below == 1 else 'rest'} on a result below the {limit}"


def _within(row, confidence):
    estimate = f"{_symbol(row)} = {stated(row['estimate'], row['low'], row['high'], confidence)}"
    text, limit = f"{estimate}, adjusted for the common time course", LOWER_LIMITS[row["lower_limit_code"]]
    if _concordant(row):
        return (
            f"{text}: visits of one person whose order is certain and the change of the score between them, as the {limit} "
            "differs; no number stands for a result below it"
        )
    return text + (f", half the {limit} standing for values below it" if row["share_below"] > 0 else "")


def _ranked(row, confidence):
    parts = [f"tau-b = {number(row['tau_b'])}"]
    if row["estimate_method_code"] != "tau_b":
        parts.insert(0, f"{_symbol(row)} = {number(row['estimate'])}")
    if not math.isnan(row["rho"]):
        parts.append(f"Spearman's rho = {stated(row['rho'], row['rho_low'], row['rho_high'], confidence)}")
    return Symbol(", ".join(parts))
