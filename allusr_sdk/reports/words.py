"""How numbers, contracts and times are said."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.money import price, usd
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.model.positions import Position

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
LEVELS = ("Normal", "Enhanced", "Recovery", "Preservation")


def count(number: int) -> str:
    """A number as a word up to twelve."""
    return _WORDS[number] if 0 <= number < len(_WORDS) else f"{number:,}"


def plural(number: object, one: str, several: str = "") -> str:
    """``1 week``, ``2.5 weeks``, ``3,000 weeks``."""
    return f"{f'{number:,}'.removesuffix('.0')} {one if number == 1 else several or f'{one}s'}"


def per_share(value: Decimal) -> str:
    """A price in dollars per share: two places, more only where they are not zero."""
    whole, _, places = f"{price(value):,f}".partition(".")
    return f"{whole}.{places.rstrip('0'):0<2}"


def dollars(amount: Decimal | float | str) -> str:
    """An amount without cents where it has none."""
    exact = Decimal(str(amount)).quantize(Decimal("0.01"))
    return f"{exact:,.0f}" if exact == exact.to_integral_value() else f"{exact:,.2f}"


def figure(value: object) -> str:
    """A number of an event for reading: two places at most; other values as they are."""
    try:
        return f"{float(str(value)):,.2f}".removesuffix(".00")
    except ValueError:
        return str(value)


def number(numbers: Mapping[str, object], key: str) -> float | None:
    """A number of an event; None where it is not there or was unknown, which the journal keeps as null."""
    value = numbers.get(key)
    return float(str(value)) if value is not None and str(value) != "nan" else None


def named(instrument: str) -> str:
    """``AAPL 13 Feb 270 put``, or ``AAPL shares``."""
    contract = contract_of(instrument)
    return str(contract) if contract else f"{instrument} shares"


_OSI = re.compile(r"\b(?:[\w.]+:)?([A-Z]{1,5}\d? *\d{6}[CP]\d{8})\b")


def spoken(text: str) -> str:
    """A sentence with its OSI symbols as contracts: ``AAPL 13 Feb 270 put``."""
    return _OSI.sub(lambda found: named(found[1]), text)


def short_name(instrument: str) -> str:
    """``13 Feb 270 put``: the contract without its root."""
    contract = contract_of(instrument)
    return str(contract).partition(" ")[2] if contract else instrument


def many(quantity: int, instrument: str) -> str:
    """``3 × AAPL 13 Feb 270 put``, or ``300 AAPL shares``; unsigned."""
    size = abs(quantity)
    return f"{size:,} × {named(instrument)}" if contract_of(instrument) else f"{size:,} {named(instrument)}"


def multiplier(instrument: str) -> int:
    """Shares for one unit of an instrument."""
    return MULTIPLIER if contract_of(instrument) else 1


def held(position: Position) -> str:
    """``short 3 × 13 Feb 270 put``, or ``300 shares at a basis of 268.32``."""
    if position.contract is None:
        return f"{position.quantity:,} shares at a basis of {usd(position.amount / position.quantity):,}"
    side = "short" if position.short else "long"
    return f"{side} {abs(position.quantity):,} × {short_name(position.contract.osi)}"


def clock(at: datetime) -> datetime:
    """An instant by New York clock."""
    return at.astimezone(NEW_YORK)


def unrealised(position: Position) -> Decimal:
    """Value less basis, or premium less the cost to buy back, at the last mark; dollars."""
    return usd(position.value + position.amount if position.short else position.value - position.amount)
