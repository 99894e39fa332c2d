"""Early assignment likelier than not worth risking: close, at any profit or loss (CC-4)."""

from allusr_sdk import Close, Position, Quote, SleeveView, assignment

_HAIR = 1e-9


def exposed_overnight(position: Position, quote: Quote, view: SleeveView, *, urgent: bool = False) -> Close | None:
    """A close where assignment before expiry is likelier than the rule's share; unknown says nothing (CC-4)."""
    probability = assignment.before_expiry(quote, view.market)
    if not probability > view.rules.number("CC-4.probability"):
        return None
    rule = "CC-4 PE-11" if urgent else "CC-4"
    why = f"early assignment {probability:.0%}"
    numbers = {"probability": probability, "bid": quote.bid, "ask": quote.ask}
    return Close(position.symbol, rule, why, numbers, position=position, quote=quote, urgent=urgent)


def could_be(position: Position, view: SleeveView) -> bool:
    """Whether early assignment is possible at all: in the money, American, and a night before the expiry (CC-4)."""
    contract, snapshot = position.contract, view.fresh(position.symbol)
    if contract is None or snapshot is None or contract.kind.european or contract.expiry <= view.session.day:
        return False
    gap = float(contract.strike) - snapshot.spot
    return (gap if contract.is_put else -gap) > 0


def enough_time_value(quote: Quote, spot: float, view: SleeveView) -> float | None:
    """Dollars a share of time value in the bid with which no close follows from CC-4 up to a `spot` in this session.

    Tried are none at all (or a spread less than there is) and half of what there is; None where neither is enough.
    """
    snapshot, strike = view.fresh(quote.contract.underlying), float(quote.contract.strike)
    if snapshot is None or not quote.sound:
        return None
    held, limit = quote.bid - abs(strike - snapshot.spot), view.rules.number("CC-4.probability") - _HAIR
    for least in (min(0.0, held - (quote.ask - quote.bid)), held / 2):
        most = assignment.most_before_expiry(quote, view.market, spot=spot, time_value=least)
        if least < held and most <= limit:
            return least
    return None
