"""Limits of quantification and detection by several rules, side by side; all in the well, in the standards' unit.

- recovery_cv: the longest run of neighbouring standard levels whose mean back-calculated concentration and its CV are
  within tolerance. The tolerance of the ends applies to the plate's own lowest and highest level; a level that became
  the end because another was dropped keeps the inner one. A run with fewer passing levels than pass_fraction of
  min_levels is no range (ICH M10, Bioanalytical method validation and study sample analysis, 2022, ligand binding
  assays).
- precision_profile: the range around the most precise concentration where the standard error of ln concentration of one
  well stays within cv_percent (Ekins; Davidian, Carroll & Smith 1988), inside the range of the standards.
- blank_ksd: concentration at mean of the blanks + k SD (- for a falling curve).
- minimum_detectable, reliable_detection: O'Connell, Belanger & Haaland, Calibration and assay development using the
  four-parameter logistic model (1993).
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from immunoassay.calibration.models import LOG_LOG, NONE, VALUE

RULES = ("recovery_cv", "precision_profile", "blank_ksd", "minimum_detectable", "fixed")
NODES, BISECTIONS = 129, 60


@dataclass(frozen=True)
class Criteria:
    """Tolerances of standards and limits; the defaults are those of ICH M10 for ligand binding assays.

    blank_k: SDs above the mean of the blanks. confidence: one-sided, of the minimum detectable concentration.
    """

    tolerance_percent: float = 20.0
    tolerance_percent_ends: float = 25.0
    cv_percent: float = 20.0
    cv_percent_ends: float = 25.0
    pass_fraction: float = 3 / 4
    max_dropped_fraction: float = 1 / 4
    min_levels: int = 6
    blank_k: float = 3.0
    confidence: float = 0.95


def levels(curves, standards, criteria):
    """Every non-zero standard level judged on its curve.

    standards: one row per well with `curve` (row of `curves`), `expected` (> 0), `signal`. Returns one row per curve x
    expected, sorted: n_wells, recovery_percent (of the mean concentration) and cv_percent (n - 1; NaN for one well),
    both NaN when a well is off the curve; position (0 = lowest), end (the plate's lowest or highest level), passes
    (every well on the curve, recovery and CV within tolerance) and deviance (mean square distance of its wells from the
    curve fitted without the level, in variances of a well; 1 is expected).
    """
    rows = standards["curve"].to_numpy(int)
    some, signal = curves.take(rows), standards["signal"].to_numpy(float)
    expected = standards["expected"].to_numpy(float)
    u, outcome = some.invert(signal[:, None])
    fitted, jacobian, _ = some.predict(np.log(expected)[:, None])
    variance = np.maximum(some.signal_variance(fitted)[:, 0], 1e-300)
    uncertainty = ((jacobian @ some.covariance) * jacobian).sum(axis=-1)[:, 0]
    frame = pd.DataFrame(
        {
            "curve": rows,
            "expected": expected,
            "concentration": np.exp(u[:, 0]),
            "computable": (outcome[:, 0] == VALUE) & (curves.kind[rows] != NONE),
            "deviation": (signal - fitted[:, 0]) / np.sqrt(variance),
            "leverage": uncertainty / variance,
        }
    )
    grouped = frame.groupby(["curve", "expected"], sort=True)
    table = grouped.agg(
        n_wells=("computable", "size"),
        computable=("computable", "all"),
        mean=("concentration", "mean"),
        deviation=("deviation", "sum"),
        leverage=("leverage", "first"),
    ).reset_index()
    table["recovery_percent"] = 100 * table["mean"] / table["expected"]
    table["cv_percent"] = 100 * grouped["concentration"].std(ddof=1).to_numpy(float) / table["mean"]
    table.loc[~table["computable"], ["recovery_percent", "cv_percent"]] = np.nan
    table["position"] = table.groupby("curve").cumcount()
    count = table.groupby("curve")["position"].transform("size")
    table["end"] = (table["position"] == 0) | (table["position"] == count - 1)
    tolerance = np.where(table["end"], criteria.tolerance_percent_ends, criteria.tolerance_percent)
    precision = np.where(table["end"], criteria.cv_percent_ends, criteria.cv_percent)
    # twenty percent is within twenty percent, whatever the last bit says; one well has no CV to fail
    used = np.fmax((table["recovery_percent"] - 100).abs() / tolerance, table["cv_percent"] / precision)
    table["passes"] = table["computable"] & (used <= 1 + 1e-9)
    # the wells of a level share a row of the hat matrix: their residuals without the level follow in closed form
    pull = table["leverage"] / (1 - np.minimum(table["n_wells"] * table["leverage"], 0.9))
    squares = (frame["deviation"] ** 2).groupby([frame["curve"], frame["expected"]], sort=True).sum().to_numpy(float)
    table["deviance"] = (squares + pull * table["deviation"] ** 2) / table["n_wells"]
    return table.drop(columns=["mean", "computable", "deviation", "leverage"])


def recovery_cv(table, count, criteria):
    """LLOQ, ULOQ (count,) and the reason of a missing range, from a `levels` table with a `dropped` column."""
    lloq, uloq, reason = np.full(count, np.nan), np.full(count, np.nan), np.full(count, "", object)
    fewest = max(math.ceil(criteria.pass_fraction * criteria.min_levels - 1e-9), 2)
    kept = table[~table["dropped"]]
    curves, starts = np.unique(kept["curve"].to_numpy(int), return_index=True)
    passes, expected = kept["passes"].to_numpy(bool), kept["expected"].to_numpy(float)
    for curve, start, stop in zip(curves, starts, [*starts, len(kept)][1:], strict=True):
        first, size = _longest_run(passes[start:stop])
        if size < fewest:
            reason[curve] = f"too_few_passing_levels: {size} neighbouring levels within tolerance, {fewest} needed"
            continue
        lloq[curve], uloq[curve] = expected[start + first], expected[start + first + size - 1]
    return lloq, uloq, reason


def _longest_run(passes):
    """Start and length of the longest run of True; the first of equals."""
    best, start = (0, 0), None
    for position, value in enumerate([*passes, False]):
        if value and start is None:
            start = position
        if not value and start is not None:
            best = (start, position - start) if position - start > best[1] else best
            start = None
    return best


def precision_profile(curves, lowest, highest, cv_percent, replicates=1):
    """Lower and upper limit (n,) where the relative standard error of `replicates` wells stays within cv_percent.

    lowest, highest (n,): concentrations of the outermost standards fitted. NaN where no concentration is that precise.
    """
    lower, upper = np.full(len(lowest), np.nan), np.full(len(lowest), np.nan)
    rows = np.flatnonzero((curves.kind != NONE) & (highest > lowest))
    if not len(rows):
        return lower, upper
    some = curves.take(rows)
    u = np.linspace(np.log(lowest[rows]), np.log(highest[rows]), NODES, axis=1)
    limit = cv_percent / 100
    error = some.relative_se(u, replicates)
    best = np.argmin(error, axis=1)
    index = np.arange(NODES)
    bad = error > limit
    found = ~bad[np.arange(len(rows)), best]
    left = np.where(bad & (index < best[:, None]), index, -1).max(axis=1)
    right = np.where(bad & (index > best[:, None]), index, NODES).min(axis=1)

    def edge(outside, inside):
        def precise(x):
            return some.relative_se(x[:, None], replicates)[:, 0] <= limit

        return _bisect(precise, outside, inside)

    each = np.arange(len(rows))
    low = np.where(left < 0, u[:, 0], edge(u[each, np.maximum(left, 0)], u[each, np.minimum(left + 1, NODES - 1)]))
    high = np.where(right >= NODES, u[:, -1], edge(u[each, np.minimum(right, NODES - 1)], u[each, right - 1]))
    lower[rows], upper[rows] = np.where(found, np.exp(low), np.nan), np.where(found, np.exp(high), np.nan)
    lower[rows] = np.where(found & (left < 0), lowest[rows], lower[rows])
    upper[rows] = np.where(found & (right >= NODES), highest[rows], upper[rows])
    return lower, upper


def blank_ksd(curves, mean, sd, k):
    """Concentration (n,) at the mean of the blanks k SD towards higher concentration; NaN where not on the curve."""
    signal = mean + k * sd * curves.rising()
    u, outcome = curves.invert(signal[:, None])
    return np.where((outcome[:, 0] == VALUE) & np.isfinite(signal), np.exp(u[:, 0]), np.nan)


def detection(curves, highest, confidence, replicates=1):
    """Minimum detectable and reliable detection concentration (n,) for the mean of `replicates` wells.

    The first is where the curve reaches the upper prediction limit of zero concentration, the second where the lower
    prediction limit of the curve does. NaN where there is none (log_log has no signal at zero) or beyond the highest
    standard.
    """
    count = len(highest)
    minimum, reliable = np.full(count, np.nan), np.full(count, np.nan)
    rows = np.flatnonzero((curves.kind != NONE) & (curves.kind != LOG_LOG) & (highest > 0))
    if not len(rows):
        return minimum, reliable
    some, rising, t = curves.take(rows), curves.take(rows).rising(), curves.take(rows).t(confidence)
    zero = np.full((len(rows), 1), -np.inf)
    signal, error, _ = some.prediction(zero, replicates)
    critical = signal[:, 0] + rising * t * error[:, 0]
    u = some.invert(critical[:, None])[0][:, 0]
    top = np.log(highest[rows])
    found = np.isfinite(u) & (u <= top)
    start = np.where(found, u, top)

    def detected(x):
        predicted, deviation, _ = some.prediction(x[:, None], replicates)
        return rising * (predicted[:, 0] - critical) - t * deviation[:, 0] >= 0

    nodes = np.linspace(start, top, NODES, axis=1)
    predicted, deviation, _ = some.prediction(nodes, replicates)
    above = rising[:, None] * (predicted - critical[:, None]) - t[:, None] * deviation >= 0
    first = np.argmax(above, axis=1)
    each = np.arange(len(rows))
    edge = _bisect(detected, nodes[each, np.maximum(first - 1, 0)], nodes[each, first])
    minimum[rows] = np.where(found, np.exp(start), np.nan)
    reliable[rows] = np.where(found & above.any(axis=1) & (first > 0), np.exp(edge), np.nan)
    return minimum, reliable


def _bisect(inside, outer, inner):
    """The boundary between `outer` (inside() false) and `inner` (inside() true), (n,); the inner side of it."""
    for _ in range(BISECTIONS):
        middle = (outer + inner) / 2
        yes = inside(middle)
        outer, inner = np.where(yes, outer, middle), np.where(yes, middle, inner)
    return inner


def choose(table):
    """lloq, uloq and limit_reason of every curve by its `limit_rule`, from a frame with the limits side by side.

    Detection rules have the highest standard fitted as their upper limit. Raises ValueError for an unknown rule.
    """
    lloq, uloq, reasons = [], [], []
    for row in table.to_dict("records"):
        rule = row["limit_rule"]
        if rule not in RULES:
            raise ValueError(f"unknown limit rule {rule!r}; known: {', '.join(RULES)}")
        low, high, reason = {
            "recovery_cv": (row["lloq_recovery_cv"], row["uloq_recovery_cv"], row["recovery_cv_reason"]),
            "precision_profile": (
                row["lloq_precision_profile"],
                row["uloq_precision_profile"],
                "not_precise: no concentration is measured within the CV",
            ),
            "blank_ksd": (row["lod_blank_ksd"], row["highest_standard"], _blank_reason(row)),
            "minimum_detectable": (
                row["minimum_detectable"],
                row["highest_standard"],
                "not_detectable: no concentration up to the highest standard differs from zero",
            ),
            "fixed": (row["lloq_fixed"], row["uloq_fixed"], "no_fixed_limit: the sheet gives no lower and upper limit"),
        }[rule]
        if row["status"] != "converged":
            low, high, reason = np.nan, np.nan, f"no_curve: {row['status_reason']}"
        elif low > 0 and high > low:
            reason = ""
        else:
            low, high = np.nan, np.nan
        lloq.append(low)
        uloq.append(high)
        reasons.append(reason)
    return np.array(lloq, float), np.array(uloq, float), np.array(reasons, object)


def _blank_reason(row):
    if row["n_blanks"] < 2:
        return f"too_few_blanks: {int(row['n_blanks'])} blanks, 2 needed"
    return "blank_off_curve: the signal of the blanks + k SD is not on the curve"
