"""Every reference value of other software: reference, ours, difference.

Each JSON file of tests/reference has a function in compared_* that yields (path of the value, ours, tolerance). A
value that no function yields must stand in NOT_OFFERED with the reason; a new value in a file therefore fails the test.
"""

import fnmatch

import pytest
from tests import reference_values

from . import compared_course, compared_groups, compared_models, compared_response, compared_tests

pytestmark = pytest.mark.filterwarnings("error")


COMPARE = {
    **compared_models.COMPARE,
    **compared_tests.COMPARE,
    **compared_course.COMPARE,
    **compared_groups.COMPARE,
    **compared_response.COMPARE,
}
INPUTS = {
    **compared_response.INPUTS,
    **compared_groups.INPUTS,
    "univariate_censored": ["*/x", "*/cens", "*/n", "*/n_cens", "*/km/curve/value"],
    "censored_kendall_ats": ["*/x", "*/xcens", "*/y", "*/ycens", "*/log_y"],
    "paired_censored": ["*/x", "*/xcens", "*/y", "*/ycens"],
    "paired_exact": ["*/d"],
    "bivariate_censored_paired": ["*/log_x", "*/log_y", "*/cens_x", "*/cens_y"],
    "paired_likelihood": [
        "likelihood/*/pre",
        "likelihood/*/post",
        "likelihood/*/*_side",
        "*/p/*",
        "few_pairs/*/ln_ratio",
    ],
    "bivariate_censored_correlation": ["*/lower_x", "*/upper_x", "*/lower_y", "*/upper_y", "*/ci/2"],
    "censored_mixed": ["*/n", "*/n_cens", "*/lmec_raw_scale_cens_rows", "*/model"],
    "rmcorr": ["*/cols/*"],
    "mmrm": ["formula", "n_rows", "*/terms/*", "*/emmeans/ARMCD/*", "*/emmeans/AVISIT/*", "*/contrasts/AVISIT/*"]
    + ["*/contrasts/contrast/*", "*/error"],
    "lmer": ["*/grp/*"],
    "multiplicity": ["*/p"],
    "correlation_exact": ["*/x", "*/y"],
    "proportions": ["*/x", "*/n", "*/b", "*/c"],
    "survreg_turnbull": ["*/lower", "*/upper", "*/group"],
    "pca": [],
    "concordance_pairs_of_visits": ["*/value", "*/cens", "*/lloq", "*/score", "*/participants", "*/visits"],
    "enumerated_permutation": ["*/x", "*/y", "*/x_cens", "*/y_cens", "*/lloq_x", "*/lloq_y", "*/value", "*/cens"]
    + ["*/score", "*/recensor_at", "*/d"],
}


SUBSTITUTED = "no approximation where the exact distribution is at hand"


REGRESSION = "its data are not of this set"


ONE_ADJUSTMENT = "max-T, Holm and Benjamini-Hochberg are offered"


OVERLAP = "with missing visits S is divided by what it varies among pairings, chosen by simulation; otherwise this is S"


KR = "depends on the parameterisation of the covariance; the linear form is offered"


