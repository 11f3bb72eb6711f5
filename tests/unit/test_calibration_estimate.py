"""`make estimate-variance`: a sheet value for the variance from many batches."""

import io

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.calibration import estimate
from immunoassay.calibration.calibrate import calibrate

LEVELS = np.repeat(10000 / 3.0 ** np.arange(8), 2)


def batch(name, lot, exponent, plates, seed, analyte="IL-6", weights="1/y2"):
    """(curves, concentrations, dropped_standards) of one batch; wells have SD 0.05 * signal^(exponent / 2), 0.05 of it at
    1000.
    """
    rng, rows = np.random.default_rng(seed), []
    for number in range(plates):
        exact = 30000 + (25 - 30000) / (1 + (LEVELS / 2500) ** rng.uniform(0.9, 1.2))
        sd = 0.05 * 1000 * (exact / 1000) ** (exponent / 2)
        signal = exact + sd * rng.normal(size=16)
        for i in range(16):
            well = f"{'ABCDEFGH'[i // 2]}{i % 2 + 1:02d}"
            place = {"plate": f"{name}-{number}", "well": well, "level": f"S{i // 2 + 1}", "expected": LEVELS[i]}
            rows.append({**place, "signal": signal[i]})
    frame = pd.DataFrame(rows).assign(
        batch=name, panel="K", analyte=analyte, role="standard", disposition="usable", unit_factor=1.0, dilution=1.0
    )
    for column, kind in tables.TABLES["wells"].types.items():
        if column not in frame:
            frame[column] = pd.Series([None] * len(frame), dtype="str" if kind == "str" else "float64")
    wells = tables.conform(frame, "wells")
    lots = wells[["plate"]].drop_duplicates().assign(kit_lot=lot)
    settings = pd.DataFrame({"panel": ["K"], "analyte": [analyte], "curve_model": ["4pl"], "weights": [weights]})
    return calibrate(wells, settings, lots)


def joined(*batches):
    return (pd.concat([each[part] for each in batches], ignore_index=True) for part in (0, 1, 2))


def test_the_exponent_is_found_over_batches_and_per_lot():
    parts = [batch(f"B{i}", "L1" if i < 2 else "L2", 1.4 if i < 2 else 2.0, 15, seed=i) for i in range(4)]
    frames = list(joined(*parts))
    lots = estimate.propose(*frames, ["panel", "analyte", "kit_lot"])
    assert lots["kit_lot"].tolist() == ["L1", "L2"]
    assert lots["variance_exponent"].tolist() == pytest.approx([1.4, 2.0], abs=0.12)
    assert (lots["low"] < lots["variance_exponent"]).all()
    assert (lots["high"] > lots["variance_exponent"]).all()
    assert (lots["high"] - lots["low"] < 0.4).all()
    assert lots["n_plates"].tolist() == [30, 30]
    assert lots["n_batches"].tolist() == [2, 2]
    assert 16 * 60 - lots["n_wells"].sum() == 2 * frames[2]["dropped"].sum() <= 60
    both = estimate.propose(*frames, ["panel", "analyte"]).iloc[0]
    assert 1.4 < both["variance_exponent"] < 2.0
    assert both["n_plates"] == 60


@pytest.mark.slow
def test_the_interval_holds_the_truth():
    held = []
    for seed in range(20):
        row = estimate.propose(*batch("B", "L", 2.0, 6, seed=seed), ["analyte"]).iloc[0]
        held.append(row["low"] <= 2.0 <= row["high"])
    assert sum(held) >= 17


def test_more_plates_narrow_the_interval_and_the_weights_of_the_run_do_not_matter():
    few = estimate.propose(*batch("B", "L", 1.6, 3, seed=5), ["analyte"]).iloc[0]
    many = estimate.propose(*batch("B", "L", 1.6, 30, seed=5), ["analyte"]).iloc[0]
    assert many["high"] - many["low"] < 0.5 * (few["high"] - few["low"])
    other = estimate.propose(*batch("B", "L", 1.6, 30, seed=5, weights="1/y"), ["analyte"]).iloc[0]
    # only what the editing of the run dropped can differ
    assert other["variance_exponent"] == pytest.approx(many["variance_exponent"], abs=0.1)


def test_a_study_prints_rows_for_its_sheet(tmp_path, capsys):
    for name in ("B1", "B2"):
        folder = tmp_path / "results/batches" / name
        folder.mkdir(parents=True)
        names = ("curves", "concentrations", "dropped_standards")
        for table, frame in zip(names, batch(name, name, 1.6, 2, seed=len(name)), strict=True):
            frame.to_parquet(folder / f"{table}.parquet")
    estimate.report(tmp_path / "results")
    lots, _, rows = capsys.readouterr().out.partition("\n\n")
    assert pd.read_csv(io.StringIO(lots), sep="\t")["n_plates"].tolist() == [2, 2]
    rows = pd.read_csv(io.StringIO(rows.partition("\n\n")[2]), sep="\t")
    assert rows.columns.tolist() == ["panel", "analyte", "weights", "variance_exponent"]
    assert rows[["panel", "analyte", "weights"]].iloc[0].tolist() == ["K", "IL-6", "power"]
    with pytest.raises(SystemExit, match="run the study first"):
        estimate.report(tmp_path)
