"""`Account`: a broker account that works limit orders by simple rules, with no market and no socket."""

from datetime import UTC, datetime
from decimal import Decimal

from attrs import Factory, define, evolve

from allusr_sdk.errors import InputError
from allusr_sdk.model.broker import Execution, Holding, Identity, Part, Statement, Ticket
from allusr_sdk.model.money import usd
from allusr_sdk.testing.brokerage import pricing
from allusr_sdk.testing.brokerage.corporate import Corporate
from allusr_sdk.testing.brokerage.records import Placed, Rules, contract, lots

NEVER = datetime.max.replace(tzinfo=UTC)
ZERO = Decimal("0.00")
PERMISSIONS = frozenset({"shares", "options", "spreads"})


@define(kw_only=True)
class Account(Corporate):
    """An account with its orders, by the broker's numbers.

    An order fills at its touch where its limit reaches it, and otherwise as `Rules.fills` says; combos fill whole. What
    happened waits in `out`, in order.
    """

    orders: dict[str, Placed] = Factory(dict)
    numbers: dict[str, str] = Factory(dict)
    live: bool = False
    currency: str = "USD"
    permissions: frozenset[str] = PERMISSIONS

    @classmethod
    def opened_with(cls, cash: Decimal, **rest: object) -> "Account":
        """An account that begins with so many dollars."""
        return cls(opened=usd(cash), cash=usd(cash), **rest)  # type: ignore[arg-type]

    def identity(self) -> Identity:
        """Whose account it is."""
        return Identity(account=self.name, live=self.live, currency=self.currency, permissions=self.permissions)

    def play(self, rules: Rules) -> None:
        """Fill and charge by other rules from now on; what works already waits for its next limit."""
        self.rules = rules

    def advance(self, at: datetime) -> None:
        """Tell it an instant: orders end whose time is over, and what fills in parts goes on. Time never goes back."""
        if at <= self.now:
            return
        if at.date() != self.now.date():
            self.before = self.now.date()
        self.now = at
        for order in [each for each in self.orders.values() if each.working]:
            if order.ticket.until <= at:
                self._end(order, "expired", at=order.ticket.until)
            elif order.filling:
                self._fill(order, self._portion(order), self._better(order))

    def placed(self, reference: str) -> Placed:
        """The order of a reference. Raises `InputError` for one that is not known."""
        if reference not in self.numbers:
            raise InputError(f"order {reference}: not known here")
        return self.orders[self.numbers[reference]]

    def submit(self, ticket: Ticket) -> None:
        """Take an order, once a reference."""
        if ticket.reference in self.numbers:
            return
        order = self._place(ticket)
        if ticket.until <= self.now:
            self._end(order, "rejected", reason="its time is over")
            return
        self.report(ticket.reference, "accepted", limit=ticket.limit)
        self._work(order)

    def refuse(self, ticket: Ticket, reason: str) -> None:
        """Take an order and reject it."""
        if ticket.reference not in self.numbers:
            self._end(self._place(ticket), "rejected", reason=reason)

    def reprice(self, reference: str, limit: Decimal) -> None:
        """Move a limit; what does not work is kept as it is, and what is not known is rejected."""
        if order := self._asked(reference):
            order = evolve(order, limit=limit, filling=False)
            self.orders[order.number] = order
            self.report(reference, "repriced", limit=limit)
            self._work(order)

    def cancel(self, reference: str) -> None:
        """End an order; as `reprice`."""
        if order := self._asked(reference):
            self._end(order, "canceled")

    def fill(self, reference: str, quantity: int | None = None, price: Decimal | None = None) -> tuple[Execution, ...]:
        """Fill a working order at its limit or another price.

        Args:
            reference: of the order.
            quantity: contracts, shares or combos, unsigned; all that it misses where none is given.
            price: dollars per share as its limit has them.

        Raises:
            InputError: it is not known, works no more, misses less, or is a combo and would not fill whole.
        """
        order = self.placed(reference)
        count = order.left if quantity is None else quantity
        if not order.working or not 0 < count <= order.left:
            raise InputError(f"order {reference}: {order.status}, {order.left} left, so {count} cannot be filled")
        if len(order.ticket.legs) > 1 and count != order.left:
            raise InputError(f"order {reference}: a combo fills whole")
        return self._fill(order, count, self._better(order) if price is None else price)

    def lose(self, reference: str) -> None:
        """A working order is gone without a word. Raises `InputError` where it does not work."""
        order = self.placed(reference)
        if not order.working:
            raise InputError(f"order {reference}: {order.status} already")
        self.orders[order.number] = evolve(order, status="lost")

    def foreign_order(self, instrument: str, quantity: int, limit: Decimal, reference: str = "") -> str:
        """An order that somebody else placed rests here; gives its number."""
        leg = Part(instrument, quantity, ZERO, ZERO)
        return self._place(Ticket(reference=reference, legs=(leg,), limit=limit, until=NEVER)).number

    def statement(self, at: datetime) -> Statement:
        """The account at an instant that it is told by this; at its latest one where that is later."""
        self.advance(at)
        held = tuple(
            Holding(instrument=name, quantity=count, basis=self.bases.get(name))
            for name, count in sorted(self.holdings.items())
        )
        return Statement(
            at=self.now, holdings=held, orders=tuple(each.shown() for each in self.orders.values() if each.working),
            executions=tuple(each for each in self.executions if each.id not in self.hidden),
            cash=self.cash, nav=self.nav, lines=tuple(self.lines), splits=self.recent_splits(),
        )  # fmt: skip

    def _place(self, ticket: Ticket) -> Placed:
        for part in ticket.legs:
            contract(part.instrument)
        if not lots(ticket):
            raise InputError(f"order {ticket.reference}: an order of nothing")
        order = Placed(number=str(self.numbered()), ticket=ticket, limit=ticket.limit, left=lots(ticket))
        self.orders[order.number] = order
        if ticket.reference:
            self.numbers[ticket.reference] = order.number
        return order

    def _asked(self, reference: str) -> Placed | None:
        """The order if it works; else it is said what stands in the way."""
        if reference not in self.numbers or self.placed(reference).status == "lost":
            self.report(reference, "rejected", reason="no such order")
        elif not (order := self.placed(reference)).working:
            self.report(reference, "kept", reason=f"the order is {order.status}")
        else:
            return order
        return None

    def _work(self, order: Placed) -> None:
        if pricing.fills(order.ticket, order.limit, self.rules):
            order = evolve(order, filling=True)
            self.orders[order.number] = order
            self._fill(order, self._portion(order), self._better(order))

    def _portion(self, order: Placed) -> int:
        whole = not self.rules.partial or len(order.ticket.legs) > 1
        return order.left if whole else min(order.left, self.rules.partial)

    def _better(self, order: Placed) -> Decimal:
        """The touch where the limit goes beyond it, else the limit."""
        if pricing.reach(order.ticket, order.limit) < 1 or not any(part.ask for part in order.ticket.legs):
            return order.limit
        return pricing.touch(order.ticket)

    def _fill(self, order: Placed, count: int, price: Decimal) -> tuple[Execution, ...]:
        left = order.left - count
        self.orders[order.number] = evolve(order, left=left, status=order.status if left else "filled")
        prices, reference = pricing.leg_prices(order.ticket, price), order.ticket.reference
        return tuple(
            self.move(leg.instrument, count * each, paid, reference=reference, free=False)
            for leg, each, paid in zip(order.ticket.legs, order.each, prices, strict=True)
        )

    def _end(self, order: Placed, status: str, *, reason: str = "", at: datetime | None = None) -> None:
        self.orders[order.number] = evolve(order, status=status)
        self.report(order.ticket.reference, status, reason=reason, at=at)
