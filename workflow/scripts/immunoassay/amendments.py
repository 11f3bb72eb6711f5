"""Corrections as data: rows of the amendments sheet applied to plates, wells, attempts or results of a study.

Raw exports are never edited. An amendment that matches nothing, or that conflicts with another, is a STOP. What each kind
does is written in the schema of the sheet; what each changed is counted by `applied`.
"""

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.sheets.amended import conflict, matches_nothing, problem, words

WELL_KINDS = (
    "sample_id",
    "exclude_well",
    "exclude_analyte",
    "standard_strength",
    "expected_concentration",
    "re_export",
)
ATTEMPT = ("plate", "sample_id", "analyte", "attempt")  # what names one attempt
EXCLUDED = "excluded_by_amendment"
# what an amendment decides: two of one kind for one record contradict each other
DECIDES = {
    "sample_id": "sample",
    "exclude_well": "exclusion",
    "exclude_analyte": "exclusion",
    "standard_strength": "expected",
    "expected_concentration": "expected",
    "re_export": "file",
}


def apply_to_wells(wells, amendments):
    """(amended wells, problems) for the well-scope amendments of one batch.

    `wells` needs plate, well, analyte, role, sample_written, sample_id, level, expected, disposition,
    disposition_reason and file. `amendments` are rows of the sheet whose plate is in the batch.
    """
    return _apply_rows(wells, amendments, "well", WELL_KINDS)


def apply_to_deliveries(delivered, amendments):
    """(amended rows, problems): sample_id, exclude_analyte and re_export on the rows of a laboratory's result table."""
    return _apply_rows(delivered, amendments, None, ("sample_id", "exclude_analyte", "re_export"))


def replaced_attempts(attempts, amendments, unread=()):
    """({ATTEMPT, key of an attempt: words of the amendment that replaced it}, problems) for replace_by_rerun.

    The attempts of `plate` are replaced wherever the sample has an attempt for the analyte on the plate `to` (only those
    of sample_id and analyte, if given). They stay in the attempts table. An amendment of an `unread` plate has none.
    """
    replaced, problems = {}, []
    key = pd.MultiIndex.from_frame(attempts[["sample_id", "analyte"]])
    for row in amendments:
        if row["what"] != "replace_by_rerun":
            continue
        hit = attempts["plate"] == row["plate"]
        for column in ("sample_id", "analyte"):
            if row[column]:
                hit &= attempts[column] == row[column]
        hit &= key.isin(key[attempts["plate"] == row["to"]])
        positions = np.flatnonzero(hit)
        others = {replaced[position][0] for position in positions if position in replaced}
        if row["plate"] in unread:
            continue
        if not len(positions) or row["plate"] == row["to"]:
            problems.append(matches_nothing(row))
        elif others:
            problems.append(conflict(row, others))
        replaced.update({position: (row["amendment"], words(row)) for position in positions})
    keys = list(attempts[list(ATTEMPT)].itertuples(index=False, name=None)) if replaced else []
    return {keys[position]: said for position, (_, said) in replaced.items()}, problems


def apply_to_results(results, amendments, partial=False):
    """(amended results, problems): exclude_result makes a result not reportable, with the reason; its row stays.

    `partial`: only some batches count, so a result may not be there.
    """
    results, problems, seen = results.copy(), [], {}
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
        results.loc[hit, "lower"], results.loc[hit, "upper"] = 0.0, float("inf")
        results.loc[hit, "selection"] = words(row)
    return results, problems


