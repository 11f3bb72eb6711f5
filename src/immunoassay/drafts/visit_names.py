"""Visits as people name them: their order, their study days, and which of them is the baseline."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import pandas as pd
from immunoassay.drafts.questions import Question
from immunoassay.study import days
from immunoassay.study.legal_names import legal_ids
from immunoassay.study.members import Rows
from immunoassay.study.similar_names import folded

VISIT_COLUMNS = ("visit", "label", "order", "day", "baseline")

_BASELINE = (
    r"(?:base ?line|bl|bsl|basal|baseline ?visit|ausgangs(?:wert|visite)|einschluss|inclusion|"
    r"inclusi[oó]n|pre|pre ?dose|prä|avant|vor|enrol?lment)"
)
_SCREENING = r"(?:screening|screen|scr|s[eé]lection|selecci[oó]n|tamizaje|voruntersuchung)"
_OTHER = (
    r"(?:post|nach|apr[eè]s|end of (?:study|treatment)|eos|eot|relapse|rezidiv|rechute|unscheduled|follow[- ]?up|fu|suivi|"
    r"nachsorge|verlauf|seguimiento|final|last|early termination|et)"
)
_UNITS = {
    "day": r"days?|d|tage?|jours?|j|d[ií]as?",
    "week": r"weeks?|wks?|w|wochen?|wo|semaines?|sem|semanas?",
    "month": r"months?|mths?|mos?|m|monate?|mon|mois|mes(?:es)?",
    "year": r"years?|yrs?|y|jahre?|ans?|ann[ée]es?|años?",
}
_COUNTED = (
    r"visits?|visiten?|v|visitas?|besuch|timepoints?|time ?points?|time|tp|t|zeitpunkt|z|abnahme|"
    r"fu|follow[- ]?up|cycle|c|zyklus"
)
_DAYS = {"day": 1, "week": 7, "month": 30.4375, "year": 365.25}
_NOTE = r"(?:\s*\([^)]*\))?"  # `Week 12 (end of treatment)`

NO_ROWS: Rows = []


@dataclass(frozen=True)
class VisitDraft:
    """`visits`: rows of the visits sheet (VISIT_COLUMNS, all texts); `ids` {visit as written: legal name}; open `questions`
    (`visits.baseline`, `visits.order`)."""

    visits: pd.DataFrame
    ids: dict[str, str]
    questions: tuple[Question, ...]


def draft_visits(
    written: Sequence[str], dates: pd.DataFrame | None, answers: Mapping[str, str], known: Rows = NO_ROWS
) -> VisitDraft:
    """The VisitDraft of visits as written; `dates` has columns participant, visit (as written), date (year-month-day).

    `known` are rows of the visits sheet: what is written of them is theirs, others follow behind them and are no baseline.

    Spellings that differ in case, spaces and dashes only are one visit, and so are `Week 12` and `W12`. Days are what the
    names say, else the median of the days from each participant's baseline (day 1), else empty. `visits.baseline` is answered
    with a visit as written, `visits.order` with all of them in their order, parted by commas.
    """
    first: dict[object, str] = {}
    there = {_same(row[column]): row["visit"] for row in known for column in ("visit", "label") if row[column]}
    texts = [text for text in dict.fromkeys(written) if text]
    old = {text: there[_same(text)] for text in texts if _same(text) in there}
    same = {text: first.setdefault(_same(text), text) for text in texts if text not in old}
    labels = list(first.values())
    legal = legal_ids(labels)
    said = {label: study_day(label) for label in labels}
    if any(_counted(label) == ("day", 0) for label in labels):  # days are counted from 0
        said = {label: day + 1 if day is not None and _is_day_behind_0(label) else day for label, day in said.items()}
    before = next((row["visit"] for row in known if row["baseline"]), "")
    baseline, asked = (before, []) if before else _baseline(labels, said, answers)
    measured = _days_from_dates(dates, same | old, baseline)
    day = {label: said[label] if said[label] is not None else measured.get(label) for label in labels}
    labels, open_order = _ordered(labels, day, answers) if len(labels) > 1 else (labels, [])
    last = max((row["order"] for row in known if row["order"] is not None), default=0)
    rows = [
        {
            "visit": legal.ids[label],
            "label": label,
            "order": str(number),
            "day": "" if day[label] is None else str(day[label]),
            "baseline": "yes" if label == baseline else "no",
        }
        for number, label in enumerate(labels, last + 1)
    ]
    _drop_falling_days(rows)
    frame = pd.DataFrame(rows, columns=list(VISIT_COLUMNS), dtype=object)
    ids = old | {text: legal.ids[label] for text, label in same.items()}
    return VisitDraft(frame, ids, tuple(asked + open_order))


def _same(text):
    """What spellings of one visit have in common."""
    unit, number = _counted(text)
    return (unit, number) if unit in _DAYS else folded(text)


def study_day(written: str) -> int | None:
    """The study day a visit's name says (`Week 12` is 85, `D29` is 29, `Baseline` is 1), None where it says none."""
    if _matches(_BASELINE, written):
        return 1
    unit, number = _counted(written)
    if unit == "day":
        return int(number) if number == int(number) and number > 0 else 1 if number == 0 else int(number) + 1
    return round(_DAYS[unit] * number) + 1 if unit in _DAYS else None


