"""Early assignment over a night, and over several (CC-4)."""

from datetime import date
from decimal import Decimal
from math import isnan, prod

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk import Dividend
from allusr_sdk.contracts.assignment import Night, before_expiry, nights, overnight
from tests.builders import AT, CALL, FRIDAY, NAN, THURSDAY, contract, market, quote, snapshot


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


TUESDAY, NEXT = date(2026, 2, 17), date(2026, 2, 20)
"""Monday the 16th is a holiday."""


def seen(*dividends, spot=100.0, half=0.01):
    return evolve(market(snapshot(spot=spot, half=half)), dividends={"AAPL": dividends})


def test_there_is_a_night_before_each_session_up_to_the_expiry():
    put = quote(contract(110, expiry=NEXT), 9.9, 10.1)
    assert [night.days for night in nights(put, seen())] == [1, 4, 1, 1, 1]
    assert list(nights(quote(contract(110, expiry=THURSDAY)), seen())) == []


def test_a_dividend_belongs_to_the_night_before_its_ex_date():
    paid = (Dividend("AAPL", FRIDAY, Decimal("0.26")), Dividend("AAPL", TUESDAY, Decimal("1.10")))
    call = quote(contract(90, expiry=NEXT, right=CALL), 9.9, 10.1)
    assert [night.dividend for night in nights(call, seen(*paid))] == [0.26, 1.10, 0, 0, 0]
    later = Dividend("AAPL", date(2026, 2, 23), Decimal("1.00"))
    assert [night.dividend for night in nights(call, seen(later))] == [0, 0, 0, 0, 0]


def test_the_shares_spread_is_read_where_it_is_known():
    call = quote(contract(90, right=CALL), 9.9, 10.1)
    assert next(nights(call, seen(half=0.05))).half_spread == pytest.approx(0.05)
    blind = evolve(seen(), snapshots={"AAPL": evolve(snapshot(), bid=NAN)})
    assert next(nights(call, blind)).half_spread == 0.01


def test_several_nights_multiply_what_survives():
    put = quote(contract(110, expiry=NEXT), 9.9, 10.1)
    survives = prod(1 - overnight(night) for night in nights(put, seen()))
    assert before_expiry(put, seen()) == pytest.approx(1 - survives)
    assert before_expiry(put, seen()) > before_expiry(quote(contract(110), 9.9, 10.1), seen()) > 0


def test_it_is_unknown_without_a_sound_quote_and_zero_for_european_options():
    assert isnan(before_expiry(quote(contract(110, expiry=NEXT), NAN, 10.1), seen()))
    assert isnan(before_expiry(quote(contract(110, root="MSFT"), 9.9, 10.1), seen()))
    index = evolve(market(snapshot("XSP", 100.0, at=AT)), dividends={})
    assert before_expiry(quote(contract(110, expiry=NEXT, root="XSP"), 9.9, 10.1), index) == 0
