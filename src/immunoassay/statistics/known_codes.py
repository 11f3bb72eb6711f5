"""Every code that a table of the statistics may hold, by kind, each with a short comment; the sentences are in the room words.

`table` of statistics/frames refuses a code that is not here, and a test renders every one.
"""

from types import MappingProxyType

from immunoassay.statistics.test_codes import ADJUSTMENTS, FAMILIES, TESTS, kind

NONE = "none"


CENTRES = kind("""
    mean: arithmetic mean
    geometric_mean: geometric mean
    mean_log_normal: mean of a log-normal, maximum likelihood
    mean_censored: mean of a log-normal, censored maximum likelihood
    geometric_mean_censored: geometric mean of a log-normal, censored maximum likelihood
    mean_censored_normal: mean of a normal, censored maximum likelihood
    mean_ratio: mean ratio to baseline, minus 1
    geometric_mean_ratio: geometric mean ratio to baseline, minus 1
    median_kaplan_meier: median, reverse Kaplan-Meier
    geometric_mean_titre: geometric mean of titres, each an interval of one dilution step
    baseline: zero by definition
    none: no centre
""")
STATUSES = kind("""
    value: a number
    below_lloq: below the limits
    above_uloq: above the limits
    not_estimable: neither
""")
INTERVALS = kind("""
    t: Student's t
    log_t: Student's t on the log scale
    profile_t: profile likelihood, calibrated by t
    log_ratio_t: Student's t of the mean log ratio
    bivariate_profile_t: profile of the bivariate censored likelihood, calibrated by t
    bivariate_normal_profile_t: the same of logarithms
    inverted_signed_rank: shifts the exact re-censored signed-rank test does not reject
    walsh_averages: order statistics of the Walsh averages, exact
    fisher_z: of rho, Fisher's z with the error of Bonett and Wright
    jackknife_t: jackknife over participants, t
    kenward_roger_t: t with the degrees of freedom of Kenward and Roger, linear form
    welch_t: Welch's t
    hc2_t: t with the HC2 error and the degrees of freedom of Bell and McCaffrey
    regression_profile_t: profile of the censored regression, calibrated by t
    changes_t: Welch's t of two changes, each by the likelihood of both visits
    pairwise_differences: order statistics of the differences of two groups, exact
    sandwich_t: sandwich over participants, t
    t_measure: Student's t of one measure per participant
    t_bounds: Student's t limits of the bounds of one measure per participant
    range: smallest and largest
    newcombe: difference of shares, hybrid score interval of Newcombe
    log_minus_log: median time, from log-minus-log limits of the Kaplan-Meier curve
    firth_profile: profile of the penalised partial likelihood of Firth
    logit_delong: DeLong's variance on the logit scale
    none: no interval
""")
QUANTILES = kind("""
    linear: linear between order statistics
    kaplan_meier: reverse Kaplan-Meier
    bounds: linear between order statistics of both bounds, where they agree
    none: no quantiles
""")
TIERS = kind("""
    A: nothing censored
    B: bivariate likelihood
    C: bounds of an exact test
    D: shares below the LLOQ
""")
QUESTIONS = kind("""
    baseline: at baseline
    change_change: of the changes to a visit
    baseline_change: of the baseline and the change to a visit
    between_participants: of the means of all visits
    within_participant: over visits, participant and visit effects removed
    within_participant_unadjusted: over visits, participant effects removed; never tested
""")
ESTIMATES = kind("""
    tau_b: Kendall's tau-b of pairs whose order is certain
    correlation_of_logarithms: correlation of logarithms
    concordance: association of the certain order of two visits of one person and the change of the score
    concordance_adjusted: the same without the course that all share
    repeated_measures: repeated-measures correlation
    repeated_measures_adjusted: repeated-measures correlation, visit effects removed
    reml_unstructured: restricted maximum likelihood, unstructured covariance
    reml_toeplitz: restricted maximum likelihood, heterogeneous Toeplitz covariance
    mean_of_measures: mean of one measure per participant
    changes_of_visits: mean change of each visit with censored results, weighted as the mean participant is
    censored_random_intercept: random intercept with censored results, maximum likelihood
    censored_random_intercept_by_visit: the same with a standard deviation of each visit
    none: no estimate
""")
COMPARISONS = kind("""
    censored_random_intercept: random intercept with censored results, maximum likelihood
    censored_random_intercept_by_visit: the same with a standard deviation of each visit
    none: nothing to compare
""")
MODELS = kind("""
    partial_least_squares: partial least squares
    elastic_net: elastic net
""")
ENDPOINTS = kind("""
    relapse: first relapse after day 1
    response: first visit with an improvement that matters
    loss_of_response: first later visit without it
""")
ENDS = kind("""
    event: the event came
    last_visit: last visit with a result
    completed: completion, later than any visit
    withdrawn: withdrawal
    next_course: day 1 of the next course
    later: the event came after anybody of the course was followed
    undated: the event has no date
""")
METHODS = kind("""
    geometric_means: geometric means
    means: arithmetic means
    nested_cross_validation: nested cross-validation with permuted scores
    log_values: standardised log values
    log_changes: standardised changes of log values from baseline
    none: nothing computed
""")
SUBSTITUTED = kind("""
    none: nothing stands for a value outside the limits
    half_lloq: LLOQ/2 stands for values below the LLOQ
    uloq: the ULOQ stands for values above it
    both: LLOQ/2 below, the ULOQ above
""")
LOWER_LIMITS = kind("""
    none: no result lies below a limit
    lloq: results lie below the LLOQ
    lod: results lie below the limit of detection, no LLOQ is stated
    both: some the one, some the other
""")
# why a mixed model of all visits could not be fitted
REPEATED_FITS = kind("""
    no_result: no result
    not_determined: the results do not determine every coefficient
    no_more_results: no more results than coefficients
    few_in_common: too few participants share two of the visits
    all_explained: the coefficients explain every value
    not_converged: the search did not converge
    singular: the covariance of the visits is singular
    flat: the likelihood is flat
""")
STRUCTURES = kind("""
    unstructured: a variance of each visit, a covariance of each two
    toeplitz: a variance of each visit, a correlation of each distance
""")
REASONS = MappingProxyType(
    {
        **kind("""
    plan_blinded: the factor is blinded
    plan_not_computed: the study has no such table
    plan_without_row: no row of the table is of it
    plan_without_answer: the row has no number
    no_result: no result
    few_results: fewer results than an interval needs
    one_value: one value has no spread
    equal_values: all values are equal
    pairs_outside: a pair holds a result outside the limits
    pairs_of_logarithms: the same of logarithms
    skewed_differences: differences of skewed values
    logarithms_few_quantified: too few quantified logarithms for the censored likelihood
    logarithms_not_converged: the censored likelihood of logarithms did not converge
    censored_few_quantified: too few quantified values for the censored likelihood
    censored_not_converged: the censored likelihood did not converge
    log_normal_not_converged: the likelihood of the log-normal did not converge
    unbounded: the likelihood bounds neither side
    mostly_outside: more than half of the results are outside the limits
    no_pairs: nobody has a result at both visits
    few_pairs: fewer pairs than an interval needs
    equal_ratios: all ratios are equal
    equal_differences: all differences are equal
    few_pairs_censored: too few pairs with censored results
    few_pairs_quantified: too few quantified at one of the two visits
    mostly_censored: too large a share censored
    pairs_few_quantified_at_a_visit: too few different quantified values at one of the visits
    pairs_not_converged: the bivariate likelihood did not converge
    pairs_correlation_at_bound: the fitted correlation is at its bound
    pairs_spreads_apart: the fitted standard deviations differ too much
    no_scores: nobody has a score at both visits
    few_scores: fewer participants than an interval needs
    equal_changes: all changes are equal
    few_changes: too few changes for an exact interval
    lloq_differs: results below the LLOQ enter and the LLOQs differ
    lloq_follows_people: limits differ so among the participants that nothing is left to permute
    no_interval_of_concordance: no interval of the concordance of visits
    nobody_with_both: nobody has both
    nobody_seen_twice: nobody has both at two visits
    too_few_quantified: too few quantified
    mostly_below: too large a share below the LLOQ
    constant: a series is constant, or no order is certain
    ranks_not_defined: open intervals overlap
    rho_few_participants: too few participants for an interval of rho
    rho_perfect: rho is 1 or -1
    statistic_not_defined: the statistic is not defined
    constant_within: a series does not vary within participants
    nothing_beyond_visits: nothing varies beyond the visit effects
    mostly_below_within: too large a share below the LLOQ for an estimate
    few_participants: fewer participants than an interval needs
    jackknife_not_defined: no correlation without some participant
    ros_above_uloq: regression on order statistics, results above the ULOQ
    ros_few_quantified: regression on order statistics, too few quantified
    ros_high_lloq: regression on order statistics, an LLOQ above every quantified value
    likelihood_few_quantified: censored likelihood, too few quantified
    likelihood_not_converged: censored likelihood, not converged
    nobody_followed: nobody has a result at baseline and later
    model_few_participants: too few participants for the mixed model
    model_outside_limits: too many results outside the limits for the mixed model
    nobody_measured: nobody has a measure of the whole follow-up
    few_measures: fewer participants than an interval needs
    equal_measures: all measures are equal
    measure_open: results outside the limits leave the measure of somebody open
    measure_spread_would_reject: the re-censored test would also reject a change of spread
    measure_unbounded: they leave both sides open
    no_sample_before: no sample before or at the first dose
    no_sample_after: no sample at the end of the window or later
    peak_not_certain: results outside the limits leave open when the count was highest
    arms_few_participants: too few participants for the mixed model of groups
    arms_few_participants_censored: too few participants for the censored mixed model of groups
    arms_few_of_a_level: too few participants of one of the groups
    arms_visit_of_one_level: fewer than two participants of a group have a result at this visit
    arms_mostly_censored: too large a share outside the limits for an interval of the censored mixed model
    arms_censored_no_two_quantified: censored mixed model, nobody has two quantified results
    arms_censored_not_determined: censored mixed model, a group has no quantified result at a visit
    arms_censored_not_converged: censored mixed model, the search did not converge
    arms_censored_within_not_determined: censored mixed model, a standard deviation is not determined
    predicts_few_participants: too few participants to predict
    predicts_few_analytes: too few analytes to predict from
    predicts_constant: all changes of the score are equal
    analyte_mostly_below: the analyte is mostly below the LLOQ
    analyte_missing: the analyte is missing too often
    analyte_constant: the analyte is constant
    few_rows_or_analytes: too few analytes or complete rows
    no_shared_visits: no two participants have the same visits
    nobody_in_a_group: nobody of one of the groups has a result
    one_in_a_group: one participant of a group has no spread
    no_variation: nothing varies within the groups
    not_determined: too few participants, or covariates that say the same, for the regression
    nothing_quantified: no result lies within the limits
    one_side: all results of one group lie beyond a limit
    makes_the_groups: the groups are made from this score
    no_scores_of_reference: nobody of the reference level has both scores
    few_changes_in_a_group: too few quantified results in one of two groups for its change
    few_of_a_level: too few of a level for an interval of the difference of shares
    no_follow_up: nobody is followed beyond day 1
    no_follow_up_of_reference: nobody of the reference level is
    no_event: nobody had the event
    few_events: fewer events than a hazard ratio needs
    few_followed: fewer participants followed than an interval needs
    constant_baseline: all values at baseline are equal or below the highest LLOQ
    titres_few_steps: titres of one step, or of two that touch
    titres_not_converged: the likelihood of titres did not converge
    few_for_roc: fewer participants than a ROC curve needs
    one_kind: all responded, or nobody
    few_of_one_kind: too few responders, or others, for an interval
    separated: every responder lies on one side of all others
"""),
        **{
            f"{structure}_{fit}": f"{structure} covariance: {said}"
            for structure in STRUCTURES
            for fit, said in REPEATED_FITS.items()
        },
    }
)
NAMED = MappingProxyType(
    {
        "centre": CENTRES,
        "status of a centre or quantile": STATUSES,
        "interval": INTERVALS,
        "quantiles": QUANTILES,
        "tier": TIERS,
        "question": QUESTIONS,
        "estimate": ESTIMATES,
        "comparison": COMPARISONS,
        "model": MODELS,
        "endpoint": ENDPOINTS,
        "end of a time": ENDS,
        "method": METHODS,
        "substituted": SUBSTITUTED,
        "lower limit": LOWER_LIMITS,
        "test": TESTS,
        "adjustment": ADJUSTMENTS,
        "family": FAMILIES,
        "reason of a statistic": REASONS,
    }
)
# code of amounts -> the code of the same in log2 units, where the logarithms themselves are the values
OF_LOGARITHMS = MappingProxyType(
    {
        "geometric_mean": "mean",
        "geometric_mean_censored": "mean_censored_normal",
        "geometric_means": "means",
        "log_t": "t",
        "log_ratio_t": "t",
        "bivariate_profile_t": "bivariate_normal_profile_t",
        "equal_ratios": "equal_differences",
        "pairs_outside": "pairs_of_logarithms",
        "censored_few_quantified": "logarithms_few_quantified",
        "censored_not_converged": "logarithms_not_converged",
    }
)
# column -> the codes it may hold
KINDS = MappingProxyType(
    {
        "tier": TIERS,
        "question": QUESTIONS,
        **dict.fromkeys(
            (f"{name}_status" for name in ("centre", "median", "q1", "q3", "minimum", "maximum")), STATUSES
        ),
        "centre_method_code": CENTRES,
        "interval_method_code": INTERVALS,
        "p_beside_method_code": TESTS,
        "any_visit_method_code": TESTS,
        "by_visit_method_code": TESTS,
        "any_visit_beside_method_code": TESTS,
        "hodges_lehmann_method_code": INTERVALS,
        "quantile_method_code": QUANTILES,
        "p_method_code": TESTS,
        "adjusted_method_code": ADJUSTMENTS,
        "family_code": FAMILIES,
        "estimate_method_code": ESTIMATES,
        "sensitivity_method_code": COMPARISONS,
        "method_code": METHODS,
        "model_code": MODELS,
        "endpoint_code": ENDPOINTS,
        "end_code": ENDS,
        "fold_method_code": INTERVALS,
        "substituted_code": SUBSTITUTED,
        "lower_limit_code": LOWER_LIMITS,
        "reason_code": REASONS,
    }
)


def joined(codes: list[str]) -> str:
    """Several codes as one cell; a code may be empty."""
    return ";".join(code for code in codes if code)


def listed(cell: str | None) -> list[str]:
    """The codes of one cell."""
    return cell.split(";") if cell else []
