"""A maker's long table, a row per sample and assay, read by the names that its maker gives to the columns.

A `Layout` says what the columns of one maker are called; rows of the columns sheet may say otherwise.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from immunoassay.problems import Problem
from immunoassay.readers import lists, sources, written_cells
from immunoassay.readers.deliveries import column_questions as questions
from immunoassay.readers.deliveries import maker_names, relative_results
from immunoassay.readers.deliveries.relative_results import CUT, Results
from immunoassay.readers.deliveries.result_columns import LIMITS, Answers, heading
from immunoassay.readers.export import ResultTable
from immunoassay.readers.written_cells import key

HEADER_ROWS = 30
_NO_WAY = {"", "na", "excluded"}  # of normalization: controls and single assays are left out of it
_OF_SHEET = ("sample", "analyte", "value", "unit", "ignore", "state", "comment", *LIMITS)  # meanings that are obeyed


@dataclass(frozen=True)
class Value:
    """A column of results by key, with the unit its heading means ("" where a column states it) and its limits."""

    name: str
    unit: str
    limits: Mapping[str, tuple[str, ...]]  # lod, lloq, uloq -> keys of columns, the first one there counts


@dataclass(frozen=True)
class Layout:
    """What the columns of a maker's table are called, as keys (written_cells.key)."""

    values: tuple[Value, ...]  # the first that is there counts, unless a later one has another unit
    samples: tuple[str, ...]
    analyte: str
    identifier: str  # tells assays of one name apart
    identifies: str  # pattern of an identifier, "" where any text may be one
    kinds: tuple[str, ...] = ("sampletype",)
    protein: str = ""  # tells a misspelled assay
    run: str = "plateid"
    well: str = "wellid"
    assay_kind: str = "assaytype"  # a word for internal controls
    unit: str = "unit"
    states: frozenset[str] = frozenset()  # words that may decide
    said: frozenset[str] = frozenset()  # words that never do
    known: frozenset[str] = frozenset()  # further columns, which are not needed


@dataclass
class _Columns:
    """The columns of one table by position; `at` is the 0-based row of the header."""

    sheet: str
    at: int
    names: list[str]
    keys: list[str]
    roles: dict[str, int] = field(default_factory=dict)
    states: list[int] = field(default_factory=list)
    said: list[int] = field(default_factory=list)
    unit: str = ""

    def place(self, *names: str) -> int | None:
        """The position of the first of these keys that is there."""
        return next((self.keys.index(name) for name in names if name in self.keys), None)


def header(source: sources.Source, layout: Layout) -> list[tuple[str, int]]:
    """(sheet, 0-based row) of every row that has the headings of an assay, its results and, if any, its identifier."""
    found = []
    values = {value.name for value in layout.values}
    for sheet, rows in sources.grids(source):
        for at, row in enumerate(rows[:HEADER_ROWS]):
            keys = {key(cell) for cell in row if isinstance(cell, str)}
            if layout.analyte in keys and keys & values and (not layout.identifies or layout.identifier in keys):
                found.append((sheet, at))
                break
    return found


def read(source: sources.Source, family: str, layout: Layout, answers: Answers) -> ResultTable:
    """The ResultTable of the one sheet with such a header. Raises NotReadable."""
    tables = header(source, layout)
    if len(tables) > 1:
        raise source.refusal(
            "E-READ-003", f"{len(tables)} tables of results", f"sheets {', '.join(sheet for sheet, _ in tables)}",
            "keep one table in a file",
        )  # fmt: skip
    if not tables:
        raise source.refusal(
            "E-FILE-009", "no header with sample, assay and results", "the columns cannot be told apart",
            "export the long table of results again",
        )  # fmt: skip
    sheet, at = tables[0]
    rows = dict(sources.grids(source))[sheet]
    columns = _columns(source, sheet, at, rows[at], layout, answers)
    lines = _lines(source, columns, rows)
    value = _value(source, columns, layout, answers, lines)
    _refuse_above(source, columns, rows)
    found = _results(source, columns, layout, value, lines)
    ignored = _ignored(columns, layout)
    ignored += [f"sheet {other}" for other, grid in sources.grids(source) if other != sheet and any(grid)]
    return relative_results.table(source, family, found, answers, ignored)


