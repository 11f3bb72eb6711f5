"""How good and how fast the calibration is, on simulated plates of known truth.

`make benchmark-calibration` writes benchmarks/results/calibration.json and prints it.

Truth: 2,000 5PL curves (power on the upper end; slope 0.8 to 1.7, SD of ln g 0.35, background 10 to 60, top 3,000 to
30,000), midpoints such that many do not reach their top at the highest of eight standards, 4-fold apart, in duplicate.
Noise: CV 3 to 10 % plus SD 2, signals rounded to 0.5; one standard well in twenty is spoiled by a factor 1.5 to 3. Each
plate has one new, unspoiled well at each probe: the true LLOQ and ULOQ (where the true CV of a concentration crosses
20 %, inside the standards), twice and half of them, and their middle.

Speed, one thread, CPU time, the least of three runs; weights 1/y^2 of the observed signals, power on the upper end, no
prior: speedup_curve_fit_* over scipy.optimize.curve_fit (numeric derivatives, the usual start; without bounds, which is
its fast algorithm - `..._bounded` with ours, on 200 curves), speedup_lmfit_4pl over lmfit.minimize (on 500 curves).
share_objective_as_good: fits whose sum of squares is within 0.1 % of the best known, which is the least of ours, of
curve_fit's (with bounds where it leaves them) and of our fitter's from three much denser grids of starts; the lesser of
4PL and 5PL. curves_per_second_prior_best: 5PL in both orientations with the prior, weights from fitted values.
growth_*: seconds and peak megabytes of the 4PL from 10 to 20,000 curves.

Quality, 5PL in both orientations with the prior, the two-component variance function pooled over kit lots of eight
plates: share_with_status curves that have converged or say why not; share_failed curves that fail a calibration rule of
the criteria set ich_m10_lba, which what follows leaves out (`..._all`: with them); coverage_* share of probe wells whose
95 % interval holds the truth; open_* share of intervals that are open at one end, counted as they are; lloq_honest_*
share of reported LLOQs, by recovery and CV or by the precision profile, where the mean of duplicates truly has a CV and
a bias of at most 25 %; lloq_reported_* share of all curves that report one; lloq_over_true_* its median ratio to the
true one. `..._1_y2`: the same with weights 1/y^2, nothing pooled. `..._sheet`: weights `power` with the one exponent
that `make estimate-variance` proposes from the plates of the run before, sheet_exponent.
"""

import json
import sys
import time
import tracemalloc
import warnings
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.acceptance import rules
from immunoassay.acceptance.facts import Facts, Rows, table
from immunoassay.calibration import candidates, fit, models, start
from immunoassay.calibration.calibrate import calibrate
from immunoassay.calibration.estimate import propose
from immunoassay.study.vocabulary import criteria
from scipy.optimize import OptimizeWarning, curve_fit

try:
    import lmfit
except ImportError:
    lmfit = None

COUNT, BATCH, SEED, PAIRS, BOUNDED, BY_LMFIT = 2000, 8, 20, 400, 200, 500
LEVELS = 10000 / 4.0 ** np.arange(8)
ROOT = Path(__file__).resolve().parents[1]
PROBES = ("lloq", "twice_lloq", "middle", "half_uloq", "uloq")
RESULT = ROOT / "benchmarks/results/calibration.json"


def main():
    """Run everything and write the figures."""
    theta, cv, random = truth(COUNT)
    standards = spoiled(read(theta, cv, np.tile(np.log(np.repeat(LEVELS, 2)), (COUNT, 1)), random), random)
    probes = probe(theta, cv)
    samples = read(theta, cv, probes, random)
    figures = speed(standards) | growth(standards)
    simulated = (theta, cv, standards, probes, samples)
    found, *_ = quality(*simulated, weights="two_component")
    figures |= rounded(found, "")
    found, *fitted = quality(*simulated, weights="1/y2")
    figures |= rounded(found, "_1_y2")
    exponent = float(propose(*fitted, ["analyte"])["variance_exponent"].iloc[0].round(2))
    found, *_ = quality(*simulated, weights="power", variance_exponent=exponent)
    figures |= {"sheet_exponent": exponent} | rounded(found, "_sheet")
    RESULT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def rounded(figures, suffix):
    """The figures to four places, their names with the suffix."""
    return {name + suffix: round(float(value), 4) for name, value in figures.items()}


