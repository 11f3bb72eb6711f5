"""Ours beside the reference values of whole courses: (path of the value, ours, tolerance) of every file."""

import numpy as np
import pandas as pd
from immunoassay.statistics import cell_kinetics, intervals, repeated_measures, summary_measures
from tests.reference_values import rows_of

SHORT = {
    "cs": "compound_symmetry",
    "ar1": "autoregressive",
    "us": "unstructured",
    "csh": "heterogeneous_compound_symmetry",
    "ar1h": "heterogeneous_autoregressive",
}
ARM_VISITS = ["D1", "M1", "M3", "M6", "M12"]
EXACT, CLOSE, LOOSE = ("abs", 1e-9), ("abs", 1e-6), ("rel", 1e-4)


def expected(fit, x, seen, structure):
    """The fit with expected in place of observed information, as pbkrtest has it; the library offers the observed one.

    The derivatives are in whatever parameters are easiest: neither standard errors nor degrees of freedom depend on them.
    """
    visits = seen.shape[1]
    residual, lag = fit.residual, np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
    deviation = np.sqrt(np.diag(residual))
    correlation = residual / np.outer(deviation, deviation)
    r = correlation[0, 1]
    powers = lag * r ** np.maximum(lag - 1, 0) * np.outer(deviation, deviation)
    own = [np.where((np.arange(visits) == k)[:, None], residual, 0) for k in range(visits)]
    own = [part + part.T for part in own]
    unit = np.eye(visits)
    rows, columns = np.tril_indices(visits)
    slopes = {
        "cs": [unit, np.ones((visits, visits))],
        "ar1": [correlation, powers],
        "us": [
            np.maximum(np.outer(unit[i], unit[j]), np.outer(unit[j], unit[i]))
            for i, j in zip(rows, columns, strict=True)
        ],
        "csh": [*own, (lag > 0) * np.outer(deviation, deviation)],
        "ar1h": [*own, powers],
    }[structure]
    k, p = len(slopes), x.shape[2]
    first, second, trace = np.zeros((k, p, p)), np.zeros((k, k, p, p)), np.zeros((k, k))
    for design, present in zip(x, seen, strict=True):
        cells = np.ix_(present, present)
        inverse, part = np.linalg.inv(residual[cells]), design[present]
        moved = np.array([inverse @ slope[cells] for slope in slopes])
        first += np.einsum("sp,kst,tu,uq->kpq", part, moved, inverse, part)
        second += np.einsum("sp,kst,ltu,uv,vq->klpq", part, moved, moved, inverse, part)
        trace += np.einsum("kst,lts->kl", moved, moved)
    covariance = fit.covariance
    both = np.einsum("pq,klqp->kl", covariance, second)
    both = trace - 2 * both + np.einsum("pq,kqr,rs,lsp->kl", covariance, first, covariance, first)
    spread = np.linalg.inv(both / 2)
    left = second - np.einsum("kpq,qr,lrs->klps", first, covariance, first)
    adjusted = covariance + 2 * covariance @ np.einsum("kl,klpq->pq", spread, left) @ covariance
    return fit._replace(adjusted=adjusted, slopes=covariance @ first @ covariance, spread=spread)


def single(name):
    """(y, x) of one variable by visit, the first visit as intercept."""
    rows = rows_of(name)
    order = list(dict.fromkeys(row["visit"] for row in sorted(rows, key=lambda row: int(row["visit_order"]))))
    y = cells(rows, "participant", "visit", order, lambda row: np.log(float(row["value"])))
    x = np.zeros((*y.shape, y.shape[1]))
    x[:, :, 0] = 1
    x[:, np.arange(1, y.shape[1]), np.arange(1, y.shape[1])] = 1
    return y, x


def cells(rows, person, visit, order, value):
    people = list(dict.fromkeys(row[person] for row in rows))
    y = np.full((len(people), len(order)), np.nan)
    for row in rows:
        if row[visit] in order:
            y[people.index(row[person]), order.index(row[visit])] = value(row)
    return y


