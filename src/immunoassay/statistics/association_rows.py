"""What the rows of every question of association share: why there is no estimate, the permutation p, the adjustment."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from immunoassay.statistics.association_data import Data
from immunoassay.statistics.concordance import all_orders, orders_within
from immunoassay.statistics.correlation import ENUMERATED, participant_permutations, permutation_p
from immunoassay.statistics.multiplicity import false_discovery_rate, max_t, shares_as_large
from immunoassay.statistics.thresholds import FEWEST_QUANTIFIED, MOST_BELOW_TESTED

Pair = tuple[int, int]  # places of a biomarker and of a score
Rows = dict[Pair, dict[str, Any]]


class Test(NamedTuple):
    """How a pair is tested: which statistic, whose participants (n, bytes of bool), permuted within which classes (n,
    bytes of int, of the participants alone; b"" where all of them may change places).
    """

    statistic: str
    participants: bytes = b""
    classes: bytes = b""


# of a test, biomarkers, scores, participants and orders of them: (orders, biomarkers, scores)
Permuted = Callable[[Test, list[int], list[int], np.ndarray, np.ndarray], np.ndarray]


def empty(
    question: str,
    variable: str,
    score: str,
    data: Data,
    visit: str,
    order: int | None,
    n: int,
    observed: int,
    quantified: int,
    share: float,
) -> dict[str, Any]:
    """A row without an estimate: what it is about and what it rests on."""
    codes = ("estimate_method_code", "interval_method_code", "p_method_code", "substituted_code")
    return {
        "question": question,
        "variable": variable,
        "score": score,
        "group": data.group[variable],
        "visit": visit,
        "visit_order": order,
        "n_participants": n,
        "n_observations": observed,
        "n_quantified": quantified,
        "share_below": share,
        "lower_limit_code": data.lower_limit[variable] if share > 0 else "none",
        **dict.fromkeys(("tau_b", "rho", "rho_low", "rho_high", "estimate", "low", "high"), np.nan),
        **dict.fromkeys(("p", "p_floor", "q_value", "p_adjusted"), np.nan),
        **dict.fromkeys(codes, "none"),
        "reason_code": "",
    }


def why_not(n: int, quantified: int, share: float, nobody: str) -> str:
    """The code why there is too little to estimate, '' where there is enough; `nobody` is that of nobody at all."""
    if n == 0:
        return nobody
    if quantified < FEWEST_QUANTIFIED:
        return "too_few_quantified"
    return "mostly_below" if share > MOST_BELOW_TESTED else ""


@lru_cache(maxsize=8)
def orders_of(n: int, draws: int, seed: int) -> np.ndarray:
    """Orders of n participants (participant_permutations), made once."""
    return participant_permutations(n, draws, seed)


def tested(
    rows: Rows, tests: Mapping[Pair, Test], seen: np.ndarray, permuted: Permuted, what: str, settings: Mapping[str, Any]
) -> None:
    """Write p, its floor and its method into the rows of the pairs of names in `tests`.

    `what` is permuted, participants or trajectories. Up to eight participants, those of each pair of names, so that all
    orders are used. Above, all who were seen: a missing result then moves with its participant, and one set of matrix
    products serves every pair. Within classes always those of the pair.
    """
    groups: dict[Test, list[Pair]] = {}
    for pair, test in tests.items():
        pooled = not test.classes and seen.sum() > ENUMERATED
        groups.setdefault(test._replace(participants=seen.tobytes()) if pooled else test, []).append(pair)
    for test, members in groups.items():
        # Where classes hold, each biomarker is seen through limits of its own.
        for vs in sorted({v for v, _ in members}) if test.classes else [None]:
            own = [pair for pair in members if vs is None or pair[0] == vs]
            _p(rows, test, own, permuted, what, settings)


def _p(rows, test, members, permuted, what, settings):
    people = np.flatnonzero(np.frombuffer(test.participants, bool))
    vs, ss = sorted({v for v, _ in members}), sorted({s for _, s in members})
    orders = _orders(test, people.size, settings)
    p, floor = permutation_p(permuted(test, vs, ss, people, orders))
    method = f"{what}{'_within' if test.classes else ''}_{'all' if _complete(test, people.size) else 'drawn'}"
    for v, s in members:
        row, cell = rows[v, s], (vs.index(v), ss.index(s))
        if np.isnan(p[cell]):
            row["reason_code"] = row["reason_code"] or "statistic_not_defined"
        elif test.classes and floor[cell] == 1:
            row.update(reason_code="lloq_follows_people", estimate=np.nan, estimate_method_code="none")
        else:
            row.update(p=float(p[cell]), p_floor=float(floor[cell]), p_method_code=method)


def adjusted(
    rows: Rows,
    tests: Mapping[Pair, Test],
    data: Data,
    family: str,
    permuted: Permuted,
    x_seen: np.ndarray,
    y_seen: np.ndarray,
    settings: Mapping[str, Any],
) -> None:
    """Adjust within each group of biomarkers over all scores, by permutations that its pairs share.

    Single-step (Westfall and Young, Resampling-based multiple testing, 1993): of one statistic the largest, of several
    the smallest p. Pairs whose participants are permuted within different classes share none: Bonferroni between those.
    """
    groups: dict[str, list[Pair]] = {}
    for (v, s), row in rows.items():
        if not np.isnan(row["p"]):
            groups.setdefault(str(data.group[data.variables[v]]), []).append((v, s))
    for members in groups.values():
        blocks: dict[Test, list[Pair]] = {}
        for pair in members:
            test = tests[pair]
            blocks.setdefault(test if test.classes else Test(""), []).append(pair)
        q_values = dict(zip(members, false_discovery_rate([rows[pair]["p"] for pair in members]), strict=True))
        for test, own in blocks.items():
            names = sorted({tests[pair].statistic for pair in own})
            method = "max_t_permuted" if len(names) == 1 else "min_p_permuted"
            method = method if len(blocks) == 1 else "permuted_in_part"
            for pair, largest in zip(
                own, _largest(rows, tests, test, own, permuted, x_seen, y_seen, settings), strict=True
            ):
                rows[pair].update(
                    p_adjusted=min(1.0, max(float(largest) * len(members) / len(own), rows[pair]["p"])),
                    q_value=float(q_values[pair]),
                    adjusted_method_code=method,
                    family_code=family,
                    family_size=len(members),
                )


def _largest(rows, tests, test, members, permuted, x_seen, y_seen, settings):
    """p of the largest statistic (the smallest p) of the pairs in the orders of participants that they share."""
    vs, ss = sorted({v for v, _ in members}), sorted({s for _, s in members})
    if test.classes:
        people = np.flatnonzero(np.frombuffer(test.participants, bool))
    else:
        people = np.flatnonzero(x_seen[vs].any(axis=0) & y_seen[ss].any(axis=0))
    orders = _orders(test, people.size, settings)
    names = sorted({tests[pair].statistic for pair in members})
    found = {
        name: np.nan_to_num(np.abs(permuted(test._replace(statistic=name), vs, ss, people, orders))) for name in names
    }
    columns = np.stack([found[tests[v, s].statistic][:, vs.index(v), ss.index(s)] for v, s in members], axis=1)
    if len(names) > 1:
        return max_t(1 - shares_as_large(columns))
    # Statistics of fewer participants vary more; without the weight they would fill the maximum.
    weights = np.sqrt([max(rows[pair]["n_participants"] - 1, 1) for pair in members])
    return max_t(columns * weights)


def _orders(test, n, settings):
    draws, seed = settings["permutations"], settings["seed"]
    if test.classes:
        return orders_within(np.frombuffer(test.classes, int), draws, seed)
    return orders_of(n, draws, seed)


def _complete(test, n):
    """Whether every order was used."""
    return all_orders(np.frombuffer(test.classes, int)) if test.classes else n <= ENUMERATED
