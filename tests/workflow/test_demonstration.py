"""A study through the real Snakefile: complete, idle afterwards, true. The small study at once, the demonstration slowly."""

import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from immunoassay.figures import planned
from immunoassay.study.load import study_in

from .study import ROOT, new_study

NAMES = (
    *(f"figure_{number}" for number in ("1a", "1b", "2", "3", "4", "5a", "5b", "5c", "6")),
    "associations",
    "profile",
)


@pytest.fixture(scope="module", params=["small", pytest.param("finished", marks=pytest.mark.slow)])
def done(request):
    """A study run to the end: three batches of the demonstration, and the whole of it."""
    return request.getfixturevalue(request.param)


def table(study, name):
    return pd.read_csv(study.folder / "results" / name, sep="\t", keep_default_na=False, na_values=[""])


def test_every_figure_and_deliverable_is_there(done):
    reasons = planned.planned(study_in(done.folder))
    left = [name for name in NAMES if reasons[name]]
    assert left in ([], ["figure_4", "figure_5c", "figure_6"])  # three batches hold nothing of these
    for name in (name for name in NAMES if name not in left):
        for suffix, size in {"svg": 300, "png": 300, "pdf": 300, "tsv": 100}.items():
            assert (done.folder / f"results/figures/{name}.{suffix}").stat().st_size > size
    for name in ("deliverables/study.xlsx", "deliverables/methods.md", "provenance/run.json"):
        assert (done.folder / "results" / name).stat().st_size > 300


@pytest.mark.slow
def test_the_picture_of_the_readme_is_figure_4(finished):
    drawn = finished.folder / "results/figures/figure_4.png"
    assert (ROOT / "docs/figure-4.png").read_bytes() == drawn.read_bytes()


@pytest.mark.slow  # of the small study: test_freshness, in another place
def test_a_second_run_does_nothing(finished):
    assert "Nothing to be done" in finished.run("-n")


def test_the_catalogue_entry_plans_the_same(small):
    assert "Nothing to be done" in small.run("-n", snakefile="workflow/Snakefile")


def test_the_figures_say_that_data_are_simulated(done):
    assert "SIMULATED" in (done.folder / "results/deliverables/methods.md").read_text(encoding="utf-8")


def test_the_ledger_conserves_every_raw_record(done):
    ledger = table(done, "study/ledger.tsv")
    raw = sum(
        len(pd.read_parquet(path, columns=["plate"]))
        for name in ("wells", "delivered")
        for path in done.folder.glob(f"results/batches/*/{name}.parquet")
    )
    assert len(ledger) == raw
    assert not ledger.duplicated(["plate", "record", "analyte"]).any()
    assert ledger["disposition"].notna().all()
    assert "usable" not in set(ledger["disposition"])


@pytest.mark.slow
def test_the_planted_faults_are_flagged_excluded_or_corrected(finished):
    results = table(finished, "study/results.tsv").set_index(["sample_id", "analyte"])
    ledger, problems = table(finished, "study/ledger.tsv"), table(finished, "study/problems.tsv")
    observations = table(finished, "study/observations.tsv")
    assert results.loc[("P02-M3", "IL-6"), "plate"] == "CYT-01"  # typed P20-M3, amended
    assert (results.xs("IL-4", level="analyte")["status"] == "below_lloq").all()
    assert (results.xs("IgE", level="analyte")["status"] == "below_lloq").all()
    baff = ledger[ledger["plate"] == "BAFF-01"]
    assert set(baff["disposition"]) <= {"plate_set_aside", "empty"}
    assert set(results.xs("BAFF", level="analyte")["plate"].dropna()) == {"BAFF-01R", "BAFF-02", "BAFF-03"}
    assert (ledger.loc[ledger["sample_id"] == "P08-D1", "disposition"] == "sample_not_in_sheet").all()
    assert {"E-ID-049", "X-BEAD", "W-BEAD"} <= set(problems["code"])
    assert not set(problems["level"]) & {"STOP", "QUARANTINE"}
    missing = observations[(observations["status"] == "missing") & (observations["kind"] == "biomarker")]
    assert len(missing) and (missing["reason"] == "no_visit").all()
    assert (results["status"] == "above_uloq").sum() == 1
    assert results["flags"].fillna("").str.contains("W-REPLICATE-CV").any()
    assert observations["flags"].fillna("").str.contains("W-WINDOW").any()


def test_the_truth_is_recovered(done):
    """>= 90 % of quantified results within 20 % of the truth; >= 99 % of statuses right away from the LLOQ."""
    results = table(done, "study/results.tsv")
    truth = pd.read_csv(ROOT / "resources/demo/truth/truth_results.tsv", sep="\t")
    merged = results.merge(truth, on=["sample_id", "analyte"], suffixes=("", "_true"), validate="one_to_one")
    assert (merged["unit"] == merged["unit_true"]).all()
    assert len(merged) == len(results)
    quantified = merged[merged["status"] == "quantified"]
    within = (quantified["value"] / quantified["concentration"] - 1).abs() <= 0.20
    clear = merged[merged["status"].isin(["quantified", "below_lloq"]) & merged["lloq_applied"].notna()]
    ratio = clear["concentration"] / clear["lloq_applied"]
    clear = clear[(ratio < 0.8) | (ratio > 1.25)]
    right = (clear["status"] == "quantified") == (clear["concentration"] > clear["lloq_applied"])
    print(f"{within.mean():.3f} of {len(within)} within 20 %, {right.mean():.4f} of {len(right)} statuses right")
    assert within.mean() >= 0.90
    assert right.mean() >= 0.99


