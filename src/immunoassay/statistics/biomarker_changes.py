"""Change of biomarkers from baseline: the ratio the data support, its exact test, what substitution would say."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.clinical.lots import confounded, crossing, lot_shift
from immunoassay.statistics import settings as choices
from immunoassay.statistics.families import adjust_family, untouched
from immunoassay.statistics.frames import blocks, limits, ordered, table
from immunoassay.statistics.paired import change_tests, compared, discordant, estimate_change, log_pairs, windows
from immunoassay.statistics.signed_rank import recensored_differences
from immunoassay.tables import BELOW, is_log2

SUBSTITUTIONS = {"sensitivity_lloq": 1.0, "sensitivity_half_lloq": 0.5, "sensitivity_sqrt2": 1 / np.sqrt(2)}
PAIR_COLUMNS = (
    *("baseline_lower", "baseline_upper", "lower", "upper"),
    *("baseline_lower_limit", "baseline_uloq", "lower_limit", "uloq"),
)


def biomarker_changes(
    observations: pd.DataFrame, settings: Mapping[str, Any], bridging: pd.DataFrame | None = None
) -> pd.DataFrame:
    """One row per biomarker, course and visit after baseline, as frames.table("biomarker_changes").

    `ratio` is the geometric mean ratio to baseline in participants with both results; `low` and `high` are its
    limits, 0 or infinity where only one side is bounded, NaN where there is none. In log2 units they are the mean
    difference and its limits, and nothing is in percent.
    `tier` is of `paired`, as are `p`, which carries the claim, and `p_beside`. Changes at the primary visit of the primary
    course are adjusted within their group (`families`). All other rows are descriptive, raw p only.
    Where pairs cross kit lots, `lot_shift` is what samples measured with both lots say of the kit (`bridging` table).
    `sensitivity_flips`: under some substitution the direction or the conclusion at the confidence level differs.
    """
    settings = choices.complete(settings)
    frame = ordered(observations)
    frame = frame[frame["kind"] == "biomarker"]
    rows, differences = [], []
    for labels, block in blocks(frame[~frame["own_baseline"]]):
        row, difference = _change(labels, block, settings, bridging)
        rows.append(row)
        differences.append(difference)
    _adjust_families(rows, differences, settings["primary_course"], settings)
    return table(rows, "biomarker_changes")


def _change(labels, block, settings, bridging):
    block = block[block["reported"] & block["baseline_reported"]]
    across = crossing(block)
    shift = lot_shift(bridging, labels["panel"], labels["variable"], across.lot_baseline, across.lot_visit)
    arrays = [block[name].to_numpy(float, na_value=np.nan) for name in PAIR_COLUMNS]
    pairs = log_pairs(*arrays)
    status = [block[name].to_numpy(object) for name in ("baseline_status", "status")]
    quantified = [int((part == "quantified").sum()) for part in status]
    below = [int(np.isin(part, BELOW).sum()) for part in status]
    n = pairs.n
    change = estimate_change(pairs, settings["confidence"], settings["min_n_interval"])
    test, beside = change_tests(pairs, change)
    gained, lost = discordant(pairs) if n else (0, 0)
    with np.errstate(over="ignore"):
        ratio, low, high = (float(np.exp(part)) for part in (change.log_ratio, change.low, change.high))
    unbounded = low == 0 and np.isinf(high)
    if unbounded:
        low = high = np.nan
    lloq_min, lloq_max = limits(np.concatenate([arrays[4], arrays[6]]))
    row = {
        **labels,
        "quantity": "ratio",
        "n_pairs": n,
        "informative_pairs": test.informative,
        "quantified_baseline": quantified[0],
        "quantified_visit": quantified[1],
        "below_baseline": below[0],
        "below_visit": below[1],
        "gained": gained,
        "lost": lost,
        "n_across_plates": across.plates,
        "n_across_lots": across.lots,
        "change_is_also_a_lot_change": confounded(across.lots, n),
        "lot_baseline": across.lot_baseline,
        "lot_visit": across.lot_visit,
        "lot_shift": shift.ratio,
        "lot_shift_low": shift.low,
        "lot_shift_high": shift.high,
        "share_censored": 1 - sum(quantified) / (2 * n) if n else np.nan,
        "share_below": sum(below) / (2 * n) if n else np.nan,
        "tier": change.tier or None,
        "ratio": ratio,
        "low": low,
        "high": high,
        "interval_method_code": change.method if not np.isnan(low) else "none",
        **{
            name: np.nan if is_log2(labels["unit"]) else 100 * (part - 1)
            for name, part in (("percent_change", ratio), ("percent_low", low), ("percent_high", high))
        },
        "p": test.p,
        "p_method_code": test.method,
        "p_floor": np.fmax(test.floor, beside.floor),
        "p_beside": beside.p,
        "p_beside_method_code": beside.method,
        **untouched(),
        "reason_code": change.reason,
        "_lloq_min": lloq_min,
        "_lloq_max": lloq_max,
    }
    row.update(_sensitivity(pairs, row, settings))
    # Only the signed-rank test has differences whose signs can be changed.
    signed = test.method == "signed_rank_recensored"
    difference = recensored_differences(windows(pairs)) if signed else []
    return row, dict(zip(block["participant"], difference, strict=False))


def _sensitivity(pairs, row, settings):
    columns, conclusions = {}, set()
    for name, factor in SUBSTITUTIONS.items():
        interval = compared(pairs, factor, settings["confidence"])
        columns[name] = float(np.exp(interval.estimate))
        conclusions.add(_conclusion(np.exp(interval.low), np.exp(interval.high)))
    if row["n_pairs"] < settings["min_n_interval"] or row["tier"] == "D":
        return {**columns, "sensitivity_flips": None}
    flips = conclusions != {_conclusion(row["low"], row["high"])}
    if not np.isnan(row["ratio"]):
        flips |= len({np.sign(np.log(value)) for value in (row["ratio"], *columns.values())} - {0.0}) > 1
    return {**columns, "sensitivity_flips": bool(flips)}


def _conclusion(low, high):
    """-1: the limits exclude 1 from below, 1: from above, 0: they do not."""
    return -1 if high < 1 else 1 if low > 1 else 0


def _adjust_families(rows, differences, course, settings):
    chosen = {}
    for index, row in enumerate(rows):
        if row["course"] == course and row["visit"] == settings["primary_visit"]:
            chosen.setdefault(str(row["group"]), []).append(index)
    for members in chosen.values():
        adjust_family([rows[index] for index in members], [differences[index] for index in members], "change", settings)
