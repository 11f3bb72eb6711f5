"""What the rows of the principal components say."""

from immunoassay.statistics.known_codes import listed
from immunoassay.statistics.thresholds import FEWEST_OF_COMPONENTS, MOST_BELOW, MOST_MISSING, NOISE_DRAWS
from immunoassay.words.table_words import reasons

LEFT_OUT = {
    "no_result": "no result",
    "analyte_mostly_below": f"{{below}} % below the LLOQ, more than {100 * MOST_BELOW:.0f} %",
    "analyte_missing": f"{{missing}} % missing, more than {100 * MOST_MISSING:.0f} %",
    "analyte_constant": "constant",
}
RULES = {
    "no_result": "without a result",
    "analyte_mostly_below": f"more than {100 * MOST_BELOW:.0f} % below the LLOQ",
    "analyte_missing": f"more than {100 * MOST_MISSING:.0f} % missing",
    "analyte_constant": "constant",
}
NO_COMPONENTS = {
    "few_rows_or_analytes": "{n_analytes} analytes and {n} complete rows that vary; "
    f"{FEWEST_OF_COMPONENTS} of each are needed",
    "no_shared_visits": "no noise level: no two participants have the same visits",
}


def left_out(codes: str) -> str:
    """The rule by which biomarkers are left out, without the numbers of one."""
    return ", ".join(RULES[code] for code in listed(codes))


def scores(row: dict, settings: dict) -> dict[str, str]:
    """A row of `pca_scores` has no text but its method."""
    return {}


def loadings(row: dict, settings: dict) -> dict[str, str]:
    """reason of a row of `pca_loadings`."""
    below, missing = 100 * row["share_below"], 100 * (1 - row["n"] / max(row["_rows"], 1))
    return {"reason": reasons(LEFT_OUT, row, below=f"{below:.0f}", missing=f"{missing:.0f}")}


def variance(row: dict, settings: dict) -> dict[str, str]:
    """words and reason of a row of `pca_variance`."""
    why = reasons(NO_COMPONENTS, row)
    if row["component"] is None:
        return {"words": f"{why}.", "reason": why}
    text = (
        f"Description only: {row['n_participants']} participants, {row['n']} rows, {row['n_analytes']} analytes. Substituted "
        f"{row['_outside']} of {row['n'] * row['n_analytes']} values outside the limits. Noise: whole trajectories permuted "
        f"separately for each analyte among the {row['_movable']} participants who share their visits, {NOISE_DRAWS} times."
    )
    return {"words": text, "reason": why}
