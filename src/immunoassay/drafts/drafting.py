"""The draft of a study, or of what a delivery adds to one: every sheet as far as exports and lists say, and what to ask.

`draft` is called again with more answers until no question is open. Nothing that the sheets hold already is changed:
a row whose key is there is never drafted.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from immunoassay.drafts import kit_materials, kits, lab_layouts, lost_points, sample_rows, score_lists, written_names
from immunoassay.drafts.found import Found, plates_of
from immunoassay.drafts.kits import Kit
from immunoassay.drafts.lab_layouts import LabLayout
from immunoassay.drafts.questions import Question
from immunoassay.drafts.scan import Scanned, layout_grid
from immunoassay.problems import few
from immunoassay.study.load import plain_name
from immunoassay.study.members import Cells, Rows
from immunoassay.study.similar_names import suggestion
from immunoassay.study.vocabulary import Units

KEYS = {
    "panels": ("panel",), "analytes": ("analyte",), "plates": ("plate",), "names": ("scope", "name"),
    "materials": ("panel", "kit_lot", "material", "level", "analyte"), "samples": ("sample_id",),
    "participants": ("participant",), "visits": ("visit",), "scales": ("scale",), "amendments": ("amendment",),
    "scores": ("participant", "course", "visit"),
}  # fmt: skip # of the sheets that are drafted, in the order in which a person reads them


@dataclass(frozen=True)
class Lists:
    """The lists a laboratory hands over, as paths; None where there is none."""

    samples: Path | None = None
    scores: Path | None = None


@dataclass
class Draft:
    """What was drafted: new rows by sheet, layouts by path, where each row comes from (sheet, row, source), the questions
    that decide it, and `notes` a person should read."""

    sheets: dict[str, Rows] = field(default_factory=lambda: {name: [] for name in KEYS})
    layouts: dict[str, Rows | list[str]] = field(default_factory=dict)
    sources: Rows = field(default_factory=list)
    questions: dict[str, Question] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    kits: list[Kit] = field(default_factory=list)

    def add(self, sheet: str, row: Cells, source: str) -> None:
        """One row, and where it comes from."""
        self.sheets[sheet].append(row)
        self.sources.append({"sheet": sheet, "row": " | ".join(_key(sheet, row)), "source": source})


@dataclass(frozen=True)
class Known:
    """What a study says already: rows by sheet."""

    sheets: Mapping[str, Rows]

    def has(self, sheet: str, row: Cells) -> bool:
        """Whether the sheet has a row of this key."""
        return _key(sheet, row) in self._keys(sheet)

    def names(self, sheet: str, column: str) -> set[str]:
        """The values of a column."""
        return {str(row[column]) for row in self.sheets.get(sheet, ())}

    def _keys(self, sheet):
        return {_key(sheet, row) for row in self.sheets.get(sheet, ())}


def draft(
    known: Known,
    files: Sequence[Scanned],
    layouts: Sequence[LabLayout],
    lists: Lists,
    units: Units,
    strict_levels: int,
    answers: Mapping[str, str],
) -> Draft:
    """The Draft of files that were scanned, layouts that lie beside them, and lists.

    `strict_levels` is how many control levels the strict criteria set needs. Raises NotReadable for a list that cannot
    be opened.
    """
    return _Drafting(known, units, strict_levels, answers).made(files, layouts, lists)


class _Drafting:
    """One pass; each step adds rows, questions and notes to the Draft."""

    def __init__(self, known, units, strict_levels, answers):
        self.known, self.units, self.strict_levels, self.answers = known, units, strict_levels, answers
        self.draft = Draft()
        self.layouts = {}  # plate -> path of its layout

    def made(self, files, layouts, lists):
        taken, batches = self.known.names("plates", "plate"), self.known.names("plates", "batch")
        named = self.known.names("plates", "file")
        plates = plates_of([file for file in files if file.name not in named], taken, batches)
        self.draft.kits = self._kits(plates)
        written = written_names.guessed(written_names.written_names(plates))
        standards = written[written["role"] == "standard"]
        written, more = self._lab_layouts(layouts, plates, written, lists)
        self._analytes_and_materials(pd.concat([standards, more], ignore_index=True))
        self._lost_points()
        found = self._people(written, lists)
        self._roles_by_name(written, found)
        self._plates(plates)
        if lists.scores:
            self._scores(lists.scores, found)
        return self.draft

    def ask(self, key, text, default, why="", choices=(), asked=True):
        """The answer to a question, its default until there is one."""
        self.draft.questions[key] = Question(key, text, tuple(choices), default, why, asked)
        return self.answers.get(key, default or "")

    def add(self, sheet, rows, note=""):
        """Rows (row, source) whose key is new."""
        for row, source in rows:
            if not self.known.has(sheet, row):
                self.draft.add(sheet, row, source)

    # --- kits ---

    def _kits(self, plates):
        moved = {plate.plate: self.answers[key] for plate in plates if (key := f"kit_of.{plate.plate}") in self.answers}
        analytes = self.known.sheets.get("analytes", [])
        found: dict[str, Kit] = {}
        for kit in kits.group(plates, analytes, moved):
            if not kit.known and not set(moved.values()) & {kit.panel}:
                files = few(sorted({plate.file.rsplit("/", 1)[-1] for plate in kit.plates}), 3)
                read = few(kit.analytes, 6)
                why = f"{files}: {read}"
                kit.panel = _panel_name(self.ask(f"kit.{kit.panel}", "short name of the kit", kit.panel, why))
            kit.known = kit.panel in self.known.names("panels", "panel")
            if kit.panel in found:
                found[kit.panel].plates += kit.plates
            else:
                found[kit.panel] = kit
        for kit in found.values():
            self._same_names(kit)
        return list(found.values())

    def _same_names(self, kit):
        """Plates of one kit and file with the same names could be kits that differ in what they detect."""
        contents: dict[tuple, list[Found]] = {}
        for plate in kit.plates:
            names = frozenset(plate.first["sample"].dropna()) if plate.wells is not None else frozenset()
            if len(names) >= 3:
                contents.setdefault((plate.file, names), []).append(plate)
        for plates in contents.values():
            for plate in plates if len(plates) > 1 else ():
                others = ", ".join(each.plate for each in plates if each is not plate)
                why = f"the same names and analytes stand on {others}: another kit (such as IgG, IgA, IgM), or the same again?"
                self.ask(f"kit_of.{plate.plate}", "kit of this plate", kit.panel, why)

    # --- analytes, criteria, materials ---

    def _analytes_and_materials(self, standards):
        taken = {*self.known.names("analytes", "analyte")}
        for kit in self.draft.kits:
            if not kit.known:
                label = self.ask(f"label.{kit.panel}", "name of the kit on figures", kit.panel, asked=False)
                specimen = self.ask(f"specimen.{kit.panel}", "specimens it is validated for", "", asked=False)
                row, why = kits.panel_row(kit, label, specimen, self.strict_levels)
                sets = (kits.STRICT, kits.EXPLORATORY, kits.DELIVERED)
                key = f"criteria.{kit.panel}"
                row["criteria_set"] = self.ask(key, "acceptance criteria", row["criteria_set"], why, sets, asked=False)
                self.add("panels", [(row, f"criteria: {why}")])
                self.draft.notes.append(f"{kit.panel}: criteria {row['criteria_set']} – {why}")
            rows = self._analytes(kit, taken)
            own = standards[standards["plate"].isin([plate.plate for plate in kit.plates])]
            self._materials(kit, [row for row, _ in rows if row.get("use", True)], own)

    def _analytes(self, kit, taken):
        """(row, source) of every analyte of a kit, known ones too; the new ones are drafted."""
        own = [row for row in self.known.sheets.get("analytes", ()) if row["panel"] == kit.panel]
        named = {name.casefold() for row in own for name in row["names_in_export"] or ()}
        if own and (kit.one_signal or all(name.casefold() in named for name in kit.analytes)):
            return [(row, "") for row in own]
        facts = {"group": _group_name(self.ask(f"group.{kit.panel}", "group of its analytes", _group_name(kit.panel), "a family of tests and figures"))}
        if kit.one_signal:
            facts["analyte"] = written_names.legal(
                self.ask(f"analyte.{kit.panel}", "what it measures", kit.panel, f"the export says {kit.analytes[0]}")
            ) or kit.panel
        if kits.no_unit(kit, self.units):
            why = "the export states none"
            facts["unit"] = self.ask(f"unit.{kit.panel}", "unit of its standards and results", kits.UNSTATED, why)
            if facts["unit"] not in self.units:
                near = suggestion(facts["unit"], self.units.spellings)
                self.draft.notes.append(f'unit.{kit.panel}: "{facts["unit"]}" is no known unit{near}; {kits.UNSTATED} is written')
                facts["unit"] = kits.UNSTATED
        rows = kits.analyte_rows(kit, self.units, facts, taken)
        rows = [(row, source) for row, source in rows if not {n.casefold() for n in row["names_in_export"]} <= named]
        taken |= {row["analyte"] for row, _ in rows}
        self.add("analytes", rows)
        return [*((row, "") for row in own), *rows]

    def _materials(self, kit, analytes, standards):
        if kit.platform == "laboratory" or not analytes:
            return
        lots = {row["kit_lot"] for row in self.known.sheets.get("materials", ()) if row["panel"] == kit.panel}
        rows, contradictory = kit_materials.stated(kit, analytes)
        rows = [(row, source) for row, source in rows if row["kit_lot"] not in lots]
        self.add("materials", rows)
        for lot in dict.fromkeys(row["kit_lot"] for row, _ in rows):
            count = sum(row["kit_lot"] == lot for row, _ in rows)
            said = "kit lot changed" if lots else "kit lot"
            self.draft.notes.append(
                f"{kit.panel}: {said} {lot}, {count} rows of materials from its export; please compare with the certificate"
            )
        for lot in contradictory:
            self.draft.notes.append(
                f"{kit.panel}: plates of lot {lot} state different concentrations: write its certificate into materials"
            )
        if not kit_materials.lacking(kit, standards) or "" in lots:
            return
        unit = next(row["unit"] for row in analytes)
        why = "its exports state the dilutions of the standards, no concentration"
        diluted = kit_materials.diluted(kit, standards)
        if not diluted:
            why = "its exports state no concentration of the standards"
        top = _number(self.ask(f"top.{kit.panel}", f"concentration of its most concentrated standard, in {unit}", "1" if diluted else None, why))
        step = None
        if not diluted:
            step = _number(self.ask(f"step.{kit.panel}", "dilution from one standard to the next, such as 3", None, why))
        rows = kit_materials.series(kit, standards, top, step, unit)
        self.add("materials", rows)
        empty = sum(row["expected"] is None for row, _ in rows)
        if empty:
            self.draft.notes.append(f"{kit.panel}: fill expected of {empty} rows of materials; until then its plates are set aside")

    def _lost_points(self):
        numbers = [int(name[1:]) for name in self.known.names("amendments", "amendment") if re.fullmatch("A[0-9]+", name)]
        number, count = max(numbers, default=0), 0
        sheet = [*self.known.sheets.get("analytes", ()), *self.draft.sheets["analytes"]]
        for kit in self.draft.kits:
            names = {name: row["analyte"] for row in sheet if row["panel"] == kit.panel for name in row["names_in_export"] or ()}
            for plate in kit.plates:
                for row in lost_points.rows(plate, names):
                    number, count = number + 1, count + 1
                    signed = {"who": self.answers.get("amendments.who", ""), "when": self.answers.get("amendments.when", "")}
                    self.add("amendments", [({"amendment": f"A{number:02d}", **row, **signed}, plate.file)])
        if count:
            why = f"{count} expected concentrations lost their decimal point; the corrections count once they are signed"
            self.ask("amendments.who", "initials of who compared them with the certificate (empty: not yet)", "", why)
            if self.answers.get("amendments.who"):
                self.ask("amendments.when", "date of that (year-month-day)", None, why)
            self.draft.notes.append(f"{why} (amendments: who, when)" if not self.answers.get("amendments.who") else why)

    # --- layouts ---

    def _lab_layouts(self, layouts, plates, written, lists):
        """(names with those of the layouts, standards that layouts name); a plate without any name gets a grid to fill."""
        labels = _texts_of(lists.samples)
        more = []
        for layout in layouts:
            fit = lab_layouts.fitting(layout, plates)
            if not fit:
                self.draft.notes.append(f"{layout.file}: a layout that fits no plate; its wells are not those of an export")
                continue
            file = Path(layout.file).name
            likely = lab_layouts.likely(layout, fit)
            choices = ("none", *(plate.plate for plate in fit))
            answer = self.ask(f"layout.{plain_name(file)}", f"plate whose layout {file} is", likely, f"{len(layout.names)} names by well", choices)
            plate = next((plate for plate in fit if plate.plate == answer), None)
            if plate is None:
                continue
            own = set(plate.first["sample"].dropna())
            rows = lab_layouts.rows(layout, plate, len(own & labels) > len(set(layout.names.values()) & labels))
            self._keep_layout(plate, rows, layout.file)
            names = lab_layouts.names(rows, layout, plate)
            more.append(names[names["role"] == "standard"])
            written = pd.concat([written[written["plate"] != plate.plate], names], ignore_index=True)
        return written, pd.concat([pd.DataFrame(columns=written.columns), *more], ignore_index=True)

    def _keep_layout(self, plate, rows, source):
        path = f"config/layouts/{plate.plate}.tsv"
        self.layouts[plate.plate], self.draft.layouts[path] = path, rows
        self.draft.sources.append({"sheet": path, "row": "all", "source": source})

    def _nameless(self, plates):
        for plate in plates:
            if plate.wells is None or plate.plate in self.layouts or not plate.nameless.any():
                continue
            if plate.nameless.sum() < len(plate.first) / 2:
                continue  # unused wells of a plate whose others are named
            path = f"config/layouts/{plate.plate}.tsv"
            self.layouts[plate.plate] = path
            self.draft.layouts[path] = layout_grid(plate.first)
            self.draft.sources.append({"sheet": path, "row": "all", "source": "wells with a signal and no name: fill each ?"})
            self.draft.notes.append(f"{plate.plate}: {int(plate.nameless.sum())} wells without a name: fill {path}")

    # --- people, names ---

    def _people(self, written, lists):
        """The SampleDraft of the list, or of the written names; its rows are drafted."""
        tubes = written.assign(role=written["role"].where(~written["role"].isin(["blank", "control"]) | written["stated"], "").fillna(""))
        if lists.samples:
            found = sample_rows.draft_from_file(lists.samples, tubes, self.answers)
        else:
            found = sample_rows.draft_from_names(tubes[tubes["role"].isin(["", "sample"]) & ~self._controls(written)], self.answers)
        for question in found.questions:
            self.draft.questions[question.key] = question
        sources = {(row["sheet"], row["row"]): row["source"] for row in found.sources.to_dict("records")}
        for sheet in ("names", "samples", "participants", "visits"):
            rows = getattr(found, sheet).to_dict("records")
            self.add(sheet, [(row, sources.get((sheet, " | ".join(_key(sheet, row))), "")) for row in rows])
        return found

    def _controls(self, written):
        return written["role"].isin(["blank", "control"]) & ~written["stated"]

    def _roles_by_name(self, written, found):
        """Rows of names for standards, controls and blanks that only their name gives away, unless a list says otherwise."""
        listed = {(row["scope"], row["name"]) for row in self.draft.sheets["names"] if row["role"] != "ignore"}
        others = written[~written["stated"] & written["role"].isin(["standard", "control", "blank"])]
        others = others[~others["plate"].isin(self.layouts)]
        rows = {(row["scope"], row["name"]): row for row in self.draft.sheets["names"]}
        for row in others.to_dict("records"):
            key = (row["plate"], row["name"])
            if key in listed:
                continue
            level = row["level"] if isinstance(row["level"], str) else ""
            own = {"scope": row["plate"], "name": row["name"], "role": row["role"], "sample_id": "", "level": level,
                   "dilution": "", "seen": f"{row['wells']} ({row['n']})"}  # fmt: skip
            if key in rows:
                rows[key].update(own)
            else:
                self.add("names", [(own, "by its name")])

    def _plates(self, plates):
        self._nameless(plates)
        for kit in self.draft.kits:
            whole = {name.casefold() for name in kit.analytes}
            for plate in kit.plates:
                row = plate.cells(kit.panel, self.layouts.get(plate.plate, ""))
                part = plate.platform == "luminex" and {name.casefold() for name in plate.analytes} != whole
                self.add("plates", [(row | ({"analytes": "subset"} if part else {}), plate.file)])

    def _scores(self, path, found):
        people = found.participant_ids | {name: name for name in self.known.names("participants", "participant")}
        visits = found.visit_ids | {name: name for name in self.known.names("visits", "visit")}
        scores = score_lists.scores_from_file(path, people, visits, self.answers)
        for question in scores.questions:
            self.draft.questions[question.key] = question
        for sheet in ("scales", "scores"):
            rows = getattr(scores, sheet).to_dict("records")
            self.add(sheet, [(row, path.name) for row in rows])
        for frame, words in ((scores.unread, "no number"), (scores.unknown, "not among the samples"), (scores.twice, "appear twice")):
            if len(frame):
                shown = few([" ".join(map(str, row)) for row in frame.astype(str).itertuples(index=False)], 5)
                self.draft.notes.append(f"{path.name}: {len(frame)} cells left out, {words}: {shown}")


def _key(sheet, row):
    return tuple(str(row.get(column) or "") for column in KEYS[sheet])


def _panel_name(written):
    name = plain_name(written)
    return name if name[0].isalpha() else f"kit-{name}"


def _group_name(written):
    return re.sub(r"^[^a-z]+", "", re.sub(r"[^a-z0-9]+", "_", written.casefold()).strip("_")) or "analyte"


def _number(written):
    try:
        return float(str(written).replace(",", ".")) if written not in (None, "") else None
    except ValueError:
        return None


def _texts_of(path):
    """Every text of the cells of a list."""
    from immunoassay.drafts.list_tables import read_list

    return {text for table in read_list(path) for text in table.frame.to_numpy().ravel() if text} if path else set()
