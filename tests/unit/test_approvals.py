"""Approval of a batch: what the checksum is over and what it is not, whose approval counts, and what is said of the others."""

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.results import approvals
from immunoassay.words import corrections

KINDS = tables.TABLES["attempts"].types
AMENDMENT = {"amendment": "A1", "what": "exclude_well", "plate": "P1", "sample_id": "", "analyte": "", "reason": "splash",
             "who": "KM", "when": "2025-01-02"}  # fmt: skip
BATCH = {"batch": "B1", "plates": ["P1", "P2"], "operators": ["LR; mo"], "files": ["f" * 64, "e" * 64]}


def attempts(**changed):
    """Two attempts; `changed` {column: value} is of the first."""
    rows = [
        {"plate": "P1", "sample_id": "S1", "analyte": "IL-6", "attempt": "P1", "value": 12.3456, "lower": 12.3456,
         "upper": 12.3456, "status": "quantified", "verdict": "PASS", "verdict_reason": "in words", "wells": "A01,A02"},
        {"plate": "P2", "sample_id": "S2", "analyte": "IL-6", "attempt": "P2", "lower": 0.0, "upper": 0.5,
         "status": "below_lloq", "reason": "below_limit", "verdict": "WARN", "lloq_plate": 0.5},
    ]  # fmt: skip
    rows[0] |= changed
    return tables.conform(pd.DataFrame(rows).reindex(columns=list(KINDS)).astype(KINDS), "attempts")


def checksum(frame=None, amendments=(), files=("f" * 64,)):
    return approvals.checksum(attempts() if frame is None else frame, amendments, files)


def found(rows, batch=BATCH, amendments=(), frame=None):
    made = approvals.approvals([(batch, attempts() if frame is None else frame)], amendments, rows)
    return made.astype(object).where(made.notna(), None).iloc[0].to_dict()


def signed(sha256, who="AB", when="2025-03-01", batch="B1"):
    return {"batch": batch, "sha256": sha256, "who": who, "when": when, "comment": ""}


CANONICAL = "03c67240855c3fe8dc8ebe159d9c9c350532e2ea654081c56af7d2ff919049ce"
NOW = found([])["sha256"]


def test_the_checksum_is_the_one_of_this_text():
    """Computed once by hand with sha256sum over the canonical text: another version of the library must give it too."""
    one = attempts().iloc[:1]
    assert approvals.checksum(one, [{"amendment": "A1", "reason": "ε"}], ["b", "a"]) == CANONICAL


