"""What is journaled of a level, field by field, and what is not: stops, freezes and faults (PE-4 to PE-11)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from allusr_sdk.contracts import Assessment
from allusr_sdk.model.events import Filled, Watched
from allusr_sdk.model.positions import Watch
from tests.builders import AT, RULES, World, contract, later, market, sell, snapshot, stub
from tests.kernel.scenes import aapl, held_put, held_shares, writes
from tests.kernel.test_preservation import stops
from tests.kernel.watchers import closes, held_call, watcher

PUT = f"stub:{contract(100).osi}"


def assessing(seen, respond=lambda position, view: ()):
    """A protocol that sees the same in every position."""
    made = watcher(respond)
    made.assess = lambda self, position, view: seen
    return made


def at_level(level, m=None, **more):
    watch = Watch(level=level, **{"rising": level, **more})
    return Assessment(watch, level + 0.5 if m is None else m, "PE-2", numbers={"atr": 2.0})


def boom(*_):
    raise RuntimeError("boom")


# --- who is asked --------------------------------------------------------------------------------------------------


def test_a_position_whose_market_is_not_fresh_keeps_no_other_from_being_watched():
    with World(stub(), watcher(level=1)) as world:
        held_put(world)
        world.kernel.heard(Filled(
            ledger="stub", symbol="SPY", rule="CAD-9", key="", execution="s", instrument="SPY", quantity=100,
            price=Decimal(600), fee=Decimal(0), touch=None, opening=True,
        ), AT - timedelta(days=1))  # fmt: skip
        world.cycle(market(snapshot("SPY", 600.0)))
        assert [(e.symbol, e.after) for e in world.events("LevelChanged")] == [("SPY", 1)]


def test_a_position_whose_level_is_unknown_is_held_and_that_is_said():
    with World(stub(), assessing(None, closes())) as world:
        held_put(world)
        assert world.cycle(aapl()) == ()
        (said,) = world.events("Decided")
        assert (said.ledger, said.symbol, said.subject, said.verdict) == ("stub", "AAPL", PUT, "hold")
        assert (said.rule, said.why) == ("RULE-0", "no usable price or ATR: its level is unknown")


@pytest.mark.parametrize(("plugins", "fault"), [
    ((stub(), watcher(level=boom)), ("assess", "RuntimeError: boom")),
    ((stub(), watcher(boom)), ("respond", "RuntimeError: boom")),
    ((stub(), watcher(lambda position, view: [sell()])), ("respond", "answered with a Sell")),
    ((stub(manage=boom), watcher()), ("manage", "RuntimeError: boom")),
])  # fmt: skip
def test_a_fault_says_what_was_asked(plugins, fault):
    with World(*plugins) as world:
        held_put(world)
        world.cycle(aapl())
        (row,) = world.events("PluginFaulted")
        assert (row.where, row.error.partition(" (")[0]) == fault


def test_a_protocol_that_fails_on_two_positions_freezes_the_sleeve_once():
    with World(stub(), watcher(boom)) as world:
        held_put(world)
        held_put(world, strike=101)
        world.cycle(aapl())
        (row,) = world.events("Frozen")
        assert (row.ledger, row.symbol, row.rule) == ("stub", "*", "RULE-0")
        assert row.why.startswith(f"the protocol failed on {PUT}: ")


# --- levels --------------------------------------------------------------------------------------------------------


def levels(world):
    return [(e.before, e.after) for e in world.events("LevelChanged")]


def test_each_level_on_the_way_up_and_down_and_then_the_watch_are_journaled_with_what_they_rest_on():
    protocol = assessing(at_level(1, m=1.23456789))
    with World(stub(), protocol) as world:
        held_put(world)
        world.cycle(aapl())
        (level,), (watched,) = world.events("LevelChanged"), world.events("Watched")
        assert (watched.ledger, watched.symbol, watched.rule, watched.position) == ("stub", "AAPL", "PE-4", PUT)
        assert (watched.watch, watched.m, watched.numbers) == (Watch(level=1, rising=1), 1.23457, {"atr": 2.0})
        assert (level.ledger, level.symbol, level.rule, level.position) == ("stub", "AAPL", "PE-2", PUT)
        assert (level.before, level.after, level.m, level.numbers) == (0, 1, 1.23457, {"atr": 2.0})
        for to in (at_level(2), at_level(0)):
            protocol.assess = lambda self, position, view, seen=to: seen
            world.cycle(later(aapl()))
        assert levels(world) == [(0, 1), (1, 2), (2, 1), (1, 0)]


@pytest.mark.parametrize("level", [2, 3])
def test_a_watch_that_moves_at_its_level_neither_stops_nor_freezes_again(level):
    with World(stub(), assessing(at_level(level, calm=1))) as world:
        held_put(world)
        watch = Watch(level=level, rising=level)
        world.kernel.heard(Watched(ledger="stub", symbol="AAPL", rule="PE-4", position=PUT, watch=watch, m=level))
        world.cycle(aapl())
        assert world.book.positions[0].watch.calm == 1
        assert (levels(world), world.events("Frozen"), world.events("SwitchChanged")) == ([], [], [])


def test_a_covered_call_that_leaves_in_a_hurry_reaches_no_level_by_that():
    with World(stub(), watcher(closes(rule="PE-11", urgent=True), level=lambda p: 1 if p.contract else 0)) as world:
        held_shares(world)
        held_call(world, 95)
        (order,) = world.cycle(aapl())
        assert (order.cause, levels(world), world.events("SwitchChanged")) == ("PE-11", [(0, 1)], [])


def test_a_put_whose_roll_does_not_pay_is_at_level_three_with_nothing_to_be_confirmed():
    with World(stub(), watcher(closes(rule="PE-8 PE-11", urgent=True), level=2)) as world:
        held_put(world)
        world.cycle(aapl())
        assert [e.watch for e in world.events("Watched")] == [Watch(level=2, rising=2), Watch(level=3, rising=3)]
        assert [e.rule for e in world.events("LevelChanged")] == ["PE-2", "PE-2", "PE-8 PE-11"]


def test_the_watch_of_a_put_at_level_three_stays_as_the_protocol_says():
    with World(stub(), assessing(at_level(3, calm=1), closes(rule="PE-11", urgent=True))) as world:
        held_put(world)
        world.cycle(aapl())
        assert [e.watch for e in world.events("Watched")] == [Watch(level=3, rising=3, calm=1)]


# --- level 3 -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("m", "threshold", "more"), [
    (3.0, 3.0, ""), (3.5, 3.0, ""), (2.99, None, ": no roll pays, m"), (2.5, None, ": no roll pays, m"),
])  # fmt: skip
def test_the_row_of_a_stop_says_of_what_it_is_and_names_a_threshold_that_was_reached(m, threshold, more):
    with World(stub(), assessing(at_level(3, m=m))) as world:
        held_put(world)
        world.cycle(aapl())
        (row,) = world.events("SwitchChanged")
        assert (row.ledger, row.symbol, row.source, row.cancels) == ("stub", "AAPL", "protocol", 0)
        assert (row.value, row.threshold, row.reason) == (m, threshold, f"{PUT} at level 3{more}")


def test_the_accounts_row_says_which_ledger_it_came_from_and_who_stopped_lately_too():
    with World(stub("first"), stub("second"), watcher(level=_deep)) as world:
        stops(world, "second", AT.date())
        held_put(world, ledger="first", strike=110)
        world.cycle(aapl(at=AT + timedelta(minutes=5)))
        key = f"first:{contract(110).osi}"
        assert [(row.ledger, row.reason) for row in world.events("SwitchChanged")] == [
            ("first", f"{key} at level 3"), ("", f"{key} at level 3 of first; second stopped lately too"),
        ]  # fmt: skip


def test_the_accounts_row_names_nobody_else_where_the_rules_make_every_stop_the_accounts():
    with World(stub(), watcher(level=3), rules=RULES.tightened({"PE-11.scope": "account"})) as world:
        held_put(world)
        world.cycle(aapl())
        assert [(row.ledger, row.reason) for row in world.events("SwitchChanged")] == [
            ("", f"{PUT} at level 3 of stub")
        ]


def _deep(position):
    return 3 if position.contract is not None and position.contract.strike > 105 else 0


@pytest.mark.parametrize(("scope", "cancels"), [("sleeve", 1), ("account", 2)])
def test_the_row_counts_the_entries_that_work_where_it_binds(scope, cancels):
    rules = RULES.tightened({"PE-11.scope": "account"}) if scope == "account" else RULES
    with World(stub("first", writes()), stub("second", writes()), watcher(level=3), rules=rules) as world:
        assert len(world.cycle(aapl())) == 2
        held_put(world, ledger="first", strike=110)
        world.cycle(later(aapl()))
        (row,) = world.events("SwitchChanged")
        assert row.cancels == cancels
