"""Olink's old table with `NPX linear` (or `NPX`) in its first cell: a row per sample, a column per assay (`101_IL-8`).

Linear values are 2 to the power of NPX: they have a unit of their own. Rows and columns that begin with `#` hold controls,
limits and quality; the limits stand in a row per chip.
"""

import re
from collections import defaultdict

from immunoassay.problems import Problem
from immunoassay.readers import sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.deliveries import relative_results
from immunoassay.readers.deliveries.relative_results import Results
from immunoassay.readers.deliveries.result_columns import Answers
from immunoassay.readers.export import ResultTable
from immunoassay.readers.written_cells import key, text_at

FAMILY = "olink_linear"
DECLARED = (
    Declared(
        "Olink Target 96 (Olink Wizard)", "", "xlsx of 2014 to 2016 with NPX linear in its first cell", "real",
        "linear NPX (2 to the power of NPX), the limit of each chip, the chip and its flag; negative and inter-plate "
        "controls keep their role", "a table of Cq values", "export NPX again with present software, or send it as it is",
    ),
)  # fmt: skip

_UNITS = {"npxlinear": "NPX linear", "linearnpx": "NPX linear", "npx": "NPX"}
_CQ = {"cq", "dcq", "ddcq"}
_ASSAY = re.compile(r"[0-9]{3}_.*\S")
_KNOWN = re.compile(r"#(?:[0-9]{3}_.*|Flagged|S-Type|Chip ID\.?|Chip name|MissDataFreq.*)")  # no assays
_LIMIT = re.compile(r"#LOD[- ]?Chip ?([0-9]+)", re.IGNORECASE)
_ROLES = {"negctrl": "blank", "negcontrol": "blank", "ipc": "control", "ctrl": "control", "control": "control"}


def recognise(source: sources.Source) -> bool:
    """A first cell NPX linear, NPX or Cq, and headings of assays with their three digits."""
    return len(_sheets(source)) > 0


def read(source: sources.Source, answers: Answers | None = None) -> ResultTable:
    """ResultTable of the one sheet with such a first row. Raises NotReadable."""
    answers = answers or Answers()
    found = _sheets(source)
    if len(found) != 1:
        raise source.refusal(
            "E-READ-003" if found else "E-FILE-009", f"{len(found)} tables with NPX in their first cell",
            "one is read from a file", "keep one table in a file",
        )  # fmt: skip
    sheet, rows = found[0]
    first = key(rows[0][0])
    if first in _CQ:
        raise source.refusal(
            "E-FILE-009", f"a table of {rows[0][0]} values", "they are no results: neither controlled nor normalized",
            "export NPX", sheet=sheet, row=1,
        )  # fmt: skip
    unit = relative_results.stated_unit(source, answers) or _UNITS[first]
    names = [written_cells.text(cell) for cell in rows[0]]
    lines, limits = _parts(source, sheet, rows)
    results = _results(source, sheet, names, lines, limits, unit)
    used = {at for at, name in enumerate(names) if _ASSAY.fullmatch(name)}
    ignored = [name for at, name in enumerate(names) if at and name and at not in used and not _KNOWN.fullmatch(name)]
    ignored += [f"sheet {other}" for other, grid in sources.grids(source) if other != sheet and any(grid)]
    return relative_results.table(source, FAMILY, results, answers, ignored)


def _sheets(source):
    """[(sheet, rows)] of tables of this kind."""
    return [
        (sheet, rows)
        for sheet, rows in sources.grids(source)
        if rows
        and rows[0]
        and isinstance(rows[0][0], str)
        and (key(rows[0][0]) in _UNITS or key(rows[0][0]) in _CQ)
        and sum(isinstance(cell, str) and bool(_ASSAY.fullmatch(cell)) for cell in rows[0]) > 1
    ]


def _parts(source, sheet, rows):
    """([(row, cells)] of samples and controls, {chip, or "max": cells} of limits); other rows are told as notes."""
    lines, limits = [], {}
    for number, row in enumerate(rows[1:], 2):
        name = text_at(row, 0)
        chip = _LIMIT.fullmatch(name)
        if chip or key(name) == "lodmax":
            if chip and chip[1] in limits or not chip and "max" in limits:
                source.flag(
                    "E-READ-010", f"a second row {name}", "two limits of one chip; the first is used", sheet=sheet,
                    row=number,
                )  # fmt: skip
            limits.setdefault(chip[1] if chip else "max", row)
        elif sum(cell != "" for cell in row) > 2 and not (name.startswith("#") and _role(name) is None):
            lines.append((number, row))
        elif any(cell != "" for cell in row) and key(name) != "missdatafreq":
            source.flag(
                "W-READ-003", f'"{" ".join(written_cells.text(cell) for cell in row[:6] if cell != "")[:60]}"',
                "the row is read as a note", "check that it is none of the results", sheet=sheet, row=number,
            )  # fmt: skip
    if not limits:
        source.flag(
            "E-READ-006", "no row of limits (#LOD-Chip1, #LOD-Max)", "results below their limit cannot be told",
            "export again with the limits", sheet=sheet,
        )  # fmt: skip
    return lines, limits


def _role(name):
    """The role of a row whose name begins with `#`; None for a sample and for rows that are neither."""
    return _ROLES.get(key(name).rstrip("0123456789")) if name.startswith("#") else None


