"""`IbkrBroker`: one account at Interactive Brokers, as a run asks it."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from time import monotonic

from allusr_sdk.errors import BrokerSilent
from allusr_sdk.execution.ibkr.account import NET, Account
from allusr_sdk.execution.ibkr.hearing import Hearing
from allusr_sdk.execution.ibkr.link import Link
from allusr_sdk.execution.ibkr.port import Port
from allusr_sdk.execution.ibkr.records import Alarm, OrderSeen
from allusr_sdk.execution.ibkr.sending import LOOK, Sending
from allusr_sdk.ibkr import Ibkr
from allusr_sdk.model.broker import Execution, Identity, Report, Statement, Ticket

LIVE_PORTS = frozenset({7496, 4001})
"""Ports that TWS and its gateway listen on for live accounts, unless somebody chose another."""
PAPER = "D"
"""How the names of paper accounts begin."""


def _worded(told: OrderSeen) -> str:
    whose = told.reference or ("a person" if told.order_id <= 0 else f"client {told.client_id}")
    what = told.asset.local_symbol or told.asset.symbol
    return (
        f"{told.account} {whose}: {'buy' if told.buys else 'sell'} {told.lots} {what} at {told.limit} ({told.perm_id})"
    )


class IbkrBroker:
    """A connection to TWS or its gateway (`allusr_sdk.contracts.broker.Broker`). Making it connects to nothing.

    Args:
        settings: where it is, and how long it is waited for.
        account: that is traded where `settings` name none.
        client: client id of a connection beside the one that sends orders; that of `settings` where it is left out.
    """

    def __init__(self, settings: Ibkr, account: str = "", client: int | None = None) -> None:
        self._settings = settings
        self._port = Port(settings, client)
        self._hearing = Hearing(self._port, settings, account)
        self._sending = Sending(self._hearing)
        self._account = Account(self._hearing)

    def identity(self) -> Identity:
        """Whose account this is; live where its name or the port says so.

        Raises:
            InputError: the login does not have the account, or several and none is named.
            BrokerSilent: it was not told.
        """
        account = self._hearing.account
        _, currency = self._port.values(account).get(NET, ("", ""))
        if not currency:
            raise BrokerSilent(f"IBKR: the currency of {account} was not told")
        live = not account.startswith(PAPER) or self._settings.port in LIVE_PORTS
        return Identity(
            account=account, live=live, currency=currency, permissions=frozenset(self._settings.permissions)
        )

    def statement(self, at: datetime) -> Statement:
        """The account as it is now, by IBKR's clock."""
        self._hearing.refresh()
        self._whole()
        self._sending.resolve()
        return self._account.statement()

    def submit(self, ticket: Ticket) -> None:
        """Hand an order in, once a reference; back when TWS has said something of it."""
        self._sending.submit(ticket)

    def reprice(self, reference: str, limit: Decimal) -> None:
        """Move the limit of a working order."""
        self._sending.reprice(reference, limit)

    def cancel(self, reference: str) -> None:
        """Ask for a working order's end."""
        self._sending.cancel(reference)

    def news(self, at: datetime) -> Sequence[Report | Execution]:
        """What happened since the last time, in TWS's order."""
        hearing = self._hearing
        hearing.refresh()
        if hearing.short():
            hearing.reread()
        while hearing.unpriced():
            self._port.wait(min(LOOK, self._settings.fees / 4))
            hearing.drain()
        return hearing.news(at)

    def close(self) -> None:
        """Let the connection go; orders stay."""
        self._port.close()

    # --- beside the engine ---

    @property
    def link(self) -> Link:
        """How far we reach now."""
        return self._port.link

    @property
    def alarms(self) -> Sequence[Alarm]:
        """What a person had to look at, oldest first, and the ends of it."""
        return tuple(self._hearing.alarms)

    def raised(self) -> Sequence[Alarm]:
        """The alarms that nobody has taken yet: a run takes them into its journal."""
        self._hearing.drain()
        raised = tuple(self._hearing.raised)
        self._hearing.raised.clear()
        return raised

    def cancel_everything(self) -> tuple[Sequence[str], Sequence[str]]:
        """In an emergency: ask for the end of every order of the login, those of other clients and people too.

        Returns:
            The orders that worked, as far as they can be read, and those that do still when TWS had its time, in words.

        Raises:
            BrokerSilent: it is unknown what became of them, or TWS is cut off from IBKR.
        """
        port = self._port
        port.time()
        if not port.link.trades:
            raise BrokerSilent(f"IBKR: nothing can be cancelled: {port.link.reach.value}, {port.link.why}")
        worked: Sequence[str] = ()
        with suppress(BrokerSilent):  # an order that cannot be read is no reason to let it work
            worked = self._working()
        port.cancel_all()
        end = monotonic() + self._settings.acknowledged
        self._hearing.alarm("all orders of the login were cancelled, foreign ones too", "everything", "KS-6")
        while (left := self._working()) and monotonic() < end:
            port.wait(LOOK)
            self._hearing.drain()
        return worked, left

    def _working(self) -> Sequence[str]:
        """Every order of the login that works, in words."""
        return [_worded(each) for each in self._port.open_orders() if isinstance(each, OrderSeen)]

    def _whole(self) -> None:
        link = self._port.link
        if not link.trades:
            raise BrokerSilent(f"IBKR: nothing is known of {self._hearing.account}: {link.reach.value}, {link.why}")