@pytest.mark.parametrize(
    "changed",
    [
        {"value": 12.36},
        {"upper": np.inf},
        {"status": "above_uloq"},
        {"verdict": "FAIL"},
        {"flags": "W-REPLICATE"},
        {"sample_id": "S3"},
        {"lloq_plate": 0.1},
        {"wells": "A01"},
        {"amendments": "A1"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_the_checksum_changes_with_what_an_attempt_says(changed):
    assert checksum(attempts(**changed)) != checksum()


@pytest.mark.parametrize(
    "changed",
    [
        {"value": 12.3456 * (1 + 1e-7), "lower": 12.3456, "upper": 12.3456},  # another library computes so
        {"verdict_reason": "in other words"},
        {"file": "raw/elsewhere.csv"},
        {"point": 1.0, "low": 2.0, "cv_percent": 3.0},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_the_checksum_is_kept_by_what_is_no_result(changed):
    assert checksum(attempts(**changed)) == checksum()


def test_the_checksum_knows_no_order_of_rows_and_files_but_every_amendment_and_file():
    assert checksum(attempts().iloc[::-1]) == checksum()
    both = checksum(files=("f" * 64, "e" * 64))
    assert both == checksum(files=("e" * 64, "f" * 64)) != checksum()
    other = {**AMENDMENT, "amendment": "A2"}
    assert checksum(amendments=[AMENDMENT, other]) == checksum(amendments=[other, AMENDMENT])
    assert len({checksum(), checksum(amendments=[AMENDMENT]), checksum(amendments=[{**AMENDMENT, "who": "AB"}])}) == 3


def test_only_amendments_of_plates_of_the_batch_and_of_results_measured_on_them_are_part_of_it():
    elsewhere = {**AMENDMENT, "plate": "P9"}
    result = {**AMENDMENT, "what": "exclude_result", "plate": "", "sample_id": "S2", "analyte": "IL-6"}
    assert found([], amendments=[elsewhere, {**result, "analyte": "IL-4"}])["sha256"] == NOW
    assert len({NOW, found([], amendments=[AMENDMENT])["sha256"], found([], amendments=[result])["sha256"]}) == 3


def test_a_batch_is_not_approved_then_approved_then_changed():
    empty = {"who": None, "when": None, "approved_sha256": None, "comment": None}
    assert found([]) == {"batch": "B1", "sha256": NOW, "state": "not_approved", **empty}
    assert found([signed(NOW, batch="B2")])["state"] == "not_approved"
    made = found([{**signed(NOW), "comment": "curves"}])
    given = {"who": "AB", "when": "2025-03-01", "approved_sha256": NOW, "comment": "curves"}
    assert made == {"batch": "B1", "sha256": NOW, "state": "approved", **given}
    made = found([signed(NOW)], frame=attempts(verdict="FAIL"))
    assert made["state"] == "changed" and made["approved_sha256"] == NOW != made["sha256"] and made["who"] == "AB"


def test_an_approval_of_what_the_batch_is_goes_before_later_ones_of_what_it_was():
    made = found([signed("a" * 64, when="2025-09-01"), signed(NOW, "CD"), signed(NOW, "AB", "2025-02-01")])
    assert (made["state"], made["who"], made["when"]) == ("approved", "CD", "2025-03-01")
    made = found([signed("a" * 64, when="2025-02-01"), signed("b" * 64, when="2025-04-01")])
    assert (made["state"], made["approved_sha256"]) == ("changed", "b" * 64)


@pytest.mark.parametrize("who", ["KM", "km", "LR", "MO"])
def test_who_measured_or_amended_a_batch_cannot_approve_it_alone(who):
    now = found([], amendments=[AMENDMENT])["sha256"]
    alone = found([signed(now, who)], amendments=[AMENDMENT])
    assert (alone["state"], alone["who"]) == ("second_person_needed", who)
    second = found([signed(now, "AB", "2025-01-01"), signed(now, who)], amendments=[AMENDMENT])
    assert (second["state"], second["who"]) == ("approved", "AB")


def test_a_batch_without_any_attempt_has_a_checksum_and_batches_keep_their_order():
    nothing = tables.empty("attempts")
    batches = [({**BATCH, "batch": name}, nothing) for name in ("Z", "A")]
    made = approvals.approvals(batches, [], [])
    assert made["batch"].tolist() == ["Z", "A"] and made["sha256"].str.len().eq(64).all()
    assert approvals.approvals([], [], []).empty


def test_what_changed_and_what_lacks_a_second_person_are_flags_and_nothing_else_is():
    rows = [signed(NOW), signed(NOW, batch="B2"), signed(NOW, "LR", batch="B3"), signed(NOW, batch="B5")]
    batches = [({**BATCH, "batch": f"B{at}"}, attempts()) for at in range(1, 5)]
    batches.append(({**BATCH, "batch": "B5"}, attempts(status="above_uloq")))
    made = approvals.approvals(batches, [], rows)
    assert made["state"].tolist() == ["approved", "approved", "second_person_needed", "not_approved", "changed"]
    alone, changed = approvals.listed(made)
    assert (alone.code, alone.level, alone.batch) == ("W-APV-003", "FLAG", "B3")
    assert "B3 is approved by LR alone, who measured or amended it" in alone.message
    assert (changed.code, changed.level, changed.batch) == ("W-APV-002", "FLAG", "B5")
    then, now = NOW[:8], made["sha256"].iloc[4][:8]
    assert f"B5, approved by AB on 2025-03-01, has changed since (sha256 {then}… then, {now}… now)" in changed.message


def test_the_methods_text_counts_what_is_approved_and_is_silent_where_nobody_approves():
    assert corrections.approval(pd.Series(["not_approved"] * 3)) == ""
    assert corrections.approval(pd.Series(["approved"])).startswith("A second person approved 1 of 1 batch, ")
    assert corrections.approval(pd.Series(["changed", "not_approved"])).startswith(
        "A second person approved none of 2 "
    )
