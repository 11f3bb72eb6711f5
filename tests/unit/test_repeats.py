"""Samples measured again: the published arithmetic, and that too few prove nothing."""

import numpy as np
import pandas as pd
import pytest
from immunoassay import tables
from immunoassay.acceptance import repeats


@pytest.mark.parametrize(("one", "other", "percent"), [(10, 13.5, 29.8), (10, 14, 33.3), (13.5, 10, 29.8)])
def test_the_difference_is_in_percent_of_the_mean(one, other, percent):
    assert round(repeats.difference_percent(one, other), 1) == percent


@pytest.mark.parametrize(("samples", "needed"), [(96, 10), (1001, 101), (1200, 110), (5000, 300), (0, 0), (1, 1)])
def test_how_many_are_needed(samples, needed):
    assert repeats.needed(samples) == needed


def attempts(first, second, dates=("2024-01-01", "2024-01-02"), plates=("P1", "P2"), verdict="PASS"):
    frame = pd.concat(
        [
            pd.DataFrame({"sample_id": [f"S{i:03d}" for i in range(len(values))], "value": values}).assign(
                plate=plate, run_date=date
            )
            for values, plate, date in zip((first, second), plates, dates, strict=True)
        ]
    )
    fixed = {
        "panel": "kit",
        "analyte": "X",
        "attempt": frame["plate"] + " 1:1",
        "status": "quantified",
        "verdict": verdict,
    }
    filled = {**dict.fromkeys(tables.TABLES["attempts"].columns), **fixed}
    return tables.conform(frame.assign(**{key: value for key, value in filled.items() if key not in frame}), "attempts")


def verdict(*args, **kwargs):
    found = repeats.compare(attempts(*args, **kwargs))
    return found["verdict"].iloc[0] if len(found) else None


def test_two_of_three_within_thirty_percent_as_whole_numbers():
    assert verdict([10.0] * 3, [13.5, 13.5, 14.0]) == "PASS"
    assert verdict([10.0] * 3, [13.5, 14.0, 14.0]) == "FAIL"


def test_too_few_or_the_same_day_or_the_same_plate_prove_nothing():
    assert verdict([10.0] * 20, [10.0] * 2) == "PASS"
    assert verdict([10.0] * 20, [10.0]) == "NOT_EVALUABLE"
    assert verdict([10.0] * 3, [10.0] * 3, dates=("2024-01-01", "2024-01-01")) == "NOT_EVALUABLE"
    assert verdict([10.0] * 3, [10.0] * 3, verdict="FAIL") is None
    row = repeats.compare(attempts([10.0] * 3, [12.0, 12.0, 12.0])).iloc[0]
    assert (row["n_samples"], row["n_needed"], row["n_pairs"], row["n_within"]) == (3, 1, 3, 3)
    assert np.isclose(row["median_difference_percent"], 200 * 2 / 22)


def test_without_a_date_nothing_is_known_to_be_another_day():
    assert verdict([10.0] * 3, [10.0] * 3, dates=(None, None)) == "NOT_EVALUABLE"
