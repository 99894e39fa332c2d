"""What a pass journals of each proposal, number by number, and which sleeves it asks (RULE-3, CAD-7, CAD-10)."""

from datetime import date
from decimal import Decimal

import pytest
from allusr_protocol.engine import Protocol
from attrs import evolve

from allusr_sdk import Shares, Skip
from allusr_sdk.contracts import greeks
from allusr_sdk.model.intents import Note
from tests.builders import CALL, RULES, World, contract, later, market, moment, sell, stub
from tests.kernel.grove import Grove
from tests.kernel.scenes import aapl, held_put, held_shares, writes

PUT_995 = contract("99.5").osi


def told(world, verdict, **narrow):
    """The only decision of a verdict."""
    (found,) = [e for e in world.events("Decided", **narrow) if e.verdict == verdict]
    return found


def boom(_):
    raise RuntimeError("boom")


def test_where_no_sleeve_runs_nothing_is_asked():
    with World(Protocol) as world:
        assert world.cycle(aapl()) == ()


@pytest.mark.parametrize("bad", [boom, lambda view: ["buy!"]], ids=["raises", "breaks its promise"])
def test_sleeves_after_one_that_is_quarantined_are_asked_in_this_pass_and_in_the_next(bad):
    asked = []

    def propose(view):
        asked.append(view.clock.strftime("%H:%M"))
        return ()

    with World(stub("bad", bad), stub("good", propose)) as world:
        world.cycle(aapl())
        world.cycle(later(aapl()))
        assert asked == ["10:00", "10:05"]


def test_nothing_that_a_sleeve_proposed_beside_a_broken_promise_is_decided():
    def two(view):
        return [sell(view.quote(contract(strike))) for strike in (99.5, 99.0)]

    with World(stub("bad", two), stub("good", writes())) as world:
        assert [order.ledger for order in world.cycle(aapl())] == ["good"]
        assert world.events("Decided", ledger="bad") == []


def test_orders_of_two_sleeves_leave_in_one_pass():
    with World(stub("one", writes()), stub("two", writes())) as world:
        assert [order.ledger for order in world.cycle(aapl())] == ["one", "two"]


def test_a_window_that_ends_earlier_today_is_said_anew():
    rules = RULES.tightened({"CAD-7.quiet_close": 150})
    with World(stub(), rules=rules) as world:
        for day in (date(2026, 11, 25), date(2026, 11, 27)):  # the second ends at 13:00
            world.cycle(aapl(at=moment(day, "11:00"), quotes=[]))
        assert world.said("skip") == [
            "CAD-7: outside the entry window 09:45-10:55", "CAD-7: outside the entry window 09:45-10:30",
        ]  # fmt: skip


def test_that_the_window_is_shut_is_said_of_a_symbol_once_there_is_data_of_it():
    with World(stub()) as world:
        world.cycle(market(at=moment(clock="14:30")))
        assert world.said("skip") == []
        world.cycle(aapl(at=moment(clock="14:35"), quotes=[]))
        assert world.said("skip") == ["CAD-7: outside the entry window 09:45-10:55"]


def test_a_note_is_journaled_as_it_was_made():
    note = Note("SPY", "CAD-9", key="tranche", text="2 of 4")
    with World(stub("one"), stub("two", lambda view: [note])) as world:
        world.cycle(aapl())
        (noted,) = world.events("Noted")
        assert (noted.ledger, noted.symbol, noted.rule, noted.key, noted.text) == (
            "two", "SPY", "CAD-9", "tranche", "2 of 4",
        )  # fmt: skip


def test_what_is_ready_names_its_contract_and_session():
    with World(stub(propose=writes())) as world:
        world.cycle(aapl())
        ready = told(world, "ready")
        assert (ready.ledger, ready.symbol, ready.rule) == ("stub", "AAPL", "CAD-4")
        assert dict(ready.numbers) == {"contract": PUT_995, "session": "2026-02-12"}


def test_what_the_market_does_not_bear_out_names_its_contract():
    with World(stub(propose=writes(delta=-0.44))) as world:
        view = aapl()
        assert world.cycle(view) == ()
        own = greeks.own(view.snapshots["AAPL"].quotes([contract("99.5")])[0], view).delta
        refused = told(world, "refuse")
        assert refused.rule == "CAD-8 CAD-4"
        assert dict(refused.numbers) == {
            "contract": PUT_995, "own": pytest.approx(own), "sleeve": -0.44, "tolerance": 0.05,
        }  # fmt: skip


def test_a_cover_tells_the_shares_it_rests_on():
    with World(stub(propose=lambda v: [sell(v.quote(contract(100.5, right=CALL)), delta=0.42)])) as world:
        held_shares(world, 150)
        assert world.cycle(aapl(earnings={})) == ()
        assert dict(told(world, "refuse").numbers) == {"shares": 150, "earnings": "reduce"}


@pytest.mark.parametrize(("count", "held", "why", "numbers"), [
    (2100, 0, "CAD-10 shares for 210,021 > symbol cap 200,000", {"symbol cap": "200000.000"}),
    (1900, 25, "CAD-10 shares for 190,019 > budget left 129,983; CAD-10 shares for 190,019 > symbol cap -50,009",
     {"budget left": "129983.3750", "symbol cap": "-50008.750"}),
])  # fmt: skip
def test_a_purchase_that_is_too_large_is_refused_with_what_is_left(count, held, why, numbers):
    with World(stub(propose=lambda _: [Shares("AAPL", "CAD-9", quantity=count)])) as world:
        if held:
            held_put(world, lots=held)
        assert world.cycle(aapl()) == ()
        refused = told(world, "refuse")
        assert (refused.rule, refused.why, dict(refused.numbers)) == ("CAD-10 CAD-9", why, numbers)


def test_slices_that_all_leave_leave_nothing_out():
    with World(stub(propose=lambda _: [Shares("AAPL", "CAD-9", quantity=9000)]), funds={"stub": "2000000"}) as world:
        world.cycle(aapl())
        assert [dict(e.numbers) for e in world.events("IntentRecorded")] == [
            {"slice": number, "slices": 2, "whole": 9000, "displayed size": "unknown"} for number in (1, 2)
        ]


def test_the_leap_budget_is_not_deployed():
    funds = dict.fromkeys(("gen_acc", "rev_acc"), "0.01") | {"com_acc": "93000"}
    with Grove(propose=writes(), funds=funds) as world:
        world.earn("com_acc", "10000", on=date(2025, 12, 31))
        world.morning(date(2026, 1, 2), date(2025, 12, 31))
        com = world.book.ledgers["com_acc"]
        assert (com.own_equity, com.leap_budget) == (Decimal(100_000), Decimal(1750))
        (order,) = world.cycle(aapl())
        assert (order.ledger, order.quantity) == ("com_acc", 4)  # five would fit half of 100,000 dollars


def test_a_skip_is_journaled_with_its_numbers():
    with World(stub(propose=lambda view: [Skip("AAPL", "CAD-4", "not today", {"n": 3})])) as world:
        world.cycle(evolve(aapl()))
        skipped = told(world, "skip")
        assert (skipped.ledger, skipped.rule, skipped.why, dict(skipped.numbers)) == (
            "stub", "CAD-4", "not today", {"n": 3},
        )  # fmt: skip
