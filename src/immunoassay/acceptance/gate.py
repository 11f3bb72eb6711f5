"""The gate behind the reading of all batches: every problem in one table, and whether the study may go on.

`of_reading` is what is known before any curve (`check` and the gate of a run print the same lines), `of_judging` adds
what the attempts bring up.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.acceptance import export_contradictions, same_names
from immunoassay.problems import Problem, StudyError, to_frame
from immunoassay.problems.codes import LEVELS
from immunoassay.study.similar_names import suggestion

SAMPLES = "config/samples.tsv"
UNKNOWN_SHARE = 0.05  # above this share of unknown samples the samples sheet itself is wrong
PLACE = ["batch", "plate", "sample_id", "file"]
DELIVERED = [*PLACE, "file_row", "date"]
WELLS = [*PLACE, "file_row", "role", "analyte", "header"]
PLACED = [*PLACE, "file_row"]
READ_TEXTS = [*PLACE, "role", "analyte"]
TEXTS = ["batch", "plate", "file", "analyte", "unit"]  # few different ones, to be read as categories
COLUMNS = [*TEXTS, "point"]  # of attempts
_SINGLE = 8  # of one kind of problem of one cause, each with a line of its own
SHIFT, SHIFT_SAMPLES = 200, 5  # a unit slip is a factor of 1000; five values make a median


def of_reading(
    problems: pd.DataFrame,
    wells: Iterable[pd.DataFrame],
    delivered: Iterable[pd.DataFrame],
    plates: list[dict],
    samples: list[dict],
    file: str = SAMPLES,
    flags: Iterable[dict] = (),
) -> pd.DataFrame:
    """The `problems` of sheets (`flags`, rows) and batches with those of all samples together.

    `wells` (WELLS) and `delivered` (DELIVERED) are one frame per batch; `plates` the rows of rule_rows.gate_plates, `samples`
    rows of the sheet (sample_id, collection_date, _row) in the file `file`.
    """
    of_sheets = pd.DataFrame(list(flags), columns=list(tables.TABLES["problems"].columns))
    problems = pd.concat([of_sheets, problems], ignore_index=True)
    parts, dated = ([tables.empty("delivered")[columns]] for columns in (PLACED, DELIVERED))
    headers: dict[str, str] = {}
    for part in wells:
        parts.append(part.loc[(part["role"] == "sample").to_numpy(bool), PLACED].drop_duplicates(PLACE))
        headers |= dict(part.loc[part["header"].notna(), ["plate", "header"]].itertuples(index=False, name=None))
    for part in delivered:
        parts.append(part[PLACED].drop_duplicates(PLACE))
        dated.append(tables.plain(part.loc[part["date"].notna(), DELIVERED]))
    run_dates = {row["plate"]: row["run_date"] for row in plates}
    places = pd.concat([tables.plain(part) for part in parts if len(part)] or parts[:1], ignore_index=True)
    places = places.drop_duplicates(PLACE, ignore_index=True)
    places["run_date"] = places["plate"].map(run_dates).astype("str")
    aside = problems.loc[(problems["level"] == "QUARANTINE") & (problems["analyte"].fillna("") == ""), "plate"]
    trusted = places[~places["plate"].isin(aside)]  # the samples of a plate in quarantine may be named wrongly
    found = _unknown_samples(trusted, samples, file) + _untested_samples(places, samples, file)
    found += _run_too_early(trusted, samples)
    found += same_names.check([same_names.contents(part) for part in wells], plates)
    found += export_contradictions.of_headers(headers, plates) + export_contradictions.of_results(
        pd.concat(dated), samples
    )
    return _gathered([problems, to_frame(found)])


def of_judging(
    problems: pd.DataFrame, judged: Iterable[pd.DataFrame], attempts: Iterable[pd.DataFrame]
) -> pd.DataFrame:
    """The `problems` of reading with those that judging found.

    `judged` are the problems of each batch's judging, `attempts` (COLUMNS) one frame per batch; memory holds one.
    """
    shifted = _shifted_batches([_medians(part) for part in attempts])
    return _gathered([problems, *judged, to_frame(shifted)])


def _gathered(frames):
    order = {level: position for position, level in enumerate(LEVELS)}
    frame = pd.concat(frames, ignore_index=True).drop_duplicates(list(tables.TABLES["problems"].key))
    frame = tables.conform(frame, "problems")
    return frame.sort_values("level", key=lambda column: column.map(order), kind="stable").reset_index(drop=True)


def _unknown_samples(assayed, samples, file):
    """What no sheet knows; without a samples sheet nothing is unknown."""
    known = {row["sample_id"] for row in samples} or set(assayed["sample_id"])
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
            f"add it to {file}, or amend its name",
            row=_row(row.file_row),
            column="sample_id",
            batch=row.batch,
            plate=row.plate,
        )
        for row, hint in zip(unknown.itertuples(index=False), near, strict=True)
    ]


def _untested_samples(assayed, samples, file):
    """A FLAG per sample that was not assayed; where there are many, one FLAG with their number: they have one cause."""
    names = set(assayed["sample_id"])
    left = [row for row in samples if row["sample_id"] not in names]
    why = "results are listed as missing, not tested"
    fix = "nothing, if it was not assayed; else look for the plate or delivery, or for the name written otherwise"
    found = [(f"sample {row['sample_id']} is on no plate and in no delivery", row) for row in left]
    if len(left) > _SINGLE:
        shown = ", ".join(row["sample_id"] for row in left[:_SINGLE])
        found = [(f"{len(left)} of {len(samples)} samples are on no plate and in no delivery: {shown} …", left[0])]
    return [
        Problem("W-ID-050", "FLAG", file, words, why, fix, row=str(row.get("_row", "")), column="sample_id")
        for words, row in found
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
            row=_row(row.file_row),
            column="run_date",
            batch=row.batch,
            plate=row.plate,
        )
        for row in assayed[early].itertuples(index=False)
    ]


def _row(number):
    return "" if pd.isna(number) else str(int(number))


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


def close(problems: pd.DataFrame) -> None:
    """Raise StudyError when a STOP is among the problems; what is in quarantine is set aside and stops nothing else."""
    stops = problems[problems["level"] == "STOP"]
    if len(stops):
        raise StudyError(as_problems(stops))


def as_problems(frame: pd.DataFrame) -> list[Problem]:
    """The rows of a `problems` table as Problem."""
    return [Problem(**row) for row in frame.drop(columns="message").fillna("").to_dict("records")]
