"""Codes of tests, of their adjustments and of families of tests; known_codes has all the others."""

from collections.abc import Mapping
from types import MappingProxyType


def kind(text: str) -> Mapping[str, str]:
    """Codes with their comments, of lines `code: comment`."""
    return MappingProxyType(dict(line.strip().split(": ", 1) for line in text.strip().splitlines()))


TESTS = kind("""
    signed_rank: exact signed rank
    signed_rank_recensored: exact signed rank of re-censored pairs
    mcnemar: exact McNemar, detected or not
    log_ratio_t: Student's t of the mean log ratio
    t: Student's t of the mean change
    likelihood_ratio_t: likelihood ratio of the model of the interval, calibrated by t as the interval is
    changes_t: Welch's t of the difference of two changes, each by the likelihood of both visits
    participants_all: participants permuted, every order
    participants_drawn: participants permuted, orders drawn
    participants_within_all: participants seen through the same limits permuted, every order
    participants_within_drawn: participants seen through the same limits permuted, orders drawn
    trajectories_all: whole trajectories permuted, every order
    trajectories_drawn: whole trajectories permuted, orders drawn
    trajectories_within_all: whole trajectories of participants seen through the same limits permuted, every order
    trajectories_within_drawn: whole trajectories of participants seen through the same limits permuted, orders drawn
    kenward_roger_t: t with the degrees of freedom of Kenward and Roger, linear form
    welch_t: Welch's t
    welch_permuted_all: Welch's t, every split of the participants
    welch_permuted_drawn: Welch's t, participants permuted, orders drawn
    hc2_t: t with the HC2 error and the degrees of freedom of Bell and McCaffrey
    freedman_lane_all: residuals without the factor permuted, HC2 t, every order
    freedman_lane_drawn: the same, orders drawn
    residuals_permuted_all: residuals of the re-censored regression without the factor permuted, HC2 t, every order
    residuals_permuted_drawn: the same, orders drawn
    rank_sum_all: Wilcoxon's rank-sum test, every split of the participants
    rank_sum_drawn: Wilcoxon's rank-sum test, splits drawn
    rank_sum_recensored_all: the same of results re-censored at the highest LLOQ, every split
    rank_sum_recensored_drawn: the same, splits drawn
    kruskal_wallis_all: Kruskal and Wallis, every split of the participants
    kruskal_wallis_drawn: Kruskal and Wallis, participants permuted, orders drawn
    f: F of several coefficients
    likelihood_ratio_f: likelihood ratio of several coefficients of the censored regression, calibrated by F
    freedman_lane_f_all: F with residuals without the factor permuted, every order
    freedman_lane_f_drawn: the same, orders drawn
    residuals_permuted_f_all: the same of residuals of the re-censored regression, every order
    residuals_permuted_f_drawn: the same, orders drawn
    sandwich_t: sandwich over participants, t
    sandwich_f: F of the mean changes of all visits with censored results, sandwich over participants
    kenward_roger_f: F of all visits of the mixed model, degrees of freedom of Kenward and Roger
    kenward_roger_f_one_correlation: the same of a model with a variance of each visit and one correlation
    courses_all: changes of whole courses, every sign change
    courses_drawn: changes of whole courses, sign changes drawn
    courses_all_recensored: the same, participants seen through their own narrowest window
    courses_drawn_recensored: the same, sign changes drawn
    t_measure: Student's t of one measure per participant
    sign_changes_all: mean of one measure per participant, every sign change
    sign_changes_drawn: mean of one measure per participant, sign changes drawn
    sign_changes_all_recensored: the same, participants seen through their own narrowest window
    sign_changes_drawn_recensored: the same, sign changes drawn
    boschloo: exact unconditional test of Boschloo of two shares
    log_rank_all: log-rank test, every split of the participants
    log_rank_drawn: log-rank test, splits drawn
    none: no test
""")
ADJUSTMENTS = kind("""
    max_t: Westfall-Young max-T of the mean over shared sign changes
    false_discovery_rate: Benjamini-Hochberg q
    holm: Holm's step-down
    max_t_in_part: max-T among the tests with shared sign changes, Bonferroni between these and the others
    max_t_events: max-T over shared orders of the participants
    max_t_permuted: max-T over shared permutations, with the Benjamini-Hochberg q
    max_t_groups: max-T over shared permutations of the participants of groups
    min_p_groups: the same of p values, where the statistics are not alike
    min_p_permuted: min-p over shared permutations, with the Benjamini-Hochberg q
    permuted_in_part: both among the tests that share permutations, Bonferroni between these; with the Benjamini-Hochberg q
""")
FAMILIES = kind("""
    change: changes of a group of biomarkers to a visit
    scores: changes of all scores to a visit
    baseline: associations of a group of biomarkers at baseline
    change_change: associations of the changes of a group of biomarkers to a visit
    within_participant: associations of a group of biomarkers within participants
    comparison: comparisons of the levels of a factor, of a group of variables
    responders: shares of responders of the levels of a factor at a visit, all scores
    times: times to relapse and response of the levels of a factor
    relapse: relations of a group of biomarkers at baseline to the time to relapse
    response: relations of a group of biomarkers at baseline to the response in a score
""")