def truth(count):
    """Parameters (count, 5), CV (count,) and the generator."""
    random = np.random.default_rng(SEED)
    theta = np.stack(
        [
            random.uniform(10, 60, count),
            np.exp(random.uniform(np.log(3000), np.log(30000), count)),
            np.log(random.uniform(0.8, 1.7, count)),
            np.log(LEVELS[0]) + random.uniform(-5.5, 0.5, count),
            0.35 * random.normal(size=count),
        ],
        axis=1,
    )
    return theta, random.uniform(0.03, 0.10, count), random


def errors(theta, cv, u):
    """True signal, its SD and the true relative SE of the concentration of one well, each like u."""
    signal, _, slope = models.logistic(theta, np.ones(len(theta)), u)
    deviation = np.sqrt(2.0**2 + (cv[:, None] * signal) ** 2)
    return signal, deviation, deviation / np.abs(slope)


def read(theta, cv, u, random):
    """Signals of one well at every u, rounded."""
    signal, deviation, _ = errors(theta, cv, u)
    return np.round(2 * (signal + deviation * random.normal(size=u.shape))) / 2


def spoiled(signal, random):
    """The signals, one well in twenty multiplied or divided."""
    factor = np.exp(random.choice([-1, 1], signal.shape) * random.uniform(np.log(1.5), np.log(3), signal.shape))
    return np.where(random.random(signal.shape) < 0.05, np.round(2 * signal * factor) / 2, signal)


def probe(theta, cv):
    """u of the probes (count, 5): true LLOQ, twice it, the middle, half the true ULOQ, the true ULOQ."""
    u = np.tile(np.linspace(np.log(LEVELS[-1]), np.log(LEVELS[0]), 2001), (len(theta), 1))
    precise = errors(theta, cv, u)[2] <= 0.2
    each = np.arange(len(theta))
    low, high = u[each, precise.argmax(axis=1)], u[each, 2000 - precise[:, ::-1].argmax(axis=1)]
    inner = np.stack([np.minimum(low + np.log(2), high), (low + high) / 2, np.maximum(high - np.log(2), low)], axis=1)
    return np.concatenate([low[:, None], inner, high[:, None]], axis=1)


def speed(standards):
    """Curves per second against curve_fit and lmfit, and the sums of squares reached."""
    points, figures, good = points_of(standards), {}, []
    for name, asymmetric in (("4pl", False), ("5pl", True)):
        asked = request(COUNT, asymmetric)
        ours, found = seconds(lambda asked=asked: fit.fit(points, asked), COUNT)
        theirs, each = seconds(lambda five=asymmetric: [by_curve_fit(row, five) for row in standards], COUNT)
        some = standards[:BOUNDED]
        slow, _ = seconds(
            lambda five=asymmetric, some=some: [by_curve_fit(row, five, True) for row in some], BOUNDED, 1
        )
        figures[f"curves_per_second_{name}"] = round(1 / ours)
        figures[f"speedup_curve_fit_{name}"] = round(theirs / ours, 1)
        figures[f"speedup_curve_fit_{name}_bounded"] = round(slow / ours, 1)
        if lmfit and not asymmetric:
            theirs, _ = seconds(lambda: [by_lmfit(row) for row in standards[:BY_LMFIT]], BY_LMFIT)
            figures["speedup_lmfit_4pl"] = round(theirs / ours, 1)
        best = np.minimum(found.objective, from_many_starts(points, asked))
        for row, (where, squares) in enumerate(each):
            if squares < best[row] / 1.001 and not within_bounds(where, standards[row]):
                squares = by_curve_fit(standards[row], asymmetric, bounded=True)[1]
            best[row] = min(best[row], squares)
        good.append((found.objective <= 1.001 * best).mean())
        figures[f"share_objective_as_good_{name}"] = round(float(good[-1]), 4)
    if not lmfit:
        print("lmfit is not installed: not compared", file=sys.stderr)
    prior, _ = seconds(lambda: both_orientations(points), COUNT)
    return figures | {
        "share_objective_as_good": round(float(min(good)), 4),
        "curves_per_second_prior_best": round(1 / prior),
    }


