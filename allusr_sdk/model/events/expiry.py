"""How options ended."""

from datetime import date
from decimal import Decimal

from attrs import frozen

from allusr_sdk.model.events.base import Event


@frozen(kw_only=True)
class Expired(Event):
    """Contracts that ended worthless; `settlement` is the underlying's official price, dollars."""

    instrument: str
    quantity: int
    settlement: Decimal


@frozen(kw_only=True)
class Assigned(Event):
    """Short contracts assigned (or cash-settled: `cash` per share): `quantity` is the signed position that ended.

    `early` tells an assignment before expiry; `settlement` is then the last close, dollars, and `effective` the session
    whose night it was. Without one it counts on the day it is booked, at the latest on the expiry.
    """

    instrument: str
    quantity: int
    settlement: Decimal
    fee: Decimal = Decimal("0.00")
    cash: Decimal | None = None
    early: bool = False
    effective: date | None = None


@frozen(kw_only=True)
class Exercised(Event):
    """Long contracts exercised, or cash-settled (`cash` per share)."""

    instrument: str
    quantity: int
    settlement: Decimal
    fee: Decimal = Decimal("0.00")
    cash: Decimal | None = None


@frozen(kw_only=True)
class Unsettled(Event):
    """An expiry without a settlement price: the position and its reserve stay (RULE-0)."""

    instrument: str
    quantity: int
    reserved: Decimal
    why: str


@frozen(kw_only=True)
class Pinned(Event):
    """An option that expired so near its strike that its holder may still decide otherwise (LQ-6, CAD-10).

    What stood behind it stays reserved until the morning's reconciliation; `reserved` is zero when it is let go.
    """

    instrument: str
    reserved: Decimal
    settlement: Decimal
    why: str
