"""Why an order is not taken: checks in TWS's order, each with its error code and text."""

from collections.abc import Callable
from decimal import Decimal

from attrs import evolve

from allusr_sdk.testing.brokerage.records import contract
from allusr_sdk.testing.tws.desk import Desk
from allusr_sdk.testing.tws.instruments import increment
from allusr_sdk.testing.tws.records import Order

type Refusal = tuple[int, str] | None

TYPES = ("LMT", "MKT")


def read_only(_: Order, desk: Desk) -> Refusal:
    """The API may only look."""
    refused = desk.state.manners.read_only
    return (
        (321, "Error validating request:-'cj' : cause - The API interface is currently in Read-Only mode.")
        if refused
        else None
    )


def account(order: Order, desk: Desk) -> Refusal:
    """Of several accounts one must be named, and it must be one of them."""
    if not order.account:
        return 435, "You must specify an account."
    return None if order.account in desk.state.accounts else (436, "You must specify an allocation.")


def known(order: Order, desk: Desk) -> Refusal:
    """All legs are contracts that exist."""
    good = order.legs and all(leg.instrument and desk.exists(leg.instrument) for leg in order.legs)
    return None if good else (200, "No security definition has been found for the request")


def size(order: Order, _: Desk) -> Refusal:
    """Something is wanted."""
    return (434, "The order size cannot be zero.") if order.quantity <= 0 else None


def kind(order: Order, _: Desk) -> Refusal:
    """Limit and market orders, and combos of one leg bought and one sold."""
    if (asked := order.asked.get("orderType")) not in TYPES:
        return 387, f"Unsupported order type for this exchange and security type: {asked}."
    signs = sorted(leg.ratio > 0 for leg in order.legs)
    if order.combo and (signs != [False, True] or order.legs[0].ratio != -order.legs[1].ratio):
        return 321, "Error validating request: only combos of one leg bought and one sold are worked here."
    return None


def tick(order: Order, desk: Desk) -> Refusal:
    """The limit lies on the price rule's grid; a combo's on cents."""
    step = Decimal("0.01") if order.combo else increment(order.legs[0].instrument, order.limit)
    if not desk.state.manners.check_ticks or order.asked.get("orderType") == "MKT" or order.limit % step == 0:
        return None
    return 110, "The price does not conform to the minimum price variation for this contract."


def expired(order: Order, desk: Desk) -> Refusal:
    """Neither the order nor a contract in it is over."""
    days = [option.expiry for leg in order.legs if (option := contract(leg.instrument))]
    if order.until is not None and order.until <= desk.state.now:
        return 201, "Order rejected - reason:The good till date is in the past"
    if any(day < desk.today for day in days):
        return 201, "Order rejected - reason:The contract has expired"
    return None


def margin(order: Order, desk: Desk) -> Refusal:
    """What it needs is there."""
    if not desk.state.manners.check_margin:
        return None
    before, after = desk.what_if(order)
    loan, needed = after.cash + after.stocks, after.initial
    if needed <= before.initial or needed <= loan:
        return None
    return 201, (
        "Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION "
        f"YOUR EQUITY WITH LOAN VALUE [{loan} USD] MUST EXCEED THE INITIAL MARGIN [{needed} USD]"
    )


CHECKS: tuple[Callable[[Order, Desk], Refusal], ...] = (read_only, account, known, size, kind, tick, expired, margin)
DEAD = frozenset({201})
"""Codes that leave an Inactive order behind; the others leave none."""


def refusal(order: Order, desk: Desk) -> Refusal:
    """The first reason why it is not taken; None where it is."""
    return next((found for check in CHECKS if (found := check(order, desk)) is not None), None)


def mismatch(old: Order, new: Order) -> Refusal:
    """Why an order cannot become another under its number."""
    if evolve(old, asked={}) == evolve(new, asked={}):
        return None
    same = (old.account, old.legs) == (new.account, new.legs) and new.quantity > old.filled
    return None if same else (105, "Order being modified does not match original order")
