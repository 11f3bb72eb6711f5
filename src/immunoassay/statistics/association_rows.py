"""What the rows of every question of association share: why there is no estimate, the permutation p, the adjustment."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from immunoassay.statistics.association_data import Data
from immunoassay.statistics.correlation import ENUMERATED, participant_permutations, permutation_p
from immunoassay.statistics.multiplicity import false_discovery_rate, max_t

FEWEST_QUANTIFIED = 4
MOST_BELOW_TESTED = 0.80
ROUNDING = 0.01  # limits that differ by less are the same

Pair = tuple[int, int]  # places of a biomarker and of a score
Rows = dict[Pair, dict[str, Any]]
# of biomarkers, scores, participants and orders of them: statistics (orders, biomarkers, scores)
Permuted = Callable[[list[int], list[int], np.ndarray, np.ndarray], np.ndarray]


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
        **dict.fromkeys(("tau_b", "rho", "rho_low", "rho_high", "estimate", "low", "high"), np.nan),
        **dict.fromkeys(("p", "p_floor", "q_value", "p_adjusted"), np.nan),
        **dict.fromkeys(("estimate_method_code", "interval_method_code", "p_method_code", "substituted_code"), "none"),
        "reason_code": "",
    }


def why_not(n: int, quantified: int, share: float, nobody: str) -> str:
    """The code why there is too little to estimate, '' where there is enough; `nobody` is that of nobody at all."""
    if n == 0:
        return nobody
    if quantified < FEWEST_QUANTIFIED:
        return "too_few_quantified"
    return "mostly_below" if share > MOST_BELOW_TESTED else ""


def differing(below: np.ndarray, lowest: np.ndarray, highest: np.ndarray) -> str:
    """`lloq_differs` where results below the LLOQ enter and the LLOQs differ, '' where not; all of what enters."""
    if not (below > 0).any():
        return ""
    return "lloq_differs" if np.nanmax(highest) > np.nanmin(lowest) * (1 + ROUNDING) else ""


@lru_cache(maxsize=8)
def orders_of(n: int, draws: int, seed: int) -> np.ndarray:
    """Orders of n participants (participant_permutations), made once."""
    return participant_permutations(n, draws, seed)


def tested(
    rows: Rows,
    masks: dict[bytes, list[Pair]],
    seen: np.ndarray,
    permuted: Permuted,
    what: str,
    settings: Mapping[str, Any],
) -> None:
    """Write p, its floor and its method into the rows of the pairs of names in `masks`, by the mask of their participants.

    `what` is permuted, participants or trajectories. Up to eight participants, those of each pair of names, so that all
    orders are used. Above, all who were seen: a missing result then moves with its participant, and one set of matrix
    products serves every pair.
    """
    if masks and seen.sum() > ENUMERATED:
        masks = {seen.tobytes(): [pair for members in masks.values() for pair in members]}
    for mask, members in masks.items():
        people = np.flatnonzero(np.frombuffer(mask, bool))
        vs, ss = sorted({v for v, _ in members}), sorted({s for _, s in members})
        orders = orders_of(people.size, settings["permutations"], settings["seed"])
        p, floor = permutation_p(permuted(vs, ss, people, orders))
        method = f"{what}_{'all' if people.size <= ENUMERATED else 'drawn'}"
        for v, s in members:
            row, cell = rows[v, s], (vs.index(v), ss.index(s))
            if np.isnan(p[cell]):
                row["reason_code"] = row["reason_code"] or "statistic_not_defined"
            else:
                row.update(p=float(p[cell]), p_floor=float(floor[cell]), p_method_code=method)


def adjusted(
    rows: Rows,
    data: Data,
    family: str,
    permuted: Permuted,
    x_seen: np.ndarray,
    y_seen: np.ndarray,
    settings: Mapping[str, Any],
) -> None:
    """Adjust within each group of biomarkers over all scores, by permutations that all pairs share."""
    groups: dict[str, list[Pair]] = {}
    for (v, s), row in rows.items():
        if not np.isnan(row["p"]):
            groups.setdefault(str(data.group[data.variables[v]]), []).append((v, s))
    for members in groups.values():
        vs, ss = sorted({v for v, _ in members}), sorted({s for _, s in members})
        people = np.flatnonzero(x_seen[vs].any(axis=0) & y_seen[ss].any(axis=0))
        orders = orders_of(people.size, settings["permutations"], settings["seed"])
        statistics = np.nan_to_num(np.abs(permuted(vs, ss, people, orders)))
        cells = [(vs.index(v), ss.index(s)) for v, s in members]
        # Statistics of fewer participants vary more; without the weight they would fill the maximum.
        weights = np.sqrt([max(rows[pair]["n_participants"] - 1, 1) for pair in members])
        largest = max_t(np.stack([statistics[:, a, b] for a, b in cells], axis=1) * weights)
        q_values = false_discovery_rate([rows[pair]["p"] for pair in members])
        for pair, one, q in zip(members, largest, q_values, strict=True):
            rows[pair].update(
                p_adjusted=max(float(one), rows[pair]["p"]),
                q_value=float(q),
                adjusted_method_code="max_t_permuted",
                family_code=family,
                family_size=len(members),
            )
