"""Switches, states and grains over a pass (KS-1, KS-5, KS-6, CAD-14)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from allusr_protocol.engine import Protocol

from allusr_sdk.errors import KernelError
from allusr_sdk.kernel.commands import Command
from allusr_sdk.kernel.states import State
from allusr_sdk.model.views import Grain, Vix
from tests.builders import (
    AT,
    Tape,
    World,
    contract,
    later,
    moment,
    quote,
    stub,
)
from tests.kernel.scenes import aapl, held_put, writes

WEDNESDAY = date(2026, 2, 11)


@pytest.mark.parametrize(("vix", "tier"), [(50.0, "NONE"), (50.01, "HEDGED"), (65.01, "SAFE"), (80.01, "HALT")])
def test_the_vix_moves_the_switch_and_the_row_says_what_and_why(vix, tier):
    with World(stub(propose=writes())) as world:
        orders = world.cycle(aapl(vix=Vix(vix, AT, daily=True)))
        assert world.book.tier == tier
        assert bool(orders) is (tier in ("NONE", "HEDGED"))
        rows = [(e.rule, e.before, e.after, e.value) for e in world.events("SwitchChanged")]
        assert rows == ([] if tier == "NONE" else [("KS-1 CAD-14", "NONE", tier, vix)])


def test_a_halt_is_an_emergency_that_no_later_calm_ends():
    with World(stub(propose=writes()), Protocol) as world:
        held_put(world, strike=110)
        view = aapl(vix=Vix(80.01, AT, daily=True))
        assert world.cycle(view) == ()
        assert world.kernel.machine.state is State.EMERGENCY
        assert [(e.before, e.after) for e in world.events("StateChanged")] == [("SCANNING", "EMERGENCY")]
        for minutes in (5, 10, 60 * 24 * 7):
            calm = later(view, minutes=minutes, vix=Vix(12.0, AT + timedelta(minutes=minutes), (12.0, 12.0)))
            assert world.cycle(calm) == ()
            world.close(calm)
        assert (world.kernel.machine.state, world.book.tier) == (State.EMERGENCY, "HALT")


def test_a_halt_of_one_sleeve_stops_that_sleeve_alone():
    with World(stub("one", writes()), stub("two", writes())) as world:
        world.kernel.obey(Command(at=AT, action="kill", ledger="one", actor="Ada", closes=False))
        assert [o.ledger for o in world.cycle(aapl())] == ["two"]
        assert world.kernel.machine.state is State.MONITORING


def test_a_kernel_over_a_journal_goes_on_with_its_state_and_cycle():
    with World(stub(propose=writes())) as world:
        world.cycle(aapl(vix=Vix(80.01, AT, daily=True)))
        world.restart()
        assert world.kernel.machine.state is State.EMERGENCY
        assert world.cycle(aapl(at=AT + timedelta(minutes=5))) == ()
        assert world.kernel.scribe.cycle == 2


def test_a_market_that_is_shown_again_is_known_and_journals_nothing():
    def decided(restart):
        with World(stub(), Protocol) as world:
            held_put(world)
            before = aapl(at=moment(WEDNESDAY, "15:00"), tape=Tape({}), grain=Grain.COARSE)
            world.cycle(before)
            if restart:
                world.restart()
                seq = world.run.seq
                world.kernel.see(before)
                assert world.run.seq == seq
            world.cycle(aapl(spot=99.0, tape=Tape({}), grain=Grain.COARSE))
            return [(e.kind, e.payload()) for e in world.events() if e.kind in ("Watched", "LevelChanged", "DataGap")]

    assert decided(restart=True) == decided(restart=False)
    assert "DataGap" in [kind for kind, _ in decided(restart=True)]


def test_a_sleeve_without_a_ledger_stops_the_kernel():
    with World(stub()) as world:
        world.kernel.host.sleeves = {"ghost": world.kernel.sleeves["stub"]}
        with pytest.raises(KernelError, match="sleeve ghost has no ledger"):
            world.cycle(aapl())


def test_coarse_data_journals_the_minutes_since_each_snapshot_before():
    with World(stub()) as world:
        view = aapl(grain=Grain.COARSE)
        world.cycle(view)
        world.cycle(later(view, minutes=90))
        assert [(e.symbol, e.minutes, e.rule) for e in world.events("DataGap")] == [("AAPL", 90, "CAD-14")]


def test_coarse_orders_walk_for_sixty_seconds_at_most():
    wide = [quote(contract(99.5), 19.60, 20.40)]
    with World(stub(propose=writes())) as world:
        order = world.cycle(aapl(quotes=wide, grain=Grain.COARSE))[0]
        assert len(order.prices) * order.step_seconds == 60
        assert order.prices[-1] == Decimal("19.60")


def test_end_of_day_orders_take_the_bid_and_are_flagged():
    at = moment(clock="16:00")
    with World(stub(propose=writes(delta=-0.38))) as world:
        order = world.cycle(aapl(at=at, grain=Grain.EOD))[0]
        assert order.prices == (order.legs[0].bid,)
        assert world.events("IntentRecorded")[0].numbers["flag"] == "EOD"