def applied(amendments, records, results, replaced):
    """The `amendments` table: every row of the sheet with the number of raw records, attempts or results it changed.

    `records` are frames of wells and delivered rows, batch by batch; `replaced` the words of the replaced attempts. Raises
    tables.ContractError for an amendment that reached nothing: it should have stopped the run.
    """
    counts, aside = dict.fromkeys(range(len(amendments)), 0), set()
    for frame in records:
        plates = set(frame["plate"])
        aside |= set(frame.loc[frame["disposition"] == "plate_quarantined", "plate"])
        for position, row in enumerate(amendments):
            if row["plate"] in plates and row["what"] not in ("exclude_result", "replace_by_rerun"):
                counts[position] += int(_reached(row, frame).sum())
    listed = []
    for position, row in enumerate(amendments):
        if row["what"] == "exclude_result":
            counts[position] = int((results["selection"] == words(row)).sum())
        elif row["what"] == "replace_by_rerun":
            counts[position] = list(replaced).count(words(row))
        # an excluded result stops before, unless only some batches count
        if not counts[position] and row["what"] != "exclude_result" and row["plate"] not in aside:
            raise tables.ContractError(f"amendment {row['amendment']} reached nothing")
        listed.append({**row, "n_records": counts[position]})
    columns = list(tables.TABLES["amendments"].columns)
    return tables.conform(pd.DataFrame(listed, columns=columns).replace("", None), "amendments")


def _reached(row, frame):
    """Records of `frame` that carry the mark of a well-scope amendment."""
    if row["what"].startswith("exclude"):
        return frame["disposition_reason"] == words(row)
    own = frame["plate"] == row["plate"]
    if "flags" in frame.columns:
        return own & (";" + frame["flags"].fillna("") + ";").str.contains(f";{mark(row)};", regex=False)
    if row["what"] == "sample_id":
        return own & (frame["sample_written"] == row["from"]) & (frame["sample_id"] == row["to"])
    return own & (frame["file"] == row["to"])


def mark(row):
    """The flag of a record that an amendment changed."""
    return f"amended:{row['amendment']}"


def _apply_rows(frame, amendments, place, kinds):
    """Apply the amendments of `kinds` to wells or delivered rows; `place` is the column a well is named by."""
    frame, problems, touched, renamed = frame.copy(), [], {}, []
    for row in amendments:
        hit = _hit(frame, row, place) if row["what"] in kinds else np.zeros(len(frame), bool)
        if not np.any(hit):
            problems.append(matches_nothing(row))
            continue
        problems += _contradictions(row, frame.index[hit], touched)
        renamed += [(row, hit)] if row["what"] == "sample_id" and not row["well"] else []
        _change(frame, hit, row)
    for row, hit in renamed:  # after all, because two names may have been swapped
        problems += _mixed_samples(frame, hit, row)
    return frame, problems


def _hit(frame, row, place):
    hit = frame["plate"] == row["plate"]
    if row["well"]:
        hit &= frame[place] == row["well"] if place else False
    if row["analyte"]:
        hit &= frame["analyte"] == row["analyte"]
    if row["what"] == "sample_id":
        hit &= frame["sample_written"] == row["from"]
        hit &= frame["role"].isin(["sample", "spike"]) if "role" in frame.columns else True
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
        return
    if row["what"] == "sample_id":
        frame.loc[hit, "sample_id"] = row["to"]
    elif row["what"] == "standard_strength":
        frame.loc[hit, "expected"] *= float(row["to"])
    elif row["what"] == "expected_concentration":
        frame.loc[hit, "expected"] = float(row["to"])
    if "flags" in frame.columns:
        before = frame.loc[hit, "flags"].fillna("")
        frame.loc[hit, "flags"] = (before + ";" + mark(row)).str.strip(";")


def _contradictions(row, index, touched):
    """Two amendments that decide the same of one record; overlapping exclusions agree, but one that adds none does not."""
    decides = DECIDES[row["what"]]
    known = [touched[(decides, position)] for position in index if (decides, position) in touched]
    for position in index:
        touched.setdefault((decides, position), row["amendment"])
    if not known or (decides == "exclusion" and len(known) < len(index)):
        return []
    return [conflict(row, set(known))]


def _mixed_samples(frame, hit, row):
    """A whole sample renamed to one that is on the plate already would become its replicates; a named well may."""
    there = (frame["plate"] == row["plate"]) & ~hit & (frame["sample_written"] == row["to"])
    there &= frame["sample_id"] == row["to"]
    if not there.any():
        return []
    found, why = f"{row['to']} is on {row['plate']} already", "two tubes would be averaged as replicates of one"
    return [problem(row, "E-AMD-123", found, why, "name the well, amend the other sample first, or correct the row")]
