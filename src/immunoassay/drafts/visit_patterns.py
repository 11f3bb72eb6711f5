"""Participant and visit inside the names written in exports or on tubes: `P01-D1`, `101_V2`, `S-003 W12`, `9016-03`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from immunoassay.drafts.questions import Question


@dataclass(frozen=True)
class Pattern:
    """How participant and visit stand in a name: `form` as a person writes it (`{participant}-{visit}`, or a regular expression
    with the groups participant and visit)."""

    form: str
    expression: re.Pattern[str]

    def split(self, name: str) -> tuple[str, str] | None:
        """(participant, visit) of a name, None where it does not match."""
        raise NotImplementedError


@dataclass(frozen=True)
class Found:
    """A Pattern over some names: how many of them match, and up to five examples (name, participant, visit)."""

    pattern: Pattern
    matched: int
    names: int
    examples: tuple[tuple[str, str, str], ...]


def pattern_of(form: str) -> Pattern:
    """The Pattern of a form. Raises ValueError (one sentence) where it has no participant and visit, or is no expression."""
    raise NotImplementedError


def detect(names: Iterable[str]) -> list[Found]:
    """The patterns that fit the names, the best first; [] where none fits half of them or participants do not repeat."""
    raise NotImplementedError


def draft_pattern(names: Iterable[str], answers: Mapping[str, str]) -> tuple[Found | None, tuple[Question, ...]]:
    """The pattern as answered under `samples.pattern` (`none` for no pattern) with what it finds, else None and the question, whose
    default is the best detected form. Raises ValueError as `pattern_of`."""
    raise NotImplementedError
