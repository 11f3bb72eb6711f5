"""What rows of kinetics and kinetics_summaries say: cell counts after an infusion."""

import math

from immunoassay.statistics.cell_kinetics import DAYS, FIRST_DAY
from immunoassay.words.code_words import INTERVALS
from immunoassay.words.number_words import counted, number, sentences, stated
from immunoassay.words.table_words import reasons

END = FIRST_DAY + DAYS
REASONS = {
    "no_sample_before": f"no area: no sample up to day {FIRST_DAY:.0f}, before the first dose",
    "no_sample_after": f"no area: no sample on day {END:.0f} or later",
    "peak_not_certain": "results outside the limits leave open on which day the count was highest",
}
SUMMARY_REASONS = {
    "nobody_measured": "nobody has one",
    "few_measures": "no interval is given ({n} participants; at least {fewest} are required)",
    "equal_measures": "no interval: all participants have the same value",
    "measure_open": "no estimate: results outside the limits leave it open in {n_open} of {n} participants",
    "measure_unbounded": "they leave open both how low and how high it may be",
}
QUANTITIES = {
    "cmax": "highest count",
    "auc_0_28": f"area under the counts of day {FIRST_DAY:.0f} to {END:.0f}",
    "tmax": "day of the highest count",
}


def texts(row: dict, settings: dict) -> dict[str, str]:
    """words and reason of a row of `kinetics`."""
    why = reasons(REASONS, row)
    unit = row["unit"] or ""
    day = "" if math.isnan(row["tmax"]) else f" on day {number(row['tmax'])}"
    parts = [f"{QUANTITIES['cmax']} {_known(row, 'cmax')} {unit}{day}".replace("  ", " ")]
    if not math.isnan(row["auc_0_28_low"]):
        parts.append(
            f"{QUANTITIES['auc_0_28']} {_known(row, 'auc_0_28')} {unit} x days, linear up and logarithmic down".replace(
                "  ", " "
            )
        )
    parts.append(
        f"{counted(row['n'], 'sample')} from day {number(row['first_day'])} to {number(row['last_day'])}, "
        f"{row['n_below']} below the LLOQ"
    )
    if not math.isnan(row["day_last_quantified"]):
        parts.append(f"last quantified on day {number(row['day_last_quantified'])}")
    return {"words": sentences(*parts, why), "reason": why}


def summary_texts(row: dict, settings: dict) -> dict[str, str]:
    """words and reason of a row of `kinetics_summaries`."""
    why = reasons(SUMMARY_REASONS, row, fewest=settings["min_n_interval"])
    if row["n"] == 0:
        return {"words": sentences(f"{QUANTITIES[row['quantity']]}: {why}"), "reason": why}
    people = f"n = {counted(row['n'], 'participant')}"
    if row["quantity"] == "tmax":
        text = f"median {number(row['centre'])}, {number(row['low'])} to {number(row['high'])}"
        people += f", not certain in {row['n_open']} more" if row["n_open"] else ""
    elif not math.isnan(row["centre"]):
        unit = row["unit"] if row["quantity"] == "cmax" else f"{row['unit']} x days"
        text = f"geometric mean {stated(row['centre'], row['low'], row['high'], settings['confidence'])} {unit}"
    elif math.isnan(row["low"]):
        text = "not known"
    else:
        ends = [f"at least {number(row['low'])}"] if row["low"] > 0 else []
        ends += [f"at most {number(row['high'])}"] if math.isfinite(row["high"]) else []
        level = f"{100 * settings['confidence']:g} %, {INTERVALS[row['interval_method_code']]}"
        text = f"geometric mean {' and '.join(ends)} ({level})"
    return {"words": sentences(f"{QUANTITIES[row['quantity']]}: {text}", people, why), "reason": why}


def _known(row, name):
    """A number, or what it lies between."""
    if not math.isnan(row[name]):
        return number(row[name])
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if math.isinf(high):
        return f"at least {number(low)}"
    return f"at most {number(high)}" if low == 0 else f"between {number(low)} and {number(high)}"
