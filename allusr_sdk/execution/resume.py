"""A restart: an unfinished run goes on where its journal ends, to the head that it would have had without the stop.

A simulated venue dies with its process. It is built again from the books of the last evening, when no order worked; the
session that was cut is lived through again, and as long as the journal goes on each entry must be the one that stands
there (`ledger.rewound`). Resting orders, timers and draws come back as they were, nothing is written twice, and from
the journal's end on the run is written further. What persons said while it was down is obeyed at that end, before
anything new is decided.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from attrs import asdict

from allusr_sdk.errors import InputError
from allusr_sdk.execution.runner import Runner, head_of
from allusr_sdk.ledger import clocks
from allusr_sdk.ledger.entry import Entry
from allusr_sdk.ledger.journal import Ledger, Run
from allusr_sdk.ledger.rewound import Rewound
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.model.events import Resumed, RunEnded, RunStarted
from allusr_sdk.model.views import Step

if TYPE_CHECKING:
    from allusr_sdk.execution.plan import Plan
    from allusr_sdk.market.recording import Recorder

RESTARTS = "restarts"


def unfinished(ledger: Ledger) -> Run | None:
    """The newest run where it is a paper or live run without an end; None where there is nothing to go on with."""
    run = ledger.latest()
    return None if run is None or _ended(run) or _head(run).mode == "backtest" else run


def finished(plan: "Plan", ledger: Ledger) -> Run | None:
    """The newest run where this plan, in paper or live, has brought it to its end: killed behind that, it has too."""
    run = ledger.latest()
    return None if run is None or plan.mode == "backtest" or not _ended(run) or _others(plan, run) else run


def resume(
    plan: "Plan", ledger: Ledger, run: Run, steps: Iterable[Step], recorder: "Recorder | None" = None
) -> Iterator[tuple[Runner | None, Step | None]]:
    """A runner at each step that is still to be taken, and nothing at those that the journal has behind it.

    The restart is journaled in the home's own chain `restarts`; the run's chain does not know of it.

    Raises:
        InputError: the plan is not the run's.
        BreakError: what is lived through again is not what the journal holds.
    """
    same(plan, run)
    evening, seq = behind(run)
    note(ledger, Resumed(run=run.id, seq=run.seq, head=run.head, evening=evening), plan.rules.stamp)
    runner = Runner(plan, Rewound(run, seq), recorder, behind=evening)
    runner.listen(max(entry.at for entry in run.entries()), begun=run.book.cycle > 0)
    arrived = False
    for step in steps:
        if evening is not None and step.view.session.day <= evening:
            runner.pass_over(step)
            yield None, None
            continue
        if not arrived:
            runner.arrive() if evening else runner.begin(step.view.at)
            arrived = True
        yield runner, step


def same(plan: "Plan", run: Run) -> None:
    """Refuse to go on with a run under another plan; the line names what differs (InputError)."""
    if other := _others(plan, run):
        raise InputError(
            f"run {run.id} of this home has no end and cannot go on: {'; '.join(other)}: "
            "give it what it was begun with, or begin another with --anew"
        )


def behind(run: Run) -> tuple[date | None, int]:
    """The last session that is wholly in the journal, None where the first was cut, and its last entry's number."""
    ends = {_day(entry): entry.seq for entry in run.entries()}
    last = max(ends)
    cut = xnys().session(last) or xnys().after(last)
    done = [day for day in ends if day <= xnys().before(cut.day).day]
    return (max(done), ends[max(done)]) if done else (None, 1)  # the head of the run is not lived through again


def note(ledger: Ledger, event: Resumed, rulebook: str) -> None:
    """Journal a restart in the home's chain of restarts, stamped by the wall clock: it is no part of any run."""
    now, chain = clocks.now(), ledger.chain(RESTARTS)
    if chain is None:
        ledger.start_chain(RESTARTS, event, now, rulebook=rulebook)
    else:
        chain.append(event, at=now, cycle=0, state=chain.book.state, rulebook=rulebook)


def _others(plan: "Plan", run: Run) -> list[str]:
    """What a plan would have begun a run with otherwise."""
    stands, given = asdict(_head(run)), asdict(head_of(plan))
    return [f"{name} was {stands[name]}, is {given[name]}" for name in stands if given[name] != stands[name]]


def _ended(run: Run) -> bool:
    return any(run.entries(kind=RunEnded.__name__))


def _head(run: Run) -> RunStarted:
    first = next(run.entries()).event
    assert isinstance(first, RunStarted)
    return first


def _day(entry: Entry) -> date:
    return entry.at.astimezone(NEW_YORK).date()
