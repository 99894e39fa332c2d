"""Forks: who may, what they need, and that each is written in its phases, once (FK-1, FK-2, FK-4, FK-5, FK-6)."""

from datetime import date
from decimal import Decimal

import pytest
from allusr_protocol.engine import Protocol
from attrs import evolve

from allusr_sdk.model.events import Broken, Quarantined, StateChanged, SwitchChanged, Unsettled, Watched
from allusr_sdk.model.positions import Watch
from tests.builders import RULES, contract, later
from tests.kernel.grove import TUESDAY, Grove, merge, mini, sleeves
from tests.kernel.scenes import aapl, held_put, writes

D = Decimal
PHASES = ["ForkIntended", "ForkPaid", "ForkFunded", "ForkFunded"]


def due(tree):
    """A mini for each 100,000 of the generator's surplus."""
    return [mini() for _ in range(int(max(tree.ledgers["gen_acc"].surplus, 0) // 100_000))]


def refusals(world):
    return [e for e in world.events("Decided") if e.subject == "fork" and e.verdict == "refuse"]


# --- phases ---


@pytest.mark.parametrize(
    ("equity", "forks", "left", "surplus"),
    [
        ("243210.55", 1, "143210.55", "23210.55"),
        ("219999.99", 0, "219999.99", "99999.99"),
        ("320000", 2, "120000", "0"),
    ],
)
def test_the_rules_own_examples_to_the_cent(equity, forks, left, surplus):
    with Grove(due) as world:
        world.earn("gen_acc", D(equity) - 120_000)
        world.morning()
        gen = world.book.ledgers["gen_acc"]
        assert [e.node for e in world.events("ForkIntended")] == [f"m{n + 1}" for n in range(forks)]
        assert (gen.base, gen.equity, gen.surplus) == (D("120000"), D(left), D(surplus))
        assert world.book.equity == D(equity) + 180_000
        assert world.book.unfinished == {}


def test_a_fork_is_decided_with_its_numbers_then_written_phase_by_phase():
    ask = mini(numbers={"surplus": "123210.55"})
    with Grove(lambda tree: [ask] if tree.ledgers["gen_acc"].surplus > 100_000 else []) as world:
        world.earn("gen_acc", "123210.55")
        before = world.run.seq
        world.morning()
        assert world.kinds(before) == ["Decided", *PHASES]
        decided, first, paid, *funded = [e.event for e in world.run.entries(after=before)]
        assert (decided.verdict, decided.subject, decided.numbers) == ("open", "fork m1", {"surplus": "123210.55"})
        assert (first.key, first.week, first.parent, first.generation) == ("gen_acc:2026-W07:1", "2026-W07", "root", 1)
        assert paid.amount == D("100000")
        assert [(e.ledger, e.style, e.amount) for e in funded] == [
            ("m1.gen_acc", "gen_acc", D("50000")), ("m1.com_acc", "com_acc", D("50000")),
        ]  # fmt: skip
        node = world.book.nodes["m1"]
        assert (node.form, node.amount, node.funded_at, node.stamp) == ("MINI", D("100000"), TUESDAY, RULES.stamp)


def test_a_full_account_forks_in_its_turn():
    def decide(tree):
        asked = {"gen_acc": mini(form="FULL"), "f1.gen_acc": mini("f1.gen_acc", "10000")}
        return [
            fork for name, fork in asked.items() if name in tree.ledgers and tree.ledgers[name].surplus >= fork.amount
        ]

    with Grove(decide) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        world.earn("f1.gen_acc", "10000", on=date(2026, 2, 20))
        world.morning(date(2026, 2, 23), date(2026, 2, 20))
        child = world.book.nodes["m1"]
        assert (child.parent, child.root, child.generation, child.ledgers) == (
            "f1", "root", 2, ("m1.gen_acc", "m1.com_acc"),
        )  # fmt: skip


def test_it_is_asked_on_the_first_morning_of_a_week_and_not_at_a_runs_beginning():
    asked = []
    with Grove(lambda tree: asked.append((tree.on, tree.week)) or ()) as world:
        world.morning(TUESDAY, None)
        world.morning(date(2026, 2, 13), date(2026, 2, 12))
        assert asked == []
        world.morning()
        world.morning(date(2026, 2, 18), TUESDAY)
        assert asked == [(TUESDAY, "2026-W07")]


# --- what a fork needs ---


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


# --- rules that fail ---


def raising(tree):
    raise ValueError("no idea")


@pytest.mark.parametrize(
    ("decide", "error"),
    [
        (raising, "ValueError: no idea"),
        (lambda tree: ["fork"], "TypeError: decided str: expected Fork or Merge"),
        (lambda tree: [evolve(mini(), rule=7)], "TypeError: decided a Fork whose words are no text"),
        (lambda tree: [evolve(mini(), rule=" ")], "TypeError: decided a Fork that names no rule"),
        (lambda tree: [evolve(mini(), amount=1e5)], "TypeError: decided a Fork whose amounts are no dollars"),
        (lambda tree: [evolve(mini(), amount=D("NaN"))], "TypeError: decided a Fork whose amounts are no dollars"),
        (lambda tree: [mini(), evolve(merge(), numbers={"x": object()})], "TypeError: decided a Merge whose number x"),
    ],
)
def test_a_rule_that_fails_forks_nothing_and_its_fault_is_journaled(decide, error):
    with Grove(decide) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        (fault,) = world.events("PluginFaulted")
        assert (fault.plugin, fault.where) == ("told", "decide")
        assert error in fault.error
        assert world.told(*PHASES) == []


# --- new ledgers live as any ---


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
