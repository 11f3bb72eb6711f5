"""What people and problems set aside, amended or left out: the sheet of plates and the sentences of the methods text."""

from collections.abc import Iterable

import pandas as pd
from immunoassay.tables import VERDICTS
from immunoassay.words.sentences import several

PLATES = {
    "batch": "assay delivery",
    "plate": "plate or delivery",
    "panel": "kit",
    "run_date": "run date",
    "kit_lot": "kit lot",
    "used": "no: a person or a problem set the whole plate aside",
    "reason": "why it, or an analyte of it, was set aside or failed",
    "PASS": "analytes that passed",
    "WARN": "analytes that passed with a warning",
    "FAIL": "analytes that failed or were set aside",
    "NOT_EVALUABLE": "analytes that could not be evaluated",
    "file": "raw file",
}
SHOWN = 5  # reasons of one plate


def plates(rows: list[dict], verdicts: pd.DataFrame, checks: pd.DataFrame) -> pd.DataFrame:
    """One row per plate of the sheet (PLATES): analytes by verdict, and why any failed.

    `rows` are rows of the plates sheet, `verdicts` has plate, analyte, verdict and verdict_reason of plates with curves or
    set aside; a delivery the laboratory accepted has none. `checks` are those of plates, with plate, analyte and rule.
    """
    judged = pd.Categorical(verdicts["verdict"], VERDICTS)
    counts = pd.crosstab(verdicts["plate"], judged, dropna=False) if len(verdicts) else pd.DataFrame(columns=VERDICTS)
    failed = verdicts[verdicts["verdict"].isin(["FAIL", "NOT_EVALUABLE"])].groupby("plate")["verdict_reason"].unique()
    frame = pd.DataFrame(rows, columns=["batch", "plate", "panel", "run_date", "kit_lot", "file", "include", "reason"])
    for verdict in VERDICTS:
        frame[verdict] = frame["plate"].map(counts[verdict]).astype("Int64")
    reasons = frame["plate"].map({plate: " | ".join(texts[:SHOWN]) for plate, texts in failed.items()}).astype("str")
    key = ["plate", "analyte"]
    aside = pd.MultiIndex.from_frame(checks.loc[checks["rule"] == "plate_quarantined", key])
    hit = pd.Series(pd.MultiIndex.from_frame(verdicts[key]).isin(aside), index=verdicts.index)
    whole = hit.groupby(verdicts["plate"]).all()
    used = frame["include"].astype(bool) & ~frame["plate"].isin(whole.index[whole])
    frame["used"] = used.map({True: "yes", False: "no"})
    frame["reason"] = frame["reason"].where(frame["reason"].fillna("") != "", reasons)
    return frame[list(PLATES)]


def paragraph(
    amended: pd.DataFrame,
    touched: int,
    results: int,
    aside: list[dict],
    quarantined: Iterable[str],
    lacking: pd.DataFrame,
) -> str:
    """The sentences of the methods text on amendments, plates set aside and samples without a result.

    `amended`: the `amendments` table; `touched`: results that carry an amendment, of `results`; `aside`: rows of the plates
    sheet with include: no; `quarantined`: names of plates with records in quarantine; `lacking`: the `completeness` table.
    """
    text = []
    if len(amended):
        kinds = [_amendment(row) for row in amended.fillna("").to_dict("records")]
        text.append(
            f"Corrections to the raw exports are documented as amendments ({len(amended)}), which touched {touched} of "
            f"{results} results: {'; '.join(kinds)}."
        )
    for row in aside:
        text.append(f"{row['plate']} was set aside ({row['reason']}).")
    if quarantined:
        text.append(
            f"Records of {several(sorted(quarantined))} were set aside because of problems listed with the results."
        )
    planned = lacking[lacking["planned"].astype(bool)]
    if len(planned):
        panels = [f"{panel} ({count})" for panel, count in planned.groupby("panel").size().items()]
        text.append(
            f"Samples collected and planned but without a reportable result of every analyte: {several(panels)}."
        )
    return " ".join(text)


def _amendment(row):
    place = ", ".join(row[name] for name in ("plate", "well", "sample_id", "analyte", "level") if row[name])
    return (
        f"{row['amendment']}, {row['what'].replace('_', ' ')} of {place} ({row['reason']}), results {row['n_results']}"
    )
