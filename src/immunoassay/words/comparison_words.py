"""What a row of group_comparisons says, and the paragraph of the methods on groups."""

import math

import pandas as pd
from immunoassay.statistics.comparison_rows import FEWEST_ARRANGEMENTS, PERMUTED
from immunoassay.tables import in_log2, is_log2
from immunoassay.words.code_words import INTERVALS, TESTS, called
from immunoassay.words.family_words import in_family
from immunoassay.words.number_words import number, probability, scale, sentences, share_below, stated
from immunoassay.words.sentences import several
from immunoassay.words.table_words import reasons

REASONS = {
    "nobody_in_a_group": "nobody of one of the groups has a result",
    "one_in_a_group": "no interval: one participant of a group has no spread",
    "no_variation": "no interval: nothing varies within the groups",
    "not_determined": "not computed: too few participants for the groups and covariates, or covariates that say the same",
    "nothing_quantified": "no estimate: no result lies within the limits",
    "few_changes_in_a_group": "no estimate: too few quantified results in one of the groups for the likelihood of its change",
    "one_side": "no estimate but a bound: all results of one group lie beyond a limit",
    "makes_the_groups": "not computed: the groups are made from this score",
    "unbounded": "no estimate: the likelihood bounds neither side",
    "censored_few_quantified": "no estimate: too few quantified results for the likelihood",
    "logarithms_few_quantified": "no estimate: too few results within the limits for the likelihood",
    "censored_not_converged": "no estimate: the likelihood did not converge",
    "logarithms_not_converged": "no estimate: the likelihood of the logarithms did not converge",
}
# what a t test or a likelihood ratio takes to be normal
OF_MODELS = ("welch_t", "hc2_t", "likelihood_ratio_t", "changes_t", "f", "likelihood_ratio_f")
# what is permuted when results lie outside the limits: it also sees a difference of spread
OF_DISTRIBUTIONS = (
    *("residuals_permuted_all", "residuals_permuted_drawn"),
    *("rank_sum_recensored_all", "rank_sum_recensored_drawn"),
)
QUANTITIES = {"value": "value", "change": "change from baseline", "adjusted": "adjusted value"}
HOW = {
    "welch_t": "with Welch's t interval where every result was quantified",
    "hc2_t": "with Student's t interval where every result was quantified (ANCOVA; standard errors HC2, degrees of freedom of "
    "Bell and McCaffrey, which hold when groups vary differently)",
    "regression_profile_t": "with results outside the limits by censored regression (normal maximum likelihood, a standard "
    "deviation for each group with two quantified values or more, otherwise one; profile-likelihood interval calibrated by "
    "Student's t)",
    "changes_t": "of changes with results outside the limits by the likelihood of both visits in each group (bivariate normal) "
    "with Welch's t interval",
}


def texts(row: dict, settings: dict) -> dict[str, str]:
    """words and reason of a row of `group_comparisons`."""
    why = reasons(REASONS, row)
    return {"words": _words(row, why, settings), "reason": why}


def _words(row, why, settings):
    confidence, every = settings["confidence"], row["level"] == "all"
    n = (row["n_reference"] or 0) + (row["n_level"] or 0)
    names = f"all levels of {row['factor']}" if every else f"{row['level']} beside {row['reference']}"
    parts = [f"{names}: {_counted(row, every)}"]
    below = row["below_level"] + row["below_reference"]
    if below:
        parts.append(_below(row, below, n))
    if row["baseline_below"]:
        one = row["baseline_below"] == 1
        parts.append(
            f"{row['baseline_below']} {'baseline' if one else 'baselines'} below the limit {'enters' if one else 'enter'} as the "
            "highest limit of those"
        )
    if not math.isnan(row["estimate"]) or not math.isnan(row["low"]):
        parts.append(_estimate(row, confidence))
    parts.append(why)
    parts += _tests(row, settings)
    if not math.isnan(row["hodges_lehmann_low"]):
        ends = row["hodges_lehmann"], row["hodges_lehmann_low"], row["hodges_lehmann_high"]
        parts.append(
            f"Hodges-Lehmann {_kind(row)} {stated(*ends, confidence)}, exact where groups differ in level alone"
        )
    parts.append(in_family(row))
    return sentences(*parts)


def _counted(row, every):
    """How many of each group, and who is not among them."""
    text = f"n = {row['n_level']} and {row['n_reference']}" + (f" ({row['reference']})" if every else "")
    if row["n_unknown"]:
        text += f"; {row['n_unknown']} with a result are of no known level"
    return text + (f"; {row['n_lacking']} lack a covariate" if row["n_lacking"] else "")


def _below(row, below, n):
    if row["quantity"] == "change":
        return f"{below} of {n} changes ({100 * below / n:.0f} %) rest on a result below the limit"
    return share_below(below, n, row["_lloq_min"], row["_lloq_max"], row["unit"] or "")


def _kind(row):
    """What the estimate is, in short."""
    return "difference" if row["measure"] == "difference" else "ratio"


