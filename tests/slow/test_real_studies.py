"""Real exports as one-plate studies through the same Snakefile; skipped where the shared files are absent."""

import pandas as pd

from ..workflow.conftest import Study
from . import real_studies


def differences(study):
    """Percent difference of our concentrations from the vendor's, of samples inside the standard range."""
    batch = study.folder / "results/batches/B1"
    wells = pd.read_parquet(batch / "wells.parquet")
    found = pd.read_parquet(batch / "concentrations.parquet")[["well", "analyte", "concentration_well"]]
    wells = wells.merge(found, on=["well", "analyte"], validate="one_to_one")
    standards = wells[wells["role"] == "standard"].groupby("analyte")["expected"].agg(["min", "max"])
    wells = wells[(wells["role"] == "sample") & wells["vendor_concentration"].notna()].join(standards, on="analyte")
    inside = (wells["vendor_concentration"] / wells["dilution"]).between(wells["min"], wells["max"])
    ours = wells["concentration_well"] * wells["dilution"] * wells["unit_factor"]
    difference = 100 * (ours / wells["vendor_concentration"] - 1).abs()[inside]
    return difference.dropna()


def run(tmp_path, code, shared, build):
    folder = tmp_path / "study"
    build(folder, shared)
    study = Study(folder, code)
    study.run()
    assert (folder / "results/figures/figure_4.svg").is_file()
    return study


def test_the_real_thirty_plex_plate_agrees_with_the_vendor(tmp_path, code, shared):
    found = differences(run(tmp_path, code, shared, real_studies.thirty_plex))
    print(f"{len(found)} values, median {found.median():.3f} %, 90th percentile {found.quantile(0.9):.2f} %")
    assert len(found) > 1500
    assert found.median() < 1


def test_a_real_bioplex_workbook_agrees_with_the_vendor(tmp_path, code, shared):
    found = differences(run(tmp_path, code, shared, real_studies.bioplex))
    print(f"{len(found)} values, median {found.median():.3f} %, 90th percentile {found.quantile(0.9):.2f} %")
    assert len(found) > 400
    assert found.median() < 1
