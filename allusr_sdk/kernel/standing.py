"""Answers about positions that still stand, so that who gave them need not be asked again at each instant.

A cache and nothing more: asked again the protocol would answer the same, and the journal has that answer already.
"""

from collections.abc import Sequence
from datetime import date, datetime

from attrs import define, field, frozen

from allusr_sdk.contracts import Assessment, Calm, SleeveView
from allusr_sdk.model.intents import Candidate, Intent, Skip
from allusr_sdk.model.positions import LedgerBook, Position
from allusr_sdk.model.views import Snapshot

Wishes = Sequence[Intent | Candidate]
Said = tuple[str, str, str, str]
"""Verdict, rules, why and the numbers as text."""
Span = tuple[datetime, datetime]


@frozen(eq=False)
class _Known:
    position: Position
    book: LedgerBook
    calm: Calm
    said: Said


@define(eq=False)
class Standing:
    """The holds of a session by position, and of each ledger when no hedge is wished."""

    _day: date | None = None
    _known: dict[str, _Known] = field(factory=dict)
    _quiet: dict[str, tuple[LedgerBook, tuple[str, ...], Span]] = field(factory=dict)

    def holds(self, position: Position, snapshot: Snapshot, view: SleeveView, said: Said | None) -> bool:
        """Whether what was answered stands: position and books are the same, and the market is within the limits.

        `said` is what the journal last heard of the position.
        """
        known = self._known.get(position.key)
        if known is None or known.position is not position or known.said != said:
            return False
        calm = known.calm
        if not (calm.alone or known.book is view.book):
            return False
        if calm.beside is not None and view.book.positions.get(calm.beside.key) is not calm.beside:
            return False
        if not (view.clock < calm.until and calm.low < snapshot.spot < calm.high):
            return False
        return _quoted(position, snapshot, calm)

    def take(self, position: Position, hold: Skip, calm: Calm, view: SleeveView) -> None:
        """Remember how long a hold stands; those of earlier sessions are dropped."""
        if view.session.day != self._day:
            self._day, self._known = view.session.day, {}
        self._known[position.key] = _Known(position, view.book, calm, (hold.verdict, hold.rule, hold.why, ""))

    def quiet(self, book: LedgerBook, view: SleeveView) -> bool:
        """Whether no hedge is wished for a ledger: its books and tiers are the same, the time is within the span."""
        known = self._quiet.get(book.name)
        if known is None:
            return False
        same, tiers, (since, until) = known
        return same is book and tiers == view.tiers and since <= view.clock < until

    def rest(self, book: LedgerBook, view: SleeveView, span: Span) -> None:
        """Remember from when until when no hedge is wished."""
        self._quiet[book.name] = (book, view.tiers, span)


def _quoted(position: Position, snapshot: Snapshot, calm: Calm) -> bool:
    """Whether the option's quote is within the limits, where any of them looks at it; an unknown number is not."""
    contract = position.contract
    if contract is None or (calm.above is None and calm.time_value is None):
        return True
    quote = snapshot.quotes([contract])[0]
    if quote is None or not quote.sound or not (calm.above is None or (quote.bid + quote.ask) / 2 > calm.above):
        return False
    exercised = (float(contract.strike) - snapshot.spot) * (1 if contract.is_put else -1)
    return calm.time_value is None or quote.bid - max(exercised, 0.0) > calm.time_value


def plain(position: Position, seen: Assessment, wishes: Wishes) -> Skip | None:
    """The hold that is all of an answer, has no numbers of its own, and leaves the watch as it was; else None."""
    if len(wishes) != 1 or seen.watch != position.watch:
        return None
    only = wishes[0]
    return only if isinstance(only, Skip) and not only.numbers else None
