"""Comparison of kit lots on samples measured with both, and normalisation to a bridging pool where the study names one.

The pairs are each sample's first accepted, quantified attempt with either lot. Verdict: equivalent (PASS) when the ratio
of geometric means new / old and its 90 % interval lie within 0.80 to 1.25; indeterminate (WARN) when only the ratio does,
or the samples are few or narrow; not poolable without a documented adjustment (FAIL) when the ratio does not. No guideline
sets limits for lots; these are the ones stated. Nothing is adjusted by a comparison, and batches are never "corrected" by a
statistical model (in a trial batch and visit are confounded).

Sources: Linnet, Performance of Deming regression analysis in case of misspecified analytical error ratio (1998); Passing &
Bablok, A new biometrical procedure for testing the equality of measurements from two different analytical methods (1983).
"""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.study.days import UNDATED
from scipy.special import ndtri, stdtrit

LEAST_PAIRS, ENOUGH_PAIRS = 10, 20
RATIO, SLOPE = (0.80, 1.25), (0.90, 1.10)
WITHIN_PERCENT = 30.0  # of their mean, for at least 2 of 3 pairs, as for repeated samples
CENSORED_SHARE = 0.20
SPAN_SHARE = 0.80  # of the logarithmic range of all quantified attempts of the analyte
COLUMNS = ["panel", "analyte", "sample_id", "plate", "attempt", "kit_lot", "run_date", "status", "verdict", "value",
           "unit", "cv_percent"]  # fmt: skip # of attempts, to compare lots; texts may be categories


def compare_lots(attempts: pd.DataFrame) -> pd.DataFrame:
    """The `bridging` table: one row per analyte and pair of neighbouring lots, in the order of their first run."""
    named = attempts["kit_lot"].notna() & (attempts["kit_lot"] != "")
    rows = attempts[attempts["verdict"].isin(tables.ACCEPTED) & named]
    records = []
    for (panel, analyte), group in rows.groupby(["panel", "analyte"], sort=True, observed=True):
        group = tables.plain(group)
        group = group.assign(_date=group["run_date"].fillna(UNDATED))
        lots = group.groupby("kit_lot")["_date"].min().sort_values(kind="stable").index.tolist()
        for old, new in zip(lots, lots[1:], strict=False):
            unit = group["unit"].iloc[0]
            records.append({"panel": panel, "analyte": analyte, **_compare(group, old, new, unit)})
    return tables.conform(pd.DataFrame(records, columns=list(tables.TABLES["bridging"].columns)), "bridging")


def geometric_mean_ratio(old: np.ndarray, new: np.ndarray) -> tuple[float, float, float]:
    """(ratio, low, high) of the geometric means of paired values new / old, by t on their logarithms; 90 % interval."""
    difference = np.log(new) - np.log(old)
    n = len(difference)
    mean, error = difference.mean(), difference.std(ddof=1) / np.sqrt(n)
    half = stdtrit(n - 1, 0.95) * error
    return float(np.exp(mean)), float(np.exp(mean - half)), float(np.exp(mean + half))


def deming(x: np.ndarray, y: np.ndarray, error_ratio: float) -> dict[str, float]:
    """Deming regression of y on x: {slope, slope_low, slope_high, intercept, intercept_low, intercept_high}.

    `error_ratio`: variance of the errors of x over that of y. The 95 % intervals are jackknife (Linnet) with t on n - 2.
    """
    n = len(x)
    slope, intercept = _deming(x, y, error_ratio)
    left_out = np.array([_deming(np.delete(x, i), np.delete(y, i), error_ratio) for i in range(n)])
    pseudo = n * np.array([slope, intercept]) - (n - 1) * left_out
    half = stdtrit(n - 2, 0.975) * pseudo.std(axis=0, ddof=1) / np.sqrt(n)
    return _line(slope, slope - half[0], slope + half[0], intercept, intercept - half[1], intercept + half[1])


