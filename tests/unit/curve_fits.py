"""Curves through the batched fitter: one at a time, known ones, and simulated batches."""

import warnings
from dataclasses import replace

import numpy as np
from immunoassay.calibration import fit, models
from immunoassay.calibration.models import LOGISTIC


def fit_one(
    x,
    y,
    kind=LOGISTIC,
    side="upper",
    asymmetric=False,
    exponent=0.0,
    constant=0.0,
    prior=np.inf,
    observed=np.nan,
    levels=False,
    robust=False,
):
    """One curve through the batched fitter."""
    with np.errstate(divide="ignore"):
        u = np.log(np.asarray(x, float))
    points = fit.Points(fit.pad([list(u)], 0.0), fit.pad([list(y)], 0.0), fit.pad([[True] * len(u)], False))
    request = fit.Request(
        np.array([kind]),
        np.array([models.SIDES[side]]),
        np.array([asymmetric]),
        np.array([prior]),
        np.array([exponent]),
        np.array([constant]),
        np.array([observed]),
        np.array([levels]),
        np.array([robust]),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return fit.fit(points, request)


def parameters(fitted):
    """a, d, b, c, g of the first curve."""
    return np.concatenate([fitted.curves.theta[0, :2], np.exp(fitted.curves.theta[0, 2:])])


def made(a, d, b, c, g=1.0, side="upper"):
    """A known 4PL or 5PL without error."""
    one = np.ones(1)
    return models.Curves(
        kind=np.array([LOGISTIC]),
        side=np.array([models.SIDES[side]]),
        theta=np.array([[a, d, np.log(b), np.log(c), np.log(g)]], float),
        covariance=np.zeros((1, 5, 5)),
        residual_variance=0 * one,
        exponent=0 * one,
        constant=0 * one,
        floor=one,
        degrees_of_freedom=10 * one,
    )


def of_wells(curves, number):
    """The curves for the mean of so many wells, whose limits those of other software are."""
    return replace(curves, residual_variance=curves.residual_variance / number)


def simulated(count, seed, exponent=2.0, asymmetry=0.0):
    """Curves (count, 16) with noise sd proportional to signal^(exponent / 2), and their u."""
    rng = np.random.default_rng(seed)
    u = np.tile(np.log(np.repeat(10000 / 4.0 ** np.arange(8), 2)), (count, 1))
    theta = np.stack(
        [
            rng.uniform(20, 60, count),
            rng.uniform(8000, 30000, count),
            np.log(rng.uniform(0.8, 1.6, count)),
            np.log(rng.uniform(100, 2000, count)),
            asymmetry * rng.normal(size=count),
        ],
        axis=1,
    )
    signal = models.logistic(theta, np.ones(count), u)[0]
    noise = 0.05 * signal ** (exponent / 2) * 500 ** (1 - exponent / 2)
    return u, signal + noise * rng.normal(size=signal.shape)


def ask(count, asymmetric=False, exponent=2.0, prior=0.35):
    return fit.Request(
        np.full(count, LOGISTIC),
        np.ones(count),
        np.full(count, asymmetric),
        np.full(count, prior),
        np.full(count, exponent),
        np.zeros(count),
        np.full(count, np.nan),
        np.zeros(count, bool),
        np.zeros(count, bool),
    )
