"""The statistics in words: only what the tables show was used, and what must be said of it."""

from collections.abc import Iterable

import pandas as pd
from immunoassay.statistics.groups import ALL
from immunoassay.statistics.known_codes import NONE
from immunoassay.statistics.longitudinal import MOST_CENSORED
from immunoassay.statistics.summary_measures import MOST_CENSORED as MOST_MODELLED
from immunoassay.tables import in_log2
from immunoassay.words import code_words, longitudinal_words, prediction_words
from immunoassay.words.number_words import number
from immunoassay.words.sentences import BELOW, several
from immunoassay.words.table_words import rows_of

CENTRES = {
    "mean": "arithmetic means of log2 values",
    "mean_censored_normal": "means of log2 values by censored normal maximum likelihood",
    "mean_log_normal": "means of log-normal distributions by maximum likelihood",
    "geometric_mean": "geometric means",
    "mean_censored": "means of log-normal distributions by censored maximum likelihood",
    "geometric_mean_censored": "geometric means estimated by censored log-normal maximum likelihood",
    "median_kaplan_meier": "medians by reverse Kaplan\N{EN DASH}Meier (visits with more than half of the results outside the "
    "limits{or_else}; no interval)",
}
OR_ELSE = {
    "censored_few_quantified": " or too few different quantified ones",
    "censored_not_converged": " or a likelihood without a maximum",
}
INTERVALS = {
    "t": "Student's t",
    "log_t": "Student's t on the log scale",
    "profile_t": "profile likelihood calibrated by Student's t",
}
# the estimate of a tier, the code of its interval, and how that is said
TIERS = {
    "A": (
        "without censored results, the geometric mean ratio",
        "log_ratio_t",
        " with Student's t interval of the mean log ratio",
    ),
    "B": (
        "with censored results at either visit, bivariate censored log-normal maximum likelihood with separate standard "
        "deviations",
        "bivariate_profile_t",
        " and a profile-likelihood interval calibrated by Student's t with the degrees of freedom of the visit with more "
        "quantified results, both seen through the same limits",
    ),
    "C": (
        "with too few quantified results for that{or_else} but four at baseline, no estimate",
        "inverted_signed_rank",
        " but the bounds that the exact re-censored signed-rank test does not reject",
    ),
    "D": ("otherwise, only the numbers below the LLOQ at both visits with Clopper-Pearson limits", "", ""),
}
# the same in log2 units
TIERS_OF_LOGARITHMS = {
    **TIERS,
    "A": ("without censored results, the mean difference", "t", " with Student's t interval"),
    "B": (TIERS["B"][0].replace("log-normal", "normal"), "bivariate_normal_profile_t", TIERS["B"][2]),
}
# what is said of tests of a model that carry the claim
CARRIED = (
    (
        {"log_ratio_t", "t"},
        "With five pairs or fewer, of which no exact p can reach 0.05, the claim is carried by the t test, which rests on "
        "normally distributed logarithms.",
    ),
    (
        {"likelihood_ratio_t"},
        "With more than 15 pairs of which some are censored, where the signed-rank test would also reject a change of spread, "
        "it is carried by the likelihood-ratio test of the model of the interval, calibrated by t as the interval is.",
    ),
)
NO_MAXIMUM = ("pairs_not_converged", "pairs_correlation_at_bound", "pairs_spreads_apart")
QUESTIONS = {
    "baseline": "at baseline",
    "change_change": "between changes from baseline",
    "within_participant": "within participants over the visits",
}
DESCRIBED = {
    "baseline_change": "between biomarkers at baseline and changes of scores",
    "between_participants": "between participants' means of all visits",
}
# estimate of an association -> what must be said of it
HOW = {
    "correlation_of_logarithms": "With one value per participant the correlation of logarithms (scores as they are) was tested "
    "where nothing was censored, tau-b otherwise.",
    "concordance_adjusted": "Within participants, where results lay below limits that differ among the results of the "
    "biomarker, no number stands for them: for two visits of one participant whose order is certain, the rise (+1) or fall "
    "(-1) of the biomarker was multiplied with the change of the score and summed, less what all share.",
}
WITHIN = [code for code in code_words.TESTS if "_within_" in code]
SAME_LIMITS = (
    "Where limits differ only participants with the same limits changed places (limits that differ by less than 1 % are the "
    "same); where that left fewer than 100 orders, those whose limits differ least were seen through the highest of each visit."
)


