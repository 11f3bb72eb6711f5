"""Antibodies as vaccine studies report them: geometric mean titres, fold rises, shares of those who rose or are protected."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.factor_levels import Level, factors
from immunoassay.statistics.frames import blocks, limits, ordered, status_counts, table
from immunoassay.statistics.known_codes import joined
from immunoassay.statistics.paired import estimate_change, log_pairs
from immunoassay.statistics.responders import responders_of
from immunoassay.statistics.titres import UNIT, geometric_mean, reverse_cumulative, share_of

FOLD = 4.0  # the rise that counts as a response
PAIRS = (
    "baseline_lower",
    "baseline_upper",
    "lower",
    "upper",
    "baseline_lower_limit",
    "baseline_uloq",
    "lower_limit",
    "uloq",
)


class SerologyTables(NamedTuple):
    """The tables of these names, without their texts."""

    serology: pd.DataFrame
    titre_curves: pd.DataFrame


def serology(
    observations: pd.DataFrame,
    people: pd.DataFrame,
    settings: Mapping[str, Any],
    analytes: Iterable[str],
    thresholds: Mapping[str, float] | None = None,
) -> SerologyTables:
    """Antibodies (`analytes`) x course x visit, of everybody and of the levels of every factor; nothing is compared here.

    Geometric mean with interval, titres as intervals of one dilution step; geometric mean fold rise from baseline (of titres
    as they are written: the step falls out of the ratio); who rose fourfold or more for certain, could not have, or is
    undetermined; who is at or above the `thresholds` (analyte: value in its unit). `titre_curves`: share at or above each value.
    """
    settings = choices.complete(settings)
    frame = ordered(observations)
    frame = frame[(frame["kind"] == "biomarker") & frame["variable"].isin(list(analytes))]
    answered = responders_of(observations, settings)
    rows, steps = [], []
    for labels, block in blocks(frame):
        for levels in factors(people, settings, block["participant"], answered):
            for level in levels:
                own = block[block["participant"].isin(level.participants)]
                rows.append(_row(labels, level, own, (thresholds or {}).get(labels["variable"], np.nan), settings))
                steps += _steps(labels, level, own[own["reported"].fillna(False).astype(bool)], settings)
    return SerologyTables(table(rows, "serology"), table(steps, "titre_curves"))


def _row(labels: dict, level: Level, block: pd.DataFrame, threshold: float, settings: Mapping[str, Any]) -> dict:
    known = block[block["reported"].fillna(False).astype(bool)]
    lower, upper = (known[name].to_numpy(float) for name in ("lower", "upper"))
    dilution = labels["unit"] == UNIT
    centre = geometric_mean(lower, upper, dilution, settings["confidence"], settings["min_n_interval"])
    lloq_min, lloq_max = limits(known["lower_limit"].to_numpy(float, na_value=np.nan))
    rise, why = _rise(known, settings)
    return {
        **labels,
        "factor": level.factor,
        "level": level.level,
        **status_counts(block["status"].to_numpy(object)),
        "lloq_min": lloq_min,
        "lloq_max": lloq_max,
        "geometric_mean": centre.value,
        "low": centre.low,
        "high": centre.high,
        "centre_method_code": centre.method,
        "interval_method_code": centre.interval_method,
        **rise,
        **_reached(lower, upper, threshold, settings),
        "reason_code": joined([centre.reason, why]),
    }


def _rise(known, settings):
    """(fold rise from baseline and who rose fourfold, the code why there is not more); at the baseline itself nothing."""
    pairs = known[known["baseline_reported"].fillna(False).astype(bool) & ~known["own_baseline"]]
    change = estimate_change(
        log_pairs(*(pairs[name].to_numpy(float, na_value=np.nan) for name in PAIRS)),
        settings["confidence"],
        settings["min_n_interval"],
    )
    low, high = (pairs[name].to_numpy(float, na_value=np.nan) for name in ("fold_lower", "fold_upper"))
    certain = low >= FOLD * (1 - 1e-9)
    risen = share_of(certain, ~certain & (high >= FOLD * (1 - 1e-9)), settings["confidence"])
    with np.errstate(over="ignore"):
        fold, fold_low, fold_high = (float(np.exp(part)) for part in change[1:4])
    columns = {
        "n_pairs": len(pairs),
        "tier": change.tier or None,
        "fold_rise": fold,
        "fold_low": fold_low,
        "fold_high": fold_high,
        "fold_method_code": "none" if np.isnan(fold_low) else change.method,
        **_share("risen", risen, len(pairs) > 0),
    }
    return columns, "" if known.empty or known["own_baseline"].all() else change.reason


def _reached(lower, upper, threshold, settings):
    """Who is at or above the threshold: for certain where the lower bound is, undetermined where only the upper one is above."""
    certain = lower >= threshold
    open_ = ~certain & (upper > threshold)
    reached = share_of(certain, open_, settings["confidence"])
    return {"threshold": threshold, **_share("reached", reached, lower.size > 0 and not np.isnan(threshold))}


def _share(name, share, asked):
    values = (share.certain, share.undetermined, share.n, share.share, share.low, share.high) if asked else (None,) * 6
    names = (name, f"{name}_undetermined", f"{name}_of", f"{name}_share", f"{name}_low", f"{name}_high")
    return {
        key: np.nan if value is None and key.endswith(("share", "low", "high")) else value
        for key, value in zip(names, values, strict=True)
    }


def _steps(labels, level, known, settings):
    lower, upper = (known[name].to_numpy(float) for name in ("lower", "upper"))
    curve = reverse_cumulative(lower, upper, settings["confidence"])
    counts = status_counts(known["status"].to_numpy(object))
    facts = {name: counts[name] for name in ("n", "n_below", "share_below")}
    _, facts["lloq_max"] = limits(known["lower_limit"].to_numpy(float, na_value=np.nan))
    return [
        {
            **labels,
            "factor": level.factor,
            "level": level.level,
            **facts,
            "step": step,
            **dict(zip(("value", "share", "low", "high"), map(float, each), strict=True)),
        }
        for step, each in enumerate(zip(*curve, strict=True), 1)
    ]