def by_arm(y, arm):
    """Coefficients: intercept, visits, arm, visits of the arm."""
    n, visits = y.shape
    plain = np.zeros((n, visits, visits))
    plain[:, :, 0] = 1
    plain[:, np.arange(1, visits), np.arange(1, visits)] = 1
    return np.concatenate([plain, plain * np.asarray(arm, float)[:, None, None]], axis=2)


def lines(found):
    """The columns of the reference from a list of Estimate."""
    return {
        "estimate": [one.interval.estimate for one in found],
        "se": [one.error for one in found],
        "lower": [one.interval.low for one in found],
        "upper": [one.interval.high for one in found],
        "t": [one.interval.estimate / one.error for one in found],
        "p": [one.p for one in found],
    }, [one.degrees_of_freedom for one in found]


def _lines(path, fit, weights, tolerance=("abs", 2e-6)):
    ours, free = lines([repeated_measures.combination(fit, row) for row in weights])
    yield path, ours, tolerance
    yield path, {"df": free}, LOOSE


def _f(path, found, tolerance=("rel", 2e-5)):
    yield path, {"F": found.statistic, "df1": found.numerator}, tolerance
    yield path, {"df2": found.denominator}, LOOSE
    yield path, {"p": found.p}, ("rel", 1e-3)


def _own(path, case, y, x, weights, tests):
    """One covariance of the reference's own code: coefficients, contrasts and F tests."""
    short = case["structure"]
    seen = ~np.isnan(y)
    fit = repeated_measures.fit_repeated(y, x, SHORT[short])
    assert fit.converged, (path, fit.reason)
    size = ("abs", 1e-4) if short == "us" else CLOSE
    yield path, {"reml_loglik": fit.log_likelihood}, CLOSE
    yield path, {"beta": fit.coefficients.tolist(), "se": np.sqrt(np.diag(fit.covariance)).tolist()}, size
    yield path, {"Sigma": fit.residual.tolist()}, ("rel", 1e-3)
    few = expected(fit, x, seen, short)
    yield from _lines(f"{path}/satterthwaite", fit._replace(adjusted=fit.covariance), weights, size)
    yield from _lines(f"{path}/kr_observed_information", fit, weights, size)
    yield from _lines(f"{path}/kr_expected_information", few, weights, size)
    for name, rows in tests.items():
        f_size = ("rel", 1e-4) if short == "us" else ("rel", 2e-5)
        yield from _f(f"{path}/{name}/kr_observed_information", repeated_measures.together(fit, rows), f_size)
        yield from _f(f"{path}/{name}/kr_expected_information", repeated_measures.together(few, rows), f_size)


def _gls(path, fit, case):
    yield path, {"reml_loglik": fit.log_likelihood}, ("abs", 1e-5)
    errors = np.sqrt(np.diag(fit.covariance)).tolist()
    size = ("abs", 1e-5) if len(fit.slopes) < 10 else ("abs", 1e-4)
    yield path, {"coefficients": fit.coefficients.tolist(), "se": errors}, size
    if "sigma" in case:
        deviation = float(np.sqrt(fit.residual[0, 0]))
        yield path, {"sigma": deviation, "rho": float(fit.residual[0, 1] / fit.residual[0, 0])}, ("abs", 1e-5)


def _longitudinal(reference):
    for name in ("n7_complete", "n7_missing"):
        yield from _single(name, reference[name])
    for name in ("arms_n24_complete", "arms_n24_missing"):
        yield from _arms(name, reference[name])
    yield from _orthodont(reference["Orthodont"])


