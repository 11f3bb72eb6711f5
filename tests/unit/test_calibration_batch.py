"""A whole batch: limits, editing, status and reason, replicates, dilutions, and what must not change a value."""

import warnings

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.calibration import candidates, editing, fit, limits, models, quantify
from immunoassay.calibration.calibrate import calibrate
from immunoassay.calibration.limits import Criteria
from immunoassay.calibration.models import LOGISTIC
from tests import reference_values

from .curve_fits import of_wells

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


def test_a_good_plate_end_to_end():
    curves, values = run(frame_of(plate()), curve_model="4pl", include_blank=True)
    row = curves.iloc[0]
    assert row["status"] == "converged"
    assert (row["n_wells"], row["n_levels"], row["n_blanks"], row["degrees_of_freedom"]) == (18, 8, 2, 14)
    assert row["slope"] > 0
    assert row["midpoint"] == pytest.approx(3000, rel=0.15)
    assert row["limit_reason"] == ""
    samples = values[values["role"] == "sample"]
    assert (samples["status"] == "quantified").all() and samples["reason"].isna().all()
    assert samples.groupby("sample_id")["concentration"].mean().tolist() == pytest.approx([20, 300, 3000], rel=0.15)
    assert ((samples["low"] < samples["concentration"]) & (samples["concentration"] < samples["high"])).all()
    fitted = "abcdg" if row["model"] == "5pl" else "abcd"
    known = {name for name in models.COVARIANCE if pd.notna(row[name])}
    assert known == {f"cov_{one}_{other}" for one in fitted for other in fitted}


@pytest.mark.parametrize(
    "settings",
    [
        {"curve_model": "4pl", "weights": "none"},
        {"curve_model": "4pl", "weights": "power", "variance_exponent": 1.8},
        {"curve_model": "5pl"},
        {"curve_model": "auto", "weights": "1/y"},
        {"curve_model": "4pl", "weights": "estimated"},
        {"curve_model": "4pl", "weights": "two_component"},
        {"curve_model": "log_log"},
    ],
)
def test_units_change_nothing_but_units(settings):
    settings = {"include_blank": settings["curve_model"] != "log_log", **settings}
    rows = plate(noise=0.05) + plate("P2", seed=7, noise=0.05)
    curves, values = run(frame_of(rows), **settings)
    moved = frame_of(rows)
    moved["signal"] *= 37.3
    moved["expected"] *= 0.0123
    other, changed = run(moved, **settings)
    # an estimated variance function is the minimum of a flat profile, found to fewer digits
    close = 1e-8 if settings.get("weights") in ("estimated", "two_component") else 1e-10
    for name in ("concentration_well", "concentration", "low", "high"):
        assert changed[name].to_numpy() == pytest.approx(0.0123 * values[name].to_numpy(), rel=close, nan_ok=True)
    assert changed["relative_se"].to_numpy() == pytest.approx(values["relative_se"].to_numpy(), rel=close, nan_ok=True)
    assert changed["status"].tolist() == values["status"].tolist()
    assert other["model"].tolist() == curves["model"].tolist()
    for name in ("lloq", "uloq", "minimum_detectable", "reliable_detection", "lod_blank_ksd", "lloq_precision_profile"):
        assert other[name].to_numpy() == pytest.approx(0.0123 * curves[name].to_numpy(), rel=1e-6, nan_ok=True)
    for name in ("slope", "asymmetry", "variance_exponent"):
        assert other[name].to_numpy(float) == pytest.approx(curves[name].to_numpy(float), rel=1e-6, nan_ok=True)


def test_power_of_two_units_are_exact():
    wells = frame_of(plate(noise=0.05))
    _, values = run(wells, curve_model="4pl")
    wells["signal"] *= 8.0
    _, changed = run(wells, curve_model="4pl")
    assert changed["concentration"].to_numpy() == pytest.approx(
        values["concentration"].to_numpy(), rel=1e-12, nan_ok=True
    )


def test_sample_units_take_dilution_and_factor():
    wells = frame_of(plate(unit_factor=0.001, dilution=100.0))
    _, values = run(wells, curve_model="4pl")
    rows = values[values["role"] == "sample"]
    assert rows["concentration"].to_numpy() == pytest.approx(0.1 * rows["concentration_well"].to_numpy(), rel=1e-12)


