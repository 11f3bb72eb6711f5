"""What a study of any disease compares and draws when its config names nothing, and which figures it will not have."""

import dataclasses

import pytest
from immunoassay.figures import contracts, planned
from immunoassay.study import load, rule_rows
from immunoassay.study.choices import groups_of_figures
from immunoassay.words import drawing_words

SHEETS = {
    "panels": "panel\tlabel\tplatform\nkit\tKit\tluminex\nelisa\tHouse ELISA\telisa\n",
    "analytes": "analyte\tpanel\tlabel\tgroup\tunit\nIL-6\tkit\t\tcytokine\tpg/mL\nIL6e\telisa\tIL6\tprotein\tpg/mL\n"
    "CRP\telisa\t\tprotein\tmg/L\nIgG\tkit\t\tantibody\tpg/mL\n",
    "plates": "plate\tbatch\tpanel\tfile\tinclude\treason\nP1\tB1\tkit\traw/one.csv\tyes\t\nP2\tB1\telisa\traw/two.csv\tyes\t\n",
    "samples": "sample_id\tparticipant\tcourse\tvisit\nA-1\tA\tfirst\tW0\nA-2\tA\tfirst\tW12\nB-1\tB\tfirst\tW0\n",
    "participants": "participant\tstatus\tschedule\nA\tenrolled\tweekly\nB\tenrolled\tweekly\n",
    "visits": "visit\torder\tday\tbaseline\nW0\t1\t1\tyes\nW12\t2\t85\tno\nW24\t3\t169\tno\n",
    "courses": "participant\tcourse\torder\tday1_date\nA\tfirst\t1\t2024-01-02\nB\tfirst\t1\t2024-01-03\n",
    "events": "participant\tcourse\tevent\tdate\nA\tfirst\tinfusion\t2024-01-02\n",
    "scores": "participant\tcourse\tvisit\tdate\tQMG\tMGC\nA\tfirst\tW0\t2024-01-02\t\t20\nA\tfirst\tW12\t2024-03-26\t\t12\n",
}
ALL = {"cytokine_groups", "axis_groups", "autoantibody_groups", "antigen_groups", "class_groups"}


@pytest.fixture
def made(tmp_path):
    """made(config of figures, **sheets changed): the loaded study; a change is (old, new) or the whole text of the sheet."""

    def make(figures=None, config=(), **changed):
        for folder in ("config", "raw"):
            (tmp_path / folder).mkdir(exist_ok=True)
        for name in ("one", "two"):
            (tmp_path / f"raw/{name}.csv").write_text(name, encoding="utf-8")
        for name, text in SHEETS.items():
            new = changed.get(name, text)
            if isinstance(new, tuple):
                assert new[0] in text
                new = text.replace(*new)
            (tmp_path / f"config/{name}.tsv").write_text(new, encoding="utf-8")
        given = {"study": {"title": "Any disease"}, "figures": figures or {}, **dict(config)}
        return load.load_study(given, tmp_path)

    return make


def test_what_is_drawn_follows_from_the_sheets(made):
    found = made().choices
    assert found.scores == ["MGC"] and found.relapse_score == "MGC"  # QMG has a column and no value
    assert found.primary_visit == "W24"  # the last that is planned
    assert found.pair == ["W0", "W12"]  # the last that has tubes
    assert found.groups["figure_4"] == found.groups["figure_6"] == ["cytokine", "protein", "antibody"]


def test_what_the_config_names_is_taken_as_it_is(made):
    named = {"scores": ["QMG"], "relapse_score": "MGC", "cytokine_visits": ["W12", "W24"], "axis_groups": ["protein"]}
    found = made(named, {"primary_visit": "W12"}).choices
    assert (found.scores, found.relapse_score, found.primary_visit) == (["QMG"], "MGC", "W12")
    assert found.pair == ["W12", "W24"]
    assert found.groups["figure_6"] == ["protein"] and found.groups["figure_4"] == ["cytokine", "antibody"]


def test_statistics_take_the_same_primary_visit(made):
    study = made()
    assert rule_rows.statistics(study)["primary_visit"] == study.choices.primary_visit == "W24"
    alone = made(visits="visit\torder\tday\tbaseline\nW0\t1\t1\tyes\n",
                 samples="sample_id\tparticipant\tcourse\tvisit\nA-1\tA\tfirst\tW0\n", scores=SHEETS["scores"][:38])  # fmt: skip
    assert rule_rows.statistics(alone)["primary_visit"] == "" and alone.choices.pair == []


