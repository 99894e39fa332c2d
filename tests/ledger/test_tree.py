"""The root of the tree of accounts, and what of a phase is compared with what was announced (FK-4)."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.ledger.kind import in_kind
from allusr_sdk.ledger.queries import balances, out_of_balance
from allusr_sdk.model.events import Funded
from allusr_sdk.model.nodes import Node
from tests.ledger.capital_words import User

D = Decimal


@pytest.fixture
def user(memory):
    return User(memory)


def test_the_root_begins_with_what_is_funded_and_counts_all_that_follows(user):
    root = Node(
        id="root", parent="", root="root", form="ROOT", generation=0, funded_at=date(2026, 1, 5), amount=D("300000"),
        stamp="1.0/abc", ledgers=("gen_acc", "rev_acc", "com_acc"),
    )  # fmt: skip
    assert user.run.book.nodes == {"root": root}
    user.on(2026, 2, 2).tell(Funded(ledger="rev_acc", amount=D("5000")), Funded(ledger="llms", amount=D("700")))
    ledgers = (*root.ledgers, "llms")
    assert user.run.book.nodes == {"root": evolve(root, amount=D("305700"), ledgers=ledgers)}


def test_what_is_funded_in_a_ledger_of_a_fork_is_none_of_the_roots(user):
    user.fork()
    before = dict(user.run.book.nodes)
    user.tell(Funded(ledger="m1.gen_acc", amount=D("5000")))
    assert user.run.book.nodes == before


@pytest.mark.parametrize("changes", [{"rule": "FK-9"}, {"symbol": "AAPL"}])
def test_a_phase_is_the_announced_one_by_whatever_rule_and_symbol_it_is_booked(user, changes):
    user.tell(user.transfer("rev_acc", "llms", "2000"))
    (pending,) = user.run.book.unfinished.values()
    user.tell(evolve(pending.missing[0], **changes))
    assert (user.run.book.unfinished, user.book("llms").cash) == ({}, D("2000.00"))


def lots(user, name):
    user.fill(name, "MSFT", 100, "50.00")
    return in_kind(user.book(name))


def test_lots_under_way_in_a_transfer_stand_between_ledgers_at_their_book_value(user):
    user.tell(user.transfer("rev_acc", "llms", "2000", lots=lots(user, "rev_acc")))
    assert len(user.run.book.unfinished) == 1
    assert out_of_balance(balances(user.run), user.run.book) == ()


def test_lots_under_way_in_a_merge_stand_between_ledgers_at_their_book_value(user):
    user.fork()
    lots(user, "m1.gen_acc")
    user.on(2029, 1, 8).tell(user.merge())
    user.tell(user.gift("m1.gen_acc"))
    assert len(user.run.book.unfinished) == 1
    assert out_of_balance(balances(user.run), user.run.book) == ()
