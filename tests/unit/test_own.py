"""Criteria sets of the study's own stand beside those of the workflow and never replace one unseen."""

import pytest
from immunoassay.files.house import HOUSE, RESOURCES
from immunoassay.study import own, vocabulary

MODEL = (HOUSE / "resources/criteria/ich_m10_lba.yaml").read_text(encoding="utf-8")


def found(folder, name, text):
    (folder / "config/criteria").mkdir(parents=True)
    (folder / f"config/criteria/{name}.yaml").write_text(text, encoding="utf-8")
    return own.criteria_sets(RESOURCES, folder)


def test_a_set_of_the_studys_own_is_found(tmp_path):
    text = MODEL.replace("id: ich_m10_lba", "id: ours").replace("min_levels: 6", "min_levels: 5")
    sets, problems = found(tmp_path, "ours", text)
    assert problems == []
    assert sets["ours"]["calibration"]["min_levels"] == 5 and "ich_m10_lba" in sets
    assert own.files(tmp_path) == ["config/criteria/ours.yaml"]


def test_a_name_of_the_workflow_is_refused(tmp_path):
    sets, problems = found(tmp_path, "ich_m10_lba", MODEL.replace("min_levels: 6", "min_levels: 2"))
    assert [(each.code, each.file) for each in problems] == [("E-RUN-001", "config/criteria/ich_m10_lba.yaml")]
    assert sets["ich_m10_lba"] == vocabulary.criteria(HOUSE / "resources/criteria/ich_m10_lba.yaml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "no YAML"), ("3", "no parts"), (MODEL.replace("id: ich_m10_lba", "id: theirs"), 'its id is "theirs"'),
        (MODEL.replace("  min_levels: 6\n", "").replace("ich_m10_lba", "ours"), "calibration: min_levels is missing"),
        (MODEL.replace("beads:", "beeds:").replace("ich_m10_lba", "ours"), 'unknown part "beeds"'),
    ],
)  # fmt: skip
def test_a_set_that_cannot_be_used_says_why(tmp_path, text, words):
    problems = found(tmp_path, "ours", text)[1]
    assert {each.code for each in problems} == {"E-RUN-002"}
    assert any(words in each.found for each in problems)
