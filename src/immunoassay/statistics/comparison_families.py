"""Families of comparisons: a factor, a group of variables, the quantity that was chosen beforehand, at one visit."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from immunoassay.statistics.comparison_rows import PERMUTED, Permutable
from immunoassay.statistics.correlation import participant_permutations
from immunoassay.statistics.multiplicity import holm, max_t


def adjust_family(
    rows: Sequence[dict[str, Any]], own: Sequence[Permutable | None], settings: Mapping[str, Any]
) -> None:
    """Write p_adjusted, adjusted_method_code, family_code and family_size into rows that have a p.

    Over permutations that all share, where every row can be permuted: max-T where the statistics are alike, none or all
    censored and without covariates; otherwise, where some vary more than others and would fill the maximum, min-p, the same
    of the p values (Westfall and Young, Resampling-based multiple testing, 1993). Holm where a row cannot be permuted.
    """
    tested = [index for index, row in enumerate(rows) if not np.isnan(row["p"])]
    members = [own[index] for index in tested]
    everyone = sorted({who for each in members if each is not None for who in each.participants})
    if not tested:
        return
    p = np.array([rows[index]["p"] for index in tested])
    if len(tested) == 1 or any(each is None for each in members) or len(everyone) > PERMUTED:
        method, adjusted = "holm", holm(p)
    else:
        shared = _shared([each for each in members if each is not None], everyone, settings)
        kinds = {(each.censored, each.design.shape[1]) for each in members if each is not None}
        mixed = len(kinds) > 1 or any(columns > 2 for _, columns in kinds)
        method = "min_p_groups" if mixed else "max_t_groups"
        adjusted = max_t(-_as_p(shared)) if mixed else max_t(np.minimum(shared, 1e12))
    for index, value in zip(tested, adjusted, strict=True):
        value = max(float(value), rows[index]["p"])
        rows[index].update(
            p_adjusted=value, adjusted_method_code=method, family_code="comparison", family_size=len(tested)
        )


def _shared(members, everyone, settings):
    """Statistics of every member under orders that all share: (orders, members).

    An order of all participants orders those of a member.
    """
    keys = participant_permutations(len(everyone), settings["permutations"], settings["seed"])
    place = {who: index for index, who in enumerate(everyone)}
    orders: dict[bytes, np.ndarray] = {}
    found = []
    for each in members:
        columns = np.array([place[who] for who in each.participants])
        mark = columns.tobytes()
        if mark not in orders:
            ranks = np.argsort(np.argsort(keys[:, columns], axis=1), axis=1)
            orders[mark] = np.argsort(columns)[ranks]  # the first order is the present one
        found.append(each.statistics(orders[mark]))
    return np.stack(found, axis=1)


def _as_p(statistics):
    """The p value of each statistic among those of its column."""
    found = np.empty(statistics.shape)
    for column, values in enumerate(statistics.T):
        rounded = np.round(np.minimum(values, 1e12), 10)
        ordered = np.sort(rounded)
        found[:, column] = 1 - np.searchsorted(ordered, rounded, "left") / len(values)
    return found
