"""What a run changed since the run before: told after a whole run that changed a result or a verdict, and never otherwise."""

import json

import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.deliver import last_run, what_changed
from immunoassay.jobs.fingerprint import sha256
from immunoassay.words import ending_words

RESULTS = "sample_id\tanalyte\tstatus\tvalue\twords\tplate\n"
ATTEMPTS = "plate\tanalyte\tverdict\tverdict_reason\n"
OLD = (RESULTS + "S1\tIL-6\tquantified\t2.0\ta\tP1\nS2\tIL-6\tbelow_lloq\t\ta\tP1\n", ATTEMPTS + "P1\tIL-6\tPASS\t\n")
NEW = (
    RESULTS + "S1\tIL-6\tquantified\t2.5\ta\tP2\nS3\tIL-6\tquantified\t4.0\ta\tP2\n",
    ATTEMPTS + "P1\tIL-6\tFAIL\tcontrols\nP2\tIL-6\tPASS\t\n",
)


@pytest.fixture
def study(tmp_path):
    for folder in ("study", "provenance"):
        (tmp_path / "results" / folder).mkdir(parents=True)
    (tmp_path / "plates.tsv").write_text("plate\n")
    return tmp_path


def ran(study, results, attempts, seed=1):
    """A whole run that left these tables."""
    made = {"results/study/results.tsv": results, "results/study/attempts.tsv": attempts}
    for path, text in made.items():
        (study / path).write_text(text)
    listed = [{"path": path, "sha256": sha256(study / path)} for path in (*made, "plates.tsv")]
    run = {"config": {"seed": seed}, "sheets": listed[2:], "layouts": [], "raw_files": [], "results": listed[:2],
           "software": {"library_digest": "d"}}  # fmt: skip
    (study / "results/provenance/run.json").write_text(json.dumps(run))
    return last_run.note(study)


def files(study):
    found = sorted((study / "records").rglob("*"))
    return {path.relative_to(study).as_posix(): path.read_bytes() for path in found if path.is_file()}


def test_the_first_run_is_compared_with_nothing_and_the_second_with_the_first(study):
    assert ran(study, *OLD) is None and not (study / last_run.CHANGED).exists()
    changes = ran(study, *NEW)
    assert tables.read_text(study / last_run.CHANGED, "what_changed").fillna("").equals(changes.fillna(""))
    told = changes[["kind", "change", "row", "column", "old", "new", "why"]].values.tolist()
    assert told == [
        ["result", "changed", "S1 · IL-6", "value", "2.0", "2.5", "another attempt is reported"],
        ["result", "changed", "S1 · IL-6", "plate", "P1", "P2", "another attempt is reported"],
        ["result", "gone", "S2 · IL-6", "value", "", "", "no longer there: nothing that is recorded"],
        ["result", "new", "S3 · IL-6", "value", "", "4.0", "new: nothing that is recorded"],
        ["verdict", "changed", "P1 · IL-6", "verdict", "PASS", "FAIL", "controls"],
        ["verdict", "new", "P2 · IL-6", "verdict", "", "PASS", "new: nothing that is recorded"],
    ]
    assert ending_words.changed(changes, last_run.CHANGED) == [
        "Changed    since the run before: 1 result changed, 1 result new, 1 result no longer there, 1 verdict changed, "
        "1 verdict new: records/what_changed.tsv"
    ]


def test_a_run_that_changes_no_result_leaves_what_the_last_change_was(study):
    ran(study, *OLD)
    ran(study, *NEW)
    before = files(study)
    assert ran(study, *NEW) is None and files(study) == before
    assert ran(study, *NEW, seed=2) is None  # a setting that moved nothing is no reason later on
    assert files(study)[last_run.CHANGED] == before[last_run.CHANGED]
    assert "settings changed" not in ran(study, *OLD, seed=2)["why"].str.cat()
    assert ran(study, *NEW, seed=3)["why"].str.contains("settings changed: seed").any()


def test_a_run_of_some_steps_and_results_changed_by_hand_are_not_kept(study):
    ran(study, *OLD)
    before = files(study)
    (study / "results/study/results.tsv").write_text(NEW[0])
    assert last_run.note(study) is None and files(study) == before
    (study / "results/provenance/run.json").unlink()
    assert last_run.note(study) is None and files(study) == before


def test_words_that_changed_are_no_results_and_what_a_crash_left_is_no_hindrance(study):
    ran(study, *OLD)
    (study / "records/.last_run.unfinished/study").mkdir(parents=True)
    changes = ran(study, OLD[0].replace("\ta\t", "\tb\t"), OLD[1])
    assert changes.empty and "words and flags only" in ending_words.changed(changes, "x")[0]
    assert not (study / "records/.last_run.unfinished").exists()


def test_a_folder_that_cannot_be_written_spoils_nothing(study, capsys):
    (study / "records").write_text("a file")
    assert ran(study, *OLD) is None
    assert capsys.readouterr().err.startswith("what this run changed is not in records/what_changed.tsv: ")


def test_only_rows_that_differ_are_looked_at_and_other_columns_make_all_differ():
    old = pd.DataFrame({"a": ["1", "2"], "b": ["x", ""]})
    new = pd.DataFrame({"a": ["2", "1"], "b": ["", "y"]})
    assert [frame["a"].tolist() for frame in what_changed._different(old, new)] == [["1"], ["1"]]
    wider = new.assign(c="")
    assert [len(frame) for frame in what_changed._different(old, wider)] == [2, 2]
