"""The kits of a draft: their panels, analytes, materials and signed corrections, asked where no export says."""

import re
from collections.abc import Sequence
from datetime import date

import pandas as pd
from immunoassay.drafts import kit_materials, kits, lost_points
from immunoassay.drafts.draft import Draft
from immunoassay.drafts.found import Found
from immunoassay.drafts.kits import Kit
from immunoassay.drafts.questions import WrongAnswerError
from immunoassay.files.house import RESOURCES
from immunoassay.problems import few, visible
from immunoassay.study import vocabulary
from immunoassay.study.cell_values import FIRST_YEAR, ISO_DATE
from immunoassay.study.legal_names import legal_ids, plain
from immunoassay.study.members import Cells, Rows
from immunoassay.study.similar_names import folded, suggestion
from immunoassay.study.vocabulary import Units

CRITERIA = (kits.STRICT, kits.EXPLORATORY, kits.VENDOR, kits.DELIVERED)
SAME = 3  # names that plates share before they are asked about


def draft_kits(draft: Draft, plates: Sequence[Found]) -> None:
    """Group the plates into the kits of the draft, named as answered; kits of one name are one."""
    panels = draft.known.values("panels", "panel")
    moved = {plate.plate: name for plate in plates if (name := draft.answers.get(f"kit_of.{plate.plate}"))}
    moved = {plate: _panel_name(name, panels) for plate, name in moved.items()}
    found: dict[str, Kit] = {}
    for kit in kits.group(plates, draft.known.rows("analytes"), draft.known.rows("plates"), moved):
        proposed = kit.panel
        if not kit.known and kit.panel not in moved.values():
            files = few(sorted({plate.file.rsplit("/", 1)[-1] for plate in kit.plates}), 3)
            why = f"{files}: {few(kit.analytes, 6)}"
            question = f"kit.{kit.panel}"
            kit.panel = _panel_name(
                draft.ask(question, "short name of the kit", kit.panel, why) or kit.panel, {*panels, *found}
            )
            if (other := _other_kind(draft, kit, found.get(kit.panel))) and kit.panel in {*panels, *found}:
                raise WrongAnswerError(question, kit.panel, f"is another kit: {other}")
        kit.known = kit.panel in panels
        named = found.setdefault(kit.panel, Kit(kit.panel, known=kit.known))
        named.plates.extend(kit.plates)
        named.proposed.append(proposed)
    draft.kits = list(found.values())
    _ask_same_names(draft, plates)


def draft_sheets(draft: Draft, standards: pd.DataFrame) -> None:
    """Rows of panels, analytes, materials and amendments for the kits; `standards` are names of role standard."""
    units = vocabulary.units(RESOURCES["units"])
    strict_levels = vocabulary.criteria(RESOURCES[f"criteria/{kits.STRICT}"])["controls"]["min_levels"]
    taken = draft.known.values("analytes", "analyte")
    for kit in draft.kits:
        if not kit.known:
            _panel(draft, kit, strict_levels)
        own = _analytes(draft, kit, units, taken)
        _materials(draft, kit, own, standards[standards["plate"].isin([plate.plate for plate in kit.plates])])
    _say_criteria(draft)
    _lost_points(draft)


# --- details ---------------------------------------------------------------------------------------------------------


def _other_kind(draft, kit, before):
    """Why a kit cannot be one of that name, in words: of another platform, or of other analytes; "" where it can."""
    analytes = [row for row in draft.known.rows("analytes") if row["panel"] == kit.panel]
    names = {name.casefold() for row in analytes for name in row["names_in_export"] or (row["analyte"],)}
    names |= {name.casefold() for name in (before.analytes if before else ())}
    platforms = {row["platform"] for row in draft.known.rows("panels") if row["panel"] == kit.panel}
    platforms |= {before.platform} if before else set()
    if platforms - {kit.platform}:
        return f"{', '.join(platforms)}, not {kit.platform}"
    alike = kit.one_signal or not names or names & {name.casefold() for name in kit.analytes}
    return "" if alike else "none of its analytes is in this export"


