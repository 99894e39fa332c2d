"""Orders as the venue takes them: instruments, precision, touches, and what a combo's legs cost."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from attrs import evolve

from allusr_sdk.execution.instruments import OPTION_PLACES, SHARE_PLACES
from allusr_sdk.kernel.orders import Order
from allusr_sdk.model.money import CENT
from allusr_sdk.model.options import Contract
from allusr_sdk.model.views import MarketView


def places(order: Order) -> int:
    """Decimal places of an order's prices."""
    return OPTION_PLACES if isinstance(order.legs[0].instrument, Contract) else SHARE_PLACES


def touches(order: Order) -> tuple[Decimal, Decimal]:
    """The touch that an order would hit and the other one, dollars per share."""
    if len(order.legs) == 2:
        buy, sell = order.legs
        return buy.ask - sell.bid, buy.bid - sell.ask
    leg = order.legs[0]
    return (leg.bid, leg.ask) if order.selling else (leg.ask, leg.bid)


def leg_prices(order: Order, price: Decimal) -> tuple[Decimal, Decimal]:
    """Prices per share of a combo's legs when it fills at `price`: each as far into its quote as the combo is."""
    near, far = touches(order)
    buy = order.legs[0]
    given = (price - far) / (near - far) if near != far else Decimal(1)
    bought = (buy.bid + given * (buy.ask - buy.bid)).quantize(CENT, ROUND_HALF_UP)
    return bought, bought - price


def width(order: Order) -> Decimal | None:
    """The widest spread among an order's legs, a share of the mid; None where a leg has no market (LQ-1)."""
    if any(not leg.ask > leg.bid > 0 for leg in order.legs):
        return None
    return max((leg.ask - leg.bid) * 2 / (leg.ask + leg.bid) for leg in order.legs)


def requoted(order: Order, view: MarketView | None, decided: datetime) -> Order:
    """The order on the newest quotes of its contracts; legs have none where the market after the decision has none."""
    if view is None or view.at <= decided:
        return order
    snapshot = view.fresh(order.symbol)
    contracts = [leg.instrument for leg in order.legs if isinstance(leg.instrument, Contract)]
    if len(contracts) < len(order.legs):
        return order
    found = snapshot.quotes(contracts) if snapshot else [None] * len(contracts)
    sides = [(Decimal(str(q.bid)), Decimal(str(q.ask))) if q and q.sound else (Decimal(0), Decimal(0)) for q in found]
    legs = (evolve(leg, bid=bid, ask=ask) for leg, (bid, ask) in zip(order.legs, sides, strict=True))
    return evolve(order, legs=tuple(legs))
