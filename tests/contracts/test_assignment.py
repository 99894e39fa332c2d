"""Early assignment over a night, and over several (CC-4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.contracts.assignment import Night, overnight


@pytest.mark.parametrize(
    ("night", "expected"),
    [
        (Night(False, 232, 225, 7.00, 7.10, dividend=0.26), 0.949),
        (Night(False, 230, 225, 5.15, 5.25, dividend=0.26), 0.782),
        (Night(False, 227, 225, 2.55, 2.65, dividend=0.26), 0.000),
        (Night(False, 612, 600, 12.35, 12.45, dividend=1.80), 0.950),
        (Night(False, 200, 180, 19.90, 20.10), 0.468),
        (Night(True, 270, 300, 29.98, 30.06, days=3), 0.863),
        (Night(True, 594, 600, 7.05, 7.15), 0.000),
        (Night(True, 601, 600, 3.0, 3.1), 0.0),
        (Night(False, 220, 225, 0.40, 0.45, dividend=0.26), 0.0),
    ],
)
def test_the_vectors_of_the_rulebook_are_met(night, expected):
    assert overnight(night) == pytest.approx(expected, abs=6e-4)


prices = st.floats(0.01, 2000)


@given(st.booleans(), prices, prices, st.floats(0, 500), st.floats(0.001, 5), st.floats(0, 20), st.integers(1, 5))
def test_it_is_a_probability_for_any_market_and_nothing_overflows(put, spot, strike, bid, width, dividend, days):
    night = Night(put, spot, strike, bid, bid + width, dividend=dividend, days=days)
    assert 0 <= overnight(night) <= 0.95
