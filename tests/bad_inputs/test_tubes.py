"""Several tubes of one visit: every analyte is analysed from a tube that was measured for it."""

import pandas as pd

from .cases import study_runs


def split(folder, plate, sample="P05-R-D1", tube="P05-R-D1b"):
    """The tube that was measured on one plate gets a name of its own, and its row in the samples sheet."""
    header, *rows = folder.rows("samples")
    row = next(dict(zip(header, row, strict=True)) for row in rows if row[0] == sample)
    folder.add("samples", **{**row, "sample_id": tube})
    folder.add("amendments", amendment="A90", what="sample_id", plate=plate, **{"from": sample}, to=tube,
               reason="a second tube of the visit", who="KM", when="2025-07-01")  # fmt: skip


def test_a_tube_per_panel_changes_nothing_but_the_name_of_the_tube(folder, sound):
    split(folder, "CYT-03")
    run = study_runs.run(folder.path)
    assert not run.stopped
    assert not run.messages("W-VIS-103")
    found, expected = run.tables["observations"], sound[1].tables["observations"]
    other = found["sample_id"] == "P05-R-D1b"
    assert set(found.loc[other, "panel"]) == {"cytokines"}
    assert found.loc[other, "amendments"].str.contains("A90").all()
    found = found.assign(sample_id=found["sample_id"].replace("P05-R-D1b", "P05-R-D1"))
    same = [name for name in found.columns if name not in ("flags", "amendments")]
    pd.testing.assert_frame_equal(found[same], expected[same], check_dtype=False)
    assert run.tables["outside_analysis"].empty


def test_results_of_a_person_excluded_at_screening_stay_in_the_results_and_are_listed_as_outside(folder):
    folder.add("participants", participant="S90", status="excluded", reason="MG-ADL below 6")
    split(folder, "CYT-03", tube="S90-D1")
    header, *rows = folder.rows("samples")
    folder.cell("samples", len(rows) + 1, "participant", "S90")
    run = study_runs.run(folder.path)
    assert not run.stopped
    assert run.messages("W-PPT-001")
    outside, results = run.tables["outside_analysis"], run.tables["results"]
    measured = results[(results["sample_id"] == "S90-D1") & (results["status"] != "missing")]
    assert set(outside["reason"]) == {"participant_excluded"}
    assert set(outside["analyte"]) == set(measured["analyte"]) and len(measured)
    assert "S90" not in set(run.tables["observations"]["participant"])
