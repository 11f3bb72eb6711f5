"""What lmfit does with the same plates: plain pandas reads the Median block, lmfit.minimize fits a 4PL to the standards
of every analyte (weights 1/y^2), its inverse gives the concentration of every well. No limits, intervals or checks.

    python peer.py STUDY PLATES

prints wells x analytes per second of lmfit and of the steps read_batch, calibrate_batch and assess_batch on the first
plates of a study of benchmarks/growing_study.py, both in this one process, imports not counted.
"""

import io
import json
import os
import runpy
import sys
import time
from pathlib import Path

import lmfit
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))
import floor

sys.path.pop(0)  # a module of that folder is called statistics

ROOT = Path(__file__).parents[1]


def main(study, plates):
    """Print both throughputs as JSON."""
    study, plates = Path(study).resolve(), int(plates)
    expected = pd.read_csv(study / "config/materials.tsv", sep="\t")
    expected = expected[expected["material"] == "standard"].set_index(["level", "analyte"])["expected"]
    files = sorted((study / "raw").rglob("*.csv"))[:plates]
    start = time.process_time()
    cells = sum(concentrations(path, expected).size for path in files)
    theirs = time.process_time() - start
    ours, done = steps(study, plates)
    print(json.dumps({"lmfit": cells / theirs, "workflow": done / ours, "cells": cells}))


def concentrations(path, expected):
    """Wells x analytes of one export."""
    text = path.read_text(encoding="utf-8")
    block = text.split('"DataType:","Median"\n')[1].split("\n\n")[0]
    frame = pd.read_csv(io.StringIO(block)).set_index("Sample").drop(columns=["Location", "Total Events"])
    levels = frame.index[frame.index.str.startswith("Standard")]
    found = {}
    for analyte in frame.columns:
        x = expected[[(level.replace("Standard", "S"), analyte) for level in levels]].to_numpy(float)
        a, b, c, d = fitted(x, frame.loc[frame.index.isin(levels), analyte].to_numpy(float))
        with np.errstate(all="ignore"):
            found[analyte] = c * ((a - d) / (frame[analyte].to_numpy(float) - d) - 1) ** (1 / b)
    return pd.DataFrame(found)


def fitted(x, y):
    """a, b, c, d of y = d + (a - d) / (1 + (x / c)^b)."""
    parameters = lmfit.create_params(a=y.min(), b=1.0, c={"value": np.median(x), "min": 1e-9}, d=y.max())

    def residual(p):
        a, b, c, d = p.valuesdict().values()
        return (d + (a - d) / (1 + (x / c) ** b) - y) / y

    return lmfit.minimize(residual, parameters).params.valuesdict().values()


def steps(study, plates):
    """(seconds, wells x analytes) of our steps on the batches of the first plates."""
    os.chdir(study)
    jobs, _ = floor.plan(ROOT / "Snakefile")
    floor.warm()
    done, seconds = 0, 0.0
    order = ("read_batch", "calibrate_batch", "assess_batch")
    batches = sorted({job.wildcards.batch for _, job in jobs.values() if job.rule in order})
    for batch in batches:
        for rule in order:
            script, job = next(
                each for each in jobs.values() if each[1].rule == rule and each[1].wildcards.batch == batch
            )
            start = time.process_time()
            runpy.run_path(script, init_globals={"snakemake": job})
            seconds += time.process_time() - start
        done += len(pd.read_parquet(f"results/batches/{batch}/wells.parquet", columns=["well"]))
        plates -= len(
            next(
                job for _, job in jobs.values() if job.rule == "read_batch" and job.wildcards.batch == batch
            ).params.plates
        )
        if plates <= 0:
            break
    return seconds, done


if __name__ == "__main__":
    main(*sys.argv[1:])
