"""Ours beside the reference values of comparisons of groups: (path, ours, tolerance)."""

import numpy as np
from immunoassay.statistics import censored_ranks, censored_regression, freedman_lane, linear_model, two_samples
from scipy.special import stdtr, stdtrit
from tests.reference_values import rows_of

INF = np.inf
EXACT, CLOSE = ("abs", 1e-12), ("rel", 1e-9)


def _columns(name, *names):
    rows = rows_of(name)
    return [[row[column] for row in rows] for column in names]


def _two(name):
    arm, value = _columns(name, "arm", "value")
    value = np.array(value, float)
    first = np.array(arm) == "active"
    return value[first], value[~first]


def _design(levels, order, *numbers):
    """1, the numbers (constant to the model as columns), and a mark for every level but the first."""
    levels = np.array(levels)
    marks = [(levels == level).astype(float) for level in order[1:]]
    return np.column_stack([np.ones(len(levels)), *numbers, *marks])


def _complete(reference):
    for name in ("two_ties", "two_noties"):
        yield from _two_samples(name, reference[name])
    yield from _kruskal(reference["kruskal_three"])
    age, sex, arm, before, after = _columns("ancova_n30", "age", "sex", "arm", "baseline", "post")
    yield from _arms("ancova_n30", reference["ancova_n30"], (arm, age, sex, before, after), ("placebo", "active"))
    columns = _columns("ancova_three_arms_n12", "arm", "age", "sex", "baseline", "post")
    yield from _arms("ancova_three_arms_n12", reference["ancova_three_arms_n12"], columns, ("A", "B", "C"))
    treat, before, after = _columns("MASS_anorexia", "Treat", "Prewt", "Postwt")
    design = _design(treat, ("Cont", "CBT", "FT"), np.log(np.array(before, float)))
    yield from _regression("anorexia", design, after, [2, 3], 3)


def _two_samples(name, case):
    x, y = _two(f"groups_{name}")
    ranked, shift = two_samples.exact_wilcoxon(x, y), two_samples.hodges_lehmann_shift(x, y)
    logs = two_samples.hodges_lehmann_shift(np.log(x), np.log(y))
    m = len(x)
    u = ranked.statistic - m * (m + 1) / 2
    design = _design([1] * m + [0] * len(y), (0, 1))
    values = np.log(np.concatenate([x, y]))
    orders = freedman_lane.group_orders((m, len(y)), 100_000)
    permuted = freedman_lane.permuted_t(values - values.mean(), design, 1, orders, pooled=True)
    yield name, {"U_active": u, "p_superiority": u / m / len(y), "splits": len(orders)}, EXACT
    exact = ("p_exact_coin", "p_exact_enumerated_distance_from_mean", "p_exact_enumerated_doubled_tail")
    yield name, dict.fromkeys(exact, ranked.p), EXACT
    yield name, {"p_permutation_mean_log_enumerated": freedman_lane.p_of(permuted)[0]}, EXACT
    found = {"hodges_lehmann": shift.estimate, "estimate_coin": shift.estimate, "ci_coin_exact": list(shift[1:])}
    if name == "two_noties":
        found["ci_wilcox.exact"] = list(shift[1:])
    found |= {"hodges_lehmann_log": logs.estimate, "ratio_hodges_lehmann": float(np.exp(logs.estimate))}
    ends = ("ci_log_coin_exact", "ci_log_order_statistics_no_ties_theory")
    yield name, found | dict.fromkeys(ends, list(logs[1:])), ("rel", 1e-10)
    t = two_samples.welch(np.log(x), np.log(y))
    means = [float(np.exp(np.log(part).mean())) for part in (x, y)]
    ours = {"geometric_means": means, "log_difference": t.estimate, "ratio_geometric_means": float(np.exp(t.estimate))}
    ours["welch"] = {"t": t.estimate / t.error, "df": t.df, "p": t.p, "se": t.error, "ci_log": [t.low, t.high]}
    ours["welch"]["ci_ratio"] = list(np.exp([t.low, t.high]))
    yield name, ours, ("rel", 1e-11)
    fit = linear_model.fit_linear(design, values)
    error = np.sqrt(fit.covariance[1, 1])
    half = stdtrit(fit.df, 0.975) * error
    t = fit.beta[1] / error
    pooled = {
        "t": t,
        "df": fit.df,
        "p": 2 * stdtr(fit.df, -abs(t)),
        "ci_ratio": list(np.exp(fit.beta[1] + [-half, half])),
    }
    yield f"{name}/equal_variance_t", pooled, ("rel", 1e-11)


