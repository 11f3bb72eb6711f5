"""Who is implicit in the sheets: participants without a sheet, people without treatment, tubes of nobody."""

import pytest
from immunoassay.problems import StudyError
from immunoassay.study import load as studies

from .test_sheets import CONFIG, SHEETS

UNTREATED = SHEETS | {
    "samples": "sample_id\tparticipant\tvisit\tcollection_date\nA-D1\tA\tD1\t2024-01-02\nA-M1\tA\tM1\t2024-01-30\nx\t\t\t\n",
    "courses": "",
    "events": "",
    "scores": "participant\tvisit\tMGC\nA\tD1\t20\n",
}


@pytest.fixture
def load(tmp_path):
    """load(sheet=text ...): the untreated study with other sheets (none where empty), or the problems it stops with."""

    def loaded(**changed):
        for folder in ("config", "raw"):
            (tmp_path / folder).mkdir(exist_ok=True)
        for name, text in (UNTREATED | changed).items():
            path = tmp_path / f"config/{name}.tsv"
            path.unlink(missing_ok=True)
            if text:
                path.write_text(text, encoding="utf-8")
        for name in ("one", "two"):
            (tmp_path / f"raw/{name}.csv").write_text(name, encoding="utf-8")
        try:
            return studies.load_study({"study": CONFIG["study"]}, tmp_path)
        except StudyError as error:
            return [(each.code, each.file, each.row) for each in error.problems if each.level == "STOP"]

    return loaded


def told(study):
    return [(flag.code, flag.row) for flag in study.flags if not flag.code.startswith("W-DATE")]


def test_who_is_not_treated_has_one_course_that_counts_from_the_baseline_visit(load):
    study = load()
    assert [(each.participant, each.course, each.order, each.day1_date) for each in study.courses] == [
        ("A", "none", 1, "2024-01-02")
    ]
    assert [each.course for each in (*study.samples, *study.scores)] == ["none", "none", "", "none"]
    assert study.first_course == "none" and study.clinical and study.scored == ["MGC"]
    assert told(study) == [("W-ID-052", "4")]


def test_a_baseline_that_is_planned_before_day_1_is_that_day(load):
    visits = "visit\torder\tday\tbaseline\nD1\t1\t-6\tyes\nM1\t2\t29\tno\n"
    assert load(visits=visits).courses[0].day1_date == "2024-01-09"


def test_treated_people_keep_their_courses_beside_those_who_are_not(load):
    people = "participant\tgroup\nA\tpatient\nB\tcontrol\n"
    samples = "sample_id\tparticipant\tcourse\tvisit\nA-D1\tA\tfirst\tD1\nB-D1\tB\t\tD1\n"
    courses = "participant\tcourse\torder\tday1_date\nA\tfirst\t1\t2024-01-02\n"
    study = load(participants=people, samples=samples, courses=courses, scores="")
    assert [(each.participant, each.course) for each in study.courses] == [("A", "first"), ("B", "none")]
    assert study.first_course == "first" and told(study) == []
    one_group = people.replace("patient", "").replace("control", "")
    assert told(load(participants=one_group, samples=samples, courses=courses, scores="")) == [("W-ID-051", "3")]


def test_everyone_named_is_enrolled_where_no_sheet_says_who_is(load):
    study = load(participants="")
    assert study.members == ["A"] and ("W-PPT-002", "") in told(study)


def test_without_visits_or_people_a_study_is_one_of_assays(load):
    study = load(participants="", visits="", scores="", samples="sample_id\nx\ny\n")
    assert not study.clinical and not study.members and study.courses == () and told(study) == []
    study = load(participants="", visits="", scores="", samples="")
    assert not study.clinical and study.samples == () and told(study) == []


def test_one_visit_needs_no_baseline_and_several_need_one(load):
    visits = "visit\torder\nD1\t1\n"
    samples = "sample_id\tparticipant\tvisit\nA-D1\tA\tD1\n"
    assert load(visits=visits, samples=samples).clinical
    assert ("E-VIS-104", "config/visits.tsv", "") in load(visits=visits + "M1\t2\n")


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"samples": ""}, ("E-FILE-001", "config/samples.tsv", "")),
        ({"samples": "sample_id\n"}, ("E-FILE-002", "config/samples.tsv", "1")),
        ({"participants": "participant\tgroup\nA\tall\n"}, ("E-PPT-003", "config/participants.tsv", "2")),
        ({"scores": "participant\tcourse\tvisit\tMGC\nA\tfirst\tD1\t3\n"}, ("E-REF-005", "config/scores.tsv", "2")),
        ({"events": "participant\tevent\tdate\nA\tinfusion\t2024-01-02\n"}, ("E-REF-005", "config/events.tsv", "2")),
    ],
)
def test_what_contradicts_is_refused(load, changed, problem):
    assert problem in load(**changed)
