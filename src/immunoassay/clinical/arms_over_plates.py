"""Are the levels of a factor spread evenly over plates and kit lots? Where not, a difference of plates is one of arms."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from immunoassay.problems import Problem, few

PLACES = ("plate", "kit_lot")
ORDERS, SEED, UNLIKELY = 2000, 1, 0.01
COLUMNS = ("variable", "panel", "visit", "by", "place", "level", "n", "shared", "cramers_v", "p", "uneven")
CODE = "W-LOT-075"


def arms_over_plates(observations: pd.DataFrame, people: pd.DataFrame, factor: str) -> pd.DataFrame:
    """COLUMNS, one row per analyte, visit, `by` (plate or kit_lot), place (the plate or lot) and level: `n` results.

    `shared`: places that hold more than one level; `cramers_v` of the table of places and levels (Cramer, Mathematical
    methods of statistics, 1946), `p` by 2,000 permutations of the levels among participants. `uneven`: p below 0.01, or no
    place holds two levels although every place holds two participants or more. Without the columns of plates and lots, or
    with one place or one level, there are no rows.
    """
    level = people.set_index("participant")[factor].dropna().astype(str)
    rows = observations[(observations["kind"] == "biomarker") & observations["reported"].fillna(False).astype(bool)]
    rows = rows.assign(level=rows["participant"].map(level)).dropna(subset=["level"])
    parts = []
    for by in (name for name in PLACES if name in rows):
        known = rows.dropna(subset=[by])
        seen: dict[tuple, dict] = {}
        for (variable, visit), block in known.groupby(["variable", "visit"], sort=True):
            block = block.sort_values("participant").drop_duplicates("participant")
            if min(block[by].nunique(), block["level"].nunique()) < 2:
                continue
            key = (*block["participant"], *block[by])  # analytes of one kit lie on the same plates
            if key not in seen:
                seen[key] = _spread(block[by].to_numpy(str), block["level"].to_numpy(str))
            counts = block.groupby([by, "level"]).size().reset_index(name="n").rename(columns={by: "place"})
            facts = {"variable": variable, "panel": block["panel"].iloc[0], "visit": visit, "by": by, **seen[key]}
            parts.append(counts.assign(**facts))
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def problems(spread: pd.DataFrame, factor: str) -> Iterator[Problem]:
    """A FLAG for every panel, visit, and plate or lot whose levels are unevenly spread (frame: arms_over_plates)."""
    uneven = spread[spread["uneven"].astype(bool)]
    for (panel, visit, by), rows in uneven.groupby(["panel", "visit", "by"], sort=True, dropna=False):
        first = rows[rows["variable"] == rows["variable"].iloc[0]]
        held = [
            f"{place} holds {', '.join(f'{n} {level}' for level, n in zip(own['level'], own['n'], strict=True))}"
            for place, own in first.groupby("place", sort=True)
        ]
        what = "plates" if by == "plate" else "kit lots"
        yield Problem(
            CODE,
            "FLAG",
            file="config",
            sheet="participants",
            column=factor,
            found=f"the levels of {factor} are unevenly spread over the {what} of {panel} at {visit}: {'; '.join(held[:8])}",
            why=f"a difference between {what} is then one between the levels, for {few(sorted(set(rows['variable'])))}",
            fix="read these comparisons with it in mind; spread the levels over plates where samples are assayed again",
        )


def _spread(place: np.ndarray, level: np.ndarray) -> dict:
    """shared, cramers_v, p and uneven of who lies where."""
    places, levels = (np.unique(part, return_inverse=True)[1] for part in (place, level))
    marks = np.eye(places.max() + 1)[places], np.eye(levels.max() + 1)[levels]
    table = marks[0].T @ marks[1]
    n = len(place)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    observed = float(((table - expected) ** 2 / expected).sum())
    orders = np.random.default_rng(SEED).permuted(np.tile(np.arange(n), (ORDERS, 1)), axis=1)
    moved = np.einsum("np,onl->opl", marks[0], marks[1][orders])
    hits = (((moved - expected) ** 2 / expected).sum(axis=(1, 2)) >= observed * (1 - 1e-9)).sum()
    p, shared = (1 + int(hits)) / (ORDERS + 1), int(((table > 0).sum(axis=1) > 1).sum())
    apart = shared == 0 and bool((table.sum(axis=1) >= 2).all())
    v = float(np.sqrt(observed / n / (min(table.shape) - 1)))
    return {"shared": shared, "cramers_v": v, "p": p, "uneven": bool(p < UNLIKELY or apart)}
