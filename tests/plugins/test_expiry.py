"""Expiry afternoon, the pin band, and early assignment of puts (CC-6, CC-4)."""

from datetime import date
from decimal import Decimal

import pytest
from allusr_protocol.engine import Protocol, ProtocolSettings
from attrs import evolve

from allusr_sdk import Close, Dividend, Grain, Roll, Skip, Watch
from tests.builders import (
    CALL,
    FRIDAY,
    NAN,
    THURSDAY,
    books,
    contract,
    market,
    moment,
    priced,
    quote,
    shares,
    short,
    sleeve_view,
    snapshot,
)

PROTOCOL = Protocol(ProtocolSettings())
PUT, COVERED = contract(100), contract(100, right=CALL)
HALF_DAY = date(2026, 11, 27)


def view_of(position, spot, rows, *others, day=FRIDAY, clock="15:00", atr=4.0, grain=Grain.GRID, dividends=(), **more):
    at = moment(day, clock)
    seen = market(snapshot(position.symbol, spot, rows, at=at), at=at, grain=grain)
    seen = evolve(seen, dividends={position.symbol: dividends})
    return sleeve_view(seen, books(position, *others, **more), atr=atr)


def answers(position, view):
    return list(PROTOCOL.respond(position, PROTOCOL.assess(position, view), view))


def at(spot, *, what=PUT, clock="15:00", day=FRIDAY, lots=2, **more):
    position = short(what, lots=lots)
    row = priced(what, spot, at=moment(day, clock))
    others = (shares(count=200),) if not what.is_put else ()
    return answers(position, view_of(position, spot, [row], *others, clock=clock, day=day, **more))


def said(found):
    return [(type(a), a.rule, getattr(a, "verdict", "")) for a in found]


# --- assignment made ready -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "spot", "prepares"),
    [("14:55", 98.0, False), ("15:00", 98.0, True), ("15:30", 98.0, True), ("15:00", 99.7, False), ("15:00", 101, 0)],
)  # fmt: skip
def test_an_hour_before_the_end_a_put_almost_sure_to_be_assigned_has_its_cash_made_ready(clock, spot, prepares):
    found = at(spot, clock=clock)
    assert said(found) == [(Skip, "CC-6", "prepare") if prepares else (Skip, "PE-2", "hold")]
    if prepares:
        assert "ASSIGNMENT_PREP" in found[0].why
        assert found[0].numbers == {"probability over": 0.95, "cash": "20000.00"}


def test_calls_have_their_shares_made_ready():
    found = at(102.0, what=COVERED)
    assert said(found) == [(Skip, "CC-6", "prepare")]
    assert found[0].numbers["shares"] == 200


def test_half_days_move_the_hour_and_other_days_have_none():
    what = contract(100, expiry=HALF_DAY)
    assert said(at(98.0, what=what, day=HALF_DAY, clock="12:00")) == [(Skip, "CC-6", "prepare")]
    assert said(at(98.0, what=what, day=HALF_DAY, clock="11:55")) == [(Skip, "PE-2", "hold")]
    assert said(at(98.0, day=THURSDAY)) == [(Skip, "PE-2", "hold")]


def test_at_parity_it_is_sure_and_an_unsound_quote_prepares_nothing():
    position = short(PUT)
    for bid, ask, verdict in ((1.95, 2.05, "prepare"), (NAN, 2.05, "hold")):
        rows = [quote(PUT, bid, ask, at=moment(FRIDAY, "15:00"))]
        assert said(answers(position, view_of(position, 98.0, rows)))[-1][-1] == verdict


# --- the pin band --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "spot", "pins"),
    [("15:45", 100.2, True), ("15:55", 99.8, True), ("15:40", 100.2, False), ("15:45", 99.7, False),
     ("15:45", 100.25, True), ("15:45", 100.26, False)],
)  # fmt: skip
def test_a_secured_put_in_the_pin_band_is_held_unknown_until_morning(clock, spot, pins):
    position = short(PUT)
    rows = [quote(PUT, 0.2, 0.25, at=moment(FRIDAY, clock))]
    found = answers(position, view_of(position, spot, rows, clock=clock))
    assert (said(found) == [(Skip, "CC-6", "hold")]) is pins
    if pins:
        assert found[0].numbers == {"state": "UNKNOWN"}


