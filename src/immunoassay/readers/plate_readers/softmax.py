"""Molecular Devices SoftMax Pro text: plate blocks (PlateFormat, TimeFormat), group blocks identified by formula.

Raw values of each wavelength are one analyte. The Reduced matrix of a plate goes to `net_signal`: of the only
wavelength, or of the first when it equals the first or the first minus the second; otherwise it is an analyte of its
own. Without that matrix the group's well values are the reduced signal, with the digits printed there, unless they
are the raw values of the first wavelength. A plate exported with Reduced values only has them as signal, labelled by
all its wavelengths. A well marked as masked that the printed mean of its sample counts is not set aside: a FLAG says so.
"""

import re
from dataclasses import dataclass

from immunoassay.problems import Problem
from immunoassay.readers import matrices, matrix, sources, written_cells
from immunoassay.readers.export import Export, NotReadable, Plates
from immunoassay.readers.plate_readers import softmax_groups

FAMILY = "softmax"

_FORMATS = {"PlateFormat", "TimeFormat"}
_ROWS = {6: 2, 12: 3, 24: 4, 48: 6, 96: 8, 384: 16, 1536: 32}


def recognise(source):
    """The first line is `##BLOCKS= n`, or that of a plate block."""
    return any(_is_own(rows) for _, rows in sources.grids(source))


def read(source):
    """Read every endpoint plate. Raises NotReadable when the file holds none."""
    _, rows = matrix.own_sheet(source, _is_own, "a SoftMax Pro export")
    plates, groups, ignored = [], [], []  # of plates: (name, _Plate or the Problem why it is not read)
    blocks = list(_blocks(source, rows))
    for block in blocks:
        head = matrix.first(block.rows[0])
        if head.startswith("Plate:"):
            name = written_cells.text([*block.rows[0], ""][1])
            try:
                plates.append((name, _Plate(source, block)))
            except NotReadable as error:
                plates.append((name, error.problem))
        elif head.startswith("Group:"):
            groups.append((len(plates) - 1, softmax_groups.Group(source, block.rows, block.start)))
        else:
            ignored.append(head)
    if not plates:
        raise matrix.no_signals(source, "a SoftMax Pro export", "a plate block")
    for before, group in groups:
        owners = [_plate_of(plates, before, well["plate"]) for well in group.wells]
        for well, plate in zip(group.wells, owners, strict=True):
            if isinstance(plate, _Plate):
                plate.members.setdefault(well["well"], []).append(well)
                plate.units |= {group.unit} - {None}
        ignored += [f"{group.name}: {name}" for name in group.unused]
    named = (row for row in rows if matrix.first(row).startswith("Original Filename"))
    last = next(named, next((row for row in reversed(rows) if row), []))
    metadata = {"Original Filename": " ".join(matrix.texts(last))}
    found = Plates()
    for name, plate in plates:
        if isinstance(plate, _Plate):
            with found.one(name):
                found.add(*plate.finish(source, metadata))
        else:
            found.refuse(name, plate)
    problems = found.problems
    announced = re.search(r"##BLOCKS=\s*([0-9]+)", _head(rows))
    if not announced or int(announced[1]) != len(blocks):
        problems.append(_other_count(source, announced[1] if announced else "no", len(blocks)))
    ignored = list(dict.fromkeys(ignored))
    more = (source.encoding, source.delimiter, source.decimal, ignored, problems, found.unread)
    return Export(FAMILY, found.read, *more)


def _is_own(rows):
    first = next((row for row in rows if row), [])
    return _head(rows).startswith("##BLOCKS") or (_head(rows) == "Plate:" and bool(_FORMATS & set(map(str, first))))


def _head(rows):
    """The first cell of the first row that is not blank."""
    return next((matrix.first(row) for row in rows if row), "")


@dataclass
class _Block:
    rows: list
    start: int  # 0-based row of the first


def _blocks(source, rows):
    start = stray = None
    ended = False  # behind the name of the file only the lines of its workflow follow, or the blocks of another
    for index, row in enumerate(rows):
        head = matrix.first(row)
        ended = start is None and not head.startswith("##BLOCKS") and (ended or head.startswith("Workflow:"))
        if start is None and re.match(r"[A-Za-z ]+:", head) and not head.startswith("Original Filename"):
            if not ended or head.startswith(("Plate:", "Group:")):
                start = index
        elif start is not None and head.startswith(("Plate:", "Group:")):
            found, why = (
                f'"{head}" before the block above it has ended',
                "its ~End is lost, and two blocks are read as one",
            )
            fix = "export again; do not edit the export"
            source.problems.append(Problem("E-READ-009", "FLAG", source.name, found, why, fix, row=str(index + 1)))
        if start is not None and head == "~End":
            yield _Block(rows[start:index], start)
            start = None
        elif start is None and row and not ended and not head.startswith(("##BLOCKS", "Original Filename", "~End")):
            stray = stray or index + 1
    if stray:
        found, why = "lines outside a block", "the line with the name of their block is lost, and they are not read"
        fix = "export again; do not edit the export"
        source.problems.append(Problem("E-READ-009", "FLAG", source.name, found, why, fix, row=str(stray)))
    if start is not None:
        raise sources.refusal(
            source.name,
            "E-FILE-003",
            f'the block "{" ".join(matrix.texts(rows[start])[:2])}" without its ~End',
            "the file is cut off, and wells or whole plates are missing",
            "copy the file again, or export again",
            row=str(start + 1),
        )


