"""Advisory rules of one plate x analyte: standards that repeat, fall and step as they should, beads, signal, controls.

Each takes (facts, criteria) like those of `rules` and yields Judgement rows. Sources: ICH M10 (2022) section 4.3.2 for
the editing of calibration standards; the numbers are those of the criteria set.
"""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from immunoassay.acceptance.facts import Facts, Judgement, not_evaluable

SIGNALS = {
    "luminex": ("median", "net_median"),
    "msd": ("ecl", "net_ecl"),
    "elisa": ("absorbance", "net_absorbance", "fluorescence", "net_fluorescence", "luminescence", "net_luminescence"),
}


def calibration_cv(facts: Facts, criteria: dict) -> Iterator[Judgement]:
    """CV (n - 1) of the back-calculated concentrations of each level; enough levels within the limit."""
    rules, passed, judged = criteria["calibration"], 0, 0
    ends = (
        np.fmin.reduce(facts.standards["expected"], initial=np.inf),
        np.fmax.reduce(facts.standards["expected"], initial=0),
    )
    for (expected, level), n, cv in _variations(facts.kept, "expected", "level"):
        limit = rules["cv_percent_ends" if expected in ends else "cv_percent"]
        fine = round(cv, criteria["compare_decimals"]) <= limit
        passed, judged = passed + fine, judged + 1
        words = f"{level}: CV {cv:.1f} % over {n} wells"
        verdict = "PASS" if fine else "FAIL"
        yield Judgement("calibration_level_cv", "level", str(level), cv, f"at most {limit} %", verdict, words)
    if not judged:
        yield not_evaluable("calibration_cv", "no level with two wells on the curve")
        return
    share = Fraction(int(passed), judged)
    verdict = "PASS" if share >= Fraction(rules["pass_fraction"]) else "FAIL"
    words, limit = f"{passed} of {judged} levels within the CV", f"at least {rules['pass_fraction']} of the levels"
    yield Judgement("calibration_cv", "plate", "", float(share), limit, verdict, words)


def calibration_editing(facts: Facts, criteria: dict) -> Iterator[Judgement]:
    """No more levels were dropped than the criteria set allows."""
    allowed = Fraction(criteria["calibration"].get("max_dropped_fraction", "0/1"))
    levels = {level for level in facts.standards["level"] if level == level}
    dropped = sorted(facts.dropped)
    verdict = "PASS" if len(dropped) <= allowed * len(levels) else "FAIL"
    words = f"dropped {', '.join(dropped)}" if dropped else "no level dropped"
    yield Judgement(
        "calibration_editing", "plate", "", len(dropped), f"at most {allowed} of the levels", verdict, words
    )


def standards_monotony(facts: Facts, criteria: dict) -> Iterator[Judgement]:
    """The mean signal of the standards moves one way with concentration; a turn at the top is a hook."""
    expected, signal = _means(facts.kept, "signal")
    if len(signal) < 3 or np.isnan(signal).any():
        yield not_evaluable("standards_monotony", f"{len(signal)} levels with a signal, 3 needed")
        return
    steps = np.diff(signal)
    direction = np.sign(signal[-1] - signal[0])
    # below the LLOQ the curve is flat and noise turns it; only steps that reach into the range count
    counts = expected[1:] > (facts.curve["lloq"] if np.isfinite(facts.curve["lloq"]) else -np.inf)
    wrong = [float(expected[i + 1]) for i in np.flatnonzero((steps * direction <= 0) & counts)]
    words = "every step has the same direction"
    if wrong:
        words = f"the signal turns at {', '.join(f'{each:g}' for each in wrong)}"
        words += ", the highest standard (hook)" if wrong[-1] == expected[-1] else ""
    yield Judgement("standards_monotony", "plate", "", len(wrong), "no turn", "FAIL" if wrong else "PASS", words)


