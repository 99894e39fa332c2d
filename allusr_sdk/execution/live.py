"""Orders between decision and end: ours beside nautilus's, and what the slices of one decision have got (LQ-3)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import define
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.events import OrderFilled

from allusr_sdk.kernel.orders import Order
from allusr_sdk.model.events import Filled
from allusr_sdk.model.money import ZERO, price, usd


@define
class Live:
    """An order that has no end yet, or had one.

    Attributes:
        venue: nautilus's order; None until it is sent.
        decided: instant of the decision; `until` is when a resend has no time left for its ladder.
        rung: of its ladder.
        executions: how many it has had.
        net: what a combo's last execution cost per share.
        heard: whether the venue has said anything of it (ORD-2).
        ended: whether it ended without the venue.
        rule, why: of its cancellation.
        leaving: rule and reason of a cancellation that could not reach the venue yet; empty where there is none.
        canceling: whether its end was asked for and is awaited (KS-6).
    """

    order: Order
    decided: datetime
    until: datetime
    venue: Any = None
    rung: int = 0
    executions: int = 0
    net: Decimal = ZERO
    heard: bool = False
    ended: bool = False
    rule: str = "ORD-1"
    why: str = ""
    leaving: tuple[()] | tuple[str, str] = ()
    canceling: bool = False

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.ended or bool(self.venue is not None and self.venue.is_closed)


@define
class Slices:
    """What the slices of one decision have got: contracts and dollars, against the decision's mid."""

    mid: Decimal
    sign: int
    count: int = 0
    paid: Decimal = ZERO

    @classmethod
    def of(cls, order: Order) -> "Slices":
        """Nothing yet."""
        return cls(order.mid, -1 if order.selling else 1)

    def take(self, per_share: Decimal, quantity: int) -> None:
        """Add an execution of `quantity`, unsigned."""
        self.count += quantity
        self.paid += per_share * quantity

    @property
    def slippage(self) -> Decimal:
        """How much worse than the first mid the fills are on average, a share of it; zero before the first."""
        if not self.count or not self.mid:
            return ZERO
        return self.sign * (self.paid / self.count - self.mid) / abs(self.mid)


def filled(live: Live, event: OrderFilled, execution: str) -> Filled:
    """An execution, by its name, as the books take it; a roll's chain goes on with what was really paid (PE-8)."""
    order = live.order
    leg = next(leg for leg in order.legs if leg.name.replace(" ", "") == event.instrument_id.symbol.value)
    sign = -1 if event.order_side == OrderSide.SELL else 1
    opening = order.opens(leg)
    rolled = order.position if opening and not order.opening else None
    return Filled(
        ledger=order.ledger,
        symbol=order.symbol,
        rule=order.rule,
        key=order.key,
        execution=execution,
        instrument=leg.name,
        quantity=sign * int(event.last_qty),
        price=price(event.last_px.as_decimal()),
        fee=usd(event.commission.as_decimal()),
        touch=leg.bid if sign < 0 else leg.ask,
        opening=opening,
        cause=order.cause,
        rolls=order.rolls if rolled else 0,
        roll_debit=rolled.roll_debit + live.net if rolled else ZERO,
        first_credit=order.first_credit if rolled else ZERO,
    )
