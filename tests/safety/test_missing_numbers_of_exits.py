"""A stop waits for the numbers that it rests on and for no others: it is asked again, and nothing new is opened."""

import pytest
from allusr_gen_acc import GenAcc
from allusr_protocol.engine import Protocol

from tests.builders import FRIDAY, Tape, World, later, moment
from tests.kernel.scenes import aapl, held_put
from tests.safety import spoilings as table

FALLEN = 92.0

# A short put is bought back at its ask: a bid of zero, or of nobody, is no reason to wait.
BIDLESS = ("bid zero", "bid negative")
RESTS = {
    **{name: spoil for name, spoil in table.QUOTES.items() if name not in BIDLESS},
    **table.AGES,
    **table.CHAINS,
    **table.SPOTS,
    **table.SNAPSHOTS,
    **table.HALTED,
}
STANDS = {
    **{name: table.QUOTES[name] for name in BIDLESS},
    **table.INTEREST,
    **table.VOLUMES,
    **table.DELTAS,
    **table.SIDES,
    **table.INDEX,
    **table.EARLY,
    **table.EARNINGS,
    **table.TERMS,
    **table.UNKNOWN_TRADE,
    **table.NO_TRADE,
}


def stopped(spoil):
    """The orders of a pass that should stop a put at level 3, those of the next instant unspoiled, and the world."""
    with World(GenAcc, Protocol) as world:
        held_put(world, ledger="gen_acc", strike=100, lots=2)
        view = aapl(FALLEN)
        now = world.cycle(spoil(view))
        said = [(e.rule, e.why) for e in world.events("Decided", symbol="AAPL")]
        return now, world.cycle(later(view)), said, world.book.ledgers["gen_acc"]


@pytest.mark.parametrize("spoil", [pytest.param(spoil, id=name) for name, spoil in STANDS.items()])
def test_a_stop_leaves_whatever_else_is_unknown(spoil):
    (order,), _, _, _ = stopped(spoil)
    assert (order.opening, order.quantity, order.legs[0].quantity) == (False, 2, 2)


@pytest.mark.parametrize("spoil", [pytest.param(spoil, id=name) for name, spoil in RESTS.items()])
def test_a_stop_waits_for_what_it_rests_on_says_so_and_leaves_at_the_next_instant(spoil):
    now, then, said, _ = stopped(spoil)
    assert now == ()
    assert any({"RULE-0", "KS-11", "PE-5"} & set(rule.split()) for rule, _ in said), said
    (order,) = then
    assert (order.opening, order.quantity) == (False, 2)


@pytest.mark.parametrize("spoil", [pytest.param(spoil, id=name) for name, spoil in table.SPOTS.items()])
def test_while_nobody_knows_what_a_held_share_costs_its_sleeve_opens_nothing_else(spoil):
    with World(GenAcc, Protocol) as world:
        held_put(world, ledger="gen_acc", strike=100)
        world.cycle(spoil(aapl(FALLEN)))
        assert world.book.ledgers["gen_acc"].switches["STALE"] == "FREEZE"
        world.cycle(later(aapl(FALLEN)))
        assert "STALE" not in world.book.ledgers["gen_acc"].switches


def test_a_written_option_without_a_quote_costs_what_it_is_in_the_money_where_losses_are_counted():
    """No quote of it must not look like no loss (KS-10)."""
    tiers, quoted = {}, {"quoted": lambda view: view}
    for name, spoil in {**quoted, **table.CHAINS, "ask unknown": table.QUOTES["ask unknown"]}.items():
        with World(GenAcc, Protocol, funds={"gen_acc": "30000"}) as world:
            held_put(world, ledger="gen_acc", strike=100, lots=3)
            world.close(aapl(at=moment(clock="16:00")))
            world.cycle(spoil(aapl(80.0, at=moment(FRIDAY), tape=Tape({"AAPL": 100.0}))))
            tiers[name] = world.book.switches.get("LOSS")
    assert set(tiers.values()) == {"SAFE"}, tiers
