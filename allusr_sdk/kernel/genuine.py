"""Whether the market says of a contract what a plugin says of it (RULE-0: no order rests on a contradictory number).

Plugins hand in quotes and deltas; what they made of them on the way is nobody's market.
"""

from collections.abc import Iterator

from allusr_sdk.contracts import greeks
from allusr_sdk.kernel.limits import Entry
from allusr_sdk.model.chains import Quote
from allusr_sdk.model.intents import Sell, Veto
from allusr_sdk.model.views import MarketView


def genuine(quote: Quote, market: MarketView) -> bool:
    """Whether a quote of this instant is the market's, number by number; of an older one nothing can be said."""
    if quote.at != market.at:
        return True
    snapshot = market.fresh(quote.contract.underlying)
    found = snapshot.quotes([quote.contract])[0] if snapshot is not None else None
    return found is not None and all(_same(a, b) for a, b in zip(_numbers(quote), _numbers(found), strict=True))


def _numbers(quote: Quote) -> tuple[float, ...]:
    return quote.bid, quote.ask, quote.volume, quote.open_interest, quote.delta


def _same(one: float, other: float) -> bool:
    return one == other or (one != one and other != other)


def borne_out(entry: Entry) -> Iterator[Veto]:
    """The market bears out the quote, and our own delta both the intent's and the vendor's (CAD-8, KS-11.13)."""
    if not isinstance(entry.intent, Sell):
        return
    quote, said = entry.intent.quote, entry.intent.delta
    if not genuine(quote, entry.view):
        yield Veto("RULE-0", f"the market quotes {quote.contract} otherwise", {"bid": quote.bid, "ask": quote.ask})
    own, tolerance = greeks.own(quote, entry.view).delta, entry.rules.number("CAD-8.delta_tolerance")
    for whose, delta in (("sleeve", said), ("vendor", quote.delta)):
        known = whose == "sleeve" or delta == delta
        if known and not round(abs(own - delta), 9) <= tolerance:
            numbers = {"own": own, whose: delta, "tolerance": tolerance}
            yield Veto("CAD-8", f"DATA_ANOMALY: own delta {own:.3f}, the {whose}'s {delta:.3f}", numbers)
