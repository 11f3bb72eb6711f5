"""One number per participant for the whole follow-up, and what it is on average: did anything change at all?

Matthews, Altman, Campbell and Royston, Analysis of serial measurements in medical research, 1990. A measure is a sum of
the values of a participant with fixed weights (natural logarithms of a biomarker, points of a score), so that bounds of
values give bounds of the measure.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.censored_mixed import robust
from immunoassay.statistics.frames import cube, limits, ordered, table
from immunoassay.statistics.intervals import Interval, t_interval
from immunoassay.statistics.known_codes import joined
from immunoassay.statistics.multiplicity import sign_flips
from immunoassay.statistics.paired import LogPairs, mean_change
from immunoassay.tables import BELOW
from scipy.special import stdtr

MEASURES = ("mean_follow_up", "time_weighted_average")
FEWEST_EXACT = 6  # participants from which the exact p can fall below 0.05 and carries the claim; below it is the t p
MOST_RECENSORED = 15  # participants up to which re-censored values are tested: with more a change of spread rejects too
MOST_ENUMERATED = 32  # participants up to which all sign changes are counted
NAMES = ("kind", "panel", "group", "unit")
COLUMNS = ("lower", "upper", "lower_limit", "uloq", "day", "below")
NEEDED = [
    *("variable", "kind", "participant", "visit", "visit_order", "day"),
    *("own_baseline", "reported", "baseline_reported"),
    *(f"{one}{name}" for one in ("", "baseline_") for name in ("status", *COLUMNS[:4])),
]  # of observations


class Trajectories(NamedTuple):
    """Values of participants (rows) at baseline (column 0) and the visits after it, NaN where there is none.

    `lower`, `upper`: bounds; `window_low`, `window_high`: LLOQ and ULOQ a value was seen through, infinite without one;
    all as logarithms for a biomarker. `day`: study days, NaN when undated. `below`: 1 where it is below its lower limit.
    """

    lower: np.ndarray
    upper: np.ndarray
    window_low: np.ndarray
    window_high: np.ndarray
    day: np.ndarray
    below: np.ndarray

    @property
    def seen(self) -> np.ndarray:
        return ~np.isnan(self.lower)


class VisitChanges(NamedTuple):
    """Mean change at each visit after baseline (a measure is a sum of changes: its weights, the baseline's too, add to 0).

    `influence` (participants, visits) is what each participant moves it by; `degrees` of freedom, the fewest of the visits.
    """

    coefficients: np.ndarray
    influence: np.ndarray
    degrees: int


def summary_measures(observations: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """Two rows per variable and course, as frames.table("summary_measures"): every measure of MEASURES.

    `mean_follow_up` is the mean over a participant's visits after baseline of the ln ratio (change of a score in points)
    to baseline; `time_weighted_average` the area under it from baseline to the last visit by the trapezoid rule on study
    days, divided by that time. Both end at each participant's own last visit, so a participant who leaves early has a
    shorter mean. `estimate` is the mean over participants (of a biomarker exp of it, the geometric mean ratio) with
    Student's t interval. With results outside the limits that leave a participant's measure open there is no
    estimate: `low` is the t limit of the lower bounds, `high` that of the upper bounds, which holds the mean whatever
    the censored values are; 0 or infinity where that side is open. Where each visit has a mean change (paired.mean_change)
    there is an estimate: these weighted as the mean participant is, its interval by the sandwich over participants, so
    that neither spreads nor correlations of the visits are assumed.

    p: of the mean over all sign changes of the participants' measures. With censored results every participant is
    seen through the highest LLOQ and lowest ULOQ of the own visits, up to MOST_RECENSORED participants, because with
    more the test would also reject a change of spread; then the p is that of this interval, which else stands beside.
    Below FEWEST_EXACT participants the t p carries the claim, because the exact one cannot fall below 0.05; the other
    stands in `p_beside`. Neither is adjusted.
    """
    settings = choices.complete(settings)
    rows = []
    for (variable, course), block in ordered(observations).groupby(["variable", "course"], sort=False):
        found = trajectories(block)
        if found is None:
            continue
        first = block.iloc[0]
        labels = {"variable": variable, "course": course} | {name: first[name] for name in NAMES}
        labels["quantity"] = "change" if labels["kind"] == "score" else "ratio"
        rows += [{**labels, **summarised(found, labels["kind"], measure, settings)} for measure in MEASURES]
    return table(rows, "summary_measures")


def trajectories(block: pd.DataFrame) -> Trajectories | None:
    """The rows (frames.ordered) of one variable and course as Trajectories of those with a result at baseline and later.

    A baseline taken from another course has no day in this one. None where the course has no visit after baseline.
    """
    block = block[NEEDED]
    own = block["own_baseline"].to_numpy(bool)
    start = block.loc[own, "visit_order"].max() if own.any() else -np.inf
    after = block[~own & (block["visit_order"] > start).to_numpy(bool)]
    if after.empty:
        return None
    used = after[after["reported"] & after["baseline_reported"]]
    used = used.assign(below=used["status"].isin(BELOW), baseline_below=used["baseline_status"].isin(BELOW))
    days = block[own].drop_duplicates("participant").set_index("participant")["day"]
    used["baseline_day"] = used["participant"].map(days)
    people, visits = sorted(set(used["participant"])), list(used["visit"].unique())
    visits.sort(key=dict(zip(used["visit"], used["visit_order"], strict=True)).__getitem__)
    later = cube(used, [block["variable"].iloc[0]], people, visits, COLUMNS)
    first = used.drop_duplicates("participant").set_index("participant").loc[people]
    before = [first[f"baseline_{name}"].to_numpy(float, na_value=np.nan) for name in COLUMNS]
    lower, upper, low, high, day, below = (
        np.column_stack([one, rest[0]]) for one, rest in zip(before, later, strict=True)
    )
    if block["kind"].iloc[0] == "score":
        return Trajectories(lower, upper, np.full(lower.shape, -np.inf), np.full(lower.shape, np.inf), day, below)
    low, high = np.where(np.isnan(low), 0.0, low), np.where(np.isnan(high), np.inf, high)
    with np.errstate(divide="ignore"):
        lower, upper, low, high = (np.log(part) for part in (lower, upper, low, high))
    return Trajectories(lower, upper, low, high, day, below)


def weights(found: Trajectories, measure: str) -> np.ndarray:
    """The weights (participants, visits) that make the measure of `found.lower`; NaN rows where it is not defined."""
    seen = found.seen
    if measure == "mean_follow_up":
        share = seen / np.maximum(seen.sum(axis=1, keepdims=True) - 1, 1)
        share[:, 0] = -1
        return share
    made = np.zeros(seen.shape)
    for weight, present, day in zip(made, seen, found.day, strict=True):
        gaps = np.diff(day[present])
        # Undated, or two visits on one day: no area.
        weight[present] = _trapezoid(gaps) if (gaps > 0).all() else np.nan
        weight[0] -= 1
    return made


def measured(lower: np.ndarray, upper: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper bound (participants) of the weighted sums of values between `lower` and `upper`."""
    with np.errstate(invalid="ignore"):
        ends = [
            np.where(weight > 0, weight * rising, np.where(weight < 0, weight * falling, 0.0)).sum(axis=1)
            for rising, falling in ((lower, upper), (upper, lower))
        ]
    return ends[0], ends[1]


def recensored(found: Trajectories) -> np.ndarray:
    """Values of participants seen through the narrowest of their own windows: with no change all their visits are alike."""
    least = np.max(found.window_low, axis=1, where=found.seen, initial=-np.inf, keepdims=True)
    most = np.min(found.window_high, axis=1, where=found.seen, initial=np.inf, keepdims=True)
    return np.clip(np.where(np.isfinite(found.lower), found.lower, found.upper), least, most)


def sign_change_p(values: np.ndarray, draws: int = 10000, seed: int = 1) -> tuple[float, str]:
    """Two-sided p of the mean of `values` over all sign changes, and the code of the test.

    Fisher, The design of experiments, 1935, section 21. Up to MOST_ENUMERATED participants every sign change is
    counted, as sums of two halves; above, `draws` of them. No value: NaN.
    """
    n = values.size
    if n == 0:
        return np.nan, "none"
    total = abs(values.sum())
    slack = 1e-9 * np.abs(values).sum()
    if n > MOST_ENUMERATED:
        sums = np.abs(sign_flips(n, draws, seed) @ values)
        return float(np.mean(sums >= total - slack)), "sign_changes_drawn"
    one, other = (_signed_sums(part) for part in np.split(values, [n // 2]))
    other = np.sort(other)
    above = other.size - np.searchsorted(other, total - slack - one)
    below = np.searchsorted(other, -total + slack - one, side="right")
    hits = min(int(above.sum()) + int(below.sum()), 2**n)
    return hits / 2**n, "sign_changes_all"


def _trapezoid(gaps):
    """Shares of the area under a curve that its points have."""
    return (np.concatenate([[0.0], gaps]) + np.concatenate([gaps, [0.0]])) / (2 * gaps.sum())


def _signed_sums(values):
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums + value, sums - value])
    return sums


def summarised(found: Trajectories, kind: str, measure: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a row of summary_measures: one measure of the participants of a variable and course."""
    weight = weights(found, measure)
    defined = ~np.isnan(weight).any(axis=1)
    found, weight = Trajectories(*(part[defined] for part in found)), weight[defined]
    lower, upper = measured(found.lower, found.upper, weight)
    interval, method, reasons = mean_of_bounds(lower, upper, settings)
    code = "mean_of_measures" if not np.isnan(interval.estimate) else "none"
    modelled = _censored(found, weight, settings["confidence"]) if not np.array_equal(lower, upper) else None
    if modelled:
        interval, code, method, reasons = modelled.interval, "changes_of_visits", "sandwich_t", []
    back = np.exp if kind == "biomarker" else float
    with np.errstate(over="ignore"):
        estimate, low, high = (float(back(part)) for part in interval)
    results = int(found.seen.sum())
    row = {"measure": measure, "n": lower.size, "n_undated": int((~defined).sum())}
    row.update(n_open=int((lower != upper).sum()), share_below=np.nansum(found.below) / results if results else np.nan)
    row.update(estimate=estimate, low=low, high=high, estimate_method_code=code, interval_method_code=method)
    row["reason_code"] = joined(reasons)
    if lower.size > MOST_RECENSORED and not np.array_equal(lower, upper):
        p, test = (modelled.p, method) if modelled else (np.nan, "none")
        row.update(p=p, p_method_code=test, p_floor=np.nan, p_beside=np.nan, p_beside_method_code="none")
        row["reason_code"] = joined([*reasons, *(["measure_spread_would_reject"] if not modelled else [])])
    else:
        row.update(
            _tests(found, lower, upper, weight, (modelled.p, method) if modelled else (np.nan, "none"), settings)
        )
    row["_lloq_min"], row["_lloq_max"] = np.exp(limits(np.where(found.seen, found.window_low, np.nan)))
    return row


def visit_changes(found: Trajectories) -> VisitChanges | None:
    """The mean changes at the visits after baseline that anybody has; None where they are not all to be had."""
    bounds = (found.lower, found.upper, found.window_low, found.window_high)
    return _visit_changes(found.lower.shape, *(part.tobytes() for part in bounds))


@lru_cache(maxsize=256)  # both measures and the test of any visit need those of the same values
def _visit_changes(shape, *values):
    bounds = [np.frombuffer(part).reshape(shape) for part in values]
    seen = ~np.isnan(bounds[0])
    visits = [visit for visit in range(1, shape[1]) if seen[:, visit].any()]
    influence = np.zeros((shape[0], len(visits)))
    changes = []
    for column, visit in enumerate(visits):
        before, after = ([part[seen[:, visit], place] for part in bounds] for place in (0, visit))
        changes.append(mean_change(LogPairs(*before[:2], *after[:2], *before[2:], *after[2:])))
        influence[seen[:, visit], column] = changes[-1].influence
    if np.isnan(influence).any():
        return None
    degrees = min(change.degrees for change in changes)
    return VisitChanges(np.array([change.log_ratio for change in changes]), influence, degrees)


def _censored(found, weight, confidence):
    """The measure of the mean participant from the mean changes at the visits, or None."""
    changes = visit_changes(found)
    if not changes:
        return None
    mean = weight[:, 1:][:, found.seen[:, 1:].any(axis=0)].mean(axis=0)
    return robust(changes, mean, np.zeros(len(weight)), confidence, changes.degrees)


def _tests(found, lower, upper, weight, modelled, settings):
    """The p that carries the claim, and the other one beside it; `modelled`, of censored results, stands beside."""
    determined = np.array_equal(lower, upper)
    values = lower if determined else measured(*(recensored(found),) * 2, weight)[0]
    exact, code = sign_change_p(values, settings["permutations"], settings["seed"])
    tests = [(exact, code if determined or code == "none" else f"{code}_recensored")]
    tests.append(t_test(values) if determined else modelled)
    if determined and values.size < FEWEST_EXACT:
        tests.reverse()
    informative = int((np.abs(values) > 1e-12).sum())
    row = dict(zip(("p", "p_method_code", "p_beside", "p_beside_method_code"), (*tests[0], *tests[1]), strict=True))
    return row | {"p_floor": min(1.0, 2.0 ** (1 - informative)) if values.size else np.nan}


def t_test(values: np.ndarray) -> tuple[float, str]:
    """p of Student's t test of the mean, and the code of the test; NaN where values have no spread."""
    n = values.size
    if n < 2 or np.ptp(values) == 0:
        return np.nan, "none"
    t = abs(values.mean()) / (values.std(ddof=1) / np.sqrt(n))
    return float(2 * stdtr(n - 1, -t)), "t_measure"


def mean_of_bounds(
    lower: np.ndarray, upper: np.ndarray, settings: Mapping[str, Any]
) -> tuple[Interval, str, list[str]]:
    """The mean with its limits, the code of their method, and the codes why something is missing."""
    n, fewest = lower.size, settings["min_n_interval"]
    nothing = Interval(np.nan, np.nan, np.nan)
    if n == 0:
        return nothing, "none", ["nobody_measured"]
    if np.array_equal(lower, upper):
        interval = t_interval(lower, settings["confidence"])
        if n >= fewest and not np.isnan(interval.low):
            return interval, "t_measure", []
        reason = "few_measures" if n < fewest else "equal_measures"
        return Interval(interval.estimate, np.nan, np.nan), "none", [reason]
    reasons = ["measure_open"]
    if n < fewest:
        return nothing, "none", [*reasons, "few_measures"]
    low, high = (_bound(part, side, settings["confidence"]) for part, side in ((lower, 1), (upper, 2)))
    if np.isinf(low) and np.isinf(high):
        return nothing, "none", [*reasons, "measure_unbounded"]
    return Interval(np.nan, low, high), "t_bounds", reasons


def _bound(values, side, confidence):
    """The t limit (1 the lower, 2 the upper) of the mean of bounds; infinite where one of them is."""
    if np.isinf(values).any():
        return -np.inf if side == 1 else np.inf
    interval = t_interval(values, confidence)
    return interval.estimate if np.isnan(interval.low) else interval[side]
