"""Covered calls: profit, one day left, early assignment, the upward ladder (CC-1, CC-2, CC-4, PE-3)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from allusr_protocol.engine import Protocol, ProtocolSettings
from attrs import evolve

from allusr_sdk import Band, Candidate, Close, Roll, Skip
from tests.builders import (
    CALL,
    FRIDAY,
    NAN,
    THURSDAY,
    board,
    books,
    contract,
    market,
    moment,
    quote,
    shares,
    short,
    sleeve_view,
    snapshot,
)

PROTOCOL = Protocol(ProtocolSettings())
MONDAY = date(2026, 2, 9)
NEXT = date(2026, 2, 20)
HELD = contract(105, right=CALL)
COM = Band("CAD-8", 0.20, 0.25, 3, 9, "calendar", 0.10)


def call(price="3.20", *, what=HELD, opened=MONDAY, **more):
    return short(what, price=price, opened=moment(opened, "10:00"), **more)


def wishes(
    position, spot=100.0, *, bid=2.0, ask=2.1, clock="10:00", day=THURSDAY, quotes=None, cash="100000", extra=()
):
    at = moment(day, clock)
    rows = [quote(position.contract, bid, ask, at=at)] if quotes is None else quotes
    view = market(snapshot(spot=spot, quotes=rows, at=at), at=at)
    held = books(shares(basis="100"), position, *extra, cash=cash)
    seen_by = sleeve_view(view, held, bands=(COM,), atr=2.0, following=NEXT)
    seen = PROTOCOL.assess(position, seen_by)
    return list(PROTOCOL.respond(position, seen, seen_by))


def rule_of(found):
    exits = [a for a in found if isinstance(a, Close | Roll)]
    assert len(exits) <= 1
    return exits[0].rule if exits else None


# --- CC-1 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ask", "closes"), [(1.12, True), (1.13, False), (0.01, True)])
def test_a_call_closes_when_its_ask_leaves_65_percent(ask, closes):
    found = wishes(call(), bid=round(ask - 0.01, 2), ask=ask)
    assert rule_of(found) == ("CC-1" if closes else None)
    if closes:
        assert found[0].limit == Decimal("1.28")
        assert not found[0].urgent


@pytest.mark.parametrize("ask", [NAN, 0.0, -1.0])
def test_an_unknown_ask_is_no_profit(ask):
    assert rule_of(wishes(call(), bid=NAN, ask=ask)) is None


# --- CC-2 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "day", "closes"),
    [("14:29", THURSDAY, False), ("14:30", THURSDAY, True), ("15:45", THURSDAY, True), ("15:46", THURSDAY, False),
     ("14:30", date(2026, 2, 11), False), ("14:30", FRIDAY, False)],
)  # fmt: skip
def test_a_call_closes_in_the_manage_window_of_the_session_before_expiry(clock, day, closes):
    assert rule_of(wishes(call(), bid=1.9, ask=2.0, clock=clock, day=day)) == ("CC-2" if closes else None)


def test_half_days_move_the_manage_window():
    expiry = date(2026, 11, 30)
    position = call(what=contract(105, expiry=expiry, right=CALL), opened=date(2026, 11, 23))
    asked = {"bid": 1.9, "ask": 2.0, "day": date(2026, 11, 27)}
    assert rule_of(wishes(position, clock="11:29", **asked)) is None
    assert rule_of(wishes(position, clock="11:30", **asked)) == "CC-2"
    assert rule_of(wishes(position, clock="12:46", **asked)) is None


@pytest.mark.parametrize(("opened", "closes"), [(date(2026, 2, 11), True), (THURSDAY, False)])
def test_only_calls_opened_two_days_out_or_more_are_closed_a_day_before(opened, closes):
    assert rule_of(wishes(call(opened=opened), clock="14:30", bid=1.9, ask=2.0)) == ("CC-2" if closes else None)


@pytest.mark.parametrize(("ask", "closes"), [(0.05, False), (0.06, True), (NAN, False)])
def test_what_is_worth_five_cents_is_left_to_expire(ask, closes):
    position = call(price="0.10")
    assert rule_of(wishes(position, clock="14:30", bid=0.01, ask=ask)) == ("CC-2" if closes else None)


def test_a_call_that_the_cash_cannot_buy_back_is_left_to_assignment():
    assert rule_of(wishes(call(), clock="14:30", bid=1.9, ask=2.0, cash="200")) == "CC-2"
    assert rule_of(wishes(call(), clock="14:30", bid=1.9, ask=2.0, cash="199.99")) is None
    backing = short(contract(50, root="MSFT"))
    assert rule_of(wishes(call(), clock="14:30", bid=1.9, ask=2.0, cash="5199.99", extra=(backing,))) is None


# --- CC-4 ----------------------------------------------------------------------------------------------------------


def test_a_call_deep_in_the_money_at_parity_is_closed_when_assignment_is_likely_over_its_nights():
    deep = call(what=contract(80, right=CALL), opened=THURSDAY, price="19.00")
    assert rule_of(wishes(deep, bid=19.7, ask=20.3)) is None
    longer = call(what=contract(80, expiry=NEXT, right=CALL), opened=THURSDAY, price="19.00")
    assert rule_of(wishes(longer, bid=19.7, ask=20.3)) == "CC-4"
    assert rule_of(wishes(longer, bid=20.5, ask=20.9)) is None


def test_an_unsound_quote_says_nothing_of_assignment():
    longer = call(what=contract(80, expiry=NEXT, right=CALL), opened=THURSDAY, price="19.00")
    assert rule_of(wishes(longer, bid=NAN, ask=20.3)) is None


# --- PE-3 ----------------------------------------------------------------------------------------------------------


def upward(position, spot):
    rows = board("AAPL", spot, [FRIDAY, NEXT, date(2026, 2, 27)], range(95, 125), rights=(CALL,))
    return wishes(position, spot, quotes=rows)


def test_level_one_upward_prepares_once_and_only_strikes_further_up():
    found = upward(call("0.50"), 107.6)
    prepared = [a for a in found if isinstance(a, Candidate)]
    assert prepared
    assert all(c.sell is None or c.sell.contract.strike > 105 for c in prepared)
    assert rule_of(found) is None
    assert [a for a in upward(call("0.50", level=1), 107.6) if isinstance(a, Candidate)] == []


def test_level_two_upward_rolls_up_and_out_within_the_debit_limit_else_accepts_assignment():
    rich = call("6.00", level=1)
    found = upward(rich, 110.0)
    roll = found[-2] if isinstance(found[-1], Skip) else found[-1]
    assert isinstance(roll, Roll)
    assert roll.rule == "PE-3 PE-8"
    assert roll.sell.contract.strike > 105
    assert roll.sell.contract.expiry > FRIDAY
    assert roll.debit <= Decimal("3.00")
    assert rule_of(upward(call("0.10", level=1), 110.0)) is None
    assert rule_of(upward(call("6.00", level=2), 110.0)) is None


def test_there_is_no_level_three_and_no_stop_on_a_covered_call():
    found = upward(call("0.10", level=2), 120.0)
    assert rule_of(found) is None
    assert isinstance(found[-1], Skip)
    assert "level 2" in found[-1].why


def test_a_call_is_bought_back_urgently_when_its_shares_must_leave():
    position = call()
    at = moment()
    view = market(snapshot(spot=85.0, quotes=[quote(HELD, 0.5, 0.6)]), at=at)
    held = books(shares(basis="100", level=3), position)
    seen_by = sleeve_view(view, held, bands=(COM,), atr=2.0)
    found = list(PROTOCOL.respond(position, PROTOCOL.assess(position, seen_by), seen_by))
    assert [(type(a), a.rule, a.urgent) for a in found] == [(Close, "PE-3", True)]


def test_the_newest_opening_decides_for_a_rolled_call():
    old = evolve(call(), opened=moment(THURSDAY, "10:00") + timedelta(minutes=1))
    assert rule_of(wishes(old, clock="14:30", bid=1.9, ask=2.0)) is None
