"""Rows of the sheets names, samples, participants and visits, from a list of samples and the names written in exports."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
from immunoassay.drafts.list_tables import ListTable, read_list
from immunoassay.drafts.people_rows import PARTICIPANT_COLUMNS, participant_spellings, people_of
from immunoassay.drafts.plate_runs import Runs, caseless
from immunoassay.drafts.questions import CLOSED, Question
from immunoassay.drafts.sample_lists import NONE, ROLES, Recognised, best_table, by_role, recognise
from immunoassay.drafts.sample_visits import with_dates, with_participants_and_visits
from immunoassay.drafts.tube_matching import NOT_SAMPLES, Plates, is_generic, match
from immunoassay.drafts.tube_rows import (
    IGNORE,
    NAME_COLUMNS,
    SAMPLE,
    SAMPLE_COLUMNS,
    name_row,
    name_rows,
    other_rows,
    overrule,
    sample_rows,
    tube_ids,
    unlisted_names,
)
from immunoassay.drafts.visit_names import draft_visits
from immunoassay.files import texts
from immunoassay.problems import few
from immunoassay.study.legal_names import plain_name
from immunoassay.study.members import Rows

MOST_RUNS = 12  # runs of a list that are asked about where none of them is a run of the exports
LAYOUT_COLUMNS = ("plate", "well", "role", "sample_id")
SOURCE_COLUMNS = ("sheet", "row", "source")

# Why a row of a list names nothing on a plate, or is not used; codes of `unmatched`.
UNMATCHED = (
    "no_run",  # the run it names is none of the exports
    "not_on_plate",  # the label is not on the plate (or on no plate)
    "several_plates",  # a generic label (Sample 1) without a run, or of a run of several plates, is on several of them
    "contradicted",  # another row gives the same label of the same run to another tube
    "overruled",  # the export calls it standard, control or blank
    "empty",  # neither label nor tube
)


@dataclass(frozen=True)
class Before:
    """What the study has already: names of tubes, and rows of the sheets visits and plates."""

    tubes: Collection[str] = ()
    visits: Rows = field(default_factory=list)
    plates: Rows = field(default_factory=list)


NOTHING = Before()


@dataclass(frozen=True)
class SampleDraft:
    """What a list gives. Frames hold texts, "" is empty.

    names (NAME_COLUMNS), samples (SAMPLE_COLUMNS), participants (PARTICIPANT_COLUMNS) of what is on the plates
    visits (visit_names.VISIT_COLUMNS)   all that the list has of these participants
    layouts (LAYOUT_COLUMNS)   wells without a name of their own that the list names by their place
    unmatched (row, run, label, tube, reason, near)   rows of the list that name nothing on a plate; `reason` one of UNMATCHED,
        `near` a name on a plate that no row means and that looks like the label
    unlisted (plate, name, n)  samples on plates that the list does not name
    overruled (row, plate, name, role)          listed as a tube, but the export calls them standard, control or blank
    respelled (plate, name, label)              matched although spelled otherwise (case, spaces, dashes, zeros)
    contradictions (key, column, found)   a tube or participant with several values in one column: left empty
    runs {run of the list: plate}      runs called otherwise than their export
    renamed (column, written, id)      ids that differ from what is written
    left_out (row, column, what)       cells that may hold personal data or may stand in no sheet
    sources (SOURCE_COLUMNS)   where each row comes from; `row` is its key, parts joined by ` | `
    counts                     listed, earlier (of runs the study has), matched, unmatched, unlisted, overruled, tubes,
                               participants, visits, dates_unread
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
    runs: dict[str, str]
    renamed: pd.DataFrame
    left_out: pd.DataFrame
    sources: pd.DataFrame
    counts: dict[str, int]
    questions: tuple[Question, ...]
    visit_ids: dict[str, str]  # {visit as written: its name in the visits sheet}
    participant_ids: dict[str, str]  # {participant as written: its name in the participants sheet}


