"""What people and problems set aside, amended or left out: the sheet of plates and the sentences of the methods text."""

from collections.abc import Iterable, Mapping

import pandas as pd
from immunoassay.tables import VERDICTS
from immunoassay.words.number_words import spelled, were
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
WHATS = {
    "sample_id": "sample name corrected",
    "exclude_well": "well excluded",
    "standard_strength": "strength of the standards corrected",
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
    dispositions: Mapping[str, int],
) -> str:
    """The sentences of the methods text on amendments, plates set aside and samples without a result.

    `amended`: the `amendments` table; `touched`: results that carry an amendment, of `results`; `aside`: rows of the plates
    sheet with include: no; `quarantined`: names of plates with records in quarantine; `lacking`: the `completeness` table;
    `dispositions`: raw records by their final disposition.
    """
    text, beads, unknown = [], *(dispositions.get(name, 0) for name in ("excluded_bead_count", "sample_not_in_sheet"))
    if len(amended):
        kinds = [_amendment(row) for row in amended.fillna("").to_dict("records")]
        count = _capital(spelled(len(amended), "documented correction"))
        text.append(f"{count} of what the raw exports say affected {touched} of {results} results: {'; '.join(kinds)}.")
    for row in aside:
        text.append(f"Plate {row['plate']} was set aside before analysis ({row['reason']}).")
    if quarantined:
        text.append(
            f"Records of {several(sorted(quarantined))} were set aside because of problems listed with the results."
        )
    if beads:
        text.append(f"{_capital(spelled(beads, 'well result'))} with too few beads {were(beads)} excluded.")
    if unknown:
        text.append(
            f"{_capital(spelled(unknown, 'raw record'))} of names that are not in the list of samples {were(unknown)} excluded."
        )
    planned = lacking[lacking["planned"].astype(bool)]
    if len(planned):
        panels = [f"{panel} ({count})" for panel, count in planned.groupby("panel").size().items()]
        text.append(f"Samples collected and planned had no reportable result of every analyte in {several(panels)}.")
    return " ".join(text)


def approval(states: pd.Series) -> str:
    """The sentence of the methods text on approval, of the states of all batches; "" where nobody approved any."""
    if (states == "not_approved").all():
        return ""
    approved, batches = int((states == "approved").sum()), len(states)
    text = f"A second person approved {approved or 'none'} of {batches} {'batch' if batches == 1 else 'batches'}, signing a "
    return text + "checksum of the values, acceptance, corrections and raw files of each."


def _amendment(row):
    place = ", ".join(row[name] for name in ("plate", "well", "sample_id", "analyte", "level") if row[name])
    what = WHATS.get(row["what"], row["what"].replace("_", " "))
    return f"{row['amendment']}: {what}, {place} ({row['reason']}), {spelled(int(row['n_results'] or 0), 'result')}"


def _capital(text):
    return text[0].upper() + text[1:]
