"""IBKR's library with its gaps closed: whatever a gateway says is handed on, and no state of orders is kept.

Closed here: executions, fees and corrections are heard whoever's they are, notices about orders change nothing, an
execution in an unknown time zone is not lost, a message that cannot be read is told, and no value of a subscription
is older than the subscription.
"""

# mypy: disable-error-code="no-untyped-call"

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import ib_async
from ib_async.client import Client
from ib_async.decoder import Decoder
from ib_async.objects import AccountValue, CommissionReport, IBDefaults
from ib_async.util import UNSET_DOUBLE
from ib_async.wrapper import RequestError, Wrapper

from allusr_sdk.execution.ibkr.errors import Context, Meaning, meaning
from allusr_sdk.execution.ibkr.port import wording
from allusr_sdk.execution.ibkr.port.pacer import Pacer
from allusr_sdk.execution.ibkr.records import Charged, Garbled, Heard, Moved, Said, StatusSeen, Tick

type Tell = Callable[[Heard], None]
type Ticked = Callable[[int, Tick], None]

logging.getLogger("ib_async").addHandler(logging.NullHandler())  # what it says is heard here, and not printed

ANSWERS = frozenset({3, 5, 11, 61, 101})
"""Messages of which answers are made that must be whole: statuses, orders, executions, positions, completed orders."""
AMOUNTS: Mapping[int, tuple[int, ...]] = {3: (3,), 5: (14,), 11: (19, 20), 59: (3,), 61: (14,)}
"""Places of quantities, prices and fees by message: the library reads 0 where nothing is told."""
EXECUTION, _CLOCK = 11, 15
"""Number of the message that tells an execution, and the place of its time in it."""
RATE = 40
"""Messages a second at most: IBKR allows 50, and counts them as they arrive, some closer together than they left."""
_GREEKS = ("volatility", "delta", "price", "dividend", "gamma", "vega", "theta", "underlying")


class Ear(Wrapper):
    """Hears messages and passes them on. It keeps no trades, fills, positions or tickers.

    Attributes:
        refused: why the client id was not had; empty while nobody says so.
        unread: messages of answers that could not be read: an answer in which one came is not whole.
    """

    def __init__(self, ib: ib_async.IB, tell: Tell, ticked: Ticked) -> None:
        self.tell, self.ticked = tell, ticked
        self.refused, self.unread = "", 0
        super().__init__(ib, defaults=IBDefaults())

    def _collect(self, key: object, what: object) -> None:
        if key in self._results:
            self._results[key].append(what)

    # --- orders ---

    def openOrder(
        self, orderId: int, contract: ib_async.Contract, order: ib_async.Order, orderState: ib_async.OrderState
    ) -> None:
        if order.whatIf:
            if wording.told_margin(orderState):
                self._endReq(order.orderId, orderState)
            return
        self.ib.client.updateReqId(orderId + 1)
        found = wording.seen(orderId, contract, order, orderState)
        self._collect("openOrders", found)
        self.tell(found)

    def completedOrder(
        self, contract: ib_async.Contract, order: ib_async.Order, orderState: ib_async.OrderState
    ) -> None:
        self._collect("completedOrders", wording.seen(0, contract, order, orderState))

    def orderStatus(
        self, orderId: int, status: str, filled: float, remaining: float, avgFillPrice: float, permId: int,
        parentId: int, lastFillPrice: float, clientId: int, whyHeld: str, mktCapPrice: float = 0.0,
    ) -> None:  # fmt: skip
        found = StatusSeen(
            order_id=orderId, client_id=clientId, perm_id=permId, status=status, filled=wording.whole(filled),
            held=whyHeld,
        )  # fmt: skip
        self._collect("openOrders", found)
        self.tell(found)

    def execDetails(self, reqId: int, contract: ib_async.Contract, execution: ib_async.Execution) -> None:
        found = wording.executed(contract, execution)
        self._collect(reqId, found)
        self.tell(found)

    def commissionReport(self, commissionReport: CommissionReport) -> None:
        fee = wording.amount(commissionReport.commission)
        if fee is not None:
            told = commissionReport
            self.tell(Charged(execution=told.execId, fee=fee, currency=told.currency))

    # --- account ---

    def position(self, account: str, contract: ib_async.Contract, posSize: float, avgCost: float) -> None:
        found = Moved(account=account, asset=wording.asset_of(contract), quantity=wording.whole(posSize))
        self._collect("positions", found)
        self.tell(found)

    def accountUpdateMulti(self, reqId: int, account: str, modelCode: str, tag: str, val: str, currency: str) -> None:
        self._collect(reqId, AccountValue(account, tag, val, currency, modelCode))

    # --- notices ---

    def error(self, reqId: int, errorCode: int, errorString: str, advancedOrderRejectJson: str) -> None:
        asked = reqId in self._futures
        means = meaning(errorCode, Context.REQUEST if asked else Context.NONE)
        if means is Meaning.TAKEN:
            self.refused = f"{errorCode} {errorString}"
        if asked and means is Meaning.FAIL:
            self._endReq(reqId, RequestError(reqId, errorCode, errorString), success=False)
        if not asked:
            self.tell(Said(number=reqId, code=errorCode, text=errorString))

    # --- subscriptions ---

    def _tick(self, reqId: int, kind: int, **values: float | str) -> None:
        self.ticked(reqId, Tick(kind=kind, at=monotonic(), values=values))

    def priceSizeTick(self, reqId: int, tickType: int, price: float, size: float) -> None:
        self._tick(reqId, tickType, price=price, size=size)

    def tickSize(self, reqId: int, tickType: int, size: float) -> None:
        self._tick(reqId, tickType, size=size)

    def tickGeneric(self, reqId: int, tickType: int, value: float) -> None:
        self._tick(reqId, tickType, value=value)

    def tickString(self, reqId: int, tickType: int, value: str) -> None:
        self._tick(reqId, tickType, text=value)

    def marketDataType(self, reqId: int, marketDataId: int) -> None:
        self._tick(reqId, 0, type=marketDataId)

    def tickReqParams(self, reqId: int, minTick: float, bboExchange: str, snapshotPermissions: int) -> None:
        pass

    def tickOptionComputation(self, reqId: int, tickType: int, tickAttrib: int, *values: float | None) -> None:
        known = {name: value for name, value in zip(_GREEKS, values, strict=True) if value is not None}
        self._tick(reqId, tickType, **known)


