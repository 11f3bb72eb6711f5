"""A laboratory's table of results (csv, tsv, xlsx, xls; ImmPort result templates, tables of known software): a row per sample
x analyte, or a row per sample and a column per analyte.

Columns are found by name, or said by the columns sheet, or by what is known of the software. A value that is no plain number
stays verbatim beside a controlled flag; a word beside it (`<`, `BLQ`, `Cancelled`) counts as much as one in its cell. What
could change a result and is not understood is asked, never passed over: a column sets the delivery aside, a word the rows
that bear it.
"""

import re
from collections import Counter

import pandas as pd
from immunoassay.problems import Problem
from immunoassay.readers import lists, sources, written_cells
from immunoassay.readers.declared import Declared
from immunoassay.readers.deliveries import column_proposals as proposals
from immunoassay.readers.deliveries import column_questions as questions
from immunoassay.readers.deliveries import curve_evidence, result_problems, result_roles, wide_columns
from immunoassay.readers.deliveries import result_columns as columns
from immunoassay.readers.deliveries.result_columns import Answers
from immunoassay.readers.deliveries.result_rows import SIGNS, Rows
from immunoassay.readers.deliveries.written import parse
from immunoassay.readers.export import RESULTS, NotReadable, ResultTable
from immunoassay.readers.written_cells import key

FAMILY = "result_table"

_ASKED = "a column that could change a result and is not said: which one is the result, whether a dilution is applied"
DECLARED = (
    Declared(
        "Quanterix Simoa (HD-X)", "4.16", "run history, csv", "real",
        "every replicate (Replicate Conc.) with its job, batch, range words of Errors and Result Status; calibrators with "
        "their nominal value; means are left out",
        "a Total Dilution other than 1, where neither the curve in the file nor the columns sheet says whether it is applied",
        "export the run history as csv",
    ),
    Declared(
        "Quanterix Simoa (HD-X, SR-X)", "", "sample results report", "columns",
        "Concentration of every row with its range words; means are left out",
        "a report without AEB and Concentration", "export the run history, or the sample results report",
        "waltlabtools, reader of HD-X run histories and sample results reports (year not stated)",
    ),
    Declared(
        "Bio-Rad Bio-Plex Manager, results stacked by their authors", "", "csv: a row per well and analyte, plates by batch",
        "real", "Conc in Range with OOR <, OOR > and ***, outliers, batch and well; never Obs Conc in its place",
        "a table without a column of samples or of a dilution that is not said", "name the tube in a column of its own",
    ),
    Declared(
        "ProteinSimple Ella (Simple Plex)", "", "csv: a row per sample and analyte", "columns",
        "Mean Conc. by Sample Name and Analyte Name, controls by Sample Type", _ASKED, "export all results as csv",
        "Process ELLA Export File, a program that reads these columns (year not stated)",
    ),
    Declared(
        "Laboratory systems", "", "csv, tsv or Excel: a row per sample and analyte", "real",
        "results with <, >, words, units, limits in columns (also a result that is its own limit), runs, replicates; "
        "standards, controls and blanks keep their role", _ASKED, "one table with Sample ID, Analyte, Result, Unit, LLOQ, ULOQ",
    ),
    Declared(
        "Laboratory systems and authors' tables", "", "csv, tsv or Excel: a row per sample, a column per analyte", "real",
        "columns with a unit in the heading, single results before their means; limits in rows or columns, a row of units, "
        "words of one analyte; without units by the columns sheet",
        "a table without a column of samples", "write the unit into every heading: IL-6 (pg/mL)",
    ),
    Declared(
        "ImmPort", "", "result templates (mbaa_results, elisa_results), text", "columns",
        "reported values and units of samples, standards and controls", _ASKED, "the template as it is submitted",
        "ImmPort documentation, data upload templates (year not stated)",
    ),
)  # fmt: skip
PROTEINS = 3  # headings of them that make a table one of results
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_TEMPLATE_COLUMNS = {"columnname", "assayid", "assaygroupid", "mfi", "mficoordinate", ""}


def recognise(source: sources.Source) -> bool:
    """A header with sample, analyte and value among the first rows, and no wells or signals; or that of a known software."""
    found = (columns.find(rows) for _, rows in sources.grids(source))
    return any(each.complete() or bool(each.software) for each in found if each)


def of_software(source: sources.Source) -> bool:
    """Whether a known software is what tells that a file is a table of results."""
    return any((found := columns.find(rows)) and found.software for _, rows in sources.grids(source))


