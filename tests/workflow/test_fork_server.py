"""The jobs of a run on one machine come from one process that has imported their libraries."""

import json
import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has sockets that are no files")
def test_the_jobs_of_a_run_are_forks_of_its_one_server(small):
    seen = json.loads((small.folder / "processes.json").read_text(encoding="utf-8"))
    jobs = len([*(small.folder / "logs").rglob("*.log")])
    assert seen["servers"] == 1 and seen["forks"] > jobs / 2 > 10  # who looks in between misses the shortest
