"""Studies of other shapes than the demonstration's, through the real Snakefile."""

import pytest
from immunoassay import tables
from openpyxl import load_workbook

from .shapes import shaped

RAW = "raw_folders: [resources/demo/raw]\n"


@pytest.fixture(scope="module")
def assays(code, tmp_path_factory):
    """One plate of three analytes and one delivery, of no known person; run to the end."""
    folder = tmp_path_factory.mktemp("assays") / "study"
    study = shaped(folder, code, ("VAC-03", "ACHR-02"), RAW)
    study.run()
    return study


def test_assays_alone_give_results_ledger_figures_workbook_and_methods_and_ask_for_nothing_more(assays):
    folder = assays.folder / "results"
    assert sorted(path.name for path in folder.iterdir()) == [
        "batches",
        "deliverables",
        "figures",
        "provenance",
        "study",
    ]
    assert {path.name for path in (folder / "figures").glob("*.svg")} == {"controls_vaccine.svg", "curves_vaccine.svg"}
    results = tables.read(folder / "study/results.parquet")
    assert results.groupby("panel").size().to_dict() == {"achr": 12, "vaccine": 36}
    assert "missing" not in set(results["status"])
    ledger = tables.read(folder / "study/ledger.parquet")
    assert "sample_not_in_sheet" not in set(ledger["disposition"])
    assert "Nothing to be done" in assays.run("-n")
    sheets = load_workbook(folder / "deliverables/study.xlsx", read_only=True).sheetnames
    assert "Results" in sheets and "Ledger counts" in sheets and not {"Prism", "Summaries", "Changes"} & set(sheets)
    text = (folder / "deliverables/methods.md").read_text(encoding="utf-8")
    assert not [word for word in ("participant", "baseline", "censored", "course", "lot ,") if word in text]
