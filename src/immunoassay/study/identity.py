"""Names of tubes that carry the name of a participant or visit: does the row say the same?

A column that was sorted alone moves every result to another person; the names of the tubes are the only witness.
Names are compared by their parts between separators, letters in any case, numbers without leading zeros.
"""

import re
from collections.abc import Iterator

from immunoassay.problems import Problem
from immunoassay.study.context import Context
from immunoassay.study.similar_names import folded

SHARE = 0.8  # of the tubes whose names must carry a participant's (or visit's) name before the others are judged
SHOWN = 5


def check(c: Context) -> Iterator[Problem]:
    """Tubes whose name names another participant (STOP) or another visit (FLAG); `c` is what is looked at."""
    people = _names(c, "participants", "participant")
    visits = _names(c, "visits", "visit")
    rows = [row for row in c.sheets["samples"] if row["sample_id"] and row["participant"] and row["visit"]]
    parts = [parts_of(row["sample_id"]) for row in rows]
    moved = _others(rows, parts, people, "participant")
    if moved:
        yield _problem(
            c, moved, "participant", "E-ID-062", "STOP", "every result would belong to another person",
            "restore the sheet, if a column was sorted alone; or correct the name or the participant",
        )  # fmt: skip
    told = {id(row) for row, _ in moved}
    left = [each for each in zip(rows, parts, strict=True) if id(each[0]) not in told]
    moved = _others([row for row, _ in left], [found for _, found in left], visits, "visit")
    if moved:
        yield _problem(
            c, moved, "visit", "W-ID-062", "FLAG", "the row decides, not the name",
            "restore the sheet, if a column was sorted alone; or correct the visit",
        )  # fmt: skip


def parts_of(text: str) -> set[str]:
    """Every run of neighbouring parts of a name, as `folded` writes it."""
    parts = re.findall(r"[^\W_]+", text)
    return {folded("-".join(parts[i:j])) for i in range(len(parts)) for j in range(i + 1, min(i + 5, len(parts) + 1))}


def _names(c, sheet, column):
    return {row[column]: folded(row[column]) for row in c.sheets[sheet] if row[column]}


def _others(rows, parts, names, column):
    """[(row, name it carries)] of the rows whose tube carries the name of another row of the sheet and not its own.

    Nothing, unless SHARE of the tubes carry a name; of names that chance could give (up to two letters or digits)
    they must carry their own.
    """
    folded_names = {text: name for name, text in names.items()}
    weak = {text for text in folded_names if len(text) < 3 and (text.isdigit() or text.isalpha())}
    known = set(folded_names)
    carried = [found & known for found in parts]
    own = [names.get(row[column]) in found for row, found in zip(rows, carried, strict=True)]
    counted = [mine or bool(found - weak) for mine, found in zip(own, carried, strict=True)]
    if not rows or sum(counted) < SHARE * len(rows):
        return []
    return [
        (row, ", ".join(sorted(folded_names[text] for text in found)))
        for row, found, mine in zip(rows, carried, own, strict=True)
        if found and not mine and row[column] in names
    ]


def _problem(c, moved, column, code, level, why, fix):
    told = [f"{row['sample_id']} stands for {row[column]} (row {row['_row']})" for row, _ in moved[:SHOWN]]
    more = f" and {len(moved) - SHOWN} more" if len(moved) > SHOWN else ""
    row, other = moved[0]
    return c.problem(
        "samples",
        row,
        column,
        code,
        f"{len(moved)} of {len(c.sheets['samples'])} tubes carry the name of another {column} ({other} …): "
        + ", ".join(told)
        + more,
        why,
        fix,
        level,
    )
