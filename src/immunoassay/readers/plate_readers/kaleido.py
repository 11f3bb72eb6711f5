"""Revvity/PerkinElmer Kaleido csv (EnSight, version 2 and 3): `Results for <label>` above each plate matrix.

Version 3 writes `Result for <label>` and a table with barcode, repeat and scan position under it.
"""

import itertools
import re

from immunoassay.problems import Problem
from immunoassay.readers import matrices, matrix, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export, NotReadable
from immunoassay.readers.plates import Plates

FAMILY = "kaleido"
DECLARED = (
    Declared(
        "Revvity Kaleido",
        "2.0 and 3.0",
        "csv, matrices of results with barcodes and a plate map",
        "real",
        "signals of every plate and label, roles of the plate map",
        "well scans and repeated reads (kinetic)",
        "export as csv with the plate map",
    ),
    Declared(
        "Revvity Kaleido",
        "3.5",
        "csv without pictures of the plate",
        "imitated",
        "signals of every plate and label",
        "well scans and repeated reads (kinetic)",
        "export as csv with the plate map",
    ),
)

_TITLE = re.compile(r"Results?\s+for\s+(.+)")


def recognise(source: sources.Source) -> bool:
    """The word Kaleido or EnSight in the file and a line `Result(s) for ...`."""
    return any(_is_own(rows) for _, rows in sources.grids(source))


def _is_own(rows):
    if not any(_TITLE.fullmatch(_plain(matrix.first(row))) for row in rows[:40]):
        return False
    firsts = [_plain(matrix.first(row)) for row in rows]
    named = any(first.startswith(("Exported with Kaleido", "EnSight Results")) for first in firsts)
    return named or any("Kaleido" in text for row in rows for text in matrix.texts(row)[1:])


def read(source: sources.Source) -> Export:
    """Read every plate. Raises NotReadable for loops, kinetic reads and well scans, and without results."""
    sheet, rows = matrix.own_sheet(source, _is_own, "a Kaleido export")
    rows = [[_plain(cell) for cell in row] for row in rows]
    starts = [i for i, row in enumerate(rows) if _TITLE.fullmatch(matrix.first(row))]
    stop = next(
        (i for i, row in enumerate(rows) if matrix.first(row).startswith("Measurement ") and starts and i > starts[-1]),
        len(rows),
    )
    for at in starts:
        if any(source.number(cell) is not None for cell in rows[at][1:]):
            raise source.refusal(
                "V-087", f'"{matrix.first(rows[at])[:60]}" in the place of a row letter',
                "the wells of its row would be lost", sheet=sheet, row=at + 1,
            )  # fmt: skip
    plates: dict[str, dict[str, written_cells.CellsByWell]] = {}
    refused: dict[str, Problem] = {}
    _flag_lost_titles(source, sheet, rows, starts, stop)
    for start, end in itertools.pairwise([*starts, stop]):
        label = _TITLE.sub(r"\1", matrix.first(rows[start])).strip()
        part: written_cells.Rows = [[]] * start + rows[start:end]
        found = matrices.find(part)
        if not found:
            matrices.whole(source, sheet, part)
            continue
        barcode = _barcode(source, rows, start, found[0].start)
        own = plates.setdefault(barcode, {})
        try:
            matrices.whole(source, sheet, part)
            if label in own or len(found) > 1:
                raise matrix.not_endpoint(
                    source, f'a Kaleido export with "{label}" several times for one plate', sheet, start + 1
                )
        except NotReadable as error:
            refused.setdefault(barcode, error.problem)
        own[label] = found[0].cells
    if not plates:
        raise matrix.no_signals(source, "a Kaleido export", "results of wells")
    layout = _layout(source, sheet, rows, stop)
    metadata = _metadata(rows[stop:])
    done = Plates()
    for barcode, sets in plates.items():
        if barcode in refused:
            done.refuse(barcode, refused[barcode])
            continue
        records = [entry for _, entry in matrix.entries(source, sets, layout)]
        more = {"read_time": metadata.get("Measurement Started", ""), "metadata": metadata}
        with done.one(barcode):
            done.read.append(matrix.plate(source, barcode, records, matrix.kind_of(" ".join(sets)), sheet, **more))
    return done.export(FAMILY, source)


def _flag_lost_titles(source, sheet, rows, starts, stop):
    """FLAGs for matrices above the first title, and below the results but not below the line Platemap."""
    layout = next((i for i in range(stop, len(rows)) if matrix.first(rows[i]) == "Platemap"), len(rows))
    parts = [part for part in matrices.find(rows) if part.start < min([*starts, stop]) or stop < part.start < layout]
    for part in parts:
        found, why = "a matrix of which the line above it is lost", "it is neither read as results nor as a plate map"
        source.flag("E-READ-009", found, why, row=part.start + 1, sheet=sheet)


def _plain(cell):
    """Text with plain spaces: these files write no-break spaces."""
    return cell.replace("\xa0", " ").strip() if isinstance(cell, str) else cell


def _barcode(source, rows, start, end):
    for at in range(start, end):
        row, after = rows[at], rows[at + 1]
        first = matrix.first(row)
        if first.startswith("Barcode:"):
            return first.partition(":")[2].strip()
        if first == "Barcode":
            named = dict(zip(row, after, strict=False))
            if named.get("Well scan x"):
                raise matrix.not_endpoint(source, "a Kaleido well scan")
            if "Repeat" in row and written_cells.number(named.get("Repeat")) is None:
                source.flag(
                    "E-FILE-013", f'"{named.get("Repeat", "")}" in the place of the repeat', "the barcode may be another",
                    "export again", row=at + 2, column="Repeat",
                )  # fmt: skip
            return written_cells.text(named.get("Barcode", ""))
    return ""


def _layout(source, sheet, rows, stop):
    """A01 -> role, level, sample of the plate map; `-` is an undefined well."""
    start = next((i for i in range(stop, len(rows)) if matrix.first(rows[i]) == "Platemap"), None)
    found = matrices.whole(source, sheet, [[]] * start + rows[start:]) if start is not None else []
    return {w: matrix.coded(cell) for w, (cell, _) in found[0].cells.items() if cell != "-"} if found else {}


def _metadata(rows):
    """Key and value lines below the results."""
    found = {}
    for row in rows:
        values = matrix.texts(row)
        if len(values) == 2 and row[0] != "" and not re.fullmatch(r"[A-Z]", values[0]):
            found.setdefault(values[0].rstrip(":"), values[1])
    return found
