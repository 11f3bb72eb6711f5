"""The draft of a study, or of what a delivery adds to one: every sheet as far as exports and lists say, and what to ask.

`draft_study` is called again with more answers until no question is open. A row whose key the sheets hold already is
never drafted, so nothing that is there changes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from immunoassay.drafts import (
    export_names,
    filled_layouts,
    kit_sheets,
    lab_layouts,
    people_lists,
    sample_rows,
    score_lists,
    table_columns,
)
from immunoassay.drafts.draft import Draft, Known, Lists, key
from immunoassay.drafts.found import Found, plates_of
from immunoassay.drafts.known_people import as_known
from immunoassay.drafts.lab_layouts import LabLayout
from immunoassay.drafts.layout_grids import layout_grid
from immunoassay.drafts.list_tables import read_list
from immunoassay.drafts.sample_notes import sample_notes
from immunoassay.drafts.sample_rows import SampleDraft
from immunoassay.drafts.scanned import Scanned
from immunoassay.problems import few, visible
from immunoassay.study.cell_values import MISSING_WORDS
from immunoassay.study.legal_names import plain_name, sayable

BY_NAME = ["blank", "control"]  # roles that a list of tubes contradicts where only the name gives them away


def draft_study(
    known: Known,
    files: Sequence[Scanned],
    layouts: Sequence[LabLayout],
    lists: Lists,
    answers: Mapping[str, str],
) -> Draft:
    """The Draft of files that were scanned, layouts that lie beside them, and lists.

    Raises NotReadable for a list that cannot be opened.
    """
    draft = Draft(known, answers)
    listed = _texts_of(lists.samples)
    tables = table_columns.read_by_answers(draft, files)
    draft.files, draft.columns_open = tables.files, tables.open
    plates = plates_of(tables.files, known.rows("plates"))
    kit_sheets.draft_kits(draft, plates)
    plates_once = [plate for plate in plates if not plate.copy_of]
    names = _sayable(draft, export_names.guessed(export_names.written_names(plates_once)))
    names, laid_out = _lab_layouts(draft, layouts, plates_once, names, listed)
    names = pd.concat([each for each in (names, filled_layouts.unexplained(known)) if len(each)] or [names])
    kit_sheets.draft_sheets(draft, names[names["role"] == "standard"])
    table_columns.draft_columns(draft, tables, plates)
    tubes = _people(draft, names, lists, listed)
    _roles_by_name(draft, names)
    laid_out |= _layouts_of_list(draft, tubes, laid_out)
    laid_out |= _grids_to_fill(draft, plates_once, laid_out)
    _plates(draft, laid_out)
    if lists.scores:
        _scores(draft, lists.scores, tubes)
    return draft


# --- layouts ---------------------------------------------------------------------------------------------------------


def _lab_layouts(draft, layouts, plates, names, listed):
    """(names, with those of the layouts in place of the exports'; {plate: path of its layout}).

    A layout keeps the names that the export has where the laboratory's list goes by these.
    """
    paths: dict[str, str] = {}
    for layout in layouts:
        file = Path(layout.file).name
        fit = [plate for plate in lab_layouts.fitting(layout, plates) if plate.plate not in paths]
        if not fit:
            draft.notes.append(f"{file}: a layout of no plate here")
            continue
        choices = ("none", *(plate.plate for plate in fit))
        why = f"{len(layout.names)} names by well: {few(list(layout.names.values()), 4)}"
        likely = lab_layouts.likely(layout, fit)
        answer = draft.ask(f"layout.{plain_name(file)}", f"plate that {file} is the layout of", likely, why, choices)
        for plate in (each for each in fit if each.plate == answer):
            own = set(plate.first["sample"].dropna())
            by_export = len(own & listed) > len(set(layout.names.values()) & listed)
            rows = lab_layouts.rows(layout, plate, by_export)
            paths[plate.plate] = path = f"config/layouts/{plate.plate}.tsv"
            draft.layouts[path] = rows
            draft.sources.append({"sheet": path, "row": "*", "source": layout.file})
            theirs = lab_layouts.names(layout, plate, rows, by_export)
            names = pd.concat([names[names["plate"] != plate.plate], theirs], ignore_index=True)
    return names, paths


def _layouts_of_list(draft: Draft, tubes: SampleDraft, laid_out: Mapping[str, str]) -> dict[str, str]:
    """{plate: path} of layouts for wells without a name that the list names by their place."""
    paths = {}
    for plate, rows in tubes.layouts.groupby("plate", sort=False):
        if plate not in laid_out:
            paths[str(plate)] = path = f"config/layouts/{plate}.tsv"
            draft.layouts[path] = rows.to_dict("records")
            draft.sources.append({"sheet": path, "row": "*", "source": "the list, by well"})
    return paths


def _grids_to_fill(draft: Draft, plates: Sequence[Found], laid_out: Mapping[str, str]) -> dict[str, str]:
    """{plate: path} of the layouts of plates that name nothing, to be filled."""
    paths: dict[str, str] = {}
    unnamed: dict[str, int] = {}
    for plate in plates:
        if plate.wells is None or plate.plate in laid_out or not plate.nameless.any():
            continue
        if not plate.nameless.equals(plate.first["signal"].notna()):
            unnamed[plate.plate] = int(plate.nameless.sum())
            continue
        paths[plate.plate] = path = f"config/layouts/{plate.plate}.tsv"
        draft.grids[path] = layout_grid(plate.first)
        draft.sources.append({"sheet": path, "row": "*", "source": "wells with a signal and no name"})
    if unnamed:
        shown = [f"{count} of {plate}" for plate, count in unnamed.items()]
        draft.notes.append(f"wells with a signal and no name are not used: {few(shown, 4)}; a layout would name them")
    if paths:
        draft.notes.append(
            f"plates without names of wells: write one for each ? of {few(list(paths.values()), 4)}; then `add` with the "
            "same exports, and with --samples where there is a list, drafts the tubes written there"
        )
    return paths


# --- names, people, plates, scores -----------------------------------------------------------------------------------


def _sayable(draft: Draft, names: pd.DataFrame) -> pd.DataFrame:
    """The names without those that say nothing (NA), or that no sheet can hold as they are written."""
    needs_row = ~(names["stated"] & names["role"].isin(["standard", *BY_NAME]))
    odd = needs_row & ~names["name"].map(lambda name: sayable(name) and name.casefold() not in MISSING_WORDS)
    if odd.any():
        shown = few([f'"{visible(name)}"' for name in dict.fromkeys(names.loc[odd, "name"])], 6)
        draft.notes.append(
            f"names that say nothing, or that no sheet can hold, left out: {shown}; a layout can say what is there"
        )
    return names[~odd]


def _people(draft: Draft, names: pd.DataFrame, lists: Lists, listed: set[str]) -> SampleDraft:
    """The SampleDraft of the list, else of the written names; its rows are drafted."""
    by_name = names["role"].isin(BY_NAME) & ~names["stated"]
    tubes = names.assign(role=names["role"].mask(by_name, "").fillna("")).drop_duplicates(["plate", "name", "role"])
    by_name = by_name[tubes.index]
    before = sample_rows.Before(
        draft.known.values("samples", "sample_id"), draft.known.rows("visits"), draft.known.rows("plates")
    )
    if lists.samples:
        own = tubes[~by_name | tubes["name"].isin(listed)]
        found = sample_rows.draft_from_file(lists.samples, own, draft.answers, before)
    else:
        found = sample_rows.draft_from_names(tubes[~by_name], draft.answers, before)
    found, notes = as_known(found, draft.known)
    draft.notes += notes
    draft.put_questions(found.questions)
    sources = {(row["sheet"], row["row"]): row["source"] for row in found.sources.to_dict("records")}
    people = found.participants.to_dict("records")
    if lists.participants:
        people = _listed_people(draft, lists.participants, people, found.participant_ids)
    rows = {name: getattr(found, name).to_dict("records") for name in ("names", "samples", "visits")}
    rows |= {"names": _scoped(draft, rows["names"], tubes), "participants": people}
    for sheet, own in rows.items():
        for row in own:
            draft.add(sheet, row, sources.get((sheet, " | ".join(key(sheet, row))), ""))
    draft.notes += [*sample_notes(found), *_between(draft)]
    return found


def _scoped(draft, rows, tubes):
    """Rows of names without those that say nothing (a name that is its own tube); what holds everywhere is said of each new
    plate of a study that has others, which are then not read again."""
    found = []
    for row in (row for row in rows if (row["name"], row["role"]) != (row["sample_id"], "sample") or row["dilution"]):
        plates = tubes.loc[tubes["name"] == row["name"], "plate"] if draft.known.rows("plates") else []
        everywhere = row["scope"] == "*" and len(plates)
        found += [{**row, "scope": plate} for plate in dict.fromkeys(plates)] if everywhere else [row]
    return found


def _between(draft):
    """A note on new visits that come before known ones, whose rows are not touched."""
    days = [row["day"] for row in draft.known.rows("visits") if row["day"] is not None]
    early = [row["visit"] for row in draft.sheets["visits"] if row["day"] and int(row["day"]) < max(days, default=0)]
    if early:
        yield f"new visits before others of the study: {', '.join(early)}; number the column order of visits anew"


def _listed_people(draft, path, people, ids):
    """Rows of participants with what their own list says of them."""
    found = people_lists.people_from_file(path, ids, draft.answers)
    draft.put_questions(found.questions)
    said = {row["participant"]: row for row in found.participants.to_dict("records")}
    if len(found.unknown):
        shown = few(list(found.unknown["text"]), 6)
        draft.notes.append(f"{path.name}: participants without a tube here, left out, {len(found.unknown)}: {shown}")
    for row in found.contradictions.to_dict("records"):
        draft.notes.append(
            f"{path.name}: {row['key']} has several values of {row['column']}: {row['found']}; left empty"
        )
    return [row | {name: value for name, value in said.get(row["participant"], {}).items() if value} for row in people]


def _roles_by_name(draft, names):
    """Rows of names for standards, controls and blanks that only their name gives away, unless a list says otherwise."""
    drafted = {key("names", row): row for row in draft.sheets["names"]}
    unstated = names[~names["stated"] & names["role"].isin(["standard", *BY_NAME])]
    for row in unstated.to_dict("records"):
        level = row["level"] if isinstance(row["level"], str) else ""
        own = {"scope": row["plate"], "name": row["name"], "role": row["role"], "level": level, "seen": row["wells"]}
        before = drafted.get((row["plate"], row["name"]))
        if before is None:
            draft.add("names", own, "by its name")
        elif before["role"] == "ignore":
            before.update(own)


def _plates(draft, layouts):
    for kit in draft.kits:
        whole = {name.casefold() for name in kit.analytes}
        for plate in kit.plates:
            part = plate.platform == "luminex" and {name.casefold() for name in plate.analytes} != whole
            row = plate.cells(kit.panel, layouts.get(plate.plate, "")) | ({"analytes": "subset"} if part else {})
            if plate.copy_of:
                row |= {"include": False, "reason": f"the same signals as plate {plate.copy_of}"}
                draft.notes.append(
                    f"{plate.plate}: set aside, as its signals are those of {plate.copy_of}: one run, exported twice"
                )
            draft.add("plates", row, plate.file)


def _scores(draft: Draft, path: Path, tubes: SampleDraft) -> None:
    people = {name: name for name in draft.known.values("participants", "participant")} | tubes.participant_ids
    visits = {name: name for name in draft.known.values("visits", "visit")} | tubes.visit_ids
    found = score_lists.scores_from_file(path, people, visits, draft.answers)
    draft.put_questions(found.questions)
    for sheet in ("scales", "scores"):
        for row in getattr(found, sheet).to_dict("records"):
            draft.add(sheet, row, path.name)
    for frame, words in (
        (found.unread, "cells that are no number"),
        (found.unknown, "participants or visits that no sample has, by row"),
        (found.twice, "cells that appear twice and differ, left empty"),
    ):
        if len(frame):
            shown = ["row " + " ".join(map(str, row)) for row in frame.itertuples(index=False)]
            draft.notes.append(f"{path.name}: {words}, {len(frame)}: {few(shown, 5)}")


def _texts_of(path):
    """Every text in the cells of a list."""
    return {text for table in read_list(path) for text in table.frame.to_numpy().ravel()} - {""} if path else set()
