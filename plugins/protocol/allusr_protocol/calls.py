"""Covered calls: profit, earnings, one day left, early assignment, expiry, the upward ladder (CC-1 to CC-6, PE-3)."""

from collections.abc import Iterator

from allusr_protocol import expiry
from allusr_protocol.early import could_be, exposed_overnight
from allusr_protocol.holding import hold, prepared, upward
from allusr_protocol.ladder import rolled, spent
from allusr_protocol.oneday import leaves
from allusr_protocol.profit import taken
from allusr_protocol.reports import reduced
from allusr_sdk import Assessment, Candidate, Close, Intent, Position, Quote, SleeveView

Answers = Iterator[Intent | Candidate]


def answer_call(position: Position, quote: Quote, seen: Assessment, view: SleeveView) -> Answers:
    """The first of the covered-call rules that asks for something; a hold where none does."""
    wish = (
        _exposed(position, quote, view)
        or taken(position, quote, seen, view)
        or reduced(position, quote, view)
        or leaves(position, quote, view)
        or (exposed_overnight(position, quote, view) if could_be(position, view) else None)
        or expiry.at_the_pin(position, quote, view)
    )
    if wish is not None:
        yield wish
    else:
        yield from expiry.ready(_by_level(position, quote, seen, view), position, view, quote)


def _exposed(position: Position, quote: Quote, view: SleeveView) -> Close | None:
    """Shares that must leave take their calls with them (PE-3)."""
    shares = view.book.positions.get(f"{position.ledger}:{position.symbol}")
    if shares is None or shares.watch.level < 3:
        return None
    return Close(position.symbol, "PE-3", "its shares leave at level 3", position=position, quote=quote, urgent=True)


def _by_level(position: Position, quote: Quote, seen: Assessment, view: SleeveView) -> Answers:
    """Level 1 prepares; level 2, when it is reached, rolls up and out within the debit limit, else accepts assignment.

    Source: rule PE-3.
    """
    if quote.sound and seen.watch.level >= 2 > position.watch.level:
        found = list(upward(position, quote, view))
        yield from found
        if not spent(position, view):
            yield from rolled(position, quote, found, seen, "PE-3 PE-8")
    else:
        yield from prepared(position, quote, seen, view)
    yield hold(position, seen)
