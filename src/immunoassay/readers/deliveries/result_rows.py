"""The rows of a delivered table as records: value, limits, unit, and what the words beside a result make of it.

A number with a word of a limit beside it is censored; words of rejection or waiting set the row aside; a word that is not
understood, or contradicts the number, its limits or its unit, sets the row aside and asks.
"""

from collections import defaultdict
from typing import Any

from immunoassay.problems import Problem
from immunoassay.readers import lists, sources, written_cells
from immunoassay.readers.deliveries import column_questions as questions
from immunoassay.readers.deliveries.result_columns import LIMITS, Answers, Columns, word_key
from immunoassay.readers.deliveries.states import StateWords
from immunoassay.readers.deliveries.written import Written, parse

SIGNS = {"<": "below", "<=": "below", "≤": "below", ">": "above", ">=": "above", "≥": "above"}
FLAGS = {"below": "below_range", "above": "above_range"}
ASIDE = {"rejected": "rejected_by_laboratory", "pending": "result_pending"}
EQUAL_SHARE = 0.05  # of results that are the limit itself: more than chance


class Rows:
    """Collects the records of one table and everything to be said about them."""

    def __init__(self, source: sources.Source, sheet: str, found: Columns, answers: Answers) -> None:
        self.source, self.sheet, self.columns, self.answers = source, sheet, found, answers
        self.vocabulary = StateWords(answers.words)
        self.records: list[dict[str, Any]] = []
        self.notes: list[tuple[int, str]] = []
        self.of_rows: dict[tuple[str, int], Written] = {}  # by limit and column of values: rows that hold limits
        # rows by what is to be said of them
        self.others, self.left_out, self.unknown, self.against, self.decided, self.mentioned = (
            defaultdict[Any, list[int]](list) for _ in range(6)
        )
        self.cut: list[int] = []

    def is_result(self, line: written_cells.Row) -> bool:
        """Whether a row names a sample and an analyte and has a number or a known code as value."""
        if self.columns.wide:
            return False
        places = [self.columns.roles["sample"], *self.columns.analytes, self.columns.roles["value"]]
        named = all(written_cells.at(line, place) != "" for place in places)
        return named and parse(line[places[-1]], self.source.decimal).flag is not None

    def add(self, row: int, line: written_cells.Row, cut: bool = False) -> None:
        """Read one row; a row with a single cell is a footnote, a row of a standard or control no result."""
        if sum(cell != "" for cell in line) < 2:
            self.notes += [(row, written_cells.text(cell)) for cell in line if cell != ""]
            return
        kind = written_cells.text_at(line, self.columns.roles.get("kind"))
        if kind and lists.is_other_kind(kind, self.columns.names[self.columns.roles["kind"]]):
            self.others[kind].append(row)
            return
        told = self._told(line)
        limits = [meaning for meaning, _ in told if meaning in LIMITS]
        if limits and self.columns.wide:
            for place in self.columns.wide:
                self.of_rows[(limits[0], place)] = self._written(line, place)
            return
        if ignored := [words for meaning, words in told if meaning == "ignore"]:
            self.left_out[ignored[0]].append(row)
            return
        state = self._state(row, line, told)
        if cut:
            self.cut.append(row)
        for place, analyte in self._values(line):
            self._record(row, line, place, analyte, state, cut)

    def _values(self, line):
        if self.columns.wide:
            return list(self.columns.wide.items())
        name = " ".join(filter(None, (written_cells.text_at(line, place) for place in self.columns.analytes)))
        return [(self.columns.roles["value"], name)]

    def _written(self, line, place):
        return parse(written_cells.at(line, place), self.source.decimal)

    def _told(self, line):
        """What the columns sheet says of the words of a row: (meaning, column and word)."""
        return [
            (meaning, (self.columns.names[place], written_cells.text_at(line, place)))
            for (place, word), meaning in self.columns.words.items()
            if word_key(written_cells.text_at(line, place)) == word
        ]

    # --- what the words of a row say --------------------------------------------------------------------------------

    def _state(self, row, line, told):
        """(state, weak, sign, text for the comment, unknown) of the row: `weak` needs a limit to mean one."""
        states = [(meaning, False) for meaning, _ in told]
        words, unknown, sign = [], [], False
        said = {words for _, words in told}
        for place, strict in self.columns.states.items():
            text, name = written_cells.text_at(line, place), self.columns.names[place]
            if not text or text == "=" or (name, text) in said:
                words += [text] if text not in ("", "=") else []
                continue
            words.append(text)
            if text in SIGNS:
                states.append((SIGNS[text], False))
                sign = True
            elif text.lower() not in written_cells.NO_VALUE and (state := self._word(place, text)) is not None:
                states.append(state)
            elif text.lower() not in written_cells.NO_VALUE and strict:
                unknown.append((name, text))
        for place in self.columns.comments:
            text = written_cells.text_at(line, place)
            if (self.columns.names[place], text) not in said and self.vocabulary.mentioned(text):
                self.mentioned[(self.columns.names[place], text)].append(row)
        for meaning, (name, word) in told:
            self.decided[(name, word, meaning)].append(row)
        comments = [written_cells.text_at(line, place) for place in self.columns.comments]
        return states, sign, "; ".join(filter(None, [*comments, *words])), unknown

    def _word(self, place, text):
        """State of a word of a state column; yes or no below a heading that is itself a word of the vocabulary."""
        state = self.vocabulary.read(text)
        flag = parse(text, self.source.decimal).flag if state is None else None
        if flag in FLAGS.values():
            return flag.split("_")[0], False
        if state is None and text.casefold() in ("yes", "y", "true", "1", "x", "no", "n", "false", "0"):
            headed = self.vocabulary.read(self.columns.names[place])
            if headed is not None and headed[0] not in ("", "reportable"):
                return headed if text.casefold() in ("yes", "y", "true", "1", "x") else ("reportable", False)
        return state

    # --- one result -------------------------------------------------------------------------------------------------

    def _record(self, row, line, place, analyte, state, cut):
        states, sign, comment, unknown = state
        name, text = self.columns.names[place], written_cells.text_at(line, place)
        unit = written_cells.text_at(line, self.columns.roles.get("unit"))
        stated = self.columns.stated_unit(place)
        written = self._written(line, place)
        told = self.columns.words.get((place, word_key(text)))
        if told is not None:
            written = Written(None, FLAGS.get(told, "not_computed"))
        elif written.flag is None:
            written = self._in_words(text)
        asked, contradicted = list(unknown), []
        if written.flag is None:
            asked.append((name, text))
        if unit and stated and not self._same(unit, stated):
            contradicted.append(f"unit {unit} in its row, {stated} for the column {name}")
        unit = unit or stated or written.unit
        value, limit = (self._converted(number, written.unit, unit) for number in (written.value, written.limit))
        if written.flag is not None and (value, limit) != (written.value, written.limit) and value is limit is None:
            asked.append((name, text))  # in a unit that is unknown, or of another kind
        limits = {role: self._limit(role, place, analyte, row, line, unit) for role in LIMITS}
        flag = written.flag or "not_computed"
        factor = self._factor(row, line)
        value, limit = (number * factor if number is not None else None for number in (value, limit))
        limits = {role: number * factor if number is not None else None for role, number in limits.items()}
        flag, value, limit, odd = _judged(states, sign, flag, value, limit, limits)
        if odd == "unknown":
            asked += [(name, word) for name, word in self._weak(line)]
        elif odd:
            contradicted.append(odd)
        aside = next((ASIDE[each] for each in ("rejected", "pending") if each in {one for one, _ in states}), None)
        reason = comment or (None if aside is None else text)
        if asked or contradicted or cut:
            aside = "row_quarantined"
            reason = "; ".join([f'"{word}" in {column} is not understood' for column, word in asked] + contradicted)
            reason = reason or "the line is cut"
        for each in asked:
            self.unknown[each].append(row)
        for each in contradicted:
            self.against[each].append(row)
        for one, weak in states:
            if one != "reportable" and not (asked or contradicted or weak) or weak and flag != "none" and not asked:
                self._note_words(row, line, one)
        self.records.append(
            {
                "sample": written_cells.text_at(line, self.columns.roles["sample"]) or None,
                "role": None,
                "run": None,
                "replicate": None,
                "analyte": analyte or None,
                "value": value,
                "value_text": text or None,
                "flag": flag,
                "limit": limit,
                **limits,
                "unit": unit or None,
                "date": written_cells.text_at(line, self.columns.roles.get("date")) or None,
                "comment": comment or None,
                "column": name if self.columns.wide else None,
                "aside": aside,
                "aside_reason": reason if aside else None,
                "row": row,
            }
        )

    def _in_words(self, text):
        """The Written of a text in the place of a result: a word of the vocabulary, or not understood."""
        state, weak = self.vocabulary.read(text) or ("", False)
        if state in FLAGS and not weak:
            return Written(None, FLAGS[state])
        return Written(None, "not_computed" if state in ASIDE else None)

    def _note_words(self, row, line, state):
        for place in self.columns.states:
            text = written_cells.text_at(line, place)
            found = self._word(place, text)
            if text not in SIGNS and found is not None and found[0] == state:
                rows = self.decided[(self.columns.names[place], text, state)]
                rows += [] if rows and rows[-1] == row else [row]

    def _weak(self, line):
        for place in self.columns.states:
            found = self._word(place, written_cells.text_at(line, place))
            if found is not None and found[1]:
                yield self.columns.names[place], written_cells.text_at(line, place)

    def _limit(self, role, place, analyte, row, line, unit):
        at = self.columns.limits.get((role, analyte), self.columns.limits.get((role, "")))
        written = self._written(line, at) if at is not None else self.of_rows.get((role, place))
        if written is None:
            return None
        number = written.value if written.value is not None else written.limit
        if at is not None:
            number = self._converted(number, written.unit or self.columns.stated_unit(at), unit)
            if number is None and written.flag != "not_computed":
                self.unknown[(self.columns.names[at], written_cells.text_at(line, at))].append(row)
        return number

    def _factor(self, row, line):
        """What a row's results are multiplied by: its dilution, where the sheet says that it is not applied."""
        place = self.columns.roles.get("dilution")
        if place is None or not written_cells.text_at(line, place):
            return 1.0
        factor = written_cells.dilution(line[place], self.source.decimal)
        if factor is None:
            self.against[f'"{written_cells.text_at(line, place)}" is no dilution factor'].append(row)
        return factor or float("nan")

    def _same(self, one, other):
        return one == other or self.answers.units is not None and self.answers.units.same(one, other)

    def _converted(self, number, unit, target):
        """A number stated in `unit` in the unit of the row; None when the two cannot be converted."""
        if number is None or not unit or not target or self._same(unit, target):
            known = self.answers.units is None or not unit or unit in self.answers.units
            return number if known else None
        factor = self.answers.units.factor(unit, target) if self.answers.units is not None else None
        return None if factor is None else number * factor

    # --- problems ---------------------------------------------------------------------------------------------------

    def problems(self) -> list[Problem]:
        """One line per cause, with the count and the first rows."""
        self._equal_to_limits()
        return [*self._of_words(), *self._of_rows()]

    def _of_words(self):
        by_column = defaultdict(dict)
        for (column, word), rows in self.unknown.items():
            by_column[column][word] = sorted(set(rows))
        for column, words in by_column.items():
            found = f"{_words(words)} in column {column}, not understood"
            why = "what it means could change a result; the rows are set aside until it is said"
            rows = [questions.row(self.answers.scope, column, "MEANING", word) for word in list(words)[:3]]
            fix = f"{questions.add(rows[0])}{''.join(f'; {each}' for each in rows[1:])}"
            fix += " (MEANING: reportable, below, above, rejected or pending)"
            yield self._problem("E-DLV-005", "QUARANTINE", found, why, fix, _first(words), column)
        for words, rows in self.against.items():
            yield self._problem(
                "E-DLV-006", "QUARANTINE", f"{words}{_rows(rows)}",
                "one of the two is wrong, or means something else; the results are set aside",
                f"ask the laboratory; what a word means is said in {questions.SHEET}", rows[0],
            )  # fmt: skip
        out = {key: rows for key, rows in self.decided.items() if key[2] in ASIDE}
        for (column, word, state), rows in self.decided.items():
            if state in ASIDE:
                yield self._problem(
                    "W-DLV-002", "EXCLUDE", f'{len(rows)} results "{word}" in column {column}' + _rows(rows),
                    f"the laboratory calls them {state}",
                    f"nothing; otherwise {questions.add(questions.row(self.answers.scope, column, 'reportable', word))}",
                    rows[0], column,
                )  # fmt: skip
        limits = {key: rows for key, rows in self.decided.items() if key not in out and key[2] in FLAGS}
        if limits:
            counted = ", ".join(f'"{word}" {len(rows)} x {state}' for (_, word, state), rows in limits.items())
            place = min((rows[0], key[0]) for key, rows in limits.items())
            yield self._problem(
                "W-DLV-001", "FLAG", f"words that decide: {counted}",
                "a number beside such a word is not a result; it is censored at the limit",
                f"nothing if that is meant; otherwise say what the word means in {questions.SHEET}", *place,
            )  # fmt: skip
        for (column, word), rows in self.mentioned.items():
            yield self._problem(
                "W-DLV-004", "FLAG", f'"{word[:60]}" in column {column}' + _rows(rows),
                "a comment decides nothing; the results are used as printed",
                f"if it should: {questions.row(self.answers.scope, column, 'rejected', word[:60])} in {questions.SHEET}",
                rows[0], column,
            )  # fmt: skip

    def _of_rows(self):
        if self.cut:
            yield self._problem(
                "E-DLV-008", "QUARANTINE", "the last line is cut: fewer cells than the header, and no line end",
                "its result is set aside; more rows may be missing", "ask for the whole file", self.cut[0],
            )  # fmt: skip
        for row, text in self.notes:
            yield self._problem(
                "W-READ-003", "FLAG", f'"{text[:60]}"', "a row with one cell is read as a footnote",
                "check that it is none of the results", row,
            )  # fmt: skip
        places = defaultdict(list)
        for record in self.records:
            places[(record["sample"], record["analyte"])].append(record["row"])
        twice = {place: rows for place, rows in places.items() if len(rows) > 1}
        if twice:
            (sample, analyte), rows = next(iter(twice.items()))
            found = f'{analyte} of sample "{sample}" in rows {", ".join(map(str, rows[:6]))}'
            found += f", and {len(twice) - 1} more that appear several times" if len(twice) > 1 else ""
            yield self._problem(
                "W-READ-008", "FLAG", found, "each row counts as a result of its own",
                "ask the laboratory which one is valid", rows[1],
            )  # fmt: skip
        for kind, rows in sorted(self.others.items()):
            yield self._problem(
                "W-READ-004", "FLAG", f"{len(rows)} rows of the kind {kind}",
                "they are no results of samples and are left out", "nothing", rows[0],
            )  # fmt: skip
        for (column, word), rows in self.left_out.items():
            yield self._problem(
                "W-READ-004", "FLAG", f'{len(rows)} rows with "{word}" in column {column}',
                "the columns sheet leaves them out", "nothing", rows[0], column,
            )  # fmt: skip

    def _equal_to_limits(self):
        """Results that are the lower limit itself, more often than chance: the limit was printed for what is below."""
        numbers = [each for each in self.records if each["flag"] == "none" and each["aside"] is None]
        for role in ("lod", "lloq"):
            stated = [each for each in numbers if each[role] is not None]
            equal = [each for each in stated if each["value"] == each[role] and each["flag"] == "none"]
            if len(equal) >= 3 and len(equal) >= EQUAL_SHARE * len(stated):
                for each in equal:
                    each.update(value=None, flag="below_range", limit=each[role])
                self.decided[("value", f"equal to its {role.upper()}", "below")] = [each["row"] for each in equal]

    def _problem(self, code, level, found, why, fix, row, column=""):
        return Problem(code, level, self.source.name, found, why, fix, sheet=self.sheet, row=str(row), column=column)


