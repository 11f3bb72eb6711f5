"""Rounding to significant digits is that of the decimal text, ties, signs, zeros and the ends of the floats included."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay.tables.significant import significant
from tests.examples import examples

DIGITS = st.integers(1, 9)


def texts(values, digits):
    return [float(f"{value:.{digits}g}") for value in values]


def same(values, digits):
    found, expected = significant(np.array(values, float), digits), np.array(texts(values, digits))
    np.testing.assert_array_equal(found, expected)
    zero = expected == 0
    np.testing.assert_array_equal(np.signbit(found[zero]), np.signbit(expected[zero]))
    return True


@examples(300)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=50), DIGITS)
def test_any_float_is_rounded_as_its_text(values, digits):
    assert same(values, digits)


@examples(300)
@given(st.lists(st.tuples(st.integers(1, 10**10), st.integers(-12, 12)), max_size=50), DIGITS)
def test_numbers_as_laboratories_write_them_meet_ties(numbers, digits):
    assert same([float(f"{number}e{power}") for number, power in numbers], digits)


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.125, 2, 0.12),  # a tie that a float holds goes to the even digit
        (0.135, 2, 0.14),  # this float lies above the tie, 0.13500000000000000888
        (2.675, 3, 2.67),  # and this one below it, 2.67499999999999982236
        (999999.5, 6, 1e6),
        (-0.00012345678, 3, -0.000123),
        (1e-320, 3, 1e-320),
        (1.7976931348623157e308, 4, np.inf),  # as its text is read: 1.798e+308 is beyond the largest float
    ],
)
def test_known_roundings(value, digits, expected):
    assert significant(np.array([value]), digits).tolist() == [expected]
    assert same([value, -value], digits)


def test_powers_of_ten_stay(digits=6):
    assert same([10.0**power for power in range(-30, 31)], digits)
