"""Words and codes: every code has its words and every word its code; statistics hold none, and nobody reads a text."""

import ast
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from immunoassay.deliver import reported
from immunoassay.statistics import known_codes, settings
from immunoassay.statistics.frames import table
from immunoassay.tables import ContractError
from immunoassay.tables.statistic_tables import STATISTICS, codes, texts
from immunoassay.words import (
    arm_words,
    association_words,
    change_words,
    code_words,
    comparison_notes,
    comparison_words,
    component_words,
    course_words,
    diagnostic_words,
    event_words,
    figure_notes,
    kinetics_words,
    longitudinal_words,
    number_words,
    plan_words,
    prediction_words,
    response_words,
    score_words,
    sensitivity_words,
    serology_words,
    statistics_words,
    summary_words,
    table_words,
)
from tests.statistic_frames import WORDS

LIBRARY = Path(__file__).parents[2] / "src/immunoassay"
SETTINGS = settings.complete({})
REASONS = {
    "visit_summaries": summary_words.REASONS,
    "biomarker_changes": change_words.REASONS,
    "score_changes": score_words.REASONS,
    "associations": association_words.REASONS,
    "group_comparisons": comparison_words.REASONS,
    "sensitivity": sensitivity_words.REASONS,
    "longitudinal": {**longitudinal_words.NOBODY, **longitudinal_words.NO_MODEL},
    "summary_measures": course_words.REASONS,
    "arm_courses": arm_words.REASONS,
    "kinetics": kinetics_words.REASONS,
    "kinetics_summaries": kinetics_words.SUMMARY_REASONS,
    "prediction": prediction_words.REASONS,
    "pca_loadings": component_words.LEFT_OUT,
    "pca_variance": component_words.NO_COMPONENTS,
    "analysis_plan": plan_words.REASONS,
    "responders": response_words.REASONS,
    "time_to_event": event_words.TIME_REASONS,
    "event_hazards": event_words.HAZARD_REASONS,
    "serology": serology_words.REASONS,
    "roc": diagnostic_words.REASONS,
}
CASES = [(name, code) for name, reasons in REASONS.items() for code in reasons]


def row(name, **changed):
    """A row of a table in which every number is 7, with the facts that only sentences need."""
    numbers = {"Int64": 7, "float64": 7.0, "boolean": True}
    found = {column: numbers.get(kind) for column, kind in STATISTICS[name].types.items()}
    found |= {"visit": "M3", "group": "cytokine", "quantity": "value", "centre_status": "value", "question": "baseline"}
    found |= {"asked": "change", "role": "primary"} if name == "analysis_plan" else {}
    found |= {"measure": "mean_follow_up"} | ({"quantity": "cmax"} if name == "kinetics_summaries" else {})
    found |= {"factor": "arm", "level": "active", "reference": "placebo"}
    found |= {} if "score" in found and found["score"] == 7.0 else {"score": "MGC"}
    found |= {column: next(iter(known_codes.KINDS[column])) for column in codes(name) if column != "reason_code"}
    found |= {"factor": "arm", "level": "active", "reference": "placebo"}
    if "group" not in STATISTICS[name].columns:
        found["family_code"] = "scores"
    if "visit" not in STATISTICS[name].columns:
        found["family_code"] = "relapse" if "group" in STATISTICS[name].columns else "times"
    facts = dict.fromkeys(("_rows", "_outside", "_movable", "_visits", "_lloq_min", "_lloq_max"), 7)
    return {**found, "reason_code": None, **facts, **changed}


@pytest.mark.parametrize("column", code_words.COLUMNS)
def test_every_code_of_a_column_is_called_something_and_nothing_else_is(column):
    names = code_words.COLUMNS[column]
    assert set(names) == set(known_codes.KINDS[f"{column}_code"])
    tables = [name for name, each in STATISTICS.items() if column in each.columns]
    assert tables
    said = [
        code_words.called(column, row(tables[0], n_participants=7, **{f"{column}_code": code}), SETTINGS)
        for code in names
    ]
    assert all(said) and not [text for text in said if re.search(r"[{}_]|nan|None$", text)], said
    # two codes of one name would be one code
    twice = {text for text, times in Counter(said).items() if times > 1}
    assert not twice


def test_every_reason_has_its_words_and_every_word_its_reason():
    assert set().union(*REASONS.values()) == set(known_codes.REASONS)


