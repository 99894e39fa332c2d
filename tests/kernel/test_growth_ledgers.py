"""Ledgers of a fork live as any: sleeves, orders, fills, faults of their own (FK-5)."""

from allusr_protocol.engine import Protocol

from tests.builders import contract, later
from tests.kernel.grove import D, Grove, due, sleeves
from tests.kernel.scenes import aapl, held_put, writes


def test_the_ledgers_of_a_fork_are_run_by_their_sleeves_with_their_own_books():
    seen = []

    def propose(view):
        seen.append((view.book.name, view.book.base))
        return ()

    with Grove(due, propose=propose) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        assert list(world.kernel.sleeves) == ["gen_acc", "rev_acc", "com_acc", "m1.gen_acc", "m1.com_acc"]
        world.cycle(aapl())
        assert ("m1.gen_acc", D("50000")) in seen
        assert ("m1.com_acc", D("50000")) in seen


def test_a_fork_writes_puts_and_has_fills_marks_and_levels_of_its_own():
    with Grove(due, propose=writes(), funds={"gen_acc": "0.01", "rev_acc": "0.01", "com_acc": "0.01"}) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        orders = {order.ledger: order for order in world.cycle(aapl())}
        assert set(orders) == {"m1.gen_acc", "m1.com_acc"}
        world.fill(orders["m1.gen_acc"])
        (position,) = world.book.ledgers["m1.gen_acc"].positions.values()
        assert (position.key, position.quantity) == (f"m1.gen_acc:{contract(99.5).osi}", -orders["m1.gen_acc"].quantity)


def test_a_fault_in_a_forks_ledger_is_that_ledgers_quarantine_and_the_plugins_name():
    def propose(view):
        if view.book.name == "m1.gen_acc":
            raise ValueError("too small")
        return ()

    with Grove(due, propose=propose) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        world.cycle(aapl())
        assert {name for name, ledger in world.book.ledgers.items() if ledger.quarantined} == {"m1.gen_acc"}
        (quarantined,) = world.events("Quarantined")
        assert (quarantined.ledger, quarantined.plugin) == ("m1.gen_acc", "gen_acc")
        (fault,) = world.events("PluginFaulted")
        assert fault.plugin == "gen_acc"


def test_a_restarted_kernel_runs_the_forks_that_the_journal_knows():
    with Grove(due) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        world.restart()
        assert "m1.gen_acc" in world.kernel.sleeves


def test_one_sleeve_that_stops_in_two_accounts_is_one_sleeve():
    with Grove(due, *sleeves(), Protocol) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        for ledger in ("gen_acc", "m1.gen_acc"):
            held_put(world, ledger=ledger, strike=110)
        world.cycle(aapl())
        assert [(e.ledger, e.cause) for e in world.events("SwitchChanged")] == [("gen_acc", "L3"), ("m1.gen_acc", "L3")]
        held_put(world, ledger="com_acc", strike=111)
        world.cycle(later(aapl()))
        assert world.book.switches == {"L3": "SAFE"}
