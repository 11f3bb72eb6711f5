"""From attempts to the one reportable result per sample and analyte.

Selection rule, fixed before the data: the first quantified attempt in run order; if none is quantified, the first
reportable one; if none is reportable, the first. All attempts are kept in the attempts tables.

Attempts come as parts, one frame per batch: an iterable that is gone through more than once (a list, or tables.Parts).
Only the best attempt so far of every sample and analyte is held, so memory grows with results, not with plates.
"""

import numpy as np
import pandas as pd
from immunoassay import amendments as amend
from immunoassay import tables
from immunoassay.acceptance import bridging
from immunoassay.problems import Problem

SELECTION = "first quantified attempt in run order, else first reportable, else first"


def collect(parts, samples, analytes, lloq_across_plates, amendments, bridges=None, partial=False):
    """(results, problems): one row per sample of the sheet x analyte; samples never assayed are `missing`.

    `samples` and `analytes` are rows of the sheets; `lloq_across_plates` is plate, max or fixed; `bridges` the pools and
    the analytes that are normalised to them (config); `partial` that only some batches count.
    """
    bridges = bridges or {"pools": [], "normalise": []}
    factors, problems = _pool_factors(parts, bridges["pools"], bridges["normalise"])
    known = {row["sample_id"] for row in samples} - set(bridges["pools"])
    replaced, found = _replaced(parts, known, amendments)
    best, highest = None, {}
    for part in parts:
        part = normalise(part[part["sample_id"].isin(known)].reset_index(drop=True), factors)
        accepted = part[part["verdict"].isin(["PASS", "WARN"])]
        for analyte, lloq in accepted.groupby("analyte")["lloq_plate"].max().dropna().items():
            highest[analyte] = max(lloq, highest.get(analyte, lloq))
        best = _best(best, part.assign(replaced=_of(replaced, part), n_attempts=1))
    chosen = apply_lloq(_selected(best, replaced), highest, analytes, lloq_across_plates)
    results = _with_missing(chosen, samples, analytes, set(chosen["analyte"]))
    results, more = amend.apply_to_results(results, amendments, partial)
    return results, [*problems, *found, *more]


def normalise(attempts, factors):
    """Attempts with value_raw and pool_factor: values divided by the factor (plate, analyte) of their plate.

    Value, bounds, limits and point move together; `value_raw` keeps the value.
    """
    if factors.empty:
        return attempts.assign(value_raw=attempts["value"], pool_factor=np.nan)
    by_plate = factors.set_index(["plate", "analyte"])["factor"]
    place = pd.MultiIndex.from_frame(attempts[["plate", "analyte"]])
    attempts = attempts.assign(value_raw=attempts["value"], pool_factor=by_plate.reindex(place).to_numpy(float))
    hit = attempts["pool_factor"].notna()
    for column in ("value", "lower", "upper", "low", "high", "point", "lloq_plate", "uloq_plate"):
        attempts.loc[hit, column] = attempts.loc[hit, column] / attempts.loc[hit, "pool_factor"]
    return attempts


def _pool_factors(parts, pools, analytes):
    """(factors, problems): every accepted plate that holds a named analyte needs a quantified pool, because normalised
    and raw values of one analyte are never mixed.
    """
    named = [part[part["analyte"].isin(analytes)] for part in parts] if analytes else []
    factors, lacking = bridging.pool_factors(_stack(named), pools, analytes)
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
    return factors, problems


def _replaced(parts, known, amendments):
    """({key of an attempt: words of the amendment that replaced it}, problems)."""
    plates = {row[end] for row in amendments if row["what"] == "replace_by_rerun" for end in ("plate", "to")}
    named = [part[part["plate"].isin(plates) & part["sample_id"].isin(known)] for part in parts] if plates else []
    return amend.replaced_attempts(_stack(named), amendments)


def _stack(frames):
    return pd.concat(frames, ignore_index=True) if frames else tables.empty("attempts")


