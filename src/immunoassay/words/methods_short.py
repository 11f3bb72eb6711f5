"""The methods in at most 150 words, where a journal has no room for more."""

from collections.abc import Mapping

import pandas as pd
from immunoassay.words import assay_words, sentences, statistics_words
from immunoassay.words.number_words import spelled, were
from immunoassay.words.sentences import several

PLATFORMS = {
    "luminex": "bead-based multiplex",
    "msd": "electrochemiluminescence",
    "elisa": "enzyme-linked immunosorbent",
}
PERMUTED = ("participants_", "trajectories_")
CENTRES = {
    "geometric means": ("geometric_mean", "geometric_mean_censored"),
    "means": ("mean", "mean_censored_normal", "mean_log_normal", "mean_censored"),
    "medians": ("median_kaplan_meier",),
}
TESTS = {
    "exact signed-rank tests": ("signed_rank_recensored",),
    "exact McNemar tests": ("mcnemar",),
    "t tests": ("log_ratio_t", "t"),
}


def text(
    panels: list[dict], counts: dict, statistics: Mapping[str, pd.DataFrame], versions: Mapping[str, str | None]
) -> str:
    """One paragraph on what was used; the arguments are those of methods.methods."""
    used = [row for row in panels if row["panel"] in counts["panels"]]
    samples = counts["study"]["samples"]
    people = f" of {spelled(counts['participants'], 'participant')}" if counts["participants"] else ""
    kinds = [words for platform, words in PLATFORMS.items() if any(row["platform"] == platform for row in used)]
    own = f" by {several(kinds)} assays" if kinds else ""
    parts = [
        f"{samples} {'sample' if samples == 1 else 'samples'}{people} {'was' if samples == 1 else 'were'} analysed{own}."
    ]
    models = [
        words
        for code, words in assay_words.MODELS.items()
        if any(code in each["models"] for each in counts["panels"].values())
    ]
    if models:
        parts.append(f"Standard curves were {several(models)}.")
    sets = sorted(
        {assay_words.versioned(*each) for count in counts["panels"].values() for each in count["criteria_sets"]}
    )
    parts.append(f"Plates were accepted by the criteria of {several(sets)}." if sets else "")
    return " ".join(filter(None, [*parts, *_statistics(counts, statistics), _software(versions)]))


def _statistics(counts, statistics):
    """Sentences on values beyond the limits, levels, changes and associations."""
    _, below, _, reportable, _ = sentences.shares(counts["study"]["results"])
    censored = f" and {were(below)} analysed as left-censored" if "visit_summaries" in statistics else ""
    yield f"{sentences.of(below, reportable)} results {were(below)} below the LLOQ{censored}." if below else ""
    if "visit_summaries" not in statistics:
        return
    summaries = statistics["visit_summaries"]
    levels = summaries[(summaries["kind"] == "biomarker") & (summaries["quantity"] == "value")]
    centres = _named(levels["centre_method_code"], CENTRES)
    tests = _named(statistics["biomarker_changes"]["p_method_code"], TESTS)
    intervals = (
        " with 95 % confidence intervals"
        if levels["interval_method_code"].isin(statistics_words.INTERVALS).any()
        else ""
    )
    yield f"Levels were summarised as {several(centres)}{intervals}." if centres else ""
    yield f"Changes from baseline were tested by {several(tests)}." if tests else ""
    associations = statistics.get("associations")
    if associations is not None and associations["p_method_code"].str.startswith(PERMUTED).any():
        yield "Associations with clinical scores were tested by permutation of participants."
    frames = [statistics[name] for name in ("biomarker_changes", "score_changes", "associations") if name in statistics]
    if any(frame["family_code"].notna().any() for frame in frames):
        yield "P values were adjusted for multiplicity within families."


def _named(codes, names):
    return [words for words, own in names.items() if codes.isin(own).any()]


def _software(versions):
    own = next(iter(versions))
    return f"Software: {own} {versions[own]}." if versions[own] else ""
