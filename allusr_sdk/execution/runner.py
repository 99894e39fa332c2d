"""`Runner`: one run in progress, instant by instant, from morning to evening."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import evolve

from allusr_sdk.errors import StateRefusal
from allusr_sdk.execution.calling import Calling
from allusr_sdk.execution.comparing import Asked, Exact
from allusr_sdk.execution.evidence import Evidence
from allusr_sdk.execution.fills import Draws
from allusr_sdk.execution.operator import MOMENT, Ear, Told
from allusr_sdk.execution.orphans import died
from allusr_sdk.execution.recorded import CYCLE, recorded
from allusr_sdk.execution.session_end import SessionEnd, reported
from allusr_sdk.execution.session_open import SessionOpen, morning
from allusr_sdk.execution.venue import Ears, Venue, cash_of
from allusr_sdk.kernel.cycle import Kernel
from allusr_sdk.kernel.growth import Growth
from allusr_sdk.kernel.orders import Order
from allusr_sdk.ledger.journal import Run
from allusr_sdk.ledger.rewound import Rewound
from allusr_sdk.model.calendar import NEW_YORK, iso_week
from allusr_sdk.model.events import Decided, Event, Funded, PluginFaulted, RunEnded, RunStarted
from allusr_sdk.model.money import share_out
from allusr_sdk.model.rearming import stated
from allusr_sdk.model.views import MarketView, Step

if TYPE_CHECKING:
    from allusr_sdk.execution.brokered import BrokerVenue
    from allusr_sdk.execution.plan import Plan
    from allusr_sdk.market.recording import Recorder

UNDEPLOYED = "undeployed"

_PERIODS: Mapping[str, Callable[[date], str]] = {"session": str, "week": iso_week, "month": "{:%Y-%m}".format}


def head_of(plan: "Plan") -> RunStarted:
    """The first entry of a plan's run."""
    return RunStarted(
        mode=plan.mode, market=plan.source.description, first=plan.first, last=plan.last, seed=plan.seed,
        capital=plan.capital, settings=plan.settings, rulebook=plan.rules.stamp, plugins=dict(plan.host.versions),
        what_if={k: str(v) for k, v in plan.rules.loosened.items()},
    )  # fmt: skip


