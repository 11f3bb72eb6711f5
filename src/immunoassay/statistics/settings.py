"""The choices of the analysis: one place for their names, meaning and defaults."""

import math
from collections.abc import Mapping
from typing import Any

DEFAULTS = {
    # Centre of a biomarker over all its visits: "mean" or "geometric_mean", both of a log-normal. The interval of the
    # mean reaches far up when values are skewed and participants few; that of the geometric mean stays narrow.
    "centre": "geometric_mean",
    # Confidence of every interval.
    "confidence": 0.95,
    # Fewest results, pairs or participants for which an interval is printed.
    "min_n_interval": 4,
    # The one visit, and the one course, at which change is tested in a family: the study's first course, by order.
    "primary_visit": "M3",
    "primary_course": "first",
    # The one question of association that is adjusted for multiplicity; the others are descriptive.
    "association_question": "within_participant",
    # {score: least improvement that matters}, {score: largest value that is minimal symptom expression},
    # {score: "higher" or "lower"}: the direction that is worse (default higher).
    "mcid": {},
    "minimal_symptom_expression": {},
    "worse": {},
    # {factor: level that others are compared with, "" for the first by name}: columns of the people, or "responder".
    "compare": {},
    # Columns of the people, or scores (their value at baseline), for which comparisons are adjusted.
    "covariates": [],
    # The score whose least improvement that matters makes a "responder" at the primary visit.
    "responder_score": "",
    # Permutations drawn above eight participants (up to eight, all are enumerated), and their seed.
    "permutations": 10000,
    "seed": 1,
}
QUESTIONS = ("baseline", "change_change", "within_participant")


def complete(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with every default filled in. Raises ValueError for an unknown name or a value out of range."""
    unknown = sorted(set(settings) - set(DEFAULTS))
    if unknown:
        raise ValueError(f"unknown settings {unknown}; known are {sorted(DEFAULTS)}")
    full = {**DEFAULTS, **settings}
    for key in ("mcid", "minimal_symptom_expression", "worse", "compare"):
        full[key] = dict(full[key] or {})
    checks = {
        "centre": full["centre"] in ("mean", "geometric_mean"),
        "confidence": 0.5 < full["confidence"] < 1,
        "min_n_interval": full["min_n_interval"] >= 2,
        "association_question": full["association_question"] in QUESTIONS,
        "mcid": all(math.isfinite(value) and value > 0 for value in full["mcid"].values()),
        "worse": set(full["worse"].values()) <= {"higher", "lower"},
        "permutations": full["permutations"] >= 100,
    }
    wrong = [f"{key}={full[key]!r}" for key, right in checks.items() if not right]
    if wrong:
        raise ValueError(f"settings out of range: {', '.join(wrong)}")
    return full