def seconds(work, count, repeats=3):
    """CPU seconds per curve, the least of the repeats, and the last result; CPU time leaves out other programs."""
    least = np.inf
    for _ in range(repeats):
        started = time.process_time()
        result = work()
        least = min(least, time.process_time() - started)
    return least / count, result


def points_of(standards):
    """The standards as points of the fitter."""
    u = np.tile(np.log(np.repeat(LEVELS, 2)), (len(standards), 1))
    return fit.Points(u, standards, np.ones_like(standards, bool))


def from_many_starts(points, asked):
    """The least sum of squares of our fitter from three denser grids of starts, (n,)."""
    least = np.full(len(points.u), np.inf)
    dense = {g: (lambda r, g=g: r**g) for g in np.exp(np.linspace(-2.3, 2.3, 9))}
    for grid in ({1.0: lambda r: r}, dense, {g: rise for g, rise in dense.items() if g > 1}):
        slopes = tuple(np.exp(np.linspace(-1.5, 1.5, 9)))
        with patch.multiple(start, GRID_ASYMMETRIES=grid, GRID_MIDPOINTS=24, GRID_SLOPES=slopes):
            least = np.minimum(least, fit.fit(points, asked).objective)
    return least


def both_orientations(points):
    """The default 5PL: both orientations with the prior, weights from fitted values."""
    count = len(points.u)
    same = np.full(count, np.nan)
    return candidates.fit_models(
        points, ["5pl"] * count, ["best"] * count, np.full(count, 2.0), np.zeros(count),
        same, np.zeros(count, bool), np.full(count, fit.ASYMMETRY_PRIOR_SD)
    )  # fmt: skip


