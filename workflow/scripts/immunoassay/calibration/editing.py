"""Dropping of standards that fail, as a recorded rule.

ICH M10 (2022), ligand binding assays: a standard level out of tolerance may be rejected and the curve refitted. Here
the most deviant level goes first, one at a time, never two neighbours, at most a given fraction of the levels, never
below the least number of levels; each refit is recorded. A refit without a converged curve is undone and recorded.

Whether a level fails is judged by recovery and CV; which failing level is the most deviant, by the distance of its mean
signal from the curve in standard errors. Near a plateau a small error of the curve is a large error of recovery: one
spoiled level in the middle would there make the innocent ends look worse than itself, and they would be dropped first.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from immunoassay.calibration import candidates, limits


def edit(points, chosen, standards, criteria, refit):
    """Edit all curves that need it, together.

    points, chosen: the fit so far; standards: frame with curve, expected, signal, level; refit(rows, points) fits these
    curves again and returns a Chosen. Returns points, chosen, dropped (set of expected per curve) and refits (list of
    records per curve: dropped level, expected, recovery_percent, cv_percent, kept).
    """
    count = len(points.u)
    dropped, refits = [set() for _ in range(count)], [[] for _ in range(count)]
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
            refits[row].append(
                {
                    "dropped": names.get((row, level["expected"]), ""),
                    "expected": level["expected"],
                    "recovery_percent": _number(level["recovery_percent"]),
                    "cv_percent": _number(level["cv_percent"]),
                    "kept": bool(good),
                }
            )
            if good:
                dropped[row].add(level["expected"])
            else:
                open_curves.discard(row)
        points = replace(points, used=np.where(_mask(rows[kept], count)[:, None], used, points.used))
        chosen = candidates.merge(
            chosen,
            rows[kept],
            candidates.Chosen(
                candidates.take(update.fit, np.flatnonzero(kept)), update.model[kept], update.orientation[kept]
            ),
        )
    return points, chosen, dropped, refits


def _next_to_drop(table, dropped, criteria):
    """The level to drop next of every curve where one fails and may go: {curve: row of the `levels` table}."""
    pairs = zip(table["curve"], table["expected"], strict=True)
    gone = np.array([expected in dropped[curve] for curve, expected in pairs], bool)
    table = table.assign(gone=gone)
    curve = table.groupby("curve")
    beside = curve["gone"].shift(1, fill_value=False) | curve["gone"].shift(-1, fill_value=False)
    count = curve["gone"].transform("size")
    may = np.minimum(np.floor(criteria.max_dropped_fraction * count + 1e-9), count - criteria.min_levels)
    free = table[~table["passes"] & ~table["gone"] & ~beside & (curve["gone"].transform("sum") < may)]
    order = free.sort_values(["curve", "deviance", "expected"], ascending=[True, False, True], kind="stable")
    return {row["curve"]: row for row in order.drop_duplicates("curve").to_dict("records")}


def _mask(rows, count):
    mask = np.zeros(count, bool)
    mask[rows] = True
    return mask


def _number(value):
    return None if pd.isna(value) else float(value)
