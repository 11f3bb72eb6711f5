"""Ours beside the reference values of models of several visits: (path of the value, ours, tolerance) of every file."""

import numpy as np
from immunoassay.statistics import (
    censored_mixed,
    covariance_structures,
    repeated_measures,
    trajectories,
)
from tests.reference_values import rows_of

INF = np.inf


def placed(rows, person, visit, columns, value, order=None):
    """Arrays (participants, visits) of a value and (participants, visits, columns) of numbers, from long rows."""
    people = list(dict.fromkeys(row[person] for row in rows))
    visits = order or sorted({row[visit] for row in rows})
    y = np.full((len(people), len(visits)), np.nan)
    x = np.zeros((*y.shape, len(columns)))
    for row in rows:
        cell = people.index(row[person]), visits.index(row[visit])
        y[cell] = float(row[value]) if row[value] not in ("", "NA") else np.nan
        x[cell] = [column(row) for column in columns]
    return y, x


def _censored_mixed(reference):
    visits = ["0", "1", "3", "6", "9", "12", "18", "24"]
    rows = [row for row in rows_of("lmec_UTIdata") if row["Fup"] in visits and row["RNA"] not in ("", "NA")]
    value, _ = placed(rows, "Patid", "Fup", [], "RNA", visits)
    flag, _ = placed(rows, "Patid", "Fup", [], "RNAcens", visits)
    upper = np.log10(value)
    fit = censored_mixed.fit_random_intercept(
        np.where(flag == 1, -INF, upper), upper, np.broadcast_to(np.eye(8), (len(value), 8, 8))
    )
    found = {"beta": fit.coefficients.tolist(), "sigma": float(fit.within[0]), "Psi": fit.between**2}
    yield "lmec_UTI", found, ("abs", 5e-4)


def _rmcorr(reference):
    for name, case in reference.items():
        people = {}
        for row in rows_of(f"rmcorr_{name}"):
            people.setdefault(row["participant"], []).append((float(row["x"]), float(row["y"])))
        arrays = np.full((2, len(people), max(map(len, people.values()))), np.nan)
        for index, values in enumerate(people.values()):
            arrays[:, index, : len(values)] = np.array(values).T
        found = trajectories.repeated_correlation(*arrays, visit_effects=False)
        yield name, {"r": found.r, "df": found.degrees_of_freedom}, ("abs", 1e-9)
        assert case["cols"]


def numeric(build):
    """A covariance structure of this test alone: derivatives by central differences."""

    def shape(theta, visits):
        step = 1e-5 * np.eye(theta.size)
        moves = [(build(theta + move, visits) - build(theta - move, visits)) / 2e-5 for move in step]
        return build(theta, visits), np.array(moves)

    return shape


def lags(visits):
    return np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))


def ante(z):
    """Correlations that multiply along the visits."""
    rho = np.concatenate([[1.0], z / np.sqrt(1 + z * z)])
    cumulative = np.cumprod(rho)
    i, j = np.meshgrid(np.arange(rho.size), np.arange(rho.size), indexing="ij")
    return cumulative[np.maximum(i, j)] / cumulative[np.minimum(i, j)]