def _columns(source, sheet, at, row, layout, answers):
    names = [heading(cell) for cell in row]
    columns = _Columns(sheet, at, names, [key(name) for name in names])
    known = {
        "sample": columns.place(*layout.samples),
        "analyte": columns.place(layout.analyte),
        "identifier": columns.place(layout.identifier),
        "protein": columns.place(layout.protein),
        "kind": columns.place(*layout.kinds),
        "assay_kind": columns.place(layout.assay_kind),
        "run": columns.place(layout.run),
        "well": columns.place(layout.well),
        "unit": columns.place(layout.unit),
    }
    columns.roles = {role: place for role, place in known.items() if place is not None}
    columns.states = [place for place, name in enumerate(columns.keys) if name in layout.states]
    columns.said = [place for place, name in enumerate(columns.keys) if name in layout.said]
    for answer in answers.rows:
        _obey(source, columns, answer, answers)
    if "sample" not in columns.roles:
        free = [place for place, name in enumerate(columns.keys) if name and name not in _meant(layout)]
        if len(free) != 1 or layout.identifies:
            raise _no_sample(source, columns, free, answers)
        columns.roles["sample"] = free[0]  # a table of sample, assay and result: the sample goes by any name
    return columns


def _obey(source, columns, answer, answers):
    """A row of the columns sheet; one that cannot be obeyed is a problem, a STOP where it names this delivery."""
    places = [at for at, name in enumerate(columns.names) if name.casefold() == heading(answer["column"]).casefold()]
    if len(places) != 1 or not (answer["word"] or answer["meaning"] in _OF_SHEET):
        why = "this table has no such column, or has it twice" if len(places) != 1 else "this table cannot be read so"
        relative_results.not_obeyed(source, answer, answers, why)
        return
    place, meaning = places[0], answer["meaning"]
    if answer["word"]:
        columns.states += [] if place in columns.states or place in columns.roles.values() else [place]
        return
    columns.states = [at for at in columns.states if at != place]
    columns.said = [at for at in columns.said if at != place]
    columns.unit = answer["unit"] or columns.unit
    if meaning == "ignore":
        columns.roles = {role: at for role, at in columns.roles.items() if at != place}
    elif meaning in ("state", "comment"):
        (columns.states if meaning == "state" else columns.said).append(place)
    else:
        columns.roles[meaning] = place


def _no_sample(source, columns, free, answers):
    shown = ", ".join(columns.names[at] for at in free[:6]) or "none is left"
    rows = [questions.row(answers.scope, columns.names[at], "sample") for at in free[:3]]
    return source.refusal(
        "E-DLV-001", f"results of assays and no column of samples; columns {shown}",
        "the results would belong to no one", questions.add(*rows) if rows else "ask for the table with its samples",
        sheet=columns.sheet, row=columns.at + 1,
    )  # fmt: skip


def _meant(layout):
    """Keys of all columns whose meaning is known."""
    limits = {name for value in layout.values for names in value.limits.values() for name in names}
    own = {layout.analyte, layout.identifier, layout.run, layout.well, layout.assay_kind, layout.unit, *layout.kinds}
    return own | limits | {value.name for value in layout.values} | layout.states | layout.said | layout.known


def _ignored(columns, layout):
    """Headings of columns that nobody knows."""
    used = {*columns.roles.values(), *columns.states, *columns.said}
    return [
        columns.names[at]
        for at, name in enumerate(columns.keys)
        if name and name not in _meant(layout) and at not in used
    ]


def _lines(source, columns, rows):
    """[(1-based row, cells)] of the records; footnotes and repeated headers are told."""
    lines = []
    for number, row in enumerate(rows[columns.at + 1 :], columns.at + 2):
        filled = sum(cell != "" for cell in row)
        if filled > 1 and row != rows[columns.at]:
            lines.append((number, row))
        elif filled:
            words = (
                "the headings again" if filled > 1 else f'"{next(written_cells.text(c) for c in row if c != "")[:60]}"'
            )
            source.flag(
                "W-READ-003", words, "the row is read as a note", "check that it is none of the results",
                sheet=columns.sheet, row=number,
            )  # fmt: skip
    lists.check_headings(source, columns.sheet, rows, columns.at, lines)
    lists.check_beyond(source, columns.sheet, lines, len(columns.names))
    return lines


def _refuse_above(source, columns, rows):
    """NotReadable for a record above its headings: it would be lost."""
    for number, row in enumerate(rows[: columns.at], 1):
        if source.number(written_cells.at(row, columns.roles["value"])) is not None:
            raise source.refusal(
                "E-READ-013", f'a row above its headings: "{" ".join(map(written_cells.text, row[:4]))[:60]}"',
                "it would be lost", "export again; do not sort or edit the export", sheet=columns.sheet, row=number,
            )  # fmt: skip


