"""`Deeds`: what a test's hand can do to the simulator, and see of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from allusr_sdk.errors import InputError
from allusr_sdk.testing.tws import tell
from allusr_sdk.testing.tws.faults import Fault
from allusr_sdk.testing.tws.messages import MESSAGES
from allusr_sdk.testing.tws.nights import Nights
from allusr_sdk.testing.tws.records import Fill, Manners, Order, Quoted, Violation
from allusr_sdk.testing.tws.requests import REQUESTS
from allusr_sdk.testing.tws.session import Rate

if TYPE_CHECKING:
    from allusr_sdk.testing.tws.server import Server

FARMS = {
    2103: "Market data farm connection is broken:", 2104: "Market data farm connection is OK:",
    2105: "HMDS data farm connection is broken:", 2106: "HMDS data farm connection is OK:",
    2107: "HMDS data farm connection is inactive but should be available upon demand.",
    2108: "Market data farm connection is inactive but should be available upon demand.",
    2119: "Market data farm is connecting:", 2157: "Sec-def data farm connection is broken:",
    2158: "Sec-def data farm connection is OK:",
}  # fmt: skip
BREAKING, MENDING = {2103: 2104}, {2104: 2103}
LINKS = {
    1100: "Connectivity between IB and Trader Workstation has been lost.",
    1101: "Connectivity between IB and Trader Workstation has been restored - data lost.",
    1102: "Connectivity between IB and Trader Workstation has been restored - data maintained.",
}
LOOKING = frozenset(
    {"now", "orders", "fills", "account", "violations", "rates", "clients", "faults", "con_id", "lines"}
)


@frozen(kw_only=True)
class Seen:
    """An account as its books have it, dollars."""

    cash: Decimal
    holdings: dict[str, int]
    averages: dict[str, Decimal]
    nav: Decimal


class Deeds(Nights):
    """Every verb of the control. What cannot be done raises `InputError`, and then nothing was."""

    def __init__(self, server: "Server") -> None:
        super().__init__(server.world)
        self._server = server

    def reset(self) -> None:
        """Everything is as at the beginning but for conIds, and a market, which goes on; clients are cut off."""
        self.mute(False)
        self.silent(False)
        self._world.renew()
        self._server.renew()

    # --- time and market ---

    def now(self) -> datetime:
        """The virtual clock."""
        return self._state.now

    def advance(self, to: datetime) -> datetime:
        """Let time pass up to an instant: the market moves, orders fill and end, nights are booked."""
        self._world.advance(to)
        return self._state.now

    def tick(self, seconds: float) -> datetime:
        """Let so many seconds pass."""
        return self.advance(self._state.now + timedelta(seconds=seconds))

    def step(self) -> datetime | None:
        """Let time pass up to the market's next snapshot; None where there is none."""
        at = self._world.market.next_at
        return None if at is None else self.advance(at)

    def pace(self, speed: float) -> None:
        """Virtual seconds a second from now on; 0 for a clock that stands."""
        self._server.speed = speed

    def quote(
        self, instrument: str, bid: float | None, ask: float | None, *, last: float | None = None,
        volume: float = 1000, open_interest: float = 5000, underlying: float | None = None,
    ) -> None:  # fmt: skip
        """Quote an instrument so, dollars a share, whatever the market says; None is a side that is missing."""
        sides = {"bid": bid, "ask": ask, "last": last, "underlying": underlying}
        told = Quoted(at=self._state.now, volume=volume, open_interest=open_interest, **sides)
        self._world.quote(instrument, told)

    def unquote(self, instrument: str) -> None:
        """The market's own quotes again."""
        self._world.quote(instrument, None)

    def deny(self, symbol: str, code: int = 354) -> None:
        """Market data of a symbol (`*` for all) is refused by 354, or by 10168 or 10197; 354 allows delayed data."""
        self._state.denied[symbol] = code
        for session in self._server.sessions:
            for line in [each for each in session.lines.values() if self._world.denied(each.instrument)]:
                del session.lines[line.number]
                session.error(code, "Requested market data is not subscribed.", line.number)

    def grant(self, symbol: str) -> None:
        """Market data of a symbol is live again."""
        self._state.denied.pop(symbol, None)

    def farm(self, code: int, name: str = "usfarm") -> None:
        """A farm notice, 2103 to 2108, 2119, 2157 or 2158; between 2103 and 2104 no quotes come."""
        self._state.broken |= {name} if code in BREAKING else set()
        self._state.broken -= {name} if code in MENDING else set()
        self._world.out.append(tell.error(code, f"{FARMS[_one_of(code, FARMS)]}{name}"))

    def link(self, code: int) -> None:
        """1100 cuts TWS off from IBKR: what happens is told after 1101, which loses all lines, or 1102."""
        text, waiting = LINKS[_one_of(code, LINKS)], self._world.out
        self._world.out = [tell.error(code, text)]
        self._state.link = "up"
        if code == 1100:
            self._server.publish(changed=True)
            self._state.link = "lost"
        for session in self._server.sessions if code == 1101 else ():
            session.lines.clear()
        self._world.out += waiting

    # --- orders ---

    def turn(self, change: Manners, names: tuple[str, ...]) -> None:
        """Take over the manners of these names from `change`."""
        self._state.manners = evolve(self._state.manners, **{name: getattr(change, name) for name in names})
        for books in self._state.accounts.values():
            books.rules = self._state.manners.rules

    def fill(
        self, reference: str, lots: int | None = None, price: Decimal | None = None, *, done: bool = False
    ) -> None:
        """Fill an order: all that it misses at its limit, or so many lots, or at another price.

        With `done` one that is cancelled is filled too, as it happens.
        """
        order = self._order(reference)
        count = order.left if lots is None else lots
        if not (order.working or done) or not 0 < count <= order.left:
            raise InputError(f"order {reference}: {order.status}, {order.left} left, so {count} cannot be filled")
        self._world.fill(order, count, order.limit if price is None else price)

    def cancel(self, reference: str, why: str = "") -> None:
        """TWS ends an order by itself."""
        self._world.end(self._order(reference), "Cancelled", 202, f"Order Canceled - reason:{why}")

    def hold(self, reference: str, why: str = "locate") -> None:
        """An order becomes Inactive for a while, `why` in whyHeld; `resume` ends it."""
        order = self._world.keep(evolve(self._order(reference), status="Inactive"))
        told = tell.status(order)
        self._world.out.append(evolve(told, values={**told.values, "whyHeld": why}))

    def resume(self, reference: str) -> None:
        """An order that was held works again."""
        self._world.tell_order(self._world.keep(evolve(self._order(reference), status="Submitted")))

    def inform(self, reference: str, code: int, text: str) -> None:
        """Tell an error about an order that changes nothing: 399, 404, 2109, 10349, ..."""
        order = self._order(reference)
        self._world.out.append(tell.error(code, text, order.order_id, order.client_id))

    def say(self, code: int, text: str) -> None:
        """Tell an error that is about no request."""
        self._world.out.append(tell.error(code, text))

    def again(self, reference: str) -> None:
        """Tell an order, its status and all its executions once more."""
        order = self._order(reference)
        self._world.tell_order(order)
        self._world.out += [
            tell.execution(fill, self._world.registry) for fill in self._state.fills if fill.perm_id == order.perm_id
        ]

    def manual(self, account: str, instrument: str, quantity: int, limit: Decimal) -> int:
        """A person places an order in TWS itself; gives its permId."""
        self._books(account)
        return self._world.manual(account, instrument, quantity, limit).perm_id

    def correct(self, execution: str, price: Decimal | None = None, fee: Decimal | None = None) -> str:
        """Tell an execution otherwise, by its newest id; gives the new one."""
        return self._world.correct(execution, price, fee)

    def release_commissions(self) -> None:
        """Tell the commissions that were held back, and hold no more."""
        held, self._state.commissions = self._state.commissions, []
        self._state.manners = evolve(self._state.manners, hold_commissions=False)
        for fill in [each for each in self._state.fills if each.id in held]:
            self._world.settle_commission(fill)

    # --- connections ---

    def fault(self, fault: Fault) -> None:
        """Something goes wrong with the next messages of a name, in either direction."""
        asked = fault.message in {layout.name for layout in REQUESTS.values()}
        if asked and fault.deed in ("hold", "swap", "garble", "change"):
            raise InputError(f"{fault.message}: a client asks as it does: {fault.deed} is for what TWS tells")
        if not asked and fault.message not in (*MESSAGES, "*"):
            raise InputError(f"{fault.message}: no message of this name: the layouts have them all")
        self._state.faults.append(fault)

    def mend(self) -> None:
        """No fault is left; what they held stays held."""
        self._state.faults.clear()

    def release(self, order: tuple[int, ...] = ()) -> None:
        """Tell what faults held back: what stands at these places, from 0, first, and the rest behind it."""
        for session in self._server.sessions:
            session.release(order)

    def mute(self, on: bool = True) -> None:
        """Clients stay connected and hear nothing."""
        self._server.muted = on
        for session in self._server.sessions:
            session.muted = on

    def silent(self, on: bool = True) -> None:
        """Connections are accepted and not greeted: a gateway that nobody has logged in to."""
        self._server.silent = on

    def hold_id(self, client: int) -> None:
        """A session of before holds a client id: whoever comes with it gets 326."""
        self._state.held_ids.add(client)

    def free_id(self, client: int) -> None:
        """The id may be used again."""
        self._state.held_ids.discard(client)

    def cut(self, client: int | None = None) -> None:
        """Cut a client off, or all."""
        for session in self._server.sessions:
            if client in (None, session.client):
                session.cut()

    def down(self) -> None:
        """Clients are cut off, and refused."""
        self._server.up = False
        self.cut()

    def up(self) -> None:
        """Clients may connect again."""
        self._server.up = True

    def stop(self) -> None:
        """The process ends; its state stays."""
        self._server.ending.set()

    # --- what can be seen ---

    def orders(self) -> tuple[Order, ...]:
        """Every order that was ever taken."""
        return tuple(self._state.orders.values())

    def fills(self) -> tuple[Fill, ...]:
        """Every execution that was told or could be asked for."""
        return tuple(self._state.fills)

    def account(self, name: str) -> Seen:
        """An account as its books have it."""
        books = self._books(name)
        return Seen(
            cash=books.cash, holdings=dict(books.holdings), nav=books.worth(self._world.price).nav,
            averages={each: books.average(each) for each in books.holdings},
        )  # fmt: skip

    def violations(self) -> tuple[Violation, ...]:
        """How clients broke the protocol; none after a good test."""
        return tuple(self._state.violations)

    def rates(self) -> tuple[Rate, ...]:
        """How fast clients asked, those that are gone too."""
        return (*self._server.rates, *(session.rate for session in self._server.sessions))

    def clients(self) -> tuple[int, ...]:
        """The ids of the clients that are connected."""
        return tuple(session.client for session in self._server.sessions if session.client >= 0)

    def lines(self) -> int:
        """Market data lines in use, over all clients."""
        return sum(len(session.lines) for session in self._server.sessions)

    def faults(self) -> tuple[Fault, ...]:
        """The faults that wait for their message."""
        return tuple(self._state.faults)

    def con_id(self, instrument: str) -> int:
        """The conId of an instrument."""
        return self._world.registry.id(instrument)

    def _order(self, reference: str) -> Order:
        found = [each for each in self._state.orders.values() if each.reference == reference]
        if not found:
            raise InputError(f"order {reference}: not known here")
        return next((each for each in found if each.working), found[-1])


def _one_of(code: int, known: Mapping[int, str]) -> int:
    if code not in known:
        raise InputError(f"code {code}: expected one of {', '.join(map(str, known))}")
    return code
