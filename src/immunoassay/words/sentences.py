"""Sentences the report must contain, filled with the numbers of the study."""

from collections import Counter
from collections.abc import Iterable, Mapping

import pandas as pd
from immunoassay.statistics.baselines import MOST_BELOW
from immunoassay.statistics.thresholds import MOST_CENSORED
from immunoassay.tables import CENSORED, REPORTED
from immunoassay.words.number_words import counted, were

LIMIT_RULES = {
    "plate": "The LLOQ applied to a result was that of its own plate, in the well times the dilution.",
    "max": "The LLOQ applied to a result was the highest among all accepted plates of its analyte, in sample units.",
    "validated": "The LLOQ applied to a result was the higher of its own plate's and the validated one of its analyte, in the "
    "well times the dilution.",
}
# table -> the columns one of which is filled where anything was computed
ESTIMATES = {
    "associations": ("estimate", "p"),
    "longitudinal": ("estimate",),
    "arm_courses": ("estimate",),
    "pca_variance": ("explained",),
    "prediction": ("q2",),
    "event_hazards": ("hazard_ratio",),
    "roc": ("odds_ratio",),
}
HALF_AT_MOST = f" (computed only where the LLOQs agree and at most {100 * MOST_BELOW:.0f} % of the results are below)"
MODELS = {
    "longitudinal": f"mixed models (which admit at most {100 * MOST_CENSORED:.0f} % of results outside the limits)",
    "arm_courses": f"mixed models of groups (which admit at most {100 * MOST_CENSORED:.0f} %)",
    "pca_variance": "principal components",
    "prediction": "predictions",
    "event_hazards": f"hazard ratios per doubling of the baseline{HALF_AT_MOST}",
    "roc": f"odds ratios per doubling of the baseline{HALF_AT_MOST}",
}
BASELINES = ("event_hazards", "roc")  # not computed where limits differ
AGREE = (
    " (only where the limits of the analyte agree; this attenuates the correlation but does not affect the validity of its "
    "permutation test)"
)
HIGHEST = " (all results of an analyte whose limits differ censored at the highest)"
BELOW, ABOVE = ("half_lloq", "both"), ("uloq", "both")  # codes of what stands for values outside the limits


def standing(statistics: Mapping[str, pd.DataFrame]) -> str:
    """Where in this run a number stands for a value outside the limits, as sentences; "" where none does.

    `statistics`: the frames associations, longitudinal, arm_courses, pca_variance, prediction, event_hazards and roc, as far
    as the study has them.
    """
    below, above = _places(statistics, BELOW, AGREE, HIGHEST), _places(statistics, ABOVE)
    half, under = _limit_below(statistics)
    parts = [f"Values below the {under} were replaced by {half}/2 only {several(below)}." if below else ""]
    parts.append(f"Values above the ULOQ were replaced by the ULOQ {several(above)}." if above else "")
    return " ".join(filter(None, parts))


def _limit_below(statistics):
    """What the limit is called that is halved: LOD where no LLOQ is stated for anything below."""
    rows = statistics.get("associations")
    codes = set() if rows is None or "lower_limit_code" not in rows else set(rows["lower_limit_code"].dropna())
    codes -= {"none"}
    return ("LOD", "LOD") if codes == {"lod"} else ("LLOQ", "LLOQ")


def _places(statistics, codes, agree="", highest=""):
    used = {
        name: rows[rows["substituted_code"].isin(codes) & rows[list(estimates)].notna().any(axis=1)]
        for name, estimates in ESTIMATES.items()
        if name in statistics
        for rows in [statistics[name]]
    }
    places = [f"in associations within participants{agree}"] if len(used.get("associations", ())) else []
    named = [name for name in MODELS if len(used.get(name, ()))]
    last = next((name for name in reversed(named) if name not in BASELINES), "")
    return places + [f"in {MODELS[name]}{highest if name == last else ''}" for name in named]


