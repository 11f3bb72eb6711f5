"""Faults of the disk that the user can mend."""

import errno
import tempfile
from pathlib import Path

from immunoassay.problems import Problem, StudyError

# What to do about each.
DISK = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "make room (or raise the quota), then run again"),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), "allow writing there, then run again"),
}


def check_writable(*folders: str | Path) -> None:
    """End a run that is about to start where nothing can be written: one line for every folder, and no job begins.

    A folder that is not there yet is made. Raises SystemExit.
    """
    problems = []
    for folder in folders:
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"\0")
        except OSError as error:
            found, fix = f"nothing can be written there ({error.strerror})", DISK.get(error.errno or 0, "mend the disk")
            problems.append(Problem("E-DISK-001", "STOP", str(folder), found, "no step could keep its results", fix))
    if problems:
        raise SystemExit(str(StudyError(problems)))
