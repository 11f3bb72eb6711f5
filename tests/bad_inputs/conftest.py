"""A small sound study, copied for every case; the case damages one thing in it."""

import shutil

import pytest

from .cases import Folder, study_runs


@pytest.fixture(scope="session")
def sound(tmp_path_factory):
    """The demonstration with one batch of every family of exports: it has flags and no more."""
    folder = study_runs.small_study(tmp_path_factory.mktemp("sound") / "study")
    run = study_runs.run(folder)
    assert not run.stopped
    return folder, run


@pytest.fixture
def folder(sound, tmp_path):
    """A copy of the sound study to be damaged."""
    shutil.copytree(sound[0], tmp_path / "study")
    return Folder(tmp_path / "study")
