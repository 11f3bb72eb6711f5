"""Can the biomarkers together predict the change of a score? Only with 20 participants or more.

With seven, two components of partial least squares explain 99.7 % of a score from pure noise. What is reported is
therefore Q2, the share explained in participants the model has not seen, beside the Q2 of permuted scores.
"""

from typing import NamedTuple

import numpy as np
from immunoassay.statistics import settings as choices
from immunoassay.statistics import words
from immunoassay.statistics.frames import cube, prepare, primary_course, table

FEWEST_PARTICIPANTS = 20
MOST_BELOW = 0.50
MOST_MISSING = 0.20
MOST_COMPONENTS = 3
FOLDS, REPEATS, PERMUTATIONS = 5, 20, 500
COLUMNS = {
    **dict.fromkeys(("score", "course", "visit"), "str"),
    **dict.fromkeys(("n", "n_analytes", "n_substituted"), "Int64"),
    **dict.fromkeys(("q2", "q2_lowest", "q2_highest", "null_median", "null_95", "p", "p_floor"), "float64"),
    **dict.fromkeys(("method", "words", "reason"), "str"),
}
METHOD = (
    f"partial least squares of 1 to {MOST_COMPONENTS} components, nested {FOLDS}-fold cross-validation repeated "
    f"{REPEATS} times, {PERMUTATIONS} permutations of participants"
)


class Predicted(NamedTuple):
    """Q2 of each repeat (repeats, responses); the first response is the observed one, the others are permuted."""

    q2: np.ndarray


def prediction(observations, settings):
    """One row per score: Q2 of its change to the primary visit of the primary course, columns as COLUMNS.

    Predictors are ln ratios to baseline at the same visit, one row per participant, so that no participant is on both
    sides of a fold. Analytes with more than half of the pairs outside the limits, more than a fifth missing, or
    constant are left out; a remaining value below LLOQ stands as LLOQ / 2 (above ULOQ: the ULOQ). Missing ratios,
    centring and scaling come from the training participants, as does the number of components. The p is the share of
    permuted scores whose mean Q2, from the same folds, is at least the observed one. Below 20 participants: NA and why.
    """
    settings = choices.complete(settings)
    frame = prepare(observations)
    course, visit = primary_course(frame, settings), settings["primary_visit"]
    rows = frame[(frame["course"] == course) & (frame["visit"] == visit) & ~frame["baseline"]]
    rows = rows[rows["reported"] & rows["baseline_reported"]]
    scores = list(dict.fromkeys(frame.loc[frame["kind"] == "score", "variable"]))
    people = sorted(set(rows["participant"]))
    x, substituted = _ratios(rows[rows["kind"] == "biomarker"], people, visit)
    found = []
    for score in scores:
        (y,) = cube(rows, [score], people, [visit], ["change_lower"])
        found.append({"score": score, "course": course, "visit": visit, **_one(x, substituted, y[0, :, 0], settings)})
    return table(found, COLUMNS)


def cross_validated(x, responses, seed):
    """`Predicted` for `responses` (participants, m) from `x` (participants, analytes; NaN = missing).

    Outer folds judge, inner folds choose the number of components for each response by itself.
    """
    random = np.random.default_rng(seed)
    n = len(x)
    total = ((responses - responses.mean(axis=0)) ** 2).sum(axis=0)
    q2 = np.empty((REPEATS, responses.shape[1]))
    for repeat in range(REPEATS):
        fold = random.permutation(np.arange(n) % FOLDS)
        inside = random.permutation(np.arange(n) % FOLDS)
        missed = np.zeros(responses.shape[1])
        for outer in range(FOLDS):
            train, test = fold != outer, fold == outer
            error = np.zeros((MOST_COMPONENTS, responses.shape[1]))
            for inner in range(FOLDS):
                fit, judge = train & (inside != inner), train & (inside == inner)
                error += _squares(x[fit], responses[fit], x[judge], responses[judge])
            best = error.argmin(axis=0)
            outside = _squares(x[train], responses[train], x[test], responses[test])
            missed += outside[best, np.arange(best.size)]
        q2[repeat] = 1 - missed / total
    return Predicted(q2)


