"""What is in quarantine has no result and a reason, its records are kept, and nothing else of the study changes."""

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.acceptance import assess
from immunoassay.problems import Problem
from immunoassay.readers import plausible
from immunoassay.results import collection
from immunoassay.study.load import study_in

from .cases import ACHR, CYT, SBCMA, study_runs


def keyed(run):
    return run.tables["results"].set_index(["sample_id", "analyte"])


def others_are_the_same(run, sound, analytes):
    """Results of all analytes but those named are those of the sound study."""
    before, after = keyed(sound[1]), keyed(run)
    same = ~before.index.get_level_values("analyte").isin(analytes)
    pd.testing.assert_frame_equal(before[same], after[~after.index.get_level_values("analyte").isin(analytes)])


def test_an_unread_plate_with_a_layout_has_attempts_that_say_so(folder, sound):
    (folder / SBCMA).write_bytes(b"")
    run = study_runs.run(folder.path)
    assert not run.stopped
    before, after = keyed(sound[1]), keyed(run)
    own = before.index[before["plate"] == "SBCMA-03"]
    assert len(own) > 3
    assert set(after.loc[own, "status"]) == {"not_reportable"}
    assert set(after.loc[own, "reason"]) == {"plate_quarantined"}
    assert after.loc[own, "lower"].eq(0).all() and np.isinf(after.loc[own, "upper"]).all()
    assert set(after.loc[own, "unit"]) == set(before.loc[own, "unit"])
    others_are_the_same(run, sound, set(own.get_level_values("analyte")))
    ledger = run.tables["ledger"]
    assert "plate_quarantined" in set(ledger.loc[ledger["plate"] == "SBCMA-03", "disposition"])


@pytest.mark.parametrize("file", [CYT, ACHR])
def test_an_unread_file_that_names_no_sample_is_never_not_tested(folder, sound, file):
    (folder / file).write_bytes(b"")
    run = study_runs.run(folder.path)
    before, after = keyed(sound[1]), keyed(run)
    assert len(after) == len(before)  # no analyte leaves the results with its only plate
    wells = run.tables["wells"]
    own = before.index[before["plate"].isin(set(wells.loc[wells["file"] == file, "plate"]))]
    assert len(own) > 3
    assert set(after.loc[own, "status"]) == {"missing"}
    assert set(after.loc[own, "reason"]) == {"plate_unread"}
    others_are_the_same(run, sound, set(own.get_level_values("analyte")))
    assert [problem.level for problem in run.problems if problem.file == file] == ["QUARANTINE"]


@pytest.mark.parametrize("where", ["wells", pytest.param("no wells", marks=pytest.mark.slow)])
def test_one_analyte_of_a_plate_in_quarantine(folder, sound, monkeypatch, where):
    """A reader's check raises it, with the analyte on the plate or not on it at all; the other analytes stay."""
    planted = Problem("V-081", "QUARANTINE", CYT, "planted", "a test", "nothing", plate="CYT-03", analyte="IL-6")
    check = plausible.check
    monkeypatch.setattr(
        plausible, "check", lambda rows: check(rows) + ([planted] if "CYT-03" in set(rows["plate"]) else [])
    )
    if where == "no wells":
        conform = study_runs.read_batch.__globals__["_finish_wells"]

        def without(frame, *rest):
            frame, found = conform(frame, *rest)
            return frame[(frame["plate"] != "CYT-03") | (frame["analyte"] != "IL-6")].reset_index(drop=True), found

        monkeypatch.setitem(study_runs.read_batch.__globals__, "_finish_wells", without)
    monkeypatch.setattr(study_runs, "CACHE", type(study_runs.CACHE)())
    run = study_runs.run(folder.path)
    assert not run.stopped
    before, after = keyed(sound[1]), keyed(run)
    own = before.index[(before["plate"] == "CYT-03") & (before.index.get_level_values("analyte") == "IL-6")]
    assert set(after.loc[own, "status"]) == {"not_reportable"}
    assert set(after.loc[own, "reason"]) == {"plate_quarantined"}
    others_are_the_same(run, sound, {"IL-6"})
    assert len(run.tables["ledger"]) == len(sound[1].tables["ledger"])
    listed = run.tables["problems"]
    assert listed.loc[listed["found"] == "planted", "analyte"].tolist() == ["IL-6"]


def test_judging_sets_one_analyte_of_a_plate_aside(sound):
    attempts = sound[1].tables["attempts"]
    attempts = attempts[list(tables.TABLES["attempts"].columns)]
    planted = Problem("V-081", "QUARANTINE", CYT, "planted", "a test", "nothing", plate="CYT-03", analyte="IL-6")
    found = assess.quarantined(attempts, [planted])
    own = (attempts["plate"] == "CYT-03") & (attempts["analyte"] == "IL-6")
    changed = (found["reason"] == "plate_quarantined").to_numpy()
    assert changed.any() and not changed[~own.to_numpy()].any()
    assert found.loc[changed, "value"].isna().all() and found.loc[changed, "point"].equals(
        attempts.loc[changed, "point"]
    )
    pd.testing.assert_frame_equal(found[~own], attempts[~own])


def test_a_study_of_which_nothing_can_be_read_has_no_result_and_every_reason(folder):
    for path in (folder / "resources/demo/raw").rglob("*"):
        if path.is_file():
            path.write_bytes(b"")
    for row, path in enumerate(sorted((folder / "resources/demo/raw").rglob("*.*"))):
        path.write_bytes(b"\n" * (row + 1))  # not the same content under several names
    run = study_runs.run(folder.path)
    assert not run.stopped, run.messages()
    assert set(run.tables["results"]["status"]) <= {"missing", "not_reportable"}
    assert set(run.tables["results"]["reason"]) == {"plate_unread", "plate_quarantined"}


def test_an_amendment_of_what_could_not_be_read_stops_nothing(folder, sound):
    place = sound[1].tables["results"].query("plate == 'CYT-03'").iloc[0]
    header = (folder / "config/amendments.tsv").read_text(encoding="utf-8").splitlines()[0].split("\t")
    rows = [
        {"amendment": "A80", "what": "exclude_well", "plate": "CYT-03", "well": "C06"},
        {"amendment": "A81", "what": "exclude_result", "sample_id": place["sample_id"], "analyte": place["analyte"]},
    ]
    with (folder / "config/amendments.tsv").open("a", encoding="utf-8") as sheet:
        for row in rows:
            row |= {"reason": "splash from the next well", "who": "KM", "when": "2025-07-01"}
            sheet.write("\t".join(row.get(column, "") for column in header) + "\n")
    (folder / CYT).write_bytes(b"")
    run = study_runs.run(folder.path)
    assert not run.stopped, run.messages()
    study, made = study_in(folder.path), run.tables
    rows, records = study.rows("amendments"), [made["wells"], made["delivered"]]
    listed = collection.amendments_applied(rows, [made["attempts"]], study.rows("samples"), records, made["results"])
    assert listed.set_index("amendment").loc[["A80", "A81"], "n_records"].eq(0).all()
