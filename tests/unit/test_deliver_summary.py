"""The last lines of a run, what was changed after it, and damaged tables."""

import json

import pandas as pd
import pytest
from immunoassay.jobs import fingerprint
from immunoassay import tables
from immunoassay.deliver import release, summary
from immunoassay.problems import Problem, StudyError, to_frame


@pytest.fixture
def study(tmp_path):
    """A finished study of one export: results, problems and the provenance of both."""
    for name, text in (("raw/a.csv", "one"), ("config/samples.tsv", "sample_id\n")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "results/study").mkdir(parents=True)
    (tmp_path / "results/provenance").mkdir()
    rows = pd.DataFrame({"sample_id": ["A", "B"], "analyte": "X", "status": ["quantified", "missing"]}, dtype="str")
    rows.to_parquet(tmp_path / "results/study/results.parquet")
    found = [
        Problem("E-FILE-002", "QUARANTINE", "raw/a.csv", "the file is empty", "y", "z", plate="P"),
        Problem("V-083", "FLAG", "raw/a.csv", "x", "y", "z"),
        Problem("W-REF-012", "FLAG", "config/participants.tsv", "7 participants are in no statistic", "y", "z"),
    ]
    tables.write_tsv(to_frame(found), tmp_path / "results/study/problems.tsv")
    known = fingerprint.checksums(
        ["raw/a.csv", "config/samples.tsv", "results/study/results.parquet", "results/study/problems.tsv"], tmp_path
    )
    listed = [{"path": path, "sha256": checksum} for path, checksum in known.items()]
    run = {"raw_files": [row for row in listed if row["path"].startswith("raw")], "layouts": []}
    run |= {"sheets": [row for row in listed if row["path"].startswith("config")]}
    run |= {"results": [row for row in listed if row["path"].startswith("results")]}
    (tmp_path / "results/provenance/run.json").write_text(json.dumps(run))
    return tmp_path


def test_the_last_lines_count_results_and_repeat_the_quarantine_and_who_is_left_out(study):
    found = summary.lines(study)
    assert found[0].startswith("2 results of 2 samples and 1 analytes: ")
    assert found[1].startswith("QUARANTINE E-FILE-002 raw/a.csv: the file is empty")
    assert found[2].startswith("FLAG W-REF-012 config/participants.tsv: 7 participants are in no statistic")
    assert found[3].startswith("0 EXCLUDE and 2 FLAG lines are in ")
    assert len(found) == 4
    assert summary.lines(study / "config") == []  # a run that made none of these tables


def test_what_is_stale_is_said_whatever_was_asked_for(study):
    (study / "raw/a.csv").write_text("two")
    (study / "config/samples.tsv").unlink()
    assert summary.stale(study) == summary.lines(study)[4:]
    assert "changed since the last whole run: config/samples.tsv, raw/a.csv" in summary.stale(study)[0]


def test_a_result_changed_by_hand_is_named_and_never_frozen(study, monkeypatch):
    path = study / "results/study/problems.tsv"
    path.write_text(path.read_text().replace("empty", "fine"))
    assert [(each.code, each.file) for each in fingerprint.changed_results(study)] == [
        ("E-RUN-005", "results/study/problems.tsv")
    ]
    monkeypatch.setattr(release, "files", lambda results: ["study/problems.tsv"])
    with pytest.raises(SystemExit, match="STOP E-RUN-005 results/study/problems.tsv"):
        release.freeze(study, "r1")
    assert not (study / "releases").exists()


@pytest.mark.parametrize("text", [None, "", "{}", "[]", '{"sheets": 3}'])
def test_without_a_provenance_file_nothing_is_compared(study, text):
    path = study / "results/provenance/run.json"
    path.unlink() if text is None else path.write_text(text)
    assert fingerprint.changed_since(study) == ([], [])


def test_a_failed_step_is_named_with_its_log(study):
    log = study / "snakemake.log"
    log.write_text(
        "x\nError in rule read_batch:\n    jobid: 3\n    log: logs/read_batch/B1.log (check log)\n    output: a\nx\n"
    )
    assert summary.failed([log], study) == ["failed: read batch; its log is logs/read_batch/B1.log"]
    assert summary.failed([study / "none"], study) == []


@pytest.mark.parametrize(
    "damage", [lambda whole: whole[: len(whole) // 2], lambda whole: b"", lambda whole: b"x" * 999]
)
def test_a_damaged_table_is_one_line_that_names_it(tmp_path, damage):
    path = tmp_path / "wells.parquet"
    tables.write(tables.empty("wells"), "wells", path)
    path.write_bytes(damage(path.read_bytes()))
    reads = (
        lambda: tables.read(path), lambda: tables.read(path, filters=[("well", "==", "A01")]),
        lambda: tables.head(path, 3), lambda: list(tables.Parts([path], "wells")),
        lambda: tables.copy_as_tsv(path, tmp_path / "x.tsv"),
    )  # fmt: skip
    for read in reads:
        with pytest.raises(
            StudyError, match="STOP E-RUN-004 .*wells.parquet: the table is damaged .* delete it and run again"
        ):
            read()
