"""The statistics in words: only what the tables show was used, and what must be said of it."""

from immunoassay.statistics.number_words import number
from immunoassay.words.sentences import several

CENTRES = {
    "mean, log-normal": "means of log-normal distributions by maximum likelihood",
    "geometric mean": "geometric means",
    "mean, censored log-normal": "means of log-normal distributions by censored maximum likelihood",
    "geometric mean, censored log-normal": "geometric means estimated by censored log-normal maximum likelihood",
    "median, reverse Kaplan\N{EN DASH}Meier": "medians by reverse Kaplan\N{EN DASH}Meier (visits with more than half "
    "of the results outside the limits; no interval)",
}
INTERVALS = {
    "t": "Student's t",
    "t on the log scale": "Student's t on the log scale",
    "profile likelihood, t-calibrated": "profile likelihood calibrated by Student's t",
}
TIERS = {
    "A": "without censored results, the geometric mean ratio with Student's t interval of the mean log ratio",
    "B": "with censored results at either visit, bivariate censored log-normal maximum likelihood with separate "
    "standard deviations and a profile-likelihood interval calibrated by Student's t with the degrees of freedom of the "
    "visit with fewer quantified results",
    "C": "with too few quantified results for that but four at baseline, no estimate but the bounds that the exact "
    "re-censored signed-rank test does not reject",
    "D": "otherwise, only the numbers below the LLOQ at both visits with Clopper-Pearson limits",
}
QUESTIONS = {
    "baseline": "at baseline",
    "change_change": "between changes from baseline",
    "within_participant": "within participants over the visits",
}
DESCRIBED = {
    "baseline_change": "between biomarkers at baseline and changes of scores",
    "between_participants": "between participants' means of all visits",
}


def summaries(frame, config):
    """Centres, intervals and quantiles of biomarkers (frame: visit_summaries)."""
    rows = frame[(frame["kind"] == "biomarker") & (frame["quantity"] == "value")]
    centres = [words for name, words in CENTRES.items() if (rows["centre_method"] == name).any()]
    intervals = [words for name, words in INTERVALS.items() if (rows["interval_method"] == name).any()]
    if not centres:
        return ""
    text = f"Centres of biomarkers are {several(centres)}"
    text += f", with 95 % confidence intervals ({several(intervals)})" if intervals else ""
    text += f"; no interval is given for fewer than {config['min_n_interval']} results."
    quantiles = sorted(set(rows["quantile_method"].dropna()) - {"none"})
    return text + (f" Quantiles: {several(quantiles)}." if quantiles else "")


def changes(frame, config):
    """Change of biomarkers from baseline (frame: biomarker_changes): the tiers used, the tests, what they can reach."""
    rows = frame[frame["n_pairs"] > 0]
    if rows.empty:
        return ""
    used = [name for name in TIERS if (rows["tier"] == name).any()]
    tiers = "; ".join(f"{TIERS[name]} ({int((rows['tier'] == name).sum())} of {len(rows)})" for name in used)
    parts = [f"Change of biomarkers from baseline is the ratio in participants with a result at both visits: {tiers}."]
    tests = sorted(set(rows["p_method"].dropna()) - {"none"})
    if tests:
        parts.append(
            f"Tests: {'; '.join(tests)}. Both members of a pair are seen through its higher LLOQ and lower ULOQ."
        )
    primary = _primary(rows, config)
    known = primary[primary["p_floor"].notna()]
    if len(known):
        best = known.loc[known["informative_pairs"].astype(float).idxmax()]
        parts.append(
            f"At {config['primary_visit']}, with {int(best['informative_pairs'])} informative pairs, the smallest "
            f"attainable two-sided p is {number(best['p_floor'])}."
        )
    for bound, words in (("low", "an upper"), ("high", "a lower")):
        beyond = primary["low"].eq(0) if bound == "low" else primary["high"].eq(float("inf"))
        names = primary.loc[(primary["tier"] == "C") & beyond, "variable"]
        if len(names):
            parts.append(f"At {config['primary_visit']}, for {several(names)} only {words} bound is supported.")
    return " ".join(parts)


def _primary(rows, config):
    """Rows at the primary visit of the course that comes first."""
    rows = rows[rows["visit"] == config["primary_visit"]]
    return rows[rows["course"] == config["primary_course"]]


