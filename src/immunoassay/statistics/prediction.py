"""Can the biomarkers together predict the change of a score? Only with 20 participants or more.

With seven, two components of partial least squares explain 99.7 % of a score from pure noise. What is reported is
therefore Q2, the share explained in participants the model has not seen, beside the Q2 of permuted scores. Two models:
partial least squares (all analytes carry a little) and the elastic net (few carry it).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.frames import cube, ordered, table
from immunoassay.statistics.substitutes import log_substituted, substitute, through_one_limit

FEWEST_PARTICIPANTS, FEWEST_ANALYTES = 20, 2
MOST_BELOW = 0.50
MOST_MISSING = 0.20
MOST_COMPONENTS = 3
# Strength of the elastic net's penalty, of the least that leaves no analyte (1: the mean alone), and the share of it
# that is absolute rather than squared.
PENALTIES, ABSOLUTE = np.array([1.0, 0.5, 0.25, 0.1]), 0.5
MOST_SWEEPS, SETTLED = 100, 1e-3
FOLDS, REPEATS, PERMUTATIONS = 5, 20, 500
CACHE = 150_000  # coefficients searched for side by side
NET_REPEATS_PERMUTED = 3  # an elastic net costs five times as much
# coefficients of pairs of x and responses: (choices, analytes, m) of each pair
Fitter = Callable[[Sequence[tuple[np.ndarray, np.ndarray]]], Sequence[np.ndarray] | np.ndarray]


def prediction(observations: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """Two rows per score, one per model: Q2 of its change to the primary visit of the primary course, as
    frames.table("prediction").

    Predictors are ln ratios to baseline at the same visit, one row per participant, so that no participant is on both
    sides of a fold. Analytes with more than half of the pairs outside the limits, more than a fifth missing, or
    constant are left out; a remaining value below LLOQ stands as LLOQ / 2 (above ULOQ: the ULOQ); where the LLOQs of an
    analyte differ, all is seen through the highest. Missing ratios,
    centring and scaling come from the training participants, as does the number of components (penalty). The p is the
    share of permuted scores whose Q2, from the same folds, is at least the observed one. Below 20 participants: NA and
    why.
    """
    settings = choices.complete(settings)
    frame = ordered(observations)
    course, visit = settings["primary_course"], settings["primary_visit"]
    rows = frame[(frame["course"] == course) & (frame["visit"] == visit) & ~frame["own_baseline"]]
    rows = through_one_limit(rows[rows["reported"] & rows["baseline_reported"]])
    scores = list(dict.fromkeys(frame.loc[frame["kind"] == "score", "variable"]))
    people = sorted(set(rows["participant"]))
    x, outside, below = _ratios(rows[rows["kind"] == "biomarker"], people, visit)
    found = []
    for score in scores:
        (y,) = cube(rows, [score], people, [visit], ["change_lower"])
        for model in MODELS:
            facts = {"score": score, "course": course, "visit": visit, "model_code": model}
            found.append(facts | _one(x, outside, below, y[0, :, 0], model, settings))
    return table(found, "prediction")


def cross_validated(x: np.ndarray, responses: np.ndarray, seed: int, model: str, repeats: int) -> np.ndarray:
    """Q2 (repeats, m) of `responses` (participants, m) from `x` (participants, analytes; NaN = missing).

    Outer folds judge, inner folds choose the number of components (penalty) for each response by itself. The folds of
    a repeat are the same for every response, however many repeats there are.
    """
    random = np.random.default_rng(seed)
    n, each = len(x), np.arange(responses.shape[1])
    total = ((responses - responses.mean(axis=0)) ** 2).sum(axis=0)
    q2 = np.empty((repeats, each.size))
    for repeat in range(repeats):
        fold = random.permutation(np.arange(n) % FOLDS)
        inside = random.permutation(np.arange(n) % FOLDS)
        splits = [(fold != outer, fold == outer) for outer in range(FOLDS)]
        splits += [
            ((fold != outer) & (inside != inner), (fold != outer) & (inside == inner))
            for outer in range(FOLDS)
            for inner in range(FOLDS)
        ]
        errors = squared_errors(x, responses, splits, MODELS[model])
        best = errors[FOLDS:].reshape(FOLDS, FOLDS, -1, each.size).sum(axis=1).argmin(axis=1)
        missed = sum(errors[outer, best[outer], each] for outer in range(FOLDS))
        q2[repeat] = 1 - missed / total
    return q2


def squared_errors(
    x: np.ndarray, responses: np.ndarray, splits: Sequence[tuple[np.ndarray, np.ndarray]], fit: Fitter
) -> np.ndarray:
    """Sums of squared errors (splits, choices, m) in the judged participants; all else is learnt from the others.

    `splits` are pairs of masks: participants that teach and participants that judge. `fit` is a value of MODELS.
    """
    taught, judged = [], []
    for train, test in splits:
        mean, deviation = np.zeros(x.shape[1]), np.zeros(x.shape[1])
        known = ~np.isnan(x[train]).all(axis=0)
        mean[known], deviation[known] = np.nanmean(x[train][:, known], axis=0), np.nanstd(x[train][:, known], axis=0)
        scale = np.where(deviation > 0, deviation, np.inf)  # a constant analyte carries nothing
        parts = [np.nan_to_num((x[mask] - mean) / scale, nan=0.0) for mask in (train, test)]
        centre, level = parts[0].mean(axis=0), responses[train].mean(axis=0)
        taught.append((parts[0] - centre, responses[train] - level))
        judged.append((parts[1] - centre, responses[test] - level))
    coefficients = fit(taught)
    return np.stack(
        [((y - np.matmul(x, found)) ** 2).sum(axis=1) for (x, y), found in zip(judged, coefficients, strict=True)]
    )


def partial_least_squares(x: np.ndarray, responses: np.ndarray, components: int) -> np.ndarray:
    """Coefficients (components, analytes, m) of the models with 1, 2, ... components, one response at a time.

    `x` and `responses` are centred. The model with k components is least squares in the Krylov space of X'X and X'y
    (Helland, On the structure of partial least squares regression, 1988): all responses share the matrix products.
    """
    square, direction = x.T @ x, x.T @ responses
    basis: list[np.ndarray] = []
    coefficients = np.zeros((components, x.shape[1], responses.shape[1]))
    first = direction
    for index in range(components):
        # Orthogonal directions keep the small system well conditioned.
        for _ in range(2):
            for earlier in basis:
                direction = direction - earlier * (earlier * direction).sum(axis=0)
        size = np.sqrt((direction**2).sum(axis=0))
        direction = np.where(size > 1e-10, direction / np.where(size > 1e-10, size, 1.0), 0.0)
        basis.append(direction)
        stack = np.stack(basis)
        moved = np.matmul(square, stack)
        system = np.einsum("apm,bpm->mab", stack, moved)
        right = np.einsum("apm,pm->ma", stack, first)
        weights = np.einsum("mab,mb->ma", np.linalg.pinv(system, rcond=1e-10, hermitian=True), right)
        coefficients[index] = np.einsum("apm,ma->pm", stack, weights)
        direction = moved[-1]
    return coefficients


def elastic_net(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Coefficients, one array (penalties, analytes, m) for each of `pairs` of x and responses, both centred.

    Zou and Hastie, Regularization and variable selection via the elastic net, 2005, by cyclic coordinate descent from
    the strongest penalty to the weakest (Friedman, Hastie and Tibshirani 2010), responses and, as far as the cache
    holds them, fits side by side.
    """
    x, y = pairs[0]
    together = max(1, CACHE // (x.shape[1] * y.shape[1]))
    parts = [_descent(pairs[start : start + together]) for start in range(0, len(pairs), together)]
    return np.concatenate(parts)


def _descent(pairs):
    gram = np.stack([x.T @ x / len(x) for x, _ in pairs])
    right = np.stack([x.T @ y / len(x) for x, y in pairs])
    unit = np.stack([y.std(axis=0) for _, y in pairs]) + 1e-300
    most = np.abs(right).max(axis=1) / ABSOLUTE
    coefficients = np.zeros((PENALTIES.size, *right.shape))
    for index, penalty in enumerate(PENALTIES):
        found = coefficients[index]
        found[:] = coefficients[max(index - 1, 0)]
        lasso, ridge = ABSOLUTE * penalty * most, (1 - ABSOLUTE) * penalty * most + 1e-300
        for _ in range(MOST_SWEEPS):
            moved = 0.0
            for j in range(right.shape[1]):
                size = gram[:, j, j][:, None]
                before = found[:, j].copy()
                free = right[:, j] - np.matmul(gram[:, j][:, None], found)[:, 0] + size * before
                found[:, j] = (free - np.clip(free, -lasso, lasso)) / (size + ridge)
                moved = max(moved, float((np.abs(found[:, j] - before) / unit).max()))
            if moved < SETTLED:
                break
    return coefficients.transpose(1, 0, 2, 3)


MODELS: dict[str, Fitter] = {
    "partial_least_squares": lambda pairs: [partial_least_squares(x, y, MOST_COMPONENTS) for x, y in pairs],
    "elastic_net": elastic_net,
}


def judged_repeats(model: str) -> int:
    """Repeats of the cross-validation with which the permuted scores are judged."""
    return REPEATS if model == "partial_least_squares" else NET_REPEATS_PERMUTED


def _ratios(rows, people, visit):
    """(ln ratios, which of them rest on a value outside the limits, which on one below) of the analytes that can be used.

    All three are of (participants, analytes).
    """
    names = list(dict.fromkeys(rows["variable"]))
    columns = ["lower", "upper", "baseline_lower", "baseline_upper"]
    now_low, now_high, old_low, old_high = (part[:, :, 0].T for part in cube(rows, names, people, [visit], columns))
    now, old = (log_substituted(*ends, ends[0] == 0) for ends in ((now_low, now_high), (old_low, old_high)))
    x = now - old
    known = ~np.isnan(x)
    outside = ((now_low != now_high) | (old_low != old_high)) & known
    below = ((now_low == 0) | (old_low == 0)) & known
    if not known.any():
        return x[:, :0], outside[:, :0], below[:, :0]
    censored = outside.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    spread = [np.ptp(column[seen]) > 0 if seen.any() else False for column, seen in zip(x.T, known.T, strict=True)]
    used = (censored <= MOST_BELOW) & (known.mean(axis=0) >= 1 - MOST_MISSING) & np.array(spread, bool)
    return x[:, used], outside[:, used], below[:, used]


def _one(x, outside, below, y, model, settings):
    seen = ~np.isnan(y)
    n, analytes = int(seen.sum()), x.shape[1]
    row = {"n": n, "n_analytes": analytes, "n_substituted": int(outside[seen].sum())}
    row.update(method_code="none", substituted_code="none")
    row.update(dict.fromkeys(("q2", "q2_lowest", "q2_highest", "null_median", "null_95", "p", "p_floor"), np.nan))
    reason = _why_not(n, analytes, y[seen])
    if reason:
        return {**row, "reason_code": reason}
    seed = settings["seed"]
    orders = np.random.default_rng(seed).permuted(np.tile(np.arange(n), (PERMUTATIONS, 1)), axis=1)
    responses = np.column_stack([y[seen], y[seen][orders].T])
    own = cross_validated(x[seen], responses[:, :1], seed, model, REPEATS)[:, 0]
    mean = cross_validated(x[seen], responses, seed, model, judged_repeats(model)).mean(axis=0)
    p = float((mean >= mean[0] - 1e-12).mean())
    low, middle, high = float(own.min()), float(np.median(mean[1:])), float(np.quantile(mean[1:], 0.95))
    row.update(q2=float(own.mean()), q2_lowest=low, q2_highest=float(own.max()))
    row.update(null_median=middle, null_95=high, p=p, p_floor=1 / (PERMUTATIONS + 1))
    row["method_code"] = "nested_cross_validation"
    row["substituted_code"] = substitute(below[seen].any(), (outside & ~below)[seen].any())
    return row


def _why_not(n, analytes, y):
    if n < FEWEST_PARTICIPANTS:
        return "predicts_few_participants"
    if analytes < FEWEST_ANALYTES:
        return "predicts_few_analytes"
    return "predicts_constant" if np.ptp(y) == 0 else ""
