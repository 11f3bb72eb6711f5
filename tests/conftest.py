"""Shared fixtures. Real exports outside the project are found through IMMUNOASSAY_SHARED only.

The fast tier is `make test`, the tests marked slow are `make test-slow`; `make stress` draws all examples of the property
tests.
"""

import fcntl
import gc
import json
import os
import pickle
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from . import examples  # noqa: F401 - it registers the profiles
from .workflow.processes import watched
from .workflow.study import Study, copied, copy_code, new_study, small_study

settings.load_profile("fast")

# Whatever the shell says of bytecode: hundreds of processes import the same modules, and each would compile them again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("IMMUNOASSAY_SHARED", ROOT.parent / "shared"))
FINISHED = os.environ.get("IMMUNOASSAY_FINISHED")  # a demonstration run to the end by this very code, if there is one
SLOW = ("slow", "damages")  # folders of which every test is slow


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is imported and collected stays: looking through it for garbage again and again takes a tenth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent.name in SLOW:
            item.add_marker("slow")


@pytest.fixture(scope="session")
def shared():
    """The folder of real exports; tests that need it skip when it is absent."""
    if not SHARED.is_dir():
        pytest.skip("IMMUNOASSAY_SHARED is not there")
    return SHARED


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """once(name, make): the folder that `make(folder)` filled, once for all processes of this run of the tests."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def made(name, make):
        folder, done = base / name, base / f"{name}.done"
        with (base / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # whoever comes second waits here
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                make(folder)
                done.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def sound(once):
    """(folder, run) of the demonstration with one batch of every family of exports: it has flags and no more."""
    from tests import study_runs

    def make(folder):
        run = study_runs.run(study_runs.small_study(folder / "study"))
        (folder / "run.pickle").write_bytes(pickle.dumps((run, study_runs.CACHE)))

    folder = once("sound", make)
    run, known = pickle.loads((folder / "run.pickle").read_bytes())
    study_runs.CACHE.update(known)
    assert not run.stopped
    return folder / "study", run


@pytest.fixture(scope="session")
def code(once):
    """One snapshot of the workflow for all tests."""
    return once("workflow-copy", copy_code)


@pytest.fixture(scope="session")
def small(once, code):
    """The small study, run to the end; beside it what its run printed and its processes. Tests only read it."""

    def make(folder):
        study = small_study(folder, code)
        returned, told, seen = watched(study.command("--cores", 2), study.environment())
        assert returned == 0, told[-6000:]
        (folder / "told.txt").write_text(told, encoding="utf-8")
        (folder / "processes.json").write_text(json.dumps(seen), encoding="utf-8")

    return Study(once("small-study", make), code)


@pytest.fixture
def small_copy(small, tmp_path):
    """A copy of the finished small study, to be changed."""
    return copied(small, tmp_path / "study")


@pytest.fixture(scope="session")
def finished(once, code):
    """The demonstration, run to the end. Tests only read it; only slow tests have the time for it."""
    if FINISHED:
        return Study(once("demonstration", lambda folder: copied(Study(FINISHED, code), folder)), code)
    return Study(once("demonstration", lambda folder: new_study(folder, code).run()), code)


@pytest.fixture
def finished_copy(finished, tmp_path):
    """A copy of the finished demonstration, to be changed."""
    return copied(finished, tmp_path / "study")
