"""Plates with few wells: what is fitted instead, and what stays flat."""

import pandas as pd
import pytest

from .plates import frame_of, run

STEEP = (14115.0, 9142.5, 3799.5, 1264.5, 334.5, 78.5)  # single wells of six four-fold levels


def single_wells(*analytes, top=2400.0):
    """Analytes A0, A1 … of one well for each of their signals: none knows of another."""
    rows = [
        {"plate": "P1", "analyte": f"A{at}", "well": f"{'ABCDEFGH'[i]}01", "role": "standard", "level": f"S{i + 1}",
         "expected": top / 4.0**i, "signal": signal}
        for at, signals in enumerate(analytes)
        for i, signal in enumerate(signals)
    ]  # fmt: skip
    return frame_of(rows)


@pytest.mark.parametrize("model", ["5pl", "4pl", "auto"])
@pytest.mark.parametrize("levels", [6, 5, 4])
def test_steep_single_wells_are_never_flat(model, levels):
    rising, falling = STEEP[:levels], [15000.0 - each for each in STEEP[:levels]]
    curves = run(single_wells(rising, falling), curve_model=model)[0]
    assert len(curves) == 2
    for _, row in curves.iterrows():
        assert row["status"] == "converged", row["status_reason"]
        fewer = {6: model, 5: "4pl", 4: "log_log"}[levels]
        assert row["model"] == fewer or model == "auto" and levels > 4
        assert row["status_reason"].startswith("fewer_parameters: ") == (
            fewer != model and (model, levels) != ("auto", 5)
        )


def test_too_few_wells_say_what_was_fitted_instead():
    row = run(single_wells(STEEP[:5]), curve_model="5pl")[0].iloc[0]
    assert row["status_reason"] == "fewer_parameters: 5 wells of 5 levels are too few for model 5pl; 4pl fitted"
    assert row[["model_refused", "n_wells_offered", "n_levels_offered"]].tolist() == ["5pl", 5, 5]
    whole = run(single_wells(STEEP), curve_model="5pl")[0].iloc[0]
    assert pd.isna(whole["model_refused"]) and whole["n_wells_offered"] == len(STEEP)
    beside = run(single_wells(STEEP, STEEP[:5]), curve_model="5pl")[0].set_index("analyte")
    assert not beside.at["A0", "status_reason"] and beside.at["A1", "status_reason"] == row["status_reason"]
    net = run(single_wells((9000.0, 2500.0, 600.0, -3.0)), curve_model="4pl")[0].iloc[0]
    assert (net["model"], net["status"]) == ("linear", "converged")
    two = run(single_wells(STEEP[:2]), curve_model="5pl")[0].iloc[0]
    assert two["status_reason"].startswith("too_few")


def test_few_wells_that_do_not_follow_the_standards_stay_flat():
    flat = (
        (52.0, 49.0, 55.0, 50.5, 48.0, 51.0),
        (3.0, -1.0, 2.0, -2.5, 1.0, 0.5),
        (52.0, 50.0, 49.0, 49.5, 51.0),
    )
    curves = run(single_wells(*flat), curve_model="5pl")[0]
    assert len(curves) == len(flat)
    for _, row in curves.iterrows():
        assert (row["status"], row["status_reason"].split(":")[0]) == ("not_fitted", "flat"), row["status_reason"]
