"""`batches` in the config: what counts, what is named as set aside, what is not there."""

from immunoassay.sheets.study import that_count

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
