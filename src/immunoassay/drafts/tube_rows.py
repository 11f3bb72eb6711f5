"""Rows of the sheets names and samples for tubes that were found on plates."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd
from immunoassay.drafts.people_rows import Contradiction, one_of_each
from immunoassay.drafts.tube_matching import NOT_SAMPLES, Matches, Place, Plates, is_generic, tube_keys
from immunoassay.study.legal_names import legal_ids

NAME_COLUMNS = ("scope", "name", "role", "sample_id", "level", "dilution", "seen")
SAMPLE_COLUMNS = (
    *("sample_id", "participant", "course", "visit", "collection_date", "specimen", "freeze_thaw", "comment"),
)
IGNORE, SAMPLE = "ignore", "sample"  # roles, and what `samples.unlisted` can be answered with

_EVERYWHERE = "*"


@dataclass(frozen=True)
class Overruled:
    """A row of a list (by its place) that names a well which the export calls a standard, control or blank."""

    at: int
    plate: str
    name: str
    role: str


def overrule(plates: Plates, found: Matches, list_decides: bool) -> list[Overruled]:
    """The Overruled of some Matches; unless the list decides, they name no sample and are taken out of the Matches."""
    overruled = [
        Overruled(at, *place, next(role for role in NOT_SAMPLES if role in plates.roles[place]))
        for at, places in sorted(found.places.items())
        for place in places
        if plates.roles[place] & set(NOT_SAMPLES)
    ]
    if not list_decides:
        for each in overruled:
            found.places[each.at] = [place for place in found.places[each.at] if place != (each.plate, each.name)]
            if not found.places[each.at]:
                del found.places[each.at]
                found.reasons[each.at] = "overruled"
    return overruled


def tube_ids(
    rows: pd.DataFrame, found: Matches, taken: Collection[str] = ()
) -> tuple[dict[int, str], list[tuple[str, str, str]]]:
    """({place of a row that names something: sample_id}, [("sample_id", as written, id)] of those that differ).

    A tube without a barcode has its label; where several tubes have that label, the plate goes before it, and so where
    instruments give it by themselves and a tube of the study (`taken`) has it.
    """
    plate = {at: plate for at, plate, _ in found.wells} | {at: places[0][0] for at, places in found.places.items()}
    keys, records = tube_keys(rows), rows.to_dict("records")
    labels: dict[str, set[tuple[str, ...]]] = {}
    for at in plate:
        labels.setdefault(records[at]["label"], set()).add(keys[at])
    text_of: dict[tuple[str, ...], str] = {}
    for at in sorted(plate):
        row = records[at]
        text = row["tube"] or row["label"] or row["well"]
        generic = is_generic(row["label"]) and _id_of(row["label"]) in taken
        if not row["tube"] and (not row["label"] or len(labels[row["label"]]) > 1 or generic):
            text = f"{plate[at]}-{text}"
        if keys[at] not in text_of:
            again = sum(each == text or each.startswith(f"{text} #") for each in text_of.values())
            text_of[keys[at]] = f"{text} #{again + 1}" if again else text
    ids = legal_ids(text_of.values(), taken=taken).ids
    renamed = [("sample_id", text, id_) for text, id_ in ids.items() if text != id_]
    return {at: ids[text_of[keys[at]]] for at in sorted(plate)}, renamed


def sample_rows(
    rows: pd.DataFrame, participants: Mapping[str, str], visits: Mapping[str, str]
) -> tuple[list[tuple[str, ...]], list[Contradiction]]:
    """(rows by SAMPLE_COLUMNS, contradictions) of the rows of a list that have a sample_id; a tube is one row."""
    rows = rows.assign(
        participant=[participants.get(each, "") for each in rows["participant"]],
        visit=[visits.get(each, "") for each in rows["visit"]],
    )
    samples: list[tuple[str, ...]] = []
    contradictions: list[Contradiction] = []
    for sample_id, own in rows.groupby("sample_id", sort=False):
        cells, found = one_of_each(str(sample_id), own, ("participant", "visit", "date", "specimen", "freeze_thaw"))
        contradictions += found
        comment = "; ".join(dict.fromkeys(each for each in own["comment"] if each))
        samples.append((
            str(sample_id), cells["participant"], "", cells["visit"], cells["date"], cells["specimen"],
            cells["freeze_thaw"], comment,
        ))  # fmt: skip
    return samples, contradictions


def name_rows(rows: pd.DataFrame, plates: Plates, found: Matches, ids: Mapping[int, str]) -> dict[tuple[str, str], int]:
    """{(scope, name): place of the row of the list} in the order of the plates.

    The scope is the plate; `*` where the list states no run and means the name wherever it is written.
    """
    everywhere: dict[str, set[str]] = {}
    for plate, name in plates.roles:
        everywhere.setdefault(name, set()).add(plate)
    chosen: dict[tuple[str, str], int] = {}
    records = rows.to_dict("records")
    for at, places in found.places.items():
        stated = records[at]["run"] or records[at]["plate"]
        for plate, name in places:
            whole = not stated and {each for each, other in places if other == name} == everywhere[name]
            chosen.setdefault((_EVERYWHERE if whole else plate, name), at)
    order = {plate: at for at, plate in enumerate((*plates.all, _EVERYWHERE))}
    return dict(sorted(chosen.items(), key=lambda each: order[each[0][0]]))


def name_row(plates: Plates, scope: str, name: str, role: str, sample_id: str) -> tuple[str, ...]:
    """A row by NAME_COLUMNS, with the wells where the name was seen."""
    places = [(scope, name)] if scope != _EVERYWHERE else [place for place in plates.roles if place[1] == name]
    number, wells = sum(plates.numbers[each] for each in places), " ".join(plates.wells[places[0]])
    seen = f"{number} well{'' if number == 1 else 's'}"
    if len(places) > 1:
        seen += f" on {len(places)} plates"
    return scope, name, role, sample_id, "", "", wells if wells and len(places) == 1 else seen


def unlisted_names(plates: Plates, found: Matches, overruled: Iterable[Overruled]) -> list[Place]:
    """The (plate, name) of samples, or of names without a role, that no row of the list names."""
    named = {place for places in found.places.values() for place in places} | {(e.plate, e.name) for e in overruled}
    named |= {(plate, plates.at(plate, well) or "") for _, plate, well in found.wells}
    return [place for place, roles in plates.roles.items() if place not in named and not roles & set(NOT_SAMPLES)]


def other_rows(
    plates: Plates, unlisted: list[Place], role: str, listed: Iterable[str], taken: Collection[str] = ()
) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """(rows by NAME_COLUMNS, rows by SAMPLE_COLUMNS) of the unlisted names: ignored, or tubes of nobody.

    `listed` are the tubes of the list, `taken` those of the study.
    """
    if role == IGNORE:
        return [name_row(plates, plate, name, IGNORE, "") for plate, name in unlisted], []
    several = {name for at, (_, name) in enumerate(unlisted) if name in {other for _, other in unlisted[:at]}}
    several |= {name for _, name in unlisted if _id_of(name) in taken}
    own = {each: f"{each[0]}-{each[1]}" if is_generic(each[1]) and each[1] in several else each[1] for each in unlisted}
    ids = legal_ids([*listed, *own.values()], taken=taken).ids
    names = [name_row(plates, *place, SAMPLE, ids[own[place]]) for place in unlisted]
    new = [each for each in dict.fromkeys(ids[text] for text in own.values()) if each not in set(listed)]
    return names, [(each, *[""] * (len(SAMPLE_COLUMNS) - 1)) for each in new]


def _id_of(name):
    return legal_ids([name]).ids.get(name)
