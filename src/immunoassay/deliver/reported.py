"""Results as a person reads them: one below the other with what is reported, and a matrix of samples and analytes per panel."""

from collections.abc import Sequence

import pandas as pd
from immunoassay import tables
from immunoassay.words.number_words import rounded, scale

STATUS_TONES = {**dict.fromkeys(tables.CENSORED, "below"), "not_reportable": "rejected"}
SAMPLE = ("sample_id", "participant", "course", "visit")


def result_text(status: str, value: float, lower: float, upper: float) -> str | float:
    """What is reported: the number to three significant digits, "<LLOQ", ">ULOQ", or the status in words."""
    if status == "quantified":
        return float(rounded(value))
    if status in tables.BELOW:
        return f"<{rounded(upper)}"
    if status == "above_uloq":
        return f">{rounded(lower)}"
    return status.replace("_", " ")


def ordered(results: pd.DataFrame, outside: pd.DataFrame, meta: dict) -> pd.DataFrame:
    """The `results` with participant, course, visit, why one is `outside` the analysis, and `result` (result_text).

    Sorted by participant, course, visit, sample and analyte, in the orders of the sheets in `meta` (samples, visits, analytes).
    """
    samples = pd.DataFrame(meta["samples"], columns=list(SAMPLE))
    frame = results.merge(samples, on="sample_id", how="left", validate="many_to_one")
    outside = outside[["sample_id", "analyte", "reason"]].rename(columns={"reason": "outside"})
    frame = frame.merge(outside, on=["sample_id", "analyte"], how="left", validate="one_to_one")
    frame["result"] = [
        result_text(*each)
        for each in zip(*(frame[name].tolist() for name in ("status", "value", "lower", "upper")), strict=True)
    ]
    analytes, visits = places(meta["analytes"], "analyte"), places(meta["visits"], "visit")
    by = [frame["participant"], frame["course"], frame["visit"].map(visits), frame["sample_id"]]
    keys = pd.concat([*by, frame["analyte"].map(analytes)], axis=1, keys=range(5))
    return frame.loc[keys.sort_values(list(range(5)), kind="stable").index].reset_index(drop=True)


def matrix(
    results: pd.DataFrame, known: Sequence[str], analytes: list[dict]
) -> tuple[pd.DataFrame, dict[str, pd.Series], dict[str, str]]:
    """Samples down and analytes across for the `ordered` results of one panel: (frame, tones, headings with units).

    A quantified value has all its digits, any other cell is its text; `known` are the columns of SAMPLE that are shown.
    """
    names = [row["analyte"] for row in sorted(analytes, key=lambda row: row["order"])]
    names = [name for name in names if name in set(results["analyte"])]
    frame = results[list(known)].drop_duplicates("sample_id").reset_index(drop=True)
    shown = results.assign(
        result=results["value"].astype(object).where(results["status"] == "quantified", results["result"])
    )
    tones, headings = {}, {}
    labels = {row["analyte"]: row["label"] for row in analytes}
    for name in names:
        own = shown[shown["analyte"] == name].set_index("sample_id")
        frame[name] = frame["sample_id"].map(own["result"]).astype(object)
        tones[name] = frame["sample_id"].map(own["status"]).map(STATUS_TONES).fillna("")
        units = own["unit"].dropna()
        headings[name] = labels[name] + (f", {scale(units.iloc[0])}" if len(units) else "")
    return frame, tones, headings


def places(rows: list[dict], name: str) -> dict[str, int]:
    """Place of every name: groups in the order of the sheet (visits have none), within them by `order`."""
    groups = list(dict.fromkeys(row.get("group") for row in rows))
    ordered = sorted(rows, key=lambda row: (groups.index(row.get("group")), row["order"]))
    return {row[name]: place for place, row in enumerate(ordered)}
