"""What the codes of methods and families are called; braces hold numbers of the row or of the settings."""

import math

CENTRES = {
    "mean": "mean",
    "geometric_mean": "geometric mean",
    "mean_log_normal": "mean, log-normal",
    "mean_censored": "mean, censored log-normal",
    "geometric_mean_censored": "geometric mean, censored log-normal",
    "mean_censored_normal": "mean, censored normal",
    "mean_ratio": "mean ratio \N{MINUS SIGN} 1",
    "geometric_mean_ratio": "geometric mean ratio \N{MINUS SIGN} 1",
    "median_kaplan_meier": "median, reverse Kaplan\N{EN DASH}Meier",
    "geometric_mean_titre": "geometric mean titre, interval-censored",
    "baseline": "baseline by definition",
    "none": "none",
}
INTERVALS = {
    "t": "t",
    "log_t": "t on the log scale",
    "profile_t": "profile likelihood, t-calibrated",
    "log_ratio_t": "mean log ratio, t",
    "bivariate_profile_t": "bivariate censored log-normal ML, profile t",
    "bivariate_normal_profile_t": "bivariate censored normal ML, profile t",
    "inverted_signed_rank": "inversion of the exact re-censored signed-rank test",
    "walsh_averages": "Walsh averages, exact",
    "fisher_z": "rho: Fisher z, Bonett-Wright",
    "jackknife_t": "participant jackknife, t",
    "kenward_roger_t": "t, Kenward-Roger-Linear",
    "welch_t": "Welch's t",
    "hc2_t": "t, HC2, Bell-McCaffrey",
    "regression_profile_t": "censored regression, profile t",
    "changes_t": "both changes by bivariate censored ML, Welch's t",
    "pairwise_differences": "pairwise differences, exact",
    "sandwich_t": "sandwich over participants, Welch's t",
    "t_measure": "t of one measure per participant",
    "t_bounds": "t limits of the bounds of one measure per participant",
    "range": "smallest and largest",
    "newcombe": "Newcombe, hybrid score",
    "log_minus_log": "Kaplan\N{EN DASH}Meier, log-minus-log limits",
    "firth_profile": "Firth, profile likelihood",
    "logit_delong": "DeLong, logit",
    "none": "none",
}
QUANTILES = {
    "linear": "linear between order statistics",
    "kaplan_meier": "reverse Kaplan\N{EN DASH}Meier",
    "bounds": "linear between order statistics, where the bounds agree",
    "none": "none",
}
TESTS = {
    "signed_rank": "exact signed rank",
    "signed_rank_recensored": "exact signed rank, pairs re-censored",
    "mcnemar": "exact McNemar, detected or not",
    "log_ratio_t": "t of the mean log ratio",
    "t": "t of the mean change",
    "likelihood_ratio_t": "likelihood ratio, t-calibrated",
    "changes_t": "Welch's t of two changes, each by bivariate censored ML",
    "participants_all": "participants permuted, all {orders}",
    "participants_drawn": "participants permuted, {permutations} drawn, seed {seed}",
    "participants_within_all": "participants seen through the same limits permuted, all orders",
    "participants_within_drawn": "participants seen through the same limits permuted, {permutations} drawn, seed {seed}",
    "trajectories_all": "whole trajectories permuted, all {orders}",
    "trajectories_drawn": "whole trajectories permuted, {permutations} drawn, seed {seed}",
    "trajectories_within_all": "whole trajectories of participants seen through the same limits permuted, all orders",
    "trajectories_within_drawn": "whole trajectories of participants seen through the same limits permuted, {permutations} "
    "drawn, seed {seed}",
    "kenward_roger_t": "t, Kenward-Roger-Linear",
    "welch_t": "Welch's t",
    "welch_permuted_all": "permuted Welch's t, all splits",
    "welch_permuted_drawn": "permuted Welch's t, {permutations} orders drawn, seed {seed}",
    "hc2_t": "t, HC2, Bell-McCaffrey",
    "freedman_lane_all": "Freedman-Lane permutation, HC2, all orders",
    "freedman_lane_drawn": "Freedman-Lane permutation, HC2, {permutations} orders drawn, seed {seed}",
    "residuals_permuted_all": "permuted residuals of the re-censored regression, all orders",
    "residuals_permuted_drawn": "permuted residuals of the re-censored regression, {permutations} orders drawn, seed {seed}",
    "rank_sum_all": "exact rank sum, all splits",
    "rank_sum_drawn": "rank sum, {permutations} splits drawn, seed {seed}",
    "rank_sum_recensored_all": "exact rank sum, results re-censored, all splits",
    "rank_sum_recensored_drawn": "rank sum, results re-censored, {permutations} splits drawn, seed {seed}",
    "kruskal_wallis_all": "exact Kruskal-Wallis, all splits",
    "kruskal_wallis_drawn": "Kruskal-Wallis, {permutations} orders drawn, seed {seed}",
    "f": "F",
    "likelihood_ratio_f": "likelihood ratio, F-calibrated",
    "freedman_lane_f_all": "F by Freedman-Lane permutation, all orders",
    "freedman_lane_f_drawn": "F by Freedman-Lane permutation, {permutations} orders drawn, seed {seed}",
    "residuals_permuted_f_all": "F of permuted residuals of the re-censored regression, all orders",
    "residuals_permuted_f_drawn": "F of permuted residuals of the re-censored regression, {permutations} orders drawn, "
    "seed {seed}",
    "sandwich_t": "sandwich over participants, Welch's t",
    "sandwich_f": "F of the mean changes of all visits with censored results, sandwich over participants",
    "kenward_roger_f": "F of the mixed model, Kenward-Roger-Linear",
    "kenward_roger_f_one_correlation": "F, own variances and one correlation of the visits, Kenward-Roger-Linear",
    "courses_all": "exact, all sign changes of whole trajectories",
    "courses_drawn": "sign changes of whole trajectories, {permutations} drawn, seed {seed}",
    "courses_all_recensored": "exact, all sign changes of whole re-censored trajectories",
    "courses_drawn_recensored": "sign changes of whole re-censored trajectories, {permutations} drawn, seed {seed}",
    "t_measure": "t of one measure per participant",
    "sign_changes_all": "exact, all sign changes of one measure per participant",
    "sign_changes_drawn": "sign changes of one measure per participant, {permutations} drawn, seed {seed}",
    "sign_changes_all_recensored": "exact, all sign changes of one measure per participant, re-censored",
    "sign_changes_drawn_recensored": "sign changes of one re-censored measure per participant, {permutations} drawn, seed {seed}",
    "boschloo": "Boschloo, exact unconditional",
    "log_rank_all": "exact log-rank, all splits",
    "log_rank_drawn": "log-rank, {permutations} splits drawn, seed {seed}",
    "none": "none",
}
ADJUSTMENTS = {
    "max_t": "Westfall-Young max-T of the mean, shared sign changes",
    "false_discovery_rate": "Benjamini-Hochberg q",
    "holm": "Holm",
    "max_t_in_part": "Westfall-Young max-T among the tests by sign changes, Bonferroni between these and the t tests",
    "max_t_events": "max-T over shared orders of the participants",
    "max_t_permuted": "max-T over shared permutations; Benjamini-Hochberg q",
    "max_t_groups": "max-T over shared permutations of the participants",
    "min_p_groups": "min-p over shared permutations of the participants",
    "min_p_permuted": "min-p over shared permutations; Benjamini-Hochberg q",
    "permuted_in_part": "max-T or min-p among the tests that share permutations, Bonferroni between these; "
    "Benjamini-Hochberg q",
}
FAMILIES = {
    "change": "change to {visit}, {group}",
    "scores": "change to {visit}, scores",
    "baseline": "baseline, {visit}, {group}",
    "change_change": "change change, {visit}, {group}",
    "within_participant": "within participant, {group}",
    "comparison": "{factor}, {quantity} at {visit}, {group}",
    "responders": "responders at {visit}, {factor}",
    "times": "relapse and response, {factor}",
    "relapse": "time to relapse, {group}",
    "response": "response in {score} at {visit}, {group}",
}
STRUCTURES = {"unstructured": "unstructured", "toeplitz": "heterogeneous Toeplitz"}
ESTIMATES = {
    "tau_b": "Kendall's tau-b, determinate pairs",
    "correlation_of_logarithms": "correlation of logarithms",
    "concordance": "concordance of visits whose order is certain",
    "concordance_adjusted": "concordance of visits whose order is certain, what all share over time removed",
    "repeated_measures": "repeated-measures correlation",
    "repeated_measures_adjusted": "repeated-measures correlation, visit effects removed",
    **{f"reml_{code}": f"REML, {name} covariance" for code, name in STRUCTURES.items()},
    "mean_of_measures": "mean of one measure per participant",
    "changes_of_visits": "mean changes of the visits by censored maximum likelihood of each with the baseline",
    "censored_random_intercept": "censored random intercept, maximum likelihood",
    "censored_random_intercept_by_visit": "censored random intercept with a standard deviation of each visit, maximum likelihood",
    "none": "none",
}
COMPARISONS = {
    "censored_random_intercept": "censored random intercept, maximum likelihood",
    "censored_random_intercept_by_visit": "censored random intercept with a standard deviation of each visit, maximum likelihood",
    "none": "none",
}
MODELS = {"partial_least_squares": "partial least squares", "elastic_net": "elastic net"}
ENDPOINTS = {"relapse": "relapse", "response": "response", "loss_of_response": "loss of response"}
ENDS = {
    "event": "the event",
    "last_visit": "last visit",
    "completed": "completion",
    "withdrawn": "withdrawal",
    "next_course": "next course",
    "later": "end of everybody's follow-up, the event came later",
    "undated": "no date",
}
METHODS = {
    "geometric_means": "geometric means",
    "means": "means",
    "nested_cross_validation": "nested cross-validation",
    "log_values": "log values, standardised",
    "log_changes": "changes of log values from baseline, standardised",
    "none": "none",
}
# text column -> what its codes are called
COLUMNS = {
    "centre_method": CENTRES,
    "interval_method": INTERVALS,
    "hodges_lehmann_method": INTERVALS,
    "quantile_method": QUANTILES,
    "p_method": TESTS,
    "p_beside_method": TESTS,
    "any_visit_method": TESTS,
    "by_visit_method": TESTS,
    "any_visit_beside_method": TESTS,
    "adjusted_method": ADJUSTMENTS,
    "family": FAMILIES,
    "estimate_method": ESTIMATES,
    "sensitivity_method": COMPARISONS,
    "model": MODELS,
    "endpoint": ENDPOINTS,
    "end": ENDS,
    "fold_method": INTERVALS,
    "method": METHODS,
}


def called(column: str, row: dict, settings: dict) -> str:
    """The text of a column (COLUMNS) from the code of the row; "" without one."""
    code = row[f"{column}_code"]
    if not code:
        return ""
    every = code in ("participants_all", "trajectories_all")
    orders = {"orders": math.factorial(row["n_participants"])} if every else {}
    return COLUMNS[column][code].format(**{**settings, **row, **orders})


def plain(code: str) -> str:
    """A code that has no words of its own: below_lloq becomes "below LLOQ"."""
    return str(code).replace("_", " ").replace("lloq", "LLOQ").replace("uloq", "ULOQ").replace("below lod", "below LOD")
