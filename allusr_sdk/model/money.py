"""Exact amounts: dollars as `Decimal` with two places, prices with four, cents as `int` in the database."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
PRICE = Decimal("0.0001")
ZERO = Decimal("0.00")


def usd(amount: Decimal | int | str) -> Decimal:
    """An amount in dollars, rounded half up to the cent. Floats are not accepted: they are not exact."""
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


def price(value: Decimal | float | str) -> Decimal:
    """A price in dollars per share with at most four places, without trailing zeros beyond the cents.

    A float is read by its shortest decimal form, so 1.69 stays 1.69.
    """
    exact = Decimal(str(value)).quantize(PRICE, ROUND_HALF_UP)
    return exact if exact != exact.quantize(CENT) else exact.quantize(CENT)


def cents(amount: Decimal) -> int:
    """Dollars as whole cents; raises `ValueError` when the amount has a fraction of a cent."""
    scaled = amount * 100
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} is not a whole number of cents")
    return int(scaled)


def share_out(total: Decimal, weights: Sequence[Decimal | int]) -> list[Decimal]:
    """Split dollars by weight in whole cents with largest remainders; ties go to the earlier weight.

    The parts sum to `total` exactly. Source: rule CAD-12.
    """
    whole, weight_sum = cents(total), sum(Decimal(w) for w in weights)
    if weight_sum <= 0:
        raise ValueError("weights must have a positive sum")
    exact = [whole * Decimal(w) / weight_sum for w in weights]
    floors = [int(part.to_integral_value(ROUND_FLOOR)) for part in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    for i in by_remainder[: whole - sum(floors)]:
        floors[i] += 1
    return [Decimal(part) / 100 for part in floors]