# --- plates ----------------------------------------------------------------------------------------------------------


class _Plate:
    """A plate block: raw values per wavelength, the reduced values, and what groups say of its wells."""

    def __init__(self, source, block):
        head = [written_cells.text(cell) for cell in block.rows[0]]
        self.head = head
        self.name = head[1] if len(head) > 1 else ""
        self.format, self.read_type, self.mode = [*head[3:6], "", "", ""][:3]
        self.source, self.row = source, block.start + 1
        position = next((i for i in range(6, min(9, len(head))) if head[i] in ("Raw", "Reduced", "Both")), 6)
        self.contents, times, count, written, wells = ([*head, *[""] * 20][position + i] for i in (0, 2, 8, 9, 12))
        waves = written.split()
        self.wells_of_plate = written_cells.number(wells)
        self.written = " ".join(waves)
        self.labels = _labels(waves or [""], self.mode)
        self.members, self.units = {}, set()
        self.raw, self.reduced = [], {}  # per wavelength A01 -> (cell, row); A01 -> (cell, row)
        self.temperature = ""
        if self.format not in _FORMATS or not self.read_type:
            raise self.refusal("no PlateFormat or TimeFormat in the line of the plate")
        if self.read_type != "Endpoint" and not (self.read_type == "Kinetic" and times == "1"):
            raise matrix.not_endpoint(source, f'a SoftMax Pro plate "{self.name}", {self.read_type}', row=self.row)
        below = [row for row in block.rows[1:] if not _is_header(row, self.format)]
        if not any(cell != "" for row in below for cell in row[2:]):
            why, fix = "nothing was measured on it", "read the plate and export again; nothing, if it is not needed"
            raise sources.refusal(source.name, "E-READ-031", "no signals", why, fix, row=str(self.row))
        odd = self.mode == "Absorbance" and any(written_cells.number(wave) is None for wave in waves)
        if odd or written_cells.number(count) != len(waves) or self.contents not in ("Raw", "Reduced", "Both"):
            raise self.refusal("a line of the plate whose contents and wavelengths do not fit")
        self._read(block)

    def refusal(self, found, row=None):
        """NotReadable for a block whose lines do not fit together: its wells would be taken for others."""
        why, fix = "wells or wavelengths would be taken for others", "export again; do not edit the export"
        return sources.refusal(self.source.name, "E-READ-008", found, why, fix, row=str(row or self.row))

    def flag(self, found, row):
        """Note a FLAG for a row of the block."""
        why, fix = "wells may stand in the wrong place", "compare with the instrument; export again"
        self.source.problems.append(Problem("E-FILE-013", "FLAG", self.source.name, found, why, fix, row=str(row)))

    def _read(self, block):
        rows, first = block.rows, block.start + 1  # 1-based row of rows[0]
        heads = [i for i, row in enumerate(rows) if i and _is_header(row, self.format)]
        if len(heads) not in (1, 2) or any(len(rows[i + 1 : i + 2]) == 0 or i + 1 in heads for i in heads):
            raise self.refusal(f"{len(heads)} rows of columns or wells in a plate block")
        between = rows[1 : heads[0]]
        if self.format == "TimeFormat" and self.contents == "Raw" and _is_repeated(rows, heads):
            self.temperature = written_cells.text([*rows[heads.pop(0) + 1], "", ""][1])
        for count, index in enumerate(heads):
            end = heads[count + 1] if count + 1 < len(heads) else len(rows)
            only_reduced = count == 0 and self.contents == "Reduced"
            if count == 0 and not only_reduced and len(rows[index + 1]) > 1:
                self.temperature = written_cells.text(rows[index + 1][1]) or self.temperature
            read = self._plate_format if self.format == "PlateFormat" else self._time_format
            sets = read(rows, index, end, first)
            if not count and not only_reduced and len(sets) != len(self.labels):
                raise self.refusal(f"{len(sets)} data sets for {len(self.labels)} wavelengths", first + index)
            if count or only_reduced:
                self.reduced = sets[0] if sets else {}
            else:
                self.raw = sets
        if any(len(row) > 2 for row in between):
            raise self.refusal("a row above the columns or wells of a plate block", first + 1)

    def _plate_format(self, rows, index, end, first):
        """The matrices side by side below one header, separated by an empty column; empty plate rows may be blank rows.

        The rows have no letters, so a row too few or too many would shift the others.
        """
        header = rows[index]
        starts = [i for i, cell in enumerate(header) if written_cells.number(cell) == 1]
        columns = next((n for n in range(len(header) - starts[0], 0, -1) if _run(header, starts[0], n)), 0)
        count = _ROWS.get(int(self.wells_of_plate or 0)) or {12: 8, 24: 16, 48: 32}.get(columns, 8)
        last = index + 1 + count
        numbered = [written_cells.number(cell) for cell in header[2:] if cell != ""]
        if numbered != list(range(1, columns + 1)) * len(starts) or any(start % (columns + 1) != 2 for start in starts):
            raise self.refusal("column numbers that are not 1, 2, 3 ...", first + index)
        if any(len(row) > starts[-1] + columns for row in rows[index + 1 : last]):
            raise self.refusal("values behind the last column", first + index)
        if last > len(rows) or any(len(row) > 2 for row in rows[last:end]):
            raise self.refusal(f"more or fewer than {count} rows of a plate", first + index)
        widths = getattr(self.source, "widths", None)
        for at in range(index + 1, last):
            if widths and widths[first - 1 + at] != widths[first - 1 + index]:
                self.flag("another number of cells than in the row of columns", first + at)
            elif at > index + 1 and len(rows[at]) > 1 and rows[at][1] != "":
                self.flag(f'"{rows[at][1]}" in the place of the temperature', first + at)
        if last == len(rows) and index < 3:
            words = (
                f"no blank row behind the rows {first + index + 1} to {first + last - 1} of the plate: one may be lost"
            )
            self.flag(words, first + last - 1)
        sets = []
        for start in starts:
            values = {}
            for offset, row in enumerate(rows[index + 1 : last]):
                for column in range(columns):
                    cell = row[start + column] if start + column < len(row) else ""
                    if cell != "":
                        values[f"{matrices.LETTERS[offset]}{column + 1:02d}"] = (cell, first + index + 1 + offset)
            sets.append(values)
        return sets

    def _time_format(self, rows, index, end, first):
        """One line per wavelength below a line of well names."""
        wells = [written_cells.well(name) for name in rows[index][2:]]
        if None in wells or len(set(wells)) < len(wells):
            raise self.refusal("a line of wells with a name that is no well, or twice", first + index)
        widths, sets = getattr(self.source, "widths", None), []
        for offset, row in enumerate(rows[index + 1 : end], index + 1):
            if len(row) > len(wells) + 2:
                raise self.refusal("values behind the last well", first + offset)
            values = {well: (cell, first + offset) for well, cell in zip(wells, row[2:], strict=False) if cell != ""}
            if values:
                sets.append(values)
                if widths and widths[first - 1 + offset] != widths[first - 1 + index]:
                    self.flag("another number of cells than wells", first + offset)
        return sets

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
        group_values = self._group_values(sets[self.labels[0]] if self.raw else {}, decimal)
        records = []
        for position, (label, values) in enumerate(sets.items()):
            for well in sorted(found, key=lambda w: (len(w), w)):
                cell, row = values.get(well, ("", None))
                entry = matrix.record(well, label, cell, decimal, row, region=label, unit=unit)
                members = self.members.get(well, [])
                for member in members:
                    entry.update({k: v for k, v in member["columns"].items() if entry.get(k) is None})
                if label == net_of and well in self.reduced:
                    entry["net_signal"] = matrix.net(source, self.reduced[well][0], entry, "reduced value")
                if position == 0:
                    entry["net_signal"] = group_values.get(well, entry.get("net_signal"))
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

    def _group_values(self, raw, decimal):
        """A01 -> the groups' value of a well, where these are not the raw values: reduction is that of the whole plate.

        Of a plate without a Reduced matrix only. A FLAG names a value that is not the raw one although most others are.
        """
        if self.reduced:
            return {}
        printed = {well: member["value"] for well, members in self.members.items() for member in members}
        printed = {well: text for well, text in printed.items() if written_cells.number(text, decimal) is not None}
        digits = sorted(_decimals([text], decimal) for text in printed.values())
        unit = 10 ** -(digits[len(digits) // 2] if digits else 0)  # zeros at the end may be lost, one value be longer
        numbers = {well: written_cells.number(text, decimal) for well, text in printed.items()}
        signals = {well: written_cells.number(raw.get(well, ("",))[0], decimal) for well in numbers}
        pairs = {well: (value, signals[well]) for well, value in numbers.items() if signals[well] is not None}
        other = [well for well, (value, signal) in pairs.items() if abs(value - signal) > 0.5000001 * unit]
        if 2 * len(other) >= len(pairs):
            return numbers
        for well in other:
            found = f"{printed[well]} in a group, {raw[well][0]} on the plate"
            self._differs(found, "one of them was changed; the value of the plate is read", well)
        return {}

    def _differs(self, found, why, well):
        fix = "compare with the instrument; export again"
        problem = Problem("E-READ-010", "FLAG", self.source.name, found, why, fix, row=well)
        self.source.problems.append(problem)

    def _counted(self, well, member, decimal):
        """Whether the printed mean of a sample counts this masked well of it."""
        texts = [each["value"] for each in member["replicates"] if each is not member]
        others, mean = (
            [written_cells.number(text, decimal) for text in texts],
            written_cells.number(member["mean"], decimal),
        )
        if mean is None or None in others:
            return False
        close = 0.51 * 10 ** -_decimals([member["mean"]], decimal) + 0.51 * 10 ** -_decimals(texts, decimal)
        reduced, first, *second = (
            written_cells.number(values.get(well, ("",))[0], decimal) for values in [self.reduced, *self.raw[:2]]
        )
        own = [reduced, first, *(first - each for each in second if None not in (first, each))]
        means = [(sum(others) + value) / (len(others) + 1) for value in own if value is not None]
        without = bool(others) and abs(sum(others) / len(others) - mean) <= close
        return not without and any(abs(value - mean) <= close for value in means)

    def _from_groups(self, entry, members, decimal):
        """Results and flags of the first wavelength, from the groups that name the well."""
        for member in members:
            _, flag, written = matrix.signal(member["value"], decimal) if member["value"] else (None, "none", None)
            if flag == "masked" and self._counted(entry["well"], member, decimal):
                found = f'"{written}", but the mean {member["mean"]} of its sample counts it'
                why = "it is read as not masked, as the software's own figures have it"
                self._differs(found, why, entry["well"])
                flag = "none"
                entry["vendor_flag_text"] = entry["vendor_flag_text"] or written
            if member["result"] is not None and entry.get("vendor_concentration") is None:
                matrix.add_vendor(entry, member["result"], decimal)
                if member["outside"] and entry["vendor_concentration"] is not None:
                    if entry["vendor_flag"] == "none":  # a flag of the signal stays; both texts are then kept
                        entry["vendor_flag"] = "extrapolated"
                    texts = (entry["vendor_flag_text"], member["outside"])
                    entry["vendor_flag_text"] = "; ".join(filter(None, texts))
            elif flag != "none" and entry["vendor_flag"] == "none":
                entry["vendor_flag"] = "not_computed" if written.lower() == "range?" else flag
                entry["vendor_flag_text"] = written


def _is_header(row, layout):
    if layout == "PlateFormat":
        return len(row) > 3 and written_cells.number(row[2]) == 1 and written_cells.number(row[3]) == 2
    return len(row) > 2 and written_cells.well(row[2]) is not None


def _is_repeated(rows, heads):
    """Whether a plate has its line of wells twice, with the temperature alone between them."""
    if len(heads) < 2 or rows[heads[0]][2:] != rows[heads[1]][2:]:
        return False
    return not any(cell != "" for row in rows[heads[0] + 1 : heads[1]] for cell in row[2:])


def _run(row, start, count):
    return [written_cells.number(cell) for cell in row[start : start + count]] == list(range(1, count + 1))


def _labels(waves, mode):
    """Unique labels; wavelength 0 (luminescence without filter) is the read mode."""
    names = [wave if wave not in ("", "0") else mode for wave in waves]
    seen = [names[:i].count(name) for i, name in enumerate(names)]
    return [f"{name} ({before + 1})" if before else name for name, before in zip(names, seen, strict=True)]


# --- details ---------------------------------------------------------------------------------------------------------


def _plate_of(plates, before, name):
    """The plate a group's row belongs to: the one it names, nearest before the group; else the one before it."""
    named = [i for i, (other, _) in enumerate(plates) if other == name] if name else []
    earlier = [i for i in named if i <= before]
    return plates[(earlier or named or [max(before, 0)])[-1 if earlier else 0]][1]


def _decimals(texts, decimal):
    """The most digits behind the decimal sign: zeros at the end may be lost."""
    return max((len(text.partition(decimal)[2]) for text in texts), default=0)


def _other_count(source, announced, found):
    why = "blocks were lost or added after the export; a missing group has the names of its samples"
    fix = "nothing, if someone took them out on purpose; otherwise export again"
    return Problem("E-READ-006", "FLAG", source.name, f"{announced} blocks announced, {found} there", why, fix, row="1")
