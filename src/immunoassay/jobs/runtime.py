"""The only module that sees the snakemake object: threads, the log, and what a job that failed says."""

import gc
import logging
import os
import resource
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from immunoassay.jobs import fork_server, knocking

os.environ.update(fork_server.ONE_THREAD)

if hasattr(sys.modules["__main__"], "snakemake"):
    knocking.hand_over(sys.argv)

from immunoassay.jobs import fingerprint
from immunoassay.jobs.disk import DISK
from immunoassay.problems import StudyError


@contextmanager
def job(snakemake: Any) -> Iterator[tuple[logging.Logger, SimpleNamespace]]:
    """Run a script's work and log to the rule's log. Gives (the log, what the rule is given).

    A StudyError, and a disk that is full or cannot be written, end the job with their message and no traceback; any other
    error is logged with its traceback. All of it is in the log, which is shown when the job has failed; the screen is the
    run's. Snakemake removes the outputs of a job that ended so. The checksums of what a job made are remembered, so that
    a change by hand is never taken for its work.
    """
    log = logging.getLogger(snakemake.rule)
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    file = {"filename": snakemake.log[0], "filemode": "w", "encoding": "utf-8"}
    logging.basicConfig(level=logging.INFO, format=form, force=True, **file)
    logging.captureWarnings(True)
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # hundreds of lines for every PDF
    gc.freeze()  # what the imports made lives as long as the process; looking through it again and again costs a tenth
    log.info("wildcards %s", dict(snakemake.wildcards.items()))
    try:
        given = {name: value for name, value in snakemake.params.given.items() if name != "code"}
        yield log, SimpleNamespace(**given)
        fingerprint.record(snakemake.log[0], snakemake.output)
    except StudyError as error:
        log.error("%s", error)
        raise SystemExit(1) from None
    except OSError as error:
        if error.errno not in DISK:
            log.error("failed\n%s", traceback.format_exc())
            raise SystemExit(1) from None
        place = error.filename or ", ".join(map(str, snakemake.output))
        message = f"E-DISK-001 {place}: {error.strerror} – nothing of this step was kept – {DISK[error.errno]}."
        log.error("%s", message)
        print(message, file=sys.stderr)  # the log may lie on that disk
        raise SystemExit(1) from None
    except Exception:
        log.error("failed\n%s", traceback.format_exc())
        raise SystemExit(1) from None
    used = resource.getrusage(resource.RUSAGE_SELF)
    log.info("done: %.1f s of processor time, peak memory %d MiB", used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
