"""Olink's wide table (NPX Signature, NPX Manager): a row per sample, a column per assay, panels side by side.

Head rows `Panel`, `Assay`, `Uniprot ID`, `OlinkID` (and `Unit`) name the columns; behind the assays stand `Plate ID` and
`QC Warning`, one of each per panel; below the samples stand the limits, for all plates or one row per plate.
"""

import re
from collections import Counter
from dataclasses import dataclass

from immunoassay.readers import sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.deliveries import maker_names, relative_results
from immunoassay.readers.deliveries.relative_results import Results
from immunoassay.readers.deliveries.result_columns import Answers
from immunoassay.readers.export import ResultTable
from immunoassay.readers.written_cells import key, text_at

FAMILY = "olink_wide"
_EXPORT = "export NPX as the wide workbook with plate, QC warning and limits, and send it as it is"
DECLARED = (
    Declared(
        "Olink Target 96 (NPX Signature, NPX Manager)", "olinkr 2.0.0", "wide xlsx: a column per assay, two panels", "real",
        "NPX, the LOD of each assay, plate and QC warning of each panel",
        "Ct data; a table without the rows that name panels, assays and OlinkIDs", _EXPORT,
    ),
    Declared(
        "Olink Target 96, Target 48, Flex and Focus (NPX Signature)", "", "wide xlsx or csv: a column per assay", "columns",
        "NPX or concentrations, limits of each plate (LOD, Plate LOD, Max LOD, LLOQ, ULOQ, lowest quantifiable level), "
        "assay warnings, normalization; internal controls keep their role", "Ct data", _EXPORT,
        "OlinkAnalyze, rows of its wide formats, 2025",
    ),
)  # fmt: skip

_HEAD = ("panel", "assay", "uniprotid", "olinkid", "unit")
_KINDS = {"npxdata": "NPX", "npx": "NPX", "quantifieddata": "", "ctdata": "Ct"}
_LIMITS = ("platelod", "lod", "maxlod", "lloq", "lowestquantifiablelevel", "uloq")  # rows below the samples
_WORDS = ("assaywarning", "normalization")
_FREQUENCY = "missingdatafreq"
_OLINK_ID = re.compile(r"OID[0-9]{5,6}")


@dataclass
class _Head:
    """The head rows of the table: texts by column, and where they stand."""

    sheet: str
    end: int  # 0-based row of the first row below
    lines: dict[str, list[str]]  # of _HEAD -> texts
    kind: str | None  # NPX, "" for concentrations, Ct; None where no line says it


def recognise(source: sources.Source) -> bool:
    """Rows that begin with Panel, Assay and OlinkID, one below the other; or some of them, below a line of NPX data."""
    return any(_head(sheet, rows) for sheet, rows in sources.grids(source))


def read(source: sources.Source, answers: Answers | None = None) -> ResultTable:
    """ResultTable of the one sheet with such rows. Raises NotReadable."""
    answers = answers or Answers()
    found = [head for sheet, rows in sources.grids(source) if (head := _head(sheet, rows))]
    if len(found) != 1:
        raise source.refusal(
            "E-READ-003" if found else "E-FILE-009", f"{len(found)} wide tables of assays",
            "one is read from a file" if found else "no rows begin with Panel, Assay and OlinkID",
            "keep one table in a file, with the rows that name panels, assays and OlinkIDs",
        )  # fmt: skip
    head = found[0]
    if lacking := [word for word in ("Panel", "Assay", "OlinkID") if word.casefold() not in head.lines]:
        raise source.refusal(
            "E-FILE-009", f"a wide table of {head.kind or 'quantified'} data without a row {' and '.join(lacking)}",
            "which assays its columns are cannot be told for certain", _EXPORT, sheet=head.sheet, row=head.end,
        )  # fmt: skip
    rows = dict(sources.grids(source))[head.sheet]
    unit = relative_results.stated_unit(source, answers)
    if head.kind == "Ct":
        raise source.refusal(
            "E-FILE-009", "a wide table of Ct data", "Ct values are no results: they are neither controlled nor normalized",
            "export NPX data, or quantified data", sheet=head.sheet,
        )  # fmt: skip
    if head.kind is None and not unit:
        source.flag(
            "E-READ-009", 'no line "NPX data" or "Quantified data" above the table', "what its numbers are is not said",
            "export again; do not edit the export", sheet=head.sheet, row=1,
        )  # fmt: skip
    samples, bottom = _below(source, head, rows)
    ignored: list[str] = []
    results = _results(source, head, rows, samples, bottom, unit, ignored)
    ignored += [f"sheet {sheet}" for sheet, grid in sources.grids(source) if sheet != head.sheet and any(grid)]
    return relative_results.table(source, FAMILY, results, answers, ignored)


