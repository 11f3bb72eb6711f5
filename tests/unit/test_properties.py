"""Properties of the way from raw wells to results, on real steps over simulated plates.

Conservation, idempotence, old batches that stay when one is added, stricter criteria that never accept more, analytes that
do not know each other, order of input that does not matter.
"""

import copy
import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from immunoassay import tables
from immunoassay.acceptance import assess
from immunoassay.calibration.batch_curves import calibrate_batch
from immunoassay.files.house import schema_file
from immunoassay.readers.batch_reader import read_batch
from immunoassay.results import collection
from immunoassay.results import ledger as accounts
from immunoassay.study import rule_rows
from immunoassay.study.load import study_in
from immunoassay.study.schema import load_schema
from tests.examples import examples

ROOT = Path(__file__).parents[2]
BATCHES = ("2024-06-vaccine", "2024-06-achr", "2025-06-vaccine")


@pytest.fixture(scope="module")
def study():
    return study_in(ROOT)


@pytest.fixture(scope="module")
def read(study):
    """{batch: (wells, delivered)} of the batches."""
    layout = load_schema(schema_file("layout"))
    return {batch: _read(study, batch, layout)[:2] for batch in BATCHES}


def _read(study, batch, layout):
    return read_batch(
        rule_rows.plates(study, batch), rule_rows.of_panels(study, batch, "analytes"),
        rule_rows.of_panels(study, batch, "panels"), rule_rows.materials(study, batch),
        rule_rows.amendments(study, batch), study.units.rows, rule_rows.criteria(study, batch), layout, study.base,
    )  # fmt: skip


def judged(study, batch, wells, delivered, change=None):
    """(curves, checks, attempts, dropped_standards) of one batch; `change` edits its criteria sets."""
    criteria = copy.deepcopy(rule_rows.criteria(study, batch))
    for each in criteria.values():
        if change:
            change(each)
    curves, concentrations, dropped = calibrate_batch(
        wells, rule_rows.calibration(study, batch), rule_rows.plates(study, batch, ("plate", "kit_lot")),
        rule_rows.criteria(study, batch),
    )  # fmt: skip
    plates, panels = rule_rows.plates(study, batch), rule_rows.of_panels(study, batch, "panels")
    frames = wells, delivered, curves, concentrations, dropped
    checks, attempts, _ = assess.assess_batch(*frames, plates, panels, criteria)
    return curves, tables.conform(checks, "checks"), tables.conform(attempts, "attempts"), dropped


@pytest.fixture(scope="module")
def done(study, read):
    return {batch: judged(study, batch, *read[batch]) for batch in BATCHES}


def reported(study, attempts):
    factors = rule_rows.unit_factors(study)
    analytes = [{**row, "unit_factor": factors[row["analyte"]]} for row in study.rows("analytes")]
    found, problems = collection.collect([attempts], study.rows("samples"), analytes, "plate", [])
    assert problems == []
    return tables.conform(found, "results")


def stacked(parts):
    return pd.concat(list(parts), ignore_index=True)


def test_every_raw_record_has_exactly_one_end(study, read, done):
    wells, delivered = (stacked(read[batch][i] for batch in BATCHES if len(read[batch][i])) for i in (0, 1))
    found = reported(study, stacked(done[batch][2] for batch in BATCHES))
    ledger = accounts.ledger(
        wells,
        delivered,
        stacked(done[batch][0] for batch in BATCHES),
        stacked(done[batch][3] for batch in BATCHES),
        accounts.used_records(found),
        study.rows("samples"),
    )
    ledger = tables.conform(ledger, "ledger")
    assert len(ledger) == len(wells) + len(delivered)
    raw = {*wells[["plate", "well", "analyte"]].itertuples(index=False, name=None)}
    raw |= {*delivered[["plate", "record", "analyte"]].itertuples(index=False, name=None)}
    assert {*ledger[["plate", "record", "analyte"]].itertuples(index=False, name=None)} == raw
    assert ledger["disposition"].notna().all() and "usable" not in set(ledger["disposition"])
    named = found[found["plate"].notna()]
    used = sum(len(str(wells_of).split(",")) for wells_of in named["wells"])
    assert ledger["disposition"].str.startswith("result_").sum() == used


def test_the_same_again_and_in_any_order(study, read, done):
    wells, delivered = read["2024-06-vaccine"]
    shuffled = wells.sample(frac=1, random_state=1).reset_index(drop=True)
    shuffled = judged(study, "2024-06-vaccine", shuffled, delivered)
    names = ("curves", "checks", "attempts", "dropped_standards")
    for name, again, first in zip(names, shuffled, done["2024-06-vaccine"], strict=True):
        pd.testing.assert_frame_equal(tables.conform(again, name), tables.conform(first, name), rtol=1e-9)
    attempts = done["2024-06-vaccine"][2]
    one, other = (reported(study, frame) for frame in (attempts, attempts.sample(frac=1, random_state=2)))
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_an_added_batch_changes_no_result_of_the_old_ones(study, done):
    old, new = (stacked(done[batch][2] for batch in names) for names in (BATCHES[:2], BATCHES))
    before, after = (reported(study, attempts) for attempts in (old, new))
    both = before[before["plate"].notna()].reset_index(drop=True)
    same = both[["sample_id", "analyte"]].merge(after, on=["sample_id", "analyte"], validate="one_to_one")
    pd.testing.assert_frame_equal(both, same[both.columns], check_exact=True)
    assert after["plate"].notna().sum() > len(both)