def test_order_of_wells_and_plates_changes_nothing():
    wells = frame_of(plate() + plate("P2", seed=2) + plate(analyte="TNF", seed=3))
    curves, values = run(wells, curve_model="5pl")
    shuffled = wells.sample(frac=1, random_state=4)
    other, changed = run(shuffled, curve_model="5pl")
    pd.testing.assert_frame_equal(curves, other)
    pd.testing.assert_frame_equal(values, changed)


def test_another_analyte_or_plate_changes_nothing():
    one = plate(noise=0.05)
    curves, values = run(frame_of(one), curve_model="5pl")
    more, all_values = run(frame_of(one + plate(analyte="TNF", seed=3) + plate("P2", seed=5)), curve_model="5pl")
    mine = (more["plate"] == "P1") & (more["analyte"] == "IL-6")
    pd.testing.assert_frame_equal(curves, more[mine].reset_index(drop=True), check_exact=False, rtol=1e-12)
    mine = (all_values["plate"] == "P1") & (all_values["analyte"] == "IL-6")
    same = all_values[mine].reset_index(drop=True)
    pd.testing.assert_frame_equal(values, same, check_exact=False, rtol=1e-12)


def test_an_excluded_well_is_absent_but_not_silent():
    wells = frame_of(plate(noise=0.05))
    out = (wells["role"] == "standard") & (wells["well"] == "C01")
    masked = wells.copy()
    masked.loc[out, "disposition"] = "low_beads"
    masked.loc[out, "signal"] = 1e6
    curves, values = run(masked, curve_model="4pl")
    absent, expected = run(wells[~out].reset_index(drop=True), curve_model="4pl")
    assert curves.equals(absent)
    row = values[values["well"] == "C01"].iloc[0]
    assert (row["status"], row["reason"]) == ("not_reportable", "excluded")
    assert np.isnan(row["concentration"])
    assert values[values["well"] != "C01"].reset_index(drop=True).equals(expected)


def test_a_missing_signal_is_a_reason():
    wells = frame_of(plate())
    wells.loc[wells["sample_id"] == "T1", "signal"] = np.nan
    _, values = run(wells, curve_model="4pl")
    rows = values[values["sample_id"] == "T1"]
    assert rows["status"].eq("not_reportable").all()
    assert rows["reason"].eq("no_signal").all()


def test_a_falling_curve_mirrors_a_rising_one():
    falling = {"a": 2.0, "d": 0.05, "b": 1.1, "c": 300.0}
    curves, values = run(frame_of(plate(truth=falling, noise=0.01, samples=(100.0, 0.01, 1e7))), curve_model="4pl")
    row = curves.iloc[0]
    assert row["status"] == "converged"
    assert row["slope"] < 0
    assert row["lower_asymptote"] > row["upper_asymptote"]
    status = values.set_index("sample_id").loc[["T1", "T2", "T3"]].groupby("sample_id")["status"].agg(list)
    assert status["T1"] == ["quantified"] * 2
    assert status["T2"] == ["below_lloq"] * 2
    assert status["T3"] == ["above_uloq"] * 2
    assert row["lod_blank_ksd"] > 0
    assert row["minimum_detectable"] < row["reliable_detection"]


@pytest.mark.parametrize("model", ["4pl", "5pl", "auto", "linear"])
def test_hopeless_plates_end_with_a_reason(model):
    flat = plate("P1", noise=0.0, truth={"a": 50.0, "d": 50.0, "b": 1.0, "c": 600.0})
    noise = plate("P2", noise=0.05, truth={"a": 50.0, "d": 50.0, "b": 1.0, "c": 600.0})
    few = [row for row in plate("P3") if row["role"] != "standard" or row["level"] in ("S1", "S2", "S3")]
    none = [row for row in plate("P4") if row["role"] != "standard"]
    curves, values = run(frame_of(flat + noise + few + none), curve_model=model)
    by_plate = curves.set_index("plate")
    expected = {"P1": "flat", "P2": "flat", "P4": "no_standards"}
    if model != "linear":  # three levels carry a line, and no limits
        assert by_plate.loc["P3", "status_reason"].startswith("fewer_parameters: 6 wells of 3 levels")
        assert by_plate.loc["P3", "limit_reason"].startswith("too_few_passing_levels")
    for name, reason in expected.items():
        row = by_plate.loc[name]
        assert row["status"] == "not_fitted"
        assert row["status_reason"].startswith(reason)
        assert row["iterations"] <= 1000
        assert row["limit_reason"].startswith("no_curve")
        rows = values[values["plate"] == name]
        assert rows["status"].eq("not_reportable").all()
        assert rows["reason"].eq("no_curve").all()


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
    assert chosen["blank_ksd"]["lloq"] == first["lod_blank_ksd"]
    assert chosen["minimum_detectable"]["lloq"] == first["minimum_detectable"] < first["reliable_detection"]