def _value(source, columns, layout, answers, lines):
    """The Value that is read; E-DLV-001 where two of different kinds have numbers and nobody says which counts."""
    if "value" in columns.roles:
        name = columns.keys[columns.roles["value"]]
        known = next((value for value in layout.values if value.name == name), Value(name, "", {}))
        return known
    there = [value for value in layout.values if value.name in columns.keys]
    filled = [
        value
        for value in there
        if any(source.number(each) is not None for each in _cells(lines, columns.place(value.name)))
    ]
    chosen = (filled or there)[0]
    if len({value.unit for value in filled}) > 1:
        names = [columns.names[columns.place(value.name)] for value in filled]
        raise source.refusal(
            "E-DLV-001", f"{len(filled)} columns are results of their own: {', '.join(names)}",
            "only one is to be reported", questions.add(*(questions.row(answers.scope, name, "value") for name in names)),
            sheet=columns.sheet, row=columns.at + 1,
        )  # fmt: skip
    columns.roles["value"] = columns.place(chosen.name)
    return chosen


def _results(source, columns, layout, value, lines):
    roles = columns.roles
    found = Results(columns.sheet, columns.names[roles["value"]], row=[number for number, _ in lines])
    found.sample = _texts(lines, roles["sample"])
    found.value = _cells(lines, roles["value"])
    found.run, found.well = _texts(lines, roles.get("run")), _texts(lines, roles.get("well"))
    units = _texts(lines, roles.get("unit"))
    stated = columns.unit or value.unit
    found.unit = [unit or stated for unit in units] if units and not value.unit else [stated] * len(lines)
    found.words = {columns.names[at]: _texts(lines, at) for at in columns.states}
    found.said = {columns.names[at]: _texts(lines, at) for at in columns.said}
    found.limits = _limits_of(source, columns, value, lines, found.said)
    internal = _internal(columns, lines)
    found.aside = _shifted(source, columns, layout, lines, internal)
    identifiers = _texts(lines, roles.get("identifier")) or [""] * len(lines)
    sound = [
        "" if number in found.aside else each for each, number in zip(identifiers, found.row, strict=True)
    ]  # an identifier of a shifted row is none
    names, proteins = _texts(lines, roles["analyte"]), _texts(lines, roles.get("protein"))
    proteins = ["" if free else protein for protein, free in zip(proteins, internal, strict=True)] if proteins else []
    found.analyte = maker_names.analyte_names(source, columns.sheet, names, sound, found.row, proteins)
    found.role = _roles(source, columns, found, lines, internal)
    _flag_unlimited(source, found)
    _flag_normalizations(source, found)
    return found


def _flag_unlimited(source, found):
    """A FLAG for results of samples without a lower limit beside them: which of them lie below it cannot be told."""
    lower = [found.limits[name] for name in ("lod", "lloq") if name in found.limits]
    stated = [any(source.number(cell) is not None for cell in cells) for cells in zip(*lower, strict=True)]
    stated = stated or [False] * len(found.row)
    ours = [(number, at) for at, number in enumerate(found.row) if found.role[at] is None]
    lacking = [(number, at) for number, at in ours if not stated[at]]
    if lacking:
        names = list(dict.fromkeys(found.analyte[at] for _, at in lacking))
        shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        source.flag(
            "E-READ-006", f"no LOD and no LLOQ of {len(lacking)} of {len(ours)} results of samples ({shown})",
            "which of them lie below their limit cannot be told; all count as measured",
            "nothing if the laboratory states none; otherwise export again with the limits", sheet=found.sheet,
            row=lacking[0][0],
        )  # fmt: skip


def _flag_normalizations(source, found):
    """A FLAG where results of samples are normalized in several ways: they differ by more than the samples do."""
    words = next((texts for name, texts in found.said.items() if key(name) == "normalization"), [])
    places = {word: row for word, role, row in zip(words, found.role, found.row, strict=False) if role is None}
    ways = [word for word in places if key(word) not in _NO_WAY]
    if len(ways) > 1:
        source.flag(
            "W-DLV-062", f"results normalized in several ways: {', '.join(ways[:6])}",
            "results of two ways are not on one level", "compare only results of one way; ask for all normalized alike",
            sheet=found.sheet, row=min(places[word] for word in ways),
        )  # fmt: skip


