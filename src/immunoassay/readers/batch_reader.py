"""One batch read: every plate of the sheet as wells, every result table as delivered rows, every problem recorded.

Nothing here raises for a bad export: the problem is recorded, the plate is quarantined, the good plates go on.
"""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from immunoassay import tables
from immunoassay.files import texts
from immunoassay.problems import Problem, to_frame
from immunoassay.readers import (
    headers,
    named_plates,
    open_export,
    plausible,
    quarantine,
    recognition,
    references,
    wells,
)
from immunoassay.readers.deliveries import delivered as delivered_results
from immunoassay.readers.deliveries import delivery, questions, result_columns
from immunoassay.readers.export import NotReadable, Plate, ResultTable
from immunoassay.study import amendments as amend
from immunoassay.study import vocabulary
from immunoassay.study.layouts import load_layout
from immunoassay.study.similar_names import suggestion


def read_batch(
    plates,
    analytes,
    panels,
    materials,
    amendments,
    units,
    criteria,
    layout_schema,
    base=".",
    *,
    columns=(),
    state_words=None,
):
    """(wells, delivered, problems): three tables of one batch, see tables.py.

    plates, analytes, panels, materials, amendments: rows of the sheets that concern the batch. units: vocabulary.Units.rows.
    criteria: criteria set by name. Paths of the plates are relative to `base`. columns: rows of the columns sheet, and
    state_words: vocabulary.state_words, for delivered tables.
    """
    units = vocabulary.Units(units)
    reader = _BatchReader(analytes, panels, units, layout_schema, Path(base), columns, state_words or {})
    for plate in plates:
        reader.read(plate)
    reader.check_unnamed()
    problems = reader.problems
    frame = _stack(reader.wells)
    delivered = _stack(reader.delivered, "delivered")
    if len(frame):
        unread = {problem.plate for problem in problems if problem.level == "QUARANTINE"}
        frame, found = _finish_wells(frame, panels, materials, amendments, criteria, plates, unread)
        problems += found
    if len(delivered):
        names = set(delivered["plate"])
        delivered, found = amend.apply_to_deliveries(delivered, [row for row in amendments if row["plate"] in names])
        problems += found
        problems += delivered_results.questions(delivered, {row["analyte"]: row["quantity"] for row in analytes})
    included = {row["plate"] for row in plates if row["include"]}
    aside = [each for each in problems if each.level == "QUARANTINE" and each.plate in included]
    if aside:
        frame, delivered = (quarantine.set_aside(each, aside) if len(each) else each for each in (frame, delivered))
        frame = (
            quarantine.add_unread(frame, aside, {row["analyte"]: row["unit"] for row in analytes})
            if len(frame)
            else frame
        )
    batch = plates[0]["batch"]
    problems = [replace(problem, batch=batch) for problem in problems]
    frame = frame[list(tables.TABLES["wells"].columns)] if len(frame) else tables.empty("wells")
    return frame, delivered, to_frame(problems)


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