def _of(replaced, attempts):
    """The words of `replaced` for every attempt, None where there are none."""
    if not replaced:
        return pd.Series(None, index=attempts.index, dtype="object")
    keys = attempts[list(amend.ATTEMPT)].itertuples(index=False, name=None)
    return pd.Series([replaced.get(key) for key in keys], index=attempts.index, dtype="object")


def _best(best, part):
    """The best attempt of every sample x analyte of both frames, with the number of attempts it stands for.

    An attempt that an amendment replaced by its re-run is never chosen.
    """
    rows = part if best is None else pd.concat([best, part], ignore_index=True)
    status = rows["status"]
    rank = np.select(
        [rows["replaced"].notna(), status == "quantified", status.isin(["below_lloq", "above_uloq"])], [3, 0, 1], 2
    )
    key = ["sample_id", "analyte"]
    order = rows[[*key, "run_date", "plate", "attempt"]].assign(run_date=rows["run_date"].fillna("9999"), rank=rank)
    order = order.sort_values([*key, "rank", "run_date", "plate", "attempt"], kind="stable")
    first = np.flatnonzero(~order.duplicated(key))
    at = order.index.to_numpy()
    count = np.add.reduceat(rows["n_attempts"].to_numpy()[at], first) if len(first) else []
    return rows.iloc[at[first]].reset_index(drop=True).assign(n_attempts=count)


def _selected(best, replaced):
    """The chosen attempts with the words of the choice."""
    why = {(sample, analyte): said for (_, sample, analyte, _), said in sorted(replaced.items(), reverse=True)}
    said = [why.get(place) for place in zip(best["sample_id"], best["analyte"], strict=True)]
    plain = np.where(best["n_attempts"] > 1, SELECTION, "only attempt")
    words = [own or other for own, other in zip(said, plain, strict=True)]
    return best.assign(selection=pd.Series(words, index=best.index, dtype="object")).drop(columns="replaced")


def apply_lloq(chosen, highest, analytes, rule):
    """The chosen attempts with the study's LLOQ applied and values below it censored.

    `plate`: the limit of the attempt's own plate. `max`: the highest one over all accepted attempts of the analyte, `highest`.
    `fixed`: the sheet's limit in the well x dilution. Bounds follow the limit applied.
    """
    chosen = chosen.copy()
    chosen["lloq_applied"], chosen["uloq_applied"] = chosen["lloq_plate"], chosen["uloq_plate"]
    if rule == "max":
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


def mark_selected(attempts, results, samples, pools=()):
    """The `study_attempts` table: every attempt, whether it is the reported one, and why or why not.

    `attempts` and `results` as given to and by `collect`; `samples` rows of the sheet; `pools` the bridging pools.
    """
    key = ["sample_id", "analyte"]
    chosen = results.set_index(key).reindex(pd.MultiIndex.from_frame(attempts[key]))
    same = [(attempts[name].to_numpy() == chosen[name].to_numpy()) for name in ("plate", "wells", "dilution")]
    selected = np.logical_and.reduce([np.asarray(each, dtype=bool) for each in same])
    known = attempts["sample_id"].isin({row["sample_id"] for row in samples}).to_numpy()
    reasons = np.select(
        [attempts["sample_id"].isin(set(pools)).to_numpy(), ~known, selected],
        ["a pool that is measured to compare plates", "not in the samples sheet", chosen["selection"].fillna("")],
        "another attempt is reported: plate " + chosen["plate"].fillna("") + ", wells " + chosen["wells"].fillna(""),
    )
    return attempts.assign(selected=selected & known, selection=reasons)


def amendments_applied(amendments, parts, samples, records, results):
    """The `amendments` table: every amendment with the number of records it changed.

    `parts` as for `collect`; `records` are the wells and delivered tables of every batch.
    """
    replaced, _ = _replaced(parts, {row["sample_id"] for row in samples}, amendments)
    return amend.applied(amendments, records if amendments else [], results, replaced.values())


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
