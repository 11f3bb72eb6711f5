"""What is amended, set aside or missing is said wherever a person looks for results and verdicts."""

import pytest

from .cases import ACHR, study_runs

REASON = {"reason": "written in the plate record", "who": "KM", "when": "2025-07-01"}


def amended(run, table="results"):
    """{amendment: rows of the table that carry it}, each as (sample, analyte) or what names the row."""
    frame = run.tables[table].dropna(subset="amendments")
    key = [
        name
        for name in ("plate", "sample_id", "analyte")
        if name in frame.columns and not (table == "results" and name == "plate")
    ]
    found = {}
    for *place, names in frame[[*key, "amendments"]].itertuples(index=False, name=None):
        for name in names.split(";"):
            found.setdefault(name, set()).add(tuple(place))
    return found


def of(run, **where):
    """(sample, analyte) of the results that match."""
    frame = run.tables["results"]
    for column, value in where.items():
        frame = frame[frame[column] == value]
    return set(zip(frame["sample_id"], frame["analyte"], strict=True))


def test_an_amended_standard_and_an_excluded_well_show_at_every_result_they_touch(sound):
    found = amended(sound[1])
    assert found["A02"] == of(sound[1], plate="ISO-03")  # the strength of the standards: the whole plate
    attempts = sound[1].tables["attempts"]
    well = sound[1].tables["wells"].query("plate == 'CYT-03' and well == 'C06'")
    assert found["A03"] == set(zip(well["sample_id"], well["analyte"], strict=True)) and len(found["A03"]) == 12
    assert {(plate, *rest) for plate, *rest in amended(sound[1], "attempts")["A03"]} == {
        ("CYT-03", *place) for place in found["A03"]
    }
    assert attempts.loc[attempts["plate"] == "ISO-03", "amendments"].eq("A02").all()
    curves = sound[1].tables["curves"]
    assert set(curves.loc[curves["amendments"] == "A02", "plate"]) == {"ISO-03"}
    seen = sound[1].tables["observations"].dropna(subset="amendments")
    assert set(seen["amendments"]) <= {"A02", "A03"} and len(seen)


@pytest.mark.parametrize(
    "written",
    [
        [
            ({"what": "exclude_analyte", "plate": "CYT-03", "analyte": "IL-6"}, {"plate": "CYT-03", "analyte": "IL-6"}),
            ({"what": "exclude_plate", "plate": "BAFF-03"}, {"plate": "BAFF-03"}),
            ({"what": "exclude_plate", "plate": "ACHR-02"}, {"plate": "ACHR-02"}),
            (
                {"what": "expected_concentration", "plate": "CYT-03", "analyte": "TNF", "level": "S3", "to": "41"},
                {"plate": "CYT-03", "analyte": "TNF"},
            ),
        ],
        [
            (
                {"what": "exclude_result", "sample_id": "P05-R-M2", "analyte": "IL-6"},
                {"sample_id": "P05-R-M2", "analyte": "IL-6"},
            ),
            ({"what": "exclude_well", "plate": "CYT-03", "well": "A01"}, {"plate": "CYT-03"}),  # a blank or a standard
        ],
    ],
    ids=["of plates and analytes", "of results and wells"],
)
def test_every_kind_of_amendment_shows_at_the_results_it_touches(written, folder):
    for number, (row, _) in enumerate(written):
        folder.add("amendments", amendment=f"A9{number}", **row, **REASON)
    run = study_runs.run(folder.path)
    assert not run.stopped, run.messages()
    for number, (row, touched) in enumerate(written):
        assert amended(run)[f"A9{number}"] == of(run, **touched), row


def test_a_renamed_sample_shows_under_both_names(folder):
    """Of a plate and of a delivery; the one that lost its name has no attempt left, and still says why."""
    renamed = {"what": "sample_id", "to": "P05-R-M3", "from": "P05-R-M2"}
    folder.add("amendments", amendment="A8", plate="CYT-03", **renamed, **REASON)
    back = {"what": "sample_id", "from": "P05-R-M3", "to": "P05-R-M2"}
    folder.add("amendments", amendment="A9", plate="CYT-03", **back, **REASON)
    folder.export_rows(ACHR, lambda rows: [row for row in rows if "P05-R-M3" not in row])
    folder.add("amendments", amendment="B8", plate="ACHR-02", **renamed, **REASON)
    run = study_runs.run(folder.path)
    assert not run.stopped, run.messages()
    found, both = amended(run), {"P05-R-M2", "P05-R-M3"}
    assert {sample for sample, _ in found["A8"]} == {sample for sample, _ in found["A9"]} == both
    assert {sample for sample, _ in found["B8"]} == both
    lost = run.tables["results"].query("sample_id == 'P05-R-M2' and panel == 'achr'")
    assert lost["status"].tolist() == ["missing"] and lost["amendments"].tolist() == ["B8"]


def test_a_plate_set_aside_is_named_with_the_human_reason(folder, sound):
    folder.cell("plates", 5, "include", "no")
    folder.cell("plates", 5, "reason", "splash over the whole plate")
    run = study_runs.run(folder.path)
    said = [problem for problem in run.problems if problem.code == "W-CMP-001"]
    assert [(each.plate, each.row, each.column) for each in said] == [("BAFF-03", "5", "include")]
    assert "splash over the whole plate" in said[0].found
    attempts = run.tables["attempts"].query("plate == 'BAFF-03'")
    assert len(attempts) == len(sound[1].tables["attempts"].query("plate == 'BAFF-03'"))
    assert set(attempts["reason"]) == {"plate_set_aside"} and set(attempts["verdict"]) == {"FAIL"}
    assert attempts["verdict_reason"].str.contains("splash over the whole plate").all()
    checks = run.tables["checks"].query("plate == 'BAFF-03' and scope == 'plate'")
    assert checks[["rule", "verdict", "words"]].to_numpy().tolist() == [
        ["plate_set_aside", "FAIL", "splash over the whole plate"]
    ]
    controls = run.tables["controls"].query("plate == 'BAFF-03'")
    assert len(controls) and not controls["accepted"].any() and set(controls["verdict"]) == {"NOT_EVALUABLE"}
    assert controls["words"].str.contains("splash over the whole plate").all()


def test_a_delivery_set_aside_is_no_pass(folder):
    folder.cell("plates", 8, "include", "no")
    folder.cell("plates", 8, "reason", "sent twice by the laboratory")
    run = study_runs.run(folder.path)
    attempts = run.tables["attempts"].query("plate == 'ACHR-02'")
    assert len(attempts) and set(attempts["verdict"]) == {"FAIL"}
    assert attempts["verdict_reason"].str.contains("sent twice by the laboratory").all()
