"""Clinical scores in a file of any shape: a row per participant and visit, a row per score, or scores and visits side by side."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from immunoassay.drafts.list_dates import is_date
from immunoassay.drafts.list_headings import EXACT, says, words_of
from immunoassay.drafts.list_tables import ListTable, read_list
from immunoassay.drafts.people_rows import Names
from immunoassay.drafts.questions import Question
from immunoassay.drafts.sample_lists import NONE, assign, given_columns
from immunoassay.drafts.sample_visits import with_dates
from immunoassay.drafts.score_cells import drafted_range, is_missing, number, share_of_numbers
from immunoassay.drafts.visit_names import is_visit, study_day
from immunoassay.study import scale_rules
from immunoassay.study.legal_names import legal_ids

SCALE_COLUMNS = ("scale", "label", "minimum", "maximum", "step", "worse", "mcid", "minimal_symptom_max", "source")
SCORE_ROLES = ("participant", "visit", "date", "score", "value")
DIRECTIONS = ("higher", "lower")
NO_SCORE = "no score"  # the answer that a column of numbers is none

_ASKED = {
    "participant": "the participant",
    "visit": "the visit",
    "date": "the date of the assessment",
    "score": "the name of the score",
    "value": "the value of the score",
}
_PLAIN_TABS = re.compile(r"(?:sheet|tabelle|feuil|hoja|table)? ?\d*", re.IGNORECASE)


@dataclass(frozen=True)
class ScoreDraft:
    """What a file of scores gives. Frames hold texts, "" is empty.

    scores (participant, course, visit, date, then a column for each scale), scales (SCALE_COLUMNS; none for a built-in scale)
    columns {role: heading} of SCORE_ROLES; unused: headings
    unread (row, column, text)   cells that are neither a number nor a word for "not done"
    unknown (row, column, text)  participants or visits the samples do not have; their scores are left out
    twice (row, participant, visit, column)  cells that another row of the participant and visit contradicts: left empty
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
    """`draft_scores` of the table of a file with most scores of the participants. Raises NotReadable, and ValueError as
    `draft_scores`."""
    drafts = [draft_scores(table, participants, visits, answers) for table in read_list(path)]
    return max(drafts, key=lambda each: len(each.scores))


def draft_scores(
    table: ListTable, participants: Mapping[str, str], visits: Mapping[str, str], answers: Mapping[str, str]
) -> ScoreDraft:
    """The ScoreDraft of a table; `participants` and `visits` {as written: name in the sheets} of the samples, {} where there are
    none: then names of the file are made legal.

    Questions: scores.ROLE (of SCORE_ROLES), scores.date_order, scores.scale (the name of scores that stand under visits alone),
    scores.SCALE.minimum, scores.SCALE.maximum, scores.SCALE.worse (higher, lower, no score). Raises ValueError (one sentence) for
    an answer that cannot be.
    """
    given = given_columns(table, "scores", SCORE_ROLES, answers)
    person_of, visit_of = Names(participants).of, Names(visits, study_day).of
    claimed = {heading: dict(_claims(heading, table.frame[heading], person_of, visit_of)) for heading in table.frame}
    if not any("score" in each for each in claimed.values()) and "score" not in given:
        for each in claimed.values():
            each.pop("value", None)
    columns, _, doubtful = assign(claimed, SCORE_ROLES, given)
    asked = [
        Question(
            f"scores.{role}", f"Which column is {_ASKED[role]}?", (*headings, NONE), headings[0], "several could be"
        )
        for role, headings in doubtful.items()
    ]
    cells, used, more = _cells(table, columns, visit_of, answers)
    asked += more
    frame, more = _dated(cells, answers)
    asked += more
    return _draft(
        table, frame, columns, used, (person_of, visit_of), (bool(participants), bool(visits)), asked, answers
    )


