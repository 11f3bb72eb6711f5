"""Acceptance rules: each judges recorded facts of one plate x analyte and changes no value.

A rule takes (facts, criteria) and yields Judgement rows. Numbers are compared after rounding to the criteria set's
`compare_decimals`, fractions exactly as integers, so that 4 of 6 passes 2/3 and 20.000000000000004 % passes 20 %.
Sources: ICH M10, Bioanalytical Method Validation and Study Sample Analysis (2022), section 4.
"""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from immunoassay import tables
from immunoassay.acceptance.facts import Facts, Judgement, Rows, not_evaluable


def calibration_levels(facts: Facts, criteria: dict) -> Iterator[Judgement]:
    """At least `min_levels` distinct non-zero levels entered the curve; what the editing rule dropped did not."""
    need, expected = criteria["calibration"]["min_levels"], facts.kept["expected"]
    levels = len(set(expected[~np.isnan(expected)]))
    verdict = "PASS" if levels >= need else "FAIL"
    yield Judgement(
        "calibration_levels",
        "plate",
        "",
        levels,
        f"at least {need}",
        verdict,
        f"{levels} standard levels, {need} needed",
    )


def calibration_fit(facts: Facts, criteria: dict) -> Iterator[Judgement]:
    """The curve converged; a parameter that ended on its bound is a warning."""
    status, reason, bound = facts.curve["status"], facts.curve["status_reason"], facts.curve.get("at_bound")
    verdict = "PASS" if status == "converged" else "FAIL"
    if verdict == "PASS" and isinstance(bound, str) and bound:
        verdict, reason = "WARN", f"{bound} ended on a bound"
    words = f"the curve {status.replace('_', ' ')}" + (f": {reason}" if isinstance(reason, str) and reason else "")
    yield Judgement("calibration_fit", "plate", "", float(status == "converged"), "converged", verdict, words)


def calibration_recovery(facts: Facts, criteria: dict) -> Iterator[Judgement]:
    """Each level's mean back-calculated concentration within tolerance; at least `pass_fraction` of the levels and
    `min_levels` of them pass.

    The lowest and highest standard of the plate have the wider tolerance; a level that became the end because the one
    beyond it was dropped keeps the inner one. A level that was dropped or cannot be back-calculated fails.
    """
    rules, places = criteria["calibration"], criteria["compare_decimals"]
    if not len(facts.standards) or facts.curve["status"] == "not_fitted":
        yield not_evaluable("calibration_recovery", "no curve or no standards")
        return
    levels = facts.standards.groups("concentration_well", "expected", "level")
    known = facts.standards["expected"][~np.isnan(facts.standards["expected"])]
    ends = [known.min(), known.max()] if len(known) else []
    passed = 0
    for (expected, level), wells in levels:
        tolerance = rules["tolerance_percent_ends" if _near(expected, ends) else "tolerance_percent"]
        error = 100 * (wells.mean() / expected - 1) if expected else np.nan
        dropped = level in facts.dropped
        fine = not dropped and np.isfinite(error) and round(abs(error), places) <= tolerance
        passed += fine
        words = f"recovery {100 + error:.1f} %" if np.isfinite(error) else "not on the curve"
        words += ", dropped by the editing rule" if dropped else ""
        yield Judgement(
            "calibration_level_recovery",
            "level",
            str(level),
            error,
            f"within {tolerance} %",
            "PASS" if fine else "FAIL",
            f"{level}: {words}",
        )
    share = Fraction(int(passed), len(levels))
    fine = share >= Fraction(rules["pass_fraction"]) and passed >= rules["min_levels"]
    yield Judgement(
        "calibration_recovery",
        "plate",
        "",
        float(share),
        f"at least {rules['pass_fraction']} of the levels and {rules['min_levels']} levels",
        "PASS" if fine else "FAIL",
        f"{passed} of {len(levels)} levels within tolerance",
    )


def limits(facts: Facts, criteria: dict) -> Iterator[Judgement]:
    """The plate has a lower and an upper limit of quantification."""
    fine = np.isfinite(facts.curve["lloq"]) and np.isfinite(facts.curve["uloq"])
    reason = facts.curve["limit_reason"]
    words = f"LLOQ {facts.curve['lloq']:.4g}, ULOQ {facts.curve['uloq']:.4g}" if fine else f"no limit: {reason}"
    yield Judgement("limits", "plate", "", facts.curve["lloq"], "both limits exist", "PASS" if fine else "FAIL", words)


def blanks(facts: Facts, criteria: dict) -> Iterator[Judgement]:
    """No blank reads at or above the LLOQ; one above the curve is the worst of all."""
    if not len(facts.blanks):
        yield not_evaluable("blanks", "no blank wells")
        return
    above = bool((facts.blanks["status"] == "above_uloq").any())
    worst = np.inf if above else np.fmax.reduce(facts.blanks["concentration_well"])
    lloq = facts.curve["lloq"]
    if not np.isfinite(lloq):
        yield not_evaluable("blanks", "no LLOQ to compare with")
        return
    fine = not worst >= lloq
    words = f"highest blank {worst:.4g}" if np.isfinite(worst) else "all blanks below the curve"
    words = "a blank above the curve" if above else words
    yield Judgement("blanks", "plate", "", worst, f"below LLOQ {lloq:.4g}", "PASS" if fine else "FAIL", words)


