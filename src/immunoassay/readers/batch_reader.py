"""One batch read: every plate of the sheet as wells, every result table as delivered rows, every problem recorded.

Nothing here raises for a bad export: the problem is recorded, the plate is quarantined, the good plates go on.
"""

import gc
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.files import texts
from immunoassay.problems import Problem, to_frame
from immunoassay.readers import (
    headers,
    named_plates,
    open_export,
    plate_wells,
    plausible,
    quarantine,
    recognition,
    wells,
    written_names,
)
from immunoassay.readers.deliveries import column_questions as questions
from immunoassay.readers.deliveries import delivered as delivered_results
from immunoassay.readers.deliveries import delivery, result_columns
from immunoassay.readers.export import NotReadable, Plate, ResultTable
from immunoassay.readers.read_plates import ReadPlate
from immunoassay.study import amendments as amend
from immunoassay.study import name_rows, vocabulary


def read_batch(
    plates: Sequence[Mapping[str, Any]],
    analytes: Sequence[Mapping[str, Any]],
    panels: Sequence[Mapping[str, Any]],
    materials: Sequence[Mapping[str, Any]],
    amendments: Sequence[Mapping[str, Any]],
    units: Sequence[Mapping[str, Any]],
    criteria: dict[str, Any],
    layout_schema: dict[str, Any],
    base: str | Path = ".",
    *,
    names: Sequence[Mapping[str, Any]] = (),
    unwanted: Sequence[Mapping[str, Any]] = (),
    columns: Sequence[Mapping[str, Any]] = (),
    state_words: dict[str, tuple[str, bool]] | None = None,
    known_tables: Sequence[Mapping[str, Any]] = (),
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """(wells, delivered, problems): three tables of one batch, see `tables`.

    plates, analytes, panels, materials, amendments: rows of the sheets that concern the batch. units: vocabulary.Units.rows.
    criteria: criteria set by name. Paths of the plates are relative to `base`. names: rows of the names sheet; unwanted:
    panel and names_in_export of analytes nobody wants. columns: rows of the columns sheet, and
    state_words: vocabulary.state_words, known_tables: vocabulary.delivered_tables, for delivered tables.
    """
    reader = _BatchReader(
        analytes,
        panels,
        vocabulary.Units(units),
        layout_schema,
        Path(base),
        columns,
        {"words": state_words or {}} | ({"known": tuple(known_tables)} if known_tables else {}),
        names,
        unwanted,
    )
    with _uncollected():
        for plate in plates:
            reader.read(plate)
    reader.check_unnamed()
    frame, problems = reader.ledger()
    delivered = pd.concat(reader.delivered, ignore_index=True) if reader.delivered else tables.empty("delivered")
    if len(frame):
        unread = {problem.plate for problem in problems if problem.level == "QUARANTINE"}
        frame, found = _finish_wells(frame, panels, materials, amendments, criteria, plates, unread)
        problems += found
    if len(delivered):
        there = set(delivered["plate"])
        delivered, found = amend.apply_to_deliveries(delivered, [row for row in amendments if row["plate"] in there])
        problems += found
        problems += delivered_results.questions(delivered, {row["analyte"]: row["quantity"] for row in analytes})
    included = {row["plate"] for row in plates if row["include"]}
    aside = [each for each in problems if each.level == "QUARANTINE" and each.plate in included]
    if aside and len(frame):
        frame = quarantine.set_aside(frame, aside)
        frame = quarantine.add_unread(frame, aside, {row["analyte"]: row["unit"] for row in analytes})
    if aside and len(delivered):
        delivered = quarantine.set_aside(delivered, aside)
    problems = [
        replace(problem, batch=plates[0]["batch"]) for problem in _without_amended(problems, analytes, amendments)
    ]
    frame = frame[list(tables.TABLES["wells"].columns)] if len(frame) else tables.empty("wells")
    return frame, delivered[list(tables.TABLES["delivered"].columns)], to_frame(problems)


@contextmanager
def _uncollected():
    """Without looking for cycles: cells are a million small objects that hold none, and the search costs a tenth."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _finish_wells(frame, panels, materials, amendments, criteria, plates, unread):
    """The wells with what is expected, amended, set aside and the signal chosen; `unread` are plates in quarantine."""
    problems = []
    panel = {row["panel"]: row for row in panels}
    frame["kit_lot"] = frame["plate"].map({row["plate"]: row["kit_lot"] for row in plates})
    frame, found = wells.expected_concentrations(frame, materials)
    problems += found
    names = set(frame["plate"].unique())
    frame, found = amend.apply_to_wells(frame, [row for row in amendments if row["plate"] in names])
    problems += [problem for problem in found if problem.plate not in unread]  # what could it match there
    parts = []
    for name, rows in frame.groupby("panel", sort=True):
        beads = criteria[panel[name]["criteria_set"]].get("beads")
        rows, found = wells.set_aside(rows, beads)
        problems += found + plausible.check(rows)
        rows, found = wells.beyond_detector(wells.choose_signal(rows, panel[name]["signal"]))
        problems += found
        parts.append(rows)
    frame = pd.concat(parts, ignore_index=True)
    included = {row["plate"] for row in plates if row["include"]}
    counted = frame[frame["plate"].isin(included)]
    found = wells.check_standards(counted) + wells.check_levels(counted[~counted["plate"].isin(unread)], materials)
    return frame, problems + found


def _without_amended(problems, analytes, amendments):
    """The problems without those of expected concentrations (W-STD-003) that amendments correct, as many per analyte."""
    names = {name.casefold(): row["analyte"] for row in analytes for name in row["names_in_export"]}
    left = Counter((row["plate"], row["analyte"]) for row in amendments if row["what"] == "expected_concentration")
    for problem in problems:
        place = (problem.plate, names.get(problem.column.casefold()))
        if problem.code == "W-STD-003" and left[place]:
            left[place] -= 1
        else:
            yield problem


class _BatchReader:
    """Reads plate after plate, each raw file once."""

    def __init__(self, analytes, panels, units, layout_schema, base, columns, vocabularies, names, unwanted):
        self.analytes, self.units, self.layout_schema, self.base = analytes, units, layout_schema, base
        self.panels = {row["panel"]: row for row in panels}
        self.columns, self.vocabularies = columns, vocabularies
        self.names, self.unwanted = names, unwanted
        self.delivered, self.problems = [], []
        self._read, self._unread = [], []  # plates, and wells of those that are not read, with how many are read before
        self._said = []  # of each plate that is read the number of problems before those of its wells
        self._exports = {}  # (file, family, rows of the columns sheet) -> (export, checksum)
        self._refused = {}  # the same -> NotReadable
        self._named = {}  # file -> (a row of the sheet, the plates its rows name)

    def read(self, plate):
        """Add the wells or delivered rows of one row of the plates sheet, and its problems."""
        laboratory = self.panels[plate["panel"]]["platform"] == "laboratory"
        try:
            export, checksum = self._export(plate, laboratory)
        except NotReadable as error:
            for problem in (error.problem, *error.others):
                self._add(plate, problem if problem.level == "STOP" else replace(problem, level="QUARANTINE"))
            self._add_unread(plate)
            return
        found = None if isinstance(export, ResultTable) else self._plate_of(plate, export)
        for problem in export.problems:
            if found is None or named_plates.concerns(problem, found, export):
                self._add(plate, problem)
        self._say_what_is_not_read(plate, export.ignored)
        if isinstance(export, ResultTable):
            self.delivered.append(_stamped(plate, checksum, self._delivered(plate, export)))
        elif found is None:
            self._add_unread(plate)
        else:
            self._add(plate, *headers.read_on_another_day(plate, found))
            self._add_read(plate, found, checksum)

    def _export(self, plate, laboratory):
        """(export, checksum) of the file of a plate. Raises NotReadable."""
        file, family = plate["file"], plate["format"] or None
        rows = tuple(result_columns.replaced(self.columns, plate))
        key = (file, family, *(row["row"] for row in rows))
        if key in self._refused:
            raise self._refused[key]
        if key not in self._exports:
            answers = result_columns.Answers(plate["plate"], rows, units=self.units, **self.vocabularies)
            try:
                data = open_export.contents(self.base / file, file)
                source = open_export.open_bytes(file, data)
                if family is None and laboratory:
                    family = recognition.delivery_of(source)
                export = recognition.read_source(source, family, answers)
            except NotReadable as error:
                self._refused[key] = error
                raise
            self._exports[key] = (export, hashlib.sha256(data).hexdigest())
        return self._exports[key]

    def _add(self, plate, *problems):
        self.problems += self._of(plate, problems)

    def _of(self, plate, problems):
        """Problems of a plate. One that is set aside stops nothing: there every problem is a FLAG."""
        for problem in problems:
            level = problem.level if plate["include"] else "FLAG"
            of_sheet = problem.file and problem.file in (plate["layout"], questions.SHEET)
            file = problem.file if of_sheet else plate["file"]
            yield replace(problem, file=file, plate=plate["plate"], level=level)

    def _plate_of(self, plate, export):
        """The Plate that a row of the plates sheet means; None, with its problem, where it is not there or not read."""
        at = named_plates.position(export, plate["plate_in_file"])
        if at is None:
            found, why = named_plates.unclear(export, plate["plate_in_file"]), "it is not clear which one is meant"
            self._add(plate, Problem("E-PLT-003", "STOP", "", found, why, "name one in plate_in_file"))
            return None
        self._named.setdefault(plate["file"], (plate, set()))[1].add(at)
        found = export.in_file()[at]
        if isinstance(found, Plate):
            return found
        self._add(plate, replace(found.problem, level="QUARANTINE"))
        return None

    def _say_what_is_not_read(self, plate, ignored):
        if ignored:
            found, why = f"not read: {', '.join(ignored)}", "these blocks, columns or sheets are not understood"
            self._add(plate, Problem("W-READ-010", "FLAG", "", found, why, "if none of them is needed, do nothing"))
        for column in filter(texts.private_column, ignored):
            found, why = (
                f'column "{column}", which is not read',
                "names, birth dates and record numbers must not enter the study",
            )
            self._add(plate, Problem("E-ID-053", "FLAG", "", found, why, "ask for a file without it", column=column))

    def check_unnamed(self):
        """A STOP for plates of a file that no row of the batch names: their results would be missing.

        Of those that cannot be read the reason is a FLAG.
        """
        for (file, *_), (export, _) in self._exports.items():
            plate, named = self._named.get(file, (None, ()))
            if plate is None:
                continue
            left, unread = named_plates.left_out(export, named)
            self._add(plate, *(replace(each.problem, level="FLAG") for each in unread))
            if left:
                self.problems.append(Problem(
                    "E-PLT-004", "STOP", file,
                    f"no row of the batch names plate{'s' if len(left) > 1 else ''} {', '.join(left)} of the file",
                    "the results would be missing",
                    "add a row for each, in this batch; include: no with a reason sets one aside", column="plate_in_file",
                    plate=plate["plate"],
                ))  # fmt: skip

    def _add_read(self, plate, found, checksum):
        platform, layout = self.panels[plate["panel"]]["platform"], self._layout_of(plate)
        own = (self._analytes_of(plate), platform, self._unwanted_of(plate), layout, self._names_of(plate))
        self._read.append(ReadPlate(plate, found, checksum, *own))
        self._said.append(len(self.problems))

    def _add_unread(self, plate):
        own = self._analytes_of(plate), self._layout_of(plate), self._names_of(plate)
        self._unread.append((len(self._read), plate_wells.unread_rows(plate, *own)))

    def ledger(self):
        """(wells of all plates that were read or have a layout, all problems), both in the order of the plates."""
        if not self._read:
            unread = [rows for _, rows in self._unread]
            return pd.concat(unread, ignore_index=True) if unread else pd.DataFrame(), self.problems
        frame, of, found = plate_wells.ledger_rows(self._read, self.units)
        if self._unread:
            before = np.concatenate([of, *(np.full(len(rows), count - 0.5) for count, rows in self._unread)])
            frame = pd.concat([frame, *(rows for _, rows in self._unread)], ignore_index=True)
            frame = frame.iloc[np.argsort(before, kind="stable")].reset_index(drop=True)
        problems, start = [], 0
        for each, end, more in zip(self._read, self._said, found, strict=True):
            problems += [*self.problems[start:end], *self._of(each.plate, more)]
            start = end
        return frame, problems + self.problems[start:]

    def _layout_of(self, plate):
        return plate_wells.layout_of(plate, self.base, self.layout_schema)

    def _delivered(self, plate, table):
        frame, problems = delivery.study_rows(
            table, plate, self._analytes_of(plate), self.units, self._unwanted_of(plate)
        )
        frame, more = written_names.of_delivery(frame, self._names_of(plate), plate["file"])
        self._add(plate, *problems, *more)
        if not plate["include"]:
            frame["disposition"], frame["disposition_reason"] = "plate_set_aside", plate["reason"]
        frame["amendments"] = None
        return frame

    def _analytes_of(self, plate):
        return [row for row in self.analytes if row["panel"] == plate["panel"]]

    def _names_of(self, plate):
        return name_rows.obeyed(self.names, plate["plate"], plate["batch"])

    def _unwanted_of(self, plate):
        return {
            name.casefold()
            for row in self.unwanted
            if row["panel"] == plate["panel"]
            for name in row["names_in_export"]
        }


def _stamped(plate, checksum, frame):
    """The rows with the plate and the file they are of."""
    for column in ("batch", "plate", "panel", "file"):
        frame[column] = plate[column]
    frame["file_sha256"] = checksum
    return frame
