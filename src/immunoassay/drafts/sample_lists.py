"""A freezer or LIMS list: which of its columns is what – by what is in them first, by their headings second.

Roles: run (export file, plate or run), plate (where a second column names it), well, label (the name written on the plate), tube
(barcode), participant, visit, date (of collection), specimen, freeze_thaw, comment, group, sex, age.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
from immunoassay.drafts.column_evidence import SURE, Claim, Known, claims
from immunoassay.drafts.list_dates import is_date
from immunoassay.drafts.list_headings import says, without_roles
from immunoassay.drafts.list_tables import ListTable
from immunoassay.drafts.questions import Question
from immunoassay.drafts.visit_names import is_visit

ROLES = (
    *("run", "plate", "well", "label", "tube", "participant", "visit", "date", "specimen", "freeze_thaw", "comment"),
    *("group", "sex", "age"),
)
NONE = "none"  # the answer that no column has a role

# Names written in the scanned exports, one row per plate, name and role: texts, but `n` (wells).
#   plate, batch          as in the plates sheet
#   file                  name of the export in the study (raw/...)
#   plate_in_file         as in the plates sheet, "" where the file has one plate
#   name                  as written, "" for wells without a name
#   role                  sample, standard, control, blank, "" where the export does not say
#   n                     number of wells
#   wells                 A01 A02 ..., parted by spaces (may be missing: no list of wells can then be matched)
#   plate_title           name of the plate in the export (may be missing)
WRITTEN = ("plate", "batch", "file", "plate_in_file", "name", "role", "n")

_ASKED = {
    "run": "the export file or run",
    "plate": "the plate",
    "well": "the well",
    "label": "the name written on the plate",
    "tube": "the tube (barcode)",
    "participant": "the participant",
    "visit": "the visit",
    "date": "the date of collection",
    "specimen": "the specimen",
    "freeze_thaw": "the number of freeze-thaw cycles",
    "comment": "a remark",
    "group": "the group of participants",
    "sex": "the sex",
    "age": "the age",
}
_SPREAD = ("label", "tube", "date")  # roles that can stand side by side, once for each visit


@dataclass(frozen=True)
class Recognised:
    """Which columns of a list are what: {role: heading}, the evidence {role: words}, {role: headings} that could be one,
    headings not used. `across` {heading: (visit as written, role)} where a list has its visits side by side."""

    columns: dict[str, str]
    evidence: dict[str, str]
    doubtful: dict[str, list[str]] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    across: dict[str, tuple[str, str]] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()  # samples.ROLE


def recognise(table: ListTable, written: pd.DataFrame, answers: Mapping[str, str]) -> Recognised:
    """The Recognised of a table; `answers` {"samples.ROLE": heading or `none`} go before what is found.

    Raises ValueError (one sentence) where an answer names a column that the list does not have.
    """
    given = given_columns(table, "samples", ROLES, answers)
    known = Known(written)
    claimed = {heading: dict(claims(heading, table.frame[heading], known)) for heading in table.frame}
    across = {} if given.get("visit", NONE) != NONE else _across(table, claimed, known, given)
    for heading in across:
        claimed[heading] = {}
    if across:
        for each in claimed.values():
            each.pop("visit", None)
            each.pop("label", None)
    columns, evidence, doubtful = assign(claimed, ROLES, given)
    if not across and not {"label", "tube", "well"} & columns.keys() and "label" not in {**given, **doubtful}:
        doubtful["label"] = [heading for heading in table.frame if heading not in columns.values()]
    asked = tuple(
        role_question("samples", role, headings, claimed, table.frame, columns) for role, headings in doubtful.items()
    )
    used = {*columns.values(), *across}
    return Recognised(columns, evidence, doubtful, [each for each in table.frame if each not in used], across, asked)


def given_columns(table: ListTable, sheet: str, roles: Collection[str], answers: Mapping[str, str]) -> dict[str, str]:
    """{role: heading or `none`} of the answers `SHEET.ROLE`. Raises ValueError (one sentence) for a heading that is not there."""
    given = {role: answers[f"{sheet}.{role}"] for role in roles if f"{sheet}.{role}" in answers}
    for role, heading in given.items():
        if heading in table.refused:
            raise ValueError(
                f'{sheet}.{role}: the column "{heading}" of {table.file} holds personal data and is not read'
            )
        if heading != NONE and heading not in table.frame:
            said = f'has no column "{heading}"' if heading else f"has no column that is {role} for certain"
            raise ValueError(f"{sheet}.{role}: {table.file} {said}; answer with one of {', '.join(table.frame)}")
    return given


def assign(
    claimed: Mapping[str, Mapping[str, Claim]], roles: Sequence[str], given: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str], dict[str, list[str]]]:
    """({role: heading}, {role: evidence}, {role: headings that could be it}): each column has at most one role.

    The strongest claim is served first; columns that claim a role alike, or weakly, are in doubt.
    """
    columns = {role: heading for role, heading in given.items() if heading != NONE}
    evidence = dict.fromkeys(columns, "as answered")
    doubtful: dict[str, list[str]] = {}
    while True:
        free = [role for role in roles if role not in columns and role not in given and role not in doubtful]
        taken = set(columns.values())
        open_ = {
            role: {heading: each[role] for heading, each in claimed.items() if role in each and heading not in taken}
            for role in free
        }
        open_ = {role: found for role, found in open_.items() if found}
        if not open_:
            return columns, evidence, doubtful
        best = {role: max(points for points, _ in found.values()) for role, found in open_.items()}
        first = {role: [each for each, (points, _) in open_[role].items() if points == best[role]] for role in open_}
        clear = [role for role in open_ if len(first[role]) == 1 and best[role] >= SURE]
        role = max(clear or open_, key=lambda each: best[each])
        if clear:
            heading = first[role][0]
            columns[role], evidence[role] = heading, open_[role][heading][1]
        else:
            doubtful[role] = sorted(open_[role], key=lambda each: -open_[role][each][0])


def role_question(
    sheet: str,
    role: str,
    headings: Sequence[str],
    claimed: Mapping[str, Mapping[str, Claim]],
    frame: pd.DataFrame,
    columns: Mapping[str, str],
) -> Question:
    """The Question which of some headings is a role; `claimed` and `columns` as of `assign`."""
    points = {each: claimed[each].get(role, (0, ""))[0] for each in headings}
    best = [each for each in headings if points[each] == max(points.values())] if headings else []
    sure = len(best) == 1 and points[best[0]] and role != "run"  # of a run that names no export nothing would be found
    default = best[0] if sure else None if role == "label" else NONE
    shown = "; ".join(f"{each}: {', '.join(list(dict.fromkeys(v for v in frame[each] if v))[:3])}" for each in headings)
    others = [each for each in frame if each not in headings and each not in columns.values()]
    return Question(f"{sheet}.{role}", f"Which column is {_ASKED[role]}?", (*headings, *others, NONE), default, shown)


def _across(table, claimed, known, given):
    """{heading: (visit, role)} of visits side by side, {} for a list with one visit a row."""
    if any("visit" in each and each["visit"][0] >= SURE for each in claimed.values()):
        return {}
    found: dict[str, tuple[str, str]] = {}
    named = set()
    for heading in table.frame:
        values = [value for value in table.frame[heading] if value]
        visit = without_roles(heading, _SPREAD)
        role = _spread_role(values, known)
        if (
            role
            and visit
            and heading not in given.values()
            and not (says("participant", heading) or says("run", heading))
        ):
            found[heading] = (visit, role)
            named |= {heading} if role == "label" and known.share(values) >= 0.5 else set()
    likely = {heading for heading, (visit, _) in found.items() if is_visit(visit) or visit.isdigit()}
    tubes = {heading for heading in likely if found[heading][1] != "date"} or named
    if len({found[heading][0] for heading in tubes}) < 2:
        return {}
    visits = {found[heading][0] for heading in tubes}
    return {
        heading: each
        for heading, each in found.items()
        if heading in tubes or (each[1] == "date" and each[0] in visits)
    }


def _spread_role(values, known):
    if values and all(is_date(value) for value in values):
        return "date"
    if values and known.share(values) >= 0.5:
        return "label"
    coded = len(set(values)) == len(values) and sum(any(c.isdigit() for c in value) for value in values) > 0.8 * len(
        values
    )
    return "tube" if coded and any(not value.isdigit() or len(value) > 3 for value in values) else ""


def best_table(
    tables: list[ListTable], written: pd.DataFrame, answers: Mapping[str, str]
) -> tuple[ListTable, tuple[Question, ...]]:
    """The table that is the list: the one answered under `samples.tab`, else the one with most names of the plates; asked
    where two have as many. Raises ValueError where the answer is no tab."""
    given = answers.get("samples.tab")
    if given is not None:
        found = [table for table in tables if table.tab == given]
        if not found:
            raise ValueError(f'samples.tab: no tab "{given}", but {", ".join(table.tab for table in tables)}')
        return found[0], ()
    known = Known(written)
    worth = [_named(table, known) for table in tables]
    best = tables[worth.index(max(worth))]
    alike = [table.tab for table, each in zip(tables, worth, strict=True) if each == max(worth)]
    if len(alike) == 1:
        return best, ()
    why = "as many names of the plates are in each" if max(worth) else "none of them holds names of the plates"
    return best, (Question("samples.tab", "Which tab is the list of samples?", tuple(alike), best.tab, why),)


def _named(table, known):
    return max(
        sum(" ".join(v.split()).casefold() in known.names for v in set(table.frame[each])) for each in table.frame
    )


def by_role(table: ListTable, recognised: Recognised) -> pd.DataFrame:
    """The list with a column for each of ROLES ("" where there is none), one row per tube and run; visits side by side are
    laid one below the other. The index is the number of the row in the file. Where one of label and tube is missing it is the
    other: barcodes are then written on the plates, or labels name the tubes."""
    frame = table.frame
    base = pd.DataFrame(
        {role: frame[recognised.columns[role]] if role in recognised.columns else "" for role in ROLES},
        index=frame.index,
    )
    if recognised.across:
        parts = []
        for visit in dict.fromkeys(visit for visit, _ in recognised.across.values()):
            part = base.assign(visit=visit)
            for heading, (each, role) in recognised.across.items():
                if each == visit:
                    part[role] = frame[heading]
            parts.append(part[(part["label"] != "") | (part["tube"] != "")])
        base = pd.concat(parts).sort_index(kind="stable")
    elif "label" not in recognised.columns and "well" not in recognised.columns:
        base["label"] = base["tube"]
    if recognised.across and not (base["label"] != "").any():
        base["label"] = base["tube"]
    return base
