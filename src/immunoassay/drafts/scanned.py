"""Exports as they were found: each file with its checksum and what was read of it, or why nothing was."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from immunoassay.jobs import fingerprint
from immunoassay.files.house import RESOURCES
from immunoassay.readers import open_export, recognition, registry
from immunoassay.readers.deliveries.column_questions import Asked, NotSaid
from immunoassay.readers.deliveries.result_columns import Answers
from immunoassay.readers.export import NotReadable
from immunoassay.study import vocabulary
from immunoassay.study.legal_names import plain_name

BY_WELL = "E-READ-011"  # code of concentrations by well, which are no signals


@dataclass
class Scanned:
    """One file: its name in the study, its checksum, and what was read, or the Problems why not; of a table of results
    whose columns are not known, what is `asked` about them, and whether it is `sure` to be one."""

    name: str
    sha256: str
    export: Any = None  # Export or ResultTable
    problems: tuple = ()
    path: Path = Path()
    asked: tuple[Asked, ...] = ()
    sure: bool = True


def scan(path: Path, name: str, columns: Sequence[Mapping[str, Any]] = ()) -> Scanned:
    """The Scanned of one file, called `name` in messages; `columns` (column, meaning) say what its columns are, as a table
    of results."""
    checksum, data = "", b""
    try:
        data = open_export.contents(path, name)
        checksum = hashlib.sha256(data).hexdigest()
        source, family = open_export.open_bytes(name, data), registry.TABLE if columns else None
        return Scanned(name, checksum, recognition.read_source(source, family, _answers(name, columns)), path=path)
    except NotSaid as error:
        return Scanned(name, checksum, None, (error.problem, *error.others), path, error.asked, error.sure)
    except NotReadable as error:
        asked = _asked_by_well(name, data) if error.problem.code == BY_WELL else ()
        return Scanned(name, checksum, None, (error.problem, *error.others), path, asked, sure=not asked)


def contents(study: Path, files: Iterable[str]) -> dict[str, str]:
    """{checksum: file} of those files of a study that are there."""
    return {fingerprint.sha256(study / name): name for name in files if (study / name).is_file()}


def _asked_by_well(name, data):
    """What is asked of a table of concentrations by well, as one of results."""
    try:
        recognition.read_source(open_export.open_bytes(name, data), registry.TABLE, _answers(name, ()))
    except NotSaid as error:
        return error.asked
    except NotReadable:
        pass
    return ()


def _answers(name, columns):
    """What is known of a table of results: what was said of its columns, the vocabularies, and the name its row would have."""
    words, units = vocabulary.state_words(RESOURCES["state_words"]), vocabulary.units(RESOURCES["units"])
    scope = plain_name(Path(name).stem)
    rows = tuple({"row": 0, "scope": scope, "word": "", "analyte": "", "unit": "", **row} for row in columns)
    return Answers(scope, rows, words, units)
