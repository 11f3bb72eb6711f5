"""One sample: intervals, proportions, censored maximum likelihood, quantiles, ROS."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay.statistics import censored, intervals
from immunoassay.statistics import settings as choices
from tests import reference_values
from tests.examples import examples

from .compared_tests import chi_squared

pytestmark = pytest.mark.filterwarnings("error")
PROBABILITIES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


def bounds(case):
    value, below = np.array(case["x"], float), np.array(case["cens"])
    return np.where(below, -np.inf, value), value


def test_t_interval_of_one_to_seven():
    # mean 4, sd sqrt(14/3), t(0.975, 6) = 2.446912
    estimate, low, high = intervals.t_interval([1, 2, 3, 4, 5, 6, 7])
    half = 2.446911851 * np.sqrt(14 / 3) / np.sqrt(7)
    assert (estimate, low, high) == pytest.approx((4, 4 - half, 4 + half))


def test_log_t_interval_is_the_t_interval_of_logs():
    assert intervals.log_t_interval(np.exp([1.0, 2.0, 4.0])) == pytest.approx(
        tuple(np.exp(intervals.t_interval([1.0, 2.0, 4.0])))
    )


@pytest.mark.parametrize(("values", "estimate"), [([], np.nan), ([3.0], 3.0), ([2.0, 2.0, 2.0], 2.0)])
def test_an_interval_without_spread_has_no_limits(values, estimate):
    found = intervals.t_interval(values)
    assert found.estimate == pytest.approx(estimate, nan_ok=True)
    assert np.isnan(found.low)
    assert np.isnan(found.high)


def test_proportions():
    cases = reference_values.statistics("proportions")
    for case in (case for case in cases.values() if "clopper_pearson" in case):
        found = intervals.clopper_pearson(case["x"], case["n"])
        assert found[1:] == pytest.approx(case["clopper_pearson"], abs=1e-10)
    assert np.isnan(intervals.clopper_pearson(0, 0)).all()


def test_maximum_likelihood_of_14_data_sets():
    cases = reference_values.statistics("univariate_censored")
    assert len(cases) == 14
    for name, case in cases.items():
        lower, upper = bounds(case)
        wanted = case["mle_lognormal"]
        log_lower, log_upper = np.where(np.isinf(lower), -np.inf, np.log(upper)), np.log(upper)
        fit = censored.fit_normal(log_lower, log_upper)
        assert fit.converged, name
        assert (fit.mu, fit.sigma) == pytest.approx((wanted["mu_log"], wanted["sigma_log"]), abs=1e-7), name
        assert fit.covariance.ravel() == pytest.approx(wanted["var_mu_logsigma"], abs=1e-6), name
        quantified = np.isfinite(lower)
        on_data_scale = fit.log_likelihood - log_upper[quantified].sum()
        assert on_data_scale == pytest.approx(wanted["loglik_data_scale"], abs=1e-6), name
        profile = case.get("envstats_mle_log", {}).get("ci_meanlog_profile")
        if profile:
            found = censored.normal_interval(log_lower, log_upper, fit, chi_squared(len(upper)))
            assert found[1:] == pytest.approx(profile, abs=1e-5), name


def test_both_limits_of_quantification():
    case = reference_values.statistics("survreg_turnbull")["two_sided_lognormal"]
    lower = np.log([np.nan if part is None else part for part in case["lower"]])
    upper = np.log([np.nan if part is None else part for part in case["upper"]])
    fit = censored.fit_normal(np.where(np.isnan(lower), -np.inf, lower), np.where(np.isnan(upper), np.inf, upper))
    assert (fit.mu, fit.sigma) == pytest.approx((case["mu"], case["sigma"]), abs=1e-6)
    assert fit.log_likelihood == pytest.approx(case["loglik_log_scale"], abs=1e-6)
    assert fit.covariance.ravel() == pytest.approx(case["var"], abs=1e-6)


@given(st.lists(st.floats(-5, 5), min_size=4, max_size=12, unique=True), st.floats(0.8, 0.99))
@examples(25)
def test_without_censoring_the_profile_interval_is_the_t_interval(values, confidence):
    values = np.array(values)
    if np.std(values) < 1e-3:
        return
    fit = censored.fit_normal(values, values)
    assert (fit.mu, fit.sigma) == pytest.approx((values.mean(), values.std()))
    found = censored.normal_interval(values, values, fit, confidence)
    wanted = intervals.t_interval(values, confidence)
    assert found[1:] == pytest.approx(wanted[1:], abs=1e-4 * values.std())


def test_an_interval_narrower_than_the_noise_changes_nothing():
    values = np.array([0.3, 1.1, 2.0, 2.4, 3.3])
    lower, upper = values.copy(), values.copy()
    lower[2], upper[2] = 2.0 - 1e-6, 2.0 + 1e-6
    assert censored.fit_normal(lower, upper)[:2] == pytest.approx(censored.fit_normal(values, values)[:2], abs=1e-5)


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ([-np.inf] * 5, [1.0] * 5),
        ([2.0, -np.inf, -np.inf], [2.0, 1.0, 1.0]),
        ([3.0, 3.0, 3.0], [3.0, 3.0, 3.0]),
        ([], []),
    ],
)
def test_too_little_for_a_likelihood_says_so(lower, upper):
    fit = censored.fit_normal(lower, upper)
    assert not fit.converged
    assert fit.reason == "few_quantified"
    assert np.isnan(fit.mu)


def test_kaplan_meier_quantiles_of_14_data_sets():
    for name, case in reference_values.statistics("univariate_censored").items():
        found = censored.quantiles(*bounds(case), PROBABILITIES)
        wanted = list(case["km"]["quantile"].values())
        for probability, quantile, value in zip(PROBABILITIES, found, wanted, strict=True):
            if value is not None:
                assert quantile == (pytest.approx(value, abs=1e-10), "value"), (name, probability)
            elif probability <= 0.5:
                assert np.isnan(quantile.value), (name, probability)
                assert quantile.status == "below_lloq", (name, probability)


def test_quantiles_worked_by_hand():
    # <1, <1, 2, 3: half of the mass lies below 2, so the median is below the LLOQ and the upper quartile is 2.
    lower, upper = [0, 0, 2, 3], [1, 1, 2, 3]
    median, q3 = censored.quantiles(lower, upper, (0.5, 0.75))
    assert median.status == "below_lloq"
    assert np.isnan(median.value)
    assert q3 == (2.0, "value")
    assert censored.extreme(lower, upper, "minimum").status == "below_lloq"
    assert censored.extreme(lower, upper, "maximum") == (3.0, "value")
    # 2, 3, >9: the maximum lies above the ULOQ, the median does not.
    lower, upper = [2, 3, 9], [2, 3, np.inf]
    assert censored.quantiles(lower, upper, (0.5, 1.0)) == [
        (3.0, "value"),
        (pytest.approx(np.nan, nan_ok=True), "above_uloq"),
    ]
    assert censored.extreme(lower, upper, "maximum").status == "above_uloq"
    # A censored result may lie above the quantified ones: then the maximum is not known either.
    assert censored.extreme([0, 2], [10, 2], "maximum").status == "below_lloq"


def test_quantiles_of_nothing_and_of_everything_censored():
    assert censored.quantiles([], [], (0.5,))[0].status == "not_estimable"
    assert censored.quantiles([0, 0], [1, 1], (0.5,))[0].status == "below_lloq"
    assert censored.quantiles([9, 9], [np.inf, np.inf], (0.5,))[0].status == "above_uloq"
    assert censored.extreme([], [], "minimum").status == "not_estimable"
    assert censored.bounded_quantiles([], [], (0.5,))[0].status == "not_estimable"


def test_quantiles_of_bounds_are_stated_where_the_bounds_agree():
    lower, upper = [-np.inf, 1, 2, 3, 4], [0.5, 1, 2, 3, np.inf]
    median, smallest, largest = censored.bounded_quantiles(lower, upper, (0.5, 0, 1))
    assert median == (2.0, "value")
    assert smallest.status == largest.status == "not_estimable"


def test_ros_of_the_data_sets():
    refused = []
    for name, case in reference_values.statistics("univariate_censored").items():
        modelled, reason = censored.ros(case["x"], case["cens"])
        if modelled is None:
            refused.append((name, reason))
        else:
            found = modelled.mean(), modelled.std(ddof=1)
            assert found == pytest.approx((case["ros"]["mean"], case["ros"]["sd"]), rel=1e-10), name
    # This one has an LLOQ above its largest quantified value, which the method would leave out without a word.
    assert refused == [("MDCu", "high_lloq")]


def test_ros_refuses_what_the_library_would_replace_by_half_the_lloq():
    modelled, reason = censored.ros([1, 1, 1, 1, 2.0], [True] * 4 + [False])
    assert modelled is None
    assert reason == "few_quantified"
    modelled, reason = censored.ros([3.0, 1.0, 2.0], [False] * 3)
    assert modelled.tolist() == [1, 2, 3]
    assert reason == ""


@pytest.mark.parametrize(
    "wrong",
    [{"center": "mean"}, {"centre": "median"}, {"confidence": 95}, {"mcid": {"MGC": 0}}, {"worse": {"MGC": "up"}}],
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        choices.complete(wrong)
