"""Linear regression: ordinary least squares, adjusted means, and a contrast whose error holds when groups vary differently.

The error is that of HC2 with the degrees of freedom of Bell and McCaffrey (Bias reduction in standard errors for linear
regression with multi-stage samples, 2002): of two groups without covariates it is the error of Welch's t. With a pooled
error the test of a group of 10 beside 40, whose standard deviation is 1.5 times the other's, rejects in 11 % of studies.
"""

from typing import NamedTuple

import numpy as np
from immunoassay.statistics.two_samples import Difference
from numpy.typing import ArrayLike
from scipy.special import fdtrc, stdtr, stdtrit

ALONE = 1e-9  # 1 - leverage of a value that alone determines a coefficient


class LinearFit(NamedTuple):
    """Coefficients, their covariance with the pooled variance, its root, degrees of freedom, residuals, leverages."""

    beta: np.ndarray
    covariance: np.ndarray
    sigma: float
    df: int
    residuals: np.ndarray
    leverage: np.ndarray


def fit_linear(design: ArrayLike, outcome: ArrayLike) -> LinearFit:
    """Least squares of `outcome` (n,) on `design` (n, coefficients) of full rank and fewer columns than rows."""
    design, outcome = np.asarray(design, float), np.asarray(outcome, float)
    n, q = design.shape
    basis, triangle = np.linalg.qr(design)
    inverse = np.linalg.inv(triangle)
    beta = inverse @ (basis.T @ outcome)
    residuals = outcome - design @ beta
    variance = float(residuals @ residuals / (n - q))
    covariance = variance * inverse @ inverse.T
    return LinearFit(beta, covariance, float(np.sqrt(variance)), n - q, residuals, (basis**2).sum(axis=1))


def full_rank(design: np.ndarray) -> bool:
    """Whether the columns determine their coefficients and leave a degree of freedom."""
    n, q = design.shape
    return n > q and np.linalg.matrix_rank(design) == q


def contrast(design: ArrayLike, weights: ArrayLike, outcome: ArrayLike, confidence: float = 0.95) -> Difference:
    """weights @ coefficients with the HC2 error and its t interval; none where the residuals leave no error."""
    design, weights = np.asarray(design, float), np.asarray(weights, float)
    fit = fit_linear(design, outcome)
    estimate = float(weights @ fit.beta)
    influence = np.linalg.pinv(design).T @ weights
    room = 1 - fit.leverage
    seen = room > ALONE
    if (~seen & (np.abs(influence) > ALONE)).any() or fit.sigma < 1e-12 * max(1.0, np.abs(outcome).max()):
        return Difference(estimate, *[np.nan] * 5)
    scaled = np.where(seen, influence / np.sqrt(np.where(seen, room, 1.0)), 0.0)
    error = float(np.sqrt(np.sum((scaled * fit.residuals) ** 2)))
    maker = np.eye(len(design)) - design @ np.linalg.pinv(design)
    variance = maker * np.outer(scaled, scaled)
    df = float(np.trace(variance) ** 2 / np.sum(variance**2))
    half = stdtrit(df, (1 + confidence) / 2) * error
    return Difference(
        estimate, estimate - half, estimate + half, error, df, float(2 * stdtr(df, -abs(estimate) / error))
    )


def adjusted_means(design: ArrayLike, beta: ArrayLike, columns: list[int]) -> np.ndarray:
    """Mean of the reference and of each of the 0/1 `columns` at the mean of all other columns (the observed mix)."""
    design, beta = np.asarray(design, float), np.asarray(beta, float)
    place = design.mean(axis=0)
    place[columns] = 0
    return place @ beta + np.concatenate([[0.0], beta[columns]])


def joint_f(design: ArrayLike, columns: list[int], outcome: ArrayLike) -> tuple[float, float]:
    """F and p that all coefficients of `columns` are zero, with the pooled variance."""
    design, outcome = np.asarray(design, float), np.asarray(outcome, float)
    whole, rest = fit_linear(design, outcome), fit_linear(np.delete(design, columns, axis=1), outcome)
    explained = rest.residuals @ rest.residuals - whole.residuals @ whole.residuals
    f = float(explained / len(columns) / whole.sigma**2)
    return f, float(fdtrc(len(columns), whole.df, f))
