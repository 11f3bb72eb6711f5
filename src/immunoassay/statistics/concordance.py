"""Concordance of the visits of one person whose order is certain, for biomarkers whose LLOQ differs among results.

Where the LLOQ changes, a number that stands for a value below it changes too, and passes for a change of the biomarker.
Hence no number stands for anything: for two visits of one person the biomarker has risen (+1), fallen (-1) or, where its
intervals overlap, neither (0). S is the sum, over pairs of visits and persons, of that sign times the change of the
score. The trajectories of the score are permuted among participants seen through the same limits only: with a limit that
follows the score, as when samples after a relapse are read on a plate with a higher one, other permutations would not
remove a time course that all share. With the sign of the score's change in place of the change the test has the same
level, and 5 to 15 points less power. Arrays are participants x visits, NaN = missing.
"""

from collections.abc import Sequence
from math import factorial, prod
from typing import NamedTuple

import numpy as np
from immunoassay.statistics.correlation import ENUMERATED, participant_permutations
from immunoassay.statistics.substitutes import ROUNDING

FEWEST_ORDERS = 100
# The power of the variance by which gaps are weighed (0.5: independent visits). With 0.5 it rejects 6 to 7 % instead of 5 %
# at AR(1) 0.5 and 30 % of visits missing.
SLOWLY = 0.55


class Classes(NamedTuple):
    """Class of each participant (n), and the limit (n, visits) through which the results of its class are seen."""

    labels: np.ndarray
    limits: np.ndarray


