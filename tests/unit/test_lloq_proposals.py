"""A validated LLOQ is proposed from the runs of a kit lot: the true one of simulated lots, and nothing from too few runs."""

import numpy as np
import pandas as pd
import pytest
from immunoassay.acceptance import lloq_proposals
from immunoassay.figures import figure_limits

from .plates import LEVELS, TRUTH, curve, frame_of, plate, run_all

RULES = {"calibration": {"tolerance_percent": 20, "cv_percent": 20}}
ADDITIVE = 9.0  # signal; the CV of duplicates crosses 20 % between two levels


def lot(runs, seed=1, additive=ADDITIVE, name="L1", cv=0.06, bias=1.0):
    """Plates of one lot: standards and controls at the same levels in duplicate; the bias is that of the controls."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(runs):
        own = [row for row in plate(f"{name}-P{number}", samples=LEVELS * bias) if row["role"] != "blank"]
        for at, row in enumerate(own):
            level = LEVELS[(at // 2) % 8]
            control = row["role"] == "sample"
            signal = curve(level * (bias if control else 1.0), **TRUTH)
            row["signal"] = signal * (1 + cv * rng.normal()) + additive * rng.normal()
            if control:
                row |= {"role": "control", "level": f"C{(at // 2) % 8 + 1}", "expected": level, "sample_id": None}
        rows += own
    return frame_of(rows)


def proposed(*lots, verdict="PASS", dates=None, validated=None):
    wells = pd.concat(lots, ignore_index=True)
    plates = [
        {"plate": name, "kit_lot": name.split("-")[0], "run_date": f"2024-01-{10 + at:02d}"}
        for at, name in enumerate(sorted(wells["plate"].unique()))
    ]
    curves, values, dropped = run_all(wells, plates=pd.DataFrame(plates), curve_model="4pl")
    verdicts = curves[["plate", "analyte"]].assign(verdict=verdict)
    levels = lloq_proposals.levels(values, curves, dropped, verdicts, plates, lambda panel, analyte: RULES)
    return levels, lloq_proposals.propose(levels, curves, [{"analyte": "IL-6", "lloq_validated": validated}])


def true_cv(level, additive=ADDITIVE, cv=0.06):
    """CV of the mean of duplicates read from a known curve, in percent."""
    slope = (curve(level * 1.001, **TRUTH) - curve(level * 0.999, **TRUTH)) / 0.002
    return 100 * np.hypot(cv * curve(level, **TRUTH), additive) / slope / np.sqrt(2)


def test_eight_plates_of_one_lot_propose_the_level_where_the_truth_crosses_the_tolerance():
    levels, found = proposed(lot(8))
    row = found.iloc[0]
    truth = min(level for level in LEVELS if true_cv(level) <= 20)
    assert row[["verdict", "n_runs", "n_days", "kit_lot"]].tolist() == ["PASS", 8, 8, "L1"]
    assert row["lloq_low"] <= row["lloq_proposed"] <= row["lloq_high"]
    assert row["lloq_low"] <= truth <= row["lloq_high"]
    assert row["lloq_proposed"] == pytest.approx(truth)
    assert row["to_write"] == (
        f"IL-6: lloq_validated {row['lloq_proposed']:g} (pg/mL, in the well), limit_rule validated"
    )
    controls = levels[(levels["kind"] == "control") & levels["expected"].between(truth, 5000)]
    assert controls["within"].all()
    assert controls["cv_percent"].to_numpy() == pytest.approx([true_cv(x) for x in controls["expected"]], rel=0.9)


def test_four_runs_propose_nothing_and_say_what_is_lacking():
    levels, found = proposed(lot(4))
    row = found.iloc[0]
    assert row["verdict"] == "NOT_EVALUABLE" and np.isnan(row["lloq_proposed"]) and pd.isna(row["to_write"])
    assert row["words"] == "accepted runs of the lot: 4; 5 are needed"
    assert len(levels) == 16


def test_rejected_plates_are_no_runs():
    _, found = proposed(lot(8), verdict="FAIL")
    assert found.empty


def test_every_lot_has_its_proposal_and_the_highest_is_written():
    _, found = proposed(lot(8), lot(8, seed=2, additive=6 * ADDITIVE, name="L2"))
    first, second = found["lloq_proposed"]
    assert first < second
    assert found["to_write"].nunique() == 1
    assert f"lloq_validated {second:g} " in found["to_write"].iloc[0]


def test_controls_that_recover_wrongly_are_no_limit():
    levels, found = proposed(lot(8, bias=1.5))
    controls = levels[levels["kind"] == "control"]
    assert controls["recovery_percent"].median() == pytest.approx(150, abs=8)
    assert not controls["within"].any()
    assert found["kind"].isin(["standard"]).all() or found["verdict"].eq("FAIL").all()


def test_a_noisy_lot_has_no_level_within_tolerance():
    _, found = proposed(lot(8, cv=0.8))
    assert found["verdict"].tolist() in (["FAIL"], [])


@pytest.mark.slow
def test_the_interval_holds_the_true_limit_and_proposals_are_honest():
    lots = [lot(8, seed=seed, additive=add, name=f"L{seed}") for seed in range(30) for add in [4.0 * 3 ** (seed % 4)]]
    held, honest = [], []
    for seed, frame in enumerate(lots):
        add = 4.0 * 3 ** (seed % 4)
        row = proposed(frame)[1].iloc[0]
        truth = min(level for level in LEVELS if true_cv(level, add) <= 20)
        high = np.inf if np.isnan(row["lloq_high"]) else row["lloq_high"]
        held.append(row["lloq_low"] <= truth <= high)
        honest.append(true_cv(row["lloq_proposed"], add) <= 25)
    assert np.mean(held) >= 0.9 and np.mean(honest) >= 0.9


def test_the_figure_draws_what_the_tables_say():
    levels, found = proposed(lot(6))
    analytes = pd.DataFrame([{"analyte": "IL-6", "label": "IL-6", "group": "cytokine", "order": 1, "unit": "pg/mL"}])
    table = figure_limits.table(levels, found, analytes, "K")
    assert len(table) == 16 and table["lloq_proposed"].nunique() == 1
    figure = figure_limits.draw(table)
    axes = figure.axes[0]
    limits = {line.get_xdata()[0] for line in axes.get_lines() if len(set(line.get_xdata())) == 1}
    assert found["lloq_proposed"].iloc[0] in limits
    assert axes.get_xscale() == "log"
    assert figure_limits.draw(table.iloc[:0]).axes is not None