def summaries(frame: pd.DataFrame, config: dict) -> str:
    """Centres, intervals and quantiles of biomarkers (frame: visit_summaries)."""
    rows = frame[(frame["kind"] == "biomarker") & (frame["quantity"] == "value")]
    or_else = "".join(words for code, words in OR_ELSE.items() if (rows["reason_code"] == code).any())
    centres = [
        words.format(or_else=or_else) for code, words in CENTRES.items() if (rows["centre_method_code"] == code).any()
    ]
    intervals = [words for code, words in INTERVALS.items() if (rows["interval_method_code"] == code).any()]
    if not centres:
        return ""
    text = f"Centres of biomarkers are {several(centres)}"
    text += f", with 95 % confidence intervals ({several(intervals)})" if intervals else ""
    text += f"; no interval is given for fewer than {config['min_n_interval']} results."
    quantiles = _called(rows["quantile_method_code"], code_words.QUANTILES)
    return text + (f" Quantiles: {several(quantiles)}." if quantiles else "")


def changes(frame: pd.DataFrame, config: dict) -> str:
    """Change of biomarkers from baseline (frame: biomarker_changes): the tiers used, the tests, what they can reach."""
    rows = frame[frame["n_pairs"] > 0]
    if rows.empty:
        return ""
    parts = []
    logarithms = in_log2(rows["unit"])
    if not logarithms.all():
        tiers = _tiers(rows[~logarithms], TIERS)
        parts.append(
            f"Change of biomarkers from baseline is the ratio in participants with a result at both visits: {tiers}."
        )
    if logarithms.any():
        units, tiers = several(sorted(set(rows.loc[logarithms, "unit"]))), _tiers(rows[logarithms], TIERS_OF_LOGARITHMS)
        parts.append(f"Of biomarkers in {units} (log2) it is the difference from baseline: {tiers}.")
    tests = _called(rows["p_method_code"], code_words.TESTS)
    if tests:
        parts.append(f"Tests: {'; '.join(tests)}.")
    carrying = set(rows["p_method_code"])
    if carrying & {"signed_rank_recensored", "mcnemar"}:
        parts.append("In the exact tests both members of a pair are seen through its higher LLOQ and lower ULOQ.")
    parts += [said for codes, said in CARRIED if carrying & codes]
    parts += [_beside(rows), _across_lots(rows)]
    primary = rows[(rows["visit"] == config["primary_visit"]) & (rows["course"] == config["primary_course"])]
    known = primary[primary["p_floor"].notna()]
    if len(known):
        best = known.loc[known["informative_pairs"].astype(float).idxmax()]
        parts.append(
            f"At {config['primary_visit']}, with {int(best['informative_pairs'])} informative pairs, the smallest "
            f"attainable exact two-sided p is {number(best['p_floor'])}."
        )
    for bound, words in (("low", "an upper"), ("high", "a lower")):
        beyond = primary["low"].eq(0) if bound == "low" else primary["high"].eq(float("inf"))
        names = primary.loc[(primary["tier"] == "C") & beyond, "variable"]
        if len(names):
            parts.append(f"At {config['primary_visit']}, for {several(names)} only {words} bound is supported.")
    return " ".join(filter(None, parts))


def _beside(rows):
    """Which tests stand beside the ones that carry the claims."""
    beside = _called(rows["p_beside_method_code"], code_words.TESTS)
    return f"Beside them stands, where it can be had, the p of another test ({'; '.join(beside)})." if beside else ""


def _across_lots(rows):
    """Of which changes the pairs cross kit lots."""
    if not (rows["n_across_lots"].fillna(0) > 0).any():
        return ""
    whole = rows["change_is_also_a_lot_change"].fillna(False).astype(bool)
    text = "Some changes compare results of two kit lots; their tables say how many pairs do"
    if not whole.any():
        return f"{text}."
    shown = (
        " and, where samples were measured with both lots, what the lot alone does"
        if rows["lot_shift"].notna().any()
        else ""
    )
    names = several(sorted(set(rows.loc[whole, "variable"])))
    return f"{text}{shown}. In more than half of the pairs they do for {names}, whose change is also a lot change."


