"""The judge of statements about two arms: what is true, what is claimed, what is held."""

import numpy as np
import pandas as pd
import pytest
from benchmarks import arms
from immunoassay.simulate import truth
from immunoassay.simulate.panels import ANALYTES

ROW = {
    "group": "immunoglobulin", "factor": "arm", "kind": "biomarker", "visit": "M3", "quantity": "adjusted", "below_level": 0,
    "below_reference": 0, "estimate": 0.8, "low": 0.7, "high": 0.9, "p": 0.01, "p_beside": np.nan, "p_adjusted": 0.03,
    "family_code": "comparison", **dict.fromkeys(("hodges_lehmann_low", "hodges_lehmann_high"), np.nan),
}  # fmt: skip


@pytest.fixture(scope="module")
def effects():
    planted = [
        truth.effects(arms.simulated.of_arm(ANALYTES, arm), {"first": arms.VISITS}).assign(arm=arm.name)
        for arm in arms.arms()
    ]
    return pd.concat(planted)


def judged(effects, **changed):
    found = arms.judge(pd.DataFrame([{**ROW, "variable": "IgM", **changed}]), effects)
    return {row.kind: bool(row.right) for row in found.itertuples()}


def test_a_true_claim_of_a_planted_effect(effects):
    assert judged(effects, estimate=0.75, low=0.68, high=0.8) == {
        "holds": True,
        "wrong": True,
        "claims": True,
        "power": True,
    }


def test_an_interval_beside_the_truth_and_a_claim_of_the_opposite(effects):
    assert judged(effects, estimate=1.3, low=1.1, high=1.5) == {
        "holds": False,
        "wrong": False,
        "claims": False,
        "power": True,
    }


def test_no_claim_where_p_is_large(effects):
    assert judged(effects, low=0.7, high=1.1, p=0.2, p_adjusted=0.4) == {"holds": True, "wrong": True, "power": False}


def test_a_claim_where_nothing_was_planted_counts_in_row_and_family(effects):
    assert judged(effects, variable="IL-6") == {"holds": False, "rejects": False, "any": False}
    assert judged(effects, variable="IL-6", low=0.7, high=1.1, p=0.2, p_adjusted=0.4) == {
        "holds": True, "rejects": True, "any": True,
    }  # fmt: skip


def test_a_course_that_both_arms_share_is_no_difference_of_the_arms(effects):
    assert judged(effects, variable="MCP-1")["rejects"] is False


def test_before_treatment_the_arms_are_alike(effects):
    assert judged(effects, visit="D1", quantity="value")["rejects"] is False
