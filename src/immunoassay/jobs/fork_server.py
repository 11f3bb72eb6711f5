"""Jobs of a run on one machine start from a process that has imported their libraries: importing costs more than most jobs do.

`start` is called by the main process before its first job. A job's process then hands its script to that server
(`knocking`), before it has imported anything, which imports what the script imports, once, and forks: the child runs the
script as the job's process would, with its environment, folder and screen. A job's process that no server takes (on a
cluster, in a container) does its work itself.
"""

import ast
import atexit
import gc
import json
import logging
import os
import runpy
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from immunoassay.jobs.knocking import ADDRESS, KILLED, TAKEN, is_ours

FIRST = Path(__file__).parent / "first"  # the folder of what a job's Python imports first
WAITING = 1024  # jobs that may knock at once
# before NumPy is loaded: sums in another order would give other last digits
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def start() -> None:
    """Start the server of this run; it ends with this process. Only Linux has sockets that are no files."""
    if sys.platform != "linux":
        return
    name = f"immunoassay-{secrets.token_hex(16)}"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(f"\0{name}")
    listening.listen(WAITING)
    number = listening.fileno()
    command = [sys.executable, "-m", __name__, str(number)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[number], env=os.environ | ONE_THREAD)
    listening.close()
    os.environ[ADDRESS] = f"{name} {sys.prefix}"
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(FIRST), os.environ.get("PYTHONPATH")]))
    atexit.register(server.communicate)  # closes its input, at whose end it ends


def serve(number: int) -> None:
    """Fork for every job that knocks at the socket of that number, until the input ends; what runs then is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run ends in order, and this with it
    listening = socket.socket(fileno=number)
    running: set[int] = set()
    while 0 not in select.select([0, number], [], [])[0]:
        running -= {each for each in running if os.waitpid(each, os.WNOHANG)[0]}
        connection = listening.accept()[0]
        if asked := _asked(connection):
            running |= _forked(listening, connection, *asked)
        connection.close()
    for each in running:
        os.kill(each, signal.SIGKILL)
        os.waitpid(each, 0)


def _asked(connection: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """(what a job asks for, its screen), or None for a job that is gone, or another person's."""
    if not is_ours(connection):
        return None
    try:
        _, screen, _, _ = socket.recv_fds(connection, 1, 3)
        with connection.makefile("rb") as lines:
            text = lines.readline()
    except OSError:
        return None
    return (json.loads(text), screen) if text.endswith(b"\n") else None


def _forked(listening: socket.socket, connection: socket.socket, asked: dict[str, Any], screen: list[int]) -> set[int]:
    """The number of the process that runs the script of a job; none where there is no memory for another."""
    _import_what_is_imported(asked["arguments"][0])
    try:
        child = os.fork()
    except OSError:
        child = -1
    if not child:
        listening.close()
        try:
            connection.sendall(TAKEN)
        except OSError:  # who asked is gone
            os._exit(KILLED)
        threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
        code = _run(asked, screen)
        with suppress(OSError):
            connection.sendall(bytes([code]))
        os._exit(code)
    for each in screen:
        os.close(each)
    return {child} - {-1}


def _import_what_is_imported(script: str) -> None:
    """Import here what a script imports at its top."""
    try:
        tree = ast.parse(Path(script).read_bytes())
        tree.body = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
        exec(compile(tree, script, "exec"), {})
    except Exception:  # the job meets it again, and tells it
        return
    gc.freeze()


def _run(asked: dict[str, Any], screen: list[int]) -> int:
    """Run a script as a process of its own would; its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    for number, each in enumerate(screen):
        os.dup2(each, number)
    os.environ.clear()
    os.environ.update(asked["environment"])
    tempfile.tempdir = None  # that of the new environment
    os.chdir(asked["folder"])
    sys.argv[:] = asked["arguments"]
    code = 0
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
        if isinstance(ending.code, str):
            print(ending.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    return code & 255


def _end_with(connection: socket.socket) -> None:
    """End this process as soon as the one that waits for it is gone."""
    try:
        connection.recv(1)
    finally:  # it may have ended before it was told that the job has begun
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
