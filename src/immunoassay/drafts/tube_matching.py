"""Which names on the plates the rows of a list mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
from immunoassay.drafts.plate_runs import Runs, caseless
from immunoassay.study.similar_names import folded

NOT_SAMPLES = ("standard", "control", "blank")

# Names that instruments and kits give by themselves: on another plate they mean another tube.
_GENERIC = re.compile(
    r"(?:samples?|unknowns?|unkn?|un|spl|smp|proben?|[eé]chantillon|muestra|wells?|s|p|u|x)?[\W_]*\d*(?:[:.]\d+)?|1[:/]\d+",
    re.I,
)

Place = tuple[str, str]  # plate, name as written on it


@dataclass
class Matches:
    """`places` {row of the list: [Place]}, none for rows that name nothing; `reasons` {row: code why}; `wells` [(row, plate,
    well)] where the list names wells without a name of their own; `respelled` [(plate, name, label)]; `several` rows whose
    generic label is on several plates; `earlier` rows whose run is of an earlier delivery; `near` {row: a name on a plate that
    no row means and that looks like its label}."""

    places: dict[int, list[Place]] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    wells: list[tuple[int, str, str]] = field(default_factory=list)
    respelled: list[tuple[str, str, str]] = field(default_factory=list)
    several: list[int] = field(default_factory=list)
    earlier: list[int] = field(default_factory=list)
    near: dict[int, str] = field(default_factory=dict)


def is_generic(name: str) -> bool:
    """Whether a name is one that instruments give by themselves (`Sample 1`, `SPL1:2`, `Unknown5`, `1/100`, `P3`)."""
    return _GENERIC.fullmatch(name.strip()) is not None


class Plates:
    """The names on the plates; `written` as sample_lists.WRITTEN; `runs` are what the runs of a list mean; `earlier` is a
    frame of plates that the study has (plate, batch, file, plate_in_file)."""

    def __init__(
        self, written: pd.DataFrame, runs: Mapping[str, str] | None = None, earlier: pd.DataFrame | None = None
    ) -> None:
        self.runs = Runs(written, runs)
        self.earlier = Runs(written.iloc[:0] if earlier is None else earlier, runs)
        self.all = tuple(dict.fromkeys(written["plate"]))
        self.roles: dict[Place, set[str]] = {}
        self.wells: dict[Place, list[str]] = {}
        self.numbers: dict[Place, int] = {}
        self._names: dict[str, tuple[dict[str, list[str]], ...]] = {plate: ({}, {}, {}) for plate in self.all}
        self._at: dict[Place, str] = {}
        for row in written.to_dict("records"):
            place = (row["plate"], row["name"])
            wells = str(row.get("wells", "") or "").split()
            self._at |= {(row["plate"], well): row["name"] for well in wells}
            if not row["name"]:
                continue
            if place not in self.roles:
                for tier, key in zip(self._names[row["plate"]], _keys(row["name"]), strict=True):
                    tier.setdefault(key, []).append(row["name"])
            self.roles.setdefault(place, set()).add(row["role"])
            self.wells.setdefault(place, []).extend(wells)
            self.numbers[place] = self.numbers.get(place, 0) + int(row["n"])

    def name(self, plate: str, label: str) -> str:
        """The name on a plate that a label means: as written, else in another case, else with other spaces, dashes and zeros
        where only one name differs so; "" for none."""
        for tier, key in zip(self._names[plate], _keys(label), strict=True):
            if len(tier.get(key, ())) == 1:
                return tier[key][0]
        return ""

    def at(self, plate: str, well: str) -> str | None:
        """The name of a well ("" where it has none), None where the plate has no such well."""
        return self._at.get((plate, well))


def _keys(name):
    return name, caseless(name), folded(name)


def match(rows: pd.DataFrame, plates: Plates, answers: Mapping[str, str]) -> Matches:
    """The Matches of the rows of a list (sample_lists.by_role), by the place of each row.

    A row without a run is looked for on every plate. A generic label on several plates is matched only where
    `samples.several_plates` is answered with `same`.
    """
    found = Matches()
    for at, row in enumerate(rows.to_dict("records")):
        stated = bool(row["run"] or row["plate"])
        where = plates.runs.plates(row["run"], row["plate"]) if stated else plates.all
        if not (row["label"] or row["well"] or row["tube"]):
            found.reasons[at] = "empty"
        elif not where and plates.earlier.plates(row["run"], row["plate"]):
            found.earlier.append(at)
        elif not where:
            found.reasons[at] = "no_run" if stated else "not_on_plate"
        else:
            _match_row(at, row, where, plates, found, answers.get("samples.several_plates"))
    _drop_contradicted(rows, plates, found)
    _look_alike(rows, plates, found)
    return found


def _match_row(at, row, where, plates, found, several):
    well = _well(row["well"])
    hits: list[Place] = []
    for plate in where:
        name = plates.name(plate, row["label"]) if row["label"] else ""
        if not name and well and not row["label"] and len(where) == 1:
            name = plates.at(plate, well)
            if name is None:
                continue
            if not name or len(set(plates.wells[(plate, name)])) > 1:
                found.wells.append((at, plate, well))
                continue
        if name:
            hits.append((plate, name))
    if len(hits) > 1 and is_generic(row["label"]) and several != "same":
        found.several.append(at)
        found.reasons[at] = "several_plates"
    elif hits:
        found.places[at] = hits
        found.respelled += [
            (plate, name, row["label"]) for plate, name in hits if row["label"] and name != row["label"]
        ]
    elif not any(each[0] == at for each in found.wells[-1:]):
        found.reasons[at] = "not_on_plate"


def _well(text):
    found = re.fullmatch(r"([A-Pa-p])0?(\d{1,2})", text)
    return f"{found[1].upper()}{int(found[2]):02d}" if found else ""


def _drop_contradicted(rows, plates, found):
    """A name on a plate that rows give to different tubes belongs to none of them, unless they say in which wells."""
    owners: dict[Place, dict[tuple, list[int]]] = {}
    keys = tube_keys(rows)
    for at, places in found.places.items():
        for place in places:
            owners.setdefault(place, {}).setdefault(keys[at], []).append(at)
    for place, own in owners.items():
        if len(own) > 1:
            for at in (each for some in own.values() for each in some):
                found.places[at] = [each for each in found.places[at] if each != place]
                well = _well(rows["well"].iloc[at])
                if plates.at(place[0], well) == place[1]:
                    found.wells.append((at, place[0], well))
                else:
                    found.reasons[at] = "contradicted"
    found.places = {at: places for at, places in found.places.items() if places}
    for at in (*found.places, *(at for at, _, _ in found.wells)):
        found.reasons.pop(at, None)


def _look_alike(rows, plates, found):
    """Names that no row means, beside the rows whose label would be theirs if O were 0, I or l were 1."""
    meant = {place for places in found.places.values() for place in places}
    free: dict[str, set[str]] = {}
    for plate, name in plates.roles:
        if (plate, name) not in meant:
            free.setdefault(_shape(name), set()).add(name)
    for at in (at for at, reason in found.reasons.items() if reason == "not_on_plate"):
        label = rows["label"].iloc[at]
        if label and len(alike := free.get(_shape(label), set())) == 1:
            found.near[at] = min(alike)


def _shape(name):
    return caseless(name).translate(str.maketrans("oil", "011"))


def tube_keys(rows: pd.DataFrame) -> list[tuple[str, ...]]:
    """What makes each row's tube: its barcode, else label, participant, visit and date together; of a generic label that says no
    more also the plate, and without a label the well."""
    return [_tube_key(row) for row in rows.to_dict("records")]


def _tube_key(row):
    if row["tube"]:
        return (row["tube"],)
    own = (row["label"], row["participant"], row["visit"], row["date"])
    if not row["label"]:
        return "", *own, row["run"], row["plate"], row["well"]
    return ("", *own) if any(own[1:]) or not is_generic(row["label"]) else ("", *own, row["run"], row["plate"])
