"""The wells of one plate as rows of the ledger: its layout says what is in them, the plates sheet whose they are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.problems import Problem, few
from immunoassay.readers import analyte_names, headers, plausible, wells, written_names
from immunoassay.readers.read_plates import ReadPlate
from immunoassay.readers.written_names import Names
from immunoassay.study.layouts import Layout, load_layout
from immunoassay.study.name_rows import IGNORED
from immunoassay.study.vocabulary import Units
from immunoassay.tables.distinct import distinct, repeated


def ledger_rows(plates: Sequence[ReadPlate], units: Units) -> tuple[pd.DataFrame, np.ndarray, list[list[Problem]]]:
    """(wells of plates that were read, for each the number of its plate, problems by plate).

    What is the same for all analytes of a well, or of all wells of a plate, is found once and then taken by all.
    """
    frame, of, problems = analyte_names.name_analytes(plates, units)
    frame, of = _once(frame, of, plates, problems)
    place = ["well", "sample", "role", "level", "dilution"]
    at, first = distinct(frame, *place, within=of)  # few: analytes share them
    wells = _described(frame[place].take(first).reset_index(drop=True), of[first], plates, problems)
    frame = repeated(frame, at, wells.drop(columns=["well", "sample"]))
    frame["flags"], frame["amendments"], frame["header"] = None, None, _headers(plates, of)
    frame["signal_kind"] = _of_all([each.found.signal_kind for each in plates], of)
    frame["file_sha256"] = _of_all([each.checksum for each in plates], of)
    for column in ("batch", "plate", "panel", "file"):
        frame[column] = _of_all([each.plate[column] for each in plates], of)
    return frame.rename(columns={"row": "file_row"}), of, problems


def _of_all(values, of):
    return pd.array(values, dtype="str").take(of)


def _headers(plates, of):
    """The header of each plate in its first row."""
    texts = np.full(len(of), None, object)
    for number, first in zip(*np.unique(of, return_index=True), strict=True):
        texts[first] = headers.text(plates[number].found)
    return texts


def _once(frame, of, plates, problems):
    """(frame, of) without repeats: an export that gives a well of an analyte twice is set aside, which joins its problems."""
    again = np.ones(len(frame), bool)
    again[distinct(frame, "well", "analyte", within=of)[1]] = False
    for number in np.unique(of[again]):
        names = ", ".join(sorted(set(frame.loc[again & (of == number), "well"]))[:8])
        found, why = f"the export gives wells {names} more than once", "it is not clear which value counts"
        file = plates[number].plate["file"]
        problems[number].append(Problem("E-WELL-061", "QUARANTINE", file, found, why, "export the plate again"))
    return (frame[~again].reset_index(drop=True), of[~again]) if again.any() else (frame, of)


def _described(wells, of, plates, problems):
    """Wells of all plates with what their layouts and the names sheet say of them, which may add to the problems.

    Only plates that have a layout, or names of the sheet, are looked at one by one.
    """
    wells["sample_written"] = wells["sample"]
    alone = np.array([each.layout is not None or not each.names.keys().isdisjoint(_samples(wells, of == number))
                      for number, each in enumerate(plates)], bool)  # fmt: skip
    unnamed = wells["role"].isna() & np.array([each.layout is None for each in plates], bool)[of]
    wells.loc[unnamed, "role"] = np.where(wells.loc[unnamed, "sample"].fillna("") != "", "sample", "empty")
    parts = [written_names.of_wells(wells[~alone[of]].copy(), {}, "", False)[0]]
    for number in np.flatnonzero(alone):
        each, own, found = plates[number], wells[of == number].copy(), []
        if each.layout is not None:
            own, found = _laid_out(each.plate, own, *each.layout)
        own, more = written_names.of_wells(own, each.names, each.plate["layout"], each.layout is not None)
        parts.append(own)
        problems[number] += [*found, *more]
    wells = pd.concat([part for part in parts if len(part)] or parts).sort_index()
    wells["level"] = wells["level"].where(wells["role"].isin(["standard", "control", "spike"]))
    wells["dilution"] = wells["dilution"].fillna(1.0)
    aside = np.array([not each.plate["include"] for each in plates], bool)[of]
    reasons = np.array([each.plate["reason"] for each in plates], object)[of]
    ignored = (wells["role"] == "ignore").to_numpy(bool)
    wells["disposition"] = np.where(aside, "plate_set_aside", np.where(ignored, IGNORED, "usable"))
    wells["disposition_reason"] = np.where(aside, reasons, np.where(ignored, "the names sheet says ignore", None))
    return wells


def _samples(wells, hit):
    """The names written in some wells, as the names sheet has them."""
    return [name.strip() for name in wells.loc[hit, "sample_written"].unique() if isinstance(name, str)]


def layout_of(plate: dict, base: Path, schema: dict[str, Any]) -> Layout | None:
    """(rows, problems) of the layout that the row of the plates sheet names, None where it names none."""
    return load_layout(base / plate["layout"], plate["layout"], schema) if plate["layout"] else None


def unread_rows(plate: dict, analytes: list, layout: Layout | None, names: Names) -> pd.DataFrame:
    """Ledger rows of a plate whose export cannot be read: the wells its layout names, else one row for the plate."""
    named = [row for row in (layout[0] if layout else []) if row["role"] != "empty"]
    records = [
        {
            **dict.fromkeys(tables.TABLES["wells"].columns),
            **{key: row.get(key) for key in ("well", "role", "level", "dilution")},
            "sample_written": row.get("sample_id"),
            **{column: plate[column] for column in ("batch", "plate", "panel", "file")},
            "analyte": analyte["analyte"],
            "unit": analyte["unit"],
            "disposition": "plate_quarantined" if plate["include"] else "plate_set_aside",
            "disposition_reason": "the export cannot be read" if plate["include"] else plate["reason"],
            "net_signal": np.nan,
            "vendor_flag": "not_read",
        }
        for row in named or [{"well": wells.WHOLE_PLATE, "role": "empty"}]
        for analyte in analytes
    ]
    frame = pd.DataFrame(records)
    frame["dilution"] = frame["dilution"].astype("float64")
    frame, _ = written_names.of_wells(frame, names, plate["layout"], layout is not None)
    frame["dilution"] = frame["dilution"].fillna(1.0)
    return frame


def _laid_out(plate, frame, rows, problems):
    """(wells with what the layout says of them, problems of the layout and of its fit to the export)."""
    layout = pd.DataFrame(rows, columns=["well", "role", "sample_id", "level", "dilution"]).set_index("well")
    if not any(problem.code == "E-FILE-015" for problem in problems):  # a row of it was not read
        problems = [*problems, *_other_wells(plate, frame, layout)]
    layout = layout[~layout.index.duplicated()]
    problems += plausible.layout_conflicts(frame, layout, plate["layout"])
    layout = layout.reindex(frame["well"])
    frame["role"] = layout["role"].fillna("empty").to_numpy()
    tubes = frame["role"].isin(written_names.OF_TUBES)
    named = pd.Series(layout["sample_id"].fillna("").to_numpy(), index=frame.index)
    frame["sample_written"] = named.where((named != "") | ~tubes, frame["sample"].fillna(""))
    nameless = sorted(set(frame.loc[tubes & (frame["sample_written"] == ""), "well"]))
    if nameless:
        problems.append(Problem(
            "E-WELL-062", "QUARANTINE", plate["layout"], f"sample without sample_id: {few(nameless)}",
            "neither layout nor export says whose it is", "write sample_id, or a name of the names sheet", row=nameless[0],
            column="sample_id",
        ))  # fmt: skip
    frame["level"] = layout["level"].to_numpy()
    frame["dilution"] = layout["dilution"].to_numpy()
    return frame, problems


def _other_wells(plate, frame, layout):
    """A QUARANTINE where layout and export have not the same wells."""
    there = set(frame["well"].unique())
    absent = sorted(there - set(layout.index))
    beyond = sorted(set(layout.index[layout["role"] != "empty"]) - there)
    why, fix = "samples could be taken for one another", "correct the layout"
    return [
        Problem("E-READ-014", "QUARANTINE", plate["layout"], f"wells {', '.join(named[:8])} are {where}", why, fix)
        for named, where in ((absent, "in the export but not in the layout"), (beyond, "in the layout only"))
        if named
    ]
