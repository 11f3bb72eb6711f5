"""BioTek/Agilent Gen5: text export (tab) or sheet, with matrix, list or statistics layout; several plates per file.

Every data set is a name per line (`450`, `read:450`, `Blank 450`, `[Concentration]`), a titled matrix, or a column of
a list. The raw reads are those the procedure names; a list without a procedure has its first data column.
"""

import itertools
import re
from collections import Counter

import pandas as pd
from immunoassay.readers import kinetics, lists, matrices, matrix, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export
from immunoassay.readers.plates import Plates

FAMILY = "gen5"
DECLARED = (
    Declared(
        "BioTek Gen5",
        "3.0 and 3.12",
        "text or workbook, matrices or lists of wells with their layout",
        "real",
        "reads, blanked reads, concentrations with their flags, layout, curves",
        "kinetic reads, spectra and area scans",
        "export procedure, layout and results of the endpoint read as text",
    ),
)

_LIST_KEYS = {"wellid", "well", "concdil"}
_STATISTICS = {"count", "mean", "stddev", "cv", "min", "max", "median", "std", "sd"}
_WAVELENGTH = re.compile(r"[0-9]{3}(?:/[0-9]+)?(?:,\s*[0-9]{3}(?:/[0-9]+)?)*|Lum", re.I)
_ROLES = {"STD": "standard", "BLK": "blank", "SPL": "sample", "CTL": "control", "CTRL": "control"}
_METADATA_END = ("Procedure Details", "Layout", "Results")
_HEAD = {"Software Version", "Experiment File Path", "Protocol File Path", "Plate Number", "Reader Type"}
_LIST_END = {"Plate Number", "Software Version", "Curve Fitting Results", "Curve Name", *_METADATA_END}


def recognise(source: sources.Source) -> bool:
    """Two of the lines Software Version, Experiment File Path, Plate Number ..., or a list of Well ID, Well, Conc/Dil."""
    for _, rows in sources.grids(source):
        firsts = {matrix.first(row).rstrip(":") for row in rows[:40]}
        if len(firsts & _HEAD) > 1:
            return True
        if any(_list_columns(row) for row in rows[:40]):
            return True
    return False


def read(source: sources.Source) -> Export:
    """Read every plate. Raises NotReadable for kinetic, spectrum and area-scan reads and a file without data."""
    plates, ignored = Plates(), []
    for sheet, rows in sources.grids(source):
        starts = [index for index, row in enumerate(rows) if matrix.first(row).rstrip(":") == "Plate Number"] or [0]
        if any(matrix.first(row) in _METADATA_END for row in rows[: starts[0]]):
            starts = [0, *starts]  # a plate whose line Plate Number was lost
        head = _pairs(rows[: starts[0]])
        for start, end in itertools.pairwise([*starts, len(rows)]):
            line = matrix.texts(rows[start]) if start < len(rows) else []
            name = line[1] if len(line) > 1 and line[0].rstrip(":") == "Plate Number" else ""
            with plates.one(name):
                part = _Part(source, sheet, rows[:end], start)
                if part.not_endpoint:
                    raise matrix.not_endpoint(source, f"a Gen5 {part.not_endpoint}", sheet, start + 1)
                plate, unused = _plate(source, sheet, part, head)
                if plate is not None:
                    plates.read.append(plate)
                    ignored += unused
                elif len(starts) > 1:
                    raise source.refusal(
                        "E-READ-031", f"no data of wells of {name}", "nothing was measured on it",
                        "export again; nothing, if it is not needed", sheet=sheet, row=start + 1,
                    )  # fmt: skip
    if not plates:
        raise matrix.no_signals(source, "a Gen5 export", "data of wells")
    return plates.export(FAMILY, source, ignored)


