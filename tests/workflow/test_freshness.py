"""What runs again rests on content: not on the time of a file, not on its place, and it goes on after a failed job."""

import os
import shutil

import pytest

from .study import Study, copy_code

EXPORT = "resources/demo/raw/2024-06-vaccine/VAC.csv"
DELETED = ("statistics/pair_summaries.tsv", "figures/figure_2.pdf", "study/sample_checks.parquet")


def test_the_same_study_and_software_elsewhere_with_other_times_plan_nothing(small_copy, tmp_path):
    code = copy_code(tmp_path / "elsewhere" / "code")
    for name in ("workflow", "Snakefile", "profiles", "resources"):
        source, target = small_copy.code / name, code / name
        shutil.rmtree(target) if target.is_dir() else target.unlink()
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    for path in [*code.rglob("*"), *small_copy.folder.glob("resources/**/*"), *small_copy.folder.glob("config/**/*")]:
        os.utime(path)
    assert "Nothing to be done" in Study(small_copy.folder, code).run("-n")


@pytest.mark.slow
@pytest.mark.parametrize("memory", ["kept", "damaged"])
def test_an_export_replaced_by_one_with_an_older_time_is_read_again(small_copy, memory):
    path = small_copy.folder / EXPORT
    path.write_bytes(path.read_bytes() + b"\r\n")
    os.utime(path, (1, 1))
    if memory == "damaged":
        (small_copy.folder / ".snakemake/immunoassay/sha256.json").write_text("[")
    jobs = small_copy.jobs()
    assert jobs["read_batch"] == jobs["calibrate_batch"] == 1 and jobs["collect_results"] == 1
    text = small_copy.run("results/figures/figure_1a.svg", "--allowed-rules", "draw_study", check=False)
    assert f"changed since the last whole run: {EXPORT}" in text


def test_deleted_files_are_made_again(small_copy):
    for name in DELETED:
        (small_copy.folder / "results" / name).unlink()
    text = small_copy.dry()
    assert all(f"results/{name}" in text for name in DELETED)


@pytest.mark.slow
def test_every_deleted_file_is_made_again_and_the_study_is_as_it_was(small_copy):
    before = small_copy.results()
    for name in DELETED:
        (small_copy.folder / "results" / name).unlink()
    small_copy.run(*(f"results/{name}" for name in DELETED))
    assert small_copy.results() == before
    assert "Nothing to be done" in small_copy.run("-n")  # what rests on them, too: it is the same content


@pytest.mark.slow
def test_after_a_failed_job_the_next_run_goes_on(small_copy):
    path = small_copy.folder / EXPORT
    sound = path.read_bytes()
    path.write_bytes(sound.replace(b"Plate_VAC-01", b"Plate_VAC-00"))
    text = small_copy.run(check=False)
    assert small_copy.code_returned != 0
    assert "Stopped    no result was computed" in text and "STOP E-PLT-003" in text
    assert EXPORT in text.split("W-RUN-002")[1]
    path.write_bytes(sound + b"\r\n")
    for target in ((), ("results/study/results.tsv",)):
        jobs = small_copy.jobs(*target)
        assert jobs["read_batch"] == jobs["gate"] == jobs["collect_results"] == 1


@pytest.mark.slow
def test_a_result_changed_by_hand_is_named_until_it_is_deleted_and_made_again(small_copy):
    path = small_copy.folder / "results/figures/figure_2.svg"
    made = path.read_bytes()
    path.write_bytes(made + b"<!-- -->")
    for _ in range(2):  # the first of the runs writes the provenance file anew
        assert "E-RUN-005 results/figures/figure_2.svg" in small_copy.run()
    path.unlink()
    assert "E-RUN-005" not in small_copy.run()
    assert path.read_bytes() == made
