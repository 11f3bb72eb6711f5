"""The only module that sees the snakemake object: the log and the check that the right library is imported."""

import logging
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path

from immunoassay.problems import StudyError


@contextmanager
def job(snakemake):
    """Run a script's work: log to the rule's log and to stderr.

    A StudyError ends the job with its message and no traceback; any other error is logged with its traceback.
    """
    log = logging.getLogger(snakemake.rule)
    handlers = [
        logging.StreamHandler(sys.stderr),
        logging.FileHandler(snakemake.log[0], mode="w", encoding="utf-8"),
    ]
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, handlers=handlers, force=True)
    logging.captureWarnings(True)
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # hundreds of lines for every PDF
    _check_library()
    log.info("wildcards %s", dict(snakemake.wildcards.items()))
    try:
        yield log
    except StudyError as error:
        log.error("%s", error)
        raise SystemExit(1) from None
    except Exception:
        log.error("failed\n%s", traceback.format_exc())
        raise
    log.info("done")


def _check_library():
    """The library is the one that came with the scripts; an installed package of the same name would not be tracked."""
    here = Path(__file__).resolve().parent
    if {"site-packages", "dist-packages"} & set(here.parts):
        raise ImportError(f"the library in {here} is an installed one; uninstall it, the workflow brings its own")
