"""Molecular Devices SoftMax Pro text: plate blocks (PlateFormat, TimeFormat), group blocks identified by formula.

Raw values of each wavelength are one analyte. The Reduced matrix of a plate goes to `net_signal`: of the only
wavelength, or of the first when it equals the first or the first minus the second; otherwise it is an analyte of its
own. Without that matrix the group's well values are the reduced signal, with the digits printed there. A plate
exported with Reduced values only has them as signal, labelled by all its wavelengths.
"""

import re
from dataclasses import dataclass, field

from immunoassay.problems import Problem
from immunoassay.readers import cells, matrix
from immunoassay.readers.export import Export

FAMILY = "softmax"

_ROWS = {6: 2, 12: 3, 24: 4, 48: 6, 96: 8, 384: 16, 1536: 32}
_LETTERS = [*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "AA", "AB", "AC", "AD", "AE", "AF"]
_GROUP_END = {"Group Column", "Group Summaries"}
_ROLES = (
    ("standard", re.compile(r"st(andar)?ds?\b|standard|calibrat", re.I)),
    ("control", re.compile(r"control|\bctrl|\bqc", re.I)),
    ("blank", re.compile(r"blank", re.I)),
    ("sample", re.compile(r"unk|sample", re.I)),
)


def recognise(source):
    """The first line is `##BLOCKS= n`."""
    return hasattr(source, "rows") and bool(source.rows) and matrix.first(source.rows[0]).startswith("##BLOCKS")


def read(source):
    """Read every endpoint plate. Raises NotReadable when the file holds none."""
    plates, groups, ignored, refused = [], [], [], []
    for block in _blocks(source.rows):
        head = matrix.first(block.rows[0])
        if head.startswith("Plate:"):
            plate = _Plate(source, block)
            if plate.read_type == "Endpoint":
                plates.append(plate)
            else:
                refused.append(f"{plate.name} ({plate.read_type})")
        elif head.startswith("Group:"):
            groups.append((len(plates) - 1, _Group(source, block)))
        else:
            ignored.append(head)
    if not plates and refused:
        raise matrix.not_endpoint(source, f"a SoftMax Pro export of {', '.join(refused)}")
    if not plates:
        raise matrix.no_signals(source, "a SoftMax Pro export", "a plate block")
    for before, group in groups:
        for well in group.wells:
            plate = _plate_of(plates, before, well["plate"])
            plate.members.setdefault(well["well"], []).append(well)
        if group.unit:
            for plate in {id(p): p for p in (_plate_of(plates, before, w["plate"]) for w in group.wells)}.values():
                plate.units.add(group.unit)
        ignored += [f"{group.name}: {name}" for name in group.unused]
    last = source.rows[-1]
    metadata = {"Original Filename": " ".join(matrix.texts(last))} if last else {}
    finished, problems = [], []
    for plate in plates:
        done, found = plate.finish(source, metadata)
        finished.append(done)
        problems += found
    ignored += [f"Plate: {name}" for name in refused]
    if refused:
        problems.append(_set_aside(source, refused))
    ignored = list(dict.fromkeys(ignored))
    return Export(FAMILY, finished, source.encoding, source.delimiter, source.decimal, ignored, problems)


@dataclass
class _Block:
    rows: list
    start: int  # 0-based row of the first


def _blocks(rows):
    start = None
    for index, row in enumerate(rows):
        head = matrix.first(row)
        if start is None and re.match(r"[A-Za-z ]+:", head) and not head.startswith("Original Filename"):
            start = index
        if start is not None and head == "~End":
            yield _Block(rows[start:index], start)
            start = None
    if start is not None:
        yield _Block(rows[start:], start)


# --- plates ----------------------------------------------------------------------------------------------------------


