"""Approval of a batch by a second person: initials bound to the checksum of what the batch was.

The checksum is over canonical text, not over files: SIGNED of every attempt of the batch as it was judged, numbers with
DIGITS digits, one more than any report prints; every amendment of its plates and of results measured on them; the checksums
of its raw files. It is the same as long as these are, whatever else the study holds and whichever version computed them.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.problems import Problem
from immunoassay.tables.significant import significant

# Codes and numbers only: a sentence may be worded anew.
SIGNED = (
    *("plate", "panel", "sample_id", "analyte", "attempt", "dilution", "wells", "value", "lower", "upper", "status"),
    *("reason", "unit", "lod", "lloq_plate", "uloq_plate", "verdict", "flags", "amendments", "run_date", "kit_lot"),
)
DIGITS = 4
SHOWN = 8  # digits of a checksum that tell two apart
SHEET = "config/approvals.tsv"
SEVERAL = re.compile(r"\s*[,;/&+]\s*")  # between the operators of one plate

Rows = Sequence[Mapping[str, Any]]


def checksum(attempts: pd.DataFrame, amendments: Rows, files: Sequence[str]) -> str:
    """sha256 of a batch: of its `attempts` (SIGNED), its rows of the amendments sheet, and the sha256 of its raw files."""
    rows = sorted(zip(*(_texts(attempts[name]) for name in SIGNED), strict=True))
    signed = {
        "columns": SIGNED,
        "attempts": rows,
        "amendments": sorted(amendments, key=lambda row: row["amendment"]),
        "raw_files": sorted(files),
    }
    text = json.dumps(signed, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def approvals(batches: Iterable[tuple[Mapping[str, Any], pd.DataFrame]], amendments: Rows, rows: Rows) -> pd.DataFrame:
    """The `approvals` table, one row per batch in their order.

    `batches` are ({batch, plates, operators, files} of rule_rows.approving, attempts with SIGNED); `amendments` and `rows` are
    rows of the sheets amendments and approvals. Of several approvals the last by date counts, one by a second person
    before others, one of what the batch is now before one of what it was.
    """
    found = []
    for batch, attempts in batches:
        own = _amended(batch["plates"], attempts, amendments)
        now = checksum(attempts, own, batch["files"])
        first = {name.casefold() for operators in batch["operators"] for name in SEVERAL.split(operators)}
        first |= {row["who"].casefold() for row in own}
        found.append({"batch": batch["batch"], "sha256": now, **_approval(now, first, _of(rows, batch["batch"]))})
    columns = list(tables.TABLES["approvals"].columns)
    return tables.checked(pd.DataFrame(found, columns=columns), "approvals")


def listed(found: pd.DataFrame) -> list[Problem]:
    """A FLAG for every batch of the `approvals` table that changed since it was approved, or that no second person did."""
    problems = []
    for row in found.to_dict("records"):
        if row["state"] == "changed":
            then, now = row["approved_sha256"][:SHOWN], row["sha256"][:SHOWN]
            problems.append(Problem(
                "W-APV-002", "FLAG", SHEET,
                f"{row['batch']}, approved by {row['who']} on {row['when']}, has changed since (sha256 {then}… then, {now}… now)",
                "the approval is of what the batch was", "look at it again: the section Decide of the report page has the row",
                column="sha256", batch=row["batch"],
            ))  # fmt: skip
        elif row["state"] == "second_person_needed":
            problems.append(Problem(
                "W-APV-003", "FLAG", SHEET,
                f"{row['batch']} is approved by {row['who']} alone, who measured or amended it",
                "it needs a second person", "let somebody else approve it too", column="who", batch=row["batch"],
            ))  # fmt: skip
    return problems


def _amended(plates, attempts, amendments):
    """The amendments of the plates, and of results that have an attempt on them."""
    excluded = {row["sample_id"] for row in amendments if row["what"] == "exclude_result"}
    own = attempts.loc[attempts["sample_id"].isin(excluded), ["sample_id", "analyte"]]
    measured = set(own.itertuples(index=False, name=None))
    return [
        row
        for row in amendments
        if row["plate"] in plates
        or (row["what"] == "exclude_result" and (row["sample_id"], row["analyte"]) in measured)
    ]


def _of(rows, batch):
    """The approvals of a batch, the last by date first."""
    return sorted(
        (row for row in rows if row["batch"] == batch), key=lambda row: (row["when"], row["who"]), reverse=True
    )


def _approval(now, first, rows):
    """State and the approval that counts; `first` are those who measured or amended the batch."""
    valid = [row for row in rows if row["sha256"] == now]
    second = [row for row in valid if row["who"].casefold() not in first]
    chosen = next(iter(second or valid or rows), None)
    if chosen is None:
        return {"state": "not_approved", "who": None, "when": None, "approved_sha256": None, "comment": None}
    state = "approved" if second else "second_person_needed" if valid else "changed"
    signed = {"who": chosen["who"], "when": chosen["when"], "approved_sha256": chosen["sha256"]}
    return {"state": state, **signed, "comment": chosen["comment"] or None}


def _texts(series):
    if pd.api.types.is_float_dtype(series.dtype):
        bits, at = np.unique(significant(series.to_numpy(), DIGITS).view(np.int64), return_inverse=True)
        known = ["" if np.isnan(value) else f"{value:.{DIGITS}g}" for value in bits.view(np.float64).tolist()]
        return np.array(known, dtype=object)[at].tolist()
    return series.fillna("").tolist()
