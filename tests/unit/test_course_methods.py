"""The methods text of whole courses: every code that may stand in a table has its sentence, and none that was not used."""

import numpy as np
import pandas as pd
import pytest
from immunoassay.statistics.known_codes import TESTS
from immunoassay.words import course_methods, course_words

CODES = [
    code for code in TESTS if code.startswith(("courses_", "sandwich_f", "kenward_roger_f"))
]  # of the column any_visit_method_code


def of_courses(*codes):
    beside = [np.nan] * len(codes)
    return pd.DataFrame({"any_visit_method_code": list(codes), "any_visit_p_beside": beside})


@pytest.mark.parametrize("code", CODES)
def test_every_test_over_all_visits_has_its_sentence(code):
    said = course_methods.any_visit(of_courses(code))
    assert said.startswith("Whether a variable changed at any visit") and "{" not in said
    assert ("censored at the highest LLOQ" in said) == code.endswith("_recensored")
    assert "given beside" not in said
    others = {course_methods.any_visit(of_courses(other)) for other in CODES if other[:8] != code[:8]}
    assert said not in others


def test_what_did_not_run_is_not_said():
    assert course_methods.any_visit(of_courses("none", "none")) == ""
    assert course_methods.any_visit(of_courses(*CODES)).count(";") >= 3


@pytest.mark.parametrize("measure", course_words.MEASURES)
def test_a_summary_measure_is_named_with_its_tests(measure):
    row = {
        "n": 7, "measure": measure, "interval_method_code": "t", "estimate_method_code": "none", "n_open": 0,
        "estimate": 0.5, "p_method_code": "sign_changes_all",
    }  # fmt: skip
    said = course_methods.summary_measures(pd.DataFrame([row]))
    assert course_words.MEASURES[measure] in said and "over all sign changes" in said and "{" not in said
    few = course_methods.summary_measures(pd.DataFrame([row | {"p_method_code": "t_measure"}]))
    assert "based on the t test" in few and "sign changes" not in few
    assert course_methods.summary_measures(pd.DataFrame([row | {"n": 0}])) == ""


def test_cell_kinetics_say_what_was_counted():
    row = {"variable": "CAR-T cells", "auc_0_28_low": 3.0, "n_below": 0}
    said = course_methods.kinetics(pd.DataFrame([row]))
    assert "day 1 to 29" in said and "LLOQ" not in said
    below = course_methods.kinetics(pd.DataFrame([row | {"n_below": 2, "auc_0_28_low": np.nan}]))
    assert "area" not in below and "between 0 and the LLOQ" in below
