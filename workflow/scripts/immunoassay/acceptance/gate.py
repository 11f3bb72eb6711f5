"""The gate between the batches and the study: all problems in one table, and whether the study may go on."""

import pandas as pd
from immunoassay import tables
from immunoassay.problems import LEVELS, Problem, StudyError, to_frame

SAMPLES = "config/samples.tsv"
UNKNOWN_SHARE = 0.05  # above this share of unknown samples the samples sheet itself is wrong


def gather(problems, attempts, samples):
    """The `problems` of all batches with those that only the study can see: assayed samples the sheet does not hold.

    `attempts` needs batch, plate, sample_id and file; `samples` are rows of the sheet.
    """
    known = {row["sample_id"] for row in samples}
    assayed = attempts[["batch", "plate", "sample_id", "file"]].drop_duplicates()
    unknown = assayed[~assayed["sample_id"].isin(known)]
    many = len(set(unknown["sample_id"])) > UNKNOWN_SHARE * max(1, len(set(assayed["sample_id"])))
    found = [
        Problem(
            "E-ID-049",
            "STOP" if many else "EXCLUDE",
            row.file,
            f'sample "{row.sample_id}" on plate {row.plate} is not in the samples sheet',
            "its participant and visit are not known",
            f"add it to {SAMPLES}, or amend its name",
            column="sample_id",
            batch=row.batch,
            plate=row.plate,
        )
        for row in unknown.itertuples(index=False)
    ]
    frame = pd.concat([problems, to_frame(found)], ignore_index=True)
    order = {level: position for position, level in enumerate(LEVELS)}
    frame = tables.conform(frame.drop_duplicates(), "problems")
    return frame.sort_values("level", key=lambda column: column.map(order), kind="stable").reset_index(drop=True)


def close(problems):
    """Raise StudyError when a STOP, or a plate in quarantine that the sheet still includes, is among the problems."""
    blocking = problems[problems["level"].isin(["STOP", "QUARANTINE"])]
    if len(blocking):
        rows = blocking.drop(columns="message").fillna("").to_dict("records")
        raise StudyError([Problem(**row) for row in rows])
