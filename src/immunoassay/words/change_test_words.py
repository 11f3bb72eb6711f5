"""What is said of the two tests of a change: the one that carries the claim, and the one beside it."""

import math

from immunoassay.tables import is_log2
from immunoassay.words.code_words import TESTS
from immunoassay.words.number_words import counted, number, probability

NORMAL = "rests on normally distributed"


def tests(row: dict, informative: str, noun: str, confidence: float) -> list[str]:
    """The sentences of p, p_beside and of whether they disagree; none without a p.

    `informative` is the column of what the exact test counts, `noun` what one of them is called.
    """
    if math.isnan(row["p"]):
        return []
    level = 1 - confidence
    claim = f"{probability(row['p'])} ({TESTS[row['p_method_code']]})"
    beside = f"beside it {probability(row['p_beside'])} ({TESTS[row['p_beside_method_code']]})"
    exact = _floor(row, informative, noun, level)
    if _assumes(row, "p"):
        claim += f", which {NORMAL} {_assumes(row, 'p')}"
        beside += exact
    else:
        claim += exact
    if math.isnan(row["p_beside"]):
        return [claim]
    if (row["p"] <= level) == (row["p_beside"] <= level):
        return [claim, beside]
    model = _assumes(row, "p") or _assumes(row, "p_beside")
    first = f"which {NORMAL} {model}" if _assumes(row, "p") else f"as the other {NORMAL} {model}"
    return [claim, beside, f"the two disagree across {number(level)}: the first carries the claim, {first}"]


def _floor(row, informative, noun, level):
    """What the exact test can reach, "" where none was made."""
    if math.isnan(row["p_floor"]):
        return ""
    text = f"; with {counted(row[informative], noun)} the smallest attainable two-sided p is {number(row['p_floor'])}"
    return f"{text}, so that no exact p can reach {number(level)}" if row["p_floor"] > level else text


def _assumes(row, column):
    """What a test of a model takes to be normal, "" for one that takes nothing to be."""
    method = row[f"{column}_method_code"]
    if method == "t" and not is_log2(row["unit"]):
        return "changes"
    return "logarithms" if method in ("t", "log_ratio_t") else ""
