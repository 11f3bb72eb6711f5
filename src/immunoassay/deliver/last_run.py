"""What a run changed since the run before it: reported results and verdicts, old, new and why.

results/ follows from the inputs alone, whatever ran before. What follows from the runs is beside it, in records/: the tables
that the last whole run left, and what the last run that changed any of them changed.
"""

import filecmp
import os
import shutil
import sys
from pathlib import Path

import pandas as pd
from immunoassay.jobs import fingerprint
from immunoassay import tables
from immunoassay.deliver import what_changed

LEFT = "records/last_run"
CHANGED = "records/what_changed.tsv"
COMPARED = ("study/results.tsv", "study/attempts.tsv")
KEPT = (*COMPARED, fingerprint.RUN.removeprefix("results/"))  # with the record of inputs, which says why


def note(study: str | Path = ".") -> pd.DataFrame | None:
    """The `what_changed` table of the run that has just ended well, also written to CHANGED; None where it changed nothing.

    None too after a run of some steps only, and after the first one. LEFT then holds what this run left. A folder that
    cannot be written is said on stderr and spoils no results.
    """
    try:
        return _note(Path(study))
    except OSError as error:
        print(f"what this run changed is not in {CHANGED}: {error}", file=sys.stderr)
        return None


def _note(study):
    results, left = study / "results", study / LEFT
    if not fingerprint.last_run(study) or any(fingerprint.changed_since(study)):
        return None
    changes = None
    if left.is_dir():
        if _same(results, left, KEPT):
            return None
        if not _same(results, left, COMPARED):
            changes = what_changed.reported(left, results)
            tables.write_text(changes, "what_changed", study / CHANGED)
    _keep(results, left)
    return changes


def _same(one, other, files):
    return all(filecmp.cmp(one / file, other / file, shallow=False) for file in files)


def _keep(results, left):
    """Put the files beside and then in the place of those kept, so that a crash leaves no mixture."""
    half = left.with_name(f".{left.name}.unfinished")
    shutil.rmtree(half, ignore_errors=True)
    for file in KEPT:
        (half / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(results / file, half / file)
    if left.is_dir():
        shutil.rmtree(left)
    os.rename(half, left)