def scores(frame):
    """Change of clinical scores (frame: score_changes)."""
    rows = frame[frame["n"] > 0]
    if rows.empty:
        return ""
    parts = ["Change of clinical scores is the mean change in points with Student's t interval"]
    if (rows["hodges_lehmann_method"] != "none").any():
        parts[0] += ", the Hodges-Lehmann estimate with its exact interval"
    parts[0] += " and the exact signed-rank test."
    settled = rows.dropna(subset=["mcid"]).drop_duplicates("variable")
    if len(settled):
        limits = several(
            [f"{name} {number(mcid)}" for name, mcid in zip(settled["variable"], settled["mcid"], strict=True)]
        )
        parts.append(f"Responders improved by the minimal clinically important difference or more ({limits} points).")
    return " ".join(parts)


def associations(frame, config):
    """Association of biomarkers and scores (frame: associations)."""
    tested, differing = frame[frame["p"].notna()], frame[frame["reason"] == "lloq_differs"]
    lacking = (
        f"Associations of {several(sorted(set(differing['variable'])))} were not computed where results below the LLOQ "
        "entered and the LLOQs of the results differ."
        if len(differing)
        else ""
    )
    if tested.empty:
        return lacking
    parts = []
    for question, said in {**QUESTIONS, **DESCRIBED}.items():
        rows = tested[tested["question"] == question]
        methods = sorted(set(rows["estimate_method"].dropna()) - {"none"})
        if len(rows):
            parts.append(f"{said} ({'; '.join([*methods, *sorted(set(rows['p_method']))])})")
    text = f"Associations of biomarkers with scores were estimated {several(parts)}."
    if (tested["question"] == "within_participant").any():
        text += (
            " Within participants the association is adjusted for the time course all share; participants' "
            "trajectories were permuted; N is participants, not samples."
        )
    text += f" The question adjusted for multiplicity is the association {QUESTIONS[config['association_question']]}; "
    return f"{text}the others are descriptive. {lacking}".strip()


def longitudinal(frame):
    """Mixed models of all visits (frame: longitudinal): which were used, or why none was."""
    rows = frame[frame["n_participants"] > 0]
    if rows.empty:
        return ""
    used = rows.dropna(subset=["estimate"])
    if used.empty:
        reasons = sorted(set(rows["reason"].dropna()))
        return f"No mixed model was fitted ({reasons[0].removeprefix('mixed model not fitted: ')})." if reasons else ""
    methods = several(sorted(set(used["estimate_method"])))
    names = used["variable"].nunique()
    text = (
        f"For {names} of {rows['variable'].nunique()} variables the changes at all visits were also estimated in one model "
        "(ln ratio or change by visit and baseline; "
        f"{methods}; standard errors and degrees of freedom by Kenward and Roger, linear form), which assumes missing "
        "visits to be missing at random given the others; a value below the LLOQ, at most 10 % of them, stands as LLOQ / 2."
    )
    if rows["sensitivity"].notna().any():
        text += (
            " Where more was censored, a random-intercept model with censored results (maximum likelihood) is shown for "
            "comparison, without interval."
        )
    return text


def prediction(frame):
    """Prediction of score changes by all biomarkers (frame: prediction): how, or why not."""
    if frame.empty:
        return ""
    used = frame.dropna(subset=["q2"])
    if used.empty:
        reasons = sorted(set(frame["reason"].dropna()))
        return f"Scores were not predicted from all biomarkers together ({reasons[0].removeprefix('no prediction: ')})."
    return (
        "Changes of scores were predicted from all ln ratios at the same visit by "
        f"{'; by '.join(sorted(set(used['method'])))}. Imputation, scaling and the number of components or the penalty were "
        "learnt from training participants only, and Q2 is shown beside that of permuted scores."
    )


def multiplicity(tables):
    """Families of tests with their size and method (frames with family, family_size, adjusted_method)."""
    families = {}
    for frame in tables:
        rows = frame.dropna(subset=["family"])
        for family, size, method in zip(rows["family"], rows["family_size"], rows["adjusted_method"], strict=True):
            families.setdefault(method, {})[family] = int(size)
    parts = [
        f"by {method} in the families {several([f'“{name}” ({size})' for name, size in sorted(members.items())])}"
        for method, members in sorted(families.items())
    ]
    if not parts:
        return "No p value was adjusted for multiplicity; all are descriptive."
    return f"P values were adjusted {'; '.join(parts)} (number of tests); all others are descriptive."


def components(variance):
    """Principal components (frame: pca_variance)."""
    known = variance.dropna(subset=["explained"])
    if known.empty:
        return ""
    methods = several(sorted(set(known["method"])))
    return (
        f"Principal components ({methods}) are description only, shown beside the variance that the same data explain "
        "when participants' trajectories are permuted."
    )