def shapes(visits):
    """The nine structures of the reference: two of the library, seven to try its engine on."""

    def squash(z):
        return z / np.sqrt(1 + z * z)

    def scaled(matrix, logs):
        deviation = np.exp(logs) * np.ones(visits)
        return matrix * np.outer(deviation, deviation)

    toeplitz = lambda z: np.concatenate([[1.0], squash(z)])[lags(visits)]  # noqa: E731
    cs = lambda z: np.where(lags(visits) == 0, 1.0, squash(z))  # noqa: E731
    ar1 = lambda z: squash(z) ** lags(visits)  # noqa: E731
    some = {}
    for name, correlation_of, count in (
        ("cs", lambda z: cs(z[0]), 1),
        ("ar1", lambda z: ar1(z[0]), 1),
        ("toep", toeplitz, visits - 1),
        ("ad", ante, visits - 1),
    ):
        for suffix, size in (("", 1), ("h", visits)):
            build = lambda theta, _, k=size, c=correlation_of: scaled(c(theta[k:]), theta[:k])  # noqa: E731
            some[name + suffix] = numeric(build), np.concatenate([np.zeros(size), np.full(count, 0.3)])
    some["us"] = covariance_structures.unstructured, np.zeros(visits * (visits + 1) // 2)
    some["toeph"] = covariance_structures.toeplitz, np.zeros(2 * visits - 1)
    return some


def fitted(y, x, shape, start):
    keep = ~np.isnan(y).all(axis=1)
    y, x = y[keep], x[keep]
    of_one = repeated_measures._of_groups(shape, 1, y.shape[1])
    return repeated_measures._fit(y, x, ~np.isnan(y), np.zeros(len(y), int), of_one, start)


def _mmrm(reference):
    visit = [lambda row, k=k: float(row["AVISIT"] == f"VIS{k}") for k in (1, 2, 3, 4)]
    treated = lambda row: float(row["ARMCD"] == "TRT")  # noqa: E731
    columns = [
        lambda row: 1.0,
        lambda row: float(row["RACE"] == "Black or African American"),
        lambda row: float(row["RACE"] == "White"),
        lambda row: float(row["SEX"] == "Female"),
        treated,
        *visit[1:],
        *[lambda row, v=v: v(row) * treated(row) for v in visit[1:]],
    ]
    data = {"": placed(rows_of("mmrm_fev_data"), "USUBJID", "AVISIT", columns, "FEV1")}
    for name in ("single_arm40", "single_arm7"):
        rows = rows_of(f"mmrm_fev_{name}")
        mean = np.mean([float(row["FEV1_BL"]) for row in rows])
        more = [lambda row, mean=mean: float(row["FEV1_BL"]) - mean] if name == "single_arm40" else []
        data[name] = placed(rows, "USUBJID", "AVISIT", [*visit, *more], "CFB")
    fits = {}
    for key, case in reference.items():
        if "|" not in key or key == "us|ML":
            continue
        *arm, structure, method = key.split("|")
        y, x = data[arm[0] if arm else ""]
        if "error" in case:
            # The reference could not fit this; nor does ours, and says so.
            assert not repeated_measures.fit_repeated(y, x, "unstructured").converged
            continue
        if (*arm, structure) not in fits:
            fits[(*arm, structure)] = fitted(y, x, *shapes(4)[structure])
        yield from _one_mmrm(key, case, fits[(*arm, structure)], method)
    fit = fits[("us",)]
    errors = np.sqrt(np.diag(fit.covariance)).tolist()
    ours = {"estimate": fit.coefficients.tolist(), "se": errors, "reml_loglik": fit.log_likelihood}
    yield "nlme_gls_us", ours, ("abs", 5e-4)


def _one_mmrm(key, case, fit, method):
    assert fit.converged, (key, fit.reason)
    if method == "Satterthwaite":
        fit = fit._replace(adjusted=fit.covariance)
    found = [repeated_measures.combination(fit, weights) for weights in np.eye(len(fit.coefficients))]
    yield key, {"reml_loglik": fit.log_likelihood}, ("abs", 1e-5)
    # The optimum of the reference is looser in the covariance than in the coefficients.
    covariance = [{f"VIS{k + 1}": value for k, value in enumerate(row)} for row in fit.residual.tolist()]
    yield key, {"varcov": covariance}, ("abs", 0.02)
    yield key, {"estimate": fit.coefficients.tolist()}, ("abs", 5e-4)
    yield key, {"df": [one.degrees_of_freedom for one in found]}, ("rel", 1e-3)
    if "aic" in case:
        yield key, {"aic": 2 * round(case["aic"] / 2 + case["reml_loglik"]) - 2 * fit.log_likelihood}, ("abs", 1e-4)
    if method == "Kenward-Roger":
        return
    yield key, {"se": [one.error for one in found]}, ("abs", 5e-4)
    ours = {"t": [one.interval.estimate / one.error for one in found], "p": [one.p for one in found]}
    yield key, ours, ("abs", 2e-3)
    for part, weights in (("emmeans", _marginal()), ("contrasts", _contrasts())):
        if part in case:
            found = [repeated_measures.combination(fit, one) for one in weights]
            name = "emmean" if part == "emmeans" else "estimate"
            ours = {name: [one.interval.estimate for one in found], "SE": [one.error for one in found]}
            ours |= {"lower.CL": [one.interval.low for one in found], "upper.CL": [one.interval.high for one in found]}
            yield f"{key}/{part}", ours, ("abs", 5e-4)
            yield f"{key}/{part}", {"df": [one.degrees_of_freedom for one in found]}, ("rel", 1e-3)
            if part == "contrasts":
                ours = {"t": [one.interval.estimate / one.error for one in found], "p": [one.p for one in found]}
                yield f"{key}/{part}", ours, ("abs", 2e-3)


def _marginal():
    """Means of treatment and visit, averaged over the other factors with equal weights."""
    rows = []
    for visit in range(4):
        for treated in (0, 1):
            row = np.zeros(11)
            row[[0, 1, 2, 3, 4]] = 1, 1 / 3, 1 / 3, 1 / 2, treated
            if visit:
                row[4 + visit], row[7 + visit] = 1, treated
            rows.append(row)
    return rows


def _contrasts():
    means = _marginal()
    return [means[2 * visit + 1] - means[2 * visit] for visit in range(4)]


def _lmer(reference):
    rows = rows_of("lme4_sleepstudy")
    columns = [lambda row: 1.0, lambda row: float(row["Days"])]
    y, x = placed(rows, "Subject", "Days", columns, "Reaction")
    days = np.arange(y.shape[1], dtype=float)

    def intercept(theta, visits):
        return np.exp(theta[0]) + np.exp(theta[1]) * np.eye(visits)

    def slope(theta, visits):
        factor = np.array([[np.exp(theta[0]), 0.0], [theta[1], np.exp(theta[2])]])
        z = np.stack([np.ones(visits), days], axis=1) @ factor
        return z @ z.T + np.exp(theta[3]) * np.eye(visits)

    scale = repeated_measures._residual_scale(y, x, ~np.isnan(y))
    fit = fitted(y, x, numeric(intercept), np.zeros(2))
    between = fit.residual[0, 1]
    yield from _one_lmer("random_intercept", fit, [between, fit.residual[0, 0] - between])
    start = np.array([-0.5, 0.0, -2.0, -1.0])
    fit = fitted(y, x, numeric(slope), start)
    r = fit.residual
    # V(s, t) = v0 + (s + t) c + s t v1, plus the residual on the diagonal.
    cross = r[0, 1:] - r[0, 1]
    v0_c = r[0, 1]
    c = cross[1] / (days[2] - days[1])
    v0 = v0_c - c
    v1 = (r[1, 2] - v0 - 3 * c) / 2
    yield from _one_lmer("random_slope", fit, [v0, v1, c, r[0, 0] - v0])
    assert scale > 0
    people = {}
    for row in rows_of("rmcorr_bland1995"):
        people.setdefault(row["participant"], []).append((float(row["x"]), float(row["y"])))
    size = max(map(len, people.values()))
    y, x = np.full((len(people), size), np.nan), np.zeros((len(people), size, 3))
    for index, values in enumerate(people.values()):
        a, b = np.array(values).T
        y[index, : a.size] = b
        x[index, : a.size] = np.stack([np.ones(a.size), a - a.mean(), np.full(a.size, a.mean())], axis=1)
    fit = fitted(y, x, numeric(intercept), np.zeros(2))
    between = fit.residual[0, 1]
    yield from _one_lmer("bland1995_within_between", fit, [between, fit.residual[0, 0] - between])


def _one_lmer(name, fit, variances):
    assert fit.converged, (name, fit.reason)
    fit = fit._replace(adjusted=fit.covariance)
    found = [repeated_measures.combination(fit, weights) for weights in np.eye(len(fit.coefficients))]
    ours = {"reml_loglik": fit.log_likelihood, "estimate": fit.coefficients.tolist()}
    ours |= {"se_satt": [one.error for one in found]}
    yield name, ours, ("rel", 1e-5)
    more = {"df_satt": [one.degrees_of_freedom for one in found], "var": [float(one) for one in variances]}
    yield name, more, ("rel", 1e-4)
    yield name, {"p_satt": [one.p for one in found]}, ("abs", 1e-5)


COMPARE = {"censored_mixed": _censored_mixed, "rmcorr": _rmcorr, "mmrm": _mmrm, "lmer": _lmer}
