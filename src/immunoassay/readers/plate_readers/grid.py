"""Generic plate matrices in a text file or workbook: any grid of column numbers 1, 2 ... and row letters A, B ...

The title of a matrix (`[Plate: M#1 450] ...`, the text above it, or its top-left cell) says what it holds:
concentrations, expected concentrations, dilutions, blanked signals, or signals; a matrix of texts is a template
(`STD1:100.00`, `SPL3`, `STD62.5`, `BLANK`, names). The same title again begins the next plate. Numbers that no word on
the sheet calls signals (a wavelength, OD, raw data ...) may be volumes or names: they are read only as the named format.
"""

import itertools
import re
from collections.abc import Mapping

from immunoassay.readers import matrices, matrix, sources, written_cells
from immunoassay.readers.export import Export
from immunoassay.readers.plates import Plates

FAMILY = "grid"
GENERIC = True  # asked only when no family of a vendor recognises the file

_KINDS = (
    ("expected", re.compile(r"(standard|expected|nominal|known).*conc|conc.*(standard|expected|nominal)", re.I)),
    ("dilution", re.compile(r"dilut", re.I)),
    ("concentration", re.compile(r"\bconc|concentration", re.I)),
    ("net", re.compile(r"\bblank|\bnet\b|corrected|subtracted|reduced", re.I)),
)
_PLATE = re.compile(r"\[\s*plate:\s*([^\]]*?)\s*\]\s*(.*)", re.I)


def recognise(source: sources.Source) -> bool:
    """At least one matrix of wells with numbers in it that are called signals, or concentrations."""
    return any(called for _, _, called in _numeric(source))


def uncalled(source: sources.Source) -> tuple[str, matrices.Matrix] | None:
    """(sheet name, Matrix) of the first matrix of numbers that nothing calls signals, or None. Raises NotReadable where
    a plate row has several lines of numbers."""
    _refuse_stacked(source)
    return next(((sheet, part) for sheet, part, called in _numeric(source) if not called), None)


def read(source: sources.Source) -> Export:
    """Read every plate. Raises NotReadable when no matrix holds signals."""
    _refuse_stacked(source)
    every = _parts(source)
    parts = [(sheet, part) for sheet, part in every if not _is_map(part)]
    export = assemble(source, FAMILY, parts)
    export.ignored += [part.title or part.corner for _, part in every if _is_map(part)]
    used = {sheet for sheet, _ in every}
    export.ignored += [f"sheet {sheet}" for sheet, rows in sources.grids(source) if sheet not in used and any(rows)]
    return export


def assemble(
    source: sources.Source,
    family: str,
    parts: list[tuple[str, matrices.Matrix]],
    kind: str = "",
    metadata: Mapping[str, str] | None = None,
    read_time: str = "",
) -> Export:
    """An Export of the plates in `parts`, a list of (sheet name, Matrix), by the titles of the matrices.

    kind: the signal kind where the export says it elsewhere. Raises NotReadable when no matrix holds signals.
    """
    plates, ignored = Plates(), []
    titles = [bool(_title(part)[0]) for _, part in parts]
    if any(titles) and not all(titles):
        row = next(part.start + 1 for (_, part), titled in zip(parts, titles, strict=True) if not titled)
        source.flag(
            "E-READ-009", "a matrix without a title among others with titles", "it counts as signals",
            "give it its title if it holds something else", row=str(row),
        )  # fmt: skip
    by_plate = _by_plate(source, parts)
    for name, members in by_plate:
        with plates.one(name):
            for sheet, part in parts:
                if any(part is member for _, _, member in members):
                    matrices.check(source, sheet, part)
            if not any(what == "signal" for what, _, _ in members):
                ignored += [title for _, title, _ in members]
                continue
            records, unused = _records(source, members)
            words = " ".join(title for _, title, _ in members)
            plates.read.append(
                matrix.plate(
                    source,
                    name,
                    records,
                    kind or matrix.kind_of(words),
                    read_time=read_time,
                    metadata=dict(metadata or {}),
                )
            )
            ignored += unused
    results = [part for _, members in by_plate for what, _, part in members if what == "concentration"]
    if not plates and results:
        raise matrix.only_concentrations(
            source, f'the matrix "{results[0].title or results[0].corner}"', row=results[0].start + 1
        )
    if not plates:
        raise matrix.no_signals(source, "matrices of wells", "signals")
    return plates.export(family, source, ignored)


# --- details ---------------------------------------------------------------------------------------------------------


def _numeric(source):
    """(sheet name, Matrix, whether it is called signals or concentrations) of every matrix of numbers."""
    for sheet, rows in sources.grids(source):
        parts = [part for part in matrices.find(rows) if _is_numeric(part, source)]
        if not parts:
            continue
        inside = {at for part in parts for at in range(part.start, part.end)}
        texts = [cell for at, row in enumerate(rows) if at not in inside for cell in row if isinstance(cell, str)]
        words = " ".join([sheet, *(cell for cell in texts if source.number(cell) is None)])
        signals = matrix.SIGNAL_WORD.search(words) is not None
        for part in parts:
            what = _what(source, part, " ".join(_title(part)))
            written = [cell for cell, _ in part.cells.values()]
            own = signals or matrix.SIGNAL_WORD.search(part.corner) or _beyond_detector(written, source)
            yield sheet, part, what == "concentration" or (bool(own) and what == "signal" and not _is_map(part))


