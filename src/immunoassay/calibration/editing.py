"""Dropping of standards that fail, as a recorded rule.

ICH M10 (2022), ligand binding assays: a standard level out of tolerance may be rejected and the curve refitted. Here
the most deviant level goes first, one at a time, never two neighbours, at most a given fraction of the levels, never
below the least number of levels; each refit is recorded. A refit without a converged curve is undone and recorded.

A level goes only if it is out of tolerance and improbable: its wells lie farther from the curve fitted without them
than the noise of the other levels explains. Near a plateau, and where noise drowns the signal, honest standards are out
of tolerance too. They lie outside the range of quantification, but they hold the end of the curve, and a residual
variance without the large residuals would be too small. The noise is taken from the better half of the levels, so that
a second spoiled level does not hide the first (after Rousseeuw & Leroy, Robust regression and outlier detection, 1987).
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from immunoassay.calibration import limits
from immunoassay.calibration.candidates import Chosen
from immunoassay.calibration.fit import Points
from scipy.special import chdtrc, chdtri

IMPROBABLE = 1e-3
RECORD = ["curve", "order", "level", "expected", "recovery_percent", "cv_percent", "reason", "dropped"]


def edit(
    points: Points,
    chosen: Chosen,
    standards: pd.DataFrame,
    criteria: limits.Criteria,
    refit: Callable[[np.ndarray, Points], Chosen],
) -> tuple[Points, Chosen, list[set[float]], pd.DataFrame]:
    """Edit all curves that need it, together.

    points, chosen: the fit so far; standards: frame with curve, expected, signal, level; refit(rows, points) fits these
    curves again and returns a Chosen. Returns points, chosen, dropped (set of expected per curve) and a frame with a row
    (RECORD, as in the table `dropped_standards`) per level that was dropped or could not be.
    """
    count = len(points.u)
    dropped: list[set[float]] = [set() for _ in range(count)]
    records = []
    names = standards.groupby(["curve", "expected"])["level"].first()
    open_curves = set(np.flatnonzero(chosen.fit.status == "converged"))
    while open_curves:
        some = standards[standards["curve"].isin(open_curves)]
        drop = _next_to_drop(limits.levels(chosen.fit.curves, some, criteria), dropped, criteria)
        rows = np.array(sorted(drop), int)
        open_curves = set(rows)
        if not len(rows):
            break
        used = points.used.copy()
        for row in rows:
            used[row] &= np.abs(points.u[row] - np.log(drop[row]["expected"])) > 1e-12
        trial = replace(points, used=used)
        update = refit(rows, trial)
        kept = update.fit.status == "converged"
        for row, good in zip(rows, kept, strict=True):
            level = drop[row]
            record = {name: level[name] for name in ("curve", "expected", "recovery_percent", "cv_percent", "reason")}
            record["level"] = names.get((row, level["expected"]), "")
            records.append({**record, "order": len(dropped[row]) + 1, "dropped": bool(good)})
            if good:
                dropped[row].add(level["expected"])
            else:
                open_curves.discard(row)
        points = points.put(rows[kept], trial.take(rows[kept]))
        chosen = chosen.put(rows[kept], update.take(np.flatnonzero(kept)))
    return points, chosen, dropped, pd.DataFrame(records, columns=RECORD)


def _next_to_drop(table, dropped, criteria):
    """The level to drop next of every curve where one fails and may go: {curve: row of the `levels` table}."""
    pairs = zip(table["curve"], table["expected"], strict=True)
    gone = np.array([expected in dropped[curve] for curve, expected in pairs], bool)
    table = table.assign(gone=gone)
    curve = table.groupby("curve")
    beside = curve["gone"].shift(1, fill_value=False) | curve["gone"].shift(-1, fill_value=False)
    count = curve["gone"].transform("size")
    may = np.minimum(np.floor(criteria.max_dropped_fraction * count + 1e-9), count - criteria.min_levels)
    kept = table[~table["gone"]]
    noise = (kept["deviance"] / _expected_deviance(kept)).groupby(kept["curve"]).quantile(0.5, interpolation="lower")
    noise = np.maximum(table["curve"].map(noise).to_numpy(float), 1e-12)
    improbable = chdtrc(table["n_wells"], table["n_wells"] * table["deviance"] / noise) < IMPROBABLE
    free = table[~table["within"] & improbable & ~table["gone"] & ~beside & (curve["gone"].transform("sum") < may)]
    order = free.sort_values(["curve", "deviance", "expected"], ascending=[True, False, True], kind="stable")
    return {row["curve"]: row for row in order.drop_duplicates("curve").to_dict("records")}


def _expected_deviance(table):
    """The deviance of the lower median level of each curve, were all wells of the same noise."""
    count = table.groupby("curve")["deviance"].transform("size")
    rank = (np.floor((count - 1) / 2) + 0.5) / count
    return chdtri(table["n_wells"], 1 - rank) / table["n_wells"]
