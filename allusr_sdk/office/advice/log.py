"""The home's chain `advice`: what plugins advised, and how far it was off once that was known."""

from collections.abc import Callable
from datetime import datetime

from attrs import frozen

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger import Ledger, clocks, open_ledger
from allusr_sdk.model.events import AdviceGiven, AdviceScored, Event
from allusr_sdk.office.places import place

CHAIN = "advice"
_TRIES = 20


@frozen
class Given:
    """An advice by the number of its entry; `score` is None while what it expects is not known, or it expects nothing.

    `at` is the wall clock's instant at which it was written, aware UTC.
    """

    number: int
    at: datetime
    event: AdviceGiven
    score: AdviceScored | None = None


def given(home: str) -> tuple[Given, ...]:
    """Every advice that a home was given, oldest first. Raises `InputError` where there is no ledger."""
    with open_ledger(place(home), create=False) as ledger:
        return AdviceLog(ledger).given


class AdviceLog:
    """The chain of one ledger database. It does not exist before the first advice."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @property
    def given(self) -> tuple[Given, ...]:
        """Every advice, oldest first, with its score."""
        chain = self._ledger.chain(CHAIN)
        entries = tuple(chain.entries()) if chain is not None else ()
        scores = {e.event.given: e.event for e in entries if isinstance(e.event, AdviceScored)}
        return tuple(
            Given(e.seq, e.at, e.event, scores.get(e.seq)) for e in entries if isinstance(e.event, AdviceGiven)
        )

    def give(self, event: AdviceGiven) -> Given:
        """Write an advice; one that says the same over the same entry of the same run is not written again.

        Raises:
            KernelError: the database refused.
        """
        payload = event.payload()
        return self._written(event, lambda: next((g for g in self.given if g.event.payload() == payload), None))

    def score(self, event: AdviceScored) -> Given:
        """Write a score; an advice has one, and the first one stays. Raises `KernelError` likewise."""
        return self._written(event, lambda: next((g for g in self.given if g.number == event.given and g.score), None))

    def _written(self, event: Event, find: Callable[[], Given | None]) -> Given:
        """What `find` gives, behind one more entry where it gives nothing; whoever else writes meanwhile is seen."""
        for _ in range(_TRIES):
            chain = self._ledger.chain(CHAIN)
            seq = chain.seq if chain is not None else 0
            found = find()
            if found is not None:
                return found
            if chain is None:
                self._ledger.start_chain(CHAIN, event, clocks.now(), rulebook="")
                continue  # where two begin it at once the older one is the chain, and has only one of both
            try:
                chain.append(event, at=clocks.now(), cycle=0, state=chain.book.state, rulebook="")
            except KernelError:
                newer = self._ledger.chain(CHAIN)
                if newer is None or newer.seq == seq:
                    raise
        raise KernelError(f"an entry found no place in the home's chain {CHAIN}: try again")
