"""BioTek/Agilent Gen5: text export (tab) or sheet, with matrix, list or statistics layout; several plates per file.

Every data set is a name per line (`450`, `read:450`, `Blank 450`, `[Concentration]`), a titled matrix, or a column of
a list. The raw reads are those the procedure names; a list without a procedure has its first data column.
"""

import itertools
import re

import pandas as pd

from immunoassay.readers import cells, files, matrix
from immunoassay.readers.export import Export

FAMILY = "gen5"

_LIST_KEYS = {"wellid", "well", "concdil"}
_STATISTICS = {"count", "mean", "stddev", "cv", "min", "max", "median", "std", "sd"}
_WAVELENGTH = re.compile(r"[0-9]{3}(?:/[0-9]+)?(?:,\s*[0-9]{3}(?:/[0-9]+)?)*|Lum", re.I)
_ROLES = {"STD": "standard", "BLK": "blank", "SPL": "sample", "CTL": "control", "CTRL": "control"}
_METADATA_END = ("Procedure Details", "Layout", "Results")


def recognise(source):
    """A `Software Version` line with an experiment file or plate number, or a list headed Well ID, Well, Conc/Dil."""
    for _, rows in files.grids(source):
        firsts = {matrix.first(row).rstrip(":") for row in rows[:40]}
        if "Software Version" in firsts and firsts & {"Experiment File Path", "Plate Number", "Protocol File Path"}:
            return True
        if any(_list_columns(row) for row in rows[:40]):
            return True
    return False


def read(source):
    """Read every plate. Raises NotReadable for kinetic, spectrum and area-scan reads and a file without data."""
    plates, problems, ignored, refused = [], [], [], None
    for sheet, rows in files.grids(source):
        starts = [index for index, row in enumerate(rows) if matrix.first(row).rstrip(":") == "Plate Number"] or [0]
        head = _pairs(rows[: starts[0]])
        for start, end in itertools.pairwise([*starts, len(rows)]):
            part = _Part(rows[:end], start)
            what = part.not_endpoint
            if what:
                refused = what
                ignored.append(f"{part.metadata.get('Plate Number', 'plate')}: {what}")
                continue
            plate, found, unused = _plate(source, sheet, part, head)
            if plate is not None:
                plates.append(plate)
                problems += found
                ignored += [name for name in unused if name not in ignored]
    if not plates and refused:
        raise matrix.not_endpoint(source, f"a Gen5 {refused}")
    if not plates:
        raise matrix.no_signals(source, "a Gen5 export", "data of wells")
    return Export(FAMILY, plates, source.encoding, source.delimiter, source.decimal, ignored, problems)


class _Part:
    """The rows of one plate, cut into header, procedure, layout, data sets and curves."""

    def __init__(self, rows, start):
        rows = [[]] * start + rows[start:]  # keeps the row numbers of the file
        ends = [i for i in range(start, len(rows)) if matrix.first(rows[i]) in _METADATA_END]
        named = matrix.first(rows[start]).rstrip(":") == "Plate Number" if len(rows) > start else False
        self.metadata = _pairs(rows[: ends[0] if ends else start + 8]) if named else {}
        self.procedure = _procedure(rows)
        self.layout, self.sets = {}, {}  # A01 -> {label: cell}; name -> {A01: (cell, row)}
        self.unused, self.repeated = [], {}
        for found in matrix.matrices(rows, stacked=True):
            is_layout = found.title == "Layout" or any(line.label == "Well ID" for line in found.lines)
            for line in found.lines:
                name = line.label or ("" if is_layout else found.title)
                for well, cell in line.cells.items():
                    if cell != "" and is_layout:
                        self.layout.setdefault(well, {})[name] = cell
                    elif cell != "":
                        self._put(name, well, cell, line.row)
        self._read_lists(rows)
        self.curves = _curves(rows)
        self.not_endpoint = _not_endpoint(rows, self.procedure)

    def _put(self, name, well, cell, row):
        before = self.sets.setdefault(name, {}).setdefault(well, (cell, row))
        if before[0] != cell:
            self.repeated[name] = (well, row)

    def _read_lists(self, rows):
        for index, row in enumerate(rows):
            columns = _list_columns(row)
            if not columns:
                continue
            last = {}
            for number, entry in enumerate(rows[index + 1 :], index + 2):
                padded = [*entry, *[""] * (len(row) - len(entry))]
                well = cells.well(padded[columns["well"]])
                if well is None:
                    break
                if padded[columns["wellid"]] != "":
                    last = {"Well ID": padded[columns["wellid"]]}
                    if "name" in columns:
                        last["Name"] = padded[columns["name"]]
                given = {**last, "Conc/Dil": padded[columns["concdil"]]}
                self.layout.setdefault(well, {}).update({k: v for k, v in given.items() if v != ""})
                for position in range(max(columns.values()) + 1, len(row)):
                    name = cells.text(row[position])
                    if cells.key(name) in _STATISTICS:
                        self.unused += [name] if name not in self.unused else []
                    elif padded[position] != "":
                        self._put(name, well, padded[position], number)


