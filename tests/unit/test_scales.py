"""Clinical scales of the study's own: decimals are legal, what lies off the range or the steps is one cell, no name twice."""

import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.clinical.join import observations
from immunoassay.problems import StudyError
from immunoassay.statistics.score_changes import score_changes
from immunoassay.study import load as studies
from immunoassay.study import rule_rows

from .test_join import result
from .test_sheets import CONFIG, SHEETS

SCALES = "scale\tlabel\tminimum\tmaximum\tstep\tworse\tmcid\tminimal_symptom_max\n"
EDSS, DAS28 = "EDSS\tDisability\t0\t10\t0.5\thigher\t0.5\t1\n", "DAS28\t\t0\t9.4\t0.01\thigher\t0.6\t2.6\n"
HEADER = "participant\tvisit\tdate\tEDSS\tDAS28\n"


@pytest.fixture
def load(tmp_path):
    """load(scores, scales): the study of test_sheets with these sheets, or its problems as (code, row, column)."""

    def loaded(scores, scales=SCALES + EDSS + DAS28):
        sheets = SHEETS | {"scores": HEADER + scores, "scales": scales, "events": "", "courses": ""}
        sheets["samples"] = SHEETS["samples"].replace("\tcourse", "").replace("\tfirst", "")
        for folder in ("config", "raw"):
            (tmp_path / folder).mkdir(exist_ok=True)
        for name, text in sheets.items():
            (tmp_path / f"config/{name}.tsv").write_text(text, encoding="utf-8")
            if not text:
                (tmp_path / f"config/{name}.tsv").unlink()
        for name in ("one", "two"):
            (tmp_path / f"raw/{name}.csv").write_text(name, encoding="utf-8")
        try:
            return studies.load_study(CONFIG, tmp_path)
        except StudyError as error:
            return [(each.code, each.file, each.row, each.column) for each in error.problems]

    return loaded


def test_decimal_scores_are_numbers_and_a_change_of_the_mcid_is_a_response(load):
    scores = "A\tD1\t2024-01-02\t4\t4.1\nA\tM1\t2024-01-30\t3.5\t3.5\n"
    study = load(scores)
    assert study.scores[1].scores["EDSS"] == 3.5 and study.scales["DAS28"]["label"] == "DAS28"
    results = tables.conform(pd.DataFrame([result("A-D1", 5.0, analyte="IL-6")]), "results")
    found, _ = observations(results, rule_rows.clinical(study))
    changed = score_changes(found, rule_rows.statistics(study)).set_index("variable")
    assert changed["mean_change"].to_dict() == {"DAS28": -0.6, "EDSS": -0.5}  # 3.5 - 4.1 is -0.5999999999999996
    assert changed["responders"].to_dict() == {"DAS28": 1, "EDSS": 1}


@pytest.mark.parametrize(
    ("scores", "problem"),
    [
        ("A\tD1\t2024-01-02\t3.4\t3.45\n", ("E-VAL-086", "config/scores.tsv", "2", "EDSS")),
        ("A\tD1\t2024-01-02\t3.5\t3.455\n", ("E-VAL-086", "config/scores.tsv", "2", "DAS28")),
        ("A\tD1\t2024-01-02\t3.5\t9.5\n", ("E-VAL-084", "config/scores.tsv", "2", "DAS28")),
        ("A\tD1\t2024-01-02\t3,5\t9.4\n", ("E-VAL-081", "config/scores.tsv", "2", "EDSS")),
    ],
)
def test_a_score_off_its_scale_is_the_very_cell(load, scores, problem):
    assert load(scores) == [problem]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("X\t\t9\t0\t1\thigher\t\t\n", ("E-VAL-085", "config/scales.tsv", "4", "minimum")),
        ("X\t\t0\t9\t0\thigher\t\t\n", ("E-VAL-084", "config/scales.tsv", "4", "step")),
        ("X\t\t0\t9\t1\tupward\t\t\n", ("E-VAL-002", "config/scales.tsv", "4", "worse")),
        ("X\t\t0\t9\t1\thigher\t\t10\n", ("E-VAL-084", "config/scales.tsv", "4", "minimal_symptom_max")),
        ("MGC\tmine\t0\t50\t1\thigher\t3\t\n", ("E-RUN-001", "config/scales.tsv", "4", "scale")),
        ("visit\tmine\t0\t50\t1\thigher\t3\t\n", ("E-RUN-001", "config/scales.tsv", "4", "scale")),
    ],
)
def test_a_scale_that_cannot_be_used_is_the_very_cell(load, row, problem):
    assert problem in load("A\tD1\t2024-01-02\t3.5\t3.45\n", SCALES + EDSS + DAS28 + row)


def test_a_column_of_no_known_scale_is_refused(load):
    assert ("E-XLS-030", "config/scores.tsv", "", "DAS28") in load("A\tD1\t2024-01-02\t3.5\t3.45\n", SCALES + EDSS)
