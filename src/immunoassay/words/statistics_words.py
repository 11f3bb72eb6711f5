"""The statistics in words: only what the tables show was used, and what must be said of it."""

from collections import Counter
from collections.abc import Iterable, Mapping

import pandas as pd
from immunoassay.statistics.groups import ALL
from immunoassay.statistics.known_codes import NONE
from immunoassay.statistics.thresholds import MOST_CENSORED
from immunoassay.tables import in_log2
from immunoassay.words import code_words, longitudinal_words, prediction_words, terms
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
        "quantified results, both censored at the same limits",
    ),
    "C": (
        "with too few quantified results for that{or_else} but four at baseline, no estimate",
        "inverted_signed_rank",
        " but the bounds that the exact re-censored signed-rank test did not reject",
    ),
    "D": ("otherwise, only the numbers below the LLOQ at both visits with Clopper-Pearson limits", "", ""),
}
# the same in log2 units
TIERS_OF_LOGARITHMS = {
    **TIERS,
    "A": ("without censored results, the mean difference", "t", " with Student's t interval"),
    "B": (TIERS["B"][0].replace("log-normal", "normal"), "bivariate_normal_profile_t", TIERS["B"][2]),
}
BY_A_MODEL = (
    "With five pairs or fewer, for which no exact P value can reach 0.05, inference was based on the t test, which assumes "
    "normally distributed logarithms."
)
CHANGE_TESTS = {
    "signed_rank_recensored": "the exact signed-rank test of re-censored pairs",
    "mcnemar": "the exact McNemar test of detection",
    "log_ratio_t": "the t test of the mean log ratio",
    "likelihood_ratio_t": "the likelihood-ratio test calibrated by t",
}
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
    "correlation_of_logarithms": "With one value per participant the correlation of logarithms (of scores untransformed) was "
    "tested where nothing was censored, and tau-b otherwise.",
    "concordance_adjusted": "Within participants, where results lay below limits that differ among the results of the "
    "biomarker, none was substituted: for two visits of one participant whose order was certain, the rise (+1) or fall "
    "(\N{MINUS SIGN}1) of the biomarker was multiplied by the change of the score and summed, less the part common to all.",
}
WITHIN = [code for code in code_words.TESTS if "_within_" in code]
SAME_LIMITS = (
    "Where limits differed, only participants with the same limits were exchanged (limits that differ by less than 1 % were "
    "taken as the same); where that left fewer than 100 orders, those whose limits differed least were censored at the highest "
    "limit of each visit."
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
    text = f"Levels of biomarkers were summarised as {several(centres)}"
    text += f", with 95 % confidence intervals ({several(intervals)})" if intervals else ""
    text += f"; no interval is given for fewer than {config['min_n_interval']} results."
    quantiles = _called(rows["quantile_method_code"], code_words.QUANTILES)
    return text + (f" Quantiles were {several(quantiles)}." if quantiles else "")


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
            f"Changes of biomarkers from baseline were estimated as ratios in participants with a result at both visits: {tiers}."
        )
    if logarithms.any():
        units, tiers = several(sorted(set(rows.loc[logarithms, "unit"]))), _tiers(rows[logarithms], TIERS_OF_LOGARITHMS)
        parts.append(f"For biomarkers in {units} (log2) the difference from baseline was estimated: {tiers}.")
    tests = _called(rows["p_method_code"], {**code_words.TESTS, **CHANGE_TESTS})
    if tests:
        parts.append(f"Changes were tested by {several(tests)}.")
    carrying = set(rows["p_method_code"])
    if carrying & {"signed_rank_recensored", "mcnemar"}:
        parts.append(
            "In the exact tests both members of a pair were censored at the higher LLOQ and the lower ULOQ of the pair."
        )
    parts += [BY_A_MODEL] if carrying & {"log_ratio_t", "t"} else []
    parts += [_beside(rows), _across_lots(rows)]
    visit = config["visits"].get(config["primary_visit"], config["primary_visit"])
    primary = rows[(rows["visit"] == config["primary_visit"]) & (rows["course"] == config["primary_course"])]
    known = primary[primary["p_floor"].notna()]
    if len(known):
        best = known.loc[known["informative_pairs"].astype(float).idxmax()]
        parts.append(
            f"At {visit}, with {int(best['informative_pairs'])} informative pairs, the smallest attainable exact two-sided P "
            f"value was {number(best['p_floor'])}."
        )
    for bound, words in (("low", "an upper"), ("high", "a lower")):
        beyond = primary["low"].eq(0) if bound == "low" else primary["high"].eq(float("inf"))
        names = primary.loc[(primary["tier"] == "C") & beyond, "variable"]
        if len(names):
            parts.append(f"At {visit}, the data supported only {words} bound for {several(names)}.")
    return " ".join(filter(None, parts))


def _beside(rows):
    """Which tests stand beside the ones that carry the claims."""
    beside = _called(rows["p_beside_method_code"], {**code_words.TESTS, **CHANGE_TESTS})
    return f"The P value of another test is given beside it where available ({several(beside)})." if beside else ""


