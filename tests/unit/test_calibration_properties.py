"""What must never change a concentration: units, order, a masked well beside an absent one, other analytes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.examples import examples

from .plates import frame_of, plate, run

SETTINGS = st.fixed_dictionaries(
    {
        "curve_model": st.sampled_from(["4pl", "5pl", "auto"]),
        "weights": st.sampled_from(["1/y2", "none", "two_component", "1/y2_observed"]),
        "limit_rule": st.sampled_from(["recovery_cv", "precision_profile", "asymptote_interval"]),
    }
)
FEW = examples(6, derandomize=True)
SEED = st.integers(0, 10_000)


def batch(seed, analyte="IL-6", noise=0.05):
    return plate("P1", analyte, seed, noise) + plate("P2", analyte, seed + 1, noise)


@FEW
@given(SETTINGS, SEED, st.floats(1e-4, 1e4), st.floats(1e-4, 1e4))
def test_units_scale_results(chosen, seed, of_signal, of_concentration):
    wells = frame_of(batch(seed))
    curves, values = run(wells, **chosen)
    moved = wells.assign(signal=wells["signal"] * of_signal, expected=wells["expected"] * of_concentration)
    if chosen["weights"].endswith("_observed"):
        moved["signal"] = wells["signal"]  # frozen weights count a signal of zero as one unit: they know the unit
    other, changed = run(moved, **chosen)
    # where a variance function is estimated, a curve is exact to the digits of that estimate
    close = {"two_component": 1e-6, "1/y2_observed": 1e-6}.get(chosen["weights"], 1e-9)
    for name in ("concentration_well", "low", "high"):
        expected = of_concentration * values[name].to_numpy()
        assert changed[name].to_numpy() == pytest.approx(expected, rel=close, nan_ok=True)
    for name in ("lloq", "uloq"):
        expected = of_concentration * curves[name].to_numpy()
        assert other[name].to_numpy() == pytest.approx(expected, rel=1e-6, nan_ok=True)
    assert changed["status"].tolist() == values["status"].tolist()


@FEW
@given(SETTINGS, SEED, st.randoms(use_true_random=False))
def test_the_order_of_wells_and_plates_is_irrelevant(chosen, seed, random):
    wells = frame_of(batch(seed) + batch(seed + 2, "TNF"))
    order = list(range(len(wells)))
    random.shuffle(order)
    for one, other in zip(run(wells, **chosen), run(wells.iloc[order], **chosen), strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


@FEW
@given(SETTINGS, SEED, st.sets(st.integers(0, 15), max_size=3), st.floats(-10, 1e7))
def test_a_masked_well_equals_an_absent_one(chosen, seed, places, signal):
    wells = frame_of(plate(seed=seed, noise=0.05))
    out = np.isin(np.arange(len(wells)), list(places))
    masked = wells.assign(
        disposition=np.where(out, "low_beads", wells["disposition"]), signal=np.where(out, signal, wells["signal"])
    )
    curves, values = run(masked, **chosen)
    absent, expected = run(wells[~out].reset_index(drop=True), **chosen)
    pd.testing.assert_frame_equal(curves, absent, check_exact=True)
    pd.testing.assert_frame_equal(
        values[~values["reason"].eq("excluded")].reset_index(drop=True), expected, check_exact=True
    )


@FEW
@given(SETTINGS, SEED, SEED, st.floats(0.0, 1.0))
def test_one_analyte_never_changes_another(chosen, seed, other, noise):
    alone = run(frame_of(batch(seed)), **chosen)
    beside = run(frame_of(batch(seed) + batch(other, "TNF", noise)), **chosen)
    for one, both in zip(alone, beside, strict=True):
        mine = both[both["analyte"] == "IL-6"].reset_index(drop=True)
        pd.testing.assert_frame_equal(one, mine, check_exact=True)
