"""Levenberg-Marquardt for many small least-squares problems at once, within bounds.

Arrays have the problems as their last axis: (p, n) parameters, (k, n) residuals, (p, k, n) Jacobians. Every operation is
one pass over contiguous memory and adds up in the same order whatever else is in the batch, so that a problem does not
depend on its neighbours.

Source: Marquardt (1963); damping by Nielsen, Damping parameter in Marquardt's method (1999).
"""

from collections.abc import Callable

import numpy as np

# of the rows of problems a function that gives their weighted residuals and Jacobian
Problems = Callable[[np.ndarray], Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]]
STOP = 1e-18  # decrease still promised, as a share of the sum of squares, that ends a problem at full precision
COMPACT = 0.75  # share of unfinished problems below which the finished ones are set aside
FEW = 16  # finished problems that cost less to carry than to set aside


def levenberg_marquardt(
    problems: Problems,
    theta: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    penalty: np.ndarray,
    floor: np.ndarray,
    stop: np.ndarray,
    max_iterations: int = 200,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Minimise sum(residual^2) + sum(penalty * theta^2) for n problems at once within bounds.

    problems(rows) gives a function of theta (p, m) for the problems `rows` (m,): weighted residuals (k, m) and their
    Jacobian (p, k, m). theta, lower, upper, penalty are (p, n); `floor` (n,) is a sum of squares that counts as
    zero, `stop` (n,) the decrease still promised, as a share of the cost, that ends a problem. Returns theta, the
    iterations and whether the remaining decrease promised by the quadratic model is below 1e-8 of the cost.
    """
    n = theta.shape[1]
    theta, iterations, rows = np.clip(theta, lower, upper), np.zeros(n, int), np.arange(n)
    function, bounds, zero = problems(rows), (lower, upper), floor
    residual, jacobian = function(theta)
    cost = _cost(residual, theta, penalty)
    matrix, gradient = _equations(residual, jacobian, theta, penalty)
    ends = [array.copy() for array in (theta, matrix, gradient, cost)]
    damping, growth, active = np.full(n, 1e-3), np.full(n, 2.0), np.ones(n, bool)
    for _ in range(max_iterations):
        step = _step(matrix, gradient, theta, lower, upper, damping)
        trial = np.clip(theta + step, lower, upper)
        step = trial - theta
        promised = -_change(matrix, gradient, step)
        residual, jacobian = function(trial)
        new = _cost(residual, trial, penalty)
        accept = active & (new <= cost * (1 + 1e-13) + floor)
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = np.where(promised > 0, (cost - new) / promised, 0.0)
        # a promise this small drowns in the rounding of the cost; the quadratic model is all there is
        gain = np.where(promised < 1e-10 * cost, 1.0, gain)
        # a step is small because the optimum is near, not because the damping is large
        small = accept & (promised <= stop * cost + floor) & (damping <= 1e-2)
        tried = trial, *_equations(residual, jacobian, trial, penalty), new
        for old, array in zip((theta, matrix, gradient, cost), tried, strict=True):
            np.copyto(old, array, where=accept)
        shrink = 2 * np.clip(gain, 0, 1) - 1
        shrink = np.maximum(1 / 3, 1 - shrink * shrink * shrink)
        iterations[rows[active]] += 1
        damping = np.where(accept, np.maximum(damping * shrink, 1e-15), np.where(active, damping * growth, damping))
        growth = np.where(accept, 2.0, growth * 2)
        active &= ~small & (damping < 1e14)
        left = np.flatnonzero(active)
        if not len(left):
            break
        if len(left) <= COMPACT * len(rows) - FEW:
            left = two_at_least(left)
            _put(ends, rows, theta, matrix, gradient, cost)
            rows, theta, lower, upper, penalty, gradient, matrix = (
                array.take(left, axis=-1) for array in (rows, theta, lower, upper, penalty, gradient, matrix)
            )
            cost, floor, stop, damping, growth, active = (
                array[left] for array in (cost, floor, stop, damping, growth, active)
            )
            function = problems(rows)
    _put(ends, rows, theta, matrix, gradient, cost)
    theta, matrix, gradient, cost = ends
    return theta, iterations, _at_rest(matrix, gradient, theta, *bounds, cost, zero)


def two_at_least(rows: np.ndarray) -> np.ndarray:
    """The rows; a single one beside its own copy, because sums over one column would be added in another order."""
    return np.repeat(rows, 2) if len(rows) == 1 else rows


def _put(ends, rows, *arrays):
    """Write the arrays of the problems `rows` into those of all problems."""
    for end, array in zip(ends, arrays, strict=True):
        end[..., rows] = array


def _at_rest(matrix, gradient, theta, lower, upper, cost, floor):
    step = _step(matrix, gradient, theta, lower, upper, np.full(theta.shape[1], 1e-12))
    return -_change(matrix, gradient, step) <= 1e-8 * cost + floor


def _change(matrix, gradient, step):
    """Change (n,) of the sum of squares that the quadratic model foresees for a step."""
    return ((2 * gradient + (matrix * step).sum(axis=1)) * step).sum(axis=0)


def _cost(residual, theta, penalty):
    return (residual**2).sum(axis=0) + (penalty * theta**2).sum(axis=0)


def _equations(residual, jacobian, theta, penalty):
    """J'J + penalty (p, p, n) and J'r + penalty * theta (p, n)."""
    matrix = normal_equations(jacobian)
    index = np.arange(len(theta))
    matrix[index, index] += penalty
    return matrix, (jacobian * residual).sum(axis=1) + penalty * theta


def normal_equations(jacobian: np.ndarray) -> np.ndarray:
    """J'J (p, p, n) of J (p, k, n)."""
    p, _, n = jacobian.shape
    matrix = np.empty((p, p, n))
    for i in range(p):
        matrix[i, i:] = matrix[i:, i] = (jacobian[i] * jacobian[i:]).sum(axis=1)
    return matrix


def _step(matrix, gradient, theta, lower, upper, damping):
    """The damped step within the bounds.

    Parameters pushed against a bound stay; one that would leave its bounds stops there, and the others
    step as is best given that.
    """
    hold = ((theta <= lower) & (gradient > 0)) | ((theta >= upper) & (gradient < 0))
    step = _solved(matrix, -gradient, hold, damping)
    for _ in range(len(theta)):
        trial = theta + step
        beyond = ~hold & ((trial < lower) | (trial > upper))
        rows = two_at_least(np.flatnonzero(beyond.any(axis=0)))
        if not len(rows):
            break
        beyond, held = beyond.take(rows, axis=1), hold.take(rows, axis=1)
        stopped = np.where(beyond, (np.clip(trial, lower, upper) - theta).take(rows, axis=1), 0.0)
        stopped = np.where(held, step.take(rows, axis=1), stopped)
        held |= beyond
        part = matrix.take(rows, axis=2)
        right = -gradient.take(rows, axis=1) - (part * stopped).sum(axis=1)
        moved = _solved(part, right, held, damping[rows])
        hold[:, rows], step[:, rows] = held, np.where(held, stopped, moved)
    return step


def _solved(matrix, right, hold, damping):
    """Solution (p, n) of (matrix + damping * its diagonal) x = right, x = 0 where held, by the factors L D L'."""
    p, index = len(right), np.arange(len(right))
    unit = np.where(hold, 0.0, 1 / np.sqrt(np.maximum(matrix[index, index], 1e-300)))
    solution = unit * right
    columns = matrix * (unit[:, None] * unit)  # column j from row j on: first the pivot, below it the factors
    columns[index, index] = np.where(hold, 1.0, 1 + damping + 1e-14)
    for j in range(p):
        np.maximum(columns[j, j], 1e-14, out=columns[j, j])
        pivot, below = columns[j, j], columns[j + 1 :, j]
        below /= pivot
        columns[j + 1 :, j + 1 :] -= below[:, None] * (below * pivot)
        solution[j + 1 :] -= below * solution[j]
    solution /= columns[index, index]
    for i in reversed(range(p)):
        for k in range(i + 1, p):
            solution[i] -= columns[k, i] * solution[k]
    return solution * unit
