"""What the simulator keeps: orders, executions, how it is meant to behave, and all of that as its state."""

from datetime import UTC, datetime
from decimal import Decimal

from attrs import Factory, define, field, frozen

from allusr_sdk.testing.brokerage.records import Rules
from allusr_sdk.testing.tws.books import Books
from allusr_sdk.testing.tws.faults import Fault
from allusr_sdk.testing.tws.instruments import Leg
from allusr_sdk.testing.tws.layout import Raw

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZERO = Decimal("0")
WORKING = ("PreSubmitted", "Submitted")
DONE = ("Filled", "Cancelled", "Inactive")
MANUAL = 0
"""Client id of what a person placed in TWS itself."""


@frozen(kw_only=True)
class Order:
    """An order that was taken.

    Attributes:
        perm_id: TWS's own number of it, over all clients and days.
        client_id, order_id: who placed it, and the number that it has there.
        asked: what its newest placeOrder said.
        legs: what one lot is, signed as it is traded.
        limit: dollars a share; of a combo what is paid for it, negative for a credit.
        status: as TWS names it.
        value: sum of lots filled times price, for the average; `last` is the newest price.
        until: instant at which it ends by itself; None for none.
        filling: whether its limit was good enough to fill, so that the rest of it follows.
        ended: when it was done, and `why` in words.
    """

    perm_id: int
    client_id: int
    order_id: int
    account: str
    asked: dict[str, Raw]
    legs: tuple[Leg, ...]
    quantity: int
    limit: Decimal
    until: datetime | None
    status: str = "PreSubmitted"
    filled: int = 0
    value: Decimal = ZERO
    last: Decimal = ZERO
    filling: bool = False
    ended: datetime | None = None
    why: str = ""

    @property
    def reference(self) -> str:
        """Its orderRef."""
        found = self.asked.get("orderRef", "")
        return found if isinstance(found, str) else ""

    @property
    def left(self) -> int:
        """Lots that it still misses."""
        return self.quantity - self.filled

    @property
    def working(self) -> bool:
        """Whether it can still be filled."""
        return self.status in WORKING

    @property
    def combo(self) -> bool:
        """Whether it is a BAG."""
        return self.asked.get("secType") == "BAG"

    @property
    def buys(self) -> bool:
        """Whether its action is BUY."""
        return self.asked.get("action") == "BUY"

    @property
    def average(self) -> Decimal:
        """Average price of what is filled, dollars a share or combo."""
        return self.value / self.filled if self.filled else ZERO


@frozen(kw_only=True)
class Fill:
    """An execution as TWS tells it; a combo has one of its own beside those of its legs.

    Attributes:
        id: its execId; a corrected one has the same but for the last group.
        instrument: of a `combo` itself, the symbol of its underlying.
        perm_id: of its order; 0 where there was none.
        fee: None where there is none to tell, as of a combo.
        realised: dollars; None where nothing was closed.
        liquidation: whether IBKR closed it.
        told: whether anybody hears of it.
    """

    id: str
    account: str
    instrument: str
    quantity: int
    price: Decimal
    at: datetime
    perm_id: int = 0
    order_id: int = 0
    client_id: int = MANUAL
    reference: str = ""
    cumulative: int = 0
    average: Decimal = ZERO
    fee: Decimal | None = None
    realised: Decimal | None = None
    liquidation: bool = False
    told: bool = True
    combo: bool = False


@frozen(kw_only=True)
class Manners:
    """How it behaves where TWS may, or may not; each order of messages that nobody has verified is one of them.

    Attributes:
        rules: how limits fill and what that costs.
        reason_first: error 201 comes before the status Inactive, not after it.
        executions_first: executions and commissions come before openOrder and orderStatus.
        hold_commissions: commissions are not told until they are released.
        commissions_last: an answer to reqExecutions tells commissions after its end.
        statuses: how often each orderStatus is told.
        swallow: so many of the next orders are taken and nobody hears of them, ever.
        reject: error code and text for the next order.
        refuse_cancels: so many cancels are answered by 10147 and change nothing.
        race: the next cancel meets a fill.
        told_nights: assignments, exercises and expiries come with executions.
        night: hour of the next day in New York at which they are booked.
        foreign_told: executions without an order of the client's are told to it as they happen.
        remembered: hours for which reqExecutions tells; 0 for the New York day.
        read_only: orders are refused by 321.
        check_margin, check_ticks: orders that cost too much or lie off the tick are refused by 201, 110.
        greeks: the model's are known; else their sentinels are sent.
        history: whether historical requests that come too fast are refused by 162.
        lines: market data at a time, more are refused by 101.
        rate: messages a second and client, more are answered by 100.
    """

    rules: Rules = Factory(Rules)
    reason_first: bool = False
    executions_first: bool = False
    hold_commissions: bool = False
    commissions_last: bool = False
    statuses: int = 1
    swallow: int = 0
    reject: tuple[int, str] | None = None
    refuse_cancels: int = 0
    race: bool = False
    told_nights: bool = True
    night: int = 2
    foreign_told: bool = True
    remembered: int = 0
    read_only: bool = False
    check_margin: bool = True
    check_ticks: bool = True
    greeks: bool = True
    history: bool = True
    lines: int = 100
    rate: int = 50


@frozen(kw_only=True)
class Quoted:
    """What a test says is quoted, dollars a share; None for what is missing."""

    at: datetime
    bid: float | None
    ask: float | None
    last: float | None = None
    volume: float | None = None
    open_interest: float | None = None
    underlying: float | None = None


@frozen(kw_only=True)
class Due:
    """A session's official prices, that wait for the night."""

    at: datetime
    day: str
    prices: dict[str, Decimal]


@frozen(kw_only=True)
class Violation:
    """A message that was not as the protocol has it: who sent it, when by the virtual clock, and what was wrong."""

    at: datetime
    client_id: int
    why: str


@define(kw_only=True)
class State:
    """All that outlives the process.

    Attributes:
        now: the virtual clock; `began` is where it stood first.
        rules: how limits filled and what it cost at the beginning.
        orders: all that were ever taken, by permId.
        numbers: permIds by `client:orderId`.
        commissions: ids of executions whose commission is held back.
        set_quotes: what a test says is quoted, over the market.
        denied: how market data of a symbol is refused, by symbol; `*` for all.
        link: `up`, or `lost` between 1100 and 1101 or 1102.
        broken: farms that are.
        held_ids: client ids that a session of before still holds.
        highest: the highest order number seen from each client.
    """

    now: datetime = EPOCH
    began: datetime = EPOCH
    rules: Rules = Factory(Rules)
    accounts: dict[str, Books] = Factory(dict)
    orders: dict[int, Order] = Factory(dict)
    numbers: dict[str, int] = Factory(dict)
    fills: list[Fill] = Factory(list)
    commissions: list[str] = Factory(list)
    manners: Manners = Factory(Manners)
    faults: list[Fault] = Factory(list)
    set_quotes: dict[str, Quoted] = Factory(dict)
    denied: dict[str, int] = Factory(dict)
    due: list[Due] = Factory(list)
    violations: list[Violation] = Factory(list)
    link: str = field(default="up")
    broken: set[str] = Factory(set)
    held_ids: set[int] = Factory(set)
    next_perm: int = 1_900_000_001
    highest: dict[int, int] = Factory(dict)