def _judged(states, sign, flag, value, limit, limits):
    """(flag, value, limit, what contradicts) of a result and the words beside it.

    `odd` is "unknown" for a word that means a limit only where one is stated, or words for a contradiction.
    """
    said = {state for state, _ in states if state in FLAGS}
    if not said:
        return flag, value, limit, None
    if len(said) > 1:
        return flag, value, limit, "words for below and for above a limit"
    state = said.pop()
    weak = all(each for one, each in states if one == state)
    if flag in FLAGS.values():
        return (
            flag,
            value,
            limit,
            None if flag == FLAGS[state] else f"a result {flag.split('_')[0]} a limit, called {state}",
        )
    if flag == "none" and sign:
        return FLAGS[state], None, value, None
    lowest = [number for role, number in limits.items() if number is not None and role != "uloq"]
    edge = max(lowest, default=None) if state == "below" else limits["uloq"]
    if flag == "none" and edge is None and weak:
        return flag, value, limit, "unknown"
    if flag == "none" and edge is not None:
        inside = value > edge * (1 + 1e-9) if state == "below" else value < edge * (1 - 1e-9)
        if inside:
            return flag, value, limit, "unknown" if weak else f"{value:g} is called {state} its limit {edge:g}"
    return (flag, value, limit, None) if flag == "outlier" else (FLAGS[state], None, limit, None)


def _words(words):
    return ", ".join(f'"{word[:40]}"{_rows(rows)}' for word, rows in list(words.items())[:6])


def _rows(rows):
    more = f" and {len(rows) - 4} more" if len(rows) > 4 else ""
    return f" (row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows[:4]))}{more})"


def _first(words):
    return min(rows[0] for rows in words.values())
