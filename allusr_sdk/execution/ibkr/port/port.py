"""`Port`: questions to a gateway, put from outside its loop; each has an answer, a refusal or an end."""

# mypy: disable-error-code="no-untyped-call"

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from weakref import finalize

from ib_async import ExecutionFilter, PriceIncrement
from ib_async.wrapper import RequestError

from allusr_sdk.errors import BrokerSilent
from allusr_sdk.execution.ibkr.link import Link
from allusr_sdk.execution.ibkr.port import wording
from allusr_sdk.execution.ibkr.port.gateway import Gateway
from allusr_sdk.execution.ibkr.port.loop import LATE, Loop
from allusr_sdk.execution.ibkr.port.staying import Staying
from allusr_sdk.execution.ibkr.port.subscriptions import Subscription
from allusr_sdk.execution.ibkr.records import (
    Asset,
    Chain,
    Details,
    Executed,
    Heard,
    Margin,
    Moved,
    OrderSeen,
    Outgoing,
    Refused,
    StatusSeen,
)
from allusr_sdk.ibkr import Ibkr
from allusr_sdk.model.views import Bar


class Port:
    """A connection that is made by the first question and held from then on, under one client id.

    Every question raises `BrokerSilent` where no whole answer came in time, and `Refused` where the answer is an error.
    An empty answer is one that was given: there is nothing.

    Args:
        settings: where and how patiently it is asked.
        client: its client id, where that is not the one of `settings`.
    """

    def __init__(self, settings: Ibkr, client: int | None = None) -> None:
        self._settings = settings
        self._client = settings.client_id if client is None else client
        self._loop = Loop(f"ibkr-{self._client}")
        self._staying = Staying(settings, self._client)
        self._began = False
        finalize(self, self._loop.close)  # a port that nobody has any more holds no client id

    @property
    def link(self) -> Link:
        """How far we reach now."""
        return self._staying.link

    def heard(self) -> Iterator[Heard]:
        """Everything that was told since the last time, in its order."""
        events = self._staying.events
        while events:
            yield events.popleft()

    def wait(self, seconds: float) -> bool:
        """Wait until something is heard; whether anything was."""
        return self._staying.awaited(seconds, lambda: bool(self._staying.events))

    def close(self) -> None:
        """Let the connection go."""
        self._loop.close()
        self._began = False

    # --- questions ---

    def time(self) -> datetime:
        """The gateway's clock, whole seconds in UTC. Whatever was sent before it is heard when it answers."""
        return self._ask("the time", lambda gateway: gateway.reqCurrentTimeAsync(), "currentTime")

    def accounts(self) -> tuple[str, ...]:
        """The accounts of the login."""
        return self._ask("accounts", _accounts)

    def positions(self) -> Sequence[Moved]:
        """What all accounts hold; each contract as it was told last."""
        told: Sequence[Moved] = self._ask("positions", lambda gateway: gateway.reqPositionsAsync(), "positions")  # type: ignore[arg-type, return-value]
        newest = {(each.account, each.asset.con_id): each for each in told}
        return [each for each in newest.values() if each.quantity != 0]

    def open_orders(self) -> Sequence[OrderSeen | StatusSeen]:
        """All working orders, those of other clients and of people too, each with its status behind it."""
        return self._ask("open orders", lambda gateway: gateway.reqAllOpenOrdersAsync(), "openOrders")  # type: ignore[arg-type, return-value]

    def completed(self) -> Sequence[OrderSeen]:
        """Orders that ended today."""
        return self._ask("completed orders", lambda gateway: gateway.reqCompletedOrdersAsync(False), "completedOrders")  # type: ignore[arg-type, return-value]

    def executions(self, account: str) -> Sequence[Executed]:
        """Executions that the gateway remembers; their fees are heard beside them."""
        asked = ExecutionFilter(acctCode=account)
        return self._ask("executions", lambda gateway: gateway.reqExecutionsAsync(asked))  # type: ignore[arg-type, return-value]

    def values(self, account: str) -> dict[str, tuple[str, str]]:
        """Values of an account as they are now: text and currency by IBKR's names."""
        return self._ask(f"values of account {account}", lambda gateway: _values(gateway, account))

    def details(self, asset: Asset) -> Sequence[Details]:
        """Every contract that fits a description. Raises `Refused` 200 where none does."""
        found = self._ask(
            f"contract {asset.symbol} {asset.expiry}".strip(),
            lambda gateway: gateway.reqContractDetailsAsync(wording.contract_of(asset)),
        )
        return [wording.details_of(each) for each in found]

    def chains(self, symbol: str, con_id: int, kind: str = "STK") -> Sequence[Chain]:
        """The option classes of a share or index that SMART routes."""
        found = self._ask(
            f"chains of {symbol}", lambda gateway: gateway.reqSecDefOptParamsAsync(symbol, "", kind, con_id)
        )
        return [wording.chain_of(each) for each in found if each.exchange == wording.SMART]

    def bars(self, asset: Asset, length: str = "2 Y") -> Sequence[Bar]:
        """Daily bars of regular hours, oldest first; the running session's is among them, as it is so far.

        Raises `Refused` 162 where there are none, or where it was asked too often.
        """
        found = self._ask(
            f"daily bars of {asset.symbol}",
            lambda gateway: gateway.reqHistoricalDataAsync(
                wording.contract_of(asset), "", length, "1 day", "TRADES", True, timeout=0
            ),
        )
        return [bar for bar in map(wording.bar_of, found) if bar is not None]

    def rule(self, number: int) -> tuple[tuple[Decimal, Decimal], ...]:
        """A market rule: price increments in dollars from a price on."""
        found = self._ask(f"market rule {number}", lambda gateway: _rule(gateway, number), f"marketRule-{number}")
        return tuple((Decimal(str(each.lowEdge)), Decimal(str(each.increment))) for each in found)

    def what_if(self, order: Outgoing) -> Margin:
        """What an order would need. Raises `Refused` with the reason where it would not be taken."""
        state = self._ask(
            f"margin of {order.reference}",
            lambda gateway: gateway.whatIfOrderAsync(
                wording.contract_of(order.asset, order.legs), wording.order_of(order)
            ),
        )
        return wording.margin_of(state)

    # --- deeds, whose answers are heard ---

    def number(self) -> int:
        """A number that no order has yet."""
        return self._ask("an order number", _number)

    def place(self, order: Outgoing) -> None:
        """Send an order, or what an order of this number is to become."""
        self._ask(f"order {order.reference}", lambda gateway: _place(gateway, order))

    def cancel(self, number: int) -> None:
        """Ask for the end of an order of ours."""
        self._ask(f"cancel of order {number}", lambda gateway: _cancel(gateway, number))

    def cancel_all(self) -> None:
        """Ask for the end of every order of the login: other clients' and people's too."""
        self._ask("global cancel", _cancel_all)

    def subscribe(self, asset: Asset, generics: str = "") -> Subscription:
        """A market data line; `quotes` of the link says whether it may be used."""
        line = Subscription(asset, generics)

        async def ask(gateway: Gateway) -> None:
            self._staying.lines.add(line, gateway)

        self._ask(f"market data of {asset.symbol}", ask)
        return line

    def renew(self, line: Subscription) -> None:
        """Ask again for a line that was refused."""

        async def ask(gateway: Gateway) -> None:
            self._staying.lines.renew(line, gateway)

        self._ask(f"market data of {line.asset.symbol}", ask)

    def data_type(self, number: int) -> None:
        """What is shown where live data is not subscribed: 1 nothing, 3 delayed data."""

        async def ask(gateway: Gateway) -> None:
            gateway.client.reqMarketDataType(number)

        self._ask("the market data type", ask)

    def unsubscribe(self, line: Subscription) -> None:
        """Give a line back."""

        async def ask(gateway: Gateway) -> None:
            self._staying.lines.drop(line, gateway)

        self._ask(f"end of market data of {line.asset.symbol}", ask)

    # --- how it is asked ---

    def _ask[T](self, what: str, make: Callable[[Gateway], Awaitable[T]], kind: str = "") -> T:
        """One question; of a `kind` without numbers one at a time, and the connection is let go with a lost answer."""
        gateway = self._gateway(what)

        async def question() -> T:
            unread = gateway.ear.unread
            answer = await (self._staying.one(kind, lambda: make(gateway)) if kind else make(gateway))
            if gateway.ear.unread != unread:
                raise ConnectionError("a part of the answer could not be read")
            return answer

        try:
            return self._loop.ask(question(), self._settings.seconds)
        except RequestError as why:
            raise Refused(why.code, why.message) from None
        except TimeoutError:
            if kind:
                self._loop.begin(self._dropped(gateway)).result(LATE)
            raise self._silent(what, f"no answer in {self._settings.seconds} s") from None
        except (OSError, AssertionError) as why:
            raise self._silent(what, str(why)) from None

    def _gateway(self, what: str) -> Gateway:
        staying = self._staying
        if not self._began:
            self._began = staying.trying = True
            self._loop.begin(staying.keep())
        staying.awaited(self._settings.seconds, lambda: staying.reached or not staying.trying)
        gateway = staying.gateway
        if gateway is None:
            raise self._silent(what, staying.link.why)
        return gateway

    async def _dropped(self, gateway: Gateway) -> None:
        self._staying.drop(gateway)

    def _silent(self, what: str, why: str) -> BrokerSilent:
        told = self._settings
        return BrokerSilent(f"IBKR at {told.host}:{told.port}, client {self._client}: {what}: {why}")


