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
from immunoassay.readers.deliveries.result_rows import EQUAL_SHARE
from immunoassay.readers.deliveries.states import StateWords
from immunoassay.readers.export import RESULTS, NotReadable, ResultTable
from immunoassay.readers.written_cells import Cell, key

SHIFTED = "the cells of the row may be shifted"
CUT = "the line is cut"
_KEPT = {"pass", "passed", "warn", "warning", "manualwarn", "flagged"}  # the number stands
_REJECTED = {"fail", "failed", "excluded"}
_ASIDE = {"rejected": "rejected_by_laboratory", "pending": "result_pending"}
_FLAGS = {"below": "below_range", "above": "above_range"}


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
    role = found.role or [None] * count
    equal = _equal_to_limits(role, value, limits)
    for at, number in equal.items():
        value[at], flag[at], limit[at] = None, "below_range", number
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
    run = [each or None for each in found.run] or [None] * count
    twice = _repeats(found, role, run)
    columns: dict[str, Sequence[Any]] = {
        "sample": sample,
        "role": role,
        "run": run,
        "replicate": [each or None for each in found.well] or [None] * count,
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
    problems = [*_equal(source, found, equal), *_questions(source, found, answers, asked)]
    problems += [*_rejections(source, found, answers, rejected), *(_twice(source, found, *each) for each in twice)]
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


def _equal_to_limits(role, value, limits):
    """{position: limit} of results of samples that are the lower limit itself, where they are more than chance allows: the
    limit was printed for what is below it."""
    equal: dict[int, float] = {}
    for name in ("lod", "lloq"):
        stated = [
            at for at, (one, number, kind) in enumerate(zip(value, limits[name], role, strict=True))
            if one is not None and number is not None and kind is None
        ]  # fmt: skip
        hit = [at for at in stated if value[at] == limits[name][at]]
        if len(hit) > 2 and len(hit) >= EQUAL_SHARE * len(stated):
            equal |= {at: limits[name][at] for at in hit}
    return equal


def _equal(source, found, equal):
    if equal:
        rows = [found.row[at] for at in sorted(equal)]
        yield Problem(
            "W-DLV-001", "FLAG", source.name, f"{len(rows)} results equal to their lower limit (rows {_listed(rows)})",
            "so many are no chance: the limit was printed for what is below it; they are censored at the limit",
            "nothing if that is meant; otherwise ask for the results as measured", sheet=found.sheet, row=str(rows[0]),
        )  # fmt: skip


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
    """[] or [(first sample and analyte that stand in a run several times, their rows, how many more)].

    A control stands on a plate several times: its repeats count where a row is repeated, or not all analytes have as many.
    """
    keys = list(zip(found.sample, found.analyte, run, strict=True))
    counts = Counter(keys)
    if len(counts) == len(keys):
        return []
    wells = found.well or [""] * len(keys)
    usual = defaultdict(list)  # counts of a control by its sample and run
    for (sample, _, on), count in counts.items():
        usual[sample, on].append(count)
    equal = Counter(zip(keys, wells, found.value, strict=True))
    places = defaultdict(list)
    for at, each in enumerate(keys):
        uneven = role[at] is None or counts[each] > min(usual[each[0], each[2]])
        if (
            counts[each] > 1
            and found.row[at] not in found.aside
            and (uneven or equal[each, wells[at], found.value[at]] > 1)
        ):
            places[each].append(found.row[at])
    places = {each: rows for each, rows in places.items() if len(rows) > 1}
    if not places:
        return []
    first, rows = next(iter(places.items()))
    return [(first, rows, len(places) - 1)]


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


def shifted(
    source: sources.Source, sheet: str, numbers: Sequence[int], further: Collection[int] = (), why: str = ""
) -> dict[int, str]:
    """{row: why it is set aside} of the rows `numbers` that have another number of cells than most, and of `further` ones,
    which `why` describes; a FLAG names them."""
    widths = getattr(source, "widths", [])
    usual = Counter(widths[number - 1] for number in numbers).most_common(1)[0][0] if widths and numbers else 0
    odd = sorted({number for number in numbers if usual and widths[number - 1] != usual} | set(further))
    if odd:
        source.flag(
            "E-FILE-013", f"rows {_listed(odd)} have another number of cells than the others{why}",
            "their values may stand in the wrong columns; they are set aside", sheet=sheet, row=odd[0],
        )  # fmt: skip
    return dict.fromkeys(odd, SHIFTED)


def highest(source: sources.Source, cells: Sequence[Cell]) -> Cell:
    """The cell with the highest number, "" for none; a text that is neither number nor a word for none comes first: it is
    asked."""
    numbers = [(number, at) for at, cell in enumerate(cells) if (number := source.number(cell)) is not None]
    odd = (cell for cell in cells if source.number(cell) is None and not _is_none(cell))
    return next(odd, cells[max(numbers)[1]] if numbers else "")


def _is_none(cell):
    return written_cells.text(cell).lower() in written_cells.NO_VALUE
