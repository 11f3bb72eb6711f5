"""Simulated changes between two visits for `benchmarks/statistics.py`: the p that carries the claim, beside what else is usual.

One function per kind of change, as in `statistics_cells`. Rivals: the sign test, Prentice-Wilcoxon scores and the mean by sign
changes assume no more than the signed rank does; LLOQ/2 with t assumes that the LLOQ never changes.
"""

from itertools import product
from unittest.mock import patch

import numpy as np
from benchmarks.statistics_cells import PERMUTATIONS, TINY, Tally
from immunoassay.statistics import bivariate, paired
from immunoassay.statistics.censored import cutoff
from immunoassay.statistics.families import adjust_family
from immunoassay.statistics.intervals import Interval, t_interval, t_probability
from immunoassay.statistics.multiplicity import sign_flips
from immunoassay.statistics.signed_rank import exact_signed_rank, hodges_lehmann, recensored_differences
from scipy.special import ndtri

SIZES = (4, 5, 6, 7, 12, 16, 20, 30, 50)
HALF = float(np.log(0.5))
OF_THE_RATIO = ("log_ratio_t", "likelihood_ratio_t")  # tests of a model; the others are of equal distributions
BELOW = (0.0, 0.3, 0.6, 0.8)  # below the LLOQ at baseline


def cells():
    """(function, its arguments, labels) of every cell."""
    for n, below in product(SIZES, BELOW):
        labels = {"n": n, "below": below}
        for delta, spread in product((0.0, HALF), (1.0, 1.5)):
            yield (
                change,
                (n, below, delta, spread, 1.0),
                {**labels, "scenario": f"ratio {np.exp(delta):.1f}, SD ratio {spread}"},
            )
        for factor in (2.5, 10.0) if below else ():
            yield change, (n, below, 0.0, 1.0, factor), {**labels, "scenario": f"later LLOQ x {factor:g}"}
    for n in SIZES:
        for effect in (0, -4):
            yield score, (n, effect), {"n": n, "scenario": f"change {effect}"}
        for below, size in product((0.0, 0.3, 0.6), (10, 60)):
            yield family, (n, below, size, 0), {"n": n, "below": below, "scenario": f"{size} analytes"}
    for n in (6, 7, 12):
        yield family, (n, 0.0, 10, 1), {"n": n, "below": 0.0, "scenario": "10 analytes, one of 5 pairs"}


def change(random, repetitions, n, below, delta, spread, lloq_factor):
    """Ratio of one visit to baseline; correlation 0.6; the visit has `spread` times the baseline's SD."""
    tally = Tally()
    limit = ndtri(below) if below else TINY
    lloq = limit, limit + np.log(lloq_factor)
    for _ in range(repetitions):
        x, e = random.normal(size=(2, n))
        pairs = pairs_of(x, delta + spread * (0.6 * x + 0.8 * e), *lloq)
        with patch.object(paired, "delta_interval", _accepts(delta)):
            found = paired.estimate_change(pairs)
        # As printed: a bound on one side counts as an interval.
        for name in ("whole procedure", f"tier {found.tier}"):
            tally.interval(name, found.low, found.high, delta)
        substituted = paired.compared(pairs, 0.5)
        tally.interval("rival: LLOQ/2, t", substituted.low, substituted.high, delta)
        claim, beside = paired.change_tests(pairs, found)
        tests = {"claim": claim, f"claim by {claim.method}": claim, f"beside it {beside.method}": beside}
        for name, test in tests.items():
            # The exact tests of censored pairs are of equal distributions. Up to 5 pairs all are counted: few data sets are
            # complete by chance and have a t, the others McNemar's test.
            if delta:
                tally.detect(name, test.p)
            elif spread == 1 or not below or n < paired.FEWEST_RANKED or test.method in OF_THE_RATIO:
                tally.test(name, test.p)
        for name, p in _rivals(pairs, random).items():
            if delta:
                tally.detect(f"rival: {name}", p)
            elif spread == 1:
                tally.test(f"rival: {name}", p)
    return tally.counts()


def score(random, repetitions, n, effect):
    """Change of an integer score with floor 0, SD 4, correlation 0.5 between visits, baseline mean 14."""
    tally = Tally()
    for _ in range(repetitions):
        x, e = random.normal(size=(2, n))
        before, after = 14 + 4 * x, 14 + effect + 4 * (0.5 * x + np.sqrt(0.75) * e)
        difference = np.maximum(np.round(after), 0) - np.maximum(np.round(before), 0)
        tally.interval("mean change, t", *t_interval(difference)[1:], effect)
        tally.interval("Hodges-Lehmann, exact", *hodges_lehmann(difference)[1:], effect)
        p = {"exact signed rank": exact_signed_rank(difference).p, "t": t_probability(difference)}
        p["claim"] = p["t" if n < paired.FEWEST_RANKED and not np.isnan(p["t"]) else "exact signed rank"]
        for name, value in p.items():
            (tally.detect if effect else tally.test)(f"score, {name}", value)
    return tally.counts()


