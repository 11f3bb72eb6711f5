"""Ours beside the reference values of one-sample, paired, rank and multivariate methods: (path, ours, tolerance)."""

import numpy as np
from immunoassay.statistics import (
    bivariate,
    censored,
    censored_mixed,
    concordance,
    correlation,
    intervals,
    multiplicity,
    multivariate,
    paired,
    signed_rank,
    trajectories,
)
from scipy.special import chdtri, ndtri, stdtr, stdtrit
from tests.reference_values import rows_of

INF = np.inf


EXACT = ("abs", 1e-12)


def below(values, flags):
    values = np.array(values, float)
    return np.where(flags, -INF, values), values


def chi_squared(n):
    """The confidence at which t with n - 1 degrees of freedom draws the 95 % limits of chi-squared, as others print them."""
    t = np.sqrt((n - 1) * np.expm1(chdtri(1, 0.05) / n))
    return float(1 - 2 * stdtr(n - 1, -t))


def number(quantile):
    return quantile.value if quantile.status == "value" else None


def _univariate(reference):
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
            limits = censored.normal_interval(*logs, fit, chi_squared(len(upper)))
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


def _kendall(reference):
    for name, case in reference.items():
        s, tau_a, tau = correlation.tau_b(*below(case["x"], case["xcens"]), *below(case["y"], case["ycens"]))
        yield f"{name}/nada2_ATS", {"S": s, "tau": tau_a}, ("abs", 1e-9)
        yield f"{name}/nada_cenken", {"tau": tau_a}, ("abs", 1e-9)
        if "cor_test_kendall_exact" in case:
            yield f"{name}/cor_test_kendall_exact", {"tau": tau}, ("abs", 1e-9)
            yield f"{name}/kendallTrendTest", {"tau": tau}, ("abs", 1e-9)


def _paired_censored(reference):
    for name, case in reference.items():
        x, y = below(case["x"], case["xcens"]), below(case["y"], case["ycens"])
        # The sign of a pair is known when the intervals do not overlap.
        down, up = int((x[0] >= y[1]).sum()), int((y[0] >= x[1]).sum())
        same = int(((x[0] >= y[1]) & (y[0] >= x[1])).sum())
        down, up = down - same, up - same
        ties = len(case["x"]) - down - up
        found = {"nplus": down, "nminus": up, "ties": ties, "p": paired.mcnemar(down, up)}
        yield f"{name}/cen_sign", found, ("rel", 5e-4)


def _paired_exact(reference):
    for name, case in reference.items():
        d = np.array(case["d"], float)
        n = len(d)
        test = signed_rank.exact_signed_rank(d)
        yield f"{name}/coin_Wilcoxon_exact", {"p": test.p}, EXACT
        positive = (test.statistic + test.informative * (test.informative + 1) / 2) / 2
        estimate = signed_rank.hodges_lehmann(d)
        whole = "wilcox_exact" in case
        for key in ("wilcox_exact", "exactRankTests_dropzeros"):
            if key in case:
                found = {"V": positive, "p": test.p}
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


def _bivariate_paired(reference):
    for name, case in reference.items():
        bounds = *below(case["log_x"], case["cens_x"]), *below(case["log_y"], case["cens_y"])
        fit = bivariate.fit_bivariate(*bounds)
        found = {"mu": list(fit.mu), "sigma": list(fit.sigma), "rho": fit.rho, "delta": fit.delta}
        found["loglik"] = fit.log_likelihood
        n = len(bounds[0])
        for calibration, confidence in (("chi2", chi_squared(n)), ("t", 0.95)):
            limits = bivariate.delta_interval(*bounds, fit, confidence, n - 1)
            found[f"ci_profile_{calibration}"] = list(limits[1:])
        yield name, found, ("abs", 1e-4)
        yield f"{name}/clikcorr", {"r": fit.rho}, ("abs", 1e-3)
        x = np.broadcast_to(np.array([[1.0, 0.0], [1.0, 1.0]]), (len(bounds[0]), 2, 2))
        fit = censored_mixed.fit_random_intercept(
            np.stack([bounds[0], bounds[2]], axis=1), np.stack([bounds[1], bounds[3]], axis=1), x
        )
        found = {"beta": fit.coefficients.tolist(), "sigma": fit.within, "Psi": fit.between**2}
        yield f"{name}/lmec_equal_variance_random_intercept", found, ("abs", 1e-3)


def _bivariate_correlation(reference):
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
        cross = fit.rho * fit.sigma[0] * fit.sigma[1]
        yield name, {"r": fit.rho}, ("abs", 2e-3)
        # The reference stops a little below the maximum, which shows in what it does not aim at.
        found = {"mean": list(fit.mu), "cov": [fit.sigma[0] ** 2, cross, cross, fit.sigma[1] ** 2]}
        yield name, found, ("abs", 1e-2)