def _claims(heading, column, person_of, visit_of):
    """(role, (points, evidence)) of the roles a column could have."""
    values = [value for value in column if value]
    if not values:
        return
    people = sum(person_of(value) is not None for value in values) / len(values)
    seen = sum(visit_of(value) is not None for value in values) / len(values)
    dates = sum(map(is_date, values)) / len(values)
    if people >= 0.5 or says("participant", heading):
        yield "participant", (3 + 3 * people + says("participant", heading) / 2, "")
    likely = sum(map(is_visit, values)) / len(values)
    if (seen >= 0.5 and people < 0.5) or likely >= 0.8 or says("visit", heading) == EXACT:
        yield "visit", (3 + 2 * seen + likely + says("visit", heading) / 2, "")
    if dates >= 0.8 and not all(value.isdigit() for value in values):
        yield "date", (3 + says("date", heading), "")
    if says("score", heading) and share_of_numbers(values) < 0.5:
        yield "score", (3 + says("score", heading), "")
    if says("value", heading) and share_of_numbers(values) >= 0.5:
        yield "value", (3 + says("value", heading), "")


def _cells(table, columns, visit_of, answers):
    """(frame row, participant, visit, date, heading, text – one row a score; headings used; [Question])."""
    frame, asked, used = table.frame, [], []
    base = {role: frame[columns[role]] if role in columns else pd.Series("", frame.index) for role in SCORE_ROLES}
    if "score" in columns and "value" in columns:
        whole = pd.DataFrame({"heading": base["score"], "text": base["value"], **{r: base[r] for r in SCORE_ROLES[:3]}})
        return whole, [], []
    parts = []
    free = [each for each in frame if each not in columns.values() and _holds_scores(each, frame[each])]
    for heading in free:
        name, visit = heading, base["visit"]
        if "visit" not in columns:
            name, found = _of_heading(heading, visit_of)
            if not found:
                continue
            visit = found
            if not name:
                name, question = _called(table, answers)
                asked += question
        used.append(heading)
        parts.append(
            pd.DataFrame(
                {
                    "heading": name,
                    "text": frame[heading],
                    "participant": base["participant"],
                    "visit": visit,
                    "date": base["date"],
                },
                index=frame.index,
            )
        )
    empty = pd.DataFrame(columns=["heading", "text", "participant", "visit", "date"])
    return (pd.concat(parts) if parts else empty), used, list({each.key: each for each in asked}.values())


def _holds_scores(heading, column):
    return share_of_numbers(column) >= 0.5 and not any(
        says(role, heading) == EXACT for role in ("age", "sex", "participant")
    )


def _of_heading(heading, visit_of):
    """(name of the score, visit) of a heading that holds both in either order; ("", visit) for a visit alone."""
    parts = [each for each in re.split(r"[\s_|:,;()\[\]]+", heading) if each]
    for length in range(len(parts), 0, -1):
        for visit, name in ((parts[-length:], parts[:-length]), (parts[:length], parts[length:])):
            text = " ".join(visit)
            if visit_of(text) is not None or is_visit(text):
                return " ".join(name), text
    return heading, ""


def _called(table, answers):
    """(what scores are called whose headings are visits alone, [Question])."""
    if answers.get("scores.scale"):
        return answers["scores.scale"], []
    name = table.tab if table.tab and not _PLAIN_TABS.fullmatch(table.tab) else table.file.rsplit(".", 1)[0]
    why = "the headings are visits and name no score"
    return name, [Question("scores.scale", "What is the score called?", (), name, why)]


def _dated(cells, answers):
    if cells.empty:
        return cells, []
    rows, _, asked = with_dates(cells, answers, "scores")
    return rows, asked


def _draft(table, cells, columns, used, lookups, known, asked, answers):
    people, seen = (
        {text: lookup(text) for text in dict.fromkeys(cells[role]) if text}
        if given
        else legal_ids(cells[role], dots=role == "visit").ids
        for role, lookup, given in zip(("participant", "visit"), lookups, known, strict=True)
    )
    unknown = {
        (str(row), role, text): None
        for role, names in (("participant", people), ("visit", seen))
        for row, text in cells[role].items()
        if names.get(text) is None and (text or role == "participant")
    }
    scales, built_in = _scales(cells)
    scales = {heading: scale for heading, scale in scales.items() if answers.get(f"scores.{scale}.worse") != NO_SCORE}
    found, dates, unread = _collected(cells, people, seen, scales)
    order = list(dict.fromkeys(scales.values()))
    scores = [
        (key[0], "", key[1], _single(dates.get(key, {})), *(_single(own.get(scale, {})) for scale in order))
        for key, own in found.items()
    ]
    drafted, more = _scale_rows(scores, order, built_in, scales, answers)
    taken = {*columns.values(), *used}
    return ScoreDraft(
        scores=_frame(scores, ("participant", "course", "visit", "date", *order)),
        scales=_frame(drafted, SCALE_COLUMNS),
        columns=columns,
        unused=tuple(each for each in table.frame if each not in taken),
        unread=_frame(unread, ("row", "column", "text")),
        unknown=_frame(list(unknown), ("row", "column", "text")),
        twice=_frame(_contradicted(found), ("row", "participant", "visit", "column")),
        questions=tuple(asked + more),
    )


