"""The models a curve may take, and the choice among them.

4pl, 5pl (orientation lower, upper, or best of both), linear, log_log; auto = 4PL or 5PL by AICc. Orientations are
compared by penalised deviance, models by AICc (Hurvich & Tsai, Regression and time series model selection in small
samples, 1989), both of converged fits only.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from immunoassay.calibration import fit as fitting
from immunoassay.calibration import models
from immunoassay.calibration.models import Curves

MODELS = ("4pl", "5pl", "auto", "linear", "log_log")
ORIENTATIONS = ("lower", "upper", "best")


@dataclass(frozen=True)
class Chosen:
    """The chosen fit of every curve with its model (4pl, 5pl, linear, log_log) and orientation ('' unless 5pl)."""

    fit: fitting.Fit
    model: np.ndarray
    orientation: np.ndarray


def fit_models(points, model, orientation, exponent, constant, observed, of_levels, prior_sd, robust=False):
    """Fit every curve with the model asked for; all arrays (n,), as in fit.Request; `robust` is one for
    all.

    Raises ValueError for an unknown model or orientation.
    """
    rows, names, sides = [], [], []
    for row, (name, side) in enumerate(zip(model, orientation, strict=True)):
        for candidate, direction in _candidates(name, side):
            rows.append(row)
            names.append(candidate)
            sides.append(direction)
    rows, names, sides = np.array(rows, int), np.array(names, object), np.array(sides, object)
    request = fitting.Request(
        kind=np.array([models.KINDS[name] for name in names], int),
        side=np.array([models.SIDES.get(side, 1.0) for side in sides]),
        asymmetric=names == "5pl",
        prior_sd=prior_sd[rows],
        exponent=exponent[rows],
        constant=constant[rows],
        observed=observed[rows],
        of_levels=of_levels[rows],
        robust=np.full(len(rows), robust),
    )
    fitted = fitting.fit(points.take(rows), request)
    best = _best(rows, fitted, len(model))
    return Chosen(take(fitted, best), names[best], sides[best])


def take(fitted, rows):
    """The given rows of a Fit."""
    values = {field.name: getattr(fitted, field.name) for field in fields(fitted)}
    return fitting.Fit(
        **{name: value.take(rows) if name == "curves" else value[rows] for name, value in values.items()}
    )


def merge(chosen, rows, update):
    """`chosen` with the curves `rows` replaced by those of `update` (same order)."""
    fitted = {}
    for field in fields(chosen.fit):
        old, new = getattr(chosen.fit, field.name), getattr(update.fit, field.name)
        if field.name == "curves":
            parts = {f.name: _put(getattr(old, f.name), rows, getattr(new, f.name)) for f in fields(Curves)}
            fitted[field.name] = Curves(**parts)
        else:
            fitted[field.name] = _put(old, rows, new)
    return replace(
        chosen,
        fit=fitting.Fit(**fitted),
        model=_put(chosen.model, rows, update.model),
        orientation=_put(chosen.orientation, rows, update.orientation),
    )


def _put(old, rows, new):
    array = old.copy()
    array[rows] = new
    return array


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
