"""The rows of a delivered table as records: value, limits, unit, and what the words beside a result make of it.

A number with a word of a limit beside it is censored; words of rejection or waiting set the row aside; a word that is not
understood, or contradicts the number, its limits or its unit, sets the row aside and asks. Rows of standards, controls and
blanks are kept with their role; nothing is asked about them, and a standard has the number that is printed, its nominal value.
"""

from collections import defaultdict
from typing import Any

from immunoassay.readers import sources, written_cells
from immunoassay.readers.deliveries import result_roles as roles
from immunoassay.readers.deliveries.result_columns import LIMITS, Answers, Columns, says
from immunoassay.readers.deliveries.states import StateWords
from immunoassay.readers.deliveries.written import Written, parse

SIGNS = {"<": "below", "<=": "below", "≤": "below", ">": "above", ">=": "above", "≥": "above"}
FLAGS = {"below": "below_range", "above": "above_range"}
ASIDE = {"rejected": "rejected_by_laboratory", "pending": "result_pending"}
OTHERWISE = "analyte_otherwise"
EQUAL_SHARE = 0.05  # of results that are the limit itself: more than chance


class Rows:
    """Collects the records of one table and everything to be said about them."""

    def __init__(self, source: sources.Source, sheet: str, found: Columns, answers: Answers) -> None:
        self.source, self.sheet, self.columns, self.answers = source, sheet, found, answers
        self.vocabulary = StateWords(answers.words)
        self.records: list[dict[str, Any]] = []
        self.notes: list[tuple[int, str]] = []
        self.of_rows: dict[tuple[str, int], Written] = {}  # by limit and column of values: rows that hold limits
        self.named: set[str] = set()  # assays whose rows name their analytes
        self.units: dict[int, str] = {}  # by column of values: a row that holds units
        self.dilutions: dict[int, str] = {}  # by row: its dilution as written
        # rows by what is to be said of them
        self.others, self.left_out, self.unknown, self.against, self.decided, self.mentioned = (
            defaultdict[Any, list[int]](list) for _ in range(6)
        )
        self.cut: list[int] = []

    def is_result(self, line: written_cells.Row) -> bool:
        """Whether a row names a sample and an analyte and has a number or a known code as value; of a wide table, a number."""
        if self.columns.wide:
            values = [self._written(line, place).value for place in self.columns.wide]
            return self.columns.joined(self.columns.samples, line) != "" and any(value is not None for value in values)
        place, name = self._values(line)[0]
        named = bool(name and self.columns.joined(self.columns.samples, line) and written_cells.text_at(line, place))
        return named and self._written(line, place).flag is not None

    def about_others(self, row: int, line: written_cells.Row) -> bool:
        """Whether a row of a wide table holds limits or units of its columns, which are then known to all other rows; of a
        long one notes which analytes have a name of their own."""
        if not self.columns.wide:
            unnamed = any(meaning == OTHERWISE for meaning, _ in self._told(line))
            if not unnamed and self.columns.joined(self.columns.analytes, line):
                self.named.add(written_cells.text_at(line, self.columns.roles.get("analyte_otherwise")))
            return False
        name = self.columns.joined(self.columns.samples, line)
        told = [meaning for meaning, _ in self._told(line) if meaning in LIMITS]
        if limit := next(iter(told), None) or roles.limit_named(name):
            for place in self.columns.wide:
                written = self.of_rows[(limit, place)] = self._written(line, place)
                if written.value is written.limit is None and written.flag != "not_computed":
                    self.unknown[(self.columns.names[place], written_cells.text_at(line, place))].append(row)
            return True
        cells = {place: written_cells.text_at(line, place).strip("()[] ") for place in self.columns.wide}
        units = {place: text for place, text in cells.items() if text}
        if not units or self.answers.units is None or any(text not in self.answers.units for text in units.values()):
            return False
        self.units = units
        return True

    def add(self, row: int, line: written_cells.Row, cut: bool = False) -> None:
        """Read one row; one with a single cell, the headings again, or a statistic of a wide table is a note."""
        texts = [written_cells.text(cell) for cell in line if cell != ""]
        again = [" ".join(text.split()) for text in texts] == list(filter(None, self.columns.names))
        statistic = (
            self.columns.wide and written_cells.key(self.columns.joined(self.columns.samples, line)) in roles.STATISTICS
        )
        if len(texts) < 2 or again or statistic:
            self.notes += [(row, text) for text in texts[:1]]
            return
        told = self._told(line)
        if not cut and (ignored := [words for meaning, words in told if meaning == "ignore"]):
            self._leave_out(row, line, ignored[0])
            return
        role, kind = roles.role_of(self.columns, line, told)
        if role not in (None, "sample"):
            self.others[kind].append(row)
        if cut:
            self.cut.append(row)
        if role in (None, "sample"):
            for meaning, words in told:
                if meaning in (*FLAGS, *ASIDE):
                    self.decided[(*words, meaning)].append(row)
            self._mention(row, line, told)
        of_dilution = sorted(self.columns.kept | {self.columns.roles.get("dilution", -1)} - {-1})
        self.dilutions[row] = self.columns.joined(of_dilution, line)
        for place, analyte in self._values(line, told):
            self._record(row, line, place, analyte, role, self._state(line, told, analyte), cut)

    def _leave_out(self, row, line, words):
        """A row that the sheet leaves out; one that is told by an empty cell and has a number all the same asks."""
        place = self.columns.roles.get("value")
        if words[1] or place is None or self._written(line, place).value is None:
            self.left_out[words].append(row)
        else:
            self.against[f"a result in a row whose {words[0]} is empty, as in rows without one"].append(row)

    def _values(self, line, told=()):
        if self.columns.wide:
            return list(self.columns.wide.items())
        name = self.columns.joined(self.columns.analytes, line)
        other = written_cells.text_at(line, self.columns.roles.get("analyte_otherwise"))
        unnamed = not name or any(meaning == OTHERWISE for meaning, _ in told)
        name = other if unnamed and other not in self.named else name  # of several no one is called as their assay
        return [(self.columns.roles["value"], name)]

    def _written(self, line, place):
        return parse(written_cells.at(line, place), self.source.decimal)

    def _told(self, line):
        """What the columns sheet says of the words of a row: (meaning, (column, text))."""
        cells = [(place, word, meaning) for (place, word), meaning in self.columns.words.items()]
        return [
            (meaning, (self.columns.names[place], written_cells.text_at(line, place)))
            for place, word, meaning in cells
            if says(word, written_cells.text_at(line, place))
        ]

    # --- what the words of a row say --------------------------------------------------------------------------------

    def _state(self, line, told, analyte):
        """(states, whether a sign stands apart, text for the comment, unknown words) of a row for an analyte; a state is
        (state, whether it needs a limit to mean one)."""
        states = [(meaning, False) for meaning, _ in told if meaning in (*FLAGS, *ASIDE, "reportable", "not_computed")]
        words, unknown, sign = [], [], False
        said = {words: meaning for meaning, words in told}
        for place in self._states_of(analyte):
            text, name = written_cells.text_at(line, place), self.columns.names[place]
            words += [text] if text and said.get((name, text)) != "reportable" else []
            if text in ("", "=") or (name, text) in said:
                continue
            if text in SIGNS:
                states.append((SIGNS[text], False))
                sign = True
            elif text.lower() not in written_cells.NO_VALUE and (state := self._word(place, text)) is not None:
                states.append(state)
            elif text.lower() not in written_cells.NO_VALUE and self.columns.states[place]:
                unknown.append((name, text))
        comments = [written_cells.text_at(line, place) for place in self.columns.comments]
        return states, sign, "; ".join(filter(None, [*comments, *words])), unknown

    def _mention(self, row, line, told):
        """Notes comments that speak of a state and decide nothing."""
        said = {words for _, words in told}
        for place in self.columns.comments:
            text = written_cells.text_at(line, place)
            if (self.columns.names[place], text) not in said and self.vocabulary.mentioned(text):
                self.mentioned[(self.columns.names[place], text)].append(row)

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

    def _record(self, row, line, place, analyte, role, state, cut):
        states, sign, comment, unknown = state
        name, text = self.columns.names[place], written_cells.text_at(line, place)
        unit = written_cells.text_at(line, self.columns.roles.get("unit"))
        stated = self.columns.stated_unit(place) or self.units.get(place, "")
        written = self._written(line, place)
        told = [meaning for (at, word), meaning in self.columns.words.items() if at == place and says(word, text)]
        if told:
            written = Written(None, FLAGS.get(told[0], "not_computed"))
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
        for beside in filter(
            None, (parse(text, self.source.decimal).limit for text in self._texts_beside(line, analyte))
        ):
            sign = sign or beside == value  # `<0.4` beside 0.4, or beside no result
            limit = self._converted(beside, "", unit) if value is limit is None else limit
        limits = {limit: self._limit(limit, place, analyte, row, line, unit) for limit in LIMITS}
        flag = written.flag or "not_computed"
        factor = self._factor(row, line) if role != "standard" else 1.0
        value, limit = (number * factor if number is not None else None for number in (value, limit))
        limits = {name: number * factor if number is not None else None for name, number in limits.items()}
        if role != "standard":
            flag, value, limit, odd = _judged(states, sign, flag, value, limit, limits)
            if odd == "unknown":
                asked += [(name, word) for name, word in self._weak(line, analyte)]
            elif odd:
                contradicted.append(odd)
        if role not in (None, "sample"):
            states, asked, contradicted = [], [], []
            flag = "not_computed" if flag == "none" and value is None else flag  # a number in another unit
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
            if one in (*FLAGS, *ASIDE) and (
                not (asked or contradicted or weak) or weak and flag != "none" and not asked
            ):
                self._note_words(row, line, one, analyte)
        self.records.append(
            {
                "sample": self.columns.joined(self.columns.samples, line) or None,
                "role": role,
                **{
                    each: written_cells.text_at(line, self.columns.roles.get(each)) or None
                    for each in ("run", "replicate")
                },
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

    def _note_words(self, row, line, state, analyte):
        for place in self._states_of(analyte):
            text = written_cells.text_at(line, place)
            found = self._word(place, text)
            if text not in SIGNS and found is not None and found[0] == state:
                rows = self.decided[(self.columns.names[place], text, state)]
                rows += [] if rows and rows[-1] == row else [row]

    def _weak(self, line, analyte):
        for place in self._states_of(analyte):
            found = self._word(place, written_cells.text_at(line, place))
            if found is not None and found[1]:
                yield self.columns.names[place], written_cells.text_at(line, place)

    def _texts_beside(self, line, analyte):
        return [written_cells.text_at(line, place) for place in self._states_of(analyte)]

    def _states_of(self, analyte):
        return [place for place in self.columns.states if self.columns.of_analyte.get(place, analyte) == analyte]

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

    # --- dilutions of one sample --------------------------------------------------------------------------------------

    def separate_dilutions(self) -> list[tuple[str, str, list[str], int]]:
        """Replicates of one sample, analyte and run at several dilutions are no replicates of each other: their run then
        names the dilution. Returns [(sample, analyte, dilutions, first row)]."""
        places = defaultdict(list)
        for each in self.records:
            if each["replicate"] and each["role"] in (None, "sample") and self.dilutions.get(each["row"]):
                places[each["sample"], each["analyte"], each["run"]].append(each)
        found = []
        for (sample, analyte, _), records in places.items():
            dilutions = list(dict.fromkeys(self.dilutions[each["row"]] for each in records))
            if len(dilutions) > 1:
                found.append((sample, analyte, dilutions, records[0]["row"]))
                for each in records:
                    each["run"] = f"{each['run'] or ''} dilution {self.dilutions[each['row']]}".strip()
        return found

    # --- limits as results --------------------------------------------------------------------------------------------

    def censor_equal_to_limits(self) -> None:
        """Results that are the lower limit itself, more often than chance: the limit was printed for what is below."""
        numbers = [
            each
            for each in self.records
            if each["flag"] == "none" and each["aside"] is None and each["role"] in (None, "sample")
        ]
        for role in ("lod", "lloq"):
            stated = [each for each in numbers if each[role] is not None]
            equal = [each for each in stated if each["value"] == each[role] and each["flag"] == "none"]
            if len(equal) >= 3 and len(equal) >= EQUAL_SHARE * len(stated):
                for each in equal:
                    each.update(value=None, flag="below_range", limit=each[role])
                self.decided[("value", f"equal to its {role.upper()}", "below")] = [each["row"] for each in equal]


def _judged(states, sign, flag, value, limit, limits):
    """(flag, value, limit, what contradicts) of a result and the words beside it.

    `odd` is "unknown" for a word that means a limit only where one is stated, or words for a contradiction.
    """
    said = {state for state, _ in states if state in FLAGS}
    if any(state == "not_computed" for state, _ in states) and flag == "none" and not said:
        return "not_computed", None, limit, None
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
