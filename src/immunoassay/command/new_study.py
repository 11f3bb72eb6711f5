"""`new` and `add`: exports and lists become the sheets of a study; what only a person knows is asked, or answered in a file."""

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer
import yaml
from immunoassay.drafts import drafting, lab_layouts, scan, study_files
from immunoassay.drafts.draft import Draft, Known, Lists
from immunoassay.drafts.questions import Question, impossible
from immunoassay.files.house import RESOURCES
from immunoassay.readers.export import NotReadable
from immunoassay.study import vocabulary
from immunoassay.study.load import exports_in, plain_name
from immunoassay.study.similar_names import suggestion

UNKNOWN = ("E-FILE-009", "E-DLV-001", "E-READ-001")  # codes of files that are no exports at all
SHOWN = 8  # rows of a sheet, or notes, on the screen
TAKEN_OVER = ("panels", "analytes", "materials", "scales")  # sheets of a study to be like
OWN_RAW = "raw"
LAYOUTS = "config/layouts"


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
    known, remembered = _like(wanted.like)
    raw = _raw(folder, wanted.link)
    files, layouts, copied = _scanned(study, folder, raw)
    title = Question("study.title", "title of the study", (), study.resolve().name, "it stands on every page")
    draft, answers = _asked(known, files, layouts, wanted, _given(wanted), remembered, [title])
    _place(study, folder, raw, copied, wanted.link)
    study_files.write_config(study, answers["study.title"], [raw] if wanted.link else [OWN_RAW])
    if wanted.like:
        _take_over(wanted.like, study, known, draft)
    _tell(study, draft, study_files.write(study, draft, answers, wanted.workbook), files, "new")


def add(study: Path, folder: Path, wanted: Wanted) -> None:
    """Draft what a delivery adds to a study: a batch, its plates, new names and lots; no row that is there changes."""
    if not (study / study_files.CONFIG).is_file():
        raise SystemExit(
            f"{study}/{study_files.CONFIG}: no such file; begin with `immunoassay new {study} --from {folder}`"
        )
    known = study_files.known(study)
    raw = _raw(folder, link=False)
    files, layouts, copied = _scanned(study, folder, raw)
    remembered = study_files.remembered(study)
    draft, answers = _asked(known, files, layouts, wanted, _given(wanted), remembered, [])
    _place(study, folder, raw, copied, link=False)
    _tell(study, draft, study_files.write(study, draft, answers), files, "add")


# --- reading ---------------------------------------------------------------------------------------------------------


def _raw(folder, link):
    """Where a delivery lies in the study: its folder in raw/, or, of a folder of deliveries, each of these."""
    alone = link or not folder.is_dir() or any(path.is_file() for path in folder.iterdir())
    return f"{OWN_RAW}/{plain_name(folder.resolve().name)}" if alone else OWN_RAW


def _scanned(study, folder, raw):
    """(scanned files, layouts, {file: its path in the study}) of a folder; one that lies in the study stays where it is."""
    if not folder.is_dir():
        raise SystemExit(f"{folder}: no such folder; name the one the exports are in")
    inside = folder.resolve().is_relative_to(study.resolve())
    files, layouts, copied = [], [], {}
    for path in exports_in(folder):
        own = path.resolve().relative_to(study.resolve()) if inside else Path(raw) / path.relative_to(folder)
        file = scan.scan(path, own.as_posix())
        layout = lab_layouts.read_layout(path, own.as_posix()) if file.export is None else None
        own = Path(LAYOUTS) / path.name if layout and not inside else own
        files += [] if layout else [file]
        layouts += [layout] if layout else []
        if not inside and (layout or file.export is not None or file.problems[0].code not in UNKNOWN):
            copied[path] = own.as_posix()
    if not any(file.export for file in files):
        lines = [f"  {problem.message}" for file in files for problem in file.problems[:1]]
        raise SystemExit("\n".join([f"{folder}: no export that can be read", *lines]))
    return files, layouts, copied


def _like(other):
    """(Known, answers) of a study whose kits and words are taken over."""
    if other is None:
        return Known({}), {}
    if not (other / study_files.CONFIG).is_file():
        raise SystemExit(f"{other}/{study_files.CONFIG}: no such file; --like takes a study or a folder like one")
    sheets = dict(study_files.known(other, TAKEN_OVER).sheets)
    names = study_files.known(other, ["names"]).sheets.get("names", [])
    sheets["names"] = [row for row in names if row["scope"] == "*"]
    return Known(sheets), {
        key: value for key, value in study_files.remembered(other).items() if key.startswith("samples.")
    }


