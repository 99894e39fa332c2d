"""A recorded run through today's code: stored views meet the books as they stood, and the decisions are compared.

One kernel goes through all passes of the run, on the journal's own books. What it would write by itself is held against
what the journal has of that pass; then the stored entries are booked, not today's: no difference begets another.
Mornings, settlements, orders and what persons said are stored entries and only booked. Observers are not told.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from attrs import frozen

from allusr_sdk.errors import BreakError, InputError, KernelError
from allusr_sdk.execution.memory import Memory
from allusr_sdk.execution.passes import Prefix
from allusr_sdk.execution.recorded import CYCLE, EVENING, REST, rest
from allusr_sdk.execution.unlike import unlike
from allusr_sdk.host import Host
from allusr_sdk.kernel.cycle import Kernel
from allusr_sdk.kernel.states import OUTSIDE, State, resumed
from allusr_sdk.ledger.journal import Run
from allusr_sdk.market.recording import NotRecorded, Pass, RecordedMarket
from allusr_sdk.market.recording.playing import Told
from allusr_sdk.model.events import Event
from allusr_sdk.model.views import MarketView
from allusr_sdk.rulebook import Rulebook


@frozen
class Difference:
    """One thing that today's code would have written otherwise.

    Attributes:
        at: the instant of the pass, in UTC; `cycle` is its number.
        stored, today: what the journal has and what would stand there; None where there is nothing.
        ended: why today's code did not come to the end of the pass, where it did not.
    """

    at: datetime
    cycle: int
    stored: Event | None = None
    today: Event | None = None
    ended: str = ""


@frozen(kw_only=True)
class Replayed:
    """How a replay went.

    Attributes:
        cycles: instants that were replayed; `different` of them had a difference.
        unseen: cycles of the journal that have no recorded view.
        torn: bytes at the recording's end that are no whole frame.
    """

    cycles: int
    different: int
    differences: tuple[Difference, ...]
    unseen: int = 0
    torn: int = 0

    @property
    def equal(self) -> int:
        """Instants without a difference."""
        return self.cycles - self.different


def replay(
    market: RecordedMarket,
    run: Run,
    host: Host,
    rules: Rulebook,
    *,
    first: date | None = None,
    last: date | None = None,
) -> Replayed:
    """Let today's kernel, plugins and rules decide again what a run decided, and compare.

    Args:
        market: the recorded views of the run.
        run: its journal.
        host, rules: what decides today; the host's observers are told nothing any more.
        first, last: sessions that are compared; the ones before them are passed through, for what code remembers.

    Raises:
        BreakError: views and journal are of different runs.
        InputError: a sleeve of today has no ledger in the run.
    """
    _of_one_run(market, run)
    replaying = _Replay(market, run, host, rules)
    for told in market.play():
        day = told.step.view.session.day
        if last is not None and day > last:
            return replaying.result(0)
        replaying.take(told, counts=first is None or day >= first)
    return replaying.result(replaying.unseen)


def _of_one_run(market: RecordedMarket, run: Run) -> None:
    head, first = market.head, next(run.entries())
    if (head.first, head.settings) != (first.hash, getattr(first.event, "settings", "")):
        raise BreakError(f"the recorded views are not those of run {run.id}: its first entry is another one")


class _Replay:
    """One replay in progress."""

    def __init__(self, market: RecordedMarket, run: Run, host: Host, rules: Rulebook) -> None:
        self._market, self._cycles, self._different = market, 0, 0
        self._run, self._found = run, list[Difference]()
        host.mute()
        self._prefix = Prefix(run.entries(), host)
        self._ledgers(host)
        self._kernel = Kernel(host=host, rules=rules, journal=self._prefix, broken=self._prefix.broken)
        self._memory = Memory(self._kernel)
        self._prefix.stopped = self._memory.stop

    def take(self, told: Told, *, counts: bool) -> None:
        """Replay the passes of one step."""
        differences = [d for one in told.passes for d in self._pass(one, told.step.view)]
        if counts and told.passes:
            self._cycles += 1
            self._different += bool(differences)
            self._found += differences

    def result(self, unseen: int) -> Replayed:
        """What came of it."""
        return Replayed(
            cycles=self._cycles, different=self._different, differences=tuple(self._found), torn=self._market.torn,
            unseen=unseen,
        )  # fmt: skip

    @property
    def unseen(self) -> int:
        """Cycles of the journal after the last recorded view."""
        return max(0, self._run.book.cycle - self._kernel.scribe.cycle)

    def _ledgers(self, host: Host) -> None:
        if new := [name for name in host.sleeves if name not in self._prefix.book.ledgers]:
            raise InputError(f"sleeve {', '.join(new)} had no ledger in run {self._run.id}: leave it out of --plugins")

    def _pass(self, one: Pass, view: MarketView) -> list[Difference]:
        self._memory.hear(self._prefix.until(one.after))
        self._prefix.expect(one.last)
        self._settle_state()
        self._memory.begin()
        ended = self._decide(one.what, view)
        stored, today, equal = self._prefix.end()
        if equal and not ended:
            self._memory.keep(stored)
            return []
        pairs = unlike(stored, today, self._memory.stands, whole=not ended)
        self._memory.recall(stored)
        found = [Difference(view.at, self._kernel.scribe.cycle, was, now) for was, now in pairs]
        return found + [Difference(view.at, self._kernel.scribe.cycle, ended=text) for text in ended]

    def _decide(self, what: str, view: MarketView) -> tuple[str, ...]:
        """Let the kernel do its part; returns why it did not come to its end, or what else it could not see."""
        missed = self._market.missed
        missed.clear()
        try:
            _PARTS[what](self._kernel, view)
        except NotRecorded:
            pass
        except KernelError as error:
            return (f"today's code ends the pass: {error}",)
        return tuple(f"today's code looked at {text}, which the run did not look at" for text in dict.fromkeys(missed))

    def _settle_state(self) -> None:
        """The machine rests where the journal's books say that it did."""
        machine, book = self._kernel.machine, self._prefix.book
        state = resumed(book.state, book.switches.values())
        if state in OUTSIDE or machine.state not in _RESTING:
            machine.state = state


_RESTING = (State.SAFE, State.MONITORING)

_PARTS: Mapping[str, Callable[[Kernel, MarketView], object]] = {
    CYCLE: Kernel.cycle,
    EVENING: Kernel.close_session,
    REST: rest,
}
