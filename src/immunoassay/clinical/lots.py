"""Pairs of a visit and its baseline that were read on two plates, or with two kit lots.

Where most pairs of a visit cross the same change of lot, a change of the kit cannot be told from a change of the biomarker;
what samples measured with both lots say of the kit (the `bridging` table) then stands beside the change.
"""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.problems import Problem, few
from immunoassay.study.course_names import NO_COURSE

MOST = 0.5  # share of the pairs across lots up to which nothing is flagged


class Crossing(NamedTuple):
    """How many pairs cross plates and lots (None: unknown of every pair), and between which lots most of them do."""

    plates: int | None
    lots: int | None
    lot_baseline: str | None
    lot_visit: str | None


class Shift(NamedTuple):
    """Ratio of one lot to another with the limits of its 90 % interval; NaN where it was not determined."""

    ratio: float = np.nan
    low: float = np.nan
    high: float = np.nan


def crossing(pairs: pd.DataFrame) -> Crossing:
    """The Crossing of observations that have a baseline; of several changes of lot the commonest, then by name."""
    (plates, _), (lots, ways) = (_across(pairs, name) for name in ("plate", "kit_lot"))
    old, new = min(ways, key=lambda way: (-ways[way], way), default=(None, None))
    return Crossing(plates, lots, old, new)


def confounded(lots: int | None, pairs: int) -> bool:
    """Whether the change is also a lot change: more than half of the pairs cross lots."""
    return lots is not None and lots > MOST * pairs


def lot_shift(bridging: pd.DataFrame | None, panel: str, analyte: str, old: str | None, new: str | None) -> Shift:
    """What lot `new` reads relative to lot `old`, from the `bridging` table, which holds lots that follow each other."""
    if bridging is None or old is None:
        return Shift()
    rows = bridging[(bridging["panel"] == panel) & (bridging["analyte"] == analyte)]
    for first, second, back in (("lot_old", "lot_new", False), ("lot_new", "lot_old", True)):
        hit = rows[(rows[first] == old) & (rows[second] == new)]
        if len(hit):
            ratio, low, high = hit[["ratio", "ratio_low", "ratio_high"]].iloc[0].astype(float)
            return Shift(1 / ratio, 1 / high, 1 / low) if back else Shift(ratio, low, high)
    return Shift()


def lot_changes(frame: pd.DataFrame, bridging: pd.DataFrame | None, files: Mapping[str, str]) -> list[Problem]:
    """One FLAG per panel, course and visit at which changes are also lot changes, of observations.

    `files` says where the sheet `plates` lies, which states the lots.
    """
    pairs = frame[(frame["kind"] == "biomarker") & ~frame["own_baseline"]]
    pairs = pairs[pairs["reported"] & pairs["baseline_reported"]]
    problems = []
    for (panel, course, visit), rows in pairs.groupby(["panel", "course", "visit"], sort=True):
        found = {name: (crossing(own), own) for name, own in rows.groupby("variable", sort=True)}
        hit = {name: each for name, (each, own) in found.items() if confounded(each.lots, len(own))}
        if hit:
            place = visit if course == NO_COURSE else f"{course} {visit}"
            problems.append(_problem(panel, place, hit, len(found), pairs, bridging, files["plates"]))
    return problems


def _problem(panel, place, hit, analytes, pairs, bridging, file):
    units = pairs.drop_duplicates("variable").set_index("variable")["unit"]
    ways = sorted({f"{each.lot_baseline} to {each.lot_visit}" for each in hit.values()})
    found = f"{panel} at {place}: of {len(hit)} of {analytes} analytes more than half of the pairs cross a change of the kit lot"
    found += f" ({few(ways)})"
    known = []
    for name, each in hit.items():
        shift = lot_shift(bridging, panel, name, each.lot_baseline, each.lot_visit)
        if np.isfinite(shift.ratio):
            known.append(f"{name} {_said(shift, units[name])}")
    said = (
        f"by samples measured with both lots, the later reads {few(known)}" if known else "no samples tell them apart"
    )
    why = f"a change of the kit looks like a change of the biomarker; {said}"
    fix = "measure samples with both lots, and read the change beside lot_shift of statistics/biomarker_changes.tsv"
    return Problem("W-VIS-107", "FLAG", file, found, why, fix, column="kit_lot")


def _said(shift, unit):
    if tables.is_log2(unit):
        ratio, low, high = np.log2(shift)
        return f"{ratio:+.2f} {unit} (90 % interval {low:+.2f} to {high:+.2f})"
    return f"{shift.ratio:.2f} times (90 % interval {shift.low:.2f} to {shift.high:.2f})"


def _across(pairs, name):
    """How many pairs differ in `name` (None: unknown of every pair), and {(at baseline, at the visit): how many} of them."""
    before, after = (pairs[column].to_numpy(object) for column in (f"baseline_{name}", name))
    known = ~(pd.isna(before) | pd.isna(after))
    ways = Counter(way for way in zip(before[known], after[known], strict=True) if way[0] != way[1])
    return ways.total() if known.any() else None, ways
