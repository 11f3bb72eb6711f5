"""Change of biomarkers from baseline: the ratio the data support, its exact test, what substitution would say."""

import numpy as np
from immunoassay.statistics import number_words
from immunoassay.statistics import settings as choices
from immunoassay.statistics.frames import blocks, limits, prepare, table
from immunoassay.statistics.intervals import clopper_pearson
from immunoassay.statistics.multiplicity import MAX_T_LIMIT, adjust, global_sign_flip, max_t_sign_flip, tests_needed
from immunoassay.statistics.paired import discordant, estimate_change, exact_test, log_pairs, substituted, windows
from immunoassay.statistics.signed_rank import recensored_differences
from immunoassay.tables import BELOW

SUBSTITUTIONS = {"sensitivity_lloq": 1.0, "sensitivity_half_lloq": 0.5, "sensitivity_sqrt2": 1 / np.sqrt(2)}
COLUMNS = {
    **dict.fromkeys(("variable", "kind", "panel", "group", "unit", "course", "visit"), "str"),
    "visit_order": "Int64",
    **dict.fromkeys(
        (
            "n_pairs",
            "informative_pairs",
            "quantified_baseline",
            "quantified_visit",
            "below_baseline",
            "below_visit",
            "gained",
            "lost",
        ),
        "Int64",
    ),
    "share_censored": "float64",
    "share_below": "float64",
    "tier": "str",
    "ratio": "float64",
    "low": "float64",
    "high": "float64",
    "interval_method": "str",
    "percent_change": "float64",
    "percent_low": "float64",
    "percent_high": "float64",
    "bound_text": "str",
    "p": "float64",
    "p_method": "str",
    "p_floor": "float64",
    "p_adjusted": "float64",
    "adjusted_method": "str",
    "family": "str",
    "family_size": "Int64",
    "family_p": "float64",
    **dict.fromkeys(SUBSTITUTIONS, "float64"),
    "sensitivity_flips": "boolean",
    "words": "str",
    "reason": "str",
}
NO_P = (
    "no p: with more than 15 pairs the signed-rank test of censored results would also reject a change of spread; "
    "the interval tells whether the ratio changed"
)
PAIR_COLUMNS = (
    *("baseline_lower", "baseline_upper", "lower", "upper"),
    *("baseline_lloq", "baseline_uloq", "lloq", "uloq"),
)


def biomarker_changes(observations, settings):
    """One row per biomarker, course and visit after baseline, columns as COLUMNS.

    `ratio` is the geometric mean ratio to baseline in participants with both results; `low` and `high` are its
    limits, 0 or infinity where only one side is bounded, NaN where there is none; `bound_text` is what to print.
    `tier` is of `paired`. The p is exact; tier B has none above 15 pairs. Changes at the primary visit of the primary
    course are adjusted within their group, up to 12 participants by max-T over sign changes, above by the
    Benjamini-Hochberg q; `family_p` is of no change in the whole group. All other rows are descriptive, raw p only.
    `sensitivity_flips`: under some substitution the direction or the conclusion at the confidence level differs.
    """
    settings = choices.complete(settings)
    frame = prepare(observations)
    frame = frame[frame["kind"] == "biomarker"]
    rows, differences = [], []
    for labels, block in blocks(frame[~frame["baseline"]]):
        row, difference = _change(labels, block, settings)
        rows.append(row)
        differences.append(difference)
    _adjust_families(rows, differences, settings["primary_course"], settings)
    for row in rows:
        row["words"] = _words(row)
    return table(rows, COLUMNS)


def adjust_family(rows, differences, name, settings):
    """Write p_adjusted, adjusted_method, family, family_size and family_p into the rows of one family.

    `differences` holds one {participant: difference} per row, for the sign changes; rows without them are left to
    their raw p, and the reason says so.
    """
    tested = [index for index, row in enumerate(rows) if not np.isnan(row["p"]) and differences[index]]
    size = len(tested)
    participants = sorted({person for index in tested for person in differences[index]})
    matrix = np.array([[differences[index].get(person, np.nan) for index in tested] for person in participants])
    together = global_sign_flip(matrix, settings["permutations"], settings["seed"]) if size else np.nan
    if len(participants) > MAX_T_LIMIT:
        method = "Benjamini-Hochberg q"
        adjusted = adjust([rows[index]["p"] for index in tested], "bh")
    elif size:
        method = "Westfall-Young max-T of the mean, shared sign changes"
        adjusted = max_t_sign_flip(matrix, settings["permutations"], settings["seed"])
        # Without a non-zero difference there is nothing to adjust: no change was seen.
        adjusted = np.where(np.isnan(adjusted), 1.0, adjusted)
    for index, value in zip(tested, adjusted if size else (), strict=True):
        # The mean (max-T) and the ranks (p) may disagree; an adjusted p below the raw one would claim too much.
        value = max(float(value), rows[index]["p"])
        rows[index].update(p_adjusted=value, adjusted_method=method, family=name, family_size=size)
        rows[index]["family_p"] = together


