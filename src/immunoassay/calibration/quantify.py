"""Concentrations of wells, of replicates and of dilutions: a value, an interval, a status and a reason.

Status of a well: below the curve or under the LLOQ is `below_lloq`, where a limit of detection is chosen `below_lod` below
the curve or under that limit; above the curve or over the ULOQ `above_uloq`, both
ends of the range are quantified. A well beyond the detector has the highest signal there is: above the ULOQ, or below
the LLOQ where the signal falls with concentration. Reason codes: below_curve, below_detection, below_limit,
above_limit, above_curve, beyond_detector, no_curve, no_limit, no_signal, excluded, replicates_contradict, dilutions_disagree.

Interval: the 95 % prediction band of the curve (noise of the wells and curve error) inverted at the signal. In the
middle of a curve it agrees with the delta method on ln concentration; near an asymptote it is open (0 or inf). Source:
Fieller-type inversion as in O'Connell, Belanger & Haaland (1993).
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.calibration import models
from immunoassay.calibration.models import ABOVE, BELOW, NONE
from immunoassay.tables.distinct import distinct

REPLICATE_RULES = ("mean_of_concentrations", "mean_of_responses")
AGREE_PERCENT, DILUTION_CV_PERCENT = 20.0, 30.0
COVERAGE = 0.95
NODES, MARGIN, CHUNK = 510, np.log(1000.0), 500
INCLUSIVE = 1e-9  # a value on a limit is inside it, whatever the last bit says
LATER = (
    "attempt",
    "verdict",
    "verdict_reason",
    "amendments",
    "run_date",
    "kit_lot",
    "run",
    "file",
    "file_sha256",
)
ATTEMPT = ["plate", "sample_id", "analyte", "dilution"]
SAMPLES = [  # columns of the concentrations that are combined
    *(*ATTEMPT, "well", "batch", "panel", "unit", "disposition"),
    *("signal", "concentration_well", "concentration", "status", "reason"),
]
COMBINED = [name for name in tables.TABLES["attempts"].columns if name not in LATER]


def concentrations(wells: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """The `concentrations` table of `wells` on `curves` (both conform to their contract; every well x analyte once)."""
    row = curve_rows(wells, curves)
    arrays = models.from_frame(curves)
    signal = wells["signal"].to_numpy(float, na_value=np.nan)
    usable, beyond = ((wells["disposition"] == name).to_numpy() for name in ("usable", "beyond_detector"))
    found = back_calculate(arrays, curves, row, signal, np.ones(len(row)))
    outcome = np.where(beyond, _highest(arrays, row), found["outcome"])
    status, reason = judge(curves, row, outcome, found["concentration"])
    reason = np.where(beyond & (status != "not_reportable"), "beyond_detector", reason)
    counted, measured = usable | beyond, np.isfinite(signal) | beyond
    status = np.where(counted & measured, status, "not_reportable")
    reason = np.where(~counted, "excluded", np.where(~measured, "no_signal", reason))
    factor = wells["dilution"].fillna(1.0).to_numpy(float) * wells["unit_factor"].fillna(1.0).to_numpy(float)
    computed = usable & np.isfinite(signal)
    in_well = np.where(computed, found["concentration"], np.nan)
    expected = wells["expected"].to_numpy(float, na_value=np.nan)
    names = ["batch", "plate", "panel", "well", "analyte", "role", "sample_id", "level", "unit", "disposition"]
    frame = wells[names].copy()
    frame["dilution"], frame["signal"], frame["expected"] = wells["dilution"], wells["signal"], wells["expected"]
    frame["concentration_well"] = in_well
    frame["concentration"] = in_well * factor
    frame["low"] = np.where(computed, found["low"], np.nan) * factor
    frame["high"] = np.where(computed, found["high"], np.nan) * factor
    frame["relative_se"] = np.where(computed, found["relative_se"], np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        known = (expected > 0) & (wells["role"] != "spike").to_numpy()
        frame["recovery_percent"] = np.where(known, 100 * in_well / expected, np.nan)
    frame["status"], frame["reason"] = status, reason
    return tables.conform(frame, "concentrations")


def back_calculate(
    arrays: models.Curves, curves: pd.DataFrame, row: np.ndarray, signal: np.ndarray, replicates: np.ndarray
) -> dict[str, np.ndarray]:
    """Concentration in the well of mean signals of `replicates` wells on curve `row`; all (n,).

    arrays: models.Curves of the frame `curves`. Returns a dict of arrays: concentration (NaN outside the curve),
    outcome (models.BELOW, VALUE, ABOVE), relative_se, low, high (NaN without a curve).
    """
    count = len(row)
    result = {name: np.full(count, np.nan) for name in ("concentration", "relative_se", "low", "high")}
    result["outcome"] = np.zeros(count, int)
    some = np.flatnonzero((arrays.kind[row] != NONE) & np.isfinite(signal)) if count else np.array([], int)
    if not len(some):
        return result
    picked = arrays.take(row[some])
    u, outcome = picked.invert(signal[some][:, None])
    result["concentration"][some], result["outcome"][some] = np.exp(u[:, 0]), outcome[:, 0]
    error = picked.relative_se(np.where(np.isfinite(u), u, 0.0), replicates[some])[:, 0]
    result["relative_se"][some] = np.where(np.isfinite(u[:, 0]), error, np.nan)
    low, high = _intervals(arrays, curves, row[some], signal[some], replicates[some])
    # between two nodes of the band the value itself is the better end
    value = result["concentration"][some]
    result["low"][some], result["high"][some] = np.fmin(low, value), np.fmax(high, value)
    return result


def _intervals(arrays, curves, row, signal, replicates):
    """The inverted prediction band at each signal, (n,) each: low (0 = open) and high (inf = open)."""
    low, high = np.zeros(len(row)), np.full(len(row), np.inf)
    counts, own = np.unique(replicates, return_inverse=True)
    pairs, which = np.unique(row * len(counts) + own, return_inverse=True)
    curve, wells = pairs // len(counts), counts[pairs % len(counts)]
    order = np.argsort(which, kind="stable")
    starts = np.searchsorted(which[order], np.arange(len(pairs) + 1))
    lowest = curves["lowest_standard"].to_numpy(float, na_value=np.nan)
    highest = curves["highest_standard"].to_numpy(float, na_value=np.nan)
    for begin in range(0, len(pairs), CHUNK):
        members = curve[begin : begin + CHUNK]
        some = arrays.take(members)
        inner = np.linspace(np.log(lowest[members]) - MARGIN, np.log(highest[members]) + MARGIN, NODES, axis=1)
        u = np.concatenate([np.full((len(members), 1), -np.inf), inner], axis=1)
        rising = some.rising()[:, None]
        predicted, error, _ = some.prediction(u, wells[begin : begin + CHUNK])
        half = some.t(0.5 + COVERAGE / 2)[:, None] * error
        upper_band = np.minimum.accumulate((rising * predicted + half)[:, ::-1], axis=1)[:, ::-1]
        lower_band = np.maximum.accumulate(rising * predicted - half, axis=1)
        for k, member in enumerate(range(begin, begin + len(members))):
            mine = order[starts[member] : starts[member + 1]]
            y = rising[k, 0] * signal[mine]
            low[mine] = _cross(y, upper_band[k], u[k], 0.0, "left")
            high[mine] = _cross(y, lower_band[k], u[k], np.inf, "right")
    return low, high


def _cross(y, band, u, open_end, side):
    """Concentration where a nondecreasing band over u (-inf, then finite nodes) reaches y.

    Short of the first finite node the lower end is open (0); beyond the last the upper end is open (inf), and a lower
    end is the last node.
    """
    after = np.searchsorted(band, y, side=side)
    inside = (after >= 2) & (after < len(band))
    k = np.where(inside, after, 2)
    width = band[k] - band[k - 1]
    share = np.where(inside & (width > 0), (y - band[k - 1]) / np.where(width > 0, width, 1.0), 0.0)
    found = np.exp(u[k - 1] + share * (u[k] - u[k - 1]))
    first, last = (0.0, np.exp(u[-1])) if open_end == 0.0 else (np.exp(u[1]), np.inf)
    return np.where(inside, found, np.where(after < 2, first, last))


def judge(
    curves: pd.DataFrame, row: np.ndarray, outcome: np.ndarray, concentration: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Status and reason (n,) of concentrations in the well on curve `row` against the limits of that curve; None: quantified."""
    lod, lloq, uloq = (curves[name].to_numpy(float, na_value=np.nan)[row] for name in ("lod", "lloq", "uloq"))
    usable = (curves["status"] == "converged").to_numpy()[row]
    limited = np.isfinite(lloq) & np.isfinite(uloq)
    conditions = [
        ~usable,
        ~limited,
        outcome == BELOW,
        outcome == ABOVE,
        concentration < lod * (1 - INCLUSIVE),
        concentration < lloq * (1 - INCLUSIVE),
        concentration > uloq * (1 + INCLUSIVE),
    ]
    reasons = ["no_curve", "no_limit", "below_curve", "above_curve", "below_detection", "below_limit", "above_limit"]
    reason = np.select(conditions, reasons, None)  # type: ignore[call-overload]  # NumPy takes None too
    statuses = ["not_reportable"] * 2 + ["below_lloq", "above_uloq", "below_lod", "below_lloq", "above_uloq"]
    status = np.select(conditions, statuses, "quantified")
    status = np.where((reason == "below_curve") & np.isfinite(lod), "below_lod", status)
    return status.astype(object), reason.astype(object)


