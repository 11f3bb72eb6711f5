"""What the batched fitter must do: recover a truth, weigh as told, and give each curve the same in any batch."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from immunoassay.calibration import fit, models, reweighted, solver
from immunoassay.calibration.models import LINEAR, LOG_LOG, LOGISTIC

from .curve_fits import ask, fit_one, made, parameters, simulated


def test_levenberg_marquardt_finds_the_least_squares_within_bounds():
    from scipy.optimize import lsq_linear

    rng = np.random.default_rng(3)
    design, target = rng.normal(size=(60, 12, 4)), rng.normal(size=(60, 12))
    lower, upper, zero = np.full((4, 60), -0.2), np.full((4, 60), 0.25), np.zeros((4, 60))

    def problems(rows):
        def residuals(theta):
            return (design[rows] @ theta.T[:, :, None])[:, :, 0].T - target[rows].T, design[rows].transpose(2, 1, 0)

        return residuals

    found, _, converged = solver.levenberg_marquardt(problems, zero, lower, upper, zero, zero[0], zero[0] + solver.STOP)
    assert converged.all()
    found, lower, upper = found.T, lower.T, upper.T
    cost = (((design @ found[:, :, None])[:, :, 0] - target) ** 2).sum(axis=1)
    assert ((found == lower) | (found == upper)).any(axis=1).mean() > 0.5
    for row in range(60):
        best = lsq_linear(design[row], target[row], (lower[row], upper[row]), method="bvls")
        assert cost[row] == pytest.approx(2 * best.cost, rel=1e-9)
        assert found[row] == pytest.approx(best.x, abs=1e-6)


@pytest.mark.parametrize("asymmetric", [False, True])
def test_to_give_up_early_changes_no_curve(asymmetric, monkeypatch):
    rng = np.random.default_rng(5)
    u, count = np.tile(np.log(np.repeat(10000 / 3.0 ** np.arange(8), 2)), (24, 1)), 24
    top = 50 * np.exp(rng.uniform(-0.5, 1.0, count))  # from nothing to see to a plain curve
    theta = np.stack([np.full(count, 50.0), top, np.zeros(count), np.full(count, 6.0), np.zeros(count)], axis=1)
    signal = models.logistic(theta, np.ones(count), u)[0] * (1 + 0.2 * rng.normal(size=u.shape))
    points, asked = fit.Points(u, signal, np.ones_like(u, bool)), ask(count, asymmetric)
    monkeypatch.setattr(reweighted, "LARGEST_PASSES", 20)
    early = fit.fit(points, asked)
    monkeypatch.setattr(reweighted, "NEARLY_SETTLED", 0.0)
    whole = fit.fit(points, asked)
    flat = whole.status == "not_fitted"
    assert 6 < flat.sum() < 18
    assert (early.status == whole.status).all()
    assert early.curves.theta[~flat].tolist() == whole.curves.theta[~flat].tolist()
    assert early.iterations[flat].sum() < whole.iterations[flat].sum() / 3
    assert (early.iterations[~flat] == whole.iterations[~flat]).all()


@pytest.mark.parametrize("side", ["lower", "upper"])
@pytest.mark.parametrize(("a", "d"), [(20.0, 9000.0), (9000.0, 20.0)])
def test_derivatives_and_inverse(side, a, d):
    curve = made(a, d, 1.3, 50.0, 0.6, side)
    u = np.log(np.array([[0.5, 5.0, 50.0, 500.0, 5000.0]]))
    signal, jacobian, slope = curve.predict(u)
    for i in range(5):
        step = np.zeros((1, 5))
        step[0, i] = 1e-6 * max(1.0, abs(curve.theta[0, i]))
        high = models.logistic(curve.theta + step, curve.side, u)[0]
        low = models.logistic(curve.theta - step, curve.side, u)[0]
        assert jacobian[0, :, i] == pytest.approx(((high - low) / (2 * step[0, i]))[0], rel=1e-5, abs=1e-4)
    numeric = (curve.predict(u + 1e-6)[0] - curve.predict(u - 1e-6)[0]) / 2e-6
    assert slope == pytest.approx(numeric, rel=1e-5)
    back, outcome = curve.invert(signal)
    assert (outcome == models.VALUE).all()
    assert back == pytest.approx(u, rel=1e-9)


@pytest.mark.parametrize(("a", "d"), [(20.0, 9000.0), (9000.0, 20.0)])
def test_outside_the_curve_has_a_side(a, d):
    curve = made(a, d, 1.0, 50.0)
    outside = np.array([[a, a - np.sign(d - a), d, d + np.sign(d - a)]])
    u, outcome = curve.invert(outside)
    assert outcome.tolist() == [[models.BELOW, models.BELOW, models.ABOVE, models.ABOVE]]
    assert np.isnan(u).all()


def test_exact_data_recover_the_truth_in_both_directions():
    x = np.repeat(10000 / 4.0 ** np.arange(8), 2)
    for side in ("lower", "upper"):
        for a, d in ((20.0, 9000.0), (9000.0, 20.0)):
            curve = made(a, d, 1.2, 80.0, 1.6, side)
            y = curve.predict(np.log(x)[None])[0][0]
            fitted = fit_one(x, y, side=side, asymmetric=True, exponent=2.0, prior=0.35)
            assert fitted.status[0] == "converged"
            assert parameters(fitted) == pytest.approx([a, d, 1.2, 80.0, 1.6], rel=1e-5)


def test_linear_is_weighted_regression():
    x, y = np.array([1.0, 2, 3, 4, 5, 6]), np.array([2.1, 3.9, 6.2, 7.8, 10.1, 12.2])
    fitted = fit_one(x, y, kind=LINEAR)
    slope, intercept = np.polyfit(x, y, 1)
    assert fitted.curves.theta[0, :2] == pytest.approx([intercept, slope], rel=1e-10)
    covariance = np.polyfit(x, y, 1, cov=True)[1]
    assert fitted.curves.covariance[0, 1, 1] == pytest.approx(covariance[0, 0], rel=1e-9)
    # weights from fitted values: at the solution the weighted normal equations hold with 1/fitted^2
    weighted = fit_one(x, y, kind=LINEAR, exponent=2.0)
    a, b = weighted.curves.theta[0, :2]
    w = 1 / (a + b * x) ** 2
    again = np.polyfit(x, y, 1, w=np.sqrt(w))
    assert [b, a] == pytest.approx(again, rel=1e-7)


def test_observed_weights_are_frozen_from_the_signals():
    x, y = np.array([1.0, 2, 3, 4, 5, 6]), np.array([-0.4, 3.9, 6.2, 7.8, 10.1, 12.2])
    for power in (1.0, 2.0):
        fitted = fit_one(x, y, kind=LINEAR, exponent=2.0, observed=power)
        expected = np.polyfit(x, y, 1, w=np.abs(y) ** (-power / 2))
        assert fitted.curves.theta[0, 1::-1] == pytest.approx(expected, rel=1e-9)
        residual = y - np.polyval(expected, x)
        assert fitted.objective[0] == pytest.approx((residual**2 / np.abs(y) ** power).sum(), rel=1e-9)


def test_a_signal_of_zero_weighs_as_one_unit():
    x, y = np.array([1.0, 2, 3, 4, 5, 6]), np.array([0.0, 3.9, 6.2, 7.8, 10.1, 12.2])
    fitted = fit_one(x, y, kind=LINEAR, exponent=2.0, observed=2.0)
    assert fitted.curves.theta[0, 1::-1] == pytest.approx(np.polyfit(x, y, 1, w=1 / np.maximum(y, 1)), rel=1e-9)


@pytest.mark.parametrize("power", [0.0, 1.8, 2.0])
def test_level_means_count_every_level_once(power):
    x = np.array([1.0, 1, 1, 2, 3, 3, 4, 5])
    y = np.array([2.1, 2.5, 1.9, 3.9, 6.2, 7.0, 7.8, 10.1])
    level = pd.Series(y).groupby(x).mean()
    fitted = fit_one(x, y, kind=LINEAR, exponent=2.0, observed=power, levels=True)
    expected = np.polyfit(level.index, level, 1, w=level.to_numpy() ** (-power / 2))
    assert fitted.curves.theta[0, 1::-1] == pytest.approx(expected, rel=1e-9)


def test_frozen_weights_that_are_the_variance_function_give_its_errors():
    x = np.repeat(10000 / 4.0 ** np.arange(8), 2)
    y = made(20.0, 9000.0, 1.2, 80.0).predict(np.log(x)[None])[0][0] + np.tile([40.0, -40.0, -25.0, 25.0], 4)
    plain, frozen = fit_one(x, y), fit_one(x, y, observed=0.0)
    assert frozen.curves.covariance == pytest.approx(plain.curves.covariance, rel=1e-6, abs=1e-12)
    assert frozen.curves.residual_variance == pytest.approx(plain.curves.residual_variance, rel=1e-9)


def test_errors_of_observed_weights_are_those_of_repeated_experiments():
    # constant CV of 6 %, fitted with 1/y^2 observed: the sandwich covariance, not the inverse of the weights' own
    count, rng = 400, np.random.default_rng(5)
    u = np.tile(np.log(np.repeat(10000 / 4.0 ** np.arange(8), 2)), (count, 1))
    exact = models.logistic(np.tile([20, 20000, 0.1, 6.0, 0], (count, 1)), np.ones(count), u)[0]
    y = exact * (1 + 0.06 * rng.normal(size=exact.shape))
    request = replace(ask(count), observed=np.full(count, 2.0))
    fitted = fit.fit(fit.Points(u, y, np.ones_like(y, bool)), request)
    spread = fitted.curves.theta[:, 3].std(ddof=1)
    claimed = np.sqrt(np.median(fitted.curves.covariance[:, 3, 3]))
    assert claimed == pytest.approx(spread, rel=0.1)


def test_log_log_is_regression_of_logarithms():
    x, y = np.array([1.0, 3, 10, 30, 100]), np.array([5.0, 12, 33, 80, 260])
    fitted = fit_one(x, y, kind=LOG_LOG, exponent=2.0)
    slope, intercept = np.polyfit(np.log(x), np.log(y), 1)
    assert fitted.curves.theta[0, :2] == pytest.approx([intercept, slope], rel=1e-9)


def test_a_curve_does_not_depend_on_its_batch():
    u, y = simulated(60, 3, asymmetry=0.35)
    points = fit.Points(u, y, np.ones_like(y, bool))
    whole = fit.fit(points, ask(60, True))
    assert (whole.status == "converged").all()
    for some in ([41, 3, 17], [8], [25, 24]):
        part = fit.fit(points.take(some), ask(len(some), True))
        assert np.array_equal(part.curves.theta, whole.curves.theta[some])
        assert np.array_equal(part.curves.covariance, whole.curves.covariance[some])


def test_masked_is_absent():
    u, y = simulated(20, 4)
    used = np.ones_like(y, bool)
    used[:, 5] = False
    masked = fit.fit(fit.Points(u, np.where(used, y, 1e9), used), ask(20))
    keep = [i for i in range(16) if i != 5]
    rows = [list(row) for row in u[:, keep]], [list(row) for row in y[:, keep]]
    absent = fit.fit(
        fit.Points(fit.pad(rows[0], 0.0), fit.pad(rows[1], 0.0), fit.pad([[True] * 15] * 20, False)), ask(20)
    )
    assert masked.curves.theta == pytest.approx(absent.curves.theta, rel=1e-10, abs=1e-10)


def test_least_squares_optimum_agrees_with_scipy():
    from scipy.optimize import least_squares

    u, y = simulated(15, 9)
    fitted = fit.fit(fit.Points(u, y, np.ones_like(y, bool)), ask(15, exponent=0.0))
    for row in range(15):

        def residual(theta, row=row):
            return models.logistic(np.append(theta, 0.0)[None], np.ones(1), u[row][None])[0][0] - y[row]

        best = least_squares(residual, fitted.curves.theta[row, :4], x_scale="jac", xtol=1e-14, ftol=1e-14, gtol=1e-14)
        assert fitted.objective[row] == pytest.approx(2 * best.cost, rel=1e-9)


def test_asymmetry_prior_restrains_and_can_be_switched_off():
    u, y = simulated(100, 6, asymmetry=0.35)
    points = fit.Points(u, y, np.ones_like(y, bool))
    free, weak = fit.fit(points, ask(100, True, prior=np.inf)), fit.fit(points, ask(100, True))
    assert (weak.status == "converged").all()
    assert np.abs(weak.curves.theta[:, 4]).max() < 1.5
    assert np.abs(weak.curves.theta[:, 4]).mean() < np.abs(free.curves.theta[:, 4]).mean()
    assert (np.abs(free.curves.theta[:, 4]) <= np.log(10) + 1e-12).all()
    assert not weak.at_bound[:, 4].any()


def test_bad_curves_end_with_a_status_and_no_warning():
    x = np.repeat([1.0, 4, 16, 64, 256, 1024], 2)
    rng = np.random.default_rng(2)
    cases = {
        "flat": (x, np.full(12, 50.0)),
        "zero": (x, np.zeros(12)),
        "noise": (x, 50 + rng.normal(size=12)),
        "few": ([1.0, 1, 10, 10, 100, 100], [5.0, 6, 50, 52, 200, 210]),
        "none": ([], []),
        "single": ([5.0], [5.0]),
        "negative": (x, -50 + rng.normal(size=12)),
    }
    for name, (dose, signal) in cases.items():
        for kind, asymmetric in ((LOGISTIC, False), (LOGISTIC, True), (LINEAR, False), (LOG_LOG, False)):
            if name == "few" and kind != LOGISTIC:
                continue
            fitted = fit_one(dose, signal, kind=kind, asymmetric=asymmetric, exponent=2.0, prior=0.35)
            assert fitted.status[0] != "converged", name
            assert fitted.reason[0], name
            assert fitted.curves.kind[0] == models.NONE


def test_a_net_signal_around_zero_is_not_flat():
    # the bottom of a background-subtracted curve scatters around zero
    x = np.repeat(1.0 / 5.0 ** np.arange(8), 2)
    y = [75.75, 50.25, 31.75, 28.75, 18.75, 13.75, 4.75, 5.75, 2.75, -1.25, -3.75, -0.25, -1.25, -1.25, -0.25, -2.25]
    for exponent in (1.0, 1.6, 2.0):
        for asymmetric in (False, True):
            fitted = fit_one(x, y, side="lower", asymmetric=asymmetric, exponent=exponent, prior=0.35)
            assert fitted.status[0] == "converged"
            assert fitted.curves.floor[0] == 3.75


def test_a_robust_fit_is_held_by_the_wells_that_agree():
    u, y = simulated(200, 21)
    rng = np.random.default_rng(5)
    spoiled = y.copy()
    spoiled[np.arange(200), rng.integers(0, 16, 200)] *= np.exp(rng.choice([-1, 1], 200) * np.log(4))
    used = np.ones_like(y, bool)

    def middle(signal, robust):
        fitted = fit.fit(fit.Points(u, signal, used), replace(ask(200), robust=np.full(200, robust)))
        assert (fitted.status == "converged").all()
        at = np.median(u, axis=1)[:, None]
        return np.log(fitted.curves.predict(at)[0][:, 0]), fitted

    clean, usual = middle(y, False)
    bent, disturbed = middle(spoiled, False)
    held, robust = middle(spoiled, True)
    same, _ = middle(y, True)
    assert np.abs(held - clean).mean() < 0.25 * np.abs(bent - clean).mean()
    # it costs little where nothing is wrong, and a spoiled well does not become noise of the others
    assert np.abs(same - clean).mean() < 0.01
    ratio = np.median(robust.curves.residual_variance / usual.curves.residual_variance)
    assert 0.5 < ratio < 2.5 < 5 < np.median(disturbed.curves.residual_variance / usual.curves.residual_variance)
