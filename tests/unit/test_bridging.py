"""Lots compared on shared samples, and normalisation to a pool that keeps the raw values."""

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.acceptance import bridging
from immunoassay.results import collection


def test_the_ratio_of_geometric_means_by_hand():
    ratio, low, high = bridging.geometric_mean_ratio(np.array([1, 2, 4]), np.array([1.1, 2.2, 4.4]))
    assert np.allclose([ratio, low, high], 1.1)
    ratio, low, high = bridging.geometric_mean_ratio(
        np.array([1, 1]), np.array([2, 8])
    )  # ln 2 and ln 8: mean ln 4, SE ln 2
    assert np.isclose(ratio, 4)
    assert np.isclose(np.log(high / ratio), 6.313752 * np.log(2))  # t with one degree of freedom


def test_deming_of_a_line_is_the_line_and_its_hand_case():
    x = np.array([1.0, 2, 3, 4, 5])
    line = bridging.deming(x, 2 * x + 1, 1.0)
    assert np.isclose(line["slope"], 2) and np.isclose(line["intercept"], 1)
    # sxx 2/3, syy 8/9, sxy 2/3: slope = (2/9 + sqrt(4/81 + 16/9)) / (4/3)
    line = bridging.deming(np.array([1, 2, 3]), np.array([1, 1, 3]), 1.0)
    assert np.isclose(line["slope"], (2 / 9 + np.sqrt(4 / 81 + 16 / 9)) / (4 / 3))


def test_deming_is_symmetric_in_its_methods():
    rng = np.random.default_rng(1)
    x = rng.uniform(1, 10, 30)
    y = 1.1 * x + rng.normal(0, 0.3, 30)
    forth, back = bridging.deming(x, y, 2.0), bridging.deming(y, x, 0.5)
    assert np.isclose(forth["slope"], 1 / back["slope"])


def test_passing_bablok_by_hand_and_symmetric():
    # slopes of (0,0), (1,1), (2,3), (3,2): 1, 3/2, 2/3, 2, 1/2, -1; -1 does not count: median of 5 is 1
    line = bridging.passing_bablok(np.array([0, 1, 2, 3]), np.array([0, 1, 3, 2]))
    assert np.isclose(line["slope"], 1) and np.isclose(line["intercept"], 0)
    rng = np.random.default_rng(2)
    x = rng.lognormal(1, 0.6, 41)
    y = 1.2 * x * rng.lognormal(0, 0.1, 41)
    forth, back = bridging.passing_bablok(x, y), bridging.passing_bablok(y, x)
    assert np.isclose(forth["slope"], 1 / back["slope"])
    assert forth["slope_low"] < 1.2 < forth["slope_high"]


def test_intervals_cover_the_true_line_as_often_as_they_say():
    rng = np.random.default_rng(3)
    lines = {"deming": lambda x, y: bridging.deming(x, y, 1.0), "passing_bablok": bridging.passing_bablok}
    hits = dict.fromkeys(lines, 0)
    for _ in range(200):
        truth = rng.uniform(5, 50, 40)
        x, y = truth + rng.normal(0, 1, 40), 1.05 * truth + 2 + rng.normal(0, 1, 40)
        for name in hits:
            line = lines[name](x, y)
            hits[name] += line["slope_low"] <= 1.05 <= line["slope_high"]
    assert all(0.90 <= count / 200 <= 0.99 for count in hits.values()), hits


def attempts(values, lot, date, plate, status="quantified", batch="B", verdict="PASS"):
    frame = pd.DataFrame({"sample_id": list(values), "value": list(values.values())})
    fixed = {
        **dict.fromkeys(tables.TABLES["attempts"].columns), "batch": batch, "plate": plate, "panel": "kit",
        "analyte": "X", "attempt": f"{plate} 1:1", "dilution": 1.0, "wells": "A01", "status": status, "kit_lot": lot,
        "run_date": date, "verdict": verdict, "unit": "pg/mL", "lloq_plate": 1.0, "uloq_plate": 1000.0, "cv_percent": 5.0,
        "lloq_rule": "recovery_cv",
    }  # fmt: skip
    frame = frame.assign(**{key: value for key, value in fixed.items() if key not in frame})
    for name in ("lower", "upper", "point", "low", "high"):
        frame[name] = frame["value"]
    return tables.conform(frame, "attempts")