def growth(standards):
    """Seconds and peak memory of the 4PL from 10 to 20,000 curves."""
    figures = {}
    for count in (10, 200, 2000, 20000):
        points = points_of(np.tile(standards, (-(-count // COUNT), 1))[:count])
        asked = request(count, False)
        tracemalloc.start()
        fit.fit(points, asked)
        figures[f"growth_megabytes_{count}"] = round(tracemalloc.get_traced_memory()[1] / 1e6, 1)
        tracemalloc.stop()
        figures[f"growth_seconds_{count}"] = round(seconds(lambda p=points, a=asked: fit.fit(p, a), 1)[0], 4)
    return figures


def request(count, asymmetric):
    """Weights 1/y^2 of the observed signals, no prior, power on the upper end: what curve_fit is given too."""
    return fit.Request(
        kind=np.full(count, models.LOGISTIC),
        side=np.ones(count),
        asymmetric=np.full(count, asymmetric),
        prior_sd=np.full(count, np.inf),
        exponent=np.full(count, 2.0),
        constant=np.zeros(count),
        observed=np.full(count, 2.0),
        of_levels=np.zeros(count, bool),
        robust=np.zeros(count, bool),
    )


def by_curve_fit(signal, asymmetric, bounded=False):
    """Parameters a, b, c, d, g and the weighted sum of squares that curve_fit reaches from the usual start."""
    x, weight = np.repeat(LEVELS, 2), np.where(signal == 0, 1.0, np.abs(signal))

    first = first_guess(x, signal)[: 5 if asymmetric else 4]
    model, ends = five if asymmetric else four, bounds(signal)[:, : len(first)]
    limits = {"bounds": ends} if bounded else {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", OptimizeWarning)
        try:
            found, _ = curve_fit(model, x, signal, first, sigma=weight, maxfev=10000, **limits)
        except RuntimeError:
            return first, np.inf
        return found, (((model(x, *found) - signal) / weight) ** 2).sum()


def first_guess(x, signal):
    """The usual start: asymptotes a tenth outside the signals, slope 1, midpoint at the geometric mean signal."""
    logarithm = np.log(np.maximum(signal, 1))
    middle = x[np.argmin(np.abs(logarithm - logarithm.mean()))]
    return np.array([0.9 * signal.min(), 1.0, middle, 1.1 * signal.max(), 1.0])


def four(x, a, b, c, d):
    """The 4PL as everybody writes it."""
    return d + (a - d) / (1 + (x / c) ** b)


def five(x, a, b, c, d, g):
    """The 5PL as everybody writes it."""
    return d + (a - d) / (1 + (x / c) ** b) ** g


def by_lmfit(signal):
    """A 4PL by lmfit from the same start."""
    x, weight = np.repeat(LEVELS, 2), np.where(signal == 0, 1.0, np.abs(signal))
    parameters = lmfit.Parameters()
    for name, value in zip("abcd", first_guess(x, signal), strict=False):
        parameters.add(name, value=value)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return lmfit.minimize(lambda p: (four(x, *(p[name].value for name in "abcd")) - signal) / weight, parameters)


def bounds(signal):
    """Our bounds of a, b, c, d, g, (2, 5)."""
    span = np.ptp(signal)
    low = [signal.min() - start.ZERO_MARGIN * span, start.SLOPE_BOUNDS[0], 1e-12]
    high = [signal.max() + start.ZERO_MARGIN * span, start.SLOPE_BOUNDS[1], 1e12]
    low += [signal.min() - start.INFINITY_MARGIN * span, start.ASYMMETRY_BOUNDS[0]]
    high += [signal.max() + start.INFINITY_MARGIN * span, start.ASYMMETRY_BOUNDS[1]]
    return np.array([low, high])


def within_bounds(found, signal):
    """Whether parameters lie within our bounds."""
    low, high = bounds(signal)[:, : len(found)]
    return bool(((low <= found) & (found <= high)).all())


def quality(theta, cv, standards, probes, samples, **settings):
    """(figures, curves, concentrations, dropped_standards): status, coverage of the intervals, honesty of the limits of a 5PL."""
    analytes = pd.DataFrame([{"panel": "kit", "analyte": "A", "curve_model": "5pl"} | settings])
    frame = wells(standards, samples)
    lots = frame[["plate"]].drop_duplicates()
    lots = lots.assign(kit_lot=[f"L{i // BATCH}" for i in range(len(lots))])
    curves, values, dropped = calibrate(frame, analytes, lots)
    said = (curves["status"] == "converged") | (curves["status_reason"].str.len() > 0)
    usable, rejected = (curves["status"] == "converged").to_numpy(), failed(curves, values, dropped)
    found = values[values["role"] == "sample"]
    low, high = (found[name].to_numpy(float).reshape(probes.shape) for name in ("low", "high"))
    inside, opened = (low <= np.exp(probes)) & (np.exp(probes) <= high), (low == 0) | np.isinf(high)
    figures = {"share_with_status": said.mean(), "share_failed": rejected.mean()}
    for name, some in (("", usable & ~rejected), ("_all", usable)):
        covered = inside[some].mean(axis=0)
        figures[f"coverage_lowest_probe{name}"] = covered[0]
        figures |= {f"coverage_min{name}": covered.min(), f"coverage_max{name}": covered.max()}
        for place, share, ends in zip(PROBES, covered, opened[some].mean(axis=0), strict=True):
            figures |= {f"coverage_at_{place}{name}": share, f"open_at_{place}{name}": ends}
        for key, rule in (("recovery", "recovery_cv"), ("profile", "precision_profile")):
            limit = np.where(some, curves[f"lloq_{rule}"].to_numpy(float), np.nan)
            fair, ratio = honest(theta, cv, curves, limit, np.exp(probes[:, 0]))
            figures |= {f"lloq_honest_{key}{name}": fair.mean(), f"lloq_over_true_{key}{name}": ratio}
            figures[f"lloq_reported_{key}{name}"] = np.isfinite(limit).mean()
    return figures, curves, values, dropped


def failed(curves, values, dropped):
    """Whether each curve fails a calibration rule of the criteria set, (n,)."""
    limits = criteria(ROOT / "resources/criteria/ich_m10_lba.yaml")
    standards = values[values["role"] == "standard"]
    plates, empty = pd.Index(curves["plate"]), Rows.of(values.iloc[:0], place=np.zeros(0, int))
    standards = Rows.of(standards, place=plates.get_indexer(standards["plate"]))
    dropped = dropped[dropped["dropped"]]
    gone = frozenset(zip(plates.get_indexer(dropped["plate"]).tolist(), dropped["level"], strict=True))
    facts = Facts(Rows.of(curves), standards, empty, empty, empty, "", gone)
    judged = table(
        each
        for rule in (rules.calibration_levels, rules.calibration_fit, rules.calibration_recovery)
        for each in rule(facts, limits)
    )
    return np.isin(
        np.arange(len(curves)), judged.loc[(judged["scope"] == "plate") & (judged["verdict"] == "FAIL"), "at"]
    )


def honest(theta, cv, curves, limit, true_limit):
    """Whether the mean of duplicates at each reported limit truly has a CV and a bias of at most 25 %, and the median
    of reported over true limit."""
    random, known = np.random.default_rng(SEED), np.isfinite(limit)
    limit = limit[known]
    signal, deviation, _ = errors(theta[known], cv[known], np.log(limit)[:, None])
    signal = np.round(2 * (signal + deviation * random.normal(size=(len(limit), 2 * PAIRS)))) / 2
    u, outcome = models.from_frame(curves[known]).invert(signal)
    # what lies below the curve counts as nothing; above the curve lies nothing at the lower limit
    value = np.where(outcome == models.VALUE, np.exp(u), np.where(outcome == models.BELOW, 0.0, LEVELS[0]))
    pairs = (value[:, :PAIRS] + value[:, PAIRS:]) / 2
    bias, spread = np.abs(pairs.mean(axis=1) / limit - 1), pairs.std(axis=1) / pairs.mean(axis=1)
    return (bias <= 0.25) & (spread <= 0.25), np.median(limit / true_limit[known])


def wells(standards, samples):
    """The `wells` table: one plate per curve, its standards and one sample well per probe."""
    count, probes = samples.shape
    size = standards.shape[1] + probes
    place = [f"{'ABCDEFGH'[i % 8]}{i // 8 + 1:02d}" for i in range(size)]
    level = np.repeat(np.arange(1, len(LEVELS) + 1), 2)
    frame = pd.DataFrame(
        {
            "plate": np.repeat([f"P{i:04d}" for i in range(count)], size),
            "well": np.tile(place, count),
            "role": np.tile(["standard"] * standards.shape[1] + ["sample"] * probes, count),
            "level": np.tile([*(f"S{i}" for i in level), *[""] * probes], count),
            "expected": np.tile([*np.repeat(LEVELS, 2), *[np.nan] * probes], count),
            "signal": np.concatenate([standards, samples], axis=1).ravel(),
        }
    )
    fixed = {"batch": "B", "panel": "kit", "analyte": "A", "standard_unit": "pg/mL", "unit": "pg/mL"}
    frame = frame.assign(**fixed, unit_factor=1.0, dilution=1.0, disposition="usable")
    for name, kind in tables.TABLES["wells"].types.items():
        if name not in frame:
            frame[name] = pd.Series(np.nan, frame.index, "float64" if kind == "float64" else "str")
    return tables.conform(frame, "wells")


if __name__ == "__main__":
    main()
