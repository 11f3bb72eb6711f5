"""Plates of one panel that hold the same names: the same tubes again, or names of positions that start anew?"""

import re
from collections.abc import Iterable

import pandas as pd
from immunoassay.problems import Problem
from immunoassay.study.days import UNDATED

LEAST = 3  # names
# Sample 1, S01, Un0012, SPL1:2, 1/100, 7, A05: a place on the plate, or a dilution, not a tube
POSITION = re.compile(
    r"(samples?|smp|spl|s|unknown|unk|un|x|patient|pat|subject|id|nr|no)?[\W_]*\d{1,4}([:/]\d{1,5})?|[a-p][\W_]?\d{1,2}"
)


def contents(wells: pd.DataFrame) -> pd.DataFrame:
    """Of one batch, one row per plate: plate, batch, file, names (of its samples), analytes."""
    rows = wells.loc[(wells["role"] == "sample").to_numpy(bool), ["plate", "batch", "file", "sample_id", "analyte"]]
    if rows.empty:
        return pd.DataFrame(columns=["plate", "batch", "file", "names", "analytes"])
    by_plate = rows.groupby("plate", sort=False, observed=True)
    lists = {"names": by_plate["sample_id"].agg(frozenset), "analytes": by_plate["analyte"].agg(frozenset)}
    return by_plate[["batch", "file"]].first().astype("str").assign(**lists).reset_index()


def check(contents: Iterable[pd.DataFrame], plates: list[dict]) -> list[Problem]:
    """A FLAG for every plate whose names were on an earlier plate of its panel, for the same analytes.

    `contents` one frame per batch; `plates` rows of the sheet (plate, panel, run_date, include, rerun_of). Names of tubes
    speak only when both plates hold exactly the same ones, names of positions when they make up half of the plate. A
    plate that is set aside, or that an amendment replaces, is no fault.
    """
    sheet = {row["plate"]: row for row in plates if row["include"]}
    found = [row for part in contents for row in part.to_dict("records") if row["plate"] in sheet]
    order = {name: (row["run_date"] or UNDATED, at) for at, (name, row) in enumerate(sheet.items())}
    found.sort(key=lambda row: order[row["plate"]])
    earlier: dict[str, list[dict]] = {}
    problems = []
    for row in found:
        own = sheet[row["plate"]]
        before = earlier.setdefault(own["panel"], [])
        again = next((each for each in before if _again(row, each) and own["rerun_of"] != each["plate"]), None)
        if again:
            problems.append(_problem(row, again, sheet))
        before.append(row)
    return problems


def _again(row, before):
    if not row["analytes"] & before["analytes"]:
        return False
    shared = row["names"] & before["names"]
    positions = [name for name in shared if POSITION.fullmatch(str(name).casefold())]
    same = row["names"] == before["names"] and len(shared) >= LEAST
    return same or (len(positions) >= LEAST and 2 * len(positions) >= len(row["names"]))


def _problem(row, before, sheet):
    shared = sorted(row["names"] & before["names"])
    days = [
        f" ({sheet[name]['run_date']})" if sheet[name]["run_date"] else "" for name in (row["plate"], before["plate"])
    ]
    found = f"{len(shared)} names of plate {row['plate']}{days[0]} were on plate {before['plate']}{days[1]} already: "
    found += ", ".join(shared[:5]) + (" …" if len(shared) > 5 else "")
    why = "they count as the same tubes, measured again; names of positions would join two people"
    fix = "nothing, if they are the same tubes (replace_by_rerun says so); else say in the names sheet which samples they are"
    place = {"column": "sample_id", "batch": row["batch"], "plate": row["plate"]}
    return Problem("W-ID-063", "FLAG", row["file"], found, why, fix, **place)