def test_a_missing_limit_is_a_reason():
    wells = frame_of(plate())
    curves, values = run(wells, curve_model="4pl", limit_rule="validated", lloq_validated=2e4)
    assert curves["limit_reason"].iloc[0].startswith("validated_outside")
    assert values["status"].eq("not_reportable").all()
    assert values["reason"].eq("no_limit").all()
    assert values["concentration_well"].notna().any()
    one_blank = wells[(wells["role"] != "blank") | (wells["well"] == "A03")].reset_index(drop=True)
    curves, _ = run(one_blank, curve_model="4pl", limit_rule="blank_ksd")
    assert curves["limit_reason"].iloc[0].startswith("too_few_blanks: 1")


def test_status_has_a_reason_and_ends_are_inclusive():
    exact = plate(noise=0.0, samples=(10.0, 9.9, 1000.0, 1001.0, 0.0, 1e9))
    for row in exact:
        if row.get("sample_id") == "T5":
            row["signal"] = 1.0
        if row.get("sample_id") == "T6":
            row["signal"] = 1e6
    limited = {"limit_rule": "validated", "lloq_validated": 10.0, "uloq_validated": 1000.0}
    _, values = run(frame_of(exact), curve_model="4pl", **limited)
    found = values[values["role"] == "sample"].drop_duplicates("sample_id").set_index("sample_id")
    assert found[["status", "reason"]].fillna("none").apply(tuple, axis=1).to_dict() == {
        "T1": ("quantified", "none"),
        "T2": ("below_lloq", "below_limit"),
        "T3": ("quantified", "none"),
        "T4": ("above_uloq", "above_limit"),
        "T5": ("below_lloq", "below_curve"),
        "T6": ("above_uloq", "above_curve"),
    }
    assert found.loc["T2", "concentration"] == pytest.approx(9.9, rel=1e-5)
    assert np.isnan(found.loc["T5", "concentration"])
    assert found.loc["T5", "low"] == 0
    assert np.isinf(found.loc["T6", "high"])


def test_intervals_are_open_near_the_asymptotes_and_agree_with_the_delta_method_inside():
    wells = frame_of(plate(noise=0.06, samples=(0.05, 400.0, 3e5)))
    curves, values = run(wells, curve_model="4pl")
    rows = values[values["role"] == "sample"].groupby("sample_id").first()
    assert rows.loc["T1", "low"] == 0
    assert np.isinf(rows.loc["T3", "high"])
    t = models.from_frame(curves).t(0.975)[0]
    width = np.log(rows.loc["T2", "high"] / rows.loc["T2", "low"])
    assert width == pytest.approx(2 * t * rows.loc["T2", "relative_se"], rel=0.03)


def test_coverage_in_the_middle_of_the_curve():
    rows = []
    for number in range(250):
        rows += plate(f"P{number:03d}", seed=100 + number, noise=0.06, samples=(40.0, 400.0, 2000.0))
    _, values = run(frame_of(rows), Criteria(max_dropped_fraction=0.0), curve_model="4pl")
    samples = values[values["role"] == "sample"]
    truth = samples["sample_id"].map({"T1": 40.0, "T2": 400.0, "T3": 2000.0})
    inside = (samples["low"] <= truth) & (truth <= samples["high"])
    # 500 wells each: nominal 0.95, Monte Carlo standard error 0.01 (wells of one plate share its curve)
    assert inside.groupby(samples["sample_id"]).mean().between(0.92, 0.98).all()


