"""The gate behind the reading of all batches: every problem in one table, and whether the study may go on.

`of_reading` is what is known before any curve (`check` and the gate of a run print the same lines), `of_judging` adds
what the attempts bring up.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.acceptance import export_contradictions, same_names, sample_names
from immunoassay.problems import Problem, StudyError, of_frame, to_frame
from immunoassay.problems.codes import LEVELS
from immunoassay.study import sheet_places

FILES = {"samples": "config/samples.tsv", "names": "config/names.tsv"}
PLACE = ["batch", "plate", "sample_id", "file"]
WRITTEN = ["plate", "sample_written"]
DELIVERED = [*PLACE, "sample_written", "file_row", "date"]
WELLS = [*PLACE, "sample_written", "file_row", "role", "analyte", "header"]
PLACED = [*PLACE, "file_row"]
READ_TEXTS = [*PLACE, "sample_written", "role", "analyte"]
TEXTS = ["batch", "plate", "file", "analyte", "unit"]  # few different ones, to be read as categories
COLUMNS = [*TEXTS, "point"]  # of attempts
SHIFT, SHIFT_SAMPLES = 200, 5  # a unit slip is a factor of 1000; five values make a median


def of_reading(
    problems: pd.DataFrame,
    wells: Iterable[pd.DataFrame],
    delivered: Iterable[pd.DataFrame],
    plates: list[dict],
    samples: list[dict] | None,
    names: Sequence[dict] = (),
    files: Mapping[str, str] = FILES,
    flags: Iterable[dict] = (),
    sheets: Mapping[str, str] = MappingProxyType({}),
) -> pd.DataFrame:
    """The `problems` of sheets (`flags`, rows) and batches with those of all samples together.

    `wells` (WELLS) and `delivered` (DELIVERED) are one frame per batch; `plates` the rows of rule_rows.gate_plates; `samples`
    rows of the sheet (sample_id, collection_date, _row), None where there is none: every name is then a sample; `names`
    rows of the names sheet (scope, name, _row). `files` are those of the two sheets; `sheets` how messages call the sheets.
    """
    of_sheets = pd.DataFrame(list(flags), columns=list(tables.TABLES["problems"].columns))
    problems = _called(pd.concat([of_sheets, problems], ignore_index=True), sheets)
    parts, dated = ([tables.empty("delivered")[columns]] for columns in (PLACED, DELIVERED))
    headers: dict[str, str] = {}
    written: dict[str, set[str]] = {}
    for part in wells:
        parts.append(_placed(part[(part["role"] == "sample").to_numpy(bool)]))
        _add_written(written, part)
        headers |= dict(part.loc[part["header"].notna(), ["plate", "header"]].itertuples(index=False, name=None))
    for part in delivered:
        parts.append(_placed(part[part["sample_id"].notna()]))
        _add_written(written, part)
        dated.append(tables.plain(part.loc[part["date"].notna(), DELIVERED]))
    run_dates = {row["plate"]: row["run_date"] for row in plates}
    places = pd.concat([tables.plain(part) for part in parts if len(part)] or parts[:1], ignore_index=True)
    places = places.drop_duplicates(PLACE, ignore_index=True)
    places["run_date"] = places["plate"].map(run_dates).astype("str")
    aside = problems.loc[(problems["level"] == "QUARANTINE") & (problems["analyte"].fillna("") == ""), "plate"]
    trusted = places[~places["plate"].isin(aside)]  # the samples of a plate in quarantine may be named wrongly
    there = {plate for part in (*wells, *delivered) for plate in part["plate"].unique()}
    unread = {*aside, *(row["plate"] for row in plates if row["plate"] not in there)}
    found = sample_names.unmatched(names, written, plates, unread, files["names"])
    if samples is not None:
        left_out = [
            row["plate"] for row in plates if not row["include"]
        ]  # nothing of it counts: its names may be anyone's
        found += sample_names.unknown(trusted[~trusted["plate"].isin(left_out)], samples, files)
        found += sample_names.untested(places, samples, files["samples"])
        found += _run_too_early(trusted, samples)
    found += same_names.check([same_names.contents(part) for part in wells], plates)
    found += export_contradictions.of_headers(headers, plates) + export_contradictions.of_results(
        pd.concat(dated), samples or []
    )
    return _gathered([problems, to_frame(found)])


def _placed(rows):
    """The first row of the file of every sample on every plate."""
    return rows[PLACED].sort_values("file_row", kind="stable").drop_duplicates(PLACE)


def _add_written(written, part):
    """Add the names that plates and deliveries of a batch bear to `written`, {plate: names}."""
    for plate, name in part[WRITTEN].drop_duplicates().dropna().itertuples(index=False):
        written.setdefault(plate, set()).add(str(name).strip())


def of_judging(
    problems: pd.DataFrame, judged: Iterable[pd.DataFrame], attempts: Iterable[pd.DataFrame]
) -> pd.DataFrame:
    """The `problems` of reading with those that judging found.

    `judged` are the problems of each batch's judging, `attempts` (COLUMNS) one frame per batch; memory holds one.
    """
    shifted = _shifted_batches([_medians(part) for part in attempts])
    return _gathered([problems, *judged, to_frame(shifted)])


def _called(problems, sheets):
    """The problems with the names that sheets have in this study: the steps of a batch do not know where they lie."""
    usual = problems["file"].isin([f"config/{sheet}.tsv" for sheet in sheets])
    named = sheet_places.placed(of_frame(problems[usual]), sheets)
    for column in ("file", "sheet", "message"):
        problems.loc[usual, column] = [getattr(problem, column) for problem in named]
    return problems


def _gathered(frames):
    order = {level: position for position, level in enumerate(LEVELS)}
    frame = pd.concat(frames, ignore_index=True).drop_duplicates(list(tables.TABLES["problems"].key))
    frame = tables.conform(frame, "problems")
    return frame.sort_values("level", key=lambda column: column.map(order), kind="stable").reset_index(drop=True)


def _run_too_early(assayed, samples):
    collected = {row["sample_id"]: row["collection_date"] for row in samples if row.get("collection_date")}
    day = assayed["sample_id"].map(collected).astype("str")  # no date at all would be a column of numbers
    early = (assayed["run_date"] < day).fillna(False) & assayed["run_date"].notna() & day.notna()
    problems = []
    for _, rows in assayed[early].groupby("plate", sort=False):
        row = next(rows.itertuples(index=False))
        more = f" (and {len(rows) - 1} more of its samples)" if len(rows) > 1 else ""
        found = f"plate {row.plate} was run on {row.run_date}, sample {row.sample_id} was collected on {collected[row.sample_id]}"
        why, fix = (
            "a sample cannot be assayed before it is drawn",
            "correct run_date or collection_date, or the sample's name",
        )
        place = {"row": sample_names.row_of(row.file_row), "column": "run_date", "batch": row.batch, "plate": row.plate}
        problems.append(Problem("E-WELL-070", "FLAG", row.file, f"{found}{more}", why, fix, **place))
    return problems


def _medians(attempts):
    """The median of ln concentration of every batch x analyte x unit of enough attempts, with its first plate and file."""
    key = ["analyte", "unit", "batch"]
    points = attempts.assign(point=tables.linear(attempts["point"], attempts["unit"].astype("str")))
    points = points[points["point"] > 0]
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
                one, other = (log / np.log(2) if tables.is_log2(unit) else np.exp(log) for log in (row.log, others))
                found = f"the median of {analyte} in batch {row.batch} is {one:.3g} {unit}, "
                found += f"in the other batches {other:.3g}"
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
