"""What rows of arm_courses and level_changes say: groups beside each other, and each, over the whole course."""

import math
from collections.abc import Iterator

from immunoassay.statistics import arm_courses
from immunoassay.tables import is_log2
from immunoassay.words.code_words import ESTIMATES, INTERVALS, STRUCTURES, called
from immunoassay.words.longitudinal_words import FITS, HALF
from immunoassay.words.number_words import between, counted, lower_limit, number, probability, scale, sentences, stated
from immunoassay.words.table_words import reasons

CENSORED = ("censored_random_intercept", "censored_random_intercept_by_visit")
REASONS = {
    "nobody_followed": "no participant of a group has a result at baseline and later, and all covariates",
    "arms_few_participants": f"{{n_participants}} participants, {arm_courses.FEWEST_PARTICIPANTS} are needed for a model of "
    "groups over the visits; see their comparison at each visit",
    "arms_few_participants_censored": f"{{n_participants}} participants, {arm_courses.FEWEST_CENSORED} are needed for a model of "
    "groups over the visits with censored results; see their comparison at each visit",
    "arms_few_of_a_level": f"a group has fewer than {arm_courses.FEWEST_OF_A_LEVEL} participants",
    "arms_visit_of_one_level": "a group has fewer than 2 participants with a result at this visit",
    "arms_mostly_censored": f"no interval: more than {100 * arm_courses.MOST_CENSORED_INTERVAL:.0f} % of results lie outside the "
    "limits",
    "arms_censored_no_two_quantified": "no participant has two quantified results",
    "arms_censored_not_determined": "a group has no quantified result at one of the visits",
    "arms_censored_not_converged": "the likelihood with censored results did not converge",
    "arms_censored_within_not_determined": "the standard deviation of a visit is not determined",
    **{f"{code}_{fit}": f"{name}: {text}" for code, name in STRUCTURES.items() for fit, text in FITS.items()},
}


def texts(row: dict, settings: dict) -> dict[str, str]:
    """words and reason of a row of `arm_courses`."""
    why = reasons(REASONS, row)
    if math.isnan(row["estimate"]):
        return {"words": sentences(f"{row['level']} and {row['reference']}: {why}"), "reason": why}
    return {"words": sentences(*_parts(row, settings), why), "reason": why}


def level_texts(row: dict, settings: dict) -> dict[str, str]:
    """words of a row of `level_changes`."""
    what = {"ratio": "geometric mean ratio to baseline", "change": "mean change in points"}.get(
        row["quantity"], f"mean difference from baseline in {scale(row['unit'])}"
    )
    people = f"n = {counted(row['n'], 'participant')}"
    if row["n_below"]:
        people += f", {row['n_below']} below the {lower_limit(row['unit'])} at the visit"
    if not math.isnan(row["estimate"]):
        numbers = stated(row["estimate"], row["low"], row["high"], settings["confidence"])
    elif math.isnan(row["low"]):
        numbers = "not estimated"
    else:
        ends = [f"at least {number(row['low'])}"] if row["low"] > (-math.inf if is_log2(row["unit"]) else 0) else []
        numbers = " and ".join(ends + ([f"at most {number(row['high'])}"] if math.isfinite(row["high"]) else []))
    return {"words": sentences(f"{row['level']}: {what} {numbers}", people)}


def _parts(row, settings) -> Iterator[str]:
    what = {"ratio": "geometric mean ratio", "change": "difference in points"}.get(
        row["quantity"], f"difference in {scale(row['unit'])}"
    )
    numbers = stated(row["estimate"], row["low"], row["high"], settings["confidence"])
    censored = row["estimate_method_code"] in CENSORED
    given = "of the changes from baseline" if censored else "at the same baseline"
    covariates = f", adjusted for {', '.join(settings['covariates'])}" if settings["covariates"] else ""
    yield f"{row['level']} to {row['reference']}: {what} {given} {numbers}{covariates}"
    yield f"n = {row['n']} and {row['n_reference']} at this visit, {row['n_participants']} participants in the model"
    how = ESTIMATES[row["estimate_method_code"]]
    interval = row["interval_method_code"]
    free = (
        f", {INTERVALS[interval]}, {number(row['degrees_of_freedom'])} degrees of freedom" if interval != "none" else ""
    )
    spread = "" if censored else "; every group has its own factor of the standard deviation"
    yield f"{how}{free}{spread}; visits that are missing are assumed missing at random given the others"
    if row["share_censored"] > 0:
        limits = (
            f"{lower_limit(row['unit'])} {between(row['_lloq_min'], row['_lloq_max'])} {row['unit'] or ''}".rstrip()
        )
        stand = "were analysed as censored" if censored else f"stand as {HALF[is_log2(row['unit'])]}, or the ULOQ"
        yield f"{100 * row['share_censored']:.0f} % of results outside the limits ({limits}) {stand}"
    yield f"{probability(row['p'])}; descriptive: not adjusted for other tests"
    if not math.isnan(row["any_visit_p"]):
        yield f"no difference of the groups at any visit: {_f(row, 'any_visit', settings)}"
    if not math.isnan(row["by_visit_p"]):
        yield f"the same difference at all visits: {_f(row, 'by_visit', settings)}"


def _f(row, name, settings):
    numbers = f"F({row[f'{name}_df1']}, {number(row[f'{name}_df2'])}) = {number(row[f'{name}_f'])}"
    return f"{probability(row[f'{name}_p'])} ({called(f'{name}_method', row, settings)}, {numbers})"
