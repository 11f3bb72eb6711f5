"""The jobs of a run on one machine come from one process that has imported their libraries."""

import subprocess
import sys
import time
from pathlib import Path

import pytest


def processes():
    """{process: (parent, command)} of all that run."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            found[int(folder.name)] = int(state[1]), (folder / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            continue
    return found


def below(parent, found):
    """All that a process started, and what these started."""
    own = {number for number, (above, _) in found.items() if above == parent}
    return own | {other for number in own for other in below(number, found)}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has sockets that are no files")
def test_every_job_of_a_run_is_a_fork_of_its_server(small_copy):
    rules = ("list_read_problems", "collect_results", "join_clinical")
    command = small_copy.command("--cores", 1, "--forcerun", *rules, "--", "results/study/observations.parquet")
    run = subprocess.Popen(command, env=small_copy.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    servers, jobs = set(), set()
    while run.poll() is None:
        time.sleep(0.01)
        found = processes()
        serving = {each for each in below(run.pid, found) if b"immunoassay.jobs.fork_server" in found[each][1]}
        first = {each for each in serving if found[each][0] == run.pid}
        servers, jobs = servers | first, jobs | (serving - first)
    assert run.returncode == 0
    assert len(servers) == 1 and len(jobs) >= len(rules)
