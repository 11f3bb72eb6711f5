"""The content of a file as its sha256, remembered while its size, times and inode stay the same."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from immunoassay.jobs import handover
from immunoassay.problems import Problem, StudyError

MADE = ".snakemake/immunoassay/made"  # what every job wrote last, one file per job
REMEMBERED = ".snakemake/immunoassay/sha256.json"  # in the folder of the study; it may be deleted at any time


RUN = "results/provenance/run.json"


def sha256(path: str | Path) -> str:
    """Checksum of a file, read in pieces."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def checksums(paths: Iterable[str | Path], base: str | Path = ".") -> dict[str, str | None]:
    """{path: sha256} of files, by their paths relative to the study `base`; None for a file that is not there.

    What is known of an unchanged file is not read again. A memory that is damaged or cannot be written is no memory.
    """
    return remembered(paths, sha256, base, REMEMBERED)


def remembered(
    paths: Iterable[str | Path], made: Callable[[Path], Any], base: str | Path, memory: str, stamp: str = ""
) -> dict[str, Any]:
    """{path: made(file)} of files relative to `base`, JSON values; None for a file that is not there.

    What was made of a file whose size, times and inode are the same is taken from the file `memory` in `base`, unless it
    was made with another `stamp`: what stands for the software that makes it.
    """
    base = Path(base)
    known, found = _remembered(base / memory), {}
    fresh = dict(known)
    for path in sorted(set(map(str, paths))):
        try:
            stat = os.stat(base / path)
            state = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, stamp]
            if fresh.get(path, [None])[0] != state:
                fresh[path] = [state, made(base / path)]
            found[path] = fresh[path][1]
        except OSError:
            found[path] = None
    if fresh != known:
        _remember(base / memory, fresh)
    return found


def require_unchanged(files: Mapping[str, str], base: str | Path = ".") -> None:
    """Raise StudyError naming every file of {path: sha256} that is no longer the one the run was planned with."""
    base = Path(base)
    changed = [path for path, known in files.items() if not (base / path).is_file() or sha256(base / path) != known]
    found, why = "the file changed while the run was going on", "the results would mix two versions of it"
    fix = "run again when nothing writes it any more"
    if changed:
        raise StudyError([Problem("E-RUN-003", "STOP", path, found, why, fix) for path in changed])


def record(name: str | Path, paths: Iterable[str | Path]) -> None:
    """Remember what the job `name` (a path) has made: the checksums of its files."""
    file = Path(MADE) / f"{str(name).replace('/', '__')}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    made = {str(path): sha256(path) for path in paths if Path(path).is_file()}
    file.write_text(json.dumps(made), encoding="utf-8")


def as_made(paths: Iterable[str | Path]) -> dict[str, str]:
    """{path: sha256} of files as the jobs wrote them, whatever became of them; as they are where nothing is remembered."""
    made: dict[str, str] = {}
    for file in sorted(Path(MADE).glob("*.json")):
        try:
            made |= json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError):
            continue
    return {path: made.get(path) or sha256(path) for path in sorted(set(map(str, paths)))}


def last_run(base: str | Path = ".") -> dict[str, Any]:
    """The provenance file of the last whole run as it stands; empty where it is missing or damaged."""
    try:
        known = json.loads((Path(base) / RUN).read_text(encoding="utf-8"))
        return known if isinstance(known, dict) else {}
    except (OSError, ValueError):
        return {}


def changed_since(base: str | Path = ".") -> tuple[list[str], list[str]]:
    """(inputs, results) whose content is no longer that of the last whole run, as its provenance file has it.

    Inputs are sheets, layouts and raw files, the missing ones too; results are files that are there and differ, so that
    somebody or something has changed them.
    """
    known = last_run(base)
    try:
        inputs, made = (
            {row["path"]: row["sha256"] for name in names for row in known[name]}
            for names in (("sheets", "layouts", "raw_files"), ("results",))
        )
    except (KeyError, TypeError):
        return [], []
    now = checksums([*inputs, *made], base)
    changed = [path for path in made if now[path] is not None and now[path] != made[path]]
    return [path for path in inputs if now[path] != inputs[path]], changed


def changed_results(base: str | Path = ".") -> list[Problem]:
    """A FLAG for every result that was changed after the run that made it.

    None while inputs have changed since: a run of some steps may have made such a result anew.
    """
    inputs, made = changed_since(base)
    if inputs:
        return []
    found, why = "its content is not what the run wrote", "a number in it may be nobody's result"
    fix = "delete it and run again; what must differ belongs into a sheet or an amendment"
    return [Problem("E-RUN-005", "FLAG", path, found, why, fix) for path in made]


def _remembered(file):
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
        return {path: [state, known] for path, (state, known) in entries.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _remember(file, entries):
    with suppress(OSError):  # only slower without it
        handover.keep(file, json.dumps(entries).encode())
