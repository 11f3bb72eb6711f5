"""Two visits: the exact test, its inversion, the bivariate likelihood, and which of them is used."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay.statistics import bivariate, intervals, paired, signed_rank
from tests import reference_values
from tests.examples import examples

from .compared_tests import chi_squared

pytestmark = pytest.mark.filterwarnings("error")
INF = np.inf
DIFFERENCES = st.lists(st.integers(-6, 6), min_size=1, max_size=8).map(lambda found: np.array(found, float))


def pairs_of(x, y, lloq_x=1e-9, lloq_y=1e-9, uloq=INF):
    """Log pairs from plain numbers: below its LLOQ a value is known only to be below, above the ULOQ only above."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    parts = []
    for values, lloq in ((x, lloq_x), (y, lloq_y)):
        lower = np.where(values < lloq, 0, np.where(values > uloq, uloq, values))
        parts += [lower, np.where(values < lloq, lloq, np.where(values > uloq, INF, values))]
    limits = [np.full(x.size, part, float) for part in (lloq_x, uloq, lloq_y, uloq)]
    return paired.log_pairs(*parts, *limits)


def uncensored(differences):
    differences = np.asarray(differences, float)
    zero, inf = np.zeros(differences.size), np.full(differences.size, INF)
    return signed_rank.Pairs(zero, differences, -inf, inf, -inf, inf)


def enumerated_p(differences):
    """The same test by listing every sign change, ranks by sorting."""
    keep = differences[differences != 0]
    size = np.abs(keep)
    ranks = np.array([(size < one).sum() + ((size == one).sum() + 1) / 2 for one in size])
    observed = abs((np.sign(keep) * ranks).sum())
    sums = [abs(np.dot(flip, ranks)) for flip in product((-1, 1), repeat=keep.size)]
    return np.mean([one >= observed - 1e-9 for one in sums])


def test_exact_signed_rank():
    for name, case in reference_values.statistics("paired_exact").items():
        wanted = case["coin_Wilcoxon_exact"]["p"]
        assert signed_rank.exact_signed_rank(case["d"]).p == pytest.approx(wanted, abs=1e-12), name
        if "wilcox_exact" in case and case["wilcox_exact"]["achieved"] >= 0.949 and len(case["d"]) > 5:
            wanted = [case["wilcox_exact"][key] for key in ("hl", "lcl", "ucl")]
            assert signed_rank.hodges_lehmann(case["d"]) == pytest.approx(wanted, abs=1e-9), name
            assert signed_rank.inversion_interval(uncensored(case["d"])) == pytest.approx(wanted[1:], abs=1e-9), name
        low, high = (case["t"][key] for key in ("lcl", "ucl"))
        assert intervals.t_interval(case["d"])[1:] == pytest.approx((low, high), abs=1e-10), name


@given(DIFFERENCES)
@examples(60)
def test_the_distribution_is_that_of_all_sign_changes(differences):
    assert signed_rank.exact_signed_rank(differences).p == pytest.approx(enumerated_p(differences), abs=1e-12)


@given(st.lists(st.integers(0, 5), min_size=3, max_size=7))
@examples(25)
def test_the_test_never_exceeds_its_level(sizes):
    p = [signed_rank.exact_signed_rank(np.array(sizes) * flip).p for flip in product((-1.0, 1.0), repeat=len(sizes))]
    for level in (0.05, 0.25, 0.5):
        assert np.mean(np.array(p) <= level + 1e-12) <= level + 1e-12


def test_nothing_informative():
    assert signed_rank.exact_signed_rank([0, 0, 0])[1:] == (1.0, 0, 1.0)
    assert np.isnan(signed_rank.exact_signed_rank([]).p)
    assert np.isnan(signed_rank.hodges_lehmann([]).estimate)
    # Five values cannot give 95 % confidence: the smallest p is 2/32.
    assert signed_rank.hodges_lehmann([1, 2, 3, 4, 5]) == (3, -INF, INF)


def test_seven_falls_reach_the_floor():
    found = signed_rank.exact_signed_rank([-1, -2, -3, -4, -5, -6, -7])
    assert found.p == found.floor == 2 / 128


def test_recensoring_at_the_higher_lloq():
    case = reference_values.statistics("enumerated_permutation")["signed_rank_recensored_n7"]
    x, y, lloq_x, lloq_y = (np.array(case[key], float) for key in ("x", "y", "lloq_x", "lloq_y"))
    below_x, below_y = np.array(case["x_cens"]), np.array(case["y_cens"])
    none = np.full(7, np.nan)
    pairs = paired.log_pairs(np.where(below_x, 0, x), x, np.where(below_y, 0, y), y, lloq_x, none, lloq_y, none)
    differences = signed_rank.recensored_differences(paired.windows(pairs))
    assert differences == pytest.approx(case["d_recensored"], abs=1e-12)
    found = signed_rank.exact_signed_rank(differences)
    assert (found.statistic, found.p, found.floor) == (case["T_signed"], case["p_exact"], case["smallest_attainable_p"])
    assert found.informative == case["informative_pairs"]