async def _accounts(gateway: Gateway) -> tuple[str, ...]:
    return tuple(gateway.client.getAccounts())


async def _number(gateway: Gateway) -> int:
    return gateway.client.getReqId()


async def _values(gateway: Gateway, account: str) -> dict[str, tuple[str, str]]:
    number = gateway.client.getReqId()
    waiting = gateway.ear.startReq(number)
    gateway.client.reqAccountUpdatesMulti(number, account, "", False)
    rows = await waiting
    gateway.client.cancelAccountUpdatesMulti(number)
    told = [each for each in rows if each.account == account]
    return {each.tag: (each.value, each.currency) for each in sorted(told, key=lambda each: each.currency == "USD")}


async def _rule(gateway: Gateway, number: int) -> Sequence[PriceIncrement]:
    waiting = gateway.ear.startReq(f"marketRule-{number}")
    gateway.client.reqMarketRule(number)
    return list(await waiting)


async def _place(gateway: Gateway, order: Outgoing) -> None:
    gateway.client.placeOrder(order.number, wording.contract_of(order.asset, order.legs), wording.order_of(order))


async def _cancel(gateway: Gateway, number: int) -> None:
    gateway.client.cancelOrder(number, "")


async def _cancel_all(gateway: Gateway) -> None:
    gateway.client.reqGlobalCancel()
