"""Limits against drLumi, calibFit and by hand (the other rules: test_calibration_limits)."""

import numpy as np
import pytest
from immunoassay.calibration import limits, models
from immunoassay.calibration.models import LINEAR
from tests import reference_values

from .curve_fits import fit_one, of_wells
from .plates import frame_of, known, plate, run

ANALYTES = [*((name, "SSl4") for name in ("FGF", "EGF", "IL2", "TNFa")), *((name, "SSl5") for name in ("FGF", "TNFa"))]


def drlumi(analyte, model):
    """(curve, standards, drLumi's limits by rule) of one analyte, log10 signal as drLumi fits it."""
    data = reference_values.curves("drlumi_standards")
    data = data[data["analyte"] == analyte]
    table = reference_values.curves("r_packages")
    table = table[(table["dataset"] == f"drLumi mfidata plate_1 {analyte}") & table["model"].str.startswith(model)]
    table = table[table["tool"].str.contains("loq_")]
    table = table.set_index([table["tool"].str.extract(r"loq_(\w+)")[0], table["quantity"].str[-4:]])["value"]
    return fit_one(data["ec"], np.log10(data["mfi"]), side="lower", asymmetric=model == "SSl5").curves, data, table


@pytest.mark.parametrize(("analyte", "model"), ANALYTES)
def test_asymptote_intervals_agree_with_drlumi(analyte, model):
    curve, data, table = drlumi(analyte, model)
    low, high = limits.asymptote_interval(curve, np.array([data["ec"].min()]), np.array([data["ec"].max()]))
    found = np.log10([low[0], high[0]])
    # drLumi looks on a grid of concentrations, whose step at the end of the standards is 0.006
    assert found == pytest.approx(table["interval"][["LLOQ", "ULOQ"]].to_numpy(float), abs=7e-3)
    inside = ~np.isclose(found, np.log10([data["ec"].min(), data["ec"].max()]), atol=7e-3)
    assert found[inside] == pytest.approx(table["interval"][["LLOQ", "ULOQ"]].to_numpy(float)[inside], abs=4e-4)


@pytest.mark.parametrize(("analyte", "model"), ANALYTES)
def test_bends_of_the_curve_agree_with_drlumi(analyte, model):
    # not a rule of ours: a bend says nothing about precision; the second derivative is that of the fitted curve
    curve, _, table = drlumi(analyte, model)
    u = np.linspace(-4, 6, 20001) * np.log(10)
    bend = np.gradient(curve.predict(u[None, :])[2][0], u)
    found = [u[bend.argmax()] / np.log(10), u[bend.argmin()] / np.log(10)]
    assert found == pytest.approx(table["derivatives"][["LLOQ", "ULOQ"]].to_numpy(float), abs=1e-3)


@pytest.mark.parametrize(("analyte", "model"), ANALYTES)
def test_cv_limits_contain_those_of_drlumi(analyte, model):
    # drLumi's CV leaves the noise of the sample out and is looked up on a coarse grid, which ends inside the range
    curve, data, table = drlumi(analyte, model)
    low, high = limits.precision_profile(
        of_wells(curve, 1e12), np.array([data["ec"].min()]), np.array([data["ec"].max()]), 20.0
    )
    theirs = 10.0 ** table["cv"][["LLOQ", "ULOQ"]].to_numpy(float)
    assert low[0] <= theirs[0] * (1 + 1e-6)
    assert high[0] >= theirs[1] * (1 - 1e-6)
    assert np.log10(theirs[0] / low[0]) < 0.2
    assert np.log10(high[0] / theirs[1]) < 0.2
    error = curve.relative_se(np.log(theirs)[None, :], 1e12)[0]
    assert (error <= 0.2).all()