def _multiplicity(reference):
    for name, case in reference.items():
        p = np.array([np.nan if one is None else one for one in case["p"]])
        found = multiplicity.false_discovery_rate(p)
        yield name, {"BH": [None if np.isnan(one) else float(one) for one in found]}, EXACT


def _correlation_exact(reference):
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


def _proportions(reference):
    for name, case in reference.items():
        if "b" in case:
            yield name, {"p": paired.mcnemar(case["b"], case["c"])}, ("abs", 1e-10)
            continue
        ours = {"clopper_pearson": list(intervals.clopper_pearson(case["x"], case["n"])[1:])}
        if "p_half" in case:
            ours["p_half"] = paired.mcnemar(case["x"], case["n"] - case["x"])
        yield name, ours, ("abs", 1e-10)


def _survreg(reference):
    case = reference["two_sided_lognormal"]
    lower = [-INF if one is None else float(np.log(one)) for one in case["lower"]]
    upper = [INF if one is None else float(np.log(one)) for one in case["upper"]]
    fit = censored.fit_normal(lower, upper)
    ours = {"mu": fit.mu, "sigma": fit.sigma, "loglik_log_scale": fit.log_likelihood}
    yield "two_sided_lognormal", ours | {"var": fit.covariance.ravel().tolist()}, ("abs", 1e-6)


def _pca(reference):
    names = ("Murder", "Assault", "UrbanPop", "Rape")
    matrix = [[float(row[name]) for name in names] for row in rows_of("datasets_USArrests")]
    found = multivariate.principal_components(matrix)
    wanted = np.array(
        [[row[f"PC{k}"] for k in range(1, 5)] for row in reference["prcomp_USArrests_scaled"]["rotation"]]
    )
    signs = np.sign((found.loadings * wanted).sum(axis=0))
    rotation = [{f"PC{k + 1}": float(value) for k, value in enumerate(row)} for row in found.loadings * signs]
    ours = {"sdev": found.scores.std(axis=0, ddof=1).tolist(), "rotation": rotation}
    yield "prcomp_USArrests_scaled", ours, ("abs", 1e-8)


def _enumerated(reference):
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


def _concordance(reference):
    for name, case in reference.items():
        upper, score = np.array(case["value"], float), np.array(case["score"], float)
        lower = np.where(np.array(case["cens"], float) == 1, 0.0, upper)
        x, y = concordance.visit_signs(lower, upper), concordance.visit_signs(score, score)
        table = concordance.concordance(x, y)
        orders = correlation.participant_permutations(len(x), 1, 1)
        sums = table[np.arange(len(x)), orders].sum(axis=1)
        both = ~np.isnan(x) & ~np.isnan(y)
        signs = [((x * y == sign) & both).sum(axis=1) for sign in (1, -1)]
        own = {"concordant": signs[0], "discordant": signs[1], "pairs_both_present": both.sum(axis=1)}
        own["biomarker_order_certain"] = (both & (x != 0)).sum(axis=1)
        yield f"{name}/per_participant", {key: part.tolist() for key, part in own.items()}, EXACT
        totals = {key: int(own[key].sum()) for key in ("concordant", "discordant", "pairs_both_present")}
        yield name, totals | {"orders": len(orders), "matrix_participant_by_participant": table.tolist()}, EXACT
        p = correlation.permutation_p((sums - sums.mean())[:, None])[0].item()
        found = {"observed": sums[0], "permutation_mean": sums.mean(), "hits": round(p * len(orders)), "p": p}
        yield f"{name}/S", found, EXACT
        yield f"{name}/tau_b_like", {"observed": concordance.association_of_visits(x, y)}, EXACT
        if both.all():  # then the statistic that is printed is S, with all orders
            printed = concordance.permuted_concordance(x, y[None], np.zeros(len(x), int), orders)
            yield (
                f"{name}/stratified_by_pattern_of_missing_scores",
                {"p": correlation.permutation_p(printed)[0].item()},
                EXACT,
            )


COMPARE = {
    "concordance_pairs_of_visits": _concordance,
    "univariate_censored": _univariate,
    "censored_kendall_ats": _kendall,
    "paired_censored": _paired_censored,
    "paired_exact": _paired_exact,
    "bivariate_censored_paired": _bivariate_paired,
    "bivariate_censored_correlation": _bivariate_correlation,
    "multiplicity": _multiplicity,
    "correlation_exact": _correlation_exact,
    "proportions": _proportions,
    "survreg_turnbull": _survreg,
    "pca": _pca,
    "enumerated_permutation": _enumerated,
}
