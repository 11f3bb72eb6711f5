"""Snakemake that has been imported once and plans many times: each plan is a fork, so that nothing of one reaches another.

Run as a program it reads requests, a line of JSON each, and answers each with its exit code; the package of the workflow is
not imported before a fork, as tests edit it.
"""

import atexit
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path


def plan(command, environment):
    """(exit code, text of both streams) of a command `python -m snakemake ... -n`."""
    with tempfile.TemporaryDirectory() as folder:
        streams = [str(Path(folder) / name) for name in ("out", "errors")]
        server = _started(environment["PYTHONPATH"])
        request = {"arguments": command[3:], "folder": os.getcwd(), "environment": environment, "streams": streams}
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        returned = int(server.stdout.readline())
        return returned, "".join(Path(name).read_text(encoding="utf-8") for name in streams)


@cache
def _started(path):
    server = subprocess.Popen(
        [sys.executable, "-P", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip
    atexit.register(server.communicate)  # closes its input, at whose end it ends
    return server


def _serve():
    import snakemake.cli  # noqa: F401

    for line in sys.stdin:
        child = os.fork()
        if not child:
            _planned(**json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _planned(arguments, folder, environment, streams):
    """Plan as the command would, and end as it ends."""
    for number, name in enumerate(streams, 1):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    cli = sys.modules["snakemake.cli"]
    sys.argv = [str(Path(cli.__file__).with_name("__main__.py")), *arguments]
    try:
        cli.main()
    except SystemExit as end:
        if said := isinstance(end.code, str):  # as Python ends: it says the text and fails
            print(end.code, file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1 if said else end.code or 0)  # to clear a fork away takes as long as half a plan


if __name__ == "__main__":
    _serve()