def read(source: sources.Source, answers: Answers | None = None) -> ResultTable:
    """ResultTable of the one sheet that has such a header; `answers` is what the sheets say (columns.Answers).

    Raises NotReadable for none, several, no rows, or for a question that only the columns sheet can answer.
    """
    answers = answers or Answers()
    tables = [
        (sheet, rows, found)
        for sheet, rows in sources.grids(source)
        if (found := columns.find(rows, answers)) and found.complete()
    ]
    if len(tables) > 1:
        raise source.refusal(
            "E-READ-003", f"{len(tables)} tables of results", f"sheets {', '.join(table[0] for table in tables)}",
            "keep one table in a file",
        )  # fmt: skip
    if not tables:
        raise about(source, answers, named=True) or _no_header(source)
    sheet, rows, found = tables[0]
    _check_sheet(source, answers, found)
    lines = list(enumerate(rows[found.at + 1 :], found.at + 2))
    table = _table(found, lines)
    curve_evidence.settle(source, sheet, found, table)
    if asked := questions.open_questions(source, sheet, found, table, answers.scope):
        raise questions.NotSaid(asked)
    _decimals(source, sheet, found, table)
    _signs(source, sheet, found, table)
    reader = Rows(source, sheet, found, answers)
    _states_by_content(found, table, reader.vocabulary, source.decimal)
    found.wide = {
        at: name for at, name in found.wide.items() if at not in found.rest or table.has_results(at, source.decimal)
    }
    cut = lists.cut_line(source, sheet, found.at, lines)
    said = {("E-FILE-013", str(cut)), ("E-READ-015", str(cut))}  # of a cut line only its own result is set aside
    source.problems = [each for each in source.problems if (each.code, each.row) not in said]
    own = [(row, line) for row, line in lines if not reader.about_others(row, line)]
    for row, line in own:
        reader.add(row, line, cut=cut is not None and row == cut)
    lists.check_headings(source, sheet, rows, found.at, lines, found.names, reader.is_result)
    lists.check_widths(source, sheet, found.at + 1, [each for each in lines if each[0] != cut])
    lists.check_beyond(source, sheet, lines, len(rows[found.at]))
    if not reader.records:
        raise source.refusal("E-FILE-002", "a header without rows", "nothing was delivered", "ask for the rows")
    reader.censor_equal_to_limits()
    problems = result_problems.problems(reader)  # of repeats, before their runs are told apart
    problems += result_problems.of_dilutions(reader)
    frame = pd.DataFrame(reader.records)[list(RESULTS.columns)].astype(RESULTS.types)
    told = {place for place, _ in found.words}
    ignored = [found.names[at] for at in found.free() if at not in told]
    ignored = [name for name in ignored if key(name) not in _TEMPLATE_COLUMNS]
    values = [found.names[at] for at in found.wide or [found.roles["value"]]]
    return ResultTable(
        FAMILY, frame, source.encoding, source.delimiter, source.decimal, ignored, problems, values=values
    )


def about(source: sources.Source, answers: Answers | None = None, named: bool = False) -> NotReadable | None:
    """NotReadable that says what of a table of results was found in a file and what is missing; None where nothing looks
    like one. `named`: a sheet says that it is one."""
    answers = answers or Answers()
    best = None
    for sheet, rows in sources.grids(source):
        found = columns.find(rows, answers, wells_too=True)
        if found is None or not (named or _turned(found) or _may_be_table(found) and not found.complete()):
            continue
        if best is None or len(found.taken()) > len(best[1].taken()):
            best = (sheet, found, list(enumerate(rows[found.at + 1 :], found.at + 2)))
    if best is None:
        return None
    sheet, found, lines = best
    if found.complete():
        return questions.NotSaid(
            [questions.of_wells(source, sheet, found, _table(found, lines), answers.scope)], sure=False
        )
    _check_sheet(source, answers, found)
    table = _table(found, lines)
    numbers = [at for at in found.free() if table.has_results(at, source.decimal)]
    if _turned(found) and not answers.rows and len(numbers) > 1:
        return source.refusal(
            "E-FILE-009", f"a table turned round: analytes in rows, {len(numbers)} columns of numbers",
            "a sample has a column, and its unit, limits and words have no place",
            "give one row per sample and analyte, or one row per sample", sheet=sheet, row=found.at + 1,
        )  # fmt: skip
    if not (named or _may_be_table(found)):
        return None
    if double := wide_columns.twice({at: found.names[at] for at in found.free()}):
        return source.refusal(
            "E-DLV-001", f'"{double[0]}" is another column of an analyte that has one already',
            "which of them is the result is not said", "give each analyte one column of results, or each its own name",
            sheet=sheet, row=found.at + 1,
        )  # fmt: skip
    asked = questions.missing(source, sheet, found, table, answers.scope)
    return questions.NotSaid(asked, bool(named or found.software or _is_table(found)))


def _turned(found):
    """Whether a header names analytes and nothing else of a result, as where every sample has a column."""
    return bool(found.analytes) and not (found.samples or found.roles or found.limits or found.software)


def _may_be_table(found):
    """As _is_table, or with columns that are headed by names of proteins."""
    return bool(found.software) or _is_table(found) or proposals.proteins(found.names) >= PROTEINS


