"""BMG LABTECH MARS text (csv): header lines, then titled matrices `Raw Data (450)`, `Blank corrected ...`, or a list of
wells with such columns.

The titled matrices are those of the SMART Control workbook too, see `blocks`.
"""

import itertools
import re
from collections.abc import Mapping, Sequence

from immunoassay.readers import lists, matrices, matrix, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export, Plate
from immunoassay.readers.plates import Plates

FAMILY = "bmg_mars"
DECLARED = (
    Declared(
        "BMG LABTECH MARS",
        "",
        "csv, matrices of raw and blank corrected data, or a list of wells",
        "real",
        "raw data of every filter, layout and blank corrected values",
        "kinetic tables and cycles, spectra, well scans",
        "export the endpoint data as csv",
    ),
)

_PREFIX = re.compile(r"^\s*(?:[0-9]+\.\s*)?")
_HEAD = re.compile(r"(User|Path|Test|ID1|Date|Time)(?: run no\.| name| ID)?:", re.I)
_FILTER = re.compile(r"\(([^()]*)\)\s*$")
_CONTENT = (("S", "standard"), ("X", "sample"), ("B", "blank"), ("C", "control"), ("P", "control"), ("N", "control"))
_WORDS = (("standard", "standard"), ("sample", "sample"), ("blank", "blank"), ("control", "control"))


def recognise(source: sources.Source) -> bool:
    """Two of `User: ...`, `Path: ...` and `Test run no. (name, ID): ...` in the first lines of a text file."""
    return isinstance(source, sources.Text) and _is_own(source.rows)


def _is_own(rows):
    return has_head(rows[:6])


def has_head(rows: written_cells.Rows) -> bool:
    """Whether User:, Path:, ID1: or Test (run no., name, ID): and one more of them, or Date: or Time:, begin cells."""
    matches = (_HEAD.match(text) for row in rows for text in matrix.texts(row))
    found = {match[1].lower() for match in matches if match}
    return len(found) > 1 and bool(found - {"date", "time"})


def read(source: sources.Source) -> Export:
    """One Plate per test run, each under its own head lines; of several each goes by its ID1, or the name of its test.

    Raises NotReadable for kinetic and spectral reads and a file without raw data.
    """
    sheet, rows = matrix.own_sheet(source, _is_own, "a BMG MARS export")
    heads = [at for at, row in enumerate(rows) if matrix.first(row).startswith("User:")]
    starts = [at for before, at in itertools.pairwise(heads) if any(map(_has_wells, rows[before:at]))]
    plates, ignored = Plates(), []
    for start, end in itertools.pairwise([0, *starts, len(rows)]):
        lines = [text for row in rows[start : min(start + 20, end)] for text in matrix.texts(row)]
        names = _metadata(lines)
        name = next(filter(None, map(names.get, ("ID1", "Test name", "Test run no."))), "") if starts else ""
        with plates.one(name):
            plate, unused = _run(source, sheet, [[]] * start + rows[start:end], lines)
            plate.name = name
            plates.read.append(plate)
            ignored += unused
    return plates.export(FAMILY, source, ignored)


def _has_wells(row):
    return matrices.is_header(row) or written_cells.key(matrix.first(row)).startswith("well")


def _run(source, sheet, rows, lines):
    at = list_header(rows)
    if at is None:
        return blocks(source, sheet, rows, lines)
    return plate_of(source, sheet, read_list(source, sheet, rows, at), lines)


def list_header(rows: written_cells.Rows) -> int | None:
    """0-based row of the headings of a list of wells, or None."""
    return next((at for at, row in enumerate(rows) if _well_of(row, rows[at + 1 : at + 3]) is not None), None)


def _well_of(header, below):
    """How the rows below a header of a list name their well, as a function; None where it is no such header."""
    keys = [written_cells.key(cell) for cell in header]
    if keys[:1] == ["well"]:
        places = [0]
    elif keys[:2] == ["wellrow", "wellcol"]:
        places = [0, 1]
    else:
        return None

    def well(row):
        return (
            written_cells.well("".join(written_cells.text(row[at]) for at in places))
            if len(row) > len(places)
            else None
        )

    return well if any(well(row) for row in below[: 1 + any(map(_is_times, below[:1]))]) else None


def _is_times(row):
    """Whether a row below the headings says the times of the columns."""
    return any(written_cells.key(cell) == "time" for cell in row)


def read_list(
    source: sources.Source, sheet: str, rows: written_cells.Rows, at: int
) -> dict[str, written_cells.CellsByWell]:
    """Title -> A01 -> (cell, row) of a list of wells: columns Well (or Well Row, Well Col), Content, Raw Data (450) ..."""
    well = _well_of(rows[at], rows[at + 1 : at + 3])
    times = [written_cells.text(cell) for cell in rows[at + 1] if cell != ""][1:] if _is_times(rows[at + 1]) else []
    raw = [written_cells.text(cell) for cell in rows[at] if written_cells.key(cell).startswith("rawdata")]
    if len(set(times)) > 1 or len(set(raw)) < len(raw):
        raise matrix.not_endpoint(
            source, f"a BMG list of a kinetic read with {max(len(times), len(raw))} times", sheet, at + 1
        )
    data, _ = lists.table(
        source,
        sheet,
        rows,
        at,
        lambda row: well(row) is not None,
        lambda row: row == rows[at],
        start=at + 1 + bool(times),
    )
    wells = [well(row) for _, row in data]
    if len(set(wells)) < len(wells):
        raise matrix.not_endpoint(source, "a BMG list with wells that appear several times (kinetic)", sheet)
    names = [written_cells.text(name) for name in rows[at]]
    return {
        name: {
            w: (row[c], number) for w, (number, row) in zip(wells, data, strict=True) if c < len(row) and row[c] != ""
        }
        for c, name in enumerate(names)
        if name and written_cells.key(name) not in ("well", "wellrow", "wellcol")
    }


