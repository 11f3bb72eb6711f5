"""From attempts to the one reportable result per sample and analyte, and the ledger of every raw record.

Selection rule, fixed before the data: the first quantified attempt in run order; if none is quantified, the first
reportable one; if none is reportable, the first. All attempts are kept in the attempts tables.
"""

import json

import numpy as np
import pandas as pd
from immunoassay import amendments as amend
from immunoassay import tables
from immunoassay.acceptance import bridging
from immunoassay.problems import Problem

SELECTION = "first quantified attempt in run order, else first reportable, else first"


def collect(attempts, samples, analytes, lloq_across_plates, amendments, bridges=None, partial=False):
    """(results, problems): one row per sample of the sheet x analyte; samples never assayed are `missing`.

    `samples` and `analytes` are rows of the sheets; `lloq_across_plates` is plate, max or fixed; `bridges` the pools and
    the analytes that are normalised to them (config); `partial` that only some batches count.
    """
    bridges = bridges or {"pools": [], "normalise": []}
    attempts, problems = normalise(attempts, bridges["pools"], bridges["normalise"])
    known = {row["sample_id"] for row in samples} - set(bridges["pools"])
    attempts = attempts[attempts["sample_id"].isin(known)].reset_index(drop=True)
    replaced, found = amend.replaced_attempts(attempts, amendments)
    attempts["replaced"] = pd.Series(replaced, dtype="object").reindex(attempts.index)
    chosen = apply_lloq(_select(attempts), attempts, analytes, lloq_across_plates)
    results = _with_missing(chosen, samples, analytes, set(attempts["analyte"]))
    results, more = amend.apply_to_results(results, amendments, partial)
    return results, [*problems, *found, *more]


def normalise(attempts, pools, analytes):
    """(attempts with value_raw and pool_factor, problems): values of the named analytes divided by their plate's factor.

    Value, bounds, limits and point move together; `value_raw` keeps the value. Every accepted plate that holds a named
    analyte needs a quantified pool: normalised and raw values of one analyte are never mixed.
    """
    factors, lacking = bridging.pool_factors(attempts, pools, analytes)
    problems = [
        Problem(
            "E-BRG-001",
            "STOP",
            "config.yaml",
            f"plate {plate} has no quantified bridging pool ({', '.join(pools)}) for {analyte}",
            "its values could not be compared with those of the other plates",
            f"take {analyte} out of bridging.normalise, or set the plate aside with a reason",
            column="bridging.normalise",
            plate=plate,
        )
        for plate, analyte in lacking
    ]
    by_plate = factors.set_index(["plate", "analyte"])["factor"]
    place = pd.MultiIndex.from_frame(attempts[["plate", "analyte"]])
    attempts = attempts.assign(value_raw=attempts["value"], pool_factor=by_plate.reindex(place).to_numpy(float))
    hit = attempts["pool_factor"].notna()
    for column in ("value", "lower", "upper", "low", "high", "point", "lloq_plate", "uloq_plate"):
        attempts.loc[hit, column] = attempts.loc[hit, column] / attempts.loc[hit, "pool_factor"]
    return attempts, problems


def _select(attempts):
    """The chosen attempt per sample x analyte, with n_attempts and the words of the choice.

    An attempt that an amendment replaced by its re-run is never chosen.
    """
    rank = attempts["status"].map({"quantified": 0, "below_lloq": 1, "above_uloq": 1}).fillna(2)
    order = attempts.assign(_rank=rank, _date=attempts["run_date"].fillna("9999"))
    order["_rank"] = order["_rank"].where(order["replaced"].isna(), 9)
    order = order.sort_values(["sample_id", "analyte", "_rank", "_date", "plate", "attempt"], kind="stable")
    groups = order.groupby(["sample_id", "analyte"], sort=False)
    count, why = groups["plate"].transform("size"), groups["replaced"].transform("first")
    first = order[~order.duplicated(["sample_id", "analyte"])].copy()
    first["n_attempts"] = count[first.index]
    first["selection"] = np.where(first["n_attempts"] > 1, SELECTION, "only attempt")
    amended = why[first.index].notna()
    first.loc[amended, "selection"] = why[first.index][amended]
    return first.drop(columns=["_rank", "_date", "replaced"])


