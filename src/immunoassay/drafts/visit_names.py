"""Visits as people name them: their order, their study days, and which of them is the baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from immunoassay.drafts.questions import Question

VISIT_COLUMNS = ("visit", "label", "order", "day", "baseline")


@dataclass(frozen=True)
class VisitDraft:
    """`visits`: rows of the visits sheet (VISIT_COLUMNS, all texts); `ids` {visit as written: legal name}; open `questions`
    (`visits.baseline`, `visits.order`)."""

    visits: pd.DataFrame
    ids: dict[str, str]
    questions: tuple[Question, ...]


def draft_visits(written: Sequence[str], dates: pd.DataFrame | None, answers: Mapping[str, str]) -> VisitDraft:
    """The VisitDraft of visits as written; `dates` has columns participant, visit (as written), date (year-month-day)."""
    raise NotImplementedError


def study_day(written: str) -> int | None:
    """The study day a visit's name says (`Week 12` is 85, `D29` is 29, `Baseline` is 1), None where it says none."""
    raise NotImplementedError


def is_visit(text: str) -> bool:
    """Whether a text is a name of a visit as people write them (Baseline, W12, Visite 3, Screening ...)."""
    raise NotImplementedError
