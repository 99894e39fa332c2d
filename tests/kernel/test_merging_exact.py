"""What is journaled of a merge, field by field: why not, that it is due, what it waits for, what each ledger gives."""

from datetime import date
from decimal import Decimal

from attrs import evolve

from allusr_sdk.ledger.kind import in_kind
from allusr_sdk.model.events import Funded
from tests.kernel.grove import Grove, merge, mini
from tests.kernel.test_growth_merges import NEXT, grown, once, working

D = Decimal
AFTER = (date(2026, 2, 24), NEXT[0])
THIRD = (date(2026, 3, 2), date(2026, 2, 27))


def decided(world, verdict):
    """Decisions about merges, without their instants."""
    rows = [e for e in world.events("Decided") if e.verdict == verdict and e.subject.startswith("merge ")]
    return [(e.ledger, e.symbol, e.subject, e.rule, e.why, dict(e.numbers)) for e in rows]


def test_a_refusal_names_the_account_and_each_rule():
    wish = evolve(merge("m7"), numbers={"multiple": 3})
    with Grove(once([mini()], [wish])) as world:
        grown(world)
        world.morning(*NEXT)
        assert decided(world, "refuse") == [
            ("", "", "merge m7", "FK-3", "FK-3 there is no account m7", {"multiple": 3})
        ]  # fmt: skip


def test_a_merge_is_decided_and_intended_for_the_ledger_that_takes_the_account():
    wish = evolve(merge(), numbers={"multiple": 3})
    with Grove(once([mini()], [wish])) as world:
        grown(world)
        equity = sum(world.book.ledgers[name].equity for name in world.book.nodes["m1"].ledgers)
        world.morning(*NEXT)
        assert decided(world, "close") == [("com_acc", "", "merge m1", "FK-3", "grown", {"multiple": 3})]
        (row,) = world.events("MergeIntended")
        assert (row.ledger, row.rule, row.key, row.node) == ("com_acc", "FK-3", "m1:merge", "m1")
        assert (row.target, row.cause, row.equity) == ("com_acc", "3x", equity)


def test_an_account_that_is_gone_is_not_merged_again():
    with Grove(once([mini()], [merge()], [merge()])) as world:
        grown(world)
        world.morning(*NEXT)
        world.morning(*AFTER)
        world.morning(*THIRD)
        assert decided(world, "refuse") == [("", "", "merge m1", "FK-3", "FK-3 m1 is merged already: 3x", {})]


def test_what_a_merge_waits_for_stands_under_its_target_and_rule():
    with Grove(once([mini()], [merge()])) as world:
        grown(world)
        working(world)
        world.morning(*NEXT)
        world.morning(*AFTER)
        assert decided(world, "hold") == [("com_acc", "", "merge m1", "FK-3", "k still works", {})]


def test_each_ledger_gives_all_it_has_under_the_key_of_the_merge():
    with Grove(once([mini()], [merge()])) as world:
        grown(world)
        lots = in_kind(world.book.ledgers["m1.gen_acc"])
        world.morning(*NEXT)
        world.morning(*AFTER)
        first, second = world.events("MergeSent")
        assert (first.ledger, first.rule, first.key, first.node) == ("m1.gen_acc", "FK-3", "m1:merge", "m1")
        assert (first.target, first.cash, first.lots) == ("com_acc", D("40500"), lots)
        assert (second.ledger, second.rule, second.cash, second.lots) == ("m1.com_acc", "FK-3", D("50000"), ())


def test_a_ledger_whose_base_was_taken_out_still_gives_what_it_earned():
    with Grove(once([mini()], [merge()])) as world:
        grown(world)
        world.kernel.heard(Funded(ledger="m1.com_acc", rule="CAD-12", amount=-world.book.ledgers["m1.com_acc"].base))
        world.earn("m1.com_acc", "700")
        book = world.book.ledgers["m1.com_acc"]
        assert (book.base, book.cash, book.lots) == (0, 700, ())
        world.morning(*NEXT)
        world.morning(*AFTER)
        assert [(e.ledger, e.cash) for e in world.events("MergeSent")][1:] == [("m1.com_acc", 700)]
