"""What a job says when it ends badly: a problem in one line, a disk in one line, a fault with its traceback."""

import errno
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from immunoassay.jobs import disk, fingerprint, runtime
from immunoassay.problems import Problem, StudyError


def run(tmp_path, error):
    """Text of the log of a job that raises `error`, and what it raises in the end."""
    job = SimpleNamespace(
        rule="collect_results", log=[str(tmp_path / "log.txt")], wildcards={},
        output=["results/study/results.tsv"], params=SimpleNamespace(given={}),
    )  # fmt: skip
    with pytest.raises(BaseException) as caught, runtime.job(job):
        raise error
    return (tmp_path / "log.txt").read_text(encoding="utf-8"), caught.value


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "make room"),
        (errno.EDQUOT, "raise the quota"),
        (errno.EROFS, "allow writing"),
        (errno.EACCES, "allow"),
    ],
)
def test_a_disk_that_cannot_be_written_is_one_line_with_the_file_and_what_to_do(tmp_path, number, advice):
    text, raised = run(tmp_path, OSError(number, "said so", "results/study/ledger.tsv"))
    assert "E-DISK-001 results/study/ledger.tsv: said so" in text and advice in text
    assert "Traceback" not in text and isinstance(raised, SystemExit) and raised.code == 1
    text, _ = run(tmp_path, OSError(number, "said so"))
    assert "E-DISK-001 results/study/results.tsv: said so" in text


def test_a_problem_is_its_message_and_a_fault_keeps_its_traceback(tmp_path):
    text, raised = run(tmp_path, StudyError([Problem("E-FILE-001", "STOP", "f", "found", "why", "fix")]))
    assert "STOP E-FILE-001 f: found" in text and "Traceback" not in text and isinstance(raised, SystemExit)
    for fault in (ValueError("odd"), OSError(errno.EIO, "broken")):
        text, raised = run(tmp_path, fault)
        assert "Traceback" in text and isinstance(raised, SystemExit)  # said once, in the log


def test_what_a_job_wrote_is_remembered_and_a_change_by_hand_is_never_taken_for_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    job = SimpleNamespace(
        rule="gate", log=["gate.txt"], wildcards={}, output=["results.tsv", "figure.svg"],
        params=SimpleNamespace(given={}),
    )  # fmt: skip

    def work():
        with runtime.job(job):
            for name in job.output:
                Path(name).write_text(name)

    work()
    made = fingerprint.as_made(job.output)
    Path("results.tsv").write_text("11.0")
    assert fingerprint.as_made(job.output) == made
    assert made["results.tsv"] != fingerprint.sha256("results.tsv")
    with pytest.raises(SystemExit), runtime.job(job):
        raise OSError(errno.ENOSPC, "full")
    assert fingerprint.as_made(job.output) == made  # a job that failed has made nothing
    Path("results.tsv").unlink()
    work()
    assert fingerprint.as_made(job.output) == made
    for damage in ("[1", '"text"'):
        next(Path(fingerprint.MADE).iterdir()).write_text(damage)
        assert fingerprint.as_made(["figure.svg"]) == {"figure.svg": fingerprint.sha256("figure.svg")}


def test_a_run_does_not_start_where_nothing_can_be_written(tmp_path, monkeypatch):
    disk.check_writable(tmp_path / "results/deep", tmp_path)  # what is not there yet is made, and nothing left in it
    assert list((tmp_path / "results/deep").iterdir()) == []
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(SystemExit, match=r"^1 problem found.*\n  STOP E-DISK-001 .*/file: .*(File exists).* – .* – "):
        disk.check_writable(tmp_path / "file", tmp_path)

    def full(**_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(disk.tempfile, "TemporaryFile", full)
    with pytest.raises(SystemExit) as caught:
        disk.check_writable(tmp_path, tmp_path / "results")
    assert str(caught.value).count("(Read-only file system)") == 2
    assert "allow writing there, then run again" in str(caught.value)


def test_a_limit_on_the_size_of_files_ends_a_write_in_words(tmp_path):
    """A real write that the system cuts off: the library's own table writer under a limit of 20 kB."""
    script = """
import resource, types
import pandas as pd
from immunoassay import tables
from immunoassay.jobs import runtime
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
given = types.SimpleNamespace(given={})
job = types.SimpleNamespace(rule="r", log=["log.txt"], wildcards={}, output=["t.tsv"], params=given)
with runtime.job(job):
    tables.write_tsv(pd.DataFrame({"x": range(100000)}), "t.tsv")
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, env={})
    assert done.returncode == 1
    assert "E-DISK-001 t.tsv: File too large" in done.stderr and "Traceback" not in done.stderr
