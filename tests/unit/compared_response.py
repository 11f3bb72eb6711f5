"""Ours beside the reference values of responders, times to events, titres and ROC curves: (path, ours, tolerance)."""

import numpy as np
from immunoassay.statistics import intervals, proportions, roc, split_tests, survival, titres, two_samples
from immunoassay.statistics.correlation import participant_permutations
from tests.reference_values import rows_of

INF = np.inf
EXACT, CLOSE = ("abs", 1e-9), ("abs", 1e-6)
LIMITS = ("abs", 2e-5)  # of a profile; both sides stop their search there


def _proportions(case):
    """Ours of two groups."""
    a, b = (case["x1"], case["n1"]), (case["x2"], case["n2"])
    found = proportions.newcombe(*a, *b)
    return {
        "difference": found.estimate,
        "newcombe": list(found[1:]),
        "fisher_p": proportions.fisher(*a, *b),
        "clopper_pearson_1": list(intervals.clopper_pearson(*a)[1:]),
        "clopper_pearson_2": list(intervals.clopper_pearson(*b)[1:]),
        "wilson_1": list(proportions.wilson(*a)[1:]),
        "wilson_2": list(proportions.wilson(*b)[1:]),
    }


def _responders(reference):
    for name, case in reference.items():
        if "x1" in case:
            yield name, _proportions(case), EXACT
    rises = reference["seroresponse_fourfold"]
    for arm in ("vaccine", "control"):
        low, high = (_titres(arm, visit) for visit in ("pre", "post"))
        least, most = high[0] / low[1], np.divide(high[1], low[0], out=np.full(10, INF), where=low[0] > 0)
        found = titres.share_of(least >= 4, (least < 4) & (most >= 4))
        certain = {"n": found.n, "certain": found.certain, "undetermined": found.undetermined}
        yield f"seroresponse_fourfold/{arm}", certain | {"cannot": found.n - found.certain - found.undetermined}, EXACT
    yield "seroresponse_fourfold/difference_lloq_for_below", _proportions(rises["difference_lloq_for_below"]), EXACT
    rows = rows_of("roc_n20")
    case = reference["logistic_firth"]["separated_n7"]
    data = {
        "roc_n20_ln_second": (
            np.log([float(row["second"]) for row in rows]),
            [row["responder"] == "yes" for row in rows],
        ),
        "separated_n7": (case["x"], case["y"]),
    }
    for name, (x, y) in data.items():
        found = roc.firth_logistic(x, y)
        both = [found.intercept, found.log_ratio]
        yield f"logistic_firth/{name}", {"own": both, "brglm2_AS_mean": both, "p": found.p}, CLOSE
        yield f"logistic_firth/{name}", {"ci_slope": [found.low, found.high]}, LIMITS


def _titres(arm, visit):
    """Bounds of titres read as points; below 10 is from 0 to 10."""
    written = [row[visit] for row in rows_of("titres_n20") if row["arm"] == arm]
    upper = np.array([float(titre.lstrip("<")) for titre in written])
    return np.where([titre.startswith("<") for titre in written], 0.0, upper), upper


def _times(name):
    """(first group, time, event, ln biomarker or None) of a data set."""
    rows = rows_of({"n7": "relapse_n7", "n12": "relapse_n12_separated", "aml": "survival_aml"}[name])
    time = np.array([float(row["time"]) for row in rows])
    if name == "aml":
        return (
            np.array([row["x"] == "Maintained" for row in rows]),
            time,
            np.array([int(row["status"]) for row in rows]),
            None,
        )
    x = np.log([float(row["biomarker"]) for row in rows])
    return np.array([row["group"] == "high" for row in rows]), time, np.array([int(row["event"]) for row in rows]), x