def _single(name, case):
    y, x = single(case["data"])
    coefficients = np.eye(6)
    contrasts = coefficients[1:]
    yield name, {"n_rows": int((~np.isnan(y)).sum())}, EXACT
    for short in ("cs", "ar1"):
        yield from _own(f"{name}/own_{short}", case[f"own_{short}"], y, x, contrasts, {"visit": contrasts})
        yield from _gls(f"{name}/gls_{short}", repeated_measures.fit_repeated(y, x, SHORT[short]), case[f"gls_{short}"])
    fit = repeated_measures.fit_repeated(y, x, "compound_symmetry")
    few = expected(fit, x, ~np.isnan(y), "cs")
    between = fit.residual[0, 1]
    path = f"{name}/lmer_random_intercept"
    yield path, {"reml_loglik": fit.log_likelihood, "estimate": fit.coefficients.tolist()}, CLOSE
    deviations = {"sd_participant": between**0.5, "sd_residual": (fit.residual[0, 0] - between) ** 0.5}
    yield path, {name: float(part) for name, part in deviations.items()}, ("abs", 2e-6)
    for method, own in (("satterthwaite", fit._replace(adjusted=fit.covariance)), ("kenward_roger", few)):
        ours, free = lines([repeated_measures.combination(own, row) for row in coefficients])
        yield f"{path}/{method}", {"se": ours["se"]}, CLOSE
        yield f"{path}/{method}", {"t": ours["t"], "p": ours["p"]}, ("abs", 2e-5)
        yield f"{path}/{method}", {"df": free}, LOOSE
    yield from _f(f"{path}/F_visit_kenward_roger", repeated_measures.together(few, contrasts))
    yield from _lines(f"{path}/contrasts_to_D1_kr", few, contrasts, ("abs", 2e-5))
    errors = np.sqrt(np.diag(fit.covariance)).tolist()
    found = {"reml_loglik": fit.log_likelihood, "fixed": fit.coefficients.tolist(), "se": errors}
    yield f"{name}/lme_random_intercept", found, CLOSE
    if "classical" in case:
        # Complete data: the F of compound symmetry is that of the analysis of variance.
        yield from _f(f"{name}/classical", repeated_measures.together(fit, contrasts))


def _arms(name, case):
    rows = rows_of(case["data"])
    y = cells(rows, "participant", "visit", ARM_VISITS, lambda row: np.log(float(row["value"])))
    arms = {row["participant"]: row["arm"] == "active" for row in rows}
    x = by_arm(y, list(arms.values()))
    yield from _one_model(f"{name}/baseline_as_outcome", case["baseline_as_outcome"], y, x, 0)
    baseline = y[:, 0] - np.nanmean(y[:, 0])
    assert not np.isnan(baseline).any()
    x = by_arm(y[:, 1:], list(arms.values()))
    x = np.insert(x, 1, baseline[:, None], axis=2)
    yield from _one_model(f"{name}/baseline_as_covariate", case["baseline_as_covariate"], y[:, 1:], x, 1)


