"""Real deliveries and exports: read with the counts of an independent plain parse, or refused with a line that says how to
export."""

import pytest
from tests import real_deliveries
from tests.real_deliveries import OTHERWISE, REFUSED

pytestmark = pytest.mark.slow  # the readers of each family have tests of their own files


@pytest.fixture(scope="module")
def folder(shared):
    return shared / "real_deliveries"


@pytest.fixture(scope="module")
def rows(folder):
    return real_deliveries.table(folder)


def test_what_is_expected_to_be_read_is_read_and_all_else_refused(rows, folder):
    right = real_deliveries.stated(folder)
    assert {row.file for row in rows if row.refusal} == set(REFUSED)
    assert {file for file, row in right.items() if row["expected"] != "read"} == set(REFUSED)
    assert len(rows) == 25


def test_counts_are_those_of_a_plain_parse(rows, folder):
    right = real_deliveries.stated(folder)
    odd = {row.file: set(real_deliveries.differences(row, right[row.file])) for row in rows if row.counts}
    assert {file: names for file, names in odd.items() if names} == {file: set(why) for file, why in OTHERWISE.items()}


def test_a_refusal_says_what_the_file_is_and_what_to_do(rows):
    for row in rows:
        if row.refusal:
            assert "\n" not in row.refusal and row.refusal.count(" – ") >= 2, row.refusal
            assert REFUSED[row.file] in row.refusal, row.refusal
