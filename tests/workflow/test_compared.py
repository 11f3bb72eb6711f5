"""A study of two arms: blinded, opened, and with an arm corrected; with populations, covariates and a plan."""

import json

import pytest
from immunoassay import tables

from .contents import contents
from .shapes import shaped, write
from .study import copied

pytestmark = pytest.mark.slow
PEOPLE = ("P01", "P02", "P03", "P04", "P05", "P06", "P07")
VISITS = [["visit", "order", "baseline"], ["D1", 1, "yes"], ["M3", 2, "no"], ["M6", 3, "no"]]
ARMS = dict(zip(PEOPLE, ("verum-9", "dummy-8") * 4, strict=False)) | {"P07": ""}
CONFIG = """raw_folders: [resources/demo/raw]
primary_visit: M3
compare: {arm: {reference: dummy-8, from: unblinding}, site: {}, responder: {}}
covariates: [age, MGC]
include: {measles-IgG: {antibody: [AChR]}}
plan:
- {question: group_comparison, role: primary, factor: arm, variables: [tetanus-IgG]}
- {question: association, variables: [tetanus-IgG], score: MGC}
- {question: change, variables: [measles-IgG], visit: M6}
"""
OPENED = {  # what a new arm may concern
    *("check_spread", "compare_groups", "compare_courses", "count_responders", "time_events", "describe_antibodies"),
    *("account_for_plan", "draw_groups", "draw_clinical", "draw_biomarkers"),
    *("write_workbook", "write_source_data", "write_methods", "write_provenance", "write_report"),
    *("record_blinding", "all"),
}


def sheets():
    seen = [(who, visit) for who in PEOPLE for visit in ("D1", "M3", "M6")]
    date = {"D1": "2023-03-01", "M3": "2023-06-01", "M6": "2023-09-01"}
    others = [(f"{who}-{visit}", "", "", "", "") for who in PEOPLE for visit in ("M2", "M9", "M12")]
    people = [
        (who, 40 + place, ("AChR", "MuSK")[place % 3 == 1], ("north", "south")[place % 2])
        for place, who in enumerate(PEOPLE)
    ]
    return {
        "samples": [["sample_id", "participant", "visit", "collection_date", "specimen"],
                    *((f"{who}-{visit}", who, visit, date[visit], "serum") for who, visit in seen), *others],
        "participants": [["participant", "age", "antibody", "site"], *people],
        "visits": VISITS,
        "scores": [["participant", "visit", "MGC"],
                   *((who, visit, 20 - (place % 3) * 3 * (visit != "D1")) for place, who in enumerate(PEOPLE)
                     for visit in ("D1", "M3"))],
    }  # fmt: skip


@pytest.fixture(scope="module")
def blinded(code, tmp_path_factory):
    study = shaped(tmp_path_factory.mktemp("blinded") / "study", code, ("VAC-01", "VAC-02"), CONFIG, **sheets())
    study.run()
    return study


def open_blind(study, arms=None):
    arms = ARMS if arms is None else arms
    write(study.folder, "unblinding", [["participant", "arm"], *arms.items()])


@pytest.fixture(scope="module")
def opened(blinded, tmp_path_factory):
    study = copied(blinded, tmp_path_factory.mktemp("opened") / "study")
    open_blind(study)
    study.jobs_of_opening = set(study.jobs())
    study.run()
    return study


def holding(study, word):
    """The files of a study's results that hold a word."""
    files = sorted(path for path in (study.folder / "results").rglob("*") if path.is_file())
    assert len(files) > 60
    return {path.relative_to(study.folder / "results").as_posix() for path in files if word.encode() in contents(path)}


def plan(study):
    return tables.read_tsv(study.folder / "results/statistics/analysis_plan.tsv")


def test_a_blinded_study_has_everything_but_the_arms(blinded, opened):
    assert holding(blinded, "verum-9") == set()
    # the level that the config itself names as the reference is in the record of that config, beside nobody
    assert holding(blinded, "dummy-8") == {"provenance/run.json"}
    run = json.loads((blinded.folder / "results/provenance/run.json").read_text())
    assert "dummy-8" not in json.dumps(
        {name: part for name, part in run.items() if name not in ("config", "analysis_plan")}
    )
    # the search finds arms where there are some
    assert {"statistics/group_comparisons.tsv", "deliverables/study.xlsx"} <= holding(opened, "verum-9")
    text = (blinded.folder / "results/deliverables/methods.md").read_text(encoding="utf-8")
    assert "The allocation (arm) is blinded, and nothing was compared by it." in text
    assert "comparison of tetanus-IgG by arm at M3 (adjusted) (the factor is blinded)" in text
    assert "Measles IgG was analysed in participants whose antibody is AChR (5 of 7)" in text
    compared = tables.read_tsv(blinded.folder / "results/statistics/group_comparisons.tsv")
    assert set(compared["factor"]) == {"site", "responder"}


