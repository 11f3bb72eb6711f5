"""Groups and arms compared: every variable at baseline, at each visit, its change, and the visit adjusted for the baseline."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.comparison_data import (
    RESPONDER,
    Factor,
    Observed,
    covariates,
    factors,
    first_courses,
    observed,
    sample,
)
from immunoassay.statistics.comparison_families import adjust_family
from immunoassay.statistics.comparison_rows import Permutable, several_groups, two_groups
from immunoassay.statistics.frames import blocks, limits, ordered, table
from immunoassay.tables import is_log2

ALL = "all"  # the row over more than two levels
QUANTITIES = ("value", "change", "adjusted")
IN_UNIT = ("centre_level", "centre_reference")
OF_RATIO = ("estimate", "low", "high", "hodges_lehmann", "hodges_lehmann_low", "hodges_lehmann_high")
Found = tuple[dict[str, Any], Permutable | None]


def group_comparisons(observations: pd.DataFrame, people: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """One row per factor, level beside the reference, variable, visit and quantity, as frames.table("group_comparisons").

    `people` has one row per participant: `participant` and the columns that the settings name as factors (text) or
    covariates (numbers or text); a covariate that is no column of it is a score, by its baseline. Quantities: `value`;
    `change` from baseline; `adjusted`, the value adjusted for the baseline and the covariates (ANCOVA; at baseline for the
    covariates, where there are any). Of biomarkers the estimate is the ratio of geometric means (of changes the ratio of
    those), of scores the difference in points. Values outside the limits enter by their bounds (censored_regression); a
    baseline below the LLOQ enters as the highest LLOQ of those. `p` carries the claim, `p_beside` stands beside it
    (comparison_rows).
    With more than two levels a row `all` asks whether any differ. In the primary course; of a participant without one, in
    the own first course. Chosen beforehand, and adjusted within the factor and the group of variables, is the adjusted
    value at the primary visit; of a factor without any, such as patients and controls seen once, or of `responder`, which is
    made from that visit, the value at baseline. All else is descriptive. Raises KeyError for a factor that `people` has not.
    """
    settings = choices.complete(settings)
    frame = first_courses(ordered(observations), settings["primary_course"])
    others = covariates(frame, people, settings)
    seen = [({**labels, **_limits(block)}, observed(block)) for labels, block in blocks(frame)]
    rows, own = [], []
    for factor in factors(frame, people, settings):
        for labels, block in seen:
            for quantity in QUANTITIES:
                for row, permutable in _rows(labels, block, factor, quantity, others, settings):
                    rows.append(row)
                    own.append(permutable)
    _adjust_families(rows, own, settings)
    return table(rows, "group_comparisons")


def _limits(block):
    low, high = limits(block.loc[block["reported"], "lower_limit"].to_numpy(float, na_value=np.nan))
    return {"_lloq_min": low, "_lloq_max": high}


def _rows(labels, block: Observed, factor, quantity, others, settings) -> Iterable[Found]:
    at_baseline = block.at_baseline
    if at_baseline and (quantity == "change" or (quantity == "adjusted" and not others)):
        return
    adjusted = quantity == "adjusted"
    found = sample(block, factor, quantity, others, labels["variable"])
    circular = factor.name == RESPONDER and labels["variable"] == settings["responder_score"] and not at_baseline
    difference = labels["kind"] == "score" or is_log2(labels["unit"])
    facts = {
        **labels,
        "quantity": quantity,
        "measure": "difference" if difference else "ratio",
        "_baseline": at_baseline,
    }
    for level, name in enumerate(factor.levels[1:], start=1):
        row, own = two_groups(found, level, adjusted, settings)
        yield (
            _row(facts, factor, name, _without(row, "makes_the_groups") if circular else row),
            None if circular else own,
        )
    if len(factor.levels) > 2:
        row = several_groups(found, adjusted, settings)
        yield _row(facts, factor, ALL, _without(row, "makes_the_groups") if circular else row), None


def _without(row, reason):
    """The row without estimate and p."""
    numbers = (*OF_RATIO, "p", "p_floor", "p_beside")
    methods = ("interval_method_code", "p_method_code", "p_beside_method_code", "hodges_lehmann_method_code")
    return {**row, **dict.fromkeys(numbers, np.nan), **dict.fromkeys(methods, "none"), "reason_code": reason}


def _row(facts, factor: Factor, level, found):
    """The row with ratios in the place of differences of logarithms."""
    row = {"factor": factor.name, "level": level, "reference": factor.levels[0], **facts, **found}
    if facts["kind"] != "score":
        with np.errstate(over="ignore"):
            row.update({name: float(np.exp(row[name])) for name in (*IN_UNIT, *OF_RATIO)})
    row.update(p_adjusted=np.nan, adjusted_method_code=None, family_code=None, family_size=None)
    return row


def _adjust_families(rows, own, settings):
    families: dict[tuple, list[int]] = {}
    for index, row in enumerate(rows):
        primary = row["quantity"] == "adjusted" and row["visit"] == settings["primary_visit"] and not row["_baseline"]
        at_baseline = row["quantity"] == "value" and row["_baseline"]
        if primary or at_baseline:
            kind = "primary" if primary and row["factor"] != RESPONDER else "baseline" if at_baseline else ""
            families.setdefault((row["factor"], kind), []).append(index)
    for (factor, kind), members in families.items():
        known = [index for index in families.get((factor, "primary"), []) if not np.isnan(rows[index]["p"])]
        if not kind or (kind == "baseline" and known):
            continue
        groups: dict[tuple, list[int]] = {}
        for index in members:
            groups.setdefault((str(rows[index]["group"]), rows[index]["level"] == ALL), []).append(index)
        for family in groups.values():
            adjust_family([rows[index] for index in family], [own[index] for index in family], settings)
