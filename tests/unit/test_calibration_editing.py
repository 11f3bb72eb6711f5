"""Which standards are dropped from a curve, in which order, and which never."""

import numpy as np
import pytest
from immunoassay.calibration import candidates, editing, fit
from immunoassay.calibration.limits import Criteria

from .plates import LEVELS, frame_of, hand, known, plate, run, run_all


def spoiled(levels, factor=3.0, noise=0.01):
    rows = plate(noise=noise)
    for row in rows:
        if row.get("level") in levels:
            row["signal"] *= factor
    return frame_of(rows)


def test_the_most_deviant_standard_is_dropped_and_recorded():
    curves, _, dropped = run_all(spoiled(["S4"]), curve_model="4pl")
    row, record = curves.iloc[0], dropped.iloc[0]
    assert len(dropped) == 1
    assert (
        record[["batch", "plate", "panel", "analyte"]].tolist() == row[["batch", "plate", "panel", "analyte"]].tolist()
    )
    assert record[["order", "level", "expected", "dropped"]].tolist() == [1, "S4", LEVELS[3], True]
    assert abs(record["recovery_percent"] - 100) > 20 and record["reason"] == "recovery"
    assert (row["n_levels"], row["lloq"], row["uloq"]) == (7, LEVELS[-1], LEVELS[0])
    clean, _ = run(frame_of([r for r in plate(noise=0.01) if r.get("level") != "S4"]), curve_model="4pl")
    assert row["midpoint"] == pytest.approx(clean["midpoint"].iloc[0], rel=1e-7)


def edited(recoveries, criteria=None, status="converged"):
    """The editing rule alone, on a curve that no refit moves: dropped positions in order, and the records."""
    standards = hand(recoveries)
    used = np.ones((1, len(standards)), bool)
    points = fit.Points(np.log(standards["expected"].to_numpy(float))[None], standards["signal"].to_numpy()[None], used)

    def chosen(state):
        zero = np.zeros(1)
        words = np.array([state], object)
        fitted = fit.Fit(known(), words, words, zero, zero, zero, zero, np.zeros((1, 5), bool), zero, zero)
        return candidates.Chosen(fitted, np.array(["4pl"], object), np.array([""], object))

    _, _, dropped, records = editing.edit(
        points, chosen("converged"), standards, criteria or Criteria(), lambda rows, points: chosen(status)
    )
    assert len(dropped[0]) == records["dropped"].sum() and records["order"].tolist() == list(range(1, len(records) + 1))
    return [int(level[1:]) for level in records["level"]], records.to_dict("records")


def test_editing_rule_by_hand():
    good = [100] * 8
    assert edited(good)[0] == []
    order, records = edited([100, 100, 160, 150, 100, 100, 100, 130])
    # signals 104, 101 and 16 off the curve: the worst goes, its neighbour may not follow, then a quarter is reached
    assert order == [2, 7]
    assert [record["recovery_percent"] for record in records] == pytest.approx([160, 130])
    assert edited([100, 100, 100, 160, 150, 100, 100, 100])[0] == [3]
    assert edited([130, 100, 100, 100, 100, 100, 141, 150])[0] == [6, 0]
    assert edited([150, 100, 153, 100, 152, 100, 151, 100], Criteria(max_dropped_fraction=0.5))[0] == [2, 4]
    assert edited([150, 100, 150, 100, 150, 100], Criteria())[0] == []
    order, records = edited([100, 100, 160, 100, 100, 100, 100, 100], status="not_converged")
    assert order == [2]
    assert not records[0]["dropped"]


def test_no_two_neighbours_and_no_more_than_a_quarter_are_dropped():
    for levels in (["S4", "S5"], ["S2", "S4", "S6"], ["S3", "S5", "S7", "S8"]):
        dropped = run_all(spoiled(levels), curve_model="4pl")[2]
        gone = [int(level[1:]) for level in dropped.loc[dropped["dropped"], "level"]]
        assert len(gone) <= 2
        assert all(abs(i - j) > 1 for i in gone for j in gone if i != j)


def test_six_levels_are_never_edited():
    wells = spoiled(["S4"])
    wells = wells[~wells["level"].isin(["S7", "S8"])].reset_index(drop=True)
    curves, _, dropped = run_all(wells, curve_model="4pl")
    assert dropped.empty
    assert curves["n_levels"].iloc[0] == 6


def test_honest_standards_at_the_ends_of_a_curve_are_kept():
    # background and saturation: the two lowest and the highest standard cannot be read back within 25 %
    truth = {"a": 1500.0, "d": 20000.0, "b": 1.3, "c": 300.0}
    rows = [row for i in range(150) for row in plate(f"P{i:03d}", seed=i, noise=0.06, truth=truth)]
    wells = frame_of(rows)
    curves, _, dropped = run_all(wells, curve_model="4pl")
    out_of_tolerance = curves["lloq_recovery_cv"].gt(LEVELS[-1]) | curves["limit_reason"].ne("")
    assert out_of_tolerance.mean() > 0.8
    # one in a thousand per level by the test, somewhat more as the noise is itself estimated from few wells
    assert dropped["plate"].nunique() < 0.1 * len(curves)


def test_one_bad_well_is_found_among_honest_noise():
    rows = []
    for i in range(100):
        mine = plate(f"P{i:03d}", seed=i, noise=0.06)
        next(row for row in mine if row.get("level") == f"S{2 + i % 6}")["signal"] *= 2.5
        rows += mine
    dropped = run_all(frame_of(rows), curve_model="4pl")[2]
    first = dropped[dropped["order"] == 1].set_index("plate")["level"]
    found = [first.get(f"P{i:03d}") == f"S{2 + i % 6}" for i in range(100)]
    assert np.mean(found) > 0.95