def _time_to_event(reference):
    for name in ("n7", "n12", "aml"):
        first, time, event, x = _times(name)
        key = "n12_separated" if name == "n12" else name
        scores = survival.log_rank_scores(time, event)
        test = split_tests.split_test(scores, first)
        gap, seen = float(scores[first].sum()), [int(event[part].sum()) for part in (first, ~first)]
        yield key, {"n": [int(first.sum()), int((~first).sum())], "events": seen, "scores": scores.tolist()}, EXACT
        yield key, {"statistic_O_minus_E": gap, "p_exact_O_minus_E": test.p}, EXACT
        yield key, {"hits": round(test.p * reference[key]["splits"])}, ("abs", 0)
        yield f"{key}/logrank", {"observed": seen, "expected": [seen[0] - gap, seen[1] + gap]}, EXACT
        yield f"{key}/coin/mid_ranks", {"p": test.p}, EXACT
        yield from _firth(f"{key}/firth", ~first, time, event)
        yield from _curves(
            f"{key}/kaplan_meier_groups", reference[key]["kaplan_meier_groups"], [first, ~first], time, event
        )
        yield from _curves(f"{key}/kaplan_meier_all", reference[key]["kaplan_meier_all"], [first | ~first], time, event)
        if x is not None:
            yield from _firth(f"{name}_biomarker/firth", x, time, event)
            yield f"{name}_biomarker", {"statistic_sum_ln_x_times_score": float(x @ scores)}, EXACT
        if name == "n7":
            found = np.abs(survival.permuted_score(x, scores, participant_permutations(7, 0, 1)))
            hits = int((found >= found[0] - 1e-9).sum())
            yield "n7_biomarker", {"hits": hits, "p_exact_ln": hits / 5040}, EXACT
    case = reference["three_rows_of_the_coxphf_manual"]
    yield from _firth(
        "three_rows_of_the_coxphf_manual/firth", *(np.array(case[name]) for name in ("x", "time", "event"))
    )


def _firth(path, x, time, event):
    found = survival.firth_cox(x, time, event)
    yield f"{path}/terms/0", {"coef": found.log_ratio, "hazard_ratio": float(np.exp(found.log_ratio))}, CLOSE
    yield f"{path}/terms/0", {"p_penalised_lr": found.p}, CLOSE
    yield f"{path}/terms/0", {"ci_coef_profile": [found.low, found.high]}, LIMITS


def _curves(path, case, parts, time, event):
    """Curves at the times of the reference, one group after the other, and their medians."""
    wanted = case["log_log"]
    count = len(wanted["time"]) // len(parts)
    found = {"n_risk": {}, "survival": {}, "lower": {}, "upper": {}}
    medians = {"quantile": [], "lower": [], "upper": []}
    for index, part in enumerate(parts):
        curve = survival.kaplan_meier(time[part], event[part])
        for place, at in enumerate(wanted["time"][index * count : (index + 1) * count], index * count):
            step = np.searchsorted(curve.time, at, side="right") - 1
            values = (curve.survival[step], curve.low[step], curve.high[step]) if step >= 0 else (1.0, 1.0, 1.0)
            found["n_risk"][place] = int((time[part] >= at).sum())
            found["survival"][place] = float(values[0])
            if (
                curve.time.size or place == index * count
            ):  # behind the first time R has no limits of a curve without events
                for name, value in zip(("lower", "upper"), values[1:], strict=True):
                    found[name][place] = None if np.isnan(value) else float(value)
        for name, value in zip(medians, survival.median_time(curve), strict=True):
            medians[name].append(value if np.isfinite(value) else None)
    yield f"{path}/log_log", found, EXACT
    alone = len(parts) == 1
    yield f"{path}/quantiles", {name: {"median": both[0] if alone else both} for name, both in medians.items()}, EXACT