def test_the_two_visits_are_among_those_at_which_the_kits_are_planned(made):
    panels = "panel\tlabel\tplatform\tvisits\nkit\tKit\tluminex\tW0;W12\nelisa\tHouse ELISA\telisa\tW0;W12\n"
    tubes = ("B-1\tB\tfirst\tW0\n", "B-1\tB\tfirst\tW0\nB-2\tB\tfirst\tW24\n")
    assert made(panels=panels, samples=tubes).choices.pair == ["W0", "W12"]
    assert made(panels=panels.replace("W0;W12\n", "\n"), samples=tubes).choices.pair == ["W0", "W24"]


@pytest.mark.parametrize(
    ("shown", "groups", "drawn"),
    [
        ({}, ["vaccine", "a"], {"figure_5b": ["vaccine"], "figure_4": ["a"], "figure_6": ["a"]}),
        (
            {"antigen_groups": ["a"]},
            ["vaccine", "a"],
            {"figure_5b": ["a"], "figure_4": ["vaccine"], "figure_6": ["vaccine"]},
        ),
        ({"axis_groups": ["vaccine"]}, ["vaccine", "a"], {"figure_5b": [], "figure_4": ["a"], "figure_6": ["vaccine"]}),
        ({"axis_groups": ["a"], "cytokine_groups": ["a"]}, ["a", "b"], {"figure_4": ["a"], "figure_6": ["a"]}),
        ({}, [None, "", "a", "a"], {"figure_4": ["a"], "figure_6": ["a"], "figure_5a": ["autoantibody"]}),
    ],
)
def test_a_group_is_drawn_where_it_is_named_or_usual_else_in_figures_4_and_6(shown, groups, drawn):
    found = groups_of_figures(dict.fromkeys(ALL, []) | shown, groups)
    assert {figure: found[figure] for figure in drawn} == drawn


def test_a_group_that_no_figure_draws_is_said_and_others_are_not(made):
    def said(figures):
        return [flag.message for flag in made(figures).flags if flag.code == "W-REF-012"]

    (line,) = said({"cytokine_groups": ["cytokine"], "axis_groups": ["antibody"]})
    assert '"protein": named by no setting; 2 analytes' in line
    assert said({"antigen_groups": ["antibody"]}) == said({}) == []


def test_one_name_of_two_kits_is_told_apart_by_the_kit(made):
    labels = {each.analyte: each.label for each in made().analytes}
    assert labels == {"IL-6": "IL-6 (Kit)", "IL6e": "IL6 (House ELISA)", "CRP": "CRP", "IgG": "IgG"}


def left(study):
    return {figure: code for figure, code in planned.planned(study).items() if code}


ORDINARY = {
    "figure_3": "no_relapses", "figure_5": "one_part",
    **dict.fromkeys(planned.PARTS_OF_5, "no_analytes"), "titres": "no_antibodies",
    "waterfall": "no_score_at_primary_visit", "survival": "no_events", "roc": "no_score_at_primary_visit",
}  # fmt: skip
SCORELESS = dict.fromkeys(("figure_2", "associations", "waterfall", "roc"), "no_scores")
RELAPSE = SHEETS["events"] + "A\tfirst\trelapse\t2024-04-02\n"
ARMS = SHEETS["participants"].replace("schedule", "schedule\tarm").replace("weekly\n", "weekly\tx\n")


def test_a_figure_without_anything_to_draw_is_not_planned(made):
    study = made()
    assert left(study) == ORDINARY
    assert planned.not_drawn(study)[:2] == ["Figure 3 (no relapse)", "Figure 5A (no analyte of group autoantibody)"]


