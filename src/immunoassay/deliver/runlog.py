"""The log of every run: one line of JSON each in records/runs.jsonl, chained by checksums so that no line can be changed,
removed or put in between unseen.

Lines cut off at the end leave a valid shorter chain: who must prove completeness keeps the last checksum
elsewhere (it is printed). The log holds times and is not part of the results.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from immunoassay.jobs.fingerprint import sha256

LOG = "records/runs.jsonl"
BLINDING = Path("results/provenance/blinding.json")
FIRST = "0" * 64  # what the first line follows


def facts(
    config: dict, files: Iterable[str | Path], library: str, version: str, plan: str = "", opened: bool = False
) -> dict:
    """What a run rested on and gave: checksums of config, sheets and raw files (`files`), library, result table and `plan`.

    `opened`: whether the sheet that ends the blinding was there. A file that cannot be read is None.
    """
    made = Path("results/study/results.tsv")
    return {
        "version": version,
        "library": library,
        "config": hashlib.sha256(_canonical(config)).hexdigest(),
        "files": {str(path): sha256(path) if Path(path).is_file() else None for path in sorted(set(files))},
        "results": sha256(made) if made.is_file() else None,
        "plan": plan,
        "opened": _opened() if opened else None,
    }


def append(study: str | Path, outcome: str, found: dict) -> str:
    """Add a line to the log of the study folder and flush it to the disk; returns its checksum. Raises OSError."""
    path = Path(study) / LOG
    path.parent.mkdir(exist_ok=True)
    lines = path.read_bytes() if path.is_file() else b""
    whole = [line for line in lines.split(b"\n") if _entry(line)]
    entry = {
        "previous": json.loads(whole[-1])["checksum"] if whole else FIRST,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "outcome": outcome,
        **found,
    }
    entry["checksum"] = _checksum(entry)
    with path.open("ab") as handle:
        # a line that a crash left unfinished stays, as evidence, and the next one begins anew
        handle.write((b"\n" if lines and not lines.endswith(b"\n") else b"") + _canonical(entry) + b"\n")
        handle.flush()
        os.fsync(handle.fileno())
    return entry["checksum"]


def entries(study: str | Path) -> list[dict]:
    """The entries of the log of the study folder, from the first; what is no whole entry is left out."""
    path = Path(study) / LOG
    lines = path.read_bytes().split(b"\n") if path.is_file() else []
    return [entry for line in lines if (entry := _entry(line))]


def verify(study: str | Path) -> tuple[int, str, list[str]]:
    """(number of runs, last checksum, what is wrong in words) of the log of the study folder."""
    path = Path(study) / LOG
    if not path.is_file():
        return 0, FIRST, []
    previous, wrong, count = FIRST, [], 0
    for number, line in enumerate(path.read_bytes().rstrip(b"\n").split(b"\n"), 1):
        entry = _entry(line)
        if entry is None:
            wrong.append(
                f"line {number} is not a whole entry (a run was cut off while it was written, or it was changed)"
            )
            continue
        count += 1
        if entry["checksum"] != _checksum(entry):
            wrong.append(f"line {number} ({entry.get('time')}) was changed: its checksum does not fit")
        if entry["previous"] != previous:
            wrong.append(
                f"line {number} ({entry.get('time')}) does not follow the one before it: lines were removed or added"
            )
        previous = entry["checksum"]
    return count, previous, wrong


def record(study: str | Path, outcome: str, found: dict) -> None:
    """`append` for the end of a run: a log that cannot be written is said on stderr and spoils no results."""
    try:
        append(study, outcome, found)
    except OSError as error:
        print(f"the run is not in {LOG}: {error}", file=sys.stderr)


def _opened():
    """The day on which a run first saw what ends the blinding, as its job found it; today where the job did not come to it."""
    if BLINDING.is_file() and (day := json.loads(BLINDING.read_text(encoding="utf-8"))["opened"]):
        return day
    return datetime.now(UTC).date().isoformat()


def _entry(line):
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and {"previous", "checksum"} <= set(entry) else None


def _checksum(entry):
    return hashlib.sha256(_canonical({key: value for key, value in entry.items() if key != "checksum"})).hexdigest()


def _canonical(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
