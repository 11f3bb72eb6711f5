"""Names of people, tubes and what selects them: which differences speak, and which are innocent."""

from types import SimpleNamespace

import pytest
from immunoassay.problems import Problem
from immunoassay.study import identity, sheet_contradictions, spelling
from immunoassay.study.similar_names import near_duplicates, suggestion


def context(config=None, **sheets):
    """Sheets as the checks see them, with rows numbered from 2."""
    base = {
        name: [] for name in ("participants", "analytes", "samples", "courses", "panels", "visits", "events", "scores")
    }
    sheets = {name: [{"_row": at, **row} for at, row in enumerate(rows, 2)] for name, rows in (base | sheets).items()}
    groups = dict.fromkeys((f"{name}_groups" for name in ("cytokine", "autoantibody", "antigen", "class", "axis")), [])
    config = {"analysed_schedules": [], "figures": groups} | (config or {})

    def problem(sheet, row, column, code, found, why, fix, level="STOP"):
        return Problem(code, level, f"config/{sheet}.tsv", found, why, fix, row=str(row["_row"]), column=column)

    return SimpleNamespace(
        sheets=sheets, config=config, files={name: f"config/{name}.tsv" for name in sheets}, problem=problem
    )


def said(check, **given):
    return [(problem.code, problem.row) for problem in check(context(**given))]


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [
        ("six_weekly", "six_weeky", True), ("cytokine", "cytokin", True), ("cytokine", "cytokine", False),
        ("cytokine", "cytokien", True), ("compassionate", "compasionate", True), ("placebo", "placebos", True),
        ("twice_weekly", "weekly", False), ("IL-10", "IL-13", False), ("cohort_A", "cohort_B", False),
        ("cohortA", "cohortB", False), ("dose level 1", "dose level 2", False), ("IgG1", "IgG2", False),
        ("month_3", "month_33", False), ("six_weekly", "ten_weekly", False), ("weekly", "weakly", True),
        ("arm1", "arm11", False), ("daily", "dailys", True), ("IFN-g", "IFN-b", False),
    ],
)  # fmt: skip
def test_one_letter_is_a_slip_only_within_a_word(one, other, slip):
    assert spelling.one_letter_apart(one, other) is slip
    assert spelling.one_letter_apart(other, one) is slip


def people(*schedules):
    named = [{"participant": f"P{at}", "schedule": name} for at, name in enumerate(schedules, 1)]
    return [{**row, "status": "enrolled", "group": ""} for row in named]


def test_two_texts_of_one_letter_speak_when_one_is_rare_or_named_by_nothing():
    assert said(spelling.check, participants=people(*["placebo"] * 5, "placebos")) == [("W-ID-061", "7")]
    even = people(*["weekly"] * 4, *["weakly"] * 4)
    assert said(spelling.check, participants=even) == []
    named = {"analysed_schedules": ["weekly"]}
    assert said(spelling.check, participants=even, config=named) == [("W-ID-061", "6"), ("W-REF-012", "6")]


def test_schedules_left_out_are_said_only_where_others_are_named():
    both = people("weekly", "monthly")
    assert said(spelling.check, participants=both) == []
    assert said(spelling.check, participants=both, config={"analysed_schedules": ["weekly"]}) == [("W-REF-012", "3")]
    both[1]["status"] = "excluded"
    assert said(spelling.check, participants=both, config={"analysed_schedules": ["weekly"]}) == []


@pytest.mark.parametrize(("one", "other", "same"), [
    ("P01-D1", "P01D1", True), ("P1-12", "P11-2", False), ("IL-6", "il6", True), ("0.5", "5", False), ("P1", "P01", True),
    ("MG_01", "MG 1", True), ("1.5", "15", False), ("P01", "P10", False),
])  # fmt: skip
def test_names_that_differ_only_in_separators_case_or_zeros(one, other, same):
    rows = [{"name": one, "_row": 2}, {"name": other, "_row": 3}]
    assert bool(near_duplicates("f", "", rows, "name")) is same


@pytest.mark.parametrize(("word", "known", "found"), [
    ("B_sid_35", ["B_sid_36", "B_sid_53"], ""), ("P08-D1", ["P07-R-D1"], ""), ("P1-D1", ["P01-D1", "P11-D1"], "P01-D1"),
    ("six_weeky", ["six_weekly"], "six_weekly"), ("P01-D1x", ["P02-D1", "P01-D1"], "P01-D1"), ("M33", ["M3"], ""),
])  # fmt: skip
def test_a_suggestion_never_crosses_numbers(word, known, found):
    assert suggestion(word, known) == (f" (did you mean {found}?)" if found else "")


