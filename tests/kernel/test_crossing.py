"""Which working orders stand opposite: hedges on both sides, rolls by both of their legs (CAD-13, KS-11.7)."""

import pytest

from allusr_sdk.kernel.crossing import crossed, crosses
from allusr_sdk.model.positions import Working
from tests.builders import account, books, contract

OLD, NEW = contract(100), contract(95)


def beside(work):
    """An account in which another ledger has an order at work."""
    return account(books(name="mine"), books(name="other", working={work.key: work}))


def roll(*, position=f"other:{OLD.osi}", legs=(OLD.osi, NEW.osi)):
    """It buys back the old contract and writes the new one."""
    return Working("roll", "other", "AAPL", NEW, 1, False, cause="roll", position=position, sold=True, legs=legs)


def written(what):
    return Working("entry", "mine", "AAPL", what, 1, True)


def opposite(work, what, quantity):
    return [veto.why for veto in crosses(beside(work), "mine", what.osi, quantity)]


@pytest.mark.parametrize(("quantity", "crossing"), [(1, True), (2, True), (-1, False)])
def test_one_contract_that_is_bought_crosses_what_another_ledger_writes(quantity, crossing):
    work = Working("w", "other", "AAPL", OLD, 1, True)
    assert opposite(work, OLD, quantity) == ["SELF_CROSS with the working order w"] * crossing


@pytest.mark.parametrize("quantity", [1, -1])
def test_a_hedge_at_work_stands_opposite_both_sides_of_its_contract(quantity):
    work = Working("w", "other", "AAPL", OLD, 1, True, cause="hedge:L2", sold=False)
    assert opposite(work, OLD, quantity) == ["SELF_CROSS with the working order w"]
    assert opposite(work, NEW, quantity) == []


@pytest.mark.parametrize(("what", "quantity", "crossing"), [
    (OLD, -1, True), (OLD, 1, False), (NEW, 1, True), (NEW, -1, False),
])  # fmt: skip
def test_a_roll_at_work_buys_one_contract_and_writes_the_other(what, quantity, crossing):
    assert opposite(roll(), what, quantity) == ["SELF_CROSS with the working order roll"] * crossing


@pytest.mark.parametrize(("what", "key"), [(OLD, "roll"), (NEW, "")])
def test_an_entry_that_writes_what_a_roll_buys_back_is_crossed_by_it(what, key):
    assert crossed(written(what), beside(roll())) == key
