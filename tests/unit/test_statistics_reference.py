"""Every reference value of other software: reference, ours, difference.

Each JSON file of the shared reference values has a function here that yields (path of the value, ours, tolerance). A
value that no function yields must stand in NOT_OFFERED with the reason; a new value in a file therefore fails the test.
"""

import csv
import fnmatch
import json

import numpy as np
import pytest
from immunoassay.statistics import (
    bivariate,
    censored,
    censored_mixed,
    correlation,
    intervals,
    multiplicity,
    multivariate,
    paired,
    repeated_measures,
    signed_rank,
    trajectories,
)
from scipy.special import chdtrc, ndtri, stdtr, stdtrit

pytestmark = pytest.mark.filterwarnings("error")
INF = np.inf
INPUTS = {
    "univariate_censored": ["*/x", "*/cens", "*/n", "*/n_cens", "*/km/curve/value"],
    "censored_kendall_ats": ["*/x", "*/xcens", "*/y", "*/ycens", "*/log_y"],
    "paired_censored": ["*/x", "*/xcens", "*/y", "*/ycens"],
    "paired_exact": ["*/d"],
    "bivariate_censored_paired": ["*/log_x", "*/log_y", "*/cens_x", "*/cens_y"],
    "bivariate_censored_correlation": ["*/lower_x", "*/upper_x", "*/lower_y", "*/upper_y", "*/ci/2"],
    "censored_mixed": ["*/n", "*/n_cens", "*/lmec_raw_scale_cens_rows", "*/model"],
    "rmcorr": ["*/cols/*"],
    "mmrm": ["formula", "n_rows", "*/terms/*", "*/emmeans/ARMCD/*", "*/emmeans/AVISIT/*", "*/contrasts/AVISIT/*"]
    + ["*/contrasts/contrast/*", "*/error"],
    "lmer": ["*/grp/*"],
    "multiplicity": ["*/p"],
    "correlation_exact": ["*/x", "*/y"],
    "proportions": ["*/x", "*/n", "*/b", "*/c"],
    "survreg_turnbull": ["*/lower", "*/upper", "*/group"],
    "pca": [],
    "enumerated_permutation": ["*/x", "*/y", "*/x_cens", "*/y_cens", "*/lloq_x", "*/lloq_y", "*/value", "*/cens"]
    + ["*/score", "*/recensor_at", "*/d"],
}
SUBSTITUTED = "no approximation where the exact distribution is at hand"
REGRESSION = "no regression on covariates is offered"
KR = "depends on the parameterisation of the covariance; the linear form is offered"
NOT_OFFERED = {
    "univariate_censored": {
        "*/ros/coef/*": "a step of ROS; its modelled values are compared",
        "*/ros/pp/*": "a step of ROS; its modelled values are compared",
        "*/ros/obs_sorted/*": "the data",
        "*/ros/cens_sorted/*": "the data",
        "MDCu/ros/*": "refused: an LLOQ lies above every quantified value, which ROS leaves out without a word",
        "*/km/mean": "the Kaplan-Meier mean is biased when the smallest value is censored",
        "*/km/se_mean": "the Kaplan-Meier mean is biased when the smallest value is censored",
        "*/km/sd": "the Kaplan-Meier mean is biased when the smallest value is censored",
        "*/km/lcl": "the Kaplan-Meier mean is biased when the smallest value is censored",
        "*/km/ucl": "the Kaplan-Meier mean is biased when the smallest value is censored",
        "*/envstats_km_mean/*": "the Kaplan-Meier mean is biased when the smallest value is censored",
        "*/km/curve/lcl/*": "no interval of the distribution function is printed",
        "*/km/curve/ucl/*": "no interval of the distribution function is printed",
        "*/mle_lognormal/se": "Wald intervals; ours are of the profile likelihood",
        "*/mle_lognormal/lcl": "Wald intervals; ours are of the profile likelihood",
        "*/mle_lognormal/ucl": "Wald intervals; ours are of the profile likelihood",
        "*/envstats_ros/*": "another variant of ROS",
        "*/envstats_bcmle_if_single/*": "bias-corrected estimate, not offered",
    },
    "censored_kendall_ats": {
        "*/p": SUBSTITUTED,
        "*/pval": SUBSTITUTED,
        "*/slope": "the Akritas-Theil-Sen line is not in the decision tables",
        "*/intercept": "the Akritas-Theil-Sen line is not in the decision tables",
        "*/ci_slope/*": "the Akritas-Theil-Sen line is not in the decision tables",
    },
    "paired_censored": {
        "*/ppw/*": "optional in the decision table: same level and power as the signed rank of re-censored pairs",
        "*/cen_signedrank_pratt_asymptotic/*": SUBSTITUTED,
        "*/cen_sign/p_fong": "Fong's correction is not in the decision tables",
        "*/cen_paired_t/*": "assumes normal concentrations with a limit at zero; ours is of the logarithms",
    },
    "paired_exact": {
        "*/coin_*_asymptotic/*": SUBSTITUTED,
        "*/coin_*/Z": "the asymptotic statistic of the exact test",
        "n5*/*/[lu]cl": "five differences do not reach 95 %; ours states no limits",
        "*zero*/exactRankTests*/[hlu]*": "limits from a distribution without zeros; ours counts them (Noether 1967)",
        "*ties*/exactRankTests*/[hlu]*": "limits from the distribution given the ties; ours holds for any (Noether 1967)",
        "sleep/exactRankTests*/[hlu]*": "limits from a distribution without zeros; ours counts them (Noether 1967)",
        "n20*/exactRankTests*/[hlu]*": "limits from a distribution without zeros; ours counts them (Noether 1967)",
    },
    "bivariate_censored_correlation": {"*/loglik": "another constant (README)"},
    "censored_mixed": {"*/loglik": "Monte Carlo, another constant (README)", "*/varFix_diag/*": "no error is printed"},
    "rmcorr": {"*/slope": "only the correlation is printed"},
    "mmrm": {
        "*|Kenward-Roger/se/*": KR,
        "*|Kenward-Roger/t/*": KR,
        "*|Kenward-Roger/p/*": KR,
        "*|Kenward-Roger/emmeans/*": KR,
        "*|Kenward-Roger/contrasts/*": KR,
        "us|ML/*": "REML only",
    },
    "lmer": {"*/?*_kr/*": "expected information; ours is the observed one, as in lmerTest and mmrm"},
    "multiplicity": {
        "*/hochberg/*": "Holm, Benjamini-Hochberg and Benjamini-Yekutieli are offered",
        "*/hommel/*": "Holm, Benjamini-Hochberg and Benjamini-Yekutieli are offered",
        "*/bonferroni/*": "Holm, Benjamini-Hochberg and Benjamini-Yekutieli are offered",
        "*/storey*": "only with 100 tests or more (section 4.5)",
    },
    "correlation_exact": {
        "*/*asymptotic/*": SUBSTITUTED,
        "*/pearson/*": "rank correlation only",
        "*/spearman/p_R*": "an approximation except for n7, whose exact value is spearman_pspearman_exact",
        "n7_ties/spearman_pspearman_exact/p": "ignores the ties",
        "n7_ties/kendall/p": SUBSTITUTED,
        "n9*/*/p": "all orders up to n = 8 only; above, 10,000 are drawn",
        "uncensored10/*/p": "all orders up to n = 8 only; above, 10,000 are drawn",
    },
    "survreg_turnbull": {
        "two_sided_two_group/*": REGRESSION,
        "tobin/*": REGRESSION,
        "turnbull_survfit/*": "quantiles are stated where both bounds agree; no Turnbull estimate is printed",
    },
}


