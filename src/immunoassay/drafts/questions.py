"""What a draft asks the person who knows: questions as data, answered at the terminal, in a file, or by their defaults.

Drafting functions apply only what `answers` ({key: answer}) holds; what they would have to guess comes back as open questions.
Whoever asks adds the answers and calls again, until nothing is asked any more: an answer can bring another question.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from immunoassay.problems import few, visible
from immunoassay.study.similar_names import suggestion

# Questions of fixed choices: an answer given in advance is one of these.
CLOSED = {
    "samples.hidden_rows": ("use", "leave"),
    "samples.struck_rows": ("use", "leave"),
    "samples.fill_down": ("yes", "no"),
    "samples.visits_from_dates": ("order", "none"),
    "samples.several_plates": ("same", "none"),
    "samples.participant_spelling": ("one", "apart"),
    "samples.overruled": ("export", "list"),
    "samples.unlisted": ("ignore", "sample", "leave"),
}


@dataclass(frozen=True)
class Question:
    """A question to the user.

    `key` is a stable name (`samples.visit`, `samples.date_order`, `scores.Activity-index.worse`); `choices` are the possible
    answers, () where any text may be one; `default` is what is proposed, None where nothing should be; `why` is the evidence.
    One that is not `asked` may be answered in advance, and nobody is bothered with it.
    """

    key: str
    text: str
    choices: tuple[str, ...]
    default: str | None
    why: str
    asked: bool = True


class WrongAnswerError(ValueError):
    """An answer that cannot be, in one sentence; `key` is that of its question."""

    def __init__(self, key: str, answer: str, why: str) -> None:
        super().__init__(f'{key}: "{visible(answer)}" {why}')
        self.key = key


def as_line(question: Question) -> str:
    """A question as a line of an answers file: key and proposal; after a # what is asked, the answers it takes, why."""
    proposed = question.default or ""
    if (
        any(sign in proposed for sign in ":#'\"")
        or proposed[:1] in set("{[&*!|>%@`-?,")
        or proposed != proposed.strip()
    ):
        proposed = "'" + proposed.replace("'", "''") + "'"
    choices = f" (one of: {few(question.choices)})" if question.choices else ""
    why = f" – {question.why}" if question.why else ""
    return f"{question.key}: {proposed}  # {visible(f'{question.text}{choices}{why}')}"


def impossible(asked: Mapping[str, Question], given: Mapping[str, str]) -> list[str]:
    """A line for every answer given in advance that its question does not take; `asked` are the questions by key."""
    lines = []
    for key, text in given.items():
        choices = CLOSED.get(key) or (asked[key].choices if key in asked else ())
        if choices and text not in choices:
            lines.append(f'{key}: "{text}" is none of {", ".join(choices)}{suggestion(text, choices)}')
        elif key == "visits.order" and key in asked:  # it is asked again only where the answer names other visits
            lines.append(f'{key}: "{text}" does not name every visit once, such as {asked[key].default}')
    return lines


def with_defaults(questions: Iterable[Question], answers: Mapping[str, str]) -> dict[str, str]:
    """The answers, and the default of every question that is not answered and has one."""
    given = {each.key: each.default for each in questions if each.default is not None}
    return {**given, **answers}
