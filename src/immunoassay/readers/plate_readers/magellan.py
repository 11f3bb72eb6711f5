"""Tecan Magellan, i-control and SparkControl: list of wells, or matrices with `<>` in the corner; xlsx, xls or text.

A list has a `Well positions` column and one column per label, in any order, with times and temperatures in the rows
below the header. The lines under the data say date, wavelengths and mode; i-control and SparkControl write them above
each matrix, below a line `Label: ...` or `Name ...`. Names of users and computers among them are left out.
"""

import re
from dataclasses import dataclass, replace

from immunoassay.readers import headers, kinetics, lists, matrices, matrix, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export
from immunoassay.readers.plate_readers import grid
from immunoassay.readers.plates import Plates

FAMILY = "magellan"
DECLARED = (
    Declared(
        "Tecan Magellan",
        "",
        "workbook or text, list of wells, or a matrix with <> in its corner and a layout typed below it",
        "real",
        "the signal of every label, overflow (OVER), layout codes, plate names",
        "one label at several times",
        "export raw data of the endpoint measurement to Excel",
    ),
    Declared(
        "Tecan i-control (Infinite)",
        "1.8 (kinetic reads only)",
        "workbook, lines of settings above a matrix with <> per label",
        "imitated",
        "every label of an endpoint read, by its wavelength; parts of plates; overflow (OVER)",
        "kinetic reads, scans and several reads per well",
        "let the endpoint measurement write its result sheet",
    ),
    Declared(
        "Tecan SparkControl (Spark)",
        "2.1 (kinetic reads only)",
        "workbook, lines of settings above a matrix with <> per label",
        "imitated",
        "every label of an endpoint read, by its wavelength; parts of plates; overflow (OVER)",
        "kinetic reads, scans and several reads per well",
        "let the endpoint measurement write its result sheet",
    ),
)

_WELLS = "wellpositions"
_APPLICATION = re.compile(r"Application:\s*(?:Tecan )?(i-control|SparkControl)", re.I)
_TIMED = re.compile(
    r"kinetic.*|interval time|scan number|wavelength (?:start|step size)|multiple reads per well.*", re.I
)
_NANOMETRES = re.compile(r"[2-9][0-9]{2}(?:\.[0-9]+)?(?: ?nm)?")
_COMPUTER = re.compile(r"system|user|operator", re.I)
_WAVES = {"wavelength", "measurement wavelength", "emission wavelength"}
_NAMES = {"plate": "plate", "layout": "layout", "sampleids": "sample", "sampleid": "sample", "replicates": None}
_LABELLED = re.compile(r"(.+?)\s*=\s*([2-9][0-9]{2})(?:\s*nm)?")  # `Label1=450`
_CONDITION = re.compile(r"[0-9.,]+\s*(?:s|ms|min|h|°C|\W*C)")
_NAMES |= {"dilution": "dilution", "dilutions": "dilution", "concentrations": "expected", "replicateinfo": None}


def recognise(source: sources.Source) -> bool:
    """A `Well positions` heading, a matrix with `<>` in its corner, or a line `Application:` of Tecan's."""
    grids = sources.grids(source)
    return any(_list_header(rows) is not None or _has_matrix(rows) or _application(rows) for _, rows in grids)


def read(source: sources.Source) -> Export:
    """Read every plate. Raises NotReadable for kinetic reads and scans, and for a file without signals."""
    _refuse_timed(source)
    sheets = [(sheet, rows) for sheet, rows in sources.grids(source) if _list_header(rows) is not None]
    if not sheets:
        return _read_matrices(source)
    plates, ignored = Plates(), []
    for sheet, rows in sheets:
        with plates.one(sheet if len(sheets) > 1 else ""):
            ignored += _read_list(source, sheet, rows, plates)
    if not plates:
        raise matrix.no_signals(source, "a Magellan export", "a column of signals")
    return plates.export(FAMILY, source, ignored)


def _application(rows):
    """The Tecan software that wrote a sheet, "" where no line says it."""
    names = (_APPLICATION.match(written_cells.text(row[0])) for row in rows[:12] if row)
    return next((name[1] for name in names if name), "")


