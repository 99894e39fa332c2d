"""What is known at an instant: unknown is NaN or None and never zero (PE-2, CAD-14)."""

from datetime import timedelta

import numpy as np
import pytest
from attrs import evolve

from tests.builders import AT, CALL, FRIDAY, NAN, PUT, chain, contract, market, quote, snapshot


@pytest.mark.parametrize(
    ("bid", "ask", "last", "spot"),
    [(99.9, 100.1, 90.0, 100.0), (99.0, 101.0, 99.5, 99.5), (NAN, 100.1, 99.5, 99.5), (99.9, NAN, NAN, NAN)],
)
def test_spot_is_the_mid_of_a_narrow_market_and_the_last_trade_otherwise(bid, ask, last, spot):
    seen = evolve(snapshot(), bid=bid, ask=ask, last=last)
    assert seen.spot == pytest.approx(spot, nan_ok=True)


def test_only_what_is_of_this_very_instant_is_fresh():
    view = market(snapshot("AAPL"), snapshot("SPY", at=AT - timedelta(seconds=1)))
    assert view.fresh("AAPL") is not None
    assert view.fresh("SPY") is None
    assert view.fresh("QQQ") is None
    assert view.fresh_symbols == ("AAPL",)


@pytest.mark.parametrize(
    ("bid", "ask", "sound"),
    [(1.0, 1.1, True), (0.0, 1.1, False), (1.1, 1.1, False), (1.2, 1.1, False), (NAN, 1.1, False), (1.0, NAN, False),
     (1.0, float("inf"), False)],
)  # fmt: skip
def test_a_quote_is_sound_with_two_known_sides_in_order(bid, ask, sound):
    assert quote(bid=bid, ask=ask).sound is sound


def test_a_chain_gives_a_side_by_rising_strike_and_finds_a_contract():
    strikes = (105, 95, 100)
    rows = chain("AAPL", AT, 100.0, [quote(contract(k, right=r)) for k in strikes for r in (PUT, CALL)])
    puts = rows.side(FRIDAY, PUT)
    assert puts.strike.tolist() == [95.0, 100.0, 105.0]
    assert np.all(puts.put)
    assert rows.find(contract(100, right=CALL)).contract == contract(100, right=CALL)
    assert rows.find(contract(101)) is None
    assert rows.find(contract(100, root="SPY")) is None
    assert rows.expiries == (FRIDAY,)
