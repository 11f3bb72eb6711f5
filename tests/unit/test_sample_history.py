"""Specimen, days of storage and freeze-thaw cycles of a sample, by hand; what a failed or unknown one does to attempts."""

import runpy
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from immunoassay.jobs import runtime
from immunoassay import tables
from immunoassay.acceptance import sample_history
from immunoassay.results import collection

SETS = {
    "advisory": {"id": "advisory", "version": 1, "required": []},
    "strict": {"id": "strict", "version": 2, "required": ["matrix", "storage_days", "freeze_thaw"]},
}
SAMPLE = {"sample_id": "A", "specimen": "serum", "collection_date": "2024-01-01", "freeze_thaw": 2}
PANEL = {
    "panel": "kit",
    "specimen": "serum; EDTA plasma",
    "max_storage_days": 30,
    "max_freeze_thaw": 2,
    "criteria_set": "advisory",
    "accept_unproven": "",
}


def attempts(*samples, analytes=("IL-6",), run_date="2024-01-31", flags=None):
    rows = [
        {"batch": "B", "plate": "P1", "panel": "kit", "sample_id": sample, "analyte": analyte, "attempt": "P1 1:2",
         "status": "quantified", "value": 5.0, "lower": 5.0, "upper": 5.0, "low": 4.0, "high": 6.0, "point": 5.0,
         "dilution": 2.0, "wells": "A01", "run_date": run_date, "flags": flags, "verdict": "PASS"}
        for sample in samples for analyte in analytes
    ]  # fmt: skip
    return tables.conform(pd.DataFrame(rows).reindex(columns=list(tables.TABLES["attempts"].columns)), "attempts")


def judgement(rule, run="2024-01-31", panel=None, **sample):
    found = {each.rule: each for each in sample_history.judgements(SAMPLE | sample, PANEL | (panel or {}), run)}
    return found.get(rule)


@pytest.mark.parametrize(
    ("specimen", "verdict"),
    [("serum", "PASS"), ("Serum ", "PASS"), ("EDTA  plasma", "PASS"), ("plasma", "FAIL"), ("CSF", "FAIL"),
     ("", "NOT_EVALUABLE")],
)  # fmt: skip
def test_the_specimen_is_one_the_kit_is_validated_for(specimen, verdict):
    found = judgement("matrix", specimen=specimen)
    assert (found.verdict, found.limit, found.subject) == (verdict, "serum or EDTA plasma", "A")


@pytest.mark.parametrize(
    ("collected", "run", "verdict", "words"),
    [
        ("2024-01-01", "2024-01-31", "PASS", "A: stored 30 days"),  # the longest validated is still valid
        ("2024-01-01", "2024-02-01", "FAIL", "A: stored 31 days"),
        ("2024-02-28", "2024-03-01", "PASS", "A: stored 2 days"),  # a leap year
        (None, "2024-01-31", "NOT_EVALUABLE", "A: no date of collection"),
        ("2024-01-01", np.nan, "NOT_EVALUABLE", "A: no date of the run"),
        ("2024-02-01", "2024-01-31", "NOT_EVALUABLE", "A: collected on 2024-02-01, after the run on 2024-01-31"),
    ],
)
def test_days_of_storage_by_hand(collected, run, verdict, words):
    found = judgement("storage_days", run, collection_date=collected)
    assert (found.verdict, found.words, found.limit) == (verdict, words, "at most 30")


@pytest.mark.parametrize(("cycles", "verdict"), [(0, "PASS"), (2, "PASS"), (3, "FAIL"), (None, "NOT_EVALUABLE")])
def test_freeze_thaw_cycles_by_hand(cycles, verdict):
    assert judgement("freeze_thaw", freeze_thaw=cycles).verdict == verdict


def test_a_limit_of_zero_is_a_limit():
    assert judgement("freeze_thaw", panel={"max_freeze_thaw": 0}, freeze_thaw=1).verdict == "FAIL"


