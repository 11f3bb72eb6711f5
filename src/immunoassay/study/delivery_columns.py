"""Checks of the columns sheet: every row can be used, and no two give one thing different answers.

Whether a delivery has the column is known when it is read; everything else is known here.
"""

from collections import defaultdict
from collections.abc import Iterator

from immunoassay.problems import Problem
from immunoassay.study.context import Context
from immunoassay.study.similar_names import suggestion

STATES = ("reportable", "below", "above", "rejected", "pending", "not_computed")
ROLES = ("standard", "control", "blank")
LIMITS = ("lod", "lloq", "uloq")
OF_WORDS = (*STATES, "ignore", "analyte_otherwise", *LIMITS, "sample", *ROLES)
ONE_COLUMN = (
    *("unit", "date", "role", "run", "replicate", "analyte_otherwise", "dilution_applied", "dilution_not_applied"),
)


def check(c: Context) -> Iterator[Problem]:
    """A STOP for every row of the columns sheet that cannot be used or contradicts another."""
    delivered = {row["panel"] for row in c.sheets["panels"] if row["platform"] == "laboratory"}
    panels = {row["panel"] for row in c.sheets["panels"]}
    of_plate = {row["plate"]: row for row in c.sheets["plates"]}
    for row in c.sheets["columns"]:
        if None not in (row["scope"], row["column"], row["meaning"]):
            yield from _scope(c, row, panels, of_plate, delivered)
            yield from _meaning(c, row)
            yield from _names(c, row, of_plate)
    yield from _twice(c)


def _scope(c, row, panels, of_plate, delivered):
    plate = of_plate.get(row["scope"])
    if plate is None and row["scope"] not in panels:
        yield _problem(
            c, row, "scope", f'"{row["scope"]}" is no plate and no panel{suggestion(row["scope"], [*of_plate, *panels])}',
            "name a delivery of the plates sheet, or a panel",
        )  # fmt: skip
    elif (plate["panel"] if plate else row["scope"]) not in delivered and (plate or {}).get("format") != "result_table":
        yield _problem(
            c, row, "scope", f"{row['scope']} is read from wells, not from a table of results",
            "delete the row, or correct the platform of the panel (laboratory)",
        )  # fmt: skip


def _meaning(c, row):
    meaning, word = row["meaning"], row["word"]
    if word and meaning not in OF_WORDS:
        yield _problem(
            c, row, "meaning", f'the word "{word}" cannot be {meaning}', f"write one of {', '.join(OF_WORDS)}"
        )
    if not word and meaning in (*STATES, *ROLES):
        yield _problem(
            c, row, "word", f"a column cannot be {meaning}: only a word in it can",
            f"write the word, or {'role' if meaning in ROLES else 'state'} as the meaning of the column",
        )  # fmt: skip
    if row["column"] == "*" and (word or meaning not in ("value", "ignore") or row["analyte"]):
        yield _problem(
            c, row, "column", "* is every column that remains", "write value or ignore, and no word and no analyte"
        )
    for column, meanings in (("analyte", ("value", *LIMITS)), ("unit", ("value", *LIMITS))):
        if row[column] and (word or meaning not in meanings):
            yield _problem(
                c, row, column, f"{column} beside the meaning {meaning}{' of a word' if word else ''}",
                f"only a column of {', '.join(meanings)} has one; empty the cell",
            )  # fmt: skip


def _names(c, row, of_plate):
    panel = of_plate[row["scope"]]["panel"] if row["scope"] in of_plate else row["scope"]
    known = {
        name
        for each in c.sheets["analytes"]
        if each["panel"] == panel
        for name in (each["analyte"], *(each["names_in_export"] or []))
    }
    if row["analyte"] and row["analyte"].casefold() not in {name.casefold() for name in known if name}:
        yield _problem(
            c, row, "analyte",
            f'"{row["analyte"]}" is no analyte of panel {panel}{suggestion(row["analyte"], filter(None, known))}',
            "write it as the analytes sheet does",
        )  # fmt: skip
    if row["unit"] and row["unit"] not in c.units:
        yield _problem(
            c, row, "unit", f'unit "{row["unit"]}"{suggestion(row["unit"], c.units.spellings)}',
            "use a unit of resources/units.tsv",
        )  # fmt: skip


def _twice(c):
    """Two columns of one delivery, or of one panel, where only one can be."""
    seen = defaultdict(list)
    for row in c.sheets["columns"]:
        if not row["word"] and row["column"] != "*":
            seen[(row["scope"], row["meaning"], row["analyte"])].append(row)
    for (scope, meaning, analyte), rows in seen.items():
        joined = seen.get((scope, "analyte", ""))
        several = meaning in (*ONE_COLUMN, *LIMITS) or meaning == "value" and (analyte or joined)
        if several and len(rows) > 1:
            yield _problem(
                c, rows[1], "meaning", f"{meaning} is also column {rows[0]['column']} (row {rows[0]['_row']})",
                "keep one of the two",
            )  # fmt: skip
        if meaning == "value" and analyte and joined:
            yield _problem(
                c, rows[0], "analyte", f"a column of {analyte}, and a column of analytes (row {joined[0]['_row']})",
                "a table is wide or long: keep one of the two",
            )  # fmt: skip
    for scope, _, _ in [key for key in seen if key[1] == "dilution_applied"]:
        for row in seen.get((scope, "dilution_not_applied", ""), ()):
            yield _problem(c, row, "meaning", "another column says that the dilution is applied", "keep one of the two")


def _problem(c, row, column, found, fix):
    return c.problem("columns", row, column, "E-DLV-004", found, "the row cannot be used", fix)
