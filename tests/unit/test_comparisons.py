"""Whom a study compares: factors, populations and covariates of the config, the unblinding sheet, and what is wrong with them."""

import pytest
from immunoassay.problems import StudyError
from immunoassay.study import load as studies
from immunoassay.study import rule_rows

from .test_sheets import SHEETS

PEOPLE = (
    "participant\tstatus\treason\tgroup\tsex\tage\tantibody\tarm\tweight\tsite\n"
    "A\tenrolled\t\tpatient\tfemale\t40\tAChR\ttreated\t70.5\t01\n"
    "B\tenrolled\t\tpatient\tmale\t50\tMuSK\tplacebo\t80\t01\n"
    "C\tenrolled\t\tpatient\tmale\t\tAChR\ttreated\t\t02\n"
    "D\tenrolled\t\tcontrol\tunknown\t61\t\tplacebo\t64\t02\n"
    "E\tenrolled\t\tcontrol\tfemale\t33\tAChR\t\t59\t01\n"
    "F\texcluded\ttoo ill\tcontrol\tfemale\t33\tLRP4\thigh\t59\t01\n"
)
NAMED = {"covariates": ["weight", "site", "arm"]}


@pytest.fixture
def load(tmp_path):
    """load(config, sheet=text ...): the study of five people with other settings and sheets, or the problems it stops with."""

    def loaded(config=(), **changed):
        for folder in ("config", "raw"):
            (tmp_path / folder).mkdir(exist_ok=True)
        for name, text in (
            SHEETS | {"participants": PEOPLE, "courses": "", "events": "", "unblinding": ""} | changed
        ).items():
            path = tmp_path / f"config/{name}.tsv"
            path.unlink(missing_ok=True)
            if text:
                path.write_text(text.replace("\tfirst\t", "\t\t"), encoding="utf-8")
        for name in ("one", "two"):
            (tmp_path / f"raw/{name}.csv").write_text(name, encoding="utf-8")
        try:
            return studies.load_study({"study": {"title": "Compared"}, **dict(config)}, tmp_path)
        except StudyError as error:
            return [each for each in error.problems if each.level == "STOP"]

    return loaded


def by(**factors):
    return {"compare": factors, **NAMED}


def flags(study, *codes):
    return [each.found for each in study.flags if each.code in codes]


def test_people_are_the_analysed_set_with_the_columns_that_the_config_names(load):
    study = load(
        {"compare": {"arm": None, "group": {"reference": "control"}}, "covariates": ["weight", "site", "sex", "MGC"]}
    )
    assert study.compared == {"arm": "", "group": "control"} and study.covariates == ["weight", "site", "sex", "MGC"]
    assert rule_rows.people(study) == [
        {"participant": "A", "arm": "treated", "group": "patient", "weight": 70.5, "site": 1.0, "sex": "female"},
        {"participant": "B", "arm": "placebo", "group": "patient", "weight": 80.0, "site": 1.0, "sex": "male"},
        {"participant": "C", "arm": "treated", "group": "patient", "weight": None, "site": 2.0, "sex": "male"},
        {"participant": "D", "arm": "placebo", "group": "control", "weight": 64.0, "site": 2.0, "sex": None},
        {"participant": "E", "arm": None, "group": "control", "weight": 59.0, "site": 1.0, "sex": "female"},
    ]
    assert flags(study, "W-PPT-003") == [
        "1 of 5 participants without arm (E)",
        "1 of 5 participants without weight (C)",
        "1 of 5 participants without sex (D)",
    ]
    settings = rule_rows.comparing(study)
    assert settings["compare"] == study.compared and settings["responder_score"] == "MGC"
    assert not {"compare", "covariates", "responder_score"} & set(rule_rows.statistics(study))


