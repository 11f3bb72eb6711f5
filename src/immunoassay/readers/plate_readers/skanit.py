"""Thermo SkanIt workbook: one sheet per step, each with matrices per wavelength and plate, and a layout sheet.

The role is in the sample name (Std0001, Un0001, Blank1, Ctrl0001). Concentrations are those of the Standard Curve
step (in the well, with its flags); values after dilution are listed as ignored. Only the matrices are read: notes users
type beside them are not.
"""

import itertools
import re
from collections import Counter

import pandas as pd
from immunoassay.problems import Problem
from immunoassay.readers import matrices, matrix, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export, NotReadable
from immunoassay.readers.plates import Plates

FAMILY = "skanit"
DECLARED = (
    Declared(
        "Thermo SkanIt",
        "7.0",
        "workbook, one sheet per step",
        "real",
        "raw and blank subtracted signals, concentrations of the standard curve with < Min and > Max, layout",
        "kinetic reads, spectra and scans",
        "export the session to Excel with all steps and the layout definitions",
    ),
)

_INFORMATION = ("General information", "Session information", "Instrument information", "Protocol parameters")
_LAYOUT = "Layout definitions"
_RAW = re.compile(r"(absorbance|fluorescence|luminescence|photometric)", re.I)
_RAW_CORNERS = {"abs", "od", "rfu", "rlu"}
_NOT_ENDPOINT = re.compile(r"kinetic|spectrum|spectral|well ?scan|area ?scan", re.I)


def recognise(source: sources.Source) -> bool:
    """A workbook sheet whose first cell is `Measurement results`."""
    return any(_is_step(rows) for _, rows in sources.grids(source))


def read(source: sources.Source) -> Export:
    """Read every plate. Raises NotReadable for kinetic reads, spectra and scans, and when no step holds signals."""
    sheets = dict(sources.grids(source))
    named = _plate_names(sheets)
    steps = [_Step(source, name, rows, named) for name, rows in sheets.items() if _is_step(rows)]
    first = _first_read(source, steps)
    values = _Values(source, first)
    for step in steps:
        values.add(step)
    layouts = _layouts(source, sheets.get(_LAYOUT, []))
    curves = [curve for step in steps for curve in step.curves]
    plates, metadata = Plates(), _metadata(sheets)
    for name in dict.fromkeys([*(plate for plate, _, _ in values.signals), *values.refused]):
        if name in values.refused:
            plates.refuse(name, values.refused[name])
            continue
        records = values.records(name, layouts.get(name, {}))
        more = {"read_time": first.time, "metadata": metadata, "curves": values.curves(name, curves)}
        with plates.one(name):
            plates.read.append(matrix.plate(source, name, records, matrix.kind_of(first.name), **more))
    there = {each.name for each in plates.read} | {each.name for each in plates.unread}
    _flag_without_signals(source, values, set(layouts) - there)
    known = {*_INFORMATION, "Run log", _LAYOUT}
    unread = [f"sheet {name}" for name, rows in sheets.items() if not _is_step(rows) and name not in known]
    return plates.export(FAMILY, source, values.ignored + unread)


def _first_read(source, steps):
    """The first step that holds signals. Raises NotReadable for none."""
    first = next((step for step in steps if step.is_read), None)
    timed = [step.name for step in steps if _NOT_ENDPOINT.search(step.name)]
    if first is None and timed:
        raise matrix.not_endpoint(source, f"a SkanIt step {timed[0]}")
    if first is None:
        raise matrix.no_signals(source, "a SkanIt workbook", "a step of signals")
    return first