def _across_lots(rows):
    """Of which changes the pairs cross kit lots."""
    if not (rows["n_across_lots"].fillna(0) > 0).any():
        return ""
    whole = rows["change_is_also_a_lot_change"].fillna(False).astype(bool)
    text = "Some changes compared results of two kit lots; the tables give the number of such pairs"
    if not whole.any():
        return f"{text}."
    shown = (
        " and, where samples were measured with both lots, the shift between the lots"
        if rows["lot_shift"].notna().any()
        else ""
    )
    names = several(sorted(set(rows.loc[whole, "variable"])))
    return f"{text}{shown}. For {names} this concerned more than half of the pairs: the change is also a change of lot."


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
    text = "Changes of clinical scores were summarised as the mean change in points"
    text += " with Student's t interval" if (rows["interval_method_code"] == "t").any() else ""
    if (rows["hodges_lehmann_method_code"] == "walsh_averages").any():
        text += ", the Hodges-Lehmann estimate with its exact interval"
    parts = [f"{text}, and tested by the exact signed-rank test and Student's t test."]
    if (rows["p_method_code"] == "t").any():
        parts.append(
            "With five participants or fewer, for whom no exact P value can reach 0.05, inference was based on the t test, which "
            "assumes normally distributed changes, and otherwise on the exact test."
        )
    settled = rows.dropna(subset=["mcid"]).drop_duplicates("variable")
    if len(settled):
        limits = several(
            [f"{name} {number(mcid)}" for name, mcid in zip(settled["variable"], settled["mcid"], strict=True)]
        )
        parts.append(
            f"Response was defined as an improvement by the minimal clinically important difference or more ({limits} points)."
        )
    return " ".join(parts)


def associations(frame: pd.DataFrame, config: dict) -> str:
    """Association of biomarkers and scores (frame: associations)."""
    tested, following = frame[frame["p"].notna()], frame[frame["reason_code"] == "lloq_follows_people"]
    lacking = (
        f"Associations of {several(sorted(set(following['variable'])))} were not tested where the limits differed so among "
        "the participants that no exchange of participants with the same limits was informative."
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
            " Associations within participants were adjusted for the time course common to all; participants' trajectories were "
            "permuted, so that the unit of the analysis was the participant, not the sample."
        )
    text += "".join(f" {said}" for code, said in HOW.items() if (tested["estimate_method_code"] == code).any())
    if tested["p_method_code"].isin(WITHIN).any():
        text += f" {SAME_LIMITS}"
    if tested["family_code"].notna().any():
        asked = QUESTIONS[config["association_question"]]
        text += f" Only associations {asked} were adjusted for multiplicity; the others are descriptive."
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
        text = f"No mixed model was fitted ({reasons[0]})." if reasons else ""
    else:
        text = _mixed(used, rows["variable"].nunique())
    if rows["sensitivity"].notna().any():
        text += f" Where more than {100 * MOST_CENSORED:.0f} % of results lay outside the limits, a random-intercept model with "
        text += "censored results (maximum likelihood) was fitted for comparison, without an interval."
    return text


def _mixed(used, variables):
    """The mixed models by restricted maximum likelihood."""
    methods = several(_called(used["estimate_method_code"], code_words.ESTIMATES))
    models = {"ratio": "ln ratio", "difference": "difference of logarithms", "change": "change"}
    what = " or ".join(said for code, said in models.items() if (used["quantity"] == code).any())
    text = (
        f"For {used['variable'].nunique()} of {variables} variables the changes at all visits were also "
        f"estimated in one model ({what} by visit and baseline; {methods}; standard errors and degrees of freedom by "
        "Kenward and Roger, linear form), which assumes that missing visits are missing at random given the others"
    )
    if used["substituted_code"].isin(BELOW).any():
        text += f"; values below the LLOQ, at most {100 * MOST_CENSORED:.0f} % of them, were replaced by LLOQ/2"
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
        "of components or the penalty were learnt from training participants only, and Q2 was compared with that of permuted "
        "scores."
    )


def multiplicity(tables: Iterable[pd.DataFrame], visits: Mapping[str, str]) -> str:
    """Families of tests with their size and method (biomarker_changes, score_changes, associations); `visits`: their labels."""
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
    families: dict[str, Counter[str]] = {}
    for row in rows_of(rows.drop_duplicates()):
        named = {"visit": visits.get(row["visit"], row["visit"]), "group": terms.named(row["group"] or "")}
        family = code_words.FAMILIES[row["family_code"]].format(**{**row, **named}) + _within(row["participant_group"])
        families.setdefault(row["adjusted_method_code"], Counter())[f"“{family}” ({int(row['family_size'])}"] += 1
    parts = sorted(
        f"by {_adjusted(method)} in the families {several(_families(members))}" for method, members in families.items()
    )
    if not parts:
        return "No P value was adjusted for multiplicity; all are descriptive."
    return f"P values were adjusted {'; '.join(parts)} (number of tests in brackets); all others are descriptive."


def _adjusted(method):
    """The adjustment; what else is given beside it is a clause of its own."""
    return code_words.ADJUSTMENTS[method].replace(
        "; Benjamini-Hochberg q", ", with Benjamini\N{EN DASH}Hochberg q values beside,"
    )


def _families(members):
    """Every family once: one of each score, or of each of several other things, is counted."""
    return sorted(
        f"{family})" if count == 1 else f"{family} in each of {count} families)" for family, count in members.items()
    )


def groups(frame: pd.DataFrame) -> str:
    """What is said where participants have groups (any table of statistics)."""
    names = sorted(set(frame["participant_group"].dropna()) - {ALL})
    if not names:
        return ""
    return (
        f"Participants belonged to the groups {several(names)}. Every statistic was computed within each group and over all "
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
    text = f"Principal components were computed from {methods} as a description"
    if known["noise_median"].notna().any():
        text += ", beside the variance explained when participants' trajectories were permuted"
    return f"{text}."


def _called(codes, names):
    """What the codes of a column are called, in order of the alphabet; what stands for "there is none" is left out."""
    return sorted(names[code] for code in codes.dropna().unique() if code != NONE)
