"""The ledger: every raw record (well x analyte, row of a result table) with its one final disposition."""

import json

import pandas as pd
from immunoassay import tables

COLUMNS = [
    "batch",
    "plate",
    "panel",
    "record",
    "analyte",
    "role",
    "sample_id",
    "disposition",
    "reason",
    "file",
    "file_row",
]
WELLS = ["batch", "plate", "panel", "well", "analyte", "role", "sample_id", "level", "disposition", "disposition_reason",
         "file", "file_row"]  # fmt: skip
PLACE = ["sample_id", "analyte", "plate", "record"]


def ledger(wells, delivered, curves, results, samples, pools=()):
    """The `ledger` table of some batches from their wells (WELLS), delivered rows and curves.

    `results`: the `results` table; `samples` rows of the sheet; `pools` the bridging pools. Raises tables.ContractError
    when records are lost or doubled.
    """
    frame = pd.concat([_well_records(wells, curves), _delivered_records(delivered)], ignore_index=True)
    pending = (frame["disposition"] == "usable").to_numpy()
    rows = frame.loc[pending, PLACE].reset_index(drop=True)
    used = rows.merge(_used_records(results, set(frame["plate"].unique())), on=PLACE, how="left")
    disposition, reason = "result_" + used["status"], used["reason"]
    unknown = ~rows["sample_id"].isin({row["sample_id"] for row in samples})
    for hit, name, words in (
        (used["status"].isna(), "attempt_not_selected", "another attempt is reported"),
        (unknown, "sample_not_in_sheet", rows["sample_id"].fillna("") + " is not in the samples sheet"),
        (rows["sample_id"].isin(set(pools)), "bridging_pool", "a pool that is measured to compare plates"),
    ):
        disposition, reason = disposition.mask(hit, name), reason.mask(hit, words)
    frame.loc[pending, "disposition"], frame.loc[pending, "reason"] = disposition.array, reason.array
    if len(frame) != len(wells) + len(delivered):
        raise tables.ContractError(f"the ledger holds {len(frame)} of {len(wells) + len(delivered)} raw records")
    return frame[COLUMNS]


def tallied(ledger):
    """Records by batch, plate, panel and disposition: the `ledger_counts` table."""
    counts = ledger.groupby(["batch", "plate", "panel", "disposition"], sort=True).size()
    return counts.rename("n_records").reset_index()


def _used_records(results, plates):
    """One row per record that a result comes from: PLACE, status, reason."""
    rows = results.loc[results["plate"].isin(plates), ["sample_id", "analyte", "plate", "wells", "status", "reason"]]
    rows = rows.assign(record=rows["wells"].astype(object).str.split(",")).drop(columns="wells").explode("record")
    return rows.drop_duplicates(PLACE).astype({"record": "str"})


def _well_records(wells, curves):
    frame = wells[WELLS].rename(columns={"well": "record", "disposition_reason": "reason"})
    usable = frame["disposition"] == "usable"
    for role in ("standard", "control", "spike", "blank"):
        frame.loc[usable & (frame["role"] == role), "disposition"] = f"{role}_used"
    used = frame["disposition"] == "standard_used"
    for key, places, disposition, reason in (
        (
            ["plate", "analyte", "level"],
            _dropped_standards(curves),
            "standard_dropped",
            "dropped by the standard editing rule",
        ),
        (["plate", "analyte"], _unfitted(curves), "standard_without_curve", "no curve could be fitted"),
    ):
        standards = frame[used]
        hit = standards.index[pd.MultiIndex.from_frame(standards[key]).isin(places)] if places else []
        frame.loc[hit, "disposition"], frame.loc[hit, "reason"] = disposition, reason
        used.loc[hit] = False
    return frame[COLUMNS]


def _dropped_standards(curves):
    """(plate, analyte, level) of every standard level the editing rule dropped."""
    refits = curves.loc[curves["refits"].notna() & (curves["refits"] != "[]"), ["plate", "analyte", "refits"]]
    return [
        (plate, analyte, each["dropped"])
        for plate, analyte, text in refits.itertuples(index=False, name=None)
        for each in json.loads(text)
        if each["kept"]
    ]


def _unfitted(curves):
    rows = curves.loc[curves["status"] == "not_fitted", ["plate", "analyte"]]
    return list(rows.itertuples(index=False, name=None))


def _delivered_records(delivered):
    return delivered.rename(columns={"disposition_reason": "reason"}).assign(role="sample")[COLUMNS]
