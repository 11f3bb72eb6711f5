"""Models of all visits and of all biomarkers: mixed model, censored random intercept, prediction, and their domains."""

import numpy as np
import pytest
from immunoassay import tables
from immunoassay.statistics import (
    censored_mixed,
    covariance_structures,
    intervals,
    multiplicity,
    prediction,
    repeated_measures,
)
from immunoassay.tables.statistic_tables import STATISTICS
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import ElasticNet
from tests.statistic_frames import longitudinal
from tests.statistic_frames import prediction as predicted

from .test_statistics_degenerate import study

pytestmark = pytest.mark.filterwarnings("error")
INF = np.inf


def visits_model(y):
    return np.broadcast_to(np.eye(y.shape[1]), (*y.shape, y.shape[1]))


def test_complete_visits_give_the_paired_t_interval():
    """Unstructured and complete: every visit is its own sample, with n - 1 degrees of freedom."""
    y = np.random.default_rng(1).normal(size=(16, 3)) * [1.0, 2.0, 0.5] + 1
    fit = repeated_measures.fit_repeated(y, visits_model(y), "unstructured")
    for visit in range(3):
        found = repeated_measures.combination(fit, np.eye(3)[visit])
        assert found.interval == pytest.approx(intervals.t_interval(y[:, visit]), rel=1e-4)
        assert found.degrees_of_freedom == pytest.approx(15, rel=1e-4)
    assert fit.residual == pytest.approx(np.cov(y.T), rel=1e-3)


def test_the_slope_of_the_restricted_likelihood():
    random = np.random.default_rng(2)
    y = random.normal(size=(12, 4))
    y[random.random(y.shape) < 0.2] = np.nan
    seen = ~np.isnan(y)
    group = np.repeat([0, 1, 2], 4)
    model = repeated_measures._Model(np.where(seen, y, 0), np.where(seen[..., None], visits_model(y), 0), seen, group)
    for matrix, size in ((covariance_structures.unstructured, 10), (covariance_structures.toeplitz, 7)):
        shape = repeated_measures._of_groups(matrix, 3, 4)
        size += 2  # factors of the second and third group
        theta = 0.2 * random.normal(size=size)
        steps = 1e-6 * np.eye(size)
        slope = [
            (repeated_measures._negative(model, shape, theta + step)[0]
             - repeated_measures._negative(model, shape, theta - step)[0]) / 2e-6
            for step in steps
        ]  # fmt: skip
        assert repeated_measures._negative(model, shape, theta)[1] == pytest.approx(slope, abs=1e-5)


def test_the_scale_of_the_data_does_not_matter():
    y = np.random.default_rng(3).normal(size=(15, 3))
    y[0, 0] = y[3, 2] = np.nan
    one, other = (repeated_measures.fit_repeated(c * y, visits_model(y), "toeplitz") for c in (1, 1e6))
    assert other.coefficients == pytest.approx(1e6 * one.coefficients, rel=1e-6)
    assert other.adjusted == pytest.approx(1e12 * one.adjusted, rel=1e-4)


@pytest.mark.parametrize(
    ("y", "reason"),
    [
        (np.full((6, 2), np.nan), "no_result"),
        (np.ones((6, 2)), "all_explained"),
        (np.array([[1.0, np.nan], [2, 1], [np.nan, 3], [4, 5]]), "few_in_common"),
        (np.tile(np.arange(8.0)[:, None], (1, 2)), "singular"),
    ],
)
def test_what_cannot_be_fitted_says_why(y, reason):
    fit = repeated_measures.fit_repeated(y, visits_model(y), "unstructured")
    assert not fit.converged
    assert fit.reason in (reason, "not_converged")


def test_without_censoring_the_random_intercept_is_known():
    """Balanced and complete: means of the visits, and the variances of the analysis of variance (maximum likelihood)."""
    random = np.random.default_rng(4)
    y = random.normal(size=(30, 1)) + 0.5 * random.normal(size=(30, 4)) + 10
    fit = censored_mixed.fit_random_intercept(y, y, visits_model(y))
    left = y - y.mean(axis=0)
    within = ((left - left.mean(axis=1, keepdims=True)) ** 2).sum() / (30 * 3)
    between = 4 * (left.mean(axis=1) ** 2).mean()
    assert fit.coefficients == pytest.approx(y.mean(axis=0), abs=1e-4)
    assert fit.within[0] == pytest.approx(np.sqrt(within), rel=1e-4)
    assert fit.between == pytest.approx(np.sqrt((between - within) / 4), rel=1e-3)


