"""Tecan Magellan, i-control and SparkControl: list of wells, or matrices with `<>` in the corner; xlsx, xls or text.

A list has a `Well positions` column and one column per label, in any order, with times and temperatures in the rows
below the header. The lines under the data say date, wavelengths and mode; i-control and SparkControl write them above
each matrix, below a line `Label: ...` or `Name ...`.
"""

import re
from dataclasses import replace

from immunoassay.problems import Problem
from immunoassay.readers import lists, matrices, matrix, sources, written_cells
from immunoassay.readers.export import Export, Plates
from immunoassay.readers.plate_readers import grid

FAMILY = "magellan"

_WELLS = "wellpositions"
_WAVES = {"wavelength", "measurement wavelength", "emission wavelength"}
_NAMES = {"plate": "plate", "layout": "layout", "sampleids": "sample", "sampleid": "sample", "replicates": None}
_LABELLED = re.compile(r"(.+?)\s*=\s*([2-9][0-9]{2})(?:\s*nm)?")  # `Label1=450`
_CONDITION = re.compile(r"[0-9.,]+\s*(?:s|ms|min|h|°C|\W*C)")
_NAMES |= {"dilution": "dilution", "dilutions": "dilution", "concentrations": "expected", "replicateinfo": None}


def recognise(source):
    """A `Well positions` heading, or a matrix with `<>` in its corner."""
    return any(_list_header(rows) is not None or _has_matrix(rows) for _, rows in sources.grids(source))


def read(source):
    """Read every plate. Raises NotReadable for kinetic reads and for a file without signals."""
    sheets = [(sheet, rows) for sheet, rows in sources.grids(source) if _list_header(rows) is not None]
    if not sheets:
        return _read_matrices(source)
    plates, ignored = Plates(), []
    for sheet, rows in sheets:
        with plates.one(sheet if len(sheets) > 1 else ""):
            ignored += _read_list(source, sheet, rows, plates)
    if not plates:
        raise matrix.no_signals(source, "a Magellan export", "a column of signals")
    more = (source.encoding, source.delimiter, source.decimal, ignored, plates.problems, plates.unread)
    return Export(FAMILY, plates.read, *more)


def _has_matrix(rows):
    return any("<>" in row and matrices.is_header(row) for row in rows)


def _read_matrices(source):
    parts, lines, above = [], [], {}
    for sheet, rows in sources.grids(source):
        found = matrices.outside(source, sheet, rows, matrices.find(rows)) if _has_matrix(rows) else []
        parts += _labelled(sheet, rows, found, above)
        lines += [matrix.first(row) for row in rows[found[-1].end :] if row] if found else []
    kind = _kind(lines) or matrix.kind_of(above.get("Mode", ""))
    time = _read_time(lines) or above.get("Start Time", "")
    return grid.assemble(source, FAMILY, parts, kind, {**above, **_metadata(lines)}, time)


def _labelled(sheet, rows, parts, above):
    """(sheet, Matrix) with the wavelength, or else the label, of the lines above as title; the lines go to `above`."""
    named, start = [], 0
    for part in parts:
        own = {}
        for row in rows[start : part.start]:
            words = matrix.texts(row)
            key, _, value = words[0].partition(":") if words else ("", "", "")
            own[re.sub(r"\s*\[[^\]]*\]", "", key.strip())] = value.strip() or " ".join(words[1:2])
        wave = next((written_cells.text(own[key]) for key in own if key.lower() in _WAVES), "")
        named.append((part, own.get("Label") or own.get("Name") or "", wave))
        start = part.end
        above |= {key: value for key, value in own.items() if key and value and key not in above}
    waves = [wave for _, label, wave in named if label]
    titles = [wave if waves.count(wave) == 1 else f"{label} {wave}".strip() for _, label, wave in named]
    return [
        (sheet, replace(part, above=(title,), corner="") if label and title else part)
        for (part, label, _), title in zip(named, titles, strict=True)
    ]


# --- lists -----------------------------------------------------------------------------------------------------------


def _list_header(rows):
    return next((i for i, row in enumerate(rows[:20]) if _WELLS in (written_cells.key(cell) for cell in row)), None)