def _one_model(path, case, y, x, covariates):
    visits, size = y.shape[1], x.shape[2]
    arm = np.eye(size)[covariates + visits]
    by_visit = np.eye(size)[covariates + visits + 1 :]
    at_visits = np.array([arm, *(arm + row for row in by_visit)])
    tests = {"arm_by_visit": by_visit, "arm_at_any_visit": at_visits}
    seen = ~np.isnan(y)
    yield path, {"n_rows": int(seen.sum())}, EXACT
    for short in ("cs", "ar1", "us"):
        yield from _own(f"{path}/own_{short}", case[f"own_{short}"], y, x, at_visits, tests)
        fit = repeated_measures.fit_repeated(y, x, SHORT[short])
        yield from _gls(f"{path}/gls_{short}", fit, case[f"gls_{short}"])
        plain = fit._replace(adjusted=fit.covariance)
        rows = by_visit
        values = rows @ plain.coefficients
        wald = float(values @ np.linalg.solve(rows @ plain.covariance @ rows.T, values))
        yield f"{path}/gls_{short}", {"wald_chisq_arm_by_visit": wald}, ("rel", 1e-4)
    fit = repeated_measures.fit_repeated(y, x, "compound_symmetry")
    few = expected(fit, x, seen, "cs")
    path = f"{path}/lmer_cs"
    yield path, {"reml_loglik": fit.log_likelihood, "estimate": fit.coefficients.tolist()}, CLOSE
    yield from _f(f"{path}/F_arm_by_visit_kr", repeated_measures.together(few, by_visit))
    means = np.array([_mean_of(size, covariates, visit, arm) for visit in range(visits) for arm in (0, 1)])
    if covariates:
        means[:, 1] = x[seen][:, 1].mean()  # emmeans: at the mean over the rows
    ours, free = lines([repeated_measures.combination(few, row) for row in means])
    ours["emmean"] = ours.pop("estimate")
    keep = {name: part for name, part in ours.items() if name in case["lmer_cs"]["emmeans_kr"]}
    yield f"{path}/emmeans_kr", keep, ("abs", 1e-4)
    yield f"{path}/emmeans_kr", {"df": free}, LOOSE
    yield from _lines(f"{path}/contrasts_kr", few, at_visits, ("abs", 2e-5))
    yield from _lines(
        f"{path}/contrasts_satterthwaite", fit._replace(adjusted=fit.covariance), at_visits, ("abs", 2e-5)
    )
    changes = [
        _mean_of(size, covariates, visit, arm) - _mean_of(size, covariates, 0, arm)
        for arm in (0, 1)
        for visit in range(1, visits)
    ]
    yield from _lines(f"{path}/change_from_first_visit_per_arm_kr", few, changes, ("abs", 2e-5))


def _mean_of(size, covariates, visit, arm):
    row = np.zeros(size)
    row[0] = 1
    visits = (size - covariates) // 2
    if visit:
        row[covariates + visit] = 1
    if arm:
        row[covariates + visits] = 1
        if visit:
            row[covariates + visits + visit] = 1
    return row


def _orthodont(case):
    rows = rows_of("nlme_Orthodont")
    y = cells(rows, "Subject", "age", ["8", "10", "12", "14"], lambda row: float(row["distance"]))
    sex = {row["Subject"]: row["Sex"] == "Female" for row in rows}
    x = by_arm(y, list(sex.values()))
    arm, by_age = np.eye(8)[4], np.eye(8)[5:]
    at_ages = np.array([arm, *(arm + row for row in by_age)])
    for short in ("cs", "ar1", "us", "csh", "ar1h"):
        yield from _own(f"Orthodont/own_{short}", case[f"own_{short}"], y, x, at_ages, {"sex_by_age": by_age})
    fit = repeated_measures.fit_repeated(y, x, "compound_symmetry")
    few = expected(fit, x, ~np.isnan(y), "cs")
    yield from _f("Orthodont/pbkrtest_cs", repeated_measures.together(few, by_age))
    yield from _lines("Orthodont/pbkrtest_cs/contrasts_kr", few, at_ages, ("abs", 2e-5))
    loglik = repeated_measures.fit_repeated(y, x, "unstructured").log_likelihood
    yield "Orthodont", {"gls_us_loglik": loglik}, CLOSE


def _rows(reference):
    y, x = single(reference["data"])
    fit = repeated_measures.fit_repeated(y, x, "compound_symmetry")
    rows = np.eye(6)[1:]
    few = expected(fit, x, ~np.isnan(y), "cs")
    turned = np.vstack([np.full(5, -1 / 6), np.eye(5)[:4] - 1 / 6]) @ rows
    found = [repeated_measures.together(few, part) for part in (rows, turned)]
    plain = rows @ fit.coefficients
    wald = plain @ np.linalg.solve(rows @ fit.covariance @ rows.T, plain) / 5
    yield "", {"F": float(wald)}, ("rel", 1e-6)
    names = ("kenward_roger_df2_contrasts", "kenward_roger_df2_deviations")
    yield "", {name: one.denominator for name, one in zip(names, found, strict=True)}, ("rel", 1e-6)