def _change(labels, block, settings):
    block = block[block["reported"] & block["baseline_reported"]]
    arrays = [block[name].to_numpy(float, na_value=np.nan) for name in PAIR_COLUMNS]
    pairs = log_pairs(*arrays)
    status = [block[name].to_numpy(object) for name in ("baseline_status", "status")]
    quantified = [int((part == "quantified").sum()) for part in status]
    below = [int(np.isin(part, BELOW).sum()) for part in status]
    n = pairs.n
    change = estimate_change(pairs, settings["confidence"], settings["min_n_interval"])
    test = exact_test(pairs, change.tier)
    gained, lost = discordant(pairs) if n else (0, 0)
    with np.errstate(over="ignore"):
        ratio, low, high = (float(np.exp(part)) for part in (change.log_ratio, change.low, change.high))
    unbounded = low == 0 and np.isinf(high)
    if unbounded:
        low = high = np.nan
    lloq = limits(np.concatenate([arrays[4], arrays[6]]))
    untested = n > 0 and np.isnan(test.p)
    row = {
        **labels,
        "n_pairs": n,
        "informative_pairs": test.informative,
        "quantified_baseline": quantified[0],
        "quantified_visit": quantified[1],
        "below_baseline": below[0],
        "below_visit": below[1],
        "gained": gained,
        "lost": lost,
        "share_censored": 1 - sum(quantified) / (2 * n) if n else np.nan,
        "share_below": sum(below) / (2 * n) if n else np.nan,
        "tier": change.tier or None,
        "ratio": ratio,
        "low": low,
        "high": high,
        "interval_method": change.method if not np.isnan(low) else "none",
        "percent_change": 100 * (ratio - 1),
        "percent_low": 100 * (low - 1),
        "percent_high": 100 * (high - 1),
        "bound_text": _bound_text(change.tier, ratio, low, high, below, n),
        "p": test.p,
        "p_method": test.method,
        "p_floor": test.floor,
        "p_adjusted": np.nan,
        "adjusted_method": None,
        "family": None,
        "family_size": None,
        "family_p": np.nan,
        "reason": NO_P if untested else change.reason,
        "_lloq": lloq,
        "_confidence": settings["confidence"],
    }
    row.update(_sensitivity(pairs, row, settings))
    # Only the signed-rank test has differences whose signs can be changed.
    signed = n and test.method.startswith("exact signed rank")
    difference = recensored_differences(windows(pairs)) if signed else []
    return row, dict(zip(block["participant"], difference, strict=False))


def _sensitivity(pairs, row, settings):
    columns, conclusions = {}, set()
    for name, factor in SUBSTITUTIONS.items():
        interval = substituted(pairs, factor, settings["confidence"])
        columns[name] = float(np.exp(interval.estimate))
        conclusions.add(_conclusion(np.exp(interval.low), np.exp(interval.high)))
    if row["n_pairs"] < settings["min_n_interval"] or row["tier"] == "D":
        return {**columns, "sensitivity_flips": None}
    flips = conclusions != {_conclusion(row["low"], row["high"])}
    if not np.isnan(row["ratio"]):
        flips |= len({np.sign(np.log(value)) for value in (row["ratio"], *columns.values())} - {0.0}) > 1
    return {**columns, "sensitivity_flips": bool(flips)}


def _conclusion(low, high):
    """-1: the limits exclude 1 from below, 1: from above, 0: they do not."""
    return -1 if high < 1 else 1 if low > 1 else 0


def _adjust_families(rows, differences, course, settings):
    chosen = {}
    for index, row in enumerate(rows):
        if row["course"] == course and row["visit"] == settings["primary_visit"]:
            chosen.setdefault(str(row["group"]), []).append(index)
    for group, members in chosen.items():
        name = f"change to {settings['primary_visit']}, {group}"
        adjust_family([rows[index] for index in members], [differences[index] for index in members], name, settings)