def combined(pairs, rule="mean_of_concentrations", dilution=1.0, factor=1.0):
    """combine_replicates for samples with given true concentrations on an exact curve with limits 10 and 1000."""
    rows = plate(noise=0.0, samples=(), unit_factor=factor)
    position = len(rows)
    for number, pair in enumerate(pairs):
        for x in pair:
            well = f"{'ABCDEFGH'[position % 8]}{position // 8 + 1:02d}"
            position += 1
            rows.append(
                {
                    "plate": "P1",
                    "analyte": "IL-6",
                    "well": well,
                    "role": "sample",
                    "sample_id": f"T{number}",
                    "signal": curve(x, **TRUTH),
                    "dilution": dilution,
                    "unit_factor": factor,
                }
            )
    curves, values = run(
        frame_of(rows), curve_model="4pl", limit_rule="validated", lloq_validated=10.0, uloq_validated=1000.0
    )
    return quantify.combine_replicates(values, curves, rule).set_index("sample_id")


def test_replicates_by_hand():
    found = combined([(90.0, 110.0), (2.0, 3.0), (5000.0, 6000.0), (8.0, 16.0), (8.0, 9.0, 10.5)], dilution=4.0)
    row = found.loc["T0"]
    assert row["value"] == pytest.approx(400.0, rel=1e-5)
    assert (row["lower"], row["upper"]) == (row["value"], row["value"])
    assert row["cv_percent"] == pytest.approx(100 * np.sqrt(200) / 100, rel=1e-5)
    assert (row["lloq_plate"], row["uloq_plate"], row["lloq_rule"]) == (40.0, 4000.0, "validated")
    assert (row["n_wells"], row["wells"]) == (2, "C03,D03")
    row = found.loc["T1"]
    assert (row["status"], row["lower"], row["upper"]) == ("below_lloq", 0.0, 40.0)
    assert np.isnan(row["value"])
    assert row["point"] == pytest.approx(10.0, rel=1e-2)
    row = found.loc["T2"]
    assert (row["status"], row["lower"], row["upper"]) == ("above_uloq", 4000.0, np.inf)
    # one replicate in range, one not: the mean signal decides, for and against
    row = found.loc["T3"]
    signal = (curve(8.0, **TRUTH) + curve(16.0, **TRUTH)) / 2
    x = TRUTH["c"] * ((signal - TRUTH["a"]) / (TRUTH["d"] - signal)) ** (1 / TRUTH["b"])
    assert row["status"] == "quantified"
    assert row["value"] == pytest.approx(4 * x, rel=1e-5)
    assert found.loc["T4", "status"] == "below_lloq"


def test_mean_of_responses_differs_from_mean_of_concentrations():
    pairs = [(100.0, 400.0)]
    by_response = combined(pairs, "mean_of_responses").iloc[0]
    by_value = combined(pairs).iloc[0]
    assert by_value["value"] == pytest.approx(250.0, rel=1e-5)
    signal = (curve(100.0, **TRUTH) + curve(400.0, **TRUTH)) / 2
    x = TRUTH["c"] * ((signal - TRUTH["a"]) / (TRUTH["d"] - signal)) ** (1 / TRUTH["b"])
    assert by_response["value"] == pytest.approx(x, rel=1e-5)
    assert by_response["value"] < by_value["value"]
    with pytest.raises(ValueError, match="unknown replicate rule"):
        combined(pairs, "median")


def test_replicates_without_a_usable_well_keep_the_reason():
    wells = frame_of(plate())
    wells.loc[wells["sample_id"] == "T1", "disposition"] = "low_beads"
    first = wells[wells["sample_id"] == "T2"]["well"].min()
    wells.loc[wells["well"] == first, "disposition"] = "low_beads"
    curves, values = run(wells, curve_model="4pl")
    found = quantify.combine_replicates(values, curves, "mean_of_concentrations").set_index("sample_id")
    row = found.loc["T1"]
    assert (row["status"], row["reason"], row["n_wells"]) == ("not_reportable", "excluded", 0)
    assert (row["lower"], row["upper"]) == (0.0, np.inf)
    assert found.loc["T2", "n_wells"] == 1
    assert first not in found.loc["T2", "wells"]
    assert np.isnan(found.loc["T2", "cv_percent"])


