"""Books against the other side: a simulated venue exactly, a broker by its statements, on schedule (RECON)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from allusr_sdk.errors import BreakError
from allusr_sdk.execution.orphans import orphans
from allusr_sdk.execution.venue import Venue, cash_of
from allusr_sdk.kernel.clock import apart, wrong_clock
from allusr_sdk.kernel.cycle import Kernel
from allusr_sdk.kernel.freezes import LINK
from allusr_sdk.kernel.states import State
from allusr_sdk.ledger import clocks
from allusr_sdk.model.broker import Statement, key_of
from allusr_sdk.model.events import Broken, Event, Filled
from allusr_sdk.model.intents import Veto

if TYPE_CHECKING:
    from allusr_sdk.execution.brokered import BrokerVenue

CLOCK = "CLOCK"
"""Cause of the switch that stands while our clock and the broker's are too far apart (KS-9)."""

_AUDITED = {State.RECONCILING: "broken", State.SAFE: "audit"}
"""How each state turns to AUDIT over a break of a simulated venue; one that is halted stays halted."""


class Exact:
    """A simulated venue moves by nothing but our orders: a difference is an error of ours, and ends the run."""

    ready = True

    def __init__(self, kernel: Kernel, venue: Venue) -> None:
        self._kernel, self._venue = kernel, venue

    def compare(self, at: datetime) -> None:
        """To the contract and the cent. Raises `BreakError` after the break is journaled; the machine is in AUDIT."""
        if what := self.broken():
            self._break(what)
            raise BreakError(what)

    def watch(self, at: datetime) -> None:
        """Between two mornings and evenings nothing can have moved."""

    def heard(self, event: Event) -> None:
        """What it says is what it was told."""

    def broken(self) -> str:
        """What books and venue disagree about."""
        try:
            self._venue.check(self._kernel.book.positions, cash_of(self._kernel.book))
        except BreakError as problem:
            return str(problem)
        return ""

    def _break(self, what: str) -> None:
        kernel, code = self._kernel, what.split()[0]
        kernel.heard(Broken(rule=code, what=what, ours="", theirs=""))
        if trigger := _AUDITED.get(kernel.machine.state):
            kernel.enter(trigger, what, rule=code)


class Asked:
    """A broker is asked for a statement at a start, after executions, every quarter of an hour, mornings and evenings.

    While it does not answer nothing is opened; orders of an earlier life of the engine are ended before any new one.
    Where time is the wall clock's (`timed`), a clock that is wrong opens nothing either.
    """

    def __init__(
        self, kernel: Kernel, venue: "BrokerVenue", keep: Callable[[Statement], None], *, timed: bool = False
    ) -> None:
        self._kernel, self._venue, self._keep, self._timed = kernel, venue, keep, timed
        self._orphans: dict[str, int] = {}
        self._due: datetime | None = None
        self._last: datetime | None = None

    @property
    def ready(self) -> bool:
        """Whether no order of an earlier life is left (RULE-2)."""
        return not self._orphans

    def adopt(self) -> None:
        """A restart over a broker that went on: what the books call working is to end before anything is sent."""
        working = (key for ledger in self._kernel.book.ledgers.values() for key in ledger.working)
        self._orphans = dict.fromkeys(working, 0)

    def watch(self, at: datetime) -> None:
        """Compare where it is time to, where an execution came or something that no order of this engine explains, and
        where the last question had no answer: nothing is opened into a silence.

        In AUDIT each instant is compared before its pass begins: a pass asks nobody, so that it can be replayed.
        """
        bridge = self._venue.bridge
        unsure = bridge is not None and (bridge.silent or bool(bridge.strays))
        audited = self._kernel.machine.state is State.AUDIT
        if self._orphans or self._due is None or at >= self._due or unsure or audited:
            self.compare(at)

    def heard(self, event: Event) -> None:
        """An execution is followed by a comparison at the next instant."""
        if isinstance(event, Filled):
            self._due = None

    def compare(self, at: datetime) -> None:
        """Ask for a statement and let the kernel reconcile it; without an answer entries are frozen (RULE-0)."""
        self._kernel.scribe.at = self._last = at
        if self._orphans and not self._ended(at):
            return
        asked = clocks.now()
        found = self._venue.statement(at)
        self._linked(found is not None)
        if found is None:
            return
        if self._timed:
            self._clocked(wrong_clock(apart(found.at, asked, clocks.now()), self._kernel.rules))
        self._due = at + timedelta(minutes=self._kernel.rules.integer("RECON.every_minutes"))
        for name in self._kernel.reconcile(found):
            self._venue.end(key_of(name))
        self._keep(found)

    def broken(self) -> str:
        """Compare, once an instant; what freezes, or that nobody answers."""
        at = self._kernel.scribe.at
        assert at is not None
        if at != self._last:
            self.compare(at)
        if self._orphans:
            return "orders of an earlier life of the engine have not ended"
        if LINK in self._kernel.book.switches:
            return "the broker does not answer"
        return "; ".join(found.what for found in self._kernel.book.breaks.values() if found.freezes)

    def _linked(self, answered: bool) -> None:
        why = "the broker answers again" if answered else "the broker does not answer: nothing is opened"
        self._kernel.throw(LINK, "NONE" if answered else "FREEZE", rule="RULE-0", reason=why, source="broker")

    def _clocked(self, veto: Veto | None) -> None:
        after, why = ("NONE", "our clock and the broker's agree") if veto is None else ("FREEZE", veto.why)
        self._kernel.throw(CLOCK, after, rule="KS-9", reason=why, source="broker")

    def _ended(self, at: datetime) -> bool:
        """Whether every order of the earlier life has ended; those that work at the broker are cancelled (RULE-2)."""
        self._orphans = orphans(self._kernel, self._venue, self._orphans, at)
        self._linked(self._venue.answers)
        return not self._orphans