def _summary_measures(reference):
    for name in ("n7_complete", "n7_missing", "arms_n12"):
        yield from _measures(name, reference[name])
    for name, time in (("Theoph", "Time"), ("Indometh", "time")):
        yield from _kinetics(name, reference[name], time)


def courses(name):
    """The rows of a reference table as Trajectories, in the order of its participants, with its arms."""
    frame = pd.DataFrame(rows_of(name)).astype({"day": float, "value": float})
    frame = frame.sort_values(["participant", "day"], kind="stable")
    place = frame.groupby("participant").cumcount()
    logs, days = (
        frame.assign(place=place, what=part).pivot(index="participant", columns="place", values="what").to_numpy(float)
        for part in (np.log(frame["value"]), frame["day"])
    )
    arms = frame.drop_duplicates("participant")["arm"].to_numpy() if "arm" in frame else None
    nothing = np.zeros(logs.shape)
    return summary_measures.Trajectories(logs, logs, nothing - np.inf, nothing + np.inf, days, nothing), arms


def _measures(name, case):
    found, arms = courses(case["data"])
    mean, timed = (
        summary_measures.measured(found.lower, found.upper, summary_measures.weights(found, measure))[0]
        for measure in summary_measures.MEASURES
    )
    span = np.nanmax(found.day, axis=1) - found.day[:, 0]
    ours = {"mean_follow_up_ln_ratio": mean, "time_weighted_ln_ratio": timed, "auc_ln_ratio": timed * span}
    ours["visits_after"] = found.seen.sum(axis=1) - 1
    ours["last_day"] = np.nanmax(found.day, axis=1)
    values = [
        cell_kinetics.area(day[seen], *(np.exp(logs[seen]),) * 2)
        for day, logs, seen in zip(found.day, found.lower, found.seen, strict=True)
    ]
    ours["auc_linear_up_log_down"] = np.array([each.low for each in values])
    peaks = [
        cell_kinetics.highest(day[seen], *(np.exp(logs[seen]),) * 2)
        for day, logs, seen in zip(found.day, found.lower, found.seen, strict=True)
    ]
    ours["max_value"] = np.array([top.high for top, _ in peaks])
    ours["day_of_max"] = np.array([when for _, when in peaks])
    yield f"{name}/per_participant", {key: part.tolist() for key, part in ours.items()}, ("rel", 1e-10)
    if arms is None:
        yield from _one_arm(f"{name}/mean_follow_up_ln_ratio", mean)
        yield from _one_arm(f"{name}/time_weighted_ln_ratio", timed)
    else:
        yield from _one_arm(f"{name}/one_arm_active/mean_follow_up", mean[arms == "active"])


def _one_arm(path, values):
    interval = intervals.t_interval(values)
    p, _ = summary_measures.sign_change_p(values)
    ours = {"n": values.size, "mean": interval.estimate, "ratio": float(np.exp(interval.estimate))}
    ours |= {"ci": list(interval[1:]), "ci_ratio": [float(np.exp(part)) for part in interval[1:]]}
    ours |= {
        "p_t": summary_measures.t_test(values)[0],
        "p_sign_change": p,
        "orders": 2**values.size,
        "hits": p * 2**values.size,
    }
    yield path, ours, ("abs", 1e-10)


def _kinetics(name, case, time):
    frame = pd.DataFrame(rows_of(case["data"])).astype(float)
    frame = frame.rename(columns={time: "time"}).sort_values(["Subject", "time"], kind="stable")
    found = {"auc_linear_up_log_down": [], "cmax": [], "tmax": []}
    for _, part in frame.groupby("Subject"):
        arrays = part["time"], part["conc"], part["conc"]
        found["auc_linear_up_log_down"].append(cell_kinetics.area(*arrays).low)
        top, when = cell_kinetics.highest(*arrays)
        found["cmax"].append(top.high)
        found["tmax"].append(when)
    found["tlast"] = frame.groupby("Subject")["time"].max().tolist()
    yield f"{name}/per_subject", found, ("rel", 1e-10)
    logs = np.log(case["per_subject"]["auc_linear"])
    (mean, *ends), _, _ = summary_measures.mean_of_bounds(logs, logs, {"min_n_interval": 4, "confidence": 0.95})
    yield name, {"geometric_mean_auc": float(np.exp(mean)), "ci": np.exp(ends).tolist()}, ("rel", 1e-10)
    logs = np.log(found["cmax"])
    mean = summary_measures.mean_of_bounds(logs, logs, {"min_n_interval": 4, "confidence": 0.95})[0].estimate
    ours = {"geometric_mean_cmax": float(np.exp(mean)), "median_tmax": float(np.median(found["tmax"]))}
    yield name, ours, ("rel", 1e-10)


