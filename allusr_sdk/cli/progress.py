"""Bars on a terminal that show how far something long has come; nothing is drawn elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allusr_sdk.execution.plan import Plan
    from allusr_sdk.model.views import Step


@contextmanager
def bar(what: str, total: int, *, done: int = 0, quiet: bool) -> Iterator[Callable[[int, str], None]]:
    """A bar over so many; it is told how many more are done, and what is being done now."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda more, now: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task(what, total=total, completed=done)
        yield lambda more, now: shown.update(task, advance=more, description=now)


@contextmanager
def sessions(plan: "Plan", *, quiet: bool) -> Iterator[Callable[["Step"], None]]:
    """A bar over the sessions of a plan, which is told its steps."""
    from allusr_sdk.model.calendar import xnys

    total = 0 if quiet else len(xnys().between(plan.first, plan.last))
    with bar("", total, quiet=quiet) as turn:
        yield lambda step: turn(1 if step.closing else 0, str(step.view.session.day))
