"""Rows of the sheets names, samples, participants and visits, from a list of samples and the names written in exports."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from immunoassay.drafts.list_tables import ListTable
from immunoassay.drafts.questions import Question
from immunoassay.drafts.sample_lists import Recognised

NAME_COLUMNS = ("scope", "name", "role", "sample_id", "level", "dilution", "seen")
SAMPLE_COLUMNS = (
    *("sample_id", "participant", "course", "visit", "collection_date", "specimen", "freeze_thaw", "comment"),
)
PARTICIPANT_COLUMNS = ("participant", "group", "sex", "age")
LAYOUT_COLUMNS = ("plate", "well", "role", "sample_id")
SOURCE_COLUMNS = ("sheet", "row", "source")

# Why a row of a list names nothing on a plate, or is not used; codes of `unmatched`.
UNMATCHED = (
    "no_run",  # the run it names is none of the exports
    "not_on_plate",  # the label is not on the plate (or on no plate)
    "contradicted",  # another row gives the same label of the same run to another tube
    "empty",  # neither label nor tube
)


@dataclass(frozen=True)
class SampleDraft:
    """What a list gives. Frames hold texts, "" is empty.

    names (NAME_COLUMNS), samples (SAMPLE_COLUMNS), participants (PARTICIPANT_COLUMNS), visits (visit_names.VISIT_COLUMNS)
    layouts (LAYOUT_COLUMNS)   wells without a name that the list names by their place
    unmatched (row, run, label, tube, reason)   rows of the list that name nothing on a plate; `reason` one of UNMATCHED
    unlisted (plate, name, n)  samples on plates that the list does not name
    overruled (plate, name, role, sample_id)    listed as a tube, but the export calls them standard, control or blank
    respelled (plate, name, label)              matched although spelled otherwise (case, spaces, dashes, zeros)
    contradictions (sample_id, column, found)   one tube with several participants, visits, dates ...: left empty
    renamed (column, written, id)               ids that differ from what is written
    personal (row, heading)    cells left out because they seem to hold personal data
    sources (SOURCE_COLUMNS)   where each row comes from; `row` is its key, parts joined by ` | `
    counts                     listed, matched, unmatched, unlisted, overruled, tubes, participants, visits, dates_unread
    """

    recognised: Recognised
    names: pd.DataFrame
    samples: pd.DataFrame
    participants: pd.DataFrame
    visits: pd.DataFrame
    layouts: pd.DataFrame
    unmatched: pd.DataFrame
    unlisted: pd.DataFrame
    overruled: pd.DataFrame
    respelled: pd.DataFrame
    contradictions: pd.DataFrame
    renamed: pd.DataFrame
    personal: pd.DataFrame
    sources: pd.DataFrame
    counts: dict[str, int]
    questions: tuple[Question, ...]
    visit_ids: dict[str, str]  # {visit as written: its name in the visits sheet}
    participant_ids: dict[str, str]  # {participant as written: its name in the participants sheet}


def draft_from_file(path: str | Path, written: pd.DataFrame, answers: Mapping[str, str]) -> SampleDraft:
    """`draft_samples` of the table of a file that is the list. Raises NotReadable."""
    raise NotImplementedError


def draft_samples(table: ListTable, written: pd.DataFrame, answers: Mapping[str, str]) -> SampleDraft:
    """The SampleDraft of a list; `written` as sample_lists.WRITTEN.

    Questions: samples.ROLE, samples.tab, samples.date_order, samples.pattern, samples.visits_from_dates, samples.unlisted (ignore,
    sample), samples.overruled (export, list), samples.several_plates (same, none), visits.baseline, visits.order.
    """
    raise NotImplementedError


def draft_from_names(written: pd.DataFrame, answers: Mapping[str, str]) -> SampleDraft:
    """The SampleDraft without a list: every written name of a sample is its own tube, participant and visit by the pattern answered
    under `samples.pattern` (`none` for no pattern); a name without a match has neither. `recognised` is empty."""
    raise NotImplementedError
