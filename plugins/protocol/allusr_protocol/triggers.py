"""What raises a level besides m: the mark against the credit, delta, the sleeve's day (PE-6, PE-12)."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import Factory, frozen

from allusr_protocol.seen import is_put
from allusr_sdk import Position, Quote, SleeveView, greeks

Numbers = Mapping[str, object]


@frozen
class Raised:
    """The level that a trigger asks for, its rules, and the numbers behind it; 0 where none does."""

    level: int = 0
    rule: str = ""
    numbers: Numbers = Factory(dict)


NONE = Raised()


def premium_stop(view: SleeveView) -> tuple[float, str]:
    """The multiple of the credit that stops a put, 0 where there is none, and its rules.

    The profile `tight` brings one of its own where none is set (PE-12).
    """
    own = view.rules.number("PE-6.premium_stop")
    if own > 0 or view.rules.text("PE-12.profile") == "standard":
        return own, "PE-6"
    return view.rules.number("PE-12.tight_premium_stop"), "PE-6 PE-12"


def needs_quote(view: SleeveView) -> bool:
    """Whether a trigger is switched on that rests on the option's own quote."""
    return premium_stop(view)[0] > 0 or view.rules.number("PE-6.delta_stop") > 0


def raised(position: Position, quote: Quote | None, view: SleeveView) -> Raised:
    """The highest level that a trigger asks for now; covered calls have none, for they are never stopped (PE-3)."""
    if position.contract is not None and not is_put(position):
        return NONE
    found = (_premium(position, quote, view), _delta(position, quote, view), _day_loss(view))
    return max(found, key=lambda trigger: trigger.level)


def _premium(position: Position, quote: Quote | None, view: SleeveView) -> Raised:
    multiple, rule = premium_stop(view)
    if not multiple > 0 or quote is None or not quote.sound or not position.price > 0:
        return NONE
    if quote.mid < Decimal(str(multiple)) * position.price:
        return NONE
    numbers = {"trigger": "premium_stop", "mark": str(quote.mid), "credit": str(position.price), "multiple": multiple}
    return Raised(3, rule, numbers)


def _delta(position: Position, quote: Quote | None, view: SleeveView) -> Raised:
    limit = view.rules.number("PE-6.delta_stop")
    if not limit > 0 or quote is None:
        return NONE
    delta = greeks.own(quote, view.market).delta
    if not abs(delta) >= limit:
        return NONE
    return Raised(2, "PE-6", {"trigger": "delta_stop", "delta": delta, "limit": limit})


def _day_loss(view: SleeveView) -> Raised:
    limit, start = view.rules.number("PE-6.day_loss"), view.book.day_start
    if not limit > 0 or not start > 0:
        return NONE
    equity = _equity(view)
    if equity is None or (loss := float(1 - equity / start)) < limit:
        return NONE
    return Raised(2, "PE-6", {"trigger": "day_loss", "loss": loss, "limit": limit})


def _equity(view: SleeveView) -> Decimal | None:
    """The sleeve's equity at this instant's mids, dollars; None where one position has none (RULE-0)."""
    values = [_value(position, view) for position in view.book.positions.values()]
    known = [value for value in values if value is not None]
    return view.book.cash + sum(known, Decimal(0)) if len(known) == len(values) else None


def _value(position: Position, view: SleeveView) -> Decimal | None:
    if position.contract is not None:
        quote = view.quote(position.contract)
        return quote.mid * position.quantity * position.multiplier if quote is not None and quote.sound else None
    snapshot = view.fresh(position.symbol)
    if snapshot is None or not 0 < snapshot.spot < float("inf"):
        return None
    return Decimal(str(snapshot.spot)) * position.quantity