def test_more_replicates_narrow_the_interval():
    curves, values = run(frame_of(plate(noise=0.06)), curve_model="4pl")
    found = quantify.combine_replicates(values, curves, "mean_of_responses").set_index("sample_id")
    single = values[values["sample_id"] == "T2"].iloc[0]
    ratio = np.log(found.loc["T2", "high"] / found.loc["T2", "low"]) / np.log(single["high"] / single["low"])
    assert np.sqrt(0.5) < ratio < 0.9


def dilutions(*rows):
    """Rows of one sample at several dilutions: (dilution, status, value)."""
    frame = pd.DataFrame(
        [
            {
                **dict.fromkeys(quantify.COMBINED, ""),
                "plate": "P1",
                "sample_id": "T1",
                "analyte": "IL-6",
                "dilution": float(dilution),
                "status": status,
                "value": value,
                "point": value,
                "lower": value,
                "upper": value,
                "low": value * 0.9,
                "high": value * 1.1,
                "lloq_plate": 10.0 * dilution,
                "uloq_plate": 1000.0 * dilution,
                "cv_percent": 5.0,
                "wells": f"A{dilution:02d}",
                "n_wells": 2,
            }
            for dilution, status, value in rows
        ]
    )
    return quantify.choose_dilution(frame).iloc[0]


def test_dilutions_by_hand():
    row = dilutions((10, "above_uloq", np.nan), (50, "quantified", 20000.0))
    assert (row["dilution"], row["value"], row["flags"]) == (50, 20000.0, "")
    row = dilutions((10, "quantified", 900.0), (50, "quantified", 1100.0))
    assert (row["value"], row["lower"], row["upper"], row["dilution"]) == (1000.0, 1000.0, 1000.0, 10)
    assert row["flags"] == "dilutions_combined:10|50"
    assert row["cv_percent"] == pytest.approx(100 * np.sqrt(2) * 100 / 1000)
    assert (row["lloq_plate"], row["uloq_plate"], row["wells"], row["n_wells"]) == (100.0, 50000.0, "A10,A50", 4)
    row = dilutions((10, "quantified", 500.0), (50, "quantified", 1500.0))
    assert row["flags"] == "dilutions_combined:10|50;dilutions_disagree"
    row = dilutions((10, "below_lloq", np.nan), (50, "below_lloq", np.nan))
    assert (row["dilution"], row["status"]) == (10, "below_lloq")
    row = dilutions((10, "above_uloq", np.nan), (50, "above_uloq", np.nan))
    assert (row["dilution"], row["status"]) == (50, "above_uloq")
    row = dilutions((10, "above_uloq", np.nan), (50, "below_lloq", np.nan))
    assert (row["status"], row["reason"]) == ("not_reportable", "dilutions_disagree")
    row = dilutions((10, "not_reportable", np.nan), (50, "below_lloq", np.nan))
    assert (row["dilution"], row["status"]) == (50, "below_lloq")


def test_variance_is_pooled_within_a_kit_lot_only():
    rows = []
    for number in range(4):
        rows += plate(f"P{number}", seed=number, noise=0.05)
    lots = pd.DataFrame({"plate": [f"P{i}" for i in range(4)], "kit_lot": ["L1", "L1", "L2", "L2"]})
    curves, _ = run(frame_of(rows), plates=lots, curve_model="4pl", weights="estimated")
    exponent = curves.groupby("kit_lot")["variance_exponent"].agg(["nunique", "first"])
    assert exponent["nunique"].eq(1).all()
    assert exponent["first"].nunique() == 2


def test_settings_that_make_no_sense_are_refused():
    wells = frame_of(plate())
    with pytest.raises(ValueError, match="unknown limit rule"):
        run(wells, limit_rule="best")
    with pytest.raises(ValueError, match="unknown weights"):
        run(wells, weights="1/x")
    with pytest.raises(ValueError, match="no analyte row"):
        calibrate(wells, pd.DataFrame({"panel": ["K"], "analyte": ["TNF"]}))