def test_columns_of_people_that_no_setting_names_are_refused_with_what_names_them(load):
    found = load()
    assert [(each.code, each.column) for each in found] == [("E-XLS-030", name) for name in ("arm", "weight", "site")]
    assert "or name it under compare, include or covariates" in found[0].fix


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        (by(amr={}), ("E-CFG-004", "compare.amr", "(did you mean arm?)")),
        (by(arm={"reference": "placbo"}), ("E-CFG-004", "compare.arm.reference", "(did you mean placebo?)")),
        (by(participant={}), ("E-CFG-007", "compare.participant", "a level of its own")),
        (by(**{"the arm": {}}), ("E-CFG-003", "compare.the arm", "cannot name files")),
        (by(birth_date={}), ("E-ID-053", "compare.birth_date", "birth_date")),
        (by(responder={}) | {"responder": {"score": "MGQ"}}, ("E-CFG-007", "responder.score", "(did you mean MGC?)")),
        (by(arm={"refrence": "placebo"}), ("E-CFG-001", "compare.arm.refrence", "unknown key")),
        (by(arm={"from": "elsewhere"}), ("E-CFG-003", "compare.arm.from", "not one of participants, unblinding")),
        ({"covariates": [*NAMED["covariates"], "MGCC"]}, ("E-CFG-004", "covariates", "(did you mean MGC?)")),
        ({"covariates": [*NAMED["covariates"], "patient_name"]}, ("E-ID-053", "covariates", "patient_name")),
        (NAMED | {"include": {"IL6": {"antibody": ["AChR"]}}}, ("E-CFG-004", "include.IL6", "(did you mean IL-6?)")),
        (NAMED | {"include": {"IL-6": {"antibody": ["AchR"]}}}, ("E-CFG-004", "include.IL-6.antibody", "(did you mean AChR?)")),
        (NAMED | {"include": {"IL-6": {"antibdy": ["AChR"]}}},
         ("E-CFG-004", "include.IL-6.antibdy", "(did you mean antibody?)")),
        (NAMED | {"include": {"IL-6": {"antibody": ["MuSK"], "sex": ["female"]}}},
         ("E-CFG-007", "include.IL-6", "no participant")),
        (NAMED | {"include": {"IL-6": {"antibody": []}}}, ("E-CFG-003", "include.IL-6.antibody", "nothing is named")),
        (NAMED | {"plan": [{"question": "change", "variables": ["IL6"]}]},
         ("E-CFG-004", "plan.1.variables", "(did you mean IL-6?)")),
        (NAMED | {"plan": [{"question": "group_comparison", "variables": ["TNF"]}]}, ("E-CFG-002", "plan.1", '"factor"')),
        (NAMED | {"plan": [{"question": "group_comparison", "factor": "arm", "groups": ["cytokine"]}]},
         ("E-CFG-004", "plan.1.factor", '"arm" is not in the study')),
        (NAMED | {"plan": [{"question": "wish", "variables": ["TNF"]}]}, ("E-CFG-003", "plan.1.question", '"wish"')),
    ],
)  # fmt: skip
def test_every_name_that_is_not_there_is_said_at_its_key(load, config, wanted):
    found = load(config)
    code, column, words = wanted
    assert [each for each in found if (each.code, each.column) == (code, column) and words in each.found], found


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("70.5", "heavy", ("E-VAL-082", "2", "weight", '"heavy" is no number, and others are')),
        ("70.5", "70,5", ("E-VAL-081", "2", "weight", '"70,5" is no number')),
        ("\tplacebo", "\tTreated", ("E-ID-041", "3", "arm", '"Treated" and "treated" (row 2) differ only in case')),
    ],
)
def test_a_covariate_of_numbers_and_words_and_a_level_in_two_spellings_are_said_at_the_cell(load, old, new, wanted):
    (found,) = load(by(arm={}) | {"covariates": ["weight", "site"]}, participants=PEOPLE.replace(old, new, 1))
    assert (found.code, found.row, found.column) == wanted[:3] and wanted[3] in found.found


def test_a_factor_or_covariate_with_one_level_is_flagged_and_leaves_nothing_to_compare(load):
    study = load(
        by(arm={"reference": "treated"}), participants=PEOPLE.replace("placebo", "").replace("\t02\n", "\t01\n")
    )
    assert study.compared == {} and study.covariates == ["weight"]
    assert flags(study, "W-PPT-004") == [
        'arm is "treated" in all participants', 'site is "01" in all participants', 'arm is "treated" in all participants',
    ]  # fmt: skip


def test_a_population_is_those_with_all_that_is_asked(load):
    study = load(
        NAMED | {"include": {"IL-6": {"antibody": ["AChR"], "arm": ["treated", "placebo"]}, "TNF": {"sex": ["female"]}}}
    )
    assert study.populations == {"IL-6": ["A", "C"], "TNF": ["A", "E"]}


BLINDED = by(arm={"from": "unblinding"}) | {"covariates": ["weight", "site"]}
ARM = PEOPLE.splitlines()[0].split("\t").index("arm")
SEALED = "".join(
    "\t".join([*cells[:ARM], *cells[ARM + 1 :]]) for line in PEOPLE.splitlines(True) for cells in [line.split("\t")]
)


