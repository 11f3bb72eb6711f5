"""Thermo SkanIt workbook: one sheet per step, each with matrices per wavelength and plate, and a layout sheet.

The role stands in the sample name (Std0001, Un0001, Blank1, Ctrl0001). Concentrations are those of the Standard Curve
step (in the well, with its flags); values after dilution are listed as ignored. Only the matrices are read: notes users
type beside them are not.
"""

import itertools
import re
from collections import Counter

import pandas as pd
from immunoassay.problems import Problem
from immunoassay.readers import matrices, matrix, sources, written_cells
from immunoassay.readers.export import Export, NotReadable, Plates

FAMILY = "skanit"

_INFORMATION = ("General information", "Session information", "Instrument information", "Protocol parameters")
_LAYOUT = "Layout definitions"
_RAW = re.compile(r"(absorbance|fluorescence|luminescence|photometric)", re.I)
_RAW_CORNERS = {"abs", "od", "rfu", "rlu"}
_NOT_ENDPOINT = re.compile(r"kinetic|spectrum|spectral|well ?scan|area ?scan", re.I)


def recognise(source):
    """A workbook sheet whose first cell is `Measurement results`."""
    return any(_is_step(rows) for _, rows in sources.grids(source))


def read(source):
    """Read every plate. Raises NotReadable for kinetic reads, spectra and scans, and when no step holds signals."""
    sheets = dict(sources.grids(source))
    named = _plate_names(sheets)
    steps = [_Step(source, name, rows, named) for name, rows in sheets.items() if _is_step(rows)]
    reads = [step for step in steps if step.is_read]
    if not reads:
        timed = [step.name for step in steps if _NOT_ENDPOINT.search(step.name)]
        if timed:
            raise matrix.not_endpoint(source, f"a SkanIt step {timed[0]}")
        raise matrix.no_signals(source, "a SkanIt workbook", "a step of signals")
    sets = {}  # (plate, wavelength) -> what -> A01 -> (cell, row)
    where = {}  # (plate, wavelength) -> (sheet, row) of its first matrix
    ignored, units, raw, refused = [], {}, [], {}
    for step in steps:
        for plate, problem in step.refused.items():
            refused.setdefault(plate, problem)
        for plate, wave, corner, found, row in step.matrices:
            what = step.what(corner)
            if what == "signal" and step is reads[0]:
                if "signal" in sets.get((plate, wave), {}):
                    words = f'two plates called "{plate}" at "{wave}"'
                    why, fix = "the values of one would be lost", "give every plate its own name and export again"
                    place = {"sheet": step.sheet, "row": str(row)}
                    refused.setdefault(
                        plate, Problem("E-WELL-061", "QUARANTINE", source.name, words, why, fix, **place)
                    )
                raw.append((plate, wave, step))
            elif what == "signal":
                wave = wave if (plate, wave) not in sets else f"{step.name} {wave}"
                raw.append((plate, wave, step))
            if what is None or what in sets.setdefault((plate, wave), {}):
                ignored += [f"{step.name}: {corner}"] if what != "sample" else []
                continue
            sets[(plate, wave)][what] = found
            where.setdefault((plate, wave), (step.sheet, row))
            if what == "concentration":
                units[(plate, wave)] = matrix.unit_in(corner)
    layouts = _layouts(source, sheets.get(_LAYOUT, []))
    curves = [curve for step in steps for curve in step.curves]
    ignored += [
        f"sheet {name}"
        for name, rows in sheets.items()
        if not _is_step(rows) and name not in {*_INFORMATION, "Run log", _LAYOUT}
    ]
    plates = Plates()
    for name in dict.fromkeys([*(plate for plate, _, _ in raw), *refused]):
        if name in refused:
            plates.refuse(name, refused[name])
            continue
        waves = [(wave, step) for plate, wave, step in raw if plate == name]
        layout = layouts.get(name, {})
        records = [
            entry
            for wave, step in waves
            for entry in _records(source, sets[(name, wave)], _label(wave, step), layout, units.get((name, wave)))
        ]
        own = [{"analyte": _label(wave, step), **curve} for wave, step in waves for w, curve in curves if w == wave]
        more = {"read_time": reads[0].time, "metadata": _metadata(sheets)}
        more["curves"] = pd.DataFrame(own, dtype="str") if own else None
        with plates.one(name):
            plates.add(*matrix.plate(source, name, records, matrix.kind_of(reads[0].name), **more))
    there = {each.name for each in [*plates.read, *plates.unread]}
    problems = plates.problems + _without_signals(source, sets, where, set(layouts) - there)
    ignored = list(dict.fromkeys(ignored))
    return Export(
        FAMILY, plates.read, source.encoding, source.delimiter, source.decimal, ignored, problems, plates.unread
    )


def _without_signals(source, sets, where, layouts):
    """FLAGs for values and layouts of a plate or wavelength that has no signals: one of the names was changed."""
    found = [
        (f'{", ".join(members)} of plate "{plate}" at "{wave}" nm, where no signals are', *where[(plate, wave)])
        for (plate, wave), members in sets.items()
        if "signal" not in members
    ]
    found += [(f'a layout of plate "{name}", of which no signals are', _LAYOUT, "") for name in sorted(layouts)]
    why, fix = "these values are not read", "export again; do not edit the export"
    return [
        Problem("E-READ-006", "FLAG", source.name, words, why, fix, sheet=sheet, row=str(row))
        for words, sheet, row in found
    ]


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
        if key == "sample":
            return "sample"
        if key == "dilutionfactor":
            return "dilution"
        if key.startswith("conc"):
            return "concentration"
        if key == "blanksubtracted":
            return "net"
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
            entry["net_signal"] = matrix.net(source, sets["net"].get(well, ("",))[0], entry)
        if "concentration" in sets:
            matrix.add_vendor(entry, sets["concentration"].get(well, ("",))[0], decimal)
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
            words = f"plate rows of {sorted(set(order.values()))} lines in the layout of {plate}"
            why, fix = "a line was lost or added: samples, groups or amounts may be mixed up", "export again"
            problem = Problem(
                "E-READ-006", "FLAG", source.name, words, why, fix, sheet=_LAYOUT, row=str(part.start + 1)
            )
            source.problems.append(problem)
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
