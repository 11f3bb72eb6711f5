"""The limits of a curve by every rule, by hand and against calibFit; one is chosen, and a missing one has its reason."""

import numpy as np
import pandas as pd
import pytest
from immunoassay.calibration import limits, models
from immunoassay.calibration.limits import Criteria
from immunoassay.calibration.models import LOGISTIC
from tests import reference_values

from .curve_fits import of_wells
from .plates import frame_of, hand, known, plate, run


def range_of(recoveries, cv=None, dropped=(), criteria=None):
    criteria = criteria or Criteria()
    table = limits.levels(known(), hand(recoveries, cv), criteria)
    table["dropped"] = table["position"].isin(dropped)
    lloq, uloq, reason = limits.recovery_cv(table, 1, criteria)
    return lloq[0], uloq[0], reason[0]


@pytest.mark.parametrize(
    ("recoveries", "cv", "expected"),
    [
        ([100] * 8, None, (10, 1280)),
        # ends may be 25 % off, inner levels 20 %; both inclusive
        ([125, 120, 80, 100, 100, 100, 100, 75], None, (10, 1280)),
        ([126, 100, 100, 100, 100, 100, 100, 100], None, (20, 1280)),
        # the level that takes over as the lowest keeps 20 %
        ([130, 124, 100, 100, 100, 100, 100, 100], None, (40, 1280)),
        # the longest run of neighbours
        ([100, 130, 100, 100, 100, 100, 100, 100], None, (40, 1280)),
        ([100, 100, 100, 100, 100, 130, 100, 100], None, (10, 160)),
        # CV: 25 % at the ends, 20 % inside
        ([100] * 8, [24, 19, 0, 0, 0, 0, 0, 26], (10, 640)),
        ([100] * 8, [0, 21, 0, 0, 0, 0, 0, 0], (40, 1280)),
    ],
)
def test_recovery_and_cv_by_hand(recoveries, cv, expected):
    assert range_of(recoveries, cv) == (*expected, "")


def test_too_short_a_range_is_no_range():
    lloq, uloq, reason = range_of([100, 100, 100, 100, 140, 100, 100, 100])
    assert np.isnan(lloq)
    assert np.isnan(uloq)
    assert reason.startswith("too_few_passing_levels: 4")
    assert range_of([100, 100, 100, 100, 140, 100, 100, 100], criteria=Criteria(min_levels=5))[:2] == (10, 80)


def test_a_dropped_inner_level_does_not_break_the_range():
    assert range_of([100, 100, 100, 140, 100, 100, 100, 100], dropped=(3,)) == (10, 1280, "")
    assert range_of([140, 100, 100, 100, 100, 100, 100, 100], dropped=(0,)) == (20, 1280, "")


def test_recovery_table_by_hand():
    table = limits.levels(known(), hand([90, 110], [10, 20]), Criteria())
    assert table["recovery_percent"].tolist() == pytest.approx([90, 110])
    assert table["cv_percent"].tolist() == pytest.approx([10, 20])
    single = hand([90, 110]).iloc[[0, 2, 3]]
    assert np.isnan(limits.levels(known(), single, Criteria())["cv_percent"].iloc[0])


def test_a_level_that_is_only_luckily_precise_is_out_of_range():
    # levels recover perfectly, but a well has sd 20: se = 20 / sqrt(2) / (1000 r (1 - r)), r = x / (100 + x)
    table = limits.levels(known(variance=400.0), hand([100] * 8), Criteria())
    share = table["expected"] / (100 + table["expected"])
    assert table["se_percent"].to_numpy() == pytest.approx(100 * 20 / np.sqrt(2) / (1000 * share * (1 - share)))
    assert table["within"].all()
    assert table["passes"].all()
    table = limits.levels(known(variance=1600.0), hand([100] * 8), Criteria())
    assert table["within"].all()
    assert table["passes"].tolist() == [False, False, True, True, True, True, False, False]


def test_precision_profile_by_hand():
    # constant sd 1: se(ln x) = 1 / (dy/dlnx) with dy/dlnx = 1000 r (1 - r), r = x / (100 + x)
    low, high = limits.precision_profile(known(), np.array([0.01]), np.array([1e6]), 20.0)
    root = np.sqrt(1 - 4 * 0.005)
    ends = [(1 - root) / 2, (1 + root) / 2]
    assert [low[0], high[0]] == pytest.approx([100 * r / (1 - r) for r in ends], rel=1e-9)
    low, high = limits.precision_profile(known(), np.array([1.0]), np.array([1000.0]), 20.0)
    assert (low[0], high[0]) == (1.0, 1000.0)
    low, high = limits.precision_profile(known(variance=1e6), np.array([1.0]), np.array([1000.0]), 20.0)
    assert np.isnan([low[0], high[0]]).all()