class Reader(Decoder):
    """Reads messages; what cannot be read is told instead of being logged."""

    def __init__(self, ear: Ear, zone: str) -> None:
        super().__init__(ear, 0)
        self._ear, self._zone = ear, zone

    def interpret(self, fields: Sequence[str]) -> None:
        number = int(fields[0]) if fields and fields[0].isdigit() else -1
        told = list(fields)
        try:
            for place in AMOUNTS.get(number, ()):
                told[place] = told[place] or str(UNSET_DOUBLE)
            self.handlers[number](told)
        except Exception as why:  # one message that is not as expected must not end the connection
            self._ear.unread += number in ANSWERS
            self._ear.tell(Garbled(message=number, why=f"{type(why).__name__}: {why}"))

    def execDetails(self, fields: list[str]) -> None:
        """An execution whose time zone this machine does not know is taken by the gateway's own, and told."""
        day, clock, *zone = fields[_CLOCK].split()
        if not zone or not _known(zone[0]):
            fields[_CLOCK] = f"{day} {clock} {self._zone}"
        if zone and not _known(zone[0]):
            self._ear.tell(Garbled(message=EXECUTION, why=f"time zone {zone[0]} is not known: read as {self._zone}"))
        super().execDetails(fields)


class Paced(Client):
    """Speaks to a gateway at our pace. The library's own counts from before a message is written, and so a loop that
    was held up may let twice as many go within a second."""

    def __init__(self, ear: Ear) -> None:
        super().__init__(ear)
        self._pacer: Pacer | None = None

    def sendMsg(self, msg: str) -> None:
        if self._pacer is None:
            loop = asyncio.get_running_loop()
            self._pacer = Pacer(RATE, self.conn.sendMsg, loop.time, loop.call_later)
        self._pacer.send(self._prefix(msg.encode()))


class Gateway(ib_async.IB):
    """One connection, that is used once.

    Args:
        tell: what hears everything; called in the loop's thread, and may only put it away.
        ticked: the same for values of subscriptions, with the request's number.
        zone: of executions that name none.

    Attributes:
        gone: set when the socket is closed.
    """

    RaiseRequestErrors = True

    def __init__(self, tell: Tell, ticked: Ticked, zone: str) -> None:
        super().__init__()
        self.ear = Ear(self, tell, ticked)
        self.wrapper = self.ear
        self.client = Paced(self.ear)
        self.client.decoder = Reader(self.ear, zone)
        self.gone = asyncio.Event()
        self.client.conn.disconnected += self._ended

    def __del__(self) -> None:
        """It is closed by name."""

    def _ended(self, _: str) -> None:
        self.gone.set()

    def close(self) -> None:
        """Let the connection go; requests that wait are failed."""
        waiting: Mapping[Any, Any] = dict(self.ear._futures)
        for future in waiting.values():
            if not future.done():
                future.set_exception(ConnectionError("the connection was let go"))
                future.exception()  # whoever waits has it; nobody may wait any more
        self.ear.setTimeout(0)
        self.client.disconnect()


def _known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return False
    except KeyError:
        return False
    return True