def _plate(source, sheet, part, head):
    decimal = source.decimal
    raw, net, concentration = _data_sets(part)
    if not raw:
        return None, [], []
    for name in {*raw, *net.values(), concentration} & set(part.repeated):
        well, row = part.repeated[name]
        found = f'data set "{name}" with two different values in well {well}'
        why, fix = "it is not clear which one is meant", "give the reads different names and export again"
        raise files.refusal(source.name, "E-WELL-061", found, why, fix, sheet=sheet, row=str(row))
    unit = matrix.unit_in(concentration) if concentration else None
    identity = {well: _identity(labels, decimal) for well, labels in part.layout.items()}
    records = []
    for label in raw:
        carries = concentration and label == _read_of(concentration, raw)
        for well in _wells(part, raw, identity):
            cell, row = part.sets[label].get(well, ("", None))
            entry = matrix.record(well, label, cell, decimal, row, region=_wavelength(label), unit=unit)
            entry.update(identity.get(well, {}))
            if label in net:
                blanked = part.sets[net[label]].get(well, ("", None))[0]
                entry["net_signal"] = matrix.signal(blanked, decimal)[0]
            if carries:
                matrix.add_vendor(entry, part.sets[concentration].get(well, ("", None))[0], decimal)
            records.append(entry)
    curves = None
    if part.curves is not None:
        analytes = [_read_of(name, raw) for name in part.curves.iloc[:, 0]]
        curves = part.curves.assign(analyte=analytes)[["analyte", *part.curves.columns]]
    metadata = {**head, **part.metadata}
    name = part.metadata.get("Plate Number", "")
    plate, problems = matrix.plate(
        source,
        name,
        records,
        matrix.kind_of(" ".join(part.procedure)) or ("fluorescence" if "," in _wavelength(raw[0]) else ""),
        sheet,
        read_time=" ".join(filter(None, (metadata.get("Date"), metadata.get("Time")))),
        metadata=metadata,
        curves=curves,
    )
    used = {*raw, *net.values(), concentration}
    return plate, problems, [*(name for name in part.sets if name not in used), *part.unused]


def _data_sets(part):
    """The raw reads, the blanked set of each, and the set of concentrations."""
    reads, wavelengths = _reads(part.procedure)
    names = list(part.sets)
    raw = [name for name in names if _is_raw(name, reads, wavelengths)]
    if not raw:
        raw = [name for name in names if not re.match(r"blank\b", name, re.I) and not _is_concentration(name)][:1]
    net = {}
    for label in raw:
        for name in names:
            if cells.key(name) == cells.key(f"Blank {label}") or _is_difference(name, label, raw):
                net.setdefault(label, name)
    named = [name for name in names if _is_concentration(name)]
    plain = [name for name in named if cells.key(name) in ("conc", "concentration")]
    return raw, net, next(iter(plain or named), None)


def _is_raw(name, reads, wavelengths):
    prefix, _, tail = name.rpartition(":")
    if not wavelengths:  # a file without its procedure
        return _WAVELENGTH.fullmatch(tail) is not None and not prefix.lower().startswith("blank")
    return tail.replace(" ", "") in wavelengths and (not prefix or prefix in reads)


def _is_concentration(name):
    return bool(re.search(r"\bconc(?:entration)?s?\b", name, re.I)) and not re.search(r"\b(mean|cv|sd)\b", name, re.I)


