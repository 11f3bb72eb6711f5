"""A new batch runs its own jobs and the study's; a library edit reruns what uses it; a touch nothing."""

import os

import pytest

from .conftest import Study, copy_code

TARGET = "results/study/observations.parquet"
LAST = "2025-06-achr"


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """A copy of the workflow and its study, run up to the observations without the last batch."""
    folder = copy_code(tmp_path_factory.mktemp("growing") / "study")
    study = Study(folder, code=folder)
    study.all_plates = (folder / "config/plates.tsv").read_text(encoding="utf-8")
    without = "".join(line for line in study.all_plates.splitlines(keepends=True) if f"\t{LAST}\t" not in line)
    (folder / "config/plates.tsv").write_text(without, encoding="utf-8")
    study.run(TARGET)
    return study


def test_the_last_batch_runs_its_own_jobs_and_the_studys(grown):
    (grown.folder / "config/plates.tsv").write_text(grown.all_plates, encoding="utf-8")
    jobs = grown.jobs(TARGET)
    jobs.pop("total")
    assert jobs == dict.fromkeys(
        (
            "read_batch",
            "calibrate_batch",
            "assess_batch",
            "list_read_problems",
            "gate",
            "collect_results",
            "join_clinical",
        ),
        1,
    )
    grown.run(TARGET)
    assert "Nothing to be done" in grown.run("-n", TARGET)


def test_a_touch_of_library_and_raw_files_reruns_nothing(grown):
    for path in [*(grown.folder / "src/immunoassay").rglob("*.py"), *grown.folder.rglob("CYT-0*.csv")]:
        os.utime(path)
    assert "Nothing to be done" in grown.run("-n", TARGET)


@pytest.mark.parametrize(
    ("module", "rules"),
    [
        ("clinical/join.py", {"join_clinical"}),
        ("results/collection.py", {"collect_results", "join_clinical"}),
        ("statistics/intervals.py", set()),
    ],
)
def test_a_library_edit_reruns_the_rules_that_use_it(grown, module, rules):
    path = grown.folder / "src/immunoassay" / module
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\nEDITED = True\n", encoding="utf-8")
    try:
        jobs = grown.jobs(TARGET)
    finally:
        path.write_text(text, encoding="utf-8")
    assert set(jobs) - {"total"} == rules


def test_an_amendment_reaches_its_plates_batch_only(grown):
    path = grown.folder / "config/amendments.tsv"
    text = path.read_text(encoding="utf-8")
    columns = text.splitlines()[0].split("\t")
    row = dict.fromkeys(columns, "") | {
        "amendment": "A90", "what": "exclude_well", "plate": "CYT-03", "well": "H12", "reason": "bubble in the well",
        "who": "KM", "when": "2025-07-01",
    }  # fmt: skip
    path.write_text(text.rstrip("\n") + "\n" + "\t".join(row[column] for column in columns) + "\n", encoding="utf-8")
    try:
        jobs = grown.jobs(TARGET)
    finally:
        path.write_text(text, encoding="utf-8")
    assert jobs["read_batch"] == 1