def _is_table(found):
    """Whether a header says enough to be one of results: of sample, analyte and value one, and another or a unit or limit."""
    said = {*found.named(["sample", "analyte", *found.roles]), *(limit for limit, _ in found.limits)}
    units = sum("/" in wide_columns.unit_of(name) for name in found.names)
    known = said & {"sample", "analyte", "value"}
    said -= {"date", "role", "run", "replicate"}
    return bool(found.given) or bool(known and len(said) > 1) or units > 1


def _table(found, lines):
    """The records of samples, for questions about columns."""
    kept = [line for _, line in lines if sum(cell != "" for cell in line) > 1]
    return questions.Table(
        found.names, [line for line in kept if result_roles.role_of(found, line, ())[0] in (None, "sample")]
    )


def _no_header(source):
    return source.refusal(
        "E-FILE-009", "no header with sample, analyte and value columns", "the columns cannot be told apart",
        "name the columns Sample ID, Analyte, Result, Unit, LLOQ, ULOQ, or say what they are in the columns sheet",
    )  # fmt: skip


def _check_sheet(source, answers, found):
    """A problem for every row of the sheet whose column the delivery has not, or has twice: STOP where it names the
    delivery, FLAG where it speaks of all deliveries of a panel."""
    stops = []
    for row in found.missing:
        times = sum(name.casefold() == columns.heading(row["column"]).casefold() for name in found.names)
        words = f'the columns sheet (row {row["row"]}) names the column "{row["column"]}", which {source.name} '
        words += "has twice" if times else "has not"
        near = ", ".join(name for name in found.names if name)
        why = f"its columns are {near[:300]}"
        own = row["scope"] == answers.scope
        problem = Problem(
            "E-DLV-003" if own else "W-DLV-003", "STOP" if own else "FLAG", questions.FILE, words, why,
            "write the heading as the delivery does, or delete the row", row=str(row["row"]), column="column",
        )  # fmt: skip
        if own:
            stops.append(problem)
        else:
            source.problems.append(problem)
    if stops:
        raise NotReadable(*stops)


def _decimals(source, sheet, found, table):
    """NotReadable where results are decimals of one sign, and all with the other are like grouped thousands: 0,5 and 1.234."""
    other = "," if source.decimal == "." else "."
    texts = {text for at in found.wide or [found.roles["value"]] for text in table.texts(at)}
    own = {text for text in texts if source.decimal in text and source.number(text) is not None}
    others = {text for text in texts - own if written_cells.number(text, other) is not None}
    others = {text for text in others if other in text and not _GROUPED.fullmatch(text)}
    if own and others and all(map(_GROUPED.fullmatch, own)):
        raise source.refusal(
            "V-081", f"results like {min(own)} and results like {min(others)}",
            f"{min(own)} may be a decimal number or grouped thousands, and the two differ by 1000",
            "write all with one decimal sign and without grouping", sheet=sheet, row=found.at + 1,
        )  # fmt: skip


def _signs(source, sheet, found, table):
    """Columns that hold nothing but signs (`<`, `>`) are columns of states, whatever their heading, none too. NotReadable
    where several analytes have columns of results, and it is not said which one they speak of."""
    for at in sorted(set(range(len(found.names))) - found.taken()):
        texts = set(table.texts(at))
        if not (texts & SIGNS.keys() and not texts - SIGNS.keys() - {"="} or _are_limits(source, found, table, at)):
            continue
        if len(found.wide) > 1:
            raise source.refusal(
                "E-DLV-001", f"column {at + 1} holds signs ({', '.join(sorted(texts))}) of an analyte that it does not name",
                "a number beside a sign is a limit, and no result",
                f"call it after its analyte, such as {next(iter(found.wide.values()))} Flag, or write the signs into the results",
                sheet=sheet, row=found.at + 1,
            )  # fmt: skip
        found.names[at] = found.names[at] or f"column {at + 1}"
        found.states[at] = True


def _are_limits(source, found, table, at):
    """Whether a column of a long table holds limits (`<0.4`) where the result is empty or the limit itself, and nothing else:
    there the result is written, and not a range that it is compared with."""
    cells = [(parse(text, source.decimal), line) for line in table.lines if (text := written_cells.text_at(line, at))]
    if not cells or found.wide or any(each.limit is None for each, _ in cells):
        return False
    values = [written_cells.at(line, found.roles["value"]) for _, line in cells]
    return all(cell == "" or source.number(cell) == each.limit for (each, _), cell in zip(cells, values, strict=True))


def _states_by_content(found, table, vocabulary, decimal):
    """Columns that hold words of limits, rejection or waiting are columns of states, whatever their heading; one of
    concentrations that are not the results reported (`1021.2`, `< LLOQ`) is none."""
    for at in found.free():
        if columns.may_be_concentration(found.names[at]) and table.has_results(at, decimal):
            continue
        counts = Counter(map(columns.word_key, table.texts(at)))
        known = [word for word in counts if vocabulary.mentioned(word)]
        if known:
            understood = sum(vocabulary.read(word) is not None for word in counts)
            found.states[at] = 2 * understood >= len(counts)
