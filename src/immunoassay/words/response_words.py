"""What a row of responders says, and the methods text of responders, events, antibodies and ROC curves."""

import math
from collections.abc import Mapping

import pandas as pd
from immunoassay.statistics.responders import FEWEST_OF_A_DIFFERENCE
from immunoassay.words import diagnostic_words, event_words, serology_words
from immunoassay.words.code_words import TESTS
from immunoassay.words.family_words import in_family
from immunoassay.words.number_words import number, probability, sentences
from immunoassay.words.sentences import several
from immunoassay.words.table_words import reasons

REASONS = {
    "no_scores": "nobody has the score at baseline and at the visit",
    "few_of_a_level": f"no interval of the difference: fewer than {FEWEST_OF_A_DIFFERENCE} in one of the two",
    "no_scores_of_reference": "no difference: nobody of {reference} has the score at baseline and at the visit",
}
DISAGREE = "only one of the two p values is at most 0.05; that of Boschloo carries the claim"
PARTS = {
    "time_to_event": event_words.methods,
    "event_hazards": event_words.hazards_methods,
    "serology": serology_words.methods,
    "roc": diagnostic_words.methods,
}


def texts(row: dict, settings: dict) -> dict[str, str]:
    """words and reason of a row of `responders`."""
    why = reasons(REASONS, row)
    return {"words": _words(row, why, settings), "reason": why}


def _words(row, why, settings):
    if not row["n"]:
        return sentences(why)
    share = shared(row["responders"], row["responders_of"], row["responder_low"], row["responder_high"])
    whose = f"{row['level']}: " if row["level"] else ""
    parts = [f"{whose}{share} improved by {number(row['mcid'])} points or more"]
    if not math.isnan(row["difference"]):
        points, low, high = (100 * row[name] for name in ("difference", "low", "high"))
        limits = f" ({100 * settings['confidence']:g} % CI {low:.0f} to {high:.0f}, Newcombe)" if low == low else ""
        parts.append(
            f"in {row['reference']} {row['reference_responders']} of {row['reference_of']}; difference {points:.0f} "
            f"percentage points{limits}"
        )
        test = f"{TESTS[row['p_method_code']]}; smallest attainable {number(row['p_floor'])}"
        parts.append(
            f"{probability(row['p'])} ({test}); Fisher's exact test, for comparison: {probability(row['fisher_p'])}"
        )
        parts.append(DISAGREE if (row["p"] <= event_words.LEVEL) != (row["fisher_p"] <= event_words.LEVEL) else "")
        parts.append(event_words.apart(row["low"], row["high"], 0, row["p"]))
        parts.append(in_family(row))
    return sentences(*parts, why)


def shared(hits: int, n: int, low: float, high: float) -> str:
    """ "7 of 10 (35 to 93 %)" with the limits of the share."""
    return f"{hits} of {n} ({100 * low:.0f} to {100 * high:.0f} %)" if n else "0 of 0"


def methods(frames: Mapping[str, pd.DataFrame], settings: dict) -> str:
    """The sentences of the methods text on the tables responders, time_to_event, event_hazards, serology and roc, from what
    ran of them; `frames`: tables by name, as far as the study has them."""
    parts = [_methods(frames["responders"])] if "responders" in frames else []
    parts += [part(frames[name], settings) for name, part in PARTS.items() if name in frames]
    return " ".join(filter(None, parts))


def _methods(frame):
    rows = frame[frame["n"].fillna(0) > 0]
    if rows.empty:
        return ""
    limits = several(
        f"{score} {number(mcid)}"
        for score, mcid in rows.drop_duplicates("variable")[["variable", "mcid"]].itertuples(index=False)
    )
    text = (
        f"Response was defined as an improvement from baseline by {limits} points or more; its share is given with "
        "Clopper-Pearson limits."
    )
    compared = rows.dropna(subset=["p"])
    if len(compared):
        interval = (
            f", of {FEWEST_OF_A_DIFFERENCE} or more in both with Newcombe's hybrid score interval"
            if compared["low"].notna().any()
            else ""
        )
        text += (
            f" The levels of {several(sorted(set(compared['factor'])))} were compared by the difference of shares{interval} and "
            "tested by Boschloo's exact unconditional test, whose level holds for every common share; Fisher's conditional test "
            "is given for comparison."
        )
    return text