def _tiers(rows, known):
    """What was estimated of changes, by the tiers (`known`) that their rows are of."""
    return "; ".join(
        _tier(known[name], rows[rows["tier"] == name], len(rows)) for name in known if (rows["tier"] == name).any()
    )


def _tier(said, rows, whole):
    estimate, interval, how = said
    or_else = ", or a likelihood without a maximum," if rows["reason_code"].isin(NO_MAXIMUM).any() else ""
    text = estimate.format(or_else=or_else) + (how if (rows["interval_method_code"] == interval).any() else "")
    return f"{text} ({len(rows)} of {whole})"


def scores(frame: pd.DataFrame) -> str:
    """Change of clinical scores (frame: score_changes)."""
    rows = frame[frame["n"] > 0]
    if rows.empty:
        return ""
    text = "Change of clinical scores is the mean change in points"
    text += " with Student's t interval" if (rows["interval_method_code"] == "t").any() else ""
    if (rows["hodges_lehmann_method_code"] == "walsh_averages").any():
        text += ", the Hodges-Lehmann estimate with its exact interval"
    parts = [f"{text} and the exact signed-rank test beside Student's t test."]
    if (rows["p_method_code"] == "t").any():
        parts.append(
            "With five participants or fewer, of whom no exact p can reach 0.05, the t test carries the claim and rests on "
            "normally distributed changes; with more the exact one does."
        )
    settled = rows.dropna(subset=["mcid"]).drop_duplicates("variable")
    if len(settled):
        limits = several(
            [f"{name} {number(mcid)}" for name, mcid in zip(settled["variable"], settled["mcid"], strict=True)]
        )
        parts.append(f"Responders improved by the minimal clinically important difference or more ({limits} points).")
    return " ".join(parts)


def associations(frame: pd.DataFrame, config: dict) -> str:
    """Association of biomarkers and scores (frame: associations)."""
    tested, following = frame[frame["p"].notna()], frame[frame["reason_code"] == "lloq_follows_people"]
    lacking = (
        f"Associations of {several(sorted(set(following['variable'])))} were not tested where the limits differed so among "
        "the participants that no two seen through the same one could change places and make a difference."
        if len(following)
        else ""
    )
    if tested.empty:
        return lacking
    parts = []
    for question, said in {**QUESTIONS, **DESCRIBED}.items():
        rows = tested[tested["question"] == question]
        methods = _called(rows["estimate_method_code"], code_words.ESTIMATES)
        if len(rows):
            tests = sorted({code_words.called("p_method", row, config) for row in rows_of(rows)})
            parts.append(f"{said} ({'; '.join([*methods, *tests])})")
    text = f"Associations of biomarkers with scores were estimated {several(parts)}."
    if (tested["question"] == "within_participant").any():
        text += (
            " Within participants the association is adjusted for the time course all share; participants' "
            "trajectories were permuted; N is participants, not samples."
        )
    text += "".join(f" {said}" for code, said in HOW.items() if (tested["estimate_method_code"] == code).any())
    if tested["p_method_code"].isin(WITHIN).any():
        text += f" {SAME_LIMITS}"
    if tested["family_code"].notna().any():
        asked = QUESTIONS[config["association_question"]]
        text += f" The question adjusted for multiplicity is the association {asked}; the others are descriptive."
    else:
        text += " All of them are descriptive."
    return f"{text} {lacking}".strip()


def longitudinal(frame: pd.DataFrame) -> str:
    """Mixed models of all visits (frame: longitudinal): which were used, or why none was."""
    rows = frame[frame["n_participants"] > 0]
    if rows.empty:
        return ""
    used = rows.dropna(subset=["estimate"])
    if used.empty:
        reasons = sorted(
            {longitudinal_words.no_model(row) for row in rows_of(longitudinal_words.with_visits(rows))} - {""}
        )
        return f"No mixed model was fitted ({reasons[0]})." if reasons else ""
    censored = used["estimate_method_code"].isin(longitudinal_words.CENSORED)
    text = _mixed(used[~censored], rows["variable"].nunique()) if (~censored).any() else ""
    if censored.any():
        text += (
            f" For {used.loc[censored, 'variable'].nunique()} of {rows['variable'].nunique()} variables, with more than "
            f"{100 * MOST_CENSORED:.0f} % of results outside the limits, the changes were estimated in a random-intercept "
            "model with censored results (maximum likelihood), with standard errors by the sandwich over participants, which "
            "do not rest on the correlation of the model."
        )
    if rows["sensitivity"].notna().any():
        text += f" Where more than {100 * MOST_MODELLED:.0f} % was censored, such a model is shown for comparison, without an "
        text += "interval."
    return text.strip()