def test_what_the_panel_does_not_declare_is_not_judged():
    nothing = PANEL | {"specimen": "", "max_storage_days": None, "max_freeze_thaw": None}
    before = attempts("A")
    after, checks = sample_history.judge(before, [SAMPLE], [nothing], SETS)
    assert checks.empty
    pd.testing.assert_frame_equal(after, before)


def test_an_advisory_rule_flags_and_changes_no_value():
    rows = [SAMPLE, SAMPLE | {"sample_id": "B", "specimen": "CSF", "freeze_thaw": 3, "collection_date": None}]
    before = attempts("A", "B", analytes=("IL-6", "TNF"), flags="W-BEAD")
    after, checks = sample_history.judge(before, rows, [PANEL], SETS)
    flags = dict(zip(after["sample_id"], after["flags"], strict=True))
    assert flags == {"A": "W-BEAD", "B": "W-BEAD;W-MATRIX;W-FREEZE-THAW"}  # what cannot be judged is no flag
    pd.testing.assert_frame_equal(after.drop(columns="flags"), before.drop(columns="flags"))
    assert len(tables.conform(checks, "checks")) == 2 * 2 * 3
    own = checks[checks["subject"] == "B"]
    assert set(zip(own["rule"], own["verdict"], strict=True)) == {
        ("matrix", "FAIL"), ("storage_days", "NOT_EVALUABLE"), ("freeze_thaw", "FAIL")
    }  # fmt: skip
    assert set(zip(checks["criteria_set"], checks["criteria_version"], strict=True)) == {("advisory", "1")}
    assert not checks["required"].any()


def test_a_required_rule_that_fails_or_cannot_be_judged_takes_the_result():
    rows = [SAMPLE, SAMPLE | {"sample_id": "B", "specimen": "CSF"}, SAMPLE | {"sample_id": "C", "freeze_thaw": None}]
    strict = PANEL | {"criteria_set": "strict"}
    after, checks = sample_history.judge(attempts("A", "B", "C"), rows, [strict], SETS)
    assert after["status"].tolist() == ["quantified", "not_reportable", "not_reportable"]
    assert after["reason"].tolist()[1:] == ["matrix", "freeze_thaw_not_evaluable"]
    gone = after[after["sample_id"] != "A"]
    assert gone[["value", "low", "high"]].isna().all(axis=None)
    assert (gone["lower"] == 0).all()
    assert np.isinf(gone["upper"]).all()
    assert (gone["point"] == 5).all()
    assert checks["required"].all()
    accepted, _ = sample_history.judge(attempts("B", "C"), rows, [strict | {"accept_unproven": "kept on ice"}], SETS)
    assert accepted["status"].tolist() == ["not_reportable", "quantified"]


def test_the_numbers_of_one_analyte_leave_the_others_alone():
    own = {**SETS, "advisory for TNF": {**SETS["strict"], "id": "advisory for TNF"}}
    rows = [SAMPLE | {"specimen": "CSF"}]
    after, _ = sample_history.judge(attempts("A", analytes=("IL-6", "TNF")), rows, [PANEL], own)
    assert dict(zip(after["analyte"], after["status"], strict=True)) == {"IL-6": "quantified", "TNF": "not_reportable"}


def test_pools_and_samples_that_are_not_in_the_sheet_are_not_judged():
    _, checks = sample_history.judge(attempts("POOL", "X"), [SAMPLE], [PANEL], SETS)
    assert checks.empty


