"""Participant and visit inside the names written in exports or on tubes: `P01-D1`, `101_V2`, `S-003 W12`, `9016-03`."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from immunoassay.drafts.questions import Question
from immunoassay.drafts.visit_names import is_visit

NONE = "none"  # the answer that names hold no participant and visit

_FIELDS = ("participant", "visit")
_FORMS = (  # the first of equals is proposed
    *(f"{{participant}}{sign}{{visit}}" for sign in "-_ ./"),
    r"(?P<participant>.*\d)(?P<visit>[A-Za-z]+\d+)",
    *(f"{{participant}}{sign}{{visit}}{sign}*" for sign in "-_ ."),
    *(f"{{visit}}{sign}{{participant}}" for sign in "-_ "),
)
_GENERIC = re.compile(
    r"(?:samples?|unknowns?|unkn?|un|spl|wells?|proben?|echantillon|muestra|std|standard|control|qc)\W*\d*", re.I
)
_LEAST = 0.5  # of the names that a pattern fits, and that are of participants with several visits
_LIKELY = 0.8  # of the names whose visits are those of several participants; of the visits that look like some
_SHOWN = 5
_SIGN = re.compile(r"\{participant\}([^*]+)\{visit\}")


@dataclass(frozen=True)
class Pattern:
    """How participant and visit stand in a name: `form` as a person writes it (`{participant}-{visit}`, or a regular expression
    with the groups participant and visit)."""

    form: str
    expression: re.Pattern[str]

    def split(self, name: str) -> tuple[str, str] | None:
        """(participant, visit) of a name, None where it does not match, or where either is a name that instruments give by
        themselves (Sample 1, Unknown12) or a control."""
        found = self.expression.fullmatch(name)
        parts = (found["participant"].strip(), found["visit"].strip()) if found else ("", "")
        if found and (sign := _SIGN.fullmatch(self.form)):
            parts = next((each for each in _places(name, sign[1]) if is_visit(each[1])), parts)
        return parts if all(parts) and not any(map(_GENERIC.fullmatch, parts)) else None


@dataclass(frozen=True)
class Found:
    """A Pattern over some names: how many of them match, and up to five examples (name, participant, visit)."""

    pattern: Pattern
    matched: int
    names: int
    examples: tuple[tuple[str, str, str], ...]


def _places(name, sign):
    """(participant, visit) of a name parted at a sign, the last one first: a visit can hold it too (`P01-Week-4`)."""
    parts = name.split(sign)
    for at in range(len(parts) - 1, 0, -1):
        yield sign.join(parts[:at]).strip(), sign.join(parts[at:]).strip()


def pattern_of(form: str) -> Pattern:
    """The Pattern of a form: texts around `{participant}` and `{visit}`, where `*` is anything; or a regular expression.

    Without a sign between them, a visit begins with a letter. Raises ValueError (one sentence) where a form has no participant
    and visit, or is no expression.
    """
    simple = all(f"{{{each}}}" in form for each in _FIELDS)
    try:
        expression = re.compile(_expression(form) if simple else form)
    except re.error as error:
        raise ValueError(f'"{form}" is no pattern: {error}') from error
    if not set(_FIELDS) <= set(expression.groupindex):
        raise ValueError(f'"{form}" names no participant and visit: write it as {{participant}}-{{visit}}')
    return Pattern(form, expression)


def _expression(form):
    """The regular expression of a simple form. Where a sign stands before or behind a visit, it is not in it; a participant may
    hold it (S-003-V1)."""
    parts = [part for part in re.split(r"(\{participant\}|\{visit\}|\*)", form) if part]
    written = []
    for at, part in enumerate(parts):
        beside = "".join(sign for sign in (*parts[max(at - 1, 0) : at], *parts[at + 1 : at + 2]) if sign[0] not in "{*")
        if part == "{participant}":
            written.append("(?P<participant>.+)")
        elif part == "{visit}":
            written.append(f"(?P<visit>[^{re.escape(beside)}]+)" if beside else r"(?P<visit>[^\W\d].*)")
        else:
            written.append(".*" if part == "*" else re.escape(part))
    return "".join(written)


def detect(names: Iterable[str]) -> list[Found]:
    """The patterns that fit the names, the best first; [] where none fits half of them or participants do not repeat."""
    texts = _different(names)
    tried = [(pattern, _splits(pattern, texts)) for pattern in map(pattern_of, _FORMS)]
    ranked = sorted(
        ((_worth(splits, len(texts)), -at, pattern, splits) for at, (pattern, splits) in enumerate(tried)),
        key=lambda each: each[:2],
        reverse=True,
    )
    return [_found(pattern, splits, texts) for worth, _, pattern, splits in ranked if worth > 0]


def draft_pattern(names: Iterable[str], answers: Mapping[str, str]) -> tuple[Found | None, tuple[Question, ...]]:
    """The pattern as answered under `samples.pattern` (`none` for no pattern) with what it finds, else None and the question,
    whose default is the best detected form where its visits look like visits. Raises ValueError as `pattern_of`."""
    names = _different(names)
    given = answers.get("samples.pattern")
    if given == NONE:
        return None, ()
    if given:
        pattern = pattern_of(given)
        return _found(pattern, _splits(pattern, names), names), ()
    found = detect(names)
    if not found:
        return None, ()
    best = found[0]
    visits = [visit for _, _, visit in _splits(best.pattern, names)]
    likely = sum(is_visit(visit) or visit.isdigit() for visit in visits) >= _LIKELY * len(visits)
    shown = "; ".join(f"{name} is participant {person}, visit {visit}" for name, person, visit in best.examples)
    why = f"{best.pattern.form} fits {best.matched} of {best.names} names: {shown}"
    choices = (*(each.pattern.form for each in found), NONE)
    default = best.pattern.form if likely else NONE
    return None, (
        Question("samples.pattern", "How do names hold participant and visit?", choices, default, why, open=True),
    )


def _different(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))


def _splits(pattern, names):
    """[(name, participant, visit)] of the names that match."""
    return [(name, *split) for name in names if (split := pattern.split(name))]


def _found(pattern, splits, names):
    """The Found, with examples from the whole of the names, not only from their beginning."""
    last = len(splits) - 1
    chosen = splits if last < _SHOWN else [splits[at * last // (_SHOWN - 1)] for at in range(_SHOWN)]
    return Found(pattern, len(splits), len(names), tuple(chosen))


def _worth(splits, names):
    """How well splits read as participants at visits; 0 where they do not.

    Most visits are those of several participants, and most participants have several visits.
    """
    if len(splits) < _LEAST * names:
        return 0
    people, visits = (Counter(each[at] for each in splits) for at in (1, 2))
    pairs = {each[1:] for each in splits}
    shared = sum(visits[each[2]] > 1 for each in splits)
    repeated = sum(people[each[1]] > 1 for each in splits)
    if min(len(people), len(visits)) < 2 or shared < _LIKELY * len(splits) or repeated < _LEAST * len(splits):
        return 0
    likely = sum(is_visit(visit) for _, _, visit in splits) / len(splits)
    coded = sum(bool(re.search(r"\d", person)) for person in people) / len(people)
    return (
        len(splits) / names + likely + coded / 2 + len(pairs) / len(splits) + len(pairs) / (len(people) * len(visits))
    )
