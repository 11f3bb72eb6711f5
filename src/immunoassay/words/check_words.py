"""What `check` says at its end: the results to expect, what would give more of them, and the next command."""

from collections.abc import Mapping, Sequence
from typing import Any

from immunoassay.words.ending_words import many
from immunoassay.words.language import said


def other_sets(panel: str, found: Mapping[str, Any]) -> str:
    """Under which criteria sets a kit would have more results.

    `found`: criteria_set of the kit, lost (results that it leaves unproven), results in all, others {criteria set:
    results that are reportable under it}.
    """
    every = found["lost"] == found["results"]
    count = f"{'none' if every else found['lost']} of its {found['results']:,} results"
    others = ", ".join(f"{number:,} under {name}" for name, number in found["others"].items())
    choice = f" ({others} would be: criteria_set in the panels sheet)" if others else ""
    return said(
        f"{panel}: what {found['criteria_set']} requires cannot be evaluated, so {count} will {'' if every else 'not '}be "
        f"reportable{choice}; or say in accept_unproven of the panels sheet why they count all the same"
    )


def compared(
    groups: Mapping[str, Mapping[str, int]], without: Mapping[str, int], derived: str, blinded: Sequence[str]
) -> list[str]:
    """Lines on what will be compared: {factor: {level: participants, the reference first}}, {factor: participants without a
    level}, the score of responders ("" where nothing is compared by them), and factors that are blinded."""
    lines = []
    for factor, levels in groups.items():
        named = ", ".join(f"{name} {count}" for name, count in levels.items())
        lacking = f"; without one {without[factor]}" if without[factor] else ""
        lines.append(said(f"compared by {factor} (participants; the first is the reference): {named}{lacking}"))
    lines += [said(f"compared by responder ({derived})")] if derived else []
    sealed = "nothing is compared by it until the unblinding sheet is there"
    return lines + [said(f"blinded: {factor}; {sealed}") for factor in blinded]


def end(counts: Mapping[str, int], levels: set[str], study: str) -> str:
    """The last line; `counts` are plates, batches and samples, `levels` those of the problems, `study` the folder."""
    held = ", ".join(many(counts[name], one, several) for name, one, several in NAMES if counts[name])
    if "STOP" in levels:
        told = "the study cannot run until every STOP is corrected"
        step = f"correct them, then: immunoassay check {study}"
    elif "QUARANTINE" in levels:
        told = "the study can run without what is in quarantine; correct it, or set it aside (include: no, reason)"
        step = f"immunoassay run {study}"
    else:
        told, step = "the study can run", f"immunoassay run {study}"
    return said(f"{held}: {told}.\nNext: {step}")


NAMES = (("plates", "plate", "plates"), ("batches", "batch", "batches"), ("samples", "sample", "samples"))
