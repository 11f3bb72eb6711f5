"""Principal components of the biomarkers: a description, with the level that unrelated biomarkers would reach.

At n = 7 the first two components of pure noise in 60 analytes explain 44 %; the noise level is therefore part of the
table.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from immunoassay.statistics import settings as choices
from immunoassay.statistics.frames import cube, ordered, table
from immunoassay.statistics.substitutes import log_substituted, substitute, through_one_limit
from immunoassay.statistics.thresholds import FEWEST_OF_COMPONENTS, MOST_BELOW, MOST_MISSING, NOISE_DRAWS
from immunoassay.tables import BELOW, CENSORED
from numpy.typing import ArrayLike

COMPONENTS = 5
QUANTITIES = ("value", "change")


class PrincipalComponents(NamedTuple):
    """Scores (rows, k), loadings (columns, k; unit length) and explained shares (k) of standardised columns."""

    scores: np.ndarray
    loadings: np.ndarray
    explained: np.ndarray


class PcaTables(NamedTuple):
    """The three tables of the principal components, as frames.table("pca_scores"), "pca_loadings", "pca_variance"."""

    scores: pd.DataFrame
    loadings: pd.DataFrame
    variance: pd.DataFrame


def principal_components(matrix: ArrayLike) -> PrincipalComponents:
    """PCA of a complete matrix with no constant column, each column standardised by its standard deviation (n - 1).

    The sign of each component makes its largest loading positive.
    """
    from sklearn.decomposition import PCA  # whoever needs only the words about components does not wait for it

    matrix = np.asarray(matrix, float)
    standard = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0, ddof=1)
    fitted = PCA(svd_solver="full").fit(standard)
    loadings = fitted.components_.T
    largest = loadings[np.abs(loadings).argmax(axis=0), np.arange(loadings.shape[1])]
    loadings = loadings * np.where(largest < 0, -1.0, 1.0)
    return PrincipalComponents(standard @ loadings, loadings, fitted.explained_variance_ratio_)


def noise_level(
    matrix: np.ndarray, participants: np.ndarray, visits: np.ndarray, draws: int = NOISE_DRAWS, seed: int = 1
) -> tuple[np.ndarray | None, int]:
    """Explained shares (draws, k) when every column's participants are permuted independently of the other columns.

    Whole trajectories move, among participants with the same visits: rows of one participant are not independent, and
    permuting rows would put the noise level too low. Returns (shares, participants that can move); shares are None when
    no two participants have the same visits.
    """
    blocks: dict[tuple, list[np.ndarray]] = {}
    for person in dict.fromkeys(participants):
        rows = np.flatnonzero(participants == person)
        blocks.setdefault(tuple(visits[rows]), []).append(rows)
    strata = [np.stack(members) for members in blocks.values() if len(members) > 1]
    movable = sum(len(members) for members in strata)
    if not strata:
        return None, movable
    random = np.random.default_rng(seed)
    standard = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0, ddof=1)
    columns = np.arange(matrix.shape[1])
    shares = np.empty((draws, min(matrix.shape)))
    for draw in range(draws):
        permuted = standard.copy()
        for members in strata:
            order = random.permuted(np.tile(np.arange(len(members)), (columns.size, 1)), axis=1)
            # (columns, members, visits): each column takes its own order of participants.
            source = members[order]
            permuted[members[None], columns[:, None, None]] = standard[source, columns[:, None, None]]
        sizes = np.linalg.svd(permuted, compute_uv=False) ** 2
        shares[draw] = sizes / sizes.sum()
    return shares, movable


def pca(observations: pd.DataFrame, settings: Mapping[str, Any]) -> PcaTables:
    """Principal components of log values and of their changes from baseline in the primary course: `PcaTables`.

    One row of the analysis is a participant at a visit. Analytes with more than half of their results below LLOQ, with
    more than a fifth missing, or constant are left out and listed with the reason; rows that then miss an analyte are
    left out and counted. A remaining value below LLOQ stands as LLOQ / 2 (above ULOQ: the ULOQ) and is counted; where
    the LLOQs of an analyte differ, all is seen through the highest.
    """
    settings = choices.complete(settings)
    frame = ordered(observations)
    course = settings["primary_course"]
    frame = through_one_limit(frame[(frame["kind"] == "biomarker") & (frame["course"] == course)])
    parts = [_one_quantity(frame, quantity, course, settings) for quantity in QUANTITIES]
    return PcaTables(
        *(
            table([row for part in parts for row in part[index]], f"pca_{name}")
            for index, name in enumerate(PcaTables._fields)
        )
    )


def _one_quantity(frame, quantity, course, settings):
    """Rows of scores, loadings and variance."""
    facts = {"quantity": quantity, "method_code": {"value": "log_values", "change": "log_changes"}[quantity]}
    keys, names, matrix, outside, below = _matrix(frame, quantity)
    included, loadings = [], []
    groups = frame.drop_duplicates("variable").set_index("variable")["group"]
    for index, variable in enumerate(names):
        known = ~np.isnan(matrix[:, index])
        share = float(below[known, index].mean()) if known.any() else np.nan
        reason = _why_out(matrix[:, index], share)
        fact = {**facts, "variable": variable, "group": groups[variable], "share_below": share, "_rows": known.size}
        fact.update(included=not reason, reason_code=reason, n=int(known.sum()))
        if reason:
            loadings.append({**fact, "component": None, "loading": np.nan})
        else:
            included.append((index, fact))
    columns = [index for index, _ in included]
    complete = ~np.isnan(matrix[:, columns]).any(axis=1)
    used = matrix[complete][:, columns]
    counts = {"n": len(used), "n_analytes": len(columns), "rows_left_out": int((~complete).sum())}
    varying = np.ptp(used, axis=0) > 0 if len(used) else np.zeros(len(columns), bool)
    if min(len(used), len(columns)) < FEWEST_OF_COMPONENTS or not varying.all():
        loadings += [{**fact, "component": None, "loading": np.nan} for _, fact in included]
        empty = dict.fromkeys(("explained", "cumulative", "noise_median", "noise_95", "share_below"), np.nan)
        row = {**facts, **counts, **empty, "reason_code": "few_rows_or_analytes", "substituted_code": "none"}
        row.update(_outside=0, _movable=0)
        return [], loadings, [row]
    keys = keys[complete].reset_index(drop=True)
    result = principal_components(used)
    k = min(COMPONENTS, result.explained.size)
    outside, below = (part[complete][:, columns] for part in (outside, below))
    scores = [
        {
            **facts,
            **key,
            "course": course,
            "component": c + 1,
            "score": result.scores[r, c],
            "explained": result.explained[c],
            "n_analytes": len(columns),
            "n_substituted": int(outside[r].sum()),
        }
        for r, key in enumerate(keys.to_dict("records"))
        for c in range(k)
    ]
    for position, (_, fact) in enumerate(included):
        loadings += [{**fact, "component": c + 1, "loading": result.loadings[position, c]} for c in range(k)]
    shared = {
        **facts,
        **counts,
        "n_participants": keys["participant"].nunique(),
        "share_below": float(below.mean()),
        "substituted_code": substitute(below.any(), (outside & ~below).any()),
        "_outside": int(outside.sum()),
    }
    return scores, loadings, _variance(shared, result.explained[:k], used, keys, settings["seed"])


def _variance(shared, explained, used, keys, seed):
    """Rows of the variance that each component explains, beside the noise level."""
    who, when = (keys[name].to_numpy(object) for name in ("participant", "visit"))
    noise, movable = noise_level(used, who, when, seed=seed)
    rows = []
    for c, share in enumerate(explained):
        row = {**shared, "component": c + 1, "explained": share, "cumulative": float(explained[: c + 1].sum())}
        row["noise_median"] = np.nan if noise is None else float(np.median(noise[:, c]))
        row["noise_95"] = np.nan if noise is None else float(np.quantile(noise[:, c], 0.95))
        rows.append({**row, "reason_code": "no_shared_visits" if noise is None else "", "_movable": movable})
    return rows


def _matrix(frame, quantity):
    """(keys of rows, analytes, ln matrix with NaN = missing, outside the limits, below LLOQ) of participants x visits."""
    names = list(dict.fromkeys(frame["variable"]))
    people = sorted(set(frame["participant"]))
    order = frame.drop_duplicates("visit").sort_values(["visit_order", "visit"], kind="stable")
    visits = list(order["visit"])
    known = frame[frame["reported"]]
    flags = {f"_{name}": known["status"].isin(states) for name, states in (("below", BELOW), ("outside", CENSORED))}
    known = known.assign(**{name: flag.astype(float) for name, flag in flags.items()})
    columns = ["lower", "upper", "_below", "_outside"]
    if quantity == "change":
        pairs = known[known["baseline_reported"] & ~known["own_baseline"]]
        base_below = pairs["baseline_status"].isin(BELOW)
        low = (pairs["_below"] == 1) | base_below
        outside = (pairs["_outside"] == 1) | (pairs["baseline_status"] != "quantified")
        pairs = pairs.assign(
            _pair_below=low.astype(float),
            _pair_outside=outside.astype(float),
            _base_below=base_below.astype(float),
        )
        lower, upper, below_now, base_lower, base_upper, base_below, below, outside = cube(
            pairs,
            names,
            people,
            visits,
            [
                "lower",
                "upper",
                "_below",
                "baseline_lower",
                "baseline_upper",
                "_base_below",
                "_pair_below",
                "_pair_outside",
            ],
        )
        now, before = (
            log_substituted(lower, upper, below_now == 1),
            log_substituted(base_lower, base_upper, base_below == 1),
        )
        values = now - before
    else:
        lower, upper, below, outside = cube(known, names, people, visits, columns)
        values = log_substituted(lower, upper, below == 1)
    keys = pd.MultiIndex.from_product([people, visits], names=["participant", "visit"]).to_frame(index=False)
    keys["visit_order"] = keys["visit"].map(dict(zip(visits, order["visit_order"], strict=True)))
    shape = (len(names), -1)
    values, outside, below = (part.reshape(shape).T if names else np.empty((0, 0)) for part in (values, outside, below))
    # A row without a single result was never expected in this quantity.
    present = ~np.isnan(values).all(axis=1) if names else np.zeros(len(keys), bool)
    return keys[present], names, values[present], outside[present] == 1, below[present] == 1


def _why_out(column, share):
    known = column[~np.isnan(column)]
    if known.size == 0:
        return "no_result"
    if share > MOST_BELOW:
        return "analyte_mostly_below"
    if 1 - known.size / column.size > MOST_MISSING:
        return "analyte_missing"
    return "analyte_constant" if np.ptp(known) == 0 else ""
