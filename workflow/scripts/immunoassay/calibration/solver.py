"""Levenberg-Marquardt for many small least-squares problems at once, within bounds.

Source: Marquardt (1963); damping by Nielsen, Damping parameter in Marquardt's method (1999).
"""

import numpy as np


def levenberg_marquardt(function, theta, lower, upper, free, penalty, floor, max_iterations=200):
    """Minimise sum(residual^2) + sum(penalty * theta^2) for n problems at once within bounds.

    function(theta, rows) gives weighted residuals (m, k) and their Jacobian (m, k, p) of the problems `rows`; theta,
    lower, upper, free, penalty are (n, p); `floor` (n,) is a sum of squares that counts as zero. Returns theta, the
    cost, the iterations and whether the remaining decrease promised by the quadratic model is below 1e-8 of the cost.
    """
    theta = np.clip(theta, lower, upper)
    n, p = theta.shape
    residual, jacobian = function(theta, np.arange(n))
    cost = _cost(residual, theta, penalty)
    matrix, gradient = _normal_equations(residual, jacobian, theta, penalty)
    damping, growth = np.full(n, 1e-3), np.full(n, 2.0)
    iterations, active = np.zeros(n, int), np.ones(n, bool)
    for _ in range(max_iterations):
        rows = np.flatnonzero(active)
        if not len(rows):
            break
        step = _step(matrix[rows], gradient[rows], theta[rows], lower[rows], upper[rows], free[rows], damping[rows])
        trial = np.clip(theta[rows] + step, lower[rows], upper[rows])
        step = trial - theta[rows]
        promised = -(2 * (gradient[rows] * step).sum(axis=1) + np.einsum("ni,nij,nj->n", step, matrix[rows], step))
        residual, jacobian = function(trial, rows)
        new = _cost(residual, trial, penalty[rows])
        accept = new <= cost[rows] * (1 + 1e-13) + floor[rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = np.where(promised > 0, (cost[rows] - new) / promised, 0.0)
        # a promise this small drowns in the rounding of the cost; the quadratic model is all there is
        gain = np.where(promised < 1e-10 * cost[rows], 1.0, gain)
        # a step is small because the optimum is near, not because the damping is large
        small = accept & (promised <= 1e-18 * cost[rows] + floor[rows]) & (damping[rows] <= 1e-2)
        taken = rows[accept]
        theta[taken], cost[taken] = trial[accept], new[accept]
        matrix[taken], gradient[taken] = _normal_equations(
            residual[accept], jacobian[accept], trial[accept], penalty[taken]
        )
        shrink = np.maximum(1 / 3, 1 - (2 * np.clip(gain, 0, 1) - 1) ** 3)
        damping[rows] = np.where(accept, np.maximum(damping[rows] * shrink, 1e-15), damping[rows] * growth[rows])
        growth[rows] = np.where(accept, 2.0, growth[rows] * 2)
        iterations[rows] += 1
        active[rows] = ~small & (damping[rows] < 1e14)
    step = _step(matrix, gradient, theta, lower, upper, free, np.full(n, 1e-12))
    remaining = -(2 * (gradient * step).sum(axis=1) + np.einsum("ni,nij,nj->n", step, matrix, step))
    return theta, cost, iterations, remaining <= 1e-8 * cost + floor


def _cost(residual, theta, penalty):
    return (residual**2).sum(axis=1) + (penalty * theta**2).sum(axis=1)


def _normal_equations(residual, jacobian, theta, penalty):
    transposed = jacobian.transpose(0, 2, 1)
    matrix = transposed @ jacobian
    index = np.arange(theta.shape[1])
    matrix[:, index, index] += penalty
    return matrix, (transposed @ residual[:, :, None])[:, :, 0] + penalty * theta


def _step(matrix, gradient, theta, lower, upper, free, damping):
    """The damped step within the bounds.

    Parameters held fixed or pushed against a bound stay; one that would leave its bounds stops there, and the others
    step as is best given that.
    """
    hold = ~free | ((theta <= lower) & (gradient > 0)) | ((theta >= upper) & (gradient < 0))
    step = _solved(matrix, gradient, np.zeros_like(theta), hold, damping)
    for _ in range(theta.shape[1]):
        beyond = ~hold & ((theta + step < lower) | (theta + step > upper))
        rows = np.flatnonzero(beyond.any(axis=1))
        if not len(rows):
            break
        stopped = np.where(beyond, np.clip(theta + step, lower, upper) - theta, np.where(hold, step, 0.0))
        hold = hold | beyond
        step[rows] = _solved(matrix[rows], gradient[rows], stopped[rows], hold[rows], damping[rows])
    return step


def _solved(matrix, gradient, stopped, hold, damping):
    """The minimum of the damped quadratic model where the parameters `hold` make the step `stopped`."""
    index = np.arange(gradient.shape[1])
    root = np.sqrt(np.maximum(matrix[:, index, index], 1e-300))
    scaled = matrix / (root[:, :, None] * root[:, None, :])
    right = (gradient + (matrix @ stopped[:, :, None])[:, :, 0]) / root
    scaled = np.where(hold[:, :, None] | hold[:, None, :], 0.0, scaled)
    scaled[:, index, index] = 1 + np.where(hold, 0.0, damping[:, None] + 1e-14)
    found = np.linalg.solve(scaled, np.where(hold, 0.0, right)[:, :, None])[:, :, 0]
    return np.where(hold, stopped, -found / root)