@pytest.mark.parametrize(("name", "code"), CASES, ids=[f"{name}-{code}" for name, code in CASES])
def test_every_reason_is_said_in_its_row(name, code):
    own = row(name, reason_code=code, component=None if name == "pca_variance" else 1)
    for gone in ("estimate", "q2", "ratio", "mean_change", "centre", "p"):
        own[gone] = np.nan if gone in own else None
    found = WORDS[name](own, SETTINGS)
    assert found["reason"] and not re.search(r"[{}]|\bnan\b|\bNone\b", found["reason"])
    if "words" in found and not association_words.WHOLE.get(code):
        assert found["reason"][1:] in found["words"]


def test_every_tier_and_every_question_is_said():
    assert set(statistics_words.TIERS) == set(known_codes.TIERS)
    said = {*statistics_words.QUESTIONS, *statistics_words.DESCRIBED}
    assert said == set(known_codes.QUESTIONS) - {
        "within_participant_unadjusted"
    }  # never tested, so never in the methods
    assert set(figure_notes.ASKED) == set(statistics_words.QUESTIONS)
    drawn = {"tau_b", "correlation_of_logarithms", "repeated_measures_adjusted", "concordance_adjusted"}
    assert set(figure_notes.STATISTICS) == set(figure_notes.SHORT_STATISTICS) == drawn <= set(known_codes.ESTIMATES)
    assert set(association_words.LOWER_LIMITS) == set(known_codes.LOWER_LIMITS)
    assert set(figure_notes.ADJUSTMENTS) <= set(known_codes.ADJUSTMENTS)
    assert set(statistics_words.CENTRES) <= set(known_codes.CENTRES)
    assert set(statistics_words.INTERVALS) <= set(known_codes.INTERVALS)
    assert set(statistics_words.OR_ELSE) | set(statistics_words.NO_MAXIMUM) <= set(known_codes.REASONS)
    for tier, (_, interval, _) in statistics_words.TIERS.items():
        assert (interval in known_codes.INTERVALS) == (tier != "D")
    for code in association_words.REASONS:
        assert "{" not in association_words.short(code) or code == "few_participants"  # that one has an estimate


def test_a_code_without_words_is_refused_when_the_table_is_made():
    good = {"score": "MGC", "model_code": "elastic_net", "reason_code": "predicts_constant"}
    assert list(table([good], "prediction")["reason_code"]) == ["predicts_constant"]
    for column in ("model_code", "reason_code"):
        with pytest.raises(ContractError, match=f"prediction: {column} holds .'invented'."):
            table([{**good, column: "invented"}], "prediction")
    with pytest.raises(ContractError, match="'invented'"):
        table([{**good, "reason_code": "predicts_constant;invented"}], "prediction")


@pytest.mark.parametrize("name", WORDS)
def test_every_text_passes_through_one_place_and_nothing_else_does(name, monkeypatch):
    rows = [row(name, visit=visit) for visit in ("D1", "M3")]
    facts = {key for key in rows[0] if key.startswith("_")}
    types = {column: kind for column, kind in STATISTICS[name].types.items() if column not in texts(name)}
    frame = pd.DataFrame(rows)[[*types, *facts]].astype(types)
    plain = table_words.with_words(frame, name, WORDS[name], {})
    monkeypatch.setattr(table_words, "said", lambda text: text[::-1])
    turned = table_words.with_words(frame, name, WORDS[name], {})
    assert list(plain.columns) == list(STATISTICS[name].columns) == list(turned.columns)
    for column in plain:
        if column in texts(name):
            known = plain[column].notna()
            assert (turned[column][known] == plain[column][known].str[::-1]).all(), column
            assert turned[column].notna().equals(known)
        else:
            pd.testing.assert_series_equal(turned[column], plain[column])