def test_opening_the_blind_reruns_what_compares_and_nothing_else(opened):
    assert opened.jobs_of_opening <= OPENED
    assert {"compare_groups", "record_blinding", "write_methods"} <= opened.jobs_of_opening
    assert "Nothing to be done" in opened.run("-n")


def test_the_day_of_opening_and_the_plan_before_are_recorded(blinded, opened):
    records = [
        json.loads((study.folder / "results/provenance/blinding.json").read_text()) for study in (blinded, opened)
    ]
    assert [record["opened"] is None for record in records] == [True, False]
    assert records[1]["plan_state"] == "same_plan" and records[1]["plan_before"] == records[0]["plan"]
    run = json.loads((opened.folder / "results/provenance/run.json").read_text())
    assert run["analysis_plan"]["sha256"] == records[1]["plan"]
    log = [json.loads(line) for line in (opened.folder / "records/runs.jsonl").read_text().splitlines()]
    assert [entry["plan"] for entry in log] == [records[0]["plan"]] * 2
    assert [entry["opened"] for entry in log] == [None, records[1]["opened"]]


def test_planned_questions_have_a_row_each_and_the_rest_is_counted(blinded, opened):
    before, after = plan(blinded), plan(opened)
    assert before["ran"].tolist()[:3] == [False, True, True] and after["ran"].tolist()[:3] == [True, True, True]
    assert before["reason_code"][0] == "plan_blinded"
    asked = after[after["item"].notna()]
    assert asked["table"].tolist() == ["group_comparisons", "associations", "biomarker_changes"]
    assert asked["n"].tolist() == [6, 7, 4]  # of arms known, of all, of the population with both visits
    others = after[after["item"].isna()].set_index("table")
    frames = {name: tables.read_tsv(opened.folder / f"results/statistics/{name}.tsv") for name in others.index}
    for name, frame in frames.items():
        own = asked[asked["table"] == name]
        assert others.loc[name, "n_tests"] == (frame["p"].notna().sum() if "p" in frame else 0) - own["n_tests"].sum()
    assert others.loc["group_comparisons", "n_rows"] > 10


def test_an_arm_corrected_reruns_only_what_compares(opened, tmp_path):
    study = copied(opened, tmp_path / "study")
    open_blind(study, ARMS | {"P01": "dummy-8", "P02": "verum-9"})
    assert "join_clinical" not in study.jobs() and set(study.jobs()) <= OPENED - {"record_blinding"}


def test_a_plan_changed_after_unblinding_is_said(opened, tmp_path):
    study = copied(opened, tmp_path / "study")
    study.edit("config/config.yaml", "covariates: [age, MGC]", "covariates: [age]")
    study.run("results/deliverables/methods.md", "results/provenance/blinding.json")
    text = (study.folder / "results/deliverables/methods.md").read_text(encoding="utf-8")
    assert "the plan was changed after unblinding" in text


def test_a_changed_factor_of_the_participants_sheet_reruns_only_what_compares(opened, tmp_path):
    study = copied(opened, tmp_path / "study")
    study.edit("config/participants.tsv", "AChR\tnorth", "AChR\tsouth")
    assert "join_clinical" not in study.jobs() and set(study.jobs()) <= OPENED - {"record_blinding"} | {"draw_study"}


def test_every_result_is_observed_or_outside_with_its_reason(blinded):
    folder = blinded.folder / "results/study"
    results, observed = tables.read(folder / "results.parquet"), tables.read(folder / "observations.parquet")
    outside = tables.read_text(folder / "outside_analysis.tsv", "outside_analysis")
    used = observed[observed["sample_id"].notna() & (observed["status"] != "missing")]
    assert (results["status"] != "missing").sum() == len(outside) + len(used)
    assert outside.loc[outside["reason"] == "not_included", ["participant", "analyte"]].drop_duplicates().values.tolist() == [
        ["P02", "measles-IgG"], ["P05", "measles-IgG"],
    ]  # fmt: skip
