"""Whether a biomarker at baseline tells who will respond: ROC curves, from 20 participants on."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.baselines import Baseline, baselines
from immunoassay.statistics.factor_levels import adjust_holm, unadjusted
from immunoassay.statistics.frames import ordered, table
from immunoassay.statistics.known_codes import joined
from immunoassay.statistics.responders import improved
from immunoassay.statistics.roc import area_under_curve, firth_logistic, roc_curve
from immunoassay.statistics.thresholds import FEWEST_OF_EACH, FEWEST_OF_ROC
from immunoassay.statistics.two_samples import exact_wilcoxon


class RocTables(NamedTuple):
    """The tables of these names, without their texts."""

    roc: pd.DataFrame
    roc_points: pd.DataFrame


def diagnostics(observations: pd.DataFrame, settings: Mapping[str, Any]) -> RocTables:
    """Every score with a settled least difference x every biomarker at baseline: does it tell responders at the primary visit?

    Area under the curve with DeLong's logit interval, exact rank-sum p beside it (Holm over a group of analytes and a score),
    odds ratio per doubling by Firth's logistic regression. Values below the LLOQ are tied at the highest.
    """
    settings = choices.complete(settings)
    answers = improved(observations, settings)
    answers = answers[
        (answers["course"] == settings["primary_course"]) & (answers["visit"] == settings["primary_visit"])
    ]
    markers = baselines(ordered(observations), settings["primary_course"])
    rows: list[dict] = []
    points: list[dict] = []
    families: dict[tuple[str, str], list[dict]] = {}
    for score, own in answers.groupby("variable", sort=True):
        answer = own.set_index("participant")["improved"].astype(bool)
        for marker in markers:
            row, curve = _row(score, answer, marker, settings)
            rows.append(row)
            points += curve
            families.setdefault((score, str(marker.labels["group"])), []).append(row)
    for members in families.values():
        adjust_holm(members, "response")
    return RocTables(table(rows, "roc"), table(points, "roc_points"))


def _row(score: str, answer: pd.Series, marker: Baseline, settings: Mapping[str, Any]) -> tuple[dict, list[dict]]:
    values = marker.recensored[marker.recensored.index.isin(answer.index)]
    positive = answer[values.index].to_numpy(bool)
    below = int(marker.below[values.index].sum())
    labels = {"score": score, **marker.labels, "course": settings["primary_course"], "visit": settings["primary_visit"]}
    n, hits = len(values), int(positive.sum())
    row = {
        **labels,
        **marker.facts,
        "n": n,
        "n_below": below,
        "share_below": below / n if n else np.nan,
        "responders": hits,
        "others": n - hits,
        **dict.fromkeys(("area", "low", "high", "p", "p_floor", "odds_ratio", "odds_low", "odds_high"), np.nan),
        **{"interval_method_code": "none", "p_method_code": "none", "substituted_code": "none"},
        **unadjusted(),
        "reason_code": _why_not(n, hits, values),
    }
    if row["reason_code"]:
        return row, []
    area = area_under_curve(values, positive, settings["confidence"])
    test = exact_wilcoxon(values[positive], values[~positive], settings["permutations"], settings["seed"])
    row.update(area=area.area, p=test.p, p_floor=test.floor)
    row["p_method_code"] = "rank_sum_all" if test.exact else "rank_sum_drawn"
    few = min(hits, n - hits) < FEWEST_OF_EACH
    separated = np.isnan(area.low)
    if not few and not separated:
        row.update(low=area.low, high=area.high, interval_method_code="logit_delong")
    if marker.doubling is not None:
        odds = firth_logistic(marker.doubling[values.index], positive, settings["confidence"])
        with np.errstate(over="ignore"):
            row["odds_ratio"], row["odds_low"], row["odds_high"] = (float(np.exp(part)) for part in odds[1:4])
        row["substituted_code"] = marker.substituted
    row["reason_code"] = joined(["few_of_one_kind" if few else "separated" if separated else "", marker.reason])
    curve = zip(*roc_curve(values, positive), strict=True)
    return row, [
        {**labels, "point": point, "threshold": a, "sensitivity": b, "specificity": c}
        for point, (a, b, c) in enumerate(curve, 1)
    ]


def _why_not(n, hits, values):
    if n < FEWEST_OF_ROC:
        return "few_for_roc"
    if hits in (0, n):
        return "one_kind"
    return "constant_baseline" if values.nunique() < 2 else ""
