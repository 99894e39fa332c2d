"""Level 3: every level journaled, the L3 switch thrown, the sleeve or the account SAFE (PE-4, PE-8, PE-11)."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from allusr_protocol.engine import Protocol
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.model.events import LevelChanged
from allusr_sdk.model.views import Grain
from tests.builders import AT, RULES, World, later, moment, stub
from tests.kernel.scenes import aapl, held_put, held_shares, writes
from tests.kernel.watchers import closes, held_call, thrown, watcher


def stops(world, ledger, day, strike=100):
    """A put of a ledger reached level 3 on a day."""
    at = moment(day, "10:00")
    held_put(world, ledger=ledger, strike=strike, at=at)
    key = next(iter(world.book.ledgers[ledger].positions))
    world.kernel.heard(LevelChanged(ledger=ledger, rule="PE-2", position=key, before=2, after=3, m=3.0), at)


def switches(world):
    return [(e.ledger, e.cause, e.before, e.after, e.rule) for e in world.events("SwitchChanged")]


def test_a_jump_to_level_three_logs_every_level_makes_the_sleeve_safe_and_closes():
    with World(stub(), Protocol) as world:
        held_put(world, strike=110)
        orders = world.cycle(aapl())
        assert [(e.before, e.after) for e in world.events("LevelChanged")] == [(0, 1), (1, 2), (2, 3)]
        assert switches(world) == [("stub", "L3", "NONE", "SAFE", "PE-11")]
        thrown_ = world.events("SwitchChanged")[0]
        assert (thrown_.value, thrown_.threshold, thrown_.source) == (5.0, 3.0, "protocol")
        assert world.events("Frozen") == []
        assert [(o.cause, o.quantity, o.step_seconds) for o in orders] == [("PE-11", 1, 5)]


def test_a_sleeve_that_stopped_opens_nothing_more_and_others_go_on():
    with World(stub("first", writes()), stub("second", writes()), watcher(level=_deep)) as world:
        held_put(world, ledger="first", strike=110)
        orders = world.cycle(aapl())
        assert [o.ledger for o in orders] == ["second"]
        assert world.book.tier == "NONE"


def _deep(position):
    return 3 if position.contract is not None and position.contract.strike > 105 else 0


def test_a_switch_that_stands_is_not_thrown_again():
    with World(stub(), Protocol) as world:
        held_put(world, strike=110)
        held_put(world, strike=111)
        world.cycle(aapl())
        world.cycle(later(aapl()))
        assert len(switches(world)) == 1
        assert len(world.book.ledgers["stub"].stops) == 2


def test_a_put_whose_roll_does_not_pay_reaches_level_three_by_that():
    with World(stub(), watcher(closes(rule="PE-8 PE-11", urgent=True), level=2)) as world:
        held_put(world, strike=104)
        (order,) = world.cycle(aapl())
        levels = [(e.before, e.after, e.rule) for e in world.events("LevelChanged")]
        assert levels == [(0, 1, "PE-2"), (1, 2, "PE-2"), (2, 3, "PE-8 PE-11")]
        assert world.book.positions[0].watch.level == 3
        assert switches(world) == [("stub", "L3", "NONE", "SAFE", "PE-11")]
        assert order.step_seconds == 5


@pytest.mark.parametrize(("rule", "urgent"), [("PE-8 PE-11", False), ("CC-4", True)])
def test_other_closes_of_a_put_raise_no_level(rule, urgent):
    with World(stub(), watcher(closes(rule=rule, urgent=urgent), level=2)) as world:
        held_put(world, strike=104)
        world.cycle(aapl())
        assert world.book.positions[0].watch.level == 2
        assert switches(world) == []


def test_shares_at_level_three_make_the_sleeve_safe_and_leave():
    with World(stub(), Protocol) as world:
        held_shares(world, price="120")
        orders = world.cycle(aapl())
        assert switches(world) == [("stub", "L3", "NONE", "SAFE", "PE-11")]
        assert [o.selling for o in orders] == [True]


def test_a_covered_call_throws_nothing():
    with World(stub(), watcher(closes(rule="PE-3", urgent=True), level=lambda p: 3 if p.contract else 0)) as world:
        held_shares(world)
        held_call(world, 95)
        world.cycle(aapl())
        assert switches(world) == []


# --- the account ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "account"),
    [
        (date(2026, 2, 12), True),
        (date(2026, 2, 6), True),
        (date(2026, 2, 5), False),
    ],
)
def test_two_sleeves_that_stop_within_five_sessions_make_the_account_safe(day, account):
    with World(stub("first"), stub("second"), watcher(level=_deep)) as world:
        stops(world, "second", day)
        held_put(world, ledger="first", strike=110)
        world.cycle(aapl(at=AT + timedelta(minutes=5)))
        wanted = [("first", "L3", "NONE", "SAFE", "PE-11")] + [("", "L3", "NONE", "SAFE", "PE-11")] * account
        assert switches(world) == wanted
        assert (world.book.tier == "SAFE") is account


def test_two_stops_of_one_sleeve_leave_the_account_alone():
    with World(stub("first"), stub("second"), watcher(level=_deep)) as world:
        stops(world, "first", date(2026, 2, 11))
        held_put(world, ledger="first", strike=110)
        world.cycle(aapl())
        assert [ledger for ledger, *_ in switches(world)] == ["first"]


def test_the_rules_may_widen_a_stop_to_the_account():
    rules = RULES.tightened({"PE-11.scope": "account"})
    with World(stub(), Protocol, rules=rules) as world:
        held_put(world, strike=110)
        world.cycle(aapl())
        assert switches(world) == [("", "L3", "NONE", "SAFE", "PE-11")]


# --- nothing is skipped (PE-4) -------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.booleans())
def test_every_level_between_is_journaled_whatever_the_protocol_says(path, shares):
    steps = iter(path)
    current = {"level": 0}
    with World(stub(), watcher(level=lambda position: current["level"])) as world:
        if shares:
            held_shares(world)
        else:
            held_put(world, strike=100)
        view = aapl()
        for level in steps:
            current["level"] = level
            world.cycle(view)
            view = later(view)
        moves = [(e.before, e.after) for e in world.events("LevelChanged")]
        assert all(abs(after - before) == 1 for before, after in moves)
        assert all(first[1] == second[0] for first, second in pairwise(moves))
        assert world.book.positions[0].watch.level == path[-1]
        threes = sum(after == 3 > before for before, after in moves)
        assert len(world.book.ledgers["stub"].stops) == threes
        assert (world.book.ledgers["stub"].switches.get("L3") == "SAFE") is (threes > 0)


def test_a_stop_is_sent_while_safe_and_held_by_a_halt():
    for tier, count in (("SAFE", 1), ("HALT", 0)):
        with World(stub(), Protocol) as world:
            held_put(world, strike=110)
            world.kernel.heard(thrown("USER", tier, ledger="stub"))
            assert len(world.cycle(aapl(grain=Grain.COARSE))) == count
            assert [e.after for e in world.events("LevelChanged")] == [1, 2, 3]
