"""Checksums follow content, not time or place; what is remembered may be lost or damaged."""

import os

import pytest
from immunoassay.jobs import fingerprint
from immunoassay.problems import StudyError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.csv").write_text("one")
    return tmp_path


def of(folder):
    return fingerprint.checksums(["raw/a.csv", "raw/gone.csv"], folder)


def test_an_unchanged_file_is_not_read_again(folder, monkeypatch):
    first = of(folder)
    assert first["raw/gone.csv"] is None and len(first["raw/a.csv"]) == 64
    monkeypatch.setattr(fingerprint, "sha256", lambda path: pytest.fail("read again"))
    assert of(folder) == first


def test_a_file_replaced_by_one_of_the_same_size_and_an_old_time_is_seen(folder):
    first, old = of(folder), os.stat(folder / "raw/a.csv")
    (folder / "raw/b.csv").write_text("two")
    os.replace(folder / "raw/b.csv", folder / "raw/a.csv")
    os.utime(folder / "raw/a.csv", ns=(old.st_atime_ns, old.st_mtime_ns))
    assert of(folder) != first
    (folder / "raw/a.csv").write_text("one")
    os.utime(folder / "raw/a.csv", (1, 1))
    assert of(folder) == first


@pytest.mark.parametrize("damage", ["", "{", "[1]", '{"raw/a.csv": 3}', '{"raw/a.csv": [[1, 2, 3, 4], "short"]}', None])
def test_a_damaged_or_deleted_memory_is_no_memory(folder, damage):
    first = of(folder)
    memory = folder / fingerprint.REMEMBERED
    memory.unlink() if damage is None else memory.write_text(damage)
    assert of(folder) == first
    memory.unlink()
    memory.mkdir()  # it can be neither read nor written
    assert of(folder) == first


def test_a_file_that_changes_during_the_run_is_named(folder):
    planned = {path: known for path, known in of(folder).items() if known}
    fingerprint.require_unchanged(planned, folder)
    (folder / "raw/a.csv").write_text("two")
    with pytest.raises(StudyError, match="STOP E-RUN-003 raw/a.csv: the file changed while the run was going on"):
        fingerprint.require_unchanged(planned, folder)
