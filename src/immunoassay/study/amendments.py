"""Corrections as data: rows of the amendments sheet applied to plates, wells, attempts or results of a study.

Raw exports are never edited. An amendment that matches nothing, or that conflicts with another, is a STOP. What each kind
does is written in the schema of the sheet. Whatever an amendment touched carries its name in the column `amendments`:
wells and delivered rows, the curves that rest on such wells, attempts, results. What each changed is counted by `applied`.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.problems import Problem
from immunoassay.study.amended import SHEET, conflict, matches_nothing, problem, words
from immunoassay.study.name_rows import IGNORED

WELL_KINDS = (
    "sample_id",
    "exclude_well",
    "exclude_analyte",
    "exclude_plate",
    "standard_strength",
    "expected_concentration",
    "re_export",
)
DELIVERED_KINDS = ("sample_id", "exclude_analyte", "exclude_plate", "re_export")
CURVE_ROLES = ("standard", "control", "blank")  # of wells that a curve and its verdict rest on
ATTEMPT = ("plate", "sample_id", "analyte", "attempt")  # what names one attempt
EXCLUDED = "excluded_by_amendment"
# what an amendment decides: two of one kind for one record contradict each other
DECIDES = {
    "sample_id": "sample",
    "exclude_well": "exclusion",
    "exclude_analyte": "exclusion",
    "exclude_plate": "plate",
    "standard_strength": "expected",
    "expected_concentration": "expected",
    "re_export": "file",
}


def apply_to_wells(wells: pd.DataFrame, amendments: Sequence[Mapping[str, Any]]) -> tuple[pd.DataFrame, list[Problem]]:
    """(amended wells, problems) for the well-scope amendments of one batch.

    `wells` needs plate, well, analyte, role, sample_written, sample_id, level, expected, disposition,
    disposition_reason, amendments and file. `amendments` are rows of the sheet whose plate is in the batch.
    """
    return _apply_rows(wells, amendments, "well", WELL_KINDS)


def apply_to_deliveries(
    delivered: pd.DataFrame, amendments: Sequence[Mapping[str, Any]]
) -> tuple[pd.DataFrame, list[Problem]]:
    """(amended rows, problems): DELIVERED_KINDS on the rows of a laboratory's result table."""
    return _apply_rows(delivered, amendments, None, DELIVERED_KINDS)


def of_curves(wells: pd.DataFrame) -> pd.Series:
    """The amendments of the standards, controls and blanks of every plate x analyte, as a series; none has no row."""
    return _joined(wells[wells["role"].isin(CURVE_ROLES)], ["plate", "analyte"])


def of_samples(wells: pd.DataFrame) -> pd.Series:
    """The amendments of the wells of every plate x sample x analyte; a renamed well counts for both names."""
    key = ["plate", "sample_id", "analyte"]
    rows = wells.loc[wells["amendments"].notna(), [*key, "sample_written", "amendments"]]
    return _joined(pd.concat([rows, rows.assign(sample_id=rows["sample_written"])]), key)


def union(texts: Iterable[object]) -> str | None:
    """Several lists of amendments, semicolon-separated, as one; None when there is none."""
    names = {name for text in texts if isinstance(text, str) for name in text.split(";")}
    return ";".join(sorted(names - {""})) or None


def marked(series: pd.Series, hit: pd.Series, name: str) -> pd.Series:
    """The lists of amendments in `series` with one more where `hit`."""
    return series.astype("object").where(~hit, [union([text, name]) for text in series])


def _joined(rows, key):
    rows = rows[rows["amendments"].notna()]
    return rows.groupby(key, sort=True)["amendments"].agg(lambda texts: union(texts.unique()))