def test_the_slope_of_the_censored_likelihood():
    random = np.random.default_rng(5)
    y = random.normal(size=(8, 1)) + random.normal(size=(8, 3))
    lower, upper = np.where(y < -0.3, -INF, np.where(y > 1, 1.0, y)), np.where(y < -0.3, -0.3, np.where(y > 1, INF, y))
    lower[0, 1] = upper[0, 1] = np.nan
    likelihood = censored_mixed._Likelihood(lower, upper, visits_model(y), ~np.isnan(lower))
    at = np.array([0.1, -0.2, 0.3, -0.1, 0.2])
    steps = 1e-5 * np.eye(5)
    slope = [(likelihood.negative(at + s)[0] - likelihood.negative(at - s)[0]) / 2e-5 for s in steps]
    assert likelihood.negative(at)[1] == pytest.approx(slope, abs=1e-5)


def simulated(people, below=0.0, seed=6):
    random = np.random.default_rng(seed)
    values = np.exp(2 + random.normal(size=(1, people, 1)) + 0.5 * random.normal(size=(1, people, 3)) - [0, 0.7, 0.7])
    scores = np.round(15 + 4 * random.normal(size=(1, people, 1)) + 2 * random.normal(size=(1, people, 3)) - [0, 3, 3])
    return study(values, scores, lloq=float(np.quantile(values, below)) if below else 1e-9)


def test_the_mixed_model_needs_fifteen_participants():
    found = longitudinal(simulated(7), {})
    assert found["estimate"].isna().all()
    assert found["reason"].str.contains("7 participants, 15 are needed for 2 visits").all()
    found = longitudinal(simulated(20), {})
    assert found["estimate_method"].eq("REML, unstructured covariance").all()
    ratio = found[found["kind"] == "biomarker"].iloc[0]
    assert ratio["low"] < ratio["estimate"] < ratio["high"]
    assert ratio["estimate"] == pytest.approx(np.exp(-0.7), rel=0.3)
    assert ratio["n_participants"] == 20
    assert 15 < ratio["degrees_of_freedom"] < 20
    assert "20 participants" in ratio["words"]


@pytest.mark.parametrize("below", [0.4, 0.65])
def test_with_many_values_below_the_lloq_the_model_is_for_comparison_only(below):
    found = longitudinal(simulated(20, below=below), {})
    rows = found[found["kind"] == "biomarker"]
    assert rows["estimate"].isna().all() and rows["p"].isna().all()
    assert rows["reason"].str.contains("outside the limits, more than 10 %").all()
    assert rows["sensitivity_method_code"].str.startswith("censored_random_intercept").all()
    assert rows["sensitivity"].between(0.1, 1).all()
    assert rows["words"].str.contains("for comparison only").all()


def test_prediction_refuses_below_twenty_and_says_why():
    found = predicted(simulated(19), {"primary_visit": "V1"})
    assert found["q2"].isna().all()
    assert found["reason"].str.contains("19 participants, 20 are needed").all()
    assert list(found.columns) == list(STATISTICS["prediction"].columns)
    assert predicted(tables.empty("observations"), {}).empty


def test_partial_least_squares_is_that_of_the_library():
    random = np.random.default_rng(7)
    for analytes in (4, 40):
        x, y = random.normal(size=(25, analytes)), random.normal(size=(25, 3))
        x, y = x - x.mean(axis=0), y - y.mean(axis=0)
        found = prediction.partial_least_squares(x, y, 3)
        for k in range(3):
            for response in range(3):
                wanted = PLSRegression(k + 1, scale=False, tol=1e-12).fit(x, y[:, response]).coef_.ravel()
                assert found[k, :, response] == pytest.approx(wanted, abs=1e-8)


