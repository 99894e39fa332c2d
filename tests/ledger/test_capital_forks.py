"""Forks: capital leaves a ledger and begins an account, each phase exactly once (FK-1, FK-2, FK-4 to FK-6, LG-2)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.lineage import lineage
from allusr_sdk.model.events import ForkFunded, ForkPaid, Funded, Share
from tests.ledger.capital_words import PUT, User, accounts, otherwise

D = Decimal


@pytest.fixture
def user(memory):
    """Three sleeves, of which Gen earned enough for one fork and a little more."""
    told = User(memory)
    told.earn("gen_acc", "123210.55")
    return told


def test_base_and_surplus_of_the_rules_own_example(user):
    user.tell(user.mini())
    user.finish()
    gen = user.book("gen_acc")
    assert (gen.base, gen.equity, gen.surplus) == (D("120000"), D("143210.55"), D("23210.55"))
    assert user.sound()


def test_each_phase_posts_its_side_and_the_books_know_what_is_missing_word_for_word(user):
    first = user.mini()
    assert accounts(user.tell(first)) == {"3020": 10_000_000, "2900": -10_000_000}
    (one,) = user.run.book.unfinished.values()
    assert (one.kind, one.key, one.first) == ("fork", first.key, first)
    assert [type(each) for each in one.missing] == [ForkPaid, ForkFunded, ForkFunded]
    paid, gen, com = one.missing
    assert accounts(user.tell(paid)) == {"2900": 10_000_000, "1010": -10_000_000}
    assert user.run.book.unfinished[first.key].missing == (gen, com)
    assert accounts(user.tell(com)) == {"1010": 5_000_000, "3020": -5_000_000}
    assert user.run.book.unfinished[first.key].missing == (gen,)
    user.tell(gen)
    assert user.run.book.unfinished == {}
    assert user.sound()


def test_what_is_set_aside_is_neither_free_nor_surplus_before_it_has_left(user):
    before = user.book("gen_acc")
    user.tell(user.mini())
    aside = user.book("gen_acc")
    assert (aside.cash, aside.equity) == (before.cash, before.equity)
    assert before.free - aside.free == before.surplus - aside.surplus == D("100000")
    user.tell(user.run.book.unfinished["gen_acc:m1"].missing[0])
    assert (user.book("gen_acc").free, user.book("gen_acc").set_aside) == (aside.free, 0)


def test_capital_that_leaves_is_no_loss_and_what_arrives_no_gain(user):
    gen = user.book("gen_acc")
    marks = (gen.high_water, gen.day_start, gen.week_start)
    user.tell(user.mini())
    user.finish()
    after, mini = user.book("gen_acc"), user.book("m1.gen_acc")
    assert (after.high_water, after.day_start, after.week_start) == tuple(mark - 100_000 for mark in marks)
    assert mini.high_water == mini.base == mini.equity == D("50000")
    assert (after.realised, mini.realised) == (gen.realised, 0)


def test_a_ledger_of_a_fork_knows_its_sleeve_and_its_account(user):
    user.tell(user.mini())
    user.finish()
    mini = user.book("m1.com_acc")
    assert (mini.style, mini.node, mini.base) == ("com_acc", "m1", D("50000"))
    assert (user.book("gen_acc").style, user.book("gen_acc").node) == ("", "root")


def test_the_lineage_of_a_fork_stands_from_its_first_phase_on(user):
    root = user.run.book.nodes["root"]
    assert (root.form, root.parent, root.amount, root.stamp) == ("ROOT", "", D("300000"), "1.0/abc")
    assert root.ledgers == ("gen_acc", "rev_acc", "com_acc")
    user.tell(user.mini())
    node = user.run.book.nodes["m1"]
    assert (node.parent, node.root, node.form, node.generation) == ("root", "root", "MINI", 1)
    assert (node.funded_at, node.week, node.amount, node.stamp) == (date(2026, 1, 5), "2026-W02", 100_000, "1.0/abc")
    assert node.ledgers == ("m1.gen_acc", "m1.com_acc")
    assert node.active


def test_a_full_account_may_fork_in_turn(user):
    user.earn("rev_acc", "500000")
    amounts = {"gen_acc": "200000", "rev_acc": "150000", "com_acc": "150000"}
    shares = tuple(Share(ledger=f"f1.{style}", style=style, amount=D(amount)) for style, amount in amounts.items())
    user.tell(user.mini("f1", "500000", ledger="rev_acc", form="FULL", shares=shares))
    user.finish()
    user.earn("f1.gen_acc", "100000")
    user.tell(user.mini("m2", ledger="f1.gen_acc", parent="f1", generation=2))
    user.finish()
    assert [(b.node.id, b.depth) for b in lineage(user.run)] == [("root", 0), ("f1", 1), ("m2", 2)]
    assert user.book("f1.gen_acc").base == D("200000")
    assert user.sound()


def test_the_tree_says_what_each_account_has_its_age_and_its_multiple(user):
    user.tell(user.mini())
    user.finish()
    user.on(2026, 3, 6).earn("m1.gen_acc", "25000")
    root, mini = lineage(user.run)
    assert (mini.equity, mini.multiple, mini.days) == (D("125000.00"), D("1.25"), 60)
    assert root.equity == D("323210.55")


def test_an_account_is_as_old_as_the_day_in_new_york_says_and_has_no_multiple_of_nothing(user):
    user.tell(user.mini())
    assert [(b.equity, b.multiple, b.days) for b in lineage(user.run)[1:]] == [(D("0.00"), D("0.00"), 0)]
    user.finish()
    user.at = datetime(2026, 3, 7, 3, 0, tzinfo=UTC)
    user.earn("m1.gen_acc", "1")
    assert [branch.days for branch in lineage(user.run)] == [60, 60]
    user.run = user.ledger.start_run(next(user.run.entries()).event, user.at)
    user.tell(Funded(ledger="gen_acc", amount=D("0.00"), rule="CAD-12"))
    assert [(b.node.id, b.node.amount, b.equity, b.multiple) for b in lineage(user.run)] == [("root", 0, 0, None)]


def test_two_forks_of_one_week_are_two(user):
    user.earn("gen_acc", "76789.45")
    for node in ("m1", "m2"):
        user.tell(user.mini(node))
    assert user.book("gen_acc").surplus == 0
    user.finish()
    assert sorted(user.run.book.nodes) == ["m1", "m2", "root"]
    assert user.sound()


# --- refused --------------------------------------------------------------------------------------------------------


def refused(user, event, why):
    before, seq = user.run.book, user.run.seq
    with pytest.raises(KernelError, match=why) as found:
        user.tell(event)
    assert "\n" not in str(found.value)
    assert (user.run.book, user.run.seq) == (before, seq)
    assert user.sound()


HALF = Share(ledger="m1.a", style="gen_acc", amount=D("50000"))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"key": ""}, "it has no key"),
        ({"parent": "m9"}, "no ledger of an account m9"),
        ({"ledger": "nobody"}, "nobody is no ledger of an account root"),
        ({"form": "HALF"}, "HALF of root root in generation 1 is no fork of root"),
        ({"generation": 2}, "generation 2 is no fork of root"),
        ({"root": "f1"}, "of root f1"),
        ({"node": "root"}, "account root exists already"),
        ({"node": ""}, "account  exists already"),
        ({"amount": D("99999.99")}, "49999.995 is no whole number of cents"),
        ({"amount": D("NaN")}, "NaN is no whole number of cents"),
        ({"shares": (Share(ledger="m1.a", style="gen_acc", amount=D("99999")),)}, "its shares 99999 are not 100000"),
        ({"shares": ()}, "shares nothing are not 100000"),
        ({"shares": (HALF, HALF)}, "ledger m1.a exists already"),
        ({"shares": (HALF, evolve(HALF, ledger="m1.b"), evolve(HALF, ledger="m1.c", amount=D("0")))}, "are not 100000"),
        ({"shares": (Share(ledger="rev_acc", style="gen_acc", amount=D("100000")),)}, "ledger rev_acc exists already"),
        ({"shares": (Share(ledger="", style="gen_acc", amount=D("100000")),)}, "ledger  exists already"),
    ],
)
def test_a_fork_that_does_not_fit_the_tree_is_refused_in_one_line(user, changes, why):
    refused(user, user.mini(**changes), why)


def test_a_share_of_a_cent_is_a_share(user):
    cent = evolve(HALF, ledger="m1.b", amount=D("0.01"))
    user.tell(user.mini(shares=(evolve(HALF, amount=D("99999.99")), cent)))
    user.finish()
    assert (user.book("m1.b").base, user.sound()) == (D("0.01"), True)


def test_shares_that_are_nothing_or_less_are_refused(user):
    parts = zip(("a", "b"), (D("100001"), D("-1")), strict=True)
    shares = tuple(Share(ledger=name, style="gen_acc", amount=amount) for name, amount in parts)
    refused(user, user.mini(shares=shares), "are not 100000")


def test_more_than_free_cash_does_not_leave_and_collateral_is_not_free(user):
    user.fill("gen_acc", PUT, -6, "1.00")
    free = user.book("gen_acc").free
    assert free < 100_000
    refused(user, user.mini(), f"it moves 100,000.00, free cash is {free:,.2f}")


def test_a_phase_is_booked_once(user):
    first = user.mini()
    user.tell(first)
    paid, gen, com = user.run.book.unfinished[first.key].missing
    refused(user, first, "it has already begun: a phase is booked once")
    user.tell(paid)
    refused(user, paid, "it is already booked")
    user.tell(gen)
    refused(user, gen, "it is not what the first phase said")
    user.tell(com)
    for event in (first, paid, gen, com):
        refused(user, event, "already")


def test_a_phase_needs_its_first_and_the_one_before_it(user):
    first = user.mini()
    user.tell(first)
    _, gen, _ = user.run.book.unfinished[first.key].missing
    refused(user, gen, "ForkPaid of it comes first")
    refused(user, otherwise(gen, key="other"), "no such fork has begun: its first phase is missing")


@pytest.mark.parametrize("changes", [{"amount": D("99999")}, {"node": "m2"}, {"ledger": "rev_acc"}])
def test_a_phase_that_says_something_else_than_the_first_is_refused(user, changes):
    first = user.mini()
    user.tell(first)
    refused(user, otherwise(user.run.book.unfinished[first.key].missing[0], **changes), "what the first phase said")


def test_minis_do_not_fork(user):
    user.tell(user.mini())
    user.finish()
    user.earn("m1.gen_acc", "100000")
    refused(user, user.mini("m2", ledger="m1.gen_acc", parent="m1", generation=2), "account m1 is a mini")


def test_an_account_that_is_to_be_merged_does_not_fork(user):
    user.fork("f1", form="FULL")
    user.tell(user.merge("f1"))
    event = user.mini("m2", "10000", ledger="f1.gen_acc", parent="f1", generation=2)
    refused(user, event, "account f1 is to be merged: it does not fork")