def _serology(reference):
    rows = rows_of("serology_iu_n14")
    first, last = (np.array([float(row[day]) for row in rows]) for day in ("day0", "day28"))
    for name, values in (("day0", first), ("day28", last), ("fold_rise", last / first)):
        found = titres.geometric_mean(values, values, False)
        yield f"iu_n14/{name}", {"n": len(values), "geometric_mean": found.value, "ci": [found.low, found.high]}, EXACT
    rise = titres.share_of(last / first >= 4, np.zeros(14, bool))
    yield "iu_n14", {"fourfold": rise.certain, "fourfold_clopper_pearson": [rise.low, rise.high]}, EXACT
    steps = titres.reverse_cumulative(last, last)
    names = ("value", "share_at_or_above", "lower", "upper")
    yield "iu_n14/reverse_cumulative_day28", dict(zip(names, map(list, steps), strict=True)), EXACT
    for arm in ("vaccine", "control"):
        lower, upper = _titres(arm, "post")
        steps = titres.reverse_cumulative(lower, upper)
        wanted = reference[arm]["reverse_cumulative_post"]["titre"]
        places = np.searchsorted(steps.value, wanted)
        share = [float(steps.share[place]) if place < len(steps.share) else 0.0 for place in places]
        counts = [round(10 * part) for part in share]
        yield f"{arm}/reverse_cumulative_post", {"share_at_or_above": share, "count": counts}, EXACT
        for visit in ("pre", "post"):
            lower, upper = _titres(arm, visit)
            found = titres.geometric_mean(lower, upper, True)
            with np.errstate(divide="ignore"):
                fit = titres.fit_intervals(np.log(lower), np.log(np.where(lower == upper, 2 * upper, upper)))
            ours = {"coef": fit.mu, "se": float(np.sqrt(fit.covariance[0, 0])), "sigma_ml": fit.sigma}
            ours |= {"loglik": fit.log_likelihood, "geometric_mean_titre": found.value}
            yield f"{arm}/{visit}_interval", ours, ("rel", 1e-6)


def _roc(reference):
    rows, bleeding = rows_of("roc_n20"), rows_of("pROC_aSAH")
    responded, poor = (
        np.array(part)
        for part in ([row["responder"] == "yes" for row in rows], [row["outcome"] == "Poor" for row in bleeding])
    )
    data = {
        "aSAH_s100b": ([float(row["s100b"]) for row in bleeding], poor),
        "aSAH_ndka": ([float(row["ndka"]) for row in bleeding], poor),
        "n20_marker_ties_at_lloq": ([float(row["marker"]) for row in rows], responded),
        "n20_second": ([float(row["second"]) for row in rows], responded),
    }
    for name, (values, positive) in data.items():
        found, curve = roc.area_under_curve(values, positive), roc.roc_curve(values, positive)
        ours = {"auc": found.area, "delong_variance": found.variance, "ci_logit_delong": [found.low, found.high]}
        ours |= {"n_positive": int(positive.sum()), "n_negative": int((~positive).sum())}
        ours |= {"sensitivity": curve.sensitivity[::-1].tolist(), "specificity": curve.specificity[::-1].tolist()}
        yield name, ours, EXACT
        if name.startswith("n20"):
            x, first = np.asarray(values, float), np.asarray(positive, bool)
            yield name, {"p_wilcoxon": two_samples.exact_wilcoxon(x[first], x[~first]).p}, EXACT
    apart = np.arange(11) >= 6
    found = roc.area_under_curve(np.arange(11), apart)
    assert np.isnan(found.low)
    yield "perfect_5_6", {"auc": found.area, "delong_variance": found.variance}, EXACT
    yield "perfect_5_6", {"p_exact": two_samples.exact_wilcoxon(np.arange(11)[apart], np.arange(11)[~apart]).p}, EXACT


