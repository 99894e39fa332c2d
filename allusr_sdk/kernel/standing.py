"""Answers about positions that still stand, so that who gave them need not be asked again at each instant.

A cache and nothing more: what is asked again answers the same, and what stands is said again like any other answer.
"""

from collections.abc import Sequence
from datetime import date

from attrs import define, field, frozen

from allusr_sdk.contracts import Assessment, Calm, RiskProtocol, SleeveView
from allusr_sdk.model.intents import Candidate, Intent, Skip
from allusr_sdk.model.positions import LedgerBook, Position
from allusr_sdk.model.views import Snapshot

Wishes = Sequence[Intent | Candidate]


@frozen(eq=False)
class _Known:
    position: Position
    book: LedgerBook
    calm: Calm
    wishes: Wishes


@define(eq=False)
class Standing:
    """The holds of a session by position."""

    _day: date | None = None
    _known: dict[str, _Known] = field(factory=dict)

    def wishes(self, position: Position, snapshot: Snapshot, view: SleeveView) -> Wishes | None:
        """What was answered, while position, books and calm are the same; None where the protocol is to be asked."""
        known = self._known.get(position.key)
        if known is None or known.position is not position or known.book is not view.book:
            return None
        calm = known.calm
        if not (view.at < calm.until and calm.low < snapshot.spot < calm.high):
            return None
        if calm.above is not None and position.contract is not None:
            quote = snapshot.quotes([position.contract])[0]
            if quote is None or not (quote.bid + quote.ask) / 2 > calm.above:
                return None
        return known.wishes

    def take(
        self, position: Position, seen: Assessment, wishes: Wishes, view: SleeveView, protocol: RiskProtocol[object]
    ) -> None:
        """Remember a plain hold that left the watch as it was, if the protocol says how long it stands."""
        if view.session.day != self._day:
            self._day, self._known = view.session.day, {}
        if seen.watch != position.watch or not all(type(w) is Skip and not w.numbers for w in wishes):
            return
        calm = protocol.calm(position, seen, view)
        if calm is not None:
            self._known[position.key] = _Known(position, view.book, calm, wishes)
