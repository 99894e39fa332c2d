"""What plugins add to a report (`allusr_report`), over a journal that they can read and nothing else."""

from collections.abc import Iterator
from datetime import datetime

from allusr_sdk.hookspecs import Section
from allusr_sdk.host.guard import Answer, Fault
from allusr_sdk.host.host import Host
from allusr_sdk.ledger import Entry, Run
from allusr_sdk.model.positions import Book
from allusr_sdk.reports.periods.values import Added


class Journal:
    """A run's journal, read only: what `allusr_report` is given as its ledger."""

    def __init__(self, run: Run) -> None:
        def entries(
            *, kind: str | None = None, ledger: str | None = None, symbol: str | None = None, after: int = 0
        ) -> Iterator[Entry]:
            return run.entries(kind=kind, ledger=ledger, symbol=symbol, after=after)

        self.entries = entries
        """Entries in order, narrowed by kind, ledger or symbol, from the one after a number."""
        self._at: tuple[Book, int, str, datetime] = (run.book, run.seq, run.head, run.instant)

    @property
    def book(self) -> Book:
        """The books after the last entry."""
        return self._at[0]

    @property
    def seq(self) -> int:
        """Number of the last entry."""
        return self._at[1]

    @property
    def head(self) -> str:
        """Hash of the last entry."""
        return self._at[2]

    @property
    def instant(self) -> datetime:
        """Aware instant of the last entry."""
        return self._at[3]


def sections(host: Host, period: str, run: Run) -> tuple[Added, ...]:
    """The sections of every plugin, in the operator's order; a plugin's error stands in place of its section.

    The books are folded only where a plugin may look at them.

    Args:
        host: whose plugins are asked.
        period: label of the week, month or quarter.
        run: the journal.
    """
    if not host.reporting:
        return ()
    return tuple(_added(answer) for answer in host.report(period, Journal(run)))


def _added(answer: Answer[Section] | Fault) -> Added:
    if isinstance(answer, Fault):
        return Added(answer.plugin, f"Section of {answer.plugin}", f"It failed: {answer.error}", failed=True)
    return Added(answer.plugin, str(answer.value.title), str(answer.value.text))