def test_detection_limits_by_hand():
    # no curve error, sd 1: critical signal t, reliable where the signal is 2 t
    t = known().t(0.95)[0]
    assert t == pytest.approx(1.8124611, rel=1e-7)
    minimum, reliable = limits.detection(known(), np.array([1e4]), 0.95)
    assert minimum[0] == pytest.approx(100 * t / (1000 - t), rel=1e-9)
    assert reliable[0] == pytest.approx(100 * 2 * t / (1000 - 2 * t), rel=1e-9)
    assert limits.blank_ksd(known(), np.array([2.0]), np.array([1.0]), 3.0)[0] == pytest.approx(500 / 995)


@pytest.mark.parametrize(
    ("dataset", "kind", "tolerance"),
    [("ELISA", "fpl", 2e-4), ("ELISA", "fpl.pom", 2e-2), ("RIA", "fpl", 2e-4), ("RIA", "fpl.pom", 2e-4)],
)
def test_detection_limits_agree_with_calibfit(dataset, kind, tolerance):
    data = reference_values.curves(f"calibfit_{dataset.lower()}")
    table = reference_values.curves("calibfit_limits")
    table = table[(table["dataset"] == dataset) & (table["type"] == kind)].set_index("quantity")["value"].astype(float)
    x, _ = data.iloc[:, 0].to_numpy(float), data.iloc[:, 1].to_numpy(float)
    exponent = 2 * table[[name for name in table.index if name.startswith("theta")]].iloc[0]
    theta = np.array([[table["b1"], table["b2"], np.log(table["b4"]), np.log(table["b3"]), 0.0]])
    with np.errstate(divide="ignore"):
        signal, jacobian, _ = models.logistic(theta, np.ones(1), np.log(x)[None, :])
    weight = signal[0] ** -exponent
    information = jacobian[0, :, :4].T @ (weight[:, None] * jacobian[0, :, :4])
    covariance = np.zeros((1, 5, 5))
    covariance[0, :4, :4] = table["sigma"] ** 2 * np.linalg.inv(information)
    curves = models.Curves(
        np.array([LOGISTIC]),
        np.ones(1),
        theta,
        covariance,
        np.array([table["sigma"] ** 2]),
        np.array([exponent]),
        np.zeros(1),
        np.array([1e-9]),
        np.array([len(x) - 4.0]),
    )
    # calibFit: two replicates, 95 % two-sided
    minimum, reliable = limits.detection(of_wells(curves, 2), np.array([x.max()]), 0.975)
    assert minimum[0] == pytest.approx(table["mdc"], rel=tolerance)
    assert reliable[0] == pytest.approx(table["rdl"], rel=tolerance)
    low, _ = limits.precision_profile(of_wells(curves, 2), np.array([0.1]), np.array([x.max()]), 20.0)
    assert np.isnan(low[0]) == np.isnan(table["loq"])
    if np.isfinite(table["loq"]):
        assert low[0] == pytest.approx(table["loq"], rel=2 * tolerance)


def test_limits_stand_side_by_side_and_one_is_chosen():
    wells = frame_of(plate())
    settings = {"curve_model": "4pl", "include_blank": True, "lloq_validated": 12.0, "uloq_validated": 5000.0}
    chosen = {rule: run(wells, limit_rule=rule, **settings)[0].iloc[0] for rule in limits.RULES}
    first = chosen["recovery_cv"]
    for row in chosen.values():
        same = [name for name in row.index if name not in ("limit_rule", "lloq", "uloq", "limit_reason")]
        pd.testing.assert_series_equal(row[same], first[same], check_names=False)
        assert row["limit_reason"] == ""
    assert (chosen["validated"]["lloq"], chosen["validated"]["uloq"]) == (12.0, 5000.0)
    assert chosen["precision_profile"]["lloq"] == first["lloq_precision_profile"]


def test_a_missing_limit_is_a_reason():
    wells = frame_of(plate())
    curves, values = run(wells, curve_model="4pl", limit_rule="validated", lloq_validated=2e4)
    assert curves["limit_reason"].iloc[0].startswith("validated_outside")
    assert values["status"].eq("not_reportable").all()
    assert values["reason"].eq("no_limit").all()
    assert values["concentration_well"].notna().any()