def test_a_higher_lloq_at_follow_up_is_not_a_rise():
    x = np.array([1.1, 1.3, 1.6, 1.7, 2.1, 2.2, 2.4])
    pairs = pairs_of(x, x * 0.99, lloq_x=1.0, lloq_y=2.5)
    substituted = paired.compared(pairs, 0.5)
    assert substituted.estimate < 0 or substituted.low < 0
    assert (signed_rank.recensored_differences(paired.windows(pairs)) == 0).all()
    assert paired.exact_test(pairs, "D").p == 1


def test_the_uloq_censors_at_the_lower_of_the_two():
    pairs = paired.log_pairs([900.0], [900.0], [400.0], [400.0], [1.0], [1000.0], [1.0], [500.0])
    assert signed_rank.recensored_differences(paired.windows(pairs)) == pytest.approx([np.log(400 / 500)])


@given(st.integers(0, 10_000), st.floats(0.1, 2.0))
@examples(20)
def test_inversion_keeps_exactly_what_the_test_does_not_reject(seed, lloq):
    random = np.random.default_rng(seed)
    x = np.exp(random.normal(0, 1, 8))
    pairs = paired.windows(pairs_of(x, x * np.exp(random.normal(-0.5, 0.5, 8)), lloq, 1.3 * lloq, uloq=8.0))
    low, high = signed_rank.inversion_interval(pairs)

    def p(shift):
        return signed_rank.exact_signed_rank(signed_rank.recensored_differences(pairs, shift)).p

    for end, outward in ((low, -1e-6), (high, 1e-6)):
        if np.isfinite(end):
            assert p(end + outward) <= 0.05
            assert p(end - outward) > 0.05 or low == high


def test_one_sided_bound_by_inversion():
    # Everyone quantified at baseline, nobody later: each later value is below 1, so the ratio has an upper bound only.
    pairs = paired.windows(pairs_of([2, 3, 4, 5, 6, 7, 8], [0.5] * 7, 1.0, 1.0))
    low, high = signed_rank.inversion_interval(pairs)
    assert low == -INF
    # The test still rejects a shift at which all seven have the same sign: that needs max |d| limits below ln(1/2).
    assert np.log(1 / 8) < high < 0


def test_bivariate_likelihood():
    for name, case in reference_values.statistics("bivariate_censored_paired").items():
        x, y = np.array(case["log_x"]), np.array(case["log_y"])
        bounds = np.where(case["cens_x"], -INF, x), x, np.where(case["cens_y"], -INF, y), y
        fit = bivariate.fit_bivariate(*bounds)
        assert fit.converged, name
        assert fit.mu == pytest.approx(case["mu"], abs=1e-4), name
        assert fit.sigma == pytest.approx(case["sigma"], abs=1e-4), name
        assert (fit.delta, fit.rho) == pytest.approx((case["delta"], case["rho"]), abs=1e-4), name
        assert fit.log_likelihood == pytest.approx(case["loglik"], abs=1e-6), name
        for confidence, key in ((0.95, "ci_profile_t"), (chi_squared(len(x)), "ci_profile_chi2")):
            found = bivariate.delta_interval(*bounds, fit, confidence, len(x) - 1)
            assert found[1:] == pytest.approx(case[key], abs=1e-4), name


def test_bivariate_correlation():
    for name, case in reference_values.statistics("bivariate_censored_correlation").items():
        parts = {
            key: np.array([np.nan if one is None else one for one in case[key]], float)
            for key in ("lower_x", "upper_x", "lower_y", "upper_y")
        }
        known = ~(
            (np.isnan(parts["lower_x"]) & np.isnan(parts["upper_x"]))
            | (np.isnan(parts["lower_y"]) & np.isnan(parts["upper_y"]))
        )
        bounds = [
            np.where(np.isnan(part), -INF if key.startswith("lower") else INF, part)[known]
            for key, part in parts.items()
        ]
        fit = bivariate.fit_bivariate(*bounds)
        assert fit.rho == pytest.approx(case["r"], abs=2e-3), name


@pytest.mark.parametrize("rho", [-0.95, -0.3, 0.0, 0.5, 0.99])
def test_bivariate_probability(rho):
    from scipy.stats import multivariate_normal

    points = [(-1.0, 0.5), (0.0, 0.0), (2.0, -2.0), (0.3, -INF), (INF, 1.2), (INF, INF), (0.0, -1.0)]
    found = bivariate.bivariate_cdf(*np.array(points).T, rho)
    cover = multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    wanted = [cover.cdf([min(h, 12), min(k, 12)]) if min(h, k) > -INF else 0.0 for h, k in points]
    assert found == pytest.approx(wanted, abs=1e-7)


