"""A list of the participants: the group, sex and age of those whose tubes are on the plates."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from immunoassay.drafts.column_evidence import Known, claims
from immunoassay.drafts.list_tables import ListTable, read_list
from immunoassay.drafts.people_rows import PARTICIPANT_COLUMNS, Names, people_of
from immunoassay.drafts.questions import Question
from immunoassay.drafts.sample_lists import WRITTEN, assign, given_columns, role_question

PEOPLE_ROLES = ("participant", "group", "sex", "age")


@dataclass(frozen=True)
class PeopleDraft:
    """What a list of participants gives. Frames hold texts, "" is empty.

    participants (PARTICIPANT_COLUMNS), those the samples have, in the order of the list; columns {role: heading}
    unknown (row, text)   participants the samples do not have: left out
    contradictions (key, column, found)   several values for one participant: left empty
    """

    participants: pd.DataFrame
    columns: dict[str, str]
    unused: tuple[str, ...]
    unknown: pd.DataFrame
    contradictions: pd.DataFrame
    questions: tuple[Question, ...]


def people_from_file(path: str | Path, participants: Mapping[str, str], answers: Mapping[str, str]) -> PeopleDraft:
    """`draft_people` of the table of a file with most of the participants. Raises NotReadable and ValueError."""
    drafts = [draft_people(table, participants, answers) for table in read_list(path)]
    return max(drafts, key=lambda each: len(each.participants))


def draft_people(table: ListTable, participants: Mapping[str, str], answers: Mapping[str, str]) -> PeopleDraft:
    """The PeopleDraft of a table; `participants` {as written: name in the sheets} of the samples.

    Questions: participants.ROLE (of PEOPLE_ROLES). Raises ValueError (one sentence) for an answer that cannot be.
    """
    given = given_columns(table, "participants", PEOPLE_ROLES, answers)
    names, nothing = Names(participants), Known(pd.DataFrame(columns=list(WRITTEN), dtype=object))
    claimed = {heading: dict(claims(heading, table.frame[heading], nothing)) for heading in table.frame}
    for heading, roles in claimed.items():
        values = [value for value in table.frame[heading] if value]
        if sum(names.of(value) is not None for value in values) >= len(values) / 2:
            roles["participant"] = (6.0, "participants of the samples")
    columns, _, doubtful = assign(claimed, PEOPLE_ROLES, given)
    asked = [
        role_question("participants", role, each, claimed, table.frame, columns) for role, each in doubtful.items()
    ]
    rows = pd.DataFrame(
        {role: table.frame[columns[role]] if role in columns else "" for role in PEOPLE_ROLES}, index=table.frame.index
    )
    found = [names.of(text) if text else None for text in rows["participant"]]
    unknown = [
        (str(row), text)
        for row, text, name in zip(rows.index, rows["participant"], found, strict=True)
        if text and name is None
    ]
    people, _, contradictions = people_of(rows.assign(participant=[name or "" for name in found]))
    return PeopleDraft(
        participants=pd.DataFrame(people, columns=list(PARTICIPANT_COLUMNS), dtype=object),
        columns=columns,
        unused=tuple(each for each in table.frame if each not in columns.values()),
        unknown=pd.DataFrame(unknown, columns=["row", "text"], dtype=object),
        contradictions=pd.DataFrame(contradictions, columns=["key", "column", "found"], dtype=object),
        questions=tuple(asked),
    )
