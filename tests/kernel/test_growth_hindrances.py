"""What stands against a fork, each with its rule, and what waits (FK-1, FK-2, FK-4, FK-6)."""

from datetime import date

import pytest
from attrs import evolve

from allusr_sdk.model.events import Broken, Quarantined, StateChanged, SwitchChanged, Unsettled, Watched
from allusr_sdk.model.positions import Watch
from tests.builders import contract
from tests.kernel.grove import PHASES, D, Grove, due, merge, mini, refusals
from tests.kernel.scenes import held_put


def level(world, at):
    held_put(world, ledger="gen_acc")
    key = f"gen_acc:{contract(100).osi}"
    world.kernel.heard(
        Watched(ledger="gen_acc", symbol="AAPL", rule="PE-4", position=key, watch=Watch(level=at), m=1.0)
    )


def switch(world, tier, ledger=""):
    world.kernel.heard(SwitchChanged(
        ledger=ledger, rule="KS-1", cause="VIX", before="NONE", after=tier, value=None, threshold=None,
    ))  # fmt: skip


def breaks(world):
    world.kernel.heard(Broken(rule="B09", subject="cash", what="cash", ours="1", theirs="2", cause="a fee"))


def expired(world):
    held_put(world, ledger="gen_acc")
    world.kernel.heard(Unsettled(
        ledger="gen_acc", symbol="AAPL", rule="RULE-0", instrument=contract(100).osi, quantity=-1,
        reserved=D("10000"), why="no price",
    ))  # fmt: skip


HINDRANCES = {
    "level": (lambda world: level(world, 2), "FK-6", "a position stands at level 2"),
    "hedged": (lambda world: switch(world, "HEDGED"), "FK-6", "a switch stands at HEDGED"),
    "safe": (lambda world: switch(world, "SAFE", "gen_acc"), "FK-6", "a switch stands at SAFE"),
    "quarantine": (
        lambda world: world.kernel.heard(Quarantined(ledger="gen_acc", plugin="gen_acc", rule="RULE-0", why="raised")),
        "FK-6", "the sleeve is quarantined: raised",
    ),
    "audit": (
        lambda world: world.kernel.heard(StateChanged(before="SAFE", after="AUDIT", cause="breaks", rule="RECON")),
        "FK-6", "state AUDIT: books and broker are not reconciled",
    ),
    "break": (breaks, "FK-6", "breaks are open: B09 cash"),
    "unpriced": (expired, "FK-6", f"gen_acc:{contract(100).osi} has expired without a price"),
}  # fmt: skip


@pytest.mark.parametrize("name", HINDRANCES)
def test_what_stands_against_a_fork_is_said_with_its_rule_and_nothing_moves(name):
    hinder, by, why = HINDRANCES[name]
    with Grove(lambda tree: [mini()]) as world:
        world.earn("gen_acc", "200000")
        hinder(world)
        world.morning()
        assert [refused.why for refused in refusals(world)] == [f"{by} {why}"]
        assert world.told(*PHASES) == []


def test_levels_up_to_one_and_switches_of_other_ledgers_do_not_hold_it():
    with Grove(due) as world:
        world.earn("gen_acc", "120000")
        level(world, 1)
        switch(world, "SAFE", "rev_acc")
        world.morning()
        assert refusals(world) == []
        assert "m1" in world.book.nodes


def test_cash_behind_puts_is_waited_for_and_nothing_is_closed():
    with Grove(due) as world:
        world.earn("gen_acc", "100100")
        held_put(world, ledger="gen_acc", lots=13)
        world.evening()
        before = world.book.ledgers["gen_acc"].positions
        world.morning()
        (refused,) = refusals(world)
        assert refused.rule.split()[0] == "FK-2"
        assert refused.why.endswith("< 100,000.00: it waits for expiries")
        assert world.book.ledgers["gen_acc"].positions == before


