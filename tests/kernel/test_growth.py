"""Forks: decided with their numbers and written in their phases, once; rules that fail (FK-1, FK-5)."""

from datetime import date

import pytest
from attrs import evolve

from tests.builders import RULES
from tests.kernel.grove import PHASES, TUESDAY, D, Grove, due, merge, mini


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