def _estimate(row, confidence):
    """The estimate with its interval, or the bound."""
    if row["measure"] == "difference":
        unit = row["unit"] if row["kind"] == "score" else scale(row["unit"])
        what = "difference of the changes" if row["quantity"] == "change" else "difference of means"
        what = f"{what} ({unit})" if unit else what
    else:
        what = "ratio of the geometric mean ratios" if row["quantity"] == "change" else "ratio of geometric means"
    if row["covariates"]:
        what += f", adjusted for {several(row['covariates'].split(', '))}"
    low, high = row["low"], row["high"]
    if math.isnan(row["estimate"]):
        level = f"{100 * confidence:g} %, {INTERVALS[row['interval_method_code']]}"
        open_low = low == (-math.inf if row["measure"] == "difference" else 0)
        return f"{what}: {f'at most {number(high)}' if open_low else f'at least {number(low)}'} ({level})"
    text = f"{what} {stated(row['estimate'], low, high, confidence)}"
    interval = row["interval_method_code"]
    return f"{text}, {INTERVALS[interval]}" if interval != "none" else text


def _tests(row, settings):
    """The p that carries the claim, the one beside it, and whether they, or the interval, disagree."""
    if math.isnan(row["p"]):
        return []
    level = 1 - settings["confidence"]
    normal = "normally distributed points" if row["kind"] == "score" else "normally distributed logarithms"
    claim = f"{probability(row['p'])} ({called('p_method', row, settings)}"
    model = row["p_method_code"] in OF_MODELS
    claim += f"; it rests on {normal})" if model else f"; smallest attainable {number(row['p_floor'])})"
    parts = [claim]
    if not math.isnan(row["p_beside"]):
        parts.append(f"beside it {probability(row['p_beside'])} ({called('p_beside_method', row, settings)})")
        if (row["p"] <= level) != (row["p_beside"] <= level):
            parts.append(f"the two disagree across {number(level)}: the first carries the claim")
    if row["p_method_code"] in OF_DISTRIBUTIONS and not math.isnan(row["low"]):
        parts.append(f"the first p tests that the two distributions are equal; the interval is for the {_kind(row)}")
    nothing = 0 if row["measure"] == "difference" else 1
    excludes = row["low"] > nothing or row["high"] < nothing
    if not math.isnan(row["low"]) and excludes != (row["p"] <= level):
        parts.append("interval and p are of different methods and disagree here; the claim rests on the p")
    return parts


def methods(frame: pd.DataFrame, settings: dict) -> str:
    """How groups were compared (frame: group_comparisons, of all participants), "" where nothing was."""
    tested = frame[frame["p"].notna()]
    if tested.empty:
        return ""
    pairs = tested[tested["level"] != "all"]
    factors = [f"{name} (reference {own['reference'].iloc[0]})" for name, own in tested.groupby("factor", sort=False)]
    asked = [said for code, said in QUANTITIES.items() if (tested["quantity"] == code).any()]
    parts = [f"Groups by {several(factors)} were compared by {several(asked)}: {_measures(pairs)}."]
    intervals = [said for code, said in HOW.items() if (pairs["interval_method_code"] == code).any()]
    parts.append(f"Estimates are given {'; '.join(intervals)}." if intervals else "")
    names = {name for cell in tested["covariates"].dropna() for name in cell.split(", ")}
    if names:
        parts.append(f"Adjusted values are adjusted for {several(sorted(names))}.")
    if (tested["baseline_below"].fillna(0) > 0).any():
        parts.append("A baseline below its limit enters the adjustment as the highest limit of those.")
    carried = sorted({called("p_method", row, settings) for row in tested.to_dict("records")} - {TESTS["none"]})
    parts.append(f"The p values that carry the claims are by {'; '.join(carried)}.")
    parts.append(
        f"Up to {PERMUTED} participants, and where there are {FEWEST_ARRANGEMENTS} arrangements or more, whole participants are "
        "permuted and the statistic is studentised with a variance of each group, so that unequal spreads alone do not make it "
        "reject where all results are quantified. Above, the claim rests on the ranks of re-censored results where any lies "
        "outside the limits and nothing is adjusted for; otherwise on a model of normal distributions."
    )
    beside = sorted(
        {called("p_beside_method", row, settings) for row in tested.to_dict("records")} - {"", TESTS["none"]}
    )
    parts.append(f"Beside them stand {'; '.join(beside)}." if beside else "")
    parts.append(_families(tested))
    return " ".join(filter(None, parts))


def _measures(rows):
    """What the estimates are, of every kind of variable."""
    biomarkers = rows[rows["kind"] == "biomarker"]
    parts = []
    if (~in_log2(biomarkers["unit"])).any():
        parts.append("the ratio of geometric means of biomarkers")
    if in_log2(biomarkers["unit"]).any():
        units = sorted({unit for unit in biomarkers["unit"].dropna() if is_log2(unit)})
        parts.append(f"the difference of means in {several(units)} (log2)")
    if (rows["kind"] == "score").any():
        parts.append("the difference in points of scores")
    return several(parts) or "whether any differ"


def _families(rows):
    chosen = rows[rows["family_code"].notna()]
    if chosen.empty:
        return "No comparison of groups was adjusted for multiplicity; all are descriptive."
    named = chosen.drop_duplicates(["factor", "quantity", "visit"])
    asked = [f"{QUANTITIES[row['quantity']]} at {row['visit']} ({row['factor']})" for row in named.to_dict("records")]
    return (
        f"Chosen beforehand, and adjusted within the factor and the group of variables, were the {several(asked)}; all other "
        "comparisons of groups are descriptive."
    )