def _collected(cells, people, seen, scales):
    """({(participant, visit): {scale: {value: rows}}}, {(participant, visit): {date: rows}}, [(row, column, text) not read])."""
    found: dict[tuple[str, str], dict[str, dict[str, list[str]]]] = {}
    dates: dict[tuple[str, str], dict[str, list[str]]] = {}
    unread = []
    for row, cell in zip(map(str, cells.index), cells.to_dict("records"), strict=True):
        key, text = (people.get(cell["participant"]), seen.get(cell["visit"])), cell["text"]
        if None in key or cell["heading"] not in scales:
            continue
        own = found.setdefault(key, {})
        if cell["date"]:
            dates.setdefault(key, {}).setdefault(cell["date"], []).append(row)
        if value := number(text):
            own.setdefault(scales[cell["heading"]], {}).setdefault(value, []).append(row)
        elif not is_missing(text):
            unread.append((row, cell["heading"], text))
    return found, dates, unread


def _contradicted(found):
    """(row, participant, visit, scale) of values that other rows contradict."""
    return [
        (row, *key, scale)
        for key, own in found.items()
        for scale, values in own.items()
        if len(values) > 1
        for rows in values.values()
        for row in rows
    ]


def _single(values):
    return next(iter(values)) if len(values) == 1 else ""


def _scales(cells):
    """({heading: name of its scale}, names of the built-in scales among them)."""
    known = scale_rules.by_name([])
    called = {words_of(text): name for name, scale in known.items() for text in (name, scale["label"])}
    headings = list(dict.fromkeys(each for each in cells["heading"] if each))
    own = legal_ids([each for each in headings if words_of(each) not in called]).ids
    return {each: called.get(words_of(each)) or own[each] for each in headings}, set(known)


def _scale_rows(scores, order, built_in, headings, answers):
    """(rows by SCALE_COLUMNS of the scales that are not built in, [Question])."""
    rows, asked = [], []
    labels = {scale: heading for heading, scale in reversed(headings.items())}
    for place, scale in enumerate(order, 4):
        if scale in built_in:
            continue
        numbers = [each[place] for each in scores if each[place]]
        drafted = drafted_range(numbers)
        shown = (
            f"{len(numbers)} values from {min(numbers, key=float)} to {max(numbers, key=float)}"
            if numbers
            else "no value"
        )
        bounds = {}
        for bound in ("minimum", "maximum"):
            key = f"scores.{scale}.{bound}"
            bounds[bound] = number(answers.get(key, "")) or getattr(drafted, bound)
            if answers.get(key) and not number(answers[key]):
                raise ValueError(f'{key}: "{answers[key]}" is no number')
            if key not in answers:
                text = f"What is the {'lowest' if bound == 'minimum' else 'highest'} possible value of {labels[scale]}?"
                asked.append(Question(key, text, (), bounds[bound], shown))
        worse = answers.get(f"scores.{scale}.worse", "")
        if worse and worse not in DIRECTIONS:
            raise ValueError(f'scores.{scale}.worse: "{worse}" is none of {", ".join((*DIRECTIONS, NO_SCORE))}')
        if not worse:
            text = f"Which values of {labels[scale]} are worse?"
            asked.append(Question(f"scores.{scale}.worse", text, (*DIRECTIONS, NO_SCORE), None, shown))
        rows.append((scale, labels[scale], bounds["minimum"], bounds["maximum"], drafted.step, worse, "", "", ""))
    return rows, asked


def _frame(rows, columns):
    return pd.DataFrame(rows, columns=list(columns), dtype=object)
