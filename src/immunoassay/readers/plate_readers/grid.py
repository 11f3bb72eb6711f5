"""Generic plate matrices in a text file or workbook: any grid of column numbers 1, 2 ... and row letters A, B ...

The title of a matrix (`[Plate: M#1 450] ...`, the text above it, or its top-left cell) says what it holds:
concentrations, expected concentrations, dilutions, blanked signals, or signals; a matrix of texts is a template
(`STD1:100.00`, `SPL3`, `STD62.5`, `BLANK`, names). The same title again begins the next plate, or a heading `Plate 2`
does. Numbers that no word on the sheet calls signals (a wavelength, OD, raw data ...) may be volumes or names: they are
read only as the named format, or beside a grid of names of the very same wells.

People type such grids without any software, several on a sheet, with or without headings (typed_grids). Where names are
there every signal must have one and every name a signal; the cell that has not is named.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from immunoassay.readers import matrices, matrix, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export
from immunoassay.readers.plate_readers import typed_grids
from immunoassay.readers.plates import Plates

FAMILY = "grid"
DECLARED = (
    Declared(
        "any reader, plate matrices saved by hand",
        "",
        "workbook or text, titled grids of signals, template, concentrations and dilutions",
        "real",
        "signals, blanked signals, names, dilutions, stated and calculated concentrations of every grid",
        "a grid of numbers that nothing calls signals",
        "one grid per read with its title, such as OD 450",
    ),
    Declared(
        "no software: ELISA typed by hand",
        "",
        "workbook, grids of OD and of names side by side or below one another, several plates, headings optional",
        "imitated",
        "signals with the names, dilutions and stated concentrations typed beside them",
        "a signal without a name or a name without a signal; names that belong to no plate",
        "give each grid row letters, column numbers and a title (Plate 1, OD 450, Samples)",
    ),
)
GENERIC = True  # asked only when no family of a vendor recognises the file

_KINDS = (
    ("expected", re.compile(r"(standard|expected|nominal|known).*conc|conc.*(standard|expected|nominal)", re.I)),
    ("dilution", re.compile(r"dilut", re.I)),
    ("concentration", re.compile(r"\bconc|concentration", re.I)),
    ("net", re.compile(r"\bblank|\bnet\b|corrected|subtracted|reduced", re.I)),
)
_OPTICAL = (-1, 8)  # densities: what numbers are that nothing but names beside them calls signals
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
    kept = [(sheet, part, name) for sheet, part, name in every if not _is_map(source, part)]
    parts, names = [each[:2] for each in kept], [each[2] for each in kept]
    _flag_headings(source, parts)
    export = assemble(source, FAMILY, parts, names=names)
    export.ignored += [part.title or part.corner for _, part, _ in every if _is_map(source, part)]
    used = {sheet for sheet, _, _ in every}
    export.ignored += [f"sheet {sheet}" for sheet, rows in sources.grids(source) if sheet not in used and any(rows)]
    return export


def assemble(
    source: sources.Source,
    family: str,
    parts: list[tuple[str, matrices.Matrix]],
    kind: str = "",
    metadata: Mapping[str, str] | None = None,
    read_time: str = "",
    names: Sequence[str] | None = None,
) -> Export:
    """An Export of the plates in `parts`, a list of (sheet name, Matrix), by the titles of the matrices.

    kind: the signal kind where the export says it elsewhere. names: of grids that people typed, the plate each says it
    is of; names and signals must then fit. Raises NotReadable when no matrix holds signals.
    """
    plates, ignored = Plates(), []
    titles = [bool(_title(part)[0]) for _, part in parts]
    if any(titles) and not all(titles):
        row = next(part.start + 1 for (_, part), titled in zip(parts, titles, strict=True) if not titled)
        source.flag(
            "E-READ-009", "a matrix without a title among others with titles", "it counts as signals",
            "give it its title if it holds something else", row=str(row),
        )  # fmt: skip
    by_plate = _by_plate(source, parts, names or [""] * len(parts))
    if names is not None:
        _check_names(source, by_plate)
    for name, members in by_plate:
        with plates.one(name):
            for sheet, part in parts:
                if any(part is member for _, _, member in members):
                    matrices.check(source, sheet, part)
            if not any(what == "signal" for what, _, _ in members):
                ignored += [title for _, title, _ in members]
                continue
            if names is not None:
                _check_fit(source, parts, members)
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
    """(sheet name, Matrix, what calls it signals or concentrations) of every matrix of numbers: "words", "names" or ""."""
    return source.once(__name__, lambda: list(_numbers(source)))


def _numbers(source):
    for sheet, rows in sources.grids(source):
        every = [_with_title(sheet, part) for _, part in typed_grids.find(source, rows)]
        parts = [part for part in every if _is_numeric(part, source)]
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
            if what == "concentration" or (own and what == "signal" and not _is_map(source, part)):
                yield sheet, part, "words"
            elif what == "signal" and not _is_map(source, part) and _has_names(source, part, every):
                yield sheet, part, "names"
            else:
                yield sheet, part, ""


def _has_names(source, part, others):
    """Whether a grid of densities has a grid of names of the very same wells beside it."""
    numbers = [source.number(cell) for cell, _ in part.cells.values()]
    densities = all(_OPTICAL[0] < value < _OPTICAL[1] for value in numbers if value is not None)
    return densities and any(
        each.cells.keys() == part.cells.keys()
        and each is not part
        and (not _is_numeric(each, source) or _what(source, each, " ".join(_title(each))) == "template")
        for each in others
    )


def _beyond_detector(written, source):
    """Whether a cell says overflow: only a detector writes that."""
    return any(matrix.signal(cell, source.decimal)[1] == "overflow" for cell in written if source.number(cell) is None)


def _is_map(source, part):
    """Whether the title of a matrix says that it holds volumes, tubes or the like; texts called names are none."""
    title = " ".join(_title(part))
    return matrix.is_map(title) and (_is_numeric(part, source) or not typed_grids.NAMES.search(title))


def _parts(source):
    """(sheet, Matrix, plate it says it is of) of every matrix. Raises NotReadable for values outside all of them."""
    found = []
    for sheet, rows in sources.grids(source):
        placed = typed_grids.find(source, rows)
        parts = [
            _with_title(sheet, part) for part in matrices.outside(source, sheet, rows, [part for _, part in placed])
        ]
        found += [(sheet, part, name) for part, name in zip(parts, typed_grids.plate_names(rows, placed), strict=True)]
    return found


def _with_title(sheet, part):
    """A matrix without a title on a sheet that says what it holds, other than signals, has that as its title."""
    says = typed_grids.NAMES.search(sheet) or any(pattern.search(sheet) for _, pattern in _KINDS)
    return (
        replace(part, above=(sheet,))
        if says and not any(_title(part)) and not matrix.SIGNAL_WORD.search(sheet)
        else part
    )


def _flag_headings(source, parts):
    """FLAGs for grids whose wells are counted, and for numbers that only names beside them call signals."""
    beside = {(sheet, part.start) for sheet, part, called in _numeric(source) if called == "names"}
    for sheet, part in parts:
        if part.corner == typed_grids.COUNTED:
            source.flag(
                "E-READ-009", "a grid without row letters and column numbers", "its wells are counted from its first cell",
                "give it row letters and column numbers if it is another part of the plate", row=part.start + 1, sheet=sheet,
            )  # fmt: skip
        if (sheet, part.start) in beside and _is_numeric(part, source):
            source.flag(
                "E-READ-009", "a grid of numbers without a word for what they are", "it counts as signals",
                "nothing if it does; otherwise give it its title", row=part.start + 1, sheet=sheet,
            )  # fmt: skip


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


def _by_plate(source, parts, names):
    """(name, [(what, title, Matrix)]) of each plate: parts that say they are of one plate, else those that follow one
    another; what comes again under the same title begins a new plate."""
    plates = []
    for (sheet, part), name in zip(parts, names, strict=True):
        title, comment = _title(part)
        what = _what(source, part, f"{title} {comment}")
        plate = next(
            (each for each in reversed(plates) if written_cells.key(each["name"]) == written_cells.key(name)), None
        )
        if not plate or (what, title) in plate["keys"]:
            plate = {"name": name, "sheet": sheet, "keys": set(), "members": []}
            plates.append(plate)
        plate["keys"].add((what, title))
        plate["members"].append((what, title or what, part))
    sheets = [plate["sheet"] for plate in plates]
    distinct = len(set(sheets)) == len(sheets) > 1
    return [(plate["name"] or (plate["sheet"] if distinct else ""), plate["members"]) for plate in plates]


def _check_names(source, by_plate):
    """Raises NotReadable for names that belong to no plate; a FLAG for signals without names beside others with names."""
    held = [({what for what, _, _ in members}, members) for _, members in by_plate]
    bare = [members for kinds, members in held if "signal" in kinds and "template" not in kinds]
    lonely = [members for kinds, members in held if kinds == {"template"}]
    if lonely:
        raise source.refusal(
            "E-READ-003", f'a grid of names "{lonely[0][0][1]}" that belongs to none of the plates',
            "nothing says which signals it names", "put each plate's names behind its signals, or name the plates (Plate 1)",
            row=lonely[0][0][2].start + 1,
        )  # fmt: skip
    if bare and any(kinds >= {"signal", "template"} for kinds, _ in held):
        source.flag(
            "E-READ-009", "a plate without names beside one with names", "its samples must come from a layout",
            "nothing if they do; otherwise type its names", row=bare[0][0][2].start + 1,
        )  # fmt: skip


def _check_fit(source, parts, members):
    """Raises NotReadable for a signal without a name, or a name without a signal, where there are names."""
    names = next((part.cells for what, _, part in members if what == "template"), None)
    if names is None:
        return
    cells = {well: each for what, _, part in members if what == "signal" for well, each in part.cells.items()}
    signals = {
        well for well, (cell, _) in cells.items() if matrix.signal(cell, source.decimal)[1] in ("none", "overflow")
    }
    empty = {well for well, (cell, _) in names.items() if matrix.coded(written_cells.text(cell))["role"] == "empty"}
    odd = sorted(signals - names.keys()) or sorted(names.keys() - cells.keys() - empty)
    if odd:
        well = odd[0]
        cell, row = cells.get(well) or names[well]
        what = "a signal and no name" if well in cells else "a name and no signal"
        more = f", and {len(odd) - 1} more" if len(odd) > 1 else ""
        raise source.refusal(
            "E-READ-014", f'well {well} has {what}: "{written_cells.text(cell)}"{more}', "samples could be taken for one "
            "another", "type the missing cell (a merged one counts for its first well), or Empty", row=row,
            sheet=next(sheet for sheet, part in parts if any(part is each for _, _, each in members)),
        )  # fmt: skip


def _title(part):
    """What a matrix calls itself, and a comment: `[Plate: name] comment`, its corner, or the text above it.

    Of several texts above it the nearest that says what such a matrix holds: a note may stand between.
    """
    corner = "" if part.corner in ("<>", "Well", "Row", typed_grids.COUNTED) else part.corner
    texts = [corner] if corner else part.above
    patterns = (_PLATE, matrix.SIGNAL_WORD, *(pattern for _, pattern in _KINDS))
    title = next((text for text in texts if any(each.search(text) for each in patterns)), "".join(texts[:1]))
    if match := _PLATE.match(title):
        return match[1], match[2]
    return typed_grids.PLATE.sub("", title).strip(" :,;-–") if typed_grids.PLATE.search(title) else title, ""


def _what(source, part, title):
    written = [cell for cell, _ in part.cells.values()]
    kind = next((kind for kind, pattern in _KINDS if pattern.search(title)), "signal")
    if kind == "signal" and matrix.are_concentrations(title, written, source.decimal):
        kind = "concentration"
    if kind == "signal" and typed_grids.NAMES.search(title) and not matrix.SIGNAL_WORD.search(title):
        return "template"
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
            layout = matrix.template(
                {well: written_cells.text(cell) for well, (cell, _) in part.cells.items()}, decimal
            )
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