def _limits_of(source, columns, value, lines, said):
    """lod, lloq and uloq as cells; of several lower limits of quantification in a row the highest counts, all are `said`."""
    limits = {}
    for name in LIMITS:
        places = [columns.place(each) for each in value.limits.get(name, ())]
        places = [columns.roles[name]] if name in columns.roles else [at for at in places if at is not None]
        if not places:
            continue
        limits[name] = _cells(lines, places[0])
        if name == "lloq" and len(places) > 1:
            others = [_cells(lines, at) for at in places]
            limits[name] = [relative_results.highest(source, each) for each in zip(*others, strict=True)]
            texts = zip(*(_texts(lines, at) for at in places), strict=True)
            said[" and ".join(columns.names[at] for at in places)] = [
                " and ".join(filter(None, each)) for each in texts
            ]
            _flag_lacking(source, columns, places, others, lines)
    return limits


def _flag_lacking(source, columns, places, others, lines):
    """A FLAG for rows that state only some of several lower limits."""
    numbers = [[(source.number(cell) or 0) > 0 for cell in cells] for cells in others]
    for at, stated in zip(places, numbers, strict=True):
        lacking = [
            lines[row][0] for row, all_of in enumerate(zip(*numbers, strict=True)) if any(all_of) and not stated[row]
        ]
        if lacking:
            source.flag(
                "E-READ-006", f"{len(lacking)} rows without {columns.names[at]}, which have another lower limit",
                "the other one is used alone", "nothing if the laboratory states none", sheet=columns.sheet, row=lacking[0],
                column=columns.names[at],
            )  # fmt: skip


def _shifted(source, columns, layout, lines, internal):
    """{row: why} of rows that are cut, have another number of cells than most, or no sample, assay or identifier."""
    aside: dict[int, str] = {}
    cut = lists.cut_line(source, columns.sheet, columns.at, lines)
    if cut is not None:
        aside[cut] = CUT
        said = {("E-FILE-013", str(cut)), ("E-READ-015", str(cut))}
        source.problems = [each for each in source.problems if (each.code, each.row) not in said]
        source.problems.append(Problem(
            "E-DLV-008", "QUARANTINE", source.name, "the last line is cut: fewer cells than the header, and no line end",
            "its result is set aside; more rows may be missing", "ask for the whole file", sheet=columns.sheet, row=str(cut),
        ))  # fmt: skip
    odd = []
    if layout.identifies:
        is_one = re.compile(layout.identifies).fullmatch
        places = zip(lines, _texts(lines, columns.roles.get("identifier")), internal, strict=True)
        wrong = [number for (number, _), text, free in places if number not in aside and not (is_one(text) or free)]
        if len(wrong) == len(lines) > 0:
            raise source.refusal(
                "E-FILE-013", f"no identifier of an assay in column {columns.names[columns.roles['identifier']]}",
                "all columns may be shifted against their headings", "export again; do not edit the export",
                sheet=columns.sheet, row=columns.at + 1,
            )  # fmt: skip
        odd += wrong
    named = zip(lines, _texts(lines, columns.roles["sample"]), _texts(lines, columns.roles["analyte"]), strict=True)
    odd += [number for (number, _), sample, analyte in named if number not in aside and not (sample and analyte)]
    numbers, why = [number for number, _ in lines if number not in aside], ", or no sample, assay or its identifier"
    return relative_results.shifted(source, columns.sheet, numbers, odd, why) | aside


def _roles(source, columns, found, lines, internal):
    """Roles by the column of sample types, else by the names; internal controls of an assay are controls."""
    first = columns.at + 2
    if "kind" in columns.roles:
        kinds = _texts(lines, columns.roles["kind"])
        roles, unknown = maker_names.roles_of_kinds(kinds)
        name = columns.names[columns.roles["kind"]]
        if unknown:
            found.words[name] = [kind if kind in unknown else "" for kind in kinds]  # asked like any other word
    else:
        roles, controls = maker_names.roles_of_names(found.sample)
        maker_names.flag_controls(source, columns.sheet, controls, first)
    return ["control" if one else role for role, one in zip(roles, internal, strict=True)]


def _internal(columns, lines):
    """Whether each record is of an internal control, by its kind of assay or by its name."""
    kinds, names = _texts(lines, columns.roles.get("assay_kind")), _texts(lines, columns.roles["analyte"])
    known = {name: maker_names.is_internal(name) for name in set(names)}
    ends = {kind: key(kind).endswith(("ctrl", "control")) for kind in set(kinds)}
    return [known[name] or ends.get(kind, False) for name, kind in zip(names, kinds or names, strict=True)]


def _cells(lines, place):
    return [row[place] if place < len(row) else "" for _, row in lines]


def _texts(lines, place):
    if place is None:
        return []
    return [cell if isinstance(cell, str) else written_cells.text(cell) for cell in _cells(lines, place)]
