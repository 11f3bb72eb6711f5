"""In which family of tests a p value was adjusted."""

import math

from immunoassay.statistics.multiplicity import tests_needed
from immunoassay.words.code_words import ADJUSTMENTS, FAMILIES
from immunoassay.words.number_words import counted, number, probability

WITH_Q = ("false_discovery_rate", "max_t_permuted", "min_p_permuted", "permuted_in_part")  # adjustments that give a q


def in_family(row: dict) -> str:
    """In which family the p of a row was adjusted, and whether adjustment could reach 0.05; or that it was not."""
    if math.isnan(row["p"]):
        return ""
    if row["family_code"] is None:
        return "descriptive: not adjusted for other tests"
    adjusted = probability(row["p_adjusted"])
    if not math.isnan(row.get("q_value", math.nan)):
        adjusted += f", q = {number(row['q_value'])}"
    family, method = FAMILIES[row["family_code"]].format(**row), row["adjusted_method_code"]
    text = f"adjusted within the family '{family}' of {counted(row['family_size'], 'test')}: {adjusted} ({ADJUSTMENTS[method]})"
    if not math.isnan(row.get("family_p", math.nan)):
        together = probability(row["family_p"])
        text += f"; global test of the family: {together} (sum of squared t, shared sign changes)"
    if method not in WITH_Q:
        return text
    needed = tests_needed(row["family_size"], row["p_floor"])
    if needed > 1:
        text += f"; no q below 0.05 was attainable unless {needed} tests reach the smallest p"
    return text
