"""What the rows of event_times, time_to_event and event_hazards say, and their methods text."""

import math

import pandas as pd
from immunoassay.study.course_names import NO_COURSE
from immunoassay.words.code_words import ENDPOINTS, TESTS, called
from immunoassay.words.family_words import in_family
from immunoassay.words.number_words import counted, number, probability, sentences, share_below, stated
from immunoassay.words.sentences import several
from immunoassay.words.table_words import reasons

TIME_REASONS = {
    "no_follow_up": "nobody is followed beyond day 1",
    "no_follow_up_of_reference": "not compared: nobody of {reference} is followed beyond day 1",
    "no_event": "nobody had the event",
}
HAZARD_REASONS = {
    "few_followed": "no hazard ratio: {n} participants with a value at baseline, fewer than {fewest}",
    "no_event": "no hazard ratio: nobody had the event",
    "few_events": "no hazard ratio: only {n_events} event",
    "constant_baseline": "no hazard ratio: all values at baseline are equal or below the highest LLOQ",
    "mostly_below": "no hazard ratio: {n_below} of {n} values at baseline are below the LLOQ, more than half",
    "lloq_differs": "no hazard ratio: values at baseline are below the LLOQ and the LLOQs differ",
}
HALVES = {"above": "above", "not_above": "not above"}
SUBSTITUTES = {
    "half_lloq": "LLOQ/2 stands for a value below the LLOQ",
    "uloq": "the ULOQ stands for a value above it",
    "both": "LLOQ/2 stands for a value below the LLOQ, the ULOQ for one above it",
}


LEVEL = 0.05


def apart(low: float, high: float, nothing: float, p: float) -> str:
    """What is said where an interval excludes `nothing` and the p is above 0.05, or the other way round; else ""."""
    if math.isnan(p) or math.isnan(low) or (not low <= nothing <= high) == (p <= LEVEL):
        return ""
    return "the interval and the p disagree at 0.05; the p carries the claim"


def times(row: dict, settings: dict) -> dict[str, str]:
    """A row of `event_times` or `event_curves` has the names of its codes alone."""
    return {}


def events(row: dict, settings: dict) -> dict[str, str]:
    """words and reason of a row of `time_to_event`."""
    why = reasons(TIME_REASONS, row)
    return {"words": _event(row, why, settings), "reason": why}


def hazards(row: dict, settings: dict) -> dict[str, str]:
    """words and reason of a row of `event_hazards`."""
    why = reasons(HAZARD_REASONS, row, fewest=settings["min_n_interval"])
    return {"words": _hazard(row, why, settings), "reason": why}


def _event(row, why, settings):
    if not row["n"]:
        return sentences(why)
    endpoint = ENDPOINTS[row["endpoint_code"]] + (f" in {row['variable']}" if row["variable"] else "")
    whose = f"{_who(row)}: " if row["level"] else ""
    hits = f"{row['n_events']} of {counted(row['n'], 'participant')}"
    parts = [f"{whose}{hits} with {endpoint}, followed up to {number(row['longest'])} days"]
    if row["n_untimed"]:
        parts.append(f"{counted(row['n_untimed'], 'participant')} with an event without a date left out")
    if row["n_later"]:
        parts.append(
            f"not counted: {counted(row['n_later'], 'event')} after the last day on which anybody was followed"
        )
    if row["n_events"]:
        parts.append(_median(row, settings["confidence"]))
    if not math.isnan(row["p"]):
        against = "those not above" if row["biomarker"] else row["reference"]
        parts.append(
            f"against {against}: {number(row['observed'])} observed, {number(row['expected'])} expected, {probability(row['p'])} "
            f"({called('p_method', row, settings)}; smallest attainable {number(row['p_floor'])})"
        )
        parts.append(in_family(row))
    return sentences(*parts, why)


def _who(row):
    """The level as it is read: of a half of a biomarker on which side of the median it lies."""
    if not row["biomarker"]:
        return row["level"]
    return f"{row['biomarker']} at baseline {HALVES[row['level']]} {number(row['cut'])} {row['unit'] or ''}".strip()


def _median(row, confidence):
    if math.isinf(row["median"]):
        return "the median time is not reached"
    low, high = row["low"], row["high"]
    level = f"{100 * confidence:g} % CI"
    text = f"median {number(row['median'])} days"
    if math.isnan(low):
        return text
    return (
        f"{text} ({level} from {number(low)}, upper limit not reached)"
        if math.isinf(high)
        else f"{text} ({level} {number(low)} to {number(high)})"
    )


def _hazard(row, why, settings):
    parts = []
    if not math.isnan(row["hazard_ratio"]):
        ends = stated(row["hazard_ratio"], row["low"], row["high"], settings["confidence"])
        parts.append(
            f"hazard of {ENDPOINTS[row['endpoint_code']]} at twice the baseline value: {ends}, Firth, profile likelihood"
        )
        parts.append(f"likelihood ratio of that model, for comparison: {probability(row['p_likelihood'])}")
    if not math.isnan(row["p"]):
        parts.append(
            f"{probability(row['p'])} (log-rank score, {called('p_method', row, settings)}; smallest attainable "
            f"{number(row['p_floor'])}), which carries the claim"
        )
        parts.append(apart(row["low"], row["high"], 1, row["p"]))
        parts.append(in_family(row))
    parts.append(f"{counted(row['n_events'], 'event')} in {counted(row['n'], 'participant')}")
    if row["n_below"]:
        parts.append(share_below(row["n_below"], row["n"], row["lloq_min"], row["lloq_max"], row["unit"] or ""))
    parts.append(SUBSTITUTES.get(row["substituted_code"], ""))
    return sentences(why, *parts)


def methods(frame: pd.DataFrame, settings: dict) -> str:
    """The methods text of the times (frame: time_to_event), from what ran."""
    rows = frame[frame["n"].fillna(0) > 0]
    if rows.empty:
        return ""
    endpoints = several(ENDPOINTS[code] for code in ENDPOINTS if (rows["endpoint_code"] == code).any())
    treated = bool(set(rows["course"].dropna()) - {NO_COURSE})
    begun, ended = ("day 1 of the course", ", at withdrawal or at the next course") if treated else (
        "the baseline visit", " or at withdrawal")  # fmt: skip
    text = (
        f"Times to {endpoints} were counted in days from {begun} (loss of response: from the visit of the response), censored "
        f"at the last visit with a result{ended} (an event after the last day on which anybody was "
        "followed is known only of those who had it and was not counted); medians were read from Kaplan\N{EN DASH}Meier curves, "
        "with log-minus-log limits."
    )
    tested = rows.dropna(subset=["p"])
    if len(tested):
        tests = several(TESTS[code].format(**settings) for code in sorted(set(tested["p_method_code"])))
        text += f" Levels were compared by the log-rank test with all scores permuted ({tests})."
    if tested["biomarker"].notna().any():
        text += (
            " Biomarkers at baseline were split at the median of their values, irrespective of events; values below the "
            "highest LLOQ that any value lay below were tied there."
        )
    return text


def hazards_methods(frame: pd.DataFrame, settings: dict) -> str:
    """The methods text of biomarkers against relapse (frame: event_hazards), from what ran."""
    text = ""
    if frame["hazard_ratio"].notna().any():
        text = (
            "The hazard of relapse per doubling of a biomarker at baseline was estimated by proportional hazards with Firth's "
            "penalty and profile-likelihood limits, one biomarker at a time."
        )
    if frame["p"].notna().any():
        text += (
            " Inference was based on the permutation test of its log-rank score, adjusted by max-T over the same orders of the "
            "participants within a group of analytes."
        )
    return text.strip()