def _head(sheet, rows):
    lines, end, kind = {}, 0, None
    for at, row in enumerate(rows[:12]):
        first = key(row[0]) if row and isinstance(row[0], str) else ""
        if first in _KINDS and not lines:
            kind = _KINDS[first]
        elif first in _HEAD and first not in lines:
            lines[first], end = [written_cells.text(cell) for cell in row], at + 1
        elif lines and row:
            break
    whole = {"panel", "assay", "olinkid"} <= set(lines)
    return _Head(sheet, end, lines, kind) if whole or kind is not None and "assay" in lines else None


def _below(source, head, rows):
    """([(row, cells)] of samples, [(key of its name, cells)] of limits and warnings); other rows are told as notes."""
    samples, bottom = [], []
    for number, row in enumerate(rows[head.end :], head.end + 1):
        filled = sum(cell != "" for cell in row)
        first = key(row[0]) if row else ""
        if first in _LIMITS or first in _WORDS or first == _FREQUENCY:
            bottom.append((first, row))
        elif filled > 2:
            samples.append((number, row))
            if bottom:
                source.flag(
                    "E-READ-010", f'a row of numbers below the limits, called "{text_at(row, 0)}"',
                    "samples stand above the limits; it is read as a sample", sheet=head.sheet, row=number,
                )  # fmt: skip
        elif filled:
            source.flag(
                "W-READ-003", f'"{next(written_cells.text(cell) for cell in row if cell != "")[:60]}"',
                "a row of one or two cells is read as a note", "check that it is none of the results", sheet=head.sheet,
                row=number,
            )  # fmt: skip
    if not any(name in _LIMITS for name, _ in bottom):
        source.flag(
            "E-READ-006", "no row of limits (LOD) below the samples", "results below their limit cannot be told",
            "export again with the limits", sheet=head.sheet,
        )  # fmt: skip
    return samples, bottom


def _results(source, head, rows, samples, bottom, unit, ignored):
    columns = _assay_columns(source, head, samples, ignored)
    texts = {name: head.lines.get(name, []) for name in _HEAD}
    names = [_at(texts["assay"], at) for at in columns]
    identifiers = [_at(texts["olinkid"], at) for at in columns]
    rows_of_head = [head.end] * len(columns)
    proteins = [
        "" if maker_names.is_internal(_at(texts["assay"], at)) else _at(texts["uniprotid"], at) for at in columns
    ]
    called = maker_names.analyte_names(source, head.sheet, names, identifiers, rows_of_head, proteins)
    plates, warnings = (_by_panel(source, head, columns, samples, name) for name in ("plateid", "qcwarning"))
    _flag_plates(source, head, samples, bottom, plates)
    _flag_gaps(source, head, columns, bottom, samples[-1][0] + 1 if samples else head.end)
    found = Results(head.sheet, "")
    found.aside = relative_results.shifted(source, head.sheet, [number for number, _ in samples])
    sample_names = [text_at(row, 0) for _, row in samples]
    roles, controls = maker_names.roles_of_names(sample_names)
    maker_names.flag_controls(source, head.sheet, controls, head.end + 1)
    limits: dict[str, list[written_cells.Cell]] = {"lod": [], "lloq": [], "uloq": []}
    warned, normalized, qc, panels, lowest = [], [], [], [], []
    for at, name, analyte in zip(columns, names, called, strict=True):
        panel = _at(texts["panel"], at)
        runs = [text_at(row, plates.get(panel)) for _, row in samples]
        stated = _of_plates(source, bottom, at, plates, panel, set(runs))
        found.row += [number for number, _ in samples]
        found.sample += sample_names
        found.role += ["control"] * len(samples) if maker_names.is_internal(name) else roles
        found.run += runs
        found.analyte += [analyte] * len(samples)
        found.value += [written_cells.at(row, at) for _, row in samples]
        found.unit += [unit or head.kind or _at(texts["unit"], at)] * len(samples)
        found.column += [name] * len(samples)
        panels += [panel] * len(samples)
        lowest += [stated["lowest", run] for run in runs]
        qc += [text_at(row, warnings.get(panel)) for _, row in samples]
        for limit, cells in limits.items():
            cells += [stated[limit, run] for run in runs]
        warned += [stated["assaywarning", run] for run in runs]
        normalized += [stated["normalization", run] for run in runs]
    found.limits = {name: cells for name, cells in limits.items() if any(cell != "" for cell in cells)}
    found.words = {"QC Warning": qc} | ({"Assay warning": warned} if any(warned) else {})
    said = {"Panel": panels, "Normalization": normalized, "LLOQ and lowest quantifiable level": lowest}
    found.said = {name: texts for name, texts in said.items() if any(texts)}
    return found


