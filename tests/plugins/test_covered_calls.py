"""Covered calls: profit, one day left, earnings, early assignment, the upward ladder (CC-1 to CC-4, PE-3)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from allusr_protocol.engine import Protocol, ProtocolSettings
from attrs import evolve

from allusr_sdk import Band, Candidate, Close, Dividend, Grain, Roll, Skip, Watch
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
    report,
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

EARLIER = moment(THURSDAY, "09:55")


def sampled(**more):
    """A call whose mid had earned enough five minutes ago too."""
    return call(watch=Watch(profit_at=EARLIER), **more)


@pytest.mark.parametrize(("ask", "closes"), [(1.12, True), (1.13, False), (0.01, True)])
def test_a_call_closes_on_the_second_sample_whose_mid_leaves_65_percent(ask, closes):
    found = wishes(sampled(), bid=round(ask - 0.01, 2), ask=ask)
    assert rule_of(found) == ("CC-1" if closes else None)
    if closes:
        assert found[0].limit == Decimal("1.28")
        assert not found[0].urgent


def assessed(position, *, bid, ask, at=None, grain=Grain.GRID):
    when = at or moment(THURSDAY, "10:00")
    rows = [quote(position.contract, bid, ask, at=when)]
    view = market(snapshot(quotes=rows, at=when), at=when, grain=grain)
    seen_by = sleeve_view(view, books(shares(basis="100"), position), bands=(COM,), atr=2.0)
    seen = PROTOCOL.assess(position, seen_by)
    return seen, list(PROTOCOL.respond(position, seen, seen_by))


def test_the_first_sample_is_remembered_and_the_next_one_closes():
    position = call()
    first, found = assessed(position, bid=1.00, ask=1.10)
    assert first.watch.profit_at == moment(THURSDAY, "10:00")
    assert rule_of(found) is None
    again = evolve(position, watch=first.watch)
    second, found = assessed(again, bid=1.00, ask=1.10, at=moment(THURSDAY, "10:05"))
    assert second.watch.profit_at == first.watch.profit_at
    assert rule_of(found) == "CC-1"


def test_two_samples_less_than_five_seconds_apart_are_one():
    position = call(watch=Watch(profit_at=moment(THURSDAY, "09:59:56")))
    assert rule_of(assessed(position, bid=1.00, ask=1.10)[1]) is None


@pytest.mark.parametrize(("bid", "ask"), [(1.15, 1.25), (NAN, 1.10), (1.2, 1.1)])
def test_a_sample_that_has_not_earned_enough_or_is_unknown_starts_the_count_anew(bid, ask):
    seen, found = assessed(sampled(), bid=bid, ask=ask)
    assert seen.watch.profit_at is None
    assert rule_of(found) is None


@pytest.mark.parametrize(("ask", "closes"), [(1.12, True), (1.13, False)])
def test_coarse_data_closes_on_one_sample_at_the_ask(ask, closes):
    found = assessed(call(), bid=1.0, ask=ask, grain=Grain.COARSE)[1]
    assert rule_of(found) == ("CC-1" if closes else None)


@pytest.mark.parametrize("ask", [NAN, 0.0, -1.0])
def test_an_unknown_ask_is_no_profit(ask):
    assert rule_of(wishes(sampled(), bid=NAN, ask=ask)) is None


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


def test_a_call_that_the_cash_cannot_buy_back_is_left_to_assignment_and_says_so():
    asked = {"clock": "14:30", "bid": 1.9, "ask": 2.0}
    assert rule_of(wishes(call(), **asked, cash="200.70")) == "CC-2"
    found = wishes(call(), **asked, cash="200.69")
    assert [(type(a), a.rule, a.verdict) for a in found] == [(Skip, "CC-2", "hold")]
    backing = short(contract(50, root="MSFT"))
    assert rule_of(wishes(call(), **asked, cash="5200.69", extra=(backing,))) is None


DEAR, CHEAP = contract(101, right=CALL), contract(110, root="MSFT", right=CALL)


def short_of_cash(position, cash, *others):
    at = moment(THURSDAY, "14:30")
    views = market(
        snapshot(quotes=[quote(DEAR, 3.9, 4.0, at=at)], at=at),
        snapshot("MSFT", quotes=[quote(CHEAP, 0.9, 1.0, at=at)], at=at),
        at=at,
    )
    held = books(shares(), shares("MSFT", 200), position, *others, cash=cash)
    seen_by = sleeve_view(views, held, bands=(COM,), atr=2.0)
    found = list(PROTOCOL.respond(position, PROTOCOL.assess(position, seen_by), seen_by))
    return [(a.rule, a.lots) for a in found if isinstance(a, Close)]


@pytest.mark.parametrize(
    ("cash", "cheap", "dear"),
    [("602.10", [("CC-2", None)], [("CC-2", None)]), ("602.09", [("CC-2", None)], []),
     ("201.40", [("CC-2", None)], []), ("201.39", [("CC-2", 1)], []), ("100.69", [], [])],
)  # fmt: skip
def test_where_cash_is_short_the_cheapest_calls_are_bought_back_first(cash, cheap, dear):
    two, one = call("1.50", what=CHEAP, lots=2), call("1.50", what=DEAR)
    assert short_of_cash(two, cash, one) == cheap
    assert short_of_cash(one, cash, two) == dear


# --- CC-3 ----------------------------------------------------------------------------------------------------------

WEDNESDAY = date(2026, 2, 11)


def before_report(*reports, lots=3, count=300, day=THURSDAY, clock="14:30", expiry=NEXT, more=()):
    position = call(what=contract(105, expiry=expiry, right=CALL), lots=lots, opened=day)
    at = moment(day, clock)
    rows = [quote(p.contract, 2.0, 2.1, at=at) for p in (position, *more)]
    view = market(snapshot(quotes=rows, at=at), at=at, earnings={"AAPL": reports})
    seen_by = sleeve_view(view, books(shares(count=count), position, *more), bands=(COM,), atr=2.0)
    found = list(PROTOCOL.respond(position, PROTOCOL.assess(position, seen_by), seen_by))
    return next((a for a in found if isinstance(a, Close)), None)


@pytest.mark.parametrize(
    ("day", "session", "on", "closes"),
    [(THURSDAY, "AMC", THURSDAY, True), (FRIDAY, "BMO", THURSDAY, True), (FRIDAY, "AMC", THURSDAY, False),
     (THURSDAY, "BMO", THURSDAY, False), (THURSDAY, "AMC", WEDNESDAY, False), (date(2026, 2, 17), "BMO", FRIDAY, True),
     (FRIDAY, "", THURSDAY, True)],
)  # fmt: skip
def test_excess_cover_leaves_in_the_last_manage_window_before_the_report(day, session, on, closes):
    found = before_report(report("AAPL", day, session=session, as_of=WEDNESDAY), day=on)
    assert (found is not None) is closes
    if closes:
        assert (found.rule, found.lots, found.numbers["earnings"]) == ("CC-3", 2, "reduce")


def test_nothing_is_reduced_outside_the_manage_window_or_within_the_permitted_cover():
    due = report("AAPL", THURSDAY, as_of=WEDNESDAY)
    assert before_report(due, clock="14:29") is None
    assert before_report(due, lots=1) is None
    assert before_report(due, lots=1, count=100).lots is None
    assert before_report(due, lots=2, count=400) is None


def test_an_estimated_report_counts_from_its_earliest_day():
    guess = report("AAPL", date(2026, 2, 17), confirmed=False, session="AMC", as_of=WEDNESDAY)
    assert before_report(guess, day=WEDNESDAY) is None
    assert before_report(guess, day=FRIDAY) is not None
    assert before_report(guess, day=date(2026, 2, 17)) is not None


def test_a_calendar_too_old_to_rule_a_report_out_reduces_the_cover():
    far = date(2026, 5, 1)
    assert before_report(report("AAPL", far, as_of=date(2026, 2, 5))) is not None
    assert before_report(report("AAPL", far, as_of=date(2026, 2, 6))) is None
    assert before_report() is not None


def test_the_calls_that_live_longest_are_reduced_first():
    due = report("AAPL", THURSDAY, as_of=WEDNESDAY)
    longer = call(what=contract(105, expiry=date(2026, 2, 27), right=CALL), lots=1, opened=THURSDAY)
    assert before_report(due, lots=2, more=(longer,)).lots == 1


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


def with_dividend(position, *dividends, bid, ask, spot=232.0, day=THURSDAY):
    at = moment(day, "10:00")
    rows = [quote(position.contract, bid, ask, at=at)]
    view = evolve(market(snapshot(spot=spot, quotes=rows, at=at), at=at), dividends={"AAPL": dividends})
    seen_by = sleeve_view(view, books(shares(basis="220"), position), bands=(COM,), atr=20.0)
    return rule_of(list(PROTOCOL.respond(position, PROTOCOL.assess(position, seen_by), seen_by)))


def test_a_call_is_closed_before_the_ex_date_that_its_holder_would_exercise_for():
    position = call("7.00", what=contract(225, expiry=NEXT, right=CALL), opened=THURSDAY)
    paid = Dividend("AAPL", FRIDAY, Decimal("0.26"))
    assert with_dividend(position, paid, bid=7.00, ask=7.10) == "CC-4"
    assert with_dividend(position, bid=7.00, ask=7.10) is None
    assert with_dividend(position, paid, bid=7.15, ask=7.25) is None
    assert with_dividend(position, evolve(paid, ex_day=date(2026, 2, 23)), bid=7.00, ask=7.10) is None
    assert with_dividend(position, evolve(paid, ex_day=date(2026, 2, 17)), bid=7.00, ask=7.10) == "CC-4"


def test_two_rules_vectors_of_a_dividend_hold_and_close_on_their_own_night():
    position = call("5.20", what=contract(225, right=CALL), opened=THURSDAY)
    paid = Dividend("AAPL", FRIDAY, Decimal("0.26"))
    assert with_dividend(position, paid, spot=230.0, bid=5.15, ask=5.25) is None
    assert with_dividend(position, paid, spot=232.0, bid=7.00, ask=7.10) == "CC-4"


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
    done = Watch(level=1, rising=1, prepared=THURSDAY)
    assert [a for a in upward(call("0.50", watch=done), 107.6) if isinstance(a, Candidate)] == []


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
    assert [(type(a), a.rule) for a in found] == [(Close, "PE-3")]
    assert found[0].urgent


def test_the_newest_opening_decides_for_a_rolled_call():
    old = evolve(call(), opened=moment(THURSDAY, "10:00") + timedelta(minutes=1))
    assert rule_of(wishes(old, clock="14:30", bid=1.9, ask=2.0)) is None
