"""What is drafted for a study: new rows of its sheets, where each comes from, and the questions that decide them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from pathlib import Path

from immunoassay.drafts.kits import Kit
from immunoassay.drafts.questions import Question, WrongAnswerError
from immunoassay.drafts.scanned import Scanned
from immunoassay.study.cell_values import NUMBER
from immunoassay.study.legal_names import sayable
from immunoassay.study.members import Cells, Rows

# The sheets that are drafted, in the order in which a person reads them, with the columns that name a row.
KEYS: dict[str, tuple[str, ...]] = {
    "panels": ("panel",),
    "analytes": ("analyte",),
    "plates": ("plate",),
    "columns": ("scope", "column", "word"),
    "names": ("scope", "name"),
    "materials": ("panel", "kit_lot", "material", "level", "analyte"),
    "samples": ("sample_id",),
    "participants": ("participant",),
    "visits": ("visit",),
    "scales": ("scale",),
    "scores": ("participant", "course", "visit"),
    "amendments": ("amendment",),
}


@dataclass(frozen=True)
class Lists:
    """The lists a laboratory hands over, as paths; None where there is none."""

    samples: Path | None = None
    participants: Path | None = None
    scores: Path | None = None


@dataclass(frozen=True)
class Known:
    """What a study says already: rows by sheet, rows of the layout by plate, and the pools of its config, which are no tubes."""

    sheets: Mapping[str, Rows]
    layouts: Mapping[str, Rows] = field(default_factory=dict)
    pools: frozenset[str] = frozenset()

    def rows(self, sheet: str) -> Rows:
        """The rows of a sheet, none where there is no such sheet."""
        return self.sheets.get(sheet, [])

    def values(self, sheet: str, column: str) -> set[str]:
        """The values of a column."""
        return {str(row[column]) for row in self.rows(sheet) if row[column]}

    @cached_property
    def keys(self) -> set[tuple[str, ...]]:
        """(sheet, key of a row) of every row."""
        return {(sheet, *key(sheet, row)) for sheet, rows in self.sheets.items() if sheet in KEYS for row in rows}


@dataclass
class Draft:
    """A draft in the making; `known` and `answers` are what it starts from.

    `sheets` new rows by sheet; `layouts` {path: rows}; `grids` {path: lines of one to be filled}; `sources` rows of
    sheet, row, source; `questions` by key; `notes` for a person to read.
    """

    known: Known
    answers: Mapping[str, str]
    sheets: dict[str, Rows] = field(default_factory=lambda: {name: [] for name in KEYS})
    layouts: dict[str, Rows] = field(default_factory=dict)
    grids: dict[str, list[str]] = field(default_factory=dict)
    sources: Rows = field(default_factory=list)
    questions: dict[str, Question] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    kits: list[Kit] = field(default_factory=list)
    files: list[Scanned] = field(default_factory=list)  # as they were read by the answers
    columns_open: Rows = field(default_factory=list)  # rows of the columns sheet that lack what only a person knows

    def ask(
        self, name: str, text: str, default: str | None, why: str = "", choices: Iterable[str] = (), asked: bool = True
    ) -> str:
        """The answer to the question of that key, its default ("" without one) until there is an answer.

        Raises WrongAnswerError for one that no sheet can hold, or that is none of the choices.
        """
        question = Question(name, text, tuple(choices), default, why, asked)
        self.put_questions([question])
        answer = self.answers.get(name, default or "")
        if not sayable(answer):
            raise WrongAnswerError(name, answer, "is nothing that a sheet can hold")
        if question.choices and answer not in question.choices:
            raise WrongAnswerError(name, answer, f"is none of {', '.join(question.choices)}")
        return answer

    def ask_number(self, name: str, text: str, default: str, why: str, above: float) -> float | None:
        """The answer as a number above a limit, None where it is empty; raises WrongAnswerError for any other."""
        answer = self.ask(name, text, default, why)
        if re.search(r",[0-9]{3}$", answer):
            raise WrongAnswerError(
                name, answer, "can be read in two ways: write a decimal point, and no thousands sign"
            )
        written = answer.replace(",", ".")
        if written and not (NUMBER.fullmatch(written) and above < float(written) < inf):
            raise WrongAnswerError(name, answer, f"is no number above {above:g}")
        return float(written) if written else None

    def put_questions(self, questions: Iterable[Question]) -> None:
        """Questions that others found."""
        self.questions |= {each.key: each for each in questions}

    def add(self, sheet: str, row: Cells, source: str) -> None:
        """A row and where it comes from; one whose key the study has already is left out."""
        place = key(sheet, row)
        if (sheet, *place) not in self.known.keys:
            self.sheets[sheet].append(row)
            self.sources.append({"sheet": sheet, "row": " | ".join(place), "source": source})

    def take(self, sheet: str, rows: Rows, source: str) -> None:
        """Rows of another study, before those of the draft."""
        own = [{column: value for column, value in row.items() if column != "_row"} for row in rows]
        self.sheets[sheet] = [*own, *self.sheets[sheet]]
        self.sources += [{"sheet": sheet, "row": " | ".join(key(sheet, row)), "source": source} for row in own]

    def all_rows(self, sheet: str) -> Rows:
        """The rows of the study and of the draft."""
        return [*self.known.rows(sheet), *self.sheets[sheet]]


def key(sheet: str, row: Cells) -> tuple[str, ...]:
    """What names a row of a sheet."""
    return tuple(str(row.get(column) or "") for column in KEYS[sheet])