def _refuse_timed(source):
    """Raises NotReadable for a read at several times, wavelengths or places of a well, by its settings or its tables."""
    for sheet, rows in sources.grids(source):
        software = f"Tecan {_application(rows)}".strip()
        for at, row in enumerate(rows):
            words = matrix.texts(row)
            keys = words[:1] + (words[1:2] if words and words[0].rstrip(":").lower() == "mode" else [])
            timed = next((key for key in keys if _TIMED.fullmatch(key.rstrip(": "))), None)
            if timed and len(words) < 8:
                raise matrix.not_endpoint(source, f'a {software} read with "{timed}"', sheet, at + 1)
    if found := kinetics.found(source):
        sheet, at, words = found
        raise matrix.not_endpoint(source, f"a Tecan kinetic read: {words}", sheet, at)


def _has_matrix(rows):
    return any("<>" in row and matrices.is_header(row) for row in rows)


def _read_matrices(source):
    parts, lines, above = [], [], {}
    for sheet, rows in sources.grids(source):
        found = matrices.outside(source, sheet, rows, matrices.find(rows)) if _has_matrix(rows) else []
        parts += _labelled(source, sheet, rows, found, above)
        lines += [matrix.first(row) for row in rows[found[-1].end :] if row] if found else []
    kind = _kind(lines) or matrix.kind_of(above.get("Mode", ""))
    time = _read_time(lines) or above.get("Start Time", "")
    return grid.assemble(source, FAMILY, parts, kind, {**above, **_metadata(lines)}, time)


def _labelled(source, sheet, rows, parts, above):
    """(sheet, Matrix) with the wavelength, or else the label, of the lines above as title; the lines go to `above`."""
    named, start = [], 0
    for part in parts:
        own, places = {}, {}
        for at in range(start, part.start):
            words = matrix.texts(rows[at])
            key, _, value = words[0].partition(":") if words else ("", "", "")
            key = re.sub(r"\s*\[[^\]]*\]", "", key.strip())
            own[key], places[key] = value.strip() or " ".join(words[1:2]), at + 1
        wave = next((own[key] for key in own if key.lower() in _WAVES and _NANOMETRES.fullmatch(own[key])), "")
        name = own.get("Label") or own.get("Name") or ""
        named.append((part, name, wave))
        if _application(rows) and not (name and (wave or "lumin" in own.get("Mode", "").lower())):
            source.flag(
                "E-READ-009", f"a matrix without its {'wavelength' if name else 'label'}",
                "the name of its signal is that of another line, or missing", sheet=sheet,
                row=places.get("Mode", part.start + 1),
            )  # fmt: skip
        start = part.end
        above |= {key: value for key, value in own.items() if key and value and key not in above and not _private(key)}
    waves = [wave for _, label, wave in named if label]
    titles = [wave if waves.count(wave) == 1 else f"{label} {wave}".strip() for _, label, wave in named]
    return [
        (sheet, replace(part, above=(title,), corner="") if label and title else part)
        for (part, label, _), title in zip(named, titles, strict=True)
    ]


def _private(key):
    """Whether a line of settings names a person or a computer."""
    return headers.PERSONS.search(key) is not None or _COMPUTER.fullmatch(key.strip(": ")) is not None


# --- lists -----------------------------------------------------------------------------------------------------------


def _list_header(rows):
    return next((i for i, row in enumerate(rows[:20]) if _WELLS in (written_cells.key(cell) for cell in row)), None)


@dataclass
class _Columns:
    """Columns of a list, by position."""

    names: list  # the heading of every column
    wells: int
    signals: list
    named: dict  # plate, layout, sample, dilution, expected -> position
    others: list  # without a number and without a meaning

    def is_record(self, row):
        return len(row) > self.wells and written_cells.well(row[self.wells]) is not None


def _read_list(source, sheet, rows, plates):
    """Add the plates of the list of one sheet to `plates`; gives the columns that are not read."""
    start = _list_header(rows)
    columns = _columns(rows, start, source.decimal)
    begin, conditions = _conditions(source, sheet, rows, start + 1, columns)
    data = _data(source, sheet, rows, start, begin, columns)
    if not data:
        return []
    if len({columns.names[at] for at in columns.signals}) < len(columns.signals):
        raise matrix.not_endpoint(source, "a Magellan list with one label at several times (kinetic)", sheet)
    lines = [matrix.first(row) for row in rows[data[-1][0] :] if row]
    others = [columns.names[at] for at in columns.others]
    regions = _regions(columns, _wavelengths(lines), others + conditions)
    names, records = _plate_names(data, columns.named), {}
    for at, region in zip(columns.signals, regions, strict=True):
        for line, name in zip(data, names, strict=True):
            records.setdefault(name, []).append(_record(source, sheet, line, columns, at, region))
    _flag_nameless(source, sheet, data, names, columns)
    for name in dict.fromkeys(names) if columns.signals else ():
        more = {"read_time": _read_time(lines), "metadata": _metadata(lines)}
        with plates.one(name):
            plates.read.append(matrix.plate(source, name, records.get(name, []), _kind(lines), sheet, **more))
    return [name for name in others if not _LABELLED.fullmatch(name)]


