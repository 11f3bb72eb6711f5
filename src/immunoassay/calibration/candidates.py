"""The models a curve may take, and the choice among them.

4pl, 5pl (orientation lower, upper, or best of both), linear, log_log; auto = 4PL or 5PL by AICc. Orientations are
compared by penalised deviance, models by AICc (Hurvich & Tsai, Regression and time series model selection in small
samples, 1989), both of converged fits only.
"""

from dataclasses import dataclass

import numpy as np
from immunoassay.calibration import fit as fitting
from immunoassay.calibration import models

MODELS = ("4pl", "5pl", "auto", "linear", "log_log")
ORIENTATIONS = ("lower", "upper", "best")


@dataclass(frozen=True)
class Chosen(models.ByCurve):
    """The chosen fit of every curve with its model (4pl, 5pl, linear, log_log) and orientation ('' unless 5pl)."""

    fit: fitting.Fit
    model: np.ndarray
    orientation: np.ndarray


def fit_models(
    points: fitting.Points,
    model: np.ndarray,
    orientation: np.ndarray,
    exponent: np.ndarray,
    constant: np.ndarray,
    observed: np.ndarray,
    of_levels: np.ndarray,
    prior_sd: np.ndarray,
    robust: bool = False,
) -> Chosen:
    """Fit every curve with the model asked for; all arrays (n,), as in fit.Request; `robust` is one for
    all.

    Raises ValueError for an unknown model or orientation.
    """
    asked = [
        (row, *candidate)
        for row, pair in enumerate(zip(model, orientation, strict=True))
        for candidate in _candidates(*pair)
    ]
    rows = np.array([row for row, _, _ in asked], int)
    names = np.array([name for _, name, _ in asked], object)
    sides = np.array([side for _, _, side in asked], object)
    request = fitting.Request(
        kind=np.array([models.KINDS[name] for name in names], int),
        side=np.array([models.SIDES.get(side, 1.0) for side in sides]),
        asymmetric=np.equal(names, "5pl"),
        prior_sd=prior_sd[rows],
        exponent=exponent[rows],
        constant=constant[rows],
        observed=observed[rows],
        of_levels=of_levels[rows],
        robust=np.full(len(rows), robust),
    )
    fitted = fitting.fit(points.take(rows), request)
    best = _best(rows, fitted, len(model))
    return Chosen(fitted.take(best), names[best], sides[best])


def _candidates(model, orientation):
    if model not in MODELS or orientation not in ORIENTATIONS:
        raise ValueError(f"unknown curve model {model!r} or orientation {orientation!r}")
    five = [("5pl", side) for side in (("lower", "upper") if orientation == "best" else (orientation,))]
    return {"5pl": five, "auto": [("4pl", ""), *five]}.get(model) or [(model, "")]


def _best(rows, fitted, count):
    """Row of the best candidate of each curve; the first candidate when none converged."""
    k = fitted.parameters + 1
    spare = fitted.n_wells - k - 1
    # without a spare well AICc is infinite: such a model is the last resort, but still ordered by its deviance
    correction = np.where(spare > 0, 2 * k + 2 * k * (k + 1) / np.maximum(spare, 1), 1e6)
    score = np.where(fitted.status == "converged", fitted.deviance + fitted.penalty + correction, np.inf)
    best = np.full(count, -1)
    for candidate, row in enumerate(rows):
        if best[row] < 0 or score[candidate] < score[best[row]]:
            best[row] = candidate
    return best
