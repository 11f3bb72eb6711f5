"""A fault of one reader is a problem of that file: the others are read, in scan and in a batch."""

import logging
import os
import shutil
import types

import pytest
from immunoassay.jobs import runtime
from immunoassay.command import scan
from immunoassay.drafts import scanned
from immunoassay.files import opening
from immunoassay.readers import recognition
from immunoassay.readers.export import NotReadable
from immunoassay.readers.luminex import xponent
from tests import study_runs
from tests.reader_fixtures import fixtures

FAULTS = (KeyError("Well"), MemoryError(), RecursionError("too deep"), IndexError("list index out of range"))


def failing(error):
    def fail(source):
        row = 41  # what a reader calls the row it is at
        raise error if row else None

    return fail


@pytest.fixture
def study(tmp_path):
    (tmp_path / "a.csv").write_bytes(fixtures()["xponent"].text().encode())
    (tmp_path / "b.csv").write_bytes(fixtures()["result_table"].text().encode())
    return tmp_path


@pytest.mark.parametrize("error", FAULTS, ids=repr)
@pytest.mark.parametrize("step", ["recognise", "read"])
def test_the_file_is_named_and_the_others_are_read(step, error, study, monkeypatch, capsys):
    monkeypatch.setattr(xponent, step, failing(error))
    with pytest.raises(NotReadable) as caught:
        recognition.read(study / "a.csv")
    problem = caught.value.problem
    assert (problem.code, problem.level, problem.row) == ("E-INTERNAL", "QUARANTINE", "41")
    assert type(error).__name__ in problem.found
    assert "xponent" in problem.found
    assert "name the format" in problem.fix
    assert recognition.read(study / "b.csv", "result_table").frame["value"].notna().any()
    scan.main(study)
    out, err = capsys.readouterr()
    assert "E-INTERNAL" in out
    assert "a.csv" in out and "b.csv" in out
    assert "Traceback" not in out + err


def test_a_fault_of_opening_is_one_of_the_file(study, monkeypatch):
    monkeypatch.setattr(opening, "look_at", failing(RecursionError()))
    with pytest.raises(NotReadable, match="E-INTERNAL.*while it was opened"):
        recognition.read(study / "a.csv")


def test_a_study_reads_its_other_batches(sound, monkeypatch):
    monkeypatch.setattr(study_runs, "CACHE", type(study_runs.CACHE)())
    monkeypatch.setattr(xponent, "read", failing(KeyError("Median")))
    run = study_runs.run(sound[0], judge=False)
    faults = [problem for problem in run.problems if problem.code == "E-INTERNAL"]
    assert {problem.file for problem in faults} == {"resources/demo/raw/2025-06-cytokines/CYT-03.csv"}
    assert all(problem.plate and problem.batch for problem in faults)


def test_a_plate_set_aside_stops_nothing_whatever_its_file_is(sound, tmp_path):
    folder = shutil.copytree(sound[0], tmp_path / "study")
    (folder / "resources/demo/raw/2025-06-cytokines/CYT-03.csv").write_bytes(b"PK\x03\x04 no workbook")
    sheet = folder / "config/plates.tsv"
    header, *rows = study_runs.cells(sheet.read_text(encoding="utf-8"), "\t")
    for row in rows:
        if row[0] == "CYT-03":
            row[header.index("include")], row[header.index("reason")] = "no", "the upload is damaged"
    sheet.write_text(study_runs.text_of([header, *rows], "\t"), encoding="utf-8")
    run = study_runs.run(folder, judge=False)
    assert [problem.level for problem in run.problems if problem.code == "E-FILE-003"] == ["FLAG"]


def test_the_traceback_goes_to_the_log_and_not_to_the_screen(study, monkeypatch, capsys):
    monkeypatch.setattr(xponent, "read", failing(KeyError("Median")))
    log = study / "job.log"
    params = types.SimpleNamespace(given={})
    job = types.SimpleNamespace(rule="read_batch", log=[str(log)], wildcards={}, output=[], params=params)
    handlers = logging.root.handlers[:]
    try:
        with runtime.job(job), pytest.raises(NotReadable):
            recognition.read(study / "a.csv")
    finally:
        logging.root.handlers[:] = handlers
    assert "KeyError: 'Median'" in log.read_text(encoding="utf-8")
    assert "Traceback" not in capsys.readouterr().err


def test_what_is_no_file_is_named(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    (tmp_path / "link.csv").symlink_to(tmp_path / "gone.csv")
    for name, words in (
        ("pipe.csv", "a pipe or device"),
        ("folder.csv", "a folder"),
        ("gone.csv", "No such file"),
        ("link.csv", "No such file"),
        ("loop.csv", "Too many levels"),
    ):
        with pytest.raises(NotReadable, match=f"E-READ-001.*{words}"):
            recognition.read(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(study):
    (study / "a.csv").chmod(0)
    with pytest.raises(NotReadable, match="E-READ-001.*Permission denied"):
        recognition.read(study / "a.csv")
    assert scanned.scan(study / "a.csv", "a.csv").problems[0].code == "E-READ-001"
