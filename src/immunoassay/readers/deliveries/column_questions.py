"""What only a person can say about a delivered table: which column is what, whether a dilution is applied.

Each question is one problem of the delivery with what was found, the candidates with three of their values, and the row
of the columns sheet that answers it; `Asked` is the same for a program that asks a person. A column that cannot change a
result is never asked about.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from immunoassay.files.texts import private_column
from immunoassay.problems import Problem
from immunoassay.readers import sources, written_cells
from immunoassay.readers.deliveries import column_proposals as proposals
from immunoassay.readers.deliveries import result_columns as columns
from immunoassay.readers.deliveries import wide_columns
from immunoassay.readers.deliveries.result_columns import Columns
from immunoassay.readers.deliveries.written import parse
from immunoassay.readers.export import NotReadable
from immunoassay.readers.written_cells import Rows, key

FILE = "config/columns.tsv"
SHEET = "the columns sheet"  # in texts; it may be a tab of a workbook
MOST = 4  # candidates shown
REST = "all that remain"  # columns of a wide table
DILUTIONS = ("dilution_applied", "dilution_not_applied")
RUNS = ("replic", "duplic", "repeat", "run", "well", "plate", "date", "time", "visit", "day", "dilut", "row", "index")


@dataclass(frozen=True)
class Asked:
    """A question as data: `options` maps what can be answered to the rows of the columns sheet, (column, meaning), that say
    it; of `joined` ones several may be named together. `proposed` are those that the cells suggest, () where they do not."""

    key: str
    text: str
    options: dict[str, tuple[tuple[str, str], ...]]
    proposed: tuple[str, ...]
    problem: Problem
    joined: bool = False
    named: str = ""  # heading of the results, where any other answer is the name of their one analyte


class NotSaid(NotReadable):
    """A table that cannot be read until what is `asked` is said; `sure`: it is certainly one of results."""

    def __init__(self, asked: Iterable[Asked], sure: bool = True) -> None:
        self.asked, self.sure = tuple(asked), sure
        super().__init__(*dict.fromkeys(each.problem for each in self.asked))


def row(scope: str, column: str, meaning: str, word: str = "") -> str:
    """The row of the columns sheet that answers a question, as text."""
    return " <TAB> ".join(part for part in (scope, column, meaning, word) if part)


def add(*rows: str) -> str:
    """The fix of a question: the rows to add."""
    return f"add to {SHEET}: {' or '.join(rows)}"


class Table:
    """The records of a table below its header, by column; rows of standards and controls are left out by the caller."""

    def __init__(self, names: list[str], lines: Rows) -> None:
        self.names, self.lines = names, lines

    def texts(self, at: int) -> list[str]:
        """Cells of a column that are filled."""
        return [text for line in self.lines if (text := written_cells.text_at(line, at))]

    def shown(self, at: int) -> str:
        """A column with some of its values, for messages."""
        values = list(dict.fromkeys(self.texts(at)))[:3]
        return f"{self.names[at]} ({', '.join(value[:30] for value in values)})"

    def is_code(self, at: int) -> bool:
        """Whether a column holds whole numbers or texts: what can name something."""
        return not any("." in text or "," in text for text in self.texts(at))

    def has_results(self, at: int, decimal: str) -> bool:
        """Whether cells hold numbers or limits, at least half of the filled ones."""
        written = [parse(text, decimal) for text in self.texts(at) if text.lower() not in written_cells.NO_VALUE]
        good = sum(each.value is not None or each.flag in ("below_range", "above_range") for each in written)
        return good > 0 and 2 * good >= len(written)

    def differs(self, at: int, other: int, decimal: str) -> bool:
        """Whether any filled cell of column `at` is another value than that of column `other` in its row."""
        for line in self.lines:
            mine, its = (written_cells.text_at(line, place) for place in (at, other))
            if mine and mine != its:
                one, two = written_cells.number(mine, decimal), written_cells.number(its, decimal)
                if one is None or two is None or abs(one - two) > 1e-9 * max(abs(one), abs(two)):
                    return True
        return False


def missing(source: sources.Source, sheet: str, found: Columns, table: Table, scope: str) -> list[Asked]:
    """Questions of a table in which sample, analyte or value are not known: what was found, and the candidates."""
    known = found.named(["sample", *found.roles, "analyte"])
    known |= {limit: found.names[at] for (limit, _), at in found.limits.items()}
    shown = ", ".join(f"{role} = {name}" for role, name in known.items()) or "none"
    free = [at for at in found.free() if table.texts(at) and not private_column(found.names[at])]
    beside = wide_columns.companions({at: found.names[at] for at in found.free()})
    numbers = [at for at in free if at not in beside and table.has_results(at, source.decimal)]
    results = [at for at in numbers if columns.may_be_concentration(found.names[at])] or numbers
    units = [at for at in numbers if "/" in columns.split(found.names[at])[1]]
    lacking = [role for role in ("sample", "analyte", "value") if role not in known]
    several = len(units) > 1 or len(numbers) > 1 and (_one_row_each(found, table) or _proteins(found) > 2)
    facts, private = [], []
    if wide := {"analyte", "value"} <= set(lacking) and several:
        facts = [] if units else proposals.no_results(found.names, _texts(found, table), numbers)
        count = len(units or numbers) - len(facts)
        private = [
            at for at in found.free() if private_column(found.names[at]) and table.has_results(at, source.decimal)
        ]
        shown += f"; no column of analytes, {count} columns of numbers: a wide table, a column per analyte?"
        lacking.remove("analyte")
        results = units or [at for at in numbers if at not in facts]
    if not wide or "sample" in lacking:
        shown += f"; no column of {' or '.join(role for role in lacking if role != 'value' or not wide)}"
    return _lacking(
        source, sheet, found, table, scope, shown, (free, numbers, results, sorted([*facts, *private])), lacking, wide
    )


def _lacking(source, sheet, found, table, scope, shown, places, lacking, wide):
    """The questions about lacking meanings, with one problem in common, and those about dilutions."""
    free, numbers, results, facts = places
    texts = [at for at in free if at not in numbers]
    said, rows, asked = [], [], []
    one = found.names[found.roles["value"]] if "value" in found.roles else ""
    for role in lacking:
        options = results if role == "value" else [*texts, *(at for at in numbers if at not in results)]
        options = texts if role == "analyte" and one else options or free
        shown_of = ", ".join(map(table.shown, options[:MOST])) or "no column left"
        values = results if "value" in lacking else []
        proposed = _proposed_samples(found, table, numbers, values) if role == "sample" else []
        together = " and ".join(found.names[at] for at in proposed)
        said.append(f"{role}: {shown_of}" + f" ({together} together tell the rows apart)" * (len(proposed) > 1))
        if role == "sample" and (private := [name for name in found.names if private_column(name)]):
            said[-1] += f", not {' or '.join(private)}, which may name persons (codes belong below Sample ID)"
        each = [row(scope, found.names[at], role) for at in options[:MOST]]
        if len(proposed) > 1:
            each.insert(0, " and ".join(row(scope, found.names[at], role) for at in proposed))
        choices = {found.names[at]: ((found.names[at], role),) for at in dict.fromkeys([*options, *proposed])}
        if wide and role == "value":
            each = [" and ".join(each), row(scope, "*", "value") + " (all columns that remain)"]
            choices = {REST: (("*", "value"),)}
            others = {found.names[at]: ((found.names[at], "ignore"),) for at in dict.fromkeys([*numbers, *facts])}
            by_unit = wide_columns.by_unit(dict(enumerate(found.names)))  # then the headings say it
            asked += [] if by_unit else [("ignore", facts, others), (role, [REST], choices)]
        else:
            certain = role == "value" and len(options) == 1 and not wide_columns.is_logarithm(found.names[options[0]])
            asked.append((role, proposed or (options if certain else []), choices))
        if role == "analyte" and one:
            each.append(f"{row(scope, one, 'value')} with the name of its one analyte in column analyte")
        rows.append(" or ".join(each))
    problem = _problem(
        source,
        sheet,
        found,
        "E-DLV-001",
        f"known columns: {shown}",
        f"candidates for {'; for '.join(said)}",
        add("; ".join(rows)) if all(rows) else "give the table the columns that are missing",
    )
    asked = [
        Asked(
            role, f"column of the {role}" if role != "ignore" else "columns of numbers that are no results", choices,
            tuple(at if isinstance(at, str) else found.names[at] for at in proposed), problem, role not in ("value",),
            one if role == "analyte" else "",
        )
        for role, proposed, choices in asked
    ]  # fmt: skip
    return [*asked, *_dilution(source, sheet, found, table, scope, results if "value" in lacking else [])]


def _proposed_samples(found, table, numbers, results):
    """Columns that together name the sample: by texts and whole numbers."""
    free = [
        at
        for at in found.free()
        if at not in numbers or (at not in results or len(results) > MOST) and table.is_code(at)
    ]
    free = [at for at in free if table.texts(at) and not private_column(found.names[at])]
    return proposals.sample_columns(found.names, table.lines, free, found.analytes)


def _proteins(found):
    return proposals.proteins([found.names[at] for at in found.free()])


def _texts(found, table):
    return [table.texts(at) for at in range(len(found.names))]


def of_wells(source: sources.Source, sheet: str, found: Columns, table: Table, scope: str) -> Asked:
    """The question of a table of wells with concentrations: which of them is the result."""
    wells = [at for at, name in enumerate(found.names) if key(name) in columns.WELLS]
    free = [at for at in (*found.free(), *found.wide, found.roles.get("value", -1)) if at >= 0]
    values = [
        at for at in free if columns.may_be_concentration(found.names[at]) and table.has_results(at, source.decimal)
    ]
    repeats = tuple((found.names[at], "replicate") for at in wells[:1] if "replicate" not in found.roles)
    options = {found.names[at]: ((found.names[at], "value"), *repeats) for at in sorted(set(values))}
    words = f"a table of wells ({', '.join(found.names[at] for at in wells)})"
    why = "no header with sample, analyte and value stands without wells: signals, or results by well"
    fix = add(*(row(scope, name, "value") for name in options or ["HEADING"])) + ", if it is a table of results"
    problem = _problem(source, sheet, found, "E-FILE-009", words, why, fix)
    return Asked("value", "column of the results, of a table by well", options, (), problem)


def _one_row_each(found, table):
    """Whether every sample (or row, where samples are not known) has a row of its own, as in a wide table."""
    names = [found.joined(found.samples, line) for line in table.lines] if found.samples else []
    return len(set(names)) == len(names)


def open_questions(source: sources.Source, sheet: str, found: Columns, table: Table, scope: str) -> list[Asked]:
    """Questions of a table whose sample, analyte and value are known, for columns that could change a result."""
    asked: list[Asked] = []
    values = list(found.wide)
    if not found.wide:
        values = _values(source, found, table)
        asked += _several_values(source, sheet, found, table, scope, values)
    asked += _dilution(source, sheet, found, table, scope, values)
    asked += _limits(source, sheet, found, table, scope)
    asked += _longer_name(source, sheet, found, table, scope)
    return asked


def _values(source, found, table):
    """Columns that may be the results: the one known, and those of other values; one alone declared is chosen."""
    chosen = found.roles["value"]
    options = [
        at
        for at in found.free()
        if chosen not in found.given
        and columns.may_be_concentration(found.names[at])
        and table.has_results(at, source.decimal)
        and table.differs(at, chosen, source.decimal)
    ]
    every = sorted([chosen, *options])
    declared = [at for at in every if columns.is_declared(found.names[at])]
    if len(declared) == 1:
        found.roles["value"] = declared[0]
    return declared if len(declared) == 1 else every


def _several_values(source, sheet, found, table, scope, every):
    if len(every) > 1:
        words = f"{len(every)} columns may be the results: {', '.join(map(table.shown, every))}"
        rows = [row(scope, found.names[at], "value") for at in every]
        problem = _problem(
            source, sheet, found, "E-DLV-001", words, "they differ, and only one is to be reported", add(*rows)
        )
        options = {found.names[at]: ((found.names[at], "value"),) for at in every}
        yield Asked("value", "column of the results to report", options, (), problem)


def _dilution(source, sheet, found, table, scope, values):
    if any(columns.is_adjusted(found.names[at]) for at in values) or "dilution" in found.roles or found.kept:
        return
    named = [at for at in found.free() if columns.is_dilution(found.names[at])]
    whole = [at for at in named if key(found.names[at]).startswith("total")]  # of its steps nothing is asked then
    for at in whole or named:
        if {written_cells.dilution(text, source.decimal) for text in table.texts(at)} - {1.0, None}:
            words = f"a dilution factor beside the results: {table.shown(at)}"
            why = "it is not said whether the results are multiplied by it already"
            problem_of = _problem(
                source, sheet, found, "E-DLV-002", words, why,
                add(*(row(scope, found.names[at], meaning) for meaning in DILUTIONS)), found.names[at],
            )  # fmt: skip
            yield _one_of(found.names[at], DILUTIONS, "are the results multiplied by it", problem_of)


def _limits(source, sheet, found, table, scope):
    """A column of limits that is not known, unless it repeats a known one."""
    known = list(found.limits.values())
    for at in found.free():
        if not columns.may_be_limit(found.names[at]) or not table.has_results(at, source.decimal):
            continue
        if not any(not table.differs(at, other, source.decimal) for other in known):
            words, why = (
                f"a column that may be a limit: {table.shown(at)}",
                "a limit decides which results are censored",
            )
            meanings = (*columns.LIMITS, "ignore")
            rows = [row(scope, found.names[at], meaning) for meaning in meanings]
            problem = _problem(source, sheet, found, "E-DLV-001", words, why, add(*rows), found.names[at])
            yield _one_of(found.names[at], meanings, "what limit it is", problem)


def _longer_name(source, sheet, found, table, scope):
    """A column that tells rows of one sample and analyte apart belongs to the analyte, unless it numbers repeats."""
    if found.wide or len(found.analytes) != 1 or found.analytes[0] in found.given:
        return
    place = [
        *found.samples,
        *found.analytes,
        *(found.roles[each] for each in ("run", "replicate") if each in found.roles),
    ]
    keys = [tuple(written_cells.text_at(line, at) for at in place) for line in table.lines]
    if len(keys) - len(set(keys)) < max(3, len(keys) / 2):
        return
    for at in found.free():
        words = set(table.texts(at))
        longer = {(*one, written_cells.text_at(line, at)) for one, line in zip(keys, table.lines, strict=True)}
        named = any(part in key(found.names[at]) for part in RUNS)
        if (
            not named
            and len(longer) == len(keys) > 2 * len(words)
            and not any(source.number(word) is not None for word in words)
        ):
            name = found.names[found.analytes[0]]
            found_words = f"{table.shown(at)} tells rows of one sample and {name} apart"
            why = "it may be part of the analyte's name, and different analytes would count as repeats of one"
            rows = [
                f"{row(scope, name, 'analyte')} and {row(scope, found.names[at], 'analyte')}",
                row(scope, found.names[at], "ignore"),
            ]
            problem = _problem(source, sheet, found, "E-DLV-001", found_words, why, add(*rows), found.names[at])
            both = ((name, "analyte"), (found.names[at], "analyte"))
            options = {"analyte": both, "ignore": ((found.names[at], "ignore"),)}
            yield Asked(key(found.names[at]), f"{found.names[at]}: part of the analyte's name", options, (), problem)


def _one_of(column, meanings, text, problem):
    """The question which of some meanings a column has."""
    options = {meaning: ((column, meaning),) for meaning in meanings}
    return Asked(key(column), f"{column}: {text}", options, (), problem)


def _problem(source, sheet, found, code, words, why, fix, column=""):
    return Problem(code, "QUARANTINE", source.name, words, why, fix, sheet=sheet, row=str(found.at + 1), column=column)
