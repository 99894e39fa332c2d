"""A market with what plugins know of report dates (CC-3)."""

from collections.abc import Iterable, Mapping
from datetime import date

from attrs import evolve

from allusr_sdk.host import Host
from allusr_sdk.model.views import EarningsDate, MarketSource, MarketView, Step

Known = Mapping[str, tuple[EarningsDate, ...]]


class Informed:
    """A market source whose views hold the report dates of plugins beside its own; they are asked once a session."""

    def __init__(self, source: MarketSource, host: Host) -> None:
        self._source, self._host = source, host
        self._day: date | None = None
        self._known: Known = {}

    @property
    def description(self) -> str:
        """The source's, and that plugins add to its calendar."""
        return f"{self._source.description}, earnings by plugins"

    @property
    def meanwhile(self) -> object:
        """Where the source says that it waits; None where it never does."""
        return getattr(self._source, "meanwhile", None)

    @property
    def notices(self) -> tuple[object, ...]:
        """What the source noticed."""
        return tuple(getattr(self._source, "notices", ()))

    def steps(self, first: date, last: date) -> Iterable[Step]:
        """The source's steps, informed."""
        for step in self._source.steps(first, last):
            yield evolve(step, view=evolve(step.view, earnings=self._earnings(step.view)))

    def _earnings(self, view: MarketView) -> Known:
        if view.session.day != self._day:
            self._day = view.session.day
            told = self._host.earnings(sorted(view.snapshots), view.session.day)
            self._known = {
                s: tuple(e for e in told if e.symbol == s and e.as_of <= self._day) for s in {e.symbol for e in told}
            }
        return {s: (*view.earnings.get(s, ()), *self._known.get(s, ())) for s in {*view.earnings, *self._known}}
