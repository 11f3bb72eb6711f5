"""Acceptance rules: each judges recorded facts of plates x analytes that share their criteria, and changes no value.

A rule takes (facts, criteria) and yields pairs of places and their Judgement. Numbers are compared after rounding to the
criteria set's `compare_decimals`, fractions exactly as integers, so that 4 of 6 passes 2/3 and 20.000000000000004 % passes
20 %. Sources: ICH M10, Bioanalytical Method Validation and Study Sample Analysis (2022), section 4.
"""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from immunoassay import tables
from immunoassay.acceptance.facts import Facts, Judged, Judgement, Rows, not_evaluable, reaches, verdict


def calibration_levels(facts: Facts, criteria: dict) -> Iterator[Judged]:
    """At least `min_levels` distinct non-zero levels entered the curve; what the editing rule dropped did not."""
    need, kept = criteria["calibration"]["min_levels"], facts.kept
    levels = facts.count(kept.take(~np.isnan(kept["expected"])).groups("expected")["place"])
    words = [f"{each} standard levels, {need} needed" for each in levels]
    found = Judgement("calibration_levels", "plate", "", levels, f"at least {need}", verdict(levels >= need), words)
    yield np.arange(len(levels)), found


def calibration_fit(facts: Facts, criteria: dict) -> Iterator[Judged]:
    """The curve converged; a parameter that ended on its bound is a warning."""
    curves, found, words = facts.curves, [], []
    for status, reason, bound in zip(curves["status"], curves["status_reason"], curves["at_bound"], strict=True):
        warned = status == "converged" and isinstance(bound, str) and bound
        found.append("WARN" if warned else "PASS" if status == "converged" else "FAIL")
        said = f"{bound} ended on a bound" if warned else reason
        words.append(f"the curve {status.replace('_', ' ')}" + (f": {said}" if isinstance(said, str) and said else ""))
    observed = curves["status"] == "converged"
    yield np.arange(len(found)), Judgement("calibration_fit", "plate", "", observed, "converged", found, words)