def test_the_gradient_is_the_slope_of_the_likelihood():
    random = np.random.default_rng(3)
    x = random.normal(size=12)
    y = x / 2 + random.normal(size=12)
    lower = [np.where(part < -0.2, -INF, np.where(part > 0.9, 0.9, part)) for part in (x, y)]
    upper = [np.where(part < -0.2, -0.2, np.where(part > 0.9, INF, part)) for part in (x, y)]
    likelihood = bivariate._Likelihood(lower[0], upper[0], lower[1], upper[1])
    at = np.array([0.1, -0.2, 0.3, -0.1, 0.4])
    steps = 1e-6 * np.eye(5)
    slope = [(likelihood(at + step)[0] - likelihood(at - step)[0]) / 2e-6 for step in steps]
    assert likelihood(at)[1] == pytest.approx(slope, abs=1e-6)


@given(st.integers(0, 1000), st.integers(5, 12))
@examples(10)
def test_without_censoring_the_bivariate_interval_is_the_paired_t_interval(seed, n):
    random = np.random.default_rng(seed)
    x = random.normal(size=n)
    y = 0.6 * x + random.normal(-0.5, 1.5, n)
    fit = bivariate.fit_bivariate(x, x, y, y)
    wanted = intervals.t_interval(y - x)
    assert bivariate.delta_interval(x, x, y, y, fit, 0.95, n - 1) == pytest.approx(tuple(wanted), abs=1e-4)


@pytest.mark.parametrize(
    ("x", "y", "lloq", "tier"),
    [
        ([2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 3, 4, 4, 5], 0.5, "A"),
        ([2, 3], [1, 2], 0.5, "A"),
        ([2, 3, 4, 5, 6, 7, 9], [0.3, 2, 1, 3, 4, 3, 5], 0.5, "B"),
        ([2, 3, 4, 5, 6, 7, 9], [0.3, 0.2, 0.1, 0.3, 4, 3, 5], 0.5, "C"),
        ([2, 3, 4, 5, 6, 7], [0.3, 2, 1, 3, 4, 3], 0.5, "C"),
        ([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 2], [0.1] * 7, 0.5, "D"),
        ([2, 3, 4, 5, 6], [0.3, 2, 1, 3, 4], 0.5, "D"),
        ([2, 3, 4, 0.1, 0.1, 0.1, 0.1], [5, 6, 7, 8, 9, 10, 11], 0.5, "D"),
    ],
)
def test_tiers(x, y, lloq, tier):
    pairs = pairs_of(x, y, lloq, lloq)
    change = paired.estimate_change(pairs)
    assert change.tier == tier
    assert np.isnan(change.log_ratio) == (tier in "CD")
    if tier == "A" and len(x) < 4:
        assert np.isnan(change.low)
        assert change.reason == "few_pairs"
    if tier in "CD":
        assert change.reason


def test_a_bound_needs_four_quantified_at_baseline():
    # From 3 of 7 detected to 7 of 7: more spread alone would do that, so the counts are said and no bound of the ratio.
    change = paired.estimate_change(pairs_of([2, 3, 4, 0.1, 0.1, 0.1, 0.1], [5, 6, 7, 8, 9, 10, 11], 0.5, 0.5))
    assert np.isnan(change.low) and np.isnan(change.high)
    assert (change.tier, change.reason) == ("D", "few_pairs_quantified")


@pytest.mark.parametrize(("lloq", "later"), [(1.2, 1.0), (0.8, 2.5)])
def test_tier_b_has_the_degrees_of_freedom_of_the_visit_with_more_quantified_through_one_window(lloq, later):
    random = np.random.default_rng(2)
    x = random.normal(0.5, 1, 12)
    y = x / 2 + 0.2 + random.normal(0, 0.5, 12)
    pairs = pairs_of(np.exp(x), np.exp(y), lloq, later * lloq)
    at_baseline, at_visit = (int((part >= np.log(later * lloq)).sum()) for part in (x, y))
    assert 4 <= min(at_baseline, at_visit) < 12 and at_baseline != at_visit
    assert (later == 1) == (at_baseline == (pairs.x_lower == pairs.x_upper).sum())
    change = paired.estimate_change(pairs)
    assert change.tier == "B"
    fit = bivariate.fit_bivariate(*pairs.bounds)
    degrees = max(at_baseline, at_visit) - 1
    wanted = bivariate.delta_interval(*pairs.bounds, fit, 0.95, degrees)
    assert (change.low, change.high) == pytest.approx((wanted.low, wanted.high))
    ratio = bivariate.likelihood_ratio(*pairs.bounds, fit)
    assert change.p == pytest.approx(bivariate.likelihood_ratio_p(ratio, 12, degrees))
    usual = bivariate.delta_interval(*pairs.bounds, fit, 0.95, 11)
    assert change.low < usual.low < usual.high < change.high