COMPARE = {"responders": _responders, "time_to_event": _time_to_event, "serology": _serology, "roc": _roc}
INPUTS = {
    "responders": ["*/x1", "*/n1", "*/x2", "*/n2", "*/data", "*/note", "*/x", "*/y"],
    "time_to_event": ["*/data", "*/first_group", "*/splits", "*/ties", "*/term", "*/strata", "*/log_log/time", "*/note"]
    + [
        "three_rows_of_the_coxphf_manual/time",
        "three_rows_of_the_coxphf_manual/event",
        "three_rows_of_the_coxphf_manual/x",
    ],
    "serology": ["*/data", "*/note", "*/titre"],
    "roc": ["*/data", "*/note"],
}
NOT_STATED = "a step of the p or the limits, which are compared"
EFRON = "without a penalty there is no estimate at separation; Firth's is offered"
SUBSTITUTED = "no number stands for a value below the limit"
REGRESSION = "arms are compared by the regression of censored values, not here"
NOT_OFFERED = {
    "responders": {
        "*/miettinen_nurminen/*": "the interval is Newcombe's",
        "*/mee_without_n_minus_1/*": "the interval is Newcombe's",
        "*/wald/*": "the interval is Newcombe's",
        "*/p_miettinen_nurminen": "not exact: level up to 8 % with few participants; Boschloo's test is offered",
        "*/chisq_p": "not exact; Boschloo's test is offered",
        "*/odds_ratio_*": "the difference of the shares is stated",
        "*/half_lloq": SUBSTITUTED,
        "*/lloq_for_below": SUBSTITUTED,
        "*/clopper_pearson_lloq_for_below/*": SUBSTITUTED,
        "*/clopper_pearson_half/*": SUBSTITUTED,
        "*/ml/*": EFRON,
        "*/ml_se/*": EFRON,
        "*/brglm2_se/*": "limits are of the profile",
        "*/penalised_l*": NOT_STATED,
    },
    "time_to_event": {
        "*/logrank/[vcp]*": "the exact test is offered, not the one by chi-squared",
        "*/p_exact_studentised_chisq": "the exact test permutes observed less expected",
        "*/one_sided/*": "tests are two-sided",
        "*/permutation_z": NOT_STATED,
        "*/coin/average/*": "ties by mid-ranks, as observed less expected has them",
        "*/coin/hothorn_lausen/*": "ties by mid-ranks, as observed less expected has them",
        "*/coin/mid_ranks/z": NOT_STATED,
        "*/cox_*/*": EFRON,
        "*/firth/penalised_loglik": NOT_STATED,
        "*/firth/loglik": NOT_STATED,
        "*/penalised_lr": NOT_STATED,
        "*/se_unpenalised_information": "limits are of the profile",
        "*/p_wald": "limits are of the profile",
        "*/log_log/std_err/*": NOT_STATED,
        "*/log/*": "limits are log-minus-log",
        "*/q25*": "only the median is stated",
        "*/q75*": "only the median is stated",
        "n12_separated/kaplan_meier_groups/log_log/lower/[45]": "R states none behind the first time where nobody had an event",
        "n12_separated/kaplan_meier_groups/log_log/upper/[45]": "R states none behind the first time where nobody had an event",
        "*/statistic_rank": "the score is of logarithms",
        "*/p_exact_rank": "the score is of logarithms",
        "n12_biomarker/hits": "not enumerated in the reference",
        "n12_biomarker/p_exact_ln": "not enumerated in the reference",
        "*/harrell_c": "concordance is not stated",
        "ovarian_firth/*": "one biomarker at a time",
    },
    "serology": {
        "*/geometric_sd": NOT_STATED,
        "*/ln_mean": NOT_STATED,
        "*/se_ln": NOT_STATED,
        "*/p_against_1": "the p of a change is that of biomarker_changes",
        "*/*_half/*": SUBSTITUTED,
        "*/geometric_mean_reported_end": "the mean of the lower ends of the steps; ours is of the titres themselves",
        "arms_*/*": REGRESSION,
        "ancova_*/*": REGRESSION,
    },
    "roc": {
        "*/ci_delong/*": "covers 84 to 87 % with 10 and 10; the logit interval is offered",
        "*/p_delong_against_half": "the rank-sum test is exact",
        "aSAH_*/p_wilcoxon": "an approximation; above 32 people ours is of drawn splits",
        "*/wilcoxon_distribution": NOT_STATED,
        "*/thresholds/*": "middles between values; ours are the values",
        "*/youden/*": "no threshold is recommended: with so few it is chosen by chance",
        "paired_delong/*": "areas of two biomarkers are not compared",
    },
}
