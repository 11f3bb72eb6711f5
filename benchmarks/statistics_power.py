"""Is what is printed as powerful as the best alternative that assumes no more? From the cells of `benchmarks/statistics.py`.

A rival counts where it keeps its level in the cells of the same kind without effect, and assumes no more than what is
printed (`STRONGER` lists those that do, with what they assume). A deficit of more than five points beside one that counts
must be explained in `NAMED`.
"""

import numpy as np
import pandas as pd

MOST = 0.05  # of power that may be missing without a reason
CLAIMS = {  # kind of cell: the method whose p is printed as the claim
    "change": "claim",
    "score": "score, claim",
    "changing_lloq": "within participants, as printed",
    "missing_visits": "within participants, visits missed",
    "one_visit": "one visit, as printed",
    "any_visit": "whole procedure",
    "groups": "p",
    "shares": "Boschloo",
    "relapses": "log-rank, splits permuted",
    "biomarker": "score of log values, participants permuted",
    "area": "rank sum",
}
STRONGER = {  # (kind of cell, rival): what it assumes beyond what is printed
    ("change", "rival: LLOQ/2, t"): "that LLOQ/2 stands for a value below the LLOQ, and normal logarithms",
    ("groups", "rival: LLOQ/2, Welch"): "that LLOQ/2 stands for a value below the LLOQ, and normal logarithms",
    ("groups", "rival: likelihood, one SD"): "normal logarithms",
    ("groups", "rival: likelihood, two SD"): "normal logarithms",
    (
        "biomarker",
        "rival: likelihood ratio of Firth's model",
    ): "the chi-squared distribution of a likelihood ratio at few events",
}
NAMED = {  # (kind of cell, rival): why it may find more
    ("change", "rival: Prentice-Wilcoxon, sign changes"): (
        "ranks the values of both visits together, so that a few that rise far count less; no interval agrees with it"
    ),
    ("any_visit", "rival: t at each visit, Bonferroni"): (
        "asks for normal changes; where all visits vary alike it finds up to 17 points less"
    ),
    ("changing_lloq", "rival: re-censored at the highest LLOQ, correlation"): (
        "weighs the size of steps, which pairs of visits do not; where the LLOQ rises tenfold it finds half as often"
    ),
}


def deficits(table: pd.DataFrame) -> pd.DataFrame:
    """A row per cell with a claim and a rival: power of both, what the rival assumes more, whether it keeps its level."""
    labels = [
        name for name in table.columns if name not in ("kind", "method", "count", "printed", "rate", "repetitions")
    ]
    rows = []
    for key, cell in table[table["kind"] == "power"].groupby(labels, dropna=False, sort=False):
        facts = dict(zip(labels, key, strict=True))
        rates = cell.set_index("method")["rate"]
        claim = CLAIMS.get(facts["study"])
        if claim not in rates:
            continue
        for rival in rates.index[rates.index.str.startswith("rival")]:
            more = STRONGER.get((facts["study"], rival), "")
            rows.append({
                **facts, "rival": rival, "power": rates[claim], "power_of_rival": rates[rival],
                "deficit": rates[rival] - rates[claim], "assumes": more, "level": keeps_level(table, facts["study"], rival),
            })  # fmt: skip
    return pd.DataFrame(rows)


def keeps_level(table: pd.DataFrame, study: str, method: str) -> bool:
    """Whether a method rejects what is true in at most 5.5 % of every cell of a kind, give or take three standard errors."""
    rows = table[(table["study"] == study) & (table["method"] == method) & (table["kind"] == "tests")]
    allowed = 0.055 + 3 * np.sqrt(0.055 * 0.945 / rows["printed"])
    return bool((rows["rate"] <= allowed).all())


def promises(table: pd.DataFrame) -> dict[str, float]:
    """power_deficit_max: the largest deficit beside a rival that counts and is not named; power_deficit_named: how many kinds
    of deficits beyond five points are named with a reason.
    """
    found = deficits(table)
    counts = found[(found["assumes"] == "") & found["level"]]
    named = [(study, rival) in NAMED for study, rival in zip(counts["study"], counts["rival"], strict=True)]
    beyond = counts[np.array(named, bool) & (counts["deficit"] > MOST)]
    return {
        "power_deficit_max": round(float(counts.loc[~np.array(named, bool), "deficit"].max()), 4),
        "power_deficit_named": len(beyond.drop_duplicates(["study", "rival"])),
        "cells_power": len(counts),
    }
