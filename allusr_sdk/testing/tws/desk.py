"""`Desk`: what orders are worked with: books, marks, quotes and the clock, and the executions that come of them."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isfinite, nan

from attrs import evolve

from allusr_sdk.model.broker import Execution, Part, Ticket
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.testing.brokerage import pricing
from allusr_sdk.testing.brokerage.records import contract
from allusr_sdk.testing.tws import tell
from allusr_sdk.testing.tws.books import Books, Worth
from allusr_sdk.testing.tws.instruments import Registry
from allusr_sdk.testing.tws.market import Market, Shown, modelled
from allusr_sdk.testing.tws.records import EPOCH, Fill, Order, Quoted, State

NOTHING = Decimal(0)
RATE = 0.04
"""Risk-free, continuous, a year, for what a test quotes."""


class Desk:
    """State, market and contracts, and what is to be told of them.

    Attributes:
        out: messages that wait to be told, in order; a client's or everybody's.
    """

    def __init__(self, state: State, market: Market, registry: Registry) -> None:
        self.state, self.market, self.registry = state, market, registry
        self.out: list[tell.Told] = []

    @property
    def today(self) -> date:
        """The New York day of the clock."""
        return self.state.now.astimezone(NEW_YORK).date()

    @property
    def open(self) -> bool:
        """Whether the regular session is on; without a source it always is."""
        view = self.market.view
        return view is None or view.session.open <= self.state.now <= view.session.close

    def shown(self, name: str) -> Shown | None:
        """What is quoted: as a test says, else by the market."""
        quoted = self.state.set_quotes.get(name)
        return self.market.shown(name) if quoted is None else self._set(name, quoted)

    def _set(self, name: str, quoted: Quoted) -> Shown:
        numbers = ("bid", "ask", "last", "volume", "open_interest", "underlying")
        told = {key: getattr(quoted, key) for key in numbers}
        shown = Shown(at=quoted.at, **{key: nan if value is None else value for key, value in told.items()})
        option = contract(name)
        if option is None:
            return shown
        spot = self.price(option.underlying) if quoted.underlying is None else quoted.underlying
        shown = evolve(shown, underlying=nan if spot is None else float(spot))
        return modelled(shown, option, self.market.calendar, RATE, 0.0)

    def price(self, name: str) -> Decimal | None:
        """The mark of an instrument, dollars a share; None where it has none."""
        found = self.shown(name)
        return Decimal(str(round(found.mark, 4))) if found is not None and isfinite(found.mark) else None

    def exists(self, name: str) -> bool:
        """Whether an instrument can be named: it is quoted, held, or was asked for as one that exists."""
        held = any(name in books.holdings for books in self.state.accounts.values())
        return held or self.shown(name) is not None

    def ticket(self, order: Order, lots: int) -> Ticket | None:
        """So many lots of an order with the quotes of now; None where a side of a leg is not known."""
        parts = []
        for leg in order.legs:
            found = self.shown(leg.instrument)
            if found is None or not (found.bid >= 0 and found.ask > 0):
                return None
            bid, ask = (Decimal(str(side)) for side in (found.bid, found.ask))
            parts.append(Part(leg.instrument, leg.ratio * lots, bid, ask))
        return Ticket(reference=order.reference, legs=tuple(parts), limit=order.limit, until=order.until or EPOCH)

    def fill(self, order: Order, lots: int, price: Decimal) -> Order:
        """Fill so many lots at a price; books, records and messages follow. Gives the order back as it is then."""
        self.state.accounts[order.account].now = self.state.now
        filled = order.filled + lots
        order = evolve(
            order, filled=filled, value=order.value + lots * price, last=price,
            status="Filled" if filled == order.quantity else order.status,
            ended=self.state.now if filled == order.quantity else None,
        )  # fmt: skip
        self.state.orders[order.perm_id] = order
        made = [self._combo_fill(order, lots, price)] if order.combo else []
        prices = self._leg_prices(order, lots, price)
        for leg, paid in zip(order.legs, prices, strict=True):
            made.append(self._leg_fill(order, leg.instrument, leg.ratio * lots, paid))
        self._tell_fills(order, made)
        return order

    def record(self, fill: Fill, *, tell_it: bool = True) -> None:
        """Keep an execution, and tell it and what it cost."""
        self.state.fills.append(fill)
        if not tell_it:
            return
        self.out.append(tell.execution(fill, self.registry))
        self.settle_commission(fill)

    def settle_commission(self, fill: Fill) -> None:
        """Tell what an execution cost, or keep it back."""
        if fill.fee is None:
            return
        if self.state.manners.hold_commissions:
            self.state.commissions.append(fill.id)
        else:
            self.out.append(tell.commission(fill))

    def collect(self, account: str, *, liquidation: bool = False) -> list[Fill]:
        """Executions that books told of and no order of ours made, as records; they are told as manners have it."""
        books = self.state.accounts[account]
        happened, books.out = books.out, []
        known = {fill.id for fill in self.state.fills}
        made = []
        for news in happened:
            if news.execution is None or news.execution.id in known:
                continue
            made.append(_foreign(account, news.execution, liquidation))
            self.state.fills.append(made[-1])
            if self.state.manners.foreign_told:
                told = [tell.execution(made[-1], self.registry)]
                told += [tell.commission(made[-1])] if made[-1].fee else []
                self.out += [evolve(each, client=None) for each in told]
        return made

    def what_if(self, order: Order) -> tuple[Worth, Worth]:
        """The account's worth before an order, and as if all of it were filled at its limit."""
        books = self.state.accounts[order.account]
        before = books.worth(self.price)
        tried = Books(cash=books.cash, holdings=dict(books.holdings), costs=dict(books.costs), rules=books.rules)
        limited = order.combo or order.asked.get("orderType") == "LMT"
        price = order.limit if limited else self.price(order.legs[0].instrument) or NOTHING
        for leg, paid in zip(order.legs, self._leg_prices(order, order.left, price), strict=True):
            tried.move(leg.instrument, leg.ratio * order.left, paid, free=False)
        return before, tried.worth(self.price)

    def _leg_prices(self, order: Order, lots: int, price: Decimal) -> Sequence[Decimal]:
        net = price if order.buys or not order.combo else -price
        ticket = self.ticket(order, lots)
        if ticket is not None and order.combo:
            found = {part.instrument: paid for part, paid in zip(
                ticket.legs, pricing.leg_prices(ticket, net), strict=True)}  # fmt: skip
            return [found[leg.instrument] for leg in order.legs]
        if not order.combo:
            return [price]
        return [max(net, NOTHING) if leg.ratio > 0 else max(-net, NOTHING) for leg in order.legs]

    def _combo_fill(self, order: Order, lots: int, price: Decimal) -> Fill:
        symbol = order.asked.get("symbol", "")
        number = self.state.accounts[order.account].numbered()
        return Fill(
            id=f"{order.account}.{number:06d}.01", account=order.account, instrument=str(symbol), combo=True,
            quantity=lots if order.buys else -lots, price=price, at=self.state.now, perm_id=order.perm_id,
            order_id=order.order_id, client_id=order.client_id, reference=order.reference, cumulative=order.filled,
            average=order.average,
        )  # fmt: skip

    def _leg_fill(self, order: Order, instrument: str, quantity: int, price: Decimal) -> Fill:
        books = self.state.accounts[order.account]
        held, gained = books.holdings.get(instrument, 0), books.gains.get(instrument, NOTHING)
        made = books.move(instrument, quantity, price, reference=order.reference, free=False)
        books.out.clear()
        before = [each for each in self.state.fills if (each.perm_id, each.instrument) == (order.perm_id, instrument)]
        counted = abs(quantity) + sum(abs(each.quantity) for each in before if not each.combo)
        value = abs(quantity) * price + sum(abs(each.quantity) * each.price for each in before if not each.combo)
        return Fill(
            id=made.id, account=order.account, instrument=instrument, quantity=quantity, price=price, at=made.at,
            perm_id=order.perm_id, order_id=order.order_id, client_id=order.client_id, reference=order.reference,
            cumulative=counted, average=value / counted, fee=made.fee,
            realised=books.gains[instrument] - gained if held * quantity < 0 else None,
        )  # fmt: skip

    def _tell_fills(self, order: Order, made: Sequence[Fill]) -> None:
        for fill in made:
            self.state.fills.append(fill)
            self.out.append(tell.execution(fill, self.registry))
        self.tell_order(order)
        for fill in made:
            self.settle_commission(fill)

    def tell_order(self, order: Order) -> None:
        """Tell an order and its status, the status as often as manners have it."""
        self.out.append(tell.open_order(order, self.registry))
        self.out += [tell.status(order)] * self.state.manners.statuses


def _foreign(account: str, execution: Execution, liquidation: bool) -> Fill:
    return Fill(
        id=execution.id, account=account, instrument=execution.instrument, quantity=execution.quantity,
        price=execution.price, at=execution.at, order_id=-1 if liquidation else 0, liquidation=liquidation,
        fee=execution.fee or None,
    )  # fmt: skip


def day_end(at: datetime, market: Market) -> datetime:
    """When a day order that comes at an instant ends: the close of the session that is on, or of the next one."""
    day = at.astimezone(NEW_YORK).date()
    session = market.calendar.session(day)
    return (session if session is not None and at < session.close else market.calendar.after(day)).close