PEOPLE = ("MG-001", "MG-002", "MG-003", "MG-011")
VISITS = ("D1", "M3")


def tubes(form, moved=(), people=PEOPLE):
    """A study whose tubes are named by `form`; `moved` {(person, visit): what the row says instead}."""
    rows = []
    for at, (person, visit) in enumerate((person, visit) for person in people for visit in VISITS):
        number = person.split("-")[-1]
        name = form.format(person=person, visit=visit, at=at + 1, number=number, lower=person.lower().replace("-", ""))
        said_person, said_visit = dict(moved).get((person, visit), (person, visit))
        rows.append({"sample_id": name, "participant": said_person, "visit": said_visit})
    sheet = [{"participant": person, "status": "enrolled", "schedule": "weekly"} for person in people]
    return {"samples": rows, "participants": sheet, "visits": [{"visit": visit} for visit in VISITS]}


CARRYING = (
    "{person}-{visit}",
    "{lower}_{visit}",
    "{visit}.{person}",
    "MG{number}-{visit}-serum",
    "S1_MG_{number}_{visit}_a",
)
SILENT = ("T{at:03d}", "T{at:03d}-{visit}", "B{at}-MG", "LAB24-{at}")


@pytest.mark.parametrize("form", CARRYING)
def test_a_tube_that_carries_another_person_or_visit_is_found(form):
    assert said(identity.check, **tubes(form)) == []
    moved = {("MG-001", "M3"): ("MG-011", "M3")}
    assert said(identity.check, **tubes(form, moved)) == [("E-ID-062", "3")]
    moved = {("MG-002", "M3"): ("MG-002", "D1")}
    assert said(identity.check, **tubes(form, moved)) == [("W-ID-062", "5")]


@pytest.mark.parametrize("form", SILENT)
def test_tubes_that_carry_nobody_say_nothing_of_people(form):
    moved = {("MG-001", "M3"): ("MG-011", "M3"), ("MG-003", "D1"): ("MG-001", "D1")}
    assert said(identity.check, **tubes(form, moved)) == []


def test_running_numbers_are_no_participants_and_a_tube_of_another_name_is_left_alone():
    numbers = tuple(str(at) for at in range(1, 9))
    assert said(identity.check, **tubes("{at}", people=numbers)) == []
    assert said(identity.check, **tubes("T-{at}-{visit}", people=numbers)) == []
    found = tubes("{person}-{visit}")
    found["samples"][0]["sample_id"] = "EXTRA-7"
    assert said(identity.check, **found) == []


def test_who_was_screened_is_said_once_and_a_baseline_before_the_dose_is_no_event():
    sheet = [{"participant": "S1", "status": "excluded", "schedule": ""}]
    drawn = [
        {"participant": "S1", "sample_id": f"S1-{at}", "visit": "D1", "collection_date": "2024-01-01"} for at in (1, 2)
    ]
    assert said(sheet_contradictions.check, participants=sheet, samples=drawn) == [("W-PPT-001", "2")]
    course = {"participant": "P1", "course": "first", "order": 1, "day1_date": "2024-01-08"}
    visits = [
        {"visit": "D1", "day": 1, "order": 1, "window_after": 7, "baseline": True},
        {"visit": "M1", "day": 29, "order": 5, "window_after": 7, "baseline": False},
    ]
    for event, day, code in (
        ("infusion", "2024-01-08", None), ("infusion", "2024-01-15", None), ("infusion", "2024-01-16", "W-DATE-103"),
        ("infusion", "2024-01-02", None), ("infusion", "2023-12-31", "W-DATE-103"), ("relapse", "2024-01-07", "W-DATE-102"),
        ("relapse", "2026-01-07", None), ("withdrawal", "2023-12-01", "W-DATE-104"), ("completion", "2025-12-01", None),
    ):  # fmt: skip
        row = {"participant": "P1", "course": "first", "event": event, "date": day}
        found = said(sheet_contradictions.check, courses=[course], visits=visits, events=[row])
        assert found == ([(code, "2")] if code else []), (event, day)