def _ask_same_names(draft, plates):
    """Plates of one file with the same names and analytes could be kits that differ in what they detect."""
    contents: dict[tuple, list[Found]] = {}
    for plate in plates:
        names = frozenset(plate.first["sample"].dropna()) if plate.wells is not None else frozenset()
        if len(names) >= SAME:
            contents.setdefault((plate.file, names, frozenset(plate.analytes)), []).append(plate)
    kit_of = {plate.plate: kit.panel for kit in draft.kits for plate in kit.plates}
    for alike in contents.values():
        for plate in alike if len(alike) > 1 else ():
            others = ", ".join(each.plate for each in alike if each is not plate)
            why = f"{others}: the same names and analytes – another kit (such as IgG, IgA, IgM), or the same kit again?"
            draft.ask(f"kit_of.{plate.plate}", f"kit of plate {plate.plate}", kit_of[plate.plate], why)


def _panel(draft, kit, strict_levels):
    label = draft.ask(_key(draft, "label", kit), "name of the kit on figures", kit.panel, asked=False)
    specimen = draft.ask(_key(draft, "specimen", kit), "specimens it is validated for", "", asked=False)
    row, why = kits.panel_row(kit, label, specimen, strict_levels)
    choices = dict.fromkeys([*CRITERIA, *draft.known.values("panels", "criteria_set")])
    row["criteria_set"] = draft.ask(
        _key(draft, "criteria", kit), "acceptance criteria", row["criteria_set"], why, choices, asked=False
    )
    draft.add("panels", row, f"criteria: {why}")


def _say_criteria(draft):
    for name in CRITERIA:
        panels = [row["panel"] for row in draft.sheets["panels"] if row["criteria_set"] == name]
        why = "without enough controls of known concentration the strict set would report nothing of them"
        if panels:
            draft.notes.append(
                f"criteria {name}: {', '.join(panels)}" + (f" ({why})" if name == kits.EXPLORATORY else "")
            )


def _analytes(draft: Draft, kit: Kit, units: Units, taken: set[str]) -> Rows:
    """The rows of the analytes of a kit that count, known ones too; new ones are drafted."""
    own = [row for row in draft.known.rows("analytes") if row["panel"] == kit.panel]
    named = {name.casefold() for row in own for name in row["names_in_export"] or (row["analyte"],)}
    used = [row for row in own if row["use"]]
    if own and (kit.one_signal or all(name.casefold() in named for name in kit.analytes)):
        return used
    why = "its tests are one family, its figures stand together"
    facts = {
        "group": _group_name(
            draft.ask(_key(draft, "group", kit), f"group of the analytes of {kit.panel}", _group_name(kit.panel), why)
        )
    }
    if kit.one_signal:
        why = f"the export says {kit.analytes[0]}"
        name = draft.ask(_key(draft, "analyte", kit), f"analyte of {kit.panel}", kit.panel, why)
        facts["analyte"] = legal_ids([name or kit.panel]).ids.popitem()[1]
    if kits.no_unit(kit, units):
        facts["unit"] = _unit(draft, kit, units)
    rows = kits.analyte_rows(kit, units, facts, taken)
    written = {name for row, _ in rows for name in row["names_in_export"]}
    if not kit.one_signal and (odd := [visible(name) for name in kit.analytes if name not in written]):
        draft.notes.append(
            f"{kit.panel}: analytes whose names no sheet can hold or tell apart, left out: {few(odd, 6)}"
        )
    rows = [(row, source) for row, source in rows if row["names_in_export"][0].casefold() not in named]
    taken |= {row["analyte"] for row, _ in rows}
    for row, source in rows:
        draft.add("analytes", row, source)
    return [*used, *(row for row, _ in rows if row["use"])]


def _unit(draft, kit, units):
    unit = draft.ask(
        _key(draft, "unit", kit),
        f"unit of the standards and results of {kit.panel}",
        kits.UNSTATED,
        "the export states none",
    )
    if unit in units:
        return units.written(unit)
    near = suggestion(unit, units.spellings)
    draft.notes.append(
        f'{kit.panel}: "{unit}" is no unit of resources/units.tsv{near}; {kits.UNSTATED} is written instead'
    )
    return kits.UNSTATED


