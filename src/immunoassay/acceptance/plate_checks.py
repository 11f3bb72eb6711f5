"""Advisory rules of one plate x analyte: standards that repeat, fall and step as they should, beads, signal, controls.

Each takes (facts, criteria) and yields pairs of places and their Judgement, as those of `rules` do. Sources: ICH M10 (2022)
section 4.3.2 for the editing of calibration standards; the numbers are those of the criteria set.
"""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from immunoassay.acceptance.facts import Facts, Judged, Judgement, not_evaluable, reaches, verdict

SIGNALS = {
    "luminex": ("median", "net_median"),
    "msd": ("ecl", "net_ecl"),
    "elisa": ("absorbance", "net_absorbance", "fluorescence", "net_fluorescence", "luminescence", "net_luminescence"),
}


def calibration_cv(facts: Facts, criteria: dict) -> Iterator[Judged]:
    """CV (n - 1) of the back-calculated concentrations of each level; enough levels within the limit."""
    rules, standards = criteria["calibration"], facts.standards
    low, high = np.full(len(facts.curves), np.inf), np.zeros(len(facts.curves))
    np.fmin.at(low, standards["place"], standards["expected"])
    np.fmax.at(high, standards["place"], standards["expected"])
    levels, cv = _variations(facts.kept, "expected", "level")
    at = levels["place"]
    ends = (levels["expected"] == low[at]) | (levels["expected"] == high[at])
    most = [rules["cv_percent_ends"], rules["cv_percent"]]
    fine = np.round(cv, criteria["compare_decimals"]) <= np.where(ends, *most)
    limit = np.where(ends, *(f"at most {each} %" for each in most))
    words, name = _cv_words(levels, cv), levels["level"]
    yield at, Judgement("calibration_level_cv", "level", name, cv, limit, verdict(fine), words)
    passed, judged = facts.count(at[fine]), facts.count(at)
    yield np.flatnonzero(judged == 0), not_evaluable("calibration_cv", "no level with two wells on the curve")
    at = np.flatnonzero(judged)
    passed, judged = passed[at], judged[at]
    enough, whole = reaches(passed, judged, rules["pass_fraction"]), f"at least {rules['pass_fraction']} of the levels"
    words = [f"{one} of {all_} levels within the CV" for one, all_ in zip(passed, judged, strict=True)]
    yield at, Judgement("calibration_cv", "plate", "", passed / judged, whole, verdict(enough), words)


def calibration_editing(facts: Facts, criteria: dict) -> Iterator[Judged]:
    """No more levels were dropped than the criteria set allows."""
    allowed = Fraction(criteria["calibration"].get("max_dropped_fraction", "0/1"))
    named = facts.standards.take(facts.standards["level"] == facts.standards["level"]).groups("level")["place"]
    dropped: list[list[str]] = [[] for _ in range(len(facts.curves))]
    for place, level in sorted(facts.dropped):
        dropped[place].append(level)
    count = np.array([len(each) for each in dropped], int)
    fine = count * allowed.denominator <= facts.count(named) * allowed.numerator
    words = [f"dropped {', '.join(each)}" if each else "no level dropped" for each in dropped]
    limit = f"at most {allowed} of the levels"
    yield np.arange(len(fine)), Judgement("calibration_editing", "plate", "", count, limit, verdict(fine), words)