def _take_over(other, study, known, draft):
    """The rows, criteria and look of the other study, as they are there."""
    taken = Draft(Known({}), {})
    for sheet, rows in known.sheets.items():
        for row in rows:
            taken.add(sheet, {column: value for column, value in row.items() if column != "_row"}, str(other))
    study_files.write(study, taken, {})
    if (other / study_files.CRITERIA).is_dir():
        shutil.copytree(other / study_files.CRITERIA, study / study_files.CRITERIA, dirs_exist_ok=True)


# --- asking ----------------------------------------------------------------------------------------------------------


def _given(wanted):
    """The answers given in advance."""
    given = {}
    if wanted.answers:
        try:
            given = yaml.load(wanted.answers.read_text(encoding="utf-8"), yaml.BaseLoader) or {}  # yes is a text here
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise SystemExit(f"{wanted.answers}: cannot be read ({error}); write lines `key: answer`") from None
        if not isinstance(given, dict):
            raise SystemExit(f"{wanted.answers}: holds no lines `key: answer`")
    if wanted.pattern:
        given["samples.pattern"] = wanted.pattern
    return {str(key): str(value) for key, value in given.items()}


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


def _asked(known, files, layouts, wanted, given, remembered, first):
    """(the Draft, all answers) once no question is open; what is `given` goes before what is `remembered`."""
    answers, units = Answers(remembered, given), vocabulary.units(RESOURCES["units"])
    strict = vocabulary.criteria(RESOURCES["criteria/ich_m10_lba"])["controls"]["min_levels"]
    while True:
        try:
            draft = drafting.draft_study(known, files, layouts, wanted.lists, units, strict, answers)
        except NotReadable as error:
            raise SystemExit(error.problem.message) from None
        except ValueError as error:  # an answer that cannot be
            raise SystemExit(f"{error}; nothing was written") from None
        questions = {each.key: each for each in first} | draft.questions
        if not (left := [each for key, each in questions.items() if key not in dict(answers)]):
            break
        answers.update(_answered(left, wanted))
    if unknown := [
        key for key in given if key not in answers.wanted and key not in questions and key not in remembered
    ]:
        lines = [f"  {key}{suggestion(key, [*questions, *answers.wanted])}" for key in unknown]
        lines = [f"{wanted.answers}: no question is called", *lines, *_not_read(files), "nothing was written"]
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


def _answered(questions: Iterable[Question], wanted: Wanted) -> dict[str, str]:
    """Answers to open questions: by the person at the terminal, else the defaults where these were asked for."""
    quiet = {each.key: each.default or "" for each in questions if not each.asked or wanted.yes}
    asked = [each for each in questions if each.key not in quiet]
    if asked and not sys.stdin.isatty():
        lines = ["only a person knows this: answer in a file (--answers), or take what is proposed (--yes)", ""]
        lines += [
            f"{each.key}: {each.default or ''}  # {each.text}" + (f" – {each.why}" if each.why else "")
            for each in asked
        ]
        raise SystemExit("\n".join(lines))
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


def _place(study: Path, folder: Path, raw: str, copied: Mapping[Path, str], link: bool) -> None:
    """The exports in the study: copied, or by a link to their folder; what is there is never written over."""
    if link:
        (study / raw).parent.mkdir(parents=True, exist_ok=True)
        os.symlink(folder.resolve(), study / raw, target_is_directory=True)
        return
    for path, name in copied.items():
        target = study / name
        if target.exists() and target.read_bytes() != path.read_bytes():
            raise SystemExit(
                f"{target} is there already with another content: name the folder of this delivery otherwise"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copy2(path, target)


def _tell(study: Path, draft: Draft, added: dict[str, list[str]], files: list[scan.Scanned], what: str) -> None:
    """What was read, what was drafted, what is left to do, and the next command."""
    read = [file for file in files if file.export is not None]
    print(f"read {len(read)} of {len(files)} files")
    print("\n".join(_not_read(files)), end="\n" if len(read) < len(files) else "")
    for path, lines in added.items():
        print(f"{path}  +{len(lines)}")
        if what == "add":
            print("\n".join(f"  + {line}" for line in lines[:SHOWN]))
            print(
                f"  + {len(lines) - SHOWN} more" if len(lines) > SHOWN else "", end="\n" if len(lines) > SHOWN else ""
            )
    print("\n".join(f"note  {note}" for note in draft.notes))
    print(f"where each row comes from: {study_files.DRAFTED}; answers: {study_files.ANSWERS}")
    print(f"next  immunoassay check {study}")