def _materials(draft: Draft, kit: Kit, analytes: Rows, standards: pd.DataFrame) -> None:
    if kit.platform == "laboratory" or not analytes:
        return
    lots = {row["kit_lot"] or "" for row in draft.known.rows("materials") if row["panel"] == kit.panel}
    rows, contradictory = kit_materials.stated(kit, analytes)
    drafted: dict[str, int] = {}
    for row, source in rows:
        if row["kit_lot"] not in lots:
            draft.add("materials", row, source)
            drafted[row["kit_lot"]] = drafted.get(row["kit_lot"], 0) + 1
    for lot, count in drafted.items():
        said = "kit lot changed:" if lots else "kit lot"
        draft.notes.append(
            f"{kit.panel}: {said} {lot}, {count} rows of materials drafted from the export; please compare with the certificate"
        )
    for lot in contradictory:
        draft.notes.append(
            f"{kit.panel}: plates of lot {lot} state different concentrations: write its certificate into materials"
        )
    if kit_materials.lacking(kit, standards) and "" not in lots:
        _series(draft, kit, standards, analytes[0]["unit"])
    elif standards.empty and not lots:
        row = kit_materials.unknown_row(kit, analytes[0]["unit"])
        draft.add("materials", row, "no export names a standard: name S1, S2 … in names or layouts, and fill expected")
        draft.notes.append(f"{kit.panel}: its exports name no standards: name them, and fill `expected` in materials")


def _series(draft, kit, standards, unit):
    """Materials of standards whose concentrations no export states."""
    diluted = kit_materials.diluted(kit, standards)
    why = "its exports state no concentration of the standards" + (", but their dilutions" if diluted else "")
    text = f"concentration of the most concentrated standard of {kit.panel}, in {unit}"
    top = draft.ask_number(_key(draft, "top", kit), text, "1" if diluted else "", why, above=0)
    text = f"dilution from one standard of {kit.panel} to the next, such as 3"
    step = None if diluted else draft.ask_number(_key(draft, "step", kit), text, "", why, above=1)
    rows = kit_materials.series(kit, standards, top, step, unit)
    for row, source in rows:
        draft.add("materials", row, source)
    if empty := sum(row["expected"] is None for row, _ in rows):
        draft.notes.append(
            f"{kit.panel}: no concentration of its {empty} standards is stated: fill `expected` in materials "
            "(until then its plates are set aside)"
        )


def _lost_points(draft):
    numbers = [int(name[1:]) for name in draft.known.values("amendments", "amendment") if re.fullmatch("A[0-9]+", name)]
    number = max(numbers, default=0)
    rows: list[tuple[Cells, str]] = []
    for kit in draft.kits:
        analytes = [row for row in draft.all_rows("analytes") if row["panel"] == kit.panel]
        names = {name: row["analyte"] for row in analytes for name in row["names_in_export"] or ()}
        rows += [(row, plate.file) for plate in kit.plates for row in lost_points.rows(plate, names)]
    who, when = _signed(draft, len(rows)) if rows else ("", "")
    for at, (row, source) in enumerate(rows, number + 1):
        draft.add("amendments", {"amendment": f"A{at:02d}", **row, "who": who, "when": when}, source)


def _signed(draft, count):
    """(initials, date) of who compared the corrections with the certificate, both empty where one is."""
    why = f"{count} expected concentrations seem to have lost their decimal point"
    who = draft.ask("amendments.who", "initials of who compared them with the certificate (empty: not yet)", "", why)
    when = draft.ask("amendments.when", "date of the comparison, year-month-day", "", why) if who else ""
    if when and not _is_day(when):
        raise WrongAnswerError("amendments.when", when, "is no date such as 2025-03-31")
    if not (who and when):
        draft.notes.append(f"{why}: their amendments count once who and when are filled")
    return (who, when) if who and when else ("", "")


def _is_day(text):
    try:
        return bool(ISO_DATE.fullmatch(text)) and date.fromisoformat(text).year >= FIRST_YEAR
    except ValueError:
        return False


def _key(draft, what, kit):
    """The key of a question on a kit: by its name, or by the one that was proposed, where an answers file goes by that."""
    first = [f"{what}.{name}" for name in kit.proposed if f"{what}.{name}" in draft.answers]
    return first[0] if first else f"{what}.{kit.panel}"


def _panel_name(written, known):
    """The name of a panel as the sheets allow it: a known one where that differs in case, dashes or zeros only."""
    name = plain(written, "kit")
    name = name if name[0].isalpha() else f"kit-{name}"
    return next((each for each in known if folded(each) == folded(name)), name)


def _group_name(written):
    return re.sub(r"^[^a-z]+", "", re.sub(r"[^a-z0-9]+", "_", written.casefold()).strip("_")) or "analyte"
