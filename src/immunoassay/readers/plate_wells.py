"""The wells of one plate as rows of the ledger: its layout says what is in them, the plates sheet whose they are."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.problems import Problem
from immunoassay.readers import headers, plausible, wells
from immunoassay.readers.export import Plate
from immunoassay.study.layouts import Layout, load_layout


def ledger_rows(
    plate: dict, found: Plate, frame: pd.DataFrame, layout: Layout | None
) -> tuple[pd.DataFrame, list[Problem]]:
    """(wells, problems) of a plate that was read.

    plate: its row of the plates sheet. found: export.Plate. frame: its wells with the names of analytes of the study.
    layout: (rows, problems) of its layout as `layouts.load_layout` gives them, None without one.
    """
    frame, problems = plausible.repeated_wells(frame, plate["file"])
    frame["sample_written"] = frame["sample"]
    if layout is not None:
        frame, more = _laid_out(plate, frame, *layout)
        problems = [*problems, *more]
    else:
        unnamed = frame["role"].isna()
        frame.loc[unnamed, "role"] = np.where(frame.loc[unnamed, "sample"].fillna("") != "", "sample", "empty")
    frame["sample_id"] = frame["sample_written"].where(frame["role"].isin(["sample", "spike"]))
    frame["level"] = frame["level"].where(frame["role"].isin(["standard", "control", "spike"]))
    frame["dilution"] = frame["dilution"].fillna(1.0)
    frame["expected"] = frame["expected"].astype("float64")
    frame["disposition"], frame["disposition_reason"] = "usable", None
    if not plate["include"]:
        frame["disposition"] = "plate_set_aside"
        frame["disposition_reason"] = plate["reason"]
    frame["signal_kind"], frame["flags"], frame["amendments"] = found.signal_kind, None, None
    frame["header"] = [headers.text(found), *[None] * (len(frame) - 1)] if len(frame) else []
    return frame.rename(columns={"row": "file_row"}), problems


def layout_of(plate: dict, base: Path, schema: dict[str, Any]) -> Layout | None:
    """(rows, problems) of the layout that the row of the plates sheet names, None where it names none."""
    return load_layout(base / plate["layout"], plate["layout"], schema) if plate["layout"] else None


def unread_rows(plate: dict, analytes: list, layout: Layout | None) -> pd.DataFrame:
    """Ledger rows of a plate whose export cannot be read: the wells its layout names, else one row for the plate."""
    named = [row for row in (layout[0] if layout else []) if row["role"] != "empty"]
    records = [
        {
            **dict.fromkeys(tables.TABLES["wells"].columns),
            **{key: row.get(key) for key in ("well", "role", "sample_id", "level", "dilution")},
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
    return pd.DataFrame(records)


def _laid_out(plate, frame, rows, problems):
    """(wells with what the layout says of them, problems of the layout and of its fit to the export)."""
    layout = pd.DataFrame(rows, columns=["well", "role", "sample_id", "level", "dilution"]).set_index("well")
    problems = [*problems, *_other_wells(plate, frame, layout)]
    layout = layout[~layout.index.duplicated()]
    problems += plausible.layout_conflicts(frame, layout, plate["layout"])
    layout = layout.reindex(frame["well"])
    frame["role"] = layout["role"].fillna("empty").to_numpy()
    frame["sample_written"] = layout["sample_id"].fillna("").to_numpy()
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
