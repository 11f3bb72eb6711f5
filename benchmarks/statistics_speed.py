"""How fast: permutation tests beside scipy's, and every table of a large study. Part of `benchmarks/statistics.py`.

Seconds are of the processor, in one thread: what else the machine does is not counted.
"""

import resource
import time
import warnings

import numpy as np
from benchmarks.statistics_data import observe
from immunoassay.statistics import (
    accounting,
    associations,
    biomarker_changes,
    longitudinal,
    multivariate,
    prediction,
    score_changes,
    sensitivity,
    visit_summaries,
)
from immunoassay.statistics.correlation import participant_permutations, permutation_p, permuted_tau
from scipy import stats

BIOMARKERS, SCORES, PERMUTATIONS, PARTICIPANTS = 60, 8, 10_000, 20
TABLES = {
    "visit_summaries": visit_summaries.visit_summaries,
    "biomarker_changes": biomarker_changes.biomarker_changes,
    "score_changes": score_changes.score_changes,
    "associations": associations.associations,
    "accounting": accounting.sample_accounting,
    "sensitivity": sensitivity.substitution,
    "pca": multivariate.pca,
    "longitudinal": longitudinal.longitudinal,
    "prediction": prediction.prediction,
}


def speed():
    """The tests of 60 biomarkers with 8 scores by 10,000 permutations, 20 participants; slow sides extrapolated."""
    random = np.random.default_rng(6)
    x, y = random.normal(size=(BIOMARKERS, PARTICIPANTS)), random.normal(size=(SCORES, PARTICIPANTS))
    tests = BIOMARKERS * SCORES

    def ours():
        orders = participant_permutations(PARTICIPANTS, PERMUTATIONS, 1)
        return permutation_p(permuted_tau(x, x, y, y, orders))

    seconds = min(_timed(ours) for _ in range(3))
    orders = participant_permutations(PARTICIPANTS, 200, 1)
    loop = {
        name: _timed(lambda statistic=statistic: [statistic(x[0], y[0][order]).statistic for order in orders])
        for name, statistic in (("scipy", stats.kendalltau), ("spearman", stats.spearmanr))
    }
    scale = tests * (PERMUTATIONS + 1) / len(orders)
    ranks = [stats.rankdata(part, axis=1) for part in (x, y)]

    def rank_correlation(first, second, axis):
        a, b = (part - part.mean(axis=axis, keepdims=True) for part in (first, second))
        return (a * b).sum(axis=axis) / np.sqrt((a * a).sum(axis=axis) * (b * b).sum(axis=axis))

    def permutation_test(k):
        return stats.permutation_test(
            (ranks[0][k], ranks[1][k % SCORES]),
            rank_correlation,
            permutation_type="pairings",
            vectorized=True,
            n_resamples=PERMUTATIONS,
            rng=np.random.default_rng(k),
        )

    pairs = 10
    whole = _timed(lambda: [permutation_test(k) for k in range(pairs)]) * tests / pairs
    return {
        "seconds_permutations": round(seconds, 3),
        "speedup_scipy_loop": round(loop["scipy"] * scale / seconds),
        "speedup_spearman_loop": round(loop["spearman"] * scale / seconds),
        "speedup_permutation_test": round(whole / seconds, 1),
    }


def large_study():
    """60 biomarkers (0 to 60 % below LLOQ, gaps), 8 scores, 6 visits, 100 participants: every table, default settings."""
    random = np.random.default_rng(6)
    people, visits = 100, 6
    shape = (people, visits)
    logs = 0.7 * random.normal(size=(BIOMARKERS, people, 1)) + 0.7 * random.normal(size=(BIOMARKERS, *shape))
    logs -= 0.2 * np.arange(visits)
    centre = np.tile([30.0, 2.1, 1.6, 0.5, -0.3], BIOMARKERS // 5)[:, None, None]
    values = np.exp(logs + centre)
    scores = 14 + 4 * random.normal(size=(SCORES, people, 1)) + 2 * random.normal(size=(SCORES, *shape))
    scores = np.maximum(np.round(scores - np.arange(visits)), 0)
    values[random.random(values.shape) < 0.03] = np.nan
    missed = random.random(shape) < 0.05
    missed[:, 0] = False
    values[:, missed] = scores[:, missed] = np.nan
    observations = observe(values, scores, lloq=1.0, uloq=1e15)
    settings = {"primary_visit": "V3"}
    seconds = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, build in TABLES.items():
            arguments = (observations,) if name == "accounting" else (observations, settings)
            seconds[name] = _timed(lambda build=build, arguments=arguments: build(*arguments))
    return {
        "seconds_large_study": round(sum(seconds.values()), 1),
        **{f"seconds_large_study_{name}": round(value, 1) for name, value in seconds.items()},
        "memory_mb_large_study": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _timed(function):
    start = time.process_time()
    function()
    return time.process_time() - start
