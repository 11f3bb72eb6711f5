"""Clinical scores in a file of any shape: a row per participant and visit, a row per score, or scores and visits side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from immunoassay.drafts.list_tables import ListTable
from immunoassay.drafts.questions import Question

SCALE_COLUMNS = ("scale", "label", "minimum", "maximum", "step", "worse", "mcid", "minimal_symptom_max", "source")


@dataclass(frozen=True)
class ScoreDraft:
    """What a file of scores gives. Frames hold texts, "" is empty.

    scores (participant, course, visit, date, then a column for each scale), scales (SCALE_COLUMNS; none for a built-in scale)
    columns {role: heading}: participant, visit, date, score, value; unused: headings
    unread (row, column, text)   cells that are neither a number nor a word for "not done"
    unknown (row, column, text)  participants or visits the samples do not have
    twice (row, participant, visit)  rows whose participant and visit another row has already: only equal ones are taken
    """

    scores: pd.DataFrame
    scales: pd.DataFrame
    columns: dict[str, str]
    unused: tuple[str, ...]
    unread: pd.DataFrame
    unknown: pd.DataFrame
    twice: pd.DataFrame
    questions: tuple[Question, ...]


def scores_from_file(
    path: str | Path, participants: Mapping[str, str], visits: Mapping[str, str], answers: Mapping[str, str]
) -> ScoreDraft:
    """`draft_scores` of the first table of a file that has participants. Raises NotReadable."""
    raise NotImplementedError


def draft_scores(
    table: ListTable, participants: Mapping[str, str], visits: Mapping[str, str], answers: Mapping[str, str]
) -> ScoreDraft:
    """The ScoreDraft of a table; `participants` and `visits` {as written: name in the sheets} of the samples.

    Questions: scores.ROLE, scores.date_order, scores.SCALE.minimum, scores.SCALE.maximum, scores.SCALE.worse (higher, lower).
    """
    raise NotImplementedError
