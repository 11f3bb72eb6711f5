"""Criteria sets and scales of the study's own stand beside those of the workflow and never replace one unseen."""

import pytest
from immunoassay.files.house import HOUSE, RESOURCES
from immunoassay.study import own, vocabulary

MODEL = (HOUSE / "resources/criteria/ich_m10_lba.yaml").read_text(encoding="utf-8")
SCALES = (HOUSE / "resources/scales.tsv").read_text(encoding="utf-8").splitlines()[0]


def found(folder, name=None, text=None, scales=None):
    (folder / "config/criteria").mkdir(parents=True)
    if name:
        (folder / f"config/criteria/{name}.yaml").write_text(text, encoding="utf-8")
    if scales is not None:
        (folder / "config/scales.tsv").write_text(scales, encoding="utf-8")
    return own.with_own(RESOURCES, folder)


def test_a_set_and_a_scale_of_the_studys_own_are_found(tmp_path):
    text = MODEL.replace("id: ich_m10_lba", "id: ours").replace("min_levels: 6", "min_levels: 5")
    scales, sets, problems = found(tmp_path, "ours", text, f"{SCALES}\nINCAT\tINCAT\t0\t10\thigher\t1\t\town\n")
    assert problems == []
    assert sets["ours"]["calibration"]["min_levels"] == 5 and "ich_m10_lba" in sets
    assert scales["INCAT"]["maximum"] == 10 and "MGC" in scales
    assert own.files(tmp_path) == ["config/criteria/ours.yaml", "config/scales.tsv"]


def test_a_name_of_the_workflow_is_refused(tmp_path):
    scales, sets, problems = found(tmp_path, "ich_m10_lba", MODEL.replace("min_levels: 6", "min_levels: 2"),
                                   f"{SCALES}\nMGC\tmine\t0\t9\thigher\t1\t\town\n")  # fmt: skip
    assert [(each.code, each.file) for each in problems] == [
        ("E-RUN-001", "config/scales.tsv"), ("E-RUN-001", "config/criteria/ich_m10_lba.yaml"),
    ]  # fmt: skip
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
    problems = found(tmp_path, "ours", text)[2]
    assert {each.code for each in problems} == {"E-RUN-002"}
    assert any(words in each.found for each in problems)


@pytest.mark.parametrize(
    "text", ["scale\tlabel\nX\tX\n", f"{SCALES}\nX\tX\tzero\t9\thigher\t\t\town\n", f"{SCALES}\nX\n", ""]
)
def test_a_scale_that_cannot_be_used_is_one_line(tmp_path, text):
    assert [each.code for each in found(tmp_path, scales=text)[2]] == ["E-RUN-002"]
