"""BMG LABTECH MARS text (csv): header lines, then titled matrices `Raw Data (450)`, `Blank corrected ...`.

The titled matrices are those of the SMART Control workbook too, see `blocks`.
"""

import re

from immunoassay.readers import cells, matrices, matrix, sources
from immunoassay.readers.export import Export

FAMILY = "bmg_mars"

_PREFIX = re.compile(r"^\s*(?:[0-9]+\.\s*)?")
_HEAD = re.compile(r"(User|Path|Test|ID1|Date|Time)(?: run no\.| name| ID)?:", re.I)
_FILTER = re.compile(r"\(([^()]*)\)\s*$")
_CONTENT = (("S", "standard"), ("X", "sample"), ("B", "blank"), ("C", "control"), ("P", "control"), ("N", "control"))
_WORDS = (("standard", "standard"), ("sample", "sample"), ("blank", "blank"), ("control", "control"))


def recognise(source):
    """Two of `User: ...`, `Path: ...` and `Test run no. (name, ID): ...` in the first lines of a text file."""
    return isinstance(source, sources.Text) and _is_own(source.rows)


def _is_own(rows):
    return has_head(rows[:6])


def has_head(rows):
    """Whether User:, Path:, ID1: or Test (run no., name, ID): and one more of them, or Date: or Time:, begin cells."""
    matches = (_HEAD.match(text) for row in rows for text in matrix.texts(row))
    found = {match[1].lower() for match in matches if match}
    return len(found) > 1 and bool(found - {"date", "time"})


def read(source):
    """Read the plate. Raises NotReadable for kinetic and spectral reads and a file without raw data."""
    sheet, rows = matrix.own_sheet(source, _is_own, "a BMG MARS export")
    lines = [text for row in rows[:20] for text in matrix.texts(row)]
    plate, problems, ignored = blocks(source, sheet, rows, lines)
    return Export(FAMILY, [plate], source.encoding, source.delimiter, source.decimal, ignored, problems)


def blocks(source, sheet, rows, lines):
    """(Plate, problems, ignored titles) of the titled matrices in rows. `lines` are the header's cells."""
    sets, ignored = {}, []
    for part in matrices.whole(source, sheet, rows):
        title = _PREFIX.sub("", part.title)
        if title in sets:
            raise matrix.not_endpoint(source, f'a BMG export with "{title}" several times (cycles)', sheet)
        sets[title] = part.cells
    return plate_of(source, sheet, sets, lines, ignored)


def plate_of(source, sheet, sets, lines, ignored):
    """(Plate, problems, ignored) of data sets: title -> A01 -> (cell, row)."""
    raw = {title: found for title, found in sets.items() if title.lower().startswith("raw data")}
    timed = [title for title in sets if re.search(r"cycle|time \[|spectrum|wavelength scan", title, re.I)]
    if timed:
        raise matrix.not_endpoint(source, f'a BMG export with "{timed[0]}"', sheet)
    if not raw:
        raise matrix.no_signals(source, "a BMG export", "a matrix of raw data")
    content, expected, dilution, unit, blanked = {}, {}, {}, None, {}
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
        elif title not in raw:
            ignored.append(title)
    metadata = _metadata(lines)
    names = _labels(raw, sheet)
    wells = sorted({well for found in raw.values() for well in found} | set(content), key=lambda w: (len(w), w))
    records = []
    for title, found in raw.items():
        for well in wells:
            cell, row = found.get(well, ("", None))
            entry = matrix.record(well, names[title], cell, source.decimal, row, region=names[title], unit=unit)
            entry.update(_content(cells.text(content[well][0])) if well in content else {})
            entry["expected"] = source.value(expected.get(well, ("",))[0], "standard concentration", well, sheet)
            entry["dilution"] = source.dilution(dilution.get(well, ("",))[0], well, sheet)
            if title in blanked:
                entry["net_signal"] = matrix.net(source, blanked[title].get(well, ("",))[0], entry, sheet=sheet)
            records.append(entry)
    time = " ".join(filter(None, (metadata.get("Date"), metadata.get("Time"))))
    kind = matrix.kind_of(" ".join(line for line in lines if ":" not in line))
    plate, problems = matrix.plate(source, "", records, kind, sheet, read_time=time, metadata=metadata)
    return plate, problems, ignored


def _owner(title, raw):
    """The raw data a blank-corrected set is based on: the one named, else the only one."""
    named = [name for name in raw if name.lower() in title.lower()]
    return max(named, key=len) if named else next(iter(raw)) if len(raw) == 1 else None


def _labels(raw, sheet):
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
