"""The batched fitter against certified and published answers, and the curves that vendors print."""

import numpy as np
import pandas as pd
import pytest
from immunoassay.calibration import models, solver, start, variance
from tests import reference_values

from .curve_fits import fit_one, made, parameters


def certified(problem):
    table, data = reference_values.curves("nist_certified"), reference_values.curves("nist_data")
    rows = table[table["problem"] == problem].set_index("parameter")
    data = data[data["problem"] == problem]
    return rows, data["x"].to_numpy(float), data["y"].to_numpy(float)


@pytest.fixture
def from_zero(monkeypatch):
    """Curves whose asymptote at zero concentration is held at zero, as the functions of NIST have it."""
    free = start.bounds

    def bounds(u, y, used, mirrored, asymmetric):
        lower, upper = free(u, y, used, mirrored, asymmetric)
        at_zero = np.where(mirrored, 1, 0), np.arange(len(mirrored))
        lower[at_zero] = upper[at_zero] = 0.0
        return lower, upper

    monkeypatch.setattr(start, "bounds", bounds)


def test_nist_rat42_is_a_4pl(from_zero):
    rows, x, y = certified("Rat42")
    # the dose of Rat42 is ln concentration; a tenth of it keeps the slope inside its bounds
    fitted = fit_one(np.exp(x / 10), y)
    _, d, b, c, _ = parameters(fitted)
    found = {"b1": d, "b2": b * np.log(c), "b3": b / 10, "RSS": fitted.objective[0]}
    for name, value in found.items():
        assert value == pytest.approx(float(rows.at[name, "certified"]), rel=2e-10)


def test_nist_rat43_is_a_5pl(from_zero):
    rows, x, y = certified("Rat43")
    fitted = fit_one(np.exp(x), y, side="lower", asymmetric=True)
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
def test_levenberg_marquardt_on_nist_problems_from_both_starts(problem, start):
    rows, x, y = certified(problem)
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
def test_log_log_sigmoids_agree_with_drlumi(analyte, model):
    data = reference_values.curves("drlumi_standards")
    data = data[data["analyte"] == analyte]
    table = reference_values.curves("r_packages")
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


def test_ryegrass_agrees_with_drc():
    data = reference_values.curves("drc_ryegrass")
    expected = reference_values.curves("r_packages")
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
def test_s_alba_agrees_with_drc(herbicide):
    # drc's curves share nothing but the residual variance
    data = reference_values.curves("drc_s_alba")
    data = data[data["Herbicide"] == herbicide]
    table = reference_values.curves("r_packages")
    table = table[table["dataset"] == "S.alba"].set_index("quantity")["value"].astype(float)
    a, d, b, c, _ = parameters(fit_one(data["Dose"], data["DryMatter"]))
    assert [a, d, b, c] == pytest.approx([table[f"{name}:{herbicide}"] for name in "dcbe"], rel=2e-5)


def test_plate_reader_5pl():
    data = reference_values.curves("plate_reader_5pl")
    a, d, b, c, g = parameters(fit_one(data["x"], data["y"], asymmetric=True))
    # the plate reader prints A .0831, B 1.16, C 2.44, D 1.87, G 1.13
    assert f"{a:.4f} {b:.2f} {c:.2f} {d:.2f} {g:.2f}" == "0.0831 1.16 2.44 1.87 1.13"


def test_skanit_4pl():
    rows = reference_values.curves("skanit_standards")
    rows = rows[rows["well"] != "Average"]
    a, d, b, c, _ = parameters(fit_one(rows["conc_ug_ml"], rows["signal"]))
    vendor = reference_values.curves("skanit_curve").iloc[0]
    # the sheet rounds the nominal concentrations (0.063, 0.031, 0.016)
    assert [c, d, b] == pytest.approx([vendor["c"], vendor["d"], vendor["b"]], rel=6e-3)
    assert a == pytest.approx(vendor["a"], abs=0.005)


def test_skanit_concentrations_from_the_printed_curve():
    vendor = reference_values.curves("skanit_curve").iloc[0]
    wells = reference_values.curves("skanit_wells")
    text = wells["Conc. [microg/ml]"].astype(str).str.strip()
    number = pd.to_numeric(text, errors="coerce")
    curve = made(vendor["a"], vendor["d"], vendor["b"], vendor["c"])
    u, _ = curve.invert(wells["Signal"].to_numpy(float)[None, :])
    has = number.notna().to_numpy()
    assert has.sum() >= 30
    assert np.exp(u[0, has]) == pytest.approx(number[has].to_numpy(), rel=1.5e-3)


def test_gen5_4pl():
    rows = reference_values.curves("gen5_rows")
    standards = rows[rows["role"] == "standard"]
    vendor = reference_values.curves("gen5_curve").iloc[0]
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


def test_bio_plex_concentrations_from_the_printed_curves():
    curves = reference_values.curves("bioplex_curves").set_index("curve_id")
    rows = reference_values.curves("bioplex_rows")
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


def test_bio_plex_fits_are_reproduced_from_its_standards():
    curves = reference_values.curves("bioplex_curves").set_index("curve_id")
    rows = reference_values.curves("bioplex_rows")
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


def test_pooled_exponent_on_the_curve_of_ncal():
    # at nCal's own curve the pseudo-likelihood has its maximum at nCal's exponent
    data = reference_values.curves("ncal_standards")
    table = reference_values.curves("r_packages")
    table = table[(table["dataset"] == "nCal dat.QIL3 LMX001") & (table["model"].str.startswith("fi, 5PL"))]
    value = table.set_index("quantity")["value"].astype(float)
    curve = made(value["c"], value["d"], -value["b"], value["e"], value["f"], side="lower")
    signal = curve.predict(np.log(data["expected_conc"].to_numpy(float))[None, :])[0]
    residual = data["fi"].to_numpy(float)[None, :] - signal
    exponent = variance.pooled("exponent", residual, signal, np.ones_like(signal, bool))
    gamma = value[[name for name in value.index if name.startswith("var.power")]].iloc[0]
    assert exponent == pytest.approx(gamma, abs=0.01)
