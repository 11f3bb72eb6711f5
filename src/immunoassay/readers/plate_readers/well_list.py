"""Generic list of wells in a text file or workbook: one row per well, with a column Well (or Well Row and Well Col).

Every further column of numbers is a signal, except those whose names say plate, sample, dilution, concentration and the
like; with a column of analytes there is one row per well x analyte and one column of signals. Roles come from a column
of types, or from sample names that are codes (STD1, BLK, SPL3). A list of concentrations alone is refused.
"""

import re

from immunoassay.readers import kinetics, lists, matrix, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.export import Export
from immunoassay.readers.plates import Plates

FAMILY = "well_list"
GENERIC = True  # asked only when no family of a vendor recognises the file
DECLARED = (
    Declared(
        "any reader or program",
        "",
        "text or workbook, one row per well with a column Well",
        "imitated",
        "signals of every column of numbers, names, roles, dilutions and stated concentrations",
        "a list of concentrations alone; kinetic lists",
        "one row per well, columns Well, Sample and the signal",
    ),
)

_NAMES = {
    "well": "well wells wellid wellname wellposition wellno wellnumber position location",
    "row": "wellrow row platerow",
    "column": "wellcol wellcolumn col column platecolumn",
    "plate": "plate plateid platename platebarcode barcode",
    "sample": "sample sampleid samplename samplenames name id specimen specimenid",
    "role": "type welltype sampletype role content contenttype",
    "analyte": "analyte analytename biomarker marker assay target",
    "dilution": "dilution dilutionfactor df",
    "expected": "expectedconcentration standardconcentration stdconc nominalconcentration knownconcentration",
    "vendor": "calculatedconcentration calcconcentration calcconc concentration conc result obsconc observedconcentration",
    "beads": "beadcount beads count numberofbeads",
    "unit": "unit units",
}
_NAMES = {name: role for role, names in _NAMES.items() for name in names.split()}
_PLACES = {name for name, role in _NAMES.items() if role in ("well", "row")}
_OTHER_WORDS = """replicate replicates rep group index no number count mean average sd stddev cv cvpercent time cycle"""
_OTHER = set(_OTHER_WORDS.split())
_ROLES = (
    ("standard", "stand|std|cal"),
    ("control", "contr|ctrl|qc"),
    ("blank", "bl|backgr"),
    ("empty", "empty|unused"),
    ("sample", "sampl|unk|spl"),
)
_HEADER_ROWS = 30
_NET = re.compile(r"\bnet\b|bkgd|backgr|blank|correct|subtract", re.I)


def recognise(source: sources.Source) -> bool:
    """A heading Well, or Well Row and Well Col, above wells, and a column of numbers beside them."""
    return any(_header(source, rows) is not None for _, rows in sources.grids(source))


def read(source: sources.Source) -> Export:
    """One Plate per plate name and sheet. Raises NotReadable for no list, a row that names no well, a repeated well."""
    plates, ignored = Plates(), []
    for sheet, rows in sources.grids(source):
        found = _header(source, rows)
        if found is None:
            ignored += [f"sheet {sheet}"] if any(rows) else []
            continue
        at, columns, signals, unused = found
        several = "analyte" in columns and len(signals) > 1
        if not signals or several and any("conc" in written_cells.key(name) for name in unused):
            raise matrix.only_concentrations(
                source, f"columns {', '.join(unused[:6])} by well", sheet=sheet, row=at + 1
            )
        for name in _odd_headings(signals, source.decimal):
            source.flag(
                "V-087", f'a column headed "{name}"', "a heading may be lost; its values count as signals",
                "nothing if they are signals; otherwise name the column and export again", sheet=sheet, row=str(at + 1),
                column=name,
            )  # fmt: skip
        if several:
            raise source.refusal(
                "E-READ-003", f"several columns of numbers: {', '.join(signals)}",
                "it is not clear which is the signal of an analyte",
                "export one column of signals (MFI, and Net MFI beside it if you like)", sheet=sheet, row=at + 1,
            )  # fmt: skip
        table = _records(source, sheet, rows, at, columns, signals)
        ignored += unused
        for name, records in table.items():
            words = " ".join(written_cells.text(cell) for row in rows[: at + 1] for cell in row)
            with plates.one(name):
                plates.read.append(matrix.plate(source, name, records, matrix.kind_of(words), sheet))
    if not plates:
        raise matrix.no_signals(source, "a list", "a column of wells and one of signals")
    return plates.export(FAMILY, source, ignored)


def _header(source, rows):
    """(position, {role: column}, {signal: column}, unused names) of the header row, or None."""
    for at, row in enumerate(rows[:_HEADER_ROWS]):
        if not _PLACES & {written_cells.key(cell) for cell in row}:
            continue
        names = [written_cells.text(cell) for cell in row]
        columns = {}
        for column, name in enumerate(names):
            columns.setdefault(_NAMES.get(written_cells.key(re.sub(r"[\[(].*", "", name)), ""), column)
        columns.pop("", None)
        if len(row) < 2 or not ("well" in columns or {"row", "column"} <= columns.keys()):
            continue
        below = [line for line in rows[at + 1 :] if _well(line, columns)]
        above = [
            line for line in rows[:at] if _well(line, columns) or any(source.number(cell) is not None for cell in line)
        ]
        others = [*above, *(line for line in rows[at + 1 :] if not _well(line, columns))]
        if any(sum(cell != "" for cell in line) > 2 for line in others):
            return None  # more than a list and notes: what else is there is not known
        taken = {c for c, name in enumerate(names) if written_cells.key(name) in _OTHER or kinetics.is_axis(name)}
        free = [c for c, name in enumerate(names) if name and c not in taken and c not in columns.values()]
        unmapped = [c for c in free if not matrix.is_map(names[c])]
        signals = {names[c]: c for c in unmapped if _is_signal(source, below, c)}
        results = [name for name, c in signals.items() if _are_concentrations(source, name, below, c)]
        if columns.get("vendor") is not None and not signals and _is_signal(source, below, columns["vendor"]):
            results = [names[columns["vendor"]]]
        signals = {name: c for name, c in signals.items() if name not in results}
        if below and (signals or results):
            signals, net = _signal_and_net(signals) if "analyte" in columns else (signals, {})
            unused = [names[c] for c in free if c not in (*signals.values(), *net.values())]
            return at, {**columns, **net}, signals, unused if signals else results
    return None