def _columns(rows, start, decimal):
    names = [written_cells.text(cell) for cell in rows[start]]
    keys = [written_cells.key(name) for name in names]
    named = {_NAMES[key]: at for at, key in enumerate(keys) if _NAMES.get(key)}
    columns = _Columns(names, keys.index(_WELLS), [], named, [])
    lines = [row for row in rows[start + 1 :] if columns.is_record(row)]
    for at, (name, key) in enumerate(zip(names, keys, strict=True)):
        if name and key not in _NAMES and at != columns.wells:
            has_numbers = any(written_cells.number(written_cells.at(row, at), decimal) is not None for row in lines)
            (columns.signals if has_numbers else columns.others).append(at)
    return columns


def _conditions(source, sheet, rows, begin, columns):
    """(0-based row after the times and temperatures below the headings, their texts); a note beside them is a FLAG."""
    texts = []
    while begin < len(rows) and not columns.is_record(rows[begin]) and _is_condition(rows[begin], columns.signals):
        here = [written_cells.text(cell) for cell in rows[begin] if cell != ""]
        notes = [text for text in here if not _CONDITION.fullmatch(text) and not _LABELLED.fullmatch(text)]
        if notes:
            _flag(
                source, "W-READ-003", f'"{" ".join(notes)[:60]}" beside times and temperatures', "it is read as a note",
                "check that it is none of the values", sheet, begin + 1,
            )  # fmt: skip
        texts += here
        begin += 1
    return begin, texts


def _data(source, sheet, rows, start, begin, columns):
    """(1-based row, well, cells) of every record of the list, the cells as many as there are headings."""
    width = len(columns.names)

    def is_end(row):
        return any(written_cells.key(cell) == _WELLS for cell in row)

    found, _ = lists.records(source, sheet, rows, begin, width, columns.is_record, is_end)
    if found:
        lists.check_headings(source, sheet, rows, start, found, is_record=columns.is_record)
    return [
        (number, written_cells.well(row[columns.wells]), [*row, *[""] * (width - len(row))]) for number, row in found
    ]


def _regions(columns, wavelengths, texts):
    """The wavelength of each signal: of the lines under the data if they name all, else of a text `Label1=450`."""
    if len(wavelengths) == len(columns.signals):
        return wavelengths
    written = {match[1].strip(): match[2] for text in texts if (match := _LABELLED.fullmatch(text))}
    return [written.get(columns.names[at]) for at in columns.signals]


def _record(source, sheet, line, columns, at, region):
    """The record of one well and the signal in column `at`."""
    number, well, row = line
    named = {what: row[place] for what, place in columns.named.items()}
    entry = matrix.record(well, columns.names[at], row[at], source.decimal, number, region=region)
    if layout := written_cells.text(named.get("layout", "")):
        entry.update(matrix.coded(layout))
    if sample := written_cells.text(named.get("sample", "")):
        entry["sample"] = sample
    if "dilution" in named:
        entry["dilution"] = source.dilution(named["dilution"], number, sheet)
    if "expected" in named:
        entry["expected"] = source.value(named["expected"], "concentration", number, sheet)
    return entry


def _flag_nameless(source, sheet, data, names, columns):
    """A FLAG for rows without the name of a plate among rows of several plates."""
    several = len(set(names)) > 1
    nameless = [number for number, _, row in data if several and row[columns.named["plate"]] == ""]
    if nameless:
        _flag(
            source, "E-READ-009", "rows without a plate name among rows of several",
            "each is read as of the plate above it", "nothing if that is right; otherwise export again", sheet,
            nameless[0],
        )  # fmt: skip


def _flag(source, code, found, why, fix, sheet, row):
    source.flag(code, found, why, fix, sheet=sheet, row=row)


def _is_condition(row, labels):
    """Whether a row below the headings says times or temperatures of the labels; notes may stand beside them."""
    below = [text for at in labels if (text := written_cells.text_at(row, at))]
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


# --- lines under the data --------------------------------------------------------------------------------------------


def _metadata(lines):
    found = {}
    for line in lines:
        key, colon, value = line.partition(": ")
        if _private(key):
            continue
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