def test_every_attempt_says_whether_and_why_it_is_reported():
    first, second = attempts("A", "B", "POOL", "X"), attempts("A")
    second["plate"], second["run_date"] = "P2", "2024-02-05"
    both = pd.concat([first, second], ignore_index=True)
    samples = [{"sample_id": name} for name in "ABC"]
    analytes = [{"analyte": "IL-6", "panel": "kit", "unit": "pg/mL"}]
    bridges = {"pools": ["POOL"], "normalise": []}
    found, _ = collection.collect([both], samples, analytes, "plate", [], bridges)
    marked = tables.conform(collection.mark_selected(both, found, samples, ["POOL"]), "study_attempts")
    said = {(row.plate, row.sample_id): (row.selected, row.selection) for row in marked.itertuples()}
    assert said == {
        ("P1", "A"): (True, collection.SELECTION),
        ("P2", "A"): (False, "another attempt is reported: plate P1, wells A01"),
        ("P1", "B"): (True, "only attempt"),
        ("P1", "POOL"): (False, "a pool that is measured to compare plates"),
        ("P1", "X"): (False, "not in the samples sheet"),
    }
    key = ["sample_id", "analyte", "plate"]
    reported = found.dropna(subset=["plate"])[key].sort_values(key)
    chosen = marked.loc[marked["selected"], key].sort_values(key)
    assert reported.to_numpy().tolist() == chosen.to_numpy().tolist()


class Named(dict):
    """Files by name, as a script has them."""

    __getattr__ = dict.__getitem__


def test_the_script_judges_every_attempt_once_and_results_are_of_the_attempts_it_keeps(tmp_path, monkeypatch):
    strict = PANEL | {"criteria_set": "strict"}
    samples = [SAMPLE, SAMPLE | {"sample_id": "B", "specimen": "CSF"}]
    first, second = attempts("A", "B"), attempts("A", run_date="2024-01-11").assign(batch="C", plate="P2")
    paths, wells = [tmp_path / f"{name}.parquet" for name in "BC"], tmp_path / "wells.parquet"
    for frame, path in zip((first, second), paths, strict=True):
        tables.write(frame, "attempts", path)
    tables.write(tables.empty("wells"), "wells", wells)
    analyte = {"analyte": "IL-6", "panel": "kit", "unit": "pg/mL", "lloq_validated": None, "uloq_validated": None}
    given = {
        **{
            "samples": samples,
            "panels": [strict],
            "criteria": SETS,
            "analytes": [analyte],
            "unit_factors": {"IL-6": 1.0},
        },
        **{
            "lloq_across_plates": "plate",
            "amendments": [],
            "bridging": {"pools": [], "normalise": []},
            "partial": False,
        },
    }
    judged, judge = [], sample_history.judge
    monkeypatch.setattr(sample_history, "judge", lambda frame, **more: judged.append(frame) or judge(frame, **more))

    @contextmanager
    def job(snakemake):
        yield SimpleNamespace(info=lambda *_: None), SimpleNamespace(**given)

    monkeypatch.setattr(runtime, "job", job)
    made = Named({name: str(tmp_path / f"{name}.parquet") for name in ("results", "attempts", "checks")})
    made |= {name: str(tmp_path / f"{name.removesuffix('_tsv')}.tsv") for name in ("results_tsv", "attempts_tsv")}
    snakemake = SimpleNamespace(input=SimpleNamespace(attempts=paths, wells=[wells]), output=made)
    script = Path(__file__).parents[2] / "workflow/scripts/collect_results.py"
    runpy.run_path(str(script), {"snakemake": snakemake})
    assert [frame["batch"].unique().tolist() for frame in judged] == [["B"], ["C"]]
    results, kept = tables.read(made.results), tables.read(made.attempts)
    assert results[["sample_id", "plate", "status", "reason"]].fillna("").to_numpy().tolist() == [
        ["A", "P2", "quantified", ""],
        ["B", "P1", "not_reportable", "matrix"],
    ]
    key = ["sample_id", "plate", "status", "reason"]
    pd.testing.assert_frame_equal(kept.loc[kept["selected"], key].sort_values(key, ignore_index=True), results[key])
    assert len(kept) == 3 and len(tables.read(made.checks)) == 9
    assert len(tables.read_tsv(made.attempts_tsv)) == 3 and len(tables.read_tsv(made.results_tsv)) == 2
