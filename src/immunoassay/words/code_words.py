"""What the codes of methods and families are called; braces hold numbers of the row or of the settings."""

import math

CENTRES = {
    "mean": "mean",
    "geometric_mean": "geometric mean",
    "mean_log_normal": "mean, log-normal",
    "mean_censored": "mean, censored log-normal",
    "geometric_mean_censored": "geometric mean, censored log-normal",
    "mean_censored_normal": "mean, censored normal",
    "mean_ratio": "mean ratio - 1",
    "geometric_mean_ratio": "geometric mean ratio - 1",
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
    "participants_all": "participants permuted, all {orders}",
    "participants_drawn": "participants permuted, {permutations} drawn, seed {seed}",
    "trajectories_all": "whole trajectories permuted, all {orders}",
    "trajectories_drawn": "whole trajectories permuted, {permutations} drawn, seed {seed}",
    "kenward_roger_t": "t, Kenward-Roger-Linear",
    "boschloo": "Boschloo, exact unconditional",
    "log_rank_all": "exact log-rank, all splits",
    "log_rank_drawn": "log-rank, {permutations} splits drawn, seed {seed}",
    "rank_sum_all": "exact rank sum, all splits",
    "rank_sum_drawn": "rank sum, {permutations} splits drawn, seed {seed}",
    "none": "none",
}
ADJUSTMENTS = {
    "max_t": "Westfall-Young max-T of the mean, shared sign changes",
    "false_discovery_rate": "Benjamini-Hochberg q",
    "holm": "Holm",
    "max_t_events": "max-T over shared orders of the participants",
    "max_t_permuted": "max-T over shared permutations; Benjamini-Hochberg q",
}
FAMILIES = {
    "change": "change to {visit}, {group}",
    "scores": "change to {visit}, scores",
    "baseline": "baseline, {visit}, {group}",
    "change_change": "change change, {visit}, {group}",
    "within_participant": "within participant, {group}",
    "responders": "responders at {visit}, {factor}",
    "times": "relapse and response, {factor}",
    "relapse": "time to relapse, {group}",
    "response": "response in {score} at {visit}, {group}",
}
STRUCTURES = {"unstructured": "unstructured", "toeplitz": "heterogeneous Toeplitz"}
ESTIMATES = {
    "tau_b": "Kendall's tau-b, determinate pairs",
    "repeated_measures": "repeated-measures correlation",
    "repeated_measures_adjusted": "repeated-measures correlation, visit effects removed",
    **{f"reml_{code}": f"REML, {name} covariance" for code, name in STRUCTURES.items()},
    "none": "none",
}
COMPARISONS = {
    "censored_random_intercept": "censored random intercept, maximum likelihood",
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