class _Values:
    """What the matrices of all steps hold, by plate and wavelength. `first` is the first step that holds signals."""

    def __init__(self, source, first):
        self.source, self.first = source, first
        self.sets = {}  # (plate, wavelength) -> what -> A01 -> (cell, row)
        self.where = {}  # (plate, wavelength) -> (sheet, row) of its first matrix
        self.units = {}  # (plate, wavelength) -> unit of its concentrations
        self.signals = []  # (plate, wavelength, step)
        self.refused = {}  # plate -> Problem
        self.ignored = []

    def add(self, step):
        """Add the matrices of a step; of two that hold the same the first counts."""
        for plate, problem in step.refused.items():
            self.refused.setdefault(plate, problem)
        for plate, wave, corner, cells, row in step.matrices:
            what = step.what(corner)
            if what == "signal":
                wave = self._wavelength(step, plate, wave, row)
                self.signals.append((plate, wave, step))
            if what is None or what in self.sets.setdefault((plate, wave), {}):
                self.ignored += [f"{step.name}: {corner}"] if what != "sample" else []
                continue
            self.sets[(plate, wave)][what] = cells
            self.where.setdefault((plate, wave), (step.sheet, row))
            if what == "concentration":
                self.units[(plate, wave)] = matrix.unit_in(corner)

    def _wavelength(self, step, plate, wave, row):
        """The wavelength by which signals go: with the name of their step where an earlier one has it already."""
        if step is not self.first:
            return f"{step.name} {wave}" if (plate, wave) in self.sets else wave
        if "signal" in self.sets.get((plate, wave), {}):
            found, why = f'two plates called "{plate}" at "{wave}"', "the values of one would be lost"
            fix, place = "give every plate its own name and export again", {"sheet": step.sheet, "row": str(row)}
            problem = Problem("E-WELL-061", "QUARANTINE", self.source.name, found, why, fix, **place)
            self.refused.setdefault(plate, problem)
        return wave

    def _of(self, name):
        return [(wave, step) for plate, wave, step in self.signals if plate == name]

    def records(self, name, layout):
        """Records of all wavelengths of a plate."""
        return [
            entry
            for wave, step in self._of(name)
            for entry in _records(
                self.source, self.sets[(name, wave)], _label(wave, step), layout, self.units.get((name, wave))
            )
        ]

    def curves(self, name, curves):
        """The printed curves of the wavelengths of a plate, None for none; `curves` are those of the file."""
        own = [
            {"analyte": _label(wave, step), **curve}
            for wave, step in self._of(name)
            for other, curve in curves
            if other == wave
        ]
        return pd.DataFrame(own, dtype="str") if own else None


def _flag_without_signals(source, values, layouts):
    """FLAGs for values and layouts of a plate or wavelength that has no signals: one of the names was changed."""
    found = [
        (f'{", ".join(members)} of plate "{plate}" at "{wave}" nm, where no signals are', *values.where[(plate, wave)])
        for (plate, wave), members in values.sets.items()
        if "signal" not in members
    ]
    found += [(f'a layout of plate "{name}", of which no signals are', _LAYOUT, "") for name in sorted(layouts)]
    for words, sheet, row in found:
        source.flag("E-READ-006", words, "these values are not read", row=row, sheet=sheet)


def _is_step(rows):
    return bool(rows) and matrix.first(rows[0]) == "Measurement results"


def _plate_names(sheets):
    """Names of plates that users gave: those of the layouts, and in a step of signals the line right above a matrix."""
    layout = sheets.get(_LAYOUT, [])
    named = {"".join(map(written_cells.text, row[1:2])) for row in layout if matrix.first(row) == "Name"} - {""}
    for rows in sheets.values():
        step = matrix.first(rows[4]) if _is_step(rows) and len(rows) > 4 else ""
        parts = matrices.find(rows) if _RAW.match(step) else []
        lines = {at: matrix.first(row) for at, row in enumerate(rows) if at > 4 and len(row) == 1}
        for before, part in zip([0, *(part.end for part in parts)], parts, strict=False):
            above = [lines[at] for at in range(part.start - 1, before, -1) if lines.get(at)]
            if above and not re.match(r"(Wavelength|Autoloading|Plate )", above[0]) and ":" not in above[0]:
                named.add(above[0])
    return named


class _Step:
    """One step's sheet: name, time, matrices as (plate, wavelength, corner, cells, row), curves as (wavelength, values).

    `refused` maps a plate to the Problem of a matrix of it that lost a heading.
    """

    def __init__(self, source, sheet, rows, named):
        firsts = [matrix.first(row) for row in rows]
        self.sheet = sheet
        self.time = firsts[2] if len(firsts) > 2 else ""
        self.name = firsts[4] if len(firsts) > 4 and firsts[4] else sheet
        self.matrices, self.refused = [], {}
        parts = matrices.find(rows)
        reads = [written_cells.key(part.corner) for part in parts]
        single = "kinetic" in self.name.lower() and all(reads.count(each) == 1 for each in set(reads) & _RAW_CORNERS)
        self.timed = bool(_NOT_ENDPOINT.search(self.name)) and not (single and set(reads) & _RAW_CORNERS)
        names = "|".join(map(re.escape, sorted(named)))
        for part in parts if self.timed else matrices.outside(source, sheet, rows, parts):
            above = firsts[: part.start]
            wave = _last(above, r"Wavelength(?:\(s\))?:\s*(.+?)(?:\s*nm)?")
            plate = _last(above, rf"(Plate .*|{names})" if names else r"(Plate .*)")
            try:
                if not self.timed:
                    matrices.check(source, sheet, part)
            except NotReadable as error:
                self.refused.setdefault(plate, error.problem)
            self.matrices.append((plate, wave, part.corner, part.cells, part.start + 1))
        self.curves = _curves(rows, firsts)
        signals = [corner for _, _, corner, *_ in self.matrices if self.what(corner) == "signal"]
        self.is_read = bool(signals)

    def what(self, corner):
        """What a matrix of this step holds, by its corner; None for values no record takes."""
        key = written_cells.key(corner)
        named = {"sample": "sample", "dilutionfactor": "dilution", "blanksubtracted": "net"}.get(key)
        if named or key.startswith("conc"):
            return named or "concentration"
        if _RAW.match(self.name) and not self.timed or key in _RAW_CORNERS and "kinetic" in self.name.lower():
            return None if self.timed else "signal"
        return None


