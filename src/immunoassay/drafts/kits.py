"""Plates grouped into kits, and the rows of the panels and analytes sheets each kit has.

Plates of one kit hold the same analytes in the same unit. A wavelength is no name of an analyte: single reads of one
wavelength are one kit only where the standards and the names of the files agree too.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from immunoassay.drafts.found import Found
from immunoassay.study.legal_names import legal_ids, plain, sayable
from immunoassay.study.members import Cells, Rows
from immunoassay.study.similar_names import folded
from immunoassay.study.vocabulary import Units

WAVELENGTH = re.compile(r"(?:\D*[:_ -])?([2-9][0-9]{2})(?: ?nm)?", re.I)
REFERENCES = range(540, 701)  # nm: where a colour of 405 to 492 nm no longer absorbs
NO_ANALYTE = re.compile(r"blank|bsa|background|negative bead|control bead|reference|temperature|count", re.I)
PART = 2 / 3  # of the analytes of a kit, that a plate with a part of them holds
CONCENTRATION = "concentration"
UNSTATED = "AU/mL"  # arbitrary units: of standards whose unit no one has stated
STRICT, EXPLORATORY, DELIVERED = "ich_m10_lba", "multiplex_exploratory", "reported_by_laboratory"
VENDOR = "as_reported_by_vendor"


@dataclass(eq=False)
class Kit:
    """Plates of one panel; `known` is whether the sheets have the panel already, `proposed` what it was called before it was
    named."""

    panel: str
    plates: list[Found] = field(default_factory=list)
    known: bool = False
    proposed: list[str] = field(default_factory=list)

    @property
    def platform(self) -> str:
        """luminex, msd, elisa or laboratory."""
        return self.plates[0].platform

    @property
    def analytes(self) -> list[str]:
        """Every analyte of its plates as written, in the order of the exports."""
        return list(dict.fromkeys(name for plate in self.plates for name in plate.analytes))

    @property
    def one_signal(self) -> bool:
        """Whether its names are wavelengths or reads, so that only a person knows what is measured."""
        return self.platform == "elisa"

    def units(self, analyte: str) -> set[str]:
        """The units that its exports state for an analyte."""
        frames = [plate.rows.loc[plate.rows["analyte"] == analyte, "unit"] for plate in self.plates]
        return {str(unit) for frame in frames for unit in frame.dropna().unique() if str(unit).strip()}

    def control_levels(self) -> int:
        """How many control levels with an expected concentration its plates hold, where they hold fewest."""
        counts = [_stated(plate, "control")["level"].nunique() for plate in self.plates if plate.wells is not None]
        return min(counts, default=0)


def group(plates: Sequence[Found], analytes: Rows, before: Rows, moved: Mapping[str, str]) -> list[Kit]:
    """The kits of the plates, in their order.

    `analytes` and `before` are rows of the analytes and plates sheets; `moved` maps plates to panels by choice.
    """
    kits: list[Kit] = []
    taken = {row["panel"] for row in analytes}
    for plate in plates:
        kit = _chosen(plate, kits, moved) if plate.plate in moved else _of_sheets(plate, kits, analytes, before)
        kit = kit or next((each for each in kits if not each.known and _same(each, plate)), None)
        if kit is None:
            kit = Kit(_free(_kit_name(plate), taken | {each.panel for each in kits}))
        if kit not in kits:
            kits.append(kit)
        kit.plates.append(plate)
    return kits


def panel_row(kit: Kit, label: str, specimen: str, strict_levels: int) -> tuple[Cells, str]:
    """(its row of the panels sheet, why these criteria): the strict set needs `strict_levels` control levels."""
    row: Cells = {"panel": kit.panel, "label": label, "platform": kit.platform, "specimen": specimen}
    if kit.platform == "laboratory":
        return row | {"criteria_set": DELIVERED}, "a laboratory's results"
    levels = kit.control_levels()
    if levels >= strict_levels:
        return row | {"criteria_set": STRICT}, f"{levels} control levels with expected concentrations on every plate"
    why = (
        f"{levels} control levels with expected concentrations, {STRICT} needs {strict_levels} and would report nothing"
    )
    return row | {"criteria_set": EXPLORATORY}, why


def analyte_rows(kit: Kit, units: Units, facts: Mapping[str, Any], taken: set[str]) -> list[tuple[Cells, str]]:
    """(row of the analytes sheet, where its unit comes from) of every analyte of a kit, and of beads that are none.

    `facts` has analyte (of a kit of one signal), group and unit (for those whose unit no export states); `taken` are the
    names of analytes that exist already, also in the other kits. One whose name no cell can hold, or that
    differs from another in case only, is left out.
    """
    if kit.one_signal:
        return _of_signals(kit, units, facts, taken)
    rows: list[tuple[Cells, str]] = []
    for order, written in enumerate(kit.analytes, 1):
        alike = written.casefold() in {each["names_in_export"][0].casefold() for each, _ in rows}
        if alike or not sayable(written) or ";" in written:  # what parts the names of a cell
            continue
        name = _name(written, kit, taken | {row["analyte"] for row, _ in rows})
        if NO_ANALYTE.fullmatch(written):
            rows.append((_unwanted(kit, name, written), "a bead that is no analyte"))
            continue
        unit, source = stated_unit(kit, written, units, facts.get("unit"))
        rows.append((_analyte(kit, name, [written], written, order, unit, units, facts), source))
    return rows


def stated_unit(kit: Kit, analyte: str, units: Units, answered: str | None) -> tuple[str, str]:
    """(unit, where it comes from): what the exports state, else what was answered, else arbitrary units."""
    found = sorted(unit for unit in kit.units(analyte) if unit in units)
    if found and all(units.same(found[0], other) for other in found):
        return units.written(found[0]), "unit as the export states it"
    if answered:
        return answered, "unit as answered"
    return UNSTATED, f"no unit is stated: {UNSTATED} until it is written here"


def no_unit(kit: Kit, units: Units) -> bool:
    """Whether a person must say the unit of some analyte."""
    names = [name for name in kit.analytes if not NO_ANALYTE.fullmatch(name)]
    return any(not any(unit in units for unit in kit.units(name)) for name in names)


# --- details ---------------------------------------------------------------------------------------------------------


def _chosen(plate, kits, moved):
    panel = moved[plate.plate]
    return next((kit for kit in kits if kit.panel == panel), None) or Kit(panel)


def _of_sheets(plate, kits, analytes, before):
    """The kit of the one panel of the sheets that a plate can be of: by its analytes, or, where its names are only
    wavelengths, by the names of the files of earlier plates."""
    panels: dict[str, set[str]] = {}
    for row in analytes:
        panels.setdefault(row["panel"], set()).update(
            name.casefold() for name in row["names_in_export"] or (row["analyte"],)
        )
    written = {name.casefold() for name in plate.analytes}
    if plate.platform == "elisa":
        fit = {row["panel"] for row in before if _stem(row["file"]) == _stem(plate.file)}
    else:
        fit = {panel for panel, names in panels.items() if written <= names and len(written) >= PART * len(names)}
    if len(fit) != 1:
        return None
    panel = fit.pop()
    return next((kit for kit in kits if kit.panel == panel), None) or Kit(panel, known=True)


def _same(kit, plate):
    first = kit.plates[0]
    if kit.platform != plate.platform or first.family != plate.family:
        return False
    own, its = ({name.casefold() for name in each} for each in (kit.analytes, plate.analytes))
    if kit.one_signal:
        return own == its and _series(first) == _series(plate) and _stem(first.file) == _stem(plate.file)
    small, large = sorted((own, its), key=len)
    alike = own == its or (small < large and len(small) >= max(4, PART * len(large)))
    return alike and all(_agree(kit.units(name), Kit("", [plate]).units(name)) for name in plate.analytes)


def _agree(one, other):
    return not one or not other or one == other


def _series(plate):
    return tuple(sorted({float(value) for value in _stated(plate, "standard")["expected"]}))


def _stem(file):
    """The words of the name of a file without numbers, dates and words that tell runs of one assay apart."""
    words = re.split(r"[^A-Za-z]+", file.rsplit("/", 1)[-1].rsplit(".", 1)[0].casefold())
    return tuple(word for word in words if word not in ("", "plate", "run", "repeat", "rerun", "rpt", "copy", "p", "r"))


def _stated(plate, role):
    rows = plate.rows
    return rows[(rows["role"] == role) & (rows["expected"] > 0)]


def _kit_name(plate):
    name = re.sub(r"(?<=\w\w)[-_]\d+$", "", plain(plate.file.rsplit("/", 1)[-1].rsplit(".", 1)[0], "kit"))
    return name if name[0].isalpha() else f"kit-{name}"


def _free(name, taken):
    """The name, numbered where another is like it but for case, dashes and zeros."""
    alike = {folded(each) for each in taken}
    numbered = (f"{name}-{number}" for number in range(2, len(alike) + 3))
    return next(each for each in chain([name], numbered) if folded(each) not in alike)


def _name(written, kit, taken):
    """A name of the analytes sheet, unlike any other: that of the kit is added where another has it."""
    name = legal_ids([written]).ids.get(written, "analyte")
    same = folded(name) in {folded(each) for each in taken}
    return _free(f"{name}_{kit.panel}" if same else name, taken)


def _analyte(kit, name, written, label, order, unit, units, facts):
    can_be = units.quantities(unit) if unit in units else {CONCENTRATION}
    quantity = CONCENTRATION if CONCENTRATION in can_be else can_be.pop()
    return {
        "analyte": name, "panel": kit.panel, "names_in_export": written, "label": label, "group": facts["group"],
        "order": order, "quantity": quantity, "unit": unit, "use": True,
    }  # fmt: skip


def _of_signals(kit, units, facts, taken):
    """Of a reader's plate: the one analyte, its wavelength less that of a reference, and what else was read."""
    read = kit.analytes
    lengths = {name: int(match[1]) for name in read if (match := WAVELENGTH.fullmatch(name))}
    reference = [name for name, length in lengths.items() if length in REFERENCES and name != read[0]]
    if len(read) == 2 and len(reference) == 1 and read[0] in lengths:
        names, others = [f"{read[0]}-{reference[0]}"], []
    else:
        names, others = read[:1], read[1:]
    unit, source = stated_unit(kit, read[0], units, facts.get("unit"))
    name = facts["analyte"]
    rows = [(_analyte(kit, _free(name, taken), names, name, 1, unit, units, facts), source)]
    for other in others:
        used = taken | {row["analyte"] for row, _ in rows}
        rows.append((_unwanted(kit, _name(f"{name}-{other}", kit, used), other), "another read of the same wells"))
    return rows


def _unwanted(kit, name, written):
    return {"analyte": name, "panel": kit.panel, "names_in_export": [written], "use": False}
