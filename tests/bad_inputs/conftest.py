"""The small sound study is copied for every case, which damages one thing in it."""

import shutil
from pathlib import Path

import pytest
from immunoassay.command import check
from immunoassay.readers import batch_reader as reading

from .cases import Folder, study_runs


@pytest.fixture
def folder(sound, tmp_path):
    """A copy of the sound study to be damaged."""
    shutil.copytree(sound[0], tmp_path / "study")
    return Folder(tmp_path / "study")


@pytest.fixture
def read_once(monkeypatch):
    """What the same rows and files gave is not read again: another input would be."""
    known, read = study_runs._known, reading.read_batch

    def read_batch(**given):
        folder = Path(given.get("base", "."))
        files = [folder / row[name] for row in given["plates"] for name in ("file", "layout") if row[name]]
        contents = [path.read_bytes() if path.is_file() else b"" for path in files]
        key = repr({name: value for name, value in given.items() if name != "base"}).encode()
        return tuple(frame.copy() for frame in known(lambda: read(**given), key, *contents))

    monkeypatch.setattr(reading, "read_batch", read_batch)
    monkeypatch.setattr(check, "read_batch", read_batch)
