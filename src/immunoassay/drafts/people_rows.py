"""Rows of the participants sheet out of a list of samples: one spelling and one legal code for each person."""

import re
from collections.abc import Callable, Iterable, Mapping

import pandas as pd
from immunoassay.drafts.plate_runs import caseless
from immunoassay.drafts.questions import CLOSED, Question
from immunoassay.problems import few
from immunoassay.study.legal_names import legal_ids
from immunoassay.study.similar_names import folded

PARTICIPANT_COLUMNS = ("participant", "group", "sex", "age")

_SEX = {
    "female": ("f", "w", "female", "weiblich", "femme", "feminin", "féminin", "mujer", "femenino", "woman"),
    "male": ("m", "male", "männlich", "maennlich", "homme", "masculin", "hombre", "masculino", "man"),
    "other": ("d", "divers", "other"),
}
_SEX_OF = {word: sex for sex, words in _SEX.items() for word in words}
_OLDEST = 89  # years; the sheet holds no higher age

Contradiction = tuple[str, str, str]  # key, column, the values found


class Names:
    """The names in the sheets that texts of a list mean; `known` {as written in the samples: name in the sheets}.

    A text is known as it is written or as it is in the sheets, in any case; with other spaces, dashes and zeros, or of one
    `number` (such as the study day of a visit), where only one name is meant.
    """

    def __init__(self, known: Mapping[str, str], number: Callable[[str], int | None] = lambda _: None) -> None:
        self._number = number
        self._exact = {caseless(name): name for name in known.values()} | {
            caseless(text): name for text, name in known.items()
        }
        self._loose: dict[object, set[str]] = {}
        for text, name in known.items():
            for key in self._keys(text):
                self._loose.setdefault(key, set()).add(name)

    def of(self, text: str) -> str | None:
        """The name that a text means, None for none."""
        if (exact := self._exact.get(caseless(text))) is not None:
            return exact
        found = (self._loose.get(key, set()) for key in self._keys(text))
        return next((next(iter(names)) for names in found if len(names) == 1), None)

    def _keys(self, text):
        number = self._number(text)
        return (folded(text),) if number is None else (folded(text), number)


def participant_spellings(written: Iterable[str], answers: Mapping[str, str]) -> tuple[dict[str, str], list[Question]]:
    """({participant as written: the spelling that stands for it}, [Question]).

    Case and spaces make no other person; whether dashes and zeros do (`P1`, `P01`) is asked, and answered with `one` or `apart`.
    """
    first: dict[str, str] = {}
    same = {text: first.setdefault(caseless(text), text) for text in dict.fromkeys(written) if text}
    loose: dict[str, list[str]] = {}
    for text in first.values():
        loose.setdefault(folded(text), []).append(text)
    alike = [texts for texts in loose.values() if len(texts) > 1]
    given = answers.get("samples.participant_spelling")
    if given == "one":
        return {text: loose[folded(one)][0] for text, one in same.items()}, []
    if not alike or given:
        return same, []
    why = few([" and ".join(texts) for texts in alike])
    text = "Are participants one person whose codes differ only in dashes or zeros?"
    return same, [Question("samples.participant_spelling", text, CLOSED["samples.participant_spelling"], "one", why)]


def people_of(rows: pd.DataFrame) -> tuple[list[tuple[str, ...]], dict[str, str], list[Contradiction]]:
    """(rows by PARTICIPANT_COLUMNS, {participant as written: legal code}, contradictions), of rows of a list by role."""
    named = rows[rows["participant"] != ""]
    ids = legal_ids(named["participant"], dots=False).ids
    people, contradictions = [], []
    for written, own in named.groupby("participant", sort=False):
        cells, found = one_of_each(ids[str(written)], own, ("group", "sex", "age"))
        contradictions += found
        sex = _SEX_OF.get(cells["sex"].casefold(), "") if cells["sex"] else ""
        age = cells["age"] if re.fullmatch(r"\d+", cells["age"]) and int(cells["age"]) <= _OLDEST else ""
        people.append((ids[str(written)], cells["group"], sex, age))
    return sorted(people, key=lambda each: _natural(each[0])), ids, contradictions


def one_of_each(key: str, rows: pd.DataFrame, columns: Iterable[str]) -> tuple[dict[str, str], list[Contradiction]]:
    """({column: its one value in some rows, "" for none or several}, the contradictions)."""
    cells: dict[str, str] = {}
    contradictions = []
    for column in columns:
        values = list(dict.fromkeys(value for value in rows[column] if value))
        cells[column] = values[0] if len(values) == 1 else ""
        if len(values) > 1:
            contradictions.append((key, column, ", ".join(values)))
    return cells, contradictions


def _natural(text):
    """What sorts P2 before P10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", text)]