@pytest.fixture
def folder(shared):
    return shared / "reference_values/stats"


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_reference_values(folder, name, capsys):
    reference = json.loads((folder / f"{name}.json").read_text())
    leaves = dict(_leaves(reference))
    inputs = [path for path in leaves if _matches(path, INPUTS[name])]
    skipped = [path for path in leaves if path not in inputs and _matches(path, NOT_OFFERED.get(name, {}))]
    rows = []
    for path, ours, tolerance in COMPARE[name](reference, folder):
        for part, value in _leaves(ours, path):
            rows.append((part, leaves[part], value, tolerance))
    compared = {row[0] for row in rows}
    assert not (set(leaves) - compared - set(inputs) - set(skipped)), "values without a comparison"
    wrong = [row for row in rows if not _agrees(*row[1:])]
    assert not wrong, "\n".join(f"{path}: reference {ref}, ours {ours}" for path, ref, ours, _ in wrong[:20])
    size = [_difference(ref, ours) for _, ref, ours, _ in rows if isinstance(ref, float | int)]
    with capsys.disabled():
        print(
            f"\n{name}: {len(compared)} compared, {len(skipped)} not offered, largest difference {max(size):.1e}",
            end="",
        )


def _leaves(value, path=""):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield path, value
        return
    for key, part in items:
        yield from _leaves(part, f"{path}/{key}" if path else str(key))


