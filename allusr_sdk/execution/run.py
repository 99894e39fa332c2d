"""A run over a stepped market: market -> kernel -> orders -> nautilus -> events -> ledger -> book -> kernel."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import frozen

from allusr_sdk.errors import BreakError, InputError, StateRefusal
from allusr_sdk.execution.fills import Draws
from allusr_sdk.execution.recorded import CYCLE, recorded
from allusr_sdk.execution.session_end import SessionEnd
from allusr_sdk.execution.session_open import SessionOpen, morning
from allusr_sdk.execution.venue import Ears, Venue, cash_of
from allusr_sdk.host import Host
from allusr_sdk.kernel.cycle import Kernel
from allusr_sdk.kernel.orders import Order
from allusr_sdk.ledger.journal import Ledger, Run
from allusr_sdk.model.calendar import iso_week
from allusr_sdk.model.events import Decided, Event, Funded, RunEnded, RunStarted
from allusr_sdk.model.money import share_out
from allusr_sdk.model.views import MarketSource, MarketView, Step
from allusr_sdk.rulebook import Rulebook

if TYPE_CHECKING:
    from allusr_sdk.execution.faults import Faults
    from allusr_sdk.kernel.commands import Command
    from allusr_sdk.market.recording import Recorder

UNDEPLOYED = "undeployed"

_PERIODS: Mapping[str, Callable[[date], str]] = {"session": str, "week": iso_week, "month": "{:%Y-%m}".format}


@frozen(kw_only=True)
class Plan:
    """Everything a run depends on, resolved: the same plan gives the same journal.

    Attributes:
        split: weights of the ledgers by name (CAD-12); the sum need not be 100, what is left stays undeployed.
        fills: `seeded` or `touch` (see execution.fills).
        rebuild: how often the venue is rebuilt from the books: `session`, `week` or `month`.
        settings: hash of the effective settings.
        pace: `fast`, or `real` to wait for the wall clock between instants.
        commands: what an operator says at which instant.
        faults: how the simulated broker misbehaves; None where it does not.
    """

    mode: str
    source: MarketSource
    first: date
    last: date
    capital: Decimal
    seed: int
    host: Host
    rules: Rulebook
    split: Mapping[str, Decimal]
    fills: str = "seeded"
    rebuild: str = "week"
    settings: str = ""
    pace: str = "fast"
    commands: tuple["Command", ...] = ()
    faults: "Faults | None" = None


def simulate(
    plan: Plan,
    ledger: Ledger,
    *,
    on_step: Callable[[Step], None] = lambda step: None,
    recorder: "Recorder | None" = None,
) -> Run:
    """Run a plan to its end and return its journal. Nothing is written before the first instant of the market.

    A `recorder` keeps the views that the run looks at, beside the journal and without a trace in it.

    Raises:
        InputError: the market has no instant in the period.
        BreakError: books and venue disagreed; the journal ends with what they held.
    """
    runner: _Runner | None = None
    try:
        watched = recorder.watch if recorder else _unwatched
        for step in watched(plan.source, plan.first, plan.last):
            if runner is None:
                runner = _Runner(plan, ledger, step.view.at, recorder)
            _wait(plan.pace, runner.last, step.view.at)
            runner.take(step)
            on_step(step)
        if runner is None:
            raise InputError(f"the market has no session from {plan.first} to {plan.last}: choose another period")
        return runner.finish()
    finally:
        if runner is not None:
            runner.close()
        if recorder is not None:
            recorder.close()


def _unwatched(source: MarketSource, first: date, last: date) -> Iterable[Step]:
    return source.steps(first, last)


def _wait(pace: str, before: datetime | None, now: datetime) -> None:
    if pace == "real" and before is not None:
        time.sleep(max(0.0, (now - before).total_seconds()))


class _Runner:
    """One run in progress."""

    def __init__(self, plan: Plan, ledger: Ledger, at: datetime, recorder: "Recorder | None" = None) -> None:
        self.plan = plan
        self.run = ledger.start_run(self._head(), at, batch=plan.mode == "backtest")
        self._noting = recorded(plan, self.run, recorder)
        self.kernel = Kernel(host=plan.host, rules=plan.rules, journal=self.run, broken=self._broken)
        self.ending = SessionEnd(self.kernel, self.run, self._noting)
        self.opening = SessionOpen(self.kernel, plan.seed)
        ears = Ears(self._decide, self._heard, self.ending.settled)
        self.venue = Venue(ears, plan.rules, Draws(plan.seed, plan.fills), plan.faults)
        self.last: datetime | None = None
        self._day: date | None = None
        self._commands = sorted(plan.commands, key=lambda command: command.at)
        self._notices = 0
        self._period = ""
        self._fund(at)
        self._build()

    def take(self, step: Step) -> None:
        """One step of the market."""
        self.last = step.view.at
        if step.view.session.day != self._day:
            self._open(step)
        self._obey(step.view.at)
        if step.closing:
            self.venue.flush(step.view.at)
            self._notice()
            self.ending.close(step, self.venue)
            self.opening.evening(step)
            self._shed(step)
            return
        self.venue.advance(step.view)
        self._notice()

    def finish(self) -> Run:
        """Write the tail and flush."""
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
        if self.opening.open(step):
            self._build()
            self.venue.flush(morning(session))
            self.ending.compare(self.venue)
        if before is not None and iso_week(before) != iso_week(session.day):
            self.kernel.scribe.at = morning(session)
            self.ending.type_week(iso_week(before), status="FINAL")

    def _obey(self, until: datetime) -> None:
        """What the operator has said up to an instant; what a kill stops is cancelled at that instant."""
        while self._commands and self._commands[0].at <= until:
            command = self._commands.pop(0)
            self.venue.flush(command.at)
            with suppress(StateRefusal):  # it is journaled as refused, and the run goes on
                self.kernel.obey(command)
            self.venue.desk.cancel(self.kernel.cancels())
            self.venue.flush(command.at)

    def _broken(self) -> str:
        """What books and venue disagree about; empty where they agree."""
        try:
            self.venue.check(self.run.book.positions, cash_of(self.run.book))
        except BreakError as problem:
            return str(problem)
        return ""

    def _decide(self, view: MarketView) -> Sequence[Order]:
        with self._noting(CYCLE):
            orders = self.kernel.cycle(view)
        self.venue.desk.cancel(self.kernel.cancels())
        return orders

    def _heard(self, event: Event, at: datetime) -> None:
        self.kernel.heard(event, at)

    def _head(self) -> RunStarted:
        plan = self.plan
        return RunStarted(
            mode=plan.mode, market=plan.source.description, first=plan.first, last=plan.last, seed=plan.seed,
            capital=plan.capital, settings=plan.settings, rulebook=plan.rules.stamp, plugins=dict(plan.host.versions),
            what_if={k: str(v) for k, v in plan.rules.loosened.items()},
        )  # fmt: skip

    def _fund(self, at: datetime) -> None:
        names = [*self.plan.split]
        weights = list(self.plan.split.values())
        rest = Decimal(100) - sum(weights)
        if rest > 0:
            names, weights = [*names, UNDEPLOYED], [*weights, rest]
        self.kernel.scribe.at = at
        for name, amount in zip(names, share_out(self.plan.capital, weights), strict=True):
            self.kernel.heard(Funded(ledger=name, rule="CAD-12", amount=amount))

    def _build(self) -> None:
        self.venue.build(self.run.book.positions, cash_of(self.run.book))

    def _shed(self, step: Step) -> None:
        day = step.view.session.day
        following = step.view.calendar.after(day).day
        period = _PERIODS[self.plan.rebuild]
        if period(day) != period(following):
            self._build()

    def _notice(self) -> None:
        """Journal what the source could not use: a snapshot of a holiday, a hole."""
        notices = getattr(self.plan.source, "notices", ())
        for notice in notices[self._notices :]:
            self.kernel.heard(Decided(symbol=notice.symbol, rule=notice.rule, verdict="skip", why=notice.why))
        self._notices = len(notices)