class _Plate:
    """A plate block: raw values per wavelength, the reduced values, and what groups say of its wells."""

    def __init__(self, source, block):
        head = [cells.text(cell) for cell in block.rows[0]]
        self.head = head
        self.name = head[1] if len(head) > 1 else ""
        self.format, self.read_type, self.mode = [*head[3:6], "", "", ""][:3]
        position = next((i for i in range(6, min(9, len(head))) if head[i] in ("Raw", "Reduced", "Both")), 6)
        self.contents = head[position] if len(head) > position else ""
        waves = head[position + 9].split() if len(head) > position + 9 else []
        self.wells_of_plate = cells.number(head[position + 12]) if len(head) > position + 12 else None
        self.written = " ".join(waves)
        self.labels = _labels(waves or [""], self.mode)
        self.members, self.units = {}, set()
        self.raw, self.reduced = [], {}  # per wavelength A01 -> (cell, row); A01 -> (cell, row)
        self.temperature = ""
        if self.read_type == "Endpoint":
            self._read(block)

    def _read(self, block):
        rows, first = block.rows, block.start + 1  # 1-based row of rows[0]
        heads = [i for i, row in enumerate(rows) if i and _is_header(row, self.format)]
        for count, index in enumerate(heads):
            end = heads[count + 1] if count + 1 < len(heads) else len(rows)
            only_reduced = count == 0 and self.contents == "Reduced"
            if count == 0 and not only_reduced and index + 1 < end and len(rows[index + 1]) > 1:
                self.temperature = cells.text(rows[index + 1][1])
            read = _plate_format if self.format == "PlateFormat" else _time_format
            sets = read(rows, index, end, first, self.wells_of_plate)
            if count or only_reduced:
                self.reduced = sets[0] if sets else {}
            else:
                self.raw = sets

    def finish(self, source, metadata):
        decimal = source.decimal
        unit = next(iter(self.units)) if len(self.units) == 1 else None
        sets = dict(zip(self.labels, self.raw, strict=False))
        net_of, own = self._net(decimal)
        if not sets:
            sets = {self.written or self.mode: self.reduced}
            net_of = next(iter(sets))
        elif own:
            sets["Reduced"] = self.reduced
        found = {well for values in sets.values() for well in values} | set(self.members)
        records = []
        for position, (label, values) in enumerate(sets.items()):
            for well in sorted(found, key=lambda w: (len(w), w)):
                cell, row = values.get(well, ("", None))
                entry = matrix.record(well, label, cell, decimal, row, region=label, unit=unit)
                members = self.members.get(well, [])
                for member in members:
                    entry.update({k: v for k, v in member["columns"].items() if entry.get(k) is None})
                if label == net_of and well in self.reduced:
                    entry["net_signal"] = matrix.signal(self.reduced[well][0], decimal)[0]
                if position == 0:
                    self._from_groups(entry, members, decimal)
                records.append(entry)
        metadata = {**metadata, "Plate": "\t".join(self.head[1:]), "Temperature": self.temperature}
        return matrix.plate(source, self.name, records, self.mode.lower(), metadata=metadata)

    def _net(self, decimal):
        """The wavelength whose reduced signal the Reduced matrix is, and whether it is an analyte of its own."""
        if not self.reduced or not self.raw:
            return None, False
        if len(self.raw) == 1:
            return self.labels[0], False
        equal, difference = True, True
        for well, (cell, _) in self.reduced.items():
            parts = [matrix.signal(values.get(well, ("", None))[0], decimal)[0] for values in self.raw[:2]]
            value = matrix.signal(cell, decimal)[0]
            if None not in (*parts, value):
                close = 1e-6 * max(1, abs(parts[0]))
                equal = equal and abs(parts[0] - value) <= close
                difference = difference and abs(parts[0] - parts[1] - value) <= close
        return (self.labels[0], False) if equal or difference else (None, True)

    def _from_groups(self, entry, members, decimal):
        """Well value, result and flags of the first wavelength, from the groups that name the well."""
        for member in members:
            value, flag, written = matrix.signal(member["value"], decimal) if member["value"] else (None, "none", None)
            if not self.reduced and value is not None and not _rounds_to(entry["signal"], member["value"], decimal):
                entry["net_signal"] = value
            if member["result"] is not None and entry.get("vendor_concentration") is None:
                matrix.add_vendor(entry, member["result"], decimal)
                if member["outside"] and entry["vendor_concentration"] is not None:
                    entry["vendor_flag"], entry["vendor_flag_text"] = "extrapolated", member["outside"]
            elif flag != "none" and entry["vendor_flag"] == "none":
                entry["vendor_flag"] = "not_computed" if written.lower() == "range?" else flag
                entry["vendor_flag_text"] = written