def family(random, repetitions, n, below, size, few):
    """Change of `size` analytes (correlation 0.3) without any effect: is any adjusted p at most 0.05?

    `few` of them have five pairs. Then also the power to see a halving of the first one. A fifth of the studies where
    many are censored: each costs a second.
    """
    tally = Tally()
    repetitions = repetitions // 5 if below and size > 10 else repetitions
    limit = ndtri(below) if below else TINY
    for _ in range(repetitions):
        x, e = (0.3**0.5 * random.normal(size=(n, 1)) + 0.7**0.5 * random.normal(size=(n, size)) for _ in range(2))
        y = 0.6 * x + 0.8 * e
        settings = {"permutations": 5 * PERMUTATIONS + 4, "seed": int(random.integers(2**31))}
        rows = _family(x, y, limit, few, settings)
        adjusted = [row["p_adjusted"] for row in rows if not np.isnan(row["p_adjusted"])]
        if adjusted:
            methods = {row["adjusted_method_code"] for row in rows} - {None}
            tally.test(f"{methods.pop()}, any of {size}", min(adjusted))
            tally.test(f"no change in any of {size}, sum of squared t", rows[-1]["family_p"])
        if not below:
            y[:, -1] += 3 * HALF
            row = _family(x, y, limit, few, settings)[-1]
            tally.detect(f"{row['adjusted_method_code']}, one of {size} an eighth", row["p_adjusted"])
    return tally.counts()


def _family(x, y, limit, few, settings):
    rows, differences = [], []
    with patch.object(paired, "delta_interval", lambda *_: Interval(0.0, 0.0, 0.0)):
        for place, (one, other) in enumerate(zip(x.T, y.T, strict=True)):
            used = slice(5) if place < few else slice(None)
            pairs = pairs_of(one[used], other[used], limit, limit)
            test, _ = paired.change_tests(pairs, paired.estimate_change(pairs))
            rows.append({"p": test.p, "p_method_code": test.method, "p_adjusted": np.nan, "family_p": np.nan})
            rows[-1]["adjusted_method_code"] = None
            signed = test.method == "signed_rank_recensored"
            values = recensored_differences(paired.windows(pairs)) if signed else []
            differences.append(dict(enumerate(values)))
    adjust_family(rows, differences, "change", settings)
    return rows


def pairs_of(x, y, x_limit, y_limit):
    """LogPairs of logarithms, those below the limit of their visit known only to be there."""
    n, inf = len(x), np.inf
    parts = []
    for values, limit in ((x, x_limit), (y, y_limit)):
        parts += [np.where(values < limit, -inf, values), np.maximum(values, limit)]
    limits = [np.full(n, part) for part in (x_limit, inf, y_limit, inf)]
    return paired.LogPairs(*parts, *limits)


def _accepts(truth):
    """The profile interval of tier B, narrowed to the truth: it holds it if the likelihood ratio accepts it.

    One constrained fit instead of the dozen that find both limits; the limits are where this test changes its answer.
    """

    def delta_interval(*arguments):
        *bounds, fit, confidence, degrees = arguments
        accepted = bivariate.likelihood_ratio(*bounds, fit, truth) <= cutoff(len(bounds[0]), confidence, degrees)
        return Interval(fit.delta, truth, truth) if accepted else Interval(fit.delta, truth + 1, truth + 2)

    return delta_interval


def _rivals(pairs, random):
    """p of other tests of the same pairs, by name."""
    seen = paired.windows(pairs)
    differences = recensored_differences(seen)
    flips = sign_flips(pairs.n, 5 * PERMUTATIONS + 4, int(random.integers(2**31)))
    low = np.maximum(seen.x_low, seen.y_low)
    scores = _prentice_wilcoxon(np.maximum(seen.x, low), np.maximum(seen.y, low), low)
    return {
        "signed rank": exact_signed_rank(differences).p,
        "sign test": paired.mcnemar(int((differences > 0).sum()), int((differences < 0).sum())),
        "mean, sign changes": _flipped(differences, flips),
        "Prentice-Wilcoxon, sign changes": _flipped(scores, flips),
        "LLOQ/2, t": t_probability(_substituted(pairs)),
    }


def _substituted(pairs):
    sides = [np.where(np.isfinite(low), low, high - np.log(2)) for low, high in (pairs.bounds[:2], pairs.bounds[2:])]
    return sides[1] - sides[0]


def _flipped(values, flips):
    sums = np.abs(flips @ values)
    return float(np.mean(sums >= sums[0] - 1e-9)) if np.any(values) else 1.0


def _prentice_wilcoxon(x, y, limit):
    """Differences of the scores of O'Brien and Fleming, A paired Prentice-Wilcoxon test for censored paired data (1987).

    Values at or below the limit of their pair are censored; smaller values are later when turned round.
    """
    values, limits = np.concatenate([x, y]), np.concatenate([limit, limit])
    events = values > limits
    times = np.unique(values[events])[::-1]
    at_risk = (values[:, None] <= times).sum(axis=0)
    deaths = ((values[:, None] == times) & events[:, None]).sum(axis=0)
    survival = np.cumprod((at_risk - deaths + 1) / (at_risk + 1))
    place = (times[None, :] >= values[:, None]).sum(axis=1)  # events at or before
    reached = np.concatenate([[1.0], survival])[place]
    found = np.where(events, 1 - 2 * reached, 1 - reached)
    return found[len(x) :] - found[: len(x)]
