"""Families of changes to one visit: their p values adjusted for each other."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from immunoassay.statistics.multiplicity import (
    MAX_T_LIMIT,
    false_discovery_rate,
    global_sign_flip,
    holm,
    max_t_sign_flip,
)

MODEL_TESTS = ("log_ratio_t", "t")  # their p has no sign changes that others share


def untouched() -> dict[str, Any]:
    """The columns of the adjustment in a row that is in no family."""
    return {
        "p_adjusted": np.nan,
        "adjusted_method_code": None,
        "family_code": None,
        "family_size": None,
        "family_p": np.nan,
    }


def adjust_family(
    rows: list[dict[str, Any]], differences: list[dict[str, float]], family: str, settings: Mapping[str, Any]
) -> None:
    """Write p_adjusted, the codes of the adjustment and of the `family`, family_size and family_p into its rows.

    `differences` holds one {participant: difference} per row, whose signs can be changed; without them a row is in the
    family if its p is of a model, and else left to its raw p (McNemar's test of so few pairs cannot reach 0.05).

    All by sign changes: up to 12 participants max-T, above the Benjamini-Hochberg q; `family_p` is of no change in the
    whole family. With a p of a model in it: Holm; but where few participants share sign changes, exact p values times the
    size of the family could not reach 0.05, so those keep their max-T and Bonferroni stands between them and the others.
    """
    signed = [index for index, row in enumerate(rows) if not np.isnan(row["p"]) and differences[index]]
    tested = sorted({*signed, *(i for i, row in enumerate(rows) if row["p_method_code"] in MODEL_TESTS)})
    participants = sorted({person for index in signed for person in differences[index]})
    matrix = np.array([[differences[index].get(person, np.nan) for index in signed] for person in participants])
    flips = matrix, settings["permutations"], settings["seed"]
    together = global_sign_flip(*flips) if signed and signed == tested else np.nan
    p = np.array([rows[index]["p"] for index in tested])
    if signed and len(participants) <= MAX_T_LIMIT:
        method = "max_t" if signed == tested else "max_t_in_part"
        # Without a non-zero difference there is nothing to adjust: no change was seen.
        shared = np.nan_to_num(max_t_sign_flip(*flips), nan=1.0) * len(tested) / len(signed)
        adjusted = p * len(tested)
        adjusted[np.isin(tested, signed)] = shared
    else:
        method = "false_discovery_rate" if signed == tested else "holm"
        adjusted = false_discovery_rate(p) if signed == tested else holm(p)
    for index, value in zip(tested, adjusted, strict=True):
        # The mean (max-T) and the ranks (p) may disagree; an adjusted p below the raw one would claim too much.
        value = min(1.0, max(float(value), rows[index]["p"]))
        rows[index].update(p_adjusted=value, adjusted_method_code=method, family_code=family, family_size=len(tested))
        rows[index]["family_p"] = together
