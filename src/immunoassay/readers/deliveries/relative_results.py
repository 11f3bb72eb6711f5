"""Results as a platform's maker lays them out, told by columns: numbers, roles, and what the maker's words decide.

Olink and NULISAseq deliver numbers beside words of quality (`PASS`, `WARN`, `FAIL`). A number stays a number unless a word
rejects it; every word stays verbatim in the comment; a word that nobody knows sets its results aside and is asked.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from immunoassay.problems import Problem
from immunoassay.readers import sources, written_cells
from immunoassay.readers.deliveries import column_questions as questions
from immunoassay.readers.deliveries.result_columns import LIMITS, Answers, word_key
from immunoassay.readers.deliveries.states import StateWords
from immunoassay.readers.export import RESULTS, NotReadable, ResultTable
from immunoassay.readers.written_cells import Cell, key

SHIFTED = "the cells of the row may be shifted"
CUT = "the line is cut"
_KEPT = {"pass", "passed", "warn", "warning", "manualwarn", "flagged"}  # the number stands
_REJECTED = {"fail", "failed", "excluded"}
_ASIDE = {"rejected": "rejected_by_laboratory", "pending": "result_pending"}
_FLAGS = {"below": "below_range", "above": "above_range"}
_ROLES = {  # of a word for a kind of well
    **dict.fromkeys(("sample", "samples", "unknown", "bridge", "bridgesample"), None),
    **dict.fromkeys(("negativecontrol", "negcontrol", "negctrl", "nc"), "blank"),
    **dict.fromkeys(("control", "samplecontrol", "platecontrol", "interplatecontrol"), "control"),
    **dict.fromkeys(("sc", "pc", "ipc", "aqsc", "aqipc", "controlsample"), "control"),
    "calibrator": "standard",
}
_MOST_OF_A_KIND = 9  # control wells of one kind on a plate; more of a name are samples of a study that numbers them so


@dataclass
class Results:
    """Results, one entry of every list per result; an empty list is a column that the table has not."""

    sheet: str
    value_heading: str  # of the values, for messages; "" where each result has one of its own in `column`
    row: list[int] = field(default_factory=list)
    sample: list[str] = field(default_factory=list)
    role: list[str | None] = field(default_factory=list)
    run: list[str] = field(default_factory=list)
    well: list[str] = field(default_factory=list)
    analyte: list[str] = field(default_factory=list)
    value: list[Cell] = field(default_factory=list)
    unit: list[str] = field(default_factory=list)
    column: list[str] = field(default_factory=list)
    limits: dict[str, list[Cell]] = field(default_factory=dict)  # lod, lloq, uloq
    words: dict[str, list[str]] = field(default_factory=dict)  # heading -> words that may decide
    said: dict[str, list[str]] = field(default_factory=dict)  # heading -> words that never do
    aside: dict[int, str] = field(default_factory=dict)  # row -> why all of it is set aside


def table(
    source: sources.Source, family: str, found: Results, answers: Answers, ignored: Sequence[str] = ()
) -> ResultTable:
    """The ResultTable of Results; raises NotReadable where there are none."""
    if not found.row:
        raise source.refusal(
            "E-FILE-002", "a header without rows", "nothing was delivered", "ask for the rows", sheet=found.sheet
        )
    count = len(found.row)
    asked: defaultdict[tuple[str, str], list[int]] = defaultdict(list)  # (heading, word) -> positions
    headings = found.column or [found.value_heading] * count
    parsed = [_parsed(cell, source.decimal) for cell in found.value]
    value, flag, limit = (list(each) for each in zip(*parsed, strict=True))
    for at, one in enumerate(flag):
        if one is None:
            asked[(headings[at], written_cells.text(found.value[at]))].append(at)
    limits = {name: _limits(source, found.limits.get(name), name, asked, count) for name in LIMITS}
    states = _states(found, answers, asked)
    aside: list[str | None] = [None] * count
    reason: list[str | None] = [None] * count
    rejected: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    for (heading, word), (state, places) in states.items():
        for at in places:
            if state in _FLAGS:
                value[at], flag[at], limit[at] = None, _FLAGS[state], None
            else:
                aside[at], reason[at] = _ASIDE[state], f"{heading}: {word}"
        if state in _ASIDE:
            rejected[heading, word, state] = places
    for (heading, word), places in asked.items():
        for at in places:
            aside[at], reason[at] = "row_quarantined", f'"{word}" in {heading} is not understood'
    for at, row in enumerate(found.row) if found.aside else ():
        if row in found.aside:
            aside[at], reason[at] = "row_quarantined", found.aside[row]
    sample = [each or None for each in found.sample]
    role = found.role or [None] * count
    run = [each or None for each in found.run] or [None] * count
    replicate, twice = _repeats(found, role, run)
    columns: dict[str, Sequence[Any]] = {
        "sample": sample,
        "role": role,
        "run": run,
        "replicate": replicate,
        "analyte": [each or None for each in found.analyte],
        "value": value,
        "value_text": [written_cells.text(cell) or None for cell in found.value],
        "flag": ["not_computed" if each is None else each for each in flag],
        "limit": limit,
        **limits,
        "unit": [each or None for each in found.unit] or [None] * count,
        "date": [None] * count,
        "comment": _comments(found, count),
        "column": found.column or [None] * count,
        "aside": aside,
        "aside_reason": reason,
        "row": found.row,
    }
    frame = pd.DataFrame({name: pd.Series(columns[name], dtype=kind) for name, kind in RESULTS.types.items()})
    problems = [*_questions(source, found, answers, asked), *_rejections(source, found, answers, rejected), *twice]
    problems = [problem if isinstance(problem, Problem) else _twice(source, found, *problem) for problem in problems]
    metadata = getattr(source, "metadata", {})
    return ResultTable(
        family, frame, source.encoding, source.delimiter, source.decimal, list(ignored), problems, metadata
    )


def _parsed(cell, decimal):
    """(value, flag, limit) of a cell of results; the flag is None where it is not understood."""
    value, flag, _, limit = written_cells.vendor_value(cell, decimal)
    return value, flag, limit


def _limits(source, cells, name, asked, count):
    """The numbers of a column of limits; a text that is no word for "none" is asked."""
    if cells is None:
        return [None] * count
    numbers = [source.number(cell) for cell in cells]
    for at, number in enumerate(numbers):
        if number is None and not _is_none(cells[at]):
            asked[(name.upper(), written_cells.text(cells[at]))].append(at)
    return numbers


def _states(found, answers, asked):
    """{(heading, word): (state, positions)} of words that decide; those that are not understood go into `asked`."""
    vocabulary, states = StateWords(answers.words), {}
    told = {(word_key(row["column"]), word_key(row["word"])): row["meaning"] for row in answers.rows if row["word"]}
    for heading, words in found.words.items():
        known = {}
        for word in set(words):
            state = told.get((word_key(heading), word_key(word)))
            known[word] = state or _state(word, vocabulary)
        deciding = {word: state for word, state in known.items() if state not in ("", "reportable")}
        for at, word in enumerate(words) if deciding else ():
            if word not in deciding:
                continue
            if deciding[word] in _ASIDE or deciding[word] in _FLAGS:
                states.setdefault((heading, word), (deciding[word], []))[1].append(at)
            elif deciding[word] != "ignore":
                asked[(heading, word)].append(at)
    return states


def _state(word, vocabulary):
    """The state of a word of quality, "" for none, "?" where it is not known."""
    if word.lower() in written_cells.NO_VALUE or key(word) in _KEPT:
        return ""
    if key(word) in _REJECTED:
        return "rejected"
    state = vocabulary.read(word)
    return "?" if state is None or state[1] else state[0]


def _comments(found, count):
    """The words of every result below their headings, such as `QC_Warning: WARN; Normalization: Plate control`."""
    parts = [[f"{heading}: {word}" if word else "" for word in words] for heading, words in _all_words(found)]
    if not parts:
        return [None] * count
    joined = {}
    return [
        joined[each] if each in joined else joined.setdefault(each, "; ".join(filter(None, each)) or None)
        for each in zip(*parts, strict=True)
    ]


def _all_words(found):
    return [*found.words.items(), *found.said.items()]


def _repeats(found, role, run):
    """(what tells repeats apart, [] or [(first sample and analyte, their rows, how many more)] of samples).

    Only results of samples count: a control stands on a plate several times.
    """
    keys = list(zip(found.sample, found.analyte, run, strict=True))
    counts = Counter(keys)
    if len(counts) == len(keys):
        return [None] * len(keys), []
    wells = found.well or [""] * len(keys)
    replicate = [(well or None) if counts[each] > 1 else None for each, well in zip(keys, wells, strict=True)]
    places = defaultdict(list)
    for at, each in enumerate(keys):
        if counts[each] > 1 and role[at] is None and found.row[at] not in found.aside:
            places[each].append(found.row[at])
    places = {each: rows for each, rows in places.items() if len(rows) > 1}
    if not places:
        return replicate, []
    first, rows = next(iter(places.items()))
    return replicate, [(first, rows, len(places) - 1)]


def _twice(source, found, first, rows, more):
    sample, analyte, run = first
    words = f'{analyte} of sample "{sample}"' + (f" on {run}" if run else "") + f" in rows {_listed(rows)}"
    words += f", and {more} more that appear several times" if more else ""
    return Problem(
        "W-READ-008", "FLAG", source.name, words, "each counts as a result of its own",
        "ask the laboratory which one is valid", sheet=found.sheet, row=str(rows[1]),
    )  # fmt: skip


def _questions(source, found, answers, asked):
    by_column: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
    for (heading, word), places in asked.items():
        by_column[heading][word] = [found.row[at] for at in places]
    for heading, words in by_column.items():
        shown = ", ".join(f'"{word[:40]}" (rows {_listed(rows)})' for word, rows in list(words.items())[:6])
        more = f" and {len(words) - 6} more texts" if len(words) > 6 else ""
        rows = [questions.row(answers.scope, heading, "MEANING", word[:40]) for word in list(words)[:2]]
        yield Problem(
            "E-DLV-005", "QUARANTINE", source.name, f"{shown}{more} in column {heading}, not understood",
            "what it means could change a result; the results are set aside until it is said",
            f"{questions.add(*rows)} (MEANING: reportable, below, above, rejected or pending)", sheet=found.sheet,
            row=str(min(min(each) for each in words.values())), column=heading,
        )  # fmt: skip


def _rejections(source, found, answers, rejected):
    for (heading, word, state), places in rejected.items():
        rows = [found.row[at] for at in places]
        say = questions.add(questions.row(answers.scope, heading, "reportable", word))
        yield Problem(
            "W-DLV-002", "EXCLUDE", source.name, f'{len(rows)} results "{word}" in column {heading} (rows {_listed(rows)})',
            f"the laboratory calls them {state}", f"nothing; otherwise {say}", sheet=found.sheet, row=str(rows[0]),
            column=heading,
        )  # fmt: skip


def _listed(rows):
    rows = list(dict.fromkeys(rows))
    return ", ".join(map(str, rows[:4])) + (f" and {len(rows) - 4} more" if len(rows) > 4 else "")


# --- what the columns sheet says, and limits ------------------------------------------------------------------------------


def stated_unit(source: sources.Source, answers: Answers) -> str:
    """The unit that the columns sheet states for the values of a wide table, "" for none.

    A row that says anything else but what a word means is a problem: STOP (NotReadable) where it names the delivery.
    """
    unit = ""
    for row in answers.rows:
        if row["meaning"] == "value" and row["unit"] and not row["word"]:
            unit = row["unit"]
        elif not row["word"]:
            not_obeyed(source, row, answers, "a wide table of this maker says itself what its columns are")
    return unit


def not_obeyed(source: sources.Source, row: Mapping[str, Any], answers: Answers, why: str) -> None:
    """The problem of a row of the columns sheet that cannot be obeyed: STOP where it names the delivery, else FLAG."""
    own = row["scope"] == answers.scope
    problem = Problem(
        "E-DLV-003" if own else "W-DLV-003", "STOP" if own else "FLAG", questions.FILE,
        f'the columns sheet (row {row["row"]}) says "{row["meaning"]}" of "{row["column"]}"', why,
        "write the heading as the delivery does, delete the row, or name result_table as format of the delivery",
        row=str(row["row"]), column="column",
    )  # fmt: skip
    if own:
        raise NotReadable(problem)
    source.problems.append(problem)


def highest(source: sources.Source, cells: Sequence[Cell]) -> Cell:
    """The cell with the highest number, "" for none; a text that is neither number nor a word for none comes first: it is
    asked."""
    numbers = [cell for cell in cells if source.number(cell) is not None]
    odd = (cell for cell in cells if source.number(cell) is None and not _is_none(cell))
    return next(odd, max(numbers, key=source.number, default=""))


def _is_none(cell):
    return written_cells.text(cell).lower() in written_cells.NO_VALUE


# --- what wells are, and what analytes are called -----------------------------------------------------------------------


def roles_of_kinds(kinds: Sequence[str]) -> tuple[list[str | None], set[str]]:
    """(role of every word for a kind of well, words that are not known)."""
    unknown = {kind for kind in set(kinds) if kind and key(kind) not in _ROLES}
    known = {kind: _ROLES.get(key(kind)) for kind in set(kinds)}
    return [known[kind] for kind in kinds], unknown


def roles_of_names(names: Sequence[str]) -> tuple[list[str | None], list[str]]:
    """(role of every sample name, the names taken for controls): `NC`, `IPC 2`, `Neg. Ctrl`, `CONTROL_SAMPLE_AS 1`.

    A short name with a number counts as a control only where no higher number is used: `NC_12` is a sample of a study.
    """
    stems: dict[str, tuple[str, int]] = {}
    for name in set(names):
        bare = key(name)
        stem = bare.rstrip("0123456789")
        if bare.startswith("controlsample"):
            stem, bare = "controlsample", "controlsample"
        if stem in _ROLES and _ROLES[stem] is not None:
            stems[name] = (stem, int(bare[len(stem) :] or 0))
    numbered = {stem for stem, number in stems.values() if number > _MOST_OF_A_KIND}
    roles = {name: _ROLES[stem] for name, (stem, _) in stems.items() if stem not in numbered}
    return [roles.get(name) for name in names], sorted(roles)


def flag_controls(source: sources.Source, sheet: str, names: Collection[str], row: int) -> None:
    """A FLAG that names samples taken for controls by their names."""
    if names:
        shown = ", ".join(sorted(names)[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        source.flag(
            "W-READ-004", f"{len(names)} names taken for controls: {shown}",
            "the table has no column of sample types; they are kept as controls, not as results of samples",
            "nothing; if they are samples, ask for the table with its column of sample types", sheet=sheet, row=row,
        )  # fmt: skip


def analyte_names(
    source: sources.Source, sheet: str, names: Sequence[str], identifiers: Sequence[str], rows: Sequence[int]
) -> list[str]:
    """Names of analytes: that of the assay, with the identifier where several share it in the file: `IL6 (OID20101)`.

    FLAGs name such assays, and identifiers that go by several names. `rows` are those of the names in the file.
    """
    pairs = list(zip(names, identifiers, strict=True))
    places = Counter(pairs)
    of_name, of_identifier = defaultdict(list), defaultdict(list)
    for name, identifier in places:
        if identifier:
            of_name[name].append(identifier)
            of_identifier[identifier].append(name)
    several = {name: found for name, found in of_name.items() if len(found) > 1}
    renamed = {identifier: found for identifier, found in of_identifier.items() if len(found) > 1}
    first = dict(zip(reversed(pairs), reversed(rows), strict=True))
    if several:  # those with the rarest identifier first: it may be a slip
        rarest = {name: min(found, key=lambda each: places[name, each]) for name, found in several.items()}
        ordered = sorted(several, key=lambda name: places[name, rarest[name]])
        shown = ", ".join(f"{name} ({', '.join(several[name])})" for name in ordered[:6])
        more = f" and {len(several) - 6} more" if len(several) > 6 else ""
        source.flag(
            "W-DLV-061", f"names that stand for several assays: {shown}{more}",
            "each is an analyte of its own, named with its identifier",
            "name them so in names_in_export of the analytes sheet", sheet=sheet, row=first[ordered[0], rarest[ordered[0]]],
        )  # fmt: skip
    for identifier, found in list(renamed.items())[:20]:
        source.flag(
            "E-READ-010", f"{identifier} is called {' and '.join(found[:4])}", "one of the names may be wrong",
            "compare with the laboratory's list of assays", sheet=sheet, row=first[found[-1], identifier],
        )  # fmt: skip
    called = {
        (name, identifier): f"{name} ({identifier})" if name in several and identifier else name or identifier
        for name, identifier in places
    }
    return [called[pair] for pair in pairs]
