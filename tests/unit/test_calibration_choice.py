"""Which model, orientation and variance function the data ask for."""

from dataclasses import replace

import numpy as np
import pytest
from immunoassay.calibration import candidates, fit, models, variance

from .curve_fits import ask, made, simulated


def choose(u, y, model, orientation="best"):
    count = len(u)
    return candidates.fit_models(
        fit.Points(u, y, np.ones_like(y, bool)),
        np.full(count, model, object),
        np.full(count, orientation, object),
        np.full(count, 2.0),
        np.zeros(count),
        np.full(count, np.nan),
        np.zeros(count, bool),
        np.full(count, 0.35),
    )


def test_best_orientation_is_the_true_one_when_the_data_say_so():
    x = np.repeat(10000 / 3.0 ** np.arange(10), 2)
    rng = np.random.default_rng(8)
    for side in ("lower", "upper"):
        y = made(30, 20000, 1.5, 300, 3.0, side).predict(np.log(x)[None])[0]
        y = y * (1 + 0.01 * rng.normal(size=y.shape))
        chosen = choose(np.log(x)[None], y, "5pl")
        assert chosen.orientation[0] == side
        assert chosen.model[0] == "5pl"
        assert choose(np.log(x)[None], y, "auto").model[0] == "5pl"
        one = choose(np.log(x)[None], y, "5pl", "upper")
        assert one.orientation[0] == "upper"
        chosen_score, other = (item.fit.deviance[0] + item.fit.penalty[0] for item in (chosen, one))
        assert chosen_score <= other + 1e-9


def test_auto_keeps_the_4pl_when_the_data_do_not_ask_for_more():
    u, y = simulated(40, 12)
    assert (choose(u, y, "auto").model == "4pl").mean() > 0.8


def test_unknown_model_is_refused():
    u, y = simulated(1, 1)
    with pytest.raises(ValueError, match="unknown curve model"):
        choose(u, y, "6pl")
    with pytest.raises(ValueError, match="unknown weights"):
        variance.of("1/x", np.nan)
    for name in ("power", "power_level_means"):
        with pytest.raises(ValueError, match="variance_exponent"):
            variance.of(name, np.nan)


def estimate(u, y, name):
    count = len(u)
    points = fit.Points(u, y, np.ones_like(y, bool))

    def fit_rows(rows, exponent, constant):
        return fit.fit(points.take(rows), replace(ask(count).take(rows), exponent=exponent, constant=constant))

    return variance.estimate(points, np.full(count, name, object), np.zeros(count, int), np.full(count, 2.0), fit_rows)


@pytest.mark.parametrize("truth", [1.0, 1.6, 2.0])
def test_exponent_is_found_from_pooled_plates(truth):
    u, y = simulated(60, 21, exponent=truth)
    exponent, constant = estimate(u, y, "estimated")
    assert np.ptp(exponent) == 0
    assert exponent[0] == pytest.approx(truth, abs=0.12)
    assert (constant == 0).all()


def test_two_components_are_found_from_pooled_plates():
    rng = np.random.default_rng(31)
    u, _ = simulated(60, 21)
    exact = models.logistic(np.tile([[20, 20000, 0.1, 6.0, 0]], (60, 1)), np.ones(60), u)[0]
    y = exact + np.sqrt(10.0**2 + (0.05 * exact) ** 2) * rng.normal(size=exact.shape)
    exponent, constant = estimate(u, y, "two_component")
    assert (exponent == 2).all()
    assert np.sqrt(constant[0]) == pytest.approx(10 / 0.05, rel=0.25)
