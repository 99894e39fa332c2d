"""A ladder's ledgers in the scenes, and what is found in them."""

from datetime import date
from decimal import Decimal

from allusr_sdk.kernel.growth import Growth
from allusr_sdk.model.positions import Position
from tests.builders import AT, contract

AUGUST, EARLIER = date(2026, 8, 21), date(2026, 4, 17)
HEDGE = contract(540, expiry=AUGUST, root="SPY")


def llms(world):
    return world.book.ledgers["llms"]


def growth(world):
    return Growth(world.kernel.scribe, world.host, world.kernel.rules)


def rung_of(what, cost):
    """A rung in the book that cost so much."""
    return Position("llms", what.underlying, what, 1, Decimal(cost) / 100, Decimal(cost), AT, cause="ladder")
