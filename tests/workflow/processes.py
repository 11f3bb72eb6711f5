"""The processes of a run, as Linux tells of them while it goes on."""

import subprocess
import tempfile
import time
from pathlib import Path

SERVER = b"immunoassay.jobs.fork_server"


def watched(command, environment):
    """(exit code, the text of both streams, {servers, forks}): how many servers a command started, and what they forked."""
    servers, forks, looks = set(), set(), 0
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        run = subprocess.Popen(command, env=environment, stdout=out, stderr=errors)
        while run.poll() is None:
            if looks % 20 == 0:
                servers |= {each for each in children(run.pid) if SERVER in _read(Path(f"/proc/{each}/cmdline"))}
            forks |= {fork for server in servers for fork in children(server)}
            looks += 1
            time.sleep(0.01)
        for stream in (out, errors):
            stream.seek(0)
        return run.returncode, (out.read() + errors.read()).decode(), {"servers": len(servers), "forks": len(forks)}


def children(process):
    """The processes that a process started and that still run."""
    return {int(each) for path in Path(f"/proc/{process}/task").glob("*/children") for each in _read(path).split()}


def _read(path):
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return b""
