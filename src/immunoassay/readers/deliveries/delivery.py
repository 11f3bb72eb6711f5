"""A delivered table as rows of the study: analytes and units of its sheets, and what of the delivery is set aside."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.problems import Problem
from immunoassay.readers.deliveries import column_questions as questions
from immunoassay.readers.export import ResultTable
from immunoassay.study.similar_names import suggestion
from immunoassay.study.vocabulary import Units

SHOWN = 6


def study_rows(
    table: ResultTable,
    plate: Mapping[str, Any],
    analytes: Sequence[Mapping[str, Any]],
    units: Units,
    unwanted: Collection[str] = (),
) -> tuple[pd.DataFrame, list[Problem]]:
    """(frame, problems) of one delivery: the columns of the `delivered` table that reading knows.

    table: ResultTable. plate: its row of the plates sheet. analytes: rows of the analytes sheet of its panel. Analytes
    that the panel has not, units that are missing or cannot be converted set their rows aside; none is lost but those of
    `unwanted` names (in small letters).
    """
    rows = {row["analyte"]: row for row in analytes}
    by_name = {analyte.casefold(): analyte for analyte in rows}
    by_name |= {name.casefold(): analyte for analyte, row in rows.items() for name in row["names_in_export"]}
    wanted = ~table.frame["analyte"].astype("str").str.casefold().isin(unwanted)
    frame, problems = table.frame[wanted].reset_index(drop=True), []

    def problem(code, level, found, why, fix, at=None, **place):
        row = "" if at is None or not len(at) else str(at["row"].iloc[0])
        problems.append(Problem(code, level, plate["file"], found, why, fix, row=row, **place))

    frame["analyte_written"] = frame["analyte"]
    frame["analyte"] = frame["analyte"].map(lambda name: by_name.get(str(name).casefold()))
    frame["disposition"] = frame["aside"].where(frame["aside"].notna(), "usable")
    frame["disposition_reason"] = frame["aside_reason"]

    def set_aside(hit, disposition, reason):
        hit = hit & (frame["disposition"] == "usable")
        frame.loc[hit, "disposition"], frame.loc[hit, "disposition_reason"] = disposition, reason

    unknown = frame["analyte"].isna()
    if unknown.any():
        counts = frame.loc[unknown, "analyte_written"].fillna("").value_counts(sort=False)
        names = [name for row in rows.values() for name in row["names_in_export"]]
        shown = [f'"{name}"{suggestion(name, names)} {count}' for name, count in counts.items()]
        more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
        found = f"analytes that panel {plate['panel']} has not, with their rows: {', '.join(shown[:SHOWN])}{more}"
        fix = f"add them to names_in_export, or as analytes; or leave one out: {questions.SHEET}, "
        fix += questions.row(plate["plate"], "COLUMN", "ignore", str(counts.index[0]))
        problem(
            "E-ID-086",
            "QUARANTINE",
            found,
            "their rows are set aside",
            fix,
            frame[unknown],
            analyte=str(counts.index[0]) or "?",  # without any, all of the delivery would be in quarantine
        )
        # whatever else is wrong with such a row: it can be no attempt
        frame.loc[unknown, "disposition"] = "analyte_unknown"
        frame.loc[unknown, "disposition_reason"] = f"panel {plate['panel']} has no such analyte"
        frame["analyte"] = frame["analyte"].where(~unknown, frame["analyte_written"].fillna("?"))
    absent = [analyte for analyte in rows if not (frame["analyte"] == analyte).any()]
    if absent:
        problem(
            "W-DLV-005", "FLAG",
            f"{len(absent)} of {len(rows)} analytes of panel {plate['panel']} are in no row: {', '.join(absent[:20])}",
            "the delivery has no result of them", "nothing if they were not ordered; otherwise ask the laboratory",
        )  # fmt: skip
    frame["unit_written"] = frame["unit"]
    frame["unit"] = frame["analyte"].map({name: row["unit"] for name, row in rows.items()})
    pairs = frame[["unit_written", "unit"]].drop_duplicates().astype(object).itertuples(index=False)
    factors = {(one, other): units.factor(one, other) for one, other in pairs}
    keys = list(zip(frame["unit_written"].astype(object), frame["unit"].astype(object), strict=True))
    factor = np.array([factors[key] or np.nan for key in keys])
    wrong = np.isnan(factor) & ~unknown
    lacking = wrong & frame["unit_written"].isna()
    if lacking.any():
        problem(
            "E-DLV-007", "QUARANTINE", f"{int(lacking.sum())} results without a unit",
            "the values could be wrong by a factor",
            f"say it in {questions.SHEET}: {questions.row(plate['plate'], 'COLUMN', 'value')} with the unit in column unit",
            frame[lacking], column="unit",
        )  # fmt: skip
        set_aside(lacking, "row_quarantined", "no unit is stated")
    for (written, wanted), rows_of in frame[wrong & ~lacking].groupby(["unit_written", "unit"], sort=False):
        problem(
            "E-DLV-007", "QUARANTINE",
            f'unit "{written}" of {len(rows_of)} results cannot be converted to {wanted}, the unit of the analytes sheet',
            "the values could be wrong by a factor", "correct the unit in the analytes sheet, or ask the laboratory",
            rows_of, column="unit",
        )  # fmt: skip
        set_aside(frame.index.isin(rows_of.index), "row_quarantined", f"unit {written} is not {wanted}")
    for column in ("value", "limit", "lod", "lloq", "uloq"):
        frame[column] = frame[column].astype("float64") * factor
    for column in ("lloq_validated", "uloq_validated"):  # in the unit of the standards
        limits = {
            name: np.nan if row[column] is None else row[column] * units.factor(row["standard_unit"], row["unit"])
            for name, row in rows.items()
        }
        frame[column] = frame["analyte"].map(limits).astype("float64")
    frame["role"] = frame["role"].fillna("sample")
    frame["sample_written"] = frame["sample_id"] = frame["sample"]
    frame["file_row"] = frame["row"]
    frame["record"] = ("row " + frame["row"].astype("str") + " " + frame["column"].fillna("")).str.strip()
    return frame, problems
