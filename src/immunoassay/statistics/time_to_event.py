"""Time to relapse, to response and to its loss: by the levels of factors, and against biomarkers at baseline."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.baselines import Baseline, baselines
from immunoassay.statistics.correlation import participant_permutations
from immunoassay.statistics.event_times import relapses, responses
from immunoassay.statistics.factor_levels import RESPONDER, Level, adjust_holm, factors, unadjusted
from immunoassay.statistics.frames import ordered, table
from immunoassay.statistics.multiplicity import max_t
from immunoassay.statistics.split_tests import split_test
from immunoassay.statistics.survival import firth_cox, kaplan_meier, log_rank_scores, median_time, permuted_score
from immunoassay.tables import is_log2

ABOVE, NOT_ABOVE = "above", "not_above"
FEWEST_EVENTS = 2  # for a hazard ratio and its interval


class TimeTables(NamedTuple):
    """The tables of these names, without their texts."""

    event_times: pd.DataFrame
    time_to_event: pd.DataFrame
    event_curves: pd.DataFrame
    event_hazards: pd.DataFrame


def time_to_event(
    observations: pd.DataFrame,
    people: pd.DataFrame,
    settings: Mapping[str, Any],
    visits: pd.DataFrame,
    courses: pd.DataFrame,
    events: pd.DataFrame,
) -> TimeTables:
    """Times of every participant; Kaplan-Meier medians by level with the exact log-rank test; hazard per doubling.

    `time_to_event`: everybody and the levels of every factor, each against the reference (Holm within a factor over endpoints
    of the primary course). For relapse in the primary course also the two halves of every biomarker at baseline, split at the
    median of its values, a rule that looks at no event. The factor "responder" is known only at a visit: it splits nothing.
    `event_hazards`: every biomarker at baseline against relapse, by the exact permutation test of the log-rank score, which
    carries the claim (max-T over a group of analytes), beside Firth's proportional hazards with profile limits.
    """
    settings = choices.complete(settings)
    times = relapses(observations, visits, courses, events) + responses(observations, visits, settings)
    frame = pd.DataFrame(
        times, columns=["endpoint_code", "variable", "course", "participant", "time", "event", "end_code"]
    )
    markers = baselines(ordered(observations), settings["primary_course"])
    rows: list[dict] = []
    hazards: list[dict] = []
    families: dict[str | None, list[dict]] = {}
    without = {**settings, "compare": {name: level for name, level in settings["compare"].items() if name != RESPONDER}}
    for (endpoint, score, course), own in frame.groupby(
        ["endpoint_code", "variable", "course"], sort=False, dropna=False
    ):
        own = own.set_index("participant")
        labels = {"endpoint_code": endpoint, "variable": None if pd.isna(score) else score, "course": course}
        primary = course == settings["primary_course"]
        for levels in factors(people, without, own.index):
            made = _levels(labels, levels, own, settings)
            rows += made
            if (
                primary and levels[0].factor and endpoint != "loss_of_response"
            ):  # of those who responded only: descriptive
                families.setdefault(levels[0].factor, []).extend(made)
        if primary and endpoint == "relapse":
            for marker in markers:
                rows += _halves(labels, marker, own, settings)
            hazards = _hazards(labels, markers, own, settings)
    for members in families.values():
        adjust_holm(members, "times")
    steps = [step for row in rows for step in row.pop("steps")]
    tables = {"event_times": times, "time_to_event": rows, "event_curves": steps, "event_hazards": hazards}
    return TimeTables(**{name: table(part, name) for name, part in tables.items()})


def split_at_median(values: pd.Series, log2: bool = False) -> tuple[float, pd.Series]:
    """(the median, who lies above it): a split that looks at nothing but the values, of Baseline.recensored.

    Values below the LLOQ are tied at the highest, so where half lie there it splits at that limit. Of amounts whose values
    are logarithms (`log2`) the median is that of the logarithms.
    """
    cut = float(np.exp2(np.log2(values).median()) if log2 else values.median())
    return cut, values > cut * (1 + 1e-12)


def _levels(labels: dict, levels: list[Level], own: pd.DataFrame, settings: Mapping[str, Any]) -> list[dict]:
    reference = own[own.index.isin(levels[0].participants)]
    return [
        _row(
            {**labels, "factor": level.factor, "level": level.level, "reference": level.reference},
            own[own.index.isin(level.participants)],
            reference if level.compared else None,
            settings,
        )
        for level in levels
    ]


def _halves(labels: dict, marker: Baseline, own: pd.DataFrame, settings: Mapping[str, Any]) -> list[dict]:
    values = marker.recensored[marker.recensored.index.isin(own.index)]
    if values.nunique() < 2:
        return []
    cut, above = split_at_median(values, is_log2(marker.labels["unit"]))
    if not above.any():  # more than half share the highest value: it is split off
        above = values == cut
        cut = float(values[~above].max())
    halves = {
        level: own[own.index.isin(part)]
        for level, part in ((NOT_ABOVE, above.index[~above]), (ABOVE, above.index[above]))
    }
    named = {**labels, "biomarker": marker.labels["variable"], "unit": marker.labels["unit"], "cut": cut}
    return [
        _row(
            {**named, "level": level, "reference": NOT_ABOVE},
            half,
            halves[NOT_ABOVE] if level == ABOVE else None,
            settings,
        )
        for level, half in halves.items()
    ]


def _row(labels, own, reference, settings):
    """Kaplan-Meier median of one level, and its log-rank test against the reference (None: it is not compared)."""
    known = own.dropna(subset=["time"])
    n, seen = len(known), int(known["event"].sum())
    curve = kaplan_meier(known["time"], known["event"], settings["confidence"])
    middle = median_time(curve)
    limited = seen and n >= settings["min_n_interval"]
    row = {
        "biomarker": None,
        **labels,
        "n": n,
        "n_untimed": len(own) - n,
        "n_later": int((known["end_code"] == "later").sum()),
        "n_events": seen,
        "longest": known["time"].max() if n else np.nan,
        "median": middle.estimate,
        "low": middle.low if limited else np.nan,
        "high": middle.high if limited else np.nan,
        "interval_method_code": "log_minus_log" if limited else "none",
        **dict.fromkeys(("observed", "expected", "p", "p_floor"), np.nan),
        "p_method_code": "none",
        **unadjusted(),
        "reason_code": "no_follow_up" if not n else "" if seen else "no_event",
        "steps": _steps(labels, known, curve),
    }
    if reference is None or not n:
        return row
    other = reference.dropna(subset=["time"])
    both = pd.concat([known, other])
    if not len(other) or not both["event"].any():
        row["reason_code"] = "no_follow_up_of_reference" if not len(other) else "no_event"
        return row
    scores = log_rank_scores(both["time"], both["event"])
    test = split_test(scores, np.arange(len(both)) < n, settings["permutations"], settings["seed"])
    row.update(observed=float(seen), expected=seen - float(scores[:n].sum()), p=test.p, p_floor=test.floor)
    row["p_method_code"] = "log_rank_all" if test.every else "log_rank_drawn"
    return row


def _steps(labels, known, curve):
    """The curve at every time of an event or a censoring: who was at risk, how many events, how many were censored there."""
    time, event = known["time"].to_numpy(float), known["event"].to_numpy(bool)
    steps = []
    for number, at in enumerate(np.unique(time), 1):
        place = np.searchsorted(curve.time, at, side="right") - 1
        values = (curve.survival[place], curve.low[place], curve.high[place]) if place >= 0 else (1.0, 1.0, 1.0)
        counts = {"at_risk": int((time >= at).sum()), "events": int((event & (time == at)).sum())}
        counts["censored"] = int((~event & (time == at)).sum())
        steps.append(
            {
                **labels,
                "step": number,
                "time": at,
                **counts,
                **dict(zip(("share", "low", "high"), map(float, values), strict=True)),
            }
        )
    return steps


def _hazards(labels: dict, markers: list[Baseline], own: pd.DataFrame, settings: Mapping[str, Any]) -> list[dict]:
    known = own.dropna(subset=["time"])
    rows: list[dict] = []
    tested: dict[str, list[tuple[dict, np.ndarray]]] = {}
    if known.empty:
        return rows
    scores = log_rank_scores(known["time"], known["event"])
    orders = participant_permutations(len(known), settings["permutations"], settings["seed"])
    for marker in markers:
        row = _hazard(labels, marker, known, settings)
        rows.append(row)
        logs = marker.doubling if marker.doubling is not None else np.log(marker.recensored)
        x = logs.reindex(known.index).to_numpy(float)
        x = np.nan_to_num(x - np.nanmean(x)) if np.isfinite(x).any() else np.zeros(len(known))
        if row["n"] >= settings["min_n_interval"] and np.ptp(x) > 0 and known["event"].any():
            tested.setdefault(str(row["group"]), []).append((row, np.abs(permuted_score(x, scores, orders))))
    for members in tested.values():
        _test(members, len(orders))
    return rows


def _test(members: list[tuple[dict, np.ndarray]], orders: int) -> None:
    """p of every biomarker of a group, and max-T over the orders of participants that all share."""
    statistics = np.column_stack([each for _, each in members])
    adjusted = max_t(statistics)
    every = (
        "participants_all"
        if orders == np.prod(np.arange(1, members[0][0]["n_participants"] + 1))
        else "participants_drawn"
    )
    for (row, own), value in zip(members, adjusted, strict=True):
        row.update(p=float(max_t(own[:, None])[0]), p_floor=float(np.mean(own >= own.max() * (1 - 1e-9))))
        row.update(p_method_code=every, p_adjusted=float(value), adjusted_method_code="max_t_events")
        row.update(family_code="relapse", family_size=len(members))


def _hazard(labels, marker, known, settings):
    both = known[known.index.isin(marker.recensored.index)]
    n, seen = len(both), int(both["event"].sum())
    reason = _why_no_hazard(marker, both, seen, settings)
    row = {
        **{name: labels[name] for name in ("endpoint_code", "course")},
        **marker.labels,
        **marker.facts,
        "n": n,
        "n_participants": len(known),
        "n_events": seen,
        **dict.fromkeys(("hazard_ratio", "low", "high", "p_likelihood", "p", "p_floor"), np.nan),
        **{"interval_method_code": "none", "p_method_code": "none", "substituted_code": "none"},
        **unadjusted(),
        "reason_code": reason,
    }
    if reason:
        return row
    found = firth_cox(marker.doubling[both.index], both["time"], both["event"], settings["confidence"])
    with np.errstate(over="ignore"):
        row["hazard_ratio"], row["low"], row["high"] = (float(np.exp(part)) for part in found[:3])
    row.update(p_likelihood=found.p, interval_method_code="firth_profile", substituted_code=marker.substituted)
    return row


def _why_no_hazard(marker, both, seen, settings):
    if len(both) < settings["min_n_interval"]:
        return "few_followed"
    if seen < FEWEST_EVENTS:
        return "few_events" if seen else "no_event"
    if marker.recensored[both.index].nunique() < 2:
        return "constant_baseline"
    return marker.reason