class _Part:
    """The rows of one plate, cut into header, procedure, layout, data sets and curves."""

    def __init__(self, source, sheet, rows, start):
        rows = [[]] * start + rows[start:]  # keeps the row numbers of the file
        ends = [i for i in range(start, len(rows)) if matrix.first(rows[i]) in _METADATA_END]
        named = matrix.first(rows[start]).rstrip(":") == "Plate Number" if len(rows) > start else False
        self.metadata = _pairs(rows[: ends[0] if ends else start + 8]) if named else {}
        self.procedure = _procedure(rows)
        self.not_endpoint = _not_endpoint(rows, self.procedure)
        if self.not_endpoint:
            return
        self.source, self.sheet = source, sheet
        self.layout, self.sets = {}, {}  # A01 -> {label: cell}; name -> {A01: (cell, row)}
        self.unused, self.repeated = [], {}
        self.has_names = False  # whether it has a column or line Name, filled or not
        for found in matrices.whole(source, sheet, rows, stacked=True):
            is_layout = found.title == "Layout" or any(line.label == "Well ID" for line in found.lines)
            self._check_labels(found)
            for line in found.lines:
                self.has_names = self.has_names or (is_layout and line.label == "Name")
                name = line.label or ("" if is_layout else found.title)
                for well, cell in line.cells.items():
                    if cell != "" and is_layout:
                        self.layout.setdefault(well, {})[name] = cell
                    elif cell != "":
                        self._put(name, well, cell, line.row)
        self._read_lists(rows)
        self.curves = _curves(rows)

    def _put(self, name, well, cell, row):
        before = self.sets.setdefault(name, {}).setdefault(well, (cell, row))
        if before[0] != cell:
            self.repeated[name] = (well, row)

    def _check_labels(self, found):
        """FLAGs for plate rows of a matrix that have not the labels of the others: a line was lost, or its label."""
        labels, every = {}, set()
        for line in found.lines:
            if line.label and (line.letter, line.label) in every:
                self.flag("E-READ-009", f'two lines "{line.label}" of plate row {line.letter}', line.row)
            every.add((line.letter, line.label))
            if line.label not in ("Conc/Dil", "Name"):  # absent where a plate row has none
                labels.setdefault(line.letter, []).append(line.label)
        common = Counter(tuple(sorted(each)) for each in labels.values()).most_common(1)[0][0]
        for line in found.lines:
            own = labels.get(line.letter, common)
            if tuple(sorted(own)) != common:
                labels.pop(line.letter)
                found_, wanted = ", ".join(own) or "none", ", ".join(common)
                self.flag("E-READ-009", f"lines {found_} of plate row {line.letter}, {wanted} of the others", line.row)

    def flag(self, code, found, row="", why="a line or its name was lost or changed", fix="export again, unedited"):
        """Note a FLAG for a row of the plate."""
        self.source.flag(code, found, why, fix, sheet=self.sheet, row=row)

    def _read_lists(self, rows):
        first = True
        for index, row in enumerate(rows):
            columns = _list_columns(row)
            if not columns:
                continue

            def is_record(row, columns=columns):
                return len(row) > columns["well"] and written_cells.well(row[columns["well"]]) is not None

            def is_end(row):
                return bool(_list_columns(row)) or matrix.first(row).rstrip(":") in _LIST_END

            lines, _ = lists.table(self.source, self.sheet, rows, index, is_record, is_end, first=first)
            first = False
            self._read_list(row, columns, lines)
            self.has_names = self.has_names or "name" in columns
            known = columns.values()
            self.unused += [
                written_cells.text(row[at]) for at in range(max(known)) if at not in known and row[at] != ""
            ]

    def _read_list(self, header, columns, lines):
        keys = [written_cells.key(name) for name in header]
        last, counts = {}, []  # of the sample: its names; [row, rows, count as printed]
        for number, entry in lines:
            padded = [*entry, *[""] * (len(header) - len(entry))]
            well, count = (
                written_cells.well(padded[columns["well"]]),
                padded[keys.index("count")] if "count" in keys else "",
            )
            if padded[columns["wellid"]] != "" or not last:
                last = {"Well ID": padded[columns["wellid"]]}
                if "name" in columns:
                    last["Name"] = padded[columns["name"]]
                counts.append([number, 0, count])
            elif count != "":
                self.flag("E-READ-009", f"a count of replicates in a row without Well ID ({well})", number)
            counts[-1][1] += 1
            amount = counts[-1][3:] or counts[-1].append(padded[columns["concdil"]])
            if amount and amount[0] != padded[columns["concdil"]]:
                self.flag(
                    "E-READ-010",
                    f"Conc/Dil {padded[columns['concdil']]} of {well}, {amount[0]} of its replicates",
                    number,
                )
            given = {**last, "Conc/Dil": padded[columns["concdil"]]}
            self.layout.setdefault(well, {}).update({k: v for k, v in given.items() if v != ""})
            for position in range(max(columns.values()) + 1, len(header)):
                name = written_cells.text(header[position])
                if keys[position] in _STATISTICS:
                    self.unused += [name] if name not in self.unused else []
                elif padded[position] != "":
                    self._put(name, well, padded[position], number)
        for number, there, count, _ in counts:
            if self.source.number(count) not in (None, there):
                self.flag("E-READ-010", f"{there} wells of a sample that counts {written_cells.text(count)}", number)


