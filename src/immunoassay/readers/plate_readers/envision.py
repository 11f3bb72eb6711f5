"""PerkinElmer EnVision csv: per plate and label a `Plate information` table, background, and a matrix of results.

A calculated result (a ratio, a crosstalk correction) is an analyte of its own, named as written. Matrices exported
without column numbers and row letters are read when their size is that of a plate.
"""

import itertools
import re
from typing import Any

from immunoassay.readers import matrices, matrix, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export, NotReadable
from immunoassay.readers.plates import Plates

FAMILY = "envision"
DECLARED = (
    Declared(
        "PerkinElmer EnVision Workstation",
        "1.14",
        "csv, tables of plates with matrices and plate maps",
        "real",
        "signals of every plate, label and channel, roles of the plate map",
        "one label of a plate several times (kinetic)",
        "export as csv with plate maps",
    ),
)

_HEAD = ["plate", "repeat", "barcode"]
_TAIL = ("Basic assay information", "Assay ID", "Serial#", "Protocol information", "Platemap")
_TITLE = re.compile(r"(?:Results for|Calculated results:)\s*(.+)")
_ROLES = (  # codes of the plate map; `-` is an undefined well
    ("standard", re.compile(r"STD([0-9]*)")),
    ("sample", re.compile(r"UNK([0-9]*)")),
    ("blank", re.compile(r"B(?:LK)?([0-9]*)")),
    ("control", re.compile(r"(?:C|CTL)([0-9]*)")),
)


def recognise(source: sources.Source) -> bool:
    """A `Plate information` line with a table headed Plate, Repeat, Barcode."""
    return any(_is_own(rows) for _, rows in sources.grids(source))


def _is_own(rows):
    named = any(matrix.first(row).startswith("Plate information") for row in rows[:20])
    return named and any(_is_head(row) for row in rows[:20])


def read(source: sources.Source) -> Export:
    """Read every plate. Raises NotReadable when a plate was read repeatedly or nothing has the shape of a plate."""
    sheet, rows = matrix.own_sheet(source, _is_own, "an EnVision export")
    stop = next((i for i, row in enumerate(rows) if matrix.first(row).startswith(_TAIL)), len(rows))
    starts = [i for i, row in enumerate(rows[: stop - 1]) if _is_head(row)]
    metadata, shape = _metadata(rows[stop:]), _shape(rows[stop:])
    _flag_lost_headings(source, rows, starts, stop)
    plates: dict[str, dict[str, Any]] = {}
    for start, end in itertools.pairwise([*starts, stop]):
        head = dict(zip(map(str, rows[start]), map(_unquoted, rows[start + 1]), strict=False))
        number = head.get("Plate", "")
        own = plates.setdefault(number, {"sets": {}, "heads": [], "row": start + 2, "refused": None})
        own["heads"].append(head)
        end = next((i for i in range(start, end) if matrix.first(rows[i]).startswith("Plate information")), end)
        try:
            for label, found in _results(source, rows[:end], start + 2, head, shape).items():
                if label in own["sets"]:
                    raise matrix.not_endpoint(
                        source, f'an EnVision export with "{label}" of plate {number} several times', row=start + 1
                    )
                own["sets"][label] = found
            if _label(head) and not any(label.startswith(_label(head)) for label in own["sets"]):
                _flag(
                    source, f'a head of a plate whose label "{_label(head)}" is that of none of its results', start + 2
                )
        except NotReadable as error:
            own["refused"] = error.problem
    maps = _maps(source, [[]] * stop + rows[stop:])
    nameless = [own["row"] for own in plates.values() if not any(head.get("Barcode") for head in own["heads"])]
    if 0 < len(nameless) < len(plates):
        _flag(source, "plates without a barcode beside others that have one", nameless[0])
    done = Plates()
    for number in plates if maps else ():
        if number not in maps:
            _flag(source, f'no plate map of plate "{number}", but of others', stop + 1)
    for number, own in plates.items():
        name = _name(number, own["heads"])
        with done.one(name):
            if own["refused"]:
                raise NotReadable(own["refused"])
            if own["sets"]:
                done.read.append(_plate(source, sheet, name, number, own, maps.get(number, {}), metadata))
    if not done:
        raise matrix.no_signals(source, "an EnVision export", "results of wells")
    return done.export(FAMILY, source)


def _flag_lost_headings(source, rows, starts, stop):
    """FLAGs for lines of the results that are lost: heads of plates and their values, titles of matrices."""
    found = []
    announced = [i for i, row in enumerate(rows[:stop]) if matrix.first(row).startswith("Plate information")]
    if len(announced) != len(starts):
        found.append(
            (f"{len(announced)} lines Plate information, {len(starts)} heads of plates", (starts or [0])[0] + 1)
        )
    found += [
        ("a head of a plate without its values", start + 2) for start in starts if not _is_number(rows[start + 1 :])
    ]
    widths = getattr(source, "widths", [])
    found += [
        ("a head of a plate and its values with other numbers of cells", start + 2)
        for start in starts
        if widths and widths[start] != widths[start + 1]
    ]
    parts = list(matrices.find(rows[:stop]))
    titled = [_TITLE.fullmatch(part.title) is not None for part in parts]
    found += [("results without the line of their title", part.start + 1) for part, has in zip(parts, titled, strict=True)
              if any(titled) and not has]  # fmt: skip
    found += [("results above the first head of a plate", part.start + 1) for part in parts if part.start < starts[0]]
    for words, row in found:
        _flag(source, words, row)


