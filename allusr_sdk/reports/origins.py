"""Where quotes of options came from when something was traded by them, as the market's notices in a journal say."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime

from attrs import evolve, frozen

from allusr_sdk.ledger import Run
from allusr_sdk.market.clock import session_of
from allusr_sdk.market.modelled import SAID, Origin, heard, origin_of
from allusr_sdk.model import events as ev
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.reports.beginnings import started
from allusr_sdk.reports.story import Chapter, Detail, Line

_TRADES = frozenset({"sold", "bought", "closed", "rolled", "hedged", "unfilled"})
_Since = tuple[tuple[datetime, ...], tuple[Origin, ...]]


@frozen
class Origins:
    """Origins of quotes by symbol, each from an instant on, within sessions and at their closes.

    Attributes:
        overall: what the market's description says; None where it says nothing.
        changes: by symbol, and whether at closes.
    """

    overall: Origin | None
    changes: Mapping[tuple[str, bool], _Since]

    @classmethod
    def of(cls, run: Run, symbol: str | None = None) -> "Origins":
        """What a journal says, of one symbol or of all. Only where real quotes are mixed in is it read."""
        overall = origin_of(started(run).market)
        found: dict[tuple[str, bool], list[tuple[datetime, Origin]]] = {}
        for entry in run.entries(kind="Decided", symbol=symbol) if overall is Origin.MIXED else ():
            said = heard(entry.event.why) if isinstance(entry.event, ev.Decided) and not entry.event.ledger else None
            if said is not None:
                found.setdefault((entry.event.symbol, said[1]), []).append((entry.at, said[0]))
        return cls(overall, {key: _columns(rows) for key, rows in found.items()})

    def at(self, symbol: str, at: datetime) -> Origin | None:
        """The origin of a symbol's quotes at an instant; None where the market says nothing of its options."""
        if self.overall is not Origin.MIXED:
            return self.overall
        session = session_of(xnys(), at.astimezone(NEW_YORK).date())
        closing = session is not None and at >= session.close
        instants, origins = self.changes.get((symbol, closing), ((), ()))
        place = bisect_right(instants, at)
        return origins[place - 1] if place else Origin.MODELLED


def _columns(rows: Iterable[tuple[datetime, Origin]]) -> _Since:
    instants, origins = zip(*rows, strict=True)
    return instants, origins


def with_origins(run: Run, chapters: Iterable[Chapter]) -> tuple[Chapter, ...]:
    """Chapters whose trades say where the quotes that they went by came from, in a run where that differs."""
    told = tuple(chapters)
    symbols = {chapter.symbol for chapter in told if any(line.kind in _TRADES for line in chapter.lines)}
    known = {symbol: Origins.of(run, symbol) for symbol in symbols}
    return tuple(
        evolve(chapter, lines=tuple(_rested(line, chapter.symbol, known[chapter.symbol]) for line in chapter.lines))
        if chapter.symbol in known and known[chapter.symbol].overall is Origin.MIXED
        else chapter
        for chapter in told
    )


def _rested(line: Line, symbol: str, origins: Origins) -> Line:
    if line.kind not in _TRADES:
        return line
    origin = origins.at(symbol, line.at)
    if origin is None:
        return line
    return evolve(line, details=(*line.details, Detail(text=f"its quotes: {SAID[origin]}", rules=("RULE-0",))))
