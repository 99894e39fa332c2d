"""What crosses the port, in values of our own: contracts, orders, and everything that a gateway tells."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import field, frozen

from allusr_sdk.errors import BrokerSilent


class Refused(BrokerSilent):
    """A request was answered by an error, and nothing is known by it: `code` is IBKR's, `text` what it said."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"IBKR refuses: {code} {text}")
        self.code, self.text = code, text


@frozen(kw_only=True)
class Asset:
    """A contract as IBKR names it.

    Attributes:
        con_id: its number there; 0 where it is asked for by its terms.
        kind: STK, OPT, IND, BAG, ...
        expiry: as YYYYMMDD; empty for shares.
        multiplier: 0 where it is not told.
    """

    con_id: int = 0
    kind: str = "STK"
    symbol: str = ""
    expiry: str = ""
    strike: Decimal = Decimal(0)
    right: str = ""
    multiplier: int = 0
    trading_class: str = ""
    local_symbol: str = ""


@frozen(kw_only=True)
class Details:
    """A contract with its price rule: the number of SMART's market rule, 0 where none is told; `min_tick` too."""

    asset: Asset
    rule: int
    min_tick: Decimal


@frozen(kw_only=True)
class Chain:
    """An option class: expiries as YYYYMMDD, and strikes in dollars; not every pair of them is listed."""

    trading_class: str
    multiplier: int
    expiries: tuple[str, ...]
    strikes: tuple[Decimal, ...]


@frozen
class Leg:
    """One leg of a combo: conId, and contracts in one combo bought, negative where they are sold."""

    con_id: int
    ratio: int


@frozen(kw_only=True)
class Outgoing:
    """An order as it leaves.

    Attributes:
        asset: what is traded; of a combo its underlying's symbol, with `legs`.
        lots: contracts, shares or combos, unsigned.
        limit: dollars a share; of a combo what is paid, negative for a credit.
        until: aware instant at which it ends by itself.
    """

    number: int
    account: str
    reference: str
    asset: Asset
    legs: tuple[Leg, ...] = ()
    buys: bool
    lots: int
    limit: Decimal
    until: datetime


@frozen(kw_only=True)
class Margin:
    """What an order would need, dollars; None for what was not told."""

    initial: Decimal | None
    maintenance: Decimal | None
    equity: Decimal | None


# --- what is heard ---


@frozen(kw_only=True)
class OrderSeen:
    """An order as TWS has it. `order_id` is 0 or less for manual ones, and 0 in answers about completed ones.

    `lots` is None where it is not told, or no whole number.
    """

    order_id: int
    client_id: int
    perm_id: int
    account: str
    reference: str
    asset: Asset
    legs: tuple[Leg, ...]
    buys: bool
    lots: int | None
    limit: Decimal | None
    status: str
    why: str = ""


@frozen(kw_only=True)
class StatusSeen:
    """The status of an order, by its numbers; `held` is what TWS waits for, as `locate`. None is not told."""

    order_id: int
    client_id: int
    perm_id: int
    status: str
    filled: int | None
    held: str = ""


@frozen(kw_only=True)
class Executed:
    """An execution; `quantity` is signed. It and `price` are None where they are not told, or no number of ours."""

    id: str
    account: str
    order_id: int
    client_id: int
    perm_id: int
    reference: str
    asset: Asset
    quantity: int | None
    price: Decimal | None
    at: datetime
    liquidation: bool = False


@frozen(kw_only=True)
class Charged:
    """What an execution cost, in its currency."""

    execution: str
    fee: Decimal
    currency: str


@frozen(kw_only=True)
class Moved:
    """What is held of a contract now, nothing included; None where it is not told, or no whole number."""

    account: str
    asset: Asset
    quantity: int | None


@frozen(kw_only=True)
class Said:
    """An error or notice: `number` is the request's or order's, -1 for neither."""

    number: int
    code: int
    text: str


@frozen(kw_only=True)
class Joined:
    """A connection began, `up`, or ended or did not come about: `why`."""

    up: bool
    why: str = ""


@frozen(kw_only=True)
class Garbled:
    """A message that could not be read; executions, orders and fees among them have to be asked for again."""

    message: int
    why: str


type Heard = OrderSeen | StatusSeen | Executed | Charged | Moved | Said | Joined | Garbled


@frozen(kw_only=True)
class Tick:
    """One value of a subscription: IBKR's tick type, when it came by the monotonic clock, and the value by name."""

    kind: int
    at: float
    values: Mapping[str, float | str] = field(factory=dict)


@frozen(kw_only=True)
class Alarm:
    """Something that a person has to look at, or with `calls` off the end of it.

    Attributes:
        at: by our own clock.
        about: what it is about: LINK, an order's key, or a word; one that is told again meanwhile is told once.
        rule: that it rests on.
    """

    at: datetime
    what: str
    about: str
    rule: str = "RULE-0"
    calls: bool = True