def test_no_tier_c_above_15_pairs():
    random = np.random.default_rng(1)
    x = np.exp(random.normal(0, 1, 18))
    y = x * np.exp(random.normal(-3, 1, 18))
    change = paired.estimate_change(pairs_of(x, y, 1.0, 1.0))
    assert change.tier == "D"


def test_no_pair():
    pairs = pairs_of([], [])
    change = paired.estimate_change(pairs)
    assert change.tier == ""
    assert np.isnan(change.log_ratio)
    for found in paired.change_tests(pairs, change):
        assert (found.method, np.isnan(found.p)) == ("none", True)


def random_pairs(seed, n, lloq, later=1.0):
    random = np.random.default_rng(seed)
    x = random.normal(0, 1, n)
    return pairs_of(np.exp(x), np.exp(0.6 * x - 0.5 + 0.8 * random.normal(0, 1, n)), lloq, later * lloq)


@given(st.integers(0, 10_000), st.integers(4, 25), st.sampled_from([1e-9, 0.4, 0.7]), st.sampled_from([1.0, 2.5]))
@examples(30)
def test_p_and_interval_of_one_model_agree(seed, n, lloq, later):
    pairs = random_pairs(seed, n, lloq, later)
    for confidence in (0.8, 0.95):
        change = paired.estimate_change(pairs, confidence)
        assert np.isnan(change.p) == (change.test == "none") == (change.tier in "CD")
        assert change.tier in "CD" or (change.p <= 1 - confidence) == (not change.low <= 0 <= change.high)


@pytest.mark.parametrize("lloq", [0.5, 0.8])
def test_the_p_is_1_minus_the_confidence_of_the_interval_that_ends_at_no_change(lloq):
    pairs = random_pairs(4, 24, lloq)
    change = paired.estimate_change(pairs)
    assert change.tier == "B" and 0 < change.p < 0.2
    assert paired.estimate_change(pairs, 1 - change.p).high == pytest.approx(0, abs=1e-4)


def test_one_result_below_the_lloq_does_not_take_the_p_away():
    # 16 pairs of which one result is below: that cost p, family and adjustment.
    whole = random_pairs(1, 16, 1e-9)
    lowest, second = np.exp(np.sort(np.concatenate([whole.x_lower, whole.y_lower]))[:2])
    pairs = random_pairs(1, 16, (lowest + second) / 2)
    change = paired.estimate_change(pairs)
    claim, beside = paired.change_tests(pairs, change)
    assert (change.tier, claim.method, beside.method) == ("B", "signed_rank_recensored", "likelihood_ratio_t")
    assert claim.p == pytest.approx(paired.exact_test(whole, "A").p, rel=0.3)
    # Nearly the paired t test, of which one value was taken away a little.
    assert beside.p == pytest.approx(intervals.t_probability(whole.y_lower - whole.x_lower), rel=0.3)


@pytest.mark.parametrize(
    ("n", "lloq", "tests"),
    [
        (3, 1e-9, ("signed_rank_recensored", "none")),
        (5, 1e-9, ("log_ratio_t", "signed_rank_recensored")),
        (6, 1e-9, ("signed_rank_recensored", "log_ratio_t")),
        (40, 1e-9, ("signed_rank_recensored", "log_ratio_t")),
        (15, 0.4, ("signed_rank_recensored", "likelihood_ratio_t")),
        (16, 0.4, ("signed_rank_recensored", "likelihood_ratio_t")),
        (5, 0.4, ("mcnemar", "none")),
    ],
)
def test_which_test_carries_the_claim(n, lloq, tests):
    pairs = random_pairs(3, n, lloq)
    assert (lloq > 0.1) == ((pairs.x_lower != pairs.x_upper) | (pairs.y_lower != pairs.y_upper)).any()
    found = paired.change_tests(pairs, paired.estimate_change(pairs))
    if tests[0] == "mcnemar":  # up to 5 pairs with censored results
        assert found[0].floor > 0.05
        tests = (found[0].method, "none")
    assert tuple(each.method for each in found) == tests


def test_mcnemar():
    case = reference_values.statistics("proportions")["mcnemar_exact"]
    assert paired.mcnemar(case["b"], case["c"]) == pytest.approx(case["p"], abs=1e-12)
    assert paired.mcnemar(0, 0) == 1
    assert paired.mcnemar(3, 3) == 1
    # Four of five were detected at baseline and none later: all four discordant pairs in one direction, 2 / 2^4.
    found = paired.exact_test(pairs_of([2, 2, 2, 2, 0.1], [0.1] * 5, 1.0, 1.0), "D")
    assert (found.p, found.informative, found.floor) == (0.125, 4, 0.125)