def _signal_and_net(signals):
    """({signal: column}, {"net": column}) of the columns of numbers beside one of analytes: MFI, and Net MFI.

    Columns with a word for a signal go before others; of several signals all are given, as nothing says which one counts.
    """
    net = {name: column for name, column in signals.items() if _NET.search(name)}
    raw = {name: column for name, column in signals.items() if name not in net}
    worded = {name: column for name, column in raw.items() if matrix.SIGNAL_WORD.search(name)}
    if not raw:
        return net, {}
    return worded or raw, {"net": next(iter(net.values()))} if net else {}


def _odd_headings(signals, decimal):
    """Headings of signals that may be no headings of signals.

    Numbers other than wavelengths, values (`<0.105`), wells, names of other columns (a second one of samples), and, where
    other headings have a word for a signal, those without: beside `OD 450`, `IL-6` is no analyte like the others.
    """
    named = {name for name in signals if matrix.SIGNAL_WORD.search(name)}
    return [
        name
        for name in signals
        if name not in named
        and (
            named
            or matrix.vendor(name, decimal)[1] != matrix.UNKNOWN
            or written_cells.well(name) is not None
            or written_cells.key(name) in _NAMES
        )
    ]


def _well(line, columns):
    """The one well a row names, or None."""
    if "well" in columns:
        return written_cells.well(written_cells.at(line, columns["well"]))
    return written_cells.well("".join(written_cells.text_at(line, columns[each]) for each in ("row", "column")))


def _is_signal(source, lines, column):
    """Whether a column holds numbers, and codes for a signal or a concentration outnumber other texts."""
    written = [cell for line in lines if (cell := written_cells.at(line, column)) != ""]
    kinds = (matrix.signal, matrix.vendor)
    known = sum(any(kind(cell, source.decimal)[1] != matrix.UNKNOWN for kind in kinds) for cell in written)
    return any(source.number(cell) is not None for cell in written) and 2 * known > len(written)


def _are_concentrations(source, name, lines, column):
    return matrix.are_concentrations(name, [line[column] for line in lines if column < len(line)], source.decimal)


def _records(source, sheet, rows, at, columns, signals):
    """Plate name -> records, one per well and signal."""

    def is_record(row):
        return _well(row, columns) is not None

    def is_header(row):
        return row == rows[at]

    lines, _ = lists.table(source, sheet, rows, at, is_record, is_header)
    header_unit = matrix.first_unit(rows[at])
    plates = {}
    for number, line in lines:

        def cell(role, line=line):
            return written_cells.at(line, columns.get(role))

        well = _well(line, columns)
        shared = {
            **matrix.coded(written_cells.text(cell("sample"))),
            "unit": written_cells.text(cell("unit")) or header_unit,
        }
        shared["sample"] = written_cells.text(cell("sample")) or None
        role = _role(written_cells.text(cell("role")))
        if role:
            shared |= {"role": role, "level": _level(role, written_cells.text(cell("role")), shared)}
        shared["dilution"] = source.dilution(cell("dilution"), number, sheet)
        shared["expected"] = source.value(cell("expected"), "expected concentration", number, sheet)
        for name, column in signals.items():
            analyte = written_cells.text(cell("analyte")) or name
            entry = matrix.record(
                well,
                analyte,
                written_cells.at(line, column),
                source.decimal,
                number,
                region=matrix.wavelength_in(name),
                **shared,
            )
            if "net" in columns:
                entry["net_signal"] = matrix.net(source, cell("net"), entry, "net signal", sheet)
            if "beads" in columns and "analyte" in columns:
                entry["bead_count"] = source.value(cell("beads"), "bead count", number, sheet)
            if "vendor" in columns and name == next(iter(signals)):
                matrix.add_vendor(entry, cell("vendor"), source.decimal)
            plates.setdefault(written_cells.text(cell("plate")), []).append(entry)
    return plates


def _role(written):
    """The role a column of types says: `Standard S1`, `Unknown`, `Blank B`, or a code; None for anything else."""
    low = written.lower()
    by_word = next((role for role, words in _ROLES if re.match(words, low)), None)
    return by_word or {"s": "standard", "x": "sample", "u": "sample", "b": "blank", "c": "control"}.get(low)


def _level(role, written, shared):
    digits = re.search(r"([0-9]+)$", written) or (re.search(r"([0-9]+)$", shared["sample"] or "") if role else None)
    if role == "standard":
        return f"S{int(digits[1])}" if digits else shared["level"]
    return (shared["sample"] or written) if role == "control" else None
