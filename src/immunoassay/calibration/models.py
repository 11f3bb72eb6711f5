"""Curve models over many curves at once: signal, derivatives, inverse, variance and prediction bands.

All models are written in u = ln(concentration); zero concentration is u = -inf.

- logistic, with a the signal at zero, d the signal at infinite concentration, z = b(u - ln c), b > 0:
  4pl y = d + (a - d)/(1 + e^z); 5pl `upper` y = d + (a - d)(1 + e^z)^-g (SoftMax, Gen5, MasterPlex: power on the
  high-concentration end); 5pl `lower` y = a + (d - a)(1 + e^-z)^-g (Bio-Plex, Prism, xPONENT: power on the
  low-concentration end). The two are mirror images, one code path with `side` +1 or -1. Whether the signal rises is
  decided by a and d alone, so competitive assays need nothing special.
- linear y = a + b x; log_log ln y = a + b u.

Variance of one well: residual_variance * (constant + max(signal, floor)^exponent).

Sources: Richards, A flexible growth function for empirical use (1959); Rodbard & Hutt (1974); Gottschalk & Dunn, The
five-parameter logistic: a characterization and comparison with the four-parameter logistic (2005).
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import pandas as pd
from scipy.special import stdtrit

NONE, LOGISTIC, LINEAR, LOG_LOG = range(4)
KINDS = {"4pl": LOGISTIC, "5pl": LOGISTIC, "linear": LINEAR, "log_log": LOG_LOG}
SIDES = {"upper": 1.0, "lower": -1.0}
PARAMETERS = {
    NONE: (),
    LOGISTIC: ("lower_asymptote", "upper_asymptote", "ln_slope", "ln_midpoint", "ln_asymmetry"),
    LINEAR: ("lower_asymptote", "slope"),
    LOG_LOG: ("ln_signal_at_1", "slope"),
}
COVARIANCE = [f"cov_{one}_{other}" for one in "abcdg" for other in "abcdg"]
# of the same parameters among "abcdg"
PLACES = {LOGISTIC: np.array([0, 3, 1, 2, 4]), LINEAR: np.arange(2), LOG_LOG: np.arange(2)}
BELOW, VALUE, ABOVE = -1, 0, 1
LARGEST_Z = 700.0  # e^z is a number


@dataclass(frozen=True)
class ByCurve:
    """What n curves have, as arrays with one row (or, with axis -1, one column) per curve; parts may be of this kind too."""

    def take(self, rows: np.ndarray, axis: int = 0) -> Self:
        """The given curves."""
        return type(self)(*(getattr(self, field.name).take(rows, axis) for field in fields(self)))

    def put(self, rows: np.ndarray, update: Self) -> Self:
        """With the curves `rows` replaced by those of `update`, in the same order."""
        return type(self)(*(_put(getattr(self, part.name), rows, getattr(update, part.name)) for part in fields(self)))


def _put(old, rows, new):
    if isinstance(old, ByCurve):
        return old.put(rows, new)
    array = old.copy()
    array[rows] = new
    return array


@dataclass(frozen=True)
class Curves(ByCurve):
    """n fitted curves as arrays, in units of the signals and standards.

    kind, side, residual_variance, exponent, constant, floor, degrees_of_freedom: (n,); theta: (n, 5);
    covariance: (n, 5, 5), zero where a parameter was not estimated. kind NONE: no usable curve.
    """

    kind: np.ndarray
    side: np.ndarray
    theta: np.ndarray
    covariance: np.ndarray
    residual_variance: np.ndarray
    exponent: np.ndarray
    constant: np.ndarray
    floor: np.ndarray
    degrees_of_freedom: np.ndarray

    def rising(self) -> np.ndarray:
        """+1 where the signal rises with concentration, -1 where it falls: (n,)."""
        difference = np.where(self.kind == LOGISTIC, self.theta[:, 1] - self.theta[:, 0], self.theta[:, 1])
        return np.where(difference < 0, -1.0, 1.0)

    def predict(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Signal (n, k), its derivatives by the parameters (n, k, 5) and by u (n, k) at u (n, k)."""
        signal, slope = np.full(u.shape, np.nan), np.full(u.shape, np.nan)
        jacobian = np.zeros((*u.shape, 5))
        rows = self.kind == LOGISTIC
        if rows.any():
            signal[rows], jacobian[rows], slope[rows] = logistic(self.theta[rows], self.side[rows], u[rows])
        rows = self.kind == LINEAR
        if rows.any():
            signal[rows], jacobian[rows, :, :2], slope[rows] = linear(self.theta[rows], u[rows])
        rows = self.kind == LOG_LOG
        if rows.any():
            signal[rows], jacobian[rows, :, :2], slope[rows] = power(self.theta[rows], u[rows])
        return signal, jacobian, slope

    def invert(self, signal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """u (n, k) at which the curve has this signal (n, k), and the outcome: BELOW, VALUE or ABOVE the curve.

        u is NaN unless the outcome is VALUE. A signal exactly at an asymptote is outside the curve.
        """
        signal = np.asarray(signal, float)
        kind, theta, side = self.kind[:, None], self.theta[:, :, None], self.side[:, None]
        a, d = theta[:, 0], theta[:, 1]
        rising = self.rising()[:, None]
        with np.errstate(all="ignore"):
            ratio = np.where(side > 0, (signal - d) / (a - d), (signal - a) / (d - a))
            v = -np.log(ratio) * np.exp(-theta[:, 4])
            u = theta[:, 3] + side * (v + np.log(-np.expm1(-v))) * np.exp(-theta[:, 2])
            u = np.where(kind == LINEAR, np.log((signal - a) / d), u)
            u = np.where(kind == LOG_LOG, (np.log(signal) - a) / d, u)
            below = np.where(kind == LOG_LOG, (signal <= 0) & (rising > 0), (signal - a) * rising <= 0)
            above = np.where(kind == LOGISTIC, (d - signal) * rising <= 0, (kind == LOG_LOG) & (signal <= 0))
            # beyond the range of numbers is beyond the curve
            above |= u > 690
            below |= u < -690
        outcome = np.where(below, BELOW, np.where(above, ABOVE, VALUE))
        return np.where((outcome == VALUE) & (kind != NONE), u, np.nan), outcome

    def signal_variance(self, signal: np.ndarray) -> np.ndarray:
        """Variance (n, k) of one well whose expected signal is `signal` (n, k)."""
        constant, exponent, floor = self.constant[:, None], self.exponent[:, None], self.floor[:, None]
        return self.residual_variance[:, None] * (constant + np.maximum(signal, floor) ** exponent)

    def prediction(
        self, u: np.ndarray, replicates: float | np.ndarray = 1
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Signal, standard error of the mean of `replicates` new wells (curve error included), df/du; each (n, k)."""
        signal, jacobian, slope = self.predict(u)
        curve = ((jacobian @ self.covariance) * jacobian).sum(axis=-1)
        replicates = np.broadcast_to(np.asarray(replicates, float), self.kind.shape)[:, None]
        return signal, np.sqrt(np.maximum(self.signal_variance(signal) / replicates + curve, 0)), slope

    def relative_se(self, u: np.ndarray, replicates: float | np.ndarray = 1) -> np.ndarray:
        """Standard error of ln(concentration) by the delta method, (n, k); inf where the curve is flat."""
        _, error, slope = self.prediction(u, replicates)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(slope == 0, np.inf, error / np.abs(slope))

    def t(self, probability: float) -> np.ndarray:
        """Quantile of Student's t with each curve's degrees of freedom: (n,)."""
        return stdtrit(np.maximum(self.degrees_of_freedom, 1).astype(float), probability)


def logistic(theta: np.ndarray, side: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signal, derivatives by (a, d, ln b, ln c, ln g) and by u of the 4PL/5PL; theta (n, 5), side (n,), u (n, k)."""
    a, d, ln_b, m, ln_g = (theta[:, i : i + 1] for i in range(5))
    side = side[:, None]
    b, g = np.exp(ln_b), np.exp(ln_g)
    z = np.clip(side * b * (u - m), -LARGEST_Z, LARGEST_Z)
    h, rest, dz, s = fall(z, g)
    upper = side > 0
    start, end = np.where(upper, a, d), np.where(upper, d, a)
    dz *= end - start
    slope = dz * side * b
    by_asymmetry = (end - start) * h * g * s
    jacobian = np.stack([np.where(upper, h, rest), np.where(upper, rest, h), dz * z, -slope, by_asymmetry], axis=-1)
    # a weighted mean of the asymptotes keeps the digits of a small signal; end + (start - end) h would not
    return start * h + end * rest, jacobian, slope


def fall(z: np.ndarray, g: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """h = (1 + e^z)^-g, 1 - h, -dh/dz and ln(1 + e^z), each to full relative precision; z within LARGEST_Z.

    Without g it is 1 (the 4PL) and the last one None: one exponential instead of four.
    """
    t = np.exp(z)
    h = 1 / (1 + t)
    rest = t * h
    if g is None:
        return h, rest, h * rest, None
    s = np.log1p(t)
    exponent = -g * s
    h = np.exp(exponent)
    return h, -np.expm1(exponent), g * h * rest, s


def linear(theta: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signal, derivatives by (intercept, slope) and by u of y = a + b x; theta (n, >= 2), u (n, k)."""
    x = np.exp(u)
    slope = theta[:, 1:2] * x
    return theta[:, 0:1] + slope, np.stack([np.ones_like(x), x], axis=-1), slope


def power(theta: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Signal, derivatives by (a, b) and by u of ln y = a + b u; theta (n, >= 2), u (n, k)."""
    finite = np.where(np.isfinite(u), u, -1e3)
    signal = np.exp(np.clip(theta[:, 0:1] + theta[:, 1:2] * finite, -300, 300))
    return signal, np.stack([signal, signal * finite], axis=-1), theta[:, 1:2] * signal


def from_frame(curves: pd.DataFrame) -> Curves:
    """The `curves` table as `Curves`, in its row order; only converged curves are usable."""
    count = len(curves)
    usable = (curves["status"] == "converged").to_numpy()
    model = curves["model"].to_numpy(object)
    kind = np.array([KINDS[model[i]] if usable[i] else NONE for i in range(count)], int)
    column = {
        name: curves[name].to_numpy(float, na_value=np.nan)
        for name in ("lower_asymptote", "upper_asymptote", "slope", "midpoint", "asymmetry", "residual_variance")
    }
    theta = np.zeros((count, 5))
    with np.errstate(divide="ignore", invalid="ignore"):
        theta[:, 0] = column["lower_asymptote"]
        theta[:, 1] = np.where(kind == LOGISTIC, column["upper_asymptote"], column["slope"])
        theta[:, 2] = np.where(kind == LOGISTIC, np.log(np.abs(column["slope"])), 0)
        theta[:, 3] = np.where(kind == LOGISTIC, np.log(column["midpoint"]), 0)
        theta[:, 4] = np.where(kind == LOGISTIC, np.log(column["asymmetry"]), 0)
        theta[:, 0] = np.where(kind == LOG_LOG, -column["slope"] * np.log(column["midpoint"]), theta[:, 0])
    return Curves(
        kind=kind,
        side=np.array([SIDES.get(side, 1.0) for side in curves["orientation"].to_numpy(object)]),
        theta=theta,
        covariance=_covariance(curves, kind),
        residual_variance=column["residual_variance"],
        exponent=curves["variance_exponent"].to_numpy(float, na_value=np.nan),
        constant=curves["variance_constant"].to_numpy(float, na_value=np.nan),
        floor=curves["variance_floor"].to_numpy(float, na_value=np.nan),
        degrees_of_freedom=curves["degrees_of_freedom"].to_numpy(float, na_value=np.nan),
    )


def why_refused(wells: int, levels: int, refused: str, fitted: str) -> str:
    """Why a model of fewer parameters was fitted than the sheet asks for, in words."""
    return f"{wells} wells of {levels} levels are too few for model {refused}; {fitted} fitted"


def covariance_columns(covariance: np.ndarray, kind: np.ndarray) -> dict[str, np.ndarray]:
    """Matrices (n, 5, 5) of curves of `kind` (n,) as the columns COVARIANCE of the `curves` table, a dict of (n,).

    Missing where a parameter was not estimated: its variance is zero.
    """
    by_letter = np.full(covariance.shape, np.nan)
    known = np.diagonal(covariance, axis1=1, axis2=2) > 0
    values = np.where(known[:, :, None] & known[:, None, :], covariance, np.nan)
    for one, places in PLACES.items():
        curves, size = np.flatnonzero(kind == one), len(places)
        by_letter[np.ix_(curves, places, places)] = values[curves, :size, :size]
    return dict(zip(COVARIANCE, by_letter.reshape(len(kind), len(COVARIANCE)).T, strict=True))


def _covariance(frame, kind):
    """The columns COVARIANCE of the `curves` table as matrices (n, 5, 5), zero where they are missing."""
    by_letter = np.nan_to_num(frame[COVARIANCE].to_numpy(float, na_value=np.nan)).reshape(len(kind), 5, 5)
    covariance = np.zeros(by_letter.shape)
    for one, places in PLACES.items():
        curves, size = np.flatnonzero(kind == one), len(places)
        covariance[curves, :size, :size] = by_letter[np.ix_(curves, places, places)]
    return covariance
