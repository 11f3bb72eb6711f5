"""Real exports as studies with every sheet: one plate each, as the steps of a batch take it, and a public study run to its
statistics; skipped where the shared files are absent."""

import pandas as pd

from tests import study_runs

from ..workflow.study import Study
from . import real_studies


def differences(folder):
    """Percent difference of our concentrations from the vendor's, of samples inside the standard range."""
    made = study_runs.run(folder).tables
    found = made["concentrations"][["well", "analyte", "concentration_well"]]
    wells = made["wells"].merge(found, on=["well", "analyte"], validate="one_to_one")
    standards = wells[wells["role"] == "standard"].groupby("analyte")["expected"].agg(["min", "max"])
    wells = wells[(wells["role"] == "sample") & wells["vendor_concentration"].notna()].join(standards, on="analyte")
    inside = (wells["vendor_concentration"] / wells["dilution"]).between(wells["min"], wells["max"])
    ours = wells["concentration_well"] * wells["dilution"] * wells["unit_factor"]
    difference = 100 * (ours / wells["vendor_concentration"] - 1).abs()[inside]
    return difference.dropna()


def test_the_real_thirty_plex_plate_agrees_with_the_vendor(tmp_path, shared):
    real_studies.thirty_plex(tmp_path, shared)
    found = differences(tmp_path)
    print(f"{len(found)} values, median {found.median():.3f} %, 90th percentile {found.quantile(0.9):.2f} %")
    assert len(found) > 1500
    assert found.median() < 1


def test_a_real_bioplex_workbook_agrees_with_the_vendor(tmp_path, shared):
    real_studies.bioplex(tmp_path, shared)
    found = differences(tmp_path)
    print(f"{len(found)} values, median {found.median():.3f} %, 90th percentile {found.quantile(0.9):.2f} %")
    assert len(found) > 400
    assert found.median() < 1


def test_a_public_study_runs_to_its_statistics_with_no_delivery_edited(tmp_path, code, shared):
    """Counts below the limits, per analyte, are those of a count in the deliveries themselves."""
    folder = tmp_path / "study"
    real_studies.public(folder, shared)
    study = Study(folder, code)
    study.run(
        "--", *(f"results/statistics/{name}.tsv" for name in ("visit_summaries", "biomarker_changes", "longitudinal"))
    )
    results = pd.read_parquet(folder / "results/study/results.parquet")
    found = {status: rows.groupby("analyte").size() for status, rows in results.groupby("status")}
    rows = pd.read_csv(folder / "raw" / real_studies.CYTOKINES, sep="\t")
    below = rows["protein_expression"] < rows["lower_limit_of_quantitation"]
    assert found["below_lloq"].to_dict() == rows[below].groupby("protein_id").size().to_dict() and below.sum() == 1144
    rows = pd.read_csv(folder / "raw" / real_studies.TITRES, sep="\t")
    below = rows[rows["MFI"] < rows["lower_limit_of_detection"]]
    names = (below["isotype"] + "-" + below["antigen"].str.replace("/", "-")).value_counts()
    assert found["below_lod"].to_dict() == names.to_dict() and len(below) == 947
    summaries = pd.read_csv(folder / "results/statistics/visit_summaries.tsv", sep="\t")
    assert set(results["analyte"]) <= set(summaries["variable"])
