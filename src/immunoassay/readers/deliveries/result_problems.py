"""What is to be said of the rows of a delivered table: one problem per cause, with its count and first rows."""

from collections import defaultdict

from immunoassay.problems import Problem
from immunoassay.readers.deliveries import column_questions as questions
from immunoassay.readers.deliveries.result_rows import ASIDE, FLAGS, Rows


def problems(read: Rows) -> list[Problem]:
    """The problems of rows that were read, by their words, then by their places."""

    def problem(code, level, found, why, fix, row, column=""):
        return Problem(code, level, read.source.name, found, why, fix, sheet=read.sheet, row=str(row), column=column)

    return [*_of_words(read, problem), *_of_rows(read, problem)]


def of_dilutions(read: Rows) -> list[Problem]:
    """A FLAG for samples with replicates at several dilutions, which are told apart in their run."""
    found = read.separate_dilutions()
    if not found:
        return []
    sample, analyte, dilutions, row = found[0]
    words = f'{analyte} of sample "{sample}" at dilutions {", ".join(dilutions)}'
    words += f", and {len(found) - 1} more at several dilutions" if len(found) > 1 else ""
    return [
        Problem(
            "W-READ-008", "FLAG", read.source.name, words, "each dilution counts as a result of its own",
            "ask the laboratory which one is valid", sheet=read.sheet, row=str(row),
        )
    ]  # fmt: skip


def _of_words(read, problem):
    by_column = defaultdict(dict)
    for (column, word), rows in read.unknown.items():
        by_column[column][word] = sorted(set(rows))
    for column, words in by_column.items():
        found = f"{_words(words)} in column {column}, not understood"
        why = "what it means could change a result; the rows are set aside until it is said"
        rows = [questions.row(read.answers.scope, column, "MEANING", word) for word in list(words)[:3]]
        fix = f"{questions.add(rows[0])}{''.join(f'; {each}' for each in rows[1:])}"
        fix += " (MEANING: reportable, below, above, rejected or pending)"
        yield problem("E-DLV-005", "QUARANTINE", found, why, fix, _first(words), column)
    for words, rows in read.against.items():
        yield problem(
            "E-DLV-006", "QUARANTINE", f"{words}{_rows(rows)}",
            "one of the two is wrong, or means something else; the results are set aside",
            f"ask the laboratory; what a word means is said in {questions.SHEET}", rows[0],
        )  # fmt: skip
    out = {key: rows for key, rows in read.decided.items() if key[2] in ASIDE}
    for (column, word, state), rows in read.decided.items():
        if state in ASIDE:
            yield problem(
                "W-DLV-002", "EXCLUDE", f'{len(rows)} results "{word}" in column {column}' + _rows(rows),
                f"the laboratory calls them {state}",
                f"nothing; otherwise {questions.add(questions.row(read.answers.scope, column, 'reportable', word))}",
                rows[0], column,
            )  # fmt: skip
    limits = {key: rows for key, rows in read.decided.items() if key not in out and key[2] in FLAGS}
    if limits:
        counted = ", ".join(f'"{word}" {len(rows)} x {state}' for (_, word, state), rows in limits.items())
        place = min((rows[0], key[0]) for key, rows in limits.items())
        yield problem(
            "W-DLV-001", "FLAG", f"words that decide: {counted}",
            "a number beside such a word is not a result; it is censored at the limit",
            f"nothing if that is meant; otherwise say what the word means in {questions.SHEET}", *place,
        )  # fmt: skip
    for (column, word), rows in read.mentioned.items():
        yield problem(
            "W-DLV-004", "FLAG", f'"{word[:60]}" in column {column}' + _rows(rows),
            "a comment decides nothing; the results are used as printed",
            f"if it should: {questions.row(read.answers.scope, column, 'rejected', word[:60])} in {questions.SHEET}",
            rows[0], column,
        )  # fmt: skip


def _of_rows(read, problem):
    if read.cut:
        yield problem(
            "E-DLV-008", "QUARANTINE", "the last line is cut: fewer cells than the header, and no line end",
            "its result is set aside; more rows may be missing", "ask for the whole file", read.cut[0],
        )  # fmt: skip
    for row, text in read.notes:
        yield problem(
            "W-READ-003", "FLAG", f'"{text[:60]}"', "the row is read as a note, none of its cells as a result",
            "check that it is none of the results", row,
        )  # fmt: skip
    yield from _twice(read, problem)
    for what, why, fix in (
        ("sample", "they belong to no one", "ask the laboratory whose they are"),
        ("analyte", "what was measured is not known", "ask the laboratory for the column that names it"),
    ):
        if bare := [each["row"] for each in read.records if not each[what] and each["value"] is not None]:
            found = f"results without {'an' if what == 'analyte' else 'a'} {what}{_rows(list(dict.fromkeys(bare)))}"
            yield problem("E-READ-013", "FLAG", found, why, fix, bare[0])
    for kind, rows in sorted(read.others.items()):
        yield problem(
            "W-READ-004", "FLAG", f"{len(rows)} rows of the kind {kind}",
            "they are no results of samples, and are kept as what they are", "nothing", rows[0],
        )  # fmt: skip
    for (column, word), rows in read.left_out.items():
        words = f'{len(rows)} rows with "{word}" in column {column}' if word else f"{len(rows)} rows without {column}"
        yield problem(
            "W-READ-004", "FLAG", words,
            "the columns sheet leaves them out", "nothing", rows[0], column,
        )  # fmt: skip


def _twice(read, problem):
    """Results of one sample and analyte that nothing tells apart: no run and no replicate."""
    places = defaultdict(list)
    for record in read.records:
        if record["role"] in (None, "sample", "control"):
            places[tuple(record[each] for each in ("sample", "analyte", "run", "replicate"))].append(record["row"])
    twice = {place: rows for place, rows in places.items() if len(rows) > 1}
    if twice:
        (sample, analyte, run, replicate), rows = next(iter(twice.items()))
        found = f'{analyte} of sample "{sample}" in rows {", ".join(map(str, rows[:6]))}'
        found += f", run {run}" * bool(run) + f", replicate {replicate}" * bool(replicate)
        found += f", and {len(twice) - 1} more that appear several times" if len(twice) > 1 else ""
        yield problem(
            "W-READ-008", "FLAG", found, "each row counts as a result of its own",
            "ask the laboratory which one is valid", rows[1],
        )  # fmt: skip


def _words(words):
    return ", ".join(f'"{word[:40]}"{_rows(rows)}' for word, rows in list(words.items())[:6])


def _rows(rows):
    more = f" and {len(rows) - 4} more" if len(rows) > 4 else ""
    return f" (row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows[:4]))}{more})"


def _first(words):
    return min(rows[0] for rows in words.values())
