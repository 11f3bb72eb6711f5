"""The only module that sees the snakemake object: the log and the check that the right library is imported."""

import errno
import gc
import logging
import resource
import sys
import tempfile
import traceback
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from immunoassay.problems import Problem, StudyError

# Faults of the disk that the user can mend: what to do about each.
DISK = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "make room (or raise the quota), then run again"),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), "allow writing there, then run again"),
}


@contextmanager
def job(snakemake):
    """Run a script's work: log to the rule's log and to stderr. Gives (the log, what the rule is given).

    A StudyError, and a disk that is full or cannot be written, end the job with their message and no traceback; any other
    error is logged with its traceback. Snakemake removes the outputs of a job that ended so.
    """
    log = logging.getLogger(snakemake.rule)
    handlers = [
        logging.StreamHandler(sys.stderr),
        logging.FileHandler(snakemake.log[0], mode="w", encoding="utf-8"),
    ]
    handlers[0].addFilter(lambda record: not record.exc_info)  # a fault that was met and dealt with: for the log only
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, handlers=handlers, force=True)
    logging.captureWarnings(True)
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # hundreds of lines for every PDF
    _check_library()
    gc.freeze()  # what the imports made lives as long as the process; looking through it again and again costs a tenth
    log.info("wildcards %s", dict(snakemake.wildcards.items()))
    try:
        yield log, SimpleNamespace(**snakemake.params.given)
    except StudyError as error:
        log.error("%s", error)
        raise SystemExit(1) from None
    except OSError as error:
        if error.errno not in DISK:
            log.error("failed\n%s", traceback.format_exc())
            raise
        place = error.filename or ", ".join(map(str, snakemake.output))
        log.error("E-DISK-001 %s: %s – nothing of this step was kept – %s.", place, error.strerror, DISK[error.errno])
        raise SystemExit(1) from None
    except Exception:
        log.error("failed\n%s", traceback.format_exc())
        raise
    used = resource.getrusage(resource.RUSAGE_SELF)
    log.info("done: %.1f s of processor time, peak memory %d MiB", used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def check_writable(*folders):
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
            found, fix = f"nothing can be written there ({error.strerror})", DISK.get(error.errno, "mend the disk")
            problems.append(Problem("E-DISK-001", "STOP", folder, found, "no step could keep its results", fix))
    if problems:
        raise SystemExit(str(StudyError(problems)))


def _check_library():
    """The library is the one that came with the scripts; an installed package of the same name would not be tracked."""
    here = Path(__file__).resolve().parent
    if {"site-packages", "dist-packages"} & set(here.parts):
        raise ImportError(f"the library in {here} is an installed one; uninstall it, the workflow brings its own")