def standards_steps(facts: Facts, criteria: dict) -> Iterator[Judgement]:
    """Neighbouring standards of the plate's range differ as their concentrations do: none pipetted twice or skipped.

    The step of back-calculated concentrations over the step stated, both as logarithms, is 1 within
    `step_tolerance_percent`: 0 when a level was pipetted twice, 2 when one was skipped.
    """
    lloq, uloq = facts.curve["lloq"], facts.curve["uloq"]
    stated = facts.standards["expected"]
    rows = facts.standards.take((stated >= lloq * (1 - 1e-9)) & (stated <= uloq * (1 + 1e-9)))
    expected, found = _means(rows, "concentration_well")
    if len(found) < 2 or np.isnan(found).any():
        yield not_evaluable("standards_steps", "no two neighbouring standards inside the limits")
        return
    ratio = np.diff(np.log(found)) / np.diff(np.log(expected))
    worst = float(ratio[np.argmax(np.abs(ratio - 1))])
    tolerance = criteria["calibration"]["step_tolerance_percent"]
    fine = round(100 * abs(worst - 1), criteria["compare_decimals"]) <= tolerance
    words = f"the step least like the one stated is {worst:.2f} times as wide"
    limit = f"within {tolerance} % of the step stated"
    yield Judgement("standards_steps", "plate", "", worst, limit, "PASS" if fine else "FAIL", words)


def bead_counts(facts: Facts, criteria: dict) -> Iterator[Judgement]:
    """Of instruments that count beads: counts are there, and none is below the limits of the criteria set."""
    if facts.platform != "luminex" or "beads" not in criteria:
        return
    wells, rules = facts.wells.take(~np.isin(facts.wells["role"], ["empty", "ignore"])), criteria["beads"]
    counts = wells["bead_count"][~np.isnan(wells["bead_count"])]
    if len(counts) < len(wells) or not len(wells):
        yield not_evaluable("bead_counts", f"bead counts of {len(counts)} of {len(wells)} wells")
        return
    below, few = int((counts < rules["exclude_below"]).sum()), int((counts < rules["flag_below"]).sum())
    words = f"of {len(wells)} wells {below} below {rules['exclude_below']} beads, {few - below} more below {rules['flag_below']}"
    limit, verdict = f"all {rules['flag_below']} or more", "WARN" if few else "PASS"
    yield Judgement("bead_counts", "plate", "", float(counts.min()), limit, verdict, words)


def read_mode(facts: Facts, criteria: dict) -> Iterator[Judgement]:
    """Every well holds the kind of signal the platform is read with, and only one kind."""
    if facts.platform not in SIGNALS:
        return
    kinds = sorted({kind for kind in facts.wells["signal_kind"] if kind == kind})
    fine = len(kinds) == 1 and kinds[0] in SIGNALS[facts.platform]
    words = f"read as {' and '.join(kinds).replace('_', ' ') or 'nothing'}"
    limit = f"one of {', '.join(SIGNALS[facts.platform])}".replace("_", " ")
    yield Judgement("read_mode", "plate", "", len(kinds), limit, "PASS" if fine else "FAIL", words)


def control_cv(facts: Facts, criteria: dict) -> Iterator[Judgement]:
    """CV (n - 1) of the wells of each control level."""
    rules, failed, judged = criteria["controls"], 0, 0
    for (level,), n, cv in _variations(facts.controls, "level"):
        fine = round(cv, criteria["compare_decimals"]) <= rules["cv_percent"]
        failed, judged = failed + (not fine), judged + 1
        words, limit = f"{level}: CV {cv:.1f} % over {n} wells", f"at most {rules['cv_percent']} %"
        yield Judgement("control_level_cv", "control", str(level), cv, limit, "PASS" if fine else "FAIL", words)
    if not judged:
        yield not_evaluable("control_cv", "no control level with two wells on the curve")
        return
    words = f"{judged - failed} of {judged} control levels within the CV"
    yield Judgement("control_cv", "plate", "", failed, "every level", "FAIL" if failed else "PASS", words)


RULES = (
    calibration_cv,
    calibration_editing,
    standards_monotony,
    standards_steps,
    bead_counts,
    read_mode,
    control_cv,
)


def _means(rows, column):
    """(expected concentrations, mean of `column` at each): by rising concentration, without missing values."""
    groups = [(expected, values[~np.isnan(values)]) for (expected,), values in rows.groups(column, "expected")]
    known = [
        (expected, values.mean() if len(values) else np.nan) for expected, values in groups if expected is not None
    ]
    return np.array([expected for expected, _ in known]), np.array([mean for _, mean in known])


def _variations(rows, *keys):
    """(key, wells, CV in percent of their concentrations) of each level that is named and has two wells or more, all known."""
    for key, values in rows.groups("concentration_well", *keys):
        if len(values) > 1 and None not in key and not np.isnan(values).any():
            yield key, len(values), float(100 * values.std(ddof=1) / values.mean())
