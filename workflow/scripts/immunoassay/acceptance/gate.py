"""The gate between the batches and the study: all problems in one table, and whether the study may go on."""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.problem_codes import LEVELS
from immunoassay.problems import Problem, StudyError, to_frame
from immunoassay.sheets.schema import suggestion

SAMPLES = "config/samples.tsv"
UNKNOWN_SHARE = 0.05  # above this share of unknown samples the samples sheet itself is wrong
PLACE = ["batch", "plate", "sample_id", "file", "run_date"]
TEXTS = [*PLACE, "analyte", "unit"]  # few different ones, to be read as categories
COLUMNS = [*TEXTS, "point"]  # of attempts
SHIFT, SHIFT_SAMPLES = 200, 5  # a unit slip is a factor of 1000; five values make a median


def gather(problems, parts, samples):
    """The `problems` of all batches with those that only the study can see.

    `parts` are the attempts, one frame per batch (COLUMNS, or PLACE before curves are fitted: then medians are not
    compared); memory holds one. `samples` are rows of the sheet (sample_id, collection_date).
    """
    places, medians = [], []
    for part in parts:
        places.append(tables.plain(part[PLACE].drop_duplicates()))
        medians += [_medians(part)] if "point" in part.columns else []
    places = pd.concat([frame for frame in places if len(frame)] or [tables.empty("attempts")[PLACE]])
    found = _unknown_samples(places, samples) + _untested_samples(places, samples)
    found += _run_too_early(places, samples) + _shifted_batches(medians)
    frame = pd.concat([problems, to_frame(found)], ignore_index=True)
    order = {level: position for position, level in enumerate(LEVELS)}
    frame = frame.drop_duplicates(list(tables.TABLES["problems"].key))
    frame = tables.conform(frame, "problems")
    return frame.sort_values("level", key=lambda column: column.map(order), kind="stable").reset_index(drop=True)


def _unknown_samples(assayed, samples):
    known = {row["sample_id"] for row in samples}
    unknown = assayed[~assayed["sample_id"].isin(known)]
    many = len(set(unknown["sample_id"])) > UNKNOWN_SHARE * max(1, len(set(assayed["sample_id"])))
    few = len(unknown) <= 20  # looking for near names takes long among many
    there = {plate: set(rows["sample_id"]) for plate, rows in assayed.groupby("plate")} if few else {}
    near = [suggestion(row.sample_id, known - there[row.plate]) if few else "" for row in unknown.itertuples()]
    return [
        Problem(
            "E-ID-049",
            "STOP" if many else "EXCLUDE",
            row.file,
            f'sample "{row.sample_id}" on plate {row.plate} is not in the samples sheet{hint}',
            "its participant and visit are not known",
            f"add it to {SAMPLES}, or amend its name",
            column="sample_id",
            batch=row.batch,
            plate=row.plate,
        )
        for row, hint in zip(unknown.itertuples(index=False), near, strict=True)
    ]


def _untested_samples(assayed, samples):
    names = set(assayed["sample_id"])
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
        if row["sample_id"] not in names
    ]


def _run_too_early(assayed, samples):
    collected = {row["sample_id"]: row["collection_date"] for row in samples if row.get("collection_date")}
    day = assayed["sample_id"].map(collected).astype("str")  # no date at all would be a column of numbers
    early = (assayed["run_date"] < day).fillna(False) & assayed["run_date"].notna() & day.notna()
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
        for row in assayed[early].itertuples(index=False)
    ]


def _medians(attempts):
    """The median of ln concentration of every batch x analyte x unit of enough attempts, with its first plate and file."""
    key = ["analyte", "unit", "batch"]
    points = attempts[attempts["point"] > 0]
    logs = np.log(points["point"]).groupby([points[name] for name in key], sort=True, observed=True)
    first = tables.plain(points.drop_duplicates(key)[[*key, "plate", "file"]]).set_index(key)
    rows = first.assign(log=logs.median(), n=logs.size())
    return rows[rows["n"] >= SHIFT_SAMPLES].reset_index()


def _shifted_batches(medians):
    """A FLAG for a batch whose median of an analyte is SHIFT times that of the other batches, or a part of it."""
    problems = []
    for (analyte, unit), rows in pd.concat(medians).groupby(["analyte", "unit"], sort=True) if medians else ():
        logs = rows["log"].to_numpy()
        for at, row in enumerate(rows.itertuples(index=False) if len(rows) > 1 else ()):
            others = np.median(np.delete(logs, at))
            if abs(row.log - others) > np.log(SHIFT):
                found = f"the median of {analyte} in batch {row.batch} is {np.exp(row.log):.3g} {unit}, "
                found += f"in the other batches {np.exp(others):.3g}"
                why, fix = "a unit or a dilution was perhaps mistaken", "compare units and dilutions of the batches"
                place = {"column": analyte, "batch": row.batch, "plate": row.plate}
                problems.append(Problem("W-UNIT-088", "FLAG", row.file, found, why, fix, **place))
    return problems


def close(problems):
    """Raise StudyError when a STOP, or a plate in quarantine that the sheet still includes, is among the problems."""
    blocking = problems[problems["level"].isin(["STOP", "QUARANTINE"])]
    if len(blocking):
        rows = blocking.drop(columns="message").fillna("").to_dict("records")
        raise StudyError([Problem(**row) for row in rows])
