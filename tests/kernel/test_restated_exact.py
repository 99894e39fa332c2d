"""Splits that nobody tells, from two to fifty for one, and contracts that were adjusted, several at once (B11, B15)."""

from decimal import Decimal

import pytest

from allusr_sdk.kernel.breaks import Finding
from tests.builders import contract
from tests.kernel.accounts import CALL, Account, codes, holding

OTHER = contract(95)


@pytest.fixture
def account():
    with Account("gen_acc", "rev_acc") as made:
        yield made


def after(ratio):
    """The statement of a hundred shares and a call of 110 after a split."""
    split = contract(Decimal(110) / ratio, right="C")
    return holding("AAPL", 100 * ratio), holding(split, -ratio)


@pytest.mark.parametrize(("ratio", "seen"), [(2, True), (4, True), (50, True), (55, False)])
def test_a_split_that_nobody_tells_is_looked_for_up_to_fifty_for_one(account, ratio, seen):
    account.hold("AAPL", 100, "99")
    account.hold(CALL, -1)
    found = account.finds(holdings=after(ratio))
    assert ([f.code for f in found] == ["B11"]) is seen
    if seen:
        assert found == (Finding(
            code="B11", subject="AAPL", symbol="AAPL", action="SYMBOL", what=f"AAPL: everything moved {ratio} for 1",
            ours="not booked", theirs=f"{ratio} for 1", cause="it looks like a split, and nobody tells one",
        ),)  # fmt: skip


def test_fifty_one_for_one_is_no_split_that_anybody_would_guess(account):
    put = contract(102)
    account.hold("AAPL", 100, "99")
    account.hold(put, -1)
    found = account.finds(holdings=(holding("AAPL", 5100), holding(contract(2), -51)))
    assert "B11" not in [f.code for f in found]


def test_what_the_broker_calls_one_for_one_is_no_split(account):
    account.hold("AAPL", 100, "99")
    assert codes(account.finds(holdings=(holding("AAPL", 101),), splits={"AAPL": 1})) == [("B03", "SYMBOL")]


def test_several_contracts_of_a_symbol_are_adjusted_at_once_and_each_is_found_once(account):
    account.hold(contract(100), -2)
    account.hold(OTHER, -1)
    new = [contract(strike, root="AAPL1") for strike in (95, 100)]
    found = account.finds(holdings=(holding(new[0], -1), holding(new[1], -2)))
    assert found == tuple(
        Finding(
            code="B15", subject=old.osi, symbol="AAPL", action="SYMBOL", what=f"{old.osi} goes on as {one.osi}",
            ours=str(count), theirs=f"{count} {one.osi}", cause="its deliverable was adjusted by a corporate action",
        )
        for old, one, count in ((OTHER, new[0], -1), (contract(100), new[1], -2))
    )  # fmt: skip


def test_an_adjustment_after_a_split_of_another_symbol_leaves_the_split_found(account):
    account.hold("AAPL", 100, "99")
    account.hold(contract(410, root="MSFT"), -1)
    theirs = (holding("AAPL", 200), holding(contract(410, root="MSFT1"), -1))
    found = account.finds(holdings=theirs, splits={"AAPL": 2})
    assert [(f.code, f.subject) for f in found] == [("B11", "AAPL"), ("B15", contract(410, root="MSFT").osi)]