def standards_monotony(facts: Facts, criteria: dict) -> Iterator[Judged]:
    """The mean signal of the standards moves one way with concentration; a turn at the top is a hook."""
    levels, signal = _means(facts.kept, "signal")
    at, expected = levels["place"], levels["expected"]
    count = facts.count(at)
    lacking = (count < 3) | (facts.count(at[np.isnan(signal)]) > 0)
    words = [f"{each} levels with a signal, 3 needed" for each in count[lacking]]
    yield np.flatnonzero(lacking), not_evaluable("standards_monotony", words)
    last = np.cumsum(count) - 1
    direction = np.sign(signal[last[at]] - signal[(last - count + 1)[at]])
    step = np.flatnonzero(np.diff(at) == 0) + 1
    # below the LLOQ the curve is flat and noise turns it; only steps that reach into the range count
    lloq = np.where(np.isfinite(facts.curves["lloq"]), facts.curves["lloq"], -np.inf)
    wrong = ((signal[step] - signal[step - 1]) * direction[step] <= 0) & (expected[step] > lloq[at[step]])
    turns: list[list[float]] = [[] for _ in range(len(count))]
    for place, value in zip(at[step][wrong], expected[step][wrong].tolist(), strict=True):
        turns[place].append(value)
    judged = np.flatnonzero(~lacking)
    words = ["every step has the same direction"] * len(judged)
    for position, place in enumerate(judged):
        if turns[place]:
            words[position] = f"the signal turns at {', '.join(f'{each:g}' for each in turns[place])}"
            words[position] += ", the highest standard (hook)" if turns[place][-1] == expected[last[place]] else ""
    number = np.array([len(turns[place]) for place in judged], int)
    yield judged, Judgement("standards_monotony", "plate", "", number, "no turn", verdict(number == 0), words)


def standards_steps(facts: Facts, criteria: dict) -> Iterator[Judged]:
    """Neighbouring standards of the plate's range differ as their concentrations do: none pipetted twice or skipped.

    The step of back-calculated concentrations over the step stated, both as logarithms, is 1 within
    `step_tolerance_percent`: 0 when a level was pipetted twice, 2 when one was skipped.
    """
    stated, at = facts.standards["expected"], facts.standards["place"]
    inside = (stated >= facts.curves["lloq"][at] * (1 - 1e-9)) & (stated <= facts.curves["uloq"][at] * (1 + 1e-9))
    levels, found = _means(facts.standards.take(inside), "concentration_well")
    at = levels["place"]
    lacking = (facts.count(at) < 2) | (facts.count(at[np.isnan(found)]) > 0)
    none = not_evaluable("standards_steps", "no two neighbouring standards inside the limits")
    yield np.flatnonzero(lacking), none
    step = np.flatnonzero((np.diff(at) == 0) & ~lacking[at[1:]]) + 1
    found, expected, at = np.log(found), np.log(levels["expected"]), at[step]
    ratio = (found[step] - found[step - 1]) / (expected[step] - expected[step - 1])
    order = np.lexsort((-np.abs(ratio - 1), at))
    worst = ratio[order[np.diff(at, prepend=-1) != 0]]  # `at` is in order before and after
    tolerance = criteria["calibration"]["step_tolerance_percent"]
    fine = np.round(100 * np.abs(worst - 1), criteria["compare_decimals"]) <= tolerance
    words, limit = (
        [f"the step least like the one stated is {each:.2f} times as wide" for each in worst],
        f"within {tolerance} % of the step stated",
    )
    judged = np.flatnonzero(~lacking)
    yield judged, Judgement("standards_steps", "plate", "", worst, limit, verdict(fine), words)


def bead_counts(facts: Facts, criteria: dict) -> Iterator[Judged]:
    """Of instruments that count beads: counts are there, and none is below the limits of the criteria set."""
    if facts.platform != "luminex" or "beads" not in criteria:
        return
    wells, rules = facts.wells.take(~np.isin(facts.wells["role"], ["empty", "ignore"])), criteria["beads"]
    at, beads = wells["place"], wells["bead_count"]
    total, counted = facts.count(at), facts.count(at[~np.isnan(beads)])
    lacking = (counted < total) | (total == 0)
    words = [
        f"bead counts of {one} of {all_} wells" for one, all_ in zip(counted[lacking], total[lacking], strict=True)
    ]
    yield np.flatnonzero(lacking), not_evaluable("bead_counts", words)
    judged, least = np.flatnonzero(~lacking), np.full(len(total), np.inf)
    np.fmin.at(least, at, beads)
    below, few = (facts.count(at[beads < rules[name]])[judged] for name in ("exclude_below", "flag_below"))
    words = [
        f"of {all_} wells {low} below {rules['exclude_below']} beads, {some - low} more below {rules['flag_below']}"
        for all_, low, some in zip(total[judged], below, few, strict=True)
    ]
    limit, found = f"all {rules['flag_below']} or more", np.where(few > 0, "WARN", "PASS")
    yield judged, Judgement("bead_counts", "plate", "", least[judged], limit, found, words)


