"""What a problem of level QUARANTINE does to the records of a batch: it sets a plate, or one analyte of it, aside."""

from collections.abc import Iterable, Mapping

import pandas as pd
from immunoassay.problems import Problem
from immunoassay.readers.wells import READ

DISPOSITION = "plate_quarantined"
OF_ROWS = (
    "E-DLV-005",
    "E-DLV-006",
    "E-DLV-007",
    "E-DLV-008",
)  # of deliveries: the rows were set aside when they were read
KEPT = ["batch", "plate", "panel", "well", "role", "sample_written", "sample_id", "names_scope", "dilution", "disposition",
        "disposition_reason", "file", "file_sha256"]  # fmt: skip


def set_aside(frame: pd.DataFrame, problems: Iterable[Problem]) -> pd.DataFrame:
    """Wells or delivered rows with those set aside that a QUARANTINE of `problems` concerns."""
    frame = frame.copy()
    for problem in problems:
        if problem.code in OF_ROWS:
            continue
        hit = (frame["plate"] == problem.plate) & frame["disposition"].isin(READ)
        hit &= (frame["analyte"] == problem.analyte) if problem.analyte else True
        frame.loc[hit, "disposition"] = DISPOSITION
        frame.loc[hit, "disposition_reason"] = f"in quarantine: {problem.found}"
    return frame


def add_unread(wells: pd.DataFrame, problems: Iterable[Problem], units: Mapping[str, str]) -> pd.DataFrame:
    """The wells with rows for each analyte in quarantine that its plate does not hold, one for every well of the plate.

    So its samples have an attempt that says why there is no value, and the ledger a record. `units` by analyte.
    """
    parts = [wells]
    for plate, analyte in sorted({(problem.plate, problem.analyte) for problem in problems if problem.analyte}):
        own = wells[wells["plate"] == plate]
        if len(own) and analyte not in set(own["analyte"]):
            rows = own.drop_duplicates("well")[KEPT].reindex(columns=wells.columns)
            rows["analyte"], rows["unit"], rows["vendor_flag"] = analyte, units.get(analyte), "not_read"
            aside = ~rows["role"].isin(["empty", "ignore"]) & (rows["disposition"] != "plate_set_aside")
            rows["disposition"] = rows["disposition"].mask(aside, DISPOSITION)
            rows["disposition_reason"] = rows["disposition_reason"].mask(aside, "in quarantine: no well of it was read")
            parts.append(rows)
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else wells