def _results(source, sheet, names, lines, limits, unit):
    keys = [key(name) if name.startswith("#") else "" for name in names]
    place = {name: keys.index(name) for name in ("chipid", "chipname", "flagged", "stype") if name in keys}
    chips = [text_at(row, place.get("chipid")) for _, row in lines]
    runs = [text_at(row, place.get("chipname")) or chip for chip, (_, row) in zip(chips, lines, strict=True)]
    if _cut_off(source, names, lines, limits):
        limits = {"max": limits["max"]}
        chosen = [[limits["max"]]] * len(lines)  # the limits of single chips are below what the table shows
    else:
        chosen = _limit_rows(source, sheet, chips, runs, limits)
    found = Results(sheet, "")
    found.aside = relative_results.shifted(source, sheet, [number for number, _ in lines])
    if unit == _UNITS["npxlinear"]:
        found.aside |= _not_linear(source, sheet, names, lines)
    flagged = [text_at(row, place.get("flagged")) for _, row in lines]
    samples = [text_at(row, 0) for _, row in lines]
    roles = [_role(sample) for sample in samples]
    words: list[str] = []
    lods: list[written_cells.Cell] = []
    for at, name in enumerate(names):
        if not _ASSAY.fullmatch(name):
            continue
        found.row += [number for number, _ in lines]
        found.sample += samples
        found.role += roles
        found.run += runs
        found.analyte += [name] * len(lines)
        found.value += [written_cells.at(row, at) for _, row in lines]
        found.unit += [unit] * len(lines)
        found.column += [name] * len(lines)
        own = {id(rows): rows for rows in chosen}  # many lines have the same rows of limits
        each = {
            of: relative_results.highest(source, [written_cells.at(row, at) for row in rows])
            for of, rows in own.items()
        }
        lods += [each[id(rows)] for rows in chosen]
        words += flagged
    found.limits = {"lod": lods} if limits else {}
    found.words = {names[place["flagged"]]: words} if "flagged" in place else {}
    _flag_what_is_missing(source, sheet, names, lines, place)
    return found


def _not_linear(source, sheet, names, lines):
    """{row: why} of rows with a value of zero or less, which no power of 2 is."""
    places = [at for at, name in enumerate(names) if _ASSAY.fullmatch(name)]
    numbers = {row: [source.number(written_cells.at(line, at)) for at in places] for row, line in lines}
    odd = [row for row, values in numbers.items() if any(value is not None and value <= 0 for value in values)]
    if odd:
        source.problems.append(Problem(
            "E-DLV-006", "QUARANTINE", source.name, f"linear NPX of zero or less in {len(odd)} rows",
            "linear NPX is 2 to the power of NPX: these values are something else; the rows are set aside",
            "ask the laboratory for the table as it was exported", sheet=sheet, row=str(odd[0]),
        ))  # fmt: skip
    return dict.fromkeys(odd, "a linear NPX of zero or less")


def _cut_off(source, names, lines, limits):
    """Whether no sample has a value below the highest limit, and several have that limit itself."""
    highest = {
        at: source.number(written_cells.at(limits.get("max", []), at))
        for at, name in enumerate(names)
        if _ASSAY.fullmatch(name)
    }
    pairs = [
        (source.number(written_cells.at(row, at)), limit)
        for _, row in lines
        if _role(text_at(row, 0)) is None
        for at, limit in highest.items()
        if limit is not None
    ]
    pairs = [(value, limit) for value, limit in pairs if value is not None]
    return sum(value == limit for value, limit in pairs) > 2 and all(value >= limit for value, limit in pairs)


def _limit_rows(source, sheet, chips, runs, limits):
    """For every line the rows of limits that may hold: that of its chip, or all where its chip is not certain.

    A chip number is certain where the file uses it for one chip only.
    """
    named = defaultdict(set)
    for chip, run in zip(chips, runs, strict=True):
        named[chip].add(run)
    unsure = sorted(chip for chip, found in named.items() if limits and (len(found) > 1 or chip not in limits))
    if unsure:
        shown = "; ".join(f'"{chip}": {", ".join(sorted(named[chip])) or "none"}' for chip in unsure[:4])
        source.flag(
            "E-READ-010", f"chip numbers that stand for no chip or several: {shown}",
            "which row of limits is theirs is not certain; the highest limit of all chips is used",
            "compare with the laboratory's report", sheet=sheet,
        )  # fmt: skip
    every = list(limits.values())
    return [every if chip in unsure else [limits[chip]] if chip in limits else [] for chip in chips]


def _flag_what_is_missing(source, sheet, names, lines, place):
    for name, heading, why in (
        ("chipname", "#Chip name", "the plate of the results is known by its number only"),
        ("chipid", "#Chip ID.", "the limits of their chips cannot be told apart"),
        ("flagged", "#Flagged", "samples that the laboratory flagged are not known"),
    ):
        if name not in place:
            source.flag("E-READ-006", f"no column {heading}", why, sheet=sheet, row=1)
    beyond = [number for number, row in lines if len(row) > len(names)]
    if beyond:
        source.flag(
            "W-READ-009", f"cells behind the last heading, in {len(beyond)} rows", "they are not read; a heading may be lost",
            "nothing if they are notes; otherwise export again", sheet=sheet, row=beyond[0],
        )  # fmt: skip
    for at, name in enumerate(names):
        if not name and any(written_cells.at(row, at) != "" for _, row in lines):
            source.flag(
                "V-087", f"column {at + 1} has values and no heading", "what they are is not known, and they are not read",
                sheet=sheet, row=1,
            )  # fmt: skip
        elif name and name in names[:at]:
            source.flag("V-087", f'two columns headed "{name}"', "one of them may be another assay", sheet=sheet, row=1)
