"""What a run leaves behind when the disk is full or read-only, when two run at once, and what it keeps of itself."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..workflow.study import TARGETS, small_study

ABROAD = {"LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "4711"}


@pytest.fixture
def disk(tmp_path):
    """mount(folder, options): a small disk of its own in a folder; skips where mounting is not allowed."""
    mounted = []

    def mount(folder, options):
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("mounting is not allowed here")
        mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def not_whole(reference, study):
    """Names of the files of `study` that are not those of a whole run, byte for byte."""
    wanted = reference.results()
    return [name for name, content in study.results().items() if wanted.get(name) != content]


def complete(reference, study):
    """Whether all that was asked for is there, and whatever is there is as in a whole run."""
    return set(TARGETS) <= set(study.results()) and not_whole(reference, study) == []


def test_a_full_disk_is_said_leaves_no_half_file_and_the_run_goes_on_when_there_is_room(small, code, tmp_path, disk):
    study = small_study(tmp_path / "study", code)
    results = study.folder / "results"
    disk(results, "size=200k")
    text = study.run(*TARGETS, check=False)
    assert study.code_returned != 0
    assert "E-DISK-001 results/" in text and "No space left on device" in text and "make room" in text
    assert "Traceback" not in text.split("E-DISK-001")[0].split("Error in rule")[0]
    assert not_whole(small, study) == []
    subprocess.run(["mount", "-o", "remount,size=100m", str(results)], check=True)
    study.run(*TARGETS)
    assert complete(small, study)


def test_a_read_only_folder_of_results_is_said_and_stays_as_it_was(small_copy, disk):
    results, kept = small_copy.folder / "results", small_copy.folder / "kept"
    for name in (
        "study",
        "prism",
    ):  # all that one step makes: Snakemake itself stops at what is there and write-protected
        (results / f"deliverables/{name}.xlsx").unlink()
    results.rename(kept)
    disk(results, "size=50m")
    shutil.copytree(kept, results, dirs_exist_ok=True)
    shutil.rmtree(kept)
    before = small_copy.results()
    subprocess.run(["mount", "-o", "remount,ro", str(results)], check=True)
    text = small_copy.run(*TARGETS, check=False)
    assert small_copy.code_returned != 0
    assert "STOP E-DISK-001 results: nothing can be written there (Read-only file system)" in text
    assert "Error in rule" not in text  # before any step began
    text = small_copy.run("--forcerun", "collect_results", "--", *TARGETS, check=False)
    assert small_copy.code_returned != 0
    assert "Write-protected output files" in text and "affected files:\n        results/" in text
    assert small_copy.results() == before


@pytest.mark.parametrize("arguments", [(), ("-n",)])
def test_a_read_only_study_folder_is_said_before_anything_else(code, tmp_path, disk, arguments):
    disk(tmp_path / "study", "size=50m")
    study = small_study(tmp_path / "study", code)
    subprocess.run(["mount", "-o", "remount,ro", str(study.folder)], check=True)
    text = study.run(*arguments, *TARGETS, check=False)
    assert study.code_returned != 0
    assert f"STOP E-DISK-001 {study.folder}: nothing can be written there (Read-only file system)" in text
    assert "Traceback" not in text and "OSError" not in text


def test_two_runs_at_once_one_waits_for_nobody_and_nothing_is_damaged(small, code, tmp_path):
    """The one that runs has another locale, time zone and hash seed: the bytes do not depend on them."""
    study = small_study(tmp_path / "study", code)
    first = subprocess.Popen(
        study.command("--cores", 2, *TARGETS),
        env=study.environment() | ABROAD,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    locks = study.folder / ".snakemake/locks"
    deadline = time.monotonic() + 600
    while not (locks.is_dir() and any(locks.iterdir())):
        assert time.monotonic() < deadline, "the first run never took its lock"
        time.sleep(0.05)
    text = study.run(*TARGETS, check=False)
    assert study.code_returned != 0
    assert "Directory cannot be locked" in text
    assert first.wait() == 0
    assert complete(small, study)


def test_every_run_is_in_the_chained_log_and_an_idle_one_changes_nothing(small_copy):
    log = small_copy.folder / "records/runs.jsonl"
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [entry["outcome"] for entry in entries] == ["success"]
    assert entries[0]["files"]["config/plates.tsv"] and entries[0]["results"]
    small_copy.run("-n", *TARGETS)
    assert len(log.read_text(encoding="utf-8").splitlines()) == 1  # a dry run is no run
    small_copy.edit("config/plates.tsv", "Plate_VAC-01", "Plate_VAC-00")  # no such plate: the gate stays shut
    small_copy.run(*TARGETS, check=False)
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [entry["outcome"] for entry in entries] == ["success", "error"]
    assert entries[1]["previous"] == entries[0]["checksum"]


def library(study, command, *arguments):
    """What the command says of a study, as the Makefile calls it."""
    done = subprocess.run(
        [Path(sys.executable).with_name("immunoassay"), command, *arguments, str(study.folder)],
        env={"PYTHONPATH": str(study.code / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_changed_raw_file_stops_the_run_by_name_although_nothing_else_changed(small_copy):
    code, text = library(small_copy, "accept-raw")
    assert code == 0 and "raw files added" in text
    assert "Nothing to be done" in small_copy.run("-n", *TARGETS)
    raw = sorted((small_copy.folder / "resources/demo/raw/2024-06-achr").iterdir())[0]
    raw.write_bytes(raw.read_bytes() + b"\n")
    text = small_copy.run("-n", *TARGETS, check=False)
    name = raw.relative_to(small_copy.folder).as_posix()
    assert small_copy.code_returned != 0 and f"STOP E-FILE-007 {name}" in text
    code, text = library(small_copy, "accept-raw")
    assert code == 1 and "E-FILE-007" in text
    small_copy.edit("config/raw_files.tsv", name, f"{name}x")
    assert f"STOP E-FILE-008 {name}x" in small_copy.run("-n", *TARGETS, check=False)