@pytest.mark.parametrize(
    ("changed", "more"),
    [
        ({"scores": SHEETS["scores"][:38]}, SCORELESS),
        ({"scores": SHEETS["scores"].split("A\tfirst\tW12")[0]}, {"figure_2": "no_later_scores"}),
        ({"samples": ("A-2\tA\tfirst\tW12\n", "")}, {"figure_4": "one_visit"}),
        ({"samples": ("A-2\tA\tfirst\tW12", "B-2\tC\tfirst\tW12"),
          "participants": SHEETS["participants"] + "C\tenrolled\tweekly\n",
          "courses": SHEETS["courses"] + "C\tfirst\t1\t2024-01-03\n"}, {"figure_4": "nobody_at_both_visits"}),
        ({"plates": ("raw/two.csv\tyes\t", "raw/two.csv\tno\tspilt")},
         dict.fromkeys(("curves_elisa", "controls_elisa", "limits_elisa"), "plates_set_aside")),
        ({"events": RELAPSE}, {"figure_3": "", "survival": ""}),
        ({"events": RELAPSE, "config": {"report_participants": False}}, {"figure_3": "people_not_shown", "survival": ""}),
        ({"config": {"primary_visit": "W12"}}, {"waterfall": "", "survival": "", "roc": "few_participants"}),
        ({"config": {"primary_visit": "W12"}, "scores": SHEETS["scores"].replace("MGC", "MG-QoL15r")},
         {"waterfall": "no_least_difference", "roc": "no_least_difference"}),
        ({"config": {"compare": {"arm": {}}}, "participants": ARMS.replace("x", "y", 1)}, {}),
        ({"config": {"compare": {"arm": {}}}, "participants": ARMS},
         dict.fromkeys(("groups_arm", "ratios_arm", "courses_arm"), "one_group")),
        ({"config": {"compare": {"arm": {"from": "unblinding"}}}},
         dict.fromkeys(("groups_arm", "ratios_arm", "courses_arm"), "blinded")),
        ({"analytes": ("protein", "autoantibody"), "config": {"report_participants": False}},
         {"figure_5a": "people_not_shown", "titres": ""}),
        ({"figures": {"scores": ["QMG"]}}, SCORELESS),
    ],
)  # fmt: skip
def test_why_a_figure_is_not_planned(made, changed, more):
    assert left(made(**changed)) == {figure: code for figure, code in (ORDINARY | more).items() if code}


def test_a_study_of_plates_alone_has_the_figures_of_its_kits(made, tmp_path):
    people = ("samples", "participants", "visits", "courses", "events", "scores")
    study = dataclasses.replace(made(), **dict.fromkeys(people, ()))
    drawn = {figure for figure, code in planned.planned(study).items() if not code}
    assert drawn == {f"{figure}_{kit}" for figure in ("curves", "controls", "limits") for kit in ("kit", "elisa")}
    assert all(planned.planned(load.empty(tmp_path)).values())


def test_pages_are_planned_from_the_panels_that_the_sheets_name(made):
    assert set(planned.pages(made()).values()) == {1}
    more = "".join(f"A{i}\tkit\t\tcytokine\tpg/mL\n" for i in range(40))
    arms = ARMS.replace("x", "y", 1) + "C\tenrolled\tweekly\tz\nD\tenrolled\tweekly\tx\n"
    study = made(analytes=SHEETS["analytes"] + more, participants=arms, config={"compare": {"arm": {}}})
    found = planned.pages(study)
    assert {name: count for name, count in found.items() if count > 1} == {
        "figure_4": 4, "figure_6": 4, "associations": 2, "roc": 4, "groups_arm": 4, "courses_arm": 4,
        "ratios_arm": 3,  # 44 analytes and a score, two levels beside the first
        **{f"{kind}_kit": 4 for kind in ("curves", "controls", "limits")},
    }  # fmt: skip
    antigens = SHEETS["analytes"].replace("protein", "vaccine").replace("antibody", "immunoglobulin")
    many = antigens + "".join(f"V{i}\tkit\t\tvaccine\tpg/mL\n" for i in range(10))
    for sheet, code in ((antigens, ""), (many, "many_panels")):  # 2 antigens and 1 unit of classes; 12 antigens
        study = made(analytes=sheet)
        assert planned.planned(study)["figure_5"] == code and not any(
            "Figure 5 " in line for line in planned.not_drawn(study)
        )
    assert {planned.module(name) for name in found} <= {module.rpartition(".")[2] for module in contracts.modules()}


@pytest.mark.parametrize("code", drawing_words.REASONS)
def test_every_reason_has_words(code):
    for groups in ([], ["a"], ["a", "b"]):
        (text,) = drawing_words.not_drawn({"controls_my_kit": code, "figure_4": ""}, {"controls_my_kit": groups})
        assert text.startswith("controls of my_kit (") and "{" not in text
    assert drawing_words.why("no_analytes", ["a", "b"]) == "no analyte of groups a and b"


def test_every_reason_that_is_planned_with_is_known():
    import inspect
    import re

    codes = set(re.findall(r'"((?:no|one|nobody|people|plates|few|many)_\w+|blinded)"', inspect.getsource(planned)))
    assert codes == set(drawing_words.REASONS)