NUMBERS = [
    ("calibration", "tolerance_percent"), ("calibration", "tolerance_percent_ends"), ("controls", "tolerance_percent"),
    ("controls", "cv_percent"), ("replicates", "cv_percent"), ("replicates", "cv_percent_near_lloq"),
    ("calibration", "cv_percent"), ("calibration", "cv_percent_ends"), ("calibration", "step_tolerance_percent"),
]  # fmt: skip
FRACTIONS = [("calibration", "pass_fraction"), ("controls", "pass_fraction_total"), ("controls", "pass_fraction_level")]
COUNTS = [("calibration", "min_levels"), ("controls", "min_levels"), ("controls", "min_total")]


@examples(15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shrink=st.lists(st.floats(0.02, 1.0), min_size=len(NUMBERS), max_size=len(NUMBERS)),
    fraction=st.sampled_from(["2/3", "3/4", "9/10", "1/1"]),
    more=st.integers(0, 3),
    required=st.sets(st.sampled_from(["replicate_cv", "hook", "controls", "standards_steps", "control_cv", "blanks"])),
)
def test_stricter_criteria_never_accept_more(study, read, done, shrink, fraction, more, required):
    def stricter(criteria):
        for (part, name), factor in zip(NUMBERS, shrink, strict=True):
            criteria[part][name] *= factor
        for part, name in FRACTIONS:
            before = criteria[part][name]
            criteria[part][name] = max((before, fraction), key=lambda text: np.divide(*map(int, text.split("/"))))
        for part, name in COUNTS:
            criteria[part][name] += more
        criteria["required"] = sorted({*criteria["required"], *required})

    loose = done["2024-06-vaccine"]
    _, _, strict, _ = judged(study, "2024-06-vaccine", *read["2024-06-vaccine"], stricter)
    key = ["plate", "sample_id", "analyte", "attempt"]
    both = loose[2].merge(strict, on=key, suffixes=("", "_strict"), validate="one_to_one")
    gained = (both["status"] == "not_reportable") & (both["status_strict"] != "not_reportable")
    assert not gained.any()
    order = {"PASS": 0, "WARN": 1, "NOT_EVALUABLE": 2, "FAIL": 2}
    assert (both["verdict"].map(order) <= both["verdict_strict"].map(order)).all()
    kept = both[both["status_strict"] == "quantified"]
    assert (kept["value"] == kept["value_strict"]).all()  # acceptance judges, it changes no value


def test_a_spoilt_analyte_leaves_the_others_as_they_were(study, read, done):
    wells, delivered = read["2024-06-vaccine"]
    spoilt = wells.copy()
    hit = spoilt["analyte"] == "tetanus-IgG"
    spoilt.loc[hit, "signal"] = np.random.default_rng(3).lognormal(5, 3, hit.sum())
    before, after = done["2024-06-vaccine"], judged(study, "2024-06-vaccine", spoilt, delivered)
    for one, other in zip(before, after, strict=True):
        one, other = (frame[frame["analyte"] != "tetanus-IgG"].reset_index(drop=True) for frame in (one, other))
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert (after[2].loc[after[2]["analyte"] == "tetanus-IgG", "status"] == "not_reportable").all()


def test_a_number_changed_for_one_analyte_reaches_that_analyte_only(study, read, done):
    override = {"reason": "validation report 12", "controls": {"tolerance_percent": 0.001}}
    config = {**study.config, "criteria_overrides": {"tetanus-IgG": override}}
    own = dataclasses.replace(study, config=config)
    _, checks, attempts, _ = judged(own, "2024-06-vaccine", *read["2024-06-vaccine"])
    hit = attempts["analyte"] == "tetanus-IgG"
    assert (attempts.loc[hit, "verdict"] == "FAIL").all()
    before = done["2024-06-vaccine"][2]
    pd.testing.assert_frame_equal(attempts[~hit], before[before["analyte"] != "tetanus-IgG"], check_exact=True)
    sets = checks.groupby("analyte")["criteria_set"].first()
    assert (sets["tetanus-IgG"], sets["measles-IgG"]) == ("ich_m10_lba for tetanus-IgG", "ich_m10_lba")
    assert set(checks["criteria_version"]) == {
        str(rule_rows.criteria(own, "2024-06-vaccine")["ich_m10_lba"]["version"])
    }
