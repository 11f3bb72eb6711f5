"""What a row of score_changes says."""

import math

from immunoassay.words.change_test_words import tests
from immunoassay.words.family_words import in_family
from immunoassay.words.number_words import number, sentences, stated
from immunoassay.words.table_words import reasons

REASONS = {
    "no_scores": "no participant has a score at both visits",
    "few_scores": "no interval is given ({n} participants; at least {fewest} are required)",
    "equal_changes": "no t interval: all changes are equal",
    "few_changes": "no exact interval: {n} changes are too few for {level} % confidence",
}


def texts(row: dict, settings: dict) -> dict[str, str]:
    """words and reason of a row of `score_changes`."""
    level = f"{100 * settings['confidence']:.0f}"
    why = reasons(REASONS, row, fewest=settings["min_n_interval"], level=level)
    return {"words": _words(row, why, settings["confidence"]), "reason": why}


def _words(row, why, confidence):
    if row["n"] == 0:
        return sentences(why)
    mean = stated(row["mean_change"], row["low"], row["high"], confidence)
    parts = [f"mean change {mean} points{', t' if row['interval_method_code'] == 't' else ''}, n = {row['n']}"]
    if not math.isnan(row["hodges_lehmann_low"]):
        ends = row["hodges_lehmann"], row["hodges_lehmann_low"], row["hodges_lehmann_high"]
        parts.append(f"Hodges-Lehmann change {stated(*ends, confidence)}, exact")
    parts.append(why)
    if row["responders"] is not None:
        parts.append(f"{_share(row, 'responders', 'responder')} improved by {number(row['mcid'])} points or more")
    if row["lost_response"]:
        parts.append(f"{_share(row, 'lost_response', 'lost_response')} who had responded earlier no longer did")
    if row["minimal_symptom"] is not None:
        most = number(row["minimal_symptom_max"])
        parts.append(
            f"{_share(row, 'minimal_symptom', 'minimal_symptom')} in minimal symptom expression (at most {most})"
        )
    parts += tests(row, "informative", "informative change", confidence)
    parts.append(in_family(row))
    return sentences(*parts)


def _share(row, count, stem):
    """ "6 of 7 (42 to 100 %)" with the Clopper-Pearson limits."""
    if not row[f"{count}_of"]:
        return "0 of 0"
    low, high = (100 * row[f"{stem}_{end}"] for end in ("low", "high"))
    return f"{row[count]} of {row[f'{count}_of']} ({low:.0f} to {high:.0f} %)"
