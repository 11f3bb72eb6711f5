"""Covariances of the visits of a participant: the matrix and its derivatives in parameters that may take any value.

Standard deviations are on the log scale, a correlation r is given by z = r / sqrt(1 - r^2). Every function takes
(parameters, visits) and returns the matrix (visits, visits) and its derivatives (parameters, visits, visits).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Shape = Callable[[np.ndarray, int], tuple[np.ndarray, np.ndarray]]


class Structure(NamedTuple):
    """A covariance, how many parameters it has for so many visits, and how many participants must share two visits."""

    shape: Shape
    parameters: Callable[[int], int]
    shared: int


def unstructured(theta: np.ndarray, visits: int) -> tuple[np.ndarray, np.ndarray]:
    """A variance of each visit and a covariance of each two: `theta` is the Cholesky factor, its diagonal as logarithms."""
    rows, columns = np.tril_indices(visits)
    diagonal = rows == columns
    factor = np.zeros((visits, visits))
    factor[rows, columns] = np.where(diagonal, np.exp(np.where(diagonal, theta, 0.0)), theta)
    derivatives = np.zeros((theta.size, visits, visits))
    which = np.arange(theta.size)
    derivatives[which, rows] = factor[:, columns].T * np.where(diagonal, factor[rows, columns], 1.0)[:, None]
    return factor @ factor.T, derivatives + np.swapaxes(derivatives, 1, 2)


def toeplitz(theta: np.ndarray, visits: int) -> tuple[np.ndarray, np.ndarray]:
    """A variance of each visit, a correlation of each distance: log standard deviations, then z of the distances."""
    lag, z = _lags(visits), theta[visits:]
    slopes = (lag == np.arange(1, visits)[:, None, None]) * _slope(z)[:, None, None]
    return _scaled(theta[:visits], np.concatenate([[1.0], _correlation(z)])[lag], slopes)


def heterogeneous_compound_symmetry(theta: np.ndarray, visits: int) -> tuple[np.ndarray, np.ndarray]:
    """A variance of each visit, one correlation of any two: log standard deviations, then z."""
    return _scaled(theta[:visits], *_one_correlation(theta[visits], visits))


def heterogeneous_autoregressive(theta: np.ndarray, visits: int) -> tuple[np.ndarray, np.ndarray]:
    """A variance of each visit, correlations r, r^2, r^3 ... with the distance: log standard deviations, then z of r."""
    return _scaled(theta[:visits], *_power_correlation(theta[visits], visits))


def compound_symmetry(theta: np.ndarray, visits: int) -> tuple[np.ndarray, np.ndarray]:
    """One variance and one correlation, as a random intercept gives: log standard deviation and z."""
    return _one_deviation(theta[0], *_one_correlation(theta[1], visits))


def autoregressive(theta: np.ndarray, visits: int) -> tuple[np.ndarray, np.ndarray]:
    """One variance, correlations r, r^2, r^3 ... with the distance of visits: log standard deviation and z of r."""
    return _one_deviation(theta[0], *_power_correlation(theta[1], visits))


COVARIANCES = {
    "unstructured": Structure(unstructured, lambda visits: visits * (visits + 1) // 2, 3),
    "toeplitz": Structure(toeplitz, lambda visits: 2 * visits - 1, 3),
    "heterogeneous_compound_symmetry": Structure(heterogeneous_compound_symmetry, lambda visits: visits + 1, 0),
    "heterogeneous_autoregressive": Structure(heterogeneous_autoregressive, lambda visits: visits + 1, 0),
    "compound_symmetry": Structure(compound_symmetry, lambda visits: 2, 0),
    "autoregressive": Structure(autoregressive, lambda visits: 2, 0),
}


def _lags(visits):
    return np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))


def _correlation(z):
    return z / np.sqrt(1 + z * z)


def _slope(z):
    return (1 + z * z) ** -1.5


def _one_correlation(z, visits):
    apart = _lags(visits) > 0
    return np.where(apart, _correlation(z), 1.0), (apart * _slope(z))[None]


def _power_correlation(z, visits):
    lag, r = _lags(visits), _correlation(z)
    return r**lag, (lag * r ** np.maximum(lag - 1, 0) * _slope(z))[None]


def _scaled(logarithms, correlation, slopes):
    """With a standard deviation of each visit; `slopes`: derivatives of the correlation."""
    product = np.exp(np.add.outer(logarithms, logarithms))
    residual = correlation * product
    own = np.zeros((logarithms.size, *residual.shape))
    each = np.arange(logarithms.size)
    own[each, each] += residual
    own[each, :, each] += residual
    return residual, np.concatenate([own, slopes * product])


def _one_deviation(logarithm, correlation, slopes):
    residual = np.exp(2 * logarithm) * correlation
    return residual, np.concatenate([2 * residual[None], np.exp(2 * logarithm) * slopes])
