"""The gate between the batches and the study: all problems in one table, and whether the study may go on."""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.problems import LEVELS, Problem, StudyError, to_frame
from immunoassay.sheets.schema import suggestion

SAMPLES = "config/samples.tsv"
UNKNOWN_SHARE = 0.05  # above this share of unknown samples the samples sheet itself is wrong
COLUMNS = ["batch", "plate", "sample_id", "file", "run_date", "analyte", "unit", "point"]  # of attempts
SHIFT, SHIFT_SAMPLES = 200, 5  # a unit slip is a factor of 1000; five values make a median


def gather(problems, attempts, samples):
    """The `problems` of all batches with those that only the study can see.

    `attempts` needs batch, plate, sample_id and file; with run_date, and analyte, unit and point, dates and batches are
    compared too. `samples` are rows of the sheet (sample_id, collection_date).
    """
    found = _unknown_samples(attempts, samples) + _untested_samples(attempts, samples)
    found += _run_too_early(attempts, samples) if "run_date" in attempts.columns else []
    found += _shifted_batches(attempts) if "point" in attempts.columns else []
    frame = pd.concat([problems, to_frame(found)], ignore_index=True)
    order = {level: position for position, level in enumerate(LEVELS)}
    frame = frame.drop_duplicates(list(tables.TABLES["problems"].key))
    frame = tables.conform(frame, "problems")
    return frame.sort_values("level", key=lambda column: column.map(order), kind="stable").reset_index(drop=True)


def _unknown_samples(attempts, samples):
    known = {row["sample_id"] for row in samples}
    assayed = attempts[["batch", "plate", "sample_id", "file"]].drop_duplicates()
    unknown = assayed[~assayed["sample_id"].isin(known)]
    many = len(set(unknown["sample_id"])) > UNKNOWN_SHARE * max(1, len(set(assayed["sample_id"])))
    hints = known if len(unknown) <= 20 else ()  # looking for near names takes long among many
    return [
        Problem(
            "E-ID-049",
            "STOP" if many else "EXCLUDE",
            row.file,
            f'sample "{row.sample_id}" on plate {row.plate} is not in the samples sheet{suggestion(row.sample_id, hints)}',
            "its participant and visit are not known",
            f"add it to {SAMPLES}, or amend its name",
            column="sample_id",
            batch=row.batch,
            plate=row.plate,
        )
        for row in unknown.itertuples(index=False)
    ]


def _untested_samples(attempts, samples):
    assayed = set(attempts["sample_id"].unique())
    return [
        Problem(
            "W-ID-050",
            "FLAG",
            SAMPLES,
            f"sample {row['sample_id']} is on no plate and in no delivery",
            "its results are listed as missing, not tested",
            "nothing, if it was not assayed; else look for the plate, or for its name written otherwise",
            column="sample_id",
        )
        for row in samples
        if row["sample_id"] not in assayed
    ]


def _run_too_early(attempts, samples):
    collected = {row["sample_id"]: row["collection_date"] for row in samples if row.get("collection_date")}
    places = attempts[["batch", "plate", "sample_id", "file", "run_date"]].drop_duplicates()
    day = places["sample_id"].map(collected).astype("str")  # no date at all would be a column of numbers
    early = places[(places["run_date"] < day).fillna(False) & places["run_date"].notna() & day.notna()]
    return [
        Problem(
            "E-WELL-070",
            "FLAG",
            row.file,
            f"plate {row.plate} was run on {row.run_date}, sample {row.sample_id} was collected on {collected[row.sample_id]}",
            "a sample cannot be assayed before it is drawn",
            "correct run_date or collection_date, or amend the sample's name",
            column="run_date",
            batch=row.batch,
            plate=row.plate,
        )
        for row in places.loc[early.index].itertuples(index=False)
    ]


def _shifted_batches(attempts):
    """A FLAG for a batch whose median of an analyte is SHIFT times that of the other batches, or a part of it."""
    points = attempts[attempts["point"] > 0]
    logs = points.assign(log=np.log(points["point"].astype(float)))
    groups = logs.groupby(["analyte", "unit", "batch"], sort=True)["log"]
    medians = groups.median()[groups.size() >= SHIFT_SAMPLES]
    problems = []
    for (analyte, unit), each in medians.groupby(level=[0, 1], sort=True):
        values = each.to_numpy()
        for at, batch in enumerate(each.index.get_level_values("batch") if len(each) > 1 else ()):
            median, others = values[at], np.median(np.delete(values, at))
            if abs(median - others) > np.log(SHIFT):
                first = points[(points["batch"] == batch) & (points["analyte"] == analyte)].iloc[0]
                found = f"the median of {analyte} in batch {batch} is {np.exp(median):.3g} {unit}, "
                found += f"in the other batches {np.exp(others):.3g}"
                why, fix = "a unit or a dilution was perhaps mistaken", "compare units and dilutions of the batches"
                place = {"column": analyte, "batch": batch, "plate": first["plate"]}
                problems.append(Problem("W-UNIT-088", "FLAG", first["file"], found, why, fix, **place))
    return problems


def close(problems):
    """Raise StudyError when a STOP, or a plate in quarantine that the sheet still includes, is among the problems."""
    blocking = problems[problems["level"].isin(["STOP", "QUARANTINE"])]
    if len(blocking):
        rows = blocking.drop(columns="message").fillna("").to_dict("records")
        raise StudyError([Problem(**row) for row in rows])