def _assay_columns(source, head, samples, ignored):
    """Positions of the columns of assays; others that hold values are told, or named in `ignored`."""
    assays, identifiers = head.lines["assay"], head.lines["olinkid"]
    width = max([len(assays), len(identifiers), *(len(row) for _, row in samples)])
    columns, nameless = [], []
    for at in range(1, width):
        name = _at(assays, at)
        if key(name) in ("plateid", "qcwarning"):
            continue
        filled = any(written_cells.at(row, at) != "" for _, row in samples)
        if _OLINK_ID.fullmatch(_at(identifiers, at)) or maker_names.is_internal(name):
            columns.append(at)
            if not name:
                source.flag(
                    "V-087", f"column {at + 1} ({_at(identifiers, at)}) has no name of an assay",
                    "it goes by its OlinkID", sheet=head.sheet, row=head.end,
                )  # fmt: skip
        elif name.lower().startswith("qc deviation"):
            ignored.append(f"{name} {_at(head.lines.get('uniprotid', []), at)}".strip())
        elif filled:
            nameless.append(at)
    for at in nameless[:20]:
        source.flag(
            "V-087", f'column {at + 1} has values and no OlinkID, but "{_at(assays, at)} {_at(identifiers, at)}"',
            "what they are is not known, and they are not read", sheet=head.sheet, row=head.end, column=_at(assays, at),
        )  # fmt: skip
    if not columns:
        raise source.refusal(
            "E-FILE-013", "no column has an OlinkID", "the rows of the head may be shifted against the columns",
            "export again; do not edit the export", sheet=head.sheet, row=head.end,
        )  # fmt: skip
    twice = Counter(identifier for at in columns if (identifier := _at(identifiers, at)))
    for identifier in [each for each, count in twice.items() if count > 1][:20]:
        source.flag(
            "V-087", f"{twice[identifier]} columns of {identifier}", "one assay has one column; both are read",
            sheet=head.sheet, row=head.end,
        )  # fmt: skip
    return columns


def _by_panel(source, head, columns, samples, name):
    """{panel: position of its column of plates or of QC warnings}; a panel without one is told."""
    panels, assays = head.lines["panel"], head.lines["assay"]
    width = max([len(assays), *(len(row) for _, row in samples)])
    own = [at for at in range(1, width) if key(_at(assays, at)) == name]
    wanted = list(dict.fromkeys(_at(panels, at) for at in columns))
    found = {}
    for at in own:
        panel = _at(panels, at)
        if len(own) == len(wanted) == 1:
            panel = wanted[0]
        if panel in wanted and panel not in found:
            found[panel] = at
        else:
            source.flag(
                "E-READ-010", f'a column "{_at(assays, at)}" of "{panel}"',
                "it belongs to none of the panels, or is its second one; it is not read", sheet=head.sheet, row=head.end,
                column=_at(assays, at),
            )  # fmt: skip
    for panel in [each for each in wanted if each not in found]:
        word = {"plateid": "Plate ID", "qcwarning": "QC Warning"}[name]
        source.flag(
            "E-READ-006", f'no column {word} of panel "{panel}"',
            "its results have no plate" if name == "plateid" else "warnings of its samples are not known", sheet=head.sheet,
            row=head.end, column=word,
        )  # fmt: skip
    return found