def _read_list(source, sheet, rows, plates):
    """Add the plates of the list of one sheet to `plates`; gives the columns that are not read."""
    start, decimal = _list_header(rows), source.decimal
    header = [written_cells.text(cell) for cell in rows[start]]
    position = next(i for i, name in enumerate(header) if written_cells.key(name) == _WELLS)
    width = len(header)

    def is_record(row):
        return len(row) > position and written_cells.well(row[position]) is not None

    def is_end(row):
        return any(written_cells.key(cell) == _WELLS for cell in row)

    other = {i for i, name in enumerate(header) if written_cells.key(name) in _NAMES or i == position or not name}
    valued = [row for row in rows[start + 1 :] if is_record(row)]
    labels = [i for i in range(width) if i not in other and any(_number(row, i, decimal) is not None for row in valued)]
    begin, beside = start + 1, [header[i] for i in range(width) if i not in other and i not in labels]
    while begin < len(rows) and not is_record(rows[begin]) and _is_condition(rows[begin], labels):
        texts = [written_cells.text(cell) for cell in rows[begin] if cell != ""]
        notes = [text for text in texts if not _CONDITION.fullmatch(text) and not _LABELLED.fullmatch(text)]
        beside += texts
        if notes:
            found, why = f'"{" ".join(notes)[:60]}" beside times and temperatures', "it is read as a note"
            place = {"sheet": sheet, "row": str(begin + 1)}
            fix = "check that it is none of the values"
            source.problems.append(Problem("W-READ-003", "FLAG", source.name, found, why, fix, **place))
        begin += 1
    data, _ = lists.records(source, sheet, rows, begin, width, is_record, is_end)
    if not data:
        return []
    lists.check_headings(source, sheet, rows, start, data, is_record=is_record)
    data = [(number, written_cells.well(row[position]), [*row, *[""] * (width - len(row))]) for number, row in data]
    lines = [matrix.first(row) for row in rows[data[-1][0] :] if row]
    named = {_NAMES[written_cells.key(name)]: i for i, name in enumerate(header) if _NAMES.get(written_cells.key(name))}
    if len({header[i] for i in labels}) < len(labels):
        raise matrix.not_endpoint(source, "a Magellan list with one label at several times", sheet)
    unused = [header[i] for i in range(width) if i not in other and i not in labels]
    unused = [name for name in unused if not _LABELLED.fullmatch(name)]
    named_waves = {match[1].strip(): match[2] for text in beside if (match := _LABELLED.fullmatch(text))}
    waves, records, plate_names = _wavelengths(lines), {}, dict.fromkeys(_plate_names(data, named))
    for count, label in enumerate(labels):
        for (number, well, row), name in zip(data, _plate_names(data, named), strict=True):
            region = waves[count] if len(waves) == len(labels) else named_waves.get(header[label])
            entry = matrix.record(well, header[label], row[label], decimal, number, region=region)
            layout = written_cells.text(row[named["layout"]]) if "layout" in named else ""
            entry.update(matrix.coded(layout) if layout else {})
            if "sample" in named and written_cells.text(row[named["sample"]]):
                entry["sample"] = written_cells.text(row[named["sample"]])
            if "dilution" in named:
                entry["dilution"] = source.dilution(row[named["dilution"]], number, sheet)
            if "expected" in named:
                entry["expected"] = source.value(row[named["expected"]], "concentration", number, sheet)
            records.setdefault(name, []).append(entry)
    nameless = [number for number, _, row in data if len(plate_names) > 1 and row[named["plate"]] == ""]
    if nameless:
        found, why = "rows without a plate name among rows of several", "each is read as of the plate above it"
        fix = "nothing if that is right; otherwise export again"
        place = {"sheet": sheet, "row": str(nameless[0])}
        source.problems.append(Problem("E-READ-009", "FLAG", source.name, found, why, fix, **place))
    for name in plate_names if labels else ():
        more = {"read_time": _read_time(lines), "metadata": _metadata(lines)}
        with plates.one(name):
            plates.add(*matrix.plate(source, name, records.get(name, []), _kind(lines), sheet, **more))
    return unused


def _is_condition(row, labels):
    """Whether a row below the headings says times or temperatures of the labels; notes may stand beside them."""
    below = [written_cells.text(row[i]) for i in labels if i < len(row) and row[i] != ""]
    return bool(below) and all(_CONDITION.fullmatch(cell) for cell in below)


def _plate_names(data, named):
    """The plate of each row; a name stands until the next one, and names all rows when it is the only one."""
    if "plate" not in named:
        return [""] * len(data)
    written = [written_cells.text(row[named["plate"]]) for _, _, row in data]
    if len(set(written) - {""}) == 1:
        return [next(name for name in written if name)] * len(data)
    names, last = [], ""
    for name in written:
        last = name or last
        names.append(last)
    return names


def _number(row, position, decimal):
    return written_cells.number(row[position], decimal) if position < len(row) else None


# --- lines under the data --------------------------------------------------------------------------------------------


def _metadata(lines):
    found = {}
    for line in lines:
        key, colon, value = line.partition(": ")
        found.setdefault(key if colon else f"line {len(found) + 1}", value if colon else line)
    return found


def _read_time(lines):
    for line in lines:
        match = re.match(r"Date of measurement:\s*(.*?)\s*/\s*Time of measurement:\s*(.*)", line)
        if match:
            return f"{match[1]} {match[2]}"
    return ""


def _kind(lines):
    return matrix.kind_of(" ".join(line for line in lines if line.startswith("Measurement mode:")))


def _wavelengths(lines):
    return re.findall(r"Measurement wavelength:\s*([0-9]+)", "\n".join(lines))
