"""A run over a stepped market: market -> kernel -> orders -> nautilus -> events -> ledger -> book -> kernel."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, cast

from attrs import frozen

from allusr_sdk.errors import InputError
from allusr_sdk.execution.adopt import adopt
from allusr_sdk.execution.meanwhile import Meanwhile
from allusr_sdk.execution.operator import MOMENT, POLL
from allusr_sdk.execution.plan import Plan
from allusr_sdk.execution.resume import finished, resume, unfinished
from allusr_sdk.execution.runner import Runner, head_of
from allusr_sdk.ledger import clocks
from allusr_sdk.ledger.journal import Ledger, Run
from allusr_sdk.ledger.rewound import LivedOtherwise
from allusr_sdk.model.views import MarketSource, Step

if TYPE_CHECKING:
    from allusr_sdk.execution.pulse import Pulse
    from allusr_sdk.market.recording import Recorder


def simulate(
    plan: Plan,
    ledger: Ledger,
    *,
    on_step: Callable[[Step], None] = lambda step: None,
    recorder: "Recorder | None" = None,
    anew: bool = False,
    pulse: "Pulse | None" = None,
) -> Run:
    """Run a plan to its end and return its journal. Nothing is written before the first instant of the market.

    A paper or live run that was cut short goes on where its journal ends, unless it is to begin `anew`: a simulated one
    is lived through again from its last evening; over a broker that went on meanwhile, or where it comes out otherwise,
    the journal is taken as it stands. One that this plan brought to its end already is returned as it is. A `recorder`
    keeps the views that the run looks at, beside the journal and without a trace in it. What persons tell the home
    meanwhile is obeyed between two instants (KS-7), and a `pulse` shows that there is a loop to tell it to (KS-9).

    Raises:
        InputError: the market has no instant in the period, or what was cut short was begun with another plan.
        BreakError: books and venue disagreed; the journal ends with what they held.
    """
    with closing(lived(plan, ledger, on_step=on_step, recorder=recorder, anew=anew, pulse=pulse)) as life:
        while True:
            try:
                next(life)
            except StopIteration as end:
                return cast("Run", end.value)


def lived(
    plan: Plan,
    ledger: Ledger,
    *,
    on_step: Callable[[Step], None] = lambda step: None,
    recorder: "Recorder | None" = None,
    anew: bool = False,
    pulse: "Pulse | None" = None,
) -> Generator[bool, None, Run]:
    """The same, in the hands of whoever asks for its next turn; closed early, it keeps what is journaled.

    A turn says whether it went through a step of the market: False is a wait for the wall clock, after which others
    may have theirs.
    """
    if not anew and (done := finished(plan, ledger)) is not None:
        return _left(plan, done)
    run = unfinished(ledger) if plan.mode != "backtest" and not anew else None
    walk = _Walk(plan, ledger, on_step, pulse)
    if run is None:
        return (yield from walk.through(lambda steps: _begun(plan, ledger, steps, recorder), recorder))
    if plan.broker is not None:
        return (yield from walk.through(lambda steps: adopt(plan, ledger, run, steps, "the broker went on meanwhile")))
    try:
        return (yield from walk.through(lambda steps: resume(plan, ledger, run, steps, recorder), recorder))
    except LivedOtherwise as problem:
        why = str(problem)
    again = ledger.run(run.id)
    return (yield from walk.through(lambda steps: adopt(plan, ledger, again, steps, why)))


def _left(plan: Plan, run: Run) -> Run:
    """A run that is at its end: nobody is asked anything any more."""
    if plan.broker is not None:
        plan.broker.close()
    return run


@frozen
class _Walk:
    """One way through a plan's market, whoever of a runner's beginnings leads into it."""

    plan: Plan
    ledger: Ledger
    on_step: Callable[[Step], None]
    pulse: "Pulse | None"

    def through(
        self, taken: Callable[[Iterable[Step]], Iterator[tuple[Runner | None, Step | None]]],
        recorder: "Recorder | None" = None,
    ) -> Generator[bool, None, Run]:  # fmt: skip
        """Take each step that is to be taken; the views are recorded where there is a `recorder`."""
        plan: Plan = self.plan
        runner: Runner | None = None
        watched = recorder.watch if recorder else _unwatched
        if (waiting := waits(plan.source)) is not None:
            waiting.call = lambda at: self._live_on(runner, at)
        steps = watched(plan.source, plan.first, plan.last)
        try:
            for found, step in taken(self.pulse.over(steps) if self.pulse is not None else steps):
                runner = found or runner
                if found is not None and step is not None:
                    yield from self._take(found, step)
                yield True
            if runner is None:
                raise InputError(f"the market has no session from {plan.first} to {plan.last}: choose another period")
            return runner.finish()
        finally:
            if runner is not None:
                runner.close()
            if recorder is not None:
                recorder.close()
            if plan.broker is not None:
                plan.broker.close()

    def _take(self, runner: Runner, step: Step) -> Iterator[bool]:
        yield from self._wait(runner, step)
        runner.take(step)
        self.on_step(step)

    def _live_on(self, runner: Runner | None, at: datetime) -> None:
        """While a source waits for its next instant: hear what persons say, let orders work, and show that we live."""
        if runner is not None and runner.last is not None and at > runner.last:
            passed = at - runner.last
            runner.hear(None, passed)
            runner.work(passed)
        if self.pulse is not None:
            self.pulse.beat(at, None if runner is None else runner.run.id)

    def _wait(self, runner: Runner, step: Step) -> Iterator[bool]:
        """Until it is time for a step, hear what persons say and let orders work."""
        for passed in _waited(self.plan, runner, step.view.at):
            runner.hear(step, passed)
            runner.work(passed)
            if self.pulse is not None:
                self.pulse.beat(step.view.at, runner.run.id)
            if self.plan.pace == "real":
                yield False


def _begun(
    plan: Plan, ledger: Ledger, steps: Iterable[Step], recorder: "Recorder | None"
) -> Iterator[tuple[Runner, Step]]:
    """A runner at each step of a run that begins with the first of them."""
    runner: Runner | None = None
    for step in steps:
        if runner is None:
            run = ledger.start_run(head_of(plan), step.view.at, batch=plan.mode == "backtest")
            runner = Runner(plan, run, recorder)
            runner.begin(step.view.at)
        yield runner, step


def waits(source: MarketSource) -> Meanwhile | None:
    """Where a market of now says that it waits for its next instant; None for one whose instants are there."""
    found = getattr(source, "meanwhile", None)
    return found if isinstance(found, Meanwhile) else None


def _unwatched(source: MarketSource, first: date, last: date) -> Iterable[Step]:
    return source.steps(first, last)


def _waited(plan: Plan, runner: Runner, until: datetime) -> Iterator[timedelta]:
    """How much time of the market has passed since a runner's last instant, whenever it is time to look up.

    A live market's instants are the wall clock's: after hours in which no engine ran, the next one is not far.
    """
    before = runner.last
    if plan.pace != "real" or before is None or not runner.live or waits(plan.source) is not None:
        yield MOMENT
        return
    began, whole = time.monotonic(), (until - before).total_seconds()
    if plan.mode == "live":
        began -= whole - max((until - clocks.now()).total_seconds(), 0.0)
    while (passed := time.monotonic() - began) < whole:
        yield max(MOMENT, timedelta(seconds=passed))
        meanwhile = time.monotonic() - began - passed  # others may have had their turns
        time.sleep(max(0.0, min(POLL, whole - passed) - meanwhile))