def read_mode(facts: Facts, criteria: dict) -> Iterator[Judged]:
    """Every well holds the kind of signal the platform is read with, and only one kind."""
    if facts.platform not in SIGNALS:
        return
    known = facts.wells["signal_kind"] == facts.wells["signal_kind"]
    groups = facts.wells.take(known).groups("signal_kind")
    kinds: list[list[str]] = [[] for _ in range(len(facts.curves))]
    for place, kind in zip(groups["place"], groups["signal_kind"], strict=True):
        kinds[place].append(kind)
    fine = np.array([len(each) == 1 and each[0] in SIGNALS[facts.platform] for each in kinds], bool)
    words = [f"read as {' and '.join(each).replace('_', ' ') or 'nothing'}" for each in kinds]
    limit = f"one of {', '.join(SIGNALS[facts.platform])}".replace("_", " ")
    count = [len(each) for each in kinds]
    yield np.arange(len(kinds)), Judgement("read_mode", "plate", "", count, limit, verdict(fine), words)


def control_cv(facts: Facts, criteria: dict) -> Iterator[Judged]:
    """CV (n - 1) of the wells of each control level."""
    rules, (levels, cv) = criteria["controls"], _variations(facts.controls, "level")
    at, fine = levels["place"], np.round(cv, criteria["compare_decimals"]) <= rules["cv_percent"]
    limit, name = f"at most {rules['cv_percent']} %", levels["level"]
    yield at, Judgement("control_level_cv", "control", name, cv, limit, verdict(fine), _cv_words(levels, cv))
    judged, failed = facts.count(at), facts.count(at[~fine])
    yield np.flatnonzero(judged == 0), not_evaluable("control_cv", "no control level with two wells on the curve")
    at = np.flatnonzero(judged)
    judged, failed = judged[at], failed[at]
    words = [f"{all_ - bad} of {all_} control levels within the CV" for all_, bad in zip(judged, failed, strict=True)]
    yield at, Judgement("control_cv", "plate", "", failed, "every level", verdict(failed == 0), words)


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
    """(groups of the wells at each expected concentration that is known, means of `column` without missing values)."""
    rows = rows.take(~np.isnan(rows["expected"]))
    groups, known = rows.groups("expected"), rows.take(~np.isnan(rows[column])).groups("expected")
    means = np.full(len(groups), np.nan)
    some = groups.each(column, lambda values: (~np.isnan(values)).any(axis=1)) > 0
    means[some] = known.each(column, lambda values: values.mean(axis=1))
    return groups, means


def _variations(rows, *keys):
    """(groups, CVs in percent of their concentrations) of the levels that are named and have two wells or more, all known."""
    for name in keys:
        rows = rows.take(rows[name] == rows[name])
    groups = rows.groups(*keys)
    whole = (groups.size > 1) & (groups.each("concentration_well", lambda wells: np.isnan(wells).any(axis=1)) == 0)
    groups = groups.rows.take(np.repeat(whole, groups.size)).groups(*keys)
    cv = groups.each("concentration_well", lambda wells: 100 * wells.std(axis=1, ddof=1) / wells.mean(axis=1))
    return groups, cv


def _cv_words(levels, cv):
    return [
        f"{level}: CV {each:.1f} % over {wells} wells"
        for level, each, wells in zip(levels["level"], cv, levels.size, strict=True)
    ]
