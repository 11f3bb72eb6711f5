"""The ledger: every raw record (well x analyte, row of a result table) with its one final disposition."""

import re
from collections.abc import Collection

import numpy as np
import pandas as pd
from immunoassay import tables

COLUMNS = list(tables.TABLES["ledger"].columns)
WELLS = ["batch", "plate", "panel", "well", "analyte", "role", "sample_id", "sample_written", "names_scope", "level",
         "disposition", "disposition_reason", "file", "file_row"]  # fmt: skip
TEXTS = [name for name in WELLS if name != "file_row"]  # few different ones, to be read as categories
CURVES = ["plate", "analyte", "status"]
ROWS = re.compile(r",(?=row \d)")
PLACE = ["sample_id", "analyte", "plate", "record"]


def ledger(
    wells: pd.DataFrame,
    delivered: pd.DataFrame,
    curves: pd.DataFrame,
    dropped_standards: pd.DataFrame,
    used: pd.DataFrame,
    samples: list[dict],
    pools: Collection[str] = (),
) -> pd.DataFrame:
    """The `ledger` table of some batches from their wells (WELLS), delivered rows, curves (CURVES) and dropped_standards.

    `used`: the records that results come from (used_records); `samples` rows of the sheet; `pools` the bridging pools.
    Raises tables.ContractError when records are lost or doubled.
    """
    frame = _records(wells, delivered)
    disposition, reason = (frame[name].to_numpy(object, copy=True) for name in ("disposition", "reason"))
    for found in (
        _standards(frame, disposition, curves, dropped_standards),
        _samples(frame, disposition, samples, pools),
    ):
        for hit, name, words in found:
            disposition[hit] = name
            if words is not None:  # what is used keeps the words it came with
                reason[hit] = words
    chosen = used[used["plate"].isin(set(frame["plate"].unique()))]
    at = _positions(frame[PLACE], chosen[PLACE])
    hit = (at >= 0) & (disposition == "attempt_not_selected")
    disposition[hit] = ("result_" + chosen["status"]).to_numpy(object)[at[hit]]
    reason[hit] = chosen["reason"].to_numpy(object)[at[hit]]
    frame["disposition"], frame["reason"] = (pd.array(each, dtype="str") for each in (disposition, reason))
    if len(frame) != len(wells) + len(delivered):
        raise tables.ContractError(f"the ledger holds {len(frame)} of {len(wells) + len(delivered)} raw records")
    return frame[COLUMNS]


def used_records(results: pd.DataFrame) -> pd.DataFrame:
    """One row per raw record that a result comes from: PLACE, status, reason."""
    rows = results.loc[results["plate"].notna(), ["sample_id", "analyte", "plate", "wells", "status", "reason"]]
    # rows of a delivery bear the heading of their column, which may hold a comma
    names = [ROWS.split(text) if text.startswith("row ") else text.split(",") for text in rows["wells"].astype(str)]
    rows = rows.assign(record=pd.Series(names, index=rows.index)).drop(columns="wells").explode("record")
    return rows.drop_duplicates(PLACE).astype({"record": "str"})


def tallied(ledger: pd.DataFrame) -> pd.DataFrame:
    """Records by batch, plate, panel and disposition: the `ledger_counts` table."""
    counts = ledger.groupby(["batch", "plate", "panel", "disposition"], sort=True).size()
    return counts.rename("n_records").reset_index()


def _records(wells, delivered):
    """COLUMNS and level of every raw record, with its disposition so far."""
    parts = [
        wells[WELLS].rename(columns={"well": "record", "disposition_reason": "reason"}),
        delivered.rename(columns={"disposition_reason": "reason"}).assign(level=None),
    ]
    parts = [part[[*COLUMNS, "level"]] for part in parts if len(part)] or [parts[0]]
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0].reset_index(drop=True)


def _positions(rows, among):
    """For every row its position in the frame `among` of the same columns, whose rows are distinct; -1 where it is not."""
    row, other = np.zeros(len(rows), dtype=np.int64), np.zeros(len(among), dtype=np.int64)
    for name in rows.columns:
        names = among[name].astype("category").cat.categories
        row = row * (len(names) + 1) + names.get_indexer(rows[name])
        other = other * (len(names) + 1) + names.get_indexer(among[name])
    return pd.Index(other).get_indexer(row)


def _standards(frame, disposition, curves, dropped_standards):
    """(positions, disposition, reason) of the usable wells that are no samples; later ones count."""
    usable = disposition == "usable"
    hits = {name: usable & (frame["role"] == name).to_numpy() for name in ("standard", "control", "spike", "blank")}
    for name, hit in hits.items():
        yield hit, f"{name}_used", None
    standards = np.flatnonzero(hits["standard"])
    dropped, unfitted = dropped_standards[dropped_standards["dropped"]], curves[curves["status"] == "not_fitted"]
    for rows, key, name, words in (
        (dropped, ["plate", "analyte", "level"], "standard_dropped", "dropped by the standard editing rule"),
        (unfitted, ["plate", "analyte"], "standard_without_curve", "no curve could be fitted"),
    ):
        places = set(rows[key].itertuples(index=False, name=None))
        if places:
            wells = zip(*(frame[column].iloc[standards].to_numpy(object) for column in key), strict=True)
            hit = np.array([place in places for place in wells], dtype=bool)
            yield standards[hit], name, words
            standards = standards[~hit]


def _samples(frame, disposition, samples, pools):
    """(positions, disposition, reason) of the records of samples that were read, as if none were reported; later ones count."""
    pending = disposition == "usable"
    pending |= (disposition == "beyond_detector") & (frame["role"] == "sample").to_numpy()  # part of an attempt
    names = frame["sample_id"]
    unknown = pending & ~names.isin({row["sample_id"] for row in samples}).to_numpy()
    words = (names[unknown].astype("str").fillna("") + " is not in the samples sheet").to_numpy(object)
    yield pending, "attempt_not_selected", "another attempt is reported"
    yield unknown, "sample_not_in_sheet", words
    yield pending & names.isin(set(pools)).to_numpy(), "bridging_pool", "a pool that is measured to compare plates"