class Runner:
    """One run in progress. `begin` it, or let it `pass_over` what its journal has behind it and `arrive`."""

    def __init__(
        self, plan: "Plan", run: Run, recorder: "Recorder | None" = None, *, behind: date | None = None
    ) -> None:
        self.plan, self.run = plan, run
        self._noting = recorded(plan, run, recorder, behind)
        self.kernel = Kernel(host=plan.host, rules=plan.rules, journal=run, broken=self._broken)
        self.ending = SessionEnd(self.kernel, run, self._noting)
        self._audited = plan.mode != "backtest"  # there every rebuild compares, and nothing else could have moved
        self.growth = Growth(self.kernel.scribe, plan.host, plan.rules)
        self.opening = SessionOpen(self.kernel, plan.seed, simulated=plan.broker is None)
        ears = Ears(self._decide, self._heard, self.ending.settled)
        self.venue, self.comparing = _sides(plan, run, ears, self.kernel)
        self._calling = Calling(self.kernel, plan.broker)
        self.last: datetime | None = None
        self._day: date | None = None
        self._evening: datetime | None = None
        self._ear = Ear(run)
        self._told: list[Told] = []
        self._expect(map(Told, plan.commands))
        self._notices = 0

    @property
    def live(self) -> bool:
        """Whether the run is written further, and not lived through again after a restart."""
        return not isinstance(self.run, Rewound) or self.run.live

    def begin(self, at: datetime) -> None:
        """Fund the ledgers of a run that has just begun, and open the venue."""
        self._fund(at)
        if said := stated(self.plan.host.config.run.rearm):
            self.kernel.heard(Decided(rule="KS-7", verdict="note", why=said))
        self._build()
        if self._audited:
            self._audit(at)

    def pass_over(self, step: Step) -> None:
        """A step that the journal has behind it: only what decisions remember of the market is taken up (restart)."""
        self.last, self._day = step.view.at, step.view.session.day
        self._notices = len(getattr(self.plan.source, "notices", ()))
        if step.closing:
            self.kernel.seen = step.view
            self.opening.evening(step)
        else:
            self.kernel.see(step.view)

    def arrive(self) -> None:
        """Everything that is behind was passed over: remember what was said, and build the venue from the books."""
        self._told = [told for told in self._told if self._day is None or _day(told.command.at) > self._day]
        self.kernel.recall(_events(self.run, Decided), _events(self.run, PluginFaulted))
        self._build()

    def wake(self, end: datetime, passed: Step | None) -> None:
        """Go on behind the journal's `end`, and the last step before it, with the books as they stand (`adopt`)."""
        if passed is not None and passed.closing and self._audited and reported(passed.view) > end:
            self._evening = reported(passed.view)
        self._told = [told for told in self._told if told.command.at > end]
        at = end + MOMENT
        self._expect(evolve(told, command=evolve(told.command, at=at)) for told in self._ear.undone(end))
        self._expect(self._ear.take(at, seen=self.run.book.cycle > 0))
        self.kernel.recall(_events(self.run, Decided), _events(self.run, PluginFaulted))
        self.kernel.scribe.at, self.last = at, end
        self.opening.booked = self.growth.booked = tuple(entry.event for entry in self.run.entries() if entry.at == end)
        self.growth.complete()
        self._fund(at, funded=self.run.book.ledgers)
        if isinstance(self.comparing, Asked):
            self.comparing.adopt()
        else:
            died(self.kernel)
        self._build()
        self.comparing.watch(at)
        self._obey(at)

    def listen(self, end: datetime, *, begun: bool) -> None:
        """Before a cut run is lived through: what it was told has its instants, what waits now gets the journal's end.

        Args:
            end: the latest instant in the journal.
            begun: whether a cycle stands in it.
        """
        self._expect(self._ear.again(end))
        self._expect(self._ear.take(end + MOMENT if begun else end, seen=begun))

    def hear(self, step: Step | None, passed: timedelta = MOMENT) -> None:
        """Take up what persons have said since the last instant, and obey it at once.

        Args:
            step: the step that comes next, None where nobody knows it yet; before the first one obeys in its course
                what was heard.
            passed: how much time of the market has gone by since the last instant.
        """
        if not self.live or not self._ear.new():
            return
        if self.last is None:
            if step is not None:
                self._expect(self._ear.take(step.view.at, seen=False))
            return
        at = self.last + passed
        if step is not None:
            at = min(at, morning(step.view.session) if step.view.session.day != self._day else step.view.at)
        self._expect(self._ear.take(at, seen=True))
        self._obey(at)

    def work(self, passed: timedelta) -> None:
        """At the wall clock's pace evenings come and orders at a broker walk on between two instants."""
        if self.plan.pace == "real" and self.last is not None:
            self._late(self.last + passed)
            if self.plan.broker is not None:
                self.venue.flush(self.last + passed)
                self._calling.take(self.last + passed)

    def take(self, step: Step) -> None:
        """One step of the market."""
        self.last = step.view.at
        if step.view.session.day != self._day:
            self._open(step)
        self._obey(step.view.at)
        if step.closing:
            self.venue.flush(step.view.at)
            self._notice()
            self.ending.close(step, self.venue, self.comparing.compare)
            self.opening.evening(step)
            self._evening = reported(step.view) if self._audited else None
            self._shed(step)
            return
        self.venue.advance(step.view)
        self._notice()

    def finish(self) -> Run:
        """Write the tail and flush."""
        if self._evening is not None:
            self._late(self._evening)
        self._notice()
        self.kernel.heard(RunEnded(cycles=self.kernel.scribe.cycle, equity=self.run.book.equity))
        self.run.flush()
        return self.run

    def close(self) -> None:
        """Keep what is journaled and end the venue."""
        self.run.flush()
        self.venue.dispose()

    # --- parts ---

    def _open(self, step: Step) -> None:
        """The morning of a session; what it moved is compared as after a restart, then the week before is final."""
        session, before = step.view.session, self._day
        self._day = session.day
        self._obey(morning(session))
        moved = self.opening.open(step)
        if moved:
            self._build()
            self.venue.flush(morning(session))
        if self._audited and before is not None:
            self._audit(morning(session))
        elif moved:
            self.comparing.compare(morning(session))
        self.opening.go_ex(step)
        if before is not None and iso_week(before) != iso_week(session.day):
            self.kernel.scribe.at = morning(session)
            self.ending.type_week(iso_week(before), status="FINAL")
        self.kernel.scribe.at = morning(session)
        self.growth.morning(session.day, before)

    def _expect(self, told: Iterable[Told]) -> None:
        self._told = sorted([*self._told, *told], key=lambda one: one.command.at)

    def _obey(self, until: datetime) -> None:
        """What the operator has said up to an instant; what a kill stops is cancelled at that instant."""
        while self._told and self._told[0].command.at <= until:
            told = self._told.pop(0)
            command, refused = told.command, ""
            self._late(command.at)
            self.venue.flush(command.at)
            try:
                self.kernel.obey(command)
            except StateRefusal as why:  # it is journaled as refused, and the run goes on
                refused = str(why)
            self.venue.desk.cancel(self.kernel.cancels())
            self.venue.flush(command.at)
            if told.wish is not None:
                self._ear.answer(told.wish, refused)
        self._late(until)

    def _broken(self) -> str:
        return self.comparing.broken()

    def _late(self, until: datetime) -> None:
        """The evening's audit, once its time has come."""
        if self._evening is not None and self._evening <= until:
            at, self._evening = self._evening, None
            self._audit(at)

    def _audit(self, at: datetime) -> None:
        """Compare books and the other side in the state of that name (section 9)."""
        self.kernel.scribe.at = at
        self.kernel.audit_begins()
        self.venue.flush(at)
        self.comparing.compare(at)
        self.kernel.audit_ends()

    def _decide(self, view: MarketView) -> Sequence[Order]:
        self.comparing.watch(view.at)
        if self.plan.broker is not None:  # what a comparison has just frozen works no longer than that
            self.venue.desk.cancel(self.kernel.cancels())
        if not self.comparing.ready:
            return ()
        with self._noting(CYCLE):
            orders = self.kernel.cycle(view)
        self.venue.desk.cancel(self.kernel.cancels())
        return orders

    def _heard(self, event: Event, at: datetime) -> None:
        self.kernel.heard(event, at)
        self.comparing.heard(event)
        if self.kernel.contained():  # an observer was stopped: what its switch cancels does not wait for the next pass
            self.venue.desk.cancel(self.kernel.cancels())

    def _fund(self, at: datetime, funded: Collection[str] = ()) -> None:
        """Share the capital out; a life that was cut short has `funded` some ledgers, or all."""
        names = [*self.plan.split]
        weights = list(self.plan.split.values())
        rest = Decimal(100) - sum(weights)
        if rest > 0:
            names, weights = [*names, UNDEPLOYED], [*weights, rest]
        self.kernel.scribe.at = at
        for name, amount in zip(names, share_out(self.plan.capital, weights), strict=True):
            if name not in funded:
                self.kernel.heard(Funded(ledger=name, rule="CAD-12", amount=amount))

    def _build(self) -> None:
        self.venue.build(self.run.book.positions, cash_of(self.run.book))

    def _shed(self, step: Step) -> None:
        """Build the venue anew where a period ends, if it is worth it; after every session in any case."""
        day, how = step.view.session.day, self.plan.rebuild
        period, following = _PERIODS[how], step.view.calendar.after(day).day
        if period(day) != period(following) and (how == "session" or self.venue.worn):
            self._build()

    def _notice(self) -> None:
        """Journal what the source could not use: a snapshot of a holiday, a hole."""
        notices = getattr(self.plan.source, "notices", ())
        for notice in notices[self._notices :]:
            self.kernel.heard(Decided(symbol=notice.symbol, rule=notice.rule, verdict="skip", why=notice.why))
        self._notices = len(notices)
        self._calling.take()


def _events[E: Event](run: Run, kind: type[E]) -> Iterator[E]:
    return (entry.event for entry in run.entries(kind=kind.__name__) if isinstance(entry.event, kind))


def _day(at: datetime) -> date:
    return at.astimezone(NEW_YORK).date()


def _sides(plan: "Plan", run: Run, ears: Ears, kernel: Kernel) -> "tuple[Venue | BrokerVenue, Exact | Asked]":
    """The venue of a plan, simulated or a broker, and how it is compared with the books."""
    if plan.broker is None:
        simulated = Venue(ears, plan.rules, Draws(plan.seed, plan.fills), plan.faults)
        return simulated, Exact(kernel, simulated)
    from allusr_sdk.execution.brokered import BrokerVenue  # the live node is of no use to a simulated venue

    venue = BrokerVenue(ears, plan.rules, plan.broker, lambda: run.book)
    return venue, Asked(kernel, venue, Evidence(run).keep, timed=plan.mode == "live")
