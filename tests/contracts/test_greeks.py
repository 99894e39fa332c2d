"""Our own Greeks of one quote (PE-6, CC-6)."""

from math import isnan

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk import greeks
from tests.builders import CALL, FRIDAY, NAN, contract, market, moment, priced, quote, snapshot


def own(what, spot, bid=None, ask=None):
    seen = priced(what, spot, 0.30) if bid is None else quote(what, bid, ask)
    return greeks.own(seen, market(snapshot(spot=spot)))


@pytest.mark.parametrize(("what", "sign"), [(contract(100), -1), (contract(100, right=CALL), 1)])
def test_a_priced_quote_gives_back_its_volatility(what, sign):
    found = own(what, 100.0)
    assert found.volatility == pytest.approx(0.30, abs=2e-3)
    assert found.delta * sign == pytest.approx(0.5, abs=0.01)
    assert found.probability == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("spot", [96.0, 97.0, 99.5, 101.0])
def test_put_and_call_of_a_strike_end_in_the_money_one_or_the_other(spot):
    put, call = own(contract(98), spot), own(contract(98, right=CALL), spot)
    assert put.probability + call.probability == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(("what", "delta"), [(contract(120), -1.0), (contract(80, right=CALL), 1.0)])
def test_without_time_value_it_is_as_good_as_the_share(what, delta):
    found = own(what, 100.0, 19.90, 20.05)
    assert isnan(found.volatility)
    assert (found.delta, found.probability) == (delta, 1.0)


@pytest.mark.parametrize(("bid", "ask"), [(NAN, 1.0), (1.0, NAN), (0.0, 1.0), (1.1, 1.0), (150.0, 151.0)])
def test_what_is_not_sound_or_possible_is_unknown(bid, ask):
    found = own(contract(100), 100.0, bid, ask)
    assert isnan(found.delta)
    assert isnan(found.probability)


def test_without_a_fresh_price_or_time_left_nothing_is_known():
    view = market(snapshot(spot=100.0))
    assert isnan(greeks.own(quote(contract(100, root="MSFT")), view).delta)
    end = moment(FRIDAY, "16:00")
    over = market(snapshot(spot=90.0, at=end), at=end)
    assert isnan(greeks.own(quote(contract(100), 10.0, 10.2, at=end), over).probability)
    blind = evolve(view, snapshots={"AAPL": evolve(snapshot(), bid=NAN, ask=NAN, last=NAN)})
    assert isnan(greeks.own(quote(), blind).delta)


@given(st.integers(80, 120), st.floats(70, 130), st.booleans())
def test_delta_and_probability_stay_within_their_bounds(strike, spot, put):
    what = contract(strike) if put else contract(strike, right=CALL)
    found = own(what, spot)
    assert isnan(found.delta) or (-1 <= found.delta <= 0 if put else 0 <= found.delta <= 1)
    assert isnan(found.probability) or 0 <= found.probability <= 1
