"""What the names sheet says of the names that exports, layouts and deliveries write: samples, roles, dilutions.

A name is looked up as written, without spaces around it, and stays in `sample_written`; `names_scope` says whose row
decided. What a layout says of role and dilution goes before the row, the row before the export.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from immunoassay.problems import Problem, few
from immunoassay.study.name_rows import IGNORED

Names = Mapping[str, Mapping[str, Any]]  # rows of the names sheet by name, as name_rows.obeyed gives them

OF_TUBES = ("sample", "spike")
SHOWN = 5
KEPT = "_kept"  # behind its role, the disposition of a delivered row that is of no sample


def of_wells(frame: pd.DataFrame, names: Names, file: str, laid_out: bool) -> tuple[pd.DataFrame, list[Problem]]:
    """(wells with sample_id and names_scope, and the roles, levels and dilutions that names state; problems).

    frame: wells with sample_written, role, level and dilution, `file` what says so before the names sheet: the layout
    (`laid_out`), or the export.
    """
    tubes = frame["role"].isin(OF_TUBES)
    if not any(isinstance(name, str) and name.strip() in names for name in frame["sample_written"].unique()):
        frame["names_scope"], frame["sample_id"] = None, frame["sample_written"].where(tubes)
        frame["dilution"] = frame["dilution"].astype(float)
        return frame, []
    frame, rows = _looked_up(frame, names)
    hit, role = rows["role"].notna(), rows["role"]
    problems: list[Problem] = []
    if laid_out:
        other = hit & ~role.isin(["sample", "ignore"])
        problems += _differ(frame, other & tubes, file, "role", "layout", "layout")
        hit &= tubes  # a layout gives no other well a name
        role = role.where(role == "ignore", frame["role"])
    frame["role"] = role.where(hit, frame["role"])
    if not laid_out:
        frame["level"] = rows["level"].where(hit, frame["level"])
    stated = hit & rows["dilution"].notna()
    other = stated & frame["dilution"].notna() & ~np.isclose(frame["dilution"].astype(float), rows["dilution"])
    problems += _differ(frame, other, file, "dilution", *(("layout",) * 2 if laid_out else ("export", "names sheet")))
    if laid_out:
        stated &= frame["dilution"].isna()
    frame["dilution"] = rows["dilution"].where(stated, frame["dilution"]).astype("float64")
    frame["sample_id"] = rows["sample_id"].where(hit, frame["sample_written"]).where(frame["role"].isin(OF_TUBES))
    return frame, problems + _shared(frame, hit & (frame["role"] == "sample"))


def of_delivery(frame: pd.DataFrame, names: Names, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """(delivered rows with sample_id and names_scope, problems); rows of what is no sample of the study are set aside.

    Standards, controls and blanks are kept for quality, unless the names sheet says that one is a sample (such as a pool).
    """
    frame, rows = _looked_up(frame, names)
    hit = rows["role"].notna()
    frame["role"] = frame["role"].mask(rows["role"] == "sample", "sample")
    frame["sample_id"] = rows["sample_id"].where(hit, frame["sample_written"]).where(frame["role"] == "sample")
    kept = ~hit & (frame["role"] != "sample") & (frame["disposition"] == "usable")
    frame.loc[kept, "disposition"] = frame.loc[kept, "role"] + KEPT
    frame.loc[kept, "disposition_reason"] = "kept for quality: no result of a sample"
    none = hit & (rows["role"] != "sample")
    frame.loc[none, "sample_id"] = None
    aside = none & (frame["disposition"] == "usable")
    frame.loc[aside, "disposition"] = IGNORED
    frame.loc[aside, "disposition_reason"] = "the names sheet says " + rows.loc[aside, "role"]
    problems = _differ(frame, hit & rows["dilution"].notna(), file, "dilution", "delivery", "delivery")
    return frame, problems + _shared(frame, hit & ~none)


def _looked_up(frame, names):
    """(frame with names_scope, the columns of the names sheet for each of its rows)."""
    at, written = frame["sample_written"].fillna("").astype(str).factorize()
    known = [_whole(names[name]) if name in names else {} for name in map(str.strip, written)]
    rows = pd.DataFrame(known, columns=["role", "sample_id", "level", "dilution", "scope"], dtype=object)
    rows = rows.astype({"dilution": float}).take(at).set_axis(frame.index)
    frame["names_scope"] = rows.pop("scope")
    return frame, rows


def _whole(row):
    """A row of the sheet with its sample, which is the name itself where it states none."""
    return {**row, "sample_id": row["sample_id"] or row["name"], "level": row["level"] or None}


def _shared(frame, hit):
    """A FLAG for samples that the names sheet gives several names of one plate or delivery."""
    pairs = frame.loc[frame["sample_id"].isin(set(frame.loc[hit, "sample_id"])), ["sample_id", "sample_written"]]
    pairs = pairs.assign(sample_written=pairs["sample_written"].str.strip()).drop_duplicates()
    several = pairs.groupby("sample_id", sort=False)["sample_written"].agg(", ".join)[
        pairs["sample_id"].value_counts() > 1
    ]
    if several.empty:
        return []
    shown = [f"{sample} ({names})" for sample, names in several.items()]
    found = f"{len(several)} sample{'s have' if len(several) > 1 else ' has'} several names here: {few(shown, SHOWN)}"
    why, fix = (
        "the wells of all of them count as replicates of one tube",
        "nothing, if they are; else correct the names sheet",
    )
    return [Problem("W-NAM-006", "FLAG", "", found, why, fix, column="sample_id")]


def _differ(frame, hit, file, what, said, used):
    """A FLAG for the names of which the names sheet states another role or dilution than the layout or export."""
    if not hit.any():
        return []
    names = list(frame.loc[hit, "sample_written"].unique())
    found = f"names and {said} state different {what}s of {len(names)} name{'s' if len(names) > 1 else ''}: "
    fix = (
        f"correct the {what} in the names sheet, or in the {said}" if said == "layout" else "compare with the protocol"
    )
    return [Problem("W-NAM-005", "FLAG", file, found + few(names, SHOWN), f"what the {used} says is used", fix)]
