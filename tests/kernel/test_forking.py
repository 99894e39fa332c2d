"""What stands against a fork, with its rule and numbers, and what its first entry says (FK-1 to FK-6)."""

from decimal import Decimal

import pytest

from allusr_sdk.kernel import forking
from tests.builders import RULES, account, books, contract, short
from tests.kernel.grove import Grove, due, mini

D = Decimal


def against(guard, ledger, *, amount="100000", rules=RULES, tiers=None):
    """Rule, words and numbers of each veto of a guard."""
    book = account(ledger)
    book.switches.update(tiers or {})
    asked = forking.Asked(mini(amount=amount), book, ledger, {}, rules)
    return [(veto.rule, veto.why, dict(veto.numbers)) for veto in guard(asked)]


@pytest.mark.parametrize(("more", "why"), [
    ({"closing": "3x"}, "m7 is merged: 3x"), ({"closed": True}, "m7 is merged: it is archived"),
    ({"closing": "3x", "closed": True}, "m7 is merged: 3x"), ({}, ""),
])  # fmt: skip
def test_an_account_that_is_to_be_merged_or_was_does_not_fork(more, why):
    assert against(forking.parental, books(node="m7", **more)) == ([("FK-3", why, {})] if why else [])


def test_a_surplus_that_is_too_small_is_told_with_the_base():
    assert against(forking.earned, books(cash="150000", base="120000"), amount="30000.01") == [
        ("FK-1", "30,000.01 > surplus 30,000.00", {"surplus": "30000.00", "base": "120000"}),
    ]  # fmt: skip


def test_free_cash_that_is_too_small_is_told():
    assert against(forking.paid, books(cash="150000", tax_reserve=D(60_000))) == [
        ("FK-2", "free cash 90,000.00 < 100,000.00: it waits for expiries", {"free": "90000.00"}),
    ]  # fmt: skip


@pytest.mark.parametrize(("levels", "most", "told"), [
    ((), 0, None), ((0,), 0, None), ((1,), 0, 1), ((1,), 1, None), ((2, 3, 0), 1, 3),
])  # fmt: skip
def test_the_highest_level_of_a_position_holds_a_fork_back(levels, most, told):
    held = [short(contract(100 + n), level=level) for n, level in enumerate(levels)]
    rules = RULES.tightened({"FK-6.max_level": most})
    expected = [] if told is None else [("FK-6", f"a position stands at level {told}", {"level": told})]
    assert against(forking.calm, books(*held), rules=rules) == expected


@pytest.mark.parametrize(("account_wide", "own", "told"), [
    ({}, {}, ""), ({}, {"PIVOT": "CALLS"}, ""), ({"VIX": "HEDGED"}, {"PIVOT": "CALLS"}, "HEDGED"),
    ({"VIX": "HEDGED"}, {"STALE": "FREEZE"}, "FREEZE"), ({"USER": "HALT"}, {"L3": "SAFE"}, "HALT"),
])  # fmt: skip
def test_the_gravest_switch_of_account_and_ledger_holds_a_fork_back(account_wide, own, told):
    expected = [("FK-6", f"a switch stands at {told}", {"tier": told})] if told else []
    assert against(forking.calm, books(switches=own), tiers=account_wide) == expected


def test_the_first_entry_of_a_fork_stands_under_the_rules_it_was_asked_for():
    with Grove(due) as world:
        world.earn("gen_acc", "100000")
        world.morning()
        (first,) = world.events("ForkIntended")
        assert (first.rule, first.form, first.amount, first.parent) == ("FK-1 FK-2", "MINI", D(100_000), "root")
