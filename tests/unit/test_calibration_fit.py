"""The batched fitter against certified and published answers, and its own invariances."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from immunoassay.calibration import candidates, fit, models, solver, variance
from immunoassay.calibration.models import LINEAR, LOG_LOG, LOGISTIC

NAN = (np.nan, np.nan)


def fit_one(
    x,
    y,
    kind=LOGISTIC,
    side="upper",
    asymmetric=False,
    fixed=NAN,
    exponent=0.0,
    constant=0.0,
    prior=np.inf,
    observed=np.nan,
    levels=False,
    robust=False,
):
    """One curve through the batched fitter."""
    with np.errstate(divide="ignore"):
        u = np.log(np.asarray(x, float))
    points = fit.Points(fit.pad([list(u)], 0.0), fit.pad([list(y)], 0.0), fit.pad([[True] * len(u)], False))
    request = fit.Request(
        np.array([kind]),
        np.array([models.SIDES[side]]),
        np.array([asymmetric]),
        np.array([prior]),
        np.array([fixed], float),
        np.array([exponent]),
        np.array([constant]),
        np.array([observed]),
        np.array([levels]),
        np.array([robust]),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return fit.fit(points, request)


def parameters(fitted):
    """a, d, b, c, g of the first curve."""
    return np.concatenate([fitted.curves.theta[0, :2], np.exp(fitted.curves.theta[0, 2:])])


def reference(shared, name):
    return pd.read_csv(shared / "reference_values" / name, sep="\t")


def certified(shared, problem):
    table, data = reference(shared, "NIST_StRD_certified.tsv"), reference(shared, "NIST_StRD_data.tsv")
    rows = table[table["problem"] == problem].set_index("parameter")
    data = data[data["problem"] == problem]
    return rows, data["x"].to_numpy(float), data["y"].to_numpy(float)


def test_nist_rat42_is_a_4pl(shared):
    rows, x, y = certified(shared, "Rat42")
    # the dose of Rat42 is ln concentration; a tenth of it keeps the slope inside its bounds
    fitted = fit_one(np.exp(x / 10), y, fixed=(0.0, np.nan))
    _, d, b, c, _ = parameters(fitted)
    found = {"b1": d, "b2": b * np.log(c), "b3": b / 10, "RSS": fitted.objective[0]}
    for name, value in found.items():
        assert value == pytest.approx(float(rows.at[name, "certified"]), rel=2e-10)
    error = np.sqrt(fitted.curves.covariance[0, 1, 1])
    assert error == pytest.approx(float(rows.at["b1", "certified_sd"]), rel=1e-8)


def test_nist_rat43_is_a_5pl(shared):
    rows, x, y = certified(shared, "Rat43")
    fitted = fit_one(np.exp(x), y, side="lower", asymmetric=True, fixed=(0.0, np.nan))
    _, d, b, c, g = parameters(fitted)
    found = {"b1": d, "b2": b * np.log(c), "b3": b, "b4": 1 / g, "RSS": fitted.objective[0]}
    for name, value in found.items():
        assert value == pytest.approx(float(rows.at[name, "certified"]), rel=1e-9)


def _rational(numerator, denominator):
    def function(b, x):
        top = sum(b[:, i : i + 1] * x**i for i in range(numerator))
        bottom = 1 + sum(b[:, numerator + i : numerator + i + 1] * x ** (i + 1) for i in range(denominator))
        columns = [x**i / bottom for i in range(numerator)]
        columns += [-top * x ** (i + 1) / bottom**2 for i in range(denominator)]
        return top / bottom, np.stack(columns, axis=-1)

    return function


def _rat42(b, x):
    b1, b2, b3 = (b[:, i : i + 1] for i in range(3))
    rise = 1 / (1 + np.exp(b2 - b3 * x))
    slope = b1 * rise * (1 - rise)
    return b1 * rise, np.stack([rise, -slope, slope * x], axis=-1)


def _rat43(b, x):
    b1, b2, b3, b4 = (b[:, i : i + 1] for i in range(4))
    s = np.logaddexp(0, b2 - b3 * x)
    f = b1 * np.exp(-s / b4)
    slope = f / b4 * np.exp(b2 - b3 * x - s)
    return f, np.stack([f / b1, -slope, slope * x, f * s / b4**2], axis=-1)


def _mgh09(b, x):
    b1, b2, b3, b4 = (b[:, i : i + 1] for i in range(4))
    top, bottom = x**2 + x * b2, x**2 + x * b3 + b4
    ratio = top / bottom
    return b1 * ratio, np.stack([ratio, b1 * x / bottom, -b1 * ratio * x / bottom, -b1 * ratio / bottom], axis=-1)


def _mgh10(b, x):
    b1, b2, b3 = (b[:, i : i + 1] for i in range(3))
    shifted = x + b3
    growth = np.exp(np.clip(b2 / shifted, -600, 600))
    return b1 * growth, np.stack([growth, b1 * growth / shifted, -b1 * growth * b2 / shifted**2], axis=-1)


def _eckerle4(b, x):
    b1, b2, b3 = (b[:, i : i + 1] for i in range(3))
    z = (x - b3) / b2
    f = b1 / b2 * np.exp(-0.5 * z**2)
    return f, np.stack([f / b1, f * (z**2 - 1) / b2, f * z / b2], axis=-1)


def _bennett5(b, x):
    b1, b2, b3 = (b[:, i : i + 1] for i in range(3))
    shifted = np.maximum(b2 + x, 1e-300)
    power = shifted ** (-1 / b3)
    return b1 * power, np.stack([power, -b1 * power / (b3 * shifted), b1 * power * np.log(shifted) / b3**2], axis=-1)


def _box_bod(b, x):
    b1, b2 = b[:, :1], b[:, 1:2]
    decay = np.exp(-np.clip(b2 * x, -50, 50))
    return b1 * (1 - decay), np.stack([1 - decay, b1 * x * decay], axis=-1)


NIST = {
    "Rat42": _rat42,
    "Rat43": _rat43,
    "MGH09": _mgh09,
    "MGH10": _mgh10,
    "Eckerle4": _eckerle4,
    "Thurber": _rational(4, 3),
    "Kirby2": _rational(3, 2),
    "Hahn1": _rational(4, 3),
    "Bennett5": _bennett5,
    "BoxBOD": _box_bod,
}
FIVE = ("FGF", "EGF", "IL2", "TNFa")  # drLumi found no 5PL of IFNg
LINEAR_FIRST = {("BoxBOD", "start1")}  # started as the curves are: linear parameters solved, the others as given


@pytest.mark.parametrize("start", ["start1", "start2"])
@pytest.mark.parametrize("problem", NIST)
def test_levenberg_marquardt_on_nist_problems_from_both_starts(shared, problem, start):
    rows, x, y = certified(shared, problem)
    b = rows[rows.index.str.fullmatch(r"b\d")]
    theta, weight, function = b[[start]].to_numpy(float).T.copy(), 1 / np.abs(y).max(), NIST[problem]
    if (problem, start) in LINEAR_FIRST:
        unit = function(np.where(np.arange(theta.shape[1]) == 0, 1.0, theta), x[None, :])[0][0]
        theta[0, 0] = unit @ y / (unit @ unit)

    def residuals(theta):
        value, jacobian = function(theta.T, x[None, :])
        return weight * (value - y).T, weight * jacobian.transpose(2, 1, 0)

    theta = theta.T
    wide, zero = np.full_like(theta, np.inf), np.zeros(1)
    with np.errstate(over="ignore"):
        found, _, converged = solver.levenberg_marquardt(
            lambda some: residuals,
            theta,
            -wide,
            wide,
            np.ones_like(theta, bool),
            0 * theta,
            zero,
            zero + solver.STOP,
            8000,
        )
    assert converged[0]
    assert ((function(found.T, x[None, :])[0] - y) ** 2).sum() == pytest.approx(
        float(rows.at["RSS", "certified"]), rel=1e-9
    )
    assert found[:, 0] == pytest.approx(b["certified"].to_numpy(float), rel=1e-6)


@pytest.mark.parametrize(
    ("analyte", "model"),
    [*((name, "SSl4") for name in ("FGF", "EGF", "IL2", "TNFa", "IFNg")), *((name, "SSl5") for name in FIVE)],
)
def test_log_log_sigmoids_agree_with_drlumi(shared, analyte, model):
    data = reference(shared, "drLumi_mfidata_plate1_standards.tsv")
    data = data[data["analyte"] == analyte]
    table = reference(shared, "R_packages_reference.tsv")
    table = table[(table["dataset"] == f"drLumi mfidata plate_1 {analyte}") & table["model"].str.startswith(model)]
    fitted = fit_one(data["ec"], np.log10(data["mfi"]), side="lower", asymmetric=model == "SSl5")
    a, d, b, c, g = parameters(fitted)
    curve = table[table["tool"] == "drLumi 0.1.2"].set_index("quantity")
    found = {"lAsym": a, "hAsym": d, "xMid": np.log10(c), "Slope": -b} | ({"Asymetry": g} if model == "SSl5" else {})
    for name, value in found.items():
        # drLumi's nls stops at 1e-5 of its parameters; the asymmetry of TNFa is known to a factor of five only
        assert value == pytest.approx(curve.at[name, "value"], rel=2e-4)
    scale = {"lAsym": 1, "hAsym": 1, "xMid": 1 / np.log(10), "Slope": b, "Asymetry": g}
    place = {"lAsym": 0, "hAsym": 1, "Slope": 2, "xMid": 3, "Asymetry": 4}
    errors = np.sqrt(np.diagonal(fitted.curves.covariance[0]))
    for name in found:
        assert errors[place[name]] * scale[name] == pytest.approx(curve.at[name, "se"], rel=1e-3)
    inverse = table[table["tool"] == "drLumi invest delta"]
    signal = inverse["quantity"].str.extract(r"MFI=([\d.]+)")[0].to_numpy(float)
    u, _ = fitted.curves.invert(signal[None, :])
    assert u[0] / np.log(10) == pytest.approx(inverse["value"].to_numpy(), abs=2e-6)
    # the delta method of drLumi leaves the noise of the sample out: as many replicates as one likes
    error = fitted.curves.relative_se(u, 1e12)[0] / np.log(10)
    assert error == pytest.approx(inverse["se"].to_numpy(), rel=1e-3)


def test_levenberg_marquardt_finds_the_least_squares_within_bounds():
    from scipy.optimize import lsq_linear

    rng = np.random.default_rng(3)
    design, target = rng.normal(size=(60, 12, 4)), rng.normal(size=(60, 12))
    lower, upper, zero = np.full((4, 60), -0.2), np.full((4, 60), 0.25), np.zeros((4, 60))

    def problems(rows):
        def residuals(theta):
            return (design[rows] @ theta.T[:, :, None])[:, :, 0].T - target[rows].T, design[rows].transpose(2, 1, 0)

        return residuals

    found, _, converged = solver.levenberg_marquardt(
        problems, zero, lower, upper, zero == 0, zero, zero[0], zero[0] + solver.STOP
    )
    assert converged.all()
    found, lower, upper = found.T, lower.T, upper.T
    cost = (((design @ found[:, :, None])[:, :, 0] - target) ** 2).sum(axis=1)
    assert ((found == lower) | (found == upper)).any(axis=1).mean() > 0.5
    for row in range(60):
        best = lsq_linear(design[row], target[row], (lower[row], upper[row]), method="bvls")
        assert cost[row] == pytest.approx(2 * best.cost, rel=1e-9)
        assert found[row] == pytest.approx(best.x, abs=1e-6)


def test_ryegrass_agrees_with_drc(shared):
    data = reference(shared, "drc_ryegrass.tsv")
    expected = reference(shared, "R_packages_reference.tsv")
    four = expected[(expected["dataset"] == "ryegrass") & (expected["tool"] == "drc 3.0-1")]
    rows = four[four["model"].str.startswith("LL.4:")].set_index("quantity")
    a, d, b, c, _ = parameters(fit_one(data["conc"], data["rootl"]))
    order = [f"{name}:(Intercept)" for name in "dcbe"]
    assert [a, d, b, c] == pytest.approx(rows.loc[order, "value"].astype(float).tolist(), rel=2e-6)
    fitted = fit_one(data["conc"], data["rootl"])
    # ln b and ln c carry relative standard errors
    errors = np.sqrt(np.diagonal(fitted.curves.covariance[0]))[:4] * [1, 1, b, c]
    # drc inverts the observed information, this fitter the expected one
    assert errors == pytest.approx(rows.loc[order, "se"].astype(float).tolist(), rel=0.02)
    five = four[(four["model"] == "LL.5") & (four["quantity"] == "RSS")]["value"].astype(float).iloc[0]
    fitted = fit_one(data["conc"], data["rootl"], asymmetric=True)
    assert fitted.objective[0] == pytest.approx(five, rel=1e-7)


@pytest.mark.parametrize("herbicide", ["Glyphosate", "Bentazone"])
def test_s_alba_agrees_with_drc(shared, herbicide):
    # drc's curves share nothing but the residual variance
    data = reference(shared, "drc_S_alba.tsv")
    data = data[data["Herbicide"] == herbicide]
    table = reference(shared, "R_packages_reference.tsv")
    table = table[table["dataset"] == "S.alba"].set_index("quantity")["value"].astype(float)
    a, d, b, c, _ = parameters(fit_one(data["Dose"], data["DryMatter"]))
    assert [a, d, b, c] == pytest.approx([table[f"{name}:{herbicide}"] for name in "dcbe"], rel=2e-5)


def test_plate_reader_5pl(shared):
    data = reference(shared, "issue_5pl_plate_reader.tsv")
    a, d, b, c, g = parameters(fit_one(data["x"], data["y"], asymmetric=True))
    # the plate reader prints A .0831, B 1.16, C 2.44, D 1.87, G 1.13
    assert f"{a:.4f} {b:.2f} {c:.2f} {d:.2f} {g:.2f}" == "0.0831 1.16 2.44 1.87 1.13"


def test_skanit_4pl(shared):
    rows = reference(shared, "skanit_4pl_standards.tsv")
    rows = rows[rows["well"] != "Average"]
    a, d, b, c, _ = parameters(fit_one(rows["conc_ug_ml"], rows["signal"]))
    vendor = reference(shared, "skanit_4pl_params.tsv").iloc[0]
    # the sheet rounds the nominal concentrations (0.063, 0.031, 0.016)
    assert [c, d, b] == pytest.approx([vendor["c"], vendor["d"], vendor["b"]], rel=6e-3)
    assert a == pytest.approx(vendor["a"], abs=0.005)


def test_skanit_concentrations_from_the_printed_curve(shared):
    vendor = reference(shared, "skanit_4pl_params.tsv").iloc[0]
    wells = reference(shared, "skanit_4pl_wells.tsv")
    text = wells["Conc. [microg/ml]"].astype(str).str.strip()
    number = pd.to_numeric(text, errors="coerce")
    curve = made(vendor["a"], vendor["d"], vendor["b"], vendor["c"])
    u, _ = curve.invert(wells["Signal"].to_numpy(float)[None, :])
    has = number.notna().to_numpy()
    assert has.sum() >= 30
    assert np.exp(u[0, has]) == pytest.approx(number[has].to_numpy(), rel=1.5e-3)


def test_gen5_4pl(shared):
    rows = reference(shared, "gen5_4pl_rows.tsv")
    standards = rows[rows["role"] == "standard"]
    vendor = reference(shared, "gen5_4pl_params.tsv").iloc[0]
    fitted = fit_one(standards["conc"], standards["signal"])
    a, d, b, c, _ = parameters(fitted)
    assert [f"{value:.3g}" for value in (a, b, c, d)] == [f"{vendor[name]:.3g}" for name in "ABCD"]
    number = pd.to_numeric(rows["vendor_conc"], errors="coerce")
    u, outcome = fitted.curves.invert(rows["signal"].to_numpy(float)[None, :])
    has = number.notna().to_numpy()
    # the printed concentrations have three digits, and the ends of the curve magnify them
    assert np.exp(u[0, has]) == pytest.approx(number[has].to_numpy(), rel=2e-3, abs=0.02)
    below = rows["vendor_conc"].eq("<0.000").to_numpy()
    assert below.any()
    assert (outcome[0, below] == models.BELOW).all()


def made(a, d, b, c, g=1.0, side="upper"):
    """A known 4PL or 5PL without error."""
    one = np.ones(1)
    return models.Curves(
        kind=np.array([LOGISTIC]),
        side=np.array([models.SIDES[side]]),
        theta=np.array([[a, d, np.log(b), np.log(c), np.log(g)]], float),
        covariance=np.zeros((1, 5, 5)),
        residual_variance=0 * one,
        exponent=0 * one,
        constant=0 * one,
        floor=one,
        degrees_of_freedom=10 * one,
    )


def test_bio_plex_concentrations_from_the_printed_curves(shared):
    curves = reference(shared, "bioplex_manager_curves.tsv").set_index("curve_id")
    rows = reference(shared, "bioplex_manager_rows.tsv")
    rows = rows.assign(vendor=pd.to_numeric(rows["obs_conc"], errors="coerce")).dropna(subset=["vendor"])
    errors = []
    for curve_id, group in rows.groupby("curve_id"):
        p = curves.loc[curve_id]
        curve = made(p["a"], p["d"], -p["b"], p["c"], p["g"], side="lower")
        signal = group["FI_minus_Bkgd" if p["input_column"] == "FI - Bkgd" else "FI"].to_numpy(float)
        u, _ = curve.invert(signal[None, :])
        errors.append(np.abs(np.exp(u[0]) * group["dilution"] / group["vendor"] - 1))
    errors = pd.concat(errors)
    assert len(errors) > 700
    assert errors.median() < 1e-4
    # parameters and signals are printed with few digits; a flat curve magnifies that
    assert errors.quantile(0.9) < 2e-3


@pytest.mark.parametrize("side", ["lower", "upper"])
@pytest.mark.parametrize(("a", "d"), [(20.0, 9000.0), (9000.0, 20.0)])
def test_derivatives_and_inverse(side, a, d):
    curve = made(a, d, 1.3, 50.0, 0.6, side)
    u = np.log(np.array([[0.5, 5.0, 50.0, 500.0, 5000.0]]))
    signal, jacobian, slope = curve.predict(u)
    for i in range(5):
        step = np.zeros((1, 5))
        step[0, i] = 1e-6 * max(1.0, abs(curve.theta[0, i]))
        high = models.logistic(curve.theta + step, curve.side, u)[0]
        low = models.logistic(curve.theta - step, curve.side, u)[0]
        assert jacobian[0, :, i] == pytest.approx(((high - low) / (2 * step[0, i]))[0], rel=1e-5, abs=1e-4)
    numeric = (curve.predict(u + 1e-6)[0] - curve.predict(u - 1e-6)[0]) / 2e-6
    assert slope == pytest.approx(numeric, rel=1e-5)
    back, outcome = curve.invert(signal)
    assert (outcome == models.VALUE).all()
    assert back == pytest.approx(u, rel=1e-9)


@pytest.mark.parametrize(("a", "d"), [(20.0, 9000.0), (9000.0, 20.0)])
def test_outside_the_curve_has_a_side(a, d):
    curve = made(a, d, 1.0, 50.0)
    outside = np.array([[a, a - np.sign(d - a), d, d + np.sign(d - a)]])
    u, outcome = curve.invert(outside)
    assert outcome.tolist() == [[models.BELOW, models.BELOW, models.ABOVE, models.ABOVE]]
    assert np.isnan(u).all()


def test_exact_data_recover_the_truth_in_both_directions():
    x = np.repeat(10000 / 4.0 ** np.arange(8), 2)
    for side in ("lower", "upper"):
        for a, d in ((20.0, 9000.0), (9000.0, 20.0)):
            curve = made(a, d, 1.2, 80.0, 1.6, side)
            y = curve.predict(np.log(x)[None])[0][0]
            fitted = fit_one(x, y, side=side, asymmetric=True, exponent=2.0, prior=0.35)
            assert fitted.status[0] == "converged"
            assert parameters(fitted) == pytest.approx([a, d, 1.2, 80.0, 1.6], rel=1e-5)


def test_linear_is_weighted_regression():
    x, y = np.array([1.0, 2, 3, 4, 5, 6]), np.array([2.1, 3.9, 6.2, 7.8, 10.1, 12.2])
    fitted = fit_one(x, y, kind=LINEAR)
    slope, intercept = np.polyfit(x, y, 1)
    assert fitted.curves.theta[0, :2] == pytest.approx([intercept, slope], rel=1e-10)
    covariance = np.polyfit(x, y, 1, cov=True)[1]
    assert fitted.curves.covariance[0, 1, 1] == pytest.approx(covariance[0, 0], rel=1e-9)
    # weights from fitted values: at the solution the weighted normal equations hold with 1/fitted^2
    weighted = fit_one(x, y, kind=LINEAR, exponent=2.0)
    a, b = weighted.curves.theta[0, :2]
    w = 1 / (a + b * x) ** 2
    again = np.polyfit(x, y, 1, w=np.sqrt(w))
    assert [b, a] == pytest.approx(again, rel=1e-7)


def test_observed_weights_are_frozen_from_the_signals():
    x, y = np.array([1.0, 2, 3, 4, 5, 6]), np.array([-0.4, 3.9, 6.2, 7.8, 10.1, 12.2])
    for power in (1.0, 2.0):
        fitted = fit_one(x, y, kind=LINEAR, exponent=2.0, observed=power)
        expected = np.polyfit(x, y, 1, w=np.abs(y) ** (-power / 2))
        assert fitted.curves.theta[0, 1::-1] == pytest.approx(expected, rel=1e-9)
        residual = y - np.polyval(expected, x)
        assert fitted.objective[0] == pytest.approx((residual**2 / np.abs(y) ** power).sum(), rel=1e-9)


def test_a_signal_of_zero_weighs_as_one_unit():
    x, y = np.array([1.0, 2, 3, 4, 5, 6]), np.array([0.0, 3.9, 6.2, 7.8, 10.1, 12.2])
    fitted = fit_one(x, y, kind=LINEAR, exponent=2.0, observed=2.0)
    assert fitted.curves.theta[0, 1::-1] == pytest.approx(np.polyfit(x, y, 1, w=1 / np.maximum(y, 1)), rel=1e-9)


@pytest.mark.parametrize("power", [0.0, 1.8, 2.0])
def test_level_means_count_every_level_once(power):
    x = np.array([1.0, 1, 1, 2, 3, 3, 4, 5])
    y = np.array([2.1, 2.5, 1.9, 3.9, 6.2, 7.0, 7.8, 10.1])
    level = pd.Series(y).groupby(x).mean()
    fitted = fit_one(x, y, kind=LINEAR, exponent=2.0, observed=power, levels=True)
    expected = np.polyfit(level.index, level, 1, w=level.to_numpy() ** (-power / 2))
    assert fitted.curves.theta[0, 1::-1] == pytest.approx(expected, rel=1e-9)


def test_frozen_weights_that_are_the_variance_function_give_its_errors():
    x = np.repeat(10000 / 4.0 ** np.arange(8), 2)
    y = made(20.0, 9000.0, 1.2, 80.0).predict(np.log(x)[None])[0][0] + np.tile([40.0, -40.0, -25.0, 25.0], 4)
    plain, frozen = fit_one(x, y), fit_one(x, y, observed=0.0)
    assert frozen.curves.covariance == pytest.approx(plain.curves.covariance, rel=1e-6, abs=1e-12)
    assert frozen.curves.residual_variance == pytest.approx(plain.curves.residual_variance, rel=1e-9)


def test_errors_of_observed_weights_are_those_of_repeated_experiments():
    # constant CV of 6 %, fitted with 1/y^2 observed: the sandwich covariance, not the inverse of the weights' own
    count, rng = 400, np.random.default_rng(5)
    u = np.tile(np.log(np.repeat(10000 / 4.0 ** np.arange(8), 2)), (count, 1))
    exact = models.logistic(np.tile([20, 20000, 0.1, 6.0, 0], (count, 1)), np.ones(count), u)[0]
    y = exact * (1 + 0.06 * rng.normal(size=exact.shape))
    request = replace(ask(count), observed=np.full(count, 2.0))
    fitted = fit.fit(fit.Points(u, y, np.ones_like(y, bool)), request)
    spread = fitted.curves.theta[:, 3].std(ddof=1)
    claimed = np.sqrt(np.median(fitted.curves.covariance[:, 3, 3]))
    assert claimed == pytest.approx(spread, rel=0.1)


def test_log_log_is_regression_of_logarithms():
    x, y = np.array([1.0, 3, 10, 30, 100]), np.array([5.0, 12, 33, 80, 260])
    fitted = fit_one(x, y, kind=LOG_LOG, exponent=2.0)
    slope, intercept = np.polyfit(np.log(x), np.log(y), 1)
    assert fitted.curves.theta[0, :2] == pytest.approx([intercept, slope], rel=1e-9)


def simulated(count, seed, exponent=2.0, asymmetry=0.0):
    """Curves (count, 16) with noise sd proportional to signal^(exponent / 2), and their u."""
    rng = np.random.default_rng(seed)
    u = np.tile(np.log(np.repeat(10000 / 4.0 ** np.arange(8), 2)), (count, 1))
    theta = np.stack(
        [
            rng.uniform(20, 60, count),
            rng.uniform(8000, 30000, count),
            np.log(rng.uniform(0.8, 1.6, count)),
            np.log(rng.uniform(100, 2000, count)),
            asymmetry * rng.normal(size=count),
        ],
        axis=1,
    )
    signal = models.logistic(theta, np.ones(count), u)[0]
    noise = 0.05 * signal ** (exponent / 2) * 500 ** (1 - exponent / 2)
    return u, signal + noise * rng.normal(size=signal.shape)


def ask(count, asymmetric=False, exponent=2.0, prior=0.35):
    return fit.Request(
        np.full(count, LOGISTIC),
        np.ones(count),
        np.full(count, asymmetric),
        np.full(count, prior),
        np.full((count, 2), np.nan),
        np.full(count, exponent),
        np.zeros(count),
        np.full(count, np.nan),
        np.zeros(count, bool),
        np.zeros(count, bool),
    )


def test_a_curve_does_not_depend_on_its_batch():
    u, y = simulated(60, 3, asymmetry=0.35)
    points = fit.Points(u, y, np.ones_like(y, bool))
    whole = fit.fit(points, ask(60, True))
    assert (whole.status == "converged").all()
    for some in ([41, 3, 17], [8], [25, 24]):
        part = fit.fit(points.take(some), ask(len(some), True))
        assert np.array_equal(part.curves.theta, whole.curves.theta[some])
        assert np.array_equal(part.curves.covariance, whole.curves.covariance[some])


def test_masked_is_absent():
    u, y = simulated(20, 4)
    used = np.ones_like(y, bool)
    used[:, 5] = False
    masked = fit.fit(fit.Points(u, np.where(used, y, 1e9), used), ask(20))
    keep = [i for i in range(16) if i != 5]
    rows = [list(row) for row in u[:, keep]], [list(row) for row in y[:, keep]]
    absent = fit.fit(
        fit.Points(fit.pad(rows[0], 0.0), fit.pad(rows[1], 0.0), fit.pad([[True] * 15] * 20, False)), ask(20)
    )
    assert masked.curves.theta == pytest.approx(absent.curves.theta, rel=1e-10, abs=1e-10)


def test_least_squares_optimum_agrees_with_scipy():
    from scipy.optimize import least_squares

    u, y = simulated(15, 9)
    fitted = fit.fit(fit.Points(u, y, np.ones_like(y, bool)), ask(15, exponent=0.0))
    for row in range(15):

        def residual(theta, row=row):
            return models.logistic(np.append(theta, 0.0)[None], np.ones(1), u[row][None])[0][0] - y[row]

        best = least_squares(residual, fitted.curves.theta[row, :4], x_scale="jac", xtol=1e-14, ftol=1e-14, gtol=1e-14)
        assert fitted.objective[row] == pytest.approx(2 * best.cost, rel=1e-9)


def test_asymmetry_prior_restrains_and_can_be_switched_off():
    u, y = simulated(100, 6, asymmetry=0.35)
    points = fit.Points(u, y, np.ones_like(y, bool))
    free, weak = fit.fit(points, ask(100, True, prior=np.inf)), fit.fit(points, ask(100, True))
    assert (weak.status == "converged").all()
    assert np.abs(weak.curves.theta[:, 4]).max() < 1.5
    assert np.abs(weak.curves.theta[:, 4]).mean() < np.abs(free.curves.theta[:, 4]).mean()
    assert (np.abs(free.curves.theta[:, 4]) <= np.log(10) + 1e-12).all()
    assert not weak.at_bound[:, 4].any()


def test_bad_curves_end_with_a_status_and_no_warning():
    x = np.repeat([1.0, 4, 16, 64, 256, 1024], 2)
    rng = np.random.default_rng(2)
    cases = {
        "flat": (x, np.full(12, 50.0)),
        "zero": (x, np.zeros(12)),
        "noise": (x, 50 + rng.normal(size=12)),
        "few": ([1.0, 1, 10, 10, 100, 100], [5.0, 6, 50, 52, 200, 210]),
        "none": ([], []),
        "single": ([5.0], [5.0]),
        "negative": (x, -50 + rng.normal(size=12)),
    }
    for name, (dose, signal) in cases.items():
        for kind, asymmetric in ((LOGISTIC, False), (LOGISTIC, True), (LINEAR, False), (LOG_LOG, False)):
            if name == "few" and kind != LOGISTIC:
                continue
            fitted = fit_one(dose, signal, kind=kind, asymmetric=asymmetric, exponent=2.0, prior=0.35)
            assert fitted.status[0] != "converged", name
            assert fitted.reason[0], name
            assert fitted.curves.kind[0] == models.NONE


def test_a_net_signal_around_zero_is_not_flat():
    # the bottom of a background-subtracted curve scatters around zero
    x = np.repeat(1.0 / 5.0 ** np.arange(8), 2)
    y = [75.75, 50.25, 31.75, 28.75, 18.75, 13.75, 4.75, 5.75, 2.75, -1.25, -3.75, -0.25, -1.25, -1.25, -0.25, -2.25]
    for exponent in (1.0, 1.6, 2.0):
        for asymmetric in (False, True):
            fitted = fit_one(x, y, side="lower", asymmetric=asymmetric, exponent=exponent, prior=0.35)
            assert fitted.status[0] == "converged"
            assert fitted.curves.floor[0] == 3.75


def test_bio_plex_fits_are_reproduced_from_its_standards(shared):
    curves = reference(shared, "bioplex_manager_curves.tsv").set_index("curve_id")
    rows = reference(shared, "bioplex_manager_rows.tsv")
    rows = rows.assign(
        vendor=pd.to_numeric(rows["obs_conc"], errors="coerce"),
        nominal=pd.to_numeric(rows["exp_conc"], errors="coerce"),
    )
    errors, fitted_curves = [], 0
    for curve_id, group in rows.groupby("curve_id"):
        p = curves.loc[curve_id]
        column = "FI_minus_Bkgd" if p["input_column"] == "FI - Bkgd" else "FI"
        standards = group[group["type"].str.startswith("S") & (group["nominal"] > 0) & (group["outlier"] != 1)]
        if standards["nominal"].nunique() < 5:
            continue
        fitted = fit_one(
            standards["nominal"], standards[column], side="lower", asymmetric="5PL" in p["regression"], exponent=1.6
        )
        fitted_curves += fitted.status[0] == "converged"
        known = group[group["vendor"].notna()]
        u, _ = fitted.curves.invert(known[column].to_numpy(float)[None, :])
        errors.append(np.abs(np.exp(u[0]) * known["dilution"].fillna(1) / known["vendor"] - 1))
    # the vendor's weights are its own; within two percent at the median is the same curve for a laboratory
    assert fitted_curves >= 26
    assert pd.concat(errors).median() < 0.02


def choose(u, y, model, orientation="best"):
    count = len(u)
    return candidates.fit_models(
        fit.Points(u, y, np.ones_like(y, bool)),
        np.full(count, model, object),
        np.full(count, orientation, object),
        np.full((count, 2), np.nan),
        np.full(count, 2.0),
        np.zeros(count),
        np.full(count, np.nan),
        np.zeros(count, bool),
        np.full(count, 0.35),
    )


def test_a_robust_fit_is_held_by_the_wells_that_agree():
    u, y = simulated(200, 21)
    rng = np.random.default_rng(5)
    spoiled = y.copy()
    spoiled[np.arange(200), rng.integers(0, 16, 200)] *= np.exp(rng.choice([-1, 1], 200) * np.log(4))
    used = np.ones_like(y, bool)

    def middle(signal, robust):
        fitted = fit.fit(fit.Points(u, signal, used), replace(ask(200), robust=np.full(200, robust)))
        assert (fitted.status == "converged").all()
        at = np.median(u, axis=1)[:, None]
        return np.log(fitted.curves.predict(at)[0][:, 0]), fitted

    clean, usual = middle(y, False)
    bent, disturbed = middle(spoiled, False)
    held, robust = middle(spoiled, True)
    same, _ = middle(y, True)
    assert np.abs(held - clean).mean() < 0.25 * np.abs(bent - clean).mean()
    # it costs little where nothing is wrong, and a spoiled well does not become noise of the others
    assert np.abs(same - clean).mean() < 0.01
    ratio = np.median(robust.curves.residual_variance / usual.curves.residual_variance)
    assert 0.5 < ratio < 2.5 < 5 < np.median(disturbed.curves.residual_variance / usual.curves.residual_variance)


def test_best_orientation_is_the_true_one_when_the_data_say_so():
    x = np.repeat(10000 / 3.0 ** np.arange(10), 2)
    rng = np.random.default_rng(8)
    for side in ("lower", "upper"):
        y = made(30, 20000, 1.5, 300, 3.0, side).predict(np.log(x)[None])[0]
        y = y * (1 + 0.01 * rng.normal(size=y.shape))
        chosen = choose(np.log(x)[None], y, "5pl")
        assert chosen.orientation[0] == side
        assert chosen.model[0] == "5pl"
        assert choose(np.log(x)[None], y, "auto").model[0] == "5pl"
        one = choose(np.log(x)[None], y, "5pl", "upper")
        assert one.orientation[0] == "upper"
        chosen_score, other = (item.fit.deviance[0] + item.fit.penalty[0] for item in (chosen, one))
        assert chosen_score <= other + 1e-9


def test_auto_keeps_the_4pl_when_the_data_do_not_ask_for_more():
    u, y = simulated(40, 12)
    assert (choose(u, y, "auto").model == "4pl").mean() > 0.8


def test_unknown_model_is_refused():
    u, y = simulated(1, 1)
    with pytest.raises(ValueError, match="unknown curve model"):
        choose(u, y, "6pl")
    with pytest.raises(ValueError, match="unknown weights"):
        variance.of("1/x", np.nan)
    for name in ("power", "power_level_means"):
        with pytest.raises(ValueError, match="variance_exponent"):
            variance.of(name, np.nan)


def estimate(u, y, name):
    count = len(u)
    points = fit.Points(u, y, np.ones_like(y, bool))

    def fit_rows(rows, exponent, constant):
        return fit.fit(points.take(rows), replace(ask(count).take(rows), exponent=exponent, constant=constant))

    return variance.estimate(points, np.full(count, name, object), np.zeros(count, int), np.full(count, 2.0), fit_rows)


@pytest.mark.parametrize("truth", [1.0, 1.6, 2.0])
def test_exponent_is_found_from_pooled_plates(truth):
    u, y = simulated(60, 21, exponent=truth)
    exponent, constant = estimate(u, y, "estimated")
    assert np.ptp(exponent) == 0
    assert exponent[0] == pytest.approx(truth, abs=0.12)
    assert (constant == 0).all()


def test_two_components_are_found_from_pooled_plates():
    rng = np.random.default_rng(31)
    u, _ = simulated(60, 21)
    exact = models.logistic(np.tile([[20, 20000, 0.1, 6.0, 0]], (60, 1)), np.ones(60), u)[0]
    y = exact + np.sqrt(10.0**2 + (0.05 * exact) ** 2) * rng.normal(size=exact.shape)
    exponent, constant = estimate(u, y, "two_component")
    assert (exponent == 2).all()
    assert np.sqrt(constant[0]) == pytest.approx(10 / 0.05, rel=0.25)


def test_pooled_exponent_on_the_curve_of_ncal(shared):
    # at nCal's own curve the pseudo-likelihood has its maximum at nCal's exponent
    data = reference(shared, "nCal_dat_QIL3_LMX001.tsv")
    table = reference(shared, "R_packages_reference.tsv")
    table = table[(table["dataset"] == "nCal dat.QIL3 LMX001") & (table["model"].str.startswith("fi, 5PL"))]
    value = table.set_index("quantity")["value"].astype(float)
    curve = made(value["c"], value["d"], -value["b"], value["e"], value["f"], side="lower")
    signal = curve.predict(np.log(data["expected_conc"].to_numpy(float))[None, :])[0]
    residual = data["fi"].to_numpy(float)[None, :] - signal
    exponent = variance.pooled("exponent", residual, signal, np.ones_like(signal, bool))
    gamma = value[[name for name in value.index if name.startswith("var.power")]].iloc[0]
    assert exponent == pytest.approx(gamma, abs=0.01)
