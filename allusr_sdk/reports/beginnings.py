"""How a run began: its head, and who re-arms it."""

from itertools import islice

from allusr_sdk.ledger import Run
from allusr_sdk.model import events as ev
from allusr_sdk.model.rearming import is_stated

_HEADING = 30  # entries before the first cycle: the head, the capital, and what is assumed


def started(run: Run) -> ev.RunStarted:
    """The head of a run's journal."""
    head = next(run.entries(kind="RunStarted")).event
    assert isinstance(head, ev.RunStarted)
    return head


def rearmed_by(run: Run) -> str:
    """The policy in place of a person who re-arms, in words; empty where a run has none (KS-7)."""
    told = (entry.event for entry in islice(run.entries(), _HEADING))
    return next((e.why for e in told if isinstance(e, ev.Decided) and is_stated(e.why)), "")
