"""What is outstanding of an order, to the last field: its main leg, what is left of it, and the cash it still needs."""

from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.ledger.working import Order
from allusr_sdk.model.positions import Working

D = Decimal


def order(story, *legs, **more):
    return Order(evolve(story.intent("k1", *legs, reserve="100.00"), **more), story.at(3))


def test_an_order_is_outstanding_by_the_leg_that_it_sells_with_all_that_its_intent_says(story):
    roll = order(story, (story.CALL, 3), (story.PUT, -3), cause="roll", parent="p", position="gen_acc:AAPL")
    assert roll.working() == Working(
        "k1", "gen_acc", "AAPL", contract_of(story.PUT), 3, True, D("100.00"), cause="roll", parent="p",
        sent=story.at(3), position="gen_acc:AAPL", sold=True, legs=(story.CALL, story.PUT),
    )  # fmt: skip


def test_an_order_that_sells_nothing_is_outstanding_by_its_first_leg(story):
    got = order(story, (story.CALL, 2), (story.PUT, 2), opening=False).working()
    assert (got.contract, got.quantity, got.sold, got.opening) == (contract_of(story.CALL), 2, False, False)


@pytest.mark.parametrize(("filled", "left", "reserve"), [
    (0, 3, "100.00"), (1, 2, "66.67"), (2, 1, "33.34"), (3, 0, "0.00"),
])  # fmt: skip
def test_the_cash_that_the_rest_needs_is_its_part_rounded_up(story, filled, left, reserve):
    sold = order(story, (story.PUT, -3))
    for _ in range(filled):
        sold.fill(story.fill(story.PUT, -1, "1.70", opening=True))
    assert (sold.working().quantity, sold.working().reserve, sold.complete) == (left, D(reserve), not left)


def test_a_leg_of_nothing_is_no_main_leg_and_an_order_of_nothing_needs_and_sells_nothing(story):
    assert order(story, (story.CALL, 0), (story.PUT, -1)).working().contract == contract_of(story.PUT)
    nothing = order(story, (story.CALL, 0)).working()
    assert (nothing.quantity, nothing.reserve, nothing.sold) == (0, D("0.00"), False)


def test_a_leg_is_filled_however_its_name_is_written(story):
    sold = order(story, ("AAPL260213P00270000", -2))
    sold.fill(story.fill(story.PUT, -1, "1.70", opening=True))
    assert (sold.working().quantity, sold.complete) == (1, False)
