"""Checks of an order that reduces risk: collar, duplicates, and the shares that back a call (KS-11, RULE-1)."""

from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.checks import checked, leaving
from allusr_sdk.kernel.orders import Leg, Order
from allusr_sdk.model.positions import Working
from tests.builders import (
    RULES,
    books,
    contract,
    quote,
    sell,
    shares,
    short,
)
from tests.kernel.questions import CALL_280, PUT_270, entry, order, reasons, rules_of, share_purchase, working


def closing(*prices, bid="1.00", ask="1.02", lots=1, what=PUT_270):
    legs = (Leg(what, lots, Decimal(bid), Decimal(ask)),)
    return Order(
        key="k", ledger="gen_acc", symbol="AAPL", legs=legs, prices=tuple(map(Decimal, prices)),
        mid=(Decimal(bid) + Decimal(ask)) / 2, step_seconds=10, opening=False, rule="PE-8",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("price", "urgent", "passes"),
    [("1.06", False, True), ("1.07", False, False), ("1.26", True, True), ("1.27", True, False)],
)
def test_an_exit_stays_in_its_collar_and_an_urgent_one_has_a_wider_one(price, urgent, passes):
    found = leaving(closing("1.01", price), books(short(PUT_270)), RULES, urgent=urgent)
    assert reasons(found) == ("" if passes else f"KS-11 limit {price} is outside the collar")


def test_an_exit_may_always_go_one_tick():
    assert leaving(closing("0.01", bid="0", ask="0.01"), books(short(PUT_270)), RULES) == ()
    assert len(leaving(closing("0.02", bid="0", ask="0.01"), books(short(PUT_270)), RULES)) == 1


def test_neither_size_nor_volume_nor_cash_nor_other_sleeves_hold_an_exit():
    broke = books(short(PUT_270, lots=500), cash="-90000")
    assert leaving(closing("1.02", lots=500), broke, RULES) == ()


def test_a_working_exit_of_the_same_instrument_is_a_duplicate_and_an_entry_is_not():
    for opening, passes in ((False, False), (True, True)):
        held = books(short(PUT_270), working={"w": working("gen_acc", PUT_270, opening=opening)})
        found = leaving(closing("1.02"), held, RULES)
        assert reasons(found) == ("" if passes else "KS-11 duplicate of the working order w")


@pytest.mark.parametrize(("count", "held", "calls", "passes"), [
    (100, 100, 0, True), (100, 100, 1, False), (50, 150, 1, True), (51, 150, 1, False), (200, 300, 1, True),
])  # fmt: skip
def test_shares_that_back_a_call_stay(count, held, calls, passes):
    written = [short(CALL_280, lots=calls)] if calls else []
    _, sold = share_purchase(-count)
    found = leaving(evolve(sold, prices=(Decimal("272.00"),)), books(shares(count=held), *written), RULES)
    assert rules_of(found) == ([] if passes else ["RULE-1"])


def test_shares_about_to_be_sold_back_no_new_call():
    call = sell(quote(CALL_280), delta=0.42)
    selling = Working("w", "gen_acc", "AAPL", None, 100, False)
    held = books(shares(count=200, basis="270"), working={"w": selling})
    assert "RULE-1 2 calls on 1 uncovered hundreds" in reasons(checked(entry(call, ledger=held), order(call, 2)))


DEAR = contract(270, root="ZZZ")
"""Of a class outside the penny program: it trades in nickels."""


@pytest.mark.parametrize(("legs", "passes"), [(1, True), (2, False)])
def test_the_one_tick_is_that_of_the_contract_and_of_a_combo_a_cent(legs, passes):
    one = closing("0.10", bid="0", ask="0.10", what=DEAR)
    found = leaving(evolve(one, legs=one.legs * legs), books(short(DEAR)), RULES)
    assert rules_of(found) == ([] if passes else ["KS-11"])


@pytest.mark.parametrize(("price", "passes"), [("258.40", True), ("258.39", False)])
def test_shares_that_are_sold_by_a_sleeve_are_not_urgent_whatever_is_bid(price, passes):
    intent, sold = share_purchase(-100)
    wide = (Leg("AAPL", -100, Decimal(250), Decimal(294)),)
    found = checked(
        entry(intent, ledger=books(shares(), cash="200000"), universe=1),
        evolve(sold, legs=wide, mid=Decimal(272), prices=(Decimal(price),)),
    )
    assert rules_of(found) == ([] if passes else ["KS-11"])


@pytest.mark.parametrize(("opening", "found"), [(False, ""), (True, "KS-11 duplicate of the working order w")])
def test_of_a_roll_only_what_is_left_may_have_a_twin_and_of_a_spread_that_opens_both_legs(opening, found):
    two = (*closing().legs, Leg(CALL_280, -1, Decimal(1), Decimal(2)))
    pair = evolve(closing("1.02"), legs=two, opening=opening, mid=Decimal("1.02"))
    twin = {"w": working("gen_acc", CALL_280, opening=False)}
    assert reasons(leaving(pair, books(short(PUT_270), working=twin), RULES)) == found


def test_one_share_may_be_bought_back_by_a_ledger_that_holds_none():
    one = closing("272.00", bid="271.98", ask="272.00", what="AAPL")
    assert leaving(one, books(), RULES) == ()