def _is_number(rows):
    return bool(rows) and bool(rows[0]) and written_cells.number(rows[0][0]) is not None


def _flag(source, found, row):
    source.flag("E-READ-009", found, "values may be read under another name or plate, or not at all", row=row)


def _is_head(row):
    return [written_cells.key(cell) for cell in row[:3]] == _HEAD


def _unquoted(cell):
    match = re.fullmatch(r'="*(.*?)"*', written_cells.text(cell))
    return match[1] if match else written_cells.text(cell)


def _label(head):
    return head.get("Label") or head.get("Formula") or "signal"


def _results(source, rows, start, head, shape):
    """Label -> A01 -> (cell, row) of the matrices in rows[start:]."""
    found = {}
    for part in matrices.whole(source, "", [[]] * start + rows[start:]):
        match = _TITLE.fullmatch(part.title)
        found[match[1].strip() if match else _label(head)] = part.cells
    return found or _bare(source, rows, start, head, shape)


def _bare(source, rows, start, head, shape):
    """A matrix without column numbers and row letters. It begins two lines below the last line with text."""
    texts = [i for i in range(start, len(rows)) if any(_is_text(source, c) for c in rows[i] if c != "")]
    begin = (texts[-1] if texts else start - 1) + 2
    lines = rows[begin:]
    while lines and not lines[-1]:
        lines = lines[:-1]
    if not lines:
        return {}
    height, width = shape or _plate_shape(lines)
    if len(lines) > height or max(map(len, lines)) > width:
        raise source.refusal(
            "E-READ-008",
            f"{len(lines)} lines of up to {max(map(len, lines))} values where a plate has {height} x {width} wells",
            "wells would be taken for one another", "export with row letters and column numbers", row=begin + 1,
        )  # fmt: skip
    values = {
        f"{matrices.LETTERS[i]}{j:02d}": (cell, begin + i + 1)
        for i, line in enumerate(lines)
        for j, cell in enumerate(line, 1)
        if cell != ""
    }
    return {_label(head): values}


def _is_text(source, cell):
    """Whether a cell is neither a number nor a code of a signal: `OVRFLW` stands among signals."""
    return source.number(cell) is None and matrix.signal(cell, source.decimal)[1] == matrix.UNKNOWN


def _plate_shape(lines):
    width = max(map(len, lines))
    return next((h, w) for h, w in ((8, 12), (16, 24), (32, 48), (len(lines), width)) if width <= w and len(lines) <= h)


def _name(number, heads):
    """The barcode of a plate, else its number."""
    return next((head["Barcode"] for head in heads if head.get("Barcode")), "") or f"Plate {number}"


def _plate(source, sheet, name, number, own, layout, metadata):
    records = [entry for _, entry in matrix.entries(source, own["sets"], layout)]
    heads = own["heads"]
    measured = next((value for head in heads for value in head.values() if re.match(r"De=", value)), "")
    time = next((v for head in heads for v in head.values() if re.match(r"[0-9]+[/.-][0-9]+[/.-][0-9]+ ", v)), "")
    more = {"read_time": time, "metadata": {**metadata, "Plate": number, "Measinfo": measured}}
    return matrix.plate(source, name, records, _kind(measured), sheet, **more)


def _kind(measured):
    """The kind of signal by the light path: `De=1st Ex=Btm Em=N/A` measures absorbance."""
    excitation, emission = "Ex=N/A" not in measured, "Em=N/A" not in measured
    if not measured:
        return ""
    return "luminescence" if not excitation else "fluorescence" if emission else "absorbance"


def _maps(source, rows):
    """Plate number -> A01 -> role, level, sample of the plate map; `-` and blank wells left out."""
    found = {}
    for part in matrices.whole(source, "", rows):
        above = next(
            (row for row in reversed(rows[max(0, part.start - 4) : part.start]) if matrix.first(row) == "Plate"), []
        )
        coded = {well: _coded(written_cells.text(cell)) for well, (cell, _) in part.cells.items() if cell != "-"}
        name = matrix.texts(above)[-1] if above else ""
        if not name or name in found:
            _flag(source, f'plate map "{name}" of no plate, or a second one', part.start + 1)
        found[name] = coded
    return found


def _coded(written):
    for role, pattern in _ROLES:
        match = pattern.fullmatch(written)
        if match:
            level = f"S{int(match[1])}" if role == "standard" and match[1] else written if role == "control" else None
            return {"role": role, "level": level, "sample": written}
    return {"sample": written}


def _shape(rows):
    """(rows, columns) of the plate type, or None."""
    lines = {matrix.first(row): matrix.texts(row)[-1] for row in rows if len(matrix.texts(row)) == 2}
    numbers = [written_cells.number(lines.get(key)) for key in ("Number of rows", "Number of columns")]
    return None if None in numbers else tuple(map(int, numbers))


def _metadata(rows):
    """Key and value lines of the assay information."""
    found = {}
    for row in rows[1:]:
        values = matrix.texts(row)
        if not values:
            break
        if len(values) == 2:
            found[values[0].rstrip(": ")] = _unquoted(values[1])
    return found
