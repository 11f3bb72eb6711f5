"""`batches` in the config: what counts, what is named as set aside, what is not there."""

from dataclasses import fields, replace

from immunoassay.study import rule_rows, vocabulary
from immunoassay.study.load import empty, that_count
from immunoassay.study.members import Analyte, Panel, Plate

PLATES = [{"plate": "P1", "batch": "A"}, {"plate": "P2", "batch": "B"}, {"plate": "P3", "batch": "B"}]


def test_all_count_when_none_is_named():
    assert that_count(PLATES, []) == (PLATES, [])


def test_a_batch_that_does_not_count_is_named():
    rows, problems = that_count(PLATES, ["A"])
    assert [row["plate"] for row in rows] == ["P1"]
    assert [(problem.level, problem.code) for problem in problems] == [("FLAG", "W-BATCH-001")]
    assert "1 batches do not count: B" in problems[0].message


def test_a_batch_that_is_not_there_stops():
    _, problems = that_count(PLATES, ["A", "BB"])
    assert ("STOP", "E-REF-010") in [(problem.level, problem.code) for problem in problems]


def study_of(plates):
    """A study of these rows of plates, of one kit."""
    panel = Panel(**dict.fromkeys((each.name for each in fields(Panel)), ""))
    kit = replace(panel, panel="kit", platform="luminex")
    plain = Plate(**dict.fromkeys((each.name for each in fields(Plate)), ""))
    return replace(empty("."), panels=(kit,), plates=tuple(replace(plain, **row) for row in plates))


def test_one_figure_shows_the_newest_plates_and_needs_the_batches_of_its_panel_only():
    plates = [
        {"plate": f"P{i:02d}", "batch": f"B{i // 10}", "panel": "kit", "run_date": f"2024-01-{30 - i:02d}"}
        for i in range(30)
    ]
    study = study_of(plates)
    found = rule_rows.newest_plates(study, "kit")
    assert found["older"] == 6 and found["shown"] == [f"P{i:02d}" for i in range(23, -1, -1)]
    assert rule_rows.panel_batches(study, "kit") == ["B0", "B1", "B2"]
    other = study_of([*plates, {"plate": "Q01", "batch": "B9", "panel": "other", "run_date": "2024-02-01"}])
    assert rule_rows.panel_batches(other, "kit") == ["B0", "B1", "B2"] and rule_rows.panel_batches(other, "other") == [
        "B9"
    ]
    assert "P25" not in rule_rows.newest_plates(study_of(plates[:26]), "kit")["shown"]
    assert rule_rows.newest_plates(study_of(plates[:2]), "kit") == {"shown": ["P01", "P00"], "older": 0}


def test_a_plate_without_a_run_date_is_the_newest():
    plates = [
        {"plate": name, "batch": "B", "panel": "kit", "run_date": day}
        for name, day in (("A", None), ("B", "2024-05-01"))
    ]
    assert rule_rows.newest_plates(study_of(plates), "kit")["shown"] == ["B", "A"]


def test_quality_of_a_panel_takes_its_own_rows_in_the_order_of_all_groups():
    plates = [{"plate": "P1", "batch": "B", "panel": "kit"}, {"plate": "Q1", "batch": "B", "panel": "other"}]
    plain = Analyte(**dict.fromkeys((each.name for each in fields(Analyte)), ""))
    rows = (("IgG", "other", "antibody"), ("IL-6", "kit", "cytokine"), ("IgA", "kit", "antibody"))
    analytes = tuple(replace(plain, analyte=name, panel=panel, group=group) for name, panel, group in rows)
    strict, usual = {"controls": {"tolerance_percent": 10}}, {"controls": {"tolerance_percent": 20}}
    criteria = {"": usual, vocabulary.amended_name("", "IgA"): strict}
    found = rule_rows.quality(replace(study_of(plates), analytes=analytes), "kit", criteria)
    assert [row["analyte"] for row in found["analytes"]] == [
        "IgA",
        "IL-6",
    ]  # as groups are drawn beside those of others
    assert [row["plate"] for row in found["plates"]] == ["P1"] and found["newest"] == {"shown": ["P1"], "older": 0}
    assert found["criteria"] == {"IgA": strict, "IL-6": usual}
