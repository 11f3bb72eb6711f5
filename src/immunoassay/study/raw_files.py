"""The study's memory of its raw files: config/raw_files.tsv holds path, checksum and size of every accepted export.

    immunoassay accept-raw STUDY

adds the exports that the plates sheet names and the list does not hold yet. It changes no row that is there: a raw file
that changed, or is gone, stops the study until it is restored, declared as a re-export, or its row is deleted by hand.

What lies in the raw folders and no row of the plates sheet names is listed when a study is loaded.
"""

import csv
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from immunoassay.files import delimited
from immunoassay.problems import Problem, StudyError
from immunoassay.study.legal_names import plain_name
from immunoassay.study.members import Sheets

LIST = "config/raw_files.tsv"
IGNORED_NAMES = (".DS_Store", "Thumbs.db", "desktop.ini")
COLUMNS = ("path", "sha256", "bytes")


def check(plates: Sequence[Mapping[str, Any]], amendments: Sequence[Mapping[str, Any]], base: Path) -> list[Problem]:
    """Problems of the raw files: changed or missing since they were accepted, or the same content under two names."""
    files = _named(plates, amendments, base)
    return _changed(base) + _twice(files, base)


def accept(
    plates: Sequence[Mapping[str, Any]], amendments: Sequence[Mapping[str, Any]], base: Path
) -> tuple[list[str], list[Problem]]:
    """(paths added, problems): new files of the sheet are added to the list, unless any file on it changed."""
    files = _named(plates, amendments, base)
    problems = check(plates, amendments, base)
    if problems:
        return [], problems
    known = _read(base)
    added = [path for path in files if path not in known]
    rows = {**known, **{path: (_sha256(base / path), (base / path).stat().st_size) for path in added}}
    _write(rows, base)
    return added, []


def _named(plates, amendments, base):
    """Every raw file the sheets name and the folder holds, once, in order of path."""
    written = [row["file"] for row in plates] + [row["from"] for row in amendments if row["what"] == "re_export"]
    paths = {str(PurePosixPath(path)) for path in written if path}
    return sorted(path for path in paths if (base / path).is_file())


def _changed(base):
    problems, known = [], _read(base)
    for path, (sha256, size) in known.items():
        place = base / path
        if not place.is_file():
            problems.append(Problem(
                "E-FILE-008", "STOP", path, f"the raw file is gone; {LIST} holds it with sha256 {sha256[:12]}…",
                "its plates would silently leave the study", f"restore it; if it was withdrawn, delete its row of {LIST}",
            ))  # fmt: skip
        elif place.stat().st_size != size or _sha256(place) != sha256:
            problems.append(
                Problem(
                    "E-FILE-007",
                    "STOP",
                    path,
                    f"its sha256 is {_sha256(place)[:12]}…, {LIST} says {sha256[:12]}…",
                    "raw data must not change after they were accepted",
                    "restore the original, or add the new file under a new name and declare it in the amendments sheet "
                    "(re_export)",
                )
            )
    return problems


def _twice(files, base):
    """Files of equal content; only files of equal size are read."""
    by_size, problems = {}, []
    for path in files:
        by_size.setdefault((base / path).stat().st_size, []).append(path)
    for size, paths in by_size.items():
        if size and len(paths) > 1:
            first = {}
            for path in paths:
                other = first.setdefault(_sha256(base / path), path)
                if other != path:
                    problems.append(Problem(
                        "E-FILE-006", "STOP", path, f"the same content as {other}",
                        "every sample in it would count twice", "delete one of the two, and its rows of the plates sheet",
                    ))  # fmt: skip
    return problems


def _read(base):
    """{path: (sha256, bytes)} of the list; empty when there is none. Raises StudyError for a row it cannot read."""
    path = base / LIST
    if not path.is_file():
        return {}
    lines = delimited.lines_of(path.read_text(encoding="utf-8"))
    rows = [cells for _, _, cells in delimited.records(lines, "\t")]
    wrong = [i for i, row in enumerate(rows, 1) if (len(row) != 3 or not row[2].isdigit()) and i > 1]
    if not rows or tuple(rows[0]) != COLUMNS or wrong:
        found = f"the columns are not {', '.join(COLUMNS)}" if not wrong else "not a path, a checksum and a size"
        fix = "restore the file as `make accept-raw` wrote it"
        row = str(wrong[0]) if wrong else "1"
        raise StudyError([Problem("E-FILE-017", "STOP", LIST, found, "raw files cannot be compared", fix, row=row)])
    return {row[0]: (row[1], int(row[2])) for row in rows[1:]}


def _write(rows, base):
    """The list in order of path; a crash leaves the old one."""
    path = base / LIST
    half = path.with_suffix(".tmp")
    with half.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((name, *rows[name]) for name in sorted(rows))
    os.replace(half, path)


def _sha256(path):
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def unclaimed_exports(config: dict[str, Any], sheets: Sheets, base: Path) -> list[Problem]:
    """Files in the raw folders that no row names: one FLAG (STOP with strict_raw) each, with a ready-made row."""
    claimed = {str(PurePosixPath(row["file"])) for row in sheets["plates"] if row["file"]}
    claimed |= {str(PurePosixPath(row["from"])) for row in sheets["amendments"] if row["what"] == "re_export"}
    claimed |= {
        str(PurePosixPath(row["layout"])) for row in sheets["plates"] if row["layout"]
    }  # may lie beside exports
    problems = []
    for folder in config["raw_folders"]:
        for path in exports_in(base / folder):
            name = path.relative_to(base).as_posix()
            if name in claimed:
                continue
            problems.append(Problem(
                "W-RAW-001", "STOP" if config["strict_raw"] else "FLAG", name,
                "no row of the plates sheet names this export", "it is not part of the study",
                f"add a row such as: {plain_name(path.stem)} <TAB> BATCH <TAB> PANEL <TAB> {name}, or move the file away",
            ))  # fmt: skip
    return problems


def left_behind(config: dict[str, Any], base: Path) -> list[Problem]:
    """One FLAG for the files that operating systems and Excel left in the raw folders: they are not read."""
    names = {
        path.relative_to(base).as_posix()
        for folder in config["raw_folders"]
        for path in set((base / folder).rglob("*")) - set(exports_in(base / folder))
        if path.is_file()
    }
    if not names:
        return []
    return [Problem(
        "W-FILE-011", "FLAG", ", ".join(config["raw_folders"]), f"not read: {', '.join(sorted(names))}",
        "they look like temporary or hidden files", "nothing, or delete them",
    )]  # fmt: skip


def exports_in(folder: Path) -> list[Path]:
    """The files of a folder and those below it, sorted, without what operating systems and Excel leave there."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path for path in paths if path.name not in IGNORED_NAMES and not path.name.startswith(("~$", "."))]
