"""Acceptance rules: each judges recorded facts of one plate x analyte and changes no value.

A rule takes (facts, criteria) and yields Judgement rows. Numbers are compared after rounding to the criteria set's
`compare_decimals`, fractions exactly as integers, so that 4 of 6 passes 2/3 and 20.000000000000004 % passes 20 %.
Sources: ICH M10, Bioanalytical Method Validation and Study Sample Analysis (2022), section 4.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Judgement:
    """One evaluation of one rule."""

    rule: str
    scope: str
    subject: str
    observed: float
    limit: str
    verdict: str
    words: str


@dataclass(frozen=True)
class Facts:
    """What the rules look at: the curve row, and the concentrations of standards, controls and blanks."""

    curve: pd.Series
    standards: pd.DataFrame
    controls: pd.DataFrame
    blanks: pd.DataFrame


def calibration_levels(facts, criteria):
    """At least `min_levels` non-zero levels with a usable well entered the curve."""
    need, levels = criteria["calibration"]["min_levels"], int(facts.standards["expected"].nunique())
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


def calibration_fit(facts, criteria):
    """The curve converged."""
    status = facts.curve["status"]
    verdict = "PASS" if status == "converged" else "FAIL"
    reason = facts.curve["status_reason"]
    words = f"the curve {status.replace('_', ' ')}" + (f": {reason}" if isinstance(reason, str) and reason else "")
    yield Judgement("calibration_fit", "plate", "", float(status == "converged"), "converged", verdict, words)


def calibration_recovery(facts, criteria):
    """Each level's mean back-calculated concentration within tolerance; enough levels pass.

    The lowest and highest level of the plate's own range have the wider tolerance. A level that cannot be
    back-calculated fails.
    """
    rules, places = criteria["calibration"], criteria["compare_decimals"]
    if facts.standards.empty or facts.curve["status"] == "not_fitted":
        yield _not_evaluable("calibration_recovery", "no curve or no standards")
        return
    levels = facts.standards.groupby(["expected", "level"], dropna=False)["concentration_well"].agg(
        lambda values: values.mean() if values.notna().all() else np.nan
    )
    limits = [facts.curve["lloq"], facts.curve["uloq"]]
    passed = 0
    for (expected, level), found in levels.items():
        tolerance = rules["tolerance_percent_ends" if _near(expected, limits) else "tolerance_percent"]
        error = 100 * (found / expected - 1)
        fine = np.isfinite(error) and round(abs(error), places) <= tolerance
        passed += fine
        words = f"recovery {100 + error:.1f} %" if np.isfinite(error) else "not on the curve"
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
    fine = share >= Fraction(rules["pass_fraction"])
    yield Judgement(
        "calibration_recovery",
        "plate",
        "",
        float(share),
        f"at least {rules['pass_fraction']} of the levels",
        "PASS" if fine else "FAIL",
        f"{passed} of {len(levels)} levels within tolerance",
    )


def limits(facts, criteria):
    """The plate has a lower and an upper limit of quantification."""
    fine = np.isfinite(facts.curve["lloq"]) and np.isfinite(facts.curve["uloq"])
    reason = facts.curve["limit_reason"]
    words = f"LLOQ {facts.curve['lloq']:.4g}, ULOQ {facts.curve['uloq']:.4g}" if fine else f"no limit: {reason}"
    yield Judgement("limits", "plate", "", facts.curve["lloq"], "both limits exist", "PASS" if fine else "FAIL", words)


def blanks(facts, criteria):
    """The mean blank lies below the signal at the LLOQ, that is: it reads below LLOQ."""
    if facts.blanks.empty:
        yield _not_evaluable("blanks", "no blank wells")
        return
    worst = facts.blanks["concentration_well"].max()
    lloq = facts.curve["lloq"]
    if not np.isfinite(lloq):
        yield _not_evaluable("blanks", "no LLOQ to compare with")
        return
    fine = not worst > lloq
    words = f"highest blank {worst:.4g}" if np.isfinite(worst) else "all blanks below the curve"
    yield Judgement("blanks", "plate", "", worst, f"below LLOQ {lloq:.4g}", "PASS" if fine else "FAIL", words)


def controls(facts, criteria):
    """At least 2/3 of all control wells and 1/2 at each level within tolerance; one out of range counts as failed."""
    rules, places = criteria["controls"], criteria["compare_decimals"]
    known = facts.controls[facts.controls["expected"] > 0]
    if known["level"].nunique() < rules["min_levels"]:
        yield _not_evaluable("controls", f"{known['level'].nunique()} control levels, {rules['min_levels']} needed")
        return
    error = 100 * (known["concentration_well"] / known["expected"] - 1)
    fine = (error.abs().round(places) <= rules["tolerance_percent"]) & (known["status"] == "quantified")
    for level, each in fine.groupby(known["level"], sort=True):
        enough = Fraction(int(each.sum()), len(each)) >= Fraction(rules["pass_fraction_level"])
        yield Judgement(
            "control_level",
            "control",
            str(level),
            float(error[each.index].mean()),
            f"within {rules['tolerance_percent']} % in {rules['pass_fraction_level']} of the wells",
            "PASS" if enough else "FAIL",
            f"{level}: {int(each.sum())} of {len(each)} wells within tolerance, mean error {error[each.index].mean():.1f} %",
        )
    by_level = fine.groupby(known["level"]).agg(["sum", "count"])
    each_level = all(
        Fraction(int(row["sum"]), int(row["count"])) >= Fraction(rules["pass_fraction_level"])
        for _, row in by_level.iterrows()
    )
    total = Fraction(int(fine.sum()), len(fine)) >= Fraction(rules["pass_fraction_total"])
    yield Judgement(
        "controls",
        "plate",
        "",
        float(fine.mean()),
        f"{rules['pass_fraction_total']} of all and {rules['pass_fraction_level']} at each level",
        "PASS" if each_level and total else "FAIL",
        f"{int(fine.sum())} of {len(fine)} control wells within {rules['tolerance_percent']} %",
    )


PLATE_RULES = (calibration_levels, calibration_fit, calibration_recovery, limits, blanks, controls)


def replicate_cv(attempt, criteria):
    """CV of the replicate concentrations of one attempt (n - 1); wider below three times the LLOQ."""
    cv = attempt["cv_percent"]
    if not np.isfinite(cv):
        return None
    rules = criteria["replicates"]
    near = attempt["status"] == "quantified" and attempt["value"] < 3 * attempt["lloq_plate"]
    limit = rules["cv_percent_near_lloq" if near else "cv_percent"]
    fine = round(cv, criteria["compare_decimals"]) <= limit
    words = f"{attempt['sample_id']}: CV {cv:.1f} % over {attempt['n_wells']} wells"
    return Judgement(
        "replicate_cv", "sample", _subject(attempt), cv, f"at most {limit} %", "PASS" if fine else "FAIL", words
    )


def dilution_range(attempt, lowest, highest):
    """The dilution factor lies within the validated ones."""
    fine = lowest <= attempt["dilution"] <= highest
    words = f"{attempt['sample_id']}: dilution 1:{attempt['dilution']:g}"
    return Judgement(
        "dilution_range",
        "sample",
        _subject(attempt),
        attempt["dilution"],
        f"1:{lowest:g} to 1:{highest:g}",
        "PASS" if fine else "FAIL",
        words,
    )


def _subject(attempt):
    return f"{attempt['sample_id']} 1:{attempt['dilution']:g}"


def _near(value, ends):
    return any(np.isfinite(end) and abs(value - end) <= 1e-9 * abs(end) for end in ends)


def _not_evaluable(rule, words):
    return Judgement(rule, "plate", "", float("nan"), "", "NOT_EVALUABLE", words)