def _kruskal(case):
    rows = sorted(rows_of("groups_three_ties"), key=lambda row: row["group"])
    group, value = [row["group"] for row in rows], np.array([float(row["value"]) for row in rows])
    names = sorted(set(group))
    design = _design(group, names)
    ranks = two_samples.doubled_midranks(value) / 2
    sizes = tuple(group.count(name) for name in names)
    orders = freedman_lane.group_orders(sizes, 700_000)
    statistics = freedman_lane.permuted_f(ranks - ranks.mean(), design, [1, 2], orders)
    n, p = len(value), freedman_lane.p_of(statistics)[0]
    # what the groups explain of the ranks, as the share that H is of n - 1
    h = (n - 1) * statistics[0] / (1 + statistics[0])
    means = {name: float(ranks[np.array(group) == name].mean()) for name in names}
    yield "kruskal_three", {"H_tie_corrected": h, "df": 2, "mean_ranks": means}, ("rel", 1e-11)
    yield "kruskal_three", {"p_exact_enumerated": p, "hits": round(p * len(orders)), "assignments": len(orders)}, EXACT
    f, p = linear_model.joint_f(design, [1, 2], np.log(value))
    logs = np.log(value)
    permuted = freedman_lane.permuted_f(logs - logs.mean(), design, [1, 2], orders)
    yield "kruskal_three/anova_log", {"F": f, "p": p}, ("rel", 1e-11)
    yield "kruskal_three/anova_log", {"p_permutation_F_enumerated": freedman_lane.p_of(permuted)[0]}, EXACT
    parts = {name: value[np.array(group) == name] for name in names}
    pairs = [(one, other) for i, one in enumerate(names) for other in names[i + 1 :]]
    found = {f"{one}|{other}": two_samples.exact_wilcoxon(parts[one], parts[other]).p for one, other in pairs}
    yield "kruskal_three/p_pairwise_exact_wilcoxon", found, EXACT


def _arms(name, case, columns, levels):
    arm, age, sex, before, after = columns
    lb, age = np.log(np.array(before, float)), np.array(age, float)
    male = (np.array(sex) == "M").astype(float)
    marks = list(range(2, 1 + len(levels)))
    yield from _regression(f"{name}/baseline_arm", _design(arm, levels, lb), after, marks, len(levels))
    design = _design(arm, levels, lb)
    whole = np.column_stack([design, age, male])
    yield from _regression(f"{name}/baseline_arm_age_sex", whole, after, marks, len(levels), emmeans=False)
    if name == "ancova_n30":
        fit = linear_model.fit_linear(whole, np.log(np.array(after, float)))
        means = linear_model.adjusted_means(whole, fit.beta, marks)
        ours = {"emmean": list(means), "geometric_mean": list(np.exp(means)), "df": [fit.df] * 2}
        yield f"{name}/proportional_weights/emmeans", ours, CLOSE
        yield f"{name}/proportional_weights/contrasts", _contrasts(fit, marks[:1]), CLOSE
        change = _design(arm, levels)
        outcome = np.log(np.array(after, float)) - lb
        yield f"{name}/change_score_without_baseline", _terms(linear_model.fit_linear(change, outcome), outcome), CLOSE
        slopes = np.column_stack([design, design[:, 1] * design[:, 2]])
        f, p = linear_model.joint_f(slopes, [3], np.log(np.array(after, float)))
        yield f"{name}/slopes_differ", {"F": f, "p": p}, CLOSE
        tests = [linear_model.joint_f(whole, [column], np.log(np.array(after, float))) for column in range(1, 5)]
        yield f"{name}/type3_F_age_sex_model", {"F": [f for f, _ in tests], "p": [p for _, p in tests]}, CLOSE


