"""A restart over what stands: the journal is the truth, the other side is asked, and the run goes on from both.

So goes on a run whose broker outlived the engine, and a simulated one that could not be lived through again. No order
of the earlier life works on unattended: each is ended, at the broker where it still works there, or in the books alone
where nobody works it; then executions that were missed are booked, and the market is decided upon anew (RULE-2).
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from allusr_sdk.execution.resume import note, same
from allusr_sdk.execution.runner import Runner
from allusr_sdk.ledger.entry import Entry
from allusr_sdk.ledger.journal import Ledger, Run
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import Resumed, Valued
from allusr_sdk.model.views import Step

if TYPE_CHECKING:
    from allusr_sdk.execution.plan import Plan


def adopt(
    plan: "Plan", ledger: Ledger, run: Run, steps: Iterable[Step], why: str
) -> Iterator[tuple[Runner | None, Step | None]]:
    """A runner at each step behind the journal's end, and nothing at those before it: they are not lived through again.

    Where the market has no step behind it, what is left is the run's end: the runner comes once, without any.

    Raises:
        InputError: the plan is not the run's.
    """
    same(plan, run)
    note(ledger, Resumed(run=run.id, seq=run.seq, head=run.head, evening=None, adopted=why), plan.rules.stamp)
    runner, awake, passed = Runner(plan, run), False, None
    end = max(run.entries(), key=lambda entry: entry.at)
    for step in steps:
        if not awake and _behind(step, run, end):
            runner.pass_over(step)
            passed = step
            yield None, None
            continue
        if not awake:
            runner.wake(end.at, passed)
            awake = True
        yield runner, step
    if passed is not None and not awake:
        runner.wake(end.at, passed)
        yield runner, None


def _behind(step: Step, run: Run, end: Entry) -> bool:
    """Whether a step is wholly in the journal; the last evening is once every open ledger was valued."""
    if step.view.at > end.at:
        return False
    if not step.closing or step.view.session.day < end.at.astimezone(NEW_YORK).date():
        return True
    valued = {e.event.ledger for e in run.entries(kind=Valued.__name__) if _day_of(e) == step.view.session.day}
    return valued >= {name for name, ledger in run.book.ledgers.items() if not ledger.closed}


def _day_of(entry: Entry) -> object:
    return entry.event.day if isinstance(entry.event, Valued) else None