def draft_from_file(
    path: str | Path, written: pd.DataFrame, answers: Mapping[str, str], before: Before = NOTHING
) -> SampleDraft:
    """`draft_samples` of the table of a file that is the list. Raises NotReadable, and ValueError as `draft_samples`."""
    table, asked = best_table(read_list(path), written, answers)
    draft = draft_samples(table, written, answers, before)
    return replace(draft, questions=(*asked, *draft.questions))


def draft_samples(
    table: ListTable, written: pd.DataFrame, answers: Mapping[str, str], before: Before = NOTHING
) -> SampleDraft:
    """The SampleDraft of a list; `written` as sample_lists.WRITTEN, `before` what the study has.

    Questions: samples.ROLE, samples.hidden_rows and samples.struck_rows (use, leave), samples.fill_down (yes, no),
    samples.date_order, samples.pattern, samples.visits_from_dates (order, none), samples.several_plates (same, none),
    samples.run_is.RUN (a plate, none), samples.participant_spelling (one, apart), samples.overruled (export, list),
    samples.unlisted (ignore, sample, leave), visits.baseline, visits.order.

    Raises ValueError (one sentence) for an answer that cannot be.
    """
    recognised = recognise(table, written, answers)
    rows, asked = _used_rows(table, by_role(table, recognised), answers)
    place = f"{table.file}, tab {table.tab}" if table.tab else table.file
    return _draft(rows, recognised, written, answers, list(recognised.questions) + asked, place, before)


def draft_from_names(written: pd.DataFrame, answers: Mapping[str, str], before: Before = NOTHING) -> SampleDraft:
    """The SampleDraft without a list: every written name of a sample is its own tube; participant and visit are those of the
    pattern answered under `samples.pattern` (`none` for no pattern), a name without a match has neither. A name that instruments
    give by themselves is a tube of its plate, any other one tube wherever it is written. `recognised` is empty."""
    others = set(
        zip(*(written.loc[written["role"].isin(NOT_SAMPLES), each] for each in ("plate", "name")), strict=True)
    )
    rows: dict[tuple[str, str], None] = {}
    for plate, name in dict.fromkeys(zip(written["plate"], written["name"], strict=True)):
        if name and (plate, name) not in others:
            rows[(plate if is_generic(name) else "", name)] = None
    frame = pd.DataFrame(
        [dict.fromkeys(ROLES, "") | {"plate": plate, "label": name} for plate, name in rows],
        columns=list(ROLES),
        dtype=object,
    )
    return _draft(frame, Recognised({}, {}), written, answers, [], "", before)


def _used_rows(table, rows, answers):
    """(the rows that count, [Question]): hidden and struck ones as answered, empty cells below a name filled as answered."""
    asked = []
    for what, numbers, default in (("hidden", table.hidden, "use"), ("struck", table.struck, "leave")):
        given = answers.get(f"samples.{what}_rows")
        if numbers and given is None:
            text = "Rows of the list are hidden" if what == "hidden" else "Rows of the list are struck through"
            why = f"{len(numbers)} rows, the first is row {numbers[0]}"
            key = f"samples.{what}_rows"
            asked.append(Question(key, f"{text}: use or leave them?", CLOSED[key], default, why))
        if given == "leave":
            rows = rows[~rows.index.isin(numbers)]
    for role in ("participant", "run"):
        empty = (rows[role] == "").mean() if len(rows) else 0
        if 0.3 <= empty < 1 and rows[role].iloc[0] and answers.get("samples.fill_down") is None:
            why = f"{round(empty * len(rows))} of {len(rows)} rows have no {role}, the first row has one"
            text = "Do empty cells mean the same as the cell above?"
            asked.append(Question("samples.fill_down", text, CLOSED["samples.fill_down"], "yes", why))
        if answers.get("samples.fill_down") == "yes":
            rows = rows.assign(**{role: rows[role].replace("", None).ffill().fillna("")})
    return rows, list({each.key: each for each in asked}.values())