def _is_header(row, layout):
    if layout == "PlateFormat":
        return len(row) > 3 and cells.number(row[2]) == 1 and cells.number(row[3]) == 2
    return len(row) > 2 and cells.well(row[2]) is not None


def _plate_format(rows, index, end, first, wells):
    """The matrices side by side below one header, separated by an empty column; empty plate rows may be blank rows."""
    starts = [i for i, cell in enumerate(rows[index]) if cells.number(cell) == 1]
    columns = next((n for n in range(len(rows[index]) - starts[0], 0, -1) if _run(rows[index], starts[0], n)), 0)
    count = _ROWS.get(int(wells or 0)) or {12: 8, 24: 16, 48: 32}.get(columns, 8)
    sets = []
    for start in starts:
        values = {}
        for offset, row in enumerate(rows[index + 1 : min(index + 1 + count, end)]):
            for column in range(columns):
                cell = row[start + column] if start + column < len(row) else ""
                if cell != "":
                    values[f"{_LETTERS[offset]}{column + 1:02d}"] = (cell, first + index + 1 + offset)
        sets.append(values)
    return sets


def _run(row, start, count):
    return [cells.number(cell) for cell in row[start : start + count]] == list(range(1, count + 1))


def _time_format(rows, index, end, first, _wells):
    """One line per wavelength below a line of well names."""
    sets = []
    for offset, row in enumerate(rows[index + 1 : end], index + 1):
        named = {
            cells.well(name): (row[position], first + offset)
            for position, name in enumerate(rows[index])
            if position < len(row) and row[position] != "" and cells.well(name)
        }
        if named:
            sets.append(named)
    return sets


def _labels(waves, mode):
    """Unique labels; wavelength 0 (luminescence without filter) is the read mode."""
    names = [wave if wave not in ("", "0") else mode for wave in waves]
    seen = [names[:i].count(name) for i, name in enumerate(names)]
    return [f"{name} ({before + 1})" if before else name for name, before in zip(names, seen, strict=True)]


# --- groups ----------------------------------------------------------------------------------------------------------


@dataclass
class _Columns:
    """Positions of a group's columns, by formula first, by name where the export lists no formula."""

    sample: int | None = None
    well: int | None = None
    value: int | None = None
    expected: int | None = None
    dilution: int | None = None
    plate: int | None = None
    result: int | None = None
    outside: int | None = None
    unused: list = field(default_factory=list)