def _regression(name, design, after, marks, levels, emmeans=True):
    outcome = np.log(np.array(after, float))
    fit = linear_model.fit_linear(design, outcome)
    yield name, _terms(fit, outcome), CLOSE
    if emmeans:
        means = linear_model.adjusted_means(design, fit.beta, marks)
        ours = {"emmean": list(means), "geometric_mean": list(np.exp(means)), "df": [fit.df] * levels}
        yield f"{name}/emmeans", ours, CLOSE
    yield f"{name}/contrasts", _contrasts(fit, marks), CLOSE
    if len(marks) > 1 and name != "anorexia":
        f, p = linear_model.joint_f(design, marks, outcome)
        yield f"{name}/arm_F", {"F": f, "df1": len(marks), "df2": fit.df, "p": p}, CLOSE


def _terms(fit, outcome):
    error = np.sqrt(np.diag(fit.covariance))
    t, half = fit.beta / error, stdtrit(fit.df, 0.975) * error
    found = {"estimate": fit.beta, "se": error, "t": t, "p": 2 * stdtr(fit.df, -np.abs(t))}
    found = {key: list(value) for key, value in found.items()}
    found |= {"lower": list(fit.beta - half), "upper": list(fit.beta + half), "sigma": fit.sigma, "df_residual": fit.df}
    found["r2"] = 1 - fit.residuals @ fit.residuals / ((outcome - outcome.mean()) ** 2).sum()
    return found


def _contrasts(fit, marks):
    """The reference less each level, and each level less every later one, as emmeans lists pairs."""
    weights = []
    places = [None, *marks]
    for i, one in enumerate(places):
        for other in places[i + 1 :]:
            row = np.zeros(len(fit.beta))
            row[other] -= 1
            if one is not None:
                row[one] += 1
            weights.append(row)
    w = np.array(weights)
    estimate, error = w @ fit.beta, np.sqrt(np.einsum("ij,jk,ik->i", w, fit.covariance, w))
    half = stdtrit(fit.df, 0.975) * error
    low, high, t = estimate - half, estimate + half, estimate / error
    found = {"estimate": estimate, "se": error, "lower": low, "upper": high, "t": t, "p": 2 * stdtr(fit.df, -np.abs(t))}
    found |= {"ratio": np.exp(estimate), "ratio_lower": np.exp(low), "ratio_upper": np.exp(high)}
    found["df"] = np.full(len(w), fit.df)
    return {key: float(value[0]) if len(w) == 1 else list(value) for key, value in found.items()}


def _censored_bounds(name):
    value, status = _columns(name, "value", "status")
    logs, status = np.log(np.array(value, float)), np.array(status)
    return np.where(status == "below_lloq", -INF, logs), np.where(status == "above_uloq", INF, logs)


def _censored(reference):
    (arm,) = _columns("groups_censored_two_n24", "arm")
    lower, upper = _censored_bounds("groups_censored_two_n24")
    design = _design(arm, ("placebo", "active"))
    yield from _effect("two_n24", design, 1, lower, upper, reference["two_n24"])
    yield "two_n24_survreg_lognormal", _lognormal(design, lower, upper), ("rel", 1e-7)
    groups = np.column_stack([1 - design[:, 1], design[:, 1]])
    found = censored_regression.effect(design, 1, lower, upper, spread=groups)
    fit = found.regression
    null = censored_regression.fit_regression(design[:, :1], lower, upper, groups)
    ours = {
        "mu_placebo": fit.beta[0],
        "mu_active": fit.beta.sum(),
        "sigma_placebo": fit.sigma[0],
        "sigma_active": fit.sigma[1],
    }
    ours |= {"loglik": fit.log_likelihood, "difference": found.estimate, "se": np.sqrt(fit.covariance[1, 1])}
    yield "two_n24_unequal_sigma", ours | {"lr": found.ratio, "loglik_null": null.log_likelihood}, ("rel", 1e-6)
    arm, age, before = _columns("ancova_censored_n30", "arm", "age", "baseline")
    lower, upper = _censored_bounds("ancova_censored_n30")
    lb, age = np.log(np.array(before, float)), np.array(age, float)
    design = _design(arm, ("placebo", "active"), lb)
    yield from _effect("ancova_n30", design, 2, lower, upper, reference["ancova_n30"])
    whole = np.column_stack([design, age])
    yield from _effect("ancova_n30_age", whole, 2, lower, upper, reference["ancova_n30_age"])
    (group,) = _columns("groups_censored_three_n18", "group")
    lower, upper = _censored_bounds("groups_censored_three_n18")
    design = _design(group, ("g1", "g2", "g3"))
    fit = censored_regression.fit_regression(design, lower, upper)
    null = censored_regression.fit_regression(design[:, :1], lower, upper)
    ours = {"estimate_treatment_contrasts": list(fit.beta), "se": list(np.sqrt(np.diag(fit.covariance)))}
    ours |= {"sigma_ml": fit.sigma[0], "loglik": fit.log_likelihood, "loglik_null": null.log_likelihood}
    ours |= {"lr": censored_regression.joint_ratio(design, [1, 2], lower, upper)[0], "df": 2}
    yield "three_n18", ours, ("rel", 1e-6)
    for name in ("n10", "n7", "n24"):
        yield from _ranks(name, reference[f"rank_{name}"])


