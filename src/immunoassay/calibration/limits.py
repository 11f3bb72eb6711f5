"""Limits of quantification and detection by several rules, side by side; all in the well, in the standards' unit.

- recovery_cv: the longest run of neighbouring standard levels whose mean back-calculated concentration and its CV are
  within tolerance, and where the standard error that the curve gives the mean of as many new wells is too. Recovery and
  CV alone flatter: the curve was bent to these very wells, and two of them with a true CV of 40 % show less than 25 % in
  almost every second level. The standard error has the residuals of all levels behind it, and the error of the curve. The
  tolerance of the ends applies to the plate's own lowest and highest level; a level that became
  the end because another was dropped keeps the inner one. A run with fewer passing levels than pass_fraction of
  min_levels is no range (ICH M10, Bioanalytical method validation and study sample analysis, 2022, ligand binding
  assays).
- precision_profile: the range around the most precise concentration where the standard error of ln concentration of one
  well stays within cv_percent (Ekins; Davidian, Carroll & Smith 1988), inside the range of the standards.
- asymptote_interval: from where the prediction band of a well leaves the confidence interval of one asymptote to where
  it enters that of the other, inside the range of the standards (Quinn; Sanz et al., drLumi, 2017).
- validated: recovery_cv, and no wider than the validated limits of the sheet.

Limits of detection (what is below is not told from nothing), never an LLOQ; where one is chosen, no LLOQ is below it:
- blank_ksd: concentration at mean of this plate's blanks + k SD (- for a falling curve). It is no limit of detection of
  CLSI EP17, Evaluation of detection capability (2012), which asks for at least 60 results of blanks and 60 of low
  samples of a lot, over at least 3 days: one plate has two blanks.
- minimum_detectable, reliable_detection: O'Connell, Belanger & Haaland, Calibration and assay development using the
  four-parameter logistic model (1993).
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from immunoassay.calibration.models import LOG_LOG, LOGISTIC, NONE, VALUE, Curves

RULES = {  # columns of the lower and the upper limit of quantification
    "recovery_cv": ("lloq_recovery_cv", "uloq_recovery_cv"),
    "precision_profile": ("lloq_precision_profile", "uloq_precision_profile"),
    "asymptote_interval": ("lloq_asymptote_interval", "uloq_asymptote_interval"),
    "validated": ("lloq_recovery_cv", "uloq_recovery_cv"),
}
DETECTION = {  # column of the limit of detection; none: no limit of detection is chosen
    "none": None,
    "blank_ksd": "lod_blank_ksd",
    "minimum_detectable": "minimum_detectable",
    "reliable_detection": "reliable_detection",
}
NODES, BISECTIONS = 129, 60
INCLUSIVE = 1e-9
COVERAGE = 0.95  # of the intervals of the asymptotes; of the detection limits one-sided


@dataclass(frozen=True)
class Criteria:
    """Tolerances of standards and limits; the defaults are those of ICH M10 for ligand binding assays.

    blank_k: SDs above the mean of the blanks. robust: wells far from the curve count less in its fit.
    """

    tolerance_percent: float = 20.0
    tolerance_percent_ends: float = 25.0
    cv_percent: float = 20.0
    cv_percent_ends: float = 25.0
    pass_fraction: float = 3 / 4
    max_dropped_fraction: float = 1 / 4
    min_levels: int = 6
    blank_k: float = 3.0
    robust: bool = False


def levels(curves: Curves, standards: pd.DataFrame, criteria: Criteria) -> pd.DataFrame:
    """Every non-zero standard level judged on its curve.

    standards: one row per well with `curve` (row of `curves`), `expected` (> 0), `signal`. Returns one row per curve x
    expected, sorted:
    - n_wells, recovery_percent (of the mean concentration) and cv_percent (n - 1; NaN for one well), both NaN when a
      well is off the curve;
    - se_percent (100 standard errors of ln concentration, of the mean of n_wells new wells at the level);
    - position (0 = lowest), end (the plate's lowest or highest level);
    - reason (off_curve: a well is off the curve; recovery, cv or recovery_and_cv: out of tolerance; else ""), within
      (none of these), passes (within, and se_percent within the tolerance of the CV);
    - deviance (mean square distance of its wells from the curve fitted without the level, in variances of a well; 1 is
      expected).
    """
    rows = standards["curve"].to_numpy(int)
    some, signal = curves.take(rows), standards["signal"].to_numpy(float)
    expected = standards["expected"].to_numpy(float)
    u, outcome = some.invert(signal[:, None])
    fitted, jacobian, slope = some.predict(np.log(expected)[:, None])
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
            "noise": variance / np.maximum(slope[:, 0] ** 2, 1e-300),
        }
    )
    grouped = frame.groupby(["curve", "expected"], sort=True)
    table = grouped.agg(
        n_wells=("computable", "size"),
        computable=("computable", "all"),
        mean=("concentration", "mean"),
        deviation=("deviation", "sum"),
        leverage=("leverage", "first"),
        noise=("noise", "first"),
    ).reset_index()
    table["se_percent"] = 100 * np.sqrt(table["noise"] * np.maximum(1 / table["n_wells"] + table["leverage"], 0))
    table["recovery_percent"] = 100 * table["mean"] / table["expected"]
    table["cv_percent"] = 100 * grouped["concentration"].std(ddof=1).to_numpy(float) / table["mean"]
    table.loc[~table["computable"], ["recovery_percent", "cv_percent"]] = np.nan
    table["position"] = table.groupby("curve").cumcount()
    count = table.groupby("curve")["position"].transform("size")
    table["end"] = (table["position"] == 0) | (table["position"] == count - 1)
    tolerance = np.where(table["end"], criteria.tolerance_percent_ends, criteria.tolerance_percent)
    precision = np.where(table["end"], criteria.cv_percent_ends, criteria.cv_percent)
    # twenty percent is within twenty percent, whatever the last bit says; one well has no CV to fail
    far = (table["recovery_percent"] - 100).abs() / tolerance > 1 + INCLUSIVE
    wide = table["cv_percent"] / precision > 1 + INCLUSIVE
    reasons = ["off_curve", "recovery_and_cv", "recovery", "cv"]
    table["reason"] = np.select([~table["computable"], far & wide, far, wide], reasons, "")
    table["within"] = table["reason"] == ""
    table["passes"] = table["within"] & (table["se_percent"] <= precision * (1 + INCLUSIVE))
    # the wells of a level share a row of the hat matrix: their residuals without the level follow in closed form
    pull = table["leverage"] / (1 - np.minimum(table["n_wells"] * table["leverage"], 0.9))
    squares = (frame["deviation"] ** 2).groupby([frame["curve"], frame["expected"]], sort=True).sum().to_numpy(float)
    table["deviance"] = (squares + pull * table["deviation"] ** 2) / table["n_wells"]
    return table.drop(columns=["mean", "computable", "deviation", "leverage", "noise"])


def recovery_cv(table: pd.DataFrame, count: int, criteria: Criteria) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
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


def precision_profile(
    curves: Curves, lowest: np.ndarray, highest: np.ndarray, cv_percent: float
) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper limit (n,) where the relative standard error of a well stays within cv_percent.

    lowest, highest (n,): concentrations of the outermost standards fitted. NaN where no concentration is that precise.
    """
    lower, upper = np.full(len(lowest), np.nan), np.full(len(lowest), np.nan)
    rows = np.flatnonzero((curves.kind != NONE) & (highest > lowest))
    if not len(rows):
        return lower, upper
    some = curves.take(rows)
    u = np.linspace(np.log(lowest[rows]), np.log(highest[rows]), NODES, axis=1)
    limit = cv_percent / 100
    error = some.relative_se(u)
    best = np.argmin(error, axis=1)
    index = np.arange(NODES)
    bad = error > limit
    found = ~bad[np.arange(len(rows)), best]
    left = np.where(bad & (index < best[:, None]), index, -1).max(axis=1)
    right = np.where(bad & (index > best[:, None]), index, NODES).min(axis=1)

    def precise(x):
        return some.relative_se(x[:, None])[:, 0] <= limit

    low, high = _edges(u, left, right, precise, precise, lowest[rows], highest[rows])
    lower[rows], upper[rows] = np.where(found, low, np.nan), np.where(found, high, np.nan)
    return lower, upper


def _edges(u, left, right, above, below, lowest, highest):
    """Lower and upper limit (n,): where above() and below() of ln concentration (n,) begin and end to hold.

    u (n, NODES); left: the last node below the lower limit, -1 where `lowest` is the limit; right: the first beyond the
    upper one, NODES where `highest` is.
    """
    each = np.arange(len(u))
    low = _bisect(above, u[each, np.maximum(left, 0)], u[each, np.minimum(left + 1, NODES - 1)])
    high = _bisect(below, u[each, np.minimum(right, NODES - 1)], u[each, np.maximum(right - 1, 0)])
    return np.where(left < 0, lowest, np.exp(low)), np.where(right >= NODES, highest, np.exp(high))


def blank_ksd(curves: Curves, mean: np.ndarray, sd: np.ndarray, k: float) -> np.ndarray:
    """Concentration (n,) at the mean of the blanks k SD towards higher concentration; NaN where not on the curve."""
    return _at(curves, mean + k * sd * curves.rising())


def _at(curves, signal):
    """Concentration (n,) of a signal (n,), NaN where it is not on the curve."""
    u, outcome = curves.invert(signal[:, None])
    return np.where((outcome[:, 0] == VALUE) & np.isfinite(signal), np.exp(u[:, 0]), np.nan)


def asymptote_interval(curves: Curves, lowest: np.ndarray, highest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper limit (n,), within the outermost standards; NaN where the curve leaves no room between."""
    lower, upper = np.full(len(lowest), np.nan), np.full(len(lowest), np.nan)
    rows = np.flatnonzero((curves.kind == LOGISTIC) & (highest > lowest))
    if not len(rows):
        return lower, upper
    some, rising = curves.take(rows), curves.take(rows).rising()
    t = some.t(0.5 + COVERAGE / 2)
    error = t * np.sqrt(np.maximum(some.covariance[:, [0, 1], [0, 1]].T, 0))
    start, end = rising * some.theta[:, 0] + error[0], rising * some.theta[:, 1] - error[1]

    def above(u):
        signal, half, _ = some.prediction(u)
        return rising[:, None] * signal - t[:, None] * half >= start[:, None]

    def below(u):
        signal, half, _ = some.prediction(u)
        return rising[:, None] * signal + t[:, None] * half <= end[:, None]

    u, index = np.linspace(np.log(lowest[rows]), np.log(highest[rows]), NODES, axis=1), np.arange(NODES)
    left = np.where(~above(u), index, -1).max(axis=1)  # the last node still within the lower asymptote
    right = np.where(~below(u), index, NODES).min(axis=1)  # the first within the upper one
    low, high = _edges(
        u,
        left,
        right,
        lambda x: above(x[:, None])[:, 0],
        lambda x: below(x[:, None])[:, 0],
        lowest[rows],
        highest[rows],
    )
    found = (left < right - 1) & (left < NODES - 1) & (right > 0) & (low < high)
    lower[rows], upper[rows] = np.where(found, low, np.nan), np.where(found, high, np.nan)
    return lower, upper


def detection(curves: Curves, highest: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Minimum detectable and reliable detection concentration (n,) of a well, with one-sided `confidence`.

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
    signal, error, _ = some.prediction(zero)
    critical = signal[:, 0] + rising * t * error[:, 0]
    u = some.invert(critical[:, None])[0][:, 0]
    top = np.log(highest[rows])
    found = np.isfinite(u) & (u <= top)
    start = np.where(found, u, top)

    def detected(x):
        predicted, deviation, _ = some.prediction(x[:, None])
        return rising * (predicted[:, 0] - critical) - t * deviation[:, 0] >= 0

    nodes = np.linspace(start, top, NODES, axis=1)
    predicted, deviation, _ = some.prediction(nodes)
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


def choose(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """lloq, uloq and limit_reason of every curve by its `limit_rule`, from a frame with the limits side by side and `lod`.

    Raises ValueError for an unknown rule.
    """
    lloq, uloq, reasons = [], [], []
    for row in table.to_dict("records"):
        rule = row["limit_rule"]
        if rule not in RULES:
            raise ValueError(f"unknown limit rule {rule!r}; known: {', '.join(RULES)}")
        low, high = (row[name] for name in RULES[rule])
        reason = row["recovery_cv_reason"] if "recovery_cv" in RULES[rule][0] else WHY_NONE[rule]
        if rule == "validated" and high > low:  # a plate is never better than its own standards show
            low, high = np.fmax(low, row["lloq_validated"]), np.fmin(high, row["uloq_validated"])
            reason = f"validated_outside: its own limits are {row['lloq_recovery_cv']:g} to {row['uloq_recovery_cv']:g}"
        if high > low and row["lod"] > low:  # what is not told from nothing is not quantified
            low = row["lod"]
            reason = f"below_detection: the limit of detection {low:g} is not below the upper limit {high:g}"
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


def detected_from(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Limit of detection of every curve by its `detection_rule`, and why one that is asked for is missing.

    `table`: a frame with the limits side by side. Raises ValueError for an unknown rule.
    """
    found, reasons = [], []
    for row in table.to_dict("records"):
        rule = row["detection_rule"]
        if rule not in DETECTION:
            raise ValueError(f"unknown detection rule {rule!r}; known: {', '.join(DETECTION)}")
        limit = row[DETECTION[rule]] if rule != "none" and row["status"] == "converged" else np.nan
        known = limit > 0
        found.append(limit if known else np.nan)
        reasons.append("" if known or rule == "none" else _why_undetected(rule, row))
    return np.array(found, float), np.array(reasons, object)


WHY_NONE = {  # why a curve has no limit by a rule other than recovery + CV
    "precision_profile": "not_precise: no concentration is measured within the CV",
    "asymptote_interval": "asymptotes_unknown: no concentration is told from both asymptotes",
}


def _why_undetected(rule, row):
    if row["status"] != "converged":
        return f"no_curve: {row['status_reason']}"
    if rule == "blank_ksd" and row["n_blanks"] < 2:
        return f"too_few_blanks: {int(row['n_blanks'])} blanks, 2 needed"
    return {
        "blank_ksd": "blank_off_curve: the signal of the blanks + k SD is not on the curve",
        "minimum_detectable": "not_detectable: no concentration up to the highest standard differs from zero",
        "reliable_detection": "not_detectable: no concentration up to the highest standard is reliably above zero",
    }[rule]