def _mixed(used, variables):
    """The mixed models by restricted maximum likelihood."""
    methods = several(_called(used["estimate_method_code"], code_words.ESTIMATES))
    models = {"ratio": "ln ratio", "difference": "difference of logarithms", "change": "change"}
    what = " or ".join(said for code, said in models.items() if (used["quantity"] == code).any())
    text = (
        f"For {used['variable'].nunique()} of {variables} variables the changes at all visits were also "
        f"estimated in one model ({what} by visit and baseline; {methods}; standard errors and degrees of freedom by "
        "Kenward and Roger, linear form), which assumes missing visits to be missing at random given the others"
    )
    if used["substituted_code"].isin(BELOW).any():
        text += f"; a value below the LLOQ, at most {100 * MOST_CENSORED:.0f} % of them, stands as LLOQ / 2"
    return f"{text}."


def prediction(frame: pd.DataFrame) -> str:
    """Prediction of score changes by all biomarkers (frame: prediction): how, or why not."""
    if frame.empty:
        return ""
    used = frame.dropna(subset=["q2"])
    if used.empty:
        most = max(rows_of(frame), key=lambda row: row["n"])  # of the score that most participants have
        return f"Scores were not predicted from all biomarkers together ({prediction_words.no_prediction(most)})."
    return (
        "Changes of scores were predicted from the changes of all log values at the same visit by "
        f"{'; by '.join(sorted({prediction_words.method(row) for row in rows_of(used)}))}. Imputation, scaling and the number "
        "of components or the penalty were learnt from training participants only, and Q2 is shown beside that of permuted "
        "scores."
    )


def multiplicity(tables: Iterable[pd.DataFrame]) -> str:
    """Families of tests with their size and method (biomarker_changes, score_changes, associations)."""
    names = [
        "participant_group",
        "adjusted_method_code",
        "family_code",
        "visit",
        "group",
        "factor",
        "score",
        "family_size",
    ]
    rows = pd.concat(
        [frame.dropna(subset=["family_code"]).reindex(columns=names) for frame in tables], ignore_index=True
    )
    families: dict[str, list[str]] = {}
    for row in rows_of(rows.drop_duplicates()):
        family = code_words.FAMILIES[row["family_code"]].format(**row) + _within(row["participant_group"])
        families.setdefault(row["adjusted_method_code"], []).append(f"“{family}” ({int(row['family_size'])})")
    parts = sorted(
        f"by {code_words.ADJUSTMENTS[method]} in the families {several(sorted(members))}"
        for method, members in families.items()
    )
    if not parts:
        return "No p value was adjusted for multiplicity; all are descriptive."
    return f"P values were adjusted {'; '.join(parts)} (number of tests); all others are descriptive."


def groups(frame: pd.DataFrame) -> str:
    """What is said where participants have groups (any table of statistics)."""
    names = sorted(set(frame["participant_group"].dropna()) - {ALL})
    if not names:
        return ""
    return (
        f"Participants are of the groups {several(names)}. Every statistic was made within each group and over all "
        "participants; the numbers of this text are those over all. Groups were not compared."
    )


def _within(group):
    return "" if group is None else " over all participants" if group == ALL else f" in {group}"


def components(variance: pd.DataFrame) -> str:
    """Principal components (frame: pca_variance)."""
    known = variance.dropna(subset=["explained"])
    if known.empty:
        return ""
    methods = several(_called(known["method_code"], code_words.METHODS))
    text = f"Principal components ({methods}) are description only"
    if known["noise_median"].notna().any():
        text += ", shown beside the variance that the same data explain when participants' trajectories are permuted"
    return f"{text}."


def _called(codes, names):
    """What the codes of a column are called, in order of the alphabet; what stands for "there is none" is left out."""
    return sorted(names[code] for code in codes.dropna().unique() if code != NONE)