def controls(facts: Facts, criteria: dict) -> Iterator[Judgement]:
    """At least 2/3 of all control wells and 1/2 at each level within tolerance; one out of range counts as failed.

    Needs `min_levels` levels with an expected value, and `min_total` wells or `min_fraction_of_samples` of the samples
    of the plate, whichever is more; a level whose expected value is not known is never a pass.
    """
    rules, places = criteria["controls"], criteria["compare_decimals"]
    expected = facts.controls["expected"]
    known = facts.controls.take(expected > 0)
    unknown = facts.controls.take(~(expected > 0))["level"]
    for level in sorted({level for level in unknown if level == level}):
        yield Judgement(
            "control_level", "control", str(level), np.nan, "", "NOT_EVALUABLE", f"{level}: no expected value"
        )
    levels, needed = len(set(known["level"])), _controls_needed(facts, rules)
    if levels < rules["min_levels"] or len(known) < needed:
        words = f"{levels} control levels in {len(known)} wells, {rules['min_levels']} in {needed} needed"
        yield not_evaluable("controls", words)
        return
    error = 100 * (known["concentration_well"] / known["expected"] - 1)
    fine = (np.round(np.abs(error), places) <= rules["tolerance_percent"]) & (known["status"] == "quantified")
    known = Rows({"level": known["level"], "error": error, "fine": fine})
    whole, each_level = Fraction(rules["pass_fraction_total"]), Fraction(rules["pass_fraction_level"])
    passed = []
    for ((level,), each), (_, errors) in zip(
        known.groups("fine", "level"), known.groups("error", "level"), strict=True
    ):
        passed.append(Fraction(int(each.sum()), len(each)) >= each_level)
        errors = errors[~np.isnan(errors)]
        mean = float(errors.mean()) if len(errors) else np.nan
        yield Judgement(
            "control_level",
            "control",
            str(level),
            mean,
            f"within {rules['tolerance_percent']} % in {rules['pass_fraction_level']} of the wells",
            "PASS" if passed[-1] else "FAIL",
            f"{level}: {int(each.sum())} of {len(each)} wells within tolerance, mean error {mean:.1f} %",
        )
    total = Fraction(int(fine.sum()), len(fine)) >= whole
    yield Judgement(
        "controls",
        "plate",
        "",
        float(fine.mean()),
        f"{rules['pass_fraction_total']} of all and {rules['pass_fraction_level']} at each level",
        "PASS" if all(passed) and total else "FAIL",
        f"{int(fine.sum())} of {len(fine)} control wells within {rules['tolerance_percent']} %",
    )


def _controls_needed(facts, rules):
    """Control wells the plate must hold."""
    samples = {name for name in facts.wells["sample_id"][facts.wells["role"] == "sample"] if name == name}
    return max(rules["min_total"], -(-len(samples) * Fraction(rules["min_fraction_of_samples"]) // 1))


PLATE_RULES = (calibration_levels, calibration_fit, calibration_recovery, limits, blanks, controls)


def replicate_cv(attempt: dict, criteria: dict) -> Judgement | None:
    """CV of the replicate concentrations of one attempt (n - 1); wider below three times the LLOQ.

    Beyond a limit nothing is judged: no number is reported, and concentrations below the LLOQ scatter whatever the pipetting.
    """
    cv, rules = attempt["cv_percent"], criteria["replicates"]
    if attempt["status"] in tables.CENSORED:
        return None
    if not np.isfinite(cv):
        if attempt["status"] != "quantified":  # nothing is reported as a number
            return None
        words = f"{attempt['sample_id']}: single well, no CV"
        return Judgement("replicate_cv", "sample", subject(attempt), cv, "", "NOT_EVALUABLE", words)
    near = attempt["status"] == "quantified" and attempt["value"] < 3 * attempt["lloq_plate"]
    limit = rules["cv_percent_near_lloq" if near else "cv_percent"]
    fine = round(cv, criteria["compare_decimals"]) <= limit
    words = f"{attempt['sample_id']}: CV {cv:.1f} % over {attempt['n_wells']} wells"
    return Judgement(
        "replicate_cv", "sample", subject(attempt), cv, f"at most {limit} %", "PASS" if fine else "FAIL", words
    )


def dilution_range(attempt: dict, lowest: float, highest: float) -> Judgement:
    """The dilution factor lies within the validated ones."""
    fine = lowest <= attempt["dilution"] <= highest
    words = f"{attempt['sample_id']}: dilution 1:{attempt['dilution']:g}"
    return Judgement(
        "dilution_range",
        "sample",
        subject(attempt),
        attempt["dilution"],
        f"1:{lowest:g} to 1:{highest:g}",
        "PASS" if fine else "FAIL",
        words,
    )


def subject(attempt: dict) -> str:
    return f"{attempt['sample_id']} 1:{attempt['dilution']:g}"


def _near(value, ends):
    return value is not None and any(np.isfinite(end) and abs(value - end) <= 1e-9 * abs(end) for end in ends)
