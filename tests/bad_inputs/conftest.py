"""The small sound study is copied for every case, which damages one thing in it."""

import shutil

import pytest

from .cases import Folder


@pytest.fixture
def folder(sound, tmp_path):
    """A copy of the sound study to be damaged."""
    shutil.copytree(sound[0], tmp_path / "study")
    return Folder(tmp_path / "study")
