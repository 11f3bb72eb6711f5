"""Observations from arrays, for `benchmarks/statistics.py`."""

import numpy as np
import pandas as pd
from immunoassay.clinical.join import for_statistics, without_unusable
from immunoassay.tables import TABLES, conform


def observe(biomarkers, scores, lloq, uloq):
    """`observations` of one course from arrays (names, participants, visits), NaN = missing.

    Biomarkers below `lloq` or above `uloq` (numbers, or arrays like the biomarkers) are known only to be there. `scores`
    may be empty.
    """
    parts = [_frame(biomarkers, "biomarker", lloq, uloq)]
    if len(scores):
        parts.append(_frame(scores, "score", -np.inf, np.inf))
    frame = without_unusable(pd.concat(parts, ignore_index=True)).assign(borrowed=False)
    return conform(for_statistics(frame), "observations")


def _frame(values, kind, lloq, uloq):
    names, people, visits = values.shape
    biomarker = kind == "biomarker"
    name, person, visit = (part.ravel() for part in np.indices(values.shape))
    lower, upper = np.where(values < lloq, 0.0, np.minimum(values, uloq)), np.maximum(values, lloq)
    upper = np.where(values > uloq, np.inf, upper)
    missing = np.isnan(values)
    lower, upper = np.where(missing, 0.0 if biomarker else -np.inf, lower), np.where(missing, np.inf, upper)
    status = np.select([missing, values < lloq, values > uloq], ["missing", "below_lloq", "above_uloq"], "quantified")
    first = [np.broadcast_to(part[:, :, :1], values.shape) for part in (lower, upper, status)]
    pair = (status != "missing") & (first[2] != "missing")
    frame = pd.DataFrame(
        dict.fromkeys(TABLES["observations"].columns, None),
        index=range(values.size),
    )
    frame["participant"] = [f"P{number + 1:03d}" for number in person]
    frame["course"] = "first"
    frame["visit"] = [f"V{number}" for number in visit]
    frame["visit_order"] = visit
    frame["variable"] = [f"{kind} {number + 1:03d}" for number in name]
    frame["kind"] = kind
    frame["panel"], frame["unit"] = ("kit", "pg/mL") if biomarker else (None, "points")
    frame["group"] = [f"group {number // 12 + 1}" for number in name] if biomarker else "score"
    frame["lower"], frame["upper"], frame["status"] = lower.ravel(), upper.ravel(), status.ravel()
    frame["value"] = np.where(status == "quantified", values, np.nan).ravel()
    frame["baseline"] = visit == 0
    frame["baseline_lower"], frame["baseline_upper"], frame["baseline_status"] = (part.ravel() for part in first)
    both = (status == "quantified") & (first[2] == "quantified")
    frame["change"] = np.where(both, values - values[:, :, :1], np.nan).ravel()
    with np.errstate(divide="ignore", invalid="ignore"):
        frame["change_lower"] = np.where(pair, lower - first[1], np.nan).ravel()
        frame["change_upper"] = np.where(pair, upper - first[0], np.nan).ravel()
        if biomarker:
            frame["lloq"], frame["uloq"] = (np.where(missing, np.nan, part).ravel() for part in (lloq, uloq))
            frame["over_lloq_lower"], frame["over_lloq_upper"] = (
                frame[bound] / np.broadcast_to(lloq, values.shape).ravel() for bound in ("lower", "upper")
            )
            frame["fold_lower"] = np.where(pair, lower / first[1], np.nan).ravel()
            frame["fold_upper"] = np.where(pair, upper / first[0], np.nan).ravel()
            frame["sample_id"] = [f"{a}-{b}" for a, b in zip(frame["participant"], frame["visit"], strict=True)]
    return frame
