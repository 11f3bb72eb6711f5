"""Permutation tests of coefficients among covariates: residuals of the model without the factor are permuted.

Freedman and Lane, A nonstochastic interpretation of reported significance levels, 1983. A coefficient is studentised with
the HC2 error, so that groups may vary differently (Janssen, Studentized permutation tests for non-i.i.d. hypotheses, 1997);
without covariates that is Welch's t. Of censored outcomes the residuals are those of the censored regression.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from math import factorial

import numpy as np
from immunoassay.statistics.correlation import participant_permutations

CHUNK = 2_000_000  # numbers held at once while permuting
ALONE = 1e-9


@lru_cache(maxsize=64)
def group_orders(sizes: tuple[int, ...], most: int) -> np.ndarray | None:
    """Orders that give every split of rows, sorted by group, into groups of these sizes; the present one first.

    None where there are more than `most`.
    """
    n = sum(sizes)
    if arrangements(sizes) > most:
        return None
    chosen: np.ndarray = np.empty((1, 0), int)
    left: np.ndarray = np.arange(n)[None, :]
    for size in sizes:
        m = left.shape[1]
        taken = np.array(list(combinations(range(m), size)), int).reshape(-1, size)
        rest = np.ones((len(taken), m), bool)
        rest[np.arange(len(taken))[:, None], taken] = False
        others = np.nonzero(rest)[1].reshape(len(taken), m - size)
        before = np.repeat(chosen, len(taken), axis=0)
        chosen = np.hstack([before, left[:, taken].reshape(len(before), size)])
        left = left[:, others].reshape(len(before), m - size)
    return chosen


@lru_cache(maxsize=16)
def orders_of(n: int, draws: int, seed: int) -> np.ndarray:
    """Orders of n participants, the present one first: all n! up to eight, else drawn."""
    return participant_permutations(n, draws, seed)


def arrangements(sizes: Sequence[int]) -> int:
    """Into how many splits rows can be put in groups of these sizes."""
    ways = factorial(sum(sizes))
    for size in sizes:
        ways //= factorial(size)
    return ways


def permuted_t(
    residuals: np.ndarray, design: np.ndarray, column: int, orders: np.ndarray, pooled: bool = False
) -> np.ndarray:
    """|t| of a column of the design (n, coefficients) for the residuals (n,) in every order (rows): HC2, or `pooled`, error.

    The residuals are of the design without the column. A statistic without an error is infinite, or 0 without an effect.
    """
    rest = np.delete(design, column, axis=1)
    basis = np.linalg.qr(rest)[0]
    own = design[:, column] - basis @ (basis.T @ design[:, column])
    size = own @ own
    whole = np.linalg.qr(design)[0]
    room = 1 - (whole**2).sum(axis=1)
    weight = np.where(room > ALONE, own**2 / np.where(room > ALONE, room, 1.0), 0.0) / size**2
    found = []
    for part in _parts(orders):
        moved = residuals[part]
        slope = moved @ own / size
        left = moved - (moved @ basis) @ basis.T - slope[:, None] * own
        variance = (left**2).sum(axis=1) / (len(own) - design.shape[1]) / size if pooled else left**2 @ weight
        found.append(_ratio(np.abs(slope), np.sqrt(variance)))
    return np.concatenate(found)


def permuted_f(residuals: np.ndarray, design: np.ndarray, columns: list[int], orders: np.ndarray) -> np.ndarray:
    """What several columns explain, as a share of what they leave, for the residuals in every order: a multiple of F."""
    basis, whole = np.linalg.qr(np.delete(design, columns, axis=1))[0], np.linalg.qr(design)[0]
    found = []
    for part in _parts(orders):
        moved = residuals[part]
        total = (moved**2).sum(axis=1)
        least, most = (total - ((moved @ each) ** 2).sum(axis=1) for each in (whole, basis))
        found.append(_ratio(most - least, np.where(least < 1e-12 * total, 0.0, least)))
    return np.concatenate(found)


def p_of(statistics: np.ndarray) -> tuple[float, float]:
    """(p, smallest attainable p) of statistics by order, the observed first and itself one of the orders."""
    observed, largest = statistics[0], statistics.max()
    reached = statistics >= observed * (1 - 1e-9) - 1e-12
    return float(reached.mean()), float((statistics >= largest * (1 - 1e-9) - 1e-12).mean())


def _parts(orders: np.ndarray) -> Iterator[np.ndarray]:
    step = max(1, CHUNK // orders.shape[1])
    for start in range(0, len(orders), step):
        yield orders[start : start + step]


def _ratio(effect, error):
    effect = np.where(effect < 1e-10, 0.0, effect)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(effect == 0, 0.0, np.where(error < 1e-10, np.inf, effect / error))