def visit_signs(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """+1 where the later of two visits is certainly higher, -1 lower, 0 equal or not certain, NaN where one is missing.

    Intervals (..., visits); returns (..., pairs of visits s < t). Certain: the lower bound of one is at least the upper
    bound of the other.
    """
    early, late = np.triu_indices(np.shape(lower)[-1], 1)
    risen = lower[..., late] >= upper[..., early]
    fallen = lower[..., early] >= upper[..., late]
    missing = np.isnan(lower[..., early]) | np.isnan(lower[..., late])
    return np.where(missing, np.nan, risen.astype(float) - fallen)


def concordance(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Sums (n, n) of the products of x of participant i and y of participant j, over the pairs of visits both have."""
    return np.nan_to_num(x) @ np.nan_to_num(y).T


def visit_changes(y: np.ndarray) -> np.ndarray:
    """Changes (..., pairs of visits s < t) of values (..., visits) from the earlier of two visits to the later."""
    early, late = np.triu_indices(np.shape(y)[-1], 1)
    return y[..., late] - y[..., early]


def association_of_visits(x: np.ndarray, y: np.ndarray) -> float:
    """S over the root of both sums of squares, -1 to 1: signs x and signs or changes y (n, pairs); NaN if undefined.

    With two series of signs it is Kendall's tau-b over the pairs of visits of one person. Without the course that all
    share, if `without_course` was taken from both.
    """
    both = ~np.isnan(x) & ~np.isnan(y)
    x, y = np.where(both, x, 0.0), np.where(both, y, 0.0)
    size = np.sqrt((x * x).sum() * (y * y).sum())
    return float((x * y).sum() / size) if size > 1e-9 else np.nan


def without_course(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Signs or changes (..., n, pairs) less their mean at the pair of visits within the class: what all of the class share."""
    found = np.full(np.shape(values), np.nan)
    for label in np.unique(labels):
        own = values[..., labels == label, :]
        seen = ~np.isnan(own)
        mean = np.nansum(own, axis=-2, keepdims=True) / np.maximum(seen.sum(axis=-2, keepdims=True), 1)
        found[..., labels == label, :] = own - mean
    return found


def permuted_concordance(x: np.ndarray, y: np.ndarray, labels: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """S less the mean of its permutations, as (orders, scores), when participant i's x meets the y of order[i].

    `x` (n, pairs) are visit_signs, `y` (scores, n, pairs) visit_changes or their signs; orders move participants within
    the classes `labels`. With complete data exactly that. With gaps, pairings that share more visits vary more: sums are
    divided by a power of the variance that Kendall's S has in unrelated series of as many visits, relative to that of the
    first order, each participant weighed by how much of its order is certain.
    """
    n = len(x)
    cells = np.arange(n) * n + orders
    rows = without_course(x, labels)
    sums = np.stack([concordance(rows, one).ravel() for one in without_course(y, labels)], axis=1)
    found = np.stack([column[cells].sum(axis=1) for column in sums.T], axis=1)
    if np.isnan(x).any() or np.isnan(y).any():
        seen = (~np.isnan(x)).astype(float)
        decided = (np.nan_to_num(rows) ** 2).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
        for index, one in enumerate(y):
            pairs = seen @ (~np.isnan(one)).T.astype(float)
            visits = (1 + np.sqrt(1 + 8 * pairs)) / 2
            variance = (decided[:, None] * pairs * (2 * visits + 5)).ravel()[cells].sum(axis=1)
            found[:, index] *= (variance[0] / np.where(variance > 0, variance, np.inf)) ** SLOWLY
    return found


def limit_classes(limits: np.ndarray, fewest: int = FEWEST_ORDERS) -> Classes:
    """Participants with the same limit at every visit that both have, classes joined until `fewest` orders are left.

    `limits` (n, visits), NaN without a result or a limit. Limits that differ by a rounding are the
    same. Joined are always the two classes whose limits must rise least (sum of the rises in logarithms over results) to
    the highest of each visit; results do not enter, or the choice would depend on them.
    """
    n = len(limits)
    members: list[list[int]] = []
    highest: list[np.ndarray] = []
    for person in sorted(range(n), key=lambda i: (np.isnan(limits[i]).sum(), i)):
        fits = np.flatnonzero(_same(np.array(highest), limits[person])).tolist() if members else []
        if fits:
            home = max(fits, key=lambda k: len(members[k]))
            members[home].append(person)
            highest[home] = np.fmax(highest[home], limits[person])
        else:
            members.append([person])
            highest.append(limits[person].copy())
    wanted = min(fewest, factorial(min(n, ENUMERATED)))
    while prod(factorial(len(each)) for each in members) < wanted:
        first, second = _nearest(members, highest, limits)
        highest[first] = np.fmax(highest[first], highest.pop(second))
        members[first] += members.pop(second)
    labels, seen_through = np.empty(n, int), np.empty(limits.shape)
    for label, each in enumerate(members):
        labels[each], seen_through[each] = label, highest[label]
    return Classes(labels, seen_through)


def _same(known, limits):
    """Which of the limits `known` (classes, visits) are, but for a rounding, those of a participant; NaN is like any."""
    return ~(np.maximum(known, limits) > np.minimum(known, limits) * (1 + ROUNDING)).any(axis=1)


def _nearest(members, highest, limits):
    """The two classes whose union needs the least rise of the limits."""
    tops = np.log(np.stack(highest))
    counts = np.stack([(~np.isnan(limits[each])).sum(axis=0) for each in members])
    union = np.fmax(tops[:, None], tops[None])
    rise = np.nansum(counts[:, None] * (union - tops[:, None]) + counts[None] * (union - tops[None]), axis=2)
    first, second = np.triu_indices(len(members), 1)
    best = rise[first, second].argmin()
    return int(first[best]), int(second[best])


def recensored(lower: np.ndarray, upper: np.ndarray, limits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds seen through `limits`, which are at least their own: a value below one is known to be below it."""
    hidden = lower < limits
    return np.where(hidden, 0.0, lower), np.where(hidden, np.maximum(upper, limits), upper)


def orders_within(labels: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Orders (rows, n) of participants within their classes, the identity first: all up to 8!, else `draws` random ones."""
    n = len(labels)
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    if all_orders(labels):
        return _all_orders(n, groups)
    random = np.random.default_rng(seed)
    orders = np.tile(np.arange(n), (draws + 1, 1))
    for group in groups:
        orders[1:, group] = random.permuted(orders[1:, group], axis=1)
    return orders


def all_orders(labels: np.ndarray) -> bool:
    """Whether orders_within are all there are."""
    return prod(factorial(int(count)) for count in np.unique(labels, return_counts=True)[1]) <= factorial(ENUMERATED)


def _all_orders(n: int, groups: Sequence[np.ndarray]) -> np.ndarray:
    orders = np.arange(n)[None]
    for group in groups:
        own = group[participant_permutations(group.size, 0, 0)]
        orders = np.repeat(orders, len(own), axis=0)
        orders[:, group] = np.tile(own, (len(orders) // len(own), 1))
    return orders
