"""What was done over whole courses, for the methods text: only what the tables show was used."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from immunoassay.statistics.arm_courses import FEWEST_CENSORED, FEWEST_PARTICIPANTS
from immunoassay.statistics.cell_kinetics import DAYS, FIRST_DAY
from immunoassay.statistics.known_codes import NONE
from immunoassay.statistics.summary_measures import FEWEST_EXACT
from immunoassay.statistics.thresholds import MOST_CENSORED
from immunoassay.words import code_words
from immunoassay.words.arm_words import CENSORED
from immunoassay.words.course_words import MEASURES
from immunoassay.words.sentences import BELOW, several

MOSTLY = f"where more than {100 * MOST_CENSORED:.0f} % of results lay outside the limits"
ANY_VISIT = {
    "kenward_roger_f": "by the F test of the mixed model where one was fitted (Kenward and Roger)",
    "courses_": "by sign changes of participants' whole trajectories of changes, which assume nothing of the variances and "
    "correlations of the visits{recensored}",
    "sandwich_f": f"{MOSTLY}, by the F of the mean changes at the visits, each estimated with the baseline by censored maximum "
    "likelihood, with their covariance by the sandwich over participants",
    "kenward_roger_f_one_correlation": f"with fewer than {FEWEST_EXACT} participants by the F test of a model with a variance of "
    "each visit and one correlation of any two (Kenward and Roger), because an exact p cannot fall below 0.05 there",
}
RECENSORED = f"; {MOSTLY} all results of a participant were censored at the highest LLOQ and the lowest ULOQ of these"


def paragraphs(statistics: Mapping[str, pd.DataFrame], config: Mapping[str, Any]) -> dict[str, str]:
    """{heading: text} of what ran; "" where nothing did.

    `statistics`: the frames longitudinal, summary_measures, arm_courses and kinetics, as far as the study has them;
    `config`: covariates.
    """
    parts = {
        "Change at any visit": ("longitudinal", any_visit),
        "Summary measures": ("summary_measures", summary_measures),
        "Cell kinetics": ("kinetics", kinetics),
    }
    found = {heading: say(statistics[name]) for heading, (name, say) in parts.items() if name in statistics}
    if "arm_courses" in statistics:
        found["Groups over all visits"] = arms(statistics["arm_courses"], list(config["covariates"]))
    return found


def any_visit(frame: pd.DataFrame) -> str:
    """The test of no change at any visit (frame: longitudinal)."""
    codes = frame["any_visit_method_code"].dropna()
    used = set(codes) - {NONE}
    whole = any(code.startswith("courses_") for code in used)
    said = [
        text.format(recensored=RECENSORED if codes.str.endswith("_recensored").any() else "")
        for code, text in ANY_VISIT.items()
        if code in used or (code == "courses_" and whole)
    ]
    if not said:
        return ""
    beside = frame["any_visit_p_beside"].notna().any()
    text = f"Whether a variable changed at any visit was tested over all visits at once, {'; '.join(said)}."
    return text + (" The P value of the other test is given beside it." if beside else "")


def summary_measures(frame: pd.DataFrame) -> str:
    """One number per participant for the follow-up (frame: summary_measures)."""
    rows = frame[frame["n"] > 0]
    if rows.empty:
        return ""
    names = [f"the {MEASURES[code]}" for code in MEASURES if (rows["measure"] == code).any()]
    text = (
        f"The whole follow-up of a participant was summarised by {several(names)}, of ln ratios or points from baseline"
    )
    text += ", up to the participant's own last visit."
    intervals = _called(rows["interval_method_code"], code_words.INTERVALS)
    if intervals:
        text += f" Intervals were {several(intervals)}."
    if (rows["estimate_method_code"] == "changes_of_visits").any():
        text += " Where results outside the limits left a participant's value open, the mean was that of the mean changes at the "
        text += "visits, each estimated with the baseline by censored maximum likelihood, with a standard error by the sandwich "
        text += "over participants, which assumes no correlation of the visits."
    if ((rows["n_open"] > 0) & rows["estimate"].isna()).any():
        text += " Where results outside the limits left a participant's value open, bounds are given and no mean."
    if rows["p_method_code"].str.startswith("sign_changes").any():
        text += " P values were computed over all sign changes of these numbers"
        text += (
            ", the results of participants with censored results all censored at their narrowest limits"
            if _ends(rows)
            else ""
        )
        text += "."
    if (rows["p_method_code"] == "t_measure").any():
        text += f" With fewer than {FEWEST_EXACT} participants inference was based on the t test, which assumes normal "
        text += "distributions."
    return f"{text} These P values are descriptive and were not adjusted."


def arms(frame: pd.DataFrame, covariates: list[str]) -> str:
    """Groups beside each other over the course (frame: arm_courses): which models were used, or why none."""
    if frame.empty:
        return ""
    factors = several(sorted(frame["factor"].unique()))
    used = frame.dropna(subset=["estimate"])
    if used.empty:
        return (
            f"The trajectories of groups ({factors}) were not modelled: {FEWEST_PARTICIPANTS} participants are needed, "
            f"{FEWEST_CENSORED} where more than {100 * MOST_CENSORED:.0f} % of results lie outside the limits."
        )
    text = []
    models = used[used["estimate_method_code"].str.startswith("reml_")]
    if len(models):
        also = f", {several(covariates)}" if covariates else ""
        methods = several(_called(models["estimate_method_code"], code_words.ESTIMATES))
        text.append(
            f"Groups ({factors}) were compared at every visit, and at all visits at once, in one model of the value by visit x "
            f"group, baseline{also} ({methods}; Kenward and Roger, linear form), in which every group had its own factor of the "
            "standard deviation and missing visits were taken to be missing at random given the others."
        )
        if models["substituted_code"].isin(BELOW).any():
            text.append(
                f"Values below the LLOQ, at most {100 * MOST_CENSORED:.0f} % of them, were replaced by LLOQ/2 there."
            )
    if used["estimate_method_code"].isin(CENSORED).any():
        text.append(
            "Where more was censored, the changes of groups from baseline were compared by maximum likelihood of a model with a "
            "random intercept per participant and censored results, with a standard error by the sandwich over participants, "
            "which does not rest on the correlation of the model."
        )
    return " ".join([*text, "These P values are descriptive and were not adjusted."])


def kinetics(frame: pd.DataFrame) -> str:
    """Cell counts (frame: kinetics)."""
    if frame.empty:
        return ""
    names = several(dict.fromkeys(frame["variable"]))
    text = f"Of {names} the highest count and its day were taken from each participant"
    if frame["auc_0_28_low"].notna().any():
        text += (
            f", and the area under the counts of day {FIRST_DAY:.0f} to {FIRST_DAY + DAYS:.0f}, linear where counts rise and "
            "logarithmic where they fall"
        )
    below = (frame["n_below"] > 0).any()
    return text + (
        "; a count below its LLOQ lies between 0 and the LLOQ, and so what follows from it." if below else "."
    )


def _ends(rows):
    return rows["p_method_code"].str.endswith("_recensored").any()


def _called(codes, names):
    return [names[code] for code in names if code != NONE and (codes == code).any()]
