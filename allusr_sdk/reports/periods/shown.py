"""Values as a person reads them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from allusr_sdk.reports.periods.values import Value

UNKNOWN = "unknown"

_FLOATS: Mapping[str, str] = {"fraction": "z.1%", "number": "z.2f", "usd": "z,.2f", "count": ",.0f"}


def shown(value: Value, unit: str) -> str:
    """A value in its unit: dollars with cents, fractions as percent, ``unknown`` where it is."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str | date):
        return str(value)
    if unit == "count":
        return f"{value:,}"
    return f"{value:{_FLOATS.get(unit, '')}}"


def numeric(unit: str) -> bool:
    """Whether values of a unit stand at the right."""
    return unit in _FLOATS


def negative(value: Value, unit: str) -> bool:
    """Whether a value is a number that is shown as one under zero."""
    return isinstance(value, Decimal | int | float) and shown(value, unit).startswith("-")
