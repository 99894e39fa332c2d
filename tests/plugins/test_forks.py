"""The plugin forks: what is due of a tree, and when accounts come back (FK-1 to FK-4)."""

from datetime import date
from decimal import Decimal

import pytest
from allusr_forks import Forks
from attrs import evolve

from allusr_sdk import LedgerBook, Node, Tree
from allusr_sdk.settings import load
from tests.builders import RULES

D = Decimal
ON = date(2029, 3, 5)


def book(name, base, equity, *, node="root", style="", **more):
    return LedgerBook(name=name, base=D(base), cash=D(equity), node=node, style=style, **more)


def node(name="root", *, form="ROOT", since=date(2026, 1, 5), parent="", amount="300000", **more):
    about = {"id": name, "parent": parent, "root": "root", "form": form, "generation": int(bool(parent))}
    return Node(**about, funded_at=since, amount=D(amount), stamp="", **more)


def mini(**more):
    return node("m1", **{"form": "MINI", "parent": "root", "amount": "100000", "since": date(2026, 3, 5), **more})


def decided(*books, nodes=(), on=ON):
    every = {one.id: one for one in (node(), *nodes)}
    tree = Tree(on, "2029-W09", every, {one.name: one for one in books}, RULES)
    return list(Forks(load(Forks.settings_type(), {}, where="forks.forks")).decide(tree))


# --- forks ---


@pytest.mark.parametrize(
    ("equity", "count"),
    [("243210.55", 1), ("219999.99", 0), ("220000", 1), ("320000", 2), ("319999.99", 1), ("100000", 0), ("0", 0)],
)
def test_the_rules_own_examples_of_a_generators_surplus(equity, count):
    found = decided(book("gen_acc", 120_000, equity))
    assert [(fork.form, fork.amount) for fork in found] == [("MINI", D("100000"))] * count
    for fork in found:
        assert fork.shares == (("gen_acc", D("50000")), ("com_acc", D("50000")))
        assert fork.rule == "FK-1 FK-2"


def test_the_tax_reserve_is_no_surplus():
    assert decided(book("gen_acc", 120_000, 220_000, tax_reserve=D("0.01"))) == []


@pytest.mark.parametrize(("equity", "count"), [("589999.99", 0), ("590000", 1), ("1090000", 2)])
def test_a_revenue_ledger_forks_a_whole_account_split_as_capital_is(equity, count):
    found = decided(book("rev_acc", 90_000, equity))
    assert [(fork.form, fork.amount) for fork in found] == [("FULL", D("500000"))] * count
    for fork in found:
        assert fork.shares == (("gen_acc", D("200000")), ("rev_acc", D("150000")), ("com_acc", D("150000")))


def test_a_compounding_ledger_and_a_strangers_do_not_fork():
    assert decided(book("com_acc", 90_000, 9_000_000), book("wheel", 90_000, 9_000_000)) == []


def test_full_accounts_fork_by_the_style_of_their_ledgers_and_minis_do_not():
    gen = {"base": 100_000, "equity": 200_000, "style": "gen_acc"}
    nodes = (node("f1", form="FULL", parent="root"), mini(since=ON))
    found = decided(book("f1.gen_acc", node="f1", **gen), book("m1.gen_acc", node="m1", **gen), nodes=nodes)
    assert [fork.ledger for fork in found] == ["f1.gen_acc"]


def test_why_names_the_surplus_and_which_of_how_many():
    first, second = decided(book("gen_acc", 120_000, "320000.50"))
    assert first.why == "surplus 200,000.50 over base 120,000.00: 1 of 2"
    assert second.why.endswith("2 of 2")
    assert first.numbers == {"surplus": "200000.50", "base": "120000"}


# --- merges ---


@pytest.mark.parametrize(
    ("equity", "on", "cause"),
    [
        ("299999.99", date(2029, 3, 4), None), ("300000", date(2026, 6, 1), "3x"),
        ("50000", date(2029, 3, 5), "3 years"), ("300000", date(2029, 3, 5), "3x"),
    ],
)  # fmt: skip
def test_a_mini_is_merged_at_three_times_its_capital_or_after_three_years(equity, on, cause):
    found = decided(book("m1.gen_acc", 50_000, equity, node="m1", style="gen_acc"), nodes=(mini(),), on=on)
    assert [(wish.node, wish.cause) for wish in found] == ([("m1", cause)] if cause else [])


def test_both_ledgers_count_and_the_tax_reserve_does_not():
    half = {"base": 50_000, "equity": 150_000, "node": "m1"}
    gen, com = book("m1.gen_acc", style="gen_acc", **half), book("m1.com_acc", style="com_acc", **half)
    soon = date(2026, 6, 1)
    assert len(decided(gen, com, nodes=(mini(),), on=soon)) == 1
    assert decided(gen, evolve(com, tax_reserve=D("0.01")), nodes=(mini(),), on=soon) == []


@pytest.mark.parametrize(
    "other",
    [mini(closing="3x"), mini(closed_at=date(2027, 1, 4)), node("f1", form="FULL", parent="root", amount="100000")],
    ids=["closing", "closed", "full"],
)
def test_what_is_closing_closed_or_no_mini_is_left_alone(other):
    assert decided(book("x", 50_000, 900_000, node=other.id), nodes=(other,)) == []


@pytest.mark.parametrize(("on", "due"), [(date(2031, 2, 28), False), (date(2031, 3, 1), True)])
def test_three_years_after_a_leap_day_are_over_on_the_first_of_march(on, due):
    found = decided(book("m1.gen_acc", 1, 1, node="m1"), nodes=(mini(since=date(2028, 2, 29)),), on=on)
    assert bool(found) is due