def passing_bablok(x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Passing-Bablok regression of y on x; the same dict as `deming`.

    The slope is the median of all pairwise slopes, shifted by the number below -1; those of equal points and of exactly
    -1 do not count.
    """
    i, j = np.triu_indices(len(x), 1)
    rise, run = y[j] - y[i], x[j] - x[i]
    counted = (rise != 0) | (run != 0)
    with np.errstate(divide="ignore"):
        slopes = np.sort(rise[counted] / run[counted])
    slopes = slopes[slopes != -1]
    shift, count, n = int((slopes < -1).sum()), len(slopes), len(x)
    middle = [(count - 1) // 2 + shift, count // 2 + shift]
    slope = float(slopes[np.minimum(middle, count - 1)].mean())
    spread = ndtri(0.975) * np.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    first = int(np.rint((count - spread) / 2))
    low, high = (float(slopes[np.clip(k, 0, count - 1)]) for k in (first + shift - 1, count - first + shift))
    return _line(
        slope, low, high, *(float(np.median(y - b * x)) if np.isfinite(b) else np.nan for b in (slope, high, low))
    )


def pool_factors(
    attempts: pd.DataFrame, pools: list[str], analytes: list[str]
) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """(factors, plates without one): what a plate's pool reads relative to the batch that is the reference.

    `factors`: plate, analyte, factor. The reference is the geometric mean of the pools on the accepted plates of the first
    batch that holds them, which no later batch changes. A value of the plate is divided by its factor. In log2 units the
    reference is their mean, the factor a difference, and it is subtracted.
    """
    used = attempts[attempts["analyte"].isin(analytes) & attempts["verdict"].isin(tables.ACCEPTED)]
    pool = used[used["sample_id"].isin(pools) & (used["status"] == "quantified")]
    logs = np.log(tables.linear(pool["value"], pool["unit"]))
    pool = pool.assign(log=logs, _date=pool["run_date"].fillna(UNDATED))
    records, without = [], []
    for analyte, group in used.groupby("analyte", sort=True):
        own = pool[pool["analyte"] == analyte].sort_values(["_date", "batch", "plate"], kind="stable")
        reference = own[own["batch"].isin(own["batch"].head(1))].groupby("sample_id")["log"].mean()
        for plate in sorted(group["plate"].unique()):
            here = own[own["plate"] == plate].groupby("sample_id")["log"].mean()
            shared = here.index.intersection(reference.index)
            if len(shared):
                mean = float((here[shared] - reference[shared]).mean())
                factor = mean / np.log(2) if tables.is_log2(own["unit"].iloc[0]) else np.exp(mean)
                records.append((plate, analyte, float(factor)))
            else:
                without.append((plate, analyte))
    return pd.DataFrame(records, columns=["plate", "analyte", "factor"]), without


def _compare(group, old, new, unit):
    first = group.sort_values(["_date", "plate", "attempt"], kind="stable", key=tables.attempt_order).drop_duplicates(
        ["sample_id", "kit_lot"]
    )
    both = first[first["kit_lot"] == old].merge(
        first[first["kit_lot"] == new], on="sample_id", suffixes=("_old", "_new")
    )
    shared = len(both)
    pairs = both[(both["status_old"] == "quantified") & (both["status_new"] == "quantified")]
    censored = both[["status_old", "status_new"]].isin(tables.CENSORED).any(axis=1).sum()
    record = {
        "lot_old": old,
        "lot_new": new,
        "unit": unit,
        "n_samples": shared,
        "n_pairs": len(pairs),
        "n_censored": int(censored),
    }
    if len(pairs) < LEAST_PAIRS or censored > CENSORED_SHARE * shared:
        words = f"{len(pairs)} samples quantified with both lots, {LEAST_PAIRS} needed"
        if len(pairs) >= LEAST_PAIRS:
            words = f"{censored} of {shared} samples outside the limits, at most {CENSORED_SHARE:.0%}"
        return _full(record | {"verdict": "NOT_EVALUABLE", "words": words})
    x, y = pairs["value_old"].to_numpy(float), pairs["value_new"].to_numpy(float)
    quantified = group[group["status"] == "quantified"]
    # the lines below are of the values as they are reported, all else of amounts: 2**value in log2 units
    one, other = (tables.linear(part, pairs["unit_old"]) for part in (x, y))
    ratio, low, high = geometric_mean_ratio(one, other)
    within = float((200 * np.abs(other - one) / (one + other) <= WITHIN_PERCENT + 1e-9).mean())
    ranged = np.log(tables.linear(quantified["value"], quantified["unit"]))
    span = float(np.ptp(np.log(np.sqrt(one * other))) / np.ptp(ranged)) if np.ptp(ranged) > 0 else np.nan
    squares = [np.nanmean(pairs[f"cv_percent_{lot}"].to_numpy(float) ** 2) if pairs[f"cv_percent_{lot}"].notna().any()
               else np.nan for lot in ("old", "new")]  # fmt: skip
    error_ratio = squares[0] / squares[1] if np.all(np.isfinite(squares)) and min(squares) > 0 else 1.0
    record |= {"ratio": ratio, "ratio_low": low, "ratio_high": high, "share_within": within, "span": span,
               "error_ratio": error_ratio}  # fmt: skip
    for name, line in (("deming", deming(x, y, error_ratio)), ("passing_bablok", passing_bablok(x, y))):
        record |= {f"{name}_{key}": value for key, value in line.items()}
    return _full(record | _verdict(record))


def _verdict(record):
    ratio, low, high = (round(record[name], 9) for name in ("ratio", "ratio_low", "ratio_high"))
    words = f"new / old {ratio:.3f} (90 % interval {low:.3f} to {high:.3f}) in {record['n_pairs']} samples"
    if tables.is_log2(record["unit"]):
        shift, least, most = (f"{np.log2(each):.3f}" for each in (ratio, low, high))
        words = f"new - old {shift} {record['unit']} (90 % interval {least} to {most}) in {record['n_pairs']} samples"
    if not RATIO[0] <= ratio <= RATIO[1]:
        return {"verdict": "FAIL", "words": f"{words}: not poolable without a documented adjustment"}
    doubts = []
    if low < RATIO[0] or high > RATIO[1]:
        doubts.append("the interval leaves 0.80 to 1.25")
    if record["n_pairs"] < ENOUGH_PAIRS:
        doubts.append(f"fewer than {ENOUGH_PAIRS} samples")
    if 3 * round(record["share_within"] * record["n_pairs"]) < 2 * record["n_pairs"]:
        doubts.append(f"fewer than 2 of 3 pairs within {WITHIN_PERCENT:g} % of their mean")
    if not record["span"] >= SPAN_SHARE:
        doubts.append(f"the samples span less than {SPAN_SHARE:.0%} of the range of the study")
    for name in ("deming", "passing_bablok"):
        if not SLOPE[0] <= record[f"{name}_slope"] <= SLOPE[1]:
            doubts.append(f"the {name.replace('_', '-').title()} slope is {record[f'{name}_slope']:.2f}")
    if doubts:
        return {"verdict": "WARN", "words": f"{words}: indeterminate, {'; '.join(doubts)}"}
    return {"verdict": "PASS", "words": f"{words}: equivalent"}


def _deming(x, y, error_ratio):
    u, w = x - x.mean(), y - y.mean()
    sxx, syy, sxy = (u * u).mean(), (w * w).mean(), (u * w).mean()
    if sxy == 0:
        return np.nan, np.nan
    theta = syy * error_ratio - sxx
    slope = (theta + np.sqrt(theta**2 + 4 * error_ratio * sxy**2)) / (2 * error_ratio * sxy)
    return slope, y.mean() - slope * x.mean()


def _line(slope, slope_low, slope_high, intercept, intercept_low, intercept_high):
    return {
        "slope": float(slope),
        "slope_low": float(slope_low),
        "slope_high": float(slope_high),
        "intercept": float(intercept),
        "intercept_low": float(intercept_low),
        "intercept_high": float(intercept_high),
    }


def _full(record):
    return {
        name: record.get(name, np.nan) for name in tables.TABLES["bridging"].columns if name not in ("panel", "analyte")
    }
