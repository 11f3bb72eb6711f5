"""What was planned, what ran, and what was looked at afterwards."""

import numpy as np
import pandas as pd
import pytest
from immunoassay.files.house import schema_file
from immunoassay.statistics.planned_questions import ANSWERED_IN, planned_questions
from immunoassay.study.schema import load_schema
from immunoassay.tables.statistic_tables import STATISTICS
from immunoassay.words import plan_words
from immunoassay.words.table_words import with_words

SETTINGS = {"primary_course": "first", "association_question": "within_participant", "responder_score": "MGC"}
SCHEMA = load_schema(schema_file("config"))["properties"]["plan"]["items"]["properties"]


def frame(name, *rows):
    columns = STATISTICS[name]
    assert not {column for row in rows for column in row} - set(columns.columns), name
    return pd.DataFrame(rows).reindex(columns=list(columns.columns)).astype(columns.types)


def frames():
    change = {
        "variable": "IL-6",
        "course": "first",
        "visit": "M3",
        "n_pairs": 7,
        "ratio": 0.5,
        "p": 0.03,
        "p_adjusted": 0.06,
    }
    again = {"course": "again", "p": 0.9}
    tau = {"variable": "IL-6", "score": "MGC", "course": "first", "n_participants": 7, "estimate": 0.2, "p": 0.4}
    return {
        "biomarker_changes": frame(
            "biomarker_changes", change, change | {"visit": "M6", "p": np.nan, "p_adjusted": np.nan}, change | again,
            {"variable": "TNF", "course": "first", "visit": "M3", "n_pairs": 0, "reason": "no pairs"},
        ),
        "score_changes": frame(
            "score_changes", {"variable": "MGC", "course": "first", "visit": "M3", "n": 6, "mean_change": -4.0, "p": 0.01}
        ),
        "associations": frame(
            "associations", tau | {"question": "baseline"}, tau | {"question": "within_participant", "p": 0.2}
        ),
        "visit_summaries": frame("visit_summaries", {"variable": "IL-6"}, {"variable": "IL-6"}),
    }  # fmt: skip


def asked(item=1, **given):
    """A question as study/analysis_plan.questions gives it."""
    usual = {"role": "secondary", "factor": "", "variables": [], "visit": "M3", "score": "", "quantity": ""}
    return {"item": item, **usual, **given}


def found(*questions, tables=None, blinded=()):
    rows = planned_questions(frames() if tables is None else tables, questions, blinded, SETTINGS)
    return with_words(rows, "analysis_plan", plan_words.texts, {})


def test_every_question_of_the_schema_has_its_tables_and_words():
    assert set(SCHEMA["question"]["enum"]) == set(ANSWERED_IN) == set(plan_words.ASKED)
    for name, columns in ((name, columns) for each in ANSWERED_IN.values() for name, columns in each.items()):
        assert set(columns.values()) <= set(STATISTICS[name].columns), name


def test_a_planned_question_has_a_row_for_each_variable_with_its_answer(monkeypatch):
    rows = found(asked(asked="change", variables=["IL-6", "MGC", "TNF", "IL-9"], role="primary"))
    own = rows[rows["item"] == 1].reset_index(drop=True)
    assert own["table"].fillna("").tolist() == ["biomarker_changes", "score_changes", "biomarker_changes", ""]
    assert own["n"].fillna(0).tolist() == [7, 6, 0, 0] and own["p"].fillna(-1).tolist() == [0.03, 0.01, -1, -1]
    assert own["p_adjusted"][0] == 0.06 and own["ran"].tolist() == [True, True, False, False]
    assert own["reason_code"].fillna("").tolist() == ["", "", "plan_without_answer", "plan_without_row"]
    assert own["words"].tolist() == [
        "Planned (primary): change of IL-6 to M3. n = 7, p = 0.03.",
        "Planned (primary): change of MGC to M3. n = 6, p = 0.01.",
        "Planned (primary): change of TNF to M3. Not run: its row has no number: no pairs.",
        "Planned (primary): change of IL-9 to M3. Not run: no row of the table is of it.",
    ]


def test_what_was_not_planned_is_counted_and_together_with_the_plan_it_is_all_there_is():
    rows = found(
        asked(1, asked="change", variables=["IL-6"]),
        asked(2, asked="association", variables=["IL-6"], score="MGC"),
        asked(3, asked="group_comparison", factor="arm", variables=["IL-6"]),
        asked(4, asked="group_comparison", factor="site", variables=["IL-6"]),
        blinded=["arm"],
    )
    planned, others = rows[rows["item"].notna()], rows[rows["item"].isna()].set_index("table")
    assert planned["p"].fillna(-1).tolist() == [0.03, 0.2, -1, -1]
    assert planned["reason_code"].tolist()[2:] == ["plan_blinded", "plan_not_computed"]
    assert others["n_rows"].to_dict() == {
        "biomarker_changes": 3,
        "score_changes": 1,
        "associations": 1,
        "visit_summaries": 2,
    }
    assert others["n_tests"].to_dict() == {
        "biomarker_changes": 1,
        "score_changes": 1,
        "associations": 1,
        "visit_summaries": 0,
    }
    everything = sum(int(table["p"].notna().sum()) for table in frames().values() if "p" in table)
    assert rows["n_tests"].sum() == everything
    said = plan_words.plan(rows, "a1b2c3d4e5f6a7b8")
    assert said == (
        "The analysis plan (checksum a1b2c3d4e5f6) stated 4 questions (4 secondary); 2 of its 4 analyses ran, not comparison of "
        "IL-6 by arm at M3 (the factor is blinded) and comparison of IL-6 by site at M3 (the study has no such table). "
        "Looked at afterwards, without a plan, with the number of p values: biomarker changes (1), score changes (1) and "
        "associations (1)."
    )


def test_of_groups_of_participants_the_row_over_all_answers():
    tables = frames()
    tables["biomarker_changes"] = pd.concat(
        [tables["biomarker_changes"].iloc[:1].assign(participant_group=name) for name in ("control", "patient", "all")],
        ignore_index=True,
    )
    rows = found(asked(asked="change", variables=["IL-6"]), tables=tables)
    assert rows["n_rows"].tolist()[:2] == [1, 2]


@pytest.mark.parametrize("tables", [{}, {"biomarker_changes": frame("biomarker_changes")}])
def test_a_study_without_a_plan_or_without_rows_says_so(tables):
    assert len(found(tables=tables)) == 0
    assert plan_words.plan(found(tables=frames()), "").startswith(
        "No analysis plan was stated: all analyses are exploratory."
    )
