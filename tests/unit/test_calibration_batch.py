"""A whole batch: status and reason, and what must not change a value."""

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.calibration import models, quantify
from immunoassay.calibration.calibrate import calibrate
from immunoassay.calibration.limits import Criteria

from .plates import frame_of, plate, run, run_all


def test_a_good_plate_end_to_end():
    curves, values = run(frame_of(plate()), curve_model="4pl", include_blank=True)
    row = curves.iloc[0]
    assert row["status"] == "converged"
    assert (row["n_wells"], row["n_levels"], row["n_blanks"], row["degrees_of_freedom"]) == (18, 8, 2, 13)
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


def test_another_analyte_or_plate_changes_nothing_where_nothing_is_pooled():
    one, settings = plate(noise=0.05), {"curve_model": "5pl", "weights": "1/y2"}
    curves, values = run(frame_of(one), **settings)
    more, all_values = run(frame_of(one + plate(analyte="TNF", seed=3) + plate("P2", seed=5)), **settings)
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
