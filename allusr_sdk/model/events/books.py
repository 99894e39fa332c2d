"""Marks and values."""

from datetime import date
from decimal import Decimal

from attrs import frozen

from allusr_sdk.model.events.base import Event


@frozen(kw_only=True)
class Marked(Event):
    """A position's value per share at a session's end (mid), dollars."""

    position: str
    mark: Decimal


@frozen(kw_only=True)
class Valued(Event):
    """A ledger's day: cash plus positions at last marks; `at_touch` is the equity had every fill been at the touch.

    `vix` is the index's last confirmed value, the day's close; None where it is unknown.
    """

    day: date
    cash: Decimal
    equity: Decimal
    realised: Decimal
    unrealised: Decimal
    reserved: Decimal
    at_touch: Decimal
    vix: float | None = None