def replaced_attempts(
    attempts: pd.DataFrame, amendments: Sequence[Mapping[str, Any]], unread: Collection[str] = ()
) -> tuple[dict[tuple[str, ...], tuple[str, str]], list[Problem]]:
    """({ATTEMPT, key of an attempt: (name, words) of the amendment that replaced it}, problems) for replace_by_rerun.

    The attempts of `plate` are replaced wherever the sample has an attempt for the analyte on the plate `to` (only those
    of sample_id and analyte, if given). They stay in the attempts table. An amendment of an `unread` plate has none.
    """
    replaced: dict[int, tuple[str, str]] = {}
    problems = []
    key = pd.MultiIndex.from_frame(attempts[["sample_id", "analyte"]])
    for row in amendments:
        if row["what"] != "replace_by_rerun":
            continue
        hit = attempts["plate"] == row["plate"]
        for column in ("sample_id", "analyte"):
            if row[column]:
                hit &= attempts[column] == row[column]
        hit &= key.isin(key[attempts["plate"] == row["to"]])
        positions = np.flatnonzero(hit).tolist()
        others = {replaced[position][0] for position in positions if position in replaced}
        if row["plate"] in unread:
            continue
        if not len(positions) or row["plate"] == row["to"]:
            problems.append(matches_nothing(row))
        elif others:
            problems.append(conflict(row, others))
        replaced.update({position: (row["amendment"], words(row)) for position in positions})
    keys = list(attempts[list(ATTEMPT)].itertuples(index=False, name=None)) if replaced else []
    return {keys[position]: said for position, said in replaced.items()}, problems


def apply_to_results(
    results: pd.DataFrame, amendments: Sequence[Mapping[str, Any]], partial: bool = False
) -> tuple[pd.DataFrame, list[Problem]]:
    """(amended results, problems): exclude_result makes a result not reportable, with the reason; its row stays.

    `partial`: only some batches count, so a result may not be there.
    """
    results, problems = results.copy(), []
    seen: dict[tuple[str, str], str] = {}
    for row in amendments:
        if row["what"] != "exclude_result":
            continue
        own = (results["sample_id"] == row["sample_id"]) & (results["analyte"] == row["analyte"])
        hit = own & (results["status"] != "missing")
        if not hit.any():
            excused = partial or (results.loc[own, "reason"] == "plate_unread").any()
            problems += [] if excused else [matches_nothing(row)]
            continue
        place = (row["sample_id"], row["analyte"])
        if place in seen:
            problems.append(conflict(row, {seen[place]}))
        seen.setdefault(place, row["amendment"])
        results.loc[hit, ["status", "reason"]] = ["not_reportable", EXCLUDED]
        results.loc[hit, ["value", "low", "high"]] = float("nan")
        results.loc[hit, "lower"], results.loc[hit, "upper"] = tables.lowest(results.loc[hit, "unit"]), float("inf")
        results.loc[hit, "selection"] = words(row)
        results["amendments"] = marked(results["amendments"], hit, row["amendment"])
    return results, problems


def applied(
    amendments: Sequence[Mapping[str, Any]],
    records: Iterable[pd.DataFrame],
    results: pd.DataFrame,
    replaced: Iterable[str],
) -> pd.DataFrame:
    """The `amendments` table: every row of the sheet with the number of raw records or attempts it changed, and of the
    results that rest on these.

    `records` are frames of wells and delivered rows (plate, disposition, amendments), batch by batch; `replaced` the name of
    the amendment of every replaced attempt. Raises tables.ContractError for an amendment that reached nothing: it should
    have stopped the run.
    """
    changed, touched, aside = Counter(replaced), _counted(results["amendments"]), set()
    for frame in records:
        changed += _counted(frame["amendments"])
        aside |= set(frame.loc[frame["disposition"] == "plate_quarantined", "plate"])
    listed = []
    for row in amendments:
        name = row["amendment"]
        records_changed = touched[name] if row["what"] == "exclude_result" else changed[name]
        # an excluded result stops before, unless only some batches count
        if not records_changed and row["what"] != "exclude_result" and row["plate"] not in aside:
            raise tables.ContractError(f"amendment {name} reached nothing")
        listed.append({**row, "n_records": records_changed, "n_results": touched[name]})
    columns = list(tables.TABLES["amendments"].columns)
    return tables.conform(pd.DataFrame(listed, columns=columns).replace("", None), "amendments")


def listed(applied: pd.DataFrame) -> list[Problem]:
    """One FLAG for every row of the `amendments` table: what it changed, who decided, why, and how many results it touched."""
    problems = []
    for row in applied.fillna("").to_dict("records"):
        place = ", ".join(row[name] for name in ("plate", "well", "sample_id", "analyte", "level") if row[name])
        change = " to ".join(row[name] for name in ("from", "to") if row[name])
        found = f"{row['what']} of {place}{change and f' ({change})'}: records changed {row['n_records']}, "
        found += f"results touched {row['n_results']}"
        problems.append(Problem(
            "W-CMP-002", "FLAG", SHEET, found, f"{row['reason']} ({row['who']}, {row['when']})",
            "nothing; the column amendments names it", row=row["amendment"], plate=row["plate"],
        ))  # fmt: skip
    return problems