def calibration_recovery(facts: Facts, criteria: dict) -> Iterator[Judged]:
    """Each level's mean back-calculated concentration within tolerance; at least `pass_fraction` of the levels and
    `min_levels` of them pass.

    The lowest and highest standard of the plate have the wider tolerance; a level that became the end because the one
    beyond it was dropped keeps the inner one. A level that was dropped or cannot be back-calculated fails.
    """
    rules, places = criteria["calibration"], criteria["compare_decimals"]
    fitted = facts.curves["status"] != "not_fitted"
    lacking = ~fitted | (facts.count(facts.standards["place"]) == 0)
    yield np.flatnonzero(lacking), not_evaluable("calibration_recovery", "no curve or no standards")
    levels = facts.standards.take(fitted[facts.standards["place"]]).groups("expected", "level")
    at, expected = levels["place"], levels["expected"]
    low, high = np.full((2, len(facts.curves)), np.nan)
    np.fmin.at(low, at, expected)
    np.fmax.at(high, at, expected)
    ends = np.isclose(expected, low[at], rtol=1e-9, atol=0) | np.isclose(expected, high[at], rtol=1e-9, atol=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = 100 * (levels.each("concentration_well", lambda wells: wells.mean(axis=1)) / expected - 1)
    error[expected == 0] = np.nan
    dropped, tolerance = facts.gone(levels), [rules["tolerance_percent"], rules["tolerance_percent_ends"]]
    within = np.round(np.abs(error), places) <= np.where(ends, *tolerance[::-1])
    fine = ~dropped & np.isfinite(error) & within
    words = [
        (f"{level}: recovery {100 + each:.1f} %" if np.isfinite(each) else f"{level}: not on the curve")
        + (", dropped by the editing rule" if gone else "")
        for level, each, gone in zip(levels["level"], error.tolist(), dropped, strict=True)
    ]
    limit = np.where(ends, *(f"within {each} %" for each in tolerance[::-1]))
    subject = [str(level) for level in levels["level"]]
    yield at, Judgement("calibration_level_recovery", "level", subject, error, limit, verdict(fine), words)
    judged = np.flatnonzero(~lacking)
    passed, count = facts.count(at[fine])[judged], facts.count(at)[judged]
    enough = reaches(passed, count, rules["pass_fraction"]) & (passed >= rules["min_levels"])
    whole = f"at least {rules['pass_fraction']} of the levels and {rules['min_levels']} levels"
    words = [f"{one} of {all_} levels within tolerance" for one, all_ in zip(passed, count, strict=True)]
    yield judged, Judgement("calibration_recovery", "plate", "", passed / count, whole, verdict(enough), words)


def limits(facts: Facts, criteria: dict) -> Iterator[Judged]:
    """The plate has a lower and an upper limit of quantification."""
    lloq, uloq = facts.curves["lloq"], facts.curves["uloq"]
    fine = np.isfinite(lloq) & np.isfinite(uloq)
    words = [
        f"LLOQ {low:.4g}, ULOQ {high:.4g}" if both else f"no limit: {reason}"
        for low, high, both, reason in zip(lloq, uloq, fine, facts.curves["limit_reason"], strict=True)
    ]
    yield np.arange(len(fine)), Judgement("limits", "plate", "", lloq, "both limits exist", verdict(fine), words)


def blanks(facts: Facts, criteria: dict) -> Iterator[Judged]:
    """No blank reads at or above the LLOQ; one above the curve is the worst of all."""
    at, lloq = facts.blanks["place"], facts.curves["lloq"]
    there, limited = facts.count(at) > 0, np.isfinite(lloq)
    yield np.flatnonzero(~there), not_evaluable("blanks", "no blank wells")
    yield np.flatnonzero(there & ~limited), not_evaluable("blanks", "no LLOQ to compare with")
    above, worst = facts.count(at[facts.blanks["status"] == "above_uloq"]) > 0, np.full(len(lloq), np.nan)
    np.fmax.at(worst, at, facts.blanks["concentration_well"])
    worst[above] = np.inf
    judged = np.flatnonzero(there & limited)
    worst, lloq, above = worst[judged], lloq[judged], above[judged]
    words = [
        "a blank above the curve" if over else f"highest blank {each:.4g}" if known else "all blanks below the curve"
        for each, over, known in zip(worst, above, np.isfinite(worst), strict=True)
    ]
    limit = [f"below LLOQ {each:.4g}" for each in lloq]
    yield judged, Judgement("blanks", "plate", "", worst, limit, verdict(~(worst >= lloq)), words)


def controls(facts: Facts, criteria: dict) -> Iterator[Judged]:
    """At least 2/3 of all control wells and 1/2 at each level within tolerance; one out of range counts as failed.

    Needs `min_levels` levels with an expected value, and `min_total` wells or `min_fraction_of_samples` of the samples
    of the plate, whichever is more; a level whose expected value is not known is never a pass.
    """
    rules, places = criteria["controls"], criteria["compare_decimals"]
    is_known = facts.controls["expected"] > 0
    unknown = facts.controls.take(~is_known & (facts.controls["level"] == facts.controls["level"])).groups("level")
    words = [f"{level}: no expected value" for level in unknown["level"]]
    yield unknown["place"], Judgement("control_level", "control", unknown["level"], np.nan, "", "NOT_EVALUABLE", words)
    known = facts.controls.take(is_known)
    levels, total = facts.count(known.groups("level")["place"]), facts.count(known["place"])
    needed = _controls_needed(facts, rules)
    lacking = (levels < rules["min_levels"]) | (total < needed)
    short = np.flatnonzero(lacking)
    words = [
        f"{each} control levels in {wells} wells, {rules['min_levels']} in {need} needed"
        for each, wells, need in zip(levels[short], total[short], needed[short], strict=True)
    ]
    yield short, not_evaluable("controls", words)
    known = known.take(~lacking[known["place"]])
    error = 100 * (known["concentration_well"] / known["expected"] - 1)
    fine = (np.round(np.abs(error), places) <= rules["tolerance_percent"]) & (known["status"] == "quantified")
    known = Rows(known.columns | {"error": error, "fine": fine})
    each_level, on_curve = known.groups("level"), known.take(~np.isnan(error)).groups("level")
    passed = each_level.each("fine", lambda wells: wells.sum(axis=1)).astype(int)
    enough = reaches(passed, each_level.size, rules["pass_fraction_level"])
    mean = np.full(len(each_level), np.nan)
    mean[each_level.each("error", lambda wells: (~np.isnan(wells)).any(axis=1)) > 0] = on_curve.each(
        "error", lambda wells: wells.mean(axis=1)
    )
    words = [
        f"{level}: {one} of {all_} wells within tolerance, mean error {off:.1f} %"
        for level, one, all_, off in zip(each_level["level"], passed, each_level.size, mean, strict=True)
    ]
    limit = f"within {rules['tolerance_percent']} % in {rules['pass_fraction_level']} of the wells"
    subject = [str(level) for level in each_level["level"]]
    yield each_level["place"], Judgement("control_level", "control", subject, mean, limit, verdict(enough), words)
    judged = np.flatnonzero(~lacking)
    passed, total = facts.count(known["place"][fine])[judged], total[judged]
    failed_level = facts.count(each_level["place"][~enough])[judged] > 0
    words = [
        f"{one} of {all_} control wells within {rules['tolerance_percent']} %"
        for one, all_ in zip(passed, total, strict=True)
    ]
    limit = f"{rules['pass_fraction_total']} of all and {rules['pass_fraction_level']} at each level"
    whole = verdict(reaches(passed, total, rules["pass_fraction_total"]) & ~failed_level)
    yield judged, Judgement("controls", "plate", "", passed / total, limit, whole, words)


def _controls_needed(facts, rules):
    """Control wells each plate must hold, as whole numbers."""
    named = (facts.wells["role"] == "sample") & (facts.wells["sample_id"] == facts.wells["sample_id"])
    samples = facts.count(facts.wells.take(named).groups("sample_id")["place"])
    share = Fraction(rules["min_fraction_of_samples"])
    return np.maximum(rules["min_total"], -(-samples * share.numerator // share.denominator))


PLATE_RULES = (calibration_levels, calibration_fit, calibration_recovery, limits, blanks, controls)


def replicate_cv(attempts: Rows, criteria: dict) -> Iterator[Judged]:
    """CV of the replicate concentrations of an attempt (n - 1); wider below three times the LLOQ.

    Beyond a limit nothing is judged: no number is reported, and concentrations below the LLOQ scatter whatever the pipetting.
    """
    cv, status, rules = attempts["cv_percent"], attempts["status"], criteria["replicates"]
    quantified = status == "quantified"
    single = np.flatnonzero(quantified & ~np.isfinite(cv))  # of others nothing is reported as a number
    words = [f"{name}: single well, no CV" for name in attempts["sample_id"][single]]
    found = Judgement("replicate_cv", "sample", attempts["subject"][single], cv[single], "", "NOT_EVALUABLE", words)
    yield single, found
    at = np.flatnonzero(np.isfinite(cv) & ~np.isin(status, tables.CENSORED))
    near = (quantified & (attempts["value"] < 3 * attempts["lloq_plate"]))[at]
    most = [rules["cv_percent_near_lloq"], rules["cv_percent"]]
    fine = np.round(cv[at], criteria["compare_decimals"]) <= np.where(near, *most)
    words = [
        f"{name}: CV {each:.1f} % over {wells:.0f} wells"
        for name, each, wells in zip(
            *(attempts[name][at].tolist() for name in ("sample_id", "cv_percent", "n_wells")), strict=True
        )
    ]
    limit = np.where(near, *(f"at most {each} %" for each in most))
    yield at, Judgement("replicate_cv", "sample", attempts["subject"][at], cv[at], limit, verdict(fine), words)


def dilution_range(attempts: Rows, lowest: float, highest: float) -> Iterator[Judged]:
    """The dilution factor lies within the validated ones."""
    dilution = attempts["dilution"]
    fine = (dilution >= lowest) & (dilution <= highest)
    words = [
        f"{name}: dilution 1:{each:g}"
        for name, each in zip(attempts["sample_id"].tolist(), dilution.tolist(), strict=True)
    ]
    limit, subject = f"1:{lowest:g} to 1:{highest:g}", attempts["subject"]
    yield np.arange(len(fine)), Judgement("dilution_range", "sample", subject, dilution, limit, verdict(fine), words)
