"""Orders out: rounded, asked for their margin, sent once, and waited for until TWS has said something of them."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from math import gcd
from time import monotonic

from attrs import evolve

from allusr_sdk.errors import BrokerSilent
from allusr_sdk.execution.ibkr.contracts import COMBO_STEP, Unlisted, rounded
from allusr_sdk.execution.ibkr.hearing import Hearing
from allusr_sdk.execution.ibkr.link import Reach
from allusr_sdk.execution.ibkr.orders import Tracked
from allusr_sdk.execution.ibkr.records import Details, Leg, Outgoing, Refused
from allusr_sdk.model.broker import Part, Ticket, key_of

NOT_KNOWN = "IBKR knows no order of this reference"
LOOK = 0.5
"""Seconds between two looks at what was heard, where nothing wakes us."""


class Sending:
    """What the engine asks to be done."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing, self._port, self._orders = hearing, hearing.port, hearing.orders

    def submit(self, ticket: Ticket) -> None:
        """Send an order whose reference nobody knows; what became of it is told by news.

        Raises:
            BrokerSilent: it is unknown whether TWS has it, or nothing may be sent now.
        """
        self._hearing.refresh()
        known = self._orders.get(ticket.reference)
        if known is not None and not (known.heard or known.end):
            self._lost(known)
        if ticket.reference in self._hearing.references or self._orders.get(ticket.reference) is not None:
            return
        self._may_send(f"order {ticket.reference}")
        order = self._made(ticket)
        if order is not None and self._affordable(order, ticket):
            self._send(order, ticket)

    def reprice(self, reference: str, limit: Decimal) -> None:
        """Move a limit, under the order's own number."""
        self._hearing.refresh()
        order = self._orders.get(reference)
        if order is None:
            self._orders.tell(reference, "rejected", reason=NOT_KNOWN)
            return
        if order.sent is None or not order.works:
            why = "it was done before" if not order.works else "an engine of before sent it: it is ended, not changed"
            self._orders.tell(reference, "kept", reason=why)
            return
        self._may_send(f"new limit of {reference}")
        wanted = rounded(limit, self._grid(order.sent), buys=order.sent.buys)
        if wanted == order.limit:
            self._orders.tell(reference, "repriced", limit=wanted)
            return
        order.asked, order.sent = wanted, evolve(order.sent, limit=wanted)
        self._port.place(order.sent)
        if not self._awaited(lambda: order.asked is None or not order.works):
            raise BrokerSilent(f"IBKR: the new limit of {reference} was not acknowledged")

    def cancel(self, reference: str) -> None:
        """Ask for an order's end. One that TWS does not confirm at once, as outside of hours, is confirmed later."""
        self._hearing.refresh()
        order = self._orders.get(reference)
        if order is None:
            self._orders.tell(reference, "rejected", reason=NOT_KNOWN)
        elif not order.works:
            self._orders.tell(reference, "kept", reason="it was done before")
        elif order.number <= 0:
            self._orders.tell(reference, "kept", reason="another client placed it, and only that one can end it")
        else:
            self._may_send(f"cancel of {reference}")
            self._ended(order)

    def resolve(self) -> None:
        """Find out what became of orders that TWS never acknowledged. Raises `BrokerSilent` where it does not tell."""
        for order in [each for each in self._orders if each.sent and not each.heard and not each.end]:
            if self._absent(order):
                self._rejected(order)

    # --- orders that nothing was heard of ---

    def _lost(self, order: Tracked) -> None:
        """Nothing is left of an order that is proven lost with its connection: it may be sent once more. One that TWS
        got over this connection and says nothing of may not, whatever it says later."""
        if self._absent(order) and order.joins == self._port.link.joins:
            self._rejected(order)

    def _rejected(self, order: Tracked) -> None:
        self._orders.lost(
            self._orders.track(order), "rejected", "never acknowledged, and IBKR does not know it", monotonic()
        )

    def _absent(self, order: Tracked) -> bool:
        """Whether TWS proves that it has not got an order: it is not among all others, twice, and not known by number.

        Raises:
            BrokerSilent: TWS does not say so, and does not tell anything else of it.
        """
        for _ in range(2):
            self._hearing.reread()
            if order.heard or order.end or order.reference in self._hearing.references:
                return False
        self._ended(order)
        if order.heard or order.end:
            return False
        if not order.unsure:
            raise self._unacknowledged(order)
        self._orders.forget(order)
        return True

    # --- one order ---

    def _made(self, ticket: Ticket) -> Outgoing | None:
        """The order of a ticket; None where it cannot be one, which is told."""
        try:
            found = [self._hearing.contracts.details(part.instrument) for part in ticket.legs]
            ticks = self._ticks(found)
        except (Unlisted, Refused) as why:
            self._orders.tell(ticket.reference, "rejected", reason=str(why))
            return None
        lots, first = gcd(*(part.quantity for part in ticket.legs)), ticket.legs[0]
        combo = len(ticket.legs) > 1
        buys = combo or first.quantity > 0
        limit = rounded(ticket.limit, ticks, buys=buys)
        if limit <= 0 and not combo:
            self._orders.tell(ticket.reference, "rejected", reason=f"limit {ticket.limit} is less than one tick")
            return None
        return Outgoing(
            number=0, account=self._hearing.account, reference=ticket.reference,
            asset=found[0].asset, buys=buys, lots=lots, limit=limit, until=ticket.until,
            legs=_legs(ticket, found, lots) if combo else (),
        )  # fmt: skip

    def _ticks(self, found: list[Details]) -> tuple[tuple[Decimal, Decimal], ...]:
        return ((Decimal(0), COMBO_STEP),) if len(found) > 1 else tuple(self._hearing.contracts.ticks(found[0]))

    def _grid(self, sent: Outgoing) -> tuple[tuple[Decimal, Decimal], ...]:
        if sent.legs:
            return ((Decimal(0), COMBO_STEP),)
        return self._ticks([self._hearing.contracts.details(self._hearing.contracts.met(sent.asset))])

    def _affordable(self, order: Outgoing, ticket: Ticket) -> bool:
        """Whether what an opening order needs is there; what is not known is not there."""
        if not opens(ticket, self._hearing.held):
            return True
        why = self._lacking(order)
        if why:
            self._orders.tell(ticket.reference, "rejected", reason=f"margin: {why}")
        return not why

    def _lacking(self, order: Outgoing) -> str:
        try:
            margin = self._port.what_if(order)
        except Refused as why:
            return f"{why.code} {why.text}"
        if margin.initial is None or margin.equity is None:
            return f"IBKR did not tell it: initial {margin.initial}, equity with loan {margin.equity}"
        if margin.initial > margin.equity:
            return f"initial margin {margin.initial:,.2f} would be more than equity with loan {margin.equity:,.2f}"
        return ""

    def _send(self, order: Outgoing, ticket: Ticket) -> None:
        order, first = evolve(order, number=self._port.number()), ticket.legs[0]  # higher than that of its what-if
        tracked = self._orders.track(Tracked(
            reference=ticket.reference, number=order.number, sent=order, first=first.instrument,
            each=first.quantity // order.lots, lots=order.lots, joins=self._port.link.joins,
            limit=order.limit,
        ))  # fmt: skip
        self._port.place(order)
        if not self._awaited(lambda: tracked.heard or bool(tracked.end)):
            raise self._unacknowledged(tracked)

    def _ended(self, order: Tracked) -> bool:
        """Ask for an order's end and wait for an answer; whether one came."""
        order.ending = order.wanted = True
        self._port.cancel(order.number)
        answered = self._awaited(lambda: not (order.ending and order.works) or order.unsure)
        self._port.time()  # it lives: what has no answer waits for one
        return answered

    # --- waiting ---

    def _may_send(self, what: str) -> None:
        link = self._port.link
        if not link.trades:
            raise BrokerSilent(f"IBKR: {what} is not sent: {link.reach.value}, {link.why}")

    def _awaited(self, answered: Callable[[], bool]) -> bool:
        """Wait for an answer as long as one may take; whether it came."""
        end, reads = monotonic() + self._hearing.settings.acknowledged, self._port.link.reads
        while not answered():
            left, link = end - monotonic(), self._port.link
            if left <= 0 or link.reads != reads or link.reach is Reach.DOWN:
                return False
            self._port.wait(min(left, LOOK))
            self._hearing.drain()
        return True

    def _unacknowledged(self, order: Tracked) -> BrokerSilent:
        what = (
            f"order {order.reference} was not acknowledged in {self._hearing.settings.acknowledged} s: "
            "look whether TWS shows a dialog that waits"
        )
        self._hearing.alarm(what, key_of(order.reference), "ORD-2")
        return BrokerSilent(f"IBKR: {what}")


def opens(ticket: Ticket, held: Mapping[str, int]) -> bool:
    """Whether a ticket opens or enlarges a position by any of its legs."""

    def closes(part: Part) -> bool:
        there = held.get(part.instrument, 0)
        return there * part.quantity < 0 and abs(part.quantity) <= abs(there)

    return not all(map(closes, ticket.legs))


def _legs(ticket: Ticket, found: list[Details], lots: int) -> tuple[Leg, ...]:
    pairs = zip(ticket.legs, found, strict=True)
    return tuple(Leg(details.asset.con_id, part.quantity // lots) for part, details in pairs)
