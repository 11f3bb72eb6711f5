"""A new batch runs its own jobs and the study's; a library edit reruns what uses it; a touch nothing."""

import os
import shutil

import pandas as pd
import pytest

from .study import BATCHES, Study, copied, copy_code

TARGET = "results/study/observations.parquet"
*FIRST, LAST = BATCHES


@pytest.fixture(scope="module")
def grown(small, tmp_path_factory):
    """A copy of the workflow and a study, run up to the observations without the last batch.

    Of the finished study its first batches are kept, with what they came to; whatever is of all batches is made anew.
    """
    folder = tmp_path_factory.mktemp("growing")
    study = Study(copied(small, folder / "study").folder, copy_code(folder / "code"))
    made = [*(study.folder / "results").iterdir(), *(study.folder / "results/batches").iterdir()]
    for path in (path for path in made if path.name not in ("batches", *FIRST)):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    plates = study.folder / "config/plates.tsv"
    study.all_plates = plates.read_text(encoding="utf-8")
    without = "".join(line for line in study.all_plates.splitlines(keepends=True) if f"\t{LAST}\t" not in line)
    plates.write_text(without, encoding="utf-8")
    study.run(TARGET)
    return study


@pytest.fixture
def complete(grown):
    """The study with its last batch; the tests that follow have it without, as it was."""
    plates = grown.folder / "config/plates.tsv"
    without = plates.read_text(encoding="utf-8")
    plates.write_text(grown.all_plates, encoding="utf-8")
    yield grown
    plates.write_text(without, encoding="utf-8")


def test_the_last_batch_runs_its_own_jobs_and_the_studys(complete):
    of_batch = dict.fromkeys(("read_batch", "calibrate_batch", "assess_batch"), {LAST})
    of_study = dict.fromkeys(
        ("list_read_problems", "gate", "collect_results", "follow_controls", "join_clinical"), set()
    )
    assert complete.planned(TARGET) == of_batch | of_study


def test_an_added_batch_moves_no_value_of_the_old_ones(grown, small):
    before, after = (
        pd.read_csv(study.folder / "results/study/results.tsv", sep="\t", dtype=str) for study in (grown, small)
    )
    both = before[before["plate"].notna()].merge(after, on=["sample_id", "analyte"], suffixes=("", "_after"))
    assert len(both) == before["plate"].notna().sum() > 50
    for column in set(before.columns) - {"sample_id", "analyte"}:
        pd.testing.assert_series_equal(both[column], both[f"{column}_after"], check_names=False, check_exact=True)


@pytest.mark.slow
def test_the_study_grown_by_a_batch_has_the_bytes_of_one_run_at_once(complete, small, tmp_path):
    study = copied(complete, tmp_path / "study")
    study.run(TARGET)
    assert "Nothing to be done" in study.run("-n", TARGET)
    study.run()
    grown_, at_once = study.results(), small.results()
    assert set(grown_) == set(at_once)
    assert [name for name in at_once if grown_[name] != at_once[name]] == []


@pytest.fixture
def edited(grown):
    """edited({module: text}): what a run would plan with the texts at the end of modules, which are then restored."""

    def planned(added):
        before = {}
        for module, text in added.items():
            path = grown.code / "src/immunoassay" / module
            before[path] = path.read_text(encoding="utf-8") if path.is_file() else None
            path.write_text((before[path] or "") + text, encoding="utf-8")
        try:
            return grown.planned(TARGET)
        finally:
            for path, text in before.items():
                path.unlink() if text is None else path.write_text(text, encoding="utf-8")

    return planned


@pytest.mark.parametrize(
    ("module", "rules"),
    [
        ("clinical/join.py", {"join_clinical"}),
        pytest.param("results/collection.py", {"collect_results", "join_clinical"}, marks=pytest.mark.slow),
        pytest.param("statistics/intervals.py", set(), marks=pytest.mark.slow),
    ],
)
def test_a_library_edit_reruns_the_rules_that_use_it_and_a_touch_none(grown, edited, module, rules):
    for path in [*(grown.code / "src/immunoassay").rglob("*.py"), *grown.folder.rglob("*.csv")]:
        os.utime(path)
    assert set(edited({module: "\nEDITED = True\n"})) == rules


def test_an_edit_of_a_reader_reaches_the_batches_of_its_family_only_and_a_comment_none(edited):
    """All at once: the reader of one batch, one of no batch here, a word in a module that every rule uses."""
    planned = edited({
        "readers/deliveries/result_table.py": "\nEDITED = True\n",
        "readers/plate_readers/kaleido.py": "\nEDITED = True\n",
        "tables/storage.py": "\n# a word\n",
    })  # fmt: skip
    assert {batch for batches in planned.values() for batch in batches} == planned["read_batch"] == {"2024-06-achr"}
