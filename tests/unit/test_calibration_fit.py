"""The batched fitter against certified and published answers, and its own invariances."""

import warnings

import numpy as np
import pandas as pd
import pytest

from immunoassay.calibration import candidates, fit, models, solver, variance
from immunoassay.calibration.models import LINEAR, LOG_LOG, LOGISTIC

NAN = (np.nan, np.nan)


def fit_one(x, y, kind=LOGISTIC, side="upper", asymmetric=False, fixed=NAN, exponent=0.0, constant=0.0, prior=None):
    """One curve through the batched fitter."""
    with np.errstate(divide="ignore"):
        u = np.log(np.asarray(x, float))
    points = fit.Points(fit.pad([list(u)], 0.0), fit.pad([list(y)], 0.0), fit.pad([[True] * len(u)], False))
    request = fit.Request(
        np.array([kind]),
        np.array([models.SIDES[side]]),
        np.array([asymmetric]),
        np.array([fixed], float),
        np.array([exponent]),
        np.array([constant]),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return fit.fit(points, request, prior)


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


def _mgh09(b, x):
    b1, b2, b3, b4 = (b[:, i : i + 1] for i in range(4))
    top, bottom = x**2 + x * b2, x**2 + x * b3 + b4
    ratio = top / bottom
    return b1 * ratio, np.stack([ratio, b1 * x / bottom, -b1 * ratio * x / bottom, -b1 * ratio / bottom], axis=-1)


def _eckerle4(b, x):
    b1, b2, b3 = (b[:, i : i + 1] for i in range(3))
    z = (x - b3) / b2
    f = b1 / b2 * np.exp(-0.5 * z**2)
    return f, np.stack([f / b1, f * (z**2 - 1) / b2, f * z / b2], axis=-1)


def _box_bod(b, x):
    b1, b2 = b[:, :1], b[:, 1:2]
    decay = np.exp(-np.clip(b2 * x, -50, 50))
    return b1 * (1 - decay), np.stack([1 - decay, b1 * x * decay], axis=-1)


@pytest.mark.parametrize(
    ("problem", "function"),
    [
        ("MGH09", _mgh09),
        ("Eckerle4", _eckerle4),
        ("Thurber", _rational(4, 3)),
        ("Kirby2", _rational(3, 2)),
        ("Hahn1", _rational(4, 3)),
        ("BoxBOD", _box_bod),
    ],
)
def test_levenberg_marquardt_on_nist_problems_from_the_second_start(shared, problem, function):
    rows, x, y = certified(shared, problem)
    b = rows[rows.index.str.fullmatch(r"b\d")]
    start = b[["start2"]].to_numpy(float).T
    weight = 1 / np.abs(y).max()

    def residuals(theta, some):
        value, jacobian = function(theta, x[None, :])
        return weight * (value - y), weight * jacobian

    wide = np.full_like(start, np.inf)
    found, cost, _, converged = solver.levenberg_marquardt(
        residuals, start, -wide, wide, np.ones_like(start, bool), np.zeros_like(start), np.zeros(1), 2000
    )
    assert converged[0]
    assert cost[0] / weight**2 == pytest.approx(float(rows.at["RSS", "certified"]), rel=1e-9)
    assert found[0] == pytest.approx(b["certified"].to_numpy(float), rel=1e-6)


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


def ask(count, asymmetric=False, exponent=2.0):
    return fit.Request(
        np.full(count, LOGISTIC),
        np.ones(count),
        np.full(count, asymmetric),
        np.full((count, 2), np.nan),
        np.full(count, exponent),
        np.zeros(count),
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
    free, weak = fit.fit(points, ask(100, True), None), fit.fit(points, ask(100, True))
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


def choose(u, y, model, orientation="best"):
    count = len(u)
    return candidates.fit_models(
        fit.Points(u, y, np.ones_like(y, bool)),
        np.full(count, model, object),
        np.full(count, orientation, object),
        np.full((count, 2), np.nan),
        np.full(count, 2.0),
        np.zeros(count),
        0.35,
    )


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
        variance.exponent_of("1/x", np.nan)
    with pytest.raises(ValueError, match="variance_exponent"):
        variance.exponent_of("power", np.nan)


def estimate(u, y, name):
    count = len(u)
    points = fit.Points(u, y, np.ones_like(y, bool))

    def fit_rows(rows, exponent, constant):
        request = ask(count).take(rows)
        request = fit.Request(request.kind, request.side, request.asymmetric, request.fixed, exponent, constant)
        return fit.fit(points.take(rows), request)

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
    exponent = variance.pooled("estimated", residual, signal, np.ones_like(signal, bool))
    gamma = value[[name for name in value.index if name.startswith("var.power")]].iloc[0]
    assert exponent == pytest.approx(gamma, abs=0.01)