def test_a_blinded_factor_compares_nothing_until_its_sheet_is_there(load):
    sealed = load(BLINDED, participants=SEALED)
    assert (sealed.blinded, sealed.compared, sealed.levels) == (["arm"], {}, {})
    assert all("arm" not in row for row in rule_rows.people(sealed))
    opened = load(
        BLINDED, participants=SEALED, unblinding="participant\tarm\nA\ttreated\nB\tplacebo\nC\t\nD\tplacebo\n"
    )
    assert (opened.blinded, opened.compared) == ([], {"arm": ""})
    assert opened.levels == {"arm": {"A": "treated", "B": "placebo", "C": None, "D": "placebo", "E": None}}
    assert flags(opened, "W-PPT-003")[0] == "2 of 5 participants without arm (C, E)"


@pytest.mark.parametrize(
    ("sheets", "wanted"),
    [
        ({"participants": PEOPLE}, ("E-PPT-004", "arm")),
        ({"unblinding": "participant\tamr\nA\ttreated\n"}, ("E-XLS-030", "amr")),
        ({"unblinding": "participant\tarm\nA\ttreated\nZ\tplacebo\n"}, ("E-ID-051", "participant")),
        ({"unblinding": "participant\tarm\tname\nA\ttreated\tx\n"}, ("E-ID-053", "name")),
    ],
)
def test_what_breaks_the_blind_or_is_not_understood_of_it_stops(load, sheets, wanted):
    found = load(BLINDED, **{"participants": SEALED, **sheets})
    assert wanted in [(each.code, each.column) for each in found], found


def test_a_typo_in_the_name_of_a_factor_is_no_blinding(load):
    found = load(by(amr={}), participants=SEALED)
    assert ("E-CFG-004", "compare.amr") in [(each.code, each.column) for each in found]


def test_the_plan_has_one_checksum_whatever_the_order_and_whether_the_blind_was_broken(load):
    from immunoassay.study import analysis_plan

    plan = [
        {
            "question": "group_comparison",
            "role": "primary",
            "factor": "arm",
            "groups": ["cytokine"],
            "variables": ["TNF"],
        }
    ]
    sealed = load(BLINDED | {"plan": plan}, participants=SEALED)
    opened = load(
        {"plan": plan} | BLINDED, participants=SEALED, unblinding="participant\tarm\nA\ttreated\nB\tplacebo\n"
    )
    other = load(BLINDED | {"plan": plan, "covariates": ["site", "weight"]}, participants=SEALED)
    sums = [analysis_plan.checksum(rule_rows.plan(study)) for study in (sealed, opened, other)]
    assert sums[0] == sums[1] != sums[2]
    asked = rule_rows.questions(sealed)
    assert [(row["item"], row["variables"], row["visit"]) for row in asked] == [(1, ["TNF", "IL-6"], "M1")]


def test_check_says_what_will_be_compared_and_what_is_blinded(load):
    from immunoassay.command.check import compared

    config = by(site={"reference": "02"}, responder={}, arm={"from": "unblinding"}) | {"covariates": ["weight"]}
    assert compared(load(config, participants=SEALED)) == [
        "compared by site (participants; the first is the reference): 02 2, 01 3", "compared by responder (MGC)",
        "blinded: arm; nothing is compared by it until the unblinding sheet is there",
    ]  # fmt: skip
    assert compared(load(by(arm={}))) == [
        "compared by arm (participants; the first is the reference): placebo 2, treated 2; without one 1"
    ]


def test_the_config_of_the_page_on_a_new_study_is_one(load):
    import re
    from pathlib import Path

    import yaml

    page = (Path(__file__).parents[2] / "docs/a-new-study.md").read_text(encoding="utf-8")
    config = yaml.safe_load(re.search(r"```yaml\n(compare:.*?)```", page, re.S)[1])
    analytes = SHEETS["analytes"] + "anti-AChR\tkit\tautoantibody\tpg/mL\nIgG\tkit\timmunoglobulin\tpg/mL\n"
    people = "".join("\t".join([*line.split("\t")[:7], line.split("\t")[-1]]) for line in SEALED.splitlines(True))
    study = load(config, participants=people, analytes=analytes)
    assert (study.blinded, study.compared) == (["arm"], {"site": "", "responder": ""})
    assert study.populations == {"anti-AChR": ["A", "C", "E"]} and study.covariates == ["age", "MGC"]
    assert [row["variables"] for row in rule_rows.questions(study)] == [["IgG"], ["IL-6", "TNF"]]
    opened = load(
        config, participants=people, analytes=analytes, unblinding="participant\tarm\nA\tplacebo\nB\tactive\n"
    )
    assert opened.compared["arm"] == "placebo"