def _beyond_detector(written, source):
    """Whether a cell says overflow: only a detector writes that."""
    return any(matrix.signal(cell, source.decimal)[1] == "overflow" for cell in written if source.number(cell) is None)


def _is_map(part):
    """Whether the title of a matrix says that it holds volumes, tubes or the like."""
    return matrix.is_map(" ".join(_title(part)))


def _parts(source):
    """(sheet, Matrix) of every matrix. Raises NotReadable for values outside all of them."""
    grids = sources.grids(source)
    return [
        (sheet, part) for sheet, rows in grids for part in matrices.outside(source, sheet, rows, matrices.find(rows))
    ]


def _refuse_stacked(source):
    """Several lines of numbers per plate row are several data sets; nothing says which one is the signal."""
    for sheet, rows in sources.grids(source):
        for part in matrices.find(rows, stacked=True):
            for line, after in itertools.pairwise(part.lines):
                if line.letter == after.letter and sum(source.number(c) is not None for c in after.cells.values()) > 1:
                    raise source.refusal(
                        "E-READ-003", "a plate matrix with several lines of numbers per plate row",
                        "nothing says which line is the signal", "export one matrix per data set, each with its title",
                        sheet=sheet, row=after.row,
                    )  # fmt: skip


def _by_plate(source, parts):
    """(name, [(what, title, Matrix)]) of each plate: what comes again under the same title begins a new plate."""
    plates = []
    for sheet, part in parts:
        title, comment = _title(part)
        what = _what(source, part, f"{title} {comment}")
        if not plates or (what, title) in plates[-1]["keys"]:
            plates.append({"sheet": sheet, "keys": set(), "members": []})
        plates[-1]["keys"].add((what, title))
        plates[-1]["members"].append((what, title or what, part))
    names = [plate["sheet"] for plate in plates]
    distinct = len(set(names)) == len(names) > 1
    return [(plate["sheet"] if distinct else "", plate["members"]) for plate in plates]


def _title(part):
    """What a matrix calls itself, and a comment: `[Plate: name] comment`, its corner, or the text above it.

    Of several texts above it the nearest that says what such a matrix holds: a note may stand between.
    """
    corner = "" if part.corner in ("<>", "Well", "Row") else part.corner
    texts = [corner] if corner else part.above
    patterns = (_PLATE, matrix.SIGNAL_WORD, *(pattern for _, pattern in _KINDS))
    title = next((text for text in texts if any(each.search(text) for each in patterns)), "".join(texts[:1]))
    match = _PLATE.match(title)
    return (match[1], match[2]) if match else (title, "")


def _what(source, part, title):
    written = [cell for cell, _ in part.cells.values()]
    kind = next((kind for kind, pattern in _KINDS if pattern.search(title)), "signal")
    if kind == "signal" and matrix.are_concentrations(title, written, source.decimal):
        kind = "concentration"
    if kind == "dilution" and any(written_cells.dilution(cell, source.decimal) for cell in written):
        return kind
    values = _is_numeric(part, source) if kind == "signal" else _are_values(written, source)
    return kind if values else "template"


def _is_numeric(part, source):
    """Whether the matrix holds numbers, and codes for a value outnumber other texts."""
    written = [cell for cell, _ in part.cells.values()]
    return any(source.number(cell) is not None for cell in written) and _are_values(written, source)


def _are_values(written, source):
    known = sum(matrix.vendor(cell, source.decimal)[1] != matrix.UNKNOWN for cell in written)
    return 2 * known > len(written)


def _records(source, members):
    """Records of a plate, and the titles of matrices that were not used."""
    decimal = source.decimal
    signals = [(title, part) for what, title, part in members if what == "signal"]
    used, layout, values = {title for title, _ in signals}, {}, {"expected": {}, "dilution": {}}
    attached = {"net": {}, "concentration": {}}  # title of a signal -> cells
    unit = None
    for what, title, part in members:
        if what == "template" and not layout:
            layout = matrix.template({well: cell for well, (cell, _) in part.cells.items()}, decimal)
        elif what in values and not values[what]:
            values[what] = part.cells
        elif what in attached and (owner := _owner(title, signals)) and owner not in attached[what]:
            attached[what][owner] = part.cells
        else:
            continue
        used.add(title)
        if what in ("expected", "concentration"):
            unit = unit or matrix.first_unit(part.above)
    records = []
    for title, entry in matrix.entries(source, {title: part.cells for title, part in signals}, layout, unit):
        well, entry["region"] = entry["well"], matrix.wavelength_in(title)
        if well in values["expected"] and entry.get("expected") is None:
            entry["expected"] = source.value(values["expected"][well][0], "expected concentration", well)
        if well in values["dilution"]:
            entry["dilution"] = source.dilution(values["dilution"][well][0], well)
        if title in attached["net"]:
            entry["net_signal"] = matrix.net(source, matrix.cell_of(attached["net"][title], well), entry)
        if title in attached["concentration"]:
            matrix.add_vendor(entry, matrix.cell_of(attached["concentration"][title], well), decimal)
        records.append(entry)
    return records, [title for what, title, _ in members if what != "signal" and title not in used]


def _owner(title, signals):
    """The signal a blanked or calculated matrix belongs to: the only one, or the one whose title it holds."""
    named = [name for name, _ in signals if name in title]
    return signals[0][0] if len(signals) == 1 else named[0] if len(named) == 1 else None