@lru_cache(maxsize=65536)
def is_visit(text: str) -> bool:
    """Whether a text is a name of a visit as people write them (Baseline, W12, Visite 3, Screening ...)."""
    words = (_BASELINE, _SCREENING, _OTHER, r"c\d+ ?d\d+")
    return any(_matches(word, text) for word in words) or _counted(text)[0] != ""


def _matches(word, text):
    return re.fullmatch(rf"{word}{_NOTE}", " ".join(text.split()), re.I) is not None


def _counted(text):
    """(day, week, month, year or visit; the number) of `Week 12`, `12 weeks`, `M3`, `V 2`; ("", 0) for anything else.

    `D-7` can be day 7 or seven days before: it is only numbered, as `visit`.
    """
    text = " ".join(text.split())
    for unit, words in (*_UNITS.items(), ("visit", _COUNTED)):
        before = re.fullmatch(rf"(?:{words})[. _]*(-?)(\d+(?:[.,]\d+)?){_NOTE}", text, re.I)
        after = re.fullmatch(rf"()(\d+(?:[.,]\d+)?)[. _-]*(?:{words}){_NOTE}", text, re.I)
        if found := before or after:
            number = float(found[2].replace(",", "."))
            if found[1] and not re.search(r"\s-\d", text):
                return ("visit" if unit == "day" else unit), number
            return unit, -number if found[1] else number
    return "", 0.0


def _is_day_behind_0(label):
    unit, number = _counted(label)
    return unit == "day" and number > 0


def _baseline(labels, said, answers):
    """(the visit that is the baseline, [Question] where more than one could be)."""
    if answers.get("visits.baseline") in labels:
        return answers["visits.baseline"], []
    kinds = (
        ([each for each in labels if _matches(_BASELINE, each)], "it is called so"),
        ([each for each in labels if said[each] is not None and said[each] <= 1], "its name says the first day"),
        ([each for each in labels if _matches(_SCREENING, each)], "it comes before all others"),
    )
    found, why = next((kind for kind in kinds if kind[0]), ([], "it comes first"))
    refused = bool(answers.get("visits.baseline"))  # an answer that is no visit is asked again
    if len(found) == 1 and not _matches(_SCREENING, found[0]) and not refused:
        return found[0], []
    if not labels:
        return "", []
    best = found[0] if found else _ordered(labels, said, answers)[0][0]
    return best, [Question("visits.baseline", "Which visit is the baseline?", tuple(labels), best, f"{best}: {why}")]


def _days_from_dates(dates, same, baseline):
    """{visit: median day}, where each participant's first date of the baseline is day 1."""
    if dates is None or dates.empty:
        return {}
    known = dates[(dates["date"] != "") & (dates["participant"] != "") & (dates["visit"] != "")]
    known = known.assign(visit=[same[each] for each in known["visit"]])
    dated = known.groupby(["participant", "visit"])["date"].min()
    start = {person: date for (person, visit), date in dated.items() if visit == baseline}
    found: dict[str, list[int]] = {}
    for (person, visit), date in dated.items():
        if person in start:
            found.setdefault(visit, []).append(days.study_day(date, start[person]))
    return {visit: sorted(each)[len(each) // 2] for visit, each in found.items()}


def _ordered(labels, day, answers):
    """(the visits in order, [Question] where neither days nor numbers say it)."""
    given = [each.strip() for each in answers.get("visits.order", "").split(",") if each.strip()]
    if sorted(given) == sorted(labels):
        return given, []
    places = {label: _place(label, day[label]) for label in labels}
    kinds = {kind for kind, place in places.values() if kind != "day" or place > 1}
    if (
        "none" not in kinds and len(kinds) <= 1 and not given
    ):  # baseline and screening come before the numbers of the others
        return sorted(labels, key=lambda each: (places[each][0] == "number", places[each][1])), []
    by_day = sorted((each for each in labels if places[each][0] == "day"), key=lambda each: places[each][1])
    others = sorted((each for each in labels if places[each][0] == "number"), key=lambda each: places[each][1])
    order = by_day + others + [each for each in labels if places[each][0] == "none"]
    why = "neither days nor numbers tell the place of all of them"
    return order, [
        Question("visits.order", "In which order do the visits come (parted by commas)?", (), ", ".join(order), why)
    ]


def _place(label, day):
    """("day", number), ("number", number) or ("none", 0): what orders a visit."""
    if day is not None:
        return "day", float(day)
    if _matches(_SCREENING, label):
        return "day", -1000.0
    numbers = re.findall(r"\d+", label)
    return ("number", tuple(map(int, numbers))) if numbers else ("none", 0.0)


def _drop_falling_days(rows):
    """Days that do not rise with the order say nothing: they are left empty."""
    known = [int(row["day"]) for row in rows if row["day"]]
    if any(later < earlier for earlier, later in pairwise(known)):
        for row in rows:
            row["day"] = ""
