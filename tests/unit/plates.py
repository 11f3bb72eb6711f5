"""Simulated plates as the `wells` table, their calibration, and a curve whose inverse can be done by hand."""

import warnings

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.calibration import models
from immunoassay.calibration.calibrate import calibrate
from immunoassay.calibration.limits import Criteria
from immunoassay.calibration.models import LOGISTIC

LEVELS = 10000 / 3.0 ** np.arange(8)


TRUTH = {"a": 25.0, "d": 20000.0, "b": 1.1, "c": 3000.0}


def curve(x, a, d, b, c):
    return d + (a - d) / (1 + (np.asarray(x, float) / c) ** b)


def frame_of(rows):
    """A `wells` table from partial rows."""
    frame = pd.DataFrame(rows)
    fixed = {"batch": "B1", "panel": "K", "standard_unit": "pg/mL", "unit": "pg/mL", "unit_factor": 1.0}
    for name, value in {**fixed, "disposition": "usable", "dilution": 1.0}.items():
        if name not in frame:
            frame[name] = value
    for name, kind in tables.TABLES["wells"].types.items():
        if name not in frame:
            frame[name] = pd.Series([None] * len(frame), dtype="str" if kind == "str" else "float64")
    return tables.conform(frame, "wells")


def plate(name="P1", analyte="IL-6", seed=1, noise=0.03, samples=(20.0, 300.0, 3000.0), truth=TRUTH, **columns):
    """Rows of one plate and analyte: 8 standards, blanks and samples in duplicate."""
    rng = np.random.default_rng(seed)
    rows = []

    def add(role, concentration, **more):
        for _ in range(2):
            signal = curve(concentration, **truth) * (1 + noise * rng.normal())
            well = f"{'ABCDEFGH'[len(rows) % 8]}{len(rows) // 8 + 1:02d}"
            rows.append(
                {"plate": name, "analyte": analyte, "well": well, "role": role, "signal": signal, **more, **columns}
            )

    for number, level in enumerate(LEVELS):
        add("standard", level, level=f"S{number + 1}", expected=level)
    add("blank", 0.0)
    for number, concentration in enumerate(samples):
        add("sample", concentration, sample_id=f"T{number + 1}")
    return rows


def run(wells, *args, **settings):
    """(curves, concentrations) of `run_all`."""
    return run_all(wells, *args, **settings)[:2]


def run_all(wells, criteria=None, plates=None, **settings):
    """calibrate with one setting for all analytes; a warning is an error."""
    names = wells[["panel", "analyte"]].drop_duplicates()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return calibrate(wells, names.assign(**settings), plates, criteria or Criteria())


def known(a=0.0, d=1000.0, b=1.0, c=100.0, variance=1.0, count=1):
    """4PL curves whose inverse can be done by hand: x = 100 y / (1000 - y)."""
    return models.Curves(
        kind=np.full(count, LOGISTIC),
        side=np.ones(count),
        theta=np.tile([a, d, np.log(b), np.log(c), 0.0], (count, 1)),
        covariance=np.zeros((count, 5, 5)),
        residual_variance=np.full(count, variance),
        exponent=np.zeros(count),
        constant=np.zeros(count),
        floor=np.ones(count),
        degrees_of_freedom=np.full(count, 10.0),
    )


def hand(recoveries, cv=None):
    """Standards on `known` whose level i recovers recoveries[i] percent, duplicates spread by cv[i] percent."""
    rows = []
    for i, recovery in enumerate(recoveries):
        expected = 10.0 * 2**i
        half = (cv[i] if cv else 0.0) / 100 / np.sqrt(2)
        for sign in (-1, 1):
            x = expected * recovery / 100 * (1 + sign * half)
            rows.append({"curve": 0, "expected": expected, "signal": 1000 * x / (100 + x), "level": f"S{i}"})
    return pd.DataFrame(rows)
