"""`new` and `add`: exports and lists become the sheets of a study; what only a person knows is asked, or answered in a file."""

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import typer
import yaml
from immunoassay.drafts import drafting, lab_layouts, study_files
from immunoassay.drafts.draft import Draft, Known, Lists
from immunoassay.drafts.questions import CLOSED, Question, WrongAnswerError, as_line, impossible
from immunoassay.drafts.scanned import Scanned, contents, scan
from immunoassay.problems import few, visible
from immunoassay.readers.export import NotReadable
from immunoassay.study.legal_names import plain_name, sayable
from immunoassay.study.raw_files import exports_in
from immunoassay.study.similar_names import suggestion

UNKNOWN = ("E-FILE-009", "E-DLV-001", "E-READ-001")  # codes of files that are no exports at all
OPEN = """\
# Nothing was written yet: only a person knows this. Put these lines into a file, correct them, and give it as --answers FILE;
# --yes takes what is proposed.
"""
SHOWN = 8  # rows of a sheet on the screen
TAKEN_OVER = ("panels", "analytes", "materials", "scales")  # sheets of a study to be like
OWN_RAW = "raw"
LAYOUTS = "config/layouts/as_written"
KEPT = ("config", "logs", "records", "releases", "results")  # folders of a study that hold no exports


@dataclass
class Wanted:
    """What the command was given."""

    lists: Lists = field(default_factory=Lists)
    answers: Path | None = None
    pattern: str = ""
    yes: bool = False
    link: bool = False
    like: Path | None = None
    workbook: bool = False


def new(study: Path, folder: Path, wanted: Wanted) -> None:
    """Draft a study from a folder of exports. Exits with 1, and nothing written, while a question is open."""
    if (study / study_files.CONFIG).exists():
        raise SystemExit(f"{study} is a study already: use `immunoassay add {study} {folder}`, or name a new folder")
    if study.exists() and not study.is_dir():
        raise SystemExit(f"{study} is a file: name a new folder")
    if (study / "config").is_dir() and any(not path.name.startswith(".") for path in (study / "config").iterdir()):
        raise SystemExit(f"{study}/config is there already, and {study} no study: move it away, or name a new folder")
    known, remembered = _like(wanted.like)
    delivery = _scanned(study, folder, Known({}), wanted.link)
    title = Question("study.title", "title of the study", (), study.resolve().name, "it stands on every page")
    draft, answers = _asked(known, delivery, wanted, _given(wanted), remembered, [title])
    delivery = _as_answered(delivery, draft)
    _require_exports(folder, delivery, [file for file in delivery.files if file.export])
    panels = {row["panel"] for row in draft.all_rows("panels")}
    for sheet, rows in known.sheets.items():
        draft.take(sheet, [row for row in rows if row.get("panel") in (None, *panels)], str(wanted.like))
    _place(study, folder, delivery, wanted.link)
    if wanted.like and (wanted.like / study_files.CRITERIA).is_dir():
        shutil.copytree(wanted.like / study_files.CRITERIA, study / study_files.CRITERIA, dirs_exist_ok=True)
    added = study_files.write(study, draft, answers, wanted.workbook)
    study_files.write_config(study, answers["study.title"], [delivery.raw] if wanted.link else [OWN_RAW])
    _tell(study, draft, added, delivery, "new")


def add(study: Path, folder: Path, wanted: Wanted) -> None:
    """Draft what a delivery adds to a study: a batch, its plates, new names and lots; no row that is there changes."""
    if not (study / study_files.CONFIG).is_file():
        raise SystemExit(
            f"{study}/{study_files.CONFIG}: no such file; begin with `immunoassay new {study} --from {folder}`"
        )
    known, remembered = study_files.known(study, to_extend=True), study_files.remembered(study)
    delivery = _scanned(study, folder, known, link=False)
    draft, answers = _asked(known, delivery, wanted, _given(wanted), remembered, [])
    delivery = _as_answered(delivery, draft)
    _place(study, folder, delivery, link=False)
    _tell(study, draft, study_files.write(study, draft, answers), delivery, "add")


# --- reading ---------------------------------------------------------------------------------------------------------


def _raw(folder, link):
    """Where a delivery lies in the study: its folder in raw/, or, of a folder of deliveries, each of these."""
    alone = link or not folder.is_dir() or any(path.is_file() for path in folder.iterdir())
    return f"{OWN_RAW}/{plain_name(folder.resolve().name)}" if alone else OWN_RAW


