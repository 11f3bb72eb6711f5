"""The wells of one plate as rows of the ledger: its layout says what is in them, the plates sheet whose they are."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.problems import Problem, few
from immunoassay.readers import headers, plausible, wells, written_names
from immunoassay.readers.distinct import distinct, repeated
from immunoassay.readers.export import Plate
from immunoassay.readers.written_names import Names
from immunoassay.study.layouts import Layout, load_layout
from immunoassay.study.name_rows import IGNORED


def ledger_rows(
    plate: dict, found: Plate, frame: pd.DataFrame, layout: Layout | None, names: Names
) -> tuple[pd.DataFrame, list[Problem]]:
    """(wells, problems) of a plate that was read.

    plate: its row of the plates sheet. found: export.Plate. frame: its wells with the names of analytes of the study.
    layout: (rows, problems) of its layout as `layouts.load_layout` gives them, None without one. names: what written names
    mean there.
    """
    frame, problems = plausible.repeated_wells(frame, plate["file"])
    at, own = distinct(frame, "well", "sample", "role", "level", "dilution")  # few: analytes share them
    own["sample_written"] = own["sample"]
    if layout is not None:
        own, more = _laid_out(plate, own, *layout)
        problems = [*problems, *more]
    else:
        unnamed = own["role"].isna()
        own.loc[unnamed, "role"] = np.where(own.loc[unnamed, "sample"].fillna("") != "", "sample", "empty")
    own, more = written_names.of_wells(own, names, plate["layout"], layout is not None)
    problems = [*problems, *more]
    own["level"] = own["level"].where(own["role"].isin(["standard", "control", "spike"]))
    own["dilution"] = own["dilution"].fillna(1.0)
    own["disposition"], own["disposition_reason"] = "usable", None
    ignored = own["role"] == "ignore"
    own.loc[ignored, ["disposition", "disposition_reason"]] = [IGNORED, "the names sheet says ignore"]
    if not plate["include"]:
        own["disposition"] = "plate_set_aside"
        own["disposition_reason"] = plate["reason"]
    frame = repeated(frame, at, own.drop(columns=["well", "sample"]))
    frame["signal_kind"], frame["flags"], frame["amendments"] = found.signal_kind, None, None
    frame["header"] = [headers.text(found), *[None] * (len(frame) - 1)] if len(frame) else []
    return frame.rename(columns={"row": "file_row"}), problems


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