def pinned(position, *others, **more):
    rows = [quote(position.contract, 0.2, 0.25, at=moment(FRIDAY, "15:45"))]
    return answers(position, view_of(position, 100.1, rows, *others, clock="15:45", **more))


def test_what_is_not_secured_is_closed_at_the_pin():
    put, call = short(PUT), short(COVERED)
    assert said(pinned(put, cash="9999.99")) == [(Close, "CC-6", "")]
    assert said(pinned(call, shares(count=100))) == [(Skip, "CC-6", "hold")]
    assert said(pinned(call, shares(count=99))) == [(Close, "CC-6", "")]


def test_at_the_pin_nothing_is_rolled_but_a_stop_goes_on():
    assert said(pinned(short(PUT, level=2))) == [(Skip, "CC-6", "hold")]
    stop = pinned(short(PUT, level=3))
    assert [(type(a), a.rule, a.urgent) for a in stop] == [(Close, "PE-11", True)]


# --- early assignment of puts --------------------------------------------------------------------------------------

DEEP = contract(300, root="TSLA")


def deep(bid, ask, *, expiry=date(2026, 2, 17), day=FRIDAY, spot=270.0, level=0, dividends=()):
    what = contract(300, expiry=expiry, root="TSLA")
    position = short(what, watch=Watch(level=level, rising=level))
    rows = [quote(what, bid, ask, at=moment(day, "10:00"))]
    view = view_of(position, spot, rows, day=day, clock="10:00", atr=100.0, cash="900000", dividends=dividends)
    return answers(position, view)


def test_a_deep_put_at_parity_over_a_weekend_is_closed_at_any_loss():
    found = deep(29.98, 30.06)
    assert said(found) == [(Close, "CC-4", "")]
    assert found[0].numbers["probability"] == pytest.approx(0.919, abs=1e-3)
    assert not found[0].urgent
    assert said(deep(30.30, 30.40)) == [(Skip, "PE-2", "hold")]


def test_every_night_counts_and_a_dividend_keeps_the_holder():
    one = deep(29.95, 30.07, expiry=FRIDAY, day=THURSDAY)
    more = deep(29.95, 30.07, expiry=date(2026, 2, 20), day=THURSDAY)
    assert said(one) == [(Skip, "PE-2", "hold")]
    assert said(more) == [(Close, "CC-4", "")]
    paid = Dividend("TSLA", date(2026, 2, 17), Decimal("1.00"))
    assert said(deep(29.98, 30.06, dividends=(paid,))) == [(Skip, "PE-2", "hold")]


def test_out_of_the_money_or_on_the_last_day_nothing_is_asked_of_the_quote():
    assert said(deep(NAN, NAN, spot=301.0)) == [(Skip, "PE-2", "hold")]
    assert said(deep(29.98, 30.06, expiry=FRIDAY)) == [(Skip, "PE-2", "hold")]


def test_european_puts_are_never_assigned_early():
    what = contract(300, expiry=date(2026, 2, 17), root="XSP")
    position = short(what)
    rows = [quote(what, 29.0, 29.1, at=moment(FRIDAY, "10:00"))]
    view = view_of(position, 270.0, rows, clock="10:00", atr=100.0, cash="900000")
    assert said(answers(position, view)) == [(Skip, "PE-2", "hold")]


def test_at_level_three_the_close_is_urgent():
    found = deep(29.98, 30.06, level=3)
    assert [(a.rule, a.urgent) for a in found] == [("CC-4 PE-11", True)]


def test_early_assignment_goes_before_a_roll():
    assert not any(isinstance(a, Roll) for a in deep(29.98, 30.06, level=2))
    assert said(deep(29.98, 30.06, level=2)) == [(Close, "CC-4", "")]