@dataclass
class Delivery:
    """What a folder holds: scanned files, layouts, {file: its path in the study} of what is copied, and notes.

    `raw` is the folder of the study where it goes.
    """

    raw: str
    files: list[Scanned] = field(default_factory=list)
    layouts: list[lab_layouts.LabLayout] = field(default_factory=list)
    copied: dict[Path, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def _scanned(study: Path, folder: Path, known: Known, link: bool) -> Delivery:
    """The Delivery of a folder; one that lies in the study stays where it is. What the study has already is left out."""
    if not folder.is_dir():
        raise SystemExit(f"{folder}: no such folder; name the one the exports are in")
    found = Delivery(_raw(folder, link))
    inside = folder.resolve().is_relative_to(study.resolve())
    there = contents(study, known.values("plates", "file"))
    names: set[Path] = set()
    for path in _exports(study, folder):
        own = path.resolve().relative_to(study.resolve()) if inside else Path(found.raw) / path.relative_to(folder)
        name = _sayable(own, names, stays=inside or link).as_posix()
        file = scan(path, name)
        first = there.setdefault(file.sha256, name) if file.export is not None else name
        if first != name:
            found.notes.append(f"{path.relative_to(folder)}: the same content as {first}, left out")
            continue
        layout = lab_layouts.read_layout(path, name) if file.export is None else None
        if layout and not inside:
            name = f"{LAYOUTS}/{path.relative_to(folder).as_posix()}"
        found.files += [] if layout else [file]
        found.layouts += [layout] if layout else []
        if not inside and (layout or file.export is not None or file.asked or file.problems[0].code not in UNKNOWN):
            found.copied[path] = name
    if not found.notes:
        _require_exports(folder, found, [file for file in found.files if file.export or file.asked])
    return found


def _require_exports(folder, delivery, read):
    """Exits where none of a folder's files is read."""
    if not read:
        lines = [f"  {problem.message}" for file in delivery.files for problem in file.problems[:1]]
        lines += [f"  {layout.file}: a layout, and no export" for layout in delivery.layouts]
        raise SystemExit("\n".join([f"{folder}: no export that can be read", *lines]))


def _as_answered(delivery, draft):
    """The delivery with the tables that answers made readable; one that stays unread is not copied."""
    unread = {file.name for file in draft.files if file.export is None and file.asked}
    copied = {path: name for path, name in delivery.copied.items() if name not in unread}
    return replace(delivery, files=draft.files, copied=copied)


def _exports(study, folder):
    """The files of a folder that can be a laboratory's: none that a study keeps, none in a hidden folder."""
    study, top = study.resolve(), folder.resolve()
    for path in exports_in(folder):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        place = top / path.relative_to(folder)
        if place.is_relative_to(study) and (not top.is_relative_to(study) or place.relative_to(study).parts[0] in KEPT):
            continue
        yield path


def _sayable(own, taken, stays):
    """The path of a file as a sheet can hold it, unlike those taken; one that `stays` where it is keeps its name."""
    *folders, name = own.parts
    if not _is_sayable(name):
        name = plain_name(Path(name).stem) + (own.suffix if _is_sayable(own.suffix) else "")
    named = Path(*(part if _is_sayable(part) else plain_name(part) for part in folders), name)
    if stays and named != own:
        raise SystemExit(
            f"{visible(own)}: no sheet can hold this name of a file; give it a plain one, or copy the files"
        )
    free, number = named, 2
    while free in taken:
        free, number = named.with_stem(f"{named.stem}-{number}"), number + 1
    taken.add(free)
    return free


def _is_sayable(part):
    return sayable(part) and "\\" not in part


def _like(other):
    """(Known, answers) of a study whose kits and words are taken over."""
    if other is None:
        return Known({}), {}
    if not (other / study_files.CONFIG).is_file():
        raise SystemExit(f"{other}/{study_files.CONFIG}: no such file; --like takes a study or a folder like one")
    sheets = dict(study_files.known(other, TAKEN_OVER).sheets)
    names = study_files.known(other, ["names"]).sheets.get("names", [])
    sheets["names"] = [row for row in names if row["scope"] == "*" and row["role"] != "sample"]
    return Known(sheets), {
        key: value for key, value in study_files.remembered(other).items() if key.startswith("samples.")
    }


# --- asking ----------------------------------------------------------------------------------------------------------


def _given(wanted):
    """The answers given in advance."""
    given = {}
    if wanted.answers:
        try:  # every answer is a text, as it is written
            given = yaml.load(wanted.answers.read_text(encoding="utf-8-sig"), yaml.BaseLoader) or {}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise SystemExit(f"{wanted.answers}: cannot be read ({error}); write lines `key: answer`") from None
        if not isinstance(given, dict):
            raise SystemExit(f"{wanted.answers}: holds no lines `key: answer`")
        if odd := [str(key) for key, value in given.items() if not isinstance(value, str)]:
            raise SystemExit(f"{wanted.answers}: {few(odd)}: write one answer, no list and no keys of its own")
    if wanted.pattern:
        given["samples.pattern"] = wanted.pattern
    return {str(key): value.strip() for key, value in given.items()}


class Answers(dict[str, str]):
    """Answers by key of their question; `wanted` are the keys that were looked for."""

    def __init__(self, *given: Mapping[str, str]) -> None:
        super().__init__({key: value for each in given for key, value in each.items()})
        self.wanted: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:  # type: ignore[override]
        self.wanted.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> str:
        self.wanted.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.wanted.add(str(key))
        return super().__contains__(key)


def _asked(known, delivery, wanted, given, remembered, first):
    """(the Draft, all answers) once no question is open; what is `given` goes before what is `remembered`."""
    answers = Answers(remembered, given)
    typed: set[str] = set()
    while True:
        try:
            for each in first:
                _check_title(answers, each.key)
            draft = drafting.draft_study(known, delivery.files, delivery.layouts, wanted.lists, answers)
        except NotReadable as error:
            raise SystemExit(error.problem.message) from None
        except ValueError as error:  # an answer that cannot be; one that was typed or is remembered is asked again
            key = error.key if isinstance(error, WrongAnswerError) else ""
            if key not in typed and (key in given or key not in remembered):
                raise SystemExit(f"{error}; nothing was written") from None
            if key in typed:
                typer.echo(f"\n{error}")
            typed.discard(key)
            del answers[key]
            continue
        questions = {each.key: each for each in first} | draft.questions
        if not (left := [each for key, each in questions.items() if key not in dict(answers)]):
            break
        found = _answered(left, wanted)
        typed |= found.keys()
        answers.update(found)
    if unknown := [key for key in given if key not in {*answers.wanted, *questions, *remembered, *CLOSED}]:
        lines = [f"  {key}{suggestion(key, [*questions, *answers.wanted])}" for key in unknown]
        lines = [
            f"{wanted.answers or '--pattern'}: no question is called",
            *lines,
            *_not_read(delivery.files),
            "nothing was written",
        ]
        raise SystemExit("\n".join(lines))
    if lines := impossible(questions, given):
        raise SystemExit(
            "\n".join(
                [f"{wanted.answers}: answers that cannot be", *(f"  {line}" for line in lines), "nothing was written"]
            )
        )
    return draft, dict(answers)


def _not_read(files):
    """A line for every file that was not read."""
    return [f"  not read: {file.problems[0].message}" for file in files if file.export is None]


def _check_title(answers, key):
    if not sayable(answers.get(key, "")):
        raise WrongAnswerError(key, answers[key], "is nothing that a page can hold")


def _answered(questions: Iterable[Question], wanted: Wanted) -> dict[str, str]:
    """Answers to open questions: by the person at the terminal, else the defaults where these were asked for."""
    quiet = {each.key: each.default or "" for each in questions if not each.asked or wanted.yes}
    asked = [each for each in questions if each.key not in quiet]
    if asked and not sys.stdin.isatty():
        print(OPEN, *map(as_line, asked), sep="\n")  # what is printed is itself a file for --answers
        raise SystemExit(1)
    return quiet | {each.key: _prompted(each) for each in asked}


def _prompted(question):
    typer.echo(f"\n{question.why}" if question.why else "")
    choice = f" ({' | '.join(question.choices)})" if question.choices else ""
    while True:
        answer = str(
            typer.prompt(
                f"{question.text}{choice}", default=question.default or "", show_default=bool(question.default)
            )
        )
        if not question.choices or answer in question.choices:
            return answer.strip()
        typer.echo(f"one of {', '.join(question.choices)}, please")


# --- placing and telling ---------------------------------------------------------------------------------------------


def _place(study: Path, folder: Path, delivery: Delivery, link: bool) -> None:
    """The exports in the study: copied, or by a link to their folder; what is there is never written over."""
    if link:
        place = study / delivery.raw
        if place.exists() or place.is_symlink():
            raise SystemExit(f"{place} is there already: name a new folder for the study")
        place.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(folder.resolve(), place, target_is_directory=True)
        return
    new = {path: study / name for path, name in delivery.copied.items() if not (study / name).exists()}
    for path, name in delivery.copied.items():
        if path not in new and (study / name).read_bytes() != path.read_bytes():
            raise SystemExit(
                f"{study / name} is there already with another content: name the folder of this delivery otherwise"
            )
    for path, target in new.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".new-{target.name}"[:250])  # a file is there whole, or not at all
        shutil.copy2(path, beside)
        beside.replace(target)


def _tell(study: Path, draft: Draft, added: dict[str, list[str]], delivery: Delivery, what: str) -> None:
    """What was read, what was drafted, what is left to do, and the next command."""
    lines = [f"read {sum(file.export is not None for file in delivery.files)} of {len(delivery.files)} files"]
    lines += _not_read(delivery.files)
    for path, rows in added.items():
        lines.append(f"{path}  +{len(rows)}")
        if what == "add":
            lines += [f"  + {row}" for row in rows[:SHOWN]]
            lines += [f"  + {len(rows) - SHOWN} more"] if len(rows) > SHOWN else []
    lines += [] if added else ["nothing new: no sheet was changed"]
    lines += [f"note  {note}" for note in (*delivery.notes, *draft.notes)]
    lines += [f"where each row comes from: {study_files.DRAFTED}; answers: {study_files.ANSWERS}"]
    print("\n".join([*lines, f"next  immunoassay check {study}"]))
