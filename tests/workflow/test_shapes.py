"""Studies of other shapes than the demonstration's, through the real Snakefile."""

import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.figures import figure_1b, figure_5
from matplotlib.text import Text
from openpyxl import load_workbook

from .shapes import shaped

RAW = "raw_folders: [resources/demo/raw]\n"
SVG = "figures: {formats: []}\n"  # and nothing beside it

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def assays(code, tmp_path_factory):
    """One plate of three analytes and one delivery, of no known person; run to the end."""
    folder = tmp_path_factory.mktemp("assays") / "study"
    study = shaped(folder, code, ("VAC-03", "ACHR-02"), RAW + SVG)
    study.run()
    return study


def test_assays_alone_give_results_ledger_figures_workbook_and_methods_and_ask_for_nothing_more(assays):
    folder = assays.folder / "results"
    assert sorted(path.name for path in folder.iterdir()) == [
        "batches",
        "deliverables",
        "figures",
        "provenance",
        "report.html",
        "study",
    ]
    assert {path.name for path in (folder / "figures").glob("*.svg")} == {
        f"{kind}_vaccine.svg" for kind in ("controls", "curves", "limits")
    }
    results = tables.read(folder / "study/results.parquet")
    assert results.groupby("panel").size().to_dict() == {"achr": 12, "vaccine": 36}
    assert "missing" not in set(results["status"])
    ledger = tables.read(folder / "study/ledger.parquet")
    assert "sample_not_in_sheet" not in set(ledger["disposition"])
    assert "Nothing to be done" in assays.run("-n")
    sheets = load_workbook(folder / "deliverables/study.xlsx", read_only=True).sheetnames
    assert "Results" in sheets and "Ledger counts" in sheets and not {"Prism", "Summaries", "Changes"} & set(sheets)
    text = (folder / "deliverables/methods.md").read_text(encoding="utf-8")
    assert not [
        word for word in ("participant", "baseline", "censored", "course", "lot ,", " 1 batches") if word in text
    ]


SCALES = [["scale", "minimum", "maximum", "step", "worse", "mcid"], ["EDSS", 0, 10, 0.5, "higher", 1]]
VISITS = [["visit", "order", "baseline"], ["D1", 1, "yes"], ["M3", 2, "no"], ["M6", 3, "no"]]
PATIENTS, CONTROLS = ("P01", "P02", "P03", "P04"), ("P05", "P06", "P07")
CHOICES = "primary_visit: M3\nfigures: {scores: [EDSS], relapse_score: EDSS, cytokine_visits: [D1, M3], formats: []}\n"
MADE = ("deliverables/methods.md", "deliverables/study.xlsx", "figures/figure_1b.svg", "figures/figure_5b.svg")


def cohort():
    """Sheets of patients seen three times and controls seen once, nobody treated; other tubes are of nobody."""
    seen = [(who, visit) for who in PATIENTS for visit in ("D1", "M3", "M6")] + [(who, "D1") for who in CONTROLS]
    date = {"D1": "2023-03-01", "M3": "2023-06-01", "M6": "2023-09-01"}
    tubes = [
        (f"{who}-{visit}", who, visit, date[visit], "serum") for who, visit in seen if (who, visit) != ("P04", "M6")
    ]
    others = [(f"{who}-{visit}", "", "", "", "") for who in (*PATIENTS, *CONTROLS) for visit in ("M2", "M9", "M12")]
    others += [(f"{who}-{visit}", "", "", "", "") for who in CONTROLS for visit in ("M3", "M6")]
    scores = [(who, visit, 3.5 + (visit == "M3")) for who, visit in seen if who in PATIENTS]
    people = [(who, "patient") for who in PATIENTS] + [(who, "control") for who in CONTROLS]
    return {
        "samples": [["sample_id", "participant", "visit", "collection_date", "specimen"], *tubes, *others],
        "participants": [["participant", "group"], *people],
        "visits": VISITS,
        "scales": SCALES,
        "scores": [["participant", "visit", "EDSS"], *scores],
    }  # fmt: skip