def blocks(
    source: sources.Source, sheet: str, rows: written_cells.Rows, lines: Sequence[str]
) -> tuple[Plate, list[str]]:
    """(Plate, ignored titles) of the titled matrices in rows. `lines` are the header's cells."""
    sets: dict[str, written_cells.CellsByWell] = {}
    for part in matrices.whole(source, sheet, rows):
        title = _PREFIX.sub("", part.title)
        if title in sets:
            raise matrix.not_endpoint(source, f'a BMG export with "{title}" several times (kinetic cycles)', sheet)
        sets[title] = part.cells
    return plate_of(source, sheet, sets, lines)


def plate_of(
    source: sources.Source, sheet: str, sets: Mapping[str, written_cells.CellsByWell], lines: Sequence[str]
) -> tuple[Plate, list[str]]:
    """(Plate, ignored) of data sets: title -> A01 -> (cell, row)."""
    raw = {title: found for title, found in sets.items() if title.lower().startswith("raw data")}
    timed = [title for title in sets if re.search(r"cycle|time \[|spectrum|wavelength scan", title, re.I)]
    if timed:
        raise matrix.not_endpoint(source, f'a BMG export with "{timed[0]}"', sheet)
    if not raw:
        raise matrix.no_signals(source, "a BMG export", "a matrix of raw data")
    content, expected, dilution, unit, blanked, ignored = {}, {}, {}, None, {}, []
    reduced = matrix.differences(sets, raw, source.decimal)
    for title, found in sets.items():
        low = title.lower()
        if low.startswith(("layout", "content")):
            content = found
        elif low.startswith("standard conc"):
            expected, unit = found, matrix.unit_in(title)
        elif low.startswith("dilution"):
            dilution = found
        elif low.startswith("blank corrected") and (owner := _owner(title, raw)) and owner not in blanked:
            blanked[owner] = found
        elif title in reduced and reduced[title] not in blanked:
            blanked[reduced[title]] = found
        elif title not in raw:
            ignored.append(title or "values without a title")
            _flag_unread(source, sheet, title, found)
    metadata = _metadata(lines)
    bare = sorted({well for found in raw.values() for well in found} - set(content)) if content else []
    if bare and len(bare) < len(content):
        source.flag(
            "E-READ-006",
            f"no content of {', '.join(bare[:8])}{' ...' if len(bare) > 8 else ''}, but of {len(content)} other wells",
            "they have signals and no role", "nothing, if that is right; otherwise export again", sheet=sheet,
            row=bare[0],
        )  # fmt: skip
    layout = {well: _content(written_cells.text(cell)) for well, (cell, _) in content.items()}
    records = []
    for title, entry in matrix.entries(source, raw, layout, unit, _labels(raw)):
        well = entry["well"]
        entry["expected"] = source.value(matrix.cell_of(expected, well), "standard concentration", well, sheet)
        entry["dilution"] = source.dilution(matrix.cell_of(dilution, well), well, sheet)
        if title in blanked:
            entry["net_signal"] = matrix.net(source, matrix.cell_of(blanked[title], well), entry, sheet=sheet)
        records.append(entry)
    time = " ".join(filter(None, (metadata.get("Date"), metadata.get("Time"))))
    kind = matrix.kind_of(" ".join(line for line in lines if ":" not in line))
    return matrix.plate(source, "", records, kind, sheet, read_time=time, metadata=metadata), ignored


def _flag_unread(source, sheet, title, found):
    """A FLAG for values under no title that is known: the layout or dilutions may have lost theirs."""
    row = min((row for _, row in found.values()), default="")
    source.flag(
        "E-READ-009", f'values titled "{title}"', "what they are is not known, and they are not read",
        "nothing, if they are neither signals, layout, concentrations nor dilutions; otherwise export again", sheet=sheet,
        row=row,
    )  # fmt: skip


def _owner(title, raw):
    """The raw data a blank-corrected set is based on: the one named, else the only one."""
    named = [name for name in raw if name.lower() in title.lower()]
    return max(named, key=len) if named else next(iter(raw)) if len(raw) == 1 else None


def _labels(raw):
    """The filter or wavelength of each set: `Raw Data (450)` is 450; without one the title."""
    return {title: match[1].strip() if (match := _FILTER.search(title)) else title for title in raw}


def _metadata(lines):
    found = {}
    for line in lines:
        match = re.match(r"([A-Za-z][A-Za-z0-9 .]*?):\s*(.*)", line)
        if match:
            found.setdefault(match[1], match[2].strip())
    return found


def _content(written):
    """Role, level and sample of a content code: `S1`, `Standard S1`, `X1`, `Sample X1`, `B`, `Blank B`, `C1`."""
    word, _, code = written.rpartition(" ")
    match = re.fullmatch(r"([SXBCPN])([0-9]*)", code)
    role = next((role for sign, role in _WORDS if sign in word.lower()), None)
    if role is None and match:
        role = dict(_CONTENT)[match[1]]
    level = f"S{match[2]}" if role == "standard" and match and match[2] else code if role == "control" else None
    return {"role": role, "level": level, "sample": (code if role else written) or None}