def apply_lloq(chosen, attempts, analytes, rule):
    """The chosen attempts with the study's LLOQ applied and values below it censored.

    `plate`: the limit of the attempt's own plate. `max`: the highest limit over all accepted attempts of the analyte.
    `fixed`: the sheet's limit in the well x dilution. Bounds follow the limit applied.
    """
    chosen = chosen.copy()
    chosen["lloq_applied"], chosen["uloq_applied"] = chosen["lloq_plate"], chosen["uloq_plate"]
    if rule == "max":
        accepted = attempts[attempts["verdict"].isin(["PASS", "WARN"])]
        highest = accepted.groupby("analyte")["lloq_plate"].max()
        chosen["lloq_applied"] = chosen["analyte"].map(highest).fillna(chosen["lloq_plate"])
    elif rule == "fixed":
        for end, column in (("lloq_fixed", "lloq_applied"), ("uloq_fixed", "uloq_applied")):
            fixed = {row["analyte"]: row[end] * row["unit_factor"] for row in analytes if row[end] is not None}
            chosen[column] = (chosen["analyte"].map(fixed) * chosen["dilution"]).fillna(chosen[column])
    chosen["lloq_rule"] = rule + " (" + chosen["lloq_rule"].fillna("none") + ")"
    reportable = chosen["status"].isin(["quantified", "below_lloq", "above_uloq"])
    known = reportable & chosen["point"].notna()
    below = (known & (chosen["point"] < chosen["lloq_applied"])) | (
        reportable & (chosen["status"] == "below_lloq") & chosen["point"].isna()
    )
    above = (known & (chosen["point"] > chosen["uloq_applied"])) | (
        reportable & (chosen["status"] == "above_uloq") & chosen["point"].isna()
    )
    # A plate's own censoring is lifted only where the sheet's fixed limit says so.
    if rule != "fixed":
        below |= reportable & (chosen["status"] == "below_lloq")
        above |= reportable & (chosen["status"] == "above_uloq")
    inside = known & ~below & ~above
    chosen.loc[inside, "value"] = chosen.loc[inside, "value"].fillna(chosen["point"])
    chosen.loc[inside, "lower"] = chosen.loc[inside, "upper"] = chosen.loc[inside, "value"]
    moved = below & (chosen["status"] == "quantified")
    chosen.loc[inside, ["status", "reason"]] = ["quantified", None]
    chosen.loc[below, "status"] = "below_lloq"
    chosen.loc[moved, "reason"] = "below_study_limit"
    chosen.loc[above, "status"] = "above_uloq"
    chosen.loc[below | above, ["value", "low", "high"]] = np.nan
    chosen.loc[below, "lower"], chosen.loc[below, "upper"] = 0.0, chosen.loc[below, "lloq_applied"]
    chosen.loc[above, "lower"], chosen.loc[above, "upper"] = chosen.loc[above, "uloq_applied"], np.inf
    return chosen


def amendments_applied(amendments, attempts, wells, delivered, results):
    """The `amendments` table: every amendment with the number of records it changed."""
    replaced, _ = amend.replaced_attempts(attempts, amendments)
    return amend.applied(amendments, wells, delivered, results, replaced.values())