def _matches(path, patterns):
    return any(fnmatch.fnmatch(path, pattern) or fnmatch.fnmatch(path, f"{pattern}/*") for pattern in patterns)


def _agrees(reference, ours, tolerance):
    if reference is None or isinstance(reference, str):
        return reference == ours
    if isinstance(ours, str) or ours is None:
        return False
    kind, size = tolerance
    scale = 1.0 if kind == "abs" else max(abs(reference), 1e-300)
    return abs(ours - reference) <= size * scale


def _difference(reference, ours):
    return abs(ours - reference) / max(1.0, abs(reference))


EXACT = ("abs", 1e-12)


def below(values, flags):
    values = np.array(values, float)
    return np.where(flags, -INF, values), values


def number(quantile):
    return quantile.value if quantile.status == "value" else None


def _univariate(reference, folder):
    probabilities = {key: float(key) for key in ("0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95")}
    for name, case in reference.items():
        lower, upper = below(case["x"], case["cens"])
        modelled, _ = censored.ros(case["x"], case["cens"])
        if modelled is not None:
            wanted = case["ros"]
            found = {"mean": modelled.mean(), "sd": modelled.std(ddof=1), "median": float(np.median(modelled))}
            found["quantile"] = {key: float(np.quantile(modelled, p)) for key, p in probabilities.items()}
            # Ours are in order; the reference keeps the order of the plotting positions.
            order = np.argsort(np.argsort(wanted["modeled"], kind="stable"))
            found["modeled"] = modelled[order].tolist()
            yield f"{name}/ros", found, ("rel", 1e-10)
        yield from _kaplan_meier(name, case, lower, upper, probabilities)
        fit = censored.fit_normal(
            np.log(np.where(np.isinf(lower), 1.0, lower)) + np.where(np.isinf(lower), -INF, 0), np.log(upper)
        )
        wanted = case["mle_lognormal"]
        found = {"mu_log": fit.mu, "sigma_log": fit.sigma, "se_mu_log": float(np.sqrt(fit.covariance[0, 0]))}
        found["var_mu_logsigma"] = fit.covariance.ravel().tolist()
        found["loglik_data_scale"] = fit.log_likelihood - np.log(upper[np.isfinite(lower)]).sum()
        yield f"{name}/mle_lognormal", found, ("abs", 1e-5)
        mean, square = np.exp(fit.mu + fit.sigma**2 / 2), np.expm1(fit.sigma**2)
        found = {"mean": mean, "median": float(np.exp(fit.mu)), "sd": mean * np.sqrt(square)}
        found["quantile"] = {key: float(np.exp(fit.mu + fit.sigma * ndtri(p))) for key, p in probabilities.items()}
        yield f"{name}/mle_lognormal", found, ("rel", 1e-5)
        # A concentration is not negative: below the limit it lies between zero and the limit.
        fit = censored.fit_normal(np.maximum(lower, 0), upper)
        error = float(np.sqrt(fit.covariance[0, 0]))
        found = {"mean": fit.mu, "sd": fit.sigma, "se": error, "loglik": fit.log_likelihood}
        found |= {"lcl": fit.mu - ndtri(0.975) * error, "ucl": fit.mu + ndtri(0.975) * error}
        yield f"{name}/mle_gaussian", found, ("rel", 1e-5)
        if "envstats_mle_log" in case:
            logs = np.where(np.isinf(lower), -INF, np.log(upper)), np.log(upper)
            fit = censored.fit_normal(*logs)
            limits = censored.normal_interval(*logs, fit, calibration="chi2")
            found = {"meanlog": fit.mu, "sdlog": fit.sigma, "ci_meanlog_profile": list(limits[1:])}
            yield f"{name}/envstats_mle_log", found, ("abs", 1e-5)