def test_calibfit_line_with_power_variance():
    data = reference_values.curves("calibfit_hplc")
    table = reference_values.curves("calibfit_limits")
    table = (
        table[(table["dataset"] == "HPLC") & (table["type"] == "lin.pom")].set_index("quantity")["value"].astype(float)
    )
    x, exponent = data.iloc[:, 0].to_numpy(float), 2 * table["theta.varStruct.power"]
    signal = table["b1"] + table["b2"] * x
    information = np.stack([np.ones_like(x), x])
    covariance = np.zeros((1, 5, 5))
    variance = table["sigma"] ** 2
    covariance[0, :2, :2] = variance * np.linalg.inv((information * signal**-exponent) @ information.T)
    theta = np.array([[table["b1"], table["b2"], 0, 0, 0]])
    one = np.ones(1)
    curve = models.Curves(
        LINEAR * one.astype(int), one, theta, covariance, variance * one, exponent * one, 0 * one, 1e-12 * one,
        (len(x) - 2) * one,
    )  # fmt: skip
    minimum, reliable = limits.detection(of_wells(curve, 2), np.array([x.max()]), 0.975)
    assert minimum[0] == pytest.approx(table["mdc.(Intercept)"], rel=2e-4)
    assert reliable[0] == pytest.approx(table["rdl"], rel=1e-4)


def test_the_detection_limits_of_a_plate_are_in_order():
    row = run(frame_of(plate(noise=0.05)), curve_model="4pl")[0].iloc[0]
    assert 0 < row["minimum_detectable"] < row["reliable_detection"]
    assert row["lowest_standard"] <= row["lloq_asymptote_interval"] < row["uloq_asymptote_interval"]


@pytest.mark.parametrize("rule", limits.RULES)
def test_every_rule_can_be_chosen_and_says_why_it_fails(rule):
    curves, _ = run(frame_of(plate()), curve_model="4pl", limit_rule=rule, lloq_validated=5.0, uloq_validated=5000.0)
    row = curves.iloc[0]
    low, high = ("lloq_validated", "uloq_validated") if rule == "validated" else limits.RULES[rule]
    assert (row["lloq"], row["uloq"], row["limit_reason"]) == (row[low], row[high], "")
    flat = {"a": 100.0, "d": 101.0, "b": 1.0, "c": 600.0}
    bare = [each for each in plate(noise=0.02, truth=flat) if each["role"] != "blank"]
    curves, _ = run(frame_of(bare), curve_model="linear", weights="none", limit_rule=rule)
    assert np.isnan(curves["lloq"].iloc[0])
    assert ":" in curves["limit_reason"].iloc[0]


def test_a_falling_curve_has_the_same_intervals():
    rising, falling = known(variance=25.0), known(a=1000.0, d=0.0, variance=25.0)
    ends = np.array([0.1]), np.array([1e5])
    assert np.array(limits.asymptote_interval(falling, *ends)) == pytest.approx(
        np.array(limits.asymptote_interval(rising, *ends)), rel=1e-9
    )
    low, high = limits.asymptote_interval(rising, *ends)
    # known asymptotes: half a band of 5 t away from 0 and from 1000
    half = 5 * rising.t(0.975)[0]
    assert (low[0], high[0]) == pytest.approx((100 * half / (1000 - half), 100 * (1000 - half) / half), rel=1e-6)


def test_a_validated_limit_is_a_floor_and_never_better_than_the_standards_of_the_plate():
    wells = frame_of(plate())
    own = run(wells, curve_model="4pl")[0].iloc[0]
    low = run(wells, curve_model="4pl", limit_rule="validated", lloq_validated=own["lloq"] / 4)[0].iloc[0]
    assert (low["lloq"], low["uloq"]) == (own["lloq"], own["uloq"])  # no ULOQ is validated: the plate's own
    high = run(wells, curve_model="4pl", limit_rule="validated", lloq_validated=own["lloq"] * 4)[0].iloc[0]
    assert (high["lloq"], high["uloq"]) == (4 * own["lloq"], own["uloq"])