def _bound_text(tier, ratio, low, high, below, n):
    if n == 0:
        return "NA"
    if tier == "D":
        return f"{below[0]}/{n} to {below[1]}/{n} below LLOQ"
    if tier in ("A", "B"):
        if np.isinf(high):
            return f"{number_words.number(ratio)} (\N{GREATER-THAN OR EQUAL TO} {number_words.number(low)})"
        if low == 0:
            return f"{number_words.number(ratio)} (\N{LESS-THAN OR EQUAL TO} {number_words.number(high)})"
        return number_words.with_interval(ratio, low, high)
    if np.isnan(low):
        return "not estimable"
    if low == 0:
        return f"\N{LESS-THAN OR EQUAL TO} {number_words.number(high)}"
    if np.isinf(high):
        return f"\N{GREATER-THAN OR EQUAL TO} {number_words.number(low)}"
    return f"between {number_words.number(low)} and {number_words.number(high)}"


def _words(row):
    n = row["n_pairs"]
    low, high = row.pop("_lloq")
    confidence = row.pop("_confidence")
    if n == 0:
        return number_words.sentences(row["reason"])
    parts = []
    below = row["below_baseline"] + row["below_visit"]
    if below:
        text = number_words.share_below(below, 2 * n, low, high, row["unit"] or "")
        if row["tier"] == "B":
            text += ", analysed as left-censored (bivariate log-normal ML); none was substituted in the estimate"
        parts.append(text)
    if not np.isnan(row["ratio"]):
        stated = number_words.stated(row["ratio"], row["low"], row["high"], confidence)
        parts.append(f"geometric mean ratio to baseline {stated}, {row['interval_method']}".removesuffix(", none"))
    counts = f"{row['quantified_baseline']} and {row['quantified_visit']} quantified"
    parts.append(f"n = {number_words.counted(n, 'pair')}, {counts} at baseline and at the visit")
    if row["tier"] == "C" and not np.isnan(row["low"]):
        parts.append(_bound_words(row, confidence))
    if row["tier"] == "D":
        shares = [clopper_pearson(row[name], n, confidence) for name in ("below_baseline", "below_visit")]
        first, second = (f"{100 * part.low:.0f}\N{EN DASH}{100 * part.high:.0f} %" for part in shares)
        parts.append(
            f"below the LLOQ at baseline {row['below_baseline']} of {n} ({first}), "
            f"at the visit {row['below_visit']} of {n} ({second}), Clopper-Pearson"
        )
    parts.append(row["reason"])
    if not np.isnan(row["p"]):
        informative = number_words.counted(row["informative_pairs"], "informative pair")
        parts.append(
            f"{number_words.probability(row['p'])} ({row['p_method']}); with {informative} the smallest attainable two-sided p "
            f"is {number_words.number(row['p_floor'])}"
        )
        if row["tier"] == "B":
            parts.append("the p is of no change in distribution, the interval of the ratio")
    parts.append(family_words(row))
    return number_words.sentences(*parts)


def _bound_words(row, confidence):
    low, high, level = number_words.number(row["low"]), number_words.number(row["high"]), f"{100 * confidence:g} %"
    if row["low"] == 0:
        return f"only an upper bound is supported: ratio to baseline at most {high} ({level}, {row['interval_method']})"
    if np.isinf(row["high"]):
        return f"only a lower bound is supported: ratio to baseline at least {low} ({level}, {row['interval_method']})"
    return f"ratio to baseline between {low} and {high} ({level}, {row['interval_method']})"


def family_words(row):
    """In which family a p was adjusted, and whether adjustment could reach 0.05; or that it was not."""
    if np.isnan(row["p"]):
        return ""
    if row["family"] is None:
        return "descriptive: not adjusted for other tests"
    adjusted = number_words.probability(row["p_adjusted"])
    if not np.isnan(row.get("q_value", np.nan)):
        adjusted += f", q = {number_words.number(row['q_value'])}"
    size = number_words.counted(row["family_size"], "test")
    text = f"adjusted within the family '{row['family']}' of {size}: {adjusted} ({row['adjusted_method']})"
    if not np.isnan(row.get("family_p", np.nan)):
        together = number_words.probability(row["family_p"])
        text += f"; that nothing changed in the whole family: {together} (sum of squared t, shared sign changes)"
    needed = tests_needed(row["family_size"], row["p_floor"])
    if "q" in row["adjusted_method"].split() and needed > 1:
        text += f"; no q below 0.05 was attainable unless {needed} tests reach the smallest p"
    return text
