"""What a roll takes of free cash, how far its limits reach, and what it carries on (PE-7, PE-8, RULE-1)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk import Shares
from allusr_sdk.model.events import Filled
from allusr_sdk.model.intents import Roll
from tests.builders import AT, CALL, PUT, World, board, contract, later, quote, stub
from tests.kernel.scenes import FRIDAY, NEXT, STRIKES, aapl, held_put, held_shares
from tests.kernel.watchers import closes, held_call, into, watcher

FEES = 2 * Decimal("0.70")


def rolled(world, strike, *, buy, sell, right=PUT, held=100):
    """The order of a roll of three contracts between two quotes."""
    old, new = contract(held, right=right), contract(strike, expiry=NEXT, right=right)
    (order,) = world.cycle(aapl(quotes=[quote(old, *buy), quote(new, *sell)]))
    return order


@pytest.mark.parametrize(("sell", "reserve"), [((2.00, 2.02), 0), ((0.50, 0.52), 52 + FEES)])
def test_a_roll_of_puts_at_its_strike_takes_its_debit_and_two_fees(sell, reserve):
    with World(stub(), watcher(into(NEXT, 100))) as world:
        held_put(world, lots=3)
        order = rolled(world, 100, buy=(1.00, 1.02), sell=sell)
        assert (order.quantity, order.reserve) == (3, 3 * reserve)


def test_a_roll_of_calls_takes_its_debit_and_two_fees_and_no_strike():
    with World(stub(), watcher(into(NEXT, 104))) as world:
        held_shares(world, 300)
        held_call(world, 100, lots=3)
        order = rolled(world, 104, buy=(1.00, 1.02), sell=(0.50, 0.52), right=CALL)
        assert (order.quantity, order.reserve) == (3, 3 * (52 + FEES))
        assert order.prices == (Decimal("0.50"), Decimal("0.51"), Decimal("0.52"))


def test_a_roll_for_next_to_nothing_may_give_a_cent():
    with World(stub(), watcher(into(NEXT, 100))) as world:
        held_put(world, strike=104)
        order = rolled(world, 100, held=104, buy=(4.00, 4.10), sell=(3.98, 4.08))
        assert order.prices == (Decimal("0.02"), Decimal("0.03"))


def test_a_roll_walks_for_just_under_five_minutes():
    with World(stub(), watcher(into(NEXT, 100))) as world:
        held_put(world, strike=110)
        order = rolled(world, 100, held=110, buy=(9.00, 11.00), sell=(1.74, 1.76))
        assert (len(order.prices), order.step_seconds) == (29, 10)


def test_a_second_roll_adds_its_debit_to_the_first():
    third = date(2026, 2, 27)
    rows = board("AAPL", 100.0, [FRIDAY, NEXT, third], STRIKES)
    found = []
    with World(stub(), watcher(lambda p, v: into(NEXT, 100)(p, v) or into(third, 97)(p, v))) as world:
        held_put(world, strike=104)
        view = aapl(quotes=rows)
        for _ in range(2):
            (order,) = world.cycle(view)
            found.append(order)
            world.fill(order)
            view = later(view)
    first, second = found
    assert (first.rolls, second.rolls) == (1, 2)
    assert second.roll_debit == first.roll_debit + second.mid
    assert (first.first_credit, second.first_credit) == (Decimal("0.80"), Decimal("0.80"))


def test_a_roll_into_a_contract_without_a_bid_waits():
    with World(stub(), watcher(into(NEXT, 100))) as world:
        held_put(world, strike=104)
        rows = board("AAPL", 100.0, [FRIDAY, NEXT], STRIKES)
        blind = [evolve(q, bid=0.0) if q.contract == contract(100, expiry=NEXT) else q for q in rows]
        assert world.cycle(aapl(quotes=blind)) == ()
        assert "no sound quote to leave at" in world.said("refuse")[-1]


def test_shares_that_back_a_call_stay_and_the_journal_says_how_many_do_not():
    def leave(position, view):
        return [Shares("AAPL", "PE-3", quantity=-position.quantity, position=position)] if not position.contract else []

    with World(stub(), watcher(leave)) as world:
        held_shares(world, 250)
        held_call(world, 105)
        assert world.cycle(aapl()) == ()
        assert world.events("Decided")[-1].why == "RULE-1 250 shares to sell, 150 back no call"
        assert world.events("Decided")[-1].subject == "stub:AAPL"
        assert world.events("Decided")[-1].numbers == {"spare": 150}


def answers(wish):
    """A protocol that answers for every option what a test makes of it."""
    return watcher(lambda position, view: [wish(position, view)])


def roll(position, view, *, buy=None, expiry=NEXT, strike=100):
    found = view.quote(buy or position.contract), view.quote(contract(strike, expiry=expiry))
    return Roll("AAPL", "PE-8", "told", position=position, buy=found[0], sell=found[1], debit=Decimal(0))


@pytest.mark.parametrize(("wish", "quantity"), [
    ({}, -1), ({"buy": contract(104)}, -1), ({"expiry": FRIDAY, "strike": 99}, -1), ({}, 1),
])  # fmt: skip
def test_a_roll_buys_back_what_was_written_and_writes_a_later_contract(wish, quantity):
    with World(stub(), answers(lambda position, view: roll(position, view, **wish))) as world:
        world.kernel.heard(Filled(
            ledger="stub", symbol="AAPL", rule="CAD-4", key="", execution="e", instrument=contract(100).osi,
            quantity=quantity, price=Decimal("0.80"), fee=Decimal("0.70"), touch=None, opening=True,
        ), AT - timedelta(days=1))  # fmt: skip
        sound = not wish and quantity < 0
        assert len(world.cycle(aapl())) == sound
        assert bool(world.events("PluginFaulted")) is not sound


def test_a_close_may_name_all_that_is_held():
    with World(stub(), watcher(closes(lots=3))) as world:
        held_put(world, lots=3)
        assert [o.quantity for o in world.cycle(aapl())] == [3]
