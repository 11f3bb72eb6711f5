"""All curves and concentrations of one batch: `calibrate`."""

from dataclasses import replace

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.calibration import candidates, editing, fit, limits, models, quantify, variance
from immunoassay.calibration.limits import Criteria
from immunoassay.calibration.models import LINEAR, LOGISTIC

FEWER = {"5pl": 5, "auto": 4, "4pl": 4}  # models that give way where wells are few: parameters they need
DEFAULTS = {
    "curve_model": "4pl",
    "orientation": "best",
    "asymmetry_prior": True,
    "weights": variance.DEFAULT,
    "variance_exponent": np.nan,
    "limit_rule": "recovery_cv",
    "detection_rule": "none",
    "lloq_validated": np.nan,
    "uloq_validated": np.nan,
    "include_blank": False,
}


def calibrate(
    wells: pd.DataFrame,
    analytes: pd.DataFrame,
    plates: pd.DataFrame | None = None,
    criteria: Criteria = Criteria(),  # noqa: B008 (frozen)
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Fit all curves of a batch and back-calculate all its wells.

    wells: the `wells` table of one batch (standards' `expected` and every limit in the well, in standard_unit). Only
        usable wells with a finite signal are fitted; a standard with expected 0 counts as a blank.
    analytes: one row per panel x analyte; columns panel, analyte and, defaulting to DEFAULTS: curve_model (4pl, 5pl,
        auto, linear, log_log), orientation of a 5PL (lower, upper, best), asymmetry_prior (False: the bounds alone),
        weights (variance.WEIGHTS), variance_exponent (power), limit_rule (limits.RULES),
        detection_rule (limits.DETECTION), lloq_validated, uloq_validated, include_blank (blanks enter the fit as zero standards).
    plates: frame with plate and kit_lot; estimated variance functions are pooled within batch x panel x kit lot.

    Returns (curves, concentrations, dropped_standards), conforming to their contracts. A curve that cannot be fitted has
    a status and a reason; an analyte that `analytes` does not name, or an unknown model, weights or rule, raises
    ValueError.
    """
    frame = _curve_rows(wells, analytes, plates)
    standards, blanks = _standards(wells, frame)
    points = _points(frame, standards, blanks)
    frame = _affordable(frame, points)
    fewer = _why_fewer(frame)
    chosen, points, dropped, records, exponent, constant = _fit(frame, points, standards, blanks, criteria)
    frame = _describe(frame, chosen, exponent, constant)
    frame["status_reason"] = frame["status_reason"].where(frame["status"] != "converged", fewer)
    frame = _count(frame, standards, blanks, dropped, chosen)
    curves = _limit(frame, chosen, standards, dropped, criteria)
    curves["amendments"] = None  # the fit asks for none; calibrate_batch names them
    curves = tables.conform(curves[list(tables.TABLES["curves"].columns)], "curves")
    return curves, quantify.concentrations(wells, curves), _dropped_standards(records, frame)


def _curve_rows(wells, analytes, plates):
    """One row per plate x analyte with its settings, sorted."""
    names = ["batch", "plate", "panel", "analyte", "standard_unit", "unit", "unit_factor"]
    frame = wells[names].sort_values(["plate", "analyte"], kind="stable")
    frame = frame.groupby(["plate", "analyte"], sort=True, as_index=False).first()
    settings = analytes.copy()
    for name, default in DEFAULTS.items():
        if name not in settings:
            settings[name] = default
        elif isinstance(default, (str, bool)):
            settings[name] = settings[name].astype(object).where(settings[name].notna(), default)
        else:
            settings[name] = settings[name].astype(float)
    known = pd.MultiIndex.from_frame(settings[["panel", "analyte"]])
    at = known.get_indexer(pd.MultiIndex.from_frame(frame[["panel", "analyte"]]))
    if (at < 0).any():
        unknown = frame.loc[at < 0, ["panel", "analyte"]].drop_duplicates().to_dict("records")
        raise ValueError(f"no analyte row for {unknown}")
    for name in DEFAULTS:
        frame[name] = settings[name].to_numpy()[at]
    lots = {} if plates is None else dict(zip(plates["plate"], plates["kit_lot"], strict=True))
    frame["kit_lot"] = [lots.get(plate, "") for plate in frame["plate"]]
    frame["kit_lot"] = frame["kit_lot"].astype(object).where(frame["kit_lot"].notna(), "")
    return frame


def _standards(wells, frame):
    """Usable wells of standards (expected > 0) and of blanks, in a fixed order, with `curve`, their row of `frame`."""
    signal = wells["signal"].to_numpy(float, na_value=np.nan)
    usable = wells[(wells["disposition"] == "usable").to_numpy() & np.isfinite(signal)]
    place = pd.MultiIndex.from_frame(frame[["plate", "analyte"]])
    usable = usable.assign(curve=place.get_indexer(pd.MultiIndex.from_frame(usable[["plate", "analyte"]])))
    standard, zero = usable["role"] == "standard", usable["expected"] == 0
    standards = usable[standard & (usable["expected"] > 0)]
    blanks = usable[(usable["role"] == "blank") | (standard & zero)]
    columns = ["curve", "expected", "signal", "level", "well"]
    standards = standards[columns].astype({"expected": float, "signal": float})
    standards["level"] = standards["level"].fillna("")
    standards = standards.sort_values(["curve", "expected", "signal", "well"], kind="stable").reset_index(drop=True)
    blanks = blanks[["curve", "signal", "well"]].astype({"signal": float})
    return standards, blanks.sort_values(["curve", "signal", "well"], kind="stable").reset_index(drop=True)


def _points(frame, standards, blanks):
    """Points of every curve: the blanks as zero concentration where included, then the standards by concentration."""
    count = len(frame)
    u, signal = [[] for _ in range(count)], [[] for _ in range(count)]
    include = frame["include_blank"].to_numpy(bool)
    for curve, value in zip(blanks["curve"], blanks["signal"], strict=True):
        if include[curve]:
            u[curve].append(-np.inf)
            signal[curve].append(value)
    for curve, value, response in zip(
        standards["curve"], np.log(standards["expected"].to_numpy(float)), standards["signal"], strict=True
    ):
        u[curve].append(value)
        signal[curve].append(response)
    used = [[True] * len(values) for values in signal]
    return fit.Points(fit.pad(u, 0.0), fit.pad(signal, 0.0), fit.pad(used, False))


def _affordable(frame, points):
    """`frame` with the model the standards of each plate can carry: the sheet's, or one of fewer parameters.

    New columns: fitted_model; model_refused, the sheet's where it gives way; n_wells_offered, n_levels_offered. A curve
    needs more wells than parameters and as many levels. A 5PL gives way to a 4PL, that to a straight line in logarithms, or
    of the signal itself where one is not positive.
    """
    asked = frame["curve_model"].to_numpy(object)
    model, refused = asked.copy(), np.full(len(asked), None, object)
    used_of = [points.u[row][points.used[row]] for row in range(len(asked))]
    offered = np.array([(len(used), len(np.unique(used))) for used in used_of], int).reshape(-1, 2)
    for row in np.flatnonzero(np.isin(asked, list(FEWER))):
        used, (wells, levels) = points.used[row], offered[row]
        line = "log_log" if (points.signal[row][used] > 0).all() else "linear"
        needed = {asked[row]: FEWER[asked[row]], "4pl": 4, line: 2}
        name = next((each for each, parameters in needed.items() if wells > parameters and levels >= parameters), line)
        if wells and name != asked[row]:
            model[row], refused[row] = name, asked[row]
    wells, levels = offered.T
    return frame.assign(fitted_model=model, model_refused=refused, n_wells_offered=wells, n_levels_offered=levels)


def _why_fewer(frame):
    """What is said of the models that gave way; '' of the others."""
    facts = frame[["n_wells_offered", "n_levels_offered", "model_refused", "fitted_model"]]
    said = [(models.why_refused(*each), each[2]) for each in facts.itertuples(index=False, name=None)]
    return np.array([f"fewer_parameters: {words}" if pd.notna(refused) else "" for words, refused in said], object)


def _fit(frame, points, standards, blanks, criteria):
    """Variance functions, curves, and the editing of their standards."""
    model, orientation = frame["fitted_model"].to_numpy(object), frame["orientation"].to_numpy(object)
    weights = frame["weights"].to_numpy(object)
    given = frame["variance_exponent"].to_numpy(float)
    functions = [variance.of(*pair) for pair in zip(weights, given, strict=True)]
    exponent, observed, of_levels = np.array(functions, float).reshape(-1, 3).T
    of_levels = of_levels.astype(bool)
    prior_sd = np.where(frame["asymmetry_prior"].to_numpy(bool), fit.ASYMMETRY_PRIOR_SD, np.inf)

    def refit(rows, points, exponent, constant):
        return candidates.fit_models(
            points.take(rows),
            model[rows],
            orientation[rows],
            exponent,
            constant,
            observed[rows],
            of_levels[rows],
            prior_sd[rows],
            criteria.robust,
        )

    group = frame.groupby(["batch", "panel", "kit_lot", "analyte"], sort=True).ngroup().to_numpy()
    beside = blanks[~frame["include_blank"].to_numpy(bool)[blanks["curve"]]]  # the others are points of the curve
    beside = dict(iter(beside.groupby("curve")["signal"]))
    beside = fit.pad([list(beside.get(curve, ())) for curve in range(len(frame))], np.nan)
    exponent, constant = variance.estimate(
        points, weights, group, exponent, lambda rows, p, c: refit(rows, points, p, c).fit, beside
    )
    chosen = refit(np.arange(len(frame)), points, exponent, constant)
    points, chosen, dropped, records = editing.edit(
        points, chosen, standards, criteria, lambda rows, edited: refit(rows, edited, exponent[rows], constant[rows])
    )
    chosen = replace(chosen, fit=replace(chosen.fit, curves=variance.paid(chosen.fit.curves, weights, group)))
    return chosen, points, dropped, records, exponent, constant


def _describe(frame, chosen, exponent, constant):
    """Model, parameters, covariance and status in the columns of `curves`."""
    fitted, curves = chosen.fit, chosen.fit.curves
    kind = np.array([models.KINDS[name] for name in chosen.model], int)
    theta = curves.theta
    logistic = kind == LOGISTIC
    with np.errstate(all="ignore"):
        sign = np.where(theta[:, 1] < theta[:, 0], -1.0, 1.0)
        frame["lower_asymptote"] = np.where(logistic | (kind == LINEAR), theta[:, 0], np.nan)
        frame["upper_asymptote"] = np.where(logistic, theta[:, 1], np.nan)
        frame["slope"] = np.where(logistic, sign * np.exp(theta[:, 2]), theta[:, 1])
        crossing = np.exp(np.clip(-theta[:, 0] / theta[:, 1], -700, 700))
        frame["midpoint"] = np.where(logistic, np.exp(theta[:, 3]), np.where(kind == LINEAR, np.nan, crossing))
        frame["asymmetry"] = np.where(logistic, np.exp(theta[:, 4]), np.nan)
    frame["model"], frame["orientation"] = chosen.model, chosen.orientation
    frame["variance_exponent"], frame["variance_constant"], frame["variance_floor"] = exponent, constant, curves.floor
    frame["status"], frame["status_reason"] = fitted.status, fitted.reason
    frame["residual_variance"] = np.where(fitted.status == "not_fitted", np.nan, curves.residual_variance)
    frame["degrees_of_freedom"] = curves.degrees_of_freedom
    frame["objective"], frame["iterations"], frame["n_wells"] = fitted.objective, fitted.iterations, fitted.n_wells
    frame["at_bound"] = [
        ",".join(name for i, name in enumerate(models.PARAMETERS[kind[row]]) if fitted.at_bound[row, i])
        for row in range(len(frame))
    ]
    return frame.assign(**models.covariance_columns(curves.covariance, kind))


def _dropped_standards(records, frame):
    """The `dropped_standards` table of the records of the editing, whose `curve` is a row of `frame`."""
    names = ["batch", "plate", "panel", "analyte", "standard_unit"]
    rows = frame[names].iloc[records["curve"].to_numpy(int)].reset_index(drop=True)
    return tables.conform(pd.concat([rows, records.drop(columns="curve")], axis=1), "dropped_standards")


def _count(frame, standards, blanks, dropped, chosen):
    """Levels fitted, range of the standards fitted, and the blanks."""
    count = len(frame)
    gone = _is_dropped(standards, dropped)
    level = standards[~gone].groupby("curve")["expected"].agg(["nunique", "min", "max"]).reindex(range(count))
    frame["n_levels"] = level["nunique"].fillna(0).astype(int).to_numpy()
    frame["lowest_standard"], frame["highest_standard"] = level["min"].to_numpy(float), level["max"].to_numpy(float)
    blank = blanks.groupby("curve")["signal"].agg(["mean", "std", "size"]).reindex(range(count))
    frame["blank_mean"], frame["blank_sd"] = blank["mean"].to_numpy(float), blank["std"].to_numpy(float)
    frame["n_blanks"] = blank["size"].fillna(0).astype(int).to_numpy()
    return frame


def _is_dropped(table, dropped):
    pairs = zip(table["curve"], table["expected"], strict=True)
    return np.array([expected in dropped[curve] for curve, expected in pairs], bool)


def _limit(frame, chosen, standards, dropped, criteria):
    """Every limit side by side, and the one chosen."""
    curves, count = chosen.fit.curves, len(frame)
    lowest, highest = frame["lowest_standard"].to_numpy(float), frame["highest_standard"].to_numpy(float)
    table = limits.levels(curves, standards, criteria)
    table["dropped"] = _is_dropped(table, dropped)
    lloq, uloq, reason = limits.recovery_cv(table, count, criteria)
    frame["lloq_recovery_cv"], frame["uloq_recovery_cv"], frame["recovery_cv_reason"] = lloq, uloq, reason
    lloq, uloq = limits.precision_profile(curves, lowest, highest, criteria.cv_percent)
    frame["lloq_precision_profile"], frame["uloq_precision_profile"] = lloq, uloq
    mean, sd = frame["blank_mean"].to_numpy(float), frame["blank_sd"].to_numpy(float)
    frame["lod_blank_ksd"] = limits.blank_ksd(curves, mean, sd, criteria.blank_k)
    lloq, uloq = limits.asymptote_interval(curves, lowest, highest)
    frame["lloq_asymptote_interval"], frame["uloq_asymptote_interval"] = lloq, uloq
    minimum, reliable = limits.detection(curves, highest, limits.COVERAGE)
    frame["minimum_detectable"], frame["reliable_detection"] = minimum, reliable
    frame["lod"], frame["lod_reason"] = limits.detected_from(frame)
    frame["lloq"], frame["uloq"], frame["limit_reason"] = limits.choose(frame)
    return frame
