"""What Python imports before a script, where `fork_server.start` has put this folder on its path: a job is handed over here.

What Snakemake writes before a script imports Snakemake itself, which takes longer than many a job. Any other Python that
inherits the path goes on with the module of this name that its machine may have.
"""

import os
import sys
from contextlib import suppress

OURS = b"\nfrom immunoassay.jobs import "  # the first import of every script of a job


def _is_job(arguments):
    """Whether Python was called with nothing but a script of a job."""
    if len(arguments) != 1 or not os.path.isfile(arguments[0]):
        return False
    with open(arguments[0], "rb") as script:
        return OURS in script.read()


if _is_job(sys.orig_argv[1:]):
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # without a word, also while the rest is imported
    from immunoassay.jobs import knocking

    knocking.hand_over(sys.orig_argv[1:])

sys.path[:] = [folder for folder in sys.path if folder != os.path.dirname(__file__)]
own = sys.modules.pop(__name__)
with suppress(ModuleNotFoundError):
    import sitecustomize  # noqa: F401 - the next one
sys.modules.setdefault(__name__, own)