def _highest(arrays, row):
    """Where on curve `row` the highest signal lies: beyond its upper end, or below its lower one."""
    return np.where(arrays.rising()[row] > 0, ABOVE, BELOW)


def curve_rows(wells: pd.DataFrame, curves: pd.DataFrame) -> np.ndarray:
    """Row of `curves` (n,) of every row of `wells` (plate x analyte), -1 where there is none."""
    places = zip(curves["plate"].tolist(), curves["analyte"].tolist(), strict=True)
    known = {place: at for at, place in enumerate(places)}
    at, first = distinct(wells, "plate", "analyte")
    named = wells[["plate", "analyte"]].take(first).itertuples(index=False, name=None)
    return np.array([known.get(place, -1) for place in named], int)[at]


def combine_replicates(
    concentrations: pd.DataFrame, curves: pd.DataFrame, rule: str, agreeing: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """One row per plate x sample x analyte x dilution from the sample wells of a `concentrations` table.

    mean_of_concentrations: the mean of the wells' concentrations when every usable well is quantified; otherwise (one
    replicate in range and one not, or none) the mean signal is back-calculated and its status decides, so that a pair
    is never judged by its convenient half. mean_of_responses: always the mean signal. The interval is that of the mean
    of n wells at the value. cv_percent is the CV (n - 1) of the wells' concentrations, missing unless all usable wells
    are computable. Wells set aside are not used; without a usable well the status is not_reportable with their reason.

    A well beyond the detector is above the ULOQ (of a falling curve below the LLOQ). The attempt is too when each other
    well is, or lies with that limit within the CV of replicates that `agreeing` gives by analyte, in percent; else it is
    not_reportable, replicates_contradict, flagged with the values of both sides.
    Fewer wells than the samples of the plate usually have are flagged W-FEWER-WELLS.

    Returns the columns of `attempts` this room knows (COMBINED). Bounds: quantified value, value; below_lod 0,
    LOD; below_lloq 0, LLOQ;
    above_uloq ULOQ, inf; not_reportable 0, inf. Raises ValueError for an unknown rule.
    """
    if rule not in REPLICATE_RULES:
        raise ValueError(f"unknown replicate rule {rule!r}; known: {', '.join(REPLICATE_RULES)}")
    samples = concentrations.loc[concentrations["role"] == "sample", SAMPLES]
    if samples.empty:
        return pd.DataFrame(columns=COMBINED)
    samples = samples.assign(sample_id=samples["sample_id"].fillna(""), dilution=samples["dilution"].fillna(1.0))
    codes = [samples[name].factorize(sort=True)[0] for name in (*ATTEMPT, "well")]
    order = np.lexsort(codes[::-1])
    samples, new = samples.take(order).reset_index(drop=True), np.zeros(len(order), bool)
    new[0] = True
    for code in codes[: len(ATTEMPT)]:
        new[1:] |= np.diff(code[order]) != 0
    member, first = np.cumsum(new) - 1, np.flatnonzero(new)
    frame = samples[[*ATTEMPT, "panel", "batch", "unit"]].take(first).reset_index(drop=True)
    is_usable = (samples["disposition"] == "usable").to_numpy(bool) & samples["signal"].notna().to_numpy()
    is_beyond = (samples["disposition"] == "beyond_detector").to_numpy(bool)

    def count(hit):
        return np.bincount(member[hit], minlength=len(frame))

    def per(values):
        return values.reindex(range(len(frame))).to_numpy(float)

    n, beyond = count(is_usable), count(is_beyond)
    computed = samples["concentration_well"].notna().to_numpy()
    used = samples[is_usable]
    each = used.groupby(member[is_usable], sort=True)
    signal, mean = (per(each[name].mean()) for name in ("signal", "concentration_well"))
    spread = per(each["concentration_well"].std(ddof=1))
    computable = count(is_usable & computed) == n
    quantified = (n > 0) & (count(is_usable & (samples["status"] != "quantified").to_numpy(bool)) == 0)
    shown = is_usable | is_beyond | (n + beyond == 0)[member]
    frame["wells"] = _joined(samples["well"], member, shown, len(frame))
    frame["n_wells"] = n + beyond
    row = curve_rows(frame, curves)
    arrays = models.from_frame(curves)
    by_mean = quantified & (rule == "mean_of_concentrations")
    with np.errstate(divide="ignore", invalid="ignore"):
        at_value = arrays.take(row).predict(np.log(np.where(by_mean, mean, 1.0))[:, None])[0][:, 0]
        cv = 100 * spread / mean
    signal = np.where(by_mean, at_value, signal)
    found = back_calculate(arrays, curves, row, signal, np.maximum(n, 1).astype(float))
    point = np.where(by_mean, mean, found["concentration"])
    status, reason = judge(curves, row, found["outcome"], point)
    unused = samples["reason"][(n == 0)[member]].groupby(member[(n == 0)[member]]).first()
    reason[n == 0] = unused.to_numpy(object)
    status = np.where(n > 0, status, "not_reportable")
    factor = frame["dilution"].to_numpy(float) * curves["unit_factor"].fillna(1.0).to_numpy(float)[row]
    frame["status"], frame["reason"], frame["point"] = status, reason, point * factor
    frame["low"], frame["high"] = found["low"] * factor, found["high"] * factor
    frame["lod"] = curves["lod"].to_numpy(float, na_value=np.nan)[row] * factor
    frame["lloq_plate"] = curves["lloq"].to_numpy(float, na_value=np.nan)[row] * factor
    frame["uloq_plate"] = curves["uloq"].to_numpy(float, na_value=np.nan)[row] * factor
    frame["lloq_rule"] = curves["limit_rule"].to_numpy(object)[row]
    frame["cv_percent"] = np.where(computable & (n > 1) & (beyond == 0), cv, np.nan)
    sizes = pd.Series(np.bincount(member))
    usual = sizes.groupby(frame["plate"]).transform(lambda sizes: sizes.mode().iloc[0])
    frame["flags"] = np.where((frame["n_wells"] > 0) & (frame["n_wells"] < usual), "W-FEWER-WELLS", "")
    if beyond.any():
        used = used.assign(member=member[is_usable])
        _beyond_detector(frame, curves, np.flatnonzero(beyond), row, _highest(arrays, row), used, agreeing or {})
    return _bounds(frame)[COMBINED]


def _beyond_detector(frame, curves, hit, row, outcome, used, agreeing):
    """Status, reason and flags of the attempts `hit` that have a well beyond the detector. Changes the frame."""
    status, _ = judge(curves, row, outcome, np.full(len(row), np.nan))
    limits = curves["uloq"].to_numpy(float)[row], curves["lloq"].to_numpy(float)[row]
    limit = np.where(outcome == ABOVE, *limits)
    wells = dict(iter(used.groupby("member", sort=False)))
    nothing = used.iloc[:0]
    for at in hit:
        frame.loc[at, ["low", "high", "point"]] = np.nan
        if status[at] == "not_reportable":  # no curve, or no limit
            continue
        others = wells.get(at, nothing)
        value, percent = others["concentration_well"].to_numpy(float), agreeing.get(frame["analyte"][at], AGREE_PERCENT)
        with np.errstate(invalid="ignore"):
            cv = 100 * np.sqrt(2) * np.abs(value - limit[at]) / (value + limit[at])
        if ((others["status"] == status[at]) | (cv <= percent * (1 + INCLUSIVE))).all():
            frame.loc[at, ["status", "reason"]] = status[at], "beyond_detector"
            continue
        frame.loc[at, ["status", "reason"]] = "not_reportable", "replicates_contradict"
        each = zip(others["concentration"], others["status"], strict=True)
        said = "|".join(f"{value:.4g}" if value == value else name for value, name in each)
        flags = [frame["flags"][at], f"replicates_contradict:{said}|beyond_detector"]
        frame.loc[at, "flags"] = ";".join(filter(None, flags))


def _joined(wells, member, shown, count):
    """Names of the shown wells of each group, comma-separated; groups stand together."""
    names, ends = wells[shown].tolist(), np.cumsum(np.bincount(member[shown], minlength=count)).tolist()
    return [",".join(names[start:end]) for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _bounds(frame):
    """value, lower and upper from point, status and the limits in sample units."""
    status = frame["status"]
    quantified, undetected, below, above = (status == name for name in ("quantified", *tables.BELOW, "above_uloq"))
    limit = frame["lod"].where(undetected, frame["lloq_plate"])
    frame["value"] = np.where(quantified, frame["point"], np.nan)
    frame["lower"] = np.where(quantified, frame["point"], np.where(above, frame["uloq_plate"], 0.0))
    frame["upper"] = np.where(quantified, frame["point"], np.where(below | undetected, limit, np.inf))
    return frame


def choose_dilution(combined: pd.DataFrame) -> pd.DataFrame:
    """One row per plate x sample x analyte from the rows of `combine_replicates`, over the dilutions of a sample.

    - one dilution quantified: that one;
    - several: the mean of their values, which are corrected for dilution, flagged `dilutions_combined:10|100`; when
      their CV (n - 1) exceeds 30 % also flagged `dilutions_disagree` (hook effect, non-parallelism). dilution and
      limits are those of the lowest dilution combined for the LLOQ, of the highest for the ULOQ; cv_percent is the CV
      between dilutions; low and high are the means of theirs, as errors of one curve are shared;
    - none, all below the LLOQ: the least diluted; all above the ULOQ: the most diluted; above at a low dilution and
      below at a high one, or the reverse: not_reportable, dilutions_disagree;
    - not_reportable dilutions are passed over while another one says something.
    """
    if combined.empty:
        return combined.copy()
    key = ["plate", "sample_id", "analyte"]
    combined = combined.sort_values([*key, "dilution"], kind="stable").reset_index(drop=True)
    single = ~combined.duplicated(key, keep=False)
    chosen = [_one_of(series.reset_index(drop=True)) for _, series in combined[~single].groupby(key, sort=True)]
    result = pd.concat([combined[single], pd.DataFrame(chosen, columns=combined.columns)] if chosen else [combined])
    return result.astype(combined.dtypes.to_dict()).sort_values(key, kind="stable").reset_index(drop=True)


def _one_of(series):
    """The row that stands for a dilution series (one sample and analyte on one plate, by rising dilution)."""
    quantified = series[series["status"] == "quantified"]
    if len(quantified) == 1:
        return quantified.iloc[0]
    if len(quantified) > 1:
        row = quantified.iloc[0].copy()
        mean = quantified["value"].mean()
        row["value"] = row["lower"] = row["upper"] = row["point"] = mean
        row["low"], row["high"] = quantified["low"].mean(), quantified["high"].mean()
        row["uloq_plate"] = quantified["uloq_plate"].iloc[-1]
        row["cv_percent"] = 100 * quantified["value"].std(ddof=1) / mean
        row["wells"], row["n_wells"] = ",".join(quantified["wells"]), quantified["n_wells"].sum()
        names = "|".join(f"{dilution:g}" for dilution in quantified["dilution"])
        flags = [*dict.fromkeys(flag for flag in quantified["flags"] if flag), f"dilutions_combined:{names}"]
        if row["cv_percent"] > DILUTION_CV_PERCENT * (1 + INCLUSIVE):
            flags.append("dilutions_disagree")
        row["flags"] = ";".join(flags)
        return row
    below, above = series[series["status"].isin(tables.BELOW)], series[series["status"] == "above_uloq"]
    if len(below) and len(above):
        row = series.iloc[0].copy()
        row["status"], row["reason"] = "not_reportable", "dilutions_disagree"
        row["value"], row["point"], row["lower"], row["upper"] = np.nan, np.nan, 0.0, np.inf
        row["low"], row["high"] = 0.0, np.inf
        return row
    if len(below):
        return below.iloc[0]
    return above.iloc[-1] if len(above) else series.iloc[0]