def _counted(column):
    """How often every amendment is named in a column."""
    counts = Counter()
    for text, number in column.dropna().value_counts().items():
        counts.update(dict.fromkeys(text.split(";"), number))
    return counts


def _apply_rows(frame, amendments, place, kinds):
    """Apply the amendments of `kinds` to wells or delivered rows; `place` is the column a well is named by."""
    frame, problems, touched, renamed = frame.copy(), [], {}, []
    named = frame["sample_id"].copy()
    for row in amendments:
        hit = _hit(frame, row, place) if row["what"] in kinds else np.zeros(len(frame), bool)
        if not np.any(hit):
            there = frame.loc[frame["plate"] == row["plate"], "sample_written"] if row["what"] == "sample_id" else []
            problems.append(matches_nothing(row, [name for name in dict.fromkeys(there) if isinstance(name, str)]))
            continue
        problems += _contradictions(row, frame.index[hit], touched)
        renamed += [(row, hit)] if row["what"] == "sample_id" and not row["well"] else []
        _change(frame, hit, row)
    for row, hit in renamed:  # after all, because two names may have been swapped
        problems += _mixed_samples(frame, hit, row, named)
    return frame, problems


def _hit(frame, row, place):
    hit = frame["plate"] == row["plate"]
    if row["well"]:
        hit &= frame[place] == row["well"] if place else False
    if row["analyte"]:
        hit &= frame["analyte"] == row["analyte"]
    if row["what"] == "sample_id":
        hit &= frame["sample_written"] == row["from"]
        hit &= frame["role"].isin(["sample", "spike", "ignore"]) if "role" in frame.columns else True
    elif row["what"] == "standard_strength":
        hit &= frame["role"] == "standard"
    elif row["what"] == "expected_concentration":
        hit &= frame["level"] == row["level"]
    elif row["what"] == "re_export":
        hit &= frame["file"] == row["to"]
    return hit


def _change(frame, hit, row):
    if row["what"] in ("exclude_well", "exclude_analyte"):
        hit = hit & (frame["disposition"] != EXCLUDED)  # the first reason stays
        frame.loc[hit, "disposition"], frame.loc[hit, "disposition_reason"] = EXCLUDED, words(row)
    elif row["what"] == "sample_id":
        frame.loc[hit, "sample_id"] = row["to"]
        back = hit & (frame["disposition"] == IGNORED)  # an amendment goes before the names sheet
        frame.loc[back, ["disposition", "disposition_reason"]] = ["usable", None]
        if "role" in frame.columns:
            frame.loc[hit & (frame["role"] == "ignore"), "role"] = "sample"
    elif row["what"] == "standard_strength":
        frame.loc[hit, "expected"] *= float(row["to"])
    elif row["what"] == "expected_concentration":
        frame.loc[hit, "expected"] = float(row["to"])
    frame["amendments"] = marked(frame["amendments"], hit, row["amendment"])


def _contradictions(row, index, touched):
    """Two amendments that decide the same of one record; overlapping exclusions agree, but one that adds none does not."""
    decides = DECIDES[row["what"]]
    known = [touched[(decides, position)] for position in index if (decides, position) in touched]
    for position in index:
        touched.setdefault((decides, position), row["amendment"])
    if not known or (decides == "exclusion" and len(known) < len(index)):
        return []
    return [conflict(row, set(known))]


def _mixed_samples(frame, hit, row, named):
    """A whole sample renamed to one that is on the plate already would become its replicates; a named well may.

    `named` are the samples before any amendment.
    """
    there = (frame["plate"] == row["plate"]) & ~hit & (named == row["to"]) & (frame["sample_id"] == row["to"])
    if not there.any():
        return []
    return [problem(
        row, "E-AMD-123", f"{row['to']} is on {row['plate']} already", "two tubes would be averaged as replicates of one",
        "name the well, amend the other sample first, or correct the row",
    )]  # fmt: skip
