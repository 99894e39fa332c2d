"""What every look at an account shares: who goes first where several may, and where a foreign execution is from."""

from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.case import seniority, signed
from tests.kernel.accounts import Account, holding, told


def test_ties_go_to_gen_then_rev_then_com_then_to_the_others_as_they_come():
    names = ["fork_b", "com_acc", "fork_a", "rev_acc", "gen_acc"]
    assert seniority(names) == ["gen_acc", "rev_acc", "com_acc", "fork_b", "fork_a"]


@pytest.mark.parametrize(("reference", "source"), [
    ("", "no order"), ("desk-7", "an order of another client, desk-7"),
])  # fmt: skip
def test_an_execution_of_somebody_else_is_named_with_the_reference_of_its_order(reference, source):
    theirs = evolve(told("MSFT", 100, "400", id="F1", key=""), reference=reference)
    with Account("gen_acc") as account:
        found, *_ = account.finds(holdings=(holding("MSFT", 100),), executions=(theirs,))
        assert (found.code, found.cause) == ("B01", f"execution F1 of {source}")


@pytest.mark.parametrize(("amount", "shown"), [
    ("1234.5", "+1,234.50"), ("-0.01", "-0.01"), ("0", "+0.00"), ("-0.00", "+0.00"),
])  # fmt: skip
def test_dollars_are_shown_with_their_sign_and_nothing_as_no_loss(amount, shown):
    assert signed(Decimal(amount)) == shown