def _draft(rows, recognised, written, answers, asked, place, before):
    rows, left_out = _clean(rows)
    rows, dates_unread, more = with_dates(rows, answers)
    asked = asked + more
    rows, more = with_participants_and_visits(rows, answers)
    asked += more
    spelled, more = participant_spellings(rows["participant"], answers)
    asked += more
    rows = rows.assign(participant=[spelled.get(each, each) for each in rows["participant"]])
    runs, more = _runs(rows, written, before, answers)
    asked += more
    plates = Plates(written, runs, _plates_before(before))
    found = match(rows, plates, answers)
    overruled = overrule(plates, found, answers.get("samples.overruled") == "list")
    unlisted = unlisted_names(plates, found, overruled)
    asked += _questions(found, overruled, unlisted, answers, bool(found.places or more))
    ids, renamed = tube_ids(rows, found, before.tubes)
    kept = rows.iloc[list(ids)].assign(sample_id=list(ids.values()))
    people, person_ids, contradictions = people_of(kept)
    theirs = rows[rows["participant"].isin(set(kept["participant"]) - {""}) | rows["visit"].isin(kept["visit"])]
    visits = draft_visits(list(theirs["visit"]), theirs[["participant", "visit", "date"]], answers, before.visits)
    asked += visits.questions
    for column, changed in (("participant", {**spelled, **person_ids}), ("visit", visits.ids)):
        renamed += [(column, text, each) for text, each in changed.items() if text != each]
    samples, more = sample_rows(kept, person_ids, visits.ids)
    contradictions += more
    named = name_rows(rows, plates, found, ids)
    names = [name_row(plates, *key, SAMPLE, ids[at]) for key, at in named.items()]
    sources = _sources(rows, kept, {key: rows.index[at] for key, at in named.items()}, place)
    if answers.get("samples.unlisted") in (IGNORE, SAMPLE):
        more_names, more_samples = other_rows(
            plates, unlisted, answers["samples.unlisted"], list(ids.values()), before.tubes
        )
        names += more_names
        samples += more_samples
    listed = list(zip(map(str, rows.index), rows["run"], rows["label"], rows["tube"], strict=True))
    unmatched = [(*listed[at], reason, found.near.get(at, "")) for at, reason in sorted(found.reasons.items())]
    counts = {
        "listed": len(rows), "earlier": len(found.earlier), "matched": len(ids),
        "unmatched": len(unmatched), "unlisted": len(unlisted),
        "overruled": len(overruled), "tubes": len(samples), "participants": len(people), "visits": len(visits.visits),
        "dates_unread": dates_unread,
    }  # fmt: skip
    layouts = [(plate, well, SAMPLE, ids[at]) for at, plate, well in found.wells]
    return SampleDraft(
        recognised=recognised,
        names=_frame(names, NAME_COLUMNS),
        samples=_frame(samples, SAMPLE_COLUMNS),
        participants=_frame(people, PARTICIPANT_COLUMNS),
        visits=visits.visits,
        layouts=_frame(layouts, LAYOUT_COLUMNS),
        unmatched=_frame(unmatched, ("row", "run", "label", "tube", "reason", "near")),
        unlisted=_frame([(*each, str(plates.numbers[each])) for each in unlisted], ("plate", "name", "n")),
        overruled=_frame(
            [(str(rows.index[each.at]), each.plate, each.name, each.role) for each in overruled],
            ("row", "plate", "name", "role"),
        ),
        respelled=_frame(found.respelled, ("plate", "name", "label")),
        contradictions=_frame(contradictions, ("key", "column", "found")),
        runs={run: plate for run, plate in runs.items() if plates.runs.plates(plate)},
        renamed=_frame(list(dict.fromkeys(renamed)), ("column", "written", "id")),
        left_out=_frame(left_out, ("row", "column", "what")),
        sources=_frame(sources, SOURCE_COLUMNS),
        counts=counts,
        questions=tuple(asked),
        visit_ids=visits.ids,
        participant_ids={text: person_ids[each] for text, each in spelled.items() if each in person_ids},
    )


def _plates_before(before):
    columns = ("plate", "batch", "file", "plate_in_file")
    return _frame([[str(row.get(each) or "") for each in columns] for row in before.plates], columns)


