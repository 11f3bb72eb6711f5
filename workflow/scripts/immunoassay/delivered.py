"""Results a laboratory delivered: what its numbers, words and limits bound, and what they leave open."""

import numpy as np
import pandas as pd
from immunoassay.problems import Problem

ANALYTES = "config/analytes.tsv"
SMALLEST = "smallest_positive"  # the rule of a limit nobody stated


def attempts(delivered, plates):
    """Attempts from delivered rows: the laboratory's own value, limits and flags become bounds and status.

    A number is quantified, or censored at the laboratory's own limit; `<x` is 0 to x; `>x` is x to infinity; anything
    else is not reportable with the cell's text as reason. Below the limit of detection, where one is stated, is a status
    of its own. The sheet's validated limits stand in for those the laboratory does not state. A result of zero or less,
    or only called below a limit, without any limit lies below the smallest positive one of its analyte in the delivery,
    which is then the limit of every result of it; one only called above a limit lies above the largest. `plates`: rows
    with plate, run_date and kit_lot.
    """
    rows = delivered[delivered["disposition"] != "analyte_unknown"]
    value, limit, lod = rows["value"], rows["limit"], rows["lod"]
    said_below, said_above = rows["flag"] == "below_range", rows["flag"] == "above_range"
    stated, lloq, uloq = rows["lloq"].notna(), _lloq(rows), rows["uloq"].fillna(rows["uloq_validated"])
    # of a limit in the cell and one beside it the wider bound is certain
    lloq, uloq = np.fmax(lloq, limit.where(said_below)), np.fmin(uloq, limit.where(said_above))
    unlimited, floor, ceiling = _unlimited(rows)
    endless = said_above & uloq.isna()
    uloq = uloq.where(~endless, ceiling)
    of_analyte = unlimited.groupby([rows["plate"], rows["analyte"]]).transform("any")
    rule = np.select(
        [stated, lloq.notna() & rows["lloq_validated"].notna(), lloq.isna() & of_analyte],
        ["laboratory", "validated", SMALLEST],
        "laboratory",
    )
    lloq = lloq.where(lloq.notna() | ~of_analyte, floor)
    undetected = (value < lod) | (said_below & np.where(limit.notna(), limit <= lod, lod.notna() & lloq.isna()))
    below = (said_below | (value < lloq)) & lloq.notna()
    above = (said_above | (value > uloq)) & uloq.notna()
    quantified = value.notna() & (rows["flag"] == "none")
    usable = rows["disposition"] == "usable"
    cases = [~usable, undetected, below, above, quantified]
    status = np.select(
        cases, ["not_reportable", "below_lod", "below_lloq", "above_uloq", "quantified"], "not_reportable"
    )
    reason = np.select(
        [~usable, undetected, below & unlimited, below, above & endless, above, quantified],
        [
            rows["disposition"],
            "below_detection",
            "no_lloq_stated",
            "below_limit",
            "no_uloq_stated",
            "above_limit",
            None,
        ],
        "reported as " + rows["value_text"].fillna("empty"),
    )
    order = rows.groupby(["plate", "sample_id", "analyte"]).cumcount() + 1
    meta = {row["plate"]: row for row in plates}
    return pd.DataFrame(
        {
            **{name: rows[name] for name in ("batch", "plate", "panel", "sample_id", "analyte", "unit", "file")},
            "attempt": rows["plate"] + " row " + rows["file_row"].astype("str"),
            "dilution": 1.0,
            "wells": rows["record"],
            "n_wells": 1,
            "value": value.where(status == "quantified"),
            "lower": np.select([status == "quantified", status == "above_uloq"], [value, uloq], 0.0),
            "upper": np.select(
                [status == "quantified", status == "below_lod", status == "below_lloq"], [value, lod, lloq], np.inf
            ),
            "low": np.nan,
            "high": np.nan,
            "status": status,
            "reason": reason,
            "lod": lod,
            "lloq_plate": lloq,
            "uloq_plate": uloq,
            "lloq_rule": rule,
            "point": value,
            "cv_percent": np.nan,
            "verdict": "PASS",
            "verdict_reason": "accepted by the laboratory",
            "flags": np.where(order > 1, "repeat", None),
            "amendments": rows["amendments"],
            "run_date": rows["plate"].map({name: row["run_date"] for name, row in meta.items()}),
            "kit_lot": rows["plate"].map({name: row["kit_lot"] for name, row in meta.items()}),
            "file_sha256": rows["file_sha256"],
        }
    )


def _lloq(rows):
    return rows["lloq"].fillna(rows["lloq_validated"])


def _unlimited(rows):
    """(rows of zero or less, or called below, without any lower limit; smallest positive, largest result of the analyte
    of each row in its delivery)."""
    usable = rows["disposition"] == "usable"
    number = rows["value"].where(usable & (rows["flag"] == "none")).astype(float)
    of_analyte = number.where(number > 0).groupby([rows["plate"], rows["analyte"]])
    said = usable & (rows["flag"] == "below_range") & rows["limit"].isna()
    unlimited = ((number <= 0) | said) & _lloq(rows).isna() & rows["lod"].isna()
    return unlimited, of_analyte.transform("min"), of_analyte.transform("max")


def without_limit(delivered, quantities):
    """(delivered, problems): what a result of zero or less, or called below, without a limit means is said, or its analyte
    set aside.

    Its order is certain where a positive result exists and it is no further below zero than that one is above; then it
    counts as below it. Else nobody can tell what the numbers are, and the analyte of the delivery is quarantined. Signals
    less their blank (`quantities`: analyte: relative) scatter around zero, so only the first condition is theirs.
    """
    delivered, problems = delivered.copy(), []
    unlimited, smallest, _ = _unlimited(delivered)
    for (plate, analyte), rows in delivered[unlimited].groupby(["plate", "analyte"], sort=True):
        floor, lowest = smallest[rows.index[0]], rows["value"].min()
        first, zeros = rows.iloc[0], int(rows["value"].notna().sum())
        place = {"row": str(first["file_row"]), "column": first["analyte_written"], "plate": plate}
        parts = [_count(zeros, f"zero or negative (the lowest {lowest:g} {first['unit']})")] if zeros else []
        parts += [_count(len(rows) - zeros, "called below a limit")] if len(rows) > zeros else []
        found = f"{', '.join(parts)} and no LLOQ is stated"
        fix = f"ask the laboratory for the LLOQ and write it into {ANALYTES}, row {analyte}, column lloq_validated"
        if floor > 0 and (not zeros or lowest >= -floor or quantities[analyte] == "relative"):
            why = f"they count as below {floor:g} {first['unit']}, the smallest positive result of {analyte} here"
            problems.append(Problem("W-LIM-090", "FLAG", first["file"], found, why, fix, **place))
            continue
        why = f"the smallest positive result is {floor:g}" if floor > 0 else f"{analyte} has no positive result here"
        problems.append(
            Problem(
                "E-LIM-090",
                "QUARANTINE",
                first["file"],
                found,
                f"{why}: what they are is not known",
                fix,
                analyte=analyte,
                **place,
            )  # fmt: skip
        )
        hit = (delivered["plate"] == plate) & (delivered["analyte"] == analyte) & (delivered["disposition"] == "usable")
        delivered.loc[hit, "disposition"] = "plate_quarantined"
        delivered.loc[hit, "disposition_reason"] = (
            "its results without a limit are in quarantine, see the problems table"
        )
    return delivered, problems


def _count(number, words):
    return f"{number} {'result is' if number == 1 else 'results are'} {words}"
