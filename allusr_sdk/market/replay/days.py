"""One underlying in one session of a replay: its model, and what real chains put in the model's place as they come."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Protocol

from attrs import evolve, frozen

from allusr_sdk.market.clock import GRID, closing
from allusr_sdk.market.modelled import Origin
from allusr_sdk.market.replay.stretch import Stretch
from allusr_sdk.market.synthetic.board import Board
from allusr_sdk.market.synthetic.surface import Tape
from allusr_sdk.model.calendar import Session
from allusr_sdk.model.chains import Chain, Quote
from allusr_sdk.model.options import Contract
from allusr_sdk.model.views import Snapshot


class Listing(Protocol):
    """What is listed in a session, at any of its instants."""

    def chain(self, instant: int, at: datetime) -> Chain:
        """All of it."""
        ...

    def quotes(self, instant: int, at: datetime, contracts: Sequence[Contract]) -> Sequence[Quote | None]:
        """Some contracts, None for what is not listed."""
        ...

    def volumes(self, instant: int, contract: Contract) -> Sequence[float]:
        """A contract's daily volumes, this session's last; none where it is not listed."""
        ...


@frozen(eq=False)
class Phase:
    """What is shown from an instant on."""

    start: int
    listing: Listing
    origin: Origin


@frozen(eq=False)
class Day:
    """One underlying in one session.

    Attributes:
        board: the model's; it has the underlying itself.
        old: quotes the contracts that an adjustment left non-standard.
        before: an earlier real listing, for what is held of it.
        phases: what is shown, by rising instant, from the first one on.
    """

    stretch: Stretch
    row: int
    tape: Tape
    board: Board
    old: Board | None
    phases: tuple[Phase, ...]
    before: Listing | None = None

    def then(self, phase: Phase) -> "Day":
        """With another phase behind those that it has."""
        return evolve(self, phases=(*self.phases, phase))

    def origin(self, instant: int) -> Origin:
        """Where quotes come from at an instant."""
        return self._phase(instant).origin

    def snapshot(self, instant: int, session: Session) -> Snapshot:
        """The underlying at an instant. What its listing has not is quoted by an earlier one that had it."""
        over = instant * GRID > session.close - session.open
        at = closing(session) if over else (session.open + instant * GRID).astimezone(UTC)
        shown = self.board.snapshot(instant, at)
        listings = tuple(self._listings(instant))
        if listings == (self.board,) and self.old is None:
            return shown

        def quotes(wanted: Sequence[Contract]) -> Sequence[Quote | None]:
            return [self._quote(listings, instant, at, contract) for contract in wanted]

        def volumes(contract: Contract) -> Sequence[float]:
            found = (listing.volumes(instant, contract) for listing in self._of(contract, listings))
            return next(filter(None, found), ())

        newest = self._phase(instant).listing
        return evolve(shown, make_chain=lambda: newest.chain(instant, at), quotes=quotes, volumes=volumes)

    def _quote(self, listings: Sequence[Listing], instant: int, at: datetime, contract: Contract) -> Quote | None:
        found = (listing.quotes(instant, at, (contract,))[0] for listing in self._of(contract, listings))
        return next((quote for quote in found if quote is not None), None)

    def _of(self, contract: Contract, listings: Sequence[Listing]) -> Sequence[Listing]:
        return (self.old,) if self.old is not None and contract.kind.adjusted else listings

    def _phase(self, instant: int) -> Phase:
        return next(phase for phase in reversed(self.phases) if phase.start <= instant)

    def _listings(self, instant: int) -> Iterator[Listing]:
        """Who is asked for a quote, newest first; the model stands behind all that is real."""
        for phase in reversed(self.phases):
            if phase.start <= instant and phase.listing is not self.board:
                yield phase.listing
        yield self.board
        if self.before is not None:
            yield self.before
