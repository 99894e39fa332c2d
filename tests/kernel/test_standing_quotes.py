"""Answers that still stand: within the limits of a hold nobody is asked again, and an unknown number is not within."""

from datetime import timedelta

import pytest

from allusr_sdk import Calm, Skip
from allusr_sdk.kernel.standing import Standing
from tests.builders import AT, CALL, NAN, PUT, books, contract, market, quote, shares, short, sleeve_view, snapshot

SAID = ("hold", "PE-2", "level 0", "")


def stands(bid, spot=102.0, width=0.1, *, right=CALL, **limits):
    """Whether an option of 100 that was held stands with this bid, at the next instant."""
    position = short(contract("100", right=right))
    book, at = books(position), AT + timedelta(minutes=5)
    calm, standing = Calm(97.0, 104.0, AT + timedelta(hours=1), alone=True, **limits), Standing()
    standing.take(position, Skip("AAPL", "PE-2", "level 0", verdict="hold"), calm, sleeve_view(market(at=AT), book))
    seen = snapshot(spot=spot, quotes=(quote(position.contract, bid, bid + width, at=at),), at=at)
    return standing.holds(position, seen, sleeve_view(market(seen, at=at), book), SAID)


@pytest.mark.parametrize(("bid", "held"), [(2.6, True), (2.4, False), (1.9, False), (NAN, False)])
def test_a_hold_stands_while_the_bid_is_worth_more_than_exercising_by_enough(bid, held):
    assert stands(bid, time_value=0.5) is held


def test_a_bid_under_what_exercising_gives_is_within_limits_that_allow_it():
    assert stands(1.95, time_value=-0.1)
    assert not stands(1.85, time_value=-0.1)


def test_mid_and_time_value_are_both_looked_at_where_both_have_a_limit():
    assert stands(2.6, above=2.5, time_value=0.5)
    assert not stands(2.6, above=2.7, time_value=0.5)
    assert not stands(2.6, above=2.5, time_value=0.7)


def test_a_hold_that_asks_nothing_of_the_quote_stands_without_one():
    assert stands(NAN)


def test_a_quote_that_is_crossed_is_asked_about_whatever_its_bid_is_worth():
    assert stands(2.6, width=0.1, time_value=0.5)
    assert not stands(2.6, width=-0.1, time_value=0.5)


@pytest.mark.parametrize(("right", "spot", "bid", "held"), [
    (CALL, 102.0, 2.51, True), (CALL, 102.0, 2.5, False),
    (PUT, 98.0, 2.51, True), (PUT, 98.0, 2.5, False),
    (PUT, 102.0, 0.51, True), (PUT, 102.0, 0.5, False),
])  # fmt: skip
def test_time_value_is_what_a_bid_has_beyond_what_exercising_gives_of_puts_and_calls_alike(right, spot, bid, held):
    assert stands(bid, spot, time_value=0.5, right=right) is held


def test_what_was_held_in_an_earlier_session_is_asked_about_in_the_next():
    standing, held, seen = Standing(), [short(contract(strike, right=CALL)) for strike in (100, 110)], market(at=AT)
    friday = market(at=AT + timedelta(days=1))
    calm, hold = Calm(90.0, 120.0, AT + timedelta(days=2), alone=True), Skip("AAPL", "PE-2", "level 0", verdict="hold")

    def stand(view):
        around = snapshot(spot=102.0, at=view.at)
        return [standing.holds(position, around, sleeve_view(view, books()), SAID) for position in held]

    for position in held:
        standing.take(position, hold, calm, sleeve_view(seen, books()))
    assert stand(seen) == [True, True]
    standing.take(held[1], hold, calm, sleeve_view(friday, books()))
    assert stand(friday) == [False, True]


@pytest.mark.parametrize(("level", "cash", "held"), [(0, "100000", True), (0, "90000", True), (3, "100000", False)])
def test_a_hold_that_rests_on_another_position_stands_while_that_is_the_same(level, cash, held):
    position, beside = short(contract("105", right=CALL)), shares()
    calm, standing = Calm(97.0, 104.0, AT + timedelta(hours=1), alone=True, beside=beside), Standing()
    hold = Skip("AAPL", "PE-2", "level 0", verdict="hold")
    standing.take(position, hold, calm, sleeve_view(market(at=AT), books(position, beside)))
    seen = snapshot(spot=100.0)
    now = books(position, shares(level=level) if level else beside, cash=cash)
    assert standing.holds(position, seen, sleeve_view(market(seen, at=AT), now), SAID) is held
    assert not standing.holds(position, seen, sleeve_view(market(seen, at=AT), books(position)), SAID)
