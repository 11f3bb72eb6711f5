"""The main process plans a run once and leaves its plan for the processes of the jobs, which look at no sheet.

The plan is a file in the study's hidden folder, written by the software that reads it.
"""

import os
import pickle
from pathlib import Path
from typing import Any

HIDDEN = ".snakemake/immunoassay"


def leave(plan: object, name: str, base: str | Path = ".", locked: bool = False) -> None:
    """Write the plan where jobs find it.

    While another run goes on in the folder its jobs keep theirs and nothing is written; `locked` says the run is ours.
    """
    if not locked and any((Path(base) / ".snakemake/locks").glob("*")):
        return
    keep(_file(name, base), pickle.dumps(plan))


def keep(file: Path, content: bytes) -> None:
    """Write a file that other processes may look for: it is whole or not there. Makes its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}")
    part.write_bytes(content)
    part.replace(file)


def take(name: str, base: str | Path = ".") -> Any:
    """The plan that the main process left. Raises OSError where there is none."""
    return pickle.loads(_file(name, base).read_bytes())


def _file(name, base):
    return Path(base) / HIDDEN / f"{name}.plan"