def test_normalised_against_lloq_is_bounds_over_one_limit_per_analyte(done):
    observations = table(done, "study/observations.tsv")
    below = observations[(observations["status"] == "below_lloq")]
    assert (below["over_lloq_upper"] <= 1).all()
    assert (below["over_lloq_lower"] == 0).all()
    biomarkers = observations[observations["kind"] == "biomarker"]
    assert (biomarkers.groupby("variable")["lloq_study"].nunique() == 1).all()
    assert (biomarkers.groupby("variable")["lloq"].max() == biomarkers.groupby("variable")["lloq_study"].first()).all()
    quantified = biomarkers[biomarkers["status"] == "quantified"]
    assert np.allclose(quantified["over_lloq_lower"], quantified["value"] / quantified["lloq_study"])


def test_provenance_holds_checksums_and_no_path_of_the_machine(done):
    text = (done.folder / "results/provenance/run.json").read_text(encoding="utf-8")
    assert str(done.folder) not in text and str(ROOT) not in text
    assert json.loads(text)


@pytest.mark.slow
def test_report_renders_offline(finished, tmp_path):
    finished.run("--report", tmp_path / "report.zip")
    with zipfile.ZipFile(tmp_path / "report.zip") as report:
        names = report.namelist()
        page = report.read(next(name for name in names if name.endswith("report.html"))).decode()
    held = {name.rsplit("/", 1)[-1] for name in names}
    assert {"figure_2.svg", "figure_2.tsv", "problems.tsv", "study.xlsx", "source_data.xlsx", "methods.md"} <= held
    assert "'sample_id': " not in page and "'participant': " not in page  # no rows of the sheets as parameters of jobs


@pytest.mark.slow
def test_mistakes_are_reported_together_by_line_although_old_outputs_exist(finished_copy):
    plates = finished_copy.folder / "config/plates.tsv"
    lines = plates.read_text(encoding="utf-8").splitlines()
    first = lines[1].split("\t")
    lines[1] = lines[1].replace("CYT-01.csv", "CYT-1.csv")
    plates.write_text("\n".join([*lines, "\t".join(first)]) + "\n", encoding="utf-8")
    finished_copy.edit("config/materials.tsv", "\tIL-6\t", "\tIL-66\t")
    materials = (finished_copy.folder / "config/materials.tsv").read_text(encoding="utf-8").splitlines()
    row = next(number for number, line in enumerate(materials, 1) if "\tTNF\t" in line)
    finished_copy.edit("config/materials.tsv", materials[row - 1], materials[row - 1].replace("pg/mL", "ng/mL"))
    text = finished_copy.run("-n", check=False)
    assert finished_copy.code_returned != 0
    assert "config/plates.tsv › row 2 › file: no such file" in text and "did you mean" in text
    assert f"config/plates.tsv › row {len(lines) + 1} › plate: CYT-01 appears already in row 2" in text
    assert '"IL-66" is not in the analytes sheet' in text
    assert f"config/materials.tsv › row {row} › unit: ng/mL for TNF" in text
    assert "Traceback" not in text


@pytest.mark.slow
def test_a_broken_export_is_set_aside_and_the_rest_of_the_study_runs(finished_copy):
    (finished_copy.folder / "resources/demo/raw/2024-06-cytokines/CYT-01.csv").write_bytes(b"")
    finished_copy.run("results/study/problems.tsv", "results/study/results.tsv", "results/figures/figure_4.svg")
    problems = table(finished_copy, "study/problems.tsv")
    assert "E-FILE-002" in set(problems.loc[problems["level"] == "QUARANTINE", "code"])
    wells = pd.read_parquet(finished_copy.folder / "results/batches/2024-06-cytokines/wells.parquet")
    assert (wells.loc[wells["plate"] == "CYT-02", "disposition"] == "usable").any()
    results = table(finished_copy, "study/results.tsv")
    assert "plate_unread" in set(results["reason"]) and "CYT-02" in set(results["plate"])


@pytest.mark.slow
def test_a_stop_closes_the_gate_before_any_result(finished_copy):
    finished_copy.edit("resources/demo/raw/2024-06-cytokines/CYT-01.csv", "pg/mL", "ng/mL")
    before = (finished_copy.folder / "results/study/results.parquet").stat().st_mtime_ns
    text = finished_copy.run(check=False)
    assert finished_copy.code_returned != 0
    assert "STOP E-UNIT-088 resources/demo/raw/2024-06-cytokines/CYT-01.csv" in text
    assert "E-UNIT-088" in set(table(finished_copy, "study/read_problems.tsv")["code"])
    assert (finished_copy.folder / "results/study/results.parquet").stat().st_mtime_ns == before


@pytest.mark.slow
def test_a_late_plate_changes_no_other_plates_value(finished, code, tmp_path):
    """Without its last plate a batch gives the same attempts for its other plates, where its weights are stated.

    Weights that a batch estimates are those of all its plates: a late plate is a new batch.
    """
    study = new_study(tmp_path / "study", code)
    plates = study.folder / "config/plates.tsv"
    lines = plates.read_text(encoding="utf-8").splitlines(keepends=True)
    plates.write_text("".join(line for line in lines if not line.startswith("ISO-02")), encoding="utf-8")
    amendments = study.folder / "config/amendments.tsv"
    lines = amendments.read_text(encoding="utf-8").splitlines(keepends=True)
    amendments.write_text("".join(line for line in lines if "\tISO-02\t" not in line), encoding="utf-8")
    target = "results/batches/2024-06-isotypes/attempts.parquet"
    study.run(target)
    alone, beside = (pd.read_parquet(each.folder / target) for each in (study, finished))
    beside = beside[beside["plate"] == "ISO-01"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.reset_index(drop=True), beside, check_exact=True)