def _flag_plates(source, head, samples, bottom, plates):
    """A FLAG for every plate without a row of limits or warnings that others have, or with two."""
    for panel, place in plates.items():
        there = list(dict.fromkeys(run for _, row in samples if (run := text_at(row, place))))
        stated: dict[str, list[str]] = {}
        for name, row in bottom:
            stated.setdefault(name, []).append(_plate(row, plates, panel))
        for name, found in stated.items():
            twice = [run for run in dict.fromkeys(found) if found.count(run) > 1]
            if twice:
                source.flag(
                    "E-READ-010", f"several rows {_written(bottom, name)} of {twice[0] or 'all plates'} in {panel}",
                    "the highest limit is used", sheet=head.sheet, row=samples[-1][0] + 1,
                )  # fmt: skip
            lacking = [run for run in there if run not in found] if any(found) else []
            if lacking:
                source.flag(
                    "E-READ-006", f"no row {_written(bottom, name)} of plate {', '.join(lacking[:6])} of {panel}",
                    "what it says of the results of this plate is not known", sheet=head.sheet, row=samples[-1][0] + 1,
                )  # fmt: skip


def _flag_gaps(source, head, columns, bottom, below):
    """A FLAG for every row of limits or warnings that says nothing of some assays, and for limits of concentrations that no
    row states."""
    assays = [at for at in columns if not maker_names.is_internal(_at(head.lines["assay"], at))]

    def stated(cell):
        """Whether a limit is stated; one of zero or less is none, but NPX may have one."""
        number = source.number(cell)
        return number is not None and (number > 0 or head.kind != "")

    for name, row in bottom:
        words = name in _WORDS
        cells = [(at, written_cells.at(row, at)) for at in assays]
        lacking = [at for at, cell in cells if (cell == "" if words else not stated(cell))]
        if lacking and name != _FREQUENCY:
            shown = ", ".join(_at(head.lines["assay"], at) for at in lacking[:6])
            source.flag(
                "E-READ-006", f"no {text_at(row, 0)} of {len(lacking)} of {len(assays)} assays: {shown}",
                "what it says of their results is not known", "nothing if the laboratory states none", sheet=head.sheet,
                row=below,
            )  # fmt: skip

    for name in ("lloq", "uloq") if head.kind == "" else ():
        if not any(other == name for other, _ in bottom):
            source.flag(
                "E-READ-006", f"no row {name.upper()} below the samples", "results beyond it cannot be told",
                "export again with the limits", sheet=head.sheet, row=below,
            )  # fmt: skip


def _written(bottom, name):
    return next(text_at(row, 0) for other, row in bottom if other == name)


def _of_plates(source, bottom, at, plates, panel, runs):
    """{(lod, lloq, uloq, lowest, assaywarning or normalization, plate): cell} of the column `at`, "" where none is stated.

    A row with a plate is of that plate alone, before one without. Of several equal ones the highest limit counts.
    """
    rows = [(name, _plate(row, plates, panel), written_cells.at(row, at)) for name, row in bottom]
    stated = {}
    for run in runs:
        cells = {}
        for name in (*_LIMITS, *_WORDS):
            own = [cell for other, plate, cell in rows if other == name and plate == run != "" and cell != ""]
            cells[name] = own or [cell for other, plate, cell in rows if other == name and plate == "" and cell != ""]
        limits = [relative_results.highest(source, cells[name]) for name in ("platelod", "lod", "maxlod")]
        stated["lod", run] = next((cell for cell in limits if cell != ""), "")
        both = cells["lloq"] + cells["lowestquantifiablelevel"]
        stated["lloq", run] = relative_results.highest(source, both)
        stated["lowest", run] = " and ".join(map(written_cells.text, both)) if len(both) > 1 else ""
        stated["uloq", run] = relative_results.highest(source, cells["uloq"])
        for name in _WORDS:
            stated[name, run] = "; ".join(dict.fromkeys(map(written_cells.text, cells[name])))
    return stated


def _plate(row, plates, panel):
    """The plate a row of limits is of: below the Plate ID of its panel, else of any; "" for all plates."""
    own = text_at(row, plates.get(panel))
    return own or next((text for place in plates.values() if (text := text_at(row, place))), "")


def _at(texts, place):
    return texts[place] if place < len(texts) else ""
