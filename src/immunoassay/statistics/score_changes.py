"""Change of clinical scores from baseline, responders, and minimal symptom expression."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.families import adjust_family, untouched
from immunoassay.statistics.frames import blocks, ordered, table
from immunoassay.statistics.intervals import clopper_pearson, t_interval, t_probability
from immunoassay.statistics.known_codes import joined
from immunoassay.statistics.paired import FEWEST_RANKED
from immunoassay.statistics.signed_rank import exact_signed_rank, hodges_lehmann


def score_changes(observations: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """One row per score, course and visit after baseline, as frames.table("score_changes"), in points.

    Mean change with t interval; Hodges-Lehmann estimate with exact interval; the exact signed-rank p (zeros dropped) and
    the p of t, of which the exact one carries the claim from 6 participants on, as no exact p of fewer can reach 0.05;
    that one adjusted over the scores at the primary visit of the primary course (`families`). Responders improved by the score's
    `mcid` or more; `lost_response` (relapse by score) counts those who had at an earlier visit of the course and no
    longer have, among earlier responders with a score at this visit. Minimal symptom expression is a score at most
    `minimal_symptom_expression`. Shares with Clopper-Pearson limits; without its threshold a share is NA.
    """
    settings = choices.complete(settings)
    frame = ordered(observations)
    frame = frame[frame["kind"] == "score"]
    rows, differences = [], []
    responded: dict[tuple[str, str], set[str]] = {}
    for labels, block in blocks(frame[~frame["own_baseline"]]):
        earlier = responded.setdefault((labels["variable"], labels["course"]), set())
        row, difference = _change(labels, block, earlier, settings)
        rows.append(row)
        differences.append(difference)
    course, visit = settings["primary_course"], settings["primary_visit"]
    members = [index for index, row in enumerate(rows) if row["course"] == course and row["visit"] == visit]
    adjust_family([rows[index] for index in members], [differences[index] for index in members], "scores", settings)
    return table(rows, "score_changes")


def _change(labels, block, earlier, settings):
    score, confidence = labels["variable"], settings["confidence"]
    pairs = block[(block["status"] == "quantified") & (block["baseline_status"] == "quantified")]
    change = pairs["change_lower"].to_numpy(float, na_value=np.nan)
    n = change.size
    mean, low, high = t_interval(change, confidence)
    estimate, hl_low, hl_high = hodges_lehmann(change, confidence)
    test = exact_signed_rank(change)
    reasons = []
    if n == 0:
        reasons.append("no_scores")
    elif n < settings["min_n_interval"]:
        reasons.append("few_scores")
        low = high = hl_low = hl_high = np.nan
    elif np.isnan(low):
        reasons.append("equal_changes")
    if np.isinf(hl_low):
        reasons.append("few_changes")
        hl_low = hl_high = np.nan
    # As of biomarkers (`paired`): the p of t stands where its interval does.
    exact = test.p, "signed_rank" if n else "none"
    model = (np.nan, "none") if np.isnan(low) else (t_probability(change), "t")
    claim, beside = (model, exact) if model[1] == "t" and n < FEWEST_RANKED else (exact, model)
    better = -change if settings["worse"].get(score, "higher") == "higher" else change
    values = block.loc[block["status"] == "quantified", "lower"].to_numpy(float, na_value=np.nan)
    row = {
        **labels,
        "n_expected": len(block),
        "n": n,
        "informative": test.informative,
        "share_below": 0.0 if n else np.nan,
        "mean_change": mean,
        "low": low,
        "high": high,
        "interval_method_code": "none" if np.isnan(low) else "t",
        "hodges_lehmann": estimate,
        "hodges_lehmann_low": hl_low,
        "hodges_lehmann_high": hl_high,
        "hodges_lehmann_method_code": "none" if np.isnan(hl_low) else "walsh_averages",
        "p": claim[0],
        "p_method_code": claim[1],
        "p_floor": test.floor,
        "p_beside": beside[0],
        "p_beside_method_code": beside[1],
        **untouched(),
        "reason_code": joined(reasons),
    }
    mcid = settings["mcid"].get(score, np.nan)
    row["mcid"] = mcid
    _share(row, ("responders", "responder"), better >= mcid, mcid, confidence)
    known = pairs["participant"].isin(earlier).to_numpy(bool)
    _share(row, ("lost_response", "lost_response"), ~(better[known] >= mcid), mcid, confidence)
    earlier.update(pairs.loc[better >= mcid, "participant"])
    most = settings["minimal_symptom_expression"].get(score, np.nan)
    row["minimal_symptom_max"] = most
    _share(row, ("minimal_symptom", "minimal_symptom"), values <= most, most, confidence)
    return row, dict(zip(pairs["participant"], change, strict=True)) if claim is exact else {}


def _share(row, names, reached, threshold, confidence):
    count, stem = names
    if np.isnan(threshold):
        row.update({count: None, f"{count}_of": None})
        share = low = high = np.nan
    else:
        row.update({count: int(reached.sum()), f"{count}_of": reached.size})
        share, low, high = clopper_pearson(int(reached.sum()), reached.size, confidence)
    row.update({f"{stem}_share": share, f"{stem}_low": low, f"{stem}_high": high})
