"""A workbook to copy into GraphPad Prism: one sheet per variable, a grouped table for each policy on values beyond a limit.

A grouped table holds numbers only: visits down, groups across, the participants of a group side by side as its replicates.
"""

from typing import Any

import pandas as pd
from immunoassay import tables
from immunoassay.deliver.reported import places
from immunoassay.deliver.worksheet import Book
from immunoassay.deliver.xml_cells import Shown
from immunoassay.study.course_names import NO_COURSE
from immunoassay.tables import is_log2
from immunoassay.words import prism_words
from immunoassay.words.number_words import between, scale
from openpyxl import Workbook

POLICIES = ("blank", "limit", "half_limit")
READ = (
    *("course", "course_order", "participant", "participant_group", "visit", "visit_order"),
    *("variable", "kind", "unit", "status", "value", "lower", "upper", "lloq"),
)


def build(observations: pd.DataFrame, meta: dict) -> Workbook:
    """The workbook (openpyxl) of the `observations`; `meta`: study (title, simulated), rows of analytes and of visits."""
    study = meta["study"]
    banner = f"SIMULATED \N{EN DASH} {study['title']}" if study["simulated"] else study["title"]
    book = Book(study["title"], banner)
    order = places(meta["analytes"], "analyte")
    labels = {row["analyte"]: row["label"] for row in meta["analytes"]}
    visits = {row["visit"]: row["label"] for row in meta["visits"]}
    names = sorted(observations["variable"].unique(), key=lambda name: (order.get(name, len(order)), name))
    book.page(
        "Read me", [[line] for line in prism_words.read_me(study["title"], study["simulated"])], [120], wrapped=True
    )
    observations = observations[list(READ)]
    for name in names:
        rows = observations[observations["variable"] == name].sort_values("visit_order", kind="stable")
        book.page(_title(name), _tables(rows, labels.get(name, name), visits), [24, *[10] * 400], "B1")
    return book.workbook


def _title(name):
    """A name as a sheet may be called."""
    return "".join(" " if sign in "[]:*?/\\" else sign for sign in name)[:31]


def _tables(rows, label, visits):
    """The tables of one variable, below each other; one alone where nothing lies beyond a limit."""
    beyond = rows["status"].isin(tables.CENSORED).any()
    limits, unit = rows["lloq"].dropna(), next(iter(rows["unit"].dropna()), "")
    heads = _heads(rows)
    by_visit = [(visit, list(own.itertuples())) for visit, own in rows.groupby("visit", sort=False)]
    for policy in POLICIES if beyond else POLICIES[:1]:
        said = prism_words.policy(policy, is_log2(unit)) if beyond else ""
        lloq = between(limits.min(), limits.max()) if len(limits) else ""
        yield [Shown(prism_words.title(label, scale(unit), lloq, said), "heading")]
        yield [None, *(Shown(group if first else None, "header") for group, _, first in heads)]
        yield [None, *(Shown(person, "header") for _, person, _ in heads)]
        for visit, own in by_visit:
            cells = {(_group(row), row.participant): cell(row, policy) for row in own}
            yield [visits.get(visit, visit), *(cells.get((group, person)) for group, person, _ in heads)]
        yield []


def _heads(rows):
    """(group, participant, whether the first of the group) of every column."""
    people = sorted({(row.course_order, _group(row), row.participant) for row in rows.itertuples(index=False)})
    groups = [group for _, group, _ in people]
    return [(group, person, groups.index(group) == place) for place, (_, group, person) in enumerate(people)]


def _group(row):
    """The treatment course, and the group of the participant where there are several."""
    parts = [row.participant_group, "" if row.course == NO_COURSE else row.course]
    return ", ".join(part for part in parts if isinstance(part, str) and part)


def cell(row: Any, policy: str) -> float | None:
    """The number of one observation under a policy of POLICIES, None where there is none."""
    if row.status == "quantified":
        return int(row.value) if row.kind == "score" and row.value == int(row.value) else row.value
    if row.status not in tables.CENSORED or policy == "blank":
        return None
    if row.status == "above_uloq":
        return row.lower
    if policy == "limit":
        return row.upper
    return row.upper - 1 if is_log2(row.unit) else row.upper / 2
