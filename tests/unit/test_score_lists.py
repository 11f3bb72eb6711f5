"""Scores in files of many shapes: rows of the sheets scores and scales, with the participants and visits of the samples."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay.drafts.list_tables import ListTable
from immunoassay.drafts.questions import with_defaults
from immunoassay.drafts.score_cells import drafted_range, is_missing, number
from immunoassay.drafts.score_lists import draft_scores, scores_from_file

PEOPLE = {"S-01": "S-01", "S-02": "S-02", "Pat/3": "Pat-3"}
VISITS = {"Baseline": "Baseline", "Week 12": "Week-12", "V3": "V3"}
WANTED = {
    ("S-01", "Baseline"): ("14.2", "3"),
    ("S-01", "Week-12"): ("8.5", ""),
    ("S-02", "Baseline"): ("9", "2"),
    ("Pat-3", "V3"): ("", "1"),
}


def table(text, tab=""):
    """A ListTable of lines with | between cells."""
    header, *rows = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    return ListTable("scores.csv", tab, pd.DataFrame(rows, columns=header, index=range(2, len(rows) + 2), dtype=object))


def scores(draft, scales=("Activity-index", "Pain")):
    return {(r["participant"], r["visit"]): tuple(r[each] for each in scales) for r in draft.scores.to_dict("records")}


SHAPES = {
    "a row per visit": """
        Subject | Timepoint | Activity index | Pain
        S-01 | Baseline | 14.2 | 3
        S-01 | Week 12 | 8.5 | NA
        S-02 | Baseline | 9.0 | 2
        Pat/3 | V3 | ND | 1""",
    "decimal commas, other headings, spellings of people and visits": """
        Proband | Visite | Activity index | Pain
        s-01 | baseline | 14,2 | 3
        S-01 | W12 | 8,50 |
        S-02 | Baseline | 9 | 2
        Pat-3 | V3 | - | 1""",
    "a row per score": """
        Subject | Visit | Scale | Value
        S-01 | Baseline | Activity index | 14.2
        S-01 | Baseline | Pain | 3
        S-01 | Week 12 | Activity index | 8.5
        S-02 | Baseline | Activity index | 9
        S-02 | Baseline | Pain | 2
        Pat/3 | V3 | Pain | 1""",
    "scores and visits side by side": """
        Patient ID | Activity index Baseline | Activity index Week 12 | Baseline Pain | Pain_V3
        S-01 | 14.2 | 8.5 | 3 | n.d.
        S-02 | 9 | | 2 |
        Pat/3 | | | | 1""",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_scores(shape):
    draft = draft_scores(table(SHAPES[shape]), PEOPLE, VISITS, {})
    found = scores(draft)
    assert {key: cells for key, cells in found.items() if any(cells)} == WANTED
    assert list(draft.scales["scale"]) == ["Activity-index", "Pain"] and list(draft.scales["label"]) == [
        "Activity index",
        "Pain",
    ]
    assert list(draft.scales["step"]) == ["0.1", "1"] and list(draft.scales["maximum"]) == ["20", "5"]
    assert (
        set(draft.scales["worse"]) == {""}
        and draft.unused == ()
        and len(draft.unread) == len(draft.unknown) == len(draft.twice) == 0
    )
    assert list(draft.scores.columns[:4]) == ["participant", "course", "visit", "date"]


def test_the_direction_is_asked_and_never_guessed():
    draft = draft_scores(table(SHAPES["a row per visit"]), PEOPLE, VISITS, {})
    asked = {question.key: question for question in draft.questions}
    assert set(asked) == {
        f"scores.{s}.{what}" for s in ("Activity-index", "Pain") for what in ("minimum", "maximum", "worse")
    }
    assert asked["scores.Pain.worse"].default is None and asked["scores.Pain.maximum"].default == "5"
    answers = {
        **with_defaults(draft.questions, {}),
        "scores.Pain.worse": "higher",
        "scores.Pain.maximum": "10",
        "scores.Activity-index.worse": "lower",
    }
    draft = draft_scores(table(SHAPES["a row per visit"]), PEOPLE, VISITS, answers)
    assert (
        draft.questions == ()
        and list(draft.scales["worse"]) == ["lower", "higher"]
        and list(draft.scales["maximum"]) == ["20", "10"]
    )
    for key, wrong in (("scores.Pain.worse", "up"), ("scores.Pain.minimum", "none")):
        with pytest.raises(ValueError, match=key):
            draft_scores(table(SHAPES["a row per visit"]), PEOPLE, VISITS, {key: wrong})


def test_a_column_that_is_no_score_is_left_out_when_that_is_said():
    listed = table("Subject | Visit | Room | Pain | Age\nS-01 | Baseline | 12 | 3 | 40\nS-02 | Baseline | 14 | 2 | 50")
    draft = draft_scores(listed, PEOPLE, VISITS, {"scores.Room.worse": "no score"})
    assert list(draft.scores.columns[4:]) == ["Pain"] and draft.unused == ("Age",)
    assert not any("Room" in question.key for question in draft.questions)


def test_a_scale_that_is_built_in_needs_no_row_and_no_answer():
    draft = draft_scores(table("Subject | Visit | mg adl | QMG\nS-01 | Baseline | 6 | 12"), PEOPLE, VISITS, {})
    assert list(draft.scores.columns[4:]) == ["MG-ADL", "QMG"] and len(draft.scales) == 0 and draft.questions == ()


def test_visits_alone_as_headings_ask_what_the_score_is_called():
    listed = table("Subject | Baseline | Week 12\nS-01 | 3 | 2.5\nS-02 | 4 | 1", tab="DAS28")
    draft = draft_scores(listed, PEOPLE, VISITS, {})
    assert next(q for q in draft.questions if q.key == "scores.scale").default == "DAS28"
    assert scores(draft, ["DAS28"])[("S-01", "Week-12")] == ("2.5",) and list(draft.scales["step"]) == ["0.5"]
    draft = draft_scores(listed, PEOPLE, VISITS, {"scores.scale": "Joint score"})
    assert scores(draft, ["Joint-score"])[("S-02", "Baseline")] == ("4",)


def test_dates_of_assessments_are_kept_and_their_order_is_asked():
    listed = table("Subject | Visit | Date | Pain\nS-01 | Baseline | 01.02.2024 | 3\nS-02 | Baseline | 24.01.2024 | 2")
    assert list(draft_scores(listed, PEOPLE, VISITS, {}).scores["date"]) == ["2024-02-01", "2024-01-24"]
    listed.frame["Date"] = "01.02.2024"
    draft = draft_scores(listed, PEOPLE, VISITS, {})
    assert set(draft.scores["date"]) == {""} and "scores.date_order" in [question.key for question in draft.questions]
    assert set(draft_scores(listed, PEOPLE, VISITS, {"scores.date_order": "day.month.year"}).scores["date"]) == {
        "2024-02-01"
    }


def test_what_is_no_number_and_whom_the_samples_do_not_know_is_said():
    listed = table(
        """Subject | Visit | Pain
        S-01 | Baseline | 3
        S-02 | Baseline | severe
        S-01 | Week 12 | 3-4
        S-09 | Baseline | 1
        S-02 | Relapse | 1"""
    )
    draft = draft_scores(listed, PEOPLE, VISITS, {})
    assert scores(draft, ["Pain"]) == {
        ("S-01", "Baseline"): ("3",),
        ("S-02", "Baseline"): ("",),
        ("S-01", "Week-12"): ("",),
    }
    assert list(zip(draft.unread["row"], draft.unread["text"], strict=True)) == [("3", "severe"), ("4", "3-4")]
    assert sorted(zip(draft.unknown["row"], draft.unknown["text"], strict=True)) == [("5", "S-09"), ("6", "Relapse")]


def test_rows_of_one_visit_are_put_together_and_what_contradicts_is_left_empty():
    listed = table(
        """Subject | Visit | Pain | Sleep
        S-01 | Baseline | 3 |
        S-01 | Baseline | 3 | 5
        S-02 | Baseline | 1 | 2
        S-02 | Baseline | 4 | 2"""
    )
    draft = draft_scores(listed, PEOPLE, VISITS, {})
    assert scores(draft, ["Pain", "Sleep"]) == {("S-01", "Baseline"): ("3", "5"), ("S-02", "Baseline"): ("", "2")}
    assert draft.twice[["row", "column"]].to_dict("records") == [
        {"row": "4", "column": "Pain"},
        {"row": "5", "column": "Pain"},
    ]


def test_without_samples_the_names_of_the_file_are_made_legal():
    draft = draft_scores(table("Subject | Visit | Pain\nPat/3 | Week 4 | 3\nPat/4 | Week 4 | 5"), {}, {}, {})
    assert scores(draft, ["Pain"]) == {("Pat-3", "Week-4"): ("3",), ("Pat-4", "Week-4"): ("5",)}


def test_visits_of_one_day_are_one_visit_only_where_that_is_clear():
    listed = table("Subject | Visit | Pain\nS-01 | Month 3 | 3\nS-01 | D1 | 4")
    both = draft_scores(listed, PEOPLE, {"M3": "M3", "Baseline": "Baseline"}, {})
    assert set(scores(both, ["Pain"])) == {("S-01", "M3"), ("S-01", "Baseline")}
    unclear = draft_scores(listed, PEOPLE, {"M3": "M3", "Day 1": "Day-1", "Baseline": "Baseline"}, {})
    assert ("S-01", "M3") in scores(unclear, ["Pain"]) and ("S-01", "Baseline") not in scores(unclear, ["Pain"])


def test_the_tab_with_the_scores_is_taken(workbook_file):
    path = workbook_file({
        "Read me": [["what", "who"], ["scores of the study", "us"]],
        "Pain": [["Subject", "Visit", "Pain"], ["S-01", "Baseline", 3.25], ["S-02", "Week 12", 4]],
    })  # fmt: skip
    draft = scores_from_file(path, PEOPLE, VISITS, {})
    assert scores(draft, ["Pain"]) == {("S-01", "Baseline"): ("3.25",), ("S-02", "Week-12"): ("4",)} and list(
        draft.scales["step"]
    ) == ["0.01"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("7", "7"),
        ("7,50", "7.5"),
        ("-0.5", "-0.5"),
        ("+3", "3"),
        ("007", "7"),
        ("0.0", "0"),
        ("-0", "0"),
        ("1e3", ""),
        ("3-4", ""),
        ("1,234.5", ""),
        ("<5", ""),
        ("", ""),
    ],
)
def test_numbers_of_scores(text, wanted):
    assert number(text) == wanted


def test_words_for_not_done():
    assert all(map(is_missing, ["", "NA", "n/a", "N.A.", "ND", "n.d.", "-", "–", "nan", "fehlt", "not done", "k.A."]))
    assert not any(map(is_missing, ["0", "none of them", "severe", "-1", "<5"]))


@given(st.lists(st.decimals(-500, 5000, places=2), min_size=1, max_size=20))
def test_a_drafted_range_holds_every_value_on_its_steps(values):
    found = drafted_range([number(str(value)) for value in values])
    low, high, step = float(found.minimum), float(found.maximum), float(found.step)
    assert all(low <= float(value) <= high for value in values)
    assert all(abs(float(value) / step - round(float(value) / step)) < 1e-6 for value in values)
    assert low <= 0 <= high <= max(5 * float(max(values)), 0) + 1e-9


def test_scores_with_decimals_over_the_list_of_samples(shared):
    path = shared / "failing_inputs/scores_decimal.xlsx"
    if not path.is_file():
        pytest.skip("no scores in IMMUNOASSAY_SHARED")
    people = {f"S10{n}": f"S10{n}" for n in range(1, 9)}
    draft = scores_from_file(path, people, {"Baseline": "Baseline", "Week 12": "Week-12", "Week 52": "Week-52"}, {})
    assert len(draft.scores) == 24 and scores(draft, ["Activity-index"])[("S105", "Week-52")] == ("6",)
    assert draft.scales.iloc[0].to_dict() == {
        "scale": "Activity-index", "label": "Activity index", "minimum": "0", "maximum": "20", "step": "0.1",
        "worse": "", "mcid": "",
        "minimal_symptom_max": "", "source": "",
    }  # fmt: skip