def below_lloq_treatment(lloq_across_plates: str, statistics: Mapping[str, pd.DataFrame]) -> list[str]:
    """How values below LLOQ are treated, as a list of sentences; `statistics` as for `standing`."""
    known = "A value below the lower limit of quantification (LLOQ) is kept as what is known: it lies between 0 and the LLOQ."
    if "visit_summaries" not in statistics:
        return [f"{known} It is shown as <LLOQ and is replaced by no number.", LIMIT_RULES[lloq_across_plates]]
    stands = standing(statistics)
    otherwise = "otherwise appears" if stands else "appears"
    return [
        f"{known} It is shown as <LLOQ and is replaced by no number in summaries, changes from baseline and their tests.",
        LIMIT_RULES[lloq_across_plates],
        f"{stands} Substitution by LLOQ, LLOQ/2 and LLOQ/\N{SQUARE ROOT}2 {otherwise} for comparison only.".strip(),
    ]


def below_lod(units: Iterable[str], treatment: str, clinical: bool) -> str:
    """How values in log2 units are treated below their limit of detection, and what is said of their differences.

    `units`: those of the study; `treatment`: censored or kept (config below_lod_log2); `clinical`: whether there are statistics.
    """
    text = f"Values in {several(sorted(units))} are logarithms to base 2 without a unit of mass, where a difference of 1 is a "
    text += "doubling; zero and negative values are values like any other."
    text += " A value below its limit of detection (LOD) is known to lie below it, and no LLOQ is needed."
    if not clinical:
        return text
    text += {
        "censored": " In the statistics it is censored at the LOD",
        "kept": " In the statistics it is kept as it was delivered, and censored only where it came without a number",
    }[treatment]
    text += "; the sensitivity table shows the means with it censored and as it was delivered side by side."
    text += " Centres are means, changes are differences of the logarithms; what stands as half a limit is the limit less 1."
    return text


def between_limits(treatment: str, clinical: bool) -> str:
    """How values between the limit of detection and the LLOQ are treated.

    `treatment`: censored or kept (config detected_below_lloq); `clinical`: whether there are statistics.
    """
    text = "Of values below the LLOQ those below their limit of detection (LOD) are not detected, the others detected and not "
    text += "quantified."
    if not clinical:
        return text
    text += {
        "censored": " In the statistics both are censored at the LLOQ",
        "kept": " In the statistics detected values are kept as they were measured, those not detected censored at the LOD",
    }[treatment]
    return f"{text}; the sensitivity table shows the means either way."


def share_below(results: pd.DataFrame) -> str:
    """How many of all reportable results lie below the LLOQ and above the ULOQ, and how many results there are not."""
    undetected, below, above, reportable, without = shares(results["status"])
    return (
        f"{of(below, reportable)} reportable results {were(below)} below the LLOQ{detected(undetected)} and "
        f"{of(above, reportable)} above the ULOQ. {lost(*without)}"
    ).strip()


def lost(rejected: int, missing: int) -> str:
    """How many results are not reportable, and how many combinations of sample and analyte were never measured; "" if none."""
    parts = []
    if rejected:
        parts.append(
            f"{counted(rejected, 'further result')} {were(rejected)} not reportable, each for a recorded reason"
        )
    if missing:
        parts.append(f"{counted(missing, 'combination')} of sample and analyte {were(missing)} not measured")
    return f"{'; '.join(parts)}." if parts else ""


def shares(statuses: Iterable[str] | Mapping[str, int]) -> tuple[int, int, int, int, tuple[int, int]]:
    """Results not detected, below the LLOQ (with those), above the ULOQ and reportable; those not reportable and missing.

    `statuses`: one per result, or the number of results by status.
    """
    counts = Counter(statuses)
    undetected, below, above = (counts[name] for name in CENSORED)
    reportable = sum(counts[name] for name in REPORTED)
    return undetected, undetected + below, above, reportable, (counts["not_reportable"], counts["missing"])


def detected(undetected: int) -> str:
    """How many of the results below were not even detected, in brackets; nothing where none was."""
    return f" ({undetected} of them below the limit of detection)" if undetected else ""


def of(part: int, whole: int) -> str:
    """`k of n (x %)`; without a denominator `k of 0`."""
    return f"{part} of {whole}" + (f" ({percent(part, whole)})" if whole else "")


def percent(part: int, whole: int) -> str:
    """A share in percent with at most one decimal; a small one is never shown as 0."""
    share = 100 * part / whole
    return "<0.1 %" if 0 < share < 0.1 else f"{share:.1f}".removesuffix(".0") + " %"


def several(items: Iterable[object]) -> str:
    """Names as English lists them: a, b and c."""
    names = [str(item) for item in items]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
