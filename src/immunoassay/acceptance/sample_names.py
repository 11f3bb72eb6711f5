"""Do the names on plates and in deliveries mean a sample, and do the rows of samples and names find a well?"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from immunoassay.problems import Problem, few
from immunoassay.study.name_rows import EVERYWHERE
from immunoassay.study.similar_names import suggestion

MOST = 0.5  # of all names of the study: where more are unknown, the sheets are wrong, not the names
SHOWN = 5  # names of a plate that are written out
NEAR = 200  # unknown names of a study among which near ones are looked for
_SINGLE = 8  # untested samples that have a line each

Rows = Sequence[Mapping[str, Any]]  # of a sheet
Written = Mapping[str, set[str]]  # names as written, by plate


def unknown(assayed: pd.DataFrame, samples: Rows, files: Mapping[str, str]) -> list[Problem]:
    """One problem per plate for its names that are no sample: an EXCLUDE, or a STOP where most names of the study are.

    `assayed` has one row per plate x name (batch, plate, sample_id, file, file_row); `files` the files of the sheets names
    and samples.
    """
    known = {row["sample_id"] for row in samples}
    rows = assayed[~assayed["sample_id"].isin(known)]
    level = "STOP" if len(rows) > MOST * len(assayed) else "EXCLUDE"
    problems = []
    for plate, own in rows.groupby("plate", sort=False):
        own = own.sort_values("file_row", kind="stable")
        names, first = list(own["sample_id"].drop_duplicates()), own.iloc[0]
        there = set(assayed.loc[assayed["plate"] == plate, "sample_id"])
        near = known - there if len(rows) <= NEAR else set()  # a sample of the plate is another one
        shown = [f'"{name}"{suggestion(name, near)}' for name in names[:SHOWN]] + names[SHOWN:]
        count = f"{len(names)} names on plate {plate} are" if len(names) > 1 else f"a name on plate {plate} is"
        problems.append(Problem(
            "E-ID-049", level, first["file"], f"{count} in neither samples nor names: {few(shown, SHOWN)}",
            "their participants and visits are not known" if len(names) > 1 else "its participant and visit are not known",
            f"say in {files['names']} what each means (a sample, a control, ignore), or add it to {files['samples']}",
            row=row_of(first["file_row"]), column="sample_id", batch=first["batch"], plate=str(plate),
        ))  # fmt: skip
    return problems


def untested(assayed: pd.DataFrame, samples: Rows, file: str) -> list[Problem]:
    """A FLAG per sample that was not assayed; where there are many, one FLAG with their number: they have one cause."""
    names = set(assayed["sample_id"])
    left = [row for row in samples if row["sample_id"] not in names]
    why = "results are listed as missing, not tested"
    fix = "nothing, if it was not assayed; else look for the plate or delivery, or for the name written otherwise"
    found = [(f"sample {row['sample_id']} is on no plate and in no delivery", row) for row in left]
    if len(left) > _SINGLE:
        shown = ", ".join(row["sample_id"] for row in left[:_SINGLE])
        found = [(f"{len(left)} of {len(samples)} samples are on no plate and in no delivery: {shown} …", left[0])]
    return [
        Problem("W-ID-050", "FLAG", file, words, why, fix, row=str(row.get("_row", "")), column="sample_id")
        for words, row in found
    ]


def unmatched(names: Rows, written: Written, plates: Rows, unread: Iterable[str], file: str) -> list[Problem]:
    """A FLAG per scope of the names sheet for its names that no well and no delivered row of the scope bears.

    `names` are rows of the sheet (scope, name, _row), `plates` of the plates sheet (plate, batch); what stands on an
    `unread` plate nobody knows.
    """
    by_scope: dict[str, list[Mapping[str, Any]]] = {}
    for row in names:
        by_scope.setdefault(row["scope"], []).append(row)
    problems = []
    for scope, rows in by_scope.items():
        own = {row["plate"] for row in plates if scope in (EVERYWHERE, row["plate"], row["batch"])}
        if not own or own & set(unread):
            continue
        there = set().union(*(written.get(plate, set()) for plate in own))
        left = [row for row in rows if row["name"] not in there]
        if not left:
            continue
        near = there - {row["name"] for row in rows}
        shown = [f'"{row["name"]}"{suggestion(row["name"], near)}' for row in left[:SHOWN]]
        shown += [row["name"] for row in left[SHOWN:]]
        where = "any plate" if scope == EVERYWHERE else scope
        problems.append(Problem(
            "W-NAM-004", "FLAG", file, f"names that are not on {where}, {len(left)} of {len(rows)}: {few(shown, SHOWN)}",
            "their rows say what no well holds", "write them as the export does, with the same letters and spaces",
            row=str(left[0]["_row"]), column="name",
        ))  # fmt: skip
    return problems


def row_of(number: object) -> str:
    """The number of a row for a message; "" where it is missing."""
    return "" if pd.isna(number) else str(int(number))  # type: ignore[call-overload, arg-type]
