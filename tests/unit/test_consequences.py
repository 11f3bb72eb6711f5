"""What judgements do to attempts: the same whatever rule, order of rows or other attempts stand beside them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay.acceptance import consequences
from tests.examples import examples

RULES = ("replicate_cv", "hook", "matrix")
VERDICTS = ("PASS", "WARN", "FAIL", "NOT_EVALUABLE")


def attempts(count, status="quantified", flags=None, **cells):
    frame = pd.DataFrame({"status": [status] * count, "panel": "kit", "reason": None, "point": 5.0, "flags": flags})
    frame["unit"] = "pg/mL"
    numbers = dict.fromkeys(("value", "low", "high", "lower", "upper"), 5.0)
    return frame.assign(**numbers, **cells).astype({"reason": object, "flags": object})


def judged(*rows):
    """Judgements (at, rule, verdict, required) of the panel kit."""
    return pd.DataFrame([(*row, "kit") for row in rows], columns=["at", "rule", "verdict", "required", "panel"])


def one_by_one(frame, rows, excused):
    """(reason, flags) of every attempt, judgement by judgement, as the docstring of the module says it."""
    found = [(reason if isinstance(reason, str) else None, []) for reason in frame["reason"]]
    for at, rule, verdict, required in rows:
        reason, flags = found[at]
        code = {"FAIL": rule, "NOT_EVALUABLE": None if excused else f"{rule}_not_evaluable"}.get(verdict)
        if required and code:
            found[at] = (reason or code, flags)
        elif verdict == "FAIL":
            flags.append(f"W-{rule.replace('_', '-').upper()}")
    return found


JUDGEMENT = st.tuples(st.integers(0, 3), st.sampled_from(RULES), st.sampled_from(VERDICTS), st.booleans())


@examples(150)
@given(st.lists(JUDGEMENT, max_size=12), st.booleans())
def test_all_at_once_is_one_by_one(rows, excused):
    before = attempts(4, flags="W-BEAD", reason=[None, None, "plate_rejected", None])
    before.loc[2, "status"] = "not_reportable"
    before.index = [7, 3, 9, 4]  # positions count, not labels
    after = consequences.of_samples(before, judged(*rows), {"kit"} if excused else set())
    for (reason, flags), row in zip(one_by_one(before, rows, excused), after.to_dict("records"), strict=True):
        assert (row["reason"] if isinstance(row["reason"], str) else None) == reason
        assert row["flags"] == ";".join(["W-BEAD", *flags])
        taken = reason is not None
        assert (row["status"] == "not_reportable") == taken and row["point"] == 5.0
        if taken and reason != "plate_rejected":
            assert np.isnan([row["value"], row["low"], row["high"]]).all() and (row["lower"], row["upper"]) == (
                0,
                np.inf,
            )
    assert before["reason"].isna().sum() == 3  # the frame given is not changed


def test_the_reason_of_an_attempt_does_not_rest_on_the_others():
    own = [(1, "matrix", "FAIL", True), (1, "freeze_thaw", "FAIL", True)]
    alone = consequences.of_samples(attempts(2), judged(*own), set())
    beside = consequences.of_samples(attempts(2), judged((0, "freeze_thaw", "FAIL", True), *own), set())
    assert alone["reason"][1] == beside["reason"][1] == "matrix"


def test_without_judgements_nothing_changes():
    before = attempts(2)
    after = consequences.of_samples(before, judged().astype({"required": bool}), set())
    pd.testing.assert_frame_equal(after.drop(columns="flags"), before.drop(columns="flags"))
    assert after["flags"].isna().all()


@pytest.mark.parametrize(
    ("verdict", "unproven", "reason"),
    [
        ("PASS", (), None),
        ("WARN", (), None),
        ("FAIL", (), "plate_rejected"),
        ("FAIL", ("kit",), "plate_rejected"),
        ("NOT_EVALUABLE", (), "plate_not_evaluable"),
        ("NOT_EVALUABLE", ("kit",), None),
    ],
)
def test_the_verdict_of_a_plate_takes_its_results(verdict, unproven, reason):
    (row,) = consequences.of_plates(attempts(1, verdict=verdict), unproven).to_dict("records")
    assert row["status"] == ("not_reportable" if reason else "quantified")
    assert row["reason"] == reason or reason is None
