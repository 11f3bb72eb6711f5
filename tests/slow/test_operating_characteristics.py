"""A sample of the cells of benchmarks/statistics.py: no test rejects what is true too often, no interval misses too often.

One cell of every kind, drawn by a seed: the same cells each time. The full number of
repetitions is the benchmark's business; here a fault of a method shows, not a percent.
"""

import random
from functools import cache

import numpy as np
import pytest
from benchmarks import association_cells, statistics

REPETITIONS, SEED = 100, 17
KINDS = {}
for cell in statistics.cells():
    if cell[0].__name__ != "family" or cell[2]["n"] <= 12:  # likelihoods of sixty analytes take minutes
        KINDS.setdefault(cell[0].__name__, []).append(cell)


@pytest.fixture(scope="module")
def simulated():
    """simulated(kind): the rows of its cells, simulated once."""

    @cache
    def rows(kind):
        chosen = random.Random(SEED).sample(KINDS[kind], min(3, len(KINDS[kind])))
        return [row for cell in chosen for row in statistics.run((REPETITIONS, *cell))]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(association_cells, "CHANGING", REPETITIONS)
        yield rows


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_of_every_kind_keeps_its_level_and_its_coverage(kind, simulated):
    rows = simulated(kind)
    ours = [row for row in rows if not row["method"].startswith(("rival", "tier")) and row["printed"] >= 30]
    assert ours
    for row in ours:
        if row["kind"] == "tests":
            assert row["rate"] <= 0.055 + 4 * np.sqrt(0.055 * 0.945 / row["printed"]), row
        if row["kind"] == "intervals":
            assert row["rate"] >= 0.92 - 4 * np.sqrt(0.08 * 0.92 / row["printed"]), row


def test_power_is_compared_with_what_keeps_its_level():
    frame = statistics.pd.DataFrame([
        {"study": "one_visit", "n": 7, "scenario": "r", "kind": kind, "method": method, "count": count, "printed": 100,
         "rate": count / 100, "repetitions": 100}
        for kind, method, count in (
            ("power", "one visit, as printed", 60), ("power", "rival: tau-b", 50), ("power", "rival: Spearman's rho", 68),
            ("power", "rival: liberal", 99), ("tests", "rival: liberal", 20), ("tests", "rival: tau-b", 4),
        )
    ])  # fmt: skip
    found = statistics.statistics_power.promises(frame)
    assert found == {"power_deficit_max": 0.08, "power_deficit_named": 0, "cells_power": 2}


def test_the_page_has_every_kind_and_every_promise(simulated, tmp_path):
    table = statistics.pd.DataFrame([row for kind in KINDS for row in simulated(kind)])
    speed = ("seconds_permutations", "speedup_scipy_loop", "speedup_permutation_test", "seconds_large_study",
             "memory_mb_large_study")  # fmt: skip
    figures = {"repetitions": REPETITIONS, "seed": SEED, **dict.fromkeys(speed, 1)} | statistics.promises(table)
    page = tmp_path / "page.md"
    page.write_text("# Validation\n", encoding="utf-8")
    statistics.statistics_page.write(table, figures, page)
    text = page.read_text(encoding="utf-8")
    assert all(
        f"**{kind.replace('_', ' ').capitalize()}**" in text for kind in set(table["study"]) - {"change", "trajectory"}
    )
    assert all(said in text for _, said, _ in statistics.statistics_page.PROMISED) and "nan" not in text