def _effect(name, design, column, lower, upper, case):
    found = censored_regression.effect(design, column, lower, upper)
    fit, n = found.regression, len(lower)
    df = n - design.shape[1]
    ours = {"estimate": list(fit.beta), "se": list(np.sqrt(np.diag(fit.covariance))), "sigma_ml": fit.sigma[0]}
    ours |= {"estimate_survreg": list(fit.beta), "se_survreg": ours["se"], "sigma_survreg": fit.sigma[0]}
    ours |= {"loglik": fit.log_likelihood, "loglik_survreg": fit.log_likelihood, "ratio": float(np.exp(found.estimate))}
    yield name, ours, ("rel", 1e-7)
    signed = float(np.sign(found.estimate) * np.sqrt(found.ratio))
    cut = censored_regression.drop(n, 0.95, df, df)
    ours = {"lr": found.ratio, "signed_root": signed, "t_df": found.df, "t_cut": cut, "p_lr_t": found.p}
    yield name, ours, ("rel", 1e-6)
    yield name, {"ci_profile_t": [found.low, found.high]}, ("abs", 1e-6)


def _lognormal(design, lower, upper):
    fit = censored_regression.fit_regression(design, lower, upper)
    jacobian = lower[lower == upper].sum()
    return {"coefficients": list(fit.beta), "scale": fit.sigma[0], "loglik_raw_scale": fit.log_likelihood - jacobian}


def _ranks(name, case):
    (arm,) = _columns(f"groups_censored_two_{name}", "arm")
    lower, upper = _censored_bounds(f"groups_censored_two_{name}")
    if name == "n24":  # the reference takes what is above the ULOQ as the ULOQ
        upper = np.where(np.isinf(upper), lower, upper)
    first = np.array(arm) == case["first_group"]
    scores = censored_ranks.order_scores(lower, upper)
    ordered = np.concatenate([np.flatnonzero(first), np.flatnonzero(~first)])
    found = two_samples.rank_sum_test(scores[ordered], int(first.sum()))
    ours = {"scores": scores.tolist(), "sum_first": found.statistic, "p_exact": found.p}
    ours["hits"] = round(found.p * case["splits"])
    yield f"rank_{name}/scores_gehan", ours, ("abs", 1e-10)
    yield f"rank_{name}/coin/gehan_breslow", {"p": found.p}, ("abs", 1e-10)
    sizes = int(first.sum()), int((~first).sum())
    yield f"rank_{name}", {"n_first": sizes[0], "n_other": sizes[1], "splits": freedman_lane.arrangements(sizes)}, EXACT