class _Group:
    """A group block: what it says of each well, the unit in its headings, its columns that are not read."""

    def __init__(self, source, block):
        head = block.rows[0]
        self.name = matrix.first(head).partition(":")[2].strip() or cells.text([*head, "", ""][1])
        self.role = next((role for role, pattern in _ROLES if pattern.search(self.name)), None)
        header = block.rows[1] if len(block.rows) > 1 else []
        data = []
        for row in block.rows[2:]:
            if not row or matrix.first(row) in _GROUP_END:
                break
            data.append(row)
        columns = _group_columns(header, _formulas(block.rows))
        self.unused = columns.unused if data else []
        units = [matrix.unit_in(header[i]) for i in (columns.expected, columns.result) if i is not None]
        self.unit = next(filter(None, units), None)
        self.wells = self._wells(data, columns, source.decimal)

    def _wells(self, data, columns, decimal):
        found, sample, order, shared = [], "", 0, {}
        for row in data:
            padded = [*row, *[""] * 80]

            def cell(position, padded=padded):
                return "" if position is None else cells.text(padded[position])

            if cell(columns.sample) or not order:
                sample, order = cell(columns.sample), order + 1
                shared = {name: cell(getattr(columns, name)) for name in ("expected", "dilution")}
            for well in cells.wells(cell(columns.well)):
                found.append(
                    {
                        "well": well,
                        "plate": cell(columns.plate),
                        "value": cell(columns.value),
                        "result": None if columns.result is None else cell(columns.result),
                        "outside": cell(columns.outside),
                        "columns": self._columns(sample, order, shared, decimal),
                    }
                )
        return found

    def _columns(self, sample, order, shared, decimal):
        level = None
        if self.role == "standard":
            number = re.search(r"([0-9]+)$", sample)
            level = f"S{int(number[1])}" if number else f"S{order}"
        elif self.role == "control":
            level = f"{self.name} {sample}" if sample.isdigit() else sample
        named = {"role": self.role, "sample": sample or None, "level": level}
        return named | {name: cells.number(text, decimal) for name, text in shared.items()}


def _formulas(rows):
    """0-based position of a column -> its formula."""
    start = next((i for i, row in enumerate(rows) if matrix.first(row) == "Group Column"), None)
    found = {}
    for row in rows[start + 1 :] if start is not None else []:
        number = cells.number(row[0]) if row else None
        if number is None:
            break
        found[int(number) - 1] = cells.text(row[2]) if len(row) > 2 else ""
    return found


def _group_columns(header, formulas):
    found = _Columns()
    names = [cells.text(name) for name in header]
    values = {"!WellValues", *(name for i, name in enumerate(names) if formulas.get(i) == "!WellValues")}
    for position, name in enumerate(names):
        kind = _column_kind(name, formulas.get(position, ""), values, bool(formulas))
        if kind and getattr(found, kind) is None:
            setattr(found, kind, position)
        elif name:
            found.unused.append(name)
    return found


def _column_kind(name, formula, values, has_formulas):
    key = cells.key(name)
    by_formula = {
        "!SampleNames": "sample",
        "!WellIDs": "well",
        "!WellValues": "value",
        "!WellPlateName": "plate",
        "!Factor": "dilution",
        "!Conc": "expected",
        "!SampleDescriptor": "dilution" if "dil" in key else "expected",
    }
    if formula in by_formula:
        return by_formula[formula]
    interpolated = re.search(r"InterpX\([^,()]*,\s*'?([^)']*?)'?\s*\)", formula)
    if interpolated and "Average" not in formula:
        return "result" if interpolated[1] in values else None
    if '"R"' in formula:
        return "outside"
    if key == "sample":
        return "sample"
    if key in ("dilution", "dilutionfactor"):
        return "dilution"
    if not has_formulas:
        by_name = {"well": "well", "wells": "well", "value": "value", "values": "value", "od": "value", "r": "outside"}
        by_name |= {"result": "result", "results": "result", "conc": "expected", "wellplatename": "plate"}
        return by_name.get(key, "expected" if key.startswith("concentration") else None)
    return None


def _plate_of(plates, before, name):
    """The plate a group's row belongs to: the one it names, nearest before the group; else the one before it."""
    named = [i for i, plate in enumerate(plates) if plate.name == name] if name else []
    earlier = [i for i in named if i <= before]
    return plates[(earlier or named or [max(before, 0)])[-1 if earlier else 0]]


def _rounds_to(value, printed, decimal):
    """Whether the printed number is this value rounded to the digits printed."""
    digits = len(printed.partition(decimal)[2])
    number = cells.number(printed, decimal)
    return value is not None and number is not None and abs(value - number) <= 0.5000001 * 10**-digits


def _set_aside(source, refused):
    found = f"{', '.join(refused)} beside endpoint plates"
    why = "only endpoint reads hold one signal per well; these plates are left out"
    return Problem("E-FILE-009", "FLAG", source.name, found, why, "nothing, if no row of plates.tsv names them")