@pytest.fixture(scope="module")
def groups(code, tmp_path_factory):
    """Patients and controls without treatment, with all statistics, the deliverables and two figures."""
    study = shaped(tmp_path_factory.mktemp("groups") / "study", code, ("VAC-01", "VAC-02"), RAW + CHOICES, **cohort())
    study.run(*(f"results/{name}" for name in MADE))
    return study


def test_patients_and_controls_without_treatment_have_statistics_of_each_group_and_of_all(groups):
    folder = groups.folder / "results"
    found = tables.read(folder / "study/observations.parquet")
    assert dict(zip(found["participant"], found["participant_group"], strict=True)) == {
        **dict.fromkeys(PATIENTS, "patient"), **dict.fromkeys(CONTROLS, "control"),
    }  # fmt: skip
    assert set(found["course"]) == {"none"} and set(found["day"].dropna()) == {1, 93, 185}
    assert found["in_window"].isna().all()
    for name in ("visit_summaries", "biomarker_changes", "accounting", "sensitivity", "associations", "longitudinal"):
        assert set(pd.read_csv(folder / f"statistics/{name}.tsv", sep="\t")["participant_group"]) >= {"patient", "all"}
    rows = pd.read_csv(folder / "statistics/visit_summaries.tsv", sep="\t")
    rows = rows[(rows["variable"] == "measles-IgG") & (rows["visit"] == "D1") & (rows["quantity"] == "value")]
    assert rows.set_index("participant_group")["n_expected"].to_dict() == {"control": 3, "patient": 4, "all": 7}
    assert set(found.loc[found["participant"].isin(CONTROLS), "visit"]) == {"D1"}  # more was not planned for them
    changes = pd.read_csv(folder / "statistics/score_changes.tsv", sep="\t")
    assert set(changes.loc[changes["visit"] == "M3", "mean_change"]) == {1.0}
    problems = tables.read_tsv(folder / "study/problems.tsv", dtype="str")
    assert problems["code"].value_counts()["W-ID-052"] == 1 and not {"STOP", "EXCLUDE"} & set(problems["level"])


def test_nothing_speaks_of_treatment_where_there_is_none(groups):
    folder = groups.folder / "results"
    text = (folder / "deliverables/methods.md").read_text(encoding="utf-8")
    assert [word for word in ("course", "dose", "infusion", "treatment", "attributed") if word in text] == []
    assert "groups control and patient" in text
    flow = figure_1b.draw(tables.read_text(folder / "figures/figure_1b.tsv", figure_1b.TABLE))
    series = figure_5.draw(tables.read_text(folder / "figures/figure_5b.tsv", figure_5.TABLE))
    for figure in (flow, series):
        said = " ".join(each.get_text() for each in figure.findobj(Text)).lower()
        assert "n = 7" in said or "tetanus" in said
        assert not [word for word in ("course", "dose", "infusion", "schedule") if word in said]
    sheet = load_workbook(folder / "deliverables/study.xlsx", read_only=True)["Results"]
    header = [cell.value for cell in next(sheet.iter_rows(max_row=1))]
    assert "Visit" in header and "Course" not in header


def test_one_participant_at_one_visit_without_scores_and_other_sheets_runs_to_the_end(code, tmp_path):
    known = [f"{who}-R-{visit}" for who in ("P05", "P06", "P07") for visit in ("D1", "M2", "M3", "M6")]
    tubes = [[name, *(("P05", "R-D1") if name == "P05-R-D1" else ("", ""))] for name in known]
    sheets = {"samples": [["sample_id", "participant", "visit"], *tubes], "visits": [["visit", "order"], ["R-D1", 1]]}
    study = shaped(tmp_path / "study", code, ("VAC-03", "ACHR-02"), RAW + SVG, **sheets)
    study.run()
    folder = study.folder / "results"
    found = tables.read(folder / "study/observations.parquet")
    assert set(found["participant"]) == {"P05"} and len(found) == 4 and found["participant_group"].isna().all()
    outside = tables.read_text(folder / "study/outside_analysis.tsv", "outside_analysis")
    assert outside["reason"].value_counts().to_dict() == {"visit_not_stated": 44}
    assert "Associations" not in (folder / "deliverables/methods.md").read_text(encoding="utf-8")