def _last(lines, pattern):
    """The group of the last line that matches in full, or ""."""
    matches = (re.fullmatch(pattern, line) for line in reversed(lines))
    return next((match[1] for match in matches if match), "")


def _label(wave, step):
    """The wavelength as written; a read without one (luminescence: 0 nm) goes by the name of its step."""
    return wave if wave not in ("", "0") else step.name


def _records(source, sets, label, layout, unit):
    decimal, found = source.decimal, []
    names = {well: cell for well, (cell, _) in sets.get("sample", {}).items()}
    wells = sorted({*sets["signal"], *names, *layout}, key=lambda well: (len(well), well))
    for well in wells:
        cell, row = sets["signal"].get(well, ("", None))
        given = layout.get(well, {})
        unit = unit or given.get("unit")
        entry = matrix.record(well, label, cell, decimal, row, region=label)
        entry.update(matrix.coded(names[well]) if well in names else {})
        entry.update({key: value for key, value in given.items() if entry.get(key) is None})
        if well in sets.get("dilution", {}) and entry.get("dilution") is None:
            entry["dilution"] = source.dilution(sets["dilution"][well][0], well)
        if "net" in sets:
            entry["net_signal"] = matrix.net(source, matrix.cell_of(sets["net"], well), entry)
        if "concentration" in sets:
            matrix.add_vendor(entry, matrix.cell_of(sets["concentration"], well), decimal)
        found.append(entry)
    return [{**entry, "unit": unit} for entry in found]


def _layouts(source, rows):
    """Plate -> A01 -> role, sample, expected, dilution, unit of the layout sheet (three lines per plate row)."""
    found, decimal = {}, source.decimal
    for part in matrices.whole(source, _LAYOUT, rows, stacked=True):
        named = (row for row in reversed(rows[: part.start]) if matrix.first(row) == "Name")
        plate = "".join(map(written_cells.text, next(named, [])[1:2]))
        wells, order = found.setdefault(plate, {}), Counter()
        for line in part.lines:
            order[line.letter] += 1
            for well, cell in line.cells.items():
                written = written_cells.text(cell)
                amount = re.fullmatch(r"([0-9.,eE+-]*[0-9])\s*([^\W\d_].*)", written)
                if written and well not in wells:
                    wells[well] = matrix.coded(written)
                elif amount and written_cells.number(amount[1], decimal) is not None:
                    wells[well] |= {"expected": written_cells.number(amount[1], decimal), "unit": amount[2]}
                elif re.fullmatch(r"1\s*:\s*[0-9.,]+", written):
                    wells[well]["dilution"] = written_cells.dilution(written, decimal)
                elif order[line.letter] == 3:
                    source.remember(written, "concentration or dilution", well, _LAYOUT)
        if len(set(order.values())) > 1:
            source.flag(
                "E-READ-006", f"plate rows of {sorted(set(order.values()))} lines in the layout of {plate}",
                "a line was lost or added: samples, groups or amounts may be mixed up", "export again", sheet=_LAYOUT,
                row=part.start + 1,
            )  # fmt: skip
    return found


def _curves(rows, firsts):
    """(wavelength, printed lines and parameters) of every curve of a sheet."""
    starts = [i for i, first in enumerate(firsts) if first.startswith("Fit type:")]
    found = []
    for start, end in itertools.pairwise([*starts, len(rows)]):
        printed, wave = {}, ""
        for row in rows[start:end]:
            first = matrix.first(row)
            if first == "Well" or re.fullmatch(r"Plate .*", first):
                break
            key, colon, value = first.partition(":")
            if first.startswith("Wavelength"):
                wave = value.replace("nm", "").strip()
            elif colon and value.strip():
                printed[key] = value.strip()
            elif re.fullmatch(r"[a-z]\s*=", first) and len(row) > 1:
                printed[first.rstrip("= ")] = written_cells.text(row[1])
            elif first.startswith("y =") and "equation" not in printed:
                printed["equation"] = first
        found.append((wave, printed))
    return found


def _metadata(sheets):
    """Key and value lines of the information sheets."""
    found = {}
    for name in _INFORMATION:
        for row in sheets.get(name, []):
            values = matrix.texts(row)
            if len(values) == 2:
                found.setdefault(values[0], values[1])
    return found
