"""Who responded to treatment: improved in a clinical score by the least difference that matters, at which visit."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.factor_levels import adjust_holm, factors, unadjusted
from immunoassay.statistics.frames import blocks, ordered, table
from immunoassay.statistics.intervals import clopper_pearson
from immunoassay.statistics.known_codes import joined
from immunoassay.statistics.proportions import boschloo, fisher, newcombe

FEWEST_OF_A_DIFFERENCE = 5  # of each of two levels, for an interval of the difference of their shares
RESPONDER_FACTS = ("participant", "course", "course_order", "visit", "visit_order", "day", "variable")


def improved(observations: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of scores with a settled least difference, after baseline and with both scores (`observations` as observed).

    Columns RESPONDER_FACTS and `improved`: the change from baseline for the better is at least that difference.
    """
    settings = choices.complete(settings)
    frame = ordered(observations)
    frame = frame[(frame["kind"] == "score") & ~frame["own_baseline"] & frame["variable"].isin(settings["mcid"])]
    frame = frame[(frame["status"] == "quantified") & (frame["baseline_status"] == "quantified")]
    better = np.where(
        frame["variable"].map(lambda score: settings["worse"].get(score, "higher")) == "higher", -1.0, 1.0
    )
    better = better * frame["change_lower"].to_numpy(float, na_value=np.nan)
    least = frame["variable"].map(settings["mcid"]).to_numpy(float)
    return frame[list(RESPONDER_FACTS)].assign(improved=better >= least)


def responders_of(observations: pd.DataFrame, settings: Mapping[str, Any]) -> dict[str, bool]:
    """Who is a responder in `responder_score` at the primary visit of the primary course; people without both scores are not
    in it."""
    settings = choices.complete(settings)
    rows = improved(observations, settings)
    rows = rows[
        (rows["variable"] == settings["responder_score"])
        & (rows["course"] == settings["primary_course"])
        & (rows["visit"] == settings["primary_visit"])
    ]
    return dict(zip(rows["participant"], rows["improved"].astype(bool), strict=True))


def responders(observations: pd.DataFrame, people: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of frames.table("responders"): score x course x visit after baseline, of everybody and of the levels of every factor.

    The share of responders with Clopper-Pearson limits; of a level that is compared, the difference from the reference with
    Newcombe's interval (of FEWEST_OF_A_DIFFERENCE or more in both: of 4 and 4 it covers 88 to 90 % where the shares lie far
    apart) and Boschloo's exact p, which carries the claim (Fisher's stands beside it). At the primary visit of
    the primary course the p values of a factor are adjusted over scores and levels by Holm. Scores without a settled least
    difference have no rows; the factor "responder" is the question itself and has none.
    """
    settings = choices.complete(settings)
    rows: list[dict] = []
    families: dict[str | None, list[dict]] = {}
    answered = improved(observations, settings)
    answers = {
        key: dict(zip(own["participant"], own["improved"], strict=True))
        for key, own in answered.groupby(["variable", "course", "visit"], sort=False)
    }
    frame = ordered(observations)
    frame = frame[(frame["kind"] == "score") & frame["variable"].isin(settings["mcid"]) & ~frame["own_baseline"]]
    for labels, block in blocks(frame):
        own = answers.get((labels["variable"], labels["course"], labels["visit"]), {})
        primary = (labels["course"], labels["visit"]) == (settings["primary_course"], settings["primary_visit"])
        for levels in factors(people, settings, block["participant"]):
            reference = _count(levels[0], own)
            for level in levels:
                row = {**_labels(labels, level, settings), **_row(_count(level, own), level, reference, settings)}
                rows.append(row)
                if primary and level.compared:
                    families.setdefault(level.factor, []).append(row)
    for members in families.values():
        adjust_holm(members, "responders")
    return table(rows, "responders")


def _labels(labels, level, settings):
    kept = {name: labels[name] for name in ("variable", "course", "visit", "visit_order")}
    return {**kept, "factor": level.factor, "level": level.level, "mcid": settings["mcid"][labels["variable"]]}


def _count(level, answers):
    """(responders, of how many with both scores, participants expected) of a level."""
    known = [answers[name] for name in level.participants if name in answers]
    return int(sum(known)), len(known), len(level.participants)


def _row(count, level, reference, settings):
    hits, n, expected = count
    share, low, high = clopper_pearson(hits, n, settings["confidence"])
    row = {
        "reference": level.reference,
        "n_expected": expected,
        "n": n,
        "responders": hits,
        "responders_of": n,
        "responder_share": share,
        "responder_low": low,
        "responder_high": high,
        "reference_responders": None,
        "reference_of": None,
        **dict.fromkeys(("difference", "low", "high", "p", "p_floor", "fisher_p"), np.nan),
        **{"interval_method_code": "none", "p_method_code": "none"},
        **unadjusted(),
        "reason_code": "" if n else "no_scores",
    }
    if not level.compared:
        return row
    tables = (hits, n, *reference[:2])
    row["reference_responders"], row["reference_of"] = reference[:2]
    row["reason_code"] = joined([row["reason_code"], "" if reference[1] else "no_scores_of_reference"])
    if n and reference[1]:
        row["difference"], *limits = newcombe(*tables, settings["confidence"])
        if min(n, reference[1]) >= FEWEST_OF_A_DIFFERENCE:
            (row["low"], row["high"]), row["interval_method_code"] = limits, "newcombe"
        else:
            row["reason_code"] = joined([row["reason_code"], "few_of_a_level"])
        row["p_method_code"] = "boschloo"
        row["p"], row["p_floor"] = boschloo(*tables)
        row["fisher_p"] = fisher(*tables)
    return row