def test_the_elastic_net_is_that_of_the_library(monkeypatch):
    monkeypatch.setattr(prediction, "SETTLED", 1e-9)
    monkeypatch.setattr(prediction, "MOST_SWEEPS", 5000)
    random = np.random.default_rng(7)
    pairs = []
    for people in (25, 31):
        x, y = random.normal(size=(people, 8)), random.normal(size=(people, 3))
        pairs.append((x - x.mean(axis=0), y - y.mean(axis=0)))
    found = prediction.elastic_net(pairs)
    assert (found[:, 0] == pytest.approx(0)) and (np.abs(found[:, -1]) > 0).any(axis=1).all()
    for (x, y), own in zip(pairs, found, strict=True):
        for response in range(3):
            most = np.abs(x.T @ y[:, response]).max() / len(x) / prediction.ABSOLUTE
            for penalty, coefficients in zip(prediction.PENALTIES, own, strict=True):
                net = ElasticNet(penalty * most, l1_ratio=prediction.ABSOLUTE, fit_intercept=False, tol=1e-12)
                assert coefficients[:, response] == pytest.approx(net.fit(x, y[:, response]).coef_, abs=1e-6)


@pytest.mark.parametrize("model", prediction.MODELS)
def test_noise_has_no_q2_and_a_signal_has(model):
    random = np.random.default_rng(8)
    x = random.normal(size=(30, 12))
    responses = np.column_stack([x[:, 0] + x[:, 1] + 0.3 * random.normal(size=30), random.normal(size=30)])
    signal, noise = prediction.cross_validated(x, responses, 1, model, 20).mean(axis=0)
    assert signal > 0.5
    assert noise < 0.2
    # On its own participants the model "explains" noise: the reason for cross-validation.
    fitted = x @ prediction.MODELS[model]([(x - x.mean(axis=0), responses - responses.mean(axis=0))])[0][-1]
    assert np.corrcoef(fitted[:, 1], responses[:, 1])[0, 1] ** 2 > 0.2


@pytest.mark.slow
def test_both_models_find_what_is_planted_and_nothing_else(monkeypatch):
    monkeypatch.setattr(prediction, "PERMUTATIONS", 99)
    random = np.random.default_rng(5)
    values = np.exp(3 + random.normal(size=(6, 24, 2)))
    ratios = np.log(values[:, :, 1] / values[:, :, 0])
    planted = 10 + np.column_stack([np.zeros(24), np.round(3 * ratios[0] - 3 * ratios[1])])
    noise = np.round(10 + 4 * random.normal(size=(5, 24, 2)))
    found = predicted(study(values, [planted, *noise]), {"primary_visit": "V1"})
    for model, rows in found.groupby("model"):
        signal, rest = rows.iloc[0], rows.iloc[1:]
        assert signal["q2"] > 0.6 > signal["null_95"]
        assert signal["p"] == signal["p_floor"] == 1 / 100
        assert (rest["q2"] < 0.2).all()
        assert rest["p"].median() > 0.05
        assert rest["words"].str.startswith(f"{model.capitalize()}: Q2 = ").all()
    assert list(found["model"].unique()) == ["partial least squares", "elastic net"]
    assert list(found["model_code"].unique()) == list(prediction.MODELS)


@pytest.mark.parametrize("model", prediction.MODELS)
def test_nothing_of_the_test_participants_reaches_the_model(model):
    """Values of participants that judge may be anything: the coefficients stay the same."""
    random = np.random.default_rng(9)
    x, y = random.normal(size=(20, 5)), random.normal(size=(20, 1))
    train = np.arange(20) < 15

    def errors(x, *people):
        return prediction.squared_errors(x, y, [(train, np.isin(np.arange(20), people))], prediction.MODELS[model])[0]

    first = errors(x, *range(15, 20))
    each = [errors(x, person) for person in range(15, 20)]
    assert first == pytest.approx(np.sum(each, axis=0))
    moved = x.copy()
    moved[16:] += 1000
    assert errors(moved, 15) == pytest.approx(each[0])
    assert (errors(moved, *range(15, 20)) >= first).all()


def test_the_global_test_of_a_family():
    differences = np.array([[-1.0, -2], [-2, -1], [-1.5, -1], [-1, -3], [-3, -2]])
    assert multiplicity.global_sign_flip(differences) == 2 / 32
    assert np.isnan(multiplicity.global_sign_flip(np.zeros((5, 2))))
    # With one column it is the two-sided permutation test of the mean.
    one = np.array([[0.952], [-0.147], [1.022], [0.43], [0.62], [0.59], [0.49], [-0.08], [0.01]])
    assert multiplicity.global_sign_flip(one) == pytest.approx(0.02734375)