def _permuted(reference):
    marker, score, age = (np.array(part, float) for part in _columns("partial_n7", "biomarker", "score", "age"))
    orders = freedman_lane.orders_of(7, 10_000, 1)
    midranks = [two_samples.doubled_midranks(part) / 2 for part in (score, marker, age)]
    for name, y, x, z in (("ln", score, np.log(marker), age), ("midranks", *midranks)):
        design = np.column_stack([np.ones(7), x, z])
        residuals = linear_model.fit_linear(design[:, [0, 2]], y).residuals
        found = freedman_lane.permuted_t(residuals, design, 1, orders, pooled=True)
        p = freedman_lane.p_of(found)[0]
        own = linear_model.fit_linear(design, y)
        t = own.beta[1] / np.sqrt(own.covariance[1, 1])
        ours = {
            "t": found[0],
            "df": own.df,
            "p_t": 2 * stdtr(own.df, -abs(t)),
            "partial_r": t / np.sqrt(t * t + own.df),
        }
        yield f"freedman_lane_{name}", ours, ("rel", 1e-10)
        yield f"freedman_lane_{name}", {"p_permutation": p, "hits": round(p * 5040), "orders": len(orders)}, EXACT
        if name == "ln":
            yield "lm_check", {"t": t, "p": ours["p_t"]}, ("rel", 1e-10)


COMPARE = {"groups_complete": _complete, "groups_censored": _censored, "permuted_coefficients": _permuted}
LABELS = ["*/data", "*/n/*", "*/note", "*/term/*", "*/reference_arm", "*/contrast", "*/contrast/*", "*/level/*", "data"]
INPUTS = {
    "groups_complete": LABELS,
    "groups_censored": [*LABELS, "*/below", "*/above", "*/model", "*/tested", "*/first_group"],
    "permuted_coefficients": LABELS,
}
APPROXIMATE = "no approximation where the exact distribution is at hand"
WALD = "Wald intervals; ours are of the profile likelihood"
CHI = "chi-squared; ours is calibrated by t or F"
OTHER_SCORES = "scores of other weights: in simulations no more power than the order scores, or one that carries more"
MIX = "means at equal numbers of both sexes; ours are at the observed mix (proportional_weights)"
NOT_OFFERED = {
    "groups_complete": {
        "*/z_midrank": APPROXIMATE,
        "*/p_asymptotic_*": APPROXIMATE,
        "kruskal_three/p_chi2": APPROXIMATE,
        "two_ties/ci_wilcox.exact/*": "another interval with ties; ours is that of coin, and of inverting the exact test",
        "*/order_statistic_k": "a step of the interval, which is compared",
        "*/coverage_no_ties_theory": "a step of the interval, which is compared",
        "kruskal_three/welch_anova_log/*": "the permuted Kruskal-Wallis is offered",
        "*/p_tukey*": "max-T over shared permutations is offered, Holm otherwise",
        "*/p_tukey/*": "max-T over shared permutations is offered, Holm otherwise",
        "*/emmeans/se/*": "adjusted means are printed without an error",
        "*/emmeans/lower/*": "adjusted means are printed without an error",
        "*/emmeans/upper/*": "adjusted means are printed without an error",
        "*/baseline_arm_age_sex/emmeans/*": MIX,
        "anorexia/arm_F/*": "the reference could not compute it",
    },
    "groups_censored": {
        "*/se_log_sigma": "no error of the spread is printed",
        "*/wald_z": WALD,
        "*/p_wald": WALD,
        "*/ci_wald/*": WALD,
        "*/p_lr_chi2": CHI,
        "*/ci_profile_chi2/*": CHI,
        "*/anova_p": CHI,
        "*/survdiff_*": APPROXIMATE,
        "*/mean_permutation": "a step of the exact p",
        "*/variance_permutation": "a step of the exact p",
        "*/z": APPROXIMATE,
        "*/scores_logrank/*": OTHER_SCORES,
        "*/scores_petopeto/*": OTHER_SCORES,
        "*/scores_harrington1/*": OTHER_SCORES,
        "*/coin/logrank/*": OTHER_SCORES,
        "*/coin/prentice/*": OTHER_SCORES,
        "*/coin/fleming_harrington_rho1/*": OTHER_SCORES,
        "*/p_exact_studentised_*": OTHER_SCORES,
        "rank_three_n18/*": "an approximation; several groups are compared by permutation",
    },
    "permuted_coefficients": {
        "draper_stoneman_ln/*": "another permutation; Freedman-Lane is offered",
        "permute_x_residuals_ln/*": "another permutation; Freedman-Lane is offered",
    },
}
