"""The style: labels that do not touch, numbers as readers write them, text that is only text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from immunoassay.figures import lettering, marks, style
from matplotlib.figure import Figure

PLACES = st.lists(st.floats(-100, 100), min_size=1, max_size=12)


@given(PLACES, st.floats(0.1, 20))
def test_spread_keeps_order_and_distance(places, size):
    moved = lettering.spread(places, size, 1)
    order = np.argsort(places, kind="stable")
    assert (np.diff(moved[order]) >= size + 1 - 1e-6).all()


@given(PLACES)
def test_spread_leaves_alone_what_does_not_touch_and_keeps_the_middle(places):
    apart = np.arange(len(places)) * 10.0
    assert np.allclose(lettering.spread(apart, 5, 1), apart)
    assert np.isclose(lettering.spread([0.0, 0.0], 4, 0).mean(), 0)


def test_spread_keeps_within_bounds_where_there_is_room():
    moved = lettering.spread([0, 1, 99], [10, 20, 10], 2, low=0, high=100)
    assert moved[0] == pytest.approx(5) and moved[1] == pytest.approx(22) and moved[2] == pytest.approx(95)


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_categories=["Cc"]), max_size=60),
    st.floats(5, 60),
)
def test_wrapped_lines_fit_and_lose_nothing(text, width):
    lines = lettering.wrap(text, width, style.SMALL)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(lettering.text_width(line, style.SMALL) <= width or len(line) == 1 for line in lines)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-2.5, "−2.5"),
        (0.001, "0.001"),
        (1000, "1,000"),
        (15625, "15,625"),
        (0.05, "0.05"),
        (20, "20"),
        (1e7, "10⁷"),
        (2.5e6, "2.5 × 10⁶"),
        (1e-5, "10⁻⁵"),
        (-3e-7, "−3 × 10⁻⁷"),
    ],
)
def test_numbers_of_ticks(value, text):
    assert style.number(value) == text


@pytest.mark.parametrize("limits", [(0.9, 4.2), (0.01, 1000), (45, 95), (0.2, 0.21), (3, 11)])
def test_a_log_axis_has_three_ticks_or_more_within_its_limits(limits):
    axes = Figure().subplots()
    axes.set_ylim(*limits)
    marks.log_axis(axes)
    ticks = axes.get_yticks()
    assert len(ticks) >= 3 and min(ticks) >= limits[0] and max(ticks) <= limits[1]
    assert axes.get_ylim() == limits


@pytest.mark.parametrize("limits", [(700, 1100), (0.31, 0.95), (2, 5), (1, 9), (40, 90)])
def test_ticks_of_a_short_log_axis_do_not_touch(limits):
    axes = Figure(figsize=(2, 1.6)).subplots()
    axes.set_ylim(*limits)
    marks.log_axis(axes)
    places = np.log(axes.get_yticks()) / np.log(limits[1] / limits[0]) * marks.HEIGHT
    assert 3 <= len(places) <= 7 and np.diff(places).min() > 2.5  # mm


def test_of_many_decades_every_second_or_third_is_labelled():
    axes = Figure().subplots()
    axes.set(xlim=(0.009, 12000), ylim=(1e-9, 2e6))
    marks.log_axis(axes, "x")
    marks.log_axis(axes, "y")
    assert list(axes.get_xticks()) == [0.01, 1, 100, 10000] and len(axes.get_yticks()) <= marks.DECADES["y"]


def test_micro_is_written_as_such():
    assert [style.unit(text) for text in ("ug/mL", "IU/mL", "uL", "BAU/mL")] == ["µg/mL", "IU/mL", "µL", "BAU/mL"]


def test_twenty_one_names_look_different():
    looks = style.looks([str(i) for i in range(21)])
    assert len({tuple(look.values()) for look in looks.values()}) == 21


def test_an_estimate_has_no_minus_zero():
    assert [style.signed(value) for value in (-0.004, -0.42, 1)] == ["0.00", "−0.42", "1.00"]


def test_long_labels_of_visits_cost_columns_not_legibility():
    short = lettering.shape(["D1", "M3"], 3)
    long = lettering.shape([f"Month {i} after the first dose" for i in range(8)], 3)
    assert short[0] == 3 and short[2].size == style.SMALL
    assert long[0] < 3 and long[2].size >= style.TINY
