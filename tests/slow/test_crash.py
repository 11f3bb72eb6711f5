"""What a run leaves behind when the disk is full or read-only, when two run at once, and what it keeps of itself."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from ..workflow.study import TARGETS, copied, small_study

TABLE = "results/study/results.tsv"


@pytest.fixture(scope="module")
def made(tmp_path_factory, code):
    """The small study, run to the end. Tests only read it."""
    study = small_study(tmp_path_factory.mktemp("small") / "study", code)
    study.run(*TARGETS)
    return study


@pytest.fixture
def again(made, tmp_path):
    """A copy of the finished small study, to be changed."""
    return copied(made, tmp_path / "study")


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


def whole(reference, study):
    """Names of the files of `study` that are not those of a whole run, byte for byte."""
    wanted = reference.results()
    return [name for name, content in study.results().items() if wanted.get(name) != content]


def test_a_full_disk_is_said_leaves_no_half_file_and_the_run_goes_on_when_there_is_room(made, code, tmp_path, disk):
    study = small_study(tmp_path / "study", code)
    results = study.folder / "results"
    disk(results, "size=200k")
    text = study.run(*TARGETS, check=False)
    assert study.code_returned != 0
    assert "E-DISK-001 results/" in text and "No space left on device" in text and "make room" in text
    assert "Traceback" not in text.split("E-DISK-001")[0].split("Error in rule")[0]
    assert whole(made, study) == []
    subprocess.run(["mount", "-o", "remount,size=100m", str(results)], check=True)
    study.run(*TARGETS)
    assert study.results() == made.results()


def test_a_read_only_folder_of_results_is_said_and_stays_as_it_was(again, disk):
    results, kept = again.folder / "results", again.folder / "kept"
    for name in (
        "study",
        "prism",
    ):  # all that one step makes: Snakemake itself stops at what is there and write-protected
        (results / f"deliverables/{name}.xlsx").unlink()
    results.rename(kept)
    disk(results, "size=50m")
    shutil.copytree(kept, results, dirs_exist_ok=True)
    shutil.rmtree(kept)
    before = again.results()
    subprocess.run(["mount", "-o", "remount,ro", str(results)], check=True)
    text = again.run(*TARGETS, check=False)
    assert again.code_returned != 0
    assert "STOP E-DISK-001 results: nothing can be written there (Read-only file system)" in text
    assert "Error in rule" not in text  # before any step began
    text = again.run("--forcerun", "collect_results", "--", *TARGETS, check=False)
    assert again.code_returned != 0
    assert "Write-protected output files" in text and "affected files:\n        results/" in text
    assert again.results() == before


@pytest.mark.parametrize("arguments", [(), ("-n",)])
def test_a_read_only_study_folder_is_said_before_anything_else(code, tmp_path, disk, arguments):
    disk(tmp_path / "study", "size=50m")
    study = small_study(tmp_path / "study", code)
    subprocess.run(["mount", "-o", "remount,ro", str(study.folder)], check=True)
    text = study.run(*arguments, *TARGETS, check=False)
    assert study.code_returned != 0
    assert f"STOP E-DISK-001 {study.folder}: nothing can be written there (Read-only file system)" in text
    assert "Traceback" not in text and "OSError" not in text


def test_two_runs_at_once_one_waits_for_nobody_and_nothing_is_damaged(made, code, tmp_path):
    study = small_study(tmp_path / "study", code)
    first = subprocess.Popen(
        study.command("--cores", 2, *TARGETS),
        env=study.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    locks = study.folder / ".snakemake/locks"
    deadline = time.monotonic() + 60
    while not (locks.is_dir() and any(locks.iterdir())):
        assert time.monotonic() < deadline, "the first run never took its lock"
        time.sleep(0.05)
    text = study.run(*TARGETS, check=False)
    assert study.code_returned != 0
    assert "Directory cannot be locked" in text
    assert first.wait() == 0
    assert study.results() == made.results()


def test_every_run_is_in_the_chained_log_and_an_idle_one_changes_nothing(again):
    log = again.folder / "records/runs.jsonl"
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [entry["outcome"] for entry in entries] == ["success"]
    assert entries[0]["files"]["config/plates.tsv"] and entries[0]["results"]
    again.run("-n", *TARGETS)
    assert len(log.read_text(encoding="utf-8").splitlines()) == 1  # a dry run is no run
    again.edit("config/plates.tsv", "Plate_VAC-01", "Plate_VAC-00")  # no such plate: the gate stays shut
    again.run(*TARGETS, check=False)
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


def test_a_changed_raw_file_stops_the_run_by_name_although_nothing_else_changed(again):
    code, text = library(again, "accept-raw")
    assert code == 0 and "raw files added" in text
    assert "Nothing to be done" in again.run("-n", *TARGETS)
    raw = sorted((again.folder / "resources/demo/raw/2024-06-achr").iterdir())[0]
    raw.write_bytes(raw.read_bytes() + b"\n")
    text = again.run("-n", *TARGETS, check=False)
    name = raw.relative_to(again.folder).as_posix()
    assert again.code_returned != 0 and f"STOP E-FILE-007 {name}" in text
    code, text = library(again, "accept-raw")
    assert code == 1 and "E-FILE-007" in text
    again.edit("config/raw_files.tsv", name, f"{name}x")
    assert f"STOP E-FILE-008 {name}x" in again.run("-n", *TARGETS, check=False)


def test_an_added_batch_moves_no_value_of_the_old_ones(made, code, tmp_path):
    study = small_study(tmp_path / "study", code)
    plates = study.folder / "config/plates.tsv"
    full = plates.read_text(encoding="utf-8")
    plates.write_text("".join(row for row in full.splitlines(True) if "2025-06" not in row), encoding="utf-8")
    study.run(TABLE)
    before = pd.read_csv(study.folder / TABLE, sep="\t", dtype=str)
    after = pd.read_csv(made.folder / TABLE, sep="\t", dtype=str)
    both = before[before["plate"].notna()].merge(after, on=["sample_id", "analyte"], suffixes=("", "_after"))
    assert len(both) == before["plate"].notna().sum() > 50
    for column in set(before.columns) - {"sample_id", "analyte"}:
        pd.testing.assert_series_equal(both[column], both[f"{column}_after"], check_names=False, check_exact=True)


def test_the_bytes_do_not_depend_on_locale_time_zone_or_hash_seed(made, again, monkeypatch):
    for name, value in (("LC_ALL", "de_DE.UTF-8"), ("TZ", "Asia/Kathmandu"), ("PYTHONHASHSEED", "4711")):
        monkeypatch.setenv(name, value)
    shutil.rmtree(again.folder / "results")
    again.run(*TARGETS)
    assert again.results() == made.results()
