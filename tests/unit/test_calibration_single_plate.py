"""A plate that is alone has its additive noise from its blanks and low duplicates, and pays for it."""

import numpy as np
import pandas as pd
import pytest
from immunoassay.calibration import variance
from immunoassay.calibration.limits import Criteria

from .plates import TRUTH, curve, frame_of, plate, run

SD, CV, LLOQ = 12.0, 0.05, 20.0  # the CV of one well is 20 % at the LLOQ


def noisy(name, seed, blanks=2):
    rng = np.random.default_rng(seed)
    rows = [row for row in plate(name, samples=(LLOQ,)) if row["role"] != "blank"]
    for row in rows:
        signal = curve(row.get("expected") or LLOQ, **TRUTH)
        row["signal"] = signal * (1 + CV * rng.normal()) + SD * rng.normal()
    base = {key: rows[0][key] for key in ("plate", "analyte")}
    for number in range(blanks):
        signal = TRUTH["a"] * (1 + CV * rng.normal()) + SD * rng.normal()
        rows.append({**base, "well": f"A{number + 5:02d}", "role": "blank", "signal": signal})
    return rows


def additive(blanks, plates=60, **settings):
    """Estimated additive SD over the estimated CV of single plates, a lot each."""
    rows = [row for seed in range(plates) for row in noisy(f"P{seed:02d}", seed, blanks)]
    lots = pd.DataFrame({"plate": [f"P{seed:02d}" for seed in range(plates)], "kit_lot": range(plates)}).astype(str)
    curves, values = run(frame_of(rows), plates=lots, curve_model="4pl", **settings)
    return np.sqrt(curves["variance_constant"].to_numpy(float)), curves, values


def test_blanks_make_the_additive_part_of_a_single_plate_better():
    truth = np.log(SD / CV)
    without, few = (np.abs(np.log(additive(count)[0]) - truth) for count in (0, 6))
    assert np.median(few) < np.median(without)
    assert np.median(few) < 0.5


def test_intervals_of_single_plates_hold_the_truth_at_the_bottom():
    share = {}
    for weights in (None, "1/y2"):
        _, _, values = additive(2, plates=200, weights=weights)
        rows = values[values["role"] == "sample"]
        share[weights] = ((rows["low"] <= LLOQ) & (rows["high"] >= LLOQ)).mean()
    assert share["1/y2"] < 0.92 < share[None] <= 0.985


def test_an_estimated_variance_costs_a_plate_alone_a_degree_of_freedom():
    keep = {"criteria": Criteria(max_dropped_fraction=0.0), "curve_model": "4pl"}
    one = run(frame_of(noisy("P1", 1)), **keep)[0].iloc[0]
    stated = run(frame_of(noisy("P1", 1)), weights="1/y2", **keep)[0].iloc[0]
    two = run(frame_of(noisy("P1", 1) + noisy("P2", 2)), **keep)[0]
    assert (one["degrees_of_freedom"], stated["degrees_of_freedom"]) == (11, 12)
    assert two["degrees_of_freedom"].tolist() == [12, 12]


def test_the_scatter_of_blanks_is_theirs_around_their_mean():
    residual, signal, used = variance._scatter(np.array([[1.0, 3.0, np.nan], [5.0, np.nan, np.nan]]))
    assert residual[0, :2].tolist() == pytest.approx([-np.sqrt(2), np.sqrt(2)])
    assert (residual[0] ** 2).sum() / 2 == pytest.approx(2.0)  # the variance with n - 1
    assert signal[0, :2].tolist() == [2.0, 2.0]
    assert used.tolist() == [[True, True, False], [False, False, False]]
