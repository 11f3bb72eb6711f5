"""Do the statistics keep their promises in small studies with values below the limit, and how fast are they?

`make benchmark-statistics` writes benchmarks/results/statistics.json, every simulated cell to statistics_cells.tsv
beside it, and the section "Operating characteristics" of docs/validation.md. REPETITIONS=10000 for a release; 500 by
default, with a fixed seed per cell. A cell that comes near a limit is simulated anew with ten times as many, and the
second result counts.

Cells (`statistics_cells`, `change_cells`): n = 5, 7, 12, 20, 50, of changes also 4, 6, 16, 30; 0, 30, 60, 80 % below LLOQ at
baseline (changes) or over all visits (trajectories); changes with ratio 1 and 1/2, SD ratio 1 and 1.5, LLOQ the same or, where
nothing changes, 2.5 and 10 times higher later; trajectories
with AR(1) 0, 0.5, 0.8, a fall of 2 SD that biomarker and score share, 15 % of visits missed, correlation 0 and 0.5.
`association_cells`: an LLOQ that is 1, 3 or 10 times as high from a relapse on, 0, 15 or 30 % of visits missed, one visit.

Keys: type_one_excess_se_max: the largest (rejections at 0.05 - 0.055) / Monte-Carlo standard error of any printed p
inside its domain (aim: at most 3). The domain of the signed rank of censored pairs is equal distributions at both visits, that
of ranked and permuted tests of two groups equal distributions in both, where they are not studentised.
coverage_printed_min: the lowest coverage of a printed 95 % interval over all cells with 100 or more printed, however
rarely data sets print one; coverage_printed_rest: of the intervals of all other cells together.
type_one_changing_lloq_max: the largest rejection rate without association of the test within participants over these LLOQs;
type_one_missing_visits_min: the smallest over these shares of missed visits.
speedup_scipy_loop, speedup_permutation_test: permutation tests of tau-b for 60 biomarkers x 8 scores x 10,000
permutations, n = 20, against scipy.stats.kendalltau in a loop and scipy.stats.permutation_test (vectorised, of
Spearman's rho, which is quicker to compute); speedup_spearman_loop: against scipy.stats.spearmanr in a loop. The slow
sides are extrapolated from a measured sample. seconds_large_study: every table of the default analysis of 60 biomarkers
x 8 scores x 6 visits x 100 participants; memory_mb_large_study: the peak. Seconds are of the processor, one thread.
"""

import json
import os
import sys
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from benchmarks import (
    association_cells,
    change_cells,
    course_cells,
    group_cells,
    response_cells,
    statistics_cells,
    statistics_page,
    statistics_power,
    statistics_speed,
)

SEED, LONGER, FEWEST = 6, 10, 100
# intervals of counts, exact ones of ranks and one that ends at events, discrete by nature, which cover more
EXACT = (
    "share, Clopper-Pearson",
    "difference, Newcombe",
    "share at a threshold, Clopper-Pearson of both readings",
    "Hodges-Lehmann, exact",
    "Hodges-Lehmann",
    "median time, log-minus-log",
)
MODULES = (change_cells, statistics_cells, association_cells, course_cells, group_cells, response_cells)
RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[1] / "docs/validation.md"


def main(repetitions):
    """Run everything and write the figures."""
    # Forked workers would count the parent's memory: the large study runs first, alone.
    figures = {"repetitions": repetitions, "seed": SEED} | statistics_speed.large_study() | statistics_speed.speed()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        table = simulate(pool, repetitions, list(cells()))
    finish(table, figures)


def finish(table, figures):
    """Write the cells, the figures and the page."""
    RESULTS.mkdir(exist_ok=True)
    table.to_csv(RESULTS / "statistics_cells.tsv", sep="\t", index=False, float_format="%.6g")
    figures = figures | promises(table)
    (RESULTS / "statistics.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    statistics_page.write(table, figures, PAGE)
    print((RESULTS / "statistics.json").read_text(encoding="utf-8"))


def simulate(pool, repetitions, chosen):
    """Rows of all cells. One that looks doubtful is simulated anew, longer, and the new result counts.

    Among 600 rates from 500 data sets the worst lies three standard errors out by chance alone.
    """
    first = list(pool.map(run, [(repetitions, *cell) for cell in chosen]))
    again = [index for index, rows in enumerate(first) if any(map(doubtful, rows))]
    longer = pool.map(run, [(LONGER * repetitions, *chosen[index]) for index in again])
    for index, rows in zip(again, longer, strict=True):
        first[index] = rows
    return pd.DataFrame([row for rows in first for row in rows])


def doubtful(row):
    """Whether a rate of a method of the library is near its limit."""
    if row["method"].startswith(("rival", "tier")) or row["kind"] == "power" or row["printed"] < 30:
        return False
    return row["rate"] > 0.08 if row["kind"] == "tests" else row["rate"] < 0.93


def cells():
    """(function, its arguments, labels) of every cell."""
    for module in MODULES:
        yield from module.cells()


def run(task):
    """Rows of one cell: method, tests or intervals, count and how many were printed."""
    repetitions, function, arguments, labels = task
    name = f"{function.__name__} {arguments} {repetitions}"
    random = np.random.default_rng([SEED, zlib.crc32(name.encode())])
    counts = function(random, repetitions, *arguments)
    facts = {"study": function.__name__, **labels, "repetitions": repetitions}
    return [
        {**facts, "kind": kind, "method": method, "count": count, "printed": printed, "rate": count / printed}
        for kind, part in counts.items()
        for method, (count, printed) in part.items()
    ]


def promises(table):
    """The figures that are promised, from the methods of the library; per-tier rows are shown, not judged."""
    ours = table[~table["method"].str.startswith(("rival", "tier"))]
    tests = ours[(ours["kind"] == "tests") & (ours["printed"] >= 30)]
    excess = (tests["rate"] - 0.055) / np.sqrt(0.055 * 0.945 / tests["printed"])
    intervals = ours[ours["kind"] == "intervals"]
    often = intervals["printed"] >= FEWEST
    rest = intervals[~often]
    return {
        "type_one_excess_se_max": round(float(excess.max()), 2),
        "type_one_max": float(tests["rate"].max()),
        "coverage_printed_min": float(intervals.loc[often, "rate"].min()),
        "coverage_printed_max": float(intervals.loc[often & ~intervals["method"].isin(EXACT), "rate"].max()),
        "coverage_printed_rest": float(rest["count"].sum() / rest["printed"].sum()) if len(rest) else None,
        "intervals_printed_rest": int(rest["printed"].sum()),
        "cells_tests": len(tests),
        "cells_intervals": int(often.sum()),
        **association_cells.promises(table),
        **statistics_power.promises(table),
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
