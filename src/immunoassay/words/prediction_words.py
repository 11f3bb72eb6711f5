"""What a row of prediction says: how well all biomarkers predict the change of a score, or why that was not asked."""

import math

from immunoassay.statistics import prediction
from immunoassay.words.code_words import METHODS, MODELS
from immunoassay.words.number_words import number, probability, sentences
from immunoassay.words.table_words import reasons

REASONS = {
    "predicts_few_participants": f"{{n}} participants, {prediction.FEWEST_PARTICIPANTS} are needed; with fewer, such models fit "
    "noise as well as signal",
    "predicts_few_analytes": f"{{n_analytes}} analytes can be used, {prediction.FEWEST_ANALYTES} are needed",
    "predicts_constant": "all changes of the score are equal",
}
NOBODY = f"nobody has biomarkers and a change of the score at {{visit}}; {prediction.FEWEST_PARTICIPANTS} participants are needed"
TUNED = {
    "partial_least_squares": f"1 to {prediction.MOST_COMPONENTS} components",
    "elastic_net": f"{prediction.PENALTIES.size} penalties, {100 * prediction.ABSOLUTE:.0f} % absolute",
}


def texts(row: dict, settings: dict) -> dict[str, str]:
    """method, words and reason of a row of `prediction`."""
    why = no_prediction(row)
    reason = f"no prediction: {why}" if why else ""
    return {"method": method(row), "words": _words(row, reason), "reason": reason}


def no_prediction(row: dict) -> str:
    """Why there is no prediction, "" where there is one."""
    if row["reason_code"] and not row["n"]:
        return NOBODY.format(visit=row["visit"] or "a visit after the baseline")
    return reasons(REASONS, row)


def method(row: dict) -> str:
    """How the model was judged."""
    if row["method_code"] != "nested_cross_validation":
        return METHODS[row["method_code"]]
    model, repeats = row["model_code"], prediction.judged_repeats(row["model_code"])
    judged = "" if repeats == prediction.REPEATS else f" judged by the first {repeats} repeats"
    return (
        f"{MODELS[model]} ({TUNED[model]}), nested {prediction.FOLDS}-fold cross-validation repeated {prediction.REPEATS} times, "
        f"{prediction.PERMUTATIONS} permutations of participants{judged}"
    )


def _words(row, reason):
    if math.isnan(row["q2"]):
        return sentences(reason)
    text = (
        f"{MODELS[row['model_code']]}: Q2 = {number(row['q2'])} in participants the model had not seen ({row['n']} participants, "
        f"{row['n_analytes']} analytes); permuted scores reach {number(row['null_95'])} in one of twenty cases, "
        f"{probability(row['p'])}"
    )
    return sentences(text, method(row), "descriptive: not adjusted for other tests")