COMPARE = {
    "longitudinal": _longitudinal,
    "longitudinal_satterthwaite_rows": _rows,
    "summary_measures": _summary_measures,
}
INPUTS = {
    "longitudinal": ["*/data", "*/model", "*/term/*", "*/contrast/*", "*/visit/[0-9]", "*/arm/[0-9]", "*/structure"]
    + ["check_against*"],
    "longitudinal_satterthwaite_rows": ["data"],
    "summary_measures": ["*/data", "*/participant/*", "*/arm/*", "*/Subject/*"],
}
SATTERTHWAITE = "its degrees of freedom depend on the coding of the rows; Kenward-Roger's do not"
RESIDUAL = "N - p is no small-sample degree of freedom"
STEP = "a step of the F that is compared"
TWO_ARMS = "groups are compared at visits and in the mixed model, not by this measure"
NOT_OFFERED = {
    "longitudinal": {
        "*/largest_gradient": "of the optimiser",
        "*/satterthwaite/F": SATTERTHWAITE,
        "*/satterthwaite/df[12]": SATTERTHWAITE,
        "*/visit/satterthwaite/*": SATTERTHWAITE,
        "*/arm_*/satterthwaite/*": SATTERTHWAITE,
        "*/sex_by_age/satterthwaite/*": SATTERTHWAITE,
        "*/F_*_satterthwaite/*": SATTERTHWAITE,
        "*/F_unscaled": STEP,
        "*/scaling": STEP,
        "*/gls_*/anova*": RESIDUAL,
        "*/lme_random_intercept/df/*": "degrees of freedom by levels of nesting, not those of small samples",
        "*/lme_random_intercept/p/*": "degrees of freedom by levels of nesting, not those of small samples",
        "*/lme_random_intercept/anova*": "degrees of freedom by levels of nesting, not those of small samples",
        "*/contrasts_to_D1_kr_dunnett_p/*": "contrasts of visits are described, not adjusted",
        "*/classical/gg_epsilon": "needs complete visits",
        "*/classical/hf_epsilon": "needs complete visits",
        "*/classical/p_[gh][gf]": "needs complete visits",
        "*/classical/hotelling*": "needs complete visits, and more participants than visits",
        "*/classical/friedman/*": "needs complete visits",
    },
    "longitudinal_satterthwaite_rows": {"df2_*": SATTERTHWAITE},
    "summary_measures": {
        "*/auc_value/*": "the linear rule; the library has linear up, logarithmic down",
        "*/auc_linear/*": "the linear rule; the library has linear up, logarithmic down",
        "*/time_average_value/*": "logarithms are averaged, not values",
        "*/ln_ratio_time_average_to_baseline/*": "logarithms are averaged, not values",
        "*/p_signed_rank": "the sign-change test is of the mean that is printed",
        "*/sd": "a step of the interval",
        "*/t": "a step of the p",
        "*/df": "n - 1",
        "arms_n12/mean_follow_up_ln_ratio/*": TWO_ARMS,
        "arms_n12/time_weighted_ln_ratio/*": TWO_ARMS,
        "arms_n12/ln_time_average/*": TWO_ARMS,
        "arms_n12/ancova*": TWO_ARMS,
        "arms_n12/same_of_ratio/*": TWO_ARMS,
    },
}
