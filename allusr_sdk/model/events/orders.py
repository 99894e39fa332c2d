"""What broker or venue said of an order."""

from decimal import Decimal

from attrs import frozen

from allusr_sdk.model.events.base import Event


@frozen(kw_only=True)
class OrderChanged(Event):
    """What the broker said of an order: accepted, repriced, canceled, expired, rejected or denied."""

    key: str
    status: str
    price: Decimal | None = None
    reason: str = ""


@frozen(kw_only=True)
class Filled(Event):
    """An execution. `quantity` is signed (negative sells), `price` per share, `touch` the bid (sells) or ask then.

    `opening` tells a fill that opens or adds from one that closes; `first_credit`, `rolls` and `roll_debit` carry a
    roll's chain on to the position it opens (PE-8).
    """

    key: str
    execution: str
    instrument: str
    quantity: int
    price: Decimal
    fee: Decimal
    touch: Decimal | None
    opening: bool
    cause: str = ""
    rolls: int = 0
    roll_debit: Decimal = Decimal("0.00")
    first_credit: Decimal = Decimal("0.00")