NOT_OFFERED = {
    **compared_response.NOT_OFFERED,
    **compared_groups.NOT_OFFERED,
    "univariate_censored": {
        "*/ros/coef/*": "a step of ROS; its modelled values are compared",
        "*/ros/pp/*": "a step of ROS; its modelled values are compared",
        "*/ros/obs_sorted/*": "the data",
        "*/ros/cens_sorted/*": "the data",
        "MDCu/ros/*": "refused: an LLOQ lies above every quantified value, which ROS leaves out without a word",
        "*/km/mean": "the Kaplan-Meier mean is biased when the smallest value is censored",
        "*/km/se_mean": "the Kaplan-Meier mean is biased when the smallest value is censored",
        "*/km/sd": "the Kaplan-Meier mean is biased when the smallest value is censored",
        "*/km/lcl": "the Kaplan-Meier mean is biased when the smallest value is censored",
        "*/km/ucl": "the Kaplan-Meier mean is biased when the smallest value is censored",
        "*/envstats_km_mean/*": "the Kaplan-Meier mean is biased when the smallest value is censored",
        "*/km/curve/lcl/*": "no interval of the distribution function is printed",
        "*/km/curve/ucl/*": "no interval of the distribution function is printed",
        "*/mle_lognormal/se": "Wald intervals; ours are of the profile likelihood",
        "*/mle_lognormal/lcl": "Wald intervals; ours are of the profile likelihood",
        "*/mle_lognormal/ucl": "Wald intervals; ours are of the profile likelihood",
        "*/envstats_ros/*": "another variant of ROS",
        "*/envstats_bcmle_if_single/*": "bias-corrected estimate, not offered",
    },
    "censored_kendall_ats": {
        "*/p": SUBSTITUTED,
        "*/pval": SUBSTITUTED,
        "*/slope": "the Akritas-Theil-Sen line is not in the decision tables",
        "*/intercept": "the Akritas-Theil-Sen line is not in the decision tables",
        "*/ci_slope/*": "the Akritas-Theil-Sen line is not in the decision tables",
    },
    "paired_censored": {
        "*/ppw/*": "optional in the decision table: same level and power as the signed rank of re-censored pairs",
        "*/cen_signedrank_pratt_asymptotic/*": SUBSTITUTED,
        "*/cen_sign/p_fong": "Fong's correction is not in the decision tables",
        "*/cen_paired_t/*": "assumes normal concentrations with a limit at zero; ours is of the logarithms",
    },
    "paired_exact": {
        "*/coin_*_asymptotic/*": SUBSTITUTED,
        "*/coin_Pratt_exact/p": "zeros are left out before ranking, not after",
        "*/coin_*/Z": "the asymptotic statistic of the exact test",
        "n5*/*/[lu]cl": "five differences do not reach 95 %; ours states no limits",
        "*zero*/exactRankTests*/[hlu]*": "limits from a distribution without zeros; ours counts them (Noether 1967)",
        "*ties*/exactRankTests*/[hlu]*": "limits from the distribution given the ties; ours holds for any (Noether 1967)",
        "sleep/exactRankTests*/[hlu]*": "limits from a distribution without zeros; ours counts them (Noether 1967)",
        "n20*/exactRankTests*/[hlu]*": "limits from a distribution without zeros; ours counts them (Noether 1967)",
    },
    "bivariate_censored_paired": {
        "*/clikcorr/ci/*": "the correlation of a pair of visits is not printed",
        "*/clikcorr/p": "the correlation of a pair of visits is not printed",
    },
    "paired_likelihood": {"likelihood/*/null/*": "only the likelihood under no change is used, not its estimates"},
    "bivariate_censored_correlation": {
        "*/loglik": "another constant (README)",
        "*/ci/*": "the correlation of a pair of visits is not printed",
        "*/p_lrt": "the correlation of a pair of visits is not printed",
    },
    "censored_mixed": {"*/loglik": "Monte Carlo, another constant (README)", "*/varFix_diag/*": "no error is printed"},
    "rmcorr": {
        "*/slope": "only the correlation is printed",
        "*/p": "ignores autocorrelation and shared trends; ours permutes trajectories",
        "*/[lu]cl": "ignores autocorrelation; ours is a jackknife over participants",
    },
    "mmrm": {
        "*|Kenward-Roger/se/*": KR,
        "*|Kenward-Roger/t/*": KR,
        "*|Kenward-Roger/p/*": KR,
        "*|Kenward-Roger/emmeans/*": KR,
        "*|Kenward-Roger/contrasts/*": KR,
        "us|ML/*": "REML only",
    },
    "lmer": {"*/?*_kr/*": "expected information; ours is the observed one, as in lmerTest and mmrm"},
    "multiplicity": {
        "*/hochberg/*": ONE_ADJUSTMENT,
        "*/hommel/*": ONE_ADJUSTMENT,
        "*/bonferroni/*": ONE_ADJUSTMENT,
        "*/BY/*": ONE_ADJUSTMENT,
        "*/storey*": "only with 100 tests or more (section 4.5)",
    },
    "correlation_exact": {
        "*/*asymptotic/*": SUBSTITUTED,
        "*/pearson/*": "rank correlation only",
        "*/spearman/p_R*": "an approximation except for n7, whose exact value is spearman_pspearman_exact",
        "n7_ties/spearman_pspearman_exact/p": "ignores the ties",
        "n7_ties/kendall/p": SUBSTITUTED,
        "n9*/*/p": "all orders up to n = 8 only; above, 10,000 are drawn",
        "uncensored10/*/p": "all orders up to n = 8 only; above, 10,000 are drawn",
    },
    "concordance_pairs_of_visits": {
        "*/S_not_centred/*": "a course that all share would not be removed",
        "*/S_over_*": OVERLAP,
        "*/tau_b_like/[!o]*": OVERLAP,
        "*/stratified*/orders": "the number of orders above",
        "*_missing/stratified*/p": "S is not restricted to orders that keep missing visits: too few are left",
        "*/range_of_pairs_present_over_orders": OVERLAP,
    },
    "proportions": {"*/wilson/*": "Clopper-Pearson is offered, which is exact"},
    "survreg_turnbull": {
        "two_sided_two_group/p/*": "Wald; ours is of the likelihood ratio",
        "tobin/*": REGRESSION,
        "turnbull_survfit/*": "quantiles are stated where both bounds agree; no Turnbull estimate is printed",
    },
}


INPUTS |= compared_course.INPUTS
NOT_OFFERED |= compared_course.NOT_OFFERED


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_reference_values(name, capsys):
    reference = reference_values.statistics(name)
    leaves = dict(_leaves(reference))
    inputs = [path for path in leaves if _matches(path, INPUTS[name])]
    skipped = [path for path in leaves if path not in inputs and _matches(path, NOT_OFFERED.get(name, {}))]
    rows = []
    for path, ours, tolerance in COMPARE[name](reference):
        for part, value in _leaves(ours, path):
            rows.append((part, leaves[part], value, tolerance))
    compared = {row[0] for row in rows}
    assert not (set(leaves) - compared - set(inputs) - set(skipped)), "values without a comparison"
    wrong = [row for row in rows if not _agrees(*row[1:])]
    assert not wrong, "\n".join(f"{path}: reference {ref}, ours {ours}" for path, ref, ours, _ in wrong[:20])
    size = [_difference(ref, ours) for _, ref, ours, _ in rows if isinstance(ref, float | int)]
    with capsys.disabled():
        print(
            f"\n{name}: {len(compared)} compared, {len(skipped)} not offered, largest difference {max(size):.1e}",
            end="",
        )


def _leaves(value, path=""):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield path, value
        return
    for key, part in items:
        yield from _leaves(part, f"{path}/{key}" if path else str(key))


def _matches(path, patterns):
    return any(fnmatch.fnmatch(path, pattern) or fnmatch.fnmatch(path, f"{pattern}/*") for pattern in patterns)


def _agrees(reference, ours, tolerance):
    if reference is None or isinstance(reference, str):
        return reference == ours
    if isinstance(ours, str) or ours is None:
        return False
    kind, size = tolerance
    scale = 1.0 if kind == "abs" else max(abs(reference), 1e-300)
    return abs(ours - reference) <= size * scale


def _difference(reference, ours):
    return abs(ours - reference) / max(1.0, abs(reference))