class _BatchReader:
    """Reads plate after plate, each raw file once."""

    def __init__(self, analytes, panels, units, layout_schema, base, columns, state_words):
        self.analytes, self.units, self.layout_schema, self.base = analytes, units, layout_schema, base
        self.panels = {row["panel"]: row for row in panels}
        self.columns, self.state_words = columns, state_words
        self.wells, self.delivered, self.problems = [], [], []
        self._exports, self._unread = (
            {},
            {},
        )  # (file, family, rows of the columns sheet) -> (export, checksum), -> why not
        self._named = {}  # file -> (a row of the sheet, the plates its rows name)

    def read(self, plate):
        laboratory = self.panels[plate["panel"]]["platform"] == "laboratory"
        try:
            export = self._export(plate, plate["format"] or ("result_table" if laboratory else None))
        except NotReadable as error:
            for problem in (error.problem, *error.others):
                self._add(plate, problem if problem.level == "STOP" else replace(problem, level="QUARANTINE"))
            self.wells.append(self._unread_wells(plate))
            return
        found = None if isinstance(export, ResultTable) else self._plate_of(plate, export)
        for problem in export.problems:
            if found is None or named_plates.concerns(problem, found, export):
                self._add(plate, problem)
        if export.ignored:
            words, why = f"not read: {', '.join(export.ignored)}", "these blocks, columns or sheets are not understood"
            self._problem(plate, "W-READ-010", "FLAG", words, why, "nothing, if none of them is needed")
        for column in filter(texts.private_column, export.ignored):
            why, fix = "names, birth dates and record numbers must not enter the study", "ask for a file without it"
            self._problem(plate, "E-ID-053", "FLAG", f'column "{column}", which is not read', why, fix, column=column)
        if isinstance(export, ResultTable):
            self.delivered.append(self._delivered_rows(plate, export))
            return
        for problem in [] if found is None else headers.read_on_another_day(plate, found):
            self._add(plate, problem)
        self.wells.append(self._unread_wells(plate) if found is None else self._plate_wells(plate, found))

    def _export(self, plate, family):
        file, rows = plate["file"], tuple(result_columns.replaced(self.columns, plate))
        key = (file, family, *(row["row"] for row in rows))
        if key in self._unread:
            raise self._unread[key]
        if key not in self._exports:
            answers = result_columns.Answers(plate["plate"], rows, self.state_words, self.units)
            try:
                data = open_export.contents(self.base / file, file)
                export = recognition.read_source(open_export.open_bytes(file, data), family, answers)
            except NotReadable as error:
                self._unread[key] = error
                raise
            self._exports[key] = (export, hashlib.sha256(data).hexdigest())
        return self._exports[key][0]

    def _checksum(self, file):
        return next(checksum for (name, *_), (_, checksum) in self._exports.items() if name == file)

    def _add(self, plate, problem):
        level = problem.level if plate["include"] else "FLAG"  # a plate set aside stops nothing
        file = problem.file if problem.file and problem.file in (plate["layout"], questions.SHEET) else plate["file"]
        self.problems.append(replace(problem, file=file, plate=plate["plate"], level=level))

    def _problem(self, plate, code, level, found, why, fix, column="", file="", row="", analyte=""):
        self._add(plate, Problem(code, level, file, found, why, fix, row=row, column=column, analyte=analyte))

    def _plate_of(self, plate, export):
        """The Plate that a row of the plates sheet means; None, with its problem, where it is not there or not read."""
        at = named_plates.position(export, plate["plate_in_file"])
        if at is None:
            found, why = named_plates.unclear(export, plate["plate_in_file"]), "it is not clear which one is meant"
            self._problem(plate, "E-PLT-003", "STOP", found, why, "name one in plate_in_file")
            return None
        self._named.setdefault(plate["file"], (plate, set()))[1].add(at)
        found = export.in_file()[at]
        if isinstance(found, Plate):
            return found
        self._add(plate, replace(found.problem, level="QUARANTINE"))
        return None

    def check_unnamed(self):
        """A STOP for plates of a file that no row of the batch names: nobody would miss them. Unread ones are told."""
        for (file, *_), (export, _) in self._exports.items():
            plate, named = self._named.get(file, (None, ()))
            if plate is None:
                continue
            left, unread = named_plates.left_out(export, named)
            for each in unread:
                self._add(plate, replace(each.problem, level="FLAG"))
            if left:
                found = f"no row of the batch names plate{'s' if len(left) > 1 else ''} {', '.join(left)} of the file"
                why = "the results would be missing"
                fix = "add a row for each, in this batch; include: no with a reason sets one aside"
                place = {"column": "plate_in_file", "plate": plate["plate"]}
                self.problems.append(Problem("E-PLT-004", "STOP", file, found, why, fix, **place))

    def _plate_wells(self, plate, found):
        frame = self._name_analytes(plate, found.wells.copy())
        frame, repeated = plausible.repeated_wells(frame, plate["file"])
        for problem in repeated:
            self._add(plate, problem)
        frame["sample_written"] = frame["sample"]
        if plate["layout"]:
            frame = self._lay_out(plate, frame)
        else:
            unnamed = frame["role"].isna()
            frame.loc[unnamed, "role"] = np.where(frame.loc[unnamed, "sample"].fillna("") != "", "sample", "empty")
        frame["sample_id"] = frame["sample_written"].where(frame["role"].isin(["sample", "spike"]))
        frame["level"] = frame["level"].where(frame["role"].isin(["standard", "control", "spike"]))
        frame["dilution"] = frame["dilution"].fillna(1.0)
        frame["expected"] = frame["expected"].astype("float64")
        frame["disposition"], frame["disposition_reason"] = "usable", None
        if not plate["include"]:
            frame["disposition"] = "plate_set_aside"
            frame["disposition_reason"] = plate["reason"]
        frame["signal_kind"], frame["flags"], frame["amendments"] = found.signal_kind, None, None
        frame["header"] = [headers.text(found), *[None] * (len(frame) - 1)] if len(frame) else []
        return self._stamp(plate, frame.rename(columns={"row": "file_row"}))

    def _stamp(self, plate, frame):
        for column in ("batch", "plate", "panel", "file"):
            frame[column] = plate[column]
        frame["file_sha256"] = self._checksum(plate["file"])
        return frame

    def _name_analytes(self, plate, frame):
        """Give every row its analyte and units; the export's unknown analytes are a problem, never guessed."""
        panel = plate["panel"]
        rows = {row["analyte"]: row for row in self.analytes if row["panel"] == panel}
        by_name = {name.casefold(): analyte for analyte, row in rows.items() for name in row["names_in_export"]}
        frame, computed = references.subtract(frame, [name for row in rows.values() for name in row["names_in_export"]])
        for name, (first, second) in computed.items():
            found, why = f"{name} is the signal at {first} less that at {second}", "the export holds no such values"
            self._problem(plate, "W-READ-011", "FLAG", found, why, "nothing: the sheets ask for it", column=name)
        written = list(dict.fromkeys(frame["analyte"]))
        names = {name: by_name.get(name.casefold()) for name in written}
        self._check_one_name(plate, names)
        if len(rows) == 1 and len(written) == 1 and names[written[0]] is None:
            names = {written[0]: next(iter(rows))}  # one signal, one analyte: a reader's label such as "450"
        unknown = [name for name, analyte in names.items() if analyte is None]
        # A plate reader's further wavelengths are references; a further analyte of a multiplex kit would be lost.
        reference = self.panels[panel]["platform"] == "elisa" and len(unknown) < len(names)
        for name in unknown:
            self._problem(
                plate,
                "W-READ-005" if reference else "E-ID-086",
                "FLAG" if reference else "STOP",
                f'analyte "{name}" is not in panel {panel}{suggestion(name, _names(rows))}',
                "its values would be lost",
                "add it to names_in_export of an analyte, or add the analyte",
                column=name,
            )
        for analyte in rows:
            if analyte not in names.values() and plate.get("analytes") != "subset":
                found, why = (
                    f"analyte {analyte} of panel {panel} has no well in the export",
                    "its results are missing here",
                )
                fix = "export again, correct names_in_export, or write subset into analytes of the plates sheet"
                self._problem(plate, "E-CMP-005", "QUARANTINE", found, why, fix, column=analyte, analyte=analyte)
        frame["analyte_written"] = frame["analyte"]
        frame["analyte"] = frame["analyte"].map(names)
        frame = frame[frame["analyte"].notna()].copy()
        frame["unit_written"] = frame["unit"]
        frame["standard_unit"] = frame["analyte"].map({name: row["standard_unit"] for name, row in rows.items()})
        frame["unit"] = frame["analyte"].map({name: row["unit"] for name, row in rows.items()})
        factors = {name: self.units.factor(row["standard_unit"], row["unit"]) for name, row in rows.items()}
        frame["unit_factor"] = frame["analyte"].map(factors)
        pairs = zip(frame["unit_written"], frame["standard_unit"], strict=True)
        frame["vendor_factor"] = [self.units.factor(*pair) or 1.0 for pair in pairs]
        self._check_units(plate, frame)
        return frame

    def _check_one_name(self, plate, names):
        """A STOP for an analyte that two columns of the export name."""
        given = {}
        for name, analyte in names.items():
            first = given.setdefault(analyte, name)
            if analyte is not None and first != name:
                found = f'"{first}" and "{name}" of the export are both {analyte}'
                why, fix = "it is not clear which values count", "take one of the names out of names_in_export"
                self._problem(plate, "E-ID-087", "STOP", found, why, fix, column=name)

    def _check_units(self, plate, frame):
        pairs = frame[["analyte", "unit_written", "standard_unit", "unit"]].drop_duplicates().dropna()
        for row in pairs.itertuples(index=False):
            if self.units.same(row.unit_written, row.standard_unit) or self.units.same(row.unit_written, row.unit):
                continue
            factor = self.units.factor(row.unit_written, row.standard_unit)
            would = f" (1 {row.unit_written} would be {factor:g} {row.standard_unit})" if factor else ""
            self._problem(
                plate,
                "E-UNIT-088",
                "STOP",
                f"the export states {row.unit_written} for {row.analyte}, the sheets {row.standard_unit}{would}",
                "every concentration could be wrong by that factor",
                "correct standard_unit, or check the export",
                column=row.analyte,
            )

    def _lay_out(self, plate, frame):
        rows, problems = load_layout(self.base / plate["layout"], plate["layout"], self.layout_schema)
        for problem in problems:
            self._add(plate, problem)
        layout = pd.DataFrame(rows, columns=["well", "role", "sample_id", "level", "dilution"]).set_index("well")
        absent = sorted(set(frame["well"].unique()) - set(layout.index))
        beyond = sorted(set(layout.index[layout["role"] != "empty"]) - set(frame["well"].unique()))
        for wells_named, where in ((absent, "in the export but not in the layout"), (beyond, "in the layout only")):
            if wells_named:
                self._problem(
                    plate,
                    "E-READ-014",
                    "QUARANTINE",
                    f"wells {', '.join(wells_named[:8])} are {where}",
                    "samples could be taken for one another",
                    "correct the layout",
                    file=plate["layout"],
                )
        layout = layout[~layout.index.duplicated()]
        for problem in plausible.layout_conflicts(frame, layout, plate["layout"]):
            self._add(plate, problem)
        layout = layout.reindex(frame["well"])
        frame["role"] = layout["role"].fillna("empty").to_numpy()
        frame["sample_written"] = layout["sample_id"].fillna("").to_numpy()
        frame["level"] = layout["level"].to_numpy()
        frame["dilution"] = layout["dilution"].to_numpy()
        return frame

    def _unread_wells(self, plate):
        """Ledger rows of a plate whose export cannot be read: the wells its layout names, else one row."""
        rows = []
        if plate["layout"]:
            rows, _ = load_layout(self.base / plate["layout"], plate["layout"], self.layout_schema)
        rows = [row for row in rows if row["role"] != "empty"] or [{"well": wells.WHOLE_PLATE, "role": "empty"}]
        analytes = [(row["analyte"], row["unit"]) for row in self.analytes if row["panel"] == plate["panel"]]
        records = [
            {
                **dict.fromkeys(tables.TABLES["wells"].columns),
                **{key: row.get(key) for key in ("well", "role", "sample_id", "level", "dilution")},
                **{column: plate[column] for column in ("batch", "plate", "panel", "file")},
                "analyte": analyte,
                "unit": unit,
                "disposition": "plate_quarantined" if plate["include"] else "plate_set_aside",
                "disposition_reason": "the export cannot be read" if plate["include"] else plate["reason"],
                "net_signal": np.nan,
                "vendor_flag": "not_read",
            }
            for row in rows
            for analyte, unit in analytes
        ]
        return pd.DataFrame(records)

    def _delivered_rows(self, plate, table):
        analytes = [row for row in self.analytes if row["panel"] == plate["panel"]]
        frame, problems = delivery.study_rows(table, plate, analytes, self.units)
        for problem in problems:
            self._add(plate, problem)
        if not plate["include"]:
            frame["disposition"], frame["disposition_reason"] = "plate_set_aside", plate["reason"]
        frame["amendments"] = None
        frame = self._stamp(plate, frame)
        return frame[list(tables.TABLES["delivered"].columns)]


def _names(rows):
    """Names of analytes in exports, as the sheet spells them."""
    return [name for row in rows.values() for name in row["names_in_export"]]


def _stack(frames, name=None):
    if frames:
        return pd.concat(frames, ignore_index=True)
    return tables.empty(name) if name else pd.DataFrame()
