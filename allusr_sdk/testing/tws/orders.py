"""`Orders`: placing, changing, cancelling and filling, with every answer that TWS gives to each."""

from decimal import Decimal

from attrs import evolve

from allusr_sdk.testing.brokerage import pricing
from allusr_sdk.testing.tws import tell
from allusr_sdk.testing.tws.codec import Message, Value
from allusr_sdk.testing.tws.desk import NOTHING, Desk, day_end
from allusr_sdk.testing.tws.instruments import Leg, instant
from allusr_sdk.testing.tws.records import MANUAL, Order
from allusr_sdk.testing.tws.refusals import DEAD, mismatch, refusal

MARGINS = (("initMargin", "initial"), ("maintMargin", "maintenance"), ("equityWithLoan", "loan"))


class Orders(Desk):
    """A desk that works orders."""

    # --- what clients ask ---

    def place(self, client: int, request: Message) -> None:
        """Take a placeOrder: a new order, a change of one that works, or a what-if."""
        number, manners = request.number("orderId"), self.state.manners
        old = self.found(client, number)
        try:
            order = self._read(client, request, old)
        except ValueError as why:
            self.out.append(tell.error(321, f"Error validating request: {why}", number, client))
            return
        if request.flag("whatIf"):
            self._estimate(order)
        elif old is not None:
            self._change(old, order)
        elif number <= self.state.highest.get(client, 0):
            self.out.append(tell.error(103, "Duplicate order id", number, client))
        elif manners.swallow:
            self.state.manners = evolve(manners, swallow=manners.swallow - 1)
        else:
            self._take(order)

    def cancel(self, client: int, number: int) -> None:
        """Take a cancelOrder: only the client that placed an order may end it."""
        order, manners = self.found(client, number), self.state.manners
        if order is None or manners.refuse_cancels:
            self.state.manners = evolve(manners, refuse_cancels=max(manners.refuse_cancels - 1, 0))
            self.out.append(
                tell.error(10147, f"OrderId {number} that needs to be cancelled is not found.", number, client)
            )
            return
        if manners.race and order.working:
            self.state.manners = evolve(manners, race=False)
            order = self.fill(order, order.left, order.limit)
        if not order.working:
            said = f"OrderId {number} that needs to be cancelled cannot be cancelled, state: {order.status}."
            self.out.append(tell.error(10148, said, number, client))
            return
        self.end(order, "Cancelled", 202, "Order Canceled - reason:")

    def cancel_all(self) -> None:
        """End everything that works, other clients' and manual orders too."""
        for order in [each for each in self.state.orders.values() if each.working]:
            self.end(order, "Cancelled", 202, "Order Canceled - reason:")

    # --- what happens to them ---

    def work(self) -> None:
        """Look at all that works by the quotes of now."""
        if not self.open:
            return
        for order in [each for each in self.state.orders.values() if each.working]:
            if order.status == "PreSubmitted":
                order = self.keep(evolve(order, status="Submitted"))
                self.tell_order(order)
            self._try(order)

    def expire(self) -> None:
        """End what is over by the clock."""
        for order in [each for each in self.state.orders.values() if each.working]:
            if order.until is not None and order.until <= self.state.now:
                self.end(order, "Cancelled", why="Cancelled by System: expired")

    def end(self, order: Order, status: str, code: int = 0, text: str = "", why: str = "") -> None:
        """End an order, with an error that says so where there is a code."""
        order = self.keep(evolve(order, status=status, ended=self.state.now, why=why or text))
        said = [tell.error(code, text, order.order_id, order.client_id)] if code else []
        if self.state.manners.reason_first:
            self.out += said
        self.tell_order(order)
        if not self.state.manners.reason_first:
            self.out += said

    def found(self, client: int, number: int) -> Order | None:
        """A client's order by its number there."""
        perm = self.state.numbers.get(f"{client}:{number}")
        return None if perm is None else self.state.orders[perm]

    def manual(self, account: str, instrument: str, quantity: int, limit: Decimal) -> Order:
        """A person places an order in TWS itself: it has no number that an API client knows."""
        asked = {
            "action": "BUY" if quantity > 0 else "SELL",
            "orderType": "LMT",
            "lmtPrice": f"{limit:f}",
            "tif": "GTC",
        }
        order = self.keep(Order(
            perm_id=self._numbered(), client_id=MANUAL, order_id=0, account=account, asked=dict(asked),
            legs=(Leg(instrument, 1 if quantity > 0 else -1),), quantity=abs(quantity), limit=limit, until=None,
        ))  # fmt: skip
        self.tell_order(order)
        self.work()
        return self.state.orders[order.perm_id]

    def bind(self, client: int) -> None:
        """Client 0 takes manual orders over: each gets a negative number there and is told."""
        for order in [each for each in self.state.orders.values() if each.working and each.order_id == 0]:
            bound = self.keep(evolve(order, order_id=-order.perm_id % 1_000_000 - 1_000_000))
            self.state.numbers[f"{client}:{bound.order_id}"] = bound.perm_id
            self.tell_order(bound)

    def _read(self, client: int, request: Message, old: Order | None) -> Order:
        action, until = request.text("action"), instant(request.text("goodTillDate"))
        if action not in ("BUY", "SELL"):
            raise ValueError(f"action {action!r}")
        if request.text("tif") == "GTD" and until is None:
            raise ValueError("good till date is missing")
        if request.text("tif") not in ("GTC", "GTD"):
            until = day_end(self.state.now, self.market)
        alone = next(iter(self.state.accounts)) if len(self.state.accounts) == 1 else ""
        made = Order(
            perm_id=0, client_id=client, order_id=request.number("orderId"), account=request.text("account") or alone,
            asked=request.said(), legs=self._legs(request, 1 if action == "BUY" else -1),
            quantity=request.number("totalQuantity"), limit=request.amount("lmtPrice") or NOTHING, until=until,
        )  # fmt: skip
        if old is None:
            return made
        return evolve(
            old, filling=False, account=made.account, asked=made.asked, legs=made.legs, quantity=made.quantity,
            limit=made.limit, until=made.until,
        )  # fmt: skip

    def _legs(self, request: Message, sign: int) -> tuple[Leg, ...]:
        if request.text("secType") != "BAG":
            return (Leg(self.instrument(request), sign),)
        return tuple(
            Leg(
                self.registry.name(row.number("conId")),
                sign * row.number("ratio") * (1 if row.text("action") == "BUY" else -1),
            )
            for row in request.rows("legs")
        )

    def instrument(self, request: Message) -> str:
        """The instrument that a request's contract fields mean; empty where that is none or several."""
        if found := self.registry.name(request.number("conId")):
            return found
        named = self.described(request)
        return named[0] if len(named) == 1 else ""

    def described(self, request: Message) -> list[str]:
        """All instruments that fit a request's contract fields."""
        raise NotImplementedError

    def _take(self, order: Order) -> None:
        manners = self.state.manners
        self.state.highest[order.client_id] = order.order_id
        why = refusal(order, self)
        if why is None and manners.reject is not None:
            why, self.state.manners = manners.reject, evolve(manners, reject=None)
        if why is not None and why[0] not in DEAD:
            self.out.append(tell.error(*why, order.order_id, order.client_id))
            return
        order = self.keep(evolve(order, perm_id=self._numbered()))
        self.state.numbers[f"{order.client_id}:{order.order_id}"] = order.perm_id
        if why is not None:
            self.end(order, "Inactive", *why)
            return
        before = len(self.out)
        if self.open:
            order = self.keep(evolve(order, status="Submitted"))
        self.tell_order(order)
        acknowledged, self.out = self.out[before:], self.out[:before]
        if manners.executions_first:
            self._try(order)
            self.out += acknowledged
        else:
            self.out += acknowledged
            self._try(order)

    def _change(self, old: Order, new: Order) -> None:
        why = mismatch(old, new) or refusal(new, self)
        if not old.working:
            why = (104, "Cannot modify a filled order.") if old.status == "Filled" else (103, "Duplicate order id")
        if why is not None:
            self.out.append(tell.error(*why, old.order_id, old.client_id))
            return
        self.tell_order(self.keep(new))
        self._try(new)

    def _estimate(self, order: Order) -> None:
        """A what-if: margins as strings, or the error that the order would meet."""
        why = refusal(order, self)
        if why is not None:
            self.out.append(tell.error(*why, order.order_id, order.client_id))
            return
        before, after = self.what_if(order)
        margins: dict[str, Value] = {"whatIf": True, "commissionCurrency": "USD"}
        for name, key in MARGINS:
            old, new = (w.cash + w.stocks if key == "loan" else getattr(w, key) for w in (before, after))
            margins |= {f"{name}Before": old, f"{name}Change": new - old, f"{name}After": new}
        margins["commission"] = self._fees(order)
        self.out.append(tell.open_order(order, self.registry, margins))

    def _fees(self, order: Order) -> Decimal:
        rules = self.state.manners.rules
        each = rules.share if "OPT" not in str(order.asked.get("secType")) and not order.combo else rules.option
        return sum((abs(leg.ratio) * order.quantity * each for leg in order.legs), NOTHING)

    def _try(self, order: Order) -> None:
        """Fill what the quotes of now fill."""
        rules = self.state.manners.rules
        ticket = self.ticket(order, order.left) if self.open and rules.fills != "never" else None
        if ticket is None:
            return
        limit = order.limit if order.buys or not order.combo else -order.limit
        if order.asked.get("orderType") == "MKT":
            limit = pricing.touch(ticket)
        if not (order.filling or pricing.fills(ticket, limit, rules)):
            return
        price = pricing.touch(ticket) if pricing.reach(ticket, limit) >= 1 else limit
        lots = min(order.left, rules.partial) if rules.partial and not order.combo else order.left
        self.fill(self.keep(evolve(order, filling=True)), lots, price if order.buys or not order.combo else -price)

    def keep(self, order: Order) -> Order:
        """Keep an order as it is now."""
        self.state.orders[order.perm_id] = order
        return order

    def _numbered(self) -> int:
        self.state.next_perm += 1
        return self.state.next_perm - 1
