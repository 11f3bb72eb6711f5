"""`batches` in the config: what counts, what is named as set aside, what is not there."""

from types import SimpleNamespace

from immunoassay.study import rule_rows
from immunoassay.study.load import that_count

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


def test_one_figure_shows_the_newest_plates_and_needs_their_batches_only():
    plates = [
        {"plate": f"P{i:02d}", "batch": f"B{i // 10}", "panel": "kit", "run_date": f"2024-01-{30 - i:02d}"}
        for i in range(30)
    ]
    panels = [{"panel": "kit", "platform": "luminex"}]
    study = SimpleNamespace(sheets={"plates": plates, "panels": panels})
    found = rule_rows.newest_plates(study, "kit")
    assert found["older"] == 6 and found["shown"] == [f"P{i:02d}" for i in range(23, -1, -1)]
    assert rule_rows.newest_batches(study) == ["B0", "B1", "B2"]
    study = SimpleNamespace(sheets={"plates": plates[:26], "panels": panels})
    assert "P25" not in rule_rows.newest_plates(study, "kit")["shown"]
    few = SimpleNamespace(sheets={"plates": plates[:2], "panels": panels})
    assert rule_rows.newest_plates(few, "kit") == {"shown": ["P01", "P00"], "older": 0}
