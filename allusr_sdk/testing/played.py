"""`Played`: what came of a run in the sandbox."""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType

from attrs import field, frozen

from allusr_sdk.ledger import Entry, Run
from allusr_sdk.model import events as ev
from allusr_sdk.model.positions import Book, Position
from allusr_sdk.reports.explain import explain
from allusr_sdk.reports.journal import written
from allusr_sdk.reports.telling import told

_WIDTH = 120


@frozen(eq=False, slots=False)
class Played:
    """A finished run. Everything is read from its journal.

    Attributes:
        run: the run in its ledger, for queries.
    """

    run: Run = field(repr=False)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The whole journal, in order."""
        return tuple(self.run.entries())

    @property
    def book(self) -> Book:
        """The books at the end."""
        return self.run.book

    @property
    def head(self) -> str:
        """Hash of the last entry: equal runs have equal heads."""
        return self.run.head

    def events(self, kind: str | None = None) -> tuple[ev.Event, ...]:
        """Events in order, of one kind or all."""
        return tuple(entry.event for entry in self.entries if kind in (None, entry.kind))

    def _of[E: ev.Event](self, kind: type[E]) -> tuple[E, ...]:
        return tuple(entry.event for entry in self.entries if isinstance(entry.event, kind))

    @property
    def decisions(self) -> tuple[ev.Decided, ...]:
        """What was done or left undone, and why (RULE-3)."""
        return self._of(ev.Decided)

    @property
    def intents(self) -> tuple[ev.IntentRecorded, ...]:
        """Orders as they were journaled before they left (RULE-2)."""
        return self._of(ev.IntentRecorded)

    @property
    def fills(self) -> tuple[ev.Filled, ...]:
        """Executions."""
        return self._of(ev.Filled)

    @property
    def faults(self) -> tuple[ev.PluginFaulted, ...]:
        """Where a plugin raised or broke its promise."""
        return self._of(ev.PluginFaulted)

    @property
    def positions(self) -> tuple[Position, ...]:
        """What is held at the end, in all ledgers."""
        return tuple(self.book.positions)

    @property
    def states(self) -> tuple[str, ...]:
        """The machine's states in the order in which entries were written, each stretch once."""
        found = [entry.state for entry in self.entries]
        return tuple(state for i, state in enumerate(found) if not i or state != found[i - 1])

    @property
    def weeks(self) -> tuple[ev.WeekTyped, ...]:
        """The newest type of each week, in every ledger and the account (whose ledger is empty)."""
        return tuple({(week.ledger, week.week): week for week in self._of(ev.WeekTyped)}.values())

    @property
    def quarantined(self) -> Mapping[str, str]:
        """Sleeves whose entries were frozen until a human has looked, each with the reason."""
        return MappingProxyType({event.ledger: event.why for event in self._of(ev.Quarantined)})

    def why(self, subject: str, *, ledger: str | None = None) -> str:
        """The story that `allusr explain` tells of a symbol, a position, a week (2026-W07) or an entry (#123).

        Raises:
            InputError: nothing of the kind in the run, or no such ledger; names the nearest.
        """
        chapters = explain(self.run, subject, ledger=ledger)
        return "\n\n".join("\n".join(told(chapter, _WIDTH)) for chapter in chapters)

    @property
    def journal(self) -> str:
        """The journal as text, one line an entry, with nothing of place or version in it: fit for a golden file."""
        return "\n".join(written(self.entries))