def test_curves_survive_the_table():
    wells = frame_of(plate(noise=0.05) + plate("P2", seed=9, truth={"a": 2.0, "d": 0.05, "b": 1.1, "c": 300.0}))
    for model in ("4pl", "5pl", "linear", "log_log"):
        curves, values = run(wells, curve_model=model, limit_rule="validated", lloq_validated=1.0, uloq_validated=1e4)
        again = models.from_frame(curves)
        usable = again.kind > 0
        standards = values[(values["role"] == "standard") & values["plate"].isin(curves["plate"][usable])]
        place = standards["plate"].map({name: i for i, name in enumerate(curves["plate"])}).to_numpy(int)
        u, _ = again.take(place).invert(standards["signal"].to_numpy(float)[:, None])
        known_values = standards["concentration_well"].to_numpy(float)
        assert np.exp(u[:, 0]) == pytest.approx(known_values, rel=1e-12, nan_ok=True)


def test_the_covariance_survives_the_table_to_the_last_bit():
    kind = np.array([models.LOGISTIC, models.LINEAR, models.LOG_LOG, models.NONE])
    covariance = np.random.default_rng(1).uniform(0.1, 1.0, (4, 5, 5))
    covariance[0, 4] = covariance[0, :, 4] = covariance[1:3, 2:] = covariance[1:3, :, 2:] = covariance[3] = 0.0
    columns = pd.DataFrame(models.covariance_columns(covariance, kind))
    assert set(models.COVARIANCE) == {name for name in tables.TABLES["curves"].columns if name.startswith("cov_")}
    assert columns["cov_d_b"].tolist()[:1] == [covariance[0, 1, 2]]  # of a 4PL, as the fit has it: a, d, b, c, g
    assert columns["cov_a_b"].tolist()[1:3] == covariance[1:3, 0, 1].tolist() and columns["cov_g_g"].isna().all()
    filled = pd.DataFrame(
        {"status": "converged", "model": ["4pl", "linear", "log_log", "4pl"], "orientation": ""}, index=range(4)
    )
    filled.loc[3, "status"] = "not_fitted"
    numbers = ["lower_asymptote", "upper_asymptote", "slope", "midpoint", "asymmetry", "residual_variance",
               "variance_exponent", "variance_constant", "variance_floor", "degrees_of_freedom"]  # fmt: skip
    again = models.from_frame(pd.concat([filled.assign(**dict.fromkeys(numbers, 1.0)), columns], axis=1))
    assert (again.kind == kind).all() and (again.covariance == covariance).all()


def test_an_empty_batch_gives_empty_tables():
    curves, values, dropped = run_all(tables.empty("wells"), curve_model="4pl")
    assert len(curves) == len(values) == len(dropped) == 0
    assert len(quantify.combine_replicates(values, curves, "mean_of_responses")) == 0


STEEP = (14115.0, 9142.5, 3799.5, 1264.5, 334.5, 78.5)  # single wells of six four-fold levels


def single_wells(signals, top=2400.0):
    rows = [
        {"plate": "P1", "analyte": "IL-6", "well": f"{'ABCDEFGH'[i]}01", "role": "standard", "level": f"S{i + 1}",
         "expected": top / 4.0**i, "signal": signal}
        for i, signal in enumerate(signals)
    ]  # fmt: skip
    return frame_of(rows)


@pytest.mark.parametrize("model", ["5pl", "4pl", "auto"])
@pytest.mark.parametrize("levels", [6, 5, 4])
def test_steep_single_wells_are_never_flat(model, levels):
    for signals in (STEEP[:levels], tuple(15000.0 - each for each in STEEP[:levels])):
        row = run(single_wells(signals), curve_model=model)[0].iloc[0]
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
    net = run(single_wells((9000.0, 2500.0, 600.0, -3.0)), curve_model="4pl")[0].iloc[0]
    assert (net["model"], net["status"]) == ("linear", "converged")
    two = run(single_wells(STEEP[:2]), curve_model="5pl")[0].iloc[0]
    assert two["status_reason"].startswith("too_few")


def test_few_wells_that_do_not_follow_the_standards_stay_flat():
    for signals in (
        (52.0, 49.0, 55.0, 50.5, 48.0, 51.0),
        (3.0, -1.0, 2.0, -2.5, 1.0, 0.5),
        (52.0, 50.0, 49.0, 49.5, 51.0),
    ):
        row = run(single_wells(signals), curve_model="5pl")[0].iloc[0]
        assert (row["status"], row["status_reason"].split(":")[0]) == ("not_fitted", "flat"), row["status_reason"]
