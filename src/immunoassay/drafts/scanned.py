"""Exports as they were found: each file with its checksum and what was read of it, or why nothing was."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from immunoassay.jobs import fingerprint
from immunoassay.files.house import RESOURCES
from immunoassay.readers import open_export, recognition
from immunoassay.readers.deliveries.result_columns import Answers
from immunoassay.readers.export import NotReadable
from immunoassay.study import vocabulary
from immunoassay.study.legal_names import plain_name


@dataclass
class Scanned:
    """One file: its name in the study, its checksum, and what was read, or the Problems why not."""

    name: str
    sha256: str
    export: Any = None  # Export or ResultTable
    problems: tuple = ()


def scan(path: Path, name: str) -> Scanned:
    """The Scanned of one file, called `name` in messages."""
    checksum = ""
    try:
        data = open_export.contents(path, name)
        checksum = hashlib.sha256(data).hexdigest()
        return Scanned(
            name, checksum, export=recognition.read_source(open_export.open_bytes(name, data), answers=_answers(name))
        )
    except NotReadable as error:
        return Scanned(name, checksum, problems=(error.problem, *error.others))


def contents(study: Path, files: Iterable[str]) -> dict[str, str]:
    """{checksum: file} of those files of a study that are there."""
    return {fingerprint.sha256(study / name): name for name in files if (study / name).is_file()}


def _answers(name):
    """What is known of a table of results that no sheet speaks of: the vocabularies, and the name its row would have."""
    words, units = vocabulary.state_words(RESOURCES["state_words"]), vocabulary.units(RESOURCES["units"])
    return Answers(plain_name(Path(name).stem), (), words, units)