def _is_difference(name, label, raw):
    """`Delta 450-570` of the reads 450 and 570 is the reduced signal of 450."""
    match = re.search(r"([0-9]{3})\s*-\s*([0-9]{3})", name)
    waves = [_wavelength(other) for other in raw]
    return bool(match) and match[1] == _wavelength(label) and match[2] in waves


def _read_of(name, raw):
    """The raw read a concentration or curve belongs to: the one it names, else the first."""
    return next((label for label in raw if len(raw) > 1 and label in name), raw[0])


def _wavelength(label):
    return label.rpartition(":")[2]


def _wells(part, raw, identity):
    found = {well for label in raw for well in part.sets[label]} | set(identity)
    return sorted(found, key=lambda well: (well[:-2].rjust(2), well))


def _identity(labels, decimal):
    written = cells.text(labels.get("Well ID", ""))
    match = re.fullmatch(r"([A-Z]+)([0-9]*)(?::[0-9]+)?", written)
    role = _ROLES.get(match[1]) if match else None
    found = {"role": role, "sample": cells.text(labels.get("Name", "")) or written or None}
    number = cells.number(labels.get("Conc/Dil"), decimal)
    if role == "standard":
        found |= {"level": f"S{int(match[2])}" if match[2] else None, "expected": number}
    elif role == "control":
        found |= {"level": written, "expected": number}
    elif number is not None and number > 0:
        found["dilution"] = 1 / number if number < 1 else number
    return found


# --- sections --------------------------------------------------------------------------------------------------------


def _pairs(rows):
    pairs = {}
    for row in rows:
        values = matrix.texts(row)
        if len(values) >= 2 and matrix.first(row):
            pairs.setdefault(values[0].rstrip(":"), values[1])
    return pairs


def _procedure(rows):
    """The lines of Procedure Details, each as text with its first column kept before a tab."""
    start = next((i for i, row in enumerate(rows) if matrix.first(row) == "Procedure Details"), None)
    if start is None:
        return []
    lines = []
    for row in rows[start + 1 :]:
        if not row and len(lines) > 0:
            break
        if row:
            lines.append("\t".join([matrix.first(row), *matrix.texts(row[1:])]))
    return lines


def _reads(procedure):
    """Names of the reads, and their wavelengths as data set names write them (450, `400/30,460/40`, Lum)."""
    names, wavelengths = set(), set()
    for line in procedure:
        key, _, rest = line.partition("\t")
        if key.strip() == "Read":
            names.add(rest.split("\t")[0].strip())
        if "wavelengths:" in line.lower():
            wavelengths.update(re.findall(r"[0-9]{3}", line.partition(":")[2]))
        match = re.search(r"Excitation:\s*([0-9/]+).*Emission:\s*([0-9/]+)", line)
        if match:
            wavelengths.add(f"{match[1]},{match[2]}")
        if "luminescence" in line.lower():
            wavelengths.add("Lum")
    return names, wavelengths


def _not_endpoint(rows, procedure):
    text = "\n".join(procedure)
    for sign, what in (("Kinetic", "kinetic read"), (" Spectrum", "spectrum"), ("Area Scan", "area scan")):
        if sign in text:
            return what
    heads = {"Time": "kinetic read", "Wavelength": "spectrum", "X Read #": "area scan"}
    for row in rows:
        if matrix.first(row) in heads and any(cells.well(cell) for cell in row[1:4]):
            return heads[matrix.first(row)]
    return None


def _curves(rows):
    """The curve tables as printed, or None."""
    found = []
    for index, row in enumerate(rows):
        if matrix.first(row) == "Curve Name":
            for entry in rows[index + 1 :]:
                if not entry:
                    break
                found.append(dict(zip(map(str, row), [*map(str, entry), *[""] * len(row)], strict=False)))
    return pd.DataFrame(found, dtype="str") if found else None


def _list_columns(row):
    """Positions of Well ID, Name, Well and Conc/Dil in the header of a list, or {}."""
    positions = {cells.key(cell): position for position, cell in reversed(list(enumerate(row)))}
    if not positions.keys() >= _LIST_KEYS:
        return {}
    return {name: positions[name] for name in ("wellid", "name", "well", "concdil") if name in positions}
