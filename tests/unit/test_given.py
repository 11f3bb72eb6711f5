"""The one param of a rule: compared whole, never printed."""

import pickle

from immunoassay.jobs.given import Given


def test_it_is_compared_as_a_dict_and_prints_no_row():
    rows = {"samples": [{"sample_id": "P01-D1"}]}
    given = Given(rows)
    assert repr(given) == repr(rows) and given == rows
    assert "P01" not in f"{given}" and "P01" not in str(given)
    assert type(pickle.loads(pickle.dumps(given))) is Given