def _kaplan_meier(name, case, lower, upper, probabilities):
    found = censored.quantiles(lower, upper, list(probabilities.values()))
    wanted = case["km"]["quantile"]
    # The reference states no quantile beyond the largest value of its curve; ours is then the largest value.
    known = {
        key: number(q) if wanted[key] is not None or p <= 0.5 else None
        for (key, p), q in zip(probabilities.items(), found, strict=True)
    }
    yield f"{name}/km", {"quantile": known, "median": number(found[3])}, ("rel", 1e-10)
    values, cumulative, mass = censored.reverse_kaplan_meier(lower, upper)
    # The reference is P(X < value); flipping its data moved some values by rounding.
    steps = np.concatenate([[mass], cumulative])
    places = np.searchsorted(values, np.array(case["km"]["curve"]["value"]) * (1 - 1e-9))
    yield f"{name}/km/curve", {"cdf": steps[places].tolist()}, ("abs", 1e-12)


def _kendall(reference, folder):
    for name, case in reference.items():
        s, tau_a, tau = correlation.tau_b(*below(case["x"], case["xcens"]), *below(case["y"], case["ycens"]))
        yield f"{name}/nada2_ATS", {"S": s, "tau": tau_a}, ("abs", 1e-9)
        yield f"{name}/nada_cenken", {"tau": tau_a}, ("abs", 1e-9)
        if "cor_test_kendall_exact" in case:
            yield f"{name}/cor_test_kendall_exact", {"tau": tau}, ("abs", 1e-9)
            yield f"{name}/kendallTrendTest", {"tau": tau}, ("abs", 1e-9)


def _paired_censored(reference, folder):
    for name, case in reference.items():
        x, y = below(case["x"], case["xcens"]), below(case["y"], case["ycens"])
        # The sign of a pair is known when the intervals do not overlap.
        down, up = int((x[0] >= y[1]).sum()), int((y[0] >= x[1]).sum())
        same = int(((x[0] >= y[1]) & (y[0] >= x[1])).sum())
        down, up = down - same, up - same
        ties = len(case["x"]) - down - up
        found = {"nplus": down, "nminus": up, "ties": ties, "p": paired.mcnemar(down, up)}
        yield f"{name}/cen_sign", found, ("rel", 5e-4)


def _paired_exact(reference, folder):
    for name, case in reference.items():
        d = np.array(case["d"], float)
        n = len(d)
        drop, pratt = (signed_rank.exact_signed_rank(d, zeros) for zeros in ("drop", "pratt"))
        yield f"{name}/coin_Wilcoxon_exact", {"p": drop.p}, EXACT
        yield f"{name}/coin_Pratt_exact", {"p": pratt.p}, EXACT
        positive = (drop.statistic + drop.informative * (drop.informative + 1) / 2) / 2
        estimate = signed_rank.hodges_lehmann(d)
        whole = "wilcox_exact" in case
        for key in ("wilcox_exact", "exactRankTests_dropzeros"):
            if key in case:
                found = {"V": positive, "p": drop.p}
                if whole:
                    found["hl"] = estimate.estimate
                if whole and n > 5:
                    found |= {"lcl": estimate.low, "ucl": estimate.high}
                if key == "wilcox_exact":
                    # P(W <= k) of the untied distribution, twice, at the order statistic the limits take.
                    found["achieved"] = 0.95
                yield f"{name}/{key}", found, ("abs", 1e-9)
        if "perm_mean_exact_enumerated" in case:
            p = multiplicity.max_t_sign_flip(d[:, None])[0]
            yield f"{name}/perm_mean_exact_enumerated", {"p": float(p)}, EXACT
        plus, minus = int((d > 0).sum()), int((d < 0).sum())
        yield f"{name}/sign", {"nplus": plus, "nminus": minus, "p": paired.mcnemar(plus, minus)}, EXACT
        mean, low, high = intervals.t_interval(d)
        t = mean / ((high - low) / 2 / stdtrit(n - 1, 0.975))
        found = {"mean": mean, "t": t, "df": n - 1, "p": 2 * stdtr(n - 1, -abs(t)), "lcl": low, "ucl": high}
        yield f"{name}/t", found, ("abs", 1e-10)


