"""A frozen copy of what a study reported: releases/NAME, never overwritten, with the checksum of every file."""

import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

from immunoassay.jobs.fingerprint import changed_results, sha256
from immunoassay.problems import Problem, StudyError

TABLES = (
    "study/results.tsv",
    "study/attempts.tsv",
    "study/ledger.tsv",
    "study/amendments.tsv",
    "study/approvals.tsv",
    "study/problems.tsv",
    "study/controls.tsv",
    "study/control_lots.tsv",
    "study/lloq_levels.tsv",
    "study/lloq_proposals.tsv",
    "study/bridging.tsv",
    "study/repeats.tsv",
    "study/shared_samples.tsv",
)
FOLDERS = ("statistics", "figures")  # their tables; a picture follows from its table
OTHER = ("provenance/run.json", "deliverables/study.xlsx", "deliverables/methods.md")
CHECKSUMS = "SHA256SUMS"


def files(results: str | Path) -> list[str]:
    """Files of the results folder that a release holds, relative to it, in order."""
    results = Path(results)
    tables = [path for folder in FOLDERS for path in sorted((results / folder).glob("*.tsv"))]
    return [*TABLES, *OTHER, *(path.relative_to(results).as_posix() for path in tables)]


def freeze(study: str | Path, name: str) -> Path:
    """Copy the results of the study folder to releases/NAME; returns the folder. Raises SystemExit with the reason."""
    study = Path(study)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise SystemExit(
            f'"{name}" is no name of a release; use letters, digits, dot, dash and underscore (NAME=2025-10)'
        )
    target = study / "releases" / name
    if target.exists():
        raise SystemExit(f"releases/{name} is there already; a release is never overwritten, choose another name")
    absent = [path for path in files(study / "results") if not (study / "results" / path).is_file()]
    if absent:
        raise SystemExit(f"the results are not complete, {absent[0]} is missing; run the study first")
    changed = [replace(problem, level="STOP") for problem in changed_results(study)]
    if changed:
        raise SystemExit(str(StudyError(changed)))
    half = target.with_name(f".{name}.unfinished")
    shutil.rmtree(half, ignore_errors=True)
    sums = []
    for path in files(study / "results"):
        (half / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(study / "results" / path, half / path)
        sums.append(f"{sha256(half / path)}  {path}\n")
    (half / CHECKSUMS).write_text("".join(sums), encoding="utf-8")
    os.rename(half, target)
    return target


def verify(folder: str | Path) -> None:
    """Raises StudyError where files of a release are missing or no longer what was frozen."""
    folder, wrong = Path(folder), []
    for line in (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines():
        checksum, path = line.split("  ", 1)
        if not (folder / path).is_file() or sha256(folder / path) != checksum:
            wrong.append(path)
    if wrong:
        found, why = f"not what was frozen: {', '.join(wrong)}", "it proves nothing any more"
        raise StudyError([Problem("E-REL-001", "STOP", str(folder), found, why, "restore the release")])
