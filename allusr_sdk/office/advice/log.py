"""The home's chain `advice`: what plugins advised, and how far it was off once that was known."""

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
        before = next((found for found in self.given if found.event.payload() == event.payload()), None)
        return before or self._found(self._append(event))

    def score(self, event: AdviceScored) -> Given:
        """Write a score; an advice has one, and the first one stays."""
        before = self._found(event.given)
        return before if before.score is not None else self._found(self._append(event) and event.given)

    def _found(self, number: int) -> Given:
        return next(found for found in self.given if found.number == number)

    def _append(self, event: Event) -> int:
        for _ in range(_TRIES):
            chain, now = self._ledger.chain(CHAIN), clocks.now()
            if chain is None:
                made = self._ledger.start_chain(CHAIN, event, now, rulebook="")
                first = self._ledger.chain(CHAIN)
                if first is not None and first.id == made.id:
                    return made.seq
                continue  # two began it at once: the older one is the chain
            seq = chain.seq
            try:
                return chain.append(event, at=now, cycle=0, state=chain.book.state, rulebook="").seq
            except KernelError:
                newer = self._ledger.chain(CHAIN)
                if newer is None or newer.seq == seq:
                    raise
        raise KernelError(f"an entry found no place in the home's chain {CHAIN}: try again")
