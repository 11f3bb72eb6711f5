"""Rows of the columns sheet for tables of results that cannot be read without them: what is found is proposed, what only a
person knows is asked, and the table is read again by the answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from immunoassay.drafts import scanned
from immunoassay.drafts.draft import Draft
from immunoassay.drafts.found import Found
from immunoassay.drafts.questions import WrongAnswerError
from immunoassay.drafts.scanned import Scanned
from immunoassay.problems import few
from immunoassay.readers.deliveries.column_questions import Asked
from immunoassay.study.legal_names import plain
from immunoassay.study.members import Cells, Rows

ROW = "_row"
UNSAID = "?"  # a cell that only a person can fill
BETWEEN = " + "  # of headings in an answer
ROUNDS = 6  # in which answers bring other questions


@dataclass
class Tables:
    """Tables of results among the files: all files, those that answers made readable in the place of the unread; the rows
    of the columns sheet by file, and those that are not complete."""

    files: list[Scanned] = field(default_factory=list)
    rows: dict[str, Rows] = field(default_factory=dict)
    open: Rows = field(default_factory=list)


def read_by_answers(draft: Draft, files: Sequence[Scanned]) -> Tables:
    """The files, with every table of results that asks read again by what was answered, or is proposed."""
    tables = Tables()
    for file in files:
        read, rows, left = _read(draft, file) if file.asked else (file, [], {})
        tables.files.append(read)
        if read.export is not None:
            tables.rows[file.name] = rows
        elif left:
            tables.open += [{"scope": name_of(file), **row} for row in [*rows, *left.values()]]
            questions = few([f"columns.{name_of(file)}.{key}" for key in left], 4)
            draft.notes.append(f"{file.name}: not read, as nobody has said its columns; answer {questions}")
    return tables


def draft_columns(draft: Draft, tables: Tables, plates: Sequence[Found]) -> None:
    """Drafts the rows of tables that answers made readable, and the unit of those that state none."""
    kits = {plate.plate: kit for kit in draft.kits for plate in kit.plates}
    exports = {file.name: file.export for file in tables.files}
    for plate in plates:
        if plate.results is None:
            continue
        rows = tables.rows.get(plate.file, [])
        own = plate.results[plate.results["role"].isna() | (plate.results["role"] == "sample")]
        if own["unit"].isna().all() and plate.plate in kits:
            rows = _with_unit(rows, exports[plate.file].values, _unit(draft, kits[plate.plate]))
        for row in rows:
            draft.add("columns", {"scope": plate.plate, **row}, plate.file)


def _unit(draft, kit):
    """The unit of the analytes of a kit; UNSAID while nobody has answered what it is."""
    known = {row["unit"] for row in draft.known.rows("analytes") if row["panel"] == kit.panel}
    drafted = {row["unit"] for row in draft.all_rows("analytes") if row["panel"] == kit.panel and row["unit"]}
    answered = known or any(f"unit.{name}" in draft.answers for name in (kit.panel, *kit.proposed))
    return drafted.pop() if answered and len(drafted) == 1 else UNSAID


def _with_unit(rows, headings, unit):
    """The rows with the unit of the values; where no row names these, with rows that do."""
    if not any(row["meaning"] == "value" for row in rows):
        rows = [*rows, *({"column": name, "meaning": "value"} for name in headings)]
    return [row | ({"unit": unit} if row["meaning"] == "value" else {}) for row in rows]


def _read(draft, file):
    """(the file as it is read by the answers, rows of the columns sheet without scope, those that nobody has said by the key
    of their question)."""
    rows: Rows = []
    left: dict[str, Cells] = {}
    read = file
    name = name_of(file)
    if not read.sure and _not_wanted(draft, file, name):
        return file, [], {}
    if scope := _known_scope(draft, file):
        own = [row for row in draft.known.rows("columns") if row["scope"] == scope]
        rows = [{name: value for name, value in row.items() if name not in ("scope", ROW)} for row in own]
        return (
            scanned.scan(file.path, file.name, rows),
            rows if scope in draft.known.values("plates", "plate") else [],
            {},
        )
    for _ in range(ROUNDS):
        said = [(asked, _answer(draft, name, asked)) for asked in read.asked]
        left = {asked.key: _unsaid(asked) for asked, answer in said if not answer and asked.key != "ignore"}
        rows += [row for _, answer in said for row in answer if row not in rows]
        if left or not read.asked:
            break
        read = scanned.scan(file.path, file.name, rows)
    if read.export is None and not left:
        draft.notes += [f"{file.name}: not read: {problem.message}" for problem in read.problems[:1]]
    return (read if read.export is not None else file), rows, left


def _known_scope(draft, file):
    """The first delivery or panel of the study whose rows of the columns sheet make a table readable, None where none do."""
    for scope in dict.fromkeys(row["scope"] for row in draft.known.rows("columns")):
        rows = [row for row in draft.known.rows("columns") if row["scope"] == scope]
        if scanned.scan(file.path, file.name, rows).export is not None:
            return scope
    return None


def name_of(file: Scanned) -> str:
    """What a table is called in questions, and until it has a row in the plates sheet."""
    return plain(file.name.rpartition("/")[2].rpartition(".")[0], "table")


def _not_wanted(draft, file, name):
    """Whether a table that may be one of results shall be left out; nobody is bothered with it."""
    why = file.problems[0].found
    answer = draft.ask(
        f"columns.{name}.read", f"is {file.name} a table of results", "no", why, ("yes", "no"), asked=False
    )
    if answer != "yes":
        draft.notes.append(
            f"{file.name}: may be a table of results; answer columns.{name}.read: yes to draft its columns"
        )
    return answer != "yes"


def _answer(draft: Draft, name: str, asked: Asked) -> list[Cells]:
    """The rows that an answer says, [] for none."""
    key, default = f"columns.{name}.{asked.key}", BETWEEN.join(asked.proposed)
    choices = () if asked.joined else (*asked.options, *([] if default else [""]))  # "": nobody knows
    answer = draft.ask(key, asked.text, default or None, asked.problem.found, choices)
    words = [word.strip() for word in answer.split(BETWEEN.strip())] if asked.joined else [answer]
    if asked.joined and answer in asked.options:
        words = [answer]
    words = [word for word in words if word]
    if asked.named and words and not any(word in asked.options for word in words):
        return [{"column": asked.named, "meaning": "value", "analyte": answer}]
    options = {option.casefold(): rows for option, rows in asked.options.items()}
    if odd := [word for word in words if word.casefold() not in options]:
        raise WrongAnswerError(key, answer, f"names {few(odd)}, which is none of {few(list(asked.options), 12)}")
    return [{"column": column, "meaning": meaning} for word in words for column, meaning in options[word.casefold()]]


def _unsaid(asked: Asked) -> Cells:
    """The row that waits for a person: the column is open, or what it means."""
    columns = {column for rows in asked.options.values() for column, _ in rows}
    meanings = {meaning for rows in asked.options.values() for _, meaning in rows}
    return {
        "column": columns.pop() if len(columns) == 1 else UNSAID,
        "meaning": meanings.pop() if len(meanings) == 1 else UNSAID,
    }