def lots(factor, n, noise=0.02, seed=4):
    rng = np.random.default_rng(seed)
    truth = np.geomspace(5, 500, n)
    one = {f"S{i}": value * rng.lognormal(0, noise) for i, value in enumerate(truth)}
    other = {f"S{i}": factor * value * rng.lognormal(0, noise) for i, value in enumerate(truth)}
    return pd.concat([attempts(one, "L1", "2024-01-01", "P1"), attempts(other, "L2", "2024-06-01", "P2")])


@pytest.mark.parametrize(
    ("factor", "n", "noise", "verdict"),
    [
        (1.0, 24, 0.02, "PASS"),
        (1.05, 24, 0.02, "PASS"),
        (1.24, 24, 0.1, "WARN"),  # the interval leaves the limits
        (1.4, 24, 0.02, "FAIL"),
        (0.7, 24, 0.02, "FAIL"),
        (1.0, 12, 0.02, "WARN"),  # few samples
        (1.0, 9, 0.02, "NOT_EVALUABLE"),
    ],
)
def test_lots_are_equivalent_indeterminate_or_not_poolable(factor, n, noise, verdict):
    found = bridging.compare_lots(lots(factor, n, noise)).iloc[0]
    assert found["verdict"] == verdict, found["words"]
    assert found["n_samples"] == n
    if verdict != "NOT_EVALUABLE":
        assert abs(np.log(found["ratio"] / factor)) < 0.1


def test_censored_pairs_are_counted_and_too_many_prove_nothing():
    frame = lots(1.0, 24).reset_index(drop=True)
    frame.loc[frame["sample_id"].isin([f"S{i}" for i in range(6)]) & (frame["kit_lot"] == "L1"), "status"] = (
        "below_lloq"
    )
    found = bridging.compare_lots(frame).iloc[0]
    assert (found["n_samples"], found["n_pairs"], found["n_censored"], found["verdict"]) == (24, 18, 6, "NOT_EVALUABLE")


def test_rejected_attempts_and_a_single_lot_are_no_comparison():
    frame = lots(1.0, 24)
    assert len(bridging.compare_lots(frame[frame["kit_lot"] == "L1"])) == 0
    assert len(bridging.compare_lots(frame.assign(verdict="FAIL"))) == 0


ANALYTES = [
    {
        "analyte": "X",
        "panel": "kit",
        "unit": "pg/mL",
        "lloq_validated": None,
        "uloq_validated": None,
        "unit_factor": 1.0,
    }
]


def three_plates():
    return pd.concat(
        [
            attempts({"POOL": 100.0, "a": 10.0}, "L1", "2024-01-01", "P1", batch="B1"),
            attempts({"POOL": 120.0, "b": 12.0}, "L2", "2024-06-01", "P2", batch="B2"),
            attempts({"POOL": 80.0, "c": 8.0}, "L2", "2024-07-01", "P3", batch="B3"),
        ],
        ignore_index=True,
    )


def collect(frame, **bridges):
    samples = [{"sample_id": name} for name in "abc"]
    found, problems = collection.collect(
        [frame], samples, ANALYTES, "plate", [], {"pools": ["POOL"], "normalise": [], **bridges}
    )
    return (tables.conform(found, "results").set_index("sample_id") if not problems else found), problems


def test_normalisation_happens_only_by_name_and_keeps_the_raw_value():
    raw, _ = collect(three_plates())
    assert raw["value"].tolist() == [10, 12, 8] and raw["pool_factor"].isna().all()
    found, _ = collect(three_plates(), normalise=["X"])
    assert np.allclose(found["value"], 10) and found["value_raw"].tolist() == [10, 12, 8]
    assert np.allclose(found["pool_factor"], [1, 1.2, 0.8])
    assert np.allclose(found["lloq_applied"], [1, 1 / 1.2, 1 / 0.8])  # limits move with the values
    assert "POOL" not in found.index


def test_a_later_batch_changes_no_normalised_value():
    early, _ = collect(three_plates()[:4], normalise=["X"])
    late, _ = collect(three_plates(), normalise=["X"])
    pd.testing.assert_frame_equal(early.loc[["a", "b"]], late.loc[["a", "b"]], check_exact=True)


def test_a_plate_without_its_pool_stops_and_is_named():
    frame = three_plates()
    frame = frame[~((frame["plate"] == "P3") & (frame["sample_id"] == "POOL"))]
    _, problems = collect(frame, normalise=["X"])
    assert [(each.code, each.level, each.plate) for each in problems] == [("E-BRG-001", "STOP", "P3")]