def strings(tree):
    """Text constants of a module that are no docstring, no part of an error and no name of a code with its comment."""
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            skipped.add(id(node.body[0].value))
        if isinstance(node, ast.Raise) or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "wrong"):
            skipped.update(id(each) for each in ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.value


@pytest.mark.parametrize(
    "path", sorted((LIBRARY / "statistics").glob("*.py")), ids=lambda path: path.stem
)  # fmt: skip
def test_no_module_of_statistics_holds_a_sentence(path):
    if path.stem in ("known_codes", "test_codes"):
        return
    found = [text for text in strings(ast.parse(path.read_text(encoding="utf-8"))) if " " in text.strip()]
    assert set(found) <= {"x LLOQ"}  # a unit


TEXTS = {column for name in STATISTICS for column in texts(name)} | {
    "verdict_reason",
    "disposition_reason",
    "adjustment",
}
READ = {"startswith", "endswith", "removeprefix", "removesuffix", "split", "rsplit", "partition", "strip", "rstrip", "lstrip",
        "replace", "contains", "match", "fullmatch", "extract", "find", "index", "isin", "map", "str"}  # fmt: skip


def is_text(node):
    """Whether an expression is a text column of a frame or of a row."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and node.slice.value in TEXTS
    rows = ("row", "cell", "found")
    return isinstance(node, ast.Attribute) and node.attr in TEXTS and ast.unparse(node.value) in rows


def reads_of_texts(tree):
    """Lines where a text column is compared with anything but "", taken apart, or looked up."""

    def holds(node):
        return any(is_text(each) for each in ast.walk(node))

    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            empty = any(isinstance(side, ast.Constant) and side.value in ("", None) for side in sides)
            read = not empty and any(holds(side) for side in sides)
        elif isinstance(node, ast.Attribute):
            read = node.attr in READ and holds(node.value)
        else:
            read = isinstance(node, ast.Subscript) and is_text(node.slice)
        if read:
            yield node.lineno


@pytest.mark.parametrize("room", ["statistics", "words", "figures", "deliver", "clinical"])
def test_nobody_compares_or_takes_apart_a_text(room):
    found = {}
    for path in sorted((LIBRARY / room).rglob("*.py")):
        lines = list(reads_of_texts(ast.parse(path.read_text(encoding="utf-8"))))
        if lines:
            found[path.name] = lines
    assert found == {}


def test_the_search_for_reads_of_texts_finds_them():
    for code in (
        'row["reason"] == "constant"', 'frame["p_method"].str.startswith("exact")', '"q" in row["adjusted_method"].split()',
        'NAMES[row["centre_method"]]', 'row["reason"].removeprefix("no")', '"censored" in row.words',
    ):  # fmt: skip
        assert list(reads_of_texts(ast.parse(code))), code
    for code in (
        'row["reason_code"] == "lloq_follows_people"',
        'frame["reason"].fillna("") == ""',
        'print(row["reason"])',
    ):
        assert not list(reads_of_texts(ast.parse(code))), code


def test_sentences_begin_with_a_capital_unless_with_a_symbol():
    parts = ("first", "", "n = 7", number_words.Symbol("tau-b = 0.5"), "p < 0.0001")
    assert number_words.sentences(*parts) == "First. n = 7. tau-b = 0.5. p < 0.0001."


def test_a_number_of_a_sentence_has_a_minus_sign_and_one_of_a_cell_stays_a_number():
    assert number_words.number(-0.3) == "−0.300" and number_words.number(-np.inf) == "−infinity"
    assert number_words.stated(-4.1429, -5.5, 2, 0.95) == "−4.14 (95 % CI −5.50 to 2)"
    assert number_words.between(-13.8, -7.96) == "−13.8 to −7.96"
    assert float(number_words.rounded(-0.31459)) == -0.315
    assert reported.result_text("quantified", -0.31459, -1, -1) == -0.315
    assert reported.result_text("below_lod", np.nan, -np.inf, -1.25) == "<-1.25"


def test_the_footer_of_groups_names_methods_with_their_panels_and_no_interval_where_none_is_drawn():
    shared = {"layer": "group", "y_status": "value", "x": 1.0, "n_below": 0, "p": np.nan, "reference": "control"}
    drawn = {("IL-6", "control"): "", ("IL-6", "treated"): "", ("TNF", "control"): "_censored", ("TNF", "treated"): ""}
    rows = [
        shared
        | {"label": label, "level": level, "low": 1.0, "high": 2.0, "interval_method_code": "log_t"}
        | {"centre_method_code": f"geometric_mean{kind}"}
        for (label, level), kind in drawn.items()
    ]
    found = comparison_notes.panels(pd.DataFrame(rows))
    assert found == (
        "Filled: geometric mean; geometric mean, censored log-normal: TNF (control); bars: 95 % confidence interval "
        "(t on the log scale)."
    )
    bare = pd.DataFrame(rows).assign(low=np.nan, high=np.nan, interval_method_code="none", centre_method_code="mean")
    assert comparison_notes.panels(bare) == "Filled: mean."
    assert comparison_notes.panels(bare.assign(y_status="not_estimable")) == "n.e.: not estimable."
