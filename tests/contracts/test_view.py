"""What a plugin is shown: days to expiry (CAD-2, CAD-3), standard contracts only (LQ-4), switches, dividends."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk import Dividend, Grain
from allusr_sdk.contracts.view import standard
from tests.builders import (
    AT,
    CALL,
    PUT,
    THURSDAY,
    books,
    chain,
    contract,
    market,
    moment,
    quote,
    shares,
    short,
    snapshot,
)
from tests.builders import sleeve_view as seen

MONDAY = date(2026, 2, 23)  # a week without holidays, and the next
NEXT = {"Fri": 4, "Mon+": 7, "Wed+": 9}


def on(day, clock="10:00", quotes=(), grain=Grain.GRID):
    at = moment(day, clock)
    return seen(market(snapshot(quotes=quotes, at=at), at=at, grain=grain))


@pytest.mark.parametrize(
    ("entry", "expiry", "days", "sessions"),
    [
        (0, 0, 0, 0), (0, 2, 2, 2), (0, 4, 4, 4),
        (1, 2, 1, 1), (1, 4, 3, 3), (1, 7, 6, 4),
        (2, 2, 0, 0), (2, 4, 2, 2), (2, 7, 5, 3), (2, 9, 7, 5),
        (3, 4, 1, 1), (3, 7, 4, 2),
        (4, 4, 0, 0), (4, 7, 3, 1),
    ],
)  # fmt: skip
def test_days_to_expiry_are_those_of_the_rulebooks_table(entry, expiry, days, sessions):
    view = on(MONDAY + timedelta(days=entry))
    target = MONDAY + timedelta(days=expiry)
    assert (view.days_left(target), view.sessions_left(target)) == (days, sessions)


def test_thanksgivings_friday_is_two_days_and_one_session_away():
    view = on(date(2026, 11, 25))
    assert (view.days_left(date(2026, 11, 27)), view.sessions_left(date(2026, 11, 27))) == (2, 1)
    assert [s.day.day for s in view.week] == [23, 24, 25, 27]


def listed():
    """AAPL's own contracts, an adjusted one and one that belongs to another share."""
    friday, later = date(2026, 2, 13), date(2026, 2, 20)
    contracts = [contract(100, expiry=friday), contract(101, expiry=friday), contract(99, expiry=friday, root="AAPL1"),
                 contract(98, expiry=later, root="AAPL1"), contract(97, expiry=friday, root="MSFT")]  # fmt: skip
    return friday, [quote(c) for c in contracts]


def test_adjusted_contracts_and_strangers_are_not_shown():
    friday, quotes = listed()
    view = on(THURSDAY, quotes=quotes)
    assert view.expiries("AAPL") == (friday,)
    assert view.side("AAPL", friday, PUT).strike.tolist() == [100.0, 101.0]
    assert len(view.side("AAPL", friday, CALL)) == 0


def test_a_root_that_is_named_is_shown_as_it_is():
    friday, quotes = listed()
    view = on(THURSDAY, quotes=quotes)
    assert view.side("AAPL", friday, PUT, "AAPL1").strike.tolist() == [99.0]
    assert view.expiries("AAPL", "AAPL1") == (friday, date(2026, 2, 20))


def test_an_index_has_several_standard_roots():
    rows = [quote(contract(6000, root=root)) for root in ("SPX", "SPXW", "SPX7")]
    assert standard(chain("SPX", AT, 6000.0, rows)).root.tolist() == [0, 1]


def test_dividends_are_those_announced_and_none_is_not_unknown():
    paid = Dividend("AAPL", date(2026, 2, 20), Decimal("0.26"))
    view = seen(evolve(market(snapshot()), dividends={"AAPL": (paid,)}))
    assert view.dividends("AAPL") == (paid,)
    assert view.dividends("MSFT") == ()


def test_the_pivot_is_the_sleeves_own_switch():
    assert not seen(market(), books()).pivoted
    assert seen(market(), books(switches={"PIVOT": "CALLS", "L3": "SAFE"})).pivoted
    assert not seen(market(), books(switches={"L3": "SAFE"})).pivoted


def test_a_hedge_is_not_the_sleeves_position_on_a_symbol():
    hedge = short(contract(80), cause="hedge:L2")
    held = shares()
    assert seen(market(), books(hedge)).position("AAPL") is None
    assert seen(market(), books(hedge, held)).position("AAPL") == held


def test_nothing_is_known_of_a_symbol_without_a_fresh_market():
    old = snapshot(quotes=listed()[1], at=moment(THURSDAY, "09:55"))
    view = seen(market(old))
    assert view.fresh("AAPL") is None
    assert view.expiries("AAPL") == ()
    assert view.side("AAPL", listed()[0], PUT) is None


def test_attempts_are_counted_on_a_grid_and_are_one_elsewhere():
    assert (on(THURSDAY, "10:00").attempt, on(THURSDAY, "10:00").attempts) == (3, 15)
    assert (on(THURSDAY, "10:09", grain=Grain.COARSE).attempt, on(THURSDAY, grain=Grain.COARSE).attempts) == (0, 1)
    assert on(THURSDAY, "10:01").closed == "between two attempts of the entry window"