def _plate(source, sheet, part, head):
    decimal = source.decimal
    timed = kinetics.timed(list(part.sets))
    if timed:
        raise matrix.not_endpoint(source, f"a Gen5 kinetic read or spectrum: data sets {', '.join(timed[:4])}", sheet)
    raw, net, concentration = _data_sets(part, decimal)
    if not raw:
        return None, []
    read = {*raw, *net.values(), concentration}
    for name, (well, row) in part.repeated.items():
        if name in read:  # the first of the file
            raise source.refusal(
                "E-WELL-061", f'data set "{name}" with two different values in well {well}',
                "it is not clear which one is meant", "give the reads different names and export again", sheet=sheet, row=row,
            )  # fmt: skip
    unit = matrix.unit_in(concentration) if concentration else None
    identity = {well: _identity(source, well, labels) for well, labels in part.layout.items()}
    unknown = {
        well: written
        for well, each in identity.items()
        if not each["role"] and (written := written_cells.text(part.layout[well].get("Well ID", "")))
    }
    if unknown and any(each["role"] for each in identity.values()):
        ids, wells = sorted(set(unknown.values()))[:8], sorted(unknown)[:8]
        part.flag("W-READ-010", f"Well IDs {', '.join(ids)} of no role we know in {', '.join(wells)}")
    if part.has_names:
        _flag_nameless(part, identity)
    records = []
    for label, entry in matrix.entries(source, {label: part.sets[label] for label in raw}, identity, unit):
        entry["region"] = _wavelength(label)
        if label in net:
            blanked = matrix.cell_of(part.sets[net[label]], entry["well"])
            entry["net_signal"] = matrix.net(source, blanked, entry, sheet=sheet)
        if concentration and label == _read_of(concentration, raw):
            matrix.add_vendor(entry, matrix.cell_of(part.sets[concentration], entry["well"]), decimal)
        records.append(entry)
    curves = None
    if part.curves is not None:
        analytes = [_read_of(name, raw) for name in part.curves.iloc[:, 0]]
        curves = part.curves.assign(analyte=analytes)[["analyte", *part.curves.columns]]
    metadata = {**head, **part.metadata}
    plate = matrix.plate(
        source,
        part.metadata.get("Plate Number", ""),
        records,
        matrix.kind_of(" ".join(part.procedure)) or ("fluorescence" if "," in _wavelength(raw[0]) else ""),
        sheet,
        read_time=" ".join(filter(None, (metadata.get("Date"), metadata.get("Time")))),
        metadata=metadata,
        curves=curves,
    )
    return plate, [*(name for name in part.sets if name not in read), *part.unused]


def _flag_nameless(part, identity):
    """A FLAG for samples whose Name is empty in an export that has names: they go by their Well IDs."""
    nameless = {}
    for well, each in identity.items():
        if each["role"] == "sample" and part.layout[well].get("Name", "") == "":
            nameless.setdefault(each["sample"], []).append(well)
    if nameless:
        shown = ", ".join(f"{name} ({', '.join(wells)})" for name, wells in list(nameless.items())[:8])
        shown += f" and {len(nameless) - 8} more" if len(nameless) > 8 else ""
        part.flag(
            "E-READ-006", f"no name of samples {shown}", next(iter(nameless.values()))[0],
            "their Well IDs are taken as names", "nothing if that is right; else correct the plate map",
        )  # fmt: skip


def _data_sets(part, decimal):
    """The raw reads, the blanked set of each, and the set of concentrations."""
    reads, wavelengths = _reads(part.procedure)
    names = list(part.sets)
    raw = [name for name in names if _is_raw(name, reads, wavelengths)]
    if not raw:
        raw = [name for name in names if not re.match(r"blank\b", name, re.I) and not _is_concentration(name)][:1]
    net = {}
    for label in raw:
        for name in names:
            if written_cells.key(name) == written_cells.key(f"Blank {label}") or _is_difference(name, label, raw):
                net.setdefault(label, name)
    others = [name for name in names if name not in net.values() and not _is_concentration(name)]
    for name, label in matrix.differences({name: part.sets[name] for name in others}, raw, decimal).items():
        net.setdefault(label, name)
    named = [name for name in names if _is_concentration(name)]
    plain = [name for name in named if written_cells.key(name) in ("conc", "concentration")]
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


def _identity(source, well, labels):
    written = written_cells.text(labels.get("Well ID", ""))
    match = re.fullmatch(r"([A-Z]+)([0-9]*)(?::[0-9]+)?", written)
    role = _ROLES.get(match[1]) if match else None
    found = {"role": role, "sample": written_cells.text(labels.get("Name", "")) or written or None}
    number = source.value(labels.get("Conc/Dil", ""), "Conc/Dil", well)
    if role == "standard":
        found |= {"level": f"S{int(match[2])}" if match[2] else None, "expected": number}
    elif role == "control":
        found |= {"level": written, "expected": number}
    elif number is not None and number > 0:
        found["dilution"] = 1 / number if number < 1 else number
    elif number:
        source.remember(labels["Conc/Dil"], "dilution factor", well)
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
        if matrix.first(row) in heads and any(written_cells.well(cell) for cell in row[1:4]):
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
    positions = {written_cells.key(cell): position for position, cell in reversed(list(enumerate(row)))}
    if not positions.keys() >= _LIST_KEYS:
        return {}
    return {name: positions[name] for name in ("wellid", "name", "well", "concdil") if name in positions}