def _bivariate_paired(reference, folder):
    for name, case in reference.items():
        bounds = *below(case["log_x"], case["cens_x"]), *below(case["log_y"], case["cens_y"])
        fit = bivariate.fit_bivariate(*bounds)
        found = {"mu": list(fit.mu), "sigma": list(fit.sigma), "rho": fit.rho, "delta": fit.delta}
        found["loglik"] = fit.log_likelihood
        for calibration in ("chi2", "t"):
            limits = bivariate.delta_interval(*bounds, fit, calibration=calibration)
            found[f"ci_profile_{calibration}"] = list(limits[1:])
        ratio = bivariate.likelihood_ratio(*bounds, fit)
        found |= {"lrt_delta0": ratio, "p_lrt_chi2": chdtrc(1, ratio)}
        yield name, found, ("abs", 1e-4)
        limits = bivariate.rho_interval(*bounds, fit, calibration="chi2")
        p = chdtrc(1, bivariate.likelihood_ratio(*bounds, fit, bivariate.RHO))
        yield f"{name}/clikcorr", {"r": fit.rho, "ci": list(limits[1:]), "p": p}, ("abs", 1e-3)
        x = np.broadcast_to(np.array([[1.0, 0.0], [1.0, 1.0]]), (len(bounds[0]), 2, 2))
        fit = censored_mixed.fit_random_intercept(
            np.stack([bounds[0], bounds[2]], axis=1), np.stack([bounds[1], bounds[3]], axis=1), x
        )
        found = {"beta": fit.coefficients.tolist(), "sigma": fit.within, "Psi": fit.between**2}
        yield f"{name}/lmec_equal_variance_random_intercept", found, ("abs", 1e-3)


def _bivariate_correlation(reference, folder):
    for name, case in reference.items():
        parts = {
            key: np.array([np.nan if one is None else one for one in case[key]], float)
            for key in ("lower_x", "upper_x", "lower_y", "upper_y")
        }
        known = ~(np.isnan(parts["lower_x"]) & np.isnan(parts["upper_x"]))
        known &= ~(np.isnan(parts["lower_y"]) & np.isnan(parts["upper_y"]))
        bounds = [
            np.where(np.isnan(part), -INF if key.startswith("lower") else INF, part)[known]
            for key, part in parts.items()
        ]
        fit = bivariate.fit_bivariate(*bounds)
        limits = bivariate.rho_interval(*bounds, fit, calibration="chi2")
        p = chdtrc(1, bivariate.likelihood_ratio(*bounds, fit, bivariate.RHO))
        cross = fit.rho * fit.sigma[0] * fit.sigma[1]
        yield name, {"r": fit.rho, "ci": list(limits[1:]), "p_lrt": p}, ("abs", 2e-3)
        # The reference stops a little below the maximum, which shows in what it does not aim at.
        found = {"mean": list(fit.mu), "cov": [fit.sigma[0] ** 2, cross, cross, fit.sigma[1] ** 2]}
        yield name, found, ("abs", 1e-2)


def rows_of(folder, name):
    with (folder / f"data/{name}.tsv").open() as file:
        return list(csv.DictReader(file, delimiter="\t"))


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


def _censored_mixed(reference, folder):
    visits = ["0", "1", "3", "6", "9", "12", "18", "24"]
    rows = [row for row in rows_of(folder, "lmec_UTIdata") if row["Fup"] in visits and row["RNA"] not in ("", "NA")]
    value, _ = placed(rows, "Patid", "Fup", [], "RNA", visits)
    flag, _ = placed(rows, "Patid", "Fup", [], "RNAcens", visits)
    upper = np.log10(value)
    fit = censored_mixed.fit_random_intercept(
        np.where(flag == 1, -INF, upper), upper, np.broadcast_to(np.eye(8), (len(value), 8, 8))
    )
    found = {"beta": fit.coefficients.tolist(), "sigma": fit.within, "Psi": fit.between**2}
    yield "lmec_UTI", found, ("abs", 5e-4)