def _runs(rows, written, before, answers):
    """({run of the list: plate or `none`} as answered, [Question] on runs that are called otherwise than any export): those
    that one plate is like, and all where none of the list is a run of the exports."""
    own, earlier = Runs(written), Runs(_plates_before(before))
    called = [run for run in dict.fromkeys(rows["run"]) if run]
    strange = [run for run in called if not own.plates(run) and not earlier.plates(run)]
    lost = len(strange) == len(called)
    said, asked = {}, []
    for run in strange:
        key, near = f"samples.run_is.{plain_name(run)}", own.near(run)
        if key in answers:
            said[run] = answers[key]
        elif near or (lost and len(strange) <= MOST_RUNS):
            text = f'Which plate of the exports is the run "{run}" of the list?'
            first = [f"row {at} {label}" for at, label in rows.loc[rows["run"] == run, "label"].items()]
            why = f"{len(first)} rows: {few(first, 3)}"
            asked.append(Question(key, text, (*dict.fromkeys(written["plate"]), NONE), near or NONE, why))
    return said, asked


def _frame(rows, columns):
    return pd.DataFrame(rows, columns=list(columns), dtype=object)


def _clean(rows):
    """(the rows without cells that no sheet may hold, [(row, column, what they hold)]); a specimen has one spelling."""
    left_out, columns = [], {}
    spelling: dict[str, str] = {}
    for column in ("participant", "visit", "specimen", "freeze_thaw", "comment", "group"):
        kept = []
        for number, text in rows[column].items():
            what = _not_allowed(column, text) if text else None
            if what:
                left_out.append((str(number), column, what))
            kept.append("" if what else spelling.setdefault(caseless(text), text) if column == "specimen" else text)
        columns[column] = kept
    columns["freeze_thaw"] = [re.sub(r"\D.*", "", text) for text in columns["freeze_thaw"]]
    return rows.assign(**columns), left_out


def _not_allowed(column, text):
    if column == "freeze_thaw":
        return None if re.fullmatch(r"\d+(?:\.0)? ?x?", text) else "no whole number"
    fault = texts.fault(text)
    return texts.personal(text, code=column == "participant") or (fault[1] if fault else None)


def _questions(found, overruled, unlisted, answers, named):
    """What is asked about names on plates; `named` is whether the list names some of them, or will."""
    if found.several:
        yield Question(
            "samples.several_plates", "Does a name that instruments give by themselves mean the same tube on several plates?",
            CLOSED["samples.several_plates"], None,
            f"{len(found.several)} rows of the list name no plate, or a run of several plates",
        )  # fmt: skip
    if overruled and "samples.overruled" not in answers:
        shown = few(list(dict.fromkeys(f"{each.name} ({each.role})" for each in overruled)))
        yield Question(
            "samples.overruled", "The export calls listed tubes standards, controls or blanks: which is right?",
            CLOSED["samples.overruled"], "export", f"{len(overruled)} of them: {shown}",
        )  # fmt: skip
    if unlisted and "samples.unlisted" not in answers:
        shown = few(list(dict.fromkeys(name for _, name in unlisted)))
        yield Question(
            "samples.unlisted",
            "Names on plates that the list does not have: ignore them, or are they tubes of their own (sample)? "
            "leave: no row yet, and the study stops until each has one",
            CLOSED["samples.unlisted"], IGNORE if named else None, f"{len(unlisted)} names: {shown}",
        )  # fmt: skip


def _sources(rows, kept, named, place):
    """(sheet, key, where it comes from) of the drafted rows."""

    def source(number):
        return f"{place}, row {number}" if place else "names in the exports"

    first: dict[tuple[str, str], object] = {}
    for (scope, name), number in named.items():
        first[("names", f"{scope} | {name}")] = number
    for column, sheet in (("sample_id", "samples"), ("participant", "participants"), ("visit", "visits")):
        for number, key in kept[column].items():
            if key:
                first.setdefault((sheet, key), number)
    return [(sheet, key, source(number)) for (sheet, key), number in first.items()]
