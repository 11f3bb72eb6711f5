"""The record of a blinded study: when its blind was broken, and whether the plan is the one recorded before."""

import json
from datetime import UTC, date, datetime

import pytest
from immunoassay.deliver import blinding, runlog

TODAY = date(2026, 3, 1)


@pytest.fixture
def study(tmp_path, monkeypatch):
    """run(plan, opened): one run of the study in the folder, as it enters its log; record(plan, blinded): its record then."""
    monkeypatch.chdir(tmp_path)

    class Study:
        def run(self, plan, opened=False, outcome="success"):
            runlog.append(tmp_path, outcome, runlog.facts({}, [], "lib", "1", plan, opened))

        def record(self, plan, blinded=(), today=TODAY):
            found = blinding.blinding(tmp_path, ["arm"], list(blinded), plan, today)
            runlog.BLINDING.parent.mkdir(parents=True, exist_ok=True)
            runlog.BLINDING.write_text(json.dumps(found))
            return found["opened"], found["plan_before"], found["plan_state"]

    return Study()


def test_while_the_sheet_is_not_there_nothing_was_opened(study):
    study.run("a")
    assert study.record("b", ["arm"]) == (None, None, None)


@pytest.mark.parametrize(("plan", "state"), [("b", "same_plan"), ("c", "another_plan"), ("a", "another_plan")])
def test_the_plan_of_the_last_blinded_run_counts_and_the_day_of_the_first_run_that_saw_the_levels(study, plan, state):
    study.run("a")
    study.run("b", outcome="error")
    assert study.record(plan) == ("2026-03-01", "b", state)
    study.run(plan, opened=True)
    study.run("d", opened=True)
    later = study.record(plan, today=date(2026, 5, 5))  # as after all results were deleted
    assert later == ("2026-03-01", "b", state)
    assert study.record("d", ["arm"], date(2026, 5, 5))[0] == "2026-03-01"  # sealed again: what was seen was seen


def test_a_run_that_saw_the_levels_and_failed_before_its_record_opened_them(study):
    study.run("a")
    study.run("a", opened=True, outcome="error")
    assert study.record("a", today=date(2030, 1, 1)) == (datetime.now(UTC).date().isoformat(), "a", "same_plan")


def test_without_a_run_before_no_plan_is_recorded_and_a_log_with_a_gap_proves_nothing(study, tmp_path):
    assert study.record("a") == ("2026-03-01", None, "no_plan_recorded")
    for plan in "aab":
        study.run(plan)
    lines = (tmp_path / runlog.LOG).read_text().splitlines()
    (tmp_path / runlog.LOG).write_text("\n".join([lines[0], lines[2]]) + "\n")
    assert study.record("b") == ("2026-03-01", "b", "log_not_whole")
    assert {"same_plan", "another_plan", "no_plan_recorded", "log_not_whole"} == set(blinding.PLANS)