def test_the_leap_budget_stays_for_the_ladder():
    with Grove(lambda tree: [mini("rev_acc", "60000")] if tree.on == date(2026, 4, 6) else []) as world:
        world.earn("rev_acc", "100000", on=date(2026, 3, 31))
        held_put(world, ledger="rev_acc", lots=9)
        world.morning(date(2026, 4, 1), date(2026, 3, 31))
        world.morning(date(2026, 4, 6), date(2026, 4, 2))
        assert [refused.rule.split()[0] for refused in refusals(world)] == ["FK-2"]
        assert world.book.ledgers["rev_acc"].free > 60_000


def test_what_has_no_mark_yet_leaves_the_surplus_unknown():
    with Grove(due) as world:
        world.earn("gen_acc", "100100")
        held_put(world, ledger="gen_acc")
        world.dawn()
        key = f"gen_acc:{contract(100).osi}"
        assert [refused.why for refused in refusals(world)] == [f"FK-1 {key} has no mark yet: the surplus is not known"]


def test_a_refusal_is_said_once_while_it_stands():
    with Grove(lambda tree: [mini(), mini()]) as world:
        switch(world, "SAFE")
        world.earn("gen_acc", "300000")
        world.morning()
        world.morning(date(2026, 2, 23), date(2026, 2, 20))
        assert len(refusals(world)) == 1
        switch(world, "NONE")
        world.morning(date(2026, 3, 2), date(2026, 2, 27))
        assert [e.node for e in world.events("ForkIntended")] == ["m1", "m2"]


ODD = {
    "no ledger": (mini("gone"), "FK-1 there is no ledger gone"),
    "more than was earned": (mini(amount="150000.02"), "FK-1 150,000.02 > surplus 150,000.01"),
    "a form of its own": (mini(form="TINY"), "FK-4 TINY is no form: it is one of MINI, FULL"),
    "no such sleeve": (mini(styles=("gen_acc", "ladder")), "FK-2 no sleeve ladder runs"),
    "a sleeve twice": (mini(styles=("gen_acc", "gen_acc")), "FK-2 a sleeve has two shares"),
    "half a cent": (
        mini(amount="1000.01"), "FK-2 shares of 500.005 + 500.005 are not 1000.01 to the cent",
    ),
    "no shares": (evolve(mini(), shares=()), "FK-2 shares of nothing are not 100000 to the cent"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_a_fork_that_cannot_be_is_refused_with_the_reason(name):
    ask, why = ODD[name]
    with Grove(lambda tree: [ask]) as world:
        world.earn("gen_acc", "150000.01")
        world.morning()
        assert [refused.why for refused in refusals(world)] == [why]
        assert world.book.equity == D("450000.01")


def test_a_mini_does_not_fork():
    def decide(tree):
        return [mini("m1.gen_acc", "10000")] if "m1" in tree.nodes else [mini()]

    with Grove(decide) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        world.earn("m1.gen_acc", "10000", on=date(2026, 2, 20))
        world.morning(date(2026, 2, 23), date(2026, 2, 20))
        (refused,) = refusals(world)
        assert (refused.ledger, refused.why) == ("m1.gen_acc", "FK-2 m1 is a mini account: it does not fork")


def test_the_ninth_fork_is_capped_once_a_week_and_the_surplus_stays():
    with Grove(lambda tree: [mini(amount="10000")] * 10) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        capped = [(e.key, e.active, e.amount) for e in world.events("ForkCapped")]
        assert capped == [("gen_acc:2026-W07", 8, D("10000"))]
        assert world.book.ledgers["gen_acc"].surplus == D("20000")
        world.morning(date(2026, 2, 23), date(2026, 2, 20))
        assert [e.key for e in world.events("ForkCapped")] == ["gen_acc:2026-W07", "gen_acc:2026-W08"]


def test_an_account_that_was_merged_leaves_room_for_another():
    wishes = [[mini(amount="10000")] * 8, [merge("m1")], [], [mini(amount="10000")]]
    with Grove(lambda tree: wishes.pop(0)) as world:
        world.earn("gen_acc", "100000")
        fridays = [date(2026, 2, 13), date(2026, 2, 20), date(2026, 2, 27), date(2026, 3, 6)]
        for friday in fridays:
            world.morning(date.fromordinal(friday.toordinal() + 3), friday)
        assert world.told("ForkCapped") == []
        assert world.events("ForkIntended")[-1].node == "m9"