def partial_least_squares(x, responses, components):
    """Coefficients (components, analytes, m) of the models with 1, 2, ... components, one response at a time.

    `x` and `responses` are centred. The model with k components is least squares in the Krylov space of X'X and X'y
    (Helland, On the structure of partial least squares regression, 1988): all responses share the matrix products.
    """
    square, direction = x.T @ x, x.T @ responses
    basis = []
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


def _squares(x_train, y_train, x_test, y_test):
    """Squared errors (components, m) in the test participants; everything is learnt from the training ones."""
    with np.errstate(invalid="ignore"):
        mean = np.nanmean(x_train, axis=0)
    deviation = np.nanstd(x_train, axis=0)
    usable = deviation > 0
    scaled = [
        np.nan_to_num((part[:, usable] - mean[usable]) / deviation[usable], nan=0.0) for part in (x_train, x_test)
    ]
    centre = scaled[0].mean(axis=0)
    level = y_train.mean(axis=0)
    coefficients = partial_least_squares(scaled[0] - centre, y_train - level, MOST_COMPONENTS)
    left = y_test - level - np.matmul(scaled[1] - centre, coefficients)
    return (left**2).sum(axis=1)


def _ratios(rows, people, visit):
    """(ln ratios (participants, analytes), which were substituted) of the analytes that can be used."""
    names = list(dict.fromkeys(rows["variable"]))
    columns = ["lower", "upper", "baseline_lower", "baseline_upper"]
    now_low, now_high, old_low, old_high = (part[:, :, 0].T for part in cube(rows, names, people, [visit], columns))
    with np.errstate(divide="ignore", invalid="ignore"):
        x = _point(now_low, now_high) - _point(old_low, old_high)
    outside = (now_low != now_high) | (old_low != old_high)
    known = ~np.isnan(x)
    if not known.any():
        return x[:, :0], outside[:, :0]
    censored = (outside & known).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    spread = [np.ptp(column[seen]) > 0 if seen.any() else False for column, seen in zip(x.T, known.T, strict=True)]
    used = (censored <= MOST_BELOW) & (known.mean(axis=0) >= 1 - MOST_MISSING) & np.array(spread, bool)
    return x[:, used], (outside & known)[:, used]


def _one(x, substituted, y, settings):
    seen = ~np.isnan(y)
    n, analytes = int(seen.sum()), x.shape[1]
    row = {"n": n, "n_analytes": analytes, "n_substituted": int(substituted[seen].sum()), "method": "none"}
    row.update(dict.fromkeys(("q2", "q2_lowest", "q2_highest", "null_median", "null_95", "p", "p_floor"), np.nan))
    reason = _why_not(n, analytes, y[seen])
    if reason:
        return {**row, "reason": reason, "words": words.sentences(reason)}
    random = np.random.default_rng(settings["seed"])
    orders = random.permuted(np.tile(np.arange(n), (PERMUTATIONS, 1)), axis=1)
    responses = np.column_stack([y[seen], y[seen][orders].T])
    q2 = cross_validated(x[seen], responses, settings["seed"]).q2
    mean = q2.mean(axis=0)
    p = float((mean >= mean[0] - 1e-12).mean())
    low, middle, high = float(q2[:, 0].min()), float(np.median(mean[1:])), float(np.quantile(mean[1:], 0.95))
    row.update(q2=float(mean[0]), q2_lowest=low, q2_highest=float(q2[:, 0].max()), method=METHOD, reason="")
    row.update(null_median=middle, null_95=high, p=p, p_floor=1 / (PERMUTATIONS + 1))
    text = (
        f"Q2 = {words.number(row['q2'])} in participants the model had not seen ({n} participants, {analytes} analytes); "
        f"permuted scores reach {words.number(high)} in one of twenty cases, {words.probability(p)}"
    )
    row["words"] = words.sentences(text, METHOD, "descriptive: not adjusted for other tests")
    return row


def _why_not(n, analytes, y):
    if n < FEWEST_PARTICIPANTS:
        return (
            f"no prediction: {n} participants, {FEWEST_PARTICIPANTS} are needed; with fewer, such models fit noise as well as "
            "signal"
        )
    if analytes < 2:
        return f"no prediction: {analytes} analytes can be used, 2 are needed"
    if np.ptp(y) == 0:
        return "no prediction: all changes of the score are equal"
    return ""


def _point(lower, upper):
    return np.log(np.where(lower == 0, upper / 2, lower))