def _with_missing(chosen, samples, analytes, assayed):
    """One row per sample x assayed analyte; what was never measured is `missing` with its reason."""
    rows = [row for row in analytes if row["analyte"] in assayed]
    full = pd.MultiIndex.from_product(
        [[row["sample_id"] for row in samples], [row["analyte"] for row in rows]], names=["sample_id", "analyte"]
    ).to_frame(index=False)
    results = full.merge(chosen, on=["sample_id", "analyte"], how="left", validate="one_to_one")
    absent = results["status"].isna()
    results.loc[absent, ["status", "reason", "selection"]] = ["missing", "not_tested", "no attempt"]
    results.loc[absent, "lower"], results.loc[absent, "upper"] = 0.0, np.inf
    for column in ("panel", "unit"):
        results[column] = results[column].fillna(results["analyte"].map({row["analyte"]: row[column] for row in rows}))
    results["n_attempts"] = results["n_attempts"].fillna(0).astype("Int64")
    return results[list(tables.TABLES["results"].columns)]


def ledger(wells, delivered, curves, results, samples, pools=()):
    """Every raw record (well x analyte, row of a result table) with its one final disposition.

    Raises tables.ContractError when records are lost or doubled.
    """
    records = [_well_records(wells, curves), _delivered_records(delivered)]
    frame = pd.concat([part for part in records if len(part)], ignore_index=True)
    known = {row["sample_id"] for row in samples}
    selected = {
        (row.sample_id, row.analyte, row.plate, record): row
        for row in results[results["plate"].notna()].itertuples(index=False)
        for record in str(row.wells).split(",")
    }
    pending = frame["disposition"] == "usable"
    dispositions, reasons = frame["disposition"].tolist(), frame["reason"].tolist()
    for position in np.flatnonzero(pending):
        sample, analyte = frame.at[position, "sample_id"], frame.at[position, "analyte"]
        row = selected.get((sample, analyte, frame.at[position, "plate"], frame.at[position, "record"]))
        if sample in pools:
            dispositions[position], reasons[position] = "bridging_pool", "a pool that is measured to compare plates"
        elif sample not in known:
            dispositions[position], reasons[position] = "sample_not_in_sheet", f"{sample} is not in the samples sheet"
        elif row is None:
            dispositions[position], reasons[position] = "attempt_not_selected", "another attempt is reported"
        else:
            dispositions[position], reasons[position] = f"result_{row.status}", row.reason
    frame["disposition"], frame["reason"] = dispositions, reasons
    if len(frame) != len(wells) + len(delivered):
        raise tables.ContractError(f"the ledger holds {len(frame)} of {len(wells) + len(delivered)} raw records")
    return frame[list(tables.TABLES["ledger"].columns)]


def _well_records(wells, curves):
    frame = wells.rename(columns={"well": "record", "disposition_reason": "reason"})
    usable = frame["disposition"] == "usable"
    for role in ("standard", "control", "spike", "blank"):
        frame.loc[usable & (frame["role"] == role), "disposition"] = f"{role}_used"
    dropped = _dropped_standards(curves)
    keys = zip(frame["plate"], frame["analyte"], frame["level"], strict=True)
    hit = np.array([key in dropped for key in keys], dtype=bool) & (frame["disposition"] == "standard_used").to_numpy()
    frame.loc[hit, "disposition"] = "standard_dropped"
    frame.loc[hit, "reason"] = "dropped by the standard editing rule"
    unfitted = curves.loc[curves["status"] == "not_fitted", ["plate", "analyte"]]
    unfitted = set(unfitted.itertuples(index=False, name=None))
    keys = zip(frame["plate"], frame["analyte"], strict=True)
    hit = np.array([key in unfitted for key in keys], dtype=bool) & (frame["disposition"] == "standard_used").to_numpy()
    frame.loc[hit, ["disposition", "reason"]] = ["standard_without_curve", "no curve could be fitted"]
    return frame[
        [
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
    ]


def _dropped_standards(curves):
    """(plate, analyte, level) of every standard level the editing rule dropped."""
    return {
        (row.plate, row.analyte, each["dropped"])
        for row in curves.itertuples(index=False)
        if isinstance(row.refits, str)
        for each in json.loads(row.refits)
        if each["kept"]
    }


def _delivered_records(delivered):
    frame = delivered.rename(columns={"disposition_reason": "reason"}).assign(role="sample")
    return frame[
        [
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
    ]