def _rmcorr(reference, folder):
    for name, case in reference.items():
        people = {}
        for row in rows_of(folder, f"rmcorr_{name}"):
            people.setdefault(row["participant"], []).append((float(row["x"]), float(row["y"])))
        arrays = np.full((2, len(people), max(map(len, people.values()))), np.nan)
        for index, values in enumerate(people.values()):
            arrays[:, index, : len(values)] = np.array(values).T
        found = trajectories.repeated_correlation(*arrays, visit_effects=False)
        limits = trajectories.textbook_interval(found)
        ours = {"r": found.r, "df": found.degrees_of_freedom, "p": trajectories.textbook_p(found)}
        yield name, ours | {"lcl": limits.low, "ucl": limits.high}, ("abs", 1e-9)
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
    some["us"] = repeated_measures._unstructured, np.zeros(visits * (visits + 1) // 2)
    some["toeph"] = repeated_measures._toeplitz, np.zeros(2 * visits - 1)
    return some


def fitted(y, x, shape, start):
    keep = ~np.isnan(y).all(axis=1)
    y, x = y[keep], x[keep]
    return repeated_measures._fit(y, x, ~np.isnan(y), shape, start)


def _mmrm(reference, folder):
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
    data = {"": placed(rows_of(folder, "mmrm_fev_data"), "USUBJID", "AVISIT", columns, "FEV1")}
    for name in ("single_arm40", "single_arm7"):
        rows = rows_of(folder, f"mmrm_fev_{name}")
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


def _lmer(reference, folder):
    rows = rows_of(folder, "lme4_sleepstudy")
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
    for row in rows_of(folder, "rmcorr_bland1995"):
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


def _multiplicity(reference, folder):
    for name, case in reference.items():
        p = np.array([np.nan if one is None else one for one in case["p"]])
        for method, key in (("bh", "BH"), ("by", "BY"), ("holm", "holm")):
            found = multiplicity.adjust(p, method)
            yield name, {key: [None if np.isnan(one) else float(one) for one in found]}, EXACT


def _correlation_exact(reference, folder):
    for name, case in reference.items():
        x, y = np.array(case["x"], float), np.array(case["y"], float)
        ranks = [correlation.interval_ranks(part, part) for part in (x, y)]
        rho = correlation.spearman(*ranks)
        yield f"{name}/spearman", {"rho": rho}, EXACT
        yield f"{name}/spearman_pspearman_exact", {"rho": rho}, EXACT
        yield f"{name}/kendall", {"tau": correlation.tau_b(x, x, y, y)[2]}, EXACT
        if name == "n7":
            orders = correlation.participant_permutations(7, 1, 1)
            tau = correlation.permuted_tau(x[None], x[None], y[None], y[None], orders)
            yield f"{name}/kendall", {"p": correlation.permutation_p(tau)[0].item()}, EXACT
            rhos = np.array([correlation.spearman(ranks[0], ranks[1][order]) for order in orders])
            yield f"{name}/spearman_pspearman_exact", {"p": float(correlation.permutation_p(rhos)[0])}, EXACT


def _proportions(reference, folder):
    for name, case in reference.items():
        if "b" in case:
            yield name, {"p": paired.mcnemar(case["b"], case["c"])}, ("abs", 1e-10)
            continue
        ours = {"clopper_pearson": list(intervals.clopper_pearson(case["x"], case["n"])[1:])}
        ours["wilson"] = list(intervals.wilson(case["x"], case["n"])[1:])
        if "p_half" in case:
            ours["p_half"] = paired.mcnemar(case["x"], case["n"] - case["x"])
        yield name, ours, ("abs", 1e-10)


def _survreg(reference, folder):
    case = reference["two_sided_lognormal"]
    lower = [-INF if one is None else float(np.log(one)) for one in case["lower"]]
    upper = [INF if one is None else float(np.log(one)) for one in case["upper"]]
    fit = censored.fit_normal(lower, upper)
    ours = {"mu": fit.mu, "sigma": fit.sigma, "loglik_log_scale": fit.log_likelihood}
    yield "two_sided_lognormal", ours | {"var": fit.covariance.ravel().tolist()}, ("abs", 1e-6)


def _pca(reference, folder):
    names = ("Murder", "Assault", "UrbanPop", "Rape")
    matrix = [[float(row[name]) for name in names] for row in rows_of(folder, "datasets_USArrests")]
    found = multivariate.principal_components(matrix)
    wanted = np.array(
        [[row[f"PC{k}"] for k in range(1, 5)] for row in reference["prcomp_USArrests_scaled"]["rotation"]]
    )
    signs = np.sign((found.loadings * wanted).sum(axis=0))
    rotation = [{f"PC{k + 1}": float(value) for k, value in enumerate(row)} for row in found.loadings * signs]
    ours = {"sdev": found.scores.std(axis=0, ddof=1).tolist(), "rotation": rotation}
    yield "prcomp_USArrests_scaled", ours, ("abs", 1e-8)


def _enumerated(reference, folder):
    name = "spearman_recensored_and_kendall_multi_lloq_n7"
    case = reference[name]
    x, score = below(case["value"], case["cens"]), np.array(case["score"], float)
    orders = correlation.participant_permutations(7, 1, 1)
    s, tau_a, tau_b = correlation.tau_b(*x, score, score)
    ranks = correlation.interval_ranks(*x), correlation.interval_ranks(score, score)
    tau = correlation.permuted_tau(*(part[None] for part in (*x, score, score)), orders)
    rhos = np.array([correlation.spearman(ranks[0], ranks[1][order]) for order in orders])
    ours = {"S": s, "tau_a": tau_a, "tau_b": tau_b, "spearman_rho": correlation.spearman(*ranks)}
    ours |= {"kendall_p_exact": correlation.permutation_p(tau)[0].item()}
    yield name, ours | {"spearman_p_exact": float(correlation.permutation_p(rhos)[0])}, EXACT
    name = "trajectory_permutation_5x4"
    x, y = np.array(reference[name]["x"]), np.array(reference[name]["y"], float)
    plain, adjusted = (trajectories.repeated_correlation(x, y, effects) for effects in (False, True))
    found = trajectories.permuted_trajectories(x[None], y[None], correlation.participant_permutations(5, 1, 1))
    ours = {"rmcorr": plain.r, "rmcorr_df": plain.degrees_of_freedom, "rmcorr_visit_adjusted": adjusted.r}
    ours |= {"visit_adjusted_df": adjusted.degrees_of_freedom}
    yield name, ours | {"p_permutation_exact": correlation.permutation_p(found)[0].item()}, EXACT
    name = "signed_rank_recensored_n7"
    case = reference[name]
    x, y = (np.array(case[key], float) for key in ("x", "y"))
    none = np.full(7, np.nan)
    pairs = paired.log_pairs(
        np.where(case["x_cens"], 0, x), x, np.where(case["y_cens"], 0, y), y, case["lloq_x"], none, case["lloq_y"], none
    )
    d = signed_rank.recensored_differences(paired.windows(pairs))
    found = signed_rank.exact_signed_rank(d)
    ours = {"d_recensored": d.tolist(), "informative_pairs": found.informative, "T_signed": found.statistic}
    yield name, ours | {"p_exact": found.p, "smallest_attainable_p": found.floor}, EXACT
    name = "maxT_signflip_6x3"
    d = np.array(reference[name]["d"])
    t = np.abs(multiplicity.flipped_t(d, multiplicity.sign_flips(6, 1, 1)))
    ours = {"t_abs": t[0].tolist(), "p_raw_exact": (t >= t[0] - 1e-9).mean(axis=0).tolist()}
    yield name, ours | {"p_maxT_singlestep": multiplicity.max_t_sign_flip(d).tolist()}, ("abs", 1e-10)


COMPARE = {
    "univariate_censored": _univariate,
    "censored_kendall_ats": _kendall,
    "paired_censored": _paired_censored,
    "paired_exact": _paired_exact,
    "bivariate_censored_paired": _bivariate_paired,
    "bivariate_censored_correlation": _bivariate_correlation,
    "censored_mixed": _censored_mixed,
    "rmcorr": _rmcorr,
    "mmrm": _mmrm,
    "lmer": _lmer,
    "multiplicity": _multiplicity,
    "correlation_exact": _correlation_exact,
    "proportions": _proportions,
    "survreg_turnbull": _survreg,
    "pca": _pca,
    "enumerated_permutation": _enumerated,
}
